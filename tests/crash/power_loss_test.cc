// Power cuts, simulated: files made of any mix of what was synced and of what stood in memory at
// some moment since, sector by sector, as a disk may have written them. Each must open at exactly the
// checkpoint, or the entry of the log, that was durable last, or at a later one that was whole.
//
// fdatasync() and pwritev2() are the test's own here (the linker wraps them): what stands in memory
// when fdatasync() is called is on the "disk" when it returns, and what pwritev2() writes.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "substrate/atom.h"
#include "substrate/checkpoint.h"
#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/vector.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::size_t kSector = 512;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kCapturesKept = 4;

// A file's memory as it was at some moments, and what of it is certainly on the disk.
class Disk {
 public:
  void watch(const Domain& domain) {
    const std::lock_guard lock(mutex_);
    domain_ = &domain;
    synced_ = read_memory();
    captures_.clear();
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    domain_ = nullptr;
  }
  void capture() {
    const int syncs = syncs_;
    std::vector<char> now = read_memory();
    const std::lock_guard lock(mutex_);
    if (syncs != syncs_) return;  // older than what is on the disk
    if (captures_.size() == kCapturesKept) captures_.erase(captures_.begin());
    captures_.push_back(std::move(now));
  }
  // Between the two, parts of `before` may or may not be there.
  int sync(int descriptor) {
    if (!is_watched(descriptor)) return 0;
    if (fails) return errno = EIO, -1;
    std::vector<char> before = read_memory();
    {
      const std::lock_guard lock(mutex_);
      captures_.push_back(before);
    }
    leave_time();
    const std::lock_guard lock(mutex_);
    ++syncs_;
    synced_ = std::move(before);
    captures_.clear();
    return 0;
  }
  // The bytes were written to memory and go to the disk: between the two, in part.
  bool write_through(int descriptor, const iovec& bytes, std::uint64_t at) {
    if (!is_watched(descriptor)) return true;
    if (fails) return errno = EIO, false;
    std::vector<char> written = read_memory();
    {
      const std::lock_guard lock(mutex_);
      captures_.push_back(std::move(written));
    }
    leave_time();
    const std::lock_guard lock(mutex_);
    ++syncs_;
    put(synced_, bytes, at);
    for (std::vector<char>& capture : captures_) put(capture, bytes, at);
    return true;
  }
  std::vector<char> image(Random& random) {
    const std::lock_guard lock(mutex_);
    std::vector<char> made = synced_;
    if (captures_.empty()) return made;
    made.resize(std::max(made.size(), captures_.back().size()));
    const std::uint64_t written_one_in = 1 + random.below(6);
    const bool torn = random.one_in(2);  // pages within themselves
    for (std::size_t page = 0; page < made.size(); page += kPage) {
      const std::vector<char>* from = nullptr;
      for (std::size_t at = page; at < page + kPage; at += kSector) {
        if (at == page || torn)
          from =
              random.one_in(written_one_in) ? &captures_[random.below(captures_.size())] : nullptr;
        if (from != nullptr && at + kSector <= from->size())
          std::memcpy(made.data() + at, from->data() + at, kSector);
      }
    }
    return made;
  }
  std::atomic<bool> fails = false;

 private:
  bool is_watched(int descriptor) const {
    struct stat file = {};
    return domain_ != nullptr && ::fstat(descriptor, &file) == 0 &&
           file.st_ino == domain_->region().identity().inode;
  }
  // For images of what is half there.
  static void leave_time() {
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
  }
  static void put(std::vector<char>& memory, const iovec& bytes, std::uint64_t at) {
    check(at + bytes.iov_len <= memory.size(), "written behind what was synced");
    std::memcpy(memory.data() + at, bytes.iov_base, bytes.iov_len);
  }
  std::vector<char> read_memory() const {
    std::vector<char> bytes(domain_->state().committed_bytes.load_seq());
    copy_as_a_disk(bytes.data(), domain_->base(), bytes.size());
    return bytes;
  }
  // While others write; TSan is not to look, nor to see a memcpy.
  [[gnu::no_sanitize_thread]] static void copy_as_a_disk(char* to, const std::byte* from,
                                                         std::size_t bytes) {
    for (std::size_t at = 0; at < bytes; at += sizeof(std::uint64_t)) {
      const auto word = *reinterpret_cast<const volatile std::uint64_t*>(from + at);
      *reinterpret_cast<volatile std::uint64_t*>(to + at) = word;
    }
  }

  std::mutex mutex_;
  const Domain* domain_ = nullptr;
  std::atomic<int> syncs_ = 0;
  std::vector<char> synced_;
  std::vector<std::vector<char>> captures_;
};

Disk disk;

struct Roots {
  RootRef a, b, tree, names;
};

