#include "substrate/intern.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/slab.h"
#include "tests/support/effort.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

NameId id_of(const Pin& pin, std::string_view name) {
  const auto id = intern(pin, name);
  REQUIRE(id.ok());
  return *id;
}

}  // namespace

TEST_CASE("a name has one id, a keyword and a symbol share it, and it spells as it was") {
  const TestDomain t;
  const Pin pin(*t.worker);
  CHECK(id_of(pin, "name") == id_of(pin, "name"));
  CHECK(id_of(pin, "name") != id_of(pin, "other"));
  CHECK(keyword(pin, "a/b") == keyword(pin, "a/b"));
  CHECK(keyword(pin, "a/b") != symbol(pin, "a/b"));
  CHECK(name_id(keyword(pin, "a/b")) == name_id(symbol(pin, "a/b")));
  CHECK(name_of(pin, keyword(pin, "a/b")) == "a/b");
  CHECK(name_of(pin, symbol(pin, "\xc3\xa4 x")) == "\xc3\xa4 x");
}

TEST_CASE("names of 1 to 4096 bytes are taken, others refused") {
  const TestDomain t;
  const Pin pin(*t.worker);
  std::set<NameId> ids;
  for (std::size_t size = 1; size <= kNameMaxBytes; ++size) {
    const std::string name(size, 'n');
    ids.insert(id_of(pin, name));
    if (size % 500 == 0) REQUIRE(name_of(pin, keyword_word(id_of(pin, name))) == name);
  }
  CHECK(ids.size() == kNameMaxBytes);
  CHECK(intern(pin, "").status().code() == StatusCode::kInvalidArgument);
  CHECK(intern(pin, std::string(kNameMaxBytes + 1, 'n')).status().code() ==
        StatusCode::kInvalidArgument);
}

TEST_CASE("many names fill the index's levels, and each keeps its id") {
  const Scratch scratch;
  const int count = yin::test::effort(200'000);
  std::vector<NameId> ids;
  {
    const auto domain = open_domain({.path = scratch.file("a.yin")});
    const auto worker = join(*domain);
    const Pin pin(*worker);
    for (int i = 0; i < count; ++i) ids.push_back(id_of(pin, "name" + std::to_string(i)));
  }
  CHECK(std::set<NameId>(ids.begin(), ids.end()).size() == ids.size());
  const auto domain = open_domain({.path = scratch.file("a.yin")});
  const auto worker = join(*domain);
  const Pin pin(*worker);
  for (int i = 0; i < count; ++i) {
    const std::string name = "name" + std::to_string(i);
    REQUIRE(id_of(pin, name) == ids[static_cast<std::size_t>(i)]);
    REQUIRE(name_of(pin, keyword_word(ids[static_cast<std::size_t>(i)])) == name);
  }
}

TEST_CASE("threads that intern the same names get the same ids") {
  const TestDomain t;
  constexpr std::size_t kThreads = 4;
  const int count = yin::test::effort(20'000);
  std::vector<std::vector<NameId>> ids(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t self = 0; self < kThreads; ++self) {
    threads.emplace_back([&, self] {
      const auto worker = join(*t.domain);
      for (int i = 0; i < count; ++i) {
        const Pin pin(*worker);
        const auto shared = intern(pin, "shared" + std::to_string(i));
        const auto own = intern(pin, "own" + std::to_string(self) + "/" + std::to_string(i));
        if (shared.ok()) ids[self].push_back(*shared);
        if (own.ok()) ids[self].push_back(*own);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<NameId> all;
  for (std::size_t self = 0; self < kThreads; ++self) {
    REQUIRE(ids[self].size() == 2 * static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < ids[self].size(); i += 2) REQUIRE(ids[self][i] == ids[0][i]);
    all.insert(ids[self].begin(), ids[self].end());
  }
  CHECK(all.size() == (kThreads + 1) * static_cast<std::size_t>(count));
}

TEST_CASE("without room a new name is a Status, and the old ones stay") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacityMin});
  const auto worker = join(*domain);
  const Pin pin(*worker);
  const NameId early = id_of(pin, "early");
  Status full;
  for (int i = 0; full.ok(); ++i)
    full = intern(pin, std::string(4'000, 'x') + std::to_string(i)).status();
  CHECK(full.code() == StatusCode::kResourceExhausted);
  CHECK(id_of(pin, "early") == early);
}
