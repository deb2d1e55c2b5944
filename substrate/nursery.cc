#include "substrate/nursery.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/internal/trace.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

constexpr std::uint64_t kKeptBytes = std::uint64_t{4} << 20;  // stays resident from slice to slice

// A slice that has allocated so much ends soon, so that the rest of it fits in the zone and in
// memory.
constexpr std::uint64_t kLowBytes = std::uint64_t{128} << 20;

// Where a copied nursery object went: its header's kind is kNone and this follows.
Word& forwarding(ObjectHeader* h) { return reinterpret_cast<Word*>(h)[1]; }

class Publisher {
 public:
  explicit Publisher(const Pin& pin)
      : pin_(pin), domain_(pin.worker().domain()), edit_(Edit::in_slab(pin)) {}

  void move(Word& w) {
    if (!is_reference(w) || !domain_.is_private(object_offset(w))) return;
    ObjectHeader* from = header_of(pin_, w);
    if (from->kind == static_cast<std::uint8_t>(ObjectKind::kNone)) {
      w = forwarding(from);
      return;
    }
    const std::uint64_t bytes = object_bytes(*from);
    auto* to = edit_.allocate<ObjectHeader>(bytes);
    std::memcpy(static_cast<void*>(to), from, bytes);
    const Word moved{(w.bits & ~kOffsetMask) | raw(pin_.offset_of(to))};
    from->kind = static_cast<std::uint8_t>(ObjectKind::kNone);
    forwarding(from) = moved;
    if (!refers_to_leaf(w)) pending_.push_back(to);
    w = moved;
  }

  // Without recursion, so that a value's depth does not matter.
  void drain() {
    while (!pending_.empty()) {
      ObjectHeader* object = pending_.back();
      pending_.pop_back();
      for (Word& w : traced_words(object)) move(w);
    }
  }

 private:
  const Pin& pin_;
  Domain& domain_;
  Edit edit_;
  std::vector<ObjectHeader*> pending_;
};

}  // namespace

Nursery::Nursery(Domain& domain, std::byte* zone) : domain_(domain), start_(zone) { reset(); }

Nursery::~Nursery() { domain_.give_private_zone(start_); }

void Nursery::reset() {
  if (next_ != nullptr && used_bytes() > 2 * kKeptBytes) {
    Region::discard(start_ + kKeptBytes, used_bytes() - kKeptBytes);
  }
  next_ = start_;
  end_ = start_ + Region::zone_bytes();
  low_ = reinterpret_cast<std::uintptr_t>(start_ + std::min(Region::zone_bytes() / 4, kLowBytes));
}

std::byte* Nursery::refill(std::uint64_t) {
  die("one slice of one agent used all of its worker's private memory; give it less to do at once");
}

void publish(const Pin& pin, std::span<Word> words) {
  Publisher publisher(pin);
  for (Word& w : words) publisher.move(w);
  publisher.drain();
}

}  // namespace yin::substrate
