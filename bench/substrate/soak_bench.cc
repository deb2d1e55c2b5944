// Does a domain stay as large as it should while two writers swap one large map and one collector
// marks? The rate with it beside the rate without, space over what lives as time goes on, and the
// longest a writer was held up, in CPU time of its own.
//
//   soak_bench [SECONDS [MEGABYTES]]     3 and 100 without; memory and disk of some six times that

#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "substrate/park.h"
#include "bench/support/atoms.h"
#include "bench/support/report.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using bench::Figure;
using substrate::Edit;
using substrate::int_word;
using substrate::Map;
using substrate::Pin;
using substrate::RootRef;
using substrate::Word;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr double kEntryBytes = 23.65;  // of a map of small integers
constexpr int kWriters = 2;
constexpr int kBatch = 8;  // swaps between two looks at the clock

struct Writer {
  std::uint64_t swaps = 0;
  double cpu_ns = 0, worst_ns = 0;
};

class Soak {
 public:
  Soak(std::uint64_t megabytes, const std::string& path)
      : t_({.path = path}),
        keys_(static_cast<std::uint64_t>(static_cast<double>(megabytes * kMiB) / kEntryBytes)),
        atom_(bench::map_atom(*t_.worker, "map", keys_)) {}

  struct Result {
    double swaps_a_second = 0, cpu_ns_a_swap = 0, worst_ms = 0, cycles = 0;
    std::vector<double> factors;  // space over what lives, ten looks
  };

  Result run(double seconds, bool collecting) {
    stop_.store_seq(0);
    Result result;
    Writer writers[kWriters];
    std::vector<std::thread> threads;
    for (int self = 0; self < kWriters; ++self)
      threads.emplace_back([&, self] { write(writers[self], static_cast<unsigned>(self)); });
    if (collecting) threads.emplace_back([&] { keep_collecting(result.cycles); });
    const double began = bench::wall_ns();
    for (int look = 1; look <= 10; ++look) {
      tests::drift_us(static_cast<std::uint64_t>(seconds * 1e5));
      const auto& state = t_.domain->state();
      const double live = static_cast<double>(keys_) * kEntryBytes;
      result.factors.push_back(static_cast<double>(state.committed_bytes.load_relaxed()) / live);
    }
    stop_.store_seq(1);
    const double wall = bench::wall_ns() - began;
    for (std::thread& thread : threads) thread.join();
    std::uint64_t swaps = 0;
    double cpu = 0;
    for (const Writer& w : writers) {
      swaps += w.swaps;
      cpu += w.cpu_ns;
      result.worst_ms = std::max(result.worst_ms, w.worst_ns / 1e6);
    }
    result.swaps_a_second = static_cast<double>(swaps) / wall * 1e9;
    result.cpu_ns_a_swap = cpu / static_cast<double>(swaps);
    return result;
  }

  void collect_twice() {
    for (int i = 0; i < 2; ++i) (void)collect(*t_.worker).ok();
  }

 private:
  void write(Writer& self, unsigned seed) {
    const auto worker = tests::join(*t_.domain);
    std::mt19937_64 random(seed);
    const double began = bench::cpu_ns();
    double last = began;
    while (stop_.load_relaxed() == 0) {
      for (int i = 0; i < kBatch; ++i) {
        const Word key = int_word(static_cast<std::int64_t>(random() % keys_));
        const Word value = int_word(static_cast<std::int64_t>(self.swaps + 1));
        const Pin pin(*worker);
        const bool ok = swap(pin, atom_, [&](Edit& edit, Word w) {
                          return Map{w}.assoc(edit, key, value).word;
                        }).ok();
        substrate::check(ok, "a swap of the bench");
        ++self.swaps;
      }
      const double now = bench::cpu_ns();
      self.worst_ns = std::max(self.worst_ns, now - last);
      last = now;
    }
    self.cpu_ns = bench::cpu_ns() - began;
  }

  void keep_collecting(double& cycles) {
    const auto worker = tests::join(*t_.domain);
    const substrate::SharedHalf never{};
    while (stop_.load_relaxed() == 0) {
      if (collection_due(*t_.domain) && collect(*worker, {.stop = &stop_}).ok()) ++cycles;
      park_on(never, 0, 1);
    }
  }

  tests::TestDomain t_;
  std::uint64_t keys_;
  RootRef atom_{};
  substrate::SharedHalf stop_{};
};

void print(const std::string& name, std::uint64_t n, double value, const std::string& unit,
           const std::string& peer = {}, double peer_value = 0) {
  print(Figure{.bench = "soak",
               .name = name,
               .n = n,
               .value = value,
               .unit = unit,
               .peer = peer,
               .peer_value = peer_value});
}

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 3;
  const std::uint64_t megabytes = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 100;
  const tests::Scratch scratch;
  Soak::Result alone, with;
  {
    Soak soak(megabytes, scratch.file("alone.yin"));
    alone = soak.run(std::min(seconds, 2.0), false);
  }
  Soak soak(megabytes, scratch.file("soak.yin"));
  soak.collect_twice();
  with = soak.run(seconds, true);
  print("swaps a second, collecting", megabytes, with.swaps_a_second / 1e6, "M/s",
        "without a collector", alone.swaps_a_second / 1e6);
  print("CPU a swap, collecting", megabytes, with.cpu_ns_a_swap, "ns", "without a collector",
        alone.cpu_ns_a_swap);
  for (std::size_t i = 0; i < with.factors.size(); ++i) {
    print("space over what lives at " + std::to_string(10 * (i + 1)) + " % of the time", megabytes,
          with.factors[i], "");
  }
  print("cycles", megabytes, with.cycles, "");
  print("longest hold-up of a writer, own CPU", megabytes, with.worst_ms, "ms",
        "without a collector", alone.worst_ms);
  return 0;
}
