#pragma once

// Champ: the algorithms of the hash trie, for maps (entries of two words: key, value) and sets (one
// word: the item).
//
// CHAMP (Steindorfer & Vinju, OOPSLA 2015): level L takes bits 5L..5L+4 of the key's hash; at each
// of 32 positions a node has nothing, an entry, or a child. The shape depends on the contents only:
// below the root every node stands for two entries or more (one that shrinks to a single entry is
// taken into its parent), and keys of one hash stand in a collision node below level 12, in the
// order of compare(). So equal tries are congruent, and equality walks them side by side.
//
// An update finds its place first, remembering the path, then copies the path bottom up: one
// allocation a level, each of the exact size, nothing temporary. A node's leaf flag is true exactly
// when none of its words is a reference.
//
// What makes nodes is a template over who makes them, an edit or a transient (ownership.h). What
// builds on this: champ_own.h changes in place, champ_merge.h joins two tries.
//
// The hash is a policy, so that tests can make keys collide. Any number of threads may read;
// updates only make new objects. A key that is found to be equal stays as it is, only its value is
// replaced, as in Clojure.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>

#include "substrate/check.h"
#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/internal/ownership.h"
#include "substrate/internal/trie.h"
#include "substrate/internal/words.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

struct ValueHash {
  static std::uint64_t of(const Pin& pin, Word key) { return hash(pin, key); }
};

template <unsigned kWidth, class Hash = ValueHash>
class Champ {
 public:
  using Entry = std::array<Word, kWidth>;

  // The entry of `key`, or null.
  static const Word* find(const Pin& pin, Word root, Word key) {
    const std::uint64_t hash = Hash::of(pin, key);
    if (stands_alone(key)) return find_in_trie<kWidth>(pin, root, hash, Identical{key});
    if (tag(key) == kTagString) return find_in_trie<kWidth>(pin, root, hash, SameString(pin, key));
    return find_in_trie<kWidth>(pin, root, hash, Equal{pin, key});
  }

  // `root` with `entry`; `root` itself when it has the very same one.
  static Word put(Edit& edit, Word root, const Entry& entry) {
    const Pin& pin = edit.pin();
    const std::uint64_t hash = Hash::of(pin, entry[0]);
    if (!is_reference(root)) return single_root(edit, hash, entry);
    if (stands_alone(entry[0])) return put_by(edit, root, hash, entry, Identical{entry[0]});
    if (tag(entry[0]) == kTagString)
      return put_by(edit, root, hash, entry, SameString(pin, entry[0]));
    return put_by(edit, root, hash, entry, Equal{pin, entry[0]});
  }

  // `root` without `key`; `root` itself when it has none; `empty` when that was the last.
  static Word remove(Edit& edit, Word root, Word key, Word empty);

  // All of them at once; of equal keys, the first key with the last value. `hash_of(key)` says
  // what Hash would.
  template <class HashOf>
  static Word build(Edit& edit, const Word* entries, std::size_t count, Word empty,
                    const HashOf& hash_of);
  static Word build(Edit& edit, const Word* entries, std::size_t count, Word empty) {
    return build(edit, entries, count, empty, [&](Word key) { return Hash::of(edit.pin(), key); });
  }

 protected:
  // -------------------------------------------------------------------------------------------------------
  // looking

  // What "this is the key" takes, from cheapest to dearest.
  using Identical = SameWord;
  // A long string: ten bits of the hash stand in the word, so that a miss hardly ever touches the
  // other string.
  struct SameString {
    SameString(const Pin& p, Word k) : pin(p), key(k), text(p.at<StringObject>(object_offset(k))) {}
    bool operator()(Word other) const {
      return other == key ||
             (tag(other) == kTagString && (other.bits ^ key.bits) >> 54 == 0 && same(other));
    }
    bool same(Word other) const {
      const auto* o = pin.at<StringObject>(object_offset(other));
      return o->hash == text->hash && o->header.count == text->header.count &&
             std::memcmp(o + 1, text + 1, text->header.count) == 0;
    }
    const Pin& pin;
    Word key;
    const StringObject* text;
  };
  struct Equal {
    const Pin& pin;
    Word key;
    bool operator()(Word other) const { return equal(pin, other, key); }
  };

  // Is the word equal to itself only? Not so the zero of doubles, the empty collections, and
  // symbols, which may carry metadata elsewhere.
  static bool stands_alone(Word w) {
    return !is_reference(w) && w != kZeroDouble && !is_immediate(w, Immediate::kEmpty) &&
           !is_symbol(w);
  }

