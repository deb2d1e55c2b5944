#include "bindings/clojure/native/parcel.h"

#include <cstring>
#include <string>

namespace yin::jni {
namespace {

constexpr std::uint64_t kEscape = 0xf0;

constexpr std::size_t words_of(std::size_t bytes) { return (bytes + 7) / 8; }

// Reads a parcel. It was written by our own other half, in this process: it is not checked as a
// file is.
class Unpacker {
 public:
  Unpacker(yin_pin* pin, std::vector<yin_word>* stack, yin_error* error)
      : pin_(pin), stack_(*stack), error_(error) {}

  yin_status run(const std::uint64_t* at, const std::uint64_t* end) {
    while (at < end) {
      const std::uint64_t w = *at++;
      if ((w & 0xff) != kEscape) {
        stack_.push_back(w);
        continue;
      }
      const auto what = static_cast<Parcel>(w >> 8 & 0xff);
      yin_word made = YIN_WORD_NIL;
      const yin_status status = step(what, w >> 16, &at, &made);
      if (status != YIN_OK) return status;
      stack_.push_back(made);
    }
    return YIN_OK;
  }

 private:
  yin_status step(Parcel what, std::uint64_t argument, const std::uint64_t** at, yin_word* made) {
    switch (what) {
      case Parcel::kString:
      case Parcel::kKeyword:
      case Parcel::kSymbol:
      case Parcel::kNumber:
      case Parcel::kBytes: {
        const char* bytes = reinterpret_cast<const char*>(*at);
        *at += words_of(argument);
        return text(what, bytes, argument, made);
      }
      case Parcel::kLong:
        *made = yin_int(pin_, static_cast<std::int64_t>(*(*at)++));
        return YIN_OK;
      case Parcel::kDouble: {
        double v = 0;
        std::memcpy(&v, (*at)++, sizeof v);
        *made = yin_double(pin_, v);
        return YIN_OK;
      }
      case Parcel::kInstant:
        return yin_instant(pin_, static_cast<std::int64_t>(*(*at)++), made, error_);
      case Parcel::kUuid:
        *made = yin_uuid(pin_, reinterpret_cast<const std::uint8_t*>(*at));
        *at += 2;
        return YIN_OK;
      case Parcel::kWord:
        *made = *(*at)++;
        return YIN_OK;
      case Parcel::kTagged: {
        const yin_word value = take();
        return yin_tagged(pin_, take(), value, made, error_);
      }
      case Parcel::kMeta: {
        const yin_word meta = take();
        return yin_with_meta(pin_, take(), meta, made, error_);
      }
      case Parcel::kSlice: {
        const std::uint64_t from = *(*at)++;
        const std::uint64_t to = *(*at)++;
        return yin_slice(pin_, take(), from, to, made, error_);
      }
      default:
        return collection(argument, made);
    }
  }

  yin_status text(Parcel what, const char* bytes, std::size_t size, yin_word* made) {
    switch (what) {
      case Parcel::kKeyword:
        return yin_keyword(pin_, bytes, size, made, error_);
      case Parcel::kSymbol:
        return yin_symbol(pin_, bytes, size, made, error_);
      case Parcel::kNumber:
        return yin_number(pin_, bytes, size, made, error_);
      case Parcel::kBytes:
        *made = yin_bytes(pin_, bytes, size);
        return YIN_OK;
      default:
        *made = yin_string(pin_, bytes, size);
        return YIN_OK;
    }
  }

  yin_status collection(std::uint64_t argument, yin_word* made) {
    const std::size_t items = argument >> 8;
    const auto kind = static_cast<yin_kind>(argument & 0xff);
    const std::size_t words =
        kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP ? 2 * items : items;
    const yin_word* first = stack_.data() + (stack_.size() - words);
    const yin_status status = yin_collection(pin_, kind, first, items, made, error_);
    stack_.resize(stack_.size() - words);
    return status;
  }

  yin_word take() {
    const yin_word w = stack_.back();
    stack_.pop_back();
    return w;
  }

