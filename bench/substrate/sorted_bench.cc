// What do insert, find and range scans of a sorted map with integer keys cost, beside the ordered
// maps one would use instead? (Expected at 1e6, where nodes above the leaves stay in the cache:
// find one miss or two, 150 ns; insert into a transient 300 ns, a persistent one 600 ns, since it
// copies 1.5 KiB; a scan is bounded by the memory's bandwidth, 2 to 4 ns an entry.)
//
// The map stands in the slab; what a persistent insert makes goes to the nursery, which is reset
// every MiB or so, as in the slices of an agent. std::map and absl::btree_map are mutable and have
// pointers; Boost.Interprocess' map has offset pointers in one segment, as we have; LMDB is a
// B+ tree in a mapped file, all inserts in one transaction, without syncs.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#ifdef YIN_PEER_ABSL
#include <absl/container/btree_map.h>
#endif
#ifdef YIN_PEER_BOOST
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/map.hpp>
#include <boost/interprocess/managed_heap_memory.hpp>
#endif
#ifdef YIN_PEER_LMDB
#include <lmdb.h>
#endif

#include "substrate/nursery.h"
#include "substrate/sorted_map.h"
#include "substrate/value.h"
#include "substrate/worker.h"
#include "bench/support/report.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr int kRounds = 5;
constexpr std::uint64_t kOperations = 500'000;  // a round

using Keys = std::vector<std::int64_t>;

// Batches, so that the virtual call does not count.
class Peer {
 public:
  explicit Peer(std::string name) : name_(std::move(name)) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

  virtual void fill(const Keys& keys) = 0;  // from empty
  virtual void find(const Keys& keys) = 0;
  virtual void scan_all() = 0;
  virtual void scan(const Keys& from, int entries) = 0;

 private:
  std::string name_;
};

template <class M>
class MapPeer : public Peer {
 public:
  template <class Make>
  MapPeer(std::string name, Make make) : Peer(std::move(name)), make_(make), map_(make()) {}

  void fill(const Keys& keys) override {
    map_.reset();
    map_ = make_();
    for (const std::int64_t k : keys) map_->emplace(k, k);
  }
  void find(const Keys& keys) override {
    for (const std::int64_t k : keys) keep(map_->find(k)->second);
  }
  void scan_all() override {
    std::int64_t sum = 0;
    for (const auto& [key, value] : *map_) sum += value;
    keep(sum);
  }
  void scan(const Keys& from, int entries) override {
    for (const std::int64_t k : from) {
      std::int64_t sum = 0;
      auto at = map_->lower_bound(k);
      for (int i = 0; i < entries && at != map_->end(); ++i, ++at) sum += at->second;
      keep(sum);
    }
  }

 private:
  std::function<std::unique_ptr<M>()> make_;
  std::unique_ptr<M> map_;
};

#ifdef YIN_PEER_BOOST
namespace ipc = boost::interprocess;
using SegmentAllocator = ipc::allocator<std::pair<const std::int64_t, std::int64_t>,
                                        ipc::managed_heap_memory::segment_manager>;
using SegmentMap = ipc::map<std::int64_t, std::int64_t, std::less<>, SegmentAllocator>;

// The segment and the map in it.
class BoostMap {
 public:
  explicit BoostMap(std::uint64_t n)
      : segment_(n * 96 + (1 << 20)), map_(std::less<>(), segment_.get_segment_manager()) {}
  void emplace(std::int64_t k, std::int64_t v) { map_.emplace(k, v); }
  auto find(std::int64_t k) { return map_.find(k); }
  auto lower_bound(std::int64_t k) { return map_.lower_bound(k); }
  auto begin() { return map_.begin(); }
  auto end() { return map_.end(); }

 private:
  ipc::managed_heap_memory segment_;
  SegmentMap map_;
};
#endif

