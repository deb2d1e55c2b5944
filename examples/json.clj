;; JSON, all of RFC 8259: reads a file and writes it again, indented and with the names of each object in order.
;;
;;   yin run examples/json.clj --grant file -- FILE
;;
;; What is read becomes plain values: objects are maps, arrays vectors, null is nil; an integer of 64 bits stays one, any
;; other number is a double. What is written by this program is read as the same value: it reads its own output again
;; and says so if that were not true. A text that is no JSON is refused with line, column and what is wrong there.

;; ------------------------------------------------------------------------------------------------ reading
;; The text is a vector of characters with a nil behind the last, so that none asks first whether there is one more.
;; A parser takes the text and a place in it, and gives [value next-place].

(declare parse-value)

(defn refuse [at what] (throw (ex-info what {:kind :json :at at})))

(defn shown [c] (if (nil? c) "the end of the text" (str "'" c "'")))

(defn skip-space [text at]
  (if (contains? #{\space \tab \newline \return} (nth text at)) (recur text (inc at)) at))

(defn expect [text at c]
  (if (= (nth text at) c)
    (inc at)
    (refuse at (str "expected " (shown c) ", found " (shown (nth text at))))))

(defn parse-word [text at word value]
  [value (reduce (fn [at c] (expect text at c)) at word)])

(defn digit? [c] (and (char? c) (<= (int \0) (int c) (int \9))))

(defn skip-digits
  "Behind the digits at this place, of which there must be one."
  [text at]
  (if (digit? (nth text at))
    (loop [at (inc at)] (if (digit? (nth text at)) (recur (inc at)) at))
    (refuse at (str "expected a digit, found " (shown (nth text at))))))

(defn skip-integer [text at]
  (let [at (if (= (nth text at) \-) (inc at) at)]
    (if (= (nth text at) \0) (inc at) (skip-digits text at))))

(defn skip-fraction [text at]
  (if (= (nth text at) \.) (skip-digits text (inc at)) at))

(defn skip-exponent [text at]
  (if (contains? #{\e \E} (nth text at))
    (let [at (inc at)] (skip-digits text (if (contains? #{\+ \-} (nth text at)) (inc at) at)))
    at))

(defn parse-number [text start]
  (let [integer-end (skip-integer text start)
        end (skip-exponent text (skip-fraction text integer-end))
        written (apply str (subvec text start end))
        ;; nil beyond 64 bits; -0 is a number that integers have not
        integer (when (and (= end integer-end) (not= written "-0")) (parse-long written))
        number (or integer (parse-double written))]
    (if (infinite? number) (refuse start (str written " is too large for a double")) [number end])))

(defn hex-digit [text at]
  (let [value (clojure.string/index-of "0123456789abcdef" (clojure.string/lower-case (str (nth text at))))]
    (if (and (char? (nth text at)) value)
      value
      (refuse at (str "expected a hexadecimal digit, found " (shown (nth text at)))))))

(defn code-unit [text at]
  (reduce (fn [sum i] (+ (* 16 sum) (hex-digit text (+ at i)))) 0 (range 4)))

(defn high-surrogate? [unit] (<= 0xd800 unit 0xdbff))
(defn low-surrogate? [unit] (<= 0xdc00 unit 0xdfff))

(defn parse-unicode
  "Behind \\u: four digits, and for what lies beyond 16 bits a second \\u with the other surrogate."
  [text at]
  (let [unit (code-unit text at) end (+ at 4)]
    (cond
      (low-surrogate? unit) (refuse at "a low surrogate without a high one before it")
      (not (high-surrogate? unit)) [(char unit) end]
      :else
      (let [low-at (expect text (expect text end \\) \u) low (code-unit text low-at)]
        (if (low-surrogate? low)
          [(char (+ 0x10000 (* 0x400 (- unit 0xd800)) (- low 0xdc00))) (+ low-at 4)]
          (refuse low-at "a high surrogate without a low one behind it"))))))

(def escapes
  {\" \" \\ \\ \/ \/ \b (char 8) \f (char 12) \n \newline \r \return \t \tab})

(defn parse-escape [text at]
  (let [c (nth text at)]
    (cond
      (= c \u) (parse-unicode text (inc at))
      (contains? escapes c) [(get escapes c) (inc at)]
      :else (refuse at (str "there is no escape \\ with " (shown c))))))

(defn parse-string [text at]
  (loop [at (expect text at \") out ()]
    (let [c (nth text at)]
      (cond
        (= c \") [(apply str (reverse out)) (inc at)]
        (= c \\) (let [[made end] (parse-escape text (inc at))] (recur end (conj out made)))
        (nil? c) (refuse at "the text ends within a string")
        (< (int c) 32) (refuse at "a control character within a string; write it as an escape")
        :else (recur (inc at) (conj out c))))))

(defn parse-items
  "What stands between brackets, with commas between: `parse-item` adds an item at a place to what was read."
  [text at end empty-value parse-item]
  (let [at (skip-space text at)]
    (if (= (nth text at) end)
      [empty-value (inc at)]
      (loop [at at out empty-value]
        (let [[out at] (parse-item out at) at (skip-space text at)]
          (if (= (nth text at) \,)
            (recur (skip-space text (inc at)) out)
            [out (expect text at end)]))))))

(defn parse-array [text at]
  (parse-items text at \] []
               (fn [out at] (let [[value end] (parse-value text at)] [(conj out value) end]))))

(defn parse-object [text at]
  (parse-items text at \} {}
               (fn [out at]
                 (let [[key end] (parse-string text at)
                       [value end] (parse-value text (expect text (skip-space text end) \:))]
                   [(assoc out key value) end]))))

(defn parse-value [text at]
  (let [at (skip-space text at) c (nth text at)]
    (case c
      \{ (parse-object text (inc at))
      \[ (parse-array text (inc at))
      \" (parse-string text at)
      \t (parse-word text at "true" true)
      \f (parse-word text at "false" false)
      \n (parse-word text at "null" nil)
      (if (or (= c \-) (digit? c))
        (parse-number text at)
        (refuse at (str "expected a value, found " (shown c)))))))

(defn read-json [string]
  (let [text (conj (vec string) nil)
        [value end] (parse-value text 0)
        end (skip-space text end)]
    (if (nil? (nth text end)) value (refuse end (str "expected the end of the text, found " (shown (nth text end)))))))

;; ------------------------------------------------------------------------------------------------ writing

(def names-of-escapes (merge {\" "\\\"" \\ "\\\\" \newline "\\n" \return "\\r" \tab "\\t"}))

(defn write-char [c]
  (cond
    (contains? names-of-escapes c) (get names-of-escapes c)
    (< (int c) 32) (format "\\u%04x" (int c))
    :else (str c)))

(defn write-string [string] (str \" (apply str (map write-char string)) \"))

(defn write-items [open items close indent]
  (if (empty? items)
    (str open close)
    (let [inner (str indent "  ")]
      (str open "\n" inner (clojure.string/join (str ",\n" inner) items) "\n" indent close))))

(defn write-json
  ([value] (write-json value ""))
  ([value indent]
   (let [inner (str indent "  ")]
     (cond
       (nil? value) "null"
       (string? value) (write-string value)
       (vector? value) (write-items "[" (map (fn [item] (write-json item inner)) value) "]" indent)
       (map? value)
       (write-items "{"
                    (map (fn [key] (str (write-string key) ": " (write-json (get value key) inner)))
                         (sort (keys value)))
                    "}" indent)
       :else (str value)))))

;; ------------------------------------------------------------------------------------------------ the program

(defn place-of [text at]
  (let [before (clojure.string/split (str (subs text 0 at) ".") "\n")]
    (str (count before) ":" (count (last before)))))

(doseq [path *args*]
  (let [text (call :file/read-text path)]
    (try
      (let [value (read-json text) written (write-json value)]
        (println written)
        (when (not= value (read-json written)) (println "what was written is read as something else")))
      (catch :json e
        (println (str path ":" (place-of text (:at (ex-data e))) ": " (ex-message e)))))))
