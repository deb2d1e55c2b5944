#include "substrate/keeper.h"

#include <algorithm>

#include "substrate/checkpoint.h"
#include "substrate/clock.h"
#include "substrate/collector.h"
#include "substrate/park.h"
#include "substrate/slab.h"
#include "substrate/space.h"

namespace yin::substrate {

namespace {

constexpr std::uint32_t kCollectorPauseMs = 5;
constexpr std::uint32_t kCheckpointPauseMs = 1;
constexpr std::uint32_t kRestPauseMs = 40;  // nothing was allocated, or no checkpoint is wished

}  // namespace

bool collect_if_due(Worker& worker, const SharedHalf* stop) {
  Domain& domain = worker.domain();
  bool busy = false;
  while (!collection_due(domain) && grow_ahead(domain)) busy = true;
  if (!collection_due(domain)) return busy;
  // Somebody else collecting, or a wish to stop: look again later.
  (void)collect(worker, {.stop = stop}).ok();
  return true;
}

Status keep_collected(Domain& domain, const SharedHalf& stop) {
  auto worker = Worker::join(domain);
  if (!worker.ok()) return worker.status();
  SpaceKeeper space(**worker);
  std::uint64_t looked_ns = monotonic_ns();
  std::uint64_t allocated = 0;
  std::uint32_t pause_ms = kCollectorPauseMs;
  while (stop.load_relaxed() == 0) {  // a wish, carries nothing
    const bool busy = collect_if_due(**worker, &stop);
    if (monotonic_ns() - looked_ns > std::uint64_t{SpaceKeeper::kLookMs} * 1'000'000) {
      (void)space.look();
      looked_ns = monotonic_ns();
    }
    const std::uint64_t now_allocated = allocated_since(domain);
    const bool rests = !busy && now_allocated == std::exchange(allocated, now_allocated);
    pause_ms = rests ? std::min(2 * pause_ms, kRestPauseMs) : kCollectorPauseMs;
    park_on(stop, 0, pause_ms);
  }
  return {};
}

Status keep_durable(Domain& domain, const SharedHalf& stop) {
  auto worker = Worker::join(domain);
  if (!worker.ok()) return worker.status();
  std::uint64_t last = monotonic_ns();
  while (stop.load_relaxed() == 0) {  // a wish, carries nothing
    if (checkpoint_due(domain, (monotonic_ns() - last) / 1'000'000)) {
      last = monotonic_ns();
      const auto made = make_durable(**worker);
      const bool again = made.status().code() == StatusCode::kUnavailable;
      if (!made.ok() && !again) return made.status();
    }
    park_on(stop, 0, durability(domain) == kDurabilityNone ? kRestPauseMs : kCheckpointPauseMs);
  }
  return {};
}

}  // namespace yin::substrate
