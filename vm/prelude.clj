; The prelude: what takes functions, written in the language itself over the primitives (vm/primitive.h).
; Names in yin/ are its own and no part of the language.
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

; A reducing function ends the reduction with a `reduced` value.
(defn reduce
  ([f coll]
   (let [items (vec coll) n (count items)]
     (if (= n 0)
       (f)
       (loop [i 1 value (nth items 0)]
         (if (< i n)
           (let [value (f value (nth items i))]
             (if (reduced? value) (unreduced value) (recur (inc i) value)))
           value)))))
  ([f value coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 value value]
       (if (< i n)
         (let [value (f value (nth items i))]
           (if (reduced? value) (unreduced value) (recur (inc i) value)))
         value)))))

(defn reduce-kv [f value coll]
  (if (map? coll)
    (reduce (fn [value entry] (f value (nth entry 0) (nth entry 1))) value coll)
    (let [items (vec coll) n (count items)]
      (loop [i 0 value value]
        (if (< i n)
          (let [value (f value i (nth items i))]
            (if (reduced? value) (unreduced value) (recur (inc i) value)))
          value)))))

(defn reductions
  ([f coll]
   (let [items (vec coll)]
     (if (empty? items) (list (f)) (reductions f (nth items 0) (subvec items 1)))))
  ([f value coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 value value out (list value)]
       (if (< i n)
         (let [value (f value (nth items i))]
           (if (reduced? value)
             (reverse (conj out (unreduced value)))
             (recur (inc i) value (conj out value))))
         (reverse out))))))

(defn run! [f coll]
  (let [items (vec coll) n (count items)]
    (loop [i 0]
      (if (< i n) (do (f (nth items i)) (recur (inc i))) nil))))

(defn doall ([coll] coll) ([n coll] coll))
(defn dorun ([coll] nil) ([n coll] nil))

(defn completing
  ([f] (completing f identity))
  ([f finish] (fn ([] (f)) ([value] (finish value)) ([value item] (f value item)))))

(defn transduce
  ([xform f coll] (transduce xform f (f) coll))
  ([xform f value coll] (let [f (xform f)] (f (reduce f value coll)))))

; A transducer that remembers: what it knows goes along with the result so far (yin/carry), and is taken off at the end.
; (step rf memory result item) gives what (yin/carry memory result) gives; (finish rf memory result) what rf ends with.
(defn yin/remembering [memory step finish]
  (fn [rf]
    (fn
      ([] (rf))
      ([value] (if (yin/carries? value) (finish rf (yin/carried value) (yin/bearer value)) (finish rf memory value)))
      ([value item]
       (if (yin/carries? value)
         (step rf (yin/carried value) (yin/bearer value) item)
         (step rf memory value item))))))

(defn yin/forget [rf memory value] (rf value))

; ------------------------------------------------------------------------------------------- mapping and filtering

; What goes through a sequence and makes another collects up to 32 items in `out`, the last first, and what was collected
; so before in `done`, as vectors: on the way it takes a third of the room that a list of all would.
(defn map
  ([f]
   (fn [rf]
     (fn
       ([] (rf))
       ([value] (rf value))
       ([value item] (rf value (f item)))
       ([value item & more] (rf value (apply f item more))))))
  ([f coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 to 32 out () done ()]
       (cond (= i n) (yin/reverse-parts out done)
             (< i to) (recur (inc i) to (conj out (f (nth items i))) done)
             :else (recur i (+ to 32) () (conj done (vec out)))))))
  ([f a b]
   (let [a (vec a) b (vec b) n (min (count a) (count b))]
     (loop [i 0 to 32 out () done ()]
       (cond (= i n) (yin/reverse-parts out done)
             (< i to) (recur (inc i) to (conj out (f (nth a i) (nth b i))) done)
             :else (recur i (+ to 32) () (conj done (vec out)))))))
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

