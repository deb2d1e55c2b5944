#include "substrate/transient.h"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>
#include <signal.h>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/internal/champ_own.h"
#include "substrate/nursery.h"
#include "substrate/root.h"
#include "substrate/value.h"
#include "substrate/verify.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

struct FewHashes {  // all keys in three collision nodes
  static std::uint64_t of(const Pin& pin, Word key) {
    return hash(pin, key) % 3 * 0x123456789abcdef;
  }
};
struct DeepHashes {  // keys part at the lowest levels only
  static std::uint64_t of(const Pin& pin, Word key) { return hash(pin, key) << 58; }
};

Word value_number(Edit& edit, int v) {
  return v % 3 == 0 ? from_string(edit, "a value of many bytes: " + std::to_string(v))
                    : int_word(v);
}

Word number(std::uint64_t n) { return int_word(static_cast<std::int64_t>(n)); }

std::vector<Word> contents(const Pin& pin, Vector v) {
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < v.count(pin);) {
    const auto run = v.chunk(pin, i);
    items.insert(items.end(), run.begin(), run.end());
    i += run.size();
  }
  return items;
}

}  // namespace

TEMPLATE_TEST_CASE("changing a trie in place gives the tree that new versions would have given", "",
                   ValueHash, FewHashes, DeepHashes) {
  using Trie = Champ<2, TestType>;
  using Own = ChampOwn<2, TestType>;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  for (const bool in_slab : {false, true}) {
    Edit edit = in_slab ? Edit::in_slab(pin) : Edit::in_nursery(pin);
    for (const int keys : {2, 12, 60, 600}) {
      Word root = kEmptyMap;
      Word persistent = kEmptyMap;
      std::vector<std::pair<Word, Word>> old;
      for (int round = 0; round < yin::test::effort(30); ++round) {
        OwnBlocks own(edit);
        for (std::uint64_t i = random.below(200); i > 0; --i) {
          const int n = static_cast<int>(random.below(static_cast<std::uint64_t>(keys)));
          const Word key = key_number(edit, random, n);
          if (random.below(round % 2 == 0 ? 4 : 3) < 2 && root != kEmptyMap) {
            Own::remove(own, root, key, kEmptyMap);
            persistent = Trie::remove(edit, persistent, key, kEmptyMap);
          } else {
            const Word value = value_number(edit, static_cast<int>(random.below(100)));
            if (root == kEmptyMap) {
              root = Own::single(own, {key, value});
            } else {
              Own::put(own, root, {key, value});
            }
            persistent = Trie::put(edit, persistent, {key, value});
          }
          REQUIRE(trie_count(pin, root) == trie_count(pin, persistent));
        }
        own.settle();
        REQUIRE(flaw_in<TestType>(pin, root) == "");
        REQUIRE(congruent(pin, root, persistent));
        old.emplace_back(root, persistent);
      }
      for (const auto& [version, expected] : old) {
        REQUIRE(flaw_in<TestType>(pin, version) == "");
        REQUIRE(equal(pin, version, expected));
      }
    }
  }
}

