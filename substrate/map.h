#pragma once

// Map: a persistent hash map from values to values (CHAMP, Steindorfer & Vinju, OOPSLA 2015; layout
// in format.h).
//
// A Map is one word: nil is not a map, the empty map is an immediate, any other map is its root
// trie node, which carries the count. Updating copies the path, shares the rest and returns the new
// map; the shape depends only on the contents (canonical after deletes). Iteration order is by
// hash, the same everywhere in one domain.

#include <cstdint>
#include <functional>
#include <span>

#include "substrate/edit.h"
#include "substrate/internal/trie.h"
#include "substrate/value.h"

namespace yin::substrate {

class Hasher;

struct MapEntry {
  Word key;
  Word value;
};

struct Map {
  Word word = kEmptyMap;

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptyMap || is_object(w, ObjectKind::kMapNode) ||
           is_object(w, ObjectKind::kMapCollision);
  }
  // Bulk: any order, later doubles win. O(n).
  static Map from(Edit& edit, std::span<const MapEntry> entries);
  // The same, for keys that hold one another: a hasher goes through each once.
  static Map from(Edit& edit, std::span<const MapEntry> entries, Hasher& hasher);

  [[nodiscard]] std::uint32_t count(const Pin& pin) const;
  // kAbsent when there is no such key. O(log32 n), allocates nothing.
  [[nodiscard]] Word find(const Pin& pin, Word key) const {
    const Word* entry = is_small_int(key)
                            ? find_in_trie<2>(pin, word, hash(pin, key), SameWord{key})
                            : find_other(pin, key);
    return entry == nullptr ? kAbsent : entry[1];
  }
  // The key as it stands in the map, kAbsent when there is none that is equal.
  [[nodiscard]] Word find_key(const Pin& pin, Word key) const {
    const Word* entry = find_other(pin, key);
    return entry == nullptr ? kAbsent : entry[0];
  }
  [[nodiscard]] Word get(const Pin& pin, Word key, Word otherwise = kNil) const {
    const Word v = find(pin, key);
    return is_absent(v) ? otherwise : v;
  }
  [[nodiscard]] bool contains(const Pin& pin, Word key) const { return !is_absent(find(pin, key)); }
  // The same map when `key` already has the identical value word.
  [[nodiscard]] Map assoc(Edit& edit, Word key, Word value) const;
  [[nodiscard]] Map dissoc(Edit& edit, Word key) const;

  // The entries of both; of a key that both have, the other's value. Subtrees that both share are
  // taken as they are, those that one has alone too: O(what differs).
  [[nodiscard]] Map merge(Edit& edit, Map other) const;
  // ... of a key that both have, the value `join` makes of this map's and the other's. It is asked
  // for every such key, so shared subtrees are gone through as well.
  using Join = std::function<Word(Word key, Word mine, Word theirs)>;
  [[nodiscard]] Map merge_with(Edit& edit, Map other, const Join& join) const;

 private:
  [[nodiscard]] const Word* find_other(const Pin& pin, Word key) const;
};

// Forward iteration without allocation: for (MapIterator it(pin, map); !it.done(); it.next())
// it.entry()...
class MapIterator {
 public:
  MapIterator(const Pin& pin, Map map) : entries_(pin, map.word) {}
  void go_on(const Pin& pin) { entries_.go_on(pin); }
  [[nodiscard]] bool done() const { return entries_.done(); }
  [[nodiscard]] const MapEntry& entry() const {
    return *reinterpret_cast<const MapEntry*>(entries_.entry());
  }
  void next() { entries_.next(); }

 private:
  TrieIterator<2> entries_;
};

}  // namespace yin::substrate
