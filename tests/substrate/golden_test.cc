// Golden domains: files that earlier builds wrote, one for each format version, kept in
// tests/corpus/golden. What they hold must read as it was written, for ever; this build's own format
// must still be what its file says.
//
// YIN_GOLDEN=FOLDER makes the case that writes them do so: for a new format version, or a new kind
// of value.

#include <algorithm>
#include <cstdlib>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

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

std::string golden_name(std::size_t i) { return "golden " + std::to_string(i); }

// One that a checkpoint shows whole, and one with a redo log, of the small ones.
struct Golden {
  const char* file;
  std::vector<std::string> texts;
};
Golden whole() { return {"format-5.yin", golden_texts()}; }
Golden logged() {
  std::vector<std::string> texts = golden_texts();
  texts.resize(10);
  return {"format-5-log.yin", texts};
}

void write_golden(const std::string& folder, const Golden& golden, bool log) {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("golden.yin"),
                                   .mode = OpenMode::kCreate,
                                   .capacity_bytes = kCapacityMin});
  const auto worker = join(*domain);
  for (std::size_t i = 0; i < golden.texts.size(); ++i) {
    const RootRef ref = atom(*worker, golden_name(i));
    {
      const Pin pin(*worker);
      Edit edit = Edit::in_slab(pin);
      const auto value = read(edit, golden.texts[i]);
      INFO(golden.texts[i].substr(0, 80));
      REQUIRE(value.ok());
      REQUIRE(reset_root(pin, ref, *value).ok());
    }
    if (log) REQUIRE(make_durable(*worker).ok());
  }
  if (!log) REQUIRE(checkpoint(*worker).ok());
  std::vector<char> bytes = bytes_of(scratch.file("golden.yin"));
  const auto empty = [](char c) { return c == 0; };
  while (std::all_of(bytes.end() - kSlabBytes, bytes.end(), empty))
    bytes.resize(bytes.size() - kSlabBytes);
  write_bytes(folder + "/" + golden.file, bytes);
}

}  // namespace

TEST_CASE("write the golden domains") {
  const char* folder = std::getenv("YIN_GOLDEN");
  if (folder == nullptr) SUCCEED("YIN_GOLDEN is not set");
  if (folder == nullptr) return;
  write_golden(folder, whole(), false);
  write_golden(folder, logged(), true);
}

TEST_CASE("domains of format 5 read as they were written") {
  const Golden golden = GENERATE(whole(), logged());
  const std::string path = std::string(YIN_SOURCE_DIR "/tests/corpus/golden/") + golden.file;
  INFO(path);
  const std::vector<char> before = bytes_of(path);
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    CHECK(domain->identity().format_version == 5);
    const auto worker = join(*domain);
    expect_clean(*worker);
    const Pin pin(*worker);
    for (std::size_t i = 0; i < golden.texts.size(); ++i) {
      INFO(golden.texts[i].substr(0, 80));
      const Word ref = find_named_root(pin, golden_name(i));
      REQUIRE_FALSE(is_absent(ref));
      const RootRead now = read_root(pin, root_ref(ref));
      REQUIRE(now.ok());
      CHECK(print(pin, now.value) == golden.texts[i]);
    }
  }
  CHECK(bytes_of(path) == before);
}
