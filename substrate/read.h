#pragma once

// EDN in: text to values. nil, booleans, integers, doubles (##Inf ##-Inf ##NaN), characters,
// strings, keywords, symbols, lists, vectors, maps, sets, #_ and comments.
//
// What the value set does not have yet (ratios, 1N, 1M, tagged literals) is an error with its
// place, never a wrong value; so are a key or item twice, a number out of range, and anything
// behind the value. Bytes that are no UTF-8 are kept in strings as they are. Never recurses on the
// C stack. Time is linear, but for collections that are keys of each other: n sets nested in one
// another are hashed n times, level by level.

#include <string_view>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

// The one value that `text` holds. Errors: "line 3, column 7: map literal has an odd number of
// forms".
StatusOr<Word> read(Edit& edit, std::string_view text);

}  // namespace yin::substrate
