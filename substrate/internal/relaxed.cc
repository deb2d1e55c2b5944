#include "substrate/internal/relaxed.h"

#include <algorithm>

#include "substrate/check.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/record_copy.h"

namespace yin::substrate {

namespace {

constexpr unsigned kLevels = 12;        // of a root's, at most; shift stays below 60
constexpr std::size_t kExtraNodes = 2;  // more than needed before a list is evened out
constexpr std::size_t kPartsMax = 128;  // 31 + 3 + 31 at a seam

// A node and how many elements it has. A leaf's words are its elements.
struct Part {
  Word word;
  std::uint64_t count;
};

// Nodes of one level side by side.
class Parts {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  Part& operator[](std::size_t i) { return items_[i]; }
  const Part& operator[](std::size_t i) const { return items_[i]; }
  [[nodiscard]] std::span<const Part> all() const { return {items_, size_}; }
  void push(Part p) {
    dcheck(size_ < kPartsMax, "too many nodes at a seam");
    items_[size_++] = p;
  }
  void push(std::span<const Part> more) {
    for (const Part& p : more) push(p);
  }
  void truncate(std::size_t size) { size_ = size; }

 private:
  Part items_[kPartsMax];  // not cleared: it is long
  std::size_t size_ = 0;
};

// Elements below a full node at the level under `level`.
std::uint64_t full_child(unsigned level) { return std::uint64_t{1} << (kRadixBits * level); }

bool is_relaxed_node(Word w) { return is_object(w, ObjectKind::kRelaxedNode); }

Part make_leaf(Edit& edit, std::span<const Word> items) {
  return {make_record(edit, ObjectKind::kVectorNode, items.data(),
                      static_cast<std::uint32_t>(items.size())),
          items.size()};
}

// The node at `level` over children that are at most 32. Filled in one pass: joining and cutting
// consist of little else.
Part make_inner(Edit& edit, std::span<const Part> children, unsigned level) {
  const auto size = static_cast<std::uint32_t>(children.size());
  bool strict = !is_relaxed_node(children.back().word);
  for (const Part& child : children.first(size - 1))
    strict = strict && child.count == full_child(level) && !is_relaxed_node(child.word);
  const std::uint64_t words_bytes = size * sizeof(Word);
  const std::uint64_t bytes =
      sizeof(ObjectHeader) + words_bytes + (strict ? 0 : size * sizeof(std::uint64_t));
  auto* made = edit.allocate<ObjectHeader>(bytes);
  set_header(*made, strict ? ObjectKind::kVectorNode : ObjectKind::kRelaxedNode, bytes, size,
             false);
  Word* words = record_words(made);
  words[object_bytes(*made) / sizeof(Word) - 2] = kNil;  // the last word, be it used or padding
  auto* ends = reinterpret_cast<std::uint64_t*>(record_raw(made));
  std::uint64_t count = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    words[i] = children[i].word;
    count += children[i].count;
    if (!strict) ends[i] = count;
  }
  return {word_of(edit.pin(), made), count};
}

// The children of a node at `level`, one after another.
template <class Take>
void each_child(const Pin& pin, Part node, unsigned level, Take take) {
  const ObjectHeader* h = header_of(pin, node.word);
  const Word* words = record_words(h);
  if (is_relaxed_node(node.word)) {
    const std::uint64_t* ends = relaxed_ends(h);
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i < h->count; before = ends[i++])
      take(Part{words[i], ends[i] - before});
    return;
  }
  std::uint64_t left = node.count;
  for (std::uint32_t i = 0; i < h->count; ++i) {
    const std::uint64_t count = std::min(left, full_child(level));
    left -= count;
    take(Part{words[i], count});
  }
}

void push_children(const Pin& pin, Part node, unsigned level, Parts& to) {
  each_child(pin, node, level, [&to](Part child) { to.push(child); });
}

Part child_at(const Pin& pin, Part node, unsigned level, std::uint32_t index) {
  const ObjectHeader* h = header_of(pin, node.word);
  const Word word = record_words(h)[index];
  if (is_relaxed_node(node.word)) {
    const std::uint64_t* ends = relaxed_ends(h);
    return {word, ends[index] - (index == 0 ? 0 : ends[index - 1])};
  }
  return {word, std::min(full_child(level), node.count - index * full_child(level))};
}

