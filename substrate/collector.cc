#include "substrate/collector.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/checkpoint_record.h"
#include "substrate/clock.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/internal/trace.h"
#include "substrate/park.h"
#include "substrate/process.h"
#include "substrate/redo_log.h"
#include "substrate/slab.h"
#include "substrate/table.h"

namespace yin::substrate {

namespace {

constexpr std::uint64_t kOverdueBytes = std::uint64_t{64} << 20;
constexpr std::uint32_t kPollMs = 1;
constexpr std::uint64_t kTellBytes = std::uint64_t{256} << 10;  // marked, between two words of it
constexpr std::uint32_t kAheadMarks = 32;
constexpr std::uint32_t kAheadObjects = 16;
constexpr std::uint64_t kFetchBytes = 320;
constexpr std::uint64_t kLineBytes = 64;

// A few words in the order they came.
template <std::uint32_t kRoom>
class Row {
  static_assert(std::has_single_bit(kRoom));

 public:
  [[nodiscard]] bool is_empty() const { return begin_ == end_; }
  [[nodiscard]] bool is_full() const { return end_ - begin_ == kRoom; }
  void push(Word w) { words_[end_++ % kRoom] = w; }
  Word pop() { return words_[begin_++ % kRoom]; }

 private:
  Word words_[kRoom];
  std::uint32_t begin_ = 0, end_ = 0;
};

class Cycle {
 public:
  // `done`: the cycle that was the last finished one when this one began.
  Cycle(Worker& worker, const Pin& pin, std::uint32_t cycle, std::uint32_t done, std::uint64_t t0)
      : worker_(worker),
        domain_(worker.domain()),
        pin_(pin),
        map_(domain_),
        cycle_(cycle),
        done_(done),
        t0_(t0) {}

  // Until no other worker's pin has an older label; one that stays too long is declared stalled.
  // False: asked to stop, or taken over.
  bool wait_for_older_pins(const CollectOptions& options) {
    // Behind the cycle word: a worker we do not count joined later, and labels its pins with this
    // cycle. edge: pin
    const std::uint32_t workers = domain_.state().worker_high.load_seq();
    for (std::uint32_t i = 0; i < workers; ++i) {
      WorkerSlot* slot = worker_slot(domain_, i);
      if (i == raw(worker_.index()) || slot == nullptr) continue;
      const std::uint64_t since = monotonic_ns();
      for (std::uint32_t polls = 0;; ++polls) {
        // edge: pin
        const std::uint64_t pin = slot->pin.load_seq();
        if ((pin & kPinOn) == 0 || pin_label(pin) >= cycle_ || (pin & kPinStalled) != 0) break;
        // The last cycle would have met it: its holder is between two steps of pinning, and looks
        // again before he reads. Declared, it would make roots again of holds that are gone.
        if (pin_label(pin) < done_) break;
        if (options.stop != nullptr && options.stop->load_relaxed() != 0) return false;  // a wish
        if (!is_ours()) return false;
        still_alive();
        if (polls % 8 == 7) adopt_dead_workers(worker_);
        const std::uint64_t waited_ms = (monotonic_ns() - since) / 1'000'000;
        const bool impatient =
            waited_ms >= options.slow_ms ||
            (waited_ms >= options.stopped_ms && process_is_stopped(owner_of(*slot)));
        if (polls > 0 && impatient && declare(*slot, pin)) break;
        park_on(never_, 0, kPollMs);
      }
    }
    return true;
  }

  // What the versions of all slots must be kept for besides T0, read before any is cut.
  void look_at_windows() {
    each_worker_slot(domain_, [&](std::uint32_t, const WorkerSlot& slot) {
      // edge: pin
      const std::uint64_t pin = slot.pin.load_seq();
      if ((pin & kPinStalled) == 0) return;
      windows_.push_back(window_of(slot, pin));
      oldest_stalled_label_ = std::min(oldest_stalled_label_, pin_label(pin));
    });
    each_hold([&](HoldState hold, std::uint64_t content, std::uint64_t slot) {
      if (!is_root(hold)) return;
      if (hold.phase == HoldPhase::kSnapshot) instants_.push_back(content);
      if (hold.phase == HoldPhase::kSince || hold.phase == HoldPhase::kLast)
        wishes_[slot].add(hold.phase, content);
    });
    std::ranges::sort(instants_);
    oldest_needed_ = std::min(t0_, instants_.empty() ? t0_ : instants_.front()) + 1;
    for (const Window& w : windows_) oldest_needed_ = std::min(oldest_needed_, w.low);
  }

