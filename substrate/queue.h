#pragma once

// Queue: a persistent FIFO queue: a vector's radix tree whose front moves.
//
//   queue  meta | head | root or nil | tail of 1..32 items
//   node   nil for children that were dropped, then children; a leaf: 32 items
//
// Items keep their position in the tree, so push is a vector's push, and taking from the front
// moves `head` on. When it leaves a leaf, the path to it is copied without what stands before, so
// dropped leaves are free to be collected (up to 31 dropped items stay with the first leaf until it
// goes), and a root with one child left gives way to it: the height follows the length, however
// much went through. (A vector could be dropped from the front with relaxed nodes; a queue needs no
// sizes in its nodes for that.)
//
// conj and pop copy one object of at most 35 words, and a path of O(log32 n) nodes once in 32
// times; drop and nth are O(log32 n). Old versions stay as they are; any number of threads may
// read. The empty queue is an immediate. A queue is equal to a list or vector of the same items.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr Word kEmptyQueue = empty_word(ObjectKind::kQueue);

// What a queue's object says.
struct QueueShape {
  std::uint64_t count = 0;
  unsigned shift = 0;      // of the root; 0: there is none
  std::uint64_t head = 0;  // position of the first item below the root
  Word root = kNil;
  std::span<const Word> tail;

  [[nodiscard]] std::uint64_t below() const {
    return count - tail.size();
  }  // items not in the tail
};
QueueShape queue_shape(const Pin& pin, Word w);  // of a queue that is not empty

struct Queue {
  Word word = kEmptyQueue;

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptyQueue || is_object(w, ObjectKind::kQueue);
  }
  static Queue from(Edit& edit, std::span<const Word> items);

  [[nodiscard]] std::uint64_t count(const Pin& pin) const {
    return is_reference(word) ? queue_shape(pin, word).count : 0;
  }
  // The first item, nil if there is none.
  [[nodiscard]] Word peek(const Pin& pin) const { return is_reference(word) ? nth(pin, 0) : kNil; }
  [[nodiscard]] Word nth(const Pin& pin, std::uint64_t index) const {  // index < count
    return chunk(pin, index).front();
  }
  [[nodiscard]] Queue conj(Edit& edit, Word item) const;               // at the back
  [[nodiscard]] Queue pop(Edit& edit) const { return drop(edit, 1); }  // at the front
  // Without the first n items; empty if there are no more.
  [[nodiscard]] Queue drop(Edit& edit, std::uint64_t n) const;

  // The run of consecutive items that `index` stands in, starting at it.
  [[nodiscard]] std::span<const Word> chunk(const Pin& pin, std::uint64_t index) const;
};

}  // namespace yin::substrate
