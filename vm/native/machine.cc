#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/map.h"
#include "substrate/vector.h"
#include "vm/code.h"
#include "vm/internal/arithmetic.h"
#include "vm/internal/call.h"
#include "vm/internal/slots.h"
#include "vm/native/code.h"
#include "vm/native/native.h"
#include "vm/native/stack_memory.h"
#include "vm/primitive.h"
#include "vm/register/code.h"

namespace yin::vm::native {

namespace {

using internal::Activation;
using internal::call_slowly;
using internal::compare;
using internal::constants_of;
using internal::equality;
using internal::Registers;
using internal::Truth;
using substrate::Edit;
using substrate::int_word;
using substrate::is_nil;
using substrate::kNil;
using substrate::ObjectHeader;
using substrate::Pin;
using substrate::Vector;
using substrate::Word;

// The code of functions that stand on the native stack or ran since load(): those of other steps may
// be gone, and another function where they were.
class Codes {
 public:
  explicit Codes(State& state) : state_(state) {}
  const Code& of(const ObjectHeader* function) {
    KnownFunction& k = state_.known[reinterpret_cast<std::uintptr_t>(function) /
                                    substrate::kGranule % kKnownFunctions];
    if (k.function != function) {
      std::shared_ptr<const Code>& kept = kept_[function];
      if (kept == nullptr) kept = code_of(Function(function), state_.domain);
      k = {function, kept.get()};
    }
    return *k.code;
  }
  void clear() {
    kept_.clear();
    state_.known = {};
  }

 private:
  State& state_;  // what machine code sees of it
  std::unordered_map<const ObjectHeader*, std::shared_ptr<const Code>> kept_;
};

// The callers of what runs: activations on the native stack (code.h), oldest first, as SlotMachine
// uses them.
class NativeStack {
 public:
  NativeStack();
  ~NativeStack() { give_stack(memory_, kBytes); }
  NativeStack(const NativeStack&) = delete;
  NativeStack& operator=(const NativeStack&) = delete;

  // Of so many activations there is always room for one more: each has a slot at least.
  static constexpr std::size_t kActivationsMax = internal::kSlotsMax + internal::kSlotsMax / 2;

  void clear() {
    top_ = bottom_;
    *top_ = reinterpret_cast<std::uint64_t>(stubs().returned);
  }
  [[nodiscard]] bool empty() const { return top_ == bottom_; }
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(bottom_ - top_) / kWords;
  }
  [[nodiscard]] Activation operator[](std::size_t i) const {
    const std::uint64_t* const at = place(i);
    std::uint32_t pc;
    std::memcpy(&pc, reinterpret_cast<const std::byte*>(at[0]) + kReturnSitePc, sizeof pc);
    const auto* const function = reinterpret_cast<const ObjectHeader*>(at[2]);
    return {Function(function).register_code() + pc, function, reinterpret_cast<Word*>(at[1])};
  }
  void push_back(const Activation& a) {
    const auto pc = static_cast<std::uint32_t>(a.pc - Function(a.function).register_code());
    top_ -= kWords;
    top_[0] = reinterpret_cast<std::uint64_t>(codes_->of(a.function).return_site(pc));
    top_[1] = reinterpret_cast<std::uint64_t>(a.base);
    top_[2] = reinterpret_cast<std::uint64_t>(a.function);
  }
  void pop_back() { top_ += kWords; }
  friend void set_base(NativeStack& stack, std::size_t i, Word* base) {
    stack.place(i)[1] = reinterpret_cast<std::uint64_t>(base);
  }

  void set_codes(Codes& codes) { codes_ = &codes; }
  // Where machine code has it, and has left it.
  [[nodiscard]] std::uint64_t* top() const { return top_; }
  void set_top(std::uint64_t* top) { top_ = top; }

 private:
  static constexpr std::size_t kWords = 3;
  // What a signal handler may need: it runs on the stack that it meets.
  static constexpr std::size_t kMargin = std::size_t{256} << 10;
  static constexpr std::size_t kBytes = kActivationsMax * kWords * 8 + kMargin + 2 * kGuardBytes;

  [[nodiscard]] std::uint64_t* place(std::size_t i) const { return bottom_ - (i + 1) * kWords; }

