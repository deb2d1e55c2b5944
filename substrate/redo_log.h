#pragma once

// Redo log: how a commit becomes durable by one write.
//
// A checkpoint syncs all pages that changed, twice (checkpoint.h). Who waits for a single commit
// should pay for that commit alone: what is reachable from the new table of slots and not from the
// one before goes into an entry, some kilobytes in one piece, which one write puts on the disk. When
// an entry does not fit any more, a checkpoint is made and the log begins anew. After a power cut the
// entries behind the last checkpoint are put in their places and a checkpoint is made of them; then
// recovery goes on as from any other.
//
// Why that is enough: objects never change, and what the last checkpoint reaches is not overwritten
// as long as it is the last. So what an entry's table reaches is either in that checkpoint or in an
// entry, and writing the entries' objects to where they were harms nothing that is needed. Numbers of
// arrays and structs are the exception: they change in place, and an entry has those of new objects
// only (checkpoint.h).
//
// All but logged_checkpoint() is for who holds the checkpoint lock, or the one for opening.

#include <optional>

#include "substrate/domain.h"
#include "substrate/format.h"
#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::substrate {

// Room for the log, if there is none yet. kResourceExhausted.
Status make_redo_log(Domain& domain);

// What the last entry says, if it goes on from the checkpoint of this number.
std::optional<CheckpointRecord> logged_checkpoint(const Domain& domain, std::uint64_t sequence);

// Writes the entry that leads from the newest one, or from the checkpoint `base` if there is none, to
// `now`, whose number is base's, and waits until it is on the disk. The worker holds no pin; both
// tables are held. False: it does not fit, or asks for more than this (a file that grew); kInternal:
// the write failed. Cost: by what changed, one write.
StatusOr<bool> append_to_redo_log(Worker& worker, const CheckpointRecord& base,
                                  const CheckpointRecord& now);

// Puts the entries that go on from `base` in their places. What the last one says, with the next
// number: what was put there is to be synced, then it is to become a record. Nothing: there was no
// entry. kDataLoss: an entry whose checksum fits says what cannot be; kResourceExhausted.
StatusOr<std::optional<CheckpointRecord>> replay_redo_log(Domain& domain,
                                                          const CheckpointRecord& base);

}  // namespace yin::substrate
