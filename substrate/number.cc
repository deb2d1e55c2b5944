// Arithmetic of numbers. Naturals are vectors of 64-bit limbs in private memory, lowest first,
// without zeros on top; an operation takes its operands out of the slab, works there, and puts the
// result back. What fits 64 bits never comes here (see the fast paths at the end).

#include "substrate/number.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "substrate/check.h"

namespace yin::substrate {

namespace {

using Limb = std::uint64_t;
__extension__ using Wide = unsigned __int128;
using Natural = std::vector<Limb>;
using Limbs = std::span<const Limb>;

constexpr unsigned kLimbBits = 64;

// ---- naturals -----------------------------------------------------------------------------------

void trim(Natural& n) {
  while (!n.empty() && n.back() == 0) n.pop_back();
}

Natural natural(Limb value) { return value == 0 ? Natural() : Natural{value}; }

int compare_naturals(Limbs a, Limbs b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = a.size(); i > 0; --i) {
    if (a[i - 1] != b[i - 1]) return a[i - 1] < b[i - 1] ? -1 : 1;
  }
  return 0;
}

std::size_t bit_length(Limbs n) {
  return n.empty() ? 0
                   : n.size() * kLimbBits - static_cast<std::size_t>(std::countl_zero(n.back()));
}

Natural sum(Limbs a, Limbs b) {
  if (a.size() < b.size()) std::swap(a, b);
  Natural total(a.size() + 1);
  Limb carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Wide s = Wide{a[i]} + (i < b.size() ? b[i] : 0) + carry;
    total[i] = static_cast<Limb>(s);
    carry = static_cast<Limb>(s >> kLimbBits);
  }
  total.back() = carry;
  trim(total);
  return total;
}

Natural difference(Limbs a, Limbs b) {  // a >= b
  Natural left(a.begin(), a.end());
  Limb borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Wide d = Wide{a[i]} - (i < b.size() ? b[i] : 0) - borrow;
    left[i] = static_cast<Limb>(d);
    borrow = static_cast<Limb>(d >> kLimbBits) & 1;
  }
  trim(left);
  return left;
}

Natural product(Limbs a, Limbs b) {
  if (a.empty() || b.empty()) return {};
  Natural total(a.size() + b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    Limb carry = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const Wide p = Wide{a[i]} * b[j] + total[i + j] + carry;
      total[i + j] = static_cast<Limb>(p);
      carry = static_cast<Limb>(p >> kLimbBits);
    }
    total[i + b.size()] = carry;
  }
  trim(total);
  return total;
}

Natural shifted_left(Limbs n, std::size_t bits) {
  if (n.empty()) return {};
  const std::size_t limbs = bits / kLimbBits;
  const unsigned shift = bits % kLimbBits;
  Natural moved(n.size() + limbs + 1);
  for (std::size_t i = 0; i < n.size(); ++i) {
    const Wide both = Wide{n[i]} << shift;
    moved[i + limbs] |= static_cast<Limb>(both);
    moved[i + limbs + 1] = static_cast<Limb>(both >> kLimbBits);
  }
  trim(moved);
  return moved;
}

// 64 bits of n from bit `at` on; n may end before.
Limb bits_at(Limbs n, std::size_t at) {
  const std::size_t limb = at / kLimbBits;
  const unsigned shift = at % kLimbBits;
  const Limb low = limb < n.size() ? n[limb] >> shift : 0;
  const Limb high = limb + 1 < n.size() && shift > 0 ? n[limb + 1] << (kLimbBits - shift) : 0;
  return low | high;
}

bool any_below(Limbs n, std::size_t bit) {
  for (std::size_t i = 0; i < n.size() && i * kLimbBits < bit; ++i) {
    const std::size_t left = bit - i * kLimbBits;
    if ((left >= kLimbBits ? n[i] : n[i] << (kLimbBits - left)) != 0) return true;
  }
  return false;
}

