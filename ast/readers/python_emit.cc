#include "ast/readers/python_emit.h"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "substrate/intern.h"
#include "substrate/number.h"
#include "ast/python_words.h"
#include "ast/readers/python_scopes.h"
#include "ast/schema.h"

namespace yin::ast::python {

using substrate::int_word;
using substrate::kNil;
using substrate::Word;

namespace {

constexpr int kDepthMax = 200;

using Nodes = std::vector<NodeIndex>;
using Names = std::vector<std::string>;

// How a block is left other than by its end.
struct Escapes {
  bool returns = false;
  bool breaks = false;
  bool continues = false;
  [[nodiscard]] bool any() const { return returns || breaks || continues; }
};

Escapes escapes_of(const Block& block) {
  Escapes found;
  for (const Stmt* s : block) {
    found.returns |= s->kind == StmtKind::kReturn;
    found.breaks |= s->kind == StmtKind::kBreak;
    found.continues |= s->kind == StmtKind::kContinue;
    const bool loop = s->kind == StmtKind::kFor || s->kind == StmtKind::kWhile;
    for (const Block* block_within : s->blocks()) {
      const Escapes inner = escapes_of(*block_within);
      found.returns |= inner.returns;
      found.breaks |= !loop && inner.breaks;
      found.continues |= !loop && inner.continues;
    }
  }
  return found;
}

bool is_true(const Expr& e) {
  return e.kind == ExprKind::kConstant &&
         (e.value == substrate::kTrue ||
          (substrate::is_small_int(e.value) && e.value != int_word(0)));
}

// May what stands behind the block be reached?
bool can_end(const Block& block) {
  for (const Stmt* s : block) {
    switch (s->kind) {
      case StmtKind::kReturn:
      case StmtKind::kBreak:
      case StmtKind::kContinue:
      case StmtKind::kRaise:
        return false;
      case StmtKind::kTry: {
        const bool handled = std::ranges::any_of(
            s->handlers, [](const Stmt* handler) { return can_end(handler->body); });
        if (!handled && !(can_end(s->body) && can_end(s->otherwise))) return false;
        if (!can_end(s->cleanup)) return false;
        break;
      }
      case StmtKind::kIf:
        if (!can_end(s->body) && !can_end(s->otherwise)) return false;
        break;
      case StmtKind::kWhile:
        if (is_true(*s->value) && !escapes_of(s->body).breaks) return false;
        break;
      default:
        break;
    }
  }
  return true;
}

// Numbers that say how a block was left; kUnhurt: by the end of a `try` that has an `else`.
constexpr int kEnded = 0, kBroken = 1, kContinued = 2, kReturned = 3, kUnhurt = 4;

class Emitter {
 public:
  Emitter(Source& source, Tree& tree, PythonMode mode)
      : source_(source),
        tree_(tree),
        shown_(mode != PythonMode::kProgram),
        interactive_(mode == PythonMode::kInteractive) {}

  std::vector<Node> run() {
    Node& root = nodes_.emplace_back();
    root.type = NodeType::kDo;
    root.at = {1, 1};
    Frame frame{&tree_.module, nullptr, {}, {}, {}};
    frame_ = &frame;
    Flow flow;
    Block body = tree_.module.body;
    Expr* last = nullptr;
    if (shown_ && !body.empty() && body.back()->kind == StmtKind::kExpr) {
      last = body.back()->value;
      body.pop_back();
    }
    Exit exit;
    exit.value = last;
    const NodeIndex main = block(body, flow, exit);
    nodes_[0].children = {main};
    return source_.ok() ? std::move(nodes_) : std::vector<Node>{};
  }

 private:
  struct Frame {
    Function* function;
    Frame* outer;
    Names comprehension;
    std::string self;  // what the function calls itself
    // The exceptions of the `except`s around, innermost last; empty for a `finally`, where it may
    // be another one.
    Names handled;
  };

  // What is known of the locals at a point of a function.
  struct Flow {
    std::set<std::string> bound;     // have a binding, if only of kUnbound
    std::set<std::string> definite;  // have a value
  };

  struct Walk;

  // What stands at the end of a block, and how to leave it otherwise.
  struct Exit {
    enum class Kind : std::uint8_t { kFunction, kLoop, kState } kind = Kind::kFunction;
    Names names;                 // of the state, or the loop's
    bool tagged = false;         // the state says how the block was left
    int ended = kEnded;          // what it says at the block's end
    std::string withdrawn;       // has no value any more, however the block is left
    bool direct = false;         // kLoop: its value is the function's
    const Walk* walk = nullptr;  // kLoop: of a for
    Expr* value = nullptr;       // kFunction: what the interpreter shows at the end
  };

  // Bindings and effects in the order in which they happen.
  struct Sequence {
    std::vector<Word> names;
    Nodes inits;
    Nodes pending;
  };

  // ---------------------------------------------------------------------------------------- nodes

  NodeIndex add(NodeType type, Position at, Nodes children = {}) {
    Node& n = nodes_.emplace_back();
    n.type = type;
    n.at = at;
    n.children = std::move(children);
    return static_cast<NodeIndex>(nodes_.size() - 1);
  }
  Node& node(NodeIndex i) { return nodes_[raw(i)]; }

  Word symbol(std::string_view name) {
    auto id = substrate::intern(source_.edit().pin(), name);
    if (id.ok()) return substrate::symbol_word(*id);
    source_.fail({1, 1}, id.status().message());
    return kNil;
  }
  Word text_word(std::string_view text) { return substrate::from_string(source_.edit(), text); }

  NodeIndex literal(Word value, Position at) {
    const NodeIndex n = add(NodeType::kLiteral, at);
    node(n).value = value;
    return n;
  }
  NodeIndex text(std::string_view value, Position at) { return literal(text_word(value), at); }
  NodeIndex number(std::int64_t value, Position at) { return literal(int_word(value), at); }
  NodeIndex variable(std::string_view name, Position at) {
    const Word word = symbol(name);
    const NodeIndex n = add(NodeType::kVariable, at);
    node(n).value = word;
    return n;
  }
  NodeIndex application(Position at, NodeIndex callee, const Nodes& operands) {
    Nodes children = {callee};
    children.insert(children.end(), operands.begin(), operands.end());
    return add(NodeType::kApplication, at, std::move(children));
  }
  // Of python/NAME, and of Clojure's own.
  NodeIndex call(Position at, std::string_view name, const Nodes& operands) {
    return application(at, variable(std::string(kRuntime).append(name), at), operands);
  }
  NodeIndex core(Position at, std::string_view name, const Nodes& operands) {
    return application(at, variable(std::string("clojure.core/").append(name), at), operands);
  }
  NodeIndex if_node(Position at, NodeIndex test, NodeIndex yes, NodeIndex no) {
    return add(NodeType::kIf, at, {test, yes, no});
  }
  NodeIndex sequence_of(Position at, Nodes forms) {
    return forms.size() == 1 ? forms[0] : add(NodeType::kDo, at, std::move(forms));
  }
  NodeIndex let(Position at, std::string_view name, NodeIndex init, NodeIndex body) {
    const Word word = symbol(name);
    const NodeIndex n = add(NodeType::kLet, at, {init, body});
    node(n).names = {word};
    return n;
  }
  std::string temporary(std::string_view what) {
    return std::string(what) + "-" + std::to_string(++temporaries_);
  }
  NodeIndex nth(Position at, std::string_view name, std::size_t index) {
    return core(at, "nth", {variable(name, at), number(static_cast<std::int64_t>(index), at)});
  }

  void bind(Sequence& seq, std::string_view name, NodeIndex init) {
    if (!seq.pending.empty()) {
      Nodes forms = std::move(seq.pending);
      seq.pending.clear();
      forms.push_back(init);
      init = add(NodeType::kDo, node(init).at, std::move(forms));
    }
    seq.names.push_back(symbol(name));
    seq.inits.push_back(init);
  }
  std::string keep(Sequence& seq, std::string_view what, NodeIndex init) {
    std::string name = temporary(what);
    bind(seq, name, init);
    return name;
  }
  NodeIndex finish(Sequence& seq, NodeIndex last) {
    const Position at = node(last).at;
    if (!seq.pending.empty()) {
      seq.pending.push_back(last);
      last = add(NodeType::kDo, at, std::move(seq.pending));
    }
    if (seq.names.empty()) return last;
    Nodes children = std::move(seq.inits);
    children.push_back(last);
    const NodeIndex n = add(NodeType::kLet, at, std::move(children));
    node(n).names = std::move(seq.names);
    return n;
  }

  NodeIndex fail(Position at, const std::string& what) {
    source_.fail(at, what);
    return literal(kNil, at);
  }

  // ---------------------------------------------------------------------------------------- names

  static bool has(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  }
  [[nodiscard]] bool in_module() const { return frame_->outer == nullptr; }

  struct Found {
    enum class Kind : std::uint8_t { kComprehension, kLocal, kOuter, kModule, kBuiltin } kind;
    Local* local = nullptr;
    Frame* frame = nullptr;
  };
  Found resolve(std::string_view name) {
    if (has(frame_->comprehension, name)) return {Found::Kind::kComprehension, nullptr, frame_};
    for (Frame* f = frame_; f->outer != nullptr; f = f->outer) {
      if (has(f->function->globals, name)) break;
      if (Local* l = f->function->find(name)) {
        return {f == frame_ ? Found::Kind::kLocal : Found::Kind::kOuter, l, f};
      }
    }
    Local* l = tree_.module.find(name);
    if (l == nullptr) return {Found::Kind::kBuiltin, nullptr, nullptr};
    const bool own = in_module() && !l->cell;
    return {own ? Found::Kind::kLocal : Found::Kind::kModule, l, nullptr};
  }
  bool is_language(const Expr& e, std::string_view name) {
    return e.kind == ExprKind::kName && e.text == name &&
           resolve(name).kind == Found::Kind::kBuiltin;
  }
  // A call of the language's own `name`.
  bool calls(const Expr& e, std::string_view name) {
    return e.kind == ExprKind::kCall && is_language(*e.items[0], name);
  }

  // The function that is being emitted, or one around it, calls itself by its own name.
  const std::string* self_of(const Local& l) {
    if (l.defined == nullptr || l.stores != 1 || l.boxed || interactive_) return nullptr;
    for (Frame* f = frame_; f->outer != nullptr; f = f->outer) {
      if (f->function == l.defined) return &f->self;
    }
    return nullptr;
  }

