#include "wasm/thread.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <pthread.h>

namespace yin::wasm {
namespace {

constexpr std::size_t kStackBytes = std::size_t{512} << 10;
constexpr std::size_t kStackAlign = 16;

Thread* left = nullptr;  // under the door

void* nothing(void* /*unused*/) { return nullptr; }

}  // namespace

Thread* make_thread() {
  if (left != nullptr) {
    Thread* thread = left;
    left = thread->next;
    return thread;
  }
  const auto locals_align = std::max<std::size_t>(__builtin_wasm_tls_align(), kStackAlign);
  const auto locals_bytes =
      (__builtin_wasm_tls_size() + locals_align - 1) / locals_align * locals_align;
  auto* stack = static_cast<std::byte*>(std::aligned_alloc(kStackAlign, kStackBytes));
  void* locals = std::aligned_alloc(locals_align, std::max(locals_bytes, locals_align));
  auto* thread = new (std::nothrow) Thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_t self{};
  // The loader's __pthread_create_js starts nothing: it is the thread that will enter.
  if (stack == nullptr || locals == nullptr || thread == nullptr ||
      pthread_attr_setstack(&attributes, stack, kStackBytes) != 0 ||
      pthread_create(&self, &attributes, nothing, nullptr) != 0) {
    std::free(stack);
    std::free(locals);
    delete thread;
    return nullptr;
  }
  *thread = {static_cast<std::uint32_t>(self), locals, stack, stack + kStackBytes, nullptr};
  return thread;
}

void drop_thread(Thread* thread) {
  thread->next = left;
  left = thread;
}

}  // namespace yin::wasm
