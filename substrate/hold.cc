#include "substrate/hold.h"

#include <algorithm>

#include "substrate/check.h"
#include "substrate/commit.h"
#include "substrate/domain.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

constexpr std::uint32_t kLooks = 16;  // at entries that may be free, before the table grows

RootHold* find_hold(const Domain& domain, std::uint32_t index) {
  return table_find<RootHold>(domain, domain.state().holds, kHoldTable, index);
}

std::uint32_t cycle_now(const Domain& domain) {
  // edge: gc-start
  return gc_cycle(domain.state().gc.load_seq());
}

// As dropped in `cycle`, if it is still as `seen`. Who watches a slot is counted there, so that
// nobody wakes in vain.
void drop_entry(Domain& domain, RootHold& entry, std::uint64_t seen, std::uint32_t cycle) {
  HoldState state = unpack_hold(seen);
  const SlotIndex slot{static_cast<std::uint32_t>(entry.slot.load_relaxed())};  // behind the state
  state.dropped = true;
  state.cycle = cycle;
  // edge: hold
  if (!entry.state.cas_seq(seen, pack(state)) || state.phase != HoldPhase::kSince) return;
  // edge: watch
  if (RootSlot* watched = find_root_slot(domain, slot)) watched->waiters.add_seq(~std::uint32_t{0});
}

// The word may be of those that found no room.
Status may_be_held(const Pin& pin, Word word) {
  if (!pin.worker().has_space()) return pin.worker().take_space_status();
  check(!is_reference(word) || !pin.worker().domain().is_private(object_offset(word)),
        "a handle to private memory: publish() first");
  return {};
}

}  // namespace

// Entries dropped before this cycle are nobody's any more: a later one is finished, and no guard of
// so old a label was passed by in it.
std::uint32_t HoldCache::free_before(const Domain& domain) {
  // edge: gc-finish
  const std::uint32_t done = gc_done(domain.state().gc.load_seq());
  if (done == done_) return free_before_;
  done_ = done;
  free_before_ = done;
  each_worker_slot(domain, [&](std::uint32_t, const WorkerSlot& slot) {
    // edge: pin
    const std::uint64_t pin = slot.pin.load_seq();
    if ((pin & kPinStalled) != 0) free_before_ = std::min(free_before_, pin_label(pin));
  });
  return free_before_;
}

StatusOr<Hold> Hold::take(const Pin& pin, HoldPhase phase) {
  Worker& worker = pin.worker();
  Domain& domain = worker.domain();
  SharedHalf& next = domain.state().next_hold;
  HoldCache& cache = worker.holds();
  const std::uint64_t taken = pack({HoldPhase::kTaken, false, worker.owner(), 0});
  Hold hold;
  hold.domain_ = &domain;
  const auto take_if = [&](auto is_free) {
    SharedWord& state = hold.entry().state;
    // edge: hold
    std::uint64_t seen = state.load_acquire();
    // edge: hold
    return is_free(unpack_hold(seen)) && state.cas_seq(seen, taken);
  };

  // The place of our own last snapshot: only this thread read through it, under pins since gone.
  if (phase == HoldPhase::kSnapshot && cache.spare_snapshot(worker.pin_sequence(), hold.index_) &&
      take_if([&](HoldState was) {
        return was.dropped && was.phase == HoldPhase::kSnapshot && was.owner == worker.owner();
      })) {
    return hold;
  }
  const std::uint32_t free_before = cache.free_before(domain);
  const auto is_free = [&](HoldState was) {
    return was.phase == HoldPhase::kFree || (was.dropped && was.cycle < free_before);
  };
  // edge: slot-made
  std::uint32_t count = next.load_acquire();
  for (std::uint32_t look = 0; look < std::min(count, kLooks); ++look) {
    hold.index_ = cache.next_look(count);
    if (take_if(is_free)) return hold;
  }
  do {
    Status room = table_ensure(domain, domain.state().holds, kHoldTable, count);
    if (!room.ok()) return hold.domain_ = nullptr, room;
    hold.index_ = count;
    // edge: slot-made
  } while (!next.cas_seq(count, count + 1) || !take_if(is_free));
  // Places come back by a cycle: who only reads, and so allocates nothing else, makes one due too.
  domain.state().allocated_bytes.add_relaxed(sizeof(RootHold));  // pacing only
  return hold;
}

RootHold& Hold::entry() const {
  RootHold* found = find_hold(*domain_, index_);
  check(found != nullptr, "a hold beyond the table");
  return *found;
}

void Hold::begin(const Pin& pin, HoldPhase phase, std::uint64_t content, SlotIndex slot) {
  RootHold& hold = entry();
  hold.content.store_relaxed(content);  // carried by the state, as the slot
  hold.slot.store_relaxed(raw(slot));
  const std::uint16_t owner = phase == HoldPhase::kLast ? 0 : pin.worker().owner();
  // edge: hold
  hold.state.store_seq(pack({phase, false, owner, 0}));
}

