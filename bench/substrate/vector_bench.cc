// What do pushing, building, indexing, updating, joining and cutting a vector cost, beside
// std::vector where that can do the same? (Expected: an index at 1e6 is four dependent loads, two or
// three of them misses; a push copies half a tail, 150 bytes; joining and cutting write two paths of
// nodes, a few kilobytes.)

#include "substrate/vector.h"

#include <cstdint>
#include <random>
#include <vector>

#include "substrate/transient.h"
#include "substrate/value.h"
#include "bench/support/collection.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr std::uint64_t kOperations = 300'000;  // a round
constexpr std::uint64_t kCuts = 20'000;

class VectorBench : Collection {
 public:
  explicit VectorBench(std::uint64_t n) : Collection("vector", n) {
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
    const std::uint64_t builds = times_for(200'000);
    const Rival fill{"std", [&] {
                       repeat(builds, [&](std::uint64_t) {
                         std::vector<std::uint64_t> fresh;
                         for (const Word item : items_) fresh.push_back(item.bits);
                         keep(fresh.data());
                       });
                     }};
    const auto build = [&](const char* name, auto make) {
      measure(name, builds * n_,
              [&] {
                repeat(builds, [&](std::uint64_t) {
                  reset();
                  keep(make().word.bits);
                });
              },
              {fill});
    };
    build("from", [&] { return Vector::from(nursery_, items_); });
    build("transient conj", [&] { return transient(); });
    measure("conj", kOperations, [&] { conj(); });
    const Rival index{"std", [&] {
                        std::uint64_t sum = 0;  // a reference alone would be kept without a load
                        for (const std::uint64_t i : at_) sum += peer_[i];
                        keep(sum);
                      }};
    measure("nth", kOperations, [&] { sum(vector_); }, {index});
    measure("nth relaxed", kOperations, [&] { sum(relaxed_); }, {index});
    const Rival store{"std", [&] {
                        for (const std::uint64_t i : at_) peer_[i] = 0;
                      }};
    const auto assoc = [&](Vector vector) {
      each(kOperations, 1024, [&](std::uint64_t i) { return vector.assoc(nursery_, i, kNil); });
    };
    measure("assoc", kOperations, [&] { assoc(vector_); }, {store});
    measure("assoc relaxed", kOperations, [&] { assoc(relaxed_); });
    measure("transient assoc", kOperations, [&] { change(); }, {store});
    cut("concat", [&](std::uint64_t) { return vector_.concat(nursery_, vector_); });
    cut("concat relaxed", [&](std::uint64_t) { return relaxed_.concat(nursery_, relaxed_); });
    cut("slice", [&](std::uint64_t i) { return vector_.slice(nursery_, i / 2, (n_ + i) / 2); });
    cut("insert_at", [&](std::uint64_t i) { return vector_.insert_at(nursery_, i, kNil); });
    cut("remove_at", [&](std::uint64_t i) { return vector_.remove_at(nursery_, i); });
    reset();
    keep(Vector::from(nursery_, items_).word.bits);
    print_bytes("bytes an element", used_bytes_per(n_), "std", sizeof(std::uint64_t));
  }

 private:
  Vector transient() {
    TransientVector building(nursery_);
    for (const Word item : items_) building.conj(item);
    return building.persistent();
  }
  void change() {
    reset();
    TransientVector changing(nursery_, vector_);
    for (const std::uint64_t i : at_) changing.assoc(i, kNil);
    keep(changing.persistent().word.bits);
  }
  void conj() {
    Vector growing = vector_;
    repeat(kOperations, [&](std::uint64_t i) {
      if (i % 1024 == 0) growing = vector_;
      recycle(i);
      growing = growing.conj(nursery_, kNil);
    });
    keep(growing.word.bits);
  }
  void sum(Vector vector) {
    std::uint64_t sum = 0;
    for (const std::uint64_t i : at_) sum += vector.nth(pin_, i).bits;
    keep(sum);
  }
  template <class Make>
  void cut(const char* name, const Make& make) {
    measure(name, kCuts, [&] { each(kCuts, 64, make); });
  }
  template <class Make>
  void each(std::uint64_t times, std::uint64_t recycled, const Make& make) {
    repeat(times, [&](std::uint64_t i) {
      recycle(i, recycled);
      keep(make(at_[i]).word.bits);
    });
  }

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
