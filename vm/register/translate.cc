#include "vm/register/translate.h"

#include <optional>
#include <string_view>
#include <utility>

#include "substrate/check.h"
#include "vm/code.h"
#include "vm/primitive.h"
#include "vm/register/code.h"

namespace yin::vm {

namespace {

using substrate::CodePosition;
using substrate::ErrorHandler;
using substrate::SafePoint;
using substrate::Word;

constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
constexpr std::uint32_t kUnreached = kNowhere;

// Operations on two values, or on a value and an integer, by the stack's.
struct Binary {
  Op op;
  RegisterOp slots;
  RegisterOp integer = RegisterOp::kInvalid;
};
constexpr Binary kBinaries[] = {
    {Op::kAdd, RegisterOp::kAdd, RegisterOp::kAddInt},
    {Op::kSubtract, RegisterOp::kSubtract, RegisterOp::kSubtractInt},
    {Op::kMultiply, RegisterOp::kMultiply, RegisterOp::kMultiplyInt},
    {Op::kLess, RegisterOp::kLess},
    {Op::kGreater, RegisterOp::kGreater},
    {Op::kLessEqual, RegisterOp::kLessEqual},
    {Op::kGreaterEqual, RegisterOp::kGreaterEqual},
    {Op::kEqual, RegisterOp::kEqual},
    {Op::kNth, RegisterOp::kNth},
    {Op::kGet, RegisterOp::kGet},
    {Op::kUnlessLess, RegisterOp::kUnlessLess, RegisterOp::kUnlessLessInt},
    {Op::kUnlessGreater, RegisterOp::kUnlessGreater, RegisterOp::kUnlessGreaterInt},
    {Op::kUnlessLessEqual, RegisterOp::kUnlessLessEqual, RegisterOp::kUnlessLessEqualInt},
    {Op::kUnlessGreaterEqual, RegisterOp::kUnlessGreaterEqual, RegisterOp::kUnlessGreaterEqualInt},
    {Op::kUnlessEqual, RegisterOp::kUnlessEqual, RegisterOp::kUnlessEqualInt},
};
const Binary& binary_of(Op op) {
  for (const Binary& b : kBinaries)
    if (b.op == op) return b;
  substrate::die("an operation on two values of no kind");
}

// Primitives that have instructions here, but none on the stack.
struct Division {
  std::string_view primitive;
  RegisterOp slots;
  RegisterOp integer;
};
constexpr Division kDivisions[] = {
    {"quot", RegisterOp::kQuotient, RegisterOp::kQuotientInt},
    {"rem", RegisterOp::kRemainder, RegisterOp::kRemainderInt},
    {"mod", RegisterOp::kModulus, RegisterOp::kModulusInt},
};

// The same comparison, by the operation that holds its operands.
constexpr Op kWithHeld[] = {Op::kUnlessLess, Op::kUnlessGreater, Op::kUnlessLessEqual,
                            Op::kUnlessGreaterEqual, Op::kUnlessEqual};
Op compared_by(Op op, Op first) {
  return kWithHeld[static_cast<std::uint32_t>(op) - static_cast<std::uint32_t>(first)];
}

// Operations whose value is returned at once.
constexpr std::pair<RegisterOp, RegisterOp> kReturned[] = {
    {RegisterOp::kAdd, RegisterOp::kReturnAdd},
    {RegisterOp::kSubtract, RegisterOp::kReturnSubtract},
    {RegisterOp::kMultiply, RegisterOp::kReturnMultiply},
};

enum class ValueKind : std::uint8_t { kThere, kSlot, kInt, kConstant, kCapture, kSelf };

// A slot of the stack: its value stands there, or is found elsewhere until somebody wants it there.
struct Value {
  ValueKind kind = ValueKind::kThere;
  std::uint32_t of = 0;  // the slot, integer or index
};

class Translation {
 public:
  Translation(const StackCode& from, std::span<SafePoint> safe_points,
              std::span<ErrorHandler> handlers)
      : from_(from),
        safe_points_(safe_points),
        handlers_(handlers),
        depth_at_(from.code.size() + 1, kUnreached),
        register_pc_(from.code.size() + 1, kNowhere),
        is_target_(from.code.size() + 1, false) {}

