// What do find, assoc, bulk building and iteration of a map with integer keys cost, beside a
// mutable hash table of the same size? (Expected: find 5 ns and assoc 50 ns at 1e3, where all is in
// the cache; at 1e6 two or three misses a find, and a path of 600 bytes written an assoc.)
//
// The map stands in the slab; what assoc makes goes to the nursery, which is reset every MiB or so:
// recycled memory, as in the slices of an agent.

#include "substrate/map.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef YIN_PEER_ABSL
#include <absl/container/flat_hash_map.h>
#endif

#include "substrate/nursery.h"
#include "substrate/transient.h"
#include "substrate/value.h"
#include "substrate/worker.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr int kRounds = 7;
constexpr std::uint64_t kOperations = 1'000'000;  // a round
constexpr std::uint64_t kMerges = 1'000;
constexpr std::uint64_t kTexts = 1'000'000;

#ifdef YIN_PEER_ABSL
using Peer = absl::flat_hash_map<std::uint64_t, std::uint64_t>;
constexpr const char* kPeer = "absl";
#else
struct Peer {};
constexpr const char* kPeer = "";
#endif
constexpr bool kHasPeer = !std::is_empty_v<Peer>;

class MapBench {
 public:
  explicit MapBench(std::uint64_t n)
      : n_(n), pin_(*t_.worker), slab_(Edit::in_slab(pin_)), nursery_(Edit::in_nursery(pin_)) {
    std::mt19937_64 random(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      entries_.push_back({int_word(static_cast<std::int64_t>(random() >> 20)),
                          int_word(static_cast<std::int64_t>(i))});
    }
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      any_.push_back(entries_[random() % n].key);
      turns_.push_back(entries_[i % n].key);
    }
    map_ = Map::from(slab_, entries_);
    if constexpr (kHasPeer) fill(peer_);
  }

  void run() {
    // All keys in turn, which a branch predictor learns while they are few; and in no order, which
    // it cannot.
    for (const auto& [name, keys] : {std::pair{"find in turn", &turns_}, {"find", &any_}}) {
      measure(
          name, kOperations, [&, k = keys] { find(*k); },
          [&, k = keys](auto& peer) {
            for (const Word key : *k) keep(peer.find(key.bits)->second);
          });
    }
    measure(
        "find missing", kOperations, [&] { find_missing(); },
        [&](auto& peer) {
          for (const Word key : any_) keep(peer.contains(key.bits + 2));
        });
    measure(
        "assoc existing", kOperations, [&] { assoc(0); },
        [&](auto& peer) {
          for (const Word key : any_) peer[key.bits] = 0;
        });
    measure("assoc new", kOperations, [&] { assoc(2); });
    measure("dissoc", kOperations, [&] { dissoc(); });
    const std::uint64_t builds = std::max<std::uint64_t>(1, 200'000 / n_);
    measure(
        "bulk", builds * n_, [&] { bulk(builds); },
        [&](auto& peer) {
          for (std::uint64_t i = 0; i < builds; ++i) {
            std::decay_t<decltype(peer)> fresh;
            fill(fresh);
            keep(fresh.size());
          }
        });
    // Empty at first, so it notes and builds in bulk; then after a look, so it changes in place.
    measure("transient", builds * n_, [&] { build(builds, false); });
    measure("transient in place", builds * n_, [&] { build(builds, true); });
    measure("merge, 10 keys differ", kMerges, [&] { merge(); });
    const std::uint64_t rounds = std::max<std::uint64_t>(1, kOperations / n_);
    measure(
        "iterate", rounds * n_, [&] { iterate(rounds); },
        [&](auto& peer) {
          std::uint64_t sum = 0;
          for (std::uint64_t i = 0; i < rounds; ++i) {
            for (const auto& [key, value] : peer) sum += value;
          }
          keep(sum);
        });
    bytes();
  }

 private:
  template <class P>
  void fill(P& peer) {
    for (const MapEntry& e : entries_) peer[e.key.bits] = e.value.bits;
  }

  // The map and its peer take turns, round by round.
  template <class Ours, class Peers>
  void measure(const char* name, std::uint64_t operations, const Ours& ours, const Peers& peers) {
    std::vector<double> times;
    std::vector<double> peer_times;
    for (int i = 0; i < kRounds; ++i) {
      times.push_back(cpu_per_operation(1, operations, ours));
      if constexpr (kHasPeer)
        peer_times.push_back(cpu_per_operation(1, operations, [&] { peers(peer_); }));
    }
    if constexpr (kHasPeer) {
      print({"map", name, n_, median(times), "ns", kPeer, median(peer_times)});
    } else {
      print({"map", name, n_, median(times)});
    }
  }
  template <class Ours>
  void measure(const char* name, std::uint64_t operations, const Ours& ours) {
    print({"map", name, n_, cpu_per_operation(kRounds, operations, ours)});
  }

  void find(const std::vector<Word>& keys) {
    for (const Word key : keys) keep(map_.find(pin_, key).bits);
  }
  void find_missing() {
    for (const Word key : any_) keep(map_.find(pin_, Word{key.bits + 2}).bits);
  }
  void recycle(std::uint32_t step) {
    if (step % 1024 == 0) t_.worker->nursery().reset();
  }
  void assoc(std::uint64_t offset) {
    std::uint32_t step = 0;
    for (const Word key : any_) {
      recycle(step++);
      keep(map_.assoc(nursery_, Word{key.bits + offset}, kNil).word.bits);
    }
  }
  void dissoc() {
    std::uint32_t step = 0;
    for (const Word key : any_) {
      recycle(step++);
      keep(map_.dissoc(nursery_, key).word.bits);
    }
  }
  void bulk(std::uint64_t builds) {
    for (std::uint64_t i = 0; i < builds; ++i) {
      t_.worker->nursery().reset();
      keep(Map::from(nursery_, entries_).word.bits);
    }
  }
  void build(std::uint64_t builds, bool in_place) {
    for (std::uint64_t i = 0; i < builds; ++i) {
      t_.worker->nursery().reset();
      TransientMap building(nursery_);
      if (in_place) keep(building.count());
      for (const MapEntry& e : entries_) building.assoc(e.key, e.value);
      keep(building.persistent().word.bits);
    }
  }
  void merge() {
    Map other = map_;
    t_.worker->nursery().reset();
    for (std::size_t i = 0; i < 10; ++i) other = other.assoc(nursery_, any_[i], kNil);
    for (std::uint64_t i = 0; i < kMerges; ++i) keep(map_.merge(nursery_, other).word.bits);
  }
  void iterate(std::uint64_t rounds) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < rounds; ++i) {
      for (MapIterator it(pin_, map_); !it.done(); it.next()) sum += it.entry().value.bits;
    }
    keep(sum);
  }

  void bytes() {
    Nursery& nursery = t_.worker->nursery();
    nursery.reset();
    keep(Map::from(nursery_, entries_).word.bits);
    const auto built = static_cast<double>(nursery.used_bytes()) / static_cast<double>(n_);
    nursery.reset();
    for (std::size_t i = 0; i < 1000; ++i) keep(map_.assoc(nursery_, any_[i], kNil).word.bits);
    const auto path = static_cast<double>(nursery.used_bytes()) / 1000;
    Figure figure{"map", "bytes an entry", n_, built, "bytes"};
    if constexpr (kHasPeer) {
      const auto slots = static_cast<double>(peer_.capacity());
      figure.peer = kPeer;
      figure.peer_value = slots * (sizeof(typename Peer::value_type) + 1) / static_cast<double>(n_);
    }
    print(figure);
    print({"map", "bytes an assoc", n_, path, "bytes"});
  }

  std::uint64_t n_;
  yin::tests::TestDomain t_;
  Pin pin_;
  Edit slab_;
  Edit nursery_;
  std::vector<MapEntry> entries_;
  std::vector<Word> turns_;
  std::vector<Word> any_;
  Map map_;
  Peer peer_;
};

