#pragma once

// Translation of a function's stack code into register code, when it is lowered.
//
// What the stack code pushes without a chance to fail (a local, a constant, a small integer, a
// captured value, the closure itself) is not moved until an instruction wants it in its slot:
// operands that can stand in an instruction never move. Everything stands in its slot where paths
// meet and where the machine may stop, so the frames are the stack projection's.

#include <cstdint>
#include <span>
#include <vector>

#include "substrate/format.h"
#include "substrate/value.h"

namespace yin::vm {

struct StackCode {
  std::span<const std::uint32_t> code;
  std::span<const substrate::CodePosition> positions;  // sorted by pc
  std::span<const substrate::Word> constants;
  std::uint32_t parameter_count = 0;
  bool variadic = false;
};

struct RegisterCode {
  std::vector<std::uint32_t> code;
  std::vector<substrate::CodePosition> positions;  // sorted by pc
};

// Sets what concerns the registers in the safe points and handlers, which are those of the stack
// code.
RegisterCode translate(const StackCode& from, std::span<substrate::SafePoint> safe_points,
                       std::span<substrate::ErrorHandler> handlers);

}  // namespace yin::vm
