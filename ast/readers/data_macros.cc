#include "ast/readers/data_macros.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "substrate/intern.h"
#include "substrate/metadata.h"
#include "substrate/print.h"
#include "substrate/vector.h"
#include "ast/readers/data_maps.h"
#include "ast/schema.h"

namespace yin::ast::data {

using substrate::Map;
using substrate::MapEntry;
using substrate::Vector;
using substrate::Word;

namespace {

constexpr std::size_t kExpansionsMax = 100'000;
constexpr std::size_t kPassesMax = 100;  // each for macros that the one before it defined
constexpr std::size_t kLiteralMaxBytes = std::size_t{1} << 24;  // as text
constexpr std::int64_t kFirstId = -17;

// What a macro may use of the program, in this order (prelude.clj).
constexpr std::array<std::string_view, 4> kFunctions = {"yin/get-attr", "yin/sequence-body",
                                                        "yin/make-lambda", "yin/make-def"};

}  // namespace

Macros::Macros(DataText& text, Entities& entities, MacroRunner* runner)
    : text_(text),
      entities_(entities),
      runner_(runner),
      pin_(text.pin()),
      define_(substrate::symbol(pin_, kDefine)),
      defmacro_(substrate::symbol(pin_, "defmacro")) {}

bool Macros::expand(EntityNumber root) {
  if (!has_calls(root)) return text_.status().ok();
  if (runner_ == nullptr)
    return fail(root, "its macros cannot be expanded here: there is no machine to run them");
  for (std::size_t i = 0; i < kPassesMax; ++i) {
    if (!pass(root)) return false;
    if (waiting_ == kNone) return true;
    if (!progress_) break;
  }
  const Callee callee = callee_of(waiting_);
  if (callee.found == Found::kError) return false;
  return fail(waiting_,
              label(callee) + (callee.lambda == kNone ? " is not defined"
                                                      : " needs an expansion that needs it"));
}

// Depth first; what a call became is gone through in its place.
bool Macros::pass(EntityNumber root) {
  struct Visit {
    EntityNumber entity;
    std::vector<EntityNumber> children;
    std::size_t next = 0;
  };
  std::unordered_set<EntityNumber> seen;
  std::vector<Visit> path;
  progress_ = false;
  waiting_ = kNone;
  const auto enter = [&](EntityNumber entity) {
    if (!seen.insert(entity).second) return true;
    path.push_back({entity, {}});
    return entities_.all_children(entity, path.back().children);
  };
  if (!enter(entities_.resolve(root))) return false;
  while (!path.empty()) {
    Visit& visit = path.back();
    if (visit.next < visit.children.size()) {
      if (!enter(entities_.resolve(visit.children[visit.next++]))) return false;
      continue;
    }
    const EntityNumber done = visit.entity;
    path.pop_back();
    if (!entities_.is(done, NodeType::kMacroExpand)) continue;
    if (!expand_call(done)) return false;
    if (entities_.resolve(done) != done && !enter(entities_.resolve(done))) return false;
  }
  return true;
}

bool Macros::has_calls(EntityNumber below) {
  std::unordered_set<EntityNumber> seen{below};
  std::vector<EntityNumber> pending{entities_.resolve(below)}, children;
  while (!pending.empty()) {
    const EntityNumber entity = pending.back();
    pending.pop_back();
    if (entities_.is(entity, NodeType::kMacroExpand)) return true;
    children.clear();
    if (!entities_.all_children(entity, children)) return false;
    for (const EntityNumber child : children) {
      if (seen.insert(child).second) pending.push_back(child);
    }
  }
  return false;
}

bool Macros::expand_call(EntityNumber call) {
  const Callee callee = callee_of(call);
  if (callee.found == Found::kError) return false;
  if (callee.found == Found::kNotYet) {
    if (waiting_ == kNone) waiting_ = call;
    return true;
  }
  if (++expansions_ > kExpansionsMax)
    return fail(call, label(callee) + " goes on expanding without an end");
  number_entities();
  const Word source = entities_.as_maps(call);
  if (substrate::is_absent(source)) return false;
  Word result = substrate::kNil;
  if (callee.found == Found::kMacro && !run(call, callee, result)) return false;

  const EntityNumber event = entities_.add(entities_.at(call).at);
  entities_.set_maker(event);
  const EntityNumber made =
      callee.found == Found::kMacro ? take_result(call, result) : make_definition(call);
  if (made != kNone && entities_.placed()) copy_place(call, event + 1);
  entities_.set_maker(kNone);
  if (made == kNone) return false;
  const EntityNumber expansion = entities_.resolve(made);
  if (expansion == call) return fail(call, label(callee) + " gives its own call");
  entities_.put(event, Attribute::kType, entities_.words().type(NodeType::kMacroEvent));
  entities_.put(event, Attribute::kSourceCall, source);
  if (!substrate::is_absent(callee.name)) entities_.put(event, Attribute::kMacro, callee.name);
  entities_.put(event, Attribute::kPhase, substrate::keyword(pin_, "compile"));
  entities_.refer(event, Attribute::kExpansionRoot, expansion);

  entities_.replace(call, expansion);
  progress_ = true;
  // Who has the call's id sees what it became.
  number_entities();
  facts_ = facts_.assoc(text_.edit(), substrate::int_word(ids_[call]),
                        substrate::int_word(ids_[expansion]));
  return true;
}

Macros::Callee Macros::callee_of(EntityNumber call) {
  note_definitions();
  const auto error = [&](const char* what) {
    fail(call, entities_.name(call) + what);
    return Callee{Found::kError};
  };
  const EntityNumber op = entities_.child_of(call, Attribute::kOperator);
  if (op == kNone) return error(" lacks :yin/operator");
  Callee callee{Found::kMacro};
  const auto is_macro = [&](EntityNumber e) {
    return entities_.is(e, NodeType::kLambda) &&
           entities_.value_of(e, Attribute::kMacroMark) == substrate::kTrue;
  };
  if (entities_.is(op, NodeType::kVariable)) {
    callee.name = entities_.value_of(op, Attribute::kName);
    if (const auto known = definitions_.find(callee.name.bits); known != definitions_.end()) {
      for (const EntityNumber value : known->second) {
        if (is_macro(entities_.resolve(value))) callee.lambda = entities_.resolve(value);
      }
    }
    if (callee.lambda == kNone) {
      callee.found = callee.name == defmacro_ ? Found::kDefmacro : Found::kNotYet;
      return callee;
    }
  } else if (is_macro(op)) {
    callee.lambda = op;
  } else if (entities_.is(op, NodeType::kMacroExpand)) {
    return {Found::kNotYet};
  } else {
    return error(" calls what is no macro: a :lambda with :yin/macro? true, or the name of one");
  }
  const Word phase = entities_.value_of(callee.lambda, Attribute::kPhasePolicy);
  if (!substrate::is_absent(phase) && phase != substrate::keyword(pin_, "compile") &&
      phase != substrate::keyword(pin_, "both")) {
    return error(
        " calls a macro that is not expanded while the program is read; its :phase-policy must be "
        ":compile or :both");
  }
  if (!functions_.contains(callee.lambda) && has_calls(callee.lambda))
    callee.found = Found::kNotYet;
  return callee;
}

std::string Macros::label(const Callee& callee) const {
  return substrate::is_absent(callee.name) ? "the macro"
                                           : "the macro `" + text_.shown(callee.name) + "`";
}

// What was added since. Which of a name's values are macros is seen when it is called.
void Macros::note_definitions() {
  for (; noted_ < entities_.count(); ++noted_) {
    if (!entities_.is(noted_, NodeType::kApplication)) continue;
    const auto operands = entities_.children_of(noted_, Attribute::kOperands);
    const EntityNumber op = entities_.child_of(noted_, Attribute::kOperator);
    if (op == kNone || operands.size() != 2 || operands[0] == kNone || operands[1] == kNone ||
        entities_.value_of(op, Attribute::kName) != define_)
      continue;
    const Word name = entities_.value_of(entities_.resolve(operands[0]), Attribute::kValue);
    if (substrate::is_symbol(name)) definitions_[name.bits].push_back(operands[1]);
  }
}

// ------------------------------------------------------------------------------- running a macro

bool Macros::run(EntityNumber call, const Callee& callee, Word& result) {
  const Word function = function_of(callee.lambda);
  if (substrate::is_absent(function)) return false;
  std::vector<Word> operands;
  for (const EntityNumber operand : entities_.children_of(call, Attribute::kOperands))
    operands.push_back(substrate::int_word(ids_[operand]));
  substrate::Edit& edit = text_.edit();
  const Word arguments[] = {function, facts_.word, Vector::from(edit, operands).word};
  auto got = runner_->call(edit, expander_, arguments);
  if (!got.ok())
    return fail(call, label(callee) + " failed: " + std::string(got.status().message()));
  result = *got;
  return true;
}

// (fn [yin/get-attr ...] lambda), evaluated. kAbsent after an error.
Word Macros::function_of(EntityNumber lambda) {
  if (const auto made = functions_.find(lambda); made != functions_.end()) return made->second;
  substrate::Edit& edit = text_.edit();
  if (substrate::is_absent(expander_)) {
    Node expander_name;
    expander_name.type = NodeType::kVariable;
    expander_name.value = substrate::symbol(pin_, "clojure.core/yin/expand-data");
    auto program = seal_nodes(edit, text_.file(), {expander_name});
    auto expander = program.ok() ? runner_->evaluate(edit, *program) : program;
    if (!expander.ok()) {
      text_.fail(expander.status());
      return substrate::kAbsent;
    }
    expander_ = *expander;
  }
  const EntityNumber outer = entities_.add(entities_.at(lambda).at);
  std::vector<Word> names;
  for (const std::string_view name : kFunctions) names.push_back(substrate::symbol(pin_, name));
  entities_.put(outer, Attribute::kType, entities_.words().type(NodeType::kLambda));
  entities_.put(outer, Attribute::kParams, Vector::from(edit, names).word);
  entities_.refer(outer, Attribute::kBody, lambda);
  auto program = entities_.seal(outer, {}, false);
  auto function = program.ok() ? runner_->evaluate(edit, *program) : program;
  if (!function.ok()) {
    text_.fail(function.status());
    return substrate::kAbsent;
  }
  return functions_[lambda] = *function;
}

// -------------------------------------------------------------------------------- what it became

EntityNumber Macros::take_result(EntityNumber call, Word result) {
  const Position at = entities_.at(call).at;
  const Word form = substrate::bare(pin_, result);
  const auto known = [&](std::int64_t id) { return entity_of(id); };
  const auto refuse = [&](const std::string& what) {
    fail(call, "the macro gave " + what);
    return kNone;
  };
  if (substrate::is_small_int(form) && substrate::small_int(form) < 0) {
    const EntityNumber entity = entity_of(substrate::small_int(form));
    return entity != kNone ? entity
                           : refuse(text_.shown(form) +
                                    ", which is the id of no entity; a negative "
                                    "number is a :literal's :value");
  }
  const auto field = [&](std::string_view name) {
    return Map{form}.get(pin_, substrate::keyword(pin_, name), substrate::kAbsent);
  };
  const bool node = Map::is(form) && !substrate::is_absent(field("type"));
  const Word root = Map::is(form) ? field("root-eid") : substrate::kAbsent;
  if (substrate::is_absent(root)) {
    if (node) return Maps(text_, entities_, at, known).read(form);
    std::string shown;
    return substrate::print_to(shown, pin_, form, kLiteralMaxBytes)
               ? literal(at, form)
               : refuse("a value of more than 16 MiB");
  }
  if (node) return refuse("a node that has a :root-eid, too");
  if (!substrate::is_small_int(root)) return refuse("a :root-eid that is no integer");
  EntityIds own;
  const Word datoms = field("datoms");
  if (!substrate::is_absent(datoms) && !entities_.take(datoms, at, own, known)) return kNone;
  const auto found = own.find(substrate::small_int(root));
  const EntityNumber entity =
      found != own.end() ? found->second : entity_of(substrate::small_int(root));
  return entity != kNone ? entity : refuse("a :root-eid that is the id of no entity");
}

// (defmacro name [parameters] body...): a definition of the lambda that it makes.
EntityNumber Macros::make_definition(EntityNumber call) {
  const auto operands = entities_.children_of(call, Attribute::kOperands);
  const auto refuse = [&] {
    fail(call, "`defmacro` takes a name, a :literal of the vector of parameters, and a body");
    return kNone;
  };
  if (operands.size() < 3) return refuse();
  const std::vector<EntityNumber> body(operands.begin() + 2, operands.end());
  const EntityNumber given = entities_.resolve(operands[0]);
  const Word name = entities_.value_of(
      given, entities_.is(given, NodeType::kVariable) ? Attribute::kName : Attribute::kValue);
  const Word all =
      substrate::bare(pin_, entities_.value_of(entities_.resolve(operands[1]), Attribute::kValue));
  if (!substrate::is_symbol(name) || !Vector::is(all)) return refuse();
  std::vector<Word> parameters;
  for (std::uint64_t i = 0; i < Vector{all}.count(pin_); ++i)
    parameters.push_back(Vector{all}.nth(pin_, i));
  const auto mark = std::ranges::find(parameters, substrate::symbol(pin_, "&"));
  const bool variadic = mark != parameters.end();
  if (variadic && parameters.end() - mark != 2) return refuse();
  const Word rest = variadic ? parameters.back() : substrate::kAbsent;
  parameters.erase(mark, parameters.end());
  const Position at = entities_.at(call).at;
  const auto node = [&](NodeType type) {
    const EntityNumber made = entities_.add(at);
    entities_.put(made, Attribute::kType, entities_.words().type(type));
    return made;
  };
  const EntityNumber lambda = node(NodeType::kLambda);
  entities_.put(lambda, Attribute::kMacroMark, substrate::kTrue);
  entities_.put(lambda, Attribute::kPhasePolicy, substrate::keyword(pin_, "compile"));
  entities_.put(lambda, Attribute::kParams, Vector::from(text_.edit(), parameters).word);
  if (variadic) entities_.put(lambda, Attribute::kRest, rest);
  EntityNumber inside = body[0];
  if (body.size() > 1) {
    inside = node(NodeType::kDo);
    entities_.refer(inside, Attribute::kForms, body);
  }
  entities_.refer(lambda, Attribute::kBody, inside);
  const EntityNumber define = node(NodeType::kVariable);
  entities_.put(define, Attribute::kName, define_);
  const EntityNumber definition = node(NodeType::kApplication);
  entities_.refer(definition, Attribute::kOperator, define);
  entities_.refer(definition, Attribute::kOperands, {literal(at, name), lambda});
  return definition;
}

EntityNumber Macros::literal(Position at, Word value) {
  const EntityNumber made = entities_.add(at);
  entities_.put(made, Attribute::kType, entities_.words().type(NodeType::kLiteral));
  entities_.put(made, Attribute::kValue, value);
  return made;
}

// Where datoms have positions, what a call became has the call's.
void Macros::copy_place(EntityNumber call, EntityNumber first) {
  for (const Attribute attribute : {Attribute::kLine, Attribute::kColumn}) {
    const Word coordinate = entities_.value_of(call, attribute);
    if (substrate::is_absent(coordinate)) continue;
    for (EntityNumber e = first; e < entities_.count(); ++e) {
      if (entities_.find(e, attribute) == nullptr)
        entities_.put(e, attribute, coordinate, dao::Mark::kDerived);
    }
  }
}

// ------------------------------------------------------------------------- entities as macros see

EntityNumber Macros::entity_of(std::int64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? kNone : found->second;
}

// What was added since gets its id, and what it says is to be seen.
void Macros::number_entities() {
  const EntityNumber first = ids_.size();
  if (first == 0) {
    next_id_ = kFirstId;
    for (EntityNumber e = 0; e < entities_.count(); ++e)
      next_id_ = std::min(next_id_, entities_.at(e).id.value_or(0));
  }
  for (EntityNumber e = first; e < entities_.count(); ++e) {
    const auto& own = entities_.at(e).id;
    const bool taken = !own || *own >= 0 || !by_id_.try_emplace(*own, e).second;
    ids_.push_back(taken ? --next_id_ : *own);
    if (taken) by_id_.emplace(next_id_, e);
  }
  std::vector<MapEntry> entries;
  for (EntityNumber e = first; e < entities_.count(); ++e)
    entries.push_back({substrate::int_word(ids_[e]), facts_of(e)});
  if (first == 0) {
    facts_ = Map::from(text_.edit(), entries);
    return;
  }
  for (const MapEntry& entry : entries) facts_ = facts_.assoc(text_.edit(), entry.key, entry.value);
}

Word Macros::facts_of(EntityNumber entity) {
  std::vector<MapEntry> entries;
  const auto id = [&](EntityNumber of) {
    return of == kNone ? substrate::kNil : substrate::int_word(ids_[of]);
  };
  for (const Fact& fact : entities_.at(entity).facts)
    entries.push_back({fact.attribute, entities_.value_with(fact, id)});
  return Map::from(text_.edit(), entries).word;
}

}  // namespace yin::ast::data
