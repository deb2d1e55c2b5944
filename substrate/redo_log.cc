#include "substrate/redo_log.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "substrate/check.h"
#include "substrate/checkpoint_record.h"
#include "substrate/intern.h"
#include "substrate/internal/trace.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

constexpr std::size_t kChecksumBytes = sizeof(RedoEntry::checksum);
constexpr std::size_t kStaleMax = 4096;  // objects of the old value looked into, a level

std::uint64_t checksum_of(const std::byte* entry, std::uint64_t bytes) {
  return XXH3_64bits(entry + kChecksumBytes, static_cast<std::size_t>(bytes) - kChecksumBytes);
}

bool is_entry_place(const Domain& domain, std::uint64_t at) {
  const std::uint64_t log = domain.state().redo_log.load_relaxed();  // set before the first entry
  return log != 0 && at % kRedoPage == 0 && at >= log &&
         at - log < redo_log_bytes(domain.capacity());
}

// An entry under construction: what is reachable from one table and not from another.
//
// Both are gone through level by level, side by side. What a replaced object refers to is known, and
// nobody goes into it: a path that was copied costs that path. To forget something known is safe, it
// is only written once more; so the old side is given up where it is much wider than the new one.
class Difference {
 public:
  Difference(const Pin& pin, std::uint64_t room) : pin_(pin), room_(room) {
    bytes_.resize(sizeof(RedoEntry));
  }

  // False: there is no room for it.
  bool gather(Word before, Word now) {
    known_[raw(object_offset(before))] = false;
    std::vector<Word> stale = {before};
    std::vector<Word> fresh;
    if (!visit(now, fresh)) return false;
    while (!fresh.empty()) {
      std::vector<Word> below;
      for (const Word object : stale) learn(object, below);
      std::vector<Word> next;
      for (const Word object : fresh) {
        for (const Word child : traced_words(header_of(pin_, object))) {
          if (!visit(child, next)) return false;
        }
      }
      fresh = std::move(next);
      // What the new side refers to as well leads to nothing that was replaced.
      std::erase_if(below, [this](Word w) { return known_[raw(object_offset(w))]; });
      below.resize(std::min(below.size(), kStaleMax));
      stale = std::move(below);
    }
    return true;
  }

  // The whole entry, its last page filled up.
  std::vector<std::byte> finish(const CheckpointRecord& record, std::uint64_t previous) {
    RedoEntry entry = {};
    entry.previous = previous;
    entry.bytes = bytes_.size();
    entry.pieces = pieces_;
    entry.record = record;
    std::memcpy(bytes_.data(), &entry, sizeof entry);
    entry.checksum = checksum_of(bytes_.data(), bytes_.size());
    std::memcpy(bytes_.data(), &entry, kChecksumBytes);
    bytes_.resize(static_cast<std::size_t>(round_up(bytes_.size(), kRedoPage)));
    return std::move(bytes_);
  }

 private:
  void learn(Word object, std::vector<Word>& below) {
    for (const Word child : traced_words(header_of(pin_, object))) {
      if (is_keyword(child) || is_symbol(child)) known_.try_emplace(place_of_name(child), false);
      if (is_reference(child) && known_.try_emplace(raw(object_offset(child)), false).second &&
          tag(child) != kTagString)
        below.push_back(child);
    }
  }

  bool visit(Word w, std::vector<Word>& next) {
    if (is_keyword(w) || is_symbol(w)) return add_name(w);
    if (!is_reference(w)) return true;
    const std::uint64_t at = raw(object_offset(w));
    const auto [place, is_new] = known_.try_emplace(at, true);
    place->second = true;
    if (!is_new) return true;
    next.push_back(w);
    const ObjectHeader* object = header_of(pin_, w);
    return add(at, object, object_bytes(*object));
  }

