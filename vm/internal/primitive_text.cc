// Strings, characters and names. Text is UTF-8; positions count characters (code points), case is
// that of ASCII.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "substrate/intern.h"
#include "substrate/literal.h"
#include "substrate/number.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::boolean_word;
using substrate::kNil;
using substrate::StringView;
using substrate::Vector;
using substrate::Word;

namespace {

using Words = std::vector<Word>;

bool too_long(PrimitiveContext& c) {
  c.fail("memory", "a string of more than 256 MiB");
  return false;
}

bool is_blank(char b) { return b == ' ' || (b >= '\t' && b <= '\r'); }
char lower(char b) { return b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b; }
char upper(char b) { return b >= 'a' && b <= 'z' ? static_cast<char>(b - 'a' + 'A') : b; }
bool is_word_byte(char b) {
  return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
         static_cast<unsigned char>(b) >= 0x80;
}

// ------------------------------------------------------------------------------------ printing

Word str(PrimitiveContext& c, Arguments a) {
  if (a.size() == 1 && substrate::is_string(a[0])) return a[0];
  std::string text;
  for (const Word w : a) {
    if (!append_text(c, text, w, TextStyle::kShown)) return kSignalled;
  }
  return text_word(c, text);
}

template <TextStyle Style, bool Line>
Word print_text(PrimitiveContext& c, Arguments a) {
  std::string text;
  if (!append_spaced(c, text, a, Style)) return kSignalled;
  if (Line) text += '\n';
  return text_word(c, text);
}
constexpr auto pr_str = print_text<TextStyle::kReadable, false>;
constexpr auto prn_str = print_text<TextStyle::kReadable, true>;
constexpr auto print_str = print_text<TextStyle::kBare, false>;
constexpr auto println_str = print_text<TextStyle::kBare, true>;

// ------------------------------------------------------------------------------------ format

struct Directive {
  std::string flags;
  int width = 0;
  int precision = -1;
  char letter = 0;

  [[nodiscard]] bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};

// Reads the number at `at`; nothing that would print more than a page is taken.
bool read_size(std::string_view text, std::size_t& at, int& out) {
  out = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    out = out * 10 + (text[at++] - '0');
    if (out > 4096) return false;
  }
  return true;
}

// Behind a '%'. False: not a directive.
bool read_directive(std::string_view text, std::size_t& at, Directive& out) {
  while (at < text.size() && std::string_view("-0,+ (").find(text[at]) != std::string_view::npos) {
    out.flags += text[at++];
  }
  if (!read_size(text, at, out.width)) return false;
  if (at < text.size() && text[at] == '.' && (++at, !read_size(text, at, out.precision)))
    return false;
  if (at >= text.size()) return false;
  out.letter = text[at++];
  return true;
}

