#pragma once

// Element: one number of a typed array as C++ sees it: its type, its loads and stores, what fits
// it. Shared by elements.cc and bulk.cc.
//
// Bulk operations read and write elements that others may write at the same time. The language has
// a word for that, a relaxed atomic access, and compilers refuse to vectorise it. So load_plain()
// and store_plain() are atomic where the thread sanitizer looks, which so proves that nothing else
// races, and plain moves of aligned elements otherwise: those the machines we build for never tear.
// Code that uses them must be sound whatever it reads, twice too: no index may come of an element.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "substrate/elements.h"
#include "substrate/shared_word.h"

namespace yin::substrate {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kRacesAreChecked = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kRacesAreChecked = true;
#else
inline constexpr bool kRacesAreChecked = false;
#endif
#else
inline constexpr bool kRacesAreChecked = false;
#endif

// Calls f(std::type_identity<T>{}) with the C++ type of an element. kU8Clamped is std::uint8_t too.
template <class F>
decltype(auto) with_element(ElementType type, F&& f) {
  switch (type) {
    case ElementType::kI8:
      return f(std::type_identity<std::int8_t>{});
    case ElementType::kI16:
      return f(std::type_identity<std::int16_t>{});
    case ElementType::kU16:
      return f(std::type_identity<std::uint16_t>{});
    case ElementType::kI32:
      return f(std::type_identity<std::int32_t>{});
    case ElementType::kU32:
      return f(std::type_identity<std::uint32_t>{});
    case ElementType::kI64:
      return f(std::type_identity<std::int64_t>{});
    case ElementType::kF32:
      return f(std::type_identity<float>{});
    case ElementType::kF64:
      return f(std::type_identity<double>{});
    default:
      return f(std::type_identity<std::uint8_t>{});
  }
}

// The unsigned integer of an element's width.
template <class T>
using BitsOf = std::conditional_t<
    sizeof(T) == 1, std::uint8_t,
    std::conditional_t<sizeof(T) == 2, std::uint16_t,
                       std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;

template <class T>
Shared<BitsOf<T>>& shared_element(std::byte* at) {
  return *reinterpret_cast<Shared<BitsOf<T>>*>(at);
}
template <class T>
const Shared<BitsOf<T>>& shared_element(const std::byte* at) {
  return *reinterpret_cast<const Shared<BitsOf<T>>*>(at);
}

template <class T>
T load_plain(const std::byte* at) {
  if constexpr (kRacesAreChecked) {
    return std::bit_cast<T>(shared_element<T>(at).load_relaxed());
  } else {
    T v;
    std::memcpy(&v, at, sizeof v);
    return v;
  }
}
template <class T>
void store_plain(std::byte* at, T v) {
  if constexpr (kRacesAreChecked) {
    shared_element<T>(at).store_relaxed(std::bit_cast<BitsOf<T>>(v));
  } else {
    std::memcpy(at, &v, sizeof v);
  }
}

// The number as an element of `type`, whose C++ type is T; none if it does not fit.
template <class T>
std::optional<T> fit_element(ElementType type, Scalar s) {
  if constexpr (std::is_floating_point_v<T>) {
    return s.real ? static_cast<T>(s.number) : static_cast<T>(s.integer);
  } else {
    if (type == ElementType::kU8Clamped) {
      // Halves go to the even neighbour, NaN to 0, as ECMAScript's ToUint8Clamp.
      const double n = s.real ? std::nearbyint(s.number) : 0;
      if (s.real) return static_cast<T>(n > 0 ? n < 255 ? n : 255 : 0);
      return static_cast<T>(s.integer < 0 ? 0 : s.integer > 255 ? 255 : s.integer);
    }
    if (s.real || s.integer < std::int64_t{std::numeric_limits<T>::min()} ||
        s.integer > std::int64_t{std::numeric_limits<T>::max()}) {
      return std::nullopt;
    }
    return static_cast<T>(s.integer);
  }
}

inline std::uint8_t clamp_to_u8(std::int64_t v) {
  return static_cast<std::uint8_t>(v < 0 ? 0 : v > 255 ? 255 : v);
}

Status does_not_fit(ElementType type, Scalar s);

}  // namespace yin::substrate
