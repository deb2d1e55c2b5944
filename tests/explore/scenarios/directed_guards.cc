// Orders that are led to by name (directed.h): guards that stop at a bad moment, what they hold, and
// workers that join or are adopted meanwhile.

#include <optional>

#include "substrate/collector.h"
#include "substrate/hold.h"
#include "tests/explore/scenarios/all.h"
#include "tests/explore/scenarios/directed.h"
#include "tests/explore/scenarios/steps.h"

namespace yin::explore {

using namespace substrate;

namespace {

// A guard is passed by: all that was current while it could read is kept for it (protocol 7). The
// reader waits with a value in hands that was replaced before the cycle's time.
class PassedBy : public Directed {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 2); }
  void process(Run& run, int self) override {
    if (self == 1) {
      const Pin pin(run.worker(self));
      Run::Seen one;
      if (run.read(pin, self, x_, one)) {
        phase_ = 1;
        await(2, 2);
        Run::still(pin, one);
        (void)run.commit(pin, self, {{&one, 10}});  // what it stands on is still a version, too
      }
    } else {
      await(1, 1);
      replace_and_tick(run, self, x_, 20);
      collect_and_recycle(run, self, z_, 30, {.times = 3});
      phase_ = 2;
    }
    end(self);
  }
  RootRef x_, z_;
};

// The flag is looked at behind the root (amendment A12): a guard that is passed by between the two
// would else get a root that nobody keeps for it. In the model's order: passed by; a first commit;
// the root is loaded; a second commit; the second cycle frees what the first put there.
class LateRoot : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 2);
    head_ = head_of(run, x_);
  }
  int instead(int self, const Touch& touch) override {
    if (self == 1 && phase_ == 0 && touch.offset == head_) return phase_ = 1, 2;
    if (self == 2 && phase_ == 1 && touch.kind == AccessKind::kWait) return 2;
    if (self == 2 && phase_ == 2) return phase_ = 3, 1;
    if (self == 1 && phase_ == 3 && touch.offset != head_ && loaded_) return phase_ = 4, 2;
    loaded_ = loaded_ || (self == 1 && phase_ == 3);
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      stand_on(run, self, x_, {.until = 5, .by = 2});
    } else {
      await(1, 1);
      (void)collect(run.worker(self), kImpatient).ok();
      run.replace(self, x_, 20);
      run.leave(self);
      run.join(self);
      phase_ = phase_ == 1 ? 2 : phase_;
      pause();
      replace_and_tick(run, self, x_, 21);
      collect_and_recycle(run, self, z_, 30, {.times = 3});
      phase_ = 5;
    }
    end(self);
  }
  RootRef x_, z_;
  std::uint64_t head_ = 0;
  bool loaded_ = false;  // the head, after the first commit
};

// A process stops between two steps of pinning, and its old label shows when a later cycle has
// finished: passed by, it must not bring back what was dropped in the cycle of its label. Going on,
// it takes the running label, so that what it then reads is kept for it.
class LatePin : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &y_, &z_}, 3);
    pin_ = pin_of(run, 3);
  }
  int instead(int self, const Touch& touch) override {
    if (self == 3 && phase_ == 3 && touch.offset == pin_) return reach(4), 2;
    if (self == 3 && phase_ == 5 && touch.offset != pin_) return reach(6), 2;
    if (self == 2 && phase_ == 6 && touch.kind == AccessKind::kWait) return 2;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      hold_for_a_while(run, self);
    } else if (self == 2) {
      await(1, 1);
      replace_and_tick(run, self, x_, 20);
      reach(2);
      await(3, 1);
      await(4, 3);
      collect_and_recycle(run, self, z_, 30, {.times = 2, .how = kPatient});
      reach(5);
      await(6, 3);
      (void)collect(run.worker(self), kImpatient).ok();
      reach(7);
      await(8, 3);
      replace_and_tick(run, self, y_, 21);
      collect_and_recycle(run, self, z_, 40, {.times = 3});
      reach(9);
    } else {
      await(3, 1);
      stand_on(run, self, y_, {.reached = 8, .until = 9, .by = 2});
    }
    end(self);
  }
  void hold_for_a_while(Run& run, int self) {
    auto handle = handle_to(run, self, x_);
    reach(1);
    await(2, 2);
    handle.reset();
    reach(3);
  }
  RootRef x_, y_, z_;
  std::uint64_t pin_ = 0;
};

// Who joins between a collector's time and its cycle word is waited for (protocol 8.5): it has the
// label before, and what it reads was replaced before that time.
class LateJoiner : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    for (int i = 1; i <= 3; ++i) run.open(i, i != 2);
    run.leave(0);
    run.open(4);  // takes its slot, so that who joins needs one that was never used
  }
  int instead(int self, const Touch& touch) override {
    if (self != 1) return 0;
    if (phase_ == 0 && touch.offset == kStateAt + offsetof(DomainState, clock))
      return phase_ = 1, 2;
    if (phase_ == 3 && touch.kind == AccessKind::kWait) return phase_ = 4, 2;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
      recycle(run, self, x_, 30);
      reach(4);
    } else if (self == 2) {
      await(1, 1);
      run.join(self);
      stand_on(run, self, x_, {.reached = 2, .until = 4, .by = 1});
    } else {
      await(2, 2);
      run.replace(self, x_, 20);
      reach(3);
    }
    end(self);
  }
  RootRef x_;
};

