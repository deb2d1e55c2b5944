#include "substrate/sorted_map.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/intern.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/substrate/random_value.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

// By the last decimal digit first: an order of the test's own.
int compare_last_digit(const Pin& pin, Word a, Word b) {
  if (!is_int(a) || !is_int(b)) return compare(pin, a, b);
  const std::int64_t x = to_int(pin, a);
  const std::int64_t y = to_int(pin, b);
  return x % 10 != y % 10 ? (x % 10 < y % 10 ? -1 : 1) : (x > y) - (x < y);
}

struct Less {
  const Pin* pin;
  Order order;
  bool operator()(Word a, Word b) const { return order(*pin, &a, &b) < 0; }
};
using Model = std::map<Word, Word, Less>;

struct Fixture {
  TestDomain t;
  Pin pin{*t.worker};
  Edit slab = Edit::in_slab(pin);
  Edit edit = Edit::in_nursery(pin);

  Word v(const char* text) { return *read(slab, text); }
  // What an atom holds is verified, every node of it.
  void require_clean(std::span<const Word> words) {
    const auto ref = open_atom(pin, "values", kNil);
    REQUIRE(ref.ok());
    std::vector<Word> published(words.begin(), words.end());
    publish(pin, published);
    const Word all = Vector::from(slab, published).word;
    REQUIRE(reset_root(pin, *ref, all).ok());
    const VerifyReport report = verify(*t.worker);
    INFO((report.clean() ? "" : report.findings.front()));
    REQUIRE(report.clean());
  }
};

