// Guards that are passed by, collectors that are taken over, handles and snapshots.

#include "substrate/collector.h"
#include "substrate/hold.h"
#include "tests/explore/scenarios/all.h"
#include "tests/explore/scenarios/steps.h"

namespace yin::explore {

using namespace substrate;

namespace {

// A guard that was passed by still reads what it has read; its next read of a root says so.
class StalledReader : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      collect_and_recycle(run, self, z_, 10, {.times = 3});
    } else if (self == 2) {
      const Pin pin(run.worker(self));
      Run::Seen one;
      Run::Seen two;
      if (!run.read(pin, self, x_, one)) return;
      pause();
      Run::still(pin, one);
      const bool again = run.read(pin, self, x_, two);
      pause();
      Run::still(pin, one);
      if (again) Run::still(pin, two);
    } else {
      run.replace(self, x_, 30);
      run.replace(self, x_, 31);
      run.leave(self);
    }
  }
  RootRef x_, z_;
};

// A writer or helper that was passed by may still win: its commit counts, or it did not happen.
class StalledWriter : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &y_, &z_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      collect_and_recycle(run, self, z_, 10, {.times = 3});
    } else if (self == 2) {
      run.replace_both(self, {x_, 20}, {y_, 21});
    } else {
      run.replace(self, x_, 30);
      run.replace(self, y_, 31);
      run.leave(self);
    }
  }
  RootRef x_, y_, z_;
};

// A collector may be taken over at any access and go on at any later one.
class Takeover : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 3); }
  void process(Run& run, int self) override {
    if (self <= 2) {
      collect_and_recycle(run, self, z_, self * 10, {.times = 2});
      return;
    }
    const Pin pin(run.worker(self));
    Run::Seen one;
    Run::Seen two;
    if (!run.read(pin, self, x_, one)) return;
    (void)run.commit(pin, self, {{&one, 30}});
    pause();
    if (run.read(pin, self, x_, two)) (void)run.commit(pin, self, {{&two, 31}});
    Run::still(pin, one);
  }
  RootRef x_, z_;
};

// A snapshot sees one instant, however often it looks and whatever is collected meanwhile.
class Snapshots : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &y_, &z_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      collect_and_recycle(run, self, z_, 10, {.times = 3});
    } else if (self == 2) {
      for (int i = 0; i < 2; ++i) look(run, self);
    } else {
      run.replace_both(self, {x_, 30}, {y_, 31});
      run.replace_both(self, {x_, 32}, {y_, 33});
      run.leave(self);
    }
  }
  void look(Run& run, int self) {
    auto taken = take(run, self);
    if (!taken.ok()) return;
    const Snapshot snapshot = *std::move(taken);
    std::int64_t seen[2] = {};
    for (int again = 0; again < 2; ++again) {
      const Pin pin(run.worker(self));
      for (const int which : {again, 1 - again}) {
        const auto n = number_at(pin, snapshot, which == 0 ? x_ : y_);
        if (!n) return;
        require(seen[which] == 0 || seen[which] == *n, "a snapshot saw two values in one slot");
        seen[which] = *n;
      }
    }
    require((seen[0] < 30 ? seen[1] == 2 : seen[1] == seen[0] + 1), "a snapshot saw half a commit");
    require(seen[0] >= last_, "a later snapshot saw an older value");
    last_ = seen[0];
  }
  static StatusOr<Snapshot> take(Run& run, int self) {
    const Pin pin(run.worker(self));
    return Snapshot::take(pin);
  }
  RootRef x_, y_, z_;
  std::int64_t last_ = 0;  // the test's own
};

// A handle keeps its value, and who reads it may drop it while he still reads.
class Handles : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      collect_and_recycle(run, self, z_, 10, {.times = 3});
    } else if (self == 2) {
      for (int i = 0; i < 2; ++i) {
        auto handle = handle_to(run, self, x_);
        if (!handle) continue;
        const Pin pin(run.worker(self));
        const Word value = handle->get();
        const std::int64_t n = Run::number_in(pin, value);
        handle.reset();
        pause();
        require(Run::number_in(pin, value) == n, "what came from a handle was overwritten");
      }
    } else {
      run.replace(self, x_, 30);
      run.replace(self, x_, 31);
      run.leave(self);
    }
  }
  RootRef x_, z_;
};

// A value that only handles keep goes from one to the other and back, in places that are used again
// at once where no cycle runs.
class ClearedHandle : public Scenario {
  void set_up(Run& run) override { run.set_up({&x_, &z_}, 3); }
  void process(Run& run, int self) override {
    if (self == 1) {
      collect_and_recycle(run, self, z_, 10, {.times = 3});
    } else if (self == 2) {
      std::optional<Handle> places[] = {handle_to(run, self, x_), handle_to(run, self, x_)};
      if (!places[0] || !places[1]) return;
      for (int i = 0; i < 4; ++i) pass_on(run, self, *places[i % 2], *places[1 - i % 2]);
    } else {
      run.replace(self, x_, 30);
      run.replace(self, x_, 31);
      run.leave(self);
    }
  }
  // From `one`, which holds it alone when `other` could be cleared.
  void pass_on(Run& run, int self, Handle& one, Handle& other) {
    const auto number = [&](const Handle& handle) {
      const Pin pin(run.worker(self));
      return Run::number_in(pin, handle.get());
    };
    if (is_cleared(run, self, other)) {
      const Pin pin(run.worker(self));
      if (!other.set(pin, one.get()).ok()) return;
    }
    pause();
    const std::int64_t n = number(other);
    if (!is_cleared(run, self, one)) return;
    pause();
    require(number(other) == n, "what was handed over was overwritten");
    const Pin pin(run.worker(self));
    (void)one.set(pin, other.get()).ok();
  }
  static bool is_cleared(Run& run, int self, Handle& handle) {
    const Pin pin(run.worker(self));
    return handle.clear(pin);
  }
  RootRef x_, z_;
};

// Entries of the table go to one each, while others drop theirs.
class Holders : public Scenario {
  void set_up(Run& run) override {
    for (int i = 1; i <= 3; ++i) {
      roots_[i] = run.make_root(i);
      run.open(i);
    }
  }
  void process(Run& run, int self) override {
    if (self == 3) {
      for (int i = 0; i < 2; ++i) (void)collect(run.worker(self)).ok();
    }
    for (int i = 0; i < 3; ++i) {
      const Pin pin(run.worker(self));
      const RootRead mine = read_root(pin, roots_[self]);
      if (!mine.ok()) continue;
      const auto handle = Handle::make(pin, mine.value);
      if (!handle.ok()) continue;
      pause();
      require(Run::number_in(pin, handle->get()) == self, "a hold of two owners");
    }
  }
  RootRef roots_[4];
};

}  // namespace

std::unique_ptr<Scenario> stalled_reader() { return std::make_unique<StalledReader>(); }
std::unique_ptr<Scenario> stalled_writer() { return std::make_unique<StalledWriter>(); }
std::unique_ptr<Scenario> takeover() { return std::make_unique<Takeover>(); }
std::unique_ptr<Scenario> snapshots() { return std::make_unique<Snapshots>(); }
std::unique_ptr<Scenario> handles() { return std::make_unique<Handles>(); }
std::unique_ptr<Scenario> cleared_handle() { return std::make_unique<ClearedHandle>(); }
std::unique_ptr<Scenario> holders() { return std::make_unique<Holders>(); }

}  // namespace yin::explore
