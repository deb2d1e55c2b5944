#pragma once

// The register projection: runs a function's register code (code.h) over the slots it shares with
// the stack projection (internal/slots.h).
//
// An instruction takes its operands where they stand, so that values are moved less than in stack
// code. A machine belongs to one thread; see machine.h for how it is used. Code is trusted: what a
// file from elsewhere holds is verified first (verify.h).

#include <memory>

#include "vm/machine.h"

namespace yin::vm::registers {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::registers
