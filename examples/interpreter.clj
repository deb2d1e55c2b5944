;; An interpreter for a small language, in the language of agents: tokens, parser, closures, and errors that name a line.
;;
;;   yin run examples/interpreter.clj                      runs the two programs below
;;   yin run examples/interpreter.clj --grant file -- F    runs a program of your own
;;
;; A program is a row of `let` and expressions. Everything is an expression; functions are values that see what stood
;; around them. Nothing of the interpreter recurses on a machine stack that could run out: the frames of a deep recursion
;; in the program are frames of this agent, and those are in the domain. Kill it, and `yin resume` goes on in the middle.

(def sample "
  # Functions that make functions.
  let compose = fn(f, g) { fn(x) { f(g(x)) } };
  let add = fn(n) { fn(x) { x + n } };
  print(compose(add(1), fn(x) { x * 10 })(4));

  # Recursion, as deep as it likes.
  let fib = fn(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } };
  let count = fn(n) { if n == 0 { 0 } else { 1 + count(n - 1) } };
  print(\"fib(15) =\", fib(15));
  print(\"counted to\", count(20000));

  # Pairs made of nothing but functions, and a list made of pairs.
  let pair = fn(first, rest) { fn(ask) { if ask == \"first\" { first } else { rest } } };
  let upto = fn(n) { let go = fn(i) { if i > n { false } else { pair(i, go(i + 1)) } }; go(1) };
  let fold = fn(f, value, list) {
    if list == false { value } else { fold(f, f(value, list(\"first\")), list(\"rest\")) }
  };
  print(\"product of 1 to 10:\", fold(fn(a, b) { a * b }, 1, upto(10)));
")

(def mistaken "
  let half = fn(n) { n / 2 };
  print(half(10));

  print(half(\"ten\"));
")

(defn fail [line what] (throw (ex-info what {:kind :mistake :line line})))

;; ------------------------------------------------------------------------------------------------ tokens
;; {:kind :number|:string|:name|:sign|:end, :value what it is, :line where it stands}

(def signs-of-two #{"==" "!=" "<=" ">="})
(def letters (set "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"))
(def digits (set "0123456789"))
(def letters-and-digits (into letters digits))

(defn end-of-run
  "The first place from `at` on whose character is none of those."
  [text at chars]
  (if (and (< at (count text)) (contains? chars (nth text at))) (recur text (inc at) chars) at))

(defn number-token [text at line]
  (let [end (end-of-run text at digits)]
    [{:kind :number :value (parse-long (apply str (subvec text at end))) :line line} end]))

(defn name-token [text at line]
  (let [end (end-of-run text at letters-and-digits)]
    [{:kind :name :value (apply str (subvec text at end)) :line line} end]))

(defn string-token [text at line]
  (loop [end (inc at)]
    (cond
      (or (= end (count text)) (= (nth text end) \newline)) (fail line "a string is not closed")
      (= (nth text end) \") [{:kind :string :value (apply str (subvec text (inc at) end)) :line line} (inc end)]
      :else (recur (inc end)))))

(defn sign-token [text at line]
  (let [two (apply str (subvec text at (min (count text) (+ at 2))))
        sign (if (contains? signs-of-two two) two (str (nth text at)))]
    [{:kind :sign :value sign :line line} (+ at (count sign))]))

(defn end-of-line [text at] (if (or (= at (count text)) (= (nth text at) \newline)) at (recur text (inc at))))

(defn tokens [string]
  (let [text (vec string)]
    (loop [at 0 line 1 out []]
      (if (= at (count text))
        (conj out {:kind :end :value "the end" :line line})
        (let [c (nth text at)]
          (cond
            (= c \newline) (recur (inc at) (inc line) out)
            (= c \space) (recur (inc at) line out)
            (= c \#) (recur (end-of-line text at) line out)
            :else (let [read-token (cond
                                     (contains? digits c) number-token
                                     (contains? letters c) name-token
                                     (= c \") string-token
                                     :else sign-token)
                        [token end] (read-token text at line)]
                    (recur end line (conj out token)))))))))

;; ------------------------------------------------------------------------------------------------ parser
;; A parser takes the tokens from its place on and gives [tree the-rest]. A tree is a vector: [:kind line parts...].

(declare parse-expression)

(defn is? [[token] value] (and (contains? #{:sign :name} (:kind token)) (= (:value token) value)))

(defn expect [input value]
  (if (is? input value)
    (rest input)
    (fail (:line (first input)) (str "expected '" value "', found '" (:value (first input)) "'"))))

(defn parse-rows
  "Rows up to `end`, with semicolons between."
  [input end]
  (loop [input input rows []]
    (cond
      (is? input ";") (recur (rest input) rows)
      (or (is? input end) (= (:kind (first input)) :end)) [[:rows (:line (first input)) rows] input]
      :else (let [[row input] (parse-expression input)] (recur input (conj rows row))))))

(defn parse-block [input]
  (let [[rows input] (parse-rows (expect input "{") "}")] [rows (expect input "}")]))

(defn parse-list
  "What stands in brackets, with commas between."
  [input parse-one]
  (loop [input (expect input "(") items []]
    (if (is? input ")")
      [items (rest input)]
      (let [[item input] (parse-one input)]
        (recur (if (is? input ")") input (expect input ",")) (conj items item))))))

(defn parse-name [[{:keys [kind value line]} & input]]
  (if (= kind :name) [value input] (fail line (str "expected a name, found '" value "'"))))

(defn parse-let [line input]
  (let [[name input] (parse-name input)
        [value input] (parse-expression (expect input "="))]
    [[:let line name value] input]))

(defn parse-if [line input]
  (let [[test input] (parse-expression input)
        [yes input] (parse-block input)
        [no input] (if (is? input "else") (parse-block (rest input)) [[:constant line false] input])]
    [[:if line test yes no] input]))

(defn parse-fn [line input]
  (let [[names input] (parse-list input parse-name)
        [body input] (parse-block input)]
    [[:fn line names body] input]))

(defn parse-operand [[{:keys [kind value line]} & input]]
  (cond
    (contains? #{:number :string} kind) [[:constant line value] input]
    (= value "true") [[:constant line true] input]
    (= value "false") [[:constant line false] input]
    (= value "let") (parse-let line input)
    (= value "if") (parse-if line input)
    (= value "fn") (parse-fn line input)
    (= kind :name) [[:name line value] input]
    (= value "-") (let [[operand input] (parse-operand input)]
                    [[:operation line "-" [:constant line 0] operand] input])
    (= value "(") (let [[tree input] (parse-expression input)] [tree (expect input ")")])
    :else (fail line (str "expected an expression, found '" value "'"))))

(defn parse-calls [input]
  (loop [[tree input] (parse-operand input)]
    (if (is? input "(")
      (let [line (:line (first input)) [operands input] (parse-list input parse-expression)]
        (recur [[:call line tree operands] input]))
      [tree input])))

(def strength {"or" 1 "and" 2 "==" 3 "!=" 3 "<" 4 "<=" 4 ">" 4 ">=" 4 "+" 5 "-" 5 "*" 6 "/" 6 "%" 6})

(defn parse-operations
  "Operands and operators that bind at least so strongly, from the left."
  [input least]
  (loop [[left input] (parse-calls input)]
    (let [{:keys [value line]} (first input) bound (get strength value 0)]
      (if (< bound least)
        [left input]
        (let [[right input] (parse-operations (rest input) (inc bound))]
          (recur [[:operation line value left right] input]))))))

(defn parse-expression [input] (parse-operations input 1))

(defn parse [text]
  (let [[rows input] (parse-rows (seq (tokens text)) "")]
    (if (= (:kind (first input)) :end) rows (fail (:line (first input)) "this cannot stand here"))))

;; ------------------------------------------------------------------------------------------------ evaluation
;; An environment is a map of names to values. A row of a block gives its value and the environment for the next row.

(declare evaluate)

(defn number [line value]
  (if (number? value) value (fail line (str "expected a number, found " (pr-str value)))))

(def arithmetic {"+" + "-" - "*" * "<" < "<=" <= ">" > ">=" >=})
(def division {"/" quot "%" mod})

(defn operate [line sign a b]
  (cond
    (= sign "==") (= a b)
    (= sign "!=") (not= a b)
    (and (= sign "+") (string? a) (string? b)) (str a b)
    (contains? division sign)
    (if (= (number line b) 0) (fail line "division by zero") ((get division sign) (number line a) b))
    :else ((get arithmetic sign) (number line a) (number line b))))

(defn operation [line sign left right names]
  (let [a (evaluate left names)]
    (cond
      (= sign "and") (if a (evaluate right names) a)
      (= sign "or") (if a a (evaluate right names))
      :else (operate line sign a (evaluate right names)))))

(defn call-value [line f operands]
  (cond
    (fn? f) (apply f operands)
    (not (map? f)) (fail line (str (pr-str f) " is no function"))
    (not= (count operands) (count (:parameters f)))
    (fail line (str (or (:name f) "this function") " takes " (count (:parameters f)) " values, got " (count operands)))
    ;; The function sees itself under its name: so it may call itself.
    :else (evaluate (:body f)
                    (merge (:names f) (when (:name f) {(:name f) f}) (zipmap (:parameters f) operands)))))

(defn evaluate-let [name value names]
  (let [value (evaluate value names)]
    (if (and (map? value) (nil? (:name value))) (assoc value :name name) value)))

(defn evaluate-rows [rows names]
  (loop [rows rows names names value false]
    (if-let [[[kind _ name init :as row] & more] (seq rows)]
      (if (= kind :let)
        (let [value (evaluate-let name init names)] (recur more (assoc names name value) value))
        (if more
          (do (evaluate row names) (recur more names false))
          (evaluate row names)))
      value)))

(defn evaluate [[kind line a b c] names]
  (case kind
    :constant a
    :name (if (contains? names a) (get names a) (fail line (str "nothing is called " a)))
    :rows (evaluate-rows a names)
    :if (if (evaluate a names) (evaluate b names) (evaluate c names))
    :fn {:parameters a :body b :names names}
    :let (evaluate-let a b names)
    :operation (operation line a b c names)
    :call (let [f (evaluate a names)]
            (call-value line f (mapv (fn [operand] (evaluate operand names)) b)))))

(def built-in {"print" (fn [& values] (apply println values) false)
               "length" count})

(defn run-program [text]
  (try
    (evaluate (parse text) built-in)
    (catch :mistake e
      (println (str "line " (:line (ex-data e)) ": " (ex-message e))))))

(if (seq *args*)
  (doseq [path *args*] (run-program (call :file/read-text path)))
  (run! run-program [sample mistaken]))
