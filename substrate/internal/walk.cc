#include "substrate/internal/walk.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "substrate/int_map.h"
#include "substrate/internal/btree.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/sorted_root.h"
#include "substrate/internal/trie.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

Shape shape_of_kind(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kVector:
    case ObjectKind::kList:
    case ObjectKind::kQueue:
      return Shape::kSequence;
    case ObjectKind::kSetNode:
    case ObjectKind::kSetCollision:
    case ObjectKind::kSortedSet:
      return Shape::kSet;
    case ObjectKind::kMapNode:
    case ObjectKind::kMapCollision:
    case ObjectKind::kSortedMap:
    case ObjectKind::kIntMap:
      return Shape::kMap;
    case ObjectKind::kTagged:
      return Shape::kTagged;
    case ObjectKind::kAnnotated:
      return Shape::kAnnotated;
    default:
      return Shape::kScalar;
  }
}

bool is_map_node(Word w) {
  return is_object(w, ObjectKind::kMapNode) || is_object(w, ObjectKind::kMapCollision);
}

bool is_hash_trie(Word w) { return is_trie(w) || is_collision(w); }

// The words of a map or set in the order in which a hash trie has them: a node's own entries before
// its children, each by their digit of the hash. An entry is a node's own where no other shares its
// digits down to there.
std::vector<Word> words_by_hash(const Pin& pin, Hasher& hasher, Word w) {
  struct Entry {
    std::uint64_t hash;
    const Word* words;
    unsigned level;  // it is an own entry of a node at this level
  };
  std::vector<Entry> entries;
  for (const Word* words : entries_of(pin, w)) entries.push_back({hasher.hash(*words), words, 0});
  const auto shared = [](const Entry& a, const Entry& b) {
    return a.hash == b.hash ? kTrieLevels
                            : static_cast<unsigned>(std::countr_zero(a.hash ^ b.hash)) / kTrieBits;
  };
  const auto digit_less = [](const Entry& a, const Entry& b, unsigned level) {
    const unsigned shift = level * kTrieBits;
    return (a.hash >> shift & 31) < (b.hash >> shift & 31);
  };
  std::ranges::stable_sort(entries, [&](const Entry& a, const Entry& b) {
    const unsigned level = shared(a, b);
    return level < kTrieLevels && digit_less(a, b, level);
  });
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) entries[i].level = shared(entries[i - 1], entries[i]);
    if (i + 1 < entries.size())
      entries[i].level = std::max(entries[i].level, shared(entries[i], entries[i + 1]));
  }
  std::ranges::stable_sort(entries, [&](const Entry& a, const Entry& b) {
    const unsigned level = shared(a, b);
    if (level == kTrieLevels) return false;
    const bool below_a = a.level > level;
    const bool below_b = b.level > level;
    return below_a != below_b ? below_b : digit_less(a, b, level);
  });
  std::vector<Word> words;
  const std::size_t width = shape_of(w) == Shape::kMap ? 2 : 1;
  for (const Entry& e : entries) words.insert(words.end(), e.words, e.words + width);
  return words;
}

template <class Iterator, class Words>
void append_entries(std::vector<const Word*>& all, Iterator it, Words words) {
  for (; !it.done(); it.next()) all.push_back(words(it));
}

}  // namespace

std::vector<const Word*> entries_of(const Pin& pin, Word w) {
  std::vector<const Word*> all;
  const auto entry = [](const auto& it) { return it.entry(); };
  const auto row = [](const auto& it) { return it.row(); };
  // Orders are not needed to go through all of it.
  if (SortedMap::is(w)) {
    append_entries(all, SortedIterator<2>(pin, w, {}, {}, Direction::kAscending), row);
  } else if (SortedSet::is(w)) {
    append_entries(all, SortedIterator<1>(pin, w, {}, {}, Direction::kAscending), row);
  } else if (IntMap::is(w)) {
    append_entries(all, IntMapIterator(pin, {w}), [](const auto& it) { return &it.entry().key; });
  } else if (shape_of(w) == Shape::kMap) {
    append_entries(all, TrieIterator<2>(pin, w), entry);
  } else {
    append_entries(all, TrieIterator<1>(pin, w), entry);
  }
  return all;
}

