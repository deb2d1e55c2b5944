#include "substrate/commit.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/verify.h"
#include "tests/substrate/dying_commit.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

using Outcome = RootRead::Outcome;

RootRef make(const Pin& pin, Word value) {
  const auto fresh = new_root(pin, RootKind::kAtom);
  REQUIRE(fresh.ok());
  const Change change[] = {{fresh->ref, fresh->expected, value}};
  REQUIRE(commit(pin, change) == CommitOutcome::kCommitted);
  return fresh->ref;
}

std::vector<RootRef> make_many(Worker& worker, int count, Word value) {
  const Pin pin(worker);
  std::vector<RootRef> refs;
  for (int i = 0; i < count; ++i) refs.push_back(make(pin, value));
  return refs;
}

Word now(const Pin& pin, RootRef ref) {
  const RootRead read = read_root(pin, ref);
  REQUIRE(read.ok());
  return read.value;
}

Change set(const Pin& pin, RootRef ref, Word value) {
  return {ref, read_root(pin, ref).version, value};
}
Change keep(const Pin& pin, RootRef ref) {
  const RootRead read = read_root(pin, ref);
  return {ref, read.version, read.value};
}

void run_threads(Domain& domain, int count, const auto& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&domain, &body, i] {
      const auto worker = join(domain);
      body(*worker, i);
    });
  }
  for (std::thread& t : threads) t.join();
}

Word plus(Word n, std::int64_t by) { return int_word(small_int(n) + by); }

}  // namespace

TEST_CASE(
    "one slot: a commit against the version read wins, against an older one it is a conflict") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const RootRef a = make(pin, int_word(1));
  const Change stale = set(pin, a, int_word(2));
  const Change fresh = set(pin, a, int_word(3));
  CHECK(commit(pin, {&fresh, 1}) == CommitOutcome::kCommitted);
  CHECK(commit(pin, {&stale, 1}) == CommitOutcome::kConflict);
  CHECK(now(pin, a) == int_word(3));
}

TEST_CASE("many slots: all change or none, in whatever order they are named") {
  const TestDomain t;
  const Pin pin(*t.worker);
  for (const int count : {2, 3, 4, 5, 16, 17, 64}) {
    std::vector<RootRef> refs;
    for (int i = 0; i < count; ++i) refs.push_back(make(pin, int_word(0)));
    std::vector<Change> changes;
    for (const RootRef ref : refs) changes.push_back(set(pin, ref, int_word(1)));
    std::reverse(changes.begin(), changes.end());
    REQUIRE(commit(pin, changes) == CommitOutcome::kCommitted);
    for (const RootRef ref : refs) REQUIRE(now(pin, ref) == int_word(1));

    for (const std::size_t stale : {std::size_t{0}, changes.size() / 2, changes.size() - 1}) {
      changes.clear();
      for (const RootRef ref : refs) changes.push_back(set(pin, ref, int_word(2)));
      const Change other = set(pin, refs[stale], int_word(7));
      REQUIRE(commit(pin, {&other, 1}) == CommitOutcome::kCommitted);
      REQUIRE(commit(pin, changes) == CommitOutcome::kConflict);
      for (const RootRef ref : refs) REQUIRE(now(pin, ref) != int_word(2));
    }
  }
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("a slot that is only read and changes meanwhile is a conflict") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const RootRef a = make(pin, int_word(1));
  const RootRef b = make(pin, int_word(1));
  const Change changes[] = {keep(pin, a), set(pin, b, int_word(2))};
  const Change other = set(pin, a, int_word(5));
  REQUIRE(commit(pin, {&other, 1}) == CommitOutcome::kCommitted);
  CHECK(commit(pin, changes) == CommitOutcome::kConflict);
  CHECK(now(pin, b) == int_word(1));
  const Change again[] = {keep(pin, a), set(pin, b, int_word(2))};
  CHECK(commit(pin, again) == CommitOutcome::kCommitted);
  CHECK(now(pin, a) == int_word(5));
  CHECK(now(pin, b) == int_word(2));
}

