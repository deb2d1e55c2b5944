#pragma once

// Short runs of words: copying them and looking for references, as every copy of a node does.
//
// Nodes have up to 66 words. At that length a call of memcpy, and its choice of how to go about it,
// costs as much as the copy; so these are plain loops in steps of 32 bytes. The source is an object
// that nobody writes to any more, the target one that nobody else has seen; they never overlap. For
// long runs, and for bytes, use the standard library.

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "substrate/format.h"
#include "substrate/value.h"

namespace yin::substrate {

inline void copy_words(Word* to, const Word* from, std::size_t count) {
  for (; count >= 4; count -= 4, to += 4, from += 4) std::memcpy(to, from, 4 * sizeof(Word));
  for (; count > 0; --count) *to++ = *from++;
}

inline bool any_reference(const Word* words, std::size_t count) {
  return std::any_of(words, words + count, [](Word w) { return is_reference(w); });
}

}  // namespace yin::substrate
