// Bulk operations (bulk.h). All go through elements in pieces: where elements stand side by side a
// piece is the memory itself, where they stand apart, or are one number, a copy of up to kPiece of
// them. So the inner loops know plain runs only.
//
// Real sums, minima and arithmetic are written in packs of 32 bytes (the compilers' vector types,
// split where the machine's are narrower), since a compiler may not reorder real additions; what
// compilers vectorise by themselves is a plain loop.

#include "substrate/bulk.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "substrate/internal/element.h"

namespace yin::substrate {

namespace {

// ---- packs --------------------------------------------------------------------------------------

constexpr std::size_t kPackBytes = 32;

template <class T>
struct PackOf {
  typedef T Type __attribute__((vector_size(kPackBytes)));  // NOLINT(modernize-use-using): GCC
};
template <class T>
using Pack = typename PackOf<T>::Type;
template <class T>
inline constexpr std::size_t kLanes = kPackBytes / sizeof(T);

template <class T>
Pack<T> all_lanes(T v) {
  return v - Pack<T>{};
}

template <class T>
Pack<T> load_pack(const std::byte* at) {
  Pack<T> p;
  if constexpr (kRacesAreChecked) {
    for (std::size_t l = 0; l < kLanes<T>; ++l) p[l] = load_plain<T>(at + l * sizeof(T));
  } else {
    std::memcpy(&p, at, sizeof p);
  }
  return p;
}
template <class T>
void store_pack(std::byte* at, Pack<T> p) {
  if constexpr (kRacesAreChecked) {
    for (std::size_t l = 0; l < kLanes<T>; ++l) store_plain<T>(at + l * sizeof(T), p[l]);
  } else {
    std::memcpy(at, &p, sizeof p);
  }
}
// The last, incomplete pack of a piece.
template <class T>
Pack<T> load_some(const std::byte* at, std::size_t count, T filler) {
  Pack<T> p = all_lanes(filler);
  for (std::size_t l = 0; l < count; ++l) p[l] = load_plain<T>(at + l * sizeof(T));
  return p;
}
template <class T>
void store_some(std::byte* at, std::size_t count, Pack<T> p) {
  for (std::size_t l = 0; l < count; ++l) store_plain<T>(at + l * sizeof(T), p[l]);
}

template <class Mask>
bool any_lane(Mask mask) {
  const auto q = std::bit_cast<std::array<std::uint64_t, kPackBytes / 8>>(mask);
  return (q[0] | q[1] | q[2] | q[3]) != 0;
}

// ---- pieces -------------------------------------------------------------------------------------

constexpr std::size_t kPiece = 512;

template <class F>
void for_pieces(std::uint64_t count, F&& f) {
  for (std::uint64_t first = 0; first < count; first += kPiece)
    f(first, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, count - first)));
}

template <class T>
class Source {
 public:
  explicit Source(const Elements& e) : data_(e.data()), stride_(e.stride_bytes()) {}
  Source(const Operand& o, ElementType type) {
    if (const auto* e = std::get_if<Elements>(&o)) {
      data_ = e->data();
      stride_ = e->stride_bytes();
    } else {
      std::fill_n(buffer_, kPiece, *fit_element<T>(type, std::get<Scalar>(o)));
    }
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::byte* piece(std::uint64_t first, std::size_t count) {
    if (stride_ == sizeof(T)) return data_ + first * sizeof(T);
    if (stride_ != 0) gather(first, count, buffer_);
    return reinterpret_cast<const std::byte*>(buffer_);
  }
  void gather(std::uint64_t first, std::size_t count, T* into) const {
    for (std::size_t i = 0; i < count; ++i) into[i] = load_plain<T>(data_ + (first + i) * stride_);
  }

 private:
  const std::byte* data_ = nullptr;
  std::uint64_t stride_ = 0;  // of one number for all: the buffer is full of it
  alignas(kPackBytes) T buffer_[kPiece];
};

template <class T>
class Target {
 public:
  explicit Target(const Elements& e) : data_(e.data()), stride_(e.stride_bytes()) {}
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  std::byte* piece(std::uint64_t first) {
    return stride_ == sizeof(T) ? data_ + first * sizeof(T) : reinterpret_cast<std::byte*>(buffer_);
  }
  void written(std::uint64_t first, std::size_t count) {
    if (stride_ != sizeof(T)) scatter(first, count, buffer_);
  }
  void scatter(std::uint64_t first, std::size_t count, const T* from) {
    for (std::size_t i = 0; i < count; ++i) store_plain<T>(data_ + (first + i) * stride_, from[i]);
  }

