// Damaged Python programs: whatever a text says, it becomes a program that lowers, or is refused
// with a place in it. (fuzz/python_fuzz.cc looks further.)

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "fuzz/python_target.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"

namespace {

using namespace yin::tests;

std::vector<std::string> programs() {
  std::ifstream in(YIN_SOURCE_DIR "/tests/conformance/python/programs.txt");
  std::vector<std::string> found;
  bool expected = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== "))
      found.emplace_back(), expected = false;
    else if (line == "---")
      expected = true;
    else if (!expected && !found.empty())
      found.back() += line + '\n';
  }
  return found;
}

// A piece taken out, put twice, or another program's piece put in.
std::string damaged(const std::vector<std::string>& all, Random& random) {
  std::string text = all[random.below(all.size())];
  for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
    const std::string& other = all[random.below(all.size())];
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = random.below(12);
    const std::size_t from = random.below(other.size() + 1);
    switch (random.below(3)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, other.substr(from, length));
        break;
      default:
        text.insert(at, 1, static_cast<char>(random.below(256)));
        break;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("damaged Python programs are read, or refused with their place") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const auto all = programs();
  REQUIRE(all.size() >= 150);
  yin::fuzz::PythonTarget target;
  std::uint64_t accepted = 0, runs = 0;
  for (; runs < 2'000; ++runs) {
    const std::string text = damaged(all, random);
    INFO(text);
    accepted += target.run(text) ? 1 : 0;
  }
  CHECK(accepted > 0);
  CHECK(accepted < runs);
}

TEST_CASE("Python text that nests without end is refused") {
  yin::fuzz::PythonTarget target;
  const auto many = [](std::string_view piece, int count) {
    std::string text;
    for (; count > 0; --count) text += piece;
    return text;
  };
  for (const std::string_view piece : {"(", "[", "{", "-", "not ", "lambda: ", "1+", "x.a", "f(",
                                       "a if b else ", "2**", "1<", "1 and ", "[x for x in "}) {
    INFO(piece);
    CHECK_FALSE(target.run(many(piece, 100'000)));
  }
  std::string blocks;
  for (int i = 0; i < 500; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
  CHECK_FALSE(target.run(blocks));
  CHECK_FALSE(target.run("x = 1\nif x: pass\n" + many("elif x: pass\n", 5'000)));
  // Side by side there may be many.
  CHECK(target.run(many("x = 1\n", 3'000)));
  CHECK(target.run("x = [" + many("1, ", 20'000) + "]\n"));
}
