#pragma once

// Leases as others name them: a worker at a time, so that one who was asked for something can be
// told from whoever has its slot later.
//
// A worker's lease ends when it leaves, or when it was adopted after its process died; its slot's
// next lease has another generation. One that died and was not adopted yet still counts as held:
// its adopter makes all timers looked at (timer.h), and then it is not. Any thread may ask.

#include <cstdint>

#include "substrate/domain.h"
#include "substrate/offset.h"
#include "substrate/worker.h"

namespace yin::substrate {

struct LeaseName {
  WorkerIndex worker;
  std::uint32_t generation;
};

LeaseName lease_of(const Worker& worker);
bool is_held(const Domain& domain, LeaseName lease);

}  // namespace yin::substrate
