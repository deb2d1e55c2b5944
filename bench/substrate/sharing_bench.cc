// What do several processes and threads get out of one atom? A counter and a map that two processes
// swap, sixteen threads on one counter, being woken by a change in another process; beside one
// process alone, one thread, a bare futex. Wall time: with fewer processors than writers read the
// ratios as what is left of one's rate.

#include <algorithm>
#include <random>
#include <thread>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "substrate/park.h"
#include "substrate/watch.h"
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
using substrate::small_int;
using substrate::Word;
using substrate::Worker;

constexpr int kRounds = 5;
constexpr std::uint64_t kMapKeys = 1'000;
constexpr double kRoundNs = 2e8;

struct Shared {
  substrate::SharedHalf ready, go, stop;
  substrate::SharedWord done[16];
};

struct CountUp {
  void operator()(Worker& worker) const {
    const Pin pin(worker);
    bench::keep(swap(pin, atom, [](Edit&, Word w) { return int_word(small_int(w) + 1); }).ok());
  }
  RootRef atom;
};
struct PutKey {
  void operator()(Worker& worker) {
    const Word key = int_word(static_cast<std::int64_t>(random() % kMapKeys));
    const Word value = int_word(++count);
    const Pin pin(worker);
    bench::keep(swap(pin, atom, [&](Edit& edit, Word w) {
                  return Map{w}.assoc(edit, key, value).word;
                }).ok());
  }
  RootRef atom;
  std::mt19937_64 random{1};
  std::int64_t count = 0;
};

// Runs `operation` until told to stop, and says how often that was.
template <class Operation>
void work(Worker& worker, Operation operation, Shared& shared, int self) {
  shared.ready.add_seq(1);
  tests::await(shared.go, 1);
  std::uint64_t done = 0;
  while (shared.stop.load_relaxed() == 0) {
    for (int i = 0; i < 32; ++i) operation(worker);
    done += 32;
  }
  shared.done[self].store_seq(done);
}

struct Rates {
  double sum = 0, fairness = 0;  // a second; slowest through fastest
};
Rates run_round(Shared& shared, int writers) {
  while (shared.ready.load_seq() != static_cast<std::uint32_t>(writers)) std::this_thread::yield();
  const double began = bench::wall_ns();
  tests::announce(shared.go);
  tests::drift_us(static_cast<std::uint64_t>(kRoundNs / 1000));
  shared.stop.store_seq(1);
  const double seconds = (bench::wall_ns() - began) / 1e9;
  Rates rates;
  const auto end = shared.done + writers;
  while (std::any_of(shared.done, end, [](const auto& d) { return d.load_seq() == 0; }))
    std::this_thread::yield();
  std::uint64_t least = ~std::uint64_t{0}, most = 0;
  for (const auto* d = shared.done; d != end; ++d) {
    const std::uint64_t done = d->load_seq();
    least = std::min(least, done);
    most = std::max(most, done);
    rates.sum += static_cast<double>(done) / seconds;
  }
  rates.fairness = static_cast<double>(least) / static_cast<double>(most);
  return rates;
}

template <class Operation>
Rates by_processes(const std::string& path, Operation operation, int writers) {
  tests::SharedPage<Shared> shared;
  std::vector<tests::Child> children;
  for (int self = 0; self < writers; ++self) {
    children.emplace_back([&, self] {
      const auto domain = tests::open_domain({.path = path});
      const auto worker = tests::join(*domain);
      work(*worker, operation, *shared, self);
      return 0;
    });
  }
  const Rates rates = run_round(*shared, writers);
  for (auto& child : children) child.wait();
  return rates;
}

template <class Operation>
Rates by_threads(substrate::Domain& domain, Operation operation, int writers) {
  tests::SharedPage<Shared> shared;
  std::vector<std::thread> threads;
  for (int self = 0; self < writers; ++self) {
    threads.emplace_back([&, self] {
      const auto worker = tests::join(domain);
      work(*worker, operation, *shared, self);
    });
  }
  const Rates rates = run_round(*shared, writers);
  for (auto& thread : threads) thread.join();
  return rates;
}

