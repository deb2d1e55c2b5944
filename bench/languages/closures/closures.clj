; A closure is made and called once, n times.
(defn adder [k] (fn [x] (+ x k)))

(println (let [n (parse-long (first *args*))]
           (loop [i 0 sum 0] (if (< i n) (recur (inc i) ((adder i) sum)) sum))))