 private:
  std::byte* data_;
  std::uint64_t stride_;
  alignas(kPackBytes) T buffer_[kPiece];
};

// ---- what may be given --------------------------------------------------------------------------

std::uint64_t reach(const Elements& e) {
  return e.count() == 0 ? 0 : (e.count() - 1) * e.stride_bytes() + element_bytes(e.type());
}

// Do they share bytes, other than by being the same elements?
bool clash(const Elements& a, const Elements& b) {
  const Elements& low = std::less<>()(b.data(), a.data()) ? b : a;
  const Elements& high = &low == &a ? b : a;
  const auto distance = static_cast<std::uint64_t>(high.data() - low.data());
  if (distance >= reach(low) || high.count() == 0) return false;
  const std::uint64_t low_bytes = element_bytes(low.type());
  const std::uint64_t high_bytes = element_bytes(high.type());
  if (low.stride_bytes() != high.stride_bytes()) return true;
  if (distance == 0) return low_bytes != high_bytes;
  const std::uint64_t beside = distance % low.stride_bytes();  // columns of the same rows?
  return beside < low_bytes || beside + high_bytes > low.stride_bytes();
}

Status check_operand(const Elements& to, const Operand& o, ElementType type) {
  if (const auto* s = std::get_if<Scalar>(&o)) {
    const bool fits = with_element(
        type, [&]<class T>(std::type_identity<T>) { return fit_element<T>(type, *s).has_value(); });
    return fits ? Status() : does_not_fit(type, *s);
  }
  const Elements& e = std::get<Elements>(o);
  if (e.type() != type) {
    return invalid_argument("elements of type " + std::string(element_name(e.type())) +
                            " where type " + std::string(element_name(type)) +
                            " is meant; convert them");
  }
  if (e.count() < to.count()) {
    return invalid_argument(std::to_string(e.count()) + " elements for a target of " +
                            std::to_string(to.count()));
  }
  if (clash(to, e)) return invalid_argument("the target overlaps a source without being it");
  return {};
}

Status check_operands(const Elements& to, const Operand& a, const Operand& b, ElementType type) {
  Status fine = check_writable(to);
  if (fine.ok()) fine = check_operand(to, a, type);
  if (fine.ok()) fine = check_operand(to, b, type);
  return fine;
}

ElementType type_of(const Operand& o, ElementType otherwise) {
  const auto* e = std::get_if<Elements>(&o);
  return e == nullptr ? otherwise : e->type();
}

// ---- arithmetic ---------------------------------------------------------------------------------

template <class T>
T divide(T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    return x / y;
  } else {
    if (y == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (y == -1) return static_cast<T>(BitsOf<T>{0} - static_cast<BitsOf<T>>(x));
    }
    return static_cast<T>(x / y);
  }
}

// Integers wrap around: as unsigned ones.
template <class T, class Op>
Pack<T> wrapping(Pack<T> x, Pack<T> y, Op op) {
  if constexpr (std::is_floating_point_v<T>) {
    return op(x, y);
  } else {
    using U = Pack<BitsOf<T>>;
    return std::bit_cast<Pack<T>>(U(op(std::bit_cast<U>(x), std::bit_cast<U>(y))));
  }
}

struct Add {
  template <class T>
  static Pack<T> run(Pack<T> x, Pack<T> y) {
    return wrapping<T>(x, y, [](auto a, auto b) { return a + b; });
  }
};
struct Sub {
  template <class T>
  static Pack<T> run(Pack<T> x, Pack<T> y) {
    return wrapping<T>(x, y, [](auto a, auto b) { return a - b; });
  }
};
struct Mul {
  template <class T>
  static Pack<T> run(Pack<T> x, Pack<T> y) {
    return wrapping<T>(x, y, [](auto a, auto b) { return a * b; });
  }
};
struct Div {
  template <class T>
  static Pack<T> run(Pack<T> x, Pack<T> y) {
    if constexpr (std::is_floating_point_v<T>) {
      return x / y;
    } else {
      Pack<T> z;
      for (std::size_t l = 0; l < kLanes<T>; ++l) z[l] = divide<T>(x[l], y[l]);
      return z;
    }
  }
};
// Of x and y the lesser, or whichever is NaN.
struct Min {
  template <class T>
  static Pack<T> run(Pack<T> x, Pack<T> y) {
    if constexpr (std::is_floating_point_v<T>) {
      return ((x < y) | (x != x)) ? x : y;
    } else {
      return x < y ? x : y;
    }
  }
};
struct Max {
  template <class T>
  static Pack<T> run(Pack<T> x, Pack<T> y) {
    if constexpr (std::is_floating_point_v<T>) {
      return ((x > y) | (x != x)) ? x : y;
    } else {
      return x > y ? x : y;
    }
  }
};
template <class Bound>
struct Clamp {
  Pack<Bound> low, high;
  template <class T>
  Pack<T> run(Pack<T> x, Pack<T>) const {
    const Pack<T> raised = x < low ? low : x;
    return raised > high ? high : raised;
  }
};

