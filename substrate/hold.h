#pragma once

// Holds: what stays reachable longer than a pin may last. Handles keep a value, snapshots an
// instant.
//
//   pin     a slice at most    what was reachable since         free, one exchange
//   handle  any time           one value and what it reaches    an entry of the domain's table
//   snapshot any time          every slot as it was at once     an entry of the domain's table
//
// A hold is an entry {content, state} that the collector takes for a root. It is dropped with the
// number of the cycle in which it was last used, because whoever got the word from it may still
// stand on it under his pin (protocol.md 5); its place is used again once a later cycle is
// finished. Who dies drops his holds through his adopter. A held domain never grows by more than
// what the holds can see.
//
// Neither may outlive its worker. A handle may be read and dropped by any thread, a snapshot by its
// worker's thread only, unless it ends by drop().

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "substrate/pin.h"
#include "substrate/root.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

class Domain;
class Worker;

struct HoldState {
  HoldPhase phase;
  bool dropped;
  std::uint16_t owner;  // worker + 1, 0: nobody, it outlives all workers
  std::uint32_t cycle;  // it was dropped in
};
constexpr std::uint64_t pack(HoldState s) {
  return static_cast<std::uint64_t>(s.phase) | (s.dropped ? kHoldDropped : 0) |
         std::uint64_t{s.owner} << 16 | std::uint64_t{s.cycle} << 32;
}
constexpr HoldState unpack_hold(std::uint64_t bits) {
  return {static_cast<HoldPhase>(bits & (kHoldDropped - 1)), (bits & kHoldDropped) != 0,
          static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint32_t>(bits >> 32)};
}

// What the holds on one slot ask of its log: versions that were current since an instant, and the
// last so many.
struct LogWish {
  std::uint64_t since = ~std::uint64_t{0};
  std::uint64_t last = 0;
  void add(HoldPhase phase, std::uint64_t content) {
    if (phase == HoldPhase::kSince) since = std::min(since, content);
    if (phase == HoldPhase::kLast) last = std::max(last, content);
  }
};

// An entry of the table, for Handle and Snapshot. Move-only; drops on destruction.
class Hold {
 public:
  Hold() = default;
  ~Hold() { drop(); }
  Hold(Hold&& other) noexcept { *this = std::move(other); }
  Hold& operator=(Hold&& other) noexcept {
    std::swap(domain_, other.domain_);
    std::swap(index_, other.index_);
    return *this;
  }

  // A place for a hold, not yet a root. kResourceExhausted.
  static StatusOr<Hold> take(const Pin& pin, HoldPhase phase);
  // Makes it a root.
  void begin(const Pin& pin, HoldPhase phase, std::uint64_t content, SlotIndex slot = {});
  [[nodiscard]] RootHold& entry() const;
  [[nodiscard]] bool held() const { return domain_ != nullptr; }
  [[nodiscard]] std::uint32_t index() const { return index_; }
  void drop();
  void leave() { domain_ = nullptr; }  // as it is, to nobody

 private:
  Domain* domain_ = nullptr;
  std::uint32_t index_ = 0;
};

// A value kept for as long as the Handle lives: what a host's variable, iterator or view holds.
class Handle {
 public:
  // `word` must be shared (published) and was read, or made, under `pin`. kResourceExhausted;
  // kUnavailable: the pin has expired.
  static StatusOr<Handle> make(const Pin& pin, Word word);
  // The value, to be read under any pin of any thread that began before the handle is dropped.
  [[nodiscard]] Word get() const;
  // Gives nothing back: its worker has left, and dropped what it held.
  void leave() { hold_.leave(); }

  // For who makes and drops many, and knows that nobody stands on what this one gave: lets go of the
  // value at once and keeps the place, for set(), where dropping it would keep both until a later
  // cycle. False: a cycle runs, whose look at the handles may have passed by one that was made of
  // what this one reaches; drop it. A cycle that begins now waits for `pin`.
  [[nodiscard]] bool clear(const Pin& pin);
  // Gives a cleared one a value. As make().
  Status set(const Pin& pin, Word word);

 private:
  explicit Handle(Hold hold) : hold_(std::move(hold)) {}
  Hold hold_;
};

// Every slot of the domain as it was at one instant. O(1) to take, whatever their number; reading a
// slot costs a hop for each clock tick since. Commits go on.
class Snapshot {
 public:
  // kResourceExhausted; kUnavailable: the pin has expired, take a new one.
  static StatusOr<Snapshot> take(const Pin& pin);
  ~Snapshot();
  Snapshot(Snapshot&&) = default;
  Snapshot& operator=(Snapshot&&) = default;
  void leave() { hold_.leave(); }  // as Handle's
  // Lets go of it by any thread, when others may stand on what was read through it: its place is
  // not kept for the worker's next one.
  void drop() { hold_.drop(); }
  [[nodiscard]] std::uint64_t clock() const { return clock_; }
  // The value of a root then. kDeleted also when it was not made yet.
  [[nodiscard]] RootRead read(const Pin& pin, RootRef ref) const {
    return read_root_at(pin, ref, clock_);
  }

 private:
  Snapshot(Worker& worker, Hold hold, std::uint64_t clock)
      : worker_(&worker), hold_(std::move(hold)), clock_(clock) {}
  Worker* worker_;
  Hold hold_;
  std::uint64_t clock_;
};

// Keeps the last `count` versions of a root for read_root_at(), from now on and until it is called
// again; 1 is what every root keeps anyway. Belongs to nobody: it outlives all workers.
Status retain(const Pin& pin, RootRef ref, std::uint32_t count);
struct Retention {
  SlotIndex slot;
  std::uint32_t count;
};
std::vector<Retention> retentions(const Domain& domain);

// Drops what a dead worker, or one that leaves, held.
void drop_holds_of(Domain& domain, std::uint32_t worker, std::uint32_t cycle);

}  // namespace yin::substrate
