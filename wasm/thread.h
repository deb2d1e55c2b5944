#pragma once

// What a JavaScript thread needs to run in the module: a stack, a block for its thread_locals, and
// what the C library knows of a thread. Emscripten's own glue makes these for threads that C++
// starts; here JavaScript has its workers already, and each of them instantiates the module over
// the one memory.
//
// A thread enters in the order that bindings/node/lib/wasm/memory.js has: by the door first, a
// thread that belongs to nobody, in which one joiner at a time asks for a Thread of its own. Nothing
// runs before that.
//
// Threads: make_thread() and drop_thread() by whoever has the door.

#include <cstddef>
#include <cstdint>

namespace yin::wasm {

// As JavaScript reads it: five 32-bit words.
struct Thread {
  std::uint32_t self;  // the C library's
  void* thread_locals;
  std::byte* stack;  // its lower end
  std::byte* stack_top;
  Thread* next;  // that nobody has
};

// Null: the memory is full.
Thread* make_thread();
// Of a thread that has left: the next one takes it.
void drop_thread(Thread* thread);

}  // namespace yin::wasm
