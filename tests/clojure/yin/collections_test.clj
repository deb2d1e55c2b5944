(ns yin.collections-test
  "Views against Clojure's own collections: the same operations on both, and after each they are the same in
  every respect: equality and hash both ways, order, look-ups, reduction, printing. All versions that were
  passed are looked at once more at the end."
  (:require [clojure.core.reducers :as r]
            [clojure.edn :as edn]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [yin.core :as yin]
            [yin.support :as support :refer [few-keys mostly-scalar scalar value]])
  (:import (clojure.lang PersistentQueue)))

(def ^:private domain (delay (yin/open "")))

(defn- same-object? [a b]
  (and (= a b) (= b a) (= (hash a) (hash b))))

(defn- round-trip [x]
  (edn/read-string {:readers {'yin/queue yin/read-queue}} (pr-str x)))

(defn- require-that [good? what]
  (when-not good? (throw (ex-info (str "not the same: " what) {:what what})))
  true)

(defmacro ^:private all-same [& expressions]
  `(do ~@(for [e expressions] `(require-that ~e '~e))))

(defn- stop-at [n]
  (fn [seen _] (if (= seen n) (reduced seen) (inc seen))))

(defn- size [x]
  (if (map? x) (.size ^java.util.Map x) (.size ^java.util.Collection x)))

(defn- collection-same? [m v]
  (all-same
   (same-object? m v)
   (.equals ^Object m v) (.equals ^Object v m)
   (= (.hashCode ^Object m) (.hashCode ^Object v))
   (= (count m) (count v) (size v))
   (= (meta m) (meta v))
   (= (empty? m) (empty? v))
   (= (reduce (stop-at 3) 0 m) (reduce (stop-at 3) 0 v))))

(defn- thoroughly-same?
  "What takes longer: of the last version of each sequence."
  [m v]
  (all-same
   (= (empty m) (empty v))
   (same-object? m (into (empty m) (if (seq? m) (reverse v) v)))
   (or (instance? PersistentQueue v) (same-object? m (round-trip v)))  ; Clojure's own has no text
   (same-object? m (yin/copy v))))

(defn- map-same? [m v k]
  (all-same
   (map? v)
   (= (get m k) (get v k))
   (= (get m k ::none) (get v k ::none))
   (= (v k ::none) (m k ::none))
   (= (find m k) (find v k))
   (= (contains? m k) (contains? v k))
   (= (zipmap (keys v) (vals v)) m)
   (= (reduce-kv assoc {} m) (reduce-kv assoc {} v))
   (= (reduce conj {} v) m)
   (= (into {} (map (fn [e] [(key e) (val e)])) v) m)
   (= (set (iterator-seq (.iterator ^Iterable v))) (set (seq m)))))

(defn- set-same? [m v k]
  (all-same
   (set? v)
   (= (contains? m k) (contains? v k))
   (= (get m k ::none) (get v k ::none))
   (= (m k) (v k))
   (= (reduce conj #{} v) m)))

(defn- sequence-same? [m v]
  (all-same
   (= (seq m) (seq v)) (= (vec m) (vec v))
   (= (first m) (first v)) (= (next m) (next v)) (= (rest m) (rest v))
   (= (peek m) (peek v))
   (= (reduce conj [] m) (reduce conj [] v))
   (= (map identity m) (map identity v))
   (= (reduce (fn ([] 0) ([a _] a)) m) (reduce (fn ([] 0) ([a _] a)) v))))

(defn- vector-same? [m v i]
  (all-same
   (vector? v)
   (= (get m i) (get v i)) (= (nth m i ::none) (nth v i ::none)) (= (contains? m i) (contains? v i))
   (= (find m i) (find v i))
   (= (rseq m) (rseq v))
   (= (reduce-kv conj [] m) (reduce-kv conj [] v))
   (= (subvec m (quot (count m) 2)) (subvec v (quot (count v) 2)))
   (zero? (compare (mapv count (repeat (count m) [])) (mapv count (repeat (count v) []))))
   (= (let [[a b & c :as d] m] [a b c d]) (let [[a b & c :as d] v] [a b c d]))))

(defn- sorted-same? [m v]
  (let [entry-key (if (map? m) key identity)
        probe (if-let [s (seq m)] (entry-key (nth s (quot (count s) 2))) 0)]
    (all-same
     (sorted? v)
     (= (seq m) (seq v)) (= (rseq m) (rseq v))
     (= (subseq m >= probe) (subseq v >= probe)) (= (subseq m > probe) (subseq v > probe))
     (= (subseq m < probe) (subseq v < probe)) (= (rsubseq m <= probe) (rsubseq v <= probe))
     (= (rsubseq m > probe) (rsubseq v > probe)))))

(defn- outcome [f]
  (try (f) (catch Throwable e (if (= "not the same" (subs (str (ex-message e)) 0 (min 12 (count (str (ex-message e))))))
                                (throw e)
                                ::threw))))

(defn- behaves-like
  "Runs sequences of [f & arguments], each f on the collection and on what it has become in the domain."
  [what actions start same?]
  (support/holds
   what (if (<= 10 (support/effort 1)) 2000 (support/effort 100))  ; --long: 1e5 operations
   (prop/for-all [begin start, steps (gen/vector actions 0 100)]
     (loop [m begin, v (yin/store @domain begin), steps steps, passed [[m v]]]
       (same? m v)
       (if-let [[f & arguments] (first steps)]
         (let [m2 (outcome #(apply f m arguments))
               v2 (outcome #(apply f v arguments))]
           (require-that (= (= m2 ::threw) (= v2 ::threw)) [f arguments m2 v2])
           (if (= m2 ::threw)
             (recur m v (rest steps) passed)
             ;; what has left the domain, as an empty one does, comes back
             (recur m2 (yin/store @domain v2) (rest steps) (conj passed [m2 v2]))))
         (and (thoroughly-same? m v)
              (every? (fn [[m v]] (same-object? m v)) passed)))))))

(defn- editable
  "Clojure's own part of a vector has no transients."
  [v]
  (if (instance? clojure.lang.IEditableCollection v) v (into [] v)))

(defn- with-transient [coll f & arguments]
  (with-meta (persistent! (apply f (transient (if (vector? coll) (editable coll) coll)) arguments)) (meta coll)))

(defn- transient-pairs [t pairs]
  (reduce (fn [t [k x]]
            (if (= x ::away)
              (dissoc! t k)
              (let [t (assoc! t k x)]
                (require-that (= x (get t k)) "transient get")
                t)))
          t pairs))

(def ^:private pair (gen/tuple few-keys mostly-scalar))

(def ^:private map-actions
  (gen/one-of
   [(gen/fmap (fn [[k x]] [assoc k x]) pair)
    (gen/fmap (fn [k] [dissoc k]) few-keys)
    (gen/fmap (fn [p] [conj p]) pair)
    (gen/fmap (fn [m] [merge m]) (gen/map few-keys scalar {:max-elements 8}))
    (gen/fmap (fn [ps] [into ps]) (gen/vector pair 0 6))
    (gen/fmap (fn [k] [update k vector]) few-keys)
    (gen/fmap (fn [k] [update-in [k :in] (constantly 1)]) (gen/elements [:n1 :n2]))
    (gen/fmap (fn [m] [with-meta m]) support/meta-map)
    (gen/fmap (fn [ks] [select-keys ks]) (gen/vector few-keys 0 12))
    (gen/fmap (fn [ps] [with-transient transient-pairs ps])
              (gen/vector (gen/one-of [pair (gen/tuple few-keys (gen/return ::away))]) 0 8))]))

(deftest maps-behave-like-hash-maps
  (behaves-like "map" map-actions (gen/map few-keys mostly-scalar {:max-elements 8})
                (fn [m v] (collection-same? m v) (map-same? m v (rand-nth [:a :b "key" "a longer key" 1 [1 2] {:a 1}])))))

(def ^:private set-actions
  (gen/one-of
   [(gen/fmap (fn [x] [conj x]) (gen/frequency [[9 few-keys] [1 value]]))
    (gen/fmap (fn [x] [disj x]) few-keys)
    (gen/fmap (fn [xs] [into xs]) (gen/vector few-keys 0 6))
    (gen/fmap (fn [m] [with-meta m]) support/meta-map)
    (gen/fmap (fn [[xs ys]] [with-transient
                             (fn [t] (reduce disj! (reduce conj! t xs) ys))])
              (gen/tuple (gen/vector few-keys 0 6) (gen/vector few-keys 0 6)))]))

(deftest sets-behave-like-hash-sets
  (behaves-like "set" set-actions (gen/set few-keys {:max-elements 8})
                (fn [m v] (collection-same? m v) (set-same? m v (rand-nth [:a "key" "a longer key" 1 [1 2] #{1}])))))

(def ^:private index (gen/choose 0 12))

(defn- part
  "Clojure's own by copying: its parts differ from vectors in small ways."
  [v i j]
  (let [i (min i (count v))
        p (subvec v i (max i (min (count v) (+ i j))))]
    (if (yin/view? v) (yin/store @domain p) (into [] p))))

(def ^:private vector-actions
  (gen/one-of
   [(gen/fmap (fn [x] [conj x]) mostly-scalar)
    (gen/fmap (fn [[i x]] [assoc i x]) (gen/tuple index scalar))
    (gen/return [pop])
    (gen/fmap (fn [xs] [into xs]) (gen/vector scalar 0 40))
    (gen/fmap (fn [[i j]] [part i j])
              (gen/tuple index (gen/choose 0 60)))
    (gen/fmap (fn [m] [with-meta m]) support/meta-map)
    (gen/fmap (fn [[xs i]]
                [with-transient
                 (fn [t] (let [t (reduce conj! t xs)
                               t (if (< i (count t)) (assoc! t i :set) t)
                               t (if (pos? (count t)) (pop! t) t)]
                           (require-that (= (count t) (count t)) "transient count")
                           t))])
              (gen/tuple (gen/vector scalar 0 40) index))]))

(deftest vectors-behave-like-vectors
  (behaves-like "vector" vector-actions (gen/vector mostly-scalar 0 40)
                (fn [m v] (collection-same? m v) (sequence-same? m v) (vector-same? m v (rand-int 20)))))

(def ^:private list-actions
  (gen/one-of
   [(gen/fmap (fn [x] [conj x]) mostly-scalar)
    (gen/return [pop])
    (gen/return [(fn [l] (if (seq l) (apply list (rest l)) l))])
    (gen/fmap (fn [xs] [into xs]) (gen/vector scalar 0 40))]))

(deftest lists-behave-like-lists
  (behaves-like "list" list-actions (gen/list mostly-scalar)
                (fn [m v] (collection-same? m v) (sequence-same? m v)
                  (all-same (list? v) (= (seq? m) (seq? v)) (= (nth m 2 ::none) (nth v 2 ::none))))))

(deftest queues-behave-like-queues
  (behaves-like "queue"
                (gen/one-of [(gen/fmap (fn [x] [conj x]) scalar) (gen/return [pop])
                             (gen/fmap (fn [xs] [into xs]) (gen/vector scalar 0 10))
                             (gen/fmap (fn [m] [with-meta m]) support/meta-map)])
                (gen/fmap #(into PersistentQueue/EMPTY %) (gen/vector scalar 0 20))
                (fn [m v]
                  (all-same (same-object? m v) (= (seq m) (seq v)) (= (peek m) (peek v)) (= (count m) (count v))
                            (= (meta m) (meta v)) (same-object? m (yin/copy v))))))

(defn- sorted-actions [a-key]
  (gen/one-of
   [(gen/fmap (fn [[k x]] [assoc k x]) (gen/tuple a-key scalar))
    (gen/fmap (fn [k] [dissoc k]) a-key)
    (gen/fmap (fn [m] [into m]) (gen/map a-key scalar {:max-elements 20}))
    (gen/fmap (fn [m] [with-meta m]) support/meta-map)]))

(def ^:private sort-keys
  {"integers" (gen/choose -30 30)
   "strings" (gen/fmap #(str "key " %) (gen/choose 0 50))
   "keywords" (gen/fmap #(keyword "ns" (str "k" %)) (gen/choose 0 50))
   "vectors" (gen/vector (gen/choose 0 3) 0 3)})

(deftest sorted-maps-behave-like-sorted-maps
  (doseq [[what a-key] sort-keys]
    (behaves-like (str "sorted map of " what) (sorted-actions a-key)
                  (gen/fmap #(into (sorted-map) %) (gen/map a-key mostly-scalar {:max-elements 20}))
                  (fn [m v] (collection-same? m v) (sorted-same? m v)))))

(deftest sorted-sets-behave-like-sorted-sets
  (doseq [[what a-key] sort-keys]
    (behaves-like (str "sorted set of " what)
                  (gen/one-of [(gen/fmap (fn [k] [conj k]) a-key) (gen/fmap (fn [k] [disj k]) a-key)
                               (gen/fmap (fn [ks] [into ks]) (gen/vector a-key 0 20))])
                  (gen/fmap #(into (sorted-set) %) (gen/vector a-key 0 20))
                  (fn [m v] (collection-same? m v) (sorted-same? m v)))))

(deftest int-maps-are-sorted-maps-of-integers
  (let [v (into (yin/int-map @domain) (map (fn [i] [(* 7 i) (str "value " i)])) (range -50 50))
        m (into (sorted-map) v)]
    (is (= m v)) (is (= v m)) (is (= (seq m) (seq v))) (is (= (rseq m) (rseq v)))
    (is (= (subseq m >= 3) (subseq v >= 3)))
    (is (= (rsubseq m <= 3) (rsubseq v <= 3)))
    (is (= (dissoc m 7) (dissoc v 7)))
    (is (= {} (empty v)))
    (is (= {1 2} (assoc (empty v) 1 2)))
    (is (= :wrong-type (support/error-of (assoc v "x" 1))))))

(deftest every-value-comes-back-equal
  (support/holds "value" (support/effort 1000)
                 (prop/for-all [x value]
                   (let [v (yin/store @domain [x])]
                     (and (same-object? [x] v) (same-object? [x] (round-trip v)))))))

(deftest types-come-back-as-they-went
  (doseq [x [nil true false 0 Long/MAX_VALUE Long/MIN_VALUE 1e-300 -0.0 0.5 12345678901234567890N -3/4 \a \uffff (char 0xd800)
             "" "short" "a string that is longer" :a :a/b 'a 'a/b #inst "2024-02-29T12:00:00.123" (random-uuid)
             (tagged-literal 'my/tag {:a 1})]]
    (let [back (first (yin/store @domain [x]))]
      (is (= x back))
      (is (= (class x) (class back)))))
  (testing "not a number is one"
    (is (Double/isNaN (first (yin/store @domain [##NaN])))))
  (testing "narrow numbers are longs and doubles"
    (is (= [1 1 1 1.5] (yin/store @domain [(int 1) (short 1) (byte 1) (float 1.5)])))
    (is (= [Long Long Double] (map class (yin/store @domain [(int 1) 1N (float 1.5)])))))
  (testing "bytes"
    (is (= [1 2 255] (map #(bit-and % 255) (first (yin/store @domain [(byte-array [1 2 255])]))))))
  (testing "symbols keep their metadata"
    (is (= {:a 1} (meta (first (yin/store @domain [(with-meta 'x {:a 1})]))))))
  (testing "metadata of values inside"
    (is (= {:m [1 2]} (meta (:x (yin/store @domain {:x (with-meta [1] {:m [1 2]})}))))))
  (testing "lazy sequences, ranges, map entries, subvectors, Java's collections"
    (is (= ['(1 2 3) '(0 1) [:a 1] [2 3] [1 2] {"a" 1} #{5}]
           (yin/store @domain [(map inc [0 1 2]) (range 2) (first {:a 1}) (subvec [1 2 3] 1)
                               (java.util.ArrayList. [1 2]) (java.util.HashMap. {"a" 1})
                               (java.util.HashSet. [5])])))))

(deftest large-collections
  (let [n 200000
        m (into {} (map (fn [i] [i (str "the value of " i)])) (range n))
        v (yin/store @domain m)]
    (is (= n (count v)))
    (is (= m v))
    (is (= (hash m) (hash v)))
    (is (= (reduce + (range n)) (reduce-kv (fn [s k _] (+ s k)) 0 v)))
    (is (= (r/fold + (fn [s k _] (+ s k)) m) (r/fold + (fn [s k _] (+ s k)) v)))
    (is (= 10 (count (take 10 v))))
    (is (= (range n) (yin/store @domain (range n))))
    (is (= (reduce + (range n)) (r/fold + (yin/store @domain (vec (range n))))))
    (is (= (into m [[:x 1]]) (into v [[:x 1]])))
    (is (= 150000 (count (reduce dissoc v (range 50000)))))
    (is (= "the value of 7" (get v 7)))
    (let [long-text (apply str (repeat 100000 "0123456789"))]
      (is (= [long-text {:x long-text}] (yin/store @domain [long-text {:x long-text}]))))))

(deftest transients-end-with-persistent
  (doseq [start [{:a 1} [1] #{1}]]
    (let [t (transient (yin/store @domain start))]
      (persistent! t)
      (is (thrown? IllegalAccessError (if (map? start) (assoc! t :b 1) (conj! t 1))))
      (is (thrown? IllegalAccessError (persistent! t)))))
  (testing "what cannot be stored changes nothing"
    (let [t (transient (yin/store @domain [1]))]
      (is (= :wrong-type (support/error-of (conj! t [2 (Object.)]))))
      (is (= [1 3] (persistent! (conj! t 3)))))))

(deftest printing
  (let [v (yin/store @domain {:a [1 "x" \y 2.5 #{3}] :when #inst "2020-01-01" "s" '(1 (2))})]
    (is (= v (read-string (pr-str v))))
    (is (= v (binding [*print-dup* true] (read-string (pr-str v)))))
    (is (= "[0 1 2 ...]" (binding [*print-length* 3] (pr-str (yin/store @domain (vec (range 10)))))))
    (is (= "^{:m 1} [1]" (binding [*print-meta* true] (pr-str (yin/store @domain ^{:m 1} [1])))))
    (is (= "#yin/queue (1 2)" (pr-str (yin/store @domain (conj PersistentQueue/EMPTY 1 2)))))
    (is (= [1 2] (read-string "#yin/queue (1 2)")))
    (is (= [1 2 3] (seq (read-string "#yin/bytes \"AQID\""))))))