// The node at `level` over the first `size` children of another, and one more if there is one.
Part make_prefix(Edit& edit, Part node, unsigned level, std::uint32_t size, Part more) {
  if (size == 0 && more.count == 0) return more;
  if (!is_relaxed_node(node.word) && !is_relaxed_node(more.word)) {  // as full as they were
    Word words[kRadixWidth];
    copy_words(words, record_words(header_of(edit.pin(), node.word)), size);
    words[size] = more.word;
    const std::uint32_t all = size + (more.count > 0 ? 1 : 0);
    return {make_record(edit, ObjectKind::kVectorNode, words, all),
            size * full_child(level) + more.count};
  }
  Parts children;
  push_children(edit.pin(), node, level, children);
  children.truncate(size);
  if (more.count > 0) children.push(more);
  return make_inner(edit, children.all(), level);
}

// Words a node at `level` has, told without loading it.
std::uint64_t slots(Part node, unsigned level) {
  if (level == 0) return node.count;
  if (is_relaxed_node(node.word)) return word_granules(node.word) - 1;
  return (node.count + full_child(level) - 1) >> (kRadixBits * level);
}

// ---- evening out

// How many slots each node is to have: short ones are filled up from their right neighbours until
// the list has at most `most` nodes. Returns how many it has. (L'orange 2014, createConcatPlan.)
std::size_t plan_slots(std::uint64_t* plan, std::size_t size, std::size_t most) {
  std::size_t at = 0;
  while (size > most) {
    while (plan[at] >= kRadixWidth - 1) ++at;
    std::uint64_t left = plan[at];
    do {
      const std::uint64_t taken = std::min<std::uint64_t>(left + plan[at + 1], kRadixWidth);
      left = left + plan[at + 1] - taken;
      plan[at++] = taken;
    } while (left > 0);
    std::copy(plan + at + 1, plan + size, plan + at);
    --size;
    --at;
  }
  return size;
}

// Deals the slots of nodes at one level out anew.
class Dealer {
 public:
  Dealer(Edit& edit, std::span<const Part> from, unsigned level)
      : edit_(edit), from_(from), level_(level) {}

  // The next node, with `size` slots: an old one if one fits.
  Part deal(std::uint64_t size) {
    if (taken_ == 0 && slots(from_.front(), level_) == size) {
      const Part whole = from_.front();
      from_ = from_.subspan(1);
      return whole;
    }
    return level_ == 0 ? deal_leaf(size) : deal_inner(size);
  }

 private:
  // Takes at most `most` slots of the first node.
  std::pair<std::uint64_t, std::uint64_t> take(std::uint64_t most) {
    const std::uint64_t all = slots(from_.front(), level_);
    const std::uint64_t first = taken_;
    const std::uint64_t size = std::min(most, all - first);
    taken_ += size;
    return {first, size};
  }
  void leave_if_empty() {
    if (taken_ < slots(from_.front(), level_)) return;
    from_ = from_.subspan(1);
    taken_ = 0;
  }

  Part deal_leaf(std::uint64_t size) {
    Word words[kRadixWidth];
    for (std::uint64_t have = 0; have < size;) {
      const auto [first, count] = take(size - have);
      const Word* from = record_words(header_of(edit_.pin(), from_.front().word)) + first;
      std::copy_n(from, count, words + have);
      have += count;
      leave_if_empty();
    }
    return make_leaf(edit_, {words, static_cast<std::size_t>(size)});
  }

  Part deal_inner(std::uint64_t size) {
    Parts children;
    while (children.size() < size) {
      const auto [first, count] = take(size - children.size());
      std::uint64_t i = 0;
      each_child(edit_.pin(), from_.front(), level_, [&, f = first, c = count](Part child) {
        if (i >= f && i < f + c) children.push(child);
        ++i;
      });
      leave_if_empty();
    }
    return make_inner(edit_, children.all(), level_);
  }

