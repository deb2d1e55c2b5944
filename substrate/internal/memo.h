#pragma once

// Memo: what an operation found out about objects, so that it need not go through them again.
//
// A value may hold one object in very many places: v = [v' v'], v' = [v'' v''], ... sixty times over
// has 2^60 items and sixty objects. Hash, equality and order go through items; a memo makes them
// linear in objects. It is a hash table from a pair of words to 64 bits, in private memory, empty
// until the first put() and never larger than kSlotsMax: then new entries take the place of old
// ones, so that the memory is bounded and only time is lost.
//
// Good as long as the objects stand where they are: one operation under one pin. One thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "substrate/format.h"
#include "substrate/value.h"

namespace yin::substrate {

// An object is worth an entry when going through it took so many steps: what is shared costs that
// much at most each time, and flat values cost no entries.
inline constexpr std::uint64_t kMemoSteps = 64;

class Memo {
 public:
  // Null: not known.
  [[nodiscard]] const std::uint64_t* find(Word a, Word b) const {
    if (slots_ == nullptr) return nullptr;
    for (std::size_t i = 0, at = place(a, b); i < kProbes; ++i, at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.a == a && slot.b == b) return &slot.value;
      if (is_nil(slot.a)) return nullptr;
    }
    return nullptr;
  }

  void put(Word a, Word b, std::uint64_t value) {  // a is not nil
    if (2 * used_ >= size() && size() < kSlotsMax) grow();
    Slot& slot = slot_for(a, b);
    used_ += is_nil(slot.a) ? 1 : 0;
    slot = {a, b, value};
  }

 private:
  struct Slot {
    Word a, b;
    std::uint64_t value;
  };
  static constexpr std::size_t kSlotsMin = 256;
  static constexpr std::size_t kSlotsMax = std::size_t{1} << 20;  // 24 MiB
  static constexpr std::size_t kProbes = 8;

  [[nodiscard]] std::size_t size() const { return slots_ == nullptr ? 0 : mask_ + 1; }
  [[nodiscard]] std::size_t place(Word a, Word b) const {
    return static_cast<std::size_t>(mix(a.bits + mix(b.bits)) >> 16) & mask_;
  }
  // Its own, an empty one, or the one that must give way.
  Slot& slot_for(Word a, Word b) {
    const std::size_t first = place(a, b);
    for (std::size_t i = 0, at = first; i < kProbes; ++i, at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (is_nil(slot.a) || (slot.a == a && slot.b == b)) return slot;
    }
    return slots_[first];
  }
  void grow() {
    const std::size_t before = size();
    const auto old = std::move(slots_);
    const std::size_t more = before == 0 ? kSlotsMin : before * 2;
    slots_ = std::make_unique<Slot[]>(more);
    mask_ = more - 1;
    used_ = 0;
    for (std::size_t i = 0; i < before; ++i) {
      if (!is_nil(old[i].a)) put(old[i].a, old[i].b, old[i].value);
    }
  }

  std::unique_ptr<Slot[]> slots_;
  std::size_t mask_ = 0;
  std::size_t used_ = 0;
};

}  // namespace yin::substrate
