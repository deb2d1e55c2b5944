#include "ast/readers/clojure_macros.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>

#include "substrate/print.h"
#include "ast/readers/clojure_destructure.h"

namespace yin::ast::clojure {

namespace {

using Arguments = std::span<const Form* const>;

Arguments arguments_of(const Form& call) { return Arguments(call.items).subspan(1); }

std::string count_of(std::size_t n) { return std::to_string(n); }

// "`if-not` takes a test and one or two forms, got 4": the shape of the call is wrong.
const Form* wrong_count(Forms& forms, const Form& call, std::string_view takes) {
  return forms.fail(call.at, "`" + std::string(call.items[0]->name) + "` takes " +
                                 std::string(takes) + ", got " + count_of(call.items.size() - 1) +
                                 " forms");
}

const Form* body(Forms& forms, Position at, Arguments from) {
  if (from.empty()) return forms.nil(at);
  if (from.size() == 1) return from[0];
  Items items{forms.core(at, "do")};
  items.insert(items.end(), from.begin(), from.end());
  return forms.list(at, std::move(items));
}

const Form* truth(Forms& forms, Position at, bool value) {
  return forms.atom(at, substrate::boolean_word(value));
}

// The macro's first argument as a vector of pairs. Null after an error.
const Form* bindings_of(Forms& forms, const Form& call) {
  const std::string name(call.items[0]->name);
  if (call.items.size() < 2 || call.items[1]->kind != FormKind::kVector) {
    return forms.fail(call.at, "`" + name + "` takes a vector of bindings first: [name value ...]");
  }
  const Form* bindings = call.items[1];
  if (bindings->items.size() % 2 != 0) {
    return forms.fail(bindings->at, "the bindings of `" + name + "` come in pairs, got " +
                                        count_of(bindings->items.size()) + " forms");
  }
  return bindings;
}

// As bindings_of, with one pair in it.
const Form* one_binding_of(Forms& forms, const Form& call) {
  const Form* bindings = bindings_of(forms, call);
  if (bindings != nullptr && bindings->items.size() != 2) {
    return forms.fail(bindings->at,
                      "`" + std::string(call.items[0]->name) + "` takes one binding: [name value]");
  }
  return bindings;
}

// ------------------------------------------------------------------------------------ conditionals

// (reset body...) is (call-with-prompt (fn* [] body...)).
const Form* expand_reset(Forms& forms, const Form& call) {
  Items function{forms.symbol(call.at, "fn*"), forms.vector(call.at, {})};
  const auto arguments = arguments_of(call);
  function.insert(function.end(), arguments.begin(), arguments.end());
  return forms.call(call.at, "call-with-prompt", {forms.list(call.at, std::move(function))});
}

// (shift k body...) is (call-with-shift (fn* [k] body...)).
const Form* expand_shift(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty() || arguments[0]->kind != FormKind::kSymbol) {
    return wrong_count(forms, call, "a name for the continuation and forms");
  }
  Items function{forms.symbol(call.at, "fn*"), forms.vector(call.at, {arguments[0]})};
  function.insert(function.end(), arguments.begin() + 1, arguments.end());
  return forms.call(call.at, "call-with-shift", {forms.list(call.at, std::move(function))});
}

const Form* expand_if_not(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.size() != 2 && arguments.size() != 3) {
    return wrong_count(forms, call, "a test and one or two forms");
  }
  const Form* otherwise = arguments.size() == 3 ? arguments[2] : forms.nil(call.at);
  return forms.call(call.at, "if", {arguments[0], otherwise, arguments[1]});
}

const Form* expand_when(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a test and forms");
  return forms.call(call.at, "if", {arguments[0], body(forms, call.at, arguments.subspan(1))});
}

const Form* expand_when_not(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a test and forms");
  return forms.call(call.at, "if",
                    {arguments[0], forms.nil(call.at), body(forms, call.at, arguments.subspan(1))});
}

const Form* expand_cond(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.size() % 2 != 0) {
    return wrong_count(forms, call, "pairs of a test and a form");
  }
  const Form* result = forms.nil(call.at);
  for (std::size_t i = arguments.size(); i > 0; i -= 2) {
    const Form* test = arguments[i - 2];
    result = forms.call(test->at, "if", {test, arguments[i - 1], result});
  }
  return result;
}

// (and a b c) is (let* [and__1 a] (if and__1 (and b c) and__1)); `or` has the branches the other
// way round.
const Form* expand_connective(Forms& forms, const Form& call, std::string_view name,
                              const Form* nothing, bool goes_on_when_true) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return nothing;
  Items held;
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    held.push_back(forms.fresh(arguments[i]->at, name));
  }
  const Form* result = arguments.back();
  for (std::size_t i = held.size(); i > 0; --i) {
    const Form* value = held[i - 1];
    const Form* test = goes_on_when_true ? forms.call(value->at, "if", {value, result, value})
                                         : forms.call(value->at, "if", {value, value, result});
    result =
        forms.call(value->at, "let*", {forms.vector(value->at, {value, arguments[i - 1]}), test});
  }
  return result;
}

const Form* expand_and(Forms& forms, const Form& call) {
  return expand_connective(forms, call, "and", truth(forms, call.at, true), true);
}
const Form* expand_or(Forms& forms, const Form& call) {
  return expand_connective(forms, call, "or", forms.nil(call.at), false);
}

// (if-let [pattern test] then else): the test is held, so that the pattern is in scope in `then`
// alone.
const Form* expand_conditional_let(Forms& forms, const Form& call, bool some, const Form* then,
                                   const Form* otherwise) {
  const Form* binding = one_binding_of(forms, call);
  if (binding == nullptr) return nullptr;
  const Position at = call.at;
  const Form* held = forms.fresh(at, "temp");
  const Form* bound =
      forms.call(at, "let", {forms.vector(binding->at, {binding->items[0], held}), then});
  const Form* choice =
      some ? forms.call(at, "if", {forms.call(at, "nil?", {held}), otherwise, bound})
           : forms.call(at, "if", {held, bound, otherwise});
  return forms.call(at, "let*", {forms.vector(binding->at, {held, binding->items[1]}), choice});
}