  NodeIndex read(const std::string& name, Position at, const Flow& flow) {
    const Found found = resolve(name);
    if (found.local != nullptr) {
      if (const std::string* self = self_of(*found.local)) return variable(*self, at);
      if (found.local->exception != nullptr) return class_as_value(name, at);
      if (!found.local->imported.empty()) {
        return call(at, "clojure-function", {variable(found.local->imported, at)});
      }
    }
    switch (found.kind) {
      case Found::Kind::kComprehension:
        return variable(name, at);
      case Found::Kind::kModule: {
        const NodeIndex var = variable(std::string(kPythonHome) + name, at);
        if (!found.local->withdrawn && !interactive_) return var;
        return call(at, "bound", {var, text("NameError: name '" + name + "' is not defined", at)});
      }
      case Found::Kind::kBuiltin:
        return builtin_value(name, at);
      default:
        break;
    }
    const NodeIndex complaint = text(unbound_message(name, found.kind), at);
    if (found.local->boxed) return call(at, "cell", {variable(name, at), complaint});
    if (found.kind == Found::Kind::kOuter || flow.definite.contains(name)) {
      return variable(name, at);
    }
    if (!flow.bound.contains(name)) return call(at, "undefined", {complaint});
    return call(at, "bound", {variable(name, at), complaint});
  }

  [[nodiscard]] std::string unbound_message(const std::string& name, Found::Kind kind) const {
    if (in_module()) return "NameError: name '" + name + "' is not defined";
    if (kind == Found::Kind::kOuter) {
      return "NameError: cannot access free variable '" + name +
             "' where it is not associated with a value in enclosing scope";
    }
    return "UnboundLocalError: cannot access local variable '" + name +
           "' where it is not associated with a value";
  }

  NodeIndex builtin_value(const std::string& name, Position at) {
    if (name == "__name__") return text("__main__", at);
    static constexpr auto kValues = std::to_array<std::string_view>(
        {"abs",   "all",  "any",   "bin", "bool",   "callable", "chr", "dict", "divmod",
         "float", "hex",  "int",   "len", "list",   "max",      "min", "oct",  "ord",
         "pow",   "repr", "round", "set", "sorted", "str",      "sum", "tuple"});
    if (name == "print") return variable("python/print-values", at);
    if (std::ranges::find(kValues, name) != kValues.end()) {
      return variable(std::string(kRuntime).append(name), at);
    }
    if (find_exception_class(name) != nullptr) return class_as_value(name, at);
    return fail(at, "`" + name + "` as a value is not supported; wrap it in a lambda");
  }
  NodeIndex class_as_value(const std::string& name, Position at) {
    return fail(at, "`" + name + "` stands behind `raise` or `except`, or is called, here");
  }

  // The current value of a name that a state carries, as it stands.
  NodeIndex raw_value(const std::string& name, Position at) { return variable(name, at); }

  void assign_name(const std::string& name, NodeIndex value, Position at, Sequence& seq, Flow& flow,
                   bool comprehension) {
    if (comprehension) return bind(seq, name, value);
    const Found found = resolve_store(name);
    if (found.kind == Found::Kind::kModule) {
      const Nodes operands = {literal(symbol(std::string(kPythonHome) + name), at), value};
      seq.pending.push_back(application(at, variable(kDefine, at), operands));
    } else if (found.local->boxed) {
      seq.pending.push_back(core(at, "yin/reset!", {variable(name, at), value}));
    } else {
      bind(seq, name, value);
      flow.bound.insert(name);
      flow.definite.insert(name);
    }
  }
  // As resolve(), past what a comprehension calls so.
  Found resolve_store(const std::string& name) {
    Names hidden;
    std::swap(hidden, frame_->comprehension);
    const Found found = resolve(name);
    std::swap(hidden, frame_->comprehension);
    return found;
  }

  void assign(const Expr& target, NodeIndex value, Sequence& seq, Flow& flow,
              bool comprehension = false) {
    const Position at = target.at;
    switch (target.kind) {
      case ExprKind::kName:
        return assign_name(target.text, value, at, seq, flow, comprehension);
      case ExprKind::kSubscript: {
        const std::string v = keep(seq, "value", value);
        seq.pending.push_back(call(at, "mutate",
                                   {text("setitem", at), expr(*target.items[0], flow),
                                    expr(*target.items[1], flow), variable(v, at)}));
        // mutate takes the name first; Python's order is value, object, key, as here.
        return;
      }
      default:
        return unpack(target, value, seq, flow, comprehension);
    }
  }

  void unpack(const Expr& target, NodeIndex value, Sequence& seq, Flow& flow, bool comprehension) {
    const Position at = target.at;
    const auto star = std::ranges::find(target.items, ExprKind::kStarred, &Expr::kind);
    const auto count = static_cast<std::int64_t>(target.items.size());
    std::string parts;
    if (star == target.items.end()) {
      parts = keep(seq, "parts", call(at, "unpack", {value, number(count, at)}));
    } else {
      const auto before = star - target.items.begin();
      parts = keep(
          seq, "parts",
          call(at, "unpack-around", {value, number(before, at), number(count - before - 1, at)}));
    }
    for (std::size_t i = 0; i < target.items.size(); ++i) {
      const Expr& item = *target.items[i];
      NodeIndex part = nth(item.at, parts, i);
      if (item.kind == ExprKind::kStarred) part = call(item.at, "new-list", {part});
      assign(item.kind == ExprKind::kStarred ? *item.items[0] : item, part, seq, flow,
             comprehension);
    }
  }

  // Names that a block assigns and that are plain locals here, in the order of the text.
  void assigned(const Block& body, Names& out) {
    for (const Stmt* s : body) {
      Names names;
      stored_names(*s, names);
      for (const std::string& name : names) {
        const Found found = resolve_store(name);
        const bool plain = found.kind == Found::Kind::kLocal && !found.local->boxed;
        if (plain && !has(out, name)) out.push_back(name);
      }
      for (const Block* inner : s->blocks()) assigned(*inner, out);
    }
  }

  void bind_unbound(const Names& names, Position at, Sequence& seq, Flow& flow) {
    for (const std::string& name : names) {
      if (flow.bound.insert(name).second) bind(seq, name, literal(kUnbound, at));
    }
  }

  // -------------------------------------------------------------------------------- leaving blocks

  NodeIndex state(const Exit& exit, int how, Position at) {
    const auto value = [&](const std::string& name) {
      return name == exit.withdrawn ? literal(kUnbound, at) : raw_value(name, at);
    };
    if (!exit.tagged && exit.names.empty()) return literal(kNil, at);
    if (!exit.tagged && exit.names.size() == 1) return value(exit.names[0]);
    Nodes values;
    if (exit.tagged) values.push_back(number(how, at));
    for (const std::string& name : exit.names) values.push_back(value(name));
    return add(NodeType::kVector, at, std::move(values));
  }

  NodeIndex next_round(const Exit& exit, Position at) {
    Nodes values;
    if (exit.walk != nullptr) values.push_back(next_count(*exit.walk, at));
    for (const std::string& name : exit.names) values.push_back(raw_value(name, at));
    return add(NodeType::kRecur, at, std::move(values));
  }

  NodeIndex end(const Exit& exit, Position at, const Flow& flow) {
    switch (exit.kind) {
      case Exit::Kind::kFunction:
        if (exit.value == nullptr) return literal(kNil, at);
        return call(exit.value->at, "display", {expr(*exit.value, flow)});
      case Exit::Kind::kLoop:
        return next_round(exit, at);
      case Exit::Kind::kState:
        break;
    }
    return state(exit, exit.ended, at);
  }
  NodeIndex leave(const Exit& exit, int how, Position at) {
    if (exit.kind == Exit::Kind::kState) return state(exit, how, at);
    if (how == kContinued) return next_round(exit, at);
    return exit.direct ? literal(kNil, at) : state(exit, kEnded, at);
  }
  NodeIndex leave_with(const Exit& exit, NodeIndex value, Position at) {
    if (exit.kind == Exit::Kind::kFunction || exit.direct) return value;
    return add(NodeType::kVector, at, {number(kReturned, at), value});
  }

  // ----------------------------------------------------------------------------------- statements

  using Statements = std::span<Stmt* const>;

  NodeIndex block(Statements body, Flow& flow, const Exit& exit) {
    Sequence seq;
    Position at = body.empty() ? Position{1, 1} : body.front()->at;
    if (++depth_ > kDepthMax) source_.fail(at, "blocks nested too deep; split the function");
    std::optional<NodeIndex> last;
    for (std::size_t i = 0; i < body.size() && source_.ok() && !last; ++i) {
      at = body[i]->at;
      last = statement(*body[i], body.subspan(i + 1), seq, flow, exit);
    }
    if (!last) last = end(exit, at, flow);
    --depth_;
    return finish(seq, *last);
  }

  // What ends the block, when the statement leaves it or took the rest along.
  std::optional<NodeIndex> statement(const Stmt& s, Statements rest, Sequence& seq, Flow& flow,
                                     const Exit& exit) {
    switch (s.kind) {
      case StmtKind::kExpr:
        if (s.value->kind != ExprKind::kConstant) seq.pending.push_back(expr(*s.value, flow));
        return std::nullopt;
      case StmtKind::kAssign:
        assignment(s, seq, flow);
        return std::nullopt;
      case StmtKind::kAugmented:
        augmented(s, seq, flow);
        return std::nullopt;
      case StmtKind::kFunction: {
        const NodeIndex made = function(*s.function, flow, s.function->name);
        assign_name(s.function->name, made, s.at, seq, flow, false);
        return std::nullopt;
      }
      case StmtKind::kImport:
        for (std::size_t i = 0; i + 1 < s.names.size(); i += 2) {
          const Local* l = tree_.module.find(s.names[i + 1]);
          seq.pending.push_back(variable(l->imported, s.at));
        }
        return std::nullopt;
      case StmtKind::kDelete:
        for (const Expr* e : s.targets) {
          seq.pending.push_back(
              call(e->at, "mutate",
                   {text("delitem", e->at), expr(*e->items[0], flow), expr(*e->items[1], flow)}));
        }
        return std::nullopt;
      case StmtKind::kAssert: {
        const NodeIndex test = condition(*s.value, flow);
        const NodeIndex message =
            s.targets.empty() ? literal(kDefault, s.at) : expr(*s.targets[0], flow);
        seq.pending.push_back(
            if_node(s.at, test, literal(kNil, s.at), call(s.at, "assertion", {message})));
        return std::nullopt;
      }
      case StmtKind::kRaise:
        return add(NodeType::kThrow, s.at, {raised(s, flow)});
      case StmtKind::kTry:
        return try_statement(s, rest, seq, flow, exit);
      case StmtKind::kReturn:
        return leave_with(exit, s.value == nullptr ? literal(kNil, s.at) : expr(*s.value, flow),
                          s.at);
      case StmtKind::kBreak:
        return leave(exit, kBroken, s.at);
      case StmtKind::kContinue:
        return leave(exit, kContinued, s.at);
      case StmtKind::kIf:
        return if_statement(s, rest, seq, flow, exit);
      case StmtKind::kWhile:
      case StmtKind::kFor:
        return loop(s, rest, seq, flow, exit);
      default:
        return std::nullopt;
    }
  }

