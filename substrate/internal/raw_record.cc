#include "substrate/internal/raw_record.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>

#include "substrate/clock.h"
#include "substrate/slab.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

// An allocation that fails is served from the nursery, which dies when that has no room either. So
// what could not be served so is refused here, unless there are slabs nobody ever used.
Status check_room(const Pin& pin, std::uint64_t bytes) {
  Worker& worker = pin.worker();
  if (bytes <= worker.nursery().room_bytes()) return {};
  const SlabMap map(worker.domain());
  const std::uint64_t count = bytes / kSlabBytes + 1;
  const std::uint64_t room = map.group() - map.lead();
  // A look ahead: another may be faster with them.
  const std::uint64_t used = worker.domain().state().next_slab.load_relaxed();
  const std::uint64_t left = map.slab_count() > used ? map.slab_count() - used : 0;
  // What is left of a group may have to be skipped, and so may the next one's first slabs.
  const bool next_group_too = used % map.group() + count > map.group();
  const std::uint64_t skipped =
      next_group_too ? map.group() - used % map.group() + map.lead() : std::uint64_t{0};
  if (count <= room && count + skipped <= left) return {};
  return resource_exhausted("domain " + worker.domain().path() + " has no room for " +
                            std::to_string(bytes >> 20) + " MiB in one piece");
}

}  // namespace

StatusOr<ObjectHeader*> make_raw_record(Edit& edit, ObjectKind kind, std::span<const Word> words,
                                        std::uint64_t raw_bytes) {
  const Pin& pin = edit.pin();
  const std::uint64_t unit = raw_bytes >= kRawLine ? kRawLine : kGranule;
  const std::uint64_t fields = sizeof(ObjectHeader) + words.size_bytes();
  const std::uint64_t limit = std::uint64_t{kGroupSlabsMax} * kSlabBytes;
  if (raw_bytes > limit || words.size() > std::numeric_limits<std::uint32_t>::max() - unit) {
    return resource_exhausted("an object of more than 4 GiB");
  }
  // Enough wherever it stands: it starts on a granule.
  const std::uint64_t bytes = fields + (unit - sizeof(Word)) + raw_bytes;
  Status room = check_room(pin, object_size(bytes));
  if (!room.ok()) return room;
  auto* h = edit.allocate<ObjectHeader>(bytes);
  const std::uint64_t behind = raw(pin.offset_of(h)) + fields;
  const std::uint64_t padding = (round_up(behind, unit) - behind) / sizeof(Word);
  set_header(*h, kind, bytes, static_cast<std::uint32_t>(words.size() + padding),
             std::none_of(words.begin(), words.end(), is_reference));
  std::copy(words.begin(), words.end(), record_words(h));
  auto* rest = reinterpret_cast<std::byte*>(h) + fields;
  std::memset(rest, 0, static_cast<std::size_t>(object_bytes(*h) - fields));
  return h;
}

Word draw_identity(const Pin& pin) {
  static std::atomic<std::uint64_t> drawn{monotonic_ns()};  // process-private
  // A forked child goes on from the same count: the worker tells the two apart.
  const std::uint64_t n = drawn.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t worker =
      raw(pin.worker().index()) + (std::uint64_t{pin.worker().owner_generation()} << 32);
  return int_word(static_cast<std::int64_t>(mix(n ^ mix(worker ^ pin.hash_seed()))) >> 2);
}

}  // namespace yin::substrate
