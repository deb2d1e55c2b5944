#pragma once

// Random tests that can be run again: the seed is new each time, and shown when a case fails.
//
//   const std::uint64_t seed = test_seed();
//   INFO("YIN_SEED=" << seed);
//   Random random(seed);
//
// YIN_SEED=... in the environment says which to take.

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace yin::tests {

inline std::uint64_t test_seed() {
  const char* given = std::getenv("YIN_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }  // 0 .. limit - 1
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace yin::tests
