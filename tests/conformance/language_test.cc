// What programs of the language mean: a table of program and printed value, or "!" and a part of
// the error.
//
// Every program runs on each projection whole, then with a fuel of one, saved at every safe point
// it passes and loaded by the other projection: the value, the output and the error must stay the
// same. Facts of the reference (its section 10) that hold here are marked with their number.

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_cases.h"

using namespace yin;
using tests::Case;
using tests::check_all;

namespace {

constexpr Case kValues[] = {
    {"42", "42"},        // 1
    {"nil", "nil"},      // 2
    {"\"s\"", "\"s\""},  // 3
    {":k", ":k"},        // 4
    {"true", "true"},
    {"\\a", "\\a"},
    {"1.5", "1.5"},
    {"", "nil"},
    {"'sym", "sym"},
    {"'(a b)", "(a b)"},  // 37
    {"()", "()"},
    {"[1 [2 3] \"a\"]", "[1 [2 3] \"a\"]"},
    {"(let [x 1] [x (inc x)])", "[1 2]"},
    {"(let [x 1] {:a x})", "{:a 1}"},
    {"(let [x 1] #{x})", "#{1}"},
    {"(let [k :a] (get {k 1 :b 2} :a))", "1"},
    {"(let [k :a] {k 1 :a 2})", "!same key twice"},
    {"(let [k :a] #{k :a})", "!same item twice"},
    {"(= {:a 1 :b [1 2]} {:b '(1 2) :a 1})", "true"},
};

// Beside the lines of clojure_core.txt.
constexpr Case kEndless[] = {
    {"(let [n (atom 0)] [(take 3 (map #(* 10 %) (repeatedly #(swap! n inc)))) @n])",
     "[(10 20 30) 3]"},
    {"(def evens (filter even? (range)))",
     "!range: sequences are made whole here, and this one has no end"},
    {"(count (map inc (iterate inc 1)))",
     "!iterate: sequences are made whole here, and this one has no end"},
    {"(take 3 (reverse (range)))", "!range: sequences are made whole here"},
    {"(take 2 (map inc (repeat 1) (range)))", "!repeat: sequences are made whole here"},
    {"(take 3 (map / (iterate dec 1)))", "!t.clj:1:1: division by zero in /"},
    {"(first (filter #(throw %) (range)))", "!thrown: integer 0"},
    {"(try (take 3 (map / (iterate dec 1))) (catch :arithmetic e :caught))", ":caught"},
    {"(defn range [] [1 2]) (first (map inc (range)))", "2"},
    {"(defn filter [f xs] :mine) (first [(filter odd? [1])])", ":mine"},
    {"(let [k (atom nil) n (atom 0)] (let [v (take 3 (map (fn [x] (if (= x 1) (call/cc (fn [c] "
     "(reset! k c) x)) x)) (range)))] (if (< (swap! n inc) 3) (@k (* 10 @n)) v)))",
     "(0 20 2)"},
};

// Beside the lines of clojure_core.txt.
constexpr Case kMetadata[] = {
    {"(with-meta 1 {:a 1})", "!with-meta needs a collection or symbol, got integer 1"},
    {"(with-meta [1] 5)", "!with-meta needs a hash map or nil as metadata, got integer 5"},
    {"(meta #'map)", "!`map` is no definition above in this program"},
    {"(doc nope)", "!`nope` is no definition above in this program"},
    {"(defn hinted ^long [^long x ^String y] (str x y)) (hinted 1 \"a\")", "\"1a\""},
    {"(let [^long x 5] (+ x 1))", "6"},
    {"(defmacro m \"Says it.\" [x] x) [(:doc (meta #'m)) (:arglists (meta #'m))]",
     "[\"Says it.\" ([x])]"},
    {"(def ^{:doc \"D\" :n 1} x 5) ((juxt :doc :n :line :column :file :name) (meta #'x))",
     "[\"D\" 1 1 23 \"t.clj\" x]"},
    {"(let [f (fn [x] (meta x))] (f ^:k {}))", "{:k true}"},
    {"(meta (first '[^:a [1]]))", "{:a true}"},
    {"(f #'x)", "!`var` is not supported"},
    {"(try (throw ^:a {:kind :odd}) (catch :odd e (meta (ex-data e))))", "{:a true}"},
    {"(meta (call/cc (fn [k] (k ^:a [1]))))", "{:a true}"},
    {"(apply max ^:a [1 2])", "2"},
    {"(with-meta (fn []) {})", "!with-meta needs a collection or symbol"},
    {"(let [m (with-meta {} {:a 1})] (loop [i 0 m m] (if (< i 100) (recur (inc i) (assoc m i i)) "
     "[(meta m) (count m)])))",
     "[{:a 1} 100]"},
    {"(doc)", "!`doc` takes the name of a definition"},
};

constexpr Case kNumbers[] = {
    {"(+)", "0"},  // 7
    {"(+ 1 2)", "3"},
    {"(+ 1 2 3 4 5)", "15"},
    {"(*)", "1"},  // 8
    {"(* 2 3 4)", "24"},
    {"(- 5)", "-5"},  // 9
    {"(- 10 1 2 3)", "4"},
    {"(/ 100 2 5)", "10"},  // 10
    {"(/ 1 2.0)", "0.5"},
    {"(/ 1 3)", "1/3"},
    {"(/ 2)", "1/2"},
    {"(/ 1 0)", "!division by zero"},  // 11
    {"(/ 1.0 0.0)", "##Inf"},
    {"(/ 1.0 0)", "!division by zero"},
    {"(quot 7 2)", "3"},
    {"(quot -7 2)", "-3"},
    {"(rem -7 2)", "-1"},
    {"(mod -7 2)", "1"},
    {"(mod 7 -2)", "-1"},
    {"(mod 5 0)", "!division by zero in mod"},
    {"(quot 7.5 2)", "3.0"},
    {"(+ 9223372036854775807 1)", "9223372036854775808N"},  // 12
    {"(inc 9223372036854775807)", "9223372036854775808N"},
    {"(- -9223372036854775808 1)", "-9223372036854775809N"},
    {"(* 4611686018427387904 2)", "9223372036854775808N"},
    {"(+ 4611686018427387903 1)", "4611686018427387904"},
    {"(dec 4611686018427387904)", "4611686018427387903"},
    {"(- -4611686018427387904 1)", "-4611686018427387905"},
    {"(* 3037000499 3037000499)", "9223372030926249001"},
    {"(+ 4611686018427387904 -1)", "4611686018427387903"},
    {"(= 9223372036854775807 (- 9223372036854775806 -1))", "true"},
    {"(quot -9223372036854775808 -1)", "9223372036854775808N"},
    {"(/ -9223372036854775808 -1)", "9223372036854775808N"},
    {"(abs -9223372036854775808)", "9223372036854775808N"},
    {"(- -9223372036854775808)", "9223372036854775808N"},
    {"(dec -9223372036854775808)", "-9223372036854775809N"},
    // What fits 64 bits is never a big integer, so it never has an N.
    {"[1N 0N -5N (- 9223372036854775808 1) (dec (inc 9223372036854775807)) 4/2 (bigint 7)]",
     "[1 0 -5 9223372036854775807 9223372036854775807 2 7]"},
    {"(let [big (* 9223372036854775807 4)] (= (hash (- big big -1)) (hash 1)))", "true"},
    {"(identical? 1 (- 100000000000000000001 100000000000000000000))", "true"},
    {"(format \"%d %,d %x %5d|\" 100000000000000000000 100000000000000000000 "
     "100000000000000000000 1)",
     "\"100000000000000000000 100,000,000,000,000,000,000 56bc75e2d63100000     1|\""},
    {"(format \"%x\" -100000000000000000000)", "\"-56bc75e2d63100000\""},
    {"(format \"%d\" 1/2)", "!needs an integer, got"},
    {"(loop [n 4611686018427387900 i 0] (if (< i 8) (recur (inc n) (inc i)) n))",
     "4611686018427387908"},
    {"(loop [n 9223372036854775800 i 0] (if (< i 10) (recur (inc n) (inc i)) n))",
     "9223372036854775810N"},
    {"(defn fact [n] (if (< n 2) 1 (* n (fact (dec n))))) (fact 25)",
     "15511210043330985984000000N"},
    {"(nth [1 2] 9223372036854775808)", "!nth needs an integer of 64 bits, got"},
    {"(get [1 2] 9223372036854775808)", "nil"},
    {"(bit-and 9223372036854775808 1)", "!bit-and needs an integer of 64 bits, got"},
    {"(unchecked-add 9223372036854775808 1)", "!needs an integer of 64 bits"},
    {"(long 9223372036854775808)", "!int: the number is outside 64 bits"},
    {"(char 100000000000000000000)", "!char needs an integer of 64 bits"},
    {"(int ##NaN)", "!int: the number is outside 64 bits"},
    {"(bigint ##Inf)", "!bigint: an infinity or NaN is no integer"},
    {"(bigint \"12x\")", "!is no integer"},
    {"(rationalize ##Inf)", "!rationalize: an infinity or NaN is no exact number"},
    {"(mod 1/2 0)", "!division by zero in mod"},
    {"(/ 100000000000000000000 0)", "!division by zero in /"},
    {"(/ 1/2 0.0)", "##Inf"},
    {"(+ 1/2 :a)", "!+ needs numbers, got"},
    {"(loop [n 2 i 0] (if (< i 30) (recur (* n n) (inc i)) n))",
     "!*: the result would be an integer of more than 262,144 bits"},
    {"(try (loop [n 2] (recur (* n n))) (catch :arithmetic e :too-large))", ":too-large"},
    {"(range 9223372036854775806 9223372036854775809)",
     "(9223372036854775806 9223372036854775807 9223372036854775808N)"},
    {"(range 0 1 1/3)", "(0 1/3 2/3)"},
    {"(range 1.0 0 -0.25)", "(1.0 0.75 0.5 0.25)"},
    {"(range 0 1 0.0)", "!a step of 0 never ends"},
    {"'(1/2 18446744073709551616)", "(1/2 18446744073709551616N)"},
    {"(let [f (fn [x] (if (< x 18446744073709551616) :less :not))] [(f 1) (f 18446744073709551616) "
     "(f 1e30) (f 1/2)])",
     "[:less :not :not :less]"},
    {"(rem -9223372036854775808 -1)", "0"},
    {"(= 1 1.0)", "false"},  // 13
    {"(== 1 1.0)", "true"},
    {"(= [1 2] '(1 2))", "true"},  // 14
    {"(!= 1 2 3)", "true"},        // 15
    {"(not= 1 1)", "false"},
    {"(< 1 2 3)", "true"},  // 16
    {"(< 1 2 2)", "false"},
    {"(< 1)", "true"},
    {"(<= 1 1 2)", "true"},
    {"(> 3 2 1)", "true"},
    {"(>= 2 2 1)", "true"},
    {"(< 1 2.5)", "true"},
    {"(let [x 2.5] (< x 3))", "true"},
    {"(let [x 2.5] (if (< x 3) :less :more))", ":less"},
    {"(let [x 1 y 2.0] [(< x y) (> x y) (<= x y) (>= x y) (= x y)])",
     "[true false true false false]"},
    {"(let [x 3 y 2] [(if (< x y) 1 2) (if (> x y) 1 2) (if (<= x y) 1 2) (if (>= x y) 1 2) (if (= "
     "x y) 1 2)])",
     "[2 1 2 1 2]"},
    {"(let [x 3] [(if (< x 3) 1 2) (if (> x 3) 1 2) (if (<= x 3) 1 2) (if (>= x 3) 1 2) (if (= x "
     "3) 1 2)])",
     "[2 2 1 1 1]"},
    {"[(if (< 1 2) 1 2) (if (> (+ 1 1) 2) 1 2) (if (= [1] [1]) 1 2) (if (<= 1 0) 1 2) (if (>= 1 0) "
     "1 2)]",
     "[1 2 1 2 1]"},
    {"(+ 1.5 1)", "2.5"},
    {"(let [x 1.5] [(+ x 1) (- x 1) (inc x) (dec x) (* x 2)])", "[2.5 0.5 2.5 0.5 3.0]"},
    {"(min 3 1 2)", "1"},
    {"(max 3 1.5 2)", "3"},
    {"(abs -3)", "3"},
    {"(bit-and 12 10)", "8"},
    {"(bit-or 12 10)", "14"},
    {"(bit-xor 12 10)", "6"},
    {"(bit-not 0)", "-1"},
    {"(bit-shift-left 1 62)", "4611686018427387904"},
    {"(bit-shift-right -8 1)", "-4"},
    {"(unsigned-bit-shift-right -1 60)", "15"},
    {"(int 3.9)", "3"},
    {"(int \\A)", "65"},
    {"(double 3)", "3.0"},
    {"(char 97)", "\\a"},
    {"(parse-long \"-12\")", "-12"},
    {"(parse-long \"12x\")", "nil"},
    {"(parse-double \"1.5e2\")", "150.0"},
    {"[(zero? 0) (zero? 0.0) (pos? 1) (neg? -1) (even? 2) (odd? 2)]",
     "[true true true true true false]"},
    {"(+ 1 \"a\")", "!t.clj:1:1: + needs numbers, got string \"a\""},  // 27
    {"(- 1 :a)", "!- needs numbers, got keyword :a"},
    {"(let [x nil] (+ x 1))", "!+ needs numbers, got nil"},
    {"(let [x \"\"] (inc x))", "!inc needs numbers"},
    {"(< \"a\" \"b\")", "!< needs numbers"},
    {"(if (< nil 1) 1 2)", "!< needs numbers, got nil"},
    {"(compare 1 2)", "-1"},
    {"[(number? 1) (integer? 1.0) (double? 1.0) (string? \"\") (keyword? :a) (symbol? 'a) (char? "
     "\\a) (boolean? nil)]",
     "[true false true true true true true false]"},
};

constexpr Case kCollections[] = {
    {"(first [])", "nil"},  // 20
    {"(first \"ab\")", "\\a"},
    {"(first {:a 1})", "[:a 1]"},
    {"(first nil)", "nil"},
    {"(first 5)", "!first needs a sequence, got integer 5"},
    {"(second [1 2 3])", "2"},
    {"(last [1 2 3])", "3"},
    {"(= (rest nil) [])", "true"},  // 21
    {"(= (rest [1 2 3]) [2 3])", "true"},
    {"(rest '(1 2 3))", "(2 3)"},
    {"(next [1])", "nil"},
    {"(next [1 2])", "(2)"},
    {"(conj nil 1)", "(1)"},  // 22
    {"(conj [1] 2 3)", "[1 2 3]"},
    {"(conj '(1 2) 0)", "(0 1 2)"},
    {"(conj {} [1 2])", "{1 2}"},
    {"(conj #{1} 1)", "#{1}"},
    {"(conj)", "[]"},
    {"(conj {} 1)", "!conj onto a map needs a [key value] vector"},
    {"(conj 1 2)", "!conj needs a collection"},
    {"(assoc nil :a 1)", "{:a 1}"},  // 23
    {"(assoc [1 2] 0 9)", "[9 2]"},
    {"(assoc [1 2] 2 3)", "[1 2 3]"},
    {"(assoc [1 2] 3 3)", "!index 3 is outside"},
    {"(assoc {} :a)", "!in pairs"},
    {"(get {:a 1} :b 9)", "9"},  // 24
    {"(get [1 2] 1)", "2"},
    {"(get nil :a)", "nil"},
    {"(get #{1} 1)", "1"},
    {"(get \"abc\" 1)", "\\b"},
    {"(vec nil)", "[]"},  // 25
    {"(vec {:a 1})", "[[:a 1]]"},
    {"(vec '(1 2))", "[1 2]"},
    {"(empty? nil)", "true"},  // 26
    {"(empty? \"\")", "true"},
    {"(empty? [1])", "false"},
    {"(empty? 5)", "!empty? needs a collection"},
    {"(dissoc {:a 1 :b 2} :a)", "{:b 2}"},
    {"(contains? {:a nil} :a)", "true"},
    {"(contains? [1 2] 2)", "false"},
    {"(contains? 1 1)", "!contains? needs"},
    {"(count {:a 1})", "1"},
    {"(count \"h\xc3\xa9llo\")", "5"},
    {"(count nil)", "0"},
    {"(nth [1 2 3] 1)", "2"},
    {"(nth '(1 2 3) 2)", "3"},
    {"(nth [1 2 3] 3)", "!index 3 is outside a sequence of 3"},
    {"(nth [1 2 3] 3 :none)", ":none"},
    {"(nth [1] :a)", "!nth needs an integer"},
    {"(seq [])", "nil"},
    {"(seq [1 2])", "(1 2)"},
    {"(seq \"ab\")", "(\\a \\b)"},
    {"(cons 1 [2 3])", "(1 2 3)"},
    {"(cons 1 nil)", "(1)"},
    {"(concat [1] '(2) nil [3])", "(1 2 3)"},
    {"(reverse [1 2 3])", "(3 2 1)"},
    {"(list 1 2)", "(1 2)"},
    {"(hash-map :a 1)", "{:a 1}"},
    {"(set [1 1])", "#{1}"},
    {"(keys {:a 1})", "(:a)"},
    {"(vals {:a 1})", "(1)"},
    {"(keys {})", "nil"},
    {"(merge {:a 1} nil {:a 2})", "{:a 2}"},
    {"(into [] '(1 2))", "[1 2]"},
    {"(into {} [[:a 1]])", "{:a 1}"},
    {"(into () [1 2])", "(2 1)"},
    {"(range 5)", "(0 1 2 3 4)"},
    {"(range 2 10 3)", "(2 5 8)"},
    {"(range 5 0 -2)", "(5 3 1)"},
    {"(range 3 3)", "()"},
    {"(range 1 2 0)", "!a step of 0"},
    {"(range 100000000)", "!more than 10000000 items are refused"},
    {"(count (range 9223372036854775800 9223372036854775807))", "7"},
    {"(subvec [1 2 3 4] 1 3)", "[2 3]"},
    {"(subvec [1 2] 3)", "!subvec: index 3 is outside"},
    {"(peek [1 2])", "2"},
    {"(peek '(1 2))", "1"},
    {"(pop [1 2])", "[1]"},
    {"(pop [])", "!pop: the collection is empty"},
    {"(take 2 [1 2 3])", "(1 2)"},
    {"(drop 2 [1 2 3])", "(3)"},
    {"(take-last 2 [1 2 3])", "(2 3)"},
    {"(drop-last [1 2 3])", "(1 2)"},
    {"(partition 2 [1 2 3])", "((1 2))"},
    {"(partition 2 1 [1 2 3])", "((1 2) (2 3))"},
    {"(partition-all 2 [1 2 3])", "((1 2) (3))"},
    {"(interleave [1 2] [:a :b])", "(1 :a 2 :b)"},
    {"(interpose 0 [1 2])", "(1 0 2)"},
    {"(flatten [1 [2 '(3)]])", "(1 2 3)"},
    {"(distinct [1 2 1])", "(1 2)"},
    {"(zipmap [:a :b] [1])", "{:a 1}"},
    {"(= (frequencies [1 1 2]) {1 2 2 1})", "true"},
    {"(repeat 2 :a)", "(:a :a)"},
    {"(get-in {:a {:b 1}} [:a :b])", "1"},
    {"(assoc-in {} [:a :b] 1)", "{:a {:b 1}}"},
    {"(select-keys {:a 1 :b 2} [:a])", "{:a 1}"},
    {"(:a {:a 1})", "1"},
    {"(:a nil 2)", "2"},
    {"({:a 1} :a)", "1"},
    {"(#{1} 1)", "1"},
    {"([1 2] 1)", "2"},
    {"([1 2] 2)", "!index 2 is outside a vector of 2"},
    {"(identical? :a :a)", "true"},
    {"(persistent! (conj! (transient [1]) 2))", "[1 2]"},
    {"(= (union #{1} #{2 1}) #{1 2})", "true"},
    {"(intersection #{1 2} #{2 3})", "#{2}"},
    {"(difference #{1 2} #{2})", "#{1}"},
    {"(subset? #{1} #{1 2})", "true"},
    {"(into #{} [1 1])", "#{1}"},
    {"(into [1] '(2))", "[1 2]"},
    {"(= (into {:a 1} {:b 2}) {:a 1 :b 2})", "true"},
};

constexpr Case kText[] = {
    {"(str)", "\"\""},
    {"(str 1 nil :a \"b\" \\c [1 \"d\"])", "\"1:abc[1 \\\"d\\\"]\""},
    {"(pr-str \"a\" 1)", "\"\\\"a\\\" 1\""},
    {"(subs \"hello\" 1 3)", "\"el\""},
    {"(subs \"h\xc3\xa9llo\" 2)", "\"llo\""},
    {"(subs \"abc\" 4)", "!subs: 4 is outside a string of 3"},
    {"(split \"a,b,,\" \",\")", "[\"a\" \"b\"]"},
    {"(split-lines \"a\\nb\\r\\nc\")", "[\"a\" \"b\" \"c\"]"},
    {"(words \"It's 2 Caf\xc3\xa9s!\")", "[\"it\" \"s\" \"2\" \"caf\xc3\xa9s\"]"},
    {"(join \", \" [1 2 3])", "\"1, 2, 3\""},
    {"(upper-case \"abc\")", "\"ABC\""},
    {"(capitalize \"aBC\")", "\"Abc\""},
    {"(trim \"  a b \")", "\"a b\""},
    {"[(starts-with? \"abc\" \"ab\") (ends-with? \"abc\" \"bc\") (includes? \"abc\" \"x\")]",
     "[true true false]"},
    {"(index-of \"hello\" \"l\")", "2"},
    {"(replace \"aXbX\" \"X\" \"--\")", "\"a--b--\""},
    {"(clojure.string/join \"-\" [1 2])", "\"1-2\""},
    {"(name :a/b)", "\"b\""},
    {"(namespace :a/b)", "\"a\""},
    {"(keyword \"a\")", ":a"},
    {"(symbol \"a\" \"b\")", "a/b"},
    {"(format \"%d|%5d|%-5d|%05d\" 1 2 3 -4)", "\"1|    2|3    |-0004\""},
    {"(format \"%s %10s|%-4s|\" :a \"b\" 'c)", "\":a          b|c   |\""},
    {"(format \"%.2f %8.3f\" 1.005 -2.5)", "\"1.00   -2.500\""},
    {"(format \"%x %c %b %% %,d\" 255 \\a nil 1234567)", "\"ff a false % 1,234,567\""},
    {"(format \"%d\" 1.5)", "!format %d or %x needs an integer"},
    {"(format \"%d %d\" 1)", "!more directives than arguments"},
    {"(format \"%q\" 1)", "!%q is not supported"},
    {"(upper-case 1)", "!needs a string"},
    {"(read-string \"{:a [1 2.5 \\\"x\\\"]}\")", "{:a [1 2.5 \"x\"]}"},
    {"(read-string \"[1\")", "!read-string: "},
    {"(clojure.string/reverse \"ab\xc3\xa9\")",
     "\"\xc3\xa9"
     "ba\""},
};

constexpr Case kControl[] = {
    {"(if nil 1 2)", "2"},  // 30
    {"(if 0 :t :f)", ":t"},
    {"(if \"\" :t :f)", ":t"},
    {"(if true)", "!`if` takes"},
    {"(if false 1)", "nil"},          // 31
    {"(if false 1 false)", "false"},  // 32, corrected
    {"(if (not nil) 1 2)", "1"},
    {"(if (not (= 1 1)) 1 2)", "2"},
    {"(and)", "true"},  // 33
    {"(and 1 nil 3)", "nil"},
    {"(and false (nope))", "false"},
    {"(or)", "nil"},  // 34
    {"(or nil false 3)", "3"},
    {"(or 1 (nope))", "1"},
    {"(do)", "nil"},  // 35
    {"(do 1 2 3)", "3"},
    {"(let [x 1 x (+ x 1)] x)", "2"},  // 36
    {"(let [] 3)", "3"},
    {"(+ (let [x 1 y 2] (+ x y)) (let [z 10] z))", "13"},
    {"[(if true (let [a 1] a) 2) (if false 1 (let [b 2] b)) 3]", "[1 2 3]"},
    {"(when true 1 2)", "2"},
    {"(cond false 1 nil 2 :else 3)", "3"},
    {"(case 2 1 :a 2 :b :c)", ":b"},
    {"(loop [i 0 s 0] (if (< i 5) (recur (inc i) (+ s i)) s))", "10"},
    {"(loop [a 1 b 2] (if (= a 1) (recur b a) [a b]))", "[2 1]"},
    {"(+ 1 (loop [i 0] (if (< i 3) (recur (inc i)) i)) 10)", "14"},
    {"(loop [i 0 out []] (if (< i 3) (recur (inc i) (conj out (loop [k 0] (if (< k i) (recur (inc "
     "k)) k)))) out))",
     "[0 1 2]"},
    {"(let [f (loop [i 0 fs []] (if (< i 3) (recur (inc i) (conj fs (fn [] i))) fs))] (map (fn [g] "
     "(g)) f))",
     "(0 1 2)"},
    {"(-> 1 (+ 2) (* 3))", "9"},
    {"(->> [1 2 3] (map inc) (reduce +))", "9"},
    {"(let [[a b & r] [1 2 3 4] {:keys [k] :or {k 9}} {}] [a b r k])", "[1 2 (3 4) 9]"},
    {"(dotimes [i 3] i)", "nil"},
    {"(for [x [1 2] y [:a :b]] [x y])", "([1 :a] [1 :b] [2 :a] [2 :b])"},
    {"(let [a (atom 0)] (doseq [x [1 2 3]] (swap! a + x)) @a)", "6"},
    {"(letfn [(ev? [n] (if (= n 0) true (od? (dec n)))) (od? [n] (if (= n 0) false (ev? (dec "
     "n))))] (ev? 101))",
     "false"},
};

constexpr Case kFunctions[] = {
    {"((fn [x] (* x 2)) 21)", "42"},                                // 38
    {"(((fn [x] (fn [y] (- x y))) 10) 4)", "6"},                    // 39
    {"((fn []))", "nil"},                                           // 40
    {"((fn [x] x) 1 2 3)", "!a function takes 1 argument, got 3"},  // 41, checked here
    {"((fn [x y] y) 1)", "!a function takes 2 arguments, got 1"},   // 42, checked here
    {"((fn [a & r] r) 1 2 3)", "(2 3)"},                            // 43
    {"((fn [a & r] r) 1)", "nil"},
    {"((fn [& r] r))", "nil"},
    {"((fn [a & r] r))", "!takes at least 1 argument, got 0"},
    {"((fn [f] (f f)) (fn [g] 5))", "5"},  // 44
    {"(def x 5)", "5"},                    // 46
    {"(def x 5) x", "5"},
    {"(def x 1) (def x (+ x 1)) x", "2"},                    // 47
    {"(def f (fn [x] later)) (def later 7) (f 0)", "7"},     // 48
    {"(let [+ -] (+ 5 3))", "2"},                            // 49
    {"(def x 1) (let [x 2] x) x", "1"},                      // 50
    {"(defn f [] 1 2) (f)", "2"},                            // 51
    {"(defn f [x] (defn g [y] (+ x y)) g) ((f 2) 3)", "5"},  // 52
    {"(defn ev? [n] (if (= n 0) true (od? (- n 1)))) (defn od? [n] (if (= n 0) false (ev? (- n "
     "1)))) (ev? 1001)",
     "false"},                                                                     // 54
    {"(defn fact [n] (if (= n 0) 1 (* n (fact (- n 1))))) (fact 10)", "3628800"},  // 55
    {"(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 12)", "144"},
    {"(defn f [x] (if (= x 0) :done (f (- x 1)))) (f 50)", ":done"},
    {"(def y 42) (defn shadow [y] y) (shadow 99) y", "42"},  // 58
    {"(let [a (atom []) tag (fn [x v] (swap! a conj x) v)] ((tag :op +) (tag :a 1) (tag :b 2)) @a)",
     "[:op :a :b]"},  // 60
    {"(defn f ([] 0) ([a] [a]) ([a b & r] [a b r])) [(f) (f 1) (f 1 2) (f 1 2 3)]",
     "[0 [1] [1 2 nil] [1 2 (3)]]"},
    {"(defn f ([a] a) ([a b] (f (+ a b)))) (f 1 2)", "3"},
    {"(defn f ([a] a) ([a b] a)) (f 1 2 3)", "!f takes 1 or 2 arguments, got 3"},
    {"(let [k 10 f (fn ([a] (+ a k)) ([a b] (+ a b k)))] [(f 1) (f 1 2)])", "[11 13]"},
    {"(let [f (fn self [n] (if (= n 0) :end (self (dec n))))] (f 3))", ":end"},
    {"(let [f (fn self [n] (fn [] self))] (= f ((f 1))))", "true"},
    {"(let [a 1] ((fn [] ((fn [] ((fn [] (+ a 1))))))))", "2"},
    {"(defn f [n & r] (if (= n 0) r (recur (dec n) (conj r n)))) (f 3)", "(1 2 3)"},
    {"(apply + [1 2 3])", "6"},
    {"(apply + 1 2 [3])", "6"},
    {"(apply (fn [& r] r) 1 '(2 3))", "(1 2 3)"},
    {"(apply apply [+ [1 2]])", "3"},
    {"(let [f apply] (f f [+ [1 2]]))", "3"},
    {"(apply max (range 1000))", "999"},
    {"(apply + 1)", "!apply needs a sequence"},
    {"(apply +)", "!apply takes at least 2 arguments, got 1"},
    {"(apply (fn [a] a) [1 2])", "!takes 1 argument, got 2"},
    {"(1 2)", "!cannot call integer 1: it is not a function"},  // 29
    {"(nil)", "!cannot call nil"},
    {"(\"f\" 1)", "!cannot call string \"f\""},
    {"(undefined-name 1)", "!t.clj:1:2: unbound name: undefined-name"},  // 28
    {"(do 1\n  (+ 2 missing))", "!t.clj:2:8: unbound name: missing"},
    {"(nope (/ 1 0))", "!unbound name: nope"},
    {"(first)", "!first takes 1 argument, got 0"},
    {"(nth [1])", "!nth takes 2 to 3 arguments, got 1"},
    {"(let [f -] (f))", "!- takes at least 1 argument, got 0"},
    {"(defn f [x] (g x))\n(defn g [x]\n  (inc x))\n(f :a)",
     "!t.clj:3:3: inc needs numbers, got keyword :a"},
    {"(+ 1\n   (reduce + [1 :a]))", "!t.clj:2:4: + needs numbers, got keyword :a"},
    {"(error \"boom\" {:a 1})", "!t.clj:1:1: boom {:a 1}"},
    {"(error \"boom\")", "!boom"},
    {"(ex-message (ex-info \"m\" {:a 1}))", "\"m\""},
    {"(ex-data (ex-info \"m\" {:a 1}))", "{:a 1}"},
    {"(rand-int 5)", "!only an agent has random numbers"},
    {"(fn? (fn []))", "true"},
    {"(let [v [1 2] f (fn [x] {:v v :x x})] (= (f 3) {:v [1 2] :x 3}))", "true"},
};

constexpr Case kPrelude[] = {
    {"(map inc [1 2 3])", "(2 3 4)"},
    {"(map + [1 2] [10 20 30])", "(11 22)"},
    {"(map vector [1 2] [3 4] [5 6])", "([1 3 5] [2 4 6])"},
    {"(map inc nil)", "()"},
    {"(mapv inc '(1 2))", "[2 3]"},
    {"(map first {:a 1})", "(:a)"},
    {"(map-indexed vector [:a :b])", "([0 :a] [1 :b])"},
    {"(mapcat reverse [[1 2] [3]])", "(2 1 3)"},
    {"(filter even? (range 6))", "(0 2 4)"},
    {"(filterv odd? [1 2 3])", "[1 3]"},
    {"(remove even? [1 2 3])", "(1 3)"},
    {"(keep (fn [x] (if (> x 1) (* x x))) [1 2 3])", "(4 9)"},
    {"(reduce + [])", "0"},
    {"(reduce + [5])", "5"},
    {"(reduce conj [] '(1 2))", "[1 2]"},
    {"(reduce-kv (fn [m k v] (assoc m v k)) {} {:a 1})", "{1 :a}"},
    {"(reductions + [1 2 3])", "(1 3 6)"},
    {"(some even? [1 2])", "true"},
    {"(some #{2} [1 3])", "nil"},
    {"(every? pos? [1 2])", "true"},
    {"(take-while pos? [1 2 -1 3])", "(1 2)"},
    {"(drop-while pos? [1 -1 3])", "(-1 3)"},
    {"(partition-by odd? [1 1 2 3])", "((1 1) (2) (3))"},
    {"(= (group-by odd? [1 2 3]) {false [2] true [1 3]})", "true"},
    {"(sort [3 1 2])", "(1 2 3)"},
    {"(sort > [3 1 2])", "(3 2 1)"},
    {"(sort (fn [a b] (compare b a)) [1 3 2])", "(3 2 1)"},
    {"(sort-by count [\"ccc\" \"a\" \"bb\"])", "(\"a\" \"bb\" \"ccc\")"},
    {"(sort-by first > [[1 :a] [2 :b]])", "([2 :b] [1 :a])"},
    {"(update {:a 1} :a + 10)", "{:a 11}"},
    {"(update-in {:a {:b 1}} [:a :b] inc)", "{:a {:b 2}}"},
    {"(= (merge-with + {:a 1} {:a 2 :b 3}) {:a 3 :b 3})", "true"},
    {"((comp inc inc) 1)", "3"},
    {"((comp str inc +) 1 2)", "\"4\""},
    {"((partial + 1 2) 3)", "6"},
    {"((complement nil?) 1)", "true"},
    {"((constantly 1) 2 3)", "1"},
    {"((juxt inc dec) 5)", "[6 4]"},
    {"((fnil inc 0) nil)", "1"},
    {"(identity 1)", "1"},
    {"(max-key count [1] [1 2])", "[1 2]"},
    {"(update-vals {:a 1} inc)", "{:a 2}"},
    {"(let [a (atom 1)] (swap! a + 1 2) (reset! a (* 2 @a)) @a)", "8"},
    {"(let [a (atom 1)] [(compare-and-set! a 1 2) (compare-and-set! a 1 3) @a])", "[true false 2]"},
    {"(let [a (atom 0) f (memoize (fn [x] (swap! a inc) (* x x)))] [(f 3) (f 3) @a])", "[9 9 1]"},
    {"(let [a (atom 0)] (run! (fn [x] (swap! a + x)) [1 2]) @a)", "3"},
    {"(map :a [{:a 1} {:a 2}])", "(1 2)"},
    {"(map str (repeatedly 2 (fn [] 1)))", "(\"1\" \"1\")"},
    {"(map inc 5)", "!t.clj:1:1: vec needs a sequence"},
    {"(defn f [x]\n  (map inc x))\n(f 5)", "!t.clj:2:3"},
    {"(str (map inc 5) 1)", "!t.clj:1:6"},
    {"(def map (fn [& _] :mine)) [(map inc [1]) (mapv inc [1])]", "[:mine [2]]"},
    {"(def + -) (+ 5 3)", "2"},  // 49
    {"(def before (+ 5 3)) (def + -) [before (+ 5 3)]", "[8 2]"},
    {"(call :echo 1 2)", "[1 2]"},
    {"(+ 1 (first (call :echo 41)))", "42"},
    {"(trampoline (fn f [] (fn [] 5)))", "5"},
};

// What Clojure does otherwise, and what goes wrong.
constexpr Case kOwn[] = {
    {"(defmacro m [x] `(inc ~x))\n(m (+ 1 :a))", "!t.clj:2:4"},
    {"(defmacro m [] (error \"no\"))\n(m)", "!t.clj:2:1: the macro `m` failed: t.clj:1:16: no"},
    {"(defmacro m [a] a) (m)", "!m takes 1 argument, got 0"},
    {"(defmacro m [] (println 1)) (m)", "!it asks for an effect"},
    {"(defmacro m [] `(m)) (m)", "!goes on expanding without an end"},
    {"(defmacro m [] (loop [] (recur))) (m)", "!it runs on and on"},
    {"(defmacro m [] inc) (m)", "!no program text can spell"},
    {"(defmacro m [] (no-such-helper)) (m)", "!unbound name: no-such-helper"},
    {"(defmacro m [x] (helper x)) (defn helper [x] (* 2 x)) (m 4)", "8"},
    {"(def ten 10) (defn a [x] (+ ten x)) (defn b [x] (a x)) (defmacro m [x] (b x)) (m 4)", "14"},
    {"(defmacro m [] 1) (map m [1])", "!`m` is no function and has no value"},
    {"(defmacro m [] 1) (defn m [] 2) (m)", "2"},
    {"(defmacro m [] 1) (let [m (fn [] 3)] (m))", "3"},
    {"(defmacro when [x] [:mine x]) [(when 1) (clojure.core/when 1 2)]", "[[:mine 1] 2]"},
    {"(defmacro m [& body] (count &form)) (m 1 2)", "3"},
    {"(defmacro m [n] (if (= n 0) :done `(m ~(dec n)))) (m 50)", ":done"},
    {"(iterate inc 0)", "!iterate: sequences are made whole here"},
    {"(cycle [1])", "!cycle: sequences are made whole here"},
    {"(sorted-map-by (fn [a b] 0))", "!the order must be `compare`, `<` or `>`"},
    {"(sorted-set (fn []))", "!needs keys that have an order"},
    {"(subseq [1] < 1)", "!needs a sorted map or set"},
    {"(defmulti f identity) (f 1)", "!no method of `f` for 1"},
    {"(assert (= 1 2))", "!t.clj:1:1: assertion failed: (= 1 2)"},
    {"(assert false \"why\")", "!assertion failed: why"},
    {"((fn [x] {:pre [(pos? x)]} x) -1)", "!assertion failed: (pos? x)"},
    {"((fn [x] {:post [(pos? %)]} x) -1)", "!assertion failed: (pos? %)"},
    {"(condp = 1 2 3)", "!no clause of `condp` matches"},
    {"(derive :a :b)", "!there is no global hierarchy"},
    {"(alter-meta! [] f)", "!t.clj:1:2: `alter-meta!` is not supported"},
    {"(migrate 1)", "!t.clj:1:2: `migrate` is not needed: an agent belongs to no worker"},
    {"(map re-find [1])", "!t.clj:1:6: `re-find` needs regular expressions"},
    {"(clojure.string/nope 1)", "!unbound name: clojure.string/nope"},
    {"(replace \"aba\" \"a\" \"x\")", "\"xbx\""},
    {"(union #{1} #{1})", "#{1}"},
    {"(take 2 (map inc (range 3)))", "(1 2)"},
    {"(transduce (take 2) conj [] (range 3))", "[0 1]"},
};

// Printed text, then the value.
constexpr Case kOutput[] = {
    {"(println \"a\" 1 :b [\"c\"])", "a 1 :b [c]\n|nil"},
    {"(prn \"a\") 1", "\"a\"\n|1"},
    {"(print 1) (print 2) (yield)", "12|nil"},
    {"(doseq [x [1 2]] (println x))", "1\n2\n|nil"},
    {"(run! println [1 2])", "1\n2\n|nil"},
    {"(map println [1 2])", "1\n2\n|(nil nil)"},
    {"(apply println [1 2])", "1 2\n|nil"},
    {"(printf \"%d;\" 1) (newline) (flush)", "1;\n|nil"},
    {"(transduce (map (fn [x] (println x) x)) + [1 2])", "1\n2\n|3"},
    {"(doto 1 (println 2))", "1 2\n|1"},
    {"(some-> 1 (println) (inc))", "1\n|nil"},
    {"(take 2 (iterate (fn [x] (println x) (inc x)) 0))", "0\n|(0 1)"},
    {"(require '[clojure.walk :as w]) (w/postwalk-demo [1])", "Walked: 1\nWalked: [1]\n|[1]"},
    {"((fn [] (println 1)))", "1\n|nil"},
    {"[(println 1) (do (println 2) 3) (if (println 4) 5 (println 6))]", "1\n2\n4\n6\n|[nil 3 nil]"},
    {"(let [x (println 1)] (loop [i 0] (if (< i 2) (do (println i) (recur (inc i))) x)))",
     "1\n0\n1\n|nil"},
    {"(def a (do (println \"x\") 1)) (def b [a (def c 2)]) b", "x\n|[1 2]"},
};

}  // namespace

TEST_CASE("a bounded call draws from what has no end, item by item") { check_all(kEndless); }
TEST_CASE("metadata is seen by those who ask, and is no part of a value") { check_all(kMetadata); }
TEST_CASE("literals and collections evaluate to themselves and their elements") {
  check_all(kValues);
}
TEST_CASE("arithmetic is exact or says why not") { check_all(kNumbers); }
TEST_CASE("collections behave as Clojure's") { check_all(kCollections); }
TEST_CASE("strings are text, not bytes") { check_all(kText); }
TEST_CASE("control takes one branch, and binds in order") { check_all(kControl); }
TEST_CASE("functions, definitions, calls and their errors") { check_all(kFunctions); }
TEST_CASE("the prelude's functions") { check_all(kPrelude); }
TEST_CASE("macros, and where the language differs from Clojure") { check_all(kOwn); }
TEST_CASE("effects happen once, in order, in any position") { check_all(kOutput, true); }