  void assignment(const Stmt& s, Sequence& seq, Flow& flow) {
    const Expr* target = s.targets[0];
    const bool pairwise =
        s.targets.size() == 1 && target->kind == ExprKind::kTuple &&
        s.value->kind == ExprKind::kTuple && target->items.size() == s.value->items.size() &&
        std::ranges::none_of(target->items,
                             [](const Expr* e) { return e->kind == ExprKind::kStarred; }) &&
        std::ranges::none_of(s.value->items,
                             [](const Expr* e) { return e->kind == ExprKind::kStarred; });
    if (pairwise) {
      Names values;
      for (const Expr* e : s.value->items) values.push_back(keep(seq, "value", expr(*e, flow)));
      for (std::size_t i = 0; i < values.size(); ++i) {
        assign(*target->items[i], variable(values[i], s.at), seq, flow);
      }
      return;
    }
    const NodeIndex value = expr(*s.value, flow);
    if (s.targets.size() == 1) return assign(*target, value, seq, flow);
    const std::string kept = keep(seq, "value", value);
    for (const Expr* t : s.targets) assign(*t, variable(kept, s.at), seq, flow);
  }

  // An object with an identity keeps it: it is changed in place.
  NodeIndex in_place(const Stmt& s, NodeIndex left, NodeIndex right, bool number_on_right) {
    const std::string_view op = runtime_operator(s.text);
    const bool objects = s.text == "+" || s.text == "*" || s.text == "|" || s.text == "&" ||
                         s.text == "-" || s.text == "^";
    if (!objects || (number_on_right && s.text != "*")) {
      return call(s.at, number_on_right ? with_number(op) : op, {left, right});
    }
    const std::string l = temporary("left"), r = temporary("right");
    const NodeIndex changed =
        call(s.at, "in-place",
             {text(s.text, s.at), variable(std::string(kRuntime).append(op), s.at),
              variable(l, s.at), variable(r, s.at)});
    const NodeIndex made = call(s.at, op, {variable(l, s.at), variable(r, s.at)});
    const NodeIndex choice = if_node(s.at, call(s.at, "box?", {variable(l, s.at)}), changed, made);
    return let(s.at, l, left, let(s.at, r, right, choice));
  }

  void augmented(const Stmt& s, Sequence& seq, Flow& flow) {
    const Expr& target = *s.targets[0];
    if (target.kind == ExprKind::kName) {
      const NodeIndex left = read(target.text, target.at, flow);
      const NodeIndex right = expr(*s.value, flow);
      return assign(target, in_place(s, left, right, is_number(*s.value)), seq, flow);
    }
    const std::string object = keep(seq, "object", expr(*target.items[0], flow));
    const std::string key = keep(seq, "key", expr(*target.items[1], flow));
    const NodeIndex left =
        call(target.at, "get-item", {variable(object, s.at), variable(key, s.at)});
    const NodeIndex value = in_place(s, left, expr(*s.value, flow), is_number(*s.value));
    seq.pending.push_back(
        call(target.at, "mutate",
             {text("setitem", target.at), variable(object, s.at), variable(key, s.at), value}));
  }

  // ------------------------------------------------------------------------------------------- if

  std::optional<NodeIndex> if_statement(const Stmt& s, Statements rest, Sequence& seq, Flow& flow,
                                        const Exit& exit) {
    const NodeIndex test = condition(*s.value, flow);
    const bool first_ends = can_end(s.body), second_ends = can_end(s.otherwise);
    Flow first = flow, second = flow;
    const bool last = rest.empty() && exit.value == nullptr;
    if (last || !first_ends || !second_ends) {
      // At most one branch goes on, and takes the rest along.
      const auto branch = [&](const Block& body, bool ends, Flow& f) {
        if (!ends || rest.empty()) return block(body, f, exit);
        Block all = body;
        all.insert(all.end(), rest.begin(), rest.end());
        return block(all, f, exit);
      };
      const NodeIndex yes = branch(s.body, first_ends, first);
      const NodeIndex no = branch(s.otherwise, second_ends, second);
      return if_node(s.at, test, yes, no);
    }
    Names names;
    assigned(s.body, names);
    assigned(s.otherwise, names);
    const std::string tested = names.empty() ? "" : keep(seq, "test", test);
    bind_unbound(names, s.at, seq, flow);
    first.bound = second.bound = flow.bound;
    const Escapes a = escapes_of(s.body), b = escapes_of(s.otherwise);
    const Escapes found{a.returns || b.returns, a.breaks || b.breaks, a.continues || b.continues};
    Exit inner;
    inner.kind = Exit::Kind::kState;
    inner.names = names;
    inner.tagged = found.any();
    const NodeIndex yes = block(s.body, first, inner);
    const NodeIndex no = block(s.otherwise, second, inner);
    const NodeIndex value = if_node(s.at, names.empty() ? test : variable(tested, s.at), yes, no);
    for (const std::string& name : names) {
      if (first.definite.contains(name) && second.definite.contains(name)) {
        flow.definite.insert(name);
      }
    }
    return take_state(value, inner, found, s.at, rest, seq, flow, exit);
  }

  // ------------------------------------------------------------------------------------ exceptions

  // A body gives the state that it ends with, a handler the same from the state before the body:
  // what a body assigns before something that may fail is no local (python_scopes.cc).
  std::optional<NodeIndex> try_statement(const Stmt& s, Statements rest, Sequence& seq, Flow& flow,
                                         const Exit& exit) {
    if (escapes_of(s.cleanup).any()) {
      fail(s.at, "a `finally` that is left by return, break or continue is not supported");
      return std::nullopt;
    }
    Exit inner;
    inner.kind = Exit::Kind::kState;
    for (const Block* part : s.blocks()) assigned(*part, inner.names);
    bind_unbound(inner.names, s.at, seq, flow);
    Escapes found;
    for (const Block* part : s.blocks()) {
      const Escapes e = escapes_of(*part);
      found = {found.returns || e.returns, found.breaks || e.breaks,
               found.continues || e.continues};
    }
    inner.tagged = found.any() || !s.otherwise.empty();
    inner.ended = s.otherwise.empty() ? kEnded : kUnhurt;
    Flow after = flow;
    NodeIndex value = block(s.body, after, inner);
    inner.ended = kEnded;
    const bool unhurt_ends = can_end(s.body) && can_end(s.otherwise);
    std::set<std::string> handled;  // what has a value behind each handler that is gone behind
    bool handled_ends = false;
    if (!s.handlers.empty()) {
      const std::string caught = temporary("error");
      frame_->handled.push_back(caught);
      NodeIndex handler = add(NodeType::kThrow, s.at, {variable(caught, s.at)});
      for (std::size_t i = s.handlers.size(); i-- > 0 && source_.ok();) {
        Flow own = flow;
        const NodeIndex made = handler_body(*s.handlers[i], caught, own, inner);
        handler = chosen(*s.handlers[i], caught, made, handler);
        if (!can_end(s.handlers[i]->body)) continue;
        keep_common(handled, own.definite, !std::exchange(handled_ends, true));
      }
      frame_->handled.pop_back();
      value = add(NodeType::kTry, s.at, {value, handler});
      node(value).value = symbol(caught);
    }
    if (!s.otherwise.empty()) value = behind_try(s, value, after, inner);
    if (!s.cleanup.empty()) {
      Flow last = flow;
      Exit nothing;
      nothing.kind = Exit::Kind::kState;
      frame_->handled.emplace_back();
      const NodeIndex cleanup = block(s.cleanup, last, nothing);
      frame_->handled.pop_back();
      value = add(NodeType::kFinally, s.at, {value, cleanup});
    }
    flow.definite = unhurt_ends || !handled_ends ? after.definite : handled;
    if (unhurt_ends && handled_ends) keep_common(flow.definite, handled, false);
    return take_state(value, inner, found, s.at, rest, seq, flow, exit);
  }

  static void keep_common(std::set<std::string>& names, const std::set<std::string>& others,
                          bool first) {
    if (first) {
      names = others;
    } else {
      std::erase_if(names, [&](const std::string& name) { return !others.contains(name); });
    }
  }

  NodeIndex handler_body(const Stmt& h, const std::string& caught, Flow& flow, Exit exit) {
    if (h.text.empty()) return block(h.body, flow, exit);
    Sequence seq;
    assign_name(h.text, variable(caught, h.at), h.at, seq, flow, false);
    const Found found = resolve_store(h.text);
    const bool plain = found.kind == Found::Kind::kLocal && !found.local->boxed;
    if (plain) exit.withdrawn = h.text;
    NodeIndex made = block(h.body, flow, exit);
    flow.definite.erase(h.text);
    if (!plain) {
      Sequence withdrawing;
      assign_name(h.text, literal(kUnbound, h.at), h.at, withdrawing, flow, false);
      made = add(NodeType::kFinally, h.at, {made, finish(withdrawing, literal(kNil, h.at))});
    }
    return finish(seq, made);
  }

  // The handler's value, if the exception is of its classes, else what the others make of it.
  NodeIndex chosen(const Stmt& h, const std::string& caught, NodeIndex made, NodeIndex otherwise) {
    Nodes operands = {variable(caught, h.at)};
    if (h.value == nullptr) {
      operands.push_back(text("BaseException", h.at));
    } else {
      std::vector<Expr*> classes = {h.value};
      if (h.value->kind == ExprKind::kTuple) classes = h.value->items;
      for (const Expr* c : classes) {
        if (!is_exception_class(*c)) {
          return fail(c->at, "`except` takes names of exception classes here");
        }
        operands.push_back(text(c->text, c->at));
      }
    }
    return if_node(h.at, call(h.at, "catches?", operands), made, otherwise);
  }