// n = n * factor + more.
void multiply_add(Natural& n, Limb factor, Limb more) {
  for (Limb& limb : n) {
    const Wide p = Wide{limb} * factor + more;
    limb = static_cast<Limb>(p);
    more = static_cast<Limb>(p >> kLimbBits);
  }
  if (more != 0) n.push_back(more);
}

// n = n / divisor; what it leaves.
Limb divide_by_limb(Natural& n, Limb divisor) {
  Limb left = 0;
  for (std::size_t i = n.size(); i > 0; --i) {
    const Wide top = Wide{left} << kLimbBits | n[i - 1];
    n[i - 1] = static_cast<Limb>(top / divisor);
    left = static_cast<Limb>(top % divisor);
  }
  trim(n);
  return left;
}

struct Division {
  Natural quotient;
  Natural remainder;
};

// u[0..v.size()] -= factor * v. True when that was too much, and went below zero.
bool subtract_multiple(std::span<Limb> u, Limbs v, Limb factor) {
  Limb carry = 0;
  Limb borrow = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const Wide p = Wide{factor} * v[i] + carry;
    carry = static_cast<Limb>(p >> kLimbBits);
    const Wide d = Wide{u[i]} - static_cast<Limb>(p) - borrow;
    u[i] = static_cast<Limb>(d);
    borrow = static_cast<Limb>(d >> kLimbBits) & 1;
  }
  const Wide d = Wide{u[v.size()]} - carry - borrow;
  u[v.size()] = static_cast<Limb>(d);
  return d >> kLimbBits != 0;
}

void add_back(std::span<Limb> u, Limbs v) {
  Limb carry = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const Wide s = Wide{u[i]} + v[i] + carry;
    u[i] = static_cast<Limb>(s);
    carry = static_cast<Limb>(s >> kLimbBits);
  }
  u[v.size()] += carry;
}

// One digit of the quotient: of u, one limb longer than v, which has its top bit set. At most one
// too large.
Limb guess_digit(Limbs u, Limbs v) {
  const std::size_t n = v.size();
  const Wide top = Wide{u[n]} << kLimbBits | u[n - 1];
  const bool over = u[n] >= v[n - 1];
  Wide guess = over ? std::numeric_limits<Limb>::max() : top / v[n - 1];
  Wide rest = top - guess * v[n - 1];
  while (rest >> kLimbBits == 0 && guess * v[n - 2] > (rest << kLimbBits | u[n - 2])) {
    --guess;
    rest += v[n - 1];
  }
  return static_cast<Limb>(guess);
}

