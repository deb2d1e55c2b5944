#pragma once

// Slots that become ready, and who takes them: what tests of the ready bits and of the timers that
// set them begin with. Nothing runs here: a slot stands for an agent, being taken for its step.

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "substrate/commit.h"
#include "substrate/ready.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"

namespace yin::tests {

// Slots 1 .. count, in use.
inline void make_slots(substrate::Worker& worker, std::uint32_t count) {
  const substrate::Pin pin(worker);
  while (worker.domain().state().next_slot.load_seq() <= count)
    REQUIRE(new_root(pin, substrate::RootKind::kAgent).ok());
}

inline std::set<std::uint32_t> take_all(const substrate::Domain& domain) {
  std::set<std::uint32_t> taken;
  substrate::SlotIndex found{};
  while (find_ready(domain, substrate::SlotIndex{0}, found)) {
    if (take_ready(domain, found)) taken.insert(raw(found));
  }
  return taken;
}

// For a child process: takes `count` slots that become ready in the domain at `path`, one after
// another, announcing each, and sleeps while there is none; before each look `look(domain)` is
// called. 0, or 1 when somebody else took one.
template <class Look>
int take_asleep(const std::string& path, std::uint32_t count, substrate::SharedHalf& taken,
                Look&& look) {
  const auto domain = open_domain({.path = path});
  for (std::uint32_t n = 0; n < count;) {
    std::forward<Look>(look)(*domain);
    const std::uint32_t seen = substrate::work_seen(*domain);
    substrate::SlotIndex found{};
    if (!find_ready(*domain, substrate::SlotIndex{0}, found)) {
      substrate::wait_for_work(*domain, seen, 600'000);
      continue;
    }
    if (!take_ready(*domain, found)) return 1;
    announce(taken);
    ++n;
  }
  return 0;
}

}  // namespace yin::tests