  Edit& edit_;
  std::span<const Part> from_;
  unsigned level_;
  std::uint64_t taken_ = 0;  // slots of from_.front()
};

// Makes a list of nodes at `level` shorter when it has too many for what they hold.
void even_out(Edit& edit, Parts& nodes, unsigned level) {
  std::uint64_t plan[kPartsMax];
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) all += plan[i] = slots(nodes[i], level);
  const std::size_t most =
      static_cast<std::size_t>((all + kRadixWidth - 1) / kRadixWidth) + kExtraNodes;
  if (nodes.size() <= most) return;
  const std::size_t size = plan_slots(plan, nodes.size(), most);
  const Parts old = nodes;
  Dealer dealer(edit, old.all(), level);
  nodes.truncate(0);
  for (std::size_t i = 0; i < size; ++i) nodes.push(dealer.deal(plan[i]));
}

// ---- trees

// The tree over nodes at `level`: as low as it goes.
RadixTree rooted(Edit& edit, const Parts& nodes, unsigned level) {
  Part root = nodes[0];
  if (nodes.size() > 1 || level == 0) root = make_inner(edit, nodes.all(), ++level);
  check(level < kLevels, "a vector's tree is too high");
  while (level > 1 && header_of(edit.pin(), root.word)->count == 1) {
    root.word = field(edit.pin(), root.word, 0);
    --level;
  }
  return {root.word, kRadixBits * level, root.count};
}

// The nodes from the root to one leaf, by their levels.
struct Spine {
  Part nodes[kLevels];
  std::uint32_t at[kLevels];  // which child is the next
  unsigned top = 0;

  explicit Spine(RadixTree tree) : top(tree.shift / kRadixBits) {
    nodes[top] = {tree.root, tree.count};
  }
  [[nodiscard]] Part leaf() const { return nodes[0]; }

  void step(const Pin& pin, unsigned level, std::uint32_t index) {
    at[level] = index;
    nodes[level - 1] = child_at(pin, nodes[level], level, index);
  }
  static Spine first(const Pin& pin, RadixTree tree) {
    Spine spine(tree);
    for (unsigned l = spine.top; l > 0; --l) spine.step(pin, l, 0);
    return spine;
  }
  static Spine last(const Pin& pin, RadixTree tree) {
    Spine spine(tree);
    for (unsigned l = spine.top; l > 0; --l)
      spine.step(pin, l, header_of(pin, spine.nodes[l].word)->count - 1);
    return spine;
  }
  // `index` is made to count within the leaf.
  static Spine to(const Pin& pin, RadixTree tree, std::uint64_t& index) {
    Spine spine(tree);
    for (unsigned l = spine.top; l > 0; --l) {
      const ObjectHeader* h = header_of(pin, spine.nodes[l].word);
      spine.step(pin, l, radix_step(h, kRadixBits * l, index));
    }
    return spine;
  }
};

}  // namespace

bool RadixTree::is_relaxed() const { return is_relaxed_node(root) || count % kRadixWidth != 0; }

Vector vector_of(Edit& edit, const RadixTree& tree, std::span<const Word> tail) {
  const std::uint64_t count = tree.count + tail.size();
  Word words[VectorField::kTail + kRadixWidth];
  Word* to = words + VectorField::kTail;
  const bool flat = count <= kRadixWidth;
  for (std::uint64_t at = 0; flat && at < tree.count;) {
    const auto run = relaxed_run(edit.pin(), tree.root, tree.shift, at);
    to = std::ranges::copy(run, to).out;
    at += run.size();
  }
  to = std::ranges::copy(tail, to).out;
  words[VectorField::kMeta] =
      flat ? vector_meta(count, 0) : vector_meta(count, tree.shift, tree.is_relaxed());
  words[VectorField::kRoot] = flat ? kNil : tree.root;
  return {make_record(edit, ObjectKind::kVector, words, static_cast<std::uint32_t>(to - words))};
}

