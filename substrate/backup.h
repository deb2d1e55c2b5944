#pragma once

// Backup: a living domain into a new file, and nothing but what its roots reach.
//
// The copy is of one instant, every slot with its generation and every name with its number, so that
// references and continuations mean the same in it; objects stand one behind the other, shared parts
// once, so that it is as small as the values allow. Others go on meanwhile. The new file has its name
// only when it is whole and on the disk. Old versions are not taken along, retention is.
//
// Costs one pass over what is reachable and 8 bytes of memory for each 16 that are.

#include <cstdint>
#include <string>

#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::substrate {

struct BackupReport {
  std::uint64_t clock = 0;  // the instant
  std::uint64_t slots = 0;
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  // of objects
};

// The worker must hold no pin. kAlreadyExists: there is a file of that name; kResourceExhausted: the
// disk is full, and no file was made; else as Domain::open() and checkpoint().
StatusOr<BackupReport> backup(Worker& from, const std::string& path);
// Writes a domain that nobody else has open anew, without its garbage. The old file stays what it is
// until the new one takes its name. kUnavailable: others have it open.
StatusOr<BackupReport> compact(const std::string& path);

}  // namespace yin::substrate
