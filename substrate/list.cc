#include "substrate/list.h"

#include <algorithm>

#include "substrate/check.h"

namespace yin::substrate {

namespace {

// A chunk of `items` before `next`, which is a list or nil.
Word make_chunk(Edit& edit, std::span<const Word> items, Word next, std::uint64_t count) {
  Word words[ListField::kItems + kListChunk];
  words[ListField::kCount] = int_word(static_cast<std::int64_t>(count));
  words[ListField::kNext] = next;
  std::ranges::copy(items, words + ListField::kItems);
  return make_record(edit, ObjectKind::kList, words,
                     ListField::kItems + static_cast<std::uint32_t>(items.size()));
}

std::span<const Word> chunk_items(const Pin& pin, Word chunk) {
  const ObjectHeader* h = header_of(pin, chunk);
  return {record_words(h) + ListField::kItems, h->count - ListField::kItems};
}

}  // namespace

List List::from(Edit& edit, std::span<const Word> items) {
  Word made = kNil;
  std::size_t start = items.size();
  while (start > 0) {
    const std::size_t size =
        std::min<std::size_t>(start, kListChunk);  // the chunk at the front takes what is left over
    start -= size;
    made = make_chunk(edit, items.subspan(start, size), made, items.size() - start);
  }
  return {is_nil(made) ? kEmptyList : made};
}

std::uint64_t List::count(const Pin& pin) const {
  return is_reference(word)
             ? static_cast<std::uint64_t>(small_int(field(pin, word, ListField::kCount)))
             : 0;
}

Word List::first(const Pin& pin) const {
  dcheck(is_reference(word), "first of an empty list");
  return field(pin, word, ListField::kItems);
}

List List::rest(Edit& edit) const {
  dcheck(is_reference(word), "rest of an empty list");
  const Pin& pin = edit.pin();
  const std::span<const Word> items = chunk_items(pin, word);
  const Word next = field(pin, word, ListField::kNext);
  if (items.size() == 1) return {is_nil(next) ? kEmptyList : next};
  return {make_chunk(edit, items.subspan(1), next, count(pin) - 1)};
}

List List::push(Edit& edit, Word item) const {
  return {make_chunk(edit, {&item, 1}, is_reference(word) ? word : kNil, count(edit.pin()) + 1)};
}

void ListBuilder::flush() {
  made_ = make_chunk(edit_, {chunk_ + (kListChunk - held_), held_}, made_, count_);
  held_ = 0;
}

List ListBuilder::finish() {
  if (held_ != 0) flush();
  return {is_nil(made_) ? kEmptyList : made_};
}

ListIterator::ListIterator(const Pin& pin, List list) : pin_(&pin) {
  if (is_reference(list.word)) enter(list.word);
}

void ListIterator::next() {
  if (++at_ == end_ && is_reference(next_)) enter(next_);
}

void ListIterator::enter(Word chunk) {
  const std::span<const Word> items = chunk_items(*pin_, chunk);
  at_ = items.data();
  end_ = at_ + items.size();
  next_ = field(*pin_, chunk, ListField::kNext);
}

}  // namespace yin::substrate
