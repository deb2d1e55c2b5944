// How long does a guest call take, how long a turn of a loop, on each projection? The peer of a
// projection is the walk: what reading the datoms costs, and lowering saves.

#include <memory>
#include <string>
#include <string_view>

#include "substrate/check.h"
#include "substrate/nursery.h"
#include "substrate/root.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

using namespace yin;

namespace {

struct Case {
  std::string_view name;
  std::string_view define;  // run once
  std::string_view text;    // run and timed
  std::uint64_t n;          // guest calls or turns it takes
};

constexpr Case kCases[] = {
    {"fib(25) call", "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))", "(fib 25)",
     242785},
    {"fib(25) call by var", "(def vfib (fn [n] (if (< n 2) n (+ (vfib (- n 1)) (vfib (- n 2))))))",
     "(vfib 25)", 242785},
    {"loop 1e6 turn", "", "(loop [i 0] (if (< i 1000000) (recur (inc i)) i))", 1000000},
    {"tail call 1e6", "(defn down [n] (if (= n 0) 42 (down (- n 1))))", "(down 1000000)", 1000000},
    {"closure call 1e6", "(def add (fn [k] (fn [x] (+ x k))))",
     "(let [f (add 1)] (loop [i 0] (if (< i 1000000) (recur (f i)) i)))", 1000000},
    {"reduce + over 1e5 items", "", "(reduce + 0 (range 100000))", 100000},
    {"map inc over 1e5 items", "", "(count (map inc (range 100000)))", 100000},
    {"vector conj 1e5", "",
     "(count (loop [i 0 v []] (if (< i 100000) (recur (inc i) (conj v i)) v)))", 100000},
    {"map assoc 1e5", "",
     "(count (loop [i 0 m {}] (if (< i 100000) (recur (inc i) (assoc m i i)) m)))", 100000},
};

class Bench {
 public:
  Bench() { substrate::check(vm::install_prelude(*domain_.worker).ok(), "the prelude"); }

  // CPU nanoseconds a call or turn.
  double measure(const Case& c, vm::Projection projection, int rounds) {
    if (!c.define.empty()) run(projection, lower(c.define));
    const substrate::Word main = lower(c.text);
    return bench::cpu_per_operation(rounds, c.n, [&] { run(projection, main); });
  }

 private:
  substrate::Word lower(std::string_view text) {
    const substrate::Pin pin(*domain_.worker);
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    auto program = vm::read_program(edit, text, "bench.clj");
    substrate::check(program.ok(), "the program reads");
    auto main = vm::lower(edit, *program);
    substrate::check(main.ok(), "the program lowers");
    return *main;
  }

  void run(vm::Projection projection, substrate::Word main) {
    const substrate::Pin pin(*domain_.worker);
    const auto machine = vm::make_machine(projection);
    substrate::Edit edit = substrate::Edit::in_nursery(pin);
    machine->load(pin, vm::make_call(edit, main, {}), substrate::kNil, false);
    for (;;) {
      std::uint64_t fuel = 20'000;  // as the scheduler's slices
      const vm::Outcome outcome = machine->run(edit, fuel);
      if (outcome.kind == vm::OutcomeKind::kDone) break;
      substrate::check(outcome.kind != vm::OutcomeKind::kFailed, "the program runs");
      substrate::Word kept[] = {machine->save(edit), outcome.effect.argument[1]};
      substrate::publish(pin, kept);
      domain_.worker->nursery().reset();
      if (outcome.kind == vm::OutcomeKind::kEffect) {
        substrate::check(outcome.effect.kind == vm::EffectKind::kDefine, "only definitions");
        substrate::check(
            substrate::reset_root(pin, substrate::root_ref(outcome.effect.argument[0]), kept[1])
                .ok(),
            "def");
      }
      machine->load(pin, kept[0], kept[1], false);
    }
    domain_.worker->nursery().reset();
  }

  tests::TestDomain domain_;
};

}  // namespace

int main() {
  Bench bench;
  for (const Case& c : kCases) {
    const double walk = bench.measure(c, vm::Projection::kWalk, 3);
    for (const vm::Projection projection :
         {vm::Projection::kStack, vm::Projection::kRegister, vm::Projection::kNative,
          vm::Projection::kTiered}) {
      bench::print({.bench = "fib",
                    .name = std::string(c.name).append(", ").append(vm::projection_name(projection)),
                    .n = c.n,
                    .value = bench.measure(c, projection, 7),
                    .unit = "ns",
                    .peer = "walk",
                    .peer_value = walk});
    }
  }
}