// Knuth's algorithm D. b is not 0.
Division divided(Limbs a, Limbs b) {
  if (compare_naturals(a, b) < 0) return {{}, Natural(a.begin(), a.end())};
  if (b.size() == 1) {
    Natural whole(a.begin(), a.end());
    const Limb left = divide_by_limb(whole, b[0]);
    return {std::move(whole), natural(left)};
  }
  const auto shift = static_cast<unsigned>(std::countl_zero(b.back()));
  const Natural v = shifted_left(b, shift);
  Natural u = shifted_left(a, shift);
  u.resize(a.size() + 1);
  Natural whole(a.size() - b.size() + 1);
  for (std::size_t j = whole.size(); j > 0; --j) {
    const std::span<Limb> part = std::span(u).subspan(j - 1, v.size() + 1);
    Limb digit = guess_digit(part, v);
    if (subtract_multiple(part, v, digit)) {
      --digit;
      add_back(part, v);
    }
    whole[j - 1] = digit;
  }
  trim(whole);
  Natural left(v.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = bits_at(u, i * kLimbBits + shift);
  trim(left);
  return {std::move(whole), std::move(left)};
}

// a * x - b * y, which is known not to be negative.
Natural combination(Limbs a, Limb x, Limbs b, Limb y) {
  return difference(product(a, Limbs(&x, 1)), product(b, Limbs(&y, 1)));
}

// The greatest common divisor of two that are not 0, by Lehmer's method (Knuth, 4.5.2, algorithm L,
// in the form of Collins and Jebelean, "A double-digit Lehmer-Euclid algorithm", 1995): steps of
// Euclid's algorithm on the leading 62 bits, as long as they are surely those of the whole numbers,
// then all of them at once.
Natural common_divisor(Natural a, Natural b) {
  constexpr std::size_t kLeading = 62;
  if (compare_naturals(a, b) < 0) a.swap(b);
  while (b.size() > 1) {
    const std::size_t at = bit_length(a) - kLeading;
    auto x = static_cast<std::int64_t>(bits_at(a, at) & ((Limb{1} << kLeading) - 1));
    auto y = static_cast<std::int64_t>(bits_at(b, at) & ((Limb{1} << kLeading) - 1));
    std::int64_t p = 1, q = 0, r = 0,
                 s = 1;  // x = p a - q b, y = s b - r a, or the other way round
    unsigned steps = 0;
    while (y != r) {
      const std::int64_t digit = (x + (p - 1)) / (y - r);
      const std::int64_t t = q + digit * s;
      const std::int64_t left = x - digit * y;
      if (t > left) break;
      x = std::exchange(y, left);
      const std::int64_t next = p + digit * r;
      p = std::exchange(s, next);
      q = std::exchange(r, t);
      ++steps;
    }
    if (steps == 0) {
      a = divided(a, b).remainder;
      a.swap(b);
      continue;
    }
    const auto limb = [](std::int64_t v) { return static_cast<Limb>(v); };
    const bool odd = steps % 2 != 0;
    Natural first = odd ? combination(b, limb(p), a, limb(q)) : combination(a, limb(p), b, limb(q));
    b = odd ? combination(a, limb(s), b, limb(r)) : combination(b, limb(s), a, limb(r));
    a = std::move(first);
  }
  if (b.empty()) return a;
  Limb m = divide_by_limb(a, b[0]);
  Limb n = b[0];
  while (m != 0) n = std::exchange(m, n % m);
  return natural(n);
}

// (n, and something below it if `sticky`) * 2^exponent, to the nearest double, ties to even. From
// 64 bits on `sticky` may be said of n's own bits.
double rounded(Limbs n, bool sticky, std::int64_t exponent) {
  if (n.empty()) return 0;
  constexpr std::int64_t kLeastExponent = -1074;
  constexpr int kMantissaBits = std::numeric_limits<double>::digits;
  const std::size_t length = bit_length(n);
  const std::size_t below = length > kLimbBits ? length - kLimbBits : 0;
  const unsigned up = length < kLimbBits ? static_cast<unsigned>(kLimbBits - length) : 0;
  const Limb top = bits_at(n, below) << up;
  sticky = sticky || any_below(n, below);
  const std::int64_t scale = exponent + static_cast<std::int64_t>(below) - up;
  const std::int64_t unit =
      std::max<std::int64_t>(scale + kLimbBits - kMantissaBits, kLeastExponent);
  const std::int64_t shift = unit - scale;  // at least 11
  if (shift > kLimbBits) return 0;
  const Limb kept = shift == kLimbBits ? 0 : top >> shift;
  const Limb cut = shift == kLimbBits ? top : top & ((Limb{1} << shift) - 1);
  const Limb half = Limb{1} << (shift - 1);
  const bool more = cut > half || (cut == half && (sticky || (kept & 1) != 0));
  const auto clamped = static_cast<int>(std::min<std::int64_t>(unit, 2000));  // surely an infinity
  return std::ldexp(static_cast<double>(kept + (more ? 1 : 0)), clamped);
}

// ---- integers -----------------------------------------------------------------------------------

struct Integer {
  bool negative = false;  // never of 0
  Natural magnitude;
};

Limb absolute(std::int64_t v) { return v < 0 ? ~static_cast<Limb>(v) + 1 : static_cast<Limb>(v); }

Integer integer(std::int64_t v) { return {v < 0, natural(absolute(v))}; }

// The limbs of a big integer, where they stand.
Limbs limbs_of(const Pin& pin, Word w) {
  const ObjectHeader* h = header_of(pin, w);
  const std::int64_t count = small_int(record_words(h)[BigIntField::kLimbs]);
  return {reinterpret_cast<const Limb*>(record_raw(h)), static_cast<std::size_t>(std::abs(count))};
}
bool is_negative_big(const Pin& pin, Word w) {
  return small_int(field(pin, w, BigIntField::kLimbs)) < 0;
}

Integer load(const Pin& pin, Word w) {  // of is_integer
  if (is_int(w)) return integer(to_int(pin, w));
  const Limbs limbs = limbs_of(pin, w);
  return {is_negative_big(pin, w), Natural(limbs.begin(), limbs.end())};
}

NumberResult fault(NumberFault what) { return {kNil, what}; }

// Puts an integer into the slab, in its one form.
NumberResult store(Edit& edit, const Integer& i) {
  const Natural& limbs = i.magnitude;
  constexpr Limb kTop = Limb{1} << 63;
  if (limbs.empty()) return {int_word(0)};
  if (limbs.size() == 1 && limbs[0] < kTop + (i.negative ? 1 : 0)) {
    const Limb bits = i.negative ? ~limbs[0] + 1 : limbs[0];
    return {from_int(edit, static_cast<std::int64_t>(bits))};
  }
  if (limbs.size() > kBigIntLimbsMax) return fault(NumberFault::kTooLarge);
  const auto count = static_cast<std::int64_t>(limbs.size());
  const Word word = int_word(i.negative ? -count : count);
  const Word made =
      make_record(edit, ObjectKind::kBigInt, &word, BigIntField::kEnd, limbs.size() * sizeof(Limb));
  std::memcpy(record_raw(header_of(edit.pin(), made)), limbs.data(), limbs.size() * sizeof(Limb));
  return {made};
}

Integer sum(const Integer& a, const Integer& b) {
  if (a.negative == b.negative) return {a.negative, sum(Limbs(a.magnitude), Limbs(b.magnitude))};
  const int order = compare_naturals(a.magnitude, b.magnitude);
  if (order == 0) return {};
  const Integer& larger = order > 0 ? a : b;
  const Integer& smaller = order > 0 ? b : a;
  return {larger.negative, difference(larger.magnitude, smaller.magnitude)};
}

Integer product(const Integer& a, const Integer& b) {
  Natural magnitude = product(Limbs(a.magnitude), Limbs(b.magnitude));
  const bool negative = a.negative != b.negative && !magnitude.empty();
  return {negative, std::move(magnitude)};
}

Integer negated(Integer a) {
  a.negative = !a.negative && !a.magnitude.empty();
  return a;
}

int compare_integers(const Integer& a, const Integer& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int order = compare_naturals(a.magnitude, b.magnitude);
  return a.negative ? -order : order;
}

// ---- rationals ----------------------------------------------------------------------------------

// An exact number. The denominator is positive; reduced only where it says so.
struct Rational {
  Integer numerator;
  Natural denominator;
};

bool is_one(const Natural& n) { return n.size() == 1 && n[0] == 1; }

Rational load_exact(const Pin& pin, Word w) {
  if (!is_ratio(w)) return {load(pin, w), natural(1)};
  return {load(pin, numerator(pin, w)), load(pin, denominator(pin, w)).magnitude};
}

// Of a finite double: its exact value.
Rational load_real(double d) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(d), &exponent);
  constexpr int kMantissaBits = std::numeric_limits<double>::digits;
  const auto mantissa = static_cast<Limb>(std::ldexp(fraction, kMantissaBits));
  exponent -= kMantissaBits;
  const Natural whole = natural(mantissa);
  const auto shift = static_cast<std::size_t>(std::abs(exponent));
  const bool negative = d < 0;
  if (exponent >= 0) return {{negative, shifted_left(whole, shift)}, natural(1)};
  return {{negative, whole}, shifted_left(natural(1), shift)};
}

