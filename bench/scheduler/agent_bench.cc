// What does an agent cost? Spawn to end, park and resume, a stream item from put! to next!, handing
// an agent over to another thread or process, bytes of a parked agent. No peers in the same run
// yet: spec figures stand in the README.

#include <filesystem>
#include <thread>
#include <sys/wait.h>
#include <unistd.h>

#include "substrate/check.h"
#include "substrate/collector.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "scheduler/scheduler.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using bench::Figure;
using substrate::Domain;
using substrate::Edit;
using substrate::int_word;
using substrate::Pin;
using substrate::Word;
using substrate::Worker;

const scheduler::HostTable kNoHost;

// Makes the first agent of a program.
Word load(Worker& worker, std::string_view text) {
  const auto prelude = vm::install_prelude(worker);
  substrate::check(prelude.ok(), prelude.message().c_str());
  const Pin pin(worker);
  Edit edit = Edit::in_slab(pin);
  auto program = vm::read_program(edit, text, "bench.clj");
  substrate::check(program.ok(), program.status().message().c_str());
  auto main = vm::lower(edit, *program);
  substrate::check(main.ok(), main.status().message().c_str());
  auto agent = scheduler::spawn(pin, *main, {}, "main");
  substrate::check(agent.ok(), agent.status().message().c_str());
  return *agent;
}

// CPU of running everything that is ready, the collector left out.
double run_all(Worker& worker) {
  scheduler::Runner runner(worker, vm::Projection::kStack, kNoHost);
  const double began = bench::cpu_ns();
  while (runner.run_one() == scheduler::Runner::Turn::kRan) {
  }
  return bench::cpu_ns() - began;
}

void program_case(const std::string& name, std::string_view text, std::uint64_t n) {
  std::vector<double> rounds;
  for (int i = 0; i < 5; ++i) {
    tests::TestDomain t;
    load(*t.worker, text);
    rounds.push_back(run_all(*t.worker) / static_cast<double>(n));
  }
  print(Figure{.bench = "agent", .name = name, .n = n, .value = bench::median(rounds)});
}

void parked_bytes(std::uint64_t n) {
  tests::TestDomain t;
  load(*t.worker, "(dotimes [i " + std::to_string(n) + "] (spawn (fn [x] (+ x (park))) i))");
  const substrate::DomainState& state = t.domain->state();
  (void)collect(*t.worker).ok();
  const double before =
      static_cast<double>(state.live_bytes.load_relaxed());  // the prelude and the program
  run_all(*t.worker);
  (void)collect(*t.worker).ok();
  const double slot = sizeof(substrate::RootSlot) + 1.0 / 8;
  print(Figure{.bench = "agent",
               .name = "bytes of a parked agent, its slot included",
               .n = n,
               .value = (static_cast<double>(state.live_bytes.load_relaxed()) - before) /
                            static_cast<double>(n) +
                        slot,
               .unit = "B"});
}

// An agent that parks `n` times, resumed by the host each time, in one worker.
void park_resume(std::uint64_t n) {
  std::vector<double> rounds;
  for (int i = 0; i < 5; ++i) {
    tests::TestDomain t;
    const Word agent = load(*t.worker, "(loop [i 0] (if (< i " + std::to_string(n) +
                                           ") (do (park) (recur (inc i))) i))");
    scheduler::Runner runner(*t.worker, vm::Projection::kStack, kNoHost);
    runner.run_one();
    const double began = bench::cpu_ns();
    for (std::uint64_t k = 0; k < n; ++k) {
      {
        const Pin pin(*t.worker);
        (void)scheduler::resume(pin, root_ref(agent), int_word(1)).ok();
      }
      runner.run_one();
    }
    rounds.push_back((bench::cpu_ns() - began) / static_cast<double>(n));
  }
  print(Figure{.bench = "agent", .name = "park + resume", .n = n, .value = bench::median(rounds)});
}

// Hands an agent to and fro: each side resumes it when it parked, spinning; the agent moves every
// time.
constexpr std::string_view kPingPong = "(loop [i 0] (park) (recur (inc i)))";
constexpr std::uint64_t kHandovers = 20'000;

void play_side(Domain& domain, Word agent, std::int64_t parity, std::vector<double>* times) {
  auto worker = Worker::join(domain);
  substrate::check(worker.ok(), "a worker for the bench");
  scheduler::Runner runner(**worker, vm::Projection::kStack, kNoHost);
  double last = bench::wall_ns();
  for (std::int64_t turn = parity; turn < static_cast<std::int64_t>(kHandovers); turn += 2) {
    for (;;) {
      const Pin pin(**worker);
      const auto root = read_root(pin, root_ref(agent));
      const scheduler::Agent now = scheduler::read_agent_record(pin, root.value);
      if (now.status == substrate::AgentStatus::kParked && now.steps == turn + 1) break;
    }
    {
      const Pin pin(**worker);
      (void)scheduler::resume(pin, root_ref(agent), int_word(turn)).ok();
    }
    while (runner.run_one() != scheduler::Runner::Turn::kRan) {  // the other side lets go of it
    }
    const double now = bench::wall_ns();
    if (times != nullptr && turn > 1000) times->push_back((now - last) / 2);
    last = now;
  }
}

void report_handover(const std::string& name, std::vector<double>& times) {
  print(Figure{.bench = "agent",
               .name = name + ", p50",
               .n = kHandovers,
               .value = bench::percentile(times, 50)});
  print(Figure{.bench = "agent",
               .name = name + ", p99",
               .n = kHandovers,
               .value = bench::percentile(times, 99)});
}

void handover_threads() {
  tests::TestDomain t;
  const Word agent = load(*t.worker, kPingPong);
  scheduler::Runner(*t.worker, vm::Projection::kStack, kNoHost).run_one();
  std::vector<double> times;
  std::thread other([&] { play_side(*t.domain, agent, 1, nullptr); });
  play_side(*t.domain, agent, 0, &times);
  other.join();
  report_handover("hand-over thread to thread (wall)", times);
}

void handover_processes() {
  const auto path =
      std::filesystem::temp_directory_path() / ("yin-bench-" + std::to_string(::getpid()) + ".yin");
  std::vector<double> times;
  {
    tests::TestDomain t({.path = path.string(), .mode = substrate::OpenMode::kCreate});
    const Word agent = load(*t.worker, kPingPong);
    scheduler::Runner(*t.worker, vm::Projection::kStack, kNoHost).run_one();
    const pid_t child = ::fork();
    if (child == 0) {
      auto domain = Domain::open({.path = path.string(), .mode = substrate::OpenMode::kJoin});
      if (domain.ok()) play_side(**domain, agent, 1, nullptr);
      ::_exit(0);
    }
    play_side(*t.domain, agent, 0, &times);
    ::waitpid(child, nullptr, 0);
  }
  std::filesystem::remove(path);
  report_handover("hand-over process to process (wall)", times);
}

}  // namespace

int main() {
  program_case("spawn to end", "(dotimes [i 100000] (spawn (fn [] nil)))", 100'000);
  program_case("put! and next! of an item, two agents",
               "(def s (stream {:capacity 64})) (def c (cursor s))"
               "(spawn (fn [] (dotimes [i 100000] (put! s i)) (close! s)))"
               "(spawn (fn [] (loop [sum 0] (let [x (next! c)] (if x (recur (+ sum x)) sum)))))",
               100'000);
  program_case("swap! of a counter by an agent",
               "(def a (atom 0)) (dotimes [i 100000] (swap! a inc))", 100'000);
  park_resume(100'000);
  parked_bytes(100'000);
  handover_threads();
  handover_processes();
  return 0;
}
