#include "substrate/park.h"

#include <cstdint>

namespace yin::substrate {

void park_on(const SharedHalf& word, std::uint32_t seen, std::uint32_t timeout_ms) {
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
