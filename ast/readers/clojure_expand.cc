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
#include "substrate/print.h"
#include "ast/readers/clojure_destructure.h"
#include "ast/readers/clojure_macros.h"
#include "ast/schema.h"

namespace yin::ast::clojure {

namespace {

using substrate::Word;

// Where the language's own names are reached whatever a program defines.
constexpr std::string_view kCoreNamespace = "clojure.core/";

constexpr std::string_view kStringNamespace = "clojure.string/";
constexpr std::string_view kAutoMark = "__auto__";  // ends a name that a macro made up
constexpr std::uint32_t kExpansionsMax = 100'000;  // of the program's macros, in one top-level form
// Of syntax quotes, in one top-level form: one in another becomes several times as long.
constexpr std::uint32_t kQuotedMax = 100'000;
constexpr std::uint32_t kQuotesNestedMax = 64;  // without a form between them: each takes stack

enum class TargetIndex : std::uint32_t { kNone = 0 };

// A macro of the program.
struct UserMacro {
  const Form* function;  // (fn name arities...)
  Word closure =
      substrate::kAbsent;  // what makes it: (fn [&form &env] function), when it was needed
};

// A function or constant of the program, which macros below it may use.
struct Helper {
  std::string_view name;
  const Form* init;
};

// What a definition says about itself.
struct Described {
  const Form* doc = nullptr;         // a string
  const Form* attributes = nullptr;  // a map
  const Form* arities = nullptr;     // a list of vectors
  Position at;
};

// What a file has said so far about its names. Macros are made of it by expanders of their own.
struct Known {
  std::string_view name;  // of its namespace; empty: it has said none
  std::string_view home;  // "NAME/", which a module's definitions have in front; of a program empty
  std::unordered_set<std::string_view> announced;  // what the file defines somewhere, in a module
  std::unordered_set<std::string_view> defined;    // globals, as far as the text has been read
  std::unordered_map<std::string_view, UserMacro> macros;
  std::unordered_map<std::string_view, Described> described;
  std::vector<Helper> helpers;                                      // in the order of the text
  std::unordered_map<std::string_view, std::string_view> aliases;   // of namespaces
  std::unordered_map<std::string_view, std::string_view> referred;  // names of other namespaces
  std::vector<std::unordered_map<std::string_view, const Form*>> quotes;  // what x# is in each
};

bool is_list(const Form& form, std::string_view head) {
  return form.kind == FormKind::kList && !form.items.empty() && form.items[0]->is_symbol(head);
}

// (NAME x), of the reader's own making or the language's.
bool is_core_list(const Form& form, std::string_view head) {
  return is_list(form, head) && form.items[0]->core && form.items.size() == 2;
}

}  // namespace

struct Module {
  std::string name;
  std::string text;
  Forms forms;
  Known known;
  bool open = true;  // being read

  Module(substrate::Edit& edit, std::string_view its_name, std::string its_text,
         std::string_view file)
      : name(its_name), text(std::move(its_text)), forms(edit, file) {}
};

namespace {

// namespace/name in two; the first is empty where there is none.
struct SplitName {
  std::string_view space, name;
};
SplitName split(std::string_view whole) {
  const std::size_t slash = whole.find('/');
  if (slash == std::string_view::npos || slash == 0) return {{}, whole};
  return {whole.substr(0, slash), whole.substr(slash + 1)};
}

class Expander {
 public:
  Expander(Forms& forms, const ReadOptions& options, Known& known, Modules& modules)
      : forms_(forms), options_(options), known_(known), modules_(modules) {}

  Expansion run(const Items& program) {
    if (!known_.home.empty()) announce(program);
    if (program.empty()) {
      add_node(NodeType::kLiteral, {1, 1}, 0);
      return {std::move(nodes_), {}};
    }
    const NodeIndex root = add_node(NodeType::kDo, {1, 1}, program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
      later({.step = Step::kStartForm});
      later(Place{root, i}, program[i], {});
    }
    return finish();
  }

  // One form within another that is being expanded: a macro's function.
  Expansion run_inside(const Form* form) {
    later(Place{add_node(NodeType::kDo, form->at, 1), 0}, form, {});
    return finish();
  }

 private:
  using Body = std::span<const Form* const>;

  Expansion finish() {
    schedule();
    while (!pending_.empty() && forms_.ok()) {
      const Task task = pending_.back();
      pending_.pop_back();
      perform(task);
      schedule();
    }
    if (!forms_.ok()) return {};
    Expansion out{std::move(nodes_), {}};
    for (const Event& e : events_) {
      const NodeIndex root = out.nodes[raw(e.place.parent)].children[e.place.slot];
      out.events.push_back({e.call, e.macro, root});
    }
    return out;
  }

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
  struct Event {
    Word call;
    Word macro;
    Place place;
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
    pending_.insert(pending_.end(), batch_.rbegin(), batch_.rend());
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
        expansions_ = 0;
        quoted_ = 0;
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
    return is_local(head) || (!head.core && known_.defined.contains(head.name));
  }

  // ----------------------------------------------------------------------------------------- forms

