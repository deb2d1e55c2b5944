// Collections of the C interface: every verb beside what the C++ library's containers do, iteration
// in pieces, differences.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/c/abi.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"

namespace {

using yin::tests::Domain;
using yin::tests::error;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::Random;

using Words = std::vector<yin_word>;

constexpr yin_word operator""_w(unsigned long long n) { return static_cast<yin_word>(n) << 1 | 1; }

Words all(const Pin& pin, yin_word collection, const yin_range* range = nullptr,
          std::size_t room = 64) {
  yin_iterator* iterator = nullptr;
  ok(yin_iterate(pin.c, collection, range, &iterator, &error));
  Words words;
  Words piece(room);
  for (std::size_t n = 0; (n = yin_next(iterator, pin.c, piece.data(), room)) > 0;) {
    REQUIRE(n <= room);
    words.insert(words.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
  }
  CHECK(yin_next(iterator, pin.c, piece.data(), room) == 0);
  yin_iterator_release(iterator);
  return words;
}

// What yin_each() tells, keys and values in turn.
Words each(const Pin& pin, yin_word collection) {
  Words words;
  const auto visit = [](void* to, yin_word key, yin_word value) {
    auto& out = *static_cast<Words*>(to);
    out.push_back(key);
    if (value != YIN_WORD_ABSENT) out.push_back(value);
    return 0;
  };
  CHECK(yin_each(pin.c, collection, visit, &words) == 0);
  return words;
}

// A verb that gives a new collection.
template <class Verb, class... Arguments>
yin_word made(Verb verb, const Pin& pin, Arguments... arguments) {
  yin_word out = 0;
  ok(verb(pin.c, arguments..., &out, &error));
  return out;
}

// Keys of some kinds, more alike than not.
yin_word random_key(const Pin& pin, Random& random, yin_kind kind) {
  const std::uint64_t n = random.below(200);
  if (kind == YIN_INT_MAP || random.one_in(2)) return yin_int(pin.c, static_cast<std::int64_t>(n));
  return random.one_in(2) ? pin.string("key " + std::to_string(n))
                          : pin.keyword("k" + std::to_string(n));
}

struct ByEdn {  // a key of the model
  std::string text;
  yin_word word;
  bool operator<(const ByEdn& other) const { return text < other.text; }
};

void check_map(const Pin& pin, yin_kind kind, yin_word map,
               const std::map<std::string, std::pair<yin_word, yin_word>>& model) {
  CHECK(yin_kind_of(pin.c, map) == kind);
  REQUIRE(pin.count(map) == model.size());
  const Words words = all(pin, map, nullptr, 2 + model.size() % 7);
  REQUIRE(words.size() == 2 * model.size());
  CHECK(each(pin, map) == words);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto found = model.find(pin.edn(words[i]));
    REQUIRE(found != model.end());
    CHECK(yin_equal(pin.c, words[i + 1], found->second.second) == 1);
    if (kind != YIN_MAP && i > 0) CHECK(yin_compare(pin.c, words[i - 2], words[i]) < 0);
    if (kind == YIN_SORTED_MAP) CHECK(yin_equal(pin.c, yin_nth(pin.c, map, i / 2), words[i]) == 1);
  }
}

}  // namespace

