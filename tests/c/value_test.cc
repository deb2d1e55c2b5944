// Words and scalars of the C interface: made, taken apart, compared, read and printed.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/c/abi.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::tests::Domain;
using yin::tests::error;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::Random;

std::string bytes(const Pin& pin, yin_word w) {
  char room[8];
  const char* at = nullptr;
  std::size_t size = 0;
  ok(yin_to_bytes(pin.c, w, room, &at, &size, &error));
  return {at, size};
}

}  // namespace

TEST_CASE("words that tell their value by themselves are what the library makes") {
  const Domain domain;
  const Pin pin(domain);
  CHECK(pin.read("nil") == YIN_WORD_NIL);
  CHECK(pin.read("false") == YIN_WORD_FALSE);
  CHECK(pin.read("true") == YIN_WORD_TRUE);
  CHECK(yin_boolean(1) == YIN_WORD_TRUE);
  CHECK(yin_boolean(0) == YIN_WORD_FALSE);
  CHECK(pin.read("\\a") == yin_character('a'));
  CHECK(yin_kind_of(pin.c, YIN_WORD_ABSENT) == YIN_ABSENT);
  for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 61,
                               -(std::int64_t{1} << 62), (std::int64_t{1} << 62) - 1}) {
    CHECK(yin_fits_small_int(v) != 0);
    CHECK(yin_int(pin.c, v) == yin_from_small_int(v));
    CHECK(yin_small_int(yin_from_small_int(v)) == v);
    CHECK(yin_is_reference(yin_int(pin.c, v)) == 0);
    CHECK(pin.to_int(yin_int(pin.c, v)) == v);
  }
  for (const std::int64_t v : {std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max(), std::int64_t{1} << 62}) {
    CHECK(yin_fits_small_int(v) == 0);
    CHECK(yin_is_small_int(yin_int(pin.c, v)) == 0);
    CHECK(yin_is_reference(yin_int(pin.c, v)) == 1);
    CHECK(pin.to_int(yin_int(pin.c, v)) == v);
  }
  const yin_word key = pin.keyword("a/b");
  CHECK(yin_is_keyword(key) == 1);
  CHECK(yin_is_symbol(key) == 0);
  CHECK(yin_is_symbol(pin.symbol("a/b")) == 1);
  CHECK(yin_name_id(key) == yin_name_id(pin.symbol("a/b")));
  CHECK(yin_keyword_word(yin_name_id(key)) == key);
  CHECK(yin_symbol_word(yin_name_id(key)) == pin.symbol("a/b"));
  CHECK(bytes(pin, key) == "a/b");
  std::uint32_t id = 0;
  CHECK(yin_known_name(pin.c, "a/b", 3, &id) == 1);
  CHECK(id == yin_name_id(key));
  CHECK(yin_known_name(pin.c, "never", 5, &id) == 0);
  CHECK(yin_known_name(pin.c, "never", 5, &id) == 0);
}

TEST_CASE("every kind is told") {
  const Domain domain;
  const Pin pin(domain);
  const std::pair<const char*, yin_kind> cases[] = {
      {"nil", YIN_NIL},
      {"true", YIN_BOOLEAN},
      {"1", YIN_INT},
      {"9223372036854775807", YIN_INT},
      {"1.5", YIN_DOUBLE},
      {"##NaN", YIN_DOUBLE},
      {"123456789012345678901234567890", YIN_BIGINT},
      {"1/3", YIN_RATIO},
      {"\\a", YIN_CHARACTER},
      {"\"\"", YIN_STRING},
      {"\"longer than a word\"", YIN_STRING},
      {":a", YIN_KEYWORD},
      {"a", YIN_SYMBOL},
      {"^{:a 1} a", YIN_SYMBOL},
      {"#inst \"2020-01-01\"", YIN_INSTANT},
      {"#uuid \"3b8a31ed-fd89-4f1b-a00f-42e3d60cf5ce\"", YIN_UUID},
      {"#yin/bytes \"AAEC\"", YIN_BYTES},
      {"#my/tag 1", YIN_TAGGED},
      {"()", YIN_LIST},
      {"(1)", YIN_LIST},
      {"[]", YIN_VECTOR},
      {"[1]", YIN_VECTOR},
      {"^:m [1]", YIN_VECTOR},
      {"{}", YIN_MAP},
      {"{:a 1}", YIN_MAP},
      {"#{}", YIN_SET},
      {"#{1}", YIN_SET},
  };
  for (const auto& [text, kind] : cases) {
    INFO(text);
    CHECK(yin_kind_of(pin.c, pin.read(text)) == kind);
  }
  for (const yin_kind kind : {YIN_LIST, YIN_VECTOR, YIN_QUEUE, YIN_MAP, YIN_SET, YIN_SORTED_MAP,
                              YIN_SORTED_SET, YIN_INT_MAP}) {
    CHECK(yin_kind_of(pin.c, yin_empty(kind)) == kind);
    CHECK(pin.count(yin_empty(kind)) == 0);
  }
  CHECK(yin_empty(YIN_INT) == YIN_WORD_ABSENT);
  CHECK(yin_empty(YIN_ARRAY) == YIN_WORD_ABSENT);
  CHECK(yin_kind_of(pin.c, pin.atom("a")) == YIN_ATOM);
}

