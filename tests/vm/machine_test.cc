// Machines: depth and loops are bounded by memory only, fuel is counted alike, and whatever one
// projection saves another goes on with.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/list.h"
#include "substrate/nursery.h"
#include "substrate/vector.h"
#include "ast/reader.h"
#include "vm/frame.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/run_program.h"

using namespace yin;
using substrate::Edit;
using substrate::kNil;
using substrate::Pin;
using substrate::Word;
using vm::Outcome;
using vm::OutcomeKind;
using vm::Projection;

namespace {

constexpr std::uint64_t kPlenty = ~std::uint64_t{0};

struct MachineTest : tests::ProgramRunner {
  // A continuation that will evaluate the program. It must define nothing: nobody performs effects
  // here.
  Word start(const Pin& pin, std::string_view text) {
    Edit edit = Edit::in_slab(pin);
    auto program = ast::read_clojure(edit, text, "t.clj");
    REQUIRE(program.ok());
    auto main = vm::lower(edit, *program);
    REQUIRE(main.ok());
    return vm::make_call(edit, *main, {});
  }
};

// One run from a continuation that awaits nil. `continuation` becomes the next one, in the slab.
Outcome one_run(const Pin& pin, vm::Machine& machine, Word& continuation, std::uint64_t fuel) {
  Edit edit = Edit::in_slab(pin);
  machine.load(pin, continuation, kNil, false);
  const Outcome outcome = machine.run(edit, fuel);
  if (outcome.kind == OutcomeKind::kFuel || outcome.kind == OutcomeKind::kEffect)
    continuation = machine.save(edit);
  return outcome;
}

std::uint64_t depth_of(const Pin& pin, Word frame) {
  std::uint64_t depth = 0;
  for (; !substrate::is_nil(frame); frame = vm::view_frame(pin, frame).caller) ++depth;
  return depth;
}

// The same step: closures of one function with equal captures, equal values in every slot, equal
// callers.
bool same_value(const Pin& pin, Word a, Word b) {
  if (!substrate::is_object(a, substrate::ObjectKind::kClosure) || a == b)
    return substrate::equal(pin, a, b);
  const auto* x = substrate::header_of(pin, a);
  const auto* y = substrate::header_of(pin, b);
  if (x->count != y->count) return false;
  for (std::uint32_t i = 0; i < x->count; ++i) {
    if (!same_value(pin, substrate::record_words(x)[i], substrate::record_words(y)[i]))
      return false;
  }
  return true;
}

bool same_step(const Pin& pin, Word a, Word b) {
  for (; !substrate::is_nil(a) && !substrate::is_nil(b);
       a = vm::view_frame(pin, a).caller, b = vm::view_frame(pin, b).caller) {
    const auto x = vm::view_frame(pin, a);
    const auto y = vm::view_frame(pin, b);
    if (x.safe_point != y.safe_point || x.slots.size() != y.slots.size()) return false;
    if (x.function.header() != y.function.header() || !same_value(pin, x.closure, y.closure))
      return false;
    for (std::size_t i = 0; i < x.slots.size(); ++i) {
      if (!same_value(pin, x.slots[i], y.slots[i])) return false;
    }
  }
  return substrate::is_nil(a) && substrate::is_nil(b);
}

constexpr std::string_view kPrograms[] = {
    "(loop [i 0 s 0] (if (< i 4) (recur (inc i) (+ s i)) s))",
    "(let [f (fn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))] (f 6))",
    "(let [f (fn self [n a] (if (= n 0) a (self (dec n) [n a])))] (+ 1 (count (f 4 nil))))",
    "(let [make (fn [k] (fn [x] (+ x k))) g (make 2)] [(g 1) {:a (g 2) (g 3) 4} #{(g 4)}])",
    "(let [x 1] (+ x (if (= ((fn [y] y) x) 1) (loop [i 0] (if (< i 2) (recur (inc i)) i)) 5)))",
    "(reduce + (map (fn [x] (* x x)) [1 2 3]))",
    "(let [f (fn ([a] (f2 a)) ([a b] [a b]))] 1)",
    "(apply (fn [a & r] (if a (count r) 0)) 1 2 [3 4])",
    "(do ((fn [x] x) 1) (let [a ((fn [x] x) 2) b ((fn [x] (+ x a)) 3)] ((fn [x] [x a b]) 4)))",
    "(sort (fn [a b] (< b a)) [3 1 2])",
};

}  // namespace