std::string grouped(std::string digits) {
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = whole; i > first + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

// Widens to the directive's width; zeros go behind the sign.
std::string padded(const Directive& d, std::string text, bool number) {
  std::uint64_t characters = 0;
  for (const char b : text) characters += (static_cast<unsigned char>(b) & 0xc0) != 0x80 ? 1 : 0;
  if (characters >= static_cast<std::uint64_t>(d.width)) return text;
  const std::size_t missing =
      static_cast<std::size_t>(d.width) - static_cast<std::size_t>(characters);
  if (d.has('-')) return text + std::string(missing, ' ');
  if (!number || !d.has('0')) return std::string(missing, ' ') + text;
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return text.insert(sign, missing, '0');
}

std::string format_real(const Directive& d, double v) {
  char buffer[512];
  const char* shape = d.letter == 'e' ? "%.*e" : "%.*f";
  const int n = std::snprintf(buffer, sizeof buffer, shape,
                              std::min(d.precision < 0 ? 6 : d.precision, 100), v);
  return {buffer, static_cast<std::size_t>(std::clamp(n, 0, 511))};
}

std::string in_base_16(std::uint64_t v) {
  char buffer[20];
  const int n = std::snprintf(buffer, sizeof buffer, "%llx", static_cast<unsigned long long>(v));
  return {buffer, static_cast<std::size_t>(n)};
}

std::string finish_number(const Directive& d, std::string text) {
  if (d.has(',')) text = grouped(std::move(text));
  if (!text.starts_with('-')) {
    if (d.has('+'))
      text.insert(0, 1, '+');
    else if (d.has(' '))
      text.insert(0, 1, ' ');
  }
  return padded(d, std::move(text), true);
}

// Appends one argument; false after telling the context.
bool format_one(PrimitiveContext& c, const Directive& d, Word w, std::string& out) {
  switch (d.letter) {
    case 'd':
    case 'x': {
      if (!substrate::is_integer(w)) return c.wrong_type("format %d or %x", w, "an integer"), false;
      std::string digits;
      if (d.letter == 'x' && substrate::is_int(w))  // two's complement, as Java's of a long
        digits = in_base_16(static_cast<std::uint64_t>(substrate::to_int(c.pin(), w)));
      else
        substrate::append_in_base(digits, c.pin(), w, d.letter == 'd' ? 10 : 16);
      out += finish_number(d, std::move(digits));
      return true;
    }
    case 'f':
    case 'e':
      if (!substrate::is_double(w)) return c.wrong_type("format %f or %e", w, "a double"), false;
      out += finish_number(d, format_real(d, substrate::to_double(c.pin(), w)));
      return true;
    case 's': {
      std::string text;
      if (substrate::is_nil(w)) text = "nil";
      if (!append_text(c, text, w, TextStyle::kShown)) return false;
      if (d.precision >= 0)
        text.resize(std::min(text.size(), static_cast<std::size_t>(d.precision)));
      out += padded(d, std::move(text), false);
      return true;
    }
    case 'c': {
      if (!substrate::is_character(w)) return c.wrong_type("format %c", w, "a character"), false;
      std::string text;
      append_character(text, static_cast<char32_t>(substrate::payload(w)));
      out += padded(d, std::move(text), false);
      return true;
    }
    case 'b':
      out += padded(d, substrate::truthy(w) ? "true" : "false", false);
      return true;
    default:
      c.fail("unsupported", std::string("format: %") + d.letter +
                                " is not supported; %d %s %f %e %x %c %b %n %% are");
      return false;
  }
}

Word format(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "format", a[0])) return kSignalled;
  const std::string pattern = substrate::to_string(c.pin(), a[0]);
  std::string out;
  std::size_t next = 1;
  for (std::size_t at = 0; at < pattern.size();) {
    const char b = pattern[at++];
    if (b != '%') {
      out += b;
      continue;
    }
    Directive d;
    if (!read_directive(pattern, at, d))
      return c.fail("argument", "format: broken directive in \"" + pattern + '"');
    if (d.letter == '%' || d.letter == 'n') {
      out += d.letter == 'n' ? '\n' : '%';
      continue;
    }
    if (next >= a.size())
      return c.fail("argument", "format: more directives than arguments in \"" + pattern + '"');
    if (!format_one(c, d, a[next++], out)) return kSignalled;
  }
  return text_word(c, out);
}

// ------------------------------------------------------------------------------------ parts

// Byte index of character `index`, nullopt beyond the end.
std::optional<std::size_t> byte_of(std::string_view text, std::uint64_t index) {
  std::size_t at = 0;
  for (; index > 0; --index) {
    if (at >= text.size()) return std::nullopt;
    next_character(text, at);
  }
  return at;
}

std::int64_t character_of(std::string_view text, std::size_t byte) {
  std::int64_t index = 0;
  for (std::size_t at = 0; at < byte; ++index) next_character(text, at);
  return index;
}

Word substring(PrimitiveContext& c, Arguments a) {
  std::uint64_t from, to = 0;
  if (!string_argument(c, "subs", a[0]) || !count_argument(c, "subs", a[1], from))
    return kSignalled;
  if (a.size() == 3 && !count_argument(c, "subs", a[2], to)) return kSignalled;
  const StringView text(c.pin(), a[0]);
  const auto start = byte_of(text.view(), from);
  const auto end = a.size() == 3 ? byte_of(text.view(), to) : std::optional(text.view().size());
  if (!start || !end || *start > *end) {
    return c.fail("index", "subs: " + std::to_string(from) +
                               (a.size() == 3 ? " to " + std::to_string(to) : "") +
                               " is outside a string of " +
                               std::to_string(character_of(text.view(), text.view().size())) +
                               " characters");
  }
  return text_word(c, text.view().substr(*start, *end - *start));
}

