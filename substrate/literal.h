#pragma once

// Literals: the values that EDN writes behind a tag.
//
//   #inst "2026-03-01T12:00:00.000-00:00"          an instant, to the millisecond
//   #uuid "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"   128 bits
//   #yin/bytes "AQID"                              bytes, in base64 (RFC 4648, section 4)
//   #my/tag [1 2]                                  any other tag: the tag and a value
//
// Each is one immutable object. Equal by content; instants are ordered by time, uuids and bytes as
// unsigned bytes from the first on (java.util.UUID compares signed halves, which is no order
// anybody else has), tagged literals by tag, then value. Tags in the namespace `yin` are ours. Any
// number of threads may read. Not for arrays that change, nor for text.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

// ---- bytes --------------------------------------------------------------------------------------

inline bool is_bytes(Word w) { return is_object(w, ObjectKind::kBytes); }
Word from_bytes(Edit& edit, std::span<const std::byte> bytes);  // copies them
// Good as long as the pin.
inline std::span<const std::byte> bytes_of(const Pin& pin, Word w) {
  const ObjectHeader* h = header_of(pin, w);
  return {record_raw(h), static_cast<std::size_t>(small_int(record_words(h)[BytesField::kLength]))};
}

// ---- instants -----------------------------------------------------------------------------------

inline bool is_instant(Word w) { return is_object(w, ObjectKind::kInstant); }
// Milliseconds since 1970, kInstantMin .. kInstantMax: the years 0000 to 9999, which have a text.
constexpr bool is_instant_millis(std::int64_t millis) {
  return millis >= kInstantMin && millis <= kInstantMax;
}
Word from_millis(Edit& edit, std::int64_t millis);  // is_instant_millis()
inline std::int64_t to_millis(const Pin& pin, Word w) {
  return small_int(field(pin, w, InstantField::kMillis));
}

// ---- uuids --------------------------------------------------------------------------------------

using Uuid = std::array<std::byte, kUuidBytes>;  // in the order of the text

inline bool is_uuid(Word w) { return is_object(w, ObjectKind::kUuid); }
Word from_uuid(Edit& edit, const Uuid& uuid);
Uuid to_uuid(const Pin& pin, Word w);

// ---- tagged literals ----------------------------------------------------------------------------

inline bool is_tagged(Word w) { return is_object(w, ObjectKind::kTagged); }
// The tag is a bare symbol. It reads back if it starts with a letter and is not one of those above.
Word make_tagged(Edit& edit, Word tag, Word value);
inline Word tag_of(const Pin& pin, Word w) { return field(pin, w, TaggedField::kTag); }
inline Word tagged_value(const Pin& pin, Word w) { return field(pin, w, TaggedField::kValue); }

// ---- their text ---------------------------------------------------------------------------------

// What stands between the quotes; nothing when the text is none. Linear.
//
// An instant is what clojure.instant reads, a superset of RFC 3339: yyyy[-mm[-dd[Thh[:mm[:ss[.f]]]]]]
// and then Z, +hh:mm, -hh:mm or nothing, which is Z. Days are those of the month, a second 60 is one
// behind 59, what is beyond milliseconds is cut off. Years after the offset is applied: 0000 to 9999.
std::optional<std::int64_t> parse_instant(std::string_view text);
void append_instant(std::string& out, std::int64_t millis);
// 8-4-4-4-12 hexadecimal digits of either case; printed in lower case.
std::optional<Uuid> parse_uuid(std::string_view text);
void append_uuid(std::string& out, const Uuid& uuid);
// Canonical base64 only: padded, no spaces, no bits that are dropped.
std::optional<std::vector<std::byte>> parse_base64(std::string_view text);
void append_base64(std::string& out, std::span<const std::byte> bytes);

}  // namespace yin::substrate
