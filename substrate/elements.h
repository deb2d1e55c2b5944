#pragma once

// Elements: a view of numbers that stand in shared memory side by side or a stride apart: the
// elements of a typed array, a column of structs. Access to single elements, plain and atomic.
//
//   auto e = array.elements(pin);        e.set(3, 40);   e.add(3, 2);   e.get(3) == Scalar(42)
//   e.span<std::int32_t>()               the same memory, for loops of one's own
//   bulk.h                               whole runs at a time
//
// These bytes change in place, and others see it at once: that is no part of a commit, is not taken
// back when one fails, and is done again when a step runs again. A view is valid as long as the pin
// it was got with.
//
// Any number of threads and processes may use one element at once. Elements are aligned to their
// size, so that none is ever torn, whoever writes. get() and set() are relaxed: other elements may
// be seen in another order. The atomic operations (load, store, exchange, compare_exchange, add,
// sub, bit_and, bit_or, bit_xor) are sequentially consistent among themselves, lock-free, and carry
// what their thread wrote before to whoever reads what they wrote. Not for references: a word in
// such a place would be missed by the collector; words that change live in root slots.
//
// What is stored must fit: an integer in range of an integer type (kU8Clamped: any), any number for
// a real type, rounded to nearest. add and sub wrap around (kU8Clamped: stop at 0 and 255; real
// types: IEEE 754); their operand may be any integer. A real number never goes into an integer type
// by itself: bulk.h converts.
//
// Errors, of all that return a Status: kInvalidArgument for an index that is not there, a number
// that does not fit, an operation that the type does not have, a field that may not change so.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/status.h"

namespace yin::substrate {

class Worker;

constexpr std::uint64_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::kI8:
    case ElementType::kU8:
    case ElementType::kU8Clamped:
      return 1;
    case ElementType::kI16:
    case ElementType::kU16:
      return 2;
    case ElementType::kI32:
    case ElementType::kU32:
    case ElementType::kF32:
      return 4;
    default:
      return 8;
  }
}
constexpr bool is_real(ElementType type) {
  return type == ElementType::kF32 || type == ElementType::kF64;
}
constexpr bool is_element_type(ElementType type) {
  return type > ElementType::kWord && type < ElementType::kEnd;
}
std::string_view element_name(ElementType type);  // "i32"

// The element type of a C++ number, kWord if it has none (bool, 64 bits unsigned).
template <class T>
constexpr ElementType element_type_of() {
  if constexpr (std::is_floating_point_v<T>) {
    return sizeof(T) == 4   ? ElementType::kF32
           : sizeof(T) == 8 ? ElementType::kF64
                            : ElementType::kWord;
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    constexpr bool kSigned = std::is_signed_v<T>;
    return sizeof(T) == 1   ? (kSigned ? ElementType::kI8 : ElementType::kU8)
           : sizeof(T) == 2 ? (kSigned ? ElementType::kI16 : ElementType::kU16)
           : sizeof(T) == 4 ? (kSigned ? ElementType::kI32 : ElementType::kU32)
           : kSigned        ? ElementType::kI64
                            : ElementType::kWord;
  } else {
    return ElementType::kWord;
  }
}
template <class T>
concept Element = element_type_of<std::remove_const_t<T>>()
!= ElementType::kWord;

// A number on its way into an element or out of one: an integer of 64 bits or a double.
struct Scalar {
  bool real = false;
  std::int64_t integer = 0;
  double number = 0;

  constexpr Scalar() = default;
  template <std::integral T>
  constexpr Scalar(T v)  // NOLINT(google-explicit-constructor): numbers are written as numbers
      : integer(static_cast<std::int64_t>(v)) {}
  template <std::floating_point T>
  constexpr Scalar(T v)  // NOLINT(google-explicit-constructor): the same
      : real(true), number(static_cast<double>(v)) {}
  [[nodiscard]] constexpr double as_double() const {
    return real ? number : static_cast<double>(integer);
  }
  friend constexpr bool operator==(const Scalar&, const Scalar&) = default;
};
std::optional<Scalar> scalar_of(const Pin& pin, Word w);  // of an integer or a double
Word scalar_word(Edit& edit, Scalar s);

struct Exchanged {
  bool done;     // the element was as expected
  Scalar found;  // what it was
};

enum class WaitOutcome { kChanged, kTimedOut };
inline constexpr std::uint32_t kForever = ~std::uint32_t{0};  // a time-out of never

