#include "substrate/slab.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "substrate/check.h"
#include "substrate/collector.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

// The file grows by an eighth, so that an empty domain stays below 256 KiB on disk, and at most by
// so much: who grows it brings the pages in, and that is his longest wait (docs/decisions/0009).
constexpr std::uint32_t kStepSlabs = (std::uint32_t{2} << 20) / kSlabBytes;
constexpr std::uint32_t kAheadFrom =
    8 * kStepSlabs;                        // slabs a domain has before any are made ahead,
constexpr std::uint32_t kAheadShare = 32;  // what part of them,
constexpr std::uint32_t kAheadMax = 16 * kStepSlabs;  // and at most,
constexpr std::uint32_t kSweptFirst = 2;  // once the sweep has no more left than so many times that
constexpr std::uint32_t kRunMinGranules = 3;  // shorter holes wait until a neighbour dies
constexpr std::uint64_t kWorthFreeBytes = kSlabBytes / 8;
constexpr std::uint64_t kSmallBytes = 192;     // leaves of maps, short strings
constexpr std::uint64_t kShortRunBytes = 192;  // in the mean: a slab for small objects
// Slabs that a small object's sweep looks at before it takes what longer ones are given: those it is
// after may be few, and a look at all slabs of 1 GB takes 7 ms.
constexpr std::uint32_t kSmallLooks = 2048;
constexpr std::uint32_t kAllSlabs = ~std::uint32_t{0};
constexpr std::size_t kFitLooks = 8;          // runs looked at for one that fits
constexpr std::uint64_t kMediumBytes = 1024;  // from here on a hole that fits is looked for
constexpr std::size_t kOpenMax = 8;           // slabs of one worker that have runs left
constexpr std::uint16_t kTableOwner =
    0xffff;                            // no worker's, so that tables are never swept nor adopted
constexpr std::uint32_t kFreeTag = 1;  // of a free slab: any, so that its state is not kNeverOwned

std::uint32_t committed_slabs(const Domain& domain) {
  // edge: committed (bytes below it exist)
  return static_cast<std::uint32_t>(domain.state().committed_bytes.load_acquire() / kSlabBytes);
}

std::uint32_t done_cycle(const Domain& domain) {
  // edge: gc-finish (marks of the finished cycle)
  return gc_done(domain.state().gc.load_seq());
}

// The cycle that finished before `done` did, 0: it is not known.
std::uint32_t finished_before(const Domain& domain, std::uint32_t done) {
  std::uint32_t latest = 0;
  for (const CycleTime& cell : domain.state().gc_base) {
    // edge: gc-finish
    const auto cycle = static_cast<std::uint32_t>(cell.cycle.load_acquire());
    if (cycle < done) latest = std::max(latest, cycle);
  }
  return latest;
}

// Grows the file so that slabs below `end` exist; a step larger than asked, so that this is rare.
Status ensure_committed(const Domain& domain, const SlabMap& map, std::uint32_t end) {
  const std::uint32_t have = committed_slabs(domain);
  if (end <= have) return {};
  const std::uint32_t eighth = (have - map.lead()) / 8;
  std::uint32_t target = eighth < kStepSlabs ? end + eighth : (end / kStepSlabs + 1) * kStepSlabs;
  target = std::min(target, map.slab_count());
  Status grown = map.commit_range(have, target);
  if (!grown.ok()) {
    target = end;
    grown = map.commit_range(have, target);
    if (!grown.ok()) return grown;
  }
  map.populate_range(have, target);
  SharedWord& committed = domain.state().committed_bytes;
  std::uint64_t seen = committed.load_relaxed();  // the CAS below decides
  const std::uint64_t want = std::uint64_t{target} * kSlabBytes;
  // edge: committed
  while (seen < want && !committed.cas_seq(seen, want)) {
  }
  return {};
}

// The next slab at or behind `slab` that is not one a group begins with.
std::uint32_t behind_lead(const SlabMap& map, std::uint32_t slab) {
  return map.is_lead(slab) ? slab / map.group() * map.group() + map.lead() : slab;
}

// The next slab a sweep looks at in cycle `done`, or 0 when it has seen all.
std::uint32_t next_to_sweep(const Domain& domain, const SlabMap& map, SharedWord& cursor,
                            std::uint32_t done) {
  const DomainState& state = domain.state();
  // edge: committed
  const auto used = static_cast<std::uint32_t>(state.next_slab.load_acquire());
  const std::uint32_t limit = std::min(used, committed_slabs(domain));
  std::uint64_t seen = cursor.load_relaxed();  // only divides the work; claims are what counts
  for (;;) {
    const auto cycle = static_cast<std::uint32_t>(seen >> 32);
    if (cycle > done)
      return 0;  // others sweep for a newer cycle: two must not turn the cursor back and forth
    std::uint32_t slab = cycle == done ? static_cast<std::uint32_t>(seen) : map.lead();
    slab = behind_lead(map, slab);
    if (slab >= limit) return 0;
    if (cursor.cas_relaxed(seen, std::uint64_t{done} << 32 | (slab + 1))) return slab;
  }
}

// Slabs that the sweep of the last finished cycle has not come to yet; 0 too when so many in a row as
// somebody wanted were looked for in vain.
std::uint32_t left_to_sweep(const Domain& domain, std::uint32_t used) {
  const DomainState& state = domain.state();
  const std::uint32_t done = done_cycle(domain);
  const std::uint64_t cursor = state.sweep_values.load_relaxed();  // a hint
  if (state.sweep_none.load_relaxed() >> 32 == done) return 0;     // the same
  const std::uint32_t swept = cursor >> 32 == done ? static_cast<std::uint32_t>(cursor) : 0;
  return used - std::min(used, swept);
}

