#pragma once

// The nodes of one function as the walk goes through them: each read once from its datoms, when it
// is first come to, with what lowering noted about it.
//
// A node has its children in the order in which they are evaluated; where a child's value goes, and
// whether the node waits for it, follows from the node's kind alone (child_place). Nodes belong to
// one machine and one load of it, or to who looks at a frame: they hold words that are valid as long
// as the function is. Nothing here is shared or persisted.

#include <cstdint>
#include <memory>
#include <vector>

#include "substrate/value.h"
#include "vm/code.h"
#include "vm/internal/tree.h"

namespace yin::vm::walk {

enum class NodeKind : std::uint8_t {
  kUnread,
  kLiteral,        // word: its value; a lambda that captures nothing is one, too
  kSlot,           // index
  kCapture,        // index
  kSelf,           //
  kVar,            // word: the var
  kLambda,         // word: the function, or a vector of them
  kIf,             // test, consequent, alternate
  kDo,             // forms
  kLet,            // inits, body
  kLoop,           // inits, body
  kRecur,          // operands; index: the safe point
  kVector,         // items
  kMap,            // keys and values
  kSet,            // items
  kCall,           // operator, operands; index: the safe point, or Function::kNoNote
  kCallPrimitive,  // operands of a plain primitive; word: the primitive
  kDefine,         // value; word: the var; index as a call's
  kTry,            // body, handler
  kFinally,        // body, cleanup
  kThrow,          // value
};

struct Node {
  NodeKind kind = NodeKind::kUnread;
  std::uint32_t entity = 0;
  std::uint32_t index = 0;
  std::uint32_t count = 0;  // of children
  substrate::Word word = substrate::kNil;
  std::unique_ptr<Node[]> children;
  Node* loop = nullptr;  // the innermost :loop around, null: the function itself
};

// Where child number `n` is evaluated.
struct ChildPlace {
  std::uint32_t depth;  // above its parent's
  bool waits;           // does the parent wait for its value? If not, the child is in its place
};
ChildPlace child_place(const Node& node, std::uint32_t n);

// Children whose values go to consecutive slots, before the node does anything itself.
inline std::uint32_t gathered(const Node& node) {
  const bool has_body = node.kind == NodeKind::kLet || node.kind == NodeKind::kLoop;
  return has_body ? node.count - 1 : node.count;
}

// A node on the way from a function's body to another one, and the child where it goes on.
struct Step {
  Node* node;
  std::uint32_t child;
  std::uint32_t depth;
};

class FunctionNodes {
 public:
  explicit FunctionNodes(const Function& function) : function_(function) {
    body_.entity = function.info().body_entity;
  }
  [[nodiscard]] const Function& function() const { return function_; }
  [[nodiscard]] Node& body() { return body_; }
  // Reads what it does not know yet: the node itself, not its children.
  void read(const internal::Tree& tree, Node& node) const;
  // The way to `entity`, a node of the function; it is the last step.
  std::vector<Step> path_to(const internal::Tree& tree, std::uint32_t entity);

 private:
  struct Reached {
    Step step;           // its node is what was reached
    std::size_t parent;  // of which it is number `child`
  };
  void read_application(const internal::Tree& tree, Node& node) const;
  void read_operation(const internal::Tree& tree, Node& node) const;
  void read_store(const internal::Tree& tree, Node& node) const;

  Function function_;
  Node body_;
  std::vector<Reached> reached_;  // of path_to()
};

}  // namespace yin::vm::walk
