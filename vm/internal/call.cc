#include "vm/internal/call.h"

#include <algorithm>
#include <string>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/root.h"
#include "substrate/set.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/python_words.h"
#include "ast/schema.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/internal/continuation.h"
#include "vm/internal/primitives.h"
#include "vm/prelude.h"

namespace yin::vm::internal {

using substrate::Edit;
using substrate::kAbsent;
using substrate::List;
using substrate::Map;
using substrate::Pin;
using substrate::RootRead;
using substrate::Set;
using substrate::Vector;
using substrate::Word;

namespace {

std::uint32_t required(const Function& f) {
  return f.info().parameter_count - (f.variadic() ? 1u : 0u);
}

std::string arguments_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

// "1 argument", "2 or 3 arguments", "at least 1 argument".
std::string taken(const Pin& pin, Word closure) {
  std::string text;
  const std::uint32_t arities = arity_count(pin, closure);
  for (std::uint32_t i = 0; i < arities; ++i) {
    const Function f = arity_of(pin, closure, i);
    if (i > 0) text += " or ";
    if (f.variadic()) text += "at least ";
    text += i + 1 == arities ? arguments_text(required(f)) : std::to_string(required(f));
  }
  return text;
}

std::string taken(const Primitive& p) {
  if (p.most == kAnyCount) return "at least " + arguments_text(p.least);
  if (p.least == p.most) return arguments_text(p.least);
  return std::to_string(p.least) + " to " + arguments_text(p.most);
}

Word call_primitive(PrimitiveContext& c, Word callee, std::span<const Word> arguments) {
  const std::uint64_t number = substrate::payload(callee);
  const auto table = primitives();
  if (number >= table.size())
    return c.fail("unsupported", "a built-in function that this build does not have");
  const Primitive& p = table[static_cast<std::size_t>(number)];
  if (!p.accepts(arguments.size())) return fail_count(c, p.name, taken(p), arguments.size());
  return p.function(c, arguments);
}

// The value under `key` in a map or set, else `otherwise`.
Word look_up(PrimitiveContext& c, Word in, Word key, Word otherwise) {
  in = substrate::bare(c.pin(), in);
  if (Map::is(in)) return Map{in}.get(c.pin(), key, otherwise);
  if (!is_map(in) && !is_set(in)) return otherwise;
  const Word found = find_in(c, in, key);
  return substrate::is_absent(found) ? otherwise : found;
}

Word call_keyword(PrimitiveContext& c, Word keyword, std::span<const Word> a) {
  if (a.empty() || a.size() > 2) {
    return fail_count(c, describe_value(c.pin(), keyword), "1 to 2 arguments", a.size());
  }
  return look_up(c, a[0], keyword, a.size() == 2 ? a[1] : substrate::kNil);
}

Word call_collection(PrimitiveContext& c, Word collection, std::span<const Word> a) {
  const std::size_t most = is_map(collection) ? 2 : 1;
  if (a.empty() || a.size() > most) {
    return fail_count(
        c, std::string("a ").append(substrate::kind_name(collection)).append(" as a function"),
        most == 2 ? "1 to 2 arguments" : "1 argument", a.size());
  }
  if (!Vector::is(collection))
    return look_up(c, collection, a[0], a.size() == 2 ? a[1] : substrate::kNil);
  std::int64_t index;
  if (!integer_argument(c, "a vector as a function", a[0], index)) return kSignalled;
  const std::uint64_t count = Vector{collection}.count(c.pin());
  if (index < 0 || static_cast<std::uint64_t>(index) >= count) {
    return c.fail("index", "index " + std::to_string(index) + " is outside a vector of " +
                               std::to_string(count));
  }
  return Vector{collection}.nth(c.pin(), static_cast<std::uint64_t>(index));
}

}  // namespace

Word fail_count(PrimitiveContext& c, std::string_view name, const std::string& takes,
                std::size_t got) {
  return c.fail("arity", std::string(name) + " takes " + takes + ", got " + std::to_string(got));
}

std::optional<Function> find_arity(const Pin& pin, Word closure, std::size_t count) {
  std::optional<Function> found;
  for (std::uint32_t i = 0; i < arity_count(pin, closure); ++i) {
    const Function f = arity_of(pin, closure, i);
    if (!f.variadic() && f.info().parameter_count == count) return f;
    if (f.variadic() && count >= required(f)) found = f;
  }
  return found;
}

void fail_arity(PrimitiveContext& c, Word closure, std::size_t count) {
  fail_count(c, closure_name(c.pin(), closure), taken(c.pin(), closure), count);
}

Own own_call(Word callee, std::span<const Word> arguments) {
  if (!substrate::is_primitive(callee)) return Own::kNone;
  const auto word = [](std::string_view name) {
    return substrate::primitive_word(builtin::number_of(name));
  };
  static const Word apply = word("apply");
  static const Word capture = word("call/cc");
  static const Word prompt = word(builtin::kPrompt);
  static const Word shift = word("call-with-shift");
  static const Word resume = word("resume");
  if (callee == apply) return Own::kApply;
  if (callee == capture && arguments.size() == 1) return Own::kCapture;
  if (callee == prompt && arguments.size() == 1) return Own::kPrompt;
  if (callee == shift && arguments.size() == 1) return Own::kShift;
  const bool resumes = callee == resume && (arguments.size() == 1 || arguments.size() == 2) &&
                       is_continuation(arguments[0]);
  return resumes ? Own::kResume : Own::kNone;
}

std::optional<Function> shift_receiver(PrimitiveContext& c, Word f) {
  if (!is_closure(f)) {
    c.wrong_type("call-with-shift", f, "a function of one argument");
    return std::nullopt;
  }
  const auto found = find_arity(c.pin(), f, 1);
  if (!found) fail_arity(c, f, 1);
  return found;
}

void fail_no_prompt(PrimitiveContext& c) {
  c.fail("argument", "shift stands in no reset: there is nothing that delimits its continuation");
}

bool spread_apply(PrimitiveContext& c, std::span<const Word> a, std::vector<Word>& out) {
  if (a.size() < 2) {
    fail_count(c, "apply", "at least 2 arguments", a.size());
    return false;
  }
  out.assign(a.begin(), a.end() - 1);
  return collect(c, "apply", a.back(), out);
}

Word call_value(PrimitiveContext& c, Word callee, std::span<const Word> arguments) {
  callee = substrate::bare(c.pin(), callee);
  if (substrate::is_primitive(callee)) return call_primitive(c, callee, arguments);
  if (substrate::is_keyword(callee) || substrate::is_symbol(callee))
    return call_keyword(c, callee, arguments);
  if (is_map(callee) || is_set(callee) || Vector::is(callee))
    return call_collection(c, callee, arguments);
  return c.fail("type",
                "cannot call " + describe_value(c.pin(), callee) + ": it is not a function");
}

Word rest_list(Edit& edit, std::span<const Word> arguments) {
  return arguments.empty() ? substrate::kNil : List::from(edit, arguments).word;
}

Function first_function(const Pin& pin, Word functions) {
  if (substrate::is_object(functions, substrate::ObjectKind::kFunction)) return {pin, functions};
  return {pin, Vector{functions}.nth(pin, 0)};
}

Word make_map_literal(PrimitiveContext& c, std::span<const Word> words) {
  std::vector<substrate::MapEntry> entries;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) entries.push_back({words[i], words[i + 1]});
  const Map map = Map::from(c.edit, entries);
  if (map.count(c.pin()) == entries.size()) return map.word;
  return c.fail("argument", "a map literal has the same key twice");
}

