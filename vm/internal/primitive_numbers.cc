// Arithmetic, comparison, predicates and bits. Integers grow as they need, quotients of integers are
// ratios (substrate/number.h); bits and unchecked arithmetic are of 64 bits, as in Clojure.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "substrate/intern.h"
#include "substrate/literal.h"
#include "substrate/number.h"
#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::boolean_word;
using substrate::Word;

namespace {

using substrate::is_number;
using substrate::NumberResult;
using substrate::to_real;

bool number_argument(PrimitiveContext& c, std::string_view name, Word w) {
  if (is_number(w)) return true;
  c.wrong_type(name, w, "numbers");
  return false;
}

Word result(PrimitiveContext& c, std::string_view name, const NumberResult& r) {
  if (r.ok()) return r.word;
  if (r.fault == substrate::NumberFault::kDivideByZero)
    return c.fail("arithmetic", "division by zero in " + std::string(name));
  const bool too_large = r.fault == substrate::NumberFault::kTooLarge;
  return c.fail("arithmetic", std::string(name) + (too_large ? ": the result would be " : ": ") +
                                  std::string(substrate::message_of(r.fault)));
}

using Operation = NumberResult (*)(substrate::Edit& edit, Word a, Word b);

// What an operation on exact numbers may add to the step's memory: a ratio of the largest.
constexpr std::uint64_t kRoomForNumber = 2 * std::uint64_t{substrate::kBigIntLimbsMax};

Word apply(PrimitiveContext& c, std::string_view name, Operation operation, Word a, Word b) {
  if (!number_argument(c, name, a) || !number_argument(c, name, b)) return kSignalled;
  const bool large = !substrate::is_int(a) || !substrate::is_int(b);
  if (large && !has_room(c, name, kRoomForNumber)) return kSignalled;
  return result(c, name, operation(c.edit, a, b));
}

Word fold(PrimitiveContext& c, std::string_view name, Word start, Arguments a,
          Operation operation) {
  for (const Word w : a) {
    start = apply(c, name, operation, start, w);
    if (start == kSignalled) break;
  }
  return start;
}

constexpr Word kZero = substrate::int_word(0);
constexpr Word kOne = substrate::int_word(1);

Word add(PrimitiveContext& c, Arguments a) {
  if (a.size() == 2) return apply(c, "+", substrate::add, a[0], a[1]);
  return fold(c, "+", kZero, a, substrate::add);
}
Word multiply(PrimitiveContext& c, Arguments a) {
  if (a.size() == 2) return apply(c, "*", substrate::multiply, a[0], a[1]);
  return fold(c, "*", kOne, a, substrate::multiply);
}
Word subtract(PrimitiveContext& c, Arguments a) {
  if (a.size() > 1) return fold(c, "-", a[0], a.subspan(1), substrate::subtract);
  if (!number_argument(c, "-", a[0])) return kSignalled;
  return result(c, "-", substrate::negate(c.edit, a[0]));  // not from 0: (- 0.0) is -0.0
}
Word divide(PrimitiveContext& c, Arguments a) {
  if (a.size() == 1) return apply(c, "/", substrate::divide, kOne, a[0]);
  return fold(c, "/", a[0], a.subspan(1), substrate::divide);
}
Word increment(PrimitiveContext& c, Arguments a) {
  return apply(c, "inc", substrate::add, a[0], kOne);
}
Word decrement(PrimitiveContext& c, Arguments a) {
  return apply(c, "dec", substrate::subtract, a[0], kOne);
}
Word quotient(PrimitiveContext& c, Arguments a) {
  return apply(c, "quot", substrate::quotient, a[0], a[1]);
}
Word remainder(PrimitiveContext& c, Arguments a) {
  return apply(c, "rem", substrate::remainder, a[0], a[1]);
}
Word modulus(PrimitiveContext& c, Arguments a) {
  return apply(c, "mod", substrate::modulus, a[0], a[1]);
}

// ------------------------------------------------------------------------------------ comparison

// Beside a double, as doubles: what is exact is rounded first, as Clojure does.
using Comparison = bool (*)(const substrate::Pin& pin, Word a, Word b);

template <class Compare>
bool holds_between(const substrate::Pin& pin, Word a, Word b, Compare compare) {
  if (substrate::is_double(a) || substrate::is_double(b))
    return compare(to_real(pin, a), to_real(pin, b));
  return compare(substrate::compare_numbers(pin, a, b), 0);
}
bool less(const substrate::Pin& pin, Word a, Word b) {
  return holds_between(pin, a, b, std::less<>());
}
bool less_equal(const substrate::Pin& pin, Word a, Word b) {
  return holds_between(pin, a, b, std::less_equal<>());
}
bool same_number(const substrate::Pin& pin, Word a, Word b) {
  return holds_between(pin, a, b, std::equal_to<>());
}

// Every argument is checked, also behind the pair that decides, so that a type error never depends
// on values.
Word chain(PrimitiveContext& c, std::string_view name, Arguments a, Comparison holds) {
  if (!number_argument(c, name, a[0])) return kSignalled;
  bool all = true;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (!number_argument(c, name, a[i])) return kSignalled;
    all = all && holds(c.pin(), a[i - 1], a[i]);
  }
  return boolean_word(all);
}

