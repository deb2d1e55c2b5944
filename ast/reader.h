#pragma once

// Readers: program text -> AST datoms. One a language; each gives the same kind of program.
//
// Errors are Statuses (kInvalidArgument) with file, line and column and what to do: "count.clj:3:7: `if` takes two or
// three forms, got 5". A reader never gives a wrong answer for what it does not support.

#include <string_view>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::ast {

// Clojure. The program's root is a :do of the file's forms (a :literal nil for an empty file).
substrate::StatusOr<substrate::Word> read_clojure(substrate::Edit& edit, std::string_view text, std::string_view file);

}  // namespace yin::ast
