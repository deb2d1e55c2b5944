#pragma once

// Readers: program text -> AST datoms. One a language; each gives the same kind of program.
//
// Errors are Statuses (kInvalidArgument) with file, line and column and what to do: "count.clj:3:7:
// `if` takes two or three forms, got 5". A reader never gives a wrong answer for what it does not
// support: it refuses it by name. Readers keep nothing between calls, use any thread that has an
// edit, and do not recurse: the depth of a program is bounded by memory.

#include <string_view>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::ast {

// Clojure, as UTF-8. The program's root is a :do of the file's forms (a :literal nil for an empty
// file). Nodes have the positions of their forms, those that an expansion made the positions of
// what they were made from; functions that an expansion calls are named clojure.core/NAME.
substrate::StatusOr<substrate::Word> read_clojure(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file);

}  // namespace yin::ast