Word less_than(PrimitiveContext& c, Arguments a) { return chain(c, "<", a, less); }
Word greater_than(PrimitiveContext& c, Arguments a) {
  return chain(c, ">", a,
               [](const substrate::Pin& pin, Word x, Word y) { return less(pin, y, x); });
}
Word at_most(PrimitiveContext& c, Arguments a) { return chain(c, "<=", a, less_equal); }
Word at_least(PrimitiveContext& c, Arguments a) {
  return chain(c, ">=", a,
               [](const substrate::Pin& pin, Word x, Word y) { return less_equal(pin, y, x); });
}
Word equal_numbers(PrimitiveContext& c, Arguments a) { return chain(c, "==", a, same_number); }

bool all_equal(PrimitiveContext& c, Arguments a) {
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (!substrate::equal(c.pin(), a[i - 1], a[i])) return false;
  }
  return true;
}
Word equals(PrimitiveContext& c, Arguments a) { return boolean_word(all_equal(c, a)); }
Word not_equals(PrimitiveContext& c, Arguments a) { return boolean_word(!all_equal(c, a)); }
Word identical(PrimitiveContext&, Arguments a) { return boolean_word(a[0] == a[1]); }
Word compare(PrimitiveContext& c, Arguments a) {
  const int order = substrate::compare(c.pin(), a[0], a[1]);
  return substrate::int_word(order < 0 ? -1 : order > 0 ? 1 : 0);
}
Word hash_code(PrimitiveContext& c, Arguments a) {
  const auto h = static_cast<std::int64_t>(substrate::hash(c.pin(), a[0]) >> 2);
  return substrate::int_word(h);
}

bool not_a_number(const substrate::Pin& pin, Word w) {
  return substrate::is_double(w) && std::isnan(substrate::to_double(pin, w));
}

Word choose(PrimitiveContext& c, std::string_view name, Arguments a, Comparison better) {
  Word best = a[0];
  for (const Word w : a) {
    if (!number_argument(c, name, w)) return kSignalled;
    if (not_a_number(c.pin(), best)) continue;
    if (not_a_number(c.pin(), w) || better(c.pin(), w, best)) best = w;
  }
  return best;
}
Word minimum(PrimitiveContext& c, Arguments a) { return choose(c, "min", a, less); }
Word maximum(PrimitiveContext& c, Arguments a) {
  return choose(c, "max", a,
                [](const substrate::Pin& pin, Word x, Word y) { return less(pin, y, x); });
}

Word absolute(PrimitiveContext& c, Arguments a) {
  if (!number_argument(c, "abs", a[0])) return kSignalled;
  if (substrate::is_double(a[0]))
    return substrate::from_double(c.edit, std::fabs(substrate::to_double(c.pin(), a[0])));
  if (substrate::sign_of(c.pin(), a[0]) >= 0) return a[0];
  return result(c, "abs", substrate::negate(c.edit, a[0]));
}

// ------------------------------------------------------------------------------------ predicates

template <bool (*Test)(Word)>
Word when(PrimitiveContext&, Arguments a) {
  return boolean_word(Test(a[0]));
}

