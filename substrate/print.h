#pragma once

// EDN out. print() gives text that read() turns into an equal value; display() shows strings and
// characters bare, at any depth, as println does.
//
// What has no text in EDN prints as a tagged form that says what it is and is not read back:
// #yin/closure "name", #yin/atom [slot generation], #yin/error [:kind "message"], #yin/frame nil,
// #yin/array [i32 1000 [first 100 elements ...]], #yin/struct [1000 {:x 1, :name "a"} ...], with
// what these hold as it is at the moment; #yin/layout [[:x f64 mutable]]; #yin/tensor [f64 [2 3]].
// Integers beyond 64 bits end in N, bytes are #yin/bytes "base64". Names with odd spellings (a
// keyword made of "a b") print as they are. Never recurses on the C
// stack: depth is bounded by memory only. Writes to private memory. The text of a value that shares
// its parts can be longer than any memory: whoever prints what others made gives a limit.

#include <cstddef>
#include <string>
#include <string_view>

#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

inline constexpr std::size_t kNoLimit = ~std::size_t{0};

// Appends the text. False: stopped in the middle because `out` got longer than `limit` bytes.
bool print_to(std::string& out, const Pin& pin, Word w, std::size_t limit = kNoLimit);
bool display_to(std::string& out, const Pin& pin, Word w, std::size_t limit = kNoLimit);
// As print_to, with metadata at any depth: ^{:line 3} [1 2]. read() gives it back.
bool print_with_meta_to(std::string& out, const Pin& pin, Word w, std::size_t limit = kNoLimit);
// A string's text, in quotes.
void append_quoted(std::string& out, std::string_view text);
inline std::string print(const Pin& pin, Word w) {
  std::string out;
  print_to(out, pin, w);
  return out;
}

}  // namespace yin::substrate
