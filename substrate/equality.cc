// Equality, hash and order of values (value.h), without recursion: a value may be nested as deep as
// memory goes.
//
// Equality walks two values side by side, on a stack of tasks. Tries are canonical, so equal maps
// are congruent: nodes are compared position by position and shared subtrees are skipped. Only in a
// collision node may equal maps differ in order (keys that compare() cannot tell apart); there
// every key of one is looked for in the other, and a mismatch on the way goes back to the last such
// choice. Sorted trees of one order are gone through side by side, and what they share is skipped;
// int maps are canonical as tries are. Of two maps or sets of different kinds, the entries of one
// are looked for in the other, by hash.
//
// A value that shares its parts has few objects and very many items. Each operation remembers what
// it found out about large collections (memo.h), and is linear in objects as far as these are whole
// collections; parts of sequences, which hash item by item, are gone through wherever they are met.

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <vector>

#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/internal/btree.h"
#include "substrate/internal/hasher.h"
#include "substrate/internal/memo.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/sorted_root.h"
#include "substrate/internal/stack.h"
#include "substrate/internal/trie.h"
#include "substrate/internal/walk.h"
#include "substrate/literal.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/queue.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

// ---- equality -----------------------------------------------------------------------------------

bool equal_strings(const Pin& pin, Word a, Word b) {
  if ((a.bits ^ b.bits) >> 54 != 0) return false;  // hash bits
  const auto* x = pin.at<StringObject>(object_offset(a));
  const auto* y = pin.at<StringObject>(object_offset(b));
  return x->hash == y->hash && x->header.count == y->header.count &&
         std::memcmp(x + 1, y + 1, x->header.count) == 0;
}

// The raw part of a big integer, of bytes or of a uuid.
std::string_view raw_text(const Pin& pin, Word w) {
  const ObjectHeader* h = header_of(pin, w);
  std::size_t size = kUuidBytes;
  if (is_bytes(w)) {
    size = bytes_of(pin, w).size();
  } else if (is_big_int(w)) {
    const std::int64_t limbs = small_int(record_words(h)[BigIntField::kLimbs]);
    size = static_cast<std::size_t>(limbs < 0 ? -limbs : limbs) * sizeof(std::uint64_t);
  }
  return {reinterpret_cast<const char*>(record_raw(h)), size};
}

bool equal_integers(const Pin& pin, Word a, Word b) {
  if (a == b) return true;
  if (is_object(a, ObjectKind::kInt64) && is_object(b, ObjectKind::kInt64))
    return boxed_bits(pin, a) == boxed_bits(pin, b);
  return is_big_int(a) && is_big_int(b) &&
         field(pin, a, BigIntField::kLimbs) == field(pin, b, BigIntField::kLimbs) &&
         raw_text(pin, a) == raw_text(pin, b);
}

// By their words: all that a layout or a tensor is stands in them, and the one object a tensor refers
// to is equal to itself only.
bool are_their_words(Word a, Word b) {
  return (is_object(a, ObjectKind::kLayout) && is_object(b, ObjectKind::kLayout)) ||
         (is_object(a, ObjectKind::kTensor) && is_object(b, ObjectKind::kTensor));
}
bool equal_words(const Pin& pin, Word a, Word b) {
  const ObjectHeader* x = header_of(pin, a);
  const ObjectHeader* y = header_of(pin, b);
  return std::equal(record_words(x), record_words(x) + x->count, record_words(y),
                    record_words(y) + y->count);
}

