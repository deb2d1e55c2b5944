// Vectors, lists, maps and sets: making, looking up, changing. Results are eager and persistent.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::boolean_word;
using substrate::kNil;
using substrate::List;
using substrate::Map;
using substrate::MapEntry;
using substrate::Set;
using substrate::SortedMap;
using substrate::SortedSet;
using substrate::Vector;
using substrate::Word;

namespace {

constexpr std::uint64_t kPathWords = 13 * 34;  // at most copied by one change of a map or set

Word outside(PrimitiveContext& c, std::string_view name, std::int64_t index, std::uint64_t count) {
  return c.fail("index", std::string(name) + ": index " + std::to_string(index) +
                             " is outside a sequence of " + std::to_string(count));
}

// ------------------------------------------------------------------------------------ making

Word vector(PrimitiveContext& c, Arguments a) { return Vector::from(c.edit, a).word; }
Word list(PrimitiveContext& c, Arguments a) { return List::from(c.edit, a).word; }
Word hash_set(PrimitiveContext& c, Arguments a) { return Set::from(c.edit, a).word; }

Word hash_map(PrimitiveContext& c, Arguments a) {
  if (a.size() % 2 != 0) return c.fail("argument", "hash-map needs keys and values in pairs");
  std::vector<MapEntry> entries;
  for (std::size_t i = 0; i < a.size(); i += 2) entries.push_back({a[i], a[i + 1]});
  return Map::from(c.edit, entries).word;
}

Word to_vector(PrimitiveContext& c, Arguments a) {
  if (Vector::is(a[0])) return a[0];
  std::vector<Word> items;
  if (!collect(c, "vec", a[0], items)) return kSignalled;
  return Vector::from(c.edit, items).word;
}

Word to_set(PrimitiveContext& c, Arguments a) {
  if (Set::is(a[0])) return a[0];
  std::vector<Word> items;
  if (!collect(c, "set", a[0], items)) return kSignalled;
  return Set::from(c.edit, items).word;
}

Word zip_map(PrimitiveContext& c, Arguments a) {
  std::vector<Word> keys, values;
  if (!collect(c, "zipmap", a[0], keys) || !collect(c, "zipmap", a[1], values)) return kSignalled;
  std::vector<MapEntry> entries;
  for (std::size_t i = 0; i < std::min(keys.size(), values.size()); ++i) {
    entries.push_back({keys[i], values[i]});
  }
  return Map::from(c.edit, entries).word;
}

// ------------------------------------------------------------------------------------ looking up

// The number of characters of a string.
std::uint64_t character_count(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      text, [](char b) { return (static_cast<unsigned char>(b) & 0xc0) != 0x80; }));
}

// False when `w` cannot be counted.
bool count_of(PrimitiveContext& c, Word w, std::uint64_t& out) {
  const substrate::Pin& pin = c.pin();
  if (substrate::is_nil(w)) return out = 0, true;
  if (Vector::is(w)) return out = Vector{w}.count(pin), true;
  if (List::is(w)) return out = List{w}.count(pin), true;
  if (Map::is(w)) return out = Map{w}.count(pin), true;
  if (Set::is(w)) return out = Set{w}.count(pin), true;
  if (SortedMap::is(w)) return out = SortedMap{w}.count(pin), true;
  if (SortedSet::is(w)) return out = SortedSet{w}.count(pin), true;
  if (substrate::is_string(w)) {
    return out = character_count(substrate::StringView(pin, w).view()), true;
  }
  return false;
}

Word count(PrimitiveContext& c, Arguments a) {
  std::uint64_t n;
  if (!count_of(c, a[0], n)) return c.wrong_type("count", a[0], "a collection");
  return substrate::int_word(static_cast<std::int64_t>(n));
}

Word empty(PrimitiveContext& c, Arguments a) {
  if (substrate::is_string(a[0]))
    return boolean_word(substrate::StringView(c.pin(), a[0]).view().empty());
  std::uint64_t n;
  if (!count_of(c, a[0], n)) return c.wrong_type("empty?", a[0], "a collection");
  return boolean_word(n == 0);
}

Word not_empty(PrimitiveContext& c, Arguments a) {
  std::uint64_t n;
  if (!count_of(c, a[0], n)) return c.wrong_type("not-empty", a[0], "a collection");
  return n == 0 ? kNil : a[0];
}

