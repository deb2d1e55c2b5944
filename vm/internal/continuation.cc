#include "vm/internal/continuation.h"

#include <vector>

#include "substrate/intern.h"
#include "vm/frame.h"
#include "vm/internal/call.h"

namespace yin::vm::internal {

using substrate::ContinuationField;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

Word make_continuation(Edit& edit, Word frame, Word prompt) {
  const Word words[] = {frame, prompt};
  static_assert(ContinuationField::kFrame == 0 && ContinuationField::kPrompt == 1);
  return substrate::make_record(edit, substrate::ObjectKind::kContinuation, words,
                                ContinuationField::kEnd);
}

Word find_prompt(const Pin& pin, Word frame) {
  while (!substrate::is_nil(frame)) {
    const FrameView view = view_frame(pin, frame);
    if (view.is_prompt()) break;
    frame = view.caller;
  }
  return frame;
}

bool takes(PrimitiveContext& c, std::span<const Word> arguments) {
  if (arguments.size() == 1) return true;
  fail_count(c, "a continuation", "1 argument", arguments.size());
  return false;
}

Word copy_frames(Edit& edit, Word frame, Word end, Word onto) {
  const Pin& pin = edit.pin();
  std::vector<Word> frames;
  for (; frame != end; frame = view_frame(pin, frame).caller) frames.push_back(frame);
  for (; !frames.empty(); frames.pop_back()) {
    const FrameView view = view_frame(pin, frames.back());
    onto = make_frame(edit, onto, view.closure, view.function, view.safe_point, view.slots.data());
  }
  return onto;
}

Word stack_frames(Edit& edit, Word frame, Word prompt, Word onto) {
  const Pin& pin = edit.pin();
  if (substrate::is_nil(onto) || !view_frame(pin, onto).is_prompt())
    onto = copy_frames(edit, prompt, view_frame(pin, prompt).caller, onto);
  return copy_frames(edit, frame, prompt, onto);
}

Word find_program(const Pin& pin, Word frame) {
  const Word name = substrate::symbol(pin, kProgramFunction);
  while (!substrate::is_nil(frame)) {
    const FrameView view = view_frame(pin, frame);
    if (view.function.name() == name && in_prelude(pin, view.function)) break;
    frame = view.caller;
  }
  return frame;
}

}  // namespace yin::vm::internal
