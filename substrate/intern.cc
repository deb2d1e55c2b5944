#include "substrate/intern.h"

#include <algorithm>
#include <cstring>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

constexpr NameId kNoName{0};  // they count from 1

constexpr std::uint32_t level_cells(std::uint32_t level) { return kNameIndexFirst << (2 * level); }

const NameEntry* entry_of(const Domain& domain, NameId id) {
  const auto* at = table_find<SharedWord>(domain, domain.state().names, kNameTable, raw(id));
  // edge: name (its bytes)
  const std::uint64_t offset = at == nullptr ? 0 : at->load_acquire();
  return offset == 0 ? nullptr : domain.at<NameEntry>(offset_of(offset));
}

std::string_view spelling(const NameEntry& entry) {
  return {reinterpret_cast<const char*>(&entry + 1), entry.length};
}

// Bytes for a name, in slabs that are never swept. Bumped by CAS; a death leaves a hole.
StatusOr<Offset> name_bytes(Domain& domain, std::uint64_t bytes) {
  SharedWord& bump = domain.state().name_bump;
  const std::uint64_t size = round_up(bytes, kGranule);
  std::uint64_t seen = bump.load_relaxed();  // the CAS decides
  for (;;) {
    if (seen % kSlabBytes != 0 && seen % kSlabBytes + size <= kSlabBytes) {
      // edge: name-bump
      if (bump.cas_seq(seen, seen + size)) return offset_of(seen);
      continue;
    }
    auto slab = take_table_slabs(domain, kSlabBytes);
    if (!slab.ok()) return slab.status();
    const std::uint64_t start = raw(*slab) + kGranule;
    // edge: name-bump (a loser's slab stays unused)
    if (bump.cas_seq(seen, start + size)) return offset_of(start);
  }
}

SharedWord& entry_place(const Domain& domain, std::uint32_t id) {
  return table_at<SharedWord>(domain, domain.state().names, kNameTable, id);
}

// A name's bytes, which no id refers to yet.
StatusOr<Offset> entry_bytes(Domain& domain, std::string_view name, std::uint64_t hash) {
  auto bytes = name_bytes(domain, sizeof(NameEntry) + name.size());
  if (!bytes.ok()) return bytes;
  auto* entry = domain.at<NameEntry>(*bytes);
  *entry = {static_cast<std::uint32_t>(name.size()), 0, hash};
  std::memcpy(entry + 1, name.data(), name.size());
  return bytes;
}

Status write_entry(Domain& domain, std::uint32_t id, std::string_view name, std::uint64_t hash) {
  auto bytes = entry_bytes(domain, name, hash);
  if (!bytes.ok()) return bytes.status();
  Status room = table_ensure(domain, domain.state().names, kNameTable, id);
  if (!room.ok()) return room;
  // edge: name
  entry_place(domain, id).store_release(raw(*bytes));
  return {};
}

// A new entry, in the table but not in the index yet. For lack of room neither a number nor bytes
// are used up.
StatusOr<NameId> make_entry(Domain& domain, std::string_view name, std::uint64_t hash) {
  SharedHalf& next = domain.state().next_name;
  std::uint32_t id = next.load_relaxed();  // the CAS below decides
  Status room = table_ensure(domain, domain.state().names, kNameTable, id);
  if (!room.ok()) return room;
  auto bytes = entry_bytes(domain, name, hash);
  if (!bytes.ok()) return bytes.status();
  do {
    room = table_ensure(domain, domain.state().names, kNameTable, id);
    if (!room.ok()) return room;
  } while (!next.cas_relaxed(id, id + 1));  // unique is enough
  // edge: name
  entry_place(domain, id).store_release(raw(*bytes));
  return static_cast<NameId>(id);
}

SharedHalf* index_level(const Domain& domain, std::uint32_t level) {
  // edge: table-chunk
  const std::uint64_t at = domain.state().name_index[level].load_acquire();
  return at == 0 ? nullptr : domain.at<SharedHalf>(offset_of(at));
}

StatusOr<SharedHalf*> ensure_index_level(Domain& domain, std::uint32_t level) {
  if (SharedHalf* cells = index_level(domain, level)) return cells;
  auto made = take_table_slabs(domain, std::uint64_t{4} * level_cells(level));
  if (!made.ok()) return made.status();
  std::uint64_t empty = 0;
  // edge: table-chunk
  domain.state().name_index[level].cas_seq(empty, raw(*made));
  return index_level(domain, level);
}

bool is_spelled(const Domain& domain, std::uint32_t id, std::string_view name, std::uint64_t hash) {
  const NameEntry* entry = entry_of(domain, static_cast<NameId>(id));
  return entry != nullptr && entry->hash == hash && spelling(*entry) == name;
}

// The id that stands in the index for this one's spelling, which it may be itself from now on.
StatusOr<std::uint32_t> index_name(Domain& domain, std::uint32_t id, const NameEntry& entry) {
  for (std::uint32_t level = 0; level < kNameIndexLevels; ++level) {
    auto cells = ensure_index_level(domain, level);
    if (!cells.ok()) return cells.status();
    for (std::uint32_t probe = 0; probe < kNameProbe; ++probe) {
      SharedHalf& cell = (*cells)[(entry.hash + probe) % level_cells(level)];
      // edge: name-index
      std::uint32_t found = cell.load_acquire();
      if (found == 0) {
        // edge: name-index
        cell.store_release(id + 1);
        return id;
      }
      if (is_spelled(domain, found - 1, spelling(entry), entry.hash)) return found - 1;
    }
  }
  return resource_exhausted("domain " + domain.path() + ": the name index is full");
}

}  // namespace