TEST_CASE_METHOD(MachineTest, "all projections stop at the same steps with the same frames") {
  for (const std::string_view text : kPrograms) {
    for (const Projection other : vm::kProjections) {
      INFO(text << " on " << static_cast<int>(other));
      const Pin pin(worker());
      const auto machine = vm::make_machine(other);
      const auto walk = vm::make_machine(Projection::kWalk);
      Word a = start(pin, text);
      Word b = a;
      for (int step = 0;; ++step) {
        INFO("step " << step);
        const Outcome x = one_run(pin, *machine, a, 1);
        const Outcome y = one_run(pin, *walk, b, 1);
        REQUIRE(x.kind == y.kind);
        if (x.kind != OutcomeKind::kFuel) {
          CHECK(substrate::equal(pin, x.value, y.value));
          break;
        }
        REQUIRE(same_step(pin, a, b));
      }
    }
  }
}

TEST_CASE_METHOD(MachineTest, "a frame has the same bytes whoever saved it") {
  const Pin pin(worker());
  const Word begin = start(
      pin, "(let [f (fn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))] (+ 1 (f 5)))");
  for (const Projection other : vm::kProjections) {
    Word a = begin;
    Word b = begin;
    const auto machine = vm::make_machine(other);
    const auto walk = vm::make_machine(Projection::kWalk);
    for (int step = 0; step < 9; ++step) {
      REQUIRE(one_run(pin, *machine, a, 1).kind == OutcomeKind::kFuel);
      REQUIRE(one_run(pin, *walk, b, 1).kind == OutcomeKind::kFuel);
      const auto* x = substrate::header_of(pin, a);
      const auto* y = substrate::header_of(pin, b);
      REQUIRE(x->count == y->count);
      REQUIRE(x->kind == y->kind);
      for (std::uint32_t i = substrate::FrameField::kClosure; i < x->count; ++i) {
        CHECK(substrate::record_words(x)[i] == substrate::record_words(y)[i]);
      }
    }
  }
}

TEST_CASE_METHOD(MachineTest, "recursion a million deep ends") {
  const std::string text = "(def deep (fn [n] (if (= n 0) 0 (+ 1 (deep (- n 1)))))) (deep " +
                           std::to_string(test::effort(1000000)) + ")";
  for (const Projection p : vm::kProjections) {
    CHECK(run(text, {.projections = {p}}).value == std::to_string(test::effort(1000000)));
  }
  // ... and in slices, in turn.
  const std::vector<Projection> all(std::begin(vm::kProjections), std::end(vm::kProjections));
  CHECK(run(text, {.projections = all, .fuel = 20000}).value ==
        std::to_string(test::effort(1000000)));
}

TEST_CASE_METHOD(MachineTest, "tail calls and loops keep no frames") {
  constexpr std::string_view kLoops[] = {
      "(let [f (fn down [n] (if (= n 0) :end (down (- n 1))))] (f 20000))",
      "(let [f (fn go [n g] (if (= n 0) :end (g (- n 1) go)))] (f 20000 f))",
      "(loop [i 0] (if (< i 20000) (recur (inc i)) :end))",
      "(let [f (fn go [n] (cond (= n 0) :end :else (let [m (- n 1)] (do 1 (go m)))))] (f 20000))",
      "(let [f (fn go [n] (if (= n 0) :end (apply go [(- n 1)])))] (f 20000))",
  };
  for (const Projection p : vm::kProjections) {
    const auto machine = vm::make_machine(p);
    for (const std::string_view text : kLoops) {
      INFO(text);
      const Pin pin(worker());
      Word continuation = start(pin, text);
      Outcome outcome;
      while ((outcome = one_run(pin, *machine, continuation, 999)).kind == OutcomeKind::kFuel) {
        REQUIRE(depth_of(pin, continuation) == 1);
      }
      CHECK(substrate::print(pin, outcome.value) == ":end");
    }
  }
}

TEST_CASE_METHOD(MachineTest, "fuel is counted alike") {
  for (const std::string_view text : kPrograms) {
    INFO(text);
    const auto stack = run(text, {.projections = {Projection::kStack}, .fuel = 1000000});
    const auto walk = run(text, {.projections = {Projection::kWalk}, .fuel = 1000000});
    const auto registers = run(text, {.projections = {Projection::kRegister}, .fuel = 1000000});
    const auto sliced = run(
        text,
        {.projections = {Projection::kWalk, Projection::kRegister, Projection::kStack}, .fuel = 3});
    CHECK(stack.fuel_used == walk.fuel_used);
    CHECK(registers.fuel_used == walk.fuel_used);
    CHECK(stack.fuel_used == sliced.fuel_used);
  }
}