bool equal_scalars(const Pin& pin, Word a, Word b) {
  if (a == b) return true;
  if (is_double(a) && is_double(b)) return to_double(pin, a) == to_double(pin, b);
  if (tag(a) != tag(b)) return false;
  if (tag(a) == kTagString) return equal_strings(pin, a, b);
  if (tag(a) != kTagObject || object_kind(a) != object_kind(b)) return false;
  switch (object_kind(a)) {
    case ObjectKind::kInt64:
    case ObjectKind::kBigInt:
      return equal_integers(pin, a, b);
    case ObjectKind::kRatio:
      return equal_integers(pin, numerator(pin, a), numerator(pin, b)) &&
             equal_integers(pin, denominator(pin, a), denominator(pin, b));
    case ObjectKind::kInstant:
      return to_millis(pin, a) == to_millis(pin, b);
    case ObjectKind::kBytes:
    case ObjectKind::kUuid:
      return raw_text(pin, a) == raw_text(pin, b);
    case ObjectKind::kLayout:
    case ObjectKind::kTensor:
      return equal_words(pin, a, b);
    default:
      return false;
  }
}

// The words of a sequence from a position on: a vector's or queue's index, a list's chunk and index
// in it.
struct Spot {
  Word object;
  std::uint64_t index;

  // As many as stand together; none at the end.
  std::span<const Word> run(const Pin& pin) {
    if (object_kind(object) == ObjectKind::kVector) {
      const Vector vector{object};
      return index < vector.count(pin) ? vector.chunk(pin, index) : std::span<const Word>();
    }
    if (object_kind(object) == ObjectKind::kQueue) {
      const Queue queue{object};
      return index < queue.count(pin) ? queue.chunk(pin, index) : std::span<const Word>();
    }
    for (;;) {
      const ObjectHeader* h = header_of(pin, object);
      const std::span<const Word> items{record_words(h) + ListField::kItems,
                                        h->count - ListField::kItems};
      const Word next = record_words(h)[ListField::kNext];
      if (index < items.size() || is_nil(next))
        return items.subspan(static_cast<std::size_t>(index));
      *this = {next, 0};
    }
  }
};

class Equality {
 public:
  explicit Equality(const Pin& pin) : pin_(pin), hasher_(pin) {}

  bool run(Word a, Word b) {
    if (!start(a, b)) return false;
    while (!tasks_.empty()) {
      if (!step(tasks_.back()) && !next_choice()) return false;
    }
    return true;
  }

 private:
  enum class Kind : std::uint8_t {
    kSequence,    // positions i and j of any two sequences
    kVectorNode,  // word i of two nodes
    kTrieNode,    // word i of two nodes
    kChoice,  // collision nodes: the key of a's entry i is compared with that of b's entry i + j,
              // around
    kSorted,  // word i of all rows of two trees
    kIntMap,  // word i of two nodes
    kDifferent,  // two kinds: the key of a's entry i is compared with the j-th of its hash in b
    kKnown,      // a and b were begun at step i and are equal when this comes to the top again
  };
  struct Task {
    Kind kind;
    bool chosen;          // kChoice, kDifferent: a comparison of keys is under way
    std::uint32_t level;  // kVectorNode: 0 is a leaf
    Word a, b;
    std::uint64_t i, j;
  };

  // False, and nothing pushed, when they differ; true when they are equal, or a task that will tell
  // was pushed.
  bool start(Word a, Word b) {
    for (;;) {
      a = bare(pin_, a);
      b = bare(pin_, b);
      if (a == b) return true;
      if (!is_tagged(a) || !is_tagged(b)) break;
      if (tag_of(pin_, a) != tag_of(pin_, b)) return false;
      a = tagged_value(pin_, a);
      b = tagged_value(pin_, b);
    }
    const Shape shape = shape_of(a);
    if (shape != shape_of(b)) return false;
    if (shape == Shape::kScalar) return equal_scalars(pin_, a, b);
    const std::uint64_t count = count_of(pin_, a);
    if (count != count_of(pin_, b)) return false;
    if (count == 0 || known_.find(a, b) != nullptr) return true;
    const Kind kind = kind_for(shape, a, b);
    if (!may_be_equal(kind, a, b)) return false;
    if (steps_ > kStepsUnwatched) tasks_.push({Kind::kKnown, false, 0, a, b, steps_, 0});
    steps_ += 1 + count;
    push(kind, a, b);
    return true;
  }