  RegisterCode run() {
    find_targets();
    values_.resize(from_.parameter_count);
    reached_ = true;
    for (pc_ = 0; pc_ < from_.code.size();) {
      if (is_target_[pc_]) begin_target();
      register_pc_[pc_] = here();
      const std::uint32_t i = from_.code[pc_];
      const std::uint32_t* words = from_.code.data() + pc_ + 1;
      const std::uint32_t behind = pc_ + 1 + extra_words(op_of(i));
      if (reached_) instruction(i, words, behind);
      pc_ = behind;
    }
    register_pc_[from_.code.size()] = here();
    for (const Jump& jump : jumps_) {
      out_.code[jump.word] = register_pc_[jump.target] - jump.behind;
    }
    for (SafePoint& point : safe_points_) point.register_pc = register_pc_[point.pc];
    for (ErrorHandler& handler : handlers_) {
      handler.register_from = register_pc_[handler.from];
      handler.register_to = register_pc_[handler.to];
      handler.register_pc = register_pc_[handler.pc];
    }
    return std::move(out_);
  }

 private:
  struct Jump {
    std::uint32_t word;
    std::uint32_t behind;
    std::uint32_t target;
  };

  // ---------------------------------------------------------------------------------- paths

  static std::uint32_t target_of(std::uint32_t behind, std::int32_t distance) {
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(behind) + distance);
  }

  // Where a jump of the stack code leads.
  static std::optional<std::uint32_t> jump_target(std::uint32_t i, const std::uint32_t* words,
                                                  std::uint32_t behind) {
    const Op op = op_of(i);
    if (op == Op::kJump || op == Op::kJumpIf || op == Op::kJumpUnless ||
        (op >= Op::kUnlessLess && op <= Op::kUnlessEqual))
      return target_of(behind, signed_operand(i));
    if (op >= Op::kUnlessLessLocalInt && op <= Op::kUnlessEqualLocalInt)
      return target_of(behind, static_cast<std::int32_t>(words[1]));
    if (op >= Op::kUnlessLessLocals && op <= Op::kUnlessEqualLocals)
      return target_of(behind, static_cast<std::int32_t>(words[0]));
    if (op == Op::kRecur) return target_of(behind, static_cast<std::int32_t>(words[1]));
    return std::nullopt;
  }

  void find_targets() {
    for (std::uint32_t pc = 0; pc < from_.code.size();) {
      const std::uint32_t i = from_.code[pc];
      const std::uint32_t behind = pc + 1 + extra_words(op_of(i));
      if (const auto to = jump_target(i, from_.code.data() + pc + 1, behind))
        is_target_[*to] = true;
      pc = behind;
    }
    // Where a frame goes on all its slots stand there.
    for (const SafePoint& point : safe_points_) is_target_[point.pc] = true;
    // A handler is entered from anywhere in its body, so the slots below must stand there from the
    // body's start on.
    for (const ErrorHandler& handler : handlers_) {
      for (const std::uint32_t pc : {handler.from, handler.to, handler.pc}) is_target_[pc] = true;
      depth_at_[handler.pc] = handler.slot + 1;
    }
  }

  // Paths meet: everything stands in its slot.
  void begin_target() {
    if (reached_) {
      settle();
    } else if (depth_at_[pc_] != kUnreached) {
      values_.assign(depth_at_[pc_], Value{});
      reached_ = true;
    }
    last_write_ = kNowhere;
  }