TEST_CASE("doubles are what they were, NaN and the zeros too") {
  const Domain domain;
  const Pin pin(domain);
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const auto check = [&](double v) {
    double back = 0;
    const yin_word w = yin_double(pin.c, v);
    CHECK(yin_kind_of(pin.c, w) == YIN_DOUBLE);
    ok(yin_to_double(pin.c, w, &back, &error));
    CHECK((std::isnan(v) ? std::isnan(back) : std::memcmp(&v, &back, sizeof v) == 0));
  };
  for (const double v : std::initializer_list<double>{0.0, -0.0, 1.0, -1.5, 1e308, 5e-324, HUGE_VAL,
                                                      -HUGE_VAL, std::nan(""), 1.7e-77})
    check(v);
  for (int i = 0; i < yin::test::effort(2000); ++i) {
    const std::uint64_t bits = random.bits();
    double v = 0;
    std::memcpy(&v, &bits, sizeof v);
    check(v);
  }
  double v = 0;
  ok(yin_to_double(pin.c, pin.read("1/4"), &v, &error));
  CHECK(v == 0.25);
  ok(yin_to_double(pin.c, pin.read("123456789012345678901234567890"), &v, &error));
  CHECK(v == 123456789012345678901234567890.0);
  ok(yin_to_double(pin.c, yin_int(pin.c, -3), &v, &error));
  CHECK(v == -3);
}

TEST_CASE("strings and bytes are kept as they are, at every length around a word") {
  const Domain domain;
  const Pin pin(domain);
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random.bits());
    const yin_word string = pin.string(text);
    const yin_word raw = yin_bytes(pin.c, text.data(), text.size());
    CHECK(yin_is_reference(string) == (size > 7 ? 1 : 0));
    CHECK(bytes(pin, string) == text);
    CHECK(bytes(pin, raw) == text);
    CHECK(pin.count(string) == size);
    CHECK(pin.count(raw) == size);
    CHECK(yin_equal(pin.c, string, pin.string(text)) == 1);
    CHECK(yin_equal(pin.c, string, raw) == 0);
    CHECK(yin_hash(pin.c, string) == yin_hash(pin.c, pin.string(text)));
  }
  const std::string large(50'000'000, 'y');
  CHECK(bytes(pin, pin.string(large)) == large);
  CHECK(yin_string(pin.c, nullptr, 0) == pin.string(""));
  CHECK(pin.count(yin_bytes(pin.c, nullptr, 0)) == 0);
  CHECK(yin_string(pin.c, large.data(), std::size_t{1} << 32) == YIN_WORD_ABSENT);
}

TEST_CASE("names have 1 to 4,096 bytes") {
  const Domain domain;
  const Pin pin(domain);
  yin_word w = 0;
  const std::string longest(4096, 'n');
  for (const auto make : {yin_keyword, yin_symbol}) {
    CHECK(make(pin.c, "", 0, &w, &error) == YIN_INVALID_ARGUMENT);
    CHECK(make(pin.c, (longest + "n").data(), 4097, &w, &error) == YIN_INVALID_ARGUMENT);
    ok(make(pin.c, longest.data(), longest.size(), &w, &error));
    CHECK(bytes(pin, w) == longest);
  }
}

