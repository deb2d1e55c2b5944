#include "substrate/worker.h"

#include <algorithm>
#include <iterator>

#include "substrate/check.h"
#include "substrate/clock.h"
#include "substrate/hold.h"
#include "substrate/lease.h"
#include "substrate/park.h"
#include "substrate/pin.h"
#include "substrate/process.h"
#include "substrate/ready.h"
#include "substrate/slab.h"
#include "substrate/space.h"
#include "substrate/table.h"
#include "substrate/timer.h"

namespace yin::substrate {

namespace {

constexpr std::uint64_t lease_word(LeaseState state, std::uint32_t generation) {
  return static_cast<std::uint64_t>(state) | std::uint64_t{generation} << 32;
}
constexpr LeaseState lease_state(std::uint64_t lease) {
  return static_cast<LeaseState>(lease & 0xff);
}
constexpr std::uint32_t lease_generation(std::uint64_t lease) {
  return static_cast<std::uint32_t>(lease >> 32);
}

// Takes over what a dead worker left. The caller holds the worker's lock byte. Restartable: every
// step may be done twice.
std::uint32_t adopt(Domain& domain, std::uint32_t index, WorkerSlot& slot) {
  // edge: lease
  const std::uint32_t generation = lease_generation(slot.lease.load_acquire());
  // edge: lease
  slot.lease.store_release(lease_word(LeaseState::kAdopting, generation));

  const SlabMap map(domain);
  // edge: gc-start (a tag that no running cycle may sweep)
  const std::uint32_t cycle = gc_cycle(domain.state().gc.load_seq());
  // edge: committed
  const auto slabs = static_cast<std::uint32_t>(domain.state().next_slab.load_acquire());
  for (std::uint32_t slab = map.lead(); slab < slabs; ++slab) {
    if (map.is_lead(slab)) continue;
    // edge: slab-owner
    const std::uint64_t state = map.descriptor(slab).state.load_acquire();
    if (unpack_slab(state).owner == index + 1) release_slab(map, slab, cycle);
  }

  // Whatever it was running or had just committed to is looked at again (amendment A8).
  std::uint32_t agents = 0;
  // edge: touched
  if (const std::uint32_t current = slot.current.load_acquire(); current != 0) {
    const SlotIndex agent{current - 1};
    if (auto* root = find_root_slot(domain, agent)) {
      std::uint32_t was = root->running.load_relaxed();  // the CAS decides
      // edge: running
      while ((was & kRunningWorker) == index + 1 &&
             !root->running.cas_seq(was, (was & ~kRunningWorker) + kRunningDeath)) {
      }
    }
    set_ready(domain, agent);
    ++agents;
  }
  // edge: touched
  const std::uint32_t touched = slot.touched_count.load_acquire();
  const auto look_again = [&](SlotIndex touched_slot) {
    set_ready(domain, touched_slot);
    if (const RootSlot* root = find_root_slot(domain, touched_slot)) wake_all(low_half(root->head));
  };
  for (std::uint32_t i = 0; i < std::min(touched, kTouchedMax); ++i) {
    look_again(SlotIndex{slot.touched[i].load_relaxed()});  // ordered by the count
  }
  // edge: slot-made
  const std::uint32_t slots = touched <= kTouchedMax ? 0 : domain.state().next_slot.load_acquire();
  for (std::uint32_t i = 0; i < slots; ++i) look_again(SlotIndex{i});
  forget_next_timer(domain);  // it may have been looking at the timers
  drop_holds_of(domain, index, cycle);
  slot.current.store_relaxed(0);  // the lease's release below carries these
  slot.touched_count.store_relaxed(0);
  // edge: pin
  slot.pin.store_release(0);
  // edge: lease
  slot.lease.store_release(lease_word(LeaseState::kFree, generation + 1));
  return agents;
}

// A slot to be ours: its lock held, its lease free (adopted first if its owner died).
struct Claim {
  std::uint32_t index;
  FileLock lock;
};

// The lock of slot `index`, held if the slot is ours now.
StatusOr<FileLock> claim_at(Domain& domain, std::uint32_t index) {
  WorkerSlot& slot = *worker_slot(domain, index);
  // edge: lease
  std::uint64_t lease = slot.lease.load_acquire();
  if (lease_state(lease) != LeaseState::kFree &&
      !domain.region().lock_is_free(kLockWorkers + index))
    return FileLock();
  auto lock = domain.region().try_lock(kLockWorkers + index);
  if (!lock.ok() || !lock->held()) return lock;
  // edge: lease (again, now that the byte is ours)
  lease = slot.lease.load_acquire();
  if (lease_state(lease) != LeaseState::kFree) {
    if (!process_is_gone(owner_of(slot)))
      return FileLock();  // its lock was dropped by accident; it is alive
    adopt(domain, index, slot);
    // edge: lease
    lease = slot.lease.load_acquire();
  }
  const ProcessIdentity self = this_process();
  // A private region's locks tell nothing: there the CAS alone decides. Adopting counts as taken.
  // edge: lease
  if (!slot.lease.cas_seq(lease, lease_word(LeaseState::kAdopting, lease_generation(lease))))
    return FileLock();
  slot.process.store_relaxed(self.pid);  // carried by the lease below
  slot.process_start.store_relaxed(self.start);
  slot.pid_namespace.store_relaxed(self.pid_namespace);
  slot.joined_ns.store_relaxed(wall_clock_ns());
  // edge: lease
  slot.lease.store_release(lease_word(LeaseState::kActive, lease_generation(lease)));
  SharedHalf& high = domain.state().worker_high;
  std::uint32_t seen = high.load_relaxed();  // a bound for scans
  // edge: lease
  while (seen < index + 1 && !high.cas_seq(seen, index + 1)) {
  }
  return lock;
}

// A free slot, the lowest; else a dead worker's; else a new one. Whether a slot in use is a dead
// worker's takes a system call, which the kernel answers in time linear in the locks there are: so
// of thousands a joiner looks at some, and leaves the others to adopt_dead_workers().
constexpr std::uint32_t kDeadLooks = 64;

StatusOr<Claim> claim_worker_slot(Domain& domain) {
  DomainState& state = domain.state();
  // edge: lease
  const std::uint32_t high = state.worker_high.load_acquire();
  for (std::uint32_t index = 0; index < high; ++index) {
    // edge: lease
    const std::uint64_t lease = worker_slot(domain, index)->lease.load_acquire();
    if (lease_state(lease) != LeaseState::kFree) continue;
    auto lock = claim_at(domain, index);
    if (!lock.ok()) return lock.status();
    if (lock->held()) return Claim{index, *std::move(lock)};
  }
  const std::uint64_t start = high <= kDeadLooks ? 0 : monotonic_ns();
  for (std::uint32_t look = 0; look < std::min(high, kDeadLooks); ++look) {
    const auto index = static_cast<std::uint32_t>((start + look) % high);
    auto lock = claim_at(domain, index);
    if (!lock.ok()) return lock.status();
    if (lock->held()) return Claim{index, *std::move(lock)};
  }
  for (std::uint32_t index = high;; ++index) {
    if (index + 1 >= 0xffff)
      return resource_exhausted("domain " + domain.path() + ": all 65,534 workers are in use");
    Status room = table_ensure(domain, state.workers, kWorkerTable, index);
    if (!room.ok()) return room;
    auto lock = claim_at(domain, index);
    if (!lock.ok()) return lock.status();
    if (lock->held()) return Claim{index, *std::move(lock)};
  }
}

}  // namespace

Worker::Worker(Domain& domain)
    : domain_(domain), base_(domain.base()), hash_seed_(domain.identity().hash_seed) {}

StatusOr<std::unique_ptr<Worker>> Worker::join(Domain& domain) {
  std::byte* zone = domain.take_private_zone();
  if (zone == nullptr) {
    return resource_exhausted("domain " + domain.path() + ": this process has " +
                              std::to_string(Region::zone_count()) +
                              " workers already, the most one may have");
  }
  std::unique_ptr<Worker> worker(new Worker(domain));
  worker->nursery_ = std::make_unique<Nursery>(domain, zone);
  auto claim = claim_worker_slot(domain);
  if (!claim.ok()) return claim.status();
  worker->index_ = static_cast<WorkerIndex>(claim->index);
  worker->slot_ = worker_slot(domain, claim->index);
  worker->lease_ = std::move(claim->lock);
  worker->slab_ = std::make_unique<SlabAllocator>(*worker);
  worker->objects_ = worker->slab_.get();
  worker->cells_ = std::make_unique<CellAllocator>(*worker);
  return worker;
}

Worker::~Worker() {
  if (slot_ == nullptr) return;
  check(pin_depth_ == 0, "a worker leaves with a pin held");
  slab_.reset();  // releases their slabs
  cells_.reset();
  nursery_.reset();
  // edge: gc-start
  drop_holds_of(domain_, raw(index_), gc_cycle(domain_.state().gc.load_seq()));
  slot_->current.store_relaxed(0);  // carried by the lease
  slot_->touched_count.store_relaxed(0);
  // edge: pin
  slot_->pin.store_release(0);
  // edge: lease
  const std::uint32_t generation = lease_generation(slot_->lease.load_acquire());
  // edge: lease
  slot_->lease.store_release(lease_word(LeaseState::kFree, generation + 1));
}

std::uint16_t Worker::owner() const { return static_cast<std::uint16_t>(raw(index_) + 1); }

std::uint16_t Worker::owner_generation() const {
  return static_cast<std::uint16_t>(lease_generation(slot_->lease.load_relaxed()));  // our own
}

const Status& Worker::space_status() const {
  for (const Status* why : {&slab_->status(), &cells_->status()}) {
    if (!why->ok()) return *why;
  }
  return no_name_;
}

// Slabs filled meanwhile go back with the cycle read now, while still pinned (protocol.md 4).
void Worker::unpin_filled() {
  has_filled_ = false;
  // edge: gc-start
  const std::uint32_t cycle = gc_cycle(domain_.state().gc.load_seq());
  slab_->release_filled(cycle);
  cells_->release_filled(cycle);
  // edge: pin
  slot_->pin.store_release(pin_sequence_);
  if (clears_space_) clear_space_status();
  pay_allocation_debt(*this);
}

Status Worker::take_space_status() {
  Status why = space_status();
  clear_space_status();
  return why;
}

void Worker::clear_space_status() {
  clears_space_ = pin_depth_ != 0;
  if (clears_space_) return note_filled();
  has_space_ = true;
  slab_->clear_status();
  cells_->clear_status();
  no_name_ = {};
}

Edit Edit::in_nursery(const Pin& pin) { return {pin, pin.worker().nursery()}; }

void retire_leases(const Domain& domain) {
  each_worker_slot(domain, [](std::uint32_t, WorkerSlot& slot) {
    // edge: lease
    const std::uint64_t lease = slot.lease.load_acquire();
    if (lease_state(lease) == LeaseState::kFree) return;
    // edge: pin
    slot.pin.store_release(0);
    // edge: lease
    slot.lease.store_release(lease_word(LeaseState::kFree, lease_generation(lease) + 1));
  });
}

Adoption adopt_dead_workers(Worker& self) {
  Adoption result;
  Domain& domain = self.domain();
  const ProcessIdentity ours = owner_of(self.slot());
  // edge: lease
  const std::uint32_t high = domain.state().worker_high.load_acquire();
  for (std::uint32_t index = 0; index < high; ++index) {
    WorkerSlot* slot = worker_slot(domain, index);
    if (index == raw(self.index()) || slot == nullptr) continue;
    // edge: lease
    if (lease_state(slot->lease.load_acquire()) == LeaseState::kFree) continue;
    if (owner_of(*slot) == ours && ours.pid_namespace != 0) continue;  // we live
    if (!domain.region().lock_is_free(kLockWorkers + index)) continue;
    if (!process_is_gone(owner_of(*slot))) continue;
    auto lock = domain.region().try_lock(kLockWorkers + index);
    if (!lock.ok() || !lock->held()) continue;  // somebody else adopts it, or a new worker took it
    // Again, now that the byte is ours: others may have come and gone meanwhile.
    // edge: lease
    if (lease_state(slot->lease.load_acquire()) == LeaseState::kFree ||
        !process_is_gone(owner_of(*slot)))
      continue;
    const std::uint32_t agents = adopt(domain, index, *slot);
    ++result.workers;
    result.agents += agents;
    self.slot().adopted.add_relaxed(agents);  // a count
  }
  return result;
}

LeaseName lease_of(const Worker& worker) {
  // edge: lease (our own)
  return {worker.index(), lease_generation(worker.slot().lease.load_acquire())};
}

bool is_held(const Domain& domain, LeaseName name) {
  const WorkerSlot* slot = worker_slot(domain, raw(name.worker));
  if (slot == nullptr) return false;
  // edge: lease
  const std::uint64_t lease = slot->lease.load_acquire();
  return lease_state(lease) != LeaseState::kFree && lease_generation(lease) == name.generation;
}

}  // namespace yin::substrate
