#include "vm/stack/stack.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/map.h"
#include "substrate/vector.h"
#include "vm/code.h"
#include "vm/frame.h"
#include "vm/internal/call.h"
#include "vm/primitive.h"

namespace yin::vm::stack {

namespace {

using substrate::Edit;
using substrate::int_word;
using substrate::is_nil;
using substrate::is_small_int;
using substrate::kAbsent;
using substrate::kNil;
using substrate::ObjectHeader;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::truthy;
using substrate::Vector;
using substrate::Word;

constexpr std::size_t kFirstSlots = 4096;
// Beyond this many words the older activations become frames, so that depth is bounded by the domain's memory only.
constexpr std::size_t kSlotsMax = std::size_t{1} << 20;

// Where a running activation stands. `base` is its slot 0; its closure is one below.
struct Registers {
  const std::uint32_t* pc;
  Word* base;
  Word* sp;  // one behind the top
  const ObjectHeader* function;
};

// A caller, while its callee runs: `pc` is behind a call, so pc[-1] is its safe point.
struct Activation {
  const std::uint32_t* pc;
  const ObjectHeader* function;
  std::size_t base;
};

const Word* constants_of(const ObjectHeader* function) {
  return substrate::record_words(function) + substrate::FunctionField::kConstants;
}

// The generic primitives behind the instructions that have a fast path of their own.
struct Generic {
  PrimitiveFunction add, subtract, multiply, less, greater, less_equal, greater_equal, increment, decrement, nth, get;
};

const Generic& generic() {
  static const Generic table = [] {
    const auto of = [](std::string_view name) { return primitives()[builtin::number_of(name)].function; };
    return Generic{of("+"), of("-"), of("*"),  of("<"),   of(">"),   of("<="),
                   of(">="), of("inc"), of("dec"), of("nth"), of("get")};
  }();
  return table;
}

// A small integer is (value << 1 | 1), so words of two of them compare as the values do, and sums need no unpacking. The
// result of an operation on 63-bit integers that overflows 63 bits is left to the generic primitive, which may box it.
std::int64_t as_signed(Word w) { return static_cast<std::int64_t>(w.bits); }
bool both_small(Word a, Word b) { return (a.bits & b.bits & 1) != 0; }

bool add_small(Word a, Word b, Word& out) {
  std::int64_t sum;
  if (!both_small(a, b) || __builtin_add_overflow(as_signed(a), as_signed(b) - 1, &sum)) return false;
  out = {static_cast<std::uint64_t>(sum)};
  return true;
}
bool subtract_small(Word a, Word b, Word& out) {
  std::int64_t difference;
  if (!both_small(a, b) || __builtin_sub_overflow(as_signed(a), as_signed(b) - 1, &difference)) return false;
  out = {static_cast<std::uint64_t>(difference)};
  return true;
}
bool multiply_small(Word a, Word b, Word& out) {
  std::int64_t product;
  if (!both_small(a, b) || __builtin_mul_overflow(as_signed(a) - 1, as_signed(b) >> 1, &product)) return false;
  out = {static_cast<std::uint64_t>(product) | 1};
  return true;
}

// The function of a closure that has only one arity, which takes exactly `count` arguments: the common callee.
[[gnu::always_inline]] inline std::optional<Function> simple_callee(const Pin& pin, Word callee, std::uint32_t count) {
  if (!internal::is_closure(callee)) return std::nullopt;
  const Word function = substrate::field(pin, callee, substrate::ClosureField::kFunction);
  if (!substrate::is_object(function, ObjectKind::kFunction)) return std::nullopt;
  const Function f(pin, function);
  if (f.info().parameter_count != count || f.variadic()) return std::nullopt;
  return f;
}

enum class Truth : std::uint8_t { kFalse, kTrue, kSignalled };

using Holds = bool (*)(std::int64_t, std::int64_t);
constexpr bool less(std::int64_t a, std::int64_t b) { return a < b; }
constexpr bool greater(std::int64_t a, std::int64_t b) { return a > b; }
constexpr bool less_equal(std::int64_t a, std::int64_t b) { return a <= b; }
constexpr bool greater_equal(std::int64_t a, std::int64_t b) { return a >= b; }

[[gnu::noinline]] Truth compare_slowly(PrimitiveContext& c, PrimitiveFunction function, Word a, Word b) {
  const Word arguments[] = {a, b};
  const Word result = function(c, std::span<const Word>(arguments));
  return result == kSignalled ? Truth::kSignalled : result == substrate::kTrue ? Truth::kTrue : Truth::kFalse;
}

template <Holds kHolds>
[[gnu::always_inline]] inline Truth compare(PrimitiveContext& c, PrimitiveFunction slow, Word a, Word b) {
  if (both_small(a, b)) [[likely]] return kHolds(as_signed(a), as_signed(b)) ? Truth::kTrue : Truth::kFalse;
  return compare_slowly(c, slow, a, b);
}

[[gnu::always_inline]] inline Truth equality(const Pin& pin, Word a, Word b) {
  if (a == b) return Truth::kTrue;
  if (both_small(a, b)) return Truth::kFalse;
  return substrate::equal(pin, a, b) ? Truth::kTrue : Truth::kFalse;
}

[[gnu::noinline]] Word call_slowly(PrimitiveContext& c, PrimitiveFunction function, Word a, Word b) {
  const Word arguments[] = {a, b};
  return function(c, std::span<const Word>(arguments));
}

class StackMachine final : public Machine {
 public:
  void load(const Pin&, Word continuation, Word value, bool raise) override {
    activations_.clear();
    below_ = continuation;
    delivered_ = value;
    raise_ = raise;
    start_ = Start::kDeliver;
  }

