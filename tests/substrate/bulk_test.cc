#include "substrate/bulk.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/atom.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::uint64_t kLengths[] = {0,  1,  2,  3,  5,  7,   8,   15,  16,   17,   31,
                                      32, 33, 63, 64, 65, 127, 511, 512, 1023, 1025, 2000};

// Calls f(T{}, type) for every element type.
template <class F>
void for_types(F&& f) {
  f(std::int8_t{}, ElementType::kI8);
  f(std::uint8_t{}, ElementType::kU8);
  f(std::uint8_t{}, ElementType::kU8Clamped);
  f(std::int16_t{}, ElementType::kI16);
  f(std::uint16_t{}, ElementType::kU16);
  f(std::int32_t{}, ElementType::kI32);
  f(std::uint32_t{}, ElementType::kU32);
  f(std::int64_t{}, ElementType::kI64);
  f(float{}, ElementType::kF32);
  f(double{}, ElementType::kF64);
}

// Numbers that break things: bounds, zeroes, NaN and infinities if `wild`, and plain ones.
template <class T>
T random_number(Random& random, bool wild) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>) {
    if (wild) {
      switch (random.below(8)) {
        case 0:
          return Limits::quiet_NaN();
        case 1:
          return Limits::infinity();
        case 2:
          return -Limits::infinity();
        case 3:
          return T{0};
        case 4:
          return -T{0};
        default:
          break;
      }
    }
    return static_cast<T>(static_cast<double>(random.below(2'000'001)) / 1000.0 - 1000.0);
  } else {
    switch (random.below(6)) {
      case 0:
        return Limits::max();
      case 1:
        return Limits::min();
      case 2:
        return static_cast<T>(random.below(3));
      default:
        return static_cast<T>(random.bits());
    }
  }
}

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return (a != a) == (b != b);
  }
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// Elements in an array, side by side or apart, beside a std::vector of the same.
class Run {
 public:
  Run(Edit& edit, ElementType type, std::uint64_t count, std::uint64_t apart, std::uint64_t before)
      : array_(*Array::make(edit, type, before + count * apart + 1)),
        elements_(array_.elements(edit.pin()).at(before), count, apart * element_bytes(type), type,
                  FieldAccess::kMutable) {}
  [[nodiscard]] const Elements& operator*() const { return elements_; }

  template <class T>
  std::vector<T> values() const {
    std::vector<T> all;
    for (std::uint64_t i = 0; i < elements_.count(); ++i) {
      T v;
      std::memcpy(&v, elements_.at(i), sizeof v);
      all.push_back(v);
    }
    return all;
  }
  template <class T>
  std::vector<T> randomize(Random& random, bool wild) const {
    for (std::uint64_t i = 0; i < elements_.count(); ++i) {
      const T v = random_number<T>(random, wild);
      std::memcpy(elements_.at(i), &v, sizeof v);
    }
    return values<T>();
  }

 private:
  Array array_;
  Elements elements_;
};

struct Fixture {
  TestDomain t;
  std::uint64_t seed = test_seed();
  Random random{seed};

  // Calls f(T{}, type, edit, make) for all types and lengths, where make() gives a new run.
  template <class F>
  void each(F&& f) {
    for_types([&]<class T>(T zero, ElementType type) {
      for (const std::uint64_t count : kLengths) {
        for (const std::uint64_t apart : {1, 3}) {
          const Pin pin(*t.worker);
          Edit edit = Edit::in_slab(pin);
          const auto make = [&] { return Run(edit, type, count, apart, random.below(4)); };
          INFO(element_name(type) << " " << count << " " << apart << " YIN_SEED=" << seed);
          f(zero, type, make);
        }
      }
    });
  }
};

template <class T>
T wrapped(ElementType type, std::int64_t exact_or_wrapped) {
  if (type == ElementType::kU8Clamped)
    return static_cast<T>(std::clamp<std::int64_t>(exact_or_wrapped, 0, 255));
  return static_cast<T>(exact_or_wrapped);
}

