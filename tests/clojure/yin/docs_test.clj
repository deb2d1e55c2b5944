(ns yin.docs-test
  "The examples of the documents, run: each block in order, in one namespace; `;=>` says what a form gives."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [yin.support :as support])
  (:import (java.io PushbackReader StringReader)))

(defn- blocks [text]
  (map second (re-seq #"(?s)```clojure\n(.*?)```" text)))

(defn- in-place
  "Files of examples are made where nobody minds."
  [text places]
  (reduce (fn [text [name path]] (str/replace text (pr-str name) (pr-str path))) text places))

(defn- forms
  "[form expected] of a block; expected is ::none where nothing is said."
  [block]
  (let [marked (str/replace block #";=>" " :yin.docs-test/=> ")
        reader (PushbackReader. (StringReader. marked))
        all (take-while #(not= ::eof %) (repeatedly #(read reader false ::eof)))]
    (loop [[form & more] all, found []]
      (cond
        (and (nil? form) (empty? more)) found
        (= ::=> (first more)) (recur (drop 2 more) (conj found [form (second more)]))
        :else (recur more (conj found [form ::none]))))))

(defn- run-document [path]
  (let [text (slurp (io/file (System/getProperty "yin.source") path))
        places {"my.yin" (support/temporary-path), "other.yin" (support/temporary-path)}
        checked (atom 0)]
    (binding [*ns* (create-ns (gensym "example"))]
      (refer-clojure)
      (doseq [block (blocks text), [form expected] (forms (in-place block places))]
        (let [value (eval form)]
          (when-not (= expected ::none)
            (swap! checked inc)
            (is (= expected value) (pr-str form))))))
    @checked))

(deftest the-readme-does-what-it-says
  (is (< 15 (run-document "bindings/clojure/README.md"))))
