#include "ast/readers/python_parse.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "ast/readers/python_tokens.h"

namespace yin::ast::python {

using substrate::kNil;

namespace {

// Operands of one chain, such as a + b + c: the tree is as deep as that is long.
constexpr int kChainMax = 300;

struct Refused {
  std::string_view word;
  std::string_view what;
};
constexpr Refused kRefused[] = {
    {"with", "`with` is not supported yet; try and finally do it"},
    {"yield", "generators are not supported yet; return a list"},
    {"async", "`async` is not supported; spawn agents instead"},
    {"await", "`await` is not supported; spawn agents instead"},
};

constexpr std::string_view kNoClasses =
    "classes are not supported yet, but for exceptions without a body: class NAME(Exception): "
    "pass; use functions, dicts and tuples";

class Parser {
 public:
  Parser(Source& source, Tree& tree) : source_(source), tree_(tree) {}

  void run() {
    tokens_ = read_tokens(source_, source_.text(), {1, 1}, true);
    if (!source_.ok()) return;
    while (source_.ok() && !is_kind(TokenKind::kEnd)) statement(tree_.module.body);
  }

  // The expression of an f-string's field.
  Expr* field(std::string_view text, Position at) {
    tokens_ = read_tokens(source_, text, at, false);
    if (!source_.ok()) return nullptr;
    if (is_kind(TokenKind::kEnd)) return fail(at, "a field of an f-string is empty");
    Expr* e = expression_list();
    if (source_.ok() && !is_kind(TokenKind::kEnd)) return fail_here("this cannot stand here");
    return e;
  }

 private:
  // ------------------------------------------------------------------------------------- tokens

  [[nodiscard]] const Token& now() const { return tokens_[next_]; }
  [[nodiscard]] const Token& ahead() const {
    return tokens_[std::min(next_ + 1, tokens_.size() - 1)];
  }
  void advance() {
    if (next_ + 1 < tokens_.size()) ++next_;
  }
  [[nodiscard]] bool is_kind(TokenKind kind) const { return now().kind == kind; }
  [[nodiscard]] bool is(std::string_view text) const {
    return (now().kind == TokenKind::kOperator || now().kind == TokenKind::kName) &&
           now().text == text;
  }
  bool take(std::string_view text) {
    if (!is(text)) return false;
    advance();
    return true;
  }
  bool expect(std::string_view text) {
    if (take(text)) return true;
    fail_here("`" + std::string(text) + "` is needed here");
    return false;
  }
  Expr* fail(Position at, const std::string& what) {
    source_.fail(at, what);
    return nullptr;
  }
  Expr* fail_here(const std::string& what) { return fail(now().at, what); }

  bool refuse_word() {
    if (!is_kind(TokenKind::kName)) return false;
    for (const Refused& r : kRefused) {
      if (now().text != r.word) continue;
      fail_here(std::string(r.what));
      return true;
    }
    return false;
  }

  std::string take_name(std::string_view what) {
    if (!is_kind(TokenKind::kName) || is_keyword(now().text)) {
      fail_here(std::string(what) + " is needed here");
      return {};
    }
    std::string name = now().text;
    if (name.starts_with("__") && name != "__name__") {
      fail_here("names that begin with __ are not supported");
    }
    advance();
    return name;
  }

  class Nested {
   public:
    explicit Nested(Parser& parser) : parser_(parser) {
      if (++parser.depth_ > 2 * kNestingMax) parser.fail_here("this is nested too deep; split it");
    }
    ~Nested() { --parser_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Parser& parser_;
  };

  // --------------------------------------------------------------------------------- statements

  void statement(Block& out) {
    const Nested nested(*this);
    if (!source_.ok()) return;
    if (is_kind(TokenKind::kIndent))
      return void(fail_here("this line is indented, and no block begins above it"));
    if (refuse_word()) return;
    if (is("@")) return void(fail_here("decorators are not supported yet; call the function"));
    if (is("if")) return if_statement(out);
    if (is("while")) return while_statement(out);
    if (is("for")) return for_statement(out);
    if (is("def")) return function_statement(out);
    if (is("try")) return try_statement(out);
    if (is("class")) return class_statement(out);
    if (is("match") && ahead().kind == TokenKind::kName && !is_keyword(ahead().text)) {
      return void(fail_here("`match` is not supported yet; use if and elif"));
    }
    simple_statements(out);
  }