template <class T>
T model_of(ElementType type, Arithmetic op, T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Arithmetic::kAdd:
        return x + y;
      case Arithmetic::kSub:
        return x - y;
      case Arithmetic::kMul:
        return x * y;
      case Arithmetic::kDiv:
        return x / y;
      case Arithmetic::kMin:
        return x != x ? x : y != y ? y : x < y ? x : y;
      case Arithmetic::kMax:
        return x != x ? x : y != y ? y : x > y ? x : y;
    }
  } else {
    const auto a = static_cast<std::uint64_t>(std::int64_t{x});
    const auto b = static_cast<std::uint64_t>(std::int64_t{y});
    switch (op) {
      case Arithmetic::kAdd:
        return wrapped<T>(type, static_cast<std::int64_t>(a + b));
      case Arithmetic::kSub:
        return wrapped<T>(type, static_cast<std::int64_t>(a - b));
      case Arithmetic::kMul:
        return wrapped<T>(type, static_cast<std::int64_t>(a * b));
      case Arithmetic::kDiv:
        if (y == 0) return 0;
        if (std::int64_t{y} == -1 && std::is_signed_v<T>)
          return static_cast<T>(std::uint64_t{0} - a);
        return static_cast<T>(x / y);
      case Arithmetic::kMin:
        return std::min(x, y);
      case Arithmetic::kMax:
        return std::max(x, y);
    }
  }
  return x;
}

constexpr Arithmetic kOperations[] = {Arithmetic::kAdd, Arithmetic::kSub, Arithmetic::kMul,
                                      Arithmetic::kDiv, Arithmetic::kMin, Arithmetic::kMax};

// 16 partial sums, as bulk.h says.
template <class T>
double model_sum(const std::vector<T>& a, const std::vector<T>* b = nullptr) {
  std::array<double, 16> s = {};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double product = b == nullptr ? double{a[i]} : double{a[i]} * double{(*b)[i]};
    s[i % 16] = s[i % 16] + product;
  }
  std::array<double, 4> t = {};
  for (std::size_t l = 0; l < 4; ++l) t[l] = (s[l] + s[4 + l]) + (s[8 + l] + s[12 + l]);
  return (t[0] + t[1]) + (t[2] + t[3]);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "arithmetic is that of single numbers, for all types and lengths") {
  each([&]<class T>(T, ElementType type, auto make) {
    for (const Arithmetic op : kOperations) {
      const Run a = make(), b = make(), to = make();
      const auto x = a.template randomize<T>(random, true);
      const auto y = b.template randomize<T>(random, true);
      REQUIRE(transform(*to, op, *a, *b).ok());
      const auto z = to.template values<T>();
      for (std::size_t i = 0; i < z.size(); ++i)
        REQUIRE(same(z[i], model_of<T>(type, op, x[i], y[i])));

      const T n = random_number<T>(random, false);
      const Scalar scalar = n;
      REQUIRE(transform(*to, op, *a, scalar).ok());
      const auto right = to.template values<T>();
      REQUIRE(transform(*a, op, scalar, *a).ok());  // in place
      const auto left = a.template values<T>();
      for (std::size_t i = 0; i < x.size(); ++i) {
        REQUIRE(same(right[i], model_of<T>(type, op, x[i], n)));
        REQUIRE(same(left[i], model_of<T>(type, op, n, x[i])));
      }
    }
  });
}

TEST_CASE_METHOD(Fixture, "sums and dot products are the same to the last bit") {
  each([&]<class T>(T, ElementType, auto make) {
    const Run a = make(), b = make();
    const bool wild = random.one_in(4);
    const auto x = a.template randomize<T>(random, wild);
    const auto y = b.template randomize<T>(random, wild);
    const Scalar total = sum(*a);
    const auto product = dot(*a, *b);
    REQUIRE(product.ok());
    if constexpr (std::is_floating_point_v<T>) {
      REQUIRE(same(total.number, model_sum(x)));
      REQUIRE(same(product->number, model_sum(x, &y)));
    } else {
      std::uint64_t s = 0, d = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        s += static_cast<std::uint64_t>(std::int64_t{x[i]});
        d += static_cast<std::uint64_t>(std::int64_t{x[i]}) *
             static_cast<std::uint64_t>(std::int64_t{y[i]});
      }
      REQUIRE(static_cast<std::uint64_t>(total.integer) == s);
      REQUIRE(static_cast<std::uint64_t>(product->integer) == d);
    }
  });
}