bool nothing(Word w) { return substrate::is_nil(w); }
bool something(Word w) { return !substrate::is_nil(w); }
bool is_true(Word w) { return w == substrate::kTrue; }
bool is_false(Word w) { return w == substrate::kFalse; }
bool falsy(Word w) { return !substrate::truthy(w); }
bool fixed_integer(Word w) { return substrate::is_int(w); }
bool integer(Word w) { return substrate::is_integer(w); }
bool real(Word w) { return substrate::is_double(w); }
bool boolean(Word w) { return substrate::is_boolean(w); }
bool character(Word w) { return substrate::is_character(w); }
bool text(Word w) { return substrate::is_string(w); }
bool keyword(Word w) { return substrate::is_keyword(w); }
bool symbol(Word w) { return substrate::is_symbol(w); }
bool identifier(Word w) { return keyword(w) || symbol(w); }
bool vector(Word w) { return substrate::Vector::is(w); }
bool list(Word w) { return substrate::List::is(w); }
bool map(Word w) { return is_map(w); }
bool set(Word w) { return is_set(w); }
bool sorted(Word w) { return substrate::SortedMap::is(w) || substrate::SortedSet::is(w); }
bool anything(Word) { return true; }
bool ratio(Word w) { return substrate::is_ratio(w); }
bool rational(Word w) { return substrate::is_exact(w); }
bool reversible(Word w) { return vector(w) || sorted(w); }
bool bytes(Word w) { return substrate::is_bytes(w); }
bool instant(Word w) { return substrate::is_instant(w); }
bool uuid(Word w) { return substrate::is_uuid(w); }
bool tagged(Word w) { return substrate::is_tagged(w); }

// Is it a keyword or symbol, of the wanted ones, with a namespace or without?
template <bool (*Kind)(Word), bool kQualified>
Word when_name(PrimitiveContext& c, Arguments a) {
  if (!Kind(a[0])) return substrate::kFalse;
  const std::string_view name = substrate::name_of(c.pin(), a[0]);
  return boolean_word((name.size() > 1 && name.find('/') != std::string_view::npos) == kQualified);
}
bool sequential(Word w) { return vector(w) || list(w); }
bool collection(Word w) { return sequential(w) || map(w) || set(w); }
bool sequable(Word w) { return collection(w) || text(w) || nothing(w); }
bool counted(Word w) { return collection(w); }
bool function(Word w) {
  return substrate::is_object(w, substrate::ObjectKind::kClosure) || substrate::is_primitive(w) ||
         substrate::is_object(w, substrate::ObjectKind::kContinuation);
}
bool callable(Word w) { return function(w) || identifier(w) || map(w) || set(w) || vector(w); }
bool atom(Word w) { return substrate::is_root(w, substrate::RootKind::kAtom); }
bool agent(Word w) { return substrate::is_root(w, substrate::RootKind::kAgent); }
bool stream(Word w) { return substrate::is_root(w, substrate::RootKind::kStream); }
bool cursor(Word w) { return substrate::is_root(w, substrate::RootKind::kCursor); }

// A name as a template argument, so that one body serves functions that differ in a test and in
// what errors call them.
template <std::size_t kSize>
struct Name {
  char text[kSize]{};
  constexpr Name(const char (&from)[kSize]) {
    std::copy(from, from + kSize, text);
  }  // NOLINT(google-explicit-constructor): a literal
  [[nodiscard]] constexpr std::string_view view() const { return {text, kSize - 1}; }
};

template <Name kName, bool (*Test)(const substrate::Pin&, Word)>
Word when_number(PrimitiveContext& c, Arguments a) {
  if (!number_argument(c, kName.view(), a[0])) return kSignalled;
  return boolean_word(Test(c.pin(), a[0]));
}
bool zero(const substrate::Pin& pin, Word w) {
  return w == kZero || (substrate::is_double(w) && substrate::to_double(pin, w) == 0);
}
bool positive(const substrate::Pin& pin, Word w) { return substrate::sign_of(pin, w) > 0; }
bool negative(const substrate::Pin& pin, Word w) { return substrate::sign_of(pin, w) < 0; }
bool infinite(const substrate::Pin& pin, Word w) {
  return substrate::is_double(w) && std::isinf(substrate::to_double(pin, w));
}

