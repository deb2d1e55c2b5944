#pragma once

// The text of vm/prelude.clj, as CMake puts it into the library (prelude_text.cc.in).
//
// One string, so that the library needs no file at run time; the language's own file stays readable
// as what it is. Constant, valid for the whole run of the program, and used by prelude.cc alone.
// The text's hash tells domains with another prelude apart (prelude.h).

#include <string_view>

namespace yin::vm::internal {

std::string_view prelude_text();

}  // namespace yin::vm::internal
