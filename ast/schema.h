#pragma once

// The Universal AST's vocabulary: node types and attributes, as the keywords that stand in datoms.
//
// A node is an entity with :yin/type and the attributes of its type. References to child nodes are
// entity ids (integers); ordered children stand as one vector of entity ids in the value, never in
// log order. Positions (:yin/line, :yin/column, from 1) are optional on every node and no part of
// its content hash. A :yin/tail? is let through and means nothing: tail calls are found.
// clang-format off: what follows are tables
//
//   type          attributes
//   :literal      :yin/value  (any value; nil when absent)
//   :variable     :yin/name   (symbol)
//   :lambda       :yin/params (vector of symbols) :yin/body, optional :yin/self (symbol: its own
//                 name inside) and :yin/rest (symbol); or, for several arities, :yin/arities
//                 (vector of :lambda entities) and :yin/self; of a macro's function :yin/macro?
//                 (true) and :yin/phase-policy (keyword), which mean nothing once it is sealed
//   :application  :yin/operator :yin/operands (vector)
//   :if           :yin/test :yin/consequent :yin/alternate
//   :let          :yin/names (vector of symbols) :yin/inits (vector) :yin/body; each init sees the
//                 names before it
//   :do           :yin/forms (vector, at least one)
//   :loop         as :let; the body's :recur goes back to it
//   :recur        :yin/operands (vector); to the nearest enclosing :loop or :lambda, in tail position
//   :vector :set  :yin/operands (vector)
//   :map          :yin/operands (vector: key, value, key, value)
//   definition:   :application of the variable yin/def to a :literal symbol and an init node
//   :try          :yin/body :yin/name (symbol: the error, in the handler) :yin/handler; the handler's
//                 value stands for the body's when an error is raised in the body
//   :finally      :yin/body :yin/cleanup; the cleanup is evaluated behind the body, whether that
//                 gives a value or raises an error, and its own value dropped
//   :throw        :yin/val-node; raises its value
//
// Operations, which ask something of the machine or of the world: each is a call of a function of
// the language (vm/internal/operation.h says which). Children are evaluated in the order in which
// they stand here; what is no node is a constant of the program.
//
//   type                         attributes
//   :vm/gensym                   optional :yin/prefix (string)
//   :vm/store-get                :yin/key (any value)
//   :vm/store-put                :yin/key, optional :yin/value (any value; nil when absent)
//   :stream/make                 optional :yin/buffer (integer)
//   :stream/put                  :yin/target :yin/val-node
//   :stream/cursor :stream/next  :yin/source
//   :stream/close                :yin/source
//   :vm/park                     none
//   :vm/resume                   :yin/val-node and, before it, :yin/parked-id (keyword) or
//                                :yin/target (node), one of them
//   :vm/current-continuation     none
//   :dao.stream.apply/call       :yin/op (keyword) :yin/operands (vector)
//
// What stands for what it expands to, which a reader (reader.h) puts in its place; sealed is none:
//
//   :yin/macro-expand            :yin/operator (a macro's :lambda, or the :variable that one is
//                                defined as) :yin/operands (vector)
//
// No node, and referred to by none:
//
//   :macro-expand-event          :yin/source-call (the call as data) :yin/phase (keyword)
//                                :yin/expansion-root, optional :yin/macro (symbol): where a macro of
//                                the program was expanded
// clang-format on

#include <cstdint>
#include <string_view>

namespace yin::ast {

namespace attribute {
inline constexpr std::string_view kType = "yin/type";
inline constexpr std::string_view kValue = "yin/value";
inline constexpr std::string_view kName = "yin/name";
inline constexpr std::string_view kParams = "yin/params";
inline constexpr std::string_view kRest = "yin/rest";
inline constexpr std::string_view kSelf = "yin/self";
inline constexpr std::string_view kArities = "yin/arities";
inline constexpr std::string_view kBody = "yin/body";
inline constexpr std::string_view kOperator = "yin/operator";
inline constexpr std::string_view kOperands = "yin/operands";
inline constexpr std::string_view kTest = "yin/test";
inline constexpr std::string_view kConsequent = "yin/consequent";
inline constexpr std::string_view kAlternate = "yin/alternate";
inline constexpr std::string_view kNames = "yin/names";
inline constexpr std::string_view kInits = "yin/inits";
inline constexpr std::string_view kForms = "yin/forms";
inline constexpr std::string_view kHandler = "yin/handler";
inline constexpr std::string_view kCleanup = "yin/cleanup";
inline constexpr std::string_view kValueNode = "yin/val-node";
inline constexpr std::string_view kPrefix = "yin/prefix";
inline constexpr std::string_view kKey = "yin/key";
inline constexpr std::string_view kBuffer = "yin/buffer";
inline constexpr std::string_view kTarget = "yin/target";
inline constexpr std::string_view kSource = "yin/source";
inline constexpr std::string_view kParkedId = "yin/parked-id";
inline constexpr std::string_view kOp = "yin/op";
inline constexpr std::string_view kSourceCall = "yin/source-call";
inline constexpr std::string_view kMacro = "yin/macro";
inline constexpr std::string_view kPhase = "yin/phase";
inline constexpr std::string_view kExpansionRoot = "yin/expansion-root";
inline constexpr std::string_view kMacroMark = "yin/macro?";
inline constexpr std::string_view kPhasePolicy = "yin/phase-policy";
inline constexpr std::string_view kLine = "yin/line";
inline constexpr std::string_view kColumn = "yin/column";
}  // namespace attribute

namespace node_type {
inline constexpr std::string_view kLiteral = "literal";
inline constexpr std::string_view kVariable = "variable";
inline constexpr std::string_view kLambda = "lambda";
inline constexpr std::string_view kApplication = "application";
inline constexpr std::string_view kIf = "if";
inline constexpr std::string_view kLet = "let";
inline constexpr std::string_view kDo = "do";
inline constexpr std::string_view kLoop = "loop";
inline constexpr std::string_view kRecur = "recur";
inline constexpr std::string_view kVector = "vector";
inline constexpr std::string_view kMap = "map";
inline constexpr std::string_view kSet = "set";
inline constexpr std::string_view kTry = "try";
inline constexpr std::string_view kFinally = "finally";
inline constexpr std::string_view kThrow = "throw";
inline constexpr std::string_view kGensym = "vm/gensym";
inline constexpr std::string_view kStoreGet = "vm/store-get";
inline constexpr std::string_view kStorePut = "vm/store-put";
inline constexpr std::string_view kStreamMake = "stream/make";
inline constexpr std::string_view kStreamPut = "stream/put";
inline constexpr std::string_view kStreamCursor = "stream/cursor";
inline constexpr std::string_view kStreamNext = "stream/next";
inline constexpr std::string_view kStreamClose = "stream/close";
inline constexpr std::string_view kPark = "vm/park";
inline constexpr std::string_view kResume = "vm/resume";
inline constexpr std::string_view kCurrentContinuation = "vm/current-continuation";
inline constexpr std::string_view kHostCall = "dao.stream.apply/call";
inline constexpr std::string_view kMacroExpand = "yin/macro-expand";
inline constexpr std::string_view kMacroEvent = "macro-expand-event";
}  // namespace node_type

inline constexpr std::string_view kDefine = "yin/def";
inline constexpr std::uint32_t kFirstEntity = 16;  // ids below are reserved (reference 1.1)

}  // namespace yin::ast
