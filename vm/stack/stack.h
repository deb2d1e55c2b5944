#pragma once

// The stack projection: runs a function's instructions (code.h) over one contiguous run of words.
//
//   slots   [closure | slots of the oldest activation ... [closure | slots of a callee ... [closure
//   | ... top
//
// A caller's operator and operands are the callee's closure and parameters where they stand: a call
// copies nothing and allocates nothing. Of a continuation only the top frame is loaded; a frame
// below is loaded when it is returned into. A machine belongs to one thread; see machine.h for how
// it is used.

#include <memory>

#include "vm/machine.h"

namespace yin::vm::stack {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::stack
