#include "substrate/read.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "substrate/intern.h"
#include "substrate/internal/hasher.h"
#include "substrate/internal/utf8.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/print.h"
#include "substrate/set.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

constexpr std::size_t kQuotedMax = 60;  // bytes of the text that a message shows

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == ','; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool ends_token(char c) {
  return is_space(c) || std::string_view("()[]{}\"\\;@^`~").find(c) != std::string_view::npos;
}

std::string quoted(std::string_view text) {
  if (text.size() <= kQuotedMax) return "'" + std::string(text) + "'";
  return "'" + std::string(text.substr(0, kQuotedMax)) + "...'";
}

// Does the spelling of a number say so: digits, perhaps an N; digits over digits; digits, perhaps a
// fraction, perhaps an exponent? The sign is off already.
enum class NumberForm { kInteger, kRatio, kDouble, kNone };

NumberForm form_of_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - start;
  };
  const std::size_t whole = digits();
  if (whole == 0) return NumberForm::kNone;
  if (at < text.size() && text[at] == '/') {
    ++at;
    return digits() > 0 && at == text.size() ? NumberForm::kRatio : NumberForm::kNone;
  }
  if (whole > 1 && text[0] == '0') return NumberForm::kNone;
  if (text.substr(at) == "" || text.substr(at) == "N") return NumberForm::kInteger;
  if (text[at] == '.') {
    ++at;
    digits();
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return NumberForm::kNone;
  }
  return at == text.size() ? NumberForm::kDouble : NumberForm::kNone;
}

// The double a well-formed text means; none when it is out of range. The library's own reader where
// there is one: strtod() takes the decimal point of the host's locale.
template <class Double>
std::optional<Double> parse_double(const char* first, const char* last) {
  Double value{};
  if constexpr (requires { std::from_chars(first, last, value).ptr; }) {
    if (std::from_chars(first, last, value).ec != std::errc{}) return std::nullopt;
  } else {
    value = std::strtod(std::string(first, last).c_str(), nullptr);
    if (std::isinf(value)) return std::nullopt;
  }
  return value;
}

// "a", "a/b", "/" and "a//" are names.
bool is_name(std::string_view text) {
  if (text.empty() || text.back() == ':' || text.find("::") != std::string_view::npos) return false;
  if (text == "/") return true;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return true;
  const std::string_view name = text.substr(slash + 1);
  return slash > 0 && !name.empty() && (name == "/" || name.find('/') == std::string_view::npos);
}

// ".5", "-.5": numbers elsewhere.
bool is_like_number(std::string_view text) {
  const std::size_t sign = text[0] == '-' || text[0] == '+' ? 1 : 0;
  return text.size() > sign + 1 && text[sign] == '.' && is_digit(text[sign + 1]);
}

class Reader {
 public:
  Reader(Edit& edit, std::string_view text, ReadFile* file)
      : edit_(edit),
        pin_(edit.pin()),
        file_(file),
        start_(text.data()),
        at_(start_),
        end_(start_ + text.size()) {}

  StatusOr<Word> run() {
    while (next_form()) {
    }
    if (!status_.ok()) return status_;
    if (!open_.empty()) {
      fail_open(open_.back());
      return status_;
    }
    if (values_.empty()) {
      fail(end_, "there is nothing to read");
      return status_;
    }
    return values_[0];
  }

 private:
  // Those from kDiscard on have no closing bracket: they end with the form or forms they wait for.
  enum class Form : std::uint8_t { kList, kVector, kMap, kSet, kDiscard, kTag, kMeta };

  // A form that is not complete yet; its items stand in values_ from `first` on. Of a tagged literal
  // that is the tag, of ^ the metadata.
  struct Open {
    Form kind;
    std::size_t first;
    const char* where;
    std::string_view space = {};  // of a map's keys that name none: #:my{:a 1} is {:my/a 1}
  };