// One transaction: a and b count together, the tree is the count's, and a new name is in use.
void step(Worker& worker, const Roots& roots) {
  const Pin pin(worker);
  const RootRead a = read_root(pin, roots.a);
  const RootRead b = read_root(pin, roots.b);
  const RootRead tree = read_root(pin, roots.tree);
  const RootRead names = read_root(pin, roots.names);
  if (!a.ok() || !b.ok() || !tree.ok() || !names.ok()) return;
  const auto n = static_cast<std::uint64_t>(small_int(a.value) + 1);
  Edit edit = Edit::in_slab(pin);
  const Word count = int_word(static_cast<std::int64_t>(n));
  const Change changes[] = {
      {roots.a, a.version, count},
      {roots.b, b.version, count},
      {roots.tree, tree.version, n % 8 == 0 ? tree_of(edit, n / 8) : tree.value},
      {roots.names, names.version,
       n % 8 == 0
           ? Vector{names.value}.conj(edit, keyword(pin, "name-" + std::to_string(n / 8))).word
           : names.value}};
  (void)commit(pin, changes);
}

// What a recovered domain shows; nothing: it contradicts itself.
std::optional<std::int64_t> shown(Worker& worker, const Roots& roots) {
  const Pin pin(worker);
  const RootRead a = read_root(pin, roots.a);
  const RootRead b = read_root(pin, roots.b);
  const RootRead tree = read_root(pin, roots.tree);
  const RootRead names = read_root(pin, roots.names);
  if (!a.ok() || !b.ok() || !tree.ok() || !names.ok() || a.value != b.value) return std::nullopt;
  const std::int64_t n = small_int(a.value);
  const Vector spelled{names.value};
  if (spelled.count(pin) != static_cast<std::uint64_t>(n / 8)) return std::nullopt;
  for (std::uint64_t i = 0; i < spelled.count(pin); ++i) {
    if (name_of(pin, spelled.nth(pin, i)) != "name-" + std::to_string(i + 1)) return std::nullopt;
  }
  if (n < 8) return n;
  const bool right =
      is_tree(pin, tree.value) &&
      small_int(Vector{tree.value}.nth(pin, Vector{tree.value}.count(pin) - 1)) == n / 8;
  return right ? std::optional(n) : std::nullopt;
}

// The count at an instant, as the living domain remembers it.
std::int64_t count_at(Worker& worker, RootRef a, std::uint64_t clock) {
  const Pin pin(worker);
  const RootRead then = read_root_at(pin, a, clock);
  check(then.ok(), "the count's history is gone");
  return small_int(then.value);
}

struct Tally {
  int images = 0;
  int later = 0;  // opened at a later instant than the last durable one
  int went_on = 0;
  int checkpoints = 0;
  int entries = 0;  // of the log
};

// A domain under work, cut off from power again and again.
void run_domain(std::uint64_t seed, int images, Tally& tally) {
  Random random(seed);
  const Scratch scratch;
  const auto domain =
      open_domain({.path = scratch.file("live.yin"), .capacity_bytes = std::uint64_t{16} << 20});
  const auto worker = join(*domain);
  const Roots roots{counter(*worker, "a"), counter(*worker, "b"), atom(*worker, "tree", kNil),
                    atom(*worker, "names", kEmptyVector)};
  {
    const Pin pin(*worker);
    REQUIRE(retain(pin, roots.a, 1'000'000).ok());
  }
  const auto first = checkpoint(*worker);
  REQUIRE(first.ok());
  disk.watch(*domain);

  SharedHalf stop{};
  std::atomic<std::uint64_t> durable = first->clock;
  std::atomic<int> wanted = 0;  // steps; a writer that ran free would fill the domain
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const auto mine = join(*domain);
      while (stop.load_seq() == 0) {
        if (wanted.fetch_sub(1) > 0) {
          step(*mine, roots);
        } else {
          wanted.fetch_add(1);
          std::this_thread::yield();
        }
      }
    });
  }
  threads.emplace_back([&] {
    const auto mine = join(*domain);
    for (int i = 0; stop.load_seq() == 0; ++i) {
      const std::uint64_t before = domain->state().durable_seq.load_seq();
      const auto made = i % 8 == 7 ? checkpoint(*mine) : make_durable(*mine);
      check(made.ok(), made.status().message().c_str());
      durable = made->clock;
      tally.checkpoints += made->sequence > before ? 1 : 0;
      tally.entries += made->sequence == before && made->slots > 0 ? 1 : 0;
      if (i % 4 == 3) (void)collect(*mine).ok();
    }
  });

  const std::string path = scratch.file("cut.yin");
  for (int i = 0; i < images; ++i) {
    wanted = static_cast<int>(random.below(8));
    if (random.one_in(3)) disk.capture();
    const std::uint64_t durable_then = durable;
    const std::vector<char> image = disk.image(random);
    write_bytes(path, image);
    auto opened = Domain::open({.path = path});
    INFO("seed " << seed << ", image " << i << ": " << opened.status().message());
    REQUIRE(opened.ok());
    const std::uint64_t clock = (*opened)->state().durable_clock.load_seq();
    const auto theirs = join(**opened);
    const auto n = shown(*theirs, roots);
    REQUIRE(n.has_value());
    REQUIRE(*n == count_at(*worker, roots.a, clock));
    const std::int64_t durable_count = count_at(*worker, roots.a, durable_then);
    REQUIRE(*n >= durable_count);
    ++tally.images;
    tally.later += *n > durable_count ? 1 : 0;
    if (i % 16 != 0) continue;
    expect_clean(*theirs);
    for (int more = 0; more < 20; ++more) step(*theirs, roots);
    REQUIRE(shown(*theirs, roots) == *n + 20);
    ++tally.went_on;
  }
  stop.store_seq(1);
  for (std::thread& t : threads) t.join();
  disk.forget();
}

