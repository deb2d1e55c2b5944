#pragma once

// The transaction kernel: one commit for any set of roots, lock-free, finished by whoever meets it.
//
// A transaction reads roots (root.h gives each value with the version it came from), builds new
// values, and commits them against those versions. One slot: install a version node, then stamp it.
// Several: install, in slot order, nodes that name one undecided record; when all stand, decide the
// record with the clock. Whoever meets an undecided record helps it to the end with nodes of its
// own, so a committer may die at any instruction (protocol.md 3, Harris, Fraser & Pratt, DISC 2002,
// for the descriptor idea). Nothing here waits for anybody.
//
//   head -> [ts value record base prev] -> prev ... the log, newest first; only the collector cuts
//   it
//                            base  -> last committed version below: what older instants read

#include <cstdint>
#include <span>
#include <vector>

#include "substrate/pin.h"
#include "substrate/root.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

class Domain;

struct Change {
  RootRef ref;
  Offset expected;  // RootRead::version, or NewRoot::expected
  Word value;       // shared objects only (publish() first). kTombstone deletes. The value read:
                    // "unchanged" is part of the transaction, without it the guarantee is snapshot
                    // isolation
};

enum class CommitOutcome : std::uint8_t {
  kCommitted,
  kConflict,  // another commit was first: read again
  kExpired,   // this guard was given up while we slept and the commit did not happen: new pin, read
              // again
  kNoSpace,   // nothing happened; Worker::space_status says why
};

// What the caller of a commit that came to kExpired or kNoSpace is told; takes the space status.
Status why_not(const Pin& pin, CommitOutcome outcome);

// All changes or none, at one instant. At most kCommitMaxEntries, each slot once, in any order.
CommitOutcome commit(const Pin& pin, std::span<const Change> changes);

// A slot for a root to be made by a commit with `expected`; nobody sees it before. Not committed:
// give_up_root.
struct NewRoot {
  RootRef ref;
  Offset expected;
};
StatusOr<NewRoot> new_root(const Pin& pin, RootKind kind);
// A hint that the slot may be taken by others: after a commit that made it failed, or one that
// deleted it succeeded.
void give_up_root(const Pin& pin, SlotIndex slot);

// The clock a committed version was stamped with.
std::uint64_t version_clock(const Pin& pin, Offset version);
// The versions committed to a slot behind `seen`, newest first; somebody must hold them (hold.h).
// False: the pin expired, nothing is known.
bool versions_since(const Pin& pin, SlotIndex slot, Offset seen, std::vector<Offset>& out);

// For checkpoints: what a slot held at an earlier instant, which a Snapshot must keep (hold.h).
struct SlotAt {
  std::uint32_t generation = 0;  // 0: the slot was not used yet
  Word value = kNil;             // kTombstone: deleted
  bool changed_since = false;
};
// False: the pin expired, nothing is known.
bool read_slot_at(const Pin& pin, SlotIndex slot, std::uint64_t clock, SlotAt& out);
// Notes that the slot changed since the last checkpoint. Every commit does it by itself.
void set_dirty(const Domain& domain, SlotIndex slot);
// Makes sure that the tables reach as far as this slot.
Status ensure_slot(Domain& domain, SlotIndex slot);
// Gives a slot that was never used its first version, as committed at `clock`: by whoever builds a
// domain that nobody has joined yet. False: no space (Worker::space_status).
bool restore_slot(const Pin& pin, SlotIndex slot, const SlotAt& content, std::uint64_t clock);

// For the collector and inspection: makes the newest version of a slot final and returns it,
// helping if need be. Offset::kNone when the slot was never used or the guard expired.
Offset settle_head(const Pin& pin, SlotIndex slot);

}  // namespace yin::substrate