  // The else of a try, where its body ended by itself.
  NodeIndex behind_try(const Stmt& s, NodeIndex tried, Flow& flow, const Exit& inner) {
    const std::string all = temporary("state");
    Sequence seq;
    for (std::size_t i = 0; i < inner.names.size(); ++i) {
      bind(seq, inner.names[i], nth(s.at, all, i + 1));
    }
    const NodeIndex more = finish(seq, block(s.otherwise, flow, inner));
    const NodeIndex unhurt = core(s.at, "=", {nth(s.at, all, 0), number(kUnhurt, s.at)});
    return let(s.at, all, tried, if_node(s.at, unhurt, more, variable(all, s.at)));
  }

  // The language's own, or the program's.
  bool is_exception_class(const Expr& e) {
    if (e.kind != ExprKind::kName) return false;
    const Found found = resolve(e.text);
    if (found.kind == Found::Kind::kBuiltin) return find_exception_class(e.text) != nullptr;
    if (found.local == nullptr || found.local->exception == nullptr) return false;
    if (in_module() && e.at.line < found.local->exception->at.line) {
      fail(e.at, "the class `" + e.text + "` stands further below");
    }
    return true;
  }

  // Its name and those of the classes above it, up to the language's own (python_scopes.cc sees to
  // it that there is one).
  Names classes_of(const Expr& e) {
    Names names = {e.text};
    for (;;) {
      const Local* l = tree_.module.find(names.back());
      if (l == nullptr) return names;
      names.push_back(l->exception->value->text);
    }
  }

  NodeIndex exception(const Expr& of, const std::vector<Expr*>& arguments, const Flow& flow) {
    const Names names = classes_of(of);
    NodeIndex classes = text(of.text, of.at);
    if (names.size() > 1) {
      Nodes symbols;
      for (const std::string& name : names) symbols.push_back(literal(symbol(name), of.at));
      classes = add(NodeType::kVector, of.at, std::move(symbols));
    }
    if (names.back() == "OSError" && arguments.size() > 1) {
      return fail(of.at, "an OSError of several arguments is not supported");
    }
    Nodes operands = {classes};
    for (const Expr* argument : arguments) operands.push_back(expr(*argument, flow));
    return call(of.at, "exception", operands);
  }
  NodeIndex exception_call(const Expr& e, const Flow& flow) {
    const Arguments a = arguments_of(e);
    if (!takes(e, a, 0, 1000)) return nil_index();
    return exception(*e.items[0], a.plain, flow);
  }

  // What a raise throws: a class makes an exception without arguments.
  NodeIndex raised(const Stmt& s, const Flow& flow) {
    if (s.value == nullptr) {
      const bool known = !frame_->handled.empty() && !frame_->handled.back().empty();
      if (known) return variable(frame_->handled.back(), s.at);
      return fail(s.at, "`raise` without an exception stands in an `except` here");
    }
    const auto made_of = [&](const Expr& e) {
      return is_exception_class(e) ? exception(e, {}, flow) : expr(e, flow);
    };
    const NodeIndex made = made_of(*s.value);
    if (s.targets.empty()) return call(s.at, "raised", {made});
    return call(s.at, "raised", {made, made_of(*s.targets[0])});
  }

  // Binds what a block gave; behind one that may have been left otherwise, the rest of this block
  // stands where it was not.
  std::optional<NodeIndex> take_state(NodeIndex value, const Exit& inner, const Escapes& found,
                                      Position at, Statements rest, Sequence& seq, Flow& flow,
                                      const Exit& exit) {
    const Names& names = inner.names;
    if (!inner.tagged) {
      if (names.empty()) {
        seq.pending.push_back(value);
      } else if (names.size() == 1) {
        bind(seq, names[0], value);
      } else {
        const std::string all = keep(seq, "state", value);
        for (std::size_t i = 0; i < names.size(); ++i) bind(seq, names[i], nth(at, all, i));
      }
      return std::nullopt;
    }
    const std::string all = keep(seq, "state", value);
    const auto left_by = [&](int how) { return core(at, "=", {nth(at, all, 0), number(how, at)}); };
    Sequence after;
    for (std::size_t i = 0; i < names.size(); ++i) bind(after, names[i], nth(at, all, i + 1));
    NodeIndex going_on = block(rest, flow, exit);
    if (found.continues) {
      going_on = if_node(at, left_by(kContinued), leave(exit, kContinued, at), going_on);
    }
    if (found.breaks) going_on = if_node(at, left_by(kBroken), leave(exit, kBroken, at), going_on);
    going_on = finish(after, going_on);
    if (!found.returns) return going_on;
    return if_node(at, left_by(kReturned), leave_with(exit, nth(at, all, 1), at), going_on);
  }

  // ----------------------------------------------------------------------------------------- loops

  // An iteration: a counter, and where the items come from.
  struct Walk {
    Position at;
    std::string counter;
    NodeIndex start{};
    bool range = false;
    std::string iterator;  // or, of a range:
    std::string stop, step;
    std::int64_t known_step = 0;
    // Of map and filter: what makes an item of an item, and what it must fulfil.
    Expr* element = nullptr;
    Expr* wanted = nullptr;
    std::string item;
  };

  static bool plain_arguments(const Expr& call) {
    return std::ranges::all_of(call.operators, [](const std::string& o) { return o.empty(); });
  }

  std::optional<std::int64_t> constant_integer(const Expr& e) {
    if (e.kind == ExprKind::kConstant && substrate::is_small_int(e.value)) {
      return substrate::small_int(e.value);
    }
    if (e.kind == ExprKind::kUnary && e.text == "-") {
      const auto inner = constant_integer(*e.items[0]);
      if (inner) return -*inner;
    }
    return std::nullopt;
  }

  Walk begin_walk(Expr& items, Sequence& seq, const Flow& flow) {
    Walk w;
    w.at = items.at;
    w.counter = temporary("count");
    w.item = temporary("item");
    Expr* from = &items;
    if (calls(items, "map") || calls(items, "filter")) from = take_apart(items, w, seq, flow);
    if (!source_.ok()) return w;
    const Position at = from->at;
    const std::size_t count = from->items.size() - 1;
    if (calls(*from, "range") && plain_arguments(*from) && count >= 1 && count <= 3) {
      Nodes arguments;
      for (std::size_t i = 1; i <= count; ++i) arguments.push_back(expr(*from->items[i], flow));
      const std::string range = keep(seq, "range", call(at, "range", arguments));
      w.range = true;
      const auto step =
          count == 3 ? constant_integer(*from->items[3]) : std::optional<std::int64_t>(1);
      w.known_step = step.value_or(0);
      w.start = count == 1 ? number(0, at) : call(at, "range-start", {variable(range, at)});
      w.stop = keep(seq, "stop", call(at, "range-stop", {variable(range, at)}));
      if (w.known_step == 0) {
        w.step = keep(seq, "step", call(at, "range-step", {variable(range, at)}));
      }
      return w;
    }
    w.start = number(0, at);
    w.iterator = keep(seq, "iterator", call(at, "iterator", {consumed(*from, flow)}));
    return w;
  }

  // map(f, items), filter(f, items): the function is evaluated first, then the items.
  Expr* take_apart(Expr& e, Walk& w, Sequence& seq, const Flow& flow) {
    const bool maps = calls(e, "map");
    if (!plain_arguments(e) || e.items.size() < 3 || (!maps && e.items.size() != 3)) {
      fail(e.at, maps ? "map() takes a function and what it is applied to here"
                      : "filter() takes a function and what is filtered here");
      return e.items[0];
    }
    Expr* f = e.items[1];
    const bool none = f->kind == ExprKind::kConstant && f->value == kNil;
    const bool own = f->kind == ExprKind::kName && resolve(f->text).kind == Found::Kind::kBuiltin;
    if (!none && !own) {
      Expr* kept = tree_.expr(ExprKind::kTemporary, f->at);
      kept->text = keep(seq, "function", expr(*f, flow));
      f = kept;
    }
    Expr* from = e.items[2];
    Expr* item = tree_.expr(ExprKind::kTemporary, e.at);
    item->text = w.item;
    Expr* made = tree_.expr(ExprKind::kCall, e.at);
    made->items = {f, item};
    made->operators = {""};
    if (e.items.size() > 3) {  // of several: the items side by side
      Expr* zip = tree_.expr(ExprKind::kCall, e.at);
      Expr* name = tree_.expr(ExprKind::kName, e.at);
      name->text = "zip";
      if (!is_language(*name, "zip")) fail(e.at, "map() of several needs the language's own zip");
      zip->items = {name};
      zip->items.insert(zip->items.end(), e.items.begin() + 2, e.items.end());
      zip->operators.assign(e.items.size() - 2, "");
      from = zip;
      made->operators = {"*"};
    }
    if (maps) {
      w.element = made;
    } else {
      w.wanted = none ? item : made;
    }
    if (calls(*from, "map") || calls(*from, "filter")) {
      fail(from->at,
           "map() and filter() within one another are not supported; wrap this one in list()");
    }
    return from;
  }

  NodeIndex next_count(const Walk& w, Position at) {
    const NodeIndex k = variable(w.counter, at);
    if (!w.range || w.known_step == 1) return core(at, "inc", {k});
    return core(at, "+", {k, w.known_step != 0 ? number(w.known_step, at) : variable(w.step, at)});
  }

  // One round: `body` with the item, or `done`. `skip` is the next round, where a filter says so.
  NodeIndex round(const Walk& w, const Flow& flow, const std::function<NodeIndex(NodeIndex)>& body,
                  const std::function<NodeIndex()>& done, const std::function<NodeIndex()>& skip) {
    const Position at = w.at;
    const auto with_item = [&] {
      NodeIndex made = body(w.element != nullptr ? expr(*w.element, flow) : variable(w.item, at));
      if (w.wanted != nullptr) made = if_node(at, condition(*w.wanted, flow), made, skip());
      return made;
    };
    if (w.range) {
      const NodeIndex k = variable(w.counter, at);
      const NodeIndex test =
          w.known_step == 0
              ? call(at, "range-goes-on?", {k, variable(w.stop, at), variable(w.step, at)})
              : core(at, w.known_step > 0 ? "<" : ">", {k, variable(w.stop, at)});
      const NodeIndex going_on = let(at, w.item, variable(w.counter, at), with_item());
      return if_node(at, test, going_on, done());
    }
    const NodeIndex next = call(at, "next", {variable(w.iterator, at), variable(w.counter, at)});
    const NodeIndex ended = call(at, "end?", {variable(w.item, at)});
    const NodeIndex stop = done();
    return let(at, w.item, next, if_node(at, ended, stop, with_item()));
  }

