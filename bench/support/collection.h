#pragma once

// Collection: what the benches of maps, sets, vectors, lists and queues have in common.
//
// A bench derives from Collection, which holds a private domain, an edit in the slab, where the
// measured collection stands, and one in the nursery, where what operations make goes: it is reset
// every MiB or so, so that memory is recycled as in the slices of an agent. measure() times ours and
// its rivals in turn, round by round, and prints a row for each rival; a rival whose package is not
// there is left out, and so is a figure that somebody asked not to see (YIN_BENCH_ONLY=find: cases
// that begin so).

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "substrate/nursery.h"
#include "substrate/worker.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace yin::bench {

struct Rival {
  std::string name;
  std::function<void()> work;
  std::function<void()> before = {};  // each round, not timed
};

class Collection {
 public:
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

 protected:
  static constexpr int kRounds = 7;

  Collection(std::string bench, std::uint64_t n)
      : n_(n),
        bench_(std::move(bench)),
        pin_(*t_.worker),
        slab_(substrate::Edit::in_slab(pin_)),
        nursery_(substrate::Edit::in_nursery(pin_)) {}
  ~Collection() = default;

  void reset() { t_.worker->nursery().reset(); }
  // Before each of many operations of which `every` may go to the nursery together.
  void recycle(std::uint64_t step, std::uint64_t every = 1024) {
    if (step % every == 0) reset();
  }
  // What the nursery holds, a count of things.
  [[nodiscard]] double used_bytes_per(std::uint64_t count) const {
    return static_cast<double>(t_.worker->nursery().used_bytes()) / static_cast<double>(count);
  }
  // How often a collection of n is built or gone through in a round of about `total` elements.
  [[nodiscard]] std::uint64_t times_for(std::uint64_t total) const {
    return total / n_ > 1 ? total / n_ : 1;
  }

  // Each work does `operations` of them.
  void measure(const std::string& name, std::uint64_t operations, const std::function<void()>& ours,
               const std::vector<Rival>& rivals = {}) {
    if (!is_wanted(name)) return;
    std::vector<double> times;
    std::vector<std::vector<double>> rival_times(rivals.size());
    for (int i = 0; i < kRounds; ++i) {
      times.push_back(cpu_per_operation(1, operations, ours));
      for (std::size_t r = 0; r < rivals.size(); ++r) {
        if (rivals[r].before) rivals[r].before();
        rival_times[r].push_back(cpu_per_operation(1, operations, rivals[r].work));
      }
    }
    if (rivals.empty()) print({bench_, name, n_, median(times)});
    for (std::size_t r = 0; r < rivals.size(); ++r)
      print({bench_, name, n_, median(times), "ns", rivals[r].name, median(rival_times[r])});
  }
  void print_bytes(const std::string& name, double bytes, const std::string& peer = {},
                   double peer_bytes = 0) const {
    if (is_wanted(name)) print({bench_, name, n_, bytes, "bytes", peer, peer_bytes});
  }

  const std::uint64_t n_;
  const std::string bench_;
  tests::TestDomain t_;
  substrate::Pin pin_;
  substrate::Edit slab_;
  substrate::Edit nursery_;

 private:
  static bool is_wanted(std::string_view name) {
    const char* only = std::getenv("YIN_BENCH_ONLY");
    return only == nullptr || name.starts_with(only);
  }
};

// Does `work` with i = 0 .. times - 1.
template <class Work>
void repeat(std::uint64_t times, const Work& work) {
  for (std::uint64_t i = 0; i < times; ++i) work(i);
}

}  // namespace yin::bench
