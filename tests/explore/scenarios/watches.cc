// Watchers: nobody sleeps through a change, whoever dies before it wakes them, and every change is
// told once. That a sleeper was woken is looked at behind the run (World::overslept).

#include "substrate/collector.h"
#include "substrate/watch.h"
#include "tests/explore/scenarios/all.h"

namespace yin::explore {

using namespace substrate;

namespace {

// Two wait for the next change, each in his way, while two commit: alone, and to two slots at once.
class Waiters : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    run.open_all(4);
  }
  void process(Run& run, int self) override {
    if (self <= 2) {
      Offset seen = Offset::kNone;
      {
        const Pin pin(run.worker(self));
        seen = read_root(pin, x_).version;
      }
      (void)wait_for_change(run.worker(self), x_, seen, 250);
    } else {
      for (int i = 0; i < 2; ++i) {
        const Pin pin(run.worker(self));
        Run::Seen x;
        Run::Seen y;
        if (!run.read(pin, self, x_, x) || !run.read(pin, self, y_, y)) continue;
        if (self == 3)
          (void)run.commit(pin, self, {{&x, 30 + i}});
        else
          (void)run.commit(pin, self, {{&x, 40 + 2 * i}, {&y, 41 + 2 * i}});
      }
    }
  }
  RootRef x_, y_;
};

// A watch gives every change, while cycles cut what nobody else needs.
class Watches : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      watch(run, self);
    } else if (self == 2) {
      for (int i = 0; i < 3; ++i) {
        const Pin pin(run.worker(self));
        Run::Seen x;
        if (!run.read(pin, self, x_, x)) continue;
        if (run.commit(pin, self, {{&x, 20 + committed_}}) == CommitOutcome::kCommitted)
          ++committed_;
      }
      run.leave(self);
    } else {
      for (int i = 0; i < 2; ++i) {
        (void)collect(run.worker(self)).ok();
        const Pin pin(run.worker(self));
        Edit edit = Edit::in_slab(pin);
        (void)Run::number(edit, 0);
      }
    }
    ended_[self] = true;
  }
  void watch(Run& run, int self) {
    auto watch = start(run, self);
    if (!watch.ok()) return;
    std::int64_t last = 0;
    for (bool over = false; !over;) {
      over = gone(2);  // then what is there now is all
      (void)watch->wait(200);
      const Pin pin(run.worker(self));
      while (const auto change = watch->take(pin)) {
        const std::int64_t before = Run::number_in(pin, change->before);
        require(last == 0 || before == last, "a watch has left out a change");
        last = Run::number_in(pin, change->after);
        require(last > before, "a watch has told an older change");
      }
      if (pin.expired()) over = false;  // what it was told is right, but need not be all
    }
    require(last == 0 || run.died() || last == 19 + committed_, "a watch has missed the last one");
  }
  StatusOr<Watch> start(Run& run, int self) {
    const Pin pin(run.worker(self));
    return Watch::start(pin, x_, WatchMode::kEveryChange);
  }
  [[nodiscard]] bool gone(int process) const {
    return ended_[process] || !World::get().alive(process);
  }
  RootRef x_;
  bool ended_[kProcesses] = {};  // the test's own, as what was committed
  int committed_ = 0;
};

}  // namespace

std::unique_ptr<Scenario> waiters() { return std::make_unique<Waiters>(); }
std::unique_ptr<Scenario> watches() { return std::make_unique<Watches>(); }

}  // namespace yin::explore
