#include "substrate/diff.h"

#include <algorithm>
#include <bit>

#include "substrate/internal/champ.h"
#include "substrate/internal/radix.h"

namespace yin::substrate {

// ---- maps and sets ------------------------------------------------------------------------------

template <unsigned kWidth>
TrieDiff<kWidth>::TrieDiff(const Pin& pin, Word before, Word after) : pin_(pin) {
  if (before != after)
    open(Side::of(is_reference(before) ? before : kNil),
         Side::of(is_reference(after) ? after : kNil));
  next();
}

template <unsigned kWidth>
void TrieDiff<kWidth>::next() {
  before_ = nullptr;
  after_ = pending_;
  pending_ = nullptr;
  if (after_ != nullptr) return;
  while (depth_ >= 0 && !step()) continue;
}

template <unsigned kWidth>
void TrieDiff<kWidth>::open(const Side& before, const Side& after) {
  visited_ += (before.is_node() ? 1 : 0) + (after.is_node() ? 1 : 0);
  const auto level = static_cast<unsigned>(++depth_);
  Level& l = levels_[level];
  l.collisions = level == kTrieLevels;
  if (l.collisions) {
    const std::span<const Word> x = before.entries(pin_);
    const std::span<const Word> y = after.entries(pin_);
    l.before.entries = x.data();
    l.after.entries = y.data();
    l.before_count = static_cast<std::uint32_t>(x.size());
    l.after_count = static_cast<std::uint32_t>(y.size());
    l.at = 0;
    return;
  }
  l.before = before.look(pin_, level);
  l.after = after.look(pin_, level);
  l.left = l.before.seen() | l.after.seen();
}

// One position further; true when it found something to report.
template <unsigned kWidth>
bool TrieDiff<kWidth>::step() {
  Level& level = levels_[depth_];
  if (level.collisions) return next_collision(level);
  if (level.left == 0) {
    --depth_;
    return false;
  }
  const std::uint32_t bit = level.left & -level.left;
  level.left &= level.left - 1;
  return meet(Side::at(level.before, bit), Side::at(level.after, bit));
}

template <unsigned kWidth>
bool TrieDiff<kWidth>::meet(const Side& before, const Side& after) {
  if (before.is_node() || after.is_node()) {
    if (before.node() != after.node()) open(before, after);
    return false;
  }
  const Word* x = before.entry();
  const Word* y = after.entry();
  if (x != nullptr && y != nullptr && equal(pin_, x[0], y[0])) {
    if (equal(pin_, x[kWidth - 1], y[kWidth - 1])) return false;
    before_ = x;
    after_ = y;
    return true;
  }
  before_ = x;
  if (x == nullptr) {
    after_ = y;
  } else {
    pending_ = y;
  }
  return true;
}

template <unsigned kWidth>
const Word* TrieDiff<kWidth>::same_key(const Word* entries, std::uint32_t count, Word key) const {
  for (std::uint32_t i = 0; i < count; i += kWidth) {
    if (equal(pin_, entries[i], key)) return entries + i;
  }
  return nullptr;
}

template <unsigned kWidth>
bool TrieDiff<kWidth>::next_collision(Level& level) {
  const std::uint32_t at = level.at;
  level.at += kWidth;
  if (at < level.before_count) {
    const Word* entry = level.before.entries + at;
    const Word* other = same_key(level.after.entries, level.after_count, entry[0]);
    if (other != nullptr && equal(pin_, entry[kWidth - 1], other[kWidth - 1])) return false;
    before_ = entry;
    after_ = other;
    return true;
  }
  if (at < level.before_count + level.after_count) {
    const Word* entry = level.after.entries + (at - level.before_count);
    if (same_key(level.before.entries, level.before_count, entry[0]) != nullptr) return false;
    after_ = entry;
    return true;
  }
  --depth_;
  return false;
}

template class TrieDiff<1>;
template class TrieDiff<2>;

// ---- vectors ------------------------------------------------------------------------------------

namespace {

// The nodes on the way to an index, with the index each begins at.
struct NodePlace {
  Word node;
  std::uint64_t start;
};
constexpr unsigned kLevelsMax = 13;

unsigned find_places(const Pin& pin, const VectorShape& shape, std::uint64_t index,
                     NodePlace* places) {
  NodePlace place{shape.root, 0};
  unsigned size = 0;
  std::uint64_t rest = index;
  for (unsigned s = shape.shift;; s -= kRadixBits) {
    places[size++] = place;
    if (s == 0) return size;
    const ObjectHeader* h = header_of(pin, place.node);
    const std::uint32_t at = radix_step(h, s, rest);
    place = {record_words(h)[at], index - rest};
  }
}

}  // namespace

VectorDiff::VectorDiff(const Pin& pin, Vector before, Vector after)
    : pin_(pin),
      before_(before),
      after_(after),
      before_count_(before.count(pin)),
      after_count_(after.count(pin)),
      end_(std::max(before_count_, after_count_)) {
  if (before.word == after.word) index_ = end_;
  settle();
}

Word VectorDiff::before() const { return index_ < before_count_ ? x_.front() : kAbsent; }
Word VectorDiff::after() const { return index_ < after_count_ ? y_.front() : kAbsent; }

void VectorDiff::next() {
  ++index_;
  if (!x_.empty()) x_ = x_.subspan(1);
  if (!y_.empty()) y_ = y_.subspan(1);
  settle();
}

// How many elements from index_ on stand in the largest node that both have at this very place: 0
// when not even the leaf is shared.
std::uint64_t VectorDiff::shared() const {
  const VectorShape x = vector_shape(pin_, before_.word);
  const VectorShape y = vector_shape(pin_, after_.word);
  if (index_ >= std::min(x.tail_start(), y.tail_start())) return 0;
  NodePlace mine[kLevelsMax];
  NodePlace theirs[kLevelsMax];
  const unsigned mine_size = find_places(pin_, x, index_, mine);
  const unsigned theirs_size = find_places(pin_, y, index_, theirs);
  // From the top: where a node of one begins as one of the other and is the same, all below is.
  const unsigned common = std::min(mine_size, theirs_size);
  for (unsigned level = common; level-- > 0;) {
    const NodePlace& a = mine[mine_size - 1 - level];
    const NodePlace& b = theirs[theirs_size - 1 - level];
    if (a.node != b.node || a.start != b.start) continue;
    // Its end: where the first of the right edge above it ends.
    std::uint64_t end = a.start;
    Word node = a.node;
    for (unsigned l = level;; --l) {
      const ObjectHeader* h = header_of(pin_, node);
      if (object_kind(node) == ObjectKind::kRelaxedNode) {
        end += relaxed_ends(h)[h->count - 1];
        break;
      }
      if (l == 0) {
        end += h->count;
        break;
      }
      end += std::uint64_t{h->count - 1} << (kRadixBits * l);
      node = record_words(h)[h->count - 1];
    }
    return end - index_;
  }
  return 0;
}

// On to the next index where they differ.
void VectorDiff::settle() {
  while (index_ < std::min(before_count_, after_count_)) {
    if (x_.empty() || y_.empty()) {
      ++visited_;
      if (const std::uint64_t same = shared(); same > 0) {
        index_ += same;
        x_ = y_ = {};
        continue;
      }
      x_ = before_.chunk(pin_, index_);
      y_ = after_.chunk(pin_, index_);
    }
    const std::size_t size = std::min(x_.size(), y_.size());
    std::size_t at = 0;
    while (at < size && equal(pin_, x_[at], y_[at])) ++at;
    index_ += at;
    x_ = x_.subspan(at);
    y_ = y_.subspan(at);
    if (at < size) return;
  }
  // What one of them has behind the other's end.
  if (index_ >= end_) return;
  if (index_ < before_count_ && x_.empty()) x_ = before_.chunk(pin_, index_);
  if (index_ < after_count_ && y_.empty()) y_ = after_.chunk(pin_, index_);
}

}  // namespace yin::substrate
