#pragma once

// Emission: the syntax tree, its scopes found, to nodes of the Universal AST.
//
// The AST has expressions and locals that never change; Python has statements and variables. A
// block becomes a nest of :let, an assignment a binding of the same name that shadows the one
// before. What follows an `if` or a loop sees the names it may have assigned: the `if` or loop
// gives their values (one, or a vector of several), and the block binds them anew. A loop is a
// :loop over the names it assigns, beside its own counter, and goes round by :recur. Where return,
// break or continue leave an `if` or a loop in the middle, either what follows stands in the branch
// that goes on (a guard), or at the loop's end (nothing breaks it), or the value says by a number
// how it was left.
//
// Names that may be unassigned start as kUnbound, and reading them looks. What several functions
// share and change is an atom (python_scopes.h). Calls of what the language offers name python/NAME
// (vm/python.clj, primitive_python.cc). An iteration counts its rounds and asks for the item of
// that number, so that no iterator has a state; expressions that Python computes lazily (map,
// filter, zip, generators) are accepted where they are consumed at once, and refused elsewhere.

#include <vector>

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/python_tree.h"

namespace yin::ast::python {

// The nodes of the program; the root is nodes[0]. Of no use after an error, which the Source has.
std::vector<Node> emit(Source& source, Tree& tree, PythonMode mode);

}  // namespace yin::ast::python
