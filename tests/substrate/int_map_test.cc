#include "substrate/int_map.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/sorted_map.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

using Model = std::map<std::int64_t, Word>;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

struct Fixture {
  TestDomain t;
  Pin pin{*t.worker};
  Edit slab = Edit::in_slab(pin);
  Edit edit = Edit::in_nursery(pin);

  void require_clean(std::vector<Word> words) {
    const auto ref = open_atom(pin, "values", kNil);
    REQUIRE(ref.ok());
    publish(pin, words);
    REQUIRE(reset_root(pin, *ref, Vector::from(slab, words).word).ok());
    const VerifyReport report = verify(*t.worker);
    INFO((report.clean() ? "" : report.findings.front()));
    REQUIRE(report.clean());
  }
  void require_same(IntMap map, const Model& model) const {
    REQUIRE(map.count(pin) == model.size());
    IntMapIterator it(pin, map);
    for (const auto& [key, value] : model) {
      REQUIRE(it.key() == key);
      REQUIRE(it.entry().value == value);
      it.next();
    }
    REQUIRE(it.done());
  }
};

// Keys as they come: a few, many close together, spread over all 64 bits, around the extremes.
std::int64_t any_key(Random& random, int kind) {
  const auto bits = static_cast<std::int64_t>(random.bits());
  switch (kind) {
    case 0:
      return bits % 40;
    case 1:
      return bits % 20'000;
    case 2:
      return static_cast<std::int64_t>(random.below(3000) * 0x9e3779b97f4a7c15);
    default: {
      const std::int64_t edges[] = {kMin, kMin + 33, -70, 0, 1 << 20, kIntMax - 3, kMax - 70};
      return edges[random.below(7)] + static_cast<std::int64_t>(random.below(70));
    }
  }
}

