// Where the native projection cannot be: another processor than it has an assembler for, a build
// without asmjit, a browser.

#include "vm/native/native.h"
#include "vm/register/register.h"

namespace yin::vm::native {

bool available() { return false; }
std::unique_ptr<Machine> make_machine() { return registers::make_machine(); }
std::vector<Listed> listing(const substrate::Pin&, const Function&) { return {}; }

}  // namespace yin::vm::native
