// Programs made at random mean the same on every projection: the same value or the same error, whole
// and in steps. Most are well typed, many are not: errors must agree to the letter and the column.

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/effort.h"
#include "tests/support/run_program.h"

using namespace yin;
using vm::Projection;

namespace {

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::string program() {
    scope_.clear();
    names_ = 0;
    return expression(5);
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  template <std::size_t kCount>
  std::string one_of(const char* const (&of)[kCount]) {
    return of[below(kCount)];
  }

  std::string literal() {
    static constexpr const char* kRare[] = {"nil",
                                            "true",
                                            "false",
                                            ":k",
                                            "\"s\"",
                                            "1.5",
                                            "-0.5",
                                            "\\c",
                                            "[]",
                                            "4611686018427387903",
                                            "-4611686018427387904",
                                            "9223372036854775807",
                                            "8388608",
                                            "-8388608",
                                            "2048",
                                            "-2049",
                                            "(quote (1 2))"};
    return below(4) == 0 ? one_of(kRare) : std::to_string(static_cast<int>(below(12)) - 3);
  }

  std::string leaf() {
    return scope_.empty() || below(3) == 0
               ? literal()
               : scope_[below(static_cast<std::uint32_t>(scope_.size()))];
  }

  // A new local, in scope until out() has been called as often.
  std::string local() {
    // Names repeat, so that locals hide each other.
    scope_.push_back(std::string(1, static_cast<char>('a' + below(6))) +
                     (below(2) == 0 ? "" : std::to_string(names_++ % 5)));
    return scope_.back();
  }
  void out(int count) { scope_.resize(scope_.size() - static_cast<std::size_t>(count)); }

  std::string let(int depth) {
    const std::string first_init = expression(depth - 1);
    const std::string first = local();
    const std::string second_init = expression(depth - 1);
    const std::string second = local();
    const std::string body = expression(depth - 1);
    out(2);
    return "(let [" + first + " " + first_init + " " + second + " " + second_init + "] " + body +
           ")";
  }

  std::string loop(int depth) {
    const std::string start = expression(depth - 1);
    const std::string turn = local();
    const std::string value = local();
    const std::string next = expression(depth - 1);
    const std::string result = expression(depth - 2);
    out(2);
    if (turn == value) return start;
    return "(loop [" + turn + " 0 " + value + " " + start + "] (if (< " + turn + " " +
           std::to_string(below(4)) + ") (recur (inc " + turn + ") " + next + ") [" + value + " " +
           result + "]))";
  }

  std::string function(int depth) {
    switch (below(4)) {
      case 0: {
        const std::string a = local();
        const std::string body = expression(depth - 1);
        out(1);
        return "(fn [" + a + "] " + body + ")";
      }
      case 1: {
        const std::string a = local();
        const std::string rest = local();
        const std::string body = expression(depth - 1);
        out(2);
        return a == rest ? "identity" : "(fn [" + a + " & " + rest + "] " + body + ")";
      }
      case 2: {
        const std::string a = local();
        const std::string one = expression(depth - 1);
        const std::string b = local();
        const std::string two = expression(depth - 1);
        out(2);
        return a == b ? "vector"
                      : "(fn ([" + a + "] " + one + ") ([" + a + " " + b + "] " + two + "))";
      }
      default: {
        const std::string n = local();
        const std::string body = expression(depth - 2);
        out(1);
        return "(fn self [" + n + "] (if (and (int? " + n + ") (< 0 " + n + " 5)) [(self (dec " +
               n + ")) " + body + "] " + body + "))";
      }
    }
  }

  std::string call(int depth) {
    const std::string f = function(depth);
    const std::string a = expression(depth - 1);
    switch (below(6)) {
      case 0:
        return "(map " + f + " [" + a + " " + expression(depth - 1) + "])";
      case 1:
        return "(apply " + f + " " + a + " [" + leaf() + "])";
      case 2:
        return "(apply " + f + " [" + a + "])";
      case 3: {
        const std::string name = local();
        const std::string body =
            "[(" + name + " " + a + ") (" + name + " " + expression(depth - 1) + ")]";
        out(1);
        return "(let [" + name + " " + f + "] " + body + ")";
      }
      case 4:
        return "(" + f + " " + a + " " + expression(depth - 1) + ")";
      default:
        return "(" + f + " " + a + ")";
    }
  }

  std::string test(int depth) {
    static constexpr const char* kCompare[] = {"<", ">", "<=", ">=", "="};
    switch (below(5)) {
      case 0:
        return expression(depth - 1);
      case 1:
        return "(not " + test(depth - 1) + ")";
      case 2:
        return "(" + one_of(kCompare) + " " + leaf() + " " + leaf() + ")";
      default:
        return "(" + one_of(kCompare) + " " + expression(depth - 1) + " " + expression(depth - 1) +
               ")";
    }
  }

  std::string expression(int depth) {
    if (depth <= 0 || below(8) == 0) return leaf();
    static constexpr const char* kBinary[] = {"+",    "-",   "*",      "+",   "-",  "<", "=",
                                              "quot", "min", "vector", "and", "or", "do"};
    static constexpr const char* kUnary[] = {"inc",   "dec", "-",   "str", "count",
                                             "first", "not", "vec", "int?"};
    switch (below(17)) {
      case 0:
      case 1:
      case 2:
        return "(" + one_of(kBinary) + " " + expression(depth - 1) + " " + expression(depth - 1) +
               ")";
      case 3:
        return "(" + one_of(kUnary) + " " + expression(depth - 1) + ")";
      case 4:
      case 5:
        return "(if " + test(depth) + " " + expression(depth - 1) + " " + expression(depth - 1) +
               ")";
      case 6:
      case 7:
        return let(depth);
      case 8:
        return loop(depth);
      case 9:
      case 10:
        return call(depth);
      case 11:
        return "[" + expression(depth - 1) + " " + expression(depth - 1) + "]";
      case 12:
        return "(" + std::string(below(2) == 0 ? "nth" : "get") + " [" + expression(depth - 1) +
               " " + leaf() + "] " + expression(depth - 2) + ")";
      case 13:
      case 14:
        return attempt(depth);
      case 15:
        return "(throw " + expression(depth - 1) + ")";
      default:
        return "(call :echo " + expression(depth - 1) + ")";
    }
  }

  // What a handler sees of an error must not depend on where it was parked.
  std::string attempt(int depth) {
    const std::string body = expression(depth - 1);
    if (below(3) == 0) return "(try " + body + " (finally " + expression(depth - 2) + "))";
    static constexpr const char* kWhat[] = {":default", ":default", ":type", ":user", ":arity"};
    const std::string what = one_of(kWhat);
    const std::string e = local();
    const std::string seen = "[(ex-kind " + e + ") (ex-message " + e + ") (:column (ex-place " + e +
                             ")) (count (ex-trace " + e + "))]";
    const std::string handler = below(4) == 0   ? "(throw " + e + ")"
                                : below(2) == 0 ? seen
                                                : expression(depth - 2);
    out(1);
    const std::string text = "(try " + body + " (catch " + what + " " + e + " " + handler + ")";
    return below(3) == 0 ? text + " (finally (call :echo " + expression(depth - 2) + ")))"
                         : text + ")";
  }

  std::mt19937 random_;
  std::vector<std::string> scope_;
  std::uint32_t names_ = 0;
};

}  // namespace

