#include "ast/readers/python_scopes.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "ast/python_words.h"

namespace yin::ast::python {

namespace {

constexpr auto kBuiltins = std::to_array<std::string_view>(
    {"__name__", "abs",        "all",       "any",    "bin",   "bool",     "callable", "chr",
     "dict",     "divmod",     "enumerate", "filter", "float", "format",   "hex",      "input",
     "int",      "isinstance", "len",       "list",   "map",   "max",      "min",      "oct",
     "ord",      "pow",        "print",     "range",  "repr",  "reversed", "round",    "set",
     "sorted",   "str",        "sum",       "tuple",  "zip"});

constexpr auto kRefusedBuiltins = std::to_array<std::string_view>(
    {"ascii",   "bytearray",  "bytes",        "classmethod", "compile",   "complex",
     "delattr", "dir",        "eval",         "exec",        "frozenset", "getattr",
     "globals", "hasattr",    "hash",         "help",        "id",        "iter",
     "locals",  "memoryview", "next",         "object",      "open",      "property",
     "setattr", "slice",      "staticmethod", "super",       "type",      "vars"});

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

class Scopes {
 public:
  Scopes(Source& source, Tree& tree, bool interactive)
      : source_(source), tree_(tree), interactive_(interactive) {}

  void run() {
    number(tree_.module.body);
    enter(tree_.module, tree_.module.body);
    uses(tree_.module.body);
    frames_.pop_back();
    finish();
  }

 private:
  struct Frame {
    Function* function;
    std::vector<std::string> comprehension;  // its names, innermost last
    std::uint32_t statement = 0;
  };
  struct GlobalUse {
    std::string name;
    Position at;
    bool from_function;
  };

  void number(const Block& block) {
    for (Stmt* s : block) {
      s->number = ++last_number_;
      for (const Block* inner : s->blocks()) number(*inner);
      if (s->function != nullptr) number(s->function->body);
    }
  }

  // ------------------------------------------------------------------- what a function assigns

  Local& local(Function& f, const std::string& name) {
    if (Local* known = f.find(name)) return *known;
    f.order.push_back(name);
    return f.locals.emplace_back();
  }

  void enter(Function& f, const Block& body) {
    if (frames_.size() > kNestingMax) source_.fail(f.at, "functions nested too deep");
    frames_.push_back({&f, {}, 0});
    functions_.push_back(&f);
    for (const Parameter& p : f.parameters) local(f, p.name).parameter = true;
    if (!f.rest.empty()) local(f, f.rest).parameter = true;
    declarations(f, body);
    stores(f, body, {.plain = true});
  }

  void declarations(Function& f, const Block& block) {
    for (const Stmt* s : block) {
      if (s->kind == StmtKind::kGlobal || s->kind == StmtKind::kNonlocal) {
        const bool global = s->kind == StmtKind::kGlobal;
        for (const std::string& name : s->names) {
          if (f.find(name) != nullptr) source_.fail(s->at, "`" + name + "` is a parameter");
          if (!global && owner_outside(f, name) == nullptr) {
            source_.fail(s->at, "no function around this one has a variable `" + name + "`");
          }
          (global ? f.globals : f.nonlocals).push_back(name);
        }
      }
      for (const Block* inner : s->blocks()) declarations(f, *inner);
    }
  }

  // The function around `f` whose local it is; never the module.
  Function* owner_outside(const Function& f, std::string_view name) {
    for (Function* outer = f.outer; outer != nullptr && outer->outer != nullptr;
         outer = outer->outer) {
      if (has(outer->globals, name)) return nullptr;
      if (outer->find(name) != nullptr) return outer;
    }
    return nullptr;
  }

  // Of what stands in a block.
  struct Place {
    bool plain = false;    // not in a branch or loop
    bool guarded = false;  // an error may leave a `try` behind it, and then it is looked at
  };

  Local& store(Function& f, const std::string& name, const Stmt& s, Place place) {
    Function* owner = &f;
    if (has(f.globals, name)) owner = &tree_.module;
    if (has(f.nonlocals, name)) owner = owner_outside(f, name);
    if (owner == nullptr) owner = &f;  // an error has been told
    Local& l = local(*owner, name);
    ++l.stores;
    l.plain_store = place.plain && owner == &f;
    l.guarded = l.guarded || place.guarded;
    l.stored_within = l.stored_within || owner != &f;
    l.stored_at = 2 * s.number + (s.kind == StmtKind::kFunction ? 0 : 1);
    l.defined = s.kind == StmtKind::kFunction && l.stores == 1 ? s.function : nullptr;
    if (owner == &tree_.module && owner != &f) l.cell = true;
    return l;
  }

