#pragma once

// Words: what the names of the language are for, in a line each, as `(doc name)` shows them.
//
// One text (words.txt), part of the command, so that neither the prelude nor a domain carries it:
// starting costs nothing. An entry is a line with the name and its arguments, and indented lines
// behind it. tests/cli/repl_test.cc checks that no name of the language is missing.

#include <string>
#include <string_view>

namespace yin::cli {

// The whole text, for the test.
std::string_view words_text();
// The entry of a name as it stands, empty when there is none. `clojure.string/join` is found under
// `join` too.
std::string describe_word(std::string_view name);

}  // namespace yin::cli
