// Going through collections: whole under one pin, or in pieces.

#include <algorithm>
#include <variant>

#include "substrate/commit.h"
#include "substrate/int_map.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/vector.h"
#include "bindings/c/domain.h"

namespace {

namespace core = yin::substrate;
using core::kAbsent;
using yin::c::fail;
using yin::c::Pin;
using yin::c::pin_of;
using yin::c::Status;
using yin::c::Word;
using yin::c::wrong_type;

// Vectors and queues go by index, from either end.
template <class Collection>
class Indexed {
 public:
  Indexed(Collection collection, std::uint64_t from, std::uint64_t to, bool descending)
      : collection_(collection), from_(from), to_(to), descending_(descending) {}
  void go_on(const Pin& pin) { pin_ = &pin; }
  [[nodiscard]] bool done() const { return from_ >= to_; }
  Word take() {
    if (!descending_) {
      if (chunk_.empty()) chunk_ = collection_.chunk(*pin_, from_);
      ++from_;
      const Word item = chunk_.front();
      chunk_ = chunk_.subspan(1);
      return item;
    }
    return collection_.nth(*pin_, --to_);
  }

 private:
  Collection collection_;
  std::uint64_t from_, to_;
  bool descending_;
  std::span<const Word> chunk_;  // good as long as something keeps the collection
  const Pin* pin_ = nullptr;
};

// What all of the core's iterators are to us. Each entry is one word or two.
template <class Iterator>
constexpr bool kHasEntries = requires(const Iterator& it) {
  it.entry();
};

template <class Iterator>
struct Cursor {
  Iterator it;
  std::size_t fill(const Pin& pin, yin_word* words, std::size_t room) {
    it.go_on(pin);
    std::size_t n = 0;
    if constexpr (kHasEntries<Iterator>) {
      for (; n + 2 <= room && !it.done(); it.next()) {
        words[n++] = it.entry().key.bits;
        words[n++] = it.entry().value.bits;
      }
    } else if constexpr (requires { it.take(); }) {
      while (n < room && !it.done()) words[n++] = it.take().bits;
    } else {
      for (; n < room && !it.done(); it.next()) words[n++] = it.item().bits;
    }
    return n;
  }
};

using AnyCursor = std::variant<std::monostate, Cursor<core::MapIterator>, Cursor<core::SetIterator>,
                               Cursor<core::ListIterator>, Cursor<core::SortedMapIterator>,
                               Cursor<core::SortedSetIterator>, Cursor<core::IntMapIterator>,
                               Cursor<Indexed<core::Vector>>, Cursor<Indexed<core::Queue>>>;

constexpr yin_range kAll = {YIN_WORD_ABSENT, YIN_WORD_ABSENT, 0, 0, 0};

core::KeyRange key_range(const yin_range& range) {
  return {.from = Word{range.from},
          .to = Word{range.to},
          .with_from = range.without_from == 0,
          .with_to = range.with_to != 0};
}

core::Direction direction(const yin_range& range) {
  return range.descending != 0 ? core::Direction::kDescending : core::Direction::kAscending;
}

// An end of a range of integers; `open` where there is none.
std::int64_t bound(const Pin& pin, yin_word w, std::int64_t open) {
  return core::is_int(Word{w}) ? core::to_int(pin, Word{w}) : open;
}

core::IntMapIterator::Range int_range(const Pin& pin, const yin_range& range) {
  const core::IntMapIterator::Range nothing{.from = INT64_MAX, .to = INT64_MIN};
  core::IntMapIterator::Range keys{.from = bound(pin, range.from, INT64_MIN),
                                   .to = bound(pin, range.to, INT64_MAX),
                                   .descending = range.descending != 0};
  if (range.without_from != 0 && range.from != YIN_WORD_ABSENT) {
    if (keys.from == INT64_MAX) return nothing;
    ++keys.from;
  }
  if (range.with_to == 0 && range.to != YIN_WORD_ABSENT) {
    if (keys.to == INT64_MIN) return nothing;
    --keys.to;
  }
  return keys;
}

template <class Collection>
Indexed<Collection> indexed(const Pin& pin, Collection collection, const yin_range& range) {
  const auto count = static_cast<std::int64_t>(collection.count(pin));
  std::int64_t from = std::clamp<std::int64_t>(bound(pin, range.from, 0), 0, count);
  std::int64_t to = std::min(bound(pin, range.to, count), count);
  if (range.without_from != 0 && range.from != YIN_WORD_ABSENT && from < count) ++from;
  if (range.with_to != 0 && range.to != YIN_WORD_ABSENT && to < count) ++to;
  to = std::max(to, from);
  return {collection, static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to),
          range.descending != 0};
}

