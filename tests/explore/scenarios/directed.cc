// Orders of many switches, which a search would hardly meet: each scenario leads its processes to the
// point by name (Scenario::instead), and the search goes on from there.

#include <algorithm>
#include <cstring>
#include <optional>

#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "tests/explore/scenarios/all.h"

namespace yin::explore {

using namespace substrate;

namespace {

// Makes the clock go on, as any snapshot does.
void tick(Run& run, int self) {
  const Pin pin(run.worker(self));
  (void)Snapshot::take(pin).ok();
}

// Takes swept memory into use, and lets others have it again.
void reuse(Run& run, int self, RootRef ref, std::int64_t n) {
  {
    const Pin pin(run.worker(self));
    Edit edit = Edit::in_slab(pin);
    (void)Run::number(edit, 0, kAnotherSize);
  }
  run.replace(self, ref, n);
  run.leave(self);
  run.join(self);
}

// Scenarios in phases: who is led somewhere says how far things are.
class Directed : public Scenario {
 protected:
  void end(int self) { ended_[self] = true; }
  [[nodiscard]] bool gone(int process) const {
    return ended_[process] || !World::get().alive(process);
  }
  // Until things are so far, or `other` cannot bring them there any more.
  void await(int phase, int other) const {
    while (phase_ < phase && !gone(other)) wait_in_vain(nullptr, 1);
  }
  // Never back: whoever was stopped meanwhile may be behind.
  void reach(int phase) { phase_ = std::max(phase_, phase); }
  // The node of x's newest version, set up by process 0.
  static std::uint64_t newest(Run& run, RootRef ref) {
    const Pin pin(run.worker(0));
    return raw(read_root(pin, ref).version);
  }
  static std::uint64_t word_at(std::uint64_t offset) {
    std::uint64_t word = 0;
    std::memcpy(&word, World::get().at(offset), sizeof word);
    return word;
  }
  static std::uint64_t gc_word_now() { return word_at(kStateAt + offsetof(DomainState, gc)); }
  static std::uint64_t pin_of(Run& run, int process) {
    std::uint64_t offset = 0;
    require(World::get().offset_of(&run.worker(process).slot().pin, offset),
            "a pin out of the domain");
    return offset;
  }
  static std::uint64_t head_of(Run& run, RootRef ref) {
    std::uint64_t offset = 0;
    const auto* slot =
        table_find<RootSlot>(run.domain(0), run.domain(0).state().slots, kSlotTable, raw(ref.slot));
    require(World::get().offset_of(slot, offset), "a slot out of the domain");
    return offset + offsetof(RootSlot, head);
  }

  int phase_ = 0;
  bool ended_[kProcesses] = {};
};

// A guard is passed by: all that was current while it could read is kept for it (protocol 7). The
// reader waits with a value in hands that was replaced before the cycle's time.
class PassedBy : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(2);
  }
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
      run.replace(self, x_, 20);
      tick(run, self);
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 30 + i);
      }
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
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    head_ = head_of(run, x_);
    run.open_all(2);
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
      const Pin pin(run.worker(self));
      Run::Seen one;
      if (run.read(pin, self, x_, one)) {
        await(5, 2);
        Run::still(pin, one);
      }
    } else {
      await(1, 1);
      (void)collect(run.worker(self), kImpatient).ok();
      run.replace(self, x_, 20);
      run.leave(self);
      run.join(self);
      phase_ = phase_ == 1 ? 2 : phase_;
      pause();
      run.replace(self, x_, 21);
      tick(run, self);
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 30 + i);
      }
      phase_ = 5;
    }
    end(self);
  }
  RootRef x_, z_;
  std::uint64_t head_ = 0;
  bool loaded_ = false;  // the head, after the first commit
};

