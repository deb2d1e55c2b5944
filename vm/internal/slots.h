#pragma once

// What the stack and the register projection have in common: activations over one contiguous run of
// slots, and how they become frames and come back.
//
//   slots   [closure | slots of the oldest activation ... [closure | slots of a callee ... [closure
//   | ... top
//
// A caller's operator and operands are the callee's closure and parameters where they stand: a call
// copies nothing and allocates nothing. Of a continuation only the top frame is loaded; a frame
// below is loaded when it is returned into. Beyond so many slots older activations become frames,
// so that depth is bounded by the domain only.
//
// `Code` says which of a function's instructions are run:
//   begin(function), at(function, safe point): where; entity_at(function, at): the node there;
//   handler_around(function, at): who handles an error raised there, or null;
//   handler(function, handler): where it goes on.
//   Activations: where callers are kept, a vector or what looks like one.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/vector.h"
#include "vm/code.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/internal/call.h"
#include "vm/internal/continuation.h"
#include "vm/machine.h"
#include "vm/primitive.h"

namespace yin::vm::internal {

inline constexpr std::size_t kFirstSlots = 4096;
// Beyond this many words the older activations become frames, so that depth is bounded by the
// domain's memory only.
inline constexpr std::size_t kSlotsMax = std::size_t{1} << 17;

// Where a running activation stands. `base` is its slot 0; its closure is one below.
struct Registers {
  const std::uint32_t* pc;
  substrate::Word* base;
  substrate::Word* sp;  // one behind the top
  const substrate::ObjectHeader* function;
};

// A caller, while its callee runs: `pc` is behind a call, so pc[-1] is its safe point.
struct Activation {
  const std::uint32_t* pc;
  const substrate::ObjectHeader* function;
  substrate::Word* base;
};

inline void set_base(std::vector<Activation>& activations, std::size_t i, substrate::Word* base) {
  activations[i].base = base;
}

// `Code` of what runs register code.
template <class ActivationsOf>
struct InRegisterCode {
  using Activations = ActivationsOf;
  static const std::uint32_t* begin(const Function& f) { return f.register_code(); }
  static const std::uint32_t* at(const Function& f, const substrate::SafePoint& point) {
    return f.register_code() + point.register_pc;
  }
  static std::uint32_t entity_at(const Function& f, const std::uint32_t* at) {
    return f.entity_at_register(static_cast<std::uint32_t>(at - f.register_code()));
  }
  static const substrate::ErrorHandler* handler_around(const Function& f, const std::uint32_t* at) {
    return f.register_handler_around(static_cast<std::uint32_t>(at - f.register_code()));
  }
  static const std::uint32_t* handler(const Function& f, const substrate::ErrorHandler& handler) {
    return f.register_code() + handler.register_pc;
  }
};

inline const substrate::Word* constants_of(const substrate::ObjectHeader* function) {
  return substrate::record_words(function) + substrate::FunctionField::kConstants;
}

// What a closure made in the activation at `base` captures.
inline substrate::Word captured_value(const substrate::Pin& pin, const substrate::Word* base,
                                      substrate::Place p) {
  switch (place_kind(p)) {
    case substrate::PlaceKind::kSlot:
      return base[place_index(p)];
    case substrate::PlaceKind::kCapture:
      return substrate::field(pin, base[-1], substrate::ClosureField::kCaptured + place_index(p));
    case substrate::PlaceKind::kSelf:
      return base[-1];
    case substrate::PlaceKind::kConstant:
      break;
  }
  substrate::die("a constant is captured");
}

// The function of a closure that has only one arity, which takes exactly `count` arguments: the
// common callee.
[[gnu::always_inline]] inline std::optional<Function> simple_callee(const substrate::Pin& pin,
                                                                    substrate::Word callee,
                                                                    std::uint32_t count) {
  if (!is_closure(callee)) return std::nullopt;
  const substrate::Word function =
      substrate::field(pin, callee, substrate::ClosureField::kFunction);
  if (!substrate::is_object(function, substrate::ObjectKind::kFunction)) return std::nullopt;
  const Function f(pin, function);
  if (f.info().parameter_count != count || f.variadic()) return std::nullopt;
  return f;
}

template <class Code>
class SlotMachine : public Machine {
 public:
  void load(const substrate::Pin&, substrate::Word continuation, substrate::Word value,
            bool raise) override {
    activations_.clear();
    top_.reset();
    if (slots_.size() > 2 * kSlotsMax)
      slots_ = std::vector<substrate::Word>(kFirstSlots);  // a huge apply
    below_ = continuation;
    delivered_ = value;
    raise_ = raise;
    start_ = Start::kDeliver;
  }

