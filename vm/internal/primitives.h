#pragma once

// The built-in functions, a table a group; private to the layer, gathered by primitive.cc.
//
// A function's number is its group's first number plus its place in its table, and stands in words
// of domains: append only, never reorder, never remove. What several groups need stands here too:
// numbers taken apart, and sequences walked item by item, whatever they are made of.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "vm/primitive.h"

namespace yin::vm::internal {

std::span<const Primitive> number_primitives();      // 0
std::span<const Primitive> collection_primitives();  // 256
std::span<const Primitive> sequence_primitives();    // 512
std::span<const Primitive> text_primitives();        // 768
std::span<const Primitive> effect_primitives();      // 1024
std::span<const Primitive> python_primitives();      // 1280
std::span<const Primitive> sorted_primitives();      // 1536

using Arguments = std::span<const substrate::Word>;

// Calls `function` with those arguments bare that `metadata` says, one of which is not.
substrate::Word call_bare(PrimitiveContext& c, PrimitiveFunction function, Metadata metadata,
                          Arguments a);

// A group's table whose functions need not know of metadata: what a call costs is a look at its
// arguments' words.
template <const auto& kTable, std::size_t kIndex>
substrate::Word seen_bare(PrimitiveContext& c, Arguments a) {
  constexpr Primitive kThis = kTable[kIndex];
  for (const substrate::Word w : a) {
    if (substrate::is_annotated(w)) [[unlikely]]
      return call_bare(c, kThis.function, kThis.metadata, a);
  }
  return kThis.function(c, a);
}
template <const auto& kTable>
std::span<const Primitive> with_bare_arguments() {
  static constexpr auto kMade = []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    const auto wrapped = []<std::size_t kAt>(std::index_sequence<kAt>) {
      Primitive p = kTable[kAt];
      if (p.function != nullptr && p.metadata != Metadata::kAll)
        p.function = seen_bare<kTable, kAt>;
      return p;
    };
    return std::array{wrapped(std::index_sequence<kIndex>{})...};
  }
  (std::make_index_sequence<std::size(kTable)>{});
  return kMade;
}

// An argument that must be an integer; false after telling the context.
bool integer_argument(PrimitiveContext& c, std::string_view name, substrate::Word w,
                      std::int64_t& out);
// The same for a count or index: an integer that is not negative.
bool count_argument(PrimitiveContext& c, std::string_view name, substrate::Word w,
                    std::uint64_t& out);
bool string_argument(PrimitiveContext& c, std::string_view name, substrate::Word w);

// Is there room for `count` more words' worth of result, with some to spare? Else false, with the
// context told: a step's memory is its worker's private zone, and what does not fit must be an
// error before it is the end of the process.
bool has_room(PrimitiveContext& c, std::string_view name, std::uint64_t count);

// Text that values are shown as. Longer than kTextMax bytes is an error: append_text() is false and
// text_word() kSignalled, after telling the context.
enum class TextStyle : std::uint8_t {
  kReadable,  // as it is read: "a" in quotes
  kBare,      // strings and characters bare at every depth, as println shows them
  kShown,     // bare by itself, readable inside a collection, nothing for nil, as str does
};
inline constexpr std::size_t kTextMax = std::size_t{256} << 20;
bool append_text(PrimitiveContext& c, std::string& text, substrate::Word w, TextStyle style);
// The same for several values, with blanks between them.
bool append_spaced(PrimitiveContext& c, std::string& text, Arguments a, TextStyle style);
substrate::Word text_word(PrimitiveContext& c, std::string_view text);

// One code point of UTF-8 text at `at`, which moves behind it. Broken bytes stand for themselves.
char32_t next_character(std::string_view text, std::size_t& at);
void append_character(std::string& text, char32_t c);

substrate::Word entry_vector(substrate::Edit& edit, const substrate::MapEntry& entry);

// Hashed or sorted.
inline bool is_map(substrate::Word w) {
  return substrate::Map::is(w) || substrate::SortedMap::is(w);
}
inline bool is_set(substrate::Word w) {
  return substrate::Set::is(w) || substrate::SortedSet::is(w);
}
// The value at a key or index, a set's own item, kAbsent when there is none or `w` is nothing to
// look into; kSignalled when its order is not known.
substrate::Word find_in(PrimitiveContext& c, substrate::Word w, substrate::Word key);

// (reduced x): what a reducing function gives to end the reduction. A tagged literal of ours.
bool is_reduced(const substrate::Pin& pin, substrate::Word w);

// Calls visit(item) for each item of a list, vector, map (as [key value]), set, sorted or not,
// string (as characters) or nil, in order, until it returns false. Returns false when `w` is no sequence.
template <class Visit>
bool each_item(PrimitiveContext& c, substrate::Word w, Visit&& visit) {
  const substrate::Pin& pin = c.pin();
  w = substrate::bare(pin, w);
  if (substrate::is_nil(w)) return true;
  if (substrate::Vector::is(w)) {
    const substrate::Vector v{w};
    const std::uint64_t count = v.count(pin);
    for (std::uint64_t i = 0; i < count;) {
      for (const substrate::Word item : v.chunk(pin, i)) {
        if (!visit(item)) return true;
        ++i;
      }
    }
    return true;
  }
  if (substrate::List::is(w)) {
    for (substrate::ListIterator it(pin, {w}); !it.done(); it.next()) {
      if (!visit(it.item())) return true;
    }
    return true;
  }
  if (substrate::Map::is(w)) {
    for (substrate::MapIterator it(pin, {w}); !it.done(); it.next()) {
      if (!visit(entry_vector(c.edit, it.entry()))) return true;
    }
    return true;
  }
  if (substrate::Set::is(w)) {
    for (substrate::SetIterator it(pin, {w}); !it.done(); it.next()) {
      if (!visit(it.item())) return true;
    }
    return true;
  }
  if (substrate::SortedMap::is(w)) {
    for (substrate::SortedMapIterator it(pin, {w}); !it.done(); it.next()) {
      if (!visit(entry_vector(c.edit, it.entry()))) return true;
    }
    return true;
  }
  if (substrate::SortedSet::is(w)) {
    for (substrate::SortedSetIterator it(pin, {w}); !it.done(); it.next()) {
      if (!visit(it.item())) return true;
    }
    return true;
  }
  if (!substrate::is_string(w)) return false;
  const substrate::StringView bytes(pin, w);
  for (std::size_t at = 0; at < bytes.view().size();) {
    if (!visit(substrate::character_word(next_character(bytes.view(), at)))) return true;
  }
  return true;
}

// How many words a copy of a sequence takes, its entries included where it is a map: no less.
std::uint64_t words_of(PrimitiveContext& c, substrate::Word w);
// All items of a sequence; false after telling the context that `w` is none.
bool collect(PrimitiveContext& c, std::string_view name, substrate::Word w,
             std::vector<substrate::Word>& items);
// A list of the items, nil when there is none: what `seq` gives.
substrate::Word list_of(PrimitiveContext& c, std::span<const substrate::Word> items);

}  // namespace yin::vm::internal
