#include "substrate/elements.h"

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/atom.h"
#include "substrate/park.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr ElementType kAllTypes[] = {ElementType::kI8,       ElementType::kU8,  ElementType::kI16,
                                     ElementType::kU16,      ElementType::kI32, ElementType::kU32,
                                     ElementType::kI64,      ElementType::kF32, ElementType::kF64,
                                     ElementType::kU8Clamped};
constexpr ElementType kIntegers[] = {ElementType::kI8,  ElementType::kU8,  ElementType::kI16,
                                     ElementType::kU16, ElementType::kI32, ElementType::kU32,
                                     ElementType::kI64};

// An array that an atom keeps alive.
struct Held {
  Worker& worker;
  RootRef atom;

  Held(Worker& w, const char* name) : worker(w), atom{} {
    const Pin pin(worker);
    const auto opened = open_atom(pin, name, kNil);
    check(opened.ok(), "no atom");
    atom = *opened;
  }
  Held(Worker& w, const char* name, ElementType type, std::uint64_t count) : Held(w, name) {
    const Pin pin(worker);
    const auto made =
        swap(pin, atom, [&](Edit& edit, Word) { return Array::make(edit, type, count)->word; });
    check(made.ok(), "no array");
  }
  [[nodiscard]] Elements elements(const Pin& pin) const {
    return Array{*deref(pin, atom)}.elements(pin);
  }
};

std::int64_t integer(const StatusOr<Scalar>& s) {
  REQUIRE(s.ok());
  return s->integer;
}

}  // namespace

TEST_CASE("an element takes what fits it, and nothing else") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  struct Row {
    ElementType type;
    std::int64_t low, high;
  };
  const Row rows[] = {{ElementType::kI8, -128, 127},
                      {ElementType::kU8, 0, 255},
                      {ElementType::kI16, -32768, 32767},
                      {ElementType::kU16, 0, 65535},
                      {ElementType::kI32, -2147483648LL, 2147483647LL},
                      {ElementType::kU32, 0, 4294967295LL}};
  for (const Row& row : rows) {
    INFO(element_name(row.type));
    const Elements e = Array::make(edit, row.type, 3)->elements(pin);
    for (const std::int64_t v : {row.low, std::int64_t{0}, row.high}) {
      CHECK(e.set(1, v).ok());
      CHECK(e.get(1) == Scalar(v));
      CHECK(e.store(2, v).ok());
      CHECK(*e.load(2) == Scalar(v));
    }
    for (const std::int64_t v : {row.low - 1, row.high + 1}) {
      CHECK(e.set(1, v).code() == StatusCode::kInvalidArgument);
      CHECK(e.store(1, v).code() == StatusCode::kInvalidArgument);
      CHECK(e.exchange(1, v).status().code() == StatusCode::kInvalidArgument);
      CHECK(e.compare_exchange(1, v, 0).status().code() == StatusCode::kInvalidArgument);
    }
    CHECK(e.set(1, 1.0).code() == StatusCode::kInvalidArgument);
    CHECK(e.get(1) == Scalar(row.high));
    CHECK(e.get(0) == Scalar(0));
  }
  const Elements wide = Array::make(edit, ElementType::kI64, 1)->elements(pin);
  for (const std::int64_t v :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    CHECK(wide.set(0, v).ok());
    CHECK(wide.get(0) == Scalar(v));
  }
  const Elements real = Array::make(edit, ElementType::kF32, 1)->elements(pin);
  CHECK(real.set(0, 0.1).ok());
  CHECK(real.get(0) == Scalar(0.1F));
  CHECK(real.set(0, 16777217).ok());
  CHECK(real.get(0) == Scalar(16777216.0));
  const Elements clamped = Array::make(edit, ElementType::kU8Clamped, 1)->elements(pin);
  for (const auto& [given, kept] : std::vector<std::pair<Scalar, int>>{{-1, 0},
                                                                       {300, 255},
                                                                       {0.5, 0},
                                                                       {1.5, 2},
                                                                       {254.5, 254},
                                                                       {1e300, 255},
                                                                       {-1e300, 0},
                                                                       {std::nan(""), 0},
                                                                       {77, 77}}) {
    CHECK(clamped.set(0, given).ok());
    CHECK(clamped.get(0) == Scalar(kept));
  }
}

