// The inputs that fuzzers kept (tests/corpus), run again as ordinary cases: what once was found stays
// found. How to look for more stands in fuzz/.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "fuzz/edn_target.h"
#include "fuzz/open_target.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;
using yin::fuzz::Opened;

std::vector<std::string> corpus(const std::string& name) {
  std::vector<std::string> files;
  const std::string folder = std::string(YIN_SOURCE_DIR) + "/tests/corpus/" + name;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  return files;
}

}  // namespace

TEST_CASE("texts of the corpus read and print as they should") {
  yin::fuzz::EdnTarget target;
  const auto files = corpus("edn");
  CHECK(files.size() > 20);
  for (const std::string& file : files) {
    INFO(file);
    const std::vector<char> text = bytes_of(file);
    target.run({text.data(), text.size()});
  }
}

TEST_CASE("damage of the corpus gives a report, or a domain that can be used") {
  const auto opened = GENERATE(Opened::kInPlace, Opened::kAsACopy);
  yin::fuzz::OpenTarget target(opened);
  CHECK(target.run({}));
  for (const std::string& file : corpus(opened == Opened::kInPlace ? "domain" : "copy")) {
    INFO(file);
    const std::vector<char> edits = bytes_of(file);
    target.run({reinterpret_cast<const std::uint8_t*>(edits.data()), edits.size()});
  }
}

TEST_CASE("random edits give a report, or a domain that can be used") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  yin::fuzz::OpenTarget target(GENERATE(Opened::kInPlace, Opened::kAsACopy));
  int clean = 0;
  const int tries = yin::test::effort(300);
  for (int i = 0; i < tries; ++i) {
    std::vector<std::uint8_t> edits(5 * (1 + random.below(3)));
    for (std::uint8_t& byte : edits) byte = static_cast<std::uint8_t>(random.bits());
    clean += target.run(edits) ? 1 : 0;
  }
  if (tries >= 100) CHECK(clean < tries);
}
