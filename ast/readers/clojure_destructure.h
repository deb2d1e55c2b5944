#pragma once

// Destructuring: (let [[a & b] x] ...) to one symbol at a time, as Clojure's `destructure` does it.
//
// A pattern takes a value apart with the language's own nth, seq, first, next and get. Bindings
// come out in the order of the pattern, each seeing those before it, so that a later name shadows
// an earlier one and defaults of :or may use names bound to the left. No recursion: nested patterns
// wait on a stack.

#include "ast/readers/clojure_forms.h"

namespace yin::ast::clojure {

// Appends to `bindings` (symbol, init, symbol, init, ...) what binds `pattern` to the value of
// `init`. False when the pattern is no pattern; forms.status() says why.
bool destructure(Forms& forms, const Form* pattern, const Form* init, Items& bindings);

// Can `form` be a local's name? A symbol without namespace. Keeps an error when it cannot.
bool check_local(Forms& forms, const Form& form);

// The name without its namespace.
std::string_view local_name(std::string_view name);

}  // namespace yin::ast::clojure
