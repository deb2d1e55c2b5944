#include "substrate/diff.h"

#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/internal/champ.h"
#include "substrate/nursery.h"
#include "substrate/value.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

Word number(std::uint64_t n) { return int_word(static_cast<std::int64_t>(n)); }

std::vector<MapEntry> entries_of_size(std::uint64_t count) {
  std::vector<MapEntry> entries;
  for (std::uint64_t i = 0; i < count; ++i) entries.push_back({number(i), number(i)});
  return entries;
}

// `before` with everything the diff says must be `after`, and nothing may be said twice or in vain.
void require_diff(Edit& edit, Map before, Map after) {
  const Pin& pin = edit.pin();
  Map made = before;
  for (MapDiff it(pin, before, after); !it.done(); it.next()) {
    REQUIRE(before.find(pin, it.key()) == it.before());
    REQUIRE(after.find(pin, it.key()) == it.after());
    REQUIRE(
        (it.before() == kAbsent || it.after() == kAbsent || !equal(pin, it.before(), it.after())));
    const Map next = it.after() == kAbsent ? made.dissoc(edit, it.key())
                                           : made.assoc(edit, it.key(), it.after());
    REQUIRE(next.word != made.word);
    made = next;
  }
  REQUIRE(equal(pin, made.word, after.word));
}

}  // namespace

TEST_CASE("what a diff of two maps says makes the one from the other") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (int round = 0; round < yin::test::effort(300); ++round) {
    const std::uint64_t keys = round % 2 == 0 ? 15 : 800;
    const auto change = [&](Map map, std::uint64_t times) {
      for (; times > 0; --times) {
        const Word key = key_number(edit, random, static_cast<int>(random.below(keys)));
        map = random.one_in(2) ? map.dissoc(edit, key)
                               : map.assoc(edit, key, number(random.below(3)));
      }
      return map;
    };
    const Map base = change({}, random.below(2 * keys));
    const Map a = change(base, random.below(30));
    const Map b =
        random.one_in(4) ? change({}, random.below(keys)) : change(base, random.below(30));
    require_diff(edit, a, b);
    require_diff(edit, b, a);
    require_diff(edit, a, {});
    require_diff(edit, {}, b);
    REQUIRE(MapDiff(pin, a, a).done());
  }
}

TEST_CASE("keys of one hash are told apart by a diff") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  std::vector<Word> keys;  // records of one content have one hash
  for (int i = 0; i < 5; ++i) keys.push_back(make_record(edit, ObjectKind::kClosure, &kNil, 1));
  Map all;
  for (const Word key : keys) all = all.assoc(edit, key, kNil);
  Map some = all;
  for (const Word key : keys) {
    require_diff(edit, some, all);
    require_diff(edit, all, some.assoc(edit, key, kTrue));
    require_diff(edit, some, {});
    some = some.dissoc(edit, key);
  }
  require_diff(edit, some, all);
}

TEST_CASE("a diff of two maps of a million that differ in ten keys looks at their paths only") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Map a = Map::from(edit, entries_of_size(1'000'000));
  Map b = a;
  for (std::uint64_t i = 0; i < 5; ++i) b = b.assoc(edit, number(i * 199'999), kNil);
  for (std::uint64_t i = 0; i < 3; ++i) b = b.assoc(edit, number(2'000'000 + i), kNil);
  b = b.dissoc(edit, number(77)).dissoc(edit, number(777'777));
  MapDiff it(pin, a, b);
  int found = 0;
  for (; !it.done(); it.next()) ++found;
  CHECK(found == 10);
  CHECK(it.visited() <= 10 * 2 * 6);

  const std::uint64_t used = t.worker->nursery().used_bytes();
  const Map merged = a.merge(edit, b);
  CHECK(t.worker->nursery().used_bytes() - used <= 10 * 1500);
  CHECK(merged.count(pin) == 1'000'003);
  CHECK(merged.find(pin, number(199'999)) == kNil);
  CHECK(merged.find(pin, number(77)) == number(77));
}

TEST_CASE("a set's diff says which items came and went") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (int round = 0; round < yin::test::effort(200); ++round) {
    Set before;
    for (std::uint64_t i = random.below(300); i > 0; --i)
      before = before.conj(edit, key_number(edit, random, static_cast<int>(random.below(200))));
    Set after = before;
    for (std::uint64_t i = random.below(20); i > 0; --i) {
      const Word item = key_number(edit, random, static_cast<int>(random.below(200)));
      after = random.one_in(2) ? after.conj(edit, item) : after.disj(edit, item);
    }
    Set made = before;
    for (SetDiff it(pin, before, after); !it.done(); it.next()) {
      const Set next = it.added() ? made.conj(edit, it.item()) : made.disj(edit, it.item());
      REQUIRE(next.word != made.word);
      made = next;
    }
    REQUIRE(equal(pin, made.word, after.word));
  }
}

TEST_CASE("a vector's diff finds the positions that differ, strict or relaxed") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < 5000; ++i) items.push_back(number(i));
  for (int round = 0; round < yin::test::effort(300); ++round) {
    Vector a = Vector::from(edit, std::span(items).first(random.below(5000)));
    if (random.one_in(2)) a = a.drop(edit, random.below(100)).concat(edit, a);
    Vector b = a;
    for (std::uint64_t i = random.below(8); i > 0; --i)
      b = b.assoc(edit, random.below(b.count(pin) + 1), number(random.below(5000)));
    if (random.one_in(3)) b = b.take(edit, random.below(b.count(pin) + 1));
    if (random.one_in(5)) b = b.drop(edit, random.below(b.count(pin) + 1));
    if (random.one_in(2)) std::swap(a, b);
    VectorDiff it(pin, a, b);
    for (std::uint64_t i = 0; i < std::max(a.count(pin), b.count(pin)); ++i) {
      const Word x = i < a.count(pin) ? a.nth(pin, i) : kAbsent;
      const Word y = i < b.count(pin) ? b.nth(pin, i) : kAbsent;
      if (equal(pin, x, y)) continue;
      REQUIRE(!it.done());
      REQUIRE(it.index() == i);
      REQUIRE(it.before() == x);
      REQUIRE(it.after() == y);
      it.next();
    }
    REQUIRE(it.done());
  }
}

TEST_CASE("a diff of two vectors of a million that differ in ten places passes what they share") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) items.push_back(number(i));
  const Vector strict = Vector::from(edit, items);
  for (const Vector& a : {strict, strict.drop(edit, 12'345)}) {
    Vector b = a;
    for (std::uint64_t i = 0; i < 10; ++i) b = b.assoc(edit, i * 98'700 + i, kNil);
    VectorDiff it(pin, a, b);
    int found = 0;
    for (; !it.done(); it.next()) ++found;
    CHECK(found == 10);
    CHECK(it.visited() < 10 * 200);
  }
}