TEST_CASE("generated programs mean the same on every projection, whole and in steps") {
  const std::uint32_t seed = Catch::getSeed();
  INFO("seed " << seed);
  std::optional<tests::ProgramRunner> runner;
  int values = 0;
  const int programs = test::effort(1500);
  for (int i = 0; i < programs; ++i) {
    if (i % 2000 == 0) runner.emplace();  // nobody collects what the steps leave behind
    Generator generator(seed + static_cast<std::uint32_t>(i));
    const std::string text = generator.program();
    INFO("program " << i << ": " << text);
    const auto stack =
        runner->run(text, {.projections = {Projection::kStack}, .fuel = 100000, .steps_max = 100});
    const auto walk =
        runner->run(text, {.projections = {Projection::kWalk}, .fuel = 100000, .steps_max = 100});
    REQUIRE(stack.value == walk.value);
    REQUIRE(stack.fuel_used == walk.fuel_used);
    for (const auto other : {Projection::kRegister, Projection::kNative}) {
      INFO(vm::projection_name(other));
      const auto same =
          runner->run(text, {.projections = {other}, .fuel = 100000, .steps_max = 100});
      REQUIRE(same.value == walk.value);
      REQUIRE(same.fuel_used == walk.fuel_used);
    }
    if (!stack.value.starts_with('!')) ++values;
    if (stack.fuel_used > 3000) continue;  // too many steps
    for (const std::uint64_t fuel : {1, 2}) {
      const auto steps =
          runner->run(text, {.projections = {Projection::kWalk, Projection::kNative,
                                             Projection::kRegister, Projection::kStack},
                             .fuel = fuel});
      REQUIRE(steps.value == stack.value);
    }
  }
  CHECK(values > programs / 10);  // the generator makes more than errors
}
