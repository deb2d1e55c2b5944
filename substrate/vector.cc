#include "substrate/vector.h"

#include <algorithm>
#include <vector>

#include "substrate/check.h"
#include "substrate/internal/words.h"

namespace yin::substrate {

namespace {

constexpr unsigned kLevelsMax = 64 / kRadixBits + 1;

Word make_node(Edit& edit, std::span<const Word> words) {
  return make_record(edit, ObjectKind::kVectorNode, words.data(),
                     static_cast<std::uint32_t>(words.size()));
}

// The same record with one more word, or one fewer, or another one. Inner nodes only ever hold
// references.
Word node_with(Edit& edit, Word node, Word more) {
  Word words[kRadixWidth];
  const std::span<const Word> old = radix_words(edit.pin(), node);
  std::ranges::copy(old, words);
  words[old.size()] = more;
  return make_node(edit, {words, old.size() + 1});
}

Word node_without_last(Edit& edit, Word node) {
  const std::span<const Word> old = radix_words(edit.pin(), node);
  return make_node(edit, old.first(old.size() - 1));
}

Word record_with(Edit& edit, Word record, std::uint32_t index, Word value) {
  const ObjectHeader* old = header_of(edit.pin(), record);
  const std::uint64_t bytes = object_bytes(*old);
  auto* made = edit.allocate<ObjectHeader>(bytes);
  *made = *old;
  copy_words(record_words(made), record_words(old),
             static_cast<std::size_t>(bytes / sizeof(Word)) - 1);
  const Word before = record_words(old)[index];
  record_words(made)[index] = value;
  const bool leaf = !is_reference(value) &&
                    ((old->flags & kFlagNoReferences) != 0 ||
                     (is_reference(before) && !any_reference(record_words(made), made->count)));
  set_header(*made, static_cast<ObjectKind>(old->kind), bytes, old->count, leaf);
  return word_of(edit.pin(), made);
}

struct Root {
  Word word = kNil;
  unsigned shift = 0;
};

Vector make_vector(Edit& edit, Root root, std::uint64_t count, std::span<const Word> tail) {
  Word words[VectorField::kTail + kRadixWidth];
  words[VectorField::kMeta] = vector_meta(count, root.shift);
  words[VectorField::kRoot] = root.word;
  std::ranges::copy(tail, words + VectorField::kTail);
  return {make_record(edit, ObjectKind::kVector, words,
                      VectorField::kTail + static_cast<std::uint32_t>(tail.size()))};
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
    made = record_with(edit, path.nodes[d - 1], radix_digit(index, shift - kRadixBits * (d - 1)),
                       made);
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

}  // namespace

Vector Vector::from(Edit& edit, std::span<const Word> items) {
  if (items.empty()) return {};
  const std::size_t tail_start = (items.size() - 1) / kRadixWidth * kRadixWidth;
  const Root root = build_tree(edit, items.first(tail_start));
  return make_vector(edit, root, items.size(), items.subspan(tail_start));
}

Vector Vector::conj(Edit& edit, Word item) const {
  const Pin& pin = edit.pin();
  if (!is_reference(word)) return make_vector(edit, {}, 1, {&item, 1});
  const VectorShape shape = vector_shape(pin, word);
  const Root root{shape.root, shape.shift};
  if (shape.tail.size() == kRadixWidth) {
    const Word leaf = make_node(edit, shape.tail);
    return make_vector(edit, push_leaf(edit, root, shape.tail_start(), leaf), shape.count + 1,
                       {&item, 1});
  }
  const ObjectHeader* old = header_of(pin, word);
  const std::uint64_t bytes = sizeof(ObjectHeader) + (old->count + std::uint64_t{1}) * sizeof(Word);
  auto* made = edit.allocate<ObjectHeader>(bytes);
  const bool leaf = (old->flags & kFlagNoReferences) != 0 && !is_reference(item);
  set_header(*made, ObjectKind::kVector, bytes, old->count + 1, leaf);
  Word* words = record_words(made);
  words[object_bytes(*made) / sizeof(Word) - 2] = kNil;  // the last word, be it used or padding
  copy_words(words, record_words(old), old->count);
  words[VectorField::kMeta] = vector_meta(shape.count + 1, shape.shift);
  words[old->count] = item;
  return {word_of(pin, made)};
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
  if (nth(pin, index) == item) return *this;
  if (index >= shape.tail_start()) {
    const auto at = static_cast<std::uint32_t>(index - shape.tail_start());
    return {record_with(edit, word, VectorField::kTail + at, item)};
  }
  const Path path(pin, {shape.root, shape.shift}, index, 0);
  const Word leaf = record_with(edit, path.nodes[path.depth - 1], radix_digit(index, 0), item);
  return {
      record_with(edit, word, VectorField::kRoot, rebuild(edit, path, shape.shift, index, leaf))};
}

Vector Vector::pop(Edit& edit) const {
  const Pin& pin = edit.pin();
  check(is_reference(word), "pop of an empty vector");
  const VectorShape shape = vector_shape(pin, word);
  if (shape.count == 1) return {};
  const Root root{shape.root, shape.shift};
  if (shape.tail.size() > 1)
    return make_vector(edit, root, shape.count - 1, shape.tail.first(shape.tail.size() - 1));
  const std::uint64_t start = shape.tail_start() - kRadixWidth;
  const Word* tail = radix_leaf(pin, shape.root, shape.shift, start);
  return make_vector(edit, pop_leaf(edit, root, start), shape.count - 1, {tail, kRadixWidth});
}

Vector Vector::drop(Edit& edit, std::uint64_t first) const {
  const Pin& pin = edit.pin();
  if (first == 0) return *this;
  const std::uint64_t all = count(pin);
  std::vector<Word> items;
  items.reserve(static_cast<std::size_t>(all > first ? all - first : 0));
  while (first < all) {
    const std::span<const Word> run = chunk(pin, first);
    items.insert(items.end(), run.begin(), run.end());
    first += run.size();
  }
  return from(edit, items);
}

std::span<const Word> Vector::chunk(const Pin& pin, std::uint64_t index) const {
  const VectorShape shape = vector_shape(pin, word);
  if (index >= shape.tail_start())
    return shape.tail.subspan(static_cast<std::size_t>(index - shape.tail_start()));
  const std::span<const Word> leaf{radix_leaf(pin, shape.root, shape.shift, index), kRadixWidth};
  return leaf.subspan(radix_digit(index, 0));
}

}  // namespace yin::substrate
