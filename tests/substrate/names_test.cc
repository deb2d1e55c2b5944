// Very many named atoms, and very many workers: what is linear elsewhere must not be quadratic here,
// and what has no race with two has none with thousands.

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/table.h"
#include "substrate/watch.h"
#include "tests/substrate/atoms.h"
#include "tests/support/child.h"
#include "tests/support/domain_place.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::int64_t kStep = 1'000'000'000;  // what a swap adds

std::int64_t count_in(Worker& worker, RootRef ref) {
  const Pin pin(worker);
  return small_int(*deref(pin, ref));
}

std::string name_of_atom(int i) { return "atom-" + std::to_string(i); }

void look_at_many(int count) {
  const DomainPlace place(Backing::kFile);
  std::map<std::string, std::int64_t> expected;
  {
    const auto domain = open_domain({.path = place.path(), .mode = OpenMode::kCreate});
    const auto worker = join(*domain);
    std::vector<RootRef> refs;
    for (int i = 0; i < count; ++i) {
      refs.push_back(atom(*worker, name_of_atom(i), int_word(i)));
      if (collection_due(*domain)) REQUIRE(collect(*worker).ok());
    }
    const auto with_pin = [&](auto&& work) {
      const Pin pin(*worker);
      return work(pin);
    };
    CHECK(with_pin([](const Pin& pin) { return list_named_roots(pin, RootKind::kAtom).size(); }) ==
          static_cast<std::size_t>(count));
    auto snapshot = with_pin([](const Pin& pin) { return Snapshot::take(pin); });
    REQUIRE(snapshot.ok());

    const int apart = std::max(count / 1'000, 1);
    std::vector<Watch> watches;
    for (int i = 0; i < count; i += apart) {
      auto watch = with_pin([&](const Pin& pin) {
        return Watch::start(pin, refs[static_cast<std::size_t>(i)], WatchMode::kEveryChange);
      });
      REQUIRE(watch.ok());
      watches.push_back(*std::move(watch));
    }
    for (const RootRef ref : refs) {
      const Pin pin(*worker);
      REQUIRE(swap(pin, ref, [](Edit&, Word n) { return int_word(small_int(n) + kStep); }).ok());
    }
    for (std::size_t i = 0; i < watches.size(); ++i) {
      const Pin pin(*worker);
      const auto change = watches[i].take(pin);
      const auto number = static_cast<std::int64_t>(i) * apart;
      REQUIRE(change.has_value());
      REQUIRE(small_int(change->before) == number);
      REQUIRE(small_int(change->after) == number + kStep);
      REQUIRE(!watches[i].take(pin).has_value());
    }
    watches.clear();

    for (int i = 0; i < count; ++i) {
      const Pin pin(*worker);
      if (i % 7 == 0) {
        REQUIRE(delete_named_root(pin, RootKind::kAtom, name_of_atom(i)).ok());
      } else if (i % 10 == 0) {
        REQUIRE(rename_root(pin, RootKind::kAtom, name_of_atom(i), "new " + name_of_atom(i)).ok());
        expected["new " + name_of_atom(i)] = i + kStep;
      } else {
        expected[name_of_atom(i)] = i + kStep;
      }
    }
    REQUIRE(collect(*worker).ok());
    for (int i = 0; i < count; ++i) {
      const Pin pin(*worker);
      const RootRead then = snapshot->read(pin, refs[static_cast<std::size_t>(i)]);
      REQUIRE(then.ok());
      REQUIRE(then.value == int_word(i));
    }
  }
  const auto domain = open_domain({.path = place.path(), .mode = OpenMode::kJoin});
  const auto worker = join(*domain);
  {
    const Pin pin(*worker);
    const auto roots = list_named_roots(pin, RootKind::kAtom);
    REQUIRE(roots.size() == expected.size());
    auto next = expected.begin();
    for (const NamedRoot& root : roots) {
      REQUIRE(root.name == next->first);
      REQUIRE(*deref(pin, root_ref(root.ref)) == int_word(next->second));
      REQUIRE(find_named_root(pin, root.name) == root.ref);
      ++next;
    }
    // Places of deleted atoms are given out again, as far as hints of them are left.
    REQUIRE(open_atom(pin, "one more", kNil).ok());
  }
  expect_clean(*worker);
}

}  // namespace

