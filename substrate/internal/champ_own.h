#pragma once

// ChampOwn: put and remove in a trie that a transient is changing, in place as far as the nodes are
// its own.
//
// On the way down every node that is kept is made the transient's own (copied once, see
// ownership.h), so that its child word and its count can be stored into; the node at the end, whose
// size changes, is made anew at its exact size from blocks that were outgrown before. So at any
// time the tree is what champ.h would have made of the same entries, only flagged. One thread, the
// transient's.

#include <cstddef>
#include <cstdint>

#include "substrate/internal/champ.h"
#include "substrate/internal/ownership.h"

namespace yin::substrate {

template <unsigned kWidth, class Hash = ValueHash>
class ChampOwn : Champ<kWidth, Hash> {
  using Base = Champ<kWidth, Hash>;

 public:
  using Entry = typename Base::Entry;

  // `root` is not the word of the empty collection.
  static void put(OwnBlocks& own, Word& root, const Entry& entry) {
    const Pin& pin = own.pin();
    const std::uint64_t hash = Hash::of(pin, entry[0]);
    if (Base::stands_alone(entry[0]))
      return put_by(own, root, hash, entry, typename Base::Identical{entry[0]});
    if (tag(entry[0]) == kTagString)
      return put_by(own, root, hash, entry, typename Base::SameString(pin, entry[0]));
    return put_by(own, root, hash, entry, typename Base::Equal{pin, entry[0]});
  }
  static Word single(OwnBlocks& own, const Entry& entry) {
    return Base::single_root(own, Hash::of(own.pin(), entry[0]), entry);
  }

  static void remove(OwnBlocks& own, Word& root, Word key, Word empty);

 private:
  // Owned nodes from the root down: the word that refers to each, and the position taken in it.
  struct Step {
    Word* at;
    TrieNode* node;
    std::uint32_t bit;
  };
  struct Path {
    Step steps[kTrieLevels];
    unsigned depth = 0;

    // To the child at `bit` of the node that `at` refers to.
    Word* descend(OwnBlocks& own, Word* at, std::uint32_t bit) {
      TrieNode* node = own_node(own, *at);
      steps[depth++] = {at, node, bit};
      Word* child = words_of(node) + rank(node->node_map, bit);
      prefetch(own.pin().template at<std::byte>(object_offset(*child)) + 64);
      return child;
    }
    void add(std::uint32_t more) {  // wraps: ~0u is one less
      for (unsigned d = 0; d < depth; ++d) steps[d].node->header.count += more;
    }
  };

  static TrieNode* own_node(OwnBlocks& own, Word& w) {
    auto* node = own.pin().template at<TrieNode>(object_offset(w));
    if (is_owned(node->header)) return node;
    TrieNode* made = Base::copy(own, node);
    w = Word{(w.bits & ~kOffsetMask) | raw(own.pin().offset_of(made))};
    return made;
  }

  static void drop(OwnBlocks& own, Word gone) {
    ObjectHeader* h = header_of(own.pin(), gone);
    if (is_owned(*h)) own.give_back(h);
  }
  static void replace(OwnBlocks& own, Word* at, Word made) {
    drop(own, *at);
    *at = made;
  }

  static void set_value(OwnBlocks& own, Word* at, std::size_t index, Word value) {
    TrieNode* node = own_node(own, *at);
    const Word before = words_of(node)[index];
    words_of(node)[index] = value;
    const bool leaf = !is_reference(value) &&
                      (Base::is_leaf(node) || (is_reference(before) && Base::became_leaf(node)));
    *at = Base::finish(own, node, leaf);
  }

  template <class Matches>
  static void put_by(OwnBlocks& own, Word& root, std::uint64_t hash, const Entry& entry,
                     const Matches& matches) {
    const Pin& pin = own.pin();
    Path path;
    Word* at = &root;
    for (std::uint64_t rest = hash;; rest >>= kTrieBits) {
      if (is_collision(*at)) [[unlikely]]
        return put_collision(own, path, at, entry, matches);
      const TrieNode* node = trie_node(pin, *at);
      const std::uint32_t bit = Base::bit_of(rest);
      if ((node->node_map & bit) != 0) {
        at = path.descend(own, at, bit);
        continue;
      }
      if ((node->data_map & bit) == 0) {
        replace(own, at, Base::with_entry(own, node, bit, entry));
        return path.add(1);
      }
      const Word* found = Base::entry_at(node, bit);
      if (matches(found[0])) {
        if (Base::has_value(found, entry)) return;
        return set_value(own, at, static_cast<std::size_t>(found + 1 - words_of(node)),
                         entry[kWidth - 1]);
      }
      const Word child =
          Base::pair(own, path.depth + 1, Hash::of(pin, found[0]), found, hash, entry.data());
      replace(own, at, Base::entry_to_child(own, node, bit, child));
      return path.add(1);
    }
  }

  template <class Matches>
  static void put_collision(OwnBlocks& own, Path& path, Word* at, const Entry& entry,
                            const Matches& matches) {
    const CollisionNode* node = collision_node(own.pin(), *at);
    const Word* found = Base::find_collision(node, matches);
    if (found == nullptr) {
      replace(own, at, Base::collision_with_entry(own, node, entry));
      return path.add(1);
    }
    if (!Base::has_value(found, entry))
      replace(own, at, Base::collision_with_value(own, node, found, entry[kWidth - 1]));
  }

  // All that stood at the end of the path has shrunk to `entry`: it moves up through nodes that had
  // nothing else.
  static void shrink(OwnBlocks& own, Path& path, Word gone, const Word* entry) {
    Entry kept;
    Base::store(kept.data(), entry);
    drop(own, gone);
    while (path.depth > 1 && path.steps[path.depth - 1].node->header.count == 2)
      own.give_back(&path.steps[--path.depth].node->header);
    const Step& last = path.steps[--path.depth];
    replace(own, last.at, Base::child_to_entry(own, last.node, last.bit, kept.data()));
    path.add(~std::uint32_t{0});
  }
};

template <unsigned kWidth, class Hash>
void ChampOwn<kWidth, Hash>::remove(OwnBlocks& own, Word& root, Word key, Word empty) {
  const Pin& pin = own.pin();
  const typename Base::Equal matches{pin, key};
  Path path;
  Word* at = &root;
  for (std::uint64_t rest = Hash::of(pin, key);; rest >>= kTrieBits) {
    if (is_collision(*at)) [[unlikely]] {
      const CollisionNode* node = collision_node(pin, *at);
      const Word* gone = Base::find_collision(node, matches);
      if (gone == nullptr) return;
      if (node->header.count == 2)
        return shrink(own, path, *at, Base::other_of_two(words_of(node), gone));
      replace(own, at, Base::collision_without(own, node, gone));
      return path.add(~std::uint32_t{0});
    }
    const TrieNode* node = trie_node(pin, *at);
    const std::uint32_t bit = Base::bit_of(rest);
    if ((node->node_map & bit) != 0) {
      at = path.descend(own, at, bit);
      continue;
    }
    if ((node->data_map & bit) == 0) return;
    const Word* gone = Base::entry_at(node, bit);
    if (!matches(gone[0])) return;
    if (node->header.count == 1) return replace(own, at, empty);  // only a root has one
    if (path.depth > 0 && node->header.count == 2)
      return shrink(own, path, *at, Base::other_of_two(words_of(node), gone));
    replace(own, at, Base::without_entry(own, node, bit));
    return path.add(~std::uint32_t{0});
  }
}

}  // namespace yin::substrate
