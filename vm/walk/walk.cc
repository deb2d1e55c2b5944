#include "vm/walk/walk.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/vector.h"
#include "substrate/worker.h"
#include "vm/code.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/internal/call.h"
#include "vm/internal/continuation.h"
#include "vm/internal/tree.h"
#include "vm/primitive.h"
#include "vm/walk/nodes.h"

namespace yin::vm::walk {

namespace {

using internal::Vocabulary;
using substrate::Edit;
using substrate::kNil;
using substrate::ObjectHeader;
using substrate::Pin;
using substrate::Place;
using substrate::PlaceKind;
using substrate::Word;

// A node that waits for the value of its child number `phase`, in order of evaluation. Its own value
// goes to slot `depth`. Nodes whose child is in tail position do not wait: they are gone when it is
// evaluated, so that a call with nothing waiting is a tail call.
struct Waiting {
  Node* node;
  std::uint32_t phase;
  std::uint32_t depth;
};

// A function that runs or waits for a callee.
struct Activation {
  Word closure;
  FunctionNodes* nodes;
  std::size_t base;         // of its slots
  std::size_t waiting;      // of its waiting nodes
  std::uint32_t point = 0;  // the safe point it waits or was stopped at

  [[nodiscard]] const Function& function() const { return nodes->function(); }
};

// What the evaluation does next: a node, or, null, what to do with the value of the node before.
struct Next {
  Node* node;
  std::uint32_t depth;
};

class WalkMachine final : public Machine {
 public:
  void load(const Pin&, Word continuation, Word value, bool raise) override {
    activations_.clear();
    waiting_.clear();
    functions_.clear();
    known_ = {};
    below_ = continuation;
    delivered_ = value;
    raise_ = raise;
    loaded_ = true;
  }

  Outcome run(Edit& edit, std::uint64_t& fuel) override;
  Word save(Edit& edit) override;

 private:
  // ---------------------------------------------------------------------------------- the current
  // function

  Activation& top() { return activations_.back(); }
  [[nodiscard]] const Function& function() const { return activations_.back().function(); }
  [[nodiscard]] internal::Tree tree() const {
    return {context_->pin(), *words_, function().program()};
  }
  FunctionNodes* nodes_of(const Function& f);
  Node& read(Node& node) {
    if (node.kind == NodeKind::kUnread) [[unlikely]]
      top().nodes->read(tree(), node);
    return node;
  }
  Node& child(Node& node, std::uint32_t n) { return read(node.children[n]); }

  Word* slot(std::size_t depth) {
    const std::size_t at = top().base + depth;
    if (at >= slots_.size()) [[unlikely]]
      slots_.resize(at + 1 + slots_.size() / 2);
    return slots_.data() + at;
  }
  Word captured(std::uint32_t index) {
    return substrate::field(context_->pin(), top().closure,
                            substrate::ClosureField::kCaptured + index);
  }
  // The value of a node that is there without an evaluation, else kAbsent.
  Word ready_value(const Node& node) {
    switch (node.kind) {
      case NodeKind::kLiteral:
        return node.word;
      case NodeKind::kSlot:
        return *slot(node.index);
      case NodeKind::kCapture:
        return captured(node.index);
      case NodeKind::kSelf:
        return top().closure;
      default:
        return substrate::kAbsent;
    }
  }

  // ---------------------------------------------------------------------------------- steps

  Next evaluate(Node& node, std::uint32_t depth);
  Next go_on(Waiting w);
  Next gather(Node& node, std::uint32_t from, std::uint32_t depth);
  Next gathered_all(Node& node, std::uint32_t depth);
  // The value of the node before is at hand.
  Next value_of(Word w) {
    value_ = w;
    return {nullptr, 0};
  }
  // Child number n, which `node` waits for or not.
  Next evaluate_child(Node& node, std::uint32_t n, std::uint32_t depth) {
    const ChildPlace at = child_place(node, n);
    if (at.waits) waiting_.push_back({&node, n, depth});
    return {&child(node, n), depth + at.depth};
  }

  Next variable(const Node& node);
  Next lambda(const Node& node);
  Next recur(const Node& node, std::uint32_t depth);
  Next call(const Node& node, std::uint32_t depth);
  Next call_closure(const Node& node, std::uint32_t depth, std::size_t count);
  Next enter(const Function& f, std::size_t count);
  Next resume(const Node& node, Word continuation, std::span<const Word> arguments);
  Next shift(const Node& node, Word receiver);
  Word continuation_of(const Node& node);
  Next returned(Word value);

