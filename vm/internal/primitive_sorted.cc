// Sorted maps and sets. An order is one the domain knows by name, since a collection outlives the
// process that made it: that of `compare`, or that descending.

#include <array>
#include <string>
#include <vector>

#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::MapEntry;
using substrate::Order;
using substrate::SortedMap;
using substrate::SortedSet;
using substrate::Word;

namespace {

bool is_primitive_named(Word w, std::string_view name) {
  return w == substrate::primitive_word(builtin::number_of(name));
}

// The order that a comparator stands for; false after telling the context that there is none.
bool order_argument(PrimitiveContext& c, std::string_view name, Word w, Order& out) {
  if (is_primitive_named(w, "compare") || is_primitive_named(w, "<")) {
    out = substrate::natural_order();
    return true;
  }
  if (is_primitive_named(w, ">")) {
    out = substrate::reverse_order();
    return true;
  }
  c.fail("unsupported", std::string(name) +
                            ": the order must be `compare`, `<` or `>`; a function of the program "
                            "is no order that other processes know");
  return false;
}

bool check_orderable(PrimitiveContext& c, std::string_view name, Word key) {
  if (substrate::is_orderable(c.pin(), key)) return true;
  c.wrong_type(name, key, "keys that have an order");
  return false;
}

Word make_map(PrimitiveContext& c, std::string_view name, const Order& order, Arguments a) {
  if (a.size() % 2 != 0) {
    return c.fail("argument", std::string(name) + " needs keys and values in pairs");
  }
  std::vector<MapEntry> entries;
  for (std::size_t i = 0; i < a.size(); i += 2) {
    if (!check_orderable(c, name, a[i])) return kSignalled;
    entries.push_back({a[i], a[i + 1]});
  }
  return SortedMap::from(c.edit, entries, order).word;
}

Word make_set(PrimitiveContext& c, std::string_view name, const Order& order, Arguments a) {
  for (const Word item : a) {
    if (!check_orderable(c, name, item)) return kSignalled;
  }
  return SortedSet::from(c.edit, a, order).word;
}

Word sorted_map(PrimitiveContext& c, Arguments a) {
  return make_map(c, "sorted-map", substrate::natural_order(), a);
}
Word sorted_set(PrimitiveContext& c, Arguments a) {
  return make_set(c, "sorted-set", substrate::natural_order(), a);
}
Word sorted_map_by(PrimitiveContext& c, Arguments a) {
  Order order;
  if (!order_argument(c, "sorted-map-by", a[0], order)) return kSignalled;
  return make_map(c, "sorted-map-by", order, a.subspan(1));
}
Word sorted_set_by(PrimitiveContext& c, Arguments a) {
  Order order;
  if (!order_argument(c, "sorted-set-by", a[0], order)) return kSignalled;
  return make_set(c, "sorted-set-by", order, a.subspan(1));
}

// Narrows the range by one test of subseq: (< key) and so on, in the collection's own order.
bool narrow(PrimitiveContext& c, std::string_view name, Word test, Word key,
            substrate::KeyRange& range) {
  const bool open = is_primitive_named(test, "<") || is_primitive_named(test, ">");
  if (is_primitive_named(test, ">") || is_primitive_named(test, ">=")) {
    range.from = key;
    range.with_from = !open;
    return true;
  }
  if (is_primitive_named(test, "<") || is_primitive_named(test, "<=")) {
    range.to = key;
    range.with_to = !open;
    return true;
  }
  c.fail("argument", std::string(name) + ": a test is one of < <= > >=");
  return false;
}

// (subseq coll test key), (subseq coll from-test from to-test to)
Word part(PrimitiveContext& c, std::string_view name, Arguments a, substrate::Direction direction) {
  if (a.size() == 4) return c.fail("arity", std::string(name) + " takes 3 or 5 arguments, got 4");
  substrate::KeyRange range;
  for (std::size_t i = 1; i < a.size(); i += 2) {
    if (!narrow(c, name, a[i], a[i + 1], range)) return kSignalled;
  }
  std::vector<Word> items;
  if (SortedMap::is(a[0])) {
    const auto map = SortedMap::open(c.pin(), a[0]);
    if (!map.ok()) return c.fail("argument", map.status().message());
    if (!has_room(c, name, map->count(c.pin()) * 6)) return kSignalled;
    for (substrate::SortedMapIterator it(c.pin(), *map, range, direction); !it.done(); it.next()) {
      items.push_back(entry_vector(c.edit, it.entry()));
    }
  } else if (SortedSet::is(a[0])) {
    const auto set = SortedSet::open(c.pin(), a[0]);
    if (!set.ok()) return c.fail("argument", set.status().message());
    if (!has_room(c, name, set->count(c.pin()) * 2)) return kSignalled;
    for (substrate::SortedSetIterator it(c.pin(), *set, range, direction); !it.done(); it.next()) {
      items.push_back(it.item());
    }
  } else {
    return c.wrong_type(name, a[0], "a sorted map or set");
  }
  return list_of(c, items);
}
Word ascending_part(PrimitiveContext& c, Arguments a) {
  return part(c, "subseq", a, substrate::Direction::kAscending);
}
Word descending_part(PrimitiveContext& c, Arguments a) {
  return part(c, "rsubseq", a, substrate::Direction::kDescending);
}

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"sorted-map", 0, kAnyCount, sorted_map, PrimitiveKind::kPlain, Metadata::kAll},
    {"sorted-map-by", 1, kAnyCount, sorted_map_by, PrimitiveKind::kPlain, Metadata::kAll},
    {"sorted-set", 0, kAnyCount, sorted_set, PrimitiveKind::kPlain, Metadata::kAll},
    {"sorted-set-by", 1, kAnyCount, sorted_set_by, PrimitiveKind::kPlain, Metadata::kAll},
    {"subseq", 3, 5, ascending_part},
    {"rsubseq", 3, 5, descending_part},
};

}  // namespace

std::span<const Primitive> sorted_primitives() { return with_bare_arguments<kTable>(); }

}  // namespace yin::vm::internal