// The item at `index`, kAbsent outside; kSignalled when `w` has no positions.
Word item_at(PrimitiveContext& c, std::string_view name, Word w, std::int64_t index) {
  const substrate::Pin& pin = c.pin();
  if (Vector::is(w)) {
    const bool inside = index >= 0 && static_cast<std::uint64_t>(index) < Vector{w}.count(pin);
    return inside ? Vector{w}.nth(pin, static_cast<std::uint64_t>(index)) : substrate::kAbsent;
  }
  if (!List::is(w) && !substrate::is_string(w) && !substrate::is_nil(w)) {
    return c.wrong_type(name, w, "a vector, list or string");
  }
  if (index < 0) return substrate::kAbsent;
  Word found = substrate::kAbsent;
  each_item(c, w, [&](Word item) {
    if (index-- != 0) return true;
    found = item;
    return false;
  });
  return found;
}

Word nth(PrimitiveContext& c, Arguments a) {
  std::int64_t index;
  if (!integer_argument(c, "nth", a[1], index)) return kSignalled;
  const Word found = item_at(c, "nth", a[0], index);
  if (!substrate::is_absent(found)) return found;
  if (a.size() == 3) return a[2];
  if (substrate::is_nil(a[0])) return kNil;
  std::uint64_t n = 0;
  count_of(c, a[0], n);
  return outside(c, "nth", index, n);
}

Word get(PrimitiveContext& c, Arguments a) {
  const Word found = find_in(c, a[0], a[1]);
  if (!substrate::is_absent(found)) return found;
  return a.size() == 3 ? a[2] : kNil;
}

Word find_entry(PrimitiveContext& c, Arguments a) {
  const Word found = find_in(c, a[0], a[1]);
  if (found == kSignalled) return found;
  return substrate::is_absent(found) ? kNil : entry_vector(c.edit, {a[1], found});
}

Word get_in(PrimitiveContext& c, Arguments a) {
  std::vector<Word> path;
  if (!collect(c, "get-in", a[1], path)) return kSignalled;
  Word at = a[0];
  for (const Word key : path) {
    at = find_in(c, substrate::bare(c.pin(), at), key);
    if (at == kSignalled) return at;
    if (substrate::is_absent(at)) return a.size() == 3 ? a[2] : kNil;
  }
  return at;
}

Word contains(PrimitiveContext& c, Arguments a) {
  const Word w = a[0];
  if (substrate::is_nil(w)) return substrate::kFalse;
  if (!is_map(w) && !is_set(w) && !Vector::is(w) && !substrate::is_string(w)) {
    return c.wrong_type("contains?", w, "a map, set, vector or string");
  }
  const Word found = find_in(c, w, a[1]);
  return found == kSignalled ? found : boolean_word(!substrate::is_absent(found));
}

Word keys_or_values(PrimitiveContext& c, std::string_view name, Word w, bool keys) {
  if (substrate::is_nil(w)) return kNil;
  if (!is_map(w)) return c.wrong_type(name, w, "a map");
  std::vector<Word> items;
  const auto take = [&](const MapEntry& e) { items.push_back(keys ? e.key : e.value); };
  if (Map::is(w)) {
    for (substrate::MapIterator it(c.pin(), {w}); !it.done(); it.next()) take(it.entry());
  } else {
    for (substrate::SortedMapIterator it(c.pin(), {w}); !it.done(); it.next()) take(it.entry());
  }
  return list_of(c, items);
}
Word keys(PrimitiveContext& c, Arguments a) { return keys_or_values(c, "keys", a[0], true); }
Word values(PrimitiveContext& c, Arguments a) { return keys_or_values(c, "vals", a[0], false); }

Word entry_part(PrimitiveContext& c, std::string_view name, Word w, std::uint64_t index) {
  if (!Vector::is(w) || Vector{w}.count(c.pin()) != 2) return c.wrong_type(name, w, "an entry");
  return Vector{w}.nth(c.pin(), index);
}
Word entry_key(PrimitiveContext& c, Arguments a) { return entry_part(c, "key", a[0], 0); }
Word entry_value(PrimitiveContext& c, Arguments a) { return entry_part(c, "val", a[0], 1); }

// ------------------------------------------------------------------------------------ changing

// The sorted map or set, with its order; nullopt after telling the context that nobody knows it.
template <class Sorted>
std::optional<Sorted> opened(PrimitiveContext& c, Word w) {
  auto sorted = Sorted::open(c.pin(), w);
  if (sorted.ok()) return *sorted;
  c.fail("argument", sorted.status().message());
  return std::nullopt;
}

