#pragma once

// Continuations as values: what (call/cc f) and (shift k ...) give a program of its own frames.
//
// Frames are immutable, so a continuation is the innermost of them and costs what it takes to write
// those that were not written yet; it may go on any number of times, in any agent and projection. A
// whole one takes the place of what calls it. A delimited one ends with a *prompt*, the frame in
// which call-with-prompt awaits its function's value; when it is called, copies of its frames are
// put onto the caller's, whose slots refer to the same values.
//
// Nothing here has state; makers need an edit, and all of it a pin.

#include <span>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/value.h"
#include "vm/primitive.h"

namespace yin::vm::internal {

inline bool is_continuation(substrate::Word w) {
  return substrate::is_object(w, substrate::ObjectKind::kContinuation);
}

// `prompt` nil: a whole one.
substrate::Word make_continuation(substrate::Edit& edit, substrate::Word frame,
                                  substrate::Word prompt);

// The innermost prompt from `frame` on, or nil.
substrate::Word find_prompt(const substrate::Pin& pin, substrate::Word frame);

// The frame that a call of `continuation` goes on in. `caller` gives the frame that the call returns
// to; it is asked only by a delimited one.
template <class Caller>
substrate::Word frame_to_resume(substrate::Edit& edit, substrate::Word continuation,
                                Caller&& caller);

// Is `arguments` the one value that a continuation takes? Else tells the context so.
bool takes(PrimitiveContext& c, std::span<const substrate::Word> arguments);

// Copies of the frames from `frame` to `end`, that one excluded, on top of `onto`.
substrate::Word copy_frames(substrate::Edit& edit, substrate::Word frame, substrate::Word end,
                            substrate::Word onto);

// Where the program ends whose frame this is: that of the prelude's function that called it, which
// gives back what it gave; nil when it is an agent's own.
inline constexpr std::string_view kProgramFunction = "yin-program";
substrate::Word find_program(const substrate::Pin& pin, substrate::Word frame);

// Copies of the frames from `frame` to `prompt`, that one included, on top of `onto`. If what they
// return to is a prompt itself, their own would only wait for it, and is left out: so a loop through
// delimited continuations does not grow.
substrate::Word stack_frames(substrate::Edit& edit, substrate::Word frame, substrate::Word prompt,
                             substrate::Word onto);

template <class Caller>
substrate::Word frame_to_resume(substrate::Edit& edit, substrate::Word continuation,
                                Caller&& caller) {
  using substrate::ContinuationField;
  const substrate::Word frame =
      substrate::field(edit.pin(), continuation, ContinuationField::kFrame);
  const substrate::Word prompt =
      substrate::field(edit.pin(), continuation, ContinuationField::kPrompt);
  return substrate::is_nil(prompt) ? frame : stack_frames(edit, frame, prompt, caller());
}

}  // namespace yin::vm::internal
