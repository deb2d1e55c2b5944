#pragma once

// Perform: what an effect does, as changes to root slots that the step then commits together with
// the agent.
//
// Performing changes nothing by itself: it reads roots, builds new values in the slab and lists
// changes against the versions it read. If the commit fails, the whole step runs again from the
// agent's last committed continuation.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "substrate/commit.h"
#include "substrate/value.h"
#include "vm/effect.h"
#include "scheduler/agent.h"
#include "scheduler/host.h"

namespace yin::scheduler {

struct Performed {
  enum class Result : std::uint8_t {
    kValue,    // the agent goes on with `value`
    kRaise,    // ... by raising `value`
    kWait,     // it tries the effect again when what it waits for changes, or time is up
    kPark,     // until somebody resumes it, or time is up
    kAgain,    // what was read expired or was changed under us: run the step again
    kNoSpace,  // `why`
  };
  Result result = Result::kValue;
  substrate::Word value = substrate::kNil;
  std::vector<substrate::Change> changes;   // besides the agent's own
  std::vector<substrate::SlotIndex> ready;  // agents to look at once committed
  std::vector<substrate::Word>
      streams;  // stream records whose waiters are to be looked at once committed
  std::vector<substrate::SlotIndex> made,
      deleted;                    // slots to give up if the commit fails, if it succeeds
  std::uint64_t deadline_ms = 0;  // kWait, kPark: of the wait, 0: none
  substrate::Word request = substrate::kNil;  // kWait: of the host operation, who was asked for it
  HostJob job;                                // ... and what is to be done once committed
  substrate::Status why;

  void no_space(substrate::Status status) {
    result = Result::kNoSpace;
    why = std::move(status);
  }
};

// Who asks for an effect: an agent, or a host that is none.
struct Asker {
  substrate::Word self = substrate::kNil;  // the agent's ref
  Agent* agent = nullptr;  // its record, whose mailbox and ties the effect may change; the step
                           // commits it
  bool waiting = false;    // it waited for this effect before,
  std::uint64_t deadline_ms = 0;              // ... until then,
  substrate::Word request = substrate::kNil;  // ... and asked the host for it
  bool may_block = false;                     // there are threads for host operations that block
};

// `effect` holds shared words only.
Performed perform(const substrate::Pin& pin, const HostTable& host, const Asker& asker,
                  const vm::Effect& effect);

// What an agent that waits for `effect`, and is to end, leaves behind: its place among the waiters.
Performed abandon(const substrate::Pin& pin, const Asker& asker, const vm::Effect& effect);

// For a host, which is no agent: performs and commits at once. The effect's value; kUnavailable
// when an agent would wait, kInvalidArgument with what an agent would be told, kResourceExhausted.
substrate::StatusOr<substrate::Word> perform_now(const substrate::Pin& pin,
                                                 const vm::Effect& effect);

// What is to be done once the changes are committed, or when they were not.
void after_commit(const substrate::Pin& pin, const Performed& done);
void after_failure(const substrate::Pin& pin, const Performed& done);

}  // namespace yin::scheduler
