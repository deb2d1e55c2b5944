#include "substrate/hold.h"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/table.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

void set_tree(Worker& worker, RootRef ref, std::uint64_t n) {
  const Pin pin(worker);
  REQUIRE(swap(pin, ref, [&](Edit& edit, Word) { return tree_of(edit, n); }).ok());
}
std::uint64_t number_of(const Pin& pin, Word tree) {
  const Vector items{tree};
  return static_cast<std::uint64_t>(small_int(items.nth(pin, items.count(pin) - 1)));
}
Snapshot snapshot_of(Worker& worker) {
  const Pin pin(worker);
  auto taken = Snapshot::take(pin);
  REQUIRE(taken.ok());
  return *std::move(taken);
}
void collect_often(Worker& worker, int cycles = 3) {
  for (int i = 0; i < cycles; ++i) REQUIRE(collect(worker).ok());
}

// A process that pins, reads the atom `a`, stops, and tells what it found when it goes on.
struct Stopped {
  struct Page {
    SharedHalf reading;
    SharedHalf whole_when_woken;
    SharedHalf expired_when_woken;
    SharedHalf whole_when_pinned_anew;
  };
  SharedPage<Page> page;
  Child child;

  explicit Stopped(const std::string& path)
      : child([this, path] {
          const auto domain = *Domain::open({.path = path});
          const auto worker = *Worker::join(*domain);
          const RootRef a = root_ref(find_named_root(Pin(*worker), "a"));
          {
            const Pin pin(*worker);
            const Word tree = read_root(pin, a).value;
            page->reading.store_seq(1);
            ::raise(SIGSTOP);
            page->whole_when_woken.store_seq(is_tree(pin, tree) ? 1 : 0);
            page->expired_when_woken.store_seq(
                read_root(pin, a).outcome == RootRead::Outcome::kExpired ? 1 : 0);
          }
          const Pin pin(*worker);
          page->whole_when_pinned_anew.store_seq(is_tree(pin, read_root(pin, a).value) ? 1 : 0);
          return 0;
        }) {
    child.await_stopped();
  }
  void wake_and_check() {
    child.kill(SIGCONT);
    CHECK(child.wait() == 0);
    CHECK(page->whole_when_woken.load_seq() == 1);
    CHECK(page->expired_when_woken.load_seq() == 1);
    CHECK(page->whole_when_pinned_anew.load_seq() == 1);
  }
};

}  // namespace

TEST_CASE("a snapshot shows every slot as it was at once, whatever is committed and collected") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  const RootRef b = counter(*t.worker, "b");
  SharedHalf stop{};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {  // both always equal
    const auto worker = join(*t.domain);
    for (std::int64_t n = 1; stop.load_seq() == 0; ++n) {
      const Pin pin(*worker);
      const Change changes[] = {{a, read_root(pin, a).version, int_word(n)},
                                {b, read_root(pin, b).version, int_word(n)}};
      yin::substrate::check(commit(pin, changes) == CommitOutcome::kCommitted, "a commit");
    }
  });
  threads.emplace_back([&] {
    const auto worker = join(*t.domain);
    while (stop.load_seq() == 0) (void)collect(*worker).ok();
  });
  std::int64_t last = 0;
  for (int i = 0; i < yin::test::effort(2'000); ++i) {
    const Snapshot snapshot = snapshot_of(*t.worker);
    std::int64_t first = -1;
    for (int look = 0; look < 20; ++look) {
      const Pin pin(*t.worker);
      const RootRead x = snapshot.read(pin, a);
      const RootRead y = snapshot.read(pin, b);
      REQUIRE(x.ok());
      REQUIRE(y.ok());
      REQUIRE(x.value == y.value);
      REQUIRE((first == -1 || first == small_int(x.value)));
      first = small_int(x.value);
    }
    REQUIRE(first >= last);
    last = first;
  }
  stop.store_seq(1);
  for (std::thread& thread : threads) thread.join();
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("snapshots of many instants each keep their own versions, and nothing between them") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  std::vector<Snapshot> snapshots;
  for (std::uint64_t n = 1; n <= 200; ++n) {
    set_tree(*t.worker, a, n);
    if (n % 10 == 0) snapshots.push_back(snapshot_of(*t.worker));
  }
  collect_often(*t.worker);
  std::uint64_t length = 0;
  {
    const Pin pin(*t.worker);
    for (std::uint64_t at = raw(read_root(pin, a).version); at != 0; ++length)
      at = pin.at<VersionNode>(offset_of(at))->prev.load_seq();
  }
  CHECK(length == snapshots.size());
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const Pin pin(*t.worker);
    const RootRead read = snapshots[i].read(pin, a);
    REQUIRE(read.ok());
    REQUIRE(is_tree(pin, read.value));
    CHECK(number_of(pin, read.value) == (i + 1) * 10);
  }
  CHECK(verify(*t.worker).clean());
  const std::uint64_t held = collect(*t.worker)->live_bytes;
  snapshots.clear();
  collect_often(*t.worker);
  CHECK(collect(*t.worker)->live_bytes < held / 10);
}

