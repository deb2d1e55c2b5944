#include "ast/readers/clojure_literals.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "substrate/number.h"
#include "substrate/read.h"

namespace yin::ast::clojure {

namespace {

using substrate::Edit;
using substrate::Word;

Literal problem(std::string what) { return {substrate::kNil, std::move(what)}; }
Literal value(Word w) { return {w, {}}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 0..35, or 36 for what is no digit in any radix.
unsigned digit_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A') + 10;
  return 36;
}

bool all_digits(std::string_view text, unsigned radix) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [&](char c) { return digit_value(c) < radix; });
}

// The magnitude of digits, nothing when it takes more than 64 bits.
std::optional<std::uint64_t> magnitude(std::string_view digits, unsigned radix) {
  std::uint64_t sum = 0;
  for (const char c : digits) {
    const unsigned digit = digit_value(c);
    if (sum > (std::numeric_limits<std::uint64_t>::max() - digit) / radix) return std::nullopt;
    sum = sum * radix + digit;
  }
  return sum;
}

Literal exact(const substrate::NumberResult& made) {
  if (made.ok()) return value(made.word);
  if (made.fault == substrate::NumberFault::kTooLarge)
    return problem("is " + std::string(message_of(made.fault)) + ", the limit");
  return problem("is no number: " + std::string(message_of(made.fault)));
}

Literal integer(Edit& edit, std::string_view digits, unsigned radix, bool negative) {
  return exact(substrate::parse_integer(edit, digits, negative, radix));
}

// digits [. digits] [e [sign] digits], split; whole is empty when the text is no such thing.
struct Decimal {
  std::string_view whole, fraction, exponent;
};

Decimal split_decimal(std::string_view text) {
  const auto digits_end = [](std::string_view s, std::size_t from) {
    while (from < s.size() && is_digit(s[from])) ++from;
    return from;
  };
  Decimal parts;
  std::size_t at = digits_end(text, 0);
  const std::string_view whole = text.substr(0, at);
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = digits_end(text, at + 1);
    parts.fraction = text.substr(at + 1, end - at - 1);
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t start = at + 1;
    const bool sign = start < text.size() && (text[start] == '+' || text[start] == '-');
    const std::size_t end = digits_end(text, start + (sign ? 1 : 0));
    if (end == start + (sign ? 1 : 0)) return {};
    parts.exponent = text.substr(start, end - start);
    at = end;
  }
  if (at == text.size()) parts.whole = whole;
  return parts;
}

// Leaves the conversion to the substrate's reader, which is exact, in the plainest spelling.
Literal decimal(Edit& edit, const Decimal& parts, bool negative) {
  std::string_view whole = parts.whole;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  std::string plain = negative ? "-" : "";
  plain += whole;
  plain += '.';
  plain += parts.fraction.empty() ? "0" : parts.fraction;
  if (!parts.exponent.empty()) {
    plain += 'e';
    plain += parts.exponent;
  }
  auto read = substrate::read(edit, plain);
  if (!read.ok()) return problem("is no number: " + read.status().message());
  return value(*read);
}

std::optional<Literal> ratio(Edit& edit, std::string_view text, bool negative) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view above = text.substr(0, slash);
  const std::string_view below = text.substr(slash + 1);
  if (!all_digits(above, 10) || !all_digits(below, 10)) return {};
  return exact(substrate::parse_ratio(edit, above, below, negative));
}

// Digits behind a radix: 0x1f, 2r1010. Nothing when the text has no radix.
std::optional<Literal> with_radix(Edit& edit, std::string_view text, bool negative) {
  if (text.starts_with("0x") || text.starts_with("0X")) {
    if (!all_digits(text.substr(2), 16)) return problem("needs hexadecimal digits after 0x");
    return integer(edit, text.substr(2), 16, negative);
  }
  const std::size_t r = text.find_first_of("rR");
  if (r == std::string_view::npos || r > 2 || !all_digits(text.substr(0, r), 10)) return {};
  const auto radix = static_cast<unsigned>(*magnitude(text.substr(0, r), 10));
  if (radix < 2 || radix > 36) return problem("has a radix that is not 2 to 36");
  if (!all_digits(text.substr(r + 1), radix)) return problem("has digits that its radix lacks");
  return integer(edit, text.substr(r + 1), radix, negative);
}

// The code point that `digits` spell, nothing if there are not `count` of them.
std::optional<char32_t> code_unit(std::string_view digits, unsigned radix) {
  if (!all_digits(digits, radix)) return std::nullopt;
  return static_cast<char32_t>(*magnitude(digits, radix));
}

bool is_high_surrogate(char32_t c) { return c >= 0xd800 && c <= 0xdbff; }
bool is_low_surrogate(char32_t c) { return c >= 0xdc00 && c <= 0xdfff; }

constexpr std::array<std::pair<std::string_view, char32_t>, 6> kCharacterNames = {{
    {"backspace", 8},
    {"formfeed", 12},
    {"newline", 10},
    {"return", 13},
    {"space", 32},
    {"tab", 9},
}};
constexpr std::string_view kEscapes = "bfnrt\"\\";
constexpr std::string_view kEscaped = "\b\f\n\r\t\"\\";

constexpr std::size_t kUnicodeDigits = 4;
constexpr std::size_t kOctalDigits = 3;

std::size_t octal_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && n < kOctalDigits && digit_value(text[n]) < 8) ++n;
  return n;
}

