// Frames and code: what is written is what is read, down to the bytes.

#include "vm/frame.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "ast/reader.h"
#include "vm/code.h"
#include "vm/lower.h"
#include "tests/support/run_program.h"

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

TEST_CASE("instructions take their operands back out") {
  using vm::Op;
  CHECK(vm::op_of(vm::encode(Op::kCall, 77)) == Op::kCall);
  CHECK(vm::operand(vm::encode(Op::kCall, vm::kOperandMax)) == vm::kOperandMax);
  for (const std::int32_t v : {0, 1, -1, vm::kSignedOperandMax, vm::kSignedOperandMin}) {
    CHECK(vm::signed_operand(vm::encode_signed(Op::kJump, v)) == v);
  }
  for (const std::int32_t v : {0, 1, -1, vm::kPairIntMax, vm::kPairIntMin}) {
    const auto i =
        vm::encode_pair(Op::kAddLocalInt, vm::kPairSlotMax, static_cast<std::uint32_t>(v));
    CHECK(vm::pair_int(i) == v);
    CHECK(vm::pair_slot(i) == vm::kPairSlotMax);
    CHECK(vm::op_of(i) == Op::kAddLocalInt);
  }
  const auto place = vm::make_place(substrate::PlaceKind::kCapture, 5);
  CHECK((vm::place_kind(place) == substrate::PlaceKind::kCapture && vm::place_index(place) == 5));
}

TEST_CASE("the number of an operation is for good") {
  using vm::Op;  // a failure means that code in domains changed its meaning
  CHECK(static_cast<int>(Op::kConstant) == 1);
  CHECK(static_cast<int>(Op::kCall) == 12);
  CHECK(static_cast<int>(Op::kRecur) == 23);
  CHECK(static_cast<int>(Op::kUnlessLess) == 40);
  CHECK(static_cast<int>(Op::kGet) == 56);
}

TEST_CASE("a frame is what it was made of") {
  tests::ProgramRunner r;
  const Pin pin(r.worker());
  Edit edit = Edit::in_slab(pin);
  auto program = ast::read_clojure(edit, "(fn ([a] a) ([a b] [a b]))", "t.clj");
  REQUIRE(program.ok());
  auto main = vm::lower(edit, *program);
  REQUIRE(main.ok());
  const auto machine = vm::make_machine(vm::Projection::kStack);
  std::uint64_t fuel = 10;
  machine->load(pin, vm::make_call(edit, *main, {}), substrate::kNil, false);
  const Word closure = machine->run(edit, fuel).value;
  const Word slots[] = {substrate::int_word(1), substrate::int_word(2)};
  const Word frame =
      vm::make_frame(edit, substrate::kNil, closure, vm::arity_of(pin, closure, 1), 0, slots);
  const vm::FrameView view = vm::view_frame(pin, frame);
  CHECK(substrate::is_nil(view.caller));
  CHECK(view.closure == closure);
  CHECK(view.safe_point == 0);
  CHECK(view.function.info().arity_index == 1);
  CHECK(std::vector<Word>(view.slots.begin(), view.slots.end()) ==
        std::vector<Word>(std::begin(slots), std::end(slots)));
}