// Takes fresh slabs and makes them `owner`'s. A sweeper that looks in between may be faster with
// one of them: then the others are left to sweepers too, and the next are tried. Lock-free: it got
// on.
StatusOr<std::uint32_t> claim_fresh_slabs(Domain& domain, const SlabMap& map, std::uint32_t count,
                                          std::uint64_t owner) {
  for (;;) {
    auto first = take_fresh_slabs(domain, count);
    if (!first.ok()) return first;
    std::uint32_t claimed = 0;
    for (; claimed < count; ++claimed) {
      std::uint64_t never = kNeverOwned;
      // edge: slab-owner
      if (!map.descriptor(*first + claimed).state.cas_seq(never, owner)) break;
    }
    if (claimed == count) return first;
    while (claimed-- > 0) release_slab(map, *first + claimed, kFreeTag);
  }
}

}  // namespace

// ---- map ----------------------------------------------------------------------------------------

SlabMap::SlabMap(const Domain& domain)
    : domain_(&domain),
      base_(domain.base()),
      slab_count_(static_cast<std::uint32_t>(domain.capacity() / kSlabBytes)),
      group_slabs_(
          static_cast<std::uint32_t>(std::min<std::uint64_t>(slab_count_, kGroupSlabsMax))),
      mark_slabs_(group_slabs_ / 64),
      lead_(1 + mark_slabs_ + (group_slabs_ + 4095) / 4096) {}

SlabDescriptor& SlabMap::descriptor(std::uint32_t slab) const {
  const std::uint64_t group = std::uint64_t{slab / kGroupSlabsMax} * kGroupSlabsMax;
  return reinterpret_cast<SlabDescriptor*>(base_ +
                                           (group + 1 + mark_slabs_) * kSlabBytes)[slab - group];
}

template <class Visit>
void SlabMap::each_table_of(std::uint32_t from, std::uint32_t to, Visit&& visit) const {
  const auto at = [this](const void* p) {
    return static_cast<std::uint64_t>(static_cast<const std::byte*>(p) - base_);
  };
  for (std::uint32_t start = from; start < to;) {
    const std::uint32_t end = std::min(to, (start / group_slabs_ + 1) * group_slabs_);
    const std::uint64_t count = end - start;
    visit(at(&descriptor(start)), count * sizeof(SlabDescriptor));
    visit(at(marks(start)), count * kSlabMarkBytes);
    start = end;
  }
}

Status SlabMap::commit_range(std::uint32_t from, std::uint32_t to) const {
  Status made;
  each_table_of(from, to, [&](std::uint64_t at, std::uint64_t bytes) {
    if (made.ok()) made = domain_->region().allocate(at, bytes);
  });
  // Who takes a hole fills it before he stores into it, and says so behind that.
  for (std::uint32_t start = from; made.ok() && start < to;) {
    const auto is_hole = [this](std::uint32_t slab) {
      return domain_->state().holes.load_relaxed() != 0 &&  // a hint: else all are allocated
             shape_kind(descriptor(slab).shape.load_relaxed()) == SlabKind::kHole;  // see above
    };
    std::uint32_t end = start;
    while (end < to && !is_hole(end)) ++end;
    made = commit_slabs(start, end);
    for (start = end; start < to && is_hole(start);) ++start;
  }
  return made;
}

Status SlabMap::commit_slabs(std::uint32_t from, std::uint32_t to) const {
  return domain_->region().allocate(from * kSlabBytes, (to - from) * kSlabBytes);
}

void SlabMap::populate_range(std::uint32_t from, std::uint32_t to) const {
  const Region& region = domain_->region();
  each_table_of(from, to,
                [&](std::uint64_t at, std::uint64_t bytes) { region.populate(at, bytes); });
  region.populate(from * kSlabBytes, (to - from) * kSlabBytes);
}

Status SlabMap::fill_hole(std::uint32_t slab) const {
  Status filled = commit_slabs(slab, slab + 1);
  if (!filled.ok()) return filled;
  domain_->region().populate(slab * kSlabBytes, kSlabBytes);
  SharedWord& holes = domain_->state().holes;
  std::uint64_t seen = holes.load_relaxed();  // a hint
  while (seen > 0 && !holes.cas_relaxed(seen, seen - 1)) {
  }
  descriptor(slab).shape.store_relaxed(shape_word(SlabKind::kFree));  // ours
  return {};
}

StatusOr<std::uint32_t> take_fresh_slabs(Domain& domain, std::uint32_t count) {
  const SlabMap map(domain);
  SharedWord& next = domain.state().next_slab;
  std::uint64_t seen = next.load_relaxed();  // the CAS below decides
  for (;;) {
    std::uint32_t start = behind_lead(map, static_cast<std::uint32_t>(seen));
    const std::uint32_t group_end = (start / map.group() + 1) * map.group();
    if (count > map.group() - map.lead()) {
      return resource_exhausted("a value of " + std::to_string(count) +
                                " slabs is larger than domain " + domain.path() +
                                " can hold in one piece");
    }
    if (std::uint64_t{start} + count > group_end) start = group_end + map.lead();
    if (std::uint64_t{start} + count > map.slab_count()) {
      return resource_exhausted("domain " + domain.path() + " is full: its capacity is " +
                                std::to_string(domain.capacity() >> 20) +
                                " MiB; make a larger one, or let go of what it holds");
    }
    Status grown = ensure_committed(domain, map, start + count);
    if (!grown.ok()) return grown;
    // edge: committed
    if (next.cas_seq(seen, start + count)) return start;
  }
}

