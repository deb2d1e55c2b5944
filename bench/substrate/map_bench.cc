// What do find, assoc, building and iteration of maps and sets cost, with integer keys and with
// strings, beside a mutable hash table of the same size? (Expected: find 5 ns and assoc 50 ns at
// 1e3, where all is in the cache; at 1e6 two or three misses a find, and a path of 600 bytes written
// an assoc.)

#include "substrate/map.h"

#include <cstdint>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#ifdef YIN_PEER_ABSL
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#endif

#include "substrate/set.h"
#include "substrate/transient.h"
#include "substrate/value.h"
#include "bench/support/collection.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr std::uint64_t kOperations = 1'000'000;  // a round
constexpr std::uint64_t kMerges = 1'000;
constexpr std::uint64_t kTexts = 1'000'000;

using Keys = std::vector<Word>;

#ifdef YIN_PEER_ABSL
using PeerMap = absl::flat_hash_map<std::uint64_t, std::uint64_t>;
using PeerSet = absl::flat_hash_set<std::uint64_t>;
using PeerTexts = absl::flat_hash_map<std::string, std::uint64_t>;
#else
struct PeerMap {};
struct PeerSet {};
struct PeerTexts {};
#endif

// Of work for a peer, called with it; none if its package is not there.
template <class Peer, class Work>
std::vector<Rival> rival(Peer& peer, const Work& work) {
  if constexpr (std::is_empty_v<Peer>) {
    return {};
  } else {
    return {{"absl", [&peer, work] { work(peer); }}};
  }
}

// The keys of a collection, all in turn, which a branch predictor learns while they are few, and in
// no order, which it cannot.
class Hashed : protected Collection {
 protected:
  Hashed(const char* bench, std::uint64_t n) : Collection(bench, n) {
    std::mt19937_64 random(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      keys_.push_back(int_word(static_cast<std::int64_t>(random() >> 20)));
      entries_.push_back({keys_.back(), int_word(static_cast<std::int64_t>(i))});
    }
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      any_.push_back(keys_[random() % n]);
      turns_.push_back(keys_[i % n]);
    }
  }
  ~Hashed() = default;

  static Word missing(Word key) { return {key.bits + 2}; }

  template <class Make>
  void each(const Make& make) {
    std::uint64_t step = 0;
    for (const Word key : any_) {
      recycle(step++);
      keep(make(key).word.bits);
    }
  }
  template <class Make>
  void build(const std::string& name, const std::vector<Rival>& rivals, const Make& make) {
    measure(
        name, builds_ * n_,
        [&] {
          repeat(builds_, [&](std::uint64_t) {
            reset();
            keep(make().word.bits);
          });
        },
        rivals);
  }

  const std::uint64_t builds_ = times_for(200'000);
  const std::uint64_t walks_ = times_for(kOperations);
  Keys keys_;
  std::vector<MapEntry> entries_;
  Keys turns_;
  Keys any_;
};

class MapBench : Hashed {
 public:
  explicit MapBench(std::uint64_t n) : Hashed("map", n) {
    map_ = Map::from(slab_, entries_);
    if constexpr (!std::is_empty_v<PeerMap>) fill(peer_);
  }

  void run() {
    measure(
        "find in turn", kOperations, [&] { find(turns_); }, finds(turns_));
    measure(
        "find", kOperations, [&] { find(any_); }, finds(any_));
    measure(
        "find missing", kOperations,
        [&] {
          for (const Word key : any_) keep(map_.find(pin_, missing(key)).bits);
        },
        rival(peer_, [this](auto& peer) {
          for (const Word key : any_) keep(peer.contains(missing(key).bits));
        }));
    measure(
        "assoc existing", kOperations,
        [&] { each([&](Word key) { return map_.assoc(nursery_, key, kNil); }); },
        rival(peer_, [this](auto& peer) {
          for (const Word key : any_) peer[key.bits] = 0;
        }));
    measure("assoc new", kOperations,
            [&] { each([&](Word key) { return map_.assoc(nursery_, missing(key), kNil); }); });
    measure("dissoc", kOperations,
            [&] { each([&](Word key) { return map_.dissoc(nursery_, key); }); });
    const std::vector<Rival> inserts = rival(peer_, [this](auto& peer) {
      repeat(builds_, [&](std::uint64_t) {
        std::decay_t<decltype(peer)> fresh;
        fill(fresh);
        keep(fresh.size());
      });
    });
    build("bulk", inserts, [&] { return Map::from(nursery_, entries_); });
    // Empty at first, so it notes and builds in bulk; then after a look, so it changes in place.
    build("transient", inserts, [&] { return transient(false); });
    build("transient in place", inserts, [&] { return transient(true); });
    measure("merge, 10 keys differ", kMerges, [&] { merge(); });
    measure(
        "iterate", walks_ * n_, [&] { iterate(); }, rival(peer_, [this](auto& peer) {
          std::uint64_t sum = 0;
          repeat(walks_, [&](std::uint64_t) {
            for (const auto& [key, value] : peer) sum += value;
          });
          keep(sum);
        }));
    bytes();
  }

