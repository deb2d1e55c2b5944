#include "substrate/map.h"

#include "substrate/internal/champ.h"
#include "substrate/internal/hasher.h"

namespace yin::substrate {

namespace {
using Trie = Champ<2>;
static_assert(sizeof(MapEntry) == sizeof(Trie::Entry));
}  // namespace

Map Map::from(Edit& edit, std::span<const MapEntry> entries) {
  return {
      Trie::build(edit, reinterpret_cast<const Word*>(entries.data()), entries.size(), kEmptyMap)};
}

Map Map::from(Edit& edit, std::span<const MapEntry> entries, Hasher& hasher) {
  return {Trie::build(edit, reinterpret_cast<const Word*>(entries.data()), entries.size(),
                      kEmptyMap, [&](Word key) { return hasher.hash(key); })};
}

std::uint32_t Map::count(const Pin& pin) const { return trie_count(pin, word); }

Word Map::find(const Pin& pin, Word key) const {
  const Word* entry = Trie::find(pin, word, key);
  return entry == nullptr ? kAbsent : entry[1];
}

Map Map::assoc(Edit& edit, Word key, Word value) const {
  return {Trie::put(edit, word, {key, value})};
}

Map Map::dissoc(Edit& edit, Word key) const { return {Trie::remove(edit, word, key, kEmptyMap)}; }

}  // namespace yin::substrate
