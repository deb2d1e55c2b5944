#pragma once

// One program in every way there is to run it: each must give the same value or error, the same
// output, and use the same fuel.
//
//   whole      on each projection
//   in step    parked at every safe point: from the same parked state each projection goes on to the
//              next, and what they save there must be the same words; one of them, in turn, is gone
//              on with. So every projection resumes what every other one parked, everywhere.
//   in pieces  of more than one step, by several projections in turn
//   forked     what was parked at some safe points goes on twice, on two projections, each time in
//              the world as it was then
//
// Says what differs as text, for tests, and for who looks for the smallest program that differs.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/run_program.h"
#include "tests/support/same_words.h"

namespace yin::tests {

struct Ways {
  Language language = Language::kClojure;
  std::uint64_t fuel_max = 0;           // of a whole run, after which it is given up; 0: none
  std::uint64_t in_step_max = 200'000;  // a program with more steps is not run in step
  std::uint64_t in_pieces_max = 200'000;
  std::uint64_t forks = 12;
  std::uint64_t seed = 0;  // where the forks are, and how big the pieces
};

struct Checked {
  RunResult result;
  std::string difference;  // empty: none
};

class EveryWay {
 public:
  EveryWay(ProgramRunner& runner, std::string_view text, const Ways& ways)
      : runner_(runner),
        ways_(ways),
        random_(ways.seed),
        program_(runner.load(text, {.language = ways.language})) {}

  Checked run() {
    whole();
    if (!program_.refused.empty() || result_.parked || !difference_.empty())
      return {result_, difference_};
    // Effects are steps that take no fuel; most of what is given up then is never counted again.
    if (result_.fuel_used + result_.steps <= ways_.in_step_max) in_step();
    if (result_.fuel_used + result_.steps <= ways_.in_pieces_max) in_pieces();
    return {result_, difference_};
  }

 private:
  using Projection = vm::Projection;
  static constexpr std::size_t kCount = std::size(vm::kProjections);

  void differs(const std::string& how, const std::string& got, const std::string& wanted) {
    if (difference_.empty()) difference_ = how + ": " + got + "\nbut the walk: " + wanted;
  }
  void compare(const std::string& how, const RunResult& got,
               const std::string& printed_before = {}) {
    if (without_slots(got.value) != without_slots(result_.value))
      differs(how, got.value, result_.value);
    if (without_slots(printed_before + got.output) != without_slots(result_.output))
      differs(how + " printed", printed_before + got.output, result_.output);
  }

  void whole() {
    const std::uint64_t fuel = ways_.fuel_max == 0 ? ~std::uint64_t{0} : ways_.fuel_max;
    // A program may ask for effects for ever, and take little fuel for it.
    const std::uint64_t steps = ways_.fuel_max == 0 ? ~std::uint64_t{0} : kEffectsMax;
    for (const Projection p : {Projection::kWalk, Projection::kStack, Projection::kRegister,
                               Projection::kNative, Projection::kTiered}) {
      const RunResult got =
          runner_.run(program_, {.projections = {p}, .fuel_max = fuel, .steps_max = steps});
      if (p == Projection::kWalk) {
        result_ = got;
        continue;
      }
      const std::string how(vm::projection_name(p));
      compare(how, got);
      if (got.fuel_used != result_.fuel_used)
        differs(how + " used fuel", std::to_string(got.fuel_used),
                std::to_string(result_.fuel_used));
    }
  }

