#pragma once

// Inspect: what every agent is doing, read from its record by any process, without stopping it.
//
// The program point is that of the innermost frame: the function's name and the line of the node
// whose value is awaited. Everything comes from immutable values; agents go on meanwhile, and
// nothing is written for it, so that it costs them nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "substrate/worker.h"
#include "scheduler/agent.h"

namespace yin::scheduler {

struct AgentReport {
  substrate::RootRef ref;
  std::string name;
  std::string state;     // ready, running, waiting, parked, ending, failed
  std::string point;     // "count-blocks examples/wordcount.clj:31"
  std::string waits_on;  // "next! #yin/cursor [7 1]", the error of a failed agent, or empty
  std::int64_t fuel_used = 0;
  std::int64_t steps = 0;
};

std::vector<AgentReport> list_agents(const substrate::Pin& pin);

// One fact of many, a datom without its time and mark: [e a v]. Entities are numbered from
// dao::kFirstUserEntity on and belong to one answer.
struct Fact {
  std::int64_t entity = 0;
  std::string attribute;  // "agent/state"
  std::string value;      // as EDN
};
struct Inspection {
  std::uint64_t clock = 0;  // the instant that all of it is of
  std::vector<Fact> facts;
};

// All that an agent is: state, frames with their places and locals, what it waits for, its mailbox,
// ties and limits, who spawned it, steps and fuel.
//
//   [16 :agent/state :waiting] [16 :agent/frames [17 19]] [17 :frame/line 31] [17 :frame/locals
//   [18]] [18 :local/name path] [18 :local/value "a.txt"] ...
//
// Of one agent, or of all; read from a snapshot, while agents go on. In a domain that is read only
// nobody writes, and what is there is read. kNotFound when there is no such agent.
substrate::StatusOr<Inspection> inspect(substrate::Worker& worker,
                                        std::optional<substrate::RootRef> agent);

// Which agent "84.1" is, the number that lists give.
std::optional<substrate::RootRef> find_agent(std::string_view number);

// What a step did, for who watches an agent (substrate/watch.h).
std::string describe_step(const substrate::Pin& pin, substrate::Word before, substrate::Word after);

}  // namespace yin::scheduler
