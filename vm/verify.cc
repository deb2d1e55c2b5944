#include "vm/verify.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "substrate/vector.h"
#include "ast/module.h"
#include "vm/code.h"
#include "vm/internal/operation.h"
#include "vm/internal/tree.h"
#include "vm/primitive.h"
#include "vm/register/code.h"

namespace yin::vm {

using ast::NodeType;
using internal::Tree;
using internal::Vocabulary;
using substrate::ErrorHandler;
using substrate::FunctionInfo;
using substrate::is_object;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::Place;
using substrate::PlaceKind;
using substrate::SafePoint;
using substrate::Vector;
using substrate::Word;

namespace {

// Slots that were written: all below `below`, and a few above.
struct Written {
  std::uint32_t below = 0;
  std::vector<std::uint32_t> above;  // sorted

  [[nodiscard]] bool has(std::uint32_t slot) const {
    return slot < below || std::ranges::binary_search(above, slot);
  }
  [[nodiscard]] bool has_all(std::uint64_t from, std::uint64_t to) const {
    for (std::uint64_t slot = std::max<std::uint64_t>(from, below); slot < to; ++slot) {
      if (!std::ranges::binary_search(above, slot)) return false;
    }
    return true;
  }
  void add(std::uint32_t slot) {
    if (has(slot)) return;
    above.insert(std::ranges::lower_bound(above, slot), slot);
    std::size_t joined = 0;
    while (joined < above.size() && above[joined] == below) ++joined, ++below;
    above.erase(above.begin(), above.begin() + static_cast<std::ptrdiff_t>(joined));
  }
  // Only those below `end` are left.
  void cut(std::uint32_t end) {
    below = std::min(below, end);
    above.erase(std::ranges::lower_bound(above, end), above.end());
  }
  // Those that both have. True: some went.
  bool meet(const Written& other) {
    Written both{std::min(below, other.below), {}};
    for (std::uint32_t slot = both.below; slot < std::max(below, other.below); ++slot)
      if (has(slot) && other.has(slot)) both.add(slot);
    for (const std::uint32_t slot : above)
      if (other.has(slot)) both.add(slot);
    const bool less = both.below != below || both.above != above;
    *this = std::move(both);
    return less;
  }
};

class FunctionCheck {
 public:
  FunctionCheck(const Pin& pin, const Vocabulary& words, const Function& f)
      : pin_(pin), words_(words), f_(f), info_(f.info()) {}

  std::string run() {
    if (!(shape() && stack_code() && register_code() && nodes())) no("that may not be run");
    return std::move(wrong_);
  }

 private:
  bool no(std::string what) {
    if (wrong_.empty()) wrong_ = "a function " + std::move(what);
    return false;
  }

  // ---------------------------------------------------------------------------------- parts

  [[nodiscard]] std::uint32_t constant_count() const {
    return f_.header()->count - substrate::FunctionField::kConstants;
  }
  bool constant(std::uint32_t index) {
    return index < constant_count() || no("names a constant it does not have");
  }
  bool var(std::uint32_t index) {
    return constant(index) &&
           (substrate::is_root(f_.constants()[index], substrate::RootKind::kVar) ||
            no("reads a variable that is none"));
  }
  // A function, or a vector of them: what captures, and how many.
  bool functions(Word w, std::optional<Function>& first) {
    if (is_object(w, ObjectKind::kFunction)) {
      first.emplace(pin_, w);
      return true;
    }
    if (!Vector::is(w) || Vector{w}.count(pin_) == 0) return no("makes a closure of no function");
    for (std::uint64_t i = 0; i < Vector{w}.count(pin_); ++i) {
      const Word one = Vector{w}.nth(pin_, i);
      if (!is_object(one, ObjectKind::kFunction)) return no("makes a closure of no function");
      const Function f(pin_, one);
      if (i == 0) first = f;
      if (f.info().capture_count > first->info().capture_count)
        return no("makes a closure that captures too little");
    }
    return true;
  }
  template <class HasSlot>
  bool captures(std::uint32_t index, HasSlot has_slot) {
    std::optional<Function> first;
    if (!constant(index) || !functions(f_.constants()[index], first)) return false;
    for (const Place p : first->captures()) {
      const std::uint32_t i = place_index(p);
      const bool there = place_kind(p) == PlaceKind::kSlot      ? has_slot(i)
                         : place_kind(p) == PlaceKind::kCapture ? i < info_.capture_count
                                                                : place_kind(p) == PlaceKind::kSelf;
      if (!there) return no("makes a closure of what is not there");
    }
    return true;
  }
  bool primitive(std::uint32_t number, std::uint32_t count) {
    const auto all = primitives();
    return (number < all.size() && !all[number].name.empty() &&
            all[number].kind == PrimitiveKind::kPlain && all[number].accepts(count)) ||
           no("calls a primitive that is none, or not so");
  }
  [[nodiscard]] bool awaits(const SafePoint& p) const {
    return (p.flags & substrate::kSafePointAwaits) != 0;
  }
  // Of a call: what is below it is kept, its value comes on top.
  bool awaiting(std::uint32_t point, std::uint32_t live, std::uint32_t behind,
                std::uint32_t SafePoint::*pc) {
    const auto points = f_.safe_points();
    return (point < points.size() && awaits(points[point]) && points[point].live_count == live &&
            points[point].*pc == behind) ||
           no("has a call without its safe point");
  }
  // Of a back edge.
  bool going_back(std::uint32_t point, std::int64_t to, std::uint32_t SafePoint::*pc) {
    const auto points = f_.safe_points();
    return (point < points.size() && !awaits(points[point]) && points[point].*pc == to) ||
           no("has a back edge without its safe point");
  }