// The same for one that is to get the key.
template <class Sorted>
std::optional<Sorted> opened_for(PrimitiveContext& c, Word w, Word key) {
  if (substrate::is_orderable(c.pin(), key)) return opened<Sorted>(c, w);
  c.wrong_type("a sorted collection", key, "keys that have an order");
  return std::nullopt;
}

// `made`, with the metadata of what it was made from.
Word with_meta_of(PrimitiveContext& c, Word from, Word made) {
  const Word meta = substrate::meta_of(c.pin(), from);
  return substrate::is_nil(meta) ? made : substrate::with_meta(c.edit, made, meta);
}

Word assoc_one(PrimitiveContext& c, Word w, Word key, Word value) {
  if (substrate::is_nil(w)) w = substrate::kEmptyMap;
  if (Map::is(w)) return Map{w}.assoc(c.edit, key, value).word;
  if (SortedMap::is(w)) {
    const auto sorted = opened_for<SortedMap>(c, w, key);
    return sorted ? sorted->assoc(c.edit, key, value).word : kSignalled;
  }
  if (!Vector::is(w)) return c.wrong_type("assoc", w, "a map or vector");
  std::int64_t index;
  if (!integer_argument(c, "assoc", key, index)) return kSignalled;
  const std::uint64_t n = Vector{w}.count(c.pin());
  if (index < 0 || static_cast<std::uint64_t>(index) > n) return outside(c, "assoc", index, n);
  return Vector{w}.assoc(c.edit, static_cast<std::uint64_t>(index), value).word;
}

Word assoc(PrimitiveContext& c, Arguments a) {
  if (a.size() % 2 == 0) return c.fail("argument", "assoc needs keys and values in pairs");
  Word w = a[0];
  for (std::size_t i = 1; i < a.size() && w != kSignalled; i += 2)
    w = assoc_one(c, w, a[i], a[i + 1]);
  return w;
}

Word assoc_in(PrimitiveContext& c, Arguments a) {
  std::vector<Word> path, level;
  if (!collect(c, "assoc-in", a[1], path)) return kSignalled;
  if (path.empty()) path.push_back(kNil);  // as Clojure: (assoc-in m [] v) is (assoc m nil v)
  Word at = a[0];
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    level.push_back(at);
    at = find_in(c, substrate::bare(c.pin(), at), path[i]);
    if (at == kSignalled) return at;
    if (substrate::is_absent(at)) at = kNil;
  }
  level.push_back(at);
  Word value = a[2];
  for (std::size_t i = path.size(); i-- > 0 && value != kSignalled;) {
    const Word whole = assoc_one(c, substrate::bare(c.pin(), level[i]), path[i], value);
    value = whole == kSignalled ? whole : with_meta_of(c, level[i], whole);
  }
  return value;
}

Word dissoc(PrimitiveContext& c, Arguments a) {
  if (substrate::is_nil(a[0])) return kNil;
  if (SortedMap::is(a[0])) {
    auto sorted = opened<SortedMap>(c, a[0]);
    if (!sorted) return kSignalled;
    for (const Word key : a.subspan(1)) sorted = sorted->dissoc(c.edit, key);
    return sorted->word;
  }
  if (!Map::is(a[0])) return c.wrong_type("dissoc", a[0], "a map");
  Map m{a[0]};
  for (const Word key : a.subspan(1)) m = m.dissoc(c.edit, key);
  return m.word;
}

// Of a set, hashed or sorted.
Word disj_one(PrimitiveContext& c, Word set, Word item) {
  if (Set::is(set)) return Set{set}.disj(c.edit, item).word;
  const auto sorted = opened<SortedSet>(c, set);
  return sorted ? sorted->disj(c.edit, item).word : kSignalled;
}

Word disj(PrimitiveContext& c, Arguments a) {
  if (substrate::is_nil(a[0])) return kNil;
  if (!is_set(a[0])) return c.wrong_type("disj", a[0], "a set");
  Word set = a[0];
  for (std::size_t i = 1; i < a.size() && set != kSignalled; ++i) set = disj_one(c, set, a[i]);
  return set;
}

