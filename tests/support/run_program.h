#pragma once

// One program in a test: read, lowered, run to its end on given projections, its effects performed
// on the spot.
//
// Every run stops after `fuel` calls or at an effect; then the continuation is saved, published,
// and loaded by the next projection in turn, the nursery forgotten. So a fuel of 1 moves a program
// at every safe point it has. Effects that need a scheduler (streams, agents) are answered with an
// error; a host call answers with its arguments.
//
// A program may run again from anywhere it was parked: what it changed (vars, atoms) is noted, and
// undone on demand, so that each time it finds the world as it was.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
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
#include "tests/support/scratch.h"

namespace yin::tests {

enum class Language { kClojure, kPython, kDatoms };

struct RunOptions {
  std::vector<vm::Projection> projections = {vm::Projection::kStack};
  std::uint64_t fuel = ~std::uint64_t{0};       // of a step
  std::uint64_t fuel_max = ~std::uint64_t{0};   // of all, before it is given up
  std::uint64_t steps_max = ~std::uint64_t{0};  // runs before it is given up
  Language language = Language::kClojure;
  std::map<std::string, std::string, std::less<>> modules = {};  // files by namespace
};

// Where a program stands between two steps. Published words.
struct Parked {
  substrate::Word continuation = substrate::kNil;
  substrate::Word awaited = substrate::kNil;
  bool raise = false;
};

struct RunResult {
  std::string value;   // printed; an error as "!file:line:column: message"
  std::string output;  // what it printed
  std::uint64_t steps = 0;
  std::uint64_t fuel_used = 0;
  std::optional<Parked> parked;  // given up, and where
};

// A program that is ready to run, or why it is not.
struct Loaded {
  substrate::Word start = substrate::kNil;
  std::string refused;  // "!" and the message
};

inline constexpr std::uint64_t kTestCapacity = std::uint64_t{4} << 30;

// A domain with the prelude in it, as the bytes of its file: what every test begins with.
inline const std::vector<char>& prelude_image() {
  static const std::vector<char> image = [] {
    const Scratch scratch;
    const std::string path = scratch.file("prelude.yin");
    {
      const auto domain = open_domain({.path = path, .capacity_bytes = kTestCapacity});
      const auto installed = vm::install_python_prelude(*join(*domain));
      substrate::check(installed.ok(), installed.message().c_str());
    }
    return bytes_of(path);
  }();
  return image;
}

// A result without what atoms are numbered by: they are made anew in every run.
inline std::string without_slots(std::string text) {
  constexpr std::string_view kAtom = "#yin/atom [";
  for (std::size_t at = 0; (at = text.find(kAtom, at)) != std::string::npos;) {
    at += kAtom.size();
    text.erase(at, std::min(text.find(']', at), text.size()) - at);
  }
  return text;
}

class ProgramRunner {
 public:
  ProgramRunner() {
    domain_ = open_domain({.path = "a test's", .bytes = std::as_bytes(std::span(prelude_image()))});
    own_ = join(*domain_);
    worker_ = own_.get();
  }
  explicit ProgramRunner(substrate::Worker& worker) : worker_(&worker) {}

  [[nodiscard]] substrate::Worker& worker() { return *worker_; }

  // What it changes stays.
  RunResult run(std::string_view text, const RunOptions& options = {}) {
    const Loaded program = load(text, options);
    RunResult result = program.refused.empty()
                           ? go_on({program.start}, options)
                           : RunResult{.value = program.refused, .output = {}, .parked = {}};
    changes_.clear();
    return result;
  }