Word parity(PrimitiveContext& c, std::string_view name, Word w, bool wanted) {
  if (!integer(w)) return c.wrong_type(name, w, "an integer");
  if (!fixed_integer(w)) {
    if (!has_room(c, name, 2)) return kSignalled;
    return boolean_word((substrate::remainder(c.edit, w, substrate::int_word(2)).word != kZero) ==
                        wanted);
  }
  return boolean_word(((substrate::to_int(c.pin(), w) & 1) != 0) == wanted);
}
Word even(PrimitiveContext& c, Arguments a) { return parity(c, "even?", a[0], false); }
Word odd(PrimitiveContext& c, Arguments a) { return parity(c, "odd?", a[0], true); }
// Of 64 bits, as int?.
Word positive_integer(PrimitiveContext& c, Arguments a) {
  return boolean_word(fixed_integer(a[0]) && positive(c.pin(), a[0]));
}
Word negative_integer(PrimitiveContext& c, Arguments a) {
  return boolean_word(fixed_integer(a[0]) && negative(c.pin(), a[0]));
}
Word natural_integer(PrimitiveContext& c, Arguments a) {
  return boolean_word(fixed_integer(a[0]) && !negative(c.pin(), a[0]));
}

// ------------------------------------------------------------------------------------ bits

using BitStep = std::int64_t (*)(std::int64_t, std::int64_t);

Word bits(PrimitiveContext& c, std::string_view name, Arguments a, BitStep step) {
  std::int64_t total;
  if (!integer_argument(c, name, a[0], total)) return kSignalled;
  for (const Word w : a.subspan(1)) {
    std::int64_t v;
    if (!integer_argument(c, name, w, v)) return kSignalled;
    total = step(total, v);
  }
  return substrate::from_int(c.edit, total);
}

std::uint64_t unsigned_of(std::int64_t v) { return static_cast<std::uint64_t>(v); }
std::int64_t signed_of(std::uint64_t v) { return static_cast<std::int64_t>(v); }

Word bit_and(PrimitiveContext& c, Arguments a) {
  return bits(c, "bit-and", a, [](std::int64_t x, std::int64_t y) { return x & y; });
}
Word bit_or(PrimitiveContext& c, Arguments a) {
  return bits(c, "bit-or", a, [](std::int64_t x, std::int64_t y) { return x | y; });
}
Word bit_xor(PrimitiveContext& c, Arguments a) {
  return bits(c, "bit-xor", a, [](std::int64_t x, std::int64_t y) { return x ^ y; });
}
Word bit_and_not(PrimitiveContext& c, Arguments a) {
  return bits(c, "bit-and-not", a, [](std::int64_t x, std::int64_t y) { return x & ~y; });
}
Word bit_not(PrimitiveContext& c, Arguments a) {
  std::int64_t v;
  if (!integer_argument(c, "bit-not", a[0], v)) return kSignalled;
  return substrate::from_int(c.edit, ~v);
}
// Shift counts are taken modulo 64, as on the JVM.
Word shift_left(PrimitiveContext& c, Arguments a) {
  return bits(c, "bit-shift-left", a,
              [](std::int64_t x, std::int64_t y) { return signed_of(unsigned_of(x) << (y & 63)); });
}
Word shift_right(PrimitiveContext& c, Arguments a) {
  return bits(c, "bit-shift-right", a,
              [](std::int64_t x, std::int64_t y) { return x >> (y & 63); });
}
Word unsigned_shift_right(PrimitiveContext& c, Arguments a) {
  return bits(c, "unsigned-bit-shift-right", a,
              [](std::int64_t x, std::int64_t y) { return signed_of(unsigned_of(x) >> (y & 63)); });
}
Word bit_test(PrimitiveContext& c, Arguments a) {
  std::int64_t v, n;
  if (!integer_argument(c, "bit-test", a[0], v) || !integer_argument(c, "bit-test", a[1], n)) {
    return kSignalled;
  }
  return boolean_word((unsigned_of(v) >> (n & 63) & 1) != 0);
}

// ------------------------------------------------------------------------------------ conversion

// An integer that must fit 64 bits.
Word within_64_bits(PrimitiveContext& c, std::string_view name, const NumberResult& r) {
  if (r.ok() && fixed_integer(r.word)) return r.word;
  return c.fail("arithmetic", std::string(name) + ": the number is outside 64 bits");
}

