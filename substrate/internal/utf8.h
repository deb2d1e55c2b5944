#pragma once

// UTF-8 as the EDN printer and reader need it: one code point out, one code point in.
//
// Strings of values are bytes and are passed on as they are, valid or not; only characters and
// \uXXXX escapes make code points. Decoding takes what is no valid sequence as one byte that stands
// for itself, so it always goes forward and never reads behind the end. Surrogates are encoded like
// any code point of three bytes: the caller decides whether they may be.

#include <cstddef>
#include <string>
#include <string_view>

namespace yin::substrate {

inline void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t bits) {
    out += static_cast<char>(static_cast<unsigned char>(bits));
  };
  const auto more = [&](unsigned shift) { byte(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6);
    more(0);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    more(6);
    more(0);
  } else {
    byte(0xf0 | (c >> 18 & 7));
    more(12);
    more(6);
    more(0);
  }
}

struct Decoded {
  char32_t code_point;
  std::size_t size;  // bytes; 0 at the end of the text
};

inline Decoded decode_utf8(std::string_view text) {
  if (text.empty()) return {0, 0};
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const std::size_t size = lead < 0xc2   ? 1
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                           : lead < 0xf5 ? 4
                                         : 1;
  if (size == 1 || text.size() < size) return {lead, 1};
  char32_t c = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {lead, 1};
    c = c << 6 | (at(i) & 0x3f);
  }
  const bool too_long = (size == 3 && c < 0x800) || (size == 4 && c < 0x10000);
  return too_long || c > 0x10ffff ? Decoded{lead, 1} : Decoded{c, size};
}

constexpr bool is_surrogate(char32_t c) { return c >= 0xd800 && c < 0xe000; }

}  // namespace yin::substrate
