(ns yin.atom-test
  "Atoms against clojure.core/atom, and what those do not have: transactions, snapshots, watches of other processes'
  changes."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [yin.core :as yin]
            [yin.support :as support :refer [error-of]])
  (:import (java.util.concurrent CountDownLatch LinkedBlockingQueue TimeUnit)))

(def ^:private domain (delay (yin/open "")))

(defn- fresh
  ([value] (fresh {} value))
  ([options value] (yin/atom (assoc options :domain @domain) value)))

(deftest constructors
  (is (= 1 @(yin/atom 1)))
  (is (= {:a 1} @(yin/atom {:a 1})))
  (is (= 2 @(yin/atom nil 2)))
  (is (identical? (yin/atom ::named 3) (yin/atom ::named 4)))
  (is (= 3 @(yin/atom ::named 4)))
  (is (identical? (yin/atom {:id :plain :domain @domain} 1) (yin/find-name @domain :plain)))
  (is (identical? (yin/find-name @domain "plain") (yin/find-name @domain :plain)))
  (is (not (identical? (fresh 1) (fresh 1))))
  (is (= {:m 1} (meta (fresh {:meta {:m 1}} 0))))
  (is (thrown? IllegalStateException (reset! (fresh {:validator pos?} 1) -1)))
  (is (= :invalid-argument (error-of (yin/atom :unqualified 1))))
  (is (= :invalid-argument (error-of (yin/atom "name" 1))))
  (is (= :invalid-argument (error-of (yin/atom {:id 7} 1))))
  (is (nil? @(fresh nil))))

(def ^:private actions
  (gen/one-of
   [(gen/return [swap! (fnil inc 0)]) (gen/fmap (fn [n] [swap! (fnil + 0) n]) gen/large-integer)
    (gen/fmap (fn [n] [swap-vals! (fnil + 0) n 1]) gen/small-integer)
    (gen/fmap (fn [n] [swap! (fnil + 0) n 1 2 3]) gen/small-integer)
    (gen/fmap (fn [n] [swap-vals! (fnil + 0) n 1 2 3]) gen/small-integer)
    (gen/fmap (fn [n] [reset! n]) gen/small-integer)
    (gen/fmap (fn [n] [reset-vals! n]) gen/small-integer)
    (gen/fmap (fn [[n m]] [compare-and-set! n m]) (gen/tuple (gen/choose 0 3) (gen/choose 0 3)))
    (gen/return [deref])]))

(deftest atoms-behave-like-atoms
  (support/holds
   "atom" (support/effort 1000)
   (prop/for-all [steps (gen/vector actions 0 100)]
     (let [told (fn [a log] (add-watch a :log (fn [k r o n] (swap! log conj [k (identical? r a) o n]))))
           bounded #(< -1000000 % 1000000)
           model (clojure.core/atom 0) ours (fresh 0)
           model-log (clojure.core/atom []) our-log (clojure.core/atom [])]
       (told model model-log) (told ours our-log)
       (set-validator! model bounded) (set-validator! ours bounded)
       (let [run (fn [a [f & arguments]]
                   (try (apply f a arguments)
                        (catch IllegalStateException e [:threw (ex-message e)])
                        (catch ArithmeticException e [:threw (ex-message e)])))
             same (every? (fn [step] (= (run model step) (run ours step))) steps)]
         (yin/delete! ours)
         (and same (= @model-log @our-log)))))))

(deftest values-of-every-kind-in-an-atom
  (support/holds
   "value in an atom" (support/effort 1000)
   (prop/for-all [x support/value, y support/value]
     (let [a (fresh x)]
       (try
         (and (= x @a) (= y (reset! a y)) (= y @a)
              (= [y x] (reset-vals! a x))
              (compare-and-set! a x y) (not (compare-and-set! a [x y] x))
              (= [y [y]] (swap-vals! a vector)) (= [y] @a))
         (finally (yin/delete! a)))))))

