(ns yin.support
  "What the tests share: generators of every value, how hard to try, places for domains."
  (:require [clojure.java.io :as io]
            [clojure.string]
            [clojure.test :as test]
            [clojure.test.check :as check]
            [clojure.test.check.generators :as gen]
            [yin.core :as yin])
  (:import (java.util Date)))

(defn effort
  "So many, by default; script/test says how much of it."
  [n]
  (max 1 (quot (* n (parse-long (or (System/getenv "YIN_TEST_PERCENT") "100"))) 100)))

(defn- finding [result]
  (let [{:keys [smallest] thrown :result} (:shrunk result)]
    (binding [*print-length* 60]
      (str (pr-str smallest)
           (when (instance? Throwable thrown)
             (str "\n" (class thrown) " " (ex-message thrown) " " (pr-str (ex-data thrown)) "\n  "
                  (clojure.string/join "\n  " (take 12 (.getStackTrace ^Throwable thrown)))))))))

(defn holds
  "Checks a property `n` times. The seed is printed; YIN_SEED repeats a run."
  [what n property]
  (let [seed (or (some-> (System/getenv "YIN_SEED") parse-long) (System/currentTimeMillis))
        result (check/quick-check n property :seed seed :max-size 60)]
    (println what "seed" seed)
    (test/is (:pass? result) (when-not (:pass? result) (str what ", YIN_SEED=" seed ": " (finding result))))))

(defn temporary-path
  "Of a domain that is taken away when the JVM ends."
  []
  (let [file (java.io.File/createTempFile "yin" ".yin")]
    (.delete file)
    (.addShutdownHook (Runtime/getRuntime) (Thread. #(io/delete-file file true)))
    (str file)))

(defmacro error-of
  "The :yin/error that body throws."
  [& body]
  `(try ~@body ::none
        (catch clojure.lang.ExceptionInfo e# (:yin/error (ex-data e#)))))

;; ---- generators ---------------------------------------------------------------------------------

(def big-integer
  (gen/fmap (fn [[a b]] (*' (+' (bigint a) (if (neg? a) -1 1)) 18446744073709551616N (inc (abs b))))
            (gen/tuple gen/large-integer gen/nat)))

(def number
  (gen/one-of [gen/small-integer gen/large-integer
               (gen/elements [Long/MAX_VALUE Long/MIN_VALUE 0.0 -0.0 1e300 Double/MIN_VALUE ##Inf ##-Inf
                              4611686018427387903 4611686018427387904 -4611686018427387904 -4611686018427387905])
               big-integer
               (gen/fmap (fn [[a b]] (/ a (inc (abs b)))) (gen/tuple gen/large-integer gen/nat))
               (gen/double* {:NaN? false})]))

(def string
  (gen/one-of [gen/string-alphanumeric gen/string
               (gen/elements ["" "1234567" "12345678" "äöü" "äöüß" "\u0000" "日本語" "😀" "a😀b😀c"])]))

(def scalar
  (gen/one-of [(gen/return nil) gen/boolean number number gen/char string string
               gen/keyword gen/keyword-ns gen/symbol gen/symbol-ns gen/uuid
               (gen/fmap #(Date. (long %)) (gen/choose -62000000000000 253000000000000))]))

(defn containers [inner]
  (gen/one-of [(gen/vector inner) (gen/list inner) (gen/set inner {:max-elements 6})
               (gen/map inner inner {:max-elements 6})]))

;; Without sorted collections: Clojure's own throw when they are compared with others by =.
(def value (gen/recursive-gen containers scalar))

(def mostly-scalar (gen/frequency [[9 scalar] [1 value]]))

(def few-keys
  "Scalars that meet again."
  (gen/elements [nil true :a :b :c/d 'x "" "key" "a longer key" 0 1 2 3 -1 0.5 1/2 \a 12345678901234567890N
                 [1 2] {:a 1} #{1} '(1) "another longer key" :k1 :k2 :k3 :k4 :k5]))

(def meta-map (gen/one-of [(gen/return nil) (gen/map gen/keyword gen/small-integer {:min-elements 1, :max-elements 3})]))
