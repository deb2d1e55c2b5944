// A copied file stands for what a power cut leaves: another file, so that nothing but its last
// checkpoint is trusted. What any mix of pages leaves is tests/crash/power_loss_test.cc.

#include "substrate/checkpoint.h"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/checkpoint_record.h"
#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/park.h"
#include "substrate/print.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/substrate/durable.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

std::uint64_t sequence_of(const Domain& domain) { return domain.state().durable_seq.load_seq(); }

}  // namespace

TEST_CASE("a copy opens at its last checkpoint, whatever was committed since") {
  Durable d;
  const RootRef a = d.atom("a", "[{:one [1 2.5 \"a text of some length\"]} #{x}]");
  const RootRef b = d.atom("b", "1");
  CHECK(d.make().slots == 3);  // and the registry
  d.set(b, "2");
  d.set(a, "[:later]");
  d.atom("c", "3");

  const Copy copy(d.copy());
  CHECK(copy.domain->known_here());
  CHECK(copy.get("a") == "[{:one [1 2.5 \"a text of some length\"]} #{x}]");
  CHECK(copy.get("b") == "1");
  CHECK(copy.get("c") == "no such name");
  expect_clean(*copy.worker);
}

TEST_CASE("what was recovered goes on: commits, names, cycles, checkpoints, another copy") {
  Durable d;
  d.atom("a", "[:first/name]");
  d.make();
  const std::string path = d.copy();
  std::string second;
  {
    Copy copy(path);
    for (int i = 0; i < 200; ++i) {
      const Pin pin(*copy.worker);
      const RootRef a = root_ref(find_named_root(pin, "a"));
      REQUIRE(swap(pin, a, [&](Edit& edit, Word) {
                return tree_of(edit, static_cast<std::uint64_t>(i));
              }).ok());
      REQUIRE(intern(pin, "name-" + std::to_string(i)).ok());
    }
    for (int i = 0; i < 3; ++i) REQUIRE(collect(*copy.worker).ok());
    expect_clean(*copy.worker);
    REQUIRE(checkpoint(*copy.worker).ok());
    second = d.scratch.file("second.yin");
    write_bytes(second, bytes_of(path));
  }
  const Copy again(second);
  CHECK(sequence_of(*again.domain) == 2);
  const Pin pin(*again.worker);
  const RootRead a = read_root(pin, root_ref(find_named_root(pin, "a")));
  REQUIRE(a.ok());
  CHECK(is_tree(pin, a.value));
}

TEST_CASE("names keep their numbers, and one spelling is one name") {
  Durable d;
  std::vector<Word> before;
  {
    const Pin pin(*d.worker);
    for (int i = 0; i < 3000; ++i) before.push_back(keyword(pin, "n/" + std::to_string(i)));
  }
  d.atom("a", "[:n/7 :n/2999]");
  d.make();
  const Copy copy(d.copy());
  const Pin pin(*copy.worker);
  for (int i = 0; i < 3000; ++i)
    REQUIRE(keyword(pin, "n/" + std::to_string(i)) == before[static_cast<std::size_t>(i)]);
  CHECK(raw(name_id(keyword(pin, "new"))) > raw(name_id(before.back())));
}

TEST_CASE("deleted atoms stay deleted and stale references stale") {
  Durable d;
  const RootRef gone = d.atom("gone", "1");
  const RootRef stays = d.atom("stays", "2");
  d.make();
  {
    const Pin pin(*d.worker);
    REQUIRE(delete_named_root(pin, RootKind::kAtom, "gone").ok());
  }
  CHECK(d.make().slots == 2);
  const Copy copy(d.copy());
  const Pin pin(*copy.worker);
  CHECK(copy.get("gone") == "no such name");
  CHECK(read_root(pin, gone).outcome == RootRead::Outcome::kDeleted);
  CHECK(read_root(pin, stays).ok());
}

TEST_CASE("only what changed is written") {
  Durable d;
  std::vector<RootRef> atoms;
  for (int i = 0; i < 5000; ++i) atoms.push_back(d.atom("atom " + std::to_string(i), "0"));
  CHECK(d.make().slots == 5001);
  CHECK(d.make().slots == 0);
  d.set(atoms[17], "1");
  d.set(atoms[4711], "2");
  CHECK(d.make().slots == 2);
  const Copy copy(d.copy());
  CHECK(copy.get("atom 17") == "1");
  CHECK(copy.get("atom 4711") == "2");
  CHECK(copy.get("atom 4999") == "0");
}