class IntModel {
 public:
  IntModel(Fixture& f, Random& random, int kind) : f_(f), random_(random), kind_(kind) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      if (i % 512 == 511) settle();
      if (i % (steps / 12 + 1) == 0) old_.emplace_back(settle(), model_);
    }
    old_.emplace_back(settle(), model_);
    std::vector<Word> words;
    for (const auto& [map, model] : old_) {
      f_.require_same(map, model);
      words.push_back(map.word);
    }
    f_.require_clean(words);
    for (std::size_t i = 0; i < old_.size(); ++i) {
      const std::size_t k = random_.below(old_.size());
      require_merge(i, k);
      require_diff(i, k);
      require_canonical(old_[i].first);
      f_.t.worker->nursery().reset();
    }
  }

 private:
  IntMap settle() {
    publish(f_.pin, {&map_.word, 1});
    f_.t.worker->nursery().reset();
    return map_;
  }
  void step() {
    if (random_.one_in(3000)) growing_ = !growing_;
    const std::int64_t key = any_key(random_, kind_);
    const Word value = random_.one_in(3) ? from_string(f_.slab, "a value of many bytes")
                                         : int_word(static_cast<std::int64_t>(random_.below(99)));
    if (random_.below(8) < (growing_ ? 6U : 2U)) {
      map_ = map_.assoc(f_.edit, key, value);
      model_[key] = value;
      REQUIRE(map_.assoc(f_.edit, key, value).word == map_.word);
    } else if (random_.one_in(4)) {
      map_ = map_.update(f_.edit, key, [&](Word old) { return is_absent(old) ? value : kAbsent; });
      if (model_.erase(key) == 0) model_[key] = value;
    } else {
      const Word before = map_.word;
      map_ = map_.dissoc(f_.edit, key);
      REQUIRE((map_.word == before) == (model_.erase(key) == 0));
    }
    const std::int64_t other = any_key(random_, kind_);
    const auto found = model_.find(other);
    REQUIRE(map_.find(f_.pin, other) == (found == model_.end() ? kAbsent : found->second));
    if (random_.one_in(200)) scan();
  }
  void scan() {
    const std::int64_t from = any_key(random_, kind_);
    const std::int64_t to = any_key(random_, kind_);
    std::vector<std::int64_t> wanted;
    for (auto at = model_.lower_bound(from); at != model_.end() && at->first <= to; ++at)
      wanted.push_back(at->first);
    IntMapIterator up(f_.pin, map_, {.from = from, .to = to});
    IntMapIterator down(f_.pin, map_, {.from = from, .to = to, .descending = true});
    for (std::size_t i = 0; i < wanted.size(); ++i, up.next(), down.next()) {
      REQUIRE(up.key() == wanted[i]);
      REQUIRE(down.key() == wanted[wanted.size() - 1 - i]);
    }
    REQUIRE(up.done());
    REQUIRE(down.done());
  }
  void require_merge(std::size_t i, std::size_t k) {
    const auto& [a, model_a] = old_[i];
    const auto& [b, model_b] = old_[k];
    Model right = model_b;
    right.insert(model_a.begin(), model_a.end());
    f_.require_same(a.merge(f_.edit, b), right);
    Model combined = right;
    for (const auto& [key, value] : model_a) {
      if (model_b.contains(key)) combined[key] = int_word(key % 100);
    }
    std::size_t calls = 0;
    const IntMap merged = a.merge_with(f_.edit, b, [&](std::int64_t key, Word x, Word y) {
      ++calls;
      REQUIRE(x == model_a.at(key));
      REQUIRE(y == model_b.at(key));
      return int_word(key % 100);
    });
    f_.require_same(merged, combined);
    REQUIRE(calls == model_a.size() + model_b.size() - right.size());
  }
  void require_diff(std::size_t i, std::size_t k) {
    const auto& [a, model_a] = old_[i];
    const auto& [b, model_b] = old_[k];
    Model all = model_a;
    all.insert(model_b.begin(), model_b.end());
    auto at = all.begin();
    const auto in = [](const Model& model, std::int64_t key) {
      const auto found = model.find(key);
      return found == model.end() ? kAbsent : found->second;
    };
    const auto skip_equal = [&] {
      while (at != all.end() && in(model_a, at->first) != kAbsent &&
             in(model_b, at->first) != kAbsent &&
             equal(f_.pin, in(model_a, at->first), in(model_b, at->first)))
        ++at;
    };
    IntMap::diff(f_.pin, a, b, [&](std::int64_t key, Word before, Word after) {
      skip_equal();
      REQUIRE(at != all.end());
      REQUIRE(key == at->first);
      REQUIRE(before == in(model_a, key));
      REQUIRE(after == in(model_b, key));
      ++at;
    });
    skip_equal();
    REQUIRE(at == all.end());
  }
  // In another order of puts, the same shape: what equality relies on.
  void require_canonical(IntMap map) {
    IntMap again;
    for (IntMapIterator it(f_.pin, map, {.descending = true}); !it.done(); it.next())
      again = again.assoc(f_.edit, it.key(), it.entry().value);
    REQUIRE(equal(f_.pin, again.word, map.word));
    REQUIRE(hash(f_.pin, again.word) == hash(f_.pin, map.word));
  }

  Fixture& f_;
  Random& random_;
  int kind_;
  bool growing_ = true;
  IntMap map_;
  Model model_;
  std::vector<std::pair<IntMap, Model>> old_;
};

}  // namespace

