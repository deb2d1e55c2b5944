// Lowering: what names stand for, what is refused and where, and that no program is too deep.

#include "vm/lower.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/node.h"
#include "ast/reader.h"
#include "ast/schema.h"
#include "vm/code.h"
#include "tests/support/run_program.h"

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

namespace {

struct LowerTest : tests::ProgramRunner {
  substrate::StatusOr<Word> lower(const Pin& pin, std::string_view text) {
    Edit edit = Edit::in_slab(pin);
    auto program = ast::read_clojure(edit, text, "t.clj");
    if (!program.ok()) return program;
    return vm::lower(edit, *program);
  }
};

// A program of datoms written by hand: entity, attribute, value.
struct Fact {
  std::uint32_t entity;
  std::string_view attribute;
  Word value;
};

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE_METHOD(LowerTest, "a program becomes a closure of no parameters called main") {
  const Pin pin(worker());
  auto main = lower(pin, "(+ 1 2)");
  REQUIRE(main.ok());
  CHECK(vm::closure_name(pin, *main) == "main");
  CHECK(vm::arity_count(pin, *main) == 1);
  const vm::Function f = vm::arity_of(pin, *main, 0);
  CHECK(f.info().parameter_count == 0);
  CHECK(f.safe_points().size() == 1);
  CHECK(f.safe_points()[0].live_count == 0);
}

TEST_CASE_METHOD(LowerTest, "equal functions have equal hashes, wherever they stand") {
  const Pin pin(worker());
  const auto hash = [&](std::string_view text) {
    auto main = lower(pin, text);
    REQUIRE(main.ok());
    return vm::arity_of(pin, *main, 0).info().content_hash;
  };
  CHECK(hash("(let [f (fn [x] (* x 2))] (f 4))") == hash("\n\n(let [g (fn [y] (* y 2))]\n (g 4))"));
  CHECK(hash("(let [f (fn [x] (* x 2))] (f 4))") != hash("(let [f (fn [x] (* x 3))] (f 4))"));
  CHECK(hash("(fn [a] [a 1])") != hash("(fn [a] [a 2])"));
  CHECK(hash("(let [k 1] (fn [x] k))") != hash("(let [k 1] (fn [x] x))"));
}

TEST_CASE_METHOD(LowerTest, "programs may nest as deep as memory allows") {
  const int depth = 100000;
  CHECK(run(repeated("(do ", depth) + "7" + repeated(")", depth)).value == "7");
  CHECK(run(repeated("(let [x 1] ", depth) + "x" + repeated(")", depth)).value == "1");
  CHECK(run(repeated("(+ 1 ", depth) + "0" + repeated(")", depth)).value == std::to_string(depth));
  CHECK(run(repeated("(if true ", depth) + "5" + repeated(" 6)", depth)).value == "5");
  CHECK(run(repeated("[", 1000) + repeated("]", 1000)).value ==
        repeated("[", 1000) + repeated("]", 1000));
  CHECK(
      run(repeated("(fn [] ", 2000) + "1" + repeated(")", 2000)).value.starts_with("#yin/closure"));
  CHECK(run(repeated("((fn [x] ", 1000) + "x" + repeated(") 3)", 1000)).value == "3");
  for (const auto p : vm::kProjections) {
    CHECK(run(repeated("(+ 1 ", depth) + "((fn [] 0))" + repeated(")", depth),
              {.projections = {p}, .fuel = 1})
              .value == std::to_string(depth));
  }
}

TEST_CASE_METHOD(LowerTest, "programs may be long") {
  std::string many = "(+";
  for (int i = 0; i < 20000; ++i) many += " (- " + std::to_string(i * 1000) + " 1)";
  CHECK(run(many + ")").value == std::to_string(1000LL * 20000 * 19999 / 2 - 20000));
  std::string names = "(let [";
  for (int i = 0; i < 6000; ++i)
    names += "x" + std::to_string(i) + " (+ " + std::to_string(i) + " 1) ";
  CHECK(run(names + "] (+ x4094 x4095 x4096 x5999))").value ==
        std::to_string(4095 + 4096 + 4097 + 6000));
  CHECK(run(names + "] (if (< x4095 x4096) (- x5999 1) 0))").value == "5999");
  CHECK(run(names + "] (loop [i x4097] (if (> i 4000) (recur (- i 1)) (inc i))))").value == "4001");
  CHECK(run("[(+ 5 8388607) (+ 5 8388608) (+ 5 -8388608) (- 5 8388608) (let [x 5] [(+ x 2047) (+ x "
            "2048) (- x 2048)])]")
            .value == "[8388612 8388613 -8388603 -8388603 [2052 2053 -2043]]");
}

TEST_CASE_METHOD(LowerTest, "what cannot be is refused with its place") {
  CHECK(run("(fn ([a] 1) ([b] 2))").value.starts_with("!t.clj:1:"));
  CHECK(run("(fn ([a & r] 1) ([b & r] 2))").value.starts_with("!t.clj:1:"));
  CHECK(run("(fn ([a b c] 1) ([b & r] 2))").value.starts_with("!t.clj:1:"));
  CHECK(run("(fn ([a] 1) ([b & r] 2))").value.starts_with("#yin/closure"));
  CHECK(run("(loop [a 1] (+ 1 (recur 2)))").value.starts_with("!t.clj:1:"));
  CHECK(run("(loop [a 1] (recur))").value.starts_with("!t.clj:1:"));
}

TEST_CASE_METHOD(LowerTest,
                 "a program may define names of the language without changing the language") {
  CHECK(run("(def first (fn [x] :mine)) [(first [1]) (map first [[1]]) (ffirst [[2]])]").value ==
        "[:mine (:mine) 2]");
  CHECK(run("(first [1])").value == ":mine");  // later programs see it
  CHECK(run("(def used (fn [] (count [1 2]))) (used)").value == "2");
  CHECK(run("(def count (fn [_] 99)) [(used) (count [1])]").value == "[2 99]");
  CHECK(run("[(reduce + [1 2]) (clojure.core/first [5])]").value == "[3 5]");
}

TEST_CASE_METHOD(LowerTest, "datoms of any origin are lowered, or refused") {
  const Pin pin(worker());
  Edit edit = Edit::in_slab(pin);
  const auto key = [&](std::string_view name) { return substrate::keyword(pin, name); };
  const auto refs = [&](std::initializer_list<std::int64_t> ids) {
    std::vector<Word> words;
    for (const auto id : ids) words.push_back(substrate::int_word(id));
    return substrate::Vector::from(edit, words).word;
  };
  const auto seal = [&](std::initializer_list<Fact> facts) {
    std::vector<substrate::Datom> datoms;
    for (const Fact& f : facts) {
      datoms.push_back({substrate::int_word(f.entity), key(f.attribute), f.value,
                        substrate::int_word(0), substrate::int_word(1)});
    }
    return ast::seal_program(edit, 16, "hand", std::move(datoms));
  };
  // (+ x x), the second operand the same entity as the first.
  const auto shared = seal({{16, "yin/type", key("application")},
                            {16, "yin/operator", substrate::int_word(17)},
                            {16, "yin/operands", refs({18, 18})},
                            {17, "yin/type", key("variable")},
                            {17, "yin/name", substrate::symbol(pin, "+")},
                            {18, "yin/type", key("variable")},
                            {18, "yin/name", substrate::symbol(pin, "x")}});
  if (shared.ok()) {
    const auto refused = vm::lower(edit, *shared);
    REQUIRE(!refused.ok());
    CHECK(refused.status().message() ==
          "hand: entity 18: this node stands in two places; give each use an entity of its own");
  }
  const auto outside = seal({{16, "yin/type", key("recur")}, {16, "yin/operands", refs({})}});
  REQUIRE(outside.ok());
  CHECK(!vm::lower(edit, *outside).ok());
  // yin/def as a value
  const auto bare = seal(
      {{16, "yin/type", key("variable")}, {16, "yin/name", substrate::symbol(pin, "yin/def")}});
  REQUIRE(bare.ok());
  CHECK(!vm::lower(edit, *bare).ok());
}

TEST_CASE_METHOD(LowerTest, "a try costs no instruction until an error is raised in it") {
  const Pin pin(worker());
  auto main = lower(pin, "(fn [x] (try (inc x) (catch :default e x)))");
  REQUIRE(main.ok());
  const Word closure = vm::arity_of(pin, *main, 0).constants()[0];
  const vm::Function f = vm::arity_of(pin, closure, 0);
  REQUIRE(f.handlers().size() == 1);
  const substrate::ErrorHandler& handler = f.handlers()[0];
  CHECK(handler.slot == 1);
  CHECK(handler.from == 0);
  CHECK(handler.to == 1);  // inc of a local is one instruction, and a return follows
  CHECK(handler.pc == 2);
  CHECK(f.code()[handler.to] == vm::encode(vm::Op::kReturn));
  CHECK(handler.register_from == 0);
  CHECK(handler.register_to > 0);
  CHECK(handler.register_pc >= handler.register_to);
}

TEST_CASE_METHOD(LowerTest, "a safe point knows who handles an error there") {
  const Pin pin(worker());
  auto main = lower(pin, "[(self) (try (f 1) (try (f 2) (catch :a e (f 3))) (finally (f 4)))]");
  REQUIRE(main.ok());
  const vm::Function f = vm::arity_of(pin, *main, 0);
  std::vector<std::uint32_t> handlers;
  for (const auto& point : f.safe_points()) handlers.push_back(point.handler);
  // The entry; f of 1 and 2; of 3, which the inner one no longer handles; of 4.
  CHECK(handlers == std::vector<std::uint32_t>{0, 1, 2, 1, 0});
}

TEST_CASE_METHOD(LowerTest, "functions that differ in their handlers differ in content") {
  const Pin pin(worker());
  const auto hash = [&](std::string_view text) {
    auto main = lower(pin, text);
    REQUIRE(main.ok());
    return vm::arity_of(pin, *main, 0).info().content_hash;
  };
  CHECK(hash("(try (f) (catch Exception e 1))") == hash("\n(try (f) (catch Throwable x 1))"));
  CHECK(hash("(try (f) (catch :default e 1))") != hash("(try (f) (catch :default e 2))"));
  CHECK(hash("(try (f 1) (finally 1))") != hash("(do (f 1) 1)"));
}

TEST_CASE_METHOD(LowerTest, "a recur may not leave a try, whoever wrote the program") {
  const Pin pin(worker());
  Edit edit = Edit::in_slab(pin);
  std::vector<ast::Node> nodes(4);
  const auto set = [&](std::uint32_t i, ast::NodeType type, std::vector<ast::NodeIndex> children) {
    nodes[i].type = type;
    nodes[i].children = std::move(children);
  };
  set(0, ast::NodeType::kLoop, {ast::NodeIndex{1}});
  set(1, ast::NodeType::kFinally, {ast::NodeIndex{2}, ast::NodeIndex{3}});
  set(2, ast::NodeType::kRecur, {});
  set(3, ast::NodeType::kLiteral, {});
  auto program = ast::seal_nodes(edit, "t.clj", nodes);
  REQUIRE(program.ok());
  const auto main = vm::lower(edit, *program);
  REQUIRE_FALSE(main.ok());
  CHECK(main.status().message().find("`recur` must be the last thing") != std::string::npos);
}
