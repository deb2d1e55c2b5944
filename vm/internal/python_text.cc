// Python's methods of strings, and the small language of its format specifications.
//
// Positions count code points. Case and classes of characters are known for ASCII; what would need
// more of Unicode's tables is refused, not guessed.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "substrate/number.h"
#include "vm/internal/python_values.h"

namespace yin::vm::internal::python {

using substrate::boolean_word;
using substrate::kAbsent;
using substrate::kNil;
using substrate::StringView;
using substrate::Word;

namespace {

using Words = std::vector<Word>;

bool is_blank(char b) { return b == ' ' || (b >= '\t' && b <= '\r') || (b >= 0x1c && b <= 0x1f); }
bool is_lower(char b) { return b >= 'a' && b <= 'z'; }
bool is_upper(char b) { return b >= 'A' && b <= 'Z'; }
bool is_digit(char b) { return b >= '0' && b <= '9'; }
bool is_letter(char b) { return is_lower(b) || is_upper(b); }
char to_lower(char b) { return is_upper(b) ? static_cast<char>(b - 'A' + 'a') : b; }
char to_upper(char b) { return is_lower(b) ? static_cast<char>(b - 'a' + 'A') : b; }

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char b) { return static_cast<unsigned char>(b) < 0x80; });
}

// One call of a method: its arguments, checked and taken apart.
class Method {
 public:
  Method(PrimitiveContext& c, std::string_view name, Word text, Arguments a)
      : c_(c), name_(name), word_(text), text_(substrate::to_string(c.pin(), text)), a_(a) {}

  Word call() {
    struct Named {
      std::string_view name;
      std::size_t least, most;
      Word (Method::*run)();
    };
    static constexpr Named kMethods[] = {
        {"upper", 0, 0, &Method::upper},
        {"lower", 0, 0, &Method::lower},
        {"capitalize", 0, 0, &Method::capitalize},
        {"title", 0, 0, &Method::title},
        {"swapcase", 0, 0, &Method::swap_case},
        {"strip", 0, 1, &Method::strip},
        {"lstrip", 0, 1, &Method::strip},
        {"rstrip", 0, 1, &Method::strip},
        {"split", 0, 2, &Method::split},
        {"rsplit", 0, 2, &Method::split_right},
        {"splitlines", 0, 0, &Method::split_lines},
        {"join", 1, 1, &Method::join},
        {"startswith", 1, 1, &Method::begins_or_ends},
        {"endswith", 1, 1, &Method::begins_or_ends},
        {"find", 1, 2, &Method::find},
        {"rfind", 1, 1, &Method::find},
        {"index", 1, 2, &Method::find},
        {"rindex", 1, 1, &Method::find},
        {"count", 1, 1, &Method::count},
        {"replace", 2, 3, &Method::replace},
        {"isdigit", 0, 0, &Method::ask},
        {"isdecimal", 0, 0, &Method::ask},
        {"isnumeric", 0, 0, &Method::ask},
        {"isalpha", 0, 0, &Method::ask},
        {"isalnum", 0, 0, &Method::ask},
        {"isspace", 0, 0, &Method::ask},
        {"isupper", 0, 0, &Method::ask_case},
        {"islower", 0, 0, &Method::ask_case},
        {"ljust", 1, 2, &Method::justify},
        {"rjust", 1, 2, &Method::justify},
        {"center", 1, 2, &Method::justify},
        {"zfill", 1, 1, &Method::fill_zeros},
        {"partition", 1, 1, &Method::partition},
        {"rpartition", 1, 1, &Method::partition},
        {"removeprefix", 1, 1, &Method::remove_end},
        {"removesuffix", 1, 1, &Method::remove_end},
        {"format", 0, kAnyCount, &Method::format},
    };
    const auto* found = std::ranges::find(kMethods, name_, &Named::name);
    if (found == std::end(kMethods)) return kAbsent;
    if (a_.size() < found->least || a_.size() > found->most) {
      return type_error(
          c_, std::string(name_) + "() takes " + std::to_string(found->least) +
                  (found->most == found->least ? "" : " to " + std::to_string(found->most)) +
                  " arguments, got " + std::to_string(a_.size()));
    }
    return (this->*found->run)();
  }

 private:
  Word give(std::string_view text) { return text_word(c_, text); }

