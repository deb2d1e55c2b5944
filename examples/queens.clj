;; All ways to place n queens on a board of n by n squares so that none attacks another, found by agents that share the
;; work over a stream.
;;
;;   yin run examples/queens.clj                                 eight queens: 92 ways
;;   yin run examples/queens.clj --processes 2 --threads 2 -- 9  nine queens, and four threads to find them
;;
;; The first two queens make a beginning; `beginnings` is a stream of them. Four solvers share one cursor on it, so each
;; beginning goes to one of them: whoever is free takes the next. What it finds goes to another stream, where one agent
;; gathers it. No line says which worker runs which agent, and a worker may be killed at any of them: the beginning that
;; its agent was at is solved by another, once.

(def size (if (seq *args*) (parse-long (first *args*)) 8))
(def solver-count 4)

(def beginnings (stream {:capacity 16}))        ; bounded: who puts waits while the solvers have enough to do
(def work (cursor beginnings))
(def found (stream))

;; `placed` has a column for each row that has a queen, the last row's first.
(defn safe? [placed column]
  (every? identity
          (map-indexed (fn [i other]
                         (let [distance (inc i)]
                           (not (contains? #{other (- other distance) (+ other distance)} column))))
                       placed)))

(defn with-next-row [placed]
  (for [column (range size) :when (safe? placed column)] (conj placed column)))

(defn all-ways [placed]
  (if (= (count placed) size)
    (list placed)
    (mapcat all-ways (with-next-row placed))))

(defn solve []
  (loop []
    (when-let [placed (next! work)]
      (put! found {:ways (all-ways placed)})
      (recur)))
  (put! found :solver-done))

(defn gather
  "Every way that is put on `found` until all solvers are done."
  []
  (let [news (cursor found)]
    (loop [running solver-count ways ()]
      (if (= running 0)
        ways
        (let [item (next! news)]
          (if (= item :solver-done)
            (recur (dec running) ways)
            (recur running (concat (:ways item) ways))))))))

(defn show-row [column]
  (clojure.string/join " " (map (fn [c] (if (= c column) "Q" ".")) (range size))))

(defn report [ways]
  (println (count ways) "ways to place" size "queens")
  (when-let [way (first (sort (map (comp vec reverse) ways)))]
    (println "The first of them:")
    (run! println (map show-row way))))

(spawn (fn [] (report (gather))))
(dotimes [_ solver-count] (spawn solve))

(doseq [placed (mapcat with-next-row (with-next-row ()))] (put! beginnings placed))
(close! beginnings)