  bool shape() {
    const auto points = f_.safe_points();
    if (!substrate::is_nil(f_.name()) && !substrate::is_symbol(f_.name()))
      return no("has a name that is no symbol");
    // A machine makes room for all slots of what it enters: a file must pay for them in code.
    constexpr std::uint64_t kFreeSlots = 16;
    if (info_.slot_max > kFreeSlots + info_.parameter_count + info_.code_count +
                             info_.register_code_count + f_.handlers().size())
      return no("has more slots than its code fills");
    if (info_.slot_max > kOperandMax || info_.parameter_count > info_.slot_max ||
        (f_.variadic() && info_.parameter_count == 0))
      return no("has parameters without slots");
    if (points.empty() || points[0].pc != 0 || points[0].register_pc != 0 || awaits(points[0]) ||
        points[0].live_count != info_.parameter_count || points[0].entity != info_.body_entity)
      return no("has no entry");
    for (const SafePoint& p : points) {
      if (p.live_count > info_.slot_max || p.handler > f_.handlers().size() ||
          (awaits(p) && p.live_count == info_.slot_max))
        return no("has a safe point with more than its slots");
      if (p.handler != 0 && f_.handlers()[p.handler - 1].slot > p.live_count)
        return no("has a handler above its body's slots");
    }
    for (const ErrorHandler& h : f_.handlers()) {
      if (h.slot >= info_.slot_max || h.from > h.to || h.register_from > h.register_to)
        return no("has a handler that handles nothing");
      // Only back edges lead back, which take fuel: whatever runs comes to a safe point.
      if (h.pc < h.to || h.register_pc < h.register_to)
        return no("has a handler that handles itself");
    }
    if (info_.capture_count != f_.captures().size()) return no("captures what it does not");
    for (const auto all : {f_.positions(), f_.register_positions()}) {
      for (const substrate::CodePosition& p : all)
        if (!has_entity(p.entity)) return no("stands for a node that is not there");
    }
    return true;
  }
  [[nodiscard]] bool has_entity(std::uint32_t entity) const {
    return !ast::entity(pin_, f_.program(), entity).empty();
  }

  // ---------------------------------------------------------------------------------- code

  // What both kinds of code have: instructions, paths that meet, and where frames come in.
  template <class State, class Words>
  bool all_paths(std::span<const std::uint32_t> code, Words extra, std::uint32_t SafePoint::*pc,
                 std::uint32_t ErrorHandler::*handler_pc, std::vector<bool>& starts) {
    starts.assign(code.size() + 1, false);
    for (std::size_t at = 0; at < code.size();) {
      starts[at] = true;
      const auto words = extra(code[at]);
      if (!words || code.size() - at <= *words) return no("has an instruction of no kind");
      at += 1 + *words;
    }
    for (const SafePoint& p : f_.safe_points()) {
      if (p.*pc >= code.size() || !starts[p.*pc]) return no("has a safe point at no instruction");
    }
    for (const ErrorHandler& h : f_.handlers()) {
      if (h.*handler_pc >= code.size() || !starts[h.*handler_pc])
        return no("has a handler at no instruction");
    }
    return true;
  }

  bool stack_code();
  // Of stack code that nothing leads to: lowering leaves some, behind what goes back. It is shown to
  // who looks at the function.
  bool is_listable(std::uint32_t instruction) {
    switch (op_of(instruction)) {
      case Op::kConstant:
      case Op::kGlobal:
      case Op::kDefine:
      case Op::kTailDefine:
      case Op::kClosure:
        return constant(operand(instruction));
      case Op::kPrimitive:
        return operand(instruction) < primitives().size() ||
               no("calls a primitive that is none, or not so");
      default:
        return true;
    }
  }
  bool stack_instruction(std::uint32_t pc, std::uint32_t depth);
  bool register_code();
  bool register_path(std::uint32_t pc);
  bool register_instruction(std::uint32_t pc, Written& w, bool& ends);

