#include "substrate/value.h"

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/internal/hasher.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/number.h"
#include "substrate/print.h"
#include "substrate/queue.h"
#include "substrate/read.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/vector.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/reading.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

struct Values : Reading {
  Values() { looks_at_form = false; }
  bool same(std::string_view a, std::string_view b) {
    const Word x = (*this)(a);
    const Word y = (*this)(b);
    const bool result = equal(pin, x, y);
    REQUIRE(equal(pin, y, x) == result);
    if (result) REQUIRE(hash(pin, x) == hash(pin, y));
    return result;
  }
};

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// A value in `depth` pairs of brackets, by way of the reader, which hashes nested keys once each.
constexpr std::pair<std::string_view, std::string_view> kBrackets[] = {{"(", ")"},
                                                                       {"[", "]"},
                                                                       {"#{", "}"},
                                                                       {"{1 ", "}"},
                                                                       {"{", " 1}"},
                                                                       {"#t ", ""},
                                                                       {"#{[(#t {:a ", "})]}"}};
constexpr int kNestings = static_cast<int>(std::size(kBrackets));

Word nested(Values& v, int depth, std::string_view innermost, int kind) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += kBrackets[kind].first;
  text += innermost;
  for (int i = 0; i < depth; ++i) text += kBrackets[kind].second;
  return v(text);
}

}  // namespace

TEST_CASE("integers of 63 bits are words, larger ones boxed, and all come back") {
  Values v;
  for (const std::int64_t i : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, kIntMax, kIntMin,
                               kIntMax + 1, kIntMin - 1, std::numeric_limits<std::int64_t>::max(),
                               std::numeric_limits<std::int64_t>::min()}) {
    const Word w = from_int(v.edit, i);
    CHECK(is_int(w));
    CHECK(to_int(v.pin, w) == i);
    CHECK(is_reference(w) == (i > kIntMax || i < kIntMin));
    CHECK(equal(v.pin, w, from_int(v.edit, i)));
    CHECK(hash(v.pin, w) == hash(v.pin, from_int(v.edit, i)));
    CHECK(kind_name(w) == "integer");
    CHECK(flaw_in(v.pin, w) == "");
  }
}

