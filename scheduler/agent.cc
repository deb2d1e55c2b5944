#include "scheduler/agent.h"

#include <algorithm>

#include "substrate/clock.h"
#include "substrate/vector.h"
#include "vm/primitive.h"

namespace yin::scheduler {

using substrate::AgentField;
using substrate::AgentStatus;
using substrate::boolean_word;
using substrate::Edit;
using substrate::int_word;
using substrate::is_nil;
using substrate::is_small_int;
using substrate::kNil;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::Set;
using substrate::small_int;
using substrate::TiesField;
using substrate::Vector;
using substrate::WaitField;
using substrate::Word;

namespace {

Word time_word(std::uint64_t ms) {
  return ms == 0 ? kNil : int_word(static_cast<std::int64_t>(ms));
}
std::uint64_t time_of(Word w) {
  return is_small_int(w) ? static_cast<std::uint64_t>(small_int(w)) : 0;
}

}  // namespace

Word make_agent_record(Edit& edit, const Agent& agent) {
  Word words[AgentField::kEnd];
  words[AgentField::kContinuation] = agent.continuation;
  words[AgentField::kValue] = agent.value;
  words[AgentField::kStatus] = int_word(static_cast<std::int64_t>(agent.status));
  words[AgentField::kEffect] = agent.effect;
  words[AgentField::kParent] = agent.parent;
  words[AgentField::kName] = agent.name;
  words[AgentField::kFuelUsed] = int_word(agent.fuel_used);
  words[AgentField::kSteps] = int_word(agent.steps);
  words[AgentField::kRandom] = int_word(static_cast<std::int64_t>(agent.random));
  words[AgentField::kMailbox] = agent.mailbox;
  words[AgentField::kTies] = agent.ties;
  return make_record(edit, ObjectKind::kAgent, words, AgentField::kEnd);
}

Agent read_agent_record(const Pin& pin, Word record) {
  const substrate::ObjectHeader* header = header_of(pin, record);
  const Word* words = record_words(header);
  Agent agent = {.continuation = words[AgentField::kContinuation],
                 .value = words[AgentField::kValue],
                 .status = static_cast<AgentStatus>(small_int(words[AgentField::kStatus])),
                 .effect = words[AgentField::kEffect],
                 .parent = words[AgentField::kParent],
                 .name = words[AgentField::kName],
                 .fuel_used = small_int(words[AgentField::kFuelUsed]),
                 .steps = small_int(words[AgentField::kSteps])};
  if (header->count < AgentField::kEnd) return agent;
  agent.random = time_of(words[AgentField::kRandom]);
  agent.mailbox = words[AgentField::kMailbox];
  agent.ties = words[AgentField::kTies];
  return agent;
}

std::uint64_t fresh_random() {
  // Each thread's own, begun anywhere: a spawn asks the system for nothing.
  thread_local std::uint64_t state = [] {
    std::uint64_t seed = 0;
    substrate::random_bytes(&seed, sizeof seed);
    return seed;
  }();
  state += 0x9e3779b97f4a7c15;
  const std::uint64_t mixed = (state ^ (state >> 31)) * 0xbf58476d1ce4e5b9;
  return ((mixed ^ (mixed >> 29)) & vm::kRandomMask) | 1;
}

Word wait_to_word(Edit& edit, const Wait& wait) {
  Word words[WaitField::kEnd];
  words[WaitField::kKind] = int_word(static_cast<std::int64_t>(wait.effect.kind));
  std::ranges::copy(wait.effect.argument, words + WaitField::kArguments);
  words[WaitField::kDeadline] = time_word(wait.deadline_ms);
  words[WaitField::kRequest] = wait.request;
  return Vector::from(edit, words).word;
}

Wait wait_from_word(const Pin& pin, Word w) {
  const Vector items{w};
  Wait wait;
  wait.effect.kind = static_cast<vm::EffectKind>(small_int(items.nth(pin, WaitField::kKind)));
  for (std::uint64_t i = 0; i < 3; ++i)
    wait.effect.argument[i] = items.nth(pin, WaitField::kArguments + i);
  if (items.count(pin) < WaitField::kEnd) return wait;  // an older build's
  wait.deadline_ms = time_of(items.nth(pin, WaitField::kDeadline));
  wait.request = items.nth(pin, WaitField::kRequest);
  return wait;
}

Word make_ties(Edit& edit, const Ties& ties) {
  const Pin& pin = edit.pin();
  if (ties.links.count(pin) == 0 && ties.monitors.count(pin) == 0 && !ties.traps &&
      is_nil(ties.signal) && ties.fuel_limit == 0 && ties.deadline_ms == 0)
    return kNil;
  Word words[TiesField::kEnd];
  words[TiesField::kLinks] = ties.links.word;
  words[TiesField::kMonitors] = ties.monitors.word;
  words[TiesField::kTraps] = boolean_word(ties.traps);
  words[TiesField::kSignal] = ties.signal;
  words[TiesField::kFuelLimit] = ties.fuel_limit == 0 ? kNil : int_word(ties.fuel_limit);
  words[TiesField::kDeadline] = time_word(ties.deadline_ms);
  return Vector::from(edit, words).word;
}

Ties read_ties(const Pin& pin, Word w) {
  if (!Vector::is(w) || Vector{w}.count(pin) < TiesField::kEnd) return {};
  const Vector items{w};
  const Word fuel_limit = items.nth(pin, TiesField::kFuelLimit);
  return {.links = Set{items.nth(pin, TiesField::kLinks)},
          .monitors = Set{items.nth(pin, TiesField::kMonitors)},
          .traps = truthy(items.nth(pin, TiesField::kTraps)),
          .signal = items.nth(pin, TiesField::kSignal),
          .fuel_limit = is_small_int(fuel_limit) ? small_int(fuel_limit) : 0,
          .deadline_ms = time_of(items.nth(pin, TiesField::kDeadline))};
}

bool waits_for_others(const Pin& pin, const Agent& agent) {
  if (agent.status == AgentStatus::kParked) return wake_ms(pin, agent) == 0;
  return agent.status == AgentStatus::kWaiting && wake_ms(pin, agent) == 0 &&
         is_nil(wait_from_word(pin, agent.effect).request);
}

std::uint64_t wake_ms(const Pin& pin, const Agent& agent) {
  std::uint64_t due = is_nil(agent.ties) ? 0 : read_ties(pin, agent.ties).deadline_ms;
  if (!Vector::is(agent.effect)) return due;
  const std::uint64_t deadline = wait_from_word(pin, agent.effect).deadline_ms;
  return due == 0 ? deadline : deadline == 0 ? due : std::min(due, deadline);
}

}  // namespace yin::scheduler