TEST_CASE("an element that is not there is an error or nothing, of every operation") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  for (const ElementType type : kAllTypes) {
    for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{5}}) {
      const Elements e = Array::make(edit, type, count)->elements(pin);
      for (const std::uint64_t index :
           {count, count + 1, ~std::uint64_t{0}, ~std::uint64_t{0} / 8}) {
        CHECK(!e.get(index).has_value());
        CHECK(!e.set(index, 0).ok());
        CHECK(!e.load(index).ok());
        CHECK(!e.store(index, 0).ok());
        CHECK(!e.exchange(index, 0).ok());
        CHECK(!e.compare_exchange(index, 0, 0).ok());
        CHECK(!e.add(index, 0).ok());
        CHECK(!e.sub(index, 0).ok());
        CHECK(!e.bit_and(index, 0).ok());
        CHECK(!e.bit_or(index, 0).ok());
        CHECK(!e.bit_xor(index, 0).ok());
        CHECK(!e.notify_one(index).ok());
        CHECK(!e.notify_all(index).ok());
      }
      CHECK(e.slice(count + 1, 5).count() == 0);
      CHECK(e.slice(0, ~std::uint64_t{0}).count() == count);
    }
  }
}

TEST_CASE("atomic operations do what plain integers of the same width do") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  for (const ElementType type : kIntegers) {
    const unsigned bits = static_cast<unsigned>(8 * element_bytes(type));
    const bool is_signed = type == ElementType::kI8 || type == ElementType::kI16 ||
                           type == ElementType::kI32 || type == ElementType::kI64;
    const auto wrap = [&](std::uint64_t v) {
      const unsigned shift = 64 - bits;
      return is_signed ? static_cast<std::int64_t>(v << shift) >> shift
                       : static_cast<std::int64_t>(v << shift >> shift);
    };
    const Elements e = Array::make(edit, type, 3)->elements(pin);
    std::int64_t model = 0;
    for (int step = 0; step < yin::test::effort(2'000); ++step) {
      const auto any = static_cast<std::int64_t>(random.bits());
      const std::int64_t fits = wrap(random.bits());
      const auto u = static_cast<std::uint64_t>(model);
      const auto v = static_cast<std::uint64_t>(any);
      const std::int64_t before = model;
      StatusOr<Scalar> found = Scalar(before);
      switch (random.below(7)) {
        case 0:
          found = e.add(1, any);
          model = wrap(u + v);
          break;
        case 1:
          found = e.sub(1, any);
          model = wrap(u - v);
          break;
        case 2:
          found = e.bit_and(1, any);
          model = wrap(u & v);
          break;
        case 3:
          found = e.bit_or(1, any);
          model = wrap(u | v);
          break;
        case 4:
          found = e.bit_xor(1, any);
          model = wrap(u ^ v);
          break;
        case 5:
          found = e.exchange(1, fits);
          model = fits;
          break;
        default: {
          const std::int64_t expected = random.one_in(2) ? model : fits;
          const auto exchanged = e.compare_exchange(1, expected, fits);
          REQUIRE(exchanged.ok());
          REQUIRE(exchanged->done == (expected == before));
          found = exchanged->found;
          if (exchanged->done) model = fits;
        }
      }
      REQUIRE(integer(found) == before);
      REQUIRE(integer(e.load(1)) == model);
    }
    CHECK(e.get(0) == Scalar(0));
    CHECK(e.get(2) == Scalar(0));
    CHECK(e.add(1, 1.0).status().code() == StatusCode::kInvalidArgument);
    CHECK(e.bit_or(1, 1.0).status().code() == StatusCode::kInvalidArgument);
  }
}

TEST_CASE("clamped elements stop at their bounds, real ones follow IEEE 754 and their bits") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Elements clamped = Array::make(edit, ElementType::kU8Clamped, 1)->elements(pin);
  CHECK(integer(clamped.add(0, 200)) == 0);
  CHECK(integer(clamped.add(0, 100)) == 200);
  CHECK(integer(clamped.sub(0, std::numeric_limits<std::int64_t>::max())) == 255);
  CHECK(integer(clamped.sub(0, std::numeric_limits<std::int64_t>::min())) == 0);
  CHECK(integer(clamped.bit_xor(0, 0x0f)) == 255);
  CHECK(integer(clamped.load(0)) == 0xf0);
  for (const ElementType type : {ElementType::kF32, ElementType::kF64}) {
    const Elements e = Array::make(edit, type, 1)->elements(pin);
    CHECK(*e.add(0, 1.5) == Scalar(0.0));
    CHECK(*e.sub(0, 2) == Scalar(1.5));
    CHECK(*e.exchange(0, -0.0) == Scalar(-0.5));
    CHECK(!e.compare_exchange(0, 0.0, 1.0)->done);  // other bits
    CHECK(e.compare_exchange(0, -0.0, std::nan(""))->done);
    CHECK(e.compare_exchange(0, std::nan(""), 3.0)->done);
    CHECK(*e.load(0) == Scalar(3.0));
    CHECK(!e.bit_and(0, 1).ok());
    CHECK(!e.bit_or(0, 1).ok());
    CHECK(!e.bit_xor(0, 1).ok());
  }
}