  void simple_statements(Block& out) {
    for (;;) {
      simple_statement(out);
      if (!source_.ok()) return;
      if (!take(";")) break;
      if (is_kind(TokenKind::kNewline)) break;
    }
    if (is_kind(TokenKind::kNewline)) {
      advance();
    } else if (!is_kind(TokenKind::kEnd)) {
      fail_here("this cannot stand here");
    }
  }

  Block block(std::string_view of) {
    Block body;
    if (!source_.ok() || !expect(":")) return body;
    if (!is_kind(TokenKind::kNewline)) {
      if (is("if") || is("while") || is("for") || is("def") || is("try") || is("class")) {
        fail_here("this needs a line of its own");
        return body;
      }
      if (!refuse_word()) simple_statements(body);
      return body;
    }
    advance();
    if (!is_kind(TokenKind::kIndent)) {
      fail_here("an indented block is needed behind `" + std::string(of) + "`");
      return body;
    }
    advance();
    while (source_.ok() && !is_kind(TokenKind::kDedent) && !is_kind(TokenKind::kEnd)) {
      statement(body);
    }
    if (is_kind(TokenKind::kDedent)) advance();
    return body;
  }

  void if_statement(Block& out) {
    Block* into = &out;
    for (int clauses = 0;; ++clauses) {
      if (clauses > kChainMax / 2) return void(fail_here("too many elif; use a dict, or split it"));
      Stmt* s = tree_.stmt(StmtKind::kIf, now().at);
      advance();
      s->value = expression();
      s->body = block("if");
      into->push_back(s);
      into = &s->otherwise;
      if (!source_.ok() || !is("elif")) break;
    }
    if (source_.ok() && take("else")) *into = block("else");
  }

  void no_else() {
    if (source_.ok() && is("else")) {
      fail_here("`else` of a loop is not supported yet; set a variable in the loop");
    }
  }

  void while_statement(Block& out) {
    Stmt* s = tree_.stmt(StmtKind::kWhile, now().at);
    advance();
    s->value = expression();
    ++loops_;
    s->body = block("while");
    --loops_;
    out.push_back(s);
    no_else();
  }

  void for_statement(Block& out) {
    Stmt* s = tree_.stmt(StmtKind::kFor, now().at);
    advance();
    s->targets.push_back(target_list());
    if (!source_.ok() || !expect("in")) return;
    s->value = expression_list();
    ++loops_;
    s->body = block("for");
    --loops_;
    out.push_back(s);
    no_else();
  }

  // Of a class there is its name and what it is below.
  void class_statement(Block& out) {
    Stmt* s = tree_.stmt(StmtKind::kClass, now().at);
    advance();
    s->text = take_name("the class's name");
    if (source_.ok() && take("(") && !is(")")) {
      s->value = expression();
      if (!source_.ok() || !expect(")")) return;
    }
    if (source_.ok() && s->value == nullptr) return void(fail(s->at, std::string(kNoClasses)));
    const auto says_nothing = [](const Stmt* inner) {
      return inner->kind == StmtKind::kPass ||
             (inner->kind == StmtKind::kExpr && inner->value->kind == ExprKind::kConstant);
    };
    const Block body = block("class");
    if (source_.ok() && !std::ranges::all_of(body, says_nothing)) {
      return void(fail(s->at, std::string(kNoClasses)));
    }
    out.push_back(s);
  }

  void try_statement(Block& out) {
    Stmt* s = tree_.stmt(StmtKind::kTry, now().at);
    advance();
    s->body = block("try");
    while (source_.ok() && is("except")) {
      if (!s->handlers.empty() && s->handlers.back()->value == nullptr) {
        return void(fail(s->handlers.back()->at, "an `except` without a class must be the last"));
      }
      handler(*s);
    }
    if (source_.ok() && !s->handlers.empty() && take("else")) s->otherwise = block("else");
    if (source_.ok() && take("finally")) s->cleanup = block("finally");
    if (source_.ok() && s->handlers.empty() && s->cleanup.empty()) {
      return void(fail_here("a `try` needs an `except` or a `finally`"));
    }
    out.push_back(s);
  }

