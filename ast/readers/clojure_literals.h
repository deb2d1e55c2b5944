#pragma once

// Literals of Clojure: the text of one number, character or string to its value.
//
// The form reader finds where a token begins and ends and knows its position; these functions say
// what it means. A problem is a sentence for a person, without position. What Clojure accepts and
// we cannot hold yet (exact decimals) is a problem, never a rounded value. No shared state; values go to the edit.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/value.h"

namespace yin::ast::clojure {

struct Literal {
  substrate::Word word = substrate::kNil;
  std::string problem;  // empty: the word is the value
};

// 12 -7 0x1f 017 2r1010 1.5 1e3, and what looks like one of them.
Literal read_number(substrate::Edit& edit, std::string_view token);

// What stands behind the backslash: a, newline, u03bb, o101.
Literal read_character(std::string_view token);

// Inf -Inf NaN, which stand behind ##.
Literal read_symbolic(substrate::Edit& edit, std::string_view token);

// What stands between the quotes, escapes and all. `problem_at` is the offset of the first problem
// in `text`.
struct Text {
  std::string bytes;
  std::string problem;
  std::size_t problem_at = 0;
};
Text read_text(std::string_view text);

// ------------------------------------------------------------------------------------------- UTF-8

// Length in bytes of the well-formed sequence that `text` begins with, 0 if it begins with none.
// `text` is not empty.
std::size_t utf8_length(std::string_view text);
// The code point of the well-formed sequence that `text` begins with.
char32_t utf8_decode(std::string_view text);
void utf8_append(std::string& out, char32_t c);

}  // namespace yin::ast::clojure
