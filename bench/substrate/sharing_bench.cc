// What do several processes and threads get out of one atom? A counter and a map that two processes
// swap, sixteen threads on one counter, being woken by a change in another process; beside one of
// them alone, in turn, and a bare futex. How even their shares of a round are, and how long a swap
// takes. Wall time: with fewer processors than writers read the ratios as what is left of one's
// rate; two processes that did not have two processors did not fight.
//
//   sharing_bench [PART...]   counter map threads wake; all without one

#include <algorithm>
#include <bit>
#include <cstdio>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <sched.h>

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

constexpr int kRounds = 7;
constexpr int kWarmUps = 3;  // until memory is recycled, and mapped by every process
constexpr std::uint64_t kMapKeys = 1'000;
constexpr double kRoundNs = 3e8;
constexpr int kWritersMax = 16;

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

// How long operations took: eight buckets for each power of two of nanoseconds.
struct Histogram {
  static constexpr std::uint64_t kSteps = 8;
  substrate::SharedWord count[64 * kSteps];

  static std::uint64_t bucket_of(std::uint64_t ns) {
    if (ns < kSteps) return ns;
    const auto power = static_cast<std::uint64_t>(std::bit_width(ns)) - 4;
    return (power + 1) * kSteps + (ns >> power) % kSteps;
  }
  static double start_of(std::uint64_t bucket) {
    if (bucket < kSteps) return static_cast<double>(bucket);
    return static_cast<double>((kSteps + bucket % kSteps) << (bucket / kSteps - 1));
  }
};

// What a team talks through. Rounds are numbered from 1; a writer that is not asked sits it out.
struct Plan {
  substrate::SharedHalf ready, round, over, finished;
  substrate::SharedHalf writers, is_timed;
  alignas(64) substrate::SharedWord done[kWritersMax];
  substrate::SharedWord cpu_ns[kWritersMax];
  Histogram took[kWritersMax];
};

// Each writer has a processor of its own, as far as they go: else the system may well run two on one,
// where nobody fights.
void take_processor(int self) {
  cpu_set_t all, one;
  substrate::check(::sched_getaffinity(0, sizeof all, &all) == 0, "no processors");
  int skip = self % CPU_COUNT(&all), processor = 0;
  while (!CPU_ISSET(processor, &all) || skip-- > 0) ++processor;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  substrate::check(::sched_setaffinity(0, sizeof one, &one) == 0, "no processor");
}

// Runs `operation` in each round until it is over, and says how often that was.
template <class Operation>
void work(Worker& worker, Operation operation, Plan& plan, int self) {
  plan.ready.add_seq(1);
  substrate::wake_all(plan.ready);
  for (std::uint32_t round = 1;; ++round) {
    tests::await(plan.round, round);
    const std::uint32_t writers = plan.writers.load_seq();
    if (writers == 0) return;
    std::uint64_t done = 0;
    const double cpu_began = bench::cpu_ns();
    if (static_cast<std::uint32_t>(self) < writers && plan.is_timed.load_seq() != 0) {
      while (plan.over.load_relaxed() < round) {
        const double began = bench::wall_ns();
        operation(worker);
        const auto took = static_cast<std::uint64_t>(bench::wall_ns() - began);
        plan.took[self].count[Histogram::bucket_of(took)].add_relaxed(1);
      }
    } else if (static_cast<std::uint32_t>(self) < writers) {
      while (plan.over.load_relaxed() < round) {
        for (int i = 0; i < 32; ++i) operation(worker);
        done += 32;
      }
    }
    plan.done[self].store_seq(done);
    plan.cpu_ns[self].store_seq(static_cast<std::uint64_t>(bench::cpu_ns() - cpu_began));
    tests::announce(plan.finished);
  }
}

// Without a look in between: each would take a processor from a writer.
void sleep_until(double wall_ns) {
  const substrate::SharedHalf nobody_wakes{};
  for (double left; (left = wall_ns - bench::wall_ns()) > 0;)
    substrate::park_on(nobody_wakes, 0, static_cast<std::uint32_t>(left / 1e6) + 1);
}

// How often each writer was done in a round, or in several.
struct Tally {
  double seconds = 0, cpu_seconds = 0;
  std::vector<std::uint64_t> done = {};

  void add(const Tally& other) {
    seconds += other.seconds;
    cpu_seconds += other.cpu_seconds;
    done.resize(other.done.size());
    for (std::size_t i = 0; i < done.size(); ++i) done[i] += other.done[i];
  }
  // Of all together, in millions a second.
  [[nodiscard]] double rate() const {
    return static_cast<double>(std::accumulate(done.begin(), done.end(), std::uint64_t{0})) /
           seconds / 1e6;
  }
  // The slowest through the fastest.
  [[nodiscard]] double evenness() const {
    const auto [least, most] = std::minmax_element(done.begin(), done.end());
    return static_cast<double>(*least) / static_cast<double>(*most);
  }
};

// Writers that live through all rounds, each in a process of its own or all as threads of ours: what
// they write to is mapped by them, and recycled by the cycle behind each round.
class Team {
 public:
  template <class Operation>
  static Team of_processes(const std::string& path, Worker& keeper, Operation operation, int size) {
    Team team(keeper, size);
    for (int self = 0; self < size; ++self) {
      team.children_.emplace_back([&team, &path, operation, self] {
        take_processor(self);
        const auto domain = tests::open_domain({.path = path});
        const auto worker = tests::join(*domain);
        work(*worker, operation, team.plan(), self);
        return 0;
      });
    }
    return team;
  }
  template <class Operation>
  static Team of_threads(Worker& keeper, Operation operation, int size) {
    Team team(keeper, size);
    for (int self = 0; self < size; ++self) {
      team.threads_.emplace_back([plan = &team.plan(), &keeper, operation, self] {
        const auto worker = tests::join(keeper.domain());
        work(*worker, operation, *plan, self);
      });
    }
    return team;
  }
  Team(Team&&) = default;
  ~Team() {
    if (plan_ == nullptr) return;
    start(0, false);
    for (auto& child : children_) child.wait();
    for (auto& thread : threads_) thread.join();
  }