  void handler(Stmt& s) {
    Stmt* h = tree_.stmt(StmtKind::kHandler, now().at);
    advance();
    if (is("*")) return void(fail_here("`except*` is not supported"));
    if (!is(":")) {
      h->value = expression();
      if (source_.ok() && take("as")) h->text = take_name("the exception's name");
    }
    h->body = block("except");
    s.handlers.push_back(h);
  }

  void function_statement(Block& out) {
    Stmt* s = tree_.stmt(StmtKind::kFunction, now().at);
    advance();
    Function* f = tree_.function(s->at);
    s->function = f;
    f->name = take_name("the function's name");
    if (!source_.ok() || !expect("(")) return;
    parameters(*f, ")");
    if (!source_.ok() || !expect(")")) return;
    if (take("->")) expression();
    const int loops = std::exchange(loops_, 0);
    ++functions_;
    f->body = block("def");
    --functions_;
    loops_ = loops;
    out.push_back(s);
  }

  void parameters(Function& f, std::string_view end) {
    while (source_.ok() && !is(end)) {
      const Position at = now().at;
      if (is("**")) return void(fail_here("**keywords are not supported yet; take a dict"));
      if (is("/")) return void(fail_here("parameters by position only are not supported yet"));
      if (take("*")) {
        if (is(",")) return void(fail(at, "parameters by keyword only are not supported yet"));
        f.rest = take_name("a parameter's name");
        if (end == ")" && take(":")) expression();
        if (source_.ok() && take(",") && !is(end)) {
          return void(fail_here("parameters behind *" + f.rest + " are not supported yet"));
        }
      } else {
        const std::string name = take_name("a parameter's name");
        if (!source_.ok()) return;
        if (end == ")" && take(":")) expression();
        Expr* standard = take("=") ? expression() : nullptr;
        if (!source_.ok()) return;
        if (standard == nullptr && !f.parameters.empty() &&
            f.parameters.back().standard != nullptr) {
          return void(
              fail(at, "`" + name + "` needs a default, since a parameter before it has one"));
        }
        f.parameters.push_back({name, at, standard});
        if (!is(end) && !expect(",")) return;
      }
      for (std::size_t i = 0; i < f.parameters.size(); ++i) {
        const Parameter& last = f.parameters.back();
        const bool twice = f.parameters[i].name == f.rest ||
                           (i + 1 < f.parameters.size() && f.parameters[i].name == last.name);
        if (twice) return void(fail(at, "two parameters have the same name"));
      }
    }
    if (!f.rest.empty() && !f.parameters.empty() && f.parameters.back().standard != nullptr) {
      fail(f.at, "defaults beside *" + f.rest + " are not supported yet");
    }
  }

  void simple_statement(Block& out) {
    if (refuse_word()) return;
    const Position at = now().at;
    const auto add = [&](StmtKind kind) {
      Stmt* s = tree_.stmt(kind, at);
      out.push_back(s);
      return s;
    };
    if (take("pass")) return void(add(StmtKind::kPass));
    if (is("break") || is("continue")) {
      const bool breaks = is("break");
      if (loops_ == 0) return void(fail_here("`" + now().text + "` stands outside a loop"));
      advance();
      return void(add(breaks ? StmtKind::kBreak : StmtKind::kContinue));
    }
    if (is("return")) {
      if (functions_ == 0) return void(fail_here("`return` stands outside a function"));
      advance();
      Stmt* s = add(StmtKind::kReturn);
      if (!ends_statement()) s->value = expression_list();
      return;
    }
    if (is("global") || is("nonlocal")) {
      Stmt* s = add(is("global") ? StmtKind::kGlobal : StmtKind::kNonlocal);
      advance();
      do s->names.push_back(take_name("a name"));
      while (source_.ok() && take(","));
      return;
    }
    if (take("del")) {
      Stmt* s = add(StmtKind::kDelete);
      do {
        Expr* e = expression();
        if (!source_.ok()) return;
        if (e->kind != ExprKind::kSubscript || e->items[1]->kind == ExprKind::kSlice) {
          return void(fail(e->at, "only items can be deleted: del x[key]"));
        }
        s->targets.push_back(e);
      } while (take(","));
      return;
    }
    if (take("assert")) {
      Stmt* s = add(StmtKind::kAssert);
      s->value = expression();
      if (source_.ok() && take(",")) s->targets.push_back(expression());
      return;
    }
    if (take("raise")) {
      Stmt* s = add(StmtKind::kRaise);
      if (!ends_statement()) s->value = expression();
      if (source_.ok() && s->value != nullptr && take("from")) s->targets.push_back(expression());
      return;
    }
    if (is("import")) {
      return void(fail_here(
          "only `from MODULE import NAME` is supported, of Clojure modules beside the program"));
    }
    if (is("from")) return import_statement(*add(StmtKind::kImport));
    assignment(at, out);
  }

