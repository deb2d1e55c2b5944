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
// A node that was outgrown is given back with give_back() and serves the next of its size, so that
// nodes can always have their exact size. One thread; as short-lived as its edit. Not for objects
// above kLargestReused granules, which are made but never reused.
//
// Functions that make nodes are templates over Edit and OwnBlocks: both have pin() and
// allocate<T>(bytes), and mark_of() tells the flags to put in the header.

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
    if (granules <= kLargestReused && free_[granules] != nullptr) {
      Free* block = free_[granules];
      free_[granules] = block->next;
      return reinterpret_cast<T*>(block);
    }
    T* made = edit_.allocate<T>(bytes);
    blocks_.push_back(reinterpret_cast<ObjectHeader*>(made));
    return made;
  }

  // An owned node that left the tree; its size is what its header says.
  void give_back(ObjectHeader* node) {
    if (node->granules > kLargestReused || node->flags >> kFlagScaleShift != 0) return;
    auto* block = reinterpret_cast<Free*>(node);
    block->next = free_[node->granules];
    free_[node->granules] = block;
  }

  // All nodes made since the last call are from now on as any other: nobody's to change. O(nodes).
  void settle() {
    for (ObjectHeader* h : blocks_) h->flags &= static_cast<std::uint8_t>(~kFlagOwned);
    blocks_.clear();
    for (Free*& list : free_) list = nullptr;
  }

 private:
  static constexpr std::uint64_t kLargestReused = 34;  // a trie node with 32 entries has 33

  struct Free {
    ObjectHeader header;
    Free* next;
  };

  Edit& edit_;
  std::vector<ObjectHeader*> blocks_;  // every one made, reused or not
  Free* free_[kLargestReused + 1] = {};
};

// The flags that a node has for being made with it.
constexpr std::uint8_t mark_of(const Edit&) { return 0; }
constexpr std::uint8_t mark_of(const OwnBlocks&) { return kFlagOwned; }

}  // namespace yin::substrate