  static std::uint32_t bit_of(std::uint64_t shifted_hash) { return trie_bit(shifted_hash); }
  static const Word* entry_at(const TrieNode* node, std::uint32_t bit) {
    return trie_entry_at<kWidth>(node, bit);
  }

  template <class Matches>
  static const Word* find_collision(const CollisionNode* node, const Matches& matches) {
    return find_entry<kWidth>(entries_of<kWidth>(node), matches);
  }

  // --------------------------------------------------------------------------------------------------------
  // making

  // A node's header and maps, for the words to be put behind. The caller sets the leaf flag.
  template <class Maker>
  static TrieNode* make(Maker& edit, std::uint32_t data_map, std::uint32_t node_map,
                        std::uint32_t count) {
    const unsigned words = bit_count(node_map) + kWidth * bit_count(data_map);
    const unsigned granules = 1 + (words + 1) / 2;
    auto* node = edit.template allocate_granules<TrieNode>(granules);
    node->header = {static_cast<std::uint8_t>(kTrieKind<kWidth>), 0,
                    static_cast<std::uint16_t>(granules), count};
    node->data_map = data_map;
    node->node_map = node_map;
    words_of(node)[2 * granules - 3] = kNil;  // the last word, be it used or padding
    return node;
  }

  template <class Maker>
  static Word finish(Maker& edit, TrieNode* node, bool leaf) {
    node->header.flags = static_cast<std::uint8_t>((leaf ? kFlagNoReferences : 0) | mark_of(edit));
    return object_word(kTrieKind<kWidth>, edit.pin().offset_of(node), node->header.granules, leaf);
  }

  static bool is_leaf(const TrieNode* node) {
    return (node->header.flags & kFlagNoReferences) != 0;
  }
  static bool is_leaf(const Entry& entry) { return !any_reference(entry.data(), kWidth); }
  // For a node that lost a reference.
  static bool became_leaf(const TrieNode* node) {
    return node->node_map == 0 && !any_reference(words_of(node), entries_of<kWidth>(node).size());
  }

  static void store(Word* to, const Word* entry) { std::memcpy(to, entry, kWidth * sizeof(Word)); }

  template <class Maker>
  static Word single_root(Maker& edit, std::uint64_t hash, const Entry& entry) {
    TrieNode* node = make(edit, bit_of(hash), 0, 1);
    store(words_of(node), entry.data());
    return finish(edit, node, is_leaf(entry));
  }

  template <class Maker>
  static TrieNode* copy(Maker& edit, const TrieNode* node) {
    const std::uint32_t granules = node->header.granules;
    auto* made = edit.template allocate_granules<TrieNode>(granules);
    copy_granules(made, node, granules);
    made->header.flags |= mark_of(edit);
    return made;
  }

  static Word with_child(Edit& edit, const TrieNode* node, std::uint32_t bit, Word child,
                         std::uint32_t more) {
    TrieNode* made = copy(edit, node);
    made->header.count += more;
    words_of(made)[rank(made->node_map, bit)] = child;
    return object_word(kTrieKind<kWidth>, edit.pin().offset_of(made), made->header.granules, false);
  }

  static Word with_value(Edit& edit, const TrieNode* node, const Word* found, Word value) {
    TrieNode* made = copy(edit, node);
    words_of(made)[found + 1 - words_of(node)] = value;
    const bool leaf =
        !is_reference(value) && (is_leaf(node) || (is_reference(found[1]) && became_leaf(made)));
    return finish(edit, made, leaf);
  }

  template <class Maker>
  static Word with_entry(Maker& edit, const TrieNode* node, std::uint32_t bit, const Entry& entry) {
    TrieNode* made = make(edit, node->data_map | bit, node->node_map, node->header.count + 1);
    const std::size_t before = static_cast<std::size_t>(entry_at(node, bit) - words_of(node));
    const std::size_t all = bit_count(node->node_map) + kWidth * bit_count(node->data_map);
    copy_words(words_of(made), words_of(node), before);
    store(words_of(made) + before, entry.data());
    copy_words(words_of(made) + before + kWidth, words_of(node) + before, all - before);
    return finish(edit, made, is_leaf(node) && is_leaf(entry));
  }