  void import_statement(Stmt& s) {
    advance();
    if (is(".") || is("...")) return void(fail_here("relative imports are not supported"));
    s.text = take_name("a module's name");
    if (is("."))
      return void(fail_here("packages are not supported; name a module beside the program"));
    if (!source_.ok() || !expect("import")) return;
    if (is("*")) return void(fail_here("name what is imported; * is not supported"));
    const bool brackets = take("(");
    do {
      if (brackets && is(")")) break;
      const std::string name = take_name("a name");
      s.names.push_back(name);
      s.names.push_back(source_.ok() && take("as") ? take_name("a name") : name);
    } while (source_.ok() && take(","));
    if (brackets && source_.ok()) expect(")");
  }

  [[nodiscard]] bool ends_statement() const {
    return is_kind(TokenKind::kNewline) || is_kind(TokenKind::kEnd) || is(";");
  }

  void assignment(Position at, Block& out) {
    Expr* first = expression_list();
    if (!source_.ok()) return;
    if (is(":=")) return void(fail_here("`:=` is not supported yet; assign on a line of its own"));
    if (is(":")) {
      if (first->kind != ExprKind::kName) return void(fail_here("this cannot stand here"));
      advance();
      expression();
      if (source_.ok() && !is("="))
        return void(fail(at, "an annotation needs a value here: name: type = value"));
      if (!source_.ok()) return;
    }
    static constexpr std::array<std::string_view, 13> kAugmented = {
        "+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=", "@="};
    for (const std::string_view op : kAugmented) {
      if (!is(op)) continue;
      if (op == "@=") return void(fail_here("`@=` is not supported"));
      const bool target =
          first->kind == ExprKind::kName ||
          (first->kind == ExprKind::kSubscript && first->items[1]->kind != ExprKind::kSlice);
      if (!target)
        return void(
            fail(first->at, "`" + std::string(op) + "` needs a name or an item on its left"));
      advance();
      Stmt* s = tree_.stmt(StmtKind::kAugmented, at);
      s->text = std::string(op.substr(0, op.size() - 1));
      s->targets.push_back(first);
      s->value = expression_list();
      out.push_back(s);
      return;
    }
    if (!is("=")) {
      if (first->kind == ExprKind::kStarred)
        return void(fail(first->at, "a starred expression cannot stand here"));
      Stmt* s = tree_.stmt(StmtKind::kExpr, at);
      s->value = first;
      out.push_back(s);
      return;
    }
    Stmt* s = tree_.stmt(StmtKind::kAssign, at);
    Expr* value = first;
    while (source_.ok() && take("=")) {
      check_target(*value);
      s->targets.push_back(value);
      value = expression_list();
    }
    s->value = value;
    if (source_.ok() && value->kind == ExprKind::kStarred)
      fail(value->at, "a starred expression cannot stand here");
    out.push_back(s);
  }

  void check_target(const Expr& e) {
    switch (e.kind) {
      case ExprKind::kName:
        return;
      case ExprKind::kTuple:
      case ExprKind::kList: {
        int starred = 0;
        for (const Expr* item : e.items) {
          const bool star = item->kind == ExprKind::kStarred;
          starred += star ? 1 : 0;
          check_target(star ? *item->items[0] : *item);
        }
        if (starred > 1) fail(e.at, "two starred names in one assignment");
        if (e.items.empty()) fail(e.at, "nothing to assign to");
        return;
      }
      case ExprKind::kSubscript:
        if (e.items[1]->kind == ExprKind::kSlice) {
          fail(e.items[1]->at, "assigning to a slice is not supported yet; make a new list");
        }
        return;
      case ExprKind::kAttribute:
        fail(e.at, "assigning to an attribute is not supported: there are no classes yet");
        return;
      default:
        fail(e.at, "this cannot be assigned to");
    }
  }

  // -------------------------------------------------------------------------------- expressions

