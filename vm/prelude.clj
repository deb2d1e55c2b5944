; The prelude: what takes functions, written in the language itself over the primitives (vm/primitive.h).
;
; It is read, lowered and run once a domain (vm/prelude.h); programs get its functions as constants. A name must be
; defined before it is used, and may then not be redefined here. Everything is eager: what Clojure makes lazy is made
; whole. Sequences come back as lists. Items are taken by index from a vector, results are gathered at the front of a
; list and turned round at the end: both are the cheapest ways there are.

(defn identity "x" [x] x)

(defn call-with "Calls f with the arguments in a vector: how a machine calls what is no closure." [f arguments]
  (apply f arguments))

; ------------------------------------------------------------------------------------------- functions of functions

(defn constantly [x] (fn [& _] x))

(defn complement [f]
  (fn
    ([a] (not (f a)))
    ([a b] (not (f a b)))
    ([a b & more] (not (apply f a b more)))
    ([] (not (f)))))

(defn comp
  ([] identity)
  ([f] f)
  ([f g] (fn ([a] (f (g a))) ([a b] (f (g a b))) ([a b & more] (f (apply g a b more))) ([] (f (g)))))
  ([f g & more]
   (let [fs (vec (reverse (list* f g more))) n (count fs)]
     (fn [& arguments]
       (loop [i 1 value (apply (nth fs 0) arguments)]
         (if (< i n) (recur (inc i) ((nth fs i) value)) value))))))

(defn partial
  ([f] f)
  ([f a] (fn ([] (f a)) ([x] (f a x)) ([x & more] (apply f a x more))))
  ([f a b] (fn ([] (f a b)) ([x] (f a b x)) ([x & more] (apply f a b x more))))
  ([f a b & more] (fn [& rest] (apply f a b (concat more rest)))))

(defn fnil
  ([f a] (fn ([x] (f (if (nil? x) a x))) ([x & more] (apply f (if (nil? x) a x) more))))
  ([f a b] (fn [x y & more] (apply f (if (nil? x) a x) (if (nil? y) b y) more)))
  ([f a b c] (fn [x y z & more] (apply f (if (nil? x) a x) (if (nil? y) b y) (if (nil? z) c z) more))))

; ------------------------------------------------------------------------------------------- reducing

(defn reduce
  ([f coll]
   (let [items (vec coll) n (count items)]
     (if (= n 0)
       (f)
       (loop [i 1 value (nth items 0)]
         (if (< i n) (recur (inc i) (f value (nth items i))) value)))))
  ([f value coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 value value]
       (if (< i n) (recur (inc i) (f value (nth items i))) value)))))

(defn reduce-kv [f value coll]
  (if (map? coll)
    (reduce (fn [value entry] (f value (nth entry 0) (nth entry 1))) value coll)
    (let [items (vec coll) n (count items)]
      (loop [i 0 value value]
        (if (< i n) (recur (inc i) (f value i (nth items i))) value)))))

(defn reductions
  ([f coll]
   (let [items (vec coll)]
     (if (empty? items) (list (f)) (reductions f (nth items 0) (subvec items 1)))))
  ([f value coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 value value out (list value)]
       (if (< i n)
         (let [value (f value (nth items i))] (recur (inc i) value (conj out value)))
         (reverse out))))))

(defn run! [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0]
      (if (< i n) (do (f (nth items i)) (recur (inc i))) nil))))

(defn doall ([coll] coll) ([n coll] coll))
(defn dorun ([coll] nil) ([n coll] nil))

; ------------------------------------------------------------------------------------------- mapping and filtering

(defn map
  ([f coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 out ()]
       (if (< i n) (recur (inc i) (conj out (f (nth items i)))) (reverse out)))))
  ([f a b]
   (let [a (vec a) b (vec b) n (min (count a) (count b))]
     (loop [i 0 out ()]
       (if (< i n) (recur (inc i) (conj out (f (nth a i) (nth b i)))) (reverse out)))))
  ([f a b & more]
   (let [colls (map vec (list* a b more)) n (apply min (map count colls))]
     (loop [i 0 out ()]
       (if (< i n)
         (recur (inc i) (conj out (apply f (map (fn [coll] (nth coll i)) colls))))
         (reverse out))))))

(defn mapv
  ([f coll] (vec (map f coll)))
  ([f a b] (vec (map f a b)))
  ([f a b & more] (vec (apply map f a b more))))

(defn map-indexed [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0 out ()]
      (if (< i n) (recur (inc i) (conj out (f i (nth items i)))) (reverse out)))))

(defn mapcat
  ([f coll] (apply concat (map f coll)))
  ([f coll & more] (apply concat (apply map f coll more))))

(defn filter [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0 out ()]
      (if (< i n)
        (let [item (nth items i)]
          (recur (inc i) (if (f item) (conj out item) out)))
        (reverse out)))))

(defn remove [f coll] (filter (complement f) coll))
(defn filterv [f coll] (vec (filter f coll)))

(defn keep [f coll]
  (filter some? (map f coll)))

(defn keep-indexed [f coll]
  (filter some? (map-indexed f coll)))

(defn take-while [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0]
      (if (< i n)
        (if (f (nth items i)) (recur (inc i)) (take i items))
        (take n items)))))

(defn drop-while [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0]
      (if (< i n)
        (if (f (nth items i)) (recur (inc i)) (drop i items))
        ()))))

(defn split-with [f coll] [(take-while f coll) (drop-while f coll)])
(defn nthrest [coll n] (drop n coll))
(defn nthnext [coll n] (seq (drop n coll)))
(defn ffirst [coll] (first (first coll)))
(defn fnext [coll] (first (next coll)))
(defn nnext [coll] (next (next coll)))
(defn take-nth [n coll] (map first (partition-all n coll)))
(defn rseq [coll] (seq (reverse coll)))

