#include "bindings/node/codec.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace yin::node {
namespace {

constexpr std::size_t kResultCell = 8;
constexpr std::size_t kCellsEach = 6;   // of any value: a tagged uuid has the most
constexpr std::size_t kTextEach = 256;  // longer ones are loaded one by one
constexpr double kSafe = 9007199254740991.0;

std::size_t cells_of(std::size_t bytes) { return (bytes + 7) / 8; }

bool is_ascii(std::span<const char> bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<signed char>(c) >= 0; });
}

yin_status complain(yin_error* error, yin_status status, const char* message) {
  error->status = status;
  std::strncpy(error->message, message, sizeof error->message - 1);
  error->message[sizeof error->message - 1] = 0;
  return status;
}

// The stack machine over the data cells.
class Reader {
 public:
  Reader(Port& port, yin_pin* pin, std::size_t end, yin_error* error)
      : port_(port), pin_(pin), end_(std::min(end, port.mailbox_size / 8)), error_(error) {}

  bool run() {
    port_.stack.clear();
    while (cell_ < end_) {
      if (step() != YIN_OK) return false;
    }
    return true;
  }

 private:
  template <typename T>
  T take() {
    T value;
    std::memcpy(&value, port_.mailbox + cell_++ * 8, sizeof value);
    return value;
  }
  const char* take_bytes(std::size_t size) {
    const auto* bytes = reinterpret_cast<const char*>(port_.mailbox + cell_ * 8);
    cell_ += cells_of(size);
    return bytes;
  }
  yin_status push(yin_word word) {
    port_.stack.push_back(word);
    return YIN_OK;
  }
  // By reference: the call that gives the status fills it in.
  yin_status push(yin_status status, const yin_word& word) {
    return status == YIN_OK ? push(word) : status;
  }

  yin_status step() {
    std::int32_t head[2];
    std::memcpy(head, port_.mailbox + cell_++ * 8, sizeof head);
    const auto aux = head[1];
    const auto size = static_cast<std::size_t>(aux);
    yin_word out = 0;
    switch (static_cast<Tag>(head[0])) {
      case Tag::kAbsent:
        return push(YIN_WORD_ABSENT);
      case Tag::kNil:
        return push(YIN_WORD_NIL);
      case Tag::kFalse:
        return push(YIN_WORD_FALSE);
      case Tag::kTrue:
        return push(YIN_WORD_TRUE);
      case Tag::kSmallInt:
        return push(yin_from_small_int(aux));
      case Tag::kInt:
        return push(yin_int(pin_, static_cast<std::int64_t>(take<double>())));
      case Tag::kInt64:
        return push(yin_int(pin_, take<std::int64_t>()));
      case Tag::kDouble:
        return push(yin_double(pin_, take<double>()));
      case Tag::kDigits:
        return push(yin_number(pin_, take_bytes(size), size, &out, error_), out);
      case Tag::kCharacter:
        return push(yin_character(static_cast<std::uint32_t>(aux)));
      case Tag::kString:
        return push(yin_string(pin_, take_bytes(size), size));
      case Tag::kKeyword:
        return push(static_cast<yin_word>(static_cast<std::uint32_t>(aux)) << 8 | 0x30);
      case Tag::kSymbol:
        return push(static_cast<yin_word>(static_cast<std::uint32_t>(aux)) << 8 | 0x40);
      case Tag::kInstant:
        return push(yin_instant(pin_, static_cast<std::int64_t>(take<double>()), &out, error_),
                    out);
      case Tag::kUuid:
        return push(yin_uuid(pin_, reinterpret_cast<const uint8_t*>(take_bytes(16))));
      case Tag::kBytes:
        return push(yin_bytes(pin_, take_bytes(size), size));
      case Tag::kReference:
      case Tag::kWord:
        return push(take<yin_word>());
      case Tag::kCollection:
        return collection(static_cast<yin_kind>(aux),
                          static_cast<std::size_t>(take<std::int64_t>()));
      case Tag::kTagged:
        return pair(yin_tagged);
      case Tag::kWithMeta:
        return pair(yin_with_meta);
      default:
        return complain(error_, YIN_INTERNAL, "the mailbox has no such tag");
    }
  }

