#include "substrate/array.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/set.h"
#include "substrate/vector.h"
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

Array make(Edit& edit, ElementType type, std::uint64_t count) {
  const auto made = Array::make(edit, type, count);
  check(made.ok(), made.status().message().c_str());
  return *made;
}

}  // namespace

TEST_CASE("arrays of any type and length are zero, aligned, and of their own") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "arrays");
  for (const std::uint64_t count :
       {0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 1'000, 4'095, 4'096, 8'192, 40'000, 100'003}) {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    std::vector<Word> words;
    for (const ElementType type : kAllTypes) {
      const Array a = make(edit, type, count);
      const Elements e = a.elements(pin);
      INFO(element_name(type) << " " << count);
      REQUIRE(a.type(pin) == type);
      REQUIRE(a.count(pin) == count);
      const std::uint64_t bytes = count * element_bytes(type);
      REQUIRE(reinterpret_cast<std::uintptr_t>(e.data()) % (bytes >= 64 ? 64 : 16) == 0);
      for (std::uint64_t i = 0; i < bytes; ++i) REQUIRE(e.data()[i] == std::byte{0});
      std::memset(e.data(), 0xff, static_cast<std::size_t>(bytes));  // its neighbours must not mind
      words.push_back(a.word);
    }
    const auto swapped =
        swap(pin, ref, [&](Edit& inner, Word) { return Vector::from(inner, words).word; });
    REQUIRE(swapped.ok());
    expect_clean(*t.worker);
  }
}

TEST_CASE("an array behaves as a std::vector of its type would") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const auto play = [&]<class T>(T) {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    std::vector<T> model(static_cast<std::size_t>(random.below(300)));
    for (T& v : model) v = static_cast<T>(random.bits() % 1'000);
    const auto made = Array::from<T>(edit, model);
    REQUIRE(made.ok());
    REQUIRE(made->type(pin) == element_type_of<T>());
    for (int step = 0; step < yin::test::effort(1'000); ++step) {
      const std::uint64_t index = random.below(model.size() + 2);
      const bool there = index < model.size();
      const auto at = static_cast<std::size_t>(index);
      if (random.one_in(2)) {
        const T v = static_cast<T>(random.bits() % 100);
        const Word w = std::is_floating_point_v<T> ? from_double(edit, static_cast<double>(v))
                                                   : from_int(edit, static_cast<std::int64_t>(v));
        REQUIRE(made->set(pin, index, w).ok() == there);
        if (there) model[at] = v;
      }
      const Word found = made->get(edit, index);
      REQUIRE(is_absent(found) == !there);
      if (!there) continue;
      REQUIRE(is_double(found) == std::is_floating_point_v<T>);
      REQUIRE(scalar_of(pin, found) == Scalar(model[at]));
    }
    const auto all = made->elements(pin).template span<T>();
    REQUIRE(all.has_value());
    REQUIRE(std::equal(all->begin(), all->end(), model.begin(), model.end()));
    REQUIRE(!made->set(pin, 0, kNil).ok());
    REQUIRE(!made->set(pin, 0, kTrue).ok());
  };
  for (int round = 0; round < yin::test::effort(10); ++round) {
    play(std::int8_t{});
    play(std::uint8_t{});
    play(std::int16_t{});
    play(std::uint16_t{});
    play(std::int32_t{});
    play(std::uint32_t{});
    play(std::int64_t{});
    play(float{});
    play(double{});
  }
}

TEST_CASE("integers that no word holds go into an array and come out") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Array a = make(edit, ElementType::kI64, 2);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  REQUIRE(a.set(pin, 1, from_int(edit, kMost)).ok());
  CHECK(to_int(pin, a.get(edit, 1)) == kMost);
}

