#pragma once

// Recovery: a domain as its last checkpoint shows it, built anew from what is on the disk.
//
// Nothing that changes is trusted: the state page, the tables of slots, workers and holds, the name
// index, marks and slab descriptors are made again from the record, its table of slots and what the
// table reaches, in one pass over that. No byte of a value is written, and the record stays, so that
// a death in the middle, or another power cut, costs nothing but the time: who opens next begins
// again. What it goes through is checked before it is read, since a record may be hostile, and then
// verified whole.

#include "substrate/domain.h"
#include "substrate/format.h"
#include "substrate/status.h"

namespace yin::substrate {

// By Domain::open(), under the lock for opening. kDataLoss: what the record names is not all there;
// kResourceExhausted: no room for the tables.
Status recover(Domain& domain, const CheckpointRecord& record);

}  // namespace yin::substrate