  substrate::Word save(substrate::Edit& edit) override;

 protected:
  enum class Start : std::uint8_t { kNothing, kDeliver, kGoOn };
  // What a call that is not the common one leads to.
  enum class Called : std::uint8_t {
    kEntered,    // a closure's function: `registers` stand at its entry
    kReturned,   // a value on the slots
    kSignalled,  // see the context
    kResumed,    // a continuation's frames stand below, and what they await is `delivered_`
  };

  substrate::Word* slots_end() { return slots_.data() + slots_.size(); }

  bool start(substrate::Edit& edit, Registers& r);
  void make_room(substrate::Edit& edit, Registers& r, std::size_t words);
  void spill(substrate::Edit& edit, Registers& r);
  substrate::Word save_callers(substrate::Edit& edit, substrate::Word caller,
                               std::size_t first) const;
  void enter_frame(const substrate::Pin& pin, Registers& r, substrate::Word frame,
                   substrate::Word value);
  Called call_any(PrimitiveContext& c, Registers& r, std::size_t count, bool tail);
  substrate::Word continuation_of(substrate::Edit& edit, Registers& r, bool tail);
  Called shift(PrimitiveContext& c, Registers& r, substrate::Word receiver, bool tail);

  // Out of fuel where a continuation goes on: run() delivers the value.
  Outcome stop_resumed() {
    raise_ = false;
    start_ = Start::kDeliver;
    return {.kind = OutcomeKind::kFuel, .value = delivered_, .effect = {}};
  }
  void enter_function(substrate::Edit& edit, Registers& r, const Function& f, std::size_t count,
                      bool tail);
  Registers go_on();

  // The error that the context holds, raised by the instruction at `at`.
  substrate::Word raised(PrimitiveContext& c, const substrate::ObjectHeader* function,
                         const std::uint32_t* at) {
    if (is_raised(c.pin(), c.error)) return c.error;
    const Function f(function);
    const Site site{f, Code::entity_at(f, at)};
    FrameCallers frames(c.pin(), below_);
    std::size_t left = activations_.size();
    const std::size_t first = left <= kErrorFrames ? 0 : left - kErrorFrames;
    const substrate::Word trace =
        save_callers(c.edit, first == 0 ? below_ : substrate::kNil, first);
    return raise_at(c, site, trace, [&](Site& caller) {
      if (left == 0) return frames(caller);
      const Activation a = activations_[--left];
      const Function its(a.function);
      caller = {its, its.safe_points()[a.pc[-1]].entity};
      return true;
    });
  }

  // Makes `r`, where the instruction at `at` signalled, the activation that handles the error.
  // False: nobody does, or it was no error; the run ended with `ended_` then.
  bool handle(PrimitiveContext& c, Registers& r, const std::uint32_t* at) {
    start_ = Start::kNothing;
    if (c.signal == Signal::kExpired) {
      ended_ = {.kind = OutcomeKind::kExpired, .value = substrate::kNil, .effect = {}};
      return false;
    }
    const substrate::Word error = raised(c, r.function, at);
    const substrate::ErrorHandler* handler = Code::handler_around(Function(r.function), at);
    while (handler == nullptr && !activations_.empty()) {
      const Activation a = activations_[activations_.size() - 1];
      r = {a.pc, a.base, a.base, a.function};
      const Function f(a.function);
      handler = f.handler_at(f.safe_points()[a.pc[-1]]);
      activations_.pop_back();
    }
    if (handler == nullptr) return handle_below(c.pin(), r, error);
    enter_handler(r, *handler, error);
    return true;
  }
  // The same for an error raised where the frame below awaits a value.
  bool handle_below(const substrate::Pin& pin, Registers& r, substrate::Word error) {
    while (!substrate::is_nil(below_)) {
      const FrameView view = view_frame(pin, below_);
      const substrate::ErrorHandler* handler = view.function.handler_at(view.point());
      if (handler != nullptr) {
        enter_frame(pin, r, below_, substrate::kNil);
        enter_handler(r, *handler, error);
        return true;
      }
      below_ = view.caller;
    }
    ended_ = {.kind = OutcomeKind::kFailed, .value = error, .effect = {}};
    return false;
  }
  void enter_handler(Registers& r, const substrate::ErrorHandler& handler, substrate::Word error) {
    r.base[handler.slot] = error;
    r.sp = r.base + handler.slot + 1;
    r.pc = Code::handler(Function(r.function), handler);
  }

  // Keeps the running activation as the newest, to be saved at `point` or, when it awaits a value,
  // at its pc[-1].
  void keep(const Registers& r, std::optional<std::uint32_t> point) {
    top_ = {r.pc, r.function, r.base};
    top_point_ = point;
    start_ = Start::kNothing;
  }

