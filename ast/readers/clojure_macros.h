#pragma once

// Macros: what Clojure writes in terms of something simpler, one step at a time.
//
// A macro takes one list and gives the form that stands for it; what comes out may be another
// macro's list, and the special forms of clojure_expand.h stay. Expansions evaluate each form they
// were given at most once and in the order of the text, and name the language's functions as `core`
// symbols, whose place no name of the program takes. They build from the inside out, without
// recursion, so that a `cond` may have as many clauses as memory holds.
//
// The functions that expansions call: apply deref error first get hash-map list map mapcat next
// nil? nth seq = < +

#include <string_view>
#include <vector>

#include "ast/readers/clojure_forms.h"

namespace yin::ast::clojure {

// Gives the form that `call`, a list that begins with the macro's name, stands for. Null after an
// error.
using Macro = const Form* (*)(Forms&, const Form& call);

// The macro of that name, or null.
Macro find_macro(std::string_view name);
std::vector<std::string_view> macro_names();

// Names that mean something in Clojure and nothing here yet. Empty for all other names, else what
// to say.
std::string_view find_refusal(std::string_view name);

}  // namespace yin::ast::clojure
