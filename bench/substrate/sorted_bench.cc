// What do insert, find and range scans of a sorted map with integer keys cost, beside the ordered
// maps one would use instead? (Expected at 1e6, where nodes above the leaves stay in the cache:
// find one miss or two, 150 ns; insert into a transient 300 ns, a persistent one 600 ns, since it
// copies 1.5 KiB; a scan is bounded by the memory's bandwidth, 2 to 4 ns an entry.)
//
// All maps are loaded in the order of their keys, which fills their nodes; inserts go to random
// places of them, 1e5 at most. The rows of a grown map are of one that came of inserts, whose nodes
// have room. std::map and absl::btree_map are mutable and have
// pointers; Boost.Interprocess' map has offset pointers in one segment, as we have; LMDB is a
// B+ tree in a mapped file, all inserts of a round in one transaction,
// without syncs.

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

#include "substrate/check.h"
#include "substrate/sorted_map.h"
#include "substrate/value.h"
#include "bench/support/collection.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr std::uint64_t kOperations = 500'000;  // a round
constexpr std::uint64_t kInserts = 100'000;

using Keys = std::vector<std::int64_t>;

// Batches, so that the virtual call does not count.
class Peer {
 public:
  explicit Peer(std::string name) : name_(std::move(name)) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

  virtual void load(const Keys& keys) = 0;  // sorted, into an empty map
  virtual void insert(const Keys& keys) = 0;
  virtual void erase(const Keys& keys) = 0;  // as far as they are there
  virtual void find(const Keys& keys) = 0;
  virtual void scan_all() = 0;
  virtual void scan(const Keys& from, int entries) = 0;

 private:
  std::string name_;
};

template <class M>
class MapPeer : public Peer {
 public:
  MapPeer(std::string name, std::unique_ptr<M> map) : Peer(std::move(name)), map_(std::move(map)) {}

  void load(const Keys& keys) override {
    for (const std::int64_t k : keys) map_->emplace_hint(map_->end(), k, k);
  }
  void insert(const Keys& keys) override {
    for (const std::int64_t k : keys) map_->emplace(k, k);
  }
  void erase(const Keys& keys) override {
    for (const std::int64_t k : keys) map_->erase(k);
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
      : segment_((n + kInserts) * 96 + (1 << 20)),
        map_(std::less<>(), segment_.get_segment_manager()) {}
  void emplace(std::int64_t k, std::int64_t v) { map_.emplace(k, v); }
  template <class At>
  void emplace_hint(At at, std::int64_t k, std::int64_t v) {
    map_.emplace_hint(at, k, v);
  }
  void erase(std::int64_t k) { map_.erase(k); }
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
  void load(const Keys& keys) override { insert(keys); }
  void insert(const Keys& keys) override {
    write([&](MDB_txn* txn) {
      for (const std::int64_t k : keys) {
        std::int64_t value = k;
        std::uint64_t key = static_cast<std::uint64_t>(k);
        MDB_val at{sizeof key, &key};
        MDB_val data{sizeof value, &value};
        check(mdb_put(txn, dbi_, &at, &data, 0) == 0, "lmdb");
      }
    });
  }
  void erase(const Keys& keys) override {
    write([&](MDB_txn* txn) {
      for (const std::int64_t k : keys) {
        std::uint64_t key = static_cast<std::uint64_t>(k);
        MDB_val at{sizeof key, &key};
        const int done = mdb_del(txn, dbi_, &at, nullptr);
        check(done == 0 || done == MDB_NOTFOUND, "lmdb");
      }
    });
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
  template <class Work>
  void write(const Work& work) {
    if (read_ != nullptr) mdb_txn_abort(read_);
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn) == 0, "lmdb");
    check(mdb_dbi_open(txn, nullptr, MDB_INTEGERKEY, &dbi_) == 0, "lmdb");
    work(txn);
    check(mdb_txn_commit(txn) == 0, "lmdb");
    check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &read_) == 0, "lmdb");
  }

  yin::tests::Scratch scratch_;
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  MDB_txn* read_ = nullptr;
};
#endif

std::vector<std::unique_ptr<Peer>> peers_for(std::uint64_t n) {
  std::vector<std::unique_ptr<Peer>> peers;
  const auto add = [&]<class M>(const char* name, std::unique_ptr<M> map) {
    peers.push_back(std::make_unique<MapPeer<M>>(name, std::move(map)));
  };
  add("std::map", std::make_unique<std::map<std::int64_t, std::int64_t>>());
#ifdef YIN_PEER_ABSL
  add("absl::btree_map", std::make_unique<absl::btree_map<std::int64_t, std::int64_t>>());
#endif
#ifdef YIN_PEER_BOOST
  add("boost interprocess", std::make_unique<BoostMap>(n));
#endif
#ifdef YIN_PEER_LMDB
  peers.push_back(std::make_unique<LmdbPeer>());
#endif
  return peers;
}

