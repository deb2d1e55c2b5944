#pragma once

// Tokens of Python text: names, literals, operators, and the ends and depths of lines.
//
// Indentation becomes tokens (kIndent, kDedent); within brackets and behind a backslash a line goes
// on. Literals are values already. An f-string is one token, whose pieces the parser takes apart.
// After an error, which the Source has, the tokens are of no use.

#include <string>
#include <string_view>
#include <vector>

#include "substrate/value.h"
#include "ast/readers/python_tree.h"

namespace yin::ast::python {

enum class TokenKind : std::uint8_t {
  kName,      // text; keywords too
  kNumber,    // value
  kString,    // text: what it says
  kFormat,    // text: what stands between the quotes of an f-string, as written
  kOperator,  // text
  kNewline,
  kIndent,
  kDedent,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Position at;
  std::string text;
  substrate::Word value = substrate::kNil;
  Position inner;    // kFormat: where the text between the quotes begins
  bool raw = false;  // kFormat
};

// `at` is where `text` begins in the source; `lines`: it is a program, not an expression of an
// f-string.
std::vector<Token> read_tokens(Source& source, std::string_view text, Position at, bool lines);

// What escapes in a string's text mean. False: the Source has the error.
bool unescape(Source& source, Position at, std::string_view raw, std::string& out);

bool is_keyword(std::string_view name);
std::vector<std::string_view> keyword_names();

}  // namespace yin::ast::python
