#pragma once

// SharedWord: the only way to touch a word that another thread, process or web worker may write.
//
// It is a plain integer in the region (no constructor, no padding), read and written with the
// memory order in the method's name, so that every access says what it needs and tests/house_test
// can find it. Compiler builtins instead of std::atomic_ref, which Emscripten's libc++ does not
// have; both compile to the same instructions.
//
// Words are 4 or 8 bytes; elements of typed arrays (elements.h) may be 1 or 2 too.
//
// Every access that is not relaxed carries an *edge*: a comment `edge: name` that names what it
// publishes or receives, with a row in ARCHITECTURE.md's table. Not for process-private counters:
// those are std::atomic.

#include <cstdint>
#include <type_traits>

#include "substrate/internal/explored.h"

namespace yin::substrate {

template <class T>
class Shared {
  static_assert(std::is_integral_v<T> && sizeof(T) <= 8);

 public:
  [[nodiscard]] T load_relaxed() const { return __atomic_load_n(read(), __ATOMIC_RELAXED); }
  [[nodiscard]] T load_acquire() const { return __atomic_load_n(read(), __ATOMIC_ACQUIRE); }
  [[nodiscard]] T load_seq() const { return __atomic_load_n(read(), __ATOMIC_SEQ_CST); }
  void store_relaxed(T v) { __atomic_store_n(write(), v, __ATOMIC_RELAXED); }
  void store_release(T v) { __atomic_store_n(write(), v, __ATOMIC_RELEASE); }
  void store_seq(T v) { __atomic_store_n(write(), v, __ATOMIC_SEQ_CST); }  // one xchg on x86

  // Compare and set. On failure `expected` holds what was found. Strong: fails only for a reason.
  bool cas_seq(T& expected, T desired) {
    return __atomic_compare_exchange_n(update(), &expected, desired, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
  }
  bool cas_acq_rel(T& expected, T desired) {
    return __atomic_compare_exchange_n(update(), &expected, desired, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
  }
  bool cas_relaxed(T& expected, T desired) {
    return __atomic_compare_exchange_n(update(), &expected, desired, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
  }
  T exchange_seq(T v) { return __atomic_exchange_n(update(), v, __ATOMIC_SEQ_CST); }
  T add_relaxed(T v) { return __atomic_fetch_add(update(), v, __ATOMIC_RELAXED); }
  T add_seq(T v) { return __atomic_fetch_add(update(), v, __ATOMIC_SEQ_CST); }
  T or_seq(T v) { return __atomic_fetch_or(update(), v, __ATOMIC_SEQ_CST); }
  T and_seq(T v) { return __atomic_fetch_and(update(), v, __ATOMIC_SEQ_CST); }
  T xor_seq(T v) { return __atomic_fetch_xor(update(), v, __ATOMIC_SEQ_CST); }

  // The address, for a futex or Atomics.wait on it.
  [[nodiscard]] const T* address() const { return &bits_; }

 private:
  // Every access goes through one of these: the explored build may let others go first.
  const T* read() const { return told(AccessKind::kLoad), &bits_; }
  T* write() { return told(AccessKind::kStore), &bits_; }
  T* update() { return told(AccessKind::kUpdate), &bits_; }
  void told(AccessKind kind) const { shared_access(&bits_, sizeof(T), kind); }

  T bits_;
};

using SharedWord = Shared<std::uint64_t>;
using SharedHalf = Shared<std::uint32_t>;

// The half that changes first, to wait on: bits 0..31, which the format (little-endian) fixes.
inline const SharedHalf& low_half(const SharedWord& word) {
  return reinterpret_cast<const SharedHalf&>(word);
}

static_assert(sizeof(SharedWord) == 8 && std::is_trivial_v<SharedWord>);
static_assert(sizeof(SharedHalf) == 4 && std::is_trivial_v<SharedHalf>);

}  // namespace yin::substrate