  std::uint64_t place_of_name(Word w) {
    const Domain& domain = pin_.worker().domain();
    return raw(pin_.offset_of(
        &table_at<SharedWord>(domain, domain.state().names, kNameTable, raw(name_id(w)))));
  }
  // A name may be younger than the checkpoint, however low its number.
  bool add_name(Word w) {
    const std::uint64_t place = place_of_name(w);
    if (!known_.try_emplace(place, true).second) return true;
    const std::string_view text = name_of(pin_, w);
    const char* entry = text.data() - sizeof(NameEntry);
    const std::uint64_t at = raw(pin_.offset_of(entry));
    return add(place, &at, sizeof at) && add(at, entry, sizeof(NameEntry) + text.size());
  }

  bool add(std::uint64_t at, const void* from, std::uint64_t bytes) {
    const std::uint64_t padded = round_up(bytes, sizeof(std::uint64_t));
    if (bytes_.size() + sizeof(RedoPiece) + padded > room_) return false;
    const RedoPiece piece{at, bytes};
    const std::size_t end = bytes_.size();
    bytes_.resize(static_cast<std::size_t>(end + sizeof piece + padded));
    std::memcpy(bytes_.data() + end, &piece, sizeof piece);
    std::memcpy(bytes_.data() + end + sizeof piece, from, static_cast<std::size_t>(bytes));
    ++pieces_;
    return true;
  }

  const Pin& pin_;
  const std::uint64_t room_;
  std::unordered_map<std::uint64_t, bool> known_;  // where; whether the new side refers to it
  std::vector<std::byte> bytes_;
  std::uint64_t pieces_ = 0;
};

// The entries behind a checkpoint, and what they have for memory.
class Replay {
 public:
  Replay(Domain& domain, const CheckpointRecord& base)
      : domain_(domain),
        map_(domain),
        base_(base),
        log_(base.redo_log),
        log_bytes_(redo_log_bytes(domain.capacity())),
        there_(std::min(domain.capacity(), domain.region().file_bytes())) {}

  StatusOr<std::optional<CheckpointRecord>> run() {
    if (log_ == 0) return std::optional<CheckpointRecord>();
    if (log_ % kSlabBytes != 0 || log_ < kSlabBytes || log_ > there_ || log_bytes_ > there_ - log_)
      return damaged("its redo log is not there");
    std::optional<CheckpointRecord> last;
    std::uint64_t previous = base_.checksum;
    for (std::uint64_t at = 0; at + sizeof(RedoEntry) <= log_bytes_;) {
      const std::byte* bytes = domain_.at<std::byte>(offset_of(log_ + at));
      RedoEntry entry;
      std::memcpy(&entry, bytes, sizeof entry);
      if (entry.previous != previous || entry.bytes < sizeof entry ||
          entry.bytes > log_bytes_ - at || entry.record.sequence != base_.sequence ||
          entry.checksum != checksum_of(bytes, entry.bytes))
        break;
      Status put = put_pieces(bytes, entry);
      if (!put.ok()) return put;
      last = entry.record;
      previous = entry.checksum;
      at += round_up(entry.bytes, kRedoPage);
    }
    if (last) ++last->sequence;
    return last;
  }

 private:
  [[nodiscard]] Status damaged(const std::string& how) const {
    return data_loss("open domain " + domain_.path() + " at its checkpoint " +
                     std::to_string(base_.sequence) + ": " + how +
                     "; restore the file from a backup");
  }

  Status put_pieces(const std::byte* bytes, const RedoEntry& entry) {
    std::uint64_t from = sizeof(RedoEntry);
    for (std::uint64_t i = 0; i < entry.pieces; ++i) {
      RedoPiece piece;
      if (entry.bytes - from < sizeof piece) return damaged(kTooShort);
      std::memcpy(&piece, bytes + from, sizeof piece);
      from += sizeof piece;
      if (piece.bytes > entry.bytes - from) return damaged(kTooShort);
      if (!may_be_at(piece)) {
        return damaged("its redo log has " + std::to_string(piece.bytes) + " bytes for " +
                       std::to_string(piece.at) + ", where none can be");
      }
      // What was a hole may be one again.
      Status room = domain_.region().allocate(piece.at, piece.bytes);
      if (!room.ok()) return room;
      std::memcpy(domain_.at<std::byte>(offset_of(piece.at)), bytes + from,
                  static_cast<std::size_t>(piece.bytes));
      from += std::min(round_up(piece.bytes, sizeof(std::uint64_t)), entry.bytes - from);
    }
    return {};
  }

