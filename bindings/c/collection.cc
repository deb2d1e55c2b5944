// Collections: one set of verbs over all kinds.
//
// Every verb takes metadata off first and puts it back on what it gives, as Clojure's do.

#include <algorithm>
#include <span>
#include <variant>
#include <vector>

#include "substrate/diff.h"
#include "substrate/int_map.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/nursery.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/transient.h"
#include "substrate/vector.h"
#include "bindings/c/domain.h"

namespace {

namespace core = yin::substrate;
using core::is_small_int;
using core::kAbsent;
using core::small_int;
using yin::c::Edit;
using yin::c::edit_of;
using yin::c::fail;
using yin::c::is_value;
using yin::c::no_value;
using yin::c::Pin;
using yin::c::pin_of;
using yin::c::Word;
using yin::c::wrong_type;

std::span<const Word> words_of(const yin_word* words, std::size_t count) {
  static_assert(sizeof(Word) == sizeof(yin_word));
  return {reinterpret_cast<const Word*>(words), count};
}
std::span<const core::MapEntry> entries_of(const yin_word* words, std::size_t count) {
  static_assert(sizeof(core::MapEntry) == 2 * sizeof(yin_word));
  return {reinterpret_cast<const core::MapEntry*>(words), count};
}

// The new collection, with the metadata that the old one had.
yin_status give(yin_word* out, Edit& edit, yin_word old, Word made) {
  const Word meta = core::meta_of(edit.pin(), Word{old});
  *out = (is_nil(meta) ? made : core::with_meta(edit, made, meta)).bits;
  return YIN_OK;
}

yin_status no_key(yin_error* error, Word key) {
  return wrong_type(error, "a sorted collection needs keys with a lasting order", key);
}
yin_status no_index(yin_error* error) {
  return fail(error, YIN_OUT_OF_RANGE, "there is no such index");
}
bool is_index(Word key, std::uint64_t bound) {
  return is_small_int(key) && small_int(key) >= 0 &&
         static_cast<std::uint64_t>(small_int(key)) < bound;
}

std::uint64_t index_of(Word key) { return static_cast<std::uint64_t>(small_int(key)); }

// The shape of a collection that can be counted and gone through.
struct Counted {
  bool is = true;
  std::uint64_t count = 0;
};
Counted count_of(const Pin& pin, Word w) {
  if (core::Map::is(w)) return {.count = core::Map{w}.count(pin)};
  if (core::Vector::is(w)) return {.count = core::Vector{w}.count(pin)};
  if (core::Set::is(w)) return {.count = core::Set{w}.count(pin)};
  if (core::List::is(w)) return {.count = core::List{w}.count(pin)};
  if (core::SortedMap::is(w)) return {.count = sorted_root(pin, w).count};
  if (core::SortedSet::is(w)) return {.count = sorted_root(pin, w).count};
  if (core::IntMap::is(w)) return {.count = core::IntMap{w}.count(pin)};
  if (core::Queue::is(w)) return {.count = core::Queue{w}.count(pin)};
  if (core::is_string(w)) return {.count = core::StringView(pin, w).view().size()};
  if (core::is_bytes(w)) return {.count = core::bytes_of(pin, w).size()};
  if (is_nil(w)) return {};
  return {.is = false};
}

// A transient and what it takes, for yin_update_many().
Word update_map(Edit& edit, core::Map map, std::span<const core::MapEntry> entries) {
  core::TransientMap building(edit, map);
  for (const auto& [key, value] : entries) {
    if (is_absent(value)) {
      building.dissoc(key);
    } else {
      building.assoc(key, value);
    }
  }
  return building.persistent().word;
}

yin_status update_vector(Edit& edit, core::Vector vector, std::span<const core::MapEntry> entries,
                         Word& out, yin_error* error) {
  core::TransientVector building(edit, vector);
  for (const auto& [key, value] : entries) {
    if (!is_index(key, building.count() + 1)) return no_index(error);
    if (is_absent(value)) return no_value(error);
    building.assoc(index_of(key), value);
  }
  out = building.persistent().word;
  return YIN_OK;
}

template <class Building, class Collection>
Word update_items(Edit& edit, Collection collection, std::span<const Word> items, bool remove) {
  Building building(edit, collection);
  for (const Word item : items) {
    if (remove) {
      building.disj(item);
    } else {
      building.conj(item);
    }
  }
  return building.persistent().word;
}

bool all_values(std::span<const Word> words) {
  return std::all_of(words.begin(), words.end(), is_value);
}

bool all_orderable(const Pin& pin, std::span<const Word> words, std::size_t step) {
  for (std::size_t i = 0; i < words.size(); i += step)
    if (!core::is_orderable(pin, words[i])) return false;
  return true;
}

}  // namespace

