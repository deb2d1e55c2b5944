#include "vm/walk/nodes.h"

#include <algorithm>

#include "substrate/check.h"
#include "ast/node.h"
#include "vm/internal/call.h"
#include "vm/internal/operation.h"
#include "vm/primitive.h"

namespace yin::vm::walk {

using ast::NodeType;
using internal::Tree;
using substrate::Place;
using substrate::PlaceKind;
using substrate::Word;

namespace {

void take_children(Node& node, std::uint32_t count) {
  node.count = count;
  if (count != 0) node.children = std::make_unique<Node[]>(count);
  for (std::uint32_t i = 0; i < count; ++i) node.children[i].loop = node.loop;
}

// The items of `attribute` as the children from `first` on.
void take_all(const Tree& t, Node& node, Word attribute, std::uint32_t first = 0) {
  const std::uint32_t count = t.count(node.entity, attribute);
  for (std::uint32_t i = 0; i < count; ++i)
    node.children[first + i].entity = t.child_at(node.entity, attribute, i);
}

void make_constant(Node& node, Word w) {
  node.kind = NodeKind::kLiteral;
  node.word = w;
}

template <class... Attribute>
void take_each(const Tree& t, Node& node, Attribute... attributes) {
  take_children(node, sizeof...(attributes));
  std::uint32_t i = 0;
  ((node.children[i++].entity = t.child(node.entity, attributes)), ...);
}

}  // namespace

ChildPlace child_place(const Node& node, std::uint32_t n) {
  switch (node.kind) {
    case NodeKind::kIf:
      return {0, n == 0};
    case NodeKind::kDo:
      return {0, n + 1 != node.count};
    case NodeKind::kLet:
    case NodeKind::kLoop:
      return {n, n + 1 != node.count};
    case NodeKind::kTry:
      return {n, n == 0};  // the handler is above the error
    case NodeKind::kFinally:
      return {2 * n, true};  // the cleanup is above what the body came to, and how
    default:
      return {n, true};
  }
}

void FunctionNodes::read(const Tree& t, Node& node) const {
  if (node.kind != NodeKind::kUnread) return;
  const internal::Vocabulary& words = t.words();
  const auto gather = [&](NodeKind kind, Word attribute) {
    node.kind = kind;
    take_children(node, t.count(node.entity, attribute));
    take_all(t, node, attribute);
  };
  switch (t.type(node.entity)) {
    case NodeType::kLiteral:
      node.word = t.literal(node.entity);
      node.kind = NodeKind::kLiteral;
      return;
    case NodeType::kVariable: {
      const Place place{function_.note_of(node.entity)};
      node.index = place_index(place);
      switch (place_kind(place)) {
        case PlaceKind::kSlot:
          node.kind = NodeKind::kSlot;
          return;
        case PlaceKind::kCapture:
          node.kind = NodeKind::kCapture;
          return;
        case PlaceKind::kSelf:
          node.kind = NodeKind::kSelf;
          return;
        case PlaceKind::kConstant:
          break;
      }
      node.word = function_.constants()[node.index];
      const bool var = substrate::is_root(node.word, substrate::RootKind::kVar);
      node.kind = var ? NodeKind::kVar : NodeKind::kLiteral;
      return;
    }
    case NodeType::kLambda:
    case NodeType::kArities:
      node.word = function_.constants()[function_.note_of(node.entity)];
      node.kind = internal::is_closure(node.word) ? NodeKind::kLiteral : NodeKind::kLambda;
      return;
    case NodeType::kApplication:
      return read_application(t, node);
    case NodeType::kIf:
      node.kind = NodeKind::kIf;
      return take_each(t, node, words.test, words.consequent, words.alternate);
    case NodeType::kLet:
    case NodeType::kLoop: {
      const bool loop = t.type(node.entity) == NodeType::kLoop;
      node.kind = loop ? NodeKind::kLoop : NodeKind::kLet;
      const std::uint32_t count = t.count(node.entity, words.inits);
      take_children(node, count + 1);
      take_all(t, node, words.inits);
      node.children[count].entity = t.child(node.entity, words.body);
      if (loop) node.children[count].loop = &node;
      return;
    }
    case NodeType::kDo:
      return gather(NodeKind::kDo, words.forms);
    case NodeType::kRecur:
      node.index = function_.note_of(node.entity);
      return gather(NodeKind::kRecur, words.operands);
    case NodeType::kVector:
      return gather(NodeKind::kVector, words.operands);
    case NodeType::kMap:
      return gather(NodeKind::kMap, words.operands);
    case NodeType::kSet:
      return gather(NodeKind::kSet, words.operands);
    case NodeType::kTry:
      node.kind = NodeKind::kTry;
      return take_each(t, node, words.body, words.handler);
    case NodeType::kFinally:
      node.kind = NodeKind::kFinally;
      return take_each(t, node, words.body, words.cleanup);
    case NodeType::kThrow:
      node.kind = NodeKind::kThrow;
      return take_each(t, node, words.value_node);
    case NodeType::kStoreGet:
    case NodeType::kStorePut:
      return read_store(t, node);
    default:
      return read_operation(t, node);
  }
}

// A plain primitive and a definition have no slot for an operator.
void FunctionNodes::read_application(const Tree& t, Node& node) const {
  const internal::Vocabulary& words = t.words();
  const std::uint32_t op = t.child(node.entity, words.operator_);
  const std::uint32_t count = t.count(node.entity, words.operands);
  const Place place{t.type(op) == NodeType::kVariable ? function_.note_of(op) : 0};
  node.index = function_.note_of(node.entity);
  if (t.type(op) == NodeType::kVariable && place_kind(place) == PlaceKind::kConstant) {
    node.word = function_.constants()[place_index(place)];
    if (t.defined_name(node.entity)) {
      node.kind = NodeKind::kDefine;
      take_children(node, 1);
      node.children[0].entity = t.child_at(node.entity, words.operands, 1);
      return;
    }
    if (internal::plain_primitive(node.word, count) != nullptr) {
      node.kind = NodeKind::kCallPrimitive;
      take_children(node, count);
      return take_all(t, node, words.operands);
    }
  }
  node.kind = NodeKind::kCall;
  take_children(node, 1 + count);
  node.children[0].entity = op;
  take_all(t, node, words.operands, 1);
}

// A call whose operator, and those operands that are constants, are nodes of no entity.
void FunctionNodes::read_operation(const Tree& t, Node& node) const {
  const internal::Operation made = internal::operation_of(t, node.entity);
  node.kind = NodeKind::kCall;
  node.index = function_.call_point_of(node.entity);
  take_children(node, 1 + static_cast<std::uint32_t>(made.operands.size()));
  make_constant(node.children[0], function_.constants()[function_.note_of(node.entity)]);
  Node* child = node.children.get();
  for (const internal::Operand& operand : made.operands) {
    ++child;
    child->entity = operand.node;
    if (operand.node == 0) make_constant(*child, operand.constant);
  }
}

// A definition of a constant, or a primitive's call with the var.
void FunctionNodes::read_store(const Tree& t, Node& node) const {
  const bool put = t.type(node.entity) == NodeType::kStorePut;
  const Word var = function_.constants()[function_.note_of(node.entity)];
  take_children(node, 1);
  if (put) {
    node.kind = NodeKind::kDefine;
    node.index = function_.call_point_of(node.entity);
    node.word = var;
    return make_constant(node.children[0], t.literal(node.entity));
  }
  static const Word deref = substrate::primitive_word(builtin::number_of(builtin::kDeref));
  node.kind = NodeKind::kCallPrimitive;
  node.word = deref;
  make_constant(node.children[0], var);
}

std::vector<Step> FunctionNodes::path_to(const Tree& t, std::uint32_t entity) {
  reached_.clear();
  reached_.push_back({{&body_, 0, function_.info().parameter_count}, 0});
  std::size_t at = 0;
  for (; at < reached_.size() && reached_[at].step.node->entity != entity; ++at) {
    Node& node = *reached_[at].step.node;
    const std::uint32_t depth = reached_[at].step.depth;
    read(t, node);
    for (std::uint32_t n = 0; n < node.count; ++n)
      reached_.push_back({{&node.children[n], n, depth + child_place(node, n).depth}, at});
  }
  substrate::check(at < reached_.size(), "a frame awaits a node that its function does not have");
  read(t, *reached_[at].step.node);
  std::vector<Step> path = {{reached_[at].step.node, 0, reached_[at].step.depth}};
  for (; at != 0; at = reached_[at].parent) {
    const Step& parent = reached_[reached_[at].parent].step;
    path.push_back({parent.node, reached_[at].step.child, parent.depth});
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace yin::vm::walk