Shape shape_of(Word w) {
  if (tag(w) == kTagObject) return shape_of_kind(object_kind(w));
  return is_immediate(w, Immediate::kEmpty) ? shape_of_kind(static_cast<ObjectKind>(payload(w)))
                                            : Shape::kScalar;
}

std::uint64_t count_of(const Pin& pin, Word w) {
  switch (shape_of(w)) {
    case Shape::kScalar:
    case Shape::kTagged:
    case Shape::kAnnotated:
      return 0;
    case Shape::kSequence:
      if (Queue::is(w)) return Queue{w}.count(pin);
      return Vector::is(w) ? Vector{w}.count(pin) : List{w}.count(pin);
    default:
      return SortedMap::is(w) || SortedSet::is(w) ? sorted_root(pin, w).count : trie_count(pin, w);
  }
}

Walk::Event Walk::next() {
  if (!started_) {
    started_ = true;
    return enter(word_);
  }
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.at != frame.end) {
      const Word w = *frame.at++;
      if (!frame.nodes) return enter(w);
      open_node(w, frame);
    } else if (!next_run(frame)) {
      const bool top = frame.top;
      leave();
      if (top) return Event::kClose;
    }
  }
  return Event::kEnd;
}

Walk::Event Walk::enter(Word w) {
  if (metadata_ == Metadata::kHidden) w = bare(pin_, w);
  word_ = w;
  const Shape shape = shape_of(w);
  if (shape == Shape::kScalar) return Event::kItem;
  Frame frame{nullptr, nullptr, is_reference(w) ? w : kNil, 0, 0, false, true, false, 0};
  const bool entries = shape == Shape::kSet || shape == Shape::kMap;
  if (by_hash_ && entries && is_reference(w) && !is_hash_trie(w)) {
    copies_.push_back(words_by_hash(pin_, hasher_, w));
    frame.at = copies_.back().data();
    frame.end = frame.at + copies_.back().size();
    frame.object = kNil;
    frame.copied = true;
  }
  frames_.push(frame);
  return Event::kOpen;
}

void Walk::leave() {
  if (frames_.back().copied) copies_.pop_back();
  frames_.pop();
}

void Walk::open_node(Word w, const Frame& parent) {
  const auto level = static_cast<std::uint8_t>(parent.level - 1);  // means nothing in a trie
  frames_.push({nullptr, nullptr, w, level, 0, false, false, false, 0});
}

bool Walk::next_run(Frame& frame) {
  if (is_nil(frame.object)) return false;
  switch (object_kind(frame.object)) {
    case ObjectKind::kVector:
    case ObjectKind::kVectorNode:
    case ObjectKind::kRelaxedNode:
      return next_vector_run(frame);
    case ObjectKind::kList:
      return next_list_run(frame);
    case ObjectKind::kTagged:
      return next_tagged_run(frame);
    case ObjectKind::kAnnotated:
      return next_annotated_run(frame);
    case ObjectKind::kSortedMap:
    case ObjectKind::kSortedSet:
    case ObjectKind::kSortedNode:
      return next_sorted_run(frame);
    case ObjectKind::kIntMap:
      return next_int_map_run(frame);
    case ObjectKind::kQueue:
      return next_queue_run(frame);
    default:
      return next_trie_run(frame);
  }
}

bool Walk::next_vector_run(Frame& frame) {
  const auto enter_run = [&frame](std::span<const Word> words, bool nodes) {
    frame.at = words.data();
    frame.end = words.data() + words.size();
    frame.nodes = nodes;
    return true;
  };
  const auto stage = frame.stage++;
  if (object_kind(frame.object) != ObjectKind::kVector) {
    return stage == 0 && enter_run(radix_words(pin_, frame.object), frame.level > 0);
  }
  const VectorShape shape = vector_shape(pin_, frame.object);
  if (stage == 0 && is_reference(shape.root)) {
    frame.level = static_cast<std::uint8_t>(shape.shift / kRadixBits + 1);
    const Word* root = record_words(header_of(pin_, frame.object)) + VectorField::kRoot;
    return enter_run({root, 1}, true);
  }
  frame.stage = 2;
  return stage < 2 && enter_run(shape.tail, false);
}

