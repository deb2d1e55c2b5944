#include "substrate/space.h"

#include <thread>
#include <vector>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/slab.h"
#include "substrate/vector.h"
#include "tests/substrate/atoms.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::uint64_t on_disk(const std::string& path) {
  struct stat s = {};
  check(::stat(path.c_str(), &s) == 0, "stat");
  return static_cast<std::uint64_t>(s.st_blocks) * 512;
}

std::string text_of(std::uint64_t bytes, std::uint64_t number) {
  return std::string(bytes, static_cast<char>('a' + number % 26));
}

// Sets the atom to strings of some 0.4 of these bytes in small ones, 0.6 in ones of a slab and more.
Status fill(Worker& worker, RootRef ref, std::uint64_t bytes) {
  const Pin pin(worker);
  Edit edit = Edit::in_slab(pin);
  std::vector<Word> items;
  for (std::uint64_t made = 0, i = 0; made < bytes; ++i) {
    const std::uint64_t size = i % 100 == 0 ? 600'000 : 4'000;
    items.push_back(from_string(edit, text_of(size, i)));
    made += size;
  }
  return reset_root(pin, ref, Vector::from(edit, items).word);
}

bool is_filled(Worker& worker, RootRef ref) {
  const Pin pin(worker);
  const Vector items{*deref(pin, ref)};
  for (std::uint64_t i = 0; i < items.count(pin); ++i) {
    const StringView text(pin, items.nth(pin, i));
    const std::uint64_t size = i % 100 == 0 ? 600'000 : 4'000;
    if (text.view() != text_of(size, i)) return false;
  }
  return items.count(pin) > 0;
}

Status let_go(Worker& worker, RootRef ref) {
  {
    const Pin pin(worker);
    Status reset = reset_root(pin, ref, kNil);
    if (!reset.ok()) return reset;
  }
  return collect(worker).status();
}

}  // namespace

TEST_CASE("a domain that held 200 MB and let go of it shrinks on disk, and goes on") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  const RootRef ref = atom(*worker, "a");
  SpaceKeeper keeper(*worker);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(fill(*worker, ref, 200 * kMiB).ok());
    CHECK(is_filled(*worker, ref));
    CHECK(on_disk(path) > 200 * kMiB);
    CHECK(on_disk(path) < 260 * kMiB);
    (void)keeper.look();
    (void)keeper.look();
    CHECK(on_disk(path) > 200 * kMiB);  // it lives
    REQUIRE(let_go(*worker, ref).ok());
    CHECK(keeper.look() == 0);  // at once would be too early
    CHECK(keeper.look() > 190 * kMiB);
    CHECK(on_disk(path) < 20 * kMiB);
    expect_clean(*worker);
    // Who joins leaves the holes alone.
    const auto other = open_domain({.path = path, .mode = OpenMode::kJoin});
    CHECK(on_disk(path) < 20 * kMiB);
  }
  REQUIRE(fill(*worker, ref, 200 * kMiB).ok());
  CHECK(is_filled(*worker, ref));
  CHECK(domain->region().file_bytes() < 300 * kMiB);  // the holes were taken, not fresh slabs
  expect_clean(*worker);
}

TEST_CASE("no room for what is behind a hole is an error, and nothing is lost") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  Child child([&] {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    const RootRef ref = atom(*worker, "a");
    const RootRef kept = atom(*worker, "kept", int_word(42));
    SpaceKeeper keeper(*worker);
    if (!fill(*worker, ref, 30 * kMiB).ok() || !let_go(*worker, ref).ok()) return 2;
    (void)keeper.look();
    if (keeper.look() < 25 * kMiB) return 3;
    const rlimit limits = {2 * kMiB, RLIM_INFINITY};  // every hole but a few lies behind it
    if (::setrlimit(RLIMIT_FSIZE, &limits) != 0) return 4;
    const Status full = fill(*worker, ref, 30 * kMiB);
    if (full.code() != StatusCode::kResourceExhausted || full.message().size() < 20) return 5;
    worker->clear_space_status();
    worker->nursery().reset();
    {
      const Pin pin(*worker);
      if (*deref(pin, kept) != int_word(42) || *deref(pin, ref) != kNil) return 6;
    }
    const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &none) != 0) return 7;
    if (!collect(*worker).ok() || !fill(*worker, ref, 30 * kMiB).ok()) return 8;
    return is_filled(*worker, ref) && verify(*worker).clean() ? 0 : 9;
  });
  CHECK(child.wait() == 0);
}

