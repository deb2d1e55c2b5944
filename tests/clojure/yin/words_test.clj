(ns yin.words-test
  "Words.java against the library: what it makes and reads without a call is what the library has."
  (:require [clojure.test :refer [deftest is]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [yin.core :as yin]
            [yin.support :as support])
  (:import (yin Words)))

(def ^:private domain (delay (yin/open "")))

(defn- same-double? [a b]
  (= (Double/doubleToRawLongBits a) (Double/doubleToRawLongBits b)))

(deftest integers-and-doubles-come-back-from-their-words
  (support/holds
   "words" (support/effort 20000)
   (prop/for-all [bits gen/large-integer, scale (gen/choose -1074 1023)]
     (let [any-double (Double/longBitsToDouble bits)
           scaled (* (double bits) (Math/pow 2 scale))]
       (every? (fn [d] (let [w (Words/ofDouble d)]
                         (or (= w Words/NONE)
                             (and (Words/isDouble w) (same-double? d (Words/toDouble w))))))
               [any-double scaled (- scaled) 0.0 (Math/pow 2 -255) (Math/pow 2 -256) (Math/pow 2 257)])))))

(deftest what-the-library-reads-is-what-words-make
  ;; EDN is read natively; its words come back through Words, are stored through Words, and are equal natively.
  (support/holds
   "words and the library" (support/effort 3000)
   (prop/for-all [xs (gen/vector (gen/one-of [support/number support/string gen/boolean gen/keyword gen/char]))]
     (let [native (yin/read-string @domain (pr-str xs))
           ours (yin/store @domain xs)]
       (or (empty? xs)
           (and (.equiv ^yin.VectorView native ours)
                (= native xs)
                (= (map class (vec native)) (map class (vec ours)))))))))
