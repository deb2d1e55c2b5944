#include "tests/explore/explorer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/fiber.hpp>

#include "substrate/check.h"
#include "tests/explore/monitor.h"
#include "tests/explore/symbols.h"
#include "tests/support/random.h"

namespace yin::explore {

using substrate::AccessKind;
using What = Decision::What;

namespace {

namespace context = boost::context;

constexpr std::uint32_t kStepsMax = 100'000;
constexpr std::uint32_t kLongStop = kStepsMax / 5;
constexpr std::uint32_t kAloneStepsMax = 1'000'000;
constexpr std::uint32_t kNoOffset = ~std::uint32_t{0};
constexpr std::size_t kStackBytes = std::size_t{256} << 10;
constexpr std::uint32_t kTraceLines = 1u << 16;
constexpr std::uint64_t kStepNs = 100;

struct TraceLine {
  std::uint32_t step;
  int process;
  AccessKind kind;
  std::uint32_t bytes;
  std::uint32_t offset;  // kNoOffset: `what` says it
  const char* what;
  const void* from;
  std::uint64_t before, after;
};

// Stacks outlive runs: a killed fiber never gives its own back.
struct Stack {
  std::byte* start = nullptr;
  void make() {
    void* mapped = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    substrate::check(mapped != MAP_FAILED, "no stack");
    start = static_cast<std::byte*>(mapped);
    ::mprotect(start, 4096, PROT_NONE);
  }
};
struct StackAllocator {
  Stack* stack;
  context::stack_context allocate() {
    context::stack_context c;
    c.size = kStackBytes;
    c.sp = stack->start + kStackBytes;
    return c;
  }
  void deallocate(context::stack_context&) {}
};

// A fiber that may be dropped as it stands: its destructor would unwind it.
class Fiber {
 public:
  Fiber() { stack_.make(); }
  template <class Body>
  void start(Body body) {
    OutsideArena outside;
    new (&there_) context::fiber(std::allocator_arg, StackAllocator{&stack_},
                                 [this, body](context::fiber&& caller) {
                                   new (&back_) context::fiber(std::move(caller));
                                   body();
                                   return std::move(back());
                                 });
  }
  void resume() { new (&there_) context::fiber(std::move(there()).resume()); }
  void leave() { new (&back_) context::fiber(std::move(back()).resume()); }

 private:
  context::fiber& there() { return *reinterpret_cast<context::fiber*>(&there_); }
  context::fiber& back() { return *reinterpret_cast<context::fiber*>(&back_); }

  Stack stack_;
  alignas(context::fiber) std::byte there_[sizeof(context::fiber)];
  alignas(context::fiber) std::byte back_[sizeof(context::fiber)];
};

// The one run under way.
class Engine {
 public:
  static Engine& get() {
    static Engine engine;
    return engine;
  }

  RunReport run(const ScenarioEntry& entry, Policy& policy, bool with_trace);

  void access(const void* address, std::uint32_t bytes, AccessKind kind, const void* from);
  void point(const char* what, const void* from, bool waits, const void* word);
  [[noreturn]] void fail(const std::string& what);
  [[nodiscard]] bool in_fiber() const { return current_ >= 0; }
  [[nodiscard]] bool others_go_on() const {
    return (unfinished_ & ~waiting_ & ~(1u << current_)) != 0;
  }
  [[nodiscard]] bool somebody_died() const { return report_.died; }
  [[nodiscard]] std::uint64_t contended_words() const { return contended_words_; }
  void forget_words() {
    std::fill(touched_by_.begin(), touched_by_.end(), 0);
    std::fill(written_by_.begin(), written_by_.end(), 0);
  }

 private:
  Engine();
  void start_alone(void (*body)(Scenario&, Run&));
  void run_processes();
  std::string judge_last();
  void settle_last();
  void judge_left();
  void note(const TraceLine& line) { trace_[trace_count_++ % kTraceLines] = line; }
  enum class Interest { kNone, kLook, kWrite };  // of others in the word
  Decision ask(bool waits, Interest interest);
  void decide(bool waits, Interest interest);
  void take(const Decision& decision);
  bool directed(const Touch& touch);
  [[nodiscard]] std::uint32_t next_in_turn(int from, bool but_waiting) const;
  [[nodiscard]] std::string show_trace();
  void count_alone();
  void count_step();
  Interest interest_in(std::uint64_t offset, AccessKind kind);