bool grow_ahead(Domain& domain) {
  const SlabMap map(domain);
  const std::uint32_t have = committed_slabs(domain);
  if (have < map.lead() + kAheadFrom) return false;
  const std::uint32_t ahead = std::min((have - map.lead()) / kAheadShare, kAheadMax);
  // edge: committed
  const auto used = static_cast<std::uint32_t>(domain.state().next_slab.load_acquire());
  if (have >= used + ahead || left_to_sweep(domain, used) > kSweptFirst * ahead) return false;
  // Not into the next group: what it begins with is its first taker's to make.
  const std::uint32_t group_end = (used / map.group() + 1) * map.group();
  if (have >= std::min(group_end, map.slab_count()) || domain.read_only()) return false;
  // Who needs them asks again, and is told why not.
  return ensure_committed(domain, map, have + 1).ok();
}

StatusOr<Offset> take_table_slabs(Domain& domain, std::uint64_t bytes) {
  const auto count = static_cast<std::uint32_t>(round_up(bytes, kSlabBytes) / kSlabBytes);
  if (Status admitted = domain.admit_slabs(count); !admitted.ok()) return admitted;
  const SlabMap map(domain);
  auto first = claim_fresh_slabs(domain, map, count, pack({kTableOwner, 0, 0}));
  if (!first.ok()) return first.status();
  for (std::uint32_t i = 0; i < count; ++i) {
    map.descriptor(*first + i)
        .shape.store_relaxed(shape_word(SlabKind::kTable));  // ours alone until it is linked
  }
  return offset_of(std::uint64_t{*first} * kSlabBytes);
}

StatusOr<std::uint32_t> claim_unused_slab(Worker& worker, const SlabMap& map) {
  Domain& domain = worker.domain();
  Status no_hole;
  // A hint, as the cursor.
  while (domain.state().holes.load_relaxed() != 0) {
    const std::uint32_t slab =
        next_to_sweep(domain, map, domain.state().sweep_holes, done_cycle(domain));
    if (slab == 0) break;
    SlabDescriptor& d = map.descriptor(slab);
    const auto is_hole = [&d] {
      return shape_kind(d.shape.load_relaxed()) == SlabKind::kHole;  // looked at again once claimed
    };
    // edge: slab-owner
    const std::uint64_t seen = d.state.load_acquire();
    if (!is_hole() || unpack_slab(seen).owner != 0 || !claim_slab(map, worker, slab, seen))
      continue;
    if (is_hole()) {
      no_hole = map.fill_hole(slab);
      if (no_hole.ok()) return slab;
    }
    // edge: slab-owner (as it was)
    d.state.store_release(seen);
    if (!no_hole.ok()) break;
  }
  auto fresh =
      claim_fresh_slabs(domain, map, 1, pack({worker.owner(), worker.owner_generation(), 0}));
  if (!fresh.ok() && !no_hole.ok()) return no_hole;
  return fresh;
}

bool claim_slab(const SlabMap& map, const Worker& worker, std::uint32_t slab, std::uint64_t seen) {
  const SlabState mine{worker.owner(), worker.owner_generation(), unpack_slab(seen).tag};
  // edge: slab-owner (what the last owner wrote)
  return map.descriptor(slab).state.cas_seq(seen, pack(mine));
}

void release_slab(const SlabMap& map, std::uint32_t slab, std::uint32_t tag) {
  // edge: slab-owner
  map.descriptor(slab).state.store_release(pack({0, 0, tag}));
}

void restore_slab(const SlabMap& map, std::uint32_t slab, SlabKind kind, std::uint32_t run_length) {
  SlabDescriptor& d = map.descriptor(slab);
  d.shape.store_relaxed(shape_word(kind));  // published with the domain
  d.run_length.store_relaxed(run_length);
  const std::uint16_t owner = kind == SlabKind::kTable ? kTableOwner : 0;
  d.state.store_relaxed(pack({owner, 0, kFreeTag}));
}

// ---- objects of any size ------------------------------------------------------------------------

SlabAllocator::SlabAllocator(Worker& worker) : worker_(worker), map_(worker.domain()) {
  small_max_ = kSmallBytes;
}
SlabAllocator::~SlabAllocator() { release_all(); }

std::byte* SlabAllocator::refill(std::uint64_t size) {
  if (size > kSmallMaxBytes) return large(size);
  const Use use = size <= kSmallBytes ? Use::kSmall : Use::kOthers;
  DomainState& state = worker_.domain().state();
  while (!(use == Use::kSmall ? take_small_run(size) : take_run(size))) {
    Status admitted = worker_.domain().admit_slabs(1);
    if (!admitted.ok()) return fallback(size, std::move(admitted));
    if (use == Use::kSmall && open_swept(state.sweep_small, Use::kSmall, use, kSmallLooks))
      continue;
    if (open_swept(state.sweep_values, Use::kOthers, use, kAllSlabs)) continue;
    Status fresh = open_fresh(use);
    if (fresh.ok()) continue;
    // Full: then all look through the rest of what is there for small ones.
    if (open_swept(state.sweep_small, Use::kSmall, use, kAllSlabs)) continue;
    return fallback(size, std::move(fresh));
  }
  std::byte*& next = use == Use::kSmall ? small_next_ : next_;
  std::byte* block = next;
  next += size;
  return block;
}

