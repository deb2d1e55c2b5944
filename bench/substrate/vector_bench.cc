// What do pushing, building, indexing, updating, joining and cutting a vector cost, beside
// std::vector where that can do the same? (Expected: an index at 1e6 is four dependent loads, two or
// three of them misses; a push copies half a tail, 150 bytes; joining and cutting write two paths of
// nodes, a few kilobytes.)
//
// The vectors stand in the slab; what operations make goes to the nursery, which is reset every 64
// KiB to MiB: recycled memory, as in the slices of an agent.

#include "substrate/vector.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

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
constexpr std::uint64_t kOperations = 300'000;  // a round
constexpr std::uint64_t kCuts = 20'000;

class VectorBench {
 public:
  explicit VectorBench(std::uint64_t n)
      : n_(n), pin_(*t_.worker), slab_(Edit::in_slab(pin_)), nursery_(Edit::in_nursery(pin_)) {
    std::mt19937_64 random(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      items_.push_back(int_word(static_cast<std::int64_t>(i)));
      peer_.push_back(i);
    }
    for (std::uint64_t i = 0; i < kOperations; ++i) at_.push_back(random() % n);
    vector_ = Vector::from(slab_, items_);
    relaxed_ = vector_.drop(slab_, n / 30).concat(slab_, vector_).take(slab_, n);
  }

  void run() {
    const std::uint64_t builds = std::max<std::uint64_t>(1, 200'000 / n_);
    const auto fill = [&] {
      for (std::uint64_t i = 0; i < builds; ++i) {
        std::vector<std::uint64_t> fresh;
        for (const Word item : items_) fresh.push_back(item.bits);
        keep(fresh.data());
      }
    };
    measure(
        "from", builds * n_, [&] { build(builds, [&] { return Vector::from(nursery_, items_); }); },
        fill);
    measure(
        "transient conj", builds * n_, [&] { build(builds, [&] { return transient(); }); }, fill);
    measure("conj", kOperations, [&] { conj(); });
    const auto peer_index = [&] {
      std::uint64_t sum = 0;  // a reference alone would be kept without a load
      for (const std::uint64_t i : at_) sum += peer_[i];
      keep(sum);
    };
    measure(
        "nth", kOperations, [&] { index(vector_); }, peer_index);
    measure(
        "nth relaxed", kOperations, [&] { index(relaxed_); }, peer_index);
    const auto peer_store = [&] {
      for (const std::uint64_t i : at_) peer_[i] = 0;
    };
    measure(
        "assoc", kOperations,
        [&] {
          each(kOperations, 1024,
               [&](std::uint64_t i) { return vector_.assoc(nursery_, i, kNil); });
        },
        peer_store);
    measure("assoc relaxed", kOperations, [&] {
      each(kOperations, 1024, [&](std::uint64_t i) { return relaxed_.assoc(nursery_, i, kNil); });
    });
    measure(
        "transient assoc", kOperations, [&] { store(); }, peer_store);
    measure("concat", kCuts, [&] {
      each(kCuts, 64, [&](std::uint64_t) { return vector_.concat(nursery_, vector_); });
    });
    measure("concat relaxed", kCuts, [&] {
      each(kCuts, 64, [&](std::uint64_t) { return relaxed_.concat(nursery_, relaxed_); });
    });
    measure("slice", kCuts, [&] {
      each(kCuts, 64,
           [&](std::uint64_t i) { return vector_.slice(nursery_, i / 2, (n_ + i) / 2); });
    });
    measure("insert_at", kCuts, [&] {
      each(kCuts, 64, [&](std::uint64_t i) { return vector_.insert_at(nursery_, i, kNil); });
    });
    measure("remove_at", kCuts, [&] {
      each(kCuts, 64, [&](std::uint64_t i) { return vector_.remove_at(nursery_, i); });
    });
  }

 private:
  template <class Ours, class Peers>
  void measure(const char* name, std::uint64_t operations, const Ours& ours, const Peers& peers) {
    std::vector<double> times;
    std::vector<double> peer_times;
    for (int i = 0; i < kRounds; ++i) {
      times.push_back(cpu_per_operation(1, operations, ours));
      peer_times.push_back(cpu_per_operation(1, operations, peers));
    }
    print({"vector", name, n_, median(times), "ns", "std", median(peer_times)});
  }
  template <class Ours>
  void measure(const char* name, std::uint64_t operations, const Ours& ours) {
    print({"vector", name, n_, cpu_per_operation(kRounds, operations, ours)});
  }

  template <class Make>
  void build(std::uint64_t builds, const Make& make) {
    for (std::uint64_t i = 0; i < builds; ++i) {
      t_.worker->nursery().reset();
      keep(make().word.bits);
    }
  }
  Vector transient() {
    TransientVector building(nursery_);
    for (const Word item : items_) building.conj(item);
    return building.persistent();
  }
  void store() {
    t_.worker->nursery().reset();
    TransientVector changing(nursery_, vector_);
    for (const std::uint64_t i : at_) changing.assoc(i, kNil);
    keep(changing.persistent().word.bits);
  }
  void conj() {
    Vector growing = vector_;
    for (std::uint64_t i = 0; i < kOperations; ++i) {
      if (i % 1024 == 0) {
        t_.worker->nursery().reset();
        growing = vector_;
      }
      growing = growing.conj(nursery_, kNil);
    }
    keep(growing.word.bits);
  }
  void index(Vector vector) {
    std::uint64_t sum = 0;
    for (const std::uint64_t i : at_) sum += vector.nth(pin_, i).bits;
    keep(sum);
  }
  template <class Make>
  void each(std::uint64_t times, std::uint64_t recycled, const Make& make) {
    for (std::uint64_t i = 0; i < times; ++i) {
      if (i % recycled == 0) t_.worker->nursery().reset();
      keep(make(at_[i]).word.bits);
    }
  }

  std::uint64_t n_;
  yin::tests::TestDomain t_;
  Pin pin_;
  Edit slab_;
  Edit nursery_;
  std::vector<Word> items_;
  std::vector<std::uint64_t> at_;
  std::vector<std::uint64_t> peer_;
  Vector vector_;
  Vector relaxed_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {1'000, 100'000, 1'000'000}) VectorBench(n).run();
}
