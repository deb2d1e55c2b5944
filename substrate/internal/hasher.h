#pragma once

// Hasher: hashes many values that hold one another, each of them once.
//
// hash() of a value goes through all of it. Who hashes a set, then the set that it is in, and so on,
// as reading and verifying nested keys do, would take quadratic time; a hasher remembers what large
// collections hashed to (memo.h). Same hashes as hash(), to the bit. Good under one pin, as long as
// no object it met moves or goes; one thread.

#include <cstdint>

#include "substrate/internal/memo.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

class Hasher {
 public:
  explicit Hasher(const Pin& pin) : pin_(pin) {}

  std::uint64_t hash(Word w);

 private:
  const Pin& pin_;
  Memo known_;
};

}  // namespace yin::substrate
