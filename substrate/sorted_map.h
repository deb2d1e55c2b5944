#pragma once

// SortedMap: a persistent map in the order of its keys, a B+ tree with wide leaves
// (internal/btree.h).
//
// A SortedMap is a word and the order it stands for (sorted_order.h); open() finds the order. Up to
// 32 entries stand in a leaf, one behind the other, so going through a range costs a few
// nanoseconds an entry, in either direction and without comparisons. Counts in the nodes make nth
// and rank O(log n). An update copies the path, about 2 KiB at a million entries; for many updates
// in a row use TransientSortedMap.
//
// It is equal to a hash map of the same entries, and has its hash. The key put first stays when a
// value is replaced. Any number of threads may read. Not for keys that have no lasting order: see
// is_orderable().

#include <cstdint>
#include <optional>
#include <span>

#include "substrate/edit.h"
#include "substrate/internal/sorted_root.h"
#include "substrate/map.h"
#include "substrate/sorted_order.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr Word kEmptySortedMap = empty_word(ObjectKind::kSortedMap);

struct SortedMap {
  Word word = kEmptySortedMap;
  Order order = natural_order();

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptySortedMap || is_object(w, ObjectKind::kSortedMap);
  }
  // Of a word that is one. kNotFound: this process does not know its order.
  static StatusOr<SortedMap> open(const Pin& pin, Word w);
  static SortedMap empty(Edit& edit, const Order& order);
  // Bulk: entries in any order, later doubles win. O(n log n); O(n) when they are sorted.
  static SortedMap from(Edit& edit, std::span<const MapEntry> entries,
                        const Order& order = natural_order());

  [[nodiscard]] std::uint64_t count(const Pin& pin) const { return sorted_root(pin, word).count; }
  // kAbsent when there is no such key. O(log n), allocates nothing.
  [[nodiscard]] Word find(const Pin& pin, Word key) const;
  [[nodiscard]] Word get(const Pin& pin, Word key, Word otherwise = kNil) const {
    const Word v = find(pin, key);
    return is_absent(v) ? otherwise : v;
  }
  [[nodiscard]] bool contains(const Pin& pin, Word key) const { return !is_absent(find(pin, key)); }

  [[nodiscard]] std::optional<MapEntry> first(const Pin& pin) const;
  [[nodiscard]] std::optional<MapEntry> last(const Pin& pin) const;
  // The entry with `index` smaller keys, index < count; and how many smaller keys there are.
  [[nodiscard]] MapEntry nth(const Pin& pin, std::uint64_t index) const;
  [[nodiscard]] std::uint64_t rank(const Pin& pin, Word key) const;
  // The first entry not before `key`, and the first behind it.
  [[nodiscard]] std::optional<MapEntry> lower_bound(const Pin& pin, Word key) const;
  [[nodiscard]] std::optional<MapEntry> upper_bound(const Pin& pin, Word key) const;

  // The same map when `key` already has the identical value word.
  [[nodiscard]] SortedMap assoc(Edit& edit, Word key, Word value) const;
  [[nodiscard]] SortedMap dissoc(Edit& edit, Word key) const;
  // This map with the entries of `other`, which has the same order; of keys in both, `other`'s
  // value. O(entries that differ * log n): what both share is not looked at.
  [[nodiscard]] SortedMap merge(Edit& edit, const SortedMap& other) const;
};

// A range in either direction, without allocation: for (SortedMapIterator it(pin, map, {.from =
// a, .to = b}); !it.done(); it.next()) it.entry()...
class SortedMapIterator {
 public:
  SortedMapIterator(const Pin& pin, const SortedMap& map, const KeyRange& range = {},
                    Direction direction = Direction::kAscending)
      : rows_(pin, map.word, map.order, range, direction) {}
  void go_on(const Pin& pin) { rows_.go_on(pin); }
  [[nodiscard]] bool done() const { return rows_.done(); }
  [[nodiscard]] std::uint64_t left() const { return rows_.left(); }  // entries, this one included
  [[nodiscard]] const MapEntry& entry() const {
    return *reinterpret_cast<const MapEntry*>(rows_.row());
  }
  void next() { rows_.next(); }

 private:
  SortedIterator<2> rows_;
};

// What differs between two maps of one order, in that order; shared subtrees are skipped.
class SortedMapDiff {
 public:
  SortedMapDiff(const Pin& pin, const SortedMap& before, const SortedMap& after)
      : rows_(pin, before.order, sorted_root(pin, before.word), sorted_root(pin, after.word)) {}
  [[nodiscard]] bool done() const { return rows_.done(); }
  [[nodiscard]] Word key() const {
    return (rows_.before() != nullptr ? rows_.before() : rows_.after())[0];
  }
  [[nodiscard]] Word before() const { return value(rows_.before()); }  // kAbsent: not in it
  [[nodiscard]] Word after() const { return value(rows_.after()); }
  void next() { rows_.next(); }

 private:
  static Word value(const Word* row) { return row == nullptr ? kAbsent : row[1]; }

  BtreeDiff<1, 2, Order> rows_;
};

// Many updates of one map: nodes that this object made are changed in place, others are copied.
// One thread, within one edit; what it reads is its own newest state.
class TransientSortedMap {
 public:
  TransientSortedMap(Edit& edit, const SortedMap& map)
      : edit_(edit), order_(map.order), tree_(sorted_root(edit.pin(), map.word)) {}
  TransientSortedMap(const TransientSortedMap&) = delete;
  TransientSortedMap& operator=(const TransientSortedMap&) = delete;

  [[nodiscard]] std::uint64_t count() const { return tree_.count; }
  [[nodiscard]] Word find(Word key) const;
  void assoc(Word key, Word value);
  void dissoc(Word key);
  // The map as it is now, immutable. This object may go on; it copies again what it changes.
  [[nodiscard]] SortedMap persistent();

 private:
  Edit& edit_;
  Order order_;
  BtreeRoot tree_;
};

}  // namespace yin::substrate
