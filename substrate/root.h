#pragma once

// Root slots: named mutable places. A slot points to its newest version; versions are installed by
// commit.h only.
//
// Atoms, agents, streams, cursors and vars are root slots; a reference is (kind, slot, generation),
// one word, and goes stale when its slot is deleted. The registry (slot 0) is a map from names to
// references, itself changed by commits, so create-or-join of a name has no race.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/table.h"
#include "substrate/value.h"

namespace yin::substrate {

struct RootRead {
  enum class Outcome : std::uint8_t {
    kValue,
    kDeleted,  // the reference is stale
    kExpired,  // this guard was given up as stalled while we slept: start again with a new pin
  };
  Outcome outcome;
  Word value;      // kValue only
  Offset version;  // the version read: what a commit expects. Also given when kDeleted.
  [[nodiscard]] bool ok() const { return outcome == Outcome::kValue; }
};

// The newest committed value. Two dependent loads when the slot is at rest; finishes an undecided
// commit it meets.
inline RootRead read_root(const Pin& pin, RootRef ref);

// The value at an earlier instant `clock`, which a Snapshot or the root's retention must have kept
// (hold.h). kDeleted when it was not there yet, or is no longer known.
RootRead read_root_at(const Pin& pin, RootRef ref, std::uint64_t clock);

// Whatever lives in a slot now, and the reference to it (of `kind`, which slots do not know).
RootRead read_slot(const Pin& pin, SlotIndex slot, RootKind kind, RootRef& ref);

// The root called `name`, made with `initial` if it is not there. kInvalidArgument when it is of
// another kind.
StatusOr<Word> named_root(const Pin& pin, RootKind kind, std::string_view name, Word initial);
// The root called `name` or kAbsent.
Word find_named_root(const Pin& pin, std::string_view name);

// Takes the root and its name away; who still holds a reference finds it deleted, snapshots go on
// reading it. kNotFound; kInvalidArgument when it is of another kind.
Status delete_named_root(const Pin& pin, RootKind kind, std::string_view name);
// The same root by another name. kNotFound; kAlreadyExists when the new name is taken.
Status rename_root(const Pin& pin, RootKind kind, std::string_view from, std::string_view to);
struct NamedRoot {
  std::string name;
  Word ref;
};
// All names of roots of one kind, sorted, as they were at one instant.
std::vector<NamedRoot> list_named_roots(const Pin& pin, RootKind kind);

// Sets the value of a root whatever it is now (published words only). kNotFound when the reference
// is stale.
Status reset_root(const Pin& pin, RootRef ref, Word value);

// ---- Compiled into who reads, since a call costs as much as the read -----------------------------

// What a committed version says to who holds `ref`.
inline RootRead as_read(const VersionNode& node, RootRef ref, std::uint64_t version) {
  if (node.generation != ref.generation || node.value == kTombstone.bits) [[unlikely]]
    return {RootRead::Outcome::kDeleted, kNil, offset_of(version)};
  return {RootRead::Outcome::kValue, Word{node.value}, offset_of(version)};
}

// The newest of a slot that is not at rest.
RootRead read_unsettled_root(const Pin& pin, RootRef ref);

inline RootRead read_root(const Pin& pin, RootRef ref) {
  // At rest, the head is the version: kept for us as long as the pin, since the flag was not set
  // behind the look at the head (protocol.md 2).
  if (const RootSlot* slot = find_root_slot(pin, ref.slot)) [[likely]] {
    // edge: head
    const std::uint64_t head = slot->head.load_seq();
    if (head != 0 && !pin.expired()) [[likely]] {
      const VersionNode& node = *pin.at<VersionNode>(offset_of(head));
      // edge: stamp
      if (node.ts.load_acquire() >= kStampFirst) [[likely]]
        return as_read(node, ref, head);
    }
  }
  return read_unsettled_root(pin, ref);
}

}  // namespace yin::substrate
