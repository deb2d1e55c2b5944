#include "substrate/sorted_set.h"

#include "substrate/check.h"

namespace yin::substrate {

namespace {

using Tree = Btree<1, 1, Order>;

std::optional<Word> item_of_rank(const Pin& pin, const BtreeRoot& tree, std::uint64_t rank) {
  if (rank >= tree.count) return std::nullopt;
  return *Tree::nth(pin, tree, rank);
}

}  // namespace

StatusOr<SortedSet> SortedSet::open(const Pin& pin, Word w) {
  auto order = load_order(pin, stored_order(pin, w));
  if (!order.ok()) return order.status();
  return SortedSet{w, *order};
}

SortedSet SortedSet::empty(Edit& edit, const Order& order) {
  return {make_sorted(edit, ObjectKind::kSortedSet, order, {}), order};
}

SortedSet SortedSet::from(Edit& edit, std::span<const Word> items, const Order& order) {
  return {build_sorted<1>(edit, ObjectKind::kSortedSet, order, items.data(), items.size()), order};
}

bool SortedSet::contains(const Pin& pin, Word item) const {
  return Tree::find(pin, order, sorted_root(pin, word), &item) != nullptr;
}

std::optional<Word> SortedSet::first(const Pin& pin) const {
  return item_of_rank(pin, sorted_root(pin, word), 0);
}

std::optional<Word> SortedSet::last(const Pin& pin) const {
  const BtreeRoot tree = sorted_root(pin, word);
  return item_of_rank(pin, tree, tree.count - 1);  // of an empty one, behind the end
}

Word SortedSet::nth(const Pin& pin, std::uint64_t index) const {
  const BtreeRoot tree = sorted_root(pin, word);
  check(index < tree.count, "nth behind the end of a sorted set");
  return *Tree::nth(pin, tree, index);
}

std::uint64_t SortedSet::rank(const Pin& pin, Word item) const {
  return Tree::rank<false>(pin, order, sorted_root(pin, word), &item);
}

std::optional<Word> SortedSet::lower_bound(const Pin& pin, Word item) const {
  return item_of_rank(pin, sorted_root(pin, word), rank(pin, item));
}

std::optional<Word> SortedSet::upper_bound(const Pin& pin, Word item) const {
  const BtreeRoot tree = sorted_root(pin, word);
  return item_of_rank(pin, tree, Tree::rank<true>(pin, order, tree, &item));
}

SortedSet SortedSet::conj(Edit& edit, Word item) const {
  BtreeRoot tree = sorted_root(edit.pin(), word);
  if (!Tree::put<false>(edit, order, tree, &item)) return *this;
  return {make_sorted(edit, ObjectKind::kSortedSet, order, tree), order};
}

SortedSet SortedSet::disj(Edit& edit, Word item) const {
  BtreeRoot tree = sorted_root(edit.pin(), word);
  if (!Tree::remove<false>(edit, order, tree, &item)) return *this;
  return {make_sorted(edit, ObjectKind::kSortedSet, order, tree), order};
}

SortedSet SortedSet::merge(Edit& edit, const SortedSet& other) const {
  const Pin& pin = edit.pin();
  check(order == other.order, "merge of sorted sets in two orders");
  const bool into_other = count(pin) < other.count(pin);
  TransientSortedSet all(edit, into_other ? other : *this);
  for (SortedSetDiff diff(pin, *this, other); !diff.done(); diff.next()) {
    if (diff.added() != into_other) all.conj(diff.item());
  }
  return all.persistent();
}

bool TransientSortedSet::contains(Word item) const {
  return Tree::find(edit_.pin(), order_, tree_, &item) != nullptr;
}

void TransientSortedSet::conj(Word item) { (void)Tree::put<true>(edit_, order_, tree_, &item); }

void TransientSortedSet::disj(Word item) { (void)Tree::remove<true>(edit_, order_, tree_, &item); }

SortedSet TransientSortedSet::persistent() {
  Tree::seal(edit_.pin(), tree_);
  return {make_sorted(edit_, ObjectKind::kSortedSet, order_, tree_), order_};
}

}  // namespace yin::substrate
