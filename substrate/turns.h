#pragma once

// Turns: how workers that keep changing one root take it in turns, a slice each.
//
// A commit that loses its race costs the winner too: the slot's cache line, and what hangs on it,
// goes back and forth at each swap. So who lost stays off that line for a slice, in which the
// winner goes on in its own cache; then it asks for its turn by a bit of the slot, which the winner
// meets where it looks for watchers anyway. The winner lets it by before its own next swap, and
// waits a slice itself.
//
//   one      swap swap swap . let by . wait a slice . . . ask . swap swap swap . let by
//   another  lost . wait a slice . . . ask . swap swap swap . let by . wait a slice . . .
//
// Who finds the root at rest does not wait on. Not a lock: it orders and never excludes
// (protocol.md 3.6). Every wait is by the clock and a slice at most, so nobody waits for a process
// that has stopped or died, and a bit that nobody answers does nothing. A root that nobody fights
// over costs a comparison a swap. A Turns belongs to a worker, so to one thread; for commits of
// several roots it does nothing. Why so: docs/decisions/0015.

#include <cstdint>

#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

class Turns {
 public:
  // Before the first try of a change: is there somebody to be let by?
  [[nodiscard]] bool owes(SlotIndex slot) const { return owed_ == slot; }
  // Waits until he has committed, and then for our own turn.
  void let_by(const Pin& pin);

  // Behind try number `tries` (1..) of a change, which another commit beat: waits for our turn.
  void lost(const Pin& pin, SlotIndex slot, std::uint32_t tries);

  // For commit.cc: we installed `head`, and found the bit set.
  void was_asked(RootSlot& root, SlotIndex slot, std::uint64_t head);

 private:
  void wait_for_turn(RootSlot& root, std::uint64_t look_ns);

  static constexpr SlotIndex kNoSlot{~std::uint32_t{0}};
  SlotIndex owed_ = kNoSlot;  // whose next swap is another's first
  std::uint64_t owed_head_ = 0;
  std::uint64_t owed_until_ns_ = 0;
  std::uint64_t asked_until_ns_ = 0;  // so long those we asked wait for us
  std::uint64_t tried_since_ns_ = 0;  // when the last wait ended
};

}  // namespace yin::substrate
