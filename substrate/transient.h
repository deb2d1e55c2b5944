#pragma once

// Transients: maps, sets and vectors that one writer changes in place, until they become values.
//
//   TransientMap building(edit, map);
//   for (...) building.assoc(key, value);
//   map = building.persistent();
//
// A transient copies a node the first time it changes it and stores into the copy from then on
// (internal/ownership.h says how it knows which are its own), so many changes in a row cost far
// less than as many new versions; what it began with is never touched, and what it gives is the
// same value, in the same canonical shape, that the persistent operations would have made. The idea
// and the name are Clojure's. One that begins empty only notes what it is given, in private memory
// of its own, and builds in bulk at the first look or at the end, as long as that pays.
//
// A transient belongs to one thread and lives as long as its edit, which must not be reset or given
// back meanwhile. It is no value: nothing may refer to it. After persistent() it is used up, and
// any further call ends the process. Dropping one costs nothing but the memory it took.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "substrate/check.h"
#include "substrate/internal/ownership.h"
#include "substrate/internal/radix.h"
#include "substrate/map.h"
#include "substrate/set.h"
#include "substrate/vector.h"

namespace yin::substrate {

// What maps (entries of two words) and sets (of one) have in common.
template <unsigned kWidth>
class TransientTrie {
 public:
  TransientTrie(Edit& edit, Word from, Word empty);

  [[nodiscard]] std::uint32_t count();
  // The entry of `key` or null; good until the next change.
  [[nodiscard]] const Word* find(Word key);
  void put(const Word* entry) {
    if (noting_ && (notes_.size() < notes_.capacity() || make_room())) {
      std::copy_n(entry, kWidth, notes_.emplace_back().begin());
    } else {
      put_in_place(entry);
    }
  }
  void remove(Word key);
  [[nodiscard]] Word persistent();

 private:
  void put_in_place(const Word* entry);
  bool make_room();
  void stop_noting();
  [[nodiscard]] bool is_worth_noting() const;

  OwnBlocks own_;
  Word root_;
  Word empty_;
  bool open_ = true;
  bool noting_;                                  // entries are in notes_, and root_ is empty
  std::vector<std::array<Word, kWidth>> notes_;  // in the order they came
};

class TransientMap {
 public:
  explicit TransientMap(Edit& edit, Map from = {}) : trie_(edit, from.word, kEmptyMap) {}

  [[nodiscard]] std::uint32_t count() { return trie_.count(); }
  [[nodiscard]] Word find(Word key) {  // kAbsent when there is no such key
    const Word* entry = trie_.find(key);
    return entry == nullptr ? kAbsent : entry[1];
  }
  [[nodiscard]] bool contains(Word key) { return trie_.find(key) != nullptr; }
  // As Map's. Amortised: a find, and a copy of the last node when the key is new.
  void assoc(Word key, Word value) {
    const Word entry[] = {key, value};
    trie_.put(entry);
  }
  void dissoc(Word key) { trie_.remove(key); }
  // The value. O(nodes changed).
  [[nodiscard]] Map persistent() { return {trie_.persistent()}; }

 private:
  TransientTrie<2> trie_;
};

class TransientSet {
 public:
  explicit TransientSet(Edit& edit, Set from = {}) : trie_(edit, from.word, kEmptySet) {}

  [[nodiscard]] std::uint32_t count() { return trie_.count(); }
  [[nodiscard]] bool contains(Word item) { return trie_.find(item) != nullptr; }
  void conj(Word item) { trie_.put(&item); }
  void disj(Word item) { trie_.remove(item); }
  [[nodiscard]] Set persistent() { return {trie_.persistent()}; }

 private:
  TransientTrie<1> trie_;
};

class TransientVector {
 public:
  explicit TransientVector(Edit& edit, Vector from = {});

  [[nodiscard]] std::uint64_t count() const {
    check_open();
    return below_ + tail_size_;
  }
  [[nodiscard]] Word nth(std::uint64_t index) const;  // index < count
  // A store into the tail, which stands in the transient itself; every 32nd makes a leaf.
  void conj(Word item) {
    if (tail_size_ == kRadixWidth) [[unlikely]]
      push_tail();
    tail_[tail_size_++] = item;
  }
  void assoc(std::uint64_t index, Word item);  // index <= count
  void pop();                                  // count > 0
  [[nodiscard]] Vector persistent();           // O(nodes changed)

 private:
  void check_open() const { check(open_, "a transient is used after persistent()"); }
  void push_tail();
  void append(Word leaf);
  void trim();

  OwnBlocks own_;
  Word root_ = kNil;
  unsigned shift_ = 0;
  bool relaxed_ = false;
  bool open_ = true;
  std::uint32_t tail_size_ = 0;  // used up: full, so that the next conj() looks at open_
  std::uint64_t below_ = 0;      // elements below the root
  Word tail_[kRadixWidth];
};

}  // namespace yin::substrate
