// The word count under fire: three worker processes, SIGKILL at random instants, now and then at
// everything including the supervisor and then a resume. Every run must end with the right table
// and a clean domain.

#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/crash/storm.h"

namespace {

namespace fs = std::filesystem;
using yin::crash::finish;
using yin::crash::Losses;
using yin::crash::slurp;
using yin::crash::start;
using yin::crash::Storm;

// A text of some 20,000 different words, the frequent ones much more frequent; and its counts.
std::map<std::string, long> write_text(const fs::path& path, std::mt19937_64& random,
                                       std::size_t words) {
  std::ofstream out(path, std::ios::binary);
  std::map<std::string, long> counts;
  std::exponential_distribution<> rank(1.0 / 1500);
  for (std::size_t i = 0; i < words; ++i) {
    const std::string word = "w" + std::to_string(static_cast<unsigned>(rank(random)));
    ++counts[word];
    out << word << (i % 11 == 10 ? '\n' : ' ');
  }
  return counts;
}

void storm(int runs) {
  const Storm scratch("wordcount");
  const std::uint64_t seed = yin::crash::seed_of_run();
  std::mt19937_64 random(seed);
  std::vector<std::string> inputs;
  std::map<std::string, long> expected;
  for (int i = 0; i < 6; ++i) {
    inputs.push_back((scratch.dir / ("text" + std::to_string(i))).string());
    for (const auto& [word, n] : write_text(inputs.back(), random, 60'000)) expected[word] += n;
  }
  std::vector<std::string> arguments = {"run",         YIN_SOURCE_DIR "/examples/wordcount.clj",
                                        "--domain",    scratch.domain.string(),
                                        "--processes", "3",
                                        "--grant",     "file",
                                        "--"};
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  Losses losses;
  for (int run = 0; run < runs; ++run) {
    const int code = under_fire(scratch, arguments, random, losses);
    INFO("seed " << seed << ", run " << run << ":\n" << slurp(scratch.err));
    REQUIRE(code == 0);

    REQUIRE(finish(start({"get", scratch.domain.string(), "counts"}, scratch.out, scratch.err)) ==
            0);
    std::map<std::string, long> counts;
    std::istringstream edn(slurp(scratch.out));  // {"word" 12, "other" 3}
    for (std::string word, n;
         std::getline(edn, word, '"') && std::getline(edn, word, '"') && (edn >> n);) {
      counts[word] = std::strtol(n.c_str(), nullptr, 10);
    }
    REQUIRE(counts == expected);
    const int verified =
        finish(start({"verify", scratch.domain.string()}, scratch.out, scratch.err));
    INFO(slurp(scratch.out));
    REQUIRE(verified == 0);
  }
  std::cout << "word count storm: " << describe(losses, runs, seed) << "\n";
}

}  // namespace

TEST_CASE("the word count is right whoever is killed when") { storm(15); }

TEST_CASE("the word count is right in 300 runs under kills", "[long]") { storm(300); }
