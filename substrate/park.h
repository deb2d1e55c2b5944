#pragma once

// Park: wait until a shared half-word changes, and wake those who wait, across threads, processes
// and web workers.
//
// A wait is always a slice: it ends by itself after `timeout_ms`, since whoever should have woken
// us may have died in between (protocol.md 9). Futex on Linux (shared, not private),
// memory.atomic.wait32 in WebAssembly.

#include <cstdint>
#include <span>

#include "substrate/shared_word.h"

namespace yin::substrate {

inline constexpr std::uint32_t kSliceMs = 100;

// Returns at once if the word is not `seen`; else after a wake, a time-out or for no reason at all.
void park_on(const SharedHalf& word, std::uint32_t seen, std::uint32_t timeout_ms = kSliceMs);
// The same for several at once, until one of them is not as it was seen. Where the system has no
// such wait, or there are too many for one, it returns after a millisecond.
struct SharedHalfSeen {
  const SharedHalf* word;
  std::uint32_t seen;
};
void park_on_any(std::span<const SharedHalfSeen> words, std::uint32_t timeout_ms = kSliceMs);
void wake_all(const SharedHalf& word);
void wake_one(const SharedHalf& word);

}  // namespace yin::substrate