  void expand(const Form* form, Place place, Context context) {
    while (form != nullptr && forms_.ok()) {
      if (form->constant) return add_literal(forms_.data_of(*form), form->at, place);
      if (form->meta != nullptr && (form->kind != FormKind::kList || form->items.empty()) &&
          form->kind != FormKind::kSymbol) {
        form = forms_.call(form->at, "with-meta",
                           {forms_.without_meta(*form), with_quoted_tag(*form->meta)});
        continue;
      }
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
      if (form->items[0]->kind != FormKind::kSymbol) {
        return expand_application(*form, place, context);
      }
      form = with_whole_head(form);
      const Form& head = *form->items[0];
      if (const Special special = find_special(head.name)) {
        return (this->*special)(*form, place, context);
      }
      if (UserMacro* macro = find_user_macro(head)) {
        form = expand_user_macro(*macro, *form, place);
        continue;
      }
      if (is_taken(head)) return expand_application(*form, place, context);
      if (const Special reading = find_reading(head.name)) {
        return (this->*reading)(*form, place, context);
      }
      if (const Macro macro = find_macro(head.name)) {
        form = macro(forms_, *form);
      } else if (is_core_list(*form, "syntax-quote")) {
        known_.quotes.emplace_back();
        form = syntax_quoted(*form->items[1], known_.quotes.size() - 1);
      } else if (head.core && head.name == kQuoteInside) {
        form = syntax_quoted(*form->items[2], quote_of(*form->items[1]));
      } else if (const Form* about = meta_of_var(*form)) {
        form = about;
      } else if (const Form* fused = fuse(*form)) {
        form = fused;
      } else {
        return expand_call(*form, place, context);
      }
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

  // A call of a name that is neither special nor a macro nor the program's own.
  void expand_call(const Form& form, Place place, Context context) {
    const Form& head = *form.items[0];
    const std::string_view name = head.name;
    if (!check_supported(head)) return;
    if (name.size() > 1 && (name.front() == '.' || name.back() == '.')) {
      forms_.fail(head.at, "`" + std::string(name) + "` is not supported: there is no Java here");
      return;
    }
    expand_application(form, place, context);
  }

  bool check_supported(const Form& head) {
    const std::string_view refusal = find_refusal(head.name);
    if (refusal.empty()) return true;
    forms_.fail(head.at, "`" + std::string(head.name) + "` " + std::string(refusal));
    return false;
  }

  void expand_symbol(const Form& written, Place place) {
    if (is_local(written)) {
      return add_leaf(NodeType::kVariable, symbol(written.name), written.at, place);
    }
    const Form& form = *whole_name(&written);
    if (find_special(form.name) != nullptr || find_user_macro(form) != nullptr ||
        (!is_taken(form) &&
         (find_macro(form.name) != nullptr || find_reading(form.name) != nullptr))) {
      forms_.fail(form.at, "`" + std::string(form.name) +
                               "` is no function and has no value; wrap it in one: (fn [x] (" +
                               std::string(form.name) + " x))");
      return;
    }
    if (!is_taken(form) && !check_supported(form)) return;
    if (!check_reachable(form) || !check_unhidden(form)) return;
    const Word name = form.core ? symbol(std::string(kCoreNamespace).append(form.name))
                                : symbol(global_name(form.name));
    add_leaf(NodeType::kVariable, name, form.at, place);
  }

  // --------------------------------------------------------------------------------- special forms

  // Forms that say something to the reader. The program may take their names for its own.
  static std::span<const NamedSpecial> readings() {
    static constexpr std::array kReadings = std::to_array<NamedSpecial>({
        {"defmacro", &Expander::expand_defmacro},
        {"doc", &Expander::expand_doc},
        {"macroexpand", &Expander::expand_macroexpand},
        {"macroexpand-1", &Expander::expand_macroexpand},
        {"ns", &Expander::expand_ns},
        {"require", &Expander::expand_require},
        {"unquote", &Expander::expand_unquote},
        {"unquote-splicing", &Expander::expand_unquote},
        {"yin/pattern", &Expander::expand_pattern},
    });
    static_assert(std::ranges::is_sorted(kReadings, {}, &NamedSpecial::name));
    return kReadings;
  }
  static Special find_reading(std::string_view name) { return find_in(readings(), name); }
  static Special find_in(std::span<const NamedSpecial> all, std::string_view name) {
    const auto at = std::ranges::lower_bound(all, name, {}, &NamedSpecial::name);
    return at != all.end() && at->name == name ? at->special : nullptr;
  }

 public:
  static std::span<const NamedSpecial> specials() {
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
    return kSpecials;
  }
  static Special find_special(std::string_view name) { return find_in(specials(), name); }
  static std::vector<std::string_view> special_names() {
    std::vector<std::string_view> names;
    for (const auto all : {specials(), readings()}) {
      for (const NamedSpecial& one : all) names.push_back(one.name);
    }
    return names;
  }

 private:
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
    known_.defined.insert(name.name);
    known_.macros.erase(name.name);
    describe(name, count == 3 ? form.items[2] : nullptr,
             count > 1 ? parameters_of(*form.items.back()) : nullptr);
    if (count > 1) note_helper(name, *form.items.back());
    if (count == 1) return add_literal(substrate::kNil, form.at, place);
    const NodeIndex index = add_node(NodeType::kApplication, form.at, place, 3);
    add_leaf(NodeType::kVariable, symbol(kDefine), form.at, {index, 0});
    add_literal(symbol(global_name(name.name)), name.at, {index, 1});
    later(Place{index, 2}, form.items.back(), {context.target, false});
  }

  // ---------------------------------------------------------------------------------------- modules

  // Is the (bare) name one that this file defines, here or further down?
  [[nodiscard]] bool is_own(std::string_view name) const {
    return known_.defined.contains(name) || known_.announced.contains(name);
  }
  // The name of the var that a global is: a module's own have its namespace, a program's own none.
  std::string global_name(std::string_view name) const {
    const SplitName parts = split(name);
    if (!parts.space.empty() && parts.space == known_.name)
      return std::string(known_.home).append(parts.name);
    return parts.space.empty() && is_own(name) ? std::string(known_.home).append(name)
                                               : std::string(name);
  }

  // A program's own names have no namespace in the nodes, so a local would be taken for one.
  bool check_unhidden(const Form& form) {
    const SplitName parts = split(form.name);
    const auto local = visible_.find(parts.name);
    const bool hidden = !form.core && !parts.space.empty() && known_.home.empty() &&
                        parts.space == known_.name && local != visible_.end() && local->second > 0;
    if (hidden)
      forms_.fail(form.at, "the local `" + std::string(parts.name) + "` hides `" +
                               std::string(form.name) + "` here; take another name for it");
    return !hidden;
  }

  // What the forms of a module define, as far as their heads say so: functions may call what stands
  // below them. What the language has too keeps its meaning up to the definition, as in Clojure.
  void announce(const Items& program) {
    static constexpr std::string_view kDefining[] = {"declare",  "def",  "defmacro",
                                                     "defmulti", "defn", "defn-"};
    std::vector<const Form*> pending(program.begin(), program.end());
    while (!pending.empty()) {
      const Form& form = *pending.back();
      pending.pop_back();
      if (form.kind != FormKind::kList || form.items.empty()) continue;
      const Form& head = *form.items[0];
      if (head.is_symbol("do"))
        pending.insert(pending.end(), form.items.begin() + 1, form.items.end());
      if (head.kind != FormKind::kSymbol || form.items.size() < 2 ||
          std::ranges::find(kDefining, head.name) == std::end(kDefining))
        continue;
      const std::size_t end = head.is_symbol("declare") ? form.items.size() : 2;
      for (std::size_t i = 1; i < end; ++i) {
        const Form& name = *form.items[i];
        if (name.kind == FormKind::kSymbol && !in_language(name.name))
          known_.announced.insert(name.name);
      }
    }
  }

  bool in_language(std::string_view name) {
    return find_macro(name) != nullptr || find_reading(name) != nullptr ||
           !find_refusal(name).empty() ||
           (options_.macros != nullptr && options_.macros->in_language(forms_.edit().pin(), name));
  }

  // The module that a name with a namespace is of; null when it is none of another module's.
  [[nodiscard]] Module* module_of(std::string_view name) const {
    const SplitName parts = split(name);
    if (parts.space.empty() || parts.space == known_.name) return nullptr;
    return modules_.find(parts.space);
  }
  bool check_reachable(const Form& name) {
    const Module* module = name.core ? nullptr : module_of(name.name);
    if (module == nullptr) return true;
    const std::string why = Modules::why_not(*module, split(name.name).name);
    if (!why.empty()) forms_.fail(name.at, why);
    return why.empty();
  }

  void describe(const Form& name, const Form* doc, const Form* arities) {
    known_.described.insert_or_assign(name.name, Described{doc, name.meta, arities, name.at});
  }

  // ([x] [x y]) of (fn name ([x] ...) ([x y] ...)); null of anything else.
  const Form* parameters_of(const Form& init) {
    if (!is_list(init, "fn") && !is_list(init, "fn*")) return nullptr;
    Body from = Body(init.items).subspan(1);
    if (!from.empty() && from[0]->kind == FormKind::kSymbol) from = from.subspan(1);
    Items vectors;
    for (const Form* item : from) {
      if (item->kind == FormKind::kVector) {
        vectors.push_back(item);
        break;
      }
      if (item->kind != FormKind::kList || item->items.empty() ||
          item->items[0]->kind != FormKind::kVector)
        break;
      vectors.push_back(item->items[0]);
    }
    return vectors.empty() ? nullptr : forms_.list(init.at, std::move(vectors));
  }

  // The definition that (doc name) or #'name is about; null after an error.
  const Described* described(const Form& written) {
    const Form& name = *whole_name(&written);
    const Module* module = name.core ? nullptr : module_of(name.name);
    const Known& known = module == nullptr ? known_ : module->known;
    const SplitName parts = split(name.name);
    const bool here = module != nullptr || parts.space == known_.name;
    const auto found = known.described.find(here ? parts.name : name.name);
    if (name.kind == FormKind::kSymbol && !name.core && found != known.described.end())
      return &found->second;
    forms_.fail(written.at, "`" + std::string(written.name) +
                                "` is no definition above in this program, so nothing is known "
                                "about it");
    return nullptr;
  }

  // (doc name): prints what the definition says about itself.
  void expand_doc(const Form& form, Place place, Context context) {
    if (argument_count(form) != 1 || form.items[1]->kind != FormKind::kSymbol)
      return fail_count(form, "the name of a definition");
    const Described* about = described(*form.items[1]);
    if (about == nullptr) return;
    const substrate::Pin& pin = forms_.edit().pin();
    std::string text = "-------------------------\n";
    text += whole_name(form.items[1])->name;
    if (about->arities != nullptr)
      text += '\n' + substrate::print(pin, forms_.data_of(*about->arities));
    if (const Form* doc = doc_of(*about))
      text += "\n  " + substrate::to_string(pin, forms_.data_of(*doc));
    const Form* shown = forms_.atom(form.at, substrate::from_string(forms_.edit(), text));
    later(place, forms_.call(form.at, "println", {shown}), context);
  }

  // Its docstring, or what ^{:doc "..."} says.
  const Form* doc_of(const Described& about) {
    if (about.doc != nullptr || about.attributes == nullptr) return about.doc;
    const Items& entries = about.attributes->items;
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
      const bool doc = entries[i]->kind == FormKind::kKeyword && entries[i]->name == "doc";
      if (doc && is_string(*entries[i + 1])) return entries[i + 1];
    }
    return nullptr;
  }

