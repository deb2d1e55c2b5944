#pragma once

// Scenario: a few processes that work on one domain for a page of code, to be run in every order.
//
//   class TwoWriters : public Scenario {
//     void set_up(Run& run) override { x_ = run.make_root(1); }
//     void process(Run& run, int self) override { ... run.worker(self) ... }
//     void look_after(Run& run) override { ... }
//   };
//
// set_up() and look_after() run alone, as process 0; then the processes 1..n run interleaved. A
// process may be killed at any access, so what it would have done may not be counted on; look_after
// runs when all others have ended or died. A scenario object lives for one run. It fails by fail(),
// by a check() of the substrate, by a fault, or by an invariant of the monitor (monitor.h). Plain
// code between two accesses to shared words runs at one instant: pause() where others should go.

#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>

#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/domain.h"
#include "substrate/edit.h"
#include "substrate/worker.h"
#include "tests/explore/world.h"
#include "tests/support/linearizability.h"

namespace yin::explore {

// Ends the run as failed.
[[noreturn]] void fail(const std::string& what);
inline void require(bool holds, const char* what,
                    std::source_location where = std::source_location::current()) {
  if (!holds) fail(std::string(what) + " (line " + std::to_string(where.line()) + ")");
}

class Run {
 public:
  using Pin = substrate::Pin;
  using RootRef = substrate::RootRef;
  using Word = substrate::Word;
  using AtomOperation = tests::AtomOperation;

  substrate::Domain& domain(int process) { return *domains_[process]; }
  substrate::Worker& worker(int process) { return *workers_[process]; }
  // Set-up: opens the domain for a process and, unless it is to do so itself, makes it a worker.
  void open(int process, bool join = true);
  void open_all(int processes) {
    for (int i = 1; i <= processes; ++i) open(i);
  }
  void join(int process);
  void leave(int process) { workers_[process].reset(); }
  [[nodiscard]] bool joined(int process) const { return workers_[process] != nullptr; }

  // Set-up: what process 0 makes from here on stands where a sweep looks first. Else a sweep of a
  // short run takes what the domain itself was made in, and none comes to what was set up.
  void use_first_slabs();

  // A value that shows whether it is whole: an object made of `n` that refers to another, so that a
  // collector reads it; one of at least `bytes` stands alone.
  static Word number(substrate::Edit& edit, std::int64_t n, std::size_t bytes = 0);
  // The `n` it was made of; fails when it is not whole any more.
  static std::int64_t number_in(const Pin& pin, Word value);

  // Set-up: a root that holds number(n, bytes).
  RootRef make_root(std::int64_t n, std::size_t bytes = 0);

  // Set-up: roots that hold 1, 2, ..., where a sweep looks first; then the processes.
  void set_up(std::initializer_list<RootRef*> roots, int processes);

  // Recorded reads and commits: the history must be linearizable at the end. `now` is filled in by
  // a read and is what a commit then expects.
  struct Seen {
    RootRef ref;
    std::int64_t number = 0;
    substrate::Offset version = substrate::Offset::kNone;
    Word value = {};
  };
  bool read(const Pin& pin, int self, RootRef ref, Seen& now);  // false: deleted or expired
  // That what was read is still what it was.
  static void still(const Pin& pin, const Seen& seen) {
    require(number_in(pin, seen.value) == seen.number, "what a guard has read was overwritten");
  }
  struct Next {
    const Seen* seen;
    std::int64_t number;  // unlike any other of the run, or seen->number: kept as it is
    std::size_t bytes = 0;
  };
  substrate::CommitOutcome commit(const Pin& pin, int self, std::initializer_list<Next> changes);
  // Reads a root and commits number(n) to it, once; the same of two at one instant.
  void replace(int self, RootRef ref, std::int64_t n);
  struct To {
    RootRef ref;
    std::int64_t number;
  };
  void replace_both(int self, To one, To other);
  [[nodiscard]] const tests::History<AtomOperation>& history() const { return history_; }
  void check_history() const;

  // Adopts, collects and verifies, as process 0.
  void settle();
  [[nodiscard]] bool died() const;  // did any process?

 private:
  std::uint64_t tick() { return ++time_; }
  [[nodiscard]] bool lives(std::uint16_t owner) const;  // the worker, as slabs and holds name it

  std::unique_ptr<substrate::Domain> domains_[kProcesses];
  std::unique_ptr<substrate::Worker> workers_[kProcesses];
  tests::History<AtomOperation> history_;
  tests::AtomModel model_;
  std::uint64_t time_ = 0;
};

// What a process is about to touch: a word of the domain, or nothing, at a point without one.
struct Touch {
  static constexpr std::uint64_t kNoWord = ~std::uint64_t{0};
  std::uint64_t offset;
  substrate::AccessKind kind;
};

class Scenario {
 public:
  virtual ~Scenario() = default;
  virtual void set_up(Run& run) = 0;
  virtual void process(Run& run, int self) = 0;
  virtual void look_after(Run&) {}
  // Points by name, for an order that a search would meet too rarely: who goes on before `self`
  // touches this, itself too; 0: the policy is asked as everywhere.
  virtual int instead(int self, const Touch& touch) { return (void)self, (void)touch, 0; }
};

struct ScenarioEntry {
  const char* name;
  const char* claim;
  int processes;
  int deaths_max;
  int stops_max;
  std::unique_ptr<Scenario> (*make)();
};

std::span<const ScenarioEntry> scenarios();

// No patience at all: whatever a collector decides by time must be safe at any time.
inline constexpr substrate::CollectOptions kImpatient{
    .stopped_ms = 0, .slow_ms = 0, .takeover_ms = 0};
inline constexpr substrate::CollectOptions kPatient{};  // as a host's

// Bytes of a value that is made where numbers were: its objects stand at other places than theirs, so
// that who still refers to one meets no other of its kind.
inline constexpr std::size_t kAnotherSize = 200;

// A point where others may go on, in a scenario's own code.
inline void pause() { system_call("pause"); }

}  // namespace yin::explore
