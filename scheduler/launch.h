#pragma once

// Launch: the threads of one process that serve a domain: runners of agents, a collector that wakes
// when it is due, threads on which host operations block, and checkpoints if the domain wishes for
// them.
//
// Every worker process serves in the same way; the collector's lease lets one of them collect at a
// time. serve() returns when `stop` is set in the domain's state, or with the reason why a step
// could not be committed.

#include "substrate/domain.h"
#include "substrate/status.h"
#include "vm/machine.h"
#include "scheduler/host.h"
#include "scheduler/scheduler.h"

namespace yin::scheduler {

struct ServeOptions {
  unsigned threads = 1;
  unsigned host_threads = 4;  // at most, on which host operations block
  vm::Projection projection = vm::Projection::kTiered;
  SliceLimits limits;
};

substrate::Status serve(substrate::Domain& domain, const HostTable& host,
                        const ServeOptions& options);

// Asks every worker of every process to leave.
void stop_all(substrate::Domain& domain);

}  // namespace yin::scheduler
