// Errors: values with kind, message, data and place, told as one line.

#include "vm/error.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "ast/reader.h"
#include "vm/frame.h"
#include "tests/support/run_program.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Edit;
using substrate::ErrorField;
using substrate::Pin;
using substrate::Word;

TEST_CASE("an error keeps its kind, message, data and first place") {
  tests::TestDomain d;
  const Pin pin(*d.worker);
  Edit edit = Edit::in_slab(pin);
  const Word error = vm::make_error(edit, "type", "wrong", substrate::int_word(5));
  CHECK(substrate::field(pin, error, ErrorField::kKind) == substrate::keyword(pin, "type"));
  CHECK(vm::describe_error(pin, error) == "wrong 5");
  const vm::ErrorPlace place{substrate::from_string(edit, "a.clj"), substrate::int_word(3),
                             substrate::int_word(7)};
  const Word placed = vm::with_place(edit, error, place, substrate::kNil);
  CHECK(vm::describe_error(pin, placed) == "a.clj:3:7: wrong 5");
  const vm::ErrorPlace other{substrate::from_string(edit, "b.clj"), substrate::int_word(1),
                             substrate::int_word(1)};
  CHECK(vm::with_place(edit, placed, other, substrate::kNil) == placed);
}

TEST_CASE("an error in a function names its line, one in the prelude the line that called it") {
  tests::ProgramRunner r;
  CHECK(r.run("(defn f [x]\n  (+ x 1))\n(f nil)").value == "!t.clj:2:3: + needs numbers, got nil");
  CHECK(r.run("(defn g [x]\n  (str (map inc x)))\n(g [1 nil])").value.starts_with("!t.clj:2:8:"));
  CHECK(r.run("(defn h [x]\n  (map inc x))\n(h 1)").value.starts_with("!t.clj:2:3:"));
  CHECK(r.run("(defn k [x]\n  (reduce (fn [a b]\n    (/ a b)) x))\n(k [1 0])").value ==
        "!t.clj:3:5: division by zero in /");
}

TEST_CASE("an error keeps the node that raised it, and what it says of itself when raised again") {
  tests::ProgramRunner r;
  const Pin pin(r.worker());
  Edit edit = Edit::in_slab(pin);
  auto program = ast::read_clojure(edit, "(try\n  (/ 1 0) (finally nil))", "t.clj");
  REQUIRE(program.ok());
  auto main = vm::lower(edit, *program);
  REQUIRE(main.ok());
  for (const auto p : vm::kProjections) {
    const auto machine = vm::make_machine(p);
    std::uint64_t fuel = 100;
    machine->load(pin, vm::make_call(edit, *main, {}), substrate::kNil, false);
    const auto outcome = machine->run(edit, fuel);
    REQUIRE(outcome.kind == vm::OutcomeKind::kFailed);
    const auto part = [&](std::uint32_t field) {
      return substrate::field(pin, outcome.value, field);
    };
    CHECK(part(ErrorField::kProgram) == *program);
    const auto entity = static_cast<std::uint32_t>(substrate::small_int(part(ErrorField::kEntity)));
    CHECK(vm::place_of_node(pin, *program, entity).line == substrate::int_word(2));
    CHECK(substrate::is_nil(part(ErrorField::kCause)));
  }
}

TEST_CASE("an error from outside is caught where the continuation awaits a value") {
  tests::ProgramRunner r;
  const Pin pin(r.worker());
  Edit edit = Edit::in_slab(pin);
  const auto value_after = [&](std::string_view text, std::uint64_t fuel_before,
                               vm::Projection before, vm::Projection after) {
    auto program = ast::read_clojure(edit, text, "t.clj");
    REQUIRE(program.ok());
    auto main = vm::lower(edit, *program);
    REQUIRE(main.ok());
    const auto first = vm::make_machine(before);
    first->load(pin, vm::make_call(edit, *main, {}), substrate::kNil, false);
    const auto stopped = first->run(edit, fuel_before);
    REQUIRE((stopped.kind == vm::OutcomeKind::kEffect || stopped.kind == vm::OutcomeKind::kFuel));
    const Word continuation = first->save(edit);
    const auto second = vm::make_machine(after);
    const Word error = vm::make_error(edit, "host", "no answer", substrate::kNil);
    second->load(pin, continuation, error, true);
    std::uint64_t fuel = 100;
    const auto outcome = second->run(edit, fuel);
    return outcome.kind == vm::OutcomeKind::kDone ? substrate::print(pin, outcome.value)
                                                  : "!" + vm::describe_error(pin, outcome.value);
  };
  for (const auto before : vm::kProjections) {
    for (const auto after : vm::kProjections) {
      CHECK(value_after("(try (call :op) (catch :host e (ex-message e)))", 100, before, after) ==
            "\"no answer\"");
      CHECK(value_after("(inc (try (call :op) (finally 1)))", 100, before, after) ==
            "!t.clj:1:11: no answer");
      CHECK(value_after("(try (inc ((fn [] [(call :op)]))) (catch :host e 7))", 100, before,
                        after) == "7");
      // Out of fuel at the head of a loop inside a try, and of one that begins with a try.
      CHECK(value_after("(try (loop [] (recur)) (catch :host e 8))", 1, before, after) == "8");
      CHECK(value_after("(loop [i 0] (if (try (nth [1] i) (catch :host e 1)) (recur 0)))", 1,
                        before, after) == "!t.clj:1:1: no answer");
    }
  }
}

TEST_CASE("an error keeps the frames of its innermost callers") {
  tests::ProgramRunner r;
  const Pin pin(r.worker());
  Edit edit = Edit::in_slab(pin);
  for (const int depth : {3, 500}) {
    const std::string text =
        "(let [f (fn deep [n] (if (= n 0) (/ 1 n) (+ 1 (deep (- n 1)))))] (+ 1 (f " +
        std::to_string(depth) + ")))";
    auto program = ast::read_clojure(edit, text, "t.clj");
    REQUIRE(program.ok());
    auto main = vm::lower(edit, *program);
    REQUIRE(main.ok());
    for (const auto p : vm::kProjections) {
      const auto machine = vm::make_machine(p);
      std::uint64_t fuel = 10000;
      machine->load(pin, vm::make_call(edit, *main, {}), substrate::kNil, false);
      const auto outcome = machine->run(edit, fuel);
      REQUIRE(outcome.kind == vm::OutcomeKind::kFailed);
      std::uint64_t frames = 0;
      Word frame = substrate::field(pin, outcome.value, ErrorField::kFrames);
      for (; !substrate::is_nil(frame); frame = vm::view_frame(pin, frame).caller) ++frames;
      CHECK(frames == (depth == 3 ? 4 : 64));
    }
  }
}