  Outcome run(Edit& edit, std::uint64_t& fuel) override;
  Word save(Edit& edit) override;

 private:
  enum class Start : std::uint8_t { kNothing, kDeliver, kGoOn };
  // What a call that is not the common one leads to.
  enum class Called : std::uint8_t {
    kEntered,    // a closure's function: `registers` stand at its entry
    kReturned,   // a value on the slots
    kSignalled,  // see the context
  };

  Word* slots_end() { return slots_.data() + slots_.size(); }

  void make_room(Edit& edit, Registers& r, std::size_t words);
  void spill(Edit& edit, Registers& r);
  Word save_below(Edit& edit, std::size_t count) const;
  void enter_frame(const Pin& pin, Registers& r, Word frame, Word value);
  Called call_any(PrimitiveContext& c, Registers& r, std::size_t count, bool tail);
  void enter_function(Edit& edit, Registers& r, const Function& f, std::size_t count, bool tail);
  Registers go_on();

  Outcome fail(PrimitiveContext& c, const ObjectHeader* function, const std::uint32_t* at) {
    start_ = Start::kNothing;
    if (c.signal == Signal::kExpired) return {.kind = OutcomeKind::kExpired, .value = kNil, .effect = {}};
    const Function f(function);
    const internal::Site site{f, f.entity_at(static_cast<std::uint32_t>(at - f.code()))};
    internal::FrameCallers frames(c.pin(), below_);
    std::size_t left = activations_.size();
    const Word error = internal::raise_at(c, site, [&](internal::Site& caller) {
      if (left == 0) return frames(caller);
      const Activation& a = activations_[--left];
      const Function its(a.function);
      caller = {its, its.safe_points()[a.pc[-1]].entity};
      return true;
    });
    return {.kind = OutcomeKind::kFailed, .value = error, .effect = {}};
  }

  // Keeps the running activation as the newest, to be saved at `point` or, when it awaits a value, at its pc[-1].
  void keep(const Registers& r, std::optional<std::uint32_t> point) {
    activations_.push_back({r.pc, r.function, static_cast<std::size_t>(r.base - slots_.data())});
    top_point_ = point;
    start_ = Start::kNothing;
  }

