#pragma once

// Btree: the algorithms of the B+ tree, for sorted maps (rows of two words, ordered by the first),
// sorted sets (one word) and indexes (rows of several words, ordered by all of them).
//
//   leaf   header | rows, kRow words each
//   node   header | first key of each child, kKey words each | children | ends: n uint32
//
// (Bayer & McCreight 1972; all rows in leaves: Comer, "The Ubiquitous B-Tree", 1979.) The keys a
// node searches stand together; `ends` counts the rows up to and with each child, which makes rank
// and nth O(log n). Keys in nodes are exact, the very words of the first row below, so that nothing
// is kept alive by a key that was removed. Nodes are as large as they need to be and at least half
// full, but for those on the right edge: ascending rows fill leaves to the brim.
//
// An update copies the path. A transient (kInPlace) makes nodes of full capacity and changes those
// it made itself. Which these are stands in the word that refers to them: its size is 0, "see
// header", which no other node's word says, since nodes are small. An owned node's parent is owned
// too, so owned words stand in nodes that nobody else has seen; seal() puts the sizes in, shrinks
// the nodes and makes all of them immutable. So nodes carry no edit id, and a transient that is
// dropped leaves nothing behind.
//
// Keys of one word that are immediate integers are compared as such: a node says so in a flag, and
// is searched without branches. Any number of threads may read; a Tree under kInPlace has one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "substrate/check.h"
#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/internal/words.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

// What a tree's root object says.
struct BtreeRoot {
  Word root = kNil;
  std::uint32_t height = 0;  // levels; 0: empty, 1: the root is a leaf
  std::uint64_t count = 0;   // rows
};

template <unsigned kKey, unsigned kRow>
struct BtreeLayout {
  static_assert(kKey <= kRow);
  static constexpr std::uint32_t kLeafMax = kRow == 1 ? 64 : kRow == 2 ? 32 : 24;
  static constexpr std::uint32_t kInnerMax = kKey == 1 ? 48 : 24;
  static constexpr std::uint32_t kLeafMin = kLeafMax / 2;
  static constexpr std::uint32_t kInnerMin = kInnerMax / 2;
  static constexpr std::uint64_t kLeafBytes = sizeof(ObjectHeader) + kLeafMax * kRow * sizeof(Word);
  static constexpr std::uint64_t kInnerBytes =
      sizeof(ObjectHeader) + kInnerMax * ((kKey + 1) * sizeof(Word) + sizeof(std::uint32_t));
  static_assert(kLeafBytes < 512 * kGranule && kInnerBytes < 512 * kGranule,
                "the word of a node tells its size");

  static std::uint32_t rows(const ObjectHeader* leaf) { return leaf->count / kRow; }
  static std::uint32_t children(const ObjectHeader* node) { return node->count / (kKey + 1); }
  template <class Header>
  static auto* row(Header* leaf, std::uint32_t i) {
    return record_words(leaf) + std::size_t{i} * kRow;
  }
  template <class Header>
  static auto* key(Header* node, std::uint32_t i) {
    return record_words(node) + std::size_t{i} * kKey;
  }
  template <class Header>
  static auto* child(Header* node, std::uint32_t i) {
    return record_words(node) + std::size_t{children(node)} * kKey + i;
  }
  static std::uint32_t* ends(ObjectHeader* node) {
    return reinterpret_cast<std::uint32_t*>(record_raw(node));
  }
  static const std::uint32_t* ends(const ObjectHeader* node) {
    return reinterpret_cast<const std::uint32_t*>(record_raw(node));
  }
  static std::uint64_t leaf_bytes(std::uint32_t n) {
    return sizeof(ObjectHeader) + std::uint64_t{n} * kRow * sizeof(Word);
  }
  static std::uint64_t inner_bytes(std::uint32_t n) {
    return sizeof(ObjectHeader) +
           std::uint64_t{n} * ((kKey + 1) * sizeof(Word) + sizeof(std::uint32_t));
  }
};

// A place in a tree: a row, and the children taken on the way to it. Without allocation; good as
// long as the pin and as the tree is not edited.
template <unsigned kKey, unsigned kRow>
class BtreeCursor {
  using Layout = BtreeLayout<kKey, kRow>;

 public:
  BtreeCursor(const Pin& pin, const BtreeRoot& tree) : pin_(&pin), tree_(tree) {}
  void go_on(const Pin& pin) { pin_ = &pin; }

  // To row `rank`, which is less than the count.
  void seek(std::uint64_t rank) {
    Word w = tree_.root;
    for (unsigned level = tree_.height - 1; level > 0; --level) {
      const ObjectHeader* node = header_of(*pin_, w);
      const std::uint32_t n = Layout::children(node);
      const std::uint32_t* ends = Layout::ends(node);
      const auto i = static_cast<std::uint32_t>(std::upper_bound(ends, ends + n - 1, rank) - ends);
      if (i > 0) rank -= ends[i - 1];
      const Word* children = Layout::child(node, 0);
      levels_[level] = {children, children + i, children + n};
      w = children[i];
    }
    enter(w);
    at_ += rank * kRow;
  }