const Form* expand_if_binding(Forms& forms, const Form& call, bool some) {
  const auto arguments = arguments_of(call);
  if (arguments.size() != 2 && arguments.size() != 3) {
    return wrong_count(forms, call, "a binding and one or two forms");
  }
  const Form* otherwise = arguments.size() == 3 ? arguments[2] : forms.nil(call.at);
  return expand_conditional_let(forms, call, some, arguments[1], otherwise);
}

const Form* expand_when_binding(Forms& forms, const Form& call, bool some) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a binding and forms");
  return expand_conditional_let(forms, call, some, body(forms, call.at, arguments.subspan(1)),
                                forms.nil(call.at));
}

const Form* expand_if_let(Forms& forms, const Form& call) {
  return expand_if_binding(forms, call, false);
}
const Form* expand_if_some(Forms& forms, const Form& call) {
  return expand_if_binding(forms, call, true);
}
const Form* expand_when_let(Forms& forms, const Form& call) {
  return expand_when_binding(forms, call, false);
}
const Form* expand_when_some(Forms& forms, const Form& call) {
  return expand_when_binding(forms, call, true);
}

// (when-first [x items] body...): x is the first item, when there is one.
const Form* expand_when_first(Forms& forms, const Form& call) {
  const Form* binding = one_binding_of(forms, call);
  if (binding == nullptr) return nullptr;
  const Position at = call.at;
  const Form* seq = forms.fresh(at, "seq");
  const Form* first = forms.vector(at, {binding->items[0], forms.call(at, "first", {seq})});
  const Form* then = forms.call(at, "let", {first, body(forms, at, arguments_of(call).subspan(1))});
  return forms.call(at, "let*",
                    {forms.vector(at, {seq, forms.call(at, "seq", {binding->items[1]})}),
                     forms.call(at, "if", {seq, then, forms.nil(at)})});
}

// (assert test), (assert test message): an error with the test's own text.
const Form* assertion(Forms& forms, Position at, const Form* test, const Form* message) {
  const Form* text = forms.atom(
      at, substrate::from_string(
              forms.edit(),
              "assertion failed: " + substrate::print(forms.edit().pin(), forms.data_of(*test))));
  const Form* what =
      message == nullptr
          ? text
          : forms.call(at, "str",
                       {forms.atom(at, substrate::from_string(forms.edit(), "assertion failed: ")),
                        message});
  return forms.call(at, "if", {test, forms.nil(at), forms.call(at, "error", {what})});
}

const Form* expand_assert(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty() || arguments.size() > 2) {
    return wrong_count(forms, call, "a test and a message or none");
  }
  return assertion(forms, call.at, arguments[0], arguments.size() == 2 ? arguments[1] : nullptr);
}

// -------------------------------------------------------------------------------------------- case

// (or (= value 'a) (= value 'b)), with ifs.
const Form* matches(Forms& forms, const Form* value, Arguments constants) {
  const Form* result = nullptr;
  for (std::size_t i = constants.size(); i > 0; --i) {
    const Form* constant = constants[i - 1];
    const Position at = constant->at;
    const Form* same = forms.call(at, "=", {value, forms.call(at, "quote", {constant})});
    result =
        result == nullptr ? same : forms.call(at, "if", {same, truth(forms, at, true), result});
  }
  return result;
}

const Form* expand_case(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a value and clauses");
  const Position at = call.at;
  const Form* value = forms.fresh(at, "case");
  const auto clauses = arguments.subspan(1);
  const std::size_t pairs = clauses.size() / 2;

  Items constants;
  for (std::size_t i = 0; i < pairs; ++i) {
    const Form* constant = clauses[2 * i];
    if (constant->kind != FormKind::kList) {
      constants.push_back(constant);
    } else if (constant->items.empty()) {
      return forms.fail(constant->at, "this clause of `case` has no constant and never matches");
    } else {
      constants.insert(constants.end(), constant->items.begin(), constant->items.end());
    }
  }
  if (const Form* twice = forms.first_duplicate(constants, 1)) {
    return forms.fail(twice->at, "this constant stands in an earlier clause of `case`");
  }

  const Form* message =
      forms.atom(at, substrate::from_string(forms.edit(), "no clause of `case` matches"));
  const Form* result =
      clauses.size() % 2 != 0 ? clauses.back() : forms.call(at, "error", {message, value});
  for (std::size_t i = pairs; i > 0; --i) {
    const Form* const& constant = clauses[2 * (i - 1)];
    const Arguments list =
        constant->kind == FormKind::kList ? Arguments(constant->items) : Arguments(&constant, 1);
    result = forms.call(constant->at, "if",
                        {matches(forms, value, list), clauses[2 * (i - 1) + 1], result});
  }
  return forms.call(at, "let*", {forms.vector(at, {value, arguments[0]}), result});
}

// --------------------------------------------------------------------------------------- threading

// One step of a threading macro: (f value x) for (f x), (f value) for f; or the value last.
const Form* threaded(Forms& forms, const Form* step, const Form* value, bool last) {
  if (step->kind != FormKind::kList || step->items.empty()) {
    return forms.list(step->at, {step, value});
  }
  Items items = step->items;
  items.insert(last ? items.end() : items.begin() + 1, value);
  return forms.list(step->at, std::move(items));
}

const Form* expand_thread(Forms& forms, const Form& call, bool last) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a form and steps");
  const Form* result = arguments[0];
  for (const Form* step : arguments.subspan(1)) result = threaded(forms, step, result, last);
  return result;
}

const Form* expand_thread_first(Forms& forms, const Form& call) {
  return expand_thread(forms, call, false);
}
const Form* expand_thread_last(Forms& forms, const Form& call) {
  return expand_thread(forms, call, true);
}

const Form* expand_as_thread(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.size() < 2) return wrong_count(forms, call, "a form, a name and steps");
  const Form* name = arguments[1];
  Items bindings{name, arguments[0]};
  const auto steps = arguments.subspan(2);
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    bindings.push_back(name);
    bindings.push_back(steps[i]);
  }
  return forms.call(
      call.at, "let",
      {forms.vector(call.at, std::move(bindings)), steps.empty() ? name : steps.back()});
}

// (let* [value init, value step1, ...] value), where each step stands for what the value is next.
const Form* stepwise(Forms& forms, const Form& call, const Form* value, const Form* init,
                     Arguments steps) {
  Items bindings{value, init};
  for (const Form* step : steps) bindings.insert(bindings.end(), {value, step});
  return forms.call(call.at, "let*", {forms.vector(call.at, std::move(bindings)), value});
}