extern "C" {

yin_word yin_empty(yin_kind kind) {
  switch (kind) {
    case YIN_LIST:
      return core::kEmptyList.bits;
    case YIN_VECTOR:
      return core::kEmptyVector.bits;
    case YIN_QUEUE:
      return core::kEmptyQueue.bits;
    case YIN_MAP:
      return core::kEmptyMap.bits;
    case YIN_SET:
      return core::kEmptySet.bits;
    case YIN_SORTED_MAP:
      return core::kEmptySortedMap.bits;
    case YIN_SORTED_SET:
      return core::kEmptySortedSet.bits;
    case YIN_INT_MAP:
      return core::kEmptyIntMap.bits;
    default:
      return YIN_WORD_ABSENT;
  }
}

yin_status yin_collection(yin_pin* pin, yin_kind kind, const yin_word* words, size_t count,
                          yin_word* out, yin_error* error) {
  const bool is_map = kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP;
  const auto all = words_of(words, is_map ? 2 * count : count);
  if (!all_values(all)) return no_value(error);
  const auto entries = entries_of(words, is_map ? count : 0);
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  if (kind == YIN_SORTED_MAP || kind == YIN_SORTED_SET) {
    if (!all_orderable(p, all, is_map ? 2 : 1)) return no_key(error, all[0]);
  }
  switch (kind) {
    case YIN_LIST:
      *out = core::List::from(edit, all).word.bits;
      return YIN_OK;
    case YIN_VECTOR:
      *out = core::Vector::from(edit, all).word.bits;
      return YIN_OK;
    case YIN_QUEUE:
      *out = core::Queue::from(edit, all).word.bits;
      return YIN_OK;
    case YIN_SET:
      *out = core::Set::from(edit, all).word.bits;
      return YIN_OK;
    case YIN_MAP:
      *out = core::Map::from(edit, entries).word.bits;
      return YIN_OK;
    case YIN_SORTED_SET:
      *out = core::SortedSet::from(edit, all).word.bits;
      return YIN_OK;
    case YIN_SORTED_MAP:
      *out = core::SortedMap::from(edit, entries).word.bits;
      return YIN_OK;
    case YIN_INT_MAP: {
      core::IntMap map;
      for (const auto& [key, value] : entries) {
        if (!core::is_int(key)) return wrong_type(error, "an int map needs integers as keys", key);
        map = map.assoc(edit, core::to_int(p, key), value);
      }
      *out = map.word.bits;
      return YIN_OK;
    }
    default:
      return fail(error, YIN_WRONG_TYPE, std::string(yin_kind_name(kind)) + " is no collection");
  }
}

yin_status yin_count(const yin_pin* pin, yin_word bits, uint64_t* out, yin_error* error) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{bits});
  const Counted counted = count_of(p, w);
  if (!counted.is) return wrong_type(error, "count needs a collection", w);
  *out = counted.count;
  return YIN_OK;
}

yin_word yin_get(const yin_pin* pin, yin_word collection, yin_word key_bits) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Word key{key_bits};
  if (core::Map::is(w)) return core::Map{w}.find(p, key).bits;
  if (core::Vector::is(w)) {
    const core::Vector vector{w};
    return is_index(key, vector.count(p)) ? vector.nth(p, index_of(key)).bits : YIN_WORD_ABSENT;
  }
  if (core::Set::is(w)) return core::Set{w}.find(p, key).bits;
  if (core::SortedMap::is(w)) {
    const auto map = core::SortedMap::open(p, w);
    return map.ok() && core::is_orderable(p, key) ? map->find(p, key).bits : YIN_WORD_ABSENT;
  }
  if (core::SortedSet::is(w)) {
    const auto set = core::SortedSet::open(p, w);
    if (!set.ok() || !core::is_orderable(p, key) || !set->contains(p, key)) return YIN_WORD_ABSENT;
    return set->lower_bound(p, key)->bits;
  }
  if (core::IntMap::is(w))
    return core::is_int(key) ? core::IntMap{w}.find(p, core::to_int(p, key)).bits : YIN_WORD_ABSENT;
  if (core::Queue::is(w)) {
    const core::Queue queue{w};
    return is_index(key, queue.count(p)) ? queue.nth(p, index_of(key)).bits : YIN_WORD_ABSENT;
  }
  return YIN_WORD_ABSENT;
}