  void mark_roots() {
    // edge: slot-made
    const std::uint32_t slots = domain_.state().next_slot.load_acquire();
    for (std::uint32_t i = 0; i < slots; ++i) {
      const Offset head = settle_head(pin_, SlotIndex{i});
      if (head != Offset::kNone) mark_log(i, raw(head));
      drain();
      if (i % 1024 == 0) tell_progress();
    }
    mark_checkpoints();
    mark_handles();
  }

  // A guard declared in this cycle: what was current until now is kept for it, no more.
  void close_windows() {
    // edge: clock
    const std::uint64_t now = domain_.state().clock.load_seq();
    bool advanced = false;
    each_worker_slot(domain_, [&](std::uint32_t, WorkerSlot& slot) {
      // edge: pin
      const std::uint64_t pin = slot.pin.load_seq();
      std::uint64_t open = stall_word(pin, kStallOpen);
      // edge: stall
      if ((pin & kPinStalled) == 0 || slot.stall_high.load_acquire() != open) return;
      // edge: clock (whoever advances it does it for all)
      if (std::uint64_t then = now; !std::exchange(advanced, true))
        domain_.state().clock.cas_seq(then, now + 1);
      // edge: stall
      slot.stall_high.cas_seq(open, stall_word(pin, now));
    });
  }

  CycleReport report;

 private:
  struct Kept {
    VersionNode* node;
    std::uint64_t at;
    std::uint64_t prev;  // as it was read
    bool aborted;
  };
  struct Window {
    std::uint64_t low, high;  // stamps
  };

  [[nodiscard]] bool is_ours() const {
    // edge: gc-start
    return gc_cycle(domain_.state().gc.load_seq()) == cycle_;
  }
  void still_alive() { domain_.state().collector_alive.add_relaxed(1); }  // only that it changes

  // Declares a guard stalled (protocol.md 7). The window first, then the flag.
  bool declare(WorkerSlot& slot, std::uint64_t pin) {
    // edge: stall
    slot.stall_low.store_release(stall_word(pin, last_t0()));
    // edge: stall
    slot.stall_high.store_release(stall_word(pin, kStallOpen));
    // edge: pin
    const bool declared = slot.pin.cas_seq(pin, pin | kPinStalled);
    report.declared += declared ? 1 : 0;
    return declared;
  }

  // T0 of the last finished cycle, 0: it is not known (amendment A4).
  [[nodiscard]] std::uint64_t last_t0() const {
    const DomainState& state = domain_.state();
    // edge: gc-finish
    const std::uint64_t gc = state.gc.load_seq();
    for (const CycleTime& cell : state.gc_base) {
      // edge: gc-finish
      if (cell.cycle.load_acquire() != gc_done(gc)) continue;
      const std::uint64_t t0 = cell.t0.load_relaxed();  // behind its cycle
      const bool known = t0 == cycle_time(gc_done(gc), t0 & kStallOpen);
      // edge: gc-finish
      if (known && state.gc.load_seq() == gc) return t0 & kStallOpen;
    }
    return 0;
  }

  // A window that belongs to another guard of the same worker tells nothing: all is kept. So is all
  // from its start when its end lies before it: a collector that slept for long set it.
  static Window window_of(const WorkerSlot& slot, std::uint64_t pin) {
    const auto known = [pin](std::uint64_t word, std::uint64_t otherwise) {
      return word >> 48 == stall_word(pin, 0) >> 48 ? word & kStallOpen : otherwise;
    };
    // edge: stall
    const std::uint64_t low = known(slot.stall_low.load_acquire(), 0);
    // edge: stall
    std::uint64_t high = known(slot.stall_high.load_acquire(), kStallOpen);
    if (high < low) high = kStallOpen;
    // Who collects may link to any node that was there (amendment A3).
    return {(pin & kPinCollector) != 0 ? 0 : low, high};
  }

