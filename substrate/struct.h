#pragma once

// Struct: named fields of declared types at fixed places, one instance or a block of many, whose
// scalar fields change in place. Layout: the declaration, a value too.
//
//   kRows     | x y n | x y n | x y n |   an instance is together (array of structs)
//   kColumns  | x x x | y y y | n n n |   a field is together (struct of arrays): bulk.h at full speed
//
//   const FieldSpec fields[] = {{keyword(pin, "x"), ElementType::kF64},
//                               {keyword(pin, "hits"), ElementType::kI64, FieldAccess::kAtomic},
//                               {keyword(pin, "name"), ElementType::kWord, FieldAccess::kImmutable}};
//   auto layout = Layout::declare(edit, fields);
//   auto points = Struct::make(edit, *layout, Arrangement::kColumns, 1'000);
//   points->column(pin, keyword(pin, "hits"))->add(7, 1);
//
// What elements.h says of changes in place holds for scalar fields: they are no part of a commit,
// every version of a value that holds the struct sees them, and no element is ever torn. A field is
// immutable (given when the struct is made), mutable (get and set), or atomic (everything there).
//
// A field may also hold any value (kWord), but only an immutable one: the collector learns of
// references by what root slots held, and would miss one that was put into an object behind its
// back, as would publishing, which copies what a step made. What refers to others and changes lives
// in an atom; put the atom's reference into the field.
//
// Two structs are equal only if they are one, and one keeps its hash for life. Two layouts are equal
// if they declare the same fields in the same order. Printed as #yin/struct [1 {:x 0.0, :hits
// 0}], which is not read back. Any number of threads may use one struct. A struct made in the nursery of
// an agent's step (only when a field refers into it) is copied as it stands when it is published,
// and views of it end there.

#include <cstdint>
#include <optional>
#include <span>

#include "substrate/edit.h"
#include "substrate/elements.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

struct FieldSpec {
  Word name;  // keyword
  ElementType type;
  FieldAccess access = FieldAccess::kMutable;
};

struct Field {
  ElementType type;
  FieldAccess access;
  std::uint64_t place;  // a scalar's byte in the row; a word's number among the words
};

struct Layout {
  Word word = kNil;

  [[nodiscard]] static bool is(Word w) { return is_object(w, ObjectKind::kLayout); }
  // Scalars are laid out from the widest to the narrowest, so that each is aligned and nothing is
  // lost between them. kInvalidArgument: a name twice or not a keyword, a kWord field that may
  // change, more than kLayoutFieldsMax fields.
  static StatusOr<Layout> declare(Edit& edit, std::span<const FieldSpec> fields);

  [[nodiscard]] std::uint32_t field_count(const Pin& pin) const {
    return (header_of(pin, word)->count - LayoutField::kFields) / 2;
  }
  [[nodiscard]] Word name(const Pin& pin, std::uint32_t index) const {
    return field(pin, word, LayoutField::kFields + 2 * index);
  }
  [[nodiscard]] Field field_at(const Pin& pin, std::uint32_t index) const;
  // None: no field is called so. A look at each name in turn: ask once for many instances.
  [[nodiscard]] std::optional<Field> find(const Pin& pin, Word name) const;
  [[nodiscard]] std::uint64_t row_bytes(const Pin& pin) const {
    return static_cast<std::uint64_t>(small_int(field(pin, word, LayoutField::kRowBytes)));
  }
  [[nodiscard]] std::uint64_t word_count(const Pin& pin) const {
    return static_cast<std::uint64_t>(small_int(field(pin, word, LayoutField::kWordCount)));
  }
};

enum class Arrangement : std::uint8_t { kRows = 0, kColumns = 1 };

struct Struct {
  Word word = kNil;

  [[nodiscard]] static bool is(Word w) { return is_object(w, ObjectKind::kStruct); }
  // `rows` instances. `values` has nothing: all zero and nil; one value a field: the same in each
  // row; or one a field and row, row by row. kAbsent leaves zero or nil. kInvalidArgument: another
  // number of values, or one that does not fit its field. kResourceExhausted: no room in one piece.
  static StatusOr<Struct> make(Edit& edit, Layout layout, Arrangement arrangement,
                               std::uint64_t rows, std::span<const Word> values = {});

  [[nodiscard]] Layout layout(const Pin& pin) const {
    return {field(pin, word, StructField::kLayout)};
  }
  [[nodiscard]] std::uint64_t rows(const Pin& pin) const { return shape(pin) >> 1; }
  [[nodiscard]] Arrangement arrangement(const Pin& pin) const {
    return static_cast<Arrangement>(shape(pin) & 1);
  }

  // A scalar field of all rows: side by side in kColumns, a row apart in kRows. kInvalidArgument:
  // no such field, or one that holds words.
  [[nodiscard]] StatusOr<Elements> column(const Pin& pin, Word name) const;
  [[nodiscard]] Elements column(const Pin& pin, const Field& f) const;  // of a scalar field
  // A field of any value; the row is there.
  [[nodiscard]] Word word_at(const Pin& pin, std::uint64_t row, const Field& f) const;
  // kAbsent: no such row or field. Atomic fields are read and written atomically.
  [[nodiscard]] Word get(Edit& edit, std::uint64_t row, Word name) const;
  // kInvalidArgument: no such row or field, an immutable one, no number or one that does not fit.
  Status set(const Pin& pin, std::uint64_t row, Word name, Word number) const;

 private:
  [[nodiscard]] std::uint64_t shape(const Pin& pin) const {
    return static_cast<std::uint64_t>(small_int(field(pin, word, StructField::kShape)));
  }
};

// For verify: are these the words of a layout as declare() makes it? Are the words and the size of
// a struct what its layout, which is one, asks for?
bool is_sound_layout(std::span<const Word> words);
bool is_sound_struct(const Pin& pin, const ObjectHeader& h);

}  // namespace yin::substrate
