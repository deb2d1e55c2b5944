#pragma once

// What must hold for every object of a value, looked at from outside: for tests of all collections.
//
// flaw_in() goes through all objects that a word refers to, once each, and says what is wrong with the first bad one: kind,
// size, leaf flags exact, padding zero, counts, and for tries the canonical shape under the hash they were built with.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "substrate/internal/champ.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/trace.h"
#include "substrate/internal/trie.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::tests {

using namespace yin::substrate;

template <class Hash>
class Inspection {
 public:
  explicit Inspection(const Pin& pin) : pin_(pin) {}

  std::string run(Word root) {
    meet({root, Part::kValue, 0, 0, 0, true});
    while (flaw_.empty() && !pending_.empty()) {
      const Pending next = pending_.back();
      pending_.pop_back();
      look_at(next);
    }
    return flaw_;
  }

 private:
  enum class Part { kValue, kTrieNode, kVectorNode, kQueueNode };
  struct Pending {
    Word word;
    Part part;
    unsigned level;              // trie: levels above; vector and queue nodes: levels below
    std::uint64_t path;          // trie: hash bits; queue node: position of the first item
    std::uint64_t elements = 0;  // vector node: below it; queue node: position its items end at
    bool outer = false;          // of the trie that was built with Hash; those in it were not
  };

  void require(bool holds, const char* what) {
    if (!holds && flaw_.empty()) flaw_ = what;
  }

  void meet(const Pending& p) {
    if (p.word == kAbsent || p.word == kTombstone) require(false, "a word that no value holds");
    if (is_reference(p.word) && (p.part == Part::kTrieNode || seen_.insert(p.word.bits).second)) {
      pending_.push_back(p);
    }
  }
  void meet_values(std::span<const Word> words) {
    for (const Word w : words) meet({w, Part::kValue, 0, 0});
  }

  void look_at(const Pending& p) {
    ObjectHeader* h = header_of(pin_, p.word);
    const std::uint64_t bytes = object_bytes(*h);
    const auto kind = static_cast<ObjectKind>(h->kind);
    const std::span<const Word> words = traced_words(h);
    if (tag(p.word) == kTagString) {
      look_at_string(p.word, h, bytes);
      return;
    }
    require(kind == object_kind(p.word), "word and header disagree in kind");
    require(word_granules(p.word) == (bytes / kGranule < 512 ? bytes / kGranule : 0),
            "the word's size is wrong");
    const bool leaf =
        std::none_of(words.begin(), words.end(), [](Word w) { return is_reference(w); });
    require(refers_to_leaf(p.word) == leaf, "the word's leaf bit is wrong");
    require(((h->flags & kFlagNoReferences) != 0) == leaf, "the header's leaf flag is wrong");
    if (kind == ObjectKind::kDouble || kind == ObjectKind::kInt64) {
      look_at_number(p.word, bytes);
      return;
    }
    const auto* start = reinterpret_cast<const std::byte*>(h);
    const auto behind = reinterpret_cast<const std::byte*>(words.data() + words.size());
    const std::uint64_t raw =
        kind == ObjectKind::kRelaxedNode ? 8 * words.size() : raw_bytes(kind, words);
    const std::uint64_t used = static_cast<std::uint64_t>(behind - start) + raw;
    const unsigned flags =
        kind == ObjectKind::kSortedNode ? kFlagNoReferences | kFlagIntegerKeys : kFlagNoReferences;
    require((h->flags & ~flags & ((1U << kFlagScaleShift) - 1)) == 0, "a flag that no value has");
    require(bytes == object_size(used), "the object is larger than it needs to be");
    require(std::all_of(start + used, start + bytes, [](std::byte b) { return b == std::byte{0}; }),
            "padding not zero");
    switch (kind) {
      case ObjectKind::kMapNode:
        look_at_trie<2>(p);
        break;
      case ObjectKind::kSetNode:
        look_at_trie<1>(p);
        break;
      case ObjectKind::kMapCollision:
        look_at_collision<2>(p);
        break;
      case ObjectKind::kSetCollision:
        look_at_collision<1>(p);
        break;
      case ObjectKind::kVector:
        look_at_vector(p.word);
        break;
      case ObjectKind::kVectorNode:
        if (p.part == Part::kQueueNode) {
          look_at_queue_node(p, words);
        } else {
          look_at_vector_node(p, words);
        }
        break;
      case ObjectKind::kQueue:
        look_at_queue(p.word);
        break;
      case ObjectKind::kRelaxedNode:
        look_at_relaxed_node(p, words, relaxed_ends(h));
        break;
      case ObjectKind::kList:
        look_at_list(p.word, words);
        break;
      default:
        meet_values(words);
        break;
    }
  }