TEST_CASE(
    "a hundred thousand atoms: listed, watched, renamed, deleted, in a snapshot, after reopening") {
  look_at_many(yin::test::effort(100'000));
}

TEST_CASE("a million atoms: the same", "[long]") { look_at_many(1'000'000); }

TEST_CASE("processes that create or join the same many names make each of them once") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  const int count = yin::test::effort(10'000);
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    const auto domain = open_domain({.path = place.path(), .mode = OpenMode::kCreate});
    const auto worker = join(*domain);
    std::vector<Child> children;
    for (std::uint64_t child = 0; child < 4; ++child) {
      children.emplace_back([&, child] {
        const auto theirs = open_domain({.path = place.path(), .mode = OpenMode::kJoin});
        const auto mine = join(*theirs);
        std::vector<int> order;
        for (int i = 0; i < count; ++i) order.push_back(i);
        std::shuffle(order.begin(), order.end(), std::mt19937_64(seed + child / 2));  // two alike
        for (const int i : order) {
          const RootRef ref = counter(*mine, name_of_atom(i));
          const Pin pin(*mine);
          if (!swap(pin, ref, inc).ok()) return 1;
        }
        return 0;
      });
    }
    for (Child& child : children) REQUIRE(child.wait() == 0);
    {
      const Pin pin(*worker);
      const auto roots = list_named_roots(pin, RootKind::kAtom);
      CHECK(roots.size() == static_cast<std::size_t>(count));
      for (const NamedRoot& root : roots) REQUIRE(*deref(pin, root_ref(root.ref)) == int_word(4));
    }
    // Who lost a race gave its place up: hints of it may be lost, not more than a few.
    CHECK(domain->state().next_slot.load_seq() < static_cast<std::uint32_t>(count) * 11 / 10 + 100);
    expect_clean(*worker);
  }
}

TEST_CASE("two thousand workers of many processes at once, half of them killed") {
  constexpr std::uint32_t kProcesses = 16;
  constexpr std::uint32_t kOpenings = 2;  // of a process: each has as many workers as nurseries
  const std::uint32_t each = kOpenings * Region::zone_count();
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    const auto domain = open_domain({.path = place.path()});
    const auto worker = join(*domain);
    const RootRef ref = counter(*worker, "counter");
    struct Page {
      SharedHalf joined, counted, go, leave;
    };
    const SharedPage<Page> page;
    std::vector<Child> children;
    for (std::uint32_t i = 0; i < kProcesses; ++i) {
      children.emplace_back([&] {
        std::vector<std::unique_ptr<Domain>> domains;
        std::vector<std::unique_ptr<Worker>> workers;
        for (std::uint32_t n = 0; n < kOpenings; ++n) {
          domains.push_back(open_domain({.path = place.path(), .mode = OpenMode::kJoin}));
          for (std::uint32_t w = 0; w < Region::zone_count(); ++w)
            workers.push_back(join(*domains.back()));
        }
        announce(page->joined);
        await(page->go, 1);
        for (const auto& w : workers) {
          const Pin pin(*w);
          if (!swap(pin, ref, inc).ok()) return 1;
        }
        announce(page->counted);
        await(page->leave, 1);
        return 0;
      });
    }
    await(page->joined, kProcesses);
    CHECK(domain->state().worker_high.load_seq() == kProcesses * each + 1);
    CHECK(adopt_dead_workers(*worker).workers == 0);
    announce(page->go);
    await(page->counted, kProcesses);
    {
      const Pin pin(*worker);
      CHECK(*deref(pin, ref) == int_word(kProcesses * each));
    }
    for (std::uint32_t i = 0; i < kProcesses / 2; ++i) {
      children[i].kill(SIGKILL);
      children[i].await_zombie();  // nobody has waited for it
    }
    CHECK(adopt_dead_workers(*worker).workers == kProcesses / 2 * each);
    CHECK(adopt_dead_workers(*worker).workers == 0);
    CHECK(collect(*worker).ok());
    announce(page->leave);
    for (std::uint32_t i = 0; i < kProcesses; ++i)
      CHECK(children[i].wait() == (i < kProcesses / 2 ? -SIGKILL : 0));
    expect_clean(*worker);
  }
}

TEST_CASE("a worker whose pid another process has now is dead") {
  const DomainPlace place(Backing::kFile);
  const auto domain = open_domain({.path = place.path()});
  const auto worker = join(*domain);
  const SharedPage<SharedHalf> joined;
  Child child([&] {
    const auto theirs = open_domain({.path = place.path()});
    const auto mine = join(*theirs);
    announce(*joined);
    for (;;) park_on(*joined, 1);
    return 0;
  });
  await(*joined, 1);
  WorkerSlot& slot = *worker_slot(*domain, 1);
  child.kill(SIGKILL);
  child.wait();
  slot.process.store_seq(static_cast<std::uint64_t>(::getpid()));  // as if we had got its number
  CHECK(adopt_dead_workers(*worker).workers == 1);
}

TEST_CASE("a worker that lost its lock, but whose process lives, is not dead") {
  const DomainPlace place(Backing::kFile);
  const auto domain = open_domain({.path = place.path()});
  const auto worker = join(*domain);
  const RootRef ref = atom(*worker, "number", int_word(42));
  struct Page {
    SharedHalf closed, go;
  };
  const SharedPage<Page> page;
  Child child([&] {
    auto theirs = open_domain({.path = place.path()});
    const auto mine = join(*theirs);
    for (int descriptor = 3; descriptor < 100; ++descriptor) ::close(descriptor);  // as daemons do
    announce(page->closed);
    await(page->go, 1);
    const int seen = static_cast<int>(count_in(*mine, ref));  // it cannot grow, but goes on reading
    ::_exit(seen);  // its descriptors are not its own to close any more
    return 1;
  });
  await(page->closed, 1);
  CHECK(domain->region().lock_is_free(kLockWorkers + 1));
  CHECK(adopt_dead_workers(*worker).workers == 0);
  CHECK(raw(join(*domain)->index()) == 2);
  announce(page->go);
  CHECK(child.wait() == 42);
  CHECK(adopt_dead_workers(*worker).workers == 1);
}

TEST_CASE("a process that joins or leaves at any moment is never taken for dead") {
  const DomainPlace place(Backing::kFile);
  const auto domain = open_domain({.path = place.path()});
  const auto worker = join(*domain);
  const RootRef ref = counter(*worker, "counter");
  const int rounds = yin::test::effort(500);
  const SharedPage<SharedHalf> done;
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        const auto theirs = open_domain({.path = place.path()});
        const auto mine = join(*theirs);
        const auto second = join(*theirs);
        if (mine->index() == second->index()) return 1;
        for (const auto* w : {&mine, &second}) {
          const Pin pin(**w);
          if (!swap(pin, ref, inc).ok()) return 2;
        }
      }
      (*done).add_seq(1);
      return 0;
    });
  }
  std::uint32_t adopted = 0;
  while ((*done).load_seq() < 3) adopted += adopt_dead_workers(*worker).workers;
  CHECK(adopted == 0);
  for (Child& child : children) CHECK(child.wait() == 0);
  CHECK(count_in(*worker, ref) == 3 * 2 * rounds);
  expect_clean(*worker);
}
