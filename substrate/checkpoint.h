#pragma once

// Checkpoints: what of a domain outlives a power cut.
//
// Against the death of processes a domain needs nothing. Against the loss of power it needs a
// checkpoint: every slot as it was at one instant, written into a persistent table (the cost is by
// what changed since the last one), synced, then named by the older of two records, synced again
// (protocol.md 10). After a power cut the domain opens at exactly the last instant that reached the
// disk (recover.h). Commits go on meanwhile and wait for nothing.
//
//   visible   when commit() returns, to every process      well under a microsecond
//   durable   when wait_durable() returns                  one write, shared by all who wait
//
// A checkpoint takes two syncs of all that changed. Who waits for commits has them written to a log
// behind the last checkpoint instead (redo_log.h), which is then where the domain opens; when the
// log is full, or the file grew, it is a checkpoint again.
//
// What changes in place, the numbers of arrays and structs, is on the disk as it was at some moment
// up to a checkpoint, element by element; the log has it only of what is new. One worker at a time makes a checkpoint, whoever
// comes first; if its process is killed the next one takes over where it stood. A sync that fails
// is final: what the system has dropped cannot be asked for again.

#include <cstdint>

#include "substrate/domain.h"
#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::substrate {

struct CheckpointReport {
  std::uint64_t sequence =
      0;                    // of the record that is on the disk now, which the log may go on from
  std::uint64_t clock = 0;  // commits up to this instant are durable
  std::uint64_t slots = 0;  // that were written
  std::uint64_t nanoseconds = 0;
};

// Makes a checkpoint. The worker must hold no pin. kUnavailable: somebody else is making one, or
// this process was stopped in between; kResourceExhausted: no room for the table, nothing happened;
// kInternal: the sync failed, now or earlier; kInvalidArgument: the domain has no file.
StatusOr<CheckpointReport> checkpoint(Worker& worker);
// Makes durable what was committed before, by an entry of the log if that will do, else by a
// checkpoint. Errors as checkpoint()'s.
StatusOr<CheckpointReport> make_durable(Worker& worker);

// An instant that all commits this thread has seen come before.
std::uint64_t visible_clock(const Domain& domain);
// Waits until everything up to `clock` is on the disk, writing it itself when nobody else does: those
// who wait together share one write. kUnavailable after `timeout_ms`: it is visible all
// the same, and may become durable later. Else as checkpoint().
Status wait_durable(Worker& worker, std::uint64_t clock, std::uint32_t timeout_ms = 10'000);

// When checkpoints are made by those who serve the domain, and when it is closed by the last one:
// kDurabilityNone, kDurabilityCommit, or so many milliseconds apart. Kept in the domain. Makes one
// at once, unless it is kDurabilityNone.
Status set_durability(Worker& worker, std::uint64_t durability);
std::uint64_t durability(const Domain& domain);
// Is it time for whoever serves the domain? `last_ms` ago the last one was made.
bool checkpoint_due(const Domain& domain, std::uint64_t last_ms);

// The last to leave a domain that has checkpoints makes one, so that nothing is lost by copying or
// switching off what lies at rest.
void close_in_order(Domain& domain);

}  // namespace yin::substrate
