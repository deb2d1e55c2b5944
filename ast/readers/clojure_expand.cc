#include "ast/readers/clojure_expand.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "substrate/intern.h"
#include "ast/readers/clojure_destructure.h"
#include "ast/readers/clojure_macros.h"
#include "ast/schema.h"

namespace yin::ast::clojure {

namespace {

using substrate::Word;

// Where the language's own names are reached whatever a program defines.
constexpr std::string_view kCoreNamespace = "clojure.core/";

enum class TargetIndex : std::uint32_t { kNone = 0 };

class Expander {
 public:
  explicit Expander(Forms& forms) : forms_(forms) {}

  std::vector<Node> run(const Items& program) {
    if (program.empty()) {
      add_node(NodeType::kLiteral, {1, 1}, 0);
      return std::move(nodes_);
    }
    const NodeIndex root = add_node(NodeType::kDo, {1, 1}, program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
      later({.step = Step::kStartForm});
      later(Place{root, i}, program[i], {});
    }
    schedule();
    while (!todo_.empty() && forms_.ok()) {
      const Task task = todo_.back();
      todo_.pop_back();
      perform(task);
      schedule();
    }
    return forms_.ok() ? std::move(nodes_) : std::vector<Node>{};
  }

 private:
  using Body = std::span<const Form* const>;

  // What a recur goes back to.
  struct Target {
    std::size_t count;
    bool loop;
  };
  // Where the node of a form will hang.
  struct Place {
    NodeIndex parent;
    std::size_t slot;
  };
  struct Context {
    TargetIndex target = TargetIndex::kNone;
    bool tail = false;    // of the target
    bool in_try = false;  // a `try` stands between
  };
  enum class Step : std::uint8_t { kExpand, kBind, kUnbind, kStartForm };
  struct Task {
    Step step;
    Context context{};
    Place place{};
    const Form* form = nullptr;  // kExpand, kBind: the name
    std::size_t count = 0;       // kUnbind
  };
  struct Arity {
    Position at;
    Items parameters;
    const Form* rest = nullptr;
    Body body;
  };
  using Special = void (Expander::*)(const Form&, Place, Context);
  struct NamedSpecial {
    std::string_view name;
    Special special;
  };

  // ----------------------------------------------------------------------------------------- tasks

  // Tasks are named in the order in which they shall run; schedule() puts them on the stack.
  void later(const Task& task) { batch_.push_back(task); }
  void later(Place place, const Form* form, Context context) {
    later({.step = Step::kExpand, .context = context, .place = place, .form = form});
  }
  void schedule() {
    todo_.insert(todo_.end(), batch_.rbegin(), batch_.rend());
    batch_.clear();
  }

  void perform(const Task& task) {
    switch (task.step) {
      case Step::kExpand:
        return expand(task.form, task.place, task.context);
      case Step::kBind:
        return bind(task.form->name);
      case Step::kUnbind:
        return unbind(task.count);
      case Step::kStartForm:
        return forms_.restart_fresh_names();
    }
  }

  void later_all(Body forms, NodeIndex parent, std::size_t first_slot, Context context) {
    for (std::size_t i = 0; i < forms.size(); ++i) {
      later(Place{parent, first_slot + i}, forms[i], {context.target, false});
    }
  }

  void later_body(Position at, Body forms, Place place, Context context) {
    if (forms.empty()) {
      add_literal(substrate::kNil, at, place);
    } else if (forms.size() == 1) {
      later(place, forms[0], context);
    } else {
      const NodeIndex node = add_node(NodeType::kDo, at, place, forms.size());
      later_all(forms.first(forms.size() - 1), node, 0, context);
      later(Place{node, forms.size() - 1}, forms.back(), context);
    }
  }

  // ----------------------------------------------------------------------------------------- nodes

  NodeIndex add_node(NodeType type, Position at, std::size_t children) {
    Node& node = nodes_.emplace_back();
    node.type = type;
    node.at = at;
    node.children.resize(children);
    return static_cast<NodeIndex>(nodes_.size() - 1);
  }
  NodeIndex add_node(NodeType type, Position at, Place place, std::size_t children) {
    const NodeIndex index = add_node(type, at, children);
    node(place.parent).children[place.slot] = index;
    return index;
  }
  Node& node(NodeIndex index) { return nodes_[raw(index)]; }