TEST_CASE("maps of three kinds do what std::map does, in every version") {
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (const yin_kind kind : {YIN_MAP, YIN_SORTED_MAP, YIN_INT_MAP}) {
    INFO(yin_kind_name(kind));
    const Domain domain;
    const Pin pin(domain);
    yin_word map = yin_empty(kind);
    std::map<std::string, std::pair<yin_word, yin_word>> model;
    for (int step = 0; step < yin::test::effort(3000); ++step) {
      const yin_word key = random_key(pin, random, kind);
      const std::string text = pin.edn(key);
      const auto found = model.find(text);
      const yin_word got = yin_get(pin.c, map, key);
      if (found == model.end()) {
        CHECK(got == YIN_WORD_ABSENT);
        CHECK(yin_find_key(pin.c, map, key) == YIN_WORD_ABSENT);
      } else {
        CHECK(yin_equal(pin.c, got, found->second.second) == 1);
        CHECK(yin_equal(pin.c, yin_find_key(pin.c, map, key), key) == 1);
      }
      if (yin_kind_of(pin.c, key) == YIN_STRING) {
        const std::string bare = text.substr(1, text.size() - 2);
        CHECK(yin_get_text(pin.c, map, bare.data(), bare.size()) == got);
      }
      switch (random.below(8)) {
        case 0:
        case 1:
          map = made(yin_dissoc, pin, map, key);
          model.erase(text);
          break;
        case 2: {  // many at once
          Words changes;
          for (auto n = random.below(20); n > 0; --n) {
            const yin_word k = random_key(pin, random, kind);
            const bool away = random.one_in(3);
            changes.push_back(k);
            changes.push_back(away ? YIN_WORD_ABSENT : yin_int(pin.c, step));
            away ? void(model.erase(pin.edn(k)))
                 : void(model.insert_or_assign(pin.edn(k), std::pair(k, yin_int(pin.c, step))));
          }
          map =
              made(yin_update_many, pin, map, YIN_UPDATE_PAIRS, changes.data(), changes.size() / 2);
          break;
        }
        case 3: {  // another one over it
          Words words;
          for (auto n = random.below(6); n > 0; --n) {
            const yin_word k = random_key(pin, random, kind);
            words.insert(words.end(), {k, yin_int(pin.c, -step)});
            model.insert_or_assign(pin.edn(k), std::pair(k, yin_int(pin.c, -step)));
          }
          map = made(yin_merge, pin, map, pin.collection(kind, words));
          break;
        }
        default: {
          const yin_word value = pin.read("[" + std::to_string(step) + "]");
          const yin_word before = map;
          const yin_word was = got;
          map = made(yin_assoc, pin, map, key, value);
          model.insert_or_assign(text, std::pair(key, value));
          CHECK(yin_get(pin.c, before, key) == was);
        }
      }
      if (step % 50 == 0) check_map(pin, kind, map, model);
    }
    check_map(pin, kind, map, model);
    Words words;
    for (const auto& [text, entry] : model) {
      (void)text;
      words.insert(words.end(), {entry.first, entry.second});
    }
    CHECK(yin_equal(pin.c, pin.collection(kind, words), map) == 1);
  }
}

TEST_CASE("sets of two kinds do what std::set does") {
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (const yin_kind kind : {YIN_SET, YIN_SORTED_SET}) {
    INFO(yin_kind_name(kind));
    const Domain domain;
    const Pin pin(domain);
    yin_word set = yin_empty(kind);
    std::set<ByEdn> model;
    for (int step = 0; step < yin::test::effort(2000); ++step) {
      const yin_word key = random_key(pin, random, kind);
      const ByEdn item{pin.edn(key), key};
      CHECK((yin_get(pin.c, set, key) != YIN_WORD_ABSENT) == model.contains(item));
      switch (random.below(4)) {
        case 0:
          set = made(yin_disj, pin, set, key);
          model.erase(item);
          break;
        case 1: {
          const yin_word other = pin.collection(kind, {key, 7_w});
          set = made(yin_merge, pin, set, other);
          model.insert(item);
          model.insert({"7", 7_w});
          break;
        }
        case 2: {
          const Words items = {key, 8_w, 9_w};
          const bool away = random.one_in(2);
          set = made(yin_update_many, pin, set, away ? YIN_UPDATE_REMOVE : YIN_UPDATE_ITEMS,
                     items.data(), items.size());
          for (const yin_word w : items)
            away ? void(model.erase({pin.edn(w), w})) : void(model.insert({pin.edn(w), w}));
          break;
        }
        default:
          set = made(yin_conj, pin, set, key);
          model.insert(item);
      }
      if (step % 50 != 0) continue;
      REQUIRE(pin.count(set) == model.size());
      const Words words = all(pin, set);
      REQUIRE(words.size() == model.size());
      CHECK(each(pin, set) == words);
      for (std::size_t i = 0; i < words.size(); ++i) {
        CHECK(model.contains({pin.edn(words[i]), 0}));
        if (kind == YIN_SORTED_SET && i > 0) CHECK(yin_compare(pin.c, words[i - 1], words[i]) < 0);
      }
    }
  }
}

