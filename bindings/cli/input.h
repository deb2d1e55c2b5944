#pragma once

// Input: the lines of the command's standard input, for agents to read.
//
// `--grant console` has the supervisor put each line on a stream of the domain, "yin/input", and gives
// the program its cursor: (call :console/lines). So a line is an item like any other: it stays in the
// domain until it was read, whoever dies; agents that share the cursor share the lines; (next! lines)
// waits for one. Where an input ends nil is put behind its last line; the stream stays open, and what
// `yin resume` is given to read comes behind that.
//
// The input is read only while an agent waits for a line, and what was read is committed at once: a
// kill between the two loses that piece, and the part of a line that had not been ended. Lines are valid UTF-8
// without their "\n" or "\r\n" (valid_text); one of more than a mebibyte is cut. Used by the
// supervisor's thread alone.

#include <string>

#include "substrate/status.h"
#include "substrate/worker.h"
#include "scheduler/host.h"

namespace yin::cli {

void grant_console(scheduler::HostTable& host);

class Input {
 public:
  explicit Input(substrate::Worker& worker) : worker_(worker) {}

  // Makes the stream and its cursor, if they are not there. Before any agent runs.
  substrate::Status begin();
  // Puts on the stream what has come; waits for nothing.
  substrate::Status forward();
  // May a line come yet that an agent waits for?
  [[nodiscard]] bool is_awaited() const { return !ended_ && is_wanted(); }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  [[nodiscard]] bool is_wanted() const;
  substrate::Status put(std::string_view lines);

  substrate::Worker& worker_;
  std::string begun_;  // a line whose end has not come
  bool ended_ = false;
};

}  // namespace yin::cli
