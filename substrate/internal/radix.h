#pragma once

// The shape of a vector, as its object says it: what vector.cc, equality and walks share.
//
//   vector:   meta (count << 8 | relaxed << 7 | shift) | root or nil | tail of 1..32 elements
//   node:     at shift 5, 10, ...: up to 32 children; at shift 0, a leaf: 32 elements
//   relaxed:  at shift 5, 10, ...: up to 32 children | how many elements end with each, 64 bits
//
// A strict vector is the radix tree everybody has: an element's path is the 5-bit digits of its
// index from `shift` down, and the shape follows from the count alone, so two of one length can be
// gone through side by side. Concatenation, slicing and inserting make *relaxed* vectors (RRB
// trees: Bagwell & Rompf 2011; Stucki et al., ICFP 2015): some of their nodes have children that
// are not full and a size table to find the way by, and below a plain node of theirs the last leaf
// may have fewer than 32 elements. One bit of the meta word tells, so that strict vectors pay one
// test. What makes relaxed trees stands in relaxed.h.
//
// All this reads immutable objects: any number of threads may, under their pins.

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
  bool relaxed = false;
  Word root = kNil;
  std::span<const Word> tail;

  // Of the first element in the tail; those before it stand below the root.
  [[nodiscard]] std::uint64_t tail_start() const { return count - tail.size(); }
};

inline constexpr std::uint64_t kRelaxedBit = 0x80;  // of the meta word

inline Word vector_meta(std::uint64_t count, unsigned shift, bool relaxed = false) {
  return int_word(static_cast<std::int64_t>(count << 8 | (relaxed ? kRelaxedBit : 0) | shift));
}

// The meta word of a vector that has one element more in its tail.
inline Word with_one_more(Word meta) { return {meta.bits + (std::uint64_t{1} << 9)}; }

// What the bits of a meta word say.
constexpr std::uint64_t meta_count(std::uint64_t bits) { return bits >> 9; }
constexpr bool meta_is_relaxed(std::uint64_t bits) { return (bits >> 1 & kRelaxedBit) != 0; }
constexpr unsigned meta_shift(std::uint64_t bits) {
  return static_cast<unsigned>(bits >> 1 & (kRelaxedBit - 1));
}

inline VectorShape vector_shape(const Pin& pin, Word w) {  // of a vector that is not empty
  const ObjectHeader* h = header_of(pin, w);
  const Word* words = record_words(h);
  const std::uint64_t meta = words[VectorField::kMeta].bits;
  return {meta_count(meta),
          meta_shift(meta),
          meta_is_relaxed(meta),
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

// A relaxed node's size table: entry i says how many elements its children 0..i have.
inline const std::uint64_t* relaxed_ends(const ObjectHeader* node) {
  return reinterpret_cast<const std::uint64_t*>(record_raw(node));
}

// Which child of a node of either kind at `shift` holds `index`, which is made to count from that
// child's first element. No child has more than 2^shift, so the search in a size table begins where
// a plain node's child would be, and ends a step or two further.
inline std::uint32_t radix_step(const ObjectHeader* node, unsigned shift, std::uint64_t& index) {
  auto at = static_cast<std::uint32_t>(index >> shift);
  if (node->kind != static_cast<std::uint8_t>(ObjectKind::kRelaxedNode)) {
    index -= std::uint64_t{at} << shift;
    return at;
  }
  const std::uint64_t* ends = relaxed_ends(node);
  while (ends[at] <= index) ++at;
  if (at > 0) index -= ends[at - 1];
  return at;
}

// The leaf of any tree that holds `index`, from that element on.
inline std::span<const Word> relaxed_run(const Pin& pin, Word root, unsigned shift,
                                         std::uint64_t index) {
  Word node = root;
  for (unsigned s = shift; s > 0; s -= kRadixBits) {
    const ObjectHeader* h = header_of(pin, node);
    node = record_words(h)[radix_step(h, s, index)];
  }
  return radix_words(pin, node).subspan(static_cast<std::size_t>(index));
}

// The leaf of a strict tree that holds `index`, which stands below the root: there is one.
inline const Word* radix_leaf(const Pin& pin, Word root, unsigned shift, std::uint64_t index) {
  Word node = root;
  unsigned s = shift;
  do {
    node = field(pin, node, radix_digit(index, s));
    s -= kRadixBits;
  } while (s > 0);
  return record_words(header_of(pin, node));
}

}  // namespace yin::substrate
