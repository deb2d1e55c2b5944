#pragma once

// EDN in: text to values, as Clojure reads it. nil, booleans, integers of any size (1N is 1), ratios,
// doubles (##Inf ##-Inf ##NaN), characters, strings, keywords, symbols, lists, vectors, maps, sets,
// #inst, #uuid, #yin/bytes, other tagged literals, metadata (^{:a 1} ^:a ^Tag ^"tag" ^[params]
// before a collection or a symbol), maps with a namespace (#:my{:a 1}), #_ and comments.
//
// What the value set does not have (1M) and what has no text of its own (#yin/closure, #yin/atom) is
// an error with its place, never a wrong value; so are a key or item twice, a number out of range,
// and anything behind the value. Bytes that are no UTF-8 are kept in strings as they are. Never
// recurses on the C stack. Time is linear, but for the digits of large integers (number.h).

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

// A file's name, for errors, and where in its text each collection begins, by the collection's word;
// not of empty ones, which are all one value.
struct ReadFile {
  std::string_view name;
  std::unordered_map<std::uint64_t, std::size_t> offsets;
};

// The one value that `text` holds. Errors: "line 3, column 7: map literal has an odd number of
// forms"; of a file "a.edn:3:7: map literal ...".
StatusOr<Word> read(Edit& edit, std::string_view text, ReadFile* file = nullptr);

// Does the text of a name give the symbol of that name, when it is read?
bool spells_symbol(std::string_view name);

}  // namespace yin::substrate
