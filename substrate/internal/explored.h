#pragma once

// Explored: what the explored build (tests/explore, -DYIN_EXPLORE) is told by the code it explores.
//
// Every access to a shared word calls shared_access() first, so that one thread of the operating
// system can run any interleaving of several workers at will, kill one at any access, and play the
// same run again. Memory that becomes allocatable again is told to memory_freed(), which fills it
// with a pattern, so that who still uses it is seen. In every other build both are nothing: the
// compiler emits the same code with and without the calls. docs/testing.md says how to use it.

#include <cstddef>
#include <cstdint>

namespace yin::substrate {

enum class AccessKind : std::uint8_t {
  kLoad,
  kStore,
  kUpdate,  // CAS, exchange, add, or, and
  kWait,    // a bounded wait: the word may change meanwhile, or not
};

#ifdef YIN_EXPLORE
void shared_access(const void* address, std::uint32_t bytes, AccessKind kind);
void memory_freed(void* from, std::size_t bytes);
#else
inline void shared_access(const void*, std::uint32_t, AccessKind) {}
inline void memory_freed(void*, std::size_t) {}
#endif

}  // namespace yin::substrate
