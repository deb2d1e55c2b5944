;; Yin for ClojureScript: atoms and views that clojure.core's functions work on.
;;
;;   (require '[yin.core :as yin])
;;   (def domain (yin/open "my.yin"))
;;   (def state (yin/atom domain "state" {:n 0}))
;;   (swap! state update :n inc)
;;   (:n @state)
;;
;; Views are lazy: nothing is copied until it is asked for. A view is no function: (:n view) and (get view
;; "n") look up, (view :n) does not, because the hosts that compile to plain JavaScript cannot call objects.

(ns yin.core
  (:refer-clojure :exclude [atom])
  (:require ["yin-vm" :as js-yin]))

(declare wrap unwrap same-entries? same-items?)

(defn- found [value otherwise]
  (if (undefined? value) otherwise (wrap value)))

;; The one way to make a map entry that all hosts have.
(defn- entry [k v] (first (hash-map k v)))

(defn- entries [view]
  (seq (map (fn [e] (entry (wrap (aget e 0)) (wrap (aget e 1)))) (js/Array.from view))))

(defn- items [view]
  (seq (map wrap (js/Array.from view))))

(deftype MapView [view]
  ILookup
  (-lookup [_ k] (found (.get view (unwrap k)) nil))
  (-lookup [_ k otherwise] (found (.get view (unwrap k)) otherwise))
  IAssociative
  (-contains-key? [_ k] (.has view (unwrap k)))
  (-assoc [_ k v] (wrap (.set view (unwrap k) (unwrap v))))
  IMap
  (-dissoc [_ k] (wrap (.delete view (unwrap k))))
  ICounted
  (-count [_] (.-size view))
  ISeqable
  (-seq [_] (entries view))
  ICollection
  (-conj [this e]
    (if (vector? e)
      (wrap (.set view (unwrap (nth e 0)) (unwrap (nth e 1))))
      (reduce conj this (seq e))))
  IEmptyableCollection
  (-empty [_] {})
  IEquiv
  (-equiv [this other] (same-entries? this other))
  IHash
  (-hash [this] (hash (into {} (seq this))))
  IMeta
  (-meta [_] (wrap (.meta view)))
  IWithMeta
  (-with-meta [_ m] (wrap (.withMeta view (unwrap m))))
  IKVReduce
  (-kv-reduce [this f init]
    (reduce (fn [all e] (f all (key e) (val e))) init (seq this)))
  Object
  (toString [_] (str view)))

(deftype VectorView [view]
  ILookup
  (-lookup [_ k] (found (.get view k) nil))
  (-lookup [_ k otherwise] (found (.get view k) otherwise))
  IIndexed
  (-nth [_ n]
    (if (.has view n) (wrap (.get view n)) (throw (js/Error. (str "Index " n " out of bounds")))))
  (-nth [_ n otherwise] (found (.get view n) otherwise))
  IAssociative
  (-contains-key? [_ k] (.has view k))
  (-assoc [_ k v] (wrap (.set view k (unwrap v))))
  IVector
  (-assoc-n [_ n v] (wrap (.set view n (unwrap v))))
  ISequential
  IStack
  (-peek [_] (found (.last view) nil))
  (-pop [_] (wrap (.pop view)))
  ICounted
  (-count [_] (.-size view))
  ISeqable
  (-seq [_] (items view))
  ICollection
  (-conj [_ item] (wrap (.push view (unwrap item))))
  IEmptyableCollection
  (-empty [_] [])
  IEquiv
  (-equiv [this other] (same-items? this other))
  IHash
  (-hash [this] (hash (vec (seq this))))
  IMeta
  (-meta [_] (wrap (.meta view)))
  IWithMeta
  (-with-meta [_ m] (wrap (.withMeta view (unwrap m))))
  Object
  (toString [_] (str view)))

(deftype SetView [view]
  ILookup
  (-lookup [_ k] (if (.has view (unwrap k)) k nil))
  (-lookup [_ k otherwise] (if (.has view (unwrap k)) k otherwise))
  ISet
  (-disjoin [_ item] (wrap (.delete view (unwrap item))))
  ICounted
  (-count [_] (.-size view))
  ISeqable
  (-seq [_] (items view))
  ICollection
  (-conj [_ item] (wrap (.add view (unwrap item))))
  IEmptyableCollection
  (-empty [_] #{})
  IEquiv
  (-equiv [this other]
    (and (set? other) (= (count this) (count other)) (every? (fn [item] (contains? other item)) (seq this))))
  IHash
  (-hash [this] (hash (set (seq this))))
  IMeta
  (-meta [_] (wrap (.meta view)))
  IWithMeta
  (-with-meta [_ m] (wrap (.withMeta view (unwrap m))))
  Object
  (toString [_] (str view)))

(deftype ListView [view]
  ISequential
  IStack
  (-peek [_] (found (.first view) nil))
  (-pop [_] (wrap (.shift view)))
  ICounted
  (-count [_] (.-size view))
  ISeqable
  (-seq [_] (items view))
  ICollection
  (-conj [_ item]
    (wrap (if (instance? js-yin/YinQueue view) (.push view (unwrap item)) (.unshift view (unwrap item)))))
  IEmptyableCollection
  (-empty [_] ())
  IEquiv
  (-equiv [this other] (same-items? this other))
  IHash
  (-hash [this] (hash (vec (seq this))))
  Object
  (toString [_] (str view)))

(defn- same-entries? [this other]
  (and (map? other)
       (= (count this) (count other))
       (every? (fn [e] (let [v (get other (key e) ::none)] (and (not= v ::none) (= v (val e))))) (seq this))))

(defn- same-items? [this other]
  (and (sequential? other) (= (seq this) (seq other))))

(deftype AtomView [atom watches]
  IDeref
  (-deref [_] (wrap (.deref atom)))
  ISwap
  (-swap! [_ f] (wrap (.swap atom (fn [v] (unwrap (f (wrap v)))))))
  (-swap! [_ f a] (wrap (.swap atom (fn [v] (unwrap (f (wrap v) a))))))
  (-swap! [_ f a b] (wrap (.swap atom (fn [v] (unwrap (f (wrap v) a b))))))
  (-swap! [_ f a b more] (wrap (.swap atom (fn [v] (unwrap (apply f (wrap v) a b more))))))
  IReset
  (-reset! [_ v] (wrap (.reset atom (unwrap v))))
  IWatchable
  (-add-watch [this k f]
    (when-let [old (.get watches k)] (.stop old))
    (.set watches k (.watch atom (fn [after before] (f k this (wrap before) (wrap after)))))
    this)
  (-remove-watch [this k]
    (when-let [old (.get watches k)] (.stop old))
    (.delete watches k)
    this)
  (-notify-watches [_ _ _] nil)
  IEquiv
  (-equiv [this other] (and (instance? AtomView other) (.equals atom (.-atom other))))
  Object
  (toString [_] (str "#yin/atom " (.deref atom))))

(defn wrap
  "A value of JavaScript's side as ClojureScript has it."
  [v]
  (cond
    (or (nil? v) (string? v) (number? v) (boolean? v)) v
    (instance? js-yin/YinMap v) (MapView. v)
    (instance? js-yin/YinVector v) (VectorView. v)
    (instance? js-yin/YinSet v) (SetView. v)
    (or (instance? js-yin/YinList v) (instance? js-yin/YinQueue v)) (ListView. v)
    (instance? js-yin/Keyword v) (keyword (.-namespace v) (.-name v))
    (instance? js-yin/YinSymbol v) (symbol (.-namespace v) (.-name v))
    (instance? js-yin/UUID v) (uuid (str v))
    (instance? js-yin/Atom v) (AtomView. v (js/Map.))
    :else v))

(defn- full-name [named]
  (if-let [n (namespace named)] (str n "/" (name named)) (name named)))

(defn unwrap
  "The same for a value that is to be stored. A view stays one: nothing of it is copied."
  [v]
  (cond
    (or (nil? v) (string? v) (number? v) (boolean? v)) v
    (keyword? v) (js-yin/keyword (full-name v))
    (symbol? v) (js-yin/symbol (full-name v))
    (instance? MapView v) (.-view v)
    (instance? VectorView v) (.-view v)
    (instance? SetView v) (.-view v)
    (instance? ListView v) (.-view v)
    (instance? AtomView v) (.-atom v)
    (uuid? v) (js-yin/UUID. (str v))
    (map? v) (js/Map. (to-array (map (fn [e] (array (unwrap (key e)) (unwrap (val e)))) (seq v))))
    (set? v) (js/Set. (to-array (map unwrap (seq v))))
    (vector? v) (to-array (map unwrap v))
    (sequential? v) (js-yin/list (to-array (map unwrap v)))
    :else v))

(defn open
  "Joins the domain at `path`, made if need be."
  ([path] (open path {}))
  ([path options] (js-yin/open path (clj->js options))))

(defn close [domain] (.close domain))

(defn atom
  "The atom of that name, made with `initial` if it is not there."
  ([domain name] (atom domain name nil))
  ([domain name initial] (wrap (.atom domain name (unwrap initial)))))

(defn transact
  "Calls (f tx): (get-in-tx tx atom), (swap-in-tx tx atom f & args); all of it is committed, or nothing."
  [domain f]
  (.transact domain f))

(defn deref-in [tx atom] (wrap (.deref tx (.-atom atom))))
(defn reset-in [tx atom v] (wrap (.reset tx (.-atom atom) (unwrap v))))
(defn swap-in [tx atom f & args] (reset-in tx atom (apply f (deref-in tx atom) args)))

(defn value
  "A view of the value, kept in the domain."
  [domain v]
  (wrap (.value domain (unwrap v))))

(defn copy
  "What a view shows, as a collection of ClojureScript's own."
  [v]
  (cond
    (map? v) (into {} (map (fn [e] [(copy (key e)) (copy (val e))]) (seq v)))
    (set? v) (into #{} (map copy (seq v)))
    (vector? v) (mapv copy (seq v))
    (sequential? v) (apply list (map copy (seq v)))
    :else v))

(defn read [domain edn] (wrap (.read domain edn)))
(defn print [domain v] (.print domain (unwrap v)))
