// What do reading and changing an atom cost? deref, deref + get, swap of a counter and of one key
// of a map, a commit over two atoms, a snapshot of a million; beside a bare guard, a bare find, and
// LMDB's smallest transactions when it is there. The domain is a file, as LMDB's database is.
//
//   atom_bench [PART...]   guard counter map snapshot open; all without one
//
// What several processes and threads do to one atom is in sharing_bench.cc.

#include "substrate/atom.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <random>
#include <string_view>
#include <sys/stat.h>

#ifdef YIN_PEER_LMDB
#include <lmdb.h>
#endif

#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/map.h"
#include "substrate/vector.h"
#include "bench/support/atoms.h"
#include "bench/support/report.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using bench::Figure;
using substrate::Change;
using substrate::Edit;
using substrate::int_word;
using substrate::Map;
using substrate::Pin;
using substrate::RootRef;
using substrate::small_int;
using substrate::Word;

constexpr int kRounds = 7;
constexpr std::uint64_t kOperations = 20'000;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

// A domain in a file of its own. YIN_BENCH_CAPACITY_MB: a smaller one, for valgrind.
struct FileDomain {
  tests::Scratch scratch;
  tests::TestDomain t;

  FileDomain() : t({.path = scratch.file("bench.yin"), .capacity_bytes = capacity()}) {}
  static std::uint64_t capacity() {
    const char* megabytes = std::getenv("YIN_BENCH_CAPACITY_MB");
    return megabytes == nullptr ? std::uint64_t{16} << 30
                                : std::strtoull(megabytes, nullptr, 10) * kMiB;
  }
};

Word key_word(std::uint64_t key) { return int_word(static_cast<std::int64_t>(key)); }

auto round_of(const auto& operation) {
  return [operation] {
    for (std::uint64_t i = 0; i < kOperations; ++i) operation(i);
  };
}
double per_operation(const auto& operation) {
  return bench::cpu_per_operation(kRounds, kOperations, round_of(operation));
}

// What a writing operation costs alone, and with a cycle every kOperations of them, beside a peer's:
// memory is recycled, as it is in a domain that has been at work for a while.
struct Written {
  double alone, with_cycles, peer;
};
Written per_write(const tests::TestDomain& t, const auto& operation, const auto& peer) {
  const auto cycle = [&] { (void)collect(*t.worker).ok(); };
  for (int round = 0; round < 2; ++round) {  // until memory is recycled
    round_of(operation)();
    cycle();
  }
  const auto [alone, cycles, other] =
      bench::cpu_side_by_side(kRounds, kOperations, round_of(operation), cycle, round_of(peer));
  return {alone, alone + cycles, other};
}

// Wall nanoseconds of each of many operations, without what reading the clock takes.
std::vector<double> each_operation(std::uint64_t operations, const auto& operation) {
  std::vector<double> times, nothing;
  for (int i = 0; i < 1000; ++i) {
    const double began = bench::wall_ns();
    nothing.push_back(bench::wall_ns() - began);
  }
  const double clock = bench::median(nothing);
  for (std::uint64_t i = 0; i < operations; ++i) {
    const double began = bench::wall_ns();
    operation(i);
    times.push_back(std::max(0.0, bench::wall_ns() - began - clock));
  }
  return times;
}

void print_beside(const std::string& name, std::uint64_t n, double value, const std::string& peer,
                  double peer_value) {
  Figure figure{.bench = "atom", .name = name, .n = n, .value = value};
  if (!peer.empty() && peer_value > 0) {
    figure.peer = peer;
    figure.peer_value = peer_value;
  }
  print(figure);
}

// ---- LMDB ---------------------------------------------------------------------------------------