  bool text_argument(std::size_t i, std::string& out) {
    if (substrate::is_string(a_[i])) return out = substrate::to_string(c_.pin(), a_[i]), true;
    type_error(
        c_, std::string(name_) + "() needs a str here, not " + std::string(type_name(c_, a_[i])));
    return false;
  }

  bool ascii_only() {
    if (is_ascii(text_)) return true;
    refuse(c_, std::string(name_) + "() of text beyond ASCII");
    return false;
  }

  template <class Change>
  Word each_byte(Change change) {
    if (!ascii_only()) return kSignalled;
    std::string out = text_;
    char before = ' ';
    for (char& b : out) {
      const char now = b;
      b = change(b, before);
      before = now;
    }
    return give(out);
  }
  Word upper() {
    return each_byte([](char b, char) { return to_upper(b); });
  }
  Word lower() {
    return each_byte([](char b, char) { return to_lower(b); });
  }
  Word swap_case() {
    return each_byte([](char b, char) { return is_lower(b) ? to_upper(b) : to_lower(b); });
  }
  Word title() {
    return each_byte(
        [](char b, char before) { return is_letter(before) ? to_lower(b) : to_upper(b); });
  }
  Word capitalize() {
    bool first = true;
    return each_byte([&](char b, char) {
      const bool head = first;
      first = false;
      return head ? to_upper(b) : to_lower(b);
    });
  }

  Word strip() {
    std::string set = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
    const bool chosen = !a_.empty() && !substrate::is_nil(a_[0]);
    if (chosen && !text_argument(0, set)) return kSignalled;
    if (chosen && !is_ascii(set)) return refuse(c_, "strip() of characters beyond ASCII");
    std::string_view rest = text_;
    const auto in_set = [&](char b) { return set.find(b) != std::string::npos; };
    if (name_ != "rstrip") {
      while (!rest.empty() && in_set(rest.front())) rest.remove_prefix(1);
    }
    if (name_ != "lstrip") {
      while (!rest.empty() && in_set(rest.back())) rest.remove_suffix(1);
    }
    return give(rest);
  }

  bool split_limit(std::int64_t& most) {
    most = -1;
    return a_.size() < 2 || to_index(c_, a_[1], most);
  }
  Word list_of_texts(const std::vector<std::string_view>& parts) {
    Words out;
    if (!has_room(c_, "split", parts.size() * 3 + text_.size() / 8)) return kSignalled;
    for (const std::string_view p : parts) out.push_back(substrate::from_string(c_.edit, p));
    return make_list(c_, out);
  }

  Word split() {
    std::int64_t most;
    if (!split_limit(most)) return kSignalled;
    std::vector<std::string_view> parts;
    std::string_view rest = text_;
    if (a_.empty() || substrate::is_nil(a_[0])) {
      for (;;) {
        while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
        if (rest.empty()) break;
        std::size_t n = 0;
        if (most == 0) {
          while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
          parts.push_back(rest);
          break;
        }
        while (n < rest.size() && !is_blank(rest[n])) ++n;
        parts.push_back(rest.substr(0, n));
        rest.remove_prefix(n);
        --most;
      }
      return list_of_texts(parts);
    }
    std::string separator;
    if (!text_argument(0, separator)) return kSignalled;
    if (separator.empty()) return value_error(c_, "empty separator");
    for (std::size_t at; most != 0 && (at = rest.find(separator)) != rest.npos; --most) {
      parts.push_back(rest.substr(0, at));
      rest.remove_prefix(at + separator.size());
    }
    parts.push_back(rest);
    return list_of_texts(parts);
  }

  Word split_right() {
    std::int64_t most;
    if (!split_limit(most)) return kSignalled;
    if (most < 0) return split();
    if (a_.empty() || substrate::is_nil(a_[0]))
      return refuse(c_, "rsplit() with a limit at blanks");
    std::string separator;
    if (!text_argument(0, separator)) return kSignalled;
    if (separator.empty()) return value_error(c_, "empty separator");
    std::vector<std::string_view> parts;
    std::string_view rest = text_;
    for (std::size_t at; most != 0 && (at = rest.rfind(separator)) != rest.npos; --most) {
      parts.insert(parts.begin(), rest.substr(at + separator.size()));
      rest = rest.substr(0, at);
    }
    parts.insert(parts.begin(), rest);
    return list_of_texts(parts);
  }