  // The run is over: the outcome is set.
  Next stop(OutcomeKind kind, Word value, const Effect& effect = {}) {
    outcome_ = Outcome{.kind = kind, .value = value, .effect = effect};
    return value_of(kNil);
  }
  Next fail(const Node& node);
  Next raise(Word error);
  Next clean_up(Waiting w, Word value, Word raised);
  Next throw_value(const Node& node, Word value);
  // An effect is asked for at `node`: in tail position its value is the caller's.
  Next ask(const Node& node) {
    if (is_tail() && node.index == Function::kNoNote) {
      activations_.pop_back();
    } else {
      top().point = node.index;
    }
    return stop(OutcomeKind::kEffect, kNil, context_->effect);
  }
  Next value_or_fail(Word value, const Node& node) {
    return value == kSignalled ? fail(node) : value_of(value);
  }

  // Nothing of the current function waits for the node that is being evaluated.
  [[nodiscard]] bool is_tail() const { return waiting_.size() == activations_.back().waiting; }

  // One unit for a call or a back edge. Out of fuel, the machine stops at `point`.
  Next spend(std::uint32_t point, Next next) {
    if (--*fuel_ != 0 && !context_->edit.is_low()) return next;
    top().point = point;
    return stop(OutcomeKind::kFuel, kNil);
  }

  // ---------------------------------------------------------------------------------- frames

  Next enter_frame(Word frame, Word value);
  Word save_activations(Edit& edit, Word caller, std::size_t from, std::size_t to) const;
  Node* find_path(std::uint32_t entity);