yin_word yin_find_key(const yin_pin* pin, yin_word collection, yin_word key_bits) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{collection});
  if (core::Map::is(w)) return core::Map{w}.find_key(p, Word{key_bits}).bits;
  const yin_word found = yin_get(pin, collection, key_bits);
  if (found == YIN_WORD_ABSENT || core::Set::is(w) || core::SortedSet::is(w)) return found;
  if (core::SortedMap::is(w))
    return core::SortedMap::open(p, w)->lower_bound(p, Word{key_bits})->key.bits;
  return key_bits;
}

yin_word yin_get_text(yin_pin* pin, yin_word collection, const char* key, size_t size) {
  core::Nursery& nursery = pin->worker->nursery();
  // A string as long as that is made in the slab.
  if (size + core::kGranule > nursery.room_bytes() / 2)
    return yin_get(pin, collection, yin_string(pin, key, size));
  Edit edit = Edit::in_nursery(pin_of(pin));
  const yin_word found = yin_get(pin, collection, core::from_string(edit, {key, size}).bits);
  nursery.reset();
  return found;
}

yin_word yin_nth(const yin_pin* pin, yin_word collection, uint64_t index) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Counted counted = count_of(p, w);
  if (!counted.is || index >= counted.count) return YIN_WORD_ABSENT;
  if (core::Vector::is(w)) return core::Vector{w}.nth(p, index).bits;
  if (core::Queue::is(w)) return core::Queue{w}.nth(p, index).bits;
  if (core::List::is(w)) {
    core::ListIterator it(p, core::List{w});
    for (std::uint64_t i = 0; i < index; ++i) it.next();
    return it.item().bits;
  }
  if (core::SortedMap::is(w)) return core::SortedMap{.word = w}.nth(p, index).key.bits;
  if (core::SortedSet::is(w)) return core::SortedSet{.word = w}.nth(p, index).bits;
  return YIN_WORD_ABSENT;
}

yin_word yin_peek(const yin_pin* pin, yin_word collection) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Counted counted = count_of(p, w);
  if (!counted.is || counted.count == 0) return YIN_WORD_ABSENT;
  if (core::Vector::is(w)) return core::Vector{w}.nth(p, counted.count - 1).bits;
  if (core::List::is(w)) return core::List{w}.first(p).bits;
  if (core::Queue::is(w)) return core::Queue{w}.peek(p).bits;
  return YIN_WORD_ABSENT;
}

yin_status yin_assoc(yin_pin* pin, yin_word collection, yin_word key_bits, yin_word value_bits,
                     yin_word* out, yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Word key{key_bits};
  const Word value{value_bits};
  if (!is_value(key) || !is_value(value)) return no_value(error);
  if (core::Map::is(w))
    return give(out, edit, collection, core::Map{w}.assoc(edit, key, value).word);
  if (core::Vector::is(w)) {
    const core::Vector vector{w};
    if (!is_small_int(key)) return wrong_type(error, "a vector's index is an integer", key);
    if (!is_index(key, vector.count(p) + 1)) return no_index(error);
    return give(out, edit, collection, vector.assoc(edit, index_of(key), value).word);
  }
  if (core::SortedMap::is(w)) {
    const auto map = core::SortedMap::open(p, w);
    if (!map.ok()) return fail(error, map.status());
    if (!core::is_orderable(p, key)) return no_key(error, key);
    return give(out, edit, collection, map->assoc(edit, key, value).word);
  }
  if (core::IntMap::is(w)) {
    if (!core::is_int(key)) return wrong_type(error, "an int map needs integers as keys", key);
    return give(out, edit, collection,
                core::IntMap{w}.assoc(edit, core::to_int(p, key), value).word);
  }
  return wrong_type(error, "assoc needs a map or a vector", w);
}

yin_status yin_dissoc(yin_pin* pin, yin_word collection, yin_word key_bits, yin_word* out,
                      yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Word key{key_bits};
  if (core::Map::is(w)) return give(out, edit, collection, core::Map{w}.dissoc(edit, key).word);
  if (core::SortedMap::is(w)) {
    const auto map = core::SortedMap::open(p, w);
    if (!map.ok()) return fail(error, map.status());
    if (!core::is_orderable(p, key)) return *out = collection, YIN_OK;
    return give(out, edit, collection, map->dissoc(edit, key).word);
  }
  if (core::IntMap::is(w)) {
    if (!core::is_int(key)) return *out = collection, YIN_OK;
    return give(out, edit, collection, core::IntMap{w}.dissoc(edit, core::to_int(p, key)).word);
  }
  return wrong_type(error, "dissoc needs a map", w);
}

