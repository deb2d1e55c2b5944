#include "substrate/vector.h"

#include <algorithm>
#include <vector>

#include "substrate/check.h"
#include "substrate/internal/record_copy.h"
#include "substrate/internal/relaxed.h"
#include "substrate/internal/words.h"

namespace yin::substrate {

namespace {

constexpr unsigned kLevelsMax = 64 / kRadixBits + 1;

// What a record of `count` words takes.
std::uint32_t granules_of_words(std::uint32_t count) {
  return (static_cast<std::uint32_t>(sizeof(ObjectHeader) / sizeof(Word)) + count + 1) / 2;
}

// Copies `count` words and puts `more` behind them, and nil behind that if it ends half a granule.
// `to` and `from` stand on granules. The last one is put together before it is stored: the next push
// will soon read it back, and a load that spans several fresh stores has to wait for them.
void append_word(Word* to, const Word* from, std::uint32_t count, Word more) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) four_words(to + i) = four_words(from + i);
  if ((count & 2) != 0) {
    two_words(to + i) = two_words(from + i);
    i += 2;
  }
  two_words(to + i) = (count & 1) != 0 ? TwoWords{from[i].bits, more.bits} : TwoWords{more.bits, 0};
}

Word make_node(Edit& edit, std::span<const Word> words) {
  return make_record(edit, ObjectKind::kVectorNode, words.data(),
                     static_cast<std::uint32_t>(words.size()));
}

// The same record with one more word, or one fewer. Inner nodes only ever hold references.
Word node_with(Edit& edit, Word node, Word more) {
  const ObjectHeader* old = header_of(edit.pin(), node);
  const std::uint32_t count = old->count;
  const std::uint32_t granules = granules_of_words(count + 1);
  auto* made = edit.allocate_granules<ObjectHeader>(granules);
  *made = {old->kind, 0, static_cast<std::uint16_t>(granules), count + 1};
  *record_words(made) = *record_words(old);  // shares its granule with the header
  append_word(record_words(made) + 1, record_words(old) + 1, count - 1, more);
  return object_word(ObjectKind::kVectorNode, edit.pin().offset_of(made), granules, false);
}

Word node_without_last(Edit& edit, Word node) {
  const std::span<const Word> old = radix_words(edit.pin(), node);
  return make_node(edit, old.first(old.size() - 1));
}

struct Root {
  Word word = kNil;
  unsigned shift = 0;
};

// Of a strict tree.
Vector make_vector(Edit& edit, Root root, std::uint64_t count, std::span<const Word> tail) {
  return vector_of(edit, {root.word, root.shift, count - tail.size()}, tail);
}

// The nodes on the way to a leaf, from the root at `shift` down to the one at `until`.
struct Path {
  Word nodes[kLevelsMax];
  unsigned depth = 0;

  Path(const Pin& pin, Root root, std::uint64_t index, unsigned until) {
    Word node = root.word;
    for (unsigned s = root.shift;; s -= kRadixBits) {
      nodes[depth++] = node;
      if (s == until) return;
      node = field(pin, node, radix_digit(index, s));
    }
  }
};

// The root above `made`, which replaces the deepest node of the path.
Word rebuild(Edit& edit, const Path& path, unsigned shift, std::uint64_t index, Word made) {
  for (unsigned d = path.depth - 1; d > 0; --d) {
    made = node_with_child(edit, path.nodes[d - 1],
                           radix_digit(index, shift - kRadixBits * (d - 1)), made);
  }
  return made;
}

// Nodes with one child each, from `shift` down to the leaf.
Word chain(Edit& edit, unsigned shift, Word leaf) {
  Word made = leaf;
  for (unsigned s = 0; s < shift; s += kRadixBits) made = make_node(edit, {&made, 1});
  return made;
}

// A full leaf goes below the root as elements `start`...
Root push_leaf(Edit& edit, Root root, std::uint64_t start, Word leaf) {
  if (is_nil(root.word)) return {make_node(edit, {&leaf, 1}), kRadixBits};
  if (start >> root.shift == kRadixWidth) {  // no place left
    const Word halves[] = {root.word, chain(edit, root.shift, leaf)};
    return {make_node(edit, halves), root.shift + kRadixBits};
  }
  // The last node that has a place: its child for `start` is the first of everything below that
  // child.
  unsigned s = kRadixBits;
  while (radix_digit(start, s) == 0) s += kRadixBits;
  const Path path(edit.pin(), root, start, s);
  const Word made = node_with(edit, path.nodes[path.depth - 1], chain(edit, s - kRadixBits, leaf));
  return {rebuild(edit, path, root.shift, start, made), root.shift};
}

