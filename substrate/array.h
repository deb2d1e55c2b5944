#pragma once

// Array: numbers of one type side by side, which change in place: what agents, threads and
// processes share to compute on together.
//
//   auto counts = Array::make(edit, ElementType::kI64, 1'000);      zeroes
//   swap(pin, atom, [&](Edit&, Word) { return counts->word; });     now others find it
//   counts->elements(pin).add(7, 1);                                seen by all at once
//
// An array is a value like any other: it stands in maps, atoms and streams, is found by everyone
// who reads them, and lives as long as something refers to it. Its length and type never change;
// its elements do, in place, outside of any commit and in every version of the value that holds
// it (elements.h). Two arrays are equal only if they are one; one keeps its hash for life.
//
// The elements start on a line of 64 bytes if they are as many, else on a granule. An array is
// always made in the slab, never in a nursery: so it is not copied when it is published, and a view
// stays good as long as the pin. Printed as #yin/array [i32 1000 [0 0 0 ...]], which is not read
// back: a text cannot say which array it was. Any number of threads may use one. Not for
// references (a vector holds those), nor for numbers that must change together with other things
// (those live in atoms).

#include <cstdint>
#include <optional>
#include <span>

#include "substrate/edit.h"
#include "substrate/elements.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

struct Array {
  Word word = kNil;

  [[nodiscard]] static bool is(Word w) { return is_object(w, ObjectKind::kArray); }
  // `count` zeroes; O(bytes). kInvalidArgument: no such type; kResourceExhausted: no room in one
  // piece (an object has at most 4,226,744,320 bytes).
  static StatusOr<Array> make(Edit& edit, ElementType type, std::uint64_t count);
  // All `value`. kInvalidArgument: it does not fit the type.
  static StatusOr<Array> filled(Edit& edit, ElementType type, std::uint64_t count, Scalar value);
  template <Element T>
  static StatusOr<Array> from(Edit& edit, std::span<const T> numbers) {
    return from_bytes(edit, element_type_of<T>(), std::as_bytes(numbers));
  }

  [[nodiscard]] ElementType type(const Pin& pin) const {
    return static_cast<ElementType>(small_int(field(pin, word, ArrayField::kType)));
  }
  [[nodiscard]] std::uint64_t count(const Pin& pin) const {
    return static_cast<std::uint64_t>(small_int(field(pin, word, ArrayField::kCount)));
  }
  [[nodiscard]] Elements elements(const Pin& pin) const;
  // kAbsent: there is no such element.
  [[nodiscard]] Word get(Edit& edit, std::uint64_t index) const;
  // kInvalidArgument: no such element, no number, or one that does not fit.
  Status set(const Pin& pin, std::uint64_t index, Word number) const;

 private:
  static StatusOr<Array> from_bytes(Edit& edit, ElementType type, std::span<const std::byte> bytes);
};

}  // namespace yin::substrate