  void add_leaf(NodeType type, Word value, Position at, Place place) {
    node(add_node(type, at, place, 0)).value = value;
  }
  void add_literal(Word value, Position at, Place place) {
    add_leaf(NodeType::kLiteral, value, at, place);
  }

  Word symbol(std::string_view name) {
    auto id = substrate::intern(forms_.edit().pin(), name);
    if (id.ok()) return substrate::symbol_word(*id);
    forms_.fail(id.status());
    return substrate::kNil;
  }

  // ---------------------------------------------------------------------------------------- locals

  // Checks the name of a local, which is bound from the next task on.
  Word declare(const Form& name) {
    if (!check_local(forms_, name)) return substrate::kNil;
    later({.step = Step::kBind, .form = &name});
    return symbol(name.name);
  }
  void later_unbind(std::size_t count) { later({.step = Step::kUnbind, .count = count}); }

  void bind(std::string_view name) {
    bound_.push_back(name);
    ++visible_[name];
  }
  void unbind(std::size_t count) {
    for (; count > 0; --count) {
      --visible_[bound_.back()];
      bound_.pop_back();
    }
  }

  [[nodiscard]] bool is_local(const Form& name) const {
    if (name.core) return false;
    const auto found = visible_.find(name.name);
    return found != visible_.end() && found->second > 0;
  }
  // Does the program give the name a meaning of its own here?
  [[nodiscard]] bool is_taken(const Form& head) const {
    return is_local(head) || (!head.core && defined_.contains(head.name));
  }

  // ----------------------------------------------------------------------------------------- forms

  void expand(const Form* form, Place place, Context context) {
    while (form != nullptr && forms_.ok()) {
      if (form->constant) return add_literal(forms_.data_of(*form), form->at, place);
      switch (form->kind) {
        case FormKind::kSymbol:
          return expand_symbol(*form, place);
        case FormKind::kVector:
          return expand_items(NodeType::kVector, *form, place, context);
        case FormKind::kMap:
          return expand_items(NodeType::kMap, *form, place, context);
        case FormKind::kSet:
          return expand_items(NodeType::kSet, *form, place, context);
        default:
          break;
      }
      const Form& head = *form->items[0];
      if (head.kind != FormKind::kSymbol) return expand_application(*form, place, context);
      if (const Special special = find_special(head.name)) {
        return (this->*special)(*form, place, context);
      }
      const Macro macro = is_taken(head) ? nullptr : find_macro(head.name);
      if (macro == nullptr) return expand_call(*form, place, context);
      form = macro(forms_, *form);
    }
  }

  void expand_items(NodeType type, const Form& form, Place place, Context context) {
    const NodeIndex index = add_node(type, form.at, place, form.items.size());
    later_all(form.items, index, 0, context);
  }

  // The forms behind the head are the node's children.
  void expand_children(NodeType type, const Form& form, Place place, Context context) {
    const Body children = Body(form.items).subspan(1);
    later_all(children, add_node(type, form.at, place, children.size()), 0, context);
  }

  void expand_application(const Form& form, Place place, Context context) {
    expand_items(NodeType::kApplication, form, place, context);
  }

  // A call of a name that is neither special nor a macro.
  void expand_call(const Form& form, Place place, Context context) {
    const Form& head = *form.items[0];
    const std::string_view name = head.name;
    if (!is_taken(head)) {
      if (!check_supported(head)) return;
      if (name.size() > 1 && (name.front() == '.' || name.back() == '.')) {
        forms_.fail(head.at, "`" + std::string(name) + "` is not supported: there is no Java here");
        return;
      }
    }
    expand_application(form, place, context);
  }

  bool check_supported(const Form& head) {
    const std::string_view refusal = find_refusal(head.name);
    if (refusal.empty()) return true;
    forms_.fail(head.at, "`" + std::string(head.name) + "` " + std::string(refusal));
    return false;
  }