(defn map-indexed
  ([f] (yin/remembering 0 (fn [rf i value item] (yin/carry (inc i) (rf value (f i item)))) yin/forget))
  ([f coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 to 32 out () done ()]
       (cond (= i n) (yin/reverse-parts out done)
             (< i to) (recur (inc i) to (conj out (f i (nth items i))) done)
             :else (recur i (+ to 32) () (conj done (vec out))))))))

; A reduced value of an inner reduction ends the outer one too.
(defn cat [rf]
  (fn
    ([] (rf))
    ([value] (rf value))
    ([value items]
     (reduce (fn [value item] (let [value (rf value item)] (if (reduced? value) (reduced value) value))) value items))))

(defn mapcat
  ([f] (comp (map f) cat))
  ([f coll] (apply concat (map f coll)))
  ([f coll & more] (apply concat (apply map f coll more))))

(defn filter
  ([f] (fn [rf] (fn ([] (rf)) ([value] (rf value)) ([value item] (if (f item) (rf value item) value)))))
  ([f coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0 to 32 out () done ()]
       (cond (= i n) (yin/reverse-parts out done)
             (< i to) (let [item (nth items i)]
                        (recur (inc i) to (if (f item) (conj out item) out) done))
             :else (recur i (+ to 32) () (if (empty? out) done (conj done (vec out)))))))))

(defn remove ([f] (filter (complement f))) ([f coll] (filter (complement f) coll)))
(defn filterv [f coll] (vec (filter f coll)))

(defn keep
  ([f]
   (fn [rf]
     (fn
       ([] (rf))
       ([value] (rf value))
       ([value item] (let [kept (f item)] (if (nil? kept) value (rf value kept)))))))
  ([f coll] (filter some? (map f coll))))

(defn keep-indexed
  ([f] (comp (map-indexed f) (filter some?)))
  ([f coll] (filter some? (map-indexed f coll))))

(defn take
  ([n]
   (yin/remembering
     n
     (fn [rf left value item]
       (let [value (if (> left 0) (rf value item) value)]
         (yin/carry (dec left) (if (> left 1) value (ensure-reduced value)))))
     yin/forget))
  ([n coll] (yin/take n coll)))

(defn take-while
  ([f]
   (fn [rf] (fn ([] (rf)) ([value] (rf value)) ([value item] (if (f item) (rf value item) (reduced value))))))
  ([f coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0]
       (if (< i n)
         (if (f (nth items i)) (recur (inc i)) (take i items))
         (take n items))))))

(defn drop
  ([n]
   (yin/remembering
     n
     (fn [rf left value item] (yin/carry (dec left) (if (> left 0) value (rf value item))))
     yin/forget))
  ([n coll] (yin/drop n coll)))

(defn drop-while
  ([f]
   (yin/remembering
     true
     (fn [rf dropping value item]
       (if (and dropping (f item)) (yin/carry true value) (yin/carry false (rf value item))))
     yin/forget))
  ([f coll]
   (let [items (vec coll) n (count items)]
     (loop [i 0]
       (if (< i n)
         (if (f (nth items i)) (recur (inc i)) (drop i items))
         ())))))

(defn distinct
  ([]
   (yin/remembering
     #{}
     (fn [rf seen value item]
       (if (contains? seen item) (yin/carry seen value) (yin/carry (conj seen item) (rf value item))))
     yin/forget))
  ([coll] (yin/distinct coll)))

(defn dedupe
  ([]
   (yin/remembering
     []
     (fn [rf before value item]
       (if (= before [item]) (yin/carry before value) (yin/carry [item] (rf value item))))
     yin/forget))
  ([coll] (yin/dedupe coll)))

(defn interpose
  ([separator]
   (yin/remembering
     false
     (fn [rf started value item]
       (let [value (if started (rf value separator) value)]
         (yin/carry true (if (reduced? value) value (rf value item)))))
     yin/forget))
  ([separator coll] (yin/interpose separator coll)))

