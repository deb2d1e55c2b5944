(define (record i)
  (let ((n (number->string i)))
    (string-append "{\"id\": " n ", \"name\": \"item \\\"" n "\\\"\", \"values\": [" n ", "
                   (number->string (quotient i 2)) ".5, -3], \"on\": true, \"none\": null}")))

(define n (string->number (caddr (command-line))))
(define text (string-append "[" (string-join (map record (iota n)) ", ") "]"))
(define at 0) ; where the parser is

(define (here) (string-ref text at))
(define (step k) (set! at (+ at k)))

(define (skip-space)
  (when (char=? (here) #\space)
    (step 1)
    (skip-space)))

(define (digits)
  (let loop ((value 0) (scale 1))
    (let ((c (here)))
      (if (and (char>=? c #\0) (char<=? c #\9))
          (begin
            (step 1)
            (loop (+ (* value 10) (- (char->integer c) 48)) (* scale 10)))
          (cons value scale)))))

(define (parse-number)
  (if (char=? (here) #\-)
      (begin
        (step 1)
        (- (parse-number)))
      (let ((value (car (digits))))
        (if (char=? (here) #\.)
            (begin
              (step 1)
              (let ((fraction (digits))) (+ value (/ (exact->inexact (car fraction)) (cdr fraction)))))
            value))))

(define (parse-string)
  (let loop ((out '()))
    (let ((c (here)))
      (step 1)
      (cond
       ((char=? c #\") (reverse-list->string out))
       ((char=? c #\\)
        (let ((escaped (here)))
          (step 1)
          (loop (cons escaped out))))
       (else (loop (cons c out)))))))

(define (skip-comma)
  (skip-space)
  (when (char=? (here) #\,)
    (step 1)
    (skip-space)))

(define (parse-array)
  (skip-space)
  (let loop ((out '()))
    (if (char=? (here) #\])
        (begin
          (step 1)
          (list->vector (reverse out)))
        (let ((value (parse-value)))
          (skip-comma)
          (loop (cons value out))))))

(define (parse-object)
  (let ((out (make-hash-table)))
    (skip-space)
    (let loop ()
      (if (char=? (here) #\})
          (begin
            (step 1)
            out)
          (begin
            (step 1)
            (let ((key (parse-string)))
              (skip-space)
              (step 1)
              (hash-set! out key (parse-value))
              (skip-comma)
              (loop)))))))

(define (parse-value)
  (skip-space)
  (case (here)
    ((#\{) (step 1) (parse-object))
    ((#\[) (step 1) (parse-array))
    ((#\") (step 1) (parse-string))
    ((#\t) (step 4) #t)
    ((#\f) (step 5) #f)
    ((#\n) (step 4) 'null)
    (else (parse-number))))

(define (weight value)
  (cond
   ((number? value) (* 2 value))
   ((string? value) (string-length value))
   ((hash-table? value)
    (hash-fold (lambda (key item sum) (+ sum (string-length key) (weight item))) 0 value))
   ((vector? value)
    (let loop ((i 0) (sum 0))
      (if (= i (vector-length value)) sum (loop (+ i 1) (+ sum (weight (vector-ref value i)))))))
   ((eq? value #t) 1)
   (else 0)))

(display (string-length text))
(display " ")
(display (inexact->exact (truncate (weight (parse-value)))))
(newline)