Status index_names(Domain& domain, const std::vector<bool>& is_used) {
  const std::uint32_t end = domain.state().next_name.load_relaxed();  // nobody else is here
  for (const bool used : {true, false}) {
    for (std::uint32_t id = 1; id < end; ++id) {
      const NameEntry* entry = entry_of(domain, static_cast<NameId>(id));
      if (entry == nullptr || is_used[id] != used) continue;
      auto indexed = index_name(domain, id, *entry);
      if (!indexed.ok()) return indexed.status();
      // edge: name
      if (*indexed != id) entry_place(domain, id).store_release(0);
    }
  }
  return {};
}

Status copy_names(const Pin& from, Domain& to) {
  const Domain& domain = from.worker().domain();
  // edge: name-index (what is indexed below it)
  const std::uint32_t end = domain.state().next_name.load_seq();
  for (std::uint32_t id = 1; id < end; ++id) {
    const NameEntry* entry = entry_of(domain, static_cast<NameId>(id));
    if (entry == nullptr) continue;
    // Who lost the race for the index left an entry that is nobody's.
    auto indexed = intern(from, spelling(*entry));
    if (!indexed.ok()) return indexed.status();
    if (raw(*indexed) != id) continue;
    Status written = write_entry(to, id, spelling(*entry), entry->hash);
    if (!written.ok()) return written;
    auto mine = index_name(to, id, *entry_of(to, static_cast<NameId>(id)));
    if (!mine.ok()) return mine.status();
  }
  to.state().next_name.store_relaxed(end);  // nobody else is here yet
  return {};
}

std::optional<NameId> find_name(const Pin& pin, std::string_view name) {
  const Domain& domain = pin.worker().domain();
  const std::uint64_t hash = hash_bytes(name, pin.hash_seed());
  for (std::uint32_t level = 0; level < kNameIndexLevels; ++level) {
    const SharedHalf* cells = index_level(domain, level);
    if (cells == nullptr) return std::nullopt;
    for (std::uint32_t probe = 0; probe < kNameProbe; ++probe) {
      // edge: name-index
      const std::uint32_t id = cells[(hash + probe) % level_cells(level)].load_acquire();
      if (id == 0) return std::nullopt;
      if (is_spelled(domain, id - 1, name, hash)) return static_cast<NameId>(id - 1);
    }
  }
  return std::nullopt;
}

StatusOr<NameId> intern(const Pin& pin, std::string_view name) {
  Domain& domain = pin.worker().domain();
  if (name.empty() || name.size() > kNameMaxBytes) {
    return invalid_argument("a name of " + std::to_string(name.size()) +
                            " bytes; names have 1 to " + std::to_string(kNameMaxBytes));
  }
  const std::uint64_t hash = hash_bytes(name, pin.hash_seed());
  std::uint32_t made = 0;  // our own entry + 1, once we need one
  for (std::uint32_t level = 0; level < kNameIndexLevels; ++level) {
    auto cells = ensure_index_level(domain, level);
    if (!cells.ok()) return cells.status();
    for (std::uint32_t probe = 0; probe < kNameProbe; ++probe) {
      SharedHalf& cell = (*cells)[(hash + probe) % level_cells(level)];
      // edge: name-index
      std::uint32_t id = cell.load_acquire();
      if (id == 0) {
        if (made == 0) {
          auto entry = make_entry(domain, name, hash);
          if (!entry.ok()) return entry.status();
          made = raw(*entry) + 1;
        }
        // edge: name-index
        if (cell.cas_acq_rel(id, made)) return static_cast<NameId>(made - 1);
      }
      if (is_spelled(domain, id - 1, name, hash)) return static_cast<NameId>(id - 1);
    }
  }
  return resource_exhausted("domain " + domain.path() + ": the name index is full");
}

Word keyword(Edit& edit, std::string_view name) {
  auto id = intern(edit.pin(), name);
  if (id.ok()) return keyword_word(*id);
  if (id.status().code() == StatusCode::kInvalidArgument) die(id.status().message().c_str());
  edit.pin().worker().note_no_name(id.status());
  return keyword_word(kNoName);
}

Word keyword(const Pin& pin, std::string_view name) {
  auto id = intern(pin, name);
  if (!id.ok()) die(id.status().message().c_str());
  return keyword_word(*id);
}

Word symbol(const Pin& pin, std::string_view name) {
  auto id = intern(pin, name);
  if (!id.ok()) die(id.status().message().c_str());
  return symbol_word(*id);
}

std::string_view name_of(const Pin& pin, Word keyword_or_symbol) {
  const NameEntry* entry = entry_of(pin.worker().domain(), name_id(keyword_or_symbol));
  return entry == nullptr ? "?" : spelling(*entry);
}

}  // namespace yin::substrate
