#include "substrate/turns.h"

#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/table.h"
#include "substrate/watch.h"
#include "tests/substrate/atoms.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

void ask(RootSlot& slot) { slot.waiters.or_seq(kTurnAsked); }
bool is_asked(const RootSlot& slot) { return (slot.waiters.load_seq() & kTurnAsked) != 0; }

void increment(Worker& worker, RootRef counter) {
  const Pin pin(worker);
  check(swap(pin, counter, inc).ok(), "a swap");
}
std::int64_t value(Worker& worker, RootRef counter) {
  const Pin pin(worker);
  return small_int(*deref(pin, counter));
}

}  // namespace

TEST_CASE("who swaps takes note of who asks for a turn, and lets nobody by for long") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  const RootRef b = counter(*t.worker, "b");
  RootSlot& slot = root_slot(*t.domain, a.slot);
  ask(slot);  // and never comes
  increment(*t.worker, a);
  CHECK_FALSE(is_asked(slot));
  CHECK(t.worker->turns().owes(a.slot));
  increment(*t.worker, b);  // another's business
  CHECK(t.worker->turns().owes(a.slot));
  increment(*t.worker, a);
  CHECK_FALSE(t.worker->turns().owes(a.slot));
  CHECK(value(*t.worker, a) == 2);
  expect_clean(*t.worker);
}

TEST_CASE("who was let by goes first") {
  const TestDomain t;
  const auto other = join(*t.domain);
  const RootRef a = counter(*t.worker, "a");
  ask(root_slot(*t.domain, a.slot));
  increment(*t.worker, a);
  increment(*other, a);
  increment(*t.worker, a);  // at once: the root is at rest
  CHECK_FALSE(t.worker->turns().owes(a.slot));
  CHECK(value(*t.worker, a) == 3);
}

TEST_CASE("who reads, or commits several roots, leaves a turn to others") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  const RootRef b = counter(*t.worker, "b");
  RootSlot& slot = root_slot(*t.domain, a.slot);
  ask(slot);
  CHECK(value(*t.worker, a) == 0);
  {
    const Pin pin(*t.worker);
    const RootRead of_a = read_root(pin, a), of_b = read_root(pin, b);
    const Change changes[] = {{a, of_a.version, int_word(1)}, {b, of_b.version, int_word(1)}};
    CHECK(commit(pin, changes) == CommitOutcome::kCommitted);
  }
  CHECK(is_asked(slot));
  CHECK_FALSE(t.worker->turns().owes(a.slot));
}

TEST_CASE("watchers are counted and told beside a turn") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  RootSlot& slot = root_slot(*t.domain, a.slot);
  {
    auto watch = Watch::start(Pin(*t.worker), a, WatchMode::kEveryChange);
    REQUIRE(watch.ok());
    ask(slot);
    increment(*t.worker, a);
    CHECK(slot.waiters.load_seq() == 1);
    ask(slot);
    CHECK(watch->wait(0));
    const Pin pin(*t.worker);
    const auto change = watch->take(pin);
    REQUIRE(change.has_value());
    CHECK(change->after == int_word(1));
  }
  CHECK(slot.waiters.load_seq() == kTurnAsked);
}

TEST_CASE("processes and threads that fight over one counter lose no swap, and one may die") {
  constexpr int kWriters = 4;
  const int each = yin::test::effort(20'000);
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const TestDomain t({.path = path});
  const RootRef a = counter(*t.worker, "a");
  struct Page {
    SharedWord done[kWriters + 1];
  };
  SharedPage<Page> page;
  const auto work = [&](int self, int times) {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    for (int i = 0; i < times; ++i) {
      increment(*worker, a);
      page->done[self].add_seq(1);
    }
    return 0;
  };
  std::vector<Child> children;
  for (int self = 0; self <= kWriters; ++self)
    children.emplace_back([&, self] { return work(self, self == kWriters ? 1 << 30 : each); });
  while (page->done[kWriters].load_seq() < 100) std::this_thread::yield();
  children[kWriters].kill(SIGKILL);
  for (auto& child : children) child.wait();
  std::int64_t done = 0;
  for (const SharedWord& word : page->done) done += static_cast<std::int64_t>(word.load_seq());
  const std::int64_t in_the_counter = value(*t.worker, a);
  CHECK(in_the_counter >= done);
  CHECK(in_the_counter <= done + 1);  // committed by the dead one, not counted any more
  (void)adopt_dead_workers(*t.worker);
  expect_clean(*t.worker);
}
