#include "vm/stack/stack.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/map.h"
#include "substrate/vector.h"
#include "vm/code.h"
#include "vm/frame.h"
#include "vm/internal/arithmetic.h"
#include "vm/internal/call.h"
#include "vm/internal/slots.h"
#include "vm/primitive.h"

namespace yin::vm::stack {

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
using internal::multiply_small;
using internal::plain_primitive;
using internal::Registers;
using internal::simple_callee;
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

// The integer in the word behind an instruction.
Word held_int(const std::uint32_t* pc) { return int_word(static_cast<std::int32_t>(*pc)); }

struct Code {
  using Activations = std::vector<internal::Activation>;
  static const std::uint32_t* begin(const Function& f) { return f.code(); }
  static const std::uint32_t* at(const Function& f, const substrate::SafePoint& point) {
    return f.code() + point.pc;
  }
  static std::uint32_t entity_at(const Function& f, const std::uint32_t* at) {
    return f.entity_at(static_cast<std::uint32_t>(at - f.code()));
  }
  static const substrate::ErrorHandler* handler_around(const Function& f, const std::uint32_t* at) {
    return f.handler_around(static_cast<std::uint32_t>(at - f.code()));
  }
  static const std::uint32_t* handler(const Function& f, const substrate::ErrorHandler& handler) {
    return f.code() + handler.pc;
  }
};

class StackMachine final : public internal::SlotMachine<Code> {
 public:
  Outcome run(Edit& edit, std::uint64_t& fuel) override;

