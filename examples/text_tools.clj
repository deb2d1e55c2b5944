;; Functions on text, which examples/word_report.py imports. Nothing here knows of Python.

(defn split-words
  "The words of a line, in lower case and without punctuation."
  [line]
  (map (fn [word] (clojure.string/lower-case (clojure.string/replace word "," "")))
       (words line)))

(defn rank-by
  "The items in the order of what f gives for each, then of the items themselves."
  [f items]
  (sort-by (fn [item] [(f item) item]) items))
