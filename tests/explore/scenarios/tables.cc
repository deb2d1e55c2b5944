// Tables that grow, names, roots that are made and deleted, ready bits, timers.

#include "substrate/intern.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/timer.h"
#include "tests/explore/scenarios/all.h"

namespace yin::explore {

using namespace substrate;

namespace {

// The slot table's second chunk appears while two want entries in it.
class TableGrowth : public Scenario {
  void set_up(Run& run) override {
    (void)run.make_root(1);
    run.open_all(2);
    run.domain(0).state().next_slot.store_seq(static_cast<std::uint32_t>(kSlotTable.first_entries) -
                                              1);
  }
  void process(Run& run, int self) override {
    const Pin pin(run.worker(self));
    for (int i = 0; i < 2; ++i) {
      const auto fresh = new_root(pin, RootKind::kAtom);
      require(fresh.ok(), "no room in a table");
      Edit edit = Edit::in_slab(pin);
      const Change change[] = {{fresh->ref, fresh->expected, Run::number(edit, self * 10 + i)}};
      require(commit(pin, change) == CommitOutcome::kCommitted, "two got one new slot");
      mine_[self][i] = fresh->ref;
      ++made_[self];
    }
  }
  void look_after(Run& run) override {
    const Pin pin(run.worker(0));
    for (int self = 1; self <= 2; ++self) {
      for (int i = 0; i < made_[self]; ++i) {
        const RootRead read = read_root(pin, mine_[self][i]);
        require(read.ok() && Run::number_in(pin, read.value) == self * 10 + i,
                "a new root is lost");
      }
    }
  }
  RootRef mine_[3][2];
  int made_[3] = {};
};

// One spelling, one id, whoever interns it first.
class Names : public Scenario {
  void set_up(Run& run) override {
    (void)run.make_root(1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    const Pin pin(run.worker(self));
    constexpr std::string_view kNames[] = {"alpha", "beta", "alpha"};
    for (int i = 0; i < 3; ++i) {
      const std::string_view name = kNames[(i + self) % 3];
      const auto id = intern(pin, name);
      require(id.ok(), "no room for a name");
      require(name_of(pin, keyword_word(*id)) == name, "an id of another name");
      const int which = name == "alpha" ? 0 : 1;
      require(ids_[which] == 0 || ids_[which] == raw(*id) + 1, "two ids for one name");
      ids_[which] = raw(*id) + 1;
    }
  }
  std::uint32_t ids_[2] = {};  // the test's own
};

// A root's slot goes from one owner to the next, never to two.
class NewRoots : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    old_ = run.make_root(2);
    run.open_all(3);
    const Pin pin(run.worker(1));
    const RootRead now = read_root(pin, old_);
    const Change gone[] = {{old_, now.version, kTombstone}};
    require(commit(pin, gone) == CommitOutcome::kCommitted, "no deletion to set up with");
    give_up_root(pin, old_.slot);
    give_up_root(pin, x_.slot);  // a hint to a slot in use
  }
  void process(Run& run, int self) override {
    for (int i = 0; i < 2; ++i) {
      const Pin pin(run.worker(self));
      const auto fresh = new_root(pin, RootKind::kAtom);
      require(fresh.ok(), "no room for a root");
      require(fresh->ref.slot != x_.slot, "a slot in use was given out");
      Edit edit = Edit::in_slab(pin);
      const std::int64_t n = self * 10 + i;
      const Change made[] = {{fresh->ref, fresh->expected, Run::number(edit, n)}};
      if (commit(pin, made) != CommitOutcome::kCommitted) {
        give_up_root(pin, fresh->ref.slot);
        continue;
      }
      pause();
      const RootRead read = read_root(pin, fresh->ref);
      require(read.ok() && Run::number_in(pin, read.value) == n, "a root of two owners");
      require(read_root(pin, old_).outcome == RootRead::Outcome::kDeleted,
              "a stale reference reads");
      const Change gone[] = {{fresh->ref, read.version, kTombstone}};
      require(commit(pin, gone) == CommitOutcome::kCommitted,
              "somebody else changed a root of one");
      give_up_root(pin, fresh->ref.slot);
    }
  }
  void look_after(Run& run) override {
    const Pin pin(run.worker(0));
    require(Run::number_in(pin, read_root(pin, x_).value) == 1, "a hint cost a root");
  }
  RootRef x_, old_;
};

// A bit set behind a commit is taken by somebody who sees the commit; no sleeper is left asleep.
class ReadyBits : public Scenario {
  static constexpr int kItems = 3;
  void set_up(Run& run) override {
    for (RootRef& root : roots_) root = run.make_root(1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    Domain& domain = run.domain(self);
    if (self == 1) {
      for (int i = 0; i < kItems; ++i) {
        const Pin pin(run.worker(self));
        Run::Seen now;
        if (run.read(pin, self, roots_[i], now)) (void)run.commit(pin, self, {{&now, 10 + i}});
        set_ready(domain, roots_[i].slot);
      }
      done_ = true;
      announce_work(domain);
      return;
    }
    for (;;) {
      const bool last = done_ || !World::get().alive(1);
      const std::uint32_t seen = work_seen(domain);
      SlotIndex found{};
      if (find_ready(domain, SlotIndex{0}, found)) {
        if (!take_ready(domain, found)) continue;
        const Pin pin(run.worker(self));
        for (int i = 0; i < kItems; ++i) {
          if (roots_[i].slot != found) continue;
          ++taken_[i];
          Run::Seen now;
          require(run.read(pin, self, roots_[i], now) && now.number == 10 + i,
                  "a bit was taken before what it was set for");
        }
        continue;
      }
      if (last) return;
      wait_for_work(domain, seen, 100);
    }
  }
  void look_after(Run& run) override {
    for (int i = 0; i < kItems; ++i) {
      require(taken_[i] <= 1, "one bit was taken twice");
      require(taken_[i] == 1 || run.died() || !done_, "a bit nobody took");
    }
    require(run.died() || run.domain(0).state().sleepers.load_seq() == 0,
            "a sleeper is left counted");
  }
  RootRef roots_[kItems];
  bool done_ = false;  // the test's own
  int taken_[kItems] = {};
};

// A timer that was set is due when its time has come, whoever died in the looking.
class Timers : public Scenario {
  static constexpr std::uint64_t kNow = 100;
  // One that is due while they look, one that is not, and one that comes earlier again.
  static constexpr std::uint64_t kDue[] = {kNow, kNow + 500, kNow + 5};
  void set_up(Run& run) override {
    for (RootRef& root : roots_) root = run.make_root(1);
    run.open_all(3);
    for (const RootRef root : roots_)
      require(ensure_timer(run.domain(0), root.slot).ok(), "no room for a timer");
    wake_due(run.domain(0), kNow);  // from here on the earliest is known
  }
  void process(Run& run, int self) override {
    Domain& domain = run.domain(self);
    if (self == 1) {
      for (int i = 0; i < 3; ++i) {
        set_timer(domain, roots_[i].slot, {.due_ms = kDue[i]});
        set_[i] = true;
      }
      return;
    }
    for (int i = 0; i < 2; ++i) wake_due(domain, kNow + static_cast<std::uint64_t>(i) * 5);
  }
  void look_after(Run& run) override {
    Domain& domain = run.domain(0);
    adopt_dead_workers(run.worker(0));
    for (const std::uint64_t now : {kNow + 400, kNow + 500}) {
      wake_due(domain, now);
      for (int i = 0; i < 3; ++i) {
        if (kDue[i] > now || !set_[i]) continue;
        require(take_ready(domain, roots_[i].slot), "a timer is lost");
        set_[i] = false;
      }
    }
  }
  RootRef roots_[3];
  bool set_[3] = {};
};

}  // namespace

std::unique_ptr<Scenario> table_growth() { return std::make_unique<TableGrowth>(); }
std::unique_ptr<Scenario> names() { return std::make_unique<Names>(); }
std::unique_ptr<Scenario> new_roots() { return std::make_unique<NewRoots>(); }
std::unique_ptr<Scenario> ready_bits() { return std::make_unique<ReadyBits>(); }
std::unique_ptr<Scenario> timers() { return std::make_unique<Timers>(); }

}  // namespace yin::explore
