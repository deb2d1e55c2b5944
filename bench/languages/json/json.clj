; n records written as JSON, parsed by recursive descent; printed are the size and a sum over all that was read.
; The characters are taken from a vector of them: a string need not give its nth character at once.
(defn record [i]
  (str "{\"id\": " i ", \"name\": \"item \\\"" i "\\\"\", \"values\": [" i ", " (quot i 2) ".5, -3], "
       "\"on\": true, \"none\": null}"))

(defn space-end [text at] (if (= (nth text at) \space) (recur text (inc at)) at))

(defn digit? [c] (and (>= (int c) 48) (<= (int c) 57)))

; Each gives what was read and where it ends.
(defn digits [text at]
  (loop [at at value 0 scale 1]
    (let [c (nth text at)]
      (if (digit? c) (recur (inc at) (+ (* value 10) (- (int c) 48)) (* scale 10)) [value at scale]))))

(defn parse-number [text at]
  (if (= (nth text at) \-)
    (let [[value at] (parse-number text (inc at))] [(- value) at])
    (let [[value at] (digits text at)]
      (if (= (nth text at) \.)
        (let [[fraction at scale] (digits text (inc at))] [(+ value (/ (double fraction) scale)) at])
        [value at]))))

(defn parse-string [text at]
  (loop [at at out ()]
    (let [c (nth text at)]
      (cond
        (= c \") [(clojure.string/join (reverse out)) (inc at)]
        (= c \\) (recur (+ at 2) (conj out (nth text (inc at))))
        :else (recur (inc at) (conj out c))))))

(declare parse-value)

(defn parse-array [text at]
  (loop [at (space-end text at) out []]
    (if (= (nth text at) \])
      [out (inc at)]
      (let [[value at] (parse-value text at) at (space-end text at)]
        (recur (if (= (nth text at) \,) (space-end text (inc at)) at) (conj out value))))))

(defn parse-object [text at]
  (loop [at (space-end text at) out {}]
    (if (= (nth text at) \})
      [out (inc at)]
      (let [[key at] (parse-string text (inc at))
            [value at] (parse-value text (inc (space-end text at)))
            at (space-end text at)]
        (recur (if (= (nth text at) \,) (space-end text (inc at)) at) (assoc out key value))))))

(defn parse-value [text at]
  (let [at (space-end text at) c (nth text at)]
    (cond
      (= c \{) (parse-object text (inc at))
      (= c \[) (parse-array text (inc at))
      (= c \") (parse-string text (inc at))
      (= c \t) [true (+ at 4)]
      (= c \f) [false (+ at 5)]
      (= c \n) [nil (+ at 4)]
      :else (parse-number text at))))

(defn weight [value]
  (cond
    (number? value) (* 2 value)
    (string? value) (count value)
    (map? value) (reduce-kv (fn [sum key item] (+ sum (count key) (weight item))) 0 value)
    (vector? value) (reduce (fn [sum item] (+ sum (weight item))) 0 value)
    (true? value) 1
    :else 0))

(let [text (vec (str "[" (clojure.string/join ", " (map record (range (parse-long (first *args*))))) "]"))]
  (println (count text) (long (weight (first (parse-value text 0))))))