// The first of the last few runs that fits; when none does, the last is dropped: the next cycle finds
// it again, perhaps longer.
bool SlabAllocator::take_fitting(std::vector<Run>& runs, std::uint64_t size, Run& found) {
  while (!runs.empty()) {
    for (std::size_t i = runs.size(); i-- > 0 && i + kFitLooks >= runs.size();) {
      if (static_cast<std::uint64_t>(runs[i].end - runs[i].next) < size) continue;
      found = runs[i];
      runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(i));
      handed_out_ += static_cast<std::uint64_t>(found.end - found.next);
      return true;
    }
    runs.pop_back();
  }
  return false;
}

bool SlabAllocator::take_small_run(std::uint64_t size) {
  const Run rest{small_next_, small_end_};
  Run found{};
  if (!take_fitting(small_runs_, size, found)) {
    retire_all(open_small_);
    small_next_ = small_end_ = nullptr;
    return false;
  }
  small_next_ = found.next;
  small_end_ = found.end;
  if (rest.next != rest.end) give_rest(rest, small_runs_);
  return true;
}

// Puts a free run of at least `size` into [next_, end_). Medium objects look for a run that fits
// among all there are, and leave the others to shorter ones.
bool SlabAllocator::take_run(std::uint64_t size) {
  if (size >= kMediumBytes) {
    const auto run = std::find_if(long_runs_.rbegin(), long_runs_.rend(), [size](const Run& r) {
      return static_cast<std::uint64_t>(r.end - r.next) >= size;
    });
    if (run == long_runs_.rend()) return false;
    const Run found = *run;
    long_runs_.erase(std::next(run).base());
    handed_out_ += static_cast<std::uint64_t>(found.end - found.next);
    give_rest({next_, end_},
              static_cast<std::uint64_t>(end_ - next_) >= kMediumBytes ? long_runs_ : short_runs_);
    next_ = found.next;
    end_ = found.end;
    return true;
  }
  Run found{};
  if (take_fitting(short_runs_, size, found) || take_fitting(long_runs_, size, found)) {
    next_ = found.next;
    end_ = found.end;
    return true;
  }
  retire_all(open_);
  next_ = end_ = nullptr;
  return false;
}

// Used up but for what nobody looked for: the next cycle finds that again.
void SlabAllocator::retire_all(std::vector<std::uint32_t>& open) {
  if (open.empty()) return;
  filled_.insert(filled_.end(), open.begin(), open.end());
  open.clear();
  worker_.note_filled();
  tell_handed_out();
}

// A count for pacing.
void SlabAllocator::tell_handed_out() {
  worker_.domain().state().allocated_bytes.add_relaxed(std::exchange(handed_out_, 0));
}

void SlabAllocator::give_rest(Run rest, std::vector<Run>& runs) {
  const auto bytes = static_cast<std::uint64_t>(rest.end - rest.next);
  if (bytes < kRunMinGranules * kGranule) return;
  handed_out_ -= std::min(handed_out_, bytes);
  runs.push_back(rest);
}

void SlabAllocator::keep(Run run, Use use) {
  const auto bytes = static_cast<std::uint64_t>(run.end - run.next);
  memory_freed(run.next, bytes);
  if (bytes < kRunMinGranules * kGranule) return;
  if (use == Use::kSmall) {
    small_runs_.push_back(run);
  } else {
    (bytes >= kMediumBytes ? long_runs_ : short_runs_).push_back(run);
  }
}

bool SlabAllocator::is_in(const std::byte* at, std::uint32_t slab) const {
  const std::byte* start = worker_.domain().base() + std::uint64_t{slab} * kSlabBytes;
  return at >= start && at < start + kSlabBytes;
}

// Forgets what is left of an open slab: the next cycle finds it again.
void SlabAllocator::retire(std::uint32_t slab) {
  const auto stands_in = [&](const Run& run) { return is_in(run.next, slab); };
  std::erase_if(short_runs_, stands_in);
  std::erase_if(long_runs_, stands_in);
  std::erase(open_, slab);
  filled_.push_back(slab);
  worker_.note_filled();
  tell_handed_out();
}

// Few slabs stay open at a time: medium objects leave rests in many, which nobody else could use
// nor a cycle free.
void SlabAllocator::open(std::uint32_t slab, Use use) {
  if (use == Use::kSmall) {
    open_small_.push_back(slab);
    return;
  }
  if (open_.size() == kOpenMax) retire(is_in(next_, open_[0]) ? open_[1] : open_[0]);
  open_.push_back(slab);
}

Status SlabAllocator::open_fresh(Use use) {
  auto slab = claim_unused_slab(worker_, map_);
  if (!slab.ok()) return slab.status();
  map_.descriptor(*slab).shape.store_relaxed(
      shape_word(SlabKind::kValues));  // ours; the release carries it
  std::byte* start = worker_.domain().base() + std::uint64_t{*slab} * kSlabBytes;
  open(*slab, use);
  keep({start, start + kSlabBytes}, use);
  return {};
}

// Opens the next slab that `cursor` comes to in so many looks and that is worth it for those who look
// by it.
bool SlabAllocator::open_swept(SharedWord& cursor, Use found_by, Use use, std::uint32_t looks) {
  Domain& domain = worker_.domain();
  const std::uint32_t done = done_cycle(domain);
  for (; looks > 0; --looks) {
    const std::uint32_t slab = next_to_sweep(domain, map_, cursor, done);
    if (slab == 0) return false;
    const SlabDescriptor& d = map_.descriptor(slab);
    // edge: slab-owner
    const std::uint64_t seen = d.state.load_acquire();
    const SlabState state = unpack_slab(seen);
    const SlabKind kind = shape_kind(d.shape.load_relaxed());  // looked at again once claimed
    const bool swept_kind = kind == SlabKind::kFree || kind == SlabKind::kValues ||
                            kind == SlabKind::kLarge || kind == SlabKind::kLargeRest;
    if (state.owner != 0 || !swept_kind || (kind != SlabKind::kFree && state.tag >= done)) continue;
    if (found_by == Use::kSmall && kind != SlabKind::kValues) continue;
    if (kind == SlabKind::kLargeRest && belongs_to_large(slab)) continue;
    // Most of a domain may live throughout: pass that by without a claim.
    if (kind == SlabKind::kValues && !room_of(slab, done).is_worth(found_by)) continue;
    if (!claim_slab(map_, worker_, slab, seen)) continue;
    if (reuse(slab, done_cycle(domain), found_by, use)) return true;
    // edge: slab-owner (as it was)
    map_.descriptor(slab).state.store_release(seen);
  }
  return false;
}

