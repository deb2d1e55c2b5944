#pragma once

// Set: a persistent hash set, the map's trie with entries of one word. See map.h for shape, cost
// and order.
//
// A Set is one word: nil is not a set, the empty set is an immediate, any other set is its root
// trie node. Values are immutable, any number of threads may read one. An item that is equal to one
// in the set changes nothing: the set keeps the word it has.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/internal/trie.h"
#include "substrate/value.h"

namespace yin::substrate {

class Hasher;

struct Set {
  Word word = kEmptySet;

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptySet || is_object(w, ObjectKind::kSetNode) ||
           is_object(w, ObjectKind::kSetCollision);
  }
  static Set from(Edit& edit, std::span<const Word> items);
  // The same, for items that hold one another: a hasher goes through each once.
  static Set from(Edit& edit, std::span<const Word> items, Hasher& hasher);

  [[nodiscard]] std::uint32_t count(const Pin& pin) const;
  [[nodiscard]] bool contains(const Pin& pin, Word item) const {
    if (!is_small_int(item)) return contains_other(pin, item);
    return find_in_trie<1>(pin, word, hash(pin, item), SameWord{item}) != nullptr;
  }
  // The item as it stands in the set, kAbsent when there is none that is equal.
  [[nodiscard]] Word find(const Pin& pin, Word item) const;
  [[nodiscard]] Set conj(Edit& edit, Word item) const;
  [[nodiscard]] Set disj(Edit& edit, Word item) const;

  // Union, intersection, difference; of items that are equal, this set's stays. Subtrees that both
  // share are not looked into: O(what differs).
  [[nodiscard]] Set unite(Edit& edit, Set other) const;
  [[nodiscard]] Set intersect(Edit& edit, Set other) const;
  [[nodiscard]] Set subtract(Edit& edit, Set other) const;

 private:
  [[nodiscard]] bool contains_other(const Pin& pin, Word item) const;
};

class SetIterator {
 public:
  SetIterator(const Pin& pin, Set set) : items_(pin, set.word) {}
  void go_on(const Pin& pin) { items_.go_on(pin); }
  [[nodiscard]] bool done() const { return items_.done(); }
  [[nodiscard]] Word item() const { return *items_.entry(); }
  void next() { items_.next(); }

 private:
  TrieIterator<1> items_;
};

}  // namespace yin::substrate
