#include "substrate/checkpoint.h"

#include <bit>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/checkpoint_record.h"
#include "substrate/clock.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/park.h"
#include "substrate/redo_log.h"
#include "substrate/table.h"
#include "substrate/transient.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

constexpr std::uint32_t kSlotsAPin = 1024;  // read under one pin
constexpr std::uint32_t kSlotsAWord = 64;

constexpr const char* kOnlyInMemory =
    ". What was durable stays so, what came later is only in memory: make a backup to another disk";

enum class How {
  kWhole,   // a record
  kLogged,  // an entry of the redo log, if that will do
};

class Checkpoint {
 public:
  Checkpoint(Worker& worker, How how) : worker_(worker), domain_(worker.domain()), how_(how) {}

  StatusOr<CheckpointReport> run() {
    const std::uint64_t began = monotonic_ns();
    Status begun = begin();
    if (!begun.ok()) return begun;
    if (changed_.empty() && base_on_disk_ && (how_ == How::kLogged || !logged_)) {
      // Whoever clears a bit has made its change durable before: nothing is missing on the disk.
      done(base_->sequence);
    } else {
      std::size_t from = 0;
      do {
        Status written = write_rows(from);
        if (!written.ok()) return written;
      } while (from < changed_.size());
      Status durable = make_durable();
      if (!durable.ok()) return durable;
    }
    report_.nanoseconds = monotonic_ns() - began;
    return report_;
  }

 private:
  struct Changed {
    std::uint32_t word;
    std::uint64_t bits;
  };

  // The instant, what changed until then, and the table to begin with.
  Status begin() {
    const Pin pin(worker_);
    auto snapshot = Snapshot::take(pin);
    if (!snapshot.ok()) return snapshot.status();
    snapshot_.emplace(*std::move(snapshot));
    report_.clock = snapshot_->clock();
    const DomainState& state = domain_.state();
    // edge: slot-made
    slots_ = state.next_slot.load_acquire();
    next_name_ = state.next_name.load_relaxed();  // names in what was committed have lower numbers
    gather();
    for (const Retention& r : retentions(domain_)) retained_[raw(r.slot)] = r.count;
    base_ = newest_checkpoint(domain_);
    if (!base_) return keep(pin, kEmptyVector);
    // Not so if its writer died between the record and its sync.
    base_on_disk_ =
        base_->sequence == state.durable_seq.load_relaxed();  // who has the lock sets it
    logged_ = logged_checkpoint(domain_, base_->sequence);
    return keep(pin, Word{logged_ ? logged_->table : base_->table});
  }

  // The dirty bits become pending ones: set first, then exactly those are cleared.
  void gather() {
    for (std::uint32_t word = 0; word * kSlotsAWord < slots_; ++word) {
      SharedWord& dirty = table_at<SharedWord>(domain_, domain_.state().dirty, kDirtyTable, word);
      SharedWord& pending = pending_word(word);
      // edge: dirty
      if (const std::uint64_t bits = dirty.load_seq(); bits != 0) {
        // edge: dirty
        pending.or_seq(bits);
        // edge: dirty
        dirty.and_seq(~bits);
      }
      // edge: dirty (a dead one's too)
      if (const std::uint64_t bits = pending.load_seq(); bits != 0)
        changed_.push_back({word, bits});
    }
  }

  // Some changed slots, from the word at `from` on, into the table: as many as one pin should see.
  Status write_rows(std::size_t& from) {
    const Pin pin(worker_);
    Edit edit = Edit::in_slab(pin);
    TransientVector table(edit, Vector{table_->get()});
    while (table.count() < std::uint64_t{slots_} * CheckpointRow::kEnd)
      table.conj(table.count() % CheckpointRow::kEnd == 0 ? int_word(0) : kNil);
    std::size_t at = from;
    for (std::uint32_t seen = 0; at < changed_.size() && seen < kSlotsAPin; ++at) {
      for (std::uint64_t bits = changed_[at].bits; bits != 0; bits &= bits - 1, ++seen) {
        const SlotIndex slot{changed_[at].word * kSlotsAWord +
                             static_cast<std::uint32_t>(std::countr_zero(bits))};
        if (raw(slot) >= slots_) {  // made since
          set_dirty(domain_, slot);
          continue;
        }
        SlotAt content;
        if (!read_slot_at(pin, slot, report_.clock, content)) return unavailable(kStopped);
        if (content.changed_since) set_dirty(domain_, slot);
        put(table, slot, content);
      }
    }
    const Word made = table.persistent().word;
    if (!worker_.has_space()) return worker_.take_space_status();
    from = at;
    return keep(pin, made);
  }