TEST_CASE("vectors, lists and queues do what std::deque does") {
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (const yin_kind kind : {YIN_VECTOR, YIN_LIST, YIN_QUEUE}) {
    INFO(yin_kind_name(kind));
    const Domain domain;
    const Pin pin(domain);
    yin_word seq = yin_empty(kind);
    std::deque<yin_word> model;
    for (int step = 0; step < yin::test::effort(3000); ++step) {
      const yin_word item = yin_int(pin.c, step);
      const std::uint64_t size = model.size();
      CHECK(yin_peek(pin.c, seq) == (model.empty()        ? YIN_WORD_ABSENT
                                     : kind == YIN_VECTOR ? model.back()
                                                          : model.front()));
      switch (random.below(kind == YIN_VECTOR ? 8 : 4)) {
        case 0:
          if (model.empty()) {
            yin_word out = 0;
            CHECK(yin_pop(pin.c, seq, &out, &error) == YIN_OUT_OF_RANGE);
          } else {
            seq = made(yin_pop, pin, seq);
            kind == YIN_VECTOR ? model.pop_back() : model.pop_front();
          }
          break;
        case 1:
          if (kind != YIN_QUEUE) {
            const Words items = {item, 1_w, 2_w};
            seq = made(yin_update_many, pin, seq, YIN_UPDATE_ITEMS, items.data(), items.size());
            for (const yin_word w : items)
              kind == YIN_LIST ? model.push_front(w) : model.push_back(w);
          }
          break;
        case 4: {
          const std::uint64_t at = random.below(size + 1);  // the end appends
          seq = made(yin_assoc, pin, seq, yin_int(pin.c, static_cast<std::int64_t>(at)), item);
          at == size ? model.push_back(item) : void(model[at] = item);
          break;
        }
        case 5: {
          const std::uint64_t from = random.below(size + 1);
          const std::uint64_t to = from + random.below(size - from + 1);
          if (to - from < size / 2) break;  // not too small
          seq = made(yin_slice, pin, seq, from, to);
          model = {model.begin() + static_cast<std::ptrdiff_t>(from),
                   model.begin() + static_cast<std::ptrdiff_t>(to)};
          break;
        }
        case 6:
          if (size < 2000) {
            seq = made(yin_merge, pin, seq, seq);
            const Words copy(model.begin(), model.end());
            model.insert(model.end(), copy.begin(), copy.end());
          }
          break;
        default:
          seq = made(yin_conj, pin, seq, item);
          kind == YIN_LIST ? model.push_front(item) : model.push_back(item);
      }
      REQUIRE(pin.count(seq) == model.size());
      if (!model.empty()) {
        const std::uint64_t at = random.below(model.size());
        CHECK(yin_nth(pin.c, seq, at) == model[at]);
        if (kind != YIN_LIST)
          CHECK(yin_get(pin.c, seq, yin_int(pin.c, static_cast<std::int64_t>(at))) == model[at]);
      }
      CHECK(yin_nth(pin.c, seq, model.size()) == YIN_WORD_ABSENT);
      if (step % 100 == 0) {
        CHECK(all(pin, seq, nullptr, 2 + random.below(9)) == Words(model.begin(), model.end()));
        CHECK(each(pin, seq) == Words(model.begin(), model.end()));
      }
    }
  }
}

TEST_CASE("an index that is not there is out of range") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word v = pin.read("[1 2 3]");
  yin_word out = 0;
  CHECK(yin_assoc(pin.c, v, 5_w, 1_w, &out, &error) == YIN_OUT_OF_RANGE);
  CHECK(yin_assoc(pin.c, v, yin_int(pin.c, -1), 1_w, &out, &error) == YIN_OUT_OF_RANGE);
  CHECK(yin_assoc(pin.c, v, pin.keyword("a"), 1_w, &out, &error) != YIN_OK);
  CHECK(yin_slice(pin.c, v, 2, 1, &out, &error) == YIN_OUT_OF_RANGE);
  CHECK(yin_slice(pin.c, v, 0, 4, &out, &error) == YIN_OUT_OF_RANGE);
  CHECK(yin_slice(pin.c, v, ~std::uint64_t{0}, ~std::uint64_t{0}, &out, &error) ==
        YIN_OUT_OF_RANGE);
  CHECK(yin_nth(pin.c, v, ~std::uint64_t{0}) == YIN_WORD_ABSENT);
  const yin_word changes[] = {9_w, 1_w};
  CHECK(yin_update_many(pin.c, v, YIN_UPDATE_PAIRS, changes, 1, &out, &error) == YIN_OUT_OF_RANGE);
  CHECK(yin_dissoc(pin.c, v, 0_w, &out, &error) == YIN_WRONG_TYPE);
  CHECK(yin_disj(pin.c, v, 0_w, &out, &error) == YIN_WRONG_TYPE);
  CHECK(yin_merge(pin.c, v, pin.read("{}"), &out, &error) == YIN_WRONG_TYPE);
  CHECK(yin_pop(pin.c, pin.read("{}"), &out, &error) == YIN_WRONG_TYPE);
  CHECK(yin_slice(pin.c, pin.read("(1)"), 0, 0, &out, &error) == YIN_WRONG_TYPE);
  const yin_word key = pin.keyword("a");
  CHECK(yin_assoc(pin.c, yin_empty(YIN_INT_MAP), key, 1_w, &out, &error) != YIN_OK);
}