  // How two collections of one shape are compared.
  [[nodiscard]] Kind kind_for(Shape shape, Word a, Word b) const {
    if (shape == Shape::kSequence) return Kind::kSequence;
    if (object_kind(a) != object_kind(b)) return Kind::kDifferent;
    switch (object_kind(a)) {
      case ObjectKind::kIntMap:
        return Kind::kIntMap;
      case ObjectKind::kSortedMap:
      case ObjectKind::kSortedSet:
        return stored_order(pin_, a) == stored_order(pin_, b) ? Kind::kSorted : Kind::kDifferent;
      default:
        return is_collision(a) ? Kind::kChoice : Kind::kTrieNode;
    }
  }

  // As far as their topmost nodes tell without their words.
  [[nodiscard]] bool may_be_equal(Kind kind, Word a, Word b) const {
    switch (kind) {
      case Kind::kTrieNode:
      case Kind::kChoice:
        return alike(a, b);
      case Kind::kIntMap:
        return int_maps_alike(a, b);
      default:
        return true;
    }
  }

  void push(Kind kind, Word a, Word b) {
    if (kind == Kind::kSequence) {
      push_sequences(a, b);
      return;
    }
    if (kind == Kind::kDifferent) index_different(a, b);
    tasks_.push({kind, false, 0, a, b, 0, 0});
  }

  [[nodiscard]] bool int_maps_alike(Word a, Word b) const {
    const IntMapNode* x = int_map_node(pin_, a);
    const IntMapNode* y = int_map_node(pin_, b);
    return x->header.count == y->header.count && x->place == y->place &&
           x->data_map == y->data_map && x->node_map == y->node_map;
  }
  bool start_int_maps(Word a, Word b) {
    if (!int_maps_alike(a, b)) return false;
    tasks_.push({Kind::kIntMap, false, 0, a, b, 0, 0});
    return true;
  }

  void index_different(Word a, Word b) {
    Different both{entries_of(pin_, a), {}};
    for (const Word* entry : entries_of(pin_, b)) both.b.push_back({hasher_.hash(*entry), entry});
    std::ranges::sort(both.b, {}, &Hashed::hash);
    different_.push_back(std::move(both));
  }

  void push_sequences(Word a, Word b) {
    if (!is_strict(a) || !is_strict(b)) {
      tasks_.push({Kind::kSequence, false, 0, a, b, 0, 0});
      return;
    }
    const VectorShape x = vector_shape(pin_, a);
    const VectorShape y = vector_shape(pin_, b);
    tasks_.push({Kind::kSequence, false, 0, a, b, x.tail_start(), y.tail_start()});
    if (x.root != y.root)
      tasks_.push({Kind::kVectorNode, false, x.shift / kRadixBits, x.root, y.root, 0, 0});
  }

  // Vectors whose nodes can be compared side by side; a relaxed one is compared leaf by leaf.
  bool is_strict(Word w) const {
    return object_kind(w) == ObjectKind::kVector && !vector_shape(pin_, w).relaxed;
  }

  // May two nodes be equal, as far as they tell without their words?
  [[nodiscard]] bool alike(Word a, Word b) const {
    if (object_kind(a) != object_kind(b)) return false;
    if (header_of(pin_, a)->count != header_of(pin_, b)->count) return false;
    if (is_collision(a)) return true;
    const TrieNode* x = trie_node(pin_, a);
    const TrieNode* y = trie_node(pin_, b);
    return x->data_map == y->data_map && x->node_map == y->node_map;
  }
  bool start_nodes(Word a, Word b) {
    if (a == b) return true;
    if (!alike(a, b)) return false;
    tasks_.push({is_collision(a) ? Kind::kChoice : Kind::kTrieNode, false, 0, a, b, 0, 0});
    return true;
  }