NumberResult store(Edit& edit, Rational r) {  // not reduced
  if (!is_one(r.denominator) && !r.numerator.magnitude.empty()) {
    const Natural common = common_divisor(r.numerator.magnitude, r.denominator);
    if (!is_one(common)) {
      r.numerator.magnitude = divided(r.numerator.magnitude, common).quotient;
      r.denominator = divided(r.denominator, common).quotient;
    }
  }
  if (is_one(r.denominator) || r.numerator.magnitude.empty()) return store(edit, r.numerator);
  const NumberResult above = store(edit, r.numerator);
  const NumberResult below = store(edit, Integer{false, std::move(r.denominator)});
  if (!above.ok() || !below.ok()) return fault(NumberFault::kTooLarge);
  const Word words[] = {above.word, below.word};
  return {make_record(edit, ObjectKind::kRatio, words, RatioField::kEnd)};
}

Rational sum(const Rational& a, const Rational& b) {
  const Integer x = product(a.numerator, Integer{false, b.denominator});
  const Integer y = product(b.numerator, Integer{false, a.denominator});
  return {sum(x, y), product(Limbs(a.denominator), Limbs(b.denominator))};
}

Rational negated(Rational a) { return {negated(std::move(a.numerator)), std::move(a.denominator)}; }

Rational product(const Rational& a, const Rational& b) {
  return {product(a.numerator, b.numerator), product(Limbs(a.denominator), Limbs(b.denominator))};
}

