#pragma once

// Errors of the guest program: ordinary values (ErrorField in substrate/format.h), never a Status,
// never a C++ exception.
//
// A machine raises one with the position of the AST node that failed; what nobody catches ends the
// run as OutcomeKind::kFailed. The kinds are a short list of keywords, so that a program can tell
// them apart:
//
//   :type         a value of the wrong kind
//   :arity        a call with the wrong number of arguments
//   :unbound      a name that nothing defines
//   :arithmetic   overflow, division by zero, a ratio
//   :index        a position outside a sequence
//   :argument     a value of the right kind that will not do
//   :user         raised by the program itself
//   :unsupported  what this version refuses to do
//   :memory       more than one step may use
//   :worker-died  a step that ended worker after worker
//
// Everything here allocates in the edit and may be called from any thread that holds its pin.

#include <cstdint>
#include <string>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/value.h"

namespace yin::vm {

// Where in the program's text. Nothing is known of a node without a position: then the words are
// nil.
struct ErrorPlace {
  substrate::Word file = substrate::kNil;
  substrate::Word line = substrate::kNil;
  substrate::Word column = substrate::kNil;
};

// The place of an AST node.
ErrorPlace place_of_node(const substrate::Pin& pin, substrate::Word program, std::uint32_t entity);

substrate::Word make_error(substrate::Edit& edit, std::string_view kind, std::string_view message,
                           substrate::Word data, const ErrorPlace& place = {},
                           substrate::Word frames = substrate::kNil);
// The same error raised somewhere: what has a place already keeps it.
substrate::Word with_place(substrate::Edit& edit, substrate::Word error, const ErrorPlace& place,
                           substrate::Word frames);

// For people: "count.clj:3:7: + needs a number, got string \"a\"".
std::string describe_error(const substrate::Pin& pin, substrate::Word error);

}  // namespace yin::vm