  yin_status collection(yin_kind kind, std::size_t count) {
    auto& stack = port_.stack;
    if (count > stack.size()) return complain(error_, YIN_INTERNAL, "the mailbox lacks items");
    const bool pairs = kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP;
    yin_word out;
    const auto status = yin_collection(pin_, kind, stack.data() + stack.size() - count,
                                       pairs ? count / 2 : count, &out, error_);
    stack.resize(stack.size() - count);
    return push(status, out);
  }

  yin_status pair(yin_status (*make)(yin_pin*, yin_word, yin_word, yin_word*, yin_error*)) {
    auto& stack = port_.stack;
    if (stack.size() < 2) return complain(error_, YIN_INTERNAL, "the mailbox lacks items");
    yin_word out;
    const auto status = make(pin_, stack[stack.size() - 2], stack.back(), &out, error_);
    stack.resize(stack.size() - 2);
    return push(status, out);
  }

  Port& port_;
  yin_pin* pin_;
  std::size_t cell_ = kDataCell;
  std::size_t end_;
  yin_error* error_;
};

}  // namespace

bool build(Port& port, yin_pin* pin, std::size_t end, yin_error* error) {
  port.built_bytes = (std::max(end, kDataCell) - kDataCell) * 8;
  return Reader(port, pin, end, error).run();
}

Writer::Writer(Port& port, std::size_t cell, std::size_t last, std::size_t text_room)
    : port_(port), cell_(cell), last_(last), text_room_(text_room) {
  port_.text.clear();
}

Writer Writer::result(Port& port) {
  return {port, kResultCell, kResultCell + 3, std::numeric_limits<std::size_t>::max()};
}

// Three fifths for cells, the rest for their text.
Writer Writer::data(Port& port) {
  const auto cells = port.mailbox_size / 8 - kDataCell;
  const auto for_values = cells * 3 / 5;
  return {port, kDataCell, kDataCell + for_values, (cells - for_values) * 8};
}

bool Writer::has_room(std::size_t count) const {
  return last_ - cell_ >= count * kCellsEach &&
         text_room_ - port_.text.size() >= count * kTextEach * 2;
}

std::byte* Writer::cell() { return port_.mailbox + cell_++ * 8; }

void Writer::tag(Tag tag, std::int32_t aux) {
  const std::int32_t head[2] = {static_cast<std::int32_t>(tag), aux};
  std::memcpy(cell(), head, sizeof head);
}

void Writer::word(Tag t, yin_kind kind, yin_word word) {
  tag(t, static_cast<std::int32_t>(kind));
  std::memcpy(cell(), &word, sizeof word);
}

void Writer::number(Tag t, double number) {
  tag(t);
  std::memcpy(cell(), &number, sizeof number);
}

void Writer::integer(std::int64_t value) {
  if (value >= std::numeric_limits<std::int32_t>::min() &&
      value <= std::numeric_limits<std::int32_t>::max()) {
    tag(Tag::kSmallInt, static_cast<std::int32_t>(value));
  } else if (const auto near = static_cast<double>(value); near >= -kSafe && near <= kSafe) {
    number(Tag::kInt, near);
  } else {
    tag(Tag::kInt64);
    std::memcpy(cell(), &value, sizeof value);
  }
}

void Writer::text(Tag t, std::span<const char> bytes, yin_word word) {
  const bool alone = text_room_ == std::numeric_limits<std::size_t>::max();
  if (!alone && bytes.size() > kTextEach) return this->word(Tag::kLater, YIN_STRING, word);
  tag(t, static_cast<std::int32_t>(bytes.size()));
  port_.text.append(bytes.data(), bytes.size());
}

void Writer::digits(const yin_pin* pin, yin_word word) {
  std::string digits;
  const auto append = [](void* to, const char* bytes, std::size_t size) {
    static_cast<std::string*>(to)->append(bytes, size);
  };
  if (yin_print(pin, word, 0, append, &digits, nullptr) != YIN_OK) digits = "0";
  if (digits.ends_with('N')) digits.pop_back();
  text(Tag::kDigits, digits, word);
}

