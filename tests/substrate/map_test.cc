#include "substrate/map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/internal/champ.h"
#include "substrate/internal/champ_merge.h"
#include "substrate/nursery.h"
#include "substrate/read.h"
#include "substrate/value.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

// Hashes that make keys meet where good ones never do.
struct FewHashes {  // all keys in three collision nodes
  static std::uint64_t of(const Pin& pin, Word key) {
    return hash(pin, key) % 3 * 0x123456789abcdef;
  }
};
struct DeepHashes {  // keys part at the lowest levels only
  static std::uint64_t of(const Pin& pin, Word key) { return hash(pin, key) << 58; }
};
struct NarrowHashes {  // one long way down, then a few collisions
  static std::uint64_t of(const Pin& pin, Word key) {
    return (hash(pin, key) & 0x300000000000003f) | 0x0f0f0000;
  }
};

// A value that is a reference or not: leaf flags must tell.
Word value_number(Edit& edit, int v) {
  return v % 3 == 0 ? from_string(edit, "a value of many bytes: " + std::to_string(v))
                    : int_word(v);
}

// Ways to merge (champ_merge.h).
struct TestTheirs {
  static constexpr bool kMine = true, kTheirs = true, kShared = true, kLooks = false;
  bool both(std::array<Word, 2>& mine, const Word* theirs) {
    mine[1] = theirs[1];
    return true;
  }
};
struct TestBoth {
  static constexpr bool kMine = false, kTheirs = false, kShared = true, kLooks = true;
  bool both(std::array<Word, 2>& mine, const Word*) {
    mine[1] = kTrue;
    return true;
  }
};
struct TestMine {
  static constexpr bool kMine = true, kTheirs = false, kShared = false, kLooks = false;
  bool both(std::array<Word, 2>&, const Word*) { return false; }
};

using Model = std::map<int, int>;

template <class Hash>
class MapModel {
  using Trie = Champ<2, Hash>;

 public:
  MapModel(Edit& edit, Random& random, int keys) : edit_(edit), random_(random), keys_(keys) {}

  void step() {
    const int n = static_cast<int>(random_.below(static_cast<std::uint64_t>(keys_)));
    const Word key = key_number(edit_, random_, n);
    switch (random_.below(growing_ ? 5 : 3)) {
      case 0:
      case 1:
        remove(n, key);
        break;
      case 2:
        look(n, key);
        break;
      default:
        put(n, key, static_cast<int>(random_.below(1000)));
        break;
    }
    if (random_.one_in(200)) growing_ = !growing_;
    if (random_.one_in(300)) old_.emplace_back(map_, model_);
  }

  // Everything at once, for the newest version and all that were kept.
  void verify() {
    old_.emplace_back(map_, model_);
    for (const auto& [map, model] : old_) {
      REQUIRE(flaw_in<Hash>(edit_.pin(), map) == "");
      REQUIRE(Map{map}.count(edit_.pin()) == model.size());
      std::vector<MapEntry> entries;
      for (MapIterator it(edit_.pin(), Map{map}); !it.done(); it.next())
        entries.push_back(it.entry());
      REQUIRE(entries.size() == model.size());
      for (int n = 0; n < keys_; ++n) check_key(map, model, n);
      require_canonical(map, entries);
    }
  }

 private:
  void put(int n, Word key, int v) {
    const Word value = value_number(edit_, v);
    map_ = Trie::put(edit_, map_, {key, value});
    model_[n] = v;
    REQUIRE(Trie::put(edit_, map_, {key_number(edit_, random_, n), value}) == map_);
  }
  void remove(int n, Word key) {
    const Word before = map_;
    map_ = Trie::remove(edit_, map_, key, kEmptyMap);
    REQUIRE((map_ == before) == (model_.erase(n) == 0));
  }
  void look(int n, Word key) {
    const Word* entry = Trie::find(edit_.pin(), map_, key);
    REQUIRE((entry != nullptr) == model_.contains(n));
  }
  void check_key(Word map, const Model& model, int n) {
    const Word* entry = Trie::find(edit_.pin(), map, key_number(edit_, random_, n));
    const auto found = model.find(n);
    REQUIRE((entry != nullptr) == (found != model.end()));
    if (entry != nullptr) REQUIRE(equal(edit_.pin(), entry[1], value_number(edit_, found->second)));
  }
  // The same entries in another order, one by one and at once, make the same objects.
  void require_canonical(Word map, std::vector<MapEntry> entries) {
    for (std::size_t i = entries.size(); i > 1; --i)
      std::swap(entries[i - 1], entries[random_.below(i)]);
    Word again = kEmptyMap;
    for (const MapEntry& e : entries) again = Trie::put(edit_, again, {e.key, e.value});
    REQUIRE(congruent(edit_.pin(), map, again));
    const Word built = Trie::build(edit_, reinterpret_cast<const Word*>(entries.data()),
                                   entries.size(), kEmptyMap);
    REQUIRE(congruent(edit_.pin(), map, built));
    REQUIRE(equal(edit_.pin(), map, built));
    REQUIRE(hash(edit_.pin(), map) == hash(edit_.pin(), built));
    REQUIRE(compare(edit_.pin(), map, built) == 0);
  }

