// What do find, assoc and merge of an int map cost, beside the hash map of the same entries, and
// beside the mutable ordered map? (Expected: find and assoc at most the hash map's, since there is
// no hash to take and keys that lie together share more of their path; merge of two maps that
// share all but a few nodes in about a microsecond, of disjoint ranges in less.)
//
// The maps stand in the slab; what assoc makes goes to the nursery, which is reset every MiB or so.

#include "substrate/int_map.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/value.h"
#include "substrate/worker.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr int kRounds = 5;
constexpr std::uint64_t kOperations = 500'000;  // a round

class IntMapBench {
 public:
  IntMapBench(std::uint64_t n, bool dense)
      : n_(n),
        name_(dense ? "int_map dense" : "int_map sparse"),
        pin_(*t_.worker),
        slab_(Edit::in_slab(pin_)),
        nursery_(Edit::in_nursery(pin_)) {
    std::mt19937_64 random(n);
    for (std::uint64_t i = 0; i < n; ++i)
      keys_.push_back(static_cast<std::int64_t>(dense ? i * 2 : random() >> 3 << 1));
    std::shuffle(keys_.begin(), keys_.end(), random);
    for (const std::int64_t k : keys_) {
      ints_ = ints_.assoc(slab_, k, kTrue);
      hashed_ = hashed_.assoc(slab_, int_word(k), kTrue);
      ordered_[k] = k;
    }
    for (std::uint64_t i = 0; i < kOperations; ++i) any_.push_back(keys_[random() % n]);
  }

  void run() {
    measure(
        "find", "std::map", [&](std::int64_t k) { keep(ints_.find(pin_, k).bits); },
        [&](std::int64_t k) { keep(ordered_.find(k)->second); });
    measure(
        "find", "map", [&](std::int64_t k) { keep(ints_.find(pin_, k).bits); },
        [&](std::int64_t k) { keep(hashed_.find(pin_, int_word(k)).bits); });
    measure(
        "assoc existing", "map",
        [&](std::int64_t k) { keep(ints_.assoc(nursery_, k, kNil).word.bits); },
        [&](std::int64_t k) { keep(hashed_.assoc(nursery_, int_word(k), kNil).word.bits); });
    measure(
        "assoc new", "map",
        [&](std::int64_t k) { keep(ints_.assoc(nursery_, k + 1, kNil).word.bits); },
        [&](std::int64_t k) { keep(hashed_.assoc(nursery_, int_word(k + 1), kNil).word.bits); });
    const std::uint64_t rounds = std::max<std::uint64_t>(1, kOperations / n_);
    print({name_, "iterate", n_, cpu_per_operation(kRounds, rounds * n_, [&] {
             std::uint64_t sum = 0;
             for (std::uint64_t i = 0; i < rounds; ++i) {
               for (IntMapIterator it(pin_, ints_); !it.done(); it.next())
                 sum += it.entry().value.bits;
             }
             keep(sum);
           })});
    const IntMap changed = ints_.assoc(slab_, keys_[0], kNil).assoc(slab_, keys_[1] + 1, kNil);
    print({name_, "merge, two entries differ", n_, cpu_per_operation(kRounds, 1000, [&] {
             t_.worker->nursery().reset();
             for (int i = 0; i < 1000; ++i) keep(ints_.merge(nursery_, changed).word.bits);
           })});
    IntMap half[2];
    for (std::uint64_t i = 0; i < n_; ++i) half[i % 2] = half[i % 2].assoc(slab_, keys_[i], kNil);
    print({name_, "merge of halves, an entry", n_, cpu_per_operation(kRounds, n_, [&] {
             t_.worker->nursery().reset();
             keep(half[0].merge(nursery_, half[1]).word.bits);
           })});
  }

 private:
  template <class Ours, class Theirs>
  void measure(const char* name, const char* peer, const Ours& ours, const Theirs& theirs) {
    std::vector<double> times;
    std::vector<double> peer_times;
    for (int i = 0; i < kRounds; ++i) {
      times.push_back(cpu_per_operation(1, kOperations, [&] { each(ours); }));
      peer_times.push_back(cpu_per_operation(1, kOperations, [&] { each(theirs); }));
    }
    print({name_, name, n_, median(times), "ns", peer, median(peer_times)});
  }
  template <class Work>
  void each(const Work& work) {
    std::uint32_t step = 0;
    for (const std::int64_t k : any_) {
      if (step++ % 1024 == 0) t_.worker->nursery().reset();
      work(k);
    }
  }

  std::uint64_t n_;
  const char* name_;
  yin::tests::TestDomain t_;
  Pin pin_;
  Edit slab_;
  Edit nursery_;
  std::vector<std::int64_t> keys_;
  std::vector<std::int64_t> any_;
  IntMap ints_;
  Map hashed_;
  std::map<std::int64_t, std::int64_t> ordered_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {1'000, 100'000, 1'000'000}) {
    IntMapBench(n, true).run();
    IntMapBench(n, false).run();
  }
}
