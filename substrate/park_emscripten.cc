#include "substrate/park.h"

#include <cstdint>

#include <emscripten/threading.h>

#include "substrate/clock.h"

namespace yin::substrate {

namespace {

// The main thread of a page must not wait, the engine traps: it looks for a moment instead, and its
// caller again.
constexpr std::uint64_t kLookNs = 200'000;

void look_for(const SharedHalf& word, std::uint32_t seen) {
  const std::uint64_t until = monotonic_ns() + kLookNs;
  // (Whoever waits looks again, in the order that it needs.)
  while (word.load_relaxed() == seen && monotonic_ns() < until) {
  }
}

}  // namespace

void park_on(const SharedHalf& word, std::uint32_t seen, std::uint32_t timeout_ms) {
  if (emscripten_is_main_browser_thread()) return look_for(word, seen);
  auto* at = const_cast<int*>(reinterpret_cast<const int*>(word.address()));
  __builtin_wasm_memory_atomic_wait32(at, static_cast<int>(seen),
                                      std::int64_t{timeout_ms} * 1000000);
}

void park_on_any(std::span<const SharedHalfSeen> words, std::uint32_t timeout_ms) {
  if (words.empty()) return;
  park_on(*words[0].word, words[0].seen, words.size() == 1 ? timeout_ms : 1);
}

void wake_all(const SharedHalf& word) {
  __builtin_wasm_memory_atomic_notify(
      const_cast<int*>(reinterpret_cast<const int*>(word.address())), ~0U);
}
void wake_one(const SharedHalf& word) {
  __builtin_wasm_memory_atomic_notify(
      const_cast<int*>(reinterpret_cast<const int*>(word.address())), 1);
}

}  // namespace yin::substrate
