#include "tests/explore/monitor.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "substrate/format.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "tests/explore/world.h"

namespace yin::explore {

using namespace substrate;

namespace {

// What a freed word holds: no value, no offset, no stamp.
constexpr std::uint64_t kFreed = 0xdeadbeefdeadbef0;

// The domain's layout, of the explored capacity.
constexpr std::uint64_t kSlabs = World::kCapacity / kSlabBytes;
constexpr std::uint64_t kMarkSlabs = kSlabs / 64;
constexpr std::uint64_t kLead = 1 + kMarkSlabs + (kSlabs + 4095) / 4096;
static_assert(kSlabs <= kGroupSlabsMax, "one group");

template <class T>
T raw_at(std::uint64_t offset) {
  T value;
  std::memcpy(&value, World::get().at(offset), sizeof value);
  return value;
}
std::uint64_t word_at(std::uint64_t offset) { return raw_at<std::uint64_t>(offset); }

std::uint64_t descriptor_at(std::uint64_t slab) {
  return (1 + kMarkSlabs) * kSlabBytes + slab * sizeof(SlabDescriptor);
}
std::uint32_t shape_at(std::uint64_t slab) {
  return raw_at<std::uint32_t>(descriptor_at(slab) + offsetof(SlabDescriptor, shape));
}
bool is_descriptor(std::uint64_t offset) {
  return offset >= descriptor_at(0) && offset < descriptor_at(kSlabs);
}
bool is_mark(std::uint64_t offset) {
  return offset >= kSlabBytes && offset < (1 + kMarkSlabs) * kSlabBytes;
}

// A table entry's number and the place in it; false: the offset is in no chunk of the table.
bool in_table(std::uint64_t directory, const TableShape& shape, std::uint64_t offset,
              std::uint64_t& entry, std::uint64_t& place) {
  std::uint64_t first = 0;
  for (std::uint32_t i = 0; i < kTableChunks; ++i) {
    const std::uint64_t entries = table_chunk_entries(shape, i);
    const std::uint64_t chunk = word_at(kStateAt + directory + i * 8);
    if (chunk != 0 && offset >= chunk && offset < chunk + entries * shape.entry_bytes) {
      entry = first + (offset - chunk) / shape.entry_bytes;
      place = (offset - chunk) % shape.entry_bytes;
      return true;
    }
    first += entries;
    if (chunk == 0) return false;
  }
  return false;
}
std::uint64_t entry_at(std::uint64_t directory, const TableShape& shape, std::uint64_t entry) {
  const TablePlace place = table_place(shape, entry);
  const std::uint64_t chunk = word_at(kStateAt + directory + place.chunk * 8);
  return chunk + place.index * shape.entry_bytes;
}
std::uint64_t slot_at(std::uint64_t slot) {
  return entry_at(offsetof(DomainState, slots), kSlotTable, slot);
}
std::uint64_t worker_at(std::uint64_t worker) {
  return entry_at(offsetof(DomainState, workers), kWorkerTable, worker);
}
// Will a checkpoint look at the slot?
bool is_dirty(std::uint64_t slot) {
  const std::uint64_t bits =
      word_at(entry_at(offsetof(DomainState, dirty), kDirtyTable, slot / 64)) |
      word_at(entry_at(offsetof(DomainState, pending), kPendingTable, slot / 64));
  return (bits >> slot % 64 & 1) != 0;
}

// A cell: a version node, or a commit record.
struct Cell {
  std::uint64_t at;
  std::uint64_t place;
  bool is_node;
};
bool in_cell(std::uint64_t offset, Cell& cell) {
  const std::uint64_t slab = offset / kSlabBytes;
  if (slab < kLead || shape_kind(shape_at(slab)) != SlabKind::kCells) return false;
  const std::uint16_t stride = shape_stride(shape_at(slab));
  if (stride == 0) return false;
  cell.place = offset % kSlabBytes % stride;
  cell.at = offset - cell.place;
  cell.is_node = stride == sizeof(VersionNode);
  return true;
}

// Of each installed node: the clock at its install, plus one.
std::vector<std::uint32_t> installed_at(World::kCapacity / kGranule);
std::vector<std::uint32_t> installed_in(World::kCapacity / kGranule);  // which slot
std::vector<std::uint64_t> installed;

const char* judge_head(std::uint64_t slot, std::uint64_t before, std::uint64_t after) {
  if (after == 0 || after % kGranule != 0 || after >= World::kCapacity) return "a head is no node";
  if (installed_at[after / kGranule] != 0) return "a head came back";
  if (word_at(after + offsetof(VersionNode, prev)) != before)
    return "a node was installed over another head than it names";
  if (before != 0 && word_at(before) == kStampPending)
    return "a node was installed over an undecided one";
  const std::uint64_t record = word_at(after + offsetof(VersionNode, record));
  // By a late helper: an aborted node on top has no effect, a committed record's head has moved.
  if (record != 0 && word_at(record) >= kStampFirst)
    return "a node was installed for a record that is committed already";
  installed_at[after / kGranule] =
      static_cast<std::uint32_t>(word_at(kStateAt + offsetof(DomainState, clock))) + 1;
  installed_in[after / kGranule] = static_cast<std::uint32_t>(slot);
  const OutsideArena outside;  // our own account
  installed.push_back(after);
  return nullptr;
}

const char* judge_stamp_value(std::uint64_t stamp, std::uint64_t node) {
  if (stamp == kStampAborted) return nullptr;
  const std::uint64_t installed_clock = installed_at[node / kGranule];
  if (!is_dirty(installed_in[node / kGranule])) return "a slot was stamped before its dirty bit";
  const std::uint64_t now = word_at(kStateAt + offsetof(DomainState, clock));
  if (stamp < kStampFirst || stamp - kStampFirst > now) return "a stamp of the future";
  if (stamp - kStampFirst + 1 < installed_clock)
    return "the clock was read before the install was seen";
  return nullptr;
}

const char* judge_decision(std::uint64_t record, std::uint64_t decision) {
  if (decision == kStampAborted) return nullptr;
  const auto count = raw_at<std::uint32_t>(record + offsetof(CommitRecord, entry_count));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto entry = raw_at<CommitEntry>(record + sizeof(CommitRecord) + i * sizeof(CommitEntry));
    const std::uint64_t head = word_at(slot_at(entry.slot));
    if (head == 0 || word_at(head) != kStampPending ||
        word_at(head + offsetof(VersionNode, record)) != record) {
      return "a record was committed while one of its nodes did not stand";
    }
    if (const char* wrong = judge_stamp_value(decision, head)) return wrong;
  }
  return nullptr;
}

const char* judge_cell(const Access& access, const Cell& cell, std::uint64_t after) {
  if (cell.is_node && installed_at[cell.at / kGranule] == 0) return nullptr;  // its owner's alone
  if (access.kind == AccessKind::kStore && access.bytes == 8) {
    if (cell.is_node) return "a field of an installed node was stored to";
    const bool fresh = access.before == kStampPending || access.before == kFreed;
    return fresh || cell.place != 0 ? nullptr : "decided twice";  // a builder's is fresh
  }
  if (cell.place != 0) return nullptr;
  if (access.before != kStampPending) return "decided twice";
  if (!cell.is_node) return judge_decision(cell.at, after);
  const std::uint64_t record = word_at(cell.at + offsetof(VersionNode, record));
  if (record == 0) return judge_stamp_value(after, cell.at);
  return word_at(record) == after ? nullptr : "a node's stamp is not its record's decision";
}

// The process that is worker `index`, -1: nobody yet.
int process_of_worker(std::uint64_t index) {
  const std::uint64_t pid = word_at(worker_at(index) + offsetof(WorkerSlot, process));
  return static_cast<int>(pid) - 100;
}
// Is the worker alive and somebody else's? Process 0 stands in for any of them before a run.
bool others(std::uint64_t worker, int process) {
  if (process == 0) return false;
  const int owner = process_of_worker(worker);
  return owner >= 0 && owner != process && World::get().alive(owner);
}

const char* judge_slab(std::uint64_t before, std::uint64_t after, int process) {
  const SlabState was = unpack_slab(before);
  const SlabState is = unpack_slab(after);
  constexpr std::uint16_t kTables = 0xffff;
  if (was.owner == kTables) return "a table's slab was given away";
  if (was.owner != 0 && others(was.owner - 1u, process))
    return "a slab was changed that a living worker owns";
  if (is.owner != 0 && is.owner != kTables && others(is.owner - 1u, process))
    return "a slab was claimed for somebody else";
  return nullptr;
}

// The two cells with times of cycles: that of the last finished one is always known (amendment A4).
bool knows_time_of(std::uint64_t cycle) {
  constexpr std::uint64_t kCells = kStateAt + offsetof(DomainState, gc_base);
  return word_at(kCells) == cycle || word_at(kCells + sizeof(CycleTime)) == cycle;
}
// One that was taken over may spoil it, but then it shows by its tag.
const char* judge_cycle_time(std::uint64_t place) {
  const std::uint64_t done = gc_done(word_at(kStateAt + offsetof(DomainState, gc)));
  const std::uint64_t cell = place / sizeof(CycleTime) * sizeof(CycleTime);
  const bool is_time = place % sizeof(CycleTime) != 0;
  const std::uint64_t at = kStateAt + offsetof(DomainState, gc_base) + cell;
  const bool of_done =
      word_at(at) == done && word_at(at + offsetof(CycleTime, t0)) >> 48 == (done & 0xffff);
  return (is_time && of_done) || !knows_time_of(done) ? "the last finished cycle's time is lost"
                                                      : nullptr;
}

const char* judge_state(const Access& access, std::uint64_t place, std::uint64_t after) {
  constexpr std::uint64_t kTimes = offsetof(DomainState, gc_base);
  if (place >= kTimes && place < kTimes + sizeof(DomainState::gc_base))
    return judge_cycle_time(place - kTimes);
  switch (place) {
    case offsetof(DomainState, clock):
      return after > access.before ? nullptr : "the clock went back";
    case offsetof(DomainState, gc):
      if (gc_cycle(after) < gc_cycle(access.before)) return "the cycle went back";
      if (gc_done(after) < gc_done(access.before)) return "the finished cycle went back";
      if (access.before != 0 && !knows_time_of(gc_done(after)))  // 0: the domain is being made
        return "a cycle finished without its time";
      return gc_done(after) > gc_cycle(after) ? "a cycle finished that did not begin" : nullptr;
    case offsetof(DomainState, committed_bytes):
      return after > access.before ? nullptr : "the committed size went back";
    case offsetof(DomainState, next_slab):
      return after > access.before ? nullptr : "handed out slabs are handed out again";
    default:
      return nullptr;
  }
}

}  // namespace