TEST_CASE("an int map is what a std::map is, in every version, wherever its keys lie") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int kind = 0; kind < 4; ++kind) {
    INFO("kind " << kind);
    Fixture f;
    IntModel(f, random, kind).run(yin::test::effort(250'000));
  }
}

TEST_CASE("the extremes are keys like any other, in signed order") {
  Fixture f;
  const std::int64_t keys[] = {kMin, kMin + 1, kIntMin - 1, kIntMin, -1,          0,
                               1,    31,       32,          kIntMax, kIntMax + 1, kMax};
  IntMap map;
  Model model;
  for (const std::int64_t key : keys) {
    map = map.assoc(f.slab, key, int_word(key % 1000));
    model[key] = int_word(key % 1000);
    f.require_same(map, model);
  }
  for (const std::int64_t from : keys) {
    for (const std::int64_t to : keys) {
      std::uint64_t seen = 0;
      for (IntMapIterator it(f.pin, map, {.from = from, .to = to}); !it.done(); it.next()) ++seen;
      const auto wanted =
          from > to ? 0 : std::distance(model.lower_bound(from), model.upper_bound(to));
      CHECK(seen == static_cast<std::uint64_t>(wanted));
    }
  }
  f.require_clean({map.word});
  for (const std::int64_t key : keys) {
    map = map.dissoc(f.slab, key);
    model.erase(key);
    f.require_same(map, model);
  }
  CHECK(map.word == kEmptyIntMap);
}

TEST_CASE("the empty int map has nothing, and takes away nothing") {
  Fixture f;
  const IntMap empty;
  CHECK(IntMap::is(empty.word));
  CHECK(!IntMap::is(kEmptyMap));
  CHECK(empty.count(f.pin) == 0);
  CHECK(empty.get(f.pin, 0, kTrue) == kTrue);
  CHECK(empty.dissoc(f.slab, 0).word == kEmptyIntMap);
  CHECK(empty.merge(f.slab, empty).word == kEmptyIntMap);
  CHECK(IntMapIterator(f.pin, empty).done());
  const IntMap one = empty.assoc(f.slab, -5, kNil);
  CHECK(one.count(f.pin) == 1);
  CHECK(one.contains(f.pin, -5));
  CHECK(!one.contains(f.pin, 5));
  CHECK(one.merge(f.slab, empty).word == one.word);
  CHECK(empty.merge(f.slab, one).word == one.word);
  CHECK(one.merge(f.slab, one).word == one.word);
  CHECK(one.dissoc(f.slab, -5).word == kEmptyIntMap);
  f.require_clean({one.word, empty.word});
}

TEST_CASE("an int map equals every map of its entries, and prints in the order of its keys") {
  Fixture f;
  IntMap map;
  std::vector<MapEntry> entries;
  for (int i = 0; i < 3000; ++i) {
    const std::int64_t key = i % 2 == 0 ? i - 1500 : kMax - i;
    map = map.assoc(f.slab, key, int_word(i));
    entries.push_back({from_int(f.slab, key), int_word(i)});
  }
  const Word others[] = {Map::from(f.slab, entries).word, SortedMap::from(f.slab, entries).word,
                         map.word};
  for (const Word a : others) {
    for (const Word b : others) {
      CHECK(equal(f.pin, a, b));
      CHECK(hash(f.pin, a) == hash(f.pin, b));
      CHECK(compare(f.pin, a, b) == 0);
    }
    CHECK(!equal(f.pin, a, map.assoc(f.slab, 0, kNil).word));
    CHECK(!equal(f.pin, map.dissoc(f.slab, 0).assoc(f.slab, 1, kNil).word, a));
  }
  const IntMap few =
      IntMap().assoc(f.slab, 5, kNil).assoc(f.slab, -7, kTrue).assoc(f.slab, 500, int_word(1));
  CHECK(print(f.pin, few.word) == "{-7 true, 5 nil, 500 1}");
  CHECK(kind_name(few.word) == "int map");
}

TEST_CASE("merge and diff do not look at what two int maps share, nor into disjoint ranges") {
  Fixture f;
  IntMap low;
  IntMap high;
  for (int i = 0; i < 100'000; ++i) {
    low = low.assoc(f.slab, i, kNil);
    high = high.assoc(f.slab, i + (std::int64_t{1} << 40), kNil);
  }
  const IntMap changed = low.assoc(f.slab, 77, kTrue);
  for (int i = 0; i < 20'000; ++i) {
    REQUIRE(low.merge(f.edit, changed).word == changed.word);
    REQUIRE(low.merge(f.edit, high).count(f.pin) == 200'000);
    int seen = 0;
    IntMap::diff(f.pin, low, changed, [&](std::int64_t key, Word, Word) {
      REQUIRE(key == 77);
      ++seen;
    });
    REQUIRE(seen == 1);
    if (i % 512 == 0) f.t.worker->nursery().reset();
  }
}
