// What Clojure's own library gives, function by function: clojure_core.txt has a program and its
// value a line, as Clojure 1.11 printed it.
//
// Every program runs in every way (tests/support/every_way.h). They share a domain, as those of a job
// would.

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/elsewhere.h"
#include "tests/support/every_way.h"
#include "tests/support/random.h"

using namespace yin;

namespace {

struct Line {
  std::string program;
  std::string value;
};

std::vector<Line> read_lines() {
  constexpr std::string_view kArrow = " => ";
  std::ifstream file(YIN_SOURCE_DIR "/tests/conformance/clojure_core.txt");
  std::vector<Line> lines;
  for (std::string line; std::getline(file, line);) {
    const std::size_t arrow = line.rfind(kArrow);
    if (line.starts_with(';') || arrow == std::string::npos) continue;
    lines.push_back({line.substr(0, arrow), line.substr(arrow + kArrow.size())});
  }
  return lines;
}

}  // namespace

TEST_CASE("the library gives what Clojure's gives, in every way a program runs") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  tests::ProgramRunner runner;
  const std::vector<Line> lines = read_lines();
  REQUIRE(lines.size() >= 600);
  std::vector<tests::Traveller> travellers;
  for (const Line& line : lines) {
    INFO(line.program);
    const tests::Checked checked =
        tests::run_every_way(runner, line.program, {.forks = 4, .seed = seed});
    CHECK(checked.result.value == line.value);
    CHECK(checked.difference == "");
    travellers.push_back({line.program, tests::Language::kClojure, checked.result});
  }
  CHECK(tests::run_elsewhere(travellers, seed) == "");
}
