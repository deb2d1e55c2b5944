; n entries into a map, one by one, then all are looked up. The keys are spread over 32 bits.
(defn key-of [i] (mod (* i 2654435761) 4294967296))

(println
  (let [n (parse-long (first *args*))
        entries (loop [i 0 m {}] (if (< i n) (recur (inc i) (assoc m (key-of i) i)) m))]
    (loop [i 0 sum 0] (if (< i n) (recur (inc i) (+ sum (get entries (key-of i)))) sum))))
