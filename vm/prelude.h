#pragma once

// The prelude: the core library's functions that take functions, written in the language
// (vm/prelude.clj).
//
// Its definitions become vars whose names begin with kPreludeHome (lower.h), so a program may
// define a `map` of its own without changing what the library's functions call. Installed once a
// domain: a marker var holds the hash of the text that was, and a build with another text installs
// its own over it; functions lowered before keep what they have.

#include <string_view>

#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::vm {

inline constexpr const char* kPreludeFile = "prelude.clj";  // as errors name it
// Python's run time (vm/python.clj) has names that begin with kPythonHome.
inline constexpr const char* kPythonPreludeFile = "Python's run time";
inline constexpr const char* kPythonHome = "python/";

// The prelude's text, for who shows it.
std::string_view prelude_source();

// Makes the prelude's functions known in the worker's domain, if they are not yet. Several workers
// may do it at once: all give the same definitions. Takes its own pins; the worker must hold none.
// Some milliseconds the first time.
substrate::Status install_prelude(substrate::Worker& worker);
// The same with Python's run time, for programs of ast::read_python.
substrate::Status install_python_prelude(substrate::Worker& worker);

}  // namespace yin::vm
