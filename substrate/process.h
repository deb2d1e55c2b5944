#pragma once

// Who a worker is to the operating system, and whether that process is still there.
//
// A pid alone is not enough: pids are reused and a zombie keeps its own. So a worker records (pid,
// start time), and the pid namespace they count in (protocol.md 6). Platform files:
// process_linux.cc, process_emscripten.cc.

#include <cstdint>

namespace yin::substrate {

struct ProcessIdentity {
  std::uint64_t pid;
  std::uint64_t start;          // clock ticks since boot
  std::uint64_t pid_namespace;  // inode of /proc/self/ns/pid, 0: unknown
  bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity this_process();

// True when the process has certainly ended: its pid is free, belongs to a later process, or is a
// zombie's. A process of another namespace cannot be judged: true, and the lease's lock alone
// decides.
bool process_is_gone(const ProcessIdentity& process);
// True when it is known to be stopped (SIGSTOP, a debugger). Only a reason to be less patient.
bool process_is_stopped(const ProcessIdentity& process);

}  // namespace yin::substrate