  template <class Maker>
  static Word without_entry(Maker& edit, const TrieNode* node, std::uint32_t bit) {
    TrieNode* made = make(edit, node->data_map & ~bit, node->node_map, node->header.count - 1);
    const Word* gone = entry_at(node, bit);
    const std::size_t before = static_cast<std::size_t>(gone - words_of(node));
    const std::size_t all = bit_count(node->node_map) + kWidth * bit_count(node->data_map);
    copy_words(words_of(made), words_of(node), before);
    copy_words(words_of(made) + before, gone + kWidth, all - before - kWidth);
    return finish(edit, made, is_leaf(node) || (any_reference(gone, kWidth) && became_leaf(made)));
  }

  // The entry at `bit` gives way to a child, which holds it and one more.
  template <class Maker>
  static Word entry_to_child(Maker& edit, const TrieNode* node, std::uint32_t bit, Word child) {
    TrieNode* made =
        make(edit, node->data_map & ~bit, node->node_map | bit, node->header.count + 1);
    const std::span<const Word> children = children_of(node);
    const std::span<const Word> entries = entries_of<kWidth>(node);
    const std::size_t at = rank(node->node_map, bit);
    const std::size_t gone = static_cast<std::size_t>(entry_at(node, bit) - entries.data());
    Word* to = words_of(made);
    copy_words(to, children.data(), at);
    to[at] = child;
    copy_words(to + at + 1, children.data() + at, children.size() - at);
    to += children.size() + 1;
    copy_words(to, entries.data(), gone);
    copy_words(to + gone, entries.data() + gone + kWidth, entries.size() - gone - kWidth);
    return finish(edit, made, false);
  }

  // The child at `bit` gives way to the one entry that is left of it.
  template <class Maker>
  static Word child_to_entry(Maker& edit, const TrieNode* node, std::uint32_t bit,
                             const Word* entry) {
    TrieNode* made =
        make(edit, node->data_map | bit, node->node_map & ~bit, node->header.count - 1);
    const std::span<const Word> children = children_of(node);
    const std::span<const Word> entries = entries_of<kWidth>(node);
    const std::size_t gone = rank(node->node_map, bit);
    const std::size_t at = kWidth * rank(node->data_map, bit);
    Word* to = words_of(made);
    copy_words(to, children.data(), gone);
    copy_words(to + gone, children.data() + gone + 1, children.size() - gone - 1);
    to += children.size() - 1;
    copy_words(to, entries.data(), at);
    store(to + at, entry);
    copy_words(to + at + kWidth, entries.data() + at, entries.size() - at);
    return finish(edit, made, became_leaf(made));
  }

  template <class Maker>
  static Word only_child(Maker& edit, std::uint32_t bit, Word child, std::uint32_t count) {
    TrieNode* made = make(edit, 0, bit, count);
    words_of(made)[0] = child;
    return finish(edit, made, false);
  }

  // The node at `level` for two entries with different keys.
  template <class Maker>
  static Word pair(Maker& edit, unsigned level, std::uint64_t hash_a, const Word* a,
                   std::uint64_t hash_b, const Word* b) {
    const std::uint64_t differ = hash_a ^ hash_b;
    if (differ == 0) {
      if (compare(edit.pin(), a[0], b[0]) > 0) std::swap(a, b);
      CollisionNode* node = make_collision(edit, hash_a, 2);
      store(words_of(node), a);
      store(words_of(node) + kWidth, b);
      return chain(edit, level, hash_a, finish(edit, node), 2);
    }
    const unsigned split = static_cast<unsigned>(std::countr_zero(differ)) / kTrieBits;
    const std::uint32_t bit_a = bit_of(hash_a >> (split * kTrieBits));
    const std::uint32_t bit_b = bit_of(hash_b >> (split * kTrieBits));
    TrieNode* node = make(edit, bit_a | bit_b, 0, 2);
    store(words_of(node) + (bit_a < bit_b ? 0 : kWidth), a);
    store(words_of(node) + (bit_a < bit_b ? kWidth : 0), b);
    const Word made = finish(edit, node, !any_reference(a, kWidth) && !any_reference(b, kWidth));
    return chain(edit, level, hash_a, made, 2, split);
  }

  // Nodes with one child each from `level` down to `node`, which stands at `bottom`.
  template <class Maker>
  static Word chain(Maker& edit, unsigned level, std::uint64_t hash, Word node, std::uint32_t count,
                    unsigned bottom = kTrieLevels) {
    Word made = node;
    for (unsigned l = bottom; l > level; --l)
      made = only_child(edit, bit_of(hash >> ((l - 1) * kTrieBits)), made, count);
    return made;
  }

