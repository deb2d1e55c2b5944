#include "substrate/slab.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

std::uint64_t committed(const Domain& domain) { return domain.state().committed_bytes.load_seq(); }

// A string of `bytes` bytes whose text follows from its number.
std::string text_of(std::uint64_t bytes, std::uint64_t number) {
  std::string text(bytes, static_cast<char>('a' + number % 26));
  const std::string head = std::to_string(number);
  std::copy_n(head.begin(), std::min(head.size(), text.size()), text.begin());
  return text;
}

}  // namespace

TEST_CASE("blocks of 16 bytes to 10 MB lie on granules, apart, and hold what was stored") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  struct Block {
    std::byte* at;
    std::uint64_t bytes;
  };
  std::vector<Block> blocks;
  std::uint64_t total = 0;
  for (int i = 0; i < yin::test::effort(20'000); ++i) {
    const std::uint64_t limit = random.one_in(2'000) ? 10'000'000
                                : random.one_in(20)  ? 100'000
                                                     : 600;
    const std::uint64_t bytes = 16 + random.below(limit);
    auto* at = edit.allocate<std::byte>(bytes);
    REQUIRE(raw(pin.offset_of(at)) % kGranule == 0);
    REQUIRE(!t.domain->is_private(pin.offset_of(at)));
    std::memset(at, i & 0xff, bytes);
    blocks.push_back({at, bytes});
    total += bytes;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [at, bytes] = blocks[i];
    REQUIRE(std::all_of(at, at + bytes,
                        [&](std::byte b) { return b == static_cast<std::byte>(i & 0xff); }));
  }
  CHECK(committed(*t.domain) > total);
}

TEST_CASE("a block is whole in one slab, or starts one") {
  const TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  for (const std::uint64_t bytes :
       {16u, 1024u, 32'767u, 32'768u, 32'769u, 65'536u, 65'537u, 1'048'560u, 1'048'577u}) {
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t at = raw(pin.offset_of(edit.allocate<std::byte>(bytes)));
      if (object_size(bytes) <= kSlabBytes && at % kSlabBytes != 0) {
        REQUIRE(at / kSlabBytes == (at + object_size(bytes) - 1) / kSlabBytes);
      } else {
        REQUIRE(at % kSlabBytes == 0);
      }
    }
  }
}

TEST_CASE("memory comes back: values of every size made and dropped keep the domain small") {
  for (const std::uint64_t bytes : {40u, 500u, 5'000u, 30'000u, 33'000u, 200'000u, 3'000'000u}) {
    const TestDomain t;
    const RootRef a = atom(*t.worker, "a");
    const std::uint64_t volume = std::uint64_t{4} << 20;  // between two cycles
    std::uint64_t settled = 0;
    const int rounds = yin::test::effort(50);
    for (int round = 0; round < rounds; ++round) {
      for (std::uint64_t made = 0; made < volume; made += bytes) {
        const Pin pin(*t.worker);
        const auto swapped =
            swap(pin, a, [&](Edit& edit, Word) { return from_string(edit, text_of(bytes, made)); });
        REQUIRE(swapped.ok());
      }
      REQUIRE(collect(*t.worker).ok());
      if (round == rounds / 5) settled = committed(*t.domain);
    }
    INFO("strings of " << bytes << " bytes");
    CHECK(committed(*t.domain) <=
          settled + 6 * volume);  // cells wait for two cycles, and their turn
    CHECK(verify(*t.worker).clean());
  }
}

TEST_CASE("a value that takes most of a slab keeps all of it, beside others or alone") {
  for (const std::uint64_t bytes : {32'700u, 32'769u, 40'000u, 65'000u, 65'536u, 70'000u}) {
    const TestDomain t;
    const RootRef a = atom(*t.worker, "a");
    const RootRef b = atom(*t.worker, "b");
    const auto put = [&](RootRef ref, std::uint64_t size, std::uint64_t n) {
      const Pin pin(*t.worker);
      REQUIRE(swap(pin, ref, [&](Edit& edit, Word) {
                return from_string(edit, text_of(size, n));
              }).ok());
    };
    for (std::uint64_t round = 0; round < 20; ++round) {
      put(a, bytes, round);
      for (int cycle = 0; cycle < 3; ++cycle) {
        for (std::uint64_t i = 0; i < 20 * (round + 1); ++i) put(b, 900 * (1 + i % 20), i);
        REQUIRE(collect(*t.worker).ok());
      }
      const Pin pin(*t.worker);
      REQUIRE(StringView(pin, *deref(pin, a)).view() == text_of(bytes, round));
    }
    CHECK(verify(*t.worker).clean());
  }
}

TEST_CASE("memory comes back when sizes are mixed and part of the values stays") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  std::vector<RootRef> atoms;
  for (int i = 0; i < 64; ++i) atoms.push_back(atom(*t.worker, "a" + std::to_string(i)));
  std::map<std::size_t, std::string> kept;
  std::uint64_t settled = 0;
  const int rounds = 30;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 400; ++i) {
      const std::size_t which = random.below(atoms.size());
      const std::uint64_t limit = random.one_in(40) ? 1'000'000 : random.one_in(4) ? 60'000 : 300;
      const std::string text = text_of(8 + random.below(limit), random.bits());
      const Pin pin(*t.worker);
      REQUIRE(
          swap(pin, atoms[which], [&](Edit& edit, Word) { return from_string(edit, text); }).ok());
      kept[which] = text;
    }
    REQUIRE(collect(*t.worker).ok());
    for (const auto& [which, text] : kept) {
      const Pin pin(*t.worker);
      REQUIRE(StringView(pin, *deref(pin, atoms[which])).view() == text);
    }
    if (round == rounds / 2) settled = committed(*t.domain);
  }
  CHECK(committed(*t.domain) <= settled * 3 / 2);
}