TEST_CASE_METHOD(Fixture, "minimum and maximum, and where they stand; a NaN wins") {
  each([&]<class T>(T, ElementType, auto make) {
    const Run a = make();
    const auto x = a.template randomize<T>(random, random.one_in(3));
    if (x.empty()) {
      REQUIRE(!minimum(*a));
      REQUIRE(!maximum(*a));
      REQUIRE(!argmin(*a));
      REQUIRE(!argmax(*a));
      return;
    }
    const auto nan = std::find_if(x.begin(), x.end(), [](T v) { return v != v; });
    const bool any_nan = nan != x.end();
    const auto low = any_nan ? nan : std::min_element(x.begin(), x.end());
    const auto high = any_nan ? nan : std::max_element(x.begin(), x.end());
    REQUIRE(argmin(*a) == static_cast<std::uint64_t>(low - x.begin()));
    REQUIRE(argmax(*a) == static_cast<std::uint64_t>(high - x.begin()));
    if (any_nan) {
      REQUIRE(std::isnan(minimum(*a)->number));
      REQUIRE(std::isnan(maximum(*a)->number));
    } else {
      REQUIRE(minimum(*a) == Scalar(*low));
      REQUIRE(maximum(*a) == Scalar(*high));
    }
  });
}

TEST_CASE_METHOD(Fixture, "comparisons give masks, NaN is different from everything") {
  each([&]<class T>(T, ElementType type, auto make) {
    const Run a = make(), b = make();
    auto x = a.template randomize<T>(random, true);
    const auto y = b.template randomize<T>(random, true);
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    const Elements mask = Array::make(edit, ElementType::kU8, x.size())->elements(pin);
    for (std::size_t i = 0; i < x.size(); i += 3) {
      x[i] = y[i];
      std::memcpy((*a).at(i), &x[i], sizeof(T));
    }
    const T n = random_number<T>(random, false);
    const auto expect = [&](Comparison op, auto holds) {
      REQUIRE(compare(mask, op, *a, *b).ok());
      for (std::size_t i = 0; i < x.size(); ++i)
        REQUIRE(mask.get(i) == Scalar(holds(x[i], y[i]) ? 1 : 0));
      REQUIRE(compare(mask, op, *a, Scalar(n)).ok());
      for (std::size_t i = 0; i < x.size(); ++i)
        REQUIRE(mask.get(i) == Scalar(holds(x[i], n) ? 1 : 0));
      REQUIRE(compare(mask, op, Scalar(n), *a).ok());
      for (std::size_t i = 0; i < x.size(); ++i)
        REQUIRE(mask.get(i) == Scalar(holds(n, x[i]) ? 1 : 0));
    };
    expect(Comparison::kLess, std::less<>());
    expect(Comparison::kLessEqual, std::less_equal<>());
    expect(Comparison::kGreater, std::greater<>());
    expect(Comparison::kGreaterEqual, std::greater_equal<>());
    expect(Comparison::kEqual, std::equal_to<>());
    expect(Comparison::kNotEqual, std::not_equal_to<>());
    if (type != ElementType::kU8 && !x.empty()) {
      REQUIRE(!compare(*a, Comparison::kLess, *a, *b).ok());
    }
  });
}