  std::array<Fiber, kProcesses> fibers_;
  std::vector<TraceLine> trace_;
  std::uint64_t trace_count_ = 0;
  std::vector<std::uint8_t> touched_by_, written_by_;  // processes, of each 8 bytes
  std::uint64_t contended_words_ = 0;                  // ever seen to be

  // Of the run:
  Policy* policy_ = nullptr;
  const ScenarioEntry* entry_ = nullptr;
  Scenario* scenario_ = nullptr;
  Run* run_ = nullptr;
  RunReport report_;
  int current_ = -1;    // whose fiber runs, -1: none
  bool alone_ = false;  // process 0: nobody is asked
  int next_ = -1;       // who goes on when the current one has left
  std::uint32_t step_ = 0;
  std::uint32_t alone_steps_ = 0;
  std::uint32_t unfinished_ = 0;  // bits of processes
  std::uint32_t stopped_ = 0;
  std::uint32_t waiting_ = 0;
  std::array<std::uint32_t, kProcesses> stopped_until_ = {};
  std::uint32_t deaths_left_ = 0;
  std::uint32_t stops_left_ = 0;
  bool pending_ = false;  // an access was announced and is made since
  Access last_ = {};
  int last_process_ = 0;
};

void on_signal(int signal) {
  Engine& engine = Engine::get();
  if (engine.in_fiber())
    engine.fail(signal == SIGABRT ? "a check of the substrate failed (its sentence stands above)"
                                  : std::string("a fault: ") + ::strsignal(signal));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

Engine::Engine()
    : trace_(kTraceLines), touched_by_(World::kCapacity / 8), written_by_(World::kCapacity / 8) {
  static std::byte other_stack[64 << 10];
  stack_t stack = {};
  stack.ss_sp = other_stack;
  stack.ss_size = sizeof other_stack;
  ::sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
    ::sigaction(signal, &action, nullptr);
}

// What is wrong with what the access before this one did: empty, or a sentence.
std::string Engine::judge_last() {
  if (!pending_) return {};
  pending_ = false;
  std::uint64_t after = 0;
  std::memcpy(&after, World::get().at(last_.offset), last_.bytes);
  if (!alone_ && trace_count_ > 0) trace_[(trace_count_ - 1) % kTraceLines].after = after;
  const char* wrong = Monitor::judge(last_, after, last_process_);
  if (wrong == nullptr) return {};
  const OutsideArena outside;
  return "process " + std::to_string(last_process_) + ": " + wrong + ": " +
         Monitor::name(last_.offset);
}

void Engine::settle_last() {
  if (!pending_) return;
  if (const std::string wrong = judge_last(); !wrong.empty()) fail(wrong);
}

// Outside of fibers, when the one that made it has left.
void Engine::judge_left() {
  if (std::string wrong = judge_last(); !wrong.empty() && !report_.failure.failed)
    report_.failure = {true, std::move(wrong), {}};
}

Engine::Interest Engine::interest_in(std::uint64_t offset, AccessKind kind) {
  const auto bit = static_cast<std::uint8_t>(1u << current_);
  std::uint8_t& touched = touched_by_[offset / 8];
  std::uint8_t& written = written_by_[offset / 8];
  const bool was = written != 0 && std::popcount(touched) > 1;
  touched |= bit;
  if (kind != AccessKind::kLoad) written |= bit;
  if (written == 0 || std::popcount(touched) < 2) return Interest::kNone;
  if (Monitor::is_one_of_many(offset, kind)) return Interest::kNone;
  contended_words_ += was ? 0 : 1;
  return kind == AccessKind::kLoad ? Interest::kLook : Interest::kWrite;
}

void Engine::access(const void* address, std::uint32_t bytes, AccessKind kind, const void* from) {
  if (current_ < 0) return;
  std::uint64_t offset = 0;
  if (!World::get().offset_of(address, offset)) return;
  settle_last();
  if (alone_)
    count_alone();
  else if (!directed({offset, kind}))
    decide(false, interest_in(offset, kind));
  last_ = {offset, bytes, kind, 0};
  std::memcpy(&last_.before, World::get().at(offset), bytes);
  last_process_ = current_;
  if (!alone_)
    note({step_, current_, kind, bytes, static_cast<std::uint32_t>(offset), nullptr, from,
          last_.before, last_.before});
  if (const char* wrong = Monitor::judge_touch(last_))
    fail(std::string("process ") + std::to_string(current_) + ": " + wrong + ": " +
         Monitor::name(offset));
  pending_ = true;
}

void Engine::point(const char* what, const void* from, bool waits, const void* word) {
  if (current_ < 0) return;
  settle_last();
  if (alone_) {
    count_alone();
    return;
  }
  if (!directed({Touch::kNoWord, waits ? AccessKind::kWait : AccessKind::kLoad}))
    decide(waits, Interest::kLook);
  std::uint64_t offset = kNoOffset;
  if (word != nullptr) (void)World::get().offset_of(word, offset);
  note({step_, current_, AccessKind::kWait, 0, static_cast<std::uint32_t>(offset), what, from, 0,
        0});
}

std::uint32_t Engine::next_in_turn(int from, bool but_waiting) const {
  const std::uint32_t candidates = unfinished_ & ~stopped_ & (but_waiting ? ~waiting_ : ~0u);
  for (int i = 1; i <= kProcesses; ++i) {
    const int at = (from + i) % kProcesses;
    if ((candidates >> at & 1) != 0) return static_cast<std::uint32_t>(at);
  }
  return 0;
}

Decision Engine::ask(bool waits, Interest interest) {
  Decision usual{step_, What::kRun, static_cast<std::uint32_t>(current_)};
  if (current_ <= 0 || waits) {
    const int from = std::max(current_, 0);
    usual.argument = next_in_turn(from, true);
    if (usual.argument == 0) usual.argument = next_in_turn(from, false);
  }
  const Point point{.step = step_,
                    .current = current_ > 0 ? current_ : -1,
                    .ready = unfinished_ & ~stopped_,
                    .usual = usual,
                    .waits = waits,
                    .contended = interest != Interest::kNone,
                    .writes = interest == Interest::kWrite,
                    .deaths_left = deaths_left_,
                    .stops_left = stops_left_};
  const Decision chosen = policy_->choose(point);
  const bool possible =
      chosen.what == What::kRun
          ? (point.ready >> chosen.argument & 1) != 0
          : point.current > 0 && (chosen.what == What::kDie ? deaths_left_ : stops_left_) > 0;
  if (!possible || chosen == usual) return usual;
  report_.decisions.push_back(chosen);
  return chosen;
}

void Engine::count_alone() {
  if (++alone_steps_ > kAloneStepsMax) fail("before or behind the run, something does not end");
}

void Engine::count_step() {
  if (++step_ > kStepsMax) fail("it does not end: " + std::to_string(kStepsMax) + " steps");
  World::get().pass(kStepNs);
  if (stopped_ == 0) return;
  for (int i = 1; i < kProcesses; ++i)
    if (stopped_until_[static_cast<std::size_t>(i)] <= step_) stopped_ &= ~(1u << i);
  World::get().set_stopped(stopped_);
}

// Does the scenario say who goes on here? Then nobody else is asked.
bool Engine::directed(const Touch& touch) {
  const int self = current_;
  const OutsideArena outside;
  const int other = scenario_->instead(self, touch);
  if (other == 0 || (unfinished_ & ~stopped_ & (1u << other)) == 0) return false;
  count_step();
  waiting_ = 0;
  if (other == self) return true;
  next_ = other;
  fibers_[static_cast<std::size_t>(self)].leave();
  return true;
}

// The running fiber asks who goes on; comes back when it is its turn again.
void Engine::decide(bool waits, Interest interest) {
  const int self = current_;
  const OutsideArena outside;
  count_step();
  if (waits)
    waiting_ |= 1u << self;
  else
    waiting_ = 0;  // somebody got on
  const Decision decision = ask(waits, interest);
  if (decision.what == What::kRun && decision.argument == static_cast<std::uint32_t>(self)) return;
  take(decision);
  fibers_[static_cast<std::size_t>(self)].leave();
  // Here again.
}

void Engine::take(const Decision& decision) {
  const int self = current_;
  next_ = -1;
  switch (decision.what) {
    case What::kRun:
      next_ = static_cast<int>(decision.argument);
      break;
    case What::kDie:
      --deaths_left_;
      report_.died = true;
      World::get().kill(self);
      unfinished_ &= ~(1u << self);
      note({step_, self, AccessKind::kWait, 0, kNoOffset, "is killed", nullptr, 0, 0});
      break;
    case What::kStop:
      --stops_left_;
      stopped_ |= 1u << self;
      stopped_until_[static_cast<std::size_t>(self)] = step_ + decision.argument;
      World::get().set_stopped(stopped_);
      note({step_, self, AccessKind::kWait, 0, kNoOffset, "is stopped", nullptr, 0, 0});
      break;
  }
}

void Engine::fail(const std::string& what) {
  Arena::set_on(false);
  // A copy: what was put together in the run goes with its arena.
  if (!report_.failure.failed) report_.failure = {true, std::string(what.data(), what.size()), {}};
  const int self = current_;
  unfinished_ = 0;
  next_ = -1;
  fibers_[static_cast<std::size_t>(self)].leave();
  std::abort();  // nobody goes on here
}

void Engine::start_alone(void (*body)(Scenario&, Run&)) {
  if (report_.failure.failed) return;
  current_ = 0;
  alone_ = true;
  alone_steps_ = 0;
  World::get().set_current(0);
  fibers_[0].start([this, body] { body(*scenario_, *run_); });
  Arena::set_on(true);
  fibers_[0].resume();
  Arena::set_on(false);
  judge_left();
  alone_ = false;
  current_ = -1;
}

void Engine::run_processes() {
  if (report_.failure.failed) return;
  unfinished_ = ((1u << entry_->processes) - 1) << 1;
  for (int i = 1; i <= entry_->processes; ++i) {
    fibers_[static_cast<std::size_t>(i)].start([this, i] {
      scenario_->process(*run_, i);
      unfinished_ &= ~(1u << i);
      next_ = -1;
    });
  }
  next_ = -1;
  while (unfinished_ != 0) {
    if (next_ < 0) {
      if ((unfinished_ & ~stopped_) == 0) World::get().set_stopped(stopped_ = 0);  // time passes
      ++step_;
      current_ = 0;
      const Decision decision = ask(false, Interest::kLook);
      next_ = static_cast<int>(decision.argument);
    }
    current_ = next_;
    World::get().set_current(current_);
    Arena::set_on(true);
    fibers_[static_cast<std::size_t>(current_)].resume();
    Arena::set_on(false);
    judge_left();
    if (report_.failure.failed) break;
  }
  current_ = -1;
}

RunReport Engine::run(const ScenarioEntry& entry, Policy& policy, bool with_trace) {
  World::get().reset();
  Monitor::reset();
  Arena::reset();
  entry_ = &entry;
  policy_ = &policy;
  policy.begin_run();
  report_ = {};
  step_ = 0;
  trace_count_ = 0;
  stopped_ = waiting_ = unfinished_ = 0;
  deaths_left_ = static_cast<std::uint32_t>(entry.deaths_max);
  stops_left_ = static_cast<std::uint32_t>(entry.stops_max);
  pending_ = false;
  {
    Arena::set_on(true);
    run_ = new Run;
    scenario_ = entry.make().release();
    Arena::set_on(false);
  }
  start_alone([](Scenario& scenario, Run& run) {
    run.open(0);
    scenario.set_up(run);
    run.leave(0);  // what was set up belongs to nobody
  });
  run_processes();
  start_alone([](Scenario& scenario, Run& run) {
    run.join(0);
    scenario.look_after(run);
    run.settle();
  });
  report_.steps = step_;
  if (with_trace) report_.failure.trace = show_trace();
  return std::exchange(report_, {});
}

std::string Engine::show_trace() {
  constexpr std::uint64_t kShown = 150;
  std::string text;
  std::vector<const void*> callers;
  const std::uint64_t first =
      trace_count_ - std::min({trace_count_, kShown, std::uint64_t{kTraceLines}});
  for (std::uint64_t i = first; i < trace_count_; ++i)
    callers.push_back(trace_[i % kTraceLines].from);
  const std::vector<std::string> places = source_lines(callers);
  for (std::uint64_t i = first; i < trace_count_; ++i) {
    const TraceLine& line = trace_[i % kTraceLines];
    char head[160];
    const std::string name = line.offset == kNoOffset ? "" : Monitor::name(line.offset);
    constexpr const char* kKinds[] = {"load", "store", "update", ""};
    std::snprintf(head, sizeof head, "  %5u p%d %-6s %-28s", line.step, line.process,
                  line.what != nullptr ? line.what : kKinds[static_cast<int>(line.kind)],
                  name.c_str());
    text += head;
    if (line.what == nullptr) {
      std::snprintf(head, sizeof head, line.after == line.before ? " %llx" : " %llx -> %llx",
                    static_cast<unsigned long long>(line.before),
                    static_cast<unsigned long long>(line.after));
      text += head;
    }
    text += "  " + places[i - first] + "\n";
  }
  return text;
}

// ---- policies -----------------------------------------------------------------------------------

class Replay : public Policy {
 public:
  explicit Replay(const Decisions& decisions) : decisions_(decisions) {}
  void begin_run() override { next_ = 0; }
  Decision choose(const Point& point) override {
    while (next_ < decisions_.size() && decisions_[next_].step < point.step) ++next_;
    if (next_ < decisions_.size() && decisions_[next_].step == point.step)
      return decisions_[next_++];
    return point.usual;
  }

 private:
  const Decisions& decisions_;
  std::size_t next_ = 0;
};

std::uint32_t any_of(std::uint32_t set, tests::Random& random) {
  auto skip = random.below(static_cast<std::uint64_t>(std::popcount(set)));
  for (; skip > 0; --skip) set &= set - 1;
  return static_cast<std::uint32_t>(std::countr_zero(set));
}

// Deaths and stops at instants chosen beforehand, for the random policies.
class Accidents {
 public:
  void plan(tests::Random& random, std::uint32_t length) {
    at_.clear();
    for (int i = 0; i < 2; ++i) {
      if (random.one_in(3)) continue;
      const auto step = static_cast<std::uint32_t>(random.below(length + 1));
      if (random.one_in(2)) {
        constexpr std::uint32_t kHowLong[] = {20, 200, 2'000, 20'000};
        at_.push_back({step, What::kStop, kHowLong[random.below(4)]});
      } else {
        at_.push_back({step, What::kDie, 0});
      }
    }
  }
  bool happens(const Point& point, Decision& decision) {
    if (at_.empty() || point.current < 0) return false;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      if (at_[i].step > point.step) continue;
      decision = {point.step, at_[i].what, at_[i].argument};
      at_.erase(at_.begin() + static_cast<std::ptrdiff_t>(i));
      return (decision.what == What::kDie ? point.deaths_left : point.stops_left) > 0;
    }
    return false;
  }

 private:
  Decisions at_;
};

// How many steps runs take, from what it was and what the last one took.
std::uint32_t usual_length(std::uint32_t was, std::uint32_t last) {
  return last == 0 ? was : (7 * was + last) / 8 + 1;
}

class RandomWalk : public Policy {
 public:
  explicit RandomWalk(std::uint64_t seed) : random_(seed) {}
  void begin_run() override {
    constexpr std::uint64_t kPeriods[] = {2, 4, 10, 30, 100};
    period_ = kPeriods[random_.below(5)];
    length_ = usual_length(length_, seen_);
    accidents_.plan(random_, length_);
    seen_ = 0;
  }
  Decision choose(const Point& point) override {
    seen_ = point.step;
    Decision accident;
    if (accidents_.happens(point, accident)) return accident;
    if (!point.contended || (point.current > 0 && !point.waits && !random_.one_in(period_)))
      return point.usual;
    return {point.step, What::kRun, any_of(point.ready, random_)};
  }