Word as_integer(PrimitiveContext& c, Arguments a) {
  if (substrate::is_character(a[0])) {
    return substrate::int_word(static_cast<std::int64_t>(substrate::payload(a[0])));
  }
  if (!number_argument(c, "int", a[0]) || !has_room(c, "int", kRoomForNumber)) return kSignalled;
  return within_64_bits(c, "int", substrate::to_integer(c.edit, a[0]));
}
Word as_double(PrimitiveContext& c, Arguments a) {
  if (!number_argument(c, "double", a[0])) return kSignalled;
  return substrate::from_double(c.edit, to_real(c.pin(), a[0]));
}

// A string's digits, or the whole part of a number.
Word as_big_integer(PrimitiveContext& c, Arguments a) {
  if (!has_room(c, "bigint", kRoomForNumber)) return kSignalled;
  if (is_number(a[0])) return result(c, "bigint", substrate::to_integer(c.edit, a[0]));
  if (!substrate::is_string(a[0])) return c.wrong_type("bigint", a[0], "a number or its digits");
  const substrate::StringView text(c.pin(), a[0]);
  std::string_view digits = text.view();
  const bool minus = digits.starts_with('-');
  if (minus || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos)
    return c.fail("argument", "bigint: " + describe_value(c.pin(), a[0]) + " is no integer");
  return result(c, "bigint", substrate::parse_integer(c.edit, digits, minus));
}

// The exact number that a double's shortest decimal text means: 1/10 for 0.1.
Word rationalize(PrimitiveContext& c, Arguments a) {
  if (!number_argument(c, "rationalize", a[0])) return kSignalled;
  if (!substrate::is_double(a[0])) return a[0];
  const double v = substrate::to_double(c.pin(), a[0]);
  if (!std::isfinite(v))
    return c.fail("arithmetic", "rationalize: an infinity or NaN is no exact number");
  // %.17g of what to_chars would give; libc++ 18 has no to_chars for doubles.
  std::string text;
  for (int precision = 1; precision <= 17; ++precision) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.*e", precision - 1, std::fabs(v));
    text = buffer;
    if (std::strtod(buffer, nullptr) == std::fabs(v)) break;
  }
  const std::size_t at = text.find('e');
  int exponent = std::stoi(text.substr(at + 1));
  std::string digits = text.substr(0, at);
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<int>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  std::string below = "1";
  (exponent < 0 ? below : digits).append(static_cast<std::size_t>(std::abs(exponent)), '0');
  if (!has_room(c, "rationalize", kRoomForNumber)) return kSignalled;
  return result(c, "rationalize", substrate::parse_ratio(c.edit, digits, below, std::signbit(v)));
}

Word numerator_of(PrimitiveContext& c, Arguments a) {
  if (!ratio(a[0])) return c.wrong_type("numerator", a[0], "a ratio");
  return substrate::numerator(c.pin(), a[0]);
}
Word denominator_of(PrimitiveContext& c, Arguments a) {
  if (!ratio(a[0])) return c.wrong_type("denominator", a[0], "a ratio");
  return substrate::denominator(c.pin(), a[0]);
}

Word as_character(PrimitiveContext& c, Arguments a) {
  if (substrate::is_character(a[0])) return a[0];
  std::int64_t v;
  if (!integer_argument(c, "char", a[0], v)) return kSignalled;
  if (v < 0 || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) {
    return c.fail("argument", "char: " + std::to_string(v) + " is no code point");
  }
  return substrate::character_word(static_cast<char32_t>(v));
}
// One bit of an integer, set, cleared or turned.
template <Name kName, std::uint64_t (*Change)(std::uint64_t, std::uint64_t)>
Word change_bit(PrimitiveContext& c, Arguments a) {
  std::int64_t v, index;
  if (!integer_argument(c, kName.view(), a[0], v) ||
      !integer_argument(c, kName.view(), a[1], index))
    return kSignalled;
  const std::uint64_t bit = std::uint64_t{1} << (static_cast<std::uint64_t>(index) & 63);
  return substrate::from_int(c.edit,
                             static_cast<std::int64_t>(Change(static_cast<std::uint64_t>(v), bit)));
}
std::uint64_t with_bit(std::uint64_t v, std::uint64_t bit) { return v | bit; }
std::uint64_t without_bit(std::uint64_t v, std::uint64_t bit) { return v & ~bit; }
std::uint64_t other_bit(std::uint64_t v, std::uint64_t bit) { return v ^ bit; }

