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
// Beyond this many words the older activations become frames, so that depth is bounded by the
// domain's memory only.
constexpr std::size_t kSlotsMax = std::size_t{1} << 17;

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
  Word* base;
};

// A var as it was when this run first read it. A run is one step of an agent: that others define
// meanwhile, it sees in its next one; what it defines itself ends the run.
struct ReadVar {
  Word var;
  Word value;
  std::uint64_t run;  // 0: none
};
constexpr std::size_t kReadVars = 64;
constexpr std::size_t var_index(Word var) {
  return static_cast<std::size_t>(var.bits >> 12) % kReadVars;
}  // by slot

const Word* constants_of(const ObjectHeader* function) {
  return substrate::record_words(function) + substrate::FunctionField::kConstants;
}

// The generic primitives behind the instructions that have a fast path of their own.
struct Generic {
  PrimitiveFunction add, subtract, multiply, less, greater, less_equal, greater_equal, increment,
      decrement, nth, get;
};

const Generic& generic() {
  static const Generic table = [] {
    const auto of = [](std::string_view name) {
      return primitives()[builtin::number_of(name)].function;
    };
    return Generic{of("+"),  of("-"),   of("*"),   of("<"),   of(">"),  of("<="),
                   of(">="), of("inc"), of("dec"), of("nth"), of("get")};
  }();
  return table;
}

// A small integer is (value << 1 | 1), so words of two of them compare as the values do, and sums
// need no unpacking. The result of an operation on 63-bit integers that overflows 63 bits is left
// to the generic primitive, which may box it.
std::int64_t as_signed(Word w) { return static_cast<std::int64_t>(w.bits); }
bool both_small(Word a, Word b) { return (a.bits & b.bits & 1) != 0; }

bool add_small(Word a, Word b, Word& out) {
  std::int64_t sum;
  if (!both_small(a, b) || __builtin_add_overflow(as_signed(a), as_signed(b) - 1, &sum))
    return false;
  out = {static_cast<std::uint64_t>(sum)};
  return true;
}
bool subtract_small(Word a, Word b, Word& out) {
  std::int64_t difference;
  if (!both_small(a, b) || __builtin_sub_overflow(as_signed(a), as_signed(b) - 1, &difference))
    return false;
  out = {static_cast<std::uint64_t>(difference)};
  return true;
}
bool multiply_small(Word a, Word b, Word& out) {
  std::int64_t product;
  if (!both_small(a, b) || __builtin_mul_overflow(as_signed(a) - 1, as_signed(b) >> 1, &product))
    return false;
  out = {static_cast<std::uint64_t>(product) | 1};
  return true;
}

// The function of a closure that has only one arity, which takes exactly `count` arguments: the
// common callee.
[[gnu::always_inline]] inline std::optional<Function> simple_callee(const Pin& pin, Word callee,
                                                                    std::uint32_t count) {
  if (!internal::is_closure(callee)) return std::nullopt;
  const Word function = substrate::field(pin, callee, substrate::ClosureField::kFunction);
  if (!substrate::is_object(function, ObjectKind::kFunction)) return std::nullopt;
  const Function f(pin, function);
  if (f.info().parameter_count != count || f.variadic()) return std::nullopt;
  return f;
}

// The primitive that a word stands for, if it is a plain one that takes `count` arguments, else
// null.
const Primitive* plain_primitive(Word callee, std::uint32_t count) {
  if (!substrate::is_primitive(callee)) return nullptr;
  const auto table = primitives();
  const std::uint64_t number = substrate::payload(callee);
  if (number >= table.size()) return nullptr;
  const Primitive& p = table[static_cast<std::size_t>(number)];
  return p.kind == PrimitiveKind::kPlain && p.accepts(count) ? &p : nullptr;
}

// The integer in the word behind an instruction.
Word held_int(const std::uint32_t* pc) { return int_word(static_cast<std::int32_t>(*pc)); }

enum class Truth : std::uint8_t { kFalse, kTrue, kSignalled };

