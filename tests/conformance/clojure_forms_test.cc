// What the Clojure reader's expansions come to when they run: each program gives what it gives in
// Clojure, in every way it is run. (tests/ast says what they expand to.)

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_cases.h"

using namespace yin;
using tests::Case;

namespace {

constexpr Case kCases[] = {
    {"(let [[a b & r :as all] [1 2 3 4]] [a b r all])", "[1 2 (3 4) [1 2 3 4]]"},
    {"(let [[a & r] [1]] r)", "nil"},
    {"(let [[a b] nil] [a b])", "[nil nil]"},
    {"(let [[a [b c] d] [1 [2 3]]] [a b c d])", "[1 2 3 nil]"},
    {"(let [[a & [b c]] '(1 2)] [a b c])", "[1 2 nil]"},
    {"(let [[a b] \"hi\"] [a b])", "[\\h \\i]"},
    {"(let [{:keys [a b] :or {b 9} :as m c \"c\"} {:a 1 \"c\" 3}] [a b c (get m \"c\")])",
     "[1 9 3 3]"},
    {"(let [{:strs [x] :syms [y] :n/keys [z]} {\"x\" 1 'y 2 :n/z 3}] [x y z])", "[1 2 3]"},
    {"(let [{{[p q] :v} :m} {:m {:v [1 2]}}] (+ p q))", "3"},
    {"((fn [& {:keys [k] :or {k 5}}] k) :k 7)", "7"},
    {"((fn [& {:keys [k] :or {k 5}}] k))", "5"},
    {"((fn f [[a & r]] (if r (recur r) a)) [1 2 3])", "3"},
    {"(defn sum ([] 0) ([x] x) ([x & more] (+ x (apply sum more)))) (sum 1 2 3 4)", "10"},
    {"(letfn [(even [n] (if (= n 0) true (odd (- n 1)))) (odd [n] (if (= n 0) false (even (- n "
     "1))))] [(even 10) (odd 7) (even 3)])",
     "[true true false]"},
    {"(letfn [(f [x] (if (< x 1) 0 (+ 1 (f (- x 1)))))] (f 5))", "5"},
    {"(letfn [(a [n] (if (< n 1) :done (b (dec n)))) (b [n] (c n)) (c [n] (a n))] (a 10000))",
     ":done"},
    {"(loop [[x & xs] [1 2 3] s 0] (if x (recur xs (+ s x)) s))", "6"},
    {"(for [x [1 2 3]] (* x x))", "(1 4 9)"},
    {"(for [x [1 2 3] :when (odd? x)] x)", "(1 3)"},
    {"(for [x [1 2] y [:a :b]] [x y])", "([1 :a] [1 :b] [2 :a] [2 :b])"},
    {"(for [x [1 2 3] :let [y (* x 10)] :when (< y 25) z [y (inc y)]] z)", "(10 11 20 21)"},
    {"(for [[k v] [[:a 1] [:b 2]]] {k v})", "({:a 1} {:b 2})"},
    {"(for [x []] x)", "()"},
    {"(let [a (atom [])] (doseq [x [1 2 3] y [x] :when (odd? y)] (swap! a conj y)) @a)", "[1 3]"},
    {"(let [a (atom [])] (doseq [x [1 2 3 1] :while (< x 3)] (swap! a conj x)) @a)", "[1 2]"},
    {"(let [a (atom [])] [(doseq [x [1 2] :let [z (* 2 x)] y [z 10] :while (< y 10)] (swap! a conj "
     "[x y])) @a])",
     "[nil [[1 2] [2 4]]]"},
    {"(let [a (atom 0)] (dotimes [i 5] (swap! a + i)) @a)", "10"},
    {"(let [a (atom 0)] (while (< @a 3) (swap! a inc)) @a)", "3"},
    {"(case 3 1 :a (2 3) :b :c)", ":b"},
    {"(case 'x x 1 2)", "1"},
    {"(case [1 2] [1 2] :vec :no)", ":vec"},
    {"(case nil nil 1 2)", "1"},
    {"(case 9 1 2)", "!t.clj:1:1: no clause of `case` matches 9"},
    {"(cond false 1 nil 2 :else 3)", "3"},
    {"(and 1 nil 3)", "nil"},
    {"(and 1 2 3)", "3"},
    {"(or nil false)", "false"},
    {"(or nil 2 (error \"no\"))", "2"},
    {"(-> 5 (- 3) inc)", "3"},
    {"(->> [1 2 3] (map inc) (filter odd?))", "(3)"},
    {"(as-> 1 x (+ x 1) (* x 3))", "6"},
    {"(if-let [[a b] [1 2]] (+ a b) 0)", "3"},
    {"(if-let [a nil] 1 :none)", ":none"},
    {"(if-some [a false] [a] :none)", "[false]"},
    {"(when-let [x 5] (inc x))", "6"},
    {"(when-some [x nil] 1)", "nil"},
    {"(map #(+ % 10) [1 2])", "(11 12)"},
    {"(#(apply + %1 %&) 1 2 3)", "6"},
    {"(let [first 1 seq 2 nth 3 get 4] (let [[a & r] [1 2] {:keys [k]} {:k 7}] [a r k first seq "
     "nth get]))",
     "[1 (2) 7 1 2 3 4]"},
    {"(defn seq2 [x] x) (defn get [m k] :mine) (let [{:keys [a]} {:a 1}] [a (get 1 2)])",
     "[1 :mine]"},
    {"(let [when (fn [x] [x])] (when 5))", "[5]"},
    {"(def x 5) (defn f [] (declare y) x) (f)", "5"},
    {"[(quote (a b)) 'c ''d]", "[(a b) c (quote d)]"},
    {"{:a [1 2 {:b #{1}}]}", "{:a [1 2 {:b #{1}}]}"},
    {"(let [x 1] (= {:a x, x :b} {1 :b, :a 1}))", "true"},
    {"(if-not false 1 2)", "1"},
    {"(when-not nil 1 2)", "2"},
    {"(let [x 1 x (+ x 1) x (* x 5)] x)", "10"},
    {"((fn [x x] x) 1 2)", "2"},
    {"(do)", "nil"},
    {"()", "()"},
    {"[]", "[]"},
    {"(fn? (fn []))", "true"},
};

}  // namespace

TEST_CASE("what the reader expands means what it means in Clojure") { tests::check_all(kCases); }