  // Metadata as an expression: the name behind ^ is a hint, and no variable.
  const Form* with_quoted_tag(const Form& meta) {
    Items entries = meta.items;
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
      const bool tag = entries[i]->kind == FormKind::kKeyword && entries[i]->name == "tag";
      if (tag && entries[i + 1]->kind == FormKind::kSymbol)
        entries[i + 1] = forms_.call(meta.at, "quote", {entries[i + 1]});
    }
    return forms_.collection(FormKind::kMap, meta.at, std::move(entries));
  }

  // (meta #'name): a map; any other use of a var is refused.
  const Form* meta_of_var(const Form& form) {
    const bool asks = form.items[0]->name == "meta" && argument_count(form) == 1;
    if (!asks || !is_core_list(*form.items[1], "var")) return nullptr;
    const Form& name = *form.items[1]->items[1];
    if (name.kind != FormKind::kSymbol) return forms_.fail(name.at, "#' needs a name behind it");
    const Described* about = described(name);
    if (about == nullptr) return nullptr;
    const Position at = form.at;
    const auto number = [&](std::uint32_t n) { return forms_.atom(at, substrate::int_word(n)); };
    Items entries{forms_.keyword(at, "name"),
                  forms_.call(at, "quote", {&name}),
                  forms_.keyword(at, "file"),
                  forms_.atom(at, substrate::from_string(forms_.edit(), forms_.file())),
                  forms_.keyword(at, "line"),
                  number(about->at.line),
                  forms_.keyword(at, "column"),
                  number(about->at.column)};
    if (about->arities != nullptr)
      entries.insert(entries.end(),
                     {forms_.keyword(at, "arglists"), forms_.call(at, "quote", {about->arities})});
    if (about->doc != nullptr)
      entries.insert(entries.end(), {forms_.keyword(at, "doc"), about->doc});
    const Form* map = forms_.collection(FormKind::kMap, at, std::move(entries));
    return about->attributes == nullptr
               ? map
               : forms_.call(at, "merge", {map, with_quoted_tag(*about->attributes)});
  }

