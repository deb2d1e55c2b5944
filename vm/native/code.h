#pragma once

// Machine code of a function, and the state that it and the machine share.
//
// The code runs on a stack of its own: an activation there is three words, where a callee returns
// to, the caller's base and its function, written by a plain call instruction and two pushes. A call
// and a return are what the processor predicts them to be. What is not the common case of
// an instruction is done in C++ (machine.cc), on the thread's own stack: a value by the
// instruction's helper, whatever may go on elsewhere by step(), which answers where.
//
//   rbx  base: slot 0 of the running activation      rbp  its function object
//   r12  State                                       r13  fuel left
//   r14  base of the domain                          r15  end of the slots
//   rsp  the top of the native stack                 rax, rcx, rdx: free between instructions
//
// Nothing in the code belongs to one domain: constants are read through rbp. So equal functions of
// all domains share their code.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "substrate/value.h"
#include "vm/code.h"
#include "vm/internal/slots.h"
#include "vm/register/code.h"

namespace yin::vm::native {

struct Code;

// What a call looks a function's code up in: by its address, filled by step().
struct KnownFunction {
  const substrate::ObjectHeader* function;
  const Code* code;
};
inline constexpr std::size_t kKnownFunctions = 64;  // a granule of the address picks one

// Pieces of machine code that all functions share, for what is less common than what they do in
// line, and too common for a helper. Called with operands in rax and rcx; leaves the result in rax
// and, in rdx, whether there is one: 0, and nothing happened, when it is for a helper. Only xmm0,
// xmm1, rsi, rdi and r8 change beside these.
enum class Routine : std::uint8_t {
  kAddDoubles,  // of two doubles that stand in words
  kSubtractDoubles,
  kMultiplyDoubles,
  kOrderDoubles,  // -1, 0 or 1, as an int
  kNth,           // of a vector and an integer
  kFirst,         // of a list, a vector that is all tail, nil
  kRest,          // of a list
  kIsEmpty,       // of a list, a vector, nil
  kConj,          // of a list, an item
  kEnd
};

// Read and written by machine code at these offsets.
struct State {
  substrate::Word* base;
  std::uint64_t left;  // fuel
  const substrate::ObjectHeader* function;
  std::uint64_t* native_sp;
  void* thread_sp;            // of the thread's own stack, while machine code runs
  std::byte* domain;          // its base
  substrate::Word* end;       // of the slots
  internal::ReadVar* vars;    // kReadVars of them
  std::uint64_t run;          // see ReadVar
  std::uint64_t offset_mask;  // of a word
  const void* slow;           // where machine code goes for step()
  const void* help;           // what it calls for a helper
  std::byte** next;           // where the nursery's next object begins
  std::uintptr_t low;         // beyond which allocating is for a helper
  const void* (*step)(State*);
  void* machine;
  std::uint32_t at;  // for step(): the instruction, or an Event
  std::array<KnownFunction, kKnownFunctions> known;
  std::array<const void*, static_cast<std::size_t>(Routine::kEnd)> routines;
  // By operation, of those that write a value to their slot d and go on behind themselves: null when
  // that is done, else where to go on.
  std::array<const void* (*)(State*), static_cast<std::size_t>(RegisterOp::kEnd)> helpers;
};

// For State::at, beyond every instruction.
enum Event : std::uint32_t {
  kReturned = 0xfffffff0,  // the oldest activation here has returned: its value is at base[-1]
  kNoRoom = 0xfffffff1,    // a function was entered whose slots may not fit
  kNoFuel = 0xfffffff2,    // a function was entered with the last of the fuel
};

// How long what follows a call instruction is, before the next instruction's own code.
inline constexpr std::uint32_t kReturnSiteBytes = 9;
// Where in it stands the register code's pc behind the call.
inline constexpr std::uint32_t kReturnSitePc = 3;

struct Code {
  static constexpr std::uint32_t kNoCount = ~std::uint32_t{0};

  Code() = default;
  ~Code();
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  // Where an instruction begins, by its place in the register code.
  [[nodiscard]] const void* address(std::uint32_t pc) const {
    return static_cast<const std::byte*>(entry) + offsets[pc];
  }
  // Where the call before that instruction returns to.
  [[nodiscard]] const void* return_site(std::uint32_t pc) const {
    return static_cast<const std::byte*>(address(pc)) - kReturnSiteBytes;
  }

  const void* entry = nullptr;            // makes room for the slots first
  const void* entry_with_room = nullptr;  // has it
  std::uint32_t count = kNoCount;         // of arguments, kNoCount: any, by way of step()
  std::vector<std::uint32_t> offsets;     // by pc, from entry on
};

// The function's code: what this process has of equal ones, or made now; `base` is its domain's.
// Thread-safe. Never null.
std::shared_ptr<const Code> code_of(const Function& f, const std::byte* base);

// Pieces that belong to no function.
struct Stubs {
  void (*enter)(State*, const void* to);  // from C++ into machine code, until it goes to `leave`
  const void* leave;                      // back to who called enter()
  const void* slow;                       // for State::slow
  const void* help;                       // for State::help
  const void* returned;                   // where the oldest activation returns to
  const void* give_back;                  // returns to the native stack's top
  decltype(State::routines) routines;     // for State::routines
};
const Stubs& stubs();

}  // namespace yin::vm::native
