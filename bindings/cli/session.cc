#include "bindings/cli/session.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>
#include <utility>

#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/keeper.h"
#include "substrate/nursery.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "scheduler/agent.h"
#include "bindings/cli/children.h"

namespace yin::cli {

using substrate::AgentStatus;
using substrate::Change;
using substrate::CommitOutcome;
using substrate::kNil;
using substrate::Pin;
using substrate::read_root;
using substrate::root_ref;
using substrate::root_word;
using substrate::RootKind;
using substrate::RootRead;
using substrate::RootRef;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;
using substrate::Worker;

namespace {

constexpr std::uint32_t kPauseMs = 1;  // nothing is ready: others may be at it
constexpr unsigned kQuietLooks = 5;    // of that kind before nobody can be expected to go on
constexpr std::uint32_t kQuietPauseMs = 20;
constexpr unsigned kSpaceTries = 3;
constexpr unsigned kTurnsWithRoom = 100;
constexpr const char* kKeepValue = "var/yin.core/yin/keep-value";

}  // namespace

Status write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return {};
  return substrate::resource_exhausted(std::string("write to standard output: ") +
                                       std::strerror(errno));
}

Session::Session(Opened opened, const SessionOptions& options)
    : opened_(std::move(opened)),
      host_(host_table(options.grants)),
      projection_(vm::find_projection(options.projection).value_or(vm::Projection::kTiered)),
      runner_(*opened_.worker, projection_, host_) {}

StatusOr<std::unique_ptr<Session>> Session::open(const SessionOptions& options) {
  const auto mode =
      options.domain.empty() ? substrate::OpenMode::kCreate : substrate::OpenMode::kCreateOrJoin;
  auto opened = open_domain(options.domain, mode);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<Session> session(new Session(*std::move(opened), options));
  if (Status ready = session->prepare(options); !ready.ok()) return ready;
  return session;
}

Status Session::prepare(const SessionOptions& options) {
  if (Status ready = install_run_time(worker(), options.language); !ready.ok()) return ready;
  told_ = standing_of(worker()).failures;
  const Pin pin(worker());
  if (Status arguments = define_arguments(pin, options.arguments); !arguments.ok())
    return arguments;
  for (RootRef* atom : {&place_, &kept_}) {
    auto made = make_atom(pin);
    if (!made.ok()) return made.status();
    *atom = *made;
  }
  return {};
}

Session::~Session() {
  for (const RootRef root : {main_, place_, kept_}) {
    if (root.generation != 0) remove(root);
  }
}

StatusOr<RootRef> Session::make_atom(const Pin& pin) {
  for (;;) {
    auto fresh = new_root(pin, RootKind::kAtom);
    if (!fresh.ok()) return fresh.status();
    const Change change[] = {{fresh->ref, fresh->expected, kNil}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kCommitted) return fresh->ref;
    give_up_root(pin, fresh->ref.slot);
    if (outcome != CommitOutcome::kConflict) return why_not(pin, outcome);
  }
}

void Session::remove(RootRef root) {
  for (;;) {
    const Pin pin(worker());
    const RootRead read = read_root(pin, root);
    if (read.outcome == RootRead::Outcome::kExpired) continue;
    if (!read.ok()) return;
    const Change change[] = {{root, read.version, substrate::kTombstone}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kCommitted) return give_up_root(pin, root.slot);
    if (outcome == CommitOutcome::kNoSpace) return;
  }
}

Status Session::start(const Pin& pin, std::span<const Word> programs) {
  const Word keeper = find_named_root(pin, kKeepValue);
  const RootRead read = read_root(pin, root_ref(keeper));
  if (!read.ok()) return substrate::unavailable("the pin expired; try again");
  std::vector<Word> arguments{root_word(place_)};
  arguments.insert(arguments.end(), programs.begin(), programs.end());
  return started(scheduler::spawn(pin, read.value, arguments, "main"));
}

Status Session::start_for_effects(const Pin& pin, std::span<const Word> programs) {
  return started(spawn_programs(pin, programs));
}

Status Session::started(const StatusOr<Word>& agent) {
  if (!agent.ok()) return agent.status();
  main_ = root_ref(*agent);
  main_runs_ = true;
  return worker().space_status();
}

bool Session::main_ended(Ended& how) {
  const Pin pin(worker());
  const RootRead read = read_root(pin, main_);
  if (read.outcome == RootRead::Outcome::kExpired) return false;
  if (!read.ok() || !scheduler::is_agent_record(read.value)) {
    how = Ended::kValue;
    return true;
  }
  const scheduler::Agent agent = scheduler::read_agent_record(pin, read.value);
  if (agent.status != AgentStatus::kFailed) return false;
  world_ = reset_root(pin, place_, agent.value);
  how = world_.ok() ? Ended::kFailed : Ended::kWorld;
  return true;
}

