#pragma once

// Slabs: where objects live, who may write them, and how dead ones come back.
//
// A slab is 64 KiB and has at most one owner, a worker, who alone allocates in it, without atomics.
// A slab with an owner is never swept; an owner's release writes the current cycle as the slab's
// tag, and only a slab whose tag is older than the last finished cycle may be claimed and reused
// (protocol.md 4). Two allocators stand on that:
//
//   SlabAllocator  objects of mixed sizes, bumped through the runs of unmarked granules of a slab
//                  (mark-region, after Immix, Blackburn & McKinley, PLDI 2008); small ones in slabs
//                  whose runs are short, so that they neither leave those to nobody nor stand
//                  scattered where longer ones come and go (docs/decisions/0010); larger ones take a
//                  run of slabs
//   CellAllocator  version nodes and commit records, equal cells, reused only when two finished
//                  cycles in turn found them unmarked (amendment A2)
//
// When neither the swept slabs nor the file's growth give room, the slab allocator serves from the
// nursery and remembers why (edit.h); the cell allocator returns null.

#include <cstdint>
#include <iterator>
#include <vector>

#include "substrate/domain.h"
#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/status.h"

namespace yin::substrate {

class Worker;

// Where the groups of a domain's slabs and their tables stand.
class SlabMap {
 public:
  explicit SlabMap(const Domain& domain);

  [[nodiscard]] std::uint32_t slab_count() const { return slab_count_; }
  [[nodiscard]] std::uint32_t lead() const {
    return lead_;
  }  // slabs a group begins with that hold no objects
  [[nodiscard]] std::uint32_t group() const { return group_slabs_; }  // slabs a group
  [[nodiscard]] bool is_lead(std::uint32_t slab) const { return slab % group_slabs_ < lead_; }
  [[nodiscard]] SlabDescriptor& descriptor(std::uint32_t slab) const;
  // kSlabMarkWords of them. Its group is its own, or the one there is, if that is smaller.
  [[nodiscard]] SharedWord* marks(std::uint32_t slab) const {
    const std::uint64_t group = std::uint64_t{slab / kGroupSlabsMax} * kGroupSlabsMax;
    return reinterpret_cast<SharedWord*>(base_ + (group + 1) * kSlabBytes +
                                         (slab - group) * kSlabMarkBytes);
  }
  // The mark word of the granule at `offset`, and its bit's number.
  [[nodiscard]] SharedWord& mark_word(std::uint64_t offset) const {
    return marks(static_cast<std::uint32_t>(
        offset / kSlabBytes))[offset % kSlabBytes / (kGranule * kMarkedPerWord)];
  }
  [[nodiscard]] static unsigned mark_bit(std::uint64_t offset) {
    return static_cast<unsigned>(offset / kGranule % kMarkedPerWord);
  }
  // Makes every byte that slabs [from, to) need exist: their own, but for holes; their marks and
  // descriptors.
  [[nodiscard]] Status commit_range(std::uint32_t from, std::uint32_t to) const;
  // Brings them into this mapping, so that their first stores need no fault each.
  void populate_range(std::uint32_t from, std::uint32_t to) const;
  // Gives a hole its blocks back. The slab is the caller's, so is its shape. On failure it is as it
  // was.
  [[nodiscard]] Status fill_hole(std::uint32_t slab) const;

 private:
  [[nodiscard]] Status commit_slabs(std::uint32_t from, std::uint32_t to) const;
  template <class Visit>  // (first byte, bytes) of descriptors and marks of slabs of one group
  void each_table_of(std::uint32_t from, std::uint32_t to, Visit&& visit) const;