  std::vector<Word> slots_ = std::vector<Word>(kFirstSlots);
  std::vector<Activation> activations_;  // callers; after a stop the stopped one too
  std::vector<Word> spread_;             // arguments of an apply
  Word below_ = kNil;                    // the frame that the oldest activation returns to
  Word delivered_ = kNil;
  bool raise_ = false;
  Start start_ = Start::kNothing;
  std::optional<std::uint32_t> top_point_;
};

// ------------------------------------------------------------------------------------ frames

// The frames of the oldest `count` activations, all of which await a value.
Word StackMachine::save_below(Edit& edit, std::size_t count) const {
  Word caller = below_;
  for (std::size_t i = 0; i < count; ++i) {
    const Activation& a = activations_[i];
    const Word* base = slots_.data() + a.base;
    caller = make_frame(edit, caller, base[-1], Function(a.function), a.pc[-1], base);
  }
  return caller;
}

Word StackMachine::save(Edit& edit) {
  if (activations_.empty()) return below_;
  const Activation& top = activations_.back();
  const Word caller = save_below(edit, activations_.size() - 1);
  const Word* base = slots_.data() + top.base;
  return make_frame(edit, caller, base[-1], Function(top.function), top_point_ ? *top_point_ : top.pc[-1], base);
}

// Makes `r` the activation of a frame, with `value` delivered, as the only one in the machine.
void StackMachine::enter_frame(const Pin& pin, Registers& r, Word frame, Word value) {
  const FrameView view = view_frame(pin, frame);
  const std::size_t needed = 1 + std::max<std::size_t>(view.function.info().slot_max, view.slots.size() + 1);
  if (slots_.size() < needed) slots_.resize(needed);
  below_ = view.caller;
  slots_[0] = view.closure;
  std::copy(view.slots.begin(), view.slots.end(), slots_.begin() + 1);
  r.base = slots_.data() + 1;
  r.sp = r.base + view.slots.size();
  if ((view.point().flags & substrate::kSafePointAwaits) != 0) *r.sp++ = value;
  r.pc = view.function.code() + view.point().pc;
  r.function = view.function.header();
}

// Goes on where the last run stopped for fuel.
Registers StackMachine::go_on() {
  const Activation top = activations_.back();
  activations_.pop_back();
  const Function f(top.function);
  const substrate::SafePoint& point = f.safe_points()[*top_point_];
  Word* base = slots_.data() + top.base;
  return {f.code() + point.pc, base, base + point.live_count, top.function};
}

// Makes room for `words` from `r.base` on.
void StackMachine::make_room(Edit& edit, Registers& r, std::size_t words) {
  if (static_cast<std::size_t>(slots_end() - r.base) >= words) return;
  if (slots_.size() >= kSlotsMax && !activations_.empty()) spill(edit, r);
  const std::size_t base = static_cast<std::size_t>(r.base - slots_.data());
  const std::size_t used = static_cast<std::size_t>(r.sp - r.base);
  if (slots_.size() - base < words) slots_.resize(std::max(slots_.size() * 2, base + words));
  r.base = slots_.data() + base;
  r.sp = r.base + used;
}

// Callers become frames, which are loaded again when they are returned into.
void StackMachine::spill(Edit& edit, Registers& r) {
  below_ = save_below(edit, activations_.size());
  activations_.clear();
  const std::size_t used = static_cast<std::size_t>(r.sp - r.base);
  std::memmove(slots_.data(), r.base - 1, (used + 1) * sizeof(Word));
  r.base = slots_.data() + 1;
  r.sp = r.base + used;
}

// ------------------------------------------------------------------------------------ calls

// `count` arguments stand below r.sp, the closure below them. In tail position they take the caller's place.
void StackMachine::enter_function(Edit& edit, Registers& r, const Function& f, std::size_t count, bool tail) {
  Word* arguments = r.sp - count;
  if (tail) {
    std::memmove(r.base - 1, arguments - 1, (count + 1) * sizeof(Word));
    r.sp = r.base + count;
  } else {
    activations_.push_back({r.pc, r.function, static_cast<std::size_t>(r.base - slots_.data())});
    r.base = arguments;
  }
  make_room(edit, r, std::max<std::size_t>(f.info().slot_max, count));
  if (f.variadic()) {
    const std::size_t fixed = f.info().parameter_count - 1u;
    r.base[fixed] = internal::rest_list(edit, {r.base + fixed, count - fixed});
    r.sp = r.base + fixed + 1;
  }
  r.pc = f.code();
  r.function = f.header();
}

StackMachine::Called StackMachine::call_any(PrimitiveContext& c, Registers& r, std::size_t count, bool tail) {
  for (;;) {
    const Word callee = r.sp[-1 - static_cast<std::ptrdiff_t>(count)];
    const std::span<const Word> arguments(r.sp - count, count);
    if (internal::is_closure(callee)) {
      const auto f = internal::find_arity(c.pin(), callee, count);
      if (!f) {
        internal::fail_arity(c, callee, count);
        return Called::kSignalled;
      }
      enter_function(c.edit, r, *f, count, tail);
      return Called::kEntered;
    }
    if (!internal::is_apply(callee)) {
      const Word value = internal::call_value(c, callee, arguments);
      if (value == kSignalled) return Called::kSignalled;
      r.sp -= count + 1;
      *r.sp++ = value;
      return Called::kReturned;
    }
    if (!internal::spread_apply(c, arguments, spread_)) return Called::kSignalled;
    r.sp -= count + 1;
    make_room(c.edit, r, static_cast<std::size_t>(r.sp - r.base) + spread_.size());
    r.sp = std::copy(spread_.begin(), spread_.end(), r.sp);
    count = spread_.size() - 1;
  }
}

// ------------------------------------------------------------------------------------ the loop

// One case an instruction. Cases end by going on with the next one, or at a label below the switch: those are ends that
// many share (an error, an effect, a return).
Outcome StackMachine::run(Edit& edit, std::uint64_t& fuel) {
  const Pin& pin = edit.pin();
  const Generic& g = generic();
  const Primitive* const table = primitives().data();
  PrimitiveContext c(edit, self_);
  std::uint64_t left = std::max<std::uint64_t>(fuel, 1);
  std::uint64_t unused = 0;  // fuel kept back so that the slice ends at the next safe point

  const auto done = [](Word value) { return Outcome{.kind = OutcomeKind::kDone, .value = value, .effect = {}}; };
  Registers start{};
  if (start_ == Start::kDeliver) {
    start_ = Start::kNothing;
    if (raise_) {
      return {.kind = OutcomeKind::kFailed, .value = internal::raise_in(edit, below_, delivered_), .effect = {}};
    }
    if (is_nil(below_)) return done(delivered_);
    enter_frame(pin, start, below_, delivered_);
  } else {
    substrate::check(start_ == Start::kGoOn, "a machine runs after load() or after it ran out of fuel");
    start = go_on();
  }
  const std::uint32_t* pc = start.pc;
  Word* base = start.base;
  Word* sp = start.sp;
  const ObjectHeader* function = start.function;

  const std::uint32_t* at = pc;  // the instruction that failed
  Word value = kNil;             // what is returned
  std::uint32_t point = 0;       // where fuel ran out
  Truth truth = Truth::kFalse;

  for (;;) {
    const std::uint32_t i = *pc++;
    switch (op_of(i)) {
      // -------------------------------------------------------------------- pushes
      case Op::kConstant:
        *sp++ = constants_of(function)[operand(i)];
        continue;
      case Op::kSmallInt:
        *sp++ = int_word(signed_operand(i));
        continue;
      case Op::kLocal:
        *sp++ = base[operand(i)];
        continue;
      case Op::kCapture:
        *sp++ = substrate::field(pin, base[-1], substrate::ClosureField::kCaptured + operand(i));
        continue;
      case Op::kSelf:
        *sp++ = base[-1];
        continue;
      case Op::kGlobal: {
        const Word w = internal::read_var(c, constants_of(function)[operand(i)]);
        if (w == kSignalled || substrate::is_absent(w)) [[unlikely]] {
          const Function f(function);
          at = pc - 1;
          if (w != kSignalled) internal::fail_unbound(c, f.program(), f.entity_at(static_cast<std::uint32_t>(at - f.code())));
          goto signalled;
        }
        *sp++ = w;
        continue;
      }
      case Op::kPop:
        --sp;
        continue;
      case Op::kSlide:
        sp[-1 - static_cast<std::ptrdiff_t>(operand(i))] = sp[-1];
        sp -= operand(i);
        continue;

      // -------------------------------------------------------------------- jumps
      case Op::kJump:
        pc += signed_operand(i);
        continue;
      case Op::kJumpIf:
        if (truthy(*--sp)) pc += signed_operand(i);
        continue;
      case Op::kJumpUnless:
        if (!truthy(*--sp)) pc += signed_operand(i);
        continue;
      case Op::kUnlessLess:
        truth = compare<less>(c, g.less, sp[-2], sp[-1]);
        goto unless_top;
      case Op::kUnlessGreater:
        truth = compare<greater>(c, g.greater, sp[-2], sp[-1]);
        goto unless_top;
      case Op::kUnlessLessEqual:
        truth = compare<less_equal>(c, g.less_equal, sp[-2], sp[-1]);
        goto unless_top;
      case Op::kUnlessGreaterEqual:
        truth = compare<greater_equal>(c, g.greater_equal, sp[-2], sp[-1]);
        goto unless_top;
      case Op::kUnlessEqual:
        truth = equality(pin, sp[-2], sp[-1]);
        goto unless_top;
      case Op::kUnlessLessLocalInt:
        truth = compare<less>(c, g.less, base[pair_slot(i)], int_word(pair_int(i)));
        goto unless_held;
      case Op::kUnlessGreaterLocalInt:
        truth = compare<greater>(c, g.greater, base[pair_slot(i)], int_word(pair_int(i)));
        goto unless_held;
      case Op::kUnlessLessEqualLocalInt:
        truth = compare<less_equal>(c, g.less_equal, base[pair_slot(i)], int_word(pair_int(i)));
        goto unless_held;
      case Op::kUnlessGreaterEqualLocalInt:
        truth = compare<greater_equal>(c, g.greater_equal, base[pair_slot(i)], int_word(pair_int(i)));
        goto unless_held;
      case Op::kUnlessEqualLocalInt:
        truth = equality(pin, base[pair_slot(i)], int_word(pair_int(i)));
        goto unless_held;
      case Op::kUnlessLessLocals:
        truth = compare<less>(c, g.less, base[pair_slot(i)], base[pair_other(i)]);
        goto unless_held;
      case Op::kUnlessGreaterLocals:
        truth = compare<greater>(c, g.greater, base[pair_slot(i)], base[pair_other(i)]);
        goto unless_held;
      case Op::kUnlessLessEqualLocals:
        truth = compare<less_equal>(c, g.less_equal, base[pair_slot(i)], base[pair_other(i)]);
        goto unless_held;
      case Op::kUnlessGreaterEqualLocals:
        truth = compare<greater_equal>(c, g.greater_equal, base[pair_slot(i)], base[pair_other(i)]);
        goto unless_held;
      case Op::kUnlessEqualLocals:
        truth = equality(pin, base[pair_slot(i)], base[pair_other(i)]);
        goto unless_held;
      case Op::kRecur: {
        const std::uint32_t count = operand(i);
        Word* to = base + pc[0];
        const Word* from = sp - count;
        for (std::uint32_t n = 0; n < count; ++n) to[n] = from[n];
        sp = to + count;
        point = pc[2];
        pc += static_cast<std::int32_t>(pc[1]) + 3;
        if (--left == 0) [[unlikely]] goto out_of_fuel;
        continue;
      }

      // -------------------------------------------------------------------- calls
      case Op::kCall: {
        const std::uint32_t count = operand(i);
        Word* const arguments = sp - count;
        if (const auto f = simple_callee(pin, arguments[-1], count)) [[likely]] {
          if (arguments + f->info().slot_max <= slots_end()) [[likely]] {
            activations_.push_back({pc + 1, function, static_cast<std::size_t>(base - slots_.data())});
            base = arguments;
            pc = f->code();
            function = f->header();
            if (--left == 0) [[unlikely]] goto out_of_fuel_at_entry;
            continue;
          }
        }
        Registers r{pc + 1, base, sp, function};
        at = pc - 1;
        const Called called = call_any(c, r, count, false);
        pc = r.pc, base = r.base, sp = r.sp, function = r.function;
        if (edit.is_low()) unused += std::exchange(left, 1) - 1;
        if (called == Called::kReturned) continue;
        if (called == Called::kEntered) {
          if (--left == 0) goto out_of_fuel_at_entry;
          continue;
        }
        if (c.signal != Signal::kEffect) goto signalled;
        keep(r, std::nullopt);
        goto asked;
      }
      case Op::kTailCall: {
        const std::uint32_t count = operand(i);
        const Word* const arguments = sp - count;
        if (const auto f = simple_callee(pin, arguments[-1], count)) [[likely]] {
          if (base + f->info().slot_max <= slots_end()) [[likely]] {
            for (std::ptrdiff_t n = -1; n < static_cast<std::ptrdiff_t>(count); ++n) base[n] = arguments[n];
            sp = base + count;
            pc = f->code();
            function = f->header();
            if (--left == 0) [[unlikely]] goto out_of_fuel_at_entry;
            continue;
          }
        }
        Registers r{pc, base, sp, function};
        at = pc - 1;
        const Called called = call_any(c, r, count, true);
        pc = r.pc, base = r.base, sp = r.sp, function = r.function;
        if (edit.is_low()) unused += std::exchange(left, 1) - 1;
        if (called == Called::kReturned) {
          value = sp[-1];
          goto returned;
        }
        if (called == Called::kEntered) {
          if (--left == 0) goto out_of_fuel_at_entry;
          continue;
        }
        if (c.signal != Signal::kEffect) goto signalled;
        top_point_.reset();  // the frame is done with: its caller awaits the value
        goto asked;
      }
      case Op::kReturn:
        value = sp[-1];
        goto returned;
      case Op::kReturnLocal:
        value = base[operand(i)];
        goto returned;
      case Op::kPrimitive: {
        const std::uint32_t count = *pc++;
        sp -= count;
        const Word w = table[operand(i)].function(c, {sp, count});
        if (w == kSignalled) [[unlikely]] {
          at = pc - 2;
          goto signalled;
        }
        *sp++ = w;
        if (edit.is_low()) [[unlikely]] unused += std::exchange(left, 1) - 1;
        continue;
      }
      case Op::kDefine: {
        const Word defined = *--sp;
        c.ask(EffectKind::kDefine, constants_of(function)[operand(i)], defined);
        keep({pc + 1, base, sp, function}, std::nullopt);
        goto asked;
      }
      case Op::kTailDefine:
        c.ask(EffectKind::kDefine, constants_of(function)[operand(i)], sp[-1]);
        top_point_.reset();
        goto asked;

      // -------------------------------------------------------------------- making
      case Op::kClosure: {
        const Word functions = constants_of(function)[operand(i)];
        *sp++ = internal::make_closure(edit, functions, internal::first_function(pin, functions), [&](substrate::Place p) {
          switch (place_kind(p)) {
            case substrate::PlaceKind::kSlot: return base[place_index(p)];
            case substrate::PlaceKind::kCapture:
              return substrate::field(pin, base[-1], substrate::ClosureField::kCaptured + place_index(p));
            case substrate::PlaceKind::kSelf: return base[-1];
            case substrate::PlaceKind::kConstant: break;
          }
          substrate::die("a constant is captured");
        });
        continue;
      }
      case Op::kVector: {
        const std::uint32_t count = operand(i);
        sp -= count;
        const Word w = Vector::from(edit, {sp, count}).word;
        *sp++ = w;
        continue;
      }
      case Op::kMap:
      case Op::kSet: {
        const std::uint32_t count = operand(i);
        sp -= count;
        const Word w = op_of(i) == Op::kMap ? internal::make_map_literal(c, {sp, count})
                                            : internal::make_set_literal(c, {sp, count});
        if (w == kSignalled) [[unlikely]] {
          at = pc - 1;
          goto signalled;
        }
        *sp++ = w;
        continue;
      }

      // -------------------------------------------------------------------- arithmetic
      case Op::kAdd:
        if (!add_small(sp[-2], sp[-1], value)) [[unlikely]] value = call_slowly(c, g.add, sp[-2], sp[-1]);
        goto binary;
      case Op::kSubtract:
        if (!subtract_small(sp[-2], sp[-1], value)) [[unlikely]] value = call_slowly(c, g.subtract, sp[-2], sp[-1]);
        goto binary;
      case Op::kMultiply:
        if (!multiply_small(sp[-2], sp[-1], value)) [[unlikely]] value = call_slowly(c, g.multiply, sp[-2], sp[-1]);
        goto binary;
      case Op::kLess:
        truth = compare<less>(c, g.less, sp[-2], sp[-1]);
        goto compared;
      case Op::kGreater:
        truth = compare<greater>(c, g.greater, sp[-2], sp[-1]);
        goto compared;
      case Op::kLessEqual:
        truth = compare<less_equal>(c, g.less_equal, sp[-2], sp[-1]);
        goto compared;
      case Op::kGreaterEqual:
        truth = compare<greater_equal>(c, g.greater_equal, sp[-2], sp[-1]);
        goto compared;
      case Op::kEqual:
        truth = equality(pin, sp[-2], sp[-1]);
        goto compared;
      case Op::kNth:
        value = call_slowly(c, g.nth, sp[-2], sp[-1]);
        goto binary;
      case Op::kGet:
        value = call_slowly(c, g.get, sp[-2], sp[-1]);
        goto binary;
      case Op::kAddInt: {
        const Word other = int_word(signed_operand(i));
        if (!add_small(sp[-1], other, value)) [[unlikely]] value = call_slowly(c, g.add, sp[-1], other);
        goto unary;
      }
      case Op::kSubtractInt: {
        const Word other = int_word(signed_operand(i));
        if (!subtract_small(sp[-1], other, value)) [[unlikely]] value = call_slowly(c, g.subtract, sp[-1], other);
        goto unary;
      }
      case Op::kIncrement:
        if (!add_small(sp[-1], int_word(1), value)) [[unlikely]] value = g.increment(c, {sp - 1, 1});
        goto unary;
      case Op::kDecrement:
        if (!subtract_small(sp[-1], int_word(1), value)) [[unlikely]] value = g.decrement(c, {sp - 1, 1});
        goto unary;
      case Op::kAddLocalInt: {
        const Word a = base[pair_slot(i)];
        const Word b = int_word(pair_int(i));
        if (!add_small(a, b, value)) [[unlikely]] value = call_slowly(c, g.add, a, b);
        goto pushed;
      }
      case Op::kSubtractLocalInt: {
        const Word a = base[pair_slot(i)];
        const Word b = int_word(pair_int(i));
        if (!subtract_small(a, b, value)) [[unlikely]] value = call_slowly(c, g.subtract, a, b);
        goto pushed;
      }
      case Op::kIncrementLocal:
        if (!add_small(base[operand(i)], int_word(1), value)) [[unlikely]] value = g.increment(c, {base + operand(i), 1});
        goto pushed;
      case Op::kDecrementLocal:
        if (!subtract_small(base[operand(i)], int_word(1), value)) [[unlikely]] {
          value = g.decrement(c, {base + operand(i), 1});
        }
        goto pushed;
      case Op::kInvalid:
      case Op::kEnd:
        break;
    }
    substrate::die("an instruction of no kind: the function's code is damaged");

  // ---------------------------------------------------------------------- shared ends
  unless_top:
    sp -= 2;
    if (truth == Truth::kTrue) continue;
    if (truth == Truth::kSignalled) [[unlikely]] {
      at = pc - 1;
      goto signalled;
    }
    pc += signed_operand(i);
    continue;
  unless_held:  // the distance is the next word
    if (truth == Truth::kTrue) {
      ++pc;
      continue;
    }
    if (truth == Truth::kSignalled) [[unlikely]] {
      at = pc - 1;
      goto signalled;
    }
    pc += static_cast<std::int32_t>(*pc) + 1;
    continue;
  compared:
    sp -= 2;
    if (truth == Truth::kSignalled) [[unlikely]] {
      at = pc - 1;
      goto signalled;
    }
    *sp++ = substrate::boolean_word(truth == Truth::kTrue);
    continue;
  binary:
    --sp;
  unary:
    --sp;
  pushed:
    if (value == kSignalled) [[unlikely]] {
      at = pc - 1;
      goto signalled;
    }
    *sp++ = value;
    continue;
  returned:
    if (activations_.empty()) [[unlikely]] {
      if (is_nil(below_)) {
        fuel = left + unused;
        start_ = Start::kNothing;
        return done(value);
      }
      Registers r{};
      enter_frame(pin, r, below_, value);
      pc = r.pc, base = r.base, sp = r.sp, function = r.function;
      continue;
    }
    {
      const Activation& caller = activations_.back();
      base[-1] = value;
      sp = base;
      pc = caller.pc;
      function = caller.function;
      base = slots_.data() + caller.base;
      activations_.pop_back();
    }
    continue;
  signalled:
    fuel = left + unused;
    return fail(c, function, at);
  asked:
    fuel = left + unused;
    start_ = Start::kNothing;
    return {.kind = OutcomeKind::kEffect, .value = kNil, .effect = c.effect};
  out_of_fuel_at_entry:
    point = 0;
  out_of_fuel:
    fuel = unused;
    keep({pc, base, sp, function}, point);
    start_ = Start::kGoOn;
    return {.kind = OutcomeKind::kFuel, .value = kNil, .effect = {}};
  }
}

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<StackMachine>(); }

}  // namespace yin::vm::stack
