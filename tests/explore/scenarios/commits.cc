// Commits of one slot and of several, with helpers, readers and deaths.

#include "substrate/atom.h"
#include "substrate/table.h"
#include "substrate/watch.h"
#include "tests/explore/scenarios/all.h"

namespace yin::explore {

using namespace substrate;

namespace {

class OneSlot : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    for (int i = 1; i <= 2; ++i) {
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) (void)run.commit(pin, self, {{&x, self * 10 + i}});
    }
  }
  RootRef x_;
};

class TwoSlots : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    const Pin pin(run.worker(self));
    Run::Seen x;
    Run::Seen y;
    if (!run.read(pin, self, x_, x) || !run.read(pin, self, y_, y)) return;
    if (self < 3) (void)run.commit(pin, self, {{&x, self * 10}, {&y, self * 10 + 1}});
    (void)run.read(pin, self, y_, y);
    (void)run.read(pin, self, x_, x);
  }
  RootRef x_, y_;
};

// Single-slot commits in the way of one of two slots.
class OneAgainstTwo : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    if (self == 1) return run.replace_both(self, {x_, 10}, {y_, 11});
    const Pin pin(run.worker(self));
    Run::Seen x;
    for (int i = 0; i < 2; ++i) {
      if (run.read(pin, self, self == 2 ? x_ : y_, x))
        (void)run.commit(pin, self, {{&x, self * 10 + i}});
    }
  }
  RootRef x_, y_;
};

// Each needs a slot that another has taken first.
class Crossing : public Scenario {
  void set_up(Run& run) override {
    for (int i = 0; i < 3; ++i) roots_[i] = run.make_root(i + 1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    const Pin pin(run.worker(self));
    Run::Seen one;
    Run::Seen two;
    if (run.read(pin, self, roots_[self - 1], one) && run.read(pin, self, roots_[self % 3], two))
      (void)run.commit(pin, self, {{&one, self * 10}, {&two, self * 10 + 1}});
    (void)run.read(pin, self, roots_[self - 1], one);
  }
  RootRef roots_[3];
};

// Each reads what the other writes: without the kept entries both could win (write skew).
class Kept : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    run.open_all(2);
  }
  void process(Run& run, int self) override {
    const Pin pin(run.worker(self));
    Run::Seen x;
    Run::Seen y;
    if (!run.read(pin, self, x_, x) || !run.read(pin, self, y_, y)) return;
    if (self == 1)
      (void)run.commit(pin, self, {{&x, 10}, {&y, y.number}});
    else
      (void)run.commit(pin, self, {{&x, x.number}, {&y, 20}});
  }
  RootRef x_, y_;
};

// Three that keep swapping one root, which a fourth waits for.
class TakingTurns : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(0);
    run.open_all(4);
  }
  void process(Run& run, int self) override {
    if (self == 4) {
      const Offset first = read(run, self).version;
      (void)wait_for_change(run.worker(self), x_, first, 1);
      return;
    }
    for (int i = 0; i < 3; ++i) {
      const Pin pin(run.worker(self));
      ++begun_;
      const auto swapped = swap(pin, x_, [&](Edit& edit, Word n) {
        return Run::number(edit, Run::number_in(pin, n) + 1);
      });
      ++(swapped.ok() ? swapped_ : undone_);
    }
  }
  void look_after(Run& run) override {
    const Pin pin(run.worker(0));
    const std::int64_t n = Run::number_in(pin, read_root(pin, x_).value);
    require(n >= swapped_, "a swap was lost");
    require(n <= begun_ - undone_, "a swap was made twice");
    const std::uint32_t watchers =
        root_slot(run.domain(0), x_.slot).waiters.load_seq() & ~kTurnAsked;
    require(run.died() || watchers == 0, "a watcher was not counted");
  }
  RootRead read(Run& run, int self) const {
    const Pin pin(run.worker(self));
    return read_root(pin, x_);
  }
  RootRef x_;
  std::int64_t begun_ = 0, swapped_ = 0, undone_ = 0;  // the test's own
};

}  // namespace

std::unique_ptr<Scenario> one_slot() { return std::make_unique<OneSlot>(); }
std::unique_ptr<Scenario> two_slots() { return std::make_unique<TwoSlots>(); }
std::unique_ptr<Scenario> one_against_two() { return std::make_unique<OneAgainstTwo>(); }
std::unique_ptr<Scenario> crossing() { return std::make_unique<Crossing>(); }
std::unique_ptr<Scenario> kept() { return std::make_unique<Kept>(); }
std::unique_ptr<Scenario> turns() { return std::make_unique<TakingTurns>(); }

}  // namespace yin::explore
