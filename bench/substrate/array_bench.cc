// How fast are typed arrays? Sum, dot product, addition and the like over 1e3..1e7 elements, beside
// plain loops over a std::vector, as GB/s of elements touched; single and atomic accesses beside
// std::atomic, in ns. A double's sum may not be reordered by a compiler: the plain loop adds one at
// a time, which is what a program gets that does not think about it.

#include "substrate/array.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "substrate/atom.h"
#include "substrate/bulk.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using bench::Figure;
using substrate::Arithmetic;
using substrate::Array;
using substrate::Comparison;
using substrate::Edit;
using substrate::Elements;
using substrate::ElementType;
using substrate::Pin;

constexpr int kRounds = 9;
constexpr std::uint64_t kTouched = 20'000'000;  // elements a round

// CPU ns an element of both, rounds alternating, as GB/s: `bytes` are touched an element.
template <class Ours, class Peer>
void compete(const std::string& name, std::uint64_t n, double bytes, Ours ours, Peer peer) {
  const std::uint64_t repeats = std::max<std::uint64_t>(1, kTouched / n);
  std::vector<double> our_times, peer_times;
  const auto once = [&](auto& work) {
    return bench::cpu_per_operation(1, n * repeats, [&] {
      for (std::uint64_t i = 0; i < repeats; ++i) work();
    });
  };
  for (int round = 0; round < kRounds; ++round) {
    our_times.push_back(once(ours));
    peer_times.push_back(once(peer));
  }
  print(Figure{.bench = "array",
               .name = name,
               .n = n,
               .value = bytes / bench::median(our_times),
               .unit = "GB/s",
               .peer = "vector loop",
               .peer_value = bytes / bench::median(peer_times)});
}

template <class T>
void bulk(const Pin& pin, const std::string& type, std::uint64_t n) {
  Edit edit = Edit::in_slab(pin);
  const ElementType element = substrate::element_type_of<T>();
  const auto elements = [&] {
    const auto made = Array::make(edit, element, n);
    substrate::check(made.ok(), made.status().message().c_str());
    return made->elements(pin);
  };
  const Elements a = elements(), b = elements(), to = elements();
  const auto masked = Array::make(edit, ElementType::kU8, n);
  substrate::check(masked.ok(), masked.status().message().c_str());
  const Elements mask = masked->elements(pin);
  std::vector<T> x(n), y(n), z(n);
  std::vector<std::uint8_t> m(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    x[i] = static_cast<T>(i * 7 % 101);
    y[i] = static_cast<T>(i * 5 % 103 + 1);
    (*a.span<T>())[i] = x[i];
    (*b.span<T>())[i] = y[i];
  }
  constexpr double kSize = sizeof(T);
  compete(
      "sum " + type, n, kSize, [&] { bench::keep(sum(a)); },
      [&] {
        std::conditional_t<std::is_integral_v<T>, std::int64_t, double> s = 0;
        for (const T v : x) s += v;
        bench::keep(s);
      });
  compete(
      "dot " + type, n, 2 * kSize, [&] { bench::keep(*dot(a, b)); },
      [&] {
        std::conditional_t<std::is_integral_v<T>, std::int64_t, double> s = 0;
        for (std::uint64_t i = 0; i < n; ++i) s += static_cast<decltype(s)>(x[i]) * y[i];
        bench::keep(s);
      });
  compete(
      "max " + type, n, kSize, [&] { bench::keep(*maximum(a)); },
      [&] { bench::keep(*std::max_element(x.begin(), x.end())); });
  compete(
      "add " + type, n, 3 * kSize, [&] { bench::keep(transform(to, Arithmetic::kAdd, a, b).ok()); },
      [&] {
        for (std::uint64_t i = 0; i < n; ++i) z[i] = static_cast<T>(x[i] + y[i]);
        bench::keep(z.data());
      });
  compete(
      "less " + type, n, 2 * kSize + 1,
      [&] { bench::keep(compare(mask, Comparison::kLess, a, b).ok()); },
      [&] {
        for (std::uint64_t i = 0; i < n; ++i) m[i] = x[i] < y[i];
        bench::keep(m.data());
      });
  compete(
      "copy " + type, n, 2 * kSize, [&] { bench::keep(copy(to, a).ok()); },
      [&] {
        std::copy(x.begin(), x.end(), z.begin());
        bench::keep(z.data());
      });
  compete(
      "find nothing " + type, n, kSize, [&] { bench::keep(find(a, 111).has_value()); },
      [&] { bench::keep(std::find(x.begin(), x.end(), T{111})); });
  if (n > 1'000'000) return;
  std::uint64_t random = 1;
  for (T& v : x) v = static_cast<T>((random = random * 6364136223846793005 + 1) >> 40);
  std::copy(x.begin(), x.end(), a.span<T>()->begin());
  compete(
      "copy and sort " + type, n, kSize, [&] { bench::keep(copy(to, a).ok() && sort(to).ok()); },
      [&] {
        z = x;
        std::sort(z.begin(), z.end());
        bench::keep(z.data());
      });
}

void single(const Pin& pin) {
  constexpr std::uint64_t kOperations = 10'000'000;
  Edit edit = Edit::in_slab(pin);
  const Elements e = Array::make(edit, ElementType::kI64, 64)->elements(pin);
  std::atomic<std::int64_t> peer{0};
  std::vector<double> times[6];
  for (int round = 0; round < kRounds; ++round) {
    const auto time = [&](int which, auto&& work) {
      times[which].push_back(bench::cpu_per_operation(1, kOperations, [&] {
        for (std::uint64_t i = 0; i < kOperations; ++i) work(i);
      }));
    };
    time(0, [&](std::uint64_t) { bench::keep(e.add(3, 1).ok()); });
    time(1, [&](std::uint64_t) { bench::keep(peer.fetch_add(1)); });
    time(2, [&](std::uint64_t i) { bench::keep(e.get(i % 64)); });
    time(3, [&](std::uint64_t) { bench::keep(peer.load(std::memory_order_relaxed)); });
    time(4,
         [&](std::uint64_t i) { bench::keep(e.set(i % 64, static_cast<std::int64_t>(i)).ok()); });
    time(5, [&](std::uint64_t i) {
      peer.store(static_cast<std::int64_t>(i), std::memory_order_relaxed);
      bench::keep(peer);
    });
  }
  const char* names[] = {"atomic add i64", "get i64", "set i64"};
  for (int i = 0; i < 3; ++i) {
    print(Figure{.bench = "array",
                 .name = names[i],
                 .n = 1,
                 .value = bench::median(times[2 * i]),
                 .peer = "std::atomic",
                 .peer_value = bench::median(times[2 * i + 1])});
  }
}

}  // namespace

int main() {
  tests::TestDomain t;
  const Pin pin(*t.worker);
  single(pin);
  for (const std::uint64_t n : {std::uint64_t{1'000}, std::uint64_t{100'000},
                                std::uint64_t{1'000'000}, std::uint64_t{10'000'000}}) {
    bulk<double>(pin, "f64", n);
    bulk<float>(pin, "f32", n);
    bulk<std::int32_t>(pin, "i32", n);
    bulk<std::int64_t>(pin, "i64", n);
    bulk<std::uint8_t>(pin, "u8", n);
  }
  return 0;
}
