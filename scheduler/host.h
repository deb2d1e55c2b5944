#pragma once

// Host operations: what (call :op args...) may ask of the process it runs in. A table of names and
// functions.
//
// Nothing is granted by default. A quick one takes values and gives one, made with the edit, within
// the step; it must not wait for anything. One that may block comes in three parts, so that nobody
// holds a pin while it waits and no worker stands still:
//
//   prepare  under a pin, within the step: the arguments become a job
//   job      on a thread of the process (host_pool.h), without a pin: does it, and gives the answer
//   answer   under another pin: makes the value
//
// A Status of any part becomes an error in the calling agent. An operation is asked behind the
// commit of the step that wants it, and its answer is a commit; between the two the worker may die,
// and then it is asked again. So it should only look, or know what it did before.

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "substrate/clock.h"
#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::scheduler {

using HostFunction = std::function<substrate::StatusOr<substrate::Word>(
    substrate::Edit&, std::span<const substrate::Word>)>;

using HostAnswer = std::function<substrate::Word(substrate::Edit&)>;
using HostJob = std::function<substrate::StatusOr<HostAnswer>()>;
using HostPrepare = std::function<substrate::StatusOr<HostJob>(const substrate::Pin&,
                                                               std::span<const substrate::Word>)>;

struct HostOperation {
  HostFunction quick;  // one of the two
  HostPrepare prepare;
};

class HostTable {
 public:
  void grant(std::string name, HostFunction quick) {
    operations_[std::move(name)] = {std::move(quick), nullptr};
  }
  void grant_blocking(std::string name, HostPrepare prepare) {
    operations_[std::move(name)] = {nullptr, std::move(prepare)};
  }
  [[nodiscard]] const HostOperation* find(std::string_view name) const {
    const auto it = operations_.find(name);
    return it == operations_.end() ? nullptr : &it->second;
  }

  // The time that agents are told and woken by, in milliseconds since 1970: the system's, unless a
  // test sets it.
  void set_clock(std::function<std::uint64_t()> now_ms) { now_ms_ = std::move(now_ms); }
  [[nodiscard]] std::uint64_t now_ms() const {
    return now_ms_ ? now_ms_() : substrate::wall_clock_ns() / 1'000'000;
  }

 private:
  std::map<std::string, HostOperation, std::less<>> operations_;
  std::function<std::uint64_t()> now_ms_;
};

}  // namespace yin::scheduler
