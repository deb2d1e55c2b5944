#pragma once

// Register code to begin with, native code from where a step turns out to be long. What a step left
// is a continuation like any other, so changing over in the middle of one is a save and a load.

#include <memory>

#include "vm/machine.h"

namespace yin::vm::tiered {

std::unique_ptr<Machine> make_machine();

}  // namespace yin::vm::tiered
