// Arithmetic beside Boost.Multiprecision's, which shares no line with ours.

#include "substrate/number.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/print.h"
#include "substrate/read.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/reading.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;
using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

struct Numbers : Reading {
  Word of(const cpp_int& i) {
    const std::string text = i.str();
    const bool negative = text[0] == '-';
    return number_of(
        parse_integer(edit, std::string_view(text).substr(negative ? 1 : 0), negative));
  }
  Word of(const cpp_rational& r) {
    return number_of(divide(edit, of(numerator(r)), of(denominator(r))));
  }
  std::string text(Word w) const {
    std::string out;
    append_exact(out, pin, w);
    return out;
  }
  std::string text(const NumberResult& made) const {
    REQUIRE(made.ok());
    REQUIRE(flaw_in(pin, made.word) == "");
    return text(made.word);
  }
  std::string printed(const NumberResult& made) const {
    return made.ok() ? print(pin, made.word) : std::string(message_of(made.fault));
  }
};

// Now and then near a power of 2, where carries are long.
cpp_int random_int(Random& random, unsigned bits_max) {
  const auto bits = static_cast<unsigned>(random.below(bits_max));
  cpp_int value = 0;
  for (unsigned i = 0; i < bits; i += 64) value = (value << 64) | random.bits();
  value >>= (bits + 63) / 64 * 64 - bits;
  if (random.one_in(4)) {
    value = cpp_int(1) << bits;
    value += static_cast<std::int64_t>(random.below(5)) - 2;
  }
  return random.one_in(2) ? value : cpp_int(-value);
}

unsigned random_bits_max(Random& random) {
  return random.one_in(10) ? 20'000 : random.one_in(2) ? 300 : 70;
}

// Boost takes no denominator below zero.
cpp_rational over(const cpp_int& above, const cpp_int& below) {
  return below < 0 ? cpp_rational(cpp_int(-above), cpp_int(-below)) : cpp_rational(above, below);
}

// Boost's negative integers have no bits: of two's complement by identities.
cpp_int bitwise(const cpp_int& x, const cpp_int& y, char sign) {
  const auto bits =
      static_cast<unsigned>(std::max(x == 0 ? 0 : msb(abs(x)), y == 0 ? 0 : msb(abs(y))) + 2);
  const cpp_int all = cpp_int(1) << bits;
  const cpp_int a = x < 0 ? cpp_int(x + all) : x;
  const cpp_int b = y < 0 ? cpp_int(y + all) : y;
  const cpp_int r = sign == '&' ? cpp_int(a & b) : sign == '|' ? cpp_int(a | b) : cpp_int(a ^ b);
  return bit_test(r, bits - 1) ? cpp_int(r - all) : r;
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

}  // namespace

TEST_CASE("integers of any size agree with another implementation's") {
  Numbers n;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(4'000); ++i) {
    const cpp_int x = random_int(random, random_bits_max(random));
    const cpp_int y = random.one_in(20) ? x : random_int(random, random_bits_max(random));
    const Word a = n.of(x);
    const Word b = n.of(y);
    INFO(x << " " << y);
    REQUIRE(n.text(a) == x.str());
    REQUIRE(n.text(add(n.edit, a, b)) == cpp_int(x + y).str());
    REQUIRE(n.text(subtract(n.edit, a, b)) == cpp_int(x - y).str());
    REQUIRE(n.text(multiply(n.edit, a, b)) == cpp_int(x * y).str());
    REQUIRE(n.text(negate(n.edit, a)) == cpp_int(-x).str());
    REQUIRE(compare_numbers(n.pin, a, b) == sign(x.compare(y)));
    REQUIRE(compare(n.pin, a, b) == sign(x.compare(y)));
    REQUIRE(equal(n.pin, a, b) == (x == y));
    REQUIRE(sign_of(n.pin, a) == x.sign());
    if (x == y) REQUIRE(hash(n.pin, a) == hash(n.pin, b));
    REQUIRE(n.text(bit_xor(n.edit, a, b)) == bitwise(x, y, '^').str());
    REQUIRE(n.text(bit_and(n.edit, a, b)) == bitwise(x, y, '&').str());
    REQUIRE(n.text(bit_or(n.edit, a, b)) == bitwise(x, y, '|').str());
    std::string hexadecimal;
    append_in_base(hexadecimal, n.pin, a, 16);
    const cpp_int size = abs(x);
    REQUIRE(hexadecimal == (x < 0 ? "-" : "") + size.str(0, std::ios_base::hex));
    for (const unsigned base : {2u, 7u, 36u}) {
      std::string digits;
      append_in_base(digits, n.pin, a, base);
      const bool negative = digits[0] == '-';
      const auto magnitude = std::string_view(digits).substr(negative ? 1 : 0);
      REQUIRE(n.text(parse_integer(n.edit, magnitude, negative, base)) == x.str());
    }
    if (y == 0) continue;
    const cpp_int left = x % y;
    const bool other_sign = left != 0 && (left < 0) != (y < 0);
    REQUIRE(n.text(modulus(n.edit, a, b)) == (other_sign ? cpp_int(left + y) : left).str());
    REQUIRE(n.text(quotient(n.edit, a, b)) == cpp_int(x / y).str());
    REQUIRE(n.text(remainder(n.edit, a, b)) == cpp_int(x % y).str());
    REQUIRE(n.text(divide(n.edit, a, b)) == over(x, y).str());
  }
}