using Holds = bool (*)(std::int64_t, std::int64_t);
constexpr bool less(std::int64_t a, std::int64_t b) { return a < b; }
constexpr bool greater(std::int64_t a, std::int64_t b) { return a > b; }
constexpr bool less_equal(std::int64_t a, std::int64_t b) { return a <= b; }
constexpr bool greater_equal(std::int64_t a, std::int64_t b) { return a >= b; }

[[gnu::noinline]] Truth compare_slowly(PrimitiveContext& c, PrimitiveFunction function, Word a,
                                       Word b) {
  const Word arguments[] = {a, b};
  const Word result = function(c, std::span<const Word>(arguments));
  return result == kSignalled         ? Truth::kSignalled
         : result == substrate::kTrue ? Truth::kTrue
                                      : Truth::kFalse;
}

template <Holds kHolds>
[[gnu::always_inline]] inline Truth compare(PrimitiveContext& c, PrimitiveFunction slow, Word a,
                                            Word b) {
  if (both_small(a, b)) [[likely]]
    return kHolds(as_signed(a), as_signed(b)) ? Truth::kTrue : Truth::kFalse;
  return compare_slowly(c, slow, a, b);
}

[[gnu::always_inline]] inline Truth equality(const Pin& pin, Word a, Word b) {
  if (a == b) return Truth::kTrue;
  if (both_small(a, b)) return Truth::kFalse;
  return substrate::equal(pin, a, b) ? Truth::kTrue : Truth::kFalse;
}

[[gnu::noinline]] Word call_slowly(PrimitiveContext& c, PrimitiveFunction function, Word a,
                                   Word b) {
  const Word arguments[] = {a, b};
  return function(c, std::span<const Word>(arguments));
}

