#pragma once

// Edit: blocks a writer has made and nobody sees yet, and the proof that it may make more.
//
// An edit allocates from one of its worker's two allocators: the slab (blocks that can be published
// as they are) or the nursery (private temporaries; publishing copies out what survives, see
// nursery.h). Both are bump pointers, so that allocating is one comparison and one addition.
//
// Running out is told at publishing time, not here: a slab that cannot grow hands out private
// memory instead and remembers it, and the commit that would publish such a block reports the
// Status (see worker.h, Worker::space_status). So nothing that builds values needs an error path.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "substrate/format.h"
#include "substrate/offset.h"
#include "substrate/pin.h"

namespace yin::substrate {

// The scale of an object's size: beyond 1 MiB sizes are multiples of 16 << scale, so that 16 bits
// of header tell them.
constexpr unsigned size_scale(std::uint64_t bytes) {
  const std::uint64_t granules = (bytes + kGranule - 1) / kGranule;
  return granules <= 0xffff ? 0 : static_cast<unsigned>(std::bit_width(granules) - 15);
}
// What an object of `bytes` takes up. By shifts: every allocation asks, and would divide.
constexpr std::uint64_t object_size(std::uint64_t bytes) {
  const unsigned shift = static_cast<unsigned>(std::countr_zero(kGranule)) + size_scale(bytes);
  return (bytes + (std::uint64_t{1} << shift) - 1) >> shift << shift;
}

class Allocator {
 public:
  Allocator() = default;
  virtual ~Allocator() = default;
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  // A block of object_size(bytes), on a granule, contents arbitrary. Never null.
  [[nodiscard]] std::byte* allocate(std::uint64_t bytes) { return take(object_size(bytes)); }
  // The same for a block of less than 1 MiB whose size is known in granules: what nodes are.
  [[nodiscard]] std::byte* allocate_granules(std::uint32_t granules) {
    return take(std::uint64_t{granules} * kGranule);
  }

  // Has a nursery handed out so much that its slice had better end? Never true of the slab.
  [[nodiscard]] bool is_low() const { return reinterpret_cast<std::uintptr_t>(next_) > low_; }
  // For machine code, which allocates in a nursery itself: where the next block begins, and the
  // address up to which it may move that (0: not at all).
  struct Bump {
    std::byte** next;
    std::uintptr_t low;
  };
  [[nodiscard]] Bump bump() {
    return {&next_, small_max_ == 0 && low_ != ~std::uintptr_t{0} ? low_ : 0};
  }
  // How much more it can hand out at least: a nursery dies when it is asked for more.
  [[nodiscard]] virtual std::uint64_t room_bytes() const { return ~std::uint64_t{0}; }

 protected:
  // A block of `size`, and what is left behind it for the next ones.
  virtual std::byte* refill(std::uint64_t size) = 0;

  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  std::byte* small_next_ = nullptr;  // the same for blocks of at most small_max_
  std::byte* small_end_ = nullptr;
  std::uint64_t small_max_ = 0;
  std::uintptr_t low_ = ~std::uintptr_t{0};

 private:
  std::byte* take(std::uint64_t size) {
    const bool small = size <= small_max_;
    std::byte*& next = small ? small_next_ : next_;
    const std::byte* end = small ? small_end_ : end_;
    if (size <= static_cast<std::uint64_t>(end - next)) [[likely]] {
      std::byte* block = next;
      next += size;
      return block;
    }
    return refill(size);
  }
};

class Edit {
 public:
  Edit(const Pin& pin, Allocator& allocator) : pin_(pin), allocator_(allocator) {}
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;

  static inline Edit in_slab(const Pin& pin);  // in worker.h
  static Edit in_nursery(const Pin& pin);

  [[nodiscard]] const Pin& pin() const { return pin_; }

  template <class T>
  [[nodiscard]] T* allocate(std::uint64_t bytes) {
    return reinterpret_cast<T*>(allocator_.allocate(bytes));
  }
  template <class T>
  [[nodiscard]] T* allocate_granules(std::uint32_t granules) {
    return reinterpret_cast<T*>(allocator_.allocate_granules(granules));
  }
  [[nodiscard]] bool is_low() const { return allocator_.is_low(); }
  [[nodiscard]] Allocator::Bump bump() const { return allocator_.bump(); }
  [[nodiscard]] std::uint64_t room_bytes() const { return allocator_.room_bytes(); }

 private:
  const Pin& pin_;
  Allocator& allocator_;
};

}  // namespace yin::substrate
