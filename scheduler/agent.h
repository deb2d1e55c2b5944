#pragma once

// Agent: a continuation with identity. A root slot whose value is a record of everything the agent
// is between two steps.
//
//   {continuation, awaited value, status, effect to try again, parent, name, fuel used, steps}
//
// The record is immutable; every step commits a new one together with the step's effects, so that
// an agent is always exactly between two steps, whoever dies. Status is data in the commit: run
// queues (substrate/ready.h) are only hints.

#include <cstdint>

#include "substrate/edit.h"
#include "substrate/root.h"
#include "substrate/value.h"
#include "vm/effect.h"

namespace yin::scheduler {

struct Agent {
  substrate::Word continuation = substrate::kNil;
  substrate::Word value =
      substrate::kNil;  // what the continuation awaits; result or error at the end
  substrate::AgentStatus status = substrate::AgentStatus::kReady;
  substrate::Word effect = substrate::kNil;  // kWaiting: [kind argument argument argument]
  substrate::Word parent = substrate::kNil;
  substrate::Word name = substrate::kNil;
  std::int64_t fuel_used = 0;
  std::int64_t steps = 0;
};

// A new record with the edit's allocator.
substrate::Word make_agent_record(substrate::Edit& edit, const Agent& agent);
Agent read_agent_record(const substrate::Pin& pin, substrate::Word record);
inline bool is_agent_record(substrate::Word w) {
  return is_object(w, substrate::ObjectKind::kAgent);
}

substrate::Word effect_to_word(substrate::Edit& edit, const vm::Effect& effect);
vm::Effect effect_from_word(const substrate::Pin& pin, substrate::Word w);

}  // namespace yin::scheduler