template <class T, class Op>
void apply(std::byte* to, const std::byte* a, const std::byte* b, std::size_t count, Op op) {
  std::size_t i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) {
    const std::size_t at = i * sizeof(T);
    store_pack<T>(to + at, op.template run<T>(load_pack<T>(a + at), load_pack<T>(b + at)));
  }
  if (i == count) return;
  const std::size_t at = i * sizeof(T);
  const std::size_t left = count - i;
  store_some<T>(to + at, left,
                op.template run<T>(load_some<T>(a + at, left, 0), load_some<T>(b + at, left, 0)));
}

template <class T, class Loop>
void for_both(const Elements& to, const Operand& a, const Operand& b, ElementType type, Loop loop) {
  Source<T> x(a, type);
  Source<T> y(b, type);
  Target<T> z(to);
  for_pieces(to.count(), [&](std::uint64_t first, std::size_t n) {
    loop(z.piece(first), x.piece(first, n), y.piece(first, n), n);
    z.written(first, n);
  });
}

template <class Op>
void transform_all(const Elements& to, const Operand& a, const Operand& b, Op op) {
  with_element(to.type(), [&]<class T>(std::type_identity<T>) {
    for_both<T>(to, a, b, to.type(),
                [op](std::byte* z, const std::byte* x, const std::byte* y, std::size_t n) {
                  apply<T>(z, x, y, n, op);
                });
  });
}

// kU8Clamped: the exact result, then the nearest of 0..255.
template <class Op>
void transform_clamped(const Elements& to, const Operand& a, const Operand& b, Op op) {
  for_both<std::uint8_t>(to, a, b, to.type(),
                         [op](std::byte* z, const std::byte* x, const std::byte* y, std::size_t n) {
                           for (std::size_t i = 0; i < n; ++i) {
                             const std::int32_t p = load_plain<std::uint8_t>(x + i);
                             const std::int32_t q = load_plain<std::uint8_t>(y + i);
                             store_plain<std::uint8_t>(z + i, clamp_to_u8(op(p, q)));
                           }
                         });
}

// ---- reductions ---------------------------------------------------------------------------------

// Elements widened to double, four at a time.
template <class T>
Pack<double> widen(const std::byte* at) {
  if constexpr (std::is_same_v<T, double>) {
    return load_pack<double>(at);
  } else if constexpr (kRacesAreChecked) {
    Pack<double> p;
    for (std::size_t l = 0; l < kLanes<double>; ++l) p[l] = load_plain<T>(at + l * sizeof(T));
    return p;
  } else {
    typedef T Half __attribute__((vector_size(kPackBytes / 2)));  // NOLINT(modernize-use-using)
    Half p;
    std::memcpy(&p, at, sizeof p);
    return __builtin_convertvector(p, Pack<double>);
  }
}

// 16 partial sums: so that the order of additions is the same on every machine.
class PartialSums {
 public:
  // Adds `of(i)` for packs of four at a time, then `one(i)` for what is left. All calls but the last
  // add a multiple of 16.
  template <class Of, class One>
  void add(std::size_t count, Of of, One one) {
    std::size_t i = 0;
    for (; i + 4 * kLanes<double> <= count; i += 4 * kLanes<double>) {
      for (std::size_t j = 0; j < 4; ++j) sums_[j] += of(i + j * kLanes<double>);
    }
    for (std::size_t j = 0; i < count; ++i, ++j) sums_[j / 4][j % 4] += one(i);
  }
  [[nodiscard]] double result() const {
    const Pack<double> s = (sums_[0] + sums_[1]) + (sums_[2] + sums_[3]);
    return (s[0] + s[1]) + (s[2] + s[3]);
  }

 private:
  Pack<double> sums_[4] = {};
};
static_assert(kPiece % 16 == 0);

template <class T>
std::uint64_t extend(T v) {
  return static_cast<std::uint64_t>(std::int64_t{v});
}

// The least (greatest) element, and whether there was a NaN.
template <class T, class Op>
class Extreme {
 public:
  explicit Extreme(T first) {
    for (auto& best : best_) best = all_lanes(first);
  }
  void add(const std::byte* at, std::size_t count) {
    constexpr std::size_t kStep = 4 * kLanes<T>;
    std::size_t i = 0;
    for (; i + kStep <= count; i += kStep) {
      for (std::size_t j = 0; j < 4; ++j) meet(j, load_pack<T>(at + (i + j * kLanes<T>)*sizeof(T)));
    }
    for (; i < count; i += kLanes<T>) {
      meet(0, load_some<T>(at + i * sizeof(T), std::min(kLanes<T>, count - i), best_[0][0]));
    }
  }
  [[nodiscard]] T result() const {
    if (any_lane(nan_)) return std::numeric_limits<T>::quiet_NaN();
    const Pack<T> best = Op::template run<T>(Op::template run<T>(best_[0], best_[1]),
                                             Op::template run<T>(best_[2], best_[3]));
    T result = best[0];
    for (std::size_t l = 1; l < kLanes<T>; ++l)
      result = Op::template run<T>(all_lanes<T>(best[l]), all_lanes(result))[0];
    return result;
  }