// A database of n integers (NOSYNC | WRITEMAP): a write transaction of one key, and a read of one in
// a renewed transaction. Without LMDB it has none.
#ifdef YIN_PEER_LMDB
class Lmdb {
 public:
  static constexpr bool kHere = true;
  explicit Lmdb(std::uint64_t n) : n_(n) {
    const auto folder = scratch_.file("lmdb");
    std::filesystem::create_directory(folder);
    mdb_env_create(&env_);
    mdb_env_set_mapsize(env_, std::size_t{1} << 30);
    const int opened = mdb_env_open(env_, folder.c_str(), MDB_NOSYNC | MDB_WRITEMAP, 0600);
    substrate::check(opened == 0, "the peer's database did not open");
    MDB_txn* txn = nullptr;
    mdb_txn_begin(env_, nullptr, 0, &txn);
    mdb_dbi_open(txn, nullptr, MDB_CREATE | MDB_INTEGERKEY, &dbi_);
    for (key_bits_ = 0; key_bits_ < n; ++key_bits_) mdb_put(txn, dbi_, &key_, &value_, 0);
    mdb_txn_commit(txn);
    mdb_txn_begin(env_, nullptr, MDB_RDONLY, &reader_);
    mdb_txn_reset(reader_);
  }
  ~Lmdb() {
    mdb_txn_abort(reader_);
    mdb_env_close(env_);
  }
  Lmdb(const Lmdb&) = delete;
  Lmdb& operator=(const Lmdb&) = delete;

  void put(std::uint64_t value) {
    key_bits_ = random_() % n_;
    value_bits_ = value;
    MDB_txn* txn = nullptr;
    mdb_txn_begin(env_, nullptr, 0, &txn);
    mdb_put(txn, dbi_, &key_, &value_, 0);
    mdb_txn_commit(txn);
  }
  void get() {
    key_bits_ = random_() % n_;
    mdb_txn_renew(reader_);
    MDB_val found;
    mdb_get(reader_, dbi_, &key_, &found);
    bench::keep(found);
    mdb_txn_reset(reader_);
  }

 private:
  tests::Scratch scratch_;
  std::uint64_t n_, key_bits_ = 0, value_bits_ = 0;
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  MDB_txn* reader_ = nullptr;
  MDB_val key_ = {8, &key_bits_}, value_ = {8, &value_bits_};
  std::mt19937_64 random_{1};
};
#else
struct Lmdb {
  static constexpr bool kHere = false;
  explicit Lmdb(std::uint64_t) {}
  void put(std::uint64_t) {}
  void get() {}
};
#endif

// ---- parts --------------------------------------------------------------------------------------

// The floor: what the processor asks for a guard's exchange and release, and for two loads.
double bare_guard() {
  alignas(64) substrate::SharedWord pin{}, slot{}, value{};
  return per_operation([&](std::uint64_t i) {
    pin.store_seq(i);
    bench::keep(slot.load_seq());
    bench::keep(value.load_acquire());
    pin.store_release(0);
  });
}

void guard() {
  FileDomain f;
  auto& t = f.t;
  RootRef atom{};
  {
    const Pin pin(*t.worker);
    atom = bench::atom_with(pin, "counter", int_word(0));
  }
  const double bare = bare_guard();
  print_beside("pin", 1, per_operation([&](std::uint64_t) { const Pin pin(*t.worker); }),
               "an exchange and a store", bare);
  print_beside("read_root under a pin of its own", 1, per_operation([&](std::uint64_t) {
                 const Pin pin(*t.worker);
                 bench::keep(read_root(pin, atom).value);
               }),
               "an exchange and a store", bare);
  print_beside("deref under a pin of its own", 1, per_operation([&](std::uint64_t) {
                 const Pin pin(*t.worker);
                 bench::keep(*deref(pin, atom));
               }),
               "an exchange and a store", bare);
  const Pin pin(*t.worker);
  print_beside("deref under a pin that is there", 1,
               per_operation([&](std::uint64_t) { bench::keep(*deref(pin, atom)); }), "", 0);
}

Word plus_one(Edit&, Word w) { return int_word(small_int(w) + 1); }

