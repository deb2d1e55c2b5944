#pragma once

// Walk: goes through a value and all that is in it, item by item, without recursion: what hash,
// order and printing share.
//
//   [1 {:a 2}]   kOpen [..] | kItem 1 | kOpen {..} | kItem :a | kItem 2 | kClose | kClose | kEnd
//
// A map gives key, value, key, value; map and set come in the order of their iterators, or, for
// compare(), all in that of a hash trie, so that a sorted map and a hash map of the same entries
// come in one order. A tagged literal gives its tag and its value. Two walks over values of one
// shape go in step. Everything else is an item, closures and frames too. Metadata is looked
// through, or, when asked for, an annotated value gives its metadata, then the value. Costs a few
// nanoseconds an item and 40 bytes a level of nesting, by hash a copy of what is no hash trie; one
// thread, and the pin outlives it.

#include <cstdint>
#include <span>
#include <vector>

#include "substrate/format.h"
#include "substrate/internal/hasher.h"
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

// The entries of a map or set of any kind, in the order of their iterator: where each begins.
std::vector<const Word*> entries_of(const Pin& pin, Word w);

class Walk {
 public:
  enum class Event : std::uint8_t { kOpen, kItem, kClose, kEnd };

  enum class Metadata : std::uint8_t { kHidden, kShown };
  enum class Entries : std::uint8_t { kAsIterated, kByHash };

  Walk(const Pin& pin, Word value, Metadata metadata = Metadata::kHidden,
       Entries entries = Entries::kAsIterated)
      : pin_(pin),
        word_(value),
        metadata_(metadata),
        by_hash_(entries == Entries::kByHash),
        hasher_(pin) {}

  Event next();
  // What kOpen and kItem found.
  [[nodiscard]] Word word() const { return word_; }
  // After kOpen: go on behind that collection, without its kClose.
  void skip() { leave(); }

 private:
  // A run of words that is being gone through, and what comes behind it.
  struct Frame {
    const Word* at;
    const Word* end;
    Word object;          // the chunk, vector or node they stand in
    std::uint8_t level;   // vector and sorted nodes: 0 is a leaf
    std::uint8_t stage;   // how many runs of `object` were gone through
    bool nodes;           // the words are nodes below `object`, no items
    bool top;             // with `object` a collection ends
    bool copied;          // the words are in `copies_`
    std::uint64_t index;  // queues: of the item behind the run
  };

  Event enter(Word w);
  void open_node(Word w, const Frame& parent);
  bool next_run(Frame& frame);
  bool next_vector_run(Frame& frame);
  bool next_list_run(Frame& frame);
  bool next_trie_run(Frame& frame);
  bool next_tagged_run(Frame& frame);
  bool next_annotated_run(Frame& frame);
  bool next_sorted_run(Frame& frame);
  bool next_int_map_run(Frame& frame);
  bool next_queue_run(Frame& frame);
  void leave();

  const Pin& pin_;
  Word word_;
  Metadata metadata_;
  bool started_ = false;
  bool by_hash_;
  Hasher hasher_;
  std::vector<std::vector<Word>> copies_;  // entries by hash, of the collections that are open
  Stack<Frame, 16> frames_;
};

}  // namespace yin::substrate
