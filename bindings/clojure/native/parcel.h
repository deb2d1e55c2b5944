#pragma once

// Parcels: values on their way between the JVM and a domain.
//
// A parcel is a row of 64-bit words in memory both sides see (a direct ByteBuffer). A word that is
// no reference stands as it is. Anything else begins with an escape, a word no value has:
//
//    63                    16 15      8 7       0
//    |  argument             |  Parcel | 11110000 |   and what belongs to it, from the next word on
//
// Inwards it is a program for a stack: what stands alone pushes one word; kCollection, kTagged,
// kMeta and kSlice take theirs from the stack and push the result. So whoever writes one needs no
// sizes ahead, and a whole nested value is one call. Outwards it describes: scalars with their
// bytes, of a collection where it is and how many items it has. yin/Parcel.java and
// yin/Unparcel.java are the other side. Functions belong to one thread and one pin.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bindings/c/yin.h"

namespace yin::jni {

enum class Parcel : std::uint8_t {
  kString = 1,       // argument: bytes, which follow, filled up to whole words
  kKeyword = 2,      // in; the same, a name
  kSymbol = 3,       // in
  kNumber = 4,       // decimal digits, a ratio with one slash
  kLong = 5,         // one word
  kDouble = 6,       // one word, its bits
  kInstant = 7,      // one word, milliseconds
  kUuid = 8,         // two words, bytes in the order of the text
  kBytes = 9,        // as kString
  kTagged = 10,      // in: takes tag and value; out: they follow
  kCollection = 11,  // in; argument: kind, and items << 8, which it takes
  kMeta = 12,        // in: takes value and metadata; out: they follow, of a symbol
  kWord = 13,        // in; one word: a value that stands in the domain and is kept
  kView = 14,        // out; argument: kind, annotated << 8; the word, the count
  kLater = 15,       // out; one word: too large for the room there was
  kSlice = 16        // in: takes a vector; two words, from and to
};

// Runs a parcel of `words` words: what is left on the stack. The words are good as long as the pin.
yin_status unpack(yin_pin* pin, const std::uint64_t* parcel, std::size_t words,
                  std::vector<yin_word>* stack, yin_error* error);

// Describes values into `room` words. Each item takes 3 words at most where no more are left.
class Packer {
 public:
  Packer(const yin_pin* pin, std::uint64_t* room, std::size_t words)
      : pin_(pin), room_(room), end_(words) {}

  // `after`: how many items are to come, whose room is left alone. What does not fit is kLater.
  void put(yin_word w, std::size_t after);
  // Whole, however large: words beyond the room are counted, not written.
  void put_whole(yin_word w);

  [[nodiscard]] std::size_t words() const { return at_; }

 private:
  void word(std::uint64_t w) {
    if (at_ < end_) room_[at_] = w;
    ++at_;
  }
  void escape(Parcel what, std::uint64_t argument);
  void text(Parcel what, const char* bytes, std::size_t size);
  void bytes(Parcel what, yin_word w);
  void number(yin_word w);
  void view(yin_kind kind, yin_word w);
  void pair(Parcel what, yin_word first, yin_word second);

  const yin_pin* pin_;
  std::uint64_t* room_;
  std::size_t at_ = 0;
  std::size_t end_;
};

}  // namespace yin::jni
