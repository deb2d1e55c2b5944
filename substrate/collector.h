#pragma once

// Collector: finds what nobody can reach any more, while everybody goes on.
//
// One cycle (protocol.md 8): take its time T0 and advance the clock; announce the cycle, so that
// new pins are labelled with it; wait for older pins (dead ones are adopted); then walk every
// slot's log from its head down to the newest version at or before T0, cut the log below, and mark
// what the kept versions reach; then announce the finish, after which workers reuse the unmarked
// blocks of older slabs as they need them (slab.h). The log is the barrier: commits tell the
// collector nothing.
//
//   head --- v9 --- v8 --- v7 | v6 --- v5 ...        | T0
//   marked:  v9     v8     v7   v6, cut here         (v6 is the newest at or before T0)
//
// A word carries whether its target refers on, so that nine in ten objects are marked without being
// loaded. Any process may collect, one at a time; when it dies the next one starts a later cycle,
// when it stands still it is taken over. A guard that stays (a stopped process) is declared
// stalled: all that was current while it could read is kept for it, and the cycle goes on, so that
// it costs what it can see.

#include <cstdint>

#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::substrate {

struct CycleReport {
  std::uint32_t cycle = 0;
  std::uint64_t objects = 0;     // marked, version nodes included
  std::uint64_t live_bytes = 0;  // of them
  std::uint64_t versions_cut = 0;
  std::uint32_t declared = 0;  // guards passed by as stalled
  std::uint64_t nanoseconds = 0;
};

// Less than this is not worth a cycle; nor is the first one, of a domain of which nothing is known.
inline constexpr std::uint64_t kCollectMinBytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kCollectFirstBytes = std::uint64_t{64} << 20;

// Bytes that all workers allocated since the last cycle began.
std::uint64_t allocated_since(const Domain& domain);
// Has enough been allocated since the last cycle for the next one to be worth it?
bool collection_due(const Domain& domain);
// Makes one due, if none runs: for who found no room, and so allocates nothing that would.
void want_collection(Domain& domain);
// Has so much been allocated that workers should wait a moment for the collector?
bool collection_overdue(const Domain& domain);

// When to lose patience. Whatever is chosen is safe: time only decides when a guard that stays is
// passed by (its next read of a root tells it so), or a collector that stands still is taken over.
struct CollectOptions {
  const SharedHalf* stop = nullptr;  // non-zero: give up waiting, the cycle stays open
  std::uint32_t stopped_ms = 20;     // for a guard whose process is stopped (SIGSTOP, a debugger)
  std::uint32_t slow_ms = 2000;      // for a guard whose process runs
  std::uint32_t takeover_ms = 250;   // for a collector that shows no progress
};

// Runs one cycle with `worker`, which must hold no pin. kUnavailable: another process or thread is
// at it, it was taken over by one, or asked to stop (the next collector starts a later cycle).
StatusOr<CycleReport> collect(Worker& worker, const CollectOptions& options = {});

}  // namespace yin::substrate
