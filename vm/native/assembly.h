#pragma once

// What all machine code is written with: the registers that code.h names, where values stand, and
// the words of small integers.
//
// Everything here writes instructions, or names their operands; nothing runs them. Only for what
// makes machine code of this directory: it brings the assembler's names with it.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include <asmjit/x86.h>

#include "substrate/format.h"
#include "substrate/value.h"
#include "vm/native/code.h"
#include "vm/register/code.h"

namespace yin::vm::native {

namespace x86 = asmjit::x86;
using asmjit::imm;
using asmjit::Label;

// See code.h.
inline constexpr x86::Gp kBase = x86::rbx;
inline constexpr x86::Gp kFunction = x86::rbp;
inline constexpr x86::Gp kState = x86::r12;
inline constexpr x86::Gp kFuel = x86::r13;
inline constexpr x86::Gp kDomain = x86::r14;
inline constexpr x86::Gp kEnd = x86::r15;
inline constexpr x86::Gp a0 = x86::rax;
inline constexpr x86::Gp a1 = x86::rcx;
inline constexpr x86::Gp a2 = x86::rdx;

inline x86::Mem slot(std::int64_t n) {
  return x86::qword_ptr(kBase, static_cast<std::int32_t>(n * 8));
}
#define YIN_STATE(field) static_cast<std::int32_t>(offsetof(State, field))
inline x86::Mem state(std::int32_t field) { return x86::qword_ptr(kState, field); }

inline constexpr std::int32_t kHeaderBytes = sizeof(substrate::ObjectHeader);
// Word `n` of the record at `record`.
inline x86::Mem word_at(const x86::Gp& record, std::uint32_t n) {
  return x86::qword_ptr(record, kHeaderBytes + static_cast<std::int32_t>(n * 8));
}
// The same of a record whose offset in the domain is in `offset`.
inline x86::Mem word_in(const x86::Gp& offset, std::uint32_t n) {
  return x86::qword_ptr(kDomain, offset, 0, kHeaderBytes + static_cast<std::int32_t>(n * 8));
}

inline bool fits(std::int64_t n) {
  return n >= std::numeric_limits<std::int32_t>::min() &&
         n <= std::numeric_limits<std::int32_t>::max();
}
inline std::int64_t bits_of(substrate::Word w) { return static_cast<std::int64_t>(w.bits); }
// An integer that an instruction holds, as a word: (value << 1 | 1), see internal/arithmetic.h.
inline std::int64_t held(std::uint32_t word) {
  return bits_of(substrate::int_word(static_cast<std::int32_t>(word)));
}

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply };
enum class Division : std::uint8_t { kQuotient, kRemainder, kModulus };

// Primitives of one operand that say whether something holds of it, of any value or of a small
// integer.
enum class Predicate : std::uint8_t {
  kIsNil,
  kNot,
  kIsZero,
  kIsPositive,
  kIsNegative,
  kIsEven,
  kIsOdd
};
constexpr bool wants_int(Predicate p) { return p >= Predicate::kIsZero; }
// By the primitive's number.
std::optional<Predicate> predicate_of(std::uint32_t primitive);
// Of the value in a0: the condition that says that it holds. Changes a1.
x86::CondCode write_predicate(x86::Assembler& a, Predicate p);

// What an instruction of numbers does; of one that jumps unless something holds, what that is.
Arithmetic arithmetic_of(RegisterOp op);
Division division_of(RegisterOp op);
x86::CondCode condition_of(RegisterOp op);
// Is its last operand an integer that it holds itself, not a slot?
bool holds_int(RegisterOp op);

// The captured value, to a0.
void write_capture(x86::Assembler& a, std::uint32_t index);
// The integer in a0 divided by one that is neither 0 nor -1, to a0. Changes a1 and a2.
void write_division(x86::Assembler& a, Division what, std::int32_t divisor);
// What holds, as a word, to a0.
void write_boolean(x86::Assembler& a, x86::CondCode holds);

}  // namespace yin::vm::native