  const Domain* domain_;
  std::byte* base_;
  std::uint32_t slab_count_;
  std::uint32_t group_slabs_;
  std::uint32_t mark_slabs_;
  std::uint32_t lead_;
};

struct SlabState {
  std::uint16_t owner;  // worker index + 1, 0: nobody
  std::uint16_t owner_generation;
  std::uint32_t tag;
};
constexpr std::uint64_t pack(SlabState s) {
  return std::uint64_t{s.owner} << 48 | std::uint64_t{s.owner_generation} << 32 | s.tag;
}
constexpr SlabState unpack_slab(std::uint64_t bits) {
  return {static_cast<std::uint16_t>(bits >> 48), static_cast<std::uint16_t>(bits >> 32),
          static_cast<std::uint32_t>(bits)};
}
constexpr std::uint32_t shape_word(SlabKind kind, std::uint16_t stride = 0) {
  return static_cast<std::uint32_t>(kind) | std::uint32_t{stride} << 16;
}
constexpr SlabKind shape_kind(std::uint32_t shape) { return static_cast<SlabKind>(shape & 0xff); }
constexpr std::uint16_t shape_stride(std::uint32_t shape) {
  return static_cast<std::uint16_t>(shape >> 16);
}

// A pin word's label, and a word of its stall window: it belongs to the pin by the sequence.
constexpr std::uint32_t pin_label(std::uint64_t pin) {
  return static_cast<std::uint32_t>(pin >> 32);
}
constexpr std::uint64_t stall_word(std::uint64_t pin, std::uint64_t stamp) {
  return (pin / kPinSequence & 0xffff) << 48 | stamp;
}

// T0 of a cycle as its cell has it: with the cycle's low bits, since a collector that was taken over
// may still write there. A foreign one is not known.
constexpr std::uint64_t cycle_time(std::uint32_t cycle, std::uint64_t t0) {
  return std::uint64_t{cycle & 0xffff} << 48 | t0;
}

// The gc word.
constexpr std::uint32_t gc_cycle(std::uint64_t gc) { return static_cast<std::uint32_t>(gc >> 32); }
constexpr std::uint32_t gc_done(std::uint64_t gc) { return static_cast<std::uint32_t>(gc); }
constexpr std::uint64_t gc_word(std::uint32_t cycle, std::uint32_t done) {
  return std::uint64_t{cycle} << 32 | done;
}

// What a mark word says about its 32 granules once cycle `done` is finished: a bit for each that is
// in use.
constexpr std::uint32_t live_bits(std::uint64_t mark_word, std::uint32_t done) {
  const auto cycle = static_cast<std::uint32_t>(mark_word >> 32);
  if (cycle == done) return static_cast<std::uint32_t>(mark_word);
  return cycle < done ? 0 : ~std::uint32_t{0};  // a newer cycle's word: all live
}

// A slab's state word before anybody owned it. It never comes back to that.
inline constexpr std::uint64_t kNeverOwned = 0;

// Claims a slab that nobody owns, if it is as `seen` (amendment A6: the whole word). False:
// somebody else was faster.
bool claim_slab(const SlabMap& map, const Worker& worker, std::uint32_t slab, std::uint64_t seen);
void release_slab(const SlabMap& map, std::uint32_t slab, std::uint32_t tag);

// What a slab holds, for whoever builds a domain anew: nobody's, and old enough to be swept.
void restore_slab(const SlabMap& map, std::uint32_t slab, SlabKind kind, std::uint32_t run_length);

// Contiguous slabs never handed out before; grows the file when need be. They are the caller's only
// once it has claimed each as kNeverOwned: a sweeper takes up what a dead taker left and cannot
// tell it from what a live one has just taken.
StatusOr<std::uint32_t> take_fresh_slabs(Domain& domain, std::uint32_t count);
// Makes some of the slabs that will be handed out next exist, so that no writer waits for their
// pages: one step of 2 MiB a call, until there is a share of what the domain has, and none while
// there is room to be swept. True: a step was made. For whoever collects, as often as he can: a step
// takes 0.3 ms, but up to 60 where a virtual machine's host took the memory back, and writers are
// paced by who marks meanwhile. Cheap when there is nothing to do. A small domain stays small.
bool grow_ahead(Domain& domain);
// A slab with nothing in it, the worker's: a hole that was filled again, else a fresh one.
StatusOr<std::uint32_t> claim_unused_slab(Worker& worker, const SlabMap& map);
// A chunk for a table, zeroed: slabs that are never swept.
StatusOr<Offset> take_table_slabs(Domain& domain, std::uint64_t bytes);

// Free memory in a row.
struct Run {
  std::byte* next;
  std::byte* end;
};

class SlabAllocator final : public Allocator {
 public:
  explicit SlabAllocator(Worker& worker);
  ~SlabAllocator() override;

  [[nodiscard]] const Status& status() const { return status_; }
  void clear_status() { status_ = {}; }
  // Gives the slabs filled since the last call back, tagged with the cycle read while still pinned
  // (protocol.md 4).
  void release_filled(std::uint32_t cycle);
  void release_all();

  // Does the slab hold nothing, as far as one can see without claiming it?
  [[nodiscard]] bool looks_empty(std::uint32_t slab) const;
  // Makes free slabs of a large object that starts there and is dead: only then do its others look
  // empty.
  void free_dead_large(std::uint32_t slab);
  // Gives the blocks of those of slabs [from, to) that hold nothing back to the file system, those
  // in a row at once. Returns how many slabs that was.
  std::uint32_t punch(std::uint32_t from, std::uint32_t to);

