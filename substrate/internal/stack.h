#pragma once

// Stack: what walks over values use instead of the C stack, so that a value's depth is bounded by
// memory only.
//
// The first kInline elements stand in the object itself, so that flat values cost no allocation;
// from then on it doubles on the heap. Private to one thread; elements are plain data and are not
// destroyed. A reference to an element dies with the next push().

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace yin::substrate {

template <class T, std::size_t kInline>
class Stack {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Stack() = default;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& back() { return data_[size_ - 1]; }
  void push(const T& element) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    data_[size_++] = element;
  }
  void pop() { --size_; }

 private:
  void grow() {
    auto more = std::make_unique_for_overwrite<T[]>(capacity_ * 2);
    std::copy_n(data_, size_, more.get());
    heap_ = std::move(more);
    data_ = heap_.get();
    capacity_ *= 2;
  }

  T inline_[kInline];
  std::unique_ptr<T[]> heap_;
  T* data_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = kInline;
};

}  // namespace yin::substrate
