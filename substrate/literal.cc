#include "substrate/literal.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "substrate/check.h"

namespace yin::substrate {

namespace {

constexpr std::int64_t kMinuteMillis = 60'000;
constexpr std::int64_t kDayMillis = 24 * 60 * kMinuteMillis;

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What is left of the text of an instant. A number that is not there is -1, which no field may be.
class InstantText {
 public:
  explicit InstantText(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  int number(std::size_t digits) {
    if (text_.size() < digits) return -1;
    int value = 0;
    for (const char c : text_.substr(0, digits)) {
      if (!is_digit(c)) return -1;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  // Digits behind a point, at least one, cut off behind the third.
  int millis() {
    const auto digits =
        static_cast<std::size_t>(std::ranges::find_if_not(text_, is_digit) - text_.begin());
    if (digits == 0) return -1;
    int value = 0;
    for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < digits ? text_[i] - '0' : 0);
    text_.remove_prefix(digits);
    return value;
  }
  // Does the rest look like -hh:mm? "2026-01:30" has an offset and no month.
  [[nodiscard]] bool at_offset() const { return text_.size() == 6 && text_[3] == ':'; }

 private:
  std::string_view text_;
};

struct InstantFields {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millis = 0;

  // As far as the text says; false when a field is no number.
  bool read(InstantText& text) {
    year = text.number(4);
    if (year < 0) return false;
    if (text.at_offset() || !text.take('-')) return true;
    month = text.number(2);
    if (month < 0) return false;
    if (text.at_offset() || !text.take('-')) return true;
    day = text.number(2);
    if (day < 0 || !text.take('T')) return day >= 0;
    hour = text.number(2);
    if (hour < 0 || !text.take(':')) return hour >= 0;
    minute = text.number(2);
    if (minute < 0 || !text.take(':')) return minute >= 0;
    second = text.number(2);
    if (second < 0 || !text.take('.')) return second >= 0;
    millis = text.millis();
    return millis >= 0;
  }

  [[nodiscard]] std::chrono::year_month_day date() const {
    return std::chrono::year(year) / month / day;
  }
  [[nodiscard]] bool valid() const {
    return month >= 1 && day >= 1 && date().ok() && hour < 24 && minute < 60 &&
           second <= (minute == 59 ? 60 : 59);
  }
  [[nodiscard]] std::int64_t since_1970() const {
    const std::int64_t days = std::chrono::sys_days(date()).time_since_epoch().count();
    return days * kDayMillis + (hour * 60 + minute) * kMinuteMillis + second * 1000 + millis;
  }
};

// Z, +hh:mm, -hh:mm or nothing, in milliseconds.
std::optional<std::int64_t> read_offset(InstantText& text) {
  if (text.done() || text.take('Z')) return 0;
  const bool east = text.take('+');
  if (!east && !text.take('-')) return std::nullopt;
  const int hours = text.number(2);
  const bool colon = text.take(':');
  const int minutes = text.number(2);
  if (hours < 0 || hours > 23 || !colon || minutes < 0 || minutes > 59) return std::nullopt;
  const std::int64_t offset = (hours * 60 + minutes) * kMinuteMillis;
  return east ? offset : -offset;
}

void append_digits(std::string& out, std::int64_t value, int digits) {
  char text[4];
  for (int i = digits; i > 0; --i, value /= 10) text[i - 1] = static_cast<char>('0' + value % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

// ---- values -------------------------------------------------------------------------------------

Word from_bytes(Edit& edit, std::span<const std::byte> bytes) {
  const Word length = int_word(static_cast<std::int64_t>(bytes.size()));
  const Word made = make_record(edit, ObjectKind::kBytes, &length, BytesField::kEnd, bytes.size());
  std::ranges::copy(bytes, record_raw(header_of(edit.pin(), made)));
  return made;
}

Word from_millis(Edit& edit, std::int64_t millis) {
  check(is_instant_millis(millis), "an instant outside the years 0000 to 9999");
  const Word word = int_word(millis);
  return make_record(edit, ObjectKind::kInstant, &word, InstantField::kEnd);
}

Word from_uuid(Edit& edit, const Uuid& uuid) {
  const Word made = make_record(edit, ObjectKind::kUuid, nullptr, 0, kUuidBytes);
  std::ranges::copy(uuid, record_raw(header_of(edit.pin(), made)));
  return made;
}

Uuid to_uuid(const Pin& pin, Word w) {
  Uuid uuid;
  std::memcpy(uuid.data(), record_raw(header_of(pin, w)), kUuidBytes);
  return uuid;
}

Word make_tagged(Edit& edit, Word tag, Word value) {
  check(is_symbol(tag), "a tag that is no symbol");
  const Word words[] = {tag, value};
  return make_record(edit, ObjectKind::kTagged, words, TaggedField::kEnd);
}

// ---- text ---------------------------------------------------------------------------------------

std::optional<std::int64_t> parse_instant(std::string_view text) {
  InstantText rest(text);
  InstantFields fields;
  if (!fields.read(rest)) return std::nullopt;
  const auto offset = read_offset(rest);
  if (!offset || !rest.done() || !fields.valid()) return std::nullopt;
  const std::int64_t millis = fields.since_1970() - *offset;
  if (!is_instant_millis(millis)) return std::nullopt;
  return millis;
}

void append_instant(std::string& out, std::int64_t millis) {
  using namespace std::chrono;
  const auto day = floor<days>(sys_time<milliseconds>(milliseconds(millis)));
  const year_month_day date(day);
  const std::int64_t in_day = millis - day.time_since_epoch().count() * kDayMillis;
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, in_day / (60 * kMinuteMillis), 2);
  out += ':';
  append_digits(out, in_day / kMinuteMillis % 60, 2);
  out += ':';
  append_digits(out, in_day / 1000 % 60, 2);
  out += '.';
  append_digits(out, in_day % 1000, 3);
  out += "-00:00";  // as Clojure prints it
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  for (std::size_t i = 0; i < kUuidBytes; ++i) {
    if (dash_before(i)) {
      if (text.front() != '-') return std::nullopt;
      text.remove_prefix(1);
    }
    const int high = hex_value(text[0]);
    const int low = hex_value(text[1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid[i] = static_cast<std::byte>(high << 4 | low);
    text.remove_prefix(2);
  }
  return uuid;
}

void append_uuid(std::string& out, const Uuid& uuid) {
  for (std::size_t i = 0; i < kUuidBytes; ++i) {
    if (dash_before(i)) out += '-';
    const auto byte = std::to_integer<unsigned>(uuid[i]);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
}

std::optional<std::vector<std::byte>> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const std::size_t digit = kBase64Digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<std::byte>(bits >> held));
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  const auto at = [bytes](std::size_t i) {
    return i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) : 0;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t bits = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += kBase64Digits[bits >> 18];
    out += kBase64Digits[bits >> 12 & 63];
    out += i + 1 < bytes.size() ? kBase64Digits[bits >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kBase64Digits[bits & 63] : '=';
  }
}

}  // namespace yin::substrate