  void stores(Function& f, std::span<Stmt* const> block, Place place) {
    for (const Stmt* s : block) {
      std::vector<std::string> names;
      stored_names(*s, names);
      const Place here{place.plain && s->kind != StmtKind::kFor && s->kind != StmtKind::kHandler,
                       place.guarded};
      for (const std::string& name : names) {
        Local& l = store(f, name, *s, here);
        l.withdrawn = l.withdrawn || s->kind == StmtKind::kHandler;
      }
      if (s->kind == StmtKind::kImport) imports(f, *s, place.plain);
      if (s->kind == StmtKind::kClass) exception_class(f, *s, place.plain);
      if (s->kind == StmtKind::kTry) {
        stores_of_try(f, *s, place.guarded);
      } else {
        for (const Block* inner : s->blocks()) stores(f, *inner, {.guarded = place.guarded});
      }
    }
  }

  // A handler sees what its body stored before the error; so does a cleanup, of everything above.
  // Behind an assignment that ends the body there is no error any more.
  void stores_of_try(Function& f, const Stmt& s, bool guarded) {
    const Place outside{.guarded = guarded || !s.cleanup.empty()};
    const std::span<Stmt* const> body = s.body;
    const auto is_name = [](const Expr* e) { return e->kind == ExprKind::kName; };
    const bool ends_plainly = !body.empty() && body.back()->kind == StmtKind::kAssign &&
                              body.back()->targets.size() == 1 &&
                              std::ranges::all_of(body.back()->targets, is_name);
    const std::size_t last = ends_plainly ? 1 : 0;
    stores(f, body.first(body.size() - last), {.guarded = true});
    stores(f, body.last(last), outside);
    stores(f, s.handlers, outside);
    stores(f, s.otherwise, outside);
    stores(f, s.cleanup, {.guarded = true});
  }

  void exception_class(Function& f, const Stmt& s, bool plain) {
    if (&f != &tree_.module || !plain) {
      return source_.fail(s.at, "a class stands at the top of the program here");
    }
    if (is_builtin(s.text)) return source_.fail(s.at, "`" + s.text + "` is the language's own");
    Local& l = store(f, s.text, s, {.plain = true});
    if (l.exception == nullptr) l.exception = &s;
    fixed_.emplace_back(s.text, s.at);
  }

  void imports(Function& f, const Stmt& s, bool plain) {
    if (&f != &tree_.module || !plain) {
      return source_.fail(s.at, "an import stands at the top of the program");
    }
    for (std::size_t i = 0; i + 1 < s.names.size(); i += 2) {
      Local& l = store(f, s.names[i + 1], s, {.plain = true});
      l.imported = clojure_name(s.text) + "/" + clojure_name(s.names[i]);
      fixed_.emplace_back(s.names[i + 1], s.at);
    }
  }

  // --------------------------------------------------------------------- what a function uses

  void uses(const Block& block) {
    for (const Stmt* s : block) {
      if (!source_.ok()) return;
      frames_.back().statement = s->number;
      if (s->value != nullptr) uses(*s->value);
      for (const Expr* target : s->targets) uses(*target);
      if (s->kind == StmtKind::kFunction) within(*s->function);
      for (const Block* inner : s->blocks()) uses(*inner);
    }
  }

  void within(Function& f) {
    for (const Parameter& p : f.parameters) {
      if (p.standard != nullptr) uses(*p.standard);
    }
    f.outer = frames_.back().function;
    enter(f, f.body);
    if (f.value != nullptr) uses(*f.value);
    uses(f.body);
    frames_.pop_back();
  }

  void uses(const Expr& e) {
    if (!source_.ok()) return;
    if (e.kind == ExprKind::kName) return use(e.text, e.at);
    if (e.kind == ExprKind::kLambda) return within(*e.function);
    if (const Expr* value = asks_type_name(e); value != nullptr) return uses(*value);
    if (e.clauses.empty()) {
      for (const Expr* item : e.items) {
        if (item != nullptr) uses(*item);
      }
      return;
    }
    const std::size_t before = frames_.back().comprehension.size();
    for (const Clause& clause : e.clauses) {
      uses(*clause.items);
      target_names(*clause.target, frames_.back().comprehension);
      uses(*clause.target);
      for (const Expr* condition : clause.conditions) uses(*condition);
    }
    for (const Expr* item : e.items) uses(*item);
    frames_.back().comprehension.resize(before);
  }

  void use(const std::string& name, Position at) {
    for (std::size_t level = frames_.size(); level-- > 0;) {
      const Frame& frame = frames_[level];
      const bool own = level + 1 == frames_.size();
      if (has(frame.comprehension, name)) {
        if (own) return;
        return source_.fail(at, "a function that uses a comprehension's variable `" + name +
                                    "` is not supported; give it as a default: " + name + "=" +
                                    name);
      }
      if (level == 0 || has(frame.function->globals, name)) break;
      Local* l = frame.function->find(name);
      if (l == nullptr) continue;
      if (!own) {
        l->captured = true;
        l->captured_at = std::min(l->captured_at, 2 * frame.statement);
      }
      return;
    }
    globals_.push_back({name, at, frames_.size() > 1});
  }

