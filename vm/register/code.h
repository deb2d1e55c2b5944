#pragma once

// The instructions of the register projection.
//
// They work on the slots that code.h numbers, each operand where it stands: what the stack
// projection pushes to a place, an instruction here writes there. So both have the same live slots
// at the same safe points, and leave the same frames.
//
// An instruction is 32 bits, the operation in the lowest 8 and an operand of 24 above (a slot, if
// nothing else is said), and words of its own. Code stands in domains: operations are numbered for
// good, append only.

#include <cstdint>

namespace yin::vm {

// A comment gives the operand, then the words. d, x, y: slots, d the one that is written.
// Distances count from behind the instruction.
enum class RegisterOp : std::uint8_t {
  kInvalid = 0,
  kMove = 1,      // d; x
  kConstant = 2,  // d; index
  kInt = 3,       // d; integer
  kCapture = 4,   // d; index
  kSelf = 5,      // d
  kGlobal = 6,    // d; index of a var ref
  kJump = 7,      // nothing; distance
  kJumpIf = 8,    // x; distance
  kJumpUnless = 9,
  kUnlessLess = 10,  // x; y; distance: jumps unless it holds
  kUnlessGreater = 11,
  kUnlessLessEqual = 12,
  kUnlessGreaterEqual = 13,
  kUnlessEqual = 14,
  kUnlessLessInt = 15,  // x; integer; distance
  kUnlessGreaterInt = 16,
  kUnlessLessEqualInt = 17,
  kUnlessGreaterEqualInt = 18,
  kUnlessEqualInt = 19,
  kCall = 20,            // d; argument count; safe point: the callee at d, the arguments behind it
  kCallSelf = 21,        // the same; the callee is this very function, d is written
  kTailCall = 22,        // d; argument count
  kTailSelf = 23,        // d; argument count
  kReturn = 24,          // x
  kReturnConstant = 25,  // index
  kReturnInt = 26,       // nothing; integer
  kPrimitive = 27,       // d; primitive; argument count: the arguments at d
  kPrimitive1 = 28,      // d; primitive; x
  kPrimitive2 = 29,      // d; primitive; x; y
  kDefine = 30,          // d; index of a var ref; safe point
  kTailDefine = 31,      // x; index of a var ref
  kClosure = 32,         // d; index of a function, or of a vector of them
  kVector = 33,          // d; count: items at d
  kMap = 34,             // d; count of keys and values
  kSet = 35,             // d; count
  kLoop = 36,            // nothing; distance; safe point: goes back
  kLoopMove = 37,        // d; x; distance; safe point: moves first
  kAdd = 38,             // d; x; y
  kSubtract = 39,
  kMultiply = 40,
  kQuotient = 41,
  kRemainder = 42,
  kModulus = 43,
  kLess = 44,
  kGreater = 45,
  kLessEqual = 46,
  kGreaterEqual = 47,
  kEqual = 48,
  kAddInt = 49,  // d; x; integer
  kSubtractInt = 50,
  kMultiplyInt = 51,
  kQuotientInt = 52,  // the integer is neither 0 nor -1
  kRemainderInt = 53,
  kModulusInt = 54,
  kIncrement = 55,  // d; x
  kDecrement = 56,
  kNth = 57,        // d; x; y
  kGet = 58,        // d; x; y
  kReturnAdd = 59,  // x; y
  kReturnSubtract = 60,
  kReturnMultiply = 61,
  kEnd = 62
};

// How many words follow the instruction.
constexpr std::uint32_t extra_words(RegisterOp op) {
  switch (op) {
    case RegisterOp::kInvalid:
    case RegisterOp::kEnd:
    case RegisterOp::kSelf:
    case RegisterOp::kReturn:
    case RegisterOp::kReturnConstant:
      return 0;
    case RegisterOp::kMove:
    case RegisterOp::kConstant:
    case RegisterOp::kInt:
    case RegisterOp::kCapture:
    case RegisterOp::kGlobal:
    case RegisterOp::kJump:
    case RegisterOp::kJumpIf:
    case RegisterOp::kJumpUnless:
    case RegisterOp::kTailCall:
    case RegisterOp::kTailSelf:
    case RegisterOp::kReturnInt:
    case RegisterOp::kTailDefine:
    case RegisterOp::kClosure:
    case RegisterOp::kVector:
    case RegisterOp::kMap:
    case RegisterOp::kSet:
    case RegisterOp::kIncrement:
    case RegisterOp::kDecrement:
    case RegisterOp::kReturnAdd:
    case RegisterOp::kReturnSubtract:
    case RegisterOp::kReturnMultiply:
      return 1;
    case RegisterOp::kPrimitive2:
    case RegisterOp::kLoopMove:
      return 3;
    default:
      return 2;
  }
}

constexpr std::uint32_t encode(RegisterOp op, std::uint32_t operand = 0) {
  return operand << 8 | static_cast<std::uint32_t>(op);
}
constexpr RegisterOp register_op_of(std::uint32_t instruction) {
  return static_cast<RegisterOp>(instruction & 0xff);
}

}  // namespace yin::vm
