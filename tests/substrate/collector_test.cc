#include "substrate/collector.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "substrate/atom.h"
#include "substrate/map.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/substrate/dying_commit.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

CycleReport collected(Worker& worker) {
  const auto report = collect(worker);
  REQUIRE(report.ok());
  return *report;
}

bool marked(const Domain& domain, Offset at) {
  const SlabMap map(domain);
  const std::uint32_t done = gc_done(domain.state().gc.load_seq());
  const std::uint64_t word = map.mark_word(raw(at)).load_seq();
  return static_cast<std::uint32_t>(word >> 32) == done &&
         (word >> SlabMap::mark_bit(raw(at)) & 1) != 0;
}

}  // namespace

TEST_CASE("a cycle marks exactly what verify reaches") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < 30; ++i) {
    const RootRef a = atom(*t.worker, "a" + std::to_string(i));
    const Pin pin(*t.worker);
    REQUIRE(swap(pin, a, [&](Edit& edit, Word) {
              return i % 5 == 0 ? from_string(edit, std::string(random.below(3'000'000), 'x'))
                                : random_value(edit, random, 4);
            }).ok());
  }
  (void)collected(*t.worker);
  const CycleReport second = collected(*t.worker);
  const VerifyReport seen = verify(*t.worker);
  CHECK(seen.clean());
  CHECK(second.objects == seen.objects + seen.versions);
  CHECK(second.live_bytes == seen.bytes);
  CHECK(second.versions_cut == 0);
}

TEST_CASE("versions older than a cycle are cut, those since are kept until the next") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(0));
  (void)collected(*t.worker);
  const std::uint64_t rest = verify(*t.worker).versions;
  for (int i = 1; i <= 100; ++i) {
    const Pin pin(*t.worker);
    REQUIRE(reset_root(pin, a, int_word(i)).ok());
  }
  CHECK(verify(*t.worker).versions == rest + 100);
  CHECK(collected(*t.worker).versions_cut == 1);  // at one place, with all that hangs there
  CHECK(verify(*t.worker).versions == rest);
  const Pin pin(*t.worker);
  CHECK(*deref(pin, a) == int_word(100));
}

TEST_CASE("aborted versions below a committed one go with it") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(0));
  const RootRef b = atom(*t.worker, "b", int_word(0));
  (void)collected(*t.worker);
  const std::uint64_t rest = verify(*t.worker).versions;
  {
    const Pin pin(*t.worker);
    for (int i = 0; i < 50; ++i) {
      const Change stale[] = {{a, read_root(pin, a).version, int_word(1)},
                              {b, read_root(pin, a).version, int_word(1)}};
      REQUIRE(commit(pin, stale) == CommitOutcome::kConflict);
    }
  }
  (void)collected(*t.worker);
  CHECK(verify(*t.worker).versions == rest + 50);  // newer than what they hide: kept, read through
  {
    const Pin pin(*t.worker);
    CHECK(*deref(pin, a) == int_word(0));
    REQUIRE(reset_root(pin, a, int_word(2)).ok());
  }
  (void)collected(*t.worker);
  CHECK(verify(*t.worker).versions == rest);
}