// Two find a worker dead. When the second has its lock, the first has adopted it, and who joined in
// its place has lost the lock by accident: he lives, and is not adopted (protocol 6).
class LostLock : public Directed {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.leave(0);  // process 1 takes its slot, the lowest
    for (int i = 1; i <= 4; ++i) run.open(i, i != 4);
  }
  int instead(int self, const Touch& touch) override {
    const bool is_call = touch.offset == Touch::kNoWord && touch.kind != AccessKind::kWait;
    if (self != 2 || phase_ != 1 || !is_call || ++calls_ < 3) return 0;
    return phase_ = 2, 3;  // a look at the lock, one at the process, then the lock
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      World::get().kill(self);
      return;
    }
    if (self == 2) {
      await_end(1);
      reach(1);
      (void)adopt_dead_workers(run.worker(self));
      reach(5);
    } else if (self == 3) {
      await(2, 2);
      (void)adopt_dead_workers(run.worker(self));
      reach(3);
    } else {
      await(3, 3);
      run.join(self);
      World::get().lose_lock(kLockWorkers + raw(run.worker(self).index()));
      stand_on(run, self, x_, {.until = 5, .by = 2});
    }
    end(self);
  }
  RootRef x_;
  int calls_ = 0;  // of the system, by who looked first
};

// A helper stops before it decides a record that it has seen installed, and is passed by: the record
// stays, though others decide it and its nodes are cut (amendment A2). Else he would decide whatever
// stands there by then.
class StoppedHelper : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &y_, &z_}, 2);
    y_head_ = head_of(run, y_);
  }
  int instead(int self, const Touch& touch) override {
    if (self == 2 && phase_ == 2 && touch.kind == AccessKind::kWait) return 2;
    if (phase_ >= 2 || touch.kind != AccessKind::kUpdate) return 0;
    const std::uint64_t record = word_at(word_at(y_head_) + offsetof(VersionNode, record));
    if (record == 0 || touch.offset != record) return 0;  // not about to be decided
    if (self == 2 && phase_ == 0) return phase_ = 1, 1;
    if (self == 1 && phase_ == 1) return phase_ = 2, 2;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      await(1, 2);
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) Run::still(pin, x);
    } else {
      // Two records before it, whose places are taken again before its own.
      run.replace_both(self, {x_, 10}, {z_, 11});
      run.replace_both(self, {x_, 12}, {z_, 13});
      run.replace_both(self, {x_, 20}, {y_, 21});
      run.replace(self, x_, 30);
      run.replace(self, y_, 31);
      run.leave(self);
      run.join(self);
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        // Takes a node, and a record.
        run.replace_both(self, {y_, 40 + 10 * i}, {z_, 41 + 10 * i});
        recycle(run, self, z_, 42 + 10 * i);
      }
      phase_ = 3;
    }
    end(self);
  }
  RootRef x_, y_, z_;
  std::uint64_t y_head_ = 0;
};

// A guard gets a value from a handle, drops it, and is passed by: nothing else holds the value, and
// the hold stays a root for as long as he may stand on it (protocol 5).
class Dropped : public Directed {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 2); }
  void process(Run& run, int self) override {
    if (self == 1)
      hold(run, self);
    else
      let_go(run, self);
    end(self);
  }
  void hold(Run& run, int self) {
    auto handle = handle_to(run, self, x_);
    if (!handle) return;
    phase_ = 1;
    await(2, 2);
    const Pin pin(run.worker(self));
    const Word value = handle->get();
    const std::int64_t n = Run::number_in(pin, value);
    handle.reset();
    phase_ = 3;
    await(4, 2);
    require(Run::number_in(pin, value) == n, "what came from a handle was overwritten");
  }
  void let_go(Run& run, int self) {
    await(1, 1);
    replace_and_tick(run, self, x_, 20);
    collect_and_recycle(run, self, z_, 30, {.times = 2, .how = kPatient});
    phase_ = 2;
    await(3, 1);
    for (int i = 0; i < 3; ++i) {
      (void)collect(run.worker(self), kImpatient).ok();
      tick(run, self);  // takes a hold's place
      recycle(run, self, z_, 40 + i);
    }
    phase_ = 4;
  }
  RootRef x_, z_;
};

// A guard gets a value from a handle and drops it while a cycle marks that has its label: nothing
// waits for him, and the hold stays a root of that cycle (protocol 5).
class DroppedLate : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 2);
    x_head_ = head_of(run, x_);
    const Pin pin(run.worker(1));
    handle_.emplace(*Handle::make(pin, read_root(pin, x_).value));
  }
  int instead(int self, const Touch& touch) override {
    if (self == 2 && phase_ == 1 && touch.offset == x_head_) return phase_ = 2, 1;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      await(2, 2);
      const Pin pin(run.worker(self));
      const Word value = handle_->get();
      handle_.reset();
      await(3, 2);
      require(Run::number_in(pin, value) == 1, "what came from a handle was overwritten");
    } else {
      replace_and_tick(run, self, x_, 20);
      collect_and_recycle(run, self, z_, 30, {.times = 2, .how = kPatient});
      phase_ = 1;
      collect_and_recycle(run, self, z_, 40, {.times = 2, .how = kPatient});
      phase_ = 3;
    }
    end(self);
  }
  RootRef x_, z_;
  std::uint64_t x_head_ = 0;
  std::optional<Handle> handle_;  // of process 1
};

