(define n (string->number (caddr (command-line))))

(display (string-length
          (call-with-output-string
           (lambda (port)
             (do ((i 0 (+ i 1))) ((= i n))
               (display (number->string (modulo i 1000)) port))))))
(newline)
