#pragma once

// ChampMerge: one trie from two, node by node, sharing whatever stands in one of them only.
//
// At each position there is nothing, an entry or a child on either side. A child that is the same
// word on both sides is decided without a look into it, a child against nothing is taken or left as
// a whole, two children are joined in turn, and an entry against a child is a node of one entry
// against that child. So the cost is that of the nodes that differ, and the result is canonical
// because what comes up from below is nothing, one entry, or a node of two and more. Which keys
// stay is a policy:
//
//   struct Policy {
//     static constexpr bool kMine, kTheirs;  // keep what stands in the first, the second only
//     static constexpr bool kShared;         // keep a subtree that both share, unseen ...
//     static constexpr bool kLooks;          // ... or look into it all the same
//     bool both(Entry& mine, const Word* theirs);  // of one key: false drops it
//   };
//
// Recursion follows the trie's 13 levels. One thread an edit.

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "substrate/internal/champ.h"
#include "substrate/internal/trie_pair.h"

namespace yin::substrate {

template <unsigned kWidth, class Policy, class Hash = ValueHash>
class ChampMerge : Champ<kWidth, Hash> {
  using Base = Champ<kWidth, Hash>;
  using Side = TrieSide<kWidth, Hash>;

 public:
  using Entry = typename Base::Entry;

  static Word merge(Edit& edit, Word a, Word b, Word empty, Policy& policy) {
    const Side mine = Side::of(is_reference(a) ? a : kNil);
    const Side theirs = Side::of(is_reference(b) ? b : kNil);
    const Result made = ChampMerge(edit, policy).join(mine, theirs, 0);
    if (made.count == 0) return empty;
    if (is_reference(made.node)) return made.node;
    // The same single entry as before is the same map.
    for (const Word old : {a, b}) {
      if (is_reference(old) && header_of(edit.pin(), old)->count == 1 &&
          same(words_of(trie_node(edit.pin(), old)), made.entry.data()))
        return old;
    }
    return Base::single_root(edit, Hash::of(edit.pin(), made.entry[0]), made.entry);
  }

 private:
  // What stands at one position of the result: nothing, an entry, or a node for more (at the root
  // it may be one for a single entry that stood there).
  struct Result {
    std::uint32_t count = 0;  // 0, 1, or more: what a node's header says is not asked here
    Word node = kNil;
    Entry entry = {};
  };

  ChampMerge(Edit& edit, Policy& policy) : edit_(edit), policy_(policy) {}

  static bool same(const Word* a, const Word* b) { return std::equal(a, a + kWidth, b); }

  static Result as_it_is(const Side& side) {
    Result result;
    if (side.is_node()) return {2, side.node(), {}};
    if (side.is_entry()) {
      result.count = 1;
      Base::store(result.entry.data(), side.entry());
    }
    return result;
  }
  std::uint32_t exact_count(const Result& result) const {
    return is_reference(result.node) ? header_of(edit_.pin(), result.node)->count : result.count;
  }

  Result join(const Side& a, const Side& b, unsigned level) {
    if (b.is_nothing()) return Policy::kMine ? as_it_is(a) : Result();
    if (a.is_nothing()) return Policy::kTheirs ? as_it_is(b) : Result();
    if (a.is_node() && b.is_node() && a.node() == b.node() && !Policy::kLooks)
      return Policy::kShared ? as_it_is(a) : Result();
    if (!a.is_node() && !b.is_node() && equal(edit_.pin(), a.entry()[0], b.entry()[0]))
      return join_entries(a, b);
    return level == kTrieLevels ? join_collisions(a, b) : join_nodes(a, b, level);
  }

  Result join_entries(const Side& a, const Side& b) {
    Result result = as_it_is(a);
    result.count = policy_.both(result.entry, b.entry()) ? 1 : 0;
    return result;
  }

  Result join_nodes(const Side& a, const Side& b, unsigned level) {
    const Pin& pin = edit_.pin();
    const TrieLook<kWidth> x = a.look(pin, level);
    const TrieLook<kWidth> y = b.look(pin, level);
    Word children[32];
    Entry entries[32];
    std::uint32_t node_map = 0;
    std::uint32_t data_map = 0;
    // Positions that stay as they are in `a` are not counted anew: their nodes need not be loaded.
    std::uint32_t total = a.count(pin);
    unsigned child_count = 0;
    unsigned entry_count = 0;
    bool same_a = a.is_node();  // so far the result is what stands there
    bool same_b = b.is_node();
    for (std::uint32_t left = x.seen() | y.seen(); left != 0; left &= left - 1) {
      const std::uint32_t bit = left & -left;
      const Side mine = Side::at(x, bit);
      const Side theirs = Side::at(y, bit);
      const Result made = join(mine, theirs, level + 1);
      const bool kept = is_side(made, mine);
      same_a = same_a && kept;
      same_b = same_b && is_side(made, theirs);
      if (!kept) total += exact_count(made) - mine.count(pin);
      if (is_reference(made.node)) {
        node_map |= bit;
        children[child_count++] = made.node;
      } else if (made.count == 1) {
        data_map |= bit;
        entries[entry_count++] = made.entry;
      }
    }
    if (same_a) return as_it_is(a);
    if (same_b) return as_it_is(b);
    if (child_count == 0 && entry_count == 0) return {};
    if (child_count == 0 && entry_count == 1) return {1, kNil, entries[0]};
    TrieNode* node = Base::make(edit_, data_map, node_map, total);
    copy_words(words_of(node), children, child_count);
    copy_words(words_of(node) + child_count, entries[0].data(), entry_count * kWidth);
    return {2, Base::finish(edit_, node, Base::became_leaf(node)), {}};
  }

  static bool is_side(const Result& made, const Side& side) {
    if (is_reference(made.node)) return side.is_node() && side.node() == made.node;
    if (made.count == 1) return side.is_entry() && same(made.entry.data(), side.entry());
    return side.is_nothing();
  }

  // Keys of one hash.
  Result join_collisions(const Side& a, const Side& b) {
    const Pin& pin = edit_.pin();
    std::vector<typename Base::Item> items;
    const std::uint64_t hash = a.hash(pin);
    const std::span<const Word> mine = a.entries(pin);
    const std::span<const Word> theirs = b.entries(pin);
    bool same_a = true;
    const auto find = [&pin](std::span<const Word> in, Word key) {
      return find_entry<kWidth>(in, typename Base::Equal{pin, key});
    };
    for (std::size_t i = 0; i < mine.size(); i += kWidth) {
      Entry entry;
      Base::store(entry.data(), &mine[i]);
      const Word* found = find(theirs, entry[0]);
      const bool kept = found == nullptr ? Policy::kMine : policy_.both(entry, found);
      same_a = same_a && kept && same(entry.data(), &mine[i]);
      if (kept) items.push_back({hash, entry});
    }
    for (std::size_t i = 0; Policy::kTheirs && i < theirs.size(); i += kWidth) {
      if (find(mine, theirs[i]) != nullptr) continue;
      Entry entry;
      Base::store(entry.data(), &theirs[i]);
      items.push_back({hash, entry});
      same_a = false;
    }
    if (same_a) return as_it_is(a);
    if (items.empty()) return {};
    if (items.size() == 1) return {1, kNil, items[0].entry};
    return {2, Base::build_collision(edit_, items.data(), items.size(), kTrieLevels).node, {}};
  }

  Edit& edit_;
  Policy& policy_;
};

}  // namespace yin::substrate