  void put(TransientVector& table, SlotIndex slot, const SlotAt& content) {
    const std::uint64_t at = std::uint64_t{raw(slot)} * CheckpointRow::kEnd;
    const auto found = retained_.find(raw(slot));
    const std::uint64_t keeps = found == retained_.end() ? 0 : found->second;
    const Word row[] = {int_word(static_cast<std::int64_t>(content.generation |
                                                           keeps << kCheckpointRetentionShift)),
                        content.value == kTombstone ? kAbsent : content.value};
    bool written = false;
    for (std::uint32_t field = 0; field < CheckpointRow::kEnd; ++field) {
      if (table.nth(at + field) == row[field]) continue;
      table.assoc(at + field, row[field]);
      written = true;
    }
    report_.slots += written ? 1 : 0;
  }

  Status keep(const Pin& pin, Word table) {
    auto handle = Handle::make(pin, table);
    if (!handle.ok()) return handle.status();
    table_.emplace(*std::move(handle));
    return {};
  }

  Status make_durable() {
    if (how_ == How::kLogged && base_on_disk_) {
      const auto logged = append_to_redo_log(worker_, *base_, record(base_->sequence));
      if (!logged.ok()) return failed(logged.status());
      if (*logged) return settled(base_->sequence);
    }
    // Without room for a log there will be a record each time.
    if (how_ == How::kLogged) (void)make_redo_log(domain_).ok();
    return make_record();
  }

  // The data and the records as they stand (amendment A11), then the new record.
  Status make_record() {
    Status synced = sync();
    if (!synced.ok()) return synced;
    const std::uint64_t sequence = base_ ? base_->sequence + 1 : 1;
    store_checkpoint(domain_, next_checkpoint_place(domain_), record(sequence));
    synced = sync();
    if (!synced.ok()) return synced;
    return settled(sequence);
  }

  Status settled(std::uint64_t sequence) {
    done(sequence);
    for (const Changed& changed : changed_) {
      // edge: dirty
      pending_word(changed.word).and_seq(~changed.bits);
    }
    return {};
  }

  [[nodiscard]] CheckpointRecord record(std::uint64_t sequence) const {
    const DomainState& state = domain_.state();
    CheckpointRecord r = {};
    r.sequence = sequence;
    r.clock = report_.clock;
    r.table = table_->get().bits;
    r.slots = slots_;
    r.next_name = next_name_;
    for (std::uint32_t i = 0; i < kTableChunks; ++i) {
      // edge: table-chunk
      r.name_chunk[i] = state.names.chunk[i].load_acquire();
    }
    r.output = state.output.load_relaxed();  // set before the job begins
    r.output_cursor = state.output_cursor.load_relaxed();
    r.main_agent = state.main_agent.load_relaxed();
    r.durability = state.durability.load_relaxed();
    r.written_ns = wall_clock_ns();
    r.redo_log = state.redo_log.load_relaxed();  // only who holds the lock sets it
    // edge: committed
    r.committed_bytes = state.committed_bytes.load_acquire();
    return r;
  }

  Status sync() {
    Status synced = domain_.region().sync();
    if (synced.ok() || synced.code() == StatusCode::kInvalidArgument) return synced;
    return failed(synced);
  }
  // Never again on the same pages: the system may have dropped what it could not write.
  Status failed(const Status& how) {
    domain_.state().durability_failed.store_relaxed(1);  // only ever set
    return internal_error(how.message() + kOnlyInMemory);
  }

  void done(std::uint64_t sequence) {
    DomainState& state = domain_.state();
    report_.sequence = sequence;
    // edge: durable (the clock before the number)
    state.durable_clock.store_seq(report_.clock);
    // edge: durable
    state.durable_seq.store_seq(sequence);
  }

  SharedWord& pending_word(std::uint32_t word) {
    return table_at<SharedWord>(domain_, domain_.state().pending, kPendingTable, word);
  }

  static constexpr const char* kStopped =
      "the pin expired while this process was stopped; try again";

  Worker& worker_;
  Domain& domain_;
  const How how_;
  CheckpointReport report_;
  std::uint32_t slots_ = 0;
  std::uint32_t next_name_ = 0;
  std::vector<Changed> changed_;
  std::unordered_map<std::uint32_t, std::uint32_t> retained_;  // slot -> versions
  std::optional<CheckpointRecord> base_;                       // the newest record
  bool base_on_disk_ = false;
  std::optional<CheckpointRecord> logged_;  // what the log says behind it
  std::optional<Snapshot> snapshot_;
  std::optional<Handle> table_;
};

