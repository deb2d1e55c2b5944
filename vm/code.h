#pragma once

// Code: reading a lowered function (FunctionInfo in substrate/format.h), and the instructions of
// the stack projection.
//
// An activation has one run of slots: parameters, then lets and temporaries as the text nests them,
// so that slot numbers are the depth at which a value is computed, and the first live_count slots
// are a frame's. An instruction is 32 bits, the operation in the lowest 8; the rest is one operand
// of 24 bits, or two of 12:
//
//   | operand, signed or not          24 | op 8 |
//   | integer, signed 12 |  slot      12 | op 8 |
//   | slot            12 |  slot      12 | op 8 |
//
// Some are followed by words of their own (below). Code stands in domains: operations are numbered
// for good, append only. Everything here reads shared, immutable bytes: a Function is valid as long
// as the pin it was made with.

#include <cstdint>
#include <span>
#include <string_view>

#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::vm {

// A comment gives the operand, the words that follow, and what happens to the top of the slots.
enum class Op : std::uint8_t {
  kInvalid = 0,
  kConstant = 1,      // index: pushes the constant
  kSmallInt = 2,      // integer: pushes it
  kLocal = 3,         // slot: pushes its value
  kCapture = 4,       // index: pushes the captured value
  kSelf = 5,          // pushes the running closure
  kGlobal = 6,        // index of a var ref: pushes the var's value
  kPop = 7,           // drops one
  kSlide = 8,         // count: drops that many below the top
  kJump = 9,          // distance from the next instruction
  kJumpIf = 10,       // distance; pops
  kJumpUnless = 11,   // distance; pops
  kCall = 12,         // argument count; safe point: operator, operands -> value
  kTailCall = 13,     // argument count
  kReturn = 14,       // the top is the result
  kReturnLocal = 15,  // slot
  kPrimitive = 16,    // primitive; argument count: operands -> value
  kDefine = 17,       // index of a var ref; safe point: value -> what the definition yields
  kTailDefine = 18,   // index of a var ref
  kClosure = 19,      // index of a function, or of a vector of them: pushes a closure
  kVector = 20,       // count: items -> vector
  kMap = 21,          // count of keys and values: -> map
  kSet = 22,          // count: items -> set
  kRecur =
      23,  // count; first slot; distance; safe point: moves the top to the loop's slots, goes back
  kAdd = 24,  // two -> one
  kSubtract = 25,
  kMultiply = 26,
  kLess = 27,
  kGreater = 28,
  kLessEqual = 29,
  kGreaterEqual = 30,
  kEqual = 31,
  kAddInt = 32,  // integer: top + integer
  kSubtractInt = 33,
  kAddLocalInt = 34,  // slot, integer: pushes the sum
  kSubtractLocalInt = 35,
  kIncrement = 36,  // one -> one
  kDecrement = 37,
  kIncrementLocal = 38,  // slot: pushes
  kDecrementLocal = 39,
  kUnlessLess = 40,  // distance; compares two, pops them, jumps unless it holds
  kUnlessGreater = 41,
  kUnlessLessEqual = 42,
  kUnlessGreaterEqual = 43,
  kUnlessEqual = 44,
  kUnlessLessLocalInt = 45,  // slot; integer; distance
  kUnlessGreaterLocalInt = 46,
  kUnlessLessEqualLocalInt = 47,
  kUnlessGreaterEqualLocalInt = 48,
  kUnlessEqualLocalInt = 49,
  kUnlessLessLocals = 50,  // slot, slot; distance
  kUnlessGreaterLocals = 51,
  kUnlessLessEqualLocals = 52,
  kUnlessGreaterEqualLocals = 53,
  kUnlessEqualLocals = 54,
  kNth = 55,  // sequence, index -> item
  kGet = 56,  // map, key -> value
  kEnd = 57
};

// How many words follow the instruction.
constexpr std::uint32_t extra_words(Op op) {
  if (op == Op::kRecur) return 3;
  if (op >= Op::kUnlessLessLocalInt && op <= Op::kUnlessEqualLocalInt) return 2;
  const bool one = op == Op::kCall || op == Op::kPrimitive || op == Op::kDefine ||
                   (op >= Op::kUnlessLessLocals && op <= Op::kUnlessEqualLocals);
  return one ? 1 : 0;
}

inline constexpr std::uint32_t kOperandMax = (1u << 24) - 1;
inline constexpr std::int32_t kSignedOperandMax = (1 << 23) - 1;
inline constexpr std::int32_t kSignedOperandMin = -(1 << 23);
inline constexpr std::uint32_t kPairSlotMax = (1u << 12) - 1;
inline constexpr std::int32_t kPairIntMax = (1 << 11) - 1;
inline constexpr std::int32_t kPairIntMin = -(1 << 11);