  // One expression, or a tuple without parentheses.
  Expr* expression_list() {
    const Position at = now().at;
    Expr* first = starred_or_expression();
    if (!source_.ok() || !is(",")) return first;
    Expr* tuple = tree_.expr(ExprKind::kTuple, at);
    tuple->items.push_back(first);
    while (source_.ok() && take(",")) {
      if (ends_statement() || is("=") || is(")") || is("]") || is("}") || is(":")) break;
      tuple->items.push_back(starred_or_expression());
    }
    return tuple;
  }

  Expr* starred_or_expression() {
    if (!is("*")) return expression();
    Expr* star = tree_.expr(ExprKind::kStarred, now().at);
    advance();
    star->items.push_back(binary(0));
    return star;
  }

  // What stands between `for` and `in`.
  Expr* target_list() {
    const Position at = now().at;
    const auto one = [&] {
      if (!is("*")) return binary(0);
      Expr* star = tree_.expr(ExprKind::kStarred, now().at);
      advance();
      star->items.push_back(binary(0));
      return star;
    };
    Expr* first = one();
    if (source_.ok() && is(",")) {
      Expr* tuple = tree_.expr(ExprKind::kTuple, at);
      tuple->items.push_back(first);
      while (source_.ok() && take(",")) {
        if (is("in")) break;
        tuple->items.push_back(one());
      }
      first = tuple;
    }
    if (source_.ok()) check_target(*first);
    return first;
  }

  Expr* expression() {
    const Nested nested(*this);
    if (!source_.ok()) return nullptr;
    if (refuse_word()) return nullptr;
    if (is("lambda")) return lambda();
    Expr* e = disjunction();
    if (source_.ok() && is(":="))
      return fail_here("`:=` is not supported yet; assign on a line of its own");
    if (!source_.ok() || !is("if")) return e;
    Expr* choice = tree_.expr(ExprKind::kTernary, now().at);
    advance();
    Expr* test = disjunction();
    if (!source_.ok() || !expect("else")) return nullptr;
    choice->items = {test, e, expression()};
    return choice;
  }

  Expr* lambda() {
    Expr* e = tree_.expr(ExprKind::kLambda, now().at);
    advance();
    e->function = tree_.function(e->at);
    parameters(*e->function, ":");
    if (!source_.ok() || !expect(":")) return nullptr;
    e->function->value = expression();
    return e;
  }

  Expr* disjunction() { return chain(ExprKind::kOr, "or"); }

  // a or b or c; a and b and c
  Expr* chain(ExprKind kind, std::string_view word) {
    const auto part = [&] {
      return kind == ExprKind::kOr ? chain(ExprKind::kAnd, "and") : negation();
    };
    const Position at = now().at;
    Expr* first = part();
    if (!source_.ok() || !is(word)) return first;
    Expr* e = tree_.expr(kind, at);
    e->items.push_back(first);
    while (source_.ok() && take(word)) e->items.push_back(part());
    if (source_.ok() && e->items.size() > kChainMax) return fail(at, "too many operands; split it");
    return e;
  }

  Expr* negation() {
    const Nested nested(*this);
    if (!source_.ok()) return nullptr;
    if (!is("not")) return comparison();
    Expr* e = tree_.expr(ExprKind::kUnary, now().at);
    e->text = "not";
    advance();
    e->items.push_back(negation());
    return e;
  }

  std::string take_comparison() {
    for (const std::string_view op : {"<", ">", "<=", ">=", "==", "!="}) {
      if (take(op)) return std::string(op);
    }
    if (is("not") && ahead().kind == TokenKind::kName && ahead().text == "in") {
      advance();
      advance();
      return "not in";
    }
    if (take("in")) return "in";
    if (take("is")) return take("not") ? "is not" : "is";
    return {};
  }

  Expr* comparison() {
    const Position at = now().at;
    Expr* first = binary(0);
    Expr* e = nullptr;
    while (source_.ok()) {
      const Position sign = now().at;
      std::string op = take_comparison();
      if (op.empty()) break;
      if (e == nullptr) {
        e = tree_.expr(ExprKind::kCompare, at);
        e->items.push_back(first);
      }
      e->operators.push_back(std::move(op));
      e->items.push_back(binary(0));
      if (e->items.size() == 2) e->at = sign;
    }
    return e == nullptr ? first : e;
  }

