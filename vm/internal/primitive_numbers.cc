// Arithmetic, comparison, predicates and bits. Integers are 64 bits: what does not fit is an error
// until big integers exist, never a wrapped value; so is an inexact quotient of integers until
// ratios exist.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "substrate/intern.h"
#include "substrate/literal.h"
#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::boolean_word;
using substrate::Word;

namespace {

struct Number {
  bool exact;
  std::int64_t integer;
  double real;  // of either
};

bool is_number(Word w) { return substrate::is_int(w) || substrate::is_double(w); }

bool take_number(PrimitiveContext& c, std::string_view name, Word w, Number& out) {
  if (substrate::is_int(w)) {
    const std::int64_t v = substrate::to_int(c.pin(), w);
    out = {true, v, static_cast<double>(v)};
    return true;
  }
  if (substrate::is_double(w)) {
    out = {false, 0, substrate::to_double(c.pin(), w)};
    return true;
  }
  c.wrong_type(name, w, "numbers");
  return false;
}

Word make_number(PrimitiveContext& c, const Number& n) {
  return n.exact ? substrate::from_int(c.edit, n.integer) : substrate::from_double(c.edit, n.real);
}

Word overflow(PrimitiveContext& c, std::string_view name) {
  return c.fail("arithmetic",
                "integer overflow in " + std::string(name) +
                    ": big integers are not supported yet; use doubles, as in (double x)");
}

Word divided_by_zero(PrimitiveContext& c, std::string_view name) {
  return c.fail("arithmetic", "division by zero in " + std::string(name));
}

// One step of an n-ary operation; false after telling the context.
using Step = bool (*)(PrimitiveContext& c, std::string_view name, Number& left,
                      const Number& right);

void set_real(Number& n, double v) { n = {false, 0, v}; }
void set_exact(Number& n, std::int64_t v) { n = {true, v, static_cast<double>(v)}; }

bool add_step(PrimitiveContext& c, std::string_view name, Number& a, const Number& b) {
  std::int64_t sum;
  if (!a.exact || !b.exact) return set_real(a, a.real + b.real), true;
  if (__builtin_add_overflow(a.integer, b.integer, &sum)) return overflow(c, name), false;
  return set_exact(a, sum), true;
}

bool subtract_step(PrimitiveContext& c, std::string_view name, Number& a, const Number& b) {
  std::int64_t difference;
  if (!a.exact || !b.exact) return set_real(a, a.real - b.real), true;
  if (__builtin_sub_overflow(a.integer, b.integer, &difference)) return overflow(c, name), false;
  return set_exact(a, difference), true;
}

bool multiply_step(PrimitiveContext& c, std::string_view name, Number& a, const Number& b) {
  std::int64_t product;
  if (!a.exact || !b.exact) return set_real(a, a.real * b.real), true;
  if (__builtin_mul_overflow(a.integer, b.integer, &product)) return overflow(c, name), false;
  return set_exact(a, product), true;
}

bool divide_step(PrimitiveContext& c, std::string_view name, Number& a, const Number& b) {
  if (b.exact && b.integer == 0) return divided_by_zero(c, name), false;
  if (!a.exact || !b.exact) return set_real(a, a.real / b.real), true;
  if (b.integer == -1) {
    if (a.integer == std::numeric_limits<std::int64_t>::min()) return overflow(c, name), false;
    return set_exact(a, -a.integer), true;
  }
  if (a.integer % b.integer != 0) {
    const auto digits = [](std::int64_t v) { return std::to_string(v); };
    c.fail("arithmetic", "(/ " + digits(a.integer) + " " + digits(b.integer) +
                             ") is a ratio: ratios are not supported yet; use quot, or a double");
    return false;
  }
  return set_exact(a, a.integer / b.integer), true;
}

Word fold(PrimitiveContext& c, std::string_view name, Arguments a, Number start, Step step) {
  Number total = start;
  for (const Word w : a) {
    Number n;
    if (!take_number(c, name, w, n) || !step(c, name, total, n)) return kSignalled;
  }
  return make_number(c, total);
}

// (op x) is (op unit x), (op x y ...) starts with x.
Word fold_from_first(PrimitiveContext& c, std::string_view name, Arguments a, Number unit,
                     Step step) {
  if (a.size() == 1) return fold(c, name, a, unit, step);
  Number first;
  if (!take_number(c, name, a[0], first)) return kSignalled;
  return fold(c, name, a.subspan(1), first, step);
}

constexpr Number kZero{true, 0, 0.0};
constexpr Number kOne{true, 1, 1.0};

Word add(PrimitiveContext& c, Arguments a) { return fold(c, "+", a, kZero, add_step); }
Word multiply(PrimitiveContext& c, Arguments a) { return fold(c, "*", a, kOne, multiply_step); }
Word subtract(PrimitiveContext& c, Arguments a) {
  return fold_from_first(c, "-", a, kZero, subtract_step);
}
Word divide(PrimitiveContext& c, Arguments a) {
  return fold_from_first(c, "/", a, kOne, divide_step);
}

Word increment(PrimitiveContext& c, Arguments a) {
  Number n;
  if (!take_number(c, "inc", a[0], n) || !add_step(c, "inc", n, kOne)) return kSignalled;
  return make_number(c, n);
}
Word decrement(PrimitiveContext& c, Arguments a) {
  Number n;
  if (!take_number(c, "dec", a[0], n) || !subtract_step(c, "dec", n, kOne)) return kSignalled;
  return make_number(c, n);
}

enum class Division { kQuotient, kRemainder, kModulus };

Word integer_division(PrimitiveContext& c, std::string_view name, Division which, std::int64_t a,
                      std::int64_t b) {
  if (b == 0) return divided_by_zero(c, name);
  if (b == -1) {  // the machine instruction traps on the smallest integer
    if (which != Division::kQuotient) return substrate::int_word(0);
    if (a == std::numeric_limits<std::int64_t>::min()) return overflow(c, name);
    return substrate::from_int(c.edit, -a);
  }
  std::int64_t r = a % b;
  if (which == Division::kQuotient) return substrate::from_int(c.edit, a / b);
  if (which == Division::kModulus && r != 0 && (r < 0) != (b < 0)) r += b;
  return substrate::from_int(c.edit, r);
}

double real_division(Division which, double a, double b) {
  if (which == Division::kQuotient) return std::trunc(a / b);
  const double r = std::fmod(a, b);
  return which == Division::kModulus && r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

Word divide_as(PrimitiveContext& c, std::string_view name, Division which, Arguments a) {
  Number x, y;
  if (!take_number(c, name, a[0], x) || !take_number(c, name, a[1], y)) return kSignalled;
  if (x.exact && y.exact) return integer_division(c, name, which, x.integer, y.integer);
  if (y.exact && y.integer == 0) return divided_by_zero(c, name);
  return substrate::from_double(c.edit, real_division(which, x.real, y.real));
}

Word quotient(PrimitiveContext& c, Arguments a) {
  return divide_as(c, "quot", Division::kQuotient, a);
}
Word remainder(PrimitiveContext& c, Arguments a) {
  return divide_as(c, "rem", Division::kRemainder, a);
}
Word modulus(PrimitiveContext& c, Arguments a) {
  return divide_as(c, "mod", Division::kModulus, a);
}

// ------------------------------------------------------------------------------------ comparison

using Comparison = bool (*)(const Number& a, const Number& b);

bool less(const Number& a, const Number& b) {
  return a.exact && b.exact ? a.integer < b.integer : a.real < b.real;
}
bool less_equal(const Number& a, const Number& b) {
  return a.exact && b.exact ? a.integer <= b.integer : a.real <= b.real;
}
bool same_number(const Number& a, const Number& b) {
  return a.exact && b.exact ? a.integer == b.integer : a.real == b.real;
}

// Every argument is checked, also behind the pair that decides, so that a type error never depends
// on values.
Word chain(PrimitiveContext& c, std::string_view name, Arguments a, Comparison holds) {
  Number last;
  if (!take_number(c, name, a[0], last)) return kSignalled;
  bool all = true;
  for (const Word w : a.subspan(1)) {
    Number next;
    if (!take_number(c, name, w, next)) return kSignalled;
    all = all && holds(last, next);
    last = next;
  }
  return boolean_word(all);
}

Word less_than(PrimitiveContext& c, Arguments a) { return chain(c, "<", a, less); }
Word greater_than(PrimitiveContext& c, Arguments a) {
  return chain(c, ">", a, [](const Number& x, const Number& y) { return less(y, x); });
}
Word at_most(PrimitiveContext& c, Arguments a) { return chain(c, "<=", a, less_equal); }
Word at_least(PrimitiveContext& c, Arguments a) {
  return chain(c, ">=", a, [](const Number& x, const Number& y) { return less_equal(y, x); });
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

Word choose(PrimitiveContext& c, std::string_view name, Arguments a, Comparison better) {
  Number best;
  Word chosen = a[0];
  if (!take_number(c, name, chosen, best)) return kSignalled;
  for (const Word w : a.subspan(1)) {
    Number n;
    if (!take_number(c, name, w, n)) return kSignalled;
    if (std::isnan(best.real)) continue;
    if (std::isnan(n.real) || better(n, best)) best = n, chosen = w;
  }
  return chosen;
}
Word minimum(PrimitiveContext& c, Arguments a) { return choose(c, "min", a, less); }
Word maximum(PrimitiveContext& c, Arguments a) {
  return choose(c, "max", a, [](const Number& x, const Number& y) { return less(y, x); });
}

Word absolute(PrimitiveContext& c, Arguments a) {
  Number n;
  if (!take_number(c, "abs", a[0], n)) return kSignalled;
  if (!n.exact) return substrate::from_double(c.edit, std::fabs(n.real));
  if (n.integer == std::numeric_limits<std::int64_t>::min()) return overflow(c, "abs");
  return substrate::from_int(c.edit, n.integer < 0 ? -n.integer : n.integer);
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
bool integer(Word w) { return substrate::is_int(w); }
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
bool ratio(Word w) { return substrate::is_object(w, substrate::ObjectKind::kRatio); }
bool rational(Word w) {
  return integer(w) || ratio(w) || substrate::is_object(w, substrate::ObjectKind::kBigInt);
}
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

template <Name kName, bool (*Test)(const Number&)>
Word when_number(PrimitiveContext& c, Arguments a) {
  Number n;
  if (!take_number(c, kName.view(), a[0], n)) return kSignalled;
  return boolean_word(Test(n));
}
bool zero(const Number& n) { return n.exact ? n.integer == 0 : n.real == 0; }
bool positive(const Number& n) { return n.exact ? n.integer > 0 : n.real > 0; }
bool negative(const Number& n) { return n.exact ? n.integer < 0 : n.real < 0; }
bool not_a_number(const Number& n) { return !n.exact && std::isnan(n.real); }
bool infinite(const Number& n) { return !n.exact && std::isinf(n.real); }

Word parity(PrimitiveContext& c, std::string_view name, Word w, std::int64_t wanted) {
  std::int64_t v;
  if (!integer_argument(c, name, w, v)) return kSignalled;
  return boolean_word((v & 1) == wanted);
}
Word even(PrimitiveContext& c, Arguments a) { return parity(c, "even?", a[0], 0); }
Word odd(PrimitiveContext& c, Arguments a) { return parity(c, "odd?", a[0], 1); }
Word positive_integer(PrimitiveContext& c, Arguments a) {
  return boolean_word(integer(a[0]) && substrate::to_int(c.pin(), a[0]) > 0);
}
Word negative_integer(PrimitiveContext& c, Arguments a) {
  return boolean_word(integer(a[0]) && substrate::to_int(c.pin(), a[0]) < 0);
}
Word natural_integer(PrimitiveContext& c, Arguments a) {
  return boolean_word(integer(a[0]) && substrate::to_int(c.pin(), a[0]) >= 0);
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

Word to_integer(PrimitiveContext& c, std::string_view name, double v) {
  if (!(v >= -0x1p63 && v < 0x1p63)) {
    return c.fail("arithmetic", std::string(name) + ": the number is outside 64 bits");
  }
  return substrate::from_int(c.edit, static_cast<std::int64_t>(v));
}

Word as_integer(PrimitiveContext& c, Arguments a) {
  if (substrate::is_int(a[0])) return a[0];
  if (substrate::is_character(a[0])) {
    return substrate::int_word(static_cast<std::int64_t>(substrate::payload(a[0])));
  }
  Number n;
  if (!take_number(c, "int", a[0], n)) return kSignalled;
  return to_integer(c, "int", n.real);
}
Word as_double(PrimitiveContext& c, Arguments a) {
  Number n;
  if (!take_number(c, "double", a[0], n)) return kSignalled;
  return substrate::from_double(c.edit, n.real);
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
  Number n;
  return take_number(c, "num", a[0], n) ? a[0] : kSignalled;
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
  Number n;
  if (!take_number(c, kName.view(), a[0], n)) return kSignalled;
  return substrate::from_double(c.edit, Function(n.real));
}
double square_root(double v) { return std::sqrt(v); }
double floor_of(double v) { return std::floor(v); }
double ceiling_of(double v) { return std::ceil(v); }
Word round_number(PrimitiveContext& c, Arguments a) {
  if (substrate::is_int(a[0])) return a[0];
  Number n;
  if (!take_number(c, "Math/round", a[0], n)) return kSignalled;
  return to_integer(c, "Math/round", std::floor(n.real + 0.5));
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
    {"=", 1, kAnyCount, equals},
    {"==", 1, kAnyCount, equal_numbers},
    {"not=", 1, kAnyCount, not_equals},
    {"!=", 1, kAnyCount, not_equals},
    {"identical?", 2, 2, identical},
    {"compare", 2, 2, compare},
    {"hash", 1, 1, hash_code},
    {"not", 1, 1, when<falsy>},
    {"nil?", 1, 1, when<nothing>},
    {"some?", 1, 1, when<something>},
    {"true?", 1, 1, when<is_true>},
    {"false?", 1, 1, when<is_false>},
    {"boolean?", 1, 1, when<boolean>},
    {"number?", 1, 1, when<is_number>},
    {"integer?", 1, 1, when<integer>},
    {"int?", 1, 1, when<integer>},
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
    {"num", 1, 1, same_number_back},
    {"parse-boolean", 1, 1, parse_boolean},
    {"inst-ms", 1, 1, instant_millis},
};

}  // namespace

std::span<const Primitive> number_primitives() { return kTable; }

bool integer_argument(PrimitiveContext& c, std::string_view name, Word w, std::int64_t& out) {
  if (substrate::is_int(w)) {
    out = substrate::to_int(c.pin(), w);
    return true;
  }
  c.wrong_type(name, w, "an integer");
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
