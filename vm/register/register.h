#pragma once

// The register projection: runs a function's register code (code.h) over the slots it shares with
// the stack projection (internal/slots.h). A machine belongs to one thread; see machine.h for how
// it is used.

#include <memory>

#include "vm/machine.h"

namespace yin::vm::registers {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::registers
