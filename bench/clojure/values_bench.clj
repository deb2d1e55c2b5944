;; What do views and atoms cost beside Clojure's own? script/bench, or
;;   java -cp $(cat build/release/clojure/classpath) clojure.main bench/clojure/values_bench.clj [COUNT]
;; Each figure is the best of several runs, in ns an operation, with its ratio to the peer's of the same run.
(require '[yin.core :as yin])

(set! *warn-on-reflection* true)

(defmacro best
  "ns an operation of `n` in body, the best of `runs` after warming."
  [runs n & body]
  `(let [time# (fn [] (let [t# (System/nanoTime)]
                        (dotimes [~'i ~n] ~@body)
                        (/ (double (- (System/nanoTime) t#)) ~n)))]
     (dotimes [_# 3] (time#))
     (reduce min (repeatedly ~runs time#))))

(defn row [what ours peer-name peer]
  (println (format "%-34s %10.1f   %-22s %10.1f   %6.2fx" what ours peer-name peer (/ ours peer))))

(def n (parse-long (or (first *command-line-args*) "1000000")))
(println (format "%-34s %10s   %-22s %10s   %7s" (str "ns, " n " keys") "yin" "peer" "" "ratio"))

(let [d (yin/open "")
      m (into {} (map (fn [i] [(* 7 i) i])) (range n))
      t (System/nanoTime)
      v (yin/store d m)
      stored (/ (- (System/nanoTime) t) (double n))
      a (yin/atom {:domain d} v)
      peer (clojure.core/atom m)
      keys-at-random (long-array (repeatedly 65536 #(* 7 (long (rand-int n)))))
      small (yin/store d {:a 1 :b "two" :c 3.5})
      small-peer {:a 1 :b "two" :c 3.5}
      at (fn ^long [^long i] (aget ^longs keys-at-random (bit-and i 65535)))]
  (row "a JNI call" (best 7 1000000 (yin.Native/abiVersion)) "" (best 7 1000000 (System/nanoTime)))
  (row "get, held view, random key" (best 7 200000 (get v (at i))) "hash-map" (best 7 200000 (get m (at i))))
  (row "get, small view, keyword" (best 7 1000000 (get small :a)) "array-map" (best 7 1000000 (get small-peer :a)))
  (row "get, small view, string" (best 7 1000000 (get small :b)) "array-map" (best 7 1000000 (get small-peer :b)))
  (row "deref" (best 7 1000000 @a) "atom" (best 7 1000000 @peer))
  (row "deref and get" (best 7 200000 (get @a (at i))) "atom" (best 7 200000 (get @peer (at i))))
  (row "swap! assoc, random key" (best 7 100000 (swap! a assoc (at i) i)) "atom" (best 7 100000 (swap! peer assoc (at i) i)))
  (let [c (yin/atom {:domain d} 0) cp (clojure.core/atom 0)]
    (row "swap! inc" (best 7 200000 (swap! c inc)) "atom" (best 7 200000 (swap! cp inc))))
  (let [c (yin/atom {:domain d} {:n 0 :s "x"}) cp (clojure.core/atom {:n 0 :s "x"})]
    (row "swap! update :n inc, small map" (best 7 200000 (swap! c update :n inc)) "atom" (best 7 200000 (swap! cp update :n inc))))
  (let [c (yin/atom {:domain d} 0) e (yin/atom {:domain d} 0)]
    (row "transact, two atoms" (best 7 50000 (yin/transact (swap! c inc) (swap! e dec)))
         "dosync, two refs" (let [x (ref 0) y (ref 0)] (best 7 50000 (dosync (alter x inc) (alter y dec))))))
  (let [each (fn [coll] (reduce-kv (fn [^long s _ ^long x] (+ s x)) 0 coll))]
    (row "reduce-kv, an entry" (/ (best 5 1 (each v)) n) "hash-map" (/ (best 5 1 (each m)) n)))
  (let [each (fn [coll] (reduce (fn [^long s e] (+ s (long (val e)))) 0 coll))]
    (row "reduce over entries, an entry" (/ (best 5 1 (each v)) n) "hash-map" (/ (best 5 1 (each m)) n)))
  (row "first of seq" (best 7 20000 (first v)) "hash-map" (best 7 20000 (first m)))
  (println (format "%-34s %10.1f" "store the map, an entry" stored))
  (let [nested (yin/store d {:a {:b {:c 1}}}) np {:a {:b {:c 1}}}]
    (row "get-in, three deep" (best 7 200000 (get-in nested [:a :b :c])) "hash-map" (best 7 200000 (get-in np [:a :b :c]))))
  (let [vec-view (yin/store d (vec (range n))) peer-vec (vec (range n))]
    (row "nth, random" (best 7 200000 (nth vec-view (quot (at i) 7))) "vector" (best 7 200000 (nth peer-vec (quot (at i) 7)))))
  (row "into a view, 1000 entries, an entry"
       (/ (best 7 100 (into small (map (fn [x] [x x])) (range 1000))) 1000) "hash-map"
       (/ (best 7 100 (into small-peer (map (fn [x] [x x])) (range 1000))) 1000))
  (yin/close d))
(shutdown-agents)
