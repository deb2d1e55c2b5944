#include "vm/machine.h"

#include <string>
#include <vector>

#include "substrate/root.h"
#include "substrate/vector.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/internal/call.h"
#include "vm/lower.h"
#include "vm/native/native.h"
#include "vm/register/register.h"
#include "vm/stack/stack.h"
#include "vm/tiered.h"
#include "vm/walk/walk.h"

namespace yin::vm {

using substrate::Edit;
using substrate::kNil;
using substrate::Word;

std::unique_ptr<Machine> make_machine(Projection projection) {
  switch (projection) {
    case Projection::kWalk:
      return walk::make_machine();
    case Projection::kStack:
      return stack::make_machine();
    case Projection::kRegister:
      return registers::make_machine();
    case Projection::kNative:
      return native::make_machine();
    case Projection::kTiered:
      break;
  }
  return tiered::make_machine();
}

std::string_view projection_name(Projection projection) {
  switch (projection) {
    case Projection::kWalk:
      return "walk";
    case Projection::kStack:
      return "stack";
    case Projection::kRegister:
      return "register";
    case Projection::kNative:
      return "native";
    case Projection::kTiered:
      break;
  }
  return "tiered";
}

std::optional<Projection> find_projection(std::string_view name) {
  for (const Projection p : {Projection::kWalk, Projection::kStack, Projection::kRegister,
                             Projection::kNative, Projection::kTiered}) {
    if (projection_name(p) == name) return p;
  }
  return std::nullopt;
}

namespace {

// The frame that enters a closure, or kAbsent when it does not take so many arguments.
Word entry_frame(Edit& edit, Word closure, std::span<const Word> arguments) {
  const auto f = internal::find_arity(edit.pin(), closure, arguments.size());
  if (!f) return substrate::kAbsent;
  std::vector<Word> slots(arguments.begin(), arguments.end());
  if (f->variadic()) {
    const std::size_t fixed = f->info().parameter_count - 1u;
    slots.resize(fixed);
    slots.push_back(internal::rest_list(edit, arguments.subspan(fixed)));
  }
  return make_frame(edit, kNil, closure, *f, 0, slots.data());
}

}  // namespace

// What is called but no closure, such as a primitive, is called by a function of the prelude:
// (call-with f arguments).
Word make_call(Edit& edit, Word function, std::span<const Word> arguments) {
  PrimitiveContext context(edit, kNil);
  if (internal::is_closure(function)) {
    const Word frame = entry_frame(edit, function, arguments);
    if (!substrate::is_absent(frame)) return frame;
    internal::fail_arity(context, function, arguments.size());
    return context.error;
  }
  const Word var = substrate::find_named_root(
      edit.pin(), std::string("var/").append(kPreludeHome).append("call-with"));
  if (substrate::is_absent(var)) {
    return make_error(edit, "unsupported",
                      "only closures can be called before the prelude is installed", kNil);
  }
  const Word caller = internal::read_var(context, var);
  if (!internal::is_closure(caller)) {
    return make_error(edit, "unbound", "the prelude's call-with could not be read; try again",
                      kNil);
  }
  const Word slots[] = {function, substrate::Vector::from(edit, arguments).word};
  return entry_frame(edit, caller, slots);
}

}  // namespace yin::vm