(defn repeatedly [n f]
  (loop [i 0 out ()]
    (if (< i n) (recur (inc i) (conj out (f))) (reverse out))))

; ------------------------------------------------------------------------------------------- asking

(defn some [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0]
      (if (< i n)
        (let [found (f (nth items i))] (if found found (recur (inc i))))
        nil))))

(defn every? [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0]
      (if (< i n) (if (f (nth items i)) (recur (inc i)) false) true))))

(defn not-any? [f coll] (not (some f coll)))
(defn not-every? [f coll] (not (every? f coll)))
(defn every-pred [& fs] (fn [& items] (every? (fn [f] (every? f items)) fs)))
(defn some-fn [& fs] (fn [& items] (some (fn [f] (some f items)) fs)))
(defn distinct? [& items] (= (count items) (count (set items))))

; ------------------------------------------------------------------------------------------- grouping and ordering

(defn group-by [f coll]
  (reduce (fn [groups item]
            (let [key (f item)] (assoc groups key (conj (get groups key []) item))))
          {} coll))

(defn partition-by [f coll]
  (let [items (vec coll) n (count items)]
    (if (= n 0)
      ()
      (loop [i 1 key (f (nth items 0)) part (list (nth items 0)) out ()]
        (if (< i n)
          (let [item (nth items i) next-key (f item)]
            (if (= key next-key)
              (recur (inc i) key (conj part item) out)
              (recur (inc i) next-key (list item) (conj out (reverse part)))))
          (reverse (conj out (reverse part))))))))

; A comparator gives a number, or says whether its first argument comes first.
(defn- before? [compare a b]
  (let [order (compare a b)] (if (number? order) (< order 0) order)))

(defn- merge-sorted [compare a b]
  (let [m (count a) n (count b)]
    (loop [i 0 j 0 out ()]
      (cond
        (= i m) (vec (concat (reverse out) (subvec b j)))
        (= j n) (vec (concat (reverse out) (subvec a i)))
        (before? compare (nth b j) (nth a i)) (recur i (inc j) (conj out (nth b j)))
        :else (recur (inc i) j (conj out (nth a i)))))))

(defn- sort-with [compare items]
  (let [n (count items)]
    (if (< n 2)
      items
      (let [half (quot n 2)]
        (merge-sorted compare (sort-with compare (subvec items 0 half)) (sort-with compare (subvec items half)))))))

(defn sort
  ([coll] (yin/sort coll))
  ([compare coll] (concat (sort-with compare (vec coll)))))

(defn sort-by
  ([f coll] (let [items (vec coll)] (yin/sort-by-keys (map f items) items)))
  ([f compare coll] (sort (fn [a b] (compare (f a) (f b))) coll)))

(defn max-key
  ([f a] a)
  ([f a b] (if (> (f a) (f b)) a b))
  ([f a b & more] (reduce (fn [x y] (max-key f x y)) (max-key f a b) more)))

(defn min-key
  ([f a] a)
  ([f a b] (if (< (f a) (f b)) a b))
  ([f a b & more] (reduce (fn [x y] (min-key f x y)) (min-key f a b) more)))

; ------------------------------------------------------------------------------------------- maps

(defn update
  ([m key f] (assoc m key (f (get m key))))
  ([m key f a] (assoc m key (f (get m key) a)))
  ([m key f a & more] (assoc m key (apply f (get m key) a more))))

(defn update-in [m path f & arguments]
  (assoc-in m path (apply f (get-in m path) arguments)))

(defn merge-with [f & maps]
  (reduce (fn [merged m]
            (if (nil? m)
              merged
              (reduce-kv (fn [merged key value]
                           (if (contains? merged key)
                             (assoc merged key (f (get merged key) value))
                             (assoc (if (nil? merged) {} merged) key value)))
                         (if (nil? merged) {} merged) m)))
          nil maps))

(defn update-vals [m f] (reduce-kv (fn [out key value] (assoc out key (f value))) {} m))
(defn update-keys [m f] (reduce-kv (fn [out key value] (assoc out (f key) value)) {} m))

; ------------------------------------------------------------------------------------------- atoms

(defn swap! [atom f & arguments]
  (loop []
    (let [old (deref atom) value (apply f old arguments)]
      (if (compare-and-set! atom old value) value (recur)))))

(defn swap-vals! [atom f & arguments]
  (loop []
    (let [old (deref atom) value (apply f old arguments)]
      (if (compare-and-set! atom old value) [old value] (recur)))))

(defn reset-vals! [atom value] (swap-vals! atom (constantly value)))

(defn memoize [f]
  (let [known (atom {})]
    (fn [& arguments]
      (let [found (find (deref known) arguments)]
        (if found
          (val found)
          (let [value (apply f arguments)] (swap! known assoc arguments value) value))))))

; ------------------------------------------------------------------------------------------- the rest

(defn juxt [& fs]
  (fn [& arguments] (mapv (fn [f] (apply f arguments)) fs)))

(defn trampoline
  ([f] (let [value (f)] (if (fn? value) (recur value) value)))
  ([f & arguments] (trampoline (fn [] (apply f arguments)))))

; ------------------------------------------------------------------------------------------- continuations

(defn call-with-prompt "Calls f; a shift in it goes up to here: what (reset ...) is." [f] (yin/prompt f))

(defn fork "Goes on twice: here with the new agent, in that one with nil."
  []
  (call/cc (fn [k] (spawn k nil))))