(defn yin/finish-part [rf part value]
  (rf (if (empty? part) value (unreduced (rf value part)))))

(defn partition-all
  ([n]
   (yin/remembering
     []
     (fn [rf part value item]
       (let [part (conj part item)]
         (if (< (count part) n) (yin/carry part value) (yin/carry [] (rf value part)))))
     yin/finish-part))
  ([n coll] (yin/partition-all n coll))
  ([n step coll] (yin/partition-all n step coll)))

(defn halt-when
  ([f] (halt-when f nil))
  ([f finish]
   (fn [rf]
     (fn
       ([] (rf))
       ([value]
        (if (and (map? value) (contains? value :yin/halted)) (get value :yin/halted) (rf value)))
       ([value item]
        (if (f item)
          (reduced {:yin/halted (if finish (finish (rf value) item) item)})
          (rf value item)))))))

(defn into
  ([] [])
  ([to] to)
  ([to from] (yin/into to from))
  ([to xform from] (transduce xform conj to from)))

(defn sequence
  ([coll] (concat coll))
  ([xform coll] (concat (transduce xform conj [] coll)))
  ([xform coll & more]
   (let [f (xform conj)]
     (concat (f (reduce (fn [value items] (apply f value items)) [] (apply map vector coll more)))))))

(defn eduction "Made whole, as every sequence is here." [& xforms-and-coll]
  (sequence (apply comp (butlast xforms-and-coll)) (last xforms-and-coll)))

(defn split-with [f coll] [(take-while f coll) (drop-while f coll)])
(defn nthrest [coll n] (drop n coll))
(defn nthnext [coll n] (seq (drop n coll)))
(defn ffirst [coll] (first (first coll)))
(defn fnext [coll] (first (next coll)))
(defn nnext [coll] (next (next coll)))
(defn take-nth
  ([n] (comp (map-indexed vector) (filter (fn [entry] (= 0 (rem (nth entry 0) n)))) (map second)))
  ([n coll] (map first (partition-all n coll))))
(defn rseq [coll] (seq (reverse coll)))

(defn nfirst [coll] (next (first coll)))
(defn replicate [n item] (repeat n item))
(defn bounded-count [n coll] (count coll))

; What has no end in Clojure is made as far as it is taken: (take n (iterate f x)) and its like are read as one call.
(defn yin/endless [name]
  (error (str name ": sequences are made whole here, and this one has no end; take what is needed where it is made, "
              "as in (take n (" name " ...))")))

(defn repeatedly
  ([f] (yin/endless "repeatedly"))
  ([n f]
   (loop [i 0 out ()]
     (if (< i n) (recur (inc i) (conj out (f))) (reverse out)))))

(defn iterate [f x] (yin/endless "iterate"))
(defn cycle [coll] (if (empty? coll) () (yin/endless "cycle")))

(defn yin/take-iterate [n f x]
  (loop [i 0 x x out ()]
    (if (< i n)
      (let [out (conj out x)] (if (< (inc i) n) (recur (inc i) (f x) out) (reverse out)))
      (reverse out))))

(defn yin/take-while-iterate [more? f x]
  (loop [x x out ()]
    (if (more? x) (recur (f x) (conj out x)) (reverse out))))

(defn yin/nth-iterate [f x n]
  (loop [i 0 x x]
    (if (< i n) (recur (inc i) (f x)) x)))

(defn yin/take-cycle [n coll]
  (let [items (vec coll) size (count items)]
    (if (= size 0)
      ()
      (loop [i 0 out ()]
        (if (< i n) (recur (inc i) (conj out (nth items (rem i size)))) (reverse out))))))

; A bounded call over stages over what has no end is read as one of these (ast/readers/clojure_expand.cc): items are
; drawn from the source one by one until the reduction is over, and no more.
(defn yin/draw-iterate [xform f start step x]
  (let [f (xform f)]
    (loop [value start x x]
      (let [value (f value x)]
        (if (reduced? value) (f (unreduced value)) (recur value (step x)))))))

