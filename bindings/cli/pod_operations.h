#pragma once

// The operations that a pod's client may name in a swap!, instead of bringing a function: they run
// here, in one call, and need not be sent the value.
//
//   (yin/swap! counter 'inc)
//   (yin/swap! users 'update-in [3 :visits] '(fnil inc 0))
//
// Each is Clojure's function of that name, as far as integers of 64 bits, doubles and collections
// go; nil is an empty collection where Clojure takes it for one.

#include <vector>

#include "bindings/c/yin.h"

namespace yin::cli {

// The names, for a message: "inc, dec, ...".
const char* operation_names();

// *next is (operation now arguments...). YIN_INVALID_ARGUMENT: no such operation, or not so many
// arguments; YIN_WRONG_TYPE; YIN_OUT_OF_RANGE.
yin_status apply_operation(yin_pin* pin, yin_word now, yin_word operation,
                           const std::vector<yin_word>& arguments, yin_word* next,
                           yin_error* error);

}  // namespace yin::cli
