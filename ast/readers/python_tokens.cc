#include "ast/readers/python_tokens.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "substrate/number.h"
#include "ast/readers/clojure_literals.h"

namespace yin::ast::python {

using substrate::Word;

namespace {

constexpr auto kKeywords = std::to_array<std::string_view>(
    {"False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
     "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
     "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
     "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"});

// Longest first.
constexpr auto kOperators = std::to_array<std::string_view>(
    {"**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "<=", ">=", "==",
     "!=",  "->",  "+=",  "-=",  "*=",  "/=", "%=", "&=", "|=", "^=", "@=", ":=",
     "+",   "-",   "*",   "/",   "%",   "@",  "&",  "|",  "^",  "~",  "<",  ">",
     "(",   ")",   "[",   "]",   "{",   "}",  ",",  ":",  ".",  ";",  "=",  "!"});

bool is_digit(char b) { return b >= '0' && b <= '9'; }
bool begins_name(char b) { return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_'; }
bool is_name(char b) { return begins_name(b) || is_digit(b); }
int digit_of(char b) {
  if (is_digit(b)) return b - '0';
  if (b >= 'a' && b <= 'z') return b - 'a' + 10;
  return b >= 'A' && b <= 'Z' ? b - 'A' + 10 : 99;
}

std::string hexadecimal(unsigned v) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "%04X", v);
  return buffer;
}

class Tokens {
 public:
  Tokens(Source& source, std::string_view text, Position at, bool lines)
      : source_(source), text_(text), at_(at), lines_(lines) {}