  static const char* opening(Form kind) {
    switch (kind) {
      case Form::kList:
        return "(";
      case Form::kVector:
        return "[";
      case Form::kMap:
        return "{";
      case Form::kSet:
        return "#{";
      case Form::kDiscard:
        return "#_";
      case Form::kTag:
        return "#";
      case Form::kMeta:
        return "^";
    }
    return "";
  }
  static bool has_closing(Form kind) { return kind < Form::kDiscard; }
  static char closing(Form kind) {
    return kind == Form::kList ? ')' : kind == Form::kVector ? ']' : '}';
  }

  // --------------------------------------------------------------------------------------------------------
  // errors

  std::string place(const char* where) const {
    const std::string_view before(start_, static_cast<std::size_t>(where - start_));
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
    const auto column =
        1 + std::ranges::count_if(in_line, [](char c) { return (c & 0xc0) != 0x80; });
    if (file_ != nullptr)
      return std::string(file_->name) + ":" + std::to_string(line) + ":" + std::to_string(column);
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
  }

  bool fail(const char* where, const std::string& what) {
    status_ = invalid_argument(place(where) + ": " + what);
    return false;
  }

  // The text ended, or a bracket closes, and this is not complete.
  bool fail_open(const Open& open) {
    switch (open.kind) {
      case Form::kDiscard:
        return fail(open.where, "#_ has nothing behind it to leave out");
      case Form::kTag:
        return fail(open.where, "the tag #" + std::string(name_of(pin_, values_[open.first])) +
                                    " has no value behind it");
      case Form::kMeta:
        return fail(open.where, "^ needs metadata and a value behind it");
      default:
        return fail(open.where, std::string("this ") + opening(open.kind) + " is never closed");
    }
  }

  // ---------------------------------------------------------------------------------------------------------
  // forms

  // Reads on to the end of the next value, opening or closing bracket. False at the end, or after
  // an error.
  bool next_form() {
    skip_space();
    if (at_ == end_) return false;
    const char c = *at_;
    switch (c) {
      case '(':
        return open(Form::kList, 1);
      case '[':
        return open(Form::kVector, 1);
      case '{':
        return open(Form::kMap, 1);
      case ')':
      case ']':
      case '}':
        return close(c);
      case '"':
        return string();
      case '\\':
        return character();
      case ':':
        return keyword_token();
      case '#':
        return dispatch();
      case '^':
        return open(Form::kMeta, 1);
      default:
        break;
    }
    if (is_digit(c) || ((c == '-' || c == '+') && end_ - at_ > 1 && is_digit(at_[1])))
      return number();
    if (ends_token(c) || c == '\'' || static_cast<unsigned char>(c) < 0x20) {
      return fail(at_, "a value cannot start with " + quoted({at_, 1}));
    }
    return symbol_token();
  }

  void skip_space() {
    while (at_ != end_) {
      if (is_space(*at_)) {
        ++at_;
      } else if (*at_ == ';') {
        at_ = std::find(at_, end_, '\n');
      } else {
        return;
      }
    }
  }

  std::string_view token() {
    const char* first = at_;
    while (at_ != end_ && !ends_token(*at_)) ++at_;
    return {first, static_cast<std::size_t>(at_ - first)};
  }

  bool dispatch() {
    const char next = end_ - at_ > 1 ? at_[1] : ' ';
    if (next == '{') return open(Form::kSet, 2);
    if (next == '_') return open(Form::kDiscard, 2);
    if (next == '#') return symbolic();
    if (next == ':') return map_in_namespace();
    if (is_letter(next)) return tag();
    const char* where = at_;
    return fail(where,
                "nothing that starts with " + quoted({where, next == ' ' ? 1u : 2u}) + " is known");
  }

  bool open(Form kind, std::size_t size) {
    open_.push_back({kind, values_.size(), at_});
    at_ += size;
    return true;
  }

  bool map_in_namespace() {
    const char* where = at_;
    at_ += 2;
    const std::string_view space = token();
    if (!is_name(space) || space.find('/') != std::string_view::npos)
      return fail(where, quoted("#:" + std::string(space)) + " names no namespace");
    skip_space();
    if (at_ == end_ || *at_ != '{')
      return fail(where, quoted("#:" + std::string(space)) + " has no map behind it");
    ++at_;
    open_.push_back({Form::kMap, values_.size(), where, space});
    return true;
  }

