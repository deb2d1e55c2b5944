// Damaged programs, of Clojure, of Python, and as data: whatever a text says, it becomes a program that lowers,
// or is refused with a place in it. What the fuzzers kept (fuzz/clojure_fuzz.cc, python_fuzz.cc,
// datoms_fuzz.cc, which look further) is run again.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "fuzz/reader_target.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/texts.h"

namespace {

using namespace yin::tests;
using yin::fuzz::ReaderTarget;

std::vector<std::string> programs_in(Language language) {
  if (language == Language::kPython) return python_programs();
  if (language == Language::kClojure) return clojure_programs("clojure_core.txt");
  std::vector<std::string> found;
  for (DataProgram& p : data_programs()) found.push_back(std::move(p.text));
  return found;
}

std::string corpus_of(Language language) {
  return language == Language::kClojure  ? "clojure"
         : language == Language::kPython ? "python"
                                         : "datoms";
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

TEST_CASE("damaged programs are read, or refused with their place") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const Language language = GENERATE(Language::kClojure, Language::kPython, Language::kDatoms);
  const auto all = programs_in(language);
  REQUIRE(all.size() >= 90);
  ReaderTarget target(language);
  int accepted = 0;
  const int runs = yin::test::effort(2'000);
  for (int i = 0; i < runs; ++i) {
    const std::string text = damaged(all, random);
    INFO(text);
    accepted += target.run(text) ? 1 : 0;
  }
  if (runs < 100) return;
  CHECK(accepted > 0);
  CHECK(accepted < runs);
}

TEST_CASE("texts of the corpus are read, or refused with their place") {
  const Language language = GENERATE(Language::kClojure, Language::kPython, Language::kDatoms);
  const std::string folder = YIN_SOURCE_DIR "/tests/corpus/" + corpus_of(language);
  ReaderTarget target(language);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    INFO(entry.path().string());
    const std::vector<char> text = bytes_of(entry.path().string());
    (void)target.run({text.data(), text.size()});
  }
}

TEST_CASE("Python text that nests without end is refused") {
  ReaderTarget target(Language::kPython);
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
