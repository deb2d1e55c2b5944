(define n (string->number (caddr (command-line))))

(define (numbers n)
  (let loop ((i 0) (x 42) (out '()))
    (if (< i n)
        (let ((x (modulo (* x 16807) 2147483647))) (loop (+ i 1) x (cons x out)))
        out)))

(define (merge-lists a b)
  (let loop ((a a) (b b) (out '()))
    (cond
     ((null? a) (append-reverse out b))
     ((null? b) (append-reverse out a))
     ((< (car b) (car a)) (loop a (cdr b) (cons (car b) out)))
     (else (loop (cdr a) b (cons (car a) out))))))

(define (append-reverse out items)
  (if (null? out) items (append-reverse (cdr out) (cons (car out) items))))

(define (merge-sort items n)
  (if (= n 1)
      (list (car items))
      (let ((half (quotient n 2)))
        (merge-lists (merge-sort items half) (merge-sort (list-tail items half) (- n half))))))

(display (let loop ((i 0) (sorted (merge-sort (numbers n) n)) (sum 0))
           (if (< i n) (loop (+ i 1) (cdr sorted) (+ sum (* (modulo i 3) (car sorted)))) sum)))
(newline)