  yin_pin* pin_;
  std::vector<yin_word>& stack_;
  yin_error* error_;
};

bool is_collection(yin_kind kind) { return kind >= YIN_LIST && kind <= YIN_INT_MAP; }

}  // namespace

yin_status unpack(yin_pin* pin, const std::uint64_t* parcel, std::size_t words,
                  std::vector<yin_word>* stack, yin_error* error) {
  return Unpacker(pin, stack, error).run(parcel, parcel + words);
}

void Packer::put(yin_word w, std::size_t after) {
  const std::size_t before = at_;
  const std::size_t end = end_;
  end_ -= 3 * after;
  put_whole(w);
  const bool fits = at_ <= end_;
  end_ = end;
  if (fits) return;
  at_ = before;
  escape(Parcel::kLater, 0);
  word(w);
}

void Packer::put_whole(yin_word w) {
  if (!yin_is_reference(w)) return word(w);
  const yin_kind kind = yin_kind_of(pin_, w);
  switch (kind) {
    case YIN_STRING:
      return bytes(Parcel::kString, w);
    case YIN_BYTES:
      return bytes(Parcel::kBytes, w);
    case YIN_BIGINT:
    case YIN_RATIO:
      return number(w);
    case YIN_INT: {
      std::int64_t v = 0;
      yin_to_int(pin_, w, &v, nullptr);
      escape(Parcel::kLong, 0);
      return word(static_cast<std::uint64_t>(v));
    }
    case YIN_DOUBLE: {
      double v = 0;
      yin_to_double(pin_, w, &v, nullptr);
      std::uint64_t bits = 0;
      std::memcpy(&bits, &v, sizeof bits);
      escape(Parcel::kDouble, 0);
      return word(bits);
    }
    case YIN_INSTANT: {
      std::int64_t millis = 0;
      yin_to_millis(pin_, w, &millis, nullptr);
      escape(Parcel::kInstant, 0);
      return word(static_cast<std::uint64_t>(millis));
    }
    case YIN_UUID: {
      std::uint64_t halves[2] = {};
      yin_to_uuid(pin_, w, reinterpret_cast<std::uint8_t*>(halves), nullptr);
      escape(Parcel::kUuid, 0);
      word(halves[0]);
      return word(halves[1]);
    }
    case YIN_TAGGED: {
      yin_word tag = YIN_WORD_NIL;
      yin_word value = YIN_WORD_NIL;
      yin_to_pair(pin_, w, &tag, &value, nullptr);
      return pair(Parcel::kTagged, tag, value);
    }
    case YIN_SYMBOL:  // a reference is one with metadata
      return pair(Parcel::kMeta, yin_bare(pin_, w), yin_meta(pin_, w));
    default:
      return view(kind, w);
  }
}

void Packer::escape(Parcel what, std::uint64_t argument) {
  word(argument << 16 | static_cast<std::uint64_t>(what) << 8 | kEscape);
}

void Packer::text(Parcel what, const char* bytes, std::size_t size) {
  escape(what, size);
  const std::size_t words = words_of(size);
  if (words > 0 && at_ + words <= end_) {
    room_[at_ + words - 1] = 0;
    std::memcpy(room_ + at_, bytes, size);
  }
  at_ += words;
}

void Packer::bytes(Parcel what, yin_word w) {
  char room[8];
  const char* first = nullptr;
  std::size_t size = 0;
  yin_to_bytes(pin_, w, room, &first, &size, nullptr);
  text(what, first, size);
}

void Packer::number(yin_word w) {
  std::string digits;
  yin_print(
      pin_, w, 0,
      [](void* to, const char* piece, std::size_t size) {
        static_cast<std::string*>(to)->append(piece, size);
      },
      &digits, nullptr);
  text(Parcel::kNumber, digits.data(), digits.size());
}

void Packer::view(yin_kind kind, yin_word w) {
  std::uint64_t count = 0;
  if (is_collection(kind)) yin_count(pin_, w, &count, nullptr);
  const bool annotated = yin_meta(pin_, w) != YIN_WORD_NIL;
  escape(Parcel::kView, static_cast<std::uint64_t>(kind) | (annotated ? 0x100 : 0));
  word(w);
  word(count);
}

void Packer::pair(Parcel what, yin_word first, yin_word second) {
  escape(what, 0);
  put_whole(first);
  put_whole(second);
}

}  // namespace yin::jni
