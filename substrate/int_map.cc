#include "substrate/int_map.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "substrate/check.h"
#include "substrate/internal/words.h"

namespace yin::substrate {

// Functions here that call themselves go down the tree: 13 levels at most.

namespace {

constexpr std::uint32_t bit_of(unsigned digit) { return std::uint32_t{1} << digit; }

// What stands at a position, and what an operation gives: nothing, an entry, or a node.
struct Item {
  Word node = kNil;
  MapEntry entry{kAbsent, kAbsent};

  [[nodiscard]] bool is_node() const { return is_reference(node); }
  [[nodiscard]] bool is_entry() const { return !is_absent(entry.key); }
  [[nodiscard]] bool is_nothing() const { return !is_node() && !is_entry(); }
  friend bool operator==(const Item& a, const Item& b) {
    return a.node == b.node && a.entry.key == b.entry.key && a.entry.value == b.entry.value;
  }
};

Item node_item(Word w) { return {w, {kAbsent, kAbsent}}; }
Item entry_item(const Word* entry) { return {kNil, {entry[0], entry[1]}}; }

std::uint64_t key_of(const Pin& pin, Word key) { return int_map_key(to_int(pin, key)); }

// Any key of it, as far as its keys agree.
std::uint64_t key_of(const Pin& pin, const Item& item) {
  return item.is_node() ? prefix_of(int_map_node(pin, item.node)) : key_of(pin, item.entry.key);
}
// Of an entry, one below all nodes.
int level_of(const Pin& pin, const Item& item) {
  return item.is_node() ? static_cast<int>(level_of(int_map_node(pin, item.node))) : -1;
}
std::uint32_t count_of(const Pin& pin, const Item& item) {
  return item.is_node() ? int_map_node(pin, item.node)->header.count : item.is_entry() ? 1 : 0;
}

Item item_at(const IntMapNode* node, unsigned digit) {
  const std::uint32_t bit = bit_of(digit);
  if ((node->node_map & bit) != 0) return node_item(*int_map_child(node, bit));
  if ((node->data_map & bit) != 0) return entry_item(int_map_entry(node, bit));
  return {};
}

// ---- making nodes

IntMapNode* make(Edit& edit, std::uint64_t place, std::uint32_t data_map, std::uint32_t node_map,
                 std::uint32_t count) {
  const std::size_t words = bit_count(node_map) + std::size_t{2} * bit_count(data_map);
  const std::uint64_t bytes = sizeof(IntMapNode) + words * sizeof(Word);
  auto* node = edit.allocate<IntMapNode>(bytes);
  set_header(node->header, ObjectKind::kIntMap, bytes, count, false);
  node->data_map = data_map;
  node->node_map = node_map;
  node->place = place;
  words_of(node)[object_bytes(node->header) / sizeof(Word) - 4] = kNil;  // the last, be it padding
  return node;
}

Word finish(const Pin& pin, IntMapNode* node) {
  const bool leaf = node->node_map == 0 && !any_reference(words_of(node), word_count(node));
  node->header.flags =
      static_cast<std::uint8_t>(node->header.flags | (leaf ? kFlagNoReferences : 0));
  return word_of(pin, &node->header);
}

IntMapNode* copy(Edit& edit, const IntMapNode* node) {
  IntMapNode* made = make(edit, node->place, node->data_map, node->node_map, node->header.count);
  copy_words(words_of(made), words_of(node), word_count(node));
  return made;
}

// A node as it is put together from items.
struct Positions {
  std::uint64_t place = 0;
  std::uint32_t data_map = 0;
  std::uint32_t node_map = 0;
  std::uint32_t count = 0;
  Item items[32];

  void set(const Pin& pin, unsigned digit, const Item& item) {
    if (item.is_nothing()) return;
    (item.is_node() ? node_map : data_map) |= bit_of(digit);
    count += count_of(pin, item);
    items[digit] = item;
  }

