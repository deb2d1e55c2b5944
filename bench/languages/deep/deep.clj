; Recursion n deep that is no tail call.
(defn sum-to [n] (if (= n 0) 0 (+ n (sum-to (- n 1)))))

(println (sum-to (parse-long (first *args*))))
