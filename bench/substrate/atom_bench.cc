// What do reading and changing an atom cost? deref, deref + get, swap of a counter and of one key
// of a map, a commit over two atoms; beside LMDB's smallest transactions when it is there.

#include "substrate/atom.h"

#include <filesystem>
#include <functional>
#include <random>

#ifdef YIN_PEER_LMDB
#include <lmdb.h>
#endif

#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using bench::Figure;
using substrate::Change;
using substrate::Edit;
using substrate::int_word;
using substrate::Map;
using substrate::MapEntry;
using substrate::Pin;
using substrate::RootRef;
using substrate::small_int;
using substrate::Word;

constexpr int kRounds = 7;
constexpr std::uint64_t kOperations = 20'000;

Map map_of(Edit& edit, std::uint64_t n) {
  std::vector<MapEntry> entries;
  for (std::uint64_t i = 0; i < n; ++i)
    entries.push_back({int_word(static_cast<std::int64_t>(i)), int_word(0)});
  return Map::from(edit, entries);
}

RootRef atom_with(const Pin& pin, const std::string& name, Word value) {
  auto atom = open_atom(pin, name, value);
  substrate::check(atom.ok(), "an atom for the bench");
  return *atom;
}

// LMDB's smallest write (NOSYNC | WRITEMAP) and read of one key among n, in ns of CPU; 0 without
// it.
struct Lmdb {
  double put = 0, get = 0;
};
#ifdef YIN_PEER_LMDB
Lmdb lmdb(std::uint64_t n) {
  const auto folder = std::filesystem::temp_directory_path() / ("yin-bench-" + std::to_string(n));
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
  Lmdb result;
  result.put = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      key_bits = random() % n;
      mdb_txn_begin(env, nullptr, 0, &txn);
      mdb_put(txn, dbi, &key, &value, 0);
      mdb_txn_commit(txn);
    }
  });
  mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn);
  mdb_txn_reset(txn);
  result.get = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      key_bits = random() % n;
      mdb_txn_renew(txn);
      MDB_val found;
      mdb_get(txn, dbi, &key, &found);
      bench::keep(found);
      mdb_txn_reset(txn);
    }
  });
  mdb_txn_abort(txn);
  mdb_env_close(env);
  std::filesystem::remove_all(folder);
  return result;
}
#else
Lmdb lmdb(std::uint64_t) { return {}; }
#endif

Figure with_peer(Figure f, double peer_value) {
  if (peer_value > 0) {
    f.peer = "lmdb";
    f.peer_value = peer_value;
  }
  return f;
}

void counter(tests::TestDomain& t) {
  RootRef atom{}, other{};
  {
    const Pin pin(*t.worker);
    atom = atom_with(pin, "counter", int_word(0));
    other = atom_with(pin, "other", int_word(0));
  }
  const double read = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      const Pin pin(*t.worker);
      bench::keep(read_root(pin, atom).value);
    }
  });
  print(Figure{.bench = "atom", .name = "deref", .n = 1, .value = read});
  const auto increment = [](Edit&, Word w) { return int_word(small_int(w) + 1); };
  const double swapped = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      const Pin pin(*t.worker);
      (void)swap(pin, atom, increment).ok();
    }
  });
  print(Figure{.bench = "atom", .name = "swap counter", .n = 1, .value = swapped});
  const double both = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      const Pin pin(*t.worker);
      const auto a = read_root(pin, atom), b = read_root(pin, other);
      const Change changes[] = {{atom, a.version, int_word(small_int(a.value) + 1)},
                                {other, b.version, int_word(small_int(b.value) - 1)}};
      bench::keep(commit(pin, changes));
    }
  });
  print(Figure{.bench = "atom",
               .name = "commit two counters",
               .n = 2,
               .value = both,
               .peer = "one",
               .peer_value = swapped});
}

void map_atom(tests::TestDomain& t, std::uint64_t n) {
  RootRef atom{};
  {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    atom = atom_with(pin, "map " + std::to_string(n), map_of(edit, n).word);
  }
  const Lmdb peer = lmdb(n);
  std::mt19937_64 random(1);
  const double get = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      const Pin pin(*t.worker);
      bench::keep(Map{read_root(pin, atom).value}.find(
          pin, int_word(static_cast<std::int64_t>(random() % n))));
    }
  });
  print(with_peer({.bench = "atom", .name = "deref + get", .n = n, .value = get}, peer.get));
  const double put = bench::cpu_per_operation(kRounds, kOperations, [&] {
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      const Word key = int_word(static_cast<std::int64_t>(random() % n));
      const Word value = int_word(static_cast<std::int64_t>(i + 1));
      const Pin pin(*t.worker);
      (void)swap(pin, atom, [&](Edit& edit, Word w) {
        return Map{w}.assoc(edit, key, value).word;
      }).ok();
    }
    (void)collect(*t.worker).ok();  // its cost counts
  });
  print(
      with_peer({.bench = "atom", .name = "swap assoc, a cycle every 20,000", .n = n, .value = put},
                peer.put));
}

}  // namespace

int main() {
  tests::TestDomain t;
  counter(t);
  for (const std::uint64_t n : {std::uint64_t{1'000}, std::uint64_t{1'000'000}}) map_atom(t, n);
  return 0;
}