  // Of a literal or a sorted node with children, behind its words. The vm's kinds are none of a collection's.
  static std::uint64_t raw_bytes(ObjectKind kind, std::span<const Word> words) {
    if (kind == ObjectKind::kUuid) return kUuidBytes;
    if (kind == ObjectKind::kBytes) return static_cast<std::uint64_t>(small_int(words[0]));
    if (kind == ObjectKind::kBigInt)
      return static_cast<std::uint64_t>(std::abs(small_int(words[0]))) * 8;
    if (kind == ObjectKind::kSortedNode && is_object(words.back(), kind))
      return words.size() / 2 * sizeof(std::uint32_t);
    return 0;
  }

  void look_at_string(Word w, const ObjectHeader* h, std::uint64_t bytes) {
    const std::string_view text = StringView(pin_, w).view();
    const std::uint64_t hash = hash_bytes(text, pin_.hash_seed());
    require(h->kind == static_cast<std::uint8_t>(ObjectKind::kString),
            "word and header disagree in kind");
    require(text.size() > kShortStringMax, "a short string outside its word");
    require(pin_.at<StringObject>(object_offset(w))->hash == hash, "a string's hash is wrong");
    require(w.bits >> 54 == hash >> 54, "the hash bits of a string's word are wrong");
    require(bytes == object_size(sizeof(StringObject) + text.size()), "a string's size is wrong");
    require(std::all_of(text.end(),
                        text.begin() + static_cast<std::ptrdiff_t>(bytes - sizeof(StringObject)),
                        [](char c) { return c == 0; }),
            "a string's padding is not zero");
  }

  void look_at_number(Word w, std::uint64_t bytes) {
    require(bytes == sizeof(NumberObject), "a number's size is wrong");
    if (is_int(w)) {
      require(!fits_word(to_int(pin_, w)), "an integer is boxed without need");
    } else {
      require(!fits_flonum(to_double(pin_, w)), "a double is boxed without need");
    }
  }

  std::uint64_t hash_of(const Pending& p, Word key) const {
    return p.outer ? Hash::of(pin_, key) : hash(pin_, key);
  }

  template <unsigned kWidth>
  void look_at_trie(const Pending& p) {
    const TrieNode* node = trie_node(pin_, p.word);
    require((node->data_map & node->node_map) == 0, "an entry and a child at one position");
    require(p.level < kTrieLevels, "a trie deeper than a hash has bits");
    require(node->header.count >= (p.level == 0 ? 1 : 2),
            "a node below the root for a single entry");
    const unsigned shift = kTrieBits * p.level;
    std::uint64_t count = bit_count(node->data_map);
    std::uint32_t left = node->node_map;
    for (const Word child : children_of(node)) {
      require(is_object(child, kTrieKind<kWidth>) || is_object(child, kCollisionKind<kWidth>),
              "a child that is none");
      count += header_of(pin_, child)->count;
      const auto digit = static_cast<std::uint64_t>(std::countr_zero(left));
      left &= left - 1;
      meet({child, Part::kTrieNode, p.level + 1, p.path | digit << shift, 0, p.outer});
    }
    require(count == node->header.count, "a node's count is wrong");
    left = node->data_map;
    const std::span<const Word> entries = entries_of<kWidth>(node);
    for (std::size_t i = 0; i < entries.size(); i += kWidth, left &= left - 1) {
      const auto digit = static_cast<std::uint64_t>(std::countr_zero(left));
      const std::uint64_t mask =
          p.level == kTrieLevels - 1 ? ~std::uint64_t{0} : (std::uint64_t{32} << shift) - 1;
      require((hash_of(p, entries[i]) & mask) == (p.path | digit << shift),
              "an entry where its hash does not lead");
    }
    meet_values(entries);
  }