// The leaf of elements `start`..., the last one below the root, goes.
Root pop_leaf(Edit& edit, Root root, std::uint64_t start) {
  if (start == 0) return {};
  unsigned s = kRadixBits;  // nodes that had this leaf only go with it
  while (radix_digit(start, s) == 0) s += kRadixBits;
  if (s == root.shift && radix_digit(start, s) == 1 && s > kRadixBits) {
    return {field(edit.pin(), root.word, 0), s - kRadixBits};
  }
  const Path path(edit.pin(), root, start, s);
  const Word made = node_without_last(edit, path.nodes[path.depth - 1]);
  return {rebuild(edit, path, root.shift, start, made), root.shift};
}

Root build_tree(Edit& edit, std::span<const Word> items) {  // whole leaves
  if (items.empty()) return {};
  std::vector<Word> level(items.begin(), items.end());
  unsigned shift = 0;
  do {
    std::size_t made = 0;
    for (std::size_t at = 0; at < level.size(); at += kRadixWidth) {
      const std::size_t size = std::min<std::size_t>(kRadixWidth, level.size() - at);
      level[made++] = make_node(edit, std::span<const Word>(level).subspan(at, size));
    }
    level.resize(made);
    shift += kRadixBits;
  } while (level.size() > 1 || shift == kRadixBits);
  return {level[0], shift - kRadixBits};
}

// ---- relaxed vectors

RadixTree tree_of(const VectorShape& shape) {
  return {shape.root, shape.shift, shape.tail_start()};
}

// A full tail goes below the root.
RadixTree push_tail(Edit& edit, const VectorShape& shape, std::span<const Word> tail) {
  if (shape.relaxed) return relaxed_push(edit, tree_of(shape), tail);
  const Root root =
      push_leaf(edit, {shape.root, shape.shift}, shape.tail_start(), make_node(edit, tail));
  return {root.word, root.shift, shape.tail_start() + tail.size()};
}

// The elements of a vector that has no tree, behind another.
Vector append_tail(Edit& edit, const VectorShape& shape, std::span<const Word> more) {
  Word items[2 * kRadixWidth];
  std::ranges::copy(shape.tail, items);
  std::ranges::copy(more, items + shape.tail.size());
  const std::span<const Word> all{items, shape.tail.size() + more.size()};
  if (all.size() <= kRadixWidth) return vector_of(edit, tree_of(shape), all);
  return vector_of(edit, push_tail(edit, shape, all.first(kRadixWidth)), all.subspan(kRadixWidth));
}

}  // namespace

Vector Vector::from(Edit& edit, std::span<const Word> items) {
  if (items.empty()) return {};
  const std::size_t tail_start = (items.size() - 1) / kRadixWidth * kRadixWidth;
  const Root root = build_tree(edit, items.first(tail_start));
  return make_vector(edit, root, items.size(), items.subspan(tail_start));
}

Vector Vector::conj(Edit& edit, Word item) const {
  if (!is_reference(word)) [[unlikely]]
    return make_vector(edit, {}, 1, {&item, 1});
  const Pin& pin = edit.pin();
  const ObjectHeader* old = header_of(pin, word);
  const std::uint32_t count = old->count;  // of words
  if (count == VectorField::kTail + kRadixWidth) [[unlikely]]
    return conj_full(edit, item);
  const std::uint32_t granules = granules_of_words(count + 1);
  auto* made = edit.allocate_granules<ObjectHeader>(granules);
  const bool leaf = (word.bits & kLeafBit) != 0 && !is_reference(item);
  *made = {static_cast<std::uint8_t>(ObjectKind::kVector),
           leaf ? kFlagNoReferences : std::uint8_t{0}, static_cast<std::uint16_t>(granules),
           count + 1};
  const Word* from = record_words(old);
  Word* to = record_words(made);
  to[VectorField::kMeta] = with_one_more(from[VectorField::kMeta]);
  append_word(to + VectorField::kRoot, from + VectorField::kRoot, count - 1, item);
  return {object_word(ObjectKind::kVector, pin.offset_of(made), granules, leaf)};
}

// The tail becomes a leaf, and the item a new tail.
Vector Vector::conj_full(Edit& edit, Word item) const {
  const VectorShape shape = vector_shape(edit.pin(), word);
  return vector_of(edit, push_tail(edit, shape, shape.tail), {&item, 1});
}