  Tally run(int writers) {
    Tally tally{.seconds = run_round(writers, false)};
    for (int i = 0; i < writers; ++i) {
      tally.done.push_back(plan().done[i].load_seq());
      tally.cpu_seconds += static_cast<double>(plan().cpu_ns[i].load_seq()) / 1e9;
    }
    return tally;
  }
  void run_timed(int writers) { run_round(writers, true); }

  // Of all timed rounds, all writers together, in microseconds.
  [[nodiscard]] double percentile_us(double p) const {
    std::vector<std::uint64_t> counts(std::size(plan().took[0].count));
    std::uint64_t all = 0;
    for (const Histogram& histogram : plan().took) {
      for (std::size_t i = 0; i < counts.size(); ++i) {
        counts[i] += histogram.count[i].load_relaxed();
        all += histogram.count[i].load_relaxed();
      }
    }
    auto left = static_cast<std::uint64_t>(p / 100 * static_cast<double>(all));
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (left < counts[i]) return Histogram::start_of(i) / 1000;
      left -= counts[i];
    }
    return 0;
  }

 private:
  Team(Worker& keeper, int size)
      : keeper_(&keeper), size_(size), plan_(std::make_unique<tests::SharedPage<Plan>>()) {}

  [[nodiscard]] Plan& plan() const { return **plan_; }

  double run_round(int writers, bool is_timed) {
    const auto size = static_cast<std::uint32_t>(size_);
    tests::await(plan().ready, size);
    start(writers, is_timed);
    const double began = bench::wall_ns();
    sleep_until(began + kRoundNs);
    plan().over.store_seq(round_);
    const double seconds = (bench::wall_ns() - began) / 1e9;
    tests::await(plan().finished, round_ * size);
    (void)collect(*keeper_).ok();
    return seconds;
  }
  void start(int writers, bool is_timed) {
    plan().writers.store_seq(static_cast<std::uint32_t>(writers));
    plan().is_timed.store_seq(is_timed ? 1 : 0);
    ++round_;
    tests::announce(plan().round);
  }

  Worker* keeper_;
  int size_;
  std::uint32_t round_ = 0;
  std::unique_ptr<tests::SharedPage<Plan>> plan_;
  std::vector<tests::Child> children_;
  std::vector<std::thread> threads_;
};

// All of a team beside one of it, in turn.
void compare(Team team, const std::string& name, int writers) {
  const auto n = static_cast<std::uint64_t>(writers);
  std::vector<double> rates, peers, evenness;
  Tally all;
  for (int round = 0; round < kWarmUps + kRounds; ++round) {
    const Tally together = team.run(writers);
    const Tally one = team.run(1);
    if (round < kWarmUps) continue;
    rates.push_back(together.rate());
    evenness.push_back(together.evenness());
    peers.push_back(one.rate());
    all.add(together);
  }
  print(Figure{.bench = "sharing",
               .name = name,
               .n = n,
               .value = bench::median(rates),
               .unit = "M/s",
               .peer = "one",
               .peer_value = bench::median(peers)});
  print(Figure{.bench = "sharing",
               .name = name + ", slowest / fastest",
               .n = n,
               .value = bench::median(evenness),
               .unit = "",
               .peer = "the worst round",
               .peer_value = *std::min_element(evenness.begin(), evenness.end())});
  print(Figure{.bench = "sharing",
               .name = name + ", slowest / fastest of all rounds",
               .n = n,
               .value = all.evenness(),
               .unit = ""});
  print(Figure{.bench = "sharing",
               .name = name + ", processors they had",
               .n = n,
               .value = all.cpu_seconds / all.seconds,
               .unit = ""});
  team.run_timed(writers);
  for (const double p : {50.0, 99.0, 99.9, 99.99}) {
    char label[16];
    (void)std::snprintf(label, sizeof label, ", p%g", p);
    print(Figure{.bench = "sharing",
                 .name = name + label,
                 .n = n,
                 .value = team.percentile_us(p),
                 .unit = "us"});
  }
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

struct Bench {
  std::string path;
  Worker& keeper;
};

CountUp counter_of(const Bench& b) { return {bench::counter(b.keeper, "counter")}; }

void counter(const Bench& b) {
  compare(Team::of_processes(b.path, b.keeper, counter_of(b), 2), "counter, two processes together",
          2);
}
void map(const Bench& b) {
  const PutKey put{bench::map_atom(b.keeper, "map", kMapKeys)};
  compare(Team::of_processes(b.path, b.keeper, put, 2), "map of 1e3, two processes together", 2);
}
void threads(const Bench& b) {
  compare(Team::of_threads(b.keeper, counter_of(b), kWritersMax),
          "counter, sixteen threads together", kWritersMax);
}
void wake(const Bench& b) { wake_up(b.path, b.keeper); }

struct Part {
  std::string_view name;
  void (*run)(const Bench& bench);
};
constexpr Part kParts[] = {
    {"counter", counter}, {"map", map}, {"threads", threads}, {"wake", wake}};

}  // namespace

int main(int count, char** names) {
  const tests::Scratch scratch;
  const std::string path = scratch.file("bench.yin");
  const tests::TestDomain t({.path = path});
  for (const Part& part : kParts) {
    if (count == 1 || std::find(names + 1, names + count, part.name) != names + count)
      part.run({path, *t.worker});
  }
  return 0;
}