TEST_CASE("numbers of any size are read from digits") {
  const Domain domain;
  const Pin pin(domain);
  const auto number = [&](const std::string& text) {
    yin_word w = 0;
    const yin_status status = yin_number(pin.c, text.data(), text.size(), &w, &error);
    return status == YIN_OK ? pin.edn(w) : std::string(yin_status_name(status));
  };
  CHECK(number("0") == "0");
  CHECK(number("-12") == "-12");
  CHECK(number("123456789012345678901234567890") == "123456789012345678901234567890N");
  CHECK(number("6/4") == "3/2");
  CHECK(number("-6/3") == "-2");
  for (const char* text :
       {"", "-", "a", "1a", "1.5", "1/", "/2", "1/0", "1/2/3", " 1", "1 ", "--1", "1/-2", "0x10"}) {
    INFO(text);
    CHECK(number(text) == "YIN_INVALID_ARGUMENT");
  }
  yin_word over = 0;
  yin_word under = 0;
  ok(yin_to_pair(pin.c, pin.read("22/7"), &over, &under, &error));
  CHECK(over == yin_from_small_int(22));
  CHECK(under == yin_from_small_int(7));
}

TEST_CASE("instants, uuids and tagged values are taken apart again") {
  const Domain domain;
  const Pin pin(domain);
  yin_word w = 0;
  std::int64_t millis = 0;
  ok(yin_instant(pin.c, -1, &w, &error));
  ok(yin_to_millis(pin.c, w, &millis, &error));
  CHECK(millis == -1);
  CHECK(pin.edn(w) == "#inst \"1969-12-31T23:59:59.999-00:00\"");
  constexpr std::int64_t kDay = 86'400'000;
  CHECK(yin_instant(pin.c, 4'000'000 * kDay, &w, &error) == YIN_OUT_OF_RANGE);
  CHECK(yin_instant(pin.c, -4'000'000 * kDay, &w, &error) == YIN_OUT_OF_RANGE);
  std::uint8_t in[16];
  std::uint8_t out[16];
  for (int i = 0; i < 16; ++i) in[i] = static_cast<std::uint8_t>(i * 17);
  w = yin_uuid(pin.c, in);
  CHECK(pin.edn(w) == "#uuid \"00112233-4455-6677-8899-aabbccddeeff\"");
  ok(yin_to_uuid(pin.c, w, out, &error));
  CHECK(std::memcmp(in, out, 16) == 0);
  yin_word tag = 0;
  yin_word value = 0;
  ok(yin_tagged(pin.c, pin.symbol("my/tag"), pin.read("[1]"), &w, &error));
  CHECK(pin.edn(w) == "#my/tag [1]");
  ok(yin_to_pair(pin.c, w, &tag, &value, &error));
  CHECK(tag == pin.symbol("my/tag"));
  CHECK(pin.edn(value) == "[1]");
  CHECK(yin_tagged(pin.c, pin.keyword("k"), value, &w, &error) == YIN_WRONG_TYPE);
}

