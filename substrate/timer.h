#pragma once

// Timers: when a slot's ready bit (ready.h) is to be set though nobody does it.
//
// One word a slot, shared by all workers, in milliseconds since 1970, so that a timer outlives
// every process and a restart of the machine; and one word with the earliest of all, which is what
// a busy worker reads between two agents and an idle one sleeps until. Whoever finds it passed
// looks at every slot's timer (8 bytes each, 100,000 in some 50 us), sets the bits that are due and
// writes down the next.
//
// Timers are hints, like ready bits, and may come twice: what an agent waits for, and until when,
// stands in its record. Who commits such a record sets its timer then. Killed in between, he leaves
// an agent that his adopter looks at; killed while he looks at the timers, he leaves next_timer too
// late, so an adopter makes it unknown, and all are looked at again. One that is stopped at that
// for long is not waited for.

#include <cstdint>

#include "substrate/domain.h"
#include "substrate/offset.h"

namespace yin::substrate {

struct Timer {
  std::uint64_t due_ms = kTimerNever;
  bool at_death = false;  // also when a worker has died: the slot's agent may have waited for it
};

// Room for the slot's timer; to be had before the commit that wants it.
Status ensure_timer(Domain& domain, SlotIndex slot);
// In the place of what was set before. A slot without room for one is left alone.
void set_timer(const Domain& domain, SlotIndex slot, Timer timer);
void clear_timer(const Domain& domain, SlotIndex slot);

// Sets the ready bits of all slots whose timers are due. Costs two loads when none is.
void wake_due(const Domain& domain, std::uint64_t now_ms);
// How long until there may be one, at most `at_most_ms`.
std::uint32_t ms_to_next_timer(const Domain& domain, std::uint32_t at_most_ms);
// A worker has died: whoever looks next looks at all timers.
void forget_next_timer(const Domain& domain);

}  // namespace yin::substrate