 private:
  tests::Random random_;
  Accidents accidents_;
  std::uint64_t period_ = 1;
  std::uint32_t seen_ = 0;
  std::uint32_t length_ = 100;
};

// The ready process of the highest priority runs; at depth - 1 points chosen beforehand the running
// one gets a priority below all others. Counted are points at words that others use, in half of the
// runs only those that may change one: where nobody looks, no change matters.
class Pct : public Policy {
 public:
  Pct(std::uint64_t seed, unsigned depth) : random_(seed), depth_(depth) {}
  void begin_run() override {
    for (int i = 0; i < kProcesses; ++i) priority_[static_cast<std::size_t>(i)] = i + 100;
    for (std::size_t i = kProcesses - 1; i > 0; --i)
      std::swap(priority_[i], priority_[random_.below(i + 1)]);
    length_ = usual_length(length_, seen_);
    (at_writes_ ? writes_ : points_) = usual_length(at_writes_ ? writes_ : points_, counted_);
    at_writes_ = random_.one_in(2);
    changes_.clear();
    for (unsigned i = 1; i < depth_; ++i)
      changes_.push_back(
          static_cast<std::uint32_t>(random_.below((at_writes_ ? writes_ : points_) + 1)));
    accidents_.plan(random_, length_);
    counted_ = 0;
    lowest_ = 99;
  }
  Decision choose(const Point& point) override {
    seen_ = point.step;
    Decision accident;
    if (accidents_.happens(point, accident)) return accident;
    if (point.current > 0) {
      const bool counts = at_writes_ ? point.writes : point.contended;
      const bool changes = counts && std::erase(changes_, ++counted_) > 0;
      if (changes || point.waits) priority_[static_cast<std::size_t>(point.current)] = lowest_--;
    }
    int best = -1;
    for (int i = 1; i < kProcesses; ++i) {
      if ((point.ready >> i & 1) != 0 &&
          (best < 0 ||
           priority_[static_cast<std::size_t>(i)] > priority_[static_cast<std::size_t>(best)]))
        best = i;
    }
    return {point.step, What::kRun, static_cast<std::uint32_t>(best)};
  }