  // ---------------------------------------------------------------------------------- code

  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(out_.code.size()); }
  template <class... Words>
  void emit(RegisterOp op, std::uint32_t operand, Words... words) {
    last_write_ = kNowhere;
    out_.code.push_back(encode(op, operand));
    (out_.code.push_back(static_cast<std::uint32_t>(words)), ...);
  }
  // One that can fail, at the node of the stack instruction.
  void position() {
    while (next_position_ < from_.positions.size() && from_.positions[next_position_].pc < pc_)
      ++next_position_;
    if (next_position_ < from_.positions.size() && from_.positions[next_position_].pc == pc_)
      out_.positions.push_back({here(), from_.positions[next_position_].entity});
  }
  // One that does nothing but write slot `to`, which may be made to write another.
  template <class... Words>
  void emit_write(RegisterOp op, std::uint32_t to, Words... words) {
    const std::uint32_t at = here();
    emit(op, to, words...);
    last_write_ = at;
  }
  template <class... Words>
  void emit_jump(std::uint32_t target, RegisterOp op, std::uint32_t operand, Words... words) {
    emit(op, operand, words..., 0u);
    jumps_.push_back({here() - 1, here(), target});
    depth_at_[target] = static_cast<std::uint32_t>(values_.size());
  }

  // ---------------------------------------------------------------------------------- values

  [[nodiscard]] std::uint32_t depth() const { return static_cast<std::uint32_t>(values_.size()); }

  void move_to(std::uint32_t to, Value v) {
    switch (v.kind) {
      case ValueKind::kThere:
        return;
      case ValueKind::kSlot:
        return emit_write(RegisterOp::kMove, to, v.of);
      case ValueKind::kInt:
        return emit_write(RegisterOp::kInt, to, v.of);
      case ValueKind::kConstant:
        return emit_write(RegisterOp::kConstant, to, v.of);
      case ValueKind::kCapture:
        return emit_write(RegisterOp::kCapture, to, v.of);
      case ValueKind::kSelf:
        return emit_write(RegisterOp::kSelf, to);
    }
  }
  void settle(std::uint32_t slot) {
    move_to(slot, values_[slot]);
    values_[slot] = {};
  }
  void settle() { settle_below(depth()); }
  void settle_below(std::uint32_t slot) {
    for (std::uint32_t i = 0; i < slot; ++i) settle(i);
  }
  void settle_top(std::uint32_t count) {
    for (std::uint32_t i = depth() - count; i < depth(); ++i) settle(i);
  }
  // The slot that an instruction finds a value in.
  std::uint32_t operand_in(std::uint32_t slot) {
    if (values_[slot].kind == ValueKind::kSlot) return values_[slot].of;
    settle(slot);
    return slot;
  }
  [[nodiscard]] std::optional<std::uint32_t> integer_in(std::uint32_t slot) const {
    if (values_[slot].kind != ValueKind::kInt) return std::nullopt;
    return values_[slot].of;
  }

  // A local: what stands in its slot, or wherever its value is.
  [[nodiscard]] Value local(std::uint32_t slot) const {
    return values_[slot].kind == ValueKind::kThere ? Value{ValueKind::kSlot, slot} : values_[slot];
  }
  void push(Value v) { values_.push_back(v); }
  void pop(std::uint32_t count) { values_.resize(values_.size() - count); }
  // The result of an instruction that writes the next slot.
  std::uint32_t next() {
    values_.emplace_back();
    return depth() - 1;
  }

  // ---------------------------------------------------------------------------------- instructions

  void instruction(std::uint32_t i, const std::uint32_t* words, std::uint32_t behind);
  void jump(std::uint32_t i, const std::uint32_t* words, std::uint32_t behind);
  void calculate(Op op, std::uint32_t count);
  void slide(std::uint32_t count);
  void recur(std::uint32_t count, std::uint32_t first, std::uint32_t target, std::uint32_t point);
  void call(std::uint32_t count, std::uint32_t point);
  void tail_call(std::uint32_t count);
  void primitive(std::uint32_t number, std::uint32_t count);
  void divide(const Division& division);
  void return_top();
  [[nodiscard]] bool calls_itself(std::uint32_t slot, std::uint32_t count) const {
    return values_[slot].kind == ValueKind::kSelf && !from_.variadic &&
           count == from_.parameter_count;
  }
  bool retarget(std::uint32_t from, std::uint32_t to);