TEST_CASE("ratios agree with another implementation's") {
  Numbers n;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const auto random_rational = [&] {
    const unsigned bits = random.one_in(10) ? 3'000 : random.one_in(2) ? 200 : 6;
    const cpp_int below = random_int(random, bits);
    return over(random_int(random, bits), below == 0 ? cpp_int(3) : below);
  };
  for (int i = 0; i < yin::test::effort(3'000); ++i) {
    const cpp_rational x = random_rational();
    const cpp_rational y = random.one_in(20) ? x : random_rational();
    const Word a = n.of(x);
    const Word b = n.of(y);
    INFO(x << " " << y);
    REQUIRE(n.text(a) == x.str());
    REQUIRE(n.text(add(n.edit, a, b)) == cpp_rational(x + y).str());
    REQUIRE(n.text(subtract(n.edit, a, b)) == cpp_rational(x - y).str());
    REQUIRE(n.text(multiply(n.edit, a, b)) == cpp_rational(x * y).str());
    REQUIRE(compare_numbers(n.pin, a, b) == sign(x.compare(y)));
    REQUIRE(equal(n.pin, a, b) == (x == y));
    if (x == y) REQUIRE(hash(n.pin, a) == hash(n.pin, b));
    if (y == 0) continue;
    const cpp_rational divided = x / y;
    const cpp_int whole = numerator(divided) / denominator(divided);
    REQUIRE(n.text(divide(n.edit, a, b)) == divided.str());
    REQUIRE(n.text(quotient(n.edit, a, b)) == whole.str());
    REQUIRE(n.text(remainder(n.edit, a, b)) == cpp_rational(x - y * whole).str());
    REQUIRE(n.text(to_integer(n.edit, a)) == cpp_int(numerator(x) / denominator(x)).str());
  }
}

TEST_CASE("large common divisors are found") {
  Numbers n;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(150); ++i) {
    const unsigned bits = random.one_in(10) ? 20'000 : 2'000;
    const cpp_int common = 1 + abs(random_int(random, bits));
    const cpp_int x = random_int(random, bits) * common;
    const cpp_int y = (1 + abs(random_int(random, bits))) * common;
    INFO(x << " / " << y);
    REQUIRE(n.text(divide(n.edit, n.of(x), n.of(y))) == over(x, y).str());
  }
  // Fibonacci numbers take Euclid's algorithm longest, and quotients of 1 all the way.
  cpp_int x = 1;
  cpp_int y = 1;
  for (int i = 0; i < 3'000; ++i) {
    x += y;
    x.swap(y);
  }
  REQUIRE(n.text(divide(n.edit, n.of(x), n.of(y))) == over(x, y).str());
  REQUIRE(n.text(divide(n.edit, n.of(cpp_int(x * 12)), n.of(cpp_int(y * 12)))) == over(x, y).str());
}