TEST_CASE("what a word is not is an error, never undefined") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word words[] = {YIN_WORD_ABSENT,
                            YIN_WORD_NIL,
                            YIN_WORD_TRUE,
                            pin.read("1"),
                            pin.read("1.5"),
                            pin.read("##Inf"),
                            pin.read("12345678901234567890123"),
                            pin.read("1/2"),
                            pin.read("\\a"),
                            pin.read("\"abc\""),
                            pin.read("\"long enough now\""),
                            pin.keyword("k"),
                            pin.symbol("s"),
                            pin.read("[1]"),
                            pin.read("{1 2}"),
                            pin.read("#{1}"),
                            pin.read("(1)"),
                            pin.read("#a/b 1"),
                            pin.read("#inst \"2020-01-01\""),
                            pin.atom("a"),
                            yin_empty(YIN_SORTED_MAP),
                            pin.read("^:m [1]"),
                            pin.read("#uuid \"3b8a31ed-fd89-4f1b-a00f-42e3d60cf5ce\"")};
  for (const yin_word w : words) {
    const yin_kind kind = yin_kind_of(pin.c, w);
    INFO(yin_kind_name(kind));
    std::int64_t i = 0;
    double d = 0;
    std::uint8_t uuid[16];
    char room[8];
    const char* at = nullptr;
    std::size_t size = 0;
    std::uint64_t count = 0;
    yin_word a = 0;
    yin_word b = 0;
    const bool is_number =
        kind == YIN_INT || kind == YIN_DOUBLE || kind == YIN_BIGINT || kind == YIN_RATIO;
    const auto only_if = [](bool fits) { return fits ? YIN_OK : YIN_WRONG_TYPE; };
    const yin_status to_int = yin_to_int(pin.c, w, &i, &error);
    CHECK(
        (to_int == only_if(kind == YIN_INT) || (kind == YIN_BIGINT && to_int == YIN_OUT_OF_RANGE)));
    CHECK(yin_to_double(pin.c, w, &d, &error) == only_if(is_number));
    CHECK(yin_to_millis(pin.c, w, &i, &error) == only_if(kind == YIN_INSTANT));
    CHECK(yin_to_uuid(pin.c, w, uuid, &error) == only_if(kind == YIN_UUID));
    CHECK(yin_to_bytes(pin.c, w, room, &at, &size, &error) ==
          only_if(kind == YIN_STRING || kind == YIN_KEYWORD || kind == YIN_SYMBOL ||
                  kind == YIN_BYTES));
    CHECK(yin_to_pair(pin.c, w, &a, &b, &error) ==
          only_if(kind == YIN_RATIO || kind == YIN_TAGGED));
    const bool is_collection = kind >= YIN_LIST && kind <= YIN_INT_MAP;
    const bool is_empty = kind == YIN_NIL;  // nil is an empty collection to who looks
    CHECK(yin_count(pin.c, w, &count, &error) ==
          only_if(is_collection || kind == YIN_STRING || kind == YIN_BYTES || is_empty));
    if (!is_collection && !is_empty) {
      CHECK(yin_get(pin.c, w, YIN_WORD_NIL) == YIN_WORD_ABSENT);
      CHECK(yin_nth(pin.c, w, 0) == YIN_WORD_ABSENT);
      CHECK(yin_peek(pin.c, w) == YIN_WORD_ABSENT);
      CHECK(yin_find_key(pin.c, w, YIN_WORD_NIL) == YIN_WORD_ABSENT);
      CHECK(yin_get_text(pin.c, w, "abc", 3) == YIN_WORD_ABSENT);
      CHECK(yin_conj(pin.c, w, YIN_WORD_NIL, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_assoc(pin.c, w, YIN_WORD_NIL, YIN_WORD_NIL, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_dissoc(pin.c, w, YIN_WORD_NIL, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_disj(pin.c, w, YIN_WORD_NIL, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_pop(pin.c, w, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_slice(pin.c, w, 0, 0, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_merge(pin.c, w, w, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_update_many(pin.c, w, YIN_UPDATE_ITEMS, &w, 1, &a, &error) == YIN_WRONG_TYPE);
      yin_iterator* iterator = nullptr;
      CHECK(yin_iterate(pin.c, w, nullptr, &iterator, &error) == YIN_WRONG_TYPE);
      CHECK(iterator == nullptr);
      CHECK(yin_each(
                pin.c, w, [](void*, yin_word, yin_word) { return 0; }, nullptr) == -1);
      CHECK(yin_diff(
                pin.c, w, w, [](void*, yin_word, yin_word, yin_word) { return 0; }, nullptr) == -1);
    }
    CHECK(yin_collection(pin.c, kind, nullptr, 0, &a, &error) == only_if(is_collection));
    if (kind != YIN_ATOM) {
      CHECK(yin_deref(pin.c, w, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_reset(pin.c, w, YIN_WORD_NIL, nullptr, &error) == YIN_WRONG_TYPE);
      int was = 0;
      CHECK(yin_compare_and_set(pin.c, w, w, w, &was, &error) == YIN_WRONG_TYPE);
      const yin_change change = {w, w, w};
      CHECK(yin_commit(pin.c, &change, 1, &error) == YIN_WRONG_TYPE);
      yin_watch* watch = nullptr;
      CHECK(yin_watch_start(pin.c, w, YIN_LATEST, &watch, &error) == YIN_WRONG_TYPE);
      yin_agent_state state;
      CHECK(yin_agent_look(pin.c, w, &state, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_stream_put(pin.c, w, w, &error) == YIN_WRONG_TYPE);
      CHECK(yin_stream_close(pin.c, w, &error) == YIN_WRONG_TYPE);
      CHECK(yin_cursor(pin.c, w, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_cursor_next(pin.c, w, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_cursor_stream(pin.c, w, &a, &error) == YIN_WRONG_TYPE);
      CHECK(yin_delete(pin.c, w, &error) == YIN_WRONG_TYPE);
    }
    (void)yin_meta(pin.c, w);
    (void)yin_bare(pin.c, w);
    (void)yin_hash(pin.c, w);
    for (const yin_word other : words) {
      CHECK(yin_equal(pin.c, w, other) == yin_equal(pin.c, other, w));
      const int order = yin_compare(pin.c, w, other);
      const int back = yin_compare(pin.c, other, w);
      CHECK((order < 0 ? back > 0 : order > 0 ? back < 0 : back == 0));
      if (yin_equal(pin.c, w, other) != 0) CHECK(yin_hash(pin.c, w) == yin_hash(pin.c, other));
    }
  }
}

TEST_CASE("an absent word is never stored") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word absent = YIN_WORD_ABSENT;
  const yin_word atom = pin.atom("a", pin.read("[1]"));
  yin_word out = 0;
  CHECK(yin_reset(pin.c, atom, absent, nullptr, &error) != YIN_OK);
  CHECK(yin_atom(pin.c, "b", 1, absent, &out, &error) != YIN_OK);
  CHECK(yin_new_atom(pin.c, absent, &out, &error) != YIN_OK);
  CHECK(yin_conj(pin.c, pin.read("[1]"), absent, &out, &error) != YIN_OK);
  CHECK(yin_conj(pin.c, pin.read("#{1}"), absent, &out, &error) != YIN_OK);
  CHECK(yin_assoc(pin.c, pin.read("{1 2}"), YIN_WORD_NIL, absent, &out, &error) != YIN_OK);
  CHECK(yin_assoc(pin.c, pin.read("{1 2}"), absent, YIN_WORD_NIL, &out, &error) != YIN_OK);
  CHECK(yin_collection(pin.c, YIN_VECTOR, &absent, 1, &out, &error) != YIN_OK);
  CHECK(yin_tagged(pin.c, pin.symbol("t"), absent, &out, &error) != YIN_OK);
  const yin_change change = {atom, pin.deref(atom), absent};
  CHECK(yin_commit(pin.c, &change, 1, &error) != YIN_OK);
  int was = 0;
  CHECK(yin_compare_and_set(pin.c, atom, pin.deref(atom), absent, &was, &error) != YIN_OK);
  const auto give_absent = [](void*, yin_pin*, yin_word, yin_word* next, yin_error*) {
    *next = YIN_WORD_ABSENT;
    return YIN_OK;
  };
  CHECK(yin_swap(pin.c, atom, give_absent, nullptr, nullptr, nullptr, &error) != YIN_OK);
  CHECK(pin.edn(pin.deref(atom)) == "[1]");
}

TEST_CASE("EDN is read with its place in errors, and printed whole or not at all") {
  const Domain domain;
  const Pin pin(domain);
  yin_word w = 0;
  CHECK(yin_read(pin.c, "[1\n 2 }", 7, &w, &error) == YIN_INVALID_ARGUMENT);
  CHECK_THAT(error.message, ContainsSubstring("line 2, column 4"));
  CHECK(yin_read(pin.c, "", 0, &w, &error) == YIN_INVALID_ARGUMENT);
  CHECK(yin_read(pin.c, "1 2", 3, &w, &error) == YIN_INVALID_ARGUMENT);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(pin.edn(pin.read(deep)) == deep);
  std::string out;
  const yin_word large = pin.string(std::string(10'000'000, 'x'));
  ok(yin_print(pin.c, large, 10'000'002, Pin::append, &out, &error));
  CHECK(out.size() == 10'000'002);
  out.clear();
  CHECK(yin_print(pin.c, large, 1000, Pin::append, &out, &error) == YIN_OUT_OF_RANGE);
  CHECK(out.size() <= 1000);
  out.clear();
  ok(yin_print_with_meta(pin.c, pin.read("^{:a 1} [^:b c]"), 0, Pin::append, &out, &error));
  CHECK(out == "^{:a 1} [^{:b true} c]");
  CHECK(pin.edn(pin.read("^{:a 1} [^:b c]")) == "[c]");
}

TEST_CASE("metadata goes along with a value and does not count") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word bare = pin.read("[1 2]");
  yin_word noted = 0;
  ok(yin_with_meta(pin.c, bare, pin.read("{:a 1}"), &noted, &error));
  CHECK(yin_kind_of(pin.c, noted) == YIN_VECTOR);
  CHECK(pin.edn(yin_meta(pin.c, noted)) == "{:a 1}");
  CHECK(yin_meta(pin.c, bare) == YIN_WORD_NIL);
  CHECK(yin_bare(pin.c, noted) == bare);
  CHECK(yin_bare(pin.c, bare) == bare);
  CHECK(yin_equal(pin.c, bare, noted) == 1);
  CHECK(yin_hash(pin.c, bare) == yin_hash(pin.c, noted));
  yin_word more = 0;
  ok(yin_conj(pin.c, noted, YIN_WORD_NIL, &more, &error));
  CHECK(pin.edn(yin_meta(pin.c, more)) == "{:a 1}");
  ok(yin_with_meta(pin.c, noted, YIN_WORD_NIL, &more, &error));
  CHECK(yin_meta(pin.c, more) == YIN_WORD_NIL);
  CHECK(yin_with_meta(pin.c, bare, pin.read("[1]"), &more, &error) == YIN_WRONG_TYPE);
  CHECK(yin_with_meta(pin.c, pin.read("1"), pin.read("{}"), &more, &error) == YIN_WRONG_TYPE);
  CHECK(pin.count(noted) == 2);
  CHECK(yin_nth(pin.c, noted, 1) == yin_from_small_int(2));
  CHECK(yin_get(pin.c, noted, yin_from_small_int(0)) == yin_from_small_int(1));
}

TEST_CASE("equality and order are Clojure's") {
  const Domain domain;
  const Pin pin(domain);
  const auto equal = [&](const char* a, const char* b) {
    return yin_equal(pin.c, pin.read(a), pin.read(b)) == 1;
  };
  CHECK(!equal("1", "1.0"));
  CHECK(equal("[1 2]", "(1 2)"));
  CHECK(!equal("##NaN", "[##NaN]"));
  CHECK(equal("0.0", "-0.0"));
  CHECK(equal("{:a [1]}", "{:a (1)}"));
  CHECK(!equal("[]", "nil"));
  CHECK(!equal("\"a\"", ":a"));
  const yin_word sorted = pin.collection(
      YIN_SORTED_MAP, {yin_from_small_int(2), YIN_WORD_TRUE, yin_from_small_int(1), YIN_WORD_NIL});
  CHECK(pin.edn(sorted) == "{1 nil, 2 true}");
  CHECK(yin_equal(pin.c, sorted, pin.read("{2 true 1 nil}")) == 1);
  CHECK(yin_hash(pin.c, sorted) == yin_hash(pin.c, pin.read("{2 true 1 nil}")));
  const char* rising[] = {"nil",    "false", "true", "-1", "0.5", "1",   "\\a",  "\"a\"",
                          "\"ab\"", ":a",    "a",    "[]", "[1]", "[2]", "#{1}", "{1 1}"};
  for (std::size_t i = 0; i < std::size(rising); ++i) {
    for (std::size_t j = 0; j < std::size(rising); ++j) {
      INFO(rising[i] << ' ' << rising[j]);
      const int order = yin_compare(pin.c, pin.read(rising[i]), pin.read(rising[j]));
      CHECK((i < j ? order < 0 : i > j ? order > 0 : order == 0));
    }
  }
}
