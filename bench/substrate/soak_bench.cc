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
#include <sys/mman.h>
#include <sys/stat.h>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "substrate/park.h"
#include "bench/support/atoms.h"
#include "bench/support/report.h"
#include "bench/support/space_breakdown.h"
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

// What the file takes on the disk: the tables of marks are mostly holes.
double blocks_bytes(const std::string& path) {
  struct stat s = {};
  substrate::check(::stat(path.c_str(), &s) == 0, "the domain's file is there");
  return static_cast<double>(s.st_blocks) * 512;
}

// Memory a virtual machine has not used for a while is not there: its host finds it page by page, at
// twenty times what the kernel takes to clear it. So it is used once before what is measured.
void warm(std::uint64_t bytes) {
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  substrate::check(at != MAP_FAILED, "memory to warm up");
  ::madvise(at, bytes, MADV_HUGEPAGE);
  ::madvise(at, bytes, MADV_POPULATE_WRITE);
  ::munmap(at, bytes);
}

struct Writer {
  std::uint64_t swaps = 0;
  double cpu_ns = 0, worst_ns = 0;
};

class Soak {
 public:
  Soak(std::uint64_t megabytes, const std::string& path)
      : path_(path),
        t_({.path = path}),
        keys_(static_cast<std::uint64_t>(static_cast<double>(megabytes * kMiB) / kEntryBytes)),
        atom_(bench::map_atom(*t_.worker, "map", keys_)) {}

  struct Result {
    double swaps_a_second = 0, cpu_ns_a_swap = 0, worst_ms = 0, cycles = 0;
    std::vector<double> factors;  // space over what lives, ten looks
    std::vector<bench::SpaceBreakdown> breakdowns;
    double mark_cpu_ns = 0, mark_wall_ns = 0, marked = 0;  // of all cycles
  };

  Result run(double seconds, bool collecting) {
    stop_.store_seq(0);
    Result result;
    Writer writers[kWriters];
    std::vector<std::thread> threads;
    for (int self = 0; self < kWriters; ++self)
      threads.emplace_back([&, self] { write(writers[self], static_cast<unsigned>(self)); });
    if (collecting) threads.emplace_back([&] { keep_collecting(result); });
    const double began = bench::wall_ns();
    for (int look = 1; look <= 10; ++look) {
      tests::drift_us(static_cast<std::uint64_t>(seconds * 1e5));
      const double live = static_cast<double>(keys_) * kEntryBytes;
      result.factors.push_back(blocks_bytes(path_) / live);
      result.breakdowns.push_back(bench::space_breakdown(*t_.domain));
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
  // CPU time a node of cycles that nobody disturbs, of what was made before.
  double mark_alone_ns() {
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) {
      const double began = bench::cpu_ns();
      const auto report = collect(*t_.worker);
      substrate::check(report.ok(), "a cycle of the bench");
      times.push_back((bench::cpu_ns() - began) / static_cast<double>(report->objects));
    }
    return bench::median(times);
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

  void keep_collecting(Result& result) {
    const auto worker = tests::join(*t_.domain);
    const substrate::SharedHalf never{};
    while (stop_.load_relaxed() == 0) {
      while (!collection_due(*t_.domain) && grow_ahead(*t_.domain)) {
      }
      if (collection_due(*t_.domain)) {
        const double began = bench::cpu_ns();
        const auto report = collect(*worker, {.stop = &stop_});
        if (report.ok()) {
          ++result.cycles;
          result.mark_cpu_ns += bench::cpu_ns() - began;
          result.mark_wall_ns += static_cast<double>(report->nanoseconds);
          result.marked += static_cast<double>(report->objects);
        }
      }
      park_on(never, 0, 1);
    }
  }

  std::string path_;
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

// In shares of what lives.
void print_breakdown(std::uint64_t megabytes, const bench::SpaceBreakdown& b,
                     const std::string& when) {
  const auto line = [&](const char* what, std::uint64_t bytes) {
    const double share = static_cast<double>(bytes) / static_cast<double>(megabytes * kMiB);
    print("space at " + when + ": " + what, megabytes, share, "of what lives");
  };
  line("all", b.committed);
  line("tables", b.tables);
  line("cells", b.cells);
  line("large objects", b.large);
  line("live, in slabs not touched since the last cycle", b.live);
  line("slabs handed out since the last cycle", b.since);
  line("free, waiting to be swept", b.waiting);
  line("... in rows of 1 or 2 granules", b.waiting_2);
  line("... in rows of 3 granules up to 256 bytes", b.waiting_256);
  line("... in rows of 256 to 1023 bytes", b.waiting_1024);
  line("free, passed by: rows of 1 or 2 granules", b.passed_short);
  line("free, passed by: longer rows", b.passed_longer);
  line("empty slabs and holes", b.empty);
  line("never handed out", b.fresh);
}

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 3;
  const std::uint64_t megabytes = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 100;
  const tests::Scratch scratch;
  Soak::Result alone, with;
  warm(4 * megabytes * kMiB);
  {
    Soak soak(megabytes, scratch.file("alone.yin"));
    alone = soak.run(std::min(seconds, 2.0), false);
  }
  warm(4 * megabytes * kMiB);
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
  for (std::size_t i : {std::size_t{2}, std::size_t{5}, with.breakdowns.size() - 1})
    print_breakdown(megabytes, with.breakdowns[i], std::to_string(10 * (i + 1)) + " %");
  print("marking, CPU a node", megabytes, with.mark_cpu_ns / with.marked, "ns");
  print("marking, wall a node", megabytes, with.mark_wall_ns / with.marked, "ns");
  print("marking with no writer, CPU a node", megabytes, soak.mark_alone_ns(), "ns");
  print("cycles", megabytes, with.cycles, "");
  print("longest hold-up of a writer, own CPU", megabytes, with.worst_ms, "ms",
        "without a collector", alone.worst_ms);
  return 0;
}