TEST_CASE_METHOD(MachineTest, "saving writes the frames that changed and shares the others") {
  for (const Projection p : vm::kProjections) {
    const Pin pin(worker());
    const auto machine = vm::make_machine(p);
    Word continuation = start(pin,
                              "(let [f (fn deep [n] (if (= n 0) (loop [i 0] (recur (inc i))) (+ 1 "
                              "(deep (- n 1)))))] (f 50))");
    for (int i = 0; i < 60; ++i)
      REQUIRE(one_run(pin, *machine, continuation, 1).kind == OutcomeKind::kFuel);
    REQUIRE(depth_of(pin, continuation) == 51);
    const Word caller = vm::view_frame(pin, continuation).caller;
    REQUIRE(one_run(pin, *machine, continuation, 5).kind == OutcomeKind::kFuel);
    CHECK(vm::view_frame(pin, continuation).caller == caller);
  }
}

TEST_CASE_METHOD(MachineTest, "a machine goes on by itself after it ran out of fuel") {
  for (const Projection p : vm::kProjections) {
    const Pin pin(worker());
    Edit edit = Edit::in_nursery(pin);
    const auto machine = vm::make_machine(p);
    machine->load(
        pin, start(pin, "(+ 1 (loop [i 0] (if (< i 10) (recur (inc i)) (+ i ((fn [x] x) 5)))))"),
        kNil, false);
    int runs = 0;
    for (;; ++runs) {
      std::uint64_t fuel = 1;
      const Outcome outcome = machine->run(edit, fuel);
      if (outcome.kind != OutcomeKind::kFuel) {
        CHECK(substrate::print(pin, outcome.value) == "16");
        break;
      }
      CHECK(fuel == 0);
    }
    CHECK(runs == 11);
  }
}

TEST_CASE_METHOD(MachineTest, "what is loaded is the value awaited, or raised") {
  for (const Projection p : vm::kProjections) {
    const Pin pin(worker());
    Edit edit = Edit::in_slab(pin);
    const auto machine = vm::make_machine(p);
    std::uint64_t fuel = 10;
    machine->load(pin, kNil, substrate::int_word(7), false);
    Outcome outcome = machine->run(edit, fuel);
    CHECK((outcome.kind == OutcomeKind::kDone && outcome.value == substrate::int_word(7)));

    machine->load(pin, start(pin, "[1 (call :op 2) 3]"), kNil, false);
    outcome = machine->run(edit, fuel);
    REQUIRE(outcome.kind == OutcomeKind::kEffect);
    CHECK(outcome.effect.kind == vm::EffectKind::kCall);
    CHECK(substrate::print(pin, outcome.effect.argument[1]) == "[2]");
    const Word continuation = machine->save(edit);
    machine->load(pin, continuation, substrate::kTrue, false);
    CHECK(substrate::print(pin, machine->run(edit, fuel).value) == "[1 true 3]");
    machine->load(pin, continuation, substrate::kFalse,
                  false);  // a continuation may go on more than once
    CHECK(substrate::print(pin, machine->run(edit, fuel).value) == "[1 false 3]");
    const Word error = vm::make_error(edit, "user", "from outside", kNil);
    machine->load(pin, continuation, error, true);
    outcome = machine->run(edit, fuel);
    REQUIRE(outcome.kind == OutcomeKind::kFailed);
    CHECK(vm::describe_error(pin, outcome.value) == "t.clj:1:4: from outside");
  }
}

TEST_CASE_METHOD(MachineTest, "an effect in tail position leaves the caller to await its value") {
  for (const Projection p : vm::kProjections) {
    const Pin pin(worker());
    const auto machine = vm::make_machine(p);
    Word continuation = start(pin, "(call :op)");
    REQUIRE(one_run(pin, *machine, continuation, kPlenty).kind == OutcomeKind::kEffect);
    CHECK(substrate::is_nil(continuation));
    continuation = start(pin, "(+ 1 ((fn [] (call :op))))");
    REQUIRE(one_run(pin, *machine, continuation, kPlenty).kind == OutcomeKind::kEffect);
    CHECK(depth_of(pin, continuation) == 1);
  }
}

