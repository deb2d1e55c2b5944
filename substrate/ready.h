#pragma once

// Ready bits: which root slots somebody should look at. One bit a slot, all workers' run queue.
//
// A set bit on an agent says that it may be runnable; on a stream, that its waiters may be. Bits
// are hints: what is true stands in the slots' versions, a bit too many costs a look, and whoever
// takes a bit and dies is made up for by its adopter (worker.cc). One atomic operation moves a bit,
// so no death leaves a queue half changed, any worker of any process may take any bit, and scanning
// on from the last one taken serves all in turn.

#include <cstdint>

#include "substrate/domain.h"
#include "substrate/offset.h"

namespace yin::substrate {

// Sets the bit and wakes a sleeping worker if there is one.
void set_ready(const Domain& domain, SlotIndex slot);
// Takes the bit away; false when it was not set.
bool take_ready(const Domain& domain, SlotIndex slot);
// The first set bit at or behind `from`, going round once; false: none. Takes nothing.
bool find_ready(const Domain& domain, SlotIndex from, SlotIndex& found);

// Sleeping until there may be work: seen = work_seen(); look once more; wait_for_work(seen), which
// ends when a timer (timer.h) is due, too.
std::uint32_t work_seen(const Domain& domain);
void wait_for_work(const Domain& domain, std::uint32_t seen, std::uint32_t timeout_ms);
void announce_work(const Domain& domain);  // wakes everybody

}  // namespace yin::substrate
