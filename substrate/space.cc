#include "substrate/space.h"

#include <algorithm>

#include "substrate/collector.h"
#include "substrate/park.h"
#include "substrate/slab.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

// Of what lives: allocated during a whole mark; and at its start, before there is any progress.
constexpr double kEarnedByMark = 0.25;
constexpr double kEarnedAtStart = 0.04;

constexpr std::uint32_t kWaitsMax = 4;  // of a millisecond, a slab
// Longer than anything that a collector does between two words of progress: a step of growing ahead
// takes 60 ms where memory is not there at once.
constexpr std::uint32_t kStandsStillMs = 100;

}  // namespace

std::uint64_t allocation_debt(const Domain& domain) {
  const DomainState& state = domain.state();
  // All of this is pacing: the words may belong to different moments.
  const std::uint64_t gc = state.gc.load_relaxed();  // the same
  if (gc_cycle(gc) == gc_done(gc)) return 0;
  const std::uint64_t live = std::max(state.live_bytes.load_relaxed(),  // the same
                                      kCollectMinBytes);
  const std::uint64_t marked = state.marked_bytes.load_relaxed();  // the same
  const double progress = std::min(1.0, static_cast<double>(marked) / static_cast<double>(live));
  const auto earned = static_cast<std::uint64_t>(static_cast<double>(live) *
                                                 (kEarnedAtStart + kEarnedByMark * progress));
  const std::uint64_t since = state.marking_since.load_relaxed();  // the same
  const std::uint64_t now = state.allocated_bytes.load_relaxed();  // the same
  const std::uint64_t allocated = now - std::min(now, since);
  return allocated - std::min(allocated, std::max(earned, kCollectMinBytes));
}

void pay_allocation_debt(Worker& worker) {
  const Domain& domain = worker.domain();
  const SharedHalf never{};  // nobody writes it: waiting on it is a bounded pause
  for (std::uint32_t i = 0; i < kWaitsMax && allocation_debt(domain) != 0; ++i) {
    if (worker.collector_watch().stands_still(domain, kStandsStillMs)) return;
    park_on(never, 0, 1);
  }
}

std::uint64_t SpaceKeeper::look() {
  const SlabMap map(worker_.domain());
  // edge: committed
  const auto slabs = static_cast<std::uint32_t>(worker_.domain().state().next_slab.load_acquire());
  empty_.resize(slabs, 0);
  std::uint64_t punched = 0;
  for (std::uint32_t extent = 0; extent < slabs; extent += kExtentSlabs) {
    const std::uint32_t end = std::min(extent + kExtentSlabs, slabs);
    bool stayed = true;
    for (std::uint32_t slab = extent; slab < end; ++slab) {
      worker_.slab().free_dead_large(slab);
      std::uint32_t tag = 0;
      if (worker_.slab().looks_empty(slab)) {
        // edge: slab-owner (whoever used it meanwhile left another tag)
        tag = unpack_slab(map.descriptor(slab).state.load_acquire()).tag;
      }
      stayed = stayed && tag != 0 && tag == empty_[slab];
      empty_[slab] = tag;
    }
    if (stayed) punched += worker_.slab().punch(extent, end);
  }
  return punched * kSlabBytes;
}

}  // namespace yin::substrate