TEST_CASE("an aborted commit leaves every slot committable") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const RootRef a = make(pin, int_word(1));
  const RootRef b = make(pin, int_word(1));
  for (int i = 0; i < 100; ++i) {  // aborted nodes pile up on a, reads go through them
    const Change stale[] = {set(pin, a, int_word(9)), {b, read_root(pin, a).version, int_word(9)}};
    REQUIRE(commit(pin, stale) == CommitOutcome::kConflict);
    REQUIRE(now(pin, a) == int_word(1));
  }
  const Change good = set(pin, a, int_word(2));
  CHECK(commit(pin, {&good, 1}) == CommitOutcome::kCommitted);
  CHECK(now(pin, a) == int_word(2));
  CHECK(now(pin, b) == int_word(1));
}

TEST_CASE(
    "a deleted root is gone for its reference, and its slot comes back with another generation") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const RootRef a = make(pin, int_word(1));
  const Change gone = set(pin, a, kTombstone);
  REQUIRE(commit(pin, {&gone, 1}) == CommitOutcome::kCommitted);
  CHECK(read_root(pin, a).outcome == Outcome::kDeleted);
  CHECK(reset_root(pin, a, int_word(2)).code() == StatusCode::kNotFound);
  give_up_root(pin, a.slot);
  const RootRef b = make(pin, int_word(5));
  CHECK(b.slot == a.slot);
  CHECK(b.generation == a.generation + 1);
  CHECK(read_root(pin, a).outcome == Outcome::kDeleted);
  CHECK(now(pin, b) == int_word(5));
  const RootRef never{RootKind::kAtom, SlotIndex{123'456}, 1};
  CHECK(read_root(pin, never).outcome == Outcome::kDeleted);
}

TEST_CASE("a hint to a slot that is in use costs a look, never the root in it") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const RootRef a = make(pin, int_word(1));
  give_up_root(pin, a.slot);
  give_up_root(pin, a.slot);
  CHECK(make(pin, int_word(2)).slot != a.slot);
  CHECK(now(pin, a) == int_word(1));
}

TEST_CASE("two who make a root in one slot: one wins") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const auto first = new_root(pin, RootKind::kAtom);
  give_up_root(pin, first->ref.slot);
  const auto second = new_root(pin, RootKind::kAtom);
  REQUIRE(first->ref.slot == second->ref.slot);
  const Change one[] = {{first->ref, first->expected, int_word(1)}};
  const Change two[] = {{second->ref, second->expected, int_word(2)}};
  CHECK(commit(pin, two) == CommitOutcome::kCommitted);
  CHECK(commit(pin, one) == CommitOutcome::kConflict);
}

TEST_CASE("a root whose making was aborted can be made by another") {
  const TestDomain t;
  const Pin pin(*t.worker);
  const RootRef a = make(pin, int_word(1));
  const auto fresh = new_root(pin, RootKind::kAtom);
  const Change stale[] = {{a, Offset::kNone, int_word(9)},
                          {fresh->ref, fresh->expected, int_word(9)}};
  REQUIRE(commit(pin, stale) == CommitOutcome::kConflict);
  const Change late[] = {{fresh->ref, fresh->expected, int_word(9)},
                         {a, Offset::kNone, int_word(9)}};
  REQUIRE(commit(pin, late) == CommitOutcome::kConflict);
  give_up_root(pin, fresh->ref.slot);
  CHECK(make(pin, int_word(3)).slot == fresh->ref.slot);
}

TEST_CASE("whoever meets the commit of a dead worker finishes it, at whatever instant it died") {
  for (std::size_t installs = 0; installs <= 4; ++installs) {
    for (const int met : {0, 1, 2, 3}) {
      const TestDomain t;
      const auto other = join(*t.domain);
      const std::vector<RootRef> refs = make_many(*t.worker, 4, int_word(1));
      const Pin pin(*t.worker);
      std::vector<Change> changes;
      for (const RootRef ref : refs) changes.push_back(set(pin, ref, int_word(2)));
      DyingCommit dying(pin, changes);
      for (std::size_t i = 0; i < installs; ++i) dying.install(i);

      const Pin theirs(*other);
      const auto at = static_cast<std::size_t>(met);
      const bool finished = at < installs;  // who reads a slot it had not come to meets nothing
      INFO(installs << " installs, met at " << met);
      REQUIRE(now(theirs, refs[at]) == int_word(finished ? 2 : 1));
      REQUIRE((dying.decision() >= kStampFirst) == finished);
      for (const RootRef ref : refs) REQUIRE(now(theirs, ref) == int_word(installs > 0 ? 2 : 1));
      REQUIRE(verify(*other).clean());
    }
  }
}