  bool forward(std::int64_t distance) {
    return distance >= 0 || no("goes back without a back edge");
  }
  bool stack_to(std::int64_t pc, std::uint64_t depth) {
    if (pc < 0 || pc >= static_cast<std::int64_t>(depth_.size()) ||
        !starts_[static_cast<std::size_t>(pc)])
      return no("jumps to no instruction");
    if (depth > info_.slot_max) return no("has more values than slots");
    std::uint32_t& at = depth_[static_cast<std::size_t>(pc)];
    if (at == kUnseen) {
      at = static_cast<std::uint32_t>(depth);
      work_.push_back(static_cast<std::uint32_t>(pc));
    }
    return at == depth || no("has paths that meet with different slots");
  }
  bool register_to(std::int64_t pc, const Written& w) {
    if (pc < 0 || pc >= static_cast<std::int64_t>(starts_.size()) ||
        !starts_[static_cast<std::size_t>(pc)])
      return no("jumps to no instruction");
    const auto [at, first] = written_.try_emplace(static_cast<std::uint32_t>(pc), w);
    if (first || at->second.meet(w)) work_.push_back(static_cast<std::uint32_t>(pc));
    return true;
  }

  // ---------------------------------------------------------------------------------- nodes

  struct Reached {
    std::uint32_t node;
    std::uint32_t depth;
    bool tail;
    std::uint32_t loop;  // the innermost :loop around it, 0: the function itself
  };
  bool nodes();
  bool node(const Tree& t, const Reached& r);
  bool operation(const Tree& t, const Reached& r);
  bool application(const Tree& t, const Reached& r);
  bool place(std::uint32_t note, std::uint32_t depth) {
    const Place p{note};
    const std::uint32_t i = place_index(p);
    switch (place_kind(p)) {
      case PlaceKind::kSlot:
        return i < depth || no("has a variable that is not there");
      case PlaceKind::kCapture:
        return i < info_.capture_count || no("has a variable that is not there");
      case PlaceKind::kSelf:
        return true;
      case PlaceKind::kConstant:
        return constant(i);
    }
    return no("has a variable of no kind");
  }
  void reach(std::uint32_t node, std::uint32_t depth, bool tail) {
    to_reach_.push_back({node, depth, tail, loop_});
  }
  // Its note is the safe point that a call keeps its frame at; in tail position it needs none.
  bool noted_call(const Reached& r) {
    const std::uint32_t note = f_.note_of(r.node);
    if (note == Function::kNoNote) return r.tail || no("has a call without its safe point");
    const auto points = f_.safe_points();
    return (note < points.size() && awaits(points[note]) && points[note].entity == r.node &&
            points[note].live_count == r.depth) ||
           no("has a call without its safe point");
  }

  // The same of a call that is noted with something else. What the safe point keeps, nodes() sees.
  bool found_call(const Reached& r) {
    return r.tail || f_.call_point_of(r.node) != Function::kNoNote ||
           no("has a call without its safe point");
  }

  static constexpr std::uint32_t kUnseen = ~std::uint32_t{0};

