#pragma once

// Nursery: a worker's private temporaries, and the way out of it.
//
// A slice of an agent builds its values here: bump allocation in private memory that lies behind
// the domain's capacity, so that words reach it by the same arithmetic as shared objects and every
// structure works on both. Nothing in it is ever seen by another worker: publish() copies what
// survives into the slab (Cheney's scan, CACM 1970), and reset() drops the rest at once. A nursery
// word in a root would be a torn domain; commits check for it.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/value.h"

namespace yin::substrate {

class Domain;

class Nursery final : public Allocator {
 public:
  Nursery(Domain& domain, std::byte* zone);  // of Domain::take_private_zone; gives it back
  ~Nursery() override;

  // Forgets everything allocated. Pages beyond the first few megabytes go back to the system.
  void reset();
  [[nodiscard]] std::uint64_t used_bytes() const {
    return static_cast<std::uint64_t>(next_ - start_);
  }
  [[nodiscard]] std::uint64_t room_bytes() const override {
    return static_cast<std::uint64_t>(end_ - next_);
  }

 private:
  std::byte* refill(std::uint64_t size) override;

  Domain& domain_;
  std::byte* start_;
};

// Replaces each word by one that refers to shared objects only: copies what it reaches in the
// nursery into the slab, once for all words together, so that sharing and identity stay. The
// nursery's copies are dead afterwards (they hold forwarding words): load what goes on from the
// results, then reset.
void publish(const Pin& pin, std::span<Word> words);

}  // namespace yin::substrate
