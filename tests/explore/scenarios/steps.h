#pragma once

// What processes of several scenarios do: memory that is swept and taken into use again, a clock that
// goes on, handles and snapshots.
//
// Each is as many accesses as its body makes, between any two of which others may go on. For what a
// scenario is about, write the accesses down in it.

#include <cstdint>
#include <optional>

#include "substrate/collector.h"
#include "substrate/hold.h"
#include "tests/explore/scenario.h"

namespace yin::explore {

// Takes swept memory into use, as whoever builds values does.
inline void take_swept(Run& run, int self) {
  const substrate::Pin pin(run.worker(self));
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  (void)Run::number(edit, 0, kAnotherSize);
}

// The same, and lets others have it again: the next round sweeps the same slabs.
inline void sweep(Run& run, int self) {
  take_swept(run, self);
  run.leave(self);
  run.join(self);
}

// The same with the cells of a commit.
inline void recycle(Run& run, int self, substrate::RootRef ref, std::int64_t n) {
  take_swept(run, self);
  run.replace(self, ref, n);
  run.leave(self);
  run.join(self);
}

// Cycles, and behind each a recycle(): of n, n + 1, ...
struct Cycles {
  int times = 1;
  substrate::CollectOptions how = kImpatient;
};
inline void collect_and_recycle(Run& run, int self, substrate::RootRef ref, std::int64_t n,
                                const Cycles& cycles) {
  for (int i = 0; i < cycles.times; ++i) {
    (void)collect(run.worker(self), cycles.how).ok();
    recycle(run, self, ref, n + i);
  }
}

// Makes the clock go on, as any snapshot does.
inline void tick(Run& run, int self) {
  const substrate::Pin pin(run.worker(self));
  (void)substrate::Snapshot::take(pin).ok();
}

// What stood there is old then.
inline void replace_and_tick(Run& run, int self, substrate::RootRef ref, std::int64_t n) {
  run.replace(self, ref, n);
  tick(run, self);
}

// Nothing: the pin expired.
inline std::optional<substrate::Handle> handle_to(Run& run, int self, substrate::RootRef ref) {
  const substrate::Pin pin(run.worker(self));
  const substrate::RootRead read = read_root(pin, ref);
  if (!read.ok()) return std::nullopt;
  auto made = substrate::Handle::make(pin, read.value);
  if (!made.ok()) return std::nullopt;
  return *std::move(made);
}

// Of a root that the snapshot saw. Nothing: the pin expired.
inline std::optional<std::int64_t> number_at(const substrate::Pin& pin,
                                             const substrate::Snapshot& snapshot,
                                             substrate::RootRef ref) {
  const substrate::RootRead then = snapshot.read(pin, ref);
  if (then.outcome == substrate::RootRead::Outcome::kExpired) return std::nullopt;
  require(then.ok(), "a snapshot has lost what it saw");
  return Run::number_in(pin, then.value);
}

}  // namespace yin::explore