yin_status yin_conj(yin_pin* pin, yin_word collection, yin_word item_bits, yin_word* out,
                    yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Word item{item_bits};
  if (!is_value(item)) return no_value(error);
  if (core::Vector::is(w))
    return give(out, edit, collection, core::Vector{w}.conj(edit, item).word);
  if (core::List::is(w)) return give(out, edit, collection, core::List{w}.push(edit, item).word);
  if (core::Set::is(w)) return give(out, edit, collection, core::Set{w}.conj(edit, item).word);
  if (core::Queue::is(w)) return give(out, edit, collection, core::Queue{w}.conj(edit, item).word);
  if (core::SortedSet::is(w)) {
    const auto set = core::SortedSet::open(p, w);
    if (!set.ok()) return fail(error, set.status());
    if (!core::is_orderable(p, item)) return no_key(error, item);
    return give(out, edit, collection, set->conj(edit, item).word);
  }
  return wrong_type(error, "conj needs a vector, list, queue or set", w);
}

yin_status yin_disj(yin_pin* pin, yin_word collection, yin_word item_bits, yin_word* out,
                    yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  const Word item{item_bits};
  if (core::Set::is(w)) return give(out, edit, collection, core::Set{w}.disj(edit, item).word);
  if (core::SortedSet::is(w)) {
    const auto set = core::SortedSet::open(p, w);
    if (!set.ok()) return fail(error, set.status());
    if (!core::is_orderable(p, item)) return *out = collection, YIN_OK;
    return give(out, edit, collection, set->disj(edit, item).word);
  }
  return wrong_type(error, "disj needs a set", w);
}

yin_status yin_pop(yin_pin* pin, yin_word collection, yin_word* out, yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  if (!core::Vector::is(w) && !core::List::is(w) && !core::Queue::is(w))
    return wrong_type(error, "pop needs a vector, list or queue", w);
  if (count_of(p, w).count == 0) return fail(error, YIN_OUT_OF_RANGE, "pop of nothing");
  if (core::Vector::is(w)) return give(out, edit, collection, core::Vector{w}.pop(edit).word);
  if (core::List::is(w)) return give(out, edit, collection, core::List{w}.rest(edit).word);
  return give(out, edit, collection, core::Queue{w}.pop(edit).word);
}

yin_status yin_slice(yin_pin* pin, yin_word collection, uint64_t from, uint64_t to, yin_word* out,
                     yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  if (!core::Vector::is(w)) return wrong_type(error, "slice needs a vector", w);
  const core::Vector vector{w};
  if (from > to || to > vector.count(p)) return no_index(error);
  return give(out, edit, collection, vector.slice(edit, from, to).word);
}

yin_status yin_merge(yin_pin* pin, yin_word a, yin_word b, yin_word* out, yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word x = core::bare(p, Word{a});
  const Word y = core::bare(p, Word{b});
  if (core::Map::is(x) && core::Map::is(y))
    return give(out, edit, a, core::Map{x}.merge(edit, core::Map{y}).word);
  if (core::Set::is(x) && core::Set::is(y))
    return give(out, edit, a, core::Set{x}.unite(edit, core::Set{y}).word);
  if (core::Vector::is(x) && core::Vector::is(y))
    return give(out, edit, a, core::Vector{x}.concat(edit, core::Vector{y}).word);
  if (core::IntMap::is(x) && core::IntMap::is(y))
    return give(out, edit, a, core::IntMap{x}.merge(edit, core::IntMap{y}).word);
  const bool maps = core::SortedMap::is(x) && core::SortedMap::is(y);
  if (maps || (core::SortedSet::is(x) && core::SortedSet::is(y))) {
    // Two orders, perhaps: the second's are put in one by one.
    std::vector<yin_word> words;
    const auto collect = [](void* to, yin_word key, yin_word value) {
      auto& all = *static_cast<std::vector<yin_word>*>(to);
      all.push_back(key);
      if (value != YIN_WORD_ABSENT) all.push_back(value);
      return 0;
    };
    (void)yin_each(pin, b, collect, &words);
    return yin_update_many(pin, a, maps ? YIN_UPDATE_PAIRS : YIN_UPDATE_ITEMS, words.data(),
                           words.size() / (maps ? 2 : 1), out, error);
  }
  return wrong_type(error, "merge needs two maps, sets or vectors of one kind", x);
}

