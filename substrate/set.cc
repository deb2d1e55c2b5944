#include "substrate/set.h"

#include "substrate/internal/champ.h"
#include "substrate/internal/champ_merge.h"
#include "substrate/internal/hasher.h"

namespace yin::substrate {

namespace {
using Trie = Champ<1>;

// A policy of champ_merge.h: which items stay, by where they stand.
template <bool kInMine, bool kInTheirs, bool kInBoth>
struct Keep {
  static constexpr bool kMine = kInMine, kTheirs = kInTheirs, kShared = kInBoth, kLooks = false;
  bool both(Trie::Entry&, const Word*) { return kInBoth; }
};
template <class Policy>
Set joined(Edit& edit, Set a, Set b) {
  Policy policy;
  return {ChampMerge<1, Policy>::merge(edit, a.word, b.word, kEmptySet, policy)};
}
}  // namespace

Set Set::from(Edit& edit, std::span<const Word> items) {
  return {Trie::build(edit, items.data(), items.size(), kEmptySet)};
}

Set Set::from(Edit& edit, std::span<const Word> items, Hasher& hasher) {
  return {Trie::build(edit, items.data(), items.size(), kEmptySet,
                      [&](Word item) { return hasher.hash(item); })};
}

std::uint32_t Set::count(const Pin& pin) const { return trie_count(pin, word); }

bool Set::contains_other(const Pin& pin, Word item) const {
  return Trie::find(pin, word, item) != nullptr;
}

Word Set::find(const Pin& pin, Word item) const {
  const Word* entry = Trie::find(pin, word, item);
  return entry == nullptr ? kAbsent : *entry;
}

Set Set::conj(Edit& edit, Word item) const { return {Trie::put(edit, word, {item})}; }

Set Set::disj(Edit& edit, Word item) const { return {Trie::remove(edit, word, item, kEmptySet)}; }

Set Set::unite(Edit& edit, Set other) const {
  return joined<Keep<true, true, true>>(edit, *this, other);
}

Set Set::intersect(Edit& edit, Set other) const {
  return joined<Keep<false, false, true>>(edit, *this, other);
}

Set Set::subtract(Edit& edit, Set other) const {
  return joined<Keep<true, false, false>>(edit, *this, other);
}

}  // namespace yin::substrate
