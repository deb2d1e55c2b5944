#pragma once

// Monitor: looks at every word an explored access changed, and knows what may not be.
//
// The invariants of protocol section 11 that one step can break: decided once, heads never come
// back, nothing is installed over an undecided node, a record is committed only while all its nodes
// stand, stamps are not older than the install, clock, cycle and marks only grow, a slab is changed
// by its owner only, and no freed word is read. The rest (all or nothing, no lost update, whole
// values) is for scenarios and their histories. It also names words, for traces.

#include <cstddef>
#include <cstdint>
#include <string>

#include "substrate/shared_word.h"

namespace yin::explore {

struct Access {
  std::uint64_t offset;
  std::uint32_t bytes;
  substrate::AccessKind kind;
  std::uint64_t before;
};

class Monitor {
 public:
  static void reset();
  // What is wrong with what an access did, null: nothing. `process` made it.
  static const char* judge(const Access& access, std::uint64_t after, int process);
  // May the word be touched at all?
  static const char* judge_touch(const Access& access);
  // One of many like it, so that switching before it tells little: a look at a mark word, but for
  // the first of its slab; a sweeper's note in a cell. Sweepers touch them by the hundred.
  static bool is_one_of_many(std::uint64_t offset, substrate::AccessKind kind);
  static void freed(std::uint64_t offset, std::size_t bytes);

  static std::string name(std::uint64_t offset);
};

}  // namespace yin::explore