// A late collector takes a node out of the log after the cycle that took it over began: that cycle
// does not meet it, but a guard of its label stands on it (amendment A2, flaw F1).
class Unlinked : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(3);
    {
      const Pin pin(run.worker(3));
      snapshot_.emplace(*Snapshot::take(pin));
    }
    run.replace(0, x_, 2);
    between_ = newest(run, x_);  // what neither the snapshot nor the cycle needs
    tick(run, 0);
    run.replace(0, x_, 4);
    above_ = newest(run, x_) + offsetof(VersionNode, prev);
    tick(run, 0);
  }
  int instead(int self, const Touch& touch) override {
    if (self == 1 && phase_ == 0 && touch.offset == above_ && touch.kind == AccessKind::kUpdate)
      return phase_ = 1, 2;
    if (self == 2 && phase_ == 1 && touch.kind == AccessKind::kWait) return phase_ = 2, 3;
    if (self == 3 && phase_ == 2 && touch.offset == between_) return phase_ = 3, 1;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) (void)collect(run.worker(self)).ok();
    if (self == 2) {
      await(1, 1);
      (void)collect(run.worker(self), kImpatient).ok();
      reuse(run, self, z_, 30);
    }
    if (self == 3) {
      await(2, 2);
      const Pin pin(run.worker(self));
      const RootRead then = snapshot_->read(pin, x_);
      if (then.outcome != RootRead::Outcome::kExpired)
        require(then.ok() && Run::number_in(pin, then.value) == 1, "a snapshot has lost its value");
    }
    end(self);
  }
  RootRef x_, z_;
  std::optional<Snapshot> snapshot_;  // of process 3
  std::uint64_t between_ = 0;
  std::uint64_t above_ = 0;
};

// A collector stops before it links past a node, to one that is kept for an old window only; when it
// wakes, the window has ended and that node must be there all the same (amendment A3, flaw F2).
class OldWindow : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(3);
  }
  int instead(int self, const Touch& touch) override {
    if (self == 2 && phase_ == 1 && touch.kind == AccessKind::kWait) return 2;
    if (self == 1 && phase_ == 2 && touch.offset == above_ && touch.kind == AccessKind::kUpdate)
      return phase_ = 3, 3;
    if (self == 3 && phase_ == 4) return 2;
    if (self == 2 && phase_ == 4 && touch.kind == AccessKind::kWait) return 2;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 3) {  // the old window
      {
        const Pin pin(run.worker(self));
        Run::Seen one;
        if (run.read(pin, self, x_, one)) {
          phase_ = 1;
          await(3, 1);
          Run::still(pin, one);
        }
      }
      phase_ = 4;
      pause();
    } else if (self == 2) {
      await(1, 3);
      (void)collect(run.worker(self), kImpatient).ok();  // passes the reader by
      run.replace(self, x_, 20);
      tick(run, self);
      (void)collect(run.worker(self), kImpatient).ok();
      run.replace(self, x_, 21);
      tick(run, self);
      note_newest(run, self);
      run.leave(self);
      run.join(self);
      phase_ = 2;
      await(4, 3);
      for (int i = 0; i < 4; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 30 + i);
      }
    } else {
      await(2, 2);
      (void)collect(run.worker(self)).ok();
    }
    end(self);
  }
  void note_newest(Run& run, int self) {
    const Pin pin(run.worker(self));
    above_ = raw(read_root(pin, x_).version) + offsetof(VersionNode, prev);
  }
  RootRef x_, z_;
  std::uint64_t above_ = 0;
};

// A collector dies between two steps of cutting a log in its middle: what the next cycles take out
// stands in no chain that a reader walks.
class HalfCut : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(3);
    {
      const Pin pin(run.worker(3));
      snapshot_.emplace(*Snapshot::take(pin));
    }
    for (std::int64_t n = 2; n <= 4; ++n) {
      run.replace(0, x_, n);
      tick(run, 0);
    }
  }
  void process(Run& run, int self) override {
    if (self == 1) (void)collect(run.worker(self)).ok();
    if (self == 2) {
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 30 + i);
      }
    }
    if (self == 3) {
      while (!gone(2)) wait_in_vain(nullptr, 1);
      const Pin pin(run.worker(self));
      const RootRead then = snapshot_->read(pin, x_);
      if (then.outcome != RootRead::Outcome::kExpired)
        require(then.ok() && Run::number_in(pin, then.value) == 1, "a snapshot has lost its value");
    }
    end(self);
  }
  RootRef x_, z_;
  std::optional<Snapshot> snapshot_;  // of process 3
};

