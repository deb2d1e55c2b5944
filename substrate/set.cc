#include "substrate/set.h"

#include "substrate/internal/champ.h"
#include "substrate/internal/hasher.h"

namespace yin::substrate {

namespace {
using Trie = Champ<1>;
}  // namespace

Set Set::from(Edit& edit, std::span<const Word> items) {
  return {Trie::build(edit, items.data(), items.size(), kEmptySet)};
}

Set Set::from(Edit& edit, std::span<const Word> items, Hasher& hasher) {
  return {Trie::build(edit, items.data(), items.size(), kEmptySet,
                      [&](Word item) { return hasher.hash(item); })};
}

std::uint32_t Set::count(const Pin& pin) const { return trie_count(pin, word); }

bool Set::contains(const Pin& pin, Word item) const {
  return Trie::find(pin, word, item) != nullptr;
}

Set Set::conj(Edit& edit, Word item) const { return {Trie::put(edit, word, {item})}; }

Set Set::disj(Edit& edit, Word item) const { return {Trie::remove(edit, word, item, kEmptySet)}; }

}  // namespace yin::substrate