 private:
  void meet(std::size_t j, Pack<T> p) {
    if constexpr (std::is_floating_point_v<T>) nan_ |= p != p;
    best_[j] =
        std::is_same_v<Op, Min> ? (p < best_[j] ? p : best_[j]) : (p > best_[j] ? p : best_[j]);
  }
  Pack<T> best_[4];
  decltype(Pack<T>{} != Pack<T>{}) nan_ = {};
};

template <class T, class Op>
T extreme_of(const Elements& e) {
  Source<T> source(e);
  Extreme<T, Op> extreme(load_plain<T>(e.data()));
  for_pieces(e.count(),
             [&](std::uint64_t first, std::size_t n) { extreme.add(source.piece(first, n), n); });
  return extreme.result();
}

template <class Op>
std::optional<Scalar> extreme(const Elements& e) {
  if (e.count() == 0) return std::nullopt;
  return with_element(e.type(), [&]<class T>(std::type_identity<T>) {
    return std::optional<Scalar>(extreme_of<T, Op>(e));
  });
}

// The first element that is `value`; of a NaN, the first NaN.
template <class T>
std::optional<std::uint64_t> first_that_is(const Elements& e, T value) {
  const bool nan = value != value;
  const auto is = [nan](auto x, auto v) { return nan ? x != x : x == v; };
  Source<T> source(e);
  for (std::uint64_t first = 0; first < e.count(); first += kPiece) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, e.count() - first));
    const std::byte* at = source.piece(first, n);
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
      const std::size_t here = std::min(kLanes<T>, n - i);
      const Pack<T> p = here == kLanes<T> ? load_pack<T>(at + i * sizeof(T))
                                          : load_some<T>(at + i * sizeof(T), here, T{});
      if (!any_lane(is(p, all_lanes(value)))) continue;
      for (std::size_t l = 0; l < here; ++l) {
        if (nan ? p[l] != p[l] : p[l] == value) return first + i + l;
      }
    }
  }
  return std::nullopt;
}

// Two looks at every element. What others write meanwhile may hide the extreme from the second one:
// then it is element 0, of which nothing else is known either.
template <class Op>
std::optional<std::uint64_t> argument_of(const Elements& e) {
  if (e.count() == 0) return std::nullopt;
  return with_element(e.type(), [&]<class T>(std::type_identity<T>) {
    return std::optional(first_that_is<T>(e, extreme_of<T, Op>(e)).value_or(0));
  });
}

// ---- conversion ---------------------------------------------------------------------------------

template <class To, class From>
To convert_one(From v) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // The bounds as From has them: the upper one may be rounded up, the lower one is exact.
    constexpr auto kTop = static_cast<From>(std::numeric_limits<To>::max());
    constexpr auto kBottom = static_cast<From>(std::numeric_limits<To>::min());
    if (v >= kTop) return std::numeric_limits<To>::max();
    if (v <= kBottom) return std::numeric_limits<To>::min();
    return v == v ? static_cast<To>(v) : To{0};
  } else {
    return static_cast<To>(v);
  }
}

template <class To, class From, class One>
void convert_all(const Elements& to, const Elements& from, std::uint64_t count, One one) {
  Source<From> source(from);
  Target<To> target(to);
  for_pieces(count, [&](std::uint64_t first, std::size_t n) {
    const std::byte* x = source.piece(first, n);
    std::byte* z = target.piece(first);
    for (std::size_t i = 0; i < n; ++i)
      store_plain<To>(z + i * sizeof(To), one(load_plain<From>(x + i * sizeof(From))));
    target.written(first, n);
  });
}

// ---- sorting ------------------------------------------------------------------------------------

// Elements as unsigned integers in the same order: signs turned over; negative real numbers as a
// whole; NaN without its sign.
template <class T>
BitsOf<T> sort_key(T v) {
  using Bits = BitsOf<T>;
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(T) - 1));
  auto bits = std::bit_cast<Bits>(v);
  if constexpr (std::is_floating_point_v<T>) {
    if (v != v) bits = static_cast<Bits>(bits & ~kSign);
    return static_cast<Bits>((bits & kSign) != 0 ? ~bits : bits | kSign);
  } else {
    return std::is_signed_v<T> ? static_cast<Bits>(bits ^ kSign) : bits;
  }
}
template <class T>
T sort_value(BitsOf<T> key) {
  using Bits = BitsOf<T>;
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(T) - 1));
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<T>(static_cast<Bits>((key & kSign) != 0 ? key ^ kSign : ~key));
  } else {
    return std::bit_cast<T>(std::is_signed_v<T> ? static_cast<Bits>(key ^ kSign) : key);
  }
}

