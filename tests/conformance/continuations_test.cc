// Continuations as values: captured, called once, often or never, kept, delimited, forked, on every
// projection and moved between them at every safe point.

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_cases.h"

using namespace yin;
using tests::Case;
using tests::check_all;

namespace {

constexpr Case kWhole[] = {
    {"(call/cc (fn [k] 1))", "1"},
    {"(call/cc (fn [k] (k 1)))", "1"},
    {"(+ 1 (call/cc (fn [k] (k 41))))", "42"},
    {"(+ 1 (call/cc (fn [k] (+ 100 (k 41)))))", "42"},
    {"(+ 1 (call/cc (fn [k] (do (k 1) (error \"never\")))))", "2"},
    {"[1 (call/cc (fn [k] [2 (k 3)])) 4]", "[1 3 4]"},
    {"(defn f [k] (k 5) 6) [(call/cc f)]", "[5]"},
    {"(call/cc call/cc)", "#yin/continuation nil"},
    {"(fn? (call/cc identity))", "true"},
    {"(ifn? (call/cc identity))", "true"},
    {"(let [k (call/cc identity)] (if (fn? k) (k 5) [k]))", "[5]"},
    {"(let [k (call/cc (fn [k] k))] (= k k))", "true"},
    {"((call/cc (fn [k] k)) (fn [x] :done))", ":done"},
    {"(call/cc 5)", "!t.clj:1:1: cannot call integer 5"},
    {"(call/cc)", "!t.clj:1:1: call/cc takes 1 argument, got 0"},
    {"(call/cc (fn [] 1))", "!t.clj:1:1: a function takes 0 arguments, got 1"},
    {"(call/cc (fn [k] (k)))", "!t.clj:1:18: a continuation takes 1 argument, got 0"},
    {"(call/cc (fn [k] (k 1 2)))", "!t.clj:1:18: a continuation takes 1 argument, got 2"},
    {"(try (call/cc (fn [k] (k))) (catch :arity e :caught))", ":caught"},
    {"(apply call/cc [(fn [k] (apply k [7]))])", "7"},
    {"(map (fn [x] (call/cc (fn [k] (if (odd? x) (k :odd) x)))) [1 2 3])", "(:odd 2 :odd)"},
    {"(call/cc (fn [k] (map (fn [x] (if (= x 2) (k x) x)) [1 2 3])))", "2"},
    {"(call/cc (fn [k] (run! k [7 8 9])))", "7"},
    {"(call/cc (fn [out] (loop [i 0] (if (= i 10) (out i) (recur (inc i))))))", "10"},
    {"(defn find-first [f xs] (call/cc (fn [return] (doseq [x xs] (when (f x) (return x))) nil))) "
     "[(find-first even? [1 3 4 6]) (find-first even? [1])]",
     "[4 nil]"},
    {"(resume (call/cc identity) 1)", "!resume needs an agent"},
    {"(let [k (call/cc identity)] (if (fn? k) (resume k 3) k))", "3"},
    {"(let [k (call/cc identity)] (if (fn? k) (resume k) [k]))", "[nil]"},
    {"(+ 1 (call/cc (fn [k] (let [r resume] (r k 4)))))", "5"},
    // Often: what the frames hold is as it was.
    {"(let [n (atom 0) k (call/cc identity)] (swap! n inc) (if (< @n 4) (k k) @n))", "4"},
    {"(let [n (atom 0) x 10 y (call/cc (fn [k] [0 k])) [i k] y] (swap! n + x i) (if (< i 3) (k "
     "[(inc "
     "i) k]) @n))",
     "46"},
    {"(let [n (atom 0)] (loop [i 0 k nil out []] (if (< i 3) (let [[v c] (call/cc (fn [c] [i c]))] "
     "(recur (inc i) c (conj out v))) (if (< (swap! n inc) 3) (k [(* 10 @n) k]) out))))",
     "[0 1 20]"},
    {"(def k nil) (def a (atom 0)) (def x [1 (call/cc (fn [c] (def k c) 2)) 3]) (swap! a inc) (if "
     "(< "
     "@a 3) (k @a) [x @a])",
     "[[1 2 3] 3]"},
    // Kept in an atom and called from elsewhere.
    {"(let [a (atom nil) n (atom 0) r (+ 100 (call/cc (fn [k] (reset! a k) 1)))] (swap! n inc) (if "
     "(= @n 1) (@a 5) [r @n]))",
     "[105 2]"},
    {"(let [a (atom nil) f (fn [x] [x (call/cc (fn [k] (reset! a k) :first))]) r (f 1)] (if (= "
     "(nth "
     "r 1) :first) (@a :second) r))",
     "[1 :second]"},
    {"(call :echo (call/cc (fn [k] (k 1))))", "[1]"},
    {"(+ 1 (call/cc (fn [k] (call :echo 1) (k 1) 5)))", "2"},
    {"(let [k (call/cc identity)] (if (fn? k) (nth (call :echo (k 1)) 0) [k]))", "[1]"},
    // Deep ones.
    {"(let [f (fn self [n k] (if (= n 0) (k :out) (inc (self (dec n) k))))] (call/cc (fn [k] (f "
     "500 "
     "k))))",
     ":out"},
    {"(let [f (fn self [n] (if (= n 0) (call/cc (fn [k] (k 0))) (inc (self (dec n)))))] (f 300))",
     "300"},
    {"(let [f (fn self [n] (if (= n 0) 0 (inc (call/cc (fn [k] (self (dec n)))))))] (f 100))",
     "100"},
    {"(def x (call/cc (fn [k] (k 5)))) x", "5"},
    {"(if (call/cc (fn [k] (k false))) 1 2)", "2"},
    {"(letfn [(a [k n] (if (= n 0) (k n) (b k (dec n)))) (b [k n] (a k n))] (call/cc (fn [k] (a k "
     "50))))",
     "0"},
};

constexpr Case kWithErrors[] = {
    {"(call/cc (fn [k] (try (k 1) (catch :default e 2))))", "1"},
    {"(try (call/cc (fn [k] (/ 1 0))) (catch :arithmetic e :caught))", ":caught"},
    {"(let [r (try [(call/cc identity)] (catch :default e :caught))] (if (= r :caught) r ((first "
     "r) "
     "(fn [] 1))))",
     "!a function takes 0 arguments, got 1"},
    // A try is entered again through its continuation: its handler is there again.
    {"(let [a (atom nil) n (atom 0) r (try (let [x (call/cc (fn [k] (reset! a k) 1))] (/ 10 x)) "
     "(catch :arithmetic e :inf))] (swap! n inc) (if (= @n 1) (@a 0) [r @n]))",
     "[:inf 2]"},
    {"(let [a (atom nil) n (atom 0)]\n (try (let [x (call/cc (fn [k] (reset! a k) 2))]\n  (quot 8 "
     "x))\n (catch :type e 1))\n (swap! n inc)\n (if (= @n 1) (@a 0) :end))",
     "!t.clj:3:3: division by zero in quot"},
    {"(defn f [x]\n  (let [y (call/cc (fn [k] [k x]))]\n    (if (vector? y) y (+ y x))))\n(let [[k "
     "v] (f 1)]\n  (k :bad))",
     "!t.clj:3:23: + needs numbers, got keyword :bad"},
    {"(try (throw (call/cc (fn [k] (k {:kind :q})))) (catch :q e 1))", "1"},
    {"(let [k (call/cc identity)] (try (if (fn? k) (k 0) (/ 1 k)) (catch :arithmetic e :inf)))",
     ":inf"},
    {"(defn gen [] (try (reset (+ 1 (shift k (k (/ 1 0))))) (catch :arithmetic e :caught))) (gen)",
     ":caught"},
    {"(reset (try (+ 1 (shift k (k :x))) (catch :type e :inside)))", ":inside"},
    {"(try (reset (+ 1 (shift k (throw 5)))) (catch :user e (ex-data e)))", "5"},
    {"(reset (try (shift k (throw 5)) (catch :user e :not-here)))", "!thrown: integer 5"},
    {"(let [k (reset (try (+ 1 (shift k k)) (catch :type e :type)))] [(k 1) (k :a) (k 2)])",
     "[2 :type 3]"},
};

// Printed text, then the value: an escape runs no cleanup, a way in and out again runs it again.
constexpr Case kWithCleanups[] = {
    {"(call/cc (fn [k] (try (k 1) (finally (println :cleanup)))))", "|1"},
    {"(call/cc (fn [k] (try 1 (finally (println :cleanup)))))", ":cleanup\n|1"},
    {"(try (call/cc (fn [k] (k 1))) (finally (println :cleanup)))", ":cleanup\n|1"},
    {"(let [n (atom 0) k (try (call/cc identity) (finally (println :cleanup)))] (swap! n inc) (if "
     "(< "
     "@n 3) (k k) @n))",
     ":cleanup\n:cleanup\n:cleanup\n|3"},
    {"(reset (try (shift k (k 1) (k 2)) (finally (println :cleanup))))", ":cleanup\n:cleanup\n|2"},
    {"(try 1 (finally (call/cc (fn [k] (println :a) (k 1) (println :b)))))", ":a\n|1"},
    {"(call/cc (fn [k] (try 1 (finally (k 2)))))", "|2"},
    {"(call/cc (fn [k] (try (/ 1 0) (finally (k 2)))))", "|2"},
};

constexpr Case kDelimited[] = {
    {"(reset 1)", "1"},
    {"(reset)", "nil"},
    {"(reset 1 2)", "2"},
    {"(reset (shift k 1))", "1"},
    {"(+ 1 (reset (+ 10 (shift k 100))))", "101"},
    {"(+ 1 (reset (+ 10 (shift k (k 100)))))", "111"},
    {"(reset (+ 10 (shift k (+ (k 1) (k 2)))))", "23"},
    {"(reset (* 2 (shift k (k (k 3)))))", "12"},
    {"(let [k (reset (+ 1 (shift k k)))] [(k 1) (k 2) (k (k 3))])", "[2 3 5]"},
    {"(reset [1 (shift k [:a (k 2)]) 3])", "[:a [1 2 3]]"},
    {"(reset (let [x (shift k (map k [1 2 3]))] (* x x)))", "(1 4 9)"},
    {"(reset (let [x (shift k (mapcat k [1 2 3])) y (shift k (mapcat k [:a :b]))] [[x y]]))",
     "([1 :a] [1 :b] [2 :a] [2 :b] [3 :a] [3 :b])"},
    {"(reset (+ (shift k (k 1)) (shift k (k 2))))", "3"},
    {"(reset (+ (shift a (+ 100 (a 1))) (shift b (+ 1000 (b 2)))))", "1103"},
    {"(reset (+ 1 (reset (+ 10 (shift k 5)))))", "6"},
    {"(reset (+ 1 (reset (+ 10 (shift k (shift j (j (k 5))))))))", "16"},
    {"(reset (+ 1 (reset (+ 10 (shift k (shift j 7))))))", "8"},
    {"(defn f [] (shift k (k (k 1)))) (reset (* 3 (f)))", "9"},
    {"(defn f [x] (+ x (shift k (k (k x))))) (reset (f 2))", "6"},
    {"(map (fn [x] (reset (if (odd? x) (shift k :odd) x))) [1 2])", "(:odd 2)"},
    {"(reset (map (fn [x] (if (= x 2) (shift k x) x)) [1 2 3]))", "2"},
    {"(reset (map (fn [x] (shift k [x (k x)])) [1 2]))", "[1 [2 (1 2)]]"},
    {"(shift k 1)", "!t.clj:1:1: shift stands in no reset"},
    {"(let [k (reset (+ 1 (shift k k)))] (k (shift j 1)))", "!shift stands in no reset"},
    {"(try (shift k 1) (catch :argument e :caught))", ":caught"},
    {"(shift)", "!t.clj:1:1: `shift` takes a name for the continuation and forms"},
    {"(shift 5 6)", "!`shift` takes a name for the continuation and forms"},
    {"(reset (shift k))", "nil"},
    {"(reset (call-with-shift identity))", "#yin/continuation nil"},
    {"(reset (call-with-shift inc))", "!call-with-shift needs a function of one argument"},
    {"(reset (call-with-shift (fn [a b] a)))", "!a function takes 2 arguments, got 1"},
    {"(reset (call-with-shift (fn [& ks] (count ks))))", "1"},
    {"(call-with-prompt (fn [] (+ 1 (call-with-shift (fn [k] (k 1))))))", "2"},
    {"(let [p call-with-prompt s call-with-shift] (p (fn [] (+ 1 (s (fn [k] (k (k 1))))))))", "3"},
    {"(defn reset [x] [:mine x]) (reset 5)", "[:mine 5]"},
    {"(let [shift (fn [a] a)] (shift 5))", "5"},
    {"(reset (+ 1 (apply (shift k (k +)) [1 2])))", "4"},
    {"(let [k (reset (loop [i 0 n 0] (if (< i 3) (recur (inc i) (+ n (shift k k))) n)))] (((k 1) "
     "2) "
     "3))",
     "6"},
    // The value in a state: a function of it.
    {"(defn get-state [] (shift k (fn [s] ((k s) s)))) (defn put-state [v] (shift k (fn [s] ((k "
     "nil) "
     "v)))) ((reset (let [a (get-state)] (put-state (* a 2)) (let [b (get-state)] (fn [s] [a b "
     "s])))) "
     "21)",
     "[21 42 42]"},
    {"(call/cc (fn [out] (reset (+ 1 (shift k (out (k 5)))))))", "6"},
    {"(reset (+ 1 (call/cc (fn [k] (shift j (j (j 1)))))))", "3"},
    {"(let [c (atom nil) n (atom 0) r (reset (+ 1 (call/cc (fn [k] (reset! c k) 1))))] (swap! n "
     "inc) "
     "(if (= @n 1) (@c 10) [r @n]))",
     "[11 2]"},
    {"(reset (yield) (+ 1 (shift k (do (yield) (k (do (yield) 1))))))", "2"},
};

// Generators, coroutines, backtracking: what continuations are for.
constexpr Case kPatterns[] = {
    // A generator gives an item and how to go on.
    {"(defn give [x] (shift k [x k])) (defn each [xs] (reset (doseq [x xs] (give x)) nil)) (defn "
     "all "
     "[g] (loop [g g out []] (if g (let [[x k] g] (recur (k nil) (conj out x))) out))) (all (each "
     "[1 2 "
     "3]))",
     "[1 2 3]"},
    {"(defn give [x] (shift k [x k])) (defn walk [t] (when t (let [[l x r] t] (walk l) (give x) "
     "(walk "
     "r)))) (defn items [t] (loop [g (reset (walk t) nil) out []] (if g (recur ((nth g 1) nil) "
     "(conj "
     "out (nth g 0))) out))) (items [[nil 1 nil] 2 [[nil 3 nil] 4 nil]])",
     "[1 2 3 4]"},
    // The same fringe: two generators, in turn, as far as they agree.
    {"(defn give [x] (shift k [x k])) (defn walk [t] (if (vector? t) (run! walk t) (give t))) "
     "(defn "
     "start [t] (reset (walk t) nil)) (defn same? [a b] (loop [a (start a) b (start b)] (cond (and "
     "(nil? a) (nil? b)) true (or (nil? a) (nil? b)) false (= (first a) (first b)) (recur ((nth a "
     "1) "
     "nil) ((nth b 1) nil)) :else false))) [(same? [1 [2 3]] [[1 2] 3]) (same? [1 2] [1 3]) (same? "
     "[1] "
     "[1 2])]",
     "[true false false]"},
    {"(defn give [x] (shift k [x k])) (defn from [n] (reset (loop [i n] (give i) (recur (inc "
     "i))))) "
     "(loop [g (from 5) out [] n 4] (if (= n 0) out (recur ((nth g 1) nil) (conj out (nth g 0)) "
     "(dec "
     "n))))",
     "[5 6 7 8]"},
    // A consumer is given values from outside.
    {"(defn take! [] (shift k k)) (let [k (reset (let [a (take!) b (take!) c (take!)] [a b c]))] "
     "(((k "
     "1) 2) 3))",
     "[1 2 3]"},
    // Coroutines: two that take turns, round robin, until both are done.
    {"(def log (atom [])) (defn pause [] (shift k k)) (defn job [name n] (fn [_] (reset (loop [i "
     "0] "
     "(when (< i n) (swap! log conj [name i]) (pause) (recur (inc i)))) nil))) (loop [jobs [(job "
     ":a 2) "
     "(job :b 3)]] (when (seq jobs) (let [k ((first jobs) nil)] (recur (if k (conj (subvec jobs 1) "
     "k) "
     "(subvec jobs 1)))))) @log",
     "[[:a 0] [:b 0] [:a 1] [:b 1] [:b 2]]"},
    // With whole continuations: each side calls the other's.
    {"(let [log (atom []) other (atom nil) turn (fn [x] (swap! log conj x) (call/cc (fn [here] "
     "(let "
     "[there @other] (reset! other here) (there nil)))))] (call/cc (fn [done] (reset! other (fn "
     "[_] "
     "(turn :b1) (turn :b2) (done nil))) (turn :a1) (turn :a2) (turn :a3))) @log)",
     "[:a1 :b1 :a2 :b2 :a3]"},
    // Backtracking by whole continuations, on a list of ways to go on.
    {"(def ways (atom ())) (defn fail [] (let [w @ways] (if (empty? w) :none (do (reset! ways "
     "(rest "
     "w)) ((first w)))))) (defn choose [xs] (call/cc (fn [k] (doseq [x (reverse xs)] (swap! ways "
     "conj "
     "(fn [] (k x)))) (fail)))) (let [a (choose [1 2 3 4]) b (choose [1 2 3 4])] (if (and (= (+ a "
     "b) 7) "
     "(< b a)) [a b] (fail)))",
     "[4 3]"},
    {"(def ways (atom ())) (defn fail [] (let [w @ways] (if (empty? w) :none (do (reset! ways "
     "(rest "
     "w)) ((first w)))))) (defn choose [xs] (call/cc (fn [k] (doseq [x (reverse xs)] (swap! ways "
     "conj "
     "(fn [] (k x)))) (fail)))) (let [a (choose [1 2])] (if (= a 3) a (fail)))",
     ":none"},
    {"(defn amb [xs] (shift k (mapcat k xs))) (defn must [x] (when-not x (shift k ()))) (reset "
     "(let [a "
     "(amb (range 1 12)) b (amb (range a 12)) c (amb (range b 12))] (must (= (+ (* a a) (* b b)) "
     "(* c "
     "c))) [[a b c]]))",
     "([3 4 5] [6 8 10])"},
    {"(defn amb [xs] (shift k (mapcat k xs))) (defn must [x] (when-not x (shift k ()))) (defn "
     "safe? [q "
     "qs] (every? (fn [i] (let [p (nth qs i) d (- (count qs) i)] (not (or (= p q) (= d (abs (- p "
     "q))))))) (range (count qs)))) (first (reset (loop [qs []] (if (= (count qs) 5) [qs] (let [q "
     "(amb "
     "(range 5))] (must (safe? q qs)) (recur (conj qs q)))))))",
     "[0 2 4 1 3]"},
    // An exception of one's own, that can go on where it was raised.
    {"(defn ask [x] (shift k [:ask x k])) (let [[_ x k] (reset (let [a (ask :a) b (* 2 a)] [:done "
     "b "
     "nil]))] [x (nth (k 21) 1)])",
     "[:a 42]"},
    // A loop through delimited continuations does not grow.
    {"(defn pause [] (shift k k)) (loop [k (reset (loop [i 0] (pause) (if (< i 300) (recur (inc "
     "i)) "
     "nil))) n 0] (if k (recur (k nil) (inc n)) n))",
     "301"},
    {"(reset (loop [i 0 n 0] (if (< i 300) (recur (inc i) (+ n (shift k (k 1)))) n)))", "300"},
};

}  // namespace

