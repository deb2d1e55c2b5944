#include "substrate/internal/walk.h"

#include <iterator>

#include "substrate/internal/radix.h"
#include "substrate/internal/trie.h"
#include "substrate/list.h"
#include "substrate/metadata.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

Shape shape_of_kind(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kVector:
    case ObjectKind::kList:
      return Shape::kSequence;
    case ObjectKind::kSetNode:
    case ObjectKind::kSetCollision:
      return Shape::kSet;
    case ObjectKind::kMapNode:
    case ObjectKind::kMapCollision:
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

}  // namespace

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
      return Vector::is(w) ? Vector{w}.count(pin) : List{w}.count(pin);
    default:
      return trie_count(pin, w);
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
      frames_.pop();
      if (top) return Event::kClose;
    }
  }
  return Event::kEnd;
}

Walk::Event Walk::enter(Word w) {
  if (metadata_ == Metadata::kHidden) w = bare(pin_, w);
  word_ = w;
  if (shape_of(w) == Shape::kScalar) return Event::kItem;
  frames_.push({nullptr, nullptr, is_reference(w) ? w : kNil, 0, 0, false, true});
  return Event::kOpen;
}

void Walk::open_node(Word w, const Frame& parent) {
  const auto level =
      static_cast<std::uint8_t>(parent.level - 1);  // means something in a vector only
  frames_.push({nullptr, nullptr, w, level, 0, false, false});
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