  Loaded load(std::string_view text, const RunOptions& options = {}) {
    const substrate::Pin pin(worker());
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    Files files(options);
    auto programs = read(edit, text, options.language, files);
    if (!programs.ok()) return {.refused = "!" + programs.status().message()};
    for (substrate::Word& program : *programs) {
      auto main = vm::lower(edit, program);
      if (!main.ok()) return {.refused = "!" + main.status().message()};
      program = *main;
    }
    if (programs->size() == 1)
      return {.start = vm::make_call(edit, programs->front(), {}), .refused = {}};
    const substrate::Word run_all = substrate::find_named_root(
        pin, std::string("var/").append(vm::kPreludeHome).append("yin/run-all"));
    const substrate::Word all = substrate::read_root(pin, substrate::root_ref(run_all)).value;
    return {.start = vm::make_call(edit, all, *programs), .refused = {}};
  }
  // What it changes is undone.
  RunResult run(const Loaded& program, const RunOptions& options) {
    if (!program.refused.empty()) return {.value = program.refused, .output = {}, .parked = {}};
    const std::size_t before = changes();
    RunResult result = go_on({program.start}, options);
    undo(before);
    return result;
  }

  // From where it stands.
  RunResult go_on(Parked at, const RunOptions& options) {
    RunResult result;
    const substrate::Pin pin(worker());
    while (result.steps < options.steps_max && result.fuel_used < options.fuel_max) {
      const auto p = options.projections[result.steps++ % options.projections.size()];
      const std::uint64_t given = std::min(options.fuel, options.fuel_max - result.fuel_used);
      std::uint64_t fuel = given;
      substrate::Edit edit = substrate::Edit::in_nursery(pin);
      const Stop stop = step(edit, p, at, fuel);
      result.fuel_used += given - fuel;
      if (take(pin, stop, at, result)) {
        worker().nursery().reset();
        return result;
      }
    }
    result.value = "!gave up";
    result.parked = at;
    return result;
  }

  // How a step ended: an outcome, with what is kept of it.
  struct Stop {
    vm::Outcome outcome;
    substrate::Word continuation = substrate::kNil;  // not published yet
    [[nodiscard]] bool is_end() const {
      return outcome.kind == vm::OutcomeKind::kDone || outcome.kind == vm::OutcomeKind::kFailed;
    }
  };
  Stop step(substrate::Edit& edit, vm::Projection projection, const Parked& at,
            std::uint64_t& fuel) {
    vm::Machine& machine = machine_of(projection);
    machine.load(edit.pin(), at.continuation, at.awaited, at.raise);
    Stop stop{.outcome = machine.run(edit, fuel)};
    substrate::check(stop.outcome.kind != vm::OutcomeKind::kExpired, "nobody gives this pin up");
    if (!stop.is_end()) stop.continuation = machine.save(edit);
    return stop;
  }
  // Performs what a step asked for. True: it was the last, and the result is whole.
  bool take(const substrate::Pin& pin, const Stop& stop, Parked& at, RunResult& result) {
    const vm::Outcome& o = stop.outcome;
    if (stop.is_end()) {
      result.value = o.kind == vm::OutcomeKind::kDone ? substrate::print(pin, o.value)
                                                      : "!" + vm::describe_error(pin, o.value);
      return true;
    }
    substrate::Word kept[] = {stop.continuation, o.value, o.effect.argument[0],
                              o.effect.argument[1], o.effect.argument[2]};
    substrate::publish(pin, kept);
    substrate::check(worker().space_status().ok(), "the test's domain is full");
    worker().nursery().reset();
    at = {.continuation = kept[0], .awaited = kept[1]};
    if (o.kind == vm::OutcomeKind::kEffect)
      at.awaited = perform(pin, {o.effect.kind, {kept[2], kept[3], kept[4]}}, result, at.raise);
    return false;
  }

  // What was changed so far, and back to how it was then.
  struct Change {
    substrate::Word root;
    substrate::Word before;  // kTombstone: it was made
  };
  [[nodiscard]] std::size_t changes() const { return changes_.size(); }
  [[nodiscard]] const std::vector<Change>& all_changes() const { return changes_; }
  void undo(std::size_t until) {
    const substrate::Pin pin(worker());
    for (; changes_.size() > until; changes_.pop_back()) {
      if (changes_.back().before == substrate::kTombstone)
        --atoms_used_;
      else
        reset(pin, changes_.back().root, changes_.back().before);
    }
  }
  void change(const substrate::Pin& pin, substrate::Word root, substrate::Word value) {
    changes_.push_back({root, substrate::read_root(pin, substrate::root_ref(root)).value});
    reset(pin, root, value);
  }

