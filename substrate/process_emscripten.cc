#include "substrate/process.h"

namespace yin::substrate {

// One module, one process: it is there as long as anybody asks.
ProcessIdentity this_process() { return {1, 0, 0}; }
bool process_is_gone(const ProcessIdentity&) { return false; }
bool process_is_stopped(const ProcessIdentity&) { return false; }

}  // namespace yin::substrate
