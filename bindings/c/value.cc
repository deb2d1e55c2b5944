// Words: kinds, scalars in and out, text.

#include <cstring>
#include <string>

#include "substrate/array.h"
#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/print.h"
#include "substrate/queue.h"
#include "substrate/read.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/struct.h"
#include "substrate/vector.h"
#include "bindings/c/domain.h"

namespace {

namespace core = yin::substrate;
using core::ObjectKind;
using yin::c::edit_of;
using yin::c::fail;
using yin::c::Pin;
using yin::c::pin_of;
using yin::c::Word;
using yin::c::wrong_type;

// What yin.h says of words must be what the core says.
static_assert(YIN_WORD_NIL == core::kNil.bits && YIN_WORD_FALSE == core::kFalse.bits);
static_assert(YIN_WORD_TRUE == core::kTrue.bits && YIN_WORD_ABSENT == core::kAbsent.bits);
static_assert(core::kTagObject == 4 && core::kTagString == 8);
static_assert(core::character_word(U'a').bits == (std::uint64_t{'a'} << 8 | 0x20));
static_assert(core::keyword_word(core::NameId{7}).bits == (7 << 8 | 0x30));
static_assert(core::symbol_word(core::NameId{7}).bits == (7 << 8 | 0x40));
static_assert(core::int_word(-3).bits == (static_cast<std::uint64_t>(-3) << 1 | 1));

constexpr const char* kKindNames[] = {
    "nothing", "nil",       "boolean",    "integer",    "double",  "big integer",
    "ratio",   "character", "string",     "keyword",    "symbol",  "instant",
    "uuid",    "bytes",     "tagged",     "list",       "vector",  "queue",
    "map",     "set",       "sorted map", "sorted set", "int map", "array",
    "struct",  "tensor",    "layout",     "atom",       "agent",   "stream",
    "cursor",  "var",       "function",   "program",    "error",   "other"};
static_assert(std::size(kKindNames) == YIN_OTHER + 1);

yin_kind kind_of_object(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kDouble:
      return YIN_DOUBLE;
    case ObjectKind::kInt64:
      return YIN_INT;
    case ObjectKind::kString:
      return YIN_STRING;
    case ObjectKind::kMapNode:
    case ObjectKind::kMapCollision:
      return YIN_MAP;
    case ObjectKind::kSetNode:
    case ObjectKind::kSetCollision:
      return YIN_SET;
    case ObjectKind::kVector:
      return YIN_VECTOR;
    case ObjectKind::kList:
      return YIN_LIST;
    case ObjectKind::kClosure:
      return YIN_FUNCTION;
    case ObjectKind::kProgram:
      return YIN_PROGRAM;
    case ObjectKind::kError:
      return YIN_GUEST_ERROR;
    case ObjectKind::kBigInt:
      return YIN_BIGINT;
    case ObjectKind::kRatio:
      return YIN_RATIO;
    case ObjectKind::kBytes:
      return YIN_BYTES;
    case ObjectKind::kInstant:
      return YIN_INSTANT;
    case ObjectKind::kUuid:
      return YIN_UUID;
    case ObjectKind::kTagged:
      return YIN_TAGGED;
    case ObjectKind::kSortedMap:
      return YIN_SORTED_MAP;
    case ObjectKind::kSortedSet:
      return YIN_SORTED_SET;
    case ObjectKind::kIntMap:
      return YIN_INT_MAP;
    case ObjectKind::kQueue:
      return YIN_QUEUE;
    case ObjectKind::kArray:
      return YIN_ARRAY;
    case ObjectKind::kStruct:
      return YIN_STRUCT;
    case ObjectKind::kLayout:
      return YIN_LAYOUT;
    case ObjectKind::kTensor:
      return YIN_TENSOR;
    default:
      return YIN_OTHER;
  }
}

yin_kind kind_of_root(core::RootKind kind) {
  switch (kind) {
    case core::RootKind::kAtom:
      return YIN_ATOM;
    case core::RootKind::kAgent:
      return YIN_AGENT;
    case core::RootKind::kStream:
      return YIN_STREAM;
    case core::RootKind::kCursor:
      return YIN_CURSOR;
    case core::RootKind::kVar:
      return YIN_VAR;
    default:
      return YIN_OTHER;
  }
}

yin_kind kind_of_immediate(Word w) {
  switch (static_cast<core::Immediate>(w.bits >> 4 & 0xf)) {
    case core::Immediate::kNil:
      return YIN_NIL;
    case core::Immediate::kBoolean:
      return YIN_BOOLEAN;
    case core::Immediate::kCharacter:
      return YIN_CHARACTER;
    case core::Immediate::kKeyword:
      return YIN_KEYWORD;
    case core::Immediate::kSymbol:
      return YIN_SYMBOL;
    case core::Immediate::kRoot:
      return kind_of_root(root_ref(w).kind);
    case core::Immediate::kEmpty:
      return kind_of_object(static_cast<ObjectKind>(core::payload(w)));
    case core::Immediate::kPrimitive:
      return YIN_FUNCTION;
    default:
      return YIN_ABSENT;
  }
}