void counter() {
  FileDomain f;
  auto& t = f.t;
  RootRef atoms[3];
  {
    const Pin pin(*t.worker);
    for (int i = 0; i < 3; ++i)
      atoms[i] = bench::atom_with(pin, "counter " + std::to_string(i), int_word(0));
  }
  const auto swap_one = [&](std::uint64_t) {
    const Pin pin(*t.worker);
    bench::keep(swap(pin, atoms[0], plus_one).ok());
  };
  const auto commit_two = [&](std::uint64_t) {
    const Pin pin(*t.worker);
    const auto a = read_root(pin, atoms[1]), b = read_root(pin, atoms[2]);
    const Change changes[] = {{atoms[1], a.version, int_word(small_int(a.value) + 1)},
                              {atoms[2], b.version, int_word(small_int(b.value) - 1)}};
    bench::keep(commit(pin, changes));
  };
  const Written both = per_write(t, commit_two, swap_one);
  print_beside("swap counter", 1, both.peer, "", 0);
  print_beside("commit two counters", 2, both.alone, "a swap", both.peer);
}

// A map's values by deref and get, beside finds in a map that is held. The processor looks for the
// next key before it has found the last one; where each key comes from the last value it cannot.
void print_reads(const tests::TestDomain& t, RootRef atom, const std::vector<Word>& keys,
                 std::uint64_t n, Lmdb& peer) {
  Word last = int_word(0);
  std::size_t at = 0;
  const auto any_key = [&] { return keys[at++ & (keys.size() - 1)]; };
  const auto next_key = [&] {  // any too, but known only with the last value
    at += static_cast<std::uint64_t>(small_int(last)) >> 40;
    return any_key();
  };
  const auto get = [&](const auto& key_at) {
    return round_of([&](std::uint64_t) {
      const Pin pin(*t.worker);
      last = Map{read_root(pin, atom).value}.find(pin, key_at());
      bench::keep(last);
    });
  };
  const auto get_under_one_pin = [&] {
    const Pin pin(*t.worker);
    round_of([&](std::uint64_t) {
      last = Map{read_root(pin, atom).value}.find(pin, any_key());
      bench::keep(last);
    })();
  };
  const auto find = [&](const auto& key_at) {
    return [&] {
      const Pin pin(*t.worker);
      const Map map{read_root(pin, atom).value};
      round_of([&](std::uint64_t) {
        last = map.find(pin, key_at());
        bench::keep(last);
      })();
    };
  };
  const auto peer_get = round_of([&](std::uint64_t) { peer.get(); });
  const auto [got, found, peer_got, got_under_one, got_next, found_next] =
      bench::cpu_side_by_side(3 * kRounds, kOperations, get(any_key), find(any_key), peer_get,
                              get_under_one_pin, get(next_key), find(next_key));
  print_beside("deref + get", n, got, "a bare find", found);
  print_beside("deref + get under a pin that is there", n, got_under_one, "a bare find", found);
  print_beside("deref + get, each after the last", n, got_next, "a bare find", found_next);
  print_beside("deref + get", n, got, Lmdb::kHere ? "lmdb" : "", peer_got);
}