bool Walk::next_list_run(Frame& frame) {
  if (frame.stage > 0) {
    const Word next = field(pin_, frame.object, ListField::kNext);
    if (is_nil(next)) return false;
    frame.object = next;
  }
  frame.stage = 1;
  const ObjectHeader* h = header_of(pin_, frame.object);
  frame.at = record_words(h) + ListField::kItems;
  frame.end = record_words(h) + h->count;
  return true;
}

bool Walk::next_tagged_run(Frame& frame) {
  if (frame.stage++ > 0) return false;
  frame.at = record_words(header_of(pin_, frame.object));
  frame.end = frame.at + TaggedField::kEnd;
  return true;
}

bool Walk::next_annotated_run(Frame& frame) {
  constexpr std::uint32_t kOrder[] = {AnnotatedField::kMetadata, AnnotatedField::kValue};
  if (frame.stage == std::size(kOrder)) return false;
  frame.at = record_words(header_of(pin_, frame.object)) + kOrder[frame.stage++];
  frame.end = frame.at + 1;
  return true;
}

bool Walk::next_sorted_run(Frame& frame) {
  using Layout = BtreeLayout<1, 2>;  // a set's nodes have their children in the same place
  if (frame.stage++ > 0) return false;
  const ObjectHeader* h = header_of(pin_, frame.object);
  if (object_kind(frame.object) != ObjectKind::kSortedNode) {
    const BtreeRoot tree = sorted_root(pin_, frame.object);
    frame.level = static_cast<std::uint8_t>(tree.height);
    frame.nodes = true;
    frame.at = record_words(h) + SortedField::kRoot;
    frame.end = frame.at + (tree.height > 0 ? 1 : 0);
    return true;
  }
  frame.nodes = frame.level > 0;
  frame.at = frame.nodes ? Layout::child(h, 0) : record_words(h);
  frame.end = record_words(h) + h->count;
  return true;
}

// A position a run, so that entries come in the order of their keys.
bool Walk::next_int_map_run(Frame& frame) {
  const IntMapNode* node = int_map_node(pin_, frame.object);
  const std::uint64_t left = (std::uint64_t{node->data_map} | node->node_map) >> frame.stage
                                                                                     << frame.stage;
  if (left == 0) return false;
  const auto digit = static_cast<unsigned>(std::countr_zero(left));
  const std::uint32_t bit = std::uint32_t{1} << digit;
  frame.stage = static_cast<std::uint8_t>(digit + 1);
  frame.nodes = (node->node_map & bit) != 0;
  frame.at = frame.nodes ? int_map_child(node, bit) : int_map_entry(node, bit);
  frame.end = frame.at + (frame.nodes ? 1 : 2);
  return true;
}

bool Walk::next_queue_run(Frame& frame) {
  const Queue queue{frame.object};
  if (frame.index == queue.count(pin_)) return false;
  const std::span<const Word> run = queue.chunk(pin_, frame.index);
  frame.index += run.size();
  frame.at = run.data();
  frame.end = run.data() + run.size();
  return true;
}

bool Walk::next_trie_run(Frame& frame) {
  std::span<const Word> run;
  if (is_collision(frame.object)) {
    if (frame.stage > 0) return false;
    const CollisionNode* node = collision_node(pin_, frame.object);
    run = is_map_node(frame.object) ? entries_of<2>(node) : entries_of<1>(node);
  } else {
    if (frame.stage > 1) return false;
    const TrieNode* node = trie_node(pin_, frame.object);
    frame.nodes = frame.stage == 1;
    run = frame.nodes                 ? children_of(node)
          : is_map_node(frame.object) ? entries_of<2>(node)
                                      : entries_of<1>(node);
  }
  ++frame.stage;
  frame.at = run.data();
  frame.end = run.data() + run.size();
  return true;
}

}  // namespace yin::substrate
