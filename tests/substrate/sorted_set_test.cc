#include "substrate/sorted_set.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/set.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

void require_clean(const TestDomain& t, const Pin& pin, std::vector<Word> words) {
  const auto ref = open_atom(pin, "values", kNil);
  REQUIRE(ref.ok());
  publish(pin, words);
  Edit slab = Edit::in_slab(pin);
  REQUIRE(reset_root(pin, *ref, Vector::from(slab, words).word).ok());
  const VerifyReport report = verify(*t.worker);
  INFO((report.clean() ? "" : report.findings.front()));
  REQUIRE(report.clean());
}

void require_same(const Pin& pin, const SortedSet& set, const std::set<int>& model) {
  REQUIRE(set.count(pin) == model.size());
  std::uint64_t index = 0;
  SortedSetIterator it(pin, set);
  for (const int n : model) {
    REQUIRE(it.item() == int_word(n));
    REQUIRE(set.nth(pin, index) == int_word(n));
    REQUIRE(set.rank(pin, int_word(n)) == index++);
    it.next();
  }
  REQUIRE(it.done());
  SortedSetIterator back(pin, set, {}, Direction::kDescending);
  for (auto at = model.rbegin(); at != model.rend(); ++at, back.next())
    REQUIRE(back.item() == int_word(*at));
  REQUIRE(back.done());
}

}  // namespace

TEST_CASE("a sorted set is what a std::set is, in every version") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const int keys : {10, 200, 10'000}) {
    SortedSet set;
    std::set<int> model;
    std::vector<std::pair<SortedSet, std::set<int>>> old;
    bool growing = true;
    const int steps = yin::test::effort(keys == 10'000 ? 800'000 : 100'000);
    for (int i = 0; i < steps; ++i) {
      if (random.one_in(5000)) growing = !growing;
      const int n = static_cast<int>(random.below(static_cast<std::uint64_t>(keys))) - keys / 2;
      const Word item = int_word(n);
      if (random.below(8) < (growing ? 6U : 2U)) {
        set = set.conj(edit, item);
        model.insert(n);
      } else {
        const Word before = set.word;
        set = set.disj(edit, item);
        REQUIRE((set.word == before) == (model.erase(n) == 0));
      }
      REQUIRE(set.contains(pin, item) == model.contains(n));
      if (random.one_in(50)) {
        const auto low = model.lower_bound(n);
        const auto high = model.upper_bound(n);
        REQUIRE(set.lower_bound(pin, item) ==
                (low == model.end() ? std::nullopt : std::optional(int_word(*low))));
        REQUIRE(set.upper_bound(pin, item) ==
                (high == model.end() ? std::nullopt : std::optional(int_word(*high))));
        REQUIRE(set.first(pin) ==
                (model.empty() ? std::nullopt : std::optional(int_word(*model.begin()))));
        REQUIRE(set.last(pin) ==
                (model.empty() ? std::nullopt : std::optional(int_word(*model.rbegin()))));
      }
      if (i % 1024 == 1023 || i % (steps / 10 + 1) == 0) {
        publish(pin, {&set.word, 1});
        t.worker->nursery().reset();
      }
      if (i % (steps / 10 + 1) == 0) old.emplace_back(set, model);
    }
    old.emplace_back(set, model);
    publish(pin, {&old.back().first.word, 1});
    std::vector<Word> words;
    for (const auto& [s, m] : old) {
      require_same(pin, s, m);
      words.push_back(s.word);
    }
    for (std::size_t i = 1; i < old.size(); ++i) {
      const auto& [a, model_a] = old[i - 1];
      const auto& [b, model_b] = old[i];
      std::set<int> both = model_a;
      both.insert(model_b.begin(), model_b.end());
      require_same(pin, a.merge(edit, b), both);
      std::set<int> differ;
      std::ranges::set_symmetric_difference(model_a, model_b, std::inserter(differ, differ.end()));
      SortedSetDiff diff(pin, a, b);
      for (const int n : differ) {
        REQUIRE(diff.item() == int_word(n));
        REQUIRE(diff.added() == model_b.contains(n));
        diff.next();
      }
      REQUIRE(diff.done());
    }
    require_clean(t, pin, words);
  }
}

TEST_CASE("sorted sets of every size around a boundary keep all their items") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  std::vector<Word> kept;
  for (const int size : {1, 31, 32, 33, 63, 64, 65, 96, 97, 1535, 1536, 1537, 3071, 3072, 3073}) {
    std::vector<Word> items;
    std::set<int> model;
    SortedSet up;
    TransientSortedSet down(edit, {});
    for (int i = 0; i < size; ++i) {
      items.push_back(int_word((i * 7919) % size));
      model.insert((i * 7919) % size);
      up = up.conj(edit, int_word(i));
      down.conj(int_word(size - 1 - i));
      REQUIRE(down.contains(int_word(size - 1 - i)));
    }
    for (int i = 0; i < size; ++i) model.insert(i), items.push_back(int_word(i));
    const SortedSet bulk = SortedSet::from(edit, items);
    require_same(pin, bulk, model);
    require_same(pin, up, model);
    kept.insert(kept.end(), {bulk.word, up.word, down.persistent().word});
    REQUIRE(down.count() == static_cast<std::uint64_t>(size));
    for (int i = 0; i < size; ++i) down.disj(int_word(i));
    REQUIRE(down.persistent().word == kEmptySortedSet);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) REQUIRE(equal(pin, kept[i], kept[i / 3 * 3]));
  require_clean(t, pin, kept);
}

TEST_CASE("a sorted set equals a hash set of its items, has its hash, and prints in its order") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  std::vector<Word> items;
  for (int i = 0; i < 300; ++i)
    items.push_back(from_string(edit, "item " + std::to_string(i * 7 % 300)));
  const Word plain = Set::from(edit, items).word;
  const SortedSet up = SortedSet::from(edit, items);
  const SortedSet down = SortedSet::from(edit, items, reverse_order());
  for (const Word a : {plain, up.word, down.word}) {
    for (const Word b : {plain, up.word, down.word}) {
      CHECK(equal(pin, a, b));
      CHECK(hash(pin, a) == hash(pin, b));
      CHECK(compare(pin, a, b) == 0);
    }
  }
  CHECK(!equal(pin, up.disj(edit, items[5]).word, plain));
  CHECK(!equal(pin, plain, down.disj(edit, items[5]).conj(edit, kNil).word));
  CHECK(equal(pin, kEmptySortedSet, kEmptySet));
  CHECK(!equal(pin, kEmptySortedSet, kEmptyMap));
  CHECK(hash(pin, kEmptySortedSet) == hash(pin, kEmptySet));
  const Word some[] = {int_word(3), int_word(1), kNil};
  CHECK(print(pin, SortedSet::from(edit, some).word) == "#{nil 1 3}");
  CHECK(kind_name(up.word) == "sorted set");
  CHECK(SortedSet::is(up.word));
  CHECK(SortedSet::open(pin, down.word)->order == reverse_order());
  require_clean(t, pin, {plain, up.word, down.word});
}
