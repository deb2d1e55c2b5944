// The facts of the original (docs/reference-facts.md has all 131, and what became of each): those that
// can be said as a program, in reference_facts.txt, run in every way.

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_cases.h"

using namespace yin;

namespace {

constexpr int kFacts = 131;

struct Fact {
  int number;
  bool data;
  std::vector<std::string> before;  // what runs before the program, in its domain
  std::string program;
  std::string expected;
  bool differs;  // from the original
};

std::vector<Fact> read_facts() {
  constexpr std::string_view kArrow = " => ";
  constexpr std::string_view kReason = " -- ";
  constexpr std::string_view kData = "data ";
  constexpr std::string_view kThen = " ;; ";
  std::ifstream file(YIN_SOURCE_DIR "/tests/conformance/reference_facts.txt");
  std::vector<Fact> facts;
  for (std::string line; std::getline(file, line);) {
    const std::size_t arrow = line.rfind(kArrow);
    if (line.starts_with(';') || arrow == std::string::npos) continue;
    const std::size_t blank = line.find(' ');
    const std::size_t reason = line.find(kReason, arrow);
    const std::size_t value = arrow + kArrow.size();
    Fact fact{std::stoi(line),
              false,
              {},
              line.substr(blank + 1, arrow - blank - 1),
              line.substr(value, reason == std::string::npos ? reason : reason - value),
              reason != std::string::npos};
    fact.data = fact.program.starts_with(kData);
    if (fact.data) fact.program.erase(0, kData.size());
    for (std::size_t at = 0; (at = fact.program.find(kThen)) != std::string::npos;) {
      fact.before.push_back(fact.program.substr(0, at));
      fact.program.erase(0, at + kThen.size());
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

// What docs/reference-facts.md says of each: the first word of its last column.
std::map<int, std::string> answers() {
  std::ifstream file(YIN_SOURCE_DIR "/docs/reference-facts.md");
  std::map<int, std::string> found;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| ") || line[2] < '0' || line[2] > '9') continue;
    const std::size_t last = line.rfind("| ", line.size() - 3) + 2;
    found[std::stoi(line.substr(2))] = line.substr(last, line.find_first_of(" :.,", last) - last);
  }
  return found;
}

}  // namespace

TEST_CASE("what the original's tests pin holds here, or differs where it was decided") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  const std::vector<Fact> facts = read_facts();
  REQUIRE(facts.size() > 80);
  std::vector<tests::Traveller> travellers;
  tests::ProgramRunner runner;
  for (const Fact& fact : facts) {
    INFO(fact.number << ": " << fact.program);
    const auto language = fact.data ? tests::Language::kDatoms : tests::Language::kClojure;
    std::optional<tests::ProgramRunner> own;  // its ids count from 0
    if (fact.data) own.emplace();
    for (const std::string& before : fact.before) own->run(before, {.language = language});
    const tests::Checked checked = tests::run_every_way(
        own ? *own : runner, fact.program,
        {.language = language, .in_step_max = 5'000, .in_pieces_max = 5'000, .seed = seed});
    const tests::RunResult& r = checked.result;
    CHECK(checked.difference == "");
    const std::string got = r.output.empty() ? r.value : r.output + '|' + r.value;
    INFO("got " << got);
    CHECK(tests::as_expected(got, fact.expected));
    if (!fact.data) travellers.push_back({fact.program, language, r});
  }
  CHECK(tests::run_elsewhere(travellers, seed) == "");
}

TEST_CASE("each fact of the original is answered, and a program shows what its answer says") {
  const auto answered = answers();
  for (int number = 1; number <= kFacts; ++number) {
    INFO(number);
    CHECK(answered.contains(number));
  }
  std::map<int, bool> differs;
  for (const Fact& fact : read_facts()) differs[fact.number] |= fact.differs;
  for (const auto& [number, other] : differs) {
    INFO(number);
    REQUIRE(answered.contains(number));
    const std::string& answer = answered.at(number);
    CHECK(std::set<std::string>{"adopted", "other"}.contains(answer));
    CHECK((answer == "other") == other);
  }
}
