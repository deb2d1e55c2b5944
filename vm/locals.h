#pragma once

// Locals: what the slots of a frame are called in the program's text, for whoever looks at an agent.
//
// A frame is slots; names stand in the AST alone. What binds a name on the way from the function's
// body to the node where the frame stands says which slot it has: the slots follow from the text.
// An operand that waits for others has a slot and no name. Linear in the function's nodes; nothing
// is kept.

#include <cstdint>
#include <vector>

#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::vm {

struct Local {
  std::uint32_t slot = 0;
  substrate::Word name = substrate::kNil;  // symbol, or nil
  substrate::Word value = substrate::kNil;
};

// The live slots of a frame, in their order.
std::vector<Local> locals_of(const substrate::Pin& pin, substrate::Word frame);

}  // namespace yin::vm
