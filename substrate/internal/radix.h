#pragma once

// The shape of a vector, as its object says it: what vector.cc, equality and walks share.
//
//   vector:  meta (count << 8 | shift) | root or nil | tail of 1..32 elements
//   node:    at shift 5, 10, ...: up to 32 children; at shift 0, a leaf: 32 elements
//
// An element's path is the 5-bit digits of its index from `shift` down. The shape follows from the
// count alone, so two vectors of one length can be gone through side by side.

#include <cstdint>
#include <span>

#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr unsigned kRadixBits = 5;
inline constexpr std::uint32_t kRadixWidth = 32;

struct VectorShape {
  std::uint64_t count = 0;
  unsigned shift = 0;  // of the root; 0: there is none
  Word root = kNil;
  std::span<const Word> tail;

  // Of the first element in the tail; those before it stand below the root.
  [[nodiscard]] std::uint64_t tail_start() const { return count - tail.size(); }
};

inline Word vector_meta(std::uint64_t count, unsigned shift) {
  return int_word(static_cast<std::int64_t>(count << 8 | shift));
}

inline VectorShape vector_shape(const Pin& pin, Word w) {  // of a vector that is not empty
  const ObjectHeader* h = header_of(pin, w);
  const Word* words = record_words(h);
  const auto meta = static_cast<std::uint64_t>(small_int(words[VectorField::kMeta]));
  return {meta >> 8,
          static_cast<unsigned>(meta & 0xff),
          words[VectorField::kRoot],
          {words + VectorField::kTail, h->count - VectorField::kTail}};
}

inline std::uint32_t radix_digit(std::uint64_t index, unsigned shift) {
  return static_cast<std::uint32_t>(index >> shift) & (kRadixWidth - 1);
}

inline std::span<const Word> radix_words(const Pin& pin, Word node) {
  const ObjectHeader* h = header_of(pin, node);
  return {record_words(h), h->count};
}

// The leaf that holds `index`, which stands below the root.
inline const Word* radix_leaf(const Pin& pin, Word root, unsigned shift, std::uint64_t index) {
  Word node = root;
  for (unsigned s = shift; s > 0; s -= kRadixBits) node = field(pin, node, radix_digit(index, s));
  return record_words(header_of(pin, node));
}

}  // namespace yin::substrate