// (cond-> x test step ...): each step whose test holds, the tests by themselves.
const Form* expand_cond_thread(Forms& forms, const Form& call, bool last) {
  const auto arguments = arguments_of(call);
  if (arguments.size() % 2 == 0) {
    return wrong_count(forms, call, "a form and pairs of a test and a step");
  }
  const Form* value = forms.fresh(call.at, "value");
  Items steps;
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const Form* step = threaded(forms, arguments[i + 1], value, last);
    steps.push_back(forms.call(arguments[i]->at, "if", {arguments[i], step, value}));
  }
  return stepwise(forms, call, value, arguments[0], steps);
}
const Form* expand_cond_thread_first(Forms& forms, const Form& call) {
  return expand_cond_thread(forms, call, false);
}
const Form* expand_cond_thread_last(Forms& forms, const Form& call) {
  return expand_cond_thread(forms, call, true);
}

// (some-> x step ...): until a step gives nil.
const Form* expand_some_thread(Forms& forms, const Form& call, bool last) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a form and steps");
  const Form* value = forms.fresh(call.at, "value");
  Items steps;
  for (const Form* step : arguments.subspan(1)) {
    steps.push_back(forms.call(step->at, "if",
                               {forms.call(step->at, "nil?", {value}), forms.nil(step->at),
                                threaded(forms, step, value, last)}));
  }
  return stepwise(forms, call, value, arguments[0], steps);
}
const Form* expand_some_thread_first(Forms& forms, const Form& call) {
  return expand_some_thread(forms, call, false);
}
const Form* expand_some_thread_last(Forms& forms, const Form& call) {
  return expand_some_thread(forms, call, true);
}

const Form* expand_doto(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a form and steps");
  const Form* value = forms.fresh(call.at, "value");
  Items all;
  for (const Form* step : arguments.subspan(1)) {
    all.push_back(threaded(forms, step, value, false));
  }
  all.push_back(value);
  return forms.call(call.at, "let*",
                    {forms.vector(call.at, {value, arguments[0]}), body(forms, call.at, all)});
}

// (time form): its value, and how long it took is printed.
const Form* expand_time(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.size() != 1) return wrong_count(forms, call, "a form");
  const Form* began = forms.fresh(call.at, "began");
  const Form* value = forms.fresh(call.at, "value");
  return forms.call(
      call.at, "let*",
      {forms.vector(call.at, {began, forms.call(call.at, "now", {}), value, arguments[0]}),
       body(forms, call.at, Items{forms.call(call.at, "yin/print-elapsed", {began}), value})});
}

// (condp f x a 1 b :>> g default): (f a x), then 1; (f b x), then (g of what it gave).
const Form* expand_condp(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.size() < 2) return wrong_count(forms, call, "a function, a value and clauses");
  const Position at = call.at;
  const Form* function = forms.fresh(at, "function");
  const Form* value = forms.fresh(at, "value");
  struct Clause {
    const Form* constant;
    const Form* result;
    bool arrow;
  };
  std::vector<Clause> clauses;
  const Form* otherwise = nullptr;
  for (auto rest = arguments.subspan(2); !rest.empty();) {
    if (rest.size() == 1) {
      otherwise = rest[0];
      break;
    }
    const bool arrow = rest[1]->kind == FormKind::kKeyword && rest[1]->name == ">>";
    if (arrow && rest.size() == 2) {
      return forms.fail(rest[1]->at, "`:>>` takes a function behind it");
    }
    clauses.push_back({rest[0], rest[arrow ? 2 : 1], arrow});
    rest = rest.subspan(arrow ? 3 : 2);
  }
  const Form* message =
      forms.atom(at, substrate::from_string(forms.edit(), "no clause of `condp` matches"));
  const Form* result = otherwise != nullptr ? otherwise : forms.call(at, "error", {message, value});
  for (std::size_t i = clauses.size(); i > 0; --i) {
    const Clause& clause = clauses[i - 1];
    const Position place = clause.constant->at;
    const Form* test = forms.list(place, {function, clause.constant, value});
    if (!clause.arrow) {
      result = forms.call(place, "if", {test, clause.result, result});
      continue;
    }
    const Form* found = forms.fresh(place, "found");
    const Form* applied = forms.list(place, {clause.result, found});
    result = forms.call(
        place, "let*",
        {forms.vector(place, {found, test}), forms.call(place, "if", {found, applied, result})});
  }
  return forms.call(at, "let*",
                    {forms.vector(at, {function, arguments[0], value, arguments[1]}), result});
}

// ---------------------------------------------------------------------------------------- bindings

bool all_symbols(Arguments patterns) {
  return std::all_of(patterns.begin(), patterns.end(),
                     [](const Form* p) { return p->kind == FormKind::kSymbol; });
}

// (name bindings body...), for let* and loop*.
const Form* with_body(Forms& forms, Position at, std::string_view name, const Form* bindings,
                      Arguments rest) {
  Items items{forms.core(at, name), bindings};
  items.insert(items.end(), rest.begin(), rest.end());
  return forms.list(at, std::move(items));
}

const Form* expand_let(Forms& forms, const Form& call) {
  const Form* bindings = bindings_of(forms, call);
  if (bindings == nullptr) return nullptr;
  Items plain;
  for (std::size_t i = 0; i < bindings->items.size(); i += 2) {
    if (!destructure(forms, bindings->items[i], bindings->items[i + 1], plain)) return nullptr;
  }
  return with_body(forms, call.at, "let*", forms.vector(bindings->at, std::move(plain)),
                   arguments_of(call).subspan(1));
}

