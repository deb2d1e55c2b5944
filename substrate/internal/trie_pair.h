#pragma once

// TriePair: two tries side by side, what joining (champ_merge.h) and comparing (diff.h) share.
//
// A *side* is what stands at one position of a trie: nothing, an entry, or a node. An entry against
// a node is looked at as a node of that one entry: its hash says where in the node below it would
// stand. Reads immutable objects; good as long as the pin and both tries.

#include <algorithm>
#include <cstdint>
#include <span>

#include "substrate/format.h"
#include "substrate/internal/trie.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

// A side opened up at its level: which positions hold what.
template <unsigned kWidth>
struct TrieLook {
  std::uint32_t data_map = 0;
  std::uint32_t node_map = 0;
  const Word* children = nullptr;
  const Word* entries = nullptr;

  [[nodiscard]] std::uint32_t seen() const { return data_map | node_map; }
};

template <unsigned kWidth, class Hash>
class TrieSide {
 public:
  static TrieSide of(Word node) { return TrieSide(node, nullptr); }  // nil: nothing
  static TrieSide at(const TrieLook<kWidth>& look, std::uint32_t bit) {
    if ((look.node_map & bit) != 0) return of(look.children[rank(look.node_map, bit)]);
    if ((look.data_map & bit) == 0) return of(kNil);
    return TrieSide(kNil, look.entries + kWidth * rank(look.data_map, bit));
  }
  TrieSide() = default;

  [[nodiscard]] bool is_nothing() const { return !is_node() && !is_entry(); }
  [[nodiscard]] bool is_node() const { return is_reference(node_); }
  [[nodiscard]] bool is_entry() const { return entry_ != nullptr; }
  [[nodiscard]] Word node() const { return node_; }
  [[nodiscard]] const Word* entry() const { return entry_; }

  [[nodiscard]] std::uint32_t count(const Pin& pin) const {
    return is_node() ? header_of(pin, node_)->count : is_entry() ? 1 : 0;
  }
  // Of all its keys; of an entry or a collision node.
  [[nodiscard]] std::uint64_t hash(const Pin& pin) const {
    return is_node() ? collision_node(pin, node_)->hash : Hash::of(pin, entry_[0]);
  }
  // All entries of what is no inner node.
  [[nodiscard]] std::span<const Word> entries(const Pin& pin) const {
    if (is_node()) return entries_of<kWidth>(collision_node(pin, node_));
    return {entry_, is_entry() ? kWidth : 0};
  }
  [[nodiscard]] TrieLook<kWidth> look(const Pin& pin, unsigned level) const {
    if (is_node()) {
      const TrieNode* n = trie_node(pin, node_);
      return {n->data_map, n->node_map, words_of(n), entries_of<kWidth>(n).data()};
    }
    if (!is_entry()) return {};
    const std::uint64_t digit = Hash::of(pin, entry_[0]) >> (level * kTrieBits) & 31;
    return {std::uint32_t{1} << digit, 0, nullptr, entry_};
  }

 private:
  TrieSide(Word node, const Word* entry) : node_(node), entry_(entry) {}

  Word node_ = kNil;
  const Word* entry_ = nullptr;
};

}  // namespace yin::substrate