  // The name with the namespace that goes for it, without it where it says "_".
  bool qualify(const Open& open, Word& key) {
    if (!is_keyword(key) && !is_symbol(key)) return true;
    const std::string_view name = name_of(pin_, key);
    std::string whole(name);
    if (name.starts_with("_/")) {
      whole = name.substr(2);
    } else if (name.find('/') == std::string_view::npos || name == "/") {
      whole = std::string(open.space) + '/' + whole;
    } else {
      return true;
    }
    const StatusOr<NameId> id = intern(pin_, whole);
    if (!id.ok()) return fail_name(id.status(), open.where);
    key = is_keyword(key) ? keyword_word(*id) : symbol_word(*id);
    return true;
  }

  bool close(char c) {
    const char* where = at_++;
    if (open_.empty())
      return fail(where, std::string("nothing is open for this ") + c + " to close");
    const Open open = open_.back();
    if (!has_closing(open.kind)) return fail_open(open);
    if (closing(open.kind) != c) {
      return fail(where, std::string("expected ") + closing(open.kind) + " for the " +
                             opening(open.kind) + " of " + place(open.where) + ", found " + c);
    }
    open_.pop_back();
    for (std::size_t i = open.first; !open.space.empty() && i < values_.size(); i += 2) {
      if (!qualify(open, values_[i])) return false;
    }
    const std::span<const Word> items(values_.begin() + static_cast<std::ptrdiff_t>(open.first),
                                      values_.end());
    const std::optional<Word> made = collection(open, items);
    if (!made) return false;
    if (file_ != nullptr && !items.empty())
      file_->offsets.insert_or_assign(made->bits, static_cast<std::size_t>(open.where - start_));
    values_.resize(open.first);
    return deliver(*made, open.where);
  }

  std::optional<Word> collection(const Open& open, std::span<const Word> items) {
    switch (open.kind) {
      case Form::kList:
        return List::from(edit_, items).word;
      case Form::kVector:
        return Vector::from(edit_, items).word;
      case Form::kMap:
        return map(open, items);
      default:
        return set(open, items);
    }
  }

  std::optional<Word> map(const Open& open, std::span<const Word> items) {
    if (items.size() % 2 != 0) {
      fail(open.where, "map literal has an odd number of forms");
      return std::nullopt;
    }
    const Map made = Map::from(
        edit_, {reinterpret_cast<const MapEntry*>(items.data()), items.size() / 2}, hasher_);
    if (made.count(pin_) == items.size() / 2) return made.word;
    fail_double(open, items, 2, "key");
    return std::nullopt;
  }

  std::optional<Word> set(const Open& open, std::span<const Word> items) {
    const Set made = Set::from(edit_, items, hasher_);
    if (made.count(pin_) == items.size()) return made.word;
    fail_double(open, items, 1, "item");
    return std::nullopt;
  }

  void fail_double(const Open& open, std::span<const Word> items, std::size_t step,
                   const char* what) {
    Set seen;
    for (std::size_t i = 0; i < items.size(); i += step) {
      if (seen.contains(pin_, items[i])) {
        fail(open.where, std::string(opening(open.kind)) + closing(open.kind) +
                             " literal has the " + what + " " + quoted(print(pin_, items[i])) +
                             " twice");
        return;
      }
      seen = seen.conj(edit_, items[i]);
    }
  }

  // A value is complete: it goes where it belongs, or nowhere; and may complete what waited for it.
  bool deliver(Word value, const char* where) {
    while (!open_.empty()) {
      const Open open = open_.back();
      if (has_closing(open.kind) || (open.kind == Form::kMeta && values_.size() == open.first)) {
        values_.push_back(value);
        return true;
      }
      open_.pop_back();
      if (open.kind == Form::kDiscard) return true;
      const Word before = values_.back();
      values_.pop_back();
      const std::optional<Word> made =
          open.kind == Form::kTag ? tagged(open, before, value) : annotated(open, before, value);
      if (!made) return false;
      value = *made;
      where = open.where;
    }
    if (!values_.empty()) return fail(where, "one value was expected, here another one starts");
    values_.push_back(value);
    return true;
  }

