; Calls: the Fibonacci number, by definition.
(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))

(println (fib (parse-long (first *args*))))
