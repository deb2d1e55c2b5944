#include "substrate/vector.h"

#include <algorithm>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/internal/radix.h"
#include "substrate/nursery.h"
#include "substrate/root.h"
#include "substrate/value.h"
#include "substrate/verify.h"
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

bool is_relaxed(const Pin& pin, Vector v) {
  return is_reference(v.word) && vector_shape(pin, v.word).relaxed;
}

unsigned shift_of(const Pin& pin, Vector v) { return vector_shape(pin, v.word).shift; }

// Everything that can be asked of a vector, against what it must hold.
void require_contents(const Pin& pin, Vector v, const std::vector<Word>& expected) {
  REQUIRE(v.count(pin) == expected.size());
  REQUIRE(contents(pin, v) == expected);
  REQUIRE(flaw_in(pin, v.word) == "");
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
      const Word built = Vector::from(edit, expected).word;
      REQUIRE(equal(pin, version.word, built));
      REQUIRE(hash(pin, version.word) == hash(pin, built));
      if (!is_relaxed(pin, version)) REQUIRE(congruent(pin, version.word, built));
    }
  }
}

TEST_CASE("concat joins vectors of all sizes around a boundary") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const auto items = numbers(70'000);
  for (const std::uint64_t left : kBoundaries) {
    for (const std::uint64_t right : kBoundaries) {
      const std::span<const Word> all(items);
      const Vector a = Vector::from(edit, all.first(left));
      const Vector b = Vector::from(edit, all.subspan(left, right));
      const Vector joined = a.concat(edit, b);
      const Vector plain = Vector::from(edit, all.first(left + right));
      REQUIRE(joined.count(pin) == left + right);
      REQUIRE(flaw_in(pin, joined.word) == "");
      REQUIRE(equal(pin, joined.word, plain.word));
      for (std::uint64_t i = 0; i < left + right; i += 1 + i / 64)
        REQUIRE(joined.nth(pin, i) == items[i]);
      if (!is_relaxed(pin, joined)) REQUIRE(congruent(pin, joined.word, plain.word));
    }
  }
}

TEST_CASE("a slice of any vector is that of its elements, and take leaves a strict one strict") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const auto items = numbers(34'000);
  const Vector strict = Vector::from(edit, items);
  Vector relaxed = strict.take(edit, 999);
  for (std::uint64_t at = 999; at < items.size(); at += 1000)
    relaxed = relaxed.concat(edit, strict.slice(edit, at, at + 1000));
  REQUIRE(is_relaxed(pin, relaxed));
  REQUIRE(equal(pin, strict.word, relaxed.word));
  REQUIRE(equal(pin, relaxed.word, strict.word));
  for (const std::uint64_t from : kBoundaries) {
    for (const std::uint64_t size : kBoundaries) {
      const std::uint64_t to = std::min<std::uint64_t>(from + size, items.size());
      for (const Vector& v : {strict, relaxed}) {
        const Vector part = v.slice(edit, from, to);
        REQUIRE(part.count(pin) == to - from);
        REQUIRE(flaw_in(pin, part.word) == "");
        for (std::uint64_t i = from; i < to; i += 1 + (i - from) / 16)
          REQUIRE(part.nth(pin, i - from) == items[i]);
        if (to > from) REQUIRE(part.nth(pin, to - from - 1) == items[to - 1]);
      }
    }
    REQUIRE(congruent(pin, strict.take(edit, from).word,
                      Vector::from(edit, std::span(items).first(from)).word));
  }
}