TEST_CASE("a range at the end of all integers is exact; one that makes no sense is refused") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word least = yin_int(pin.c, INT64_MIN);
  const yin_word most = yin_int(pin.c, INT64_MAX);
  const yin_word ints = pin.collection(YIN_INT_MAP, {least, 1_w, 0_w, 2_w, most, 3_w});
  yin_range range = {most, YIN_WORD_ABSENT, 1, 0, 0};
  CHECK(all(pin, ints, &range).empty());
  range.without_from = 0;
  CHECK(all(pin, ints, &range).size() == 2);
  range = {YIN_WORD_ABSENT, least, 0, 0, 0};
  CHECK(all(pin, ints, &range).empty());
  range.with_to = 1;
  CHECK(all(pin, ints, &range).size() == 2);
  const yin_word vector = pin.read("[1 2 3]");
  range = {most, YIN_WORD_ABSENT, 1, 0, 0};
  CHECK(all(pin, vector, &range).empty());
  range = {YIN_WORD_ABSENT, most, 0, 1, 1};
  CHECK(all(pin, vector, &range) == Words{3_w, 2_w, 1_w});

  const auto refused = [&](yin_word collection, yin_word from) {
    const yin_range asked = {from, YIN_WORD_ABSENT, 0, 0, 0};
    yin_iterator* iterator = nullptr;
    return yin_iterate(pin.c, collection, &asked, &iterator, &error) == YIN_WRONG_TYPE;
  };
  CHECK(refused(ints, yin_double(pin.c, 1.5)));
  CHECK(refused(vector, pin.keyword("a")));
  CHECK(refused(pin.read("{1 2}"), 1_w));
  CHECK(refused(pin.read("#{1 2}"), YIN_WORD_ABSENT));
  CHECK(refused(pin.read("(1 2)"), 1_w));
}

TEST_CASE("ranges begin and end where they say, in both directions") {
  const Domain domain;
  const Pin pin(domain);
  Words map;
  Words set;
  for (std::int64_t i = 0; i < 100; i += 2) {
    map.insert(map.end(), {yin_int(pin.c, i), yin_int(pin.c, i)});
    set.push_back(yin_int(pin.c, i));
  }
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (const yin_kind kind : {YIN_SORTED_MAP, YIN_INT_MAP, YIN_SORTED_SET}) {
    const yin_word collection = pin.collection(kind, kind == YIN_SORTED_SET ? set : map);
    for (int i = 0; i < yin::test::effort(300); ++i) {
      const auto low = static_cast<std::int64_t>(random.below(110)) - 5;
      const auto high = static_cast<std::int64_t>(random.below(110)) - 5;
      yin_range range = {yin_int(pin.c, low), yin_int(pin.c, high),
                         static_cast<int>(random.below(2)), static_cast<int>(random.below(2)),
                         static_cast<int>(random.below(2))};
      const bool open_from = random.one_in(5);
      const bool open_to = random.one_in(5);
      if (open_from) range.from = YIN_WORD_ABSENT;
      if (open_to) range.to = YIN_WORD_ABSENT;
      // `from` is the lower end, whichever way it goes.
      Words expected;
      for (std::int64_t n = 0; n < 100; n += 2) {
        const std::int64_t k = range.descending != 0 ? 98 - n : n;
        const bool begun = open_from || k > low || (k == low && range.without_from == 0);
        const bool ended = !open_to && (k > high || (k == high && range.with_to == 0));
        if (!begun || ended) continue;
        expected.push_back(yin_int(pin.c, k));
        if (kind != YIN_SORTED_SET) expected.push_back(yin_int(pin.c, k));
      }
      INFO(yin_kind_name(kind) << ' ' << low << ' ' << high << ' ' << range.without_from
                               << range.with_to << range.descending << open_from << open_to);
      CHECK(all(pin, collection, &range) == expected);
    }
  }
}