  // What it comes to: one position alone is no node.
  Item emit(Edit& edit) const {
    const std::uint32_t all = data_map | node_map;
    if (all == 0) return {};
    if ((all & (all - 1)) == 0) return items[std::countr_zero(all)];
    IntMapNode* node = make(edit, place, data_map, node_map, count);
    Word* to = words_of(node);
    for (std::uint32_t left = node_map; left != 0; left &= left - 1)
      *to++ = items[std::countr_zero(left)].node;
    for (std::uint32_t left = data_map; left != 0; left &= left - 1) {
      *to++ = items[std::countr_zero(left)].entry.key;
      *to++ = items[std::countr_zero(left)].entry.value;
    }
    return node_item(finish(edit.pin(), node));
  }
};

// The node with another item at a position.
Item with_item(Edit& edit, const IntMapNode* node, unsigned digit, const Item& item) {
  Positions all{node->place, 0, 0, 0, {}};
  for (std::uint32_t left = node->data_map | node->node_map; left != 0; left &= left - 1) {
    const auto d = static_cast<unsigned>(std::countr_zero(left));
    if (d != digit) all.set(edit.pin(), d, item_at(node, d));
  }
  all.set(edit.pin(), digit, item);
  return all.emit(edit);
}

// Two items whose keys part above both.
Item join(Edit& edit, const Item& a, const Item& b) {
  const Pin& pin = edit.pin();
  const std::uint64_t x = key_of(pin, a);
  const std::uint64_t y = key_of(pin, b);
  const unsigned level = int_map_level(x, y);
  Positions both{int_map_prefix(x, level) | level, 0, 0, 0, {}};
  both.set(pin, int_map_digit(x, level), a);
  both.set(pin, int_map_digit(y, level), b);
  return both.emit(edit);
}

// ---- the root

Item item_of(const Pin& pin, Word map) {
  if (!is_reference(map)) return {};
  const IntMapNode* node = int_map_node(pin, map);
  return node->header.count == 1 ? entry_item(words_of(node)) : node_item(map);
}

// Only a root has a single entry; it stands at level 0.
Word root_of(Edit& edit, const Item& item) {
  if (item.is_nothing()) return kEmptyIntMap;
  if (item.is_node()) return item.node;
  const std::uint64_t key = key_of(edit.pin(), item);
  IntMapNode* node = make(edit, int_map_prefix(key, 0), bit_of(int_map_digit(key, 0)), 0, 1);
  words_of(node)[0] = item.entry.key;
  words_of(node)[1] = item.entry.value;
  return finish(edit.pin(), node);
}

// ---- one entry

Word with_entry(Edit& edit, const IntMapNode* node, std::uint32_t bit, const MapEntry& entry) {
  IntMapNode* made =
      make(edit, node->place, node->data_map | bit, node->node_map, node->header.count + 1);
  const auto before = static_cast<std::size_t>(int_map_entry(node, bit) - words_of(node));
  copy_words(words_of(made), words_of(node), before);
  Word* to = words_of(made) + before;
  to[0] = entry.key;
  to[1] = entry.value;
  copy_words(to + 2, words_of(node) + before, word_count(node) - before);
  return finish(edit.pin(), made);
}

Word put(Edit& edit, Word w, std::uint64_t key, const MapEntry& entry) {
  const Pin& pin = edit.pin();
  const IntMapNode* node = int_map_node(pin, w);
  const unsigned level = level_of(node);
  if (int_map_prefix(key, level) != prefix_of(node))
    return join(edit, node_item(w), {kNil, entry}).node;
  const unsigned digit = int_map_digit(key, level);
  const std::uint32_t bit = bit_of(digit);
  if ((node->node_map & bit) != 0) {
    const Word child = *int_map_child(node, bit);
    const Word made = put(edit, child, key, entry);
    if (made == child) return w;
    const std::uint32_t more = header_of(pin, made)->count - header_of(pin, child)->count;
    IntMapNode* changed = copy(edit, node);
    changed->header.count += more;
    *int_map_child(changed, bit) = made;
    return word_of(pin, &changed->header);
  }
  if ((node->data_map & bit) == 0) return with_entry(edit, node, bit, entry);
  const Word* found = int_map_entry(node, bit);
  if (key_of(pin, found[0]) != key)
    return with_item(edit, node, digit, join(edit, entry_item(found), {kNil, entry})).node;
  if (found[1] == entry.value) return w;
  IntMapNode* changed = copy(edit, node);
  int_map_entry(changed, bit)[1] = entry.value;
  return finish(pin, changed);
}

Item take(Edit& edit, const Item& item, std::uint64_t key) {
  const Pin& pin = edit.pin();
  if (item.is_nothing()) return item;
  if (item.is_entry()) return key_of(pin, item) == key ? Item{} : item;
  const IntMapNode* node = int_map_node(pin, item.node);
  const unsigned level = level_of(node);
  if (int_map_prefix(key, level) != prefix_of(node)) return item;
  const unsigned digit = int_map_digit(key, level);
  const Item there = item_at(node, digit);
  const Item left = take(edit, there, key);
  return left == there ? item : with_item(edit, node, digit, left);
}

}  // namespace

Word IntMap::find(const Pin& pin, std::int64_t key) const {
  if (!is_reference(word)) return kAbsent;
  const std::uint64_t wanted = int_map_key(key);
  const IntMapNode* node = int_map_node(pin, word);
  for (;;) {
    const std::uint32_t bit = bit_of(int_map_digit(wanted, level_of(node)));
    if ((node->node_map & bit) != 0) {
      node = int_map_node(pin, *int_map_child(node, bit));
      prefetch(reinterpret_cast<const std::byte*>(node) + 64);
      continue;
    }
    if ((node->data_map & bit) == 0) return kAbsent;
    const Word* entry = int_map_entry(node, bit);  // what the way here did not look at, it tells
    return to_int(pin, entry[0]) == key ? entry[1] : kAbsent;
  }
}

IntMap IntMap::assoc(Edit& edit, std::int64_t key, Word value) const {
  const MapEntry entry{from_int(edit, key), value};
  if (count(edit.pin()) > 1) {
    check(count(edit.pin()) < std::numeric_limits<std::uint32_t>::max(),
          "an int map of 2^32 entries or more");
    return {put(edit, word, int_map_key(key), entry)};
  }
  const Item one = item_of(edit.pin(), word);
  if (one.is_nothing()) return {root_of(edit, {kNil, entry})};
  if (key_of(edit.pin(), one) != int_map_key(key))
    return {root_of(edit, join(edit, one, {kNil, entry}))};
  if (one.entry.value == value) return *this;
  return {root_of(edit, {kNil, {one.entry.key, value}})};
}

IntMap IntMap::dissoc(Edit& edit, std::int64_t key) const {
  const Item all = item_of(edit.pin(), word);
  const Item left = take(edit, all, int_map_key(key));
  return left == all ? *this : IntMap{root_of(edit, left)};
}

// ---- two maps -----------------------------------------------------------------------------------

// Goes through two maps at once. Of two items either one holds the range of the other's keys, and
// the other is seen as standing at its digit there, or their ranges are disjoint.
class IntMapMerge {
 public:
  explicit IntMapMerge(Edit& edit, IntMap::Callback combine) : edit_(edit), combine_(combine) {}