  std::byte* memory_;
  std::uint64_t* bottom_;  // holds where the oldest activation returns to
  std::uint64_t* top_;
  Codes* codes_ = nullptr;
};

NativeStack::NativeStack()
    : memory_(take_stack(kBytes)),
      bottom_(reinterpret_cast<std::uint64_t*>(memory_ + kBytes - kGuardBytes)) {
  clear();
}

// The integer in a word of an instruction.
Word held(std::uint32_t word) { return int_word(static_cast<std::int32_t>(word)); }

using InRegisterCode = internal::InRegisterCode<NativeStack>;

class NativeMachine final : public internal::SlotMachine<InRegisterCode> {
 public:
  NativeMachine() {
    activations_.set_codes(codes_);
    state_.offset_mask = substrate::kOffsetMask;
    state_.slow = stubs().slow;
    state_.help = stubs().help;
    state_.routines = stubs().routines;
    state_.helpers =
        helpers(std::make_index_sequence<static_cast<std::size_t>(RegisterOp::kEnd)>());
    state_.step = [](State* s) { return static_cast<NativeMachine*>(s->machine)->step(); };
    state_.machine = this;
    state_.vars = vars_.data();
  }

  void load(const Pin& pin, Word continuation, Word value, bool raise) override {
    codes_.clear();
    SlotMachine::load(pin, continuation, value, raise);
  }
  Outcome run(Edit& edit, std::uint64_t& fuel) override;

 private:
  // One instruction, whatever it meets, or an Event; gives where machine code goes on.
  const void* step();
  const void* general(const std::uint32_t* pc);
  template <RegisterOp kOp>
  Word value_of(const std::uint32_t* pc);
  template <RegisterOp kOp>
  static const void* help(State* state);
  template <std::size_t... kOps>
  static constexpr decltype(State::helpers) helpers(std::index_sequence<kOps...>) {
    return {&help<static_cast<RegisterOp>(kOps)>...};
  }
  const void* call(const std::uint32_t* pc, bool tail);
  const void* entered(const Registers& r);
  const void* deliver(Word value);
  const void* resumed();

  const Code& code(const ObjectHeader* function) { return codes_.of(function); }
  void take(const Registers& r) {
    state_.base = r.base;
    state_.function = r.function;
    state_.end = slots_.data() + std::min(slots_.size(), NativeStack::kActivationsMax);
  }
  // What was allocated fills the nursery: the slice ends at the next safe point.
  void heed_room() {
    if (context_->edit.is_low()) [[unlikely]]
      unused_ += std::exchange(state_.left, 1) - 1;
  }

  const void* at(const std::uint32_t* pc) {
    const Code& c = code(state_.function);
    return c.address(static_cast<std::uint32_t>(pc - Function(state_.function).register_code()));
  }
  const void* leave(const Outcome& outcome) {
    outcome_ = outcome;
    start_ = outcome.kind == OutcomeKind::kFuel ? Start::kGoOn : Start::kNothing;
    return stubs().leave;
  }
  const void* failed(const std::uint32_t* pc) {
    Registers r{pc, state_.base, nullptr, state_.function};
    if (!handle(*context_, r, pc)) return leave(ended_);
    take(r);
    heed_room();
    return at(r.pc);
  }
  const void* asked() {
    return leave({.kind = OutcomeKind::kEffect, .value = kNil, .effect = context_->effect});
  }
  const void* out_of_fuel(const std::uint32_t* pc, std::uint32_t point) {
    keep({pc, state_.base, nullptr, state_.function}, point);
    return leave({.kind = OutcomeKind::kFuel, .value = kNil, .effect = {}});
  }
  const void* give_back(Word value) {
    state_.base[-1] = value;
    return stubs().give_back;
  }
  const void* branch(const std::uint32_t* pc, Truth t) {
    if (t == Truth::kSignalled) return failed(pc);
    return at(pc + 3 + (t == Truth::kTrue ? 0 : static_cast<std::int32_t>(pc[2])));
  }