SlabAllocator::Room SlabAllocator::room_of(std::uint32_t slab, std::uint32_t done) const {
  const SharedWord* marks = map_.marks(slab);
  Room room;
  std::uint32_t before = 1;  // the bit of the granule before, set: in use
  for (std::uint64_t w = 0; w < kSlabMarkWords; ++w) {
    // edge: gc-finish (marks are read behind done_cycle)
    const std::uint32_t used = live_bits(marks[w].load_relaxed(), done);
    room.bytes += static_cast<std::uint64_t>(std::popcount(~used)) * kGranule;
    room.runs += static_cast<std::uint64_t>(std::popcount(~used & (used << 1 | before)));
    before = used >> (kMarkedPerWord - 1);
  }
  return room;
}

bool SlabAllocator::Room::is_worth(Use use) const {
  if (bytes < kWorthFreeBytes) return false;
  return (bytes < runs * kShortRunBytes) == (use == Use::kSmall);
}

// Makes the free part of a slab we just claimed allocatable. False: nothing worth it, give it back
// as it was.
bool SlabAllocator::reuse(std::uint32_t slab, std::uint32_t done, Use found_by, Use use) {
  SlabDescriptor& d = map_.descriptor(slab);
  const SlabKind kind = shape_kind(d.shape.load_relaxed());  // ours: the claim ordered it
  const bool old_enough = unpack_slab(d.state.load_relaxed()).tag < done;
  std::byte* start = worker_.domain().base() + std::uint64_t{slab} * kSlabBytes;
  const SharedWord* marks = map_.marks(slab);
  // edge: gc-finish (marks are read behind done_cycle)
  const auto live = [&](std::uint64_t word) { return live_bits(marks[word].load_relaxed(), done); };

  if (holds_nothing(slab, done)) {
    d.shape.store_relaxed(shape_word(SlabKind::kValues));
    open(slab, use);
    keep({start, start + kSlabBytes}, use);
    return true;
  }
  if (kind != SlabKind::kValues || !old_enough) return false;

  if (!room_of(slab, done).is_worth(found_by)) return false;

  // Runs of zero bits; in each list the slab's first is used first.
  open(slab, use);
  const auto before_short = static_cast<std::ptrdiff_t>(short_runs_.size());
  const auto before_small = static_cast<std::ptrdiff_t>(small_runs_.size());
  const auto before_long = static_cast<std::ptrdiff_t>(long_runs_.size());
  std::uint32_t run_start = 0;
  bool in_run = false;
  const auto close = [&](std::uint32_t end) {
    if (in_run) keep({start + run_start * kGranule, start + end * kGranule}, use);
    in_run = false;
  };
  for (std::uint32_t w = 0; w < kSlabMarkWords; ++w) {
    const std::uint32_t bits = live(w);
    for (unsigned bit = 0; bit < kMarkedPerWord;) {
      const std::uint32_t rest = bits >> bit;
      const auto granule = static_cast<std::uint32_t>(w * kMarkedPerWord + bit);
      if ((rest & 1) != 0) {
        close(granule);
        bit += static_cast<unsigned>(std::countr_one(rest));
      } else {
        if (!in_run) run_start = granule;
        in_run = true;
        bit += rest == 0 ? unsigned{kMarkedPerWord} - bit
                         : static_cast<unsigned>(std::countr_zero(rest));
      }
    }
  }
  close(static_cast<std::uint32_t>(kSlabBytes / kGranule));
  std::reverse(short_runs_.begin() + before_short, short_runs_.end());
  std::reverse(long_runs_.begin() + before_long, long_runs_.end());
  std::reverse(small_runs_.begin() + before_small, small_runs_.end());
  return true;
}

// Does a slab of kind kLargeRest belong to its head? If not, it was left over by a worker that died
// while it freed the object.
bool SlabAllocator::belongs_to_large(std::uint32_t slab) const {
  const std::uint32_t distance =
      map_.descriptor(slab).run_length.load_relaxed();  // a hint until claimed
  if (distance > slab) return false;
  const SlabDescriptor& head = map_.descriptor(slab - distance);
  // edge: slab-owner
  const bool is_large =
      (void(head.state.load_acquire()), shape_kind(head.shape.load_relaxed()) == SlabKind::kLarge);
  return is_large && head.run_length.load_relaxed() > distance;  // behind its state, as its shape
}

// Is a slab we just claimed free as a whole? A large object's slabs are, when it is dead: then its
// rest is freed.
bool SlabAllocator::holds_nothing(std::uint32_t slab, std::uint32_t done) {
  const SlabDescriptor& d = map_.descriptor(slab);
  const bool old_enough =
      unpack_slab(d.state.load_relaxed()).tag < done;  // ours: the claim ordered it
  switch (shape_kind(d.shape.load_relaxed())) {        // the same
    case SlabKind::kFree:
      return true;
    case SlabKind::kLarge:
      // edge: gc-finish (marks are read behind done_cycle)
      if (!old_enough || (live_bits(map_.marks(slab)->load_relaxed(), done) & 1) != 0) return false;
      free_large(slab);
      return true;
    case SlabKind::kLargeRest:
      return old_enough && !belongs_to_large(slab);
    default:
      return false;
  }
}

