#pragma once

// The native projection: machine code made from a function's register code (register/code.h) when it
// is first called, over the slots it shares with the stack and the register projection
// (internal/slots.h). Same safe points, same frames, same fuel (docs/decisions/0021).
//
// A machine belongs to one thread, the code that machines run to the process; see machine.h for how
// one is used. Without an assembler for the processor it is register code again.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "substrate/pin.h"
#include "vm/code.h"
#include "vm/machine.h"

namespace yin::vm::native {

// Is there machine code for this processor, and the assembler in this build? Without, make_machine()
// gives the register projection.
bool available();

std::unique_ptr<Machine> make_machine();

// The machine code of a function for people, as the assembler lists it: one instruction of the
// processor or one label a line, its bytes behind it. Empty where there is no assembler.
struct Listed {
  static constexpr std::uint32_t kEntry = ~std::uint32_t{0};

  std::uint32_t pc;  // of the register code's instruction that it is made from; kEntry: of none
  bool out_of_line;  // where an instruction goes for its uncommon cases
  std::string text;
};
std::vector<Listed> listing(const substrate::Pin& pin, const Function& f);

}  // namespace yin::vm::native
