// What does exact arithmetic cost, beside Boost.Multiprecision's? (Expected: some 50 ns an operation
// on a few limbs, most of it memory; multiplying n limbs n * n ns / 2, where Boost is Karatsuba's from
// 40 limbs on; n limbs of text twice that.) And what do hash and equality of a nested value cost an
// item?

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // false, in the peer's numbers, at -O3
#endif

#include "substrate/number.h"

#include <cstdint>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "substrate/nursery.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "bench/support/report.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;
using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

constexpr int kRounds = 7;

class NumberBench {
 public:
  explicit NumberBench(std::uint64_t limbs) : limbs_(limbs), count_(200'000 / (limbs * limbs) + 3) {
    yin::tests::Random random(limbs);
    const auto make = [&] {
      cpp_int value = 1;
      for (std::uint64_t i = 0; i < limbs; ++i) value = (value << 63) | (random.bits() >> 1);
      return value;
    };
    x_ = make();
    y_ = make();
    wide_ = cpp_int(x_ * y_);
    a_ = of(x_);
    b_ = of(y_);
    w_ = of(wide_);
  }

  void run() {
    measure(
        "add", [&] { keep(add(edit_, a_, b_)); }, [&] { keep(cpp_int(x_ + y_)); });
    measure(
        "multiply", [&] { keep(multiply(edit_, a_, b_)); }, [&] { keep(cpp_int(x_ * y_)); });
    measure(
        "quotient", [&] { keep(quotient(edit_, w_, a_)); }, [&] { keep(cpp_int(wide_ / x_)); });
    measure(
        "reduce", [&] { keep(divide(edit_, a_, b_)); }, [&] { keep(cpp_rational(x_, y_)); });
    measure(
        "text",
        [&] {
          std::string text;
          append_exact(text, pin_, a_);
          keep(text);
        },
        [&] { keep(x_.str()); });
    const std::string digits = x_.str();
    measure(
        "read", [&] { keep(parse_integer(edit_, digits, false)); }, [&] { keep(cpp_int(digits)); });
  }

 private:
  Word of(const cpp_int& i) { return parse_integer(slab_, i.str(), false).word; }

  template <class Ours, class Theirs>
  void measure(const char* name, const Ours& ours, const Theirs& theirs) {
    std::vector<double> times;
    std::vector<double> peer_times;
    for (int round = 0; round < kRounds; ++round) {
      t_.worker->nursery().reset();
      times.push_back(cpu_per_operation(1, count_, [&] {
        for (std::uint64_t i = 0; i < count_; ++i) ours();
      }));
      peer_times.push_back(cpu_per_operation(1, count_, [&] {
        for (std::uint64_t i = 0; i < count_; ++i) theirs();
      }));
    }
    print({.bench = "number",
           .name = name,
           .n = limbs_,
           .value = median(times),
           .peer = "boost",
           .peer_value = median(peer_times)});
  }

  std::uint64_t limbs_;
  std::uint64_t count_;
  yin::tests::TestDomain t_;
  Pin pin_{*t_.worker};
  Edit slab_ = Edit::in_slab(pin_);
  Edit edit_ = Edit::in_nursery(pin_);
  cpp_int x_, y_, wide_;
  Word a_{}, b_{}, w_{};
};

// A vector of 20,000 vectors of 10 integers, and an equal one.
void nested() {
  yin::tests::TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  constexpr std::uint64_t kRows = 20'000;
  const auto make = [&] {
    std::vector<Word> rows;
    for (std::uint64_t i = 0; i < kRows; ++i) {
      const std::vector<Word> row(10, int_word(static_cast<std::int64_t>(i)));
      rows.push_back(Vector::from(edit, row).word);
    }
    return Vector::from(edit, rows).word;
  };
  const Word a = make();
  const Word b = make();
  constexpr std::uint64_t kItems = kRows * 11;
  const auto figure = [&](const char* name, double value) {
    print({.bench = "number", .name = name, .n = kItems, .value = value});
  };
  figure("hash, an item", cpu_per_operation(kRounds, kItems, [&] { keep(hash(pin, a)); }));
  figure("equal, an item", cpu_per_operation(kRounds, kItems, [&] { keep(equal(pin, a, b)); }));
  figure("compare, an item", cpu_per_operation(kRounds, kItems, [&] { keep(compare(pin, a, b)); }));
}

}  // namespace

int main() {
  for (const std::uint64_t limbs : {2, 10, 100, 1000}) NumberBench(limbs).run();
  nested();
}
