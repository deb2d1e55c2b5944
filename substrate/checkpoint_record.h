#pragma once

// Checkpoint record: the two places on disk that say where the last checkpoints stand.
//
// A record is read and written word by word, so that whoever reads one that is being written sees a
// wrong checksum and nothing worse. Only the holder of the checkpoint lock writes, first an invalid
// one, then the new one whole; what it refers to was synced before (protocol.md 10, amendments A9
// to A11). A hostile file can have a checksum that fits: what a record says is checked by whoever
// goes by it.

#include <cstdint>
#include <optional>

#include "substrate/domain.h"
#include "substrate/format.h"

namespace yin::substrate {

// The record in these words, if it is whole.
std::optional<CheckpointRecord> load_record(const SharedWord* words);
CheckpointRecord with_checksum(CheckpointRecord record);
// The record at place 0 or 1, if it is whole.
std::optional<CheckpointRecord> load_checkpoint(const Domain& domain, std::uint32_t place);
// The newer of the two.
std::optional<CheckpointRecord> newest_checkpoint(const Domain& domain);
// Where the next one goes: to the invalid one, else to the older one (amendment A10).
std::uint32_t next_checkpoint_place(const Domain& domain);
// None counts from now on: for memory that goes on from a file, and would be taken back to it.
void drop_checkpoints(Domain& domain);
// Fills in the checksum.
void store_checkpoint(Domain& domain, std::uint32_t place, const CheckpointRecord& record);

}  // namespace yin::substrate
