#include "vm/primitive.h"

#include <string>
#include <unordered_map>
#include <vector>

#include "substrate/check.h"
#include "substrate/print.h"
#include "vm/error.h"
#include "vm/internal/primitives.h"

namespace yin::vm {

using substrate::Pin;
using substrate::Word;

Word PrimitiveContext::fail(std::string_view kind, std::string_view message, Word data) {
  return raise(make_error(edit, kind, message, data));
}

Word PrimitiveContext::wrong_type(std::string_view name, Word got, std::string_view wanted) {
  std::string message(name);
  message.append(" needs ").append(wanted).append(", got ").append(describe_value(pin(), got));
  return fail("type", message);
}

Word PrimitiveContext::raise(Word an_error) {
  signal = Signal::kError;
  error = an_error;
  return kSignalled;
}

Word PrimitiveContext::ask(EffectKind kind, Word a, Word b, Word c) {
  signal = Signal::kEffect;
  effect = {kind, {a, b, c}};
  return kSignalled;
}

Word PrimitiveContext::expire() {
  signal = Signal::kExpired;
  return kSignalled;
}

std::string describe_value(const Pin& pin, Word w) {
  if (substrate::is_nil(w)) return "nil";
  std::string text(substrate::kind_name(w));
  if (substrate::is_string(w) || !substrate::is_reference(w)) {
    const std::string value = substrate::print(pin, w);
    if (value.size() <= 40) text += ' ' + value;
  }
  return text;
}

namespace {

Word unknown_primitive(PrimitiveContext& c, std::span<const Word>) {
  return c.fail("unsupported", "a built-in function that this build does not have");
}

using Table = std::vector<Primitive>;

void add_group(Table& table, std::uint32_t group, std::span<const Primitive> primitives) {
  substrate::check(primitives.size() <= kPrimitiveGroupSize, "a group of primitives is full");
  std::size_t at = std::size_t{group} * kPrimitiveGroupSize;
  for (const Primitive& p : primitives) table[at++] = p;
}

const Table& table() {
  static const Table all = [] {
    Table made(7 * kPrimitiveGroupSize, Primitive{{}, 0, kAnyCount, unknown_primitive});
    add_group(made, 0, internal::number_primitives());
    add_group(made, 1, internal::collection_primitives());
    add_group(made, 2, internal::sequence_primitives());
    add_group(made, 3, internal::text_primitives());
    add_group(made, 4, internal::effect_primitives());
    add_group(made, 5, internal::python_primitives());
    add_group(made, 6, internal::sorted_primitives());
    return made;
  }();
  return all;
}

using Names = std::unordered_map<std::string_view, std::uint32_t>;

const Names& names() {
  static const Names all = [] {
    Names made;
    for (std::uint32_t i = 0; i < table().size(); ++i) {
      if (!table()[i].name.empty()) made.emplace(table()[i].name, i);
    }
    return made;
  }();
  return all;
}

std::optional<std::uint32_t> look_up(std::string_view name) {
  const auto found = names().find(name);
  if (found == names().end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::span<const Primitive> primitives() { return table(); }

std::optional<std::uint32_t> find_primitive(std::string_view name) { return look_up(name); }

namespace builtin {
std::uint32_t number_of(std::string_view name) {
  const auto found = look_up(name);
  substrate::check(found.has_value(), "a primitive is not in the table");
  return *found;
}
}  // namespace builtin

}  // namespace yin::vm