void one_map(std::uint64_t n) {
  FileDomain f;
  auto& t = f.t;
  const RootRef atom = bench::map_atom(*t.worker, "map", n);
  Lmdb peer(n);
  const char* const lmdb = Lmdb::kHere ? "lmdb" : "";
  std::mt19937_64 random(1);
  std::vector<Word> keys(std::uint64_t{1} << 20);
  for (Word& key : keys) key = key_word(random() % n);
  print_reads(t, atom, keys, n, peer);

  const auto put = [&](std::uint64_t i) {
    const Word key = key_word(random() % n);
    const Word value = key_word(i + 1);
    const Pin pin(*t.worker);
    bench::keep(swap(pin, atom, [&](Edit& edit, Word w) {
                  return Map{w}.assoc(edit, key, value).word;
                }).ok());
  };
  const auto peer_put = [&](std::uint64_t i) { peer.put(i); };
  const Written written = per_write(t, put, peer_put);
  print_beside("swap assoc", n, written.alone, lmdb, written.peer);
  print_beside("swap assoc and a cycle every 20,000", n, written.with_cycles, lmdb, written.peer);
  std::vector<double> times = each_operation(kOperations, put);
  std::vector<double> peer_times = each_operation(kOperations, peer_put);
  for (const int p : {50, 99}) {
    print_beside("swap assoc, p" + std::to_string(p), n, bench::percentile(times, p), lmdb,
                 bench::percentile(peer_times, p));
  }

  if (n > 1'000) return;
  const RootRef others[] = {bench::map_atom(*t.worker, "other", n),
                            bench::map_atom(*t.worker, "third", n)};
  const auto commit_two = [&](std::uint64_t i) {
    const Word key = key_word(random() % n);
    const Word value = key_word(i + 1);
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    const auto a = read_root(pin, others[0]), b = read_root(pin, others[1]);
    const Change changes[] = {{others[0], a.version, Map{a.value}.assoc(edit, key, value).word},
                              {others[1], b.version, Map{b.value}.assoc(edit, key, value).word}};
    bench::keep(commit(pin, changes));
  };
  const Written both = per_write(t, commit_two, put);
  print_beside("commit two maps", n, both.alone, "a swap", both.peer);
}

void map() {
  one_map(1'000);
  one_map(1'000'000);
}

double snapshot_of(tests::TestDomain& t) {
  return per_operation([&](std::uint64_t) {
    const Pin pin(*t.worker);
    auto snapshot = substrate::Snapshot::take(pin);
    bench::keep(snapshot.ok());
  });
}

void snapshot() {
  constexpr std::uint64_t kAtoms = 1'000'000;
  FileDomain f;
  auto& t = f.t;
  const double of_one = snapshot_of(t);
  for (std::uint64_t i = 0; i < kAtoms; ++i) {
    const Pin pin(*t.worker);
    const auto fresh = new_root(pin, substrate::RootKind::kAtom);
    substrate::check(fresh.ok(), "a root for the bench");
    const Change change[] = {{fresh->ref, fresh->expected, key_word(i)}};
    bench::keep(commit(pin, change));
  }
  print_beside("snapshot, taken and dropped", kAtoms, snapshot_of(t), "of one atom", of_one);
}

// An existing file of n MiB, opened to a value found in it; and how much an empty one takes.
void open() {
  constexpr std::uint64_t kMegabytes = 1024;
  const tests::Scratch scratch;
  const std::string path = scratch.file("large.yin");
  {
    tests::TestDomain t({.path = path});
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    const std::string text(kMiB / 4, 'x');
    std::vector<Word> items;
    for (std::uint64_t i = 0; i < 4 * kMegabytes; ++i) items.push_back(from_string(edit, text));
    (void)bench::atom_with(pin, "large", substrate::Vector::from(edit, items).word);
  }
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) {
    const double began = bench::wall_ns();
    tests::TestDomain t({.path = path, .mode = substrate::OpenMode::kJoin});
    const Pin pin(*t.worker);
    const RootRef atom = bench::atom_with(pin, "large", substrate::kNil);
    const substrate::StringView text(pin, substrate::Vector{*deref(pin, atom)}.nth(pin, 1000));
    substrate::check(text.view().back() == 'x', "a value of the bench");
    times.push_back((bench::wall_ns() - began) / 1e6);
  }
  print(Figure{.bench = "atom",
               .name = "open, to the first value",
               .n = kMegabytes,
               .value = bench::median(times),
               .unit = "ms"});
  const tests::TestDomain empty({.path = scratch.file("empty.yin")});
  struct stat s = {};
  substrate::check(::stat(scratch.file("empty.yin").c_str(), &s) == 0, "stat");
  print(Figure{.bench = "atom",
               .name = "an empty domain on disk",
               .n = 0,
               .value = static_cast<double>(s.st_blocks) * 512 / 1024,
               .unit = "KiB"});
}

struct Part {
  std::string_view name;
  void (*run)();
};
constexpr Part kParts[] = {
    {"guard", guard}, {"counter", counter}, {"map", map}, {"snapshot", snapshot}, {"open", open}};

}  // namespace

int main(int count, char** names) {
  for (const Part& part : kParts) {
    if (count == 1 || std::find(names + 1, names + count, part.name) != names + count) part.run();
  }
  return 0;
}