// Frees the tail of a dead large object, from its end: a death leaves a shorter run and slabs that
// reuse() recognises.
void SlabAllocator::free_large(std::uint32_t slab) {
  SlabDescriptor& head = map_.descriptor(slab);
  for (std::uint32_t i = head.run_length.load_relaxed(); i-- > 1;) {
    SlabDescriptor& rest = map_.descriptor(slab + i);
    // edge: slab-owner
    const std::uint64_t seen = rest.state.load_acquire();
    if (unpack_slab(seen).owner != 0 || !claim_slab(map_, worker_, slab + i, seen)) continue;
    head.run_length.store_relaxed(i);
    rest.shape.store_relaxed(shape_word(SlabKind::kFree));
    release_slab(map_, slab + i, kFreeTag);
  }
  head.run_length.store_relaxed(1);
}

std::byte* SlabAllocator::large(std::uint64_t size) {
  const auto count = static_cast<std::uint32_t>(round_up(size, kSlabBytes) / kSlabBytes);
  Status admitted = worker_.domain().admit_slabs(count);
  if (!admitted.ok()) return fallback(size, std::move(admitted));
  std::uint32_t first = claim_empty_run(count);
  if (first == 0) {
    auto fresh = claim_fresh_run(count);
    if (!fresh.ok()) return fallback(size, fresh.status());
    first = *fresh;
  }
  for (std::uint32_t i = count; i-- > 0;) {
    SlabDescriptor& d =
        map_.descriptor(first + i);  // ours; the release carries its words, the head's last
    d.run_length.store_relaxed(i == 0 ? count : i);
    d.shape.store_relaxed(shape_word(i == 0 ? SlabKind::kLarge : SlabKind::kLargeRest));
    filled_.push_back(first + i);
  }
  worker_.note_filled();
  worker_.domain().state().allocated_bytes.add_relaxed(std::uint64_t{count} * kSlabBytes);
  return worker_.domain().base() + std::uint64_t{first} * kSlabBytes;
}

StatusOr<std::uint32_t> SlabAllocator::claim_fresh_run(std::uint32_t count) {
  return claim_fresh_slabs(worker_.domain(), map_, count,
                           pack({worker_.owner(), worker_.owner_generation(), 0}));
}

// `count` neighbouring slabs that hold nothing any more, ours; 0: there are none further on. Next
// fit: a look at each slab a cycle, and one more for each length that was not found and is shorter
// than those before, so that large objects cost no scan each. Claims upwards, gives back downwards.
std::uint32_t SlabAllocator::claim_empty_run(std::uint32_t count) {
  DomainState& state = worker_.domain().state();
  const std::uint32_t done = done_cycle(worker_.domain());
  const auto cycle_of = [](std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); };
  const auto rest_of = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
  // Both words only save work; claims are what counts.
  std::uint64_t seen = state.sweep_large.load_relaxed();
  const std::uint64_t none = state.sweep_none.load_relaxed();
  if (cycle_of(seen) > done || (cycle_of(none) == done && rest_of(none) <= count)) return 0;
  std::uint32_t slab = cycle_of(seen) == done ? rest_of(seen) : map_.lead();
  // edge: committed
  const std::uint32_t limit = std::min(static_cast<std::uint32_t>(state.next_slab.load_acquire()),
                                       committed_slabs(worker_.domain()));
  std::uint32_t run = 0;  // of claimed slabs, right before `slab`
  while (slab < limit && run < count) {
    if (!map_.is_lead(slab) && claim_empty(slab, done)) {
      ++run;
      ++slab;
    } else {
      for (; run > 0; --run) release_slab(map_, slab - run, kFreeTag);
      slab = behind_lead(map_, slab + 1);
    }
  }
  if (run == count) {
    state.sweep_large.cas_relaxed(seen, std::uint64_t{done} << 32 | slab);  // or another got on
    return slab - count;
  }
  for (; run > 0; --run) release_slab(map_, slab - run, kFreeTag);
  state.sweep_none.store_relaxed(std::uint64_t{done} << 32 | count);
  return 0;
}

bool SlabAllocator::all_dead(std::uint32_t slab, std::uint32_t done) const {
  const SharedWord* marks = map_.marks(slab);
  // edge: gc-finish (marks are read behind done_cycle)
  return std::all_of(marks, marks + kSlabMarkWords, [done](const SharedWord& word) {
    return live_bits(word.load_relaxed(), done) == 0;
  });
}

// As `looks_empty`; holes too.
bool SlabAllocator::may_hold_nothing(std::uint32_t slab, std::uint64_t seen,
                                     std::uint32_t done) const {
  if (seen == kNeverOwned || unpack_slab(seen).owner != 0) return false;
  const SlabKind kind =
      shape_kind(map_.descriptor(slab).shape.load_relaxed());  // looked at again once claimed
  if (kind == SlabKind::kFree || kind == SlabKind::kHole) return true;
  if (unpack_slab(seen).tag >= done) return false;
  // edge: gc-finish (marks are read behind done_cycle)
  const auto dead = [&] { return live_bits(map_.marks(slab)->load_relaxed(), done) == 0; };
  return (kind == SlabKind::kLargeRest && !belongs_to_large(slab)) ||
         (kind == SlabKind::kLarge && dead()) ||
         (kind == SlabKind::kValues && all_dead(slab, done));
}

