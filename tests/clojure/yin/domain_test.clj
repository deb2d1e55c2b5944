(ns yin.domain-test
  "Domains: opening and closing, names, what is kept in a file, agents and streams."
  (:require [clojure.core.protocols :as protocols]
            [clojure.test :refer [deftest is testing]]
            [yin.core :as yin]
            [yin.support :as support :refer [error-of]])
  (:import (java.util.concurrent LinkedBlockingQueue TimeUnit)))

(deftest a-file-keeps-what-was-committed
  (let [path (support/temporary-path)
        value {:a [1 2.5 "text" #{:x}] "k" '(1 2)}]
    (with-open [d (yin/open path {:mode :create :capacity (* 64 1024 1024)})]
      (yin/atom {:domain d :id ::kept} value)
      (yin/flush d))
    (is (= :already-exists (error-of (yin/open path {:mode :create}))))
    (with-open [d (yin/open path {:mode :join})]
      (is (= value @(yin/atom {:domain d :id ::kept} nil)))
      (is (yin/verify d)))
    (with-open [d (yin/open path {:mode :read-only})]
      (let [a (yin/find-name d ::kept)]
        (is (= value @a))
        (is (nil? (get @a :a-keyword-nobody-knows)))
        (is (nil? (get @a "a string that nobody knows")))
        (is (keyword? (error-of (swap! a assoc :b 1))))))
    (yin/remove-domain path)
    (is (= :not-found (error-of (yin/open path {:mode :join}))))))

(deftest shared-domains
  (let [path (support/temporary-path)
        file (java.io.File. ^String path)
        other (str (.getParent file) "/./" (.getName file))]
    (is (identical? (yin/domain path) (yin/domain other)))
    (is (identical? (yin/atom {:persistent path :id ::x} 1) (yin/atom {:persistent other :id ::x} 2)))
    (binding [yin/*domain* (yin/domain path)]
      (is (identical? (yin/domain) (yin/domain path)))
      (is (identical? (yin/atom {:persistent path :id ::x} 1) (yin/atom {:persistent true :id ::x} 2))))
    (let [first-one (yin/domain path)]
      (yin/close first-one)
      (is (yin/closed? first-one))
      (is (not (identical? first-one (yin/domain path))))
      (is (= 1 @(yin/atom {:persistent path :id ::x} 2))))
    (yin/close (yin/domain path))))

(deftest two-eyes-on-one-file
  (let [path (support/temporary-path)]
    (with-open [d (yin/open path) e (yin/open path)]
      (let [a (yin/atom {:domain d :id ::x} {:n 0})
            b (yin/atom {:domain e :id ::x} nil)]
        (swap! a assoc :from "the first of the two")
        (is (= {:n 0 :from "the first of the two"} @b))
        (reset! b {:nested @a})
        (is (= {:nested {:n 0 :from "the first of the two"}} @a))
        (is (= @a @b))))))

(deftest names
  (with-open [d (yin/open "")]
    (let [a (yin/atom {:domain d :id :ns/a} 1)]
      (yin/atom {:domain d :id "with a space"} 2)
      (is (= {"ns/a" 1 "with a space" 2} (update-vals (yin/atoms d) deref)))
      (yin/rename! d :ns/a :ns/b)
      (is (nil? (yin/find-name d :ns/a)))
      (is (identical? a (yin/find-name d :ns/b)))
      (is (= :not-found (error-of (yin/rename! d :nobody :x))))
      (is (keyword? (error-of (yin/delete! a))) "it has a name")
      (yin/delete! d :ns/b)
      (is (nil? (yin/find-name d :ns/b)))
      (is (= :not-found (error-of @a))))))

(deftest atoms-are-values
  (with-open [d (yin/open "")]
    (let [a (yin/atom {:domain d} 1)
          b (yin/atom {:domain d} {:other a})]
      (is (identical? a (:other @b)))
      (swap! (:other @b) inc)
      (is (= 2 @a)))))

(deftest looked-at
  (with-open [d (yin/open "")]
    (let [a (yin/atom {:domain d :id :a} {:x 1})]
      (is (pos? (:capacity-bytes (yin/stat d))))
      (is (boolean? (yin/collect d)))
      (is (= {:x 1} (:value (protocols/datafy a))))
      (is (= {"a" a} (:atoms (protocols/datafy d))))
      (is (re-find #"yin domain" (pr-str d)))
      (is (re-find #":x 1" (pr-str a))))))

(deftest streams-and-agents
  (with-open [d (yin/open "")]
    (let [s (yin/stream d {:capacity 4})
          c (yin/cursor s)
          writer (future (dotimes [i 100] (yin/put! s {:item i})) (yin/close! s))]
      (is (= (for [i (range 100)] {:item i})
             (take-while #(not= ::yin/end %) (repeatedly #(yin/next! c)))))
      @writer
      (is (= :end (error-of (yin/put! s 1))))
      (is (= ::yin/end (yin/next! c))))
    (let [s (yin/stream d {:capacity 1})
          c (yin/cursor s)]
      (is (= ::late (yin/next! c 20 ::late)))
      (is (yin/put! s 1 0))
      (is (not (yin/put! s 2 20)))
      (is (= 1 (yin/next! c))))
    (testing "agents are run by who serves"
      (let [told (LinkedBlockingQueue.)
            a (yin/atom {:domain d :id "result"} nil)]
        (yin/spawn d "(def result (atom nil \"result\")) (swap! result (fn [_] (reduce + (range 100))))")
        (with-open [_ (yin/watch a (fn [_ after] (.add told after)))
                    _ (yin/serve d 1)]
          (is (= 4950 (.poll told 20 TimeUnit/SECONDS))))
        (is (= :invalid-argument (error-of (yin/spawn d "(let [")))))))
  (testing "parked, and resumed"
    (with-open [d (yin/open "")]
      (let [told (LinkedBlockingQueue.)
            a (yin/atom {:domain d :id "result"} nil)
            agent (yin/spawn d "(def result (atom nil \"result\")) (let [x (park)] (swap! result (fn [_] [x])))")]
        (with-open [_ (yin/watch agent (fn [_ _] (try (when (= :parked (:state (yin/look agent)))
                                                        (yin/resume! agent {:x 1}))
                                                      (catch clojure.lang.ExceptionInfo _))))
                    _ (yin/watch a (fn [_ after] (.add told after)))
                    _ (yin/serve d 1)]
          (is (= [{:x 1}] (.poll told 20 TimeUnit/SECONDS))))))))