  std::vector<Word> slots_;
  std::vector<Activation> activations_;
  std::vector<Waiting> waiting_;
  std::vector<Word> arguments_;
  Word below_ = kNil;
  Word delivered_ = kNil;
  Word value_ = kNil;  // of the node before
  bool raise_ = false;
  bool loaded_ = false;
  // Of the functions that ran since load(): those of other steps may be gone, and another function
  // where they were. `known_` is found faster.
  std::unordered_map<const ObjectHeader*, std::unique_ptr<FunctionNodes>> functions_;
  std::array<FunctionNodes*, 64> known_{};
  std::array<internal::ReadVar, internal::kReadVars> vars_{};
  std::uint64_t run_ = 0;  // counts runs
  std::optional<Vocabulary> words_;
  std::uint64_t domain_id_ = 0;  // that the words belong to
  // Of the current run.
  PrimitiveContext* context_ = nullptr;
  std::uint64_t* fuel_ = nullptr;
  std::optional<Outcome> outcome_;
};

FunctionNodes* WalkMachine::nodes_of(const Function& f) {
  const auto granule = reinterpret_cast<std::uintptr_t>(f.header()) / substrate::kGranule;
  FunctionNodes*& known = known_[granule % known_.size()];
  if (known == nullptr || known->function().header() != f.header()) {
    std::unique_ptr<FunctionNodes>& kept = functions_[f.header()];
    if (kept == nullptr) kept = std::make_unique<FunctionNodes>(f);
    known = kept.get();
  }
  return known;
}

// ------------------------------------------------------------------------------------ running

Outcome WalkMachine::run(Edit& edit, std::uint64_t& fuel) {
  const std::uint64_t domain_id = edit.pin().worker().domain().identity().domain_id[0];
  if (!words_ || domain_id_ != domain_id) words_.emplace(edit.pin());
  domain_id_ = domain_id;
  PrimitiveContext context(edit, self_);
  context_ = &context;
  fuel = std::max<std::uint64_t>(fuel, 1);
  fuel_ = &fuel;
  ++run_;
  outcome_.reset();

  Next next{};
  if (std::exchange(loaded_, false)) {
    next = raise_ ? raise(internal::raise_in(edit, below_, delivered_)) : returned(delivered_);
  } else {  // out of fuel before: goes on from the frame it would have saved
    substrate::check(!activations_.empty(),
                     "a machine runs after load() or after it ran out of fuel");
    const Word frame = save(edit);
    activations_.clear();
    waiting_.clear();
    next = enter_frame(frame, kNil);
  }
  while (!outcome_) {
    if (next.node != nullptr) {
      next = evaluate(*next.node, next.depth);
    } else if (is_tail()) {
      activations_.pop_back();
      next = returned(value_);
    } else {
      const Waiting w = waiting_.back();
      waiting_.pop_back();
      next = go_on(w);
    }
  }
  return *outcome_;
}

// ------------------------------------------------------------------------------------ nodes

Next WalkMachine::evaluate(Node& node, std::uint32_t depth) {
  switch (node.kind) {
    case NodeKind::kLiteral:
    case NodeKind::kSlot:
    case NodeKind::kCapture:
    case NodeKind::kSelf:
      return value_of(ready_value(node));
    case NodeKind::kVar:
      return variable(node);
    case NodeKind::kLambda:
      return lambda(node);
    case NodeKind::kIf:
    case NodeKind::kDo:
    case NodeKind::kTry:
    case NodeKind::kFinally:
    case NodeKind::kThrow:
      return evaluate_child(node, 0, depth);
    default:
      return gather(node, 0, depth);
  }
}

// The value of a child has come.
Next WalkMachine::go_on(Waiting w) {
  Node& node = *w.node;
  switch (node.kind) {
    case NodeKind::kIf:
      return evaluate_child(node, substrate::truthy(value_) ? 1 : 2, w.depth);
    case NodeKind::kDo:
      return evaluate_child(node, w.phase + 1, w.depth);
    case NodeKind::kTry:
      return value_of(value_);
    case NodeKind::kThrow:
      return throw_value(node, value_);
    case NodeKind::kFinally: {
      if (w.phase == 0) return clean_up(w, value_, substrate::kFalse);
      const Word kept = *slot(w.depth);
      return substrate::truthy(*slot(w.depth + 1)) ? raise(kept) : value_of(kept);
    }
    default:
      *slot(w.depth + w.phase) = value_;
      return gather(node, w.phase + 1, w.depth);
  }
}

// The children from number `from` on whose values go to consecutive slots.
Next WalkMachine::gather(Node& node, std::uint32_t from, std::uint32_t depth) {
  const std::uint32_t count = gathered(node);
  for (std::uint32_t n = from; n < count; ++n) {
    const Word value = ready_value(child(node, n));
    if (substrate::is_absent(value)) return evaluate_child(node, n, depth);
    *slot(depth + n) = value;
  }
  return gathered_all(node, depth);
}

Next WalkMachine::gathered_all(Node& node, std::uint32_t depth) {
  PrimitiveContext& c = *context_;
  const std::uint32_t count = gathered(node);
  slot(depth + count);  // the slots are there
  const std::span<const Word> items(slot(depth), count);
  switch (node.kind) {
    case NodeKind::kLet:
    case NodeKind::kLoop:
      return evaluate_child(node, count, depth);
    case NodeKind::kRecur:
      return recur(node, depth);
    case NodeKind::kCallPrimitive: {
      const std::uint64_t number = substrate::payload(node.word);
      return value_or_fail(primitives()[static_cast<std::size_t>(number)].function(c, items), node);
    }
    case NodeKind::kCall:
      return call(node, depth);
    case NodeKind::kDefine:
      c.ask(EffectKind::kDefine, node.word, items[0]);
      return ask(node);
    case NodeKind::kVector:
      return value_of(substrate::Vector::from(c.edit, items).word);
    case NodeKind::kMap:
      return value_or_fail(internal::make_map_literal(c, items), node);
    case NodeKind::kSet:
      return value_or_fail(internal::make_set_literal(c, items), node);
    default:
      substrate::die("a node of no kind");
  }
}

Next WalkMachine::variable(const Node& node) {
  internal::ReadVar& read = vars_[internal::var_index(node.word)];
  if (read.var != node.word || read.run != run_) {
    const Word value = internal::read_var(*context_, node.word);
    if (substrate::is_absent(value))
      internal::fail_unbound(*context_, function().program(), node.entity);
    if (value == kSignalled || substrate::is_absent(value)) return fail(node);
    read = {node.word, value, run_};
  }
  return value_of(read.value);
}

Next WalkMachine::lambda(const Node& node) {
  const Function first = internal::first_function(context_->pin(), node.word);
  const auto value_at = [&](Place p) {
    switch (place_kind(p)) {
      case PlaceKind::kSlot:
        return *slot(place_index(p));
      case PlaceKind::kCapture:
        return captured(place_index(p));
      case PlaceKind::kSelf:
        return top().closure;
      case PlaceKind::kConstant:
        break;
    }
    substrate::die("a constant is captured");
  };
  return value_of(internal::make_closure(context_->edit, node.word, first, value_at));
}

// The operands were taken before any of them is given to the loop's variables.
Next WalkMachine::recur(const Node& node, std::uint32_t depth) {
  const substrate::SafePoint& point = function().safe_points()[node.index];
  const Word* operands = slot(depth);
  std::copy(operands, operands + node.count, slot(point.live_count - node.count));
  Node& body =
      node.loop == nullptr ? read(top().nodes->body()) : child(*node.loop, node.loop->count - 1);
  return spend(node.index, {&body, point.live_count});
}

// ------------------------------------------------------------------------------------ calls

// Operator and operands stand in the slots from `depth` on.
Next WalkMachine::call(const Node& node, std::uint32_t depth) {
  PrimitiveContext& c = *context_;
  std::size_t count = node.count - 1;
  for (;;) {
    const Word callee = *slot(depth);
    slot(depth + count);  // the operands' slots are there
    const std::span<const Word> arguments(slot(depth) + 1, count);
    if (internal::is_closure(callee)) return call_closure(node, depth, count);
    if (internal::is_continuation(callee)) return resume(node, callee, arguments);
    switch (internal::own_call(callee, arguments)) {
      case internal::Own::kNone: {
        const Word value = internal::call_value(c, callee, arguments);
        if (value == kSignalled && c.signal == Signal::kEffect) return ask(node);
        return value_or_fail(value, node);
      }
      case internal::Own::kApply:
        if (!internal::spread_apply(c, arguments, arguments_)) return fail(node);
        slot(depth + arguments_.size());
        std::copy(arguments_.begin(), arguments_.end(), slot(depth));
        count = arguments_.size() - 1;
        break;
      case internal::Own::kCapture: {
        const Word frame = continuation_of(node);
        *slot(depth) = *slot(depth + 1);
        *slot(depth + 1) = internal::make_continuation(c.edit, frame, kNil);
        break;
      }
      case internal::Own::kPrompt:
        *slot(depth) = arguments[0];
        count = 0;
        break;
      case internal::Own::kShift:
        return shift(node, arguments[0]);
      case internal::Own::kResume: {
        const Word value = count == 2 ? arguments[1] : kNil;
        *slot(depth) = arguments[0];
        *slot(depth + 1) = value;
        count = 1;
        break;
      }
    }
  }
}

// What the call at `node` returns to. The callers become frames for good, as on the other machines.
Word WalkMachine::continuation_of(const Node& node) {
  Edit& edit = context_->edit;
  below_ = save_activations(edit, below_, 0, activations_.size() - 1);
  activations_.erase(activations_.begin(), activations_.end() - 1);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(top().waiting));
  top().waiting = 0;
  if (is_tail() && node.index == Function::kNoNote) return below_;
  top().point = node.index;
  return save_activations(edit, below_, 0, 1);
}

Next WalkMachine::resume(const Node& node, Word continuation, std::span<const Word> arguments) {
  if (!internal::takes(*context_, arguments)) return fail(node);
  const Word value = arguments[0];
  below_ = internal::frame_to_resume(context_->edit, continuation,
                                     [&] { return continuation_of(node); });
  activations_.clear();
  waiting_.clear();
  if (--*fuel_ != 0 && !context_->edit.is_low()) return returned(value);
  delivered_ = value;
  raise_ = false;
  loaded_ = true;
  return stop(OutcomeKind::kFuel, value);
}

// The frames up to the prompt are given to the receiver, which runs on top of the prompt.
Next WalkMachine::shift(const Node& node, Word receiver) {
  PrimitiveContext& c = *context_;
  const auto f = internal::shift_receiver(c, receiver);
  if (!f) return fail(node);
  const Word frame = continuation_of(node);
  const Word prompt = internal::find_prompt(c.pin(), frame);
  if (substrate::is_nil(prompt)) {
    internal::fail_no_prompt(c);
    return fail(node);
  }
  activations_.clear();
  waiting_.clear();
  below_ = prompt;
  activations_.push_back({receiver, nodes_of(*f), 0, 0, 0});
  *slot(0) = internal::make_continuation(c.edit, frame, prompt);
  return enter(*f, 1);
}

Next WalkMachine::call_closure(const Node& node, std::uint32_t depth, std::size_t count) {
  const Word closure = *slot(depth);
  const auto f = internal::find_arity(context_->pin(), closure, count);
  if (!f) {
    internal::fail_arity(*context_, closure, count);
    return fail(node);
  }
  FunctionNodes* const nodes = nodes_of(*f);
  if (is_tail() && node.index == Function::kNoNote) {  // no safe point of its own
    const Word* from = slot(depth);
    std::copy(from + 1, from + 1 + count, slot(0));
    top().closure = closure;
    top().nodes = nodes;
  } else {
    top().point = node.index;
    activations_.push_back({closure, nodes, top().base + depth + 1, waiting_.size(), 0});
  }
  return enter(*f, count);
}

// At the entry of the function that is now the innermost, its arguments in its slots.
Next WalkMachine::enter(const Function& f, std::size_t count) {
  const std::uint32_t parameters = f.info().parameter_count;
  slot(std::max<std::size_t>(parameters, count));
  if (f.variadic()) {
    const std::size_t fixed = parameters - 1u;
    *slot(fixed) = internal::rest_list(context_->edit, {slot(0) + fixed, count - fixed});
  }
  return spend(0, {&read(top().nodes->body()), parameters});
}

// The innermost function is done with: its caller gets the value.
Next WalkMachine::returned(Word value) {
  if (!activations_.empty()) return value_of(value);
  if (substrate::is_nil(below_)) return stop(OutcomeKind::kDone, value);
  return enter_frame(below_, value);
}

Next WalkMachine::fail(const Node& node) {
  PrimitiveContext& c = *context_;
  if (c.signal == Signal::kExpired) return stop(OutcomeKind::kExpired, kNil);
  if (is_raised(c.pin(), c.error)) return raise(c.error);
  internal::FrameCallers frames(c.pin(), below_);
  std::size_t left = activations_.size() - 1;
  const std::size_t first = left <= internal::kErrorFrames ? 0 : left - internal::kErrorFrames;
  const Word trace = save_activations(c.edit, first == 0 ? below_ : kNil, first, left);
  const internal::Site site{function(), node.entity};
  const Word error = internal::raise_at(c, site, trace, [&](internal::Site& caller) {
    if (left == 0) return frames(caller);
    const Activation& a = activations_[--left];
    caller = {a.function(), a.function().safe_points()[a.point].entity};
    return true;
  });
  return raise(error);
}

// The error goes to the innermost :try or :finally that waits for its body, here or in a caller.
Next WalkMachine::raise(Word error) {
  for (;;) {
    for (; !activations_.empty(); activations_.pop_back()) {
      if (function().handlers().empty()) waiting_.resize(top().waiting);
      while (!is_tail()) {
        const Waiting w = waiting_.back();
        waiting_.pop_back();
        if (w.phase != 0) continue;
        if (w.node->kind == NodeKind::kFinally) return clean_up(w, error, substrate::kTrue);
        if (w.node->kind != NodeKind::kTry) continue;
        *slot(w.depth) = error;
        return evaluate_child(*w.node, 1, w.depth);
      }
    }
    if (substrate::is_nil(below_)) return stop(OutcomeKind::kFailed, error);
    const FrameView view = view_frame(context_->pin(), below_);
    if (view.point().handler == 0) {
      below_ = view.caller;
    } else {
      enter_frame(below_, kNil);
    }
  }
}

// The cleanup of a :finally, above what its body came to: a value, or an error if `raised`.
Next WalkMachine::clean_up(Waiting w, Word value, Word raised) {
  *slot(w.depth + 1) = raised;
  *slot(w.depth) = value;
  return evaluate_child(*w.node, 1, w.depth);
}

Next WalkMachine::throw_value(const Node& node, Word value) {
  static const Word thrower = substrate::primitive_word(builtin::number_of(builtin::kThrow));
  internal::call_value(*context_, thrower, {&value, 1});
  return fail(node);
}

// ------------------------------------------------------------------------------------ frames

Word WalkMachine::save(Edit& edit) {
  return save_activations(edit, below_, 0, activations_.size());
}

Word WalkMachine::save_activations(Edit& edit, Word caller, std::size_t from,
                                   std::size_t to) const {
  for (std::size_t i = from; i < to; ++i) {
    const Activation& a = activations_[i];
    caller = make_frame(edit, caller, a.closure, a.function(), a.point, slots_.data() + a.base);
  }
  return caller;
}

Next WalkMachine::enter_frame(Word frame, Word value) {
  const FrameView view = view_frame(context_->pin(), frame);
  below_ = view.caller;
  activations_.push_back(
      {view.closure, nodes_of(view.function), 0, waiting_.size(), view.safe_point});
  slot(view.slots.size());
  std::copy(view.slots.begin(), view.slots.end(), slots_.begin());
  if (view.safe_point == 0) return {&read(top().nodes->body()), view.point().live_count};
  Node* const at = find_path(view.entity());
  if ((view.point().flags & substrate::kSafePointAwaits) != 0) return value_of(value);
  return {&child(*at, at->count - 1), view.point().live_count};  // a loop's body
}

// Rebuilds what waits for `entity`: every node between it and the function's body that it does not
// end.
Node* WalkMachine::find_path(std::uint32_t entity) {
  const auto path = top().nodes->path_to(tree(), entity);
  for (const Step& step : std::span(path).first(path.size() - 1)) {
    if (child_place(*step.node, step.child).waits)
      waiting_.push_back({step.node, step.child, step.depth});
  }
  return path.back().node;
}

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<WalkMachine>(); }

}  // namespace yin::vm::walk