TEST_CASE("version nodes and commit records come back too") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(0));
  const RootRef b = atom(*t.worker, "b", int_word(0));
  std::uint64_t settled = 0;
  const int rounds = yin::test::effort(40);
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 10'000; ++i) {
      const Pin pin(*t.worker);
      const RootRead x = read_root(pin, a);
      const RootRead y = read_root(pin, b);
      const Change changes[] = {{a, x.version, int_word(i)}, {b, y.version, int_word(i)}};
      REQUIRE(commit(pin, changes) == CommitOutcome::kCommitted);
    }
    REQUIRE(collect(*t.worker).ok());
    if (round == rounds / 4) settled = committed(*t.domain);
  }
  CHECK(committed(*t.domain) <=
        settled + (std::uint64_t{12} << 20));  // a round makes 2.4 MB of them
}

TEST_CASE("a slab belongs to one worker at a time, whoever takes it new or swept") {
  const TestDomain t;
  constexpr int kThreads = 4;
  const RootRef registry = atom(*t.worker, "a");
  SharedHalf broken{};
  SharedHalf running{};
  running.store_seq(kThreads);
  std::vector<std::thread> threads;
  for (int self = 0; self < kThreads; ++self) {
    threads.emplace_back([&, self] {
      const auto worker = join(*t.domain);
      // Every block is written full with the thread's mark before any is looked at: in a slab of
      // two owners they mix.
      const std::uint64_t sizes[] = {48, 256, 3'000, 20'000, 70'000, 200'000};
      for (int round = 0; round < yin::test::effort(300); ++round) {
        const Pin pin(*worker);
        Edit edit = Edit::in_slab(pin);
        std::vector<std::pair<std::uint64_t*, std::uint64_t>> blocks;
        for (int i = 0; i < 60; ++i) {
          const std::uint64_t bytes =
              sizes[static_cast<std::size_t>(i * i + round) % std::size(sizes)] / 8 * 8;
          auto* block = edit.allocate<std::uint64_t>(bytes);
          std::fill_n(block, bytes / 8,
                      static_cast<std::uint64_t>(self) << 32 | static_cast<std::uint64_t>(i));
          blocks.emplace_back(block, bytes / 8);
        }
        for (std::size_t i = 0; i < blocks.size(); ++i) {
          const auto [block, words] = blocks[i];
          const std::uint64_t mine = static_cast<std::uint64_t>(self) << 32 | i;
          if (!std::all_of(block, block + words, [&](std::uint64_t w) { return w == mine; }))
            broken.store_seq(1);
        }
      }
      running.add_seq(~std::uint32_t{0});
    });
  }
  while (running.load_seq() != 0) REQUIRE(collect(*t.worker).ok());
  for (std::thread& thread : threads) thread.join();
  CHECK(broken.load_seq() == 0);
  (void)registry;
}

