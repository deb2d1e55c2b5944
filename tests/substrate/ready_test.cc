#include "substrate/ready.h"

#include <set>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/ready_slots.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

}  // namespace

TEST_CASE("a bit that was set is found and taken once") {
  const TestDomain t;
  make_slots(*t.worker, 100);
  SlotIndex found{};
  CHECK(!find_ready(*t.domain, SlotIndex{0}, found));
  CHECK(!take_ready(*t.domain, SlotIndex{7}));
  set_ready(*t.domain, SlotIndex{7});
  set_ready(*t.domain, SlotIndex{7});
  REQUIRE(find_ready(*t.domain, SlotIndex{0}, found));
  CHECK(found == SlotIndex{7});
  CHECK(take_ready(*t.domain, SlotIndex{7}));
  CHECK(!take_ready(*t.domain, SlotIndex{7}));
  CHECK(!find_ready(*t.domain, SlotIndex{0}, found));
}

TEST_CASE("looking on from the last bit taken comes to every bit in turn") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  constexpr std::uint32_t kSlots = 20'000;  // beyond the first chunk of the table
  make_slots(*t.worker, kSlots);
  std::set<std::uint32_t> expected;
  for (int i = 0; i < 500; ++i) {
    const auto slot = static_cast<std::uint32_t>(1 + random.below(kSlots));
    set_ready(*t.domain, SlotIndex{slot});
    expected.insert(slot);
  }
  for (const std::uint32_t from : {0u, 1u, 63u, 64u, 65u, 4'096u, 19'999u, 20'000u, 1'000'000u}) {
    const std::uint32_t start = from <= kSlots ? from : 0;
    const auto next = expected.lower_bound(start);
    SlotIndex found{};
    REQUIRE(find_ready(*t.domain, SlotIndex{from}, found));
    REQUIRE(raw(found) == (next == expected.end() ? *expected.begin() : *next));
  }
  CHECK(take_all(*t.domain) == expected);
}

TEST_CASE("slots that no table reaches are no error") {
  const TestDomain t;
  set_ready(*t.domain, SlotIndex{4'000'000'000});
  CHECK(!take_ready(*t.domain, SlotIndex{4'000'000'000}));
}

TEST_CASE("threads that take bits get each once, and none is lost") {
  const TestDomain t;
  constexpr std::uint32_t kSlots = 1'000;
  make_slots(*t.worker, kSlots);
  const int rounds = yin::test::effort(200);
  SharedWord taken[2] = {};
  SharedHalf setting{};
  setting.store_seq(2);
  std::vector<std::thread> threads;
  for (std::uint32_t self = 0; self < 2; ++self) {
    threads.emplace_back([&, self] {  // sets its own half, and again only when it was taken
      std::uint64_t set = 0;
      for (int round = 0; round < rounds; ++round) {
        for (std::uint32_t slot = 1 + self; slot <= kSlots; slot += 2) {
          set_ready(*t.domain, SlotIndex{slot});
          ++set;
        }
        while (taken[self].load_seq() < set) wait_for_work(*t.domain, work_seen(*t.domain), 1);
      }
      setting.add_seq(~std::uint32_t{0});
      announce_work(*t.domain);
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      SlotIndex last{0};
      while (setting.load_seq() != 0) {
        const std::uint32_t seen = work_seen(*t.domain);
        SlotIndex found{};
        if (!find_ready(*t.domain, last, found)) {
          wait_for_work(*t.domain, seen, 100);
        } else if (last = found; take_ready(*t.domain, found)) {
          taken[(raw(found) - 1) % 2].add_seq(1);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(take_all(*t.domain).empty());
}

TEST_CASE("a sleeper in another process is woken by a bit, not by its time-out") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  make_slots(*worker, 10);
  SharedPage<SharedHalf> rounds;
  Child sleeper([&] { return take_asleep(path, 100, *rounds, [](Domain&) {}); });
  for (std::uint32_t i = 1; i <= 100; ++i) {
    set_ready(*domain, SlotIndex{1 + i % 10});
    await(*rounds, i);
  }
  CHECK(sleeper.wait() == 0);
}
