#include "vm/locals.h"

#include "vm/code.h"
#include "vm/frame.h"
#include "vm/internal/tree.h"
#include "vm/walk/nodes.h"

namespace yin::vm {

using internal::Tree;
using internal::Vocabulary;
using substrate::Pin;
using substrate::Word;
using walk::NodeKind;

namespace {

// The function's parameters, from slot 0 on.
std::vector<Word> parameter_names(const Tree& t, const substrate::FunctionInfo& info) {
  std::vector<Word> names;
  if (info.lambda_entity == 0) return names;
  const Vocabulary& words = t.words();
  const bool several = t.type(info.lambda_entity) == ast::NodeType::kArities;
  const std::uint32_t lambda = several
                                   ? t.child_at(info.lambda_entity, words.arities, info.arity_index)
                                   : info.lambda_entity;
  for (std::uint32_t i = 0; i < t.count(lambda, words.params); ++i)
    names.push_back(t.item(lambda, words.params, i));
  if (const Word rest = t.get(lambda, words.rest); !substrate::is_absent(rest))
    names.push_back(rest);
  return names;
}

}  // namespace

std::vector<Local> locals_of(const Pin& pin, Word frame) {
  const FrameView view = view_frame(pin, frame);
  std::vector<Local> locals;
  for (std::uint32_t slot = 0; slot < view.slots.size(); ++slot)
    locals.push_back({.slot = slot, .value = view.slots[slot]});
  const auto name = [&](std::uint32_t slot, Word its_name) {
    if (slot < locals.size()) locals[slot].name = its_name;
  };
  const Vocabulary words(pin);
  const Tree t(pin, words, view.function.program());
  const std::vector<Word> parameters = parameter_names(t, view.function.info());
  for (std::uint32_t i = 0; i < parameters.size(); ++i) name(i, parameters[i]);
  if (view.safe_point == 0) return locals;
  walk::FunctionNodes nodes(view.function);
  for (const walk::Step& step : nodes.path_to(t, view.entity())) {
    const walk::Node& node = *step.node;
    // A loop that is the frame's own node goes on with all that it binds.
    const bool own = node.entity == view.entity();
    if (node.kind == NodeKind::kLet || node.kind == NodeKind::kLoop) {
      const std::uint32_t bound = own ? walk::gathered(node) : step.child;
      for (std::uint32_t i = 0; i < bound; ++i)
        name(step.depth + i, t.item(node.entity, words.names, i));
    } else if (node.kind == NodeKind::kTry && !own && step.child == 1) {
      name(step.depth, t.get(node.entity, words.name));
    }
  }
  return locals;
}

}  // namespace yin::vm
