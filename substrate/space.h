#pragma once

// Space: keeps a domain as large as what lives in it asks for: paces who allocates, gives back what
// stays empty.
//
// Pacing. What is allocated while a cycle marks is freed by the next one at the earliest, so a
// domain takes what lives, and what is allocated between the starts of two cycles, and what is
// allocated during one mark. The first is the trigger's to choose (collection_due); the second
// grows with the writers' number, and the marker is one. So writers earn what they allocate by the
// marker's progress, a share of what lives for a whole mark; who is in debt waits a little when his
// pin goes, a few milliseconds a slab at most, and never for a collector that stands still
// (docs/decisions/0010). Nothing is owed while no cycle runs.
//
// Giving back. An extent is punched out of the file when it held nothing at two looks in a row,
// seconds apart: what is empty for a moment only would be taken up again at once, and new blocks
// cost more than swept ones. A slab whose blocks are gone says so (SlabKind::kHole), and whoever
// takes it asks for blocks before he stores into it: a full disk is then a Status, not a signal.
//
// Pacing is called by pins; a SpaceKeeper belongs to its worker's thread, one of a process or of
// several, as collecting.

#include <cstdint>
#include <vector>

#include "substrate/domain.h"

namespace yin::substrate {

class Worker;

// How much more was allocated since the running cycle began than it has earned by marking, in
// bytes. 0: nothing, or no cycle runs.
std::uint64_t allocation_debt(const Domain& domain);

// Waits while there is debt, a few milliseconds at most. The worker must hold no pin.
void pay_allocation_debt(Worker& worker);

class SpaceKeeper {
 public:
  static constexpr std::uint32_t kLookMs = 5000;     // between two looks
  static constexpr std::uint32_t kExtentSlabs = 16;  // 1 MiB: what is given back in one piece

  explicit SpaceKeeper(Worker& worker) : worker_(worker) {}
  SpaceKeeper(const SpaceKeeper&) = delete;
  SpaceKeeper& operator=(const SpaceKeeper&) = delete;

  // Gives back the extents that held nothing at the last look either; call it every kLookMs. Cost:
  // the descriptors of all slabs, the marks of those that may be empty, a system call an extent.
  // Returns how many bytes that was.
  std::uint64_t look();

 private:
  Worker& worker_;
  std::vector<std::uint32_t> empty_;  // a slab's tag at the last look, 0: it held something
};

}  // namespace yin::substrate