  const StackCode& from_;
  std::span<SafePoint> safe_points_;
  std::span<ErrorHandler> handlers_;
  RegisterCode out_;
  std::vector<Value> values_;
  std::vector<std::uint32_t> depth_at_;     // of a target, by the jumps that lead there
  std::vector<std::uint32_t> register_pc_;  // by pc
  std::vector<bool> is_target_;
  std::vector<Jump> jumps_;
  std::size_t next_position_ = 0;
  std::uint32_t pc_ = 0;
  std::uint32_t last_write_ = kNowhere;  // the last instruction, if emit_write() made it
  bool reached_ = false;
};

// Lets the last instruction write another slot, if it wrote `from`.
bool Translation::retarget(std::uint32_t from, std::uint32_t to) {
  if (last_write_ == kNowhere || out_.code[last_write_] >> 8 != from) return false;
  out_.code[last_write_] = encode(register_op_of(out_.code[last_write_]), to);
  return true;
}

void Translation::slide(std::uint32_t count) {
  const std::uint32_t top = depth() - 1;
  const std::uint32_t to = top - count;
  Value v = values_[top];
  if (v.kind == ValueKind::kThere) {
    if (!retarget(top, to)) emit_write(RegisterOp::kMove, to, top);
  } else if (v.kind == ValueKind::kSlot && v.of >= to) {
    if (v.of != to) emit_write(RegisterOp::kMove, to, v.of);
    v = {};
  }
  pop(count);
  values_[to] = v;
}

// Values to the loop's slots, one after the other: one that is read from a slot written before is
// put into its own slot first.
void Translation::recur(std::uint32_t count, std::uint32_t first, std::uint32_t target,
                        std::uint32_t point) {
  const std::uint32_t from = depth() - count;
  const auto reads = [&](std::uint32_t k, std::uint32_t slot) {
    const Value v = values_[from + k];
    return v.kind == ValueKind::kSlot && v.of == slot;
  };
  for (std::uint32_t k = 0; k < count; ++k) {
    const Value v = values_[from + k];
    if (v.kind == ValueKind::kSlot && v.of >= first && v.of < first + k) settle(from + k);
  }
  // The last one was often calculated just now: straight to where it belongs, unless another is
  // read from there.
  std::uint32_t moved = count;
  if (count > 0 && values_[depth() - 1].kind == ValueKind::kThere) {
    bool read = false;
    for (std::uint32_t k = 0; k + 1 < count; ++k) read = read || reads(k, first + count - 1);
    if (!read && retarget(depth() - 1, first + count - 1)) --moved;
  }
  // The last move from one slot to another, which the jump itself can do.
  bool waits = false;
  std::uint32_t to = 0, from_slot = 0;
  const auto finish = [&] {
    if (waits) emit_write(RegisterOp::kMove, to, from_slot);
    waits = false;
  };
  for (std::uint32_t k = 0; k < moved; ++k) {
    const Value v = local(from + k);
    if (v.kind == ValueKind::kSlot && v.of == first + k) continue;
    finish();
    if (v.kind == ValueKind::kSlot) {
      waits = true, to = first + k, from_slot = v.of;
    } else {
      move_to(first + k, v);
    }
  }
  pop(count);
  if (waits) {
    emit(RegisterOp::kLoopMove, to, from_slot, 0u, point);
  } else {
    emit(RegisterOp::kLoop, 0, 0u, point);
  }
  jumps_.push_back({here() - 2, here(), target});
  reached_ = false;
}

void Translation::call(std::uint32_t count, std::uint32_t point) {
  const std::uint32_t callee = depth() - count - 1;
  const bool itself = calls_itself(callee, count);
  settle_below(callee);
  if (!itself) settle(callee);
  settle_top(count);
  position();
  emit(itself ? RegisterOp::kCallSelf : RegisterOp::kCall, callee, count, point);
  pop(count + 1);
  push({});
}

void Translation::tail_call(std::uint32_t count) {
  const std::uint32_t callee = depth() - count - 1;
  const bool itself = calls_itself(callee, count);
  if (!itself) settle(callee);
  settle_top(count);
  position();
  emit(itself ? RegisterOp::kTailSelf : RegisterOp::kTailCall, callee, count);
  reached_ = false;
}

