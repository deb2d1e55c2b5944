#include "vm/register/register.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>
#include <vector>

#include "substrate/check.h"
#include "substrate/map.h"
#include "substrate/vector.h"
#include "vm/code.h"
#include "vm/internal/arithmetic.h"
#include "vm/internal/call.h"
#include "vm/internal/slots.h"
#include "vm/primitive.h"
#include "vm/register/code.h"

namespace yin::vm::registers {

namespace {

using internal::add_small;
using internal::call_slowly;
using internal::compare;
using internal::constants_of;
using internal::equality;
using internal::greater;
using internal::greater_equal;
using internal::less;
using internal::less_equal;
using internal::modulus_small;
using internal::multiply_small;
using internal::quotient_small;
using internal::Registers;
using internal::remainder_small;
using internal::subtract_small;
using internal::Truth;
using substrate::Edit;
using substrate::int_word;
using substrate::is_nil;
using substrate::is_small_int;
using substrate::kNil;
using substrate::ObjectHeader;
using substrate::Pin;
using substrate::truthy;
using substrate::Vector;
using substrate::Word;

// The integer in a word of an instruction.
Word held_int(const std::uint32_t* word) { return int_word(static_cast<std::int32_t>(*word)); }
std::int32_t distance(const std::uint32_t* word) { return static_cast<std::int32_t>(*word); }

using Code = internal::InRegisterCode<std::vector<internal::Activation>>;

class RegisterMachine final : public internal::SlotMachine<Code> {
 public:
  Outcome run(Edit& edit, std::uint64_t& fuel) override;

