#include "vm/locals.h"

#include <optional>
#include <unordered_set>

#include "vm/code.h"
#include "vm/frame.h"
#include "vm/internal/tree.h"

namespace yin::vm {

using ast::NodeType;
using internal::Tree;
using internal::Vocabulary;
using substrate::kNil;
using substrate::Pin;
using substrate::Place;
using substrate::PlaceKind;
using substrate::Word;

namespace {

// Names in scope are a chain of bindings, the innermost first.
class Scopes {
 public:
  Scopes(const Pin& pin, const Vocabulary& words, const FrameView& frame)
      : words_(words), tree_(pin, words, frame.function.program()), function_(frame.function) {}

  // The chain where `entity` stands, in the function.
  void look_for(std::uint32_t entity) {
    const substrate::FunctionInfo& info = function_.info();
    std::uint32_t scope = kOutermost;
    if (info.lambda_entity != 0) {
      scope = parameters(lambda(info), scope);
      for (std::size_t i = 0; i < bindings_.size() && i < info.parameter_count; ++i)
        bindings_[i].slot = static_cast<std::uint32_t>(i);
    }
    found_ = scope;
    entity_ = entity;
    later_.push_back({info.body_entity, scope});
    while (!later_.empty()) {
      const Later next = later_.back();
      later_.pop_back();
      if (!seen_.insert(next.node).second) continue;
      if (next.node == entity) found_ = next.scope;
      visit(next.node, next.scope);
    }
  }

  // The name of what stands in a slot there, or nil.
  [[nodiscard]] Word name_of_slot(std::uint32_t slot) const {
    for (std::uint32_t at = found_; at != kOutermost; at = bindings_[at].outer) {
      if (bindings_[at].slot == slot) return bindings_[at].name;
    }
    return kNil;
  }

 private:
  static constexpr std::uint32_t kOutermost = ~std::uint32_t{0};
  struct Binding {
    Word name;
    std::uint32_t outer;
    std::optional<std::uint32_t> slot;
  };
  struct Later {
    std::uint32_t node;
    std::uint32_t scope;
  };

  // The :lambda node with this function's parameters.
  [[nodiscard]] std::uint32_t lambda(const substrate::FunctionInfo& info) const {
    return tree_.type(info.lambda_entity) == NodeType::kArities
               ? tree_.child_at(info.lambda_entity, words_.arities, info.arity_index)
               : info.lambda_entity;
  }

  std::uint32_t bind(Word name, std::uint32_t outer) {
    bindings_.push_back({name, outer, std::nullopt});
    return static_cast<std::uint32_t>(bindings_.size() - 1);
  }
  std::uint32_t parameters(std::uint32_t lambda, std::uint32_t scope) {
    for (std::uint32_t i = 0; i < tree_.count(lambda, words_.params); ++i)
      scope = bind(tree_.item(lambda, words_.params, i), scope);
    if (const Word rest = tree_.get(lambda, words_.rest); !substrate::is_absent(rest))
      scope = bind(rest, scope);
    return scope;
  }

  void go_on(std::uint32_t node, std::uint32_t scope) { later_.push_back({node, scope}); }
  void go_on_all(std::uint32_t node, Word attribute, std::uint32_t scope) {
    for (std::uint32_t i = 0; i < tree_.count(node, attribute); ++i)
      go_on(tree_.child_at(node, attribute, i), scope);
  }

  // A use of a name says where its binding stands.
  void use(std::uint32_t node, std::uint32_t scope) {
    const std::uint32_t note = function_.note_of(node);
    if (note == Function::kNoNote) return;
    const Place place{note};
    if (place_kind(place) != PlaceKind::kSlot) return;
    const Word name = tree_.get(node, words_.name);
    for (std::uint32_t at = scope; at != kOutermost; at = bindings_[at].outer) {
      if (bindings_[at].name != name) continue;
      bindings_[at].slot = place_index(place);
      return;
    }
  }

  void visit(std::uint32_t node, std::uint32_t scope) {
    switch (tree_.type(node)) {
      case NodeType::kVariable:
        use(node, scope);
        break;
      case NodeType::kLambda:
        // One that is called where it stands is no function of its own.
        if (function_.note_of(node) == Function::kNoNote)
          go_on(tree_.child(node, words_.body), parameters(node, scope));
        break;
      case NodeType::kApplication:
        go_on(tree_.child(node, words_.operator_), scope);
        go_on_all(node, words_.operands, scope);
        break;
      case NodeType::kIf:
        for (const Word part : {words_.test, words_.consequent, words_.alternate}) {
          if (!substrate::is_absent(tree_.get(node, part))) go_on(tree_.child(node, part), scope);
        }
        break;
      case NodeType::kLet:
      case NodeType::kLoop:
        for (std::uint32_t i = 0; i < tree_.count(node, words_.names); ++i) {
          go_on(tree_.child_at(node, words_.inits, i), scope);
          scope = bind(tree_.item(node, words_.names, i), scope);
        }
        if (tree_.type(node) == NodeType::kLoop && node == entity_) found_ = scope;  // goes on there
        go_on(tree_.child(node, words_.body), scope);
        break;
      case NodeType::kDo:
        go_on_all(node, words_.forms, scope);
        break;
      case NodeType::kRecur:
      case NodeType::kVector:
      case NodeType::kSet:
      case NodeType::kMap:
        go_on_all(node, words_.operands, scope);
        break;
      case NodeType::kTry:
        go_on(tree_.child(node, words_.body), scope);
        go_on(tree_.child(node, words_.handler), bind(tree_.get(node, words_.name), scope));
        break;
      case NodeType::kFinally:
        go_on(tree_.child(node, words_.body), scope);
        go_on(tree_.child(node, words_.cleanup), scope);
        break;
      case NodeType::kThrow:
        go_on(tree_.child(node, words_.value_node), scope);
        break;
      case NodeType::kLiteral:
      case NodeType::kArities:
      case NodeType::kMacroEvent:
      case NodeType::kEnd:
        break;
    }
  }

  const Vocabulary& words_;
  Tree tree_;
  const Function& function_;
  std::vector<Binding> bindings_;
  std::vector<Later> later_;
  std::unordered_set<std::uint32_t> seen_;
  std::uint32_t entity_ = 0;
  std::uint32_t found_ = kOutermost;
};

}  // namespace

std::vector<Local> locals_of(const Pin& pin, Word frame) {
  const FrameView view = view_frame(pin, frame);
  const Vocabulary words(pin);
  Scopes scopes(pin, words, view);
  scopes.look_for(view.entity());
  std::vector<Local> locals;
  for (std::uint32_t slot = 0; slot < view.slots.size(); ++slot)
    locals.push_back({slot, scopes.name_of_slot(slot), view.slots[slot]});
  return locals;
}

}  // namespace yin::vm