TEST_CASE("a number has one form, whatever it came from") {
  Numbers n;
  const Word one = int_word(1);
  const Word top = n("9223372036854775807");
  const Word bottom = n("-9223372036854775808");
  CHECK(n.printed(add(n.edit, top, one)) == "9223372036854775808N");
  CHECK(n.printed(subtract(n.edit, bottom, one)) == "-9223372036854775809N");
  CHECK(n.printed(subtract(n.edit, n("9223372036854775808"), one)) == "9223372036854775807");
  CHECK(n.printed(add(n.edit, n("-9223372036854775809"), one)) == "-9223372036854775808");
  CHECK(n.printed(negate(n.edit, bottom)) == "9223372036854775808N");
  CHECK(n.printed(negate(n.edit, n("9223372036854775808"))) == "-9223372036854775808");
  CHECK(n.printed(quotient(n.edit, bottom, int_word(-1))) == "9223372036854775808N");
  CHECK(n.printed(remainder(n.edit, bottom, int_word(-1))) == "0");
  CHECK(n.printed(divide(n.edit, bottom, int_word(-1))) == "9223372036854775808N");
  CHECK(n.printed(multiply(n.edit, n("1/3"), n("3"))) == "1");
  CHECK(n.printed(add(n.edit, n("1/2"), n("-1/2"))) == "0");
  CHECK(n.printed(divide(n.edit, int_word(6), int_word(-4))) == "-3/2");
  CHECK(n.printed(divide(n.edit, int_word(0), int_word(-4))) == "0");
  CHECK(n.printed(multiply(n.edit, n("18446744073709551616"), int_word(0))) == "0");
  CHECK(equal(n.pin, n("1N"), one));
  CHECK(n("1N") == one);
  CHECK(!equal(n.pin, n("1/2"), n("0.5")));
  CHECK(!equal(n.pin, n("18446744073709551616N"), n("18446744073709551616.0")));
  CHECK(compare(n.pin, n("18446744073709551616N"), n("18446744073709551616.0")) == 0);
  CHECK(kind_name(n("18446744073709551616N")) == "integer");
  CHECK(kind_name(n("1/2")) == "ratio");
}

TEST_CASE("a double catches") {
  Numbers n;
  CHECK(n.printed(add(n.edit, n("1/2"), n("0.25"))) == "0.75");
  CHECK(n.printed(multiply(n.edit, n("2.0"), n("100000000000000000000"))) == "2e+20");
  CHECK(n.printed(divide(n.edit, n("1"), n("4.0"))) == "0.25");
  CHECK(n.printed(quotient(n.edit, n("7.5"), n("2"))) == "3.0");
  CHECK(n.printed(remainder(n.edit, n("-7.5"), n("2"))) == "-1.5");
  CHECK(n.printed(to_integer(n.edit, n("-2.9"))) == "-2");
  CHECK(n.printed(to_integer(n.edit, n("1e30"))) == "1000000000000000019884624838656N");
  CHECK(n.printed(to_integer(n.edit, n("-7/2"))) == "-3");
}