// The text that a separator stands for: a string or a character.
bool separator_argument(PrimitiveContext& c, std::string_view name, Word w, std::string& out) {
  if (substrate::is_character(w)) {
    append_character(out, static_cast<char32_t>(substrate::payload(w)));
    return true;
  }
  if (!string_argument(c, name, w)) return false;
  out = substrate::to_string(c.pin(), w);
  return true;
}

Word vector_of(PrimitiveContext& c, const std::vector<std::string_view>& parts) {
  Words words;
  for (const std::string_view part : parts) words.push_back(text_word(c, part));
  return Vector::from(c.edit, words).word;
}

Word split(PrimitiveContext& c, Arguments a) {
  std::string separator;
  std::int64_t most = 0;
  if (!string_argument(c, "split", a[0]) || !separator_argument(c, "split", a[1], separator))
    return kSignalled;
  if (a.size() == 3 && !integer_argument(c, "split", a[2], most)) return kSignalled;
  if (separator.empty()) return c.fail("argument", "split: the separator is empty");
  const StringView whole(c.pin(), a[0]);
  std::string_view text = whole.view();
  std::vector<std::string_view> parts;
  for (std::size_t at;
       (most <= 0 || std::ssize(parts) + 1 < most) && (at = text.find(separator)) != text.npos;) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.push_back(text);
  while (most == 0 && parts.size() > 1 && parts.back().empty())
    parts.pop_back();  // as Clojure's split
  return vector_of(c, parts);
}

Word split_lines(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "split-lines", a[0])) return kSignalled;
  const StringView whole(c.pin(), a[0]);
  std::string_view text = whole.view();
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    lines.push_back(line.ends_with('\r') ? line.substr(0, end - 1) : line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return vector_of(c, lines);
}

// The maximal runs of ASCII letters, digits and bytes from 0x80 on, ASCII letters lowered: one
// pass, for word counts.
Word words(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "words", a[0])) return kSignalled;
  std::string text = substrate::to_string(c.pin(), a[0]);
  std::ranges::transform(text, text.begin(), lower);
  Words found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    while (at < text.size() && is_word_byte(text[at])) ++at;
    if (at != from) found.push_back(text_word(c, std::string_view(text).substr(from, at - from)));
    while (at < text.size() && !is_word_byte(text[at])) ++at;
  }
  return Vector::from(c.edit, found).word;
}

Word join(PrimitiveContext& c, Arguments a) {
  std::string separator, text;
  if (a.size() == 2 && !append_text(c, separator, a[0], TextStyle::kShown)) return kSignalled;
  bool first = true, fits = true;
  const bool sequence = each_item(c, a.back(), [&](Word item) {
    if (!first) text += separator;
    first = false;
    return fits = append_text(c, text, item, TextStyle::kShown);
  });
  if (!fits) return kSignalled;
  return sequence ? text_word(c, text) : c.wrong_type("join", a.back(), "a sequence");
}

template <char (*Change)(char)>
Word change_case(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "a change of case", a[0])) return kSignalled;
  std::string text = substrate::to_string(c.pin(), a[0]);
  std::ranges::transform(text, text.begin(), Change);
  return text_word(c, text);
}

Word capitalize(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "capitalize", a[0])) return kSignalled;
  std::string text = substrate::to_string(c.pin(), a[0]);
  std::ranges::transform(text, text.begin(), lower);
  if (!text.empty()) text[0] = upper(text[0]);
  return text_word(c, text);
}

Word trim_ends(PrimitiveContext& c, std::string_view name, Word w, bool left, bool right) {
  if (!string_argument(c, name, w)) return kSignalled;
  const StringView whole(c.pin(), w);
  std::string_view text = whole.view();
  while (left && !text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (right && !text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text_word(c, text);
}
Word trim(PrimitiveContext& c, Arguments a) { return trim_ends(c, "trim", a[0], true, true); }
Word trim_left(PrimitiveContext& c, Arguments a) {
  return trim_ends(c, "triml", a[0], true, false);
}
Word trim_right(PrimitiveContext& c, Arguments a) {
  return trim_ends(c, "trimr", a[0], false, true);
}

Word trim_newline(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "trim-newline", a[0])) return kSignalled;
  const StringView whole(c.pin(), a[0]);
  std::string_view text = whole.view();
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text_word(c, text);
}