// kSignalled when there is no room.
Word merge_into(PrimitiveContext& c, Word into, Word from) {
  if (into == substrate::kEmptyMap && Map::is(from)) return from;
  const auto put = [&](const MapEntry& entry) {
    into =
        has_room(c, "merge", kPathWords) ? assoc_one(c, into, entry.key, entry.value) : kSignalled;
    return into != kSignalled;
  };
  if (Map::is(from)) {
    for (substrate::MapIterator it(c.pin(), {from}); !it.done() && put(it.entry());) it.next();
  } else {
    for (substrate::SortedMapIterator it(c.pin(), {from}); !it.done() && put(it.entry());) {
      it.next();
    }
  }
  return into;
}

Word conj_map(PrimitiveContext& c, Word map, Word item) {
  item = substrate::bare(c.pin(), item);
  if (substrate::is_nil(item)) return map;
  if (is_map(item)) return merge_into(c, map, item);
  if (!Vector::is(item) || Vector{item}.count(c.pin()) != 2) {
    return c.wrong_type("conj onto a map", item, "a [key value] vector or a map");
  }
  const Vector entry{item};
  return assoc_one(c, map, entry.nth(c.pin(), 0), entry.nth(c.pin(), 1));
}

Word conj_one(PrimitiveContext& c, Word w, Word item) {
  if (Vector::is(w)) return Vector{w}.conj(c.edit, item).word;
  if (substrate::is_nil(w)) w = substrate::kEmptyList;
  if (List::is(w)) return List{w}.push(c.edit, item).word;
  if (Set::is(w)) return Set{w}.conj(c.edit, item).word;
  if (is_map(w)) return conj_map(c, w, item);
  if (SortedSet::is(w)) {
    const auto sorted = opened_for<SortedSet>(c, w, item);
    return sorted ? sorted->conj(c.edit, item).word : kSignalled;
  }
  return c.wrong_type("conj", w, "a collection");
}

Word conj(PrimitiveContext& c, Arguments a) {
  if (a.empty()) return substrate::kEmptyVector;
  Word w = a[0];
  for (std::size_t i = 1; i < a.size() && w != kSignalled; ++i) w = conj_one(c, w, a[i]);
  return w;
}

// Into an empty collection at once, else item by item.
Word into(PrimitiveContext& c, Arguments a) {
  if (a.empty()) return substrate::kEmptyVector;
  if (a.size() == 1) return a[0];
  std::vector<Word> items;
  if (!collect(c, "into", a[1], items)) return kSignalled;
  Word w = a[0];
  if (w == substrate::kEmptyVector) return Vector::from(c.edit, items).word;
  if (w == substrate::kEmptySet) return Set::from(c.edit, items).word;
  for (const Word item : items) {
    if (!has_room(c, "into", kPathWords)) return kSignalled;
    w = conj_one(c, w, item);
    if (w == kSignalled) break;
  }
  return w;
}

Word merge(PrimitiveContext& c, Arguments a) {
  Word merged = kNil;
  for (const Word from : a) {
    const Word w = substrate::bare(c.pin(), from);
    if (substrate::is_nil(w)) continue;
    if (!is_map(w)) return c.wrong_type("merge", w, "maps");
    merged = substrate::is_nil(merged) ? w : merge_into(c, merged, w);
    if (merged == kSignalled) break;
  }
  return merged;
}

Word select_keys(PrimitiveContext& c, Arguments a) {
  std::vector<Word> wanted;
  if (!collect(c, "select-keys", a[1], wanted)) return kSignalled;
  Map chosen;
  for (const Word key : wanted) {
    const Word found = find_in(c, a[0], key);
    if (found == kSignalled) return found;
    if (!substrate::is_absent(found)) chosen = chosen.assoc(c.edit, key, found);
  }
  return chosen.word;
}

Word peek(PrimitiveContext& c, Arguments a) {
  if (substrate::is_nil(a[0])) return kNil;
  if (Vector::is(a[0])) {
    const std::uint64_t n = Vector{a[0]}.count(c.pin());
    return n == 0 ? kNil : Vector{a[0]}.nth(c.pin(), n - 1);
  }
  if (List::is(a[0])) return a[0] == substrate::kEmptyList ? kNil : List{a[0]}.first(c.pin());
  return c.wrong_type("peek", a[0], "a vector or list");
}