  template <unsigned kWidth>
  void look_at_collision(const Pending& p) {
    const CollisionNode* node = collision_node(pin_, p.word);
    require(p.level == kTrieLevels, "a collision node that is not below the last level");
    require(node->header.count >= 2, "a collision node for a single entry");
    require(node->hash == p.path, "a collision node where its hash does not lead");
    const std::span<const Word> entries = entries_of<kWidth>(node);
    for (std::size_t i = 0; i < entries.size(); i += kWidth) {
      require(hash_of(p, entries[i]) == node->hash, "a key in a collision node of another hash");
      require(i == 0 || compare(pin_, entries[i - kWidth], entries[i]) <= 0,
              "a collision node out of order");
    }
    meet_values(entries);
  }

  void look_at_vector(Word w) {
    const VectorShape shape = vector_shape(pin_, w);
    const std::uint64_t below = shape.count - shape.tail.size();
    require(!shape.tail.empty() && shape.tail.size() <= kRadixWidth,
            "a vector's tail has no or too many elements");
    if (shape.relaxed) {
      require(shape.count > kRadixWidth, "a relaxed vector that fits in a tail");
      require(is_object(shape.root, ObjectKind::kRelaxedNode) || below % kRadixWidth != 0,
              "a strict vector said to be relaxed");
      require(shape.shift == kRadixBits || header_of(pin_, shape.root)->count > 1,
              "a relaxed root with one child");
      meet({shape.root, Part::kVectorNode, shape.shift / kRadixBits, 0, below});
      meet_values(shape.tail);
      return;
    }
    require(below == 0 || is_object(shape.root, ObjectKind::kVectorNode),
            "a relaxed vector said to be strict");
    require(below % kRadixWidth == 0, "a vector's tree has broken leaves");
    require(is_nil(shape.root) == (below == 0) && (shape.shift == 0) == (below == 0),
            "a vector with an odd root");
    require(below == 0 || (below <= std::uint64_t{kRadixWidth} << shape.shift &&
                           (shape.shift == kRadixBits || below > std::uint64_t{1} << shape.shift)),
            "a vector's tree is not as low as it can be");
    if (below > 0) {
      meet({shape.root, Part::kVectorNode, shape.shift / kRadixBits, 0, below});
    }
    meet_values(shape.tail);
  }

  void look_at_vector_node(const Pending& p, std::span<const Word> words) {
    require(!words.empty() && words.size() <= kRadixWidth, "a vector node of a wrong width");
    const std::uint64_t full = std::uint64_t{1}
                               << (kRadixBits * p.level);  // elements below one word
    require(words.size() == (p.elements + full - 1) / full,
            "a vector node has not what its place asks for");
    if (p.level == 0) {
      meet_values(words);
      return;
    }
    std::uint64_t left = p.elements;
    for (const Word w : words) {
      require(is_object(w, ObjectKind::kVectorNode), "a vector node's child is none");
      meet({w, Part::kVectorNode, p.level - 1, 0, std::min(left, full)});
      left -= std::min(left, full);
    }
  }