TEST_CASE("an array is equal to itself only, and keeps its hash when it is published and changed") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "array");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Array a = make(edit, ElementType::kI32, 4);
  const Array b = make(edit, ElementType::kI32, 4);
  CHECK(equal(pin, a.word, a.word));
  CHECK(!equal(pin, a.word, b.word));
  CHECK(hash(pin, a.word) != hash(pin, b.word));
  CHECK(compare(pin, a.word, a.word) == 0);
  CHECK(compare(pin, a.word, b.word) == -compare(pin, b.word, a.word));
  const std::uint64_t hash_before = hash(pin, a.word);

  const MapEntry entries[] = {{a.word, int_word(1)}, {b.word, int_word(2)}};
  Word words[] = {Map::from(edit, entries).word};
  publish(pin, words);
  t.worker->nursery().reset();
  REQUIRE(reset_root(pin, ref, words[0]).ok());
  REQUIRE(a.elements(pin).set(0, 5).ok());
  CHECK(hash(pin, a.word) == hash_before);
  const Map map{*deref(pin, ref)};
  CHECK(map.find(pin, a.word) == int_word(1));  // it did not move
  CHECK(map.find(pin, b.word) == int_word(2));
  expect_clean(*t.worker);
}

TEST_CASE("an array lives in every version of what holds it, and changes in all") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "array");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Array a = make(edit, ElementType::kF64, 10);
  const Word items[] = {a.word};
  const Vector before = Vector::from(edit, items);
  const Vector after = before.conj(edit, int_word(1));
  REQUIRE(reset_root(pin, ref, after.word).ok());
  REQUIRE(Array{after.nth(pin, 0)}.elements(pin).set(3, 2.5).ok());
  CHECK(Array{before.nth(pin, 0)}.elements(pin).get(3) == Scalar(2.5));
}

TEST_CASE("what an array holds survives cycles, what nobody holds is reused") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "array");
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  std::uint64_t high = 0;
  for (int round = 0; round < 40; ++round) {
    std::uint64_t count = random.below(200'000);
    {
      const Pin pin(*t.worker);
      const auto swapped = swap(pin, ref, [&](Edit& edit, Word) {
        const Array a = make(edit, ElementType::kI64, count);
        for (std::uint64_t i = 0; i < count; ++i)
          check(a.elements(pin).set(i, static_cast<std::int64_t>(i * i)).ok(), "set");
        return a.word;
      });
      REQUIRE(swapped.ok());
    }
    REQUIRE(collect(*t.worker).ok());
    REQUIRE(collect(*t.worker).ok());
    const Pin pin(*t.worker);
    const Elements e = Array{*deref(pin, ref)}.elements(pin);
    REQUIRE(e.count() == count);
    for (std::uint64_t i = 0; i < count; ++i)
      REQUIRE(e.get(i) == Scalar(static_cast<std::int64_t>(i * i)));
    if (round == 10) high = t.domain->state().next_slab.load_seq();
  }
  CHECK(t.domain->state().next_slab.load_seq() < 3 * high);
  expect_clean(*t.worker);
}