TEST_CASE_METHOD(Fixture, "fill, clamp, reverse and cumulative sum touch their elements only") {
  each([&]<class T>(T, ElementType type, auto make) {
    const Run a = make(), to = make();
    const auto x = a.template randomize<T>(random, true);
    const T n = random_number<T>(random, false);
    REQUIRE(fill(*to, n).ok());
    for (const T v : to.template values<T>()) REQUIRE(same(v, n));

    T low = random_number<T>(random, false), high = random_number<T>(random, false);
    if (high < low) std::swap(low, high);
    REQUIRE(clamp(*to, *a, low, high).ok());
    const auto clamped = to.template values<T>();
    for (std::size_t i = 0; i < x.size(); ++i)
      REQUIRE(same(clamped[i], x[i] < low ? low : x[i] > high ? high : x[i]));
    if (low < high) REQUIRE(!clamp(*to, *a, high, low).ok());

    REQUIRE(cumulative_sum(*to, *a).ok());
    const auto sums = to.template values<T>();
    double real = 0;
    std::uint64_t whole = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        real += x[i];
        REQUIRE(same(sums[i], static_cast<T>(real)));
      } else {
        whole += static_cast<std::uint64_t>(std::int64_t{x[i]});
        REQUIRE(sums[i] == wrapped<T>(type, static_cast<std::int64_t>(whole)));
      }
    }

    REQUIRE(reverse(*a).ok());
    auto back = a.template values<T>();
    std::reverse(back.begin(), back.end());
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(same(back[i], x[i]));
  });
}

TEST_CASE_METHOD(Fixture, "a copy within an array is right whichever way it overlaps") {
  for_types([&]<class T>(T, ElementType type) {
    for (int round = 0; round < yin::test::effort(60); ++round) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      const std::uint64_t apart = 1 + random.below(3);
      const Run run(edit, type, random.below(3'000), apart, 0);
      auto model = run.randomize<T>(random, true);
      const std::uint64_t size = model.size();
      const std::uint64_t from = random.below(size + 1), to = random.below(size + 1);
      const std::uint64_t count = random.below(size + 1);
      const std::uint64_t n = std::min({count, size - from, size - to});
      REQUIRE(copy((*run).slice(to, n), (*run).slice(from, count)).ok());
      const auto before = model;
      std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(from), n,
                  model.begin() + static_cast<std::ptrdiff_t>(to));
      const auto after = run.values<T>();
      INFO(element_name(type) << " YIN_SEED=" << seed);
      for (std::size_t i = 0; i < model.size(); ++i) REQUIRE(same(after[i], model[i]));
    }
  });
}

TEST_CASE_METHOD(Fixture, "conversion wraps, cuts off and stops as it says, between all types") {
  for_types([&]<class From>(From, ElementType from_type) {
    for_types([&]<class To>(To, ElementType to_type) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      const Run from(edit, from_type, 200, 1 + random.below(2), 0);
      const Run to(edit, to_type, 200, 1 + random.below(2), 0);
      const auto x = from.randomize<From>(random, true);
      REQUIRE(convert(*to, *from).ok());
      const auto z = to.values<To>();
      INFO(element_name(from_type) << " to " << element_name(to_type) << " YIN_SEED=" << seed);
      for (std::size_t i = 0; i < x.size(); ++i) {
        To expected{};
        if (to_type == ElementType::kU8Clamped) {
          const double v = std::nearbyint(static_cast<double>(x[i]));
          expected = static_cast<To>(std::isnan(v) ? 0 : std::clamp(v, 0.0, 255.0));
        } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
          const long double v = std::trunc(static_cast<long double>(x[i]));
          using Limits = std::numeric_limits<To>;
          expected = std::isnan(v)                                  ? To{0}
                     : v >= static_cast<long double>(Limits::max()) ? Limits::max()
                     : v <= static_cast<long double>(Limits::min()) ? Limits::min()
                                                                    : static_cast<To>(v);
        } else {
          expected = static_cast<To>(x[i]);
        }
        REQUIRE(same(z[i], expected));
      }
    });
  });
}

