#pragma once

// Shapes: the schema as a table. Which attributes a node of each type has, in the order in which a
// node's children stand and its content hash takes them, and what kind of value each is.
//
// Sealing checks and hashes by this table, seal_nodes() writes by it; a new node type is one line
// here, one in NodeType and one in schema.h. Read-only, process-private; interned() makes the
// keywords of one domain.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "substrate/intern.h"
#include "substrate/value.h"
#include "ast/node.h"
#include "ast/schema.h"

namespace yin::ast {

enum class Attribute : std::uint8_t {
  kType,
  kValue,
  kName,
  kParams,
  kRest,
  kSelf,
  kArities,
  kBody,
  kOperator,
  kOperands,
  kTest,
  kConsequent,
  kAlternate,
  kNames,
  kInits,
  kForms,
  kHandler,
  kCleanup,
  kValueNode,
  kPrefix,
  kKey,
  kBuffer,
  kTarget,
  kSource,
  kParkedId,
  kOp,
  kSourceCall,
  kMacro,
  kPhase,
  kExpansionRoot,
  kMacroMark,
  kPhasePolicy,
  kLine,
  kColumn,
  kEnd
};
inline constexpr auto kAttributeCount = static_cast<std::size_t>(Attribute::kEnd);
inline constexpr auto kTypeCount = static_cast<std::size_t>(NodeType::kEnd);

inline constexpr std::array<std::string_view, kAttributeCount> kAttributeNames = {
    attribute::kType,      attribute::kValue,       attribute::kName,
    attribute::kParams,    attribute::kRest,        attribute::kSelf,
    attribute::kArities,   attribute::kBody,        attribute::kOperator,
    attribute::kOperands,  attribute::kTest,        attribute::kConsequent,
    attribute::kAlternate, attribute::kNames,       attribute::kInits,
    attribute::kForms,     attribute::kHandler,     attribute::kCleanup,
    attribute::kValueNode, attribute::kPrefix,      attribute::kKey,
    attribute::kBuffer,    attribute::kTarget,      attribute::kSource,
    attribute::kParkedId,  attribute::kOp,          attribute::kSourceCall,
    attribute::kMacro,     attribute::kPhase,       attribute::kExpansionRoot,
    attribute::kMacroMark, attribute::kPhasePolicy, attribute::kLine,
    attribute::kColumn};

enum class Holds : std::uint8_t {
  kValue,  // any data
  kKeyword,
  kString,
  kInteger,
  kBoolean,
  kSymbol,
  kSymbols,  // vector of symbols
  kNode,     // entity id
  kNodes,    // vector of entity ids; at most one part of a shape
};

struct Part {
  Attribute attribute;
  Holds holds;
  bool required = true;
};

inline constexpr std::array<Part, 1> kLiteralParts = {{{Attribute::kValue, Holds::kValue, false}}};
inline constexpr std::array<Part, 1> kVariableParts = {{{Attribute::kName, Holds::kSymbol}}};
inline constexpr std::array<Part, 6> kLambdaParts = {
    {{Attribute::kSelf, Holds::kSymbol, false},
     {Attribute::kParams, Holds::kSymbols},
     {Attribute::kRest, Holds::kSymbol, false},
     {Attribute::kMacroMark, Holds::kBoolean, false},
     {Attribute::kPhasePolicy, Holds::kKeyword, false},
     {Attribute::kBody, Holds::kNode}}};
inline constexpr std::array<Part, 4> kAritiesParts = {
    {{Attribute::kSelf, Holds::kSymbol, false},
     {Attribute::kMacroMark, Holds::kBoolean, false},
     {Attribute::kPhasePolicy, Holds::kKeyword, false},
     {Attribute::kArities, Holds::kNodes}}};
inline constexpr std::array<Part, 2> kApplicationParts = {
    {{Attribute::kOperator, Holds::kNode}, {Attribute::kOperands, Holds::kNodes}}};
inline constexpr std::array<Part, 3> kIfParts = {{{Attribute::kTest, Holds::kNode},
                                                  {Attribute::kConsequent, Holds::kNode},
                                                  {Attribute::kAlternate, Holds::kNode}}};
inline constexpr std::array<Part, 3> kLetParts = {{{Attribute::kNames, Holds::kSymbols},
                                                   {Attribute::kInits, Holds::kNodes},
                                                   {Attribute::kBody, Holds::kNode}}};
inline constexpr std::array<Part, 1> kDoParts = {{{Attribute::kForms, Holds::kNodes}}};
inline constexpr std::array<Part, 1> kOperandParts = {{{Attribute::kOperands, Holds::kNodes}}};
inline constexpr std::array<Part, 3> kTryParts = {{{Attribute::kBody, Holds::kNode},
                                                   {Attribute::kName, Holds::kSymbol},
                                                   {Attribute::kHandler, Holds::kNode}}};
inline constexpr std::array<Part, 2> kFinallyParts = {
    {{Attribute::kBody, Holds::kNode}, {Attribute::kCleanup, Holds::kNode}}};
inline constexpr std::array<Part, 1> kThrowParts = {{{Attribute::kValueNode, Holds::kNode}}};

inline constexpr std::array<Part, 1> kGensymParts = {{{Attribute::kPrefix, Holds::kString, false}}};
inline constexpr std::array<Part, 1> kStoreGetParts = {{{Attribute::kKey, Holds::kValue}}};
inline constexpr std::array<Part, 2> kStorePutParts = {
    {{Attribute::kKey, Holds::kValue}, {Attribute::kValue, Holds::kValue, false}}};
inline constexpr std::array<Part, 1> kStreamMakeParts = {
    {{Attribute::kBuffer, Holds::kInteger, false}}};
inline constexpr std::array<Part, 2> kStreamPutParts = {
    {{Attribute::kTarget, Holds::kNode}, {Attribute::kValueNode, Holds::kNode}}};
inline constexpr std::array<Part, 1> kSourceParts = {{{Attribute::kSource, Holds::kNode}}};
inline constexpr std::array<Part, 3> kResumeParts = {
    {{Attribute::kParkedId, Holds::kKeyword, false},
     {Attribute::kTarget, Holds::kNode, false},
     {Attribute::kValueNode, Holds::kNode}}};
inline constexpr std::array<Part, 2> kHostCallParts = {
    {{Attribute::kOp, Holds::kKeyword}, {Attribute::kOperands, Holds::kNodes}}};

struct Shape {
  std::string_view type;
  std::span<const Part> parts;
};

inline constexpr std::array<Part, 4> kMacroEventParts = {
    {{Attribute::kSourceCall, Holds::kValue},
     {Attribute::kMacro, Holds::kSymbol, false},
     {Attribute::kPhase, Holds::kValue},
     {Attribute::kExpansionRoot, Holds::kNode}}};

inline constexpr std::array<Shape, kTypeCount> kShapes = {{
    {node_type::kLiteral, kLiteralParts},
    {node_type::kVariable, kVariableParts},
    {node_type::kLambda, kLambdaParts},
    {node_type::kLambda, kAritiesParts},
    {node_type::kApplication, kApplicationParts},
    {node_type::kIf, kIfParts},
    {node_type::kLet, kLetParts},
    {node_type::kDo, kDoParts},
    {node_type::kLoop, kLetParts},
    {node_type::kRecur, kOperandParts},
    {node_type::kVector, kOperandParts},
    {node_type::kMap, kOperandParts},
    {node_type::kSet, kOperandParts},
    {node_type::kTry, kTryParts},
    {node_type::kFinally, kFinallyParts},
    {node_type::kThrow, kThrowParts},
    {node_type::kGensym, kGensymParts},
    {node_type::kStoreGet, kStoreGetParts},
    {node_type::kStorePut, kStorePutParts},
    {node_type::kStreamMake, kStreamMakeParts},
    {node_type::kStreamPut, kStreamPutParts},
    {node_type::kStreamCursor, kSourceParts},
    {node_type::kStreamNext, kSourceParts},
    {node_type::kStreamClose, kSourceParts},
    {node_type::kPark, {}},
    {node_type::kResume, kResumeParts},
    {node_type::kCurrentContinuation, {}},
    {node_type::kHostCall, kHostCallParts},
    {node_type::kMacroExpand, kApplicationParts},
    {node_type::kMacroEvent, kMacroEventParts},
}};

// Does the attribute hold a symbol, or a vector of them, wherever it stands?
constexpr bool holds_names(Attribute attribute) {
  for (const Shape& shape : kShapes) {
    for (const Part& part : shape.parts) {
      if (part.attribute == attribute)
        return part.holds == Holds::kSymbol || part.holds == Holds::kSymbols;
    }
  }
  return false;
}

constexpr const Shape& shape_of(NodeType type) { return kShapes[static_cast<std::size_t>(type)]; }
constexpr std::string_view name_of(Attribute a) {
  return kAttributeNames[static_cast<std::size_t>(a)];
}

// The schema's keywords in one domain.
struct Interned {
  std::array<substrate::Word, kAttributeCount> attributes;
  std::array<substrate::Word, kTypeCount> types;

  [[nodiscard]] substrate::Word attribute(Attribute a) const {
    return attributes[static_cast<std::size_t>(a)];
  }
  [[nodiscard]] substrate::Word type(NodeType t) const {
    return types[static_cast<std::size_t>(t)];
  }
};

inline Interned interned(const substrate::Pin& pin) {
  Interned words{};
  for (std::size_t i = 0; i < kAttributeCount; ++i) {
    words.attributes[i] = substrate::keyword(pin, kAttributeNames[i]);
  }
  for (std::size_t i = 0; i < kTypeCount; ++i) {
    words.types[i] = substrate::keyword(pin, kShapes[i].type);
  }
  return words;
}

}  // namespace yin::ast
