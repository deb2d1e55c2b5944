// What does it take to park a continuation and to go on with it, on each projection, without the
// scheduler and its commits? load(), run() to the park, save(), publish(): the continuation is in the
// slab and any machine of any process may have it. The peer of a case is the shallow one on the same
// projection.

#include <string>
#include <string_view>
#include <utility>

#include "substrate/check.h"
#include "substrate/nursery.h"
#include "substrate/root.h"
#include "vm/frame.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

namespace {

constexpr std::uint64_t kParks = 100'000;
constexpr std::uint64_t kDepth = 100;

// A continuation that parks for ever, `depth` frames below the first. Lives under one pin: nothing
// is collected meanwhile.
class Parking {
 public:
  Parking(vm::Projection projection, std::uint64_t depth)
      : machine_(vm::make_machine(projection)), pin_(*domain_.worker) {
    Edit edit = Edit::in_slab(pin_);
    const std::string text =
        "((fn down [n] (if (= n 0) (loop [i 0] (park) (recur (inc i)))"
        " (inc (down (dec n))))) " +
        std::to_string(depth) + ")";
    auto program = vm::read_program(edit, text, "bench.clj");
    substrate::check(program.ok(), "the program reads");
    auto main = vm::lower(edit, *program);
    substrate::check(main.ok(), "the program lowers");
    begin_ = vm::make_call(edit, *main, {});
  }

  // From the beginning to the first park.
  void first() { parked_ = step(begin_); }
  // On from the last park to the next.
  void next() { parked_ = step(parked_); }

  [[nodiscard]] Word caller() const { return vm::view_frame(pin_, parked_).caller; }

 private:
  Word step(Word continuation) {
    machine_->load(pin_, continuation, substrate::kNil, false);
    std::uint64_t fuel = 20'000;  // as the scheduler's slices
    Edit edit = Edit::in_nursery(pin_);
    const vm::Outcome outcome = machine_->run(edit, fuel);
    substrate::check(outcome.kind == vm::OutcomeKind::kEffect, "it parks");
    Word kept[] = {machine_->save(edit)};
    substrate::publish(pin_, kept);
    domain_.worker->nursery().reset();
    return kept[0];
  }

  tests::TestDomain domain_;
  std::unique_ptr<vm::Machine> machine_;
  Pin pin_;
  Word begin_{}, parked_{};
};

void print(std::string_view name, vm::Projection projection, std::uint64_t n, double ns,
           double shallow) {
  bench::print({.bench = "park",
                .name = std::string(name).append(", ").append(vm::projection_name(projection)),
                .n = n,
                .value = ns,
                .unit = "ns",
                .peer = shallow > 0 ? "shallow" : "",
                .peer_value = shallow});
}

}  // namespace

int main() {
  for (const vm::Projection projection : vm::kProjections) {
    Parking shallow(projection, 0);
    Parking deep(projection, kDepth);
    shallow.first();
    deep.first();
    const Word caller = deep.caller();
    const auto [once, again, whole] = bench::cpu_side_by_side(
        5, kParks,
        [&] {
          for (std::uint64_t i = 0; i < kParks; ++i) shallow.next();
        },
        [&] {
          for (std::uint64_t i = 0; i < kParks; ++i) deep.next();
        },
        [&] {
          for (std::uint64_t i = 0; i < kParks / kDepth; ++i) deep.first();
        });
    deep.first();
    const Word before = deep.caller();
    deep.next();
    substrate::check(deep.caller() == before && before != caller, "only what changed is written");
    print("park + resume", projection, 1, once, 0);
    print("park + resume, again", projection, kDepth, again, once);
    print("going down and parking, a frame", projection, kDepth, whole, once);
  }
}