  Word split_lines() {
    std::vector<std::string_view> parts;
    std::string_view rest = text_;
    while (!rest.empty()) {
      std::size_t n = 0;
      while (n < rest.size() && rest[n] != '\n' && rest[n] != '\r') {
        if (static_cast<unsigned char>(rest[n]) >= 0x80 || (rest[n] >= 0x0b && rest[n] < 0x20)) {
          return refuse(c_, "splitlines() of such text");
        }
        ++n;
      }
      parts.push_back(rest.substr(0, n));
      if (rest.substr(n).starts_with("\r\n")) ++n;
      rest.remove_prefix(std::min(n + 1, rest.size()));
    }
    return list_of_texts(parts);
  }

  Word join() {
    Words all;
    if (!all_items(c_, a_[0], all)) return kSignalled;
    std::string out;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!substrate::is_string(all[i])) {
        return type_error(c_, "sequence item " + std::to_string(i) + ": expected str instance, " +
                                  std::string(type_name(c_, all[i])) + " found");
      }
      if (i > 0) out += text_;
      out += StringView(c_.pin(), all[i]).view();
      if (out.size() > kTextMax) return c_.fail("memory", "a string of more than 256 MiB");
    }
    return give(out);
  }

  Word begins_or_ends() {
    Words wanted = {a_[0]};
    if (look(c_, a_[0]).kind == Kind::kTuple) {
      wanted.clear();
      if (!all_items(c_, a_[0], wanted)) return kSignalled;
    }
    for (const Word w : wanted) {
      if (!substrate::is_string(w)) {
        return type_error(c_, std::string(name_) +
                                  " first arg must be str or a tuple of str, not " +
                                  std::string(type_name(c_, w)));
      }
      const std::string part = substrate::to_string(c_.pin(), w);
      if (name_ == "startswith" ? text_.starts_with(part) : text_.ends_with(part)) {
        return substrate::kTrue;
      }
    }
    return substrate::kFalse;
  }

  Word find() {
    std::string part;
    if (!text_argument(0, part)) return kSignalled;
    const bool last = name_[0] == 'r';
    std::size_t from = 0;
    if (a_.size() == 2) {
      std::int64_t start;
      if (!to_index(c_, a_[1], start)) return kSignalled;
      const auto all = characters(text_);
      const auto n = static_cast<std::int64_t>(all.size());
      if (start < 0) start = std::max<std::int64_t>(start + n, 0);
      from =
          start < n
              ? static_cast<std::size_t>(all[static_cast<std::size_t>(start)].data() - text_.data())
              : text_.size() + (start > n ? 1 : 0);
    }
    const std::size_t at = last ? text_.rfind(part) : text_.find(part, from);
    if (at != std::string::npos) {
      return substrate::int_word(
          static_cast<std::int64_t>(character_count(std::string_view(text_).substr(0, at))));
    }
    return name_.ends_with("find") ? substrate::int_word(-1)
                                   : value_error(c_, "substring not found");
  }

  Word count() {
    std::string part;
    if (!text_argument(0, part)) return kSignalled;
    if (part.empty()) {
      return substrate::int_word(static_cast<std::int64_t>(character_count(text_)) + 1);
    }
    std::int64_t n = 0;
    for (std::size_t at = 0; (at = text_.find(part, at)) != text_.npos; at += part.size()) ++n;
    return substrate::int_word(n);
  }

  Word replace() {
    std::string from, to, out;
    std::int64_t most = -1;
    if (!text_argument(0, from) || !text_argument(1, to)) return kSignalled;
    if (a_.size() == 3 && !to_index(c_, a_[2], most)) return kSignalled;
    if (from.empty()) return refuse(c_, "replace() of the empty string");
    std::string_view rest = text_;
    for (std::size_t at; most != 0 && (at = rest.find(from)) != rest.npos; --most) {
      out.append(rest.substr(0, at)).append(to);
      if (out.size() > kTextMax) return c_.fail("memory", "a string of more than 256 MiB");
      rest.remove_prefix(at + from.size());
    }
    return give(out.append(rest));
  }

  Word ask() {
    if (!ascii_only()) return kSignalled;
    return boolean_word(!text_.empty() && std::ranges::all_of(text_, [&](char b) {
      if (name_ == "isalpha") return is_letter(b);
      if (name_ == "isalnum") return is_letter(b) || is_digit(b);
      if (name_ == "isspace") return is_blank(b);
      return is_digit(b);
    }));
  }
  Word ask_case() {
    if (!ascii_only()) return kSignalled;
    const bool wants_upper = name_ == "isupper";
    const bool some = std::ranges::any_of(text_, is_letter);
    return boolean_word(some && std::ranges::none_of(text_, wants_upper ? is_lower : is_upper));
  }

  Word justify() {
    std::int64_t width;
    std::string fill = " ";
    if (!to_index(c_, a_[0], width)) return kSignalled;
    if (a_.size() == 2 && !text_argument(1, fill)) return kSignalled;
    if (character_count(fill) != 1) {
      return type_error(c_, "The fill character must be exactly one character long");
    }
    const auto n = static_cast<std::int64_t>(character_count(text_));
    if (width <= n) return word_;
    if (width > static_cast<std::int64_t>(kTextMax)) return c_.fail("memory", "a string too wide");
    const std::int64_t missing = width - n;
    // Python's own way to halve an odd rest.
    std::int64_t left = name_ == "ljust"   ? 0
                        : name_ == "rjust" ? missing
                                           : missing / 2 + (missing & width & 1);
    std::string out;
    for (std::int64_t i = 0; i < left; ++i) out += fill;
    out += text_;
    for (std::int64_t i = left; i < missing; ++i) out += fill;
    return give(out);
  }

  Word fill_zeros() {
    std::int64_t width;
    if (!to_index(c_, a_[0], width)) return kSignalled;
    const auto n = static_cast<std::int64_t>(character_count(text_));
    if (width <= n) return word_;
    if (width > static_cast<std::int64_t>(kTextMax)) return c_.fail("memory", "a string too wide");
    const std::size_t sign = text_.starts_with('-') || text_.starts_with('+') ? 1 : 0;
    return give(std::string(text_).insert(sign, static_cast<std::size_t>(width - n), '0'));
  }

  Word partition() {
    std::string separator;
    if (!text_argument(0, separator)) return kSignalled;
    if (separator.empty()) return value_error(c_, "empty separator");
    const bool last = name_[0] == 'r';
    const std::size_t at = last ? text_.rfind(separator) : text_.find(separator);
    const auto word = [&](std::string_view t) { return substrate::from_string(c_.edit, t); };
    const std::string_view whole = text_;
    if (at == std::string::npos) {
      const Word parts[] = {last ? word("") : word_, word(""), last ? word_ : word("")};
      return tuple_of(c_, parts);
    }
    const Word parts[] = {word(whole.substr(0, at)), word(separator),
                          word(whole.substr(at + separator.size()))};
    return tuple_of(c_, parts);
  }

  Word remove_end() {
    std::string part;
    if (!text_argument(0, part)) return kSignalled;
    const std::string_view whole = text_;
    if (name_ == "removeprefix") {
      return give(whole.starts_with(part) ? whole.substr(part.size()) : whole);
    }
    return give(whole.ends_with(part) ? whole.substr(0, whole.size() - part.size()) : whole);
  }

  // "{} {1} {:>5}".format(...)
  Word format() {
    std::string out;
    std::size_t next = 0;
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const char b = text_[at];
      if (b != '{' && b != '}') {
        out += b;
        continue;
      }
      if (at + 1 < text_.size() && text_[at + 1] == b) {
        out += b;
        ++at;
        continue;
      }
      const std::size_t end = text_.find('}', at);
      if (b == '}' || end == std::string::npos) {
        return value_error(c_, std::string("Single '") + b + "' encountered in format string");
      }
      const std::string_view field = std::string_view(text_).substr(at + 1, end - at - 1);
      const std::size_t colon = field.find(':');
      const std::string_view name = field.substr(0, colon);
      const std::string_view spec = colon == field.npos ? "" : field.substr(colon + 1);
      std::size_t index = 0;
      if (name.empty()) {
        index = next++;
      } else if (name.size() < 6 && std::ranges::all_of(name, is_digit)) {
        for (const char d : name) index = index * 10 + static_cast<std::size_t>(d - '0');
      } else {
        return refuse(c_, "a field of format() that is no number");
      }
      if (spec.find('{') != spec.npos) return refuse(c_, "a field within a field of format()");
      if (index >= a_.size()) {
        return index_error(c_, "Replacement index " + std::to_string(index) +
                                   " out of range for positional args tuple");
      }
      if (!append_formatted(c_, out, a_[index], spec)) return kSignalled;
      at = end;
    }
    return give(out);
  }

  PrimitiveContext& c_;
  std::string_view name_;
  Word word_;
  std::string text_;
  Arguments a_;
};