bool SlabAllocator::looks_empty(std::uint32_t slab) const {
  if (map_.is_lead(slab)) return false;
  const SlabDescriptor& d = map_.descriptor(slab);
  const std::uint32_t done = done_cycle(worker_.domain());
  // edge: slab-owner
  if (!may_hold_nothing(slab, d.state.load_acquire(), done)) return false;
  return shape_kind(d.shape.load_relaxed()) != SlabKind::kHole;  // a look, no more
}

// Claims a slab if it holds nothing, and makes it a free one. Looks before it claims, so as to
// disturb nobody.
bool SlabAllocator::claim_empty(std::uint32_t slab, std::uint32_t done) {
  SlabDescriptor& d = map_.descriptor(slab);
  // edge: slab-owner
  const std::uint64_t seen = d.state.load_acquire();
  if (!may_hold_nothing(slab, seen, done) || !claim_slab(map_, worker_, slab, seen)) return false;
  const std::uint32_t now = done_cycle(worker_.domain());
  const SlabKind kind = shape_kind(d.shape.load_relaxed());  // ours: the claim ordered it
  const bool is_empty = kind == SlabKind::kHole ? map_.fill_hole(slab).ok()
                        : kind == SlabKind::kValues
                            ? unpack_slab(seen).tag < now && all_dead(slab, now)
                            : holds_nothing(slab, now);
  if (is_empty) {
    d.shape.store_relaxed(shape_word(SlabKind::kFree));
    memory_freed(worker_.domain().base() + std::uint64_t{slab} * kSlabBytes, kSlabBytes);
    return true;
  }
  // edge: slab-owner (as it was)
  d.state.store_release(seen);
  return false;
}

void SlabAllocator::free_dead_large(std::uint32_t slab) {
  const SlabDescriptor& d = map_.descriptor(slab);
  if (shape_kind(d.shape.load_relaxed()) != SlabKind::kLarge || !looks_empty(slab))
    return;  // a look
  if (claim_empty(slab, done_cycle(worker_.domain()))) release_slab(map_, slab, kFreeTag);
}

// The protocol's COLLECTOR as owner would be nobody's to adopt: the slab is ours meanwhile, and
// says already what it will be. A death in between leaves a hole that has its blocks still, which
// is as good (docs/decisions/0009).
std::uint32_t SlabAllocator::punch(std::uint32_t from, std::uint32_t to) {
  const std::uint32_t done = done_cycle(worker_.domain());
  std::uint32_t run = 0;  // of claimed slabs, right before `slab`
  std::uint32_t punched = 0;
  const auto finish = [&](std::uint32_t end) {
    if (run == 0) return;
    const std::uint32_t start = end - run;
    const bool gone = worker_.domain().region().punch(start * kSlabBytes, run * kSlabBytes);
    if (gone) punched += run;
    for (; run > 0; --run) {
      SlabDescriptor& d = map_.descriptor(end - run);
      if (!gone) d.shape.store_relaxed(shape_word(SlabKind::kFree));  // ours
      release_slab(map_, end - run, kFreeTag);
    }
  };
  for (std::uint32_t slab = from; slab < to; ++slab) {
    if (looks_empty(slab) && claim_empty(slab, done)) {
      map_.descriptor(slab).shape.store_relaxed(shape_word(SlabKind::kHole));  // ours
      ++run;
    } else {
      finish(slab);
    }
  }
  finish(to);
  worker_.domain().state().holes.add_relaxed(punched);  // a hint
  return punched;
}

std::byte* SlabAllocator::fallback(std::uint64_t size, Status why) {
  status_ = std::move(why);
  worker_.note_no_space();
  if (status_.code() == StatusCode::kResourceExhausted) want_collection(worker_.domain());
  return worker_.nursery().allocate(size);
}

void SlabAllocator::release_filled(std::uint32_t cycle) {
  for (const std::uint32_t slab : filled_) release_slab(map_, slab, cycle);
  filled_.clear();
}

void SlabAllocator::release_all() {
  retire_all(open_);
  retire_all(open_small_);
  short_runs_.clear();
  long_runs_.clear();
  small_runs_.clear();
  next_ = end_ = small_next_ = small_end_ = nullptr;
  // edge: gc-start (the tag must be the running cycle's or a later one)
  release_filled(gc_cycle(worker_.domain().state().gc.load_seq()));
}

// ---- cells --------------------------------------------------------------------------------------

CellAllocator::CellAllocator(Worker& worker) : worker_(worker), map_(worker.domain()) {}
CellAllocator::~CellAllocator() { release_all(); }

void CellAllocator::give_back(unsigned size_class, std::byte* cell) {
  Class& c = classes_[size_class];
  const auto slab = static_cast<std::uint32_t>(
      static_cast<std::uint64_t>(cell - worker_.domain().base()) / kSlabBytes);
  if (slab != c.open) return;
  std::byte* end = cell + kCellBytes[size_class];
  if (end == c.free.next) {
    c.free.next = cell;
  } else {
    c.more.push_back({cell, end});
  }
}

// Every commit needs a cell, and a worker begins with none: so a read-only domain refuses them here,
// and no commit pays for it.
bool CellAllocator::refill(unsigned size_class) {
  if (Status admitted = worker_.domain().admit_slabs(1); !admitted.ok()) {
    status_ = std::move(admitted);
    return false;
  }
  Class& c = classes_[size_class];
  if (c.more.empty()) {
    if (c.open != 0) retire(c);
    if (!open_swept(size_class) && !open_fresh(size_class)) return false;
  }
  c.free = c.more.back();
  c.more.pop_back();
  return true;
}