  Item merge(const Item& a, const Item& b) {
    const Pin& pin = edit_.pin();
    if (a.is_nothing() || b.is_nothing()) return a.is_nothing() ? b : a;
    if (a == b && combine_.call == nullptr) return a;
    if (a.is_entry() && b.is_entry() && key_of(pin, a) == key_of(pin, b)) return combined(a, b);
    if (!holds(pin, a, b) && !holds(pin, b, a)) return join(edit_, a, b);
    return by_digits(a, b);
  }

  static void diff(const Pin& pin, const Item& a, const Item& b, const IntMap::Callback& visit) {
    if (a == b) return;
    if (a.is_nothing() || b.is_nothing()) {
      each(pin, a.is_nothing() ? b : a, a.is_nothing(), visit);
    } else if (a.is_entry() && b.is_entry() && key_of(pin, a) == key_of(pin, b)) {
      if (!equal(pin, a.entry.value, b.entry.value))
        call(visit, to_int(pin, a.entry.key), a.entry.value, b.entry.value);
    } else if (holds(pin, a, b) || holds(pin, b, a)) {
      const unsigned level = top_level(pin, a, b);
      for (unsigned digit = 0; digit < 32; ++digit)
        diff(pin, part(pin, a, level, digit), part(pin, b, level, digit), visit);
    } else {
      const bool a_first = key_of(pin, a) < key_of(pin, b);
      each(pin, a_first ? a : b, !a_first, visit);
      each(pin, a_first ? b : a, a_first, visit);
    }
  }

 private:
  // Is `a` a node whose range has room for all keys of `b`?
  static bool holds(const Pin& pin, const Item& a, const Item& b) {
    const int level = level_of(pin, a);
    return level >= 0 && level >= level_of(pin, b) &&
           int_map_prefix(key_of(pin, b), static_cast<unsigned>(level)) == key_of(pin, a);
  }
  static unsigned top_level(const Pin& pin, const Item& a, const Item& b) {
    return static_cast<unsigned>(std::max(level_of(pin, a), level_of(pin, b)));
  }
  // What an item has at a digit of `level`, at which it is a node or below which it stands.
  static Item part(const Pin& pin, const Item& item, unsigned level, unsigned digit) {
    if (level_of(pin, item) == static_cast<int>(level))
      return item_at(int_map_node(pin, item.node), digit);
    return int_map_digit(key_of(pin, item), level) == digit ? item : Item{};
  }

