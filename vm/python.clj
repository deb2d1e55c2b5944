; Python's run time, where it takes functions or changes objects: over the primitives python/... (primitive_python.cc).
;
; Its definitions are called python/NAME outside; a name here finds what is defined above it or below, and the core
; library's functions where those have the name: what is defined here must not be called like one of them, unless it is
; used as python/NAME only. A list, dict or set is an atom (python_values.h); it is changed by compare-and-set!, so that
; of two agents that change one object neither loses what the other did.

; ------------------------------------------------------------------------------------------- changing objects

(defn mutate [name object & arguments]
  (loop []
    (let [old (python/content object name)
          change (apply python/changed name object old arguments)
          new (nth change 0)]
      (if (identical? old new)
        (nth change 1)
        (if (yin/compare-and-set! object old new) (nth change 1) (recur))))))

; object op= value, of an object with an identity, which it keeps.
(defn in-place [sign op object value]
  (let [kind (python/kind object)]
    (if (and (= sign "+") (= kind "list"))
      (mutate "extend" object value)
      (if (and (= sign "|") (= kind "dict"))
        (mutate "update" object value)
        (let [result (op object value)]
          (mutate "replace" object (python/content result "in-place operator")))))
    object))

; ------------------------------------------------------------------------------------------- functions of functions

(defn sorted-by [f items reversed?]
  (python/new-list (python/sort-items items (if (nil? f) items (mapv f items)) reversed?)))

(defn sort-in-place [object f reversed?]
  (let [items (python/content object "sort")]
    (if (= (python/kind object) "list")
      (mutate "replace" object (python/sort-items items (if (nil? f) items (mapv f items)) reversed?))
      (python/method "sort" object))))

(defn least-by [f items default] (python/least items default (if (nil? f) items (mapv f items))))
(defn greatest-by [f items default] (python/greatest items default (if (nil? f) items (mapv f items))))

; ------------------------------------------------------------------------------------------- built-ins as values

(defn list [& x] (python/new-list (if (nil? x) [] (python/items (first x)))))
(defn tuple [& x] (if (nil? x) [] (python/items (first x))))
(defn set [& x] (python/new-set (if (nil? x) [] (python/items (first x)))))
(defn dict [& x] (if (nil? x) (python/new-dict []) (python/dict-from (first x))))
(defn sum [x] (python/sum-items (python/items x) 0))
(defn items-of-one [xs] (if (nil? (next xs)) (python/items (first xs)) (vec xs)))
(defn min [x & more] (let [items (items-of-one (cons x more))] (python/least items \ue000 items)))
(defn max [x & more] (let [items (items-of-one (cons x more))] (python/greatest items \ue000 items)))
(defn sorted [x] (let [items (python/items x)] (python/new-list (python/sort-items items items false))))
(defn print-values [& xs] (apply python/print " " "\n" xs))

(defn input [& prompt]
  (apply python/print "" "" prompt)
  (let [line (next! (call :console/lines))]
    (if (nil? line) (throw (python/exception "EOFError" "EOF when reading a line")) line)))

; ------------------------------------------------------------------------------------------- Clojure's functions

; A Clojure function takes and gives Clojure's values: vectors, maps and sets that do not change. What goes over is
; copied, and a list that comes back is a new list.
(defn to-clojure [x]
  (let [kind (python/kind x)]
    (cond
      (or (= kind "list") (= kind "tuple") (= kind "range") (= kind "dict view")) (mapv to-clojure (python/items x))
      (= kind "set") (into #{} (mapv to-clojure (python/items x)))
      (= kind "dict") (apply hash-map (mapv to-clojure (python/pairs x)))
      (= kind "function") (fn [& arguments] (to-clojure (apply x (mapv from-clojure arguments))))
      :else x)))

(defn from-clojure [x]
  (cond
    (or (nil? x) (boolean? x) (string? x) (integer? x) (double? x) (error? x)) x
    (keyword? x) (subs (str x) 1)
    (or (symbol? x) (char? x)) (str x)
    (map? x) (python/new-dict (vec (mapcat (fn [entry] [(from-clojure (key entry)) (from-clojure (val entry))]) x)))
    (set? x) (python/new-set (mapv from-clojure x))
    (sequential? x) (python/new-list (mapv from-clojure x))
    :else (error "TypeError: a Clojure function gave what Python has no value for" x)))

(defn call-clojure [f & arguments] (from-clojure (apply f (mapv to-clojure arguments))))
(defn clojure-function [f] (fn [& arguments] (from-clojure (apply f (mapv to-clojure arguments)))))