  // Binary operators by precedence, loosest first.
  Expr* binary(std::size_t level) {
    static constexpr std::array<std::array<std::string_view, 5>, 6> kLevels = {
        {{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "//", "%", "@"}}};
    if (level == kLevels.size()) return unary();
    Expr* left = binary(level + 1);
    for (int count = 0; source_.ok(); ++count) {
      std::string_view found;
      for (const std::string_view op : kLevels[level]) {
        if (!op.empty() && is(op)) found = op;
      }
      if (found.empty()) break;
      if (found == "@") return fail_here("`@` is not supported");
      if (count > kChainMax) return fail_here("too many operands; split it");
      Expr* e = tree_.expr(ExprKind::kBinary, now().at);
      e->text = std::string(found);
      advance();
      e->items = {left, binary(level + 1)};
      left = e;
    }
    return left;
  }

  Expr* unary() {
    const Nested nested(*this);
    if (!source_.ok()) return nullptr;
    if (!is("-") && !is("+") && !is("~")) return power();
    Expr* e = tree_.expr(ExprKind::kUnary, now().at);
    e->text = now().text;
    advance();
    e->items.push_back(unary());
    return e;
  }

  Expr* power() {
    Expr* base = postfix();
    if (!source_.ok() || !is("**")) return base;
    Expr* e = tree_.expr(ExprKind::kBinary, now().at);
    e->text = "**";
    advance();
    e->items = {base, unary()};
    return e;
  }

  Expr* postfix() {
    Expr* e = atom();
    for (int count = 0; source_.ok(); ++count) {
      if (count > kChainMax) return fail_here("too many calls in one expression; split it");
      const Position at = now().at;
      if (is("(")) {
        e = call(e);
      } else if (take("[")) {
        Expr* s = tree_.expr(ExprKind::kSubscript, at);
        s->items = {e, subscript()};
        if (!source_.ok() || !expect("]")) return nullptr;
        e = s;
      } else if (take(".")) {
        Expr* a = tree_.expr(ExprKind::kAttribute, at);
        a->text = take_name("an attribute's name");
        a->items.push_back(e);
        e = a;
      } else {
        break;
      }
    }
    return e;
  }

  Expr* subscript() {
    const Position at = now().at;
    Expr* low = is(":") ? nullptr : expression_list();
    if (!source_.ok() || !is(":")) return low;
    Expr* slice = tree_.expr(ExprKind::kSlice, at);
    slice->items = {low, nullptr, nullptr};
    for (std::size_t part = 1; part < 3 && take(":"); ++part) {
      if (!is(":") && !is("]")) slice->items[part] = expression();
      if (!source_.ok()) return nullptr;
    }
    if (is(",")) return fail_here("slices of several dimensions are not supported");
    return slice;
  }

  Expr* call(Expr* callee) {
    Expr* e = tree_.expr(ExprKind::kCall, callee->at);
    advance();
    e->items.push_back(callee);
    while (source_.ok() && !is(")")) {
      const Position at = now().at;
      if (is("**")) return fail_here("**keywords are not supported yet");
      std::string how;
      if (take("*")) {
        how = "*";
      } else if (is_kind(TokenKind::kName) && ahead().kind == TokenKind::kOperator &&
                 ahead().text == "=") {
        how = take_name("an argument's name");
        advance();
      } else if (!e->operators.empty() && e->operators.back() != "" && e->operators.back() != "*") {
        return fail(at, "an argument by position stands behind one by name");
      }
      Expr* argument = expression();
      if (source_.ok() && how.empty() && is("for")) {
        argument = comprehension(ExprKind::kGenerator, at, {argument});
        if (source_.ok() && (!is(")") || e->items.size() > 1)) {
          return fail(at, "a generator beside other arguments needs parentheses of its own");
        }
      }
      e->items.push_back(argument);
      e->operators.push_back(how);
      if (!source_.ok()) return nullptr;
      if (!is(")") && !expect(",")) return nullptr;
    }
    if (source_.ok()) expect(")");
    return e;
  }

  Expr* comprehension(ExprKind kind, Position at, std::initializer_list<Expr*> made) {
    Expr* e = tree_.expr(kind, at);
    e->items = made;
    while (source_.ok() && is("for")) {
      advance();
      Clause& clause = e->clauses.emplace_back();
      clause.target = target_list();
      if (!source_.ok() || !expect("in")) return nullptr;
      clause.items = disjunction();
      while (source_.ok() && take("if")) {
        if (is("lambda")) return fail_here("a lambda needs parentheses here");
        e->clauses.back().conditions.push_back(disjunction());
      }
      if (e->clauses.size() > 20) return fail(at, "too many clauses; use a function");
    }
    if (source_.ok() && is("async")) return fail_here("`async` is not supported");
    return e;
  }