// With patterns, the loop's own names are fresh; the patterns are taken apart around the loop, for
// the inits behind them, and again in its body, for every turn.
const Form* expand_loop(Forms& forms, const Form& call) {
  const Form* bindings = bindings_of(forms, call);
  if (bindings == nullptr) return nullptr;
  const auto rest = arguments_of(call).subspan(1);
  Items patterns;
  for (std::size_t i = 0; i < bindings->items.size(); i += 2) {
    patterns.push_back(bindings->items[i]);
  }
  if (all_symbols(patterns)) return with_body(forms, call.at, "loop*", bindings, rest);

  Items outer;
  Items turn;
  Items inner;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const Form* init = bindings->items[2 * i + 1];
    const bool plain = patterns[i]->kind == FormKind::kSymbol;
    const Form* name = plain ? patterns[i] : forms.fresh(patterns[i]->at, "loop");
    outer.insert(outer.end(), {name, init});
    turn.insert(turn.end(), {name, name});
    if (plain) continue;
    outer.insert(outer.end(), {patterns[i], name});
    inner.insert(inner.end(), {patterns[i], name});
  }
  const Form* in_turn =
      with_body(forms, call.at, "let", forms.vector(bindings->at, std::move(inner)), rest);
  const Form* loop =
      forms.call(call.at, "loop*", {forms.vector(bindings->at, std::move(turn)), in_turn});
  return forms.call(call.at, "let", {forms.vector(bindings->at, std::move(outer)), loop});
}

// --------------------------------------------------------------------------------------- functions

// A body that begins with {:pre [test ...] :post [test ...]} and goes on: its checks, as asserts
// around it; in those of :post, % is what the body gives. False after an error.
bool with_conditions(Forms& forms, Position at, Arguments& body_forms, Items& out) {
  if (body_forms.size() < 2 || body_forms[0]->kind != FormKind::kMap) return true;
  const Items& map = body_forms[0]->items;
  const Form* pre = nullptr;
  const Form* post = nullptr;
  for (std::size_t i = 0; i < map.size(); i += 2) {
    if (map[i]->kind != FormKind::kKeyword) continue;
    if (map[i]->name == "pre") pre = map[i + 1];
    if (map[i]->name == "post") post = map[i + 1];
  }
  if (pre == nullptr && post == nullptr) return true;
  for (const Form* tests : {pre, post}) {
    if (tests == nullptr || tests->kind == FormKind::kVector) continue;
    forms.fail(tests->at, "`:pre` and `:post` take a vector of tests");
    return false;
  }
  if (pre != nullptr) {
    for (const Form* test : pre->items) out.push_back(assertion(forms, test->at, test, nullptr));
  }
  const Arguments rest = body_forms.subspan(1);
  if (post == nullptr) {
    out.insert(out.end(), rest.begin(), rest.end());
  } else {
    const Form* value = forms.symbol(at, "%");
    Items checked;
    for (const Form* test : post->items) {
      checked.push_back(assertion(forms, test->at, test, nullptr));
    }
    checked.push_back(value);
    out.push_back(forms.call(
        at, "let*", {forms.vector(at, {value, body(forms, at, rest)}), body(forms, at, checked)}));
  }
  body_forms = out;
  return true;
}

// ([a [b c] & d] body...) to ([a p__1 & d] (let [[b c] p__1] body...)).
const Form* plain_arity(Forms& forms, const Form& arity) {
  const Form* parameters = arity.items[0];
  auto rest = Arguments(arity.items).subspan(1);
  Items checked;
  if (!with_conditions(forms, arity.at, rest, checked)) return nullptr;
  if (all_symbols(parameters->items)) {
    if (checked.empty()) return &arity;
    checked.insert(checked.begin(), parameters);
    return forms.list(arity.at, std::move(checked));
  }
  Items names;
  Items patterns;
  for (const Form* parameter : parameters->items) {
    if (parameter->kind == FormKind::kSymbol) {
      names.push_back(parameter);
      continue;
    }
    const Form* name = forms.fresh(parameter->at, "p");
    const bool keyword_arguments =
        parameter->kind == FormKind::kMap && !names.empty() && names.back()->is_symbol("&");
    names.push_back(name);
    patterns.push_back(
        keyword_arguments
            ? forms.vector(parameter->at, {forms.symbol(parameter->at, "&"), parameter})
            : parameter);
    patterns.push_back(name);
  }
  const Form* let =
      with_body(forms, arity.at, "let", forms.vector(parameters->at, std::move(patterns)), rest);
  return forms.list(arity.at, {forms.vector(parameters->at, std::move(names)), let});
}

// What stands behind the name of fn or defn: [params] body..., or ([params] body...)... Gives the
// arities as lists, none after an error.
Items arities_of(Forms& forms, const Form& call, Arguments from) {
  const std::string name(call.items[0]->name);
  Items arities;
  if (!from.empty() && from[0]->kind == FormKind::kVector) {
    arities.push_back(forms.list(call.at, Items(from.begin(), from.end())));
    return arities;
  }
  for (const Form* arity : from) {
    if (arity->kind != FormKind::kList || arity->items.empty() ||
        arity->items[0]->kind != FormKind::kVector) {
      forms.fail(
          arity->at,
          "`" + name + "` takes [parameters] and a body here, or several ([parameters] body...)");
      return {};
    }
    arities.push_back(arity);
  }
  if (arities.empty()) {
    forms.fail(call.at, "`" + name + "` needs its parameters: [a b ...]");
  }
  return arities;
}

// (fn* name arities...), without patterns. `name` may be null.
const Form* make_function(Forms& forms, const Form& call, const Form* name, Arguments from) {
  Items items{forms.core(call.at, "fn*")};
  if (name != nullptr) items.push_back(name);
  for (const Form* arity : arities_of(forms, call, from)) {
    const Form* plain = plain_arity(forms, *arity);
    if (plain == nullptr) return nullptr;
    items.push_back(plain);
  }
  return forms.ok() ? forms.list(call.at, std::move(items)) : nullptr;
}

const Form* expand_fn(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  const bool named = !arguments.empty() && arguments[0]->kind == FormKind::kSymbol;
  return make_function(forms, call, named ? arguments[0] : nullptr,
                       arguments.subspan(named ? 1 : 0));
}

bool is_string(Forms& forms, const Form& form) {
  return form.kind == FormKind::kAtom && substrate::is_string(forms.data_of(form));
}