  template <class Visit>
  void each_hold(Visit&& visit) const {
    // edge: slot-made
    const std::uint32_t count = domain_.state().next_hold.load_acquire();
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto* entry = table_find<RootHold>(domain_, domain_.state().holds, kHoldTable, i);
      if (entry == nullptr) return;
      // edge: hold
      const HoldState state = unpack_hold(entry->state.load_seq());
      // (Not used anew before this cycle is finished.)
      const std::uint64_t slot = entry->slot.load_relaxed();  // behind the state
      // edge: hold
      visit(state, entry->content.load_acquire(), slot);
    }
  }
  // Is a hold a root in this cycle (protocol.md 5)? One that was dropped is, as long as somebody may
  // stand on what he got from it.
  [[nodiscard]] bool is_root(HoldState hold) const {
    if (hold.phase == HoldPhase::kFree || hold.phase == HoldPhase::kTaken) return false;
    return !hold.dropped || hold.cycle >= cycle_ || hold.cycle >= oldest_stalled_label_;
  }

  // Both records may be what the disk has (protocol.md 10). Read before the handles: the table that
  // was under way when they were read is a handle then (amendment A9).
  void mark_checkpoints() {
    // edge: durable
    const std::uint64_t durable = domain_.state().durable_seq.load_seq();
    for (std::uint32_t place = 0; place < kCheckpointRecords; ++place) {
      const auto record = load_checkpoint(domain_, place);
      if (record && record->sequence >= durable) mark(Word{record->table});
    }
    // What the next entry of the log goes on from; the disk has it in pieces.
    if (const auto logged = logged_checkpoint(domain_, durable)) mark(Word{logged->table});
    drain();
  }

  void mark_handles() {
    each_hold([&](HoldState hold, std::uint64_t content, std::uint64_t) {
      if (hold.phase == HoldPhase::kHandle && is_root(hold)) mark(Word{content});
    });
    drain();
  }

  // Is a version kept that was current from `from` to `until`, both included? An aborted one never
  // was, but stood at the head meanwhile. What is kept is kept whole: a later window, watch or
  // retention may ask for all that is linked.
  [[nodiscard]] bool keeps_old(std::uint64_t from, std::uint64_t until, bool aborted,
                               const LogWish& wish) const {
    if (!aborted && (until >= wish.since || wish.last > 0)) return true;
    for (const Window& w : windows_) {
      if (w.low <= until && w.high >= from) return true;
    }
    if (aborted) return false;
    const auto instant = std::ranges::lower_bound(instants_, from);
    return instant != instants_.end() && *instant < until;
  }

  // Keeps the versions since T0, the newest at or before it, and older ones that somebody needs;
  // takes the others out of the log (protocol.md 8.6).
  void mark_log(std::uint32_t slot, std::uint64_t at) {
    LogWish wish;
    if (const auto found = wishes_.find(slot); found != wishes_.end()) wish = found->second;
    const std::uint64_t oldest = std::min(oldest_needed_, wish.since);
    kept_.clear();
    bool skipped = false;              // since the last one that is kept
    bool past_t0 = false;              // the newest at or before T0 was met
    std::uint64_t until = kStallOpen;  // when the version was replaced
    while (at != 0) {
      check_range(at, sizeof(VersionNode));
      auto& node = *pin_.at<VersionNode>(offset_of(at));
      // edge: stamp
      const std::uint64_t ts = node.ts.load_acquire();
      const bool aborted = ts == kStampAborted;
      const std::uint64_t stamp = aborted ? 0 : ts - kStampFirst;
      const bool keep = !past_t0 || keeps_old(stamp, until, aborted, wish);
      // edge: log
      const std::uint64_t prev = node.prev.load_acquire();
      if (keep) {
        if (skipped) relink(kept_.back(), at);
        skipped = false;
        kept_.push_back({&node, at, prev, aborted});
        mark_version(kept_.back());
      } else {
        skipped = true;
        ++report.versions_cut;
      }
      at = prev;
      if (aborted) continue;
      past_t0 = past_t0 || stamp <= t0_;
      until = stamp;
      wish.last -= std::min<std::uint64_t>(wish.last, 1);
      if (past_t0 && stamp < oldest && wish.last == 0) break;
    }
    if (kept_.empty()) return;
    if (kept_.back().prev != 0 && (at != 0 || skipped)) {
      relink(kept_.back(), 0);
      ++report.versions_cut;
    }
    move_bases();
  }

