#pragma once

// SpaceBreakdown: where the memory of a domain is, by the marks of the last finished cycle, as far
// as one can see while others allocate and sweep. What was claimed since then is told as a whole:
// nobody knows how much of it is used.
//
// For looking at, not for deciding: slabs change hands between two reads.

#include <bit>
#include <cstdint>

#include "substrate/domain.h"
#include "substrate/slab.h"

namespace yin::bench {

struct SpaceBreakdown {
  // Bytes; together they are `committed`, of which `tables` is mostly a hole in the file.
  std::uint64_t committed = 0;
  std::uint64_t tables = 0;         // and what a group begins with
  std::uint64_t cells = 0;          // slabs of version nodes and records
  std::uint64_t large = 0;          // objects of whole slabs
  std::uint64_t live = 0;           // of slabs the last cycle could judge: marked
  std::uint64_t since = 0;          // slabs claimed since the last cycle's start
  std::uint64_t waiting = 0;        // free, in slabs no sweep has come to in this cycle
  std::uint64_t passed_short = 0;   // free, in slabs a sweep passed by: runs of 1 or 2 granules
  std::uint64_t passed_longer = 0;  // ... longer ones
  std::uint64_t empty = 0;          // free slabs, and holes
  std::uint64_t fresh = 0;          // committed, never handed out
  // Of `waiting`, what stands in runs of 1-2 granules, in longer ones below 256 bytes, and below
  // 1 KiB; the rest is longer.
  std::uint64_t waiting_2 = 0, waiting_256 = 0, waiting_1024 = 0;
};

inline SpaceBreakdown space_breakdown(const substrate::Domain& domain) {
  using namespace substrate;  // NOLINT(google-build-using-namespace): a dozen of its names
  const SlabMap map(domain);
  const DomainState& state = domain.state();
  SpaceBreakdown sum;
  // All of it is a look.
  sum.committed = state.committed_bytes.load_relaxed();
  const auto used = static_cast<std::uint32_t>(state.next_slab.load_relaxed());
  const std::uint32_t done = gc_done(state.gc.load_seq());
  const std::uint64_t cursor = state.sweep_values.load_relaxed();
  const std::uint32_t swept = cursor >> 32 == done ? static_cast<std::uint32_t>(cursor) : 0;
  sum.fresh = sum.committed - std::uint64_t{used} * kSlabBytes;
  for (std::uint32_t slab = 0; slab < used; ++slab) {
    if (map.is_lead(slab)) {
      sum.tables += kSlabBytes;
      continue;
    }
    const SlabDescriptor& d = map.descriptor(slab);
    const SlabState s = unpack_slab(d.state.load_acquire());
    switch (shape_kind(d.shape.load_relaxed())) {
      case SlabKind::kTable:
        sum.tables += kSlabBytes;
        continue;
      case SlabKind::kCells:
        sum.cells += kSlabBytes;
        continue;
      case SlabKind::kLarge:
      case SlabKind::kLargeRest:
        sum.large += kSlabBytes;
        continue;
      case SlabKind::kFree:
      case SlabKind::kHole:
        if (s.owner == 0) {
          sum.empty += kSlabBytes;
          continue;
        }
        break;
      default:
        break;
    }
    if (s.owner != 0 || s.tag >= done) {
      sum.since += kSlabBytes;
      continue;
    }
    std::uint64_t run = 0;
    const auto close = [&] {
      const std::uint64_t bytes = run * kGranule;
      run = 0;
      if (slab < swept) {
        (bytes <= 2 * kGranule ? sum.passed_short : sum.passed_longer) += bytes;
        return;
      }
      sum.waiting += bytes;
      if (bytes <= 2 * kGranule) sum.waiting_2 += bytes;
      if (bytes > 2 * kGranule && bytes < 256) sum.waiting_256 += bytes;
      if (bytes >= 256 && bytes < 1024) sum.waiting_1024 += bytes;
    };
    for (std::uint32_t w = 0; w < kSlabMarkWords; ++w) {
      const std::uint32_t bits = live_bits(map.marks(slab)[w].load_relaxed(), done);
      sum.live += static_cast<std::uint64_t>(std::popcount(bits)) * kGranule;
      for (unsigned bit = 0; bit < kMarkedPerWord; ++bit) {
        if ((bits >> bit & 1) != 0) close();
        run += (bits >> bit & 1) == 0 ? 1 : 0;
      }
    }
    close();
  }
  return sum;
}

}  // namespace yin::bench