TEST_CASE("a new slab is its taker's, though sweepers look at it the moment it is taken") {
  const TestDomain t;
  constexpr std::uint64_t kThreads = 4;
  const auto each = static_cast<std::uint64_t>(
      yin::test::effort(12'000));  // slabs: no memory, they are not touched
  std::vector<SharedHalf> taken(SlabMap(*t.domain).slab_count());
  SharedHalf twice{};
  std::vector<std::thread> threads;
  for (std::uint64_t self = 0; self < kThreads; ++self) {
    threads.emplace_back([&] {
      const auto worker = join(*t.domain);
      const Pin pin(*worker);
      Edit edit = Edit::in_slab(pin);
      for (std::uint64_t i = 0; i < 2 * each;
           ++i) {  // two a slab; no cycle, so that every slab is new
        const std::uint64_t at = raw(pin.offset_of(edit.allocate<std::byte>(kSmallMaxBytes)));
        if (at % kSlabBytes == 0 && taken[at / kSlabBytes].exchange_seq(1) != 0) twice.store_seq(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(twice.load_seq() == 0);
}

TEST_CASE("a cell that is given back after its slab went away is nobody's") {
  const TestDomain t;
  CellAllocator& cells = t.worker->cells();
  std::byte* last = nullptr;
  {
    const Pin pin(*t.worker);
    const std::uint64_t each = kSlabBytes / kCellBytes[0];
    for (std::uint64_t i = 0; i < 2 * each; ++i) {
      auto* cell = cells.allocate(0);
      REQUIRE(cell != nullptr);
      if (i + each < 2 * each)
        last = cell;  // of a slab that is full now, and goes when the pin does
    }
    cells.give_back(0, last);
  }
  const auto slab = [&](const std::byte* cell) {
    return (cell - t.domain->base()) / static_cast<std::ptrdiff_t>(kSlabBytes);
  };
  const Pin pin(*t.worker);
  for (int i = 0; i < 3'000; ++i) {
    auto* cell = cells.allocate(0);
    REQUIRE(cell != last);
    const SlabMap map(*t.domain);
    REQUIRE(unpack_slab(map.descriptor(static_cast<std::uint32_t>(slab(cell))).state.load_seq())
                .owner == t.worker->owner());
  }
}

TEST_CASE("slabs of a large value that a dead worker left half made or half freed come back") {
  const TestDomain t;
  const SlabMap map(*t.domain);
  for (const std::uint32_t done :
       {0u, 1u, 3u, 6u}) {  // of a run of 6 slabs, so many from its end were freed
    const auto first = take_fresh_slabs(*t.domain, 6);
    REQUIRE(first.ok());
    for (std::uint32_t i = 0; i < 6; ++i) {
      SlabDescriptor& d = map.descriptor(*first + i);
      const bool freed = i + done >= 6;
      d.run_length.store_relaxed(i == 0 ? 6 - std::min(done, 5u) : i);
      d.shape.store_relaxed(shape_word(freed && i > 0 ? SlabKind::kFree
                                       : i == 0       ? SlabKind::kLarge
                                                      : SlabKind::kLargeRest));
      d.state.store_seq(pack({0, 0, 1}));
    }
  }
  const std::uint64_t before = t.domain->state().next_slab.load_seq();
  REQUIRE(collect(*t.worker).ok());
  REQUIRE(collect(*t.worker).ok());
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  for (int i = 0; i < 3; ++i) (void)edit.allocate<std::byte>(6 * kSlabBytes);
  for (int i = 0; i < 6; ++i) (void)edit.allocate<std::byte>(30'000);
  CHECK(t.domain->state().next_slab.load_seq() == before);
}

TEST_CASE("slabs are made ahead in small steps, and not while there are slabs to be swept") {
  const TestDomain t;
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  const std::uint64_t size = GENERATE(4'000, 40'000);  // in slabs with others, and of one slab
  const RootRef ref = atom(*t.worker, "a");
  const auto fill = [&](std::uint64_t bytes) {
    for (std::uint64_t made = 0; made < bytes; made += size) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      REQUIRE(reset_root(pin, ref, from_string(edit, text_of(size, 1))).ok());
    }
  };
  const auto ahead = [&] {
    return committed(*t.domain) - t.domain->state().next_slab.load_seq() * kSlabBytes;
  };
  fill(128 * kMiB);  // nothing was collected: all of it is new
  const std::uint64_t full = committed(*t.domain);
  REQUIRE(full > 64 * kMiB);
  for (std::uint64_t before = full; grow_ahead(*t.domain); before = committed(*t.domain)) {
    CHECK(committed(*t.domain) > before);
    CHECK(committed(*t.domain) <= before + 2 * kMiB);
  }
  CHECK(committed(*t.domain) > full);
  CHECK(ahead() >= full / 64);
  CHECK(ahead() <= full / 16);

  while (ahead() > 2 * kMiB) fill(size);
  REQUIRE(collect(*t.worker).ok());
  fill(4 * kMiB);
  CHECK_FALSE(grow_ahead(*t.domain));  // thousands wait to be swept

  fill(256 * kMiB);
  CHECK(grow_ahead(*t.domain));  // they are used up
  expect_clean(*t.worker);
}

TEST_CASE("a table takes slabs that no sweep hands out") {
  const TestDomain t;
  const auto table = take_table_slabs(*t.domain, 3 * kSlabBytes);
  REQUIRE(table.ok());
  const std::uint64_t from = raw(*table);
  for (int round = 0; round < 4; ++round) {
    REQUIRE(collect(*t.worker).ok());
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t at = raw(pin.offset_of(edit.allocate<std::byte>(20'000)));
      REQUIRE((at < from || at >= from + 3 * kSlabBytes));
    }
  }
  CHECK(adopt_dead_workers(*t.worker).workers == 0);
}

TEST_CASE(
    "a full domain serves from private memory, refuses to commit that, and works again after a "
    "cycle") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacityMin});
  const auto worker = join(*domain);
  const RootRef a = atom(*worker, "a");
  for (int round = 0; round < 5; ++round) {
    Status full;
    while (full.ok()) {
      const Pin pin(*worker);
      full = swap(pin, a, [](Edit& edit, Word) {
               return from_string(edit, std::string(50'000, 'x'));
             }).status();
    }
    REQUIRE(full.code() == StatusCode::kResourceExhausted);
    const VerifyReport report = verify(*worker);
    INFO((report.clean() ? "" : report.findings.front()));
    REQUIRE(report.clean());
    for (int i = 0; i < 3; ++i) REQUIRE(collect(*worker).ok());
  }
  const Pin pin(*worker);
  CHECK(swap(pin, a, [](Edit&, Word) { return int_word(1); }).ok());
}