// `many` beside `one`, in turn, with a cycle in between.
void compare(Worker& worker, const std::string& name, std::uint64_t n, const auto& many,
             const auto& one, const std::string& peer) {
  std::vector<double> rates, peers, fairness;
  for (int round = 0; round < kRounds; ++round) {
    const Rates rate = many();
    rates.push_back(rate.sum / 1e6);
    fairness.push_back(rate.fairness);
    peers.push_back(one().sum / 1e6);
    (void)collect(worker).ok();
  }
  print(Figure{.bench = "sharing",
               .name = name,
               .n = n,
               .value = bench::median(rates),
               .unit = "M/s",
               .peer = peer,
               .peer_value = bench::median(peers)});
  print(Figure{.bench = "sharing",
               .name = name + ", slowest / fastest",
               .n = n,
               .value = bench::median(fairness),
               .unit = ""});
}

// From a change in one process to the watcher's next in another, and back; half of it.
void wake_up(const std::string& path, Worker& worker) {
  constexpr int kTurns = 2'000;
  struct Pair {
    substrate::SharedHalf ping, pong;
  };
  tests::SharedPage<Pair> page;
  const RootRef ping = bench::counter(worker, "ping");
  const RootRef pong = bench::counter(worker, "pong");
  const auto set = [](Worker& by, RootRef atom, int value) {
    const Pin pin(by);
    bench::keep(reset_root(pin, atom, int_word(value)).ok());
  };
  const auto await_value = [](Worker& by, RootRef atom, int value) {
    for (;;) {
      substrate::RootRead read;
      {
        const Pin pin(by);
        read = read_root(pin, atom);
      }
      if (small_int(read.value) >= value) return;
      (void)wait_for_change(by, atom, read.version, 1000);
    }
  };
  tests::Child child([&] {
    const auto domain = tests::open_domain({.path = path});
    const auto own = tests::join(*domain);
    for (int i = 1; i <= kTurns; ++i) {
      await_value(*own, ping, i);
      set(*own, pong, i);
    }
    for (int i = 1; i <= kTurns; ++i) {
      tests::await(page->ping, static_cast<std::uint32_t>(i));
      tests::announce(page->pong);
    }
    return 0;
  });
  std::vector<double> watch, bare;
  for (int i = 1; i <= kTurns; ++i) {
    const double began = bench::wall_ns();
    set(worker, ping, i);
    await_value(worker, pong, i);
    watch.push_back((bench::wall_ns() - began) / 2000);
  }
  for (int i = 1; i <= kTurns; ++i) {
    const double began = bench::wall_ns();
    tests::announce(page->ping);
    tests::await(page->pong, static_cast<std::uint32_t>(i));
    bare.push_back((bench::wall_ns() - began) / 2000);
  }
  child.wait();
  for (const double p : {50.0, 99.0}) {
    print(Figure{.bench = "sharing",
                 .name = "woken by a change, p" + std::to_string(static_cast<int>(p)),
                 .n = kTurns,
                 .value = bench::percentile(watch, p),
                 .unit = "us",
                 .peer = "a futex",
                 .peer_value = bench::percentile(bare, p)});
  }
}

}  // namespace

int main() {
  const tests::Scratch scratch;
  const std::string path = scratch.file("bench.yin");
  tests::TestDomain t({.path = path});
  const CountUp count{bench::counter(*t.worker, "counter")};
  const PutKey put{bench::map_atom(*t.worker, "map", kMapKeys)};
  const auto processes = [&](auto operation, int writers) {
    return [&path, operation, writers] { return by_processes(path, operation, writers); };
  };
  const auto threads = [&](auto operation, int writers) {
    return [&t, operation, writers] { return by_threads(*t.domain, operation, writers); };
  };
  compare(*t.worker, "counter, two processes together", 2, processes(count, 2), processes(count, 1),
          "one");
  compare(*t.worker, "map of 1e3, two processes together", 2, processes(put, 2), processes(put, 1),
          "one");
  compare(*t.worker, "counter, sixteen threads together", 16, threads(count, 16), threads(count, 1),
          "one");
  wake_up(path, *t.worker);
  return 0;
}
