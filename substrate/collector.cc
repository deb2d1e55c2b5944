#include "substrate/collector.h"

#include <algorithm>
#include <vector>

#include "substrate/check.h"
#include "substrate/clock.h"
#include "substrate/commit.h"
#include "substrate/internal/trace.h"
#include "substrate/park.h"
#include "substrate/slab.h"
#include "substrate/table.h"

namespace yin::substrate {

namespace {

constexpr std::uint64_t kDueMinBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kOverdueBytes = std::uint64_t{64} << 20;
constexpr std::uint32_t kPollMs = 1;

std::uint64_t allocated_since(const Domain& domain) {
  const DomainState& state = domain.state();
  const std::uint64_t now = state.allocated_bytes.load_relaxed();  // pacing only, as the next two
  return now - std::min(now, state.collected_at.load_relaxed());
}

class Cycle {
 public:
  Cycle(Worker& worker, const Pin& pin, std::uint32_t cycle, std::uint64_t t0)
      : worker_(worker),
        domain_(worker.domain()),
        pin_(pin),
        map_(domain_),
        cycle_(cycle),
        t0_(t0) {}

  // Until no other worker's pin has an older label. False: asked to stop.
  bool wait_for_older_pins(const SharedHalf* stop) {
    // Behind the cycle word: a worker we do not count joined later, and labels its pins with this
    // cycle. edge: pin
    const std::uint32_t workers = domain_.state().worker_high.load_seq();
    for (std::uint32_t i = 0; i < workers; ++i) {
      const WorkerSlot* slot = worker_slot(domain_, i);
      if (i == raw(worker_.index()) || slot == nullptr) continue;
      for (std::uint32_t polls = 0;; ++polls) {
        // edge: pin
        const std::uint64_t pin = slot->pin.load_seq();
        if ((pin & kPinOn) == 0 || static_cast<std::uint32_t>(pin >> 32) >= cycle_) break;
        if (stop != nullptr && stop->load_relaxed() != 0) return false;  // a wish, carries nothing
        if (polls % 8 == 7) adopt_dead_workers(worker_);
        park_on(never_, 0, kPollMs);
      }
    }
    return true;
  }

  void mark_roots() {
    // edge: slot-made
    const std::uint32_t slots = domain_.state().next_slot.load_acquire();
    for (std::uint32_t i = 0; i < slots; ++i) {
      const Offset head = settle_head(pin_, SlotIndex{i});
      if (head != Offset::kNone) mark_log(raw(head));
      drain();
    }
  }

  CycleReport report;

 private:
  // Keeps the versions since T0 and the newest at or before it; cuts the rest off
  // (protocol.md 8.6).
  void mark_log(std::uint64_t at) {
    while (at != 0) {
      auto& node = *pin_.at<VersionNode>(offset_of(at));
      check_range(at, sizeof(VersionNode));
      mark_range(at, 1);
      report.live_bytes += sizeof(VersionNode);
      // edge: stamp
      const std::uint64_t ts = node.ts.load_acquire();
      // A final node's record is of no use to those who come: let it go, but keep it for this
      // cycle, since a helper may have put the node there late and others may have found the record
      // through it (amendment A2). edge: record
      if (std::uint64_t record = node.record.load_acquire(); record != 0) {
        check_range(record, sizeof(CommitRecord));
        mark_range(record, 1);
        // edge: record
        node.record.cas_seq(record, 0);
      }
      // edge: log
      std::uint64_t prev = node.prev.load_acquire();
      if (ts != kStampAborted) {
        mark(Word{node.value});
        if (ts - kStampFirst <= t0_) {
          if (prev != 0) {
            // edge: log
            node.prev.cas_seq(prev, 0);
            ++report.versions_cut;
          }
          // Whoever compresses the base meanwhile may only put another one that goes too: until it
          // is cut. edge: base
          for (std::uint64_t base = node.base.load_acquire();
               base != 0 && !node.base.cas_seq(base, 0);) {
          }
          return;
        }
      }
      at = prev;
    }
  }

  void check_range(std::uint64_t at, std::uint64_t bytes) const {
    // edge: committed
    check(at % kGranule == 0 && at + bytes <= domain_.state().committed_bytes.load_acquire(),
          "the collector met a reference out of the domain; run 'yin verify'");
  }

  void mark(Word w) {
    if (!is_reference(w)) return;
    const std::uint64_t at = raw(object_offset(w));
    std::uint64_t granules = word_granules(w);
    check_range(at, kGranule);
    if (granules == 0) granules = object_bytes(*pin_.at<ObjectHeader>(offset_of(at))) / kGranule;
    if (!mark_range(at, goes_by_first_granule(at, granules * kGranule) ? 1 : granules)) return;
    report.live_bytes += granules * kGranule;
    if (!refers_to_leaf(w)) {
      __builtin_prefetch(pin_.at<std::byte>(offset_of(at)));
      stack_.push_back(w);
    }
  }

  // The slabs of a large object do. By their kind: one that is not much too large may also stand in a slab with others,
  // where there was room for it.
  [[nodiscard]] bool goes_by_first_granule(std::uint64_t at, std::uint64_t bytes) const {
    if (bytes <= kSmallMaxBytes) return false;
    const SlabDescriptor& d = map_.descriptor(static_cast<std::uint32_t>(at / kSlabBytes));
    return shape_kind(d.shape.load_relaxed()) == SlabKind::kLarge;  // published with the object
  }