  std::vector<Token> read() {
    if (!check_utf8()) return {};
    while (source_.ok()) {
      if (lines_ && line_start_ && open_.empty() && !read_indentation()) break;
      if (!source_.ok()) break;
      skip_blanks();
      if (!source_.ok() || at_end()) break;
      read_one();
    }
    if (source_.ok() && !open_.empty()) {
      const auto& [bracket, at] = open_.back();
      source_.fail_unfinished(at, std::string("`") + bracket + "` is never closed");
    }
    if (!source_.ok()) return {};
    if (lines_ && !tokens_.empty() && tokens_.back().kind != TokenKind::kNewline &&
        tokens_.back().kind != TokenKind::kDedent) {
      add(TokenKind::kNewline, at_, "");
    }
    for (; indents_.size() > 1; indents_.pop_back()) add(TokenKind::kDedent, at_, "");
    add(TokenKind::kEnd, at_, "");
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool at_end() const { return next_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return next_ + ahead < text_.size() ? text_[next_ + ahead] : '\0';
  }
  void advance(std::size_t bytes = 1) {
    for (; bytes > 0; --bytes) {
      const char b = text_[next_++];
      if (b == '\n') {
        at_ = {at_.line + 1, 1};
      } else if ((static_cast<unsigned char>(b) & 0xc0) != 0x80) {
        ++at_.column;
      }
    }
  }
  Token& add(TokenKind kind, Position at, std::string text) {
    Token& t = tokens_.emplace_back();
    t.kind = kind;
    t.at = at;
    t.text = std::move(text);
    return t;
  }

  bool check_utf8() {
    if (lines_ && text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    for (std::size_t i = 0; i < text_.size();) {
      const std::size_t n = clojure::utf8_length(text_.substr(i));
      if (n == 0 || text_[i] == '\0') {
        advance(i);
        source_.fail(at_, n == 0 ? "this byte is not UTF-8; save the file as UTF-8"
                                 : "a zero byte in the text; remove it");
        return false;
      }
      i += n;
    }
    return true;
  }

  // The indentation of a line that has something. False at the end of the text.
  bool read_indentation() {
    for (;;) {
      std::size_t width = 0;
      while (peek() == ' ' || peek() == '\t' || peek() == '\f') {
        if (peek() == '\t') {
          source_.fail(at_, "a tab in the indentation; use spaces");
          return false;
        }
        width = peek() == '\f' ? 0 : width + 1;
        advance();
      }
      if (at_end()) return true;
      if (peek() == '#') {
        while (!at_end() && peek() != '\n') advance();
      }
      if (peek() == '\r' && peek(1) == '\n') advance();
      if (peek() == '\n') {
        advance();
        continue;
      }
      if (at_end()) return true;
      line_start_ = false;
      if (width > indents_.back()) {
        if (indents_.size() > kNestingMax) {
          source_.fail(at_, "too many levels of indentation; at most " +
                                std::to_string(kNestingMax) + " are possible");
          return false;
        }
        indents_.push_back(width);
        add(TokenKind::kIndent, at_, "");
      }
      while (width < indents_.back()) {
        indents_.pop_back();
        add(TokenKind::kDedent, at_, "");
      }
      if (width != indents_.back()) {
        source_.fail(at_, "this line is indented like no block above it");
        return false;
      }
      return true;
    }
  }

  void skip_blanks() {
    for (;;) {
      if (peek() == ' ' || peek() == '\t' || peek() == '\f') {
        advance();
      } else if (peek() == '\r' && peek(1) == '\n') {
        advance();
      } else if (peek() == '#') {
        while (!at_end() && peek() != '\n') advance();
      } else if (peek() == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
        advance(peek(1) == '\n' ? 2 : 3);
      } else if (peek() == '\n' && (!open_.empty() || !lines_)) {
        advance();
      } else {
        return;
      }
    }
  }

  void read_one() {
    const char b = peek();
    if (b == '\n') {
      add(TokenKind::kNewline, at_, "");
      advance();
      line_start_ = true;
      return;
    }
    if (is_digit(b) || (b == '.' && is_digit(peek(1)))) return read_number();
    if (b == '"' || b == '\'') return read_string("");
    if (begins_name(b)) return read_name();
    if (static_cast<unsigned char>(b) >= 0x80) {
      const char32_t c = clojure::utf8_decode(text_.substr(next_));
      source_.fail(at_, "the character U+" + hexadecimal(static_cast<unsigned>(c)) +
                            " cannot stand here; names are of ASCII letters, digits and _");
      return;
    }
    for (const std::string_view op : kOperators) {
      if (text_.substr(next_).starts_with(op)) return read_operator(op);
    }
    source_.fail(at_, std::string("the character `") + b + "` means nothing here");
  }

  void read_operator(std::string_view op) {
    const Position at = at_;
    advance(op.size());
    add(TokenKind::kOperator, at, std::string(op));
    const char b = op[0];
    if (op.size() > 1) return;
    if (b == '(' || b == '[' || b == '{') {
      if (open_.size() >= kNestingMax) {
        source_.fail(at, "brackets nested too deep; at most " + std::to_string(kNestingMax) +
                             " are possible");
        return;
      }
      open_.emplace_back(b, at);
    } else if (b == ')' || b == ']' || b == '}') {
      const char opener = b == ')' ? '(' : b == ']' ? '[' : '{';
      if (open_.empty()) {
        source_.fail(at, std::string("`") + b + "` closes nothing");
      } else if (open_.back().first != opener) {
        source_.fail(at, std::string("`") + b + "` does not close the `" + open_.back().first +
                             "` of line " + std::to_string(open_.back().second.line));
      } else {
        open_.pop_back();
      }
    }
  }

  void read_name() {
    const Position at = at_;
    std::size_t n = 0;
    while (is_name(peek(n))) ++n;
    const std::string name(text_.substr(next_, n));
    if ((peek(n) == '"' || peek(n) == '\'') && n <= 2) return read_prefixed(name);
    if (n > 200) {
      source_.fail(at, "a name of more than 200 characters");
      return;
    }
    advance(n);
    if (static_cast<unsigned char>(peek()) >= 0x80) {
      source_.fail(at_, "names are of ASCII letters, digits and _");
      return;
    }
    add(TokenKind::kName, at, name);
  }

  void read_prefixed(const std::string& name) {
    std::string prefix;
    for (const char b : name) prefix += b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b;
    if (prefix == "r" || prefix == "u" || prefix == "f" || prefix == "fr" || prefix == "rf") {
      return read_string(prefix);
    }
    source_.fail(at_, prefix.find('b') != prefix.npos
                          ? "bytes (b\"...\") are not supported yet; use a string"
                          : "`" + name + "` is no prefix of a string");
  }

  void read_string(const std::string& prefix) {
    const Position at = at_;
    advance(prefix.size());
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    advance(triple ? 3 : 1);
    const Position inner = at_;
    const std::size_t from = next_;
    for (;;) {
      if (at_end() || (!triple && peek() == '\n')) {
        if (!triple) return source_.fail(at, "this string is not closed on its line");
        return source_.fail_unfinished(at, "this string is never closed");
      }
      if (peek() == quote && (!triple || (peek(1) == quote && peek(2) == quote))) break;
      if (peek() == '\\' && next_ + 1 < text_.size()) advance();
      advance();
    }
    std::string raw(text_.substr(from, next_ - from));
    advance(triple ? 3 : 1);
    for (std::size_t cr; (cr = raw.find("\r\n")) != raw.npos;) raw.erase(cr, 1);
    const bool is_raw = prefix.find('r') != prefix.npos;
    if (prefix.find('f') != prefix.npos) {
      Token& t = add(TokenKind::kFormat, at, std::move(raw));
      t.inner = inner;
      t.raw = is_raw;
      return;
    }
    std::string said;
    if (is_raw) {
      said = raw;
    } else if (!unescape(source_, inner, raw, said)) {
      return;
    }
    add(TokenKind::kString, at, std::move(said));
  }

  // Digits of a base with single underscores between them, to `digits`.
  bool take_digits(int base, std::string& digits) {
    const std::size_t before = digits.size();
    for (;;) {
      if (digit_of(peek()) < base) {
        digits += peek();
        advance();
      } else if (peek() == '_' && digits.size() > before && digit_of(peek(1)) < base) {
        advance();
      } else {
        return digits.size() > before;
      }
    }
  }

  void read_number() {
    const Position at = at_;
    const char letter = static_cast<char>(peek(1) | 0x20);
    const int base = peek() != '0'   ? 10
                     : letter == 'x' ? 16
                     : letter == 'o' ? 8
                     : letter == 'b' ? 2
                                     : 10;
    std::string digits;
    if (base != 10) {
      advance(2);
      if (peek() == '_') advance();
      if (!take_digits(base, digits)) return source_.fail(at, "digits are missing in this number");
      return finish_number(at, from_base(base, digits));
    }
    take_digits(10, digits);
    bool real = false;
    if (peek() == '.') {
      real = true;
      digits += '.';
      advance();
      take_digits(10, digits);
    }
    if ((peek() | 0x20) == 'e' &&
        (is_digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && is_digit(peek(2))))) {
      real = true;
      digits += 'e';
      advance();
      if (!is_digit(peek())) digits += peek(), advance();
      take_digits(10, digits);
    }
    if ((peek() | 0x20) == 'j') {
      return source_.fail(at, "complex numbers are not supported");
    }
    if (real) {
      return finish_number(
          at, substrate::from_double(source_.edit(), std::strtod(digits.c_str(), nullptr)));
    }
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != digits.npos) {
      return source_.fail(at, "a decimal integer does not begin with 0; octal is 0o" +
                                  digits.substr(digits.find_first_not_of('0')));
    }
    const auto value = substrate::parse_integer(source_.edit(), digits, false);
    if (!value.ok()) return source_.fail(at, "this integer has too many digits");
    finish_number(at, value.word);
  }