  void mark_version(const Kept& kept) {
    VersionNode& node = *kept.node;
    mark_range(kept.at, 1);
    report.live_bytes += sizeof(VersionNode);
    if (!kept.aborted) mark(Word{node.value});
    // edge: record
    std::uint64_t record = node.record.load_acquire();
    if (record == 0) return;
    check_range(record, sizeof(CommitRecord));
    mark_range(record, 1);
    if (!windows_.empty()) return;  // a stalled helper may come back to it
    // A final node's record is of no use to those who come: let it go, but keep it for this cycle,
    // since a helper may have put the node there late and others may have found the record through
    // it (amendment A2). edge: record
    node.record.cas_seq(record, 0);
  }

  // Past what is no longer kept. Of two collectors the later one's way stands: what the one before
  // it has linked to meanwhile may be what this cycle frees.
  void relink(const Kept& above, std::uint64_t to) {
    std::uint64_t from = above.prev;
    // edge: log
    while (from != to && is_ours() && !above.node->prev.cas_seq(from, to)) {
    }
  }

  // The base of each version kept becomes the next committed one below that is kept, unless it is
  // kept itself. Looked at in all of them: a collector that died between relinking and this has left
  // bases that stand in no log, and nothing else tells.
  void move_bases() {
    std::uint64_t below = 0;
    for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
      // Whoever compresses a base meanwhile may only put another one that goes too: until it is
      // set. edge: base
      for (std::uint64_t base = kept->node->base.load_acquire();
           base != below && base != 0 && !is_marked(base) && is_ours() &&
           !kept->node->base.cas_seq(base, below);) {
      }
      if (!kept->aborted) below = kept->at;
    }
  }

  // Has this cycle met the node?
  [[nodiscard]] bool is_marked(std::uint64_t node) {
    check_range(node, sizeof(VersionNode));
    const std::uint64_t word = map_.mark_word(node).load_relaxed();  // our own mark
    return word >> 32 == cycle_ && (word >> SlabMap::mark_bit(node) & 1) != 0;
  }

  void check_range(std::uint64_t at, std::uint64_t bytes) {
    // Read rarely: writers write beside it all the time.
    // edge: committed
    if (at + bytes > committed_) committed_ = domain_.state().committed_bytes.load_acquire();
    check(at % kGranule == 0 && at + bytes <= committed_,
          "the collector met a reference out of the domain; run 'yin verify'");
  }

  // Marking is one miss after the other, and no CAS begins before the last is done. So what is to be
  // marked waits in a row for its mark word, and what is to be gone through for its first lines,
  // both asked for when it joined (Cher, Hosking & Vitek, Software prefetching for mark-sweep garbage
  // collection, ISMM 2004).
  void mark(Word w) {
    if (!is_reference(w)) return;
    check_range(raw(object_offset(w)), kGranule);
    __builtin_prefetch(&map_.mark_word(raw(object_offset(w))), 1);
    if (to_mark_.is_full()) mark_now(to_mark_.pop());
    to_mark_.push(w);
  }

  void mark_now(Word w) {
    const std::uint64_t at = raw(object_offset(w));
    std::uint64_t granules = word_granules(w);
    if (granules == 0) granules = object_bytes(*pin_.at<ObjectHeader>(offset_of(at))) / kGranule;
    if (!mark_range(at, goes_by_first_granule(at, granules * kGranule) ? 1 : granules)) return;
    report.live_bytes += granules * kGranule;
    if (!refers_to_leaf(w)) stack_.push_back(w);
  }

  void fetch(Word w) const {
    const std::byte* at = pin_.at<std::byte>(object_offset(w));
    const std::uint64_t bytes = std::min(word_granules(w) * kGranule, kFetchBytes);
    std::uint64_t line = 0;
    do __builtin_prefetch(at + line);
    while ((line += kLineBytes) < bytes);
  }

