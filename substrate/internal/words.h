#pragma once

// Short runs of words: copying them and looking for references, as every copy of a node does.
//
// Nodes have up to 66 words. At that length a call of memcpy, and its choice of how to go about it,
// costs as much as the copy; so these are plain loops over blocks of four words, which compilers
// move in one or two instructions. Looking for references is arithmetic on the tags, without a
// branch a word, and comes with a copy in the same pass.
//
// The source is an object that nobody writes to any more, the target one that nobody else has seen;
// they never overlap. For long runs, and for bytes, use the standard library.

#include <cstddef>
#include <cstdint>

#include "substrate/format.h"
#include "substrate/value.h"

namespace yin::substrate {

using FourWords [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = std::uint64_t;
using TwoWords [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = std::uint64_t;

inline FourWords& four_words(Word* at) { return *reinterpret_cast<FourWords*>(at); }
inline const FourWords& four_words(const Word* at) {
  return *reinterpret_cast<const FourWords*>(at);
}
inline TwoWords& two_words(Word* at) { return *reinterpret_cast<TwoWords*>(at); }
inline const TwoWords& two_words(const Word* at) { return *reinterpret_cast<const TwoWords*>(at); }

// Calls four(i) for as many blocks as there are in `count` words, then one(i) for each word left.
template <class Four, class One>
inline void by_blocks(std::size_t count, const Four& four, const One& one) {
  const std::size_t whole = count / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4) four(i);
  for (std::size_t i = whole; i < count; ++i) one(i);
}

inline void copy_words(Word* to, const Word* from, std::size_t count) {
  by_blocks(
      count, [&](std::size_t i) { four_words(to + i) = four_words(from + i); },
      [&](std::size_t i) { to[i] = from[i]; });
}

// Whole objects, or parts of them: 16 bytes each.
inline void copy_granules(void* to, const void* from, std::size_t granules) {
  auto* t = static_cast<Word*>(to);
  const auto* f = static_cast<const Word*>(from);
  for (; granules >= 4; granules -= 4, t += 8, f += 8) {
    four_words(t) = four_words(f);
    four_words(t + 4) = four_words(f + 4);
  }
  if ((granules & 2) != 0) {
    four_words(t) = four_words(f);
    t += 4;
    f += 4;
  }
  if ((granules & 1) != 0) two_words(t) = two_words(f);
}

// Gathers whether any of many words is a reference: bit 0 of what tag() says, by arithmetic.
class ReferenceSeen {
 public:
  void look(Word w) {
    const std::uint64_t b = w.bits;
    one_ |= ((b >> 2) ^ (b >> 3)) & ~(b | b >> 1);
  }
  // The same. No template says both: a type's alignment gets lost on the way into one.
  void look(const FourWords& w) {
    const FourWords b = w;
    four_ |= ((b >> 2) ^ (b >> 3)) & ~(b | b >> 1);
  }
  [[nodiscard]] bool any() const {
    return ((one_ | four_[0] | four_[1] | four_[2] | four_[3]) & 1) != 0;
  }

 private:
  static_assert(kTagObject == 4 && kTagString == 8 && kTagMask == 15);
  std::uint64_t one_ = 0;
  FourWords four_ = {};
};

inline bool any_reference(const Word* words, std::size_t count) {
  ReferenceSeen seen;
  by_blocks(
      count, [&](std::size_t i) { seen.look(four_words(words + i)); },
      [&](std::size_t i) { seen.look(words[i]); });
  return seen.any();
}

// copy_words() and any_reference() in one pass.
inline bool copy_and_look(Word* to, const Word* from, std::size_t count) {
  ReferenceSeen seen;
  by_blocks(
      count,
      [&](std::size_t i) {
        seen.look(four_words(from + i));
        four_words(to + i) = four_words(from + i);
      },
      [&](std::size_t i) {
        seen.look(from[i]);
        to[i] = from[i];
      });
  return seen.any();
}

}  // namespace yin::substrate
