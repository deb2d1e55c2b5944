#include "scheduler/scheduler.h"

#include <string>
#include <vector>

#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/nursery.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/table.h"
#include "vm/error.h"
#include "scheduler/perform.h"
#include "scheduler/stream.h"

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
               SliceLimits limits)
    : worker_(worker),
      domain_(worker.domain()),
      machine_(vm::make_machine(projection)),
      host_(host),
      limits_(limits) {}
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
  const Word self = root_word(ref);

  vm::Effect effect;
  vm::Outcome outcome;
  const bool waiting = agent.status == AgentStatus::kWaiting;
  if (deaths_ >= kDeathsMax) {
    Edit slab = Edit::in_slab(pin);
    outcome.kind = vm::OutcomeKind::kFailed;
    outcome.value = vm::make_error(
        slab, "worker-died",
        std::to_string(deaths_) + " workers died in this step of the agent; it is not tried again",
        kNil, {}, agent.continuation);
  } else if (waiting) {
    effect = effect_from_word(pin, agent.effect);
    outcome.kind = vm::OutcomeKind::kEffect;
  } else if (agent.status == AgentStatus::kReady || agent.status == AgentStatus::kRaise) {
    Edit edit = Edit::in_nursery(pin);
    machine_->set_self(self);
    machine_->load(pin, agent.continuation, agent.value, agent.status == AgentStatus::kRaise);
    std::uint64_t fuel = limits_.fuel;
    outcome = machine_->run(edit, fuel);
    agent.fuel_used += static_cast<std::int64_t>(limits_.fuel - fuel);
    if (outcome.kind == vm::OutcomeKind::kExpired) return Step::kGoOn;
    const bool goes_on =
        outcome.kind == vm::OutcomeKind::kFuel || outcome.kind == vm::OutcomeKind::kEffect;
    Word words[] = {goes_on ? machine_->save(edit) : kNil, outcome.value,
                    outcome.effect.argument[0], outcome.effect.argument[1],
                    outcome.effect.argument[2]};
    publish(pin, words);
    agent.continuation = words[0];
    outcome.value = words[1];
    effect.kind = outcome.effect.kind;
    for (int i = 0; i < 3; ++i) effect.argument[i] = words[2 + i];
  } else {
    return Step::kRest;
  }

  Performed done;
  if (outcome.kind == vm::OutcomeKind::kEffect) done = perform(pin, host_, self, effect, waiting);
  if (done.result == Performed::Result::kAgain) return Step::kGoOn;
  if (done.result == Performed::Result::kNoSpace) {
    no_space_ = std::move(done.why);
    return Step::kNoSpace;
  }

  Edit slab = Edit::in_slab(pin);
  ++agent.steps;
  agent.value = outcome.kind == vm::OutcomeKind::kFuel ? outcome.value : done.value;
  agent.effect = kNil;
  agent.status = AgentStatus::kReady;
  Step next = Step::kGoOn;
  switch (outcome.kind) {
    case vm::OutcomeKind::kDone:
      agent.status = AgentStatus::kDone;
      next = Step::kRest;
      break;
    case vm::OutcomeKind::kFailed:
      agent.status = AgentStatus::kFailed;
      agent.value = outcome.value;
      next = Step::kRest;
      break;
    case vm::OutcomeKind::kEffect:
      if (done.result == Performed::Result::kRaise) agent.status = AgentStatus::kRaise;
      if (done.result == Performed::Result::kPark) agent.status = AgentStatus::kParked;
      if (done.result == Performed::Result::kWait) {
        agent.status = AgentStatus::kWaiting;
        if (waiting && done.changes.empty())
          return Step::kRest;  // woken for nothing: it waits on as it was
        agent.effect = effect_to_word(slab, effect);
      }
      if (agent.status == AgentStatus::kParked || agent.status == AgentStatus::kWaiting)
        next = Step::kRest;
      break;
    default:
      break;
  }
  // An agent that ended in order leaves its slot to others; one that failed stays to be looked at.
  const bool ended = agent.status == AgentStatus::kDone;
  done.changes.push_back(
      {ref, root.version, ended ? substrate::kTombstone : make_agent_record(slab, agent)});
  const CommitOutcome committed = commit(pin, done.changes);
  if (committed != CommitOutcome::kCommitted) {
    after_failure(pin, done);
    if (committed != CommitOutcome::kNoSpace) return Step::kGoOn;
    no_space_ = worker_.take_space_status();
    return Step::kNoSpace;
  }
  deaths_ = 0;
  worker_.slot().steps.add_relaxed(1);  // a count
  after_commit(pin, done);
  if (ended) give_up_root(pin, slot);
  if (effect.kind == vm::EffectKind::kYield && next == Step::kGoOn) {
    set_ready(domain_, slot);
    return Step::kRest;
  }
  return next;
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

StatusOr<Word> spawn(const Pin& pin, Word function, std::span<const Word> arguments,
                     std::string_view name) {
  Edit edit = Edit::in_slab(pin);
  Agent agent;
  agent.continuation = vm::make_call(edit, function, arguments);
  if (is_object(agent.continuation, substrate::ObjectKind::kError)) {
    return substrate::invalid_argument("spawn: the function cannot be called with these arguments");
  }
  agent.name = name.empty() ? kNil : from_string(edit, name);
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
    if (!was.ok() || !is_agent_record(was.value))
      return substrate::not_found("resume: no such agent");
    Agent agent = read_agent_record(pin, was.value);
    if (agent.status != AgentStatus::kParked)
      return substrate::invalid_argument("resume: the agent is not parked");
    agent.status = AgentStatus::kReady;
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
    const AgentStatus status = read_agent_record(pin, root.value).status;
    const bool may_run = status == AgentStatus::kReady || status == AgentStatus::kRaise ||
                         status == AgentStatus::kWaiting;
    if (may_run) set_ready(domain, slot);
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