  [[nodiscard]] const Word* row() const { return at_; }
  // The rows from here to the leaf's end.
  [[nodiscard]] std::span<const Word> run() const { return {at_, end_}; }

  // To the row behind; false if there is none.
  bool next() {
    at_ += kRow;
    return at_ != end_ || leave(0);
  }
  // To the row before, which must be there.
  void previous() {
    if (at_ == begin_) {
      unsigned level = 1;
      while (levels_[level].at == levels_[level].begin) ++level;
      enter_last(level);
    }
    at_ -= kRow;
  }

  // How many rows the node at `level` has.
  [[nodiscard]] std::uint64_t rows_of(unsigned level) const {
    const ObjectHeader* h = header_of(*pin_, node(level));
    return level == 0 ? Layout::rows(h) : Layout::ends(h)[Layout::children(h) - 1];
  }
  // Is this the first row of the node at `level`, 0 being the leaf?
  [[nodiscard]] bool is_first_of(unsigned level) const {
    if (at_ != begin_) return false;
    for (unsigned l = 1; l <= level; ++l) {
      if (levels_[l].at != levels_[l].begin) return false;
    }
    return true;
  }
  // The node at `level` that the row is in.
  [[nodiscard]] Word node(unsigned level) const {
    return level + 1 == tree_.height ? tree_.root : *levels_[level + 1].at;
  }
  // To the first row behind the node at `level`; false if there is none.
  bool leave(unsigned level) {
    ++level;
    while (level < tree_.height && levels_[level].at + 1 == levels_[level].end) ++level;
    if (level >= tree_.height) return false;
    ++levels_[level].at;
    for (; level > 1; --level) {
      const ObjectHeader* node = header_of(*pin_, *levels_[level].at);
      const Word* children = Layout::child(node, 0);
      levels_[level - 1] = {children, children, children + Layout::children(node)};
    }
    if (levels_[1].at + 1 != levels_[1].end) fetch(levels_[1].at[1]);
    enter(*levels_[1].at);
    return true;
  }

 private:
  struct Level {
    const Word* begin;  // the node's children
    const Word* at;
    const Word* end;
  };

  void enter(Word leaf) {
    const ObjectHeader* h = header_of(*pin_, leaf);
    begin_ = at_ = record_words(h);
    end_ = begin_ + h->count;
  }
  void fetch(Word w) const {
    const auto* start = reinterpret_cast<const std::byte*>(header_of(*pin_, w));
    __builtin_prefetch(start);
    __builtin_prefetch(start + 64);
  }
  // Before the node at `level` - 1, down to behind the last row.
  void enter_last(unsigned level) {
    --levels_[level].at;
    for (; level > 1; --level) {
      const ObjectHeader* node = header_of(*pin_, *levels_[level].at);
      const Word* children = Layout::child(node, 0);
      const std::uint32_t n = Layout::children(node);
      levels_[level - 1] = {children, children + n - 1, children + n};
    }
    if (levels_[1].at != levels_[1].begin) fetch(levels_[1].at[-1]);
    enter(*levels_[1].at);
    at_ = end_;
  }

  const Pin* pin_;
  BtreeRoot tree_;
  const Word* begin_ = nullptr;  // the leaf's rows
  const Word* at_ = nullptr;
  const Word* end_ = nullptr;
  Level levels_[kSortedHeightMax] = {};
};

// The order is a policy: int operator()(pin, key words, key words), and for keys of one word
// `integers`, as sorted_order.h has it.
template <unsigned kKey, unsigned kRow, class Order>
class Btree {
 public:
  using Layout = BtreeLayout<kKey, kRow>;
  using Cursor = BtreeCursor<kKey, kRow>;

  // ---- looking

  // The row of `key`, or null.
  static const Word* find(const Pin& pin, const Order& order, const BtreeRoot& tree,
                          const Word* key) {
    if (tree.height == 0) return nullptr;
    Word w = tree.root;
    for (unsigned level = tree.height - 1; level > 0; --level) {
      const ObjectHeader* node = header_of(pin, w);
      const std::uint32_t n = Layout::children(node);
      const std::uint32_t below =
          count_below<true>(pin, order, node, record_words(node), kKey, n, key);
      if (below == 0) return nullptr;
      w = *Layout::child(node, below - 1);
      fetch(pin, w);
    }
    const ObjectHeader* leaf = header_of(pin, w);
    const std::uint32_t below = leaf_below<true>(pin, order, leaf, key);
    if (below == 0) return nullptr;
    const Word* row = Layout::row(leaf, below - 1);
    return order(pin, row, key) == 0 ? row : nullptr;
  }

  // How many rows come before `key`, or up to and with it.
  template <bool kWithKey>
  static std::uint64_t rank(const Pin& pin, const Order& order, const BtreeRoot& tree,
                            const Word* key) {
    if (tree.height == 0) return 0;
    Word w = tree.root;
    std::uint64_t before = 0;
    for (unsigned level = tree.height - 1; level > 0; --level) {
      const ObjectHeader* node = header_of(pin, w);
      const std::uint32_t n = Layout::children(node);
      const std::uint32_t below =
          count_below<kWithKey>(pin, order, node, record_words(node), kKey, n, key);
      if (below == 0) return before;
      if (below > 1) before += Layout::ends(node)[below - 2];
      w = *Layout::child(node, below - 1);
      fetch(pin, w);
    }
    return before + leaf_below<kWithKey>(pin, order, header_of(pin, w), key);
  }

