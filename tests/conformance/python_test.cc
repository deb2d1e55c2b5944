// What Python programs mean: files of programs, each with what it prints in Python itself (the
// expectations were made by CPython 3.11), and of texts that are refused, each with the message.
//
// Every program runs in every way (tests/support/every_way.h), and from one process to another.
//
//   === name
//   program
//   ---
//   what it prints; an error that ends it as "!" and a part of its message

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/elsewhere.h"
#include "tests/support/every_way.h"
#include "tests/support/random.h"

using namespace yin;

namespace {

struct Program {
  std::string name;
  std::string text;
  std::string expected;
};

std::vector<Program> programs_of(const std::string& file) {
  std::ifstream in(std::string(YIN_SOURCE_DIR "/tests/conformance/python/") + file);
  REQUIRE(in.good());
  std::vector<Program> programs;
  bool expected = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== ")) {
      programs.push_back({line.substr(4), {}, {}});
      expected = false;
    } else if (line == "---") {
      expected = true;
    } else if (!programs.empty()) {
      (expected ? programs.back().expected : programs.back().text) += line + '\n';
    }
  }
  return programs;
}

// What was printed, and how it ended if not well.
std::string shown(const tests::RunResult& result) {
  return result.value == "nil" ? result.output : result.output + result.value + '\n';
}

// Errors are expected by a part of the last line.
bool as_expected(const std::string& got, const std::string& expected) {
  const std::size_t mark = expected.starts_with('!') ? 0 : expected.find("\n!") + 1;
  if (mark == 0 && !expected.starts_with('!')) return got == expected;
  const std::string part = expected.substr(mark + 1, expected.size() - mark - 2);
  return got.substr(0, mark) == expected.substr(0, mark) && got.substr(mark).starts_with('!') &&
         got.find(part, mark) != std::string::npos;
}

void check_programs(const std::string& file, std::size_t least) {
  const auto programs = programs_of(file);
  REQUIRE(programs.size() >= least);
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  std::vector<tests::Traveller> travellers;
  tests::ProgramRunner runner;
  for (const Program& program : programs) {
    INFO(file << ": " << program.name << '\n' << program.text);
    const tests::Checked checked = tests::run_every_way(
        runner, program.text, {.language = tests::Language::kPython, .forks = 4, .seed = seed});
    const std::string got = shown(checked.result);
    INFO("got\n" << got << "wanted\n" << program.expected);
    CHECK(as_expected(got, program.expected));
    CHECK(checked.difference == "");
    travellers.push_back({program.text, tests::Language::kPython, checked.result});
  }
  CHECK(tests::run_elsewhere(travellers, seed) == "");
}

}  // namespace

TEST_CASE("Python programs print what they print in Python, on every projection") {
  check_programs("programs.txt", 150);
}
TEST_CASE("Python programs that fail say so as Python does, and where") {
  check_programs("errors.txt", 40);
}
TEST_CASE("what is not supported of Python is refused, with its place") {
  const auto programs = programs_of("refused.txt");
  REQUIRE(programs.size() >= 60);
  tests::ProgramRunner runner;
  for (const Program& program : programs) {
    const auto result = runner.run(program.text, {.language = tests::Language::kPython});
    INFO(program.name << '\n' << program.text << "got\n" << result.value);
    CHECK(result.output.empty());
    CHECK('!' + program.expected == result.value + '\n');
  }
}