void Hold::drop() {
  if (domain_ == nullptr) return;
  Domain& domain = *std::exchange(domain_, nullptr);
  RootHold& hold = *find_hold(domain, index_);
  // edge: hold
  const std::uint64_t seen = hold.state.load_acquire();
  // With the cycle read after the last use (protocol.md 5). An adopter may have been here.
  if (!unpack_hold(seen).dropped) drop_entry(domain, hold, seen, cycle_now(domain));
}

StatusOr<Handle> Handle::make(const Pin& pin, Word word) {
  if (Status shared = may_be_held(pin, word); !shared.ok()) return shared;
  auto hold = Hold::take(pin, HoldPhase::kHandle);
  if (!hold.ok()) return hold.status();
  hold->begin(pin, HoldPhase::kHandle, word.bits);
  if (pin.expired()) return why_not(pin, CommitOutcome::kExpired);
  return Handle(*std::move(hold));
}

bool Handle::clear(const Pin& pin) {
  // edge: gc-start
  const std::uint64_t gc = pin.worker().domain().state().gc.load_seq();
  if (gc_cycle(gc) != gc_done(gc) || pin.expired()) return false;
  // edge: hold
  hold_.entry().content.store_release(kNil.bits);
  return true;
}

Status Handle::set(const Pin& pin, Word word) {
  if (Status shared = may_be_held(pin, word); !shared.ok()) return shared;
  // edge: hold
  hold_.entry().content.store_seq(word.bits);
  return pin.expired() ? why_not(pin, CommitOutcome::kExpired) : Status{};
}

Word Handle::get() const {
  // edge: hold (behind whoever gave us the handle)
  return Word{hold_.entry().content.load_acquire()};
}

StatusOr<Snapshot> Snapshot::take(const Pin& pin) {
  auto hold = Hold::take(pin, HoldPhase::kSnapshot);
  if (!hold.ok()) return hold.status();
  SharedWord& clock = pin.worker().domain().state().clock;
  // Registered before the clock moves on: else a cycle could take its time in between and cut what
  // we are about to read (protocol.md 5).
  // edge: clock
  std::uint64_t t = clock.load_seq();
  for (;;) {
    hold->begin(pin, HoldPhase::kSnapshot, t);
    // edge: clock
    const std::uint64_t again = clock.load_seq();
    if (again == t) break;
    t = again;
  }
  std::uint64_t now = t;
  // edge: clock (whoever advances it does it for all)
  clock.cas_seq(now, t + 1);
  if (pin.expired()) return why_not(pin, CommitOutcome::kExpired);
  return Snapshot(pin.worker(), *std::move(hold), t);
}

Snapshot::~Snapshot() {
  if (hold_.held()) worker_->holds().put_spare_snapshot(hold_.index(), worker_->pin_sequence());
}

Status retain(const Pin& pin, RootRef ref, std::uint32_t count) {
  Domain& domain = pin.worker().domain();
  set_dirty(domain, ref.slot);  // a checkpoint notes it
  // edge: slot-made
  const std::uint32_t holds = domain.state().next_hold.load_acquire();
  for (std::uint32_t i = 0; i < holds; ++i) {
    RootHold* entry = find_hold(domain, i);
    // edge: hold
    const std::uint64_t seen = entry->state.load_acquire();
    const HoldState state = unpack_hold(seen);
    if (state.dropped || state.phase != HoldPhase::kLast) continue;
    if (entry->slot.load_relaxed() != raw(ref.slot)) continue;  // behind the state
    if (count <= 1) {
      drop_entry(domain, *entry, seen, cycle_now(domain));
    } else {
      entry->content.store_relaxed(count);  // a wish: the next cycle heeds it
    }
    return {};
  }
  if (count <= 1) return {};
  auto hold = Hold::take(pin, HoldPhase::kLast);
  if (!hold.ok()) return hold.status();
  hold->begin(pin, HoldPhase::kLast, count, ref.slot);
  hold->leave();
  return {};
}

std::vector<Retention> retentions(const Domain& domain) {
  std::vector<Retention> found;
  // edge: slot-made
  const std::uint32_t holds = domain.state().next_hold.load_acquire();
  for (std::uint32_t i = 0; i < holds; ++i) {
    const RootHold* entry = find_hold(domain, i);
    if (entry == nullptr) break;
    // edge: hold
    const HoldState state = unpack_hold(entry->state.load_acquire());
    if (state.dropped || state.phase != HoldPhase::kLast) continue;
    found.push_back({SlotIndex{static_cast<std::uint32_t>(entry->slot.load_relaxed())},
                     static_cast<std::uint32_t>(entry->content.load_relaxed())});  // wishes
  }
  return found;
}

void drop_holds_of(Domain& domain, std::uint32_t worker, std::uint32_t cycle) {
  // edge: slot-made
  const std::uint32_t count = domain.state().next_hold.load_acquire();
  for (std::uint32_t i = 0; i < count; ++i) {
    RootHold* entry = find_hold(domain, i);
    if (entry == nullptr) return;
    // edge: hold
    const std::uint64_t seen = entry->state.load_acquire();
    const HoldState was = unpack_hold(seen);
    if (was.owner == worker + 1 && !was.dropped) drop_entry(domain, *entry, seen, cycle);
  }
}

}  // namespace yin::substrate
