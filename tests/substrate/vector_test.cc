#include "substrate/vector.h"

#include <algorithm>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::uint64_t kBoundaries[] = {0,     1,     2,     31,    32,    33,   63,   64,
                                         65,    1023,  1024,  1025,  1055,  1056, 1057, 32767,
                                         32768, 32769, 32800, 32801, 32832, 33792};

std::vector<Word> numbers(std::uint64_t count) {
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < count; ++i) items.push_back(int_word(static_cast<std::int64_t>(i)));
  return items;
}

std::vector<Word> contents(const Pin& pin, Vector v) {
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < v.count(pin);) {
    const auto run = v.chunk(pin, i);
    REQUIRE(!run.empty());
    items.insert(items.end(), run.begin(), run.end());
    i += run.size();
  }
  return items;
}

Word item_number(Edit& edit, std::uint64_t n) {
  return n % 5 == 0 ? from_string(edit, "an item of many bytes " + std::to_string(n))
                    : int_word(static_cast<int>(n));
}

}  // namespace

TEST_CASE(
    "a vector built at once and one built by conj are the same, at every size around a boundary") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const auto items = numbers(33'800);
  Vector grown;
  std::uint64_t at = 0;
  std::vector<Vector> versions;
  for (const std::uint64_t size : kBoundaries) {
    for (; at < size; ++at) grown = grown.conj(edit, items[at]);
    versions.push_back(grown);
    const Vector bulk = Vector::from(edit, std::span(items).first(size));
    REQUIRE(bulk.count(pin) == size);
    REQUIRE(congruent(pin, bulk.word, grown.word));
    REQUIRE(flaw_in(pin, grown.word) == "");
    REQUIRE(contents(pin, bulk) == numbers(size));
    for (std::uint64_t i = 0; i < size; ++i) REQUIRE(bulk.nth(pin, i) == items[i]);
  }
  for (std::size_t i = versions.size(); i-- > 0;) {
    for (; at > kBoundaries[i]; --at) grown = grown.pop(edit);
    REQUIRE(congruent(pin, grown.word, versions[i].word));
    REQUIRE(flaw_in(pin, grown.word) == "");
  }
  REQUIRE(grown.word == kEmptyVector);
}

TEST_CASE(
    "assoc changes one element, in the tail and at any depth, and nothing in the old vector") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const std::uint64_t size : kBoundaries) {
    if (size == 0) continue;
    const Vector vector = Vector::from(edit, numbers(size));
    for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
      const Vector changed = vector.assoc(edit, index, kTrue);
      auto expected = numbers(size);
      expected[index] = kTrue;
      REQUIRE(contents(pin, changed) == expected);
      REQUIRE(contents(pin, vector) == numbers(size));
      REQUIRE(flaw_in(pin, changed.word) == "");
      REQUIRE(vector.assoc(edit, index, vector.nth(pin, index)).word == vector.word);
      REQUIRE(!equal(pin, changed.word, vector.word));
      REQUIRE(equal(pin, changed.assoc(edit, index, vector.nth(pin, index)).word, vector.word));
      // A reference comes in, and goes out again: the leaf flags follow.
      const Vector referring = vector.assoc(edit, index, from_string(edit, "many bytes"));
      REQUIRE(flaw_in(pin, referring.word) == "");
      REQUIRE(flaw_in(pin, referring.assoc(edit, index, kNil).word) == "");
    }
    REQUIRE(vector.assoc(edit, size, kNil).count(pin) == size + 1);
  }
  CHECK(Vector().assoc(edit, 0, kTrue).nth(pin, 0) == kTrue);
}

TEST_CASE("drop gives the elements from an index on") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const auto items = numbers(1100);
  const Vector vector = Vector::from(edit, items);
  for (const std::uint64_t first :
       {0u, 1u, 31u, 32u, 33u, 1024u, 1067u, 1068u, 1069u, 1099u, 1100u, 1101u, 5000u}) {
    const Vector rest = vector.drop(edit, first);
    const auto start = std::min<std::uint64_t>(first, items.size());
    REQUIRE(contents(pin, rest) ==
            std::vector<Word>(items.begin() + static_cast<std::ptrdiff_t>(start), items.end()));
    REQUIRE(flaw_in(pin, rest.word) == "");
  }
  CHECK(vector.drop(edit, 0).word == vector.word);
  CHECK(Vector().drop(edit, 3).word == kEmptyVector);
}

TEST_CASE("a vector is what a std::vector is, in every version") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (int round = 0; round < yin::test::effort(6); ++round) {
    Vector vector;
    std::vector<Word> model;
    std::vector<std::pair<Vector, std::vector<Word>>> old;
    std::uint64_t limit = 1 + random.below(round % 2 == 0 ? 100 : 3000);
    for (int i = 0; i < 2500; ++i) {
      const std::uint64_t choice = random.below(100);
      const Word item = item_number(edit, random.below(1000));
      if (choice < 2 || (model.empty() && choice < 60)) {
        const std::uint64_t more = random.below(limit);
        for (std::uint64_t k = 0; k < more; ++k) {
          vector = vector.conj(edit, item);
          model.push_back(item);
        }
      } else if (choice < 40) {
        vector = vector.conj(edit, item);
        model.push_back(item);
      } else if (choice < 65 && !model.empty()) {
        const std::uint64_t index = random.below(model.size());
        vector = vector.assoc(edit, index, item);
        model[index] = item;
      } else if (choice < 97 && !model.empty()) {
        vector = vector.pop(edit);
        model.pop_back();
      } else if (choice == 97) {
        const std::uint64_t first = random.below(model.size() + 1);
        vector = vector.drop(edit, first);
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(first));
      }
      if (random.one_in(60)) old.emplace_back(vector, model);
    }
    old.emplace_back(vector, model);
    for (const auto& [version, expected] : old) {
      REQUIRE(version.count(pin) == expected.size());
      REQUIRE(contents(pin, version) == expected);
      REQUIRE(flaw_in(pin, version.word) == "");
      REQUIRE(congruent(pin, version.word, Vector::from(edit, expected).word));
    }
  }
}