Word make_set_literal(PrimitiveContext& c, std::span<const Word> items) {
  const Set set = Set::from(c.edit, items);
  if (set.count(c.pin()) == items.size()) return set.word;
  return c.fail("argument", "a set literal has the same item twice");
}

Word read_var(PrimitiveContext& c, Word var) {
  const RootRead read = substrate::read_root(c.pin(), substrate::root_ref(var));
  if (read.ok()) return read.value;
  return read.outcome == RootRead::Outcome::kExpired ? c.expire() : kAbsent;
}

void fail_unbound(PrimitiveContext& c, Word program, std::uint32_t variable) {
  const Word attribute = substrate::keyword(c.pin(), ast::attribute::kName);
  const Word name = ast::attribute_of(c.pin(), program, variable, attribute);
  std::string_view shown = substrate::name_of(c.pin(), name);
  if (shown.starts_with(ast::python::kPythonHome)) {
    shown.remove_prefix(ast::python::kPythonHome.size());
    c.fail("unbound", "NameError: name '" + std::string(shown) + "' is not defined");
    return;
  }
  c.fail("unbound", std::string("unbound name: ").append(shown));
}

bool in_prelude(const Pin& pin, const Function& function) {
  const substrate::StringView file(pin, ast::source_name(pin, function.program()));
  return file.view() == kPreludeFile || file.view() == kPythonPreludeFile;
}

Word error_at(PrimitiveContext& c, const Site& site, Word frames) {
  return with_place(c.edit, c.error, place_of_node(c.pin(), site.function.program(), site.entity),
                    frames);
}

bool FrameCallers::operator()(Site& site) {
  if (substrate::is_nil(frame_)) return false;
  const FrameView view = view_frame(pin_, frame_);
  site = {view.function, view.entity()};
  frame_ = view.caller;
  return true;
}

Word raise_in(Edit& edit, Word continuation, Word error) {
  FrameCallers frames(edit.pin(), continuation);
  Site site{};
  if (!substrate::is_object(error, substrate::ObjectKind::kError) || !frames(site)) return error;
  PrimitiveContext context(edit, substrate::kNil);
  context.error = error;
  return raise_at(context, site, continuation, frames);
}

}  // namespace yin::vm::internal