TEST_CASE("a root made after a snapshot is not in it, one deleted after it is") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(7));
  const Snapshot snapshot = snapshot_of(*t.worker);
  const RootRef b = counter(*t.worker, "b");
  {
    const Pin pin(*t.worker);
    const Change remove[] = {{a, read_root(pin, a).version, kTombstone}};
    REQUIRE(commit(pin, remove) == CommitOutcome::kCommitted);
  }
  collect_often(*t.worker);
  const Pin pin(*t.worker);
  CHECK(read_root(pin, a).outcome == RootRead::Outcome::kDeleted);
  CHECK(snapshot.read(pin, a).value == int_word(7));
  CHECK(snapshot.read(pin, b).outcome == RootRead::Outcome::kDeleted);
}

TEST_CASE("a snapshot that is let go leaves its place to the next one") {
  const TestDomain t;
  for (int i = 0; i < 10'000; ++i) (void)snapshot_of(*t.worker);
  CHECK(t.domain->state().next_hold.load_seq() <= 2);
}

TEST_CASE("a handle keeps its value, and lets it go") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  std::vector<Handle> handles;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    set_tree(*t.worker, a, n);
    const Pin pin(*t.worker);
    auto handle = Handle::make(pin, *deref(pin, a));
    REQUIRE(handle.ok());
    handles.push_back(*std::move(handle));
  }
  set_tree(*t.worker, a, 101);
  collect_often(*t.worker, 4);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    const Pin pin(*t.worker);
    REQUIRE(is_tree(pin, handles[i].get()));
    CHECK(number_of(pin, handles[i].get()) == i + 1);
  }
  const std::uint64_t held = collect(*t.worker)->live_bytes;
  handles.clear();
  collect_often(*t.worker);
  CHECK(collect(*t.worker)->live_bytes < held / 10);
  // Their places are used again.
  const std::uint32_t places = t.domain->state().next_hold.load_seq();
  for (int i = 0; i < 50; ++i) {
    const Pin pin(*t.worker);
    REQUIRE(Handle::make(pin, int_word(i)).ok());
  }
  CHECK(t.domain->state().next_hold.load_seq() <= places + 50);
}

TEST_CASE("places that come back are found, however many are taken") {
  const TestDomain t;
  const auto made = [&](int count) {
    const Pin pin(*t.worker);
    std::vector<Handle> handles;
    for (int i = 0; i < count; ++i) handles.push_back(*Handle::make(pin, int_word(i)));
    return handles;
  };
  const std::vector<Handle> kept = made(5000);
  for (int round = 0; round < 100; ++round) {
    (void)made(100);
    collect_often(*t.worker, 1);
  }
  CHECK(t.domain->state().next_hold.load_seq() < 10000);  // 15000: none was found again
}

