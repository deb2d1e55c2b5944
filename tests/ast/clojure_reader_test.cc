// What Clojure text becomes, what is refused and with which words, and that no text crashes the
// reader.

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "ast/module.h"
#include "ast/reader.h"
#include "ast/schema.h"
#include "tests/support/show_program.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

namespace {

struct Case {
  std::string_view text;
  std::string_view expected;
};

struct ClojureTest : tests::TestDomain {
  Pin pin{*worker};
  Edit edit = Edit::in_nursery(pin);

  substrate::StatusOr<Word> read(std::string_view text) {
    return ast::read_clojure(edit, text, "a.clj");
  }
  // The program's forms, or the error.
  std::string shape(std::string_view text) {
    auto program = read(text);
    return program.ok() ? tests::ProgramText(pin, *program).forms() : program.status().message();
  }
  void check_shapes(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
      INFO(c.text);
      CHECK(shape(c.text) == c.expected);
    }
  }
  // Expected begins at the line: "3:7: what is wrong".
  void check_errors(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
      INFO(c.text);
      auto program = read(c.text);
      if (program.ok()) {
        FAIL_CHECK("read as " << tests::ProgramText(pin, *program).forms());
        continue;
      }
      CHECK(program.status().code() == substrate::StatusCode::kInvalidArgument);
      CHECK(program.status().message() == "a.clj:" + std::string(c.expected));
    }
  }
  std::uint64_t hash(std::string_view text) {
    auto program = read(text);
    INFO(program.status().message());
    REQUIRE(program.ok());
    return ast::content_hash(pin, *program);
  }
  // Line and column of the entity with this type, the n-th of them.
  std::string place(Word program, std::string_view type, int nth = 0) const {
    for (std::uint32_t id = 16;; ++id) {
      if (ast::entity(pin, program, id).empty()) return "none";
      if (get(program, id, ast::attribute::kType) != substrate::keyword(pin, type)) continue;
      if (nth-- > 0) continue;
      return std::to_string(substrate::small_int(get(program, id, ast::attribute::kLine))) + ":" +
             std::to_string(substrate::small_int(get(program, id, ast::attribute::kColumn)));
    }
  }
  [[nodiscard]] Word get(Word program, std::uint32_t id, std::string_view attribute) const {
    return ast::attribute_of(pin, program, id, substrate::keyword(pin, attribute));
  }
};

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (; times > 0; --times) all += text;
  return all;
}

}  // namespace

// ---------------------------------------------------------------------------------------- literals

TEST_CASE_METHOD(ClojureTest, "literals of every kind are literals") {
  check_shapes({
      {"nil true false", "nil true false"},
      {"0 7 -7 +7 0x1f -0X10 017 2r1010 36rZz 00", "0 7 -7 7 31 -16 15 10 1295 0"},
      {"9223372036854775807 -9223372036854775808", "9223372036854775807 -9223372036854775808"},
      {"9223372036854775808 -9223372036854775809 12N 010N 0xffffffffffffffffff 36rzzzzzzzzzzzzzz",
       "9223372036854775808N -9223372036854775809N 12 8 4722366482869645213695N "
       "6140942214464815497215N"},
      {"1/2 -6/4 8/4 18446744073709551616/2", "1/2 -3/2 2 9223372036854775808N"},
      {"1.5 -1.5 +2.0 1. 1e3 1E-3 00.5 -0.0", "1.5 -1.5 2.0 1.0 1000.0 0.001 0.5 -0.0"},
      {"##Inf ##-Inf ##NaN", "##Inf ##-Inf ##NaN"},
      {R"("" "short" "longer than a word" "a\tb\"\\\u03bb\101")",
       R"("" "short" "longer than a word" "a\tb\"\\λA")"},
      {"\"two\nlines\"", R"("two\nlines")"},
      {R"("\ud83d\ude00")", "\"😀\""},
      {R"(\a \( \\ \, \newline \space \tab \return \u03bb \o101 \λ)",
       R"(\a \( \\ \, \newline \space \tab \return \λ \A \λ)"},
      {"(\\a\\b)", "(\\a \\b)"},
      {":a :a/b :a.b/c-d :+ :1 :a:b :/", ":a :a/b :a.b/c-d :+ :1 :a:b :/"},
      {"()", "'()"},
  });
}

TEST_CASE_METHOD(ClojureTest, "names are variables") {
  check_shapes({
      {"a a.b/c + - / x' *x* <= a1 +a -a ... λ ns// a# %",
       "a a.b/c + - / x' *x* <= a1 +a -a ... λ ns// a# %"},
  });
}

TEST_CASE_METHOD(ClojureTest, "blanks, comments and #_ stand for nothing") {
  check_shapes({
      {"", "nil"},
      {" ,\t\r\n", "nil"},
      {"; only a comment", "nil"},
      {"#!/usr/bin/env yin\n1", "1"},
      {"\xef\xbb\xbf"
       "1",
       "1"},
      {"1 ; one\n2;two", "1 2"},
      {"[x #_y z #_(a b)]", "(:vector x z)"},
      {"#_ #_ a b c", "c"},
      {"'#_a b", "'b"},
      {"#_#{} {x #_1 y}", "(:map x y)"},
  });
}

