; A string of n numbers, and its length.
(println (count (clojure.string/join (map (fn [i] (str (mod i 1000))) (range (parse-long (first *args*)))))))
