#pragma once

// How to look at a node of an int map: what int_map.cc, equality, walks and verify share.
//
//   header | data_map | node_map | place | children, a word each | entries: key, value | 0 if even
//
// Keys are taken as key + 2^63, so that unsigned order is the order of signed keys. A node at level
// L parts them by their bits 5L..5L+4, its *digit*; all its keys agree in the bits above.
// Read-only.

#include <bit>
#include <cstdint>

#include "substrate/format.h"
#include "substrate/internal/trie.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr std::uint64_t kIntMapLevelMask = 31;  // of IntMapNode::place

constexpr std::uint64_t int_map_key(std::int64_t key) {
  return static_cast<std::uint64_t>(key) ^ std::uint64_t{1} << 63;
}
// The bits above those a node at `level` looks at.
constexpr std::uint64_t int_map_prefix(std::uint64_t key, unsigned level) {
  return level + 1 >= kIntMapLevels ? 0 : key & ~std::uint64_t{0} << (kTrieBits * (level + 1));
}
constexpr unsigned int_map_digit(std::uint64_t key, unsigned level) {
  return static_cast<unsigned>(key >> (kTrieBits * level)) & 31;
}
// The level at which two different keys part.
constexpr unsigned int_map_level(std::uint64_t a, std::uint64_t b) {
  return static_cast<unsigned>(63 - std::countl_zero(a ^ b)) / kTrieBits;
}

inline const IntMapNode* int_map_node(const Pin& pin, Word w) {
  return pin.at<IntMapNode>(object_offset(w));
}
inline unsigned level_of(const IntMapNode* n) {
  return static_cast<unsigned>(n->place & kIntMapLevelMask);
}
inline std::uint64_t prefix_of(const IntMapNode* n) { return n->place & ~kIntMapLevelMask; }

inline Word* words_of(IntMapNode* n) { return reinterpret_cast<Word*>(n + 1); }
inline const Word* words_of(const IntMapNode* n) { return reinterpret_cast<const Word*>(n + 1); }
inline std::size_t word_count(const IntMapNode* n) {
  return bit_count(n->node_map) + std::size_t{2} * bit_count(n->data_map);
}
template <class Node>
inline auto* int_map_child(Node* n, std::uint32_t bit) {
  return words_of(n) + rank(n->node_map, bit);
}
template <class Node>
inline auto* int_map_entry(Node* n, std::uint32_t bit) {
  return words_of(n) + bit_count(n->node_map) + std::size_t{2} * rank(n->data_map, bit);
}

}  // namespace yin::substrate