  static const Word* nth(const Pin& pin, const BtreeRoot& tree, std::uint64_t rank) {
    Cursor cursor(pin, tree);
    cursor.seek(rank);
    return cursor.row();
  }

  // ---- changing

  // `tree` with `row`: replaces what has its key, but for the key itself. False: nothing changed.
  template <bool kInPlace>
  static bool put(Edit& edit, const Order& order, BtreeRoot& tree, const Word* row);

  // `tree` without `key`. False: it has none.
  template <bool kInPlace>
  static bool remove(Edit& edit, const Order& order, BtreeRoot& tree, const Word* key);

  // From rows in ascending order, without doubles. Leaves are filled evenly. O(n).
  static BtreeRoot build(Edit& edit, const Word* rows, std::uint64_t count);

  // What a transient made becomes immutable. O(nodes it made).
  static void seal(const Pin& pin, BtreeRoot& tree) {
    if (tree.height > 0) tree.root = sealed(pin, tree.root, tree.height - 1);
  }

 private:
  // ---- searching a node

  static void fetch(const Pin& pin, Word w) {
    const auto* start = reinterpret_cast<const std::byte*>(header_of(pin, w));
    const std::uint64_t bytes = std::uint64_t{word_granules(w)} * kGranule;
    for (std::uint64_t at = 0; at < bytes; at += 64) __builtin_prefetch(start + at);
  }

  // How many of n keys, `stride` words apart, are less than `key` (or equal to it).
  template <bool kOrEqual>
  static std::uint32_t count_below(const Pin& pin, const Order& order, const ObjectHeader* h,
                                   const Word* keys, unsigned stride, std::uint32_t n,
                                   const Word* key) {
    if constexpr (kKey == 1) {
      if ((h->flags & kFlagIntegerKeys) != 0 && order.integers != 0 && is_small_int(*key))
        return integers_below<kOrEqual>(keys, stride, n, key->bits, order.integers < 0);
    }
    const auto is_below = [&](std::uint32_t i) {
      const int c = order(pin, keys + std::size_t{i} * stride, key);
      return kOrEqual ? c <= 0 : c < 0;
    };
    std::uint32_t first = 0;
    while (n > 0) {
      const std::uint32_t half = n / 2;
      if (is_below(first + half)) {
        first += half + 1;
        n -= half + 1;
      } else {
        n = half;
      }
    }
    return first;
  }
  template <bool kOrEqual>
  static std::uint32_t leaf_below(const Pin& pin, const Order& order, const ObjectHeader* leaf,
                                  const Word* key) {
    return count_below<kOrEqual>(pin, order, leaf, record_words(leaf), kRow, Layout::rows(leaf),
                                 key);
  }

  // Branch-free binary search: which half is never guessed. Words of integers are ordered as they
  // are; with all bits flipped, the other way round.
  template <bool kOrEqual>
  static std::uint32_t integers_below(const Word* keys, unsigned stride, std::uint32_t n,
                                      std::uint64_t key, bool descending) {
    const std::uint64_t flip = descending ? ~std::uint64_t{0} : 0;
    const auto wanted = static_cast<std::int64_t>(key ^ flip);
    const auto is_below = [&](std::uint32_t i) {
      const auto k = static_cast<std::int64_t>(keys[std::size_t{i} * stride].bits ^ flip);
      return kOrEqual ? k <= wanted : k < wanted;
    };
    std::uint32_t first = 0;
    while (n > 1) {
      const std::uint32_t half = n / 2;
      first += is_below(first + half - 1) ? half : 0;
      n -= half;
    }
    return first + (n == 1 && is_below(first) ? 1 : 0);
  }

  // ---- making nodes

  static bool is_owned(Word w) { return word_granules(w) == 0; }

  static ObjectHeader* allocate(Edit& edit, std::uint64_t bytes) {
    auto* h = edit.allocate<ObjectHeader>(bytes);
    set_header(*h, ObjectKind::kSortedNode, bytes, 0, false);
    return h;
  }
  template <bool kInPlace>
  static ObjectHeader* make_leaf(Edit& edit, std::uint32_t rows) {
    ObjectHeader* h = allocate(edit, kInPlace ? Layout::kLeafBytes : Layout::leaf_bytes(rows));
    h->count = rows * kRow;
    return h;
  }
  template <bool kInPlace>
  static ObjectHeader* make_inner(Edit& edit, std::uint32_t children) {
    ObjectHeader* h =
        allocate(edit, kInPlace ? Layout::kInnerBytes : Layout::inner_bytes(children));
    h->count = children * (kKey + 1);
    return h;
  }

