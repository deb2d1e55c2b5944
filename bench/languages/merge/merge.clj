; The numbers of the case sort, by a merge sort: halves are sorted and merged, each into a new list (an array where
; that is what the language has).
(defn numbers [n]
  (loop [i 0 x 42 out ()]
    (if (< i n) (let [x (mod (* x 16807) 2147483647)] (recur (inc i) x (conj out x))) out)))

(defn merge-lists [a b]
  (loop [a a b b out ()]
    (cond
      (empty? a) (loop [b b out out] (if (empty? b) (reverse out) (recur (rest b) (conj out (first b)))))
      (empty? b) (recur b a out)
      (< (first b) (first a)) (recur a (rest b) (conj out (first b)))
      :else (recur (rest a) b (conj out (first a))))))

(defn rest-behind [items n] (if (= n 0) items (recur (rest items) (dec n))))

; The first n of the items.
(defn merge-sort [items n]
  (if (= n 1)
    (list (first items))
    (let [half (quot n 2)]
      (merge-lists (merge-sort items half) (merge-sort (rest-behind items half) (- n half))))))

(println (let [n (parse-long (first *args*))]
           (loop [i 0 sorted (merge-sort (numbers n) n) sum 0]
             (if (< i n) (recur (inc i) (rest sorted) (+ sum (* (mod i 3) (first sorted)))) sum))))