  void look_at_relaxed_node(const Pending& p, std::span<const Word> words,
                            const std::uint64_t* ends) {
    require(p.level > 0, "a relaxed leaf");
    require(!words.empty() && words.size() <= kRadixWidth, "a relaxed node of a wrong width");
    require(ends[words.size() - 1] == p.elements, "a size table with a wrong sum");
    const std::uint64_t full = std::uint64_t{1} << (kRadixBits * p.level);
    bool strict = true;
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < words.size(); before = ends[i++]) {
      const std::uint64_t count = ends[i] - before;
      require(count >= 1 && count <= full, "a size table that cannot be");
      const bool plain = is_object(words[i], ObjectKind::kVectorNode);
      require(plain || is_object(words[i], ObjectKind::kRelaxedNode),
              "a relaxed node's child is none");
      strict = strict && plain && (count == full || i + 1 == words.size());
      meet({words[i], Part::kVectorNode, p.level - 1, 0, count});
    }
    require(!strict, "a relaxed node that need not be one");
  }

  void look_at_queue(Word w) {
    const QueueShape shape = queue_shape(pin_, w);
    require(!shape.tail.empty() && shape.tail.size() <= kRadixWidth,
            "a queue's tail has no or too many items");
    const std::uint64_t end = shape.head + shape.below();
    require(
        is_nil(shape.root) == (shape.below() == 0) && (shape.shift == 0) == (shape.below() == 0),
        "a queue with an odd root");
    require(end % kRadixWidth == 0, "a queue's tree has broken leaves");
    meet({shape.root, Part::kQueueNode, shape.shift / kRadixBits, shape.head, end});
    meet_values(shape.tail);
  }

  void look_at_queue_node(const Pending& p, std::span<const Word> words) {
    const std::uint64_t full = std::uint64_t{1} << (kRadixBits * p.level);  // items below one word
    require(words.size() == (p.elements + full - 1) / full && words.size() <= kRadixWidth,
            "a queue's node has not what its place asks for");
    if (p.level == 0) {
      meet_values(words);
      return;
    }
    for (std::uint64_t start = 0; const Word w : words) {
      const bool dropped = start + full <= p.path;
      require(dropped ? is_nil(w) : is_object(w, ObjectKind::kVectorNode),
              "a queue's node that has lost a child, or kept one");
      meet({w, Part::kQueueNode, p.level - 1, p.path > start ? p.path - start : 0,
            std::min(p.elements - start, full)});
      start += full;
    }
  }

  void look_at_list(Word w, std::span<const Word> words) {
    const List list{w};
    const std::size_t here = words.size() - ListField::kItems;
    const Word next = words[ListField::kNext];
    require(here >= 1 && here <= kListChunk, "a list's chunk has no or too many items");
    require(is_nil(next) || is_object(next, ObjectKind::kList),
            "a list goes on with what is no list");
    require(list.count(pin_) == here + (is_nil(next) ? 0 : List{next}.count(pin_)),
            "a list's count is wrong");
    meet_values(words.subspan(ListField::kNext));
  }

  const Pin& pin_;
  std::string flaw_;
  std::vector<Pending> pending_;
  std::set<std::uint64_t> seen_;
};

// "" when all is well.
template <class Hash = ValueHash>
std::string flaw_in(const Pin& pin, Word value) {
  return Inspection<Hash>(pin).run(value);
}

// Have two values the same objects in the same places, but for where these stand?
inline bool congruent(const Pin& pin, Word a, Word b) {
  std::vector<std::pair<Word, Word>> pending{{a, b}};
  while (!pending.empty()) {
    const auto [x, y] = pending.back();
    pending.pop_back();
    if (x == y) continue;
    if ((x.bits & ~kOffsetMask) != (y.bits & ~kOffsetMask) || !is_reference(x)) return false;
    ObjectHeader* h = header_of(pin, x);
    ObjectHeader* k = header_of(pin, y);
    const std::span<const Word> words = traced_words(h);
    const std::span<const Word> others = traced_words(k);
    if (object_bytes(*h) != object_bytes(*k) || words.size() != others.size()) return false;
    // All bytes but those of the words: header, maps, hash, text, padding.
    const auto* start = reinterpret_cast<const std::byte*>(h);
    const auto* other = reinterpret_cast<const std::byte*>(k);
    for (std::uint64_t i = 0; i < object_bytes(*h); ++i) {
      const bool in_words =
          start + i >= reinterpret_cast<const std::byte*>(words.data()) &&
          start + i < reinterpret_cast<const std::byte*>(words.data() + words.size());
      if (!in_words && start[i] != other[i]) return false;
    }
    for (std::size_t i = 0; i < words.size(); ++i) pending.emplace_back(words[i], others[i]);
  }
  return true;
}

}  // namespace yin::tests
