#include "substrate/recover.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/internal/object_bounds.h"
#include "substrate/internal/trace.h"
#include "substrate/ready.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

constexpr std::uint32_t kCycle = 2;  // all marks are this cycle's, and it is finished
constexpr std::uint32_t kSlotsAPin = 4096;
constexpr std::uint64_t kSlotsMax = std::uint64_t{1} << 32;
constexpr std::uint64_t kNamesMax = std::uint64_t{1} << 32;

class Recovery {
 public:
  Recovery(Domain& domain, const CheckpointRecord& record)
      : domain_(domain),
        state_(domain.state()),
        record_(record),
        map_(domain),
        limit_(std::min(domain.capacity(), domain.region().file_bytes()) / kSlabBytes * kSlabBytes),
        slabs_(static_cast<std::uint32_t>(limit_ / kSlabBytes)) {}

  Status run() {
    if (slabs_ < map_.lead() || record_.slots > kSlotsMax || record_.next_name == 0 ||
        record_.next_name > kNamesMax)
      return damaged("its record tells of what cannot be");
    Status room = map_.commit_range(map_.lead(), slabs_);
    if (!room.ok()) return room;
    slab_.resize(slabs_);
    used_names_.resize(record_.next_name);
    forget();
    room = map_.commit_range(map_.lead(), slabs_);  // what was called a hole, too
    if (!room.ok()) return room;
    Status names = keep_names();
    if (!names.ok()) return names;
    if (record_.redo_log != 0 &&
        (record_.redo_log % kSlabBytes != 0 ||
         !take_slabs(record_.redo_log, redo_log_bytes(domain_.capacity()), SlabKind::kTable)))
      return damaged("its redo log is not there");
    Status marked = mark_all();
    if (!marked.ok()) return marked;
    describe_slabs();
    return restore();
  }

 private:
  struct Slab {
    SlabKind kind = SlabKind::kFree;
    std::uint32_t run = 0;
  };

  [[nodiscard]] Status damaged(const std::string& how) const {
    return data_loss("open domain " + domain_.path() + " at its checkpoint " +
                     std::to_string(record_.sequence) + ": " + how +
                     "; restore the file from a backup");
  }

  // The state page and the tables, but for the names'; marks and descriptors of all slabs.
  void forget() {
    const auto clear = [this](std::uint64_t from, std::uint64_t to) {
      std::memset(domain_.at<std::byte>(offset_of(from)), 0, static_cast<std::size_t>(to - from));
    };
    clear(kStateAt, kCheckpointsAt);
    clear(kWorkersAt, kNamesAt);
    clear(kNameIndexAt, kNameBytesAt);
    for (std::uint32_t slab = map_.lead(); slab < slabs_; ++slab) {
      if (map_.is_lead(slab)) continue;
      std::memset(static_cast<void*>(&map_.descriptor(slab)), 0, sizeof(SlabDescriptor));
      std::memset(static_cast<void*>(map_.marks(slab)), 0, kSlabMarkBytes);
    }
    domain_.lay_out(slabs_);
    state_.gc.store_relaxed(gc_word(kCycle, kCycle));  // nobody else is here
    state_.gc_base[0].cycle.store_relaxed(kCycle);
    state_.gc_base[0].t0.store_relaxed(cycle_time(kCycle, record_.clock));
    state_.clock.store_relaxed(record_.clock + 2);
    state_.next_name.store_relaxed(static_cast<std::uint32_t>(record_.next_name));
    state_.durability.store_relaxed(record_.durability);
    state_.durable_seq.store_relaxed(record_.sequence);
    state_.durable_clock.store_relaxed(record_.clock);
    state_.output.store_relaxed(record_.output);
    state_.output_cursor.store_relaxed(record_.output_cursor);
    state_.main_agent.store_relaxed(record_.main_agent);
    state_.redo_log.store_relaxed(record_.redo_log);
  }

  // ---- names