  void expand_symbol(const Form& form, Place place) {
    if (is_local(form)) {
      return add_leaf(NodeType::kVariable, symbol(form.name), form.at, place);
    }
    if (find_special(form.name) != nullptr ||
        (!is_taken(form) && find_macro(form.name) != nullptr)) {
      forms_.fail(form.at, "`" + std::string(form.name) +
                               "` is no function and has no value; wrap it in one: (fn [x] (" +
                               std::string(form.name) + " x))");
      return;
    }
    if (!is_taken(form) && !check_supported(form)) return;
    const Word name =
        form.core ? symbol(std::string(kCoreNamespace).append(form.name)) : symbol(form.name);
    add_leaf(NodeType::kVariable, name, form.at, place);
  }

  // --------------------------------------------------------------------------------- special forms

  static Special find_special(std::string_view name) {
    static constexpr std::array kSpecials = std::to_array<NamedSpecial>({
        {"def", &Expander::expand_def},
        {"do", &Expander::expand_do},
        {"fn*", &Expander::expand_fn},
        {"if", &Expander::expand_if},
        {"let*", &Expander::expand_let},
        {"loop*", &Expander::expand_loop},
        {"quote", &Expander::expand_quote},
        {"recur", &Expander::expand_recur},
        {"throw", &Expander::expand_throw},
        {"try", &Expander::expand_try},
    });
    static_assert(std::ranges::is_sorted(kSpecials, {}, &NamedSpecial::name));
    const auto at = std::ranges::lower_bound(kSpecials, name, {}, &NamedSpecial::name);
    return at != kSpecials.end() && at->name == name ? at->special : nullptr;
  }

  static std::size_t argument_count(const Form& form) { return form.items.size() - 1; }

  void fail_count(const Form& form, std::string_view takes) {
    forms_.fail(form.at, "`" + std::string(form.items[0]->name) + "` takes " + std::string(takes) +
                             ", got " + std::to_string(argument_count(form)));
  }

  void expand_do(const Form& form, Place place, Context context) {
    later_body(form.at, Body(form.items).subspan(1), place, context);
  }

  void expand_quote(const Form& form, Place place, Context) {
    if (argument_count(form) != 1) return fail_count(form, "one form");
    add_literal(forms_.data_of(*form.items[1]), form.at, place);
  }

  void expand_if(const Form& form, Place place, Context context) {
    if (argument_count(form) != 2 && argument_count(form) != 3) {
      return fail_count(form, "two or three forms");
    }
    const NodeIndex index = add_node(NodeType::kIf, form.at, place, 3);
    later(Place{index, 0}, form.items[1], {context.target, false});
    later(Place{index, 1}, form.items[2], context);
    if (form.items.size() == 4) {
      later(Place{index, 2}, form.items[3], context);
    } else {
      add_literal(substrate::kNil, form.at, {index, 2});
    }
  }

  // (def name), (def name value), (def name "docstring" value)
  void expand_def(const Form& form, Place place, Context context) {
    const std::size_t count = argument_count(form);
    if (count < 1 || count > 3) return fail_count(form, "a name and a value");
    const Form& name = *form.items[1];
    if (!check_definable(name)) return;
    if (count == 3 && !is_string(*form.items[2])) {
      forms_.fail(form.items[2]->at,
                  "a docstring is needed here: `def` takes a name, a docstring "
                  "or none, and a value");
      return;
    }
    defined_.insert(name.name);
    if (count == 1) return add_literal(substrate::kNil, form.at, place);
    const NodeIndex index = add_node(NodeType::kApplication, form.at, place, 3);
    add_leaf(NodeType::kVariable, symbol(kDefine), form.at, {index, 0});
    add_literal(symbol(name.name), name.at, {index, 1});
    later(Place{index, 2}, form.items.back(), {context.target, false});
  }

  bool check_definable(const Form& name) {
    if (name.kind != FormKind::kSymbol) {
      forms_.fail(name.at, "`def` needs a name to define: a symbol");
    } else if (name.name != "/" && name.name.find('/') != std::string_view::npos) {
      forms_.fail(name.at, "`" + std::string(name.name) +
                               "` has a namespace, and a definition has none; leave it out");
    } else if (find_special(name.name) != nullptr) {
      forms_.fail(name.at, "`" + std::string(name.name) +
                               "` is a special form and cannot be defined; take another name");
    }
    return forms_.ok();
  }

  bool is_string(const Form& form) {
    return form.kind == FormKind::kAtom && substrate::is_string(forms_.data_of(form));
  }