  bool check_definable(const Form& name) {
    if (name.kind != FormKind::kSymbol) {
      forms_.fail(name.at, "`def` needs a name to define: a symbol");
    } else if (!options_.library && name.name != "/" &&
               name.name.find('/') != std::string_view::npos) {
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

  // ---------------------------------------------------------------------------------------- macros

  UserMacro* find_user_macro(const Form& head) {
    if (head.core || is_local(head)) return nullptr;
    Module* module = module_of(head.name);
    Known& known = module == nullptr ? known_ : module->known;
    const SplitName parts = split(head.name);
    const bool here = module != nullptr || parts.space == known_.name;
    const auto found = known.macros.find(here ? parts.name : head.name);
    return found == known.macros.end() ? nullptr : &found->second;
  }

  void note_helper(const Form& name, const Form& init) {
    const bool function = is_list(init, "fn*") || is_list(init, "fn");
    if (function || init.constant) known_.helpers.push_back({name.name, &init});
  }

  // (defmacro name "docstring"? {attributes}? [parameters] body...), or with arities.
  void expand_defmacro(const Form& form, Place place, Context) {
    if (argument_count(form) < 2 || form.items[1]->kind != FormKind::kSymbol) {
      forms_.fail(form.at, "`defmacro` takes a name, parameters and a body");
      return;
    }
    const Form& name = *form.items[1];
    if (!check_definable(name)) return;
    Body from = Body(form.items).subspan(2);
    const Form* doc = from.size() > 1 && is_string(*from[0]) ? from[0] : nullptr;
    if (doc != nullptr) from = from.subspan(1);
    if (from.size() > 1 && from[0]->kind == FormKind::kMap) {
      if (!check_phase(*from[0])) return;
      from = from.subspan(1);
    }
    Items function{forms_.core(form.at, "fn"), &name};
    function.insert(function.end(), from.begin(), from.end());
    known_.defined.insert(name.name);
    const Form* made = forms_.list(form.at, std::move(function));
    describe(name, doc, parameters_of(*made));
    known_.macros.insert_or_assign(name.name, UserMacro{.function = made});
    add_literal(symbol(global_name(name.name)), form.at, place);
  }

  // A macro runs while the program is read; one that asks to run later gets no wrong answer.
  bool check_phase(const Form& attributes) {
    for (std::size_t i = 0; i < attributes.items.size(); i += 2) {
      const Form& key = *attributes.items[i];
      const Form& value = *attributes.items[i + 1];
      if (key.kind != FormKind::kKeyword || key.name != "phase-policy") continue;
      if (value.kind == FormKind::kKeyword && (value.name == "compile" || value.name == "both")) {
        continue;
      }
      forms_.fail(value.at,
                  "a macro is expanded while the program is read; its `:phase-policy` is "
                  ":compile or :both");
      return false;
    }
    return true;
  }

  // The functions and constants above that a macro's function names, and those that they name.
  std::vector<const Helper*> helpers_of(const Form& function) {
    std::unordered_set<std::string_view> names;
    collect_names(function, names);
    std::vector<std::string_view> pending(names.begin(), names.end());
    std::unordered_map<std::string_view, const Helper*> last;
    for (const Helper& helper : known_.helpers) last[helper.name] = &helper;
    while (!pending.empty()) {
      const std::string_view name = pending.back();
      pending.pop_back();
      std::unordered_set<std::string_view> more;
      if (const auto helper = last.find(name); helper != last.end()) {
        collect_names(*helper->second->init, more);
      }
      if (const auto macro = known_.macros.find(name); macro != known_.macros.end()) {
        collect_names(*macro->second.function, more);
      }
      for (const std::string_view n : more) {
        if (names.insert(n).second) pending.push_back(n);
      }
    }
    std::vector<const Helper*> out;
    for (const Helper& helper : known_.helpers) {
      if (names.contains(helper.name) && last[helper.name] == &helper) out.push_back(&helper);
    }
    return out;
  }

  // (let* [helper init ...] (fn* [&form &env] function)), evaluated. kAbsent after an error.
  Word make_macro(const UserMacro& macro) {
    const Position at = macro.function->at;
    Items bindings;
    for (const Helper* helper : helpers_of(*macro.function)) {
      bindings.insert(bindings.end(), {forms_.symbol(at, helper->name), helper->init});
    }
    const Form* parameters =
        forms_.vector(at, {forms_.symbol(at, "&form"), forms_.symbol(at, "&env")});
    const Form* form = forms_.call(at, "let*",
                                   {forms_.vector(at, std::move(bindings)),
                                    forms_.call(at, "fn*", {parameters, macro.function})});
    const Expansion made = Expander(forms_, options_, known_, modules_).run_inside(form);
    if (!forms_.ok()) return substrate::kAbsent;
    auto program = seal_nodes(forms_.edit(), forms_.file(), made.nodes);
    auto closure = program.ok() ? options_.macros->evaluate(forms_.edit(), *program) : program;
    if (closure.ok()) return *closure;
    forms_.fail(closure.status());
    return substrate::kAbsent;
  }

  // The same in the file that defines the macro.
  Word make_macro_at_home(const UserMacro& macro, const Form& name) {
    Module* module = module_of(name.name);
    if (module == nullptr) return make_macro(macro);
    const Word made = Expander(module->forms, options_, module->known, modules_).make_macro(macro);
    if (!module->forms.ok()) forms_.fail(module->forms.status());
    return made;
  }

  // What the macro makes of the call; null after an error.
  const Form* expand_user_macro(UserMacro& macro, const Form& call, Place place) {
    const Form& name = *call.items[0];
    const std::string label = "the macro `" + std::string(name.name) + "`";
    if (options_.macros == nullptr) {
      return forms_.fail(call.at,
                         label + " cannot be expanded here: there is no machine to run it");
    }
    if (++expansions_ > kExpansionsMax) {
      return forms_.fail(call.at, label + " goes on expanding without an end");
    }
    if (!check_reachable(name)) return nullptr;
    if (substrate::is_absent(macro.closure)) macro.closure = make_macro_at_home(macro, name);
    if (!forms_.ok()) return nullptr;
    const Word call_data = forms_.data_of(call);
    const Word contexts[] = {call_data, substrate::kEmptyMap};
    std::vector<Word> arguments;
    for (const Form* argument : Body(call.items).subspan(1)) {
      arguments.push_back(forms_.data_of(*argument));
    }
    if (!forms_.ok()) return nullptr;
    auto function = options_.macros->call(forms_.edit(), macro.closure, contexts);
    auto result =
        function.ok() ? options_.macros->call(forms_.edit(), *function, arguments) : function;
    if (!result.ok()) {
      return forms_.fail(call.at, label + " failed: " + std::string(result.status().message()));
    }
    events_.push_back({call_data, symbol(name.name), place});
    const Form* made = forms_.form_of(*result, call.at, forms_in(call));
    if (made == nullptr) {
      return forms_.fail(call.at, label + " gave something that no program text can spell");
    }
    return with_own_names(made, call);
  }

  // The collections in a form by their data, so that what a macro passes on keeps its place.
  static Forms::KnownForms forms_in(const Form& form, Forms& forms) {
    Forms::KnownForms known;
    std::vector<const Form*> pending(form.items.begin(), form.items.end());
    while (!pending.empty()) {
      const Form* top = pending.back();
      pending.pop_back();
      if (top->items.empty()) continue;
      known.emplace(forms.data_of(*top).bits, top);
      pending.insert(pending.end(), top->items.begin(), top->items.end());
    }
    return known;
  }
  Forms::KnownForms forms_in(const Form& form) { return forms_in(form, forms_); }

  // Names that the macro made up (x# and gensym) become names that stand nowhere else, one for
  // each expansion.
  const Form* with_own_names(const Form* made, const Form& call) {
    std::unordered_set<std::string_view> names, given;
    collect_names(*made, names);
    std::erase_if(names, [](std::string_view n) { return !n.ends_with(kAutoMark); });
    if (names.empty()) return made;
    collect_names(call, given);
    std::vector<std::string_view> sorted(names.begin(), names.end());
    std::ranges::sort(sorted);  // so that the same text gives the same program
    std::unordered_map<std::string_view, std::string_view> own;
    for (const std::string_view name : sorted) {
      if (given.contains(name)) continue;
      const std::string_view stem = name.substr(0, name.find("__"));
      own[name] = forms_.keep(std::string(stem) + "__" + std::to_string(forms_.next_number()) +
                              std::string(kAutoMark));
    }
    return renamed(made, own);
  }

  // A copy of the form with other names, made from the leaves up.
  const Form* renamed(const Form* form,
                      const std::unordered_map<std::string_view, std::string_view>& names) {
    struct Open {
      const Form* form;
      Items items;
    };
    std::vector<Open> open{{form, {}}};
    for (;;) {
      Open& top = open.back();
      if (top.form->items.size() > top.items.size()) {
        open.push_back({top.form->items[top.items.size()], {}});
        continue;
      }
      const Form* done = top.form;
      if (const auto name = names.find(done->name);
          done->kind == FormKind::kSymbol && name != names.end()) {
        done = forms_.with_meta_of(forms_.symbol(done->at, name->second), *done);
      } else if (top.items != done->items) {
        done = forms_.with_meta_of(forms_.collection(done->kind, done->at, std::move(top.items)),
                                   *done);
      }
      open.pop_back();
      if (open.empty()) return done;
      open.back().items.push_back(done);
    }
  }

  // (macroexpand 'form): done while reading, so the form must stand there.
  void expand_macroexpand(const Form& form, Place place, Context) {
    const bool once = form.items[0]->name == "macroexpand-1";
    if (argument_count(form) != 1 || !is_list(*form.items[1], "quote") ||
        form.items[1]->items.size() != 2) {
      forms_.fail(form.at, "`" + std::string(form.items[0]->name) +
                               "` takes a quoted form here: macros are expanded while the program "
                               "is read");
      return;
    }
    const Form* at = form.items[1]->items[1];
    while (at != nullptr && at->kind == FormKind::kList && !at->items.empty() &&
           at->items[0]->kind == FormKind::kSymbol) {
      const Form& head = *whole_name(at->items[0]);
      const Form* next = nullptr;
      if (UserMacro* macro = find_user_macro(head)) {
        next = expand_user_macro(*macro, *at, place);
        if (forms_.ok()) events_.pop_back();  // nothing of it is in the program
      } else if (const Macro macro_function = is_taken(head) ? nullptr : find_macro(head.name)) {
        next = macro_function(forms_, *at);
      } else {
        break;
      }
      at = next;
      if (once) break;
    }
    if (forms_.ok()) add_literal(forms_.data_of(*at), form.at, place);
  }

  // ---------------------------------------------------------------------------------- syntax quote

  static constexpr std::string_view kQuoteInside = "yin/syntax-quote";

  std::size_t quote_of(const Form& number) {
    return static_cast<std::size_t>(substrate::small_int(forms_.data_of(number)));
  }

  // The code that makes what a syntax quote spells, one level of it: what stands inside waits in
  // (yin/syntax-quote number form), so that depth is the walk's and x# is one name in one quote.
  const Form* syntax_quoted(const Form& form, std::size_t quote) {
    const Position at = form.at;
    if (++quoted_ > kQuotedMax || nested_quotes_ > kQuotesNestedMax)
      return forms_.fail(at, "syntax quotes in one another make too much of this form");
    if (is_core_list(form, "unquote")) return form.items[1];
    if (is_core_list(form, "unquote-splicing")) {
      return forms_.fail(at, "~@ must stand in a list, vector, map or set: it gives several forms");
    }
    if (is_core_list(form, "syntax-quote")) {
      known_.quotes.emplace_back();
      ++nested_quotes_;
      const Form* inner = syntax_quoted(*form.items[1], known_.quotes.size() - 1);
      --nested_quotes_;
      return inner == nullptr ? nullptr : syntax_quoted(*inner, quote);
    }
    if (form.kind == FormKind::kList && form.items.size() == 3 &&
        form.items[0]->is_symbol(kQuoteInside) && form.items[0]->core) {
      const Form* inner = syntax_quoted(*form.items[2], quote_of(*form.items[1]));
      return inner == nullptr ? nullptr : syntax_quoted(*inner, quote);
    }
    if (form.meta != nullptr) {  // what it spells, with what its metadata spells
      const Form* number = forms_.atom(at, substrate::int_word(static_cast<std::int64_t>(quote)));
      const Form* bare = forms_.without_meta(form);
      return forms_.call(at, "with-meta",
                         {forms_.call(at, kQuoteInside, {number, bare}),
                          forms_.call(at, kQuoteInside, {number, form.meta})});
    }
    if (form.kind == FormKind::kSymbol) {
      return forms_.call(at, "quote", {quoted_name(form, quote)});
    }
    if (form.constant) {
      return form.kind == FormKind::kList ? forms_.call(at, "list", {}) : &form;
    }
    Items parts{forms_.core(at, "concat")};
    for (const Form* item : form.items) {
      if (is_core_list(*item, "unquote-splicing")) {
        parts.push_back(item->items[1]);
      } else if (is_core_list(*item, "unquote")) {
        parts.push_back(forms_.call(item->at, "list", {item->items[1]}));
      } else {
        const Form* number =
            forms_.atom(item->at, substrate::int_word(static_cast<std::int64_t>(quote)));
        parts.push_back(
            forms_.call(item->at, "list", {forms_.call(item->at, kQuoteInside, {number, item})}));
      }
    }
    const Form* all = forms_.call(at, "seq", {forms_.list(at, std::move(parts))});
    switch (form.kind) {
      case FormKind::kVector:
        return forms_.call(at, "vec", {all});
      case FormKind::kMap:
        return forms_.call(at, "apply", {forms_.core(at, "hash-map"), all});
      case FormKind::kSet:
        return forms_.call(at, "set", {all});
      default:
        return all;
    }
  }

  // What a name means in a syntax quote: one name for x#, the language's own with its namespace.
  const Form* quoted_name(const Form& form, std::size_t quote) {
    if (form.core) return &form;
    const std::string_view name = form.name;
    if (name.size() > 1 && name.ends_with('#') && name.find('/') == std::string_view::npos) {
      const Form*& made = known_.quotes[quote][name];
      if (made == nullptr) {
        made = forms_.symbol(
            form.at, forms_.keep(std::string(name.substr(0, name.size() - 1)) + "__" +
                                 std::to_string(forms_.next_number()) + std::string(kAutoMark)));
      }
      return made;
    }
    const Form* whole = whole_name(&form);
    if (!known_.home.empty() && whole == &form && is_own(name))
      return forms_.symbol(form.at, forms_.keep(global_name(name)));
    if (whole != &form || name.find('/') != std::string_view::npos || find_special(name) ||
        name == "&" || name == "catch" || name == "finally" || known_.defined.contains(name)) {
      return whole;
    }
    return in_language(name) ? forms_.core(form.at, name) : whole;
  }

  void expand_unquote(const Form& form, Place, Context) {
    const bool splicing = form.items[0]->name == "unquote-splicing";
    forms_.fail(form.at, std::string(splicing ? "~@" : "~") + " belongs in a syntax quote (`)");
  }

  // ------------------------------------------------------------------------------------ namespaces

  // The symbol with its namespace written out, if it has an alias of one or was referred to.
  const Form* whole_name(const Form* written) {
    const std::string_view name = written->name;
    if (written->core || is_local(*written)) return written;
    const std::size_t slash = name.find('/');
    std::string_view whole;
    if (slash == std::string_view::npos || name == "/") {
      if (known_.defined.contains(name)) return written;
      const auto found = known_.referred.find(name);
      if (found != known_.referred.end()) whole = found->second;
    } else if (const auto found = known_.aliases.find(name.substr(0, slash));
               found != known_.aliases.end()) {
      whole = forms_.keep(std::string(found->second).append(name.substr(slash)));
    }
    if (whole.empty()) return written;
    return whole.starts_with(kCoreNamespace)
               ? forms_.core(written->at, whole.substr(kCoreNamespace.size()))
               : forms_.symbol(written->at, whole);
  }

  const Form* with_whole_head(const Form* form) {
    const Form* head = whole_name(form->items[0]);
    if (head == form->items[0]) return form;
    Items items = form->items;
    items[0] = head;
    return forms_.list(form->at, std::move(items));
  }

  // (ns name "docstring"? {attributes}? (:require ...) (:refer-clojure ...))
  void expand_ns(const Form& form, Place place, Context) {
    if (argument_count(form) == 0 || form.items[1]->kind != FormKind::kSymbol) {
      forms_.fail(form.at, "`ns` takes a name first");
      return;
    }
    const Form& name = *form.items[1];
    if (!known_.home.empty() && name.name != known_.name) {
      forms_.fail(name.at, "this file is required as " + std::string(known_.name) +
                               ", and calls itself " + std::string(name.name));
      return;
    }
    known_.name = name.name;
    for (const Form* clause : Body(form.items).subspan(2)) {
      if (clause->kind != FormKind::kList || clause->items.empty() ||
          clause->items[0]->kind != FormKind::kKeyword) {
        continue;
      }
      const std::string_view asks = clause->items[0]->name;
      if (asks == "require") {
        if (!require_all(Body(clause->items).subspan(1))) return;
      } else if (asks != "refer-clojure" && asks != "gen-class") {
        forms_.fail(clause->at, "`:" + std::string(asks) + "` is not supported; there is :require");
        return;
      }
    }
    add_literal(substrate::kNil, form.at, place);
  }

  // (require '[name :as alias :refer [names]] ...)
  void expand_require(const Form& form, Place place, Context) {
    Items what;
    for (const Form* argument : Body(form.items).subspan(1)) {
      if (!is_list(*argument, "quote") || argument->items.size() != 2) {
        forms_.fail(argument->at, "`require` takes quoted names: '[name :as alias]");
        return;
      }
      what.push_back(argument->items[1]);
    }
    if (require_all(what)) add_literal(substrate::kNil, form.at, place);
  }

  bool require_all(Body what) {
    return std::ranges::all_of(what, [&](const Form* one) { return require_one(*one); });
  }

  bool require_one(const Form& what) {
    const bool vector = what.kind == FormKind::kVector && !what.items.empty();
    const Form& name = vector ? *what.items[0] : what;
    if (name.kind != FormKind::kSymbol) {
      forms_.fail(what.at, "a namespace is needed here: name or [name :as alias :refer [names]]");
      return false;
    }
    const Module* module = nullptr;
    if (!find_namespace(name, module)) return false;
    known_.aliases[name.name] = name.name;
    const Body options = vector ? Body(what.items).subspan(1) : Body();
    for (std::size_t i = 0; i < options.size(); i += 2) {
      const bool keyword = options[i]->kind == FormKind::kKeyword && i + 1 < options.size();
      const std::string_view option = keyword ? options[i]->name : std::string_view();
      const Form* value = keyword ? options[i + 1] : nullptr;
      if ((option == "as" || option == "as-alias") && value->kind == FormKind::kSymbol) {
        known_.aliases[value->name] = name.name;
      } else if (option == "refer" && value->kind == FormKind::kVector) {
        if (!refer_all(name, value->items, module)) return false;
      } else {
        forms_.fail(options[i]->at, "`:as alias` or `:refer [names]` is needed here");
        return false;
      }
    }
    return true;
  }

  // `module`: null for a namespace of the language.
  bool refer_all(const Form& from, const Items& names, const Module* module) {
    for (const Form* name : names) {
      if (!check_local(forms_, *name)) return false;
      const std::string why =
          module == nullptr ? std::string() : Modules::why_not(*module, name->name);
      if (!why.empty()) {
        forms_.fail(name->at, why);
        return false;
      }
      const std::string_view whole =
          forms_.keep(std::string(from.name).append("/").append(name->name));
      known_.referred[name->name] = whole;
    }
    return true;
  }

  bool find_namespace(const Form& name, const Module*& module) {
    static constexpr std::string_view kThere[] = {"clojure.core", "clojure.set", "clojure.string",
                                                  "clojure.walk"};
    if (std::ranges::find(kThere, name.name) != std::end(kThere)) return true;
    auto found = modules_.require(name.name, forms_.file(), name.at);
    if (found.ok())
      module = *found;
    else
      forms_.fail(found.status());
    return found.ok();
  }

  // --------------------------------------------------------------------------------- what is fused

  void expand_pattern(const Form& form, Place, Context) {
    forms_.fail(
        form.at,
        "regular expressions (#\"...\") are not supported yet, but for plain text to split or "
        "replace by; use string functions");
  }

  // Calls that stand for another one because of what their arguments are; null if it is none.
  const Form* fuse(const Form& form) {
    const std::string_view name = form.items[0]->name;
    if (name.starts_with(kStringNamespace)) return fuse_pattern(form);
    if (const Form* taken = fuse_taken(form)) return taken;
    if (const Form* drawn = fuse_drawn(form)) return drawn;
    return fuse_endless_items(form);
  }

  // (clojure.string/split s #","): a plain pattern is its text.
  const Form* fuse_pattern(const Form& form) {
    const std::string_view name = form.items[0]->name.substr(kStringNamespace.size());
    const bool replaces = name == "replace" || name == "replace-first";
    if ((!replaces && name != "split") || form.items.size() < 3) return nullptr;
    const Form& pattern = *form.items[2];
    if (!is_core_list(pattern, kPatternName)) return nullptr;
    if (replaces && form.items.size() == 4) {
      const Form& with = *form.items[3];
      if (!is_string(with) || has_group(with)) {
        return forms_.fail(with.at,
                           "what replaces a pattern must be a plain string here; replace a string");
      }
    }
    Items items = form.items;
    items[2] = pattern.items[1];
    return forms_.list(form.at, std::move(items));
  }
  bool has_group(const Form& text) {
    const std::string plain = substrate::to_string(forms_.edit().pin(), forms_.data_of(text));
    return plain.find_first_of("$\\") != std::string::npos;
  }

  bool is_language_call(const Form& form, std::string_view name, std::size_t arguments) {
    return is_list(form, name) && !is_taken(*form.items[0]) && form.items.size() == arguments + 1;
  }
  // What has no end: (range), (iterate f x), (cycle xs), (repeat x), (repeatedly f).
  bool is_endless(const Form& form) {
    return is_language_call(form, "range", 0) || is_language_call(form, "iterate", 2) ||
           is_language_call(form, "cycle", 1) || is_language_call(form, "repeat", 1) ||
           is_language_call(form, "repeatedly", 1);
  }

  // (stage argument items), or (stage items), that passes items on as they come: a transducer.
  bool is_stage(const Form& form) {
    static constexpr std::string_view kPlain[] = {"dedupe", "distinct", "next", "rest"};
    static constexpr std::string_view kStages[] = {
        "drop",        "drop-while", "filter",    "interpose",     "keep",   "keep-indexed", "map",
        "map-indexed", "mapcat",     "partition", "partition-all", "remove", "take-nth"};
    static_assert(std::ranges::is_sorted(kPlain) && std::ranges::is_sorted(kStages));
    const auto is_one = [&](std::span<const std::string_view> names, std::size_t arguments) {
      return form.kind == FormKind::kList && form.items.size() == arguments + 1 &&
             form.items[0]->kind == FormKind::kSymbol && !is_taken(*form.items[0]) &&
             std::ranges::binary_search(names, form.items[0]->name);
    };
    return is_one(kPlain, 1) || is_one(kStages, 2);
  }

  // (->> source (stage f) ...) as the calls that it is.
  const Form* unthreaded(const Form* form) {
    while (form != nullptr && (is_list(*form, "->") || is_list(*form, "->>")) &&
           !is_taken(*form->items[0]))
      form = find_macro(form->items[0]->name)(forms_, *form);
    return form;
  }

  // What has no end behind some stages: the outermost first, then the source; empty for anything
  // else.
  Items pipeline(const Form& form) {
    Items parts;
    const Form* at = unthreaded(&form);
    for (; at != nullptr && is_stage(*at); at = unthreaded(at->items.back())) parts.push_back(at);
    if (at == nullptr || !is_endless(*at)) return {};
    parts.push_back(at);
    return parts;
  }

  // A call that needs no more of a pipeline than it uses, as one reduction over the source:
  // (take 5 (filter odd? (map f (iterate g x)))). What is evaluated once is so in the order of the
  // text.
  const Form* fuse_drawn(const Form& form) {
    struct Consumer {
      std::string_view name;
      std::size_t arguments;
    };
    static constexpr Consumer kConsumers[] = {{"take", 2},     {"take-while", 2}, {"first", 1},
                                              {"second", 1},   {"nth", 2},        {"some", 2},
                                              {"every?", 2},   {"reduce", 3},     {"transduce", 4},
                                              {"sequence", 2}, {"into", 3}};
    const std::string_view name = form.items[0]->name;
    const std::size_t count = argument_count(form);
    if (std::ranges::none_of(
            kConsumers, [&](const Consumer& c) { return c.name == name && c.arguments == count; }))
      return nullptr;
    const Position at = form.at;
    const Form* items = name == "nth" ? form.items[1] : form.items.back();
    const Items parts = pipeline(*items);
    if (parts.empty()) return nullptr;
    Items bindings;
    const auto held = [&](const Form* value, std::string_view what) {
      if (value->constant) return value;
      const Form* local = forms_.fresh(value->at, what);
      bindings.insert(bindings.end(), {local, value});
      return local;
    };
    const auto number = [&](std::int64_t n) { return forms_.atom(at, substrate::int_word(n)); };
    Items own;  // the consumer's arguments in front of the items
    for (std::size_t i = 1; i + 1 < form.items.size() && name != "nth"; ++i)
      own.push_back(held(form.items[i], "argument"));
    Items stages;  // outermost first
    for (const Form* part : Body(parts).first(parts.size() - 1)) {
      std::string_view stage = part->items[0]->name;
      if (stage.starts_with("partition")) {  // no part is short, and parts are lists
        stages.push_back(forms_.call(at, "map", {forms_.core(at, "seq")}));
        stage = "partition-all";
      }
      if (stage == "rest" || stage == "next")
        stages.push_back(forms_.call(at, "drop", {number(1)}));
      else if (part->items.size() == 2)
        stages.push_back(forms_.call(part->at, stage, {}));
      else
        stages.push_back(forms_.call(part->at, stage, {held(part->items[1], "argument")}));
    }
    Items source{forms_.core(at, draw_of(*parts.back()))};
    for (const Form* part : Body(parts.back()->items).subspan(1))
      source.push_back(held(part, "argument"));
    const Form* index = name == "nth" ? held(form.items[2], "index") : nullptr;
    const Form* made = drawn(form, own, index, std::move(stages), source);
    return forms_.call(at, "let*", {forms_.vector(at, std::move(bindings)), made});
  }

  // The function of the prelude that draws from a source.
  static std::string_view draw_of(const Form& source) {
    const std::string_view name = source.items[0]->name;
    return name == "range"     ? "yin/draw-range"
           : name == "cycle"   ? "yin/draw-cycle"
           : name == "iterate" ? "yin/draw-iterate"
           : name == "repeat"  ? "yin/draw-repeat"
                               : "yin/draw-repeatedly";
  }

  // `source` is (draw arguments...), to which the transducer, the reducing function and its start
  // are added.
  const Form* drawn(const Form& form, const Items& own, const Form* index, Items stages,
                    const Items& source) {
    const Position at = form.at;
    const std::string_view name = form.items[0]->name;
    const auto number = [&](std::int64_t n) { return forms_.atom(at, substrate::int_word(n)); };
    const auto draw = [&](const Form* last, const Form* reducing, const Form* start) {
      Items transducer{forms_.core(at, "comp")};
      transducer.insert(transducer.end(), stages.rbegin(), stages.rend());
      if (last != nullptr) transducer.push_back(last);
      Items call{source[0], forms_.list(at, std::move(transducer)), reducing, start};
      call.insert(call.end(), source.begin() + 1, source.end());
      return forms_.list(at, std::move(call));
    };
    const auto gathered = [&](const Form* last) {
      return draw(last, forms_.core(at, "conj"), forms_.vector(at, {}));
    };
    const auto first_of = [&](const Form* count) {  // none are none: nothing is drawn
      const Form* some = forms_.call(at, "concat", {gathered(forms_.call(at, "take", {count}))});
      const Form* none = forms_.list(at, {});
      return forms_.call(at, "if", {forms_.call(at, "<", {number(0), count}), some, none});
    };
    if (name == "take") return first_of(own[0]);
    if (name == "first" || name == "second")
      return forms_.call(at, name, {first_of(number(name == "first" ? 1 : 2))});
    if (name == "nth")
      return forms_.call(at, "nth", {first_of(forms_.call(at, "inc", {index})), index});
    if (name == "take-while")
      return forms_.call(at, "concat", {gathered(forms_.call(at, "take-while", {own[0]}))});
    if (name == "sequence") return forms_.call(at, "concat", {gathered(own[0])});
    if (name == "into") return forms_.call(at, "into", {own[0], gathered(own[1])});
    if (name == "reduce") return draw(nullptr, forms_.call(at, "completing", {own[0]}), own[1]);
    if (name == "transduce") return draw(own[0], own[1], own[2]);
    const Form* one = forms_.call(at, "take", {number(1)});
    if (name == "every?") {
      stages.insert(stages.begin(), forms_.call(at, "remove", {own[0]}));
      return forms_.call(at, "empty?", {gathered(one)});
    }
    stages.insert(stages.begin(), forms_.call(at, "map", {own[0]}));  // some
    stages.insert(stages.begin(), forms_.call(at, "filter", {forms_.core(at, "identity")}));
    return forms_.call(at, "first", {gathered(one)});
  }

  // The first `count` of what has no end.
  const Form* bounded(const Form& written, const Form* count) {
    if (!is_endless(written)) return forms_.call(written.at, "take", {count, &written});
    const Form& endless = written;
    const Position at = endless.at;
    const Items& items = endless.items;
    const std::string_view name = items[0]->name;
    if (name == "range") return forms_.call(at, "range", {count});
    if (name == "iterate") return forms_.call(at, "yin/take-iterate", {count, items[1], items[2]});
    if (name == "cycle") return forms_.call(at, "yin/take-cycle", {count, items[1]});
    const Form* least = forms_.call(at, "max", {forms_.atom(at, substrate::int_word(0)), count});
    return forms_.call(at, name, {least, items[1]});
  }

  // (take n endless), (take-while f (iterate g x)), (nth (iterate f x) n)
  const Form* fuse_taken(const Form& form) {
    if (form.items.size() != 3) return nullptr;
    const std::string_view name = form.items[0]->name;
    const Form& first = *form.items[1];
    const Form& second = *form.items[2];
    const Position at = form.at;
    if (name == "take" && is_endless(second)) return bounded(second, &first);
    if (name == "nth" && is_language_call(first, "iterate", 2)) {
      return forms_.call(at, "yin/nth-iterate", {first.items[1], first.items[2], &second});
    }
    if (name != "take-while") return nullptr;
    const bool counts = is_language_call(second, "range", 0);
    if (!counts && !is_language_call(second, "iterate", 2)) return nullptr;
    const Form* step = counts ? forms_.core(at, "inc") : second.items[1];
    const Form* start = counts ? forms_.atom(at, substrate::int_word(0)) : second.items[2];
    return forms_.call(at, "yin/take-while-iterate", {&first, step, start});
  }

  // (map f items (range)): as much of what has no end as the others have.
  const Form* fuse_endless_items(const Form& form) {
    static constexpr std::string_view kNames[] = {"interleave", "map", "mapcat", "mapv", "zipmap"};
    const std::string_view name = form.items[0]->name;
    if (!std::ranges::binary_search(kNames, name)) return nullptr;
    const std::size_t first = name == "interleave" || name == "zipmap" ? 1 : 2;
    if (form.items.size() < first + 2) return nullptr;
    const Body items = Body(form.items).subspan(first);
    const auto endless = [&](const Form* item) { return !pipeline(*item).empty(); };
    if (std::ranges::none_of(items, endless) || std::ranges::all_of(items, endless)) return nullptr;
    const Position at = form.at;
    Items bindings;
    Items call(form.items.begin(), form.items.begin() + static_cast<std::ptrdiff_t>(first));
    if (first == 2) {
      call[1] = forms_.fresh(at, "function");
      bindings.insert(bindings.end(), {call[1], form.items[1]});
    }
    Items counts{forms_.core(at, "min")};
    for (const Form* item : items) {
      if (endless(item)) continue;
      const Form* held = forms_.fresh(item->at, "items");
      bindings.insert(bindings.end(), {held, forms_.call(item->at, "vec", {item})});
      counts.push_back(forms_.call(item->at, "count", {held}));
    }
    const Form* count = forms_.fresh(at, "count");
    std::size_t next = first == 2 ? 2 : 0;
    for (const Form* item : items) {
      if (endless(item)) {
        call.push_back(bounded(*item, count));
      } else {
        call.push_back(bindings[next]);
        next += 2;
      }
    }
    bindings.insert(bindings.end(), {count, forms_.list(at, std::move(counts))});
    return forms_.call(at, "let*",
                       {forms_.vector(at, std::move(bindings)), forms_.list(at, std::move(call))});
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
  const ReadOptions& options_;
  std::vector<Node> nodes_;
  std::vector<Task> pending_;
  std::vector<Task> batch_;
  std::vector<Target> targets_;
  std::vector<std::string_view> bound_;                          // in scope, innermost last
  std::unordered_map<std::string_view, std::uint32_t> visible_;  // how often each name is bound
  Known& known_;
  Modules& modules_;
  std::vector<Event> events_;
  std::uint32_t expansions_ = 0;  // of the program's macros, in this top-level form
  std::uint32_t quoted_ = 0;      // parts of syntax quotes, in this top-level form
  std::uint32_t nested_quotes_ = 0;
};

}  // namespace

bool is_special_name(std::string_view name) { return Expander::find_special(name) != nullptr; }

std::vector<std::string_view> special_names() { return Expander::special_names(); }

// ------------------------------------------------------------------------------------------ Modules

namespace {

constexpr std::size_t kOpenMax = 100;  // files that require each other in a chain: each takes stack

// Has the definition ^:private, as defn- gives it?
bool is_private(const Known& known, std::string_view name) {
  const auto about = known.described.find(name);
  if (about == known.described.end() || about->second.attributes == nullptr) return false;
  const Items& entries = about->second.attributes->items;
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i]->kind == FormKind::kKeyword && entries[i]->name == "private") return true;
  }
  return false;
}

}  // namespace

