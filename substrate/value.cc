#include "substrate/value.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <xxhash.h>

#include "substrate/check.h"
#include "substrate/internal/words.h"

namespace yin::substrate {

namespace {

NumberObject* box(Edit& edit, ObjectKind kind, std::uint64_t bits) {
  auto* number = edit.allocate<NumberObject>(sizeof(NumberObject));
  set_header(number->header, kind, sizeof(NumberObject), 0, true);
  number->bits = bits;
  return number;
}

Word short_string(std::string_view bytes) {
  std::uint64_t packed = 0;
  std::memcpy(&packed, bytes.data(), bytes.size());
  return {packed << 8 | std::uint64_t{bytes.size()} << 4 | kTagShortString};
}

std::string_view root_kind_name(RootKind kind) {
  switch (kind) {
    case RootKind::kRegistry:
      return "registry";
    case RootKind::kAtom:
      return "atom";
    case RootKind::kAgent:
      return "agent";
    case RootKind::kStream:
      return "stream";
    case RootKind::kCursor:
      return "cursor";
    case RootKind::kVar:
      return "var";
  }
  return "reference";
}

std::string_view immediate_name(Word w) {
  switch (static_cast<Immediate>(w.bits >> 4 & 0xf)) {
    case Immediate::kNil:
      return "nil";
    case Immediate::kBoolean:
      return "boolean";
    case Immediate::kCharacter:
      return "character";
    case Immediate::kKeyword:
      return "keyword";
    case Immediate::kSymbol:
      return "symbol";
    case Immediate::kRoot:
      return root_kind_name(root_ref(w).kind);
    case Immediate::kEmpty:
      return kind_name(object_word(static_cast<ObjectKind>(payload(w)), Offset::kNone, 0, true));
    case Immediate::kTombstone:
      return "tombstone";
    case Immediate::kPrimitive:
      return "primitive";
    case Immediate::kAbsent:
      return "absent";
  }
  return "unknown";
}

std::string_view object_name(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kNone:
      break;
    case ObjectKind::kDouble:
      return "double";
    case ObjectKind::kInt64:
      return "integer";
    case ObjectKind::kString:
      return "string";
    case ObjectKind::kMapNode:
    case ObjectKind::kMapCollision:
      return "map";
    case ObjectKind::kSetNode:
    case ObjectKind::kSetCollision:
      return "set";
    case ObjectKind::kSortedMap:
      return "sorted map";
    case ObjectKind::kSortedSet:
      return "sorted set";
    case ObjectKind::kSortedNode:
      return "sorted node";
    case ObjectKind::kIntMap:
      return "int map";
    case ObjectKind::kQueue:
      return "queue";
    case ObjectKind::kVector:
      return "vector";
    case ObjectKind::kVectorNode:
    case ObjectKind::kRelaxedNode:
      return "vector node";
    case ObjectKind::kList:
      return "list";
    case ObjectKind::kClosure:
      return "closure";
    case ObjectKind::kFunction:
      return "function";
    case ObjectKind::kProgram:
      return "program";
    case ObjectKind::kFrame:
      return "frame";
    case ObjectKind::kAgent:
      return "agent";
    case ObjectKind::kStream:
      return "stream";
    case ObjectKind::kCursor:
      return "cursor";
    case ObjectKind::kError:
      return "error";
    case ObjectKind::kBigInt:
      return "integer";
    case ObjectKind::kRatio:
      return "ratio";
    case ObjectKind::kBytes:
      return "bytes";
    case ObjectKind::kInstant:
      return "instant";
    case ObjectKind::kUuid:
      return "uuid";
    case ObjectKind::kTagged:
      return "tagged literal";
    case ObjectKind::kAnnotated:
      return "annotated value";
    case ObjectKind::kArray:
      return "array";
    case ObjectKind::kStruct:
      return "struct";
    case ObjectKind::kLayout:
      return "layout";
    case ObjectKind::kTensor:
      return "tensor";
    case ObjectKind::kContinuation:
      return "continuation";
    default:
      break;
  }
  return "unknown";
}

}  // namespace

Word make_record(Edit& edit, ObjectKind kind, const Word* words, std::uint32_t count,
                 std::uint64_t raw_bytes) {
  const std::uint64_t used = sizeof(ObjectHeader) + std::uint64_t{count} * sizeof(Word);
  const std::uint64_t bytes = used + raw_bytes;
  auto* header = edit.allocate<ObjectHeader>(bytes);
  const bool leaf = !copy_and_look(record_words(header), words, count);
  set_header(*header, kind, bytes, count, leaf);
  std::memset(record_raw(header), 0, static_cast<std::size_t>(object_bytes(*header) - used));
  return word_of(edit.pin(), header);
}

Word box_int(Edit& edit, std::int64_t v) {
  return word_of(edit.pin(), &box(edit, ObjectKind::kInt64, static_cast<std::uint64_t>(v))->header);
}

Word box_double(Edit& edit, double v) {
  return word_of(edit.pin(),
                 &box(edit, ObjectKind::kDouble, std::bit_cast<std::uint64_t>(v))->header);
}

Word from_string(Edit& edit, std::string_view bytes) {
  if (bytes.size() <= kShortStringMax) return short_string(bytes);
  check(bytes.size() <= std::numeric_limits<std::uint32_t>::max(), "a string of 4 GiB or more");
  const std::uint64_t used = sizeof(StringObject) + bytes.size();
  auto* s = edit.allocate<StringObject>(used);
  set_header(s->header, ObjectKind::kString, used, static_cast<std::uint32_t>(bytes.size()), true);
  s->hash = hash_bytes(bytes, edit.pin().hash_seed());
  auto* text = reinterpret_cast<std::byte*>(s + 1);
  std::memcpy(text, bytes.data(), bytes.size());
  const std::uint64_t size = object_bytes(s->header);
  std::memset(text + bytes.size(), 0, static_cast<std::size_t>(size - used));
  return string_object_word(edit.pin().offset_of(s), size / kGranule, s->hash);
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string_view kind_name(Word w) {
  if (is_small_int(w)) return "integer";
  if (is_flonum(w)) return "double";
  switch (tag(w)) {
    case kTagImmediate:
      return immediate_name(w);
    case kTagObject:
      return object_name(object_kind(w));
    default:
      return "string";
  }
}

}  // namespace yin::substrate