TEST_CASE("what a killed process held is let go by its adopter") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  set_tree(*worker, a, 1);
  struct Page {
    SharedHalf holding;
  };
  SharedPage<Page> page;
  Child child([&] {
    const auto own = *Domain::open({.path = path});
    const auto mine = *Worker::join(*own);
    std::vector<Handle> handles;
    std::vector<Snapshot> snapshots;
    for (int i = 0; i < 10; ++i) {
      const Pin pin(*mine);
      handles.push_back(*Handle::make(pin, *deref(pin, a)));
      snapshots.push_back(*Snapshot::take(pin));
    }
    announce(page->holding);
    for (;;) park_on(page->holding, 1);
    return 0;
  });
  await(page->holding, 1);
  set_tree(*worker, a, 2);
  collect_often(*worker);
  const std::uint64_t held = collect(*worker)->live_bytes;
  child.kill(SIGKILL);
  child.wait();
  CHECK(adopt_dead_workers(*worker).workers == 1);
  collect_often(*worker);
  CHECK(collect(*worker)->live_bytes < held);
  CHECK(verify(*worker).clean());
}

TEST_CASE("a stopped reader is passed by, costs what it can see, and finds it whole when woken") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  set_tree(*worker, a, 1);
  Stopped stopped(path);
  set_tree(*worker, a, 2);
  const auto first = collect(*worker, {.stopped_ms = 1});
  REQUIRE(first.ok());
  CHECK(first->declared == 1);
  // Nothing that is made and dropped while it sleeps is kept for it.
  const std::uint64_t live = collect(*worker, {.stopped_ms = 1})->live_bytes;
  for (std::uint64_t n = 0; n < 2'000; ++n) set_tree(*worker, a, n);
  for (int i = 0; i < 4; ++i) {
    const auto later = collect(*worker, {.stopped_ms = 1});
    REQUIRE(later.ok());
    CHECK(later->declared == 0);
    if (i == 3) CHECK(later->live_bytes < live + 100'000);
  }
  CHECK(verify(*worker).clean());
  stopped.wake_and_check();
  collect_often(*worker);
  CHECK(verify(*worker).clean());
}

TEST_CASE("a reader that is stopped again and again always finds its reads whole") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  set_tree(*worker, a, 1);
  for (int round = 0; round < yin::test::effort(10); ++round) {
    Stopped stopped(path);
    for (std::uint64_t n = 0; n < 50; ++n) {
      set_tree(*worker, a, n);
      if (n % 10 == 0) REQUIRE(collect(*worker, {.stopped_ms = 1}).ok());
    }
    stopped.wake_and_check();
  }
  CHECK(verify(*worker).clean());
}

TEST_CASE("a stopped collector is taken over, and gives up when it goes on") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  struct Page {
    SharedHalf finished;
  };
  for (int round = 0; round < yin::test::effort(10); ++round) {
    SharedPage<Page> page;
    std::unique_ptr<Child> child;
    {
      const Pin pin(*worker);
      const std::uint32_t before = gc_cycle(domain->state().gc.load_seq());
      child = std::make_unique<Child>([&] {
        const auto own = *Domain::open({.path = path});
        const auto mine = *Worker::join(*own);
        page->finished.store_seq(collect(*mine, {.slow_ms = 100'000}).ok() ? 2 : 1);
        return 0;
      });
      while (gc_cycle(domain->state().gc.load_seq()) == before) {
      }
      child->kill(SIGSTOP);  // it waits for our pin
      child->await_stopped();
    }
    int finished = 0;
    while (finished < 3) {
      set_tree(*worker, a, static_cast<std::uint64_t>(round));
      finished += collect(*worker, {.stopped_ms = 1, .takeover_ms = 5}).ok() ? 1 : 0;
    }
    child->kill(SIGCONT);
    CHECK(child->wait() == 0);
    CHECK(page->finished.load_seq() == 1);
    collect_often(*worker);
    const Pin pin(*worker);
    REQUIRE(is_tree(pin, *deref(pin, a)));
  }
  CHECK(verify(*worker).clean());
}
