#pragma once

// What Python's reader and its run time (vm/internal/python_values.h) say to each other.
//
// A program in Python has no characters, only strings, so characters of Unicode's private use area
// can mark what is no value of the program: constants, the same in every domain, cheaper to compare
// than a keyword is to look up. A module's own names become vars with kPythonHome in front of them,
// so that no definition of a Python program takes the place of one of Clojure's; what the run time
// offers is called python/NAME.

#include <array>
#include <string_view>

#include "substrate/list.h"
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
// What an exception was made with, where its message does not say it: a list is the error's data,
// this, the classes, the arguments. The classes are nil, or for one of the program's own a vector of
// their names as symbols, from its own up to one of the language's.
inline constexpr substrate::Word kArguments = substrate::character_word(U'\ue00d');

inline bool is_arguments(const substrate::Pin& pin, substrate::Word data) {
  return substrate::List::is(data) && data != substrate::kEmptyList &&
         substrate::List{data}.first(pin) == kArguments;
}

// The exception classes: an error of ours (vm/error.h) is of the class that its message begins
// with, as in "KeyError: 'x'", if that is of the error's kind; else, as those that Clojure
// functions raise, of the first class here of its kind, or Exception where there is none.
struct ExceptionClass {
  std::string_view name;
  std::string_view base;
  std::string_view kind;  // of errors that are made of it
};
inline constexpr auto kExceptionClasses = std::to_array<ExceptionClass>({
    {"BaseException", "", "user"},
    {"Exception", "BaseException", "user"},
    {"ArithmeticError", "Exception", "arithmetic"},
    {"OverflowError", "ArithmeticError", "arithmetic"},
    {"ZeroDivisionError", "ArithmeticError", "arithmetic"},
    {"AssertionError", "Exception", "user"},
    {"EOFError", "Exception", "user"},
    {"IndexError", "LookupError", "index"},
    {"LookupError", "Exception", "index"},
    {"KeyError", "LookupError", "index"},
    {"MemoryError", "Exception", "memory"},
    {"NameError", "Exception", "unbound"},
    {"UnboundLocalError", "NameError", "unbound"},
    {"OSError", "Exception", "host"},
    {"ValueError", "Exception", "argument"},
    {"RuntimeError", "Exception", "user"},
    {"NotImplementedError", "RuntimeError", "user"},
    {"RecursionError", "RuntimeError", "memory"},
    {"StopIteration", "Exception", "user"},
    {"TypeError", "Exception", "type"},
    {"AttributeError", "Exception", "type"},
});

constexpr const ExceptionClass* find_exception_class(std::string_view name) {
  for (const ExceptionClass& c : kExceptionClasses) {
    if (c.name == name) return &c;
  }
  return nullptr;
}
constexpr bool is_subclass(const ExceptionClass* c, std::string_view of) {
  while (c != nullptr && c->name != of) c = find_exception_class(c->base);
  return c != nullptr;
}

}  // namespace yin::ast::python