 private:
  tests::Random random_;
  Accidents accidents_;
  unsigned depth_;
  std::array<int, kProcesses> priority_ = {};
  std::vector<std::uint32_t> changes_;
  bool at_writes_ = false;
  std::uint32_t seen_ = 0;     // steps of the last run
  std::uint32_t counted_ = 0;  // points of the last run that count
  std::uint32_t length_ = 100, points_ = 100, writes_ = 50;
  int lowest_ = 0;
};

// Follows a list, then notes what else could have been done behind its end.
class Branching : public Policy {
 public:
  void begin_run() override {
    next_ = 0;
    branches.clear();
  }
  Decision choose(const Point& point) override {
    if (next_ < list.size()) {
      if (list[next_].step == point.step) return list[next_++];
      return point.usual;
    }
    if (!point.contended || (!list.empty() && point.step <= list.back().step)) return point.usual;
    const bool free = point.current < 0;  // somebody must go on: who, costs nothing
    if (!free && left == 0) return point.usual;
    for (std::uint32_t i = 1; i < kProcesses; ++i) {
      if ((point.ready >> i & 1) != 0 && i != point.usual.argument)
        branches.push_back({{point.step, What::kRun, i}, free});
    }
    if (!free && point.deaths_left > 0) branches.push_back({{point.step, What::kDie, 0}, false});
    // Until the others have ended, or waited for long: whoever can has to pass it by.
    if (!free && point.stops_left > 0)
      branches.push_back({{point.step, What::kStop, kLongStop}, false});
    return point.usual;
  }