class SortedModel {
 public:
  SortedModel(Fixture& f, Random& random, const Order& order, std::vector<Word> keys)
      : f_(f),
        random_(random),
        keys_(std::move(keys)),
        map_(SortedMap::empty(f.slab, order)),
        model_(Less{&f.pin, order}) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      if (i % 512 == 511) settle();
      if (steps >= 20 && i % (steps / 20) == 0) old_.emplace_back(keep(), model_);
    }
    old_.emplace_back(keep(), model_);
    std::vector<Word> words;
    for (const auto& [map, model] : old_) {
      require_same(map, model);
      words.push_back(map.word);
    }
    for (std::size_t i = 1; i < old_.size(); ++i) {
      require_diff(i - 1, i);
      require_merge(i - 1, i);
      settle();
    }
    f_.require_clean(words);
  }

 private:
  Word any_key() { return keys_[random_.below(keys_.size())]; }
  // Referring on or not: leaf flags must tell.
  Word any_value() {
    return random_.one_in(20) ? text_ : int_word(static_cast<std::int64_t>(random_.below(1000)));
  }

  SortedMap keep() {
    publish(f_.pin, {&map_.word, 1});
    return map_;
  }
  // Nothing but the newest version is needed from the nursery.
  void settle() {
    keep();
    f_.t.worker->nursery().reset();
  }

  void step() {
    if (random_.one_in(2000)) growing_ = !growing_;
    switch (random_.below(16)) {
      case 0:
        return look();
      case 1:
        return random_.one_in(20) ? scan() : look();
      case 2:
        return random_.one_in(30) ? edit_many() : look();
      default:
        return random_.below(8) < (growing_ ? 6U : 2U) ? put() : remove();
    }
  }
  void put() {
    const Word key = any_key();
    const Word value = any_value();
    map_ = map_.assoc(f_.edit, key, value);
    model_.insert_or_assign(key, value);
  }
  void remove() {
    const Word key = any_key();
    const Word before = map_.word;
    map_ = map_.dissoc(f_.edit, key);
    REQUIRE((map_.word == before) == (model_.erase(key) == 0));
  }
  void edit_many() {
    TransientSortedMap many(f_.edit, map_);
    for (std::uint64_t i = random_.below(300); i > 0; --i) {
      const Word key = any_key();
      if (random_.one_in(2)) {
        const Word value = any_value();
        many.assoc(key, value);
        model_.insert_or_assign(key, value);
      } else {
        many.dissoc(key);
        model_.erase(key);
      }
      REQUIRE(many.count() == model_.size());
      REQUIRE(is_absent(many.find(key)) != model_.contains(key));
      if (random_.one_in(100)) (void)many.persistent();
    }
    map_ = many.persistent();
  }
  void look() {
    const Word key = any_key();
    const auto found = model_.find(key);
    REQUIRE(map_.find(f_.pin, key) == (found == model_.end() ? kAbsent : found->second));
    REQUIRE(map_.count(f_.pin) == model_.size());
    const auto same = [&](const std::optional<MapEntry>& entry, Model::const_iterator at) {
      REQUIRE(entry.has_value() == (at != model_.end()));
      if (entry) REQUIRE(equal(f_.pin, entry->key, at->first));
      if (entry) REQUIRE(entry->value == at->second);
    };
    same(map_.lower_bound(f_.pin, key), model_.lower_bound(key));
    same(map_.upper_bound(f_.pin, key), model_.upper_bound(key));
    same(map_.first(f_.pin), model_.begin());
    same(map_.last(f_.pin), model_.empty() ? model_.end() : std::prev(model_.end()));
  }
  void scan() {
    KeyRange range{.with_from = random_.one_in(2), .with_to = random_.one_in(2)};
    if (!random_.one_in(4)) range.from = any_key();
    if (!random_.one_in(4)) range.to = any_key();
    const Less less = model_.key_comp();
    auto first = is_absent(range.from) ? model_.begin()
                 : range.with_from     ? model_.lower_bound(range.from)
                                       : model_.upper_bound(range.from);
    auto last = is_absent(range.to) ? model_.end()
                : range.with_to     ? model_.upper_bound(range.to)
                                    : model_.lower_bound(range.to);
    const bool crossed = !is_absent(range.from) && !is_absent(range.to) &&
                         !less(range.from, range.to) &&
                         (less(range.to, range.from) || !range.with_from || !range.with_to);
    if (crossed) last = first;
    std::vector<MapEntry> wanted;
    for (auto at = first; at != last; ++at) wanted.push_back({at->first, at->second});
    for (const Direction direction : {Direction::kAscending, Direction::kDescending}) {
      SortedMapIterator it(f_.pin, map_, range, direction);
      REQUIRE(it.left() == wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i, it.next()) {
        const MapEntry& w = wanted[direction == Direction::kAscending ? i : wanted.size() - 1 - i];
        REQUIRE(!it.done());
        REQUIRE(equal(f_.pin, it.entry().key, w.key));
        REQUIRE(it.entry().value == w.value);
      }
      REQUIRE(it.done());
    }
  }

  void require_same(const SortedMap& map, const Model& model) {
    REQUIRE(map.count(f_.pin) == model.size());
    std::uint64_t index = 0;
    SortedMapIterator it(f_.pin, map);
    for (const auto& [key, value] : model) {
      REQUIRE(equal(f_.pin, it.entry().key, key));
      REQUIRE(it.entry().value == value);
      REQUIRE(map.nth(f_.pin, index).key == it.entry().key);
      REQUIRE(map.rank(f_.pin, key) == index);
      it.next();
      ++index;
    }
    REQUIRE(it.done());
  }
  void require_diff(std::size_t i, std::size_t k) {
    const auto& [a, model_a] = old_[i];
    const auto& [b, model_b] = old_[k];
    SortedMapDiff diff(f_.pin, a, b);
    std::set<Word, Less> all(model_a.key_comp());
    for (const auto& [key, value] : model_a) all.insert(key);
    for (const auto& [key, value] : model_b) all.insert(key);
    for (const Word key : all) {
      const auto x = model_a.find(key);
      const auto y = model_b.find(key);
      const Word before = x == model_a.end() ? kAbsent : x->second;
      const Word after = y == model_b.end() ? kAbsent : y->second;
      if (before == after) continue;
      REQUIRE(!diff.done());
      REQUIRE(equal(f_.pin, diff.key(), key));
      REQUIRE(diff.before() == before);
      REQUIRE(diff.after() == after);
      diff.next();
    }
    REQUIRE(diff.done());
  }
  void require_merge(std::size_t i, std::size_t k) {
    Model both = old_[k].second;
    for (const auto& [key, value] : old_[i].second) both.insert({key, value});
    require_same(old_[i].first.merge(f_.edit, old_[k].first), both);
  }

  Fixture& f_;
  Random& random_;
  std::vector<Word> keys_;
  Word text_ = from_string(f_.slab, "a value of many bytes");
  bool growing_ = true;
  SortedMap map_;
  Model model_;
  std::vector<std::pair<SortedMap, Model>> old_;
};

