#include "substrate/literal.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/reading.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

using Literals = Reading;

std::string instant_text(std::int64_t millis) {
  std::string out;
  append_instant(out, millis);
  return out;
}
std::string uuid_text(const Uuid& uuid) {
  std::string out;
  append_uuid(out, uuid);
  return out;
}
std::string base64(std::string_view text) {
  std::string out;
  append_base64(out, std::as_bytes(std::span(text)));
  return out;
}
std::vector<std::byte> to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("an instant's text is read in every form that Clojure reads") {
  for (const auto& [text, millis] : std::vector<std::pair<std::string, std::int64_t>>{
           {"1970", 0},
           {"1970-01", 0},
           {"1970-01-01", 0},
           {"1970-01-01T00", 0},
           {"1970-01-01T00:00", 0},
           {"1970-01-01T00:00:00", 0},
           {"1970-01-01T00:00:00.0", 0},
           {"1970Z", 0},
           {"1970-01-01Z", 0},
           {"1970-01-01T00:00:00Z", 0},
           {"1970-01-01T00:00:00.001Z", 1},
           {"1970-01-01T00:00:00.1", 100},
           {"1970-01-01T00:00:00.0019999999", 1},
           {"1970-01-01T00:00:00.123456789012345", 123},
           {"1969-12-31T23:59:59.999Z", -1},
           {"1970-01-01T01:00:00+01:00", 0},
           {"1969-12-31T18:30:00-05:30", 0},
           {"1970-01:00", 3'600'000},
           {"1970-01-01:00", 3'600'000},
           {"1970-01-01-01:00", 3'600'000},
           {"1970-01-01T00-01:00", 3'600'000},
           {"2000-02-29", 951'782'400'000},
           {"2024-02-29T12:34:56.789Z", 1'709'210'096'789},
           {"1972-06-30T23:59:60Z", 78'796'800'000},
           {"0000-01-01T00:00:00.000-00:00", kInstantMin},
           {"9999-12-31T23:59:59.999-00:00", kInstantMax},
           {"9999-12-31T23:59:59.999+23:59", kInstantMax - 86'340'000},
       }) {
    INFO(text);
    const auto read = parse_instant(text);
    REQUIRE(read.has_value());
    CHECK(*read == millis);
    CHECK(parse_instant(instant_text(*read)) == millis);
  }
  CHECK(instant_text(1'709'210'096'789) == "2024-02-29T12:34:56.789-00:00");
  CHECK(instant_text(-1) == "1969-12-31T23:59:59.999-00:00");
}

TEST_CASE("what is no instant is refused") {
  for (const char* text : {"",
                           "197",
                           "19700",
                           "1970-",
                           "1970-1",
                           "1970-00",
                           "1970-13",
                           "1970-01-00",
                           "1970-01-32",
                           "1970-02-29",
                           "1900-02-29",
                           "2023-04-31",
                           "1970-01-01T",
                           "1970-01-01T24",
                           "1970-01-01T1",
                           "1970-01-01T00:60",
                           "1970-01-01T00:00:60",
                           "1970-01-01T23:59:61",
                           "1970-01-01T00:00:00.",
                           "1970-01-01 00:00",
                           "1970-01-01t00:00",
                           "1970-01-01T00:00z",
                           "1970-01-01T00:00ZZ",
                           "1970-01-01T00:00+1:00",
                           "1970-01-01T00:00+0100",
                           "1970-01-01T00:00+24:00",
                           "1970-01-01T00:00+00:60",
                           "-1970",
                           "+1970",
                           "1970-01-01T00:00:00,5",
                           "1970/01/01",
                           "0000-01-01T00:00+00:01",
                           "9999-12-31T23:59:59.999-00:01",
                           "1970-01-01T00:00:00.5x",
                           "1970-01-01T00:00:00.5+",
                           " 1970",
                           "1970 "}) {
    INFO(text);
    CHECK(!parse_instant(text).has_value());
  }
}

TEST_CASE("every millisecond has a text of its own") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const auto span = static_cast<std::uint64_t>(kInstantMax - kInstantMin) + 1;
  std::string last;
  for (int i = 0; i < yin::test::effort(50'000); ++i) {
    const std::int64_t millis = kInstantMin + static_cast<std::int64_t>(random.below(span));
    const std::string text = instant_text(millis);
    REQUIRE(text.size() == 29);
    REQUIRE(parse_instant(text) == millis);
  }
  CHECK(instant_text(5) < instant_text(6));
}

TEST_CASE("uuids come back from their text, in either case") {
  Literals l;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(2'000); ++i) {
    Uuid uuid;
    for (std::byte& b : uuid) b = static_cast<std::byte>(random.bits());
    std::string text = uuid_text(uuid);
    REQUIRE(text.size() == 36);
    REQUIRE(parse_uuid(text) == uuid);
    for (char& c : text) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    REQUIRE(parse_uuid(text) == uuid);
    const Word w = from_uuid(l.edit, uuid);
    REQUIRE(to_uuid(l.pin, w) == uuid);
    REQUIRE(flaw_in(l.pin, w) == "");
  }
  for (const char* text :
       {"", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bf66",
        "f81d4fae7dec-11d0-a765-00a0c91e6bf6-", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765000a0c91e6bf6", "f81d4fa-e7dec-11d0-a765-00a0c91e6bf6"}) {
    INFO(text);
    CHECK(!parse_uuid(text).has_value());
  }
}

TEST_CASE("bytes are written as RFC 4648 has base64, and read in that form only") {
  for (const auto& [text, encoded] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xff\xfe\xfb", "//77"}}) {
    CHECK(base64(text) == encoded);
    CHECK(parse_base64(encoded) == to_bytes(text));
  }
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Zm9v=", "====", "=",
                           "Zh==", "Zm9=", "Zm9vYg==Zm9v", "Zm 9", "Zm-_", "Z=g="}) {
    INFO(text);
    CHECK(!parse_base64(text).has_value());
  }
}

TEST_CASE("bytes of any length are one object, and come back") {
  Literals l;
  std::vector<std::byte> bytes;
  for (const std::size_t size : {0, 1, 7, 8, 9, 4'095, 40'000, 3'000'001}) {
    bytes.resize(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 37);
    const Word w = from_bytes(l.edit, bytes);
    REQUIRE(is_bytes(w));
    REQUIRE(std::ranges::equal(bytes_of(l.pin, w), bytes));
    REQUIRE(flaw_in(l.pin, w) == "");
    REQUIRE(equal(l.pin, w, from_bytes(l.edit, bytes)));
    REQUIRE(hash(l.pin, w) == hash(l.pin, from_bytes(l.edit, bytes)));
    REQUIRE(kind_name(w) == "bytes");
    const auto back = read(l.edit, print(l.pin, w));
    REQUIRE(back.ok());
    REQUIRE(equal(l.pin, *back, w));
    if (size == 0) continue;
    bytes.back() ^= std::byte{1};
    REQUIRE(!equal(l.pin, w, from_bytes(l.edit, bytes)));
  }
}

TEST_CASE("literals of two kinds are never equal, and of one by content") {
  Literals l;
  const Uuid zero{};
  const Word tag = symbol(l.pin, "my/tag");
  const auto all = [&] {
    return std::vector<Word>{from_uuid(l.edit, zero),
                             from_bytes(l.edit, zero),
                             from_bytes(l.edit, {}),
                             from_millis(l.edit, 0),
                             from_millis(l.edit, 1),
                             int_word(0),
                             make_tagged(l.edit, tag, int_word(0)),
                             make_tagged(l.edit, tag, int_word(1)),
                             make_tagged(l.edit, symbol(l.pin, "other"), int_word(0)),
                             from_string(l.edit, "")};
  };
  const std::vector<Word> some = all();
  const std::vector<Word> others = all();
  for (std::size_t i = 0; i < some.size(); ++i) {
    for (std::size_t k = 0; k < some.size(); ++k) {
      CHECK(equal(l.pin, some[i], others[k]) == (i == k));
      CHECK((hash(l.pin, some[i]) == hash(l.pin, others[k])) == (i == k));
      CHECK((compare(l.pin, some[i], others[k]) == 0) == (i == k));
    }
  }
  CHECK(kind_name(some[0]) == "uuid");
  CHECK(kind_name(some[3]) == "instant");
  CHECK(kind_name(some[6]) == "tagged literal");
  CHECK(tag_of(l.pin, some[6]) == tag);
  CHECK(tagged_value(l.pin, some[7]) == int_word(1));
}
