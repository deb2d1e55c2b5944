#include "scheduler/stream.h"

#include <algorithm>

#include "substrate/ready.h"
#include "substrate/root.h"
#include "substrate/worker.h"

namespace yin::scheduler {

using substrate::boolean_word;
using substrate::CursorField;
using substrate::Edit;
using substrate::int_word;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::read_root;
using substrate::record_words;
using substrate::root_ref;
using substrate::RootRead;
using substrate::Set;
using substrate::SetIterator;
using substrate::small_int;
using substrate::StreamField;
using substrate::Vector;
using substrate::Word;

Word make_stream_record(Edit& edit, const Stream& stream) {
  Word words[StreamField::kEnd];
  words[StreamField::kItems] = stream.items.word;
  words[StreamField::kFirst] = int_word(stream.first);
  words[StreamField::kCapacity] = int_word(stream.capacity);
  words[StreamField::kClosed] = boolean_word(stream.closed);
  words[StreamField::kReaders] = stream.readers.word;
  words[StreamField::kWaiters] = stream.waiters.word;
  return make_record(edit, ObjectKind::kStream, words, StreamField::kEnd);
}

Stream read_stream_record(const Pin& pin, Word record) {
  const Word* words = record_words(header_of(pin, record));
  return {.items = Vector{words[StreamField::kItems]},
          .first = small_int(words[StreamField::kFirst]),
          .capacity = small_int(words[StreamField::kCapacity]),
          .closed = truthy(words[StreamField::kClosed]),
          .readers = Set{words[StreamField::kReaders]},
          .waiters = Set{words[StreamField::kWaiters]}};
}

Word make_cursor_record(Edit& edit, const Cursor& cursor) {
  Word words[CursorField::kEnd];
  words[CursorField::kStream] = cursor.stream;
  words[CursorField::kPosition] = int_word(cursor.position);
  return make_record(edit, ObjectKind::kCursor, words, CursorField::kEnd);
}

Cursor read_cursor_record(const Pin& pin, Word record) {
  const Word* words = record_words(header_of(pin, record));
  return {.stream = words[CursorField::kStream],
          .position = small_int(words[CursorField::kPosition])};
}

Stream without_passed_items(Edit& edit, const Stream& stream) {
  const Pin& pin = edit.pin();
  std::int64_t slowest = stream.end(pin);
  bool any = false;
  for (SetIterator it(pin, stream.readers); !it.done(); it.next()) {
    const RootRead cursor = read_root(pin, root_ref(it.item()));
    if (!cursor.ok()) continue;
    any = true;
    slowest = std::min(slowest, read_cursor_record(pin, cursor.value).position);
  }
  if (!any || slowest <= stream.first) return stream;
  Stream shorter = stream;
  shorter.items = stream.items.drop(edit, static_cast<std::uint64_t>(slowest - stream.first));
  shorter.first = slowest;
  return shorter;
}

void wake_waiters(const Pin& pin, Word record) {
  const Stream stream = read_stream_record(pin, record);
  for (SetIterator it(pin, stream.waiters); !it.done(); it.next()) {
    set_ready(pin.worker().domain(), root_ref(it.item()).slot);
  }
}

}  // namespace yin::scheduler