 private:
  // The files of one program: my.lib is my.lib.clj.
  class Files : public ast::ModuleSource {
   public:
    explicit Files(const RunOptions& options) : options_(options) {}
    substrate::StatusOr<ast::ModuleText> find(std::string_view name) override {
      const auto found = options_.modules.find(name);
      if (found == options_.modules.end()) return substrate::not_found("no such file");
      return ast::ModuleText{found->first + ".clj", found->second};
    }

   private:
    const RunOptions& options_;
  };

  static substrate::StatusOr<std::vector<substrate::Word>> read(substrate::Edit& edit,
                                                                std::string_view text,
                                                                Language language, Files& files) {
    if (language == Language::kClojure) return vm::read_programs(edit, text, "t.clj", files);
    if (language == Language::kDatoms) {
      auto read = vm::read_datoms(edit, text, "t.edn");
      if (!read.ok()) return read.status();
      return std::vector<substrate::Word>{*read};
    }
    auto read = ast::read_python(edit, text, "t.py");
    if (!read.ok()) return read.status();
    return std::vector<substrate::Word>{read->program};
  }

  vm::Machine& machine_of(vm::Projection p) {
    auto& machine = machines_[static_cast<std::size_t>(p)];
    if (machine == nullptr) machine = vm::make_machine(p);
    return *machine;
  }

  // The same ones in every run, since programs can see by what they are numbered.
  substrate::Word next_atom(const substrate::Pin& pin) {
    if (atoms_used_ == atoms_.size()) {
      auto made = substrate::new_root(pin, substrate::RootKind::kAtom);
      substrate::check(made.ok(), "a new root");
      const substrate::Change change[] = {{made->ref, made->expected, substrate::kNil}};
      substrate::check(substrate::commit(pin, change) == substrate::CommitOutcome::kCommitted,
                       "commit");
      atoms_.push_back(substrate::root_word(made->ref));
    }
    return atoms_[atoms_used_++];
  }

  static void reset(const substrate::Pin& pin, substrate::Word root, substrate::Word value) {
    substrate::check(substrate::reset_root(pin, substrate::root_ref(root), value).ok(), "reset");
  }

  substrate::Word perform(const substrate::Pin& pin, const vm::Effect& e, RunResult& result,
                          bool& raise) {
    using vm::EffectKind;
    switch (e.kind) {
      case EffectKind::kDefine:
      case EffectKind::kReset:
        change(pin, e.argument[0], e.argument[1]);
        return e.argument[1];
      case EffectKind::kAtomNew: {
        if (substrate::is_string(e.argument[1])) {
          auto named =
              substrate::named_root(pin, substrate::RootKind::kAtom,
                                    substrate::to_string(pin, e.argument[1]), e.argument[0]);
          substrate::check(named.ok(), "a named root");
          return *named;
        }
        const substrate::Word atom = next_atom(pin);
        reset(pin, atom, e.argument[0]);
        changes_.push_back({atom, substrate::kTombstone});
        return atom;
      }
      case EffectKind::kCompareAndSet:
        if (substrate::read_root(pin, substrate::root_ref(e.argument[0])).value != e.argument[1])
          return substrate::kFalse;
        change(pin, e.argument[0], e.argument[2]);
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

  std::unique_ptr<substrate::Domain> domain_;
  std::unique_ptr<substrate::Worker> own_;
  substrate::Worker* worker_;
  std::unique_ptr<vm::Machine> machines_[static_cast<std::size_t>(vm::Projection::kTiered) + 1];
  std::vector<Change> changes_;
  std::vector<substrate::Word> atoms_;
  std::size_t atoms_used_ = 0;
};

}  // namespace yin::tests
