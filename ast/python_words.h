#pragma once

// What Python's reader and its run time (vm/internal/python_values.h) say to each other.
//
// A program in Python has no characters, only strings, so characters of Unicode's private use area
// can mark what is no value of the program: constants, the same in every domain, cheaper to compare
// than a keyword is to look up. A module's own names become vars with kPythonHome in front of them,
// so that no definition of a Python program takes the place of one of Clojure's; what the run time
// offers is called python/NAME.

#include <string_view>

#include "substrate/value.h"

namespace yin::ast::python {

inline constexpr std::string_view kPythonHome = "__main__/";
inline constexpr std::string_view kRuntime = "python/";

// A local that is not assigned yet, an argument that takes its default, the end of an iteration,
// and what says that a map in a box is a dict or a set.
inline constexpr substrate::Word kUnbound = substrate::character_word(U'\ue000');
inline constexpr substrate::Word kDefault = substrate::character_word(U'\ue001');
inline constexpr substrate::Word kEnd = substrate::character_word(U'\ue002');
inline constexpr substrate::Word kDictMark = substrate::character_word(U'\ue003');
inline constexpr substrate::Word kSetMark = substrate::character_word(U'\ue004');
// Kinds of objects that are lists beginning with one of these.
inline constexpr substrate::Word kRange = substrate::character_word(U'\ue005');
inline constexpr substrate::Word kKeys = substrate::character_word(U'\ue006');
inline constexpr substrate::Word kValues = substrate::character_word(U'\ue007');
inline constexpr substrate::Word kItems = substrate::character_word(U'\ue008');
inline constexpr substrate::Word kEnumerate = substrate::character_word(U'\ue009');
inline constexpr substrate::Word kZip = substrate::character_word(U'\ue00a');
inline constexpr substrate::Word kReversed = substrate::character_word(U'\ue00b');
inline constexpr substrate::Word kWatched = substrate::character_word(U'\ue00c');

}  // namespace yin::ast::python
