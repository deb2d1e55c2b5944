#pragma once

// Expansion: forms to the nodes of the Universal AST.
//
// One walk over the program from the top, with a stack of its own, that knows at each point which
// locals are in scope and what a `recur` would go back to. Macros are expanded when the walk meets
// them, so a local (or a definition further up in the file) of a macro's name hides it; the special
// forms def do fn* if let* loop* quote recur throw try cannot be hidden.
//
// Macros of the program (defmacro) are functions of data, which the MacroRunner runs (reader.h). A
// macro's function is expanded, sealed and evaluated when it is first needed, with those functions
// and constants above it that it names around it: nothing of the program itself has run yet. What
// it gives is a form again; lists that it only passed on keep their places in the text, and names
// it made up (x#, gensym) are made new in every expansion.
//
// Nodes carry plain names: a name is a local if a binding of it is in scope, else global. Where an
// expansion calls one of the language's functions, the name has the namespace clojure.core, as in
// Clojure itself, so that neither a local nor a definition of the program takes its place.

#include <vector>

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/clojure_forms.h"

namespace yin::ast::clojure {

// The nodes of a program with these top-level forms; the root is nodes[0]. Empty after an error,
// which forms.status() has. And where macros of the program were expanded. `before`: forms that
// were read earlier, whose macros and names hold here (reader.h).
struct Expansion {
  std::vector<Node> nodes;
  std::vector<MacroEvent> events;
};
Expansion expand(Forms& forms, const Items& before, const Items& program,
                 const ReadOptions& options);

// The names of the special forms, and of what speaks to the reader.
std::vector<std::string_view> special_names();

}  // namespace yin::ast::clojure
