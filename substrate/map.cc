#include "substrate/map.h"

#include "substrate/internal/champ.h"
#include "substrate/internal/champ_merge.h"
#include "substrate/internal/hasher.h"

namespace yin::substrate {

namespace {
using Trie = Champ<2>;
static_assert(sizeof(MapEntry) == sizeof(Trie::Entry));

// Policies of champ_merge.h.
struct Theirs {
  static constexpr bool kMine = true, kTheirs = true, kShared = true, kLooks = false;
  bool both(Trie::Entry& mine, const Word* theirs) {
    mine[1] = theirs[1];
    return true;
  }
};
struct Joined {
  static constexpr bool kMine = true, kTheirs = true, kShared = true, kLooks = true;
  const Map::Join& join;
  bool both(Trie::Entry& mine, const Word* theirs) {
    mine[1] = join(mine[0], mine[1], theirs[1]);
    return true;
  }
};
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

const Word* Map::find_other(const Pin& pin, Word key) const { return Trie::find(pin, word, key); }

Map Map::assoc(Edit& edit, Word key, Word value) const {
  return {Trie::put(edit, word, {key, value})};
}

Map Map::dissoc(Edit& edit, Word key) const { return {Trie::remove(edit, word, key, kEmptyMap)}; }

Map Map::merge(Edit& edit, Map other) const {
  Theirs policy;
  return {ChampMerge<2, Theirs>::merge(edit, word, other.word, kEmptyMap, policy)};
}

Map Map::merge_with(Edit& edit, Map other, const Join& join) const {
  Joined policy{join};
  return {ChampMerge<2, Joined>::merge(edit, word, other.word, kEmptyMap, policy)};
}

}  // namespace yin::substrate
