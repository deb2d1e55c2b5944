; n pseudo-random integers, sorted by the language's own sort; printed is a sum that the order decides.
(defn numbers [n]
  (loop [i 0 x 42 out []]
    (if (< i n) (let [x (mod (* x 16807) 2147483647)] (recur (inc i) x (conj out x))) out)))

(println (let [sorted (vec (sort (numbers (parse-long (first *args*))))) n (count sorted)]
           (loop [i 0 sum 0] (if (< i n) (recur (inc i) (+ sum (* (mod i 3) (nth sorted i)))) sum))))