  // The bindings of let* or loop*: null after an error.
  const Form* plain_bindings(const Form& form) {
    if (argument_count(form) == 0 || form.items[1]->kind != FormKind::kVector ||
        form.items[1]->items.size() % 2 != 0) {
      return forms_.fail(form.at, "`" + std::string(form.items[0]->name) +
                                      "` takes a vector of pairs first: [name value ...]");
    }
    return form.items[1];
  }

  // A :let or :loop whose inits are scheduled, each bound behind its own.
  NodeIndex start_bindings(NodeType type, const Form& form, const Items& pairs, Place place,
                           Context context) {
    const std::size_t count = pairs.size() / 2;
    const NodeIndex index = add_node(type, form.at, place, count + 1);
    for (std::size_t i = 0; i < count; ++i) {
      later(Place{index, i}, pairs[2 * i + 1], {context.target, false});
      node(index).names.push_back(declare(*pairs[2 * i]));
    }
    return index;
  }

  void expand_let(const Form& form, Place place, Context context) {
    const Form* bindings = plain_bindings(form);
    if (bindings == nullptr) return;
    const Body body = Body(form.items).subspan(2);
    if (bindings->items.empty()) return later_body(form.at, body, place, context);
    const std::size_t count = bindings->items.size() / 2;
    const NodeIndex index = start_bindings(NodeType::kLet, form, bindings->items, place, context);
    later_body(form.at, body, {index, count}, context);
    later_unbind(count);
  }

  void expand_loop(const Form& form, Place place, Context context) {
    const Form* bindings = plain_bindings(form);
    if (bindings == nullptr) return;
    const std::size_t count = bindings->items.size() / 2;
    const NodeIndex index = start_bindings(NodeType::kLoop, form, bindings->items, place, context);
    later_body(form.at, Body(form.items).subspan(2), {index, count},
               {add_target(count, true), true});
    later_unbind(count);
  }

  TargetIndex add_target(std::size_t count, bool loop) {
    targets_.push_back({count, loop});
    return static_cast<TargetIndex>(targets_.size());
  }

  void expand_recur(const Form& form, Place place, Context context) {
    const std::size_t count = argument_count(form);
    if (context.target == TargetIndex::kNone) {
      forms_.fail(form.at,
                  "`recur` stands in no loop and no function; there is nothing to go back to");
      return;
    }
    const Target& target = targets_[static_cast<std::size_t>(context.target) - 1];
    const std::string what = target.loop ? "loop" : "function";
    if (context.in_try) {
      forms_.fail(form.at,
                  "`recur` cannot leave a `try`; let the `try` give a value, and go back "
                  "outside of it");
    } else if (!context.tail) {
      forms_.fail(form.at, "`recur` must be the last thing that its " + what +
                               " does; something here waits for its value");
    } else if (count != target.count) {
      forms_.fail(form.at, "`recur` gives " + std::to_string(count) + " values, but its " + what +
                               " takes " + std::to_string(target.count));
    } else {
      expand_children(NodeType::kRecur, form, place, context);
    }
  }

  // ---------------------------------------------------------------------------------------- errors

  void expand_throw(const Form& form, Place place, Context context) {
    if (argument_count(form) != 1) return fail_count(form, "the value to throw");
    expand_children(NodeType::kThrow, form, place, context);
  }

  static bool is_clause(const Form& form, std::string_view name) {
    return form.kind == FormKind::kList && !form.items.empty() && form.items[0]->is_symbol(name);
  }

  // (try body... (catch what name handler...)... (finally cleanup...)): a :finally around a :try
  // around the body, as far as there are clauses for them.
  void expand_try(const Form& form, Place place, Context context) {
    Body body = Body(form.items).subspan(1);
    const Form* cleanup = nullptr;
    if (!body.empty() && is_clause(*body.back(), "finally")) {
      cleanup = body.back();
      body = body.first(body.size() - 1);
    }
    std::size_t count = body.size();
    while (count > 0 && is_clause(*body[count - 1], "catch")) --count;
    const Body catches = body.subspan(count);
    body = body.first(count);
    if (!check_clauses(body, catches)) return;

    const Context inside{context.target, false, true};
    if (cleanup != nullptr) {
      const NodeIndex index = add_node(NodeType::kFinally, form.at, place, 2);
      expand_catches(form, body, catches, {index, 0}, inside);
      later_body(cleanup->at, Body(cleanup->items).subspan(1), {index, 1}, inside);
    } else {
      expand_catches(form, body, catches, place, inside);
    }
  }

