#include "substrate/commit.h"

#include <algorithm>
#include <iterator>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/park.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

enum class Help : std::uint8_t { kDecided, kExpired, kNoSpace };

constexpr unsigned kNodeClass = 0;

unsigned record_class(std::size_t entries) { return entries <= 4 ? 1 : entries <= 16 ? 2 : 3; }
CommitEntry* entries_of(CommitRecord& record) {
  return reinterpret_cast<CommitEntry*>(&record + 1);
}

void set_dirty_bit(std::byte* base, const DomainState& state, std::uint32_t slot) {
  SharedWord& word = *table_find<SharedWord>(base, state.dirty, kDirtyTable, slot / 64);
  const std::uint64_t bit = std::uint64_t{1} << slot % 64;
  // edge: dirty
  if ((word.load_seq() & bit) != 0) return;
  // edge: dirty
  word.or_seq(bit);
}

// One transaction's view of the kernel: the pin and what follows from it.
class Kernel {
 public:
  explicit Kernel(const Pin& pin) : pin_(pin), worker_(pin.worker()) {}

  // The head of a slot; the flag is looked at after the root (protocol.md 2, amendment A12).
  [[nodiscard]] std::uint64_t load_head(const RootSlot& slot) const {
    // edge: head (the node's contents)
    return slot.head.load_seq();
  }
  [[nodiscard]] bool expired() const { return pin_.expired(); }
  [[nodiscard]] VersionNode& node(std::uint64_t offset) const {
    return *pin_.at<VersionNode>(offset_of(offset));
  }
  [[nodiscard]] CommitRecord& record(std::uint64_t offset) const {
    return *pin_.at<CommitRecord>(offset_of(offset));
  }
  [[nodiscard]] RootSlot& slot(std::uint32_t index) const {
    return *find_root_slot(pin_, SlotIndex{index});
  }

  // Makes the stamp of a slot's head final (protocol.md 3.1).
  Help resolve(std::uint32_t slot_index, VersionNode& h) {
    // edge: stamp
    if (h.ts.load_acquire() != kStampPending) [[likely]]
      return Help::kDecided;  // compressed by whoever stamped it, or dead
    return settle(slot_index, h);
  }

  [[gnu::noinline]] Help settle(std::uint32_t slot_index, VersionNode& h) {
    // edge: stamp
    while (h.ts.load_acquire() == kStampPending) {
      std::uint64_t pending = kStampPending;
      // edge: record
      if (const std::uint64_t r = h.record.load_acquire(); r == 0) {
        mark_dirty(slot_index);
        stamp(h.ts);
        wake_watchers(slot_index);
      } else {
        const Help helped = help(r);
        if (helped != Help::kDecided) return helped;
        // edge: stamp
        h.ts.cas_acq_rel(pending, decision(r));
      }
    }
    compress(h);
    return Help::kDecided;
  }

  // The committed version a resolved head stands for, 0: none.
  [[nodiscard]] std::uint64_t effective(std::uint64_t head) const {
    if (head == 0) return 0;
    const VersionNode& h = node(head);
    // edge: stamp
    if (h.ts.load_acquire() != kStampAborted) return head;
    // edge: base
    return h.base.load_acquire();
  }

  // Of a committed version.
  [[nodiscard]] std::uint64_t stamp_of(std::uint64_t version) const {
    // edge: stamp
    return node(version).ts.load_acquire() - kStampFirst;
  }
  [[nodiscard]] std::uint64_t base_of(std::uint64_t version) const {
    // edge: base
    return node(version).base.load_acquire();
  }

  // The version of an instant at or below a committed one, 0: none, or the pin expired on the way.
  [[nodiscard]] std::uint64_t version_at(std::uint64_t version, std::uint64_t clock) const {
    while (version != 0 && stamp_of(version) > clock) {
      version = base_of(version);
      if (expired()) return 0;
    }
    return version;
  }

  CommitOutcome commit_one(const CommitEntry& entry) {
    std::byte* cell = worker_.cells().allocate(kNodeClass);
    if (cell == nullptr) return CommitOutcome::kNoSpace;
    const CommitOutcome outcome = install_one(entry, cell);
    // Never offered, or only offered in a CAS that failed: nobody has it.
    if (outcome != CommitOutcome::kCommitted) worker_.cells().give_back(kNodeClass, cell);
    return outcome;
  }