StatusOr<CheckpointReport> run(Worker& worker, How how) {
  Domain& domain = worker.domain();
  check((worker.slot().pin.load_relaxed() & kPinOn) == 0,
        "a checkpoint by a worker that holds a pin");  // our own word
  if (!domain.region().is_on_disk())
    return invalid_argument("a checkpoint of a domain that is no file");
  if (domain.read_only())
    return permission_denied("a checkpoint of domain " + domain.path() +
                             ", which was opened for reading only");
  if (domain.state().durability_failed.load_relaxed() != 0) {  // only ever set
    return internal_error("checkpoint of domain " + domain.path() + ": a sync has failed" +
                          kOnlyInMemory);
  }
  auto lock = domain.region().try_lock(kLockCheckpoint);
  if (!lock.ok()) return lock.status();
  if (!lock->held()) return unavailable("another worker is making a checkpoint");
  DomainState& state = domain.state();
  state.checkpoint_busy.store_relaxed(1);  // a hint: to try for the lock is in vain
  auto made = Checkpoint(worker, how).run();
  state.checkpoint_busy.store_relaxed(0);
  *lock = FileLock();
  // Without the lock, so that one of those who wake up can have it.
  // edge: durable
  state.checkpoint_ends.add_seq(1);
  wake_all(state.checkpoint_ends);
  return made;
}

}  // namespace

StatusOr<CheckpointReport> checkpoint(Worker& worker) { return run(worker, How::kWhole); }

StatusOr<CheckpointReport> make_durable(Worker& worker) { return run(worker, How::kLogged); }

std::uint64_t visible_clock(const Domain& domain) {
  // edge: clock
  return domain.state().clock.load_seq();
}

Status wait_durable(Worker& worker, std::uint64_t clock, std::uint32_t timeout_ms) {
  const DomainState& state = worker.domain().state();
  const std::uint64_t began = monotonic_ns();
  for (bool parked = false;; parked = true) {
    // edge: durable (before all else: it changes behind what we look at)
    const std::uint32_t ended = state.checkpoint_ends.load_seq();
    // edge: durable
    if (state.durable_clock.load_seq() >= clock) return {};
    if (parked || state.checkpoint_busy.load_relaxed() == 0) {  // a hint; it may have died
      const auto made = make_durable(worker);
      if (made.ok()) continue;
      if (made.status().code() != StatusCode::kUnavailable) return made.status();
    }
    const std::uint64_t waited_ms = (monotonic_ns() - began) / 1'000'000;
    if (waited_ms >= timeout_ms) {
      return unavailable("not yet durable after " + std::to_string(waited_ms) +
                         " ms: whoever makes the checkpoint of domain " + worker.domain().path() +
                         " is slow, or stopped");
    }
    park_on(state.checkpoint_ends, ended);
  }
}

std::uint64_t durability(const Domain& domain) {
  return domain.state().durability.load_relaxed();  // a wish
}

Status set_durability(Worker& worker, std::uint64_t durability) {
  Domain& domain = worker.domain();
  if (durability != kDurabilityNone && !domain.region().is_on_disk())
    return invalid_argument("a durable domain needs a file");
  domain.state().durability.store_relaxed(durability);  // a wish
  if (durability == kDurabilityNone) return {};
  set_dirty(domain, SlotIndex{kRegistrySlot});  // so that there is a record, and it says so
  return wait_durable(worker, visible_clock(domain));
}

bool checkpoint_due(const Domain& domain, std::uint64_t last_ms) {
  const std::uint64_t wish = durability(domain);
  if (wish == kDurabilityNone || domain.state().durability_failed.load_relaxed() != 0) return false;
  return wish == kDurabilityCommit || last_ms >= wish;
}

void close_in_order(Domain& domain) {
  if (!domain.region().is_on_disk() || !newest_checkpoint(domain)) return;
  bool alone = true;
  each_worker_slot(domain, [&](std::uint32_t, const WorkerSlot& slot) {
    // edge: lease
    const auto state = static_cast<LeaseState>(slot.lease.load_seq() & 0xff);
    alone = alone && state == LeaseState::kFree;
  });
  if (!alone) return;
  // Nobody is left to be told that it failed; then the last one stands, as after a power cut.
  if (auto worker = Worker::join(domain); worker.ok()) (void)checkpoint(**worker).ok();
}

}  // namespace yin::substrate
