#include "substrate/transient.h"

#include <algorithm>
#include <array>
#include <utility>

#include "substrate/check.h"
#include "substrate/internal/champ_own.h"
#include "substrate/internal/record_copy.h"
#include "substrate/internal/relaxed.h"

namespace yin::substrate {

namespace {

// Room for notes at first, when they are looked at again, and how many are taken at most (64 MiB of
// a map's). Powers of two, as is how they grow.
constexpr std::size_t kFirstRoom = 256;
constexpr std::size_t kFirstLook = 1024;
constexpr std::size_t kNotesMax = std::size_t{1} << 22;

constexpr const char* kUsedUp = "a transient is used after persistent()";

}  // namespace

// ---- maps and sets ------------------------------------------------------------------------------

template <unsigned kWidth>
TransientTrie<kWidth>::TransientTrie(Edit& edit, Word from, Word empty)
    : own_(edit), root_(from), empty_(empty), noting_(from == empty) {}

template <unsigned kWidth>
std::uint32_t TransientTrie<kWidth>::count() {
  check(open_, kUsedUp);
  stop_noting();
  return trie_count(own_.pin(), root_);
}

template <unsigned kWidth>
const Word* TransientTrie<kWidth>::find(Word key) {
  check(open_, kUsedUp);
  stop_noting();
  return Champ<kWidth>::find(own_.pin(), root_, key);
}

// For another note; false when no more shall be taken.
template <unsigned kWidth>
bool TransientTrie<kWidth>::make_room() {
  const std::size_t noted = notes_.size();
  const bool looks = noted >= kFirstLook && noted < 2 * kFirstLook;
  if (noted >= kNotesMax || (looks && !is_worth_noting())) {
    stop_noting();
    return false;
  }
  notes_.reserve(std::max(kFirstRoom, 2 * noted));
  return true;
}

template <unsigned kWidth>
void TransientTrie<kWidth>::put_in_place(const Word* entry) {
  check(open_, kUsedUp);
  typename ChampOwn<kWidth>::Entry made;
  std::copy_n(entry, kWidth, made.begin());
  if (root_ == empty_) {
    root_ = ChampOwn<kWidth>::single(own_, made);
  } else {
    ChampOwn<kWidth>::put(own_, root_, made);
  }
}

template <unsigned kWidth>
void TransientTrie<kWidth>::remove(Word key) {
  check(open_, kUsedUp);
  stop_noting();
  if (root_ != empty_) ChampOwn<kWidth>::remove(own_, root_, key, empty_);
}

template <unsigned kWidth>
Word TransientTrie<kWidth>::persistent() {
  check(open_, kUsedUp);
  stop_noting();
  own_.settle();
  open_ = false;
  return root_;
}

template <unsigned kWidth>
void TransientTrie<kWidth>::stop_noting() {
  if (!noting_) return;
  noting_ = false;
  root_ = notes_.empty()
              ? empty_
              : Champ<kWidth>::build(own_.edit(), notes_.data()->data(), notes_.size(), empty_);
  notes_ = {};
}

// Of few keys that come again and again, the notes would grow and the map would not. The last
// quarter tells.
template <unsigned kWidth>
bool TransientTrie<kWidth>::is_worth_noting() const {
  std::array<std::uint64_t, kFirstLook / 4> hashes;
  auto note = notes_.end() - static_cast<std::ptrdiff_t>(hashes.size());
  for (std::uint64_t& h : hashes) h = hash(own_.pin(), (*note++)[0]);
  std::sort(hashes.begin(), hashes.end());
  const auto different = std::unique(hashes.begin(), hashes.end()) - hashes.begin();
  return static_cast<std::size_t>(different) > hashes.size() / 2;
}

template class TransientTrie<1>;
template class TransientTrie<2>;

// ---- vectors ------------------------------------------------------------------------------------

namespace {

// At the right edge of a strict tree a transient's inner nodes have room for 32 children, so that
// they can be filled in place; trim() cuts them to their size.
constexpr std::uint16_t kRoomyGranules = kFullNodeGranules;

ObjectHeader* make_roomy(OwnBlocks& own, std::span<const Word> children) {
  auto* made = own.allocate_granules<ObjectHeader>(kRoomyGranules);
  *made = {static_cast<std::uint8_t>(ObjectKind::kVectorNode), mark_of(own), kRoomyGranules,
           static_cast<std::uint32_t>(children.size())};
  copy_words(record_words(made), children.data(), children.size());
  record_words(made)[kRadixWidth] = kNil;  // padding
  return made;
}

// Not marked as owned: whoever only pushes, as most do, need not come back to it to unmark it.
// Who changes it later copies it once.
Word make_leaf(Edit& edit, const Word* items) {
  auto* leaf = edit.allocate_granules<ObjectHeader>(kRoomyGranules);
  const bool refers = copy_and_look(record_words(leaf), items, kRadixWidth);
  record_words(leaf)[kRadixWidth] = kNil;  // padding
  *leaf = {static_cast<std::uint8_t>(ObjectKind::kVectorNode),
           refers ? std::uint8_t{0} : kFlagNoReferences, kRoomyGranules, kRadixWidth};
  return object_word(ObjectKind::kVectorNode, edit.pin().offset_of(leaf), kRoomyGranules, !refers);
}

ObjectHeader* own_record(OwnBlocks& own, Word& w) {
  ObjectHeader* node = header_of(own.pin(), w);
  if (is_owned(*node)) return node;
  ObjectHeader* made = copy_record(own, node);
  w = word_of(own.pin(), made);
  return made;
}

// The node `w` refers to, made one that has room for another child.
ObjectHeader* own_roomy(OwnBlocks& own, Word& w) {
  ObjectHeader* node = header_of(own.pin(), w);
  if (is_owned(*node) && node->granules == kRoomyGranules) return node;
  ObjectHeader* made = make_roomy(own, radix_words(own.pin(), w));
  if (is_owned(*node)) own.give_back(node);
  w = word_of(own.pin(), made);
  return made;
}

// Nodes with one child each, from `shift` down to the leaf.
Word chain(OwnBlocks& own, unsigned shift, Word leaf) {
  Word made = leaf;
  for (unsigned s = 0; s < shift; s += kRadixBits)
    made = word_of(own.pin(), make_roomy(own, {&made, 1}));
  return made;
}

}  // namespace

TransientVector::TransientVector(Edit& edit, Vector from) : own_(edit) {
  if (!is_reference(from.word)) return;
  const VectorShape shape = vector_shape(edit.pin(), from.word);
  root_ = shape.root;
  shift_ = shape.shift;
  relaxed_ = shape.relaxed;
  below_ = shape.tail_start();
  tail_size_ = static_cast<std::uint32_t>(shape.tail.size());
  std::ranges::copy(shape.tail, tail_);
}

Word TransientVector::nth(std::uint64_t index) const {
  check_open();
  check(index < count(), "nth behind the end of a transient vector");
  if (index >= below_) return tail_[index - below_];
  if (relaxed_) return relaxed_run(own_.pin(), root_, shift_, index).front();
  return radix_leaf(own_.pin(), root_, shift_, index)[radix_digit(index, 0)];
}

void TransientVector::assoc(std::uint64_t index, Word item) {
  check_open();
  check(index <= count(), "assoc behind the end of a transient vector");
  if (index == count()) return conj(item);
  if (index >= below_) {
    tail_[index - below_] = item;
    return;
  }
  Word* at = &root_;
  for (unsigned s = shift_; s > 0; s -= kRadixBits) {
    ObjectHeader* node = own_record(own_, *at);
    at = record_words(node) + radix_step(node, s, index);
  }
  ObjectHeader* leaf = own_record(own_, *at);
  *at = set_word(own_.pin(), leaf, static_cast<std::uint32_t>(index), item);
}

void TransientVector::pop() {
  check_open();
  check(count() > 0, "pop of an empty transient vector");
  if (tail_size_ > 1 || below_ == 0) {
    --tail_size_;
    return;
  }
  const RadixCut cut = relaxed_take(own_.edit(), {root_, shift_, below_}, below_);
  std::ranges::copy(cut.tail, tail_);
  tail_size_ = static_cast<std::uint32_t>(cut.tail.size());
  root_ = cut.tree.root;
  shift_ = cut.tree.shift;
  below_ = cut.tree.count;
  relaxed_ = below_ > 0 && cut.tree.is_relaxed();
}

void TransientVector::push_tail() {
  check_open();
  if (relaxed_) {
    const RadixTree tree = relaxed_push(own_.edit(), {root_, shift_, below_}, {tail_, kRadixWidth});
    root_ = tree.root;
    shift_ = tree.shift;
  } else {
    append(make_leaf(own_.edit(), tail_));
  }
  below_ += kRadixWidth;
  tail_size_ = 0;
}

// A leaf at the right edge of a strict tree.
void TransientVector::append(Word leaf) {
  if (is_nil(root_)) {
    root_ = chain(own_, kRadixBits, leaf);
    shift_ = kRadixBits;
    return;
  }
  if (below_ >> shift_ == kRadixWidth) {  // no place left
    const Word halves[] = {root_, chain(own_, shift_, leaf)};
    root_ = word_of(own_.pin(), make_roomy(own_, halves));
    shift_ += kRadixBits;
    return;
  }
  unsigned target = kRadixBits;  // of the last node that has a place
  while (radix_digit(below_, target) == 0) target += kRadixBits;
  Word* at = &root_;
  for (unsigned s = shift_; s > target; s -= kRadixBits)
    at = record_words(own_record(own_, *at)) + radix_digit(below_, s);
  ObjectHeader* node = own_roomy(own_, *at);
  record_words(node)[node->count++] = chain(own_, target - kRadixBits, leaf);
}

// Own nodes at the right edge give up the room they do not use. The granules behind them belong to
// nobody until the collector finds them.
void TransientVector::trim() {
  Word* at = &root_;
  for (unsigned s = shift_; s > 0; s -= kRadixBits) {
    ObjectHeader* node = header_of(own_.pin(), *at);
    if (!is_owned(*node)) return;
    const std::uint32_t size = node->count;
    const std::uint64_t bytes = sizeof(ObjectHeader) + size * sizeof(Word);
    const auto granules = static_cast<std::uint16_t>(object_size(bytes) / kGranule);
    if (node->granules == kRoomyGranules && node->granules != granules) {
      node->granules = granules;
      if (size % 2 == 0) record_words(node)[size] = kNil;  // padding
      *at = word_of(own_.pin(), node);
    }
    at = record_words(node) + size - 1;
  }
}

Vector TransientVector::persistent() {
  check_open();
  open_ = false;
  const std::uint32_t size = std::exchange(tail_size_, kRadixWidth);
  if (size == 0) return {};
  if (!relaxed_) trim();
  own_.settle();
  return vector_of(own_.edit(), {root_, shift_, below_}, {tail_, size});
}

}  // namespace yin::substrate