// Reads one escape; `at` stands behind the backslash and moves behind the escape. Returns the
// problem.
std::string read_escape(std::string_view text, std::size_t& at, std::string& out) {
  const char c = text[at];
  if (const std::size_t known = kEscapes.find(c); known != std::string_view::npos) {
    out += kEscaped[known];
    ++at;
    return {};
  }
  if (c == 'u') {
    const auto unit = code_unit(text.substr(at + 1).substr(0, kUnicodeDigits), 16);
    if (!unit || text.size() - at - 1 < kUnicodeDigits)
      return "`\\u` needs four hexadecimal digits";
    at += 1 + kUnicodeDigits;
    if (!is_high_surrogate(*unit) && !is_low_surrogate(*unit)) {
      utf8_append(out, *unit);
      return {};
    }
    const std::string_view rest = text.substr(at);
    const auto low = rest.starts_with("\\u") ? code_unit(rest.substr(2, kUnicodeDigits), 16)
                                             : std::optional<char32_t>{};
    if (!is_high_surrogate(*unit) || !low || !is_low_surrogate(*low)) {
      return "half of a surrogate pair; write the character itself";
    }
    utf8_append(out, 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00));
    at += 2 + kUnicodeDigits;
    return {};
  }
  if (const std::size_t n = octal_digits(text.substr(at)); n > 0) {
    const char32_t unit = *code_unit(text.substr(at, n), 8);
    if (unit > 0377) return "an octal escape goes up to \\377";
    utf8_append(out, unit);
    at += n;
    return {};
  }
  return "unknown escape `\\" + std::string(text.substr(at, utf8_length(text.substr(at)))) +
         "`; there are \\t \\b \\n \\r \\f \\\" \\\\ \\uXXXX \\NNN";
}

}  // namespace

Literal read_number(Edit& edit, std::string_view token) {
  std::string_view text = token;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);

  const std::string_view most = text.substr(0, text.size() - 1);
  // The N of a big integer says nothing here: integers are as long as they need.
  const std::string_view digits = text.back() == 'N' ? most : text;
  if (all_digits(digits, 10)) {
    if (digits.size() == 1 || digits.front() != '0') return integer(edit, digits, 10, negative);
    if (!all_digits(digits, 8))
      return problem("starts with 0 and so is octal, but has the digit 8 or 9");
    return integer(edit, digits, 8, negative);
  }
  if (auto literal = with_radix(edit, text, negative)) return *std::move(literal);
  if (const Decimal parts = split_decimal(text); !parts.whole.empty()) {
    return decimal(edit, parts, negative);
  }
  if (auto literal = ratio(edit, text, negative)) return *std::move(literal);
  if (text.back() == 'M' && !split_decimal(most).whole.empty()) {
    return problem("is a big decimal, which is not supported yet; leave out the M");
  }
  return problem("is no number, and a symbol cannot begin with a digit");
}

Literal read_character(std::string_view token) {
  const std::size_t first = utf8_length(token);
  if (first == token.size()) return value(substrate::character_word(utf8_decode(token)));
  for (const auto& [name, c] : kCharacterNames) {
    if (token == name) return value(substrate::character_word(c));
  }
  const std::string_view digits = token.substr(1);
  if (token.front() == 'u' && digits.size() == kUnicodeDigits) {
    const auto unit = code_unit(digits, 16);
    if (unit && (is_high_surrogate(*unit) || is_low_surrogate(*unit))) {
      return problem("is half of a surrogate pair; write the character itself");
    }
    if (unit) return value(substrate::character_word(*unit));
  }
  if (token.front() == 'o' && digits.size() <= kOctalDigits) {
    const auto unit = code_unit(digits, 8);
    if (unit && *unit <= 0377) return value(substrate::character_word(*unit));
  }
  return problem(
      "is no character; there are \\a, \\newline \\space \\tab \\return \\backspace \\formfeed, "
      "\\uXXXX and \\oNNN");
}

Literal read_symbolic(Edit& edit, std::string_view token) {
  using Limits = std::numeric_limits<double>;
  if (token == "Inf") return value(substrate::from_double(edit, Limits::infinity()));
  if (token == "-Inf") return value(substrate::from_double(edit, -Limits::infinity()));
  if (token == "NaN") return value(substrate::from_double(edit, Limits::quiet_NaN()));
  return problem("is no symbolic value; there are ##Inf, ##-Inf and ##NaN");
}

Text read_text(std::string_view text) {
  Text out;
  out.bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out.bytes += text[at++];
      continue;
    }
    out.problem_at = at++;
    out.problem = read_escape(text, at, out.bytes);
    if (!out.problem.empty()) break;
  }
  return out;
}

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
      (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) {
    return 0;
  }
  return length;
}

char32_t utf8_decode(std::string_view text) {
  const std::size_t length = utf8_length(text);
  const auto bits = [&](std::size_t i) { return static_cast<unsigned char>(text[i]) & 0x3fu; };
  const auto lead = static_cast<unsigned char>(text[0]);
  switch (length) {
    case 2:
      return (lead & 0x1fu) << 6 | bits(1);
    case 3:
      return (lead & 0x0fu) << 12 | bits(1) << 6 | bits(2);
    case 4:
      return (lead & 0x07u) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3);
    default:
      return lead;
  }
}

void utf8_append(std::string& out, char32_t c) {
  const auto push = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xc0 | c >> 6);
    push(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    push(0xe0 | c >> 12);
    push(0x80 | (c >> 6 & 0x3f));
    push(0x80 | (c & 0x3f));
  } else {
    push(0xf0 | c >> 18);
    push(0x80 | (c >> 12 & 0x3f));
    push(0x80 | (c >> 6 & 0x3f));
    push(0x80 | (c & 0x3f));
  }
}

}  // namespace yin::ast::clojure
