#include "substrate/domain.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "substrate/check.h"
#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/clock.h"
#include "substrate/commit.h"
#include "substrate/cpu.h"
#include "substrate/park.h"
#include "substrate/process.h"
#include "substrate/recover.h"
#include "substrate/redo_log.h"
#include "substrate/root.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/value.h"
#include "substrate/worker.h"

namespace yin::substrate {

struct Domain::Zones {
  std::mutex mutex;
  std::vector<std::byte*> free;
  bool collecting = false;
};

namespace {

constexpr std::uint32_t kOpenPollMs = 2;
// How long who writes waits for who only looks: longer than `yin stat` takes, too short to look stuck.
constexpr std::uint64_t kOpenWaitNs = 2'000'000'000;

std::uint64_t identity_checksum(const DomainIdentity& id) {
  return XXH3_64bits(&id, offsetof(DomainIdentity, checksum));
}

// What a file that is no whole domain of this format is told. Ok: it is one.
Status check_identity(const std::string& path, const DomainIdentity& id, std::size_t bytes_read) {
  const std::string what = "open domain " + path + ": ";
  if (bytes_read < sizeof(DomainIdentity)) {
    return data_loss(what + "the file has " + std::to_string(bytes_read) +
                     " bytes of header where a domain has 4096; it is truncated, or no domain");
  }
  if (id.magic != kMagic)
    return data_loss(what + "this is not a Yin domain (its first bytes are others)");
  if (id.checksum != identity_checksum(id)) {
    return data_loss(
        what +
        "the header page is damaged (its checksum is wrong); restore the file from a backup");
  }
  if (id.format_version != kFormatVersion) {
    return unimplemented(what + "format " + std::to_string(id.format_version) +
                         ", this build reads " + std::to_string(kFormatVersion) +
                         "; use the yin that wrote it");
  }
  if (id.endian_mark != kEndianMark || id.slab_bytes != kSlabBytes ||
      id.capacity_bytes < kCapacityMin || id.capacity_bytes > kCapacityMax ||
      id.capacity_bytes % kCapacityUnit != 0) {
    return data_loss(what + "the header describes a layout that this format does not have");
  }
  return {};
}

// The words that everything else is reached through. They grow while we look, the file first, then
// its size word, then what points below it: so the pointers are read first, then the size word,
// then the file's size.
class StateCheck {
 public:
  // Of private memory: `bytes` of it are there.
  explicit StateCheck(const Domain& domain, std::uint64_t bytes = 0)
      : domain_(domain), state_(domain.state()), map_(domain), bytes_(bytes) {}

  Status run() {
    // edge: slot-made
    const std::uint32_t slots = state_.next_slot.load_acquire();
    // edge: slot-made
    const std::uint32_t holds = state_.next_hold.load_acquire();
    // edge: lease
    const std::uint32_t workers = state_.worker_high.load_acquire();
    // edge: committed
    const std::uint64_t slabs = state_.next_slab.load_acquire();
    bool ok = slots > 0 && workers < 0xffff && slabs >= map_.lead() && slabs <= map_.slab_count();
    end_ = slabs * kSlabBytes;
    ok = ok && table(state_.workers, kWorkerTable, kWorkersAt, workers) &&
         table(state_.slots, kSlotTable, kSlotsAt, slots) &&
         table(state_.ready, kReadyTable, kReadyAt, (std::uint64_t{slots} + 63) / 64) &&
         table(state_.dirty, kDirtyTable, kDirtyAt, (std::uint64_t{slots} + 63) / 64) &&
         table(state_.pending, kPendingTable, kPendingAt, (std::uint64_t{slots} + 63) / 64) &&
         table(state_.holds, kHoldTable, kHoldsAt, holds) &&
         table(state_.names, kNameTable, kNamesAt, 0) &&
         chunk(state_.redo_log, redo_log_bytes(domain_.capacity()), false) &&
         state_.name_index[0].load_relaxed() == kNameIndexAt;
    for (std::uint32_t i = 1; ok && i < kNameIndexLevels; ++i) {
      ok = chunk(state_.name_index[i], (std::uint64_t{4} * kNameIndexFirst) << (2 * i), false);
    }
    for (std::uint32_t i = 0; ok && i < kTableChunks; ++i) {  // not one of them must be there
      ok = chunk(state_.timers.chunk[i],
                 table_chunk_entries(kTimerTable, i) * kTimerTable.entry_bytes, false);
    }
    if (!ok) return damaged("its table directory is damaged; restore the file from a backup");

    // edge: committed
    const std::uint64_t committed = state_.committed_bytes.load_acquire();
    if (committed > domain_.capacity() || committed % kSlabBytes != 0 || committed < end_) {
      return damaged("its size word is damaged; restore the file from a backup");
    }
    const std::uint64_t there = domain_.region().is_file() ? domain_.region().file_bytes() : bytes_;
    if (there < committed) {
      return damaged("the file is truncated: " + std::to_string(there) + " of " +
                     std::to_string(committed) + " bytes are there; restore it from a backup");
    }
    return {};
  }