  std::optional<NodeIndex> loop(const Stmt& s, Statements rest, Sequence& seq, Flow& flow,
                                const Exit& exit) {
    const Escapes found = escapes_of(s.body);
    std::optional<Walk> walk;
    if (s.kind == StmtKind::kFor) walk = begin_walk(*s.value, seq, flow);
    if (!source_.ok()) return std::nullopt;
    Names names;
    if (walk) {
      Stmt only = s;  // the targets, without the body
      only.body.clear();
      assigned({&only}, names);
    }
    assigned(s.body, names);
    bind_unbound(names, s.at, seq, flow);

    Exit inner;
    inner.kind = Exit::Kind::kLoop;
    inner.names = names;
    inner.walk = walk ? &*walk : nullptr;
    // The loop's value is the function's: what follows stands where the loop ends by itself.
    inner.direct = exit.kind == Exit::Kind::kFunction &&
                   (!found.breaks || (rest.empty() && exit.value == nullptr));
    inner.tagged = !inner.direct && found.returns;
    const auto done = [&] {
      if (!inner.direct) return state(inner, kEnded, s.at);
      Flow after = flow;
      return block(rest, after, exit);
    };
    Flow within = flow;
    NodeIndex body{};
    if (walk) {
      body = round(
          *walk, flow,
          [&](NodeIndex item) {
            Sequence binding;
            assign(*s.targets[0], item, binding, within);
            const NodeIndex rounds = block(s.body, within, inner);
            return finish(binding, rounds);
          },
          done, [&] { return next_round(inner, s.at); });
    } else if (is_true(*s.value)) {
      body = block(s.body, within, inner);
    } else {
      const NodeIndex test = condition(*s.value, flow);
      const NodeIndex rounds = block(s.body, within, inner);
      body = if_node(s.at, test, rounds, done());
    }

    Nodes children;
    std::vector<Word> words;
    if (walk) {
      words.push_back(symbol(walk->counter));
      children.push_back(walk->start);
    }
    for (const std::string& name : names) {
      words.push_back(symbol(name));
      children.push_back(raw_value(name, s.at));
    }
    children.push_back(body);
    const NodeIndex made = add(NodeType::kLoop, s.at, std::move(children));
    node(made).names = std::move(words);
    if (inner.direct) return made;
    return take_state(made, inner, {found.returns, false, false}, s.at, rest, seq, flow, exit);
  }

  // ------------------------------------------------------------------------------------- functions

  NodeIndex function(Function& f, const Flow& flow, const std::string& shown) {
    Frame frame{&f, frame_, {}, shown + "()", {}};
    if (++depth_ > kDepthMax) source_.fail(f.at, "functions nested too deep");
    // Defaults are evaluated where the function is made; one that is no constant is kept beside it.
    Sequence outside;
    Names kept(f.parameters.size());
    std::size_t required = 0;
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
      const Expr* standard = f.parameters[i].standard;
      if (standard == nullptr) {
        ++required;
      } else if (!is_plain_constant(*standard)) {
        kept[i] = keep(outside, "default", expr(*standard, flow));
      }
    }
    frame_ = &frame;
    Nodes arities;
    for (std::size_t n = required; n < f.parameters.size(); ++n) {
      arities.push_back(short_arity(f, n));
    }
    arities.push_back(full_arity(f, kept));
    frame_ = frame.outer;
    --depth_;
    NodeIndex made = arities[0];
    if (arities.size() > 1) made = add(NodeType::kArities, f.at, std::move(arities));
    node(made).self = symbol(frame.self);
    return finish(outside, made);
  }

  // Calls the function with its defaults in place of the arguments that were not given.
  NodeIndex short_arity(const Function& f, std::size_t given) {
    Nodes operands;
    std::vector<Word> words;
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
      const std::string& name = f.parameters[i].name;
      if (i < given) words.push_back(symbol(name));
      operands.push_back(i < given ? variable(name, f.at) : literal(kDefault, f.at));
    }
    const NodeIndex body = application(f.at, variable(frame_->self, f.at), operands);
    const NodeIndex lambda = add(NodeType::kLambda, f.at, {body});
    node(lambda).names = std::move(words);
    return lambda;
  }