const Form* expand_defn(Forms& forms, const Form& call) {
  auto arguments = arguments_of(call);
  if (arguments.empty() || arguments[0]->kind != FormKind::kSymbol) {
    return forms.fail(call.at, "`" + std::string(call.items[0]->name) + "` takes a name first");
  }
  const Form* name = arguments[0];
  arguments = arguments.subspan(1);
  const Form* doc = !arguments.empty() && is_string(forms, *arguments[0]) ? arguments[0] : nullptr;
  if (doc != nullptr) arguments = arguments.subspan(1);
  if (!arguments.empty() && arguments[0]->kind == FormKind::kMap) {
    name = forms.with_meta(*name, *arguments[0]);
    arguments = arguments.subspan(1);
  }
  if (call.items[0]->is_symbol("defn-")) {
    const Form* is_private = forms.collection(
        FormKind::kMap, call.at,
        {forms.keyword(call.at, "private"), forms.atom(call.at, substrate::kTrue)});
    name = forms.with_meta(*name, *is_private);
  }
  // The function's own name has no namespace, as no local has.
  const Form* own = forms.symbol(name->at, local_name(name->name));
  const Form* function = make_function(forms, call, own, arguments);
  if (function == nullptr) return nullptr;
  return doc == nullptr ? forms.call(call.at, "def", {name, function})
                        : forms.call(call.at, "def", {name, doc, function});
}

// The name of the atom that holds a multimethod's methods.
const Form* methods_name(Forms& forms, const Form& name) {
  return forms.symbol(name.at, forms.keep(std::string(name.name) + "--methods"));
}

// (defmulti name dispatch :default key)
//   (do (def name--methods (atom {})) (def name (multimethod name--methods dispatch key)))
const Form* expand_defmulti(Forms& forms, const Form& call) {
  auto arguments = arguments_of(call);
  if (arguments.empty() || arguments[0]->kind != FormKind::kSymbol) {
    return forms.fail(call.at, "`defmulti` takes a name first");
  }
  const Position at = call.at;
  const Form& name = *arguments[0];
  arguments = arguments.subspan(1);
  if (!arguments.empty() && is_string(forms, *arguments[0])) arguments = arguments.subspan(1);
  if (!arguments.empty() && arguments[0]->kind == FormKind::kMap) arguments = arguments.subspan(1);
  if (arguments.empty()) return wrong_count(forms, call, "a name and a dispatch function");
  const Form* fallback = forms.keyword(at, "default");
  for (auto options = arguments.subspan(1); !options.empty(); options = options.subspan(2)) {
    if (options[0]->kind != FormKind::kKeyword || options[0]->name != "default" ||
        options.size() < 2) {
      return forms.fail(options[0]->at, "`defmulti` has no option but `:default key`");
    }
    fallback = options[1];
  }
  const Form* methods = methods_name(forms, name);
  const Form* label = forms.call(at, "quote", {&name});
  const Form* made = forms.call(at, "yin/multimethod", {label, methods, arguments[0], fallback});
  return forms.call(
      at, "do",
      {forms.call(at, "def",
                  {methods, forms.call(at, "atom", {forms.collection(FormKind::kMap, at, {})})}),
       forms.call(at, "def", {&name, made})});
}

// (defmethod name key [parameters] body...)
const Form* expand_defmethod(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.size() < 3 || arguments[0]->kind != FormKind::kSymbol) {
    return forms.fail(call.at, "`defmethod` takes the name of a `defmulti`, a key and a function");
  }
  const Position at = call.at;
  const bool named = arguments[2]->kind == FormKind::kSymbol;
  // The multimethod's own name means the multimethod in it, so its function has another.
  const Form* own = named ? arguments[2] : forms.fresh(at, local_name(arguments[0]->name));
  const Form* function = make_function(forms, call, own, arguments.subspan(named ? 3 : 2));
  if (function == nullptr) return nullptr;
  return forms.call(at, "do",
                    {forms.call(at, "swap!",
                                {methods_name(forms, *arguments[0]), forms.core(at, "assoc"),
                                 arguments[1], function}),
                     arguments[0]});
}

// ------------------------------------------------------------------------------------------- letfn

// A program that ties n functions grows with the cube of n.
constexpr std::size_t kTiedFunctionsMax = 64;

// One function of a letfn: (name [params] body...) or (name ([params] body...)...).
struct LocalFunction {
  const Form* name;
  const Form* function;                           // (fn* name arities...)
  std::unordered_set<std::string_view> mentions;  // every symbol that stands in it
};

bool read_local_functions(Forms& forms, const Form& call, std::vector<LocalFunction>& out) {
  const auto arguments = arguments_of(call);
  if (arguments.empty() || arguments[0]->kind != FormKind::kVector) {
    forms.fail(call.at, "`letfn` takes a vector of functions first: [(name [parameters] body...)]");
    return false;
  }
  for (const Form* item : arguments[0]->items) {
    if (item->kind != FormKind::kList || item->items.empty() ||
        item->items[0]->kind != FormKind::kSymbol) {
      forms.fail(item->at, "a function of `letfn` is (name [parameters] body...)");
      return false;
    }
    LocalFunction local{item->items[0], nullptr, {}};
    local.function = make_function(forms, *item, local.name, arguments_of(*item));
    if (local.function == nullptr) return false;
    collect_names(*local.function, local.mentions);
    out.push_back(std::move(local));
  }
  return true;
}

// Does a function name one that is bound after it?
bool looks_ahead(const std::vector<LocalFunction>& functions) {
  for (std::size_t i = 0; i < functions.size(); ++i) {
    for (std::size_t k = i + 1; k < functions.size(); ++k) {
      if (functions[i].mentions.contains(functions[k].name->name)) return true;
    }
  }
  return false;
}

// The arity with its siblings bound around its body, but for those that a parameter shadows.
const Form* with_siblings(Forms& forms, const Form& arity, const Items& siblings,
                          const Items& calls) {
  Items bindings;
  for (std::size_t i = 0; i < siblings.size(); ++i) {
    const Items& parameters = arity.items[0]->items;
    const bool shadowed = std::any_of(parameters.begin(), parameters.end(), [&](const Form* p) {
      return p->is_symbol(siblings[i]->name);
    });
    if (!shadowed) bindings.insert(bindings.end(), {siblings[i], calls[i]});
  }
  const auto rest = Arguments(arity.items).subspan(1);
  const Form* let =
      with_body(forms, arity.at, "let*", forms.vector(arity.at, std::move(bindings)), rest);
  return forms.list(arity.at, {arity.items[0], let});
}

