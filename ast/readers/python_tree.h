#pragma once

// The syntax tree of a Python program, before any of it means something, and the errors of reading.
//
// All nodes of one program belong to one Tree and are made once. The tree is as deep as the text is
// nested, and no deeper than kNestingMax, so the parser, which makes it, and the emitter, which
// turns it into nodes of the Universal AST, may recurse (unlike the Clojure reader, whose programs
// nest without bound; Python's own compiler has such limits too). Statements of a block, operands
// of a sum and clauses of an elif are items side by side and count as one level.

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "ast/node.h"

namespace yin::ast::python {

inline constexpr int kNestingMax = 100;

// The text being read, and the first thing that is wrong with it.
class Source {
 public:
  Source(substrate::Edit& edit, std::string_view text, std::string_view file)
      : edit_(edit), text_(text), file_(file) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] substrate::Edit& edit() { return edit_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const substrate::Status& status() const { return status_; }
  // Keeps the first error: "file:line:column: what", the line, and a caret below the place.
  void fail(Position at, const std::string& what);
  // The same, where more text could mend it.
  void fail_unfinished(Position at, const std::string& what) {
    unfinished_ = ok();
    fail(at, what);
  }
  [[nodiscard]] bool unfinished() const { return unfinished_; }

 private:
  substrate::Edit& edit_;
  std::string_view text_;
  std::string_view file_;
  substrate::Status status_;
  bool unfinished_ = false;
};

enum class ExprKind : std::uint8_t {
  kConstant,   // value
  kName,       // text
  kJoined,     // items: an f-string's pieces, kConstant or kFormatted
  kFormatted,  // items[0], text: the specification, conversion: 0 s r
  kTuple,      // items
  kList,
  kSet,
  kDict,    // items: key, value, key, value
  kListOf,  // items[0] for clauses
  kSetOf,
  kDictOf,  // items[0]: items[1] for clauses
  kGenerator,
  kUnary,    // text: operator, items[0]
  kBinary,   // text, items[0], items[1]
  kCompare,  // items, operators between them
  kAnd,      // items
  kOr,
  kTernary,    // items: test, consequent, alternate
  kLambda,     // function
  kCall,       // items[0] with the rest; operators: "" for an argument by position, "*", or a name
  kAttribute,  // items[0], text
  kSubscript,  // items[0], items[1]
  kSlice,      // items: low, high, step; each may be null
  kStarred,    // items[0]
  kTemporary,  // text: a name of the emitter's own
};

struct Expr;
struct Function;

// for target in items if conditions
struct Clause {
  Expr* target = nullptr;
  Expr* items = nullptr;
  std::vector<Expr*> conditions;
};

struct Expr {
  ExprKind kind = ExprKind::kConstant;
  Position at;
  std::string text;
  substrate::Word value = substrate::kNil;
  char conversion = 0;
  bool parenthesized = false;
  std::vector<Expr*> items;
  std::vector<std::string> operators;
  std::vector<Clause> clauses;
  Function* function = nullptr;
};

enum class StmtKind : std::uint8_t {
  kExpr,       // value
  kAssign,     // targets = value
  kAugmented,  // targets[0] text= value
  kIf,         // value, body, otherwise
  kWhile,      // value, body
  kFor,        // targets[0] in value, body
  kBreak,
  kContinue,
  kPass,
  kReturn,    // value, may be null
  kFunction,  // function
  kGlobal,    // names
  kNonlocal,
  kDelete,   // targets
  kImport,   // text: the module; names and what they are called here, two by two
  kAssert,   // value, targets[0] the message, if there is one
  kClass,    // text is an exception class below value
  kTry,      // body, handlers, otherwise, cleanup; at least one of handlers and cleanup
  kHandler,  // value: the classes, null for all; text: the exception's name, or empty; body
  kRaise,    // value, null for the exception being handled; targets[0] the cause, if there is one
};

struct Stmt;
using Block = std::vector<Stmt*>;

struct Stmt {
  StmtKind kind = StmtKind::kPass;
  Position at;
  std::string text;
  std::vector<Expr*> targets;
  Expr* value = nullptr;
  Block body;
  Block handlers;  // kHandler only
  Block otherwise;
  Block cleanup;
  std::vector<std::string> names;
  Function* function = nullptr;
  std::uint32_t number = 0;  // in the order of the text

  // What stands in it, in the order of the text; not what a function has.
  [[nodiscard]] std::array<const Block*, 4> blocks() const {
    return {&body, &handlers, &otherwise, &cleanup};
  }
};

struct Parameter {
  std::string name;
  Position at;
  Expr* standard = nullptr;  // the default
};

// What a name is in the function that has it as a local.
struct Local {
  int stores = 0;  // statements that give it a value, here or in functions within
  bool parameter = false;
  bool plain_store = true;     // the one store is no part of a branch or loop
  bool stored_within = false;  // by a function within
  bool captured = false;       // a function within uses it
  bool boxed = false;          // functions share it and somebody changes it: an atom
  bool cell = false;           // of the module: a var
  bool guarded = false;        // stored where an error may leave a `try` behind it
  bool withdrawn = false;      // an except's: it has no value any more behind it
  // In the order of statements: where the store has happened, and the first function that uses it.
  std::uint32_t stored_at = 0;
  std::uint32_t captured_at = ~std::uint32_t{0};
  Function* defined = nullptr;      // its one store is this function's def
  const Stmt* exception = nullptr;  // it is the exception class that this statement makes
  std::string imported;  // its one store imports this name of a module of another language
};

struct Function {
  std::string name;
  Position at;
  std::vector<Parameter> parameters;
  std::string rest;
  Block body;
  Expr* value = nullptr;  // of a lambda

  // What the scopes' pass finds out (python_scopes.h).
  Function* outer = nullptr;
  std::vector<std::string> order;  // locals by first appearance
  std::deque<Local> locals;        // beside `order`
  std::vector<std::string> globals;
  std::vector<std::string> nonlocals;

  [[nodiscard]] Local* find(std::string_view local) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] == local) return &locals[i];
    }
    return nullptr;
  }
};

class Tree {
 public:
  Expr* expr(ExprKind kind, Position at) {
    Expr& e = exprs_.emplace_back();
    e.kind = kind;
    e.at = at;
    return &e;
  }
  Stmt* stmt(StmtKind kind, Position at) {
    Stmt& s = stmts_.emplace_back();
    s.kind = kind;
    s.at = at;
    return &s;
  }
  Function* function(Position at) {
    Function& f = functions_.emplace_back();
    f.at = at;
    return &f;
  }
  Function module;

 private:
  std::deque<Expr> exprs_;
  std::deque<Stmt> stmts_;
  std::deque<Function> functions_;
};

}  // namespace yin::ast::python
