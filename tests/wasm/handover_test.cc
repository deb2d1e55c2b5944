// Two web workers (pthreads of one module) share one wasm memory: an agent that parks in the first
// goes on in the second. Exit code 0 is a pass.

#include <cstdio>
#include <string>
#include <thread>

#include "substrate/domain.h"
#include "substrate/print.h"
#include "substrate/verify.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "scheduler/scheduler.h"

namespace {

using yin::substrate::Domain;
using yin::substrate::Edit;
using yin::substrate::Pin;
using yin::substrate::Word;
using yin::substrate::Worker;

constexpr const char* kProgram = R"(
  (def result (atom nil "result"))
  (let [before (reduce + 0 (range 100))
        given (park)]
    (reset! result [before given (+ before given)])))";

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("FAILED: %s\n", what.c_str());
  std::exit(1);
}

// Runs agents until none is ready.
void run_ready(Domain& domain, Word* agent, bool first) {
  auto worker = Worker::join(domain);
  expect(worker.ok(), worker.status().message());
  if (first) {
    const auto prelude = yin::vm::install_prelude(**worker);
    expect(prelude.ok(), prelude.message());
    const Pin pin(**worker);
    Edit edit = Edit::in_slab(pin);
    auto program = yin::vm::read_program(edit, kProgram, "handover.clj");
    expect(program.ok(), program.status().message());
    auto main = yin::vm::lower(edit, *program);
    expect(main.ok(), main.status().message());
    auto spawned = yin::scheduler::spawn(pin, *main, {}, "main");
    expect(spawned.ok(), spawned.status().message());
    *agent = *spawned;
  } else {
    const Pin pin(**worker);
    const auto resumed =
        yin::scheduler::resume(pin, root_ref(*agent), yin::substrate::int_word(50));
    expect(resumed.ok(), resumed.message());
  }
  const yin::scheduler::HostTable host;
  yin::scheduler::Runner runner(**worker, yin::vm::Projection::kStack, host);
  while (runner.run_one() == yin::scheduler::Runner::Turn::kRan) {
  }
}

}  // namespace

int main() {
  auto domain = Domain::open({.path = {}, .capacity_bytes = std::uint64_t{64} << 20});
  expect(domain.ok(), domain.status().message());
  Word agent{};
  std::thread([&] { run_ready(**domain, &agent, true); }).join();
  std::thread([&] { run_ready(**domain, &agent, false); }).join();

  auto worker = Worker::join(**domain);
  expect(worker.ok(), worker.status().message());
  std::string result;
  {
    const Pin pin(**worker);
    const Word atom = find_named_root(pin, "result");
    result = print(pin, read_root(pin, root_ref(atom)).value);
  }
  expect(result == "[4950 50 5000]", "the agent's result is " + result);
  const auto report = verify(**worker);
  expect(report.clean(), report.findings.empty() ? "verify" : report.findings[0]);
  std::printf("an agent parked in one worker went on in another: %s\n", result.c_str());
  return 0;
}