// A tagged value within a tagged value is left for later, so that each has its bounds.
void Writer::tagged(const yin_pin* pin, yin_word word, bool outermost) {
  if (!outermost) return this->word(Tag::kLater, YIN_TAGGED, word);
  yin_word name = YIN_WORD_NIL, value = YIN_WORD_NIL;
  (void)yin_to_pair(pin, word, &name, &value, nullptr);
  tag(Tag::kTagged);
  put_nested(pin, name, false);
  put_nested(pin, value, false);
}

void Writer::put(const yin_pin* pin, yin_word w) {
  put_nested(pin, w, true);
  ++count_;
}

void Writer::put_name(std::span<const char> name) {
  tag(Tag::kString, static_cast<std::int32_t>(name.size()));
  port_.text.append(name.data(), name.size());
  ++count_;
}

void Writer::put_nested(const yin_pin* pin, yin_word w, bool outermost) {
  if (yin_is_small_int(w)) return integer(yin_small_int(w));
  if (yin_is_keyword(w)) return tag(Tag::kKeyword, static_cast<std::int32_t>(yin_name_id(w)));
  const auto kind = yin_kind_of(pin, w);
  switch (kind) {
    case YIN_ABSENT:
      return tag(Tag::kAbsent);
    case YIN_NIL:
      return tag(Tag::kNil);
    case YIN_BOOLEAN:
      return tag(w == YIN_WORD_TRUE ? Tag::kTrue : Tag::kFalse);
    case YIN_INT: {
      std::int64_t value = 0;
      (void)yin_to_int(pin, w, &value, nullptr);
      return integer(value);
    }
    case YIN_DOUBLE: {
      double value = 0;
      (void)yin_to_double(pin, w, &value, nullptr);
      return number(Tag::kDouble, value);
    }
    case YIN_BIGINT:
    case YIN_RATIO:
      return digits(pin, w);
    case YIN_CHARACTER:
      return tag(Tag::kCharacter, static_cast<std::int32_t>(yin_name_id(w)));
    case YIN_STRING:
    case YIN_BYTES: {
      char room[8];
      const char* bytes = room;
      std::size_t size = 0;
      (void)yin_to_bytes(pin, w, room, &bytes, &size, nullptr);
      return text(kind == YIN_STRING ? Tag::kString : Tag::kBytes, {bytes, size}, w);
    }
    case YIN_SYMBOL: {
      const auto bare = yin_bare(pin, w);
      return tag(Tag::kSymbol, static_cast<std::int32_t>(yin_name_id(bare)));
    }
    case YIN_INSTANT: {
      std::int64_t millis = 0;
      (void)yin_to_millis(pin, w, &millis, nullptr);
      return number(Tag::kInstant, static_cast<double>(millis));
    }
    case YIN_UUID: {
      uint8_t bytes[16] = {};
      (void)yin_to_uuid(pin, w, bytes, nullptr);
      tag(Tag::kUuid);
      std::memcpy(cell(), bytes, 8);
      std::memcpy(cell(), bytes + 8, 8);
      return;
    }
    case YIN_TAGGED:
      return tagged(pin, w, outermost);
    case YIN_LIST:
    case YIN_VECTOR:
    case YIN_QUEUE:
    case YIN_MAP:
    case YIN_SET:
    case YIN_SORTED_MAP:
    case YIN_SORTED_SET:
    case YIN_INT_MAP:
      return word(Tag::kCollection, kind, w);
    case YIN_ATOM:
    case YIN_AGENT:
    case YIN_STREAM:
    case YIN_CURSOR:
      return word(Tag::kReference, kind, w);
    default:
      return word(Tag::kOther, kind, w);
  }
}

void Writer::finish() {
  auto* result = reinterpret_cast<std::int32_t*>(port_.mailbox);
  result[kResultCount] = static_cast<std::int32_t>(count_);
  result[kResultEnd] = static_cast<std::int32_t>(cell_);
  result[kResultText] = static_cast<std::int32_t>(port_.text.size());
  result[kResultAscii] = is_ascii(port_.text) ? 1 : 0;
  if (text_room_ != std::numeric_limits<std::size_t>::max()) {
    std::memcpy(port_.mailbox + cell_ * 8, port_.text.data(), port_.text.size());
  }
}

}  // namespace yin::node