std::vector<Word> integer_keys(int count) {
  std::vector<Word> keys;
  for (int i = 0; i < count; ++i) keys.push_back(int_word(i * 3 - count));
  return keys;
}
std::vector<Word> string_keys(Edit& edit, int count) {
  std::vector<Word> keys;
  for (int i = 0; i < count; ++i) {
    keys.push_back(from_string(edit, (i % 2 == 0 ? "k" : "a longer key, ") + std::to_string(i)));
  }
  return keys;
}
// Of all kinds but those that are ordered by their place.
std::vector<Word> mixed_keys(Edit& edit, Random& random, int count) {
  std::vector<Word> keys;
  for (int i = 0; i < count; ++i) {
    const Word key = key_number(edit, random, i);
    if (is_orderable(edit.pin(), key)) keys.push_back(key);
  }
  return keys;
}

std::vector<MapEntry> entries_of(std::uint32_t count) {
  std::vector<MapEntry> entries(count);
  for (std::uint32_t i = 0; i < count; ++i) entries[i] = {int_word(i), int_word(i * 7)};
  return entries;
}

}  // namespace

TEST_CASE("a sorted map is what a std::map is, in every version, in every order") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  REQUIRE(register_comparator("test/last-digit", compare_last_digit).ok());
  for (int kind = 0; kind < 7; ++kind) {
    INFO("kind " << kind);
    Fixture f;
    const Word name = kind < 4    ? kNil
                      : kind == 4 ? keyword(f.pin, "reverse")
                      : kind == 5 ? keyword(f.pin, "bytes")
                                  : symbol(f.pin, "test/last-digit");
    const auto order = find_order(f.pin, name);
    REQUIRE(order.ok());
    const auto keys = kind == 0   ? integer_keys(40)
                      : kind == 1 ? integer_keys(20'000)
                      : kind == 2 ? mixed_keys(f.slab, random, 500)
                      : kind == 3 ? string_keys(f.slab, 1000)
                      : kind == 5 ? string_keys(f.slab, 1000)
                                  : integer_keys(2000);
    SortedModel model(f, random, *order, keys);
    model.run(yin::test::effort(kind == 1 ? 400'000 : 100'000));
  }
}

TEST_CASE("sorted maps of every size around a boundary keep all their entries") {
  Fixture f;
  std::vector<Word> kept;
  for (const std::uint32_t size :
       {1u,  2u,   15u,  16u,  17u,  31u,   32u,   33u,   48u,   64u,
        65u, 511u, 767u, 768u, 769u, 1535u, 1536u, 1537u, 1600u, 40'000u}) {
    const auto entries = entries_of(size);
    const SortedMap bulk = SortedMap::from(f.slab, entries);
    SortedMap up;
    SortedMap down;
    TransientSortedMap many(f.slab, {});
    for (std::uint32_t i = 0; i < size; ++i) {
      up = up.assoc(f.edit, entries[i].key, entries[i].value);
      down = down.assoc(f.edit, entries[size - 1 - i].key, entries[size - 1 - i].value);
      many.assoc(entries[(i * 7919) % size].key, entries[(i * 7919) % size].value);
      many.assoc(entries[i].key, entries[i].value);
    }
    const SortedMap other = many.persistent();
    Word words[] = {up.word, down.word, bulk.word, other.word};
    publish(f.pin, words);
    f.t.worker->nursery().reset();
    for (const Word w : words) {
      const SortedMap map{w};
      REQUIRE(map.count(f.pin) == size);
      std::uint32_t i = 0;
      for (SortedMapIterator it(f.pin, map); !it.done(); it.next(), ++i) {
        REQUIRE(it.entry().key == entries[i].key);
        REQUIRE(it.entry().value == entries[i].value);
        REQUIRE(map.find(f.pin, int_word(i)) == entries[i].value);
      }
      REQUIRE(i == size);
      REQUIRE(equal(f.pin, w, bulk.word));
      REQUIRE(hash(f.pin, w) == hash(f.pin, bulk.word));
      kept.push_back(w);
    }
    SortedMap less{words[0]};
    for (std::uint32_t i = 0; i < size; ++i) {
      less = less.dissoc(f.edit, int_word((i * 7919 + size / 2) % size));
      if (size < 100) kept.push_back(less.word);
    }
    for (const MapEntry& e : entries) less = less.dissoc(f.edit, e.key);
    REQUIRE(less.word == kEmptySortedMap);
    publish(f.pin, kept);
    f.t.worker->nursery().reset();
  }
  f.require_clean(kept);
}

TEST_CASE("ascending keys fill leaves to the brim") {
  Fixture f;
  SortedMap map;
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) map = map.assoc(f.edit, int_word(i), kNil);
  publish(f.pin, {&map.word, 1});
  f.t.worker->nursery().reset();
  TransientSortedMap copy(f.edit, SortedMap());
  for (int i = 0; i < kCount; ++i) copy.assoc(int_word(i), kNil);
  CHECK(equal(f.pin, copy.persistent().word, map.word));
  // A leaf has 32 entries of 16 bytes and its header; the nodes above are a thirtieth of that.
  const auto* top = header_of(f.pin, sorted_root(f.pin, map.word).root);
  using Layout = BtreeLayout<1, 2>;
  CHECK(sorted_root(f.pin, map.word).height == 3);
  CHECK(Layout::children(top) == (kCount / 32 + Layout::kInnerMax - 2) / (Layout::kInnerMax - 1));
  f.require_clean({&map.word, 1});
}

