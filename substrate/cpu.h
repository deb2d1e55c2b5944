#pragma once

// What the build asks of the processor, checked before anything else runs on it; and what a loop that
// waits tells it.
//
// Lookups lean on popcount and bit extraction: without them a find takes 2.8 times the
// instructions, so the x86-64 build is for the level v3 (Haswell, Zen and later) and says so
// instead of dying of an illegal instruction. Platform files by processor: cpu_x86_64.cc,
// cpu_arm64.cc, cpu_wasm.cc.

#include "substrate/status.h"

namespace yin::substrate {

// kUnimplemented, with the name of what is missing.
Status check_cpu();

// Says that we are waiting in a loop: saves power, and leaves a shared core to its other thread.
void relax_cpu();

}  // namespace yin::substrate
