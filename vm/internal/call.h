#pragma once

// Calls, as far as they are the same on every machine: choosing an arity, calling what is no
// closure, and the errors.
//
// The machines do the rest themselves: where arguments stand and what becomes of the caller is
// their own affair. All errors go to the context, without a place; the machine knows the node and
// adds it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/value.h"
#include "vm/code.h"
#include "vm/primitive.h"

namespace yin::vm::internal {

// The function of `closure` that takes `count` arguments; an exact one comes before one with a rest
// parameter.
std::optional<Function> find_arity(const substrate::Pin& pin, substrate::Word closure,
                                   std::size_t count);

// Tells the context that a closure does not take `count` arguments.
void fail_arity(PrimitiveContext& c, substrate::Word closure, std::size_t count);

inline bool is_closure(substrate::Word w) {
  return substrate::is_object(w, substrate::ObjectKind::kClosure);
}

// What a machine does itself, since it concerns its activations.
enum class Own : std::uint8_t {
  kNone,
  kApply,    // (apply f x... items)
  kCapture,  // (call/cc f)
  kPrompt,   // (yin/prompt f): calls f with nothing; the caller's frame is a prompt
  kShift,    // (call-with-shift f)
  kResume,   // (resume continuation), (resume continuation value)
};
Own own_call(substrate::Word callee, std::span<const substrate::Word> arguments);

// Tells the context of a wrong number of arguments. `takes`: "1 argument".
substrate::Word fail_count(PrimitiveContext& c, std::string_view name, const std::string& takes,
                           std::size_t got);
// Is `f` a closure that takes one argument, for (call-with-shift f)? Else tells the context so.
std::optional<Function> shift_receiver(PrimitiveContext& c, substrate::Word f);
// Tells the context that no prompt is around a shift.
void fail_no_prompt(PrimitiveContext& c);

// (apply f x... items): f, x... and the items to `out`; false after telling the context what is
// wrong.
bool spread_apply(PrimitiveContext& c, std::span<const substrate::Word> arguments,
                  std::vector<substrate::Word>& out);

// The primitive that a word stands for, if it is a plain one that takes `count` arguments, else
// null.
inline const Primitive* plain_primitive(substrate::Word callee, std::uint32_t count) {
  if (!substrate::is_primitive(callee)) return nullptr;
  const auto table = primitives();
  const std::uint64_t number = substrate::payload(callee);
  if (number >= table.size()) return nullptr;
  const Primitive& p = table[static_cast<std::size_t>(number)];
  return p.kind == PrimitiveKind::kPlain && p.accepts(count) ? &p : nullptr;
}

// Calls what is neither a closure nor a continuation nor a machine's own: a primitive, or a keyword,
// symbol, map, set or vector as a look-up. The value, or kSignalled with the context told.
substrate::Word call_value(PrimitiveContext& c, substrate::Word callee,
                           std::span<const substrate::Word> arguments);

// What the rest parameter of a variadic function gets: a list, nil for none.
substrate::Word rest_list(substrate::Edit& edit, std::span<const substrate::Word> arguments);

// A closure of `function` (or a vector of functions). `value_at(place)` gives what it captures.
template <class ValueAt>
substrate::Word make_closure(substrate::Edit& edit, substrate::Word functions,
                             const Function& first, ValueAt&& value_at) {
  constexpr std::size_t kFew = 15;
  const auto captures = first.captures();
  const auto count = static_cast<std::uint32_t>(captures.size());
  substrate::Word few[1 + kFew];
  std::vector<substrate::Word> many(count > kFew ? 1 + count : 0);
  substrate::Word* words = count > kFew ? many.data() : few;
  words[substrate::ClosureField::kFunction] = functions;
  for (std::uint32_t i = 0; i < count; ++i) {
    words[substrate::ClosureField::kCaptured + i] = value_at(captures[i]);
  }
  return substrate::make_record(edit, substrate::ObjectKind::kClosure, words, 1 + count);
}
// The first function of what a closure's kFunction field holds.
Function first_function(const substrate::Pin& pin, substrate::Word functions);

// Collection literals. The latter two tell the context of equal keys or items.
substrate::Word make_map_literal(PrimitiveContext& c,
                                 std::span<const substrate::Word> keys_and_values);
substrate::Word make_set_literal(PrimitiveContext& c, std::span<const substrate::Word> items);

// The value of a var, kAbsent when nobody has defined it, kSignalled when the pin expired.
substrate::Word read_var(PrimitiveContext& c, substrate::Word var);

// A var as it was when this run first read it. A run is one step of an agent: that others define
// meanwhile, it sees in its next one; what it defines itself ends the run.
struct ReadVar {
  substrate::Word var;
  substrate::Word value;
  std::uint64_t run;  // 0: none
};
inline constexpr std::size_t kReadVars = 64;
constexpr std::size_t var_index(substrate::Word var) {
  return static_cast<std::size_t>(var.bits >> 12) % kReadVars;
}  // by slot

// Tells the context that nobody has defined the name of a :variable.
void fail_unbound(PrimitiveContext& c, substrate::Word program, std::uint32_t variable);

// A node of a function: where something was raised, or what called it.
struct Site {
  Function function;
  std::uint32_t entity;
};

// Is this the prelude's own text? Then a reader of the error wants to see who called it.
bool in_prelude(const substrate::Pin& pin, const Function& function);
// The error that the context holds, with the place of `site`; `frames` are the callers, see
// kErrorFrames.
substrate::Word error_at(PrimitiveContext& c, const Site& site, substrate::Word frames);

// How many frames of callers an error keeps.
inline constexpr std::size_t kErrorFrames = 64;

// The same for an error raised at `site`: the place is that of the innermost caller in the
// program's own text, if there is one. `next` gives the callers, innermost first: bool next(Site&).
template <class Next>
substrate::Word raise_at(PrimitiveContext& c, const Site& site, substrate::Word frames,
                         Next&& next) {
  Site shown = site;
  while (in_prelude(c.pin(), shown.function)) {
    if (!next(shown)) return error_at(c, site, frames);
  }
  return error_at(c, shown, frames);
}

// The callers that stand in frames, for the above.
class FrameCallers {
 public:
  FrameCallers(const substrate::Pin& pin, substrate::Word frame) : pin_(pin), frame_(frame) {}
  bool operator()(Site& site);

 private:
  const substrate::Pin& pin_;
  substrate::Word frame_;
};

// An error that a continuation is raised with, with the place of the frame that awaited a value
// instead.
substrate::Word raise_in(substrate::Edit& edit, substrate::Word continuation,
                         substrate::Word error);

}  // namespace yin::vm::internal