TEST_CASE("the commit of a dead worker that can not win any more is aborted by whoever meets it") {
  const TestDomain t;
  const auto other = join(*t.domain);
  const std::vector<RootRef> refs = make_many(*t.worker, 3, int_word(1));
  const Pin pin(*t.worker);
  std::vector<Change> changes;
  for (const RootRef ref : refs) changes.push_back(set(pin, ref, int_word(2)));
  DyingCommit dying(pin, changes);
  dying.install(0);
  const Pin theirs(*other);
  const Change faster = set(theirs, refs[2], int_word(7));
  REQUIRE(commit(theirs, {&faster, 1}) == CommitOutcome::kCommitted);
  const Change next = set(theirs, refs[0], int_word(8));  // meets it
  CHECK(dying.decision() == kStampAborted);
  REQUIRE(commit(theirs, {&next, 1}) == CommitOutcome::kCommitted);
  CHECK(now(theirs, refs[0]) == int_word(8));
  CHECK(now(theirs, refs[1]) == int_word(1));
  CHECK(now(theirs, refs[2]) == int_word(7));
}

TEST_CASE("a node that a late helper puts down for an aborted record changes nothing") {
  const TestDomain t;
  const auto other = join(*t.domain);
  const std::vector<RootRef> refs = make_many(*t.worker, 2, int_word(1));
  const Pin pin(*t.worker);
  DyingCommit dying(pin, {set(pin, refs[0], int_word(2)), set(pin, refs[1], int_word(2))});
  dying.install(0);
  dying.decide(kStampAborted);
  dying.install(1);
  const Pin theirs(*other);
  CHECK(now(theirs, refs[0]) == int_word(1));
  CHECK(now(theirs, refs[1]) == int_word(1));
  const Change both[] = {set(theirs, refs[0], int_word(3)), set(theirs, refs[1], int_word(3))};
  CHECK(commit(theirs, both) == CommitOutcome::kCommitted);
  CHECK(now(pin, refs[0]) == int_word(3));
  CHECK(now(pin, refs[1]) == int_word(3));
}

TEST_CASE("records that lie across each other are all finished by whoever meets one") {
  const TestDomain t;
  const auto other = join(*t.domain);
  const std::vector<RootRef> refs = make_many(*t.worker, 40, int_word(1));
  const Pin pin(*t.worker);
  // Record i has slots i and i + 1: installed on its first, it needs the second, on which the next
  // one stands.
  std::vector<DyingCommit> records;
  for (std::size_t i = 0; i + 1 < refs.size(); ++i) {
    records.emplace_back(
        pin, std::vector{set(pin, refs[i], int_word(2)), set(pin, refs[i + 1], int_word(3))});
  }
  for (DyingCommit& d : records) d.install(0);
  const Pin theirs(*other);
  (void)now(theirs, refs[0]);
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(records[i].decision() != kStampPending);
  CHECK(records.back().decision() >=
        kStampFirst);  // nobody stood in its way; the one before it had to give way
  CHECK(records[records.size() - 2].decision() == kStampAborted);
  CHECK(verify(*other).clean());
}