  // Goes on with the task on top, until it is done, a word needs a task of its own, or two differ.
  // (A push moves the tasks: none is touched after one.)
  bool step(Task& task) {
    switch (task.kind) {
      case Kind::kSequence:
        return step_sequence(task);
      case Kind::kVectorNode:
        return step_vector_node(task);
      case Kind::kTrieNode:
        return step_trie_node(task);
      case Kind::kChoice:
        return step_choice(task);
      case Kind::kKnown:
        if (steps_ - task.i >= kMemoSteps) known_.put(task.a, task.b, 1);
        tasks_.pop();
        return true;
      case Kind::kSorted:
        return shape_of(task.a) == Shape::kMap ? step_sorted<2>(task) : step_sorted<1>(task);
      case Kind::kIntMap:
        return step_int_map(task);
      case Kind::kDifferent:
        return step_different(task);
    }
    return false;
  }

  template <unsigned kRow>
  bool step_sorted(Task& task) {
    const BtreeRoot x = sorted_root(pin_, task.a);
    const BtreeRoot y = sorted_root(pin_, task.b);
    BtreeCursor<1, kRow> a(pin_, x);
    BtreeCursor<1, kRow> b(pin_, y);
    while (task.i < x.count * kRow) {
      const std::uint64_t rank = task.i / kRow;
      a.seek(rank);
      b.seek(rank);
      if (task.i % kRow == 0) {
        if (const std::uint64_t shared = shared_rows(a, b, std::min(x.height, y.height));
            shared > 0) {
          task.i += shared * kRow;
          continue;
        }
      }
      const std::span<const Word> run = a.run().subspan(task.i % kRow);
      const std::span<const Word> other = b.run().subspan(task.i % kRow);
      const std::size_t size = std::min(run.size(), other.size());
      std::size_t at = 0;
      while (at < size && run[at] == other[at]) ++at;
      task.i += at;
      if (at == size) continue;
      ++task.i;
      const std::size_t depth = tasks_.size();
      if (!start(run[at], other[at])) return false;
      if (tasks_.size() != depth) return true;
    }
    tasks_.pop();
    return true;
  }

  // Rows from here on that stand in one and the same node.
  template <class Cursor>
  static std::uint64_t shared_rows(const Cursor& a, const Cursor& b, unsigned levels) {
    for (unsigned level = levels; level > 0; --level) {
      if (a.node(level - 1) == b.node(level - 1) && a.is_first_of(level - 1) &&
          b.is_first_of(level - 1))
        return a.rows_of(level - 1);
    }
    return 0;
  }

  // Two nodes word by word: children, then what stands in entries.
  template <class StartChild>
  bool step_words(Task& task, const Word* a, const Word* b, std::size_t children, std::size_t size,
                  StartChild&& start_child) {
    while (task.i < size) {
      const auto at = static_cast<std::size_t>(task.i++);
      if (a[at] == b[at]) continue;
      const std::size_t depth = tasks_.size();
      if (!(at < children ? start_child(a[at], b[at]) : start(a[at], b[at]))) return false;
      if (tasks_.size() != depth) return true;
    }
    tasks_.pop();
    return true;
  }

  bool step_int_map(Task& task) {
    const IntMapNode* a = int_map_node(pin_, task.a);
    const IntMapNode* b = int_map_node(pin_, task.b);
    const std::size_t children = bit_count(a->node_map);
    const std::size_t size = children + 2 * std::size_t{bit_count(a->data_map)};
    return step_words(task, words_of(a), words_of(b), children, size,
                      [this](Word x, Word y) { return start_int_maps(x, y); });
  }

  bool step_different(Task& task) {
    if (task.chosen) return accept_different(task);
    task.j = 0;
    return choose_different(task);
  }

  // What b has under the hash of a's entry i.
  [[nodiscard]] auto candidates(const Task& task) {
    const Different& both = different_.back();
    return std::ranges::equal_range(both.b, hasher_.hash(*both.a[static_cast<std::size_t>(task.i)]),
                                    {}, &Hashed::hash);
  }

  // Keys that are equal to one are equal to each other, so the first that fits is the only one.
  bool choose_different(Task& task) {
    if (task.i == different_.back().a.size()) {
      pop_different();
      return true;
    }
    const auto found = candidates(task);
    const Word key = *different_.back().a[static_cast<std::size_t>(task.i)];
    for (; task.j < found.size(); ++task.j) {
      task.chosen = true;
      const std::size_t depth = tasks_.size();
      if (!start(key, *found[static_cast<std::ptrdiff_t>(task.j)].entry)) continue;
      return tasks_.size() != depth || accept_different(task);
    }
    task.chosen = false;
    return false;
  }