TEST_CASE("values stay whole while writers and cycles run") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  constexpr int kAtoms = 5;
  constexpr int kWriters = 3;
  std::vector<RootRef> atoms;
  for (int i = 0; i < kAtoms; ++i) atoms.push_back(atom(*t.worker, "a" + std::to_string(i)));
  SharedHalf broken{};
  SharedHalf writing{};
  writing.store_seq(kWriters);
  std::vector<std::thread> threads;
  for (int self = 0; self < kWriters; ++self) {
    threads.emplace_back([&, self] {
      const auto worker = join(*t.domain);
      Random random(seed + static_cast<std::uint64_t>(self));
      for (int i = 0; i < yin::test::effort(1'000); ++i) {
        const Pin pin(*worker);
        const RootRef from = atoms[random.below(kAtoms)];
        const RootRef to = atoms[random.below(kAtoms)];
        const RootRead read = read_root(pin, from);
        if (!is_nil(read.value) && !is_tree(pin, read.value)) broken.store_seq(1);
        // A new tree, or another atom's once more: a version may be all that holds it for a while.
        const std::uint64_t n = random.bits() >> 20;
        if (!swap(pin, to, [&](Edit& edit, Word) {
               return random.one_in(3) ? read.value : tree_of(edit, n);
             }).ok()) {
          broken.store_seq(2);
        }
        if (!is_nil(read.value) && !is_tree(pin, read.value)) broken.store_seq(3);
      }
      writing.add_seq(~std::uint32_t{0});
    });
  }
  int cycles = 0;
  for (; writing.load_seq() != 0; ++cycles) (void)collected(*t.worker);
  for (std::thread& thread : threads) thread.join();
  INFO(cycles << " cycles");
  CHECK(broken.load_seq() == 0);
  CHECK(verify(*t.worker).clean());
}

TEST_CASE(
    "what a pin has read stays whole as long as it is held, whatever is swapped and collected "
    "meanwhile") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a");
  const auto replace = [&](Worker& worker, std::uint64_t n) {
    const Pin pin(worker);
    return swap(pin, a, [&](Edit& edit, Word) { return tree_of(edit, n); }).ok();
  };
  REQUIRE(replace(*t.worker, 1));
  for (int round = 0; round < yin::test::effort(100); ++round) {
    std::thread collecting;
    {
      const auto reader = join(*t.domain);
      const Pin pin(*reader);
      const Word read = *deref(pin, a);
      const std::uint32_t before = gc_cycle(t.domain->state().gc.load_seq());
      collecting = std::thread([&] {
        const auto worker = join(*t.domain);
        for (int i = 0; i < 3; ++i) (void)collect(*worker).ok();
      });
      // Until it waits for our pin, and then a while of writing.
      for (std::uint64_t n = 0; n < 20 || gc_cycle(t.domain->state().gc.load_seq()) == before;
           ++n) {
        REQUIRE(replace(*t.worker, n));
      }
      REQUIRE(is_tree(pin, read));
      REQUIRE(flaw_in(pin, read) == "");
    }
    collecting.join();
  }
}

TEST_CASE("a cell is reused only after two cycles in turn found it dead") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(0));
  const auto commit_many = [&](std::set<std::uint64_t>& cells, int count) {
    for (int i = 0; i < count; ++i) {
      const Pin pin(*t.worker);
      REQUIRE(reset_root(pin, a, int_word(i)).ok());
      cells.insert(raw(read_root(pin, a).version));
    }
  };
  const auto both = [](const std::set<std::uint64_t>& x, const std::set<std::uint64_t>& y) {
    return std::any_of(x.begin(), x.end(), [&](std::uint64_t at) { return y.contains(at); });
  };
  constexpr int kCells = 5'000;
  std::set<std::uint64_t> first;
  commit_many(first, kCells);
  (void)collected(*t.worker);  // finds the first dead: listed
  std::set<std::uint64_t> second;
  commit_many(second, kCells);
  CHECK(!both(first, second));
  (void)collected(*t.worker);  // finds them dead again
  std::set<std::uint64_t> third;
  commit_many(third, kCells);
  CHECK(both(first, third));
}

TEST_CASE("a record is kept for the cycle that lets its last node go") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(1));
  const RootRef b = atom(*t.worker, "b", int_word(1));
  Offset record;
  {
    const Pin pin(*t.worker);
    DyingCommit dying(pin, {{a, read_root(pin, a).version, int_word(2)},
                            {b, read_root(pin, b).version, int_word(2)}});
    record = dying.at();
    dying.install(0);
    dying.decide(kStampAborted);
    dying.install(1);  // a late helper's: nobody has read it yet
  }
  (void)collected(*t.worker);
  CHECK(marked(*t.domain, record));
  (void)collected(*t.worker);
  CHECK(!marked(*t.domain, record));
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("an undecided commit of a dead worker is finished by the cycle that meets it, and kept") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a");
  const RootRef b = atom(*t.worker, "b");
  {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    DyingCommit dying(pin, {{a, read_root(pin, a).version, tree_of(edit, 7)},
                            {b, read_root(pin, b).version, tree_of(edit, 8)}});
    dying.install(0);
  }
  for (int i = 0; i < 4; ++i) (void)collected(*t.worker);
  const Pin pin(*t.worker);
  CHECK(is_tree(pin, *deref(pin, a)));
  CHECK(is_tree(pin, *deref(pin, b)));
}