constexpr std::uint32_t encode(Op op, std::uint32_t operand = 0) {
  return operand << 8 | static_cast<std::uint32_t>(op);
}
constexpr std::uint32_t encode_signed(Op op, std::int32_t operand) {
  return encode(op, static_cast<std::uint32_t>(operand));
}
constexpr std::uint32_t encode_pair(Op op, std::uint32_t slot, std::uint32_t other) {
  return other << 20 | slot << 8 | static_cast<std::uint32_t>(op);
}
constexpr Op op_of(std::uint32_t instruction) { return static_cast<Op>(instruction & 0xff); }
constexpr std::uint32_t operand(std::uint32_t instruction) { return instruction >> 8; }
constexpr std::int32_t signed_operand(std::uint32_t instruction) {
  return static_cast<std::int32_t>(instruction) >> 8;
}
constexpr std::uint32_t pair_slot(std::uint32_t instruction) { return instruction >> 8 & 0xfff; }
constexpr std::uint32_t pair_other(std::uint32_t instruction) { return instruction >> 20; }
constexpr std::int32_t pair_int(std::uint32_t instruction) {
  return static_cast<std::int32_t>(instruction) >> 20;
}

constexpr substrate::Place make_place(substrate::PlaceKind kind, std::uint32_t index) {
  return {static_cast<std::uint32_t>(kind) << 28 | index};
}
constexpr substrate::PlaceKind place_kind(substrate::Place p) {
  return static_cast<substrate::PlaceKind>(p.bits >> 28);
}
constexpr std::uint32_t place_index(substrate::Place p) { return p.bits & 0xfffffff; }

// A function object, taken apart.
class Function {
 public:
  Function() = default;
  explicit Function(const substrate::ObjectHeader* header)
      : header_(header),
        info_(reinterpret_cast<const substrate::FunctionInfo*>(substrate::record_raw(header))) {}
  Function(const substrate::Pin& pin, substrate::Word function)
      : Function(substrate::header_of(pin, function)) {}

  [[nodiscard]] const substrate::ObjectHeader* header() const { return header_; }
  [[nodiscard]] const substrate::FunctionInfo& info() const { return *info_; }
  [[nodiscard]] bool variadic() const { return (info_->flags & substrate::kFunctionVariadic) != 0; }
  [[nodiscard]] substrate::Word name() const { return words()[substrate::FunctionField::kName]; }
  [[nodiscard]] substrate::Word program() const {
    return words()[substrate::FunctionField::kProgram];
  }
  [[nodiscard]] const substrate::Word* constants() const {
    return words() + substrate::FunctionField::kConstants;
  }
  [[nodiscard]] const std::uint32_t* code() const {
    return reinterpret_cast<const std::uint32_t*>(info_ + 1);
  }
  [[nodiscard]] const std::uint32_t* register_code() const { return code() + info_->code_count; }
  [[nodiscard]] std::span<const substrate::SafePoint> safe_points() const {
    return {table<substrate::SafePoint>(register_code() + info_->register_code_count),
            info_->safe_point_count};
  }
  [[nodiscard]] std::span<const substrate::Place> captures() const {
    return {table<substrate::Place>(safe_points().data() + info_->safe_point_count),
            info_->capture_count};
  }
  [[nodiscard]] std::span<const substrate::CodePosition> positions() const {
    return {table<substrate::CodePosition>(captures().data() + info_->capture_count),
            info_->position_count};
  }
  [[nodiscard]] std::span<const substrate::CodePosition> register_positions() const {
    return {table<substrate::CodePosition>(positions().data() + info_->position_count),
            info_->register_position_count};
  }
  [[nodiscard]] std::span<const substrate::FunctionNode> nodes() const {
    return {table<substrate::FunctionNode>(register_positions().data() +
                                           info_->register_position_count),
            info_->node_count};
  }
  [[nodiscard]] std::span<const substrate::ErrorHandler> handlers() const {
    return {table<substrate::ErrorHandler>(nodes().data() + info_->node_count),
            info_->handler_count};
  }
  // Who handles an error raised where a frame stands, or null.
  [[nodiscard]] const substrate::ErrorHandler* handler_at(const substrate::SafePoint& point) const {
    return point.handler == 0 ? nullptr : handlers().data() + (point.handler - 1);
  }
  // Who handles an error that the instruction at `pc` raises, or null.
  [[nodiscard]] const substrate::ErrorHandler* handler_around(std::uint32_t pc) const;
  [[nodiscard]] const substrate::ErrorHandler* register_handler_around(std::uint32_t pc) const;
  // The node an instruction stands for, 0 when it cannot fail.
  [[nodiscard]] std::uint32_t entity_at(std::uint32_t pc) const;
  [[nodiscard]] std::uint32_t entity_at_register(std::uint32_t pc) const;
  // What lowering noted about a node, or kNoNote.
  [[nodiscard]] std::uint32_t note_of(std::uint32_t entity) const;
  // The safe point behind the call at a node, kNoNote when it keeps no frame.
  [[nodiscard]] std::uint32_t call_point_of(std::uint32_t entity) const;
  static constexpr std::uint32_t kNoNote = ~std::uint32_t{0};

 private:
  template <class T>
  static const T* table(const void* at) {
    return static_cast<const T*>(at);
  }
  [[nodiscard]] const substrate::Word* words() const { return substrate::record_words(header_); }

  const substrate::ObjectHeader* header_ = nullptr;
  const substrate::FunctionInfo* info_ = nullptr;
};

// The functions of a closure: one, or one an arity.
std::uint32_t arity_count(const substrate::Pin& pin, substrate::Word closure);
Function arity_of(const substrate::Pin& pin, substrate::Word closure, std::uint32_t index);

// The name of a closure's function for messages: "fib", or "a function" when it has none.
std::string_view closure_name(const substrate::Pin& pin, substrate::Word closure);

}  // namespace yin::vm
