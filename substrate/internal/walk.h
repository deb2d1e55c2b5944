#pragma once

// Walk: goes through a value and all that is in it, item by item, without recursion: what hash,
// order and printing share.
//
//   [1 {:a 2}]   kOpen [..] | kItem 1 | kOpen {..} | kItem :a | kItem 2 | kClose | kClose | kEnd
//
// A map gives key, value, key, value; map and set come in the order of their iterators; a tagged
// literal gives its tag and its value. Two walks over values of one shape go in step. Everything
// else is an item, closures and frames too. Metadata is looked through, or, when asked for, an
// annotated value gives its metadata, then the value. Costs a few nanoseconds an item and 32 bytes a level of nesting; one thread, and the
// pin outlives it.

#include <cstdint>
#include <span>

#include "substrate/format.h"
#include "substrate/internal/stack.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

enum class Shape : std::uint8_t { kScalar, kSequence, kSet, kMap, kTagged, kAnnotated };

Shape shape_of(Word w);
constexpr bool is_collection(Shape shape) {
  return shape == Shape::kSequence || shape == Shape::kSet || shape == Shape::kMap;
}
// Items of a sequence or set, entries of a map; else 0.
std::uint64_t count_of(const Pin& pin, Word w);

class Walk {
 public:
  enum class Event : std::uint8_t { kOpen, kItem, kClose, kEnd };

  enum class Metadata : std::uint8_t { kHidden, kShown };

  Walk(const Pin& pin, Word value, Metadata metadata = Metadata::kHidden)
      : pin_(pin), word_(value), metadata_(metadata) {}

  Event next();
  // What kOpen and kItem found.
  [[nodiscard]] Word word() const { return word_; }
  // After kOpen: go on behind that collection, without its kClose.
  void skip() { frames_.pop(); }

 private:
  // A run of words that is being gone through, and what comes behind it.
  struct Frame {
    const Word* at;
    const Word* end;
    Word object;         // the chunk, vector or node they stand in
    std::uint8_t level;  // vector nodes: 0 is a leaf
    std::uint8_t stage;  // how many runs of `object` were gone through
    bool nodes;          // the words are nodes below `object`, no items
    bool top;            // with `object` a collection ends
  };

  Event enter(Word w);
  void open_node(Word w, const Frame& parent);
  bool next_run(Frame& frame);
  bool next_vector_run(Frame& frame);
  bool next_list_run(Frame& frame);
  bool next_trie_run(Frame& frame);
  bool next_tagged_run(Frame& frame);
  bool next_annotated_run(Frame& frame);

  const Pin& pin_;
  Word word_;
  Metadata metadata_;
  bool started_ = false;
  Stack<Frame, 16> frames_;
};

}  // namespace yin::substrate
