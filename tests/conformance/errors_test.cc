// Errors as values: what is thrown or goes wrong is caught, cleaned up behind, and tells where it
// arose, on every projection and moved between them at every safe point.

#include "tests/support/run_cases.h"

using namespace yin;
using tests::Case;
using tests::check_all;

namespace {

constexpr Case kCaught[] = {
    {"(try 1)", "1"},
    {"(try)", "nil"},
    {"(try 1 (catch :default e 2))", "1"},
    {"(try (throw (ex-info \"m\" {:a 1})) (catch Exception e (ex-data e)))", "{:a 1}"},
    {"(try (throw (ex-info \"m\" {})) (catch Throwable e (ex-message e)))", "\"m\""},
    {"(try (throw (ex-info \"m\" {})) (catch Error e (ex-kind e)))", ":user"},
    {"(try (throw (ex-info \"m\" {})) (catch js/Error e))", "nil"},
    {"(try (throw (ex-info \"m\" {})) (catch :default e 1 2 3))", "3"},
    {"(try (+ 1 nil) (catch :type e (ex-kind e)))", ":type"},
    {"(try ((fn [x] x)) (catch :arity e (ex-message e)))",
     "\"a function takes 1 argument, got 0\""},
    {"(try nobody (catch :unbound e (ex-message e)))", "\"unbound name: nobody\""},
    {"(try (/ 1 0) (catch :arithmetic e (ex-message e)))", "\"division by zero in /\""},
    {"(try (quot 1 0) (catch :arithmetic e :caught))", ":caught"},
    {"(try (mod 5 0) (catch :arithmetic e :caught))", ":caught"},
    {"(let [x 0] (try (rem 5 x) (catch :arithmetic e :caught)))", ":caught"},
    {"(try (nth [1] 5) (catch :index e :caught))", ":caught"},
    {"(try ([1 2] 2) (catch :index e :caught))", ":caught"},
    {"(try (subs \"abc\" 4) (catch :index e :caught))", ":caught"},
    {"(try (conj {} 1) (catch :type e :caught))", ":caught"},
    {"(try (5) (catch :type e (ex-message e)))", "\"cannot call integer 5: it is not a function\""},
    {"(try (apply + 1) (catch :type e :caught))", ":caught"},
    {"(try (apply (fn [a] a) [1 2]) (catch :arity e :caught))", ":caught"},
    {"(try (first) (catch :arity e :caught))", ":caught"},
    {"(try (< 1 :a) (catch :type e :caught))", ":caught"},
    {"(try (if (< 1 :a) 1 2) (catch :type e :caught))", ":caught"},
    {"(let [x nil] (try (if (< x 1) 1 2) (catch :type e x)))", "nil"},
    {"(let [x :a] (try (inc x) (catch :type e x)))", ":a"},
    {"(let [k :a] (try {k 1 :a 2} (catch :argument e :caught)))", ":caught"},
    {"(let [k :a] (try #{k :a} (catch :argument e :caught)))", ":caught"},
    {"(try (error \"boom\" {:a 1}) (catch :user e [(ex-message e) (ex-data e)]))",
     "[\"boom\" {:a 1}]"},
    {"(try (case 9 1 2) (catch :user e [(ex-message e) (ex-data e)]))",
     "[\"no clause of `case` matches\" 9]"},
    {"(try (map inc 5) (catch :type e :caught))", ":caught"},
    {"(try (map inc [1 :a]) (catch :type e :caught))", ":caught"},
    {"(try (call :echo 1) (catch :default e :caught))", "[1]"},
    {"(try (self nil) (catch :arity e :caught))", ":caught"},
    {"(try (spawn identity) (catch :unsupported e (ex-message e)))",
     "\"this test performs no such effect\""},
    {"(+ 1 (try (spawn identity) (catch :unsupported e 41)))", "42"},
};

constexpr Case kThrown[] = {
    {"(throw (ex-info \"boom\" {:a 1}))", "!t.clj:1:1: boom {:a 1}"},
    {"(do 1\n  (throw (ex-info \"m\" nil)))", "!t.clj:2:3: m"},
    {"(throw 5)", "!t.clj:1:1: thrown: integer 5 5"},
    {"(throw nil)", "!t.clj:1:1: thrown: nil"},
    {"(throw)", "!t.clj:1:1: `throw` takes the value to throw, got 0"},
    {"(throw 1 2)", "!`throw` takes the value to throw, got 2"},
    {"(try (throw 42) (catch :default e (ex-data e)))", "42"},
    {"(try (throw [1 2]) (catch :user e (ex-data e)))", "[1 2]"},
    {"(try (throw {:kind :mine :a 1}) (catch :mine e (:a (ex-data e))))", "1"},
    {"(try (throw \"text\") (catch :default e (ex-message e)))", "\"thrown: string \\\"text\\\"\""},
    {"(try (throw (ex-info \"m\" {:kind :mine})) (catch :mine e (ex-kind e)))", ":mine"},
    {"(ex-kind (ex-info \"m\" {:kind 5}))", ":user"},
    {"(let [e (ex-info \"m\" {:a 1})] (try (throw e) (catch :default x [(ex-message x) (ex-data x)"
     "])))",
     "[\"m\" {:a 1}]"},
    {"(throw (throw (ex-info \"inner\" nil)))", "!t.clj:1:8: inner"},
    {"(throw (/ 1 0))", "!t.clj:1:8: division by zero in /"},
    {"[1 (throw (ex-info \"m\" nil)) (println :never)]", "!t.clj:1:4: m"},
    {"(let [e (try (/ 1 0) (catch :default e e))] (ex-message e))", "\"division by zero in /\""},
    {"(ex-cause (ex-info \"m\" nil (ex-info \"why\" nil)))", "#yin/error [:user \"why\"]"},
    {"(ex-message (ex-cause (try (try (/ 1 0) (catch :default e (throw (ex-info \"m\" {} e)))) "
     "(catch :default e e))))",
     "\"division by zero in /\""},
    {"(ex-info \"m\" nil 5)", "!ex-info needs an error as the cause, got integer 5"},
    {"[(ex-message 5) (ex-data nil) (ex-kind :a) (ex-cause []) (ex-place 1) (ex-trace 2)]",
     "[nil nil nil nil nil nil]"},
    {"[(error? (ex-info \"m\" {})) (error? 5)]", "[true false]"},
    {"(ex-place (ex-info \"m\" {}))", "{}"},
    {"(let [p (try\n  (/ 1 0) (catch :default e (ex-place e)))] [(:file p) (:line p) (:column p)])",
     "[\"t.clj\" 2 3]"},
    {"(int? (:entity (try (/ 1 0) (catch :default e (ex-place e)))))", "true"},
    {"(defn f [x]\n  (/ 1 x))\n(defn g [x]\n  (inc (f x)))\n(map (fn [t] [(:function t) (:line "
     "t)]) "
     "(try (g 0) (catch :default e (ex-trace e))))",
     "([g 4] [main 5])"},
    {"(try (throw (ex-info \"m\" {})) (catch :default e (count (ex-trace e))))", "0"},
    {"(try (map inc [:a]) (catch :default e (:line (ex-place e))))", "1"},
    {"(defn deep [n] (if (= n 0) (throw (ex-info \"m\" {})) (inc (deep (dec n))))) (try (deep 200) "
     "(catch :default e (count (ex-trace e))))",
     "64"},
    {"(throw (ex-info \"a\" {:kind :k}))", "!t.clj:1:1: a {:kind :k}"},
    {"throw", "!`throw` is no function and has no value"},
    {"(let [throw 1] throw)", "1"},
};

constexpr Case kKinds[] = {
    {"(try (/ 1 0) (catch :type e 1) (catch :arithmetic e 2) (catch :default e 3))", "2"},
    {"(try (+ 1 :a) (catch :type e 1) (catch :arithmetic e 2) (catch :default e 3))", "1"},
    {"(try nobody (catch :type e 1) (catch :arithmetic e 2) (catch :default e 3))", "3"},
    {"(try (/ 1 0) (catch :type e 1))", "!t.clj:1:6: division by zero in /"},
    {"(try (try (/ 1 0) (catch :type e 1)) (catch :arithmetic e 2))", "2"},
    {"(try (try (/ 1 0) (catch :arithmetic e 1)) (catch :arithmetic e 2))", "1"},
    {"(try (/ 1 0) (catch Exception e 1) (catch :arithmetic e 2))", "1"},
    {"(try (throw (ex-info \"m\" {:a 1})) (catch ExceptionInfo e (ex-data e)))", "{:a 1}"},
    {"(try (/ 1 0) (catch clojure.lang.ExceptionInfo e 1) (catch Exception e 2))", "2"},
    {"(try (/ 1 0) (catch :arithmetic a [a]) (catch :default b b))",
     "[#yin/error [:arithmetic \"division by zero in /\"]]"},
    {"(let [e 5] (try (/ 1 0) (catch :type e 1) (catch :arithmetic x e)))", "5"},
    {"(let [error__1 7] (try (/ 1 0) (catch :type e 1) (catch :arithmetic x error__1)))", "7"},
    {"(let [ex-kind 1 = 2] (try (/ 1 0) (catch :type e 1) (catch :arithmetic e 2)))", "2"},
    {"(try 1 (catch IOException e 2))",
     "!t.clj:1:15: `catch` knows no `IOException`: there is no Java here"},
    {"(try 1 (catch 5 e 2))", "!t.clj:1:15: `catch` takes a kind of error such as :type"},
    {"(try 1 (catch :type))", "!t.clj:1:8: `catch` takes what to catch, a name"},
    {"(try 1 (catch :type 5 6))", "!t.clj:1:8: `catch` takes what to catch, a name"},
    {"(try 1 (catch :type a/b 6))", "!t.clj:1:21"},
    {"(try (catch :type e 6) 1)", "!t.clj:1:6: only `catch` and `finally` may stand behind"},
    {"(try 1 (finally 2) (catch :type e 6))", "!t.clj:1:8: `finally` must be the last thing"},
    {"(try 1 (finally 2) (finally 3))", "!t.clj:1:8: `finally` must be the last thing"},
    {"(catch :type e 1)", "!t.clj:1:2: `catch` stands only in a `try`, behind its body"},
    {"(finally 1)", "!`finally` stands only in a `try`"},
    {"(try (do (catch :type e 1)))", "!`catch` stands only in a `try`"},
    {"(loop [i 0] (try (recur 1)))", "!t.clj:1:18: `recur` cannot leave a `try`"},
    {"(loop [i 0] (try 1 (catch :default e (recur 1))))", "!`recur` cannot leave a `try`"},
    {"(loop [i 0] (try 1 (finally (recur 1))))", "!`recur` cannot leave a `try`"},
    {"(fn [i] (try (if i (recur 1) 2)))", "!`recur` cannot leave a `try`"},
    {"(loop [i 0] (try (let [x 1] (when x (recur 1))) (catch :default e 1)))",
     "!`recur` cannot leave a `try`"},
    {"(try (loop [i 0] (if (< i 3) (recur (inc i)) i)) (catch :default e 1))", "3"},
    {"(try ((fn [i] (if (< i 3) (recur (inc i)) i)) 0) (catch :default e 1))", "3"},
    {"(try (/ 1 0) (catch :default e (loop [i 0] (if (< i 3) (recur (inc i)) i))))", "3"},
    {"(try 1 (finally (loop [i 0] (if (< i 3) (recur (inc i)) i))))", "1"},
};

// Printed text, then the value.
constexpr Case kCleanups[] = {
    {"(try 1 (finally (println :done)))", ":done\n|1"},
    {"(try (/ 1 0) (finally (println :done)))", ":done\n|!t.clj:1:6: division by zero in /"},
    {"(try (/ 1 0) (catch :default e 2) (finally (println :done)))", ":done\n|2"},
    {"(try (/ 1 0) (catch :default e (throw e)) (finally (println :done)))",
     ":done\n|!t.clj:1:6: division by zero in /"},
    {"(try (/ 1 0) (catch :type e 2) (finally (println :done)))",
     ":done\n|!t.clj:1:6: division by zero in /"},
    {"(try (try 1 (finally (println :in))) (finally (println :out)))", ":in\n:out\n|1"},
    {"(try (try (/ 1 0) (finally (println :in))) (catch :default e (println :caught) 3) (finally "
     "(println :out)))",
     ":in\n:caught\n:out\n|3"},
    {"(try 1 (finally (/ 1 0)))", "|!t.clj:1:17: division by zero in /"},
    {"(try (throw (ex-info \"first\" nil)) (finally (throw (ex-info \"second\" nil))))",
     "|!t.clj:1:45: second"},
    {"(try (try (throw (ex-info \"first\" nil)) (finally (throw (ex-info \"second\" nil)))) (catch "
     ":default e (ex-message e)))",
     "|\"second\""},
    {"(try (try 1 (finally (println :a) (/ 1 0))) (catch :default e :b))", ":a\n|:b"},
    {"(try 1 (finally))", "|1"},
    {"(try (finally (println :x)))", ":x\n|nil"},
    {"(let [f (fn [x] (try (if x (/ 1 0) :ok) (catch :default e :failed) (finally (println x))))] "
     "[(f true) (f false)])",
     "true\nfalse\n|[:failed :ok]"},
    {"(let [x 1] (try (let [y 2] (/ y 0)) (catch :default e (println x)) (finally (println (+ x "
     "1)))))",
     "1\n2\n|nil"},
    {"(+ 1 (try (println :a) 2 (finally (println :b))) 3)", ":a\n:b\n|6"},
    {"(loop [i 0] (if (< i 3) (do (try (if (= i 1) (/ 1 0)) (catch :default e (println :caught i)) "
     "(finally (println :done i))) (recur (inc i))) i))",
     ":done 0\n:caught 1\n:done 1\n:done 2\n|3"},
    {"(try (doseq [i [1 2 0 3]] (println (quot 6 i))) (catch :arithmetic e (println :zero)))",
     "6\n3\n:zero\n|nil"},
    {"(def a (atom 0)) (try (swap! a inc) (/ 1 0) (catch :default e @a) (finally (swap! a + 10))) "
     "@a",
     "|11"},
    {"(try (try (/ 1 0) (finally (try (/ 2 0) (catch :default e (println :inner))))) (catch "
     ":default e (:column (ex-place e))))",
     ":inner\n|11"},
    {"(defn f [n] (try (if (= n 0) (throw (ex-info \"deep\" nil)) (f (dec n))) (finally (print "
     "n)))) "
     "(try (f 5) (catch :default e (ex-message e)))",
     "012345|\"deep\""},
    {"(try (yield) (println 1) (yield) (/ 1 0) (catch :default e (yield) :c) (finally (yield) "
     "(println 2)))",
     "1\n2\n|:c"},
};

constexpr Case kNested[] = {
    {"(try (try (/ 1 0) (catch :default e (nth [] 3))) (catch :index e :outer))", ":outer"},
    {"(try (/ 1 0) (catch :default e (try (nth [] 3) (catch :index e2 [(ex-kind e) (ex-kind "
     "e2)]))))",
     "[:arithmetic :index]"},
    {"(try (try (/ 1 0) (catch :default e (throw e))) (catch :default e (:column (ex-place e))))",
     "11"},
    {"(try (try (/ 1 0) (catch :default e (throw (ex-info \"again\" {:was (ex-kind e)})))) (catch "
     ":user e (ex-data e)))",
     "{:was :arithmetic}"},
    {"(defn f [x] (/ 1 x)) (defn g [x] (+ 1 (f x))) (try (+ 1 (g 0)) (catch :default e :caught))",
     ":caught"},
    {"(defn f [x] (try (/ 1 x) (catch :default e (fn [] (ex-kind e))))) ((f 0))", ":arithmetic"},
    {"(defn f [x] (let [y (inc x)] (try (/ y 0) (catch :default e (fn [z] [x y z (ex-kind e)]))))) "
     "((f 1) 3)",
     "[1 2 3 :arithmetic]"},
    {"((try (fn [] (/ 1 0)) (catch :default e (fn [] :not-here))))",
     "!t.clj:1:14: division by zero in /"},
    {"(map (fn [x] (try (quot 6 x) (catch :arithmetic e :inf))) [1 0 3])", "(6 :inf 2)"},
    {"(loop [i 0 out []] (if (< i 4) (recur (inc i) (conj out (try (nth [:a :b] i) (catch :index e "
     "i)))) out))",
     "[:a :b 2 3]"},
    {"[(try (/ 1 0) (catch :default e 1)) (try 2 (catch :default e 3)) (try (/ 4 0) (catch "
     ":default "
     "e (try (/ 5 0) (catch :default e 6))))]",
     "[1 2 6]"},
    {"(let [a 1 b (try (let [c 2] (throw (ex-info \"m\" {:c c}))) (catch :default e (:c (ex-data "
     "e)))) d 4] [a b d])",
     "[1 2 4]"},
    {"(let [a 1] (let [b (try (let [x 7 y (/ x 0)] y) (catch :default e a))] [a b]))", "[1 1]"},
    {"(let [f (fn self [n] (if (= n 0) (/ 1 0) (try (self (dec n)) (catch :type e :no))))] (try (f "
     "20) (catch :arithmetic e :yes)))",
     ":yes"},
    {"(let [f (fn self [n] (try (if (= n 0) (/ 1 0) (self (dec n))) (catch :default e (throw "
     "e))))] "
     "(try (f 20) (catch :arithmetic e (:column (ex-place e)))))",
     "39"},
    {"(defn safe [f & xs] (try (apply f xs) (catch :default e (ex-kind e)))) [(safe / 4 2) (safe / "
     "1 "
     "0) (safe nth [] 1) (safe nil) (safe inc :a)]",
     "[2 :arithmetic :index :type :type]"},
    {"(reduce (fn [n x] (try (+ n x) (catch :type e n))) 0 [1 :a 2 nil 3])", "6"},
    {"(try (reduce (fn [n x] (if (> n 3) (throw {:kind :stop :n n}) (+ n x))) 0 [1 2 3 4]) (catch "
     ":stop e (:n (ex-data e))))",
     "6"},
    {"(let [x (atom [])] (try (swap! x (fn [v] (/ 1 0))) (catch :default e :kept)) @x)", "[]"},
    {"(if (try false (catch :default e true)) 1 2)", "2"},
    {"(if (try (/ 1 0) (catch :default e true)) 1 2)", "1"},
    {"{(try (/ 1 0) (catch :default e :k)) (try 1 (finally 2))}", "{:k 1}"},
    {"(def v (try (/ 1 0) (catch :default e 5))) v", "5"},
    {"(try (def w 1) (/ 1 0) (catch :default e w))", "1"},
    {"(try (do (def w2 1) w2) (finally (def w3 2)))", "1"},
    {"((fn [a b & r] (try (apply + a b r) (catch :type e [a b r]))) 1 2 :x)", "[1 2 (:x)]"},
    {"(let [f (fn [x] (try x (catch :default e 1)))] (f (try (/ 1 0) (catch :default e 9))))", "9"},
    {"(defn f [x] (try (g x) (catch :unbound e :later))) (def before (f 1)) (defn g [x] x) [before "
     "(f 1)]",
     "[:later 1]"},
    {"(let [e (try (/ 1 0) (catch :default e e))] (try (throw e) (catch :default x (= e x))))",
     "true"},
    {"(try (let [[a b] 5] a) (catch :type e :caught))", ":caught"},
    {"(for [x [1 0 2]] (try (quot 2 x) (catch :default e nil)))", "(2 nil 1)"},
    {"(let [f (fn [n] (loop [i n] (if (= i 0) (throw {:kind :found :n n}) (recur (dec i)))))] (try "
     "(f 50) (catch :found e (:n (ex-data e)))))",
     "50"},
    {"(try (try (throw 1) (catch :a e 1) (catch :b e 2) (finally 3)) (catch :user e [(ex-data "
     "e)]))",
     "[1]"},
    {"(letfn [(a [n] (if (= n 0) (throw {:kind :z}) (b (dec n)))) (b [n] (try (a n) (catch :q e "
     "1)))] "
     "(try (a 30) (catch :z e :z)))",
     ":z"},
};

// As deep as 1e5 frames; not with a fuel of one, which saves them all each time.
constexpr Case kDeep[] = {
    {"(let [f (fn self [n] (if (= n 0) (/ 1 0) (+ 1 (self (dec n)))))] (try (f 100000) (catch "
     ":arithmetic e :unwound)))",
     ":unwound"},
    {"(let [f (fn self [n] (if (= n 0) (/ 1 0) (try (inc (self (dec n))) (finally nil))))] (try (f "
     "100000) (catch :arithmetic e (:column (ex-place e)))))",
     "34"},
    {"(let [f (fn self [n] (if (= n 0) 0 (try (inc (self (dec n))) (finally nil))))] (f 100000))",
     "100000"},
    {"(let [f (fn self [n] (try (if (= n 0) (/ 1 0) (self (dec n))) (catch :default e (if (< n "
     "50000) (throw e) n))))] (f 100000))",
     "50000"},
    {"(loop [i 0 n 0] (if (< i 100000) (recur (inc i) (try (if (even? i) (throw i) n) (catch "
     ":default e (inc n)))) n))",
     "50000"},
};

}  // namespace

TEST_CASE("what goes wrong in a try is caught, whatever it is") { check_all(kCaught); }
TEST_CASE("anything can be thrown, and tells what it was and where") { check_all(kThrown); }
TEST_CASE("catch clauses are taken by kind, in order, and refused where they mean nothing") {
  check_all(kKinds);
}
TEST_CASE("a cleanup runs once on every way out") { check_all(kCleanups, true); }
TEST_CASE("tries nest, in functions, loops, handlers and closures") { check_all(kNested); }

TEST_CASE("an error unwinds as deep as programs go") {
  for (const Case& c : kDeep) {
    for (const auto p : vm::kProjections) {
      for (const std::uint64_t fuel : {std::uint64_t{1} << 40, std::uint64_t{9999}}) {
        INFO(c.text << " on " << static_cast<int>(p) << " with fuel " << fuel);
        tests::ProgramRunner runner;
        CHECK(runner.run(c.text, {.projections = {p}, .fuel = fuel}).value == c.expected);
      }
    }
  }
}