TEST_CASE("a transient map is what a std::unordered_map is, and never changes what it came from") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  using Model = std::unordered_map<std::uint64_t, std::uint64_t>;
  Map map;
  Model model;
  std::vector<std::pair<Map, Model>> old;
  for (int steps = yin::test::effort(1'000'000); steps > 0;) {
    TransientMap building(edit, map);
    const int size = static_cast<int>(random.below(random.one_in(3) ? 60'000 : 300));
    for (int i = 0; i < size; ++i, --steps) {
      const std::uint64_t key = random.below(20'000);
      switch (random.below(map.count(pin) > 8000 ? 7 : 5)) {
        case 0:
          REQUIRE(building.find(number(key)) ==
                  (model.contains(key) ? number(model[key]) : kAbsent));
          break;
        case 1:
          REQUIRE(building.contains(number(key)) == model.contains(key));
          break;
        case 2:
        case 3:
        case 4:
          building.assoc(number(key), number(random.bits() >> 4 & 0xffff));
          model[key] = static_cast<std::uint64_t>(small_int(building.find(number(key))));
          break;
        default:
          building.dissoc(number(key));
          model.erase(key);
      }
    }
    REQUIRE(building.count() == model.size());
    map = building.persistent();
    if (old.size() < 40) old.emplace_back(map, model);
  }
  old.emplace_back(map, model);
  for (const auto& [version, expected] : old) {
    REQUIRE(version.count(pin) == expected.size());
    REQUIRE(flaw_in(pin, version.word) == "");
    std::vector<MapEntry> entries;
    for (const auto& [key, value] : expected) {
      REQUIRE(version.find(pin, number(key)) == number(value));
      entries.push_back({number(key), number(value)});
    }
    REQUIRE(congruent(pin, version.word, Map::from(edit, entries).word));
  }
  REQUIRE(named_root(pin, RootKind::kAtom, "map", map.word).ok());
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("a transient that is only added to builds what bulk building does, doubles or not") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const std::uint64_t keys : {1, 10, 1000, 5000, 40'000}) {
    for (const std::uint64_t size : {0, 1, 2, 1023, 1024, 1025, 32767, 32768, 40'000}) {
      TransientMap map(edit);
      TransientSet set(edit);
      std::vector<MapEntry> entries;
      std::vector<Word> items;
      for (std::uint64_t i = 0; i < size; ++i) {
        entries.push_back({number(i % keys), number(i)});
        items.push_back(number(i % keys));
        map.assoc(entries.back().key, entries.back().value);
        set.conj(items.back());
      }
      const Map made = map.persistent();
      REQUIRE(flaw_in(pin, made.word) == "");
      REQUIRE(congruent(pin, made.word, Map::from(edit, entries).word));
      const Set made_set = set.persistent();
      REQUIRE(flaw_in(pin, made_set.word) == "");
      REQUIRE(congruent(pin, made_set.word, Set::from(edit, items).word));
    }
  }
}

TEST_CASE("a transient set adds, takes away and tells what it has") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  Set plain;
  TransientSet set(edit);
  for (int i = 0; i < yin::test::effort(20'000); ++i) {
    const Word item =
        key_number(edit, random, static_cast<int>(random.below(i % 4000 < 2000 ? 500 : 20)));
    if (random.one_in(3)) {
      set.disj(item);
      plain = plain.disj(edit, item);
    } else {
      set.conj(item);
      plain = plain.conj(edit, item);
    }
    if (random.one_in(100)) REQUIRE(set.contains(item) == plain.contains(pin, item));
    if (random.one_in(100)) REQUIRE(set.count() == plain.count(pin));
  }
  const Set made = set.persistent();
  REQUIRE(flaw_in(pin, made.word) == "");
  REQUIRE(equal(pin, made.word, plain.word));
}

TEST_CASE("outgrown nodes serve again: building in place takes little more than the map") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const std::uint64_t before = t.worker->nursery().used_bytes();
  TransientMap map(edit);
  CHECK(map.count() == 0);  // a look: from here on in place
  for (std::uint64_t i = 0; i < 200'000; ++i) map.assoc(number(i), number(i));
  const Map made = map.persistent();
  CHECK(made.count(pin) == 200'000);
  CHECK(t.worker->nursery().used_bytes() - before <= 28 * 200'000);
}

TEST_CASE("a transient vector is what a std::vector is, and never changes what it came from") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  Vector vector;
  std::vector<Word> model;
  std::vector<std::pair<Vector, std::vector<Word>>> old;
  for (int steps = yin::test::effort(1'000'000); steps > 0;) {
    if (random.one_in(8)) {  // made relaxed, or short
      const std::uint64_t gone = random.below(model.size() + 1);
      vector = vector.drop(edit, gone);
      model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(gone));
    }
    TransientVector building(edit, vector);
    const std::uint64_t mode = random.below(3);  // grow, shrink, or both
    const int size = static_cast<int>(random.below(random.one_in(10) ? 70'000 : 3000));
    for (int i = 0; i < size; ++i, --steps) {
      const Word item =
          random.one_in(50) ? from_string(edit, "many bytes of it") : number(random.below(99));
      const std::uint64_t choice = random.below(10);
      if (choice < 2) {
        const std::uint64_t index = random.below(model.size() + 1);
        building.assoc(index, item);
        index == model.size() ? model.push_back(item) : void(model[index] = item);
      } else if (choice < (mode == 0 ? 9 : mode == 1 ? 3 : 6) || model.empty()) {
        building.conj(item);
        model.push_back(item);
      } else {
        building.pop();
        model.pop_back();
      }
      REQUIRE(building.count() == model.size());
      if (choice == 0 && !model.empty()) {
        const std::uint64_t index = random.below(model.size());
        REQUIRE(building.nth(index) == model[index]);
      }
    }
    vector = building.persistent();
    REQUIRE(vector.count(pin) == model.size());
    if (old.size() < 30) old.emplace_back(vector, model);
  }
  old.emplace_back(vector, model);
  for (const auto& [version, expected] : old) {
    REQUIRE(contents(pin, version) == expected);
    REQUIRE(flaw_in(pin, version.word) == "");
    REQUIRE(equal(pin, version.word, Vector::from(edit, expected).word));
  }
  REQUIRE(named_root(pin, RootKind::kAtom, "vector", vector.word).ok());
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("a transient vector has the strict shape at every size around a boundary") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < (1u << 20) + 40; ++i) items.push_back(number(i));
  for (const std::uint64_t size : {0u,
                                   1u,
                                   31u,
                                   32u,
                                   33u,
                                   64u,
                                   65u,
                                   1023u,
                                   1024u,
                                   1025u,
                                   1056u,
                                   1057u,
                                   32767u,
                                   32768u,
                                   32769u,
                                   32800u,
                                   32801u,
                                   (1u << 20) - 1,
                                   1u << 20,
                                   (1u << 20) + 1,
                                   (1u << 20) + 33}) {
    TransientVector building(edit);
    for (std::uint64_t i = 0; i < size; ++i) building.conj(items[i]);
    const Word made = building.persistent().word;
    REQUIRE(flaw_in(pin, made) == "");
    REQUIRE(congruent(pin, made, Vector::from(edit, std::span(items).first(size)).word));
    TransientVector shrinking(edit, Vector{made});
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(size, 70); ++i) shrinking.pop();
    const std::uint64_t left = size - std::min<std::uint64_t>(size, 70);
    REQUIRE(congruent(pin, shrinking.persistent().word,
                      Vector::from(edit, std::span(items).first(left)).word));
  }
}

TEST_CASE("after persistent() a transient is refused") {
  const auto dies = [](auto use) {
    Child child([&use] {
      (void)::signal(SIGABRT, SIG_DFL);  // not Catch2's to report
      TestDomain t;
      const Pin pin(*t.worker);
      Edit edit = Edit::in_nursery(pin);
      use(edit);
      return 0;
    });
    return child.wait() == -SIGABRT;
  };
  const auto map = [](auto use) {
    return [use](Edit& edit) {
      TransientMap m(edit);
      m.assoc(kNil, kNil);
      (void)m.persistent();
      use(m);
    };
  };
  const auto vector = [](auto use) {
    return [use](Edit& edit) {
      TransientVector v(edit);
      v.conj(kNil);
      (void)v.persistent();
      use(v);
    };
  };
  CHECK(!dies(map([](TransientMap&) {})));
  CHECK(dies(map([](TransientMap& m) { m.assoc(kNil, kNil); })));
  CHECK(dies(map([](TransientMap& m) { m.dissoc(kNil); })));
  CHECK(dies(map([](TransientMap& m) { (void)m.find(kNil); })));
  CHECK(dies(map([](TransientMap& m) { (void)m.persistent(); })));
  CHECK(!dies(vector([](TransientVector&) {})));
  CHECK(dies(vector([](TransientVector& v) { v.conj(kNil); })));
  CHECK(dies(vector([](TransientVector& v) { v.assoc(0, kNil); })));
  CHECK(dies(vector([](TransientVector& v) { v.pop(); })));
  CHECK(dies(vector([](TransientVector& v) { (void)v.persistent(); })));
}