// Least significant digit first, eight bits at a time; digits that are all the same are passed by.
// Returns the buffer that has the result. (Knuth, The Art of Computer Programming 3, 5.2.5.)
template <class Item>
Item* radix_sort(Item* items, Item* spare, std::size_t count) {
  constexpr std::size_t kDigits = sizeof(items->key);
  const auto digit = [](const Item& item, std::size_t d) {
    return static_cast<std::size_t>(item.key >> 8 * d & 0xff);
  };
  std::array<std::array<std::size_t, 256>, kDigits> ends = {};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < kDigits; ++d) ++ends[d][digit(items[i], d)];
  }
  for (std::size_t d = 0; d < kDigits; ++d) {
    auto& place = ends[d];
    if (place[digit(items[0], d)] == count) continue;
    std::size_t before = 0;
    for (std::size_t& p : place) before += std::exchange(p, before);
    for (std::size_t i = 0; i < count; ++i) spare[place[digit(items[i], d)]++] = items[i];
    std::swap(items, spare);
  }
  return items;
}

template <class T>
struct Key {
  BitsOf<T> key;
};
template <class T>
struct NumberedKey {
  BitsOf<T> key;
  std::uint64_t index;
};

// Sorts what `item(i)` gives by its key, in a private copy, equal ones in their order, and hands all
// to `put(i, item)`.
template <class Item, class Get, class Put>
Status sort_items(std::uint64_t how_many, Get item, Put put) {
  constexpr std::size_t kRadixMin = 256;
  const auto count = static_cast<std::size_t>(how_many);
  const std::unique_ptr<Item[]> items(new (std::nothrow) Item[2 * count]);
  if (items == nullptr)
    return resource_exhausted("no memory to sort " + std::to_string(count) + " elements in");
  for (std::size_t i = 0; i < count; ++i) items[i] = item(i);
  const Item* sorted = items.get();
  if (count >= kRadixMin) {
    sorted = radix_sort(items.get(), items.get() + count, count);
  } else {
    std::stable_sort(items.get(), items.get() + count,
                     [](const Item& a, const Item& b) { return a.key < b.key; });
  }
  for (std::size_t i = 0; i < count; ++i) put(i, sorted[i]);
  return {};
}

// An element of integers as a place in `count` others; none if it is not one.
template <class T>
std::optional<std::uint64_t> as_index(T v, std::uint64_t count) {
  if constexpr (std::is_integral_v<T>) {
    if (v >= T{0} && static_cast<std::uint64_t>(v) < count) return static_cast<std::uint64_t>(v);
  }
  return std::nullopt;
}

}  // namespace

// ---- writing ------------------------------------------------------------------------------------

Status fill(const Elements& to, Scalar value) {
  Status fine = check_operands(to, value, value, to.type());
  if (!fine.ok()) return fine;
  with_element(to.type(), [&]<class T>(std::type_identity<T>) {
    const T v = *fit_element<T>(to.type(), value);
    if (to.contiguous()) {
      const std::uint64_t packed = to.count() / kLanes<T> * kLanes<T>;
      for (std::uint64_t i = 0; i < packed; i += kLanes<T>) store_pack<T>(to.at(i), all_lanes(v));
      for (std::uint64_t i = packed; i < to.count(); ++i) store_plain<T>(to.at(i), v);
    } else {
      for (std::uint64_t i = 0; i < to.count(); ++i) store_plain<T>(to.at(i), v);
    }
  });
  return {};
}

Status copy(const Elements& to, const Elements& from) {
  const std::uint64_t count = std::min(to.count(), from.count());
  const Elements target = to.slice(0, count);
  const Elements source = from.slice(0, count);
  Status fine = check_writable(to);
  if (!fine.ok()) return fine;
  const bool overlap = clash(target, source);
  if (to.type() != from.type() || (overlap && to.stride_bytes() != from.stride_bytes()))
    return check_operand(target, source, to.type());
  with_element(to.type(), [&]<class T>(std::type_identity<T>) {
    Source<T> x(source);
    Target<T> z(target);
    if (!overlap) {
      for_pieces(count, [&](std::uint64_t first, std::size_t n) {
        const std::byte* piece = x.piece(first, n);
        std::byte* into = z.piece(first);
        std::size_t i = 0;
        for (; i + kLanes<T> <= n; i += kLanes<T>)
          store_pack<T>(into + i * sizeof(T), load_pack<T>(piece + i * sizeof(T)));
        store_some<T>(into + i * sizeof(T), n - i, load_some<T>(piece + i * sizeof(T), n - i, 0));
        z.written(first, n);
      });
      return;
    }
    // Upwards or downwards, each piece read as a whole first, so that nothing is read that was
    // written.
    T staged[kPiece];
    const bool upwards = std::less<>()(to.data(), from.data());
    const std::uint64_t pieces = (count + kPiece - 1) / kPiece;
    for (std::uint64_t p = 0; p < pieces; ++p) {
      const std::uint64_t first = (upwards ? p : pieces - 1 - p) * kPiece;
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, count - first));
      x.gather(first, n, staged);
      z.scatter(first, n, staged);
    }
  });
  return {};
}

