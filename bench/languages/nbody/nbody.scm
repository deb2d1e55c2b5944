(define sun-mass (* 4 3.141592653589793 3.141592653589793))
(define year 365.24)
(define n (string->number (caddr (command-line))))

(define (planet x y z vx vy vz mass)
  (vector x y z (* vx year) (* vy year) (* vz year) (* mass sun-mass)))

(define bodies
  (vector
   (planet 0.0 0.0 0.0 0.0 0.0 0.0 1)
   (planet 4.841431442464721 -1.1603200440274284 -0.10362204447112311
           0.001660076642744037 0.007699011184197404 -0.0000690460016972063 0.0009547919384243266)
   (planet 8.34336671824458 4.124798564124305 -0.4035234171143214
           -0.002767425107268624 0.004998528012349172 0.000023041729757376393 0.0002858859806661308)
   (planet 12.894369562139131 -15.111151401698631 -0.22330757889265573
           0.002964601375647616 0.0023784717395948095 -0.000029658956854023756 0.00004366244043351563)
   (planet 15.379697114850917 -25.919314609987964 0.17925877295037118
           0.0026806777249038932 0.001628241700382423 -0.00009515922545197159 0.00005151389020466115)))

(define (put-to-rest)
  (let ((sun (vector-ref bodies 0)))
    (do ((k 3 (+ k 1))) ((= k 6))
      (vector-set! sun k
                   (/ (- (let loop ((i 0) (p 0.0))
                           (if (< i 5)
                               (let ((b (vector-ref bodies i)))
                                 (loop (+ i 1) (+ p (* (vector-ref b k) (vector-ref b 6)))))
                               p)))
                      sun-mass)))))

(define (attract a b)
  (let* ((dx (- (vector-ref a 0) (vector-ref b 0)))
         (dy (- (vector-ref a 1) (vector-ref b 1)))
         (dz (- (vector-ref a 2) (vector-ref b 2)))
         (squared (+ (* dx dx) (* dy dy) (* dz dz)))
         (size (/ 0.01 (* squared (sqrt squared))))
         (ma (* (vector-ref a 6) size))
         (mb (* (vector-ref b 6) size)))
    (vector-set! a 3 (- (vector-ref a 3) (* dx mb)))
    (vector-set! a 4 (- (vector-ref a 4) (* dy mb)))
    (vector-set! a 5 (- (vector-ref a 5) (* dz mb)))
    (vector-set! b 3 (+ (vector-ref b 3) (* dx ma)))
    (vector-set! b 4 (+ (vector-ref b 4) (* dy ma)))
    (vector-set! b 5 (+ (vector-ref b 5) (* dz ma)))))

(define (move b)
  (vector-set! b 0 (+ (vector-ref b 0) (* 0.01 (vector-ref b 3))))
  (vector-set! b 1 (+ (vector-ref b 1) (* 0.01 (vector-ref b 4))))
  (vector-set! b 2 (+ (vector-ref b 2) (* 0.01 (vector-ref b 5)))))

(define (advance)
  (do ((i 0 (+ i 1))) ((= i 4))
    (do ((j (+ i 1) (+ j 1))) ((= j 5))
      (attract (vector-ref bodies i) (vector-ref bodies j))))
  (do ((i 0 (+ i 1))) ((= i 5)) (move (vector-ref bodies i))))

(define (motion b)
  (* 0.5 (vector-ref b 6)
     (+ (* (vector-ref b 3) (vector-ref b 3)) (* (vector-ref b 4) (vector-ref b 4))
        (* (vector-ref b 5) (vector-ref b 5)))))

(define (distance a b)
  (let ((dx (- (vector-ref a 0) (vector-ref b 0)))
        (dy (- (vector-ref a 1) (vector-ref b 1)))
        (dz (- (vector-ref a 2) (vector-ref b 2))))
    (sqrt (+ (* dx dx) (* dy dy) (* dz dz)))))

(define (energy)
  (let loop ((i 0) (sum 0.0))
    (if (= i 5)
        sum
        (let ((a (vector-ref bodies i)))
          (loop (+ i 1)
                (let inner ((j (+ i 1)) (sum (+ sum (motion a))))
                  (if (= j 5)
                      sum
                      (let ((b (vector-ref bodies j)))
                        (inner (+ j 1)
                               (- sum (/ (* (vector-ref a 6) (vector-ref b 6)) (distance a b))))))))))))

(define (show)
  (display (/ (round (* 1e9 (energy))) 1e9))
  (newline))
(put-to-rest)
(show)
(do ((i 0 (+ i 1))) ((= i n)) (advance))
(show)