// -------------------------------------------------------------------------------- specifications

struct Spec {
  std::string fill = " ";
  char align = 0;
  char sign = '-';
  bool alternate = false;
  std::size_t width = 0;
  char grouping = 0;
  int precision = -1;
  char type = 0;
};

bool is_align(char b) { return b == '<' || b == '>' || b == '^' || b == '='; }

bool read_count(std::string_view& text, std::size_t& out) {
  out = 0;
  while (!text.empty() && is_digit(text.front())) {
    out = out * 10 + static_cast<std::size_t>(text.front() - '0');
    if (out > 100'000) return false;
    text.remove_prefix(1);
  }
  return true;
}

bool read_spec(PrimitiveContext& c, std::string_view text, Spec& spec) {
  const std::string whole(text);
  const auto head = characters(text.substr(0, std::min<std::size_t>(text.size(), 8)));
  if (head.size() > 1 && head[1].size() == 1 && is_align(head[1][0])) {
    spec.fill = head[0];
    spec.align = head[1][0];
    text.remove_prefix(head[0].size() + 1);
  } else if (!text.empty() && is_align(text.front())) {
    spec.align = text.front();
    text.remove_prefix(1);
  }
  const auto take = [&](std::string_view any, char otherwise) {
    if (text.empty() || any.find(text.front()) == any.npos) return otherwise;
    const char b = text.front();
    text.remove_prefix(1);
    return b;
  };
  spec.sign = take("+- ", '-');
  spec.alternate = take("#", 0) != 0;
  if (take("0", 0) != 0 && spec.align == 0) spec.fill = "0", spec.align = '=';
  bool ok = read_count(text, spec.width);
  spec.grouping = take(",_", 0);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    std::size_t digits = 0;
    ok = ok && !text.empty() && is_digit(text.front()) && read_count(text, digits);
    spec.precision = static_cast<int>(digits);
  }
  spec.type = take("sdfFeEgGxXob%cn", 0);
  if (ok && text.empty() && spec.precision <= 1000) return true;
  value_error(c, "Invalid format specifier " + quoted(whole));
  return false;
}

