; A counting loop that sums.
(println (let [n (parse-long (first *args*))]
           (loop [i 0 sum 0] (if (< i n) (recur (inc i) (+ sum i)) sum))))
