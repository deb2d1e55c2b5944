#pragma once

// Node: what a reader makes of a program before it is sealed, in memory of its own process.
//
// A reader turns text into a vector of nodes, each of which names its children by index;
// seal_nodes() turns them into the datoms of schema.h. So a reader knows no attribute, and every
// language's programs come out alike. Children and names stand in the order of the schema's line
// for the type:
//
// clang-format off: a table
//
//   type            value    names        children
//   kLiteral        value
//   kVariable       symbol
//   kLambda                  parameters   body             (self and rest: symbols, kAbsent for none)
//   kArities                              kLambda nodes    (self)
//   kApplication                          operator, operands...
//   kIf                                   test, consequent, alternate
//   kLet, kLoop              names        inits..., body
//   kDo kRecur kVector kMap kSet          forms or operands
//   kTry            symbol                body, handler
//   kFinally                              body, cleanup
//   kThrow                                value
//
// clang-format on
// Operations (kGensym to kHostCall) and kMacroExpand come as datoms only: no reader of a text makes them.
// A node is one entity: the node at index i becomes entity kFirstEntity + i. Nothing here is shared
// or persisted.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::ast {

// kArities is a :lambda too, one that has :yin/arities.
enum class NodeType : std::uint8_t {
  kLiteral,
  kVariable,
  kLambda,
  kArities,
  kApplication,
  kIf,
  kLet,
  kDo,
  kLoop,
  kRecur,
  kVector,
  kMap,
  kSet,
  kTry,
  kFinally,
  kThrow,
  kGensym,
  kStoreGet,
  kStorePut,
  kStreamMake,
  kStreamPut,
  kStreamCursor,
  kStreamNext,
  kStreamClose,
  kPark,
  kResume,
  kCurrentContinuation,
  kHostCall,
  kMacroExpand,
  kMacroEvent,
  kEnd
};

enum class NodeIndex : std::uint32_t {};
constexpr std::uint32_t raw(NodeIndex i) { return static_cast<std::uint32_t>(i); }

// In the source text, both from 1; columns count characters. Line 0: the node stands for no place
// in a text.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Node {
  NodeType type = NodeType::kLiteral;
  Position at;
  substrate::Word value = substrate::kNil;
  substrate::Word self = substrate::kAbsent;
  substrate::Word rest = substrate::kAbsent;
  std::vector<substrate::Word> names;
  std::vector<NodeIndex> children;
};

// Where a macro of the program was expanded while it was read: an entity behind the nodes'.
struct MacroEvent {
  substrate::Word call;   // as data
  substrate::Word macro;  // its symbol
  NodeIndex root;         // of what it became
};

// The program whose root is nodes[0]. Errors as seal_program's.
substrate::StatusOr<substrate::Word> seal_nodes(substrate::Edit& edit, std::string_view file,
                                                const std::vector<Node>& nodes,
                                                std::span<const MacroEvent> events = {});

}  // namespace yin::ast
