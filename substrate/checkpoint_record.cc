#include "substrate/checkpoint_record.h"

#include <array>
#include <bit>
#include <cstddef>

#include <xxhash.h>

#include "substrate/check.h"

namespace yin::substrate {

namespace {

constexpr std::size_t kWords = sizeof(CheckpointRecord) / sizeof(SharedWord);
constexpr std::size_t kChecksumWord = kWords - 1;
static_assert(offsetof(CheckpointRecord, checksum) == kChecksumWord * sizeof(SharedWord));

SharedWord* record_words_at(const Domain& domain, std::uint32_t place) {
  check(place < kCheckpointRecords, "there are two checkpoint records");
  return domain.at<SharedWord>(offset_of(kCheckpointsAt + kCheckpointStride * place));
}

std::uint64_t checksum_of(const CheckpointRecord& record) {
  return XXH3_64bits(&record, offsetof(CheckpointRecord, checksum));
}

}  // namespace

std::optional<CheckpointRecord> load_record(const SharedWord* words) {
  std::array<std::uint64_t, kWords> copy = {};
  // edge: checkpoint (the words before it)
  copy[kChecksumWord] = words[kChecksumWord].load_acquire();
  for (std::size_t i = 0; i < kChecksumWord; ++i) copy[i] = words[i].load_relaxed();
  const auto record = std::bit_cast<CheckpointRecord>(copy);
  if (record.sequence == 0 || record.checksum != checksum_of(record)) return std::nullopt;
  return record;
}

CheckpointRecord with_checksum(CheckpointRecord record) {
  record.checksum = checksum_of(record);
  return record;
}

std::optional<CheckpointRecord> load_checkpoint(const Domain& domain, std::uint32_t place) {
  return load_record(record_words_at(domain, place));
}

std::optional<CheckpointRecord> newest_checkpoint(const Domain& domain) {
  auto first = load_checkpoint(domain, 0);
  auto second = load_checkpoint(domain, 1);
  if (!first || (second && second->sequence > first->sequence)) return second;
  return first;
}

std::uint32_t next_checkpoint_place(const Domain& domain) {
  const auto first = load_checkpoint(domain, 0);
  const auto second = load_checkpoint(domain, 1);
  return first && (!second || second->sequence < first->sequence) ? 1 : 0;
}

void drop_checkpoints(Domain& domain) {
  for (std::uint32_t place = 0; place < 2; ++place) {
    if (!load_checkpoint(domain, place)) continue;
    SharedWord& checksum = record_words_at(domain, place)[kChecksumWord];
    checksum.store_relaxed(~checksum.load_relaxed());  // nobody else is here
  }
}

void store_checkpoint(Domain& domain, std::uint32_t place, const CheckpointRecord& record) {
  const auto words = std::bit_cast<std::array<std::uint64_t, kWords>>(with_checksum(record));
  SharedWord* to = record_words_at(domain, place);
  // Invalid first, so that half of this one with a checksum of the last is nobody's.
  // edge: checkpoint
  to[kChecksumWord].store_seq(~to[kChecksumWord].load_relaxed());
  for (std::size_t i = 0; i < kChecksumWord; ++i) to[i].store_relaxed(words[i]);
  // edge: checkpoint
  to[kChecksumWord].store_seq(words[kChecksumWord]);
}

}  // namespace yin::substrate