  // -----------------------------------------------------------------------------------------------
  // tags and metadata

  bool tag() {
    const char* where = at_++;
    const std::string_view text = token();
    if (!is_name(text)) return fail(where, quoted("#" + std::string(text)) + " is no tag");
    if (text.starts_with("yin/") && text != "yin/bytes") {
      return fail(where, quoted("#" + std::string(text)) + " stands for what has no text");
    }
    const StatusOr<NameId> id = intern(pin_, text);
    if (!id.ok()) return fail_name(id.status(), where);
    open_.push_back({Form::kTag, values_.size(), where});
    values_.push_back(symbol_word(*id));
    return true;
  }

  std::optional<Word> tagged(const Open& open, Word tag, Word value) {
    const std::string_view name = name_of(pin_, tag);
    if (name != "inst" && name != "uuid" && name != "yin/bytes")
      return make_tagged(edit_, tag, value);
    std::optional<Word> made;
    if (is_string(value)) made = literal(name, StringView(pin_, value).view());
    if (!made) {
      const std::string_view what = name == "inst"   ? "an instant such as \"2026-03-01T12:00:00Z\""
                                    : name == "uuid" ? "a uuid in hexadecimal"
                                                     : "bytes in base64";
      fail(open.where, "#" + std::string(name) + " needs a string with " + std::string(what) +
                           ", not " + quoted(shown(value)));
    }
    return made;
  }

  std::optional<Word> literal(std::string_view tag, std::string_view text) {
    if (tag == "inst") {
      const auto millis = parse_instant(text);
      return millis ? std::optional(from_millis(edit_, *millis)) : std::nullopt;
    }
    if (tag == "uuid") {
      const auto uuid = parse_uuid(text);
      return uuid ? std::optional(from_uuid(edit_, *uuid)) : std::nullopt;
    }
    const auto bytes = parse_base64(text);
    return bytes ? std::optional(from_bytes(edit_, *bytes)) : std::nullopt;
  }

  // The beginning of a value's text, for a message.
  [[nodiscard]] std::string shown(Word value) const {
    std::string text;
    print_to(text, pin_, value, kQuotedMax);
    return text;
  }

  // What ^ has before the value it is for: a map, or short for one.
  std::optional<Map> metadata(Word form) {
    const auto one = [&](Word key, Word value) {
      const MapEntry entry{key, value};
      return Map::from(edit_, {&entry, 1});
    };
    form = bare(pin_, form);
    if (Map::is(form)) return Map{form};
    if (is_keyword(form)) return one(form, kTrue);
    if (is_symbol(form) || is_string(form)) return one(keyword(edit_, "tag"), form);
    if (Vector::is(form)) return one(keyword(edit_, "param-tags"), form);
    return std::nullopt;
  }

  std::optional<Word> annotated(const Open& open, Word form, Word value) {
    const std::optional<Map> more = metadata(form);
    if (!more) {
      fail(open.where,
           "metadata is a map, keyword, symbol, string or vector, not " + quoted(shown(form)));
      return std::nullopt;
    }
    if (!takes_meta(bare(pin_, value))) {
      fail(open.where,
           "metadata goes with collections and symbols, not with " + quoted(shown(value)));
      return std::nullopt;
    }
    Map all{is_annotated(value) ? meta_of(pin_, value) : more->word};
    if (is_annotated(value)) {
      for (MapIterator it(pin_, *more); !it.done(); it.next())
        all = all.assoc(edit_, it.entry().key, it.entry().value);
    }
    return with_meta(edit_, value, all.word);
  }

  // --------------------------------------------------------------------------------------------------------
  // tokens

  bool symbolic() {
    const char* where = at_;
    at_ += 2;
    const std::string_view name = token();
    if (name == "Inf")
      return deliver(from_double(edit_, std::numeric_limits<double>::infinity()), where);
    if (name == "-Inf")
      return deliver(from_double(edit_, -std::numeric_limits<double>::infinity()), where);
    if (name == "NaN")
      return deliver(from_double(edit_, std::numeric_limits<double>::quiet_NaN()), where);
    return fail(where, "of ##, only ##Inf, ##-Inf and ##NaN are known, not " + quoted(name));
  }

