// Orders that are led to by name (directed.h): collectors that stop or die at a bad moment, and those
// that take over from them.

#include <optional>

#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/slab.h"
#include "substrate/vector.h"
#include "tests/explore/scenarios/all.h"
#include "tests/explore/scenarios/directed.h"
#include "tests/explore/scenarios/steps.h"

namespace yin::explore {

using namespace substrate;

namespace {

// A late collector takes a node out of the log after the cycle that took it over began: that cycle
// does not meet it, but a guard of its label stands on it (amendment A2, flaw F1).
class Unlinked : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 3);
    {
      const Pin pin(run.worker(3));
      snapshot_.emplace(*Snapshot::take(pin));
    }
    replace_and_tick(run, 0, x_, 2);
    between_ = newest(run, 0, x_);  // what neither the snapshot nor the cycle needs
    replace_and_tick(run, 0, x_, 4);
    above_ = newest(run, 0, x_) + offsetof(VersionNode, prev);
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
      recycle(run, self, z_, 30);
    }
    if (self == 3) {
      await(2, 2);
      const Pin pin(run.worker(self));
      require(number_at(pin, *snapshot_, x_).value_or(1) == 1, "a snapshot sees another value");
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
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 3); }
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
      stand_on(run, self, x_, {.reached = 1, .until = 3, .by = 1});
      phase_ = 4;
      pause();
    } else if (self == 2) {
      await(1, 3);
      (void)collect(run.worker(self), kImpatient).ok();  // passes the reader by
      replace_and_tick(run, self, x_, 20);
      (void)collect(run.worker(self), kImpatient).ok();
      replace_and_tick(run, self, x_, 21);
      above_ = newest(run, self, x_) + offsetof(VersionNode, prev);
      run.leave(self);
      run.join(self);
      phase_ = 2;
      await(4, 3);
      collect_and_recycle(run, self, z_, 30, {.times = 4});
    } else {
      await(2, 2);
      (void)collect(run.worker(self)).ok();
    }
    end(self);
  }
  RootRef x_, z_;
  std::uint64_t above_ = 0;
};

// A collector dies between two steps of cutting a log in its middle: what the next cycles take out
// stands in no chain that a reader walks.
class HalfCut : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 3);
    {
      const Pin pin(run.worker(3));
      snapshot_.emplace(*Snapshot::take(pin));
    }
    for (std::int64_t n = 2; n <= 4; ++n) {
      replace_and_tick(run, 0, x_, n);
    }
  }
  void process(Run& run, int self) override {
    if (self == 1) (void)collect(run.worker(self)).ok();
    if (self == 2) collect_and_recycle(run, self, z_, 30, {.times = 3});
    if (self == 3) {
      await_end(2);
      const Pin pin(run.worker(self));
      require(number_at(pin, *snapshot_, x_).value_or(1) == 1, "a snapshot sees another value");
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
    run.set_up({&x_, &z_}, 2);
    head_ = head_of(run, x_);
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
      replace_and_tick(run, self, x_, 20);
      collect_and_recycle(run, self, z_, 30, {.times = 2});
      {
        const Pin pin(run.worker(self));
        (void)retain(pin, x_, 9).ok();
      }
      phase_ = 2;
      await_end(1);
      (void)collect(run.worker(self), kImpatient).ok();
    }
    end(self);
  }
  RootRef x_, z_;
  std::uint64_t head_ = 0;
};

// A collector stops before it closes the windows of its cycle, and wakes when a later one has just
// declared a guard: the end it sets lies before that window's start, and is none (protocol 7).
class LateEnd : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 3);
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
      replace_and_tick(run, self, x_, 20);
      reach(2);
      await(3, 3);
      replace_and_tick(run, self, x_, 21);
      run.leave(self);
      run.join(self);
      collect_and_recycle(run, self, z_, 31, {.times = 3});
      reach(6);
    } else {
      await(2, 2);
      stand_on(run, self, x_, {.reached = 3, .until = 6, .by = 2});
    }
    end(self);
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
      recycle(run, self, roots_[0], 300);
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

// Somebody sweeps while a cycle marks: what it has marked so far tells nothing of the cells it has
// yet to come to, nor of those that the cycle before has marked in the same words (protocol 8.7).
class LateSweep : public Directed {
  void set_up(Run& run) override {
    run.set_up({&x_, &z_}, 2);
    z_head_ = head_of(run, z_);
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
        recycle(run, self, z_, 30 + i);
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
    run.set_up({&x_, &z_}, 2);
    x_head_ = head_of(run, x_);
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
    replace_and_tick(run, self, x_, n);
    collect_and_recycle(run, self, z_, n + 1, {.times = 3});
  }
  RootRef x_, z_;
  std::uint64_t x_head_ = 0;
  std::uint64_t pin_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> unlinked() { return std::make_unique<Unlinked>(); }
std::unique_ptr<Scenario> old_window() { return std::make_unique<OldWindow>(); }
std::unique_ptr<Scenario> half_cut() { return std::make_unique<HalfCut>(); }
std::unique_ptr<Scenario> kept_for_collector() { return std::make_unique<KeptForCollector>(); }
std::unique_ptr<Scenario> late_end() { return std::make_unique<LateEnd>(); }
std::unique_ptr<Scenario> record_roots() { return std::make_unique<RecordRoots>(); }
std::unique_ptr<Scenario> late_sweep() { return std::make_unique<LateSweep>(); }
std::unique_ptr<Scenario> late_relabel() { return std::make_unique<LateRelabel>(); }

}  // namespace yin::explore
