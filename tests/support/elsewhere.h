#pragma once

// Programs that begin in one process and end in another.
//
//   process A   makes a domain in a file, runs each program to a safe point that the seed chooses,
//               moving it between the projections on the way, and keeps there in a root what it
//               stands at: [continuation, awaited, is it raised, output, changed roots]; ends
//   process B   opens the file at another address, verifies it, code and all, and goes on with each
//               program to its end
//
// What a program changed so far (vars, atoms) travels as part of what is parked, so that programs of
// one name do not meet.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "substrate/atom.h"
#include "substrate/vector.h"
#include "vm/verify.h"
#include "tests/support/child.h"
#include "tests/support/random.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch.h"

namespace yin::tests {

struct Traveller {
  std::string text;
  Language language = Language::kClojure;
  RunResult expected;
};

class Elsewhere {
 public:
  Elsewhere(const std::vector<Traveller>& all, std::uint64_t seed) : all_(all), seed_(seed) {}

  // What goes wrong, or nothing.
  std::string run() {
    const int begun = Child([&] { return begin(); }).wait();
    if (begun != 0) return "the first process: " + said(begun);
    const int ended = Child([&] { return end(); }).wait();
    if (ended != 0) return "the second process: " + said(ended);
    if (page_->first_base == page_->second_base) return "both have the domain at one address";
    return {};
  }

 private:
  static constexpr std::uint64_t kStepsMax = 5'000;

  struct Page {
    std::uint64_t first_base;
    std::uint64_t second_base;
    char said[4000];
  };

  [[nodiscard]] std::string said(int outcome) const {
    return std::string(page_->said) + " (" + std::to_string(outcome) + ")";
  }
  int say(const std::string& what) {
    std::strncpy(page_->said, what.c_str(), sizeof page_->said - 1);
    return 1;
  }
  static std::string name_of(std::size_t i) { return "parked " + std::to_string(i); }

  int begin() {
    const auto domain = open_domain(
        {.path = path_, .mode = substrate::OpenMode::kCreate, .capacity_bytes = kTestCapacity});
    page_->first_base = reinterpret_cast<std::uintptr_t>(domain->base());
    const auto worker = join(*domain);
    if (!vm::install_python_prelude(*worker).ok()) return say("no prelude");
    ProgramRunner runner(*worker);
    Random random(seed_);
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const Traveller& t = all_[i];
      const Loaded program = runner.load(t.text, {.language = t.language});
      const std::uint64_t steps = t.expected.fuel_used + t.expected.steps;
      if (!program.refused.empty()) continue;
      const RunResult r =
          runner.go_on({program.start},
                       {.projections = {std::begin(vm::kProjections), std::end(vm::kProjections)},
                        .fuel = 1,
                        .steps_max = random.below(std::clamp(steps, std::uint64_t{1}, kStepsMax))});
      if (!r.parked) return say(t.text + "\nended before its time: " + r.value);
      keep(runner, i, r);
    }
    return 0;
  }

  void keep(ProgramRunner& runner, std::size_t i, const RunResult& r) const {
    const auto changed = runner.all_changes();
    const substrate::Pin pin(runner.worker());
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    std::vector<substrate::Word> words = {r.parked->continuation, r.parked->awaited,
                                          substrate::boolean_word(r.parked->raise),
                                          substrate::from_string(edit, r.output)};
    for (const auto& change : changed) {
      words.push_back(change.root);
      words.push_back(substrate::read_root(pin, substrate::root_ref(change.root)).value);
    }
    const substrate::Word all = substrate::Vector::from(edit, words).word;
    const auto root = substrate::named_root(pin, substrate::RootKind::kAtom, name_of(i), all);
    substrate::check(root.ok(), "no root");
    runner.undo(0);
  }

  int end() {
    // In the way of where the first process had it.
    const auto other = open_domain({.path = {}, .capacity_bytes = kTestCapacity});
    const auto domain = open_domain({.path = path_, .mode = substrate::OpenMode::kJoin});
    page_->second_base = reinterpret_cast<std::uintptr_t>(domain->base());
    const auto worker = join(*domain);
    const auto report = vm::verify(*worker);
    if (!report.clean()) return say(report.findings.front());
    ProgramRunner runner(*worker);
    Random random(seed_ + 1);
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const RunResult& wanted = all_[i].expected;
      const auto p = vm::kProjections[random.below(std::size(vm::kProjections))];
      const std::string got = go_on(runner, i, p);
      if (!got.empty() && got != without_slots(wanted.output + "|" + wanted.value)) {
        return say(all_[i].text + "\non the " + std::string(vm::projection_name(p)) + "\ngives " +
                   got + "\nnot " + wanted.output + "|" + wanted.value);
      }
    }
    return 0;
  }

  // Empty: it was refused, and never parked.
  static std::string go_on(ProgramRunner& runner, std::size_t i, vm::Projection p) {
    const substrate::Pin pin(runner.worker());
    const substrate::Word root = substrate::find_named_root(pin, name_of(i));
    if (substrate::is_absent(root)) return {};
    const substrate::Vector kept{substrate::read_root(pin, substrate::root_ref(root)).value};
    const auto part = [&](std::uint64_t at) { return kept.nth(pin, at); };
    for (std::uint64_t at = 4; at + 1 < kept.count(pin); at += 2)
      runner.change(pin, part(at), part(at + 1));
    const std::string before = substrate::to_string(pin, part(3));
    const RunResult r =
        runner.go_on({part(0), part(1), substrate::truthy(part(2))}, {.projections = {p}});
    runner.undo(0);
    return without_slots(before + r.output + "|" + r.value);
  }

  const std::vector<Traveller>& all_;
  const std::uint64_t seed_;
  const Scratch scratch_;
  const std::string path_ = scratch_.file("travel.yin");
  SharedPage<Page> page_;
};

inline std::string run_elsewhere(const std::vector<Traveller>& all, std::uint64_t seed) {
  return Elsewhere(all, seed).run();
}

}  // namespace yin::tests