  static bool has_integer_keys(const Word* keys, unsigned stride, std::uint32_t n) {
    if constexpr (kKey > 1) return false;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (!is_small_int(keys[std::size_t{i} * stride])) return false;
    }
    return true;
  }
  static std::uint8_t flags_of(bool leaf, bool integers) {
    return static_cast<std::uint8_t>((leaf ? kFlagNoReferences : 0) |
                                     (integers ? kFlagIntegerKeys : 0));
  }
  static std::uint8_t leaf_flags(const ObjectHeader* h) {
    return flags_of(!any_reference(record_words(h), h->count),
                    has_integer_keys(record_words(h), kRow, Layout::rows(h)));
  }

  // The word of a node that is complete but for flags and padding. An owned node is told by its
  // size, and whether it refers on is found out when it is sealed.
  template <bool kInPlace>
  static Word finish(const Pin& pin, ObjectHeader* h, std::uint8_t flags, std::uint64_t used) {
    if constexpr (kInPlace) {
      h->flags = static_cast<std::uint8_t>(flags & kFlagIntegerKeys);
      return object_word(ObjectKind::kSortedNode, pin.offset_of(h), 0, false);
    }
    h->flags = flags;
    auto* start = reinterpret_cast<std::byte*>(h);
    std::memset(start + used, 0, static_cast<std::size_t>(object_bytes(*h) - used));
    return object_word(ObjectKind::kSortedNode, pin.offset_of(h), h->granules,
                       (flags & kFlagNoReferences) != 0);
  }
  template <bool kInPlace>
  static Word finish_leaf(const Pin& pin, ObjectHeader* h, std::uint8_t flags) {
    return finish<kInPlace>(pin, h, flags, Layout::leaf_bytes(Layout::rows(h)));
  }
  template <bool kInPlace>
  static Word finish_inner(const Pin& pin, ObjectHeader* h) {
    const std::uint32_t n = Layout::children(h);
    return finish<kInPlace>(pin, h, flags_of(false, has_integer_keys(record_words(h), kKey, n)),
                            Layout::inner_bytes(n));
  }

  // ---- what an update hands up: the nodes that replace some children of the node above

  struct Made {
    Word word;
    std::uint32_t count;  // rows
  };
  struct Patch {
    std::uint32_t at;  // the first child that is replaced
    std::uint32_t removed;
    std::uint32_t added;
    Made made[2];
  };

  // The rows of a leaf, or of two neighbours, while it is decided where they go.
  struct LeafRows {
    std::uint32_t n = 0;
    Word rows[(2 * Layout::kLeafMax + 1) * kRow];

    void append(const Word* from, std::uint32_t count) {
      std::memcpy(rows + std::size_t{n} * kRow, from, std::size_t{count} * kRow * sizeof(Word));
      n += count;
    }
    void append(const ObjectHeader* leaf) { append(record_words(leaf), Layout::rows(leaf)); }
    template <bool kInPlace>
    Made emit(Edit& edit, std::uint32_t from, std::uint32_t count, ObjectHeader* reuse) const {
      ObjectHeader* h = reuse != nullptr ? reuse : make_leaf<kInPlace>(edit, count);
      h->count = count * kRow;
      std::memcpy(record_words(h), rows + std::size_t{from} * kRow,
                  std::size_t{count} * kRow * sizeof(Word));
      return {finish_leaf<kInPlace>(edit.pin(), h, leaf_flags(h)), count};
    }
  };

  // The same for inner nodes.
  struct InnerRows {
    std::uint32_t n = 0;
    Word keys[(2 * Layout::kInnerMax + 2) * kKey];
    Made children[2 * Layout::kInnerMax + 2];

    void append(const ObjectHeader* node, std::uint32_t from, std::uint32_t to) {
      const std::uint32_t* ends = Layout::ends(node);
      for (std::uint32_t i = from; i < to; ++i) {
        std::memcpy(keys + std::size_t{n} * kKey, Layout::key(node, i), kKey * sizeof(Word));
        children[n++] = {*Layout::child(node, i), ends[i] - (i == 0 ? 0 : ends[i - 1])};
      }
    }
    void append(const ObjectHeader* node) { append(node, 0, Layout::children(node)); }
    void append(const Pin& pin, const Made& made) {
      std::memcpy(keys + std::size_t{n} * kKey, record_words(header_of(pin, made.word)),
                  kKey * sizeof(Word));
      children[n++] = made;
    }
    void append(const Pin& pin, const ObjectHeader* node, const Patch& patch) {
      append(node, 0, patch.at);
      for (std::uint32_t i = 0; i < patch.added; ++i) append(pin, patch.made[i]);
      append(node, patch.at + patch.removed, Layout::children(node));
    }
    template <bool kInPlace>
    Made emit(Edit& edit, std::uint32_t from, std::uint32_t count, ObjectHeader* reuse) const {
      ObjectHeader* h = reuse != nullptr ? reuse : make_inner<kInPlace>(edit, count);
      h->count = count * (kKey + 1);
      std::memcpy(record_words(h), keys + std::size_t{from} * kKey,
                  std::size_t{count} * kKey * sizeof(Word));
      std::uint32_t end = 0;
      for (std::uint32_t i = 0; i < count; ++i) {
        *Layout::child(h, i) = children[from + i].word;
        end += children[from + i].count;
        Layout::ends(h)[i] = end;
      }
      return {finish_inner<kInPlace>(edit.pin(), h), end};
    }
  };

  // Replaces `removed` children from `at` on by one node of all rows, or two with `first` in the
  // first. A node of this edit that goes is written anew in its place.
  template <bool kInPlace, class Rows, class Step>
  static Patch emit(Edit& edit, const Rows& rows, std::uint32_t at, std::uint32_t removed,
                    std::uint32_t first, const Step& old) {
    ObjectHeader* reuse = kInPlace && is_owned(old.word) ? old.node : nullptr;
    Patch patch{at, removed, first == rows.n ? 1U : 2U, {}};
    patch.made[0] = rows.template emit<kInPlace>(edit, 0, first, reuse);
    if (first < rows.n)
      patch.made[1] = rows.template emit<kInPlace>(edit, first, rows.n - first, nullptr);
    return patch;
  }

  // ---- updating

  // The nodes passed on the way down, and which child was taken in each; level 0 is the leaf, its
  // index a row.
  struct Path {
    struct Step {
      Word word;
      ObjectHeader* node;
      std::uint32_t index;
    };
    Step steps[kSortedHeightMax];
  };

  // To the leaf for `key`; its index is how many of its rows are not behind the key.
  static void descend(const Pin& pin, const Order& order, const BtreeRoot& tree, const Word* key,
                      Path& path) {
    Word w = tree.root;
    for (unsigned level = tree.height - 1; level > 0; --level) {
      ObjectHeader* node = header_of(pin, w);
      const std::uint32_t n = Layout::children(node);
      const std::uint32_t below =
          count_below<true>(pin, order, node, record_words(node), kKey, n, key);
      const std::uint32_t i = below == 0 ? 0 : below - 1;
      path.steps[level] = {w, node, i};
      w = *Layout::child(node, i);
      fetch(pin, w);
    }
    ObjectHeader* leaf = header_of(pin, w);
    path.steps[0] = {w, leaf, leaf_below<true>(pin, order, leaf, key)};
  }

  static bool is_right_edge(const BtreeRoot& tree, const Path& path, unsigned level) {
    for (unsigned l = level + 1; l < tree.height; ++l) {
      if (path.steps[l].index + 1 != Layout::children(path.steps[l].node)) return false;
    }
    return true;
  }
  static std::uint32_t index_above(const BtreeRoot& tree, const Path& path, unsigned level) {
    return level + 1 < tree.height ? path.steps[level + 1].index : 0;
  }

  // Beside the node at `level`, which has become too small: the neighbour to join it with.
  struct Neighbour {
    const ObjectHeader* node;
    bool left;
  };
  static Neighbour neighbour(const Pin& pin, const Path& path, unsigned level) {
    const auto& above = path.steps[level + 1];
    const bool left = above.index > 0;
    return {header_of(pin, *Layout::child(above.node, left ? above.index - 1 : 1)), left};
  }

  // Puts `patch` in place above the leaf and all the way up.
  template <bool kInPlace>
  static void climb(Edit& edit, BtreeRoot& tree, const Path& path, Patch patch) {
    for (unsigned level = 1; level < tree.height; ++level) {
      const auto& step = path.steps[level];
      patch =
          patch.added == patch.removed
              ? replace<kInPlace>(edit, step.word, step.node, index_above(tree, path, level), patch)
              : rearrange<kInPlace>(edit, tree, path, level, patch);
    }
    set_root<kInPlace>(edit, tree, patch);
  }

  template <bool kInPlace>
  static void set_root(Edit& edit, BtreeRoot& tree, const Patch& patch) {
    tree.root = patch.made[0].word;
    if (patch.added == 2) {
      InnerRows top;
      top.append(edit.pin(), patch.made[0]);
      top.append(edit.pin(), patch.made[1]);
      tree.root = top.template emit<kInPlace>(edit, 0, 2, nullptr).word;
      ++tree.height;
      check(tree.height <= kSortedHeightMax, "a sorted collection of too many levels");
    } else if (tree.height > 1 && Layout::children(header_of(edit.pin(), tree.root)) == 1) {
      tree.root = *Layout::child(header_of(edit.pin(), tree.root), 0);
      --tree.height;
    }
  }

  // As many children as before.
  template <bool kInPlace>
  static Patch replace(Edit& edit, Word word, ObjectHeader* node, std::uint32_t at_above,
                       const Patch& patch) {
    const Pin& pin = edit.pin();
    const std::uint32_t n = Layout::children(node);
    const bool mine = kInPlace && is_owned(word);
    ObjectHeader* made = node;
    if (!mine) {
      made = make_inner<kInPlace>(edit, n);
      copy_words(record_words(made), record_words(node), node->count);
      std::memcpy(Layout::ends(made), Layout::ends(node), n * sizeof(std::uint32_t));
      made->flags = node->flags;
    }
    bool integers = (node->flags & kFlagIntegerKeys) != 0;
    std::uint32_t* ends = Layout::ends(made);
    std::uint32_t end = patch.at == 0 ? 0 : ends[patch.at - 1];
    const std::uint32_t before = ends[patch.at + patch.removed - 1];
    for (std::uint32_t i = 0; i < patch.added; ++i) {
      const Word* key = record_words(header_of(pin, patch.made[i].word));
      std::memcpy(Layout::key(made, patch.at + i), key, kKey * sizeof(Word));
      *Layout::child(made, patch.at + i) = patch.made[i].word;
      end += patch.made[i].count;
      ends[patch.at + i] = end;
      integers = integers && is_small_int(*key);
    }
    const std::uint32_t more = end - before;  // wraps: ~0u is one less
    for (std::uint32_t i = patch.at + patch.added; i < n; ++i) ends[i] += more;
    if (!integers) integers = has_integer_keys(record_words(made), kKey, n);
    if (mine) {
      made->flags = flags_of(false, integers);
      return {at_above, 1, 1, {{word, ends[n - 1]}, {}}};
    }
    const std::uint32_t all = ends[n - 1];
    const Word done =
        finish<kInPlace>(pin, made, flags_of(false, integers), Layout::inner_bytes(n));
    return {at_above, 1, 1, {{done, all}, {}}};
  }

  // One child more or less: the node is made anew, and split, or joined with a neighbour.
  template <bool kInPlace>
  static Patch rearrange(Edit& edit, const BtreeRoot& tree, const Path& path, unsigned level,
                         const Patch& patch) {
    const Pin& pin = edit.pin();
    const auto& step = path.steps[level];
    const bool top = level + 1 == tree.height;
    const std::uint32_t at_above = index_above(tree, path, level);
    InnerRows rows;
    const std::uint32_t n = Layout::children(step.node) + patch.added - patch.removed;
    if (n > Layout::kInnerMax) {
      rows.append(pin, step.node, patch);
      const bool ascending = patch.at + 2 == n && is_right_edge(tree, path, level);
      return emit<kInPlace>(edit, rows, at_above, 1, ascending ? n - 2 : n / 2, step);
    }
    if (n >= Layout::kInnerMin || top || patch.added > patch.removed) {
      rows.append(pin, step.node, patch);
      return emit<kInPlace>(edit, rows, at_above, 1, n, step);
    }
    const Neighbour beside = neighbour(pin, path, level);
    if (beside.left) rows.append(beside.node);
    rows.append(pin, step.node, patch);
    if (!beside.left) rows.append(beside.node);
    const std::uint32_t first = rows.n <= Layout::kInnerMax ? rows.n : rows.n / 2;
    return emit<kInPlace>(edit, rows, at_above - (beside.left ? 1 : 0), 2, first, step);
  }

  // ---- leaves

  template <bool kInPlace>
  static Patch leaf_with_value(Edit& edit, const Path::Step& leaf, std::uint32_t at_above,
                               const Word* row) {
    const std::uint32_t n = Layout::rows(leaf.node);
    const std::uint32_t i = leaf.index - 1;
    const std::size_t values = (kRow - kKey) * sizeof(Word);
    if (kInPlace && is_owned(leaf.word)) {
      std::memcpy(Layout::row(leaf.node, i) + kKey, row + kKey, values);
      return {at_above, 1, 1, {{leaf.word, n}, {}}};
    }
    ObjectHeader* made = make_leaf<kInPlace>(edit, n);
    copy_words(record_words(made), record_words(leaf.node), leaf.node->count);
    std::memcpy(Layout::row(made, i) + kKey, row + kKey, values);
    const bool plain = !any_reference(row + kKey, kRow - kKey) &&
                       ((leaf.node->flags & kFlagNoReferences) != 0 ||
                        !any_reference(record_words(made), made->count));
    const std::uint8_t flags = flags_of(plain, (leaf.node->flags & kFlagIntegerKeys) != 0);
    return {at_above, 1, 1, {{finish_leaf<kInPlace>(edit.pin(), made, flags), n}, {}}};
  }

  template <bool kInPlace>
  static Patch leaf_with_row(Edit& edit, const BtreeRoot& tree, const Path& path, const Word* row) {
    const auto& leaf = path.steps[0];
    const std::uint32_t at_above = index_above(tree, path, 0);
    const std::uint32_t n = Layout::rows(leaf.node);
    if (n == Layout::kLeafMax) return split_leaf<kInPlace>(edit, tree, path, row);
    const std::uint32_t i = leaf.index;
    const std::size_t behind = std::size_t{n - i} * kRow;
    const std::uint8_t flags = static_cast<std::uint8_t>(
        leaf.node->flags & flags_of(!any_reference(row, kRow), is_small_int(*row)));
    if (kInPlace && is_owned(leaf.word)) {
      Word* at = Layout::row(leaf.node, i);
      std::memmove(at + kRow, at, behind * sizeof(Word));
      std::memcpy(at, row, kRow * sizeof(Word));
      leaf.node->count += kRow;
      leaf.node->flags = flags & kFlagIntegerKeys;
      return {at_above, 1, 1, {{leaf.word, n + 1}, {}}};
    }
    ObjectHeader* made = make_leaf<kInPlace>(edit, n + 1);
    copy_words(record_words(made), record_words(leaf.node), std::size_t{i} * kRow);
    Word* at = Layout::row(made, i);
    std::memcpy(at, row, kRow * sizeof(Word));
    copy_words(at + kRow, Layout::row(leaf.node, i), behind);
    return {at_above, 1, 1, {{finish_leaf<kInPlace>(edit.pin(), made, flags), n + 1}, {}}};
  }

  // In halves; but at the right edge a row behind all others opens a leaf of its own.
  template <bool kInPlace>
  static Patch split_leaf(Edit& edit, const BtreeRoot& tree, const Path& path, const Word* row) {
    const auto& leaf = path.steps[0];
    const std::uint32_t at_above = index_above(tree, path, 0);
    const std::uint32_t n = Layout::rows(leaf.node);
    LeafRows rows;
    if (leaf.index == n && is_right_edge(tree, path, 0)) {
      rows.append(row, 1);
      const Made made = rows.template emit<kInPlace>(edit, 0, 1, nullptr);
      return {at_above, 1, 2, {{leaf.word, n}, made}};
    }
    rows.append(record_words(leaf.node), leaf.index);
    rows.append(row, 1);
    rows.append(Layout::row(leaf.node, leaf.index), n - leaf.index);
    return emit<kInPlace>(edit, rows, at_above, 1, rows.n / 2, leaf);
  }

  template <bool kInPlace>
  static Patch leaf_without_row(Edit& edit, const BtreeRoot& tree, const Path& path) {
    const Pin& pin = edit.pin();
    const auto& leaf = path.steps[0];
    const std::uint32_t at_above = index_above(tree, path, 0);
    const std::uint32_t n = Layout::rows(leaf.node) - 1;
    const std::uint32_t i = leaf.index - 1;
    if (n < Layout::kLeafMin && tree.height > 1) return join_leaf<kInPlace>(edit, tree, path);
    const std::size_t behind = std::size_t{n - i} * kRow;
    if (kInPlace && is_owned(leaf.word)) {
      Word* at = Layout::row(leaf.node, i);
      std::memmove(at, at + kRow, behind * sizeof(Word));
      leaf.node->count -= kRow;
      return {at_above, 1, 1, {{leaf.word, n}, {}}};
    }
    ObjectHeader* made = make_leaf<kInPlace>(edit, n);
    copy_words(record_words(made), record_words(leaf.node), std::size_t{i} * kRow);
    copy_words(Layout::row(made, i), Layout::row(leaf.node, i + 1), behind);
    const std::uint8_t known = leaf.node->flags & flags_of(true, true);
    const std::uint8_t flags = known == flags_of(true, kKey == 1) ? known : leaf_flags(made);
    return {at_above, 1, 1, {{finish_leaf<kInPlace>(pin, made, flags), n}, {}}};
  }

  template <bool kInPlace>
  static Patch join_leaf(Edit& edit, const BtreeRoot& tree, const Path& path) {
    const auto& leaf = path.steps[0];
    const std::uint32_t i = leaf.index - 1;
    const Neighbour beside = neighbour(edit.pin(), path, 0);
    LeafRows rows;
    if (beside.left) rows.append(beside.node);
    rows.append(record_words(leaf.node), i);
    rows.append(Layout::row(leaf.node, i + 1), Layout::rows(leaf.node) - leaf.index);
    if (!beside.left) rows.append(beside.node);
    const std::uint32_t first = rows.n <= Layout::kLeafMax ? rows.n : rows.n / 2;
    const std::uint32_t at = index_above(tree, path, 0) - (beside.left ? 1 : 0);
    return emit<kInPlace>(edit, rows, at, 2, first, leaf);
  }

  // ---- sealing

  // Goes no deeper than kSortedHeightMax.
  static Word sealed(const Pin& pin, Word w, unsigned level) {
    if (!is_owned(w)) return w;
    ObjectHeader* h = header_of(pin, w);
    std::uint64_t used = 0;
    std::uint8_t flags = 0;
    if (level == 0) {
      used = Layout::leaf_bytes(Layout::rows(h));
      flags = leaf_flags(h);
    } else {
      const std::uint32_t n = Layout::children(h);
      for (std::uint32_t i = 0; i < n; ++i) {
        Word* child = Layout::child(h, i);
        *child = sealed(pin, *child, level - 1);
      }
      used = Layout::inner_bytes(n);
      flags = flags_of(false, has_integer_keys(record_words(h), kKey, n));
    }
    // What lies behind is free: nobody marks it.
    set_header(*h, ObjectKind::kSortedNode, used, h->count, false);
    return finish<false>(pin, h, flags, used);
  }
};