// Can a (bare) collection be gone through from one end to the other? YIN_WRONG_TYPE.
yin_status check_range(const Pin& pin, Word w, const yin_range& range, yin_error* error) {
  const bool by_key = core::SortedMap::is(w) || core::SortedSet::is(w);
  if (!by_key && !core::IntMap::is(w) && !core::Vector::is(w) && !core::Queue::is(w))
    return wrong_type(error, "a range needs a collection with an order that keys tell", w);
  for (const yin_word end : {range.from, range.to}) {
    if (end == YIN_WORD_ABSENT) continue;
    if (by_key && !core::is_orderable(pin, Word{end}))
      return wrong_type(error, "a range needs keys with a lasting order", Word{end});
    if (!by_key && !core::is_int(Word{end}))
      return wrong_type(error, "this range needs integers of 64 bits", Word{end});
  }
  return YIN_OK;
}

// Where to begin, in a (bare) collection. monostate: it is none.
core::StatusOr<AnyCursor> begin(const Pin& pin, Word w, const yin_range& range) {
  if (core::Map::is(w)) return AnyCursor(Cursor<core::MapIterator>{{pin, core::Map{w}}});
  if (core::Vector::is(w))
    return AnyCursor(Cursor<Indexed<core::Vector>>{indexed(pin, core::Vector{w}, range)});
  if (core::Set::is(w)) return AnyCursor(Cursor<core::SetIterator>{{pin, core::Set{w}}});
  if (core::List::is(w)) return AnyCursor(Cursor<core::ListIterator>{{pin, core::List{w}}});
  if (core::Queue::is(w))
    return AnyCursor(Cursor<Indexed<core::Queue>>{indexed(pin, core::Queue{w}, range)});
  if (core::IntMap::is(w)) {
    return AnyCursor(Cursor<core::IntMapIterator>{
        core::IntMapIterator(pin, core::IntMap{w}, int_range(pin, range))});
  }
  if (core::SortedMap::is(w)) {
    auto map = core::SortedMap::open(pin, w);
    if (!map.ok()) return map.status();
    return AnyCursor(
        Cursor<core::SortedMapIterator>{{pin, *map, key_range(range), direction(range)}});
  }
  if (core::SortedSet::is(w)) {
    auto set = core::SortedSet::open(pin, w);
    if (!set.ok()) return set.status();
    return AnyCursor(
        Cursor<core::SortedSetIterator>{{pin, *set, key_range(range), direction(range)}});
  }
  return AnyCursor();
}

std::size_t fill(AnyCursor& cursor, const Pin& pin, yin_word* words, std::size_t room) {
  return std::visit(
      [&](auto& c) -> std::size_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, std::monostate>) {
          return 0;
        } else {
          return c.fill(pin, words, room);
        }
      },
      cursor);
}

bool has_entries(Word w) {
  return core::Map::is(w) || core::SortedMap::is(w) || core::IntMap::is(w);
}

}  // namespace

struct yin_iterator {
  AnyCursor cursor;
  yin_handle* handle;
};

extern "C" {

yin_status yin_iterate(yin_pin* pin, yin_word collection, const yin_range* range,
                       yin_iterator** out, yin_error* error) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{collection});
  if (range != nullptr && !core::is_nil(w)) {
    if (const yin_status fit = check_range(p, w, *range, error); fit != YIN_OK) return fit;
  }
  auto cursor = begin(p, w, range == nullptr ? kAll : *range);
  if (!cursor.ok()) return fail(error, cursor.status());
  if (std::holds_alternative<std::monostate>(*cursor) && !core::is_nil(w))
    return wrong_type(error, "iteration needs a collection", w);
  yin_handle* handle = nullptr;
  if (const yin_status held = yin_handle_make(pin, w.bits, &handle, error); held != YIN_OK)
    return held;
  *out = new yin_iterator{*std::move(cursor), handle};
  return YIN_OK;
}

size_t yin_next(yin_iterator* iterator, const yin_pin* pin, yin_word* words, size_t room) {
  return fill(iterator->cursor, pin_of(pin), words, room);
}

void yin_iterator_release(yin_iterator* iterator) {
  if (iterator == nullptr) return;
  yin_handle_release(iterator->handle);
  delete iterator;
}

int yin_each(const yin_pin* pin, yin_word collection, yin_visit_fn visit, void* context) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{collection});
  if (core::is_nil(w)) return 0;
  auto cursor = begin(p, w, kAll);
  if (!cursor.ok() || std::holds_alternative<std::monostate>(*cursor)) return -1;
  const bool entries = has_entries(w);
  yin_word words[64];
  while (const std::size_t n = fill(*cursor, p, words, std::size(words))) {
    for (std::size_t i = 0; i < n; i += entries ? 2 : 1) {
      const int told = visit(context, words[i], entries ? words[i + 1] : YIN_WORD_ABSENT);
      if (told != 0) return told;
    }
  }
  return 0;
}

}  // extern "C"