void Translation::divide(const Division& division) {
  const std::uint32_t right = depth() - 1;
  const std::uint32_t x = operand_in(right - 1);
  const auto integer = integer_in(right);
  if (integer && *integer != 0 && *integer != ~std::uint32_t{0}) {
    position();
    emit_write(division.integer, right - 1, x, *integer);
  } else {
    const std::uint32_t y = operand_in(right);
    position();
    emit_write(division.slots, right - 1, x, y);
  }
  pop(2);
  push({});
}

void Translation::primitive(std::uint32_t number, std::uint32_t count) {
  if (count == 2) {
    const std::string_view name = primitives()[number].name;
    for (const Division& division : kDivisions)
      if (division.primitive == name) return divide(division);
  }
  const std::uint32_t first = depth() - count;
  if (count == 1) {
    const std::uint32_t x = operand_in(first);
    position();
    emit_write(RegisterOp::kPrimitive1, first, number, x);
  } else if (count == 2) {
    const std::uint32_t x = operand_in(first);
    const std::uint32_t y = operand_in(first + 1);
    position();
    emit_write(RegisterOp::kPrimitive2, first, number, x, y);
  } else {
    settle_top(count);
    position();
    emit(RegisterOp::kPrimitive, first, number, count);
  }
  pop(count);
  push({});
}

// An operation on the top two, or on the top one.
void Translation::calculate(Op op, std::uint32_t count) {
  const std::uint32_t first = depth() - count;
  const std::uint32_t x = operand_in(first);
  if (count == 1) {
    position();
    emit_write(op == Op::kIncrement ? RegisterOp::kIncrement : RegisterOp::kDecrement, first, x);
  } else {
    const Binary& binary = binary_of(op);
    const auto integer = integer_in(first + 1);
    if (integer && binary.integer != RegisterOp::kInvalid) {
      position();
      emit_write(binary.integer, first, x, *integer);
    } else {
      const std::uint32_t y = operand_in(first + 1);
      position();
      emit_write(binary.slots, first, x, y);
    }
  }
  pop(count);
  push({});
}

void Translation::return_top() {
  reached_ = false;
  if (values_.back().kind == ValueKind::kThere && last_write_ != kNowhere &&
      out_.code[last_write_] >> 8 == depth() - 1) {
    std::uint32_t* const at = out_.code.data() + last_write_;
    for (const auto& [op, returned] : kReturned) {
      if (register_op_of(*at) != op) continue;
      *at = encode(returned, at[1]);
      at[1] = at[2];
      out_.code.pop_back();
      return;
    }
  }
  const Value v = local(depth() - 1);
  if (v.kind == ValueKind::kInt) {
    emit(RegisterOp::kReturnInt, 0, v.of);
  } else if (v.kind == ValueKind::kConstant) {
    emit(RegisterOp::kReturnConstant, v.of);
  } else {
    emit(RegisterOp::kReturn, operand_in(depth() - 1));
  }
}

void Translation::jump(std::uint32_t i, const std::uint32_t* words, std::uint32_t behind) {
  const std::uint32_t target = *jump_target(i, words, behind);
  const Op op = op_of(i);
  if (op == Op::kJump) {
    settle();
    emit_jump(target, RegisterOp::kJump, 0);
    reached_ = false;
    return;
  }
  if (op == Op::kJumpIf || op == Op::kJumpUnless) {
    const std::uint32_t x = operand_in(depth() - 1);
    pop(1);
    settle();
    emit_jump(target, op == Op::kJumpIf ? RegisterOp::kJumpIf : RegisterOp::kJumpUnless, x);
    return;
  }
  // Comparisons: both operands on the stack, a local and an integer, two locals.
  if (op <= Op::kUnlessEqual) {
    const Binary& binary = binary_of(op);
    const std::uint32_t x = operand_in(depth() - 2);
    const auto integer = integer_in(depth() - 1);
    const std::uint32_t y = integer ? 0 : operand_in(depth() - 1);
    pop(2);
    settle();
    position();
    emit_jump(target, integer ? binary.integer : binary.slots, x, integer ? *integer : y);
    return;
  }
  const bool with_int = op <= Op::kUnlessEqualLocalInt;
  const Binary& binary =
      binary_of(compared_by(op, with_int ? Op::kUnlessLessLocalInt : Op::kUnlessLessLocals));
  settle();
  position();
  if (with_int) {
    emit_jump(target, binary.integer, operand(i), words[0]);
  } else {
    emit_jump(target, binary.slots, pair_slot(i), pair_other(i));
  }
}