// While a collector is stopped, nodes stay in the log for it; who then asks for the last versions of
// the slot gets them whole, or not at all.
class KeptForCollector : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    head_ = head_of(run, x_);
    run.open_all(2);
  }
  int instead(int self, const Touch& touch) override {
    if (self == 1 && phase_ == 0 && touch.offset == head_) return phase_ = 1, 2;
    if (self == 2 && phase_ == 1 && touch.kind == AccessKind::kWait) return 2;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
    } else {
      await(1, 1);
      run.replace(self, x_, 20);
      tick(run, self);
      for (int i = 0; i < 2; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 30 + i);
      }
      {
        const Pin pin(run.worker(self));
        (void)retain(pin, x_, 9).ok();
      }
      phase_ = 2;
      while (!gone(1)) wait_in_vain(nullptr, 1);
      (void)collect(run.worker(self), kImpatient).ok();
    }
    end(self);
  }
  RootRef x_, z_;
  std::uint64_t head_ = 0;
};

// A process stops between two steps of pinning, and its old label shows when a later cycle has
// finished: passed by, it must not bring back what was dropped in the cycle of its label. Going on,
// it takes the running label, so that what it then reads is kept for it.
class LatePin : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    z_ = run.make_root(3);
    run.open_all(3);
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
      run.replace(self, x_, 20);
      tick(run, self);
      reach(2);
      await(3, 1);
      await(4, 3);
      for (int i = 0; i < 2; ++i) {
        (void)collect(run.worker(self)).ok();
        reuse(run, self, z_, 30 + i);
      }
      reach(5);
      await(6, 3);
      (void)collect(run.worker(self), kImpatient).ok();
      reach(7);
      await(8, 3);
      run.replace(self, y_, 21);
      tick(run, self);
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 40 + i);
      }
      reach(9);
    } else {
      await(3, 1);
      const Pin pin(run.worker(self));
      Run::Seen y;
      if (run.read(pin, self, y_, y)) {
        reach(8);
        await(9, 2);
        Run::still(pin, y);
      }
    }
    end(self);
  }
  void hold_for_a_while(Run& run, int self) {
    std::optional<Handle> handle;
    {
      const Pin pin(run.worker(self));
      const RootRead x = read_root(pin, x_);
      auto made = x.ok() ? Handle::make(pin, x.value) : StatusOr<Handle>(unavailable("expired"));
      if (made.ok()) handle.emplace(*std::move(made));
    }
    reach(1);
    await(2, 2);
    handle.reset();
    reach(3);
  }
  RootRef x_, y_, z_;
  std::uint64_t pin_ = 0;
};

// A guard gets a value from a handle and drops it while a cycle marks that has its label: nothing
// waits for him, and the hold stays a root of that cycle (protocol 5).
class DroppedLate : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    x_head_ = head_of(run, x_);
    run.open_all(2);
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
      run.replace(self, x_, 20);
      tick(run, self);
      collect_and_reuse(run, self, 30);
      phase_ = 1;
      collect_and_reuse(run, self, 40);
      phase_ = 3;
    }
    end(self);
  }
  void collect_and_reuse(Run& run, int self, std::int64_t n) {
    for (int i = 0; i < 2; ++i) {
      (void)collect(run.worker(self)).ok();
      reuse(run, self, z_, n + i);
    }
  }
  RootRef x_, z_;
  std::uint64_t x_head_ = 0;
  std::optional<Handle> handle_;  // of process 1
};