(defn yin/draw-range [xform f start] (yin/draw-iterate xform f start inc 0))
(defn yin/draw-repeat [xform f start x] (yin/draw-iterate xform f start identity x))

(defn yin/draw-repeatedly [xform f start make]
  (let [f (xform f)]
    (loop [value start]
      (let [value (f value (make))]
        (if (reduced? value) (f (unreduced value)) (recur value))))))

(defn yin/draw-cycle [xform f start coll]
  (let [items (vec coll) size (count items)]
    (if (= size 0)
      ((xform f) start)
      (yin/draw-iterate (comp (map (fn [i] (nth items i))) xform) f start
                        (fn [i] (let [i (inc i)] (if (= i size) 0 i))) 0))))

(defn tree-seq [branch? children root]
  (loop [left (list root) out ()]
    (if (empty? left)
      (reverse out)
      (let [node (first left)]
        (recur (if (branch? node) (concat (children node) (rest left)) (rest left)) (conj out node))))))

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

(defn partition-by
  ([f]
   (yin/remembering
     nil
     (fn [rf [key part :as memory] value item]
       (let [next-key (f item)]
         (if (or (nil? memory) (= key next-key))
           (yin/carry [next-key (conj (or part []) item)] value)
           (yin/carry [next-key [item]] (rf value part)))))
     (fn [rf memory value] (yin/finish-part rf (nth memory 1) value))))
  ([f coll]
   (let [items (vec coll) n (count items)]
     (if (= n 0)
       ()
       (loop [i 1 key (f (nth items 0)) part (list (nth items 0)) out ()]
         (if (< i n)
           (let [item (nth items i) next-key (f item)]
             (if (= key next-key)
               (recur (inc i) key (conj part item) out)
               (recur (inc i) next-key (list item) (conj out (reverse part)))))
           (reverse (conj out (reverse part)))))))))

; A comparator gives a number, or says whether its first argument comes first.
(defn yin/before? [compare a b]
  (let [order (compare a b)] (if (number? order) (< order 0) order)))

(defn yin/merge-sorted [compare a b]
  (let [m (count a) n (count b)]
    (loop [i 0 j 0 out ()]
      (cond
        (= i m) (vec (concat (reverse out) (subvec b j)))
        (= j n) (vec (concat (reverse out) (subvec a i)))
        (yin/before? compare (nth b j) (nth a i)) (recur i (inc j) (conj out (nth b j)))
        :else (recur (inc i) j (conj out (nth a i)))))))

(defn yin/sort-with [compare items]
  (let [n (count items)]
    (if (< n 2)
      items
      (let [half (quot n 2)]
        (yin/merge-sorted compare
                          (yin/sort-with compare (subvec items 0 half))
                          (yin/sort-with compare (subvec items half)))))))

(defn comparator [before?]
  (fn [a b] (cond (before? a b) -1 (before? b a) 1 :else 0)))

(defn sort
  ([coll] (yin/sort coll))
  ([compare coll] (concat (yin/sort-with compare (vec coll)))))

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

(defn vary-meta [value f & arguments] (with-meta value (apply f (meta value) arguments)))

(defn update
  ([m key f] (assoc m key (f (get m key))))
  ([m key f a] (assoc m key (f (get m key) a)))
  ([m key f a & more] (assoc m key (apply f (get m key) a more))))

(defn update-in [m path f & arguments]
  (assoc-in m path (apply f (get-in m path) arguments)))

(defn merge-with [f & maps]
  (reduce (fn [merged m]
            (cond
              (nil? m) merged
              (nil? merged) m
              :else (reduce-kv (fn [merged key value]
                                 (assoc merged key (if (contains? merged key) (f (get merged key) value) value)))
                               merged m)))
          nil maps))

