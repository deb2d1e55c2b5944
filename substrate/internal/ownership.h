#pragma once

// Ownership: which nodes a transient may change in place, and the blocks it makes them in.
//
// The rule: a node whose header has kFlagOwned was made by the one transient in whose tree it
// stands, and nobody else sees it. A transient sets the flag in every node it makes (mark_of), asks
// for it before it stores into a node (is_owned), and settle() takes it away from all of them
// before the tree becomes a value. So no value ever holds a flagged node, a transient starts with
// none, and the test is one bit of a header that is loaded anyway: no edit ids in nodes, no address
// ranges, and it holds for slab and nursery alike. A transient that is dropped leaves unreachable
// nodes; that they are flagged harms nobody.
//
// settle() goes by a list of the blocks, not through the tree: its cost is that of the nodes made.
// A node that was outgrown is given back with give_back() and serves the next of its size, or, cut in
// two, of a smaller one, so that nodes can always have their exact size and hardly any room is lost. One thread; as short-lived as its edit. Not for objects
// above kLargestReused granules, which are made but never reused.
//
// Functions that make nodes are templates over Edit and OwnBlocks: both have pin() and
// allocate<T>(bytes), and mark_of() tells the flags to put in the header.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "substrate/edit.h"
#include "substrate/format.h"

namespace yin::substrate {

inline bool is_owned(const ObjectHeader& h) { return (h.flags & kFlagOwned) != 0; }

class OwnBlocks {
 public:
  explicit OwnBlocks(Edit& edit) : edit_(edit) {}
  OwnBlocks(const OwnBlocks&) = delete;
  OwnBlocks& operator=(const OwnBlocks&) = delete;

  [[nodiscard]] Edit& edit() const { return edit_; }
  [[nodiscard]] const Pin& pin() const { return edit_.pin(); }

  // As Edit::allocate. The caller fills the header at once, with mark_of(*this) among its flags.
  template <class T>
  [[nodiscard]] T* allocate(std::uint64_t bytes) {
    const std::uint64_t granules = (bytes + kGranule - 1) / kGranule;
    if (granules <= kLargestReused)
      return allocate_granules<T>(static_cast<std::uint32_t>(granules));
    return note(edit_.allocate<T>(bytes));
  }
  template <class T>
  [[nodiscard]] T* allocate_granules(std::uint32_t granules) {
    if (granules > kLargestReused) return note(edit_.allocate_granules<T>(granules));
    if (free_[granules] != nullptr) return reinterpret_cast<T*>(take(granules));
    const std::uint32_t least = granules + kSmallest;
    const std::uint64_t larger = sizes_ >> least << least;
    if (larger == 0) return note(edit_.allocate_granules<T>(granules));
    return note(reinterpret_cast<T*>(carve(granules, larger)));
  }

  // An owned node that left the tree; its size is what its header says.
  void give_back(ObjectHeader* node) {
    if (node->granules > kLargestReused || node->flags >> kFlagScaleShift != 0) return;
    auto* block = reinterpret_cast<Free*>(node);
    block->next = free_[node->granules];
    free_[node->granules] = block;
    sizes_ |= std::uint64_t{1} << node->granules;
  }

  // All nodes made since the last call are from now on as any other: nobody's to change. O(nodes).
  void settle() {
    for (ObjectHeader* h : blocks_) h->flags &= static_cast<std::uint8_t>(~kFlagOwned);
    blocks_.clear();
    for (Free*& list : free_) list = nullptr;
    sizes_ = 0;
  }

 private:
  static constexpr std::uint64_t kLargestReused = 34;  // a trie node with 32 entries has 33

  static constexpr std::uint32_t kSmallest = 3;  // a trie node with 2 entries

  struct Free {
    ObjectHeader header;
    Free* next;
  };

  Free* take(std::uint32_t granules) {
    Free* block = free_[granules];
    free_[granules] = block->next;
    if (block->next == nullptr) sizes_ &= ~(std::uint64_t{1} << granules);
    return block;
  }
  // The end of the smallest of the `larger` blocks; what is left of it stays free.
  std::byte* carve(std::uint32_t granules, std::uint64_t larger) {
    Free* block = take(static_cast<std::uint32_t>(std::countr_zero(larger)));
    block->header.granules = static_cast<std::uint16_t>(block->header.granules - granules);
    give_back(&block->header);
    return reinterpret_cast<std::byte*>(block) + block->header.granules * kGranule;
  }

  template <class T>
  T* note(T* made) {
    blocks_.push_back(reinterpret_cast<ObjectHeader*>(made));
    return made;
  }

  Edit& edit_;
  std::vector<ObjectHeader*> blocks_;  // every one made, reused or not
  Free* free_[kLargestReused + 1] = {};
  std::uint64_t sizes_ = 0;  // bit n: there are free blocks of n granules
};

// The flags that a node has for being made with it.
constexpr std::uint8_t mark_of(const Edit&) { return 0; }
constexpr std::uint8_t mark_of(const OwnBlocks&) { return kFlagOwned; }

}  // namespace yin::substrate