TEST_CASE("doubles come back bit for bit, in the word where their exponent is ordinary") {
  Values v;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  std::vector<double> doubles = {0.0,
                                 -0.0,
                                 1.0,
                                 -1.0,
                                 0.1,
                                 1e-300,
                                 -1e300,
                                 1.72723e-77,
                                 5e-324,
                                 1.7976931348623157e308,
                                 std::numeric_limits<double>::infinity(),
                                 -std::numeric_limits<double>::infinity(),
                                 std::nan("")};
  for (const std::uint64_t bits :
       {0x3000000000000000u, 0x3000000000000001u, 0x2fffffffffffffffu, 0x4fffffffffffffffu,
        0x5000000000000000u, 0xb000000000000000u, 0xcfffffffffffffffu, 0xafffffffffffffffu}) {
    doubles.push_back(std::bit_cast<double>(bits));
  }
  for (int i = 0; i < yin::test::effort(20'000); ++i)
    doubles.push_back(std::bit_cast<double>(random.bits()));
  for (const double d : doubles) {
    const Word w = from_double(v.edit, d);
    REQUIRE(is_double(w));
    REQUIRE(!is_int(w));
    REQUIRE(!is_string(w));
    REQUIRE(same_bits(to_double(v.pin, w), d));
    REQUIRE(equal(v.pin, w, from_double(v.edit, d)) == !std::isnan(d));
    REQUIRE(hash(v.pin, w) == hash(v.pin, from_double(v.edit, d)));
  }
  CHECK(!is_reference(from_double(v.edit, 0.0)));
  CHECK(!is_reference(from_double(v.edit, 1e70)));
  CHECK(!is_reference(from_double(v.edit, 1e-70)));
  CHECK(is_reference(from_double(v.edit, -0.0)));
  CHECK(is_reference(from_double(v.edit, 1e100)));
  CHECK(kind_name(from_double(v.edit, -0.0)) == "double");
}

TEST_CASE("strings of up to seven bytes are words, and all come back") {
  Values v;
  std::string text;
  for (int size = 0; size < 300; ++size) {
    const Word w = from_string(v.edit, text);
    REQUIRE(is_string(w));
    REQUIRE(is_reference(w) == (size > 7));
    REQUIRE(to_string(v.pin, w) == text);
    REQUIRE(equal(v.pin, w, from_string(v.edit, text)));
    REQUIRE(hash(v.pin, w) == hash(v.pin, from_string(v.edit, text)));
    REQUIRE(flaw_in(v.pin, w) == "");
    std::string other = text;
    if (!other.empty()) {
      other.back() ^= 1;
      REQUIRE(!equal(v.pin, w, from_string(v.edit, other)));
    }
    text += static_cast<char>(size * 37);
  }
  const std::string large(3'000'001, 'x');
  const Word w = from_string(v.edit, large);
  CHECK(to_string(v.pin, w) == large);
  CHECK(flaw_in(v.pin, w) == "");
  CHECK(kind_name(w) == "string");
  CHECK(kind_name(from_string(v.edit, "a")) == "string");
  const StringView view(v.pin, from_string(v.edit, "short"));
  const StringView copy = view;
  CHECK(copy.view() == "short");
}

TEST_CASE("equality is Clojure's") {
  Values v;
  CHECK(v.same("1", "1"));
  CHECK(!v.same("1", "1.0"));
  CHECK(v.same("0.0", "-0.0"));
  CHECK(!v.same("0", "0.0"));
  CHECK(!v.same("##NaN", "##NaN"));
  CHECK(v.same("##Inf", "##Inf"));
  CHECK(!v.same("##Inf", "##-Inf"));
  CHECK(v.same("1", "1N"));
  CHECK(v.same("4/2", "2"));
  CHECK(v.same("1/2", "2/4"));
  CHECK(!v.same("1/2", "0.5"));
  CHECK(v.same("18446744073709551616", "18446744073709551616N"));
  CHECK(!v.same("18446744073709551616", "-18446744073709551616"));
  CHECK(!v.same("18446744073709551616", "18446744073709551616.0"));
  CHECK(v.same("#inst \"2026-01-01T01:00:00+01:00\"", "#inst \"2026\""));
  CHECK(v.same("#t [1]", "#t (1)"));
  CHECK(!v.same("#t [1]", "#u [1]"));
  CHECK(!v.same("#t [1]", "[t [1]]"));
  CHECK(v.same("^:a [^:b x]", "[x]"));
  CHECK(v.same("9223372036854775807", "9223372036854775807"));
  CHECK(!v.same("9223372036854775807", "9223372036854775806"));
  CHECK(!v.same("nil", "false"));
  CHECK(!v.same("nil", "()"));
  CHECK(!v.same("\"a\"", "\\a"));
  CHECK(!v.same(":a", "a"));
  CHECK(v.same("[1 2 3]", "(1 2 3)"));
  CHECK(v.same("[]", "()"));
  CHECK(!v.same("[]", "#{}"));
  CHECK(!v.same("{}", "#{}"));
  CHECK(!v.same("[]", "nil"));
  CHECK(!v.same("[1 2 3]", "[1 2]"));
  CHECK(!v.same("[1 2 3]", "[1 2 4]"));
  CHECK(!v.same("[1 2 3]", "(1 2 4)"));
  CHECK(!v.same("(1 2)", "(1 2 3)"));
  CHECK(v.same("#{1 2 3}", "#{3 2 1}"));
  CHECK(!v.same("#{1 2 3}", "#{1 2 4}"));
  CHECK(v.same("{:a 1 :b [0.0 \"eight bytes\"]}", "{:b (-0.0 \"eight bytes\") :a 1}"));
  CHECK(!v.same("{:a 1}", "{:a 2}"));
  CHECK(!v.same("{:a 1}", "{:b 1}"));
  CHECK(!v.same("{1 2}", "[[1 2]]"));
  CHECK(v.same("{[1] #{(2)}}", "{(1) #{[2]}}"));
  CHECK(!v.same("[[[[1]]]]", "[[[[2]]]]"));
  CHECK(v.same("#{[] {}}", "#{{} ()}"));
}

TEST_CASE("a list equals a vector of equal items at every length") {
  Values v;
  for (const int size : {1, 12, 13, 14, 32, 33, 64, 65, 1024, 1025, 1057, 5000}) {
    std::vector<Word> items;
    for (int i = 0; i < size; ++i) {
      items.push_back(i % 7 == 0 ? from_string(v.edit, "item number " + std::to_string(i))
                                 : int_word(i));
    }
    const Word vector = Vector::from(v.edit, items).word;
    const Word list = List::from(v.edit, items).word;
    REQUIRE(equal(v.pin, vector, list));
    REQUIRE(equal(v.pin, list, vector));
    REQUIRE(hash(v.pin, list) == hash(v.pin, vector));
    REQUIRE(compare(v.pin, list, vector) == 0);
    for (const int changed : {0, size / 2, size - 1}) {
      auto others = items;
      others[static_cast<std::size_t>(changed)] = kNil;
      const Word other_vector = Vector::from(v.edit, others).word;
      const Word other_list = List::from(v.edit, others).word;
      REQUIRE(!equal(v.pin, vector, other_vector));
      REQUIRE(!equal(v.pin, vector, other_list));
      REQUIRE(!equal(v.pin, list, other_list));
      REQUIRE(equal(v.pin, other_list, other_vector));
      REQUIRE(hash(v.pin, other_vector) != hash(v.pin, vector));
    }
  }
}

TEST_CASE("equal values have one hash, and unequal ones hardly ever") {
  Values v;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  std::vector<Word> values;
  for (int i = 0; i < yin::test::effort(150); ++i)
    values.push_back(random_value(v.edit, random, 4));
  int equal_hashes = 0;
  for (const Word a : values) {
    for (const Word b : values) {
      const bool same = equal(v.pin, a, b);
      REQUIRE(same == equal(v.pin, b, a));
      const bool hashes = hash(v.pin, a) == hash(v.pin, b);
      if (same) REQUIRE(hashes);
      equal_hashes += !same && hashes;
      if (same) REQUIRE(compare(v.pin, a, b) == 0);
      if (is_exact(a) && is_exact(b)) REQUIRE(same == (compare(v.pin, a, b) == 0));
    }
  }
  CHECK(equal_hashes == 0);
  // What a value is equal to after a trip through text has its hash, too.
  for (const Word a : values) {
    const Word b = v(print(v.pin, a));
    REQUIRE(equal(v.pin, a, b));
    REQUIRE(hash(v.pin, a) == hash(v.pin, b));
  }
}

TEST_CASE("the order is total over all kinds") {
  Values v;
  const char* ascending[] = {"nil",
                             "false",
                             "true",
                             "##-Inf",
                             "-1e300",
                             "-100000000000000000000000",
                             "-9223372036854775809",
                             "-9223372036854775808",
                             "-3/2",
                             "-1.25",
                             "-1",
                             "-1/3",
                             "0",
                             "0.3333333333333333333",
                             "1/3",
                             "0.5",
                             "1",
                             "9007199254740993",
                             "27021597764222981/3",
                             "9223372036854775807",
                             "9223372036854775808",
                             "1e19",
                             "10000000000000000001",
                             "100000000000000000000000",
                             "1e300",
                             "##Inf",
                             "##NaN",
                             "\\a",
                             "\\b",
                             "\"\"",
                             "\"a\"",
                             "\"ab\"",
                             "\"b\"",
                             "\"longer than seven\"",
                             "\"longer than seven!\"",
                             ":a",
                             ":z",
                             ":a/a",
                             ":a/b",
                             ":b/a",
                             "a",
                             "b",
                             "#inst \"1969\"",
                             "#inst \"1970\"",
                             "#uuid \"00000000-0000-0000-0000-000000000001\"",
                             "#uuid \"80000000-0000-0000-0000-000000000000\"",
                             "#yin/bytes \"\"",
                             "#yin/bytes \"AAAA\"",
                             "#yin/bytes \"AAAAAA==\"",
                             "#yin/bytes \"/w==\"",
                             "[]",
                             "[1]",
                             "(2)",
                             "[\"a\"]",
                             "[[]]",
                             "[1 2]",
                             "(1 3)",
                             "[2 1]",
                             "#{}",
                             "#{1}",
                             "#{1 2}",
                             "{}",
                             "{1 1}",
                             "{1 2}",
                             "{1 1 2 2}",
                             "#a []",
                             "#b 1",
                             "#b 2"};
  std::vector<Word> words;
  for (const char* text : ascending) words.push_back(v(text));
  words.push_back(root_word({RootKind::kAtom, SlotIndex{3}, 1}));
  words.push_back(root_word({RootKind::kAtom, SlotIndex{4}, 1}));
  words.push_back(primitive_word(1));
  words.push_back(make_record(v.edit, ObjectKind::kClosure, &kNil, 1));
  words.push_back(make_record(v.edit, ObjectKind::kFrame, &kNil, 1));
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t k = 0; k < words.size(); ++k) {
      INFO(print(v.pin, words[i]) << " " << print(v.pin, words[k]));
      const int order = compare(v.pin, words[i], words[k]);
      REQUIRE((order > 0 ? 1 : order < 0 ? -1 : 0) == (i < k ? -1 : i > k ? 1 : 0));
    }
  }
  CHECK(compare(v.pin, v("1"), v("1.0")) == 0);
  CHECK(compare(v.pin, v("0.0"), v("-0.0")) == 0);
  CHECK(compare(v.pin, v("9007199254740993"), v("9007199254740992.0")) > 0);
  CHECK(compare(v.pin, v("9223372036854775807"), v("9223372036854775808.0")) < 0);
}