  Status keep_names() {
    const std::uint32_t last = table_place(kNameTable, record_.next_name - 1).chunk;
    if (last >= kTableChunks) return damaged("its record tells of too many names");
    for (std::uint32_t i = 1; i < kTableChunks; ++i) {
      const std::uint64_t at = record_.name_chunk[i];
      const std::uint64_t bytes = table_chunk_entries(kNameTable, i) * kNameTable.entry_bytes;
      if (at == 0 && i > last) continue;
      if (at % kSlabBytes != 0 || !take_slabs(at, bytes, SlabKind::kTable))
        return damaged("its table of names is not there");
      state_.names.chunk[i].store_relaxed(at);
    }
    std::uint64_t bump = kNameBytesAt;
    for (std::uint64_t id = 0; id < end_of_chunk(last); ++id) {
      auto& place = table_at<SharedWord>(domain_, state_.names, kNameTable, id);
      const std::uint64_t at = place.load_relaxed();  // nobody else is here
      if (at == 0) continue;
      // What was named behind the checkpoint may be there in part.
      if (id >= record_.next_name || !keep_name(at)) {
        place.store_relaxed(0);
      } else {
        const std::uint64_t bytes =
            round_up(sizeof(NameEntry) + domain_.at<NameEntry>(offset_of(at))->length, kGranule);
        bump = at >= kSlabBytes ? kSlabBytes : std::max(bump, at + bytes);
      }
    }
    state_.name_bump.store_relaxed(bump);
    return {};
  }
  static std::uint64_t end_of_chunk(std::uint32_t chunk) {
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i <= chunk; ++i) end += table_chunk_entries(kNameTable, i);
    return end;
  }

  // Is it whole? Then its slab stays one of names.
  bool keep_name(std::uint64_t at) {
    const std::uint64_t in_slab = at % kSlabBytes;
    if (at % kGranule != 0 || at < kNameBytesAt || at >= limit_ ||
        in_slab > kSlabBytes - sizeof(NameEntry))
      return false;
    const auto& entry = *domain_.at<NameEntry>(offset_of(at));
    if (entry.length > kNameMaxBytes || entry.length > kSlabBytes - in_slab - sizeof entry)
      return false;
    const std::string_view text(reinterpret_cast<const char*>(&entry + 1), entry.length);
    if (entry.hash != hash_bytes(text, domain_.identity().hash_seed)) return false;
    return at < kSlabBytes || take_slabs(at - in_slab, kSlabBytes, SlabKind::kTable);
  }

  // ---- slabs

  // Slabs for one purpose, if nobody has another for them.
  bool take_slabs(std::uint64_t at, std::uint64_t bytes, SlabKind kind) {
    const std::uint64_t first = at / kSlabBytes;
    const std::uint64_t count = round_up(bytes, kSlabBytes) / kSlabBytes;
    if (first >= slabs_ || count > slabs_ - first) return false;
    for (std::uint64_t i = first; i < first + count; ++i) {
      const bool same = slab_[i].kind == kind && kind != SlabKind::kLarge;
      if (map_.is_lead(static_cast<std::uint32_t>(i)) ||
          (slab_[i].kind != SlabKind::kFree && !same))
        return false;
    }
    for (std::uint64_t i = first; i < first + count; ++i) slab_[i].kind = kind;
    if (kind == SlabKind::kLarge) {
      slab_[first].run = static_cast<std::uint32_t>(count);
      for (std::uint64_t i = 1; i < count; ++i)
        slab_[first + i] = {SlabKind::kLargeRest, static_cast<std::uint32_t>(i)};
    }
    return true;
  }

  void describe_slabs() {
    for (std::uint32_t i = map_.lead(); i < slabs_; ++i) {
      if (!map_.is_lead(i)) restore_slab(map_, i, slab_[i].kind, slab_[i].run);
    }
  }

  // ---- values

  Status mark_all() {
    if (!mark(Word{record_.table})) return damaged(flaw_);
    while (!pending_.empty()) {
      ObjectHeader* object = pending_.back();
      pending_.pop_back();
      for (const Word child : traced_words(object)) {
        if (!mark(child)) return damaged(flaw_);
      }
    }
    state_.live_bytes.store_relaxed(live_bytes_);  // nobody else is here
    return {};
  }

  bool mark(Word w) {
    if (is_keyword(w) || is_symbol(w)) {
      if (raw(name_id(w)) < used_names_.size()) used_names_[raw(name_id(w))] = true;
      return true;
    }
    if (!is_reference(w)) return true;
    const std::uint64_t at = raw(object_offset(w));
    const std::uint64_t slab = at / kSlabBytes;
    const auto is_flaw = [&](const char* what) {
      flaw_ = "the object at " + std::to_string(at) + what;
      return false;
    };
    if (at % kGranule != 0 || slab >= slabs_ || map_.is_lead(static_cast<std::uint32_t>(slab)))
      return is_flaw(" stands where none can");
    ObjectHeader* h = domain_.at<ObjectHeader>(offset_of(at));
    const std::uint64_t bytes = object_bytes(*h);
    const ObjectKind kind = tag(w) == kTagString ? ObjectKind::kString : object_kind(w);
    if (h->kind != static_cast<std::uint8_t>(kind) || kind == ObjectKind::kNone ||
        kind >= ObjectKind::kKindEnd || bytes < kGranule ||
        word_granules(w) != granules_in_word(w, bytes))
      return is_flaw(" is not what its reference says");
    SharedWord& first = map_.mark_word(at);
    if ((first.load_relaxed() >> SlabMap::mark_bit(at) & 1) != 0)
      return true;  // nobody else is here
    const bool large = bytes > kSlabBytes;
    const bool fits = large ? at % kSlabBytes == 0 && bytes <= limit_ - at
                            : bytes <= kSlabBytes - at % kSlabBytes;
    if (!fits || !take_slabs(slab * kSlabBytes, large ? bytes : 1,
                             large ? SlabKind::kLarge : SlabKind::kValues))
      return is_flaw(" reaches into others");
    if (!words_fit(*h, bytes)) return is_flaw(" holds more than its size");
    mark_range(at, large ? 1 : bytes / kGranule);
    live_bytes_ += bytes;
    pending_.push_back(h);
    return true;
  }

  void mark_range(std::uint64_t at, std::uint64_t granules) {
    for (; granules > 0; --granules, at += kGranule) {
      SharedWord& word = map_.mark_word(at);
      const std::uint64_t bits = word.load_relaxed() & 0xffffffff;  // nobody else is here
      word.store_relaxed(std::uint64_t{kCycle} << 32 | bits |
                         std::uint64_t{1} << SlabMap::mark_bit(at));
    }
  }

  // ---- roots

  // By the ordinary ways from here on. A slot without a place in the table yet is nobody's.
  Status restore() {
    Status indexed = index_names(domain_, used_names_);
    if (!indexed.ok()) return indexed;
    auto worker = Worker::join(domain_);
    if (!worker.ok()) return worker.status();
    const Vector table{Word{record_.table}};
    if (!Vector::is(table.word)) return damaged("its table is none");
    state_.next_slot.store_relaxed(
        static_cast<std::uint32_t>(record_.slots));  // nobody else is here
    {
      const Pin pin(**worker);
      const VerifyReport report = verify_value(pin, table.word);
      if (!report.clean()) return damaged(report.findings.front());
      if (record_.slots == 0 || table.count(pin) != record_.slots * CheckpointRow::kEnd)
        return damaged("its table is of another length than it says");
      const Word names =
          table.nth(pin, kRegistrySlot * CheckpointRow::kEnd + CheckpointRow::kValue);
      if (names != kEmptyMap && !is_object(names, ObjectKind::kMapNode))
        return damaged("its registry is no map");
    }
    for (std::uint32_t slot = 0; slot < record_.slots;) {
      Status restored = restore_some(**worker, table, slot);
      if (!restored.ok()) return restored;
    }
    return {};
  }

  Status restore_some(Worker& worker, Vector table, std::uint32_t& slot) {
    const Pin pin(worker);
    const auto end = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(record_.slots, std::uint64_t{slot} + kSlotsAPin));
    for (; slot < end; ++slot) {
      Status room = ensure_slot(domain_, SlotIndex{slot});
      if (!room.ok()) return room;
      Status restored = restore_row(pin, table, SlotIndex{slot});
      if (!restored.ok()) return restored;
    }
    return {};
  }

  Status restore_row(const Pin& pin, Vector table, SlotIndex slot) {
    const std::uint64_t at = std::uint64_t{raw(slot)} * CheckpointRow::kEnd;
    const Word first = table.nth(pin, at + CheckpointRow::kGeneration);
    const Word value = table.nth(pin, at + CheckpointRow::kValue);
    if (!is_small_int(first) || small_int(first) < 0) return damaged("its table is none");
    const auto bits = static_cast<std::uint64_t>(small_int(first));
    SlotAt content;
    content.generation = static_cast<std::uint32_t>(bits) & kGenerationMax;
    content.value = is_absent(value) ? kTombstone : value;
    if (content.generation == 0) return {};
    if (!restore_slot(pin, slot, content, record_.clock)) return pin.worker().space_status();
    set_ready(domain_, slot);  // a hint: whether it is an agent's is seen then
    const std::uint64_t keeps = bits >> kCheckpointRetentionShift;
    if (keeps == 0) return {};
    return retain(pin, {RootKind::kAtom, slot, content.generation},
                  static_cast<std::uint32_t>(keeps));
  }

  Domain& domain_;
  DomainState& state_;
  const CheckpointRecord record_;
  SlabMap map_;
  std::uint64_t limit_;
  std::uint32_t slabs_;
  std::vector<Slab> slab_;
  std::vector<bool> used_names_;
  std::vector<ObjectHeader*> pending_;
  std::uint64_t live_bytes_ = 0;
  std::string flaw_;
};

}  // namespace

Status recover(Domain& domain, const CheckpointRecord& record) {
  return Recovery(domain, record).run();
}

}  // namespace yin::substrate
