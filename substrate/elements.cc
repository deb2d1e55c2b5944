#include "substrate/elements.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "substrate/check.h"
#include "substrate/clock.h"
#include "substrate/internal/element.h"
#include "substrate/park.h"
#include "substrate/value.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

template <class T>
Scalar scalar_from_bits(BitsOf<T> bits) {
  return std::bit_cast<T>(bits);
}

Status has_no(ElementType type, std::string_view what) {
  return invalid_argument("elements of type " + std::string(element_name(type)) + " have no " +
                          std::string(what));
}

}  // namespace

std::string_view element_name(ElementType type) {
  switch (type) {
    case ElementType::kI8:
      return "i8";
    case ElementType::kU8:
      return "u8";
    case ElementType::kI16:
      return "i16";
    case ElementType::kU16:
      return "u16";
    case ElementType::kI32:
      return "i32";
    case ElementType::kU32:
      return "u32";
    case ElementType::kI64:
      return "i64";
    case ElementType::kF32:
      return "f32";
    case ElementType::kF64:
      return "f64";
    case ElementType::kU8Clamped:
      return "u8c";
    default:
      return "word";
  }
}

std::optional<Scalar> scalar_of(const Pin& pin, Word w) {
  if (is_int(w)) return Scalar(to_int(pin, w));
  if (is_double(w)) return Scalar(to_double(pin, w));
  return std::nullopt;
}
Word scalar_word(Edit& edit, Scalar s) {
  return s.real ? from_double(edit, s.number) : from_int(edit, s.integer);
}

Status does_not_fit(ElementType type, Scalar s) {
  return invalid_argument((s.real ? std::to_string(s.number) : std::to_string(s.integer)) +
                          " does not fit an element of type " + std::string(element_name(type)));
}

Status check_writable(const Elements& elements) {
  if (elements.access() != FieldAccess::kImmutable) return {};
  return invalid_argument("the field may not change: declare it mutable or atomic");
}

Elements Elements::slice(std::uint64_t first, std::uint64_t count) const {
  first = std::min(first, count_);
  return {at(first), std::min(count, count_ - first), stride_, type_, access_};
}

Status Elements::check_index(std::uint64_t index) const {
  if (index < count_) return {};
  return invalid_argument("there is no element " + std::to_string(index) + " among " +
                          std::to_string(count_));
}

Status Elements::check_atomic(std::uint64_t index) const {
  if (access_ == FieldAccess::kAtomic) return check_index(index);
  return invalid_argument("the field may not be changed atomically: declare it atomic");
}

std::optional<Scalar> Elements::get(std::uint64_t index) const {
  if (index >= count_) return std::nullopt;
  return with_element(type_, [&]<class T>(std::type_identity<T>) {
    // Relaxed: orders nothing, as the header says.
    return std::optional<Scalar>(scalar_from_bits<T>(shared_element<T>(at(index)).load_relaxed()));
  });
}

Status Elements::set(std::uint64_t index, Scalar value) const {
  if (access_ == FieldAccess::kImmutable) [[unlikely]]
    return check_writable(*this);
  if (index >= count_) [[unlikely]]
    return check_index(index);
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> Status {
    const std::optional<T> fits = fit_element<T>(type_, value);
    if (!fits) [[unlikely]]
      return does_not_fit(type_, value);
    // Relaxed: orders nothing, as the header says.
    shared_element<T>(at(index)).store_relaxed(std::bit_cast<BitsOf<T>>(*fits));
    return {};
  });
}

StatusOr<Scalar> Elements::load(std::uint64_t index) const {
  if (index >= count_) [[unlikely]]
    return check_index(index);
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> StatusOr<Scalar> {
    // edge: element
    return scalar_from_bits<T>(shared_element<T>(at(index)).load_seq());
  });
}

Status Elements::store(std::uint64_t index, Scalar value) const {
  if (!is_atomic(index)) [[unlikely]]
    return check_atomic(index);
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> Status {
    const std::optional<T> fits = fit_element<T>(type_, value);
    if (!fits) [[unlikely]]
      return does_not_fit(type_, value);
    // edge: element
    shared_element<T>(at(index)).store_seq(std::bit_cast<BitsOf<T>>(*fits));
    return {};
  });
}

StatusOr<Scalar> Elements::exchange(std::uint64_t index, Scalar value) const {
  if (!is_atomic(index)) [[unlikely]]
    return check_atomic(index);
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> StatusOr<Scalar> {
    const std::optional<T> fits = fit_element<T>(type_, value);
    if (!fits) [[unlikely]]
      return does_not_fit(type_, value);
    // edge: element
    return scalar_from_bits<T>(
        shared_element<T>(at(index)).exchange_seq(std::bit_cast<BitsOf<T>>(*fits)));
  });
}

StatusOr<Exchanged> Elements::compare_exchange(std::uint64_t index, Scalar expected,
                                               Scalar value) const {
  if (!is_atomic(index)) [[unlikely]]
    return check_atomic(index);
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> StatusOr<Exchanged> {
    const std::optional<T> from = fit_element<T>(type_, expected);
    const std::optional<T> to = fit_element<T>(type_, value);
    if (!from || !to) return does_not_fit(type_, from ? value : expected);
    auto found = std::bit_cast<BitsOf<T>>(*from);
    // edge: element
    const bool done = shared_element<T>(at(index)).cas_seq(found, std::bit_cast<BitsOf<T>>(*to));
    return Exchanged{done, scalar_from_bits<T>(found)};
  });
}

