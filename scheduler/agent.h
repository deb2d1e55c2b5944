#pragma once

// Agent: a continuation with identity. A root slot whose value is a record of everything the agent
// is between two steps.
//
//   {continuation, awaited value, status, what it waits for, parent, name, fuel used, steps,
//    random numbers' state, mailbox, ties}
//
// The record is immutable; every step commits a new one together with the step's effects, so that
// an agent is always exactly between two steps, whoever dies. Status is data in the commit: run
// queues (substrate/ready.h) and timers (substrate/timer.h) are only hints. What others do to an
// agent (send it the first message, link to it, tell it to end) they commit to its record as well;
// if it runs just then, its step conflicts and is run again.

#include <cstdint>

#include "substrate/edit.h"
#include "substrate/root.h"
#include "substrate/set.h"
#include "substrate/value.h"
#include "vm/effect.h"

namespace yin::scheduler {

struct Agent {
  substrate::Word continuation = substrate::kNil;
  substrate::Word value =
      substrate::kNil;  // what the continuation awaits; result or error at the end
  substrate::AgentStatus status = substrate::AgentStatus::kReady;
  substrate::Word effect = substrate::kNil;  // kWaiting, kParked: a Wait as a vector, or nil;
                                             // kEnding: true when somebody was told who takes care
  substrate::Word parent = substrate::kNil;
  substrate::Word name = substrate::kNil;
  std::int64_t fuel_used = 0;
  std::int64_t steps = 0;
  std::uint64_t random = 0;                   // vm/primitive.h; 0: none yet
  substrate::Word mailbox = substrate::kNil;  // a stream (mailbox.h), or nil
  substrate::Word ties = substrate::kNil;     // Ties as a vector, or nil

  [[nodiscard]] bool has_ended() const {
    return status == substrate::AgentStatus::kDone || status == substrate::AgentStatus::kFailed ||
           status == substrate::AgentStatus::kEnding;
  }
};

// A new record with the edit's allocator.
substrate::Word make_agent_record(substrate::Edit& edit, const Agent& agent);
Agent read_agent_record(const substrate::Pin& pin, substrate::Word record);
inline bool is_agent_record(substrate::Word w) {
  return is_object(w, substrate::ObjectKind::kAgent);
}

// Where the random numbers of a new agent begin: anywhere.
std::uint64_t fresh_random();

// What an agent waits for, and until when.
struct Wait {
  vm::Effect effect;
  std::uint64_t deadline_ms = 0;              // since 1970; 0: for ever
  substrate::Word request = substrate::kNil;  // of a host operation: [worker generation]
};
substrate::Word wait_to_word(substrate::Edit& edit, const Wait& wait);
Wait wait_from_word(const substrate::Pin& pin, substrate::Word w);

// What an agent has to do with others, and its limits. Most have none of it.
struct Ties {
  substrate::Set links;     // agents whose end reaches it, and whom its end reaches
  substrate::Set monitors;  // agents that are told when it ends
  bool traps = false;       // the ends of those it is linked to are messages
  substrate::Word signal = substrate::kNil;  // [who why]: it is to end
  std::int64_t fuel_limit = 0;               // 0: none
  std::uint64_t deadline_ms = 0;             // since 1970; 0: none
};
substrate::Word make_ties(substrate::Edit& edit, const Ties& ties);  // nil when there are none
Ties read_ties(const substrate::Pin& pin, substrate::Word w);

// Does it rest until another agent, or somebody outside, does something? Neither time nor the host
// will wake it.
bool waits_for_others(const substrate::Pin& pin, const Agent& agent);

// When an agent that waits or is parked is to be looked at though nobody wakes it: the earlier of
// its wait's deadline and its own. 0: never.
std::uint64_t wake_ms(const substrate::Pin& pin, const Agent& agent);

}  // namespace yin::scheduler
