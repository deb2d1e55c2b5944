#pragma once

// Tables that grow without moving: workers, root slots, ready bits, names.
//
// Chunk 0 stands in slab 0; each further chunk is twice as long as the one before and stands in
// slabs that are never swept. An entry's place is computed from its number alone; a chunk appears
// by one CAS in the directory, so growing needs no lock and a loser's chunk is given to nobody (a
// hole of one chunk, at most once a doubling).

#include <bit>
#include <cstdint>

#include "substrate/domain.h"
#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/slab.h"

namespace yin::substrate {

struct TablePlace {
  std::uint32_t chunk;
  std::uint64_t index;  // in the chunk
};

constexpr TablePlace table_place(const TableShape& shape, std::uint64_t entry) {
  if (entry < shape.first_entries) [[likely]]
    return {0, entry};
  const std::uint64_t rest = entry - shape.first_entries;
  const auto level =
      static_cast<std::uint32_t>(std::bit_width(rest / shape.first_slab_entries + 1) - 1);
  return {level + 1, rest - shape.first_slab_entries * ((std::uint64_t{1} << level) - 1)};
}

constexpr std::uint64_t table_chunk_entries(const TableShape& shape, std::uint32_t chunk) {
  return chunk == 0 ? shape.first_entries : shape.first_slab_entries << (chunk - 1);
}

// The entry's address, null when its chunk is not there.
template <class T>
T* table_find(std::byte* base, const TableDirectory& directory, const TableShape& shape,
              std::uint64_t entry) {
  const TablePlace place = table_place(shape, entry);
  if (place.chunk >= kTableChunks) [[unlikely]]
    return nullptr;
  // edge: table-chunk (its zeroes, and what chunk 0 was created with)
  const std::uint64_t chunk = directory.chunk[place.chunk].load_acquire();
  if (chunk == 0) return nullptr;
  return reinterpret_cast<T*>(base + chunk) + place.index;
}
template <class T>
T* table_find(const Domain& domain, const TableDirectory& directory, const TableShape& shape,
              std::uint64_t entry) {
  return table_find<T>(domain.base(), directory, shape, entry);
}

// The same for an entry known to exist.
template <class T>
T& table_at(const Domain& domain, const TableDirectory& directory, const TableShape& shape,
            std::uint64_t entry) {
  return *table_find<T>(domain, directory, shape, entry);
}

// Makes sure that the entry's chunk is there.
inline Status table_ensure(Domain& domain, TableDirectory& directory, const TableShape& shape,
                           std::uint64_t entry) {
  const TablePlace place = table_place(shape, entry);
  if (place.chunk >= kTableChunks)
    return resource_exhausted("domain " + domain.path() + ": a table is full");
  SharedWord& slot = directory.chunk[place.chunk];
  // edge: table-chunk
  if (slot.load_acquire() != 0) return {};
  auto made = take_table_slabs(domain, table_chunk_entries(shape, place.chunk) * shape.entry_bytes);
  if (!made.ok()) return made.status();
  std::uint64_t empty = 0;
  // edge: table-chunk (a loser's slabs stay unused)
  slot.cas_seq(empty, raw(*made));
  return {};
}

// The slot, null when its number is beyond what the table holds: a damaged file may name any.
inline RootSlot* find_root_slot(const Domain& domain, SlotIndex slot) {
  return table_find<RootSlot>(domain, domain.state().slots, kSlotTable, raw(slot));
}
inline RootSlot& root_slot(const Domain& domain, SlotIndex slot) {
  return table_at<RootSlot>(domain, domain.state().slots, kSlotTable, raw(slot));
}
// The same where every nanosecond counts: a pin knows the base.
inline DomainState& state_of(const Pin& pin) { return *pin.at<DomainState>(offset_of(kStateAt)); }
inline RootSlot* find_root_slot(const Pin& pin, SlotIndex slot) {
  return table_find<RootSlot>(pin.base(), state_of(pin).slots, kSlotTable, raw(slot));
}
inline WorkerSlot* worker_slot(const Domain& domain, std::uint32_t worker) {
  return table_find<WorkerSlot>(domain, domain.state().workers, kWorkerTable, worker);
}

// Each worker slot that was ever used: visit(index, slot).
template <class Visit>
void each_worker_slot(const Domain& domain, Visit&& visit) {
  // edge: lease
  const std::uint32_t high = domain.state().worker_high.load_acquire();
  for (std::uint32_t i = 0; i < high; ++i) {
    if (WorkerSlot* slot = worker_slot(domain, i); slot != nullptr) visit(i, *slot);
  }
}

}  // namespace yin::substrate