  Expr* atom() {
    const Token& t = now();
    const Position at = t.at;
    switch (t.kind) {
      case TokenKind::kNumber: {
        Expr* e = tree_.expr(ExprKind::kConstant, at);
        e->value = t.value;
        advance();
        return e;
      }
      case TokenKind::kString:
      case TokenKind::kFormat:
        return string();
      case TokenKind::kName:
        return name();
      case TokenKind::kOperator:
        if (t.text == "(") return parentheses();
        if (t.text == "[") return list();
        if (t.text == "{") return braces();
        if (t.text == "...") return fail_here("`...` is not supported");
        break;
      default:
        break;
    }
    return fail_here("an expression is needed here");
  }

  Expr* name() {
    const Position at = now().at;
    if (is("None") || is("True") || is("False")) {
      Expr* e = tree_.expr(ExprKind::kConstant, at);
      e->value = is("None") ? kNil : substrate::boolean_word(is("True"));
      advance();
      return e;
    }
    if (refuse_word()) return nullptr;
    if (is_keyword(now().text)) return fail_here("`" + now().text + "` cannot stand here");
    Expr* e = tree_.expr(ExprKind::kName, at);
    e->text = take_name("a name");
    return e;
  }

  Expr* parentheses() {
    const Position at = now().at;
    advance();
    if (take(")")) return tree_.expr(ExprKind::kTuple, at);
    if (refuse_word()) return nullptr;
    Expr* e = expression_list();
    if (!source_.ok()) return nullptr;
    if (is("for")) e = comprehension(ExprKind::kGenerator, at, {e});
    if (!source_.ok() || !expect(")")) return nullptr;
    if (e->kind == ExprKind::kStarred) return fail(e->at, "a starred expression cannot stand here");
    return e;
  }

  Expr* list() {
    const Position at = now().at;
    advance();
    Expr* e = tree_.expr(ExprKind::kList, at);
    while (source_.ok() && !is("]")) {
      e->items.push_back(starred_or_expression());
      if (!source_.ok()) return nullptr;
      if (is("for") && e->items.size() == 1) {
        e = comprehension(ExprKind::kListOf, at, {e->items[0]});
        break;
      }
      if (!is("]") && !expect(",")) return nullptr;
    }
    if (source_.ok()) expect("]");
    return e;
  }

  Expr* braces() {
    const Position at = now().at;
    advance();
    Expr* e = tree_.expr(ExprKind::kDict, at);
    if (take("}")) return e;
    if (is("**")) return fail_here("** within a dict is not supported yet; use update or |");
    while (source_.ok() && !is("}")) {
      Expr* key = starred_or_expression();
      if (!source_.ok()) return nullptr;
      if (e->items.empty() && !is(":")) e->kind = ExprKind::kSet;
      Expr* value = nullptr;
      if (e->kind == ExprKind::kDict) {
        if (!expect(":")) return nullptr;
        value = expression();
        if (!source_.ok()) return nullptr;
      }
      if (is("for") && e->items.empty()) {
        e = value != nullptr ? comprehension(ExprKind::kDictOf, at, {key, value})
                             : comprehension(ExprKind::kSetOf, at, {key});
        break;
      }
      e->items.push_back(key);
      if (value != nullptr) e->items.push_back(value);
      if (!is("}") && !expect(",")) return nullptr;
    }
    if (source_.ok()) expect("}");
    return e;
  }

  // ------------------------------------------------------------------------------------ strings

  // Strings side by side are one.
  Expr* string() {
    const Position at = now().at;
    Expr* joined = tree_.expr(ExprKind::kJoined, at);
    std::string said;
    const auto put_text = [&] {
      if (said.empty()) return;
      Expr* piece = tree_.expr(ExprKind::kConstant, at);
      piece->value = substrate::from_string(source_.edit(), said);
      joined->items.push_back(piece);
      said.clear();
    };
    bool format = false;
    while (source_.ok() && (is_kind(TokenKind::kString) || is_kind(TokenKind::kFormat))) {
      if (is_kind(TokenKind::kString)) {
        said += now().text;
      } else {
        format = true;
        pieces(now(), said, *joined, put_text);
      }
      advance();
    }
    if (!source_.ok()) return nullptr;
    if (format) return put_text(), joined;
    Expr* e = tree_.expr(ExprKind::kConstant, at);
    e->value = substrate::from_string(source_.edit(), said);
    return e;
  }