  bool number() {
    const char* where = at_;
    const std::string_view text = token();
    const char* first = text.data() + (text[0] == '+' ? 1 : 0);
    const char* last = text.data() + text.size();
    const bool sign = text[0] == '+' || text[0] == '-';
    const NumberForm form = form_of_number(text.substr(sign ? 1 : 0));
    if (form == NumberForm::kInteger || form == NumberForm::kRatio)
      return exact(text.substr(sign ? 1 : 0), text[0] == '-', where);
    if (form == NumberForm::kDouble) {
      if (const auto value = parse_double<double>(first, last))
        return deliver(from_double(edit_, *value), where);
      return fail(where, "the number " + quoted(text) + " is out of the range of doubles");
    }
    return fail(where, why_no_number(text));
  }

  bool exact(std::string_view text, bool negative, const char* where) {
    if (text.back() == 'N') text.remove_suffix(1);
    const std::size_t slash = text.find('/');
    const NumberResult made =
        slash == std::string_view::npos
            ? parse_integer(edit_, text, negative)
            : parse_ratio(edit_, text.substr(0, slash), text.substr(slash + 1), negative);
    if (made.ok()) return deliver(made.word, where);
    return fail(where, quoted({where, static_cast<std::size_t>(at_ - where)}) + ": " +
                           std::string(message_of(made.fault)));
  }

  static std::string why_no_number(std::string_view text) {
    if (text.back() == 'M') return "exact decimals such as " + quoted(text) + " cannot be read yet";
    return quoted(text) + " is no number";
  }

  bool symbol_token() {
    const char* where = at_;
    const std::string_view text = token();
    if (text == "nil") return deliver(kNil, where);
    if (text == "true") return deliver(kTrue, where);
    if (text == "false") return deliver(kFalse, where);
    if (is_like_number(text)) {
      return fail(where, quoted(text) + " is no number: write a digit before the point");
    }
    if (!is_name(text)) return fail(where, quoted(text) + " is no symbol");
    return named(text, where, symbol_word);
  }

  bool keyword_token() {
    const char* where = at_++;
    const std::string_view text = token();
    if (!is_name(text) || text[0] == ':') {
      return fail(where, quoted({where, static_cast<std::size_t>(at_ - where)}) + " is no keyword");
    }
    return named(text, where, keyword_word);
  }

  bool named(std::string_view text, const char* where, Word (*word)(NameId)) {
    const StatusOr<NameId> id = intern(pin_, text);
    return id.ok() ? deliver(word(*id), where) : fail_name(id.status(), where);
  }
  bool fail_name(const Status& status, const char* where) {
    status_ = Status(status.code(), place(where) + ": " + status.message());
    return false;
  }

  bool character() {
    const char* where = at_++;
    const Decoded first = decode_utf8({at_, static_cast<std::size_t>(end_ - at_)});
    if (first.size == 0) return fail(where, "a character is missing behind \\");
    const char* start = at_;
    at_ += first.size;
    token();
    const std::string_view name(start, static_cast<std::size_t>(at_ - start));
    if (name.size() == first.size) return deliver(character_word(first.code_point), where);
    if (const auto c = named_character(name)) return deliver(character_word(*c), where);
    return fail(where, quoted({where, name.size() + 1}) + " is no character");
  }

  static std::optional<char32_t> named_character(std::string_view name) {
    if (name == "newline") return '\n';
    if (name == "space") return ' ';
    if (name == "tab") return '\t';
    if (name == "return") return '\r';
    if (name == "backspace") return '\b';
    if (name == "formfeed") return '\f';
    if (name.size() == 5 && name[0] == 'u') return hex4(name.substr(1));
    if (name[0] == 'o') return octal(name.substr(1));
    return std::nullopt;
  }