  Edit& edit_;
  Random& random_;
  int keys_;
  bool growing_ = true;
  Word map_ = kEmptyMap;
  Model model_;
  std::vector<std::pair<Word, Model>> old_;
};

std::vector<MapEntry> integer_entries(std::uint32_t count) {
  std::vector<MapEntry> entries(count);
  for (std::uint32_t i = 0; i < count; ++i) entries[i] = {int_word(i), int_word(i * 7)};
  return entries;
}

}  // namespace

TEMPLATE_TEST_CASE("a map is what a std::map is, in every version, however its keys hash", "",
                   ValueHash, FewHashes, DeepHashes, NarrowHashes) {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const int keys : {2, 12, 60, 600}) {
    MapModel<TestType> model(edit, random, keys);
    for (int i = 0; i < yin::test::effort(keys == 600 ? 20'000 : 6000); ++i) model.step();
    model.verify();
  }
}

TEMPLATE_TEST_CASE("merging gives what adding one by one does, however keys hash", "", ValueHash,
                   FewHashes, DeepHashes, NarrowHashes) {
  using Trie = Champ<2, TestType>;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (int round = 0; round < yin::test::effort(150); ++round) {
    const std::uint64_t keys = round % 3 == 0 ? 6 : 300;
    const auto change = [&](Word map, std::uint64_t times) {
      for (; times > 0; --times) {
        const Word key = key_number(edit, random, static_cast<int>(random.below(keys)));
        map = random.one_in(3)
                  ? Trie::remove(edit, map, key, kEmptyMap)
                  : Trie::put(edit, map,
                              {key, value_number(edit, static_cast<int>(random.below(50)))});
      }
      return map;
    };
    const Word base = change(kEmptyMap, random.below(2 * keys));
    const Word a = change(base, random.below(20));
    const Word b = random.one_in(3) ? change(kEmptyMap, random.below(keys)) : change(base, 5);

    TestTheirs theirs;
    const Word merged = ChampMerge<2, TestTheirs, TestType>::merge(edit, a, b, kEmptyMap, theirs);
    Word expected = a;
    for (MapIterator it(pin, Map{b}); !it.done(); it.next())
      expected = Trie::put(edit, expected, {it.entry().key, it.entry().value});
    REQUIRE(flaw_in<TestType>(pin, merged) == "");
    REQUIRE(congruent(pin, merged, expected));
    REQUIRE(ChampMerge<2, TestTheirs, TestType>::merge(edit, merged, b, kEmptyMap, theirs) ==
            merged);

    TestBoth both;  // what is in both, with a value of its own
    const Word common = ChampMerge<2, TestBoth, TestType>::merge(edit, a, b, kEmptyMap, both);
    expected = kEmptyMap;
    for (MapIterator it(pin, Map{a}); !it.done(); it.next()) {
      if (Trie::find(pin, b, it.entry().key) != nullptr)
        expected = Trie::put(edit, expected, {it.entry().key, kTrue});
    }
    REQUIRE(flaw_in<TestType>(pin, common) == "");
    REQUIRE(congruent(pin, common, expected));

    TestMine mine;  // what the other has not
    const Word rest = ChampMerge<2, TestMine, TestType>::merge(edit, a, b, kEmptyMap, mine);
    expected = a;
    for (MapIterator it(pin, Map{b}); !it.done(); it.next())
      expected = Trie::remove(edit, expected, it.entry().key, kEmptyMap);
    REQUIRE(flaw_in<TestType>(pin, rest) == "");
    REQUIRE(congruent(pin, rest, expected));
  }
}

TEST_CASE("merge takes the other's value, merge_with what the function says") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Map a = Map::from(edit, integer_entries(5000));
  Map b;
  for (int i = 4000; i < 6000; ++i) b = b.assoc(edit, int_word(i), int_word(1));
  const Map merged = a.merge(edit, b);
  CHECK(merged.count(pin) == 6000);
  CHECK(merged.find(pin, int_word(3999)) == int_word(3999 * 7));
  CHECK(merged.find(pin, int_word(4000)) == int_word(1));
  CHECK(a.merge(edit, {}).word == a.word);
  CHECK(Map().merge(edit, a).word == a.word);
  CHECK(a.merge(edit, a).word == a.word);
  const Map added = a.merge_with(
      edit, a, [](Word, Word x, Word y) { return int_word(small_int(x) + small_int(y)); });
  for (int i = 0; i < 5000; ++i) REQUIRE(added.find(pin, int_word(i)) == int_word(14 * i));
  CHECK(flaw_in(pin, added.word) == "");
}

