#pragma once

// Pin: a thread's short claim on what it reads, and the proof that it may read.
//
// While a pin is held, no object that was reachable from a root at any moment since is reclaimed
// (protocol.md 2). It costs one exchange to take and one store to give back. A pin lives one slice
// at most: never across a park, a blocking host call or I/O. Pins of one worker count, they do not
// nest in words: the outermost owns the claim. What it has to take and to give back stands in
// worker.h, behind the Worker, so that both are compiled into the caller.
//
// Every function that reads shared bytes takes a `const Pin&`; a raw pointer got through it must
// not outlive it.

#include <cstddef>
#include <cstdint>

#include "substrate/format.h"
#include "substrate/offset.h"

namespace yin::substrate {

class Worker;

// What a declarer must know of a guard that it gives up (amendment A3).
enum class PinRole : std::uint8_t { kGuard, kCollector };

class [[nodiscard]] Pin {
 public:
  inline explicit Pin(Worker& worker, PinRole role = PinRole::kGuard);
  inline ~Pin();
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

  // Was this pin given up because we seemed to have stopped? What was read is still whole; the next
  // read of a root will not be. Ask after the read, never before (amendment A12).
  [[nodiscard]] bool expired() const {
    // edge: pin
    return (word_->load_seq() & kPinStalled) != 0;
  }

  [[nodiscard]] Worker& worker() const { return worker_; }
  [[nodiscard]] std::byte* base() const { return base_; }
  [[nodiscard]] std::uint64_t hash_seed() const { return hash_seed_; }

  template <class T>
  [[nodiscard]] T* at(Offset offset) const {
    return reinterpret_cast<T*>(base_ + raw(offset));
  }
  [[nodiscard]] Offset offset_of(const void* p) const {
    return static_cast<Offset>(static_cast<const std::byte*>(p) - base_);
  }

 private:
  Worker& worker_;
  SharedWord* word_;  // the worker's pin word
  std::byte* base_;
  std::uint64_t hash_seed_;
};

}  // namespace yin::substrate
