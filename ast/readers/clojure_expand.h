#pragma once

// Expansion: forms to the nodes of the Universal AST.
//
// One walk over the program from the top, with a stack of its own, that knows at each point which
// locals are in scope and what a `recur` would go back to. Macros are expanded when the walk meets
// them, so a local (or a definition further up in the file) of a macro's name hides it; the special
// forms def do fn* if let* loop* quote recur throw try cannot be hidden.
//
// Nodes carry plain names: a name is a local if a binding of it is in scope, else global. Where an
// expansion calls one of the language's functions, the name has the namespace clojure.core, as in
// Clojure itself, so that neither a local nor a definition of the program takes its place.

#include <vector>

#include "ast/node.h"
#include "ast/readers/clojure_forms.h"

namespace yin::ast::clojure {

// The nodes of a program with these top-level forms; the root is nodes[0]. Empty after an error,
// which forms.status() has.
std::vector<Node> expand(Forms& forms, const Items& program);

}  // namespace yin::ast::clojure
