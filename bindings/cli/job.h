#pragma once

// Job: a program being run in a domain, as `run` and `resume` see it: loading it, and finding out
// how it stands.
//
// All of a job is in the domain: its agents, its output (a stream), how it is to be run (the atom
// "yin/run"). So a job is found again from the domain's path alone.

#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "substrate/status.h"
#include "substrate/worker.h"
#include "scheduler/host.h"
#include "bindings/cli/options.h"
#include "bindings/cli/program.h"

namespace yin::cli {

// Makes the program's first agent, with the prelude before it if the domain is new.
substrate::Status load_program(substrate::Worker& worker, const Program& program,
                               const std::vector<std::string>& arguments);

// Gives the program its *args*.
substrate::Status define_arguments(const substrate::Pin& pin,
                                   const std::vector<std::string>& arguments);
// The agent that runs these functions of no parameters one after another: the program's first.
substrate::StatusOr<substrate::Word> spawn_programs(const substrate::Pin& pin,
                                                    std::span<const substrate::Word> programs);

// Remembers processes, threads and grants; and fills in what `options` left open from what was
// remembered.
substrate::Status remember(substrate::Worker& worker, RunOptions& options);

scheduler::HostTable host_table(const std::vector<std::string>& grants);

using Failures = std::unordered_set<std::uint64_t>;  // references of failed agents

// How the agents stand, from the slots.
struct Standing {
  std::uint32_t alive = 0;    // not ended, not failed
  std::uint32_t waiting = 0;  // of them: for a stream, or parked
  std::uint32_t failed = 0;
  bool main_failed = false;
  std::vector<std::string> errors;  // of failed agents, the first few
  Failures failures;                // all failed agents, the known ones too
};
// `known`: failures of earlier jobs in the same domain, which are not this job's.
Standing standing_of(substrate::Worker& worker, const Failures& known = {});

// Takes what the program printed since the last call. What was taken is gone from the domain once
// commit_output() is called: printing first and committing then loses nothing, and repeats at most
// one piece after a crash.
struct Output {
  std::string text;
  std::int64_t end = 0;
};
Output take_output(substrate::Worker& worker);
substrate::Status commit_output(substrate::Worker& worker, const Output& output);

// The atom "progress" in percent, -1 when there is none.
int progress_percent(substrate::Worker& worker);

}  // namespace yin::cli