TEST_CASE("the empty map has nothing, and takes away nothing") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Map empty;
  CHECK(Map::is(empty.word));
  CHECK(!Map::is(kNil));
  CHECK(empty.count(pin) == 0);
  CHECK(empty.find(pin, kNil) == kAbsent);
  CHECK(empty.get(pin, kNil, kTrue) == kTrue);
  CHECK(empty.dissoc(edit, kNil).word == kEmptyMap);
  CHECK(Map::from(edit, {}).word == kEmptyMap);
  CHECK(MapIterator(pin, empty).done());
  const Map one = empty.assoc(edit, kNil, kNil);
  CHECK(one.count(pin) == 1);
  CHECK(one.contains(pin, kNil));
  CHECK(one.get(pin, kNil, kTrue) == kNil);
  CHECK(one.dissoc(edit, kNil).word == kEmptyMap);
}

TEST_CASE("maps of every size around a boundary keep all their entries") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const std::uint32_t size :
       {1u, 2u, 31u, 32u, 33u, 63u, 64u, 65u, 1023u, 1024u, 1025u, 32767u, 32768u, 32769u}) {
    const auto entries = integer_entries(size);
    const Map bulk = Map::from(edit, entries);
    Map single;
    for (const MapEntry& e : entries) single = single.assoc(edit, e.key, e.value);
    REQUIRE(bulk.count(pin) == size);
    REQUIRE(congruent(pin, bulk.word, single.word));
    REQUIRE(flaw_in(pin, bulk.word) == "");
    for (const MapEntry& e : entries) REQUIRE(bulk.find(pin, e.key) == e.value);
    REQUIRE(bulk.find(pin, int_word(size)) == kAbsent);
    std::vector<bool> seen(size);
    for (MapIterator it(pin, bulk); !it.done(); it.next()) {
      const auto key = static_cast<std::size_t>(small_int(it.entry().key));
      REQUIRE(!seen[key]);
      REQUIRE(it.entry().value == int_word(small_int(it.entry().key) * 7));
      seen[key] = true;
    }
    REQUIRE(std::ranges::count(seen, true) == size);
    for (std::uint32_t i = 0; i < size; ++i)
      single = single.dissoc(edit, int_word((i * 7919 + size / 2) % size));
    for (const MapEntry& e : entries)
      single = single.dissoc(edit, e.key);  // 7919 may divide the size
    REQUIRE(single.word == kEmptyMap);
  }
}

TEST_CASE("of equal keys in bulk the first stays, with the last value") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Word vector = *read(edit, "[1 2]");
  const Word list = *read(edit, "(1 2)");
  const std::vector<MapEntry> entries = {{vector, int_word(1)},
                                         {int_word(5), int_word(2)},
                                         {list, int_word(3)},
                                         {int_word(5), int_word(4)},
                                         {from_double(edit, 0.0), int_word(5)},
                                         {from_double(edit, -0.0), int_word(6)}};
  const Map map = Map::from(edit, entries);
  CHECK(map.count(pin) == 3);
  CHECK(map.find(pin, list) == int_word(3));
  CHECK(map.find(pin, int_word(5)) == int_word(4));
  CHECK(map.find(pin, from_double(edit, 0.0)) == int_word(6));
  for (MapIterator it(pin, map); !it.done(); it.next()) {
    CHECK((is_int(it.entry().key) || it.entry().key == vector || it.entry().key == kZeroDouble));
  }
  std::vector<MapEntry> many(100'000, {int_word(1), int_word(2)});
  many.push_back({int_word(1), int_word(3)});
  CHECK(Map::from(edit, many).count(pin) == 1);
  CHECK(Map::from(edit, many).find(pin, int_word(1)) == int_word(3));
}