TEST_CASE("no increment by threads is lost, of any type, though they are neighbours") {
  TestDomain t;
  constexpr int kThreads = 4;
  const int each = yin::test::effort(20'000);
  for (const ElementType type : kAllTypes) {
    const bool small = element_bytes(type) == 1;
    Held held(*t.worker, std::string("counts " + std::string(element_name(type))).c_str(), type, 3);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        const auto worker = join(*t.domain);
        const Pin pin(*worker);
        const Elements e = held.elements(pin);
        for (int n = 0; n < each; ++n) {
          check(e.add(0, 1).ok() && e.sub(1, -1).ok() && e.add(2, 3).ok(), "an increment");
        }
      });
    }
    for (auto& thread : threads) thread.join();
    const Pin pin(*t.worker);
    const Elements e = held.elements(pin);
    const std::int64_t total = std::int64_t{kThreads} * each;
    const bool clamped = type == ElementType::kU8Clamped;
    const std::int64_t width = std::int64_t{1} << (small ? 8 : 16);
    const bool narrow = element_bytes(type) < 4;
    for (const auto& [index, sum] :
         {std::pair{0, total}, std::pair{1, total}, std::pair{2, 3 * total}}) {
      INFO(element_name(type));
      const auto found =
          static_cast<std::int64_t>(e.get(static_cast<std::uint64_t>(index))->as_double());
      CHECK((clamped  ? found == std::min<std::int64_t>(sum, 255)
             : narrow ? (found - sum) % width == 0
                      : found == sum));
    }
  }
  expect_clean(*t.worker);
}

TEST_CASE("a million increments by two processes and their parent are exact") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const int each = yin::test::effort(1'000'000) / 3 + 1;
  const auto count = [each](Worker& worker) {
    Held held(worker, "counts");
    const Pin pin(worker);
    const Elements e = held.elements(pin);
    for (int i = 0; i < each; ++i) {
      check(e.add(0, 1).ok(), "an increment");
      const auto seen = e.load(1);
      if (e.compare_exchange(1, *seen, seen->integer + 1)->done) continue;
      check(e.add(1, 1).ok(), "an increment");
    }
  };
  {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    Held made(*worker, "counts", ElementType::kI64, 2);
  }
  std::vector<Child> children;
  for (int i = 0; i < 2; ++i) {
    children.emplace_back([&] {
      const auto domain = open_domain({.path = path});
      const auto worker = join(*domain);
      count(*worker);
      return 0;
    });
  }
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  count(*worker);
  for (auto& child : children) REQUIRE(child.wait() == 0);
  {
    const Pin pin(*worker);
    const Elements e = Held(*worker, "counts").elements(pin);
    CHECK(e.get(0) == Scalar(3 * each));
    CHECK(e.get(1) == Scalar(3 * each));
  }
  expect_clean(*worker);
}

TEST_CASE("a wait ends at once if the element is another, and in time if nobody comes") {
  TestDomain t;
  for (const ElementType type : {ElementType::kI32, ElementType::kU32, ElementType::kI64}) {
    Held held(*t.worker, "waits", type, 4);
    const Elements e = [&] {
      const Pin pin(*t.worker);
      return Array{
          *swap(pin, held.atom, [&](Edit& edit, Word) { return Array::make(edit, type, 4)->word; })}
          .elements(pin);
    }();
    CHECK(*e.wait(*t.worker, 3, 1) == WaitOutcome::kChanged);
    CHECK(*e.wait(*t.worker, 3, std::int64_t{1} << 32, 0) == WaitOutcome::kChanged);
    CHECK(*e.wait(*t.worker, 3, 0, 0) == WaitOutcome::kTimedOut);
    CHECK(*e.wait(*t.worker, 3, 0, 2) == WaitOutcome::kTimedOut);
    CHECK(e.wait(*t.worker, 4, 0).status().code() == StatusCode::kInvalidArgument);
  }
  for (const ElementType type : {ElementType::kI8, ElementType::kU16, ElementType::kF32,
                                 ElementType::kF64, ElementType::kU8Clamped}) {
    Held held(*t.worker, "no waits", type, 4);
    const Elements e = [&] {
      const Pin pin(*t.worker);
      return held.elements(pin);
    }();
    CHECK(e.wait(*t.worker, 0, 0).status().code() == StatusCode::kInvalidArgument);
    CHECK(!e.notify_all(0).ok());
  }
}