Modules::Modules(substrate::Edit& edit, const ReadOptions& options)
    : edit_(edit), options_(options) {}
Modules::~Modules() = default;

Module* Modules::find(std::string_view name) const {
  const auto found = std::ranges::find_if(all_, [&](const auto& m) { return m->name == name; });
  return found == all_.end() ? nullptr : found->get();
}

std::string Modules::why_not(const Module& module, std::string_view name) {
  const std::string whole = "`" + module.name + "/" + std::string(name) + "`";
  if (!module.known.defined.contains(name))
    return whole + ": the module `" + module.name + "` defines no such name";
  if (is_private(module.known, name)) return whole + " is private to its module";
  return {};
}

substrate::Status Modules::read(Module& module, std::string_view text, std::string_view before) {
  open_.push_back(&module);
  const Items earlier = read_forms(module.forms, before);
  const Items forms = read_forms(module.forms, text);
  const auto expanded = [&](const Items& items) {
    return Expander(module.forms, options_, module.known, *this).run(items);
  };
  if (module.forms.ok() && !earlier.empty()) (void)expanded(earlier);
  Expansion made;
  if (module.forms.ok()) made = expanded(forms);
  if (!module.forms.ok()) return module.forms.status();
  auto program = seal_nodes(edit_, module.forms.file(), made.nodes, made.events);
  if (!program.ok()) return program.status();
  programs_.push_back(*program);
  module.open = false;
  open_.pop_back();
  return {};
}

