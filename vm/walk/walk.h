#pragma once

// The walk projection: evaluates the AST datoms themselves. It is the oracle the other projections
// are held to, so it is written to be read, not to be fast.
//
// Control is an explicit stack of (node, phase) entries, environment and operands stand in the
// canonical slots: a node evaluated at depth d leaves its value in slot d. Of what lowering made it
// uses only the numbering (where a variable is found, which safe point a call has), never the
// instructions. A frame names an AST entity; loading one rebuilds the entries between the
// function's body and that entity. A machine belongs to one thread; see machine.h.

#include <memory>

#include "vm/machine.h"

namespace yin::vm::walk {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::walk
