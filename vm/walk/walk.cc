#include "vm/walk/walk.h"

#include <algorithm>
#include <optional>
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

namespace yin::vm::walk {

namespace {

using ast::NodeType;
using internal::Tree;
using internal::Vocabulary;
using substrate::Edit;
using substrate::kNil;
using substrate::Pin;
using substrate::Place;
using substrate::PlaceKind;
using substrate::Word;

// A node that waits for the value of one of its children: number `phase` in order of evaluation.
// Its own value goes to slot `depth`. Nodes whose child is in tail position do not wait: they are
// gone when it is evaluated, so that a call with nothing waiting is a tail call.
struct Waiting {
  std::uint32_t node;
  std::uint32_t phase;
  std::uint32_t depth;
};

// A function that runs or waits for a callee.
struct Activation {
  Word closure;
  Function function;
  std::size_t base;         // of its slots
  std::size_t waiting;      // of its waiting nodes
  std::uint32_t point = 0;  // the safe point it waits or was stopped at
};

enum class CallKind : std::uint8_t { kPrimitive, kDefine, kGeneral };

// What the evaluation does next: a node, or the value of the node before.
struct Next {
  bool is_value;
  Word value;
  std::uint32_t node;
  std::uint32_t depth;
};
Next value_of(Word w) { return {true, w, 0, 0}; }
Next node_at(std::uint32_t node, std::uint32_t depth) { return {false, kNil, node, depth}; }

class WalkMachine final : public Machine {
 public:
  void load(const Pin&, Word continuation, Word value, bool raise) override {
    activations_.clear();
    waiting_.clear();
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
  [[nodiscard]] const Function& function() const { return activations_.back().function; }
  Tree tree() { return {context_->pin(), *words_, function().program()}; }

  Word* slot(std::size_t depth) {
    const std::size_t at = top().base + depth;
    if (at >= slots_.size()) slots_.resize(at + 1 + slots_.size() / 2);
    return slots_.data() + at;
  }
  [[nodiscard]] Place noted_place(std::uint32_t node) const { return {function().note_of(node)}; }

  Word value_at(Place place) {
    switch (place_kind(place)) {
      case PlaceKind::kSlot:
        return *slot(place_index(place));
      case PlaceKind::kCapture:
        return substrate::field(context_->pin(), top().closure,
                                substrate::ClosureField::kCaptured + place_index(place));
      case PlaceKind::kSelf:
        return top().closure;
      case PlaceKind::kConstant:
        break;
    }
    return function().constants()[place_index(place)];
  }

  // How an application is to be evaluated. A plain primitive and a definition have no slot for an
  // operator.
  CallKind kind_of_call(const Tree& t, std::uint32_t node) {
    const std::uint32_t op = t.child(node, words_->operator_);
    if (t.type(op) != NodeType::kVariable) return CallKind::kGeneral;
    const Place place = noted_place(op);
    if (place_kind(place) != PlaceKind::kConstant) return CallKind::kGeneral;
    if (t.defined_name(node)) return CallKind::kDefine;
    const Word callee = value_at(place);
    if (!substrate::is_primitive(callee)) return CallKind::kGeneral;
    const Primitive& p = primitives()[static_cast<std::size_t>(substrate::payload(callee))];
    const bool plain =
        p.kind == PrimitiveKind::kPlain && p.accepts(t.count(node, words_->operands));
    return plain ? CallKind::kPrimitive : CallKind::kGeneral;
  }

  // ---------------------------------------------------------------------------------- steps

  Next evaluate(std::uint32_t node, std::uint32_t depth);
  Next go_on(Waiting w, Word value);
  Next wait_for(Waiting w, std::uint32_t child, std::uint32_t child_depth) {
    waiting_.push_back(w);
    return node_at(child, child_depth);
  }

  Next variable(const Tree& t, std::uint32_t node);
  Next lambda(std::uint32_t node);
  Next application(const Tree& t, Waiting w);
  Next bindings(const Tree& t, Waiting w);
  Next collection(const Tree& t, Waiting w, NodeType type);
  Next recur(const Tree& t, Waiting w);
  Next form(const Tree& t, Waiting w);
  Next call(Waiting w, std::size_t count);
  Next call_closure(std::uint32_t node, std::uint32_t depth, std::size_t count);
  Next enter(const Function& f, std::size_t count);
  Next resume(std::uint32_t node, Word continuation, std::span<const Word> arguments);
  Next shift(std::uint32_t node, Word receiver);
  Word continuation_of(std::uint32_t node);
  Next define(const Tree& t, Waiting w);
  Next returned(Word value);

  // The run is over: the outcome is set.
  Next stop(OutcomeKind kind, Word value, const Effect& effect = {}) {
    outcome_ = Outcome{.kind = kind, .value = value, .effect = effect};
    return value_of(kNil);
  }
  Next fail(std::uint32_t node);
  Next raise(Word error);
  Next clean_up(const Tree& t, Waiting w, Word value, Word raised);
  Next throw_value(std::uint32_t node, Word value);
  // An effect is asked for at `node`: in tail position its value is the caller's.
  Next ask(std::uint32_t node) {
    if (is_tail() && function().note_of(node) == Function::kNoNote) {
      activations_.pop_back();
    } else {
      top().point = function().note_of(node);
    }
    return stop(OutcomeKind::kEffect, kNil, context_->effect);
  }
  Next value_or_fail(Word value, std::uint32_t node) {
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
  void find_path(const Tree& t, std::uint32_t entity);

  // A node on the way from a function's body, and how it was reached.
  struct Reached {
    std::uint32_t node;
    std::uint32_t depth;
    std::optional<Waiting> waiting;  // what waits while it is evaluated
    std::size_t parent;
  };
  void reach_children(const Tree& t, std::size_t at);
  void reach_all(const Tree& t, Word attribute, std::size_t at, std::uint32_t first_phase);

  std::vector<Word> slots_;
  std::vector<Activation> activations_;
  std::vector<Waiting> waiting_;
  std::vector<Word> arguments_;
  std::vector<Reached> reached_;
  Word below_ = kNil;
  Word delivered_ = kNil;
  bool raise_ = false;
  bool loaded_ = false;
  std::optional<Vocabulary> words_;
  std::uint64_t domain_id_ = 0;  // that the words belong to
  // Of the current run.
  PrimitiveContext* context_ = nullptr;
  std::uint64_t* fuel_ = nullptr;
  std::optional<Outcome> outcome_;
};

// ------------------------------------------------------------------------------------ running

Outcome WalkMachine::run(Edit& edit, std::uint64_t& fuel) {
  const std::uint64_t domain_id = edit.pin().worker().domain().identity().domain_id[0];
  if (!words_ || domain_id_ != domain_id) words_.emplace(edit.pin());
  domain_id_ = domain_id;
  PrimitiveContext context(edit, self_);
  context_ = &context;
  fuel = std::max<std::uint64_t>(fuel, 1);
  fuel_ = &fuel;
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
    if (!next.is_value) {
      next = evaluate(next.node, next.depth);
    } else if (is_tail()) {
      activations_.pop_back();
      next = returned(next.value);
    } else {
      const Waiting w = waiting_.back();
      waiting_.pop_back();
      next = go_on(w, next.value);
    }
  }
  return *outcome_;
}

// ------------------------------------------------------------------------------------ nodes

Next WalkMachine::evaluate(std::uint32_t node, std::uint32_t depth) {
  const Tree t = tree();
  const NodeType type = t.type(node);
  const Waiting w{node, 0, depth};
  switch (type) {
    case NodeType::kLiteral:
      return value_of(t.literal(node));
    case NodeType::kVariable:
      return variable(t, node);
    case NodeType::kLambda:
    case NodeType::kArities:
      return lambda(node);
    case NodeType::kApplication:
      return application(t, w);
    case NodeType::kIf:
      return wait_for(w, t.child(node, words_->test), depth);
    case NodeType::kLet:
    case NodeType::kLoop:
      return bindings(t, w);
    case NodeType::kDo:
      return form(t, w);
    case NodeType::kRecur:
      return recur(t, w);
    case NodeType::kVector:
    case NodeType::kMap:
    case NodeType::kSet:
      return collection(t, w, type);
    case NodeType::kTry:
    case NodeType::kFinally:
      return wait_for(w, t.child(node, words_->body), depth);
    case NodeType::kThrow:
      return wait_for(w, t.child(node, words_->value_node), depth);
    case NodeType::kMacroEvent:  // no node refers to one
    case NodeType::kEnd:
      break;
  }
  substrate::die("a node of no type");
}

// The value of child number w.phase has come.
Next WalkMachine::go_on(Waiting w, Word value) {
  const Tree t = tree();
  const NodeType type = t.type(w.node);
  if (type == NodeType::kIf) {
    return node_at(
        t.child(w.node, substrate::truthy(value) ? words_->consequent : words_->alternate),
        w.depth);
  }
  if (type == NodeType::kDo) return form(t, {w.node, w.phase + 1, w.depth});
  if (type == NodeType::kTry) return value_of(value);
  if (type == NodeType::kThrow) return throw_value(w.node, value);
  if (type == NodeType::kFinally) {
    if (w.phase == 0) return clean_up(t, w, value, substrate::kFalse);
    const Word kept = *slot(w.depth);
    return substrate::truthy(*slot(w.depth + 1)) ? raise(kept) : value_of(kept);
  }
  *slot(w.depth + w.phase) = value;
  ++w.phase;
  switch (type) {
    case NodeType::kApplication:
      return application(t, w);
    case NodeType::kLet:
    case NodeType::kLoop:
      return bindings(t, w);
    case NodeType::kRecur:
      return recur(t, w);
    default:
      return collection(t, w, type);
  }
}

Next WalkMachine::variable(const Tree& t, std::uint32_t node) {
  const Word w = value_at(noted_place(node));
  if (place_kind(noted_place(node)) != PlaceKind::kConstant ||
      !substrate::is_root(w, substrate::RootKind::kVar)) {
    return value_of(w);
  }
  const Word value = internal::read_var(*context_, w);
  if (substrate::is_absent(value)) {
    internal::fail_unbound(*context_, t.program(), node);
    return fail(node);
  }
  return value_or_fail(value, node);
}

Next WalkMachine::lambda(std::uint32_t node) {
  const Word made = function().constants()[function().note_of(node)];
  if (internal::is_closure(made)) return value_of(made);  // it captures nothing
  const Function first = internal::first_function(context_->pin(), made);
  return value_of(
      internal::make_closure(context_->edit, made, first, [&](Place p) { return value_at(p); }));
}

// Form number w.phase of a :do.
Next WalkMachine::form(const Tree& t, Waiting w) {
  const std::uint32_t child = t.child_at(w.node, words_->forms, w.phase);
  if (w.phase + 1 == t.count(w.node, words_->forms)) return node_at(child, w.depth);
  return wait_for(w, child, w.depth);
}

// Init number w.phase of a :let or :loop, or its body.
Next WalkMachine::bindings(const Tree& t, Waiting w) {
  if (w.phase < t.count(w.node, words_->inits)) {
    return wait_for(w, t.child_at(w.node, words_->inits, w.phase), w.depth + w.phase);
  }
  return node_at(t.child(w.node, words_->body), w.depth + w.phase);
}

Next WalkMachine::collection(const Tree& t, Waiting w, NodeType type) {
  if (w.phase < t.count(w.node, words_->operands)) {
    return wait_for(w, t.child_at(w.node, words_->operands, w.phase), w.depth + w.phase);
  }
  const std::span<const Word> items(slot(w.depth), w.phase);
  if (type == NodeType::kVector)
    return value_of(substrate::Vector::from(context_->edit, items).word);
  if (type == NodeType::kSet)
    return value_or_fail(internal::make_set_literal(*context_, items), w.node);
  return value_or_fail(internal::make_map_literal(*context_, items), w.node);
}

// The operands are taken before any of them is given to the loop's variables.
Next WalkMachine::recur(const Tree& t, Waiting w) {
  if (w.phase < t.count(w.node, words_->operands)) {
    return wait_for(w, t.child_at(w.node, words_->operands, w.phase), w.depth + w.phase);
  }
  const std::uint32_t number = function().note_of(w.node);
  const substrate::SafePoint& point = function().safe_points()[number];
  const std::uint32_t first = point.live_count - w.phase;
  const Word* operands = slot(w.depth);
  std::copy(operands, operands + w.phase, slot(first));
  const std::uint32_t body =
      number == 0 ? function().info().body_entity : t.child(point.entity, words_->body);
  return spend(number, node_at(body, point.live_count));
}

// ------------------------------------------------------------------------------------ calls

Next WalkMachine::application(const Tree& t, Waiting w) {
  const CallKind kind = kind_of_call(t, w.node);
  const std::uint32_t count = t.count(w.node, words_->operands);
  if (kind == CallKind::kDefine) {
    return w.phase == 0 ? wait_for(w, t.child_at(w.node, words_->operands, 1), w.depth)
                        : define(t, w);
  }
  if (kind == CallKind::kPrimitive) {
    if (w.phase < count)
      return wait_for(w, t.child_at(w.node, words_->operands, w.phase), w.depth + w.phase);
    const Word callee = value_at(noted_place(t.child(w.node, words_->operator_)));
    return value_or_fail(internal::call_value(*context_, callee, {slot(w.depth), count}), w.node);
  }
  if (w.phase == 0) return wait_for(w, t.child(w.node, words_->operator_), w.depth);
  if (w.phase <= count) {
    return wait_for(w, t.child_at(w.node, words_->operands, w.phase - 1), w.depth + w.phase);
  }
  return call(w, count);
}

Next WalkMachine::define(const Tree& t, Waiting w) {
  const Word var = value_at(noted_place(t.child(w.node, words_->operator_)));
  context_->ask(EffectKind::kDefine, var, *slot(w.depth));
  return ask(w.node);
}

// Operator and operands stand in the slots from w.depth on.
Next WalkMachine::call(Waiting w, std::size_t count) {
  PrimitiveContext& c = *context_;
  for (;;) {
    const Word callee = *slot(w.depth);
    slot(w.depth + count);  // the operands' slots are there
    const std::span<const Word> arguments(slot(w.depth) + 1, count);
    if (internal::is_closure(callee)) return call_closure(w.node, w.depth, count);
    if (internal::is_continuation(callee)) return resume(w.node, callee, arguments);
    switch (internal::own_call(callee, arguments)) {
      case internal::Own::kNone: {
        const Word value = internal::call_value(c, callee, arguments);
        if (value == kSignalled && c.signal == Signal::kEffect) return ask(w.node);
        return value_or_fail(value, w.node);
      }
      case internal::Own::kApply:
        if (!internal::spread_apply(c, arguments, arguments_)) return fail(w.node);
        slot(w.depth + arguments_.size());
        std::copy(arguments_.begin(), arguments_.end(), slot(w.depth));
        count = arguments_.size() - 1;
        break;
      case internal::Own::kCapture: {
        const Word frame = continuation_of(w.node);
        *slot(w.depth) = *slot(w.depth + 1);
        *slot(w.depth + 1) = internal::make_continuation(c.edit, frame, kNil);
        break;
      }
      case internal::Own::kPrompt:
        *slot(w.depth) = arguments[0];
        count = 0;
        break;
      case internal::Own::kShift:
        return shift(w.node, arguments[0]);
      case internal::Own::kResume: {
        const Word value = count == 2 ? arguments[1] : kNil;
        *slot(w.depth) = arguments[0];
        *slot(w.depth + 1) = value;
        count = 1;
        break;
      }
    }
  }
}

// What the call at `node` returns to. The callers become frames for good, as on the other machines.
Word WalkMachine::continuation_of(std::uint32_t node) {
  Edit& edit = context_->edit;
  below_ = save_activations(edit, below_, 0, activations_.size() - 1);
  activations_.erase(activations_.begin(), activations_.end() - 1);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(top().waiting));
  top().waiting = 0;
  const std::uint32_t point = function().note_of(node);
  if (is_tail() && point == Function::kNoNote) return below_;
  top().point = point;
  return save_activations(edit, below_, 0, 1);
}

Next WalkMachine::resume(std::uint32_t node, Word continuation, std::span<const Word> arguments) {
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
Next WalkMachine::shift(std::uint32_t node, Word receiver) {
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
  activations_.push_back({receiver, *f, 0, 0, 0});
  *slot(0) = internal::make_continuation(c.edit, frame, prompt);
  return enter(*f, 1);
}

Next WalkMachine::call_closure(std::uint32_t node, std::uint32_t depth, std::size_t count) {
  const Word closure = *slot(depth);
  const auto f = internal::find_arity(context_->pin(), closure, count);
  if (!f) {
    internal::fail_arity(*context_, closure, count);
    return fail(node);
  }
  const bool keeps_frame =
      function().note_of(node) != Function::kNoNote;  // a safe point of its own
  if (is_tail() && !keeps_frame) {
    const Word* from = slot(depth);
    std::copy(from + 1, from + 1 + count, slot(0));
    top().closure = closure;
    top().function = *f;
  } else {
    top().point = function().note_of(node);
    activations_.push_back({closure, *f, top().base + depth + 1, waiting_.size(), 0});
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
  return spend(0, node_at(f.info().body_entity, parameters));
}

// The innermost function is done with: its caller gets the value.
Next WalkMachine::returned(Word value) {
  if (!activations_.empty()) return value_of(value);
  if (substrate::is_nil(below_)) return stop(OutcomeKind::kDone, value);
  return enter_frame(below_, value);
}

Next WalkMachine::fail(std::uint32_t node) {
  PrimitiveContext& c = *context_;
  if (c.signal == Signal::kExpired) return stop(OutcomeKind::kExpired, kNil);
  if (is_raised(c.pin(), c.error)) return raise(c.error);
  internal::FrameCallers frames(c.pin(), below_);
  std::size_t left = activations_.size() - 1;
  const std::size_t first = left <= internal::kErrorFrames ? 0 : left - internal::kErrorFrames;
  const Word trace = save_activations(c.edit, first == 0 ? below_ : kNil, first, left);
  const Word error = internal::raise_at(c, {function(), node}, trace, [&](internal::Site& caller) {
    if (left == 0) return frames(caller);
    const Activation& a = activations_[--left];
    caller = {a.function, a.function.safe_points()[a.point].entity};
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
        const Tree t = tree();
        const NodeType type = w.phase == 0 ? t.type(w.node) : NodeType::kEnd;
        if (type == NodeType::kFinally) return clean_up(t, w, error, substrate::kTrue);
        if (type != NodeType::kTry) continue;
        *slot(w.depth) = error;
        return node_at(t.child(w.node, words_->handler), w.depth + 1);
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
Next WalkMachine::clean_up(const Tree& t, Waiting w, Word value, Word raised) {
  *slot(w.depth + 1) = raised;
  *slot(w.depth) = value;
  return wait_for({w.node, 1, w.depth}, t.child(w.node, words_->cleanup), w.depth + 2);
}

Next WalkMachine::throw_value(std::uint32_t node, Word value) {
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
    caller = make_frame(edit, caller, a.closure, a.function, a.point, slots_.data() + a.base);
  }
  return caller;
}

Next WalkMachine::enter_frame(Word frame, Word value) {
  const FrameView view = view_frame(context_->pin(), frame);
  below_ = view.caller;
  activations_.push_back({view.closure, view.function, 0, waiting_.size(), view.safe_point});
  slot(view.slots.size());
  std::copy(view.slots.begin(), view.slots.end(), slots_.begin());
  if (view.safe_point == 0) return node_at(view.entity(), view.point().live_count);
  const Tree t = tree();
  find_path(t, view.entity());
  if ((view.point().flags & substrate::kSafePointAwaits) != 0) return value_of(value);
  return node_at(t.child(view.entity(), words_->body), view.point().live_count);
}

// Rebuilds what waits for `entity`: every node between it and the function's body that it does not
// end.
void WalkMachine::find_path(const Tree& t, std::uint32_t entity) {
  reached_.clear();
  reached_.push_back(
      {function().info().body_entity, function().info().parameter_count, std::nullopt, 0});
  std::size_t at = 0;
  while (at < reached_.size() && reached_[at].node != entity) reach_children(t, at++);
  substrate::check(at < reached_.size(), "a frame awaits a node that its function does not have");
  const std::size_t first = waiting_.size();
  for (; at != 0; at = reached_[at].parent) {
    if (reached_[at].waiting) waiting_.push_back(*reached_[at].waiting);
  }
  std::reverse(waiting_.begin() + static_cast<std::ptrdiff_t>(first), waiting_.end());
}

// Children that stand in an attribute's vector and go to consecutive slots.
void WalkMachine::reach_all(const Tree& t, Word attribute, std::size_t at,
                            std::uint32_t first_phase) {
  const auto [node, depth, waiting, parent] = reached_[at];
  for (std::uint32_t i = 0; i < t.count(node, attribute); ++i) {
    const std::uint32_t phase = first_phase + i;
    reached_.push_back(
        {t.child_at(node, attribute, i), depth + phase, Waiting{node, phase, depth}, at});
  }
}

void WalkMachine::reach_children(const Tree& t, std::size_t at) {
  const std::uint32_t node = reached_[at].node;
  const std::uint32_t depth = reached_[at].depth;
  const auto reach = [&](std::uint32_t child, std::uint32_t child_depth,
                         std::optional<Waiting> waiting) {
    reached_.push_back({child, child_depth, waiting, at});
  };
  switch (t.type(node)) {
    case NodeType::kIf:
      reach(t.child(node, words_->test), depth, Waiting{node, 0, depth});
      reach(t.child(node, words_->consequent), depth, std::nullopt);
      return reach(t.child(node, words_->alternate), depth, std::nullopt);
    case NodeType::kLet:
    case NodeType::kLoop:
      reach_all(t, words_->inits, at, 0);
      return reach(t.child(node, words_->body), depth + t.count(node, words_->inits), std::nullopt);
    case NodeType::kDo: {
      const std::uint32_t count = t.count(node, words_->forms);
      for (std::uint32_t i = 0; i < count; ++i) {
        const bool last = i + 1 == count;
        reach(t.child_at(node, words_->forms, i), depth,
              last ? std::nullopt : std::optional(Waiting{node, i, depth}));
      }
      return;
    }
    case NodeType::kApplication:
      switch (kind_of_call(t, node)) {
        case CallKind::kDefine:
          return reach(t.child_at(node, words_->operands, 1), depth, Waiting{node, 0, depth});
        case CallKind::kPrimitive:
          return reach_all(t, words_->operands, at, 0);
        case CallKind::kGeneral:
          break;
      }
      reach(t.child(node, words_->operator_), depth, Waiting{node, 0, depth});
      return reach_all(t, words_->operands, at, 1);
    case NodeType::kRecur:
    case NodeType::kVector:
    case NodeType::kMap:
    case NodeType::kSet:
      return reach_all(t, words_->operands, at, 0);
    case NodeType::kTry:
      reach(t.child(node, words_->body), depth, Waiting{node, 0, depth});
      return reach(t.child(node, words_->handler), depth + 1, std::nullopt);
    case NodeType::kFinally:
      reach(t.child(node, words_->body), depth, Waiting{node, 0, depth});
      return reach(t.child(node, words_->cleanup), depth + 2, Waiting{node, 1, depth});
    case NodeType::kThrow:
      return reach(t.child(node, words_->value_node), depth, Waiting{node, 0, depth});
    default:
      return;  // leaves; what is in a lambda is another function's
  }
}

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<WalkMachine>(); }

}  // namespace yin::vm::walk
