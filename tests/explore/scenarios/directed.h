#pragma once

// Directed: a scenario in phases, for an order of many switches that a search would hardly meet.
//
// Each process says how far things are (reach) and waits until they are so far (await); instead()
// leads whoever is about to touch a word to the next point, and the search goes on from there:
//
//   int instead(int self, const Touch& touch) override {
//     if (self == 1 && phase_ == 0 && touch.offset == head_) return phase_ = 1, 2;  // 2 goes on
//     return 0;
//   }
//
// A process may die anywhere, so each ends with end(self), and nobody waits for one that is gone.
// word_at() and what stands on it look past the run: they are no accesses of it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "substrate/format.h"
#include "substrate/table.h"
#include "tests/explore/scenario.h"

namespace yin::explore {

class Directed : public Scenario {
 protected:
  void end(int self) { ended_[self] = true; }
  [[nodiscard]] bool gone(int process) const {
    return ended_[process] || !World::get().alive(process);
  }
  // Until things are so far, or `other` cannot bring them there any more.
  void await(int phase, int other) const {
    while (phase_ < phase && !gone(other)) wait_in_vain(nullptr, 1);
  }
  void await_end(int other) const {
    while (!gone(other)) wait_in_vain(nullptr, 1);
  }
  // Never back: whoever was stopped meanwhile may be behind.
  void reach(int phase) { phase_ = std::max(phase_, phase); }

  // Reads a root, says that it has, and stands on the value until things are so far.
  struct Stand {
    int reached = 0;
    int until, by;
  };
  void stand_on(Run& run, int self, substrate::RootRef ref, const Stand& stand) {
    const substrate::Pin pin(run.worker(self));
    Run::Seen seen;
    if (!run.read(pin, self, ref, seen)) return;
    reach(stand.reached);
    await(stand.until, stand.by);
    Run::still(pin, seen);
  }

  // The node of a root's newest version, read by a process that nobody leads.
  static std::uint64_t newest(Run& run, int self, substrate::RootRef ref) {
    const substrate::Pin pin(run.worker(self));
    return raw(read_root(pin, ref).version);
  }
  static std::uint64_t word_at(std::uint64_t offset) {
    std::uint64_t word = 0;
    std::memcpy(&word, World::get().at(offset), sizeof word);
    return word;
  }
  static std::uint64_t gc_word_now() {
    return word_at(substrate::kStateAt + offsetof(substrate::DomainState, gc));
  }
  static std::uint64_t pin_of(Run& run, int process) {
    return offset_of(&run.worker(process).slot().pin);
  }
  static std::uint64_t head_of(Run& run, substrate::RootRef ref) {
    return offset_of(substrate::find_root_slot(run.domain(0), ref.slot)) +
           offsetof(substrate::RootSlot, head);
  }

  int phase_ = 0;

 private:
  static std::uint64_t offset_of(const void* at) {
    std::uint64_t offset = 0;
    require(World::get().offset_of(at, offset), "a place out of the domain");
    return offset;
  }

  bool ended_[kProcesses] = {};
};

}  // namespace yin::explore