TEST_CASE("two processes hand a ball to and fro by wait and notify") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const int rounds = yin::test::effort(2'000);
  for (const ElementType type : {ElementType::kI32, ElementType::kI64}) {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    Held made(*worker, "ball", ElementType::kI32, 1);
    {
      const Pin pin(*worker);
      check(swap(pin, made.atom, [&](Edit& edit, Word) { return Array::make(edit, type, 2)->word; })
                .ok(),
            "an array");
    }
    // Each waits for its number and answers with the next one.
    const auto play = [rounds](Worker& player, int first) {
      const Held held(player, "ball");
      const Elements e = [&] {
        const Pin pin(player);
        return held.elements(pin);
      }();
      for (int n = first; n < rounds; n += 2) {
        for (;;) {
          const Scalar seen = [&] {
            const Pin pin(player);
            return *e.load(1);
          }();
          if (seen == Scalar(n)) break;
          check(e.wait(player, 1, seen).ok(), "a wait");
        }
        const Pin pin(player);
        check(e.store(1, n + 1).ok() && e.notify_all(1).ok(), "an answer");
      }
    };
    Child child([&] {
      const auto its_domain = open_domain({.path = path});
      const auto its_worker = join(*its_domain);
      play(*its_worker, 1);
      return 0;
    });
    play(*worker, 0);
    REQUIRE(child.wait() == 0);
    const Pin pin(*worker);
    CHECK(made.elements(pin).get(1)->integer == rounds);
  }
}

TEST_CASE("plain elements are never torn while others write them, atomic ones carry the rest") {
  TestDomain t;
  Held held(*t.worker, "words", ElementType::kI64, 64);
  const int rounds = yin::test::effort(20'000);
  constexpr std::int64_t kPattern = 0x0101010101010101;
  std::thread writer([&] {
    const auto worker = join(*t.domain);
    const Pin pin(*worker);
    const Elements e = held.elements(pin);
    for (int i = 1; i <= rounds; ++i) {
      for (std::uint64_t n = 1; n < e.count(); ++n) check(e.set(n, i % 100 * kPattern).ok(), "set");
      check(e.store(0, i).ok(), "store");
    }
  });
  const Pin pin(*t.worker);
  const Elements e = held.elements(pin);
  bool torn = false;
  bool late = false;
  for (std::int64_t seen = 0; seen < rounds;) {
    seen = e.load(0)->integer;
    const std::int64_t v = e.get(63)->integer;
    torn = torn || v % kPattern != 0;
    late = late || (seen == rounds && v != seen % 100 * kPattern);
  }
  writer.join();
  CHECK(!torn);
  CHECK(!late);
}

TEST_CASE("a span is the same memory, for the type alone") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Elements e = Array::make(edit, ElementType::kI32, 10)->elements(pin);
  const auto span = e.span<std::int32_t>();
  REQUIRE(span.has_value());
  (*span)[3] = 7;
  CHECK(e.get(3) == Scalar(7));
  CHECK(!e.span<std::uint32_t>().has_value());
  CHECK(!e.span<float>().has_value());
  const Elements apart(e.data(), 5, 8, ElementType::kI32, FieldAccess::kMutable);
  CHECK(!apart.span<std::int32_t>().has_value());
  const Elements frozen(e.data(), 5, 4, ElementType::kI32, FieldAccess::kImmutable);
  CHECK(!frozen.span<std::int32_t>().has_value());
  CHECK(frozen.span<const std::int32_t>().has_value());
  CHECK(!frozen.set(0, 1).ok());
  CHECK(!frozen.store(0, 1).ok());
  const Elements plain(e.data(), 5, 4, ElementType::kI32, FieldAccess::kMutable);
  CHECK(plain.set(0, 1).ok());
  CHECK(!plain.add(0, 1).ok());
}