Word blank(PrimitiveContext& c, Arguments a) {
  if (substrate::is_nil(a[0])) return substrate::kTrue;
  if (!string_argument(c, "blank?", a[0])) return kSignalled;
  return boolean_word(std::ranges::all_of(StringView(c.pin(), a[0]).view(), is_blank));
}

// ------------------------------------------------------------------------------------ searching

using Search = bool (*)(std::string_view text, std::string_view part);

Word search(PrimitiveContext& c, std::string_view name, Arguments a, Search holds) {
  if (!string_argument(c, name, a[0]) || !string_argument(c, name, a[1])) return kSignalled;
  const StringView text(c.pin(), a[0]), part(c.pin(), a[1]);
  return boolean_word(holds(text.view(), part.view()));
}
Word starts_with(PrimitiveContext& c, Arguments a) {
  return search(c, "starts-with?", a,
                [](std::string_view t, std::string_view p) { return t.starts_with(p); });
}
Word ends_with(PrimitiveContext& c, Arguments a) {
  return search(c, "ends-with?", a,
                [](std::string_view t, std::string_view p) { return t.ends_with(p); });
}
Word includes(PrimitiveContext& c, Arguments a) {
  return search(c, "includes?", a,
                [](std::string_view t, std::string_view p) { return t.find(p) != t.npos; });
}

Word index_of(PrimitiveContext& c, Arguments a) {
  std::string part;
  std::uint64_t from = 0;
  if (!string_argument(c, "index-of", a[0]) || !separator_argument(c, "index-of", a[1], part))
    return kSignalled;
  if (a.size() == 3 && !count_argument(c, "index-of", a[2], from)) return kSignalled;
  const StringView text(c.pin(), a[0]);
  const auto start = byte_of(text.view(), from);
  const std::size_t at = start ? text.view().find(part, *start) : std::string_view::npos;
  return at == std::string_view::npos ? kNil : substrate::int_word(character_of(text.view(), at));
}

Word last_index_of(PrimitiveContext& c, Arguments a) {
  std::string part;
  if (!string_argument(c, "last-index-of", a[0]) ||
      !separator_argument(c, "last-index-of", a[1], part)) {
    return kSignalled;
  }
  const StringView text(c.pin(), a[0]);
  const std::size_t at = text.view().rfind(part);
  return at == std::string_view::npos ? kNil : substrate::int_word(character_of(text.view(), at));
}

Word replace_in(PrimitiveContext& c, std::string_view name, Arguments a, bool all) {
  std::string from, to;
  if (!string_argument(c, name, a[0]) || !separator_argument(c, name, a[1], from) ||
      !separator_argument(c, name, a[2], to)) {
    return kSignalled;
  }
  if (from.empty()) return c.fail("argument", std::string(name) + ": what to replace is empty");
  const StringView whole(c.pin(), a[0]);
  std::string_view text = whole.view();
  std::string out;
  for (std::size_t at; (at = text.find(from)) != text.npos;) {
    out.append(text.substr(0, at)).append(to);
    if (out.size() > kTextMax) return too_long(c), kSignalled;
    text.remove_prefix(at + from.size());
    if (!all) break;
  }
  return text_word(c, out.append(text));
}
Word replace(PrimitiveContext& c, Arguments a) { return replace_in(c, "replace", a, true); }
Word replace_first(PrimitiveContext& c, Arguments a) {
  return replace_in(c, "replace-first", a, false);
}

Word reverse_text(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "reverse", a[0])) return kSignalled;
  const StringView text(c.pin(), a[0]);
  std::string out(text.view().size(), 0);
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t from = at;
    next_character(text.view(), at);
    text.view().copy(&out[out.size() - at], at - from, from);
  }
  return text_word(c, out);
}

// ------------------------------------------------------------------------------------ names