// A collector stops before it closes the windows of its cycle, and wakes when a later one has just
// declared a guard: the end it sets lies before that window's start, and is none (protocol 7).
class LateEnd : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(3);
    pin_ = pin_of(run, 3);
  }
  int instead(int self, const Touch& touch) override {
    const std::uint64_t gc = gc_word_now();
    if (self == 1 && phase_ == 0 && loaded_) return phase_ = 1, 2;
    loaded_ = loaded_ || (self == 1 && gc_cycle(gc) != gc_done(gc) &&
                          touch.offset == kStateAt + offsetof(DomainState, clock));
    if (self == 2 && phase_ == 3 && declared_) return phase_ = 4, 1;
    declared_ = declared_ || (self == 2 && phase_ == 3 && touch.offset == pin_ &&
                              touch.kind == AccessKind::kUpdate);
    if (touch.kind != AccessKind::kWait) return 0;
    if (self == 3 && phase_ == 3) return 2;
    return self == 2 && (phase_ == 1 || phase_ == 3 || phase_ == 5) ? 2 : 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
      reach(5);
    } else if (self == 2) {
      await(1, 1);
      tick(run, self);
      (void)collect(run.worker(self), kImpatient).ok();  // takes the cycle over
      run.replace(self, x_, 20);
      tick(run, self);
      reach(2);
      await(3, 3);
      run.replace(self, x_, 21);
      tick(run, self);
      run.leave(self);
      run.join(self);
      for (int i = 1; i <= 3; ++i) collect_and_reuse(run, self, 30 + i);
      reach(6);
    } else {
      await(2, 2);
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) {
        reach(3);
        await(6, 2);
        Run::still(pin, x);
      }
    }
    end(self);
  }
  void collect_and_reuse(Run& run, int self, std::int64_t n) {
    (void)collect(run.worker(self), kImpatient).ok();
    reuse(run, self, z_, n);
  }
  RootRef x_, z_;
  std::uint64_t pin_ = 0;
  bool loaded_ = false;    // the clock, by the collector that stops
  bool declared_ = false;  // the guard, by the other
};

// Both records are seen half-written by one collector, and the table of the one that was whole in
// between was under way meanwhile: it is a handle when the handles are read behind the records
// (amendment A9). Enough slots that two tables share an object.
class RecordRoots : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    for (RootRef& ref : roots_) ref = run.make_root(static_cast<std::int64_t>(&ref - roots_) + 1);
    run.open_all(2);
    for (int i = 0; i < 2; ++i) {
      run.replace(0, roots_[kLast], 100 + i);
      require(checkpoint(run.worker(0)).ok(), "no checkpoint to set up with");
    }
  }
  int instead(int self, const Touch& touch) override {
    const auto record = static_cast<std::uint64_t>(phase_ / 2);  // 0, then 1
    const std::uint64_t at = kCheckpointsAt + kCheckpointStride * record;
    if (phase_ > 3) return 0;
    if (self == 1 && phase_ % 2 == 0 && touch.offset == at + offsetof(CheckpointRecord, checksum))
      return ++phase_, 2;
    if (self == 2 && phase_ % 2 == 1 && touch.offset == at && touch.kind == AccessKind::kStore)
      return ++phase_, 1;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
      reuse(run, self, roots_[0], 300);
      reach(5);
    } else {
      await(1, 1);
      for (int i = 0; i < 2; ++i) {
        run.replace(self, roots_[kLast], 200 + i);
        (void)checkpoint(run.worker(self)).ok();
      }
    }
    end(self);
  }
  void look_after(Run& run) override {
    const Pin pin(run.worker(0));
    const auto record = newest_checkpoint(run.domain(0));
    require(record.has_value(), "no record");
    const Vector table{Word{record->table}};
    for (const RootRef ref : roots_) {
      const std::uint64_t row = std::uint64_t{raw(ref.slot)} * CheckpointRow::kEnd;
      (void)Run::number_in(pin, table.nth(pin, row + CheckpointRow::kValue));
    }
  }
  static constexpr int kLast = 19;
  RootRef roots_[kLast + 1];
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
      reuse(run, self, x_, 30);
      reach(4);
    } else if (self == 2) {
      await(1, 1);
      run.join(self);
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) {
        reach(2);
        await(4, 1);
        Run::still(pin, x);
      }
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
      while (!gone(1)) wait_in_vain(nullptr, 1);
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
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) {
        await(5, 2);
        Run::still(pin, x);
      }
    }
    end(self);
  }
  RootRef x_;
  int calls_ = 0;  // of the system, by who looked first
};