(defn update-vals [m f] (reduce-kv (fn [out key value] (assoc out key (f value))) (with-meta {} (meta m)) m))
(defn update-keys [m f] (reduce-kv (fn [out key value] (assoc out (f key) value)) (with-meta {} (meta m)) m))

(defn replace
  ([known] (map (fn [item] (get known item item))))
  ([known coll]
   (let [out (map (fn [item] (get known item item)) coll)] (if (vector? coll) (vec out) out)))
  ([text what with] (yin/replace-text text what with)))

; What an infinite sequence needs elsewhere: a function that says how to go on.
(defn iteration [step & {:keys [somef vf kf initk] :or {somef some? vf identity kf identity initk nil}}]
  (loop [result (step initk) out ()]
    (if (somef result)
      (let [out (conj out (vf result)) key (kf result)]
        (if (nil? key) (reverse out) (recur (step key) out)))
      (reverse out))))

; ------------------------------------------------------------------------------------------- atoms

; Validators and watches stand in a map by atoms, {:validator f :watches {key f}}, in the atom "yin/atom-parts" of the
; domain, which is there once somebody has asked for one. A validator is asked before the commit. Watches are called
; behind it, by the agent that made the change; its continuation is part of the commit, so a killed worker's are called
; by whoever goes on with the agent.
(defn yin/change-parts [atom f]
  (let [table (yin/atom {} "yin/atom-parts")]
    (loop []
      (let [old (deref table)
            parts (f (get old atom))
            new (if (or (:validator parts) (seq (:watches parts))) (assoc old atom parts) (dissoc old atom))]
        (if (yin/compare-and-set! table old new) nil (recur))))))

(defn yin/validate [validator value]
  (if validator
    (if (validator value) nil (error "the atom's validator refuses the value" {:kind :validator :value value}))
    nil))

(defn yin/tell [atom old new]
  (let [watches (:watches (yin/atom-parts atom))]
    (if watches (reduce-kv (fn [_ key f] (f key atom old new) nil) nil watches) nil)))

(defn compare-and-set! [atom old new]
  (yin/validate (:validator (yin/atom-parts atom)) new)
  (if (yin/compare-and-set! atom old new) (do (yin/tell atom old new) true) false))

(defn swap-vals! [atom f & arguments]
  (loop []
    (let [old (deref atom) new (apply f old arguments)]
      (if (compare-and-set! atom old new) [old new] (recur)))))

(defn swap! [atom f & arguments]
  (loop []
    (let [old (deref atom) new (apply f old arguments) parts (yin/atom-parts atom)]
      (if parts (yin/validate (:validator parts) new) nil)
      (if (yin/compare-and-set! atom old new)
        (do (yin/tell atom old new) new)
        (recur)))))

(defn reset-vals! [atom value] (swap-vals! atom (constantly value)))

(defn reset! [atom value]
  (if (yin/atom-parts atom) (nth (reset-vals! atom value) 1) (yin/reset! atom value)))

(defn get-validator [atom] (:validator (yin/atom-parts atom)))

(defn set-validator! [atom f]
  (yin/atom-parts atom)
  (yin/validate f (deref atom))
  (yin/change-parts atom (fn [parts] (assoc parts :validator f))))

(defn add-watch [atom key f]
  (yin/atom-parts atom)
  (yin/change-parts atom (fn [parts] (assoc parts :watches (assoc (:watches parts) key f))))
  atom)

(defn remove-watch [atom key]
  (yin/atom-parts atom)
  (yin/change-parts atom (fn [parts] (assoc parts :watches (dissoc (:watches parts) key))))
  atom)

