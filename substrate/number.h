#pragma once

// Numbers: integers of any size, ratios, doubles, and exact arithmetic on them, as Clojure's +' and
// -' have it.
//
//   integer   63 bits in the word; 64 bits boxed; beyond, a big integer (kBigInt)
//   ratio     numerator / denominator: reduced, denominator > 1 (kRatio)
//   double    catches: an operation with one gives one
//
// Every number has one representation: a big integer never fits 64 bits, a ratio is never an
// integer. So (= 1 1N) holds because there is no 1N, and equality needs no arithmetic. compare()
// puts numbers of all kinds in the order of their exact values.
//
// A big integer has at most kBigIntLimbsMax limbs, 262,144 bits or 78,913 digits: what would be
// larger is a fault, so that no operation takes long. The methods are the schoolbook's (Knuth, The
// Art of Computer Programming, volume 2, 4.3.1) and Lehmer's for divisors (4.5.2): for n limbs
// adding takes n steps; multiplying, dividing, reducing and decimal text n * n, some 20 to 100 ms
// at the limit.
//
// Operands are numbers (is_number), results stand in the edit's memory. What a program does wrong is
// a fault of the result, for the vm to tell it; nothing here is a Status. Results of 64 bits are
// made without allocation other than theirs.

#include <cstdint>
#include <string>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

inline bool is_big_int(Word w) { return is_object(w, ObjectKind::kBigInt); }
inline bool is_integer(Word w) { return is_int(w) || is_big_int(w); }  // of any size
inline bool is_ratio(Word w) { return is_object(w, ObjectKind::kRatio); }
inline bool is_exact(Word w) { return is_integer(w) || is_ratio(w); }
inline bool is_number(Word w) { return is_exact(w) || is_double(w); }

inline Word numerator(const Pin& pin, Word ratio) {
  return field(pin, ratio, RatioField::kNumerator);
}
inline Word denominator(const Pin& pin, Word ratio) {
  return field(pin, ratio, RatioField::kDenominator);
}

enum class NumberFault : std::uint8_t {
  kNone,
  kDivideByZero,
  kTooLarge,   // beyond kBigIntLimbsMax
  kNoInteger,  // an infinity or NaN was to become one
};
std::string_view message_of(NumberFault fault);  // "divide by zero"

struct [[nodiscard]] NumberResult {
  Word word;
  NumberFault fault = NumberFault::kNone;
  [[nodiscard]] bool ok() const { return fault == NumberFault::kNone; }
};

NumberResult add(Edit& edit, Word a, Word b);
NumberResult subtract(Edit& edit, Word a, Word b);
NumberResult multiply(Edit& edit, Word a, Word b);
// Exact when both are: an integer or a ratio. By an exact 0: a fault; by 0.0 as IEEE 754 has it.
NumberResult divide(Edit& edit, Word a, Word b);
// Towards zero, and what it leaves, with the sign of `a`. Of doubles, doubles.
NumberResult quotient(Edit& edit, Word a, Word b);
NumberResult remainder(Edit& edit, Word a, Word b);
// Like the remainder, with the sign of `b`: towards minus infinity.
NumberResult modulus(Edit& edit, Word a, Word b);
NumberResult negate(Edit& edit, Word a);
// Of integers as two's complement has them, the sign going on for ever.
NumberResult bit_and(Edit& edit, Word a, Word b);
NumberResult bit_or(Edit& edit, Word a, Word b);
NumberResult bit_xor(Edit& edit, Word a, Word b);

// Is a ratio's denominator more than 1, and without a divisor it shares with the numerator? All that
// is made here are; verify asks of what it finds.
bool is_reduced(const Pin& pin, Word ratio);
int sign_of(const Pin& pin, Word a);  // -1, 0, 1; of NaN 0
// The integer towards zero from `a`.
NumberResult to_integer(Edit& edit, Word a);
// The nearest double, ties to even; an infinity when `a` is too large for one.
double to_real(const Pin& pin, Word a);
// -1, 0, 1 by exact value; all NaN are one, behind everything else. 1, 1.0 and 2/2 are in one place.
int compare_numbers(const Pin& pin, Word a, Word b);

// Digits of the base, 2 to 36, one or more. The caller looked that there is nothing else.
NumberResult parse_integer(Edit& edit, std::string_view digits, bool negative, unsigned base = 10);
NumberResult parse_ratio(Edit& edit, std::string_view numerator, std::string_view denominator,
                         bool negative);
// Of an exact number: "-12", "3/4"; a big integer's digits alone, without an N.
void append_exact(std::string& out, const Pin& pin, Word a);
// Of an integer, in a base of 2 to 36, with small letters: "-ff".
void append_in_base(std::string& out, const Pin& pin, Word a, unsigned base);

}  // namespace yin::substrate
