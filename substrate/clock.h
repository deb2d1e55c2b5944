#pragma once

// Time and randomness of the outside world, behind one door, so that what depends on them can be
// found.
//
// Time never decides anything in the protocols; it chooses when to look again (protocol.md, P2).
// Thread-safe, no state. Not for anything that must come out the same twice: agents are told the
// time by effects.

#include <cstddef>
#include <cstdint>

namespace yin::substrate {

std::uint64_t wall_clock_ns();  // since 1970
std::uint64_t monotonic_ns();
// Lets about so much time pass without touching memory, on the processor: microseconds at most.
void spin_ns(std::uint64_t ns);
void random_bytes(void* into, std::size_t bytes);

}  // namespace yin::substrate
