#pragma once

// The stack projection: runs a function's instructions (code.h) over one contiguous run of slots
// (internal/slots.h).
//
// Small and portable, and what register code is made from. A machine belongs to one thread; see
// machine.h for how it is used. Code is trusted: what a file from elsewhere holds is verified first
// (verify.h).

#include <memory>

#include "vm/machine.h"

namespace yin::vm::stack {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::stack
