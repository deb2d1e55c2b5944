(ns yin.orders-test
  "Sorted collections that another host made in an order Clojure cannot store: the reverse of compare is read as it
  is, an order of a program's own is refused by its name."
  (:require [clojure.test :refer [deftest is testing]]
            [yin.core :as yin]
            [yin.support :as support :refer [error-of]]))

(defn- made-elsewhere []
  (let [path (support/temporary-path)
        process (-> (ProcessBuilder. ^java.util.List [(System/getProperty "yin.orders") path]) .inheritIO .start)]
    (assert (zero? (.waitFor process)))
    (yin/open path {:mode :join})))

(def ^:private down (java.util.Collections/reverseOrder compare))

(deftest reversed-collections-are-as-clojures
  (with-open [d (made-elsewhere) other (yin/open "")]
    (doseq [[name n] {"reverse" 100, "one" 1}]
      (let [at #(deref (yin/find-name d (str name %)))
            m (at "-map") s (at "-set")
            model-map (into (sorted-map-by down) (map (fn [i] [(* 2 i) i])) (range 1 (inc n)))
            model-set (into (sorted-set-by down) (keys model-map))]
        (testing name
          (is (= (seq model-map) (seq m)))
          (is (= (seq model-set) (seq s)))
          (is (= (rseq model-map) (rseq m)))
          (is (= (rseq model-set) (rseq s)))
          (doseq [k [1 2 3 99 100 101 200 201], test [< <= > >=]]
            (is (= (subseq model-map test k) (subseq m test k)))
            (is (= (subseq model-set test k) (subseq s test k)))
            (is (= (rsubseq model-map test k) (rsubseq m test k)))
            (is (= (rsubseq model-set test k) (rsubseq s test k))))
          (is (= (subseq model-map > 90 < 10) (subseq m > 90 < 10)))
          (is (= (subseq model-set >= 90 <= 11) (subseq s >= 90 <= 11)))
          (testing "changed, emptied, copied"
            (is (= (seq (assoc model-map 3 :x 1000 :y)) (seq (assoc m 3 :x 1000 :y))))
            (is (= [9 5 1] (keys (into (empty m) {1 1, 9 9, 5 5})) (seq (into (empty s) [1 9 5]))))
            (is (= (seq model-map) (seq (yin/copy m))))
            (is (= (seq model-set) (seq (yin/copy s)))))
          (testing "another domain does not put it in another order"
            (is (= :wrong-type (error-of (yin/store other m))))
            (is (= :wrong-type (error-of (yin/store other s))))))))))

(deftest an-order-of-a-program-is-refused-by-name
  (with-open [d (made-elsewhere)]
    (doseq [kind ["-map" "-set"]]
      (let [x @(yin/find-name d (str "mine" kind))
            told (fn [f] (try (f) nil (catch clojure.lang.ExceptionInfo e (ex-message e))))]
        (is (= 10 (count x)))
        (is (re-find #"orders/mine" (str (told #(subseq x > 3)))))
        (is (re-find #"orders/mine" (str (told #(empty x)))))
        (is (re-find #"orders/mine" (str (told #(if (map? x) (assoc x 1 1) (conj x 1))))))))))

(deftest the-order-of-compare-is-found
  (with-open [d (yin/open "")]
    (doseq [items [[nil] [nil 1] [1] [1 2 3] ["a" "b"] [false true] [:a] [-1 nil]]]
      (let [s (yin/store d (into (sorted-set) items))]
        (is (identical? (.comparator (sorted-set)) (.comparator ^clojure.lang.Sorted s)))
        (doseq [k items]
          (is (= (subseq (into (sorted-set) items) >= k) (subseq s >= k))))))))