TEST_CASE("threads that increment one counter lose nothing") {
  const TestDomain t;
  constexpr int kThreads = 4;
  const int each = yin::test::effort(20'000);
  const RootRef counter = make_many(*t.worker, 1, int_word(0))[0];
  run_threads(*t.domain, kThreads, [&](Worker& worker, int) {
    for (int i = 0; i < each; ++i) {
      const Pin pin(worker);
      if (!swap(pin, counter, [](Edit&, Word n) { return plus(n, 1); }).ok()) return;
    }
  });
  const Pin pin(*t.worker);
  CHECK(now(pin, counter) == int_word(std::int64_t{kThreads} * each));
}

TEST_CASE("transfers between slots keep the sum for every reader that reads both in one commit") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  constexpr int kAccounts = 6;
  constexpr int kWriters = 3;
  const int each = yin::test::effort(10'000);
  const std::vector<RootRef> accounts = make_many(*t.worker, kAccounts, int_word(100));
  SharedHalf writing{};
  SharedHalf torn{};
  SharedWord reads{};
  writing.store_seq(kWriters);
  run_threads(*t.domain, kWriters + 1, [&](Worker& worker, int self) {
    Random random(seed + static_cast<std::uint64_t>(self));
    if (self < kWriters) {
      for (int i = 0; i < each;) {
        const Pin pin(worker);
        const std::uint64_t from = random.below(kAccounts);
        const std::uint64_t to = (from + 1 + random.below(kAccounts - 1)) % kAccounts;
        const RootRead x = read_root(pin, accounts[from]);
        const RootRead y = read_root(pin, accounts[to]);
        const Change changes[] = {{accounts[from], x.version, plus(x.value, -1)},
                                  {accounts[to], y.version, plus(y.value, 1)}};
        if (commit(pin, changes) == CommitOutcome::kCommitted) ++i;
      }
      writing.add_seq(~std::uint32_t{0});
      return;
    }
    while (writing.load_seq() != 0) {
      const Pin pin(worker);
      Change all[kAccounts];
      std::int64_t sum = 0;
      for (int i = 0; i < kAccounts; ++i) {
        const RootRead read = read_root(pin, accounts[static_cast<std::size_t>(i)]);
        all[i] = {accounts[static_cast<std::size_t>(i)], read.version, read.value};
        sum += small_int(read.value);
      }
      if (commit(pin, all) != CommitOutcome::kCommitted) continue;
      reads.add_relaxed(1);
      if (sum != 100 * kAccounts) torn.store_seq(1);
    }
  });
  CHECK(torn.load_seq() == 0);
  const Pin pin(*t.worker);
  std::int64_t sum = 0;
  for (const RootRef ref : accounts) sum += small_int(now(pin, ref));
  CHECK(sum == 100 * kAccounts);
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("threads that make and delete roots never meet in one") {
  const TestDomain t;
  SharedHalf foreign{};
  run_threads(*t.domain, 4, [&](Worker& worker, int self) {
    for (int i = 0; i < yin::test::effort(4'000); ++i) {
      const Pin pin(worker);
      const Word mine = int_word(self * 1'000'000 + i);
      const auto fresh = new_root(pin, RootKind::kAtom);
      if (!fresh.ok()) return;
      const Change made[] = {{fresh->ref, fresh->expected, mine}};
      if (commit(pin, made) != CommitOutcome::kCommitted) continue;
      const RootRead read = read_root(pin, fresh->ref);
      if (!read.ok() || read.value != mine) foreign.store_seq(1);
      const Change gone[] = {{fresh->ref, read.version, kTombstone}};
      if (commit(pin, gone) != CommitOutcome::kCommitted) foreign.store_seq(2);
      give_up_root(pin, fresh->ref.slot);
    }
  });
  CHECK(foreign.load_seq() == 0);
  CHECK(t.domain->state().next_slot.load_seq() < 64);
}

TEST_CASE("a worker without room for nodes aborts what it meets, and reads go on") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacityMin});
  const auto author = join(*domain);
  const std::vector<RootRef> refs = make_many(*author, 2, int_word(1));
  const Pin pin(*author);
  DyingCommit dying(pin, {set(pin, refs[0], int_word(2)), set(pin, refs[1], int_word(2))});
  dying.install(0);
  while (take_fresh_slabs(*domain, 1).ok()) {
  }
  const auto reader = join(*domain);  // has no cells of its own
  const Pin theirs(*reader);
  // Slabs that were taken and never claimed look like a dead taker's: helpers may use those.
  CHECK(now(theirs, refs[0]) != kNil);
  CHECK(dying.decision() != kStampPending);
}