TEST_CASE("large values, retention and arrays are there again") {
  Durable d;
  const std::string text(300'000, 'x');
  const RootRef a = d.atom("large", '"' + text + '"');
  {
    const Pin pin(*d.worker);
    REQUIRE(retain(pin, a, 7).ok());
  }
  d.make();
  for (int i = 0; i < 4; ++i) REQUIRE(collect(*d.worker).ok());
  const Copy copy(d.copy());
  CHECK(copy.get("large") == '"' + text + '"');
  const auto kept = retentions(*copy.domain);
  REQUIRE(kept.size() == 1);
  CHECK(kept.front().count == 7);
  for (int i = 0; i < 4; ++i) REQUIRE(collect(*copy.worker).ok());
  CHECK(copy.get("large") == '"' + text + '"');
  expect_clean(*copy.worker);
}

TEST_CASE("blocks of the last checkpoint are kept through cycles, those of older ones are not") {
  Durable d;
  const RootRef a = d.atom("a", "nil");
  const auto churn = [&] {
    for (std::uint64_t i = 0; i < 400; ++i) {
      const Pin pin(*d.worker);
      REQUIRE(swap(pin, a, [&](Edit& edit, Word) { return tree_of(edit, i); }).ok());
    }
    for (int i = 0; i < 3; ++i) REQUIRE(collect(*d.worker).ok());
  };
  churn();
  d.make();
  churn();  // the checkpoint's tree is nobody's but its
  const Copy copy(d.copy());
  {
    const Pin pin(*copy.worker);
    CHECK(is_tree(pin, read_root(pin, root_ref(find_named_root(pin, "a"))).value));
  }
  d.set(a, "nil");
  d.make();
  d.make();
  for (int i = 0; i < 3; ++i) REQUIRE(collect(*d.worker).ok());
  CHECK(collect(*d.worker)->live_bytes < 16'384);
}

TEST_CASE("a checkpoint shows one instant, while others commit") {
  Durable d;
  const RootRef a = counter(*d.worker, "a");
  const RootRef b = counter(*d.worker, "b");
  constexpr std::uint32_t kARound = 1000;
  SharedHalf stop{};
  SharedHalf round{};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const auto worker = join(*d.domain);
      for (std::uint32_t done = 0; stop.load_seq() == 0; ++done) {
        if (done >= kARound * round.load_seq()) {  // else the copies get long
          park_on(stop, 0, 1);
          continue;
        }
        const Pin pin(*worker);
        const RootRead x = read_root(pin, a);
        const RootRead y = read_root(pin, b);
        if (!x.ok() || !y.ok()) continue;
        const Change changes[] = {{a, x.version, int_word(small_int(x.value) + 1)},
                                  {b, y.version, int_word(small_int(x.value) + 1)}};
        (void)commit(pin, changes);
      }
    });
  }
  std::int64_t last = 0;
  for (int i = 0; i < yin::test::effort(40); ++i) {
    round.add_seq(1);
    d.make();
    const Copy copy(d.copy());
    CHECK(copy.get("a") == copy.get("b"));
    const std::int64_t now = std::stoll(copy.get("a"));
    CHECK(now >= last);
    last = now;
  }
  stop.store_seq(1);
  for (std::thread& t : threads) t.join();
  d.make();
  const Copy copy(d.copy());
  const Copy original(d.path);
  CHECK(copy.get("a") == original.get("a"));
}

TEST_CASE("those who wait together share checkpoints") {
  Durable d;
  constexpr int kThreads = 8;
  constexpr int kEach = 20;
  std::vector<RootRef> atoms;
  for (int t = 0; t < kThreads; ++t) atoms.push_back(counter(*d.worker, "c" + std::to_string(t)));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto worker = join(*d.domain);
      for (int i = 0; i < kEach; ++i) {
        {
          const Pin pin(*worker);
          check(swap(pin, atoms[static_cast<std::size_t>(t)], inc).ok(), "no swap");
        }
        check(wait_durable(*worker, visible_clock(*d.domain)).ok(), "not durable");
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(sequence_of(*d.domain) <= kThreads * kEach);
  const Copy copy(d.copy());
  for (int t = 0; t < kThreads; ++t)
    CHECK(copy.get("c" + std::to_string(t)) == std::to_string(kEach));
}

TEST_CASE("the last to leave a domain that has checkpoints makes one") {
  Durable d;
  const RootRef a = d.atom("a", "1");
  d.make();
  d.set(a, "2");
  d.worker.reset();
  d.domain.reset();
  CHECK(Copy(d.copy()).get("a") == "2");
}

TEST_CASE("a durable domain has a checkpoint from its birth, and remembers its wish") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain =
      open_domain({.path = path, .capacity_bytes = Durable::kCapacity, .durability = 50});
  CHECK(sequence_of(*domain) == 1);
  CHECK(checkpoint_due(*domain, 50));
  CHECK_FALSE(checkpoint_due(*domain, 49));
  write_bytes(scratch.file("b.yin"), bytes_of(path));
  const Copy copy(scratch.file("b.yin"));
  CHECK(durability(*copy.domain) == 50);
}

