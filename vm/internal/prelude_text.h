#pragma once

// The texts of vm/prelude.clj and vm/python.clj, as CMake puts them into the library (prelude_text.cc.in).
//
// One string, so that the library needs no file at run time; the language's own file stays readable
// as what it is. Constant, valid for the whole run of the program, and used by prelude.cc alone.
// The text's hash tells domains with another prelude apart (prelude.h).

#include <string_view>

namespace yin::vm::internal {

std::string_view prelude_text();
std::string_view python_prelude_text();  // vm/python.clj

}  // namespace yin::vm::internal
