// `yin run` and `yin resume`: loading a job, serving it with worker processes, and looking after
// them.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "substrate/checkpoint.h"
#include "substrate/clock.h"
#include "substrate/park.h"
#include "substrate/process.h"
#include "substrate/ready.h"
#include "substrate/table.h"
#include "scheduler/launch.h"
#include "bindings/cli/children.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/input.h"
#include "bindings/cli/job.h"
#include "bindings/cli/open.h"
#include "bindings/cli/options.h"
#include "bindings/cli/program.h"

namespace yin::cli {

using substrate::Domain;
using substrate::Status;
using substrate::StatusOr;
using substrate::Worker;

namespace {

constexpr std::uint32_t kPollMs = 2;
constexpr std::uint32_t kFirstPollMs = 1;  // while a short program may end at any moment
constexpr std::uint64_t kFirstPollsNs = 100'000'000;
constexpr std::uint64_t kLooksMostNs = 20'000'000;  // from one look at all agents to the next
constexpr std::uint64_t kLooksShare = 20;           // of the time: looking takes one part
constexpr std::uint64_t kLeaveNs = 5'000'000'000;
constexpr std::uint64_t kStuckNs = 100'000'000;
constexpr std::size_t kLongText = std::size_t{64} << 10;

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }
double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

class Supervisor {
 public:
  Supervisor(Domain& domain, Worker& worker, const RunOptions& options, Failures old_failures)
      : domain_(domain),
        worker_(worker),
        options_(options),
        began_(substrate::monotonic_ns()),
        old_failures_(std::move(old_failures)) {}

  // The workers: they wait until there is something to do.
  Status start() {
    domain_.state().stop.store_relaxed(0);  // before any child starts
    if (std::ranges::find(options_.grants, "console") != options_.grants.end()) {
      input_.emplace(worker_);
      if (Status begun = input_->begin(); !begun.ok()) return begun;
    }
    for (unsigned i = 0; i < options_.processes; ++i) {
      if (Status started = start_one(); !started.ok()) return started;
    }
    return {};
  }

  int run() {
    for (;;) {
      Status printed = forward_output();
      if (!printed.ok()) return finish(fail(printed));
      if (input_) {
        if (Status read = input_->forward(); !read.ok()) return finish(fail(read));
      }
      if (interrupted()) return finish(kExitInterrupted);
      if (const int code = look_after_children(); code >= 0) return finish(code);
      drill();
      if (const int code = look_at_agents(); code >= 0) return finish(code);
      const bool first = substrate::monotonic_ns() - began_ < kFirstPollsNs;
      park_on(domain_.state().stop, 0, first ? kFirstPollMs : kPollMs);
    }
  }

  // Lets the children leave and prints what is left.
  int finish(int code) {
    scheduler::stop_all(domain_);
    const std::uint64_t until = substrate::monotonic_ns() + kLeaveNs;
    while (!children_.empty() && substrate::monotonic_ns() < until) {
      for (const ChildExit& child : reap_children()) {
        children_.erase(std::remove(children_.begin(), children_.end(), child.pid),
                        children_.end());
      }
      if (!children_.empty()) substrate::park_on(idle_, 0, 1);
    }
    for (const ProcessId pid : children_) kill_child(pid);
    (void)forward_output().ok();
    return code;
  }

 private:
  Status start_one() {
    std::vector<std::string> arguments = {"worker", "--threads", std::to_string(options_.threads),
                                          "--projection", options_.projection};
    for (const std::string& grant : options_.grants) {
      arguments.insert(arguments.end(), {"--grant", grant});
    }
    arguments.insert(arguments.end(), {"--", domain_.path()});  // a path may begin with a dash
    auto pid = start_child(arguments);
    if (!pid.ok()) return pid.status();
    children_.push_back(*pid);
    return {};
  }

  Status forward_output() {
    const Output output = take_output(worker_);
    if (output.text.empty()) return {};
    (void)std::fwrite(output.text.data(), 1, output.text.size(), stdout);
    (void)std::fflush(stdout);
    return commit_output(worker_, output);
  }

  [[nodiscard]] std::uint64_t adopted_so_far() const {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; const auto* slot = substrate::worker_slot(domain_, i); ++i) {
      sum += slot->adopted.load_relaxed();  // a count
      if (i + 1 >= domain_.state().worker_high.load_relaxed()) break;
    }
    return sum;
  }