Status convert(const Elements& to, const Elements& from) {
  const std::uint64_t count = std::min(to.count(), from.count());
  Status fine = check_writable(to);
  if (!fine.ok()) return fine;
  if (clash(to.slice(0, count), from.slice(0, count)))
    return invalid_argument("the target overlaps a source without being it");
  with_element(from.type(), [&]<class From>(std::type_identity<From>) {
    if (to.type() == ElementType::kU8Clamped) {
      convert_all<std::uint8_t, From>(to, from, count, [](From v) {
        return *fit_element<std::uint8_t>(ElementType::kU8Clamped, v);
      });
      return;
    }
    with_element(to.type(), [&]<class To>(std::type_identity<To>) {
      convert_all<To, From>(to, from, count, [](From v) { return convert_one<To>(v); });
    });
  });
  return {};
}

Status reverse(const Elements& elements) {
  Status fine = check_writable(elements);
  if (!fine.ok()) return fine;
  with_element(elements.type(), [&]<class T>(std::type_identity<T>) {
    for (std::uint64_t i = 0, j = elements.count(); i + 1 < j; ++i) {
      --j;
      const T low = load_plain<T>(elements.at(i));
      store_plain<T>(elements.at(i), load_plain<T>(elements.at(j)));
      store_plain<T>(elements.at(j), low);
    }
  });
  return {};
}

Status transform(const Elements& to, Arithmetic op, const Operand& a, const Operand& b) {
  Status fine = check_operands(to, a, b, to.type());
  if (!fine.ok()) return fine;
  const bool clamped = to.type() == ElementType::kU8Clamped;
  switch (op) {
    case Arithmetic::kAdd:
      if (clamped) {
        transform_clamped(to, a, b, [](std::int32_t x, std::int32_t y) { return x + y; });
      } else {
        transform_all(to, a, b, Add{});
      }
      break;
    case Arithmetic::kSub:
      if (clamped) {
        transform_clamped(to, a, b, [](std::int32_t x, std::int32_t y) { return x - y; });
      } else {
        transform_all(to, a, b, Sub{});
      }
      break;
    case Arithmetic::kMul:
      if (clamped) {
        transform_clamped(to, a, b, [](std::int32_t x, std::int32_t y) { return x * y; });
      } else {
        transform_all(to, a, b, Mul{});
      }
      break;
    case Arithmetic::kDiv:
      transform_all(to, a, b, Div{});
      break;
    case Arithmetic::kMin:
      transform_all(to, a, b, Min{});
      break;
    case Arithmetic::kMax:
      transform_all(to, a, b, Max{});
      break;
  }
  return {};
}

Status clamp(const Elements& to, const Elements& from, Scalar low, Scalar high) {
  Status fine = check_operands(to, from, low, to.type());
  if (fine.ok()) fine = check_operand(to, high, to.type());
  if (!fine.ok()) return fine;
  return with_element(to.type(), [&]<class T>(std::type_identity<T>) -> Status {
    const T bottom = *fit_element<T>(to.type(), low);
    const T top = *fit_element<T>(to.type(), high);
    if (!(bottom <= top)) return invalid_argument("clamp: the lower bound is above the upper one");
    for_both<T>(to, from, from, to.type(),
                [op = Clamp<T>{all_lanes(bottom), all_lanes(top)}](
                    std::byte* z, const std::byte* x, const std::byte*, std::size_t n) {
                  apply<T>(z, x, x, n, op);
                });
    return {};
  });
}

Status cumulative_sum(const Elements& to, const Elements& from) {
  Status fine = check_operands(to, from, from, to.type());
  if (!fine.ok()) return fine;
  with_element(to.type(), [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_floating_point_v<T>) {
      double running = 0;
      convert_all<T, T>(to, from, to.count(),
                        [&running](T v) { return static_cast<T>(running += v); });
    } else {
      std::uint64_t running = 0;
      const bool clamped = to.type() == ElementType::kU8Clamped;
      convert_all<T, T>(to, from, to.count(), [&running, clamped](T v) {
        running += extend(v);
        return clamped ? static_cast<T>(clamp_to_u8(static_cast<std::int64_t>(running)))
                       : static_cast<T>(running);
      });
    }
  });
  return {};
}