  void in_step() {
    const std::set<std::uint64_t> forked = forks(result_.fuel_used + result_.steps);
    const std::size_t before = runner_.changes();
    const substrate::Pin pin(runner_.worker());
    Parked at{program_.start};
    RunResult so_far;
    for (bool end = false; !end && difference_.empty(); ++so_far.steps) {
      if (forked.contains(so_far.steps)) fork(at, so_far);
      ProgramRunner::Stop stops[kCount];
      std::uint64_t fuel[kCount];
      substrate::Edit edit = substrate::Edit::in_nursery(pin);
      for (std::size_t i = 0; i < kCount; ++i) {
        fuel[i] = 1;
        stops[i] = runner_.step(edit, vm::kProjections[i], at, fuel[i]);
        const std::string how = "in step " + std::to_string(so_far.steps) + " the " +
                                std::string(vm::projection_name(vm::kProjections[i]));
        if (fuel[i] != fuel[0])
          differs(how, "left " + std::to_string(fuel[i]), std::to_string(fuel[0]));
        const std::string what = same(pin, stops[i], stops[0]);
        if (!what.empty()) differs(how, "other " + what, {});
      }
      if (!difference_.empty()) break;
      so_far.fuel_used += 1 - fuel[0];
      end = runner_.take(pin, stops[so_far.steps % kCount], at, so_far);
    }
    runner_.worker().nursery().reset();
    runner_.undo(before);
    if (!difference_.empty()) return;
    compare("in step", so_far);
    if (so_far.fuel_used != result_.fuel_used)
      differs("in step used fuel", std::to_string(so_far.fuel_used),
              std::to_string(result_.fuel_used));
  }

  // What of two stops is not the same.
  static std::string same(const substrate::Pin& pin, const ProgramRunner::Stop& a,
                          const ProgramRunner::Stop& b) {
    if (a.outcome.kind != b.outcome.kind) return "kind of outcome";
    if (a.outcome.effect.kind != b.outcome.effect.kind) return "effect";
    for (int i = 0; i < 3; ++i)
      if (!same_words(pin, a.outcome.effect.argument[i], b.outcome.effect.argument[i]))
        return "argument of an effect";
    if (!same_words(pin, a.outcome.value, b.outcome.value)) return "value";
    if (!same_words(pin, a.continuation, b.continuation)) return "continuation";
    return {};
  }

  [[nodiscard]] std::set<std::uint64_t> forks(std::uint64_t steps) {
    std::set<std::uint64_t> chosen;
    for (std::uint64_t i = 0; i < std::min(ways_.forks, steps); ++i)
      chosen.insert(steps <= ways_.forks ? i : random_.below(steps));
    return chosen;
  }
  void fork(const Parked& at, const RunResult& so_far) {
    std::uint64_t fuel_used = 0;
    for (std::uint64_t i = 0; i < 2; ++i) {
      const Projection p = vm::kProjections[(so_far.steps + 2 + i) % kCount];
      const std::size_t before = runner_.changes();
      const RunResult got = runner_.go_on(at, {.projections = {p}});
      runner_.undo(before);
      const std::string how = "forked at step " + std::to_string(so_far.steps) + " the " +
                              std::string(vm::projection_name(p));
      compare(how, got, so_far.output);
      if (i == 0) fuel_used = got.fuel_used;
      if (got.fuel_used != fuel_used)
        differs(how + " used fuel", std::to_string(got.fuel_used), std::to_string(fuel_used));
    }
  }

  void in_pieces() {
    RunOptions options{
        .projections = {}, .fuel = 2 + random_.below(6), .steps_max = ~std::uint64_t{0}};
    std::string how = "in pieces of " + std::to_string(options.fuel) + " by";
    for (std::uint64_t i = 2 + random_.below(3); i > 0; --i) {
      options.projections.push_back(vm::kProjections[random_.below(kCount)]);
      how.append(" ").append(vm::projection_name(options.projections.back()));
    }
    compare(how, runner_.run(program_, options));
  }

  static constexpr std::uint64_t kEffectsMax = 2'000;

  ProgramRunner& runner_;
  const Ways ways_;
  Random random_;
  const Loaded program_;
  RunResult result_;
  std::string difference_;
};

inline Checked run_every_way(ProgramRunner& runner, std::string_view text, const Ways& ways = {}) {
  return EveryWay(runner, text, ways).run();
}

}  // namespace yin::tests