TEST_CASE("what cannot be is a fault with a name") {
  Numbers n;
  CHECK(n.printed(divide(n.edit, n("1/2"), n("0"))) == "divide by zero");
  CHECK(n.printed(quotient(n.edit, n("18446744073709551616"), n("0"))) == "divide by zero");
  CHECK(n.printed(remainder(n.edit, n("1"), n("0"))) == "divide by zero");
  CHECK(n.printed(divide(n.edit, n("1.5"), n("0"))) == "divide by zero");
  CHECK(n.printed(divide(n.edit, n("1.5"), n("0.0"))) == "##Inf");
  CHECK(n.printed(to_integer(n.edit, n("##Inf"))) == "an infinity or NaN is no integer");
  const Word large = n.of(cpp_int(1) << (kBigIntLimbsMax * 32));
  const Word largest = n.of((cpp_int(1) << (kBigIntLimbsMax * 64)) - 1);
  constexpr std::string_view kTooLarge = "an integer of more than 262,144 bits";
  CHECK(n.printed(multiply(n.edit, large, large)) == kTooLarge);
  CHECK(n.printed(add(n.edit, largest, int_word(1))) == kTooLarge);
  CHECK(n.printed(subtract(n.edit, int_word(-1), largest)) == kTooLarge);
  CHECK(n.text(subtract(n.edit, largest, largest)) == "0");
  const std::string digits = n.text(largest);
  CHECK(digits.size() == 78'914);
  CHECK(n.text(parse_integer(n.edit, digits, false)) == digits);
  CHECK(n.text(parse_integer(n.edit, std::string(100'000, '0') + digits, true)) == "-" + digits);
  CHECK(n.printed(parse_integer(n.edit, std::string(78'914, '9'), false)) == kTooLarge);
  CHECK(n.printed(parse_integer(n.edit, std::string(10'000'000, '9'), false)) == kTooLarge);
  CHECK(read(n.edit, std::string(100'000, '9')).status().message().ends_with(kTooLarge));
  CHECK(n.printed(parse_ratio(n.edit, "1", "000", false)) == "divide by zero");
}

TEST_CASE("the double nearest to an exact number is the one that its text is read as") {
  Numbers n;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(5'000); ++i) {
    std::string digits = std::to_string(1 + (random.bits() >> 1 >> random.below(63)));
    while (random.one_in(2)) digits += std::to_string(random.bits());
    const auto places = random.below(random.one_in(4) ? 400 : 40);  // beyond the least double, too
    const std::string text = digits + "e-" + std::to_string(places);
    cpp_int power = 1;
    for (std::uint64_t p = 0; p < places; ++p) power *= 10;
    INFO(text);
    REQUIRE(to_real(n.pin, n.of(cpp_rational(cpp_int(digits), power))) ==
            std::strtod(text.c_str(), nullptr));
    const std::string whole = digits + std::string(random.below(random.one_in(4) ? 400 : 20), '0');
    REQUIRE(to_real(n.pin, n.of(-cpp_int(whole))) == -std::strtod(whole.c_str(), nullptr));
  }
  // Halfway between two doubles: to the even one.
  CHECK(to_real(n.pin, n("18446744073709553664")) == 18446744073709551616.0);
  CHECK(to_real(n.pin, n("18446744073709553665")) == 18446744073709555712.0);
  CHECK(to_real(n.pin, n("18446744073709557760")) == 18446744073709559808.0);
}

TEST_CASE("numbers of all kinds are in the order of their exact values") {
  Numbers n;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(5'000); ++i) {
    const double d = random_double(random);
    if (!std::isfinite(d)) continue;
    const cpp_rational exact(d);
    const cpp_rational tiny(cpp_int(1), cpp_int(1) << random.below(2'000));
    const Word real = from_double(n.edit, d);
    INFO(d);
    REQUIRE(compare_numbers(n.pin, n.of(exact), real) == 0);
    REQUIRE(to_real(n.pin, n.of(exact)) == d);
    REQUIRE(compare_numbers(n.pin, n.of(exact + tiny), real) == 1);
    REQUIRE(compare_numbers(n.pin, real, n.of(exact + tiny)) == -1);
    REQUIRE(compare_numbers(n.pin, n.of(exact - tiny), real) == -1);
    const cpp_rational other(random_int(random, 80), 7);
    REQUIRE(compare_numbers(n.pin, n.of(other), real) == sign(other.compare(exact)));
  }
  for (const char* exact : {"1", "-1/3", "18446744073709551616"}) {
    CHECK(compare(n.pin, n(exact), n("##Inf")) < 0);
    CHECK(compare(n.pin, n(exact), n("##-Inf")) > 0);
    CHECK(compare(n.pin, n(exact), n("##NaN")) < 0);
    CHECK(compare(n.pin, n("##NaN"), n(exact)) > 0);
  }
  CHECK(compare(n.pin, n("##NaN"), n("##NaN")) == 0);
  CHECK(compare(n.pin, n("##NaN"), n("##Inf")) > 0);
}
