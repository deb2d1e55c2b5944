#pragma once

// Watch: waits for a root to change, in any thread or process, and tells from what to what.
//
//   StatusOr<Watch> watch = Watch::start(pin, ref, WatchMode::kEveryChange);
//   while (watch->wait(1000)) {            // no pin while waiting
//     const Pin pin(worker);
//     while (auto change = watch->take(pin)) ...  // exact old and new values, in order
//   }
//
// Nobody calls back: committers only wake who waits on the slot's head (protocol.md 9), a futex in
// slices, since a committer may die before it wakes. A watch holds the versions since the one it
// saw last (hold.h), so that no collector takes them from under it: one that is not asked for long
// costs what changed meanwhile, in kLatest mode too.
//
// Belongs to its worker's thread and must not outlive the worker.

#include <cstdint>
#include <optional>
#include <vector>

#include "substrate/hold.h"
#include "substrate/park.h"
#include "substrate/pin.h"
#include "substrate/root.h"
#include "substrate/status.h"

namespace yin::substrate {

enum class WatchMode : std::uint8_t {
  kLatest,       // one change from what was seen last to what is now, however many lie between
  kEveryChange,  // each commit, one by one
};

class Watch {
 public:
  struct Change {
    Word before;
    Word after;  // kAbsent: the root was deleted; nothing comes after that
  };

  // From the value the root has now. kNotFound; kResourceExhausted; kUnavailable: the pin expired.
  static StatusOr<Watch> start(const Pin& pin, RootRef ref, WatchMode mode);
  Watch(Watch&&) = default;
  Watch& operator=(Watch&&) = default;

  // Waits until there may be a change, at most `timeout_ms`. False: the time is over. The worker
  // must hold no pin.
  [[nodiscard]] bool wait(std::uint32_t timeout_ms) const;
  // Is there anything new to look at? For who waits for several at once, by changes of head_word().
  [[nodiscard]] bool has_news() const;
  [[nodiscard]] SharedHalfSeen head_word() const;
  // The next change, if there is one. Words are valid under `pin`.
  [[nodiscard]] std::optional<Change> take(const Pin& pin);
  void leave() { hold_.leave(); }  // as Handle's (hold.h)

 private:
  Watch(Worker& worker, RootRef ref, WatchMode mode) : worker_(&worker), ref_(ref), mode_(mode) {}
  [[nodiscard]] std::optional<Change> move_to(const Pin& pin, Offset version);

  Worker* worker_;
  RootRef ref_;
  WatchMode mode_;
  Hold hold_;
  Offset seen_ = Offset::kNone;  // the version taken last
  std::uint64_t seen_head_ = 0;  // what the slot pointed to when all below it was looked at
  std::vector<Offset> unseen_;   // committed since, newest first
};

// Waits until the root's version is another than `seen` (RootRead::version), at most `timeout_ms`.
// False: the time is over. The worker must hold no pin.
bool wait_for_change(Worker& worker, RootRef ref, Offset seen, std::uint32_t timeout_ms);

}  // namespace yin::substrate