// Writes what was printed, whole.
yin_status write_out(bool whole, std::string& text, std::size_t limit, yin_write_fn write,
                     void* context, yin_error* error) {
  if (!whole) text.resize(limit);
  write(context, text.data(), text.size());
  return whole ? YIN_OK
               : fail(error, YIN_OUT_OF_RANGE, "the text is longer than the limit it was given");
}

yin_status made_name(const core::StatusOr<core::NameId>& id, Word (*make)(core::NameId),
                     yin_word* out, yin_error* error) {
  if (!id.ok()) return fail(error, id.status());
  *out = make(*id).bits;
  return YIN_OK;
}

}  // namespace

extern "C" {

yin_kind yin_kind_of(const yin_pin* pin, yin_word bits) {
  const Word w = core::bare(pin_of(pin), Word{bits});
  if (core::is_small_int(w)) return YIN_INT;
  if (core::is_flonum(w)) return YIN_DOUBLE;
  if (core::is_string(w)) return YIN_STRING;
  return core::is_reference(w) ? kind_of_object(core::object_kind(w)) : kind_of_immediate(w);
}

const char* yin_kind_name(yin_kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kKindNames) ? kKindNames[index] : "other";
}

int yin_equal(const yin_pin* pin, yin_word a, yin_word b) {
  return core::equal(pin_of(pin), Word{a}, Word{b}) ? 1 : 0;
}
uint64_t yin_hash(const yin_pin* pin, yin_word w) { return core::hash(pin_of(pin), Word{w}); }
int yin_compare(const yin_pin* pin, yin_word a, yin_word b) {
  return core::compare(pin_of(pin), Word{a}, Word{b});
}

// ---- scalars in

yin_word yin_int(yin_pin* pin, int64_t v) {
  auto edit = edit_of(pin);
  return core::from_int(edit, v).bits;
}
yin_word yin_double(yin_pin* pin, double v) {
  auto edit = edit_of(pin);
  return core::from_double(edit, v).bits;
}
yin_word yin_string(yin_pin* pin, const char* text, size_t size) {
  if (size > UINT32_MAX) return YIN_WORD_ABSENT;
  auto edit = edit_of(pin);
  return core::from_string(edit, size == 0 ? std::string_view("") : std::string_view(text, size))
      .bits;
}
yin_status yin_keyword(yin_pin* pin, const char* name, size_t size, yin_word* out,
                       yin_error* error) {
  return made_name(core::intern(pin_of(pin), {name, size}), core::keyword_word, out, error);
}
yin_status yin_symbol(yin_pin* pin, const char* name, size_t size, yin_word* out,
                      yin_error* error) {
  return made_name(core::intern(pin_of(pin), {name, size}), core::symbol_word, out, error);
}

int yin_known_name(const yin_pin* pin, const char* name, size_t size, uint32_t* id) {
  const auto known = core::find_name(pin_of(pin), {name, size});
  if (known) *id = raw(*known);
  return known ? 1 : 0;
}

yin_status yin_number(yin_pin* pin, const char* text, size_t size, yin_word* out,
                      yin_error* error) {
  std::string_view digits{text, size};
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::size_t slash = digits.find('/');
  const std::string_view numerator = digits.substr(0, slash);
  const auto is_digits = [](std::string_view s) {
    return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
  };
  auto edit = edit_of(pin);
  core::NumberResult made{core::kNil};
  if (slash == std::string_view::npos && is_digits(numerator)) {
    made = core::parse_integer(edit, numerator, negative);
  } else if (slash != std::string_view::npos && is_digits(numerator) &&
             is_digits(digits.substr(slash + 1))) {
    made = core::parse_ratio(edit, numerator, digits.substr(slash + 1), negative);
  } else {
    return fail(
        error, YIN_INVALID_ARGUMENT,
        "yin_number: no integer and no ratio: " + std::string(text, std::min(size, size_t{40})));
  }
  if (!made.ok()) return fail(error, YIN_INVALID_ARGUMENT, core::message_of(made.fault));
  *out = made.word.bits;
  return YIN_OK;
}