TEST_CASE("1 and 1.0 are two keys, 0.0 and -0.0 one, and a NaN is found by its own word") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Word nan = from_double(edit, std::nan(""));
  Map map = Map().assoc(edit, int_word(1), kTrue).assoc(edit, from_double(edit, 1.0), kFalse);
  CHECK(map.count(pin) == 2);
  map = map.assoc(edit, from_double(edit, -0.0), int_word(1))
            .assoc(edit, from_double(edit, 0.0), int_word(2));
  CHECK(map.count(pin) == 3);
  CHECK(map.find(pin, from_double(edit, -0.0)) == int_word(2));
  map = map.assoc(edit, nan, kTrue).assoc(edit, from_double(edit, std::nan("")), kFalse);
  CHECK(map.count(pin) == 5);
  CHECK(map.find(pin, nan) == kTrue);
  CHECK(map.find(pin, from_double(edit, std::nan(""))) == kAbsent);
  CHECK(flaw_in(pin, map.word) == "");
}

TEST_CASE("assoc of what is there gives back the map itself") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const auto entries = integer_entries(5000);
  const Map map = Map::from(edit, entries);
  const std::uint64_t used = t.worker->nursery().used_bytes();
  for (const MapEntry& e : entries) REQUIRE(map.assoc(edit, e.key, e.value).word == map.word);
  for (int i = 5000; i < 6000; ++i) REQUIRE(map.dissoc(edit, int_word(i)).word == map.word);
  CHECK(t.worker->nursery().used_bytes() == used);
}

TEST_CASE("a map of integers takes at most 26 bytes an entry") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const std::uint64_t before = t.worker->nursery().used_bytes();
  const Map map = Map::from(edit, integer_entries(200'000));
  const std::uint64_t bytes = t.worker->nursery().used_bytes() - before;
  CHECK(bytes <= 26 * 200'000);
  CHECK(map.count(pin) == 200'000);
}

TEST_CASE("closures stay found as keys when publishing moves them") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Word vector = *read(edit, "[1 2 3]");
  Map map;
  for (int i = 0; i < 100; ++i) {
    const Word fields[] = {kNil, int_word(i), vector,
                           from_string(edit, "captured string " + std::to_string(i))};
    const Word closure = make_record(edit, ObjectKind::kClosure, fields, 4);
    map = map.assoc(edit, closure, int_word(i));
    map = map.assoc(edit, Vector::from(edit, {&closure, 1}).word, int_word(i));
  }
  publish(pin, {&map.word, 1});
  REQUIRE(map.count(pin) == 200);
  REQUIRE(flaw_in(pin, map.word) == "");
  for (MapIterator it(pin, map); !it.done(); it.next())
    REQUIRE(map.find(pin, it.entry().key) == it.entry().value);
}

TEST_CASE("equality of collision nodes does not depend on the order of their entries") {
  // Records of one content have one hash, and compare() has only their place to go by.
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  std::vector<Word> keys;
  for (int i = 0; i < 6; ++i) keys.push_back(make_record(edit, ObjectKind::kClosure, &kNil, 1));
  for (int i = 0; i < 6; ++i)
    keys.push_back(Vector::from(edit, {&keys[static_cast<std::size_t>(i)], 1}).word);
  Map forward;
  for (std::size_t i = 0; i < keys.size(); ++i)
    forward = forward.assoc(edit, keys[i], int_word(static_cast<int>(i)));
  CHECK(forward.count(pin) == keys.size());
  CHECK(flaw_in(pin, forward.word) == "");
  // Copies of the nodes with their entries turned around: what a publish may leave.
  const auto turned = [&](auto&& self, Word w) -> Word {
    if (is_collision(w)) {
      const auto* node = collision_node(pin, w);
      const std::uint64_t bytes = object_bytes(node->header);
      auto* made = edit.allocate<CollisionNode>(bytes);
      std::memcpy(static_cast<void*>(made), node, bytes);
      for (std::uint32_t i = 0; i < node->header.count; ++i) {
        std::copy_n(words_of(node) + 2 * i, 2, words_of(made) + 2 * (node->header.count - 1 - i));
      }
      return word_of(pin, &made->header);
    }
    const auto* node = trie_node(pin, w);
    const std::uint64_t bytes = object_bytes(node->header);
    auto* made = edit.allocate<TrieNode>(bytes);
    std::memcpy(static_cast<void*>(made), node, bytes);
    for (unsigned i = 0; i < bit_count(node->node_map); ++i)
      words_of(made)[i] = self(self, words_of(node)[i]);
    return word_of(pin, &made->header);
  };
  const Map backward{turned(turned, forward.word)};
  CHECK(forward.word != backward.word);
  CHECK(equal(pin, forward.word, backward.word));
  CHECK(hash(pin, forward.word) == hash(pin, backward.word));
  for (const Word key : keys) {
    CHECK(backward.find(pin, key) == forward.find(pin, key));
    CHECK(!equal(pin, forward.assoc(edit, key, kTrue).word, backward.word));
    CHECK(!equal(pin, forward.dissoc(edit, key).word, backward.word));
  }
}