 private:
  std::array<const void*, 256> labels_{};  // of run(), by operation
};

// ------------------------------------------------------------------------------------ the loop

// One label an instruction, in the order of their numbers in `kLabels`; computed goto, because a
// jump of its own behind each instruction is predicted better than one for all. What several
// instructions end with (an error, an effect, a return) stands at the end.
Outcome StackMachine::run(Edit& edit, std::uint64_t& fuel) {
  static const void* const kLabels[] = {&&op_invalid,
                                        &&op_constant,
                                        &&op_small_int,
                                        &&op_local,
                                        &&op_capture,
                                        &&op_self,
                                        &&op_global,
                                        &&op_pop,
                                        &&op_slide,
                                        &&op_jump,
                                        &&op_jump_if,
                                        &&op_jump_unless,
                                        &&op_call,
                                        &&op_tail_call,
                                        &&op_return,
                                        &&op_return_local,
                                        &&op_primitive,
                                        &&op_define,
                                        &&op_tail_define,
                                        &&op_closure,
                                        &&op_vector,
                                        &&op_map,
                                        &&op_set,
                                        &&op_recur,
                                        &&op_add,
                                        &&op_subtract,
                                        &&op_multiply,
                                        &&op_less,
                                        &&op_greater,
                                        &&op_less_equal,
                                        &&op_greater_equal,
                                        &&op_equal,
                                        &&op_add_int,
                                        &&op_subtract_int,
                                        &&op_add_local_int,
                                        &&op_subtract_local_int,
                                        &&op_increment,
                                        &&op_decrement,
                                        &&op_increment_local,
                                        &&op_decrement_local,
                                        &&op_unless_less,
                                        &&op_unless_greater,
                                        &&op_unless_less_equal,
                                        &&op_unless_greater_equal,
                                        &&op_unless_equal,
                                        &&op_unless_less_local_int,
                                        &&op_unless_greater_local_int,
                                        &&op_unless_less_equal_local_int,
                                        &&op_unless_greater_equal_local_int,
                                        &&op_unless_equal_local_int,
                                        &&op_unless_less_locals,
                                        &&op_unless_greater_locals,
                                        &&op_unless_less_equal_locals,
                                        &&op_unless_greater_equal_locals,
                                        &&op_unless_equal_locals,
                                        &&op_nth,
                                        &&op_get};
  static_assert(std::size(kLabels) == static_cast<std::size_t>(Op::kEnd),
                "an operation needs a label, in its place");
  // With all 256 the index needs no check, and the jump is short enough for the compiler to repeat
  // it everywhere.
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
  Word* sp = first.sp;
  const ObjectHeader* function = first.function;
  Word* end = slots_end();

  std::uint32_t i = 0;      // the instruction
  Word value = kNil;        // what is returned or pushed
  std::uint32_t point = 0;  // where fuel ran out
  const auto take = [&](const Registers& r) {
    pc = r.pc, base = r.base, sp = r.sp, function = r.function, end = slots_end();
  };

  // What was allocated fills the nursery: the slice ends at the next safe point.
  const auto heed_room = [&] {
    if (edit.is_low()) [[unlikely]]
      unused += std::exchange(left, 1) - 1;
  };

  // A comparison that jumps unless it holds: false when the context was told of an error instead.
  const auto unless_top = [&](Truth t) __attribute__((always_inline)) {
    if (t == Truth::kSignalled) [[unlikely]]
      return false;
    sp -= 2;
    if (t == Truth::kFalse) pc += signed_operand(i);
    return true;
  };
  const auto unless_int = [&](Truth t) __attribute__((always_inline)) {  // the next but one
    if (t == Truth::kSignalled) [[unlikely]]
      return false;
    pc += t == Truth::kFalse ? static_cast<std::int32_t>(pc[1]) + 2 : 2;
    return true;
  };
  const auto unless_held = [&](Truth t)
      __attribute__((always_inline)) {  // the distance is the next word
    if (t == Truth::kSignalled) [[unlikely]]
      return false;
    pc += t == Truth::kFalse ? static_cast<std::int32_t>(*pc) + 1 : 1;
    return true;
  };
  const auto compared = [&](Truth t) __attribute__((always_inline)) {
    if (t == Truth::kSignalled) [[unlikely]]
      return false;
    *--sp = kNil;
    sp[-1] = substrate::boolean_word(t == Truth::kTrue);
    return true;
  };

next:
  i = *pc++;
  goto* labels[i & 0xff];

  // ------------------------------------------------------------------------ pushes
op_constant:
  *sp++ = constants_of(function)[operand(i)];
  goto next;
op_small_int:
  *sp++ = int_word(signed_operand(i));
  goto next;
op_local:
  *sp++ = base[operand(i)];
  goto next;
op_capture:
  *sp++ = substrate::field(pin, base[-1], substrate::ClosureField::kCaptured + operand(i));
  goto next;
op_self:
  *sp++ = base[-1];
  goto next;
op_global : {
  const Word var = constants_of(function)[operand(i)];
  internal::ReadVar& read = vars_[internal::var_index(var)];
  if (read.var != var || read.run != run_) [[unlikely]] {
    const Word w = internal::read_var(c, var);
    if (w == kSignalled || substrate::is_absent(w)) [[unlikely]] {
      const Function f(function);
      const auto where = static_cast<std::uint32_t>(pc - 1 - f.code());
      if (w != kSignalled) internal::fail_unbound(c, f.program(), f.entity_at(where));
      goto signalled;
    }
    read = {var, w, run_};
  }
  *sp++ = read.value;
  goto next;
}
op_pop:
  --sp;
  goto next;
op_slide:
  value = sp[-1];
  sp -= operand(i);
  sp[-1] = value;
  goto next;

  // ------------------------------------------------------------------------ jumps
op_jump:
  pc += signed_operand(i);
  goto next;
op_jump_if:
  if (truthy(*--sp)) pc += signed_operand(i);
  goto next;
op_jump_unless:
  if (!truthy(*--sp)) pc += signed_operand(i);
  goto next;
op_unless_less:
  if (!unless_top(compare<less>(c, g.less, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater:
  if (!unless_top(compare<greater>(c, g.greater, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_less_equal:
  if (!unless_top(compare<less_equal>(c, g.less_equal, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_equal:
  if (!unless_top(compare<greater_equal>(c, g.greater_equal, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_equal:
  unless_top(equality(pin, sp[-2], sp[-1]));
  goto next;
op_unless_less_local_int:
  if (!unless_int(compare<less>(c, g.less, base[operand(i)], held_int(pc)))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_local_int:
  if (!unless_int(compare<greater>(c, g.greater, base[operand(i)], held_int(pc)))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_less_equal_local_int:
  if (!unless_int(compare<less_equal>(c, g.less_equal, base[operand(i)], held_int(pc))))
      [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_equal_local_int:
  if (!unless_int(compare<greater_equal>(c, g.greater_equal, base[operand(i)], held_int(pc))))
      [[unlikely]]
    goto signalled;
  goto next;
op_unless_equal_local_int:
  unless_int(equality(pin, base[operand(i)], held_int(pc)));
  goto next;
op_unless_less_locals:
  if (!unless_held(compare<less>(c, g.less, base[pair_slot(i)], base[pair_other(i)]))) [[unlikely]]
    goto signalled;
  goto next;
op_unless_greater_locals:
  if (!unless_held(compare<greater>(c, g.greater, base[pair_slot(i)], base[pair_other(i)])))
      [[unlikely]]
    goto signalled;
  goto next;
op_unless_less_equal_locals:
  if (!unless_held(compare<less_equal>(c, g.less_equal, base[pair_slot(i)], base[pair_other(i)])))
      [[unlikely]] {
    goto signalled;
  }
  goto next;
op_unless_greater_equal_locals:
  if (!unless_held(compare<greater_equal>(c, g.greater_equal, base[pair_slot(i)],
                                          base[pair_other(i)]))) [[unlikely]] {
    goto signalled;
  }
  goto next;
op_unless_equal_locals:
  unless_held(equality(pin, base[pair_slot(i)], base[pair_other(i)]));
  goto next;
op_recur : {
  const std::uint32_t count = operand(i);
  Word* to = base + pc[0];
  const Word* from = sp - count;
  for (std::uint32_t n = 0; n < count; ++n) to[n] = from[n];
  sp = to + count;
  if (--left == 0) [[unlikely]] {
    point = pc[2];
    goto out_of_fuel;
  }
  pc += static_cast<std::int32_t>(pc[1]) + 3;
  goto next;
}

  // ------------------------------------------------------------------------ calls
op_call : {
  const std::uint32_t count = operand(i);
  Word* const arguments = sp - count;
  const auto f = simple_callee(pin, arguments[-1], count);
  if (f && f->info().slot_max <= static_cast<std::size_t>(end - arguments)) [[likely]] {
    activations_.push_back({pc + 1, function, base});
    base = arguments;
    pc = f->code();
    function = f->header();
    if (--left == 0) [[unlikely]]
      goto out_of_fuel_at_entry;
    goto next;
  }
  if (const Primitive* const p =
          plain_primitive(arguments[-1], count)) {  // as a function passed to map or reduce
    value = p->function(c, {arguments, count});
    if (value == kSignalled) [[unlikely]]
      goto signalled;
    ++pc;
    sp = arguments;
    sp[-1] = value;
    heed_room();
    goto next;
  }
  Registers r{pc + 1, base, sp, function};
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
op_tail_call : {
  const std::uint32_t count = operand(i);
  const Word* const arguments = sp - count;
  const auto f = simple_callee(pin, arguments[-1], count);
  if (f && f->info().slot_max <= static_cast<std::size_t>(end - base)) [[likely]] {
    for (std::ptrdiff_t n = -1; n < static_cast<std::ptrdiff_t>(count); ++n) base[n] = arguments[n];
    sp = base + count;
    pc = f->code();
    function = f->header();
    if (--left == 0) [[unlikely]]
      goto out_of_fuel_at_entry;
    goto next;
  }
  Registers r{pc, base, sp, function};
  const Called called = call_any(c, r, count, true);
  if (called == Called::kSignalled && c.signal != Signal::kEffect) {
    take({pc, r.base, r.sp, function});
    goto signalled;
  }
  take(r);
  heed_room();
  if (called == Called::kResumed) goto resumed;
  if (called == Called::kReturned) {
    value = sp[-1];
    goto returned;
  }
  if (called == Called::kEntered) {
    if (--left == 0) goto out_of_fuel_at_entry;
    goto next;
  }
  // (The frame is done with: its caller awaits the value.)
  goto asked;
}
op_return_local:
  value = base[operand(i)];
  goto returned;
op_return:
  value = sp[-1];
returned:
  if (!activations_.empty()) [[likely]] {
    const internal::Activation& caller = activations_.back();
    base[-1] = value;  // where the callee stood
    sp = base;
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
  const std::uint32_t count = *pc;
  const Word w = table[operand(i)].function(c, {sp - count, count});
  if (w == kSignalled) [[unlikely]]
    goto signalled;
  ++pc;
  sp -= count;
  *sp++ = w;
  heed_room();
  goto next;
}
op_define:
  c.ask(EffectKind::kDefine, constants_of(function)[operand(i)], sp[-1]);
  keep({pc + 1, base, sp - 1, function}, std::nullopt);
  goto asked;
op_tail_define:
  c.ask(EffectKind::kDefine, constants_of(function)[operand(i)], sp[-1]);
  goto asked;

  // ------------------------------------------------------------------------ making
op_closure : {
  const Word functions = constants_of(function)[operand(i)];
  *sp++ = internal::make_closure(
      edit, functions, internal::first_function(pin, functions),
      [&](substrate::Place p) { return internal::captured_value(pin, base, p); });
  goto next;
}
op_vector:
  value = Vector::from(edit, {sp - operand(i), operand(i)}).word;
  goto gathered;
op_map:
  value = internal::make_map_literal(c, {sp - operand(i), operand(i)});
  goto gathered;
op_set:
  value = internal::make_set_literal(c, {sp - operand(i), operand(i)});
gathered:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  sp -= operand(i);
  *sp++ = value;
  goto next;

  // ------------------------------------------------------------------------ arithmetic
op_add:
  if (!add_small(sp[-2], sp[-1], sp[-2])) [[unlikely]] {
    value = internal::add_slowly(c, sp[-2], sp[-1]);
    goto two_to_one;
  }
  --sp;
  goto next;
op_subtract:
  if (!subtract_small(sp[-2], sp[-1], sp[-2])) [[unlikely]] {
    value = internal::subtract_slowly(c, sp[-2], sp[-1]);
    goto two_to_one;
  }
  --sp;
  goto next;
op_multiply:
  if (!multiply_small(sp[-2], sp[-1], sp[-2])) [[unlikely]] {
    value = internal::multiply_slowly(c, sp[-2], sp[-1]);
    goto two_to_one;
  }
  --sp;
  goto next;
op_less:
  if (!compared(compare<less>(c, g.less, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_greater:
  if (!compared(compare<greater>(c, g.greater, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_less_equal:
  if (!compared(compare<less_equal>(c, g.less_equal, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_greater_equal:
  if (!compared(compare<greater_equal>(c, g.greater_equal, sp[-2], sp[-1]))) [[unlikely]]
    goto signalled;
  goto next;
op_equal:
  compared(equality(pin, sp[-2], sp[-1]));
  goto next;
op_nth:
  if (Vector::is(sp[-2]) && is_small_int(sp[-1])) [[likely]] {
    const auto index =
        static_cast<std::uint64_t>(substrate::small_int(sp[-1]));  // a negative one is too large
    if (index < Vector{sp[-2]}.count(pin)) [[likely]] {
      value = Vector{sp[-2]}.nth(pin, index);
      goto two_to_one;
    }
  }
  value = call_slowly(c, g.nth, sp[-2], sp[-1]);
  goto two_to_one;
op_get:
  if (substrate::Map::is(sp[-2])) [[likely]] {
    value = substrate::Map{sp[-2]}.get(pin, sp[-1]);
    goto two_to_one;
  }
  value = call_slowly(c, g.get, sp[-2], sp[-1]);
two_to_one:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  --sp;
  sp[-1] = value;
  goto next;
op_add_int:
  if (!add_small(sp[-1], int_word(signed_operand(i)), sp[-1])) [[unlikely]] {
    value = internal::add_slowly(c, sp[-1], int_word(signed_operand(i)));
    goto one_to_one;
  }
  goto next;
op_subtract_int:
  if (!subtract_small(sp[-1], int_word(signed_operand(i)), sp[-1])) [[unlikely]] {
    value = internal::subtract_slowly(c, sp[-1], int_word(signed_operand(i)));
    goto one_to_one;
  }
  goto next;
op_increment:
  if (!add_small(sp[-1], int_word(1), sp[-1])) [[unlikely]] {
    value = g.increment(c, {sp - 1, 1});
    goto one_to_one;
  }
  goto next;
op_decrement:
  if (!subtract_small(sp[-1], int_word(1), sp[-1])) [[unlikely]] {
    value = g.decrement(c, {sp - 1, 1});
    goto one_to_one;
  }
  goto next;
one_to_one:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  sp[-1] = value;
  goto next;
op_add_local_int:
  if (!add_small(base[pair_slot(i)], int_word(pair_int(i)), *sp)) [[unlikely]] {
    value = internal::add_slowly(c, base[pair_slot(i)], int_word(pair_int(i)));
    goto none_to_one;
  }
  ++sp;
  goto next;
op_subtract_local_int:
  if (!subtract_small(base[pair_slot(i)], int_word(pair_int(i)), *sp)) [[unlikely]] {
    value = internal::subtract_slowly(c, base[pair_slot(i)], int_word(pair_int(i)));
    goto none_to_one;
  }
  ++sp;
  goto next;
op_increment_local:
  if (!add_small(base[operand(i)], int_word(1), *sp)) [[unlikely]] {
    value = g.increment(c, {base + operand(i), 1});
    goto none_to_one;
  }
  ++sp;
  goto next;
op_decrement_local:
  if (!subtract_small(base[operand(i)], int_word(1), *sp)) [[unlikely]] {
    value = g.decrement(c, {base + operand(i), 1});
    goto none_to_one;
  }
  ++sp;
  goto next;
none_to_one:
  if (value == kSignalled) [[unlikely]]
    goto signalled;
  *sp++ = value;
  goto next;

op_invalid:
  substrate::die("an instruction of no kind: the function's code is damaged");

  // ------------------------------------------------------------------------ ends of the slice
signalled : {
  Registers r{pc, base, sp, function};
  if (handle(c, r, pc - 1)) {
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
  keep({pc, base, sp, function}, point);
  start_ = Start::kGoOn;
  return {.kind = OutcomeKind::kFuel, .value = kNil, .effect = {}};
}

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<StackMachine>(); }

}  // namespace yin::vm::stack