// As scheduler::Runner::run_until does it. False: there is none.
bool Session::make_room() {
  worker().nursery().reset();
  turns_with_room_ = 0;
  if (++space_failures_ > kSpaceTries) {
    world_ = worker().domain().path().empty()
                 ? substrate::resource_exhausted(
                       "the program needs more than the " + std::to_string(kPrivateBytes >> 30) +
                       " GiB of private memory there are; in a --domain it may have more")
                 : runner_.no_space();
    return false;
  }
  for (int i = 0; i < 2; ++i) {
    if (!collect(worker(), {}).ok())
      park_on(worker().domain().state().stop, ~std::uint32_t{0}, kPauseMs);
  }
  return true;
}

bool Session::nobody_can_go_on() {
  const Standing standing = standing_of(worker(), told_);
  substrate::SlotIndex any{};
  const bool quiet = standing.alive == standing.waiting &&
                     !find_ready(worker().domain(), substrate::SlotIndex{0}, any);
  quiet_looks_ = quiet ? quiet_looks_ + 1 : 0;
  stuck_agents_ = standing.waiting;
  // In private memory there is nobody else.
  if (!quiet || worker().domain().path().empty()) return quiet;
  wait_for_work(worker().domain(), substrate::work_seen(worker().domain()), kQuietPauseMs);
  return quiet_looks_ >= kQuietLooks;
}

Session::Ended Session::wait(Until until) {
  Ended how = Ended::kValue;
  quiet_looks_ = space_failures_ = 0;
  for (;;) {
    if (interrupted()) {
      how = Ended::kInterrupted;
      break;
    }
    const std::uint32_t seen = work_seen(worker().domain());
    const auto turn = runner_.run_one();
    if (world_ = forward_output(); !world_.ok()) return Ended::kWorld;
    if (turn == scheduler::Runner::Turn::kNoSpace) {
      if (make_room()) continue;
      how = Ended::kNoSpace;
      break;
    }
    if (turn == scheduler::Runner::Turn::kRan) {
      quiet_looks_ = 0;
      // A program that fills what a collection gave back at once is not helped by another one.
      if (++turns_with_room_ == kTurnsWithRoom) space_failures_ = 0;
    }
    if (main_runs_ && main_ended(how)) {
      main_runs_ = false;
      if (how != Ended::kValue || until == Until::kValue) break;
    }
    (void)substrate::collect_if_due(worker());
    if (turn != scheduler::Runner::Turn::kNone) continue;
    if (!main_runs_ && agents_alive() == 0) break;
    if (nobody_can_go_on()) {
      how = Ended::kStuck;
      break;
    }
    adopt_dead_workers(worker());
    wait_for_work(worker().domain(), seen, kPauseMs);
  }
  if (main_runs_ || how == Ended::kFailed) remove(main_);
  main_runs_ = false;
  main_ = {};
  return how;
}

Word Session::result(const Pin& pin) const {
  const RootRead read = read_root(pin, place_);
  return read.ok() ? read.value : kNil;
}

Status Session::forward_output() {
  const Output output = take_output(worker());
  if (output.text.empty()) return {};
  if (Status written = write_out(output.text); !written.ok()) return written;
  return commit_output(worker(), output);
}

std::vector<std::string> Session::take_failures() {
  Standing standing = standing_of(worker(), told_);
  told_.merge(standing.failures);
  if (standing.failed > standing.errors.size())
    standing.errors.push_back("and " + std::to_string(standing.failed - standing.errors.size()) +
                              " more");
  return std::move(standing.errors);
}

Status Session::keep(const Pin& pin, Word value) { return reset_root(pin, kept_, value); }

Word Session::kept(const Pin& pin) const {
  const RootRead read = read_root(pin, kept_);
  return read.ok() ? read.value : kNil;
}

struct Session::Background::Threads {
  substrate::Domain& domain;
  substrate::SharedHalf stop{};
  std::thread agents, collector;
};

Session::Background::Background(Session& session)
    : threads_(new Threads{session.worker().domain(), {}, {}, {}}) {
  Threads& t = *threads_;
  // A worker that cannot join (no slot, no space) leaves the agents to the next evaluation.
  t.agents = std::thread([&t, &session] {
    auto worker = Worker::join(t.domain);
    if (!worker.ok()) return;
    (void)scheduler::Runner(**worker, session.projection_, session.host_).run_until(t.stop).ok();
  });
  t.collector = std::thread([&t] { (void)substrate::keep_collected(t.domain, t.stop).ok(); });
}

Session::Background::~Background() {
  threads_->stop.store_relaxed(1);  // carries nothing; the wakes hurry it
  wake_all(threads_->stop);
  announce_work(threads_->domain);
  threads_->agents.join();
  threads_->collector.join();
}

}  // namespace yin::cli