class SortedBench : Collection {
 public:
  explicit SortedBench(std::uint64_t n) : Collection("sorted", n), peers_(peers_for(n)) {
    std::mt19937_64 random(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      keys_.push_back(static_cast<std::int64_t>(random() >> 20 << 1));
      entries_.push_back({int_word(keys_.back()), int_word(static_cast<std::int64_t>(i))});
    }
    for (std::uint64_t i = 0; i < kOperations; ++i) any_.push_back(keys_[random() % n]);
    few_.assign(any_.begin(), any_.begin() + 5000);
    const std::uint64_t inserts = std::min(n, kInserts);
    for (std::uint64_t i = 0; i < inserts; ++i) new_.push_back(keys_[i] + 1);
    map_ = SortedMap::from(slab_, entries_);
    grown_ = grow(slab_);
    std::sort(keys_.begin(), keys_.end());
    for (const auto& peer : peers_) peer->load(keys_);
  }

  void run() {
    const std::uint64_t walks = times_for(kOperations);
    measure(
        "insert", new_.size(), [&] { insert(map_); },
        rivals([this](Peer& peer) { peer.insert(new_); },
               [this](Peer& peer) { peer.erase(new_); }));
    for (const auto& peer : peers_) peer->erase(new_);
    measure("insert, from empty", n_, [&] {
      reset();
      keep(grow(nursery_).word.bits);
    });
    measure("insert, grown", new_.size(), [&] { insert(grown_); });
    measure(
        "find", kOperations,
        [&] {
          for (const std::int64_t k : any_) keep(map_.find(pin_, int_word(k)).bits);
        },
        rivals([this](Peer& peer) { peer.find(any_); }));
    const auto scan_all = [&](Direction direction) {
      repeat(walks, [&](std::uint64_t) { scan({}, direction, ~0U); });
    };
    measure(
        "scan", walks * n_, [&] { scan_all(Direction::kAscending); },
        rivals([walks](Peer& peer) { repeat(walks, [&](std::uint64_t) { peer.scan_all(); }); }));
    measure("scan descending", walks * n_, [&] { scan_all(Direction::kDescending); });
    measure(
        "scan 100 from a key", few_.size() * 100,
        [&] {
          for (const std::int64_t k : few_) scan({.from = int_word(k)}, Direction::kAscending, 100);
        },
        rivals([this](Peer& peer) { peer.scan(few_, 100); }));
    measure("assoc new", kOperations, [&] {
      each([&](Word key) { return map_.assoc(nursery_, Word{key.bits + 2}, kNil); });
    });
    measure("assoc new, grown", kOperations, [&] {
      each([&](Word key) { return grown_.assoc(nursery_, Word{key.bits + 2}, kNil); });
    });
    measure("assoc existing", kOperations,
            [&] { each([&](Word key) { return map_.assoc(nursery_, key, kNil); }); });
    measure("dissoc", kOperations,
            [&] { each([&](Word key) { return map_.dissoc(nursery_, key); }); });
    measure("nth", kOperations, [&] {
      for (const std::int64_t k : any_)
        keep(map_.nth(pin_, static_cast<std::uint64_t>(k) % n_).value.bits);
    });
    const std::uint64_t builds = times_for(200'000);
    measure("bulk, unsorted", builds * n_, [&] {
      repeat(builds, [&](std::uint64_t) {
        reset();
        keep(SortedMap::from(nursery_, entries_).word.bits);
      });
    });
    bytes();
  }

 private:
  using PeerWork = std::function<void(Peer&)>;

  std::vector<Rival> rivals(
      const PeerWork& work, const PeerWork& before = [](Peer&) {}) {
    std::vector<Rival> all;
    for (const auto& peer : peers_)
      all.push_back(
          {peer->name(), [&peer, work] { work(*peer); }, [&peer, before] { before(*peer); }});
    return all;
  }
  SortedMap grow(Edit& edit) {
    TransientSortedMap growing(edit, SortedMap());
    for (const MapEntry& e : entries_) growing.assoc(e.key, e.value);
    return growing.persistent();
  }
  void insert(const SortedMap& map) {
    reset();
    TransientSortedMap changing(nursery_, map);
    for (const std::int64_t k : new_) changing.assoc(int_word(k), kNil);
    keep(changing.persistent().word.bits);
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
    std::uint64_t step = 0;
    for (const std::int64_t k : any_) {
      recycle(step++, 512);
      keep(work(int_word(k)).word.bits);
    }
  }
  void bytes() {
    reset();
    keep(SortedMap::from(nursery_, entries_).word.bits);
    print_bytes("bytes an entry, bulk", used_bytes_per(n_));
    reset();
    for (std::size_t i = 0; i < 1000; ++i)
      keep(map_.assoc(nursery_, int_word(any_[i] + 1), kNil).word.bits);
    print_bytes("bytes an assoc", used_bytes_per(1000));
    reset();
  }

  std::vector<std::unique_ptr<Peer>> peers_;
  Keys keys_;
  Keys any_;
  Keys few_;
  Keys new_;
  std::vector<MapEntry> entries_;
  SortedMap map_;
  SortedMap grown_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {1'000, 100'000, 1'000'000}) SortedBench(n).run();
}