// Functions that name each other, without cells or cycles: each is made by a maker, which gets all
// makers and so can make the siblings that its body names, when it runs.
//
//   (letfn [(even [n] ... odd ...) (odd [n] ... even ...)] body)
//   (let* [even-maker (fn* [even-maker odd-maker]
//                       (fn* even ([n] (let* [odd (odd-maker even-maker odd-maker)] ... odd ...))))
//          odd-maker  ...
//          even (even-maker even-maker odd-maker), odd ...]
//     body)
const Form* tie_functions(Forms& forms, const Form& call,
                          const std::vector<LocalFunction>& functions) {
  if (functions.size() > kTiedFunctionsMax) {
    return forms.fail(call.at, "`letfn` takes at most " + count_of(kTiedFunctionsMax) +
                                   " functions that name each other; use `defn`");
  }
  Items makers;
  for (const auto& local : functions) makers.push_back(forms.fresh(local.name->at, "maker"));
  Items calls;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    Items items{makers[i]};
    items.insert(items.end(), makers.begin(), makers.end());
    calls.push_back(forms.list(functions[i].name->at, std::move(items)));
  }
  Items bindings;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const LocalFunction& local = functions[i];
    Items siblings;
    Items sibling_calls;
    for (std::size_t k = 0; k < functions.size(); ++k) {
      if (k == i || !local.mentions.contains(functions[k].name->name)) continue;
      siblings.push_back(functions[k].name);
      sibling_calls.push_back(calls[k]);
    }
    Items function{local.function->items[0], local.name};
    for (const Form* arity : Arguments(local.function->items).subspan(2)) {
      function.push_back(with_siblings(forms, *arity, siblings, sibling_calls));
    }
    const Form* maker = forms.call(
        local.name->at, "fn*",
        {forms.vector(local.name->at, makers), forms.list(local.name->at, std::move(function))});
    bindings.insert(bindings.end(), {makers[i], maker});
  }
  for (std::size_t i = 0; i < functions.size(); ++i) {
    bindings.insert(bindings.end(), {functions[i].name, calls[i]});
  }
  return with_body(forms, call.at, "let*", forms.vector(call.at, std::move(bindings)),
                   arguments_of(call).subspan(1));
}

const Form* expand_letfn(Forms& forms, const Form& call) {
  std::vector<LocalFunction> functions;
  if (!read_local_functions(forms, call, functions)) return nullptr;
  if (looks_ahead(functions)) return tie_functions(forms, call, functions);
  Items bindings;
  for (const auto& local : functions) {
    bindings.insert(bindings.end(), {local.name, local.function});
  }
  return with_body(forms, call.at, "let*", forms.vector(call.at, std::move(bindings)),
                   arguments_of(call).subspan(1));
}

// --------------------------------------------------------------------------------------- iteration

const Form* expand_while(Forms& forms, const Form& call) {
  const auto arguments = arguments_of(call);
  if (arguments.empty()) return wrong_count(forms, call, "a test and forms");
  const Position at = call.at;
  Items turn(arguments.begin() + 1, arguments.end());
  turn.push_back(forms.call(at, "recur", {}));
  return forms.call(
      at, "loop*",
      {forms.vector(at, {}), forms.call(at, "if", {arguments[0], body(forms, at, turn)})});
}

const Form* expand_dotimes(Forms& forms, const Form& call) {
  const Form* binding = one_binding_of(forms, call);
  if (binding == nullptr) return nullptr;
  const Position at = call.at;
  const Form* i = binding->items[0];
  if (!check_local(forms, *i)) return nullptr;
  const Form* end = forms.fresh(at, "end");
  const auto integer = [&](std::int64_t n) { return forms.atom(at, substrate::int_word(n)); };
  const auto rest = arguments_of(call).subspan(1);
  Items turn(rest.begin(), rest.end());
  turn.push_back(forms.call(at, "recur", {forms.call(at, "+", {i, integer(1)})}));
  const Form* loop =
      forms.call(at, "loop*",
                 {forms.vector(at, {i, integer(0)}),
                  forms.call(at, "if", {forms.call(at, "<", {i, end}), body(forms, at, turn)})});
  return forms.call(at, "let*", {forms.vector(at, {end, binding->items[1]}), loop});
}

// [x xs :let [...] :when test y ys ...]: a group is a binding with the modifiers behind it.
struct Modifier {
  std::string_view name;
  const Form* form;
};
struct Group {
  const Form* pattern;
  const Form* items;
  std::vector<Modifier> modifiers;
};

bool read_groups(Forms& forms, const Form& call, std::vector<Group>& groups) {
  const Form* bindings = bindings_of(forms, call);
  if (bindings == nullptr) return false;
  const std::string name(call.items[0]->name);
  for (std::size_t i = 0; i < bindings->items.size(); i += 2) {
    const Form* left = bindings->items[i];
    const Form* right = bindings->items[i + 1];
    if (left->kind != FormKind::kKeyword) {
      groups.push_back({left, right, {}});
    } else if (left->name != "let" && left->name != "when" && left->name != "while") {
      forms.fail(left->at, "`:" + std::string(left->name) + "` means nothing in `" + name +
                               "`; there are :let, :when and :while");
      return false;
    } else if (groups.empty()) {
      forms.fail(left->at, "`" + name + "` begins with a binding, not with `:" +
                               std::string(left->name) + "`");
      return false;
    } else {
      groups.back().modifiers.push_back({left->name, right});
    }
  }
  if (groups.empty()) {
    forms.fail(bindings->at, "`" + name + "` needs a binding: [name items]");
    return false;
  }
  return true;
}

bool has_while(const Group& group) {
  return std::any_of(group.modifiers.begin(), group.modifiers.end(),
                     [](const Modifier& m) { return m.name == "while"; });
}

// `inner` under the group's modifiers; `skipped` and `ended` are what the whole gives when a :when
// or :while fails.
const Form* under_modifiers(Forms& forms, const Group& group, const Form* inner,
                            const Form* skipped, const Form* ended) {
  for (std::size_t i = group.modifiers.size(); i > 0; --i) {
    const Modifier& m = group.modifiers[i - 1];
    const Position at = m.form->at;
    inner = m.name == "let"
                ? forms.call(at, "let", {m.form, inner})
                : forms.call(at, "if", {m.form, inner, m.name == "when" ? skipped : ended});
  }
  return inner;
}

