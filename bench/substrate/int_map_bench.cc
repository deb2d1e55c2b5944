// What do find, assoc and merge of an int map cost, beside the hash map of the same entries, and
// beside the mutable ordered map? (Expected: find and assoc at most the hash map's, since there is
// no hash to take and keys that lie together share more of their path; merge of two maps that
// share all but a few nodes in about a microsecond, of disjoint ranges in less.)

#include "substrate/int_map.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "substrate/map.h"
#include "substrate/value.h"
#include "bench/support/collection.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr std::uint64_t kOperations = 500'000;  // a round

class IntMapBench : Collection {
 public:
  IntMapBench(std::uint64_t n, bool dense)
      : Collection(dense ? "int_map dense" : "int_map sparse", n) {
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
    const auto find = [&] { return each([&](std::int64_t k) { return ints_.find(pin_, k); }); };
    measure(
        "find", kOperations, find,
        {{"std::map", [&] { each([&](std::int64_t k) { return Word{at(k)}; }); }},
         {"map", [&] { each([&](std::int64_t k) { return hashed_.find(pin_, int_word(k)); }); }}});
    compete("assoc existing",
            [&](auto& map, auto key) { return map.assoc(nursery_, key(0), kNil); });
    compete("assoc new", [&](auto& map, auto key) { return map.assoc(nursery_, key(1), kNil); });
    const std::uint64_t walks = times_for(kOperations);
    measure("iterate", walks * n_,
            [&] {
              std::uint64_t sum = 0;
              repeat(walks, [&](std::uint64_t) {
                for (IntMapIterator it(pin_, ints_); !it.done(); it.next())
                  sum += it.entry().value.bits;
              });
              keep(sum);
            },
            {{"std::map", [&] {
                std::uint64_t sum = 0;
                repeat(walks, [&](std::uint64_t) {
                  for (const auto& [key, value] : ordered_)
                    sum += static_cast<std::uint64_t>(value);
                });
                keep(sum);
              }}});
    const IntMap changed = ints_.assoc(slab_, keys_[0], kNil).assoc(slab_, keys_[1] + 1, kNil);
    measure("merge, two entries differ", 1000, [&] {
      reset();
      repeat(1000, [&](std::uint64_t) { keep(ints_.merge(nursery_, changed).word.bits); });
    });
    IntMap half[2];
    for (std::uint64_t i = 0; i < n_; ++i) half[i % 2] = half[i % 2].assoc(slab_, keys_[i], kNil);
    measure("merge of halves, an entry", n_, [&] {
      reset();
      keep(half[0].merge(nursery_, half[1]).word.bits);
    });
  }

 private:
  [[nodiscard]] std::uint64_t at(std::int64_t k) const {
    return static_cast<std::uint64_t>(ordered_.find(k)->second);
  }
  // Work on an int map beside the same on a hash map; `key(by)` is a key of theirs, moved a little.
  template <class Work>
  void compete(const char* name, const Work& work) {
    measure(name, kOperations,
            [&] {
              each([&](std::int64_t k) {
                return work(ints_, [k](std::int64_t by) { return k + by; }).word;
              });
            },
            {{"map", [&] {
                each([&](std::int64_t k) {
                  return work(hashed_, [k](std::int64_t by) { return int_word(k + by); }).word;
                });
              }}});
  }
  template <class Work>
  void each(const Work& work) {
    std::uint64_t step = 0;
    for (const std::int64_t k : any_) {
      recycle(step++);
      keep(work(k).bits);
    }
  }

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
