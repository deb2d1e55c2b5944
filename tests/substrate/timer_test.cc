#include "substrate/timer.h"

#include <map>
#include <set>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/clock.h"
#include "substrate/ready.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/ready_slots.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::uint64_t kNow = 1'000'000;

void set_at(Domain& domain, std::uint32_t slot, std::uint64_t due_ms, bool at_death = false) {
  REQUIRE(ensure_timer(domain, SlotIndex{slot}).ok());
  set_timer(domain, SlotIndex{slot}, {.due_ms = due_ms, .at_death = at_death});
}

std::set<std::uint32_t> due_at(const Domain& domain, std::uint64_t now_ms) {
  wake_due(domain, now_ms);
  return take_all(domain);
}

}  // namespace

TEST_CASE("a timer sets its slot's bit once, when it is due and not before") {
  const TestDomain t;
  make_slots(*t.worker, 100);
  CHECK(due_at(*t.domain, kNow).empty());
  set_at(*t.domain, 7, kNow + 10);
  CHECK(due_at(*t.domain, kNow + 9).empty());
  CHECK(due_at(*t.domain, kNow + 10) == std::set<std::uint32_t>{7});
  CHECK(due_at(*t.domain, kNow + 10).empty());
  CHECK(due_at(*t.domain, kNow + 10'000).empty());
}

TEST_CASE("timers come in the order of their times, whatever the order they were set in") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  constexpr std::uint32_t kSlots = 20'000;  // beyond the first chunk of the table
  make_slots(*t.worker, kSlots);
  std::map<std::uint64_t, std::set<std::uint32_t>> expected;
  std::set<std::uint32_t> used;
  for (int i = 0; i < 300; ++i) {
    const auto slot = static_cast<std::uint32_t>(1 + random.below(kSlots));
    if (!used.insert(slot).second) continue;
    const std::uint64_t due = kNow + 1 + random.below(200);
    set_at(*t.domain, slot, due);
    if (random.below(4) == 0) {
      clear_timer(*t.domain, SlotIndex{slot});
    } else {
      expected[due].insert(slot);
    }
  }
  for (std::uint64_t now = kNow; now <= kNow + 200; ++now) {
    const auto due = expected.find(now);
    REQUIRE(due_at(*t.domain, now) ==
            (due == expected.end() ? std::set<std::uint32_t>{} : due->second));
  }
}

TEST_CASE("a later timer in the place of an earlier one is what counts") {
  const TestDomain t;
  make_slots(*t.worker, 10);
  set_at(*t.domain, 3, kNow + 5);
  set_at(*t.domain, 3, kNow + 50);
  CHECK(due_at(*t.domain, kNow + 10).empty());
  CHECK(due_at(*t.domain, kNow + 50) == std::set<std::uint32_t>{3});
}

TEST_CASE("a worker's death makes all timers looked at, and those that ask for it come") {
  const TestDomain t;
  make_slots(*t.worker, 10);
  (void)due_at(*t.domain, kNow);
  set_at(*t.domain, 1, kTimerNever, true);
  set_at(*t.domain, 2, kNow + 500, true);
  set_at(*t.domain, 3, kNow + 500);
  CHECK(due_at(*t.domain, kNow).empty());
  forget_next_timer(*t.domain);
  CHECK(due_at(*t.domain, kNow) == std::set<std::uint32_t>{1, 2});
  CHECK(due_at(*t.domain, kNow + 500) == std::set<std::uint32_t>{2, 3});
}

TEST_CASE("who takes the earliest timer and is stopped is not waited for") {
  const TestDomain t;
  make_slots(*t.worker, 10);
  (void)due_at(*t.domain, kNow);
  set_at(*t.domain, 4, kNow + 10);
  // As it stands when he has taken it and looked at nothing.
  t.domain->state().timers_looked_at.store_seq(kNow + 1'010);
  t.domain->state().next_timer.store_seq(kTimerNever);
  CHECK(due_at(*t.domain, kNow + 1'009).empty());
  CHECK(due_at(*t.domain, kNow + 1'010) == std::set<std::uint32_t>{4});
  CHECK(t.domain->state().timers_looked_at.load_seq() == 0);
}

// A timer is a hint that may come twice, so who is woken looks whether its time has come, as an
// agent does.
TEST_CASE("threads that set and look at timers lose none") {
  const TestDomain t;
  constexpr std::uint32_t kSlots = 64;
  make_slots(*t.worker, 4 * kSlots);
  const int rounds = yin::test::effort(100);
  for (std::uint32_t slot = 1; slot <= 4 * kSlots; ++slot) set_at(*t.domain, slot, kTimerNever);
  SharedWord time{};
  time.store_seq(kNow);
  std::vector<SharedWord> awaited(4 * kSlots + 1);  // by slot: until when, 0 when it has come
  SharedWord taken{};
  SharedHalf setting{};
  setting.store_seq(2);
  std::vector<std::thread> threads;
  for (std::uint32_t self = 0; self < 2; ++self) {
    threads.emplace_back([&, self] {
      for (int round = 0; round < rounds; ++round) {
        for (std::uint32_t i = 0; i < kSlots; ++i) {
          const std::uint32_t slot = 1 + self + 2 * i;
          const std::uint64_t due = time.load_seq() + i % 3;
          awaited[slot].store_seq(due);
          set_timer(*t.domain, SlotIndex{slot}, {.due_ms = due});
        }
        for (std::uint32_t i = 0; i < kSlots; ++i) {
          while (awaited[1 + self + 2 * i].load_seq() != 0) std::this_thread::yield();
        }
      }
      setting.add_seq(~std::uint32_t{0});
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (setting.load_seq() != 0) {
        wake_due(*t.domain, time.add_seq(1));
        SlotIndex found{};
        while (find_ready(*t.domain, SlotIndex{0}, found)) {
          if (!take_ready(*t.domain, found)) continue;
          SharedWord& due = awaited[raw(found)];
          std::uint64_t seen = due.load_seq();
          if (seen == 0 || seen > time.load_seq()) continue;
          if (due.cas_seq(seen, 0)) taken.add_seq(1);
        }
        std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(taken.load_seq() == static_cast<std::uint64_t>(rounds) * 2 * kSlots);
}

TEST_CASE("a sleeper in another process wakes for a timer that was set while it slept") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  make_slots(*worker, 10);
  SharedPage<SharedHalf> rounds;
  Child sleeper([&] {
    return take_asleep(path, 20, *rounds,
                       [](Domain& own) { wake_due(own, wall_clock_ns() / 1'000'000); });
  });
  for (std::uint32_t i = 1; i <= 20; ++i) {
    set_at(*domain, 1 + i % 10, wall_clock_ns() / 1'000'000 + i % 3);
    await(*rounds, i);
  }
  CHECK(sleeper.wait() == 0);
}

TEST_CASE("a domain opens with its table of timers, and not with a damaged one") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    make_slots(*worker, 10);
    set_at(*domain, 4, kNow);
  }
  {
    const auto domain = open_domain({.path = path});
    CHECK(due_at(*domain, kNow + 1) == std::set<std::uint32_t>{4});
    domain->state().timers.chunk[1].store_seq(kSlabBytes + 8);
  }
  CHECK_FALSE(Domain::open({.path = path, .mode = OpenMode::kJoin}).ok());
}