#ifdef YIN_PEER_LMDB
class LmdbPeer : public Peer {
 public:
  LmdbPeer() : Peer("lmdb") {
    check(mdb_env_create(&env_) == 0, "lmdb");
    check(mdb_env_set_mapsize(env_, std::size_t{1} << 30) == 0, "lmdb");
    check(mdb_env_open(env_, scratch_.file("lmdb").c_str(),
                       MDB_NOSYNC | MDB_WRITEMAP | MDB_NOSUBDIR, 0600) == 0,
          "lmdb");
  }
  ~LmdbPeer() override {
    if (read_ != nullptr) mdb_txn_abort(read_);
    mdb_env_close(env_);
  }
  void fill(const Keys& keys) override {
    if (read_ != nullptr) mdb_txn_abort(read_);
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn) == 0, "lmdb");
    check(mdb_dbi_open(txn, nullptr, MDB_INTEGERKEY, &dbi_) == 0, "lmdb");
    check(mdb_drop(txn, dbi_, 0) == 0, "lmdb");
    for (const std::int64_t k : keys) {
      std::int64_t value = k;
      std::uint64_t key = static_cast<std::uint64_t>(k);
      MDB_val at{sizeof key, &key};
      MDB_val data{sizeof value, &value};
      check(mdb_put(txn, dbi_, &at, &data, 0) == 0, "lmdb");
    }
    check(mdb_txn_commit(txn) == 0, "lmdb");
    check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &read_) == 0, "lmdb");
  }
  void find(const Keys& keys) override {
    for (const std::int64_t k : keys) {
      std::uint64_t key = static_cast<std::uint64_t>(k);
      MDB_val at{sizeof key, &key};
      MDB_val data{};
      check(mdb_get(read_, dbi_, &at, &data) == 0, "lmdb");
      keep(*static_cast<std::int64_t*>(data.mv_data));
    }
  }
  void scan_all() override {
    MDB_val at{};
    run(at, MDB_FIRST, ~0U);
  }
  void scan(const Keys& from, int entries) override {
    for (const std::int64_t k : from) {
      std::uint64_t key = static_cast<std::uint64_t>(k);
      MDB_val at{sizeof key, &key};
      run(at, MDB_SET_RANGE, static_cast<unsigned>(entries));
    }
  }

 private:
  void run(MDB_val at, MDB_cursor_op first, unsigned entries) {
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(read_, dbi_, &cursor) == 0, "lmdb");
    std::int64_t sum = 0;
    MDB_val data{};
    MDB_cursor_op op = first;
    for (unsigned i = 0; i < entries && mdb_cursor_get(cursor, &at, &data, op) == 0; ++i) {
      sum += *static_cast<std::int64_t*>(data.mv_data);
      op = MDB_NEXT;
    }
    mdb_cursor_close(cursor);
    keep(sum);
  }
  yin::tests::Scratch scratch_;
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  MDB_txn* read_ = nullptr;
};
#endif

std::vector<std::unique_ptr<Peer>> peers_for(std::uint64_t n) {
  std::vector<std::unique_ptr<Peer>> peers;
  const auto add = [&]<class M>(const char* name, M*, auto make) {
    peers.push_back(std::make_unique<MapPeer<M>>(name, make));
  };
  using Std = std::map<std::int64_t, std::int64_t>;
  add("std::map", static_cast<Std*>(nullptr), [] { return std::make_unique<Std>(); });
#ifdef YIN_PEER_ABSL
  using Absl = absl::btree_map<std::int64_t, std::int64_t>;
  add("absl::btree_map", static_cast<Absl*>(nullptr), [] { return std::make_unique<Absl>(); });
#endif
#ifdef YIN_PEER_BOOST
  add("boost interprocess", static_cast<BoostMap*>(nullptr),
      [n] { return std::make_unique<BoostMap>(n); });
#endif
#ifdef YIN_PEER_LMDB
  peers.push_back(std::make_unique<LmdbPeer>());
#endif
  return peers;
}

class SortedBench {
 public:
  explicit SortedBench(std::uint64_t n)
      : n_(n),
        pin_(*t_.worker),
        slab_(Edit::in_slab(pin_)),
        nursery_(Edit::in_nursery(pin_)),
        peers_(peers_for(n)) {
    std::mt19937_64 random(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      keys_.push_back(static_cast<std::int64_t>(random() >> 20 << 1));
      entries_.push_back({int_word(keys_.back()), int_word(static_cast<std::int64_t>(i))});
    }
    for (std::uint64_t i = 0; i < kOperations; ++i) any_.push_back(keys_[random() % n]);
    few_.assign(any_.begin(), any_.begin() + 5000);
    map_ = filled(slab_);
    for (const auto& peer : peers_) peer->fill(keys_);
  }