Vector Vector::assoc(Edit& edit, std::uint64_t index, Word item) const {
  const Pin& pin = edit.pin();
  if (!is_reference(word)) {
    check(index == 0, "assoc behind the end of a vector");
    return conj(edit, item);
  }
  const VectorShape shape = vector_shape(pin, word);
  check(index <= shape.count, "assoc behind the end of a vector");
  if (index == shape.count) return conj(edit, item);
  if (index >= shape.tail_start()) {
    const auto at = static_cast<std::uint32_t>(index - shape.tail_start());
    if (shape.tail[at] == item) return *this;
    return {record_with(edit, word, VectorField::kTail + at, item)};
  }
  if (shape.relaxed) [[unlikely]] {
    if (nth_relaxed(pin, index) == item) return *this;
    const Word root = relaxed_assoc(edit, tree_of(shape), index, item);
    return {record_with(edit, word, VectorField::kRoot, root)};
  }
  const Path path(pin, {shape.root, shape.shift}, index, 0);
  const Word leaf = path.nodes[path.depth - 1];
  if (field(pin, leaf, radix_digit(index, 0)) == item) return *this;
  const Word made = record_with(edit, leaf, radix_digit(index, 0), item);
  return {
      record_with(edit, word, VectorField::kRoot, rebuild(edit, path, shape.shift, index, made))};
}

Vector Vector::pop(Edit& edit) const {
  const Pin& pin = edit.pin();
  check(is_reference(word), "pop of an empty vector");
  const VectorShape shape = vector_shape(pin, word);
  if (shape.count == 1) return {};
  const Root root{shape.root, shape.shift};
  if (shape.tail.size() > 1 || shape.relaxed) return take(edit, shape.count - 1);
  const std::uint64_t start = shape.tail_start() - kRadixWidth;
  const Word* tail = radix_leaf(pin, shape.root, shape.shift, start);
  return make_vector(edit, pop_leaf(edit, root, start), shape.count - 1, {tail, kRadixWidth});
}

Vector Vector::take(Edit& edit, std::uint64_t count) const {
  const Pin& pin = edit.pin();
  if (count == 0 || !is_reference(word)) return {};
  const VectorShape shape = vector_shape(pin, word);
  if (count >= shape.count) return *this;
  if (count > shape.tail_start()) {
    const auto kept = static_cast<std::size_t>(count - shape.tail_start());
    return vector_of(edit, tree_of(shape), shape.tail.first(kept));
  }
  const RadixCut cut = relaxed_take(edit, tree_of(shape), count);
  return vector_of(edit, cut.tree, cut.tail);
}

Vector Vector::drop(Edit& edit, std::uint64_t count) const {
  const Pin& pin = edit.pin();
  if (count == 0 || !is_reference(word)) return *this;
  const VectorShape shape = vector_shape(pin, word);
  if (count >= shape.count) return {};
  if (count >= shape.tail_start()) {
    const auto gone = static_cast<std::size_t>(count - shape.tail_start());
    return vector_of(edit, RadixTree(), shape.tail.subspan(gone));
  }
  return vector_of(edit, relaxed_drop(edit, tree_of(shape), count), shape.tail);
}

Vector Vector::slice(Edit& edit, std::uint64_t from, std::uint64_t to) const {
  return from >= to ? Vector() : take(edit, to).drop(edit, from);
}

Vector Vector::concat(Edit& edit, Vector other) const {
  const Pin& pin = edit.pin();
  if (!is_reference(other.word)) return *this;
  if (!is_reference(word)) return other;
  const VectorShape a = vector_shape(pin, word);
  const VectorShape b = vector_shape(pin, other.word);
  if (is_nil(b.root)) return append_tail(edit, a, b.tail);
  return vector_of(edit, relaxed_concat(edit, tree_of(a), a.tail, tree_of(b)), b.tail);
}

Vector Vector::insert_at(Edit& edit, std::uint64_t index, Word item) const {
  check(index <= count(edit.pin()), "insert_at behind the end of a vector");
  return take(edit, index).conj(edit, item).concat(edit, drop(edit, index));
}

Vector Vector::remove_at(Edit& edit, std::uint64_t index) const {
  check(index < count(edit.pin()), "remove_at behind the end of a vector");
  return take(edit, index).concat(edit, drop(edit, index + 1));
}

Word Vector::nth_relaxed(const Pin& pin, std::uint64_t index) const {
  const VectorShape shape = vector_shape(pin, word);
  return relaxed_run(pin, shape.root, shape.shift, index).front();
}

std::span<const Word> Vector::chunk(const Pin& pin, std::uint64_t index) const {
  const VectorShape shape = vector_shape(pin, word);
  if (index >= shape.tail_start())
    return shape.tail.subspan(static_cast<std::size_t>(index - shape.tail_start()));
  if (shape.relaxed) return relaxed_run(pin, shape.root, shape.shift, index);
  const std::span<const Word> leaf{radix_leaf(pin, shape.root, shape.shift, index), kRadixWidth};
  return leaf.subspan(radix_digit(index, 0));
}

}  // namespace yin::substrate