  struct Branch {
    Decision decision;
    bool free;
  };
  Decisions list;
  unsigned left = 0;  // deviations that may still be made
  std::vector<Branch> branches;

 private:
  std::size_t next_ = 0;
};

// What the substrate's checks say, once is enough.
class Quiet {
 public:
  Quiet() : kept_(::dup(2)) {
    const int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(nothing, 2);
    ::close(nothing);
  }
  ~Quiet() {
    ::dup2(kept_, 2);
    ::close(kept_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int kept_;
};

class Clock {
 public:
  explicit Clock(Budget budget) : budget_(budget), began_(std::chrono::steady_clock::now()) {}
  bool over(std::uint64_t runs) const {
    return runs >= budget_.runs || seconds() >= budget_.seconds;
  }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  Budget budget_;
  std::chrono::steady_clock::time_point began_;
};

// False: the run failed, that is it.
bool count(Result& result, RunReport report) {
  ++result.runs;
  result.steps += report.steps;
  result.deaths += report.died ? 1 : 0;
  if (!report.failure.failed) return true;
  result.report = std::move(report);
  return false;
}

Result explore_with(Explorer& explorer, Policy& policy, Budget budget) {
  Result result;
  const Clock clock(budget);
  while (!clock.over(result.runs)) {
    if (!count(result, explorer.run(policy))) break;
  }
  return result;
}

}  // namespace

void fail(const std::string& what) { Engine::get().fail(what); }

void system_call(const char* what) {
  Engine::get().point(what, __builtin_return_address(0), false, nullptr);
}

void wait_in_vain(const void* word, std::uint32_t timeout_ms) {
  World::get().pass(std::uint64_t{timeout_ms} * 1'000'000);
  Engine::get().point("waits", __builtin_return_address(0), true, word);
}

bool others_go_on() { return Engine::get().others_go_on(); }
bool somebody_died() { return Engine::get().somebody_died(); }

Explorer::Explorer(const ScenarioEntry& entry) : entry_(entry) { Engine::get().forget_words(); }

RunReport Explorer::run(Policy& policy, bool with_trace) {
  return Engine::get().run(entry_, policy, with_trace);
}

RunReport Explorer::replay(const Decisions& decisions, bool with_trace) {
  Replay policy(decisions);
  return run(policy, with_trace);
}

RunReport Explorer::shorten(const RunReport& failed) {
  const Quiet quiet;
  RunReport best = replay(failed.decisions);
  if (!best.failure.failed) return failed;  // not to be played again: told as it was
  const Clock clock({.runs = 2'000, .seconds = 10});
  std::uint64_t runs = 0;
  for (std::size_t piece = best.decisions.size() / 2 + 1; piece > 0; piece /= 2) {
    for (std::size_t at = 0; at < best.decisions.size() && !clock.over(runs);) {
      Decisions shorter = best.decisions;
      const auto from = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.erase(from, from + static_cast<std::ptrdiff_t>(std::min(piece, shorter.size() - at)));
      RunReport tried = replay(shorter);
      ++runs;
      if (tried.failure.failed && tried.decisions.size() < best.decisions.size())
        best = std::move(tried);
      else
        at += piece;
    }
  }
  return replay(best.decisions, true);
}

Result explore_random(Explorer& explorer, std::uint64_t seed, Budget budget) {
  RandomWalk policy(seed);
  return explore_with(explorer, policy, budget);
}

Result explore_pct(Explorer& explorer, std::uint64_t seed, unsigned depth, Budget budget) {
  Pct policy(seed, depth);
  return explore_with(explorer, policy, budget);
}

Result explore_bounded(Explorer& explorer, std::uint64_t seed, unsigned bound, Budget budget) {
  Result result;
  tests::Random random(seed);
  const Clock clock(budget);
  Branching policy;
  struct ToRun {
    Decisions list;
    unsigned left;
  };
  std::vector<ToRun> to_run{{{}, bound}};
  std::uint64_t known = Engine::get().contended_words();
  while (!clock.over(result.runs)) {
    if (to_run.empty()) {
      // Words were found to be others' too: before the first points there were passed by.
      if (known == Engine::get().contended_words()) {
        result.complete = true;
        break;
      }
      known = Engine::get().contended_words();
      to_run.push_back({{}, bound});
    }
    policy.list = std::move(to_run.back().list);
    policy.left = to_run.back().left;
    to_run.pop_back();
    if (!count(result, explorer.run(policy))) return result;
    auto& branches = policy.branches;
    for (std::size_t i = branches.size(); i > 1; --i)
      std::swap(branches[i - 1], branches[random.below(i)]);
    for (const auto& branch : branches) {
      to_run.push_back({policy.list, policy.left - (branch.free ? 0 : 1)});
      to_run.back().list.push_back(branch.decision);
    }
  }
  return result;
}

std::string to_text(const Decisions& decisions) {
  std::string text;
  for (const Decision& d : decisions) {
    if (!text.empty()) text += ' ';
    text += std::to_string(d.step);
    if (d.what == What::kRun) text += ">" + std::to_string(d.argument);
    if (d.what == What::kDie) text += "x";
    if (d.what == What::kStop) text += "s" + std::to_string(d.argument);
  }
  return text;
}

bool from_text(const std::string& text, Decisions& decisions) {
  const char* at = text.c_str();
  while (*at == ' ') ++at;
  while (*at != '\0') {
    char* end = nullptr;
    Decision d{static_cast<std::uint32_t>(std::strtoul(at, &end, 10)), What::kDie, 0};
    if (end == at) return false;
    const char what = *end;
    at = end + 1;
    if (what == '>' || what == 's') {
      d.what = what == '>' ? What::kRun : What::kStop;
      d.argument = static_cast<std::uint32_t>(std::strtoul(at, &end, 10));
      if (end == at) return false;
      at = end;
    } else if (what != 'x') {
      return false;
    }
    decisions.push_back(d);
    while (*at == ' ') ++at;
  }
  return true;
}

}  // namespace yin::explore

namespace yin::substrate {

void shared_access(const void* address, std::uint32_t bytes, AccessKind kind) {
  explore::Engine::get().access(address, bytes, kind, __builtin_return_address(0));
}

void memory_freed(void* from, std::size_t bytes) {
  std::uint64_t offset = 0;
  if (explore::World::get().offset_of(from, offset)) explore::Monitor::freed(offset, bytes);
}

}  // namespace yin::substrate