yin_status yin_instant(yin_pin* pin, int64_t millis, yin_word* out, yin_error* error) {
  if (!core::is_instant_millis(millis))
    return fail(error, YIN_OUT_OF_RANGE, "an instant is of the years 0000 to 9999");
  auto edit = edit_of(pin);
  *out = core::from_millis(edit, millis).bits;
  return YIN_OK;
}
yin_word yin_uuid(yin_pin* pin, const uint8_t bytes[16]) {
  core::Uuid uuid;
  std::memcpy(uuid.data(), bytes, uuid.size());
  auto edit = edit_of(pin);
  return core::from_uuid(edit, uuid).bits;
}
yin_word yin_bytes(yin_pin* pin, const void* bytes, size_t size) {
  if (size > UINT32_MAX) return YIN_WORD_ABSENT;
  auto edit = edit_of(pin);
  static constexpr std::byte kNone{};  // a null pointer is no array of no bytes
  const auto* from = size == 0 ? &kNone : static_cast<const std::byte*>(bytes);
  return core::from_bytes(edit, {from, size}).bits;
}
yin_status yin_tagged(yin_pin* pin, yin_word tag, yin_word value, yin_word* out, yin_error* error) {
  if (!core::is_symbol(Word{tag}) || !yin::c::is_value(Word{value}))
    return wrong_type(error, "a tagged literal's tag is a symbol", Word{tag});
  auto edit = edit_of(pin);
  *out = core::make_tagged(edit, Word{tag}, Word{value}).bits;
  return YIN_OK;
}

// ---- scalars out

yin_status yin_to_int(const yin_pin* pin, yin_word bits, int64_t* out, yin_error* error) {
  const Word w{bits};
  if (!core::is_int(w)) return wrong_type(error, "an integer of 64 bits is needed", w);
  *out = core::to_int(pin_of(pin), w);
  return YIN_OK;
}
yin_status yin_to_double(const yin_pin* pin, yin_word bits, double* out, yin_error* error) {
  const Word w{bits};
  if (!core::is_number(w)) return wrong_type(error, "a number is needed", w);
  *out = core::to_real(pin_of(pin), w);
  return YIN_OK;
}

yin_status yin_to_bytes(const yin_pin* pin, yin_word bits, char room[8], const char** bytes,
                        size_t* size, yin_error* error) {
  const Pin& p = pin_of(pin);
  const Word w = core::bare(p, Word{bits});
  std::string_view text;
  if (core::is_string(w)) {
    const core::StringView view(p, w);
    text = view.view();
    if (!core::is_reference(w)) {  // it stands in `view`
      std::memcpy(room, text.data(), text.size());
      text = {room, text.size()};
    }
  } else if (core::is_keyword(w) || core::is_symbol(w)) {
    text = core::name_of(p, w);
  } else if (core::is_bytes(w)) {
    const auto raw = core::bytes_of(p, w);
    text = {reinterpret_cast<const char*>(raw.data()), raw.size()};
  } else {
    return wrong_type(error, "a string, a name or bytes are needed", w);
  }
  *bytes = text.data();
  *size = text.size();
  return YIN_OK;
}

yin_status yin_to_millis(const yin_pin* pin, yin_word bits, int64_t* out, yin_error* error) {
  const Word w{bits};
  if (!core::is_instant(w)) return wrong_type(error, "an instant is needed", w);
  *out = core::to_millis(pin_of(pin), w);
  return YIN_OK;
}
yin_status yin_to_uuid(const yin_pin* pin, yin_word bits, uint8_t out[16], yin_error* error) {
  const Word w{bits};
  if (!core::is_uuid(w)) return wrong_type(error, "a uuid is needed", w);
  const core::Uuid uuid = core::to_uuid(pin_of(pin), w);
  std::memcpy(out, uuid.data(), uuid.size());
  return YIN_OK;
}
yin_status yin_to_pair(const yin_pin* pin, yin_word bits, yin_word* first, yin_word* second,
                       yin_error* error) {
  const Pin& p = pin_of(pin);
  const Word w{bits};
  if (core::is_ratio(w)) {
    *first = core::numerator(p, w).bits;
    *second = core::denominator(p, w).bits;
  } else if (core::is_tagged(w)) {
    *first = core::tag_of(p, w).bits;
    *second = core::tagged_value(p, w).bits;
  } else {
    return wrong_type(error, "a ratio or a tagged literal is needed", w);
  }
  return YIN_OK;
}

// ---- text

yin_status yin_read(yin_pin* pin, const char* text, size_t size, yin_word* out, yin_error* error) {
  auto edit = edit_of(pin);
  auto value = core::read(edit, {text, size});
  if (!value.ok()) return fail(error, value.status());
  *out = value->bits;
  return YIN_OK;
}
yin_status yin_print(const yin_pin* pin, yin_word w, size_t limit, yin_write_fn write,
                     void* context, yin_error* error) {
  std::string text;
  const bool whole =
      core::print_to(text, pin_of(pin), Word{w}, limit == 0 ? core::kNoLimit : limit);
  return write_out(whole, text, limit, write, context, error);
}
yin_status yin_print_with_meta(const yin_pin* pin, yin_word w, size_t limit, yin_write_fn write,
                               void* context, yin_error* error) {
  std::string text;
  const bool whole =
      core::print_with_meta_to(text, pin_of(pin), Word{w}, limit == 0 ? core::kNoLimit : limit);
  return write_out(whole, text, limit, write, context, error);
}

}  // extern "C"
