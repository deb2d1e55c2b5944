#pragma once

// How to look at a trie node, and how to go through a trie without allocating: what map, set,
// equality and walks share.
//
//   header | data_map | node_map | children, a word each | entries, kWidth words each | 0 if odd
//
// A map's entries have two words, a set's one. The algorithms that make nodes stand in champ.h.
// Everything here reads immutable objects; a pointer got here is good as long as the pin.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

template <unsigned kWidth>
inline constexpr ObjectKind kTrieKind = kWidth == 2 ? ObjectKind::kMapNode : ObjectKind::kSetNode;
template <unsigned kWidth>
inline constexpr ObjectKind kCollisionKind =
    kWidth == 2 ? ObjectKind::kMapCollision : ObjectKind::kSetCollision;

constexpr bool is_trie(Word w) {
  return is_object(w, ObjectKind::kMapNode) || is_object(w, ObjectKind::kSetNode);
}
constexpr bool is_collision(Word w) {
  return is_object(w, ObjectKind::kMapCollision) || is_object(w, ObjectKind::kSetCollision);
}

inline const TrieNode* trie_node(const Pin& pin, Word w) {
  return pin.at<TrieNode>(object_offset(w));
}
inline const CollisionNode* collision_node(const Pin& pin, Word w) {
  return pin.at<CollisionNode>(object_offset(w));
}

inline unsigned bit_count(std::uint32_t map) { return static_cast<unsigned>(std::popcount(map)); }
// How many positions of `map` stand before that of `bit`.
inline unsigned rank(std::uint32_t map, std::uint32_t bit) { return bit_count(map & (bit - 1)); }

inline Word* words_of(TrieNode* n) { return reinterpret_cast<Word*>(n + 1); }
inline const Word* words_of(const TrieNode* n) { return reinterpret_cast<const Word*>(n + 1); }
inline Word* words_of(CollisionNode* n) { return reinterpret_cast<Word*>(n + 1); }
inline const Word* words_of(const CollisionNode* n) { return reinterpret_cast<const Word*>(n + 1); }

inline std::span<const Word> children_of(const TrieNode* n) {
  return {words_of(n), bit_count(n->node_map)};
}
template <unsigned kWidth>
inline std::span<const Word> entries_of(const TrieNode* n) {
  return {words_of(n) + bit_count(n->node_map), std::size_t{kWidth} * bit_count(n->data_map)};
}
template <unsigned kWidth>
inline std::span<const Word> entries_of(const CollisionNode* n) {
  return {words_of(n), std::size_t{kWidth} * n->header.count};
}

// Entries in a map or set, the empty one included.
inline std::uint32_t trie_count(const Pin& pin, Word w) {
  return is_reference(w) ? header_of(pin, w)->count : 0;
}

// Starts loading a node's first line. Lines behind the end of a small node are harmless: a prefetch
// cannot fault.
inline void prefetch(const void* at) { __builtin_prefetch(at); }

// A node about to be searched. One with children has about five lines: its header and its slot
// would be two misses, one after the other. Always both lines: see docs/decisions/0008 for what was
// slower.
inline const TrieNode* load_trie_node(const Pin& pin, Word w) {
  const TrieNode* node = trie_node(pin, w);
  prefetch(reinterpret_cast<const std::byte*>(node) + 64);
  prefetch(reinterpret_cast<const std::byte*>(node) + 128);
  return node;
}

// The digit of a hash that its lowest bits are now, as the bit of a map.
inline std::uint32_t trie_bit(std::uint64_t shifted_hash) {
  return std::uint32_t{1} << (shifted_hash & 31);
}

template <unsigned kWidth>
const Word* trie_entry_at(const TrieNode* node, std::uint32_t bit) {
  return words_of(node) + bit_count(node->node_map) + kWidth * rank(node->data_map, bit);
}

// What "this is the key" takes for a key that is equal to no other word.
struct SameWord {
  Word key;
  bool operator()(Word other) const { return other == key; }
};

// The entry among many whose key matches, or null.
template <unsigned kWidth, class Matches>
const Word* find_entry(std::span<const Word> entries, const Matches& matches) {
  for (std::size_t i = 0; i < entries.size(); i += kWidth) {
    if (matches(entries[i])) return &entries[i];
  }
  return nullptr;
}

// The same among those of a trie, of a key with this hash. Small enough to stand where it is called.
// Counting levels costs less than asking each child whether it is a collision.
template <unsigned kWidth, class Matches>
[[gnu::always_inline]] inline const Word* find_in_trie(const Pin& pin, Word root,
                                                       std::uint64_t hash, const Matches& matches) {
  if (!is_reference(root)) return nullptr;
  Word at = root;
  std::uint64_t rest = hash;
#pragma GCC unroll 1
  for (unsigned level = 0; level < kTrieLevels; ++level) {
    const TrieNode* node = load_trie_node(pin, at);
    const std::uint32_t bit = trie_bit(rest);
    if ((node->node_map & bit) == 0) {
      if ((node->data_map & bit) == 0) return nullptr;
      const Word* entry = trie_entry_at<kWidth>(node, bit);
      return matches(entry[0]) ? entry : nullptr;
    }
    at = words_of(node)[rank(node->node_map, bit)];
    rest >>= kTrieBits;
  }
  return find_entry<kWidth>(entries_of<kWidth>(collision_node(pin, at)), matches);
}

// Every entry once: a node's own, then its children's.
template <unsigned kWidth>
class TrieIterator {
 public:
  TrieIterator(const Pin& pin, Word root) : pin_(&pin) {
    if (is_reference(root)) descend(root);
    settle();
  }
  // Goes on under a later pin, of whoever held the collection meanwhile.
  void go_on(const Pin& pin) { pin_ = &pin; }
  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] const Word* entry() const { return at_; }
  void next() {
    at_ += kWidth;
    if (at_ == end_) settle();
  }

 private:
  static constexpr std::ptrdiff_t kAhead = 6;  // children whose first line is on its way

  struct Level {
    const Word* child;
    const Word* end;
  };

  void enter(std::span<const Word> entries) {
    at_ = entries.data();
    end_ = at_ + entries.size();
  }
  void descend(Word w) {
    if (is_collision(w)) [[unlikely]] {
      enter(entries_of<kWidth>(collision_node(*pin_, w)));
      return;
    }
    const TrieNode* node = trie_node(*pin_, w);
    enter(entries_of<kWidth>(node));
    const std::span<const Word> children = children_of(node);
    if (children.empty()) return;
    levels_[++depth_] = {children.data(), children.data() + children.size()};
    for (const Word child : children.first(std::min<std::size_t>(children.size(), kAhead)))
      fetch(child);
  }
  void settle() {
    while (at_ == end_ && depth_ >= 0) {
      Level& level = levels_[depth_];
      if (level.child == level.end) {
        --depth_;
        continue;
      }
      if (level.end - level.child > kAhead) fetch(level.child[kAhead]);
      descend(*level.child++);
    }
  }
  void fetch(Word child) const { prefetch(pin_->at<std::byte>(object_offset(child))); }

  const Pin* pin_;
  const Word* at_ = nullptr;
  const Word* end_ = nullptr;
  int depth_ = -1;
  Level levels_[kTrieLevels + 1];
};

}  // namespace yin::substrate