  CommitOutcome commit_many(std::span<const CommitEntry> entries) {
    std::byte* cell = worker_.cells().allocate(record_class(entries.size()));
    if (cell == nullptr) return CommitOutcome::kNoSpace;
    auto* r = reinterpret_cast<CommitRecord*>(cell);
    r->decision.store_relaxed(kStampPending);  // published by the first install
    std::fill(std::begin(r->reserved), std::end(r->reserved), 0);
    r->entry_count = static_cast<std::uint32_t>(entries.size());
    std::copy(entries.begin(), entries.end(), entries_of(*r));
    const std::uint64_t at = raw(pin_.offset_of(r));
    const Help helped = help(at);
    std::uint64_t pending = kStampPending;
    if (helped != Help::kDecided) {
      // Interrupted in a commit of our own: abort it, unless somebody finished it
      // (protocol.md 3.5). edge: stamp
      r->decision.cas_acq_rel(pending, kStampAborted);
    }
    if (decision(at) != kStampAborted) return CommitOutcome::kCommitted;
    if (helped == Help::kNoSpace) return CommitOutcome::kNoSpace;
    return helped == Help::kExpired ? CommitOutcome::kExpired : CommitOutcome::kConflict;
  }

  static VersionNode& fill_node(std::byte* cell, const CommitEntry& entry, std::uint64_t r,
                                std::uint64_t head) {
    auto& n = *reinterpret_cast<VersionNode*>(cell);
    n.ts.store_relaxed(kStampPending);  // all published by the install
    n.value = entry.value;
    n.record.store_relaxed(r);
    n.base.store_relaxed(entry.expected);
    n.prev.store_relaxed(head);
    n.generation = entry.generation;
    return n;
  }

 private:
  [[nodiscard]] std::uint64_t decision(std::uint64_t r) const {
    // edge: stamp
    return record(r).decision.load_acquire();
  }

  // Before the stamp, by whoever stamps: a checkpoint that clears the bit then sees the node
  // (amendment A1).
  void mark_dirty(std::uint32_t slot_index) {
    set_dirty_bit(pin_.base(), state_of(pin_), slot_index);
  }

  // Everyone who ran a commit to its end wakes, not only the winner (protocol.md 9). Who else waits
  // for the slot is in the word that it returns.
  std::uint32_t wake_watchers(std::uint32_t slot_index) {
    const RootSlot& s = slot(slot_index);
    // edge: watch
    const std::uint32_t waiters = s.waiters.load_seq();
    if ((waiters & ~kTurnAsked) != 0) wake_all(low_half(s.head));
    return waiters;
  }

  // The clock is read after the node was seen installed (amendment A1).
  void stamp(SharedWord& word) {
    std::uint64_t pending = kStampPending;
    // edge: clock
    const std::uint64_t now = state_of(pin_).clock.load_seq();
    // edge: stamp
    word.cas_acq_rel(pending, now + kStampFirst);
  }

  // Readers' chain has strictly falling stamps: skip a base of the same instant. Idempotent, any
  // thread.
  void compress(VersionNode& h) {
    // edge: stamp
    const std::uint64_t ts = h.ts.load_acquire();
    if (ts == kStampAborted) return;
    // edge: base
    std::uint64_t base = h.base.load_acquire();
    if (base == 0) return;
    // edge: stamp
    if (node(base).ts.load_acquire() != ts) return;
    // edge: base
    const std::uint64_t below = node(base).base.load_acquire();
    // edge: base
    h.base.cas_acq_rel(base, below);
  }

  CommitOutcome install_one(const CommitEntry& entry, std::byte* cell) {
    RootSlot& s = slot(entry.slot);
    for (;;) {
      std::uint64_t head = load_head(s);
      if (expired()) return CommitOutcome::kExpired;
      if (head != 0) {
        const Help helped = resolve(entry.slot, node(head));
        if (helped == Help::kNoSpace) return CommitOutcome::kNoSpace;
        if (helped == Help::kExpired) return CommitOutcome::kExpired;
      }
      if (effective(head) != entry.expected) return CommitOutcome::kConflict;
      VersionNode& n = fill_node(cell, entry, 0, head);
      // edge: head
      if (s.head.cas_seq(head, raw(pin_.offset_of(&n)))) {
        mark_dirty(entry.slot);
        stamp(n.ts);
        compress(n);
        if ((wake_watchers(entry.slot) & kTurnAsked) != 0) [[unlikely]]
          worker_.turns().was_asked(s, SlotIndex{entry.slot}, raw(pin_.offset_of(&n)));
        return CommitOutcome::kCommitted;
      }
      // Somebody moved the head; lock-free, since somebody got on.
    }
  }