  template <class PutText>
  void pieces(const Token& token, std::string& said, Expr& joined, PutText&& put_text) {
    const std::string_view text = token.text;
    Position at = token.inner;
    std::size_t i = 0;
    const auto step = [&] {
      if (text[i] == '\n') {
        at = {at.line + 1, 1};
      } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
        ++at.column;
      }
      ++i;
    };
    std::string raw;
    Position raw_at = at;
    const auto flush = [&] {
      if (token.raw) {
        said += raw;
      } else {
        unescape(source_, raw_at, raw, said);
      }
      raw.clear();
    };
    while (i < text.size() && source_.ok()) {
      const char b = text[i];
      if (raw.empty()) raw_at = at;
      if ((b == '{' || b == '}') && i + 1 < text.size() && text[i + 1] == b) {
        raw += b;
        step();
        step();
      } else if (b == '}') {
        return void(fail(at, "a single `}` in an f-string; write }}"));
      } else if (b == '{') {
        flush();
        put_text();
        const Position open = at;
        step();
        const std::size_t from = i;
        const Position inner = at;
        if (!find_field_end(text, i, step)) return void(fail(open, "this field is never closed"));
        piece(text.substr(from, i - from), open, inner, text, i, step, joined);
      } else {
        if (b == '\\' && !token.raw && i + 1 < text.size()) raw += b, step();
        raw += text[i];
        step();
      }
    }
    if (source_.ok()) flush();
  }

  // Moves to the `}`, `:` or `!` that ends a field's expression.
  template <class Step>
  static bool find_field_end(std::string_view text, std::size_t& i, Step&& step) {
    int depth = 0;
    char quote = 0;
    for (; i < text.size(); step()) {
      const char b = text[i];
      if (quote != 0) {
        if (b == quote) quote = 0;
      } else if (b == '"' || b == '\'') {
        quote = b;
      } else if (b == '(' || b == '[' || b == '{') {
        ++depth;
      } else if (depth > 0) {
        depth -= b == ')' || b == ']' || b == '}' ? 1 : 0;
      } else if (b == '}' || b == ':' || (b == '!' && text.substr(i + 1, 1) != "=")) {
        return true;
      }
    }
    return false;
  }

  template <class Step>
  void piece(std::string_view expression_text, Position open, Position inner, std::string_view text,
             std::size_t& i, Step&& step, Expr& joined) {
    if (expression_text.ends_with("=") && !expression_text.ends_with("==")) {
      return void(fail(open, "f\"{name=}\" is not supported yet; write the name out"));
    }
    if (expression_text.find('\\') != expression_text.npos) {
      return void(fail(open, "a backslash in a field of an f-string is not supported"));
    }
    Expr* e = tree_.expr(ExprKind::kFormatted, open);
    Parser within(source_, tree_);
    within.depth_ = depth_ + 1;
    if (depth_ > kNestingMax) return void(fail(open, "f-strings nested too deep"));
    e->items.push_back(within.field(expression_text, inner));
    if (!source_.ok()) return;
    if (text[i] == '!') {
      step();
      if (i >= text.size() || (text[i] != 'r' && text[i] != 's')) {
        return void(fail(open, "only !r and !s can stand here"));
      }
      e->conversion = text[i];
      step();
    }
    if (i < text.size() && text[i] == ':') {
      step();
      while (i < text.size() && text[i] != '}' && text[i] != '{') e->text += text[i], step();
      if (i < text.size() && text[i] == '{') {
        return void(fail(open, "a field within a field's format is not supported yet"));
      }
    }
    if (i >= text.size() || text[i] != '}') return void(fail(open, "this field is never closed"));
    step();
    joined.items.push_back(e);
  }

  Source& source_;
  Tree& tree_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
  int loops_ = 0;
  int functions_ = 0;
};

}  // namespace

void parse(Source& source, Tree& tree) { Parser(source, tree).run(); }

}  // namespace yin::ast::python
