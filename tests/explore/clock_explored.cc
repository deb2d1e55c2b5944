// The explored world's time and randomness: the same in every run.

#include <cstring>

#include "substrate/clock.h"
#include "tests/explore/world.h"

namespace yin::substrate {

std::uint64_t wall_clock_ns() { return explore::World::get().now_ns(); }
std::uint64_t monotonic_ns() { return explore::World::get().now_ns(); }
void spin_ns(std::uint64_t ns) {
  constexpr std::uint64_t kHaste = 20;  // so that runs stay short
  explore::system_call("spin");
  explore::World::get().pass(kHaste * ns);
}
void random_bytes(void* into, std::size_t bytes) { std::memset(into, 0x5a, bytes); }

}  // namespace yin::substrate