  // Ends the run (its exit code) when a child found that it cannot go on; replaces one that was
  // killed.
  int look_after_children() {
    for (const ChildExit& child : reap_children()) {
      children_.erase(std::remove(children_.begin(), children_.end(), child.pid), children_.end());
      const std::uint64_t now = substrate::monotonic_ns();
      if (child.signal == 0) {
        if (domain_.state().stop.load_relaxed() != 0) {
          if (child.code != kExitOk) return child.code;  // it said why
          if (!children_.empty()) continue;              // it was asked to leave by one that will
          const Standing standing = standing_of(worker_, old_failures_);
          if (standing.alive == 0)
            return standing.failed == 0 ? kExitOk : report_failures(standing);
          std::fprintf(stderr, "yin: the workers were asked to leave by another process\n");
          return kExitWorld;
        }
        std::fprintf(stderr, "yin: worker process %lld left with code %d\n",
                     static_cast<long long>(child.pid), child.code);
        return child.code == kExitOk ? kExitWorld : child.code;
      }
      const std::uint64_t died = child.pid == drilled_ ? drilled_at_ : now;
      std::fprintf(stderr, "yin: %.2f s: worker process %lld was killed (%s)\n",
                   seconds(died - began_), static_cast<long long>(child.pid),
                   signal_name(child.signal).c_str());
      adopt_dead_workers(worker_);
      const std::uint64_t adopted = adopted_so_far() - adopted_;
      adopted_ += adopted;
      std::fprintf(stderr,
                   "yin: %llu of its agents, stopped in the middle of a step, adopted %.1f ms "
                   "after its death\n",
                   static_cast<unsigned long long>(adopted),
                   milliseconds(substrate::monotonic_ns() - died));
      if (Status started = start_one(); !started.ok()) return fail(started);
      std::fprintf(stderr, "yin: %.2f s: worker process %lld joined in its place\n",
                   seconds(substrate::monotonic_ns() - began_),
                   static_cast<long long>(children_.back()));
    }
    return -1;
  }

  void drill() {
    if (options_.drill_percent < 0 || drilled_ != 0 || children_.empty()) return;
    const int percent = progress_percent(worker_);
    if (percent < options_.drill_percent) return;
    drilled_ = children_.front();
    drilled_at_ = substrate::monotonic_ns();
    std::fprintf(stderr, "yin: %.2f s: drill: %d %% done, sending SIGKILL to worker process %lld\n",
                 seconds(drilled_at_ - began_), percent, static_cast<long long>(drilled_));
    kill_child(drilled_);
  }

  int look_at_agents() {
    const std::uint64_t now = substrate::monotonic_ns();
    if (now < look_again_) return -1;
    const Standing standing = standing_of(worker_, old_failures_);
    look_again_ = now + std::min(kLooksShare * (substrate::monotonic_ns() - now), kLooksMostNs);
    if (standing.main_failed) return report_failures(standing);
    if (standing.alive == 0) return standing.failed == 0 ? kExitOk : report_failures(standing);
    substrate::SlotIndex any{};
    const bool quiet = standing.alive == standing.waiting &&
                       !find_ready(domain_, substrate::SlotIndex{0}, any) &&
                       !(input_ && input_->is_awaited());
    if (!quiet || quiet_since_ == 0) quiet_since_ = quiet ? now : 0;
    if (!quiet || now - quiet_since_ < kStuckNs) return -1;
    if (standing.failed != 0) return report_failures(standing);
    if (input_ && input_->ended()) {
      std::fprintf(stderr, "yin: the input has ended. To go on with more: yin resume %s\n",
                   domain_.path().c_str());
      return kExitStuck;
    }
    std::fprintf(stderr,
                 "yin: stuck: %u agents wait for what nobody will give; see: yin agents %s\n",
                 standing.waiting, domain_.path().c_str());
    return kExitStuck;
  }

  static int report_failures(const Standing& standing) {
    for (const std::string& error : standing.errors)
      std::fprintf(stderr, "yin: %s\n", error.c_str());
    if (standing.failed > standing.errors.size())
      std::fprintf(stderr, "yin: and %zu more\n", standing.failed - standing.errors.size());
    return kExitProgram;
  }

  Domain& domain_;
  Worker& worker_;
  const RunOptions& options_;
  std::uint64_t began_;
  std::uint64_t look_again_ = 0;
  std::uint64_t adopted_ = 0;
  std::vector<ProcessId> children_;
  ProcessId drilled_ = 0;
  std::uint64_t drilled_at_ = 0;
  std::uint64_t quiet_since_ = 0;  // 0: somebody runs
  std::optional<Input> input_;     // if granted
  Failures old_failures_;          // of jobs before this one
  substrate::SharedHalf idle_{};   // nobody writes it: waiting on it is a pause
};

void say_how_to_go_on(int code, const std::string& path) {
  if (code == kExitInterrupted || code == kExitWorld) {
    std::fprintf(stderr, "yin: stopped; nothing is lost. To go on: yin resume %s\n", path.c_str());
  }
}