  State state_{};
  Codes codes_{state_};
  PrimitiveContext* context_ = nullptr;  // of run()
  Outcome outcome_;
  std::uint64_t unused_ = 0;  // fuel kept back so that the slice ends at the next safe point
};

Outcome NativeMachine::run(Edit& edit, std::uint64_t& fuel) {
  const Pin& pin = edit.pin();
  PrimitiveContext context(edit, self_);
  context_ = &context;
  unused_ = 0;
  state_.run = ++run_;
  state_.left = std::max<std::uint64_t>(fuel, 1);
  state_.domain = pin.base();
  const auto bump = edit.bump();
  state_.next = bump.next;
  state_.low = bump.low;

  Registers r{};
  if (!start(edit, r)) return ended_;
  take(r);
  state_.native_sp = activations_.top();
  stubs().enter(&state_, at(r.pc));
  fuel = state_.left + unused_;
  return std::exchange(outcome_, {});
}

const void* NativeMachine::step() {
  activations_.set_top(state_.native_sp);
  const void* to = nullptr;
  switch (state_.at) {
    case kReturned:
      to = deliver(state_.base[-1]);
      break;
    case kNoRoom: {
      const Function f(state_.function);
      const auto parameters = f.info().parameter_count;
      Registers r{f.register_code(), state_.base, state_.base + parameters, state_.function};
      make_room(context_->edit, r, std::max<std::size_t>(f.info().slot_max, parameters));
      to = entered(r);
      break;
    }
    case kNoFuel:
      to = out_of_fuel(Function(state_.function).register_code(), 0);
      break;
    default:
      to = general(Function(state_.function).register_code() + state_.at);
  }
  state_.native_sp = activations_.top();
  return to;
}

// Nothing runs here any more: the value is the frame's below.
const void* NativeMachine::deliver(Word value) {
  if (is_nil(below_)) return leave({.kind = OutcomeKind::kDone, .value = value, .effect = {}});
  Registers r{};
  enter_frame(context_->pin(), r, below_, value);
  take(r);
  return at(r.pc);
}

// A continuation was called: its frames stand below.
const void* NativeMachine::resumed() {
  if (--state_.left != 0) return deliver(delivered_);
  const Outcome outcome = stop_resumed();
  const void* const to = leave(outcome);
  start_ = Start::kDeliver;
  return to;
}

// `r` stands at a function's entry, with room for its slots.
const void* NativeMachine::entered(const Registers& r) {
  Registers now = r;
  if (static_cast<std::size_t>(r.base - slots_.data()) + Function(r.function).info().slot_max >
          NativeStack::kActivationsMax &&
      !activations_.empty())
    spill(context_->edit, now);
  take(now);
  return code(now.function).entry_with_room;
}

const void* NativeMachine::call(const std::uint32_t* pc, bool tail) {
  PrimitiveContext& c = *context_;
  const std::uint32_t count = pc[1];
  Word* const arguments = state_.base + (*pc >> 8) + 1;
  if (tail) {
    const auto f = internal::simple_callee(c.pin(), arguments[-1], count);
    if (f && f->info().slot_max <= static_cast<std::size_t>(slots_end() - state_.base)) {
      std::memmove(state_.base - 1, arguments - 1, (count + 1) * sizeof(Word));
      return entered({f->register_code(), state_.base, state_.base + count, f->header()});
    }
  }
  Registers r{pc + 3, state_.base, arguments + count, state_.function};
  const Called called = call_any(c, r, count, tail);
  if (called == Called::kSignalled && c.signal != Signal::kEffect) {
    take(r);  // the slots may have moved
    return failed(pc);
  }
  if (called == Called::kEntered) {
    heed_room();
    return entered(r);
  }
  take(r);
  heed_room();
  if (called == Called::kResumed) return resumed();
  if (called == Called::kReturned) {
    if (tail) return give_back(r.sp[-1]);
    return at(pc + 3);
  }
  // (In tail position the frame is done with: its caller awaits the value.)
  if (!tail) keep(r, std::nullopt);
  return asked();
}

// What an instruction that writes a value writes, or kSignalled.
template <RegisterOp kOp>
Word NativeMachine::value_of(const std::uint32_t* pc) {
  PrimitiveContext& c = *context_;
  const Pin& pin = c.pin();
  const internal::Generic& g = internal::generic();
  Word* const base = state_.base;
  const std::uint32_t d = *pc >> 8;
  const auto binary = [&](PrimitiveFunction function) {
    return call_slowly(c, function, base[pc[1]], base[pc[2]]);
  };
  const auto with_int = [&](PrimitiveFunction function) {
    return call_slowly(c, function, base[pc[1]], held(pc[2]));
  };
  const auto truth = [](Truth t) {
    return t == Truth::kSignalled ? kSignalled : substrate::boolean_word(t == Truth::kTrue);
  };
  switch (kOp) {
    case RegisterOp::kPrimitive:
      return primitives()[pc[1]].function(c, {base + d, pc[2]});
    case RegisterOp::kPrimitive1:
      return primitives()[pc[1]].function(c, {base + pc[2], 1});
    case RegisterOp::kPrimitive2:
      return call_slowly(c, primitives()[pc[1]].function, base[pc[2]], base[pc[3]]);
    case RegisterOp::kClosure: {
      const Word functions = constants_of(state_.function)[pc[1]];
      return internal::make_closure(
          c.edit, functions, internal::first_function(pin, functions),
          [&](substrate::Place p) { return internal::captured_value(pin, base, p); });
    }
    case RegisterOp::kVector:
      return Vector::from(c.edit, {base + d, pc[1]}).word;
    case RegisterOp::kMap:
      return internal::make_map_literal(c, {base + d, pc[1]});
    case RegisterOp::kSet:
      return internal::make_set_literal(c, {base + d, pc[1]});
    case RegisterOp::kAdd:
      return internal::add_slowly(c, base[pc[1]], base[pc[2]]);
    case RegisterOp::kSubtract:
      return internal::subtract_slowly(c, base[pc[1]], base[pc[2]]);
    case RegisterOp::kMultiply:
      return internal::multiply_slowly(c, base[pc[1]], base[pc[2]]);
    case RegisterOp::kQuotient:
      return binary(g.quotient);
    case RegisterOp::kRemainder:
      return binary(g.remainder);
    case RegisterOp::kModulus:
      return binary(g.modulus);
    case RegisterOp::kAddInt:
      return internal::add_slowly(c, base[pc[1]], held(pc[2]));
    case RegisterOp::kSubtractInt:
      return internal::subtract_slowly(c, base[pc[1]], held(pc[2]));
    case RegisterOp::kMultiplyInt:
      return internal::multiply_slowly(c, base[pc[1]], held(pc[2]));
    case RegisterOp::kQuotientInt:
      return with_int(g.quotient);
    case RegisterOp::kRemainderInt:
      return with_int(g.remainder);
    case RegisterOp::kModulusInt:
      return with_int(g.modulus);
    case RegisterOp::kIncrement:
      return g.increment(c, {base + pc[1], 1});
    case RegisterOp::kDecrement:
      return g.decrement(c, {base + pc[1], 1});
    case RegisterOp::kLess:
      return truth(compare<internal::less>(c, g.less, base[pc[1]], base[pc[2]]));
    case RegisterOp::kGreater:
      return truth(compare<internal::greater>(c, g.greater, base[pc[1]], base[pc[2]]));
    case RegisterOp::kLessEqual:
      return truth(compare<internal::less_equal>(c, g.less_equal, base[pc[1]], base[pc[2]]));
    case RegisterOp::kGreaterEqual:
      return truth(compare<internal::greater_equal>(c, g.greater_equal, base[pc[1]], base[pc[2]]));
    case RegisterOp::kEqual:
      return truth(equality(pin, base[pc[1]], base[pc[2]]));
    case RegisterOp::kNth: {
      const Word in = base[pc[1]];
      const Word index = base[pc[2]];
      if (Vector::is(in) && substrate::is_small_int(index)) [[likely]] {
        const auto n = static_cast<std::uint64_t>(substrate::small_int(index));
        if (n < Vector{in}.count(pin)) [[likely]]
          return Vector{in}.nth(pin, n);
      }
      return binary(g.nth);
    }
    case RegisterOp::kGet:
      if (substrate::Map::is(base[pc[1]])) [[likely]]
        return substrate::Map{base[pc[1]]}.get(pin, base[pc[2]]);
      return binary(g.get);
    default:
      substrate::die("an instruction that is not a helper's");
  }
}

template <RegisterOp kOp>
const void* NativeMachine::help(State* state) {
  NativeMachine& m = *static_cast<NativeMachine*>(state->machine);
  const std::uint32_t* const pc = Function(state->function).register_code() + state->at;
  const Word value = m.value_of<kOp>(pc);
  if (value == kSignalled) [[unlikely]] {
    m.activations_.set_top(state->native_sp);
    const void* const to = m.failed(pc);
    state->native_sp = m.activations_.top();
    return to;
  }
  state->base[*pc >> 8] = value;
  m.heed_room();
  return nullptr;
}

// What may go on anywhere.
const void* NativeMachine::general(const std::uint32_t* pc) {
  PrimitiveContext& c = *context_;
  const internal::Generic& g = internal::generic();
  Word* const base = state_.base;
  const std::uint32_t d = *pc >> 8;
  const auto returned = [&](Word (*calculate)(PrimitiveContext&, Word, Word)) {
    const Word value = calculate(c, base[d], base[pc[1]]);
    return value == kSignalled ? failed(pc) : give_back(value);
  };
  switch (register_op_of(*pc)) {
    case RegisterOp::kGlobal: {
      const Word var = constants_of(state_.function)[pc[1]];
      const Word value = internal::read_var(c, var);
      if (value == kSignalled) return failed(pc);
      if (substrate::is_absent(value)) {
        const Function f(state_.function);
        internal::fail_unbound(c, f.program(), InRegisterCode::entity_at(f, pc));
        return failed(pc);
      }
      vars_[internal::var_index(var)] = {var, value, run_};
      base[d] = value;
      return at(pc + 2);
    }
    case RegisterOp::kUnlessLess:
      return branch(pc, compare<internal::less>(c, g.less, base[d], base[pc[1]]));
    case RegisterOp::kUnlessGreater:
      return branch(pc, compare<internal::greater>(c, g.greater, base[d], base[pc[1]]));
    case RegisterOp::kUnlessLessEqual:
      return branch(pc, compare<internal::less_equal>(c, g.less_equal, base[d], base[pc[1]]));
    case RegisterOp::kUnlessGreaterEqual:
      return branch(pc, compare<internal::greater_equal>(c, g.greater_equal, base[d], base[pc[1]]));
    case RegisterOp::kUnlessEqual:
      return branch(pc, equality(c.pin(), base[d], base[pc[1]]));
    case RegisterOp::kUnlessLessInt:
      return branch(pc, compare<internal::less>(c, g.less, base[d], held(pc[1])));
    case RegisterOp::kUnlessGreaterInt:
      return branch(pc, compare<internal::greater>(c, g.greater, base[d], held(pc[1])));
    case RegisterOp::kUnlessLessEqualInt:
      return branch(pc, compare<internal::less_equal>(c, g.less_equal, base[d], held(pc[1])));
    case RegisterOp::kUnlessGreaterEqualInt:
      return branch(pc, compare<internal::greater_equal>(c, g.greater_equal, base[d], held(pc[1])));
    case RegisterOp::kUnlessEqualInt:
      return branch(pc, equality(c.pin(), base[d], held(pc[1])));
    case RegisterOp::kCall:
      return call(pc, false);
    case RegisterOp::kTailCall:
      return call(pc, true);
    case RegisterOp::kTailSelf:
      std::copy_n(base + d + 1, pc[1], base);
      return code(state_.function).entry_with_room;
    case RegisterOp::kDefine:
      c.ask(EffectKind::kDefine, constants_of(state_.function)[pc[1]], base[d]);
      keep({pc + 3, base, base + d, state_.function}, std::nullopt);
      return asked();
    case RegisterOp::kTailDefine:
      c.ask(EffectKind::kDefine, constants_of(state_.function)[pc[1]], base[d]);
      return asked();
    case RegisterOp::kLoop:
      return out_of_fuel(pc, pc[2]);
    case RegisterOp::kLoopMove:
      return out_of_fuel(pc, pc[3]);
    case RegisterOp::kReturnAdd:
      return returned(internal::add_slowly);
    case RegisterOp::kReturnSubtract:
      return returned(internal::subtract_slowly);
    case RegisterOp::kReturnMultiply:
      return returned(internal::multiply_slowly);
    default:
      substrate::die("an instruction that machine code does whole");
  }
}

}  // namespace

bool available() { return true; }
std::unique_ptr<Machine> make_machine() { return std::make_unique<NativeMachine>(); }

}  // namespace yin::vm::native