TEST_CASE("a sorted map equals every map of its entries, and has their hash") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  Fixture f;
  for (const int count : {0, 1, 5, 40, 700}) {
    std::vector<MapEntry> entries;
    for (const Word key : mixed_keys(f.slab, random, count))
      entries.push_back({key, int_word(static_cast<int>(entries.size()))});
    const Map plain = Map::from(f.slab, entries);
    const SortedMap up = SortedMap::from(f.slab, entries);
    const SortedMap down = SortedMap::from(f.slab, entries, reverse_order());
    for (const Word a : {plain.word, up.word, down.word}) {
      for (const Word b : {plain.word, up.word, down.word}) {
        CHECK(equal(f.pin, a, b));
        CHECK(hash(f.pin, a) == hash(f.pin, b));
        CHECK(compare(f.pin, a, b) == 0);
      }
    }
    if (entries.empty()) continue;
    const MapEntry some = entries[random.below(entries.size())];
    for (const Word differ :
         {up.assoc(f.slab, some.key, kTrue).word, up.dissoc(f.slab, some.key).word,
          down.assoc(f.slab, some.key, kTrue).word, plain.assoc(f.slab, some.key, kTrue).word}) {
      for (const Word a : {plain.word, up.word, down.word}) {
        CHECK(!equal(f.pin, a, differ));
        CHECK(!equal(f.pin, differ, a));
        CHECK(compare(f.pin, a, differ) == -compare(f.pin, differ, a));
        CHECK(compare(f.pin, a, differ) == compare(f.pin, plain.word, differ));
      }
    }
  }
}

TEST_CASE("maps in maps of other kinds are equal, however deep") {
  Fixture f;
  Word plain = kEmptyMap;
  Word sorted = kEmptySortedMap;
  Word other = kEmptyMap;
  for (int i = 0; i < 200; ++i) {  // as keys, and as values beside them
    const MapEntry a[] = {{plain, int_word(1)}, {int_word(i), plain}};
    const MapEntry b[] = {{sorted, int_word(1)}, {int_word(i), sorted}};
    const MapEntry c[] = {{other, int_word(1)}, {int_word(i), i == 0 ? kNil : other}};
    if (i < 12) {
      plain = Map::from(f.slab, a).word;
      sorted = SortedMap::from(f.slab, b).word;
      other = Map::from(f.slab, c).word;
    } else {
      plain = Map::from(f.slab, std::span(a).last(1)).word;
      sorted = SortedMap::from(f.slab, std::span(b).last(1)).word;
      other = Map::from(f.slab, std::span(c).last(1)).word;
    }
  }
  CHECK(equal(f.pin, plain, sorted));
  CHECK(equal(f.pin, sorted, plain));
  CHECK(hash(f.pin, plain) == hash(f.pin, sorted));
  CHECK(!equal(f.pin, other, sorted));
  CHECK(!equal(f.pin, sorted, other));
}

