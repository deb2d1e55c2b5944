#pragma once

// Scopes: whose each name is, before anything is emitted.
//
// A name belongs to the function that gives it a value, to the module, or to the language. The
// AST's locals never change, so a variable becomes one of
//
//   a local, bound anew by each assignment  what only its own function uses; a loop carries those
//                                           it assigns from round to round
//   a local that functions within capture   what has its one value before they are made
//   a box (an atom)                         what functions share and somebody assigns later; what
//                                           a `try` assigns and its handlers may see
//   a var named __main__/NAME               what the module's functions use of the module
//
// Everything else in the module is a local too, so that a loop there costs no more than elsewhere;
// in the interactive interpreter all of the module's names are vars.

#include <string>
#include <string_view>
#include <vector>

#include "ast/readers/python_tree.h"

namespace yin::ast::python {

// What Clojure calls a module or function that Python calls `name`: "rank-by" for "rank_by".
std::string clojure_name(std::string name);

void find_scopes(Source& source, Tree& tree, bool interactive);

// A function, constant or exception class of the language that is supported.
bool is_builtin(std::string_view name);
std::vector<std::string_view> builtin_names();

// Appends the names that a target assigns, in order.
void target_names(const Expr& target, std::vector<std::string>& out);
// The same of a statement, without what stands in its blocks.
void stored_names(const Stmt& s, std::vector<std::string>& out);

// The value of which type(value).__name__ asks; null of any other expression.
const Expr* asks_type_name(const Expr& e);

}  // namespace yin::ast::python