TEST_CASE("a damaged record is passed over for the older one; without any a copy is as it is") {
  Durable d;
  const RootRef a = d.atom("a", "1");
  d.make();
  d.set(a, "2");
  d.make();
  d.set(a, "3");
  const auto damaged = [&](std::vector<int> places) {
    const std::string path = d.copy();
    std::vector<char> bytes = bytes_of(path);
    for (const int place : places)
      bytes[kCheckpointsAt + kCheckpointStride * static_cast<std::uint64_t>(place) + 20] ^= 1;
    write_bytes(path, bytes);
    return Copy(path).get("a");
  };
  CHECK(damaged({}) == "2");
  CHECK(damaged({0}) == "2");  // the second one stands at place 1
  CHECK(damaged({1}) == "1");
  CHECK(damaged({0, 1}) == "3");
}

TEST_CASE("a private domain has nothing to be durable on") {
  const TestDomain t;
  CHECK(checkpoint(*t.worker).status().code() == StatusCode::kInvalidArgument);
  CHECK(set_durability(*t.worker, 10).code() == StatusCode::kInvalidArgument);
  CHECK(set_durability(*t.worker, kDurabilityNone).ok());
}

TEST_CASE("a copy is looked at without a write, at its checkpoint") {
  Durable d;
  const RootRef a = d.atom("a", "[1 2 3]");
  for (int i = 0; i < 3000; ++i) d.atom("atom " + std::to_string(i), "0");  // tables grow
  d.make();
  d.set(a, "[:later]");
  const std::string path = d.copy();
  const std::vector<char> before = bytes_of(path);
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    const auto worker = join(*domain);
    const Pin pin(*worker);
    CHECK(print(pin, read_root(pin, root_ref(find_named_root(pin, "a"))).value) == "[1 2 3]");
    CHECK(find_named_root(pin, "atom 2999") != kAbsent);
  }
  CHECK(bytes_of(path) == before);
  CHECK(Copy(path).get("a") == "[1 2 3]");
}

TEST_CASE("two make no checkpoint at once") {
  Durable d;
  const auto lock = d.domain->region().try_lock(kLockCheckpoint);
  REQUIRE(lock.ok());
  REQUIRE(lock->held());
  CHECK(checkpoint(*d.worker).status().code() == StatusCode::kUnavailable);
  CHECK(wait_durable(*d.worker, visible_clock(*d.domain), 1).code() == StatusCode::kUnavailable);
}

TEST_CASE("who goes on for a checkpointer that died forgets nothing") {
  Durable d;
  const RootRef a = d.atom("a", "1");
  d.make();
  d.set(a, "2");
  // Died after it took the bits, before it wrote.
  DomainState& state = d.domain->state();
  for (std::uint32_t word = 0; word < 1; ++word) {
    auto& dirty = *d.domain->at<SharedWord>(offset_of(state.dirty.chunk[0].load_seq()));
    auto& pending = *d.domain->at<SharedWord>(offset_of(state.pending.chunk[0].load_seq()));
    pending.or_seq(dirty.exchange_seq(0));
  }
  d.make();
  CHECK(Copy(d.copy()).get("a") == "2");
}

TEST_CASE("a hostile checkpoint is an error, or a whole domain") {
  Durable d;
  d.atom("a", "{:a [1 2 3 \"a text of some length\"] :b #{1 2 3} :c (1 2 3)}");
  d.atom("b", "[" + std::string(200, '1') + " 2.5 #inst \"2020-01-01\"]");
  d.make();
  const std::vector<char> whole = bytes_of(d.path);
  std::vector<std::uint64_t> objects;  // where bytes stand
  for (std::uint64_t at = kSlabBytes; at < whole.size(); ++at)
    if (whole[at] != 0) objects.push_back(at);
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  int refused = 0;
  const int tries = yin::test::effort(400);
  const std::string path = d.scratch.file("hostile.yin");
  for (int i = 0; i < tries; ++i) {
    std::vector<char> bytes = whole;
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      const std::uint64_t at = random.one_in(4)
                                   ? kCheckpointsAt + random.below(kCheckpointStride + 512)
                                   : objects[random.below(objects.size())];
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
    }
    write_bytes(path, bytes);
    auto opened = Domain::open({.path = path});
    if (!opened.ok()) {
      ++refused;
      CHECK_FALSE(opened.status().message().empty());
      continue;
    }
    const auto worker = join(**opened);
    if (newest_checkpoint(**opened)) expect_clean(*worker);
  }
  CHECK(refused > 0);
}
