#include "vm/internal/tree.h"

#include <algorithm>
#include <iterator>

#include "substrate/check.h"
#include "substrate/intern.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/print.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/schema.h"

namespace yin::vm::internal {

using ast::NodeType;
using substrate::Vector;
using substrate::Word;

namespace {

struct TypeName {
  NodeType type;
  std::string_view name;
};

constexpr TypeName kTypeNames[] = {
    {NodeType::kLiteral, ast::node_type::kLiteral},
    {NodeType::kVariable, ast::node_type::kVariable},
    {NodeType::kLambda, ast::node_type::kLambda},
    {NodeType::kApplication, ast::node_type::kApplication},
    {NodeType::kIf, ast::node_type::kIf},
    {NodeType::kLet, ast::node_type::kLet},
    {NodeType::kDo, ast::node_type::kDo},
    {NodeType::kLoop, ast::node_type::kLoop},
    {NodeType::kRecur, ast::node_type::kRecur},
    {NodeType::kVector, ast::node_type::kVector},
    {NodeType::kMap, ast::node_type::kMap},
    {NodeType::kSet, ast::node_type::kSet},
    {NodeType::kTry, ast::node_type::kTry},
    {NodeType::kFinally, ast::node_type::kFinally},
    {NodeType::kThrow, ast::node_type::kThrow},
    {NodeType::kGensym, ast::node_type::kGensym},
    {NodeType::kStoreGet, ast::node_type::kStoreGet},
    {NodeType::kStorePut, ast::node_type::kStorePut},
    {NodeType::kStreamMake, ast::node_type::kStreamMake},
    {NodeType::kStreamPut, ast::node_type::kStreamPut},
    {NodeType::kStreamCursor, ast::node_type::kStreamCursor},
    {NodeType::kStreamNext, ast::node_type::kStreamNext},
    {NodeType::kStreamClose, ast::node_type::kStreamClose},
    {NodeType::kPark, ast::node_type::kPark},
    {NodeType::kResume, ast::node_type::kResume},
    {NodeType::kCurrentContinuation, ast::node_type::kCurrentContinuation},
    {NodeType::kHostCall, ast::node_type::kHostCall},
    {NodeType::kMacroExpand, ast::node_type::kMacroExpand},
    {NodeType::kMacroEvent, ast::node_type::kMacroEvent},
};

constexpr std::size_t kKeyTextMax = 1000;

// Do all values that are equal to this one print as it does?
bool prints_alike(const substrate::Pin& pin, Word w) {
  if (!Vector::is(w)) {
    return substrate::is_nil(w) || substrate::is_boolean(w) || substrate::is_number(w) ||
           substrate::is_character(w) || substrate::is_string(w) || substrate::is_keyword(w);
  }
  // One level: what stands deeper is rare as a key, and would make this a walk.
  const Vector v{w};
  for (std::uint64_t i = 0; i < v.count(pin); ++i) {
    const Word item = v.nth(pin, i);
    if (!substrate::is_symbol(item) && (Vector::is(item) || !prints_alike(pin, item))) return false;
  }
  return true;
}

}  // namespace

Vocabulary::Vocabulary(const substrate::Pin& pin) {
  const auto word = [&](std::string_view spelling) { return substrate::keyword(pin, spelling); };
  type = word(ast::attribute::kType);
  value = word(ast::attribute::kValue);
  name = word(ast::attribute::kName);
  params = word(ast::attribute::kParams);
  rest = word(ast::attribute::kRest);
  self = word(ast::attribute::kSelf);
  arities = word(ast::attribute::kArities);
  body = word(ast::attribute::kBody);
  operator_ = word(ast::attribute::kOperator);
  operands = word(ast::attribute::kOperands);
  test = word(ast::attribute::kTest);
  consequent = word(ast::attribute::kConsequent);
  alternate = word(ast::attribute::kAlternate);
  names = word(ast::attribute::kNames);
  inits = word(ast::attribute::kInits);
  forms = word(ast::attribute::kForms);
  handler = word(ast::attribute::kHandler);
  cleanup = word(ast::attribute::kCleanup);
  value_node = word(ast::attribute::kValueNode);
  key = word(ast::attribute::kKey);
  std::fill(std::begin(types), std::end(types),
            substrate::kAbsent);  // kArities is no type of its own
  for (const TypeName& t : kTypeNames) types[static_cast<std::size_t>(t.type)] = word(t.name);
  define = substrate::symbol(pin, ast::kDefine);
}

Word Tree::get(std::uint32_t node, Word attribute) const {
  return ast::attribute_of(*pin_, program_, node, attribute);
}

NodeType Tree::type(std::uint32_t node) const {
  const Word w = get(node, words_->type);
  std::size_t i = 0;
  while (i < std::size(words_->types) && words_->types[i] != w) ++i;
  substrate::check(i < std::size(words_->types), "a sealed program has a node of unknown type");
  const auto type = static_cast<NodeType>(i);
  const bool several =
      type == NodeType::kLambda && !substrate::is_absent(get(node, words_->arities));
  return several ? NodeType::kArities : type;
}

std::uint32_t Tree::child(std::uint32_t node, Word attribute) const {
  return static_cast<std::uint32_t>(substrate::small_int(get(node, attribute)));
}

std::uint32_t Tree::count(std::uint32_t node, Word attribute) const {
  const Word w = get(node, attribute);
  return substrate::is_absent(w) ? 0 : static_cast<std::uint32_t>(Vector{w}.count(*pin_));
}

Word Tree::item(std::uint32_t node, Word attribute, std::uint32_t index) const {
  return Vector{get(node, attribute)}.nth(*pin_, index);
}

std::uint32_t Tree::child_at(std::uint32_t node, Word attribute, std::uint32_t index) const {
  return static_cast<std::uint32_t>(substrate::small_int(item(node, attribute, index)));
}

Word Tree::literal(std::uint32_t node) const {
  const Word w = get(node, words_->value);
  return substrate::is_absent(w) ? substrate::kNil : w;
}

std::optional<Word> Tree::defined_name(std::uint32_t node) const {
  if (type(node) != NodeType::kApplication) return std::nullopt;
  const std::uint32_t op = child(node, words_->operator_);
  if (type(op) != NodeType::kVariable || get(op, words_->name) != words_->define)
    return std::nullopt;
  if (count(node, words_->operands) != 2) return std::nullopt;
  const std::uint32_t name_node = child_at(node, words_->operands, 0);
  if (type(name_node) != NodeType::kLiteral || !substrate::is_symbol(literal(name_node)))
    return std::nullopt;
  return literal(name_node);
}

std::optional<Word> Tree::stored_name(std::uint32_t node) const {
  const NodeType its = type(node);
  if (its != NodeType::kStoreGet && its != NodeType::kStorePut) return std::nullopt;
  const Word key = substrate::bare(*pin_, get(node, words_->key));
  if (substrate::is_symbol(key)) return key;
  std::string text;
  if (!prints_alike(*pin_, key) || !substrate::print_to(text, *pin_, key, kKeyTextMax))
    return std::nullopt;
  const auto id = substrate::intern(*pin_, text);
  if (!id.ok()) return std::nullopt;
  return substrate::symbol_word(*id);
}

}  // namespace yin::vm::internal
