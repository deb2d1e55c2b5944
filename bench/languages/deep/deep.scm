(define (sum-to n) (if (= n 0) 0 (+ n (sum-to (- n 1)))))

(display (sum-to (string->number (caddr (command-line)))))
(newline)