  const Pin& pin_;
  const Vocabulary& words_;
  const Function f_;
  const FunctionInfo& info_;
  std::string wrong_;
  std::vector<bool> starts_;
  std::vector<bool> is_run_;  // of register code
  std::vector<std::uint32_t> work_;
  std::vector<std::uint32_t> depth_;          // of stack code, by pc
  std::map<std::uint32_t, Written> written_;  // of register code, where paths begin or meet
  std::vector<Reached> to_reach_;
  std::uint32_t loop_ = 0;                                    // of what is reached
  std::unordered_map<std::uint32_t, std::uint32_t> reached_;  // node to depth
};

// ------------------------------------------------------------------------------------ stack code

bool FunctionCheck::stack_code() {
  const std::span<const std::uint32_t> code(f_.code(), info_.code_count);
  const auto extra = [](std::uint32_t i) -> std::optional<std::uint32_t> {
    const Op op = op_of(i);
    if (op == Op::kInvalid || op >= Op::kEnd) return std::nullopt;
    return extra_words(op);
  };
  if (!all_paths<int>(code, extra, &SafePoint::pc, &ErrorHandler::pc, starts_)) return false;
  depth_.assign(code.size(), kUnseen);
  for (const SafePoint& p : f_.safe_points())
    if (!stack_to(p.pc, std::uint64_t{p.live_count} + (awaits(p) ? 1 : 0))) return false;
  for (const ErrorHandler& h : f_.handlers())
    if (!stack_to(h.pc, std::uint64_t{h.slot} + 1)) return false;
  while (!work_.empty()) {
    const std::uint32_t pc = work_.back();
    work_.pop_back();
    if (!stack_instruction(pc, depth_[pc])) return false;
  }
  for (std::size_t pc = 0; pc < code.size(); ++pc)
    if (starts_[pc] && depth_[pc] == kUnseen && !is_listable(code[pc])) return false;
  for (const ErrorHandler& h : f_.handlers()) {
    for (std::uint32_t pc = h.from; pc < std::min<std::size_t>(h.to, code.size()); ++pc)
      if (depth_[pc] != kUnseen && depth_[pc] < h.slot)
        return no("has a handler above its body's slots");
  }
  return true;
}

bool FunctionCheck::stack_instruction(std::uint32_t pc, std::uint32_t depth) {
  const std::uint32_t i = f_.code()[pc];
  const std::uint32_t* const words = f_.code() + pc + 1;
  const Op op = op_of(i);
  const std::int64_t behind = std::int64_t{pc} + 1 + extra_words(op);
  const auto distance = [](std::uint32_t word) { return static_cast<std::int32_t>(word); };
  // Takes so many from the top, leaves so many, and goes on.
  const auto takes = [&](std::uint64_t taken, std::uint64_t left) {
    return (taken <= depth || no("takes more values than there are")) &&
           stack_to(behind, depth - taken + left);
  };
  const auto ends = [&](std::uint64_t taken) {
    return taken <= depth || no("takes more values than there are");
  };
  const auto local = [&](std::uint32_t slot) {
    return slot < depth || no("reads a slot that was not written");
  };
  const auto branches = [&](std::uint32_t taken, std::int64_t to) {
    return forward(to) && takes(taken, 0) && stack_to(behind + to, depth - taken);
  };
  switch (op) {
    case Op::kConstant:
      return constant(operand(i)) && takes(0, 1);
    case Op::kSmallInt:
    case Op::kSelf:
      return takes(0, 1);
    case Op::kLocal:
      return local(operand(i)) && takes(0, 1);
    case Op::kCapture:
      return (operand(i) < info_.capture_count || no("reads what it did not capture")) &&
             takes(0, 1);
    case Op::kGlobal:
      return var(operand(i)) && takes(0, 1);
    case Op::kPop:
      return takes(1, 0);
    case Op::kSlide:
      return takes(std::uint64_t{operand(i)} + 1, 1);
    case Op::kJump:
      return forward(signed_operand(i)) && stack_to(behind + signed_operand(i), depth);
    case Op::kJumpIf:
    case Op::kJumpUnless:
      return branches(1, signed_operand(i));
    case Op::kCall: {
      const std::uint64_t taken = std::uint64_t{operand(i)} + 1;
      return taken <= depth ? awaiting(words[0], depth - static_cast<std::uint32_t>(taken),
                                       static_cast<std::uint32_t>(behind), &SafePoint::pc) &&
                                  takes(taken, 1)
                            : no("takes more values than there are");
    }
    case Op::kTailCall:
      return ends(std::uint64_t{operand(i)} + 1);
    case Op::kReturn:
      return ends(1);
    case Op::kReturnLocal:
      return local(operand(i));
    case Op::kPrimitive:
      return primitive(operand(i), words[0]) && takes(words[0], 1);
    case Op::kDefine:
      return ends(1) && var(operand(i)) &&
             awaiting(words[0], depth - 1, static_cast<std::uint32_t>(behind), &SafePoint::pc) &&
             takes(1, 1);
    case Op::kTailDefine:
      return ends(1) && var(operand(i));
    case Op::kClosure:
      return captures(operand(i), [&](std::uint32_t slot) { return slot < depth; }) && takes(0, 1);
    case Op::kVector:
    case Op::kSet:
      return takes(operand(i), 1);
    case Op::kMap:
      return (operand(i) % 2 == 0 || no("makes a map of a key without value")) &&
             takes(operand(i), 1);
    case Op::kRecur: {
      const std::uint64_t end = std::uint64_t{words[0]} + operand(i);
      const std::int64_t to = behind + distance(words[1]);
      return ends(operand(i)) &&
             (end <= depth - operand(i) || no("goes back to slots that are not there")) &&
             going_back(words[2], to, &SafePoint::pc) &&
             (f_.safe_points()[words[2]].live_count == end ||
              no("has a back edge without its safe point")) &&
             stack_to(to, end);
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kLess:
    case Op::kGreater:
    case Op::kLessEqual:
    case Op::kGreaterEqual:
    case Op::kEqual:
    case Op::kNth:
    case Op::kGet:
      return takes(2, 1);
    case Op::kAddInt:
    case Op::kSubtractInt:
    case Op::kIncrement:
    case Op::kDecrement:
      return takes(1, 1);
    case Op::kAddLocalInt:
    case Op::kSubtractLocalInt:
      return local(pair_slot(i)) && takes(0, 1);
    case Op::kIncrementLocal:
    case Op::kDecrementLocal:
      return local(operand(i)) && takes(0, 1);
    case Op::kUnlessLess:
    case Op::kUnlessGreater:
    case Op::kUnlessLessEqual:
    case Op::kUnlessGreaterEqual:
    case Op::kUnlessEqual:
      return branches(2, signed_operand(i));
    case Op::kUnlessLessLocalInt:
    case Op::kUnlessGreaterLocalInt:
    case Op::kUnlessLessEqualLocalInt:
    case Op::kUnlessGreaterEqualLocalInt:
    case Op::kUnlessEqualLocalInt:
      return local(operand(i)) && branches(0, distance(words[1]));
    case Op::kUnlessLessLocals:
    case Op::kUnlessGreaterLocals:
    case Op::kUnlessLessEqualLocals:
    case Op::kUnlessGreaterEqualLocals:
    case Op::kUnlessEqualLocals:
      return local(pair_slot(i)) && local(pair_other(i)) && branches(0, distance(words[0]));
    case Op::kInvalid:
    case Op::kEnd:
      break;
  }
  return no("has an instruction of no kind");
}

// ------------------------------------------------------------------------------------ register
// code

bool FunctionCheck::register_code() {
  const std::span<const std::uint32_t> code(f_.register_code(), info_.register_code_count);
  const auto extra = [](std::uint32_t i) -> std::optional<std::uint32_t> {
    const RegisterOp op = register_op_of(i);
    if (op == RegisterOp::kInvalid || op >= RegisterOp::kEnd) return std::nullopt;
    return extra_words(op);
  };
  if (!all_paths<int>(code, extra, &SafePoint::register_pc, &ErrorHandler::register_pc, starts_))
    return false;
  is_run_.assign(code.size(), false);
  for (const SafePoint& p : f_.safe_points())
    if (!register_to(p.register_pc, {p.live_count + (awaits(p) ? 1 : 0), {}})) return false;
  for (const ErrorHandler& h : f_.handlers())
    if (!register_to(h.register_pc, {h.slot + 1, {}})) return false;
  while (!work_.empty()) {
    const std::uint32_t pc = work_.back();
    work_.pop_back();
    if (!register_path(pc)) return false;
  }
  // Machine code is made of all of it.
  for (std::size_t pc = 0; pc < code.size(); ++pc)
    if (starts_[pc] && !is_run_[pc]) return no("has code that nothing leads to");
  return true;
}

// From where paths meet to where they end or meet others.
bool FunctionCheck::register_path(std::uint32_t pc) {
  Written w = written_.at(pc);
  for (;;) {
    for (const ErrorHandler& h : f_.handlers())
      if (h.register_from <= pc && pc < h.register_to && !w.has_all(0, h.slot))
        return no("has a handler above its body's slots");
    is_run_[pc] = true;
    bool ends = false;
    if (!register_instruction(pc, w, ends)) return false;
    if (ends) return true;
    pc += 1 + extra_words(register_op_of(f_.register_code()[pc]));
    if (pc >= info_.register_code_count) return no("runs beyond its end");
    if (written_.contains(pc)) return register_to(pc, w);
  }
}

bool FunctionCheck::register_instruction(std::uint32_t pc, Written& w, bool& ends) {
  const std::uint32_t i = f_.register_code()[pc];
  const std::uint32_t d = i >> 8;
  const std::uint32_t* const words = f_.register_code() + pc + 1;
  const RegisterOp op = register_op_of(i);
  const std::uint32_t behind = pc + 1 + extra_words(op);
  const auto reads = [&](std::uint32_t slot) {
    return w.has(slot) || no("reads a slot that was not written");
  };
  const auto writes = [&](std::uint32_t slot) {
    if (slot >= info_.slot_max) return no("writes a slot it does not have");
    w.add(slot);
    return true;
  };
  const auto all = [&](std::uint64_t from, std::uint64_t count) {
    return (from + count <= info_.slot_max && w.has_all(from, from + count)) ||
           no("reads a slot that was not written");
  };
  const auto leads = [&](std::uint32_t distance) {
    return register_to(std::int64_t{behind} + static_cast<std::int32_t>(distance), w);
  };
  const auto jumps = [&](std::uint32_t distance) {
    return forward(static_cast<std::int32_t>(distance)) && leads(distance);
  };
  const auto itself = [&] {
    return (!f_.variadic() && words[0] == info_.parameter_count) ||
           no("calls itself with another count of arguments");
  };
  const auto back = [&](std::uint32_t distance, std::uint32_t point) {
    const std::int64_t to = std::int64_t{behind} + static_cast<std::int32_t>(distance);
    ends = true;
    return going_back(point, to, &SafePoint::register_pc) &&
           all(0, f_.safe_points()[point].live_count) && leads(distance);
  };
  switch (op) {
    case RegisterOp::kMove:
      return reads(words[0]) && writes(d);
    case RegisterOp::kConstant:
      return constant(words[0]) && writes(d);
    case RegisterOp::kInt:
    case RegisterOp::kSelf:
      return writes(d);
    case RegisterOp::kCapture:
      return (words[0] < info_.capture_count || no("reads what it did not capture")) && writes(d);
    case RegisterOp::kGlobal:
      return var(words[0]) && writes(d);
    case RegisterOp::kJump:
      ends = true;
      return jumps(words[0]);
    case RegisterOp::kJumpIf:
    case RegisterOp::kJumpUnless:
      return reads(d) && jumps(words[0]);
    case RegisterOp::kUnlessLess:
    case RegisterOp::kUnlessGreater:
    case RegisterOp::kUnlessLessEqual:
    case RegisterOp::kUnlessGreaterEqual:
    case RegisterOp::kUnlessEqual:
      return reads(d) && reads(words[0]) && jumps(words[1]);
    case RegisterOp::kUnlessLessInt:
    case RegisterOp::kUnlessGreaterInt:
    case RegisterOp::kUnlessLessEqualInt:
    case RegisterOp::kUnlessGreaterEqualInt:
    case RegisterOp::kUnlessEqualInt:
      return reads(d) && jumps(words[1]);
    case RegisterOp::kCall:
    case RegisterOp::kCallSelf: {
      const bool self = op == RegisterOp::kCallSelf;
      if (!(self ? itself() && writes(d) : reads(d)) || !all(std::uint64_t{d} + 1, words[0]) ||
          !awaiting(words[1], d, behind, &SafePoint::register_pc))
        return false;
      w.cut(d + 1);  // what is above are the callee's slots
      return true;
    }
    case RegisterOp::kTailCall:
      ends = true;
      return reads(d) && all(std::uint64_t{d} + 1, words[0]);
    case RegisterOp::kTailSelf:
      ends = true;
      return itself() && all(std::uint64_t{d} + 1, words[0]);
    case RegisterOp::kReturn:
      ends = true;
      return reads(d);
    case RegisterOp::kReturnConstant:
      ends = true;
      return constant(d);
    case RegisterOp::kReturnInt:
      ends = true;
      return true;
    case RegisterOp::kPrimitive:
      return primitive(words[0], words[1]) && all(d, words[1]) && writes(d);
    case RegisterOp::kPrimitive1:
      return primitive(words[0], 1) && reads(words[1]) && writes(d);
    case RegisterOp::kPrimitive2:
      return primitive(words[0], 2) && reads(words[1]) && reads(words[2]) && writes(d);
    case RegisterOp::kDefine:
      return reads(d) && var(words[0]) && awaiting(words[1], d, behind, &SafePoint::register_pc);
    case RegisterOp::kTailDefine:
      ends = true;
      return reads(d) && var(words[0]);
    case RegisterOp::kClosure:
      return captures(words[0], [&](std::uint32_t slot) { return w.has(slot); }) && writes(d);
    case RegisterOp::kVector:
    case RegisterOp::kSet:
      return all(d, words[0]) && writes(d);
    case RegisterOp::kMap:
      return (words[0] % 2 == 0 || no("makes a map of a key without value")) && all(d, words[0]) &&
             writes(d);
    case RegisterOp::kLoop:
      return back(words[0], words[1]);
    case RegisterOp::kLoopMove:
      return reads(words[0]) && writes(d) && back(words[1], words[2]);
    case RegisterOp::kAdd:
    case RegisterOp::kSubtract:
    case RegisterOp::kMultiply:
    case RegisterOp::kQuotient:
    case RegisterOp::kRemainder:
    case RegisterOp::kModulus:
    case RegisterOp::kLess:
    case RegisterOp::kGreater:
    case RegisterOp::kLessEqual:
    case RegisterOp::kGreaterEqual:
    case RegisterOp::kEqual:
    case RegisterOp::kNth:
    case RegisterOp::kGet:
      return reads(words[0]) && reads(words[1]) && writes(d);
    case RegisterOp::kQuotientInt:
    case RegisterOp::kRemainderInt:
    case RegisterOp::kModulusInt:
      if (words[1] == 0 || words[1] == ~std::uint32_t{0})
        return no("divides by an integer it may not");
      [[fallthrough]];
    case RegisterOp::kAddInt:
    case RegisterOp::kSubtractInt:
    case RegisterOp::kMultiplyInt:
    case RegisterOp::kIncrement:
    case RegisterOp::kDecrement:
      return reads(words[0]) && writes(d);
    case RegisterOp::kReturnAdd:
    case RegisterOp::kReturnSubtract:
    case RegisterOp::kReturnMultiply:
      ends = true;
      return reads(d) && reads(words[0]);
    case RegisterOp::kInvalid:
    case RegisterOp::kEnd:
      break;
  }
  return no("has an instruction of no kind");
}

// ------------------------------------------------------------------------------------ nodes

bool FunctionCheck::nodes() {
  const Tree t(pin_, words_, f_.program());
  if (!has_entity(info_.body_entity) ||
      (info_.lambda_entity != 0 && !has_entity(info_.lambda_entity)))
    return no("stands for a node that is not there");
  reach(info_.body_entity, info_.parameter_count, true);
  while (!to_reach_.empty()) {
    const Reached r = to_reach_.back();
    to_reach_.pop_back();
    const auto [at, first] = reached_.try_emplace(r.node, r.depth);
    if (!first) return no("has a node twice");
    loop_ = r.loop;
    if (!node(t, r)) return false;
  }
  const auto points = f_.safe_points();
  for (std::size_t p = 1; p < points.size(); ++p) {
    const auto at = reached_.find(points[p].entity);
    if (at == reached_.end()) return no("has a safe point at no node of its own");
    const bool loop = t.type(points[p].entity) == NodeType::kLoop;
    const std::uint32_t live = at->second + (loop ? t.count(points[p].entity, words_.inits) : 0);
    if (points[p].live_count != live || awaits(points[p]) == loop)
      return no("has a safe point with other slots than its node");
  }
  return true;
}

bool FunctionCheck::node(const Tree& t, const Reached& r) {
  const auto all_of = [&](Word attribute) {
    for (std::uint32_t i = 0; i < t.count(r.node, attribute); ++i)
      reach(t.child_at(r.node, attribute, i), r.depth + i, false);
    return t.count(r.node, attribute);
  };
  switch (t.type(r.node)) {
    case NodeType::kLiteral:
      return true;
    case NodeType::kVariable:
      return place(f_.note_of(r.node), r.depth);
    case NodeType::kLambda:
    case NodeType::kArities: {
      const std::uint32_t note = f_.note_of(r.node);
      if (!constant(note)) return false;
      if (is_object(f_.constants()[note], ObjectKind::kClosure)) return true;
      return captures(note, [&](std::uint32_t slot) { return slot < r.depth; });
    }
    case NodeType::kApplication:
      return application(t, r);
    case NodeType::kIf:
      reach(t.child(r.node, words_.test), r.depth, false);
      reach(t.child(r.node, words_.consequent), r.depth, r.tail);
      reach(t.child(r.node, words_.alternate), r.depth, r.tail);
      return true;
    case NodeType::kLet:
    case NodeType::kLoop: {
      const std::uint32_t count = all_of(words_.inits);
      if (t.type(r.node) == NodeType::kLoop) loop_ = r.node;
      reach(t.child(r.node, words_.body), r.depth + count, r.tail);
      return true;
    }
    case NodeType::kDo: {
      const std::uint32_t count = t.count(r.node, words_.forms);
      if (count == 0) return no("does nothing");
      for (std::uint32_t i = 0; i < count; ++i)
        reach(t.child_at(r.node, words_.forms, i), r.depth, r.tail && i + 1 == count);
      return true;
    }
    case NodeType::kRecur: {
      const std::uint32_t count = all_of(words_.operands);
      const std::uint32_t note = f_.note_of(r.node);
      const auto points = f_.safe_points();
      return (note < points.size() && (r.loop == 0 ? note == 0 : points[note].entity == r.loop) &&
              !awaits(points[note]) && count <= points[note].live_count &&
              points[note].live_count <= r.depth) ||
             no("has a back edge without its safe point");
    }
    case NodeType::kVector:
    case NodeType::kMap:
    case NodeType::kSet:
      all_of(words_.operands);
      return true;
    case NodeType::kTry:
      reach(t.child(r.node, words_.body), r.depth, false);
      reach(t.child(r.node, words_.handler), r.depth + 1, r.tail);
      return true;
    case NodeType::kFinally:
      reach(t.child(r.node, words_.body), r.depth, false);
      reach(t.child(r.node, words_.cleanup), r.depth + 2, false);
      return true;
    case NodeType::kThrow:
      reach(t.child(r.node, words_.value_node), r.depth, false);
      return true;
    case NodeType::kStoreGet:
      return var(f_.note_of(r.node));
    case NodeType::kStorePut:
      return var(f_.note_of(r.node)) && found_call(r);
    case NodeType::kMacroExpand:  // no node refers to one of these
    case NodeType::kMacroEvent:
    case NodeType::kEnd:
      return no("has a node of no type");
    default:
      return operation(t, r);
  }
}

bool FunctionCheck::operation(const Tree& t, const Reached& r) {
  if (!constant(f_.note_of(r.node)) || !found_call(r)) return false;
  std::uint32_t depth = r.depth;
  for (const internal::Operand& operand : internal::operation_of(t, r.node).operands) {
    ++depth;
    if (operand.node != 0) reach(operand.node, depth, false);
  }
  return true;
}

// As the walk takes it (nodes.cc, read_application).
bool FunctionCheck::application(const Tree& t, const Reached& r) {
  const std::uint32_t op = t.child(r.node, words_.operator_);
  const std::uint32_t count = t.count(r.node, words_.operands);
  if (t.type(op) == NodeType::kVariable) {
    const std::uint32_t note = f_.note_of(op);
    if (!place(note, r.depth)) return false;
    if (place_kind({note}) == PlaceKind::kConstant) {
      const Word callee = f_.constants()[place_index({note})];
      if (t.defined_name(r.node)) {
        if (!var(place_index({note})) || !noted_call(r)) return false;
        reach(t.child_at(r.node, words_.operands, 1), r.depth, false);
        return true;
      }
      if (substrate::is_primitive(callee)) {
        const std::uint64_t number = substrate::payload(callee);
        if (number >= primitives().size()) return no("calls a primitive that is none, or not so");
        const Primitive& p = primitives()[static_cast<std::size_t>(number)];
        if (p.kind == PrimitiveKind::kPlain && p.accepts(count)) {
          for (std::uint32_t i = 0; i < count; ++i)
            reach(t.child_at(r.node, words_.operands, i), r.depth + i, false);
          return true;
        }
      }
    }
  }
  if (!noted_call(r)) return false;
  reach(op, r.depth, false);
  for (std::uint32_t i = 0; i < count; ++i)
    reach(t.child_at(r.node, words_.operands, i), r.depth + 1 + i, false);
  return true;
}

// ------------------------------------------------------------------------------------ objects

std::string check_closure(const Pin& pin, Word closure) {
  const Word functions = substrate::field(pin, closure, substrate::ClosureField::kFunction);
  const bool several = Vector::is(functions);
  if (!several && !is_object(functions, ObjectKind::kFunction)) return "a closure of no function";
  const std::uint64_t count = several ? Vector{functions}.count(pin) : 1;
  if (count == 0) return "a closure of no function";
  const std::uint32_t captured =
      substrate::header_of(pin, closure)->count - substrate::ClosureField::kCaptured;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Word one = several ? Vector{functions}.nth(pin, i) : functions;
    if (!is_object(one, ObjectKind::kFunction)) return "a closure of no function";
    const Function f(pin, one);
    if (f.info().capture_count > captured) return "a closure that captures too little";
    if (f.info().arity_index != i) return "a closure whose functions are in another's order";
  }
  return {};
}

std::string check_frame(const Pin& pin, Word frame) {
  const Word* const words = substrate::record_words(substrate::header_of(pin, frame));
  const Word caller = words[substrate::FrameField::kCaller];
  const Word closure = words[substrate::FrameField::kClosure];
  const Word at = words[substrate::FrameField::kSafePoint];
  if (!substrate::is_nil(caller) && !is_object(caller, ObjectKind::kFrame))
    return "a frame that returns to no frame";
  if (!is_object(closure, ObjectKind::kClosure)) return "a frame of no closure";
  if (std::string wrong = check_closure(pin, closure); !wrong.empty()) return wrong;
  if (!substrate::is_small_int(at) || substrate::small_int(at) < 0)
    return "a frame at no safe point";
  const auto number = static_cast<std::uint64_t>(substrate::small_int(at));
  const auto arity = static_cast<std::uint64_t>(number >> substrate::kFrameArityShift);
  if (arity >= arity_count(pin, closure)) return "a frame of an arity that its closure has not";
  const Function f = arity_of(pin, closure, static_cast<std::uint32_t>(arity));
  const auto point = static_cast<std::uint32_t>(number);
  if (point >= f.safe_points().size()) return "a frame at no safe point";
  if (substrate::header_of(pin, frame)->count - substrate::FrameField::kSlots !=
      f.safe_points()[point].live_count)
    return "a frame without its slots";
  return {};
}

// A delimited one ends with a frame of its own.
std::string check_continuation(const Pin& pin, Word continuation) {
  Word frame = substrate::field(pin, continuation, substrate::ContinuationField::kFrame);
  const Word prompt = substrate::field(pin, continuation, substrate::ContinuationField::kPrompt);
  if (!substrate::is_nil(frame) && !is_object(frame, ObjectKind::kFrame))
    return "a continuation of no frame";
  while (frame != prompt && !substrate::is_nil(prompt)) {
    if (!is_object(frame, ObjectKind::kFrame)) return "a continuation that does not end";
    frame = substrate::field(pin, frame, substrate::FrameField::kCaller);
  }
  return {};
}

}  // namespace

CodeCheck::CodeCheck() = default;
CodeCheck::~CodeCheck() = default;

bool CodeCheck::is_program(const Pin& pin, Word program) {
  const auto [at, first] = programs_.try_emplace(program.bits, false);
  if (first) at->second = ast::check_program(pin, program).ok();
  return at->second;
}

std::string CodeCheck::operator()(const Pin& pin, Word object) {
  if (words_ == nullptr) words_ = std::make_unique<Vocabulary>(pin);
  if (is_object(object, ObjectKind::kProgram))
    return is_program(pin, object) ? "" : "a program that nobody sealed";
  if (is_object(object, ObjectKind::kFunction)) {
    const Function f(pin, object);
    if (!is_object(f.program(), ObjectKind::kProgram) || !is_program(pin, f.program()))
      return "a function without a program";
    return FunctionCheck(pin, *words_, f).run();
  }
  if (is_object(object, ObjectKind::kClosure)) return check_closure(pin, object);
  if (is_object(object, ObjectKind::kContinuation)) return check_continuation(pin, object);
  return check_frame(pin, object);
}

substrate::VerifyReport verify(substrate::Worker& worker) {
  CodeCheck check;
  return substrate::verify(worker, std::ref(check));
}

substrate::Status trust(substrate::Worker& worker) {
  CodeCheck check;
  return substrate::trust(worker, std::ref(check));
}

}  // namespace yin::vm
