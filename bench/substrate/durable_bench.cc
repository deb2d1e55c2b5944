// What does it cost to make a commit durable? One writer alone, and many who wait together; beside
// one fdatasync of a changed page, and LMDB's durable transaction when it is there. Wall time: the
// disk is what counts.

#include <barrier>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include <fcntl.h>
#include <unistd.h>

#ifdef YIN_PEER_LMDB
#include <lmdb.h>
#endif

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/checkpoint.h"
#include "bench/support/atoms.h"
#include "bench/support/report.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using substrate::check;
using substrate::int_word;
using substrate::Pin;

constexpr int kRounds = 5;
constexpr int kCommits = 100;
constexpr int kWriters = 48;  // a process has 64 workers at most

void add_one(substrate::Worker& worker, substrate::RootRef ref) {
  const Pin pin(worker);
  const auto swapped = swap(pin, ref, [](substrate::Edit&, substrate::Word w) {
    return int_word(substrate::small_int(w) + 1);
  });
  check(swapped.ok(), "no swap");
}

template <class Work>
double wall_per_operation(int operations, Work&& work) {
  const double began = bench::wall_ns();
  for (int i = 0; i < operations; ++i) work(i);
  return (bench::wall_ns() - began) / operations;
}

double sync_alone(const tests::Scratch& scratch) {
  const int file = ::open(scratch.file("page").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::vector<char> page(4096, 'x');
  check(::pwrite(file, page.data(), page.size(), 0) == 4096 && ::fsync(file) == 0, "no file");
  const double ns = wall_per_operation(kCommits, [&](int i) {
    page[0] = static_cast<char>(i);
    check(::pwrite(file, page.data(), page.size(), 0) == 4096 && ::fdatasync(file) == 0, "no sync");
  });
  ::close(file);
  return ns;
}

#ifdef YIN_PEER_LMDB
double lmdb_alone(const tests::Scratch& scratch) {
  const std::string folder = scratch.file("lmdb");
  std::filesystem::create_directory(folder);
  MDB_env* env = nullptr;
  mdb_env_create(&env);
  mdb_env_set_mapsize(env, std::size_t{1} << 28);
  check(mdb_env_open(env, folder.c_str(), 0, 0600) == 0, "no LMDB");
  const double ns = wall_per_operation(kCommits, [&](int i) {
    MDB_txn* txn = nullptr;
    MDB_dbi dbi = 0;
    mdb_txn_begin(env, nullptr, 0, &txn);
    mdb_dbi_open(txn, nullptr, MDB_CREATE | MDB_INTEGERKEY, &dbi);
    std::size_t bits = 1;
    MDB_val key{sizeof bits, &bits};
    MDB_val value{sizeof i, &i};
    mdb_put(txn, dbi, &key, &value, 0);
    check(mdb_txn_commit(txn) == 0, "no commit");
  });
  mdb_env_close(env);
  std::filesystem::remove_all(folder);
  return ns;
}
#else
double lmdb_alone(const tests::Scratch&) { return 0; }
#endif

// Nanoseconds a durable commit of each of many writers, and how many of them a write carries.
struct Group {
  double each = 0;
  double shared = 0;
};
Group group(substrate::Domain& domain) {
  constexpr int kEach = 40;
  std::barrier ready(kWriters + 1);
  std::vector<std::thread> threads;
  std::vector<std::set<std::uint64_t>> writes(kWriters);  // by the instant that became durable
  for (int t = 0; t < kWriters; ++t) {
    threads.emplace_back([&domain, &ready, &mine = writes[static_cast<std::size_t>(t)], t] {
      const auto worker = tests::join(domain);
      const auto ref = bench::counter(*worker, "writer " + std::to_string(t));
      check(wait_durable(*worker, visible_clock(domain)).ok(), "not durable");
      ready.arrive_and_wait();
      for (int i = 0; i < kEach; ++i) {
        add_one(*worker, ref);
        check(wait_durable(*worker, visible_clock(domain)).ok(), "not durable");
        mine.insert(domain.state().durable_clock.load_seq());
      }
    });
  }
  ready.arrive_and_wait();
  const double began = bench::wall_ns();
  for (std::thread& t : threads) t.join();
  const double commits = 1.0 * kWriters * kEach;
  const double each = (bench::wall_ns() - began) / commits;
  std::set<std::uint64_t> all;
  for (const auto& some : writes) all.insert(some.begin(), some.end());
  return {each, commits / static_cast<double>(all.size())};
}

void print(const std::string& name, std::uint64_t n, double value, const std::string& peer,
           double peer_value) {
  bench::print({.bench = "durable",
                .name = name,
                .n = n,
                .value = value,
                .peer = peer,
                .peer_value = peer_value});
}

}  // namespace

int main() {
  const tests::Scratch scratch;
  const auto domain = tests::open_domain({.path = scratch.file("bench.yin")});
  const auto worker = tests::join(*domain);
  const auto ref = bench::counter(*worker, "one");
  check(checkpoint(*worker).ok(), "no checkpoint");
  std::vector<double> one, sync, lmdb;
  std::vector<double> each, shared;
  for (int round = 0; round < kRounds; ++round) {
    sync.push_back(sync_alone(scratch));
    lmdb.push_back(lmdb_alone(scratch));
    one.push_back(wall_per_operation(kCommits, [&](int) {
      add_one(*worker, ref);
      check(wait_durable(*worker, visible_clock(*domain)).ok(), "not durable");
    }));
    const Group together = group(*domain);
    each.push_back(together.each);
    shared.push_back(together.shared);
  }
  const double fdatasync = bench::median(sync);
  print("one durable commit", 1, bench::median(one), "fdatasync", fdatasync);
#ifdef YIN_PEER_LMDB
  print("one durable commit", 1, bench::median(one), "lmdb", bench::median(lmdb));
#endif
  print("a durable commit among many", kWriters, bench::median(each), "fdatasync", fdatasync);
  print("a write for many", kWriters, bench::median(each) * bench::median(shared), "fdatasync",
        fdatasync);
  bench::print({.bench = "durable",
                .name = "commits a write",
                .n = kWriters,
                .value = bench::median(shared),
                .unit = "commits"});
}