Word pop(PrimitiveContext& c, Arguments a) {
  const Word w = a[0];
  if (w == substrate::kEmptyVector || w == substrate::kEmptyList) {
    return c.fail("index", "pop: the collection is empty");
  }
  if (Vector::is(w)) return Vector{w}.pop(c.edit).word;
  if (List::is(w)) return List{w}.rest(c.edit).word;
  return substrate::is_nil(w) ? kNil : c.wrong_type("pop", w, "a vector or list");
}

Word sub_vector(PrimitiveContext& c, Arguments a) {
  if (!Vector::is(a[0])) return c.wrong_type("subvec", a[0], "a vector");
  const std::uint64_t n = Vector{a[0]}.count(c.pin());
  std::uint64_t from, to = n;
  if (!count_argument(c, "subvec", a[1], from)) return kSignalled;
  if (a.size() == 3 && !count_argument(c, "subvec", a[2], to)) return kSignalled;
  if (from > to || to > n) {
    return outside(c, "subvec", static_cast<std::int64_t>(from > to ? from : to), n);
  }
  std::vector<Word> items;
  for (std::uint64_t i = from; i < to;) {
    for (const Word item : Vector{a[0]}.chunk(c.pin(), i)) {
      if (i++ == to) break;
      items.push_back(item);
    }
  }
  items.resize(static_cast<std::size_t>(to - from));
  return Vector::from(c.edit, items).word;
}

Word empty_like(PrimitiveContext& c, Arguments a) {
  if (SortedMap::is(a[0])) {
    const auto sorted = opened<SortedMap>(c, a[0]);
    return sorted ? SortedMap::empty(c.edit, sorted->order).word : kSignalled;
  }
  if (SortedSet::is(a[0])) {
    const auto sorted = opened<SortedSet>(c, a[0]);
    return sorted ? SortedSet::empty(c.edit, sorted->order).word : kSignalled;
  }
  if (Vector::is(a[0])) return substrate::kEmptyVector;
  if (List::is(a[0])) return substrate::kEmptyList;
  if (Map::is(a[0])) return substrate::kEmptyMap;
  return Set::is(a[0]) ? substrate::kEmptySet : kNil;
}

Word same(PrimitiveContext&, Arguments a) { return a[0]; }

// ------------------------------------------------------------------------------------ metadata

Word meta(PrimitiveContext& c, Arguments a) { return substrate::meta_of(c.pin(), a[0]); }

Word with_meta(PrimitiveContext& c, Arguments a) {
  const Word value = substrate::bare(c.pin(), a[0]);
  const Word meta = substrate::bare(c.pin(), a[1]);
  if (!substrate::takes_meta(value))
    return c.wrong_type("with-meta", value, "a collection or symbol");
  if (!substrate::is_nil(meta) && !Map::is(meta))
    return c.wrong_type("with-meta", meta, "a hash map or nil as metadata");
  return substrate::with_meta(c.edit, value, meta);
}

// ------------------------------------------------------------------------------------ sets

Word union_of(PrimitiveContext& c, Arguments a) {
  std::vector<Word> items;
  for (const Word w : a) {
    if (!collect(c, "union", w, items)) return kSignalled;
  }
  if (a.empty() || !SortedSet::is(a[0])) return Set::from(c.edit, items).word;
  Word sorted = a[0];
  for (std::size_t i = 0; i < items.size() && sorted != kSignalled; ++i) {
    sorted = has_room(c, "union", kPathWords) ? conj_one(c, sorted, items[i]) : kSignalled;
  }
  return sorted;
}

Word filter_set(PrimitiveContext& c, std::string_view name, Arguments a, bool keep) {
  if (substrate::is_nil(a[0])) return kNil;
  if (!is_set(a[0])) return c.wrong_type(name, a[0], "sets");
  std::vector<Word> items;
  if (!collect(c, name, a[0], items)) return kSignalled;
  Word left = a[0];
  for (const Word other : a.subspan(1)) {
    if (substrate::is_nil(other) && !keep) continue;
    if (substrate::is_nil(other)) return kNil;
    if (!is_set(other)) return c.wrong_type(name, other, "sets");
    for (const Word item : items) {
      const Word found = find_in(c, other, item);
      if (found == kSignalled || !has_room(c, name, kPathWords)) return kSignalled;
      if (substrate::is_absent(found) == keep) left = disj_one(c, left, item);
      if (left == kSignalled) return left;
    }
  }
  return left;
}
Word intersection_of(PrimitiveContext& c, Arguments a) {
  return filter_set(c, "intersection", a, true);
}
Word difference_of(PrimitiveContext& c, Arguments a) {
  return filter_set(c, "difference", a, false);
}