TEST_CASE("an iterator goes on under other pins, whatever becomes of the atom meanwhile") {
  const Domain domain;
  constexpr std::int64_t kCount = 10'000;
  yin_word atom = 0;
  yin_iterator* iterator = nullptr;
  {
    const Pin pin(domain);
    Words items;
    for (std::int64_t i = 0; i < kCount; ++i)
      items.push_back(pin.string("item " + std::to_string(i)));
    atom = pin.atom("a", pin.collection(YIN_VECTOR, items));
    ok(yin_iterate(pin.c, pin.deref(atom), nullptr, &iterator, &error));
  }
  std::int64_t seen = 0;
  for (;;) {
    const Pin pin(domain);
    ok(yin_reset(pin.c, atom, pin.string(std::string(100'000, 'x') + std::to_string(seen)), nullptr,
                 &error));
    yin_word words[16];
    const std::size_t n = yin_next(iterator, pin.c, words, std::size(words));
    if (n == 0) break;
    for (std::size_t i = 0; i < n; ++i)
      REQUIRE(pin.edn(words[i]) == "\"item " + std::to_string(seen++) + "\"");
  }
  CHECK(seen == kCount);
  yin_iterator_release(iterator);
}

TEST_CASE("a visit ends where it says") {
  const Domain domain;
  const Pin pin(domain);
  int left = 3;
  const auto visit = [](void* context, yin_word, yin_word) {
    return --*static_cast<int*>(context) == 0 ? 42 : 0;
  };
  CHECK(yin_each(pin.c, pin.read("[1 2 3 4 5]"), visit, &left) == 42);
  CHECK(left == 0);
}

TEST_CASE("a difference names what changed, and only that") {
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const Domain domain;
  const Pin pin(domain);
  using Diff = std::map<yin_word, std::pair<yin_word, yin_word>>;
  const auto visit = [](void* to, yin_word key, yin_word before, yin_word after) {
    (*static_cast<Diff*>(to))[key] = {before, after};
    return 0;
  };
  for (int round = 0; round < yin::test::effort(50); ++round) {
    std::map<yin_word, yin_word> a;
    for (int i = 0; i < 300; ++i)
      a[yin_int(pin.c, static_cast<std::int64_t>(random.below(500)))] = 1_w;
    auto b = a;
    for (int i = 0; i < 10; ++i) {
      const yin_word key = yin_int(pin.c, static_cast<std::int64_t>(random.below(500)));
      random.one_in(2) ? void(b.erase(key)) : void(b[key] = 2_w);
    }
    const auto word_of = [&](const std::map<yin_word, yin_word>& m) {
      Words words;
      for (const auto& [k, v] : m) words.insert(words.end(), {k, v});
      return pin.collection(YIN_MAP, words);
    };
    Diff expected;
    for (const auto& [k, v] : a)
      if (!b.contains(k) || b[k] != v) expected[k] = {v, b.contains(k) ? b[k] : YIN_WORD_ABSENT};
    for (const auto& [k, v] : b)
      if (!a.contains(k)) expected[k] = {YIN_WORD_ABSENT, v};
    Diff found;
    CHECK(yin_diff(pin.c, word_of(a), word_of(b), visit, &found) == 0);
    CHECK(found == expected);
  }
  Diff found;
  CHECK(yin_diff(pin.c, pin.read("[1 2 3]"), pin.read("[1 5]"), visit, &found) == 0);
  CHECK(found == Diff{{1_w, {2_w, 5_w}}, {2_w, {3_w, YIN_WORD_ABSENT}}});
  CHECK(yin_diff(pin.c, pin.read("[1]"), pin.read("{}"), visit, &found) == -1);
}