// Arithmetic modulo 2^64.
template <Name kName, std::uint64_t (*Operation)(std::uint64_t, std::uint64_t)>
Word wrapping(PrimitiveContext& c, Arguments a) {
  std::int64_t x, y = 1;
  if (!integer_argument(c, kName.view(), a[0], x)) return kSignalled;
  if (a.size() == 2 && !integer_argument(c, kName.view(), a[1], y)) return kSignalled;
  return substrate::from_int(
      c.edit, static_cast<std::int64_t>(
                  Operation(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y))));
}
std::uint64_t wrapped_sum(std::uint64_t x, std::uint64_t y) { return x + y; }
std::uint64_t wrapped_difference(std::uint64_t x, std::uint64_t y) { return x - y; }
std::uint64_t wrapped_product(std::uint64_t x, std::uint64_t y) { return x * y; }
std::uint64_t wrapped_negation(std::uint64_t x, std::uint64_t) { return 0 - x; }

Word same_number_back(PrimitiveContext& c, Arguments a) {
  return number_argument(c, "num", a[0]) ? a[0] : kSignalled;
}

Word parse_boolean(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "parse-boolean", a[0])) return kSignalled;
  const substrate::StringView text(c.pin(), a[0]);
  if (text.view() == "true") return substrate::kTrue;
  return text.view() == "false" ? substrate::kFalse : substrate::kNil;
}

Word instant_millis(PrimitiveContext& c, Arguments a) {
  if (!instant(a[0])) return c.wrong_type("inst-ms", a[0], "an instant");
  return substrate::from_int(c.edit, substrate::to_millis(c.pin(), a[0]));
}

Word as_boolean(PrimitiveContext&, Arguments a) { return boolean_word(substrate::truthy(a[0])); }

Word parse_integer(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "parse-long", a[0])) return kSignalled;
  std::string digits = substrate::to_string(c.pin(), a[0]);
  const char* from = digits.data() + (digits.starts_with("+") && !digits.starts_with("+-") ? 1 : 0);
  const char* end = digits.data() + digits.size();
  std::int64_t v = 0;
  const auto result = std::from_chars(from, end, v);
  if (result.ec != std::errc() || result.ptr != end) return substrate::kNil;
  return substrate::from_int(c.edit, v);
}

Word parse_double(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "parse-double", a[0])) return kSignalled;
  const std::string digits = substrate::to_string(c.pin(), a[0]);
  // strtod takes hexadecimal, "inf" and leading blanks too: let only plain decimal numbers through.
  const bool plain =
      !digits.empty() && digits.find_first_not_of("0123456789+-.eE") == std::string::npos;
  char* end = nullptr;
  const double v = plain ? std::strtod(digits.c_str(), &end) : 0;
  if (!plain || end != digits.c_str() + digits.size()) return substrate::kNil;
  return substrate::from_double(c.edit, v);
}