TEST_CASE("a death while holes are made, or filled, loses no slab") {
  const TestDomain t;
  const RootRef ref = atom(*t.worker, "a");
  REQUIRE(fill(*t.worker, ref, 8 * kMiB).ok());
  REQUIRE(let_go(*t.worker, ref).ok());
  // As a puncher leaves a slab that dies behind its claim: a hole by its word, with blocks.
  const SlabMap map(*t.domain);
  std::uint32_t holes = 0;
  const auto slabs = static_cast<std::uint32_t>(t.domain->state().next_slab.load_seq());
  for (std::uint32_t slab = map.lead(); slab < slabs; ++slab) {
    if (!t.worker->slab().looks_empty(slab)) continue;
    map.descriptor(slab).shape.store_relaxed(shape_word(SlabKind::kHole));
    ++holes;
  }
  REQUIRE(holes > 100);
  t.domain->state().holes.store_relaxed(holes);
  const std::uint64_t before = t.domain->state().next_slab.load_seq();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(fill(*t.worker, ref, 6 * kMiB).ok());
    CHECK(is_filled(*t.worker, ref));
    REQUIRE(let_go(*t.worker, ref).ok());
  }
  CHECK(t.domain->state().next_slab.load_seq() < before + 64);
  expect_clean(*t.worker);
}

TEST_CASE("space is given back while others allocate, collect and give back") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  constexpr std::uint64_t kWriters = 3;
  SharedHalf running{};
  running.store_seq(kWriters);
  std::vector<std::thread> threads;
  for (std::uint64_t self = 0; self < kWriters; ++self) {
    threads.emplace_back([&, self] {
      const auto worker = join(*t.domain);
      const RootRef ref = atom(*worker, "a" + std::to_string(self));
      Random random(seed + self);
      for (int i = 0; i < yin::test::effort(30); ++i) {
        check(fill(*worker, ref, (1 + random.below(8)) * kMiB).ok(), "no room");
        check(is_filled(*worker, ref), "another value than was set");
        if (random.one_in(3)) (void)let_go(*worker, ref).ok();
      }
      running.add_seq(~std::uint32_t{0});
    });
  }
  for (int keepers = 0; keepers < 2; ++keepers) {
    threads.emplace_back([&] {
      const auto worker = join(*t.domain);
      SpaceKeeper keeper(*worker);
      while (running.load_seq() != 0) {
        (void)collect(*worker).ok();
        (void)keeper.look();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::uint64_t self = 0; self < kWriters; ++self) {
    const RootRef ref = atom(*t.worker, "a" + std::to_string(self));
    const Pin pin(*t.worker);
    if (*deref(pin, ref) != kNil) CHECK(is_filled(*t.worker, ref));
  }
  expect_clean(*t.worker);
}

TEST_CASE("writers owe what they allocate during a mark, less what its progress earned") {
  const TestDomain t;
  DomainState& state = t.domain->state();
  state.allocated_bytes.store_relaxed(2'000 * kMiB);
  state.live_bytes.store_relaxed(1'000 * kMiB);
  state.marking_since.store_relaxed(1'720 * kMiB);
  CHECK(allocation_debt(*t.domain) == 0);  // no cycle runs

  const std::uint64_t gc = state.gc.load_seq();
  state.gc.store_seq(gc_word(gc_cycle(gc) + 1, gc_done(gc)));  // its collector died
  state.marked_bytes.store_relaxed(0);
  const std::uint64_t at_start = allocation_debt(*t.domain);
  state.marked_bytes.store_relaxed(300 * kMiB);
  const std::uint64_t later = allocation_debt(*t.domain);
  state.marked_bytes.store_relaxed(1'000 * kMiB);
  CHECK(at_start > 200 * kMiB);
  CHECK(later < at_start);
  CHECK(later > 0);
  CHECK(allocation_debt(*t.domain) == 0);

  // A collector that stands still stops nobody.
  state.marked_bytes.store_relaxed(0);
  const RootRef ref = atom(*t.worker, "a");
  REQUIRE(fill(*t.worker, ref, 4 * kMiB).ok());
  for (int i = 0; i < 200; ++i) {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    REQUIRE(reset_root(pin, ref, from_string(edit, text_of(40'000, 1))).ok());
  }
  REQUIRE(collect(*t.worker).ok());
  CHECK(allocation_debt(*t.domain) == 0);
  expect_clean(*t.worker);
}