TEST_CASE("equality and diff do not look at what two sorted maps share") {
  Fixture f;
  const SortedMap map = SortedMap::from(f.slab, entries_of(100'000));
  const SortedMap other =
      map.assoc(f.slab, int_word(5), kNil).assoc(f.slab, int_word(5), int_word(35));
  REQUIRE(map.word != other.word);
  for (int i = 0; i < 20'000; ++i)
    REQUIRE(equal(f.pin, map.word, other.word));  // minutes, if it did
  const SortedMap third =
      map.assoc(f.slab, int_word(99'999), kNil).dissoc(f.slab, int_word(50'000));
  for (int i = 0; i < 20'000; ++i) {
    SortedMapDiff diff(f.pin, map, third);
    REQUIRE(diff.key() == int_word(50'000));
    REQUIRE(diff.before() == int_word(350'000));
    REQUIRE(is_absent(diff.after()));
    diff.next();
    REQUIRE(diff.key() == int_word(99'999));
    diff.next();
    REQUIRE(diff.done());
  }
}

TEST_CASE("of keys that the order calls equal the first stays, with the last value") {
  Fixture f;
  const std::vector<MapEntry> entries = {
      {int_word(1), int_word(10)}, {from_double(f.slab, 1.0), int_word(11)}, {kNil, kTrue}};
  const SortedMap map = SortedMap::from(f.slab, entries);
  CHECK(map.count(f.pin) == 2);
  CHECK(print(f.pin, map.word) == "{nil true, 1 11}");
  CHECK(print(f.pin, map.assoc(f.slab, from_double(f.slab, 1.0), kNil).word) ==
        "{nil true, 1 nil}");
  CHECK(map.assoc(f.slab, int_word(1), int_word(11)).word == map.word);
}

TEST_CASE("sorted maps print in their order, and read as hash maps that are equal") {
  Fixture f;
  std::vector<MapEntry> entries;
  for (const char* key : {"\"b\"", "2", ":k", "1", "nil", "[1]", "\"a\""})
    entries.push_back({f.v(key), kTrue});
  const SortedMap map = SortedMap::from(f.slab, entries);
  const std::string text = "{nil true, 1 true, 2 true, \"a\" true, \"b\" true, :k true, [1] true}";
  CHECK(print(f.pin, map.word) == text);
  CHECK(equal(f.pin, f.v(text.c_str()), map.word));
  CHECK(print(f.pin, SortedMap::from(f.slab, std::span(entries).first(4), reverse_order()).word) ==
        "{:k true, \"b\" true, 2 true, 1 true}");
  CHECK(kind_name(map.word) == "sorted map");
  CHECK(kind_name(kEmptySortedMap) == "sorted map");
  CHECK(print(f.pin, kEmptySortedMap) == "{}");
}

TEST_CASE(
    "a tree in an order that nobody registered is not opened, and an empty one keeps its order") {
  Fixture f;
  const Word name = keyword(f.pin, "test/unknown");
  CHECK(find_order(f.pin, name).status().code() == StatusCode::kNotFound);
  const Order unknown{compare_last_digit, 0, name};  // as another process would have it
  const SortedMap map = SortedMap::from(f.slab, entries_of(100), unknown);
  const auto opened = SortedMap::open(f.pin, map.word);
  CHECK(opened.status().code() == StatusCode::kNotFound);
  CHECK(opened.status().message().find("test/unknown") != std::string::npos);
  // What needs no order works: equality, hash, printing, verification.
  CHECK(equal(f.pin, map.word, Map::from(f.slab, entries_of(100)).word));
  CHECK(print(f.pin, map.word).substr(0, 10) == "{0 0, 10 7");
  f.require_clean({&map.word, 1});

  SortedMap empty = SortedMap::empty(f.slab, reverse_order());
  CHECK(empty.word != kEmptySortedMap);
  CHECK(equal(f.pin, empty.word, kEmptyMap));
  empty = *SortedMap::open(f.pin, empty.word);
  CHECK(empty.order == reverse_order());
  const SortedMap two = empty.assoc(f.slab, int_word(1), kNil).assoc(f.slab, int_word(2), kNil);
  CHECK(print(f.pin, two.word) == "{2 nil, 1 nil}");
  const SortedMap again = two.dissoc(f.slab, int_word(1)).dissoc(f.slab, int_word(2));
  CHECK(SortedMap::open(f.pin, again.word)->order == reverse_order());
  const Word words[] = {two.word, again.word};
  f.require_clean(words);
}

TEST_CASE("a transient changes no node that was there, and none that it gave away") {
  Fixture f;
  const SortedMap map = SortedMap::from(f.slab, entries_of(5000));
  TransientSortedMap many(f.slab, map);
  std::vector<SortedMap> given;
  for (int i = 0; i < 5000; i += 7) {
    many.assoc(int_word(i), kTrue);
    if (i % 700 == 0) given.push_back(many.persistent());
    if (i % 3 == 0) many.dissoc(int_word(i + 1));
  }
  CHECK(equal(f.pin, map.word, Map::from(f.slab, entries_of(5000)).word));
  for (std::size_t k = 0; k < given.size(); ++k) {
    const int last = static_cast<int>(k) * 700;
    for (int i = 0; i < 5000; i += 7)
      REQUIRE(given[k].find(f.pin, int_word(i)) == (i <= last ? kTrue : int_word(i * 7)));
  }
  std::vector<Word> words{map.word};
  for (const SortedMap& g : given) words.push_back(g.word);
  f.require_clean(words);
}

TEST_CASE("sorted maps stay whole while cycles run") {
  TestDomain t;
  RootRef ref{};
  {
    const Pin pin(*t.worker);
    ref = *open_atom(pin, "map", kNil);
  }
  for (int round = 0; round < 20; ++round) {
    {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      const Word now = *deref(pin, ref);
      TransientSortedMap many(edit, SortedMap::is(now) ? *SortedMap::open(pin, now) : SortedMap());
      for (int i = 0; i < 2000; ++i)
        many.assoc(int_word(i * 7919 % 20'011 + round), int_word(round));
      REQUIRE(reset_root(pin, ref, many.persistent().word).ok());
    }
    REQUIRE(collect(*t.worker).ok());
    REQUIRE(verify(*t.worker).clean());
  }
}

// ---- an index: rows of five words, ordered by all of them -----------------------------------------

namespace {

struct RowOrder {
  int operator()(const Pin& pin, const Word* a, const Word* b) const {
    for (int i = 0; i < 5; ++i) {
      const int c = a[i] == b[i] ? 0 : compare(pin, a[i], b[i]);
      if (c != 0) return c;
    }
    return 0;
  }
};
using Index = Btree<5, 5, RowOrder>;
using Row = std::array<std::int64_t, 5>;

std::array<Word, 5> words_of_row(const Row& row) {
  std::array<Word, 5> words{};
  for (std::size_t i = 0; i < 5; ++i) words[i] = int_word(row[i]);
  return words;
}

void require_rows(const Pin& pin, const BtreeRoot& tree, const std::set<Row>& model) {
  REQUIRE(tree.count == model.size());
  if (model.empty()) return;
  BtreeCursor<5, 5> cursor(pin, tree);
  cursor.seek(0);
  std::uint64_t left = tree.count;
  for (const Row& row : model) {
    const auto words = words_of_row(row);
    REQUIRE(std::equal(words.begin(), words.end(), cursor.row()));
    REQUIRE(cursor.next() == (--left > 0));
  }
}

}  // namespace

TEST_CASE("an index of rows of five words is what a std::set is") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  Fixture f;
  BtreeRoot tree;
  std::set<Row> model;
  std::vector<std::pair<BtreeRoot, std::set<Row>>> old;
  bool growing = true;
  const int steps = yin::test::effort(60'000);
  for (int i = 0; i < steps; ++i) {
    if (random.one_in(3000)) growing = !growing;
    if (i % (steps / 10 + 1) == 0) old.emplace_back(tree, model);
    Row row{};
    for (auto& word : row) word = static_cast<std::int64_t>(random.below(6));
    const auto words = words_of_row(row);
    const bool in_place = random.one_in(50);  // a few of them, then sealed
    if (random.below(8) < (growing ? 6U : 2U)) {
      const bool changed = in_place ? Index::put<true>(f.slab, {}, tree, words.data())
                                    : Index::put<false>(f.slab, {}, tree, words.data());
      REQUIRE(changed == model.insert(row).second);
    } else {
      const bool changed = in_place ? Index::remove<true>(f.slab, {}, tree, words.data())
                                    : Index::remove<false>(f.slab, {}, tree, words.data());
      REQUIRE(changed == (model.erase(row) == 1));
    }
    if (in_place) Index::seal(f.pin, tree);
    REQUIRE((Index::find(f.pin, {}, tree, words.data()) != nullptr) == model.contains(row));
    if (random.one_in(100)) {
      const auto at = model.lower_bound(row);
      REQUIRE(Index::rank<false>(f.pin, {}, tree, words.data()) ==
              static_cast<std::uint64_t>(std::distance(model.begin(), at)));
    }
  }
  old.emplace_back(tree, model);
  for (const auto& [t, m] : old) require_rows(f.pin, t, m);
  std::vector<Word> rows;
  for (const Row& row : model) {
    const auto words = words_of_row(row);
    rows.insert(rows.end(), words.begin(), words.end());
  }
  require_rows(f.pin, Index::build(f.slab, rows.data(), model.size()), model);
}
