#pragma once

// Vector: a persistent vector, 32-way radix tree with the tail inline in the vector object (fields:
// VectorField).
//
// Up to 32 elements a vector is one object. Beyond, full leaves of 32 hang below the root at shift
// 5, 10, ...; the tail holds the last 1..32 elements (internal/radix.h draws it). The shape depends
// on the count alone. The empty vector is an immediate. An update copies the path to one leaf, or
// the tail; any number of threads may read. To go through a whole vector use chunk(), not nth(): it
// looks a leaf up once.

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
    const VectorShape shape = vector_shape(pin, word);
    if (index < shape.tail_start())
      return radix_leaf(pin, shape.root, shape.shift, index)[radix_digit(index, 0)];
    return shape.tail[static_cast<std::size_t>(index - shape.tail_start())];
  }
  [[nodiscard]] Vector conj(Edit& edit, Word item) const;
  [[nodiscard]] Vector assoc(Edit& edit, std::uint64_t index, Word item) const;  // index <= count
  [[nodiscard]] Vector pop(Edit& edit) const;                                    // count > 0
  // The elements from `first` on; none if there are fewer. O(n - first) today; relaxed nodes will
  // make it O(log n).
  [[nodiscard]] Vector drop(Edit& edit, std::uint64_t first) const;

  // The run of consecutive elements that `index` stands in, starting at it: whole leaves without a
  // call an element.
  [[nodiscard]] std::span<const Word> chunk(const Pin& pin, std::uint64_t index) const;
};

}  // namespace yin::substrate