  void drain() {
    while (!stack_.empty()) {
      const Word w = stack_.back();
      stack_.pop_back();
      ObjectHeader* object = header_of(pin_, w);
      check(
          object->kind == static_cast<std::uint8_t>(object_kind(w)),
          "the collector met an object of another kind than its reference says; run 'yin verify'");
      for (const Word child : traced_words(object)) mark(child);
    }
  }

  // Marks granules from `at`. False when the first one is marked already: somebody was here in this
  // cycle.
  bool mark_range(std::uint64_t at, std::uint64_t granules) {
    bool first = true;
    while (granules > 0) {
      SharedWord& word = map_.mark_word(at);
      const unsigned bit = SlabMap::mark_bit(at);
      const auto here =
          static_cast<unsigned>(std::min<std::uint64_t>(granules, kMarkedPerWord - bit));
      const std::uint32_t bits = (here == 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << here) - 1)
                                 << bit;
      std::uint64_t seen = word.load_relaxed();  // marks are published by the cycle's finish
      for (;;) {
        const auto word_cycle = static_cast<std::uint32_t>(seen >> 32);
        if (word_cycle > cycle_)
          return false;  // we were taken over; a newer cycle is never overwritten
        const std::uint32_t old = word_cycle == cycle_ ? static_cast<std::uint32_t>(seen) : 0;
        if (first && (old >> bit & 1) != 0) return false;
        if (word.cas_relaxed(seen, std::uint64_t{cycle_} << 32 | old | bits)) break;
      }
      if (first) ++report.objects;
      first = false;
      at += here * kGranule;
      granules -= here;
    }
    return true;
  }

  Worker& worker_;
  Domain& domain_;
  const Pin& pin_;
  SlabMap map_;
  std::uint32_t cycle_;
  std::uint64_t t0_;
  std::vector<Word> stack_;
  SharedHalf never_{};  // nobody writes it: waiting on it is a bounded pause
};

// A private domain's lease tells nothing; there the threads of this process take turns.
class CollectorTurn {
 public:
  explicit CollectorTurn(Domain& domain) : domain_(domain), held_(domain.take_collector_turn()) {}
  ~CollectorTurn() {
    if (held_) domain_.give_collector_turn();
  }
  CollectorTurn(const CollectorTurn&) = delete;
  CollectorTurn& operator=(const CollectorTurn&) = delete;
  [[nodiscard]] bool held() const { return held_; }

 private:
  Domain& domain_;
  bool held_;
};

}  // namespace

bool collection_due(const Domain& domain) {
  const std::uint64_t live = domain.state().live_bytes.load_relaxed();  // pacing only
  return allocated_since(domain) > std::max(kDueMinBytes, live);
}

bool collection_overdue(const Domain& domain) {
  const std::uint64_t live = domain.state().live_bytes.load_relaxed();  // pacing only
  return allocated_since(domain) > 2 * std::max(kDueMinBytes, live) + kOverdueBytes;
}

StatusOr<CycleReport> collect(Worker& worker, const SharedHalf* stop) {
  Domain& domain = worker.domain();
  DomainState& state = domain.state();
  check((worker.slot().pin.load_relaxed() & kPinOn) == 0,
        "collect() by a worker that holds a pin");  // our own word
  const CollectorTurn turn(domain);
  if (!turn.held()) return unavailable("another worker is collecting");
  auto lease = domain.region().try_lock(kLockCollector);
  if (!lease.ok()) return lease.status();
  if (!lease->held()) return unavailable("another worker is collecting");
  const std::uint64_t began = monotonic_ns();
  const std::uint64_t allocated = state.allocated_bytes.load_relaxed();  // pacing only
  adopt_dead_workers(worker);
  const Pin pin(worker);

  // T0 before the cycle word, else versions current in between are lost (protocol.md 8.2).
  // edge: clock
  std::uint64_t t0 = state.clock.load_seq();
  // edge: clock
  while (!state.clock.cas_seq(t0, t0 + 1)) {
  }
  // edge: gc-start
  std::uint64_t gc = state.gc.load_seq();
  const std::uint32_t cycle = gc_cycle(gc) + 1;  // an open cycle is a dead or stopped collector's
  // edge: gc-start
  if (!state.gc.cas_seq(gc, gc_word(cycle, gc_done(gc))))
    return unavailable("another worker is collecting");

  Cycle run(worker, pin, cycle, t0);
  if (!run.wait_for_older_pins(stop)) return unavailable("asked to stop");
  run.mark_roots();

  // The cell that is not the last finished cycle's, whoever wrote it (amendment A4).
  const bool first_is_done = state.gc_base[0].cycle.load_relaxed() == gc_done(gc);  // ours to write
  CycleTime& base = state.gc_base[first_is_done ? 1 : 0];
  base.t0.store_relaxed(t0);  // the cycle carries it
  // edge: gc-finish
  base.cycle.store_release(cycle);
  state.live_bytes.store_relaxed(run.report.live_bytes);  // pacing only, as the next
  state.collected_at.store_relaxed(allocated);
  std::uint64_t mine = gc_word(cycle, gc_done(gc));
  // edge: gc-finish
  if (!state.gc.cas_seq(mine, gc_word(cycle, cycle)))
    return unavailable("another worker took this cycle over");
  run.report.cycle = cycle;
  run.report.nanoseconds = monotonic_ns() - began;
  return run.report;
}

}  // namespace yin::substrate
