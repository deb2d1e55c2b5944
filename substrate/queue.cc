#include "substrate/queue.h"

#include <algorithm>

#include "substrate/check.h"
#include "substrate/internal/radix.h"

namespace yin::substrate {

// Functions here that call themselves go down the tree: 12 levels at most.

namespace {

Word make_node(Edit& edit, std::span<const Word> words) {
  return make_record(edit, ObjectKind::kVectorNode, words.data(),
                     static_cast<std::uint32_t>(words.size()));
}

Queue make_queue(Edit& edit, const QueueShape& shape) {
  Word words[QueueField::kTail + kRadixWidth];
  words[QueueField::kMeta] = vector_meta(shape.count, shape.shift);
  words[QueueField::kHead] = int_word(static_cast<std::int64_t>(shape.head));
  words[QueueField::kRoot] = shape.root;
  std::ranges::copy(shape.tail, words + QueueField::kTail);
  return {make_record(edit, ObjectKind::kQueue, words,
                      QueueField::kTail + static_cast<std::uint32_t>(shape.tail.size()))};
}

// Nodes with one child each, from `shift` down to the leaf.
Word chain(Edit& edit, unsigned shift, Word leaf) {
  Word made = leaf;
  for (unsigned s = 0; s < shift; s += kRadixBits) made = make_node(edit, {&made, 1});
  return made;
}

// The node at `shift` with a leaf at `position`, which is the first behind all it has.
Word with_leaf(Edit& edit, Word node, unsigned shift, std::uint64_t position, Word leaf) {
  Word words[kRadixWidth];
  const std::span<const Word> old = radix_words(edit.pin(), node);
  std::ranges::copy(old, words);
  const std::uint32_t digit = radix_digit(position, shift);
  words[digit] = digit == old.size()
                     ? chain(edit, shift - kRadixBits, leaf)
                     : with_leaf(edit, words[digit], shift - kRadixBits, position, leaf);
  return make_node(edit, {words, digit + std::size_t{1}});
}

// The node at `shift` without what stands before the leaf of `position`.
Word trimmed(Edit& edit, Word node, unsigned shift, std::uint64_t position) {
  if (shift == 0) return node;
  Word words[kRadixWidth];
  const std::span<const Word> old = radix_words(edit.pin(), node);
  const std::uint32_t digit = radix_digit(position, shift);
  std::fill_n(words, digit, kNil);
  std::ranges::copy(old.subspan(digit), words + digit);
  words[digit] = trimmed(edit, old[digit], shift - kRadixBits, position);
  if (std::equal(old.begin(), old.end(), words)) return node;
  return make_node(edit, {words, old.size()});
}

void push_leaf(Edit& edit, QueueShape& shape, Word leaf) {
  const std::uint64_t end = shape.head + shape.below();
  if (is_nil(shape.root)) {
    shape.root = make_node(edit, {&leaf, 1});
    shape.shift = kRadixBits;
  } else if (end >> shape.shift == kRadixWidth) {  // no place left
    const Word halves[] = {shape.root, chain(edit, shape.shift, leaf)};
    shape.root = make_node(edit, halves);
    shape.shift += kRadixBits;
  } else {
    shape.root = with_leaf(edit, shape.root, shape.shift, end, leaf);
  }
}

void trim(Edit& edit, QueueShape& shape) {
  shape.root = trimmed(edit, shape.root, shape.shift, shape.head);
  for (; shape.shift > kRadixBits; shape.shift -= kRadixBits) {
    const std::span<const Word> children = radix_words(edit.pin(), shape.root);
    const std::uint64_t digit = radix_digit(shape.head, shape.shift);
    if (digit + 1 != children.size()) return;
    shape.root = children.back();
    shape.head -= digit << shape.shift;
  }
}

}  // namespace

QueueShape queue_shape(const Pin& pin, Word w) {
  const ObjectHeader* h = header_of(pin, w);
  const Word* words = record_words(h);
  const auto meta = static_cast<std::uint64_t>(small_int(words[QueueField::kMeta]));
  return {meta >> 8,
          static_cast<unsigned>(meta & 0xff),
          static_cast<std::uint64_t>(small_int(words[QueueField::kHead])),
          words[QueueField::kRoot],
          {words + QueueField::kTail, h->count - QueueField::kTail}};
}

Queue Queue::from(Edit& edit, std::span<const Word> items) {
  if (items.empty()) return {};
  QueueShape shape;
  for (; items.size() > kRadixWidth; items = items.subspan(kRadixWidth)) {
    push_leaf(edit, shape, make_node(edit, items.first(kRadixWidth)));
    shape.count += kRadixWidth;
  }
  shape.tail = items;
  shape.count += items.size();
  return make_queue(edit, shape);
}

Queue Queue::conj(Edit& edit, Word item) const {
  if (!is_reference(word)) return from(edit, {&item, 1});
  QueueShape shape = queue_shape(edit.pin(), word);
  Word tail[kRadixWidth];
  std::size_t size = 0;
  if (shape.tail.size() == kRadixWidth) {
    push_leaf(edit, shape, make_node(edit, shape.tail));
  } else {
    size = shape.tail.size();
    std::ranges::copy(shape.tail, tail);
  }
  tail[size] = item;
  shape.tail = {tail, size + 1};
  ++shape.count;
  return make_queue(edit, shape);
}

Queue Queue::drop(Edit& edit, std::uint64_t n) const {
  if (n == 0 || !is_reference(word)) return *this;
  QueueShape shape = queue_shape(edit.pin(), word);
  if (n >= shape.count) return {};
  const std::uint64_t below = shape.below();
  shape.count -= n;
  if (n >= below) {
    shape.tail = shape.tail.subspan(static_cast<std::size_t>(n - below));
    shape.root = kNil;
    shape.head = shape.shift = 0;
  } else {
    const std::uint64_t before = shape.head;
    shape.head += n;
    if (before / kRadixWidth != shape.head / kRadixWidth) trim(edit, shape);
  }
  return make_queue(edit, shape);
}

std::span<const Word> Queue::chunk(const Pin& pin, std::uint64_t index) const {
  check(is_reference(word), "an item of an empty queue");
  const QueueShape shape = queue_shape(pin, word);
  check(index < shape.count, "an item behind the end of a queue");
  if (index >= shape.below())
    return shape.tail.subspan(static_cast<std::size_t>(index - shape.below()));
  const std::uint64_t position = shape.head + index;
  const std::span<const Word> leaf{radix_leaf(pin, shape.root, shape.shift, position), kRadixWidth};
  return leaf.subspan(radix_digit(position, 0));
}

}  // namespace yin::substrate
