#pragma once

// Host operations: what (call :op args...) may ask of the process it runs in. A table of names and
// functions.
//
// Nothing is granted by default. A function takes values and gives one, made with the edit; a
// Status becomes an error in the calling agent. It may run again if the worker dies before the step
// commits, so it should only look: what it answers is recorded with the step.

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

class HostTable {
 public:
  void grant(std::string name, HostFunction function) {
    functions_[std::move(name)] = std::move(function);
  }
  [[nodiscard]] const HostFunction* find(std::string_view name) const {
    const auto it = functions_.find(name);
    return it == functions_.end() ? nullptr : &it->second;
  }

  // The time that agents are told and woken by, in milliseconds since 1970: the system's, unless a
  // test sets it.
  void set_clock(std::function<std::uint64_t()> now_ms) { now_ms_ = std::move(now_ms); }
  [[nodiscard]] std::uint64_t now_ms() const {
    return now_ms_ ? now_ms_() : substrate::wall_clock_ns() / 1'000'000;
  }

 private:
  std::map<std::string, HostFunction, std::less<>> functions_;
  std::function<std::uint64_t()> now_ms_;
};

}  // namespace yin::scheduler