class Elements {
 public:
  // `data` is aligned to the element's size, `stride_bytes` a multiple of it.
  Elements(std::byte* data, std::uint64_t count, std::uint64_t stride_bytes, ElementType type,
           FieldAccess access)
      : data_(data), count_(count), stride_(stride_bytes), type_(type), access_(access) {}

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t stride_bytes() const { return stride_; }
  [[nodiscard]] ElementType type() const { return type_; }
  [[nodiscard]] FieldAccess access() const { return access_; }
  [[nodiscard]] bool contiguous() const { return stride_ == element_bytes(type_); }
  [[nodiscard]] std::byte* at(std::uint64_t index) const { return data_ + index * stride_; }
  // Elements first .. first + count - 1, as many of them as there are.
  [[nodiscard]] Elements slice(std::uint64_t first, std::uint64_t count) const;

  // The memory itself, for loops of one's own; none if T is not the type, elements are apart, or T
  // is not const and they may not change. A plain access through it races with other writers, as
  // C++ says; the members below never do.
  template <Element T>
  [[nodiscard]] std::optional<std::span<T>> span() const {
    constexpr ElementType kType = element_type_of<std::remove_const_t<T>>();
    const bool same =
        type_ == kType || (kType == ElementType::kU8 && type_ == ElementType::kU8Clamped);
    const bool writable = std::is_const_v<T> || access_ != FieldAccess::kImmutable;
    if (!same || !contiguous() || !writable) return std::nullopt;
    return std::span<T>(reinterpret_cast<T*>(data_), static_cast<std::size_t>(count_));
  }

  [[nodiscard]] std::optional<Scalar> get(std::uint64_t index) const;  // none: no such element
  Status set(std::uint64_t index, Scalar value) const;

  // Atomic. Those that change give back what was there before. On real types load, store, exchange
  // and compare_exchange work on the bits (so 0.0 is not -0.0, and a NaN may be expected), add and
  // sub by trying until nobody came between; they have no bit operations.
  [[nodiscard]] StatusOr<Scalar> load(std::uint64_t index) const;
  Status store(std::uint64_t index, Scalar value) const;
  StatusOr<Scalar> exchange(std::uint64_t index, Scalar value) const;
  StatusOr<Exchanged> compare_exchange(std::uint64_t index, Scalar expected, Scalar value) const;
  StatusOr<Scalar> add(std::uint64_t index, Scalar operand) const;
  StatusOr<Scalar> sub(std::uint64_t index, Scalar operand) const;
  StatusOr<Scalar> bit_and(std::uint64_t index, Scalar operand) const;
  StatusOr<Scalar> bit_or(std::uint64_t index, Scalar operand) const;
  StatusOr<Scalar> bit_xor(std::uint64_t index, Scalar operand) const;

  // Waits, in this process or another, until a 32- or 64-bit integer element is not `expected`. The
  // caller holds no pin of `worker` (it would keep memory from everyone) and knows that a root
  // keeps the elements alive. Whoever changes the element calls notify; a change without is seen
  // within kSliceMs, and so is the change of a 64-bit element's upper half alone if it comes just
  // as the wait begins: the sleep is on the low half.
  StatusOr<WaitOutcome> wait(Worker& worker, std::uint64_t index, Scalar expected,
                             std::uint32_t timeout_ms = kForever) const;
  Status notify_one(std::uint64_t index) const;
  Status notify_all(std::uint64_t index) const;

 private:
  // Why an access may not be. Making a Status costs more than the access: ask first.
  [[nodiscard]] Status check_index(std::uint64_t index) const;
  [[nodiscard]] Status check_atomic(std::uint64_t index) const;
  [[nodiscard]] bool is_atomic(std::uint64_t index) const {
    return index < count_ && access_ == FieldAccess::kAtomic;
  }
  [[nodiscard]] Status check_wait(std::uint64_t index) const;
  template <class Op>
  StatusOr<Scalar> update(std::uint64_t index, Scalar operand, Op op) const;
  template <class Op>
  StatusOr<Scalar> update_bits(std::uint64_t index, Scalar operand, Op op) const;

  std::byte* data_;
  std::uint64_t count_;
  std::uint64_t stride_;
  ElementType type_;
  FieldAccess access_;
};

// Why a bulk operation may not write these; ok if it may.
Status check_writable(const Elements& elements);

}  // namespace yin::substrate