  bool accept_different(Task& task) {
    const Word* a = different_.back().a[static_cast<std::size_t>(task.i)];
    const Word* b = candidates(task)[static_cast<std::ptrdiff_t>(task.j)].entry;
    task.chosen = false;
    ++task.i;
    return shape_of(task.a) != Shape::kMap || start(a[1], b[1]);
  }

  void pop_different() {
    different_.pop_back();
    tasks_.pop();
  }

  bool step_sequence(Task& task) {
    for (;;) {
      Spot a{task.a, task.i};
      Spot b{task.b, task.j};
      const std::span<const Word> x = a.run(pin_);
      const std::span<const Word> y = b.run(pin_);
      const std::size_t size = std::min(x.size(), y.size());
      if (size == 0) break;
      const bool same = x.data() == y.data();
      if (same && object_kind(a.object) == ObjectKind::kList) break;  // shared from here on
      std::size_t at = same ? size : 0;
      while (at < size && x[at] == y[at]) ++at;
      const bool differ = at < size;
      const std::size_t behind = differ ? at + 1 : size;
      task.a = a.object;
      task.b = b.object;
      task.i = a.index + behind;
      task.j = b.index + behind;
      if (!differ) continue;
      const std::size_t depth = tasks_.size();
      if (!start(x[at], y[at])) return false;
      if (tasks_.size() != depth) return true;
    }
    tasks_.pop();
    return true;
  }

  bool step_vector_node(Task& task) {
    const std::span<const Word> a = radix_words(pin_, task.a);
    const std::span<const Word> b = radix_words(pin_, task.b);
    const std::uint32_t level = task.level;
    while (task.i < a.size()) {
      const auto at = static_cast<std::size_t>(task.i++);
      if (a[at] == b[at]) continue;
      if (level > 0) {
        tasks_.push({Kind::kVectorNode, false, level - 1, a[at], b[at], 0, 0});
        return true;
      }
      const std::size_t depth = tasks_.size();
      if (!start(a[at], b[at])) return false;
      if (tasks_.size() != depth) return true;
    }
    tasks_.pop();
    return true;
  }

  bool step_trie_node(Task& task) {
    const TrieNode* a = trie_node(pin_, task.a);
    const TrieNode* b = trie_node(pin_, task.b);
    const unsigned width = object_kind(task.a) == ObjectKind::kMapNode ? 2 : 1;
    const std::size_t children = bit_count(a->node_map);
    const std::size_t size = children + std::size_t{width} * bit_count(a->data_map);
    return step_words(task, words_of(a), words_of(b), children, size,
                      [this](Word x, Word y) { return start_nodes(x, y); });
  }

  static const Word* entry(const Pin& pin, Word node, std::uint64_t index) {
    const std::uint64_t width = object_kind(node) == ObjectKind::kMapCollision ? 2 : 1;
    return words_of(collision_node(pin, node)) + width * index;
  }

  bool step_choice(Task& task) {
    if (task.chosen) return accept(task);  // the comparison of keys came to its end
    task.j = 0;
    return choose(task);
  }

  // Looks for a partner of a's entry i from j on.
  bool choose(Task& task) {
    const std::uint64_t count = header_of(pin_, task.a)->count;
    const std::size_t depth = tasks_.size();
    for (; task.j < count; ++task.j) {
      task.chosen = true;
      const Word key = *entry(pin_, task.a, task.i);
      if (!start(key, *entry(pin_, task.b, (task.i + task.j) % count))) continue;
      return tasks_.size() != depth || accept(task);
    }
    task.chosen = false;
    return false;
  }

