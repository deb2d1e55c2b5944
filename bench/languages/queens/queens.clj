; All ways to place 8 queens on a board, n times: a way is the list of the columns, the last row's first.
(defn safe? [column placed]
  (loop [distance 1 placed placed]
    (if (empty? placed)
      true
      (let [other (first placed)]
        (if (or (= other column) (= other (+ column distance)) (= other (- column distance)))
          false
          (recur (inc distance) (rest placed)))))))

(defn extend-way [way column out]
  (if (= column 8) out (recur way (inc column) (if (safe? column way) (conj out (conj way column)) out))))

(defn extend-all [ways out]
  (if (empty? ways) out (recur (rest ways) (extend-way (first ways) 0 out))))

(defn queens [row ways] (if (= row 8) ways (recur (inc row) (extend-all ways ()))))

(println (let [n (parse-long (first *args*))]
           (loop [i 0 found 0]
             (if (< i n) (recur (inc i) (+ found (count (queens 0 (list ()))))) found))))
