#include <array>
#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/effort.h"
#include "tests/support/linearizability.h"
#include "tests/support/random.h"

namespace {

using namespace yin::tests;

using Op = AtomOperation;
using Outcome = Op::Outcome;
using Verdict = Linearizability::Verdict;

constexpr std::uint64_t kNever = History<Op>::kNever;

// A read that returned, a commit that was told.
History<Op>::Event read(int process, std::uint64_t from, std::uint64_t to, std::uint32_t slot,
                        std::int64_t value) {
  return {process, from, to, {Op::Kind::kRead, {{slot, value, 0}}, Outcome::kDone}};
}
History<Op>::Event commit(int process, std::uint64_t from, std::uint64_t to,
                          std::vector<Op::Part> parts, Outcome outcome = Outcome::kDone) {
  return {process,
          from,
          to,
          {Op::Kind::kCommit, std::move(parts), to == kNever ? Outcome::kUnknown : outcome}};
}

Verdict verdict_of(const std::vector<History<Op>::Event>& events) {
  History<Op> history;
  for (const auto& event : events) history.add(event);
  return check_linearizable(history, AtomModel{{{0, 1}, {1, 2}}}).verdict;
}

}  // namespace

TEST_CASE("operations one after the other have one order, and results that fit it or not") {
  CHECK(verdict_of({}) == Verdict::kYes);
  CHECK(verdict_of({read(1, 1, 2, 0, 1)}) == Verdict::kYes);
  CHECK(verdict_of({read(1, 1, 2, 0, 7)}) == Verdict::kNo);
  CHECK(verdict_of({commit(1, 1, 2, {{0, 1, 5}}), read(2, 3, 4, 0, 5)}) == Verdict::kYes);
  CHECK(verdict_of({commit(1, 1, 2, {{0, 1, 5}}), read(2, 3, 4, 0, 1)}) == Verdict::kNo);
}

TEST_CASE("operations at one time may have happened in either order, but in one for all") {
  const auto write = commit(1, 1, 10, {{0, 1, 5}, {1, 2, 6}});
  CHECK(verdict_of({write, read(2, 2, 3, 0, 1), read(2, 4, 5, 0, 5)}) == Verdict::kYes);
  CHECK(verdict_of({write, read(2, 2, 3, 0, 5), read(2, 4, 5, 0, 1)}) == Verdict::kNo);
  // All of a commit or nothing.
  CHECK(verdict_of({write, read(2, 2, 3, 0, 5), read(2, 4, 5, 1, 6)}) == Verdict::kYes);
  CHECK(verdict_of({write, read(2, 2, 3, 0, 5), read(2, 4, 5, 1, 2)}) == Verdict::kNo);
  CHECK(verdict_of({write, read(2, 2, 3, 0, 5), read(3, 4, 5, 1, 2)}) == Verdict::kNo);
}

TEST_CASE("a reset finds whatever is there, and leaves its value") {
  const History<Op>::Event reset{1, 1, 4, {Op::Kind::kReset, {{0, 0, 5}}, Outcome::kDone}};
  CHECK(verdict_of({reset, read(2, 5, 6, 0, 5)}) == Verdict::kYes);
  CHECK(verdict_of({reset, read(2, 5, 6, 0, 1)}) == Verdict::kNo);
  CHECK(verdict_of({reset, commit(2, 2, 3, {{0, 1, 6}}), read(2, 5, 6, 0, 5)}) == Verdict::kYes);
  CHECK(verdict_of({reset, commit(2, 2, 3, {{0, 5, 6}}), read(2, 5, 6, 0, 6)}) == Verdict::kYes);
}

TEST_CASE("of two commits against one value one wins, and a conflict needs a reason") {
  CHECK(verdict_of({commit(1, 1, 4, {{0, 1, 5}}), commit(2, 2, 3, {{0, 1, 6}})}) == Verdict::kNo);
  CHECK(verdict_of({commit(1, 1, 4, {{0, 1, 5}}),
                    commit(2, 2, 3, {{0, 1, 6}}, Outcome::kConflict)}) == Verdict::kYes);
  CHECK(verdict_of({commit(2, 2, 3, {{0, 1, 6}}, Outcome::kConflict)}) == Verdict::kNo);
}

TEST_CASE("what never ended may have happened at any time since it began, or not at all") {
  const auto died = commit(1, 2, kNever, {{0, 1, 5}});
  CHECK(verdict_of({died}) == Verdict::kYes);
  CHECK(verdict_of({died, read(2, 3, 4, 0, 1), read(2, 5, 6, 0, 1)}) == Verdict::kYes);
  CHECK(verdict_of({died, read(2, 3, 4, 0, 1), read(2, 5, 6, 0, 5)}) == Verdict::kYes);
  CHECK(verdict_of({died, read(2, 3, 4, 0, 5), read(2, 5, 6, 0, 1)}) == Verdict::kNo);
  CHECK(verdict_of({read(2, 0, 1, 0, 5), died}) == Verdict::kNo);
}

TEST_CASE("histories of a real order are linearizable, and with one result changed most are not") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  constexpr int kProcesses = 4;
  int caught = 0;
  const int rounds = yin::test::effort(200);
  for (int round = 0; round < rounds; ++round) {
    // Each operation takes effect at an instant within its own time.
    std::vector<History<Op>::Event> events;
    std::array<std::uint64_t, kProcesses> free_at = {};
    std::int64_t values[] = {1, 2};
    std::int64_t next = 10;
    std::uint64_t now = 10;
    for (int i = 0; i < 300; ++i) {
      now += 2;
      const std::size_t process = random.below(kProcesses);
      const std::uint64_t from = std::max(free_at[process] + 1, now - random.below(10));
      if (from > now) continue;
      const std::uint64_t to = now + 1 + 2 * random.below(5);
      free_at[process] = to;
      const auto self = static_cast<int>(process);
      const auto slot = static_cast<std::uint32_t>(random.below(2));
      if (random.one_in(2)) {
        events.push_back(read(self, from, to, slot, values[slot]));
      } else if (random.one_in(2)) {
        events.push_back(commit(self, from, to, {{slot, values[slot], next}}));
        values[slot] = next++;
      } else {
        events.push_back(commit(self, from, to, {{0, values[0], next}, {1, values[1], next + 1}}));
        values[0] = next;
        values[1] = next + 1;
        next += 2;
      }
    }
    REQUIRE(verdict_of(events) == Verdict::kYes);
    auto& changed = events[random.below(events.size())];
    changed.operation.parts[0].expected = next + 1'000;
    caught += verdict_of(events) == Verdict::kNo ? 1 : 0;
  }
  CHECK(caught == rounds);
}

TEST_CASE("a history of many operations is decided in about as many steps") {
  History<Op> history;
  std::int64_t value = 1;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const std::uint64_t at = 10 * i;
    history.add(commit(1, at, at + 15, {{0, value, value + 10}}));
    history.add(read(2, at + 1, at + 9, 0, i % 2 == 0 ? value : value + 10));
    value += 10;
  }
  const auto found = check_linearizable(history, AtomModel{{{0, 1}}});
  CHECK(found.ok());
  CHECK(found.states < 100'000);
}