// `op(shared, bits)` is one instruction on an integer element. Where there is none, `op` is tried on
// numbers until nobody came between: lock-free, since whoever did got on; ABA does no harm, the
// new value follows from the bits that are compared.
template <class Op>
StatusOr<Scalar> Elements::update(std::uint64_t index, Scalar operand, Op op) const {
  if (!is_atomic(index)) [[unlikely]]
    return check_atomic(index);
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> StatusOr<Scalar> {
    Shared<BitsOf<T>>& element = shared_element<T>(at(index));
    if constexpr (std::is_floating_point_v<T>) {
      const T by = *fit_element<T>(type_, operand);
      BitsOf<T> seen = element.load_relaxed();  // the CAS decides
      // edge: element
      while (!element.cas_seq(
          seen, std::bit_cast<BitsOf<T>>(static_cast<T>(op.number(std::bit_cast<T>(seen), by))))) {
      }
      return scalar_from_bits<T>(seen);
    } else {
      if (operand.real) [[unlikely]]
        return does_not_fit(type_, operand);
      if (type_ != ElementType::kU8Clamped)
        return scalar_from_bits<T>(op.bits(element, static_cast<BitsOf<T>>(operand.integer)));
      const std::int64_t by = std::clamp<std::int64_t>(operand.integer, -255, 255);
      BitsOf<T> seen = element.load_relaxed();  // the CAS decides
      // edge: element
      while (!element.cas_seq(seen, clamp_to_u8(op.number(static_cast<std::int64_t>(seen), by)))) {
      }
      return scalar_from_bits<T>(seen);
    }
  });
}

template <class Op>
StatusOr<Scalar> Elements::update_bits(std::uint64_t index, Scalar operand, Op op) const {
  if (!is_atomic(index)) [[unlikely]]
    return check_atomic(index);
  if (is_real(type_)) return has_no(type_, "bit operations");
  return with_element(type_, [&]<class T>(std::type_identity<T>) -> StatusOr<Scalar> {
    if (operand.real) return does_not_fit(type_, operand);
    return scalar_from_bits<T>(
        op(shared_element<T>(at(index)), static_cast<BitsOf<T>>(operand.integer)));
  });
}

namespace {

struct Add {
  template <class S, class B>
  static B bits(S& element, B by) {
    // edge: element
    return element.add_seq(by);
  }
  template <class N>
  static N number(N x, N by) {
    return x + by;
  }
};
struct Sub {
  template <class S, class B>
  static B bits(S& element, B by) {
    // edge: element
    return element.add_seq(static_cast<B>(B{0} - by));
  }
  template <class N>
  static N number(N x, N by) {
    return x - by;
  }
};

}  // namespace

StatusOr<Scalar> Elements::add(std::uint64_t index, Scalar operand) const {
  return update(index, operand, Add{});
}
StatusOr<Scalar> Elements::sub(std::uint64_t index, Scalar operand) const {
  return update(index, operand, Sub{});
}
StatusOr<Scalar> Elements::bit_and(std::uint64_t index, Scalar operand) const {
  return update_bits(index, operand, [](auto& element, auto by) {
    // edge: element
    return element.and_seq(by);
  });
}
StatusOr<Scalar> Elements::bit_or(std::uint64_t index, Scalar operand) const {
  return update_bits(index, operand, [](auto& element, auto by) {
    // edge: element
    return element.or_seq(by);
  });
}
StatusOr<Scalar> Elements::bit_xor(std::uint64_t index, Scalar operand) const {
  return update_bits(index, operand, [](auto& element, auto by) {
    // edge: element
    return element.xor_seq(by);
  });
}

// ---- waiting ------------------------------------------------------------------------------------

Status Elements::check_wait(std::uint64_t index) const {
  if (is_real(type_) || element_bytes(type_) < sizeof(SharedHalf))
    return has_no(type_, "waiting: it takes an integer of 32 or 64 bits");
  return check_index(index);
}

StatusOr<WaitOutcome> Elements::wait(Worker& worker, std::uint64_t index, Scalar expected,
                                     std::uint32_t timeout_ms) const {
  Status allowed = check_wait(index);
  if (!allowed.ok()) return allowed;
  check((worker.slot().pin.load_relaxed() & kPinOn) == 0, "a wait under a pin");  // our own word
  const std::uint64_t began = monotonic_ns();
  const auto& low = *reinterpret_cast<const SharedHalf*>(at(index));  // little-endian
  for (;;) {
    {
      const Pin pin(worker);
      if (*load(index) != expected) return WaitOutcome::kChanged;
    }
    std::uint64_t left_ms = kSliceMs;
    if (timeout_ms != kForever) {
      const std::uint64_t waited_ms = (monotonic_ns() - began) / 1'000'000;
      if (waited_ms >= timeout_ms) return WaitOutcome::kTimedOut;
      left_ms = std::min<std::uint64_t>(left_ms, timeout_ms - waited_ms);
    }
    park_on(low, static_cast<std::uint32_t>(expected.integer), static_cast<std::uint32_t>(left_ms));
  }
}

Status Elements::notify_one(std::uint64_t index) const {
  Status allowed = check_wait(index);
  if (allowed.ok()) wake_one(*reinterpret_cast<const SharedHalf*>(at(index)));
  return allowed;
}
Status Elements::notify_all(std::uint64_t index) const {
  Status allowed = check_wait(index);
  if (allowed.ok()) wake_all(*reinterpret_cast<const SharedHalf*>(at(index)));
  return allowed;
}

}  // namespace yin::substrate
