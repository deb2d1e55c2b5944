#include "substrate/watch.h"

#include <algorithm>

#include "substrate/clock.h"
#include "substrate/commit.h"
#include "substrate/park.h"
#include "substrate/table.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

// Until the slot points elsewhere than to `seen_head`. In slices: a wake may be lost with its
// committer, and two heads may have the same lower half.
bool wait_for_head(const RootSlot& slot, std::uint64_t seen_head, std::uint32_t timeout_ms) {
  const std::uint64_t until = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  for (;;) {
    // edge: head
    if (slot.head.load_seq() != seen_head) return true;
    const std::uint64_t now = monotonic_ns();
    if (now >= until) return false;
    const std::uint64_t left_ms = (until - now + 999'999) / 1'000'000;
    park_on(low_half(slot.head), static_cast<std::uint32_t>(seen_head),
            static_cast<std::uint32_t>(std::min<std::uint64_t>(left_ms, kSliceMs)));
  }
}

}  // namespace

StatusOr<Watch> Watch::start(const Pin& pin, RootRef ref, WatchMode mode) {
  Worker& worker = pin.worker();
  Watch watch(worker, ref, mode);
  auto hold = Hold::take(pin, HoldPhase::kSince);
  if (!hold.ok()) return hold.status();
  watch.hold_ = *std::move(hold);
  RootSlot* slot = find_root_slot(worker.domain(), ref.slot);
  if (slot == nullptr) return not_found("there is no such root");
  // Counted before it is held: who dies in between costs needless wakes, no lost ones.
  // edge: watch
  slot->waiters.add_seq(1);
  // All versions first, then what is since the one we read: a cycle in between cuts neither.
  watch.hold_.begin(pin, HoldPhase::kSince, 0, ref.slot);
  // edge: head
  watch.seen_head_ = slot->head.load_seq();
  const RootRead read = read_root(pin, ref);
  if (read.outcome == RootRead::Outcome::kExpired) return why_not(pin, CommitOutcome::kExpired);
  if (!read.ok()) return not_found("the root was deleted");
  watch.seen_ = read.version;
  // edge: hold
  watch.hold_.entry().content.store_release(version_clock(pin, read.version));
  return watch;
}

bool Watch::wait(std::uint32_t timeout_ms) const {
  if (!unseen_.empty()) return true;
  return wait_for_head(root_slot(worker_->domain(), ref_.slot), seen_head_, timeout_ms);
}

bool Watch::has_news() const {
  if (!unseen_.empty()) return true;
  // edge: head
  return root_slot(worker_->domain(), ref_.slot).head.load_seq() != seen_head_;
}

SharedHalfSeen Watch::head_word() const {
  return {&low_half(root_slot(worker_->domain(), ref_.slot).head),
          static_cast<std::uint32_t>(seen_head_)};
}

std::optional<Watch::Change> Watch::take(const Pin& pin) {
  if (seen_ == Offset::kNone) return std::nullopt;
  if (unseen_.empty()) {
    // edge: head
    const std::uint64_t head = root_slot(worker_->domain(), ref_.slot).head.load_seq();
    if (head == seen_head_ || !versions_since(pin, ref_.slot, seen_, unseen_)) return std::nullopt;
    seen_head_ = head;
    if (unseen_.empty()) return std::nullopt;  // an aborted commit moved the head
    if (mode_ == WatchMode::kLatest) unseen_.erase(unseen_.begin() + 1, unseen_.end());
  }
  const Offset next = unseen_.back();
  unseen_.pop_back();
  return move_to(pin, next);
}

std::optional<Watch::Change> Watch::move_to(const Pin& pin, Offset version) {
  const VersionNode& from = *pin.at<VersionNode>(seen_);
  const VersionNode& to = *pin.at<VersionNode>(version);
  const bool deleted = to.generation != ref_.generation || to.value == kTombstone.bits;
  const Change change{Word{from.value}, deleted ? kAbsent : Word{to.value}};
  // The old version stays whole under this pin, whatever is cut from now on.
  seen_ = deleted ? Offset::kNone : version;
  if (deleted) unseen_.clear();
  // edge: hold
  hold_.entry().content.store_release(version_clock(pin, version));
  return change;
}

bool wait_for_change(Worker& worker, RootRef ref, Offset seen, std::uint32_t timeout_ms) {
  const std::uint64_t until = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  RootSlot& slot = root_slot(worker.domain(), ref.slot);
  // edge: watch
  slot.waiters.add_seq(1);
  bool changed = false;
  for (;;) {
    std::uint64_t head = 0;
    {
      const Pin pin(worker);
      // edge: head
      head = slot.head.load_seq();
      changed = read_root(pin, ref).version != seen;
    }
    const std::uint64_t now = monotonic_ns();
    if (changed || now >= until) break;
    (void)wait_for_head(slot, head, static_cast<std::uint32_t>((until - now) / 1'000'000 + 1));
  }
  // edge: watch
  slot.waiters.add_seq(~std::uint32_t{0});
  return changed;
}

}  // namespace yin::substrate