void Monitor::reset() {
  for (const std::uint64_t node : installed) installed_at[node / kGranule] = 0;
  installed.clear();
}

const char* Monitor::judge(const Access& access, std::uint64_t after, int process) {
  if (after == access.before || access.kind == AccessKind::kLoad) return nullptr;
  const std::uint64_t at = access.offset;
  std::uint64_t entry = 0;
  std::uint64_t place = 0;
  if (at >= kStateAt && at < kStateAt + sizeof(DomainState))
    return judge_state(access, at - kStateAt, after);
  if (is_mark(at))
    return after >> 32 < access.before >> 32 ? "a mark of an older cycle won" : nullptr;
  if (is_descriptor(at))
    return at % sizeof(SlabDescriptor) == 0 ? judge_slab(access.before, after, process) : nullptr;
  if (Cell cell = {}; in_cell(at, cell)) return judge_cell(access, cell, after);
  if (in_table(offsetof(DomainState, slots), kSlotTable, at, entry, place))
    return place == 0 ? judge_head(entry, access.before, after) : nullptr;
  if (in_table(offsetof(DomainState, workers), kWorkerTable, at, entry, place)) {
    if (place == 0 && access.kind == AccessKind::kStore && others(entry, process))
      return "a living worker's pin was stored to by another";
  }
  return nullptr;
}