Status wish_durability(Worker& worker, const std::string& text) {
  if (text.empty()) return {};
  return set_durability(worker, text == "none"     ? substrate::kDurabilityNone
                                : text == "commit" ? substrate::kDurabilityCommit
                                                   : std::stoull(text));
}

StatusOr<std::string> temporary_path() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) {
    return substrate::not_found(
        "there is no temporary directory for the job (TMPDIR, or --domain FILE for its own): " +
        error.message());
  }
  return (folder / ("yin-" + std::to_string(substrate::this_process().pid) + "-" +
                    std::to_string(substrate::wall_clock_ns()) + ".yin"))
      .string();
}

}  // namespace

int run_command(const RunOptions& given) {
  note_signals();
  RunOptions options = given;
  auto program = read_file(options.file, options.language);
  if (!program.ok()) return fail(program.status());
  program->paths = options.paths;
  const bool temporary = options.domain.empty();
  if (temporary) {
    auto path = temporary_path();
    if (!path.ok()) return fail(path.status());
    options.domain = *std::move(path);
  }
  const auto mode = temporary ? substrate::OpenMode::kCreate : substrate::OpenMode::kCreateOrJoin;
  auto opened = open_domain(options.domain, mode);
  if (!opened.ok()) return fail(opened.status());
  if (Status wish = wish_durability(*opened->worker, options.durability); !wish.ok())
    return fail(wish);
  const Failures old_failures = standing_of(*opened->worker).failures;
  Status loaded = remember(*opened->worker, options);
  Supervisor supervisor(*opened->domain, *opened->worker, options, old_failures);
  // The workers start meanwhile. Not while a long one is loaded: it allocates so much that they
  // would collect, and pass by whoever reads for seconds under one pin (substrate/collector.h).
  const bool is_long = program->text.size() > kLongText;
  if (loaded.ok() && !is_long) loaded = supervisor.start();
  if (loaded.ok()) loaded = load_program(*opened->worker, *program, options.arguments);
  if (loaded.ok() && is_long) loaded = supervisor.start();
  int code = kExitProgram;
  if (loaded.ok()) {
    code = supervisor.run();
    say_how_to_go_on(code, options.domain);
  } else {
    std::fprintf(stderr, "yin: %s\n", loaded.message().c_str());
    code = supervisor.finish(loaded.code() == substrate::StatusCode::kInvalidArgument
                                 ? kExitProgram
                                 : exit_code(loaded.code()));
  }
  if (temporary && (code == kExitOk || !loaded.ok())) {
    (void)Domain::unlink(options.domain).ok();
  } else if (temporary && code == kExitProgram) {
    std::fprintf(stderr, "yin: its agents are kept in %s\n", options.domain.c_str());
  }
  return code;
}

int resume_command(const RunOptions& given) {
  note_signals();
  RunOptions options = given;
  auto opened = open_domain(options.domain, substrate::OpenMode::kJoin);
  if (!opened.ok()) return fail(opened.status());
  Worker& worker = *opened->worker;
  if (Status wish = wish_durability(worker, options.durability); !wish.ok()) return fail(wish);
  adopt_dead_workers(worker);
  Status known = remember(worker, options);
  if (!known.ok()) return fail(known);
  const Standing standing = standing_of(worker);
  if (standing.alive == 0 && standing.failed == 0) {
    const Output rest = take_output(worker);
    (void)std::fwrite(rest.text.data(), 1, rest.text.size(), stdout);
    (void)commit_output(worker, rest).ok();
    std::fprintf(stderr, "yin: nothing to resume: all agents of %s have ended\n",
                 options.domain.c_str());
    return kExitOk;
  }
  std::fprintf(stderr, "yin: resuming %u agents with %u processes\n", standing.alive,
               options.processes);
  scheduler::rescan(substrate::Pin(worker));
  Supervisor supervisor(*opened->domain, worker, options, {});
  const Status started = supervisor.start();
  const int code = started.ok() ? supervisor.run() : supervisor.finish(fail(started));
  say_how_to_go_on(code, options.domain);
  return code;
}

int worker_command(const WorkerOptions& options) {
  note_signals();
  auto domain = Domain::open({.path = options.domain, .mode = substrate::OpenMode::kJoin});
  if (!domain.ok()) return fail(domain.status());
  const scheduler::HostTable host = host_table(options.grants);
  const vm::Projection projection =
      vm::find_projection(options.projection).value_or(vm::Projection::kTiered);
  const Status served =
      serve(**domain, host, {.threads = options.threads, .projection = projection, .limits = {}});
  return served.ok() ? kExitOk : fail(served);
}

}  // namespace yin::cli