  // The keys are equal: their values must be, and the other entries.
  bool accept(Task& task) {
    const std::uint64_t count = header_of(pin_, task.a)->count;
    const Word* a = entry(pin_, task.a, task.i);
    const Word* b = entry(pin_, task.b, (task.i + task.j) % count);
    const bool map = object_kind(task.a) == ObjectKind::kMapCollision;
    task.chosen = false;
    if (++task.i == count) tasks_.pop();
    return !map || start(a[1], b[1]);
  }

  // After a difference: back to the last choice, and on with its next partner.
  bool next_choice() {
    while (!tasks_.empty()) {
      Task& task = tasks_.back();
      if (task.chosen) {
        ++task.j;
        if (task.kind == Kind::kChoice ? choose(task) : choose_different(task)) return true;
      }
      if (task.kind == Kind::kDifferent) different_.pop_back();
      tasks_.pop();
    }
    return false;
  }

  struct Hashed {
    std::uint64_t hash;
    const Word* entry;
  };
  struct Different {  // of a task kDifferent; the one on top is of the last
    std::vector<const Word*> a;
    std::vector<Hashed> b;  // by hash
  };

  // Small values are compared before anything is worth remembering.
  static constexpr std::uint64_t kStepsUnwatched = 1024;

  const Pin& pin_;
  std::uint64_t steps_ = 0;  // collections begun, and their items
  Memo known_;               // pairs that are equal
  Stack<Task, 16> tasks_;
  std::vector<Different> different_;
  Hasher hasher_;
};

// ---- hash ---------------------------------------------------------------------------------------