// One loop a group. Where there is a :while, a turn gives whether to go on.
const Form* expand_doseq(Forms& forms, const Form& call) {
  std::vector<Group> groups;
  if (!read_groups(forms, call, groups)) return nullptr;
  const Form* inner = body(forms, call.at, arguments_of(call).subspan(1));
  for (std::size_t i = groups.size(); i > 0; --i) {
    const Group& group = groups[i - 1];
    const Position at = group.pattern->at;
    const Form* seq = forms.fresh(at, "seq");
    const bool checks = has_while(group);
    const Form* next = forms.call(at, "recur", {forms.call(at, "next", {seq})});
    if (checks) inner = forms.call(at, "do", {inner, truth(forms, at, true)});
    inner = under_modifiers(forms, group, inner, truth(forms, at, true), truth(forms, at, false));
    const Form* item = forms.vector(at, {group.pattern, forms.call(at, "first", {seq})});
    const Form* bound = forms.call(at, "let", {item, inner});
    const Form* turn =
        checks ? forms.call(at, "if", {bound, next}) : forms.call(at, "do", {bound, next});
    inner = forms.call(at, "loop*",
                       {forms.vector(at, {seq, forms.call(at, "seq", {group.items})}),
                        forms.call(at, "if", {seq, turn})});
  }
  // A loop ends with nil, or with the false of an `if` without an else, which is nil too.
  return inner;
}

// The form with its value in a local, so that a `recur` in it is not in tail position: it would
// turn the function that an expansion wraps around it.
const Form* held(Forms& forms, const Form* form) {
  const Form* value = forms.fresh(form->at, "value");
  return forms.call(form->at, "let*", {forms.vector(form->at, {value, form}), value});
}

// A group with a :while: (reduce (fn [out pattern] (into out items) or (reduced out)) [] items).
const Form* gathered_while(Forms& forms, const Group& group, const Form* items) {
  const Position at = group.pattern->at;
  const Form* out = forms.fresh(at, "out");
  const Form* turn = under_modifiers(forms, group, forms.call(at, "into", {out, items}), out,
                                     forms.call(at, "reduced", {out}));
  const Form* function = forms.call(at, "fn", {forms.vector(at, {out, group.pattern}), turn});
  return forms.call(at, "concat",
                    {forms.call(at, "reduce", {function, forms.vector(at, {}), group.items})});
}

// The last group maps, those around it and those with modifiers concatenate.
const Form* expand_for(Forms& forms, const Form& call) {
  std::vector<Group> groups;
  if (!read_groups(forms, call, groups)) return nullptr;
  if (call.items.size() != 3) {
    return forms.fail(call.at, "`for` takes one form behind its bindings, got " +
                                   count_of(call.items.size() - 2));
  }
  const Form* inner = call.items[2];
  for (std::size_t i = groups.size(); i > 0; --i) {
    const Group& group = groups[i - 1];
    const Position at = group.pattern->at;
    const bool last = i == groups.size();
    if (has_while(group)) {
      inner = gathered_while(forms, group, last ? forms.call(at, "list", {inner}) : inner);
      continue;
    }
    const bool plain = last && group.modifiers.empty();
    if (last) inner = plain ? held(forms, inner) : forms.call(at, "list", {inner});
    inner = under_modifiers(forms, group, inner, forms.nil(at), nullptr);
    const Form* function = forms.call(at, "fn", {forms.vector(at, {group.pattern}), inner});
    inner = forms.call(at, plain ? "map" : "mapcat", {function, group.items});
  }
  return inner;
}

// --------------------------------------------------------------------------------- files, comments

const Form* expand_comment(Forms& forms, const Form& call) { return forms.nil(call.at); }

const Form* expand_declare(Forms& forms, const Form& call) {
  Items definitions;
  for (const Form* name : arguments_of(call)) {
    definitions.push_back(forms.call(call.at, "def", {name}));
  }
  return body(forms, call.at, definitions);
}

// ------------------------------------------------------------------------------------------ tables

struct NamedMacro {
  std::string_view name;
  Macro macro;
};
constexpr std::array kMacros = std::to_array<NamedMacro>({
    {"->", expand_thread_first},
    {"->>", expand_thread_last},
    {"and", expand_and},
    {"as->", expand_as_thread},
    {"assert", expand_assert},
    {"case", expand_case},
    {"comment", expand_comment},
    {"cond", expand_cond},
    {"cond->", expand_cond_thread_first},
    {"cond->>", expand_cond_thread_last},
    {"condp", expand_condp},
    {"declare", expand_declare},
    {"defmethod", expand_defmethod},
    {"defmulti", expand_defmulti},
    {"defn", expand_defn},
    {"defn-", expand_defn},
    {"doseq", expand_doseq},
    {"dotimes", expand_dotimes},
    {"doto", expand_doto},
    {"fn", expand_fn},
    {"for", expand_for},
    {"if-let", expand_if_let},
    {"if-not", expand_if_not},
    {"if-some", expand_if_some},
    {"let", expand_let},
    {"letfn", expand_letfn},
    {"loop", expand_loop},
    {"or", expand_or},
    {"reset", expand_reset},
    {"shift", expand_shift},
    {"some->", expand_some_thread_first},
    {"some->>", expand_some_thread_last},
    {"time", expand_time},
    {"when", expand_when},
    {"when-first", expand_when_first},
    {"when-let", expand_when_let},
    {"when-not", expand_when_not},
    {"when-some", expand_when_some},
    {"while", expand_while},
});
static_assert(std::ranges::is_sorted(kMacros, {}, &NamedMacro::name));

struct Refusal {
  std::string_view name;
  std::string_view what;
};
constexpr std::string_view kLater = "is not supported yet";
constexpr std::string_view kClause = "stands only in a `try`, behind its body";
constexpr std::string_view kInterop = "is not supported: there is no Java here";
constexpr std::string_view kMutable = "is not supported; keep what changes in an atom";
constexpr std::string_view kTypes = "is not supported yet; use maps and functions";
constexpr std::string_view kRegex = "needs regular expressions, which are not supported yet";
constexpr std::string_view kVars = "is not supported: a name gives its value, and is none itself";
constexpr std::string_view kAgents = "is not supported; what runs beside is an agent: `spawn`";
constexpr std::string_view kLazy = "is not supported: sequences are made whole here";
constexpr std::string_view kMeta =
    "is not supported: metadata is part of a value, and no value changes";