RadixTree relaxed_concat(Edit& edit, RadixTree a, std::span<const Word> leaf, RadixTree b) {
  const Pin& pin = edit.pin();
  const Spine left = Spine::last(pin, a);
  const Spine right = Spine::first(pin, b);
  Parts seam;
  if (left.top > 0) seam.push(left.leaf());
  if (!leaf.empty()) seam.push(make_leaf(edit, leaf));
  seam.push(right.leaf());
  const unsigned top = std::max(left.top, right.top);
  for (unsigned level = 1; level <= top; ++level) {
    Parts children;
    if (level <= left.top) {
      push_children(pin, left.nodes[level], level, children);
      children.truncate(children.size() - 1);
    }
    children.push(seam.all());
    if (level <= right.top) {
      each_child(pin, right.nodes[level], level, [&, i = 0](Part child) mutable {
        if (i++ > 0) children.push(child);
      });
    }
    even_out(edit, children, level - 1);
    seam.truncate(0);
    for (std::span<const Part> rest = children.all(); !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), kRadixWidth);
      seam.push(make_inner(edit, rest.first(size), level));
      rest = rest.subspan(size);
    }
  }
  return rooted(edit, seam, top);
}

RadixTree relaxed_push(Edit& edit, RadixTree tree, std::span<const Word> leaf) {
  const Pin& pin = edit.pin();
  const Spine spine = Spine::last(pin, tree);
  Part made = make_leaf(edit, leaf);
  bool beside = true;  // `made` comes behind the node of its level, not in its place
  for (unsigned level = 1; level <= spine.top; ++level) {
    Parts children;
    push_children(pin, spine.nodes[level], level, children);
    if (beside && children.size() == kRadixWidth) {
      made = make_inner(edit, {&made, 1}, level);
      continue;
    }
    if (!beside) children.truncate(children.size() - 1);
    beside = false;
    children.push(made);
    made = make_inner(edit, children.all(), level);
  }
  Parts top;
  if (beside && spine.top > 0) top.push(spine.nodes[spine.top]);
  top.push(made);
  return rooted(edit, top, spine.top);
}

RadixCut relaxed_take(Edit& edit, RadixTree tree, std::uint64_t count) {
  const Pin& pin = edit.pin();
  std::uint64_t last = count - 1;
  const Spine spine = Spine::to(pin, tree, last);
  const std::span<const Word> tail =
      radix_words(pin, spine.leaf().word).first(static_cast<std::size_t>(last) + 1);
  Part made = {};
  for (unsigned level = 1; level <= spine.top; ++level)
    made = make_prefix(edit, spine.nodes[level], level, spine.at[level], made);
  if (made.count == 0) return {{}, tail};
  Parts top;
  top.push(made);
  return {rooted(edit, top, spine.top), tail};
}

RadixTree relaxed_drop(Edit& edit, RadixTree tree, std::uint64_t count) {
  const Pin& pin = edit.pin();
  std::uint64_t first = count;
  const Spine spine = Spine::to(pin, tree, first);
  Part made = spine.leaf();
  if (first > 0)
    made = make_leaf(edit, radix_words(pin, made.word).subspan(static_cast<std::size_t>(first)));
  for (unsigned level = 1; level <= spine.top; ++level) {
    const bool whole = spine.at[level] == 0 && made.word == spine.nodes[level - 1].word;
    if (whole) {
      made = spine.nodes[level];
      continue;
    }
    Parts children;
    children.push(made);
    each_child(pin, spine.nodes[level], level, [&, i = std::uint32_t{0}](Part child) mutable {
      if (i++ > spine.at[level]) children.push(child);
    });
    made = make_inner(edit, children.all(), level);
  }
  Parts top;
  top.push(made);
  return rooted(edit, top, spine.top);
}

Word relaxed_assoc(Edit& edit, RadixTree tree, std::uint64_t index, Word item) {
  const Spine spine = Spine::to(edit.pin(), tree, index);
  Word made = record_with(edit, spine.leaf().word, static_cast<std::uint32_t>(index), item);
  for (unsigned level = 1; level <= spine.top; ++level)
    made = record_with(edit, spine.nodes[level].word, spine.at[level], made);
  return made;
}

}  // namespace yin::substrate
