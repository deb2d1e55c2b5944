// What Clojure's own library gives, function by function: clojure_core.txt has a program and its
// value a line, as Clojure 1.11 printed it.
//
// Every program runs on each projection, whole and parked at every safe point. Programs of one
// projection share a domain, as those of a job would.

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_program.h"

using namespace yin;
using vm::Projection;

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

void check_on(const tests::RunOptions& options) {
  tests::ProgramRunner runner;
  const std::vector<Line> lines = read_lines();
  REQUIRE(lines.size() > 400);
  for (const Line& line : lines) {
    INFO(line.program);
    CHECK(runner.run(line.program, options).value == line.value);
  }
}

}  // namespace

TEST_CASE("the library gives what Clojure's gives on the stack") {
  check_on({.projections = {Projection::kStack}});
}
TEST_CASE("the library gives what Clojure's gives on the walk") {
  check_on({.projections = {Projection::kWalk}});
}
TEST_CASE("the library gives what Clojure's gives on registers") {
  check_on({.projections = {Projection::kRegister}});
}
TEST_CASE("the library gives what Clojure's gives parked at every safe point") {
  check_on(
      {.projections = {Projection::kStack, Projection::kWalk, Projection::kRegister}, .fuel = 1});
}
