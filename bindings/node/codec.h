#pragma once

// Values in the mailbox: reading what JavaScript put there into words of the domain, and writing
// words there for JavaScript to make values of. port.h has the form of both.
//
// Reading is a stack machine over the cells, so that depth costs no native stack. Writing goes on
// until the room is used up: a Writer says beforehand whether one more value will fit, and a text
// that is too long to stand among others is left out with its word (Tag::kLater).
//
// Threads: as the port.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "bindings/c/yin.h"
#include "bindings/node/port.h"

namespace yin::node {

// Builds the values in the data cells up to `end` and leaves their words on port.stack. False:
// *error says why.
bool build(Port& port, yin_pin* pin, std::size_t end, yin_error* error);

class Writer {
 public:
  // One value, in the result's cells; any text, of any size.
  static Writer result(Port& port);
  // Many, in the data.
  static Writer data(Port& port);

  // Will `count` more values fit, whatever they are?
  [[nodiscard]] bool has_room(std::size_t count) const;
  void put(const yin_pin* pin, yin_word word);
  void put_name(std::span<const char> name);
  // After the last put(): tells the caller what there is, with the text behind it.
  void finish();

 private:
  Writer(Port& port, std::size_t cell, std::size_t last, std::size_t text_room);

  void put_nested(const yin_pin* pin, yin_word word, bool outermost);
  void tag(Tag tag, std::int32_t aux = 0);
  void word(Tag tag, yin_kind kind, yin_word word);
  void number(Tag tag, double number);
  void integer(std::int64_t value);
  void text(Tag tag, std::span<const char> bytes, yin_word word);
  void digits(const yin_pin* pin, yin_word word);
  void tagged(const yin_pin* pin, yin_word word, bool outermost);
  std::byte* cell();

  Port& port_;
  std::size_t cell_, last_;
  std::size_t text_room_;
  std::size_t count_ = 0;
};

}  // namespace yin::node