TEST_CASE("an array that no domain can hold is refused, and nothing is lost") {
  TestDomain t({.path = {}, .mode = OpenMode::kCreate, .capacity_bytes = kCapacityMin});
  const RootRef ref = atom(*t.worker, "array");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  for (const std::uint64_t count : {std::uint64_t{1} << 29, std::uint64_t{1} << 33,
                                    std::uint64_t{1} << 60, ~std::uint64_t{0}}) {
    CHECK(Array::make(edit, ElementType::kI64, count).status().code() ==
          StatusCode::kResourceExhausted);
  }
  CHECK(Array::make(edit, ElementType::kWord, 1).status().code() == StatusCode::kInvalidArgument);
  CHECK(Array::make(edit, ElementType::kEnd, 1).status().code() == StatusCode::kInvalidArgument);
  CHECK(Array::filled(edit, ElementType::kU8, 9, 256).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(reset_root(pin, ref, make(edit, ElementType::kI64, 10).word).ok());
  expect_clean(*t.worker);
}

TEST_CASE("an array that fits but has no room is told by the commit that would publish it") {
  TestDomain t({.path = {}, .mode = OpenMode::kCreate, .capacity_bytes = kCapacityMin});
  const RootRef ref = atom(*t.worker, "array");
  const Pin pin(*t.worker);
  const auto swapped = swap(pin, ref, [&](Edit& edit, Word) {
    const auto made = Array::make(edit, ElementType::kI64, (kCapacityMin + (1 << 20)) / 8);
    return made.ok() ? made->word : kNil;
  });
  REQUIRE((!swapped.ok() || is_nil(*swapped)));
  CHECK(is_nil(*deref(pin, ref)));
  expect_clean(*t.worker);
}

TEST_CASE("another process finds the same array, and both write it") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  struct Page {
    SharedHalf turn;
  };
  SharedPage<Page> page;
  Child child([&] {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    const RootRef ref = atom(*worker, "array");
    {
      const Pin pin(*worker);
      const auto made = swap(pin, ref, [](Edit& edit, Word) {
        return Array::filled(edit, ElementType::kU16, 70'000, 7)->word;
      });
      check(made.ok(), "an array");
    }
    announce(page->turn);
    await(page->turn, 2);
    const Pin pin(*worker);
    return Array{*deref(pin, ref)}.elements(pin).get(69'999) == Scalar(9) ? 0 : 1;
  });
  await(page->turn, 1);
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  {
    const Pin pin(*worker);
    const Elements e = Array{*deref(pin, atom(*worker, "array"))}.elements(pin);
    CHECK(e.get(69'999) == Scalar(7));
    CHECK(e.set(69'999, 9).ok());
  }
  announce(page->turn);
  CHECK(child.wait() == 0);
  expect_clean(*worker);
}

TEST_CASE("an array prints its type, its length and its first elements") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Array a = make(edit, ElementType::kI32, 3);
  REQUIRE(a.elements(pin).set(1, -5).ok());
  CHECK(print(pin, a.word) == "#yin/array [i32 3 [0 -5 0]]");
  CHECK(print(pin, make(edit, ElementType::kF32, 1).word) == "#yin/array [f32 1 [0.0]]");
  CHECK(print(pin, make(edit, ElementType::kU8Clamped, 0).word) == "#yin/array [u8c 0 []]");
  const std::string longer = print(pin, make(edit, ElementType::kU8, 101).word);
  CHECK(longer.ends_with(" 0 ...]]"));
  CHECK(longer.size() < 250);
  CHECK(kind_name(a.word) == "array");
}

TEST_CASE("verify finds an array that is longer than its object or of no type") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "array");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Array a = make(edit, ElementType::kI32, 100);
  REQUIRE(reset_root(pin, ref, a.word).ok());
  expect_clean(*t.worker);
  Word* words = record_words(header_of(pin, a.word));
  const auto damaged = [&](std::uint32_t index, Word w) {
    const Word before = std::exchange(words[index], w);
    const VerifyReport report = verify(*t.worker);
    words[index] = before;
    return !report.clean();
  };
  for (const std::int64_t type : {0, 11, -1, 1 << 20})
    CHECK(damaged(ArrayField::kType, int_word(type)));
  CHECK(damaged(ArrayField::kType, kNil));
  CHECK(damaged(ArrayField::kType, int_word(static_cast<std::int64_t>(ElementType::kF64))));
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{200}, kIntMax, kIntMax / 8 + 1})
    CHECK(damaged(ArrayField::kCount, int_word(count)));
  CHECK(damaged(ArrayField::kCount, kTrue));
  CHECK(damaged(ArrayField::kIdentity, kNil));
  ObjectHeader* h = header_of(pin, a.word);
  for (std::uint32_t i = ArrayField::kEnd; i < h->count; ++i) CHECK(damaged(i, int_word(1)));
  const std::uint32_t count = h->count;
  for (const std::uint32_t wrong : {0U, 2U, count + 1, count + 8, ~0U}) {
    h->count = wrong;
    CHECK(!verify(*t.worker).clean());
  }
  h->count = count;
  expect_clean(*t.worker);
}