// The same with strings of 20 bytes, which are asked for by copies of them.
#ifdef YIN_PEER_ABSL
using TextPeer = absl::flat_hash_map<std::string, std::uint64_t>;
#else
struct TextPeer {};
#endif

class TextBench {
 public:
  TextBench() : pin_(*t_.worker), slab_(Edit::in_slab(pin_)), nursery_(Edit::in_nursery(pin_)) {
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
    if constexpr (kHasPeer) fill(peer_, texts);
  }

  void run() {
    std::vector<double> times;
    std::vector<double> peer_times;
    for (int i = 0; i < kRounds; ++i) {
      times.push_back(cpu_per_operation(1, words_.size(), [&] {
        for (const Word key : words_) keep(map_.find(pin_, key).bits);
      }));
      if constexpr (kHasPeer)
        peer_times.push_back(cpu_per_operation(1, any_.size(), [&] { find(peer_); }));
    }
    Figure figure{"map", "find string", kTexts, median(times)};
    if constexpr (kHasPeer) {
      figure.peer = kPeer;
      figure.peer_value = median(peer_times);
    }
    print(figure);
    print({"map", "assoc string", kTexts, cpu_per_operation(kRounds, words_.size(), [&] {
             std::uint32_t step = 0;
             for (const Word key : words_) {
               if (step++ % 1024 == 0) t_.worker->nursery().reset();
               keep(map_.assoc(nursery_, key, kTrue).word.bits);
             }
           })});
  }

 private:
  template <class P>
  static void fill(P& peer, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) peer[text] = 0;
  }
  template <class P>
  void find(P& peer) {
    for (const std::string& text : any_) keep(peer.find(text)->second);
  }

  yin::tests::TestDomain t_;
  Pin pin_;
  Edit slab_;
  Edit nursery_;
  std::vector<std::string> any_;
  std::vector<Word> words_;
  Map map_;
  TextPeer peer_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {1'000, 100'000, 1'000'000}) MapBench(n).run();
  TextBench().run();
}
