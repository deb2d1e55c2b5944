#include "scheduler/inspect.h"

#include "substrate/intern.h"
#include "substrate/literal.h"
#include "substrate/print.h"
#include "substrate/table.h"
#include "substrate/worker.h"
#include "ast/module.h"
#include "ast/schema.h"
#include "vm/code.h"
#include "vm/effect.h"
#include "vm/error.h"
#include "vm/prelude.h"

namespace yin::scheduler {

using substrate::AgentStatus;
using substrate::FrameField;
using substrate::is_nil;
using substrate::Pin;
using substrate::RootKind;
using substrate::RootRead;
using substrate::small_int;
using substrate::Word;

namespace {

std::string_view effect_name(vm::EffectKind kind) {
  switch (kind) {
    case vm::EffectKind::kPut:
      return "put!";
    case vm::EffectKind::kNext:
      return "next!";
    case vm::EffectKind::kSend:
      return "send";
    case vm::EffectKind::kReceive:
      return "receive";
    case vm::EffectKind::kSelect:
      return "select";
    case vm::EffectKind::kSleep:
      return "sleep";
    case vm::EffectKind::kPark:
      return "park";
    case vm::EffectKind::kCall:
      return "call";
    default:
      return "effect";
  }
}

// "next! #yin/cursor [7 1]", and until when.
std::string describe_wait(const Pin& pin, const Wait& wait) {
  std::string text(effect_name(wait.effect.kind));
  const bool of_what =
      wait.effect.kind == vm::EffectKind::kPut || wait.effect.kind == vm::EffectKind::kNext ||
      wait.effect.kind == vm::EffectKind::kSend || wait.effect.kind == vm::EffectKind::kSelect ||
      wait.effect.kind == vm::EffectKind::kCall;
  if (of_what) text += " " + print(pin, wait.effect.argument[0]);
  if (wait.deadline_ms != 0) {
    text += " until ";
    substrate::append_instant(text, static_cast<std::int64_t>(wait.deadline_ms));
  }
  return text;
}

// Is the frame in the library's own text? A user looks for his own.
bool in_prelude(const Pin& pin, Word frame) {
  const vm::Function function = vm::arity_of(pin, field(pin, frame, FrameField::kClosure), 0);
  const Word file = ast::source_name(pin, function.program());
  return is_string(file) && substrate::StringView(pin, file).view() == vm::kPreludeFile;
}

// "count-blocks examples/wordcount.clj:31"
std::string program_point(const Pin& pin, Word frame) {
  while (!is_nil(frame) && in_prelude(pin, frame)) frame = field(pin, frame, FrameField::kCaller);
  if (is_nil(frame)) return "end";
  const Word closure = field(pin, frame, FrameField::kClosure);
  const std::int64_t at = small_int(field(pin, frame, FrameField::kSafePoint));
  const vm::Function function =
      vm::arity_of(pin, closure, static_cast<std::uint32_t>(at >> substrate::kFrameArityShift));
  const auto point = static_cast<std::size_t>(at & 0xffffffff);
  std::string text(vm::closure_name(pin, closure));
  if (point >= function.safe_points().size()) return text;
  const std::uint32_t entity = function.safe_points()[point].entity;
  const vm::ErrorPlace place = vm::place_of_node(pin, function.program(), entity);
  if (is_string(place.file)) text += " " + to_string(pin, place.file);
  if (substrate::is_small_int(place.line)) text += ":" + std::to_string(small_int(place.line));
  return text;
}

std::string state_name(AgentStatus status, bool running) {
  switch (status) {
    case AgentStatus::kReady:
    case AgentStatus::kRaise:
      return running ? "running" : "ready";
    case AgentStatus::kWaiting:
      return "waiting";
    case AgentStatus::kParked:
      return "parked";
    case AgentStatus::kDone:
      return "done";
    case AgentStatus::kFailed:
      return "failed";
    case AgentStatus::kEnding:
      return "ending";
  }
  return "unknown";
}

}  // namespace

std::vector<AgentReport> list_agents(const Pin& pin) {
  std::vector<AgentReport> reports;
  const substrate::Domain& domain = pin.worker().domain();
  // edge: slot-made
  const std::uint32_t slots = domain.state().next_slot.load_acquire();
  for (std::uint32_t i = 1; i < slots; ++i) {
    const substrate::SlotIndex slot{i};
    AgentReport report;
    const RootRead root = read_slot(pin, slot, RootKind::kAgent, report.ref);
    if (!root.ok() || !is_agent_record(root.value)) continue;
    const Agent agent = read_agent_record(pin, root.value);
    report.name = is_string(agent.name) ? to_string(pin, agent.name) : "";
    report.state = state_name(agent.status, (root_slot(domain, slot).running.load_relaxed() &
                                             substrate::kRunningWorker) != 0);  // a hint
    if (agent.status == AgentStatus::kFailed) {
      report.waits_on = vm::describe_error(pin, agent.value);
    } else {
      report.point = program_point(pin, agent.continuation);
    }
    const bool rests =
        agent.status == AgentStatus::kWaiting || agent.status == AgentStatus::kParked;
    if (rests && !is_nil(agent.effect))
      report.waits_on = describe_wait(pin, wait_from_word(pin, agent.effect));
    report.fuel_used = agent.fuel_used;
    report.steps = agent.steps;
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace yin::scheduler
