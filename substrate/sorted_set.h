#pragma once

// SortedSet: a persistent set in the order of its items, the sorted map's tree with rows of one
// word. See sorted_map.h for shape, cost and order.
//
// It is equal to a hash set of the same items, and has its hash. An item that the order calls equal
// to one in the set changes nothing. Any number of threads may read; not for items without a
// lasting order.

#include <cstdint>
#include <optional>
#include <span>

#include "substrate/edit.h"
#include "substrate/internal/sorted_root.h"
#include "substrate/sorted_order.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr Word kEmptySortedSet = empty_word(ObjectKind::kSortedSet);

struct SortedSet {
  Word word = kEmptySortedSet;
  Order order = natural_order();

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptySortedSet || is_object(w, ObjectKind::kSortedSet);
  }
  // Of a word that is one. kNotFound: this process does not know its order.
  static StatusOr<SortedSet> open(const Pin& pin, Word w);
  static SortedSet empty(Edit& edit, const Order& order);
  static SortedSet from(Edit& edit, std::span<const Word> items,
                        const Order& order = natural_order());

  [[nodiscard]] std::uint64_t count(const Pin& pin) const { return sorted_root(pin, word).count; }
  [[nodiscard]] bool contains(const Pin& pin, Word item) const;
  [[nodiscard]] std::optional<Word> first(const Pin& pin) const;
  [[nodiscard]] std::optional<Word> last(const Pin& pin) const;
  [[nodiscard]] Word nth(const Pin& pin, std::uint64_t index) const;  // index < count
  [[nodiscard]] std::uint64_t rank(const Pin& pin, Word item) const;  // how many are smaller
  // The first item not before `item`, and the first behind it.
  [[nodiscard]] std::optional<Word> lower_bound(const Pin& pin, Word item) const;
  [[nodiscard]] std::optional<Word> upper_bound(const Pin& pin, Word item) const;

  [[nodiscard]] SortedSet conj(Edit& edit, Word item) const;
  [[nodiscard]] SortedSet disj(Edit& edit, Word item) const;
  // The items of both, which have one order. O(items that differ * log n).
  [[nodiscard]] SortedSet merge(Edit& edit, const SortedSet& other) const;
};

class SortedSetIterator {
 public:
  SortedSetIterator(const Pin& pin, const SortedSet& set, const KeyRange& range = {},
                    Direction direction = Direction::kAscending)
      : rows_(pin, set.word, set.order, range, direction) {}
  void go_on(const Pin& pin) { rows_.go_on(pin); }
  [[nodiscard]] bool done() const { return rows_.done(); }
  [[nodiscard]] std::uint64_t left() const { return rows_.left(); }  // items, this one included
  [[nodiscard]] Word item() const { return *rows_.row(); }
  void next() { rows_.next(); }

 private:
  SortedIterator<1> rows_;
};

// What is in one set only, of two in one order; shared subtrees are skipped.
class SortedSetDiff {
 public:
  SortedSetDiff(const Pin& pin, const SortedSet& before, const SortedSet& after)
      : rows_(pin, before.order, sorted_root(pin, before.word), sorted_root(pin, after.word)) {}
  [[nodiscard]] bool done() const { return rows_.done(); }
  [[nodiscard]] bool added() const { return rows_.before() == nullptr; }  // else it is gone
  [[nodiscard]] Word item() const { return *(added() ? rows_.after() : rows_.before()); }
  void next() { rows_.next(); }

 private:
  BtreeDiff<1, 1, Order> rows_;
};

// As TransientSortedMap.
class TransientSortedSet {
 public:
  TransientSortedSet(Edit& edit, const SortedSet& set)
      : edit_(edit), order_(set.order), tree_(sorted_root(edit.pin(), set.word)) {}
  TransientSortedSet(const TransientSortedSet&) = delete;
  TransientSortedSet& operator=(const TransientSortedSet&) = delete;

  [[nodiscard]] std::uint64_t count() const { return tree_.count; }
  [[nodiscard]] bool contains(Word item) const;
  void conj(Word item);
  void disj(Word item);
  [[nodiscard]] SortedSet persistent();

 private:
  Edit& edit_;
  Order order_;
  BtreeRoot tree_;
};

}  // namespace yin::substrate