 private:
  [[nodiscard]] Status damaged(const std::string& how) const {
    return data_loss("open domain " + domain_.path() + ": " + how);
  }
  bool chunk(const SharedWord& word, std::uint64_t bytes, bool needed) {
    // edge: table-chunk
    const std::uint64_t at = word.load_acquire();
    if (at == 0) return !needed;
    if (at % kSlabBytes != 0 || at / kSlabBytes < map_.lead() || at > domain_.capacity())
      return false;
    end_ = std::max(end_, at + bytes);
    return true;
  }
  bool table(const TableDirectory& directory, const TableShape& shape, std::uint64_t first,
             std::uint64_t entries) {
    if (directory.chunk[0].load_relaxed() != first)
      return false;  // written once, before the file had its name
    const std::uint32_t needed = entries == 0 ? 0 : table_place(shape, entries - 1).chunk;
    if (needed >= kTableChunks) return false;
    for (std::uint32_t i = 1; i < kTableChunks; ++i) {
      if (!chunk(directory.chunk[i], table_chunk_entries(shape, i) * shape.entry_bytes,
                 i <= needed))
        return false;
    }
    return true;
  }

  const Domain& domain_;
  const DomainState& state_;
  const SlabMap map_;
  const std::uint64_t bytes_;
  std::uint64_t end_ = 0;  // of what the words point to
};

}  // namespace

StatusOr<std::unique_ptr<Domain>> Domain::open(const DomainOptions& options) {
  if (Status cpu = check_cpu(); !cpu.ok()) return cpu;
  // A file that another process makes, or puts in the place of this one, at the same moment may take
  // a second look.
  for (int races_lost = 0;;) {
    const bool copies = !options.bytes.empty();
    auto region = Region::open(copies ? std::string() : options.path, options.mode);
    if (!region.ok()) return region.status();
    std::unique_ptr<Domain> domain(new Domain);
    domain->region_ = *std::move(region);
    domain->path_ = options.path;
    domain->zones_ = std::make_unique<Zones>();
    const bool creating = domain->region_->created();
    Status status = domain->announce_use();
    if (status.ok() && !creating && !domain->region_->has_its_name()) continue;
    if (status.ok()) {
      status = copies     ? domain->take_in(options.bytes)
               : creating ? domain->create(options)
                          : domain->join(options);
    }
    if (status.ok()) return domain;
    const bool lost_race = creating && !copies && status.code() == StatusCode::kAlreadyExists;
    if (!lost_race || options.mode == OpenMode::kCreate || ++races_lost > 4) return status;
  }
}

Domain::~Domain() {
  // (A forked child has no mapping.)
  if (base_ != nullptr && !read_only() && opened_by_ == this_process().pid) close_in_order(*this);
}

Status Domain::unlink(const std::string& path) {
  std::uint64_t magic = 0;
  {
    const auto region = Region::open(path, OpenMode::kReadOnly);
    if (!region.ok()) return region.status();
    if (auto read = (*region)->peek(&magic, sizeof magic); !read.ok()) return read.status();
  }
  if (magic != kMagic)
    return data_loss("unlink domain " + path + ": this is not a Yin domain, it stays");
  return Region::unlink(path);
}

// Many may write a domain at once, and many may look at one at rest; not both. Of two who meet, the
// one who reads leaves at once and the one who writes waits for that: if both left, neither of two
// who come again and again might ever get in.
Status Domain::announce_use() const {
  const bool reads = read_only();
  const std::uint64_t until = monotonic_ns() + kOpenWaitNs;
  for (const SharedHalf never{};; park_on(never, 0, kOpenPollMs)) {
    auto meets = reads ? region_->meets_others(kLockReaders, kLockWriters)
                       : region_->meets_others(kLockWriters, kLockReaders);
    if (!meets.ok()) return meets.status();
    if (!*meets) return {};
    if (reads || monotonic_ns() >= until) break;
  }
  return unavailable("open domain " + path_ +
                     (reads ? " for reading only: it is open for writing by others; join it, or "
                              "make a backup and open that"
                            : ": others use it alone, who read it at rest or write it anew; try "
                              "again when they have closed it"));
}

Status Domain::create(const DomainOptions& options) {
  if (options.capacity_bytes > kCapacityMax) {
    return invalid_argument("create domain " + path_ + ": a capacity of more than 16 TiB");
  }
  capacity_ = round_up(std::max(options.capacity_bytes, kCapacityMin), kCapacityUnit);
  Status mapped = region_->map(capacity_);
  if (!mapped.ok()) return mapped;
  base_ = region_->base();
  Status made = region_->allocate(0, kSlabBytes);
  if (!made.ok()) return made;

  auto& id = *at<DomainIdentity>(offset_of(kIdentityAt));
  id = {};
  id.magic = kMagic;
  id.format_version = kFormatVersion;
  id.endian_mark = kEndianMark;
  id.capacity_bytes = capacity_;
  id.slab_bytes = kSlabBytes;
  random_bytes(&id.hash_seed, sizeof id.hash_seed);
  if (options.hash_seed) id.hash_seed = *options.hash_seed;
  random_bytes(&id.domain_id, sizeof id.domain_id);
  id.created_ns = wall_clock_ns();
  id.checksum = identity_checksum(id);

  const SlabMap map(*this);
  lay_out(map.lead());

  // The registry's first version: an empty map, stamped. Its cell stands alone in a slab that the
  // first sweep takes up.
  auto slab = take_fresh_slabs(*this, 1);
  if (!slab.ok()) return slab.status();
  map.descriptor(*slab).shape.store_relaxed(shape_word(SlabKind::kCells, sizeof(VersionNode)));
  map.descriptor(*slab).state.store_relaxed(pack({0, 0, 1}));
  const std::uint64_t node_at = std::uint64_t{*slab} * kSlabBytes;
  auto& node = *at<VersionNode>(offset_of(node_at));
  node.ts.store_relaxed(kStampFirst);
  node.value = kEmptyMap.bits;
  node.generation = 1;
  root_slot(*this, SlotIndex{kRegistrySlot}).head.store_relaxed(node_at);
  set_dirty(*this, SlotIndex{kRegistrySlot});

  note_file(true);
  opened_by_ = this_process().pid;
  created_ = true;
  if (options.hash_seed) return {};
  if (options.durability == kDurabilityNone) return publish();
  {
    // On the disk before it has a name: a power cut leaves a whole domain, or none.
    auto worker = Worker::join(*this);
    if (!worker.ok()) return worker.status();
    Status durable = set_durability(**worker, options.durability);
    if (!durable.ok()) return durable;
  }
  Status named = publish();
  return named.ok() ? region_->sync() : named;
}

Status Domain::publish() { return region_->publish_name(); }

void Domain::lay_out(std::uint32_t slabs) {
  DomainState& s = state();
  s.clock.store_relaxed(1);  // all of this is published by the file's name, or by note_file()
  s.gc.store_relaxed(gc_word(1, 1));
  s.gc_base[1].cycle.store_relaxed(1);
  s.committed_bytes.store_relaxed(std::uint64_t{slabs} * kSlabBytes);
  s.next_slab.store_relaxed(slabs);
  s.next_slot.store_relaxed(kRegistrySlot + 1);
  s.next_name.store_relaxed(1);
  s.name_bump.store_relaxed(kNameBytesAt);
  s.workers.chunk[0].store_relaxed(kWorkersAt);
  s.slots.chunk[0].store_relaxed(kSlotsAt);
  s.ready.chunk[0].store_relaxed(kReadyAt);
  s.dirty.chunk[0].store_relaxed(kDirtyAt);
  s.pending.chunk[0].store_relaxed(kPendingAt);
  s.holds.chunk[0].store_relaxed(kHoldsAt);
  s.names.chunk[0].store_relaxed(kNamesAt);
  s.name_index[0].store_relaxed(kNameIndexAt);
  s.initialized.store_relaxed(1);
}

Status Domain::join(const DomainOptions& options) {
  DomainIdentity id = {};
  auto read = region_->peek(&id, sizeof id);
  if (!read.ok()) return read.status();
  Status known = check_identity(path_, id, *read);
  if (!known.ok()) return known;
  if (region_->file_bytes() < kSlabBytes) {
    return data_loss("open domain " + path_ + ": the file is truncated within its first slab");
  }
  capacity_ = id.capacity_bytes;
  Status mapped = region_->map(capacity_);
  if (!mapped.ok()) return mapped;
  base_ = region_->base();
  if (read_only()) {
    Status settled = settle(options.from_checkpoint);  // in memory of our own
    if (!settled.ok()) return settled;
    // (What was recovered may reach beyond the file.)
    Status sound = recovered_ ? Status{} : StateCheck(*this).run();
    if (!sound.ok()) return sound;
    retire_leases(*this);  // nobody has it open who could write
    opened_by_ = this_process().pid;
    return {};
  }
  // A copied file may have got holes where zeroes were: stores into them must find blocks.
  Status whole = region_->allocate(0, kSlabBytes);
  if (!whole.ok()) return whole;
  Status settled = settle(options.from_checkpoint);
  if (!settled.ok()) return settled;
  Status sound = StateCheck(*this).run();
  if (!sound.ok()) return sound;
  opened_by_ = this_process().pid;
  const SlabMap map(*this);
  // edge: committed
  const auto slabs =
      static_cast<std::uint32_t>(state().committed_bytes.load_acquire() / kSlabBytes);
  return map.commit_range(map.lead(), slabs);
}

Status Domain::take_in(std::span<const std::byte> bytes) {
  DomainIdentity id = {};
  const std::size_t header = std::min(bytes.size(), sizeof id);
  std::memcpy(static_cast<void*>(&id), bytes.data(), header);
  Status known = check_identity(path_, id, header);
  if (!known.ok()) return known;
  const std::string what = "open domain " + path_ + ": ";
  if (bytes.size() < kSlabBytes || bytes.size() > id.capacity_bytes)
    return data_loss(what + "its size is none that its header allows; it is truncated, or longer");
  Status mapped = region_->map(id.capacity_bytes);
  if (!mapped.ok()) {
    return resource_exhausted(what + "it was made with a capacity of " +
                              std::to_string(id.capacity_bytes >> 20) +
                              " MiB, for which there is no room; make it with a smaller one");
  }
  capacity_ = id.capacity_bytes;
  base_ = region_->base();
  Status made = region_->allocate(0, round_up(bytes.size(), kSlabBytes));
  if (!made.ok()) return made;
  std::memcpy(base_, bytes.data(), bytes.size());
  Status sound = StateCheck(*this, bytes.size()).run();
  if (!sound.ok()) return sound;
  drop_checkpoints(*this);  // what is saved of it must not be taken back to them
  retire_leases(*this);     // of those who wrote it, nobody is here
  foreign_ = true;
  opened_by_ = this_process().pid;
  return {};
}

// What another boot or another file left is taken from its last checkpoint, by one process while the
// others wait.
Status Domain::settle(bool from_checkpoint) {
  if (!region_->is_file() || (is_same_file() && !from_checkpoint)) return {};
  for (const SharedHalf never{};;) {
    auto lock = region_->try_lock(kLockOpen);
    if (!lock.ok()) return lock.status();
    if (lock->held()) {
      if (is_same_file() && !from_checkpoint) return {};
      if (from_checkpoint && !region_->use_alone(kLockWriters, true)) {
        return unavailable("open domain " + path_ + ": others are using it; stop them first");
      }
      const auto record = newest_checkpoint(*this);
      if (!record) {
        return from_checkpoint ? not_found("open domain " + path_ + ": it has no whole checkpoint")
                               : Status{};
      }
      Status recovered = recover_from(*record);
      recovered_ = recovered.ok();
      if (recovered_) note_file(true);  // recovery has verified it
      if (from_checkpoint) (void)region_->use_alone(kLockWriters, false);  // nobody is in the way
      return recovered;
    }
    park_on(never, 0, kOpenPollMs);
  }
}

// What the log has behind the record becomes a record of its own first.
Status Domain::recover_from(CheckpointRecord record) {
  auto logged = replay_redo_log(*this, record);
  if (!logged.ok()) return logged.status();
  if (*logged) {
    record = with_checksum(**logged);
    if (!read_only()) {
      Status synced = region_->sync();
      if (!synced.ok()) return synced;
      store_checkpoint(*this, next_checkpoint_place(*this), record);
      synced = region_->sync();
      if (!synced.ok()) return synced;
    }
  }
  return recover(*this, record);
}

bool Domain::is_same_file() const {
  const DomainState& s = state();
  // edge: known (all that recovery rebuilt)
  const std::uint64_t inode = s.inode.load_acquire();
  // Words of their own: a reader that meets half of them looks again under the lock.
  const FileIdentity known{
      {s.boot_id[0].load_relaxed(), s.boot_id[1].load_relaxed()}, s.device.load_relaxed(), inode};
  return known == region_->identity();
}

bool Domain::known_here() const {
  if (!region_->is_file()) return !foreign_;
  // edge: known (what was verified)
  return state().verified.load_acquire() != 0 && is_same_file();
}

void Domain::accept() {
  foreign_ = false;
  note_file(true);
}

void Domain::note_file(bool verified) {
  if (!region_->is_file()) return;
  const FileIdentity here = region_->identity();
  DomainState& s = state();
  // edge: known
  s.verified.store_release(verified ? 1 : 0);
  for (int i = 0; i < 2; ++i) s.boot_id[i].store_relaxed(here.boot_id[i]);
  s.device.store_relaxed(here.device);
  // edge: known (all that recovery rebuilt)
  s.inode.store_release(here.inode);
}

std::byte* Domain::take_private_zone() {
  const std::lock_guard lock(zones_->mutex);
  if (zones_->free.empty()) {
    if (zones_taken_ == Region::zone_count()) return nullptr;
    return base_ + capacity_ + Region::zone_bytes() * zones_taken_++;
  }
  std::byte* zone = zones_->free.back();
  zones_->free.pop_back();
  return zone;
}

Status Domain::admit_slabs(std::uint64_t slabs) {
  // (Until it is open, recovery builds it in memory of our own.)
  if (read_only() && opened_by_ != 0)
    return permission_denied("change domain " + path_ + ": it was opened for reading only");
  std::uint64_t left = ration_;
  while (left != kNoRation) {
    if (left < slabs) {
      return resource_exhausted("domain " + path_ + ": this process has used up its ration; let " +
                                "go of what it holds, or ask for a larger one");
    }
    if (ration_.compare_exchange_weak(left, left - slabs)) break;
  }
  return {};
}

bool Domain::take_collector_turn() {
  const std::lock_guard lock(zones_->mutex);
  return !std::exchange(zones_->collecting, true);
}

void Domain::give_collector_turn() {
  const std::lock_guard lock(zones_->mutex);
  zones_->collecting = false;
}

void Domain::give_private_zone(std::byte* zone) {
  Region::discard(zone, Region::zone_bytes());
  const std::lock_guard lock(zones_->mutex);
  zones_->free.push_back(zone);
}

}  // namespace yin::substrate
