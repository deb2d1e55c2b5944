#pragma once

// The memory of a native stack (code.h): pages that are there once they are touched, but for the
// lowest, which never is, so that running over the end stops the process instead of its data.
//
// Each machine has its own for as long as it lives; nothing here has state. Not for values, which
// stand in a domain.

#include <cstddef>

namespace yin::vm::native {

inline constexpr std::size_t kGuardBytes = 4096;  // a page, never touched

// `bytes` of whole pages. Never null: without memory the process ends.
std::byte* take_stack(std::size_t bytes);
void give_stack(std::byte* stack, std::size_t bytes);

}  // namespace yin::vm::native