  Word from_base(int base, const std::string& digits) {
    Word value = substrate::int_word(0);
    if (digits.size() > 10'000) return substrate::kAbsent;
    for (const char b : digits) {
      const auto more = substrate::multiply(source_.edit(), value, substrate::int_word(base));
      if (!more.ok()) return substrate::kAbsent;
      value = substrate::add(source_.edit(), more.word, substrate::int_word(digit_of(b))).word;
    }
    return value;
  }

  void finish_number(Position at, Word value) {
    if (substrate::is_absent(value)) return source_.fail(at, "this integer has too many digits");
    if (is_name(peek())) return source_.fail(at_, "a number ends in front of this letter or digit");
    add(TokenKind::kNumber, at, "").value = value;
  }

  Source& source_;
  std::string_view text_;
  std::size_t next_ = 0;
  Position at_;
  bool lines_;
  bool line_start_ = true;
  std::vector<std::size_t> indents_ = {0};
  std::vector<std::pair<char, Position>> open_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> read_tokens(Source& source, std::string_view text, Position at, bool lines) {
  return Tokens(source, text, at, lines).read();
}

bool is_keyword(std::string_view name) { return std::ranges::binary_search(kKeywords, name); }
std::vector<std::string_view> keyword_names() { return {kKeywords.begin(), kKeywords.end()}; }

bool unescape(Source& source, Position at, std::string_view raw, std::string& out) {
  const auto fail = [&](std::size_t i, const std::string& what) {
    Position place = at;
    for (const char b : raw.substr(0, i)) {
      if (b == '\n')
        place = {place.line + 1, 1};
      else if ((static_cast<unsigned char>(b) & 0xc0) != 0x80)
        ++place.column;
    }
    source.fail(place, what);
    return false;
  };
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    const std::size_t start = i;
    const char b = raw[++i];
    static constexpr std::string_view kLetters = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";
    if (const std::size_t simple = kLetters.find(b); simple != kLetters.npos) {
      out += kMeanings[simple];
    } else if (b == '\n') {
      continue;
    } else if (b >= '0' && b <= '7') {
      unsigned code = 0;
      std::size_t n = 0;
      for (; n < 3 && i + n < raw.size() && raw[i + n] >= '0' && raw[i + n] <= '7'; ++n) {
        code = code * 8 + static_cast<unsigned>(raw[i + n] - '0');
      }
      i += n - 1;
      clojure::utf8_append(out, code);
    } else if (b == 'x' || b == 'u' || b == 'U') {
      const std::size_t wanted = b == 'x' ? 2 : b == 'u' ? 4 : 8;
      char32_t code = 0;
      for (std::size_t n = 1; n <= wanted; ++n) {
        const int digit = i + n < raw.size() ? digit_of(raw[i + n]) : 99;
        if (digit > 15) {
          return fail(start, std::string("\\") + b + " needs " + std::to_string(wanted) +
                                 " hexadecimal digits");
        }
        code = code * 16 + static_cast<char32_t>(digit);
      }
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return fail(start, "this escape is no character");
      }
      i += wanted;
      clojure::utf8_append(out, code);
    } else if (b == 'N') {
      return fail(start, "\\N{...} is not supported yet; use \\u and the code");
    } else {
      return fail(start, std::string("`\\") + b + "` is no escape; write \\\\ for a backslash");
    }
  }
  return true;
}

void Source::fail(Position at, const std::string& what) {
  if (!status_.ok()) return;
  std::string message(file_);
  message += ':' + std::to_string(at.line) + ':' + std::to_string(at.column) + ": " + what;
  std::string_view rest = text_;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  for (std::uint32_t line = 1; line < at.line; ++line) {
    const std::size_t end = rest.find('\n');
    if (end == rest.npos) return void(status_ = substrate::invalid_argument(message));
    rest.remove_prefix(end + 1);
  }
  std::string_view line = rest.substr(0, rest.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  constexpr std::size_t kLineMax = 200;  // a caret far to the right helps nobody
  if (line.size() <= kLineMax && !line.empty() && clojure::utf8_length(line) != 0) {
    message.append("\n  ").append(line).append("\n  ");
    message.append(at.column - 1, ' ').append("^");
  }
  status_ = substrate::invalid_argument(message);
}

}  // namespace yin::ast::python
