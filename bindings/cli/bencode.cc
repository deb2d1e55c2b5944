#include "bindings/cli/bencode.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace yin::cli {

using substrate::invalid_argument;
using substrate::resource_exhausted;
using substrate::Status;
using substrate::StatusOr;

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

void append_string(std::string& out, std::string_view bytes) {
  out += std::to_string(bytes.size());
  out += ':';
  out += bytes;
}

void append(std::string& out, const Bencode& value) {
  switch (value.kind) {
    case Bencode::Kind::kInteger:
      out += 'i' + std::to_string(value.number) + 'e';
      return;
    case Bencode::Kind::kString:
      append_string(out, value.bytes);
      return;
    case Bencode::Kind::kList:
      out += 'l';
      for (const Bencode& item : value.list) append(out, item);
      out += 'e';
      return;
    case Bencode::Kind::kDictionary:
      out += 'd';
      for (const auto& [key, item] : value.entries) {
        append_string(out, key);
        append(out, item);
      }
      out += 'e';
      return;
  }
}

bool is_digit(int c) { return c >= '0' && c <= '9'; }

class Decoder {
 public:
  explicit Decoder(Source& source) : source_(source) {}

  // Not ok: why_not().
  bool value(Bencode& out, int depth) {
    const int first = source_.peek();
    if (is_digit(first)) {
      out.kind = Bencode::Kind::kString;
      return string(out.bytes);
    }
    if (first != 'i' && first != 'l' && first != 'd') return unexpected(first);
    source_.next();
    if (first == 'i') return integer(out.number, 'e');
    if (depth == kMessageMaxDepth) {
      return fail(resource_exhausted("a message is nested deeper than " +
                                     std::to_string(kMessageMaxDepth)));
    }
    out.kind = first == 'l' ? Bencode::Kind::kList : Bencode::Kind::kDictionary;
    return first == 'l' ? list(out.list, depth + 1) : dictionary(out.entries, depth + 1);
  }
  [[nodiscard]] const Status& why_not() const { return why_not_; }

 private:
  bool fail(Status why) {
    why_not_ = std::move(why);
    return false;
  }
  bool unexpected(int c) {
    if (c < 0) return fail(invalid_argument("the input ended in the middle of a message"));
    const char text[] = {'\'', static_cast<char>(c), '\'', '\0'};
    return fail(invalid_argument(
        "no bencode: " + (c > ' ' && c < 127 ? text : "byte " + std::to_string(c)) +
        " where a value should begin or end"));
  }

  // What is read counts, an item as much as it takes up at least: what came in bounds what we hold.
  bool count(std::size_t bytes) {
    constexpr std::size_t kItemBytes = 16;
    taken_ += bytes + kItemBytes;
    return taken_ <= kMessageMaxBytes ||
           fail(resource_exhausted("a message is larger than " +
                                   std::to_string(kMessageMaxBytes >> 20) + " MiB"));
  }

  // Digits, with a sign before them, up to `end`.
  bool integer(std::int64_t& out, char end) {
    char text[24];
    std::size_t size = 0;
    while (size < sizeof text && (is_digit(source_.peek()) || (size == 0 && source_.peek() == '-')))
      text[size++] = static_cast<char>(source_.next());
    const auto parsed = std::from_chars(text, text + size, out);
    if (source_.peek() != end) return unexpected(source_.peek());
    source_.next();
    if (parsed.ec != std::errc{} || parsed.ptr != text + size)
      return fail(invalid_argument("no bencode: an integer that is none, or beyond 64 bits"));
    return count(0);
  }

  bool string(std::string& out) {
    std::int64_t size = 0;
    if (!integer(size, ':') || !count(static_cast<std::size_t>(size))) return false;
    return source_.take(static_cast<std::size_t>(size), out) || unexpected(-1);
  }

  bool list(BencodeList& out, int depth) {
    while (source_.peek() != 'e') {
      if (!count(sizeof(Bencode)) || !value(out.emplace_back(), depth)) return false;
    }
    source_.next();
    return true;
  }

  bool dictionary(BencodeDictionary& out, int depth) {
    while (source_.peek() != 'e') {
      if (!is_digit(source_.peek())) return unexpected(source_.peek());
      std::string key;
      if (!string(key) || !count(sizeof(Bencode))) return false;
      const auto [place, is_new] = out.try_emplace(std::move(key));
      if (!is_new) return fail(invalid_argument("no bencode: the key " + place->first + " twice"));
      if (!value(place->second, depth)) return false;
    }
    source_.next();
    return true;
  }

  Source& source_;
  std::size_t taken_ = 0;
  Status why_not_;
};

}  // namespace

std::string Bencode::string_at(std::string_view key) const {
  const auto found = entries.find(key);
  return found == entries.end() ? std::string() : found->second.bytes;
}

std::string encode(const Bencode& value) {
  std::string out;
  append(out, value);
  return out;
}

int Source::peek() {
  if (at_ == end_) {
    at_ = 0;
    end_ = read_(buffer_.data(), buffer_.size());
    if (end_ == 0) return -1;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int Source::next() {
  const int c = peek();
  if (c >= 0) ++at_;
  return c;
}

bool Source::take(std::size_t size, std::string& out) {
  out.assign(buffer_, at_, std::min(size, end_ - at_));
  at_ += out.size();
  while (out.size() < size) {
    const std::size_t before = out.size();
    out.resize(before + std::min(size - before, kPieceBytes));
    const std::size_t got = read_(out.data() + before, out.size() - before);
    out.resize(before + got);
    if (got == 0) return false;
  }
  return true;
}

StatusOr<Bencode> decode(Source& source) {
  if (source.peek() < 0) return substrate::not_found("the input has ended");
  Decoder decoder(source);
  Bencode value;
  if (!decoder.value(value, 0)) return decoder.why_not();
  return value;
}

}  // namespace yin::cli