// Its slab goes back with the pin.
void CellAllocator::retire(Class& c) {
  filled_.push_back(std::exchange(c.open, 0));
  worker_.note_filled();
}

bool CellAllocator::open_swept(unsigned size_class) {
  Domain& domain = worker_.domain();
  const std::uint32_t done = done_cycle(domain);
  while (const std::uint32_t slab = next_to_sweep(domain, map_, domain.state().sweep_cells, done)) {
    SlabDescriptor& d = map_.descriptor(slab);
    // edge: slab-owner
    const std::uint64_t seen = d.state.load_acquire();
    const SlabState state = unpack_slab(seen);
    const std::uint32_t looked_at = d.shape.load_relaxed();  // looked at again once claimed
    const bool mine = shape_kind(looked_at) == SlabKind::kCells && state.tag < done;
    if (state.owner != 0 || (!mine && shape_kind(looked_at) != SlabKind::kFree)) continue;
    if (!claim_slab(map_, worker_, slab, seen)) continue;
    const std::uint32_t shape = d.shape.load_relaxed();
    if (shape_kind(shape) == SlabKind::kFree) {
      d.shape.store_relaxed(shape_word(SlabKind::kCells, kCellBytes[size_class]));
      fill_with_all(classes_[size_class], size_class, slab);
      return true;
    }
    const auto* stride =
        std::find(std::begin(kCellBytes), std::end(kCellBytes), shape_stride(shape));
    if (shape_kind(shape) == SlabKind::kCells && stride != std::end(kCellBytes)) {
      Class& c = classes_[stride - std::begin(kCellBytes)];
      if (c.open == 0) collect_free(c, slab, done_cycle(domain));
      if (c.open == slab) {
        if (&c == &classes_[size_class]) return true;
        continue;
      }
    }
    // edge: slab-owner (as it was)
    d.state.store_release(seen);
  }
  return false;
}

// Lists the cells of a claimed slab that two finished cycles found unmarked; the others unmarked
// now begin to wait.
void CellAllocator::collect_free(Class& c, std::uint32_t slab, std::uint32_t done) {
  SlabDescriptor& d = map_.descriptor(slab);
  const std::uint32_t tag = unpack_slab(d.state.load_relaxed()).tag;  // ours: the claim ordered it
  if (tag >= done) return;
  const std::uint32_t before_done = finished_before(worker_.domain(), done);
  const std::uint16_t stride = shape_stride(d.shape.load_relaxed());
  const std::uint64_t start = std::uint64_t{slab} * kSlabBytes;
  std::uint64_t freed = 0;
  for (std::uint64_t at = 0; at + stride <= kSlabBytes; at += stride) {
    std::byte* cell = worker_.domain().base() + start + at;
    // edge: gc-finish (marks are read behind done_cycle)
    const std::uint64_t marks = map_.mark_word(start + at).load_relaxed();
    const auto marked_in = static_cast<std::uint32_t>(marks >> 32);
    if (marked_in > done) continue;  // a running cycle's: says nothing yet
    const bool bit = (marks >> SlabMap::mark_bit(start + at) & 1) != 0;
    SharedHalf& quarantine = reinterpret_cast<VersionNode*>(cell)->quarantine;
    if (bit && marked_in == done) {
      quarantine.store_relaxed(0);
      continue;
    }
    // The word tells two cycles at once when the later one marked nothing in it.
    const bool unmarked_twice =
        tag < before_done && (marked_in < before_done || (marked_in == before_done && !bit));
    const std::uint32_t since = unmarked_twice ? 0 : quarantine.load_relaxed();
    if (unmarked_twice || (since != 0 && since < done)) {
      memory_freed(cell, stride);
      if (!c.more.empty() && c.more.back().end == cell) {
        c.more.back().end += stride;
      } else {
        c.more.push_back({cell, cell + stride});
      }
      freed += stride;
    } else {
      quarantine.store_relaxed(done);
    }
  }
  if (freed == 0) return;
  std::reverse(c.more.begin(), c.more.end());
  worker_.domain().state().allocated_bytes.add_relaxed(freed);  // a count for pacing
  c.open = slab;
}

bool CellAllocator::open_fresh(unsigned size_class) {
  auto slab = claim_unused_slab(worker_, map_);
  if (!slab.ok()) {
    status_ = slab.status();
    worker_.note_no_space();
    if (status_.code() == StatusCode::kResourceExhausted) want_collection(worker_.domain());
    return false;
  }
  // Ours; the release carries it.
  map_.descriptor(*slab).shape.store_relaxed(shape_word(SlabKind::kCells, kCellBytes[size_class]));
  fill_with_all(classes_[size_class], size_class, *slab);
  return true;
}

void CellAllocator::fill_with_all(Class& c, unsigned size_class, std::uint32_t slab) {
  const std::uint64_t stride = kCellBytes[size_class];
  std::byte* start = worker_.domain().base() + std::uint64_t{slab} * kSlabBytes;
  memory_freed(start, kSlabBytes);
  c.more.push_back({start, start + kSlabBytes / stride * stride});
  c.open = slab;
  worker_.domain().state().allocated_bytes.add_relaxed(kSlabBytes);
}

void CellAllocator::release_filled(std::uint32_t cycle) {
  for (const std::uint32_t slab : filled_) release_slab(map_, slab, cycle);
  filled_.clear();
}

void CellAllocator::release_all() {
  for (Class& c : classes_) {
    if (c.open != 0) retire(c);
    c.free = {};
    c.more.clear();
  }
  // edge: gc-start
  release_filled(gc_cycle(worker_.domain().state().gc.load_seq()));
}

}  // namespace yin::substrate
