;; The sun and its four great planets, moved in steps of 0.01 days by their attraction: the n-body program of the
;; benchmarks game, in doubles. Printed is their energy before and after; that it hardly changes shows that they keep to
;; their orbits.
;;
;;   yin run examples/nbody.clj                 a thousand steps
;;   yin run examples/nbody.clj -- 50000        fifty thousand: a loop that is compiled to machine code on the way
;;
;; A body is a vector of its place, its velocity and its mass; the system is a vector of bodies. Nothing changes in place:
;; a step makes five new bodies. So every step could be saved, and in fact is, where the loop has used up its fuel.

(def steps (if (seq *args*) (parse-long (first *args*)) 1000))

(def pi 3.141592653589793)
(def sun-mass (* 4 pi pi))
(def year 365.24)

(defn planet [x y z vx vy vz mass] [x y z (* vx year) (* vy year) (* vz year) (* mass sun-mass)])

(def planets
  [[0.0 0.0 0.0 0.0 0.0 0.0 sun-mass]
   (planet 4.841431442464721 -1.1603200440274284 -0.10362204447112311
           0.001660076642744037 0.007699011184197404 -0.0000690460016972063 0.0009547919384243266)
   (planet 8.34336671824458 4.124798564124305 -0.4035234171143214
           -0.002767425107268624 0.004998528012349172 0.000023041729757376393 0.0002858859806661308)
   (planet 12.894369562139131 -15.111151401698631 -0.22330757889265573
           0.002964601375647616 0.0023784717395948095 -0.000029658956854023756 0.00004366244043351563)
   (planet 15.379697114850917 -25.919314609987964 0.17925877295037118
           0.0026806777249038932 0.001628241700382423 -0.00009515922545197159 0.00005151389020466115)])

; The sun moves so that all together stand still.
(defn at-rest [bodies]
  (loop [i 0 px 0.0 py 0.0 pz 0.0]
    (if (< i 5)
      (let [b (nth bodies i) m (nth b 6)]
        (recur (inc i) (+ px (* (nth b 3) m)) (+ py (* (nth b 4) m)) (+ pz (* (nth b 5) m))))
      (assoc bodies 0 [0.0 0.0 0.0 (/ (- px) sun-mass) (/ (- py) sun-mass) (/ (- pz) sun-mass) sun-mass]))))

(defn attract [bodies i j]
  (let [a (nth bodies i) b (nth bodies j)
        dx (- (nth a 0) (nth b 0)) dy (- (nth a 1) (nth b 1)) dz (- (nth a 2) (nth b 2))
        squared (+ (* dx dx) (* dy dy) (* dz dz))
        size (/ 0.01 (* squared (Math/sqrt squared)))
        ma (* (nth a 6) size) mb (* (nth b 6) size)]
    (assoc bodies
           i [(nth a 0) (nth a 1) (nth a 2)
              (- (nth a 3) (* dx mb)) (- (nth a 4) (* dy mb)) (- (nth a 5) (* dz mb)) (nth a 6)]
           j [(nth b 0) (nth b 1) (nth b 2)
              (+ (nth b 3) (* dx ma)) (+ (nth b 4) (* dy ma)) (+ (nth b 5) (* dz ma)) (nth b 6)])))

(defn move [b]
  [(+ (nth b 0) (* 0.01 (nth b 3))) (+ (nth b 1) (* 0.01 (nth b 4))) (+ (nth b 2) (* 0.01 (nth b 5)))
   (nth b 3) (nth b 4) (nth b 5) (nth b 6)])

(defn advance [bodies]
  (loop [i 0 j 1 bodies bodies]
    (cond
      (= i 4) (loop [i 0 bodies bodies]
                (if (< i 5) (recur (inc i) (assoc bodies i (move (nth bodies i)))) bodies))
      (= j 5) (recur (inc i) (+ i 2) bodies)
      :else (recur i (inc j) (attract bodies i j)))))

(defn motion [b]
  (* 0.5 (nth b 6) (+ (* (nth b 3) (nth b 3)) (* (nth b 4) (nth b 4)) (* (nth b 5) (nth b 5)))))

(defn distance [a b]
  (let [dx (- (nth a 0) (nth b 0)) dy (- (nth a 1) (nth b 1)) dz (- (nth a 2) (nth b 2))]
    (Math/sqrt (+ (* dx dx) (* dy dy) (* dz dz)))))

; Of body i its motion, and what binds it to those behind it.
(defn energy [bodies]
  (loop [i 0 sum 0.0]
    (if (< i 5)
      (let [a (nth bodies i)]
        (recur (inc i)
               (loop [j (inc i) sum (+ sum (motion a))]
                 (if (< j 5)
                   (let [b (nth bodies j)] (recur (inc j) (- sum (/ (* (nth a 6) (nth b 6)) (distance a b)))))
                   sum))))
      sum)))

;; Nine digits behind the point, as the benchmarks game prints it.
(defn show [bodies] (println (format "%.9f" (energy bodies))))

(let [bodies (at-rest planets)]
  (show bodies)
  (show (loop [i 0 bodies bodies]
          (if (< i steps) (recur (inc i) (advance bodies)) bodies))))
