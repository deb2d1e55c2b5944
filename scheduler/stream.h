#pragma once

// Stream: an append-only shared log; cursor: a reader's position in it. Both are root slots.
//
// A stream's value holds what is kept (items from position `first` on), its bound, whether it is
// closed, the cursors that hold back retention and the agents that wait on it, to read or to write.
// Reading consumes nothing: each cursor has its own position, and agents that share a cursor share
// the work. A bounded stream makes room by dropping items that every registered cursor has passed;
// while there are none a writer waits. Unread items are never lost.

#include <cstdint>

#include "substrate/edit.h"
#include "substrate/set.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::scheduler {

struct Stream {
  substrate::Vector items;
  std::int64_t first = 0;     // position of items[0]
  std::int64_t capacity = 0;  // 0: unbounded
  bool closed = false;
  substrate::Set readers;  // cursor refs
  substrate::Set waiters;  // agent refs; an agent leaves when it got what it waited for

  [[nodiscard]] std::int64_t end(const substrate::Pin& pin) const {
    return first + static_cast<std::int64_t>(items.count(pin));
  }
};

substrate::Word make_stream_record(substrate::Edit& edit, const Stream& stream);
Stream read_stream_record(const substrate::Pin& pin, substrate::Word record);

struct Cursor {
  substrate::Word stream = substrate::kNil;
  std::int64_t position = 0;
};

substrate::Word make_cursor_record(substrate::Edit& edit, const Cursor& cursor);
Cursor read_cursor_record(const substrate::Pin& pin, substrate::Word record);

// Drops what every registered cursor has passed. Cursors only move on, so reading them outside the
// transaction keeps too much at worst. A stream without cursors keeps everything.
Stream without_passed_items(substrate::Edit& edit, const Stream& stream);

// Sets the ready bits of all agents that wait on the stream.
void wake_waiters(const substrate::Pin& pin, substrate::Word record);

}  // namespace yin::scheduler
