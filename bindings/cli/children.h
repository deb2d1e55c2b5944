#pragma once

// Children: the worker processes of one `yin run`, and the signals that reach it.
//
// A child is this same program with other arguments. It dies with its parent, and Ctrl-C reaches
// the parent alone, which asks the children to leave.
//
// For the main thread only. Platform file: children_posix.cc.

#include <cstdint>
#include <string>
#include <vector>

#include "substrate/status.h"

namespace yin::cli {

using ProcessId = std::int64_t;

struct ChildExit {
  ProcessId pid;
  int code;    // when it left by itself
  int signal;  // when it was killed, else 0
};

// Starts this program with `arguments`.
substrate::StatusOr<ProcessId> start_child(const std::vector<std::string>& arguments);
// Children that ended since the last call; does not wait.
std::vector<ChildExit> reap_children();
void kill_child(ProcessId pid);  // SIGKILL
std::string signal_name(int signal);

// From here on SIGINT, SIGTERM and SIGHUP are noted instead of ending the process, and a write past
// a file-size limit is an error instead of a signal.
void note_signals();
bool interrupted();
// For who ends at once without them: Ctrl-C alone is noted, the second one ends the process.
void note_interrupt();
// For who goes on behind one: every Ctrl-C is noted, until it is forgotten.
void note_interrupts();
void forget_interrupt();

}  // namespace yin::cli
