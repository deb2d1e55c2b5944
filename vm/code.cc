#include "vm/code.h"

#include <algorithm>
#include <string_view>

#include "substrate/intern.h"
#include "substrate/vector.h"

namespace yin::vm {

using substrate::ClosureField;
using substrate::CodePosition;
using substrate::ErrorHandler;
using substrate::FunctionNode;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::Vector;
using substrate::Word;

namespace {

std::uint32_t entity_in(std::span<const CodePosition> all, std::uint32_t pc) {
  const auto at = std::ranges::lower_bound(all, pc, {}, &CodePosition::pc);
  return at != all.end() && at->pc == pc ? at->entity : 0;
}

// Of those around, the innermost stands last.
const ErrorHandler* handler_in(std::span<const ErrorHandler> all, std::uint32_t ErrorHandler::*from,
                               std::uint32_t ErrorHandler::*to, std::uint32_t pc) {
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const ErrorHandler& handler) {
    return handler.*from <= pc && pc < handler.*to;
  });
  return found == all.rend() ? nullptr : &*found;
}

}  // namespace

std::uint32_t Function::entity_at(std::uint32_t pc) const { return entity_in(positions(), pc); }
std::uint32_t Function::entity_at_register(std::uint32_t pc) const {
  return entity_in(register_positions(), pc);
}

const ErrorHandler* Function::handler_around(std::uint32_t pc) const {
  return handler_in(handlers(), &ErrorHandler::from, &ErrorHandler::to, pc);
}
const ErrorHandler* Function::register_handler_around(std::uint32_t pc) const {
  return handler_in(handlers(), &ErrorHandler::register_from, &ErrorHandler::register_to, pc);
}

std::uint32_t Function::call_point_of(std::uint32_t entity) const {
  const auto points = safe_points();
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    if (points[i].entity == entity && (points[i].flags & substrate::kSafePointAwaits) != 0)
      return i;
  }
  return kNoNote;
}

std::uint32_t Function::note_of(std::uint32_t entity) const {
  const auto all = nodes();
  const auto at = std::ranges::lower_bound(all, entity, {}, &FunctionNode::entity);
  return at != all.end() && at->entity == entity ? at->value : kNoNote;
}

std::uint32_t arity_count(const Pin& pin, Word closure) {
  const Word functions = substrate::field(pin, closure, ClosureField::kFunction);
  if (substrate::is_object(functions, ObjectKind::kFunction)) return 1;
  return static_cast<std::uint32_t>(Vector{functions}.count(pin));
}

Function arity_of(const Pin& pin, Word closure, std::uint32_t index) {
  const Word functions = substrate::field(pin, closure, ClosureField::kFunction);
  if (substrate::is_object(functions, ObjectKind::kFunction)) return {pin, functions};
  return {pin, Vector{functions}.nth(pin, index)};
}

std::string_view closure_name(const Pin& pin, Word closure) {
  const Word name = arity_of(pin, closure, 0).name();
  return substrate::is_nil(name) ? "a function" : substrate::name_of(pin, name);
}

}  // namespace yin::vm
