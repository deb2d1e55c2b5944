#pragma once

// Frames: pending steps of a program as immutable objects, the form in which every projection
// leaves a continuation.
//
//   frame { caller | closure | safe point | live slots... }      caller: the frame that awaits this
//   one's value, or nil
//
// A continuation is the innermost frame of such a list, or nil when nothing is left to do. What a
// safe point is and which slots are live there stands in the function (SafePoint in
// substrate/format.h), so the same step saved by any projection is the same words. Frames are
// shared: saving after a step writes only what that step changed.
//
// Reads take a pin, makers an edit; nothing here has state.

#include <cstdint>
#include <span>

#include "substrate/edit.h"
#include "substrate/value.h"
#include "vm/code.h"

namespace yin::vm {

// A frame, taken apart. Pointers are valid as long as the pin.
struct FrameView {
  substrate::Word caller;
  substrate::Word closure;
  Function function;
  std::uint32_t safe_point;
  std::span<const substrate::Word> slots;

  [[nodiscard]] const substrate::SafePoint& point() const {
    return function.safe_points()[safe_point];
  }
  // The AST node whose value the frame awaits, or that it is about to evaluate.
  [[nodiscard]] std::uint32_t entity() const { return point().entity; }
  [[nodiscard]] bool is_prompt() const {
    return (point().flags & substrate::kSafePointPrompt) != 0;
  }
};

FrameView view_frame(const substrate::Pin& pin, substrate::Word frame);

// `slots` are the live ones, as many as the safe point says.
substrate::Word make_frame(substrate::Edit& edit, substrate::Word caller, substrate::Word closure,
                           const Function& function, std::uint32_t safe_point,
                           const substrate::Word* slots);

}  // namespace yin::vm