substrate::Status Modules::read_program(std::string_view text, std::string_view file) {
  Module& module = *all_.emplace_back(std::make_unique<Module>(edit_, "", "", file));
  return read(module, text, options_.before);
}

substrate::StatusOr<Module*> Modules::require(std::string_view name, std::string_view file,
                                              Position at) {
  const auto refuse = [&](const std::string& what) {
    return substrate::invalid_argument(at_place(file, at, what));
  };
  Module* known = find(name);
  const std::string_view program = open_.empty() ? std::string_view() : open_[0]->known.name;
  if (known == nullptr && !program.empty() && name == program) known = open_[0];
  if (known != nullptr && known->open) {
    std::string chain;
    bool inside = false;
    for (const Module* module : open_) {
      inside = inside || module == known;
      if (inside) chain += std::string(module->known.name) + " -> ";
    }
    return refuse("these files require each other in a circle: " + chain + std::string(name));
  }
  if (known != nullptr) return known;
  if (options_.modules == nullptr)
    return refuse("there is no namespace `" + std::string(name) +
                  "` here; there are clojure.set, clojure.string and clojure.walk, and no other "
                  "files can be read");
  if (open_.size() >= kOpenMax)
    return refuse("a chain of more than " + std::to_string(kOpenMax) + " files is required");
  auto found = options_.modules->find(name);
  if (!found.ok())
    return refuse("there is no Clojure module `" + std::string(name) +
                  "`: " + std::string(found.status().message()));
  Module& module = *all_.emplace_back(
      std::make_unique<Module>(edit_, name, std::move(found->text), found->path));
  module.known.name = module.name;
  module.known.home = module.forms.keep(module.name + "/");
  if (substrate::Status status = read(module, module.text, {}); !status.ok()) return status;
  return &module;
}

}  // namespace yin::ast::clojure
