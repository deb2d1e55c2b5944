(define (safe? column placed)
  (let loop ((distance 1) (placed placed))
    (or (null? placed)
        (let ((other (car placed)))
          (and (not (or (= other column) (= other (+ column distance)) (= other (- column distance))))
               (loop (+ distance 1) (cdr placed)))))))

(define (extend way column out)
  (if (= column 8)
      out
      (extend way (+ column 1) (if (safe? column way) (cons (cons column way) out) out))))

(define (extend-all ways out)
  (if (null? ways) out (extend-all (cdr ways) (extend (car ways) 0 out))))

(define (queens row ways) (if (= row 8) ways (queens (+ row 1) (extend-all ways '()))))

(define n (string->number (caddr (command-line))))
(display (let loop ((i 0) (found 0))
           (if (< i n) (loop (+ i 1) (+ found (length (queens 0 '(()))))) found)))
(newline)