void put_groups(std::string& digits, char sign, std::size_t size) {
  std::size_t end = std::min(digits.find_first_of(".e%"), digits.size());
  while (end > size) {
    end -= size;
    digits.insert(end, 1, sign);
  }
}

// `body` without its sign, which stands in `sign`.
std::string padded(const Spec& spec, std::string sign, const std::string& body, char otherwise) {
  const std::size_t n = character_count(sign) + character_count(body);
  if (n >= spec.width) return sign + body;
  const std::size_t missing = spec.width - n;
  const char align = spec.align == 0 ? otherwise : spec.align;
  const auto filled = [&](std::size_t count) {
    std::string out;
    for (; count > 0; --count) out += spec.fill;
    return out;
  };
  if (align == '<') return sign + body + filled(missing);
  if (align == '=') return sign + filled(missing) + body;
  if (align == '>') return filled(missing) + sign + body;
  return filled(missing / 2) + sign + body + filled(missing - missing / 2);
}

std::string plus_sign(const Spec& spec, bool negative) {
  if (negative) return "-";
  return spec.sign == '-' ? "" : std::string(1, spec.sign);
}

bool format_integer(PrimitiveContext& c, std::string& text, Word w, const Spec& spec) {
  std::string digits;
  std::string prefix;
  const unsigned base = spec.type == 'x' || spec.type == 'X' ? 16u
                        : spec.type == 'o'                   ? 8u
                        : spec.type == 'b'                   ? 2u
                                                             : 10u;
  substrate::append_in_base(digits, c.pin(), w, base);
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  if (base != 10) {
    if (spec.type == 'X') {
      std::ranges::transform(digits, digits.begin(),
                             [](char d) { return d >= 'a' ? static_cast<char>(d - 0x20) : d; });
    }
    if (spec.alternate) prefix = std::string("0") + spec.type;
  }
  if (spec.grouping != 0 && spec.fill == "0" && spec.align == '=') {
    refuse(c, "groups of digits filled with zeros");
    return false;
  }
  if (spec.grouping != 0) put_groups(digits, spec.grouping, base == 10 ? 3 : 4);
  text += padded(spec, plus_sign(spec, negative) + prefix, digits, '>');
  return true;
}

