// Equality, hash and order of values (value.h), without recursion: a value may be nested as deep as
// memory goes.
//
// Equality walks two values side by side, on a stack of tasks. Tries are canonical, so equal maps
// are congruent: nodes are compared position by position and shared subtrees are skipped. Only in a
// collision node may equal maps differ in order (keys that compare() cannot tell apart); there
// every key of one is looked for in the other, and a mismatch on the way goes back to the last such
// choice.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#include "substrate/intern.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/stack.h"
#include "substrate/internal/trie.h"
#include "substrate/internal/walk.h"
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
  if (are_their_words(a, b)) return equal_words(pin, a, b);
  return is_object(a, ObjectKind::kInt64) && is_object(b, ObjectKind::kInt64) &&
         boxed_bits(pin, a) == boxed_bits(pin, b);
}

// The words of a sequence from a position on: a vector's index, a list's chunk and index in it.
struct Spot {
  Word object;
  std::uint64_t index;

  // As many as stand together; none at the end.
  std::span<const Word> run(const Pin& pin) {
    if (object_kind(object) == ObjectKind::kVector) {
      const Vector vector{object};
      return index < vector.count(pin) ? vector.chunk(pin, index) : std::span<const Word>();
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
  explicit Equality(const Pin& pin) : pin_(pin) {}

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
  };
  struct Task {
    Kind kind;
    bool chosen;          // kChoice: a comparison of keys is under way
    std::uint32_t level;  // kVectorNode: 0 is a leaf
    Word a, b;
    std::uint64_t i, j;
  };

  // False when they differ; true when they are equal, or a task that will tell was pushed.
  bool start(Word a, Word b) {
    if (a == b) return true;
    const Shape shape = shape_of(a);
    if (shape != shape_of(b)) return false;
    if (shape == Shape::kScalar) return equal_scalars(pin_, a, b);
    if (count_of(pin_, a) != count_of(pin_, b)) return false;
    if (!is_reference(a)) return true;  // both are empty
    return shape == Shape::kSequence ? start_sequences(a, b) : start_nodes(a, b);
  }

  bool start_sequences(Word a, Word b) {
    if (object_kind(a) == ObjectKind::kVector && object_kind(b) == ObjectKind::kVector) {
      const VectorShape x = vector_shape(pin_, a);
      const VectorShape y = vector_shape(pin_, b);
      tasks_.push({Kind::kSequence, false, 0, a, b, x.tail_start(), y.tail_start()});
      if (x.root != y.root)
        tasks_.push({Kind::kVectorNode, false, x.shift / kRadixBits, x.root, y.root, 0, 0});
      return true;
    }
    tasks_.push({Kind::kSequence, false, 0, a, b, 0, 0});
    return true;
  }

  bool start_nodes(Word a, Word b) {
    if (a == b) return true;
    if (object_kind(a) != object_kind(b)) return false;
    if (header_of(pin_, a)->count != header_of(pin_, b)->count) return false;
    if (is_collision(a)) {
      tasks_.push({Kind::kChoice, false, 0, a, b, 0, 0});
      return true;
    }
    const TrieNode* x = trie_node(pin_, a);
    const TrieNode* y = trie_node(pin_, b);
    if (x->data_map != y->data_map || x->node_map != y->node_map) return false;
    tasks_.push({Kind::kTrieNode, false, 0, a, b, 0, 0});
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
    }
    return false;
  }

  bool step_sequence(Task& task) {
    for (;;) {
      Spot a{task.a, task.i};
      Spot b{task.b, task.j};
      const std::span<const Word> x = a.run(pin_);
      const std::span<const Word> y = b.run(pin_);
      if (x.data() == y.data()) break;  // shared from here on
      const std::size_t size = std::min(x.size(), y.size());
      if (size == 0) break;
      std::size_t at = 0;
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
    while (task.i < size) {
      const auto at = static_cast<std::size_t>(task.i++);
      const Word x = words_of(a)[at];
      const Word y = words_of(b)[at];
      if (x == y) continue;
      const std::size_t depth = tasks_.size();
      if (!(at < children ? start_nodes(x, y) : start(x, y))) return false;
      if (tasks_.size() != depth) return true;
    }
    tasks_.pop();
    return true;
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
      if (task.kind == Kind::kChoice && task.chosen) {
        ++task.j;
        if (choose(task)) return true;
      }
      tasks_.pop();
    }
    return false;
  }

