#include "substrate/array.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "substrate/bulk.h"
#include "substrate/internal/raw_record.h"
#include "substrate/worker.h"

namespace yin::substrate {

StatusOr<Array> Array::make(Edit& edit, ElementType type, std::uint64_t count) {
  if (!is_element_type(type)) return invalid_argument("an array of what is no element type");
  if (count > kCapacityMax) return resource_exhausted("an object of more than 4 GiB");
  const Pin& pin = edit.pin();
  Edit slab = Edit::in_slab(pin);
  const Word words[ArrayField::kEnd] = {int_word(static_cast<std::int64_t>(type)),
                                        int_word(static_cast<std::int64_t>(count)),
                                        draw_identity(pin)};
  auto made = make_raw_record(slab, ObjectKind::kArray, words, count * element_bytes(type));
  if (!made.ok()) return made.status();
  return Array{word_of(pin, *made)};
}

StatusOr<Array> Array::filled(Edit& edit, ElementType type, std::uint64_t count, Scalar value) {
  auto made = make(edit, type, count);
  if (!made.ok()) return made;
  Status filled = fill(made->elements(edit.pin()), value);
  if (!filled.ok()) return filled;
  return made;
}

StatusOr<Array> Array::from_bytes(Edit& edit, ElementType type, std::span<const std::byte> bytes) {
  auto made = make(edit, type, bytes.size() / element_bytes(type));
  if (!made.ok()) return made;
  std::copy(bytes.begin(), bytes.end(), made->elements(edit.pin()).data());
  return made;
}

Elements Array::elements(const Pin& pin) const {
  const ElementType element = type(pin);
  return {record_raw(header_of(pin, word)), count(pin), element_bytes(element), element,
          FieldAccess::kAtomic};
}

Word Array::get(Edit& edit, std::uint64_t index) const {
  const auto found = elements(edit.pin()).get(index);
  return found ? scalar_word(edit, *found) : kAbsent;
}

Status Array::set(const Pin& pin, std::uint64_t index, Word number) const {
  const auto value = scalar_of(pin, number);
  if (!value)
    return invalid_argument("an element takes a number, not a " + std::string(kind_name(number)));
  return elements(pin).set(index, *value);
}

}  // namespace yin::substrate
