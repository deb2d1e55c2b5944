(ns yin.bad-use-test
  "Bad use gives errors that say what to do, and loses nothing."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [yin.core :as yin]
            [yin.support :as support :refer [error-of]])
  (:import (java.io RandomAccessFile)
           (java.net URL URLClassLoader)))

(defrecord Point [x y])

(deftest closed
  (let [d (yin/open "") a (yin/atom {:domain d} {:k {:n 1}}) v @a s (seq v) w (yin/watch a (fn [_ _]))]
    (yin/close d)
    (yin/close d)
    (is (yin/closed? d))
    (doseq [f [#(deref a) #(swap! a assoc :x 1) #(reset! a 1) #(get v :k) #(assoc v :x 1) #(reduce conj [] v)
               #(yin/atom {:domain d} 1) #(yin/stat d) #(yin/flush d) #(yin/verify d) #(yin/snapshot d) #(yin/atoms d)
               #(yin/store d [1]) #(yin/watch a (fn [_ _])) #(get v "a string that is long") #(str v)]]
      (is (= :closed (error-of (f)))))
    (yin/close w)
    (is (some? s))))

(deftest no-place-for-it
  (with-open [d (yin/open "")]
    (let [a (yin/atom {:domain d} {:kept true})]
      (doseq [x [1M (Object.) inc #"regex" (atom 1) (->Point 1 2) (int-array 2) (java.time.Instant/now) String
                 (sorted-map-by > 1 2) (sorted-set-by > 1) (yin/atom 1) (java.sql.Timestamp. 0)]]
        (is (= :wrong-type (error-of (reset! a x))) (str (class x)))
        (is (= :wrong-type (error-of (swap! a assoc :x [{:y x}]))) (str (class x)))
        (is (= :wrong-type (error-of (yin/atom {:domain d} x))) (str (class x)))
        (is (nil? (get @a x)) "what cannot be there is not there")
        (is (false? (contains? @a x))))
      (is (= {:kept true} @a))
      (is (= :wrong-type (error-of (reset! a (with-meta [1] {:f inc})))))
      (is (= :invalid-argument (error-of (reset! a (str (char 0xd800))))))
      (is (= :invalid-argument (error-of (reset! a (keyword "")))))
      (is (= :wrong-type (error-of (reset! a (keyword "a/b" "c")))))
      (is (= :out-of-range (error-of (reset! a (java.util.Date. Long/MAX_VALUE)))))
      (is (= :invalid-argument (error-of (reset! a (nth (iterate vector []) 100000)))))
      (is (thrown-with-msg? Exception #"(?i)a domain holds no java.math.BigDecimal" (reset! a 1M)))
      (is (= BigDecimal (try (reset! a 1M) (catch Exception e (:yin/type (ex-data e))))))
      (is (= {:kept true} @a)))))

(deftest wrong-verbs
  (with-open [d (yin/open "")]
    (let [v (yin/store d [1 2 3])]
      (is (thrown? IndexOutOfBoundsException (nth v 3)))
      (is (thrown? IndexOutOfBoundsException (assoc v 4 1)))
      (is (thrown? IllegalArgumentException (assoc v :a 1)))
      (is (thrown? IllegalStateException (pop (pop (pop (pop v)))))))
    (is (= :invalid-argument (error-of (yin/open "" {:mode :append}))))
    (is (= :invalid-argument (error-of (yin/open "" {:durability :always}))))
    (is (= :invalid-argument (error-of (yin/open "" {:capacity -1}))))
    (is (= :invalid-argument (error-of (yin/domain 7))))
    (is (= :invalid-argument (error-of (yin/read-string d "{:a"))))
    (is (keyword? (error-of (yin/open "/no/such/directory/x.yin"))))))

(deftest out-of-room
  (let [path (support/temporary-path)]
    (with-open [d (yin/open path {:capacity (* 8 1024 1024)})]
      (let [a (yin/atom {:domain d :id :a} {:n 0})
            large (apply str (repeat 100000 "x"))]
        (is (= :resource-exhausted
               (error-of (dotimes [i 1000] (swap! a assoc i (str large i))))))
        (let [n (count @a)]
          (is (< 1 n 200))
          (is (every? (fn [[k v]] (or (= k :n) (= v (str large k)))) @a))
          (testing "what needs no room goes on"
            (is (= {:n 1} (reset! a {:n 1})))))
        (is (yin/verify d))))
    (with-open [d (yin/open path)]
      (is (= 1 (:n @(yin/find-name d :a)))))))

(deftest files-that-are-no-domains
  (testing "text"
    (let [path (support/temporary-path)]
      (spit path (apply str (repeat 100000 "no domain ")))
      (is (#{:data-loss :unimplemented} (error-of (yin/open path))))))
  (testing "a newer format"
    (let [path (support/temporary-path)]
      (with-open [d (yin/open path)] (yin/atom {:domain d :id :a} 1))
      (with-open [f (RandomAccessFile. ^String path "rw")]
        (.seek f 8)
        (let [version (.read f)]
          (.seek f 8)
          (.write f (+ version 7))))
      (is (#{:data-loss :unimplemented} (error-of (yin/open path))))))
  (testing "a directory"
    (is (keyword? (error-of (yin/open (System/getProperty "java.io.tmpdir")))))))

(deftest two-copies-of-the-library-on-one-file
  (let [jars (for [p (.split (System/getProperty "java.class.path") ":")] (.toURL (.toURI (io/file p))))
        own (URLClassLoader. (into-array URL (filter #(re-find #"yin-[0-9.]*jar" (str %)) jars))
                             (proxy [ClassLoader] [(.getClassLoader clojure.lang.RT)]
                               (loadClass
                                 ([name] (proxy-super loadClass name))
                                 ([name resolve]
                                  (if (.startsWith ^String name "yin.")
                                    (throw (ClassNotFoundException. name))
                                    (proxy-super loadClass name resolve))))))
        other (Class/forName "yin.Domain" true own)
        path (support/temporary-path)
        n (support/effort 5000)]
    (is (not (identical? other yin.Domain)))
    (with-open [d (yin/open path)]
      (let [a (yin/atom {:domain d :id "counter"} 0)
            d2 (.newInstance (first (.getConstructors other)) (object-array [path (int 0) 0 -1 true]))
            b (.invoke (.getMethod other "find" (into-array Class [String])) d2 (object-array ["counter"]))
            threads (mapv (fn [x] (Thread. (fn [] (dotimes [_ n] (swap! x inc))))) [a b])]
        (run! #(.start ^Thread %) threads)
        (run! #(.join ^Thread %) threads)
        (is (= (* 2 n) @a @b))
        (.close ^java.io.Closeable d2)
        (is (= (* 2 n) @a))))))
