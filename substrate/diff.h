#pragma once

// Diff: what was added, removed and changed between two maps, sets or vectors.
//
//   for (MapDiff it(pin, before, after); !it.done(); it.next()) {
//     it.key(), it.before(), it.after()        // kAbsent on one side: added or removed
//   }
//
// Subtrees that both share are identical words and are passed by without a look, so between two
// versions of one collection it costs O(changes * log n), whatever their size. Values that are equal
// but not the same word are no change; of a key only its presence and its value count. Order is that
// of the tries (by hash), of vectors by index. A vector is compared position by position: what was
// inserted in the middle changes all positions behind it.
//
// Allocates nothing. One thread; as long as the pin and both collections.

#include <cstdint>
#include <span>

#include "substrate/internal/trie_pair.h"
#include "substrate/map.h"
#include "substrate/set.h"
#include "substrate/vector.h"

namespace yin::substrate {

struct ValueHash;

// What MapDiff and SetDiff have in common: entries that stand on one side only, or on both with
// other values. Null: not on that side.
template <unsigned kWidth>
class TrieDiff {
 public:
  TrieDiff(const Pin& pin, Word before, Word after);

  [[nodiscard]] bool done() const { return before_ == nullptr && after_ == nullptr; }
  [[nodiscard]] const Word* before() const { return before_; }
  [[nodiscard]] const Word* after() const { return after_; }
  void next();
  // Nodes it has opened so far, for those who want to see that sharing pays.
  [[nodiscard]] std::uint64_t visited() const { return visited_; }

 private:
  using Side = TrieSide<kWidth, ValueHash>;
  // Two sides that differ, opened: the positions that are left to be looked at, or, below the last
  // level, the entries of two collision nodes.
  struct Level {
    TrieLook<kWidth> before;
    TrieLook<kWidth> after;
    std::uint32_t left;
    bool collisions;
    std::uint32_t at;  // in entries, first of `before`, then of `after`
    std::uint32_t before_count;
    std::uint32_t after_count;
  };

  void open(const Side& before, const Side& after);
  bool step();
  bool meet(const Side& before, const Side& after);
  bool next_collision(Level& level);
  [[nodiscard]] const Word* same_key(const Word* entries, std::uint32_t count, Word key) const;

  const Pin& pin_;
  int depth_ = -1;
  const Word* before_ = nullptr;
  const Word* after_ = nullptr;
  const Word* pending_ = nullptr;  // of `after`, reported behind what `before` had at its place
  std::uint64_t visited_ = 0;
  Level levels_[kTrieLevels + 1];
};

class MapDiff {
 public:
  MapDiff(const Pin& pin, Map before, Map after) : entries_(pin, before.word, after.word) {}
  [[nodiscard]] bool done() const { return entries_.done(); }
  [[nodiscard]] Word key() const {
    return entries_.before() != nullptr ? *entries_.before() : *entries_.after();
  }
  [[nodiscard]] Word before() const {
    return entries_.before() == nullptr ? kAbsent : entries_.before()[1];
  }
  [[nodiscard]] Word after() const {
    return entries_.after() == nullptr ? kAbsent : entries_.after()[1];
  }
  void next() { entries_.next(); }
  [[nodiscard]] std::uint64_t visited() const { return entries_.visited(); }

 private:
  TrieDiff<2> entries_;
};

class SetDiff {
 public:
  SetDiff(const Pin& pin, Set before, Set after) : items_(pin, before.word, after.word) {}
  [[nodiscard]] bool done() const { return items_.done(); }
  [[nodiscard]] bool added() const { return items_.before() == nullptr; }  // else removed
  [[nodiscard]] Word item() const { return added() ? *items_.after() : *items_.before(); }
  void next() { items_.next(); }
  [[nodiscard]] std::uint64_t visited() const { return items_.visited(); }

 private:
  TrieDiff<1> items_;
};

class VectorDiff {
 public:
  VectorDiff(const Pin& pin, Vector before, Vector after);
  [[nodiscard]] bool done() const { return index_ == end_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  [[nodiscard]] Word before() const;  // kAbsent behind its end
  [[nodiscard]] Word after() const;
  void next();
  // Runs of elements it has compared or passed by so far.
  [[nodiscard]] std::uint64_t visited() const { return visited_; }

 private:
  void settle();
  [[nodiscard]] std::uint64_t shared() const;

  const Pin& pin_;
  Vector before_;
  Vector after_;
  std::uint64_t before_count_;
  std::uint64_t after_count_;
  std::uint64_t index_ = 0;
  std::uint64_t end_;
  std::uint64_t visited_ = 0;
  std::span<const Word> x_;  // from index_ on
  std::span<const Word> y_;
};

}  // namespace yin::substrate