  // The slabs of a large object do. By their kind: one that is not much too large may also stand in a slab with others,
  // where there was room for it.
  [[nodiscard]] bool goes_by_first_granule(std::uint64_t at, std::uint64_t bytes) const {
    if (bytes <= kSmallMaxBytes) return false;
    const SlabDescriptor& d = map_.descriptor(static_cast<std::uint32_t>(at / kSlabBytes));
    return shape_kind(d.shape.load_relaxed()) == SlabKind::kLarge;  // published with the object
  }

  void drain() {
    for (;;) {
      while (!stack_.empty() && !to_scan_.is_full()) {
        fetch(stack_.back());
        to_scan_.push(stack_.back());
        stack_.pop_back();
      }
      if (!to_scan_.is_empty()) {
        scan(to_scan_.pop());
      } else if (!to_mark_.is_empty()) {
        mark_now(to_mark_.pop());
      } else {
        return;
      }
    }
  }

  void scan(Word w) {
    ObjectHeader* object = header_of(pin_, w);
    check(object->kind == static_cast<std::uint8_t>(object_kind(w)),
          "the collector met an object of another kind than its reference says; run 'yin verify'");
    for (const Word child : traced_words(object)) mark(child);
    if (report.live_bytes - told_ >= kTellBytes) tell_progress();
  }