 private:
  // What an open slab is for: blocks of at most kSmallBytes, or longer ones.
  enum class Use : std::uint8_t { kSmall, kOthers };

  std::byte* refill(std::uint64_t size) override;
  std::byte* large(std::uint64_t size);
  std::byte* fallback(std::uint64_t size, Status why);
  bool take_run(std::uint64_t size);
  bool take_small_run(std::uint64_t size);
  bool take_fitting(std::vector<Run>& runs, std::uint64_t size, Run& found);
  void keep(Run run, Use use);
  void give_rest(Run rest, std::vector<Run>& runs);
  void tell_handed_out();
  void retire(std::uint32_t slab);
  void retire_all(std::vector<std::uint32_t>& open);
  [[nodiscard]] bool is_in(const std::byte* at, std::uint32_t slab) const;
  bool open_swept(SharedWord& cursor, Use found_by, Use use, std::uint32_t looks);
  Status open_fresh(Use use);
  struct Room {
    std::uint64_t bytes = 0;
    std::uint64_t runs = 0;
    [[nodiscard]] bool is_worth(Use use) const;
  };
  [[nodiscard]] Room room_of(std::uint32_t slab, std::uint32_t done) const;
  bool reuse(std::uint32_t slab, std::uint32_t done, Use found_by, Use use);
  bool holds_nothing(std::uint32_t slab, std::uint32_t done);
  [[nodiscard]] bool belongs_to_large(std::uint32_t slab) const;
  void free_large(std::uint32_t slab);
  std::uint32_t claim_empty_run(std::uint32_t count);
  [[nodiscard]] bool all_dead(std::uint32_t slab, std::uint32_t done) const;
  [[nodiscard]] bool may_hold_nothing(std::uint32_t slab, std::uint64_t seen,
                                      std::uint32_t done) const;
  bool claim_empty(std::uint32_t slab, std::uint32_t done);
  StatusOr<std::uint32_t> claim_fresh_run(std::uint32_t count);
  void open(std::uint32_t slab, Use use);

  Worker& worker_;
  SlabMap map_;
  Status status_;
  std::vector<Run> short_runs_;            // free runs of the open slabs, last one next
  std::vector<Run> long_runs_;             // those that medium objects may fit in
  std::vector<Run> small_runs_;            // of slabs opened for small objects
  std::vector<std::uint32_t> open_;        // owned, with runs left; oldest first
  std::vector<std::uint32_t> open_small_;  // the same, for small objects
  std::uint64_t handed_out_ = 0;  // bytes of runs taken since they were last counted for pacing
  std::vector<std::uint32_t> filled_;  // owned, used up, given back when the pin goes
};

class CellAllocator {
 public:
  explicit CellAllocator(Worker& worker);
  ~CellAllocator();

  // A cell of kCellBytes[size_class], contents arbitrary, or null: no room (see
  // Worker::space_status for why).
  [[nodiscard]] std::byte* allocate(unsigned size_class) {
    Class& c = classes_[size_class];
    if (c.free.next == c.free.end && !refill(size_class)) [[unlikely]]
      return nullptr;
    std::byte* cell = c.free.next;
    c.free.next += kCellBytes[size_class];
    // The same place in every cell.
    reinterpret_cast<VersionNode*>(cell)->quarantine.store_relaxed(0);
    return cell;
  }
  // Takes back a cell that was never offered to anyone. It is used again if its slab is still ours,
  // else swept later.
  void give_back(unsigned size_class, std::byte* cell);
  void release_filled(std::uint32_t cycle);
  void release_all();

  [[nodiscard]] const Status& status() const { return status_; }
  void clear_status() { status_ = {}; }

 private:
  struct Class {
    Run free{};              // cells nobody uses, all of them in one slab:
    std::vector<Run> more;   // ... and further ones, the last one next
    std::uint32_t open = 0;  // that slab, 0: none
  };
  bool refill(unsigned size_class);
  void retire(Class& c);
  bool open_swept(unsigned size_class);
  bool open_fresh(unsigned size_class);
  void collect_free(Class& c, std::uint32_t slab, std::uint32_t done);
  void fill_with_all(Class& c, unsigned size_class, std::uint32_t slab);

  Worker& worker_;
  SlabMap map_;
  Status status_;
  Class classes_[std::size(kCellBytes)];
  std::vector<std::uint32_t> filled_;
};

}  // namespace yin::substrate