Rational inverse(Rational a) {  // not 0
  return {{a.numerator.negative, std::move(a.denominator)}, std::move(a.numerator.magnitude)};
}

int compare_rationals(const Rational& a, const Rational& b) {
  if (a.numerator.negative != b.numerator.negative) return a.numerator.negative ? -1 : 1;
  return compare_integers(product(a.numerator, Integer{false, b.denominator}),
                          product(b.numerator, Integer{false, a.denominator}));
}

Integer whole_part(const Rational& r) {
  Natural whole = divided(r.numerator.magnitude, r.denominator).quotient;
  const bool negative = r.numerator.negative && !whole.empty();
  return {negative, std::move(whole)};
}

// So scaled that the quotient has more bits than a double can tell.
double nearest(const Rational& r) {
  constexpr std::int64_t kBits = 66;
  const auto above = static_cast<std::int64_t>(bit_length(r.numerator.magnitude));
  const auto below = static_cast<std::int64_t>(bit_length(r.denominator));
  const std::int64_t scale = kBits - (above - below);
  const auto shift = static_cast<std::size_t>(std::abs(scale));
  const Division d = scale >= 0
                         ? divided(shifted_left(r.numerator.magnitude, shift), r.denominator)
                         : divided(r.numerator.magnitude, shifted_left(r.denominator, shift));
  const double magnitude = rounded(d.quotient, !d.remainder.empty(), -scale);
  return r.numerator.negative ? -magnitude : magnitude;
}

// ---- text ---------------------------------------------------------------------------------------

// The largest power of a base in a limb, and its exponent.
struct BasePower {
  Limb power = 1;
  std::size_t digits = 0;
};

BasePower power_in_limb(unsigned base) {
  BasePower p;
  while (p.power <= std::numeric_limits<Limb>::max() / base) {
    p.power *= base;
    ++p.digits;
  }
  return p;
}

// The digits of n, which is used up.
void append_natural(std::string& out, Natural n, unsigned base) {
  const BasePower chunk = power_in_limb(base);
  std::string digits;  // lowest first
  while (!n.empty()) {
    Limb part = divide_by_limb(n, chunk.power);
    for (std::size_t i = 0; i < chunk.digits && (part != 0 || !n.empty()); ++i) {
      digits += "0123456789abcdefghijklmnopqrstuvwxyz"[part % base];
      part /= base;
    }
  }
  if (digits.empty()) digits = "0";
  out.append(digits.rbegin(), digits.rend());
}

