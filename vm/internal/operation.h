#pragma once

// Operations: the nodes that ask something of the machine or of the world (ast/schema.h), each as
// the call that it stands for.
//
// An operation has no operator of its own: it calls a function of the language, whatever the program
// calls by that name. Its operands are its child nodes and its constants, in the order in which they
// are evaluated. Lowering, the walk and who checks code read an operation here, so that its meaning
// stands in one place. The store's two are no calls: Tree::stored_name().

#include <cstdint>
#include <string_view>
#include <vector>

#include "substrate/value.h"
#include "vm/internal/tree.h"

namespace yin::vm::internal {

struct Operand {
  std::uint32_t node = 0;  // 0: a constant
  substrate::Word constant = substrate::kNil;
};

struct Operation {
  std::string_view function;  // a primitive or a function of the prelude
  std::vector<Operand> operands;
};

// Of a node that is one, and none of the store's.
Operation operation_of(const Tree& tree, std::uint32_t node);

}  // namespace yin::vm::internal
