#pragma once

// A value whose every part follows from a number, so that one that was damaged, or reclaimed and
// used anew, is seen for what it is.

#include <cstdint>
#include <string>
#include <vector>

#include "substrate/edit.h"
#include "substrate/map.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::tests {

using namespace yin::substrate;  // NOLINT(google-build-using-namespace): the tests' vocabulary

// A tree whose every part follows from `n`: a damaged or reused one is seen.
inline Word tree_of(Edit& edit, std::uint64_t n) {
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < 40 + n % 60; ++i) {
    const MapEntry entries[] = {
        {int_word(static_cast<std::int64_t>(i)),
         from_string(edit, "text number " + std::to_string(n + i))},
        {from_string(edit, "a key of some length"), int_word(static_cast<std::int64_t>(n))}};
    items.push_back(Map::from(edit, entries).word);
  }
  items.push_back(int_word(static_cast<std::int64_t>(n)));
  return Vector::from(edit, items).word;
}
inline bool is_tree(const Pin& pin, Word w) {
  if (!is_object(w, ObjectKind::kVector)) return false;
  const Vector items{w};
  const std::uint64_t count = items.count(pin);
  if (count < 41) return false;
  const auto n = static_cast<std::uint64_t>(small_int(items.nth(pin, count - 1)));
  if (count != 41 + n % 60) return false;
  for (std::uint64_t i = 0; i + 1 < count; ++i) {
    const Map map{items.nth(pin, i)};
    const Word text = map.find(pin, int_word(static_cast<std::int64_t>(i)));
    if (!is_string(text) || StringView(pin, text).view() != "text number " + std::to_string(n + i))
      return false;
  }
  return true;
}

}  // namespace yin::tests
