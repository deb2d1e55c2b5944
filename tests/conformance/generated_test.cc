// Programs made at random mean the same in every way they run: whole, in step, in pieces, forked, on
// every projection. Most are well typed, many are not: errors must agree to the letter and the
// column. What differs is made as small as it goes, and printed with its seed; then it belongs into
// found.txt beside this file.
//
// A million programs take some minutes: YIN_TEST_PERCENT=50000.

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/clock.h"
#include "tests/support/effort.h"
#include "tests/support/every_way.h"
#include "tests/support/random.h"
#include "tests/support/random_program.h"
#include "tests/support/shrink.h"

using namespace yin;

namespace {

constexpr std::uint64_t kFuelMax = 3'000;

// Short programs are run in step; of the longer ones, a few.
tests::Ways ways_of(std::uint64_t seed) {
  const bool thorough = seed % 16 == 0;
  return {.fuel_max = kFuelMax,
          .in_step_max = thorough ? std::uint64_t{1'000} : 60,
          .in_pieces_max = thorough ? kFuelMax : 200,
          .forks = seed % 4 == 0 ? std::uint64_t{2} : 0,
          .seed = seed};
}

// In a new domain, thoroughly: for what is to be made smaller.
std::string difference_of(const std::string& text, std::uint64_t seed) {
  tests::ProgramRunner runner;
  return run_every_way(runner, text,
                       {.fuel_max = kFuelMax, .in_step_max = kFuelMax, .forks = 4, .seed = seed})
      .difference;
}

std::string report(const std::string& text, std::uint64_t seed, const std::string& difference) {
  const std::string small =
      tests::shrink(text, [&](const std::string& t) { return !difference_of(t, seed).empty(); });
  return "YIN_SEED=" + std::to_string(seed) + "\n" + text + "\n" + difference +
         "\nthe smallest that differs:\n" + small + "\n" + difference_of(small, seed);
}

}  // namespace

TEST_CASE("generated programs mean the same in every way they run") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  std::optional<tests::ProgramRunner> runner;
  int values = 0;
  int differences = 0;
  const int programs = test::effort(2'000);
  const std::uint64_t began = substrate::monotonic_ns();
  for (int i = 0; i < programs && differences < 5; ++i) {
    if (i % 4'000 == 0) runner.emplace();  // nobody collects what the steps leave behind
    const std::uint64_t one = seed + static_cast<std::uint64_t>(i);
    const std::string text = tests::RandomProgram(one).text();
    const tests::Checked checked = run_every_way(*runner, text, ways_of(one));
    if (!checked.result.value.starts_with('!')) ++values;
    if (checked.difference.empty()) continue;
    ++differences;
    FAIL_CHECK(report(text, one, checked.difference));
    runner.emplace();
  }
  CHECK(values > programs / 4);  // the generator makes more than errors
  const double seconds = static_cast<double>(substrate::monotonic_ns() - began) / 1e9;
  if (programs > 100'000)
    WARN(programs << " programs from YIN_SEED=" << seed << ", " << programs / seconds
                  << " a second, " << values << " with a value");
}

// What was found, each with what it gives.
TEST_CASE("what generated programs found stays mended") {
  constexpr std::string_view kArrow = " => ";
  std::ifstream file(YIN_SOURCE_DIR "/tests/conformance/found.txt");
  REQUIRE(file.good());
  for (std::string line; std::getline(file, line);) {
    const std::size_t arrow = line.rfind(kArrow);
    if (line.starts_with(';') || arrow == std::string::npos) continue;
    const std::string text = line.substr(0, arrow);
    INFO(text);
    tests::ProgramRunner runner;
    const tests::Checked checked = run_every_way(runner, text, {.fuel_max = kFuelMax});
    CHECK(checked.result.value == line.substr(arrow + kArrow.size()));
    CHECK(checked.difference == "");
  }
}

TEST_CASE("what fails is made as small as it goes") {
  tests::ProgramRunner runner;
  const auto divides = [&](const std::string& text) {
    const std::string value =
        runner.run(runner.load(text), {.projections = {vm::Projection::kStack}}).value;
    return value.find("division by zero in quot") != std::string::npos;
  };
  const std::string large =
      "(defn f [x]\n (if (< x 1) (do (println 'x @(atom 1)) (quot (count \"(\") (- x x))) (f (dec "
      "x)))) (let [a [1 2 \"(\" \\)] b {:k #{1}}] (try (f 3) (finally (str a b))))";
  REQUIRE(divides(large));
  CHECK(tests::shrink(large, divides) == "(quot 0 0)");
  CHECK(tests::Forms::print(tests::Forms::parse(large)).size() < large.size());
}
