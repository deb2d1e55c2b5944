#pragma once

// Perform: what an effect does, as changes to root slots that the step then commits together with
// the agent.
//
// Performing changes nothing by itself: it reads roots, builds new values in the slab and lists
// changes against the versions it read. If the commit fails, the whole step runs again from the
// agent's last committed continuation.

#include <cstdint>
#include <string>
#include <vector>

#include "substrate/commit.h"
#include "substrate/value.h"
#include "vm/effect.h"
#include "scheduler/host.h"

namespace yin::scheduler {

struct Performed {
  enum class Result : std::uint8_t {
    kValue,    // the agent goes on with `value`
    kRaise,    // ... by raising `value`
    kWait,     // it tries the effect again when the stream it waits on changes
    kPark,     // until somebody resumes it
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
      deleted;  // slots to give up if the commit fails, if it succeeds
  substrate::Status why;
};

// `effect` holds shared words only; `self` is the agent's ref, `waiting` whether it waited for this
// effect before.
Performed perform(const substrate::Pin& pin, const HostTable& host, substrate::Word self,
                  const vm::Effect& effect, bool waiting);

// For a host, which is no agent: performs and commits at once. The effect's value; kUnavailable
// when an agent would wait, kInvalidArgument with what an agent would be told, kResourceExhausted.
substrate::StatusOr<substrate::Word> perform_now(const substrate::Pin& pin,
                                                 const vm::Effect& effect);

// What is to be done once the changes are committed, or when they were not.
void after_commit(const substrate::Pin& pin, const Performed& done);
void after_failure(const substrate::Pin& pin, const Performed& done);

}  // namespace yin::scheduler
