#pragma once

// Which words of an object may refer on: the one place that knows, for the marker, for publishing
// and for verify.
//
// Every kind keeps its words in one run: trie nodes their children and entries behind a header of 16
// or 24 bytes, records their fields behind 8 bytes. Numbers and strings have none.

#include <bit>
#include <cstdint>
#include <span>

#include "substrate/format.h"
#include "substrate/value.h"

namespace yin::substrate {

inline std::span<Word> traced_words(ObjectHeader* h) {
  const auto behind = [h](std::uint64_t bytes) {
    return reinterpret_cast<Word*>(reinterpret_cast<std::byte*>(h) + bytes);
  };
  const auto kind = static_cast<ObjectKind>(h->kind);
  switch (kind) {
    case ObjectKind::kNone:
    case ObjectKind::kDouble:
    case ObjectKind::kInt64:
    case ObjectKind::kString:
      return {};
    case ObjectKind::kMapNode:
    case ObjectKind::kSetNode: {
      const auto* node = reinterpret_cast<const TrieNode*>(h);
      const unsigned width = kind == ObjectKind::kMapNode ? 2 : 1;
      return {behind(sizeof(TrieNode)),
              static_cast<std::size_t>(std::popcount(node->node_map)) +
                  width * static_cast<std::size_t>(std::popcount(node->data_map))};
    }
    case ObjectKind::kMapCollision:
      return {behind(sizeof(CollisionNode)), std::size_t{h->count} * 2};
    case ObjectKind::kSetCollision:
      return {behind(sizeof(CollisionNode)), h->count};
    case ObjectKind::kIntMap: {
      const auto* node = reinterpret_cast<const IntMapNode*>(h);
      return {behind(sizeof(IntMapNode)),
              static_cast<std::size_t>(std::popcount(node->node_map)) +
                  2 * static_cast<std::size_t>(std::popcount(node->data_map))};
    }
    default:
      return {behind(sizeof(ObjectHeader)), h->count};
  }
}

}  // namespace yin::substrate