yin_status yin_update_many(yin_pin* pin, yin_word collection, yin_update update,
                           const yin_word* words, size_t count, yin_word* out, yin_error* error) {
  const Pin& p = pin_of(pin);
  Edit edit = edit_of(pin);
  const Word w = core::bare(p, Word{collection});
  Word made = core::kNil;
  if (update == YIN_UPDATE_PAIRS) {
    const auto entries = entries_of(words, count);
    for (const auto& [key, value] : entries)
      if (!is_value(key) || value == core::kTombstone) return no_value(error);
    yin_status status = YIN_OK;
    if (core::Map::is(w)) {
      made = update_map(edit, core::Map{w}, entries);
    } else if (core::Vector::is(w)) {
      status = update_vector(edit, core::Vector{w}, entries, made, error);
    } else {
      // One by one: these have no transient of their own, or rules of their own.
      yin_word now = collection;
      for (const auto& [key, value] : entries) {
        status = is_absent(value) ? yin_dissoc(pin, now, key.bits, &now, error)
                                  : yin_assoc(pin, now, key.bits, value.bits, &now, error);
        if (status != YIN_OK) return status;
      }
      *out = now;
      return YIN_OK;
    }
    return status == YIN_OK ? give(out, edit, collection, made) : status;
  }
  const auto items = words_of(words, count);
  if (!all_values(items)) return no_value(error);
  const bool remove = update == YIN_UPDATE_REMOVE;
  if (core::Set::is(w))
    return give(out, edit, collection,
                update_items<core::TransientSet>(edit, core::Set{w}, items, remove));
  if (core::Vector::is(w) && !remove) {
    core::TransientVector building(edit, core::Vector{w});
    for (const Word item : items) building.conj(item);
    return give(out, edit, collection, building.persistent().word);
  }
  yin_word now = collection;
  for (const Word item : items) {
    const yin_status status = remove ? yin_disj(pin, now, item.bits, &now, error)
                                     : yin_conj(pin, now, item.bits, &now, error);
    if (status != YIN_OK) return status;
  }
  *out = now;
  return YIN_OK;
}

yin_word yin_meta(const yin_pin* pin, yin_word w) {
  return core::meta_of(pin_of(pin), Word{w}).bits;
}
yin_word yin_bare(const yin_pin* pin, yin_word w) { return core::bare(pin_of(pin), Word{w}).bits; }

yin_status yin_with_meta(yin_pin* pin, yin_word bits, yin_word meta_bits, yin_word* out,
                         yin_error* error) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{bits});
  const Word meta = core::bare(p, Word{meta_bits});
  if (!core::takes_meta(w)) return wrong_type(error, "metadata needs a collection or a symbol", w);
  if (!is_nil(meta) && !core::Map::is(meta)) return wrong_type(error, "metadata is a map", meta);
  Edit edit = edit_of(pin);
  *out = core::with_meta(edit, w, meta).bits;
  return YIN_OK;
}

int yin_diff(const yin_pin* pin, yin_word before_bits, yin_word after_bits, yin_diff_fn visit,
             void* context) {
  const Pin& p = pin_of(pin);
  const Word before = core::bare(p, Word{before_bits});
  const Word after = core::bare(p, Word{after_bits});
  int told = 0;
  if (core::Map::is(before) && core::Map::is(after)) {
    for (core::MapDiff it(p, core::Map{before}, core::Map{after}); !it.done() && told == 0;
         it.next())
      told = visit(context, it.key().bits, it.before().bits, it.after().bits);
    return told;
  }
  if (core::Set::is(before) && core::Set::is(after)) {
    for (core::SetDiff it(p, core::Set{before}, core::Set{after}); !it.done() && told == 0;
         it.next()) {
      const yin_word item = it.item().bits;
      told = it.added() ? visit(context, item, YIN_WORD_ABSENT, item)
                        : visit(context, item, item, YIN_WORD_ABSENT);
    }
    return told;
  }
  if (core::Vector::is(before) && core::Vector::is(after)) {
    for (core::VectorDiff it(p, core::Vector{before}, core::Vector{after}); !it.done() && told == 0;
         it.next()) {
      told = visit(context, core::int_word(static_cast<std::int64_t>(it.index())).bits,
                   it.before().bits, it.after().bits);
    }
    return told;
  }
  return -1;
}

}  // extern "C"