  void run() {
    const std::uint64_t fills = std::max<std::uint64_t>(1, 200'000 / n_);
    const std::uint64_t rounds = std::max<std::uint64_t>(1, kOperations / n_);
    measure(
        "insert", fills * n_,
        [&] {
          for (std::uint64_t i = 0; i < fills; ++i) {
            t_.worker->nursery().reset();
            keep(filled(nursery_).word.bits);
          }
        },
        [&](Peer& peer) {
          for (std::uint64_t i = 0; i < fills; ++i) peer.fill(keys_);
        });
    measure(
        "find", kOperations,
        [&] {
          for (const std::int64_t k : any_) keep(map_.find(pin_, int_word(k)).bits);
        },
        [&](Peer& peer) { peer.find(any_); });
    measure(
        "scan", rounds * n_,
        [&] {
          for (std::uint64_t i = 0; i < rounds; ++i) scan({}, Direction::kAscending, ~0U);
        },
        [&](Peer& peer) {
          for (std::uint64_t i = 0; i < rounds; ++i) peer.scan_all();
        });
    alone("scan descending", rounds * n_, [&] {
      for (std::uint64_t i = 0; i < rounds; ++i) scan({}, Direction::kDescending, ~0U);
    });
    measure(
        "scan 100 from a key", few_.size() * 100,
        [&] {
          for (const std::int64_t k : few_) scan({.from = int_word(k)}, Direction::kAscending, 100);
        },
        [&](Peer& peer) { peer.scan(few_, 100); });
    alone("assoc new", kOperations, [&] {
      each([&](Word key) { return map_.assoc(nursery_, Word{key.bits + 2}, kNil).word; });
    });
    alone("assoc existing", kOperations,
          [&] { each([&](Word key) { return map_.assoc(nursery_, key, kNil).word; }); });
    alone("dissoc", kOperations,
          [&] { each([&](Word key) { return map_.dissoc(nursery_, key).word; }); });
    alone("nth", kOperations, [&] {
      for (std::uint64_t i = 0; i < kOperations; ++i)
        keep(map_.nth(pin_, static_cast<std::uint64_t>(any_[i]) % map_.count(pin_)).value.bits);
    });
    alone("bulk, unsorted", fills * n_, [&] {
      for (std::uint64_t i = 0; i < fills; ++i) {
        t_.worker->nursery().reset();
        keep(SortedMap::from(nursery_, entries_).word.bits);
      }
    });
    bytes();
  }

 private:
  SortedMap filled(Edit& edit) {
    TransientSortedMap all(edit, SortedMap());
    for (const MapEntry& e : entries_) all.assoc(e.key, e.value);
    return all.persistent();
  }
  void scan(const KeyRange& range, Direction direction, unsigned entries) {
    std::uint64_t sum = 0;
    for (SortedMapIterator it(pin_, map_, range, direction); !it.done() && entries > 0; it.next()) {
      sum += it.entry().value.bits;
      --entries;
    }
    keep(sum);
  }
  template <class Work>
  void each(const Work& work) {
    std::uint32_t step = 0;
    for (const std::int64_t k : any_) {
      if (step++ % 512 == 0) t_.worker->nursery().reset();
      keep(work(int_word(k)).bits);
    }
  }

  // Everyone takes turns, round by round.
  template <class Ours, class Theirs>
  void measure(const char* name, std::uint64_t operations, const Ours& ours, const Theirs& theirs) {
    std::vector<double> times;
    std::vector<std::vector<double>> peer_times(peers_.size());
    for (int i = 0; i < kRounds; ++i) {
      times.push_back(cpu_per_operation(1, operations, ours));
      for (std::size_t p = 0; p < peers_.size(); ++p)
        peer_times[p].push_back(cpu_per_operation(1, operations, [&] { theirs(*peers_[p]); }));
    }
    for (std::size_t p = 0; p < peers_.size(); ++p) {
      print({"sorted", name, n_, median(times), "ns", peers_[p]->name(), median(peer_times[p])});
    }
  }
  template <class Ours>
  void alone(const char* name, std::uint64_t operations, const Ours& ours) {
    print({"sorted", name, n_, cpu_per_operation(kRounds, operations, ours)});
  }

  void bytes() {
    Nursery& nursery = t_.worker->nursery();
    nursery.reset();
    keep(SortedMap::from(nursery_, entries_).word.bits);
    print({"sorted", "bytes an entry, bulk", n_,
           static_cast<double>(nursery.used_bytes()) / static_cast<double>(n_), "bytes"});
    nursery.reset();
    for (std::size_t i = 0; i < 1000; ++i)
      keep(map_.assoc(nursery_, int_word(any_[i] + 1), kNil).word.bits);
    print({"sorted", "bytes an assoc", n_, static_cast<double>(nursery.used_bytes()) / 1000,
           "bytes"});
    nursery.reset();
  }

  std::uint64_t n_;
  yin::tests::TestDomain t_;
  Pin pin_;
  Edit slab_;
  Edit nursery_;
  std::vector<std::unique_ptr<Peer>> peers_;
  Keys keys_;
  Keys any_;
  Keys few_;
  std::vector<MapEntry> entries_;
  SortedMap map_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {1'000, 100'000, 1'000'000}) SortedBench(n).run();
}