  // To who paces himself by it, and to who would take a collector over that stands still.
  void tell_progress() {
    still_alive();
    told_ = report.live_bytes;
    domain_.state().marked_bytes.store_relaxed(report.live_bytes);  // pacing only
    // A step of it may take longer than all between two words.
    if (grow_ahead(domain_)) still_alive();
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
  std::uint32_t done_;
  std::uint64_t t0_;
  std::vector<Word> stack_;  // marked, to be gone through
  Row<kAheadMarks> to_mark_;
  Row<kAheadObjects> to_scan_;
  std::vector<Window> windows_;
  std::vector<std::uint64_t> instants_;  // of snapshots, sorted
  std::unordered_map<std::uint64_t, LogWish> wishes_;
  std::vector<Kept> kept_;
  std::uint64_t told_ = 0;           // bytes marked when progress was last told
  std::uint64_t committed_ = 0;      // so much the domain has at least
  std::uint64_t oldest_needed_ = 0;  // nobody needs what was replaced before this instant
  std::uint32_t oldest_stalled_label_ = ~std::uint32_t{0};
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

bool relabel(Worker& worker, std::uint32_t cycle) {
  SharedWord& pin = worker.slot().pin;
  std::uint64_t mine = pin.load_relaxed();  // ours but for the flag
  const std::uint64_t label = std::uint64_t{cycle} << 32;
  // edge: pin
  return (mine & kPinStalled) == 0 && pin.cas_seq(mine, label | (mine & 0xffffffff));
}

// T0 of the cycle into the cell that is not the last finished one's, only over an older one; then
// the finish (amendment A4). False: somebody took the cycle over.
bool finish(DomainState& state, std::uint32_t cycle, std::uint32_t done, std::uint64_t t0) {
  // edge: gc-finish
  const bool first_is_done = state.gc_base[0].cycle.load_acquire() == done;
  CycleTime& cell = state.gc_base[first_is_done ? 1 : 0];
  // Read first, so that a collector that was taken over in here spoils no later one's.
  std::uint64_t older_t0 = cell.t0.load_relaxed();  // the CAS decides
  // edge: gc-finish
  std::uint64_t older = cell.cycle.load_acquire();
  if (older >= cycle || !cell.t0.cas_relaxed(older_t0, cycle_time(cycle, t0))) return false;
  // edge: gc-finish
  if (!cell.cycle.cas_seq(older, cycle)) return false;
  std::uint64_t mine = gc_word(cycle, done);
  // edge: gc-finish
  return state.gc.cas_seq(mine, gc_word(cycle, cycle));
}

// Less than `bytes` in a domain that is too small to wait for as much.
std::uint64_t share_of(const Domain& domain, std::uint64_t bytes) {
  return std::min(bytes, domain.capacity() / 8);
}

// A share of what lives, less what is allocated while it is marked, which stays until the cycle
// after (docs/decisions/0010). But three tenths at least, so that little is marked in vain.
std::uint64_t bytes_between_cycles(const Domain& domain) {
  const DomainState& state = domain.state();
  const auto live = static_cast<double>(state.live_bytes.load_relaxed());       // pacing only
  const auto during = static_cast<double>(state.marking_bytes.load_relaxed());  // the same
  const double wanted = std::clamp(0.85 * live - during, 0.3 * live, 0.7 * live);
  const std::uint64_t least = live == 0 ? kCollectFirstBytes : kCollectMinBytes;
  return std::max(share_of(domain, least), static_cast<std::uint64_t>(wanted));
}

}  // namespace

std::uint64_t allocated_since(const Domain& domain) {
  const DomainState& state = domain.state();
  const std::uint64_t now = state.allocated_bytes.load_relaxed();  // pacing only, as the next two
  return now - std::min(now, state.collected_at.load_relaxed());
}

bool collection_due(const Domain& domain) {
  return allocated_since(domain) > bytes_between_cycles(domain);
}

bool collection_overdue(const Domain& domain) {
  const std::uint64_t live = domain.state().live_bytes.load_relaxed();  // pacing only
  return allocated_since(domain) >
         2 * std::max(share_of(domain, kCollectMinBytes), live) + share_of(domain, kOverdueBytes);
}

void want_collection(Domain& domain) {
  DomainState& state = domain.state();
  // edge: gc-start
  const std::uint64_t gc = state.gc.load_seq();
  if (gc_cycle(gc) != gc_done(gc) || collection_due(domain)) return;
  state.allocated_bytes.add_relaxed(bytes_between_cycles(domain) + 1);  // pacing only
}

// Has the collector that holds the lease stood still for so long that its cycle is to be taken
// over? A stopped process keeps its locks (protocol.md 8).
bool CollectorWatch::stands_still(const Domain& domain, std::uint32_t takeover_ms) {
  const std::uint64_t alive =
      domain.state().collector_alive.load_relaxed();  // only that it changes
  const std::uint64_t now = monotonic_ns();
  if (alive != alive_ || since_ns_ == 0) {
    alive_ = alive;
    since_ns_ = now;
  }
  return (now - since_ns_) / 1'000'000 >= takeover_ms;
}

StatusOr<CycleReport> collect(Worker& worker, const CollectOptions& options) {
  Domain& domain = worker.domain();
  DomainState& state = domain.state();
  check((worker.slot().pin.load_relaxed() & kPinOn) == 0,
        "collect() by a worker that holds a pin");  // our own word
  const CollectorTurn turn(domain);
  if (!turn.held()) return unavailable("another worker is collecting");
  auto lease = domain.region().try_lock(kLockCollector);
  if (!lease.ok()) return lease.status();
  // The lease only saves work: who goes on without it takes a cycle over by the cycle word.
  if (!lease->held() && !worker.collector_watch().stands_still(domain, options.takeover_ms))
    return unavailable("another worker is collecting");
  const std::uint64_t began = monotonic_ns();
  const std::uint64_t allocated = state.allocated_bytes.load_relaxed();  // pacing only
  adopt_dead_workers(worker);
  const Pin pin(worker, PinRole::kCollector);

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
  // Our own guard is one of this cycle from here on; never in place of one that was given up
  // (amendment A5).
  if (!relabel(worker, cycle)) return unavailable("this collector was stopped for too long");

  state.marked_bytes.store_relaxed(0);  // pacing only, as the next
  state.marking_since.store_relaxed(allocated);

  Cycle run(worker, pin, cycle, gc_done(gc), t0);
  if (!run.wait_for_older_pins(options)) return unavailable("asked to stop, or taken over");
  run.look_at_windows();
  run.mark_roots();
  run.close_windows();
  if (!finish(state, cycle, gc_done(gc), t0)) return unavailable("this cycle was taken over");
  state.live_bytes.store_relaxed(run.report.live_bytes);  // pacing only, as the next
  state.collected_at.store_relaxed(allocated);
  state.marking_bytes.store_relaxed(allocated_since(domain));
  run.report.cycle = cycle;
  run.report.nanoseconds = monotonic_ns() - began;
  return run.report;
}

}  // namespace yin::substrate