// A value goes from one handle to another while a cycle looks at the handles, behind its look at the
// one and before that at the other: the place it came from is no place to clear (hold.h).
class ClearedLate : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 2);
    const Pin pin(run.worker(1));
    const Word value = read_root(pin, x_).value;
    to_.emplace(*Handle::make(pin, value));
    from_.emplace(*Handle::make(pin, value));
    require(to_->clear(pin), "no cycle runs yet");
    Domain& domain = run.domain(0);
    const auto* entry = table_find<RootHold>(domain, domain.state().holds, kHoldTable, 1);
    require(World::get().offset_of(&entry->state, from_state_), "the table is in the domain");
  }
  int instead(int self, const Touch& touch) override {
    if (self != 2 || phase_ != 1 || touch.offset != from_state_) return 0;
    return ++looks_ < 2 ? 0 : (phase_ = 2, 1);  // the first is for instants
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      await(2, 2);
      const bool handed = hand_over(run);
      await(3, 2);
      const Pin pin(run.worker(self));
      if (handed)
        require(Run::number_in(pin, to_->get()) == 1, "what was handed over was overwritten");
    } else {
      replace_and_tick(run, self, x_, 20);
      collect_and_recycle(run, self, z_, 30, {.times = 2, .how = kPatient});
      phase_ = 1;
      collect_and_recycle(run, self, z_, 40, {.times = 2, .how = kPatient});
      phase_ = 3;
    }
    end(self);
  }
  bool hand_over(Run& run) {
    {
      const Pin pin(run.worker(1));
      if (!to_->set(pin, from_->get()).ok()) return false;
    }
    const Pin pin(run.worker(1));
    if (!from_->clear(pin)) from_.reset();
    return true;
  }
  RootRef x_, z_;
  std::uint64_t from_state_ = 0;
  int looks_ = 0;
  std::optional<Handle> to_, from_;  // of process 1
};

// A guard that was passed by takes a snapshot: it would register an instant behind the look of a cycle
// that has cut it. That the clock is read again saves it, and that the pin has expired.
class LateSnapshot : public Directed {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 2); }
  int instead(int self, const Touch& touch) override {
    if (self == 2 && (phase_ == 1 || phase_ == 3) && touch.kind == AccessKind::kWait) return 2;
    if (self != 1 || phase_ != 2) return 0;
    if (loaded_) return phase_ = 3, 2;
    loaded_ = touch.offset == kStateAt + offsetof(DomainState, clock);
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      look(run, self);
    } else {
      await(1, 1);
      (void)collect(run.worker(self), kImpatient).ok();
      replace_and_tick(run, self, x_, 10);
      reach(2);
      await(3, 1);
      for (int i = 0; i < 3; ++i) {
        replace_and_tick(run, self, x_, 20 + i);
      }
      collect_and_recycle(run, self, z_, 30, {.times = 3});
      reach(4);
    }
    end(self);
  }
  void look(Run& run, int self) {
    std::optional<Snapshot> snapshot;
    std::int64_t least = 1;
    {
      const Pin pin(run.worker(self));
      reach(1);
      await(2, 2);
      if (phase_ >= 2) least = 10;
      auto taken = Snapshot::take(pin);
      if (!taken.ok()) return;
      snapshot.emplace(*std::move(taken));
    }
    const Pin pin(run.worker(self));
    const auto then = number_at(pin, *snapshot, x_);
    require(!then || *then >= least, "a snapshot sees what was replaced before");
  }
  RootRef x_, z_;
  bool loaded_ = false;  // the clock, by who takes the snapshot
};

}  // namespace

std::unique_ptr<Scenario> passed_by() { return std::make_unique<PassedBy>(); }
std::unique_ptr<Scenario> late_root() { return std::make_unique<LateRoot>(); }
std::unique_ptr<Scenario> late_pin() { return std::make_unique<LatePin>(); }
std::unique_ptr<Scenario> late_joiner() { return std::make_unique<LateJoiner>(); }
std::unique_ptr<Scenario> lost_lock() { return std::make_unique<LostLock>(); }
std::unique_ptr<Scenario> stopped_helper() { return std::make_unique<StoppedHelper>(); }
std::unique_ptr<Scenario> dropped() { return std::make_unique<Dropped>(); }
std::unique_ptr<Scenario> dropped_late() { return std::make_unique<DroppedLate>(); }
std::unique_ptr<Scenario> cleared_late() { return std::make_unique<ClearedLate>(); }
std::unique_ptr<Scenario> late_snapshot() { return std::make_unique<LateSnapshot>(); }

}  // namespace yin::explore
