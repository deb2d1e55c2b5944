// Loops made at random: their variables meet the edges of small integers, doubles, nil and texts, in
// the middle of what runs in processor registers (vm/native/loop.h), which must not be seen.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/effort.h"
#include "tests/support/every_way.h"
#include "tests/support/random.h"
#include "tests/support/run_program.h"

using namespace yin;

namespace {

constexpr std::uint64_t kFuelMax = 3'000;

class LoopProgram {
 public:
  explicit LoopProgram(std::uint64_t seed) : random_(seed) {}

  // A function of a loop, called with several sets of arguments: what one leaves behind in the code
  // is there for the next.
  std::string text() {
    variables_ = 1 + static_cast<int>(random_.below(8));  // more than there are registers
    turns_ = static_cast<int>(1 + random_.below(40));
    std::string text = "(defn f [k a b] (let [c (fn [] k)] " + loop() + "))\n[";
    for (std::uint64_t calls = 1 + random_.below(4); calls > 0; --calls)
      text += "(try (f " + start() + " " + start() + " " + start() +
              ") (catch :default e (ex-message e))) ";
    return text + "]";
  }

 private:
  template <std::size_t kSize>
  std::string_view any(const std::string_view (&of)[kSize]) {
    return of[random_.below(kSize)];
  }
  std::string start() {
    static constexpr std::string_view kStarts[] = {"0",
                                                   "1",
                                                   "-1",
                                                   "3",
                                                   "7",
                                                   "1000",
                                                   "-20",
                                                   "2305843009213693951",
                                                   "2305843009213693950",
                                                   "4611686018427387903",
                                                   "4611686018427387900",
                                                   "-4611686018427387904",
                                                   "-4611686018427387900",
                                                   "9223372036854775807",
                                                   "18446744073709551616",
                                                   "0.5",
                                                   "-3.0",
                                                   "1/3",
                                                   "nil",
                                                   "true",
                                                   "\"x\"",
                                                   ":k"};
    return std::string(random_.one_in(2) ? kStarts[random_.below(7)] : any(kStarts));
  }
  std::string variable() {
    if (random_.one_in(4)) return "i";
    if (random_.one_in(8)) return std::string(any({"k", "a", "b"}));
    return "v" + std::to_string(random_.below(static_cast<std::uint64_t>(variables_)));
  }
  std::string_view any(std::initializer_list<std::string_view> of) {
    return *(of.begin() + random_.below(of.size()));
  }
  std::string number() {
    return std::string(any({"0", "1", "2", "-1", "5", "100", "-7", "1000000", "3000000000"}));
  }
  std::string condition(int depth) {
    if (random_.one_in(8)) return variable();
    if (random_.one_in(4))
      return "(" + std::string(any({"zero?", "pos?", "neg?", "even?", "odd?", "not", "nil?"})) +
             " " + expression(depth - 1) + ")";
    const std::string x = expression(depth - 1);
    const std::string y = random_.one_in(2) ? number() : expression(depth - 1);
    return "(" + std::string(any({"<", ">", "<=", ">=", "=", "=", "=="})) + " " + x + " " + y + ")";
  }
  std::string expression(int depth) {
    if (depth <= 0 || random_.one_in(4)) return random_.one_in(5) ? number() : variable();
    const std::string x = expression(depth - 1);
    switch (random_.below(10)) {
      case 0:
      case 1:
        if (random_.one_in(3)) return "(* " + x + " (rem " + variable() + " 9))";
        return "(" + std::string(any({"+", "-"})) + " " + x + " " + expression(depth - 1) + ")";
      case 2:
        return "(" + std::string(any({"+", "-", "*"})) + " " + x + " " + number() + ")";
      case 3:
        return "(" + std::string(any({"inc", "dec"})) + " " + x + ")";
      case 4:
        return "(" + std::string(any({"quot", "rem", "mod"})) + " " + x + " " +
               std::string(any({"2", "3", "-5", "7", "1024"})) + ")";
      case 5:
        return "(if " + condition(depth) + " " + x + " " + expression(depth - 1) + ")";
      case 6:
        return "(let [t " + x + "] (if (< t " + number() + ") t " + expression(depth - 1) + "))";
      case 7:
        return condition(depth);
      case 8:  // what is not done in registers, now and then
        return "(if (= 0 (rem i 5)) " +
               std::string(
                   any({"(count (str i))", "(first [i])", "(c)", "(nth [1 2 3] 1)", "(max i 3)"})) +
               " " + x + ")";
      default:
        return x;
    }
  }
  std::string recur() {
    std::string text = "(recur (inc i)";
    for (int n = 0; n < variables_; ++n) text += " " + expression(2);
    return text + ")";
  }
  std::string loop() {
    std::string text = "(loop [i 0";
    for (int n = 0; n < variables_; ++n)
      text += " v" + std::to_string(n) + " " +
              (random_.one_in(2) ? std::string(any({"a", "b"})) : start());
    std::string result = "[i";
    for (int n = 0; n < variables_; ++n) result += " v" + std::to_string(n);
    result += "]";
    text += "] (if (< i " + std::to_string(turns_) + ") ";
    switch (random_.below(4)) {
      case 0:
        text += "(if " + condition(2) + " " + recur() + " " + recur() + ")";
        break;
      case 1:
        text += "(if " + condition(2) + " " + result + " " + recur() + ")";
        break;
      case 2:  // with another in it
        text += "(let [w (loop [j 0 s " + variable() + "] (if (< j 3) (recur (inc j) " +
                (random_.one_in(2) ? "(+ s i)" : expression(1)) + ") s))] (recur (inc i)";
        for (int n = 0; n < variables_; ++n) text += n == 0 ? " w" : " " + expression(2);
        text += "))";
        break;
      default:
        text += recur();
    }
    return text + " " + result + "))";
  }

  tests::Random random_;
  int variables_ = 1;
  int turns_ = 1;
};

}  // namespace

TEST_CASE("loops of little") {
  for (const std::string_view text : {
           "(loop [] (recur))",
           "(loop [i 0] (recur i))",
           "(loop [i 0] (recur (inc i)))",
           "(defn f [] (recur)) (f)",
           "(loop [i 0] (if i (recur nil) i))",
           "(loop [i 9] (do (loop [] (if (< i 5) (recur))) (if (pos? i) (recur (dec i)) i)))",
       }) {
    INFO(text);
    tests::ProgramRunner runner;
    CHECK(run_every_way(runner, std::string(text), {.fuel_max = 100}).difference == "");
  }
}

TEST_CASE("loops made at random mean the same in every way they run") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  std::optional<tests::ProgramRunner> runner;
  int values = 0;
  const int programs = test::effort(1'000);
  for (int i = 0; i < programs; ++i) {
    if (i % 4'000 == 0) runner.emplace();  // nobody collects what the steps leave behind
    const std::uint64_t one = seed + static_cast<std::uint64_t>(i);
    const std::string text = LoopProgram(one).text();
    INFO("YIN_SEED=" << one << '\n' << text);
    const tests::Checked checked = run_every_way(*runner, text,
                                                 {.fuel_max = kFuelMax,
                                                  .in_step_max = one % 16 == 0 ? 1'000u : 30u,
                                                  .in_pieces_max = kFuelMax,
                                                  .seed = one});
    if (!checked.result.value.starts_with('!')) ++values;
    REQUIRE(checked.difference == "");
  }
  CHECK(values > programs / 2);
}
