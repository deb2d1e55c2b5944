#pragma once

// Inspect: what every agent is doing, read from its record by any process, without stopping it.
//
// The program point is that of the innermost frame: the function's name and the line of the node
// whose value is awaited. Everything comes from immutable values under one pin; agents go on
// meanwhile.

#include <cstdint>
#include <string>
#include <vector>

#include "substrate/pin.h"
#include "substrate/value.h"
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

}  // namespace yin::scheduler
