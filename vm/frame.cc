#include "vm/frame.h"

#include <algorithm>

#include "substrate/check.h"

namespace yin::vm {

using substrate::Edit;
using substrate::FrameField;
using substrate::ObjectHeader;
using substrate::Pin;
using substrate::Word;

FrameView view_frame(const Pin& pin, Word frame) {
  const ObjectHeader* header = substrate::header_of(pin, frame);
  const Word* words = substrate::record_words(header);
  const auto at = static_cast<std::uint64_t>(substrate::small_int(words[FrameField::kSafePoint]));
  const Word closure = words[FrameField::kClosure];
  FrameView view{
      words[FrameField::kCaller],
      closure,
      arity_of(pin, closure, static_cast<std::uint32_t>(at >> substrate::kFrameArityShift)),
      static_cast<std::uint32_t>(at),
      {words + FrameField::kSlots, header->count - FrameField::kSlots}};
  substrate::dcheck(view.slots.size() == view.point().live_count,
                    "a frame's slots are those of its safe point");
  return view;
}

Word make_frame(Edit& edit, Word caller, Word closure, const Function& function,
                std::uint32_t safe_point, const Word* slots) {
  const std::uint32_t live = function.safe_points()[safe_point].live_count;
  const std::uint32_t count = FrameField::kSlots + live;
  const std::uint64_t bytes = sizeof(ObjectHeader) + std::uint64_t{count} * sizeof(Word);
  auto* header = edit.allocate<ObjectHeader>(bytes);
  substrate::set_header(*header, substrate::ObjectKind::kFrame, bytes, count,
                        false);  // a closure is always referred to
  Word* words = substrate::record_words(header);
  words[FrameField::kCaller] = caller;
  words[FrameField::kClosure] = closure;
  words[FrameField::kSafePoint] = substrate::int_word(static_cast<std::int64_t>(
      std::uint64_t{function.info().arity_index} << substrate::kFrameArityShift | safe_point));
  std::copy(slots, slots + live, words + FrameField::kSlots);
  if ((count & 1) == 0) words[count].bits = 0;  // the rest of the last granule
  return substrate::word_of(edit.pin(), header);
}

}  // namespace yin::vm