  // -----------------------------------------------------------------------------------------------------
  // collisions

  template <class Maker>
  static CollisionNode* make_collision(Maker& edit, std::uint64_t hash, std::uint32_t count) {
    const std::uint64_t words = std::uint64_t{kWidth} * count;
    const std::uint64_t bytes = sizeof(CollisionNode) + words * sizeof(Word);
    auto* node = edit.template allocate<CollisionNode>(bytes);
    set_header(node->header, kCollisionKind<kWidth>, bytes, count, false);
    node->hash = hash;
    std::fill(words_of(node) + words,
              words_of(node) + object_bytes(node->header) / sizeof(Word) - 2, kNil);
    return node;
  }

  template <class Maker>
  static Word finish(Maker& edit, CollisionNode* node) {
    const std::span<const Word> entries = entries_of<kWidth>(node);
    if (!any_reference(entries.data(), entries.size())) node->header.flags |= kFlagNoReferences;
    node->header.flags |= mark_of(edit);
    return word_of(edit.pin(), &node->header);
  }

  template <class Maker>
  static Word collision_with_value(Maker& edit, const CollisionNode* node, const Word* found,
                                   Word value) {
    CollisionNode* made = make_collision(edit, node->hash, node->header.count);
    const std::span<const Word> entries = entries_of<kWidth>(node);
    copy_words(words_of(made), entries.data(), entries.size());
    words_of(made)[found + 1 - entries.data()] = value;
    return finish(edit, made);
  }

  template <class Maker>
  static Word collision_with_entry(Maker& edit, const CollisionNode* node, const Entry& entry) {
    CollisionNode* made = make_collision(edit, node->hash, node->header.count + 1);
    const std::span<const Word> entries = entries_of<kWidth>(node);
    std::size_t at = 0;
    while (at < entries.size() && compare(edit.pin(), entries[at], entry[0]) <= 0) at += kWidth;
    copy_words(words_of(made), entries.data(), at);
    store(words_of(made) + at, entry.data());
    copy_words(words_of(made) + at + kWidth, entries.data() + at, entries.size() - at);
    return finish(edit, made);
  }

  template <class Maker>
  static Word collision_without(Maker& edit, const CollisionNode* node, const Word* gone) {
    CollisionNode* made = make_collision(edit, node->hash, node->header.count - 1);
    const std::span<const Word> entries = entries_of<kWidth>(node);
    const std::size_t at = static_cast<std::size_t>(gone - entries.data());
    copy_words(words_of(made), entries.data(), at);
    copy_words(words_of(made) + at, gone + kWidth, entries.size() - at - kWidth);
    return finish(edit, made);
  }

  // -------------------------------------------------------------------------------------------------------
  // updating

  // The nodes passed on the way down, and which position was taken in each.
  struct Path {
    struct Step {
      const TrieNode* node;
      std::uint32_t bit;
    };
    Step steps[kTrieLevels];
    unsigned depth = 0;

    void push(const TrieNode* node, std::uint32_t bit) { steps[depth++] = {node, bit}; }
    // The root above `made`, which replaces what stood at the end of the path. `more` wraps: ~0u is
    // one less.
    Word rebuild(Edit& edit, Word made, std::uint32_t more) const {
      for (unsigned d = depth; d > 0; --d)
        made = with_child(edit, steps[d - 1].node, steps[d - 1].bit, made, more);
      return made;
    }
  };

  static bool has_value(const Word* found, const Entry& entry) {
    if constexpr (kWidth == 2) return found[1] == entry[1];
    return true;  // an item is its own value
  }

  template <class Matches>
  static Word put_by(Edit& edit, Word root, std::uint64_t hash, const Entry& entry,
                     const Matches& matches) {
    const Pin& pin = edit.pin();
    Path path;
    const TrieNode* node = trie_node(pin, root);
    std::uint64_t rest = hash;
    for (;; rest >>= kTrieBits) {
      const std::uint32_t bit = bit_of(rest);
      if ((node->node_map & bit) != 0) {
        const Word child = words_of(node)[rank(node->node_map, bit)];
        path.push(node, bit);
        if (object_kind(child) == kCollisionKind<kWidth>) [[unlikely]] {
          return put_collision(edit, root, path, collision_node(pin, child), entry, matches);
        }
        node = load_trie_node(pin, child);
        continue;
      }
      if ((node->data_map & bit) == 0)
        return path.rebuild(edit, with_entry(edit, node, bit, entry), 1);
      const Word* found = entry_at(node, bit);
      if (matches(found[0])) {
        if (has_value(found, entry)) return root;
        return path.rebuild(edit, with_value(edit, node, found, entry[kWidth - 1]), 0);
      }
      const Word child =
          pair(edit, path.depth + 1, Hash::of(pin, found[0]), found, hash, entry.data());
      return path.rebuild(edit, entry_to_child(edit, node, bit, child), 1);
    }
  }

