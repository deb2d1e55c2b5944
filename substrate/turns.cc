#include "substrate/turns.h"

#include <algorithm>

#include "substrate/clock.h"
#include "substrate/table.h"

namespace yin::substrate {

namespace {

// A change of hands costs about half a microsecond, a map of a thousand keys some five: a slice is
// worth it, and a slice is the longest wait. Protocol.md 3.6 allows 20.
constexpr std::uint64_t kSliceNs = 20'000;
constexpr std::uint64_t kFirstLookNs = 500;
constexpr std::uint64_t kLookGrowth = 4;
// Of who lets another by: rarely enough not to be in his way.
constexpr std::uint64_t kPollNs = 200;

// Of all waits a slice long, so that two do not keep meeting.
std::uint64_t with_jitter(std::uint64_t ns, std::uint64_t now_ns) {
  const std::uint64_t random = (now_ns * 0x9e3779b97f4a7c15) >> 56;
  return ns - ns * random / 2048;  // an eighth at most
}

}  // namespace

void Turns::was_asked(RootSlot& root, SlotIndex slot, std::uint64_t head) {
  // edge: watch
  root.waiters.and_seq(~kTurnAsked);
  owed_ = slot;
  owed_head_ = head;
  owed_until_ns_ = monotonic_ns() + kSliceNs;
}

void Turns::let_by(const Pin& pin) {
  RootSlot& root = *find_root_slot(pin, owed_);
  owed_ = kNoSlot;
  // edge: head
  while (root.head.load_seq() == owed_head_) {
    if (monotonic_ns() >= owed_until_ns_) return;  // he does not come
    spin_ns(kPollNs);
  }
  wait_for_turn(root, kSliceNs / 2);
}

void Turns::lost(const Pin& pin, SlotIndex slot, std::uint32_t tries) {
  const std::uint64_t now = monotonic_ns();
  if (now < asked_until_ns_) return;
  // A root may well be at rest for as long as a try takes, and yet be fought over.
  const std::uint64_t look_ns =
      tries == 1 ? kFirstLookNs
                 : std::clamp(2 * (now - tried_since_ns_), kFirstLookNs, kSliceNs / 2);
  wait_for_turn(*find_root_slot(pin, slot), look_ns);
}

// Until the root did not change between two looks, or a slice is over and the turn is asked for.
void Turns::wait_for_turn(RootSlot& root, std::uint64_t look_ns) {
  std::uint64_t now = monotonic_ns();
  const std::uint64_t until = now + with_jitter(kSliceNs, now);
  // edge: head
  std::uint64_t seen = root.head.load_seq();
  bool is_at_rest = false;
  while (now < until && !is_at_rest) {
    spin_ns(std::min(look_ns, until - now));
    look_ns *= kLookGrowth;
    // edge: head
    const std::uint64_t head = root.head.load_seq();
    is_at_rest = head == seen;
    seen = head;
    now = monotonic_ns();
  }
  tried_since_ns_ = now;
  if (is_at_rest) return;
  asked_until_ns_ = now + kSliceNs;
  // edge: watch
  root.waiters.or_seq(kTurnAsked);
}

}  // namespace yin::substrate
