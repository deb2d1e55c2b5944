#pragma once

// Raw records: objects whose raw part others change in place (arrays, structs), and making them.
//
//   | header | fields | nil words | raw part: from a line of 64 bytes on, or from a granule |
//
// Where the raw part starts follows from the header's count alone, so that a copy is the same bytes
// elsewhere: it stands on a line where the record was made, and on a granule wherever it is copied
// to. One thread makes a record; nobody else sees it before it is published.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

// Nil words that may stand between fields and raw part.
inline constexpr std::uint32_t kRawPaddingMax = kRawLine / sizeof(Word) - 1;

// The numbers in the raw part all zero. kResourceExhausted: the domain has no room in one piece.
StatusOr<ObjectHeader*> make_raw_record(Edit& edit, ObjectKind kind, std::span<const Word> words,
                                        std::uint64_t raw_bytes);

// An integer word that no other live object of the domain is likely to have.
Word draw_identity(const Pin& pin);

// A record whose words are fine: do its padding and its raw part hold what they must?
inline bool raw_record_fits(const ObjectHeader& h, std::uint64_t words, std::uint64_t raw_bytes) {
  const std::uint64_t before = sizeof h + h.count * sizeof(Word);
  if (h.count < words || h.count - words > kRawPaddingMax || before % kGranule != 0) return false;
  for (std::uint64_t i = words; i < h.count; ++i) {
    if (!is_nil(record_words(&h)[i])) return false;
  }
  return before <= object_bytes(h) && raw_bytes <= object_bytes(h) - before;
}

}  // namespace yin::substrate