  // One to three octal digits, up to 0377.
  static std::optional<char32_t> octal(std::string_view digits) {
    if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, is_octal))
      return std::nullopt;
    char32_t value = 0;
    for (const char c : digits) value = value * 8 + static_cast<char32_t>(c - '0');
    return value <= 0377 ? std::optional(value) : std::nullopt;
  }

  static std::optional<char32_t> hex4(std::string_view digits) {
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return std::nullopt;
    return value;
  }

  bool string() {
    const char* where = at_++;
    const char* first = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') ++at_;
    if (at_ != end_ && *at_ == '"') {  // as almost all are: nothing to replace
      return deliver(from_string(edit_, {first, static_cast<std::size_t>(at_++ - first)}), where);
    }
    std::string text(first, at_);
    while (at_ != end_ && *at_ != '"') {
      if (*at_ != '\\') {
        text += *at_++;
      } else if (!escape(text)) {
        return false;
      }
    }
    if (at_ == end_) return fail(where, "this string has no end");
    ++at_;
    return deliver(from_string(edit_, text), where);
  }

  bool escape(std::string& text) {
    const char* where = at_++;
    const char c = at_ == end_ ? ' ' : *at_++;
    switch (c) {
      case '"':
      case '\\':
        text += c;
        return true;
      case 'n':
        text += '\n';
        return true;
      case 't':
        text += '\t';
        return true;
      case 'r':
        text += '\r';
        return true;
      case 'b':
        text += '\b';
        return true;
      case 'f':
        text += '\f';
        return true;
      case 'u':
        return unicode_escape(text, where);
      default:
        if (is_octal(c)) return octal_escape(text, where);
        return fail(where, "the escape " + quoted({where, static_cast<std::size_t>(at_ - where)}) +
                               " is not known");
    }
  }

  std::optional<char32_t> next_hex4() {
    const std::size_t size = std::min<std::size_t>(4, static_cast<std::size_t>(end_ - at_));
    const auto value = hex4({at_, size});
    if (value) at_ += 4;
    return value;
  }

  bool octal_escape(std::string& text, const char* where) {
    const char* first = where + 1;
    while (at_ != end_ && at_ - first < 3 && is_octal(*at_)) ++at_;
    const auto value = octal({first, static_cast<std::size_t>(at_ - first)});
    if (!value) return fail(where, "an octal escape is at most \\377");
    append_utf8(text, *value);
    return true;
  }

  // \uXXXX, or two of them for a code point beyond 16 bits.
  bool unicode_escape(std::string& text, const char* where) {
    const auto first = next_hex4();
    if (!first) return fail(where, "\\u needs four hexadecimal digits");
    char32_t c = *first;
    if (is_surrogate(c)) {
      std::optional<char32_t> second;
      if (c < 0xdc00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
        at_ += 2;
        second = next_hex4();
      }
      if (!second || *second < 0xdc00 || !is_surrogate(*second)) {
        return fail(where, "half of a surrogate pair is no character");
      }
      c = 0x10000 + ((c - 0xd800) << 10 | (*second - 0xdc00));
    }
    append_utf8(text, c);
    return true;
  }

  Edit& edit_;
  const Pin& pin_;
  ReadFile* file_;
  const char* start_;
  const char* at_;
  const char* end_;
  Hasher hasher_{pin_};
  std::vector<Word> values_;
  std::vector<Open> open_;
  Status status_;
};

}  // namespace

StatusOr<Word> read(Edit& edit, std::string_view text, ReadFile* file) {
  return Reader(edit, text, file).run();
}

bool spells_symbol(std::string_view name) {
  const auto part = [](char c) { return !ends_token(c) && static_cast<unsigned char>(c) >= 0x20; };
  if (name.empty() || !std::ranges::all_of(name, part)) return false;
  const bool sign = name[0] == '-' || name[0] == '+';
  return !is_digit(name[0]) && !(sign && name.size() > 1 && is_digit(name[1])) &&
         !is_like_number(name) && name[0] != ':' && name[0] != '#' && name[0] != '\'' &&
         name != "nil" && name != "true" && name != "false" && is_name(name);
}

}  // namespace yin::substrate