const char* Monitor::judge_touch(const Access& access) {
  if (access.bytes != 8 || access.kind == AccessKind::kStore || access.before != kFreed)
    return nullptr;
  return "freed memory is used";
}

bool Monitor::is_one_of_many(std::uint64_t offset, AccessKind kind) {
  if (kind == AccessKind::kLoad && is_mark(offset)) return offset % kSlabMarkBytes != 0;
  // Who sweeps a slab of cells writes to each; he owns it, so the order with others is that of the
  // slab's state.
  Cell cell = {};
  return in_cell(offset, cell) && cell.place == offsetof(VersionNode, quarantine);
}

void Monitor::freed(std::uint64_t offset, std::size_t bytes) {
  std::byte* start = World::get().at(offset);
  // A fresh slab: nobody was there, and it costs less to look than to fill.
  if (*start == std::byte{0} && std::memcmp(start, start + 1, bytes - 1) == 0) return;
  Cell cell = {};
  const std::uint16_t stride =
      in_cell(offset, cell) ? shape_stride(shape_at(offset / kSlabBytes)) : std::uint16_t{0};
  // An allocator's own note in a cell stays.
  constexpr std::uint64_t kNote = offsetof(VersionNode, quarantine);
  for (std::uint64_t at = 0; at < bytes; at += 8) {
    std::uint64_t pattern = kFreed;
    if (stride != 0 && (offset + at) % kSlabBytes % stride == kNote / 8 * 8)
      std::memcpy(reinterpret_cast<char*>(&pattern) + kNote % 8, start + at + kNote % 8, 4);
    std::memcpy(start + at, &pattern, 8);
  }
  std::fill_n(installed_at.begin() + static_cast<std::ptrdiff_t>(offset / kGranule),
              bytes / kGranule, 0);
}

