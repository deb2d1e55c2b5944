#pragma once

// Tree: a sealed program's nodes as lowering and the walk read them, straight from the datoms.
//
// A node is its entity id. The attributes' keywords are interned once and kept, so that reading one
// is a scan of the few datoms an entity has. The program was checked when it was sealed
// (ast/module.h): attributes are of the right kinds and references lead to nodes. Valid as long as
// the pin and the program; no part of it is shared or persisted.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "substrate/pin.h"
#include "substrate/value.h"
#include "ast/node.h"

namespace yin::vm::internal {

// The words of schema.h in one domain.
struct Vocabulary {
  explicit Vocabulary(const substrate::Pin& pin);

  substrate::Word type, value, name, params, rest, self, arities, body, operator_, operands, test,
      consequent, alternate, names, inits, forms, handler, cleanup, value_node, key;
  substrate::Word types[static_cast<std::size_t>(ast::NodeType::kEnd)];
  substrate::Word define;  // the symbol yin/def
};

class Tree {
 public:
  Tree(const substrate::Pin& pin, const Vocabulary& words, substrate::Word program)
      : pin_(&pin), words_(&words), program_(program) {}

  [[nodiscard]] const substrate::Pin& pin() const { return *pin_; }
  [[nodiscard]] substrate::Word program() const { return program_; }
  [[nodiscard]] const Vocabulary& words() const { return *words_; }

  // kArities for a :lambda with arities.
  [[nodiscard]] ast::NodeType type(std::uint32_t node) const;
  [[nodiscard]] substrate::Word get(std::uint32_t node,
                                    substrate::Word attribute) const;  // kAbsent: none
  [[nodiscard]] std::uint32_t child(std::uint32_t node, substrate::Word attribute) const;
  [[nodiscard]] std::uint32_t count(std::uint32_t node,
                                    substrate::Word attribute) const;  // of a vector
  [[nodiscard]] std::uint32_t child_at(std::uint32_t node, substrate::Word attribute,
                                       std::uint32_t index) const;
  [[nodiscard]] substrate::Word item(std::uint32_t node, substrate::Word attribute,
                                     std::uint32_t index) const;
  [[nodiscard]] substrate::Word literal(std::uint32_t node) const;  // of a :literal

  // The symbol that an application of yin/def defines, if `node` is one: two operands, the first a
  // literal symbol. That yin/def is no local there is the caller's to know.
  [[nodiscard]] std::optional<substrate::Word> defined_name(std::uint32_t node) const;
  // The name of the var that a :vm/store-get reads or a :vm/store-put sets: the key itself, if that
  // is a symbol, so that the store and definitions are one; else a symbol that is spelled as the key
  // is printed, which no definition is. None: `node` is neither, or its key has no such spelling
  // (a list, set or map, whose equals print otherwise; a text too long for a name).
  [[nodiscard]] std::optional<substrate::Word> stored_name(std::uint32_t node) const;

 private:
  const substrate::Pin* pin_;
  const Vocabulary* words_;
  substrate::Word program_;
};

}  // namespace yin::vm::internal
