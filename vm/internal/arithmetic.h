#pragma once

// Arithmetic on words as machines inline it: small integers here, everything else by the primitive of
// that name.
//
// What overflows 63 bits, mixes kinds or is no number at all is left to the primitive, which also
// says what is wrong. Nothing here has state or allocates but through that.

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "substrate/value.h"
#include "vm/primitive.h"

namespace yin::vm::internal {

// The primitives behind instructions that have a fast path of their own.
struct Generic {
  PrimitiveFunction add, subtract, multiply, quotient, remainder, modulus, less, greater,
      less_equal, greater_equal, increment, decrement, nth, get;
};

inline const Generic& generic() {
  static const Generic table = [] {
    const auto of = [](std::string_view name) {
      return primitives()[builtin::number_of(name)].function;
    };
    return Generic{of("+"), of("-"),  of("*"),  of("quot"), of("rem"), of("mod"), of("<"),
                   of(">"), of("<="), of(">="), of("inc"),  of("dec"), of("nth"), of("get")};
  }();
  return table;
}

// A small integer is (value << 1 | 1), so words of two of them compare as the values do, and sums
// need no unpacking. The result of an operation on 63-bit integers that overflows 63 bits is left
// to the generic primitive, which may box it.
inline std::int64_t as_signed(substrate::Word w) { return static_cast<std::int64_t>(w.bits); }
inline bool both_small(substrate::Word a, substrate::Word b) { return (a.bits & b.bits & 1) != 0; }

inline bool add_small(substrate::Word a, substrate::Word b, substrate::Word& out) {
  std::int64_t sum;
  if (!both_small(a, b) || __builtin_add_overflow(as_signed(a), as_signed(b) - 1, &sum))
    return false;
  out = {static_cast<std::uint64_t>(sum)};
  return true;
}
inline bool subtract_small(substrate::Word a, substrate::Word b, substrate::Word& out) {
  std::int64_t difference;
  if (!both_small(a, b) || __builtin_sub_overflow(as_signed(a), as_signed(b) - 1, &difference))
    return false;
  out = {static_cast<std::uint64_t>(difference)};
  return true;
}
inline bool multiply_small(substrate::Word a, substrate::Word b, substrate::Word& out) {
  std::int64_t product;
  if (!both_small(a, b) || __builtin_mul_overflow(as_signed(a) - 1, as_signed(b) >> 1, &product))
    return false;
  out = {static_cast<std::uint64_t>(product) | 1};
  return true;
}

// Divisors 0 and -1 are left to the primitives, too: the one is an error, the other may overflow.
inline bool divides_small(substrate::Word a, substrate::Word b) {
  return both_small(a, b) && as_signed(b) >> 1 != 0 && as_signed(b) >> 1 != -1;
}
inline bool quotient_small(substrate::Word a, substrate::Word b, substrate::Word& out) {
  if (!divides_small(a, b)) return false;
  out = substrate::int_word((as_signed(a) >> 1) / (as_signed(b) >> 1));
  return true;
}
inline bool remainder_small(substrate::Word a, substrate::Word b, substrate::Word& out) {
  if (!divides_small(a, b)) return false;
  out = substrate::int_word((as_signed(a) >> 1) % (as_signed(b) >> 1));
  return true;
}
// Of the divisor's sign.
inline bool modulus_small(substrate::Word a, substrate::Word b, substrate::Word& out) {
  if (!divides_small(a, b)) return false;
  const std::int64_t divisor = as_signed(b) >> 1;
  const std::int64_t rest = (as_signed(a) >> 1) % divisor;
  out = substrate::int_word(rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest);
  return true;
}

enum class Truth : std::uint8_t { kFalse, kTrue, kSignalled };

using Holds = bool (*)(std::int64_t, std::int64_t);
constexpr bool less(std::int64_t a, std::int64_t b) { return a < b; }
constexpr bool greater(std::int64_t a, std::int64_t b) { return a > b; }
constexpr bool less_equal(std::int64_t a, std::int64_t b) { return a <= b; }
constexpr bool greater_equal(std::int64_t a, std::int64_t b) { return a >= b; }

// Of two doubles that stand in their words; the result may not (then false).
[[gnu::always_inline]] inline bool both_doubles(substrate::Word a, substrate::Word b) {
  return substrate::is_flonum(a) && substrate::is_flonum(b);
}
template <class Operation>
[[gnu::always_inline]] inline bool calculate_doubles(substrate::Word a, substrate::Word b,
                                                     Operation operation, substrate::Word& out) {
  if (!both_doubles(a, b)) return false;
  const double v = operation(substrate::flonum(a), substrate::flonum(b));
  if (!substrate::fits_flonum(v)) return false;
  out = substrate::flonum_word(v);
  return true;
}

template <Holds kHolds>
[[gnu::noinline]] inline Truth compare_slowly(PrimitiveContext& c, PrimitiveFunction function,
                                              substrate::Word a, substrate::Word b) {
  if (both_doubles(a, b)) {  // neither is NaN
    const double x = substrate::flonum(a);
    const double y = substrate::flonum(b);
    return kHolds(x < y ? -1 : x > y ? 1 : 0, 0) ? Truth::kTrue : Truth::kFalse;
  }
  const substrate::Word arguments[] = {a, b};
  const substrate::Word result = function(c, std::span<const substrate::Word>(arguments));
  return result == kSignalled         ? Truth::kSignalled
         : result == substrate::kTrue ? Truth::kTrue
                                      : Truth::kFalse;
}

template <Holds kHolds>
[[gnu::always_inline]] inline Truth compare(PrimitiveContext& c, PrimitiveFunction slow,
                                            substrate::Word a, substrate::Word b) {
  if (both_small(a, b)) [[likely]]
    return kHolds(as_signed(a), as_signed(b)) ? Truth::kTrue : Truth::kFalse;
  return compare_slowly<kHolds>(c, slow, a, b);
}

[[gnu::always_inline]] inline Truth equality(const substrate::Pin& pin, substrate::Word a,
                                             substrate::Word b) {
  if (a == b) return Truth::kTrue;
  if (both_small(a, b)) return Truth::kFalse;
  return substrate::equal(pin, a, b) ? Truth::kTrue : Truth::kFalse;
}

[[gnu::noinline]] inline substrate::Word call_slowly(PrimitiveContext& c,
                                                     PrimitiveFunction function, substrate::Word a,
                                                     substrate::Word b) {
  const substrate::Word arguments[] = {a, b};
  return function(c, std::span<const substrate::Word>(arguments));
}

// What the fast paths of +, - and * leave.
[[gnu::noinline]] inline substrate::Word add_slowly(PrimitiveContext& c, substrate::Word a,
                                                    substrate::Word b) {
  substrate::Word sum;
  return calculate_doubles(a, b, std::plus<>(), sum) ? sum : call_slowly(c, generic().add, a, b);
}
[[gnu::noinline]] inline substrate::Word subtract_slowly(PrimitiveContext& c, substrate::Word a,
                                                         substrate::Word b) {
  substrate::Word difference;
  return calculate_doubles(a, b, std::minus<>(), difference)
             ? difference
             : call_slowly(c, generic().subtract, a, b);
}
[[gnu::noinline]] inline substrate::Word multiply_slowly(PrimitiveContext& c, substrate::Word a,
                                                         substrate::Word b) {
  substrate::Word product;
  return calculate_doubles(a, b, std::multiplies<>(), product)
             ? product
             : call_slowly(c, generic().multiply, a, b);
}

}  // namespace yin::vm::internal