std::string Monitor::name(std::uint64_t offset) {
  struct Field {
    std::uint64_t at;
    const char* name;
  };
#define FIELD(type, field) \
  { offsetof(type, field), #field }
  static constexpr Field kState[] = {FIELD(DomainState, clock),
                                     FIELD(DomainState, gc),
                                     FIELD(DomainState, gc_base),
                                     FIELD(DomainState, live_bytes),
                                     FIELD(DomainState, committed_bytes),
                                     FIELD(DomainState, next_slab),
                                     FIELD(DomainState, sweep_values),
                                     FIELD(DomainState, sweep_cells),
                                     FIELD(DomainState, allocated_bytes),
                                     FIELD(DomainState, collected_at),
                                     FIELD(DomainState, sweep_large),
                                     FIELD(DomainState, sweep_none),
                                     FIELD(DomainState, sweep_small),
                                     FIELD(DomainState, next_slot),
                                     FIELD(DomainState, free_slots),
                                     FIELD(DomainState, next_name),
                                     FIELD(DomainState, name_bump),
                                     FIELD(DomainState, work),
                                     FIELD(DomainState, sleepers),
                                     FIELD(DomainState, worker_high),
                                     FIELD(DomainState, stop),
                                     FIELD(DomainState, output),
                                     FIELD(DomainState, output_cursor),
                                     FIELD(DomainState, main_agent),
                                     FIELD(DomainState, workers),
                                     FIELD(DomainState, slots),
                                     FIELD(DomainState, ready),
                                     FIELD(DomainState, names),
                                     FIELD(DomainState, name_index)};
  static constexpr Field kWorker[] = {
      FIELD(WorkerSlot, pin),           FIELD(WorkerSlot, lease),
      FIELD(WorkerSlot, process),       FIELD(WorkerSlot, pid_namespace),
      FIELD(WorkerSlot, stall_low),     FIELD(WorkerSlot, stall_high),
      FIELD(WorkerSlot, joined_ns),     FIELD(WorkerSlot, current),
      FIELD(WorkerSlot, touched_count), FIELD(WorkerSlot, touched),
      FIELD(WorkerSlot, steps)};
  static constexpr Field kNode[] = {FIELD(VersionNode, ts),        FIELD(VersionNode, value),
                                    FIELD(VersionNode, record),    FIELD(VersionNode, base),
                                    FIELD(VersionNode, prev),      FIELD(VersionNode, generation),
                                    FIELD(VersionNode, quarantine)};
  static constexpr Field kSlot[] = {FIELD(RootSlot, head), FIELD(RootSlot, waiters),
                                    FIELD(RootSlot, running)};
  static constexpr Field kSlab[] = {FIELD(SlabDescriptor, state), FIELD(SlabDescriptor, shape),
                                    FIELD(SlabDescriptor, run_length)};
#undef FIELD
  const auto field = [](const auto& fields, std::uint64_t place) {
    const Field* found = &fields[0];
    for (const Field& f : fields) {
      if (f.at <= place) found = &f;
    }
    return found->at == place ? std::string(found->name)
                              : found->name + std::string("+") + std::to_string(place - found->at);
  };
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::uint64_t entry = 0;
  std::uint64_t place = 0;
  if (offset >= kStateAt && offset < kStateAt + sizeof(DomainState))
    return field(kState, offset - kStateAt);
  if (is_mark(offset)) {
    const std::uint64_t word = (offset - kSlabBytes) / 8;
    return "marks of slab " + number(word / kSlabMarkWords) + "+" + number(word % kSlabMarkWords);
  }
  if (is_descriptor(offset)) {
    return "slab " + number((offset - descriptor_at(0)) / sizeof(SlabDescriptor)) + "." +
           field(kSlab, offset % sizeof(SlabDescriptor));
  }
  if (in_table(offsetof(DomainState, slots), kSlotTable, offset, entry, place))
    return "slot " + number(entry) + "." + field(kSlot, place);
  if (in_table(offsetof(DomainState, workers), kWorkerTable, offset, entry, place))
    return "worker " + number(entry) + "." + field(kWorker, place);
  if (in_table(offsetof(DomainState, ready), kReadyTable, offset, entry, place))
    return "ready word " + number(entry);
  if (in_table(offsetof(DomainState, names), kNameTable, offset, entry, place))
    return "name " + number(entry);
  char text[64];
  if (Cell cell = {}; in_cell(offset, cell)) {
    std::snprintf(text, sizeof text, "%s %llx.", cell.is_node ? "node" : "record",
                  static_cast<unsigned long long>(cell.at));
    return text + (cell.is_node      ? field(kNode, cell.place)
                   : cell.place == 0 ? "decision"
                                     : number(cell.place));
  }
  std::snprintf(text, sizeof text, "word %llx", static_cast<unsigned long long>(offset));
  return text;
}

}  // namespace yin::explore
