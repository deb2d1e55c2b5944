#include "vm/native/stack_memory.h"

#include <sys/mman.h>

#include "substrate/check.h"

namespace yin::vm::native {

std::byte* take_stack(std::size_t bytes) {
  void* const taken = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  substrate::check(taken != MAP_FAILED, "no memory for a native stack");
  (void)::mprotect(taken, kGuardBytes, PROT_NONE);
  return static_cast<std::byte*>(taken);
}

void give_stack(std::byte* stack, std::size_t bytes) { (void)::munmap(stack, bytes); }

}  // namespace yin::vm::native