TEST_CASE_METHOD(MachineTest, "self is the agent that runs") {
  for (const Projection p : vm::kProjections) {
    const Pin pin(worker());
    Edit edit = Edit::in_slab(pin);
    const auto machine = vm::make_machine(p);
    std::uint64_t fuel = 10;
    machine->set_self({.ref = substrate::int_word(99)});
    machine->load(pin, start(pin, "(self)"), kNil, false);
    CHECK(machine->run(edit, fuel).value == substrate::int_word(99));
  }
}

TEST_CASE_METHOD(MachineTest,
                 "calls are made of closures, primitives and what is called like one") {
  const Pin pin(worker());
  Edit edit = Edit::in_slab(pin);
  const auto call = [&](std::string_view function, std::vector<Word> arguments) {
    const auto machine = vm::make_machine(Projection::kStack);
    Word continuation = start(pin, function);
    std::uint64_t fuel = 100;
    machine->load(pin, continuation, kNil, false);
    const Outcome made = machine->run(edit, fuel);
    const Word frame = vm::make_call(edit, made.value, arguments);
    if (substrate::is_object(frame, substrate::ObjectKind::kError))
      return "!" + vm::describe_error(pin, frame);
    std::string text;
    for (const Projection p : vm::kProjections) {
      const auto other = vm::make_machine(p);
      other->load(pin, frame, kNil, false);
      const Outcome outcome = other->run(edit, fuel);
      text += outcome.kind == OutcomeKind::kDone ? substrate::print(pin, outcome.value)
                                                 : "!" + vm::describe_error(pin, outcome.value);
      text += ' ';
    }
    return text;
  };
  const Word one = substrate::int_word(1);
  const Word two = substrate::int_word(2);
  CHECK(call("(fn [a b] [b a])", {one, two}) == "[2 1] [2 1] [2 1] [2 1] ");
  CHECK(call("(fn [a & r] r)", {one, two}) == "(2) (2) (2) (2) ");
  CHECK(call("(fn [a & r] r)", {one}) == "nil nil nil nil ");
  CHECK(call("+", {one, two}) == "3 3 3 3 ");
  CHECK(call(":k", {one}) == "nil nil nil nil ");
  CHECK(call("(fn [a] a)", {}) == "!a function takes 1 argument, got 0");
  CHECK(call("5", {}).starts_with("!"));
}

TEST_CASE_METHOD(MachineTest, "a slice that allocates much ends early, with its fuel") {
  for (const Projection p : vm::kProjections) {
    const auto result =
        run("(loop [i 0] (if (< i 40) (do (vec (range 1000000)) (recur (inc i))) i))",
            {.projections = {p}});
    CHECK(result.value == "40");
    CHECK(result.steps > 3);
    CHECK(result.fuel_used == 40);
  }
}

TEST_CASE_METHOD(MachineTest, "what a machine makes is well formed, lists cut anywhere") {
  constexpr std::string_view kAllRests =
      "(fn [xs] (loop [xs xs all []] (if (empty? xs) all (recur (rest xs) (conj all xs)))))";
  constexpr std::string_view kLists[] = {
      "(range 40)",
      "(map str (range 1000000 1000027))",
      "(list* 1 2.5 [\"x\"] :k (range 14))",
      "(reverse (conj (range 13) [1]))",
      "(map (fn [i] [[i] [i \"a text that is an object\"] [i i i nil 2.5 :k] [i i i i i i i]]) "
      "(range 20))",
      "(conj (conj (range 14) \"a text that is an object\") 3)",
  };
  for (const Projection projection : vm::kProjections) {
    const auto machine = vm::make_machine(projection);
    for (const std::string_view list : kLists) {
      INFO(vm::projection_name(projection) << " " << list);
      const Pin pin(worker());
      const std::string text = "(" + std::string(kAllRests) + " " + std::string(list) + ")";
      machine->load(pin, start(pin, text), kNil, false);
      Edit edit = Edit::in_nursery(pin);
      std::uint64_t fuel = kPlenty;
      const Outcome outcome = machine->run(edit, fuel);
      REQUIRE(outcome.kind == OutcomeKind::kDone);
      const substrate::Vector all{outcome.value};
      REQUIRE(all.count(pin) > 13);
      for (std::uint64_t i = 0; i < all.count(pin); ++i) {
        REQUIRE(tests::flaw_in(pin, all.nth(pin, i)) == "");
        REQUIRE(substrate::List{all.nth(pin, i)}.count(pin) == all.count(pin) - i);
      }
      worker().nursery().reset();
    }
  }
}