  template <class Matches>
  static Word put_collision(Edit& edit, Word root, const Path& path, const CollisionNode* node,
                            const Entry& entry, const Matches& matches) {
    const Word* found = find_collision(node, matches);
    if (found == nullptr) return path.rebuild(edit, collision_with_entry(edit, node, entry), 1);
    if (has_value(found, entry)) return root;
    return path.rebuild(edit, collision_with_value(edit, node, found, entry[kWidth - 1]), 0);
  }

  // The root when all that stood at the end of the path has shrunk to `entry`: it moves up through
  // nodes that had nothing else.
  static Word rebuild_single(Edit& edit, Path& path, const Word* entry) {
    while (path.depth > 1 && path.steps[path.depth - 1].node->header.count == 2) --path.depth;
    const auto [node, bit] = path.steps[--path.depth];
    return path.rebuild(edit, child_to_entry(edit, node, bit, entry), ~std::uint32_t{0});
  }

  static const Word* other_of_two(const Word* entries, const Word* gone) {
    return gone == entries ? entries + kWidth : entries;
  }

  // -------------------------------------------------------------------------------------------------------
  // building

  struct Item {
    std::uint64_t hash;
    Entry entry;
  };
  // A subtree of `count` entries; if that is one, it stands in the first item of its group and
  // there is no node.
  struct Built {
    Word node;
    std::uint32_t count;
  };
  static constexpr std::size_t kOnStack = 64;

  template <class HashOf>
  static Word build_root(Edit& edit, const Word* entries, Item* items, Item* spare,
                         std::size_t count, const HashOf& hash_of) {
    for (std::size_t i = 0; i < count; ++i) {
      items[i].hash = hash_of(entries[kWidth * i]);
      store(items[i].entry.data(), entries + kWidth * i);
    }
    const Built built = build_group(edit, items, spare, count, 0);
    return built.count == 1 ? single_root(edit, items[0].hash, items[0].entry) : built.node;
  }

  static bool one_hash(const Item* items, std::size_t count) {
    return std::all_of(items + 1, items + count,
                       [&](const Item& i) { return i.hash == items->hash; });
  }

  // Of `count` items, which agree in the digits above `level`. Uses `items` and `spare` up.
  static Built build_group(Edit& edit, Item* items, Item* spare, std::size_t count,
                           unsigned level) {
    if (count == 2 && items[0].hash != items[1].hash) {
      return {pair(edit, level, items[0].hash, items[0].entry.data(), items[1].hash,
                   items[1].entry.data()),
              2};
    }
    if (one_hash(items, count)) return build_collision(edit, items, count, level);
    return build_node(edit, items, spare, count, level);
  }

  // One counting sort by the digit of this level, then the children, then the node. The sort is
  // stable: of equal keys the later stays behind.
  static Built build_node(Edit& edit, Item* items, Item* spare, std::size_t count, unsigned level) {
    const unsigned shift = level * kTrieBits;
    std::uint32_t sizes[32] = {};
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t bit = bit_of(items[i].hash >> shift);
      seen |= bit;
      ++sizes[std::countr_zero(bit)];
    }
    std::uint32_t ends[32];
    std::uint32_t start = 0;
    for (std::uint32_t left = seen; left != 0; left &= left - 1) {
      const auto digit = static_cast<unsigned>(std::countr_zero(left));
      ends[digit] = start;
      start += sizes[digit];
    }
    for (std::size_t i = 0; i < count; ++i) spare[ends[items[i].hash >> shift & 31]++] = items[i];