  bool check_clauses(Body body, Body catches) {
    for (const Form* item : body) {
      if (is_clause(*item, "finally")) {
        forms_.fail(item->at, "`finally` must be the last thing in its `try`");
      } else if (is_clause(*item, "catch")) {
        forms_.fail(item->at, "only `catch` and `finally` may stand behind a `catch`");
      }
    }
    for (const Form* clause : catches) {
      if (clause->items.size() < 3 || clause->items[2]->kind != FormKind::kSymbol) {
        forms_.fail(clause->at,
                    "`catch` takes what to catch, a name for the error, and forms: "
                    "(catch :type e ...)");
      } else {
        check_caught(*clause->items[1]);
      }
    }
    return forms_.ok();
  }

  // What Clojure programs write for any error.
  static bool catches_all(const Form& what) {
    static constexpr std::string_view kAll[] = {"Error",
                                                "Exception",
                                                "Object",
                                                "RuntimeException",
                                                "Throwable",
                                                "java.lang.Error",
                                                "java.lang.Exception",
                                                "java.lang.RuntimeException",
                                                "java.lang.Throwable",
                                                "js/Error",
                                                "js/Object"};
    if (what.kind == FormKind::kKeyword) return what.name == "default";
    return std::ranges::find(kAll, what.name) != std::end(kAll);
  }
  // Errors with data of their own.
  static bool catches_ex_info(const Form& what) {
    return what.kind == FormKind::kSymbol &&
           (what.name == "ExceptionInfo" || what.name == "clojure.lang.ExceptionInfo" ||
            what.name == "cljs.core/ExceptionInfo");
  }
  void check_caught(const Form& what) {
    if (what.kind == FormKind::kKeyword) return;
    if (what.kind != FormKind::kSymbol) {
      forms_.fail(what.at, "`catch` takes a kind of error such as :type, or Exception for any");
    } else if (!catches_all(what) && !catches_ex_info(what)) {
      forms_.fail(what.at, "`catch` knows no `" + std::string(what.name) +
                               "`: there is no Java here; take a kind of error such as :type, or "
                               "Exception for any");
    }
  }

  void expand_catches(const Form& form, Body body, Body catches, Place place, Context context) {
    if (catches.empty()) return later_body(form.at, body, place, context);
    const NodeIndex index = add_node(NodeType::kTry, form.at, place, 2);
    later_body(form.at, body, {index, 0}, context);
    const Form& first = *catches[0];
    if (catches_all(*first.items[1])) {
      node(index).value = declare(*first.items[2]);
      later_body(first.at, Body(first.items).subspan(3), {index, 1}, context);
    } else {
      const Form* error = forms_.fresh(first.at, "error");
      node(index).value = declare(*error);
      later(Place{index, 1}, choose_catch(form.at, error, catches), context);
    }
    later_unbind(1);
  }

  // The first clause that fits; an error that none fits is thrown on.
  const Form* choose_catch(Position at, const Form* error, Body catches) {
    const Form* chosen = forms_.list(at, {forms_.symbol(at, "throw"), error});
    for (std::size_t i = catches.size(); i-- > 0;) {
      const Form& clause = *catches[i];
      const Form& what = *clause.items[1];
      Items handler{forms_.symbol(clause.at, "let*"),
                    forms_.vector(clause.at, {clause.items[2], error})};
      handler.insert(handler.end(), clause.items.begin() + 3, clause.items.end());
      const Form* handled = forms_.list(clause.at, std::move(handler));
      if (catches_all(what)) {
        chosen = handled;
        continue;
      }
      const Form* test =
          catches_ex_info(what)
              ? forms_.call(what.at, "map?", {forms_.call(what.at, "ex-data", {error})})
              : forms_.call(what.at, "=", {forms_.call(what.at, "ex-kind", {error}), &what});
      chosen = forms_.list(clause.at, {forms_.symbol(clause.at, "if"), test, handled, chosen});
    }
    return chosen;
  }

  // ------------------------------------------------------------------------------------- functions

