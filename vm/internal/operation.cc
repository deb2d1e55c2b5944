#include "vm/internal/operation.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "substrate/check.h"
#include "substrate/intern.h"
#include "ast/schema.h"

namespace yin::vm::internal {

using ast::NodeType;
using substrate::Word;

namespace {

// As the original has it.
constexpr Word kBufferDefault = substrate::int_word(1024);

enum class Source : std::uint8_t { kNothing, kConstant, kNode, kNodes };

// Where an operand comes from. One that is absent is `otherwise`, or, that being absent too, left
// out.
struct Part {
  Source source = Source::kNothing;
  std::string_view attribute = {};
  Word otherwise = substrate::kAbsent;
};

struct Row {
  NodeType type;
  std::string_view function;
  Part parts[3] = {};
};

using namespace ast::attribute;
constexpr Row kRows[] = {
    {NodeType::kGensym, "yin/gensym", {{Source::kConstant, kPrefix}}},
    {NodeType::kStreamMake, "yin/make-stream", {{Source::kConstant, kBuffer, kBufferDefault}}},
    {NodeType::kStreamPut, "put!", {{Source::kNode, kTarget}, {Source::kNode, kValueNode}}},
    {NodeType::kStreamCursor, "cursor", {{Source::kNode, kSource}}},
    {NodeType::kStreamNext, "next!", {{Source::kNode, kSource}}},
    {NodeType::kStreamClose, "close!", {{Source::kNode, kSource}}},
    {NodeType::kPark, "yin/park"},
    {NodeType::kResume,
     "yin/resume-parked",
     {{Source::kConstant, kParkedId}, {Source::kNode, kTarget}, {Source::kNode, kValueNode}}},
    {NodeType::kCurrentContinuation, "yin/current-continuation"},
    {NodeType::kHostCall, "call", {{Source::kConstant, kOp}, {Source::kNodes, kOperands}}},
};

}  // namespace

Operation operation_of(const Tree& tree, std::uint32_t node) {
  const auto* const row = std::ranges::find(kRows, tree.type(node), &Row::type);
  substrate::check(row != std::end(kRows), "a node of no type");
  Operation made{row->function, {}};
  for (const Part& part : row->parts) {
    if (part.source == Source::kNothing) break;
    const Word attribute = substrate::keyword(tree.pin(), part.attribute);
    Word value = tree.get(node, attribute);
    if (substrate::is_absent(value)) value = part.otherwise;
    if (substrate::is_absent(value)) continue;
    switch (part.source) {
      case Source::kConstant:
        made.operands.push_back({.constant = value});
        break;
      case Source::kNode:
        made.operands.push_back({.node = tree.child(node, attribute)});
        break;
      case Source::kNodes:
        for (std::uint32_t i = 0; i < tree.count(node, attribute); ++i)
          made.operands.push_back({.node = tree.child_at(node, attribute, i)});
        break;
      case Source::kNothing:
        break;
    }
  }
  return made;
}

}  // namespace yin::vm::internal
