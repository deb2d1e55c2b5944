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
//   :user         raised by the program itself, or whatever keyword it says (below)
//   :unsupported  what this version refuses to do
//   :memory       more than one step may use
//   :timeout      a wait that took too long
//   :exit         (exit reason), the reason is its data; or of a linked agent, when that has ended
//   :limit        the fuel or the time that the agent was given is used up
//   :worker-died  a step that ended worker after worker
//
// A program may catch them all but what no program can mend: a step without fuel or space, the last
// two, and the end of a linked agent, end or postpone it from outside. What it raises itself (ex-info) is of the kind that its
// data says, a map with a keyword under :kind, else :user.
//
// Everything here allocates in the edit and may be called from any thread that holds its pin.

#include <cstdint>
#include <string>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/value.h"

namespace yin::vm {

namespace error_kind {
inline constexpr std::string_view kTimeout = "timeout";
inline constexpr std::string_view kExit = "exit";
inline constexpr std::string_view kLimit = "limit";
}  // namespace error_kind

// Where in the program's text. Nothing is known of a node without a position: then the words are
// nil.
struct ErrorPlace {
  substrate::Word file = substrate::kNil;
  substrate::Word line = substrate::kNil;
  substrate::Word column = substrate::kNil;
  substrate::Word program = substrate::kNil;
  substrate::Word entity = substrate::kNil;
};

// The place of an AST node.
ErrorPlace place_of_node(const substrate::Pin& pin, substrate::Word program, std::uint32_t entity);

substrate::Word make_error(substrate::Edit& edit, std::string_view kind, std::string_view message,
                           substrate::Word data, const ErrorPlace& place = {},
                           substrate::Word frames = substrate::kNil,
                           substrate::Word cause = substrate::kNil);
// Has it been raised before? Then it keeps its place and its frames.
bool is_raised(const substrate::Pin& pin, substrate::Word error);
// The same error raised somewhere: what has a place already keeps it.
substrate::Word with_place(substrate::Edit& edit, substrate::Word error, const ErrorPlace& place,
                           substrate::Word frames);

// The same error with another cause.
substrate::Word with_cause(substrate::Edit& edit, substrate::Word error, substrate::Word cause);

// For people: "count.clj:3:7: + needs a number, got string \"a\"".
std::string describe_error(const substrate::Pin& pin, substrate::Word error);

}  // namespace yin::vm
