#include "substrate/cpu.h"

namespace yin::substrate {

Status check_cpu() { return {}; }

void relax_cpu() {}

}  // namespace yin::substrate