Word subset(PrimitiveContext& c, std::string_view name, Word small, Word large) {
  if (substrate::is_nil(small)) return substrate::kTrue;
  if (!is_set(small) || (!is_set(large) && !substrate::is_nil(large))) {
    return c.wrong_type(name, is_set(small) ? large : small, "sets");
  }
  std::vector<Word> items;
  if (!collect(c, name, small, items)) return kSignalled;
  for (const Word item : items) {
    const Word found = find_in(c, large, item);
    if (found == kSignalled) return found;
    if (substrate::is_absent(found)) return substrate::kFalse;
  }
  return substrate::kTrue;
}
Word is_subset(PrimitiveContext& c, Arguments a) { return subset(c, "subset?", a[0], a[1]); }
Word is_superset(PrimitiveContext& c, Arguments a) { return subset(c, "superset?", a[1], a[0]); }

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"vector", 0, kAnyCount, vector, PrimitiveKind::kPlain, Metadata::kAll},
    {"list", 0, kAnyCount, list, PrimitiveKind::kPlain, Metadata::kAll},
    {"hash-map", 0, kAnyCount, hash_map, PrimitiveKind::kPlain, Metadata::kAll},
    {"array-map", 0, kAnyCount, hash_map, PrimitiveKind::kPlain, Metadata::kAll},
    {"hash-set", 0, kAnyCount, hash_set, PrimitiveKind::kPlain, Metadata::kAll},
    {"vec", 1, 1, to_vector},
    {"set", 1, 1, to_set},
    {"zipmap", 2, 2, zip_map},
    {"count", 1, 1, count},
    {"empty?", 1, 1, empty},
    {"not-empty", 1, 1, not_empty, PrimitiveKind::kPlain, Metadata::kKept},
    {"nth", 2, 3, nth, PrimitiveKind::kPlain, Metadata::kFirst},
    {"get", 2, 3, get, PrimitiveKind::kPlain, Metadata::kFirst},
    {"get-in", 2, 3, get_in, PrimitiveKind::kPlain, Metadata::kFirst},
    {"find", 2, 2, find_entry, PrimitiveKind::kPlain, Metadata::kFirst},
    {"contains?", 2, 2, contains, PrimitiveKind::kPlain, Metadata::kFirst},
    {"keys", 1, 1, keys},
    {"vals", 1, 1, values},
    {"key", 1, 1, entry_key},
    {"val", 1, 1, entry_value},
    {"assoc", 1, kAnyCount, assoc, PrimitiveKind::kPlain, Metadata::kKept},
    {"assoc-in", 3, 3, assoc_in, PrimitiveKind::kPlain, Metadata::kKept},
    {"dissoc", 1, kAnyCount, dissoc, PrimitiveKind::kPlain, Metadata::kKept},
    {"disj", 1, kAnyCount, disj, PrimitiveKind::kPlain, Metadata::kKept},
    {"conj", 0, kAnyCount, conj, PrimitiveKind::kPlain, Metadata::kKept},
    {"into", 0, 2, into, PrimitiveKind::kPlain, Metadata::kKept},
    {"merge", 0, kAnyCount, merge, PrimitiveKind::kPlain, Metadata::kKept},
    {"select-keys", 2, 2, select_keys, PrimitiveKind::kPlain, Metadata::kKept},
    {"peek", 1, 1, peek},
    {"pop", 1, 1, pop, PrimitiveKind::kPlain, Metadata::kKept},
    {"subvec", 2, 3, sub_vector},
    {"empty", 1, 1, empty_like, PrimitiveKind::kPlain, Metadata::kKept},
    {"union", 0, kAnyCount, union_of},
    {"intersection", 1, kAnyCount, intersection_of},
    {"difference", 1, kAnyCount, difference_of},
    {"subset?", 2, 2, is_subset},
    {"transient", 1, 1,
     same},  // what changes in place in Clojure makes a new collection here, to the same result
    {"persistent!", 1, 1, same},
    {"conj!", 0, kAnyCount, conj, PrimitiveKind::kPlain, Metadata::kFirst},
    {"assoc!", 1, kAnyCount, assoc, PrimitiveKind::kPlain, Metadata::kFirst},
    {"dissoc!", 1, kAnyCount, dissoc},
    {"disj!", 1, kAnyCount, disj, PrimitiveKind::kPlain, Metadata::kFirst},
    {"pop!", 1, 1, pop},
    {"superset?", 2, 2, is_superset},
    {"yin/into", 0, 2, into, PrimitiveKind::kPlain,
     Metadata::kKept},  // the prelude's own take a transducer too
    {"meta", 1, 1, meta, PrimitiveKind::kPlain, Metadata::kAll},
    {"with-meta", 2, 2, with_meta, PrimitiveKind::kPlain, Metadata::kAll},
};

}  // namespace