(deftest one-value-one-view
  (let [a (fresh {:x {:y 1}})]
    (is (identical? @a @a))
    (is (identical? @a (swap! a identity)))
    (is (identical? (swap! a assoc :z 1) @a))
    (let [v @a] (is (identical? v (reset! a v))))))

(deftest held-views-stay
  (let [a (fresh (zipmap (range 200) (map str (range 200))))
        held @a
        inner (get (swap! a assoc :inner {:list (list 1 2 3)}) :inner)
        copied (into {} held)]
    (dotimes [i (support/effort 1000000)]
      (swap! a assoc (rem i 200) i))
    (is (= copied held))
    (is (= {:list '(1 2 3)} inner))
    (is (yin/verify @domain))))

(deftest threads-count-exactly
  (let [a (fresh 0) m (fresh {:n 0}) n (support/effort 20000)
        threads (mapv (fn [_] (Thread. (fn [] (dotimes [_ n] (swap! a inc) (swap! m update :n inc))))) (range 4))]
    (run! #(.start ^Thread %) threads)
    (run! #(.join ^Thread %) threads)
    (is (= (* 4 n) @a (:n @m)))))

(deftest functions-that-throw-leave-nothing
  (let [a (fresh {:n 1})]
    (is (thrown-with-msg? Exception #"mine" (swap! a (fn [_] (throw (Exception. "mine"))))))
    (is (thrown-with-msg? Exception #"mine" (swap! a update :n (fn [_] (throw (Exception. "mine"))))))
    (is (= {:n 1} @a))
    (testing "a watch that throws: the change is made, as with Clojure's"
      (add-watch a :bad (fn [_ _ _ _] (throw (IllegalArgumentException. "watch"))))
      (is (thrown-with-msg? IllegalArgumentException #"watch" (swap! a update :n inc)))
      (remove-watch a :bad)
      (is (= {:n 2} @a)))
    (testing "swaps within swaps, of the same and of another atom"
      (let [b (fresh 0) inner (atom 0)]
        (is (= {:n 3} (swap! a (fn [m] (swap! b inc)
                                 (when (= 1 (swap! inner inc)) (swap! a update :n dec))
                                 (assoc m :n 3)))))
        (is (= 2 @b))))))

(deftest transactions
  (let [a (fresh 100) b (fresh 0) log (atom [])]
    (add-watch b :log (fn [_ _ o n] (swap! log conj [o n])))
    (is (= :done (yin/transact (swap! a - 30) (swap! b + 10) (swap! b + 20) :done)))
    (is (= [70 30] [@a @b]))
    (is (= [[0 30]] @log))
    (testing "nothing of one that throws"
      (is (thrown? ArithmeticException (yin/transact (swap! a inc) (/ 1 0))))
      (is (= 70 @a)))
    (testing "reads what it wrote; nobody else does"
      (yin/transact
       (reset! a {:big "a value of its own"})
       (is (= {:big "a value of its own"} @a))
       (is (= 70 @(future @a)))
       (is (true? (compare-and-set! a {:big "a value of its own"} 70)))))
    (testing "runs again when something it read changed"
      (let [runs (atom 0)]
        (yin/transact
         (let [now @a]
           (when (= 1 (swap! runs inc)) @(future (swap! a inc)))
           (is (= now @a) "still as it was when it began")
           (reset! b now)))
        (is (= [2 71 71] [@runs @a @b]))))
    (testing "validators"
      (set-validator! a pos?)
      (is (thrown? IllegalStateException (yin/transact (swap! b inc) (reset! a -1))))
      (is (= [71 71] [@a @b]))
      (set-validator! a nil))
    (testing "of one domain"
      (is (= :invalid-argument (error-of (yin/transact @a @(yin/atom 1))))))
    (testing "transfers between threads keep the sum"
      (let [accounts (vec (repeatedly 8 #(fresh 100)))
            n (support/effort 2000)
            threads (mapv (fn [seed]
                            (Thread. (fn []
                                       (let [r (java.util.Random. seed)]
                                         (dotimes [_ n]
                                           (let [x (accounts (.nextInt r 8)) y (accounts (.nextInt r 8))]
                                             (yin/transact (swap! x dec) (swap! y inc))))))))
                          (range 4))
            sums (fn [] (let [s (yin/transact (mapv deref accounts))] (reduce + s)))]
        (run! #(.start ^Thread %) threads)
        (while (some #(.isAlive ^Thread %) threads)
          (is (= 800 (sums))))
        (is (= 800 (sums)))))))

(deftest snapshots
  (let [a (fresh 1) b (fresh {:x 1})]
    (with-open [s (yin/snapshot @domain)]
      (swap! a inc) (swap! b assoc :x 2)
      (let [later (fresh 3)]
        (is (= [1 {:x 1} nil ::none] [(s a) (get s b) (s later) (s later ::none)]))
        (is (= [2 {:x 2} 3] [@a @b @later]))))
    (let [s (yin/snapshot @domain)]
      (yin/close s) (yin/close s)
      (is (= :closed (error-of (s a)))))))

(deftest watches
  (testing "of swaps by any thread, in order, none left out"
    (let [a (fresh 0) told (LinkedBlockingQueue.) n (support/effort 2000)]
      (with-open [_ (yin/watch a (fn [before after] (.add told [before after])) {:every true})]
        (let [threads (mapv (fn [_] (Thread. (fn [] (dotimes [_ n] (swap! a inc))))) (range 2))]
          (run! #(.start ^Thread %) threads)
          (is (= (for [i (range (* 2 n))] [i (inc i)])
                 (doall (repeatedly (* 2 n) #(.poll told 20 TimeUnit/SECONDS)))))))))
  (testing "the latest, of large values"
    (let [a (fresh {}) done (CountDownLatch. 1)]
      (with-open [_ (yin/watch a (fn [_ after] (when (= 1000 (:n after)) (.countDown done))))]
        (dotimes [i 1001] (swap! a assoc :n i i (str "the value of " i)))
        (is (.await done 20 TimeUnit/SECONDS)))))
  (testing "one that throws goes on"
    (let [a (fresh 0) told (LinkedBlockingQueue.)
          handler (Thread/getDefaultUncaughtExceptionHandler)
          caught (LinkedBlockingQueue.)]
      (Thread/setDefaultUncaughtExceptionHandler
       (reify Thread$UncaughtExceptionHandler (uncaughtException [_ _ e] (.add caught (ex-message e)))))
      (try
        (with-open [_ (yin/watch a (fn [_ after] (if (= 1 after) (throw (Exception. "in a watch")) (.add told after)))
                                 {:every true})]
          (swap! a inc) (swap! a inc)
          (is (= "in a watch" (.poll caught 20 TimeUnit/SECONDS)))
          (is (= 2 (.poll told 20 TimeUnit/SECONDS))))
        (finally (Thread/setDefaultUncaughtExceptionHandler handler)))))
  (testing "deleted"
    (let [a (fresh 7) told (LinkedBlockingQueue.)]
      (with-open [_ (yin/watch a (fn [before after] (.add told [before after])))]
        (yin/delete! a)
        (is (= [7 :yin/deleted] (.poll told 20 TimeUnit/SECONDS))))
      (is (= :not-found (error-of @a)))))
  (testing "not called when it is closed"
    (let [a (fresh 0) told (atom 0)
          w (yin/watch a (fn [_ _] (swap! told inc)))]
      (yin/close w) (yin/close w)
      (swap! a inc)
      (let [other (LinkedBlockingQueue.)]
        (with-open [_ (yin/watch a (fn [_ after] (.add other after)))]
          (swap! a inc)
          (.poll other 20 TimeUnit/SECONDS)))
      (is (zero? @told)))))

(deftest handles-do-not-pile-up
  (let [d (yin/open "" {:capacity (* 256 1024 1024)})
        a (yin/atom {:domain d} {:inner {:k 0} :n 0})]
    (dotimes [i (support/effort 1000000)]
      (swap! a assoc :n i)
      (get (:inner @a) :k))
    (is (< (:holds (yin/stat d)) 700000))
    (is (yin/verify d))
    (yin/close d)))
