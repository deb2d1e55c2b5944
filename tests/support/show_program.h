#pragma once

// A program as a short text, for tests that say what a reader should make of something.
//
//   literal      1 :a "s" 'sym '[1 2]
//   variable     x, and ~x for clojure.core/x
//   application  (f a b)
//   lambda       (:fn self [a b & r] body), (:fn ([a] body) ([a b] body))
//   let, loop    (:let [x init] body), (:loop [x init] body)
//   try          (:try body e handler), (:finally body cleanup), (:throw a)
//   others       (:if t a b) (:do a b) (:recur a) (:vector a) (:map k v) (:set a)
//
// Recurses: for small programs.

#include <cstdint>
#include <string>
#include <string_view>

#include "substrate/intern.h"
#include "substrate/pin.h"
#include "substrate/print.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/schema.h"

namespace yin::tests {

class ProgramText {
 public:
  ProgramText(const substrate::Pin& pin, substrate::Word program) : pin_(pin), program_(program) {}

  // What stands in the root's :do, separated by blanks.
  [[nodiscard]] std::string forms() const {
    const std::uint32_t root = ast::root_entity(pin_, program_);
    if (type(root) != ast::node_type::kDo) return show(root);
    return nodes(root, ast::attribute::kForms).substr(1);
  }

  [[nodiscard]] std::string show(std::uint32_t id) const {
    const std::string_view t = type(id);
    if (t == ast::node_type::kLiteral) return literal(get(id, ast::attribute::kValue));
    if (t == ast::node_type::kVariable) return variable(name(get(id, ast::attribute::kName)));
    if (t == ast::node_type::kApplication) {
      return "(" + node(id, ast::attribute::kOperator) + nodes(id, ast::attribute::kOperands) + ")";
    }
    if (t == ast::node_type::kLambda) return lambda(id, ":fn ");
    if (t == ast::node_type::kIf) {
      return "(:if " + node(id, ast::attribute::kTest) + " " +
             node(id, ast::attribute::kConsequent) + " " + node(id, ast::attribute::kAlternate) +
             ")";
    }
    if (t == ast::node_type::kDo) return "(:do" + nodes(id, ast::attribute::kForms) + ")";
    if (t == ast::node_type::kLet || t == ast::node_type::kLoop) {
      return "(:" + std::string(t) + " [" + bindings(id) + "] " + node(id, ast::attribute::kBody) +
             ")";
    }
    if (t == ast::node_type::kTry) {
      return "(:try " + node(id, ast::attribute::kBody) + " " +
             std::string(name(get(id, ast::attribute::kName))) + " " +
             node(id, ast::attribute::kHandler) + ")";
    }
    if (t == ast::node_type::kFinally) {
      return "(:finally " + node(id, ast::attribute::kBody) + " " +
             node(id, ast::attribute::kCleanup) + ")";
    }
    if (t == ast::node_type::kThrow) return "(:throw " + node(id, ast::attribute::kValueNode) + ")";
    return "(:" + std::string(t) + nodes(id, ast::attribute::kOperands) + ")";
  }

 private:
  [[nodiscard]] substrate::Word get(std::uint32_t id, std::string_view attribute) const {
    return ast::attribute_of(pin_, program_, id, substrate::keyword(pin_, attribute));
  }
  [[nodiscard]] std::string_view type(std::uint32_t id) const {
    return substrate::name_of(pin_, get(id, ast::attribute::kType));
  }
  [[nodiscard]] std::string name(substrate::Word w) const {
    return std::string(substrate::name_of(pin_, w));
  }
  [[nodiscard]] static std::string variable(const std::string& name) {
    constexpr std::string_view kCore = "clojure.core/";
    return name.starts_with(kCore) ? "~" + name.substr(kCore.size()) : name;
  }
  [[nodiscard]] std::string show_word(substrate::Word entity) const {
    return show(static_cast<std::uint32_t>(substrate::small_int(entity)));
  }
  [[nodiscard]] std::string node(std::uint32_t id, std::string_view attribute) const {
    return show_word(get(id, attribute));
  }
  template <class Show>
  [[nodiscard]] std::string each(std::uint32_t id, std::string_view attribute, Show one) const {
    std::string text;
    const substrate::Vector items{get(id, attribute)};
    for (std::uint64_t i = 0; i < items.count(pin_); ++i) text += " " + one(items.nth(pin_, i));
    return text;
  }
  [[nodiscard]] std::string nodes(std::uint32_t id, std::string_view attribute) const {
    return each(id, attribute, [&](substrate::Word w) { return show_word(w); });
  }
  [[nodiscard]] std::string literal(substrate::Word w) const {
    if (substrate::is_absent(w)) w = substrate::kNil;
    const std::string text = substrate::print(pin_, w);
    const bool quoted =
        substrate::is_symbol(w) || (!text.starts_with("##") && text.find_first_of("([{#") == 0);
    return (quoted ? "'" : "") + text;
  }
  [[nodiscard]] std::string bindings(std::uint32_t id) const {
    const substrate::Vector names{get(id, ast::attribute::kNames)};
    const substrate::Vector inits{get(id, ast::attribute::kInits)};
    std::string text;
    for (std::uint64_t i = 0; i < names.count(pin_); ++i) {
      text += (i == 0 ? "" : " ") + name(names.nth(pin_, i)) + " " + show_word(inits.nth(pin_, i));
    }
    return text;
  }
  [[nodiscard]] std::string lambda(std::uint32_t id, const std::string& head) const {
    std::string text = "(" + head;
    const substrate::Word self = get(id, ast::attribute::kSelf);
    if (!substrate::is_absent(self)) text += name(self) + " ";
    const substrate::Word arities = get(id, ast::attribute::kArities);
    if (!substrate::is_absent(arities)) {
      const auto one = [&](substrate::Word w) {
        return lambda(static_cast<std::uint32_t>(substrate::small_int(w)), "");
      };
      return text + each(id, ast::attribute::kArities, one).substr(1) + ")";
    }
    std::string parameters =
        each(id, ast::attribute::kParams, [&](substrate::Word w) { return name(w); });
    const substrate::Word rest = get(id, ast::attribute::kRest);
    if (!substrate::is_absent(rest)) parameters += " & " + name(rest);
    return text + "[" + parameters.substr(parameters.empty() ? 0 : 1) + "] " +
           node(id, ast::attribute::kBody) + ")";
  }

  const substrate::Pin& pin_;
  substrate::Word program_;
};

}  // namespace yin::tests