TEST_CASE_METHOD(ClojureTest,
                 "collections of constants are literals, others evaluate their items") {
  check_shapes({
      {"[] {} #{}", "'[] '{} '#{}"},
      {"[1 [:a \"s\"] ()]", "'[1 [:a \"s\"] ()]"},
      {"{:a 1}", "'{:a 1}"},
      {"[1 x]", "(:vector 1 x)"},
      {"[[1 2] [x]]", "(:vector '[1 2] (:vector x))"},
      {"{:a x, y 2}", "(:map :a x y 2)"},
      {"#{x 1}", "(:set x 1)"},
      {"{[1] {:a 1} [2] x}", "(:map '[1] '{:a 1} '[2] x)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "quote gives the form as data") {
  check_shapes({
      {"'a (quote a)", "'a 'a"},
      {"'(a 1 [b #{c}] {d e})", "'(a 1 [b #{c}] {d e})"},
      {"''a", "'(quote a)"},
      {"'@a", "'(clojure.core/deref a)"},
      {"'nil '1 ':a '()", "nil 1 :a '()"},
      {"'(if let nonsense",
       "a.clj:1:18: the text ends inside the list opened at 1:2; add the missing `)`"},
      {"(f 'x)", "(f 'x)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "calls evaluate the operator, then the operands") {
  check_shapes({
      {"(f)", "(f)"},
      {"(f a 1)", "(f a 1)"},
      {"((f a) b)", "((f a) b)"},
      {"(:key m)", "(:key m)"},
      {"({:a 1} k)", "('{:a 1} k)"},
      {"@x", "(~deref x)"},
      {"@@(f)", "(~deref (~deref (f)))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "#() is a function of the arguments that it names") {
  check_shapes({
      {"#(f)", "(:fn [] (f))"},
      {"#(+ % 1)", "(:fn [%1] (+ %1 1))"},
      {"#(+ %1 %)", "(:fn [%1] (+ %1 %1))"},
      {"#(f %3)", "(:fn [%1 %2 %3] (f %3))"},
      {"#(f % %&)", "(:fn [%1 & %&] (f %1 %&))"},
      {"#(apply f %&)", "(:fn [& %&] (apply f %&))"},
      {"#(g [% {:k %2}])", "(:fn [%1 %2] (g (:vector %1 (:map :k %2))))"},
      {"#()", "(:fn [] '())"},
  });
}

TEST_CASE_METHOD(ClojureTest, "def and defn define, declare only announces") {
  check_shapes({
      {"(def x 1)", "(yin/def 'x 1)"},
      {"(def x \"doc\" (f))", "(yin/def 'x (f))"},
      {"(def x \"value\")", "(yin/def 'x \"value\")"},
      {"(def x)", "nil"},
      {"(declare x)", "nil"},
      {"(declare x y)", "(:do nil nil)"},
      {"(declare)", "nil"},
      {"(defn f [a b] (g a) b)", "(yin/def 'f (:fn f [a b] (:do (g a) b)))"},
      {"(defn f \"doc\" [a] a)", "(yin/def 'f (:fn f [a] a))"},
      {"(defn f \"doc\" {:added 1} [a] a)", "(yin/def 'f (:fn f [a] a))"},
      {"(defn- f [])", "(yin/def 'f (:fn f [] nil))"},
      {"(defn f ([] 0) ([a] a) ([a & r] r))", "(yin/def 'f (:fn f ([] 0) ([a] a) ([a & r] r)))"},
      {"(defn f [a] {:pre a})", "(yin/def 'f (:fn f [a] (:map :pre a)))"},
      {"(let [x 1] (def x x))", "(:let [x 1] (yin/def 'x x))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "fn makes a lambda with a name, arities and a rest parameter") {
  check_shapes({
      {"(fn [])", "(:fn [] nil)"},
      {"(fn [x] x)", "(:fn [x] x)"},
      {"(fn self [x & more] (self more))", "(:fn self [x & more] (self more))"},
      {"(fn ([x] x))", "(:fn [x] x)"},
      {"(fn f ([] 1) ([x] (f)))", "(:fn f ([] 1) ([x] (f)))"},
      {"(fn [x x] x)", "(:fn [x x] x)"},
      {"(fn* [x] x)", "(:fn [x] x)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "let, loop, recur, do and if") {
  check_shapes({
      {"(let [a 1 b a] (f a) b)", "(:let [a 1 b a] (:do (f a) b))"},
      {"(let [] 1)", "1"},
      {"(let [a 1])", "(:let [a 1] nil)"},
      {"(loop [i 0] (if (f i) i (recur (g i))))", "(:loop [i 0] (:if (f i) i (:recur (g i))))"},
      {"(loop [] (recur))", "(:loop [] (:recur))"},
      {"(fn [a & r] (recur 1 nil))", "(:fn [a & r] (:recur 1 nil))"},
      {"(loop [a 1] (let [b a] (do (f) (recur b))))",
       "(:loop [a 1] (:let [b a] (:do (f) (:recur b))))"},
      {"(do)", "nil"},
      {"(do 1)", "1"},
      {"(do 1 2)", "(:do 1 2)"},
      {"(if a b)", "(:if a b nil)"},
      {"(if a b c)", "(:if a b c)"},
      {"(if-not a b)", "(:if a nil b)"},
      {"(if-not a b c)", "(:if a c b)"},
      {"(when a)", "(:if a nil nil)"},
      {"(when a b c)", "(:if a (:do b c) nil)"},
      {"(when-not a b)", "(:if a nil b)"},
      {"(comment anything (at all))", "nil"},
      {"(ns my.program (:gen-class)) 1", "nil 1"},
  });
}

TEST_CASE_METHOD(ClojureTest, "cond, and, or and case are chains of if") {
  check_shapes({
      {"(cond)", "nil"},
      {"(cond a 1 b 2)", "(:if a 1 (:if b 2 nil))"},
      {"(cond a 1 :else 2)", "(:if a 1 (:if :else 2 nil))"},
      {"(and)", "true"},
      {"(and a)", "a"},
      {"(and a b c)",
       "(:let [and__1 a] (:if and__1 (:let [and__2 b] (:if and__2 c and__2)) and__1))"},
      {"(or)", "nil"},
      {"(or a b)", "(:let [or__1 a] (:if or__1 or__1 b))"},
      {"(case x 1 :one (2 3) :more [4] :v a :sym :other)",
       "(:let [case__1 x] (:if (~= case__1 1) :one "
       "(:if (:if (~= case__1 2) true (~= case__1 3)) :more "
       "(:if (~= case__1 '[4]) :v (:if (~= case__1 'a) :sym :other)))))"},
      {"(case x 1 2)",
       "(:let [case__1 x] (:if (~= case__1 1) 2 (~error \"no clause of `case` matches\" "
       "case__1)))"},
      {"(case x :default)", "(:let [case__1 x] :default)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "threading puts a form into the next") {
  check_shapes({
      {"(-> x)", "x"},
      {"(-> x f (g 1) .5)", "a.clj:1:15: `.5` is not supported: there is no Java here"},
      {"(-> x f (g 1) :k)", "(:k (g (f x) 1))"},
      {"(->> x f (g 1))", "(g 1 (f x))"},
      {"(-> x (-> f) (->> (g 1)))", "(g 1 (f x))"},
      {"(-> a (when b))", "(:if a b nil)"},
      {"(as-> x y)", "(:let [y x] y)"},
      {"(as-> x y (f y 1) (g 2 y))", "(:let [y x y (f y 1)] (g 2 y))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "if-let and its kin bind in one branch") {
  check_shapes({
      {"(if-let [a x] a b)", "(:let [temp__1 x] (:if temp__1 (:let [a temp__1] a) b))"},
      {"(if-let [a x] a)", "(:let [temp__1 x] (:if temp__1 (:let [a temp__1] a) nil))"},
      {"(when-let [a x] a b)", "(:let [temp__1 x] (:if temp__1 (:let [a temp__1] (:do a b)) nil))"},
      {"(if-some [a x] a b)", "(:let [temp__1 x] (:if (~nil? temp__1) b (:let [a temp__1] a)))"},
      {"(when-some [a x] a)", "(:let [temp__1 x] (:if (~nil? temp__1) nil (:let [a temp__1] a)))"},
      {"(if-let [[a] x] a)",
       "(:let [temp__1 x] (:if temp__1 (:let [a (~nth temp__1 0 nil)] a) nil))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "doseq, dotimes and while are loops") {
  check_shapes({
      {"(while (f) (g))", "(:loop [] (:if (f) (:do (g) (:recur)) nil))"},
      {"(while (f))", "(:loop [] (:if (f) (:recur) nil))"},
      {"(dotimes [i n] (f i))",
       "(:let [end__1 n] (:loop [i 0] (:if (~< i end__1) (:do (f i) (:recur (~+ i 1))) nil)))"},
      {"(doseq [x xs] (f x) (g x))",
       "(:loop [seq__1 (~seq xs)] (:if seq__1 (:do (:let [x (~first seq__1)] (:do (f x) (g x))) "
       "(:recur (~next seq__1))) nil))"},
      {"(doseq [x xs :let [y x] :when y] (f y))",
       "(:loop [seq__1 (~seq xs)] (:if seq__1 (:do (:let [x (~first seq__1)] "
       "(:let [y x] (:if y (f y) true))) (:recur (~next seq__1))) nil))"},
      {"(doseq [x xs y x] (f y))",
       "(:loop [seq__2 (~seq xs)] (:if seq__2 (:do (:let [x (~first seq__2)] "
       "(:loop [seq__1 (~seq x)] (:if seq__1 (:do (:let [y (~first seq__1)] (f y)) "
       "(:recur (~next seq__1))) nil))) (:recur (~next seq__2))) nil))"},
      {"(doseq [x xs :while (p x)] (f x))",
       "(:loop [seq__1 (~seq xs)] (:if seq__1 (:if (:let [x (~first seq__1)] "
       "(:if (p x) (:do (f x) true) false)) (:recur (~next seq__1)) nil) nil))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "for maps and concatenates") {
  check_shapes({
      {"(for [x xs] (f x))", "(~map (:fn [x] (:let [value__1 (f x)] value__1)) xs)"},
      {"(for [x xs :when (p x)] x)", "(~mapcat (:fn [x] (:if (p x) (~list x) nil)) xs)"},
      {"(for [x xs :let [y x]] y)", "(~mapcat (:fn [x] (:let [y x] (~list y))) xs)"},
      {"(for [x xs y x] y)",
       "(~mapcat (:fn [x] (~map (:fn [y] (:let [value__1 y] value__1)) x)) xs)"},
      {"(for [[a] xs] a)",
       "(~map (:fn [p__2] (:let [a (~nth p__2 0 nil)] (:let [value__1 a] value__1))) xs)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "letfn ties functions that name each other") {
  check_shapes({
      {"(letfn [(f [x] (f x))] (f 1))", "(:let [f (:fn f [x] (f x))] (f 1))"},
      {"(letfn [(f [x] x) (g ([] (f 1)) ([x] x))] (g))",
       "(:let [f (:fn f [x] x) g (:fn g ([] (f 1)) ([x] x))] (g))"},
      {"(letfn [(f [x] (g x)) (g [y] (f y))] (f 1))",
       "(:let [maker__1 (:fn [maker__1 maker__2] (:fn f [x] (:let [g (maker__2 maker__1 maker__2)] "
       "(g x)))) "
       "maker__2 (:fn [maker__1 maker__2] (:fn g [y] (:let [f (maker__1 maker__1 maker__2)] (f "
       "y)))) "
       "f (maker__1 maker__1 maker__2) g (maker__2 maker__1 maker__2)] (f 1))"},
      {"(letfn [(f [g] (g 1)) (g [x] x)] (f g))",
       "(:let [maker__1 (:fn [maker__1 maker__2] (:fn f [g] (g 1))) "
       "maker__2 (:fn [maker__1 maker__2] (:fn g [x] x)) "
       "f (maker__1 maker__1 maker__2) g (maker__2 maker__1 maker__2)] (f g))"},
      {"(letfn [] 1)", "1"},
  });
}

// ----------------------------------------------------------------------------------- destructuring

TEST_CASE_METHOD(ClojureTest, "vector patterns take a sequence apart") {
  check_shapes({
      {"(let [[a b] x] b)", "(:let [vec__1 x a (~nth vec__1 0 nil) b (~nth vec__1 1 nil)] b)"},
      {"(let [[] x] 1)", "(:let [vec__1 x] 1)"},
      {"(let [[a :as all] x] all)", "(:let [vec__1 x a (~nth vec__1 0 nil) all vec__1] all)"},
      {"(let [[a & r] x] r)",
       "(:let [vec__1 x seq__2 (~seq vec__1) a (~first seq__2) seq__2 (~next seq__2) r seq__2] r)"},
      {"(let [[& r :as all] x] r)", "(:let [vec__1 x seq__2 (~seq vec__1) r seq__2 all vec__1] r)"},
      {"(let [[[a] b] x] b)",
       "(:let [vec__1 x vec__2 (~nth vec__1 0 nil) a (~nth vec__2 0 nil) b (~nth vec__1 1 nil)] "
       "b)"},
      {"(let [[a & [b]] x] b)",
       "(:let [vec__1 x seq__2 (~seq vec__1) a (~first seq__2) seq__2 (~next seq__2) "
       "b (~nth seq__2 0 nil)] b)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "map patterns look keys up") {
  check_shapes({
      {"(let [{a :a b \"b\"} x] a)",
       "(:let [map__1 x a (~get map__1 :a) b (~get map__1 \"b\")] a)"},
      {"(let [{:keys [a b]} x] a)", "(:let [map__1 x a (~get map__1 :a) b (~get map__1 :b)] a)"},
      {"(let [{:keys [n/a :b] :n/keys [c]} x] a)",
       "(:let [map__1 x a (~get map__1 :n/a) b (~get map__1 :b) c (~get map__1 :n/c)] a)"},
      {"(let [{:strs [a] :syms [b]} x] a)",
       "(:let [map__1 x a (~get map__1 \"a\") b (~get map__1 'b)] a)"},
      {"(let [{:keys [a b] :or {a 1} :as m} x] m)",
       "(:let [map__1 x m map__1 a (~get map__1 :a 1) b (~get map__1 :b)] m)"},
      {"(let [{[a] :v} x] a)", "(:let [map__1 x vec__2 (~get map__1 :v) a (~nth vec__2 0 nil)] a)"},
      {"(let [{{a :a} :m} x] a)", "(:let [map__1 x map__2 (~get map__1 :m) a (~get map__2 :a)] a)"},
  });
}

TEST_CASE_METHOD(ClojureTest, "patterns stand in fn, loop and for as in let") {
  check_shapes({
      {"(fn [[a] b] a)", "(:fn [p__1 b] (:let [a (~nth p__1 0 nil)] a))"},
      {"(fn [a & [b]] b)", "(:fn [a & p__1] (:let [b (~nth p__1 0 nil)] b))"},
      {"(fn [& {:keys [k]}] k)",
       "(:fn [& p__1] (:let [seq__2 (~seq p__1) map__3 (~apply ~hash-map seq__2) "
       "k (~get map__3 :k)] k))"},
      {"(fn [[a]] (recur 1))", "(:fn [p__1] (:let [a (~nth p__1 0 nil)] (:recur 1)))"},
      {"(loop [[a] x b a] (recur x b))",
       "(:let [loop__1 x a (~nth loop__1 0 nil) b a] (:loop [loop__1 loop__1 b b] "
       "(:let [a (~nth loop__1 0 nil)] (:recur x b))))"},
  });
}

// ------------------------------------------------------------------------------------ names, scope

TEST_CASE_METHOD(
    ClojureTest,
    "a local or an earlier definition hides a macro of its name, but no special form") {
  check_shapes({
      {"(let [when f] (when 1))", "(:let [when f] (when 1))"},
      {"(fn [and] (and 1 2))", "(:fn [and] (and 1 2))"},
      {"(fn [cond] cond)", "(:fn [cond] cond)"},
      {"(let [try f] (try 1))", "(:let [try f] 1)"},
      {"(let [if f] (if 1 2 3))", "(:let [if f] (:if 1 2 3))"},
      {"(let [when f] 1) (when a b)", "(:let [when f] 1) (:if a b nil)"},
      {"(when 1 2) (defn when [x] (when x)) (when 3)",
       "(:if 1 2 nil) (yin/def 'when (:fn when [x] (when x))) (when 3)"},
      {"(let [let 1] (if-let [a b] a))",
       "(:let [let 1] (:let [temp__1 b] (:if temp__1 (:let [a temp__1] a) nil)))"},
  });
}

TEST_CASE_METHOD(ClojureTest,
                 "expansions call the language's functions, whatever the program names so") {
  check_shapes({
      {"(let [first 1] (doseq [x first] (f x)))",
       "(:let [first 1] (:loop [seq__1 (~seq first)] (:if seq__1 (:do "
       "(:let [x (~first seq__1)] (f x)) (:recur (~next seq__1))) nil)))"},
      {"(let [[first & rest] x] (first rest))",
       "(:let [vec__1 x seq__2 (~seq vec__1) first (~first seq__2) seq__2 (~next seq__2) "
       "rest seq__2] (first rest))"},
      {"(let [[first second & rest] x] first)",
       "(:let [vec__1 x seq__2 (~seq vec__1) first (~first seq__2) seq__2 (~next seq__2) "
       "second (~first seq__2) seq__2 (~next seq__2) rest seq__2] first)"},
      {"(fn get [m] (let [{:keys [get]} m] get))",
       "(:fn get [m] (:let [map__1 m get (~get map__1 :get)] get))"},
      {"(fn [deref] @deref)", "(:fn [deref] (~deref deref))"},
      {"(defn get [m k] 1) (let [{a :a} x] (get a))",
       "(yin/def 'get (:fn get [m k] 1)) (:let [map__1 x a (~get map__1 :a)] (get a))"},
      {"(fn [list] (list list))", "(:fn [list] (list list))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "names of expansions never meet names of the text") {
  check_shapes({
      {"(let [and__1 5] (and x and__1))",
       "(:let [and__1 5] (:let [and__2 x] (:if and__2 and__1 and__2)))"},
      {"(or a or__1) (or b c)",
       "(:let [or__2 a] (:if or__2 or__2 or__1)) (:let [or__2 b] (:if or__2 or__2 c))"},
      {"(and a b) (and c d)",
       "(:let [and__1 a] (:if and__1 b and__1)) (:let [and__1 c] (:if and__1 d and__1))"},
  });
}

// ------------------------------------------------------------------------------- positions, hashes

TEST_CASE_METHOD(ClojureTest, "every node has its line and column") {
  auto read_one = read("; comment\n(defn f [x]\n  (if x\n    \"λ\" (g 'λ   y)))\n");
  REQUIRE(read_one.ok());
  const Word program = *read_one;
  CHECK(place(program, "do") == "1:1");
  CHECK(place(program, "lambda") == "2:1");
  CHECK(place(program, "if") == "3:3");
  CHECK(place(program, "application", 0) == "2:1");
  CHECK(place(program, "application", 1) == "4:9");
  CHECK(place(program, "variable", 1) == "3:7");
  CHECK(place(program, "variable", 2) == "4:10");
  CHECK(place(program, "variable", 3) == "4:17");

  for (const auto* text :
       {"(defn f [[a & b] {:keys [c] :or {c 1}}] (for [x a y b :when y] (or x y)))",
        "(letfn [(a [] (b)) (b [] (a))] (case (a) 1 2))",
        "(doseq [x xs :while x] (-> x (as-> y #(% y)) @z))"}) {
    auto whole = read(text);
    INFO(text << " " << whole.status().message());
    REQUIRE(whole.ok());
    for (std::uint32_t id = 16; id < 16 + ast::entity_count(pin, *whole); ++id) {
      CHECK(get(*whole, id, ast::attribute::kLine) == substrate::int_word(1));
      CHECK(substrate::small_int(get(*whole, id, ast::attribute::kColumn)) >= 1);
    }
  }
}

TEST_CASE_METHOD(ClojureTest, "equal programs have equal hashes, however they are laid out") {
  const auto same = [&](std::string_view a, std::string_view b) {
    INFO(a << " | " << b);
    CHECK(hash(a) == hash(b));
  };
  same("(f 1 [a])", "(f, 1 ; one\n [a #_b])");
  same("(when a b)", "(if a b nil)");
  same("(defn f [x] x)", "(def f (fn f [x] x))");
  same("'{:a 1 :b 2}", "{:b 2 :a 1}");
  same("(def a 0x10)", "(def a 16)");
  same("[1 2]", "'[1 2]");
  same("[\\backspace \\formfeed]", "[\\u0008 \\o14]");

  const std::vector<std::string_view> different = {"1",
                                                   "1.0",
                                                   "\"1\"",
                                                   "\\1",
                                                   ":a",
                                                   "'a",
                                                   "a",
                                                   "[a]",
                                                   "#{a}",
                                                   "(a)",
                                                   "(a b)",
                                                   "(b a)",
                                                   "'(a)",
                                                   "'[a]",
                                                   "(fn [a] a)",
                                                   "(fn [b] b)",
                                                   "(fn a [a] a)",
                                                   "(fn [& a] a)",
                                                   "(let [a 1] a)",
                                                   "(loop [a 1] a)",
                                                   "(do a b)",
                                                   "(if a b b)",
                                                   "1 2",
                                                   "2 1",
                                                   "()",
                                                   "[]",
                                                   "{}",
                                                   "#{}",
                                                   "nil",
                                                   "false"};
  for (std::size_t i = 0; i < different.size(); ++i) {
    for (std::size_t k = i + 1; k < different.size(); ++k) {
      INFO(different[i] << " | " << different[k]);
      CHECK(hash(different[i]) != hash(different[k]));
    }
  }
}

TEST_CASE_METHOD(ClojureTest, "what a form becomes does not depend on the forms above it") {
  const auto last = [&](std::string_view text) {
    auto program = read(text);
    REQUIRE(program.ok());
    return tests::ProgramText(pin, *program).forms();
  };
  const std::string alone = last("(and a b)");
  CHECK(last("(or c (and d e)) (and a b)").ends_with(alone));
}

// ------------------------------------------------------------------------------------------ errors

TEST_CASE_METHOD(ClojureTest, "text that does not close is refused with both places") {
  check_errors({
      {"(", "1:2: the text ends inside the list opened at 1:1; add the missing `)`"},
      {"(a\n [b\n", "3:1: the text ends inside the vector opened at 2:2; add the missing `]`"},
      {"{:a", "1:4: the text ends inside the map opened at 1:1; add the missing `}`"},
      {"#{1", "1:4: the text ends inside the set opened at 1:1; add the missing `}`"},
      {"#(f", "1:4: the text ends inside the function opened at 1:1; add the missing `)`"},
      {"a \"b", "1:5: the text ends inside the string opened at 1:3; add the missing `\"`"},
      {"\"b\\\"", "1:5: the text ends inside the string opened at 1:1; add the missing `\"`"},
      {"\"b\\", "1:4: the text ends inside the string opened at 1:1; add the missing `\"`"},
      {"(f '", "1:5: the text ends, but `'` at 1:4 needs a form behind it"},
      {"@", "1:2: the text ends, but `@` at 1:1 needs a form behind it"},
      {"#_ ; nothing", "1:13: the text ends, but `#_` at 1:1 needs a form behind it"},
      {"\\", "1:1: the text ends behind `\\`; a character belongs there"},
      {")", "1:1: `)` closes nothing; remove it or add what it should close"},
      {"(f))", "1:4: `)` closes nothing; remove it or add what it should close"},
      {"(f]", "1:3: `]` cannot close the list opened at 1:1; `)` does"},
      {"#{1)", "1:4: `)` cannot close the set opened at 1:1; `}` does"},
      {"(f ')", "1:5: `'` at 1:4 needs a form behind it, before this `)`"},
  });
}

TEST_CASE_METHOD(ClojureTest, "tokens that mean nothing are refused") {
  check_errors({
      {"(f 1a)", "1:4: `1a` is no number, and a symbol cannot begin with a digit"},
      {"1.2.3", "1:1: `1.2.3` is no number, and a symbol cannot begin with a digit"},
      {"1e", "1:1: `1e` is no number, and a symbol cannot begin with a digit"},
      {"09", "1:1: `09` starts with 0 and so is octal, but has the digit 8 or 9"},
      {"0x", "1:1: `0x` needs hexadecimal digits after 0x"},
      {"2r12", "1:1: `2r12` has digits that its radix lacks"},
      {"40r1", "1:1: `40r1` has a radix that is not 2 to 36"},
      {"1/0", "1:1: `1/0` is no number: divide by zero"},
      {"1/2N", "1:1: `1/2N` is no number, and a symbol cannot begin with a digit"},
      {"089N", "1:1: `089N` starts with 0 and so is octal, but has the digit 8 or 9"},
      {"1.5M", "1:1: `1.5M` is a big decimal, which is not supported yet; leave out the M"},
      {"##Infinity", "1:1: `##Infinity` is no symbolic value; there are ##Inf, ##-Inf and ##NaN"},
      {"\\newlin",
       "1:1: `\\newlin` is no character; there are \\a, \\newline \\space \\tab \\return "
       "\\backspace "
       "\\formfeed, \\uXXXX and \\oNNN"},
      {"\\ud800", "1:1: `\\ud800` is half of a surrogate pair; write the character itself"},
      {"\\ x", "1:1: `\\` needs a character behind it; a blank is \\space, \\newline, \\tab"},
      {"\"a\n \\q\"",
       "2:2: unknown escape `\\q`; there are \\t \\b \\n \\r \\f \\\" \\\\ \\uXXXX \\NNN"},
      {"\"\\u12\"", "1:2: `\\u` needs four hexadecimal digits"},
      {"\"\\ud800x\"", "1:2: half of a surrogate pair; write the character itself"},
      {"\"\\777\"", "1:2: an octal escape goes up to \\377"},
      {"a/", "1:1: `a/` is no name; there are name and namespace/name"},
      {"/a", "1:1: `/a` is no name; there are name and namespace/name"},
      {"a/b/c", "1:1: `a/b/c` is no name; there are name and namespace/name"},
      {"a:", "1:1: `a:` is no name; there are name and namespace/name"},
      {":", "1:1: `:` is no name; there are name and namespace/name"},
      {"::a/b", "1:1: `::a/b` names a namespace by its alias; write it out"},
      {"a \x01", "1:3: unknown character U+0001; remove it"},
      {"ab\xc2\xa0", "1:3: unknown character U+00A0; remove it"},
      {"é\xff", "1:2: the byte 0xFF is not UTF-8 here; save the file as UTF-8"},
      {"\"\xed\xa0\x80\"", "1:2: the byte 0xED is not UTF-8 here; save the file as UTF-8"},
  });
  const std::string long_name(5000, 'x');
  CHECK(shape(long_name) == "a.clj:1:1: a name of 5000 bytes; at most 4096 are possible");
}

TEST_CASE_METHOD(ClojureTest, "collections and reader macros are checked") {
  check_errors({
      {"{:a 1 :b}", "1:1: a map needs a value for every key; this one has 3 forms"},
      {"{:a 1 :b 2\n :a 3}", "2:2: this key is in the map already; keep one of them"},
      {"{[1] 1 (1) 2}", "1:8: this key is in the map already; keep one of them"},
      {"#{a b a}", "1:7: this element is in the set already; keep one of them"},
      {"#(f #(g))", "1:5: #() does not nest; write the inner function as (fn [x] ...)"},
      {"#(f %21)", "1:5: `%21` is no argument of #(); there are %, %1 to %20 and %&"},
      {"#(f %x)", "1:5: `%x` is no argument of #(); there are %, %1 to %20 and %&"},
      {"~a", "1:1: ~ belongs in a syntax quote (`)"},
      {"~@a", "1:1: ~@ belongs in a syntax quote (`)"},
      {"`~@a", "1:2: ~@ must stand in a list, vector, map or set: it gives several forms"},
      {"````````````````````(a b)",
       "1:21: syntax quotes in one another make too much of this form"},
      {std::string(100'000, '`') + "a",
       "1:67: syntax quotes in one another make too much of this form"},
      {"#\"a+\"",
       "1:1: regular expressions (#\"...\") are not supported yet, but for plain text to split or "
       "replace by; use string functions"},
      {"(f #\"a\")",
       "1:4: regular expressions (#\"...\") are not supported yet, but for plain text to split or "
       "replace by; use string functions"},
      {"#'a",
       "1:1: `var` is not supported: a name gives its value; (meta #'name) is what its definition "
       "says"},
      {"#'", "1:3: the text ends, but `#'` at 1:1 needs a form behind it"},
      {"^:a", "1:4: the text ends, but `^` at 1:1 needs a form behind it"},
      {"[^:a]", "1:5: `^` at 1:2 needs a form behind it, before this `]`"},
      {"^:a 1", "1:1: only collections and symbols have metadata"},
      {"^[a] b", "1:2: metadata is a map, a keyword, or a name as a hint: ^{:a 1} ^:a ^String"},
      {"#?(:clj 1)",
       "1:1: reader conditionals (#?) are not supported; keep the branch that is meant"},
      {"#:a{:b 1}", "1:1: namespaced maps (#:ns{...}) are not supported yet; write the keys out"},
      {"#inst \"2020\"",
       "1:1: tagged literals (#inst) are not supported yet; call a function that makes the value"},
      {"#<fn>", "1:1: #<...> is printed for what has no text form, and cannot be read"},
      {"#=(f)", "1:1: read-time evaluation (#=) is not supported"},
      {"#", "1:1: `#` means nothing here; remove it"},
      {"#)", "1:1: `#` means nothing here; remove it"},
      {"#5", "1:1: `#5` means nothing; remove it"},
  });
}

TEST_CASE_METHOD(ClojureTest, "forms of the wrong shape are refused with what they take") {
  check_errors({
      {"(if)", "1:1: `if` takes two or three forms, got 0"},
      {"(f (if 1 2 3 4))", "1:4: `if` takes two or three forms, got 4"},
      {"(def)", "1:1: `def` takes a name and a value, got 0"},
      {"(def :a 1)", "1:6: `def` needs a name to define: a symbol"},
      {"(def a/b 1)", "1:6: `a/b` has a namespace, and a definition has none; leave it out"},
      {"(def if 1)", "1:6: `if` is a special form and cannot be defined; take another name"},
      {"(def a 1 2)",
       "1:8: a docstring is needed here: `def` takes a name, a docstring or none, and a value"},
      {"(defn)", "1:1: `defn` takes a name first"},
      {"(defn f)", "1:1: `defn` needs its parameters: [a b ...]"},
      {"(defn f 1)",
       "1:9: `defn` takes [parameters] and a body here, or several ([parameters] body...)"},
      {"(fn)", "1:1: `fn` needs its parameters: [a b ...]"},
      {"(fn [1])", "1:6: a name, a vector pattern or a map pattern is needed here"},
      {"(fn [a/b])", "1:6: a local name has no namespace; write `b`"},
      {"(fn [a &])", "1:8: `&` takes one name behind it, the last of the parameters"},
      {"(fn [& a b])", "1:6: `&` takes one name behind it, the last of the parameters"},
      {"(fn ([a] 1) ([b] 2))", "1:13: this function has an arity of 1 parameters already"},
      {"(fn ([& a] 1) ([b & c] 2))", "1:15: a function has one arity with `&` at most"},
      {"(fn ([& a] 1) ([b] 2))", "1:1: an arity has more parameters than the one with `&`"},
      {"(fn [a] {:pre a} a)", "1:15: `:pre` and `:post` take a vector of tests"},
      {"(let)", "1:1: `let` takes a vector of bindings first: [name value ...]"},
      {"(let (a 1) a)", "1:1: `let` takes a vector of bindings first: [name value ...]"},
      {"(let [a] a)", "1:6: the bindings of `let` come in pairs, got 1 forms"},
      {"(let [:a 1] 1)", "1:7: a name, a vector pattern or a map pattern is needed here"},
      {"(let [[a &] 1] 1)", "1:10: `&` takes one name or pattern behind it, once"},
      {"(let [[a & b c] 1] 1)", "1:14: only `:as name` may follow here"},
      {"(let [[a :as [b]] 1] 1)", "1:14: a name is needed here: a symbol"},
      {"(let [{:keys a} 1] 1)", "1:14: `:keys` takes a vector of names"},
      {"(let [{:or [a]} 1] 1)", "1:12: `:or` takes a map of names to defaults"},
      {"(let [{:a b} 1] 1)",
       "1:8: `:a` means nothing in a pattern; there are :keys :strs :syms :or :as, and name and "
       "key "
       "the other way round: {name :key}"},
      {"(cond a)", "1:1: `cond` takes pairs of a test and a form, got 1 forms"},
      {"(case)", "1:1: `case` takes a value and clauses, got 0 forms"},
      {"(case x 1 2 (3 1) 4)", "1:16: this constant stands in an earlier clause of `case`"},
      {"(case x () 2)", "1:9: this clause of `case` has no constant and never matches"},
      {"(if-let [a 1 b 2] a)", "1:9: `if-let` takes one binding: [name value]"},
      {"(if-let [a 1])", "1:1: `if-let` takes a binding and one or two forms, got 1 forms"},
      {"(when)", "1:1: `when` takes a test and forms, got 0 forms"},
      {"(->)", "1:1: `->` takes a form and steps, got 0 forms"},
      {"(dotimes [i 3 j 4] 1)", "1:10: `dotimes` takes one binding: [name value]"},
      {"(dotimes [[i] 3] 1)", "1:11: a name is needed here: a symbol"},
      {"(doseq [] 1)", "1:8: `doseq` needs a binding: [name items]"},
      {"(doseq [:when 1 x xs] 1)", "1:9: `doseq` begins with a binding, not with `:when`"},
      {"(doseq [x xs :unless 1] 1)",
       "1:14: `:unless` means nothing in `doseq`; there are :let, :when and :while"},
      {"(for [x xs] 1 2)", "1:1: `for` takes one form behind its bindings, got 2"},
      {"(letfn [f] 1)", "1:9: a function of `letfn` is (name [parameters] body...)"},
      {"(quote)", "1:1: `quote` takes one form, got 0"},
      {"(quote a b)", "1:1: `quote` takes one form, got 2"},
      {"(map and xs)",
       "1:6: `and` is no function and has no value; wrap it in one: (fn [x] (and x))"},
      {"if", "1:1: `if` is no function and has no value; wrap it in one: (fn [x] (if x))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "recur is checked for its place and its count") {
  check_errors({
      {"(recur)", "1:1: `recur` stands in no loop and no function; there is nothing to go back to"},
      {"(loop [a 1] (recur))", "1:13: `recur` gives 0 values, but its loop takes 1"},
      {"(fn [a & b] (recur 1))", "1:13: `recur` gives 1 values, but its function takes 2"},
      {"(loop [a 1] (f (recur 1)))",
       "1:16: `recur` must be the last thing that its loop does; something here waits for its "
       "value"},
      {"(fn [] (recur) 1)",
       "1:8: `recur` must be the last thing that its function does; something here waits for its "
       "value"},
      {"(loop [a 1] (let [b (recur 1)] b))",
       "1:21: `recur` must be the last thing that its loop does; something here waits for its "
       "value"},
      {"(loop [a 1] (if (recur 1) 1 2))",
       "1:17: `recur` must be the last thing that its loop does; something here waits for its "
       "value"},
      {"(loop [a 1] (and (recur 1) 2))",
       "1:18: `recur` must be the last thing that its loop does; something here waits for its "
       "value"},
      {"(fn [a] (for [x xs] (recur 1)))",
       "1:21: `recur` must be the last thing that its function does; something here waits for its "
       "value"},
      {"(fn [a] (doseq [x xs] (recur 1)))",
       "1:23: `recur` must be the last thing that its loop does; something here waits for its "
       "value"},
      {"(loop [a 1] (fn [] (recur 1)))", "1:20: `recur` gives 1 values, but its function takes 0"},
      {"(loop [a (recur 1)] 1)",
       "1:10: `recur` stands in no loop and no function; there is nothing to go back to"},
  });
}

TEST_CASE_METHOD(ClojureTest, "a try is a body with a handler, and a cleanup around both") {
  check_shapes({
      {"(throw x)", "(:throw x)"},
      {"(try)", "nil"},
      {"(try a b)", "(:do a b)"},
      {"(try a (catch Exception e b e))", "(:try a e (:do b e))"},
      {"(try a (catch :default e))", "(:try a e nil)"},
      {"(try a b (finally c d))", "(:finally (:do a b) (:do c d))"},
      {"(try a (catch Throwable e b) (finally c))", "(:finally (:try a e b) c)"},
      {"(try a (catch :type e b))",
       "(:try a error__1 (:if (~= (~ex-kind error__1) :type) (:let [e error__1] b) "
       "(:throw error__1)))"},
      {"(try a (catch :type x b) (catch ExceptionInfo y c) (catch Exception z d))",
       "(:try a error__1 (:if (~= (~ex-kind error__1) :type) (:let [x error__1] b) "
       "(:if (~map? (~ex-data error__1)) (:let [y error__1] c) (:let [z error__1] d))))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "a syntax quote is code that makes a form") {
  check_shapes({
      {"`a", "'a"},
      {"`if", "'if"},
      {"`[1 :b]", "'[1 :b]"},
      {"`(a ~b ~@c)", "(~seq (~concat (~list 'a) (~list b) c))"},
      {"`[~a]", "(~vec (~seq (~concat (~list a))))"},
      {"`(a# a#)", "(~seq (~concat (~list 'a__1__auto__) (~list 'a__1__auto__)))"},
      {"`when", "'clojure.core/when"},
      {"'clojure.core/map", "'clojure.core/map"},
      {"^:private x", "x"},
      {"^{:a 1} [1]", "(~with-meta '[1] '{:a 1})"},
      {"^:a [b]", "(~with-meta (:vector b) '{:a true})"},
      {"^:a (f ^:b c)", "(f c)"},
      {"(ns a.b) ::c", "nil :a.b/c"},
      {"::c", ":user/c"},
  });
}

TEST_CASE_METHOD(ClojureTest, "names of other namespaces are written out") {
  check_shapes({
      {"(require '[clojure.string :as s]) (s/join x)", "nil (clojure.string/join x)"},
      {"(ns a (:require [clojure.set :as s :refer [join]])) (join (s/union x))",
       "nil (clojure.set/join (clojure.set/union x))"},
      {"(require '[clojure.set :refer [join]]) (let [join 1] join)", "nil (:let [join 1] join)"},
      {"(require '[clojure.string :as s]) (s/split x #\",\")",
       "nil (clojure.string/split x \",\")"},
      {"(clojure.core/when a b)", "(:if a b nil)"},
  });
  check_errors({
      {"(require [clojure.set])", "1:10: `require` takes quoted names: '[name :as alias]"},
      {"(require '[clojure.set :all])", "1:24: `:as alias` or `:refer [names]` is needed here"},
      {"(macroexpand x)",
       "1:1: `macroexpand` takes a quoted form here: macros are expanded while the program is "
       "read"},
  });
}

TEST_CASE_METHOD(ClojureTest, "what has no end is read with what bounds it") {
  check_shapes({
      {"(take 3 (iterate f x))", "(~yin/take-iterate 3 f x)"},
      {"(take n (range))", "(~range n)"},
      {"(take-while f (range))", "(~yin/take-while-iterate f ~inc 0)"},
      {"(nth (iterate f x) 3)", "(~yin/nth-iterate f x 3)"},
      {"(let [iterate 1] (take 3 (iterate f x)))", "(:let [iterate 1] (take 3 (iterate f x)))"},
      {"(map f (range) xs)",
       "(:let [function__1 f items__2 (~vec xs) count__3 (~min (~count items__2))] "
       "(map function__1 (~range count__3) items__2))"},
  });
}

TEST_CASE_METHOD(ClojureTest, "what Clojure has and we do not is refused by name") {
  check_errors({
      {"(try (f) (catch E e 1))",
       "1:17: `catch` knows no `E`: there is no Java here; take a kind of error such as :type, or "
       "Exception for any"},
      {"(catch e)", "1:2: `catch` stands only in a `try`, behind its body"},
      {"(throw)", "1:1: `throw` takes the value to throw, got 0"},
      {"(loop [a 1] (try (recur a)))",
       "1:18: `recur` cannot leave a `try`; let the `try` give a value, and go back outside of it"},
      {"(defmacro m [] 1) (m)",
       "1:19: the macro `m` cannot be expanded here: there is no machine to run it"},
      {"(defmacro m {:phase-policy :runtime} [] 1)",
       "1:28: a macro is expanded while the program is read; its `:phase-policy` is :compile or "
       ":both"},
      {"(f)\n(require 'a)",
       "2:11: there is no namespace `a` here; there are clojure.set, clojure.string and "
       "clojure.walk, and no other files can be read"},
      {"(ns a (:require [b.c :as c]))",
       "1:18: there is no namespace `b.c` here; there are clojure.set, clojure.string and "
       "clojure.walk, and no other files can be read"},
      {"(ns a (:import b))", "1:7: `:import` is not supported; there is :require"},
      {"(ns)", "1:1: `ns` takes a name first"},
      {"(lazy-seq 1)", "1:2: `lazy-seq` is not supported: sequences are made whole here"},
      {"(.length s)", "1:2: `.length` is not supported: there is no Java here"},
      {"(Thing. 1)", "1:2: `Thing.` is not supported: there is no Java here"},
      {"(. a b)", "1:2: `.` is not supported: there is no Java here"},
      {"(new Thing)", "1:2: `new` is not supported: there is no Java here"},
      {"(set! a 1)", "1:2: `set!` is not supported; keep what changes in an atom"},
      {"(defrecord A [b])", "1:2: `defrecord` is not supported yet; use maps and functions"},
      {"(var a)",
       "1:2: `var` is not supported: a name gives its value; (meta #'name) is what its definition "
       "says"},
  });
}

// ------------------------------------------------------------------------------- depth, robustness

TEST_CASE_METHOD(ClojureTest, "nesting is bounded by memory, not by a stack") {
  constexpr std::size_t kDepth = 30'000;
  const auto nested = [&](std::string_view open, std::string_view close) {
    return repeat(open, kDepth) + " x " + repeat(close, kDepth);
  };
  const std::vector<std::string> texts = {
      nested("(f ", ")"),
      nested("[", "]"),
      nested("{1 ", "}"),
      nested("'", ""),
      nested("@", ""),
      nested("'(", ")"),
      nested("(let [a 1] ", ")"),
      nested("(fn [a] ", ")"),
      nested("(when a ", ")"),
      nested("(and a ", ")"),
      nested("(-> ", ")"),
      nested("(let [a ", "] a)"),
      nested("(if ", " 1)"),
      nested("(do 1 ", ")"),
      nested("(for [a b] ", ")"),
      "(let [" + nested("[", "]") + " 1] x)",
      "(let [" + repeat("{", kDepth) + "x" + repeat(" :a}", kDepth) + " 1] x)",
      "(cond " + repeat("a b ", kDepth) + ")",
      "(or " + repeat("a ", kDepth) + ")",
      "(-> x " + repeat("(f) ", kDepth) + ")",
      "(case x " + nested("[", "]") + " 1)",
      "#{" + nested("[", "]") + " 1}",
  };
  for (const std::string& text : texts) {
    INFO(text.substr(0, 40));
    auto program = read(text);
    INFO(program.status().message());
    CHECK(program.ok());
    CHECK_FALSE(read(std::string_view(text).substr(0, text.size() - 1 - text.size() / 3)).ok());
  }
}

TEST_CASE_METHOD(ClojureTest, "no text crashes the reader") {
  const std::vector<std::string> corpus = {
      "(ns a.b)\n(defn fib \"doc\" [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))",
      "(loop [i 0 acc [1.5 \\a \"s\\n\"]] (when (< i 10) (recur (+ i 1) (conj acc {:k i #{i} "
      "'sym}))))",
      "(let [[a [b & c] :as d] x {:keys [e f] :or {e 1} g :g} y] #(+ % %2 @z a b c d e f g))",
      "(case x (1 2) :a [3] :b nil :c :default) (cond a b :else c) (-> x (f 1) g) (->> x (f 1))",
      "(for [x xs :let [y x] :when y z y] (or x y z)) (doseq [x xs :while x] (dotimes [i 3] i))",
      "(letfn [(f [x] (g x)) (g ([] 1) ([x & y] (f y)))] (f 1)) (if-let [a b] a c) #_ignored ; end",
      "(defn f ([] 1) ([x] (as-> x y (f y))) ([x & {:keys [k]}] (while k (f)))) (declare q) ##Inf",
  };
  const auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  const std::string alphabet =
      "()[]{}#'\"\\@^`~;:%&/ \n,_!?.-+*=<>0123456789abcdefrxNM\xce\xbb\xff";
  const auto any_byte = [&] {
    return below(8) == 0 ? static_cast<char>(below(256)) : alphabet[below(alphabet.size())];
  };

  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    if (round % 4 == 0) {
      for (auto n = below(40); n > 0; --n) text += any_byte();
    } else {
      text = corpus[below(corpus.size())];
      for (auto n = 1 + below(4); n > 0 && !text.empty(); --n) {
        const std::size_t at = below(text.size());
        switch (below(5)) {
          case 0:
            text[at] = any_byte();
            break;
          case 1:
            text.erase(at, 1 + below(8));
            break;
          case 2:
            text.insert(at, 1, any_byte());
            break;
          case 3:
            text.insert(at, text.substr(below(text.size()), below(20)));
            break;
          default:
            text.resize(at);
            break;
        }
      }
    }
    auto program = read(text);
    if (program.ok()) {
      ++accepted;
    } else {
      INFO(text << "\n" << program.status().message());
      REQUIRE(program.status().message().starts_with("a.clj:"));
    }
  }
  CHECK(accepted > 100);
}

TEST_CASE_METHOD(ClojureTest, "a text that more text could mend is unfinished, and no other") {
  for (const char* text : {"(", "(a [b {c", "\"a", "(a \"b\\\"", "#(", "'", "(f ; )", "@"}) {
    INFO(text);
    CHECK(ast::is_unfinished_clojure(edit, text));
  }
  for (const char* text : {"", "a", "(a) ; (", ")", "(]", "(a) )(", "\\(", "(\"a\\q\""}) {
    INFO(text);
    CHECK(!ast::is_unfinished_clojure(edit, text));
  }
}

TEST_CASE_METHOD(ClojureTest, "a Python block is unfinished up to an empty line") {
  for (const char* text :
       {"f(", "x = [1,\n", "'''a", "def f():\n", "def f():\n  x = 1\n", "if a:\n  b\nelse:\n",
        "if a:\n  b\nelse:\n  c\n", "x = 1\nfor i in a:\n", "@d\n", "while x: y\n"}) {
    INFO(text);
    CHECK(ast::is_unfinished_python(edit, text));
  }
  for (const char* text : {"", "x = 1\n", "def f():\n  x = 1\n\n", "x = 'def'\n", "'if'\n", ")\n",
                           "x = 'a\n", "if a:\n  b\nc\n", "# def f():\n"}) {
    INFO(text);
    CHECK(!ast::is_unfinished_python(edit, text));
  }
}
