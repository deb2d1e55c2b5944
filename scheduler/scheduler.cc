#include "scheduler/scheduler.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/nursery.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/table.h"
#include "substrate/timer.h"
#include "vm/error.h"
#include "scheduler/perform.h"
#include "scheduler/stream.h"
#include "scheduler/supervise.h"

namespace yin::scheduler {

using substrate::AgentStatus;
using substrate::Change;
using substrate::CommitOutcome;
using substrate::Edit;
using substrate::is_nil;
using substrate::kNil;
using substrate::kRunningDeath;
using substrate::kRunningWorker;
using substrate::Pin;
using substrate::read_root;
using substrate::root_ref;
using substrate::root_word;
using substrate::RootKind;
using substrate::RootRead;
using substrate::RootRef;
using substrate::SlotIndex;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

namespace {

constexpr std::uint32_t kBusyPauseMs = 1;
constexpr std::uint32_t kPacePauseMs = 2;
constexpr std::uint32_t kPacePauses = 10;
constexpr std::uint32_t kRescanSlices = 10;  // idle slices between two looks at every slot
constexpr std::uint32_t kSpaceTries = 3;
// Workers that may die in one step of one agent before it is the agent that is ended: a step that
// runs into a bug of ours would kill worker after worker.
constexpr std::uint32_t kDeathsMax = 8;

}  // namespace

Runner::Runner(substrate::Worker& worker, vm::Projection projection, const HostTable& host,
               SliceLimits limits, HostPool* pool)
    : worker_(worker),
      domain_(worker.domain()),
      machine_(vm::make_machine(projection)),
      host_(host),
      limits_(limits),
      pool_(pool) {}
Runner::~Runner() = default;

bool Runner::claim(SlotIndex slot) {
  substrate::RootSlot& root = root_slot(domain_, slot);
  std::uint32_t was = root.running.load_relaxed();  // a look; the CAS decides
  if ((was & kRunningWorker) != 0) return false;
  // Said before it is done, so that an adopter finds what a dead worker took (substrate/worker.cc).
  // edge: touched
  worker_.slot().current.store_release(raw(slot) + 1);
  // edge: running
  if (root.running.cas_seq(was, was | (raw(worker_.index()) + 1))) {
    deaths_ = was / kRunningDeath;
    if (take_ready(domain_, slot)) return true;
    // edge: running
    root.running.store_release(was);
  }
  // edge: touched
  worker_.slot().current.store_release(0);
  return false;
}

void Runner::release(SlotIndex slot) {
  // edge: running
  root_slot(domain_, slot).running.store_release(deaths_ * kRunningDeath);
  // edge: touched
  worker_.slot().current.store_release(0);
}

Runner::Turn Runner::run_one() {
  wake_due(domain_, host_.now_ms());
  SlotIndex slot = next_;
  SlotIndex first{};
  bool looked = false;
  all_busy_ = false;
  for (;;) {
    if (!find_ready(domain_, slot, slot)) return Turn::kNone;
    if (looked && slot == first) {
      all_busy_ = true;
      return Turn::kNone;
    }
    if (!looked) first = slot;
    looked = true;
    if (claim(slot)) break;
    slot = SlotIndex{raw(slot) + 1};
  }
  next_ = SlotIndex{raw(slot) + 1};
  Step result = Step::kGoOn;
  for (std::uint32_t i = 0; i < limits_.steps && result == Step::kGoOn; ++i) result = step(slot);
  if (result != Step::kRest)
    set_ready(domain_, slot);  // before the claim goes: a death in between loses nothing
  release(slot);
  return result == Step::kNoSpace ? Turn::kNoSpace : Turn::kRan;
}

// One step: from the agent's committed continuation to the next commit.
Runner::Step Runner::step(SlotIndex slot) {
  worker_.nursery().reset();
  const Pin pin(worker_);
  RootRef ref{};
  const RootRead root = read_slot(pin, slot, RootKind::kAgent, ref);
  if (root.outcome == RootRead::Outcome::kExpired) return Step::kGoOn;
  if (!root.ok()) return Step::kRest;
  if (is_object(root.value, substrate::ObjectKind::kStream)) {
    wake_waiters(pin, root.value);  // an adopter asked for it
    return Step::kRest;
  }
  if (!is_agent_record(root.value)) return Step::kRest;
  Agent agent = read_agent_record(pin, root.value);
  const bool rests = agent.status == AgentStatus::kWaiting || agent.status == AgentStatus::kParked;
  const Wait wait = rests && !is_nil(agent.effect) ? wait_from_word(pin, agent.effect) : Wait{};
  const Work work{pin, ref, root, wake_ms(pin, agent), !is_nil(wait.request)};
  if (agent.status == AgentStatus::kEnding) return tell_ends(work, agent);
  if (agent.has_ended()) return Step::kRest;

  if (const Word error = told_to_end(pin, agent); !is_nil(error)) {
    Performed done;
    if (rests) done = abandon(pin, {root_word(ref), &agent, true, 0}, wait.effect);
    return end(work, agent, error, std::move(done));
  }
  if (agent.status == AgentStatus::kParked && !is_over(wait)) return rest(work);

  vm::Effect effect = wait.effect;
  vm::Outcome outcome;
  outcome.kind = vm::OutcomeKind::kEffect;
  if (!rests) {
    outcome = run(pin, ref, agent);
    if (outcome.kind == vm::OutcomeKind::kExpired) return Step::kGoOn;
    effect = outcome.effect;
  }
  if (outcome.kind == vm::OutcomeKind::kDone) return end(work, agent, kNil, {});
  if (outcome.kind == vm::OutcomeKind::kFailed) return end(work, agent, outcome.value, {});

  Performed done;
  done.value = outcome.value;  // of kFuel: what the continuation awaits
  if (outcome.kind == vm::OutcomeKind::kEffect) {
    const Asker asker{root_word(ref),   &agent,       rests,
                      wait.deadline_ms, wait.request, pool_ != nullptr};
    done = perform(pin, host_, asker, effect);
  }
  Edit slab = Edit::in_slab(pin);
  const bool waits = done.result == Performed::Result::kWait;
  const bool parks = done.result == Performed::Result::kPark;
  if (waits && rests && done.changes.empty() && !done.job) return rest(work);  // woken for nothing
  agent.value = done.value;
  agent.status = waits                                      ? AgentStatus::kWaiting
                 : parks                                    ? AgentStatus::kParked
                 : done.result == Performed::Result::kRaise ? AgentStatus::kRaise
                                                            : AgentStatus::kReady;
  agent.effect = kNil;
  if (waits || (parks && done.deadline_ms != 0))
    agent.effect = wait_to_word(slab, {effect, done.deadline_ms, done.request});
  const Step committed = commit_step(work, agent, std::move(done));
  if (committed != Step::kRest) return committed;  // not committed
  if (effect.kind == vm::EffectKind::kYield && !waits) set_ready(domain_, slot);
  return waits || parks || effect.kind == vm::EffectKind::kYield ? Step::kRest : Step::kGoOn;
}

// The agent's machine, from its continuation to the next effect, end, or end of its fuel. What the
// outcome holds is published.
vm::Outcome Runner::run(const Pin& pin, RootRef ref, Agent& agent) {
  vm::Outcome outcome;
  if (deaths_ >= kDeathsMax) {
    Edit slab = Edit::in_slab(pin);
    outcome.kind = vm::OutcomeKind::kFailed;
    outcome.value = vm::make_error(
        slab, "worker-died",
        std::to_string(deaths_) + " workers died in this step of the agent; it is not tried again",
        kNil, {}, agent.continuation);
    return outcome;
  }
  Edit edit = Edit::in_nursery(pin);
  if (agent.random == 0) agent.random = fresh_random();  // of an older build's record
  machine_->set_self({.ref = root_word(ref), .random = &agent.random});
  machine_->load(pin, agent.continuation, agent.value, agent.status == AgentStatus::kRaise);
  std::uint64_t given = limits_.fuel;
  if (const std::int64_t limit = read_ties(pin, agent.ties).fuel_limit; limit != 0)
    given = std::min(given, static_cast<std::uint64_t>(limit - agent.fuel_used));
  std::uint64_t fuel = given;
  outcome = machine_->run(edit, fuel);
  agent.fuel_used += static_cast<std::int64_t>(given - fuel);
  if (outcome.kind == vm::OutcomeKind::kExpired) return outcome;
  const bool goes_on =
      outcome.kind == vm::OutcomeKind::kFuel || outcome.kind == vm::OutcomeKind::kEffect;
  Word words[] = {goes_on ? machine_->save(edit) : kNil, outcome.value, outcome.effect.argument[0],
                  outcome.effect.argument[1], outcome.effect.argument[2]};
  publish(pin, words);
  agent.continuation = words[0];
  outcome.value = words[1];
  for (int i = 0; i < 3; ++i) outcome.effect.argument[i] = words[2 + i];
  return outcome;
}

// The error that ends it before its next step: it was told to, or has used up what it was given.
Word Runner::told_to_end(const Pin& pin, const Agent& agent) const {
  if (is_nil(agent.ties)) return kNil;
  const Ties ties = read_ties(pin, agent.ties);
  Edit slab = Edit::in_slab(pin);
  if (!is_nil(ties.signal)) return signal_error(slab, ties.signal);
  if (ties.fuel_limit != 0 && agent.fuel_used >= ties.fuel_limit) {
    return vm::make_error(slab, vm::error_kind::kLimit,
                          "the agent has used up its fuel of " + std::to_string(ties.fuel_limit),
                          kNil, {}, agent.continuation);
  }
  if (ties.deadline_ms != 0 && host_.now_ms() >= ties.deadline_ms) {
    return vm::make_error(slab, vm::error_kind::kLimit,
                          "the agent was not done when its time was over", kNil, {},
                          agent.continuation);
  }
  return kNil;
}

bool Runner::is_over(const Wait& wait) const {
  return wait.deadline_ms != 0 && host_.now_ms() >= wait.deadline_ms;
}

// The agent came to its end, with an error or without. Whoever has ties tells of it first.
Runner::Step Runner::end(const Work& work, Agent& agent, Word error, Performed done) {
  Edit slab = Edit::in_slab(work.pin);
  agent.continuation = kNil;
  agent.value = error;
  agent.effect = kNil;
  agent.status = AgentStatus::kEnding;
  if (has_ties(work.pin, agent)) {
    const Step committed = commit_step(work, agent, std::move(done));
    return committed == Step::kRest ? Step::kGoOn : committed;
  }
  const Performed told = tell(slab, root_word(work.ref), agent);
  done.changes.insert(done.changes.end(), told.changes.begin(), told.changes.end());
  done.streams.insert(done.streams.end(), told.streams.begin(), told.streams.end());
  done.deleted.insert(done.deleted.end(), told.deleted.begin(), told.deleted.end());
  if (told.result != Performed::Result::kValue) done.result = told.result;
  return commit_step(work, agent, std::move(done));
}

Runner::Step Runner::tell_ends(const Work& work, Agent& agent) {
  Edit slab = Edit::in_slab(work.pin);
  Performed done = tell(slab, root_word(work.ref), agent);
  const bool goes_on = agent.status == AgentStatus::kEnding;
  const Step committed = commit_step(work, agent, std::move(done));
  return committed == Step::kRest && goes_on ? Step::kGoOn : committed;
}

// It waits on as it was.
Runner::Step Runner::rest(const Work& work) {
  const bool timed = work.wake_ms != 0;
  if (timed || work.is_asked) {
    set_timer(domain_, work.ref.slot,
              {timed ? work.wake_ms : substrate::kTimerNever, work.is_asked});
  }
  return Step::kRest;
}

// Commits the agent's new record with what its effect changes. kRest: done; kGoOn: the step did not
// happen.
Runner::Step Runner::commit_step(const Work& work, Agent& agent, Performed done) {
  const Pin& pin = work.pin;
  const SlotIndex slot = work.ref.slot;
  const auto failed = [&](Step step) {
    after_failure(pin, done);
    return step;
  };
  if (done.result == Performed::Result::kAgain) return failed(Step::kGoOn);
  const bool rests = agent.status == AgentStatus::kWaiting || agent.status == AgentStatus::kParked;
  const std::uint64_t due_ms = rests ? wake_ms(pin, agent) : 0;
  const bool asks = static_cast<bool>(done.job);
  if ((due_ms != 0 || asks) && done.result != Performed::Result::kNoSpace) {
    if (Status room = ensure_timer(domain_, slot); !room.ok()) done.no_space(std::move(room));
  }
  if (done.result == Performed::Result::kNoSpace) {
    no_space_ = std::move(done.why);
    return failed(Step::kNoSpace);
  }
  ++agent.steps;
  // An agent that ended in order leaves its slot to others; one that failed stays to be looked at.
  const bool ended = agent.status == AgentStatus::kDone;
  Edit slab = Edit::in_slab(pin);
  done.changes.push_back({work.ref, work.root.version,
                          ended ? substrate::kTombstone : make_agent_record(slab, agent)});
  const CommitOutcome committed = commit(pin, done.changes);
  if (committed != CommitOutcome::kCommitted) {
    if (committed != CommitOutcome::kNoSpace) return failed(Step::kGoOn);
    no_space_ = worker_.take_space_status();
    return failed(Step::kNoSpace);
  }
  deaths_ = 0;
  worker_.slot().steps.add_relaxed(1);  // a count
  if (due_ms != 0 || asks) {
    set_timer(domain_, slot, {due_ms != 0 ? due_ms : substrate::kTimerNever, asks});
  } else if (work.wake_ms != 0 || work.is_asked) {
    clear_timer(domain_, slot);
  }
  if (asks) pool_->hand_over({work.ref, agent.steps, std::move(done.job)});
  after_commit(pin, done);
  if (ended) give_up_root(pin, slot);
  return Step::kRest;
}

void Runner::idle() {
  adopt_dead_workers(worker_);
  const std::uint32_t seen = work_seen(domain_);
  if (all_busy_) {
    park_on(domain_.state().work, seen, kBusyPauseMs);
  } else {
    wait_for_work(domain_, seen, substrate::kSliceMs);
  }
}

Status Runner::run_until(const substrate::SharedHalf& stop) {
  std::uint32_t idle_slices = 0;
  std::uint32_t space_failures = 0;
  while (stop.load_relaxed() == 0) {  // a wish, carries nothing
    for (std::uint32_t i = 0; i < kPacePauses && collection_overdue(domain_); ++i) {
      park_on(stop, 0, kPacePauseMs);  // let the collector get on
    }
    switch (run_one()) {
      case Turn::kRan:
        idle_slices = 0;
        space_failures = 0;
        break;
      case Turn::kNone:
        if (!all_busy_ && ++idle_slices % kRescanSlices == 0) rescan(Pin(worker_));
        idle();
        break;
      case Turn::kNoSpace: {
        worker_.nursery().reset();
        // Finished cycles may free what is needed (cells need two). Somebody else may be at it:
        // then wait a moment.
        if (++space_failures > kSpaceTries) return no_space_;
        for (int i = 0; i < 2; ++i) {
          if (!collect(worker_, {.stop = &stop}).ok()) park_on(stop, 0, substrate::kSliceMs);
        }
        break;
      }
    }
  }
  return {};
}

namespace {

// Does it wait for nothing but a time?
bool sleeps(const Pin& pin, const Agent& agent) {
  return agent.status == AgentStatus::kWaiting && is_nil(read_ties(pin, agent.ties).signal) &&
         wait_from_word(pin, agent.effect).effect.kind == vm::EffectKind::kSleep;
}

}  // namespace

StatusOr<Word> spawn(const Pin& pin, Word function, std::span<const Word> arguments,
                     std::string_view name) {
  Edit edit = Edit::in_slab(pin);
  Agent agent;
  agent.continuation = vm::make_call(edit, function, arguments);
  if (is_object(agent.continuation, substrate::ObjectKind::kError)) {
    return substrate::invalid_argument("spawn: the function cannot be called with these arguments");
  }
  agent.name = name.empty() ? kNil : from_string(edit, name);
  agent.random = fresh_random();
  for (;;) {
    auto fresh = new_root(pin, RootKind::kAgent);
    if (!fresh.ok()) return fresh.status();
    const Change change[] = {{fresh->ref, fresh->expected, make_agent_record(edit, agent)}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kCommitted) {
      set_ready(pin.worker().domain(), fresh->ref.slot);
      return root_word(fresh->ref);
    }
    if (outcome != CommitOutcome::kConflict) return why_not(pin, outcome);
  }
}

Status resume(const Pin& pin, RootRef ref, Word value) {
  Edit edit = Edit::in_slab(pin);
  for (;;) {
    const RootRead was = read_root(pin, ref);
    if (was.outcome == RootRead::Outcome::kExpired) return why_not(pin, CommitOutcome::kExpired);
    if (!was.ok() || !is_agent_record(was.value))
      return substrate::not_found("resume: no such agent");
    Agent agent = read_agent_record(pin, was.value);
    if (agent.status != AgentStatus::kParked)
      return substrate::invalid_argument("resume: the agent is not parked");
    agent.status = AgentStatus::kReady;
    agent.effect = kNil;
    agent.value = value;
    const Change change[] = {{ref, was.version, make_agent_record(edit, agent)}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kCommitted) {
      set_ready(pin.worker().domain(), ref.slot);
      return {};
    }
    if (outcome != CommitOutcome::kConflict) return why_not(pin, outcome);
  }
}

void rescan(const Pin& pin) {
  substrate::Domain& domain = pin.worker().domain();
  // edge: slot-made
  const std::uint32_t slots = domain.state().next_slot.load_acquire();
  for (std::uint32_t i = 1; i < slots; ++i) {
    RootRef ref{};
    const SlotIndex slot{i};
    const RootRead root = read_slot(pin, slot, RootKind::kAgent, ref);
    if (!root.ok() || !is_agent_record(root.value)) continue;
    const Agent agent = read_agent_record(pin, root.value);
    const bool rests_for_good =
        agent.status == AgentStatus::kParked && is_nil(agent.effect) && is_nil(agent.ties);
    if (agent.status == AgentStatus::kFailed || rests_for_good) continue;
    // Who sleeps need not be looked at before its time.
    if (sleeps(pin, agent) && ensure_timer(domain, slot).ok()) {
      set_timer(domain, slot, {.due_ms = wake_ms(pin, agent)});
    } else {
      set_ready(domain, slot);
    }
  }
}

StatusOr<Word> output_stream(const Pin& pin) {
  substrate::SharedWord& known = pin.worker().domain().state().output;
  // edge: output
  if (const std::uint64_t bits = known.load_acquire(); bits != 0) return Word{bits};
  Edit edit = Edit::in_slab(pin);
  auto made = named_root(pin, RootKind::kStream, "yin/output", make_stream_record(edit, {}));
  if (!made.ok()) return made.status();
  // edge: output
  known.store_release(made->bits);
  return *made;
}

}  // namespace yin::scheduler
