#pragma once

// Tiers: register code to begin with, native code from where a step turns out to be long.
//
// What a step left is a continuation like any other, so changing over in the middle of one is a save
// and a load; no code counts calls, and nothing is replaced on a stack. A machine belongs to one
// thread. It means what every other machine means: it is how programs run if nobody asks.

#include <memory>

#include "vm/machine.h"

namespace yin::vm::tiered {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::tiered
