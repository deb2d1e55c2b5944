// Numbers of any size in programs, beside Boost.Multiprecision's: a function of two numbers is
// compiled once a run and gets operands around the edges of what machines do by themselves (63 and
// 64 bits), and far beyond.

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/run_program.h"

using namespace yin;
using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using vm::Projection;

namespace {

// Near a power of two where representations change, or anything.
cpp_int random_operand(tests::Random& random) {
  static constexpr unsigned kEdges[] = {0, 1, 31, 32, 61, 62, 63, 64, 65, 127, 128, 200};
  cpp_int v = cpp_int(1) << kEdges[random.below(std::size(kEdges))];
  v += static_cast<std::int64_t>(random.below(7)) - 3;
  if (random.one_in(3)) v = (v * random.bits()) >> static_cast<unsigned>(random.below(80));
  return random.one_in(2) ? v : cpp_int(-v);
}

// As programs print it: an N behind what does not fit 64 bits.
std::string printed(const cpp_int& v) {
  const cpp_int limit = cpp_int(1) << 63;
  return v.str() + (v >= limit || v < -limit ? "N" : "");
}
std::string printed(const cpp_rational& v) {
  if (denominator(v) == 1) return printed(cpp_int(numerator(v)));
  return numerator(v).str() + "/" + denominator(v).str();
}
std::string printed(bool v) { return v ? "true" : "false"; }

cpp_rational over(const cpp_int& a, const cpp_int& b) {
  return b < 0 ? cpp_rational(cpp_int(-a), cpp_int(-b)) : cpp_rational(a, b);
}

constexpr std::string_view kFunction =
    "(defn f [a b]\n"
    "  [(+ a b) (- a b) (* a b) (- a) (inc a) (dec a) (+ a 1) (- a 1) (* a 3) (abs a)\n"
    "   (min a b) (max a b) (even? a) (zero? a) (neg? b)\n"
    "   (< a b) (<= a b) (> a b) (>= a b) (= a b) (== a b) (if (< a b) 1 2) (if (= a b) 1 2)\n"
    "   (compare a b) (= (hash a) (hash (- (+ a b) b)))\n"
    "   (if (zero? b) nil [(quot a b) (rem a b) (mod a b) (/ a b) (= (/ a b) (/ (* a 7) (* b 7)))\n"
    "                      (= a (+ (* (quot a b) b) (rem a b))) (= a (* (/ a b) b))])])\n";

std::string expected(const cpp_int& a, const cpp_int& b) {
  std::vector<std::string> out = {
      printed(cpp_int(a + b)),
      printed(cpp_int(a - b)),
      printed(cpp_int(a * b)),
      printed(cpp_int(-a)),
      printed(cpp_int(a + 1)),
      printed(cpp_int(a - 1)),
      printed(cpp_int(a + 1)),
      printed(cpp_int(a - 1)),
      printed(cpp_int(a * 3)),
      printed(cpp_int(abs(a))),
      printed(a < b ? a : b),
      printed(a > b ? a : b),
      printed(a % 2 == 0),
      printed(a == 0),
      printed(b < 0),
      printed(a < b),
      printed(a <= b),
      printed(a > b),
      printed(a >= b),
      printed(a == b),
      printed(a == b),
      a < b ? "1" : "2",
      a == b ? "1" : "2",
      std::to_string(a.compare(b) < 0   ? -1
                     : a.compare(b) > 0 ? 1
                                        : 0),
      "true",
  };
  std::string text = "[";
  for (const std::string& part : out) text += part + " ";
  if (b == 0) return text + "nil]";
  const cpp_int left = a % b;
  const bool other_sign = left != 0 && (left < 0) != (b < 0);
  return text + "[" + printed(cpp_int(a / b)) + " " + printed(left) + " " +
         printed(other_sign ? cpp_int(left + b) : left) + " " + printed(over(a, b)) +
         " true true true]]";
}

}  // namespace

TEST_CASE("programs compute with integers of any size, on every projection") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  tests::Random random(seed);
  const std::vector<tests::RunOptions> configurations = {
      {.projections = {Projection::kWalk}},
      {.projections = {Projection::kStack}},
      {.projections = {Projection::kRegister}},
      {.projections = {Projection::kNative}},
      {.projections = {Projection::kNative, Projection::kStack, Projection::kRegister,
                       Projection::kWalk},
       .fuel = 1}};
  constexpr int kPairs = 25;  // a program
  for (int i = 0; i < test::effort(8); ++i) {
    std::string program(kFunction);
    std::string value = "[";
    program += '[';
    for (int pair = 0; pair < kPairs; ++pair) {
      const cpp_int a = random_operand(random);
      const cpp_int b = random.one_in(8)    ? a
                        : random.one_in(20) ? cpp_int(0)
                                            : random_operand(random);
      program += "(f " + a.str() + " " + b.str() + ")\n";
      value += (pair == 0 ? "" : " ") + expected(a, b);
    }
    program += ']';
    value += ']';
    for (const auto& options : configurations) {
      tests::ProgramRunner runner;
      INFO("projection " << static_cast<int>(options.projections[0]) << "\n" << program);
      REQUIRE(runner.run(program, options).value == value);
    }
  }
}