void append_integer(std::string& out, const Pin& pin, Word w) {
  if (is_int(w)) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), to_int(pin, w)).ptr);
    return;
  }
  if (is_negative_big(pin, w)) out += '-';
  const Limbs limbs = limbs_of(pin, w);
  append_natural(out, Natural(limbs.begin(), limbs.end()), 10);
}

unsigned digit_value(char c) {
  return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

// False when there are too many digits: what has so many is larger than the largest integer.
bool parse_natural(std::string_view digits, Natural& n, unsigned base = 10) {
  while (digits.starts_with('0')) digits.remove_prefix(1);
  const BasePower most = power_in_limb(base);
  const auto bits_of_one = static_cast<std::size_t>(std::bit_width(base) - 1);  // at least
  if (digits.size() > std::size_t{kBigIntLimbsMax} * kLimbBits / bits_of_one + 1) return false;
  while (!digits.empty()) {
    const std::size_t size = std::min(digits.size(), most.digits);
    Limb chunk = 0;
    Limb power = 1;
    for (const char c : digits.substr(0, size)) {
      chunk = chunk * base + digit_value(c);
      power *= base;
    }
    multiply_add(n, power, chunk);
    if (n.size() > kBigIntLimbsMax) return false;
    digits.remove_prefix(size);
  }
  return true;
}

// `count` limbs of two's complement, more than the magnitude has.
Natural complement_of(const Integer& i, std::size_t count) {
  Natural limbs = i.magnitude;
  limbs.resize(count);
  if (!i.negative) return limbs;
  Limb carry = 1;
  for (Limb& limb : limbs) {
    limb = ~limb + carry;
    carry = carry != 0 && limb == 0 ? 1 : 0;
  }
  return limbs;
}

template <class Operation>
NumberResult bitwise(Edit& edit, Word a, Word b, Operation operation) {
  const Integer x = load(edit.pin(), a);
  const Integer y = load(edit.pin(), b);
  const std::size_t count = std::max(x.magnitude.size(), y.magnitude.size()) + 1;
  Natural limbs = complement_of(x, count);
  const Natural others = complement_of(y, count);
  std::ranges::transform(limbs, others, limbs.begin(), operation);
  const bool negative = limbs.back() >> (kLimbBits - 1) != 0;
  Integer made{negative, complement_of({negative, std::move(limbs)}, count)};
  trim(made.magnitude);
  return store(edit, made);
}

// ---- operations ---------------------------------------------------------------------------------

bool both_int(Word a, Word b) { return is_int(a) && is_int(b); }
bool either_real(Word a, Word b) { return is_double(a) || is_double(b); }
bool both_integer(Word a, Word b) { return is_integer(a) && is_integer(b); }

bool is_exact_zero(Word w) { return w == int_word(0); }

}  // namespace

std::string_view message_of(NumberFault fault) {
  switch (fault) {
    case NumberFault::kNone:
      return "no fault";
    case NumberFault::kDivideByZero:
      return "divide by zero";
    case NumberFault::kTooLarge:
      return "an integer of more than 262,144 bits";
    case NumberFault::kNoInteger:
      return "an infinity or NaN is no integer";
  }
  return "";
}

NumberResult add(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  std::int64_t small = 0;
  if (both_int(a, b) && !__builtin_add_overflow(to_int(pin, a), to_int(pin, b), &small))
    return {from_int(edit, small)};
  if (either_real(a, b)) return {from_double(edit, to_real(pin, a) + to_real(pin, b))};
  if (both_integer(a, b)) return store(edit, sum(load(pin, a), load(pin, b)));
  return store(edit, sum(load_exact(pin, a), load_exact(pin, b)));
}