TEST_CASE("a continuation is a function that goes on elsewhere, as often as it is called") {
  check_all(kWhole);
}
TEST_CASE("errors in what goes on are raised and caught there") { check_all(kWithErrors); }
TEST_CASE("an escape runs no cleanup, and coming back runs it again") {
  check_all(kWithCleanups, true);
}
TEST_CASE("a delimited continuation ends at its reset") { check_all(kDelimited); }
TEST_CASE("generators, coroutines and backtracking are written with continuations") {
  check_all(kPatterns);
}

TEST_CASE("continuations of any depth and number take the memory of their frames") {
  constexpr Case kDeep[] = {
      {"(let [f (fn self [n k] (if (= n 0) (k :out) (inc (self (dec n) k))))] (call/cc (fn [k] (f "
       "100000 k))))",
       ":out"},
      {"(let [f (fn self [n] (if (= n 0) (shift k (+ (k 0) (k 1))) (inc (self (dec n)))))] (reset "
       "(f "
       "20000)))",
       "40001"},
      {"(let [a (atom nil) n (atom 0) r (loop [i 0] (if (< i 100000) (do (call/cc (fn [k] k)) "
       "(recur "
       "(inc i))) i))] r)",
       "100000"},
      {"(reset (loop [i 0 n 0] (if (< i 50000) (recur (inc i) (+ n (shift k (k 1)))) n)))",
       "50000"},
      {"(let [k (call/cc (fn [k] [k 0])) [c n] k] (if (< n 100000) (c [c (inc n)]) n))", "100000"},
  };
  for (const Case& c : kDeep) {
    for (const auto p : vm::kProjections) {
      INFO(c.text << " on " << vm::projection_name(p));
      tests::ProgramRunner runner;
      const auto result = runner.run(c.text, {.projections = {p}, .fuel = 100000});
      CHECK(result.value == c.expected);
    }
  }
}

TEST_CASE("a call of a continuation takes fuel, so that no program runs for ever in one step") {
  for (const auto p : vm::kProjections) {
    INFO(vm::projection_name(p));
    tests::ProgramRunner runner;
    const auto result = runner.run("(let [k (call/cc identity)] (k k))",
                                   {.projections = {p}, .fuel = 100, .steps_max = 5});
    CHECK(result.value == "!gave up");
    CHECK(result.fuel_used == 500);
  }
}
