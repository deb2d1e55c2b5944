#include "substrate/cpu.h"

namespace yin::substrate {

Status check_cpu() { return {}; }

}  // namespace yin::substrate
