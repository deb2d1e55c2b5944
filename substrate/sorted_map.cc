#include "substrate/sorted_map.h"

#include "substrate/check.h"

namespace yin::substrate {

namespace {

using Tree = Btree<1, 2, Order>;
static_assert(sizeof(MapEntry) == 2 * sizeof(Word));

MapEntry entry_at(const Word* row) { return {row[0], row[1]}; }

std::optional<MapEntry> entry_of_rank(const Pin& pin, const BtreeRoot& tree, std::uint64_t rank) {
  if (rank >= tree.count) return std::nullopt;
  return entry_at(Tree::nth(pin, tree, rank));
}

Word value_of(const Word* row) { return row == nullptr ? kAbsent : row[1]; }

}  // namespace

StatusOr<SortedMap> SortedMap::open(const Pin& pin, Word w) {
  auto order = load_order(pin, stored_order(pin, w));
  if (!order.ok()) return order.status();
  return SortedMap{w, *order};
}

SortedMap SortedMap::empty(Edit& edit, const Order& order) {
  return {make_sorted(edit, ObjectKind::kSortedMap, order, {}), order};
}

SortedMap SortedMap::from(Edit& edit, std::span<const MapEntry> entries, const Order& order) {
  return {build_sorted<2>(edit, ObjectKind::kSortedMap, order,
                          reinterpret_cast<const Word*>(entries.data()), entries.size()),
          order};
}

Word SortedMap::find(const Pin& pin, Word key) const {
  return value_of(Tree::find(pin, order, sorted_root(pin, word), &key));
}

std::optional<MapEntry> SortedMap::first(const Pin& pin) const {
  return entry_of_rank(pin, sorted_root(pin, word), 0);
}

std::optional<MapEntry> SortedMap::last(const Pin& pin) const {
  const BtreeRoot tree = sorted_root(pin, word);
  return entry_of_rank(pin, tree, tree.count - 1);  // of an empty one, behind the end
}

MapEntry SortedMap::nth(const Pin& pin, std::uint64_t index) const {
  const BtreeRoot tree = sorted_root(pin, word);
  check(index < tree.count, "nth behind the end of a sorted map");
  return entry_at(Tree::nth(pin, tree, index));
}

std::uint64_t SortedMap::rank(const Pin& pin, Word key) const {
  return Tree::rank<false>(pin, order, sorted_root(pin, word), &key);
}

std::optional<MapEntry> SortedMap::lower_bound(const Pin& pin, Word key) const {
  return entry_of_rank(pin, sorted_root(pin, word), rank(pin, key));
}

std::optional<MapEntry> SortedMap::upper_bound(const Pin& pin, Word key) const {
  const BtreeRoot tree = sorted_root(pin, word);
  return entry_of_rank(pin, tree, Tree::rank<true>(pin, order, tree, &key));
}

SortedMap SortedMap::assoc(Edit& edit, Word key, Word value) const {
  BtreeRoot tree = sorted_root(edit.pin(), word);
  const Word row[] = {key, value};
  if (!Tree::put<false>(edit, order, tree, row)) return *this;
  return {make_sorted(edit, ObjectKind::kSortedMap, order, tree), order};
}

SortedMap SortedMap::dissoc(Edit& edit, Word key) const {
  BtreeRoot tree = sorted_root(edit.pin(), word);
  if (!Tree::remove<false>(edit, order, tree, &key)) return *this;
  return {make_sorted(edit, ObjectKind::kSortedMap, order, tree), order};
}

SortedMap SortedMap::merge(Edit& edit, const SortedMap& other) const {
  const Pin& pin = edit.pin();
  check(order == other.order, "merge of sorted maps in two orders");
  const bool into_other = count(pin) < other.count(pin);
  TransientSortedMap all(edit, into_other ? other : *this);
  for (SortedMapDiff diff(pin, *this, other); !diff.done(); diff.next()) {
    if (into_other) {
      if (is_absent(diff.after())) all.assoc(diff.key(), diff.before());
    } else if (!is_absent(diff.after())) {
      all.assoc(diff.key(), diff.after());
    }
  }
  return all.persistent();
}

Word TransientSortedMap::find(Word key) const {
  return value_of(Tree::find(edit_.pin(), order_, tree_, &key));
}

void TransientSortedMap::assoc(Word key, Word value) {
  const Word row[] = {key, value};
  (void)Tree::put<true>(edit_, order_, tree_, row);
}

void TransientSortedMap::dissoc(Word key) { (void)Tree::remove<true>(edit_, order_, tree_, &key); }

SortedMap TransientSortedMap::persistent() {
  Tree::seal(edit_.pin(), tree_);
  return {make_sorted(edit_, ObjectKind::kSortedMap, order_, tree_), order_};
}

}  // namespace yin::substrate