    Word children[32];
    unsigned child_count = 0;
    std::uint32_t node_map = 0;
    std::uint32_t total = 0;
    for (std::uint32_t left = seen; left != 0; left &= left - 1) {
      const auto digit = static_cast<unsigned>(std::countr_zero(left));
      const std::uint32_t size = sizes[digit];
      const std::uint32_t first = ends[digit] - size;
      const Built built = size == 1
                              ? Built{kNil, 1}
                              : build_group(edit, spare + first, items + first, size, level + 1);
      total += built.count;
      if (built.count == 1) continue;
      children[child_count++] = built.node;
      node_map |= left & -left;
    }

    TrieNode* node = make(edit, seen & ~node_map, node_map, total);
    std::copy_n(children, child_count, words_of(node));
    Word* to = words_of(node) + child_count;
    for (std::uint32_t left = node->data_map; left != 0; left &= left - 1) {
      const auto digit = static_cast<unsigned>(std::countr_zero(left));
      store(to, spare[ends[digit] - sizes[digit]].entry.data());
      to += kWidth;
    }
    return {finish(edit, node, became_leaf(node)), total};
  }

  // Items of one hash: one key many times, or a collision. Quadratic, as every way of building one
  // is.
  static Built build_collision(Edit& edit, Item* items, std::size_t count, unsigned level) {
    const Pin& pin = edit.pin();
    std::size_t kept = 0;  // in order, at the front
    for (std::size_t i = 0; i < count; ++i) {
      const Entry entry = items[i].entry;
      Item* same = std::find_if(items, items + kept,
                                [&](const Item& k) { return equal(pin, k.entry[0], entry[0]); });
      if (same != items + kept) {
        if constexpr (kWidth == 2) same->entry[1] = entry[1];
        continue;
      }
      Item* at = items + kept++;
      for (; at > items && compare(pin, at[-1].entry[0], entry[0]) > 0; --at)
        at->entry = at[-1].entry;
      at->entry = entry;
    }
    if (kept == 1) return {kNil, 1};
    const auto total = static_cast<std::uint32_t>(kept);
    CollisionNode* node = make_collision(edit, items->hash, total);
    for (std::size_t i = 0; i < kept; ++i)
      store(words_of(node) + kWidth * i, items[i].entry.data());
    return {chain(edit, level, items->hash, finish(edit, node), total), total};
  }
};

template <unsigned kWidth, class Hash>
Word Champ<kWidth, Hash>::remove(Edit& edit, Word root, Word key, Word empty) {
  if (!is_reference(root)) return root;
  const Pin& pin = edit.pin();
  const Equal matches{pin, key};
  Path path;
  const TrieNode* node = trie_node(pin, root);
  for (std::uint64_t rest = Hash::of(pin, key);; rest >>= kTrieBits) {
    const std::uint32_t bit = bit_of(rest);
    if ((node->node_map & bit) != 0) {
      const Word child = words_of(node)[rank(node->node_map, bit)];
      path.push(node, bit);
      if (object_kind(child) == kCollisionKind<kWidth>) [[unlikely]] {
        const CollisionNode* collision = collision_node(pin, child);
        const Word* gone = find_collision(collision, matches);
        if (gone == nullptr) return root;
        if (collision->header.count == 2)
          return rebuild_single(edit, path, other_of_two(words_of(collision), gone));
        return path.rebuild(edit, collision_without(edit, collision, gone), ~std::uint32_t{0});
      }
      node = load_trie_node(pin, child);
      continue;
    }
    if ((node->data_map & bit) == 0 || !matches(entry_at(node, bit)[0])) return root;
    if (node->header.count == 1) return empty;  // only a root has one
    if (path.depth > 0 && node->header.count == 2) {
      return rebuild_single(edit, path, other_of_two(words_of(node), entry_at(node, bit)));
    }
    return path.rebuild(edit, without_entry(edit, node, bit), ~std::uint32_t{0});
  }
}

template <unsigned kWidth, class Hash>
template <class HashOf>
Word Champ<kWidth, Hash>::build(Edit& edit, const Word* entries, std::size_t count, Word empty,
                                const HashOf& hash_of) {
  if (count == 0) return empty;
  check(count <= std::numeric_limits<std::uint32_t>::max(), "a map or set of 2^32 entries or more");
  if (count <= kOnStack) {
    Item buffers[2][kOnStack];
    return build_root(edit, entries, buffers[0], buffers[1], count, hash_of);
  }
  const auto buffers = std::make_unique_for_overwrite<Item[]>(2 * count);
  return build_root(edit, entries, buffers.get(), buffers.get() + count, count, hash_of);
}

}  // namespace yin::substrate
