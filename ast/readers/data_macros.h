#pragma once

// Macros of programs that are data, as the original has them.
//
// A macro is a :lambda with a true :yin/macro?; it is called by a :yin/macro-expand, whose operator
// is that lambda or a variable that (yin/def name lambda) names, and gets the ids of its operands'
// nodes, none of which is evaluated. Its functions of the program are yin/get-attr,
// yin/sequence-body, yin/make-lambda and yin/make-def (prelude.clj). What it gives stands for the
// call: a node as maps, which may name entities by their ids; {:root-eid id :datoms [...]}, whose
// own ids are good for that expansion alone; an id; else it is a literal's value. Operands are
// expanded before the call that they stand in. `defmacro` itself is a macro: name, parameters, body.
//
// Ids are negative integers, so that no other number is taken for one: those of the text that are
// negative, others for the rest. Each expansion leaves an event, which what it made names as its
// maker. Nothing recurses. Reader-private.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "substrate/map.h"
#include "substrate/value.h"
#include "ast/reader.h"
#include "ast/readers/data_entities.h"
#include "ast/readers/data_text.h"

namespace yin::ast::data {

class Macros {
 public:
  // `runner` may be null: then a program that calls macros is refused.
  Macros(DataText& text, Entities& entities, MacroRunner* runner);

  // All calls that the root reaches, until none is left. False after an error.
  bool expand(EntityNumber root);

 private:
  enum class Found : std::uint8_t { kMacro, kDefmacro, kNotYet, kError };
  struct Callee {
    Found found;
    EntityNumber lambda = kNone;
    substrate::Word name = substrate::kAbsent;
  };

  bool pass(EntityNumber root);
  bool expand_call(EntityNumber call);
  Callee callee_of(EntityNumber call);
  bool has_calls(EntityNumber below);
  bool run(EntityNumber call, const Callee& callee, substrate::Word& result);
  substrate::Word function_of(EntityNumber lambda);
  EntityNumber take_result(EntityNumber call, substrate::Word result);
  EntityNumber make_definition(EntityNumber call);
  void copy_place(EntityNumber call, EntityNumber first);
  EntityNumber literal(Position at, substrate::Word value);
  void note_definitions();
  void number_entities();
  substrate::Word facts_of(EntityNumber entity);
  EntityNumber entity_of(std::int64_t id) const;
  std::string label(const Callee& callee) const;
  bool fail(EntityNumber call, const std::string& what) { return entities_.fail(call, what); }

  DataText& text_;
  Entities& entities_;
  MacroRunner* const runner_;
  const substrate::Pin& pin_;
  const substrate::Word define_, defmacro_;  // symbols

  std::size_t expansions_ = 0;
  bool progress_ = false;         // of this pass
  EntityNumber waiting_ = kNone;  // a call that it left
  std::size_t noted_ = 0;         // entities whose definitions are known
  std::unordered_map<std::uint64_t, std::vector<EntityNumber>>
      definitions_;                                              // by name, their values
  std::unordered_map<EntityNumber, substrate::Word> functions_;  // of macros' lambdas
  substrate::Word expander_ = substrate::kAbsent;                // yin/expand-data

  std::vector<std::int64_t> ids_;  // by entity
  EntityIds by_id_;
  std::int64_t next_id_ = 0;
  substrate::Map facts_;  // by id, as macros see them
};

}  // namespace yin::ast::data
