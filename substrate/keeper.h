#pragma once

// Keeper: what a process does for a domain besides its own work: collects what nobody can reach,
// grows the file ahead of who allocates, gives back what stays empty, makes the checkpoints that
// the domain wishes for.
//
// Two loops, each for a thread of its own, since a checkpoint waits for the disk and a collection
// must not. Any number of processes may run them on one domain: the collector's lease and the
// checkpoints' lock let one at a time do the work. A loop ends when `stop` is not zero; wake_all()
// on it hurries that. With nothing to do they look rarely, so that a process at rest costs next to
// nothing.

#include "substrate/domain.h"
#include "substrate/shared_word.h"
#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::substrate {

// The collector's part. The reason why it could not begin; a cycle that fails is another's to make.
Status keep_collected(Domain& domain, const SharedHalf& stop);
// The same once, for who has a loop of his own: the worker must hold no pin. Was there something to
// do?
bool collect_if_due(Worker& worker, const SharedHalf* stop = nullptr);

// The checkpoints' part. The reason why one could not be made: what the domain asked for cannot be
// had.
Status keep_durable(Domain& domain, const SharedHalf& stop);

}  // namespace yin::substrate
