// The explored world's processes: gone as soon as the explorer kills them.

#include "substrate/process.h"
#include "tests/explore/world.h"

namespace yin::substrate {

ProcessIdentity this_process() {
  return {static_cast<std::uint64_t>(explore::World::get().current()) + 100, 1, 1};
}

bool process_is_gone(const ProcessIdentity& process) {
  explore::system_call("look at a process");
  return !explore::World::get().alive(static_cast<int>(process.pid) - 100);
}

bool process_is_stopped(const ProcessIdentity& process) {
  explore::system_call("look at a process");
  return explore::World::get().stopped(static_cast<int>(process.pid) - 100);
}

}  // namespace yin::substrate
