#pragma once

// Vector: a persistent vector, 32-way radix tree with the tail inline in the vector object (fields:
// VectorField).
//
// Up to 32 elements a vector is one object. Beyond, full leaves of 32 hang below the root at shift
// 5, 10, ...; the tail holds the last 1..32 elements (internal/radix.h draws it). The shape of a
// vector that only conj, assoc, pop and take made depends on the count alone. Joining, cutting at
// the front and inserting give relaxed vectors (RRB trees, internal/relaxed.h): equal to any other
// of their elements, a little slower to index. The empty vector is an immediate. An update copies
// the path to one leaf, or the tail; any number of threads may read. To go through a whole vector
// use chunk(), not nth(): it looks a leaf up once. To make many changes in a row use
// TransientVector (transient.h).

#include <cstddef>
#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/internal/radix.h"
#include "substrate/value.h"

namespace yin::substrate {

struct Vector {
  Word word = kEmptyVector;

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptyVector || is_object(w, ObjectKind::kVector);
  }
  static Vector from(Edit& edit, std::span<const Word> items);  // bulk, O(n)

  [[nodiscard]] std::uint64_t count(const Pin& pin) const {
    return is_reference(word) ? vector_shape(pin, word).count : 0;
  }
  [[nodiscard]] Word nth(const Pin& pin, std::uint64_t index) const {  // index < count
    const ObjectHeader* h = header_of(pin, word);
    const Word* words = record_words(h);
    const std::uint64_t meta = words[VectorField::kMeta].bits;
    const std::uint64_t tail_start = meta_count(meta) - (h->count - VectorField::kTail);
    if (index >= tail_start)
      return words[VectorField::kTail + static_cast<std::size_t>(index - tail_start)];
    if (meta_is_relaxed(meta)) [[unlikely]]
      return nth_relaxed(pin, index);
    const Word* leaf = radix_leaf(pin, words[VectorField::kRoot], meta_shift(meta), index);
    return leaf[radix_digit(index, 0)];
  }
  [[nodiscard]] Vector conj(Edit& edit, Word item) const;
  [[nodiscard]] Vector assoc(Edit& edit, std::uint64_t index, Word item) const;  // index <= count
  [[nodiscard]] Vector pop(Edit& edit) const;                                    // count > 0

  // The first `count` elements, or all there are; the elements behind them; those from index `from`
  // up to `to`, without it. O(log n) each: the parts share all but one path with the whole.
  [[nodiscard]] Vector take(Edit& edit, std::uint64_t count) const;
  [[nodiscard]] Vector drop(Edit& edit, std::uint64_t count) const;
  [[nodiscard]] Vector slice(Edit& edit, std::uint64_t from, std::uint64_t to) const;
  // The elements of this, then those of the other. O(log n).
  [[nodiscard]] Vector concat(Edit& edit, Vector other) const;
  [[nodiscard]] Vector insert_at(Edit& edit, std::uint64_t index, Word item) const;  // <= count
  [[nodiscard]] Vector remove_at(Edit& edit, std::uint64_t index) const;             // < count

  // The run of consecutive elements that `index` stands in, starting at it: whole leaves without a
  // call an element.
  [[nodiscard]] std::span<const Word> chunk(const Pin& pin, std::uint64_t index) const;

 private:
  [[nodiscard, gnu::noinline]] Vector conj_full(Edit& edit, Word item) const;
  // Pure: so that a loop over nth() finds out about the vector's shape once.
  [[nodiscard, gnu::pure]] Word nth_relaxed(const Pin& pin, std::uint64_t index) const;
};

}  // namespace yin::substrate