void cut_power(int images) {
  const std::uint64_t seed = test_seed();
  Tally tally;
  Random random(seed);
  constexpr int kADomain = 250;  // images; then its history gets long
  for (int done = 0; done < images; done += kADomain)
    run_domain(random.bits(), std::min(kADomain, images - done), tally);
  std::printf(
      "power loss: seed %llu, %d images of %d checkpoints and %d entries of the log, %d of them "
      "later than the last durable, %d went on\n",
      static_cast<unsigned long long>(seed), tally.images, tally.checkpoints, tally.entries,
      tally.later, tally.went_on);
  CHECK(tally.later > 0);
}

}  // namespace

extern "C" {
int __wrap_fdatasync(int descriptor) { return disk.sync(descriptor); }

ssize_t __real_pwritev2(int descriptor, const iovec* pieces, int count, off_t at, int flags);
ssize_t __wrap_pwritev2(int descriptor, const iovec* pieces, int count, off_t at, int flags) {
  check(count == 1, "one piece a write");
  const ssize_t written = __real_pwritev2(descriptor, pieces, count, at, 0);
  check(written == static_cast<ssize_t>(pieces->iov_len) && flags == RWF_DSYNC, "a whole write");
  return disk.write_through(descriptor, *pieces, static_cast<std::uint64_t>(at)) ? written : -1;
}
}

TEST_CASE("whatever a power cut leaves opens at exactly a checkpoint") {
  cut_power(yin::test::effort(1500));
}

TEST_CASE("whatever 12,000 power cuts leave opens at exactly a checkpoint", "[long]") {
  cut_power(12'000);
}

TEST_CASE("a checkpointer that is killed at any instruction loses nothing") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const Scratch scratch;
  const std::string path = scratch.file("live.yin");
  const auto domain = open_domain({.path = path, .capacity_bytes = std::uint64_t{64} << 20});
  const auto worker = join(*domain);
  const Roots roots{counter(*worker, "a"), counter(*worker, "b"), atom(*worker, "tree", kNil),
                    atom(*worker, "names", kEmptyVector)};
  REQUIRE(checkpoint(*worker).ok());
  for (int i = 0; i < yin::test::effort(100); ++i) {
    Child child([&] {
      const auto theirs = open_domain({.path = path});
      const auto mine = join(*theirs);
      for (int round = 1;; ++round) {
        step(*mine, roots);
        if (round % 3 == 0) (void)make_durable(*mine).ok();
        if (round % 32 == 0) (void)checkpoint(*mine).ok();
        if (round % 64 == 0) (void)collect(*mine).ok();
      }
      return 0;
    });
    drift_us(3000 + random.below(4000));
    child.kill(SIGKILL);
    REQUIRE(child.wait() == -SIGKILL);
    REQUIRE(collect(*worker).ok());  // adopts what it left
    step(*worker, roots);
    const auto made = random.one_in(2) ? make_durable(*worker) : checkpoint(*worker);
    INFO(made.status().message());
    REQUIRE(made.ok());
    const std::string copy = scratch.file("copy.yin");
    write_bytes(copy, bytes_of(path));
    const auto copied = open_domain({.path = copy});
    const auto theirs = join(*copied);
    const auto n = shown(*theirs, roots);
    REQUIRE(n.has_value());
    REQUIRE(n == shown(*worker, roots));
    REQUIRE(copied->state().durable_clock.load_seq() == made->clock);
  }
  expect_clean(*worker);
}

TEST_CASE("a sync or a write that fails is final, and said") {
  using Make = StatusOr<CheckpointReport> (*)(Worker&);
  const Make make = GENERATE(Make{checkpoint}, Make{make_durable});
  const Scratch scratch;
  const auto domain =
      open_domain({.path = scratch.file("a.yin"), .capacity_bytes = std::uint64_t{16} << 20});
  const auto worker = join(*domain);
  const RootRef a = counter(*worker, "a");
  REQUIRE(make_durable(*worker).ok());
  disk.watch(*domain);
  disk.fails = true;
  {
    const Pin pin(*worker);
    REQUIRE(swap(pin, a, inc).ok());
  }
  const auto failed = make(*worker);
  CHECK(failed.status().code() == StatusCode::kInternal);
  CHECK(failed.status().message().find("make a backup") != std::string::npos);
  disk.fails = false;
  CHECK(checkpoint(*worker).status().code() == StatusCode::kInternal);
  CHECK(wait_durable(*worker, visible_clock(*domain)).code() == StatusCode::kInternal);
  disk.forget();
}
