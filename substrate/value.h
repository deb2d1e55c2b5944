#pragma once

// Values: what a word means. Making and taking apart immediates, boxes and strings; equality, hash
// and order.
//
// Equality and hash follow Clojure: integers and ratios are equal by value, (= 1 1.0) is false, (=
// 0.0 -0.0) is true, NaN is not equal to itself, a list equals a vector of equal items, maps, sets
// and literals are equal by content, metadata does not count. Every value has one canonical word as far as it is immediate: an integer of 63
// bits, a double in range and a string of up to 7 bytes are never boxed, so that identical words
// are equal and, of two immediates, different words are different values.
//
// Order is total over all kinds: nil < booleans < numbers < characters < strings < keywords <
// symbols < instants < uuids < bytes < sequences (by length, then item by item) < sets < maps <
// tagged literals < references < functions < the rest by identity
// (layouts and tensors by their words).
//
// Numbers beyond 64 bits and ratios stand in number.h, instants, uuids, bytes and tagged literals in
// literal.h, metadata in metadata.h.

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/offset.h"
#include "substrate/pin.h"
#include "substrate/status.h"

namespace yin::substrate {

// ---- immediates ---------------------------------------------------------------------------------

constexpr Word immediate(Immediate which, std::uint64_t payload = 0) {
  return {payload << 8 | static_cast<std::uint64_t>(which) << 4};
}
constexpr std::uint64_t tag(Word w) { return w.bits & kTagMask; }
constexpr bool is_immediate(Word w, Immediate which) {
  return (w.bits & 0xff) == static_cast<std::uint64_t>(which) << 4;
}
constexpr std::uint64_t payload(Word w) { return w.bits >> 8; }

inline constexpr Word kNil{0};
inline constexpr Word kFalse = immediate(Immediate::kBoolean, 0);
inline constexpr Word kTrue = immediate(Immediate::kBoolean, 1);
inline constexpr Word kAbsent = immediate(Immediate::kAbsent);
inline constexpr Word kTombstone = immediate(Immediate::kTombstone);

constexpr bool is_nil(Word w) { return w.bits == 0; }
constexpr bool is_absent(Word w) { return w == kAbsent; }
constexpr bool is_boolean(Word w) { return is_immediate(w, Immediate::kBoolean); }
constexpr Word boolean_word(bool b) { return b ? kTrue : kFalse; }
constexpr bool truthy(Word w) {
  return w.bits != 0 && w != kFalse;
}  // only nil and false are false

constexpr Word character_word(char32_t c) { return immediate(Immediate::kCharacter, c); }
constexpr bool is_character(Word w) { return is_immediate(w, Immediate::kCharacter); }

constexpr Word keyword_word(NameId id) { return immediate(Immediate::kKeyword, raw(id)); }
constexpr Word symbol_word(NameId id) { return immediate(Immediate::kSymbol, raw(id)); }
constexpr bool is_keyword(Word w) { return is_immediate(w, Immediate::kKeyword); }
constexpr bool is_symbol(Word w) { return is_immediate(w, Immediate::kSymbol); }
constexpr NameId name_id(Word w) {
  return static_cast<NameId>(payload(w));
}  // of a keyword or symbol

// A reference to a root slot: the slot and the generation it had.
struct RootRef {
  RootKind kind;
  SlotIndex slot;
  std::uint32_t generation;
  friend constexpr bool operator==(RootRef, RootRef) = default;
};
constexpr Word root_word(RootRef r) {
  return immediate(Immediate::kRoot, static_cast<std::uint64_t>(r.kind) |
                                         std::uint64_t{raw(r.slot)} << 4 |
                                         std::uint64_t{r.generation} << 36);
}
constexpr bool is_root(Word w) { return is_immediate(w, Immediate::kRoot); }
constexpr RootRef root_ref(Word w) {
  return {static_cast<RootKind>(payload(w) & 0xf),
          static_cast<SlotIndex>(payload(w) >> 4 & 0xffffffff),
          static_cast<std::uint32_t>(payload(w) >> 36)};
}
constexpr bool is_root(Word w, RootKind kind) { return is_root(w) && root_ref(w).kind == kind; }

constexpr Word primitive_word(std::uint32_t index) {
  return immediate(Immediate::kPrimitive, index);
}
constexpr bool is_primitive(Word w) { return is_immediate(w, Immediate::kPrimitive); }

constexpr Word empty_word(ObjectKind kind) {
  return immediate(Immediate::kEmpty, static_cast<std::uint64_t>(kind));
}
inline constexpr Word kEmptyMap = empty_word(ObjectKind::kMapNode);
inline constexpr Word kEmptySet = empty_word(ObjectKind::kSetNode);
inline constexpr Word kEmptyVector = empty_word(ObjectKind::kVector);
inline constexpr Word kEmptyList = empty_word(ObjectKind::kList);

// ---- objects ------------------------------------------------------------------------------------

// Does the word refer to bytes elsewhere?
constexpr bool is_reference(Word w) { return tag(w) == kTagObject || tag(w) == kTagString; }
constexpr Offset object_offset(Word w) { return static_cast<Offset>(w.bits & kOffsetMask); }
// Kind of the object a kTagObject word refers to.
constexpr ObjectKind object_kind(Word w) { return static_cast<ObjectKind>(w.bits >> 58); }
constexpr bool is_object(Word w, ObjectKind kind) {
  return tag(w) == kTagObject && object_kind(w) == kind;
}
// The "no references" bit: true means that nothing the object holds refers on. Strings never do.
inline constexpr std::uint64_t kLeafBit = std::uint64_t{1} << 57;
constexpr bool refers_to_leaf(Word w) { return tag(w) == kTagString || (w.bits & kLeafBit) != 0; }
// Size in granules as the word knows it, 0: read the header.
constexpr std::uint32_t word_granules(Word w) {
  return tag(w) == kTagString ? static_cast<std::uint32_t>(w.bits >> 48 & 0x3f)
                              : static_cast<std::uint32_t>(w.bits >> 48 & 0x1ff);
}

constexpr Word object_word(ObjectKind kind, Offset offset, std::uint64_t granules, bool leaf) {
  return {static_cast<std::uint64_t>(kind) << 58 | std::uint64_t{leaf} << 57 |
          (granules < 512 ? granules : 0) << 48 | raw(offset) | kTagObject};
}
// The word of a copy of the object that `w` refers to.
constexpr Word moved_word(Word w, Offset offset, bool leaf) {
  return {(w.bits & ~(kOffsetMask | kLeafBit)) | (leaf ? kLeafBit : 0) | raw(offset)};
}
constexpr Word string_object_word(Offset offset, std::uint64_t granules, std::uint64_t hash) {
  return {hash >> 54 << 54 | (granules < 64 ? granules : 0) << 48 | raw(offset) | kTagString};
}

inline ObjectHeader* header_of(const Pin& pin, Word w) {
  return pin.at<ObjectHeader>(object_offset(w));
}
// Fills a header; `bytes` is the size asked from the allocator.
inline void set_header(ObjectHeader& h, ObjectKind kind, std::uint64_t bytes, std::uint32_t count,
                       bool leaf) {
  const unsigned scale = size_scale(bytes);
  h = {static_cast<std::uint8_t>(kind),
       static_cast<std::uint8_t>((leaf ? kFlagNoReferences : 0) | scale << kFlagScaleShift),
       static_cast<std::uint16_t>(object_size(bytes) / kGranule >> scale), count};
}
constexpr std::uint64_t object_bytes(const ObjectHeader& h) {
  return std::uint64_t{h.granules} * kGranule << (h.flags >> kFlagScaleShift);
}
// The word for an object whose header has been filled.
inline Word word_of(const Pin& pin, const ObjectHeader* h) {
  return object_word(static_cast<ObjectKind>(h->kind), pin.offset_of(h),
                     object_bytes(*h) / kGranule, (h->flags & kFlagNoReferences) != 0);
}

// Records: a header, `count` words, then raw bytes. Field access for every kind from kVector on.
inline Word* record_words(ObjectHeader* h) { return reinterpret_cast<Word*>(h + 1); }
inline const Word* record_words(const ObjectHeader* h) {
  return reinterpret_cast<const Word*>(h + 1);
}
inline Word field(const Pin& pin, Word record, std::uint32_t index) {
  return record_words(header_of(pin, record))[index];
}
inline std::byte* record_raw(ObjectHeader* h) {
  return reinterpret_cast<std::byte*>(record_words(h) + h->count);
}
inline const std::byte* record_raw(const ObjectHeader* h) {
  return reinterpret_cast<const std::byte*>(record_words(h) + h->count);
}
// A new record of `words`, raw part of `raw_bytes` zeroed. Its leaf flag is computed from the
// words.
Word make_record(Edit& edit, ObjectKind kind, const Word* words, std::uint32_t count,
                 std::uint64_t raw_bytes = 0);

// ---- numbers ------------------------------------------------------------------------------------

inline constexpr std::int64_t kIntMax = (std::int64_t{1} << 62) - 1;  // of an immediate integer
inline constexpr std::int64_t kIntMin = -(std::int64_t{1} << 62);

constexpr bool fits_word(std::int64_t v) { return v >= kIntMin && v <= kIntMax; }
constexpr Word int_word(std::int64_t v) {
  return {static_cast<std::uint64_t>(v) << 1 | 1};
}  // fits_word(v)
constexpr bool is_small_int(Word w) { return (w.bits & 1) != 0; }
constexpr std::int64_t small_int(Word w) { return static_cast<std::int64_t>(w.bits) >> 1; }

inline bool is_int(Word w) { return is_small_int(w) || is_object(w, ObjectKind::kInt64); }
inline std::uint64_t boxed_bits(const Pin& pin, Word w) {
  return pin.at<NumberObject>(object_offset(w))->bits;
}
inline std::int64_t to_int(const Pin& pin, Word w) {  // of is_int
  return is_small_int(w) ? small_int(w) : static_cast<std::int64_t>(boxed_bits(pin, w));
}
Word box_int(Edit& edit, std::int64_t v);           // from_int is what you want
inline Word from_int(Edit& edit, std::int64_t v) {  // immediate if it fits, else boxed
  return fits_word(v) ? int_word(v) : box_int(edit, v);
}

// A double whose exponent's top bits are 011 or 100 is kept in the word: rotated left by three,
// those bits come to stand lowest and one of them tells the other two, which leaves room for the
// tag (Sasada 2008, Ruby's flonum). +0.0 takes the pattern of the one such double (1.7e-77) that is
// boxed for it; -0.0, denormals, the infinities and NaN are boxed.
inline constexpr Word kZeroDouble{0x8000000000000002};
constexpr bool is_flonum(Word w) { return (w.bits & 3) == 2; }
constexpr double flonum(Word w) {  // of is_flonum
  if (w == kZeroDouble) return 0.0;
  return std::bit_cast<double>(std::rotr((w.bits & ~std::uint64_t{3}) | (2 - (w.bits >> 63)), 3));
}
constexpr bool fits_flonum(double v) {
  const auto bits = std::bit_cast<std::uint64_t>(v);
  const std::uint64_t top = bits >> 60 & 7;
  return bits == 0 || ((top == 3 || top == 4) && bits != 0x3000000000000000);
}
constexpr Word flonum_word(double v) {  // fits_flonum(v)
  const auto bits = std::bit_cast<std::uint64_t>(v);
  return bits == 0 ? kZeroDouble : Word{(std::rotl(bits, 3) & ~std::uint64_t{3}) | 2};
}

constexpr bool is_double(Word w) { return is_flonum(w) || is_object(w, ObjectKind::kDouble); }
inline double to_double(const Pin& pin, Word w) {  // of is_double
  return is_flonum(w) ? flonum(w) : std::bit_cast<double>(boxed_bits(pin, w));
}
Word box_double(Edit& edit, double v);  // from_double is what you want
inline Word from_double(Edit& edit, double v) {
  return fits_flonum(v) ? flonum_word(v) : box_double(edit, v);
}

// ---- strings ------------------------------------------------------------------------------------

inline bool is_string(Word w) { return tag(w) == kTagString || tag(w) == kTagShortString; }
Word from_string(Edit& edit, std::string_view bytes);  // UTF-8; at most 2^32 - 1 bytes

// The bytes of a string. A short string's stand in the word itself: the view object holds a copy of
// the word.
class StringView {
 public:
  StringView(const Pin& pin, Word w) : inline_(tag(w) == kTagShortString) {
    if (inline_) {
      short_ = w.bits;
      size_ = w.bits >> 4 & 7;
    } else {
      const auto* s = pin.at<StringObject>(object_offset(w));
      data_ = reinterpret_cast<const char*>(s + 1);
      size_ = s->header.count;
    }
  }
  [[nodiscard]] std::string_view view() const {
    return inline_ ? std::string_view(reinterpret_cast<const char*>(&short_) + 1, size_)
                   : std::string_view(data_, size_);
  }

