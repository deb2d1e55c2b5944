#include "substrate/backup.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/checkpoint.h"
#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/substrate/random_value.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::uint64_t kCapacity = std::uint64_t{256} << 20;

Word value_of(const Pin& pin, std::string_view name) {
  const Word ref = find_named_root(pin, name);
  REQUIRE_FALSE(is_absent(ref));
  const RootRead now = read_root(pin, root_ref(ref));
  REQUIRE(now.ok());
  return now.value;
}

}  // namespace

TEST_CASE("a backup holds every value, name and reference as they were") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacity});
  const auto worker = join(*domain);
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  std::vector<std::string> texts;
  const int atoms = yin::test::effort(300);
  for (int i = 0; i < atoms; ++i) {
    const RootRef ref = atom(*worker, "atom " + std::to_string(i));
    const Pin pin(*worker);
    Edit edit = Edit::in_slab(pin);
    const Word value = random_value(edit, random, 3);
    REQUIRE(reset_root(pin, ref, value).ok());
    texts.push_back(print(pin, value));
  }
  {
    const Pin pin(*worker);
    REQUIRE(delete_named_root(pin, RootKind::kAtom, "atom 0").ok());
    REQUIRE(retain(pin, root_ref(find_named_root(pin, "atom 1")), 5).ok());
  }
  const std::string path = scratch.file("b.yin");
  const auto report = backup(*worker, path);
  INFO(report.status().message());
  REQUIRE(report.ok());
  CHECK(report->slots ==
        static_cast<std::uint64_t>(atoms));  // and the registry, without the deleted
  CHECK(backup(*worker, path).status().code() == StatusCode::kAlreadyExists);

  const auto copy = open_domain({.path = path, .mode = OpenMode::kJoin});
  const auto reader = join(*copy);
  expect_clean(*reader);
  {
    const Pin pin(*reader);
    const Pin original(*worker);
    for (int i = 1; i < atoms; ++i) {
      const std::string name = "atom " + std::to_string(i);
      REQUIRE(print(pin, value_of(pin, name)) == texts[static_cast<std::size_t>(i)]);
      REQUIRE(find_named_root(pin, name) == find_named_root(original, name));
    }
    CHECK(is_absent(find_named_root(pin, "atom 0")));
    REQUIRE(keyword(pin, "a/new-one") == keyword(original, "a/new-one"));
  }
  CHECK(retentions(*copy).size() == 1);
  for (int i = 0; i < 3; ++i) REQUIRE(collect(*reader).ok());
  expect_clean(*reader);
}

TEST_CASE("a backup of a domain in use shows one instant") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacity});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  const RootRef b = counter(*worker, "b");
  const RootRef tree = atom(*worker, "tree");
  SharedHalf stop{};
  SharedHalf running{};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    const auto mine = join(*domain);
    for (std::uint64_t n = 1; stop.load_seq() == 0; ++n) {
      const Pin pin(*mine);
      Edit edit = Edit::in_slab(pin);
      const Word count = int_word(static_cast<std::int64_t>(n));
      const Change changes[] = {{a, read_root(pin, a).version, count},
                                {b, read_root(pin, b).version, count},
                                {tree, read_root(pin, tree).version, tree_of(edit, n)}};
      check(commit(pin, changes) == CommitOutcome::kCommitted, "nobody else commits");
      running.store_seq(1);
    }
  });
  threads.emplace_back([&] {
    const auto mine = join(*domain);
    while (stop.load_seq() == 0) (void)collect(*mine).ok();
  });
  while (running.load_seq() == 0) std::this_thread::yield();
  for (int i = 0; i < yin::test::effort(20); ++i) {
    const std::string path = scratch.file("b" + std::to_string(i) + ".yin");
    REQUIRE(backup(*worker, path).ok());
    const auto copy = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    const auto reader = join(*copy);
    const Pin pin(*reader);
    CHECK(value_of(pin, "a") == value_of(pin, "b"));
    CHECK(is_tree(pin, value_of(pin, "tree")));
  }
  stop.store_seq(1);
  for (std::thread& t : threads) t.join();
}

TEST_CASE("a compacted domain is the same and smaller") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  std::uint64_t before = 0;
  {
    const auto domain = open_domain({.path = path, .capacity_bytes = kCapacity});
    const auto worker = join(*domain);
    const RootRef tree = atom(*worker, "tree");
    for (std::uint64_t n = 0; n < 2000; ++n) {
      const Pin pin(*worker);
      REQUIRE(swap(pin, tree, [&](Edit& edit, Word) { return tree_of(edit, n); }).ok());
    }
    before = domain->region().file_bytes();
    CHECK(compact(path).status().code() == StatusCode::kUnavailable);
  }
  write_bytes(path + ".compact", bytes_of(path));  // of one that was killed
  const auto report = compact(path);
  INFO(report.status().message());
  REQUIRE(report.ok());
  const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
  CHECK(domain->region().file_bytes() * 4 < before);
  const auto worker = join(*domain);
  expect_clean(*worker);
  const Pin pin(*worker);
  CHECK(is_tree(pin, value_of(pin, "tree")));
}

TEST_CASE("who opens a domain while it is compacted gets the new file, never the one that went") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const DomainOptions options = {.path = path, .capacity_bytes = kCapacity};
  const auto count_one = [&] {
    const auto domain = open_domain(options);
    const auto worker = join(*domain);
    const RootRef count = counter(*worker, "count");
    const Pin pin(*worker);
    REQUIRE(swap(pin, count, inc).ok());
  };
  const int times = yin::test::effort(40);
  count_one();
  Child compacting([&] {
    for (int n = 0; n < times;) {
      const StatusCode code = compact(path).status().code();
      if (code != StatusCode::kOk && code != StatusCode::kUnavailable) return 1;
      n += code == StatusCode::kOk;
    }
    return 0;
  });
  int counted = 1;
  std::optional<int> compacted;
  for (; !(compacted = compacting.poll()) || counted < times; ++counted) count_one();
  CHECK(*compacted == 0);
  const auto domain = open_domain(options);
  const auto worker = join(*domain);
  const Pin pin(*worker);
  CHECK(small_int(value_of(pin, "count")) == counted);
}

TEST_CASE("a backup that fails leaves no file") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacity});
  const auto worker = join(*domain);
  CHECK(backup(*worker, scratch.file("no/such/dir.yin")).status().code() == StatusCode::kNotFound);
  CHECK(backup(*worker, "").status().code() == StatusCode::kInvalidArgument);
}