TEST_CASE("joining, cutting and inserting give what std::vector gives, in every version") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (int round = 0; round < yin::test::effort(8); ++round) {
    t.worker->nursery().reset();
    const std::uint64_t largest = round % 2 == 0 ? 200 : 20'000;
    Vector vector;
    std::vector<Word> model;
    std::vector<std::pair<Vector, std::vector<Word>>> old;
    const auto at = [&model](std::uint64_t i) {
      return model.begin() + static_cast<std::ptrdiff_t>(i);
    };
    for (int i = 0; i < 600; ++i) {
      const Word item = item_number(edit, random.below(1000));
      const std::uint64_t index = random.below(model.size() + 1);
      switch (random.below(10)) {
        case 0: {
          const auto more = numbers(random.below(largest));
          vector = vector.concat(edit, Vector::from(edit, more));
          model.insert(model.end(), more.begin(), more.end());
          break;
        }
        case 1: {  // a part of an older version, put before it
          if (old.empty()) break;
          const auto& [version, held] = old[random.below(old.size())];
          const std::uint64_t from = random.below(held.size() + 1);
          const std::uint64_t to = from + random.below(held.size() + 1 - from);
          vector = version.slice(edit, from, to).concat(edit, vector);
          model.insert(model.begin(), held.begin() + static_cast<std::ptrdiff_t>(from),
                       held.begin() + static_cast<std::ptrdiff_t>(to));
          break;
        }
        case 2:
          vector = vector.take(edit, index);
          model.resize(index);
          break;
        case 3:
          vector = vector.drop(edit, index / 3);
          model.erase(model.begin(), at(index / 3));
          break;
        case 4:
        case 5:
          vector = vector.insert_at(edit, index, item);
          model.insert(at(index), item);
          break;
        case 6:
          if (index == model.size()) break;
          vector = vector.remove_at(edit, index);
          model.erase(at(index));
          break;
        case 7:
          vector = vector.assoc(edit, index, item);
          index == model.size() ? model.push_back(item) : void(model[index] = item);
          break;
        case 8:
          for (std::uint64_t k = random.below(100); k > 0 && !model.empty(); --k) {
            vector = vector.pop(edit);
            model.pop_back();
          }
          break;
        default:
          for (std::uint64_t k = random.below(100); k > 0; --k) {
            vector = vector.conj(edit, item);
            model.push_back(item);
          }
      }
      if (model.size() > 4 * largest) {
        vector = vector.drop(edit, 3 * largest);
        model.erase(model.begin(), at(3 * largest));
      }
      REQUIRE(vector.count(pin) == model.size());
      if (!model.empty()) {
        const std::uint64_t any = random.below(model.size());
        REQUIRE(vector.nth(pin, any) == model[any]);
      }
      if (random.one_in(20)) old.emplace_back(vector, model);
    }
    old.emplace_back(vector, model);
    for (const auto& [version, expected] : old) {
      require_contents(pin, version, expected);
      const Word built = Vector::from(edit, expected).word;
      REQUIRE(equal(pin, version.word, built));
      REQUIRE(equal(pin, built, version.word));
      REQUIRE(hash(pin, version.word) == hash(pin, built));
      REQUIRE(compare(pin, version.word, built) == 0);
    }
  }
}

TEST_CASE("however it is joined, cut and pushed, a vector's tree stays low") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  // Joined from crumbs, front and back in turn.
  Vector crumbs;
  for (int i = 0; i < 20'000; ++i) {
    const Vector crumb = Vector::from(edit, numbers(1 + random.below(40)));
    crumbs = i % 2 == 0 ? crumbs.concat(edit, crumb) : crumb.concat(edit, crumbs);
  }
  CHECK(flaw_in(pin, crumbs.word) == "");
  CHECK(shift_of(pin, crumbs) <= 20);  // 400,000 elements: 15, were it strict
  // A tall tree cut to slivers, which are put together again.
  const Vector tall = Vector::from(edit, numbers(40'000));
  Vector slivers;
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t middle = 32'768 - random.below(40);
    slivers = slivers.concat(edit, tall.slice(edit, middle, middle + 33 + random.below(30)));
  }
  CHECK(flaw_in(pin, slivers.word) == "");
  CHECK(shift_of(pin, slivers) <= 20);
  // A queue: pushed at one end, dropped at the other.
  Vector queue;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    queue = queue.conj(edit, int_word(static_cast<std::int64_t>(i)));
    if (i >= 1000) queue = queue.drop(edit, 1);
  }
  CHECK(queue.nth(pin, 0) == int_word(49'000));
  CHECK(flaw_in(pin, queue.word) == "");
  CHECK(shift_of(pin, queue) <= 10);
}

TEST_CASE("a relaxed vector that is published is the same, and verifies") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Vector half = Vector::from(edit, numbers(5'000));
  const Vector built = half.drop(edit, 77).concat(edit, half).insert_at(edit, 3333, kTrue);
  Word words[] = {built.word, from_string(edit, "beside it")};
  const auto before = contents(pin, built);
  publish(pin, words);
  require_contents(pin, Vector{words[0]}, before);
  REQUIRE(named_root(pin, RootKind::kAtom, "vector", words[0]).ok());
  CHECK(verify(*t.worker).clean());
}