// The last mix of MurmurHash3 (Appleby): what is summed up must differ in every bit.
std::uint64_t scramble(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

// Added to what is summed up: an entry whose hash is 0 (nil's is) must count.
constexpr std::uint64_t kEntry = 0x9e3779b97f4a7c15;

// A field, without a look at what it refers on to.
std::uint64_t hash_field(const Pin& pin, Word w) {
  if (tag(w) == kTagString) return pin.at<StringObject>(object_offset(w))->hash;
  if (tag(w) != kTagObject) return w.bits;
  const ObjectHeader* h = header_of(pin, w);
  return std::uint64_t{h->kind} << 32 | h->count;
}

// What is equal to itself only (closures, frames) is hashed by what it holds, one level deep, never
// by its offset: publishing moves objects, and must not move them in a trie.
std::uint64_t hash_record(const Pin& pin, Word w) {
  constexpr std::uint32_t kFields = 8;
  const ObjectHeader* h = header_of(pin, w);
  std::uint64_t sum = std::uint64_t{h->kind} << 32 | h->count;
  for (std::uint32_t i = 0; i < std::min(h->count, kFields); ++i) {
    sum = scramble(sum + hash_field(pin, record_words(h)[i]));
  }
  return scramble(sum);
}

// Kinds apart: bytes and a uuid may have the same bytes.
std::uint64_t hash_as(Word w, std::uint64_t h) {
  return scramble(h + kEntry * static_cast<std::uint64_t>(object_kind(w)));
}
std::uint64_t hash_raw(const Pin& pin, Word w) {
  return hash_bytes(raw_text(pin, w), pin.hash_seed());
}

std::uint64_t hash_scalar(const Pin& pin, Word w) {
  if (tag(w) == kTagString) return pin.at<StringObject>(object_offset(w))->hash;
  if (tag(w) != kTagObject) return mix(w.bits);
  switch (object_kind(w)) {
    case ObjectKind::kDouble:
      return to_double(pin, w) == 0 ? mix(kZeroDouble.bits) : scramble(boxed_bits(pin, w));
    case ObjectKind::kInt64:
      return scramble(boxed_bits(pin, w));
    case ObjectKind::kBigInt:
      return hash_as(w, hash_raw(pin, w) + (sign_of(pin, w) < 0 ? 1 : 0));
    case ObjectKind::kRatio:
      return hash_as(w, scramble(hash_scalar(pin, numerator(pin, w)) + kEntry) +
                            hash_scalar(pin, denominator(pin, w)));
    case ObjectKind::kInstant:
      return hash_as(w, static_cast<std::uint64_t>(to_millis(pin, w)));
    case ObjectKind::kBytes:
    case ObjectKind::kUuid:
      return hash_as(w, hash_raw(pin, w));
    default:
      return hash_record(pin, w);
  }
}

// The hash of a collection that is being walked.
struct Sum {
  Shape shape;
  bool has_key;
  std::uint64_t key;  // the hash of a key whose value comes next
  std::uint64_t sum;
  Word word;
  std::uint64_t begun;  // at which step

  void add(std::uint64_t h) {
    switch (shape) {
      case Shape::kScalar:
      case Shape::kAnnotated:
        break;
      case Shape::kSequence:
      case Shape::kTagged:
        sum = scramble(sum + h);
        break;
      case Shape::kSet:
        sum += scramble(h + kEntry);
        break;
      case Shape::kMap:
        if (has_key) sum += scramble(key + scramble(h + kEntry));
        has_key = !has_key;
        key = h;
        break;
    }
  }
};

// ---- order --------------------------------------------------------------------------------------

// The kinds in their order.
enum class Rank : std::uint8_t {
  kNil,
  kBoolean,
  kNumber,
  kCharacter,
  kString,
  kKeyword,
  kSymbol,
  kInstant,
  kUuid,
  kBytes,
  kSequence,
  kSet,
  kMap,
  kTagged,
  kReference,
  kFunction,
  kOther
};

Rank rank_of(Word w) {
  if (is_number(w)) return Rank::kNumber;
  if (is_string(w)) return Rank::kString;
  switch (shape_of(w)) {
    case Shape::kSequence:
      return Rank::kSequence;
    case Shape::kSet:
      return Rank::kSet;
    case Shape::kMap:
      return Rank::kMap;
    case Shape::kTagged:
      return Rank::kTagged;
    case Shape::kScalar:
    case Shape::kAnnotated:
      break;
  }
  if (is_nil(w)) return Rank::kNil;
  if (is_boolean(w)) return Rank::kBoolean;
  if (is_character(w)) return Rank::kCharacter;
  if (is_keyword(w)) return Rank::kKeyword;
  if (is_symbol(w)) return Rank::kSymbol;
  if (is_instant(w)) return Rank::kInstant;
  if (is_uuid(w)) return Rank::kUuid;
  if (is_bytes(w)) return Rank::kBytes;
  if (is_root(w)) return Rank::kReference;
  if (is_primitive(w) || is_object(w, ObjectKind::kClosure) ||
      is_object(w, ObjectKind::kFunction) || is_object(w, ObjectKind::kContinuation)) {
    return Rank::kFunction;
  }
  return Rank::kOther;
}

template <class T>
int order(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int order_text(std::string_view a, std::string_view b) { return order(a.compare(b), 0); }

// Names without a namespace first, then by namespace, then by name.
int order_names(std::string_view a, std::string_view b) {
  const auto space = [](std::string_view name) {
    const std::size_t slash = name.find('/');
    return slash == 0 || slash == std::string_view::npos ? std::string_view()
                                                         : name.substr(0, slash);
  };
  const int spaces = order_text(space(a), space(b));
  return spaces != 0 ? spaces : order_text(a, b);
}

// Zero exactly if they are equal.
int order_words(const Pin& pin, Word a, Word b) {
  const ObjectHeader* x = header_of(pin, a);
  const ObjectHeader* y = header_of(pin, b);
  for (std::uint32_t i = 0; i < std::min(x->count, y->count); ++i) {
    const int differ = order(record_words(x)[i].bits, record_words(y)[i].bits);
    if (differ != 0) return differ;
  }
  return order(x->count, y->count);
}

int order_scalars(const Pin& pin, Word a, Word b) {
  if (a == b) return 0;
  const Rank rank = rank_of(a);
  if (rank != rank_of(b)) return order(rank, rank_of(b));
  switch (rank) {
    case Rank::kNumber:
      return compare_numbers(pin, a, b);
    case Rank::kString:
      return order_text(StringView(pin, a).view(), StringView(pin, b).view());
    case Rank::kKeyword:
    case Rank::kSymbol:
      return order_names(name_of(pin, a), name_of(pin, b));
    case Rank::kInstant:
      return order(to_millis(pin, a), to_millis(pin, b));
    case Rank::kUuid:
    case Rank::kBytes:
      return order_text(raw_text(pin, a), raw_text(pin, b));
    default:
      return are_their_words(a, b) ? order_words(pin, a, b) : order(a.bits, b.bits);
  }
}

}  // namespace

bool equal_slow(const Pin& pin, Word a, Word b) { return Equality(pin).run(a, b); }

std::uint64_t hash_slow(const Pin& pin, Word w) { return Hasher(pin).hash(w); }

std::uint64_t Hasher::hash(Word w) {
  w = bare(pin_, w);
  if (shape_of(w) == Shape::kScalar) return hash_scalar(pin_, w);
  Stack<Sum, 16> sums;
  Walk walk(pin_, w);
  for (std::uint64_t steps = 0;; ++steps) {
    std::uint64_t h = 0;
    switch (walk.next()) {
      case Walk::Event::kOpen: {
        const Word opened = walk.word();
        if (const std::uint64_t* known = known_.find(opened, kNil)) {
          h = *known;
          walk.skip();
          break;
        }
        const Shape shape = shape_of(opened);
        const std::uint64_t start = pin_.hash_seed() + static_cast<std::uint64_t>(shape);
        sums.push({shape, false, 0, scramble(start), opened, steps});
        continue;
      }
      case Walk::Event::kItem:
        h = hash_scalar(pin_, walk.word());
        break;
      case Walk::Event::kClose:
        h = scramble(sums.back().sum);
        if (steps - sums.back().begun >= kMemoSteps) known_.put(sums.back().word, kNil, h);
        sums.pop();
        break;
      case Walk::Event::kEnd:
        break;
    }
    if (sums.empty()) return h;
    sums.back().add(h);
  }
}

namespace {

// Two walks in step. Lengths are compared first, so they stay so until they differ.
class Comparison {
 public:
  Comparison(const Pin& pin, Word a, Word b)
      : pin_(pin),
        a_(pin, a, Walk::Metadata::kHidden, Walk::Entries::kByHash),
        b_(pin, b, Walk::Metadata::kHidden, Walk::Entries::kByHash) {}

  int run() {
    for (;; ++steps_) {
      const Walk::Event event = a_.next();
      const Walk::Event other = b_.next();
      int differ = 0;
      if (event == Walk::Event::kEnd) return 0;
      if (event == Walk::Event::kClose) {
        close();
      } else if (event == Walk::Event::kItem || other == Walk::Event::kItem) {
        differ = order_scalars(pin_, a_.word(), b_.word());
      } else {
        differ = open(a_.word(), b_.word());
      }
      if (differ != 0) return differ;
    }
  }

 private:
  struct Open {
    Word a, b;
    std::uint64_t begun;
  };

  int open(Word a, Word b) {
    if (a == b || known_.find(a, b) != nullptr) {
      a_.skip();
      b_.skip();
      return 0;
    }
    open_.push({a, b, steps_});
    const int ranks = order(rank_of(a), rank_of(b));
    return ranks != 0 ? ranks : order(count_of(pin_, a), count_of(pin_, b));
  }

  void close() {
    const Open& done = open_.back();
    if (steps_ - done.begun >= kMemoSteps) known_.put(done.a, done.b, 0);
    open_.pop();
  }

  const Pin& pin_;
  Walk a_;
  Walk b_;
  std::uint64_t steps_ = 0;
  Memo known_;  // pairs in one place
  Stack<Open, 16> open_;
};

}  // namespace

int compare(const Pin& pin, Word a, Word b) {
  a = bare(pin, a);
  b = bare(pin, b);
  if (shape_of(a) == Shape::kScalar || shape_of(b) == Shape::kScalar)
    return order_scalars(pin, a, b);
  return Comparison(pin, a, b).run();
}

}  // namespace yin::substrate
