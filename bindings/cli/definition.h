#pragma once

// Definition: what a piece of program text defines, and what it says of that: arguments and
// docstring. For `(doc f)` and `(source f)`.
//
// Only as far as can be seen without reading the program as a reader does: forms by their brackets,
// statements by their indentation. The text has been read before and is right; of another text the
// answer may be empty, never outside the text. Pure functions.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace yin::cli {

struct Definition {
  std::string name;                    // empty: it defines none
  std::string_view text;               // the form or statement, without what stands around it
  std::vector<std::string> arguments;  // one an arity: "[x y]", "(x, y=1)"
  std::string doc;
  bool macro = false;
};

// The top-level forms or statements of a text, in order; those that define nothing too.
std::vector<Definition> clojure_definitions(std::string_view text);
std::vector<Definition> python_definitions(std::string_view text);

// "f [x] [x y]\n  Doc.\n", the lines of the docstring put below each other.
std::string describe(const Definition& definition);

}  // namespace yin::cli