  // Runs a record to its decision (protocol.md 3.4), installing nodes of our own.
  Help help(std::uint64_t at) {
    CommitRecord& r = record(at);
    std::byte* spare = nullptr;
    const Help result = help_with(at, r, spare);
    if (spare != nullptr) worker_.cells().give_back(kNodeClass, spare);
    return result;
  }

  Help help_with(std::uint64_t at, CommitRecord& r, std::byte*& spare) {
    for (std::uint32_t i = 0; i < r.entry_count; ++i) {
      const CommitEntry& entry = entries_of(r)[i];
      RootSlot& s = slot(entry.slot);
      for (;;) {
        std::uint64_t head = load_head(s);
        if (expired()) return Help::kExpired;
        if (decision(at) != kStampPending)
          return Help::kDecided;  // after the head, every time round
        if (head != 0) {
          VersionNode& h = node(head);
          // edge: stamp
          if (h.ts.load_acquire() == kStampPending) {
            // edge: record
            if (h.record.load_acquire() == at)
              break;  // pending first: a final node's record is not to be compared
            // Its slots are higher than ours: depth strictly rises.
            const Help helped = resolve(entry.slot, h);
            if (helped != Help::kDecided) return helped;
            continue;
          }
        }
        if (effective(head) != entry.expected) {
          std::uint64_t pending = kStampPending;
          // edge: stamp
          r.decision.cas_acq_rel(pending, kStampAborted);
          return Help::kDecided;
        }
        if (spare == nullptr) spare = worker_.cells().allocate(kNodeClass);
        if (spare == nullptr) {
          // No room to help: an undecided record must not stop its readers, so it is aborted; its
          // owner tries again.
          std::uint64_t pending = kStampPending;
          // edge: stamp
          r.decision.cas_acq_rel(pending, kStampAborted);
          return decision(at) == kStampAborted ? Help::kNoSpace : Help::kDecided;
        }
        VersionNode& n = fill_node(spare, entry, at, head);
        // edge: head
        if (s.head.cas_seq(head, raw(pin_.offset_of(&n)))) {
          spare = nullptr;
          break;
        }
      }
    }
    for (std::uint32_t i = 0; i < r.entry_count; ++i) mark_dirty(entries_of(r)[i].slot);
    stamp(r.decision);
    // Settle our view of the heads, so that readers need not load the record.
    for (std::uint32_t i = 0; i < r.entry_count; ++i) {
      wake_watchers(entries_of(r)[i].slot);
      const std::uint64_t head = load_head(slot(entries_of(r)[i].slot));
      if (head == 0) continue;
      VersionNode& h = node(head);
      // edge: stamp
      if (h.ts.load_acquire() != kStampPending) continue;
      // edge: record
      if (h.record.load_acquire() != at) continue;
      std::uint64_t pending = kStampPending;
      // edge: stamp
      h.ts.cas_acq_rel(pending, decision(at));
      compress(h);
    }
    return Help::kDecided;
  }

  const Pin& pin_;
  Worker& worker_;
};

void note_touched(Worker& worker, std::span<const CommitEntry> entries) {
  WorkerSlot& slot = worker.slot();
  const auto count = std::min<std::size_t>(
      entries.size(), kTouchedMax);     // of more, an adopter wakes all slots there are
  slot.touched_count.store_relaxed(0);  // an adopter reads the count first
  for (std::size_t i = 0; i < count; ++i) slot.touched[i].store_relaxed(entries[i].slot);
  // edge: touched
  slot.touched_count.store_release(static_cast<std::uint32_t>(entries.size()));
}

}  // namespace

