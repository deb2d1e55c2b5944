#pragma once

// IntMap: a persistent map from 64-bit signed integers to values, in the order of the keys.
//
// A radix tree over the key's bits, 32-way from the top, without nodes that have one position only
// (Okasaki & Gill, "Fast Mergeable Integer Maps", ML 1998, is the idea; they have two ways), with
// entries inline as in a hash trie. The shape depends on the contents only, so two maps are merged
// and compared node by node: what is the same node, or stands in disjoint ranges of keys, is not
// looked into. Costs: find, assoc and dissoc go down at most 13 levels, 3 to 5 for a million keys
// that lie together; merge and diff are O(nodes that differ), O(n + m) at worst.
//
// An IntMap is one word: the empty map is an immediate, any other its root node, which carries the
// count; every node is an int map by itself. It is equal to a hash map of the same entries, and has
// its hash. Keys beyond 63 bits cost a box. Any number of threads may read.

#include <cstdint>

#include "substrate/edit.h"
#include "substrate/internal/int_map_node.h"
#include "substrate/map.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr Word kEmptyIntMap = empty_word(ObjectKind::kIntMap);

struct IntMap {
  Word word = kEmptyIntMap;

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptyIntMap || is_object(w, ObjectKind::kIntMap);
  }

  [[nodiscard]] std::uint32_t count(const Pin& pin) const { return trie_count(pin, word); }
  // kAbsent when there is no such key. Allocates nothing.
  [[nodiscard]] Word find(const Pin& pin, std::int64_t key) const;
  [[nodiscard]] Word get(const Pin& pin, std::int64_t key, Word otherwise = kNil) const {
    const Word v = find(pin, key);
    return is_absent(v) ? otherwise : v;
  }
  [[nodiscard]] bool contains(const Pin& pin, std::int64_t key) const {
    return !is_absent(find(pin, key));
  }
  // The same map when `key` already has the identical value word.
  [[nodiscard]] IntMap assoc(Edit& edit, std::int64_t key, Word value) const;
  [[nodiscard]] IntMap dissoc(Edit& edit, std::int64_t key) const;
  // With change(value), kAbsent if there is none; an absent result takes the key away.
  template <class Change>
  [[nodiscard]] IntMap update(Edit& edit, std::int64_t key, Change&& change) const {
    const Word value = change(find(edit.pin(), key));
    return is_absent(value) ? dissoc(edit, key) : assoc(edit, key, value);
  }

  // The entries of both; of a key in both, `other`'s value.
  [[nodiscard]] IntMap merge(Edit& edit, IntMap other) const;
  // ... or combine(key, this one's value, other's value). It is called for every key in both.
  template <class Combine>
  [[nodiscard]] IntMap merge_with(Edit& edit, IntMap other, Combine&& combine) const {
    return merge_by(edit, other, {&combine, [](void* f, std::int64_t key, Word a, Word b) {
                                    return (*static_cast<Combine*>(f))(key, a, b);
                                  }});
  }
  // visit(key, before, after) for every key whose value differs, ascending; kAbsent: not in it.
  template <class Visit>
  static void diff(const Pin& pin, IntMap before, IntMap after, Visit&& visit) {
    diff_by(pin, before, after, {&visit, [](void* f, std::int64_t key, Word a, Word b) {
                                   (*static_cast<Visit*>(f))(key, a, b);
                                   return kNil;
                                 }});
  }

 private:
  // Somebody's function object, called through one pointer: the algorithms are compiled once.
  struct Callback {
    const void* function;
    Word (*call)(void* function, std::int64_t key, Word a, Word b);
  };
  friend class IntMapMerge;
  IntMap merge_by(Edit& edit, IntMap other, Callback combine) const;
  static void diff_by(const Pin& pin, IntMap before, IntMap after, Callback visit);
};

// The keys from..to, both included, ascending or descending, without allocation.
class IntMapIterator {
 public:
  struct Range {
    std::int64_t from = INT64_MIN;
    std::int64_t to = INT64_MAX;
    bool descending = false;
  };

  IntMapIterator(const Pin& pin, IntMap map) : IntMapIterator(pin, map, Range{}) {}
  IntMapIterator(const Pin& pin, IntMap map, const Range& range);
  void go_on(const Pin& pin) { pin_ = &pin; }
  [[nodiscard]] bool done() const { return at_ == nullptr; }
  [[nodiscard]] const MapEntry& entry() const { return *reinterpret_cast<const MapEntry*>(at_); }
  [[nodiscard]] std::int64_t key() const { return to_int(*pin_, *at_); }
  void next();

 private:
  struct Level {
    const IntMapNode* node;
    std::uint32_t left;  // positions still to be gone through
  };
  void enter(Word w);

  const Pin* pin_;
  std::uint64_t from_;
  std::uint64_t to_;
  bool descending_;
  const Word* at_ = nullptr;
  unsigned depth_ = 0;
  Level levels_[kIntMapLevels];
};

}  // namespace yin::substrate
