// Who owns which slab: growth, sweepers, large objects, workers that come, leave and die.

#include <cstring>

#include "substrate/collector.h"
#include "substrate/slab.h"
#include "tests/explore/scenarios/all.h"

namespace yin::explore {

using namespace substrate;

namespace {

// A block with its owner's mark in it: nobody else may have got the same.
class Block {
 public:
  void take(Run& run, int self, std::uint64_t bytes) {
    Edit edit = Edit::in_slab(*pin_);
    at_ = edit.allocate<std::byte>(bytes);
    require(!run.domain(self).is_private(pin_->offset_of(at_)), "no room in the explored domain");
    for (std::uint64_t i = 0; i < bytes; i += kGranule)
      require(!World::get().is_hole(raw(pin_->offset_of(at_ + i))), "memory without blocks");
    bytes_ = bytes;
    mark_ = static_cast<std::byte>(self);
    std::memset(at_, self, bytes);
  }
  void check() const {
    if (at_ != nullptr)
      require(at_[0] == mark_ && at_[bytes_ / 2] == mark_ && at_[bytes_ - 1] == mark_,
              "two have got the same memory");
  }
  explicit Block(const Pin& pin) : pin_(&pin) {}

 private:
  const Pin* pin_;
  std::byte* at_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::byte mark_{};
};

// Takes blocks of the sizes, and looks whether each stays its own.
void take_blocks(Run& run, int self, std::initializer_list<std::uint64_t> sizes) {
  const Pin pin(run.worker(self));
  std::vector<Block> blocks;
  for (const std::uint64_t bytes : sizes) {
    blocks.emplace_back(pin);
    blocks.back().take(run, self, bytes);
    pause();
    for (const Block& block : blocks) block.check();
  }
}

// Slabs with dead values, swept by two at once while their last owner leaves and a cycle ends.
class Sweepers : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.open_all(4);
    const Pin pin(run.worker(4));
    Edit edit = Edit::in_slab(pin);
    for (int i = 0; i < 3; ++i) (void)edit.allocate<std::byte>(30'000);
  }
  void process(Run& run, int self) override {
    if (self == 3) {
      (void)collect(run.worker(self)).ok();
      return;
    }
    if (self == 4) {
      run.leave(self);
      return;
    }
    take_blocks(run, self, {1'000, 40'000, 1'000});
    run.leave(self);
  }
  RootRef x_;
};

// One dead slab, wanted by who fills it with values, by who needs a run of slabs, and by who needs
// cells.
class Reuse : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    y_ = run.make_root(2);
    run.open_all(3);
    {
      const Pin pin(run.worker(3));
      Edit edit = Edit::in_slab(pin);
      for (int i = 0; i < 5; ++i) (void)edit.allocate<std::byte>(30'000);
    }
    run.leave(3);
    run.join(3);
    require(collect(run.worker(3)).ok(), "no cycle to set up with");
  }
  void process(Run& run, int self) override {
    if (self == 2) take_blocks(run, self, {70'000});
    for (int i = 0; i < 2; ++i) {
      const Pin pin(run.worker(self));
      Run::Seen now;
      if (run.read(pin, self, self == 1 ? x_ : y_, now))
        (void)run.commit(pin, self, {{&now, self * 10 + i}});
    }
    if (self == 3) (void)collect(run.worker(self)).ok();
    run.leave(self);
  }
  RootRef x_, y_;
};

// Runs of slabs: freed from their end, claimed upwards, given back downwards.
class LargeObjects : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1, 150'000);
    run.open_all(3);
    for (const std::uint64_t bytes : {150'000u, 100'000u}) {
      const Pin pin(run.worker(3));
      Edit edit = Edit::in_slab(pin);
      (void)edit.allocate<std::byte>(bytes);
    }
    require(collect(run.worker(3)).ok(), "no cycle to set up with");
  }
  void process(Run& run, int self) override {
    if (self == 1) take_blocks(run, self, {100'000, 1'000});
    if (self == 2) {
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) (void)run.commit(pin, self, {{&x, 20, 100'000}});
      take_blocks(run, self, {1'000, 70'000});
    }
    if (self == 3) {
      (void)collect(run.worker(self)).ok();
      take_blocks(run, self, {130'000});
    }
    run.leave(self);
  }
  RootRef x_;
};

// Fresh slabs for values, for cells and for tables, while a sweeper looks at those just taken.
class Growth : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.open_all(3);
  }
  void process(Run& run, int self) override {
    if (self == 3) (void)collect(run.worker(self)).ok();
    take_blocks(run, self, {64, static_cast<std::uint64_t>(self) * 66'000});
    const Pin pin(run.worker(self));
    Run::Seen x;
    if (run.read(pin, self, x_, x)) (void)run.commit(pin, self, {{&x, self * 10}});
  }
  RootRef x_;
};

// Dead slabs given back to the file system, while others want them for values, cells and a row.
class Holes : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    run.open_all(4);
    {
      const Pin pin(run.worker(4));
      Edit edit = Edit::in_slab(pin);
      for (int i = 0; i < 6; ++i) (void)edit.allocate<std::byte>(30'000);
    }
    run.leave(4);
    run.join(4);
    require(collect(run.worker(4)).ok(), "no cycle to set up with");
    punch_all(run, 4, 1);  // some are holes from the start
  }
  void process(Run& run, int self) override {
    if (self == 1) punch_all(run, self, 0);
    if (self == 2) take_blocks(run, self, {70'000, 1'000});
    if (self == 3) {
      const Pin pin(run.worker(self));
      Run::Seen x;
      if (run.read(pin, self, x_, x)) (void)run.commit(pin, self, {{&x, 30}});
    }
    if (self == 3) take_blocks(run, self, {1'000, 30'000, 40'000});
    if (self == 4) punch_all(run, self, 0);
    run.leave(self);
  }
  // All empty slabs but the first `left`.
  static void punch_all(Run& run, int self, std::uint32_t left) {
    const SlabMap map(run.domain(self));
    const auto slabs =
        static_cast<std::uint32_t>(run.domain(self).state().next_slab.load_acquire());
    std::uint32_t from = map.lead();
    for (; left > 0 && from < slabs; ++from)
      left -= run.worker(self).slab().looks_empty(from) ? 1U : 0U;
    (void)run.worker(self).slab().punch(from, slabs);
  }
  RootRef x_;
};

// Workers that join, leave and die: never two in one slot, and a dead one's slabs come back.
class Membership : public Scenario {
  void set_up(Run& run) override {
    x_ = run.make_root(1);
    for (int i = 1; i <= 3; ++i) run.open(i, i == 1);
  }
  void process(Run& run, int self) override {
    for (int i = 0; i < 2; ++i) {
      if (!run.joined(self)) run.join(self);
      for (int other = 1; other <= 3; ++other) {
        if (other != self && run.joined(other) && World::get().alive(other))
          require(run.worker(other).index() != run.worker(self).index(), "two workers in one slot");
      }
      {
        const Pin pin(run.worker(self));
        Run::Seen x;
        if (run.read(pin, self, x_, x)) (void)run.commit(pin, self, {{&x, self * 10 + i}});
      }
      (void)adopt_dead_workers(run.worker(self));
      run.leave(self);
    }
  }
  RootRef x_;
};

}  // namespace

std::unique_ptr<Scenario> sweepers() { return std::make_unique<Sweepers>(); }
std::unique_ptr<Scenario> reuse() { return std::make_unique<Reuse>(); }
std::unique_ptr<Scenario> large_objects() { return std::make_unique<LargeObjects>(); }
std::unique_ptr<Scenario> growth() { return std::make_unique<Growth>(); }
std::unique_ptr<Scenario> holes() { return std::make_unique<Holes>(); }
std::unique_ptr<Scenario> membership() { return std::make_unique<Membership>(); }

}  // namespace yin::explore