constexpr std::string_view kArrays = "is not supported yet; use a vector";
constexpr std::string_view kFilesOf =
    "is not supported; the host has operations for that, if it grants them: `call`";
constexpr std::string_view kEval = "is not supported: no code is made while a program runs";
constexpr std::array kRefusals = std::to_array<Refusal>({
    {".", kInterop},
    {"..", kInterop},
    {"aclone", kArrays},
    {"agent", kAgents},
    {"aget", kArrays},
    {"alength", kArrays},
    {"all-ns", kVars},
    {"alter", kMutable},
    {"alter-meta!", kMeta},
    {"alter-var-root", kVars},
    {"amap", kArrays},
    {"areduce", kArrays},
    {"aset", kArrays},
    {"await", kAgents},
    {"await-for", kAgents},
    {"bases", kInterop},
    {"bean", kInterop},
    {"binding", kLater},
    {"boolean-array", kArrays},
    {"bound-fn", kLater},
    {"bound?", kVars},
    {"byte-array", kArrays},
    {"catch", kClause},
    {"char-array", kArrays},
    {"class", kInterop},
    {"class?", kInterop},
    {"commute", kMutable},
    {"compile", kEval},
    {"defonce", "is not supported yet; use `def`"},
    {"defprotocol", kTypes},
    {"defrecord", kTypes},
    {"defstruct", kTypes},
    {"deftype", kTypes},
    {"delay", kLazy},
    {"delay?", kLazy},
    {"deliver", kAgents},
    {"dosync", kMutable},
    {"double-array", kArrays},
    {"ensure", kMutable},
    {"eval", kEval},
    {"extend", kTypes},
    {"extend-protocol", kTypes},
    {"extend-type", kTypes},
    {"extenders", kTypes},
    {"extends?", kTypes},
    {"file-seq", kFilesOf},
    {"finally", kClause},
    {"find-ns", kVars},
    {"find-var", kVars},
    {"float-array", kArrays},
    {"force", kLazy},
    {"future", kAgents},
    {"future-call", kAgents},
    {"future-cancel", kAgents},
    {"future?", kAgents},
    {"gen-class", kInterop},
    {"get-method", "is not supported: a multimethod's methods are in the atom NAME--methods"},
    {"import", kInterop},
    {"in-ns", "is not supported; a file has one `ns`"},
    {"instance?", kInterop},
    {"int-array", kArrays},
    {"intern", kVars},
    {"into-array", kArrays},
    {"io!", kMutable},
    {"lazy-cat", kLazy},
    {"lazy-seq", kLazy},
    {"letfn*", "is not supported; write `letfn`"},
    {"line-seq", kFilesOf},
    {"load", kEval},
    {"load-file", kEval},
    {"load-reader", kEval},
    {"load-string", kEval},
    {"locking", kInterop},
    {"long-array", kArrays},
    {"make-array", kArrays},
    {"map-entry?", "is not supported: an entry of a map is a vector of two here; use `vector?`"},
    {"memfn", kInterop},
    {"methods", "is not supported: a multimethod's methods are in the atom NAME--methods"},
    {"migrate", "is not needed: an agent belongs to no worker; who is free takes its next step"},
    {"monitor-enter", kInterop},
    {"monitor-exit", kInterop},
    {"new", kInterop},
    {"ns-map", kVars},
    {"ns-name", kVars},
    {"ns-publics", kVars},
    {"ns-resolve", kVars},
    {"object-array", kArrays},
    {"pcalls", kAgents},
    {"pmap", kAgents},
    {"prefer-method", kTypes},
    {"prefers", kTypes},
    {"promise", kAgents},
    {"proxy", kInterop},
    {"proxy-super", kInterop},
    {"pvalues", kAgents},
    {"re-find", kRegex},
    {"re-groups", kRegex},
    {"re-matcher", kRegex},
    {"re-matches", kRegex},
    {"re-pattern", kRegex},
    {"re-seq", kRegex},
    {"read", kEval},
    {"read-line", kFilesOf},
    {"realized?", kLazy},
    {"record?", kTypes},
    {"ref", kMutable},
    {"ref-set", kMutable},
    {"refer", "is not supported; write (require '[name :refer [names]])"},
    {"reify", kTypes},
    {"remove-all-methods",
     "is not supported: a multimethod's methods are in the atom NAME--methods"},
    {"remove-method", "is not supported: a multimethod's methods are in the atom NAME--methods"},
    {"reset-meta!", kMeta},
    {"resolve", kVars},
    {"satisfies?", kTypes},
    {"send-off", kAgents},
    {"seque", kLazy},
    {"set!", kMutable},
    {"short-array", kArrays},
    {"slurp", kFilesOf},
    {"spit", kFilesOf},
    {"supers", kInterop},
    {"sync", kMutable},
    {"thread-bound?", kVars},
    {"to-array", kArrays},
    {"use", "is not supported; write (require '[name :refer [names]])"},
    {"var", "is not supported: a name gives its value; (meta #'name) is what its definition says"},
    {"var-get", kVars},
    {"var-set", kVars},
    {"vector-of", kArrays},
    {"with-bindings", kVars},
    {"with-in-str", kFilesOf},
    {"with-local-vars", kMutable},
    {"with-open", kLater},
    {"with-out-str", kLater},
    {"with-redefs", kLater},
    {"with-redefs-fn", kVars},
});

static_assert(std::ranges::is_sorted(kRefusals, {}, &Refusal::name));

}  // namespace

Macro find_macro(std::string_view name) {
  const auto at = std::ranges::lower_bound(kMacros, name, {}, &NamedMacro::name);
  return at != kMacros.end() && at->name == name ? at->macro : nullptr;
}

std::vector<std::string_view> macro_names() {
  std::vector<std::string_view> names;
  for (const NamedMacro& one : kMacros) names.push_back(one.name);
  return names;
}

std::string_view find_refusal(std::string_view name) {
  const auto at = std::ranges::lower_bound(kRefusals, name, {}, &Refusal::name);
  return at != kRefusals.end() && at->name == name ? at->what : std::string_view{};
}

}  // namespace yin::ast::clojure
