#pragma once

// The native projection: machine code made from a function's register code (register/code.h) when it
// is first called, over the slots it shares with the stack and the register projection
// (internal/slots.h). Same safe points, same frames, same fuel (docs/decisions/0021).
//
// A machine belongs to one thread, the code that machines run to the process; see machine.h for how
// one is used. Without an assembler for the processor it is register code again.

#include <memory>

#include "vm/machine.h"

namespace yin::vm::native {

// Is there machine code for this processor, and the assembler in this build? Without, make_machine()
// gives the register projection.
bool available();

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::native