template <Name kName, double (*Function)(double)>
Word real_function(PrimitiveContext& c, Arguments a) {
  if (!number_argument(c, kName.view(), a[0])) return kSignalled;
  return substrate::from_double(c.edit, Function(to_real(c.pin(), a[0])));
}
double square_root(double v) { return std::sqrt(v); }
double floor_of(double v) { return std::floor(v); }
double ceiling_of(double v) { return std::ceil(v); }
Word round_number(PrimitiveContext& c, Arguments a) {
  if (fixed_integer(a[0])) return a[0];
  if (!number_argument(c, "Math/round", a[0]) || !has_room(c, "Math/round", kRoomForNumber))
    return kSignalled;
  const Word whole = substrate::from_double(c.edit, std::floor(to_real(c.pin(), a[0]) + 0.5));
  return within_64_bits(c, "Math/round", substrate::to_integer(c.edit, whole));
}

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"+", 0, kAnyCount, add},
    {"-", 1, kAnyCount, subtract},
    {"*", 0, kAnyCount, multiply},
    {"/", 1, kAnyCount, divide},
    {"quot", 2, 2, quotient},
    {"rem", 2, 2, remainder},
    {"mod", 2, 2, modulus},
    {"inc", 1, 1, increment},
    {"dec", 1, 1, decrement},
    {"min", 1, kAnyCount, minimum},
    {"max", 1, kAnyCount, maximum},
    {"abs", 1, 1, absolute},
    {"<", 1, kAnyCount, less_than},
    {">", 1, kAnyCount, greater_than},
    {"<=", 1, kAnyCount, at_most},
    {">=", 1, kAnyCount, at_least},
    {"=", 1, kAnyCount, equals, PrimitiveKind::kPlain, Metadata::kAll},
    {"==", 1, kAnyCount, equal_numbers},
    {"not=", 1, kAnyCount, not_equals, PrimitiveKind::kPlain, Metadata::kAll},
    {"!=", 1, kAnyCount, not_equals, PrimitiveKind::kPlain, Metadata::kAll},
    {"identical?", 2, 2, identical, PrimitiveKind::kPlain, Metadata::kAll},
    {"compare", 2, 2, compare, PrimitiveKind::kPlain, Metadata::kAll},
    {"hash", 1, 1, hash_code, PrimitiveKind::kPlain, Metadata::kAll},
    {"not", 1, 1, when<falsy>, PrimitiveKind::kPlain, Metadata::kAll},
    {"nil?", 1, 1, when<nothing>, PrimitiveKind::kPlain, Metadata::kAll},
    {"some?", 1, 1, when<something>, PrimitiveKind::kPlain, Metadata::kAll},
    {"true?", 1, 1, when<is_true>},
    {"false?", 1, 1, when<is_false>},
    {"boolean?", 1, 1, when<boolean>},
    {"number?", 1, 1, when<is_number>},
    {"integer?", 1, 1, when<integer>},
    {"int?", 1, 1, when<fixed_integer>},
    {"double?", 1, 1, when<real>},
    {"float?", 1, 1, when<real>},
    {"char?", 1, 1, when<character>},
    {"string?", 1, 1, when<text>},
    {"keyword?", 1, 1, when<keyword>},
    {"symbol?", 1, 1, when<symbol>},
    {"ident?", 1, 1, when<identifier>},
    {"vector?", 1, 1, when<vector>},
    {"list?", 1, 1, when<list>},
    {"seq?", 1, 1, when<list>},
    {"map?", 1, 1, when<map>},
    {"set?", 1, 1, when<set>},
    {"sequential?", 1, 1, when<sequential>},
    {"coll?", 1, 1, when<collection>},
    {"seqable?", 1, 1, when<sequable>},
    {"counted?", 1, 1, when<counted>},
    {"associative?", 1, 1,
     [](PrimitiveContext&, Arguments a) { return boolean_word(map(a[0]) || vector(a[0])); }},
    {"fn?", 1, 1, when<function>},
    {"ifn?", 1, 1, when<callable>},
    {"atom?", 1, 1, when<atom>},
    {"agent?", 1, 1, when<agent>},
    {"stream?", 1, 1, when<stream>},
    {"cursor?", 1, 1, when<cursor>},
    {"zero?", 1, 1, when_number<"zero?", zero>},
    {"pos?", 1, 1, when_number<"pos?", positive>},
    {"neg?", 1, 1, when_number<"neg?", negative>},
    {"NaN?", 1, 1, when_number<"NaN?", not_a_number>},
    {"infinite?", 1, 1, when_number<"infinite?", infinite>},
    {"even?", 1, 1, even},
    {"odd?", 1, 1, odd},
    {"pos-int?", 1, 1, positive_integer},
    {"neg-int?", 1, 1, negative_integer},
    {"nat-int?", 1, 1, natural_integer},
    {"bit-and", 2, kAnyCount, bit_and},
    {"bit-or", 2, kAnyCount, bit_or},
    {"bit-xor", 2, kAnyCount, bit_xor},
    {"bit-and-not", 2, kAnyCount, bit_and_not},
    {"bit-not", 1, 1, bit_not},
    {"bit-shift-left", 2, 2, shift_left},
    {"bit-shift-right", 2, 2, shift_right},
    {"unsigned-bit-shift-right", 2, 2, unsigned_shift_right},
    {"bit-test", 2, 2, bit_test},
    {"int", 1, 1, as_integer},
    {"long", 1, 1, as_integer},
    {"double", 1, 1, as_double},
    {"float", 1, 1, as_double},
    {"char", 1, 1, as_character},
    {"boolean", 1, 1, as_boolean},
    {"parse-long", 1, 1, parse_integer},
    {"parse-double", 1, 1, parse_double},
    {"Math/sqrt", 1, 1, real_function<"Math/sqrt", square_root>},
    {"Math/floor", 1, 1, real_function<"Math/floor", floor_of>},
    {"Math/ceil", 1, 1, real_function<"Math/ceil", ceiling_of>},
    {"Math/round", 1, 1, round_number},
    {"Math/abs", 1, 1, absolute},
    {"any?", 1, 1, when<anything>},
    {"sorted?", 1, 1, when<sorted>},
    {"reversible?", 1, 1, when<reversible>},
    {"indexed?", 1, 1, when<vector>},
    {"ratio?", 1, 1, when<ratio>},
    {"rational?", 1, 1, when<rational>},
    {"bytes?", 1, 1, when<bytes>},
    {"inst?", 1, 1, when<instant>},
    {"uuid?", 1, 1, when<uuid>},
    {"tagged-literal?", 1, 1, when<tagged>},
    {"simple-ident?", 1, 1, when_name<identifier, false>},
    {"qualified-ident?", 1, 1, when_name<identifier, true>},
    {"simple-keyword?", 1, 1, when_name<keyword, false>},
    {"qualified-keyword?", 1, 1, when_name<keyword, true>},
    {"simple-symbol?", 1, 1, when_name<symbol, false>},
    {"qualified-symbol?", 1, 1, when_name<symbol, true>},
    {"bit-set", 2, 2, change_bit<"bit-set", with_bit>},
    {"bit-clear", 2, 2, change_bit<"bit-clear", without_bit>},
    {"bit-flip", 2, 2, change_bit<"bit-flip", other_bit>},
    {"unchecked-add", 2, 2, wrapping<"unchecked-add", wrapped_sum>},
    {"unchecked-subtract", 2, 2, wrapping<"unchecked-subtract", wrapped_difference>},
    {"unchecked-multiply", 2, 2, wrapping<"unchecked-multiply", wrapped_product>},
    {"unchecked-inc", 1, 1, wrapping<"unchecked-inc", wrapped_sum>},
    {"unchecked-dec", 1, 1, wrapping<"unchecked-dec", wrapped_difference>},
    {"unchecked-negate", 1, 1, wrapping<"unchecked-negate", wrapped_negation>},
    {"+'", 0, kAnyCount, add},
    {"-'", 1, kAnyCount, subtract},
    {"*'", 0, kAnyCount, multiply},
    {"inc'", 1, 1, increment},
    {"dec'", 1, 1, decrement},
    {"num", 1, 1, same_number_back, PrimitiveKind::kPlain, Metadata::kAll},
    {"parse-boolean", 1, 1, parse_boolean},
    {"inst-ms", 1, 1, instant_millis},
    {"bigint", 1, 1, as_big_integer},
    {"biginteger", 1, 1, as_big_integer},
    {"rationalize", 1, 1, rationalize},
    {"numerator", 1, 1, numerator_of},
    {"denominator", 1, 1, denominator_of},
};

}  // namespace

std::span<const Primitive> number_primitives() { return with_bare_arguments<kTable>(); }

bool integer_argument(PrimitiveContext& c, std::string_view name, Word w, std::int64_t& out) {
  if (substrate::is_int(w)) {
    out = substrate::to_int(c.pin(), w);
    return true;
  }
  c.wrong_type(name, w, substrate::is_integer(w) ? "an integer of 64 bits" : "an integer");
  return false;
}

bool count_argument(PrimitiveContext& c, std::string_view name, Word w, std::uint64_t& out) {
  std::int64_t v;
  if (!integer_argument(c, name, w, v)) return false;
  if (v < 0) {
    c.fail("argument", std::string(name) + " needs a count, got " + std::to_string(v));
    return false;
  }
  out = static_cast<std::uint64_t>(v);
  return true;
}

}  // namespace yin::vm::internal
