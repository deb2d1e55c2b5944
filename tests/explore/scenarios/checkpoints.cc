// Checkpoints: what a record that may be on the disk names is whole, of one instant, and misses
// nothing, whoever dies between its steps.

#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/collector.h"
#include "substrate/redo_log.h"
#include "substrate/vector.h"
#include "tests/explore/scenarios/all.h"

namespace yin::explore {

using namespace substrate;

namespace {

// What a record shows of a slot, null word: it has no row for it.
Word shown(const Pin& pin, const CheckpointRecord& record, RootRef ref) {
  const Vector table{Word{record.table}};
  const std::uint64_t at =
      std::uint64_t{raw(ref.slot)} * CheckpointRow::kEnd + CheckpointRow::kValue;
  require(at < table.count(pin), "a checkpoint has no row for a slot");
  return table.nth(pin, at);
}

using Make = StatusOr<CheckpointReport> (*)(Worker&);

// Two roots that always change together, and those who make checkpoints of them.
class Checkpoints : public Scenario {
 public:
  Checkpoints(Make make, bool reuse) : make_(make), reuse_(reuse) {}

  void set_up(Run& run) override {
    x_ = run.make_root(1);
    y_ = run.make_root(1'001);
    z_ = run.make_root(5'000);
    run.open_all(3);
    require(make_(run.worker(0)).ok(), "no checkpoint of a domain at rest");
    run.replace(0, z_, 5'010);
    require(make_(run.worker(0)).ok(), "no second one, or no entry of the log");
  }
  void process(Run& run, int self) override {
    if (self == 1) {
      make_one(run, self);
      make_one(run, self);
    } else if (self == 2) {
      run.replace_both(self, {x_, 20}, {y_, 1'020});
      run.replace_both(self, {x_, 30}, {y_, 1'030});
    } else if (reuse_) {  // what no root reaches is written over
      (void)collect(run.worker(self), kImpatient).ok();
      run.replace(self, z_, 5'001);
      run.leave(self);
      run.join(self);
      run.replace(self, z_, 5'002);
    } else {
      make_one(run, self);
      run.replace(self, z_, 5'001);
    }
  }
  void look_after(Run& run) override {
    look(run, 0);
    adopt_dead_workers(run.worker(0));
    // What a dead one left undecided is decided by who reads it: before the checkpoint's instant.
    const std::int64_t last[] = {number_of(run, x_), number_of(run, y_), number_of(run, z_)};
    require(make_(run.worker(0)).ok(), "no checkpoint behind all");
    auto record = newest_checkpoint(run.domain(0));
    require(record.has_value(), "no record behind all");
    if (const auto logged = logged_checkpoint(run.domain(0), record->sequence)) record = logged;
    const Pin pin(run.worker(0));
    for (const RootRef ref : {x_, y_, z_}) {
      require(Run::number_in(pin, shown(pin, *record, ref)) == last[raw(ref.slot) - raw(x_.slot)],
              "a checkpoint misses a commit");
    }
  }

 private:
  void make_one(Run& run, int self) {
    if (make_(run.worker(self)).ok()) look(run, self);
  }
  // Each record that may be what the disk has, and what the log says behind it.
  void look(Run& run, int self) {
    const Pin pin(run.worker(self));
    const std::uint64_t durable = run.domain(self).state().durable_seq.load_seq();
    for (std::uint32_t place = 0; place < kCheckpointRecords; ++place) {
      const auto record = load_checkpoint(run.domain(self), place);
      // Another may have made a later one since, and this one nobody's.
      if (record && record->sequence >= durable) look_at(pin, *record);
    }
    if (const auto logged = logged_checkpoint(run.domain(self), durable)) look_at(pin, *logged);
  }
  void look_at(const Pin& pin, const CheckpointRecord& record) const {
    const std::int64_t x = Run::number_in(pin, shown(pin, record, x_));
    const std::int64_t y = Run::number_in(pin, shown(pin, record, y_));
    require(y == x + 1'000, "a checkpoint shows half a commit");
  }
  static std::int64_t number_of(Run& run, RootRef ref) {
    const Pin pin(run.worker(0));
    Run::Seen now;
    require(run.read(pin, 0, ref, now), "a root is gone");
    return now.number;
  }

  Make make_;
  bool reuse_;
  RootRef x_, y_, z_;
};

}  // namespace

std::unique_ptr<Scenario> checkpoints() { return std::make_unique<Checkpoints>(checkpoint, false); }
std::unique_ptr<Scenario> checkpoint_reuse() {
  return std::make_unique<Checkpoints>(checkpoint, true);
}
std::unique_ptr<Scenario> logged() { return std::make_unique<Checkpoints>(make_durable, false); }
std::unique_ptr<Scenario> logged_reuse() {
  return std::make_unique<Checkpoints>(make_durable, true);
}

}  // namespace yin::explore
