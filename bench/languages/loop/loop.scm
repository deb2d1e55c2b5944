(define n (string->number (caddr (command-line))))

(display (let loop ((i 0) (sum 0)) (if (< i n) (loop (+ i 1) (+ sum i)) sum)))
(newline)