template <unsigned kKey, unsigned kRow, class Order>
template <bool kInPlace>
bool Btree<kKey, kRow, Order>::put(Edit& edit, const Order& order, BtreeRoot& tree,
                                   const Word* row) {
  if (tree.height == 0) {
    LeafRows rows;
    rows.append(row, 1);
    tree = {rows.template emit<kInPlace>(edit, 0, 1, nullptr).word, 1, 1};
    return true;
  }
  Path path;
  descend(edit.pin(), order, tree, row, path);
  const auto& leaf = path.steps[0];
  const Word* found = leaf.index == 0 ? nullptr : Layout::row(leaf.node, leaf.index - 1);
  if (found != nullptr && order(edit.pin(), found, row) == 0) {
    if (std::equal(found + kKey, found + kRow, row + kKey)) return false;
    climb<kInPlace>(edit, tree, path,
                    leaf_with_value<kInPlace>(edit, leaf, index_above(tree, path, 0), row));
    return true;
  }
  check(tree.count < std::numeric_limits<std::uint32_t>::max(),
        "a sorted collection of 2^32 entries or more");
  climb<kInPlace>(edit, tree, path, leaf_with_row<kInPlace>(edit, tree, path, row));
  ++tree.count;
  return true;
}

template <unsigned kKey, unsigned kRow, class Order>
template <bool kInPlace>
bool Btree<kKey, kRow, Order>::remove(Edit& edit, const Order& order, BtreeRoot& tree,
                                      const Word* key) {
  if (tree.height == 0) return false;
  Path path;
  descend(edit.pin(), order, tree, key, path);
  const auto& leaf = path.steps[0];
  if (leaf.index == 0 || order(edit.pin(), Layout::row(leaf.node, leaf.index - 1), key) != 0)
    return false;
  if (tree.count == 1) {
    tree = {};
    return true;
  }
  climb<kInPlace>(edit, tree, path, leaf_without_row<kInPlace>(edit, tree, path));
  --tree.count;
  return true;
}