Word name(PrimitiveContext& c, Arguments a) {
  if (substrate::is_string(a[0])) return a[0];
  if (!substrate::is_keyword(a[0]) && !substrate::is_symbol(a[0])) {
    return c.wrong_type("name", a[0], "a keyword, symbol or string");
  }
  const std::string_view whole = substrate::name_of(c.pin(), a[0]);
  const std::size_t slash = whole.size() > 1 ? whole.find('/') : std::string_view::npos;
  return text_word(c, slash == std::string_view::npos ? whole : whole.substr(slash + 1));
}

Word name_space(PrimitiveContext& c, Arguments a) {
  if (!substrate::is_keyword(a[0]) && !substrate::is_symbol(a[0])) {
    return c.wrong_type("namespace", a[0], "a keyword or symbol");
  }
  const std::string_view whole = substrate::name_of(c.pin(), a[0]);
  const std::size_t slash = whole.size() > 1 ? whole.find('/') : std::string_view::npos;
  return slash == std::string_view::npos ? kNil : text_word(c, whole.substr(0, slash));
}

Word interned(PrimitiveContext& c, std::string_view what, Arguments a, bool keyword) {
  std::string spelling;
  for (const Word w : a) {
    if (a.size() == 2 && w.bits == a[0].bits && substrate::is_nil(w))
      continue;  // (keyword nil "a")
    if (!spelling.empty()) spelling += '/';
    if (substrate::is_keyword(w) || substrate::is_symbol(w)) {
      spelling += substrate::name_of(c.pin(), w);
    } else if (substrate::is_string(w)) {
      spelling += substrate::to_string(c.pin(), w);
    } else {
      return c.wrong_type(what, w, "a string, keyword or symbol");
    }
  }
  const auto id = substrate::intern(c.pin(), spelling);
  if (!id.ok()) return c.fail("argument", id.status().message());
  return keyword ? substrate::keyword_word(*id) : substrate::symbol_word(*id);
}
Word keyword(PrimitiveContext& c, Arguments a) { return interned(c, "keyword", a, true); }
Word symbol(PrimitiveContext& c, Arguments a) { return interned(c, "symbol", a, false); }

// (tagged-literal tag form)
Word tagged_literal(PrimitiveContext& c, Arguments a) {
  if (!substrate::is_symbol(a[0]))
    return c.wrong_type("tagged-literal", a[0], "a symbol as its tag");
  return substrate::make_tagged(c.edit, a[0], a[1]);
}

Word uuid_from_text(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "parse-uuid", a[0])) return kSignalled;
  const std::string text = "#uuid \"" + substrate::to_string(c.pin(), a[0]) + '"';
  const auto value = substrate::read(c.edit, text);
  return value.ok() && substrate::is_uuid(*value) ? *value : kNil;
}

// A name that stands nowhere else in this process: for macros, whose names are made new once more
// when they are expanded (ast/readers/clojure_expand.h).
Word gensym(PrimitiveContext& c, Arguments a) {
  static std::atomic<std::uint64_t> made{0};  // process-private
  std::string name = "G";
  if (a.size() == 1) {
    name.clear();
    if (!append_text(c, name, a[0], TextStyle::kShown)) return kSignalled;
  }
  name += "__" + std::to_string(made.fetch_add(1, std::memory_order_relaxed)) + "__auto__";
  const auto id = substrate::intern(c.pin(), name);
  if (!id.ok()) return c.fail("argument", id.status().message());
  return substrate::symbol_word(*id);
}

