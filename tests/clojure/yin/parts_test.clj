(ns yin.parts-test
  "A part of a value that is kept for long keeps no more than itself; whoever reads it meanwhile sees the same."
  (:require [clojure.test :refer [deftest is testing]]
            [yin.core :as yin]
            [yin.support :as support])
  (:import (java.util.concurrent ArrayBlockingQueue CountDownLatch TimeUnit)))

(def ^:private megabyte (* 1024 1024))

(defn- large
  "Of a megabyte, with a small part in it that says which it is."
  [i]
  {:bulk (byte-array megabyte (byte (rem i 100)))
   :part {:i i, :text (str "the part of version " i), :deep {:list (list i (inc i)) :set #{i}}}})

(defn- part [i] (:part (dissoc (large i) :bulk)))

(defn- comes-true?
  "After the JVM's collector has looked, by and by; in a minute at most."
  [f]
  (let [end (+ (System/nanoTime) 60000000000)]
    (loop []
      (cond (f) true
            (pos? (- (System/nanoTime) end)) false
            :else (do (System/gc) (recur))))))

(defn- churn
  "Writes over what is free, and has the domain collected: what it finds to live."
  [d scratch]
  (dotimes [_ 40]
    (reset! scratch (byte-array megabyte (byte -1)))
    (yin/collect d))
  (:live-bytes (yin/stat d)))

(deftest parts-keep-no-more-than-themselves
  ;; Three times as much goes through the domain as fits.
  (with-open [d (yin/open "" {:capacity (* 128 megabyte)})]
    (let [a (yin/atom {:domain d} nil)
          scratch (yin/atom {:domain d} nil)
          n 300
          parts (mapv (fn [i] (:part (reset! a (large i)))) (range n))]
      (reset! a nil)
      (is (every? yin/view? parts))
      (is (comes-true? #(< (churn d scratch) (* 32 megabyte))) "a tenth of what the versions take")
      (is (= (map part (range n)) parts))
      (is (yin/verify d)))))

(deftest whatever-was-found-is-kept
  (with-open [d (yin/open "" {:capacity (* 64 megabyte)})]
    (let [scratch (yin/atom {:domain d} nil)
          finds {:get #(get % :part)
                 :nested #(get-in % [:part :deep :list])
                 :entry #(val (find % :part))
                 :walked #(some (fn [[k v]] (when (= k :part) v)) %)
                 :seq #(seq (get-in % [:part :deep :list]))
                 :rest #(rest (get-in % [:part :deep :list]))
                 :realized #(set (doall (map identity (vals (:part %)))))
                 :lazy #(map identity (:many %))
                 :begun #(let [s (map identity (:many %))] (first s) s)
                 :tail #(nth (iterate rest (:many %)) 500)
                 :meta #(meta (:noted %))
                 :list-with-meta #(:noted-list %)
                 :tagged #(:tagged %)
                 :peek #(peek (:vectors %))
                 :queue #(peek (:queue %))
                 :sub #(subvec (:vectors %) 1)
                 :transient #(let [t (transient (:part %))] (assoc! t :more 1) (persistent! t))
                 :alone #(yin/alone (:part %))}
          value (fn [i] (let [m (large i)]
                          (assoc m
                                 :many (apply list (map (fn [j] {:n [i j]}) (range 1000)))
                                 :noted (with-meta [i] {:of {:number i}})
                                 :noted-list (with-meta (list i {:x i}) {:of {:number i}})
                                 :tagged (tagged-literal 'some/tag {:in {:number i}})
                                 :vectors (mapv (fn [j] [i j]) (range 10))
                                 :queue (into clojure.lang.PersistentQueue/EMPTY [{:i i} 2]))))
          kept (vec (for [i (range 4), [what find] finds]
                      [what i (find (yin/store d (value i)))]))]
      (is (comes-true? #(< (churn d scratch) (* 32 megabyte))))
      (doseq [[what i found] kept]
        (testing what
          (is (= ((finds what) (value i)) found))
          (is (= (meta ((finds what) (value i))) (meta found)))
          (when (= what :tagged) (is (= {:in {:number i}} (:form found))))))
      (testing "at the root: an atom of what is no collection"
        (let [a (yin/atom {:domain d} (tagged-literal 'a/b {:x {:y 1}}))
              inner (:x (:form @a))
              text (yin/atom {:domain d} "a string that stands in the domain")]
          (reset! a nil)
          (System/gc)
          (churn d scratch)
          (is (= {:y 1} inner))
          (is (compare-and-set! text "a string that stands in the domain" "another string, as long as that"))
          (is (= "another string, as long as that and more" (swap! text str " and more")))))
      (is (yin/verify d)))))

(defn- call
  "A method that is not for everybody."
  [object method & arguments]
  (let [found (some (fn [^Class c] (some #(when (= method (.getName ^java.lang.reflect.Method %)) %)
                                         (.getDeclaredMethods c)))
                    (take-while some? (iterate #(.getSuperclass ^Class %) (class object))))]
    (.invoke (doto ^java.lang.reflect.Method found (.setAccessible true)) object (object-array arguments))))

(deftest who-is-late-gets-a-handle-at-once
  (with-open [d (yin/open "")]
    (let [root (atom (yin/store d {:part {:deep {:i 1}}}))
          part (:part @root)
          old (call (.hold ^yin.View part) "whole")
          nested? #(not (boolean (call (.hold ^yin.View %) "owns")))]
      (is (nested? part))
      (reset! root nil)
      (is (comes-true? #(not (nested? part))))
      (is (not (identical? old (call (.hold ^yin.View part) "whole"))))
      (let [found (:deep part)
            late (call old "value" d (.word ^yin.View found))]
        (is (nested? found))
        (is (not (nested? late)))
        (is (= {:i 1} late found))
        (is (identical? found (yin/alone found)))
        (is (not (nested? found)))))))

(deftest readers-while-wholes-go
  ;; What is read too late would be somebody else's by now: the domain is small, and all writers use it again.
  (with-open [d (yin/open "" {:capacity (* 64 megabyte)})]
    (let [n (support/effort 20000)
          value (fn [i] {:part {:i i :rows (mapv (fn [j] {:n (+ i j) :name (str "row " i " " j)}) (range 20))}
                         :padding (vec (range i (+ i 200)))})
          right? (fn [{:keys [i rows]}]
                   (and (= 20 (count rows))
                        (every? (fn [j] (let [row (nth rows j)]
                                          (and (= (+ i j) (:n row)) (= (str "row " i " " j) (:name row)))))
                                (range 20))
                        (= (map :n rows) (range i (+ i 20)))))
          queue (ArrayBlockingQueue. 512)
          wrong (atom []) checked (atom 0)
          done (CountDownLatch. 2)
          a (yin/atom {:domain d} (value 0))
          writer (fn [seed]
                   (let [r (java.util.Random. seed)]
                     (dotimes [_ n]
                       (let [whole (if (.nextBoolean r)
                                     (reset! a (value (.nextInt r 1000000)))
                                     (swap! a assoc-in [:part :more] (.nextInt r)))]
                         (.put queue (:part whole)))))
                   (.countDown done))
          reader (fn [seed]
                   (let [r (java.util.Random. seed)
                         held (object-array 300)]
                     (loop []
                       (when-some [found (or (.poll queue 100 TimeUnit/MILLISECONDS)
                                             (when (pos? (.getCount done)) ::none))]
                         (when-not (= found ::none)
                           (aset held (.nextInt r 300) found)
                           (aset held (.nextInt r 300) (nth (:rows found) (.nextInt r 20))))
                         (when-some [x (aget held (.nextInt r 300))]
                           (swap! checked inc)
                           (when-not (if (:rows x) (right? x) (re-find #"^row \d+ \d+$" (:name x)))
                             (swap! wrong conj (pr-str x))))
                         (recur)))))
          threads (doall (for [[f seed] [[writer 1] [writer 2] [reader 3] [reader 4]]]
                           (let [failed (promise)]
                             [(doto (Thread. #(try (f seed) (deliver failed nil)
                                                   (catch Throwable e (deliver failed e) (.countDown done))))
                                .start)
                              failed])))]
      (while (pos? (.getCount done))
        (System/gc)
        (.await done 10 TimeUnit/MILLISECONDS))
      (doseq [[^Thread t failed] threads]
        (.join t)
        (is (nil? @failed)))
      (is (= [] @wrong))
      (is (pos? @checked))
      (is (yin/verify d)))))

(deftest a-domain-that-nobody-has-goes
  (let [opened (fn []
                 (let [d (yin/open "")
                       a (yin/atom {:domain d} {:x {:y 1}})]
                   (is (= 1 (:y (:x @a))))
                   (java.lang.ref.WeakReference. d)))
        d (opened)]
    (is (comes-true? #(nil? (.get ^java.lang.ref.WeakReference d))))))
