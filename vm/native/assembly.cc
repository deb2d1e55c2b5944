#include "vm/native/assembly.h"

#include <utility>

#include "substrate/check.h"
#include "vm/primitive.h"

namespace yin::vm::native {

using Cond = x86::CondCode;

Arithmetic arithmetic_of(RegisterOp op) {
  switch (op) {
    case RegisterOp::kAdd:
    case RegisterOp::kAddInt:
    case RegisterOp::kIncrement:
    case RegisterOp::kReturnAdd:
      return Arithmetic::kAdd;
    case RegisterOp::kSubtract:
    case RegisterOp::kSubtractInt:
    case RegisterOp::kDecrement:
    case RegisterOp::kReturnSubtract:
      return Arithmetic::kSubtract;
    case RegisterOp::kMultiply:
    case RegisterOp::kMultiplyInt:
    case RegisterOp::kReturnMultiply:
      return Arithmetic::kMultiply;
    default:
      substrate::die("no instruction that adds, subtracts or multiplies");
  }
}

Division division_of(RegisterOp op) {
  switch (op) {
    case RegisterOp::kQuotientInt:
      return Division::kQuotient;
    case RegisterOp::kRemainderInt:
      return Division::kRemainder;
    case RegisterOp::kModulusInt:
      return Division::kModulus;
    default:
      substrate::die("no instruction that divides by an integer");
  }
}

Cond condition_of(RegisterOp op) {
  switch (op) {
    case RegisterOp::kLess:
    case RegisterOp::kUnlessLess:
    case RegisterOp::kUnlessLessInt:
      return Cond::kL;
    case RegisterOp::kGreater:
    case RegisterOp::kUnlessGreater:
    case RegisterOp::kUnlessGreaterInt:
      return Cond::kG;
    case RegisterOp::kLessEqual:
    case RegisterOp::kUnlessLessEqual:
    case RegisterOp::kUnlessLessEqualInt:
      return Cond::kLE;
    case RegisterOp::kGreaterEqual:
    case RegisterOp::kUnlessGreaterEqual:
    case RegisterOp::kUnlessGreaterEqualInt:
      return Cond::kGE;
    case RegisterOp::kEqual:
    case RegisterOp::kUnlessEqual:
    case RegisterOp::kUnlessEqualInt:
      return Cond::kE;
    default:
      substrate::die("no instruction that compares");
  }
}

bool holds_int(RegisterOp op) {
  return (op >= RegisterOp::kUnlessLessInt && op <= RegisterOp::kUnlessEqualInt) ||
         (op >= RegisterOp::kAddInt && op <= RegisterOp::kModulusInt);
}

void write_capture(x86::Assembler& a, std::uint32_t index) {
  a.mov(a0, slot(-1));
  a.and_(a0, state(YIN_STATE(offset_mask)));
  a.mov(a0, word_in(a0, substrate::ClosureField::kCaptured + index));
}

void write_division(x86::Assembler& a, Division what, std::int32_t divisor) {
  a.sar(a0, 1);
  a.mov(a1, imm(divisor));
  a.cqo();
  a.idiv(a1);
  const Label done = a.newLabel();
  switch (what) {
    case Division::kQuotient:
      a.mov(a2, a0);
      break;
    case Division::kRemainder:
      break;
    case Division::kModulus:  // of the divisor's sign
      a.test(a2, a2);
      a.jz(done);
      a.mov(a0, a2);
      a.xor_(a0, a1);
      a.jns(done);
      a.add(a2, a1);
      break;
  }
  a.bind(done);
  a.lea(a0, x86::qword_ptr(a2, a2, 0, 1));
}

std::optional<Predicate> predicate_of(std::uint32_t primitive) {
  static const std::pair<std::uint32_t, Predicate> known[] = {
      {builtin::number_of("nil?"), Predicate::kIsNil},
      {builtin::number_of("not"), Predicate::kNot},
      {builtin::number_of("zero?"), Predicate::kIsZero},
      {builtin::number_of("pos?"), Predicate::kIsPositive},
      {builtin::number_of("neg?"), Predicate::kIsNegative},
      {builtin::number_of("even?"), Predicate::kIsEven},
      {builtin::number_of("odd?"), Predicate::kIsOdd},
  };
  for (const auto& [number, predicate] : known) {
    if (number == primitive) return predicate;
  }
  return std::nullopt;
}

x86::CondCode write_predicate(x86::Assembler& a, Predicate p) {
  static_assert(substrate::kNil.bits == 0);
  switch (p) {
    case Predicate::kIsNil:
      a.test(a0, a0);
      return Cond::kE;
    case Predicate::kNot:
      a.test(a0, a0);
      a.set(Cond::kE, a1.r8());
      a.cmp(a0, imm(substrate::kFalse.bits));
      a.set(Cond::kE, a0.r8());
      a.or_(a0.r8(), a1.r8());
      return Cond::kNE;
    case Predicate::kIsZero:
    case Predicate::kIsPositive:
    case Predicate::kIsNegative:
      a.cmp(a0, imm(held(0)));
      return p == Predicate::kIsZero ? Cond::kE : p == Predicate::kIsPositive ? Cond::kG : Cond::kL;
    case Predicate::kIsEven:
    case Predicate::kIsOdd:
      a.test(a0.r8(), 2);
      return p == Predicate::kIsEven ? Cond::kE : Cond::kNE;
  }
  substrate::die("a predicate of no kind");
}

void write_boolean(x86::Assembler& a, x86::CondCode holds) {
  static_assert(substrate::kTrue.bits - substrate::kFalse.bits == 256);
  a.set(holds, a0.r8());
  a.movzx(a0.r32(), a0.r8());
  a.shl(a0.r32(), 8);
  a.add(a0.r32(), imm(substrate::kFalse.bits));
}

}  // namespace yin::vm::native
