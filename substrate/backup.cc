#include "substrate/backup.h"

#include <array>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/checkpoint.h"
#include "substrate/clock.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/internal/trace.h"
#include "substrate/ready.h"
#include "substrate/slab.h"
#include "substrate/table.h"

namespace yin::substrate {

namespace {

// Where objects went: a number for each granule of the slabs that were met.
class Forwarding {
 public:
  std::uint64_t& operator[](std::uint64_t at) {
    const std::uint64_t slab = at / kSlabBytes;
    if (slab >= slabs_.size()) slabs_.resize(slab + 1);
    if (!slabs_[slab]) slabs_[slab] = std::make_unique<Granules>();
    return (*slabs_[slab])[at % kSlabBytes / kGranule];
  }

 private:
  using Granules = std::array<std::uint64_t, kSlabBytes / kGranule>;
  std::vector<std::unique_ptr<Granules>> slabs_;
};

class Backup {
 public:
  Backup(Worker& from, Worker& to) : from_(from), to_(to) {}

  StatusOr<BackupReport> run() {
    Domain& source = from_.domain();
    Domain& target = to_.domain();
    // A snapshot keeps what it shows, so that what was copied stays where it was to the end.
    auto snapshot = take_snapshot();
    if (!snapshot.ok()) return snapshot.status();
    report_.clock = snapshot->clock();
    Status named = copy_names(Pin(from_), target);
    if (!named.ok()) return named;
    // edge: slot-made
    const std::uint32_t slots = source.state().next_slot.load_acquire();
    for (std::uint32_t slot = 0; slot < slots;) {
      Status copied = copy_slot(SlotIndex{slot});
      if (copied.code() == StatusCode::kUnavailable) continue;  // stopped in between: again
      if (!copied.ok()) return copied;
      ++slot;
    }
    const DomainState& had = source.state();
    DomainState& state = target.state();
    state.clock.store_relaxed(report_.clock + 2);  // nobody else is here
    state.output.store_relaxed(had.output.load_relaxed());
    state.output_cursor.store_relaxed(had.output_cursor.load_relaxed());
    state.main_agent.store_relaxed(had.main_agent.load_relaxed());
    state.durability.store_relaxed(had.durability.load_relaxed());
    const Pin pin(to_);
    for (const Retention& r : retentions(source)) {
      Status kept = retain(pin, {RootKind::kAtom, r.slot, 1}, r.count);
      if (!kept.ok()) return kept;
    }
    return report_;
  }

 private:
  StatusOr<Snapshot> take_snapshot() {
    for (;;) {
      auto snapshot = Snapshot::take(Pin(from_));
      if (snapshot.ok() || snapshot.status().code() != StatusCode::kUnavailable) return snapshot;
    }
  }

  Status copy_slot(SlotIndex slot) {
    const Pin source(from_);
    const Pin target(to_);
    SlotAt content;
    if (!read_slot_at(source, slot, report_.clock, content))
      return unavailable("the pin expired while this process was stopped");
    Status room = ensure_slot(to_.domain(), slot);
    if (!room.ok()) return room;
    to_.domain().state().next_slot.store_relaxed(raw(slot) + 1);  // nobody else is here
    if (content.generation == 0) return {};
    if (content.value != kTombstone) content.value = copy(source, target, content.value);
    if (!to_.has_space() || !restore_slot(target, slot, content, report_.clock))
      return to_.space_status();
    set_dirty(to_.domain(), slot);
    set_ready(to_.domain(), slot);  // a hint: whether it is an agent's is seen then
    report_.slots += content.value == kTombstone ? 0 : 1;
    return {};
  }

  // Without recursion: what was copied waits for its words to be followed.
  Word copy(const Pin& source, const Pin& target, Word value) {
    Edit edit = Edit::in_slab(target);
    value = move(source, edit, value);
    while (!pending_.empty()) {
      ObjectHeader* object = pending_.back();
      pending_.pop_back();
      for (Word& w : traced_words(object)) w = move(source, edit, w);
    }
    return value;
  }

  Word move(const Pin& source, Edit& edit, Word w) {
    if (!is_reference(w)) return w;
    std::uint64_t& to = moved_[raw(object_offset(w))];
    if (to == 0) {
      const ObjectHeader* object = header_of(source, w);
      const std::uint64_t bytes = object_bytes(*object);
      auto* made = edit.allocate<ObjectHeader>(bytes);
      std::memcpy(static_cast<void*>(made), object, static_cast<std::size_t>(bytes));
      to = raw(edit.pin().offset_of(made));
      if (!refers_to_leaf(w)) pending_.push_back(made);
      ++report_.objects;
      report_.bytes += bytes;
    }
    return {(w.bits & ~kOffsetMask) | to};
  }

  Worker& from_;
  Worker& to_;
  BackupReport report_;
  Forwarding moved_;
  std::vector<ObjectHeader*> pending_;
};

// A whole copy that has no name yet.
struct Unnamed {
  std::unique_ptr<Domain> domain;
  BackupReport report;
};

StatusOr<Unnamed> copy_of(Worker& from, const std::string& path) {
  const DomainIdentity& id = from.domain().identity();
  auto made = Domain::open({.path = path,
                            .mode = OpenMode::kCreate,
                            .capacity_bytes = id.capacity_bytes,
                            .hash_seed = id.hash_seed});
  if (!made.ok()) return made.status();
  Unnamed unnamed{*std::move(made), {}};
  auto to = Worker::join(*unnamed.domain);
  if (!to.ok()) return to.status();
  auto copied = Backup(from, **to).run();
  if (!copied.ok()) return copied.status();
  unnamed.report = *copied;
  if (!unnamed.domain->region().is_on_disk()) return unnamed;
  auto durable = checkpoint(**to);
  return durable.ok() ? StatusOr<Unnamed>(std::move(unnamed)) : durable.status();
}

}  // namespace

StatusOr<BackupReport> backup(Worker& from, const std::string& path) {
  if (path.empty()) return invalid_argument("a backup needs the name of a file");
  auto made = copy_of(from, path);
  if (!made.ok()) return made.status();
  Status named = made->domain->publish();
  if (named.ok() && made->domain->region().is_on_disk()) named = made->domain->region().sync();
  if (!named.ok()) return named;
  return made->report;
}

StatusOr<BackupReport> compact(const std::string& path) {
  auto opened = Domain::open({.path = path, .mode = OpenMode::kJoin});
  if (!opened.ok()) return opened.status();
  Domain& domain = **opened;
  // Until the new file has the name: who opens the old one meanwhile is told to try again.
  if (!domain.region().use_alone(kLockWriters, true))
    return unavailable("compact domain " + path + ": others have it open; stop them first");
  const std::string beside = path + ".compact";  // where a killed one may have left its copy
  if (Status stale = Domain::unlink(beside); !stale.ok() && stale.code() != StatusCode::kNotFound)
    return stale;
  auto worker = Worker::join(domain);
  if (!worker.ok()) return worker.status();
  auto made = copy_of(**worker, beside);
  if (!made.ok()) return made.status();
  Status named = made->domain->publish();
  if (named.ok()) named = Region::rename(beside, path);
  if (named.ok() && made->domain->region().is_on_disk()) named = made->domain->region().sync();
  if (!named.ok()) return named;
  return made->report;
}

}  // namespace yin::substrate