  // Objects and names: neither what says what the domain is, nor marks, nor the log itself.
  [[nodiscard]] bool may_be_at(const RedoPiece& piece) const {
    if (piece.at < kNamesAt || piece.bytes == 0 || piece.at > there_ ||
        piece.bytes > there_ - piece.at)
      return false;
    const std::uint64_t end = piece.at + piece.bytes;
    if (end > log_ && piece.at < log_ + log_bytes_) return false;
    if (end <= kSlabBytes) return true;
    for (std::uint64_t slab = piece.at / kSlabBytes; slab <= (end - 1) / kSlabBytes; ++slab) {
      if (map_.is_lead(static_cast<std::uint32_t>(slab))) return false;
    }
    return true;
  }

  static constexpr const char* kTooShort = "an entry of its redo log has more than its size";

  Domain& domain_;
  const SlabMap map_;
  const CheckpointRecord base_;
  const std::uint64_t log_;
  const std::uint64_t log_bytes_;
  const std::uint64_t there_;  // bytes of the file
};

}  // namespace

Status make_redo_log(Domain& domain) {
  SharedWord& log = domain.state().redo_log;
  if (log.load_relaxed() != 0) return {};  // only who holds the lock sets it
  const std::uint64_t bytes = redo_log_bytes(domain.capacity());
  auto made = take_table_slabs(domain, bytes);
  if (!made.ok()) return made.status();
  // What was never written costs the file system a second write when it is.
  std::memset(domain.at<std::byte>(*made), 0, static_cast<std::size_t>(bytes));
  log.store_relaxed(raw(*made));  // entries and records come behind it
  return {};
}

std::optional<CheckpointRecord> logged_checkpoint(const Domain& domain, std::uint64_t sequence) {
  // edge: durable
  const std::uint64_t at = domain.state().redo_last.load_seq();
  if (!is_entry_place(domain, at)) return std::nullopt;
  const auto record =
      load_record(domain.at<SharedWord>(offset_of(at + offsetof(RedoEntry, record))));
  if (!record || record->sequence != sequence) return std::nullopt;
  return record;
}

StatusOr<bool> append_to_redo_log(Worker& worker, const CheckpointRecord& base,
                                  const CheckpointRecord& now) {
  Domain& domain = worker.domain();
  // A log that the disk does not know of yet; a file that grew since is longer than it knows.
  if (base.redo_log == 0 || now.redo_log != base.redo_log ||
      now.committed_bytes != base.committed_bytes)
    return false;
  SharedWord& newest = domain.state().redo_last;
  const auto last = logged_checkpoint(domain, base.sequence);
  const std::uint64_t bytes = redo_log_bytes(domain.capacity());
  std::uint64_t at = base.redo_log;
  std::uint64_t previous = base.checksum;
  if (last) {
    at = newest.load_relaxed();  // we hold the lock
    const auto& entry = *domain.at<RedoEntry>(offset_of(at));
    at += std::min(round_up(entry.bytes, kRedoPage), bytes);
    previous = entry.checksum;
  }
  const std::uint64_t end = base.redo_log + bytes;
  if (at >= end) return false;
  std::vector<std::byte> entry;
  {
    const Pin pin(worker);
    Difference difference(pin, end - at);
    if (!difference.gather(Word{last ? last->table : base.table}, Word{now.table})) return false;
    entry = difference.finish(with_checksum(now), previous);
  }
  Status written = domain.region().write_through(at, entry.data(), entry.size());
  if (written.code() == StatusCode::kResourceExhausted) return false;
  if (!written.ok()) return written;
  // edge: durable
  newest.store_seq(at);
  return true;
}

StatusOr<std::optional<CheckpointRecord>> replay_redo_log(Domain& domain,
                                                          const CheckpointRecord& base) {
  return Replay(domain, base).run();
}

}  // namespace yin::substrate