// One EDN value: data, never code.
Word read_string(PrimitiveContext& c, Arguments a) {
  if (!string_argument(c, "read-string", a[0])) return kSignalled;
  const std::string text = substrate::to_string(c.pin(), a[0]);
  if (!has_room(c, "read-string", text.size() * 8)) return kSignalled;
  const auto value = substrate::read(c.edit, text);
  return value.ok() ? *value : c.fail("argument", "read-string: " + value.status().message());
}

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"str", 0, kAnyCount, str},
    {"pr-str", 0, kAnyCount, pr_str},
    {"prn-str", 0, kAnyCount, prn_str},
    {"print-str", 0, kAnyCount, print_str},
    {"println-str", 0, kAnyCount, println_str},
    {"format", 1, kAnyCount, format},
    {"subs", 2, 3, substring},
    {"split", 2, 3, split},
    {"split-lines", 1, 1, split_lines},
    {"words", 1, 1, words},
    {"join", 1, 2, join},
    {"upper-case", 1, 1, change_case<upper>},
    {"lower-case", 1, 1, change_case<lower>},
    {"capitalize", 1, 1, capitalize},
    {"trim", 1, 1, trim},
    {"triml", 1, 1, trim_left},
    {"trimr", 1, 1, trim_right},
    {"blank?", 1, 1, blank},
    {"starts-with?", 2, 2, starts_with},
    {"ends-with?", 2, 2, ends_with},
    {"includes?", 2, 2, includes},
    {"index-of", 2, 3, index_of},
    {"last-index-of", 2, 2, last_index_of},
    {"replace", 3, 3, replace},
    {"replace-first", 3, 3, replace_first},
    {"clojure.string/reverse", 1, 1, reverse_text},
    {"name", 1, 1, name},
    {"namespace", 1, 1, name_space},
    {"keyword", 1, 2, keyword},
    {"symbol", 1, 2, symbol},
    {"read-string", 1, 1, read_string},
    {"trim-newline", 1, 1, trim_newline},
    {"tagged-literal", 2, 2, tagged_literal, PrimitiveKind::kPlain, Metadata::kFirst},
    {"parse-uuid", 1, 1, uuid_from_text},
    {"yin/replace-text", 3, 3, replace},
    {"gensym", 0, 1, gensym},
};

}  // namespace

bool append_text(PrimitiveContext& c, std::string& text, Word w, TextStyle style) {
  if (style == TextStyle::kShown && substrate::is_nil(w)) return true;
  const bool bare = style != TextStyle::kReadable;
  bool whole = true;
  if (substrate::is_small_int(w)) {  // what most texts are made of, without the printer
    char digits[20];
    text.append(digits, std::to_chars(digits, std::end(digits), substrate::small_int(w)).ptr);
  } else if (bare && substrate::is_string(w)) {
    text += substrate::StringView(c.pin(), w).view();
  } else if (bare && substrate::is_character(w)) {
    append_character(text, static_cast<char32_t>(substrate::payload(w)));
  } else if (style == TextStyle::kShown && substrate::is_big_int(w)) {
    substrate::append_exact(text, c.pin(), w);  // the digits alone, as Java's text of it
  } else if (style == TextStyle::kBare) {
    whole = substrate::display_to(text, c.pin(), w, kTextMax);
  } else {
    whole = substrate::print_to(text, c.pin(), w, kTextMax);
  }
  return (whole && text.size() <= kTextMax) || too_long(c);
}

bool append_spaced(PrimitiveContext& c, std::string& text, Arguments a, TextStyle style) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (i != 0) text += ' ';
    if (!append_text(c, text, a[i], style)) return false;
  }
  return true;
}

Word text_word(PrimitiveContext& c, std::string_view text) {
  if (text.size() > kTextMax) return too_long(c), kSignalled;
  if (!has_room(c, "a string", text.size() / sizeof(Word))) return kSignalled;
  return substrate::from_string(c.edit, text);
}

std::span<const Primitive> text_primitives() { return with_bare_arguments<kTable>(); }

bool string_argument(PrimitiveContext& c, std::string_view what, Word w) {
  if (substrate::is_string(w)) return true;
  c.wrong_type(what, w, "a string");
  return false;
}

// Decoding after RFC 3629; a byte that begins no whole sequence is a character of its own.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at++);
  const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
  if (more == 0 || lead > 0xf4 || at + more > text.size()) return lead;
  char32_t c = lead & (0x3fu >> more);
  for (unsigned i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return lead;
    c = c << 6 | (byte(at + i) & 0x3fu);
  }
  at += more;
  return c;
}

void append_character(std::string& text, char32_t c) {
  const auto put = [&](char32_t b) { text += static_cast<char>(b); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
  if (c < 0x10000) return put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f)),
      put(0x80 | (c & 0x3f));
}

}  // namespace yin::vm::internal
