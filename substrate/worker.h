#pragma once

// Worker: one thread's membership in a domain: its lease, its pin word, its allocators.
//
// A worker slot is held by a byte lock of the worker's own open file description, which the kernel
// gives back when the process dies however it dies; nothing is judged by time (protocol.md 6).
// Whoever finds a free lock under a slot whose process is gone adopts it: releases its slabs,
// clears its pin, hands its agent on.
//
// A Worker belongs to one thread. Join one a thread; leave by destroying it.

#include <cstdint>
#include <memory>
#include <utility>

#include "substrate/domain.h"
#include "substrate/edit.h"
#include "substrate/nursery.h"
#include "substrate/process.h"
#include "substrate/region.h"
#include "substrate/status.h"
#include "substrate/turns.h"

namespace yin::substrate {

class SlabAllocator;
class CellAllocator;

// What a worker knows of the domain's table of holds (hold.h), so that taking one is quick.
class HoldCache {
 public:
  // Round and round. (A count that is taken modulo `count` would stand still while the table grows by
  // one for so many looks.)
  [[nodiscard]] std::uint32_t next_look(std::uint32_t count) {
    return looked_at_ = looked_at_ + 1 < count ? looked_at_ + 1 : 0;
  }
  // Entries dropped in cycles before this one are nobody's any more.
  std::uint32_t free_before(const Domain& domain);
  void put_spare_snapshot(std::uint32_t index, std::uint64_t pin_sequence) {
    spare_ = index;
    spare_since_ = pin_sequence;
    has_spare_ = true;
  }
  // False also when the pin under which it was let go is still the current one.
  [[nodiscard]] bool spare_snapshot(std::uint64_t pin_sequence, std::uint32_t& index) {
    if (!has_spare_ || spare_since_ == pin_sequence) return false;
    has_spare_ = false;
    index = spare_;
    return true;
  }

 private:
  std::uint32_t looked_at_ = 0;
  std::uint32_t done_ = 0;
  std::uint32_t free_before_ = 0;
  std::uint32_t spare_ = 0;
  std::uint64_t spare_since_ = 0;
  bool has_spare_ = false;
};

// What a worker saw of whoever collects (collector.h).
class CollectorWatch {
 public:
  bool stands_still(const Domain& domain, std::uint32_t takeover_ms);

 private:
  std::uint64_t alive_ = 0;
  std::uint64_t since_ns_ = 0;
};

class Worker {
 public:
  // kResourceExhausted: no slot or no space.
  static StatusOr<std::unique_ptr<Worker>> join(Domain& domain);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] Domain& domain() const { return domain_; }
  [[nodiscard]] WorkerIndex index() const { return index_; }
  [[nodiscard]] WorkerSlot& slot() const { return *slot_; }
  [[nodiscard]] std::uint16_t owner() const;  // as slab states spell it
  [[nodiscard]] std::uint16_t owner_generation() const;

  [[nodiscard]] SlabAllocator& slab() { return *slab_; }
  [[nodiscard]] CellAllocator& cells() { return *cells_; }
  [[nodiscard]] Nursery& nursery() { return *nursery_; }
  [[nodiscard]] Turns& turns() { return turns_; }
  [[nodiscard]] HoldCache& holds() { return holds_; }
  [[nodiscard]] CollectorWatch& collector_watch() { return collector_watch_; }
  // Of the outermost pin, now or last; changes with each.
  [[nodiscard]] std::uint64_t pin_sequence() const { return pin_sequence_; }

  // Ok, or why the last allocation in the slab had to be served from private memory. Stays until it
  // is cleared or taken, and as long as the pin under which that was: what found no room may be part
  // of what is built next. Behind it, the worker may find room again.
  [[nodiscard]] const Status& space_status() const;
  [[nodiscard]] bool has_space() const { return has_space_; }  // space_status().ok(), but inline
  void clear_space_status();
  [[nodiscard]] Status take_space_status();

  // For the allocators: something is to be done when the pin goes; space_status() changed.
  void note_filled() { has_filled_ = true; }
  void note_no_space() { has_space_ = false; }
  // The same for a name in a value that is being built (intern.h).
  void note_no_name(Status why) {
    no_name_ = std::move(why);
    note_no_space();
  }

 private:
  friend class Pin;
  friend class Edit;
  explicit Worker(Domain& domain);
  void unpin_filled();

  Domain& domain_;
  WorkerSlot* slot_ = nullptr;
  std::byte* base_;
  std::uint64_t hash_seed_;
  std::uint64_t pin_sequence_ = 0;
  std::uint32_t pin_depth_ = 0;
  bool has_filled_ = false;
  bool has_space_ = true;
  bool clears_space_ = false;     // when the pin goes
  Status no_name_;                // why a name found no room
  Allocator* objects_ = nullptr;  // slab_, as an edit knows it
  WorkerIndex index_{};
  FileLock lease_;
  std::unique_ptr<SlabAllocator> slab_;
  std::unique_ptr<CellAllocator> cells_;
  std::unique_ptr<Nursery> nursery_;
  Turns turns_;
  HoldCache holds_;
  CollectorWatch collector_watch_;
};

inline Pin::Pin(Worker& worker, PinRole role)
    : worker_(worker),
      word_(&worker.slot_->pin),
      base_(worker.base_),
      hash_seed_(worker.hash_seed_) {
  const std::uint64_t on = kPinOn | (role == PinRole::kCollector ? kPinCollector : 0);
  if (worker.pin_depth_++ != 0) return;
  const SharedWord& gc = at<DomainState>(Offset{kStateAt})->gc;
  // The label is validated: either the collector sees this pin, or the pin sees the new cycle
  // (protocol.md 2). edge: pin
  std::uint64_t cycle = gc.load_seq() >> 32;
  for (;;) {
    worker.pin_sequence_ = (worker.pin_sequence_ + kPinSequence) & 0xffffffff;
    // edge: pin
    word_->store_seq(cycle << 32 | worker.pin_sequence_ | on);
    // edge: pin
    const std::uint64_t again = gc.load_seq() >> 32;
    if (again == cycle) [[likely]]
      return;
    cycle = again;
  }
}

inline Pin::~Pin() {
  if (--worker_.pin_depth_ != 0) return;
  if (worker_.has_filled_) [[unlikely]] {
    worker_.unpin_filled();
  } else {
    // edge: pin
    word_->store_release(worker_.pin_sequence_);
  }
}

inline Edit Edit::in_slab(const Pin& pin) { return {pin, *pin.worker().objects_}; }

// Whose slot it is, or was.
inline ProcessIdentity owner_of(const WorkerSlot& slot) {  // the lease carried the three
  return {slot.process.load_relaxed(), slot.process_start.load_relaxed(),
          slot.pid_namespace.load_relaxed()};
}

// Finds workers whose process is gone, frees what they held and makes their agents runnable again.
// Any worker may call it at any time, several at once. Costs one system call a worker in use, but for
// those of this process.
struct Adoption {
  std::uint32_t workers = 0;
  std::uint32_t agents = 0;  // that a dead worker was running
};
Adoption adopt_dead_workers(Worker& self);

// Makes every worker slot free, and leaves all else as it stands. For a Domain that nobody else can
// have workers in.
void retire_leases(const Domain& domain);

}  // namespace yin::substrate