TEST_CASE_METHOD(Fixture, "sorted is ascending, minus zero before zero, NaN last; search finds") {
  for_types([&]<class T>(T, ElementType type) {
    for (const std::uint64_t count : {0, 1, 2, 10, 255, 256, 257, 1'000, 20'000}) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      const Run run(edit, type, count, 1 + random.below(2), 0);
      auto model = run.randomize<T>(random, true);
      REQUIRE(sort(*run).ok());
      std::sort(model.begin(), model.end(), [](T a, T b) {
        if constexpr (std::is_floating_point_v<T>) {
          if (a != a || b != b) return a == a && b != b;
          if (a == b) return std::signbit(a) && !std::signbit(b);
        }
        return a < b;
      });
      const auto sorted = run.values<T>();
      INFO(element_name(type) << " " << count << " YIN_SEED=" << seed);
      for (std::size_t i = 0; i < model.size(); ++i) REQUIRE(same(sorted[i], model[i]));

      for (int i = 0; i < 30; ++i) {
        const T wanted = model.empty() || random.one_in(2)
                             ? random_number<T>(random, true)
                             : model[static_cast<std::size_t>(random.below(model.size()))];
        const auto below = [](T a, T b) { return b != b ? a == a : a < b; };
        const auto bound = std::lower_bound(sorted.begin(), sorted.end(), wanted, below);
        REQUIRE(lower_bound(*run, wanted) == static_cast<std::uint64_t>(bound - sorted.begin()));
        const auto first = std::find(sorted.begin(), sorted.end(), wanted);
        const auto found = find(*run, wanted);
        REQUIRE(found.has_value() == (first != sorted.end()));
        if (found) REQUIRE(*found == static_cast<std::uint64_t>(first - sorted.begin()));
      }
    }
  });
}

TEST_CASE_METHOD(Fixture, "argsort is stable, take follows indices, select a mask") {
  for_types([&]<class T>(T, ElementType type) {
    for (const std::uint64_t count : {0, 1, 2, 100, 256, 1'000}) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      const Run run(edit, type, count, 1 + random.below(2), 0);
      const Run to(edit, type, count, 1 + random.below(2), 0);
      const ElementType index_type = random.one_in(2) ? ElementType::kI32 : ElementType::kI64;
      const Run indices(edit, index_type, count, 1 + random.below(2), 0);
      const auto x = run.randomize<T>(random, true);
      INFO(element_name(type) << " " << count << " YIN_SEED=" << seed);
      REQUIRE(argsort(*indices, *run).ok());
      REQUIRE(take(*to, *run, *indices).ok());
      const auto ordered = to.values<T>();
      REQUIRE(sort(*to).ok());
      const auto sorted = to.values<T>();
      std::vector<bool> seen(static_cast<std::size_t>(count));
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto index = static_cast<std::size_t>((*indices).get(i)->integer);
        REQUIRE(!seen[index]);
        seen[index] = true;
        REQUIRE(same(ordered[i], x[index]));
        REQUIRE(same(ordered[i], sorted[i]));
        if (i > 0 && std::memcmp(&ordered[i], &ordered[i - 1], sizeof(T)) == 0)
          REQUIRE((*indices).get(i - 1)->integer < (*indices).get(i)->integer);
      }
      const Elements mask = Array::make(edit, ElementType::kU8, count)->elements(pin);
      std::vector<T> chosen;
      for (std::uint64_t i = 0; i < count; ++i) {
        if (random.one_in(2)) continue;
        REQUIRE(mask.set(i, 1 + random.below(255)).ok());
        chosen.push_back(x[i]);
      }
      const auto selected = select(*run, *run, mask);  // in place
      REQUIRE(selected.ok());
      REQUIRE(*selected == chosen.size());
      const auto left = run.values<T>();
      for (std::size_t i = 0; i < chosen.size(); ++i) REQUIRE(same(left[i], chosen[i]));
      if (chosen.empty()) continue;
      REQUIRE(!select((*to).slice(0, chosen.size() - 1), *run, mask).ok());
      for (const std::int64_t bad : {std::int64_t{-1}, static_cast<std::int64_t>(count)}) {
        REQUIRE((*indices).set(count - 1, bad).ok());
        REQUIRE(!take(*to, *run, *indices).ok());
      }
      REQUIRE(!take(*run, *run, *indices).ok());
      REQUIRE(!argsort(*indices, (*run).slice(1, count)).ok());
      REQUIRE(!argsort(*run, *run).ok() == (is_real(type) || element_bytes(type) < 4));
    }
  });
}