(defn yin/atom-with [made options]
  (if (= 0 (rem (count options) 2))
    (let [{:keys [validator]} (apply hash-map options)
          unknown (first (remove #{:validator} (take-nth 2 options)))]
      (if unknown (error (str "atom: there is no option " (pr-str unknown) "; there is :validator")) nil)
      (if validator (set-validator! made validator) nil)
      made)
    (error "atom: an option needs a value behind it")))

(defn atom
  ([value] (yin/atom value))
  ([value name] (yin/atom value name))
  ([value a & more]
   (if (= 0 (rem (count more) 2))
     (yin/atom-with (yin/atom value a) more)
     (yin/atom-with (yin/atom value) (cons a more)))))

(defn volatile! "An atom: nothing else changes here." [value] (yin/atom value))
(defn vreset! [place value] (reset! place value))
(defn vswap! [place f & arguments] (apply swap! place f arguments))

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

; ------------------------------------------------------------------------------------------- chance and time

(defn rand-nth [coll] (let [items (vec coll)] (nth items (rand-int (count items)))))
(defn shuffle [coll] (vec (sort-by (fn [_] (rand)) coll)))
(defn random-sample
  ([probability] (filter (fn [_] (< (rand) probability))))
  ([probability coll] (filter (fn [_] (< (rand) probability)) coll)))
(defn yin/print-elapsed "What (time ...) prints." [began] (prn (str "Elapsed time: " (- (now) began) " msecs")))

; ------------------------------------------------------------------------------------------- output

(defn printf [pattern & arguments] (print (apply format pattern arguments)))
(defn newline [] (print "\n"))
(defn flush [] nil)

; What defmulti makes: `methods` is an atom with a map of keys to functions.
(defn yin/multimethod [name methods dispatch otherwise]
  (fn [& arguments]
    (let [table (deref methods)
          key (apply dispatch arguments)
          method (get table key (get table otherwise))]
      (if (nil? method)
        (error (str "no method of `" name "` for " (pr-str key)) key)
        (apply method arguments)))))

; ------------------------------------------------------------------------------------------- hierarchies
; Values: there is no global one.

(defn make-hierarchy [] {:parents {} :ancestors {} :descendants {}})
(defn parents [hierarchy tag] (not-empty (get (get hierarchy :parents) tag)))
(defn ancestors [hierarchy tag] (not-empty (get (get hierarchy :ancestors) tag)))
(defn descendants [hierarchy tag] (not-empty (get (get hierarchy :descendants) tag)))

(defn isa?
  ([tag parent] (= tag parent))
  ([hierarchy tag parent]
   (or (= tag parent)
       (contains? (get (get hierarchy :ancestors) tag #{}) parent)
       (and (vector? tag) (vector? parent) (= (count tag) (count parent))
            (every? identity (map (fn [t p] (isa? hierarchy t p)) tag parent))))))

(defn derive
  ([tag parent]
   (error "derive: there is no global hierarchy; take one as a value: (derive (make-hierarchy) tag parent)"))
  ([hierarchy tag parent]
   (cond
     (contains? (get-in hierarchy [:parents tag] #{}) parent) hierarchy
     (or (= tag parent) (contains? (get-in hierarchy [:ancestors parent] #{}) tag))
     (error (str "derive: " (pr-str parent) " descends from " (pr-str tag) " already"))
     :else
     (let [above (conj (get-in hierarchy [:ancestors parent] #{}) parent)
           below (conj (get-in hierarchy [:descendants tag] #{}) tag)
           widen (fn [table tags more]
                   (reduce (fn [table t] (assoc table t (union (get table t #{}) more))) table tags))]
       {:parents (update (get hierarchy :parents) tag (fn [known] (conj (or known #{}) parent)))
        :ancestors (widen (get hierarchy :ancestors) below above)
        :descendants (widen (get hierarchy :descendants) above below)}))))

(defn underive [hierarchy tag parent]
  (let [left (update (get hierarchy :parents) tag (fn [known] (disj (or known #{}) parent)))]
    (reduce-kv (fn [h child above] (reduce (fn [h p] (derive h child p)) h above)) (make-hierarchy) left)))

; Its frame is where a program ends: what parks gives its value there, what is resumed goes on above it.
(def yin/program (fn yin-program [main] (let [value (main)] value)))

(defn yin/run-all "A program's files, in order: what the last one gives." [& programs]
  (reduce (fn [_ program] (yin/program program)) nil programs))

; What that value is kept in for who asked for it (bindings/cli/session.h).
(defn yin/keep-value [place & programs] (yin/reset! place (apply yin/run-all programs)))

(defn special-symbol? [name]
  (contains? '#{def do fn* if let* loop* quote recur throw try catch finally & . new set! var} name))

; ------------------------------------------------------------------------------------------- clojure.string

(defn clojure.string/escape [text replacements]
  (apply str (map (fn [c] (let [with (replacements c)] (if (nil? with) c with))) text)))

; ------------------------------------------------------------------------------------------- clojure.set
; A relation is a set of maps.

(defn clojure.set/select [keep? items]
  (reduce (fn [kept item] (if (keep? item) kept (disj kept item))) items items))

(defn clojure.set/project [relation keys] (set (map (fn [row] (select-keys row keys)) relation)))

(defn clojure.set/rename-keys [m names]
  (reduce-kv (fn [out from to] (if (contains? m from) (assoc out to (get m from)) out))
             (apply dissoc m (keys names)) names))

(defn clojure.set/rename [relation names] (set (map (fn [row] (clojure.set/rename-keys row names)) relation)))

(defn clojure.set/index [relation keys]
  (reduce (fn [rows row] (update rows (select-keys row keys) (fn [known] (conj (or known #{}) row)))) {} relation))

(defn clojure.set/map-invert [m] (reduce-kv (fn [out key value] (assoc out value key)) {} m))

(defn clojure.set/join
  ([left right]
   (if (or (empty? left) (empty? right))
     #{}
     (let [shared (intersection (set (keys (first left))) (set (keys (first right))))]
       (clojure.set/join left right (zipmap shared shared)))))
  ([left right pairs]
   (let [rows (clojure.set/index left (keys pairs)) back (clojure.set/map-invert pairs)]
     (set (mapcat (fn [row]
                    (map (fn [other] (merge other row))
                         (get rows (clojure.set/rename-keys (select-keys row (vals pairs)) back))))
                  right)))))

; ------------------------------------------------------------------------------------------- clojure.walk

(defn clojure.walk/walk [inner outer form]
  (cond
    (list? form) (outer (apply list (map inner form)))
    (vector? form) (outer (with-meta (mapv inner form) (meta form)))
    (or (map? form) (set? form)) (outer (into (empty form) (map inner form)))
    :else (outer form)))

(defn clojure.walk/postwalk [f form]
  (clojure.walk/walk (fn [part] (clojure.walk/postwalk f part)) f form))

(defn clojure.walk/prewalk [f form]
  (clojure.walk/walk (fn [part] (clojure.walk/prewalk f part)) identity (f form)))

(defn clojure.walk/postwalk-replace [known form]
  (clojure.walk/postwalk (fn [part] (get known part part)) form))

(defn clojure.walk/prewalk-replace [known form]
  (clojure.walk/prewalk (fn [part] (get known part part)) form))

(defn yin/change-keys [change form]
  (clojure.walk/postwalk
    (fn [part] (if (map? part) (reduce-kv (fn [out key value] (assoc out (change key) value)) {} part) part)) form))

(defn clojure.walk/keywordize-keys [form] (yin/change-keys (fn [key] (if (string? key) (keyword key) key)) form))
(defn clojure.walk/stringify-keys [form] (yin/change-keys (fn [key] (if (keyword? key) (name key) key)) form))

(defn clojure.walk/postwalk-demo [form]
  (clojure.walk/postwalk (fn [part] (print "Walked: ") (prn part) part) form))

(defn clojure.walk/prewalk-demo [form]
  (clojure.walk/prewalk (fn [part] (print "Walked: ") (prn part) part) form))

; -------------------------------------------------------------------------------------- operations

; What the AST's operations :vm/gensym, :vm/park and :vm/resume call. The atom "yin/machine" of the domain has the
; number of the next id, and the continuations that are parked, each under its id.
(defn yin/change-machine [f]
  (let [machine (yin/atom {:next 0 :parked {}} "yin/machine")]
    (loop []
      (let [old (deref machine)]
        (if (yin/compare-and-set! machine old (f old)) old (recur))))))

(defn yin/machine-id [prefix machine] (keyword (str prefix "-" (:next machine))))

(defn yin/gensym
  ([] (yin/gensym "id"))
  ([prefix] (yin/machine-id prefix (yin/change-machine (fn [machine] (update machine :next inc))))))

; Ends the program: what is left of it waits under an id.
(defn yin/park []
  (call/cc
    (fn [k]
      (let [park (fn [{:keys [next parked] :as machine}]
                   {:next (inc next) :parked (assoc parked (yin/machine-id "parked" machine) k)})
            id (yin/machine-id "parked" (yin/change-machine park))]
        ((yin/end k) {:type :parked-continuation :id id :k k})))))

(defn yin/take-parked [id]
  (let [take (fn [machine] (assoc machine :parked (dissoc (:parked machine) id)))
        k (get (:parked (yin/change-machine take)) id)]
    (if k k (error (str "Cannot resume: parked continuation not found: " id) {:kind :argument :id id}))))

; `parked`: an id, which is good for once, what :vm/park gave, a continuation, or an agent that waits. What is left of
; the program that resumes is dropped, but where an agent is resumed.
(defn yin/resume-parked [parked value]
  (let [to (if (map? parked) (:id parked) parked)]
    (if (agent? to)
      (resume to value)
      (let [k (if (keyword? to) (yin/take-parked to) to)]
        (call/cc (fn [own] ((yin/in-place k own) value)))))))

(defn yin/current-continuation [] (call/cc identity))

(defn yin/make-stream [capacity] (stream {:capacity capacity}))

; -------------------------------------------------------------------------------------- macros of data

; What a macro of a program that is data may use of the program (ast/readers/data_macros.h): `facts` has each node's
; attributes under its id, or the id of what stands for it. A node is an id, or a map, as those that these functions make.
(defn yin/attribute-in [facts node attribute]
  (loop [known node]
    (if (integer? known)
      (recur (get facts known))
      (get known
           (cond (not (map? node)) attribute
                 (= attribute :yin/val-node) :val
                 :else (keyword (name attribute)))
           (if (= attribute :yin/operands) [])))))

(defn yin/sequence-body [nodes]
  (case (count nodes)
    0 {:type :literal :value nil}
    1 (first nodes)
    {:type :do :forms (vec nodes)}))

(defn yin/make-lambda [value-of parameters body]
  (let [names (if (vector? parameters) parameters (value-of parameters :yin/value))
        [fixed [_ more]] (split-with (fn [name] (not= name '&)) names)
        lambda {:type :lambda :params (vec fixed) :body body}]
    (if more (assoc lambda :rest more) lambda)))

(defn yin/make-def [value-of name value]
  (let [symbol (if (symbol? name) name (or (value-of name :yin/name) (value-of name :yin/value)))]
    {:type :application
     :operator {:type :variable :name 'yin/def}
     :operands [{:type :literal :value symbol} value]}))

; `macro`: takes those functions and gives the macro's own.
(defn yin/expand-data [macro facts operands]
  (let [value-of (fn [node attribute] (yin/attribute-in facts node attribute))]
    (apply (macro value-of
                  yin/sequence-body
                  (fn [parameters body] (yin/make-lambda value-of parameters body))
                  (fn [name value] (yin/make-def value-of name value)))
           operands)))
