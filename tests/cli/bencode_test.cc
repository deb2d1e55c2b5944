// Bencode against what its definition says, and against whatever may come in instead.

#include "bindings/cli/bencode.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/effort.h"
#include "tests/support/random.h"

using yin::cli::Bencode;
using yin::cli::BencodeDictionary;
using yin::cli::BencodeList;
using yin::cli::decode;
using yin::cli::encode;
using yin::cli::Source;
using yin::substrate::StatusCode;
using yin::tests::Random;

namespace {

// Gives a text in pieces of `piece` bytes at most.
Source source_of(const std::string& text, std::size_t piece = 1 << 20) {
  return Source([&text, piece, at = std::size_t{0}](char* to, std::size_t room) mutable {
    const std::size_t size = std::min({piece, room, text.size() - at});
    std::memcpy(to, text.data() + at, size);
    at += size;
    return size;
  });
}

StatusCode code_of(const std::string& text) {
  Source source = source_of(text);
  return decode(source).status().code();
}

Bencode random_value(Random& random, int depth) {
  switch (random.below(depth > 6 ? 2 : 4)) {
    case 0:
      return static_cast<std::int64_t>(random.bits() >> random.below(64));
    case 1: {
      std::string bytes(random.below(40), '\0');
      for (char& c : bytes) c = static_cast<char>(random.bits());
      return bytes;
    }
    case 2: {
      BencodeList list;
      for (auto i = random.below(5); i > 0; --i) list.push_back(random_value(random, depth + 1));
      return list;
    }
    default: {
      BencodeDictionary entries;
      for (auto i = random.below(5); i > 0; --i)
        entries[std::to_string(random.below(100))] = random_value(random, depth + 1);
      return entries;
    }
  }
}

}  // namespace

TEST_CASE("bencode is written as its definition says") {
  CHECK(encode(-42) == "i-42e");
  CHECK(encode("spam") == "4:spam");
  CHECK(encode("") == "0:");
  CHECK(encode(BencodeList{"spam", 42}) == "l4:spami42ee");
  CHECK(encode(BencodeDictionary{{"spam", BencodeList{}}, {"cow", "moo"}}) ==
        "d3:cow3:moo4:spamlee");
}

TEST_CASE("what was written is read again, in whatever pieces it comes") {
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(3000); ++i) {
    const std::string first = encode(random_value(random, 0));
    const std::string both = first + encode(random_value(random, 0));
    Source source = source_of(both, 1 + random.below(20));
    const auto one = decode(source);
    const auto two = decode(source);
    REQUIRE(one.ok());
    REQUIRE(two.ok());
    CHECK(encode(*one) + encode(*two) == both);
    CHECK(decode(source).status().code() == StatusCode::kNotFound);
  }
}

TEST_CASE("what is no bencode is refused") {
  for (const char* text : {"x",
                           "e",
                           "i",
                           "ie",
                           "i-e",
                           "i1",
                           "i1x",
                           "i99999999999999999999e",
                           "i1-2e",
                           "3:ab",
                           "3",
                           "3x",
                           "-1:a",
                           "l",
                           "li1e",
                           "d",
                           "di1ei2ee",
                           "d1:a",
                           "d1:ae",
                           "d1:ai1e1:ai2ee",
                           "12345678901234567890123456:x"}) {
    INFO(text);
    CHECK(code_of(text) == StatusCode::kInvalidArgument);
  }
  CHECK(code_of("") == StatusCode::kNotFound);
}

TEST_CASE("what only pretends to be large costs nothing; what is too large is refused") {
  CHECK(code_of("200000000:x") == StatusCode::kInvalidArgument);
  CHECK(code_of("9223372036854775807:x") == StatusCode::kResourceExhausted);
  CHECK(code_of("300000000:x") == StatusCode::kResourceExhausted);
  CHECK(code_of(std::string(32, 'l') + std::string(32, 'e')) == StatusCode::kOk);
  CHECK(code_of(std::string(33, 'l')) == StatusCode::kResourceExhausted);
  CHECK(code_of(std::string(1'000'000, 'd')) == StatusCode::kInvalidArgument);
  CHECK(code_of('l' + std::string(20'000'000, 'l')) == StatusCode::kResourceExhausted);
  std::string many = "l";
  for (int i = 0; i < 4'000'000; ++i) many += "0:";
  CHECK(code_of(many + 'e') == StatusCode::kResourceExhausted);
}

TEST_CASE("random bytes are read or refused") {
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(30'000); ++i) {
    std::string text = random.one_in(2) ? encode(random_value(random, 0)) : "";
    for (auto n = random.below(6); n > 0; --n) {
      const std::string piece(1, "ilde:0123456789-"[random.below(16)]);
      const auto at = random.below(text.size() + 1);
      random.one_in(3) ? text.replace(at, 1, piece) : text.insert(at, piece);
    }
    Source source = source_of(text);
    const auto value = decode(source);
    if (value.ok()) {
      CHECK(encode(*value).size() <= text.size() + 20);
    } else {
      CHECK(!value.status().message().empty());
    }
  }
}
