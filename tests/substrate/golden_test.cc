// Golden domains: files that earlier builds wrote, one for each format version, kept in
// tests/corpus/golden. What they hold must read as it was written, for ever; this build's own format
// must still be what its file says.
//
// YIN_GOLDEN=FILE makes the case that writes one do so: for a new format version, or a new kind of
// value.

#include <cstdlib>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/checkpoint.h"
#include "substrate/commit.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "tests/substrate/atoms.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

// A value of each kind that EDN writes, of each size that has a shape of its own. One entry to a map
// and set: their order is the seed's.
std::vector<std::string> golden_texts() {
  std::vector<std::string> texts = {
      "nil",
      "true",
      "[0 -1 4611686018427387904 -9223372036854775808]",
      "123456789012345678901234567890N",
      "-22/7",
      "[0.0 -0.0 1.5 1e+300 ##Inf]",
      "[\\a \\newline \\λ]",
      "\"\"",
      "\"short\"",
      "\"a string of more than seven bytes, with λ and \\\"quotes\\\"\"",
      "[:k :ns/k s ns/s]",
      "()",
      "(1 2 3)",
      "[]",
      "{}",
      "{:a {:b {:c 1}}}",
      "#{}",
      "#{7}",
      "#inst \"2026-11-21T12:00:00.000-00:00\"",
      "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
      "#yin/bytes \"AAECAwQ=\"",
      "#my/tag [1 2]"};
  std::string numbers;
  for (int i = 0; i < 1500; ++i) numbers += (i == 0 ? "" : " ") + std::to_string(i);
  texts.push_back("[" + numbers + "]");
  texts.push_back("(" + numbers + ")");
  texts.push_back('"' + std::string(100'000, 'x') + '"');
  return texts;
}

constexpr std::size_t kLogged = 8;

std::string golden_name(std::size_t i) { return "golden " + std::to_string(i); }

}  // namespace

TEST_CASE("write a golden domain") {
  const char* path = std::getenv("YIN_GOLDEN");
  if (path == nullptr) SUCCEED("YIN_GOLDEN is not set");
  if (path == nullptr) return;
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("golden.yin"),
                                   .mode = OpenMode::kCreate,
                                   .capacity_bytes = kCapacityMin});
  const auto worker = join(*domain);
  const auto texts = golden_texts();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    // The last ones are in the log.
    if (texts.size() - i < kLogged) REQUIRE(make_durable(*worker).ok());
    const RootRef ref = atom(*worker, golden_name(i));
    const Pin pin(*worker);
    Edit edit = Edit::in_slab(pin);
    const auto value = read(edit, texts[i]);
    INFO(texts[i].substr(0, 80));
    REQUIRE(value.ok());
    REQUIRE(reset_root(pin, ref, *value).ok());
  }
  REQUIRE(make_durable(*worker).ok());
  write_bytes(path, bytes_of(scratch.file("golden.yin")));
}

TEST_CASE("a domain of format 4 reads as it was written") {
  const std::string path = YIN_SOURCE_DIR "/tests/corpus/golden/format-4.yin";
  const std::vector<char> before = bytes_of(path);
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    CHECK(domain->identity().format_version == 4);
    const auto worker = join(*domain);
    expect_clean(*worker);
    const Pin pin(*worker);
    const auto texts = golden_texts();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      INFO(texts[i].substr(0, 80));
      const Word ref = find_named_root(pin, golden_name(i));
      REQUIRE_FALSE(is_absent(ref));
      const RootRead now = read_root(pin, root_ref(ref));
      REQUIRE(now.ok());
      CHECK(print(pin, now.value) == texts[i]);
    }
  }
  CHECK(bytes_of(path) == before);
}