void Translation::instruction(std::uint32_t i, const std::uint32_t* words, std::uint32_t behind) {
  switch (op_of(i)) {
    case Op::kConstant:
      return push({ValueKind::kConstant, operand(i)});
    case Op::kSmallInt:
      return push({ValueKind::kInt, static_cast<std::uint32_t>(signed_operand(i))});
    case Op::kLocal:
      return push(local(operand(i)));
    case Op::kCapture:
      return push({ValueKind::kCapture, operand(i)});
    case Op::kSelf:
      return push({ValueKind::kSelf, 0});
    case Op::kGlobal:
      position();
      emit_write(RegisterOp::kGlobal, next(), operand(i));
      return;
    case Op::kPop:
      return pop(1);
    case Op::kSlide:
      return slide(operand(i));
    case Op::kCall:
      return call(operand(i), words[0]);
    case Op::kTailCall:
      return tail_call(operand(i));
    case Op::kReturnLocal:
      push(local(operand(i)));
      return return_top();
    case Op::kReturn:
      return return_top();
    case Op::kPrimitive:
      return primitive(operand(i), words[0]);
    case Op::kDefine:
      settle();
      position();
      emit(RegisterOp::kDefine, depth() - 1, operand(i), words[0]);
      return;
    case Op::kTailDefine: {
      const std::uint32_t x = operand_in(depth() - 1);
      position();
      emit(RegisterOp::kTailDefine, x, operand(i));
      reached_ = false;
      return;
    }
    case Op::kClosure:
      settle();
      emit_write(RegisterOp::kClosure, next(), operand(i));
      return;
    case Op::kVector:
    case Op::kMap:
    case Op::kSet:
      settle_top(operand(i));
      position();
      emit(op_of(i) == Op::kVector ? RegisterOp::kVector
           : op_of(i) == Op::kMap  ? RegisterOp::kMap
                                   : RegisterOp::kSet,
           depth() - operand(i), operand(i));
      pop(operand(i));
      return push({});
    case Op::kRecur:
      return recur(operand(i), words[0], target_of(behind, static_cast<std::int32_t>(words[1])),
                   words[2]);
    case Op::kAddInt:
    case Op::kSubtractInt:
      push({ValueKind::kInt, static_cast<std::uint32_t>(signed_operand(i))});
      return calculate(op_of(i) == Op::kAddInt ? Op::kAdd : Op::kSubtract, 2);
    case Op::kAddLocalInt:
    case Op::kSubtractLocalInt:
      push(local(pair_slot(i)));
      push({ValueKind::kInt, static_cast<std::uint32_t>(pair_int(i))});
      return calculate(op_of(i) == Op::kAddLocalInt ? Op::kAdd : Op::kSubtract, 2);
    case Op::kIncrementLocal:
    case Op::kDecrementLocal:
      push(local(operand(i)));
      return calculate(op_of(i) == Op::kIncrementLocal ? Op::kIncrement : Op::kDecrement, 1);
    case Op::kIncrement:
    case Op::kDecrement:
      return calculate(op_of(i), 1);
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
      return calculate(op_of(i), 2);
    case Op::kInvalid:
    case Op::kEnd:
      substrate::die("an instruction of no kind is translated");
    default:
      return jump(i, words, behind);
  }
}

}  // namespace

RegisterCode translate(const StackCode& from, std::span<SafePoint> safe_points,
                       std::span<ErrorHandler> handlers) {
  return Translation(from, safe_points, handlers).run();
}

}  // namespace yin::vm
