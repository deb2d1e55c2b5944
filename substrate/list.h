#pragma once

// List: a persistent linked list of chunks, O(1) push at the front and O(1) count (fields:
// ListField).
//
// A chunk holds 1..kListChunk items and a link; pushing makes a chunk of one, bulk building fills
// chunks. `rest` inside a chunk copies the chunk's remainder, at most kListChunk - 1 words; to go
// through a whole list use ListIterator, which copies nothing. The empty list is an immediate; the
// end of a chain is nil. Any number of threads may read one.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr std::uint32_t kListChunk = 13;  // 128 bytes an object

struct List {
  Word word = kEmptyList;

  [[nodiscard]] static bool is(Word w) {
    return w == kEmptyList || is_object(w, ObjectKind::kList);
  }
  static List from(Edit& edit, std::span<const Word> items);

  [[nodiscard]] std::uint64_t count(const Pin& pin) const;
  [[nodiscard]] Word first(const Pin& pin) const;  // not empty
  [[nodiscard]] List rest(Edit& edit) const;       // not empty
  [[nodiscard]] List push(Edit& edit, Word item) const;
};

// Makes the list that List::from makes, from its last item to its first.
class ListBuilder {
 public:
  explicit ListBuilder(Edit& edit) : edit_(edit) {}
  void push_front(Word item) {
    if (held_ == kListChunk) flush();
    chunk_[kListChunk - ++held_] = item;
    ++count_;
  }
  [[nodiscard]] List finish();

 private:
  void flush();
  Edit& edit_;
  Word chunk_[kListChunk];
  std::uint32_t held_ = 0;  // items at the end of chunk_
  std::uint64_t count_ = 0;
  Word made_ = kNil;
};

// for (ListIterator it(pin, list); !it.done(); it.next()) it.item()...
class ListIterator {
 public:
  ListIterator(const Pin& pin, List list);
  void go_on(const Pin& pin) { pin_ = &pin; }
  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] Word item() const { return *at_; }
  void next();

 private:
  void enter(Word chunk);
  const Pin* pin_;
  const Word* at_ = nullptr;
  const Word* end_ = nullptr;
  Word next_ = kNil;
};

}  // namespace yin::substrate