  // ---------------------------------------------------------------------------------- decisions

  // A class is below the language's or one that stands before it.
  void check_class(const Stmt& s) {
    const Expr& above = *s.value;
    const Local* l = above.kind == ExprKind::kName ? tree_.module.find(above.text) : nullptr;
    const bool own = l != nullptr && l->exception != nullptr && l->exception->number < s.number;
    const bool of_language = l == nullptr && above.kind == ExprKind::kName &&
                             find_exception_class(above.text) != nullptr;
    if (own || of_language) return;
    source_.fail(above.at,
                 "a class is below an exception class that stands before it here: class "
                 "NAME(Exception): pass");
  }

  void finish() {
    Function& module = tree_.module;
    for (const Local& l : module.locals) {
      if (l.exception != nullptr) check_class(*l.exception);
    }
    for (const GlobalUse& g : globals_) {
      Local* l = module.find(g.name);
      if (l != nullptr) {
        l->cell = l->cell || g.from_function;
      } else if (!is_builtin(g.name)) {
        const bool refused = std::ranges::find(kRefusedBuiltins, g.name) != kRefusedBuiltins.end();
        if (refused) {
          source_.fail(g.at, "`" + g.name + "` is not supported yet");
        } else if (interactive_) {
          local(module, g.name).cell = true;
        } else {
          source_.fail(g.at, "the name `" + g.name + "` is nowhere given a value");
        }
      }
    }
    for (Local& l : module.locals) l.cell = l.cell || l.guarded || interactive_;
    for (const auto& [name, at] : fixed_) {
      if (module.find(name)->stores != 1) {
        const bool a_class = module.find(name)->exception != nullptr;
        source_.fail(at, a_class ? "`" + name + "` is a class, and given another value"
                                 : "`" + name +
                                       "` is imported and given a value; take another name (as "
                                       "...)");
      }
    }
    for (Function* f : functions_) {
      if (f == &module) continue;
      for (Local& l : f->locals) {
        const bool once = l.parameter ? l.stores == 0 : l.stores == 1;
        const bool before = l.parameter || (l.plain_store && l.stored_at <= l.captured_at);
        l.boxed = l.guarded || l.stored_within || (l.captured && !(once && before));
      }
    }
  }

  Source& source_;
  Tree& tree_;
  bool interactive_;
  std::uint32_t last_number_ = 0;
  std::vector<Frame> frames_;
  std::vector<Function*> functions_;
  std::vector<GlobalUse> globals_;
  std::vector<std::pair<std::string, Position>> fixed_;  // of the module: imports and classes
};

}  // namespace

void find_scopes(Source& source, Tree& tree, bool interactive) {
  Scopes(source, tree, interactive).run();
}

bool is_builtin(std::string_view name) {
  return std::ranges::find(kBuiltins, name) != kBuiltins.end() ||
         find_exception_class(name) != nullptr;
}

const Expr* asks_type_name(const Expr& e) {
  if (e.kind != ExprKind::kAttribute || e.text != "__name__") return nullptr;
  const Expr& call = *e.items[0];
  const bool of_type = call.kind == ExprKind::kCall && call.items.size() == 2 &&
                       call.operators[0].empty() && call.items[0]->kind == ExprKind::kName &&
                       call.items[0]->text == "type";
  return of_type ? call.items[1] : nullptr;
}

void stored_names(const Stmt& s, std::vector<std::string>& out) {
  const bool assigns =
      s.kind == StmtKind::kAssign || s.kind == StmtKind::kAugmented || s.kind == StmtKind::kFor;
  if (assigns) {
    for (const Expr* target : s.targets) target_names(*target, out);
  }
  if (s.kind == StmtKind::kFunction) out.push_back(s.function->name);
  if (s.kind == StmtKind::kHandler && !s.text.empty()) out.push_back(s.text);
}

std::vector<std::string_view> builtin_names() { return {kBuiltins.begin(), kBuiltins.end()}; }

void target_names(const Expr& target, std::vector<std::string>& out) {
  if (target.kind == ExprKind::kName) return out.push_back(target.text);
  const bool several = target.kind == ExprKind::kTuple || target.kind == ExprKind::kList ||
                       target.kind == ExprKind::kStarred;
  if (!several) return;
  for (const Expr* item : target.items) target_names(*item, out);
}

std::string clojure_name(std::string name) {
  std::ranges::replace(name, '_', '-');
  return name;
}

}  // namespace yin::ast::python