NumberResult subtract(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  std::int64_t small = 0;
  if (both_int(a, b) && !__builtin_sub_overflow(to_int(pin, a), to_int(pin, b), &small))
    return {from_int(edit, small)};
  if (either_real(a, b)) return {from_double(edit, to_real(pin, a) - to_real(pin, b))};
  if (both_integer(a, b)) return store(edit, sum(load(pin, a), negated(load(pin, b))));
  return store(edit, sum(load_exact(pin, a), negated(load_exact(pin, b))));
}

NumberResult multiply(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  std::int64_t small = 0;
  if (both_int(a, b) && !__builtin_mul_overflow(to_int(pin, a), to_int(pin, b), &small))
    return {from_int(edit, small)};
  if (either_real(a, b)) return {from_double(edit, to_real(pin, a) * to_real(pin, b))};
  if (both_integer(a, b)) return store(edit, product(load(pin, a), load(pin, b)));
  return store(edit, product(load_exact(pin, a), load_exact(pin, b)));
}

NumberResult divide(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  if (is_exact_zero(b)) return fault(NumberFault::kDivideByZero);
  if (either_real(a, b)) return {from_double(edit, to_real(pin, a) / to_real(pin, b))};
  return store(edit, product(load_exact(pin, a), inverse(load_exact(pin, b))));
}

NumberResult quotient(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  if (is_exact_zero(b)) return fault(NumberFault::kDivideByZero);
  if (either_real(a, b)) return {from_double(edit, std::trunc(to_real(pin, a) / to_real(pin, b)))};
  if (both_int(a, b) && b != int_word(-1)) return {from_int(edit, to_int(pin, a) / to_int(pin, b))};
  if (!both_integer(a, b))
    return store(edit, whole_part(product(load_exact(pin, a), inverse(load_exact(pin, b)))));
  const Integer x = load(pin, a);
  const Integer y = load(pin, b);
  Natural whole = divided(x.magnitude, y.magnitude).quotient;
  const bool negative = x.negative != y.negative && !whole.empty();
  return store(edit, Integer{negative, std::move(whole)});
}

NumberResult remainder(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  if (is_exact_zero(b)) return fault(NumberFault::kDivideByZero);
  if (either_real(a, b)) return {from_double(edit, std::fmod(to_real(pin, a), to_real(pin, b)))};
  if (b == int_word(-1) && is_integer(a)) return {int_word(0)};
  if (both_int(a, b)) return {from_int(edit, to_int(pin, a) % to_int(pin, b))};
  if (both_integer(a, b)) {
    const Integer x = load(pin, a);
    Natural left = divided(x.magnitude, load(pin, b).magnitude).remainder;
    const bool negative = x.negative && !left.empty();
    return store(edit, Integer{negative, std::move(left)});
  }
  const Rational x = load_exact(pin, a);
  const Rational y = load_exact(pin, b);
  const Rational whole{whole_part(product(x, inverse(y))), natural(1)};
  return store(edit, sum(x, negated(product(whole, y))));
}

NumberResult modulus(Edit& edit, Word a, Word b) {
  const Pin& pin = edit.pin();
  const NumberResult left = remainder(edit, a, b);
  if (!left.ok()) return left;
  const int sign = sign_of(pin, left.word);
  return sign == 0 || sign == sign_of(pin, b) ? left : add(edit, left.word, b);
}

NumberResult bit_and(Edit& edit, Word a, Word b) { return bitwise(edit, a, b, std::bit_and<>()); }
NumberResult bit_or(Edit& edit, Word a, Word b) { return bitwise(edit, a, b, std::bit_or<>()); }
NumberResult bit_xor(Edit& edit, Word a, Word b) { return bitwise(edit, a, b, std::bit_xor<>()); }

NumberResult negate(Edit& edit, Word a) {
  const Pin& pin = edit.pin();
  if (is_double(a)) return {from_double(edit, -to_double(pin, a))};
  return subtract(edit, int_word(0), a);
}