bool format_real(PrimitiveContext& c, std::string& text, double v, const Spec& spec) {
  const bool negative = std::signbit(v) && !std::isnan(v);
  const double size = std::fabs(v);
  std::string body;
  if (std::isnan(v) || std::isinf(v)) {
    body = std::isnan(v) ? "nan" : "inf";
    if (spec.type == '%') body += '%';
  } else if (spec.type == 0 && spec.precision < 0) {
    body = float_text(size);
  } else if (spec.type == 0 || spec.type == 'n' || spec.alternate) {
    refuse(c, "such a format of a float");
    return false;
  } else {
    char buffer[1600];
    const int digits = spec.precision < 0 ? 6 : spec.precision;
    const char shape[] = {'%', '.', '*', spec.type == '%' ? 'f' : spec.type, 0};
    std::snprintf(buffer, sizeof buffer, shape, digits, spec.type == '%' ? size * 100 : size);
    body = buffer;
    if (spec.type == '%') body += '%';
  }
  if (spec.grouping != 0) {
    if (spec.fill == "0" && spec.align == '=') {
      refuse(c, "groups of digits filled with zeros");
      return false;
    }
    put_groups(body, spec.grouping, 3);
  }
  text += padded(spec, plus_sign(spec, negative), body, '>');
  return true;
}

}  // namespace

Word call_text_method(PrimitiveContext& c, std::string_view name, Word text, Arguments a) {
  return Method(c, name, text, a).call();
}

bool append_formatted(PrimitiveContext& c, std::string& text, Word w, std::string_view spec_text) {
  const Object o = look(c, w);
  if (o.kind == Kind::kExpired) return false;
  if (spec_text.empty()) return append_shown(c, text, w, Shown::kStr);
  Spec spec;
  if (o.kind != Kind::kStr && !is_number(o.kind)) {
    type_error(
        c, "unsupported format string passed to " + std::string(type_name(c, w)) + ".__format__");
    return false;
  }
  if (!read_spec(c, spec_text, spec)) return false;
  const std::string_view kinds = o.kind == Kind::kStr     ? "s"
                                 : o.kind == Kind::kFloat ? "fFeEgG%n"
                                                          : "dxXobfFeEgG%";
  if (spec.type != 0 && kinds.find(spec.type) == kinds.npos) {
    value_error(c, std::string("Unknown format code '") + spec.type + "' for object of type '" +
                       std::string(type_name(c, w)) + "'");
    return false;
  }
  if (o.kind == Kind::kStr) {
    if (spec.align == '=' || spec.grouping != 0 || spec.sign != '-' || spec.alternate) {
      if (spec.fill == "0" && spec.align == '=' && spec.sign == '-') {
        spec.align = '<';
      } else {
        value_error(c, "this format is not allowed with a string");
        return false;
      }
    }
    const std::string whole = substrate::to_string(c.pin(), w);
    std::string body;
    int left = spec.precision;
    for (const std::string_view one : characters(whole)) {
      if (left-- == 0) break;
      body += one;
    }
    text += padded(spec, "", body, '<');
    return true;
  }
  const bool as_integer =
      is_whole(o.kind) && (spec.type == 0 || spec.type == 'd' ||
                           std::string_view("xXob").find(spec.type) != std::string_view::npos);
  if (!as_integer) return format_real(c, text, substrate::to_real(c.pin(), as_number(w)), spec);
  if (spec.precision >= 0) {
    value_error(c, "Precision not allowed in integer format specifier");
    return false;
  }
  if (o.kind == Kind::kBool && spec.type == 0) {
    refuse(c, "a format of a bool");
    return false;
  }
  return format_integer(c, text, as_number(w), spec);
}

}  // namespace yin::vm::internal::python
