#pragma once

// The parser: Python text to the syntax tree (python_tree.h), by recursive descent.
//
// What Python has and this reader has not is refused where it stands, by name and with what to do
// instead; what is no Python is told as such. On an error the Source has it, and the tree is of no
// use. No more than one parse in one Tree.

#include "ast/readers/python_tree.h"

namespace yin::ast::python {

// Fills tree.module.
void parse(Source& source, Tree& tree);

}  // namespace yin::ast::python