  // (fn* name? [parameters] body...) or (fn* name? ([parameters] body...)...)
  void expand_fn(const Form& form, Place place, Context) {
    Body from = Body(form.items).subspan(1);
    const Form* name = nullptr;
    if (!from.empty() && from[0]->kind == FormKind::kSymbol) {
      name = from[0];
      from = from.subspan(1);
    }
    std::vector<Arity> arities;
    if (!read_arities(form, from, arities) || !check_arities(form, arities)) return;

    const Word self = name == nullptr ? substrate::kAbsent : declare(*name);
    if (arities.size() == 1) {
      const NodeIndex index = add_node(NodeType::kLambda, form.at, place, 1);
      node(index).self = self;
      expand_arity(arities[0], index);
    } else {
      const NodeIndex index = add_node(NodeType::kArities, form.at, place, arities.size());
      node(index).self = self;
      for (std::size_t i = 0; i < arities.size(); ++i) {
        expand_arity(arities[i], add_node(NodeType::kLambda, arities[i].at, {index, i}, 1));
      }
    }
    if (name != nullptr) later_unbind(1);
  }

  bool read_arities(const Form& form, Body from, std::vector<Arity>& out) {
    if (!from.empty() && from[0]->kind == FormKind::kVector) {
      return read_arity(form.at, from, out);
    }
    for (const Form* item : from) {
      if (item->kind != FormKind::kList || item->items.empty() ||
          item->items[0]->kind != FormKind::kVector) {
        forms_.fail(item->at, "an arity is needed here: ([parameters] body...)");
        return false;
      }
      if (!read_arity(item->at, item->items, out)) return false;
    }
    if (out.empty()) forms_.fail(form.at, "a function needs its parameters: [a b ...]");
    return !out.empty();
  }

  bool read_arity(Position at, Body from, std::vector<Arity>& out) {
    Arity arity{.at = at, .parameters = {}, .body = from.subspan(1)};
    const Items& parameters = from[0]->items;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!parameters[i]->is_symbol("&")) {
        arity.parameters.push_back(parameters[i]);
      } else if (i + 2 == parameters.size()) {
        arity.rest = parameters[++i];
      } else {
        forms_.fail(parameters[i]->at, "`&` takes one name behind it, the last of the parameters");
        return false;
      }
    }
    out.push_back(std::move(arity));
    return true;
  }

  // Each call has one arity: no two of a count, one variadic and that the longest.
  bool check_arities(const Form& form, const std::vector<Arity>& arities) {
    std::unordered_set<std::size_t> counts;
    const Arity* variadic = nullptr;
    std::size_t longest = 0;
    for (const Arity& arity : arities) {
      const std::size_t count = arity.parameters.size();
      if (arity.rest != nullptr) {
        if (variadic != nullptr) {
          forms_.fail(arity.at, "a function has one arity with `&` at most");
          return false;
        }
        variadic = &arity;
        continue;
      }
      longest = std::max(longest, count);
      if (!counts.insert(count).second) {
        forms_.fail(arity.at, "this function has an arity of " + std::to_string(count) +
                                  " parameters already");
        return false;
      }
    }
    if (variadic != nullptr && longest > variadic->parameters.size()) {
      forms_.fail(form.at, "an arity has more parameters than the one with `&`");
      return false;
    }
    return true;
  }

  void expand_arity(const Arity& arity, NodeIndex index) {
    for (const Form* parameter : arity.parameters) {
      node(index).names.push_back(declare(*parameter));
    }
    if (arity.rest != nullptr) node(index).rest = declare(*arity.rest);
    const std::size_t count = arity.parameters.size() + (arity.rest != nullptr ? 1 : 0);
    later_body(arity.at, arity.body, {index, 0}, {add_target(count, false), true});
    later_unbind(count);
  }

  Forms& forms_;
  std::vector<Node> nodes_;
  std::vector<Task> todo_;
  std::vector<Task> batch_;
  std::vector<Target> targets_;
  std::vector<std::string_view> bound_;                          // in scope, innermost last
  std::unordered_map<std::string_view, std::uint32_t> visible_;  // how often each name is bound
  // Globals that this text defines, as far as it has been read.
  std::unordered_set<std::string_view> defined_;
};

}  // namespace

std::vector<Node> expand(Forms& forms, const Items& program) {
  return Expander(forms).run(program);
}

}  // namespace yin::ast::clojure
