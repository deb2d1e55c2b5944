#include "ast/node.h"

#include <cstddef>
#include <span>
#include <utility>

#include "substrate/check.h"
#include "substrate/intern.h"
#include "substrate/vector.h"
#include "dao/datom.h"
#include "ast/internal/shape.h"
#include "ast/module.h"

namespace yin::ast {

namespace {

using substrate::Datom;
using substrate::Edit;
using substrate::Word;

constexpr std::string_view kCompilePhase = "compile";

Word entity_word(NodeIndex i) { return substrate::int_word(std::int64_t{kFirstEntity} + raw(i)); }

class Emitter {
 public:
  explicit Emitter(Edit& edit) : edit_(edit), words_(interned(edit.pin())) {}

  void emit(NodeIndex index, const Node& node) {
    entity_ = entity_word(index);
    put(Attribute::kType, words_.type(node.type));
    std::span<const NodeIndex> children = node.children;
    const auto& parts = shape_of(node.type).parts;
    std::size_t single = 0;
    for (const Part& part : parts) single += part.holds == Holds::kNode ? 1 : 0;
    substrate::check(children.size() >= single, "a node lacks children of its type");
    const std::size_t many = children.size() - single;
    for (const Part& part : parts) children = emit_part(part, node, children, many);
    substrate::check(children.empty(), "a node has more children than its type");
    if (node.at.line != 0) {
      put(Attribute::kLine, substrate::int_word(node.at.line), dao::Mark::kDerived);
      put(Attribute::kColumn, substrate::int_word(node.at.column), dao::Mark::kDerived);
    }
  }

  void emit(NodeIndex index, const MacroEvent& event) {
    entity_ = entity_word(index);
    put(Attribute::kType, words_.type(NodeType::kMacroEvent));
    put(Attribute::kSourceCall, event.call);
    put(Attribute::kMacro, event.macro);
    put(Attribute::kPhase, substrate::keyword(edit_.pin(), kCompilePhase));
    put(Attribute::kExpansionRoot, entity_word(event.root));
  }

  std::vector<Datom> take() { return std::move(datoms_); }

 private:
  // Writes one attribute and returns the children that are left.
  std::span<const NodeIndex> emit_part(const Part& part, const Node& node,
                                       std::span<const NodeIndex> children, std::size_t many) {
    switch (part.holds) {
      case Holds::kValue:
        put(part.attribute, node.value);
        return children;
      case Holds::kKeyword:  // of nodes and of macros that come as data only
      case Holds::kString:
      case Holds::kInteger:
      case Holds::kBoolean:
        return children;
      case Holds::kSymbol:
        put_symbol(part.attribute, node);
        return children;
      case Holds::kSymbols:
        put(part.attribute, substrate::Vector::from(edit_, node.names).word);
        return children;
      case Holds::kNode:
        put(part.attribute, entity_word(children.front()));
        return children.subspan(1);
      case Holds::kNodes:
        put(part.attribute, entities(children.first(many)));
        return children.subspan(many);
    }
    substrate::die("a part of no kind");
  }

  void put_symbol(Attribute attribute, const Node& node) {
    const Word symbol = attribute == Attribute::kName   ? node.value
                        : attribute == Attribute::kSelf ? node.self
                                                        : node.rest;
    if (!substrate::is_absent(symbol)) put(attribute, symbol);
  }

  Word entities(std::span<const NodeIndex> nodes) {
    ids_.clear();
    for (const NodeIndex node : nodes) ids_.push_back(entity_word(node));
    return substrate::Vector::from(edit_, ids_).word;
  }

  void put(Attribute attribute, Word value, dao::Mark mark = dao::Mark::kAsserted) {
    datoms_.push_back({entity_, words_.attribute(attribute), value, substrate::int_word(0),
                       dao::mark_word(mark)});
  }

  Edit& edit_;
  Interned words_;
  Word entity_{};
  std::vector<Word> ids_;
  std::vector<Datom> datoms_;
};

}  // namespace

substrate::StatusOr<Word> seal_nodes(Edit& edit, std::string_view file,
                                     const std::vector<Node>& nodes,
                                     std::span<const MacroEvent> events) {
  Emitter emitter(edit);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    emitter.emit(static_cast<NodeIndex>(i), nodes[i]);
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    emitter.emit(static_cast<NodeIndex>(nodes.size() + i), events[i]);
  }
  return seal_program(edit, kFirstEntity, file, emitter.take());
}

}  // namespace yin::ast