namespace {

template <class T, class Holds>
void compare_all(const Elements& mask, const Operand& a, const Operand& b, ElementType type,
                 Holds holds) {
  Source<T> x(a, type);
  Source<T> y(b, type);
  Target<std::uint8_t> z(mask);
  for_pieces(mask.count(), [&](std::uint64_t first, std::size_t n) {
    const std::byte* p = x.piece(first, n);
    const std::byte* q = y.piece(first, n);
    std::byte* into = z.piece(first);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = i * sizeof(T);
      store_plain<std::uint8_t>(into + i, holds(load_plain<T>(p + at), load_plain<T>(q + at)));
    }
    z.written(first, n);
  });
}

}  // namespace

Status compare(const Elements& mask, Comparison op, const Operand& a, const Operand& b) {
  const ElementType type = type_of(a, type_of(b, ElementType::kWord));
  if (type == ElementType::kWord) return invalid_argument("a comparison of two numbers");
  Status fine = check_operands(mask, a, b, type);
  if (fine.ok() && mask.type() != ElementType::kU8)
    fine = invalid_argument("a mask has elements of type u8");
  if (!fine.ok()) return fine;
  with_element(type, [&]<class T>(std::type_identity<T>) {
    switch (op) {
      case Comparison::kLess:
        return compare_all<T>(mask, a, b, type, [](T x, T y) { return x < y; });
      case Comparison::kLessEqual:
        return compare_all<T>(mask, a, b, type, [](T x, T y) { return x <= y; });
      case Comparison::kGreater:
        return compare_all<T>(mask, a, b, type, [](T x, T y) { return x > y; });
      case Comparison::kGreaterEqual:
        return compare_all<T>(mask, a, b, type, [](T x, T y) { return x >= y; });
      case Comparison::kEqual:
        return compare_all<T>(mask, a, b, type, [](T x, T y) { return x == y; });
      case Comparison::kNotEqual:
        return compare_all<T>(mask, a, b, type, [](T x, T y) { return x != y; });
    }
  });
  return {};
}

Status sort(const Elements& elements) {
  Status fine = check_writable(elements);
  if (!fine.ok() || elements.count() == 0) return fine;
  return with_element(elements.type(), [&]<class T>(std::type_identity<T>) {
    return sort_items<Key<T>>(
        elements.count(),
        [&](std::uint64_t i) { return Key<T>{sort_key(load_plain<T>(elements.at(i)))}; },
        [&](std::uint64_t i, Key<T> k) { store_plain<T>(elements.at(i), sort_value<T>(k.key)); });
  });
}

Status argsort(const Elements& indices, const Elements& elements) {
  Status fine = check_writable(indices);
  const std::uint64_t count = elements.count();
  if (fine.ok() && (is_real(indices.type()) || element_bytes(indices.type()) < 4))
    fine = invalid_argument("indices are integers of 32 or 64 bits");
  if (fine.ok() && indices.count() != count)
    fine = invalid_argument(std::to_string(indices.count()) + " indices of " +
                            std::to_string(count) + " elements");
  if (fine.ok() && indices.type() != ElementType::kI64 &&
      count > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
    fine = invalid_argument("so many elements have indices of type i64");
  if (!fine.ok() || count == 0) return fine;
  return with_element(elements.type(), [&]<class T>(std::type_identity<T>) {
    return with_element(indices.type(), [&]<class Index>(std::type_identity<Index>) {
      return sort_items<NumberedKey<T>>(
          count,
          [&](std::uint64_t i) {
            return NumberedKey<T>{sort_key(load_plain<T>(elements.at(i))), i};
          },
          [&](std::uint64_t i, NumberedKey<T> k) {
            store_plain<Index>(indices.at(i), static_cast<Index>(k.index));
          });
    });
  });
}

Status take(const Elements& to, const Elements& from, const Elements& indices) {
  Status fine = check_writable(to);
  if (fine.ok() && (to.type() != from.type() || indices.count() < to.count()))
    fine = invalid_argument("take: elements of two types, or fewer indices than targets");
  if (fine.ok() && (clash(to, from) || to.data() == from.data() || clash(to, indices) ||
                    to.data() == indices.data()))
    fine = invalid_argument("the target overlaps a source");
  if (!fine.ok()) return fine;
  return with_element(to.type(), [&]<class T>(std::type_identity<T>) {
    return with_element(indices.type(), [&]<class Index>(std::type_identity<Index>) -> Status {
      for (std::uint64_t i = 0; i < to.count(); ++i) {
        // Read once: whoever writes it meanwhile must not change what was checked.
        const Index index = load_plain<Index>(indices.at(i));
        const auto place = as_index(index, from.count());
        if (!place)
          return invalid_argument("take: index number " + std::to_string(i) +
                                  " is none of an element");
        store_plain<T>(to.at(i), load_plain<T>(from.at(*place)));
      }
      return {};
    });
  });
}

StatusOr<std::uint64_t> select(const Elements& to, const Elements& from, const Elements& mask) {
  Status fine = check_writable(to);
  if (fine.ok() &&
      (to.type() != from.type() || mask.type() != ElementType::kU8 || mask.count() != from.count()))
    fine = invalid_argument("select: elements of two types, or a mask of others");
  if (fine.ok() && (clash(to, from) || clash(to, mask) || to.data() == mask.data()))
    fine = invalid_argument("the target overlaps a source without being it");
  if (!fine.ok()) return fine;
  return with_element(to.type(), [&]<class T>(std::type_identity<T>) -> StatusOr<std::uint64_t> {
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < from.count(); ++i) {
      if (load_plain<std::uint8_t>(mask.at(i)) == 0) continue;
      if (count == to.count()) return invalid_argument("select: more elements than the target has");
      store_plain<T>(to.at(count++), load_plain<T>(from.at(i)));
    }
    return count;
  });
}

