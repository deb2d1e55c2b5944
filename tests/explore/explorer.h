#pragma once

// Explorer: runs a scenario in one order of its accesses after another, and the same again at will.
//
// Processes are fibers of one thread. Before each access to a shared word the running one asks here
// who goes on: itself, another, or that it dies there, or is stopped for a while. Who decides is a
// policy; what it decided against the default (go on; at a wait or an end, the next in turn) is the
// run's decision list, which alone plays it again. Interleavings are sequentially consistent; what
// weaker orders add is TSan's and the model's to find.
//
// Policies: a seeded random walk; PCT (Burckhardt et al., ASPLOS 2010), which finds a bug of depth d
// with a probability known beforehand; and every run of at most b deviations, at words that several
// processes use, where choosing who goes on when one has ended is none (Musuvathi & Qadeer, PLDI
// 2007). A failed run is shortened by leaving out
// decisions as long as it still fails.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/explore/scenario.h"

namespace yin::explore {

struct Decision {
  enum class What : std::uint8_t { kRun, kDie, kStop };
  std::uint32_t step;
  What what;
  std::uint32_t argument;  // kRun: which process; kStop: for how many steps
  friend bool operator==(const Decision&, const Decision&) = default;
};
using Decisions = std::vector<Decision>;
std::string to_text(const Decisions& decisions);  // 12>2 40x 57s200
bool from_text(const std::string& text, Decisions& decisions);

// A point where a policy is asked.
struct Point {
  std::uint32_t step;
  int current;          // -1: it ended, died or was stopped
  std::uint32_t ready;  // bit i: process i can go on
  Decision usual;
  bool waits;      // it only looks whether others went on
  bool contended;  // others use the word too, or the point is no word
  bool writes;     // ... and it may change it
  std::uint32_t deaths_left;
  std::uint32_t stops_left;
};

class Policy {
 public:
  virtual ~Policy() = default;
  virtual void begin_run() = 0;
  virtual Decision choose(const Point& point) = 0;
};

struct Failure {
  bool failed = false;
  std::string what;
  std::string trace;  // what the processes did last; not what came after
};

struct RunReport {
  Failure failure;
  Decisions decisions;  // where it left the default
  std::uint32_t steps = 0;
  bool died = false;
};

class Explorer {
 public:
  explicit Explorer(const ScenarioEntry& entry);
  RunReport run(Policy& policy, bool with_trace = false);
  RunReport replay(const Decisions& decisions, bool with_trace = false);
  // The shortest list found that still fails, with its trace.
  RunReport shorten(const RunReport& failed);

 private:
  const ScenarioEntry& entry_;
};

struct Budget {
  std::uint64_t runs = ~std::uint64_t{0};
  double seconds = 1e9;
};
struct Result {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t deaths = 0;  // runs in which a process died
  bool complete = false;     // every deviation list of the bound was run
  RunReport report;          // of the failed run
};
Result explore_random(Explorer& explorer, std::uint64_t seed, Budget budget);
Result explore_pct(Explorer& explorer, std::uint64_t seed, unsigned depth, Budget budget);
// In an order that the seed chooses: it matters only when the budget ends before the lists do.
Result explore_bounded(Explorer& explorer, std::uint64_t seed, unsigned bound, Budget budget);

}  // namespace yin::explore
