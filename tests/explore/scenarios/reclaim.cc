// Commits and readers while collectors run and memory is taken into use again.

#include "substrate/collector.h"
#include "substrate/slab.h"
#include "tests/explore/scenarios/all.h"
#include "tests/explore/scenarios/steps.h"

namespace yin::explore {

using namespace substrate;

namespace {

// What one reads in x, another place may soon be the only one to hold.
class Republish : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &y_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      const Pin pin(run.worker(self));
      const RootRead x = read_root(pin, x_);
      const RootRead y = read_root(pin, y_);
      if (!x.ok() || !y.ok()) return;
      const std::int64_t n = Run::number_in(pin, x.value);
      const Change change[] = {{y_, y.version, x.value}};
      (void)commit(pin, change);
      pause();
      require(Run::number_in(pin, x.value) == n, "what a guard has read was overwritten");
    } else if (self == 2) {
      run.replace(self, x_, 20);
      run.leave(self);
    } else {
      (void)collect(run.worker(self)).ok();
      sweep(run, self);
    }
  }
  void look_after(Run& run) override {
    const Pin pin(run.worker(0));
    (void)Run::number_in(pin, read_root(pin, x_).value);
    (void)Run::number_in(pin, read_root(pin, y_).value);
  }
  RootRef x_, y_;
};

// A guard's reads stay whole as long as it is held, whatever goes meanwhile.
class LongReader : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
      sweep(run, self);
      (void)collect(run.worker(self)).ok();
      sweep(run, self);
    } else if (self == 2) {
      const Pin pin(run.worker(self));
      Run::Seen one;
      Run::Seen two;
      if (!run.read(pin, self, x_, one)) return;
      pause();
      Run::still(pin, one);
      if (!run.read(pin, self, x_, two)) return;
      pause();
      Run::still(pin, one);
      Run::still(pin, two);
    } else {
      run.replace(self, x_, 20);
      run.replace(self, x_, 21);
      run.leave(self);
    }
  }
  RootRef x_;
};

// Who joins while a cycle begins is waited for, or reads nothing that it frees.
class Joining : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    for (int i = 1; i <= 3; ++i) run.open(i, i != 2);
    run.leave(0);
    run.open(4);  // takes its slot, so that who joins needs one that was never used
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      (void)collect(run.worker(self)).ok();
      sweep(run, self);
    } else if (self == 2) {
      run.join(self);
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (!run.read(pin, self, x_, x)) return;
      pause();
      Run::still(pin, x);
    } else {
      run.replace(self, x_, 30);
      run.leave(self);
    }
  }
  RootRef x_;
};

// What a guard publishes behind the collector's pass lives on in slabs that the cycle does not free.
class LateCommit : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    if (self == 2) {
      {
        const Pin pin(run.worker(self));
        Run::Seen x;
        if (run.read(pin, self, x_, x)) (void)run.commit(pin, self, {{&x, 20, 70'000}});
      }
      run.replace(self, x_, 21);
      run.leave(self);
      return;
    }
    if (self == 1) (void)collect(run.worker(self)).ok();
    if (self == 3) (void)adopt_dead_workers(run.worker(self));
    const Pin pin(run.worker(self));
    Edit edit = Edit::in_slab(pin);
    (void)Run::number(edit, 0, 70'000);
    (void)Run::number(edit, 0);
    const RootRead x = read_root(pin, x_);
    if (x.ok()) (void)Run::number_in(pin, x.value);
  }
  RootRef x_;
};

// Version nodes come back after two cycles: whoever still stands on one is waited for.
class Cells : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &y_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      run.replace_both(self, {x_, 10}, {y_, 11});
      run.replace_both(self, {x_, 12}, {y_, 13});
      run.leave(self);
    } else if (self == 2) {
      run.replace(self, x_, 20);
      run.replace(self, y_, 21);
      run.leave(self);
    } else {
      for (int i = 0; i < 3; ++i) (void)collect(run.worker(self)).ok();
      run.replace(self, x_, 30);
    }
  }
  RootRef x_, y_;
};

// Two who would collect, and one who dies or stops at it.
class Collectors : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_}, 3); }
  void process(Run& run, int self) override {
    if (self == 3) {
      run.replace(self, x_, 30);
      sweep(run, self);
      run.replace(self, x_, 31);
      run.leave(self);
      return;
    }
    (void)collect(run.worker(self)).ok();
    (void)collect(run.worker(self)).ok();
    sweep(run, self);
  }
  RootRef x_;
};

}  // namespace

std::unique_ptr<Scenario> republish() { return std::make_unique<Republish>(); }
std::unique_ptr<Scenario> long_reader() { return std::make_unique<LongReader>(); }
std::unique_ptr<Scenario> joining() { return std::make_unique<Joining>(); }
std::unique_ptr<Scenario> late_commit() { return std::make_unique<LateCommit>(); }
std::unique_ptr<Scenario> cells() { return std::make_unique<Cells>(); }
std::unique_ptr<Scenario> collectors() { return std::make_unique<Collectors>(); }

}  // namespace yin::explore