namespace {

CommitEntry entry_of(const Worker& worker, const Change& c) {
  check(!is_reference(c.value) || !worker.domain().is_private(object_offset(c.value)),
        "a commit of private memory: publish() first");
  return {raw(c.ref.slot), c.ref.generation, raw(c.expected), c.value.bits};
}

CommitOutcome commit_sorted(const Pin& pin, std::span<const Change> changes) {
  CommitEntry entries[kCommitMaxEntries];
  std::size_t count = 0;
  for (const Change& c : changes) entries[count++] = entry_of(pin.worker(), c);
  const std::span<CommitEntry> sorted(entries, count);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.slot < b.slot; });
  for (std::size_t i = 1; i < count; ++i)
    check(entries[i - 1].slot != entries[i].slot, "a slot twice in one commit");
  note_touched(pin.worker(), sorted);
  return Kernel(pin).commit_many(sorted);
}

}  // namespace

CommitOutcome commit(const Pin& pin, std::span<const Change> changes) {
  check(!changes.empty() && changes.size() <= kCommitMaxEntries, "a commit of 1 to 64 slots");
  Worker& worker = pin.worker();
  if (!worker.has_space()) return CommitOutcome::kNoSpace;
  CommitOutcome outcome;
  if (changes.size() == 1) {
    const CommitEntry entry = entry_of(worker, changes[0]);
    note_touched(worker, {&entry, 1});
    outcome = Kernel(pin).commit_one(entry);
  } else {
    outcome = commit_sorted(pin, changes);
  }
  if (outcome == CommitOutcome::kConflict) worker.slot().conflicts.add_relaxed(1);  // a count
  return outcome;
}

namespace {

constexpr std::uint64_t kNewest = ~std::uint64_t{0};  // an instant behind all others

RootRead read_version(const Pin& pin, RootRef ref, std::uint64_t clock) {
  Kernel kernel(pin);
  const RootSlot* slot = find_root_slot(pin, ref.slot);
  if (slot == nullptr) return {RootRead::Outcome::kDeleted, kNil, Offset::kNone};
  const std::uint64_t head = kernel.load_head(*slot);
  if (kernel.expired()) return {RootRead::Outcome::kExpired, kNil, Offset::kNone};
  if (head == 0) return {RootRead::Outcome::kDeleted, kNil, Offset::kNone};
  // A helper without room aborts what it met and comes back: look at the head again.
  if (const Help helped = kernel.resolve(raw(ref.slot), kernel.node(head));
      helped == Help::kNoSpace)
    return read_version(pin, ref, clock);
  std::uint64_t version = kernel.effective(head);
  if (clock != kNewest) version = kernel.version_at(version, clock);
  if (kernel.expired()) return {RootRead::Outcome::kExpired, kNil, Offset::kNone};
  if (version == 0) return {RootRead::Outcome::kDeleted, kNil, Offset::kNone};
  return as_read(kernel.node(version), ref, version);
}

}  // namespace

RootRead read_unsettled_root(const Pin& pin, RootRef ref) {
  return read_version(pin, ref, kNewest);
}

RootRead read_root_at(const Pin& pin, RootRef ref, std::uint64_t clock) {
  return read_version(pin, ref, clock);
}

RootRead read_slot(const Pin& pin, SlotIndex slot, RootKind kind, RootRef& ref) {
  // A generation nobody has gives the version without its value; then its own generation gives
  // both.
  const RootRead probe = read_root(pin, {kind, slot, kGenerationMax + 1});
  if (probe.version == Offset::kNone) return probe;
  ref = {kind, slot, pin.at<VersionNode>(probe.version)->generation};
  return read_root(pin, ref);
}

bool read_slot_at(const Pin& pin, SlotIndex slot, std::uint64_t clock, SlotAt& out) {
  out = {};
  const std::uint64_t head = raw(settle_head(pin, slot));
  const Kernel kernel(pin);
  const std::uint64_t newest = kernel.effective(head);
  const std::uint64_t version = kernel.version_at(newest, clock);
  if (kernel.expired()) return false;
  out.changed_since = version != newest;
  if (version == 0) return true;
  const VersionNode& node = kernel.node(version);
  out.generation = node.generation;
  out.value = Word{node.value};
  return true;
}

void set_dirty(const Domain& domain, SlotIndex slot) {
  set_dirty_bit(domain.base(), domain.state(), raw(slot));
}

