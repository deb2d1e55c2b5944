#pragma once

// What sorted map and sorted set share: their root object (fields: SortedField), going through a
// range of keys, and building from rows in any order.
//
// The empty collection in the order of compare() is an immediate; every other one is an object,
// since it has an order to remember. Read-only, but for those that take an edit.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "substrate/edit.h"
#include "substrate/internal/btree.h"
#include "substrate/sorted_order.h"
#include "substrate/value.h"

namespace yin::substrate {

inline Word sorted_meta(const BtreeRoot& tree) {
  return int_word(static_cast<std::int64_t>(tree.count << 8 | tree.height));
}

inline BtreeRoot sorted_root(const Pin& pin, Word w) {
  if (!is_reference(w)) return {};
  const Word* fields = record_words(header_of(pin, w));
  const auto meta = static_cast<std::uint64_t>(small_int(fields[SortedField::kMeta]));
  return {fields[SortedField::kRoot], static_cast<std::uint32_t>(meta & 0xff), meta >> 8};
}

// Of a word that is a sorted map or set.
inline Word stored_order(const Pin& pin, Word w) {
  return is_reference(w) ? field(pin, w, SortedField::kOrder) : natural_order().stored;
}

inline Word make_sorted(Edit& edit, ObjectKind kind, const Order& order, const BtreeRoot& tree) {
  if (tree.height == 0 && order == natural_order()) return empty_word(kind);
  auto* h = edit.allocate<ObjectHeader>(sizeof(ObjectHeader) + SortedField::kEnd * sizeof(Word));
  set_header(*h, kind, sizeof(ObjectHeader) + SortedField::kEnd * sizeof(Word), SortedField::kEnd,
             tree.height == 0);
  Word* fields = record_words(h);
  fields[SortedField::kOrder] = order.stored;
  fields[SortedField::kMeta] = sorted_meta(tree);
  fields[SortedField::kRoot] = tree.root;
  return word_of(edit.pin(), h);
}

// A row's place among those of a range, from either end.
template <unsigned kRow>
class SortedIterator {
  using Tree = Btree<1, kRow, Order>;

 public:
  SortedIterator(const Pin& pin, Word w, const Order& order, const KeyRange& range,
                 Direction direction)
      : cursor_(pin, sorted_root(pin, w)), ascending_(direction == Direction::kAscending) {
    const BtreeRoot tree = sorted_root(pin, w);
    std::uint64_t first = 0;
    std::uint64_t last = tree.count;  // the one behind
    if (!is_absent(range.from)) {
      first = range.with_from ? Tree::template rank<false>(pin, order, tree, &range.from)
                              : Tree::template rank<true>(pin, order, tree, &range.from);
    }
    if (!is_absent(range.to)) {
      last = range.with_to ? Tree::template rank<true>(pin, order, tree, &range.to)
                           : Tree::template rank<false>(pin, order, tree, &range.to);
    }
    left_ = first < last ? last - first : 0;
    if (left_ > 0) cursor_.seek(ascending_ ? first : last - 1);
  }
  void go_on(const Pin& pin) { cursor_.go_on(pin); }
  [[nodiscard]] bool done() const { return left_ == 0; }
  [[nodiscard]] std::uint64_t left() const { return left_; }
  [[nodiscard]] const Word* row() const { return cursor_.row(); }
  void next() {
    if (--left_ == 0) return;
    if (ascending_) {
      cursor_.next();
    } else {
      cursor_.previous();
    }
  }

 private:
  BtreeCursor<1, kRow> cursor_;
  bool ascending_;
  std::uint64_t left_ = 0;
};

// Rows in any order become rows in `order`; of equal keys the first, with the last value. In place;
// how many are left.
template <unsigned kRow>
std::size_t sort_rows(const Pin& pin, const Order& order, std::vector<Word>& words) {
  struct Row {
    Word words[kRow];
  };
  auto* rows = reinterpret_cast<Row*>(words.data());
  const std::size_t count = words.size() / kRow;
  const auto less = [&](const Row& a, const Row& b) { return order(pin, a.words, b.words) < 0; };
  if (!std::is_sorted(rows, rows + count, less)) std::stable_sort(rows, rows + count, less);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (kept > 0 && order(pin, rows[kept - 1].words, rows[i].words) == 0) {
      if constexpr (kRow == 2) rows[kept - 1].words[1] = rows[i].words[1];
    } else {
      rows[kept++] = rows[i];
    }
  }
  return kept;
}

template <unsigned kRow>
Word build_sorted(Edit& edit, ObjectKind kind, const Order& order, const Word* words,
                  std::size_t count) {
  std::vector<Word> rows(words, words + count * kRow);
  const std::size_t kept = sort_rows<kRow>(edit.pin(), order, rows);
  return make_sorted(edit, kind, order, Btree<1, kRow, Order>::build(edit, rows.data(), kept));
}

}  // namespace yin::substrate