 private:
  std::vector<Rival> finds(const Keys& keys) {
    return rival(peer_, [&keys](auto& peer) {
      for (const Word key : keys) keep(peer.find(key.bits)->second);
    });
  }
  template <class P>
  void fill(P& peer) const {
    for (const MapEntry& e : entries_) peer[e.key.bits] = e.value.bits;
  }
  void find(const Keys& keys) {
    for (const Word key : keys) keep(map_.find(pin_, key).bits);
  }
  Map transient(bool in_place) {
    TransientMap building(nursery_);
    if (in_place) keep(building.count());
    for (const MapEntry& e : entries_) building.assoc(e.key, e.value);
    return building.persistent();
  }
  void merge() {
    Map other = map_;
    reset();
    for (std::size_t i = 0; i < 10; ++i) other = other.assoc(nursery_, any_[i], kNil);
    for (std::uint64_t i = 0; i < kMerges; ++i) keep(map_.merge(nursery_, other).word.bits);
  }
  void iterate() {
    std::uint64_t sum = 0;
    repeat(walks_, [&](std::uint64_t) {
      for (MapIterator it(pin_, map_); !it.done(); it.next()) sum += it.entry().value.bits;
    });
    keep(sum);
  }
  void bytes() {
    const auto built = [this](auto make) {
      reset();
      keep(make().word.bits);
      return used_bytes_per(n_);
    };
    const double bulk = built([&] { return Map::from(nursery_, entries_); });
    print_bytes("bytes an entry", bulk);
    print_bytes("bytes an entry, transient in place", built([&] { return transient(true); }));
    reset();
    for (std::size_t i = 0; i < 1000; ++i) keep(map_.assoc(nursery_, any_[i], kNil).word.bits);
    print_bytes("bytes an assoc", used_bytes_per(1000));
  }

  Map map_;
  PeerMap peer_;
};

class SetBench : Hashed {
 public:
  explicit SetBench(std::uint64_t n) : Hashed("set", n) {
    set_ = Set::from(slab_, keys_);
    if constexpr (!std::is_empty_v<PeerSet>) fill(peer_);
  }

  void run() {
    measure(
        "contains", kOperations,
        [&] {
          for (const Word key : any_) keep(set_.contains(pin_, key));
        },
        rival(peer_, [this](auto& peer) {
          for (const Word key : any_) keep(peer.contains(key.bits));
        }));
    measure("conj new", kOperations,
            [&] { each([&](Word key) { return set_.conj(nursery_, missing(key)); }); });
    const std::vector<Rival> inserts = rival(peer_, [this](auto& peer) {
      repeat(builds_, [&](std::uint64_t) {
        std::decay_t<decltype(peer)> fresh;
        fill(fresh);
        keep(fresh.size());
      });
    });
    build("bulk", inserts, [&] { return Set::from(nursery_, keys_); });
    build("transient", inserts, [&] {
      TransientSet building(nursery_);
      for (const Word key : keys_) building.conj(key);
      return building.persistent();
    });
    measure(
        "iterate", walks_ * n_,
        [&] {
          std::uint64_t sum = 0;
          repeat(walks_, [&](std::uint64_t) {
            for (SetIterator it(pin_, set_); !it.done(); it.next()) sum += it.item().bits;
          });
          keep(sum);
        },
        rival(peer_, [this](auto& peer) {
          std::uint64_t sum = 0;
          repeat(walks_, [&](std::uint64_t) {
            for (const std::uint64_t key : peer) sum += key;
          });
          keep(sum);
        }));
    reset();
    keep(Set::from(nursery_, keys_).word.bits);
    print_bytes("bytes an item", used_bytes_per(n_));
  }

 private:
  template <class P>
  void fill(P& peer) const {
    for (const Word key : keys_) peer.insert(key.bits);
  }

  Set set_;
  PeerSet peer_;
};

// The same with strings of 20 bytes, which are asked for by copies of them.
class TextBench : Collection {
 public:
  TextBench() : Collection("map", kTexts) {
    std::mt19937_64 random(20);
    std::vector<std::string> texts;
    std::vector<MapEntry> entries;
    for (std::uint64_t i = 0; i < kTexts; ++i) {
      std::string digits = std::to_string(random());
      texts.push_back(std::string(20 - digits.size(), '0') + digits);
      entries.push_back({from_string(slab_, texts.back()), kNil});
    }
    map_ = Map::from(slab_, entries);
    for (std::uint64_t i = 0; i < kOperations / 4; ++i) {
      any_.push_back(texts[random() % kTexts]);
      words_.push_back(from_string(slab_, any_.back()));
    }
    if constexpr (!std::is_empty_v<PeerTexts>) fill(peer_, texts);
  }

  void run() {
    measure(
        "find string", words_.size(),
        [&] {
          for (const Word key : words_) keep(map_.find(pin_, key).bits);
        },
        rival(peer_, [this](auto& peer) {
          for (const std::string& text : any_) keep(peer.find(text)->second);
        }));
    measure(
        "assoc string", words_.size(),
        [&] {
          repeat(words_.size(), [&](std::uint64_t i) {
            recycle(i);
            keep(map_.assoc(nursery_, words_[i], kTrue).word.bits);
          });
        },
        rival(peer_, [this](auto& peer) {
          for (const std::string& text : any_) peer[text] = 1;
        }));
  }

 private:
  template <class P>
  static void fill(P& peer, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) peer[text] = 0;
  }

  std::vector<std::string> any_;
  Keys words_;
  Map map_;
  PeerTexts peer_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {1'000, 100'000, 1'000'000}) MapBench(n).run();
  for (const std::uint64_t n : {1'000, 1'000'000}) SetBench(n).run();
  TextBench().run();
}