template <unsigned kKey, unsigned kRow, class Order>
BtreeRoot Btree<kKey, kRow, Order>::build(Edit& edit, const Word* rows, std::uint64_t count) {
  if (count == 0) return {};
  check(count <= std::numeric_limits<std::uint32_t>::max(),
        "a sorted collection of 2^32 entries or more");
  const Pin& pin = edit.pin();
  std::vector<Made> level;
  const auto share = [](std::uint64_t all, std::uint64_t parts, std::uint64_t i) {
    return static_cast<std::uint32_t>(all * (i + 1) / parts - all * i / parts);
  };
  const std::uint64_t leaves = (count + Layout::kLeafMax - 1) / Layout::kLeafMax;
  for (std::uint64_t i = 0; i < leaves; ++i) {
    const std::uint32_t n = share(count, leaves, i);
    ObjectHeader* h = make_leaf<false>(edit, n);
    copy_words(record_words(h), rows, h->count);
    rows += h->count;
    level.push_back({finish_leaf<false>(pin, h, leaf_flags(h)), n});
  }
  std::uint32_t height = 1;
  for (; level.size() > 1; ++height) {
    const std::uint64_t nodes = (level.size() + Layout::kInnerMax - 1) / Layout::kInnerMax;
    const std::uint64_t all = level.size();
    const Made* from = level.data();
    for (std::uint64_t i = 0; i < nodes; ++i) {
      InnerRows rows_of_node;
      for (std::uint32_t left = share(all, nodes, i); left > 0; --left)
        rows_of_node.append(pin, *from++);
      level[i] = rows_of_node.template emit<false>(edit, 0, rows_of_node.n, nullptr);
    }
    level.resize(static_cast<std::size_t>(nodes));
  }
  return {level[0].word, height, count};
}