TEST_CASE_METHOD(Fixture, "numbers that no element of the type can be are found nowhere") {
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Elements e = Array::filled(edit, ElementType::kU8, 100, 44)->elements(pin);
  CHECK(!find(e, 300).has_value());
  CHECK(!find(e, -212).has_value());
  CHECK(!find(e, 44.0).has_value());
  CHECK(find(e, 44) == 0U);
  CHECK(lower_bound(e, -1) == 0);
  CHECK(lower_bound(e, 300) == 100);
  CHECK(lower_bound(e, 43.5) == 0);
  CHECK(lower_bound(e, 44.5) == 100);
  CHECK(lower_bound(e, std::nan("")) == 100);
  const Elements clamped = Array::filled(edit, ElementType::kU8Clamped, 100, 255)->elements(pin);
  CHECK(!find(clamped, 300).has_value());
}

TEST_CASE_METHOD(Fixture, "what cannot be done is refused before anything is written") {
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Elements a = Array::filled(edit, ElementType::kI32, 100, 1)->elements(pin);
  const Elements real = Array::filled(edit, ElementType::kF32, 100, 1)->elements(pin);
  const auto refused = [&](const Status& s) {
    CHECK(s.code() == StatusCode::kInvalidArgument);
    CHECK(sum(a) == Scalar(100));
  };
  refused(transform(a, Arithmetic::kAdd, a, real));
  refused(transform(a, Arithmetic::kAdd, a, 1.5));
  refused(transform(a, Arithmetic::kAdd, a, std::int64_t{1} << 31));
  refused(transform(a, Arithmetic::kAdd, a, a.slice(0, 99)));
  refused(transform(a.slice(1, 50), Arithmetic::kAdd, a.slice(0, 50), 1));
  refused(transform(a.slice(0, 50), Arithmetic::kAdd, 1, a.slice(49, 50)));
  refused(fill(a, 0.5));
  refused(copy(a, real));
  refused(convert(a.slice(1, 50), a));
  refused(compare(a, Comparison::kEqual, 1, 1));
  refused(cumulative_sum(a.slice(1, 50), a));
  refused(dot(a, a.slice(0, 99)).status());
  refused(dot(a, real).status());
  const Elements frozen(a.data(), 100, 4, ElementType::kI32, FieldAccess::kImmutable);
  refused(fill(frozen, 0));
  refused(copy(frozen, a));
  refused(convert(frozen, real));
  refused(reverse(frozen));
  refused(sort(frozen));
  refused(transform(frozen, Arithmetic::kAdd, a, a));
  // The neighbours in one row share no bytes.
  const Elements first(a.data(), 50, 8, ElementType::kI32, FieldAccess::kMutable);
  const Elements second(a.data() + 4, 50, 8, ElementType::kI32, FieldAccess::kMutable);
  CHECK(transform(first, Arithmetic::kAdd, second, first).ok());
  CHECK(sum(a) == Scalar(150));
}

TEST_CASE("bulk operations on elements that others write see whole elements and end well") {
  TestDomain t;
  constexpr std::int64_t kPattern = 0x0101010101010101;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Elements e = Array::make(edit, ElementType::kI64, 3'000)->elements(pin);
  const Elements mine = Array::make(edit, ElementType::kI64, 3'000)->elements(pin);
  SharedHalf stop{};
  std::thread writer([&] {
    for (std::int64_t i = 0; stop.load_relaxed() == 0; ++i) {
      check(fill(e, i % 100 * kPattern).ok(), "fill");
      check(e.add(5, kPattern).ok(), "add");
      check(e.set(6, kPattern).ok(), "set");
    }
  });
  bool whole = true;
  for (int i = 0; i < yin::test::effort(300); ++i) {
    REQUIRE(copy(mine, e).ok());
    for (std::uint64_t n = 0; n < mine.count(); ++n)
      whole = whole && mine.get(n)->integer % kPattern == 0;
    whole = whole && minimum(e)->integer % kPattern == 0 && maximum(e)->integer % kPattern == 0;
    (void)sum(e);
    (void)argmax(e);
    (void)lower_bound(e, 50 * kPattern);
    if (i % 20 == 0) REQUIRE(sort(e).ok());
  }
  stop.store_relaxed(1);
  writer.join();
  CHECK(whole);
}
