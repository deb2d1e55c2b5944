(ns yin.counter-test
  "Processes of JVMs count in one atom: exactly, also when one of them is killed."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is]]
            [yin.core :as yin]
            [yin.support :as support]))

(defn- start [& arguments]
  (-> (ProcessBuilder. ^java.util.List
       (into [(str (System/getProperty "java.home") "/bin/java") "-XX:+UseSerialGC" "-XX:TieredStopAtLevel=1"
              "-cp" (System/getProperty "java.class.path") "clojure.main"
              (str (io/file (System/getProperty "yin.source") "tests/bindings/counter.clj"))]
             (map str) arguments))
      (.redirectErrorStream true)
      (.start)))

(defn- finished [^Process p]
  (let [text (slurp (.getInputStream p))]
    (is (= 0 (.waitFor p)) text)
    text))

(deftest processes-count-exactly
  (let [path (support/temporary-path) n (support/effort 20000)]
    (with-open [d (yin/open path)]
      (let [total (yin/atom {:domain d :id "total"} 0)
            swapper (start "swap" path n)
            tally (start "tally" path n "mine")
            mine (yin/atom {:domain d :id "mine"} 0)
            alive (promise)]
        (with-open [_ (yin/watch mine (fn [_ after] (when (< (quot n 10) (long after)) (deliver alive true))))]
          (is (deref alive 60000 false)))
        (.destroyForcibly ^Process tally)
        (.waitFor ^Process tally)
        (dotimes [_ n] (swap! total inc))
        (finished swapper)
        (finished (start "tally" path n "mine"))
        (is (= [(* 3 n) n] [@total @mine]))
        (is (yin/verify d))))))
