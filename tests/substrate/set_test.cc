#include "substrate/set.h"

#include <algorithm>
#include <set>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/internal/champ.h"
#include "substrate/value.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

struct FewHashes {
  static std::uint64_t of(const Pin& pin, Word key) { return hash(pin, key) % 5 << 60; }
};

}  // namespace

TEMPLATE_TEST_CASE("a set is what a std::set is, in every version, however its items hash", "",
                   ValueHash, FewHashes) {
  using Trie = Champ<1, TestType>;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const int keys : {3, 40, 400}) {
    Word set = kEmptySet;
    std::set<int> model;
    std::vector<std::pair<Word, std::set<int>>> old;
    for (int i = 0; i < yin::test::effort(20 * keys + 3000); ++i) {
      const int n = static_cast<int>(random.below(static_cast<std::uint64_t>(keys)));
      const Word item = key_number(edit, random, n);
      const Word before = set;
      if (random.one_in(3)) {
        set = Trie::remove(edit, set, item, kEmptySet);
        REQUIRE((set == before) == (model.erase(n) == 0));
      } else {
        set = Trie::put(edit, set, {item});
        REQUIRE((set == before) == !model.insert(n).second);
      }
      if (random.one_in(100)) old.emplace_back(set, model);
    }
    old.emplace_back(set, model);
    for (const auto& [version, expected] : old) {
      REQUIRE(flaw_in<TestType>(pin, version) == "");
      REQUIRE(Set{version}.count(pin) == expected.size());
      for (int n = 0; n < keys; ++n) {
        REQUIRE((Trie::find(pin, version, key_number(edit, random, n)) != nullptr) ==
                expected.contains(n));
      }
      std::vector<Word> items;
      for (SetIterator it(pin, Set{version}); !it.done(); it.next()) items.push_back(it.item());
      REQUIRE(items.size() == expected.size());
      for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[random.below(i)]);
      REQUIRE(congruent(pin, version, Trie::build(edit, items.data(), items.size(), kEmptySet)));
    }
  }
}

TEST_CASE("the empty set has nothing, and takes away nothing") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Set empty;
  CHECK(Set::is(empty.word));
  CHECK(!Set::is(kEmptyMap));
  CHECK(empty.count(pin) == 0);
  CHECK(!empty.contains(pin, kNil));
  CHECK(empty.disj(edit, kNil).word == kEmptySet);
  CHECK(SetIterator(pin, empty).done());
  CHECK(empty.conj(edit, kNil).disj(edit, kNil).word == kEmptySet);
}

TEST_CASE("sets of every size around a boundary keep all their items") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const int size : {1, 2, 31, 32, 33, 1023, 1024, 1025, 32767, 32768, 32769}) {
    std::vector<Word> items;
    for (int i = 0; i < size; ++i) items.push_back(int_word(i * 3));
    const Set bulk = Set::from(edit, items);
    Set single;
    for (const Word item : items) single = single.conj(edit, item);
    REQUIRE(congruent(pin, bulk.word, single.word));
    REQUIRE(flaw_in(pin, bulk.word) == "");
    std::vector<Word> found;
    for (SetIterator it(pin, bulk); !it.done(); it.next()) found.push_back(it.item());
    std::ranges::sort(found, {}, &Word::bits);
    REQUIRE(found == items);
    for (const Word item : items) {
      REQUIRE(bulk.contains(pin, item));
      REQUIRE(bulk.conj(edit, item).word == bulk.word);
      single = single.disj(edit, item);
    }
    REQUIRE(single.word == kEmptySet);
  }
}

TEST_CASE("union, intersection and difference are those of std::set, and share what they can") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (int round = 0; round < yin::test::effort(100); ++round) {
    const std::uint64_t keys = round % 2 == 0 ? 8 : 500;
    const auto grow = [&](Set set) {
      for (std::uint64_t i = random.below(keys); i > 0; --i)
        set = set.conj(edit, key_number(edit, random, static_cast<int>(random.below(keys))));
      return set;
    };
    const Set base = grow({});
    const Set a = grow(base);
    const Set b = random.one_in(2) ? grow(base) : grow({});
    Set all = a;
    Set both;
    Set rest = a;
    for (SetIterator it(pin, b); !it.done(); it.next()) {
      all = all.conj(edit, it.item());
      rest = rest.disj(edit, it.item());
    }
    for (SetIterator it(pin, a); !it.done(); it.next()) {
      if (b.contains(pin, it.item())) both = both.conj(edit, it.item());
    }
    REQUIRE(congruent(pin, a.unite(edit, b).word, all.word));
    REQUIRE(congruent(pin, a.intersect(edit, b).word, both.word));
    REQUIRE(congruent(pin, a.subtract(edit, b).word, rest.word));
    for (const Set& made : {a.unite(edit, b), a.intersect(edit, b), a.subtract(edit, b)})
      REQUIRE(flaw_in(pin, made.word) == "");
    REQUIRE(a.unite(edit, a).word == a.word);
    REQUIRE(a.intersect(edit, a).word == a.word);
    REQUIRE(a.subtract(edit, a).word == kEmptySet);
  }
}
