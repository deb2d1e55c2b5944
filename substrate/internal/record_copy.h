#pragma once

// A record that differs from another in one word: what every path copy of a vector makes.
//
// The copy has the record's size and raw part; its leaf flag is exact. The old record is any
// complete one, the new one nobody else's yet. Costs one pass over the record; a second one only
// when its last reference may have gone. For owned nodes (ownership.h) set_word stores in place.

#include <cstddef>
#include <cstdint>

#include "substrate/internal/ownership.h"
#include "substrate/internal/words.h"
#include "substrate/value.h"

namespace yin::substrate {

// Stores a word into a record of the caller's own. Its leaf flag follows.
inline Word set_word(const Pin& pin, ObjectHeader* record, std::uint32_t index, Word value) {
  Word* words = record_words(record);
  const Word before = words[index];
  words[index] = value;
  const bool leaf =
      !is_reference(value) && ((record->flags & kFlagNoReferences) != 0 ||
                               (is_reference(before) && !any_reference(words, record->count)));
  record->flags = static_cast<std::uint8_t>((record->flags & ~kFlagNoReferences) |
                                            (leaf ? kFlagNoReferences : 0));
  return word_of(pin, record);
}

template <class Maker>
ObjectHeader* copy_record(Maker& maker, const ObjectHeader* old) {
  const std::uint64_t bytes = object_bytes(*old);
  auto* made = maker.template allocate<ObjectHeader>(bytes);
  *made = *old;
  made->flags |= mark_of(maker);
  copy_words(record_words(made), record_words(old),
             static_cast<std::size_t>(bytes / sizeof(Word)) - 1);
  return made;
}

template <class Maker>
Word record_with(Maker& maker, Word record, std::uint32_t index, Word value) {
  return set_word(maker.pin(), copy_record(maker, header_of(maker.pin(), record)), index, value);
}

}  // namespace yin::substrate