bool is_reduced(const Pin& pin, Word ratio) {
  Rational r = load_exact(pin, ratio);
  if (sign_of(pin, denominator(pin, ratio)) <= 0 || is_one(r.denominator)) return false;
  return !r.numerator.magnitude.empty() &&
         is_one(common_divisor(std::move(r.numerator.magnitude), std::move(r.denominator)));
}

int sign_of(const Pin& pin, Word a) {
  if (is_int(a)) {
    const std::int64_t v = to_int(pin, a);
    return v < 0 ? -1 : v > 0 ? 1 : 0;
  }
  if (is_double(a)) {
    const double d = to_double(pin, a);
    return d < 0 ? -1 : d > 0 ? 1 : 0;
  }
  return is_ratio(a) ? sign_of(pin, numerator(pin, a)) : is_negative_big(pin, a) ? -1 : 1;
}

NumberResult to_integer(Edit& edit, Word a) {
  const Pin& pin = edit.pin();
  if (is_integer(a)) return {a};
  if (is_ratio(a)) return store(edit, whole_part(load_exact(pin, a)));
  const double d = to_double(pin, a);
  if (!std::isfinite(d)) return fault(NumberFault::kNoInteger);
  return store(edit, whole_part(load_real(d)));
}

double to_real(const Pin& pin, Word a) {
  if (is_int(a)) return static_cast<double>(to_int(pin, a));
  if (is_double(a)) return to_double(pin, a);
  if (is_ratio(a)) return nearest(load_exact(pin, a));
  const double magnitude = rounded(limbs_of(pin, a), false, 0);
  return is_negative_big(pin, a) ? -magnitude : magnitude;
}

int compare_numbers(const Pin& pin, Word a, Word b) {
  const auto order = [](auto x, auto y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (both_int(a, b)) return order(to_int(pin, a), to_int(pin, b));
  const double x = is_double(a) ? to_double(pin, a) : 0;
  const double y = is_double(b) ? to_double(pin, b) : 0;
  if (std::isnan(x) || std::isnan(y)) return order(std::isnan(x), std::isnan(y));
  if ((is_double(a) && is_double(b)) || std::isinf(x) || std::isinf(y)) return order(x, y);
  const int signs = order(sign_of(pin, a), sign_of(pin, b));
  if (signs != 0) return signs;
  if (both_integer(a, b)) {
    if (is_int(a)) return -sign_of(pin, b);  // what is big is further out
    if (is_int(b)) return sign_of(pin, a);
    return sign_of(pin, a) * compare_naturals(limbs_of(pin, a), limbs_of(pin, b));
  }
  return compare_rationals(is_double(a) ? load_real(x) : load_exact(pin, a),
                           is_double(b) ? load_real(y) : load_exact(pin, b));
}

NumberResult parse_integer(Edit& edit, std::string_view digits, bool negative, unsigned base) {
  Integer i;
  if (!parse_natural(digits, i.magnitude, base)) return fault(NumberFault::kTooLarge);
  i.negative = negative && !i.magnitude.empty();
  return store(edit, i);
}

NumberResult parse_ratio(Edit& edit, std::string_view numerator, std::string_view denominator,
                         bool negative) {
  Rational r;
  if (!parse_natural(numerator, r.numerator.magnitude) ||
      !parse_natural(denominator, r.denominator)) {
    return fault(NumberFault::kTooLarge);
  }
  if (r.denominator.empty()) return fault(NumberFault::kDivideByZero);
  r.numerator.negative = negative && !r.numerator.magnitude.empty();
  return store(edit, std::move(r));
}

void append_exact(std::string& out, const Pin& pin, Word a) {
  if (!is_ratio(a)) {
    append_integer(out, pin, a);
    return;
  }
  append_integer(out, pin, numerator(pin, a));
  out += '/';
  append_integer(out, pin, denominator(pin, a));
}

void append_in_base(std::string& out, const Pin& pin, Word a, unsigned base) {
  Integer i = load(pin, a);
  if (i.negative) out += '-';
  append_natural(out, std::move(i.magnitude), base);
}

}  // namespace yin::substrate
