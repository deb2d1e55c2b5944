#pragma once

// One program in a test: read, lowered, run to its end on given projections, its effects performed
// on the spot.
//
// Every run stops after `fuel` calls or at an effect; then the continuation is saved, published,
// and loaded by the next projection in turn, the nursery forgotten. So a fuel of 1 moves a program
// at every safe point it has. Effects that need a scheduler (streams, agents) are answered with an
// error; a host call answers with its arguments.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/check.h"
#include "substrate/commit.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "ast/reader.h"
#include "vm/error.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "tests/support/test_domain.h"

namespace yin::tests {

struct RunOptions {
  std::vector<vm::Projection> projections = {vm::Projection::kStack};
  std::uint64_t fuel = ~std::uint64_t{0};
  std::uint64_t steps_max = ~std::uint64_t{0};  // runs before it is given up
  bool python = false;                          // the language; else Clojure
};

struct RunResult {
  std::string value;   // printed; an error as "!file:line:column: message"
  std::string output;  // what it printed
  std::uint64_t steps = 0;
  std::uint64_t fuel_used = 0;
};

class ProgramRunner {
 public:
  ProgramRunner() {
    const auto installed = vm::install_python_prelude(*domain_.worker);
    substrate::check(installed.ok(), installed.message().c_str());
  }

  [[nodiscard]] substrate::Worker& worker() { return *domain_.worker; }

  RunResult run(std::string_view text, const RunOptions& options = {}) {
    RunResult result;
    const substrate::Pin pin(worker());
    substrate::Word continuation = start(pin, text, result, options.python);
    substrate::Word awaited = substrate::kNil;
    if (!result.value.empty()) return result;
    std::vector<std::unique_ptr<vm::Machine>> machines;
    for (const auto p : options.projections) machines.push_back(vm::make_machine(p));
    bool raise = false;
    while (result.steps < options.steps_max) {
      substrate::Edit edit = substrate::Edit::in_nursery(pin);
      vm::Machine& machine = *machines[result.steps++ % machines.size()];
      machine.load(pin, continuation, awaited, raise);
      std::uint64_t fuel = options.fuel;
      const vm::Outcome outcome = machine.run(edit, fuel);
      result.fuel_used += options.fuel - fuel;
      if (outcome.kind == vm::OutcomeKind::kDone || outcome.kind == vm::OutcomeKind::kFailed) {
        result.value = outcome.kind == vm::OutcomeKind::kDone
                           ? substrate::print(pin, outcome.value)
                           : "!" + vm::describe_error(pin, outcome.value);
        worker().nursery().reset();
        return result;
      }
      substrate::check(outcome.kind != vm::OutcomeKind::kExpired, "nobody gives this pin up");
      substrate::Word kept[] = {machine.save(edit), outcome.value, outcome.effect.argument[0],
                                outcome.effect.argument[1], outcome.effect.argument[2]};
      substrate::publish(pin, kept);
      substrate::check(worker().space_status().ok(), "the test's domain is full");
      worker().nursery().reset();
      continuation = kept[0];
      raise = false;
      awaited =
          outcome.kind == vm::OutcomeKind::kFuel
              ? kept[1]
              : perform(pin, {outcome.effect.kind, {kept[2], kept[3], kept[4]}}, result, raise);
    }
    result.value = "!gave up";
    return result;
  }

 private:
  substrate::Word start(const substrate::Pin& pin, std::string_view text, RunResult& result,
                        bool python) {
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    auto program = python ? read_python(edit, text) : vm::read_program(edit, text, "t.clj");
    if (!program.ok()) return result.value = "!" + program.status().message(), substrate::kNil;
    auto main = vm::lower(edit, *program);
    if (!main.ok()) return result.value = "!" + main.status().message(), substrate::kNil;
    return vm::make_call(edit, *main, {});
  }

  static substrate::StatusOr<substrate::Word> read_python(substrate::Edit& edit,
                                                          std::string_view text) {
    auto read = ast::read_python(edit, text, "t.py");
    if (!read.ok()) return read.status();
    return read->program;
  }

  substrate::Word perform(const substrate::Pin& pin, const vm::Effect& e, RunResult& result,
                          bool& raise) {
    using vm::EffectKind;
    const auto ref = [&] { return substrate::root_ref(e.argument[0]); };
    switch (e.kind) {
      case EffectKind::kDefine:
      case EffectKind::kReset:
        substrate::check(substrate::reset_root(pin, ref(), e.argument[1]).ok(), "reset");
        return e.argument[1];
      case EffectKind::kAtomNew: {
        auto made = substrate::new_root(pin, substrate::RootKind::kAtom);
        substrate::check(made.ok(), "a new root");
        const substrate::Change change[] = {{made->ref, made->expected, e.argument[0]}};
        substrate::check(substrate::commit(pin, change) == substrate::CommitOutcome::kCommitted,
                         "commit");
        return substrate::root_word(made->ref);
      }
      case EffectKind::kCompareAndSet:
        if (substrate::read_root(pin, ref()).value != e.argument[1]) return substrate::kFalse;
        substrate::check(substrate::reset_root(pin, ref(), e.argument[2]).ok(), "reset");
        return substrate::kTrue;
      case EffectKind::kPrint:
        result.output += substrate::to_string(pin, e.argument[0]);
        return substrate::kNil;
      case EffectKind::kYield:
        return substrate::kNil;
      case EffectKind::kCall:
        return e.argument[1];
      default:
        break;
    }
    raise = true;
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    return vm::make_error(edit, "unsupported", "this test performs no such effect",
                          substrate::kNil);
  }

  TestDomain domain_;
};

}  // namespace yin::tests
