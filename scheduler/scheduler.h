#pragma once

// Scheduler: takes a runnable agent, runs a slice of it, commits; any worker, any agent.
//
//   find a ready bit -> claim it -> pin -> load -> run -> effect -> publish -> commit
//                                    ^                                          | {agent, what the
//                                    +----- conflict: the step did not happen --+  effect touches}
//
// A step is what lies between two commits. Its effects and the agent's next continuation become
// visible in one commit, so nothing is lost or doubled whoever dies where (invariant 7). A slice is
// a few steps of one agent. The claim of a running agent is a hint that saves work; if it is wrong,
// two workers run the same step and one commit fails.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "substrate/offset.h"
#include "substrate/root.h"
#include "substrate/worker.h"
#include "vm/machine.h"
#include "scheduler/agent.h"
#include "scheduler/host.h"
#include "scheduler/host_pool.h"
#include "scheduler/perform.h"

namespace yin::scheduler {

struct SliceLimits {
  std::uint64_t fuel =
      20'000;  // guest calls and back edges a step may take before its continuation is committed
  std::uint32_t steps = 64;  // commits before the next agent's turn
};

class Runner {
 public:
  // Without a pool, a host operation that blocks blocks the runner.
  Runner(substrate::Worker& worker, vm::Projection projection, const HostTable& host,
         SliceLimits limits = {}, HostPool* pool = nullptr);
  ~Runner();

  enum class Turn : std::uint8_t {
    kRan,      // an agent ran
    kNone,     // no agent is ready
    kNoSpace,  // a step could not be committed, see no_space(); nothing is lost
  };
  // One slice of one ready agent.
  Turn run_one();
  [[nodiscard]] const substrate::Status& no_space() const { return no_space_; }
  // Slices until `stop` is not 0 (announce_work() hurries that) or there is no space. Sleeps when
  // there is nothing to do, adopts dead workers meanwhile.
  substrate::Status run_until(const substrate::SharedHalf& stop);

 private:
  enum class Step : std::uint8_t { kGoOn, kRest, kNoSpace };
  // An agent as its step found it.
  struct Work {
    const substrate::Pin& pin;
    substrate::RootRef ref;
    substrate::RootRead root;
    std::uint64_t wake_ms;
    bool is_asked;  // it waits for a host operation
  };
  Step step(substrate::SlotIndex slot);
  vm::Outcome run(const substrate::Pin& pin, substrate::RootRef ref, Agent& agent);
  [[nodiscard]] substrate::Word told_to_end(const substrate::Pin& pin, const Agent& agent) const;
  [[nodiscard]] bool is_over(const Wait& wait) const;
  Step end(const Work& work, Agent& agent, substrate::Word error, Performed done);
  Step tell_ends(const Work& work, Agent& agent);
  Step rest(const Work& work);
  Step commit_step(const Work& work, Agent& agent, Performed done);
  bool claim(substrate::SlotIndex slot);
  void release(substrate::SlotIndex slot);
  void idle();

  substrate::Worker& worker_;
  substrate::Domain& domain_;
  std::unique_ptr<vm::Machine> machine_;
  const HostTable& host_;
  SliceLimits limits_;
  HostPool* pool_;
  substrate::SlotIndex next_{};
  std::uint32_t deaths_ = 0;  // of workers in the claimed agent's step, before us
  bool all_busy_ = false;     // the last look found ready agents, all of them running elsewhere
  substrate::Status no_space_;
};

// Makes the agent that calls `function` with `arguments`; the words must be shared (published). Its
// ref.
substrate::StatusOr<substrate::Word> spawn(const substrate::Pin& pin, substrate::Word function,
                                           std::span<const substrate::Word> arguments,
                                           std::string_view name);
// Gives a parked agent its value; kInvalidArgument when it is not parked.
substrate::Status resume(const substrate::Pin& pin, substrate::RootRef agent,
                         substrate::Word value);
// Sets the ready bits of all agents that could go on, and the timers of those that sleep, from what
// the slots say: after a restart, or when hints were lost.
void rescan(const substrate::Pin& pin);

// The stream that print appends to, made if need be.
substrate::StatusOr<substrate::Word> output_stream(const substrate::Pin& pin);

}  // namespace yin::scheduler
