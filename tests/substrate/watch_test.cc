#include "substrate/watch.h"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/table.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

Watch start(Worker& worker, RootRef ref, WatchMode mode) {
  const Pin pin(worker);
  auto watch = Watch::start(pin, ref, mode);
  REQUIRE(watch.ok());
  return *std::move(watch);
}

}  // namespace

TEST_CASE("a watch of every change gives each commit once, in order, whatever is collected") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  const std::int64_t n = yin::test::effort(20'000);
  Watch watch = start(*t.worker, a, WatchMode::kEveryChange);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      const auto worker = join(*t.domain);
      for (std::int64_t k = 0; k < n / 2; ++k) {
        const Pin pin(*worker);
        yin::substrate::check(swap(pin, a, inc).ok(), "a swap");  // Catch2 is for one thread
      }
    });
  }
  SharedHalf stop{};
  std::thread collecting([&] {
    const auto worker = join(*t.domain);
    while (stop.load_seq() == 0) (void)collect(*worker).ok();
  });
  std::int64_t seen = 0;
  while (seen < n / 2 * 2) {
    REQUIRE(watch.wait(10'000));
    const Pin pin(*t.worker);
    for (auto change = watch.take(pin); change; change = watch.take(pin)) {
      REQUIRE(change->before == int_word(seen));
      REQUIRE(change->after == int_word(++seen));
    }
  }
  CHECK_FALSE(watch.wait(1));
  stop.store_seq(1);
  for (std::thread& thread : threads) thread.join();
  collecting.join();
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("a watch of the latest change skips what lies between") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  Watch watch = start(*t.worker, a, WatchMode::kLatest);
  {
    const Pin pin(*t.worker);
    CHECK_FALSE(watch.take(pin));
    for (int i = 0; i < 5; ++i) REQUIRE(swap(pin, a, inc).ok());
  }
  CHECK(watch.wait(0));
  const Pin pin(*t.worker);
  const auto change = watch.take(pin);
  REQUIRE(change);
  CHECK(change->before == int_word(0));
  CHECK(change->after == int_word(5));
  CHECK_FALSE(watch.take(pin));
}

TEST_CASE("a deleted root is told once, as absent") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(3));
  Watch watch = start(*t.worker, a, WatchMode::kEveryChange);
  const Pin pin(*t.worker);
  REQUIRE(swap(pin, a, inc).ok());
  REQUIRE(delete_named_root(pin, RootKind::kAtom, "a").ok());
  CHECK(watch.take(pin)->after == int_word(4));
  CHECK(is_absent(watch.take(pin)->after));
  CHECK_FALSE(watch.take(pin));
  CHECK(Watch::start(pin, a, WatchMode::kLatest).status().code() == StatusCode::kNotFound);
}

TEST_CASE("watchers are counted, also those that die") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  const RootSlot& slot = root_slot(*domain, a.slot);
  {
    const Watch one = start(*worker, a, WatchMode::kLatest);
    const Watch two = start(*worker, a, WatchMode::kLatest);
    CHECK(slot.waiters.load_seq() == 2);
  }
  CHECK(slot.waiters.load_seq() == 0);
  struct Page {
    SharedHalf watching;
  };
  SharedPage<Page> page;
  Child child([&] {
    const auto own = *Domain::open({.path = path});
    const auto mine = *Worker::join(*own);
    const auto watch = Watch::start(Pin(*mine), a, WatchMode::kLatest);
    announce(page->watching);
    for (;;) park_on(page->watching, 1);
    return watch.ok() ? 0 : 1;
  });
  await(page->watching, 1);
  CHECK(slot.waiters.load_seq() == 1);
  child.kill(SIGKILL);
  child.wait();
  CHECK(adopt_dead_workers(*worker).workers == 1);
  CHECK(slot.waiters.load_seq() == 0);
}

TEST_CASE("a commit in one process wakes the watch in another, with the exact values") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  struct Page {
    SharedHalf watching;
    SharedHalf seen;
  };
  SharedPage<Page> page;
  const int n = yin::test::effort(200);
  Child child([&] {
    const auto own = *Domain::open({.path = path});
    const auto mine = *Worker::join(*own);
    auto watch = Watch::start(Pin(*mine), a, WatchMode::kEveryChange);
    if (!watch.ok()) return 1;
    announce(page->watching);
    for (int i = 0; i < n;) {
      if (!watch->wait(10'000)) return 2;
      const Pin pin(*mine);
      for (auto change = watch->take(pin); change;
           change = watch->take(pin), announce(page->seen)) {
        if (change->before != int_word(i) || change->after != int_word(++i)) return 3;
      }
    }
    return 0;
  });
  await(page->watching, 1);
  for (int i = 1; i <= n; ++i) {
    REQUIRE(swap(Pin(*worker), a, inc).ok());
    await(page->seen, static_cast<std::uint32_t>(i));
  }
  CHECK(child.wait() == 0);
}

TEST_CASE("waiting for another version ends when there is one, or when the time is over") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  const Offset seen = read_root(Pin(*t.worker), a).version;
  CHECK_FALSE(wait_for_change(*t.worker, a, seen, 1));
  std::thread other([&] {
    const auto worker = join(*t.domain);
    while (root_slot(*t.domain, a.slot).waiters.load_seq() == 0) std::this_thread::yield();
    yin::substrate::check(swap(Pin(*worker), a, inc).ok(), "a swap");
  });
  CHECK(wait_for_change(*t.worker, a, seen, 60'000));
  other.join();
  CHECK(root_slot(*t.domain, a.slot).waiters.load_seq() == 0);
}
