#pragma once

// Expansion: forms to the nodes of the Universal AST.
//
// One walk over the program from the top, with a stack of its own, that knows at each point which
// locals are in scope and what a `recur` would go back to. Macros are expanded when the walk meets
// them, so a local (or a definition further up in the file) of a macro's name hides it; the special
// forms def do fn* if let* loop* quote recur throw try cannot be hidden.
//
// Macros of the program (defmacro) are functions of data, which the MacroRunner runs (reader.h). A
// macro's function is expanded, sealed and evaluated when it is first needed, with those functions
// and constants above it that it names around it: nothing of the program itself has run yet. What
// it gives is a form again; lists that it only passed on keep their places in the text, and names
// it made up (x#, gensym) are made new in every expansion.
//
// Nodes carry plain names: a name is a local if a binding of it is in scope, else global. A global
// that a module defines has the module's namespace in front, in the module itself and outside. Where an
// expansion calls one of the language's functions, the name has the namespace clojure.core, as in
// Clojure itself, so that neither a local nor a definition of the program takes its place.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/clojure_forms.h"

namespace yin::ast::clojure {

// The nodes of a program with these top-level forms; the root is nodes[0]. Empty after an error,
// which forms.status() has. And where macros of the program were expanded.
struct Expansion {
  std::vector<Node> nodes;
  std::vector<MacroEvent> events;
};

// The names of the special forms, and of what speaks to the reader.
std::vector<std::string_view> special_names();

// The files of one program. A module is read, expanded and sealed when a `require` first names it,
// within the expansion of who requires it: macros of one file serve another.
struct Module;
class Modules {
 public:
  Modules(substrate::Edit& edit, const ReadOptions& options);
  ~Modules();
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;

  // The program itself, behind ReadOptions::before: the last.
  substrate::Status read_program(std::string_view text, std::string_view file);
  // A module that something at `file:at` requires; it may be read already.
  substrate::StatusOr<Module*> require(std::string_view name, std::string_view file, Position at);
  // Null: no such module has been read.
  [[nodiscard]] Module* find(std::string_view name) const;
  // Why the module's definition cannot be used from outside; empty if it can.
  [[nodiscard]] static std::string why_not(const Module& module, std::string_view name);

  // All that was read, in the order in which it is to run.
  [[nodiscard]] const std::vector<substrate::Word>& programs() const { return programs_; }

 private:
  // `before`: what was read earlier of the same file.
  substrate::Status read(Module& module, std::string_view text, std::string_view before);

  substrate::Edit& edit_;
  const ReadOptions& options_;
  std::vector<std::unique_ptr<Module>> all_;
  std::vector<Module*> open_;  // being read, each required by the one before
  std::vector<substrate::Word> programs_;
};

}  // namespace yin::ast::clojure
