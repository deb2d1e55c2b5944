#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/explore/explorer.h"
#include "tests/support/random.h"

namespace {

using namespace yin::explore;
using yin::substrate::SharedWord;

// A word of the domain that nothing else uses.
SharedWord& counter(Run& run, int self) { return run.domain(self).state().main_agent; }

// Counts by a load and a store, or as it should be.
template <bool kAtomic>
class Counting : public Scenario {
  void set_up(Run& run) override {
    for (int i = 1; i <= 2; ++i) run.open(i, false);
  }
  void process(Run& run, int self) override {
    SharedWord& word = counter(run, self);
    if (kAtomic)
      word.add_seq(1);
    else
      word.store_seq(word.load_seq() + 1);
    ++done_;
  }
  void look_after(Run& run) override {
    const std::uint64_t counted = counter(run, 0).load_seq();
    require(counted >= static_cast<std::uint64_t>(done_), "an update was lost");
  }
  int done_ = 0;  // the test's own
};

// Waits for what nobody does.
class Waiting : public Scenario {
  void set_up(Run& run) override { run.open(1, false); }
  void process(Run& run, int self) override {
    while (counter(run, self).load_seq() == 0) yin::explore::pause();
  }
};

// The second waits for the first, who may die.
class Outliving : public Scenario {
  void set_up(Run& run) override {
    for (int i = 1; i <= 2; ++i) run.open(i);
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      counter(run, self).store_seq(1);
      return;
    }
    const int dead = 1;
    while (counter(run, self).load_seq() == 0 && World::get().alive(dead))
      wait_in_vain(&counter(run, self), 1);
    if (World::get().alive(dead)) return;
    require(yin::substrate::adopt_dead_workers(run.worker(self)).workers == 1, "nobody to adopt");
  }
};

template <class T>
std::unique_ptr<Scenario> make() {
  return std::make_unique<T>();
}

constexpr ScenarioEntry kLossy{"lossy", "", 2, 0, 1, make<Counting<false>>};
constexpr ScenarioEntry kSound{"sound", "", 2, 1, 1, make<Counting<true>>};
constexpr ScenarioEntry kWaiting{"waiting", "", 1, 0, 0, make<Waiting>};
constexpr ScenarioEntry kOutliving{"outliving", "", 2, 1, 1, make<Outliving>};

}  // namespace

TEST_CASE("every policy finds an update lost between a load and a store, and plays it again") {
  World::make();
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Explorer explorer(kLossy);
  for (const Result& found :
       {explore_bounded(explorer, seed, 1, {}), explore_pct(explorer, seed, 2, {.runs = 10'000}),
        explore_random(explorer, seed, {.runs = 10'000})}) {
    REQUIRE(found.report.failure.failed);
    const RunReport shortest = explorer.shorten(found.report);
    REQUIRE(shortest.failure.failed);
    CHECK(shortest.failure.what.starts_with("an update was lost"));
    CHECK(shortest.decisions.size() <= 4);  // one is enough; what cannot be left out alone stays
    CHECK(shortest.failure.trace.find("main_agent") != std::string::npos);
    const RunReport again = explorer.replay(shortest.decisions);
    CHECK(again.failure.what == shortest.failure.what);
    CHECK(again.steps == shortest.steps);
  }
}

TEST_CASE("what is sound passes every list of deviations, which come to an end") {
  World::make();
  Explorer explorer(kSound);
  for (unsigned bound = 0; bound <= 3; ++bound) {
    const Result result = explore_bounded(explorer, 1, bound, {});
    CHECK(!result.report.failure.failed);
    CHECK(result.complete);
    CHECK((bound == 0) == (result.deaths == 0));
  }
}

TEST_CASE("a run that does not end is a failure") {
  World::make();
  Explorer explorer(kWaiting);
  const Result result = explore_bounded(explorer, 1, 0, {});
  REQUIRE(result.report.failure.failed);
  CHECK(result.report.failure.what.starts_with("it does not end"));
}

TEST_CASE("who is killed is gone, and can be adopted") {
  World::make();
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Explorer explorer(kOutliving);
  const Result all = explore_bounded(explorer, seed, 2, {});
  CHECK(!all.report.failure.failed);
  CHECK(all.deaths > 0);
  const Result some = explore_random(explorer, seed, {.runs = 500});
  CHECK(!some.report.failure.failed);
  CHECK(some.deaths > 0);
}

TEST_CASE("decision lists are read as they are printed") {
  const Decisions decisions{{12, Decision::What::kRun, 2},
                            {40, Decision::What::kDie, 0},
                            {57, Decision::What::kStop, 200}};
  CHECK(to_text(decisions) == "12>2 40x 57s200");
  Decisions read;
  REQUIRE(from_text(" 12>2 40x  57s200", read));
  CHECK(read == decisions);
  for (const char* wrong : {"12", "12>", ">2", "12>2 x", "s"}) {
    Decisions none;
    CHECK(!from_text(wrong, none));
  }
}
