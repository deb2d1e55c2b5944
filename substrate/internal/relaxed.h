#pragma once

// Relaxed: radix trees whose nodes need not be full, so that they can be joined and cut in O(log n)
// (RRB trees: Bagwell & Rompf 2011; the concatenation is that of L'orange 2014 and Stucki et al.,
// ICFP 2015, bottom up along the seam).
//
//   a: [31 children, last]     b: [first, 31 children]
//                  \             /
//      level by level: a's children but the last | what the level below made | b's but the first;
//      evened out if that takes three nodes or more too many, then cut into nodes of 32
//
// A *level* counts from the leaves, 0; the shift of a node at level l is 5 l. A node whose children
// are full but for the right edge is made a plain one, so a tree that comes out strict is strict,
// bit for bit. Every node on the way has at most ceil(slots / 32) + 2 children where that many
// slots would do with ceil(slots / 32), which keeps the height logarithmic.
//
// A tree here is what hangs below a vector's root: without the tail. Functions only make new nodes;
// one thread an edit.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::substrate {

struct RadixTree {
  Word root = kNil;
  unsigned shift = 0;       // 0: there is no root
  std::uint64_t count = 0;  // elements

  // Is it not the tree that any vector of its length has?
  [[nodiscard]] bool is_relaxed() const;
};

// The vector of a tree and a tail of 1..32 elements. What fits in a tail is only a tail.
Vector vector_of(Edit& edit, const RadixTree& tree, std::span<const Word> tail);

// The elements of `a`, of the leaf, of `b`, which is not empty. O(log n).
RadixTree relaxed_concat(Edit& edit, RadixTree a, std::span<const Word> leaf, RadixTree b);
// `tree` with one leaf more, of 1..32 elements. O(log n).
RadixTree relaxed_push(Edit& edit, RadixTree tree, std::span<const Word> leaf);

struct RadixCut {
  RadixTree tree;
  std::span<const Word> tail;  // of the old tree, as long as the pin
};
// The first `count` elements, 1 or more: the last leaf that has some of them stands apart, to be a
// tail. O(log n).
RadixCut relaxed_take(Edit& edit, RadixTree tree, std::uint64_t count);
// Without its first `count` elements; some are left. O(log n).
RadixTree relaxed_drop(Edit& edit, RadixTree tree, std::uint64_t count);
// With another element at `index`. O(log n).
Word relaxed_assoc(Edit& edit, RadixTree tree, std::uint64_t index, Word item);

}  // namespace yin::substrate