  NodeIndex full_arity(Function& f, const Names& kept) {
    Sequence seq;
    Flow flow;
    std::vector<Word> words;
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
      const Parameter& p = f.parameters[i];
      words.push_back(symbol(p.name));
      flow.bound.insert(p.name);
      flow.definite.insert(p.name);
      if (p.standard == nullptr) continue;
      const NodeIndex standard =
          kept[i].empty() ? literal(p.standard->value, p.at) : variable(kept[i], p.at);
      const NodeIndex test =
          core(p.at, "identical?", {variable(p.name, p.at), literal(kDefault, p.at)});
      bind(seq, p.name, if_node(p.at, test, standard, variable(p.name, p.at)));
    }
    Word rest = substrate::kAbsent;
    if (!f.rest.empty()) {
      rest = symbol(f.rest);
      flow.bound.insert(f.rest);
      flow.definite.insert(f.rest);
      bind(seq, f.rest, core(f.at, "vec", {variable(f.rest, f.at)}));
    }
    for (std::size_t i = 0; i < f.order.size(); ++i) {
      const Local& l = f.locals[i];
      if (!l.boxed) continue;
      const NodeIndex first = l.parameter ? variable(f.order[i], f.at) : literal(kUnbound, f.at);
      bind(seq, f.order[i], core(f.at, "yin/atom", {first}));
      flow.bound.insert(f.order[i]);
    }
    const NodeIndex body = f.value != nullptr ? expr(*f.value, flow) : block(f.body, flow, Exit{});
    const NodeIndex whole = finish(seq, body);
    const NodeIndex lambda = add(NodeType::kLambda, f.at, {whole});
    node(lambda).names = std::move(words);
    node(lambda).rest = rest;
    return lambda;
  }

  // ----------------------------------------------------------------------------------- expressions

  static std::string_view runtime_operator(std::string_view sign) {
    static constexpr auto kSigns = std::to_array<std::pair<std::string_view, std::string_view>>(
        {{"+", "add"},     {"-", "sub"},     {"*", "mul"}, {"/", "truediv"}, {"//", "floordiv"},
         {"%", "mod"},     {"**", "pow"},    {"&", "and"}, {"|", "or"},      {"^", "xor"},
         {"<<", "lshift"}, {">>", "rshift"}, {"<", "lt"},  {"<=", "le"},     {">", "gt"},
         {">=", "ge"},     {"==", "eq"},     {"!=", "ne"}, {"is", "is"},     {"in", "in"}});
    for (const auto& [known, name] : kSigns) {
      if (known == sign) return name;
    }
    return {};
  }
  // With a number on one side no list is made, and no effect asked for.
  static std::string_view with_number(std::string_view op) {
    return op == "add" ? "add-number" : op == "sub" ? "sub-number" : op;
  }
  static bool is_number(const Expr& e) {
    return e.kind == ExprKind::kConstant &&
           (substrate::is_small_int(e.value) || substrate::is_double(e.value));
  }

  // A program's literals hold no integers beyond 64 bits.
  static bool is_plain_constant(const Expr& e) {
    return e.kind == ExprKind::kConstant && !substrate::is_big_int(e.value);
  }
  std::string digits_of(Word integer) {
    std::string digits;
    substrate::append_exact(digits, source_.edit().pin(), integer);
    return digits;
  }

  NodeIndex expr(const Expr& e, const Flow& flow) {
    if (!source_.ok()) return literal(kNil, e.at);
    const Position at = e.at;
    switch (e.kind) {
      case ExprKind::kConstant:
        if (is_plain_constant(e)) return literal(e.value, at);
        return call(at, "int", {text(digits_of(e.value), at)});
      case ExprKind::kTemporary:
        return variable(e.text, at);
      case ExprKind::kName:
        return read(e.text, at, flow);
      case ExprKind::kJoined:
        return joined(e, flow);
      case ExprKind::kTuple:
        return items(e, flow);
      case ExprKind::kList:
        return call(at, "new-list", {items(e, flow)});
      case ExprKind::kSet:
        return call(at, "new-set", {items(e, flow)});
      case ExprKind::kDict:
        return call(at, "new-dict", {items(e, flow)});
      case ExprKind::kListOf:
        return call(at, "new-list", {comprehension(e, flow)});
      case ExprKind::kSetOf:
        return call(at, "new-set", {comprehension(e, flow)});
      case ExprKind::kDictOf:
        return call(at, "new-dict", {comprehension(e, flow)});
      case ExprKind::kGenerator:
        return fail(at,
                    "a generator can only stand where all of it is taken at once, as in "
                    "sum(), list() or join(); write a list: [...]");
      case ExprKind::kUnary:
        return unary(e, flow);
      case ExprKind::kBinary: {
        const std::string_view op = runtime_operator(e.text);
        const bool number = is_number(*e.items[0]) || is_number(*e.items[1]);
        const NodeIndex left = expr(*e.items[0], flow);
        const NodeIndex right = expr(*e.items[1], flow);
        return call(at, number ? with_number(op) : op, {left, right});
      }
      case ExprKind::kCompare:
        return compare(e, flow, 0, std::nullopt);
      case ExprKind::kAnd:
      case ExprKind::kOr:
        return choose(e, flow, 0);
      case ExprKind::kTernary: {
        const NodeIndex test = condition(*e.items[0], flow);
        const NodeIndex yes = expr(*e.items[1], flow);
        return if_node(at, test, yes, expr(*e.items[2], flow));
      }
      case ExprKind::kLambda:
        return function(*e.function, flow, "<lambda>");
      case ExprKind::kCall:
        return call_expr(e, flow);
      case ExprKind::kAttribute:
        return attribute(e, flow);
      case ExprKind::kSubscript:
        return subscript(e, flow);
      case ExprKind::kSlice:
      case ExprKind::kStarred:
      case ExprKind::kFormatted:
        break;
    }
    return fail(at, "this cannot stand here");
  }

  // Items as a vector. Starred ones are put between.
  NodeIndex items(const Expr& e, const Flow& flow) {
    Nodes parts, run;
    const auto end_run = [&] {
      if (!run.empty()) parts.push_back(add(NodeType::kVector, e.at, std::exchange(run, {})));
    };
    for (const Expr* item : e.items) {
      if (item->kind != ExprKind::kStarred) {
        run.push_back(expr(*item, flow));
        continue;
      }
      end_run();
      parts.push_back(call(item->at, "items", {consumed(*item->items[0], flow)}));
    }
    if (parts.empty()) return add(NodeType::kVector, e.at, std::move(run));
    end_run();
    return core(e.at, "vec", {core(e.at, "concat", parts)});
  }

  NodeIndex joined(const Expr& e, const Flow& flow) {
    Nodes pieces;
    for (const Expr* piece : e.items) {
      if (piece->kind == ExprKind::kConstant) {
        pieces.push_back(literal(piece->value, piece->at));
        continue;
      }
      NodeIndex value = expr(*piece->items[0], flow);
      if (piece->conversion != 0) {
        value = call(piece->at, piece->conversion == 'r' ? "repr" : "str", {value});
      }
      pieces.push_back(piece->text.empty() ? call(piece->at, "str", {value})
                                           : call(piece->at, "format-value",
                                                  {value, text(piece->text, piece->at)}));
    }
    return call(e.at, "joined", pieces);
  }

  NodeIndex unary(const Expr& e, const Flow& flow) {
    if (e.text == "not") {
      const NodeIndex operand = condition(*e.items[0], flow);
      return core(e.at, "not", {operand});
    }
    const Expr& operand = *e.items[0];
    if (e.text == "-" && operand.kind == ExprKind::kConstant) {
      if (substrate::is_small_int(operand.value)) {
        return literal(substrate::from_int(source_.edit(), -substrate::small_int(operand.value)),
                       e.at);
      }
    }
    return call(e.at,
                e.text == "-"   ? "neg"
                : e.text == "+" ? "pos"
                                : "invert",
                {expr(operand, flow)});
  }

  NodeIndex compare_two(const Expr& e, std::size_t i, NodeIndex left, NodeIndex right) {
    std::string_view sign = e.operators[i];
    const bool negated = sign == "not in" || sign == "is not";
    if (sign == "not in") sign = "in";
    if (sign == "is not") sign = "is";
    const NodeIndex held = call(e.at, runtime_operator(sign), {left, right});
    return negated ? core(e.at, "not", {held}) : held;
  }

  // a < b < c, from its operand `i` on; each is evaluated once, and no more than needed.
  NodeIndex compare(const Expr& e, const Flow& flow, std::size_t i,
                    std::optional<std::string> left) {
    const auto first = [&] { return left ? variable(*left, e.at) : expr(*e.items[i], flow); };
    const NodeIndex a = first();
    if (i + 1 == e.operators.size()) {
      return compare_two(e, i, a, expr(*e.items[i + 1], flow));
    }
    const std::string kept = temporary("left"), middle = temporary("middle");
    const NodeIndex b = expr(*e.items[i + 1], flow);
    const NodeIndex test = compare_two(e, i, variable(kept, e.at), variable(middle, e.at));
    const NodeIndex more = compare(e, flow, i + 1, middle);
    return let(e.at, kept, a,
               let(e.at, middle, b, if_node(e.at, test, more, literal(substrate::kFalse, e.at))));
  }

  // and, or: the value of the operand that decides.
  NodeIndex choose(const Expr& e, const Flow& flow, std::size_t i) {
    const NodeIndex value = expr(*e.items[i], flow);
    if (i + 1 == e.items.size()) return value;
    const Position at = e.items[i]->at;
    const std::string kept = temporary("operand");
    const NodeIndex test =
        is_boolean(*e.items[i]) ? variable(kept, at) : call(at, "truth", {variable(kept, at)});
    const NodeIndex more = choose(e, flow, i + 1);
    const NodeIndex decided = variable(kept, at);
    const bool all = e.kind == ExprKind::kAnd;
    return let(at, kept, value, if_node(at, test, all ? more : decided, all ? decided : more));
  }

  static bool is_boolean(const Expr& e) {
    return e.kind == ExprKind::kCompare || (e.kind == ExprKind::kUnary && e.text == "not") ||
           (e.kind == ExprKind::kConstant && substrate::is_boolean(e.value)) ||
           ((e.kind == ExprKind::kAnd || e.kind == ExprKind::kOr) &&
            std::ranges::all_of(e.items, [](const Expr* i) { return is_boolean(*i); }));
  }

  // A test: true or false in the AST's sense.
  NodeIndex condition(const Expr& e, const Flow& flow) {
    if (e.kind == ExprKind::kAnd || e.kind == ExprKind::kOr) return conditions(e, flow, 0);
    const NodeIndex value = expr(e, flow);
    return is_boolean(e) ? value : call(e.at, "truth", {value});
  }
  NodeIndex conditions(const Expr& e, const Flow& flow, std::size_t i) {
    const NodeIndex test = condition(*e.items[i], flow);
    if (i + 1 == e.items.size()) return test;
    const Position at = e.items[i]->at;
    const NodeIndex more = conditions(e, flow, i + 1);
    return e.kind == ExprKind::kAnd ? if_node(at, test, more, literal(substrate::kFalse, at))
                                    : if_node(at, test, literal(substrate::kTrue, at), more);
  }

  // Is it a method that changes its object?
  static bool changes(std::string_view name) {
    static constexpr auto kChanging = std::to_array<std::string_view>(
        {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
         "reverse", "setdefault", "update"});
    return std::ranges::find(kChanging, name) != kChanging.end();
  }

  NodeIndex attribute(const Expr& e, const Flow& flow) {
    const Expr& object = *e.items[0];
    if (is_language(object, "str")) {  // str.lower, as a function
      const std::string x = temporary("x");
      const NodeIndex body = call(e.at, "method", {text(e.text, e.at), variable(x, e.at)});
      const NodeIndex lambda = add(NodeType::kLambda, e.at, {body});
      node(lambda).names = {symbol(x)};
      return lambda;
    }
    if (const Expr* value = asks_type_name(e);
        value != nullptr && is_language(*object.items[0], "type")) {
      return call(e.at, "type-name", {expr(*value, flow)});
    }
    if (e.text == "args" || e.text == "start" || e.text == "stop" || e.text == "step") {
      return call(e.at, "attribute", {expr(object, flow), text(e.text, e.at)});
    }
    static constexpr auto kMethods = std::to_array<std::string_view>(
        {"add", "append", "count", "discard", "endswith", "extend", "find", "format", "get",
         "index", "join", "pop", "remove", "setdefault", "split", "startswith", "strip"});
    if (std::ranges::find(kMethods, e.text) == kMethods.end()) {
      return fail(e.at, "an attribute can only be called here, as a method: x." + e.text + "(...)");
    }
    // A method of an object, as a function.
    const std::string kept = temporary("object"), rest = temporary("arguments");
    const NodeIndex body =
        core(e.at, "apply",
             {variable(changes(e.text) ? "python/mutate" : "python/method", e.at),
              text(e.text, e.at), variable(kept, e.at), variable(rest, e.at)});
    const NodeIndex lambda = add(NodeType::kLambda, e.at, {body});
    node(lambda).rest = symbol(rest);
    return let(e.at, kept, expr(object, flow), lambda);
  }

  NodeIndex subscript(const Expr& e, const Flow& flow) {
    const NodeIndex object = expr(*e.items[0], flow);
    const Expr& key = *e.items[1];
    if (key.kind != ExprKind::kSlice) return call(e.at, "get-item", {object, expr(key, flow)});
    Nodes operands = {object};
    for (const Expr* part : key.items) {
      operands.push_back(part == nullptr ? literal(kNil, e.at) : expr(*part, flow));
    }
    return call(e.at, "slice", operands);
  }

  // -------------------------------------------------------------------------------- comprehensions

  // The vector of what a comprehension makes; of a dict, keys and values by turns.
  NodeIndex comprehension(const Expr& e, const Flow& flow) {
    const std::string made = temporary("made");
    const NodeIndex all = clause(e.clauses, 0, flow, made, [&](const Flow& inner) {
      Nodes operands = {variable(made, e.at)};
      for (const Expr* item : e.items) operands.push_back(expr(*item, inner));
      return core(e.at, "conj", operands);
    });
    return let(e.at, made, add(NodeType::kVector, e.at), all);
  }

  using Leaf = std::function<NodeIndex(const Flow&)>;

  // What an iteration gives: what a round gives for its item, what one of a filter that passes its
  // item by does, and what it ends with.
  struct Rounds {
    Leaf make;                                 // of an item that fulfils the conditions
    std::function<NodeIndex()> otherwise;      // of one that does not
    std::function<NodeIndex(NodeIndex)> give;  // goes on with what was made, or ends
    std::function<NodeIndex()> done;
    std::function<NodeIndex()> skip;
  };
  NodeIndex rounds(const Clause& c, const Walk& w, const Flow& flow, const Rounds& made) {
    const std::size_t names = frame_->comprehension.size();
    const auto body = [&](NodeIndex item) {
      Sequence binding;
      Flow inner = flow;
      target_names(*c.target, frame_->comprehension);
      assign(*c.target, item, binding, inner, true);
      NodeIndex value = made.make(inner);
      for (std::size_t k = c.conditions.size(); k-- > 0;) {
        const NodeIndex test = condition(*c.conditions[k], inner);
        value = if_node(w.at, test, value, made.otherwise());
      }
      frame_->comprehension.resize(names);
      return finish(binding, made.give(value));
    };
    return round(w, flow, body, made.done, made.skip);
  }

  // What is made behind clause `i` and those within it, from what is made before (`made`).
  NodeIndex clause(const std::vector<Clause>& clauses, std::size_t i, const Flow& flow,
                   const std::string& made, const Leaf& leaf) {
    const Clause& c = clauses[i];
    const Position at = c.items->at;
    Sequence seq;
    const Walk w = begin_walk(*c.items, seq, flow);
    if (!source_.ok()) return literal(kNil, at);
    const auto same = [&] { return variable(made, at); };
    const auto next = [&](NodeIndex value) {
      const NodeIndex count = next_count(w, at);
      return add(NodeType::kRecur, at, {count, value});
    };
    const auto make = [&](const Flow& inner) {
      return i + 1 == clauses.size() ? leaf(inner) : clause(clauses, i + 1, inner, made, leaf);
    };
    const NodeIndex body =
        rounds(c, w, flow, {make, same, next, same, [&] { return next(same()); }});
    return finish(seq, looped(at, {w.counter, made}, {w.start, same()}, body));
  }

  NodeIndex looped(Position at, const Names& names, Nodes inits, NodeIndex body) {
    std::vector<Word> words;
    for (const std::string& name : names) words.push_back(symbol(name));
    inits.push_back(body);
    const NodeIndex n = add(NodeType::kLoop, at, std::move(inits));
    node(n).names = std::move(words);
    return n;
  }

  // any() and all() of a generator end with the first item that decides.
  NodeIndex decide(const std::vector<Clause>& clauses, std::size_t i, const Flow& flow, bool any,
                   const Expr& element) {
    const Clause& c = clauses[i];
    const Position at = c.items->at;
    const auto other = [&] { return literal(substrate::boolean_word(!any), at); };
    Sequence seq;
    const Walk w = begin_walk(*c.items, seq, flow);
    if (!source_.ok()) return literal(kNil, at);
    const auto next = [&] {
      const NodeIndex count = next_count(w, at);
      return add(NodeType::kRecur, at, {count});
    };
    const auto make = [&](const Flow& inner) {
      return i + 1 == clauses.size() ? condition(element, inner)
                                     : decide(clauses, i + 1, inner, any, element);
    };
    const auto give = [&](NodeIndex value) {
      const NodeIndex decided = literal(substrate::boolean_word(any), at);
      const NodeIndex more = next();
      return any ? if_node(at, value, decided, more) : if_node(at, value, more, decided);
    };
    const NodeIndex body = rounds(c, w, flow, {make, other, give, other, next});
    return finish(seq, looped(at, {w.counter}, {w.start}, body));
  }

  // ----------------------------------------------------------------------------------------- calls

  // An argument that is gone through at once.
  NodeIndex consumed(Expr& e, const Flow& flow) {
    if (e.kind == ExprKind::kGenerator) return comprehension(e, flow);
    if (calls(e, "map") || calls(e, "filter")) return mapped(e, flow);
    for (const std::string_view name : {"enumerate", "zip", "reversed"}) {
      if (calls(e, name)) return iterator_call(e, flow, name);
    }
    return expr(e, flow);
  }
  // What gives items one by one in Python cannot be made whole within another such.
  NodeIndex iterated(Expr& e, const Flow& flow) {
    if (e.kind == ExprKind::kGenerator || calls(e, "map") || calls(e, "filter")) {
      return fail(e.at, "this is computed item by item in Python; wrap it in list()");
    }
    return consumed(e, flow);
  }

  NodeIndex iterator_call(const Expr& e, const Flow& flow, std::string_view name) {
    if (name == "zip" && has_star(e)) {
      return spread(e, flow, variable("python/zip", e.at), {});
    }
    Nodes operands;
    NodeIndex start = number(0, e.at);
    for (std::size_t i = 1; i < e.items.size(); ++i) {
      const std::string& how = e.operators[i - 1];
      const bool is_start = name == "enumerate" && (how == "start" || (how.empty() && i == 2));
      if (!how.empty() && !is_start) {
        return fail(e.items[i]->at, std::string(name) + "() does not take this here");
      }
      if (is_start) {
        start = expr(*e.items[i], flow);
      } else {
        operands.push_back(iterated(*e.items[i], flow));
      }
    }
    if (name == "enumerate") operands.push_back(start);
    const std::size_t wanted = name == "enumerate" ? 2 : 1;
    if (name != "zip" && operands.size() != wanted) {
      return fail(e.at, std::string(name) + "() takes one thing to go through");
    }
    return call(e.at, name, operands);
  }

  // map() or filter(), all at once.
  NodeIndex mapped(Expr& e, const Flow& flow) {
    Expr* item = tree_.expr(ExprKind::kName, e.at);
    item->text = temporary("x");
    Clause c;
    c.target = item;
    c.items = &e;
    const std::string made = temporary("made");
    const NodeIndex all = clause({c}, 0, flow, made, [&](const Flow&) {
      return core(e.at, "conj", {variable(made, e.at), variable(item->text, e.at)});
    });
    return let(e.at, made, add(NodeType::kVector, e.at), all);
  }

  // The items of an argument as a vector.
  NodeIndex items_of(Expr& e, const Flow& flow) {
    if (e.kind == ExprKind::kGenerator || calls(e, "map") || calls(e, "filter")) {
      return consumed(e, flow);
    }
    return call(e.at, "items", {consumed(e, flow)});
  }

  NodeIndex call_expr(const Expr& e, const Flow& flow) {
    const Expr& callee = *e.items[0];
    if (callee.kind == ExprKind::kAttribute) return method(e, callee, flow);
    if (callee.kind == ExprKind::kName) {
      const Found found = resolve(callee.text);
      if (is_exception_class(callee)) return exception_call(e, flow);
      if (found.kind == Found::Kind::kBuiltin) return builtin(e, flow);
      if (found.local != nullptr && !found.local->imported.empty()) {
        return foreign(e, found.local->imported, flow);
      }
      const Local* l = found.local;
      if (l != nullptr && l->defined != nullptr && l->stores == 1 && !has_star(e)) {
        return known_call(e, *l->defined, flow);
      }
    }
    for (std::size_t i = 0; i < e.operators.size(); ++i) {
      if (e.operators[i].empty() || e.operators[i] == "*") continue;
      return fail(e.items[i + 1]->at,
                  "arguments by name need a function that is defined once, by def, in this file");
    }
    const NodeIndex f = expr(callee, flow);
    return spread(e, flow, f, {});
  }

  static bool has_star(const Expr& e) {
    return std::ranges::find(e.operators, "*") != e.operators.end();
  }

  // f(first..., arguments...), where one at the end may be starred.
  NodeIndex spread(const Expr& e, const Flow& flow, NodeIndex f, Nodes operands) {
    for (std::size_t i = 1; i < e.items.size(); ++i) {
      if (e.operators[i - 1] != "*") {
        operands.push_back(expr(*e.items[i], flow));
        continue;
      }
      if (i + 1 != e.items.size()) {
        return fail(e.items[i]->at, "an argument with * must be the last one");
      }
      operands.insert(operands.begin(), f);
      operands.push_back(items_of(*e.items[i], flow));
      return core(e.at, "apply", operands);
    }
    return application(e.at, f, operands);
  }

  NodeIndex foreign(const Expr& e, const std::string& name, const Flow& flow) {
    for (std::size_t i = 0; i < e.operators.size(); ++i) {
      if (!e.operators[i].empty() && e.operators[i] != "*") {
        return fail(e.items[i + 1]->at, "a Clojure function takes no arguments by name");
      }
    }
    return spread(e, flow, variable("python/call-clojure", e.at), {variable(name, e.at)});
  }

  // A function whose def is known: arguments by name find their place.
  NodeIndex known_call(const Expr& e, const Function& f, const Flow& flow) {
    const bool named = std::ranges::any_of(e.operators, [](const auto& o) { return !o.empty(); });
    const NodeIndex callee = expr(*e.items[0], flow);
    if (!named) return spread(e, flow, callee, {});
    const auto place_of = [&](std::string_view name) {
      const auto at = std::ranges::find(f.parameters, name, &Parameter::name);
      return static_cast<std::size_t>(at - f.parameters.begin());
    };
    // Evaluated in the order of the text, then put in the order of the parameters.
    Sequence seq;
    Names given(f.parameters.size());
    const std::string function_name = keep(seq, "function", callee);
    std::size_t by_place = 0;
    for (std::size_t i = 0; i < e.operators.size(); ++i) {
      const Expr& argument = *e.items[i + 1];
      const std::size_t place = e.operators[i].empty() ? by_place++ : place_of(e.operators[i]);
      if (place >= f.parameters.size()) {
        return fail(argument.at, e.operators[i].empty()
                                     ? f.name + "() takes fewer arguments"
                                     : f.name + "() has no parameter `" + e.operators[i] + "`");
      }
      if (!given[place].empty()) {
        return fail(argument.at, f.name + "() gets `" + f.parameters[place].name + "` twice");
      }
      given[place] = keep(seq, "argument", expr(argument, flow));
    }
    Nodes operands;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].empty() && f.parameters[i].standard == nullptr) {
        return fail(e.at, f.name + "() needs `" + f.parameters[i].name + "`");
      }
      operands.push_back(given[i].empty() ? literal(kDefault, e.at) : variable(given[i], e.at));
    }
    return finish(seq, application(e.at, variable(function_name, e.at), operands));
  }

  // Arguments of the language's own functions: those by position, and those by name.
  struct Arguments {
    std::vector<Expr*> plain;
    std::vector<std::pair<std::string, Expr*>> named;
    bool star = false;
    Expr* find(std::string_view name) const {
      for (const auto& [known, e] : named) {
        if (known == name) return e;
      }
      return nullptr;
    }
  };
  Arguments arguments_of(const Expr& e) {
    Arguments found;
    for (std::size_t i = 0; i < e.operators.size(); ++i) {
      if (e.operators[i] == "*") found.star = true;
      if (e.operators[i].empty()) {
        found.plain.push_back(e.items[i + 1]);
      } else if (e.operators[i] != "*") {
        found.named.emplace_back(e.operators[i], e.items[i + 1]);
      }
    }
    return found;
  }
  // False after telling which argument is not taken.
  bool takes(const Expr& e, const Arguments& a, std::size_t least, std::size_t most,
             std::initializer_list<std::string_view> names = {}) {
    const std::string name = e.items[0]->text + "()";
    if (a.star) return fail(e.at, "* in a call of " + name + " is not supported"), false;
    for (const auto& [given, value] : a.named) {
      if (std::ranges::find(names, given) == names.end()) {
        return fail(value->at, name + " does not take `" + given + "` here"), false;
      }
    }
    if (a.plain.size() >= least && a.plain.size() <= most) return true;
    fail(e.at, name + " takes " + std::to_string(least) +
                   (least == most ? "" : " to " + std::to_string(most)) +
                   (most == 1 ? " argument" : " arguments") + " here, got " +
                   std::to_string(a.plain.size()));
    return false;
  }
  NodeIndex optional(const Expr* e, Word otherwise, Position at, const Flow& flow) {
    return e == nullptr ? literal(otherwise, at) : expr(*e, flow);
  }

  NodeIndex builtin(const Expr& e, const Flow& flow) {
    const std::string& name = e.items[0]->text;
    const Position at = e.at;
    const Arguments a = arguments_of(e);
    const NodeIndex none = nil_index();
    if (name == "print") return print(e, a, flow);
    if (name == "min" || name == "max") return extreme(e, a, flow);
    if (name == "sorted") {
      if (!takes(e, a, 1, 1, {"key", "reverse"})) return none;
      const NodeIndex all = items_of(*a.plain[0], flow);
      return sort(at, "sorted-by", all, a, flow);
    }
    if (name == "enumerate" || name == "zip" || name == "reversed" || name == "map" ||
        name == "filter") {
      return fail(at, "`" + name +
                          "(...)` can only stand where it is gone through at once, as in "
                          "a for or in list(); wrap it in list()");
    }
    if (name == "list" || name == "tuple" || name == "set") {
      if (!takes(e, a, 0, 1)) return none;
      const NodeIndex all =
          a.plain.empty() ? add(NodeType::kVector, at) : items_of(*a.plain[0], flow);
      return name == "tuple" ? all : call(at, name == "list" ? "new-list" : "new-set", {all});
    }
    if (name == "dict") return dict(e, a, flow);
    if (name == "sum") {
      if (!takes(e, a, 1, 2, {"start"})) return none;
      const NodeIndex all = items_of(*a.plain[0], flow);
      const Expr* start = a.plain.size() == 2 ? a.plain[1] : a.find("start");
      return call(at, "sum-items", {all, optional(start, int_word(0), at, flow)});
    }
    if (name == "any" || name == "all") {
      if (!takes(e, a, 1, 1)) return none;
      Expr& items = *a.plain[0];
      if (items.kind == ExprKind::kGenerator) {
        return decide(items.clauses, 0, flow, name == "any", *items.items[0]);
      }
      if (calls(items, "map") || calls(items, "filter")) {
        Expr* item = tree_.expr(ExprKind::kName, at);
        item->text = temporary("x");
        Expr* same = tree_.expr(ExprKind::kTemporary, at);
        same->text = item->text;
        Clause c;
        c.target = item;
        c.items = &items;
        return decide({c}, 0, flow, name == "any", *same);
      }
      return call(at, name, {consumed(items, flow)});
    }
    if (name == "isinstance") return is_instance(e, a, flow);
    if (name == "format") {
      if (!takes(e, a, 1, 2)) return none;
      const NodeIndex value = expr(*a.plain[0], flow);
      return call(at, "format-value",
                  {value, a.plain.size() == 2 ? expr(*a.plain[1], flow) : text("", at)});
    }
    if (name == "int" && a.find("base") != nullptr) {
      if (!takes(e, a, 1, 1, {"base"})) return none;
      const NodeIndex value = expr(*a.plain[0], flow);
      return call(at, "int", {value, expr(*a.find("base"), flow)});
    }
    struct Simple {
      std::string_view name;
      std::size_t least, most;
    };
    static constexpr Simple kSimple[] = {
        {"abs", 1, 1},    {"bin", 1, 1},   {"bool", 0, 1}, {"callable", 1, 1}, {"chr", 1, 1},
        {"divmod", 2, 2}, {"float", 0, 1}, {"hex", 1, 1},  {"input", 0, 1},    {"int", 0, 2},
        {"len", 1, 1},    {"oct", 1, 1},   {"ord", 1, 1},  {"pow", 2, 2},      {"range", 1, 3},
        {"repr", 1, 1},   {"round", 1, 2}, {"str", 0, 1}};
    for (const Simple& s : kSimple) {
      if (s.name != name) continue;
      if (!takes(e, a, s.least, s.most)) return none;
      Nodes operands;
      for (Expr* argument : a.plain) operands.push_back(expr(*argument, flow));
      return call(at, name, operands);
    }
    return fail(at, "`" + name + "` cannot be called here");
  }
  // What is given back where an error was told: the nodes are of no use any more.
  static NodeIndex nil_index() { return NodeIndex{0}; }

  NodeIndex print(const Expr& e, const Arguments& a, const Flow& flow) {
    for (const auto& [given, value] : a.named) {
      if (given != "sep" && given != "end") {
        return fail(value->at, "print() does not take `" + given + "` here");
      }
    }
    // sep and end are evaluated behind the values, as they stand.
    Expr values = e;
    values.items.resize(1);
    values.operators.clear();
    for (std::size_t i = 0; i < e.operators.size(); ++i) {
      if (!e.operators[i].empty() && e.operators[i] != "*") continue;
      values.items.push_back(e.items[i + 1]);
      values.operators.push_back(e.operators[i]);
    }
    const auto option = [&](std::string_view name, std::string_view otherwise) {
      const Expr* given = a.find(name);
      return given == nullptr ? text(otherwise, e.at) : expr(*given, flow);
    };
    for (const auto& [given, value] : a.named) {
      if (value->kind != ExprKind::kConstant && value->kind != ExprKind::kName) {
        return fail(value->at, "`" + given + "` of print() is a constant or a name here");
      }
    }
    const NodeIndex sep = option("sep", " "), end_text = option("end", "\n");
    return spread(values, flow, variable("python/print", e.at), {sep, end_text});
  }

  NodeIndex sort(Position at, std::string_view function, NodeIndex object, const Arguments& a,
                 const Flow& flow) {
    const Expr* key = a.find("key");
    const Expr* reverse = a.find("reverse");
    const NodeIndex f = key == nullptr ? literal(kNil, at) : expr(*key, flow);
    const NodeIndex backwards = optional(reverse, substrate::kFalse, at, flow);
    if (function == "sorted-by") return call(at, function, {f, object, backwards});
    return call(at, function, {object, f, backwards});
  }

  NodeIndex extreme(const Expr& e, const Arguments& a, const Flow& flow) {
    // max(*xs), or as any other function.
    const bool spread_one = a.star && a.plain.empty() && e.operators[0] == "*" &&
                            std::ranges::count(e.operators, "*") == 1;
    if (!spread_one && !takes(e, a, 1, 1000, {"key", "default"})) return nil_index();
    NodeIndex all{};
    if (a.star) {
      all = items_of(*e.items[1], flow);
    } else if (a.plain.size() == 1) {
      all = items_of(*a.plain[0], flow);
    } else {
      Nodes values;
      for (const Expr* value : a.plain) values.push_back(expr(*value, flow));
      all = add(NodeType::kVector, e.at, std::move(values));
    }
    const std::string kept = temporary("items");
    const NodeIndex f = optional(a.find("key"), kNil, e.at, flow);
    const NodeIndex otherwise = optional(a.find("default"), kUnbound, e.at, flow);
    const std::string_view name = e.items[0]->text == "min" ? "least-by" : "greatest-by";
    const NodeIndex found = call(e.at, name, {f, variable(kept, e.at), otherwise});
    return let(e.at, kept, all, found);
  }

  NodeIndex dict(const Expr& e, const Arguments& a, const Flow& flow) {
    if (a.star || a.plain.size() > 1 || (!a.plain.empty() && !a.named.empty())) {
      return fail(e.at, "dict() takes one thing, or names and values, here");
    }
    if (!a.plain.empty()) return call(e.at, "dict-from", {consumed(*a.plain[0], flow)});
    Nodes pairs;
    for (const auto& [key, value] : a.named) {
      pairs.push_back(text(key, value->at));
      pairs.push_back(expr(*value, flow));
    }
    return call(e.at, "new-dict", {add(NodeType::kVector, e.at, std::move(pairs))});
  }

  NodeIndex is_instance(const Expr& e, const Arguments& a, const Flow& flow) {
    if (!takes(e, a, 2, 2)) return nil_index();
    std::vector<Expr*> types = {a.plain[1]};
    if (a.plain[1]->kind == ExprKind::kTuple) types = a.plain[1]->items;
    Nodes operands = {expr(*a.plain[0], flow)};
    static constexpr auto kTypes = std::to_array<std::string_view>(
        {"bool", "dict", "float", "int", "list", "range", "set", "str", "tuple"});
    for (const Expr* type : types) {
      const bool known = is_exception_class(*type) ||
                         std::ranges::any_of(kTypes, [&](auto t) { return is_language(*type, t); });
      if (!known) return fail(type->at, "isinstance() takes the language's own types here");
      operands.push_back(text(type->text, type->at));
    }
    return call(e.at, "isinstance", operands);
  }

  NodeIndex method(const Expr& e, const Expr& callee, const Flow& flow) {
    const std::string& name = callee.text;
    const Position at = callee.at;
    const Arguments a = arguments_of(e);
    if (a.star) return fail(e.at, "* in the call of a method is not supported yet");
    if (name == "sort") {
      for (const auto& [given, value] : a.named) {
        if (given != "key" && given != "reverse") {
          return fail(value->at, "sort() does not take `" + given + "`");
        }
      }
      if (!a.plain.empty()) return fail(e.at, "sort() takes its arguments by name");
      return sort(at, "sort-in-place", expr(*callee.items[0], flow), a, flow);
    }
    if (!a.named.empty()) {
      return fail(a.named[0].second->at, "methods take no arguments by name here");
    }
    std::vector<Expr*> given = a.plain;
    Nodes operands = {text(name, at)};
    if (is_language(*callee.items[0], "str") && !given.empty()) {  // str.lower(x)
      operands.push_back(expr(*given[0], flow));
      given.erase(given.begin());
    } else if (callee.items[0]->kind == ExprKind::kName &&
               resolve(callee.items[0]->text).kind == Found::Kind::kBuiltin) {
      return fail(at, "`" + callee.items[0]->text + "." + name + "` is not supported yet");
    } else {
      operands.push_back(expr(*callee.items[0], flow));
    }
    static constexpr auto kConsuming = std::to_array<std::string_view>(
        {"join", "extend", "update", "union", "intersection", "difference"});
    const bool consumes = std::ranges::find(kConsuming, name) != kConsuming.end();
    for (Expr* argument : given) {
      operands.push_back(consumes ? consumed(*argument, flow) : expr(*argument, flow));
    }
    return call(at, changes(name) ? "mutate" : "method", operands);
  }

  Source& source_;
  Tree& tree_;
  bool shown_;
  bool interactive_;
  std::vector<Node> nodes_;
  Frame* frame_ = nullptr;
  int temporaries_ = 0;
  int depth_ = 0;
};

}  // namespace

std::vector<Node> emit(Source& source, Tree& tree, PythonMode mode) {
  return Emitter(source, tree, mode).run();
}

}  // namespace yin::ast::python
