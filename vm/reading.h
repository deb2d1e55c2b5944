#pragma once

// Reading a program with a machine at hand: Clojure text -> AST datoms, its macros run on the VM.
//
// The prelude must be installed. Thread-safe as ast::read_clojure; allocates in the edit, which
// must be in the slab.

#include <string_view>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::vm {

// As ast::read_clojure. A macro's function may only compute, and not for ever.
substrate::StatusOr<substrate::Word> read_program(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file);

}  // namespace yin::vm
