#include "substrate/clock.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>

#include "substrate/cpu.h"

namespace yin::substrate {

std::uint64_t wall_clock_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::uint64_t monotonic_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

void spin_ns(std::uint64_t ns) {
  constexpr int kRelaxedPerLook = 4;  // a look at the clock takes as long as one or two
  const std::uint64_t began = monotonic_ns();
  while (monotonic_ns() - began < ns) {
    for (int i = 0; i < kRelaxedPerLook; ++i) relax_cpu();
  }
}

void random_bytes(void* into, std::size_t bytes) {
  std::random_device source;
  for (std::size_t at = 0; at < bytes; at += sizeof(unsigned)) {
    const unsigned piece = source();
    std::memcpy(static_cast<char*>(into) + at, &piece, std::min(sizeof piece, bytes - at));
  }
}

}  // namespace yin::substrate