// A guard that was passed by takes a snapshot: it would register an instant behind the look of a cycle
// that has cut it. That the clock is read again saves it, and that the pin has expired.
class LateSnapshot : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(2);
  }
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
      run.replace(self, x_, 10);
      tick(run, self);
      reach(2);
      await(3, 1);
      for (int i = 0; i < 3; ++i) {
        run.replace(self, x_, 20 + i);
        tick(run, self);
      }
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        reuse(run, self, z_, 30 + i);
      }
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
    const RootRead then = snapshot->read(pin, x_);
    if (then.outcome == RootRead::Outcome::kExpired) return;
    require(then.ok(), "a snapshot has lost its value");
    require(Run::number_in(pin, then.value) >= least, "a snapshot sees what was replaced before");
  }
  RootRef x_, z_;
  bool loaded_ = false;  // the clock, by who takes the snapshot
};

// A guard gets a value from a handle, drops it, and is passed by: nothing else holds the value, and
// the hold stays a root for as long as he may stand on it (protocol 5).
class Dropped : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    run.open_all(2);
  }
  void process(Run& run, int self) override {
    if (self == 1)
      hold(run, self);
    else
      let_go(run, self);
    end(self);
  }
  void hold(Run& run, int self) {
    std::optional<Handle> handle;
    {
      const Pin pin(run.worker(self));
      const RootRead x = read_root(pin, x_);
      auto made = x.ok() ? Handle::make(pin, x.value) : StatusOr<Handle>(unavailable("expired"));
      if (!made.ok()) return;
      handle.emplace(*std::move(made));
    }
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
    run.replace(self, x_, 20);
    tick(run, self);
    for (int i = 0; i < 2; ++i) {
      (void)collect(run.worker(self)).ok();
      reuse(run, self, z_, 30 + i);
    }
    phase_ = 2;
    await(3, 1);
    for (int i = 0; i < 3; ++i) {
      (void)collect(run.worker(self), kImpatient).ok();
      tick(run, self);  // takes a hold's place
      reuse(run, self, z_, 40 + i);
    }
    phase_ = 4;
  }
  RootRef x_, z_;
};

// A helper stops before it decides a record that it has seen installed, and is passed by: the record
// stays, though others decide it and its nodes are cut (amendment A2). Else he would decide whatever
// stands there by then.
class StoppedHelper : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    z_ = run.make_root(3);
    y_head_ = head_of(run, y_);
    run.open_all(2);
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
      replace_both(run, self, x_, z_, 10);
      replace_both(run, self, x_, z_, 12);
      replace_both(run, self, x_, y_, 20);
      run.replace(self, x_, 30);
      run.replace(self, y_, 31);
      run.leave(self);
      run.join(self);
      for (int i = 0; i < 3; ++i) {
        (void)collect(run.worker(self), kImpatient).ok();
        replace_both(run, self, y_, z_, 40 + 10 * i);  // takes a node, and a record
        reuse(run, self, z_, 42 + 10 * i);
      }
      phase_ = 3;
    }
    end(self);
  }
  static void replace_both(Run& run, int self, RootRef one, RootRef other, std::int64_t n) {
    const Pin pin(run.worker(self));
    Run::Seen a;
    Run::Seen b;
    if (run.read(pin, self, one, a) && run.read(pin, self, other, b))
      (void)run.commit(pin, self, {{&a, n}, {&b, n + 1}});
  }
  RootRef x_, y_, z_;
  std::uint64_t y_head_ = 0;
};

