#pragma once

// What `yin` tells the shell when it ends. Documented in the README and in --help: scripts depend
// on the numbers, so they do not change meaning.
//
// Statuses map onto them in one place, so that the same trouble gives the same code from every
// command. Codes from 128 on are the shell's own, for signals.

#include <cstdio>

#include "substrate/status.h"

namespace yin::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitProgram = 1,  // the program's own error, an agent failed; verify found damage
  kExitUsage = 2,    // the command line
  kExitWorld = 3,    // no such file, no permission, no space
  kExitDamaged = 4,  // the file is no domain, or not a whole one
  kExitStuck = 5,    // agents wait for what nobody can give
  kExitInterrupted = 130,
};

constexpr ExitCode exit_code(substrate::StatusCode code) {
  switch (code) {
    case substrate::StatusCode::kOk:
      return kExitOk;
    case substrate::StatusCode::kInvalidArgument:
    case substrate::StatusCode::kAlreadyExists:
      return kExitUsage;
    case substrate::StatusCode::kDataLoss:
    case substrate::StatusCode::kUnimplemented:
      return kExitDamaged;
    default:
      return kExitWorld;
  }
}

// Says what went wrong on standard error and gives the code to leave with.
inline int fail(const substrate::Status& status) {
  std::fprintf(stderr, "yin: %s\n", status.message().c_str());
  return exit_code(status.code());
}

}  // namespace yin::cli