 private:
  std::uint64_t short_ = 0;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  bool inline_ = false;
};
inline std::string to_string(const Pin& pin, Word w) {
  return std::string(StringView(pin, w).view());
}

// ---- equality, order ----------------------------------------------------------------------------

// Hash of an immediate: a bijection (one multiply, one xor-shift), so small integers never collide.
constexpr std::uint64_t mix(std::uint64_t bits) {
  const std::uint64_t x = bits * 0x9e3779b97f4a7c15;
  return x ^ x >> 32;
}
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed);

// Consistent with equal(), the same in every process and on every platform that opens the domain,
// and the same before and after publishing: it never looks at where an object stands. Constant time
// for scalars, linear for collections, where what is shared counts once: hash, equal and compare
// remember large collections they went through.
std::uint64_t hash_slow(const Pin& pin, Word w);
inline std::uint64_t hash(const Pin& pin, Word w) {
  return is_small_int(w) ? mix(w.bits) : hash_slow(pin, w);
}
bool equal_slow(const Pin& pin, Word a, Word b);
inline bool equal(const Pin& pin, Word a, Word b) {
  // A NaN is found to be equal to itself where it is the very same word, so that a map can give
  // back what was put under it.
  if (a == b) return true;
  if (!is_reference(a) && !is_reference(b) && !is_immediate(a, Immediate::kEmpty) &&
      !is_immediate(b, Immediate::kEmpty)) {
    return false;
  }
  return equal_slow(pin, a, b);
}
// Negative, zero or positive. Zero does not imply equal(): compare(1, 1.0) is 0, as Clojure's.
int compare(const Pin& pin, Word a, Word b);

// Name of a kind for messages: "integer", "vector", "closure".
std::string_view kind_name(Word w);

}  // namespace yin::substrate