// Somebody sweeps while a cycle marks: what it has marked so far tells nothing of the cells it has
// yet to come to, nor of those that the cycle before has marked in the same words (protocol 8.7).
class LateSweep : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    z_head_ = head_of(run, z_);
    run.open_all(2);
  }
  int instead(int self, const Touch& touch) override {
    const std::uint32_t cycle = gc_cycle(gc_word_now());
    if (self != 1 || touch.offset != z_head_ || cycle == seen_) return 0;
    seen_ = cycle;
    return reach(static_cast<int>(++cycles_)), 2;  // x is marked, z is not
  }
  void process(Run& run, int self) override {
    // Twice in slabs that were given back before the cycle before: every other time.
    for (int i = 1; i <= 5; ++i) {
      if (self == 1) {
        (void)collect(run.worker(self)).ok();
      } else {
        await(i, 1);
        reuse(run, self, z_, 30 + i);
      }
    }
    end(self);
  }
  void look_after(Run& run) override {
    const Pin pin(run.worker(0));
    (void)Run::number_in(pin, read_root(pin, x_).value);
  }
  RootRef x_, z_;
  std::uint64_t z_head_ = 0;
  std::uint32_t seen_ = 0;  // the cycle that was left to the sweeper last
  std::uint32_t cycles_ = 0;
};

// A collector is passed by between the cycle word and its new label: it gives up (amendment A5). Its
// pin would else be one of a cycle that is over, which nobody waits for while it reads the logs.
class LateRelabel : public Directed {
  void set_up(Run& run) override {
    run.use_first_slabs();
    x_ = run.make_root(1);
    z_ = run.make_root(3);
    x_head_ = head_of(run, x_);
    run.open_all(2);
    pin_ = pin_of(run, 1);
  }
  int instead(int self, const Touch& touch) override {
    const bool began =
        pin_label(word_at(pin_)) != 0 && pin_label(word_at(pin_)) != gc_cycle(gc_word_now());
    if (self == 1 && phase_ == 0 && began && touch.offset == pin_ &&
        touch.kind != AccessKind::kLoad)
      return phase_ = 1, 2;
    if (self == 1 && phase_ == 2 && touch.offset == word_at(x_head_)) return phase_ = 3, 2;
    if (self == 2 && (phase_ == 1 || phase_ == 3) && touch.kind == AccessKind::kWait) return 2;
    return 0;
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
    } else {
      await(1, 1);
      collect_thrice(run, self, 20);
      reach(2);
      await(3, 1);
      collect_thrice(run, self, 40);
      reach(4);
    }
    end(self);
  }
  void collect_thrice(Run& run, int self, std::int64_t n) {
    run.replace(self, x_, n);
    tick(run, self);
    for (int i = 1; i <= 3; ++i) {
      (void)collect(run.worker(self), kImpatient).ok();
      reuse(run, self, z_, n + i);
    }
  }
  RootRef x_, z_;
  std::uint64_t x_head_ = 0;
  std::uint64_t pin_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> passed_by() { return std::make_unique<PassedBy>(); }
std::unique_ptr<Scenario> late_root() { return std::make_unique<LateRoot>(); }
std::unique_ptr<Scenario> unlinked() { return std::make_unique<Unlinked>(); }
std::unique_ptr<Scenario> old_window() { return std::make_unique<OldWindow>(); }
std::unique_ptr<Scenario> half_cut() { return std::make_unique<HalfCut>(); }
std::unique_ptr<Scenario> kept_for_collector() { return std::make_unique<KeptForCollector>(); }
std::unique_ptr<Scenario> late_pin() { return std::make_unique<LatePin>(); }
std::unique_ptr<Scenario> stopped_helper() { return std::make_unique<StoppedHelper>(); }
std::unique_ptr<Scenario> late_sweep() { return std::make_unique<LateSweep>(); }
std::unique_ptr<Scenario> late_relabel() { return std::make_unique<LateRelabel>(); }
std::unique_ptr<Scenario> record_roots() { return std::make_unique<RecordRoots>(); }
std::unique_ptr<Scenario> lost_lock() { return std::make_unique<LostLock>(); }
std::unique_ptr<Scenario> late_joiner() { return std::make_unique<LateJoiner>(); }
std::unique_ptr<Scenario> late_end() { return std::make_unique<LateEnd>(); }
std::unique_ptr<Scenario> late_snapshot() { return std::make_unique<LateSnapshot>(); }
std::unique_ptr<Scenario> dropped_late() { return std::make_unique<DroppedLate>(); }
std::unique_ptr<Scenario> dropped() { return std::make_unique<Dropped>(); }

}  // namespace yin::explore