TEST_CASE("the order of random values is antisymmetric and transitive") {
  Values v;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  std::vector<Word> values;
  for (int i = 0; i < 70; ++i) values.push_back(random_value(v.edit, random, 3));
  const auto order = [&](Word a, Word b) {
    const int c = compare(v.pin, a, b);
    return c < 0 ? -1 : c > 0 ? 1 : 0;
  };
  for (const Word a : values) {
    for (const Word b : values) {
      REQUIRE(order(a, b) == -order(b, a));
      for (const Word c : values) {
        if (order(a, b) <= 0 && order(b, c) <= 0) REQUIRE(order(a, c) <= 0);
      }
    }
  }
}

TEST_CASE("values nested a million deep are compared and hashed like any other") {
  for (int kind = 0; kind < kNestings; ++kind) {
    Values v;
    const int depth = yin::test::effort(kind == 0 ? 1'000'000 : 200'000);
    INFO("kind " << kind);
    const Word a = nested(v, depth, "1", kind);
    const Word b = nested(v, depth, "1", kind);
    const Word c = nested(v, depth, "2", kind);
    CHECK(equal(v.pin, a, b));
    CHECK(!equal(v.pin, a, c));
    CHECK(hash(v.pin, a) == hash(v.pin, b));
    CHECK(hash(v.pin, a) != hash(v.pin, c));
    CHECK(compare(v.pin, a, b) == 0);
    CHECK(compare(v.pin, a, c) != 0);
    CHECK((compare(v.pin, a, c) < 0) == (compare(v.pin, c, a) > 0));
    CHECK(print(v.pin, a) == print(v.pin, b));
  }
}

TEST_CASE("a value that shares its parts is gone through once an object, not once a place") {
  Values v;
  // Two of each, so that identity alone does not help; 2^200 items.
  for (int kind = 0; kind < 5; ++kind) {
    INFO("kind " << kind);
    const auto doubled = [&](int depth, Word innermost) {
      Word w = innermost;
      for (int i = 0; i < depth; ++i) {
        const Word items[] = {w, w};
        const MapEntry entries[] = {{int_word(1), w}, {int_word(2), w}};
        const MapEntry nested_entry{w, w};
        switch (kind) {
          case 0:
            w = Vector::from(v.edit, items).word;
            break;
          case 1:
            w = List::from(v.edit, items).word;
            break;
          case 2:
            w = Map::from(v.edit, entries).word;
            break;
          case 3:  // as key and as value
            w = Map::from(v.edit, {&nested_entry, 1}).word;
            break;
          default:
            w = make_tagged(v.edit, symbol(v.pin, "t"), Vector::from(v.edit, items).word);
        }
      }
      return w;
    };
    const int depth = kind == 3 ? 40 : 200;
    const Word a = doubled(depth, int_word(1));
    const Word b = doubled(depth, int_word(1));
    const Word c = doubled(depth, int_word(2));
    CHECK(hash(v.pin, a) == hash(v.pin, b));
    CHECK(hash(v.pin, a) != hash(v.pin, c));
    CHECK(equal(v.pin, a, b));
    CHECK(!equal(v.pin, a, c));
    CHECK(compare(v.pin, a, b) == 0);
    CHECK(compare(v.pin, a, c) != 0);
    std::string text;
    CHECK(!print_to(text, v.pin, a, 10'000));
  }
}

TEST_CASE("equals of different kinds that share their parts are gone through once an object") {
  Values v;
  using Step = Word (*)(Edit&, Word);
  struct Group {
    std::vector<Step> steps;
    int depth;
  };
  static constexpr auto entries = [](Word w) {
    return std::vector<MapEntry>{{int_word(1), w}, {int_word(2), w}};
  };
  const Group groups[] = {
      {{[](Edit& edit, Word w) { return Map::from(edit, entries(w)).word; },
        [](Edit& edit, Word w) { return SortedMap::from(edit, entries(w)).word; },
        [](Edit& edit, Word w) { return SortedMap::from(edit, entries(w), reverse_order()).word; },
        [](Edit& edit, Word w) { return IntMap().assoc(edit, 1, w).assoc(edit, 2, w).word; }},
       200},
      {{[](Edit& edit, Word w) { return Map().assoc(edit, w, w).word; },  // as key and as value
        [](Edit& edit, Word w) { return SortedMap().assoc(edit, w, w).word; }},
       40},
      {{[](Edit& edit, Word w) {
          return Vector::from(edit, std::vector{w, w}).word;
        },
        [](Edit& edit, Word w) {
          return List::from(edit, std::vector{w, w}).word;
        },
        [](Edit& edit, Word w) {
          return Queue::from(edit, std::vector{w, w}).word;
        }},
       200}};
  for (const Group& group : groups) {
    const auto doubled = [&](Step step, Word w) {
      for (int i = 0; i < group.depth; ++i) w = step(v.edit, w);
      return w;
    };
    for (const Step one : group.steps) {
      for (const Step other : group.steps) {
        const Word a = doubled(one, int_word(1));
        const Word b = doubled(other, int_word(1));
        const Word c = doubled(other, int_word(2));
        INFO(kind_name(a) << ", " << kind_name(b));
        CHECK(hash(v.pin, a) == hash(v.pin, b));
        CHECK(equal(v.pin, a, b));
        CHECK(!equal(v.pin, a, c));
        CHECK(compare(v.pin, a, b) == 0);
        CHECK(compare(v.pin, a, c) != 0);
      }
    }
  }
}

TEST_CASE("a large part that is met in many places is gone through once") {
  Values v;
  const auto table = [&](Word last) {
    std::vector<Word> row(20'000, int_word(7));
    row.back() = last;
    std::vector<Word> rows;
    const Word shared = Vector::from(v.edit, row).word;
    for (int i = 0; i < 20'000; ++i) {
      const Word items[] = {int_word(i), shared};
      rows.push_back(Vector::from(v.edit, items).word);
    }
    return Vector::from(v.edit, rows).word;
  };
  const Word a = table(int_word(1));
  const Word b = table(int_word(1));
  CHECK(equal(v.pin, a, b));  // minutes, if it were not so
  CHECK(hash(v.pin, a) == hash(v.pin, b));
  CHECK(compare(v.pin, a, b) == 0);
}

TEST_CASE("a hasher that remembers finds the same hashes as one that does not") {
  Values v;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  Hasher hasher(v.pin);
  std::vector<Word> values;
  for (int i = 0; i < yin::test::effort(300); ++i) {
    values.push_back(random_value(v.edit, random, 4));
    if (random.one_in(4)) values.push_back(Vector::from(v.edit, values).word);
    REQUIRE(hasher.hash(values.back()) == hash(v.pin, values.back()));
    const Word again = values[random.below(values.size())];
    REQUIRE(hasher.hash(again) == hash(v.pin, again));
  }
}

TEST_CASE("equality does not look at what two maps share") {
  Values v;
  std::vector<MapEntry> entries;
  for (int i = 0; i < 100'000; ++i) entries.push_back({int_word(i), int_word(i)});
  const Map map = Map::from(v.edit, entries);
  const Map other = map.assoc(v.edit, int_word(5), kNil).assoc(v.edit, int_word(5), int_word(5));
  REQUIRE(map.word != other.word);
  for (int i = 0; i < 100'000; ++i)
    REQUIRE(equal(v.pin, map.word, other.word));  // minutes, if it did
}

TEST_CASE("a record's leaf flag and padding follow its words, and raw bytes start as zero") {
  Values v;
  for (std::uint32_t count = 0; count < 6; ++count) {
    for (const std::uint64_t raw_bytes : {0u, 1u, 8u, 100u}) {
      std::memset(v.edit.allocate<std::byte>(4096), 0xee, 4096);
      std::vector<Word> words(count, int_word(7));
      const Word plain = make_record(v.edit, ObjectKind::kFrame, words.data(), count, raw_bytes);
      CHECK(refers_to_leaf(plain));
      const ObjectHeader* h = header_of(v.pin, plain);
      CHECK(h->count == count);
      for (std::uint32_t i = 0; i < count; ++i) CHECK(field(v.pin, plain, i) == int_word(7));
      const std::byte* raw = record_raw(h);
      const auto* end = reinterpret_cast<const std::byte*>(h) + object_bytes(*h);
      CHECK(static_cast<std::uint64_t>(end - raw) >= raw_bytes);
      CHECK(std::all_of(raw, end, [](std::byte b) { return b == std::byte{0}; }));
      if (count == 0) continue;
      words.back() = from_string(v.edit, "many bytes");
      CHECK(
          !refers_to_leaf(make_record(v.edit, ObjectKind::kFrame, words.data(), count, raw_bytes)));
    }
  }
}

TEST_CASE("kinds have the names that messages use") {
  Values v;
  for (const auto& [text, name] : {std::pair{"nil", "nil"},
                                   {"true", "boolean"},
                                   {"1", "integer"},
                                   {"1.5", "double"},
                                   {"1e300", "double"},
                                   {"\\a", "character"},
                                   {"\"s\"", "string"},
                                   {":a", "keyword"},
                                   {"a", "symbol"},
                                   {"()", "list"},
                                   {"(1)", "list"},
                                   {"[]", "vector"},
                                   {"[1]", "vector"},
                                   {"{}", "map"},
                                   {"{1 1}", "map"},
                                   {"#{}", "set"},
                                   {"#{1}", "set"}}) {
    CHECK(kind_name(v(text)) == name);
  }
  CHECK(kind_name(root_word({RootKind::kAgent, SlotIndex{1}, 1})) == "agent");
  CHECK(kind_name(primitive_word(3)) == "primitive");
  CHECK(kind_name(make_record(v.edit, ObjectKind::kClosure, &kNil, 1)) == "closure");
}