// What differs between two trees of one order, row by row in that order, without a look at what
// they share: O(rows that differ * log n).
template <unsigned kKey, unsigned kRow, class Order>
class BtreeDiff {
 public:
  BtreeDiff(const Pin& pin, const Order& order, const BtreeRoot& a, const BtreeRoot& b)
      : pin_(pin),
        order_(order),
        levels_(std::min(a.height, b.height)),
        a_(pin, a),
        b_(pin, b),
        a_on_(a.height > 0),
        b_on_(b.height > 0) {
    if (a_on_) a_.seek(0);
    if (b_on_) b_.seek(0);
    settle();
  }
  [[nodiscard]] bool done() const { return before_ == nullptr && after_ == nullptr; }
  // The row in the one tree and in the other, null where there is none.
  [[nodiscard]] const Word* before() const { return before_; }
  [[nodiscard]] const Word* after() const { return after_; }
  void next() {
    advance();
    settle();
  }

 private:
  void advance() {
    if (before_ != nullptr) a_on_ = a_.next();
    if (after_ != nullptr) b_on_ = b_.next();
  }
  void settle() {
    for (;; advance()) {
      skip_shared();
      before_ = after_ = nullptr;
      if (!a_on_ && !b_on_) return;
      const int c = !a_on_ ? 1 : !b_on_ ? -1 : order_(pin_, a_.row(), b_.row());
      if (c <= 0) before_ = a_.row();
      if (c >= 0) after_ = b_.row();
      if (c != 0 || !same_values()) return;
    }
  }
  [[nodiscard]] bool same_values() const {
    for (unsigned i = kKey; i < kRow; ++i) {
      if (!equal(pin_, before_[i], after_[i])) return false;
    }
    return true;
  }
  void skip_shared() {
    while (a_on_ && b_on_) {
      unsigned shared = 0;
      while (shared < levels_ && a_.is_first_of(shared) && b_.is_first_of(shared) &&
             a_.node(shared) == b_.node(shared))
        ++shared;
      if (shared == 0) return;
      a_on_ = a_.leave(shared - 1);
      b_on_ = b_.leave(shared - 1);
    }
  }

  const Pin& pin_;
  Order order_;
  unsigned levels_;
  BtreeCursor<kKey, kRow> a_;
  BtreeCursor<kKey, kRow> b_;
  bool a_on_;
  bool b_on_;
  const Word* before_ = nullptr;
  const Word* after_ = nullptr;
};

}  // namespace yin::substrate