  Item combined(const Item& a, const Item& b) const {
    if (combine_.call == nullptr) return {kNil, {a.entry.key, b.entry.value}};
    return {kNil,
            {a.entry.key,
             call(combine_, to_int(edit_.pin(), a.entry.key), a.entry.value, b.entry.value)}};
  }
  static Word call(const IntMap::Callback& f, std::int64_t key, Word a, Word b) {
    return f.call(const_cast<void*>(f.function), key, a, b);
  }

  Item by_digits(const Item& a, const Item& b) {
    const Pin& pin = edit_.pin();
    const unsigned level = top_level(pin, a, b);
    const Item& top = level_of(pin, a) == static_cast<int>(level) ? a : b;
    Positions all{int_map_node(pin, top.node)->place, 0, 0, 0, {}};
    bool is_a = true;
    bool is_b = true;
    for (unsigned digit = 0; digit < 32; ++digit) {
      const Item x = part(pin, a, level, digit);
      const Item y = part(pin, b, level, digit);
      const Item made = merge(x, y);
      is_a = is_a && made == x;
      is_b = is_b && made == y;
      all.set(pin, digit, made);
    }
    return is_a ? a : is_b ? b : all.emit(edit_);
  }

  // All entries of one side.
  static void each(const Pin& pin, const Item& item, bool added, const IntMap::Callback& visit) {
    const auto tell = [&](Word key, Word value) {
      call(visit, to_int(pin, key), added ? kAbsent : value, added ? value : kAbsent);
    };
    if (item.is_entry()) return tell(item.entry.key, item.entry.value);
    for (IntMapIterator it(pin, {item.node}); !it.done(); it.next())
      tell(it.entry().key, it.entry().value);
  }

  Edit& edit_;
  IntMap::Callback combine_;
};

IntMap IntMap::merge(Edit& edit, IntMap other) const {
  return merge_by(edit, other, {nullptr, nullptr});
}

IntMap IntMap::merge_by(Edit& edit, IntMap other, Callback combine) const {
  const Item a = item_of(edit.pin(), word);
  const Item b = item_of(edit.pin(), other.word);
  const Item all = IntMapMerge(edit, combine).merge(a, b);
  if (all == a) return *this;
  return all == b ? other : IntMap{root_of(edit, all)};
}

void IntMap::diff_by(const Pin& pin, IntMap before, IntMap after, Callback visit) {
  IntMapMerge::diff(pin, item_of(pin, before.word), item_of(pin, after.word), visit);
}

// ---- going through ------------------------------------------------------------------------------

IntMapIterator::IntMapIterator(const Pin& pin, IntMap map, const Range& range)
    : pin_(&pin),
      from_(int_map_key(range.from)),
      to_(int_map_key(range.to)),
      descending_(range.descending) {
  if (!is_reference(map.word) || from_ > to_) return;
  enter(map.word);
  next();
}

// Only the positions that may have keys of the range.
void IntMapIterator::enter(Word w) {
  const IntMapNode* node = int_map_node(*pin_, w);
  const unsigned level = level_of(node);
  const std::uint64_t prefix = prefix_of(node);
  std::uint32_t left = node->data_map | node->node_map;
  const std::uint64_t from = int_map_prefix(from_, level);
  const std::uint64_t to = int_map_prefix(to_, level);
  if (from > prefix || to < prefix) left = 0;
  if (from == prefix) left &= ~std::uint32_t{0} << int_map_digit(from_, level);
  if (to == prefix) left &= ~std::uint32_t{0} >> (31 - int_map_digit(to_, level));
  levels_[depth_++] = {node, left};
}

void IntMapIterator::next() {
  while (depth_ > 0) {
    Level& level = levels_[depth_ - 1];
    if (level.left == 0) {
      --depth_;
      continue;
    }
    const auto digit = static_cast<unsigned>(descending_ ? 31 - std::countl_zero(level.left)
                                                         : std::countr_zero(level.left));
    const std::uint32_t bit = bit_of(digit);
    level.left &= ~bit;
    if ((level.node->node_map & bit) != 0) {
      enter(*int_map_child(level.node, bit));
      continue;
    }
    at_ = int_map_entry(level.node, bit);
    const std::uint64_t key = key_of(*pin_, *at_);
    if (key >= from_ && key <= to_) return;
  }
  at_ = nullptr;
}

}  // namespace yin::substrate
