#pragma once

// A record that differs from another in one word: what every path copy of a vector makes.
//
// The copy has the record's size and raw part; its leaf flag is exact. The old record is any
// complete one below 1 MiB, the new one nobody else's yet. Costs one pass over the record; a second
// one only when its last reference may have gone. For owned nodes (ownership.h) set_word stores in
// place.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "substrate/check.h"
#include "substrate/internal/ownership.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/words.h"
#include "substrate/value.h"

namespace yin::substrate {

// A node with 32 words.
inline constexpr std::uint16_t kFullNodeGranules =
    (sizeof(ObjectHeader) + kRadixWidth * sizeof(Word) + kGranule - 1) / kGranule;

// Kept out of what copies: it is rare, and would have it save registers.
[[gnu::noinline]] inline bool refers_on(const ObjectHeader* record) {
  return any_reference(record_words(record), record->count);
}

// Does a record still, or now, refer to nothing, in which `value` has taken the place of `before`?
inline bool is_leaf_with(const ObjectHeader* record, Word before, Word value) {
  if (is_reference(value)) return false;
  return (record->flags & kFlagNoReferences) != 0 || (is_reference(before) && !refers_on(record));
}

inline void set_leaf(ObjectHeader* record, bool leaf) {
  record->flags = static_cast<std::uint8_t>((record->flags & ~kFlagNoReferences) |
                                            (leaf ? kFlagNoReferences : 0));
}

// Stores a word into a record of the caller's own. Its leaf flag follows.
inline Word set_word(const Pin& pin, ObjectHeader* record, std::uint32_t index, Word value) {
  Word* words = record_words(record);
  const Word before = std::exchange(words[index], value);
  set_leaf(record, is_leaf_with(record, before, value));
  return word_of(pin, record);
}

template <class Maker>
ObjectHeader* copy_record(Maker& maker, const ObjectHeader* old) {
  dcheck(old->flags >> kFlagScaleShift == 0, "a record of a vector is small");
  const std::uint32_t granules = old->granules;
  auto* made = maker.template allocate_granules<ObjectHeader>(granules);
  if (granules == kFullNodeGranules) {  // of most copies; straight code
    copy_granules(made, old, kFullNodeGranules);
  } else {
    copy_granules(made, old, granules);
  }
  made->flags |= mark_of(maker);
  return made;
}

// An inner node with another child.
template <class Maker>
Word node_with_child(Maker& maker, Word node, std::uint32_t index, Word child) {
  ObjectHeader* made = copy_record(maker, header_of(maker.pin(), node));
  record_words(made)[index] = child;
  return moved_word(node, maker.pin().offset_of(made), false);
}

template <class Maker>
Word record_with(Maker& maker, Word record, std::uint32_t index, Word value) {
  const ObjectHeader* old = header_of(maker.pin(), record);
  ObjectHeader* made = copy_record(maker, old);
  record_words(made)[index] = value;
  const bool leaf = is_leaf_with(made, record_words(old)[index], value);
  if (leaf != refers_to_leaf(record)) set_leaf(made, leaf);
  return moved_word(record, maker.pin().offset_of(made), leaf);
}

}  // namespace yin::substrate