class StackMachine final : public Machine {
 public:
  void load(const Pin&, Word continuation, Word value, bool raise) override {
    activations_.clear();
    if (slots_.size() > 2 * kSlotsMax) slots_ = std::vector<Word>(kFirstSlots);  // a huge apply
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
  Word save_callers(Edit& edit, Word caller, std::size_t first) const;
  void enter_frame(const Pin& pin, Registers& r, Word frame, Word value);
  Called call_any(PrimitiveContext& c, Registers& r, std::size_t count, bool tail);
  void enter_function(Edit& edit, Registers& r, const Function& f, std::size_t count, bool tail);
  Registers go_on();

  Outcome fail(PrimitiveContext& c, const ObjectHeader* function, const std::uint32_t* at) {
    start_ = Start::kNothing;
    if (c.signal == Signal::kExpired)
      return {.kind = OutcomeKind::kExpired, .value = kNil, .effect = {}};
    const Function f(function);
    const internal::Site site{f, f.entity_at(static_cast<std::uint32_t>(at - f.code()))};
    internal::FrameCallers frames(c.pin(), below_);
    std::size_t left = activations_.size();
    const std::size_t first = left <= internal::kErrorFrames ? 0 : left - internal::kErrorFrames;
    const Word trace = save_callers(c.edit, first == 0 ? below_ : kNil, first);
    const Word error = internal::raise_at(c, site, trace, [&](internal::Site& caller) {
      if (left == 0) return frames(caller);
      const Activation& a = activations_[--left];
      const Function its(a.function);
      caller = {its, its.safe_points()[a.pc[-1]].entity};
      return true;
    });
    return {.kind = OutcomeKind::kFailed, .value = error, .effect = {}};
  }

  // Keeps the running activation as the newest, to be saved at `point` or, when it awaits a value,
  // at its pc[-1].
  void keep(const Registers& r, std::optional<std::uint32_t> point) {
    activations_.push_back({r.pc, r.function, r.base});
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
  std::array<ReadVar, kReadVars> vars_{};
  std::uint64_t run_ = 0;                  // counts runs
  std::array<const void*, 256> labels_{};  // of run(), by operation
};

// ------------------------------------------------------------------------------------ frames

// The frames of activations from `first` on, all of which await a value.
Word StackMachine::save_callers(Edit& edit, Word caller, std::size_t first) const {
  for (std::size_t i = first; i < activations_.size(); ++i) {
    const Activation& a = activations_[i];
    caller = make_frame(edit, caller, a.base[-1], Function(a.function), a.pc[-1], a.base);
  }
  return caller;
}

Word StackMachine::save(Edit& edit) {
  if (!top_point_) return save_callers(edit, below_, 0);
  const Activation top = activations_.back();  // not at a call: its pc tells nothing
  activations_.pop_back();
  const Word caller = save_callers(edit, below_, 0);
  activations_.push_back(top);
  return make_frame(edit, caller, top.base[-1], Function(top.function), *top_point_, top.base);
}

// Makes `r` the activation of a frame, with `value` delivered, as the only one in the machine.
void StackMachine::enter_frame(const Pin& pin, Registers& r, Word frame, Word value) {
  const FrameView view = view_frame(pin, frame);
  const std::size_t needed =
      1 + std::max<std::size_t>(view.function.info().slot_max, view.slots.size() + 1);
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
  return {f.code() + point.pc, top.base, top.base + point.live_count, top.function};
}

// Makes room for `words` from `r.base` on.
void StackMachine::make_room(Edit& edit, Registers& r, std::size_t words) {
  if (static_cast<std::size_t>(slots_end() - r.base) >= words) return;
  if (slots_.size() >= kSlotsMax && !activations_.empty()) spill(edit, r);
  const auto base = static_cast<std::size_t>(r.base - slots_.data());
  if (slots_.size() - base >= words) return;
  std::vector<Word> larger(std::max(slots_.size() * 2, base + words));
  std::copy(slots_.data(), r.sp, larger.data());
  const auto moved = [&](Word* p) { return larger.data() + (p - slots_.data()); };
  for (Activation& a : activations_) a.base = moved(a.base);
  r.base = moved(r.base);
  r.sp = moved(r.sp);
  slots_.swap(larger);
}

// Callers become frames, which are loaded again when they are returned into.
void StackMachine::spill(Edit& edit, Registers& r) {
  below_ = save_callers(edit, below_, 0);
  activations_.clear();
  const std::size_t used = static_cast<std::size_t>(r.sp - r.base);
  std::memmove(slots_.data(), r.base - 1, (used + 1) * sizeof(Word));
  r.base = slots_.data() + 1;
  r.sp = r.base + used;
}

// ------------------------------------------------------------------------------------ calls

// `count` arguments stand below r.sp, the closure below them. In tail position they take the
// caller's place.
void StackMachine::enter_function(Edit& edit, Registers& r, const Function& f, std::size_t count,
                                  bool tail) {
  Word* arguments = r.sp - count;
  if (tail) {
    std::memmove(r.base - 1, arguments - 1, (count + 1) * sizeof(Word));
    r.sp = r.base + count;
  } else {
    activations_.push_back({r.pc, r.function, r.base});
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

StackMachine::Called StackMachine::call_any(PrimitiveContext& c, Registers& r, std::size_t count,
                                            bool tail) {
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
  const Generic& g = generic();
  const Primitive* const table = primitives().data();
  PrimitiveContext c(edit, self_);
  std::uint64_t left = std::max<std::uint64_t>(fuel, 1);
  ++run_;
  std::uint64_t unused = 0;  // fuel kept back so that the slice ends at the next safe point

  const auto done = [](Word w) {
    return Outcome{.kind = OutcomeKind::kDone, .value = w, .effect = {}};
  };
  Registers start{};
  if (start_ == Start::kDeliver) {
    start_ = Start::kNothing;
    if (raise_) {
      return {.kind = OutcomeKind::kFailed,
              .value = internal::raise_in(edit, below_, delivered_),
              .effect = {}};
    }
    if (is_nil(below_)) return done(delivered_);
    enter_frame(pin, start, below_, delivered_);
  } else {
    substrate::check(start_ == Start::kGoOn,
                     "a machine runs after load() or after it ran out of fuel");
    start = go_on();
  }
  const std::uint32_t* pc = start.pc;
  Word* base = start.base;
  Word* sp = start.sp;
  const ObjectHeader* function = start.function;
  Word* end = slots_end();

  std::uint32_t i = 0;           // the instruction
  const std::uint32_t* at = pc;  // the instruction that failed
  Word value = kNil;             // what is returned or pushed
  std::uint32_t point = 0;       // where fuel ran out
  const auto take = [&](const Registers& r) {
    pc = r.pc, base = r.base, sp = r.sp, function = r.function, end = slots_end();
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
  ReadVar& read = vars_[var_index(var)];
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
    if (edit.is_low()) [[unlikely]]
      unused += std::exchange(left, 1) - 1;
    goto next;
  }
  Registers r{pc + 1, base, sp, function};
  const Called called = call_any(c, r, count, false);
  if (called == Called::kSignalled && c.signal != Signal::kEffect) goto signalled;
  take(r);
  if (edit.is_low()) unused += std::exchange(left, 1) - 1;
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
  if (called == Called::kSignalled && c.signal != Signal::kEffect) goto signalled;
  take(r);
  if (edit.is_low()) unused += std::exchange(left, 1) - 1;
  if (called == Called::kReturned) {
    value = sp[-1];
    goto returned;
  }
  if (called == Called::kEntered) {
    if (--left == 0) goto out_of_fuel_at_entry;
    goto next;
  }
  top_point_.reset();  // the frame is done with: its caller awaits the value
  goto asked;
}
op_return_local:
  value = base[operand(i)];
  goto returned;
op_return:
  value = sp[-1];
returned:
  if (!activations_.empty()) [[likely]] {
    const Activation& caller = activations_.back();
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
  if (edit.is_low()) [[unlikely]]
    unused += std::exchange(left, 1) - 1;
  goto next;
}
op_define:
  c.ask(EffectKind::kDefine, constants_of(function)[operand(i)], sp[-1]);
  keep({pc + 1, base, sp - 1, function}, std::nullopt);
  goto asked;
op_tail_define:
  c.ask(EffectKind::kDefine, constants_of(function)[operand(i)], sp[-1]);
  top_point_.reset();
  goto asked;

  // ------------------------------------------------------------------------ making
op_closure : {
  const Word functions = constants_of(function)[operand(i)];
  *sp++ = internal::make_closure(
      edit, functions, internal::first_function(pin, functions), [&](substrate::Place p) {
        switch (place_kind(p)) {
          case substrate::PlaceKind::kSlot:
            return base[place_index(p)];
          case substrate::PlaceKind::kCapture:
            return substrate::field(pin, base[-1],
                                    substrate::ClosureField::kCaptured + place_index(p));
          case substrate::PlaceKind::kSelf:
            return base[-1];
          case substrate::PlaceKind::kConstant:
            break;
        }
        substrate::die("a constant is captured");
      });
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
    value = call_slowly(c, g.add, sp[-2], sp[-1]);
    goto two_to_one;
  }
  --sp;
  goto next;
op_subtract:
  if (!subtract_small(sp[-2], sp[-1], sp[-2])) [[unlikely]] {
    value = call_slowly(c, g.subtract, sp[-2], sp[-1]);
    goto two_to_one;
  }
  --sp;
  goto next;
op_multiply:
  if (!multiply_small(sp[-2], sp[-1], sp[-2])) [[unlikely]] {
    value = call_slowly(c, g.multiply, sp[-2], sp[-1]);
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
    value = call_slowly(c, g.add, sp[-1], int_word(signed_operand(i)));
    goto one_to_one;
  }
  goto next;
op_subtract_int:
  if (!subtract_small(sp[-1], int_word(signed_operand(i)), sp[-1])) [[unlikely]] {
    value = call_slowly(c, g.subtract, sp[-1], int_word(signed_operand(i)));
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
    value = call_slowly(c, g.add, base[pair_slot(i)], int_word(pair_int(i)));
    goto none_to_one;
  }
  ++sp;
  goto next;
op_subtract_local_int:
  if (!subtract_small(base[pair_slot(i)], int_word(pair_int(i)), *sp)) [[unlikely]] {
    value = call_slowly(c, g.subtract, base[pair_slot(i)], int_word(pair_int(i)));
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
signalled:
  fuel = left + unused;
  at = pc - 1;
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

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<StackMachine>(); }

}  // namespace yin::vm::stack
