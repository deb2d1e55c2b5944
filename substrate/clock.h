#pragma once

// Time and randomness of the outside world, behind one door. Time never decides anything in the
// protocols; it chooses when to look again.

#include <cstddef>
#include <cstdint>

namespace yin::substrate {

std::uint64_t wall_clock_ns();  // since 1970
std::uint64_t monotonic_ns();
void random_bytes(void* into, std::size_t bytes);

}  // namespace yin::substrate
