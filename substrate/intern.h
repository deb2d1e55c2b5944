#pragma once

// Names: keywords and symbols are interned once per domain, so that identity is a word compare
// everywhere.
//
// A name is UTF-8 of 1..kNameMaxBytes bytes, "name" or "namespace/name"; keyword and symbol of one
// spelling share the id. The table is append-only and lock-free: fill an entry, then CAS its id
// into the index; a loser takes the winner's id and its own stays a hole (protocol.md 9). Names are
// never reclaimed.

#include <optional>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

// The id of `name`, made if need be. A Status when the name is too long or the domain is full.
StatusOr<NameId> intern(const Pin& pin, std::string_view name);
// The same if it is there: changes nothing.
std::optional<NameId> find_name(const Pin& pin, std::string_view name);
// The same for names of the program's own text, known to be short. For a value that is being built:
// without room it stands for no name, and like objects without room is not committed; the worker's
// space status says why (edit.h).
Word keyword(Edit& edit, std::string_view name);
// For looking up, and for names that a host keeps: without room they end the process.
Word keyword(const Pin& pin, std::string_view name);
Word symbol(const Pin& pin, std::string_view name);
// The spelling, without colon; valid as long as the domain is open.
std::string_view name_of(const Pin& pin, Word keyword_or_symbol);

class Domain;
// Makes the index of the names below next_name anew, by whoever builds a domain that nobody has
// joined yet. Of two of one spelling, one was never in the index nor in a value: `is_used` tells
// which ids are in values. It becomes a hole.
Status index_names(Domain& domain, const std::vector<bool>& is_used);
// Gives `to`, which has none, all names of `from` by the same numbers.
Status copy_names(const Pin& from, Domain& to);

}  // namespace yin::substrate