// ---- reading ------------------------------------------------------------------------------------

Scalar sum(const Elements& elements) {
  return with_element(elements.type(), [&]<class T>(std::type_identity<T>) -> Scalar {
    Source<T> source(elements);
    if constexpr (std::is_floating_point_v<T>) {
      PartialSums sums;
      for_pieces(elements.count(), [&](std::uint64_t first, std::size_t n) {
        const std::byte* x = source.piece(first, n);
        sums.add(
            n, [x](std::size_t i) { return widen<T>(x + i * sizeof(T)); },
            [x](std::size_t i) { return double{load_plain<T>(x + i * sizeof(T))}; });
      });
      return sums.result();
    } else {
      std::uint64_t total = 0;
      for_pieces(elements.count(), [&](std::uint64_t first, std::size_t n) {
        const std::byte* x = source.piece(first, n);
        std::uint64_t here = 0;
        for (std::size_t i = 0; i < n; ++i) here += extend(load_plain<T>(x + i * sizeof(T)));
        total += here;
      });
      return static_cast<std::int64_t>(total);
    }
  });
}

StatusOr<Scalar> dot(const Elements& a, const Elements& b) {
  if (a.type() != b.type() || a.count() != b.count())
    return invalid_argument("a dot product of elements of two types, or not as many");
  return with_element(a.type(), [&]<class T>(std::type_identity<T>) -> Scalar {
    Source<T> x(a);
    Source<T> y(b);
    if constexpr (std::is_floating_point_v<T>) {
      PartialSums sums;
      for_pieces(a.count(), [&](std::uint64_t first, std::size_t n) {
        const std::byte* p = x.piece(first, n);
        const std::byte* q = y.piece(first, n);
        sums.add(
            n,
            [p, q](std::size_t i) {
              return widen<T>(p + i * sizeof(T)) * widen<T>(q + i * sizeof(T));
            },
            [p, q](std::size_t i) {
              return double{load_plain<T>(p + i * sizeof(T))} * load_plain<T>(q + i * sizeof(T));
            });
      });
      return sums.result();
    } else {
      std::uint64_t total = 0;
      for_pieces(a.count(), [&](std::uint64_t first, std::size_t n) {
        const std::byte* p = x.piece(first, n);
        const std::byte* q = y.piece(first, n);
        std::uint64_t here = 0;
        for (std::size_t i = 0; i < n; ++i)
          here +=
              extend(load_plain<T>(p + i * sizeof(T))) * extend(load_plain<T>(q + i * sizeof(T)));
        total += here;
      });
      return static_cast<std::int64_t>(total);
    }
  });
}

std::optional<Scalar> minimum(const Elements& elements) { return extreme<Min>(elements); }
std::optional<Scalar> maximum(const Elements& elements) { return extreme<Max>(elements); }
std::optional<std::uint64_t> argmin(const Elements& elements) { return argument_of<Min>(elements); }
std::optional<std::uint64_t> argmax(const Elements& elements) { return argument_of<Max>(elements); }

std::optional<std::uint64_t> find(const Elements& elements, Scalar value) {
  return with_element(elements.type(),
                      [&]<class T>(std::type_identity<T>) -> std::optional<std::uint64_t> {
                        // Not what would be stored for it: what it is.
                        const std::optional<T> v = fit_element<T>(ElementType::kWord, value);
                        if (!v || *v != *v) return std::nullopt;
                        return first_that_is<T>(elements, *v);
                      });
}

std::uint64_t lower_bound(const Elements& sorted, Scalar value) {
  return with_element(sorted.type(), [&]<class T>(std::type_identity<T>) {
    const auto is_below = [&](T x) {
      if constexpr (std::is_floating_point_v<T>) {
        const double v = value.as_double();
        return v != v ? x == x : x < v;
      } else {
        if (!value.real) return std::int64_t{x} < value.integer;
        return !(value.number <= static_cast<double>(x));  // every number is below NaN
      }
    };
    std::uint64_t low = 0;
    std::uint64_t high = sorted.count();
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (is_below(load_plain<T>(sorted.at(middle)))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  });
}

}  // namespace yin::substrate