  const Pin& pin_;
  Stack<Task, 16> tasks_;
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

std::uint64_t hash_scalar(const Pin& pin, Word w) {
  if (tag(w) == kTagString) return pin.at<StringObject>(object_offset(w))->hash;
  if (tag(w) != kTagObject) return mix(w.bits);
  switch (object_kind(w)) {
    case ObjectKind::kDouble:
      return to_double(pin, w) == 0 ? mix(kZeroDouble.bits) : scramble(boxed_bits(pin, w));
    case ObjectKind::kInt64:
      return scramble(boxed_bits(pin, w));
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

  void add(std::uint64_t h) {
    switch (shape) {
      case Shape::kScalar:
        break;
      case Shape::kSequence:
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
  kSequence,
  kSet,
  kMap,
  kReference,
  kFunction,
  kOther
};

Rank rank_of(Word w) {
  if (is_int(w) || is_double(w)) return Rank::kNumber;
  if (is_string(w)) return Rank::kString;
  switch (shape_of(w)) {
    case Shape::kSequence:
      return Rank::kSequence;
    case Shape::kSet:
      return Rank::kSet;
    case Shape::kMap:
      return Rank::kMap;
    case Shape::kScalar:
      break;
  }
  if (is_nil(w)) return Rank::kNil;
  if (is_boolean(w)) return Rank::kBoolean;
  if (is_character(w)) return Rank::kCharacter;
  if (is_keyword(w)) return Rank::kKeyword;
  if (is_symbol(w)) return Rank::kSymbol;
  if (is_root(w)) return Rank::kReference;
  if (is_primitive(w) || is_object(w, ObjectKind::kClosure) ||
      is_object(w, ObjectKind::kFunction)) {
    return Rank::kFunction;
  }
  return Rank::kOther;
}

template <class T>
int order(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// NaN comes behind all other numbers, and all NaN are one.
int order_doubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return order(std::isnan(a), std::isnan(b));
  return order(a, b);
}

// Exact: not every integer is a double.
int order_int_double(std::int64_t i, double d) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (std::isnan(d) || d >= kTwo63) return -1;
  if (d < -kTwo63) return 1;
  const double whole = std::trunc(d);
  const auto truncated = static_cast<std::int64_t>(whole);
  return i != truncated ? order(i, truncated) : order(0.0, d - whole);
}

int order_numbers(const Pin& pin, Word a, Word b) {
  if (is_int(a)) {
    return is_int(b) ? order(to_int(pin, a), to_int(pin, b))
                     : order_int_double(to_int(pin, a), to_double(pin, b));
  }
  return is_int(b) ? -order_int_double(to_int(pin, b), to_double(pin, a))
                   : order_doubles(to_double(pin, a), to_double(pin, b));
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
      return order_numbers(pin, a, b);
    case Rank::kString:
      return order_text(StringView(pin, a).view(), StringView(pin, b).view());
    case Rank::kKeyword:
    case Rank::kSymbol:
      return order_names(name_of(pin, a), name_of(pin, b));
    default:
      return are_their_words(a, b) ? order_words(pin, a, b) : order(a.bits, b.bits);
  }
}

}  // namespace

bool equal_slow(const Pin& pin, Word a, Word b) { return Equality(pin).run(a, b); }

std::uint64_t hash_slow(const Pin& pin, Word w) {
  if (shape_of(w) == Shape::kScalar) return hash_scalar(pin, w);
  Stack<Sum, 16> sums;
  Walk walk(pin, w);
  for (;;) {
    std::uint64_t h = 0;
    switch (walk.next()) {
      case Walk::Event::kOpen: {
        const Shape shape = shape_of(walk.word());
        sums.push({shape, false, 0, scramble(pin.hash_seed() + static_cast<std::uint64_t>(shape))});
        continue;
      }
      case Walk::Event::kItem:
        h = hash_scalar(pin, walk.word());
        break;
      case Walk::Event::kClose:
        h = scramble(sums.back().sum);
        sums.pop();
        break;
      case Walk::Event::kEnd:
        break;
    }
    if (sums.empty()) return h;
    sums.back().add(h);
  }
}

int compare(const Pin& pin, Word a, Word b) {
  if (shape_of(a) == Shape::kScalar || shape_of(b) == Shape::kScalar)
    return order_scalars(pin, a, b);
  // Lengths are compared first, so the walks stay in step until they differ.
  Walk x(pin, a);
  Walk y(pin, b);
  for (;;) {
    const Walk::Event event = x.next();
    const Walk::Event other = y.next();
    if (event == Walk::Event::kEnd) return 0;
    if (event == Walk::Event::kClose) continue;
    if (event == Walk::Event::kItem || other == Walk::Event::kItem) {
      const int differ = order_scalars(pin, x.word(), y.word());
      if (differ != 0) return differ;
      continue;
    }
    if (x.word() == y.word()) {
      x.skip();
      y.skip();
      continue;
    }
    const int ranks = order(rank_of(x.word()), rank_of(y.word()));
    if (ranks != 0) return ranks;
    const int counts = order(count_of(pin, x.word()), count_of(pin, y.word()));
    if (counts != 0) return counts;
  }
}

}  // namespace yin::substrate