  std::vector<substrate::Word> slots_ = std::vector<substrate::Word>(kFirstSlots);
  typename Code::Activations activations_;   // callers
  std::optional<Activation> top_;            // after a stop: the stopped one
  std::vector<substrate::Word> spread_;      // arguments of an apply
  substrate::Word below_ = substrate::kNil;  // the frame that the oldest activation returns to
  substrate::Word delivered_ = substrate::kNil;
  bool raise_ = false;
  Start start_ = Start::kNothing;
  std::optional<std::uint32_t> top_point_;
  Outcome ended_;  // of start() and handle()
  std::array<ReadVar, kReadVars> vars_{};
  std::uint64_t run_ = 0;  // counts runs
};

// ------------------------------------------------------------------------------------ frames

// The frames of activations from `first` on, all of which await a value.
template <class Code>
substrate::Word SlotMachine<Code>::save_callers(substrate::Edit& edit, substrate::Word caller,
                                                std::size_t first) const {
  for (std::size_t i = first; i < activations_.size(); ++i) {
    const Activation a = activations_[i];
    caller = make_frame(edit, caller, a.base[-1], Function(a.function), a.pc[-1], a.base);
  }
  return caller;
}

template <class Code>
substrate::Word SlotMachine<Code>::save(substrate::Edit& edit) {
  const substrate::Word caller = save_callers(edit, below_, 0);
  if (!top_) return caller;
  return make_frame(edit, caller, top_->base[-1], Function(top_->function),
                    top_point_ ? *top_point_ : top_->pc[-1], top_->base);
}

// Makes `r` the activation of a frame, with `value` delivered, as the only one in the machine.
template <class Code>
void SlotMachine<Code>::enter_frame(const substrate::Pin& pin, Registers& r, substrate::Word frame,
                                    substrate::Word value) {
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
  r.pc = Code::at(view.function, view.point());
  r.function = view.function.header();
}

// Where a run begins. False: it is over, with `ended_`.
template <class Code>
bool SlotMachine<Code>::start(substrate::Edit& edit, Registers& r) {
  if (start_ == Start::kGoOn) {
    r = go_on();
    return true;
  }
  substrate::check(start_ == Start::kDeliver,
                   "a machine runs after load() or after it ran out of fuel");
  start_ = Start::kNothing;
  if (raise_) return handle_below(edit.pin(), r, raise_in(edit, below_, delivered_));
  if (substrate::is_nil(below_)) {
    ended_ = {.kind = OutcomeKind::kDone, .value = delivered_, .effect = {}};
    return false;
  }
  enter_frame(edit.pin(), r, below_, delivered_);
  return true;
}

// Goes on where the last run stopped for fuel.
template <class Code>
Registers SlotMachine<Code>::go_on() {
  const Activation top = *top_;
  top_.reset();
  const Function f(top.function);
  const substrate::SafePoint& point = f.safe_points()[*top_point_];
  return {Code::at(f, point), top.base, top.base + point.live_count, top.function};
}

// Makes room for `words` from `r.base` on.
template <class Code>
void SlotMachine<Code>::make_room(substrate::Edit& edit, Registers& r, std::size_t words) {
  if (static_cast<std::size_t>(slots_end() - r.base) >= words) return;
  if (slots_.size() >= kSlotsMax && !activations_.empty()) spill(edit, r);
  const auto base = static_cast<std::size_t>(r.base - slots_.data());
  if (slots_.size() - base >= words) return;
  std::vector<substrate::Word> larger(std::max(slots_.size() * 2, base + words));
  std::copy(slots_.data(), r.sp, larger.data());
  const auto moved = [&](substrate::Word* p) { return larger.data() + (p - slots_.data()); };
  for (std::size_t i = 0; i < activations_.size(); ++i)
    set_base(activations_, i, moved(activations_[i].base));
  r.base = moved(r.base);
  r.sp = moved(r.sp);
  slots_.swap(larger);
}

// Callers become frames, which are loaded again when they are returned into.
template <class Code>
void SlotMachine<Code>::spill(substrate::Edit& edit, Registers& r) {
  below_ = save_callers(edit, below_, 0);
  activations_.clear();
  const std::size_t used = static_cast<std::size_t>(r.sp - r.base);
  std::memmove(slots_.data(), r.base - 1, (used + 1) * sizeof(substrate::Word));
  r.base = slots_.data() + 1;
  r.sp = r.base + used;
}

// ------------------------------------------------------------------------------------ calls

// `count` arguments stand below r.sp, the closure below them. In tail position they take the
// caller's place.
template <class Code>
void SlotMachine<Code>::enter_function(substrate::Edit& edit, Registers& r, const Function& f,
                                       std::size_t count, bool tail) {
  substrate::Word* arguments = r.sp - count;
  if (tail) {
    std::memmove(r.base - 1, arguments - 1, (count + 1) * sizeof(substrate::Word));
    r.sp = r.base + count;
  } else {
    activations_.push_back({r.pc, r.function, r.base});
    r.base = arguments;
  }
  make_room(edit, r, std::max<std::size_t>(f.info().slot_max, count));
  if (f.variadic()) {
    const std::size_t fixed = f.info().parameter_count - 1u;
    r.base[fixed] = rest_list(edit, {r.base + fixed, count - fixed});
    r.sp = r.base + fixed + 1;
  }
  r.pc = Code::begin(f);
  r.function = f.header();
}

template <class Code>
typename SlotMachine<Code>::Called SlotMachine<Code>::call_any(PrimitiveContext& c, Registers& r,
                                                               std::size_t count, bool tail) {
  for (;;) {
    const substrate::Word callee = r.sp[-1 - static_cast<std::ptrdiff_t>(count)];
    const std::span<const substrate::Word> arguments(r.sp - count, count);
    if (is_closure(callee)) {
      const auto f = find_arity(c.pin(), callee, count);
      if (!f) {
        fail_arity(c, callee, count);
        return Called::kSignalled;
      }
      enter_function(c.edit, r, *f, count, tail);
      return Called::kEntered;
    }
    if (is_continuation(callee)) {
      if (!takes(c, arguments)) return Called::kSignalled;
      delivered_ = arguments[0];
      below_ = frame_to_resume(c.edit, callee, [&] { return continuation_of(c.edit, r, tail); });
      activations_.clear();
      return Called::kResumed;
    }
    switch (own_call(callee, arguments)) {
      case Own::kNone: {
        const substrate::Word value = call_value(c, callee, arguments);
        if (value == kSignalled) return Called::kSignalled;
        r.sp -= count + 1;
        *r.sp++ = value;
        return Called::kReturned;
      }
      case Own::kApply:
        if (!spread_apply(c, arguments, spread_)) return Called::kSignalled;
        r.sp -= count + 1;
        make_room(c.edit, r, static_cast<std::size_t>(r.sp - r.base) + spread_.size());
        r.sp = std::copy(spread_.begin(), spread_.end(), r.sp);
        count = spread_.size() - 1;
        break;
      case Own::kCapture: {
        const substrate::Word frame = continuation_of(c.edit, r, tail);
        r.sp[-2] = r.sp[-1];
        r.sp[-1] = make_continuation(c.edit, frame, substrate::kNil);
        break;
      }
      case Own::kPrompt:
        r.sp[-2] = r.sp[-1];
        --r.sp;
        count = 0;
        break;
      case Own::kShift:
        return shift(c, r, arguments[0], tail);
      case Own::kResume: {
        substrate::Word* const first = r.sp - count;
        first[-1] = first[0];
        first[0] = count == 2 ? first[1] : substrate::kNil;
        r.sp = first + 1;
        count = 1;
        break;
      }
    }
  }
}

// What a call that `r` makes returns to. The callers become frames for good, so that the next
// continuation has only those to write that are new.
template <class Code>
substrate::Word SlotMachine<Code>::continuation_of(substrate::Edit& edit, Registers& r, bool tail) {
  if (!activations_.empty()) spill(edit, r);
  if (tail) return below_;
  return make_frame(edit, below_, r.base[-1], Function(r.function), r.pc[-1], r.base);
}

// The frames up to the prompt are given to the receiver, which runs on top of the prompt.
template <class Code>
typename SlotMachine<Code>::Called SlotMachine<Code>::shift(PrimitiveContext& c, Registers& r,
                                                            substrate::Word receiver, bool tail) {
  const auto f = shift_receiver(c, receiver);
  if (!f) return Called::kSignalled;
  const substrate::Word frame = continuation_of(c.edit, r, tail);
  const substrate::Word prompt = find_prompt(c.pin(), frame);
  if (substrate::is_nil(prompt)) {
    fail_no_prompt(c);
    return Called::kSignalled;
  }
  activations_.clear();
  below_ = prompt;
  r.base = slots_.data() + 1;
  r.base[-1] = receiver;
  r.base[0] = make_continuation(c.edit, frame, prompt);
  r.sp = r.base + 1;
  enter_function(c.edit, r, *f, 1, true);
  return Called::kEntered;
}

}  // namespace yin::vm::internal