 private:
  std::array<const void*, 256> labels_{};  // of run(), by operation
};

// One label an instruction, in the order of their numbers; computed goto, as in the stack
// projection. `pc` stands at the instruction that runs.
Outcome RegisterMachine::run(Edit& edit, std::uint64_t& fuel) {
  static const void* const kLabels[] = {&&op_invalid,
                                        &&op_move,
                                        &&op_constant,
                                        &&op_int,
                                        &&op_capture,
                                        &&op_self,
                                        &&op_global,
                                        &&op_jump,
                                        &&op_jump_if,
                                        &&op_jump_unless,
                                        &&op_unless_less,
                                        &&op_unless_greater,
                                        &&op_unless_less_equal,
                                        &&op_unless_greater_equal,
                                        &&op_unless_equal,
                                        &&op_unless_less_int,
                                        &&op_unless_greater_int,
                                        &&op_unless_less_equal_int,
                                        &&op_unless_greater_equal_int,
                                        &&op_unless_equal_int,
                                        &&op_call,
                                        &&op_call_self,
                                        &&op_tail_call,
                                        &&op_tail_self,
                                        &&op_return,
                                        &&op_return_constant,
                                        &&op_return_int,
                                        &&op_primitive,
                                        &&op_primitive1,
                                        &&op_primitive2,
                                        &&op_define,
                                        &&op_tail_define,
                                        &&op_closure,
                                        &&op_vector,
                                        &&op_map,
                                        &&op_set,
                                        &&op_loop,
                                        &&op_loop_move,
                                        &&op_add,
                                        &&op_subtract,
                                        &&op_multiply,
                                        &&op_quotient,
                                        &&op_remainder,
                                        &&op_modulus,
                                        &&op_less,
                                        &&op_greater,
                                        &&op_less_equal,
                                        &&op_greater_equal,
                                        &&op_equal,
                                        &&op_add_int,
                                        &&op_subtract_int,
                                        &&op_multiply_int,
                                        &&op_quotient_int,
                                        &&op_remainder_int,
                                        &&op_modulus_int,
                                        &&op_increment,
                                        &&op_decrement,
                                        &&op_nth,
                                        &&op_get,
                                        &&op_return_add,
                                        &&op_return_subtract,
                                        &&op_return_multiply};
  static_assert(std::size(kLabels) == static_cast<std::size_t>(RegisterOp::kEnd),
                "an operation needs a label, in its place");
  if (labels_[0] == nullptr) {
    labels_.fill(&&op_invalid);
    std::copy(std::begin(kLabels), std::end(kLabels), labels_.begin());
  }
  const void* const* const labels = labels_.data();

  const Pin& pin = edit.pin();
  const internal::Generic& g = internal::generic();
  const Primitive* const table = primitives().data();
  PrimitiveContext c(edit, self_);
  std::uint64_t left = std::max<std::uint64_t>(fuel, 1);
  ++run_;
  std::uint64_t unused = 0;  // fuel kept back so that the slice ends at the next safe point

  const auto done = [](Word w) {
    return Outcome{.kind = OutcomeKind::kDone, .value = w, .effect = {}};
  };
  Registers first{};
  if (!start(edit, first)) return ended_;
  const std::uint32_t* pc = first.pc;
  Word* base = first.base;
  const ObjectHeader* function = first.function;
  Word* end = slots_end();

  std::uint32_t i = 0;      // the instruction
  Word value = kNil;        // what is returned or written
  std::uint32_t point = 0;  // where fuel ran out
  const auto take = [&](const Registers& r) {
    pc = r.pc, base = r.base, function = r.function, end = slots_end();
  };
  // What was allocated fills the nursery: the slice ends at the next safe point.
  const auto heed_room = [&] {
    if (edit.is_low()) [[unlikely]]
      unused += std::exchange(left, 1) - 1;
  };

  // A comparison that jumps unless it holds, and one that writes what it found: false when the
  // context was told of an error instead.
  const auto branch = [&](Truth t) __attribute__((always_inline)) {
    if (t == Truth::kSignalled) [[unlikely]]
      return false;
    pc += t == Truth::kTrue ? 3 : 3 + distance(pc + 2);
    return true;
  };
  const auto compared = [&](Truth t) __attribute__((always_inline)) {
    if (t == Truth::kSignalled) [[unlikely]]
      return false;
    base[i >> 8] = substrate::boolean_word(t == Truth::kTrue);
    pc += 3;
    return true;
  };

next:
  i = *pc;
  goto* labels[i & 0xff];

  // ------------------------------------------------------------------------ moves
op_move:
  base[i >> 8] = base[pc[1]];
  pc += 2;
  goto next;
op_constant:
  base[i >> 8] = constants_of(function)[pc[1]];
  pc += 2;
  goto next;
op_int:
  base[i >> 8] = held_int(pc + 1);
  pc += 2;
  goto next;
op_capture:
  base[i >> 8] = substrate::field(pin, base[-1], substrate::ClosureField::kCaptured + pc[1]);
  pc += 2;
  goto next;
op_self:
  base[i >> 8] = base[-1];
  ++pc;
  goto next;
op_global : {
  const Word var = constants_of(function)[pc[1]];
  internal::ReadVar& read = vars_[internal::var_index(var)];
  if (read.var != var || read.run != run_) [[unlikely]] {
    const Word w = internal::read_var(c, var);
    if (w == kSignalled || substrate::is_absent(w)) [[unlikely]] {
      const Function f(function);
      if (w != kSignalled) internal::fail_unbound(c, f.program(), Code::entity_at(f, pc));
      goto signalled;
    }
    read = {var, w, run_};
  }
  base[i >> 8] = read.value;
  pc += 2;
  goto next;
}

  // ------------------------------------------------------------------------ jumps
op_jump:
  pc += 2 + distance(pc + 1);
  goto next;
op_jump_if:
  pc += 2 + (truthy(base[i >> 8]) ? distance(pc + 1) : 0);
  goto next;
op_jump_unless:
  pc += 2 + (truthy(base[i >> 8]) ? 0 : distance(pc + 1));
  goto next;
op_unless_less:
  if (!branch(compare<less>(c, g.less, base[i >> 8], base[pc[1]]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater:
  if (!branch(compare<greater>(c, g.greater, base[i >> 8], base[pc[1]]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_less_equal:
  if (!branch(compare<less_equal>(c, g.less_equal, base[i >> 8], base[pc[1]]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_equal:
  if (!branch(compare<greater_equal>(c, g.greater_equal, base[i >> 8], base[pc[1]]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_equal:
  if (!branch(equality(pin, base[i >> 8], base[pc[1]]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_less_int:
  if (!branch(compare<less>(c, g.less, base[i >> 8], held_int(pc + 1)))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_int:
  if (!branch(compare<greater>(c, g.greater, base[i >> 8], held_int(pc + 1)))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_less_equal_int:
  if (!branch(compare<less_equal>(c, g.less_equal, base[i >> 8], held_int(pc + 1)))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_equal_int:
  if (!branch(compare<greater_equal>(c, g.greater_equal, base[i >> 8], held_int(pc + 1))))
      [[unlikely]]
    goto signalled;
  goto next;
op_unless_equal_int:
  if (!branch(equality(pin, base[i >> 8], held_int(pc + 1)))) [[unlikely]]
    goto signalled;
  goto next;
op_loop_move:
  base[i >> 8] = base[pc[1]];
  ++pc;
op_loop:
  if (--left == 0) [[unlikely]] {
    point = pc[2];
    goto out_of_fuel;
  }
  pc += 3 + distance(pc + 1);
  goto next;

  // ------------------------------------------------------------------------ calls
op_call : {
  const std::uint32_t count = pc[1];
  Word* const arguments = base + (i >> 8) + 1;
  const auto f = internal::simple_callee(pin, arguments[-1], count);
  if (f && f->info().slot_max <= static_cast<std::size_t>(end - arguments)) [[likely]] {
    activations_.push_back({pc + 3, function, base});
    base = arguments;
    pc = f->register_code();
    function = f->header();
    if (--left == 0) [[unlikely]]
      goto out_of_fuel_at_entry;
    goto next;
  }
  if (const Primitive* const p =
          internal::plain_primitive(arguments[-1], count)) {  // as a function passed to another
    value = p->function(c, {arguments, count});
    if (value == kSignalled) [[unlikely]]
      goto signalled;
    arguments[-1] = value;
    pc += 3;
    heed_room();
    goto next;
  }
  Registers r{pc + 3, base, arguments + count, function};
  const Called called = call_any(c, r, count, false);
  if (called == Called::kSignalled && c.signal != Signal::kEffect) {
    take({pc, r.base, r.sp, function});  // the slots may have moved
    goto signalled;
  }
  take(r);
  heed_room();
  if (called == Called::kResumed) goto resumed;
  if (called == Called::kReturned) goto next;
  if (called == Called::kEntered) {
    if (--left == 0) goto out_of_fuel_at_entry;
    goto next;
  }
  keep(r, std::nullopt);
  goto asked;
}
op_call_self : {
  Word* const arguments = base + (i >> 8) + 1;
  arguments[-1] = base[-1];
  const Function f(function);
  if (f.info().slot_max > static_cast<std::size_t>(end - arguments)) [[unlikely]] {
    Registers r{pc + 3, base, arguments + pc[1], function};
    enter_function(edit, r, f, pc[1], false);
    take(r);
  } else {
    activations_.push_back({pc + 3, function, base});
    base = arguments;
    pc = f.register_code();
  }
  if (--left == 0) [[unlikely]]
    goto out_of_fuel_at_entry;
  goto next;
}
op_tail_call : {
  const std::uint32_t count = pc[1];
  const Word* const arguments = base + (i >> 8) + 1;
  const auto f = internal::simple_callee(pin, arguments[-1], count);
  if (f && f->info().slot_max <= static_cast<std::size_t>(end - base)) [[likely]] {
    for (std::ptrdiff_t n = -1; n < static_cast<std::ptrdiff_t>(count); ++n) base[n] = arguments[n];
    pc = f->register_code();
    function = f->header();
    if (--left == 0) [[unlikely]]
      goto out_of_fuel_at_entry;
    goto next;
  }
  Registers r{pc, base, base + (i >> 8) + 1 + count, function};
  const Called called = call_any(c, r, count, true);
  if (called == Called::kSignalled && c.signal != Signal::kEffect) {
    take({pc, r.base, r.sp, function});
    goto signalled;
  }
  take(r);
  heed_room();
  if (called == Called::kResumed) goto resumed;
  if (called == Called::kReturned) {
    value = r.sp[-1];
    goto returned;
  }
  if (called == Called::kEntered) {
    if (--left == 0) goto out_of_fuel_at_entry;
    goto next;
  }
  // (The frame is done with: its caller awaits the value.)
  goto asked;
}
op_tail_self : {
  const std::uint32_t count = pc[1];
  const Word* const arguments = base + (i >> 8) + 1;
  for (std::uint32_t n = 0; n < count; ++n) base[n] = arguments[n];
  pc = Function(function).register_code();
  if (--left == 0) [[unlikely]]
    goto out_of_fuel_at_entry;
  goto next;
}
op_return_constant:
  value = constants_of(function)[i >> 8];
  goto returned;
op_return_int:
  value = held_int(pc + 1);
  goto returned;
op_return:
  value = base[i >> 8];
returned:
  if (!activations_.empty()) [[likely]] {
    const internal::Activation& caller = activations_.back();
    base[-1] = value;  // where the callee stood
    pc = caller.pc;
    function = caller.function;
    base = caller.base;
    activations_.pop_back();
    goto next;
  }
  if (!is_nil(below_)) {
    Registers r{};
    enter_frame(pin, r, below_, value);
    take(r);
    goto next;
  }
  fuel = left + unused;
  start_ = Start::kNothing;
  return done(value);
op_primitive : {
  const std::uint32_t count = pc[2];
  Word* const arguments = base + (i >> 8);
  value = table[pc[1]].function(c, {arguments, count});
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  *arguments = value;
  pc += 3;
  heed_room();
  goto next;
}
op_primitive1:
  value = table[pc[1]].function(c, {base + pc[2], 1});
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  base[i >> 8] = value;
  pc += 3;
  heed_room();
  goto next;
op_primitive2:
  value = call_slowly(c, table[pc[1]].function, base[pc[2]], base[pc[3]]);
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  base[i >> 8] = value;
  pc += 4;
  heed_room();
  goto next;
op_define:
  c.ask(EffectKind::kDefine, constants_of(function)[pc[1]], base[i >> 8]);
  keep({pc + 3, base, base + (i >> 8), function}, std::nullopt);
  goto asked;
op_tail_define:
  c.ask(EffectKind::kDefine, constants_of(function)[pc[1]], base[i >> 8]);
  goto asked;

  // ------------------------------------------------------------------------ making
op_closure : {
  const Word functions = constants_of(function)[pc[1]];
  base[i >> 8] = internal::make_closure(
      edit, functions, internal::first_function(pin, functions),
      [&](substrate::Place p) { return internal::captured_value(pin, base, p); });
  pc += 2;
  goto next;
}
op_vector:
  value = Vector::from(edit, {base + (i >> 8), pc[1]}).word;
  goto gathered;
op_map:
  value = internal::make_map_literal(c, {base + (i >> 8), pc[1]});
  goto gathered;
op_set:
  value = internal::make_set_literal(c, {base + (i >> 8), pc[1]});
gathered:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  base[i >> 8] = value;
  pc += 2;
  goto next;

  // ------------------------------------------------------------------------ arithmetic
op_add:
  if (!add_small(base[pc[1]], base[pc[2]], base[i >> 8])) [[unlikely]] {
    value = internal::add_slowly(c, base[pc[1]], base[pc[2]]);
    goto calculated;
  }
  pc += 3;
  goto next;
op_subtract:
  if (!subtract_small(base[pc[1]], base[pc[2]], base[i >> 8])) [[unlikely]] {
    value = internal::subtract_slowly(c, base[pc[1]], base[pc[2]]);
    goto calculated;
  }
  pc += 3;
  goto next;
op_multiply:
  if (!multiply_small(base[pc[1]], base[pc[2]], base[i >> 8])) [[unlikely]] {
    value = internal::multiply_slowly(c, base[pc[1]], base[pc[2]]);
    goto calculated;
  }
  pc += 3;
  goto next;
op_quotient:
  if (!quotient_small(base[pc[1]], base[pc[2]], base[i >> 8])) [[unlikely]] {
    value = call_slowly(c, g.quotient, base[pc[1]], base[pc[2]]);
    goto calculated;
  }
  pc += 3;
  goto next;
op_remainder:
  if (!remainder_small(base[pc[1]], base[pc[2]], base[i >> 8])) [[unlikely]] {
    value = call_slowly(c, g.remainder, base[pc[1]], base[pc[2]]);
    goto calculated;
  }
  pc += 3;
  goto next;
op_modulus:
  if (!modulus_small(base[pc[1]], base[pc[2]], base[i >> 8])) [[unlikely]] {
    value = call_slowly(c, g.modulus, base[pc[1]], base[pc[2]]);
    goto calculated;
  }
  pc += 3;
  goto next;
op_add_int:
  if (!add_small(base[pc[1]], held_int(pc + 2), base[i >> 8])) [[unlikely]] {
    value = internal::add_slowly(c, base[pc[1]], held_int(pc + 2));
    goto calculated;
  }
  pc += 3;
  goto next;
op_subtract_int:
  if (!subtract_small(base[pc[1]], held_int(pc + 2), base[i >> 8])) [[unlikely]] {
    value = internal::subtract_slowly(c, base[pc[1]], held_int(pc + 2));
    goto calculated;
  }
  pc += 3;
  goto next;
op_multiply_int:
  if (!multiply_small(base[pc[1]], held_int(pc + 2), base[i >> 8])) [[unlikely]] {
    value = internal::multiply_slowly(c, base[pc[1]], held_int(pc + 2));
    goto calculated;
  }
  pc += 3;
  goto next;
op_quotient_int:
  if (!quotient_small(base[pc[1]], held_int(pc + 2), base[i >> 8])) [[unlikely]] {
    value = call_slowly(c, g.quotient, base[pc[1]], held_int(pc + 2));
    goto calculated;
  }
  pc += 3;
  goto next;
op_remainder_int:
  if (!remainder_small(base[pc[1]], held_int(pc + 2), base[i >> 8])) [[unlikely]] {
    value = call_slowly(c, g.remainder, base[pc[1]], held_int(pc + 2));
    goto calculated;
  }
  pc += 3;
  goto next;
op_modulus_int:
  if (!modulus_small(base[pc[1]], held_int(pc + 2), base[i >> 8])) [[unlikely]] {
    value = call_slowly(c, g.modulus, base[pc[1]], held_int(pc + 2));
    goto calculated;
  }
  pc += 3;
  goto next;
op_return_add:
  if (!add_small(base[i >> 8], base[pc[1]], value)) [[unlikely]] {
    value = internal::add_slowly(c, base[i >> 8], base[pc[1]]);
    if (value == kSignalled) goto signalled;
  }
  goto returned;
op_return_subtract:
  if (!subtract_small(base[i >> 8], base[pc[1]], value)) [[unlikely]] {
    value = internal::subtract_slowly(c, base[i >> 8], base[pc[1]]);
    if (value == kSignalled) goto signalled;
  }
  goto returned;
op_return_multiply:
  if (!multiply_small(base[i >> 8], base[pc[1]], value)) [[unlikely]] {
    value = internal::multiply_slowly(c, base[i >> 8], base[pc[1]]);
    if (value == kSignalled) goto signalled;
  }
  goto returned;
op_increment:
  if (!add_small(base[pc[1]], int_word(1), base[i >> 8])) [[unlikely]] {
    value = g.increment(c, {base + pc[1], 1});
    goto counted;
  }
  pc += 2;
  goto next;
op_decrement:
  if (!subtract_small(base[pc[1]], int_word(1), base[i >> 8])) [[unlikely]] {
    value = g.decrement(c, {base + pc[1], 1});
    goto counted;
  }
  pc += 2;
  goto next;
counted:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  base[i >> 8] = value;
  pc += 2;
  goto next;
op_nth : {
  const Word in = base[pc[1]];
  const Word index = base[pc[2]];
  if (Vector::is(in) && is_small_int(index)) [[likely]] {
    const auto n = static_cast<std::uint64_t>(substrate::small_int(index));  // negative: too large
    if (n < Vector{in}.count(pin)) [[likely]] {
      value = Vector{in}.nth(pin, n);
      goto calculated;
    }
  }
  value = call_slowly(c, g.nth, in, index);
  goto calculated;
}
op_get:
  if (substrate::Map::is(base[pc[1]])) [[likely]] {
    value = substrate::Map{base[pc[1]]}.get(pin, base[pc[2]]);
  } else {
    value = call_slowly(c, g.get, base[pc[1]], base[pc[2]]);
  }
calculated:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  base[i >> 8] = value;
  pc += 3;
  goto next;
op_less:
  if (!compared(compare<less>(c, g.less, base[pc[1]], base[pc[2]]))) [[unlikely]]
    goto signalled;
  goto next;
op_greater:
  if (!compared(compare<greater>(c, g.greater, base[pc[1]], base[pc[2]]))) [[unlikely]]
    goto signalled;
  goto next;
op_less_equal:
  if (!compared(compare<less_equal>(c, g.less_equal, base[pc[1]], base[pc[2]]))) [[unlikely]]
    goto signalled;
  goto next;
op_greater_equal:
  if (!compared(compare<greater_equal>(c, g.greater_equal, base[pc[1]], base[pc[2]]))) [[unlikely]]
    goto signalled;
  goto next;
op_equal:
  if (!compared(equality(pin, base[pc[1]], base[pc[2]]))) [[unlikely]]
    goto signalled;
  goto next;

op_invalid:
  substrate::die("an instruction of no kind: the function's code is damaged");

  // ------------------------------------------------------------------------ ends of the slice
signalled : {
  Registers r{pc, base, nullptr, function};
  if (handle(c, r, pc)) {
    take(r);
    heed_room();
    goto next;
  }
  fuel = left + unused;
  return ended_;
}
asked:
  fuel = left + unused;
  start_ = Start::kNothing;
  return {.kind = OutcomeKind::kEffect, .value = kNil, .effect = c.effect};
resumed:
  value = delivered_;
  if (--left != 0) goto returned;
  fuel = unused;
  return stop_resumed();
out_of_fuel_at_entry:
  point = 0;
out_of_fuel:
  fuel = unused;
  keep({pc, base, nullptr, function}, point);
  start_ = Start::kGoOn;
  return {.kind = OutcomeKind::kFuel, .value = kNil, .effect = {}};
}

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<RegisterMachine>(); }

}  // namespace yin::vm::registers
