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

double per_operation(const auto& operation) {
  return bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) operation(i);
  });
}

// What a writing operation costs alone, and with a cycle every kOperations of them: memory is
// recycled, as it is in a domain that has been at work for a while.
struct Written {
  double alone, with_cycles;
};
Written per_write(const tests::TestDomain& t, const auto& operation) {
  std::vector<double> alone, with_cycles;
  for (int round = 0; round < kRounds + 2; ++round) {
    const double began = bench::cpu_ns();
    for (std::uint64_t i = 0; i < kOperations; ++i) operation(i);
    const double written = bench::cpu_ns();
    (void)collect(*t.worker).ok();
    if (round < 2) continue;  // until memory is recycled
    alone.push_back((written - began) / kOperations);
    with_cycles.push_back((bench::cpu_ns() - began) / kOperations);
  }
  return {bench::median(alone), bench::median(with_cycles)};
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
  if (peer_value > 0) {
    figure.peer = peer;
    figure.peer_value = peer_value;
  }
  print(figure);
}

// ---- LMDB ---------------------------------------------------------------------------------------

// A write transaction (NOSYNC | WRITEMAP) and a read of one key among n; zeros without it.
struct Lmdb {
  double put = 0, put_p50 = 0, put_p99 = 0, get = 0;
};
#ifdef YIN_PEER_LMDB
Lmdb lmdb(std::uint64_t n) {
  const tests::Scratch scratch;
  const auto folder = scratch.file("lmdb");
  std::filesystem::create_directory(folder);
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  mdb_env_create(&env);
  mdb_env_set_mapsize(env, std::size_t{1} << 30);
  const int opened = mdb_env_open(env, folder.c_str(), MDB_NOSYNC | MDB_WRITEMAP, 0600);
  substrate::check(opened == 0, "the peer's database did not open");
  mdb_txn_begin(env, nullptr, 0, &txn);
  mdb_dbi_open(txn, nullptr, MDB_CREATE | MDB_INTEGERKEY, &dbi);
  std::uint64_t key_bits = 0, value_bits = 0;
  MDB_val key = {8, &key_bits}, value = {8, &value_bits};
  for (key_bits = 0; key_bits < n; ++key_bits) mdb_put(txn, dbi, &key, &value, 0);
  mdb_txn_commit(txn);
  std::mt19937_64 random(1);
  const auto put = [&](std::uint64_t i) {
    key_bits = random() % n;
    value_bits = i;
    mdb_txn_begin(env, nullptr, 0, &txn);
    mdb_put(txn, dbi, &key, &value, 0);
    mdb_txn_commit(txn);
  };
  Lmdb result;
  result.put = per_operation(put);
  std::vector<double> times = each_operation(kOperations, put);
  result.put_p50 = bench::percentile(times, 50);
  result.put_p99 = bench::percentile(times, 99);
  mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn);
  mdb_txn_reset(txn);
  result.get = per_operation([&](std::uint64_t) {
    key_bits = random() % n;
    mdb_txn_renew(txn);
    MDB_val found;
    mdb_get(txn, dbi, &key, &found);
    bench::keep(found);
    mdb_txn_reset(txn);
  });
  mdb_txn_abort(txn);
  mdb_env_close(env);
  return result;
}
#else
Lmdb lmdb(std::uint64_t) { return {}; }
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
  const Written swapped = per_write(t, [&](std::uint64_t) {
    const Pin pin(*t.worker);
    bench::keep(swap(pin, atoms[0], plus_one).ok());
  });
  print_beside("swap counter", 1, swapped.alone, "", 0);
  const Written both = per_write(t, [&](std::uint64_t) {
    const Pin pin(*t.worker);
    const auto a = read_root(pin, atoms[1]), b = read_root(pin, atoms[2]);
    const Change changes[] = {{atoms[1], a.version, int_word(small_int(a.value) + 1)},
                              {atoms[2], b.version, int_word(small_int(b.value) - 1)}};
    bench::keep(commit(pin, changes));
  });
  print_beside("commit two counters", 2, both.alone, "a swap", swapped.alone);
}

void one_map(std::uint64_t n) {
  FileDomain f;
  auto& t = f.t;
  const RootRef atom = bench::map_atom(*t.worker, "map", n);
  const Lmdb peer = lmdb(n);
  std::mt19937_64 random(1);
  const double get = per_operation([&](std::uint64_t) {
    const Pin pin(*t.worker);
    bench::keep(Map{read_root(pin, atom).value}.find(pin, key_word(random() % n)));
  });
  double find = 0;
  {
    const Pin pin(*t.worker);
    const Map map{read_root(pin, atom).value};
    find =
        per_operation([&](std::uint64_t) { bench::keep(map.find(pin, key_word(random() % n))); });
  }
  print_beside("deref + get", n, get, "a bare find", find);
  print_beside("deref + get", n, get, "lmdb", peer.get);

  const auto put = [&](std::uint64_t i) {
    const Word key = key_word(random() % n);
    const Word value = key_word(i + 1);
    const Pin pin(*t.worker);
    bench::keep(swap(pin, atom, [&](Edit& edit, Word w) {
                  return Map{w}.assoc(edit, key, value).word;
                }).ok());
  };
  const Written written = per_write(t, put);
  print_beside("swap assoc", n, written.alone, "lmdb", peer.put);
  print_beside("swap assoc and a cycle every 20,000", n, written.with_cycles, "lmdb", peer.put);
  std::vector<double> times = each_operation(kOperations, put);
  print_beside("swap assoc, p50", n, bench::percentile(times, 50), "lmdb", peer.put_p50);
  print_beside("swap assoc, p99", n, bench::percentile(times, 99), "lmdb", peer.put_p99);

  if (n > 1'000) return;
  const RootRef others[] = {bench::map_atom(*t.worker, "other", n),
                            bench::map_atom(*t.worker, "third", n)};
  const Written both = per_write(t, [&](std::uint64_t i) {
    const Word key = key_word(random() % n);
    const Word value = key_word(i + 1);
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    const auto a = read_root(pin, others[0]), b = read_root(pin, others[1]);
    const Change changes[] = {{others[0], a.version, Map{a.value}.assoc(edit, key, value).word},
                              {others[1], b.version, Map{b.value}.assoc(edit, key, value).word}};
    bench::keep(commit(pin, changes));
  });
  print_beside("commit two maps", n, both.alone, "a swap", written.alone);
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