TEST_CASE("one cycle at a time: a second collector is told so") {
  const bool shared = GENERATE(false, true);
  const Scratch scratch;
  const auto domain = open_domain({.path = shared ? scratch.file("a.yin") : ""});
  const auto worker = join(*domain);
  const auto other = join(*domain);
  SharedHalf stop{};
  std::thread collecting;
  {
    const Pin pin(*worker);
    const std::uint32_t before = gc_cycle(domain->state().gc.load_seq());
    collecting = std::thread([&] {
      const auto mine = join(*domain);
      (void)collect(*mine, {.stop = &stop}).ok();  // waits for our pin
    });
    while (gc_cycle(domain->state().gc.load_seq()) == before) {
    }
    CHECK(collect(*other).status().code() == StatusCode::kUnavailable);
    stop.store_seq(1);
    collecting.join();
  }
  CHECK(gc_cycle(domain->state().gc.load_seq()) != gc_done(domain->state().gc.load_seq()));
  CHECK(collect(*other).ok());  // goes on where the one that was stopped left it
}

TEST_CASE("a collector killed in its cycle is followed by another") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef a = atom(*worker, "a");
  for (int i = 0; i < yin::test::effort(40); ++i) {
    const std::uint64_t gc = domain->state().gc.load_seq();
    Child child([&] {
      const auto own = open_domain({.path = path});
      const auto mine = join(*own);
      for (;;) (void)collect(*mine).ok();
      return 0;
    });
    if (i % 2 == 0) {
      const Pin pin(*worker);
      while (gc_cycle(domain->state().gc.load_seq()) == gc_cycle(gc)) {
      }
      child.kill(SIGKILL);  // it waits for our pin
    } else {
      while (gc_cycle(domain->state().gc.load_seq()) < gc_cycle(gc) + 3) {
      }
      child.kill(SIGKILL);  // somewhere
    }
    child.wait();
    {
      const Pin pin(*worker);
      REQUIRE(swap(pin, a, [&](Edit& edit, Word) {
                return tree_of(edit, static_cast<std::uint64_t>(i));
              }).ok());
    }
    const CycleReport report = collected(*worker);
    REQUIRE(report.cycle == gc_done(domain->state().gc.load_seq()));
    const Pin pin(*worker);
    REQUIRE(is_tree(pin, *deref(pin, a)));
  }
  CHECK(verify(*worker).clean());
}

TEST_CASE(
    "a cycle is due when enough was allocated beside what lives, overdue at twice that and more") {
  const TestDomain t;
  CHECK(!collection_due(*t.domain));
  const auto allocate = [&](std::uint64_t bytes) {
    for (std::uint64_t made = 0; made < bytes; made += 1 << 20) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      (void)edit.allocate<std::byte>(1 << 20);
    }
  };
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  allocate(20 * kMiB);
  CHECK(!collection_due(*t.domain));  // the first has time
  allocate(60 * kMiB);
  CHECK(collection_due(*t.domain));
  CHECK(!collection_overdue(*t.domain));
  allocate(40 * kMiB);
  CHECK(collection_overdue(*t.domain));
  (void)collected(*t.worker);
  CHECK(!collection_due(*t.domain));
  allocate(20 * kMiB);
  CHECK(collection_due(*t.domain));
  (void)collected(*t.worker);
  want_collection(*t.domain);
  CHECK(collection_due(*t.domain));
}

TEST_CASE("a domain's first cycle is due at once for who found no room") {
  const TestDomain t;
  want_collection(*t.domain);
  CHECK(collection_due(*t.domain));
}