std::span<const Primitive> collection_primitives() { return with_bare_arguments<kTable>(); }

Word find_in(PrimitiveContext& c, Word w, Word key) {
  if (Map::is(w)) return Map{w}.find(c.pin(), key);
  if (Set::is(w)) return Set{w}.contains(c.pin(), key) ? key : substrate::kAbsent;
  if ((Vector::is(w) || substrate::is_string(w)) && substrate::is_int(key)) {
    return item_at(c, "get", w, substrate::to_int(c.pin(), key));
  }
  if (SortedMap::is(w)) {
    const auto sorted = opened<SortedMap>(c, w);
    return sorted ? sorted->find(c.pin(), key) : kSignalled;
  }
  if (SortedSet::is(w)) {
    const auto sorted = opened<SortedSet>(c, w);
    if (!sorted) return kSignalled;
    return sorted->contains(c.pin(), key) ? key : substrate::kAbsent;
  }
  return substrate::kAbsent;
}

Word entry_vector(substrate::Edit& edit, const MapEntry& entry) {
  const Word pair[] = {entry.key, entry.value};
  return Vector::from(edit, pair).word;
}

Word call_bare(PrimitiveContext& c, PrimitiveFunction function, Metadata metadata, Arguments a) {
  const substrate::Pin& pin = c.pin();
  std::vector<Word> words(a.begin(), a.end());
  const std::size_t first = metadata == Metadata::kLast ? a.size() - 1 : 0;
  const std::size_t end =
      metadata == Metadata::kFirst || metadata == Metadata::kKept ? 1 : a.size();
  for (std::size_t i = first; i < end; ++i) words[i] = substrate::bare(pin, words[i]);
  const Word made = function(c, words);
  const bool keeps = metadata == Metadata::kKept && made != kSignalled &&
                     substrate::takes_meta(made) && !substrate::is_annotated(made);
  return keeps ? with_meta_of(c, a[0], made) : made;
}

bool has_room(PrimitiveContext& c, std::string_view name, std::uint64_t count) {
  constexpr std::uint64_t kSpare = std::uint64_t{256} << 10;
  constexpr std::uint64_t kBytesAWord = 12;  // of a list, the least dense of what is made of words
  const std::uint64_t room = c.edit.room_bytes();
  if (room > kSpare && (room - kSpare) / kBytesAWord >= count) return true;
  c.fail("memory",
         std::string(name) + " needs more memory than one step may use; do it in smaller parts");
  return false;
}

std::uint64_t words_of(PrimitiveContext& c, Word w) {
  constexpr std::uint64_t kEntryWords = 5;  // the vector that is made of it, and its place
  const substrate::Pin& pin = c.pin();
  w = substrate::bare(pin, w);
  if (Vector::is(w)) return Vector{w}.count(pin);
  if (List::is(w)) return List{w}.count(pin);
  if (Set::is(w)) return Set{w}.count(pin);
  if (SortedSet::is(w)) return SortedSet{w}.count(pin);
  if (Map::is(w)) return Map{w}.count(pin) * kEntryWords;
  if (SortedMap::is(w)) return SortedMap{w}.count(pin) * kEntryWords;
  return substrate::is_string(w) ? substrate::StringView(pin, w).view().size() : 0;
}

bool collect(PrimitiveContext& c, std::string_view name, Word w, std::vector<Word>& items) {
  const std::uint64_t words = words_of(c, w);  // as many for a result of the same size
  if (!has_room(c, name, words)) return false;
  if (items.empty()) items.reserve(words);
  if (each_item(c, w, [&](Word item) { return items.push_back(item), true; })) return true;
  c.wrong_type(name, w, "a sequence");
  return false;
}

Word list_of(PrimitiveContext& c, std::span<const Word> items) {
  return items.empty() ? kNil : List::from(c.edit, items).word;
}

}  // namespace yin::vm::internal