Status ensure_slot(Domain& domain, SlotIndex slot) {
  DomainState& state = domain.state();
  Status room = table_ensure(domain, state.slots, kSlotTable, raw(slot));
  if (room.ok()) room = table_ensure(domain, state.ready, kReadyTable, raw(slot) / 64);
  if (room.ok()) room = table_ensure(domain, state.dirty, kDirtyTable, raw(slot) / 64);
  if (room.ok()) room = table_ensure(domain, state.pending, kPendingTable, raw(slot) / 64);
  return room;
}

bool restore_slot(const Pin& pin, SlotIndex slot, const SlotAt& content, std::uint64_t clock) {
  std::byte* cell = pin.worker().cells().allocate(kNodeClass);
  if (cell == nullptr) return false;
  VersionNode& node =
      Kernel::fill_node(cell, {raw(slot), content.generation, 0, content.value.bits}, 0, 0);
  node.ts.store_relaxed(clock + kStampFirst);  // published by the head, as all of it
  // edge: head
  root_slot(pin.worker().domain(), slot).head.store_release(raw(pin.offset_of(&node)));
  return true;
}

Offset settle_head(const Pin& pin, SlotIndex slot) {
  Kernel kernel(pin);
  for (;;) {
    const std::uint64_t head = kernel.load_head(kernel.slot(raw(slot)));
    if (head == 0 || kernel.expired()) return Offset::kNone;
    const Help helped = kernel.resolve(raw(slot), kernel.node(head));
    if (helped == Help::kDecided) return offset_of(head);
    if (helped == Help::kExpired) return Offset::kNone;
  }
}

std::uint64_t version_clock(const Pin& pin, Offset version) {
  return Kernel(pin).stamp_of(raw(version));
}

bool versions_since(const Pin& pin, SlotIndex slot, Offset seen, std::vector<Offset>& out) {
  out.clear();
  const Kernel kernel(pin);
  for (std::uint64_t at = raw(settle_head(pin, slot)); at != raw(seen);) {
    if (at == 0 || kernel.expired()) return out.clear(), false;
    const VersionNode& node = kernel.node(at);
    // edge: stamp
    if (node.ts.load_acquire() != kStampAborted) out.push_back(offset_of(at));
    // edge: log
    at = node.prev.load_acquire();
  }
  return !kernel.expired() || (out.clear(), false);
}

Status why_not(const Pin& pin, CommitOutcome outcome) {
  if (outcome == CommitOutcome::kNoSpace) return pin.worker().take_space_status();
  return unavailable("the pin expired while this process was stopped; try again with a new one");
}

StatusOr<NewRoot> new_root(const Pin& pin, RootKind kind) {
  Domain& domain = pin.worker().domain();
  DomainState& state = domain.state();
  std::uint32_t index = 0;
  for (SharedHalf& hint : state.free_slots) {
    // edge: slot-made
    if (hint.load_acquire() != 0) index = hint.exchange_seq(0);
    if (index != 0) break;
  }
  if (index != 0) {
    --index;
  } else {
    std::uint32_t next = state.next_slot.load_relaxed();  // the CAS decides
    for (;;) {
      Status room = ensure_slot(domain, SlotIndex{next});
      if (!room.ok()) return room;
      // edge: slot-made
      if (state.next_slot.cas_seq(next, next + 1)) break;
    }
    index = next;
  }
  const SlotIndex slot{index};
  const Offset head = settle_head(pin, slot);
  if (head == Offset::kNone) return NewRoot{{kind, slot, 1}, Offset::kNone};
  const RootRead now = read_root(
      pin, {kind, slot, kGenerationMax + 1});  // a generation nobody has: only the version
  if (now.version == Offset::kNone) return NewRoot{{kind, slot, 1}, Offset::kNone};
  const VersionNode& last = *pin.at<VersionNode>(now.version);
  // In use after all (the hint was old), or worn out: take another.
  if (last.value != kTombstone.bits || last.generation >= kGenerationMax)
    return new_root(pin, kind);
  return NewRoot{{kind, slot, last.generation + 1}, now.version};
}

void give_up_root(const Pin& pin, SlotIndex slot) {
  for (SharedHalf& hint : pin.worker().domain().state().free_slots) {
    std::uint32_t empty = 0;
    // edge: slot-made
    if (hint.load_relaxed() == 0 && hint.cas_seq(empty, raw(slot) + 1)) return;
  }
}

}  // namespace yin::substrate
