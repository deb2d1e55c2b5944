#include "vm/lower.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/nursery.h"
#include "substrate/set.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/schema.h"
#include "vm/code.h"
#include "vm/error.h"
#include "vm/internal/names.h"
#include "vm/internal/operation.h"
#include "vm/internal/tree.h"
#include "vm/primitive.h"
#include "vm/register/translate.h"

namespace yin::vm {

namespace {

using ast::NodeType;
using internal::Names;
using internal::Tree;
using internal::Vocabulary;
using substrate::ClosureField;
using substrate::CodePosition;
using substrate::Edit;
using substrate::ErrorHandler;
using substrate::FunctionField;
using substrate::FunctionInfo;
using substrate::FunctionNode;
using substrate::kAbsent;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::Place;
using substrate::PlaceKind;
using substrate::SafePoint;
using substrate::Status;
using substrate::StatusOr;
using substrate::Vector;
using substrate::Word;

constexpr std::uint32_t kNoTarget = ~std::uint32_t{0};
constexpr std::uint32_t kPlaceIndexMax = (1u << 28) - 1;
// An integer in a word of its own.
constexpr std::int32_t kWordIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kWordIntMin = std::numeric_limits<std::int32_t>::min();
constexpr std::uint32_t kShortMax = 0xffff;  // of FunctionInfo's 16-bit fields

// Operations that have an instruction of their own, by what primitive and how many arguments.
struct Fused {
  std::string_view primitive;
  std::uint32_t arguments;
  Op op;
  Op local_int = Op::kInvalid;  // (op local integer)
  Op top_int = Op::kInvalid;    // (op value integer)
  Op local = Op::kInvalid;      // (op local)
  Op unless = Op::kInvalid;     // as a test: jumps unless it holds
  Op unless_local_int = Op::kInvalid;
  Op unless_locals = Op::kInvalid;
};

constexpr Fused kFused[] = {
    {.primitive = "+",
     .arguments = 2,
     .op = Op::kAdd,
     .local_int = Op::kAddLocalInt,
     .top_int = Op::kAddInt},
    {.primitive = "-",
     .arguments = 2,
     .op = Op::kSubtract,
     .local_int = Op::kSubtractLocalInt,
     .top_int = Op::kSubtractInt},
    {.primitive = "*", .arguments = 2, .op = Op::kMultiply},
    {.primitive = "<",
     .arguments = 2,
     .op = Op::kLess,
     .unless = Op::kUnlessLess,
     .unless_local_int = Op::kUnlessLessLocalInt,
     .unless_locals = Op::kUnlessLessLocals},
    {.primitive = ">",
     .arguments = 2,
     .op = Op::kGreater,
     .unless = Op::kUnlessGreater,
     .unless_local_int = Op::kUnlessGreaterLocalInt,
     .unless_locals = Op::kUnlessGreaterLocals},
    {.primitive = "<=",
     .arguments = 2,
     .op = Op::kLessEqual,
     .unless = Op::kUnlessLessEqual,
     .unless_local_int = Op::kUnlessLessEqualLocalInt,
     .unless_locals = Op::kUnlessLessEqualLocals},
    {.primitive = ">=",
     .arguments = 2,
     .op = Op::kGreaterEqual,
     .unless = Op::kUnlessGreaterEqual,
     .unless_local_int = Op::kUnlessGreaterEqualLocalInt,
     .unless_locals = Op::kUnlessGreaterEqualLocals},
    {.primitive = "=",
     .arguments = 2,
     .op = Op::kEqual,
     .unless = Op::kUnlessEqual,
     .unless_local_int = Op::kUnlessEqualLocalInt,
     .unless_locals = Op::kUnlessEqualLocals},
    {.primitive = "inc", .arguments = 1, .op = Op::kIncrement, .local = Op::kIncrementLocal},
    {.primitive = "dec", .arguments = 1, .op = Op::kDecrement, .local = Op::kDecrementLocal},
    {.primitive = "nth", .arguments = 2, .op = Op::kNth},
    {.primitive = "get", .arguments = 2, .op = Op::kGet},
};

const Fused* find_fused(std::uint32_t primitive, std::uint32_t arguments) {
  const std::string_view name = primitives()[primitive].name;
  for (const Fused& f : kFused) {
    if (f.arguments == arguments && f.primitive == name) return &f;
  }
  return nullptr;
}

// ------------------------------------------------------------------------------------ what is
// built

struct Local {
  Word name;
  std::uint32_t slot;
};

// Where a :recur goes: a loop's head or the function's entry.
struct Target {
  std::uint32_t first_slot;
  std::uint32_t count;
  std::uint32_t pc;
  std::uint32_t safe_point;
};

// One function while its body is lowered.
struct Unit {
  std::uint32_t lambda = 0;
  std::uint32_t body = 0;
  std::uint32_t parameter_count = 0;
  bool variadic = false;
  std::uint32_t slot_max = 0;
  std::vector<Local> locals;
  std::vector<Target> targets;
  std::vector<std::uint32_t> code;
  std::vector<SafePoint> safe_points;
  std::vector<CodePosition> positions;
  std::vector<FunctionNode> nodes;
  std::vector<ErrorHandler> handlers;
  std::vector<std::uint32_t> open_handlers;  // whose bodies are being lowered, innermost last
  std::vector<Word> constants;
  std::unordered_map<std::uint64_t, std::uint32_t> constant_index;
  std::vector<std::uint32_t> patches;  // jumps whose distance is not known yet, innermost last
};

// The functions of one closure: its arities and what they capture together.
struct Group {
  std::uint32_t node = 0;  // of the :lambda, 0: the program
  Word name = substrate::kNil;
  Word self = kAbsent;
  std::vector<Place> captures;  // of the enclosing function
  std::vector<Unit> units;      // the last one is being lowered
};

// What is left to do, last in first out. Nodes are never lowered recursively: programs may nest as
// deep as they like.
enum class Step : std::uint8_t {
  kEvaluate,    // node, its value to slot `depth`
  kTest,        // node; jumps when it is false, the jump to be patched
  kJumpUnless,  // pops
  kJumpIf,      // pops
  kUnless,      // node: a comparison whose operands stand on the slots
  kElse,        // the end of a consequent
  kEndIf,       // the end of an alternate
  kPop,         // an unused value
  kBind,        // the value at `depth` is local number `index` of `node`
  kEndLet,      // `index` locals go out of scope
  kHead,        // the locals of a :loop are bound
  kCall,        // node: operator and operands stand on the slots
  kConstant,    // its number is `index`
  kOperation,   // node: callee and `index` operands stand on the slots
  kPrimitive,   // node: operands stand on the slots
  kTopInt,      // node: the first operand stands on the slots, the second is an integer
  kDefine,      // node: the value stands on the slots
  kRecur,       // node: the operands stand on the slots
  kCollection,  // node: the items stand on the slots, from instruction `index` on
  kCatch,       // node: the value of a :try's body stands on the slots
  kEndTry,      // node: the value of its handler
  kCleanup,     // node: the value of a :finally's body
  kEndFinally,  // node: its cleanup is done with
  kThrow,       // node: the value to raise stands on the slots
  kBeginArity,  // node: a :lambda of the group
  kEndArity,
  kEndGroup,  // node
};

struct Task {
  Step step = Step::kEvaluate;
  bool tail = false;
  std::uint32_t node = 0;
  std::uint32_t depth = 0;
  std::uint32_t target = kNoTarget;  // that a :recur here goes to
  std::uint32_t index = 0;
  Word name = substrate::kNil;  // of the function, if the node is one
};

class Lowering {
 public:
  Lowering(Edit& edit, Word program, const LowerOptions& options)
      : edit_(edit),
        pin_(edit.pin()),
        words_(pin_),
        tree_(pin_, words_, program),
        own_definitions_(options.definitions == nullptr ? definitions_of(pin_, program)
                                                        : Definitions()),
        names_(pin_, options.home,
               options.definitions == nullptr ? own_definitions_ : *options.definitions),
        seen_(ast::kFirstEntity + ast::entity_count(pin_, program)) {}

  StatusOr<Word> run(std::uint32_t root) {
    begin_main(root);
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      if (Status status = perform(task); !status.ok()) return status;
    }
    return result_;
  }

 private:
  // ---------------------------------------------------------------------------------- errors

  Status fail(std::uint32_t node, std::string_view what) const {
    const ErrorPlace place = place_of_node(pin_, tree_.program(), node);
    std::string message = substrate::to_string(pin_, ast::source_name(pin_, tree_.program()));
    if (substrate::is_nil(place.line)) message += ": entity " + std::to_string(node);
    for (const Word part : {place.line, place.column}) {
      if (!substrate::is_nil(part)) message += ':' + std::to_string(substrate::small_int(part));
    }
    return substrate::invalid_argument(message.append(": ").append(what));
  }

  // ---------------------------------------------------------------------------------- scopes

  Unit& unit() { return groups_.back().units.back(); }

  static const Local* find_local(const Unit& in, Word name) {
    for (std::size_t i = in.locals.size(); i-- > 0;) {
      if (in.locals[i].name == name) return &in.locals[i];
    }
    return nullptr;
  }

  // The place of a value in the group at `level`, when it is a local of a function further out.
  Place captured(std::size_t level, Place outer) {
    auto& captures = groups_[level].captures;
    std::size_t i = 0;
    while (i < captures.size() && captures[i].bits != outer.bits) ++i;
    if (i == captures.size()) captures.push_back(outer);
    return make_place(PlaceKind::kCapture, static_cast<std::uint32_t>(i));
  }

  // Where a local is found, seen from the innermost function; nullopt: the name is no local.
  std::optional<Place> find_place(Word name) {
    for (std::size_t level = groups_.size(); level-- > 0;) {
      const Local* local = find_local(groups_[level].units.back(), name);
      if (local == nullptr && groups_[level].self != name) continue;
      Place place = local != nullptr ? make_place(PlaceKind::kSlot, local->slot)
                                     : make_place(PlaceKind::kSelf, 0);
      while (++level < groups_.size()) place = captured(level, place);
      return place;
    }
    return std::nullopt;
  }

  bool is_local(Word name) const {
    for (const Group& g : groups_) {
      if (g.self == name || find_local(g.units.back(), name) != nullptr) return true;
    }
    return false;
  }

  std::uint32_t constant(Word w) {
    Unit& u = unit();
    const auto [at, fresh] =
        u.constant_index.emplace(w.bits, static_cast<std::uint32_t>(u.constants.size()));
    if (fresh) u.constants.push_back(w);
    return at->second;
  }

  // The place of a :variable; noted for the walk.
  StatusOr<Place> resolve(std::uint32_t node) {
    const Word name = tree_.get(node, words_.name);
    Place place{};
    if (const auto local = find_place(name)) {
      place = *local;
    } else {
      if (name == words_.define)
        return fail(node, "yin/def takes a literal symbol and a value, and is no value itself");
      auto global = names_.resolve(name);
      if (!global.ok()) return global.status();
      place = make_place(PlaceKind::kConstant, constant(*global));
    }
    note(node, place.bits);
    return place;
  }

  // The number of the plain primitive that an operator stands for: what is called without a safe
  // point.
  std::optional<std::uint32_t> plain_primitive(Place place, std::uint32_t arguments) {
    if (place_kind(place) != PlaceKind::kConstant) return std::nullopt;
    const Word w = unit().constants[place_index(place)];
    if (!substrate::is_primitive(w)) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(substrate::payload(w));
    const Primitive& p = primitives()[number];
    if (p.kind != PrimitiveKind::kPlain || !p.accepts(arguments)) return std::nullopt;
    return number;
  }

  // ---------------------------------------------------------------------------------- code

  std::uint32_t here() { return static_cast<std::uint32_t>(unit().code.size()); }
  void emit(std::uint32_t word) { unit().code.push_back(word); }
  void emit(Op op, std::uint32_t operand = 0) { emit(encode(op, operand)); }
  // An instruction that can fail stands for a node.
  void emit_at(std::uint32_t node, std::uint32_t instruction) {
    unit().positions.push_back({here(), node});
    emit(instruction);
  }
  void uses_slot(std::uint32_t slot) { unit().slot_max = std::max(unit().slot_max, slot + 1); }
  void note(std::uint32_t node, std::uint32_t value) { unit().nodes.push_back({node, value}); }

  void emit_constant(Word w) {
    if (substrate::is_small_int(w)) {
      const std::int64_t v = substrate::small_int(w);
      if (v >= kSignedOperandMin && v <= kSignedOperandMax) {
        return emit(encode_signed(Op::kSmallInt, static_cast<std::int32_t>(v)));
      }
    }
    emit(Op::kConstant, constant(w));
  }

  std::uint32_t add_safe_point(std::uint32_t node, std::uint32_t live, std::uint32_t flags) {
    const auto& open = unit().open_handlers;
    const std::uint32_t handler = open.empty() ? 0 : open.back() + 1;
    unit().safe_points.push_back({here(), 0, node, live, flags, handler});
    return static_cast<std::uint32_t>(unit().safe_points.size()) - 1;
  }

  // A safe point behind the instruction and its word, which is being emitted.
  std::uint32_t add_awaiting_point(std::uint32_t node, std::uint32_t live) {
    const std::uint32_t point = add_safe_point(node, live, substrate::kSafePointAwaits);
    unit().safe_points.back().pc = here() + 1;
    return point;
  }

  void emit_jump(Op op) {
    unit().patches.push_back(here());
    emit(op);
  }
  // A comparison of a local with another or with an integer; its last word is the distance.
  void emit_compared_jump(std::uint32_t node, const Fused& f, std::uint32_t slot,
                          std::optional<std::uint32_t> other, std::optional<std::int32_t> integer) {
    if (other) {
      emit_at(node, encode_pair(f.unless_locals, slot, *other));
    } else {
      emit_at(node, encode(f.unless_local_int, slot));
      emit(static_cast<std::uint32_t>(*integer));
    }
    unit().patches.push_back(here());
    emit(0);
  }

  // Lets the innermost open jump lead to here. A distance counts from behind the instruction with
  // its words.
  void patch() {
    Unit& u = unit();
    const std::uint32_t at = u.patches.back();
    u.patches.pop_back();
    const std::uint32_t distance = here() - at - 1;
    const bool own_word = u.code[at] == 0;
    u.code[at] = own_word ? distance : encode(op_of(u.code[at]), distance);
  }

  // ---------------------------------------------------------------------------------- tasks

  void push(const Task& task) { tasks_.push_back(task); }
  void push_value(std::uint32_t node, std::uint32_t depth) { push({.node = node, .depth = depth}); }

  // Children to consecutive slots, the first one next.
  void push_values(std::uint32_t node, Word attribute, std::uint32_t depth) {
    for (std::uint32_t i = tree_.count(node, attribute); i-- > 0;) {
      push_value(tree_.child_at(node, attribute, i), depth + i);
    }
  }

  Status perform(const Task& t) {
    switch (t.step) {
      case Step::kEvaluate:
        return evaluate(t);
      case Step::kTest:
        return test(t);
      case Step::kJumpUnless:
        emit_jump(Op::kJumpUnless);
        return {};
      case Step::kJumpIf:
        emit_jump(Op::kJumpIf);
        return {};
      case Step::kUnless:
        emit_unless(t);
        return {};
      case Step::kElse:
        begin_alternate(t);
        return {};
      case Step::kEndIf:
        if (!t.tail) patch();
        return {};
      case Step::kPop:
        emit(Op::kPop);
        return {};
      case Step::kBind:
        unit().locals.push_back({tree_.item(t.node, words_.names, t.index), t.depth});
        return {};
      case Step::kEndLet:
        end_let(t);
        return {};
      case Step::kHead:
        begin_loop(t);
        return {};
      case Step::kCall:
        emit_call(t);
        return {};
      case Step::kConstant:
        emit(Op::kConstant, t.index);
        return {};
      case Step::kOperation:
        emit_operation(t);
        return {};
      case Step::kPrimitive:
        emit_primitive(t);
        return {};
      case Step::kTopInt:
        emit_top_int(t);
        return {};
      case Step::kDefine:
        return emit_define(t);
      case Step::kRecur:
        emit_recur(t);
        return {};
      case Step::kCollection:
        emit_collection(t);
        return {};
      case Step::kCatch:
        begin_catch(t);
        return {};
      case Step::kEndTry:
        end_try(t);
        return {};
      case Step::kCleanup:
        begin_cleanup(t);
        return {};
      case Step::kEndFinally:
        end_finally(t);
        return {};
      case Step::kThrow:
        emit_throw(t.node);
        end_value(t);
        return {};
      case Step::kBeginArity:
        return begin_arity(t);
      case Step::kEndArity:
        return check_size();
      case Step::kEndGroup:
        return end_group(t);
    }
    substrate::die("a lowering step of no kind");
  }

  Status enter(std::uint32_t node, NodeType type) {
    if (seen_[node] && type != NodeType::kLiteral) {
      return fail(node, "this node stands in two places; give each use an entity of its own");
    }
    seen_[node] = true;
    return {};
  }

  Status evaluate(const Task& t) {
    const NodeType type = tree_.type(t.node);
    if (Status status = enter(t.node, type); !status.ok()) return status;
    uses_slot(t.depth);
    switch (type) {
      case NodeType::kLiteral:
        emit_constant(tree_.literal(t.node));
        end_value(t);
        return {};
      case NodeType::kVariable:
        return variable(t);
      case NodeType::kLambda:
      case NodeType::kArities:
        return begin_group(t);
      case NodeType::kApplication:
        return application(t);
      case NodeType::kIf:
        branch(t);
        return {};
      case NodeType::kLet:
      case NodeType::kLoop:
        return let(t, type);
      case NodeType::kDo:
        sequence(t);
        return {};
      case NodeType::kRecur:
        return recur(t);
      case NodeType::kVector:
      case NodeType::kMap:
      case NodeType::kSet:
        collection(t);
        return {};
      case NodeType::kTry:
        begin_body(t, Step::kCatch);
        return {};
      case NodeType::kFinally:
        begin_body(t, Step::kCleanup);
        return {};
      case NodeType::kThrow:
        push({.step = Step::kThrow, .tail = t.tail, .node = t.node});
        push_value(tree_.child(t.node, words_.value_node), t.depth);
        return {};
      case NodeType::kStoreGet:
      case NodeType::kStorePut:
        return store(t, type);
      default:
        return operation(t);
    }
  }

  // The value stands on the slots: in tail position it is the function's.
  void end_value(const Task& t) {
    if (t.tail) emit(Op::kReturn);
  }

  Status variable(const Task& t) {
    auto place = resolve(t.node);
    if (!place.ok()) return place.status();
    const std::uint32_t index = place_index(*place);
    switch (place_kind(*place)) {
      case PlaceKind::kSlot:
        emit(t.tail ? Op::kReturnLocal : Op::kLocal, index);
        return {};
      case PlaceKind::kCapture:
        emit(Op::kCapture, index);
        break;
      case PlaceKind::kSelf:
        emit(Op::kSelf);
        break;
      case PlaceKind::kConstant:
        if (substrate::is_root(unit().constants[index], substrate::RootKind::kVar)) {
          emit_at(t.node, encode(Op::kGlobal, index));
        } else {
          emit(Op::kConstant, index);
        }
        break;
    }
    end_value(t);
    return {};
  }

  // ---------------------------------------------------------------------------------- branches and
  // scopes

  void branch(const Task& t) {
    push({.step = Step::kEndIf, .tail = t.tail});
    push({.tail = t.tail,
          .node = tree_.child(t.node, words_.alternate),
          .depth = t.depth,
          .target = t.target});
    push({.step = Step::kElse, .tail = t.tail});
    push({.tail = t.tail,
          .node = tree_.child(t.node, words_.consequent),
          .depth = t.depth,
          .target = t.target});
    push({.step = Step::kTest, .node = tree_.child(t.node, words_.test), .depth = t.depth});
  }

  // The open jump is the test's; a consequent that does not return leaves one of its own behind.
  void begin_alternate(const Task& t) {
    if (t.tail) return patch();
    const std::uint32_t jump = here();
    emit(Op::kJump);
    patch();
    unit().patches.push_back(jump);
  }

  // The primitive that an application calls if its operator is a variable for a plain one. Resolves
  // the operator.
  StatusOr<std::optional<std::uint32_t>> called_primitive(std::uint32_t node) {
    const std::uint32_t op = tree_.child(node, words_.operator_);
    if (tree_.type(op) != NodeType::kVariable || is_local(tree_.get(op, words_.name)))
      return {std::nullopt};
    if (tree_.get(op, words_.name) == words_.define) return {std::nullopt};
    auto place = resolve(op);
    if (!place.ok()) return place.status();
    return plain_primitive(*place, tree_.count(node, words_.operands));
  }

  // The slot of an operand that is a local of this very function, if an instruction can hold it.
  std::optional<std::uint32_t> local_operand(std::uint32_t node) {
    if (tree_.type(node) != NodeType::kVariable) return std::nullopt;
    const Local* local = find_local(unit(), tree_.get(node, words_.name));
    if (local == nullptr || local->slot > kPairSlotMax) return std::nullopt;
    return local->slot;
  }

  std::optional<std::int32_t> int_operand(std::uint32_t node, std::int32_t least,
                                          std::int32_t most) {
    if (tree_.type(node) != NodeType::kLiteral) return std::nullopt;
    const Word w = tree_.literal(node);
    if (!substrate::is_small_int(w)) return std::nullopt;
    const std::int64_t v = substrate::small_int(w);
    if (v < least || v > most) return std::nullopt;
    return static_cast<std::int32_t>(v);
  }

  std::uint32_t operand_at(std::uint32_t node, std::uint32_t index) {
    return tree_.child_at(node, words_.operands, index);
  }

  // An operand that an instruction holds is not evaluated by a task: what a task would check and
  // note.
  Status take_operand(std::uint32_t node) {
    if (Status status = enter(node, tree_.type(node)); !status.ok()) return status;
    if (tree_.type(node) == NodeType::kVariable) return resolve(node).status();
    return {};
  }

  // A test that is a comparison, or a `not`, becomes part of the jump.
  Status test(const Task& t) {
    if (tree_.type(t.node) == NodeType::kApplication) {
      auto primitive = called_primitive(t.node);
      if (!primitive.ok()) return primitive.status();
      if (primitive->has_value()) {
        const std::uint32_t count = tree_.count(t.node, words_.operands);
        const Fused* fused = find_fused(**primitive, count);
        const bool negated = primitives()[**primitive].name == "not";
        if (negated || (fused != nullptr && fused->unless != Op::kInvalid))
          return fused_test(t, fused);
      }
    }
    push({.step = Step::kJumpUnless});
    push_value(t.node, t.depth);
    return {};
  }

  Status fused_test(const Task& t, const Fused* fused) {
    if (Status status = enter(t.node, NodeType::kApplication); !status.ok()) return status;
    const std::uint32_t left = operand_at(t.node, 0);
    if (fused == nullptr) {
      push({.step = Step::kJumpIf});
      push_value(left, t.depth);
      return {};
    }
    const std::uint32_t right = operand_at(t.node, 1);
    const auto slot = local_operand(left);
    const auto other = local_operand(right);
    const auto integer = int_operand(right, kWordIntMin, kWordIntMax);
    if (slot && (other || integer)) {
      for (const std::uint32_t node : {left, right}) {
        if (Status status = take_operand(node); !status.ok()) return status;
      }
      emit_compared_jump(t.node, *fused, *slot, other, integer);
      return {};
    }
    push({.step = Step::kUnless,
          .node = t.node,
          .index = static_cast<std::uint32_t>(fused->unless)});
    push_values(t.node, words_.operands, t.depth);
    return {};
  }

  void emit_unless(const Task& t) {
    unit().positions.push_back({here(), t.node});
    emit_jump(static_cast<Op>(t.index));
  }

  Status let(const Task& t, NodeType type) {
    const std::uint32_t count = tree_.count(t.node, words_.names);
    push({.step = Step::kEndLet, .tail = t.tail, .index = count});
    if (type == NodeType::kLoop) {
      push({.step = Step::kHead, .tail = t.tail, .node = t.node, .depth = t.depth, .index = count});
    } else {
      push({.tail = t.tail,
            .node = tree_.child(t.node, words_.body),
            .depth = t.depth + count,
            .target = t.target});
    }
    for (std::uint32_t i = count; i-- > 0;) {
      push({.step = Step::kBind, .node = t.node, .depth = t.depth + i, .index = i});
      push({.node = tree_.child_at(t.node, words_.inits, i),
            .depth = t.depth + i,
            .name = tree_.item(t.node, words_.names, i)});
    }
    return {};
  }

  void begin_loop(const Task& t) {
    const std::uint32_t point = add_safe_point(t.node, t.depth + t.index, 0);
    note(t.node, point);
    unit().targets.push_back({t.depth, t.index, here(), point});
    push({.tail = t.tail,
          .node = tree_.child(t.node, words_.body),
          .depth = t.depth + t.index,
          .target = static_cast<std::uint32_t>(unit().targets.size()) - 1});
  }

  void end_let(const Task& t) {
    unit().locals.resize(unit().locals.size() - t.index);
    if (!t.tail && t.index > 0) emit(Op::kSlide, t.index);
  }

  void sequence(const Task& t) {
    const std::uint32_t count = tree_.count(t.node, words_.forms);
    for (std::uint32_t i = count; i-- > 0;) {
      const std::uint32_t form = tree_.child_at(t.node, words_.forms, i);
      if (i + 1 == count) {
        push({.tail = t.tail, .node = form, .depth = t.depth, .target = t.target});
      } else {
        push({.step = Step::kPop});
        push_value(form, t.depth);
      }
    }
  }

  Status recur(const Task& t) {
    if (t.target == kNoTarget) {
      return fail(t.node, "`recur` must be the last thing a loop or function does");
    }
    const std::uint32_t wanted = unit().targets[t.target].count;
    const std::uint32_t given = tree_.count(t.node, words_.operands);
    if (wanted != given) {
      return fail(t.node, "`recur` takes " + std::to_string(wanted) + " value" +
                              (wanted == 1 ? "" : "s") + " here, got " + std::to_string(given));
    }
    push({.step = Step::kRecur, .node = t.node, .target = t.target});
    push_values(t.node, words_.operands, t.depth);
    return {};
  }

  void emit_recur(const Task& t) {
    const Target& target = unit().targets[t.target];
    note(t.node, target.safe_point);
    emit(Op::kRecur, target.count);
    emit(target.first_slot);
    emit(target.pc - (here() + 2));
    emit(target.safe_point);
  }

  // ---------------------------------------------------------------------------------- errors

  // A body costs nothing as long as no error is raised in it: the function's table of handlers says
  // where its instructions stand. Nothing in it is in tail position, for the handler waits.
  void begin_body(const Task& t, Step next) {
    push({.step = next, .tail = t.tail, .node = t.node, .depth = t.depth});
    push_value(tree_.child(t.node, words_.body), t.depth);
    Unit& u = unit();
    u.open_handlers.push_back(static_cast<std::uint32_t>(u.handlers.size()));
    u.handlers.push_back({.from = here(),
                          .to = 0,
                          .pc = 0,
                          .register_from = 0,
                          .register_to = 0,
                          .register_pc = 0,
                          .entity = t.node,
                          .slot = t.depth});
  }
  // Behind the body: its handler, whose `pc` is still to come.
  ErrorHandler& end_body() {
    Unit& u = unit();
    ErrorHandler& handler = u.handlers[u.open_handlers.back()];
    u.open_handlers.pop_back();
    handler.to = here();
    return handler;
  }

  // The error is a local where the body's value would be.
  void begin_catch(const Task& t) {
    ErrorHandler& handler = end_body();
    if (t.tail) {
      emit(Op::kReturn);
    } else {
      emit_jump(Op::kJump);
    }
    handler.pc = here();
    unit().locals.push_back({tree_.get(t.node, words_.name), t.depth});
    push({.step = Step::kEndTry, .tail = t.tail});
    push({.tail = t.tail, .node = tree_.child(t.node, words_.handler), .depth = t.depth + 1});
  }
  void end_try(const Task& t) {
    unit().locals.pop_back();
    if (t.tail) return;
    emit(Op::kSlide, 1);
    patch();
  }

  // Value or error stands at `depth`, whether it is an error above: both ways lead to one cleanup,
  // which then returns the one or raises the other.
  void begin_cleanup(const Task& t) {
    ErrorHandler& handler = end_body();
    uses_slot(t.depth + 1);
    emit_constant(substrate::kFalse);
    emit_jump(Op::kJump);
    handler.pc = here();
    emit_constant(substrate::kTrue);
    patch();
    push({.step = Step::kEndFinally, .tail = t.tail, .node = t.node});
    push({.step = Step::kPop});
    push_value(tree_.child(t.node, words_.cleanup), t.depth + 2);
  }
  void end_finally(const Task& t) {
    emit_jump(Op::kJumpUnless);
    emit_throw(t.node);
    patch();
    end_value(t);
  }

  void emit_throw(std::uint32_t node) {
    static const std::uint32_t number = builtin::number_of(builtin::kThrow);
    emit_at(node, encode(Op::kPrimitive, number));
    emit(1);
  }

  // ---------------------------------------------------------------------------------- calls

  Status application(const Task& t) {
    if (const auto name = tree_.defined_name(t.node); name && !is_local(words_.define)) {
      push({.step = Step::kDefine, .tail = t.tail, .node = t.node, .depth = t.depth});
      push({.node = operand_at(t.node, 1), .depth = t.depth, .name = *name});
      return {};
    }
    auto primitive = called_primitive(t.node);
    if (!primitive.ok()) return primitive.status();
    if (primitive->has_value()) return primitive_call(t, **primitive);
    push({.step = Step::kCall,
          .tail = t.tail,
          .node = t.node,
          .depth = t.depth,
          .index = static_cast<std::uint32_t>(caller_of(t.node))});
    push_values(t.node, words_.operands, t.depth + 1);
    push_value(tree_.child(t.node, words_.operator_), t.depth);
    return {};
  }

  Status primitive_call(const Task& t, std::uint32_t primitive) {
    const std::uint32_t count = tree_.count(t.node, words_.operands);
    const Fused* fused = find_fused(primitive, count);
    if (fused != nullptr && fused->local != Op::kInvalid) {
      const auto slot = local_operand(operand_at(t.node, 0));
      if (slot) return emit_held(t, encode(fused->local, *slot));
    }
    if (fused != nullptr && fused->top_int != Op::kInvalid) {
      const std::uint32_t right = operand_at(t.node, 1);
      const auto slot = local_operand(operand_at(t.node, 0));
      const auto small = int_operand(right, kPairIntMin, kPairIntMax);
      if (slot && small) {
        return emit_held(t,
                         encode_pair(fused->local_int, *slot, static_cast<std::uint32_t>(*small)));
      }
      if (int_operand(right, kSignedOperandMin, kSignedOperandMax)) {
        push({.step = Step::kTopInt,
              .tail = t.tail,
              .node = t.node,
              .index = static_cast<std::uint32_t>(fused->top_int)});
        push_value(operand_at(t.node, 0), t.depth);
        return take_operand(right);
      }
    }
    push({.step = Step::kPrimitive, .tail = t.tail, .node = t.node, .index = primitive});
    push_values(t.node, words_.operands, t.depth);
    return {};
  }

  // An instruction that holds all its operands.
  Status emit_held(const Task& t, std::uint32_t instruction) {
    for (std::uint32_t i = 0; i < tree_.count(t.node, words_.operands); ++i) {
      if (Status status = take_operand(operand_at(t.node, i)); !status.ok()) return status;
    }
    emit_at(t.node, instruction);
    end_value(t);
    return {};
  }

  void emit_top_int(const Task& t) {
    const auto v = int_operand(operand_at(t.node, 1), kSignedOperandMin, kSignedOperandMax);
    emit_at(t.node, encode_signed(static_cast<Op>(t.index), *v));
    end_value(t);
  }

  void emit_primitive(const Task& t) {
    const std::uint32_t count = tree_.count(t.node, words_.operands);
    if (const Fused* fused = find_fused(t.index, count)) {
      emit_at(t.node, encode(fused->op));
    } else {
      emit_at(t.node, encode(Op::kPrimitive, t.index));
      emit(count);
    }
    end_value(t);
  }

  // Is the operator a function of the prelude? Such a call keeps its caller's frame even in tail
  // position, so that an error in the prelude can be shown where the program called it. The prelude
  // never calls back in tail position of its own but in call-with, so no loop grows by it.
  enum class CallerFrame : std::uint32_t { kReplaced, kKept, kPrompt };
  CallerFrame caller_of(std::uint32_t node) {
    static const Word prompt = substrate::primitive_word(builtin::number_of(builtin::kPrompt));
    const std::uint32_t op = tree_.child(node, words_.operator_);
    if (tree_.type(op) != NodeType::kVariable || is_local(tree_.get(op, words_.name)))
      return CallerFrame::kReplaced;
    const auto global = names_.resolve(tree_.get(op, words_.name));
    if (!global.ok()) return CallerFrame::kReplaced;
    if (*global == prompt) return CallerFrame::kPrompt;
    return substrate::is_object(*global, ObjectKind::kClosure) ? CallerFrame::kKept
                                                               : CallerFrame::kReplaced;
  }

  void emit_call(const Task& t) {
    const auto point =
        emit_call(t, tree_.count(t.node, words_.operands), static_cast<CallerFrame>(t.index));
    if (point) note(t.node, *point);
  }
  // The safe point behind it, if it keeps its frame.
  std::optional<std::uint32_t> emit_call(const Task& t, std::uint32_t count, CallerFrame caller) {
    if (t.tail && caller == CallerFrame::kReplaced) {
      emit_at(t.node, encode(Op::kTailCall, count));
      return std::nullopt;
    }
    emit_at(t.node, encode(Op::kCall, count));
    const std::uint32_t point = add_awaiting_point(t.node, t.depth);
    if (caller == CallerFrame::kPrompt)
      unit().safe_points[point].flags |= substrate::kSafePointPrompt;
    emit(point);
    end_value(t);
    return point;
  }

  Status emit_define(const Task& t) {
    auto var = names_.var_to_define(*tree_.defined_name(t.node));
    if (!var.ok()) return var.status();
    const std::uint32_t index = constant(*var);
    // The walk finds the var at the operator.
    note(tree_.child(t.node, words_.operator_), make_place(PlaceKind::kConstant, index).bits);
    if (const auto point = emit_define(t, index)) note(t.node, *point);
    return {};
  }
  std::optional<std::uint32_t> emit_define(const Task& t, std::uint32_t var) {
    if (t.tail) {
      emit_at(t.node, encode(Op::kTailDefine, var));
      return std::nullopt;
    }
    emit_at(t.node, encode(Op::kDefine, var));
    const std::uint32_t point = add_awaiting_point(t.node, t.depth);
    emit(point);
    return point;
  }

  // ---------------------------------------------------------------------------------- operations

  // What an operation's node is noted with is its callee, or its var; the walk finds its safe point
  // by the node.
  Status operation(const Task& t) {
    const auto made = internal::operation_of(tree_, t.node);
    const auto callee = names_.function_of_the_language(made.function);
    if (!callee.ok()) return callee.status();
    const std::uint32_t index = constant(*callee);
    const auto count = static_cast<std::uint32_t>(made.operands.size());
    note(t.node, index);
    uses_slot(t.depth + count);
    push({.step = Step::kOperation,
          .tail = t.tail,
          .node = t.node,
          .depth = t.depth,
          .index = count});
    for (std::uint32_t i = count; i-- > 0;) {
      const internal::Operand& operand = made.operands[i];
      if (operand.node != 0) {
        push_value(operand.node, t.depth + 1 + i);
      } else {
        push({.step = Step::kConstant, .index = constant(operand.constant)});
      }
    }
    emit(Op::kConstant, index);
    return {};
  }
  // Its caller's frame is kept even in tail position, so that an error is shown where it stands: no
  // loop grows by it, for an operation calls nothing of the program.
  void emit_operation(const Task& t) { emit_call(t, t.index, CallerFrame::kKept); }

  Status store(const Task& t, NodeType type) {
    const auto name = tree_.stored_name(t.node);
    if (!name)
      return fail(t.node,
                  "a key of the store is a symbol, keyword, string, number, boolean or nil, or a "
                  "vector of these; this one is not");
    const auto var = names_.var_to_define(*name);
    if (!var.ok()) return var.status();
    const std::uint32_t index = constant(*var);
    note(t.node, index);
    if (type == NodeType::kStorePut) {
      emit_constant(tree_.literal(t.node));
      emit_define(t, index);
      return {};
    }
    static const std::uint32_t number = builtin::number_of(builtin::kDeref);
    emit(Op::kConstant, index);
    emit_at(t.node, encode(Op::kPrimitive, number));
    emit(1);
    end_value(t);
    return {};
  }

  // ---------------------------------------------------------------------------------- collections

  void collection(const Task& t) {
    push({.step = Step::kCollection,
          .tail = t.tail,
          .node = t.node,
          .depth = t.depth,
          .index = here()});
    push_values(t.node, words_.operands, t.depth);
  }

  // The value of an instruction that pushes a constant.
  std::optional<Word> constant_at(std::uint32_t pc) {
    const std::uint32_t instruction = unit().code[pc];
    if (op_of(instruction) == Op::kSmallInt)
      return substrate::int_word(signed_operand(instruction));
    if (op_of(instruction) == Op::kConstant) return unit().constants[operand(instruction)];
    return std::nullopt;
  }

  // The items of a collection when all of them are constants: each is one instruction then.
  std::optional<std::vector<Word>> constant_items(std::uint32_t from, std::uint32_t count) {
    if (here() - from != count) return std::nullopt;
    std::vector<Word> items;
    for (std::uint32_t pc = from; pc < here(); ++pc) {
      const auto item = constant_at(pc);
      if (!item) return std::nullopt;
      items.push_back(*item);
    }
    return items;
  }

  // kAbsent when keys or items are equal: that is for run time to say.
  Word make_collection(NodeType type, const std::vector<Word>& items) {
    if (type == NodeType::kVector) return Vector::from(edit_, items).word;
    if (type == NodeType::kSet) {
      const auto set = substrate::Set::from(edit_, items);
      return set.count(pin_) == items.size() ? set.word : kAbsent;
    }
    std::vector<substrate::MapEntry> entries;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      entries.push_back({items[i], items[i + 1]});
    const auto map = substrate::Map::from(edit_, entries);
    return map.count(pin_) == entries.size() ? map.word : kAbsent;
  }

  void emit_collection(const Task& t) {
    const NodeType type = tree_.type(t.node);
    const std::uint32_t count = tree_.count(t.node, words_.operands);
    if (const auto items = constant_items(t.index, count)) {
      const Word w = make_collection(type, *items);
      if (!substrate::is_absent(w)) {
        unit().code.resize(t.index);
        emit_constant(w);
        return end_value(t);
      }
    }
    emit_at(t.node, encode(type == NodeType::kVector ? Op::kVector
                           : type == NodeType::kMap  ? Op::kMap
                                                     : Op::kSet,
                           count));
    end_value(t);
  }

  // ---------------------------------------------------------------------------------- functions

  void begin_main(std::uint32_t root) {
    Group& group = groups_.emplace_back();
    group.name = substrate::symbol(pin_, "main");
    Unit& main = group.units.emplace_back();
    main.body = root;
    main.safe_points.push_back({0, 0, root, 0, 0, 0});
    push({.step = Step::kEndGroup});
    push({.step = Step::kEndArity});
    push({.tail = true, .node = root});
  }

  Status begin_group(const Task& t) {
    Group& group = groups_.emplace_back();
    group.node = t.node;
    group.self = tree_.get(t.node, words_.self);
    group.name = substrate::is_absent(group.self) ? t.name : group.self;
    push({.step = Step::kEndGroup, .tail = t.tail, .node = t.node});
    if (tree_.type(t.node) == NodeType::kLambda) {
      push({.step = Step::kBeginArity, .node = t.node});
      return {};
    }
    for (std::uint32_t i = tree_.count(t.node, words_.arities); i-- > 0;) {
      push({.step = Step::kBeginArity, .node = tree_.child_at(t.node, words_.arities, i)});
    }
    return {};
  }

  Status begin_arity(const Task& t) {
    if (t.node != groups_.back().node) {
      if (Status status = enter(t.node, NodeType::kLambda); !status.ok()) return status;
    }
    Unit& u = groups_.back().units.emplace_back();
    u.lambda = t.node;
    u.body = tree_.child(t.node, words_.body);
    const std::uint32_t count = tree_.count(t.node, words_.params);
    for (std::uint32_t i = 0; i < count; ++i)
      u.locals.push_back({tree_.item(t.node, words_.params, i), i});
    const Word rest = tree_.get(t.node, words_.rest);
    u.variadic = !substrate::is_absent(rest);
    if (u.variadic) u.locals.push_back({rest, count});
    u.parameter_count = count + (u.variadic ? 1 : 0);
    u.slot_max = u.parameter_count;
    u.safe_points.push_back({0, 0, u.body, u.parameter_count, 0, 0});
    u.targets.push_back({0, u.parameter_count, 0, 0});
    push({.step = Step::kEndArity});
    push({.tail = true, .node = u.body, .depth = u.parameter_count, .target = 0});
    return {};
  }

  // Everything that is numbered must fit its field.
  Status check_size() {
    const Unit& u = unit();
    const bool fits = u.code.size() < static_cast<std::size_t>(kSignedOperandMax) &&
                      u.slot_max < kOperandMax && u.constants.size() < kOperandMax &&
                      u.parameter_count < kShortMax && groups_.back().captures.size() < kShortMax &&
                      groups_.back().units.size() < kShortMax;
    static_assert(kOperandMax < kPlaceIndexMax);
    return fits ? Status()
                : fail(u.lambda == 0 ? u.body : u.lambda, "the function is too large; split it");
  }

  static std::uint64_t combine(std::uint64_t hash, std::uint64_t with) {
    return substrate::mix(hash ^ with);
  }

  // Covers code and constants, no entity ids: equal functions have equal hashes.
  std::uint64_t content_hash(const Unit& u) {
    const auto* bytes = reinterpret_cast<const char*>(u.code.data());
    std::uint64_t h =
        substrate::hash_bytes({bytes, u.code.size() * sizeof(std::uint32_t)}, u.parameter_count);
    for (const Word w : u.constants) h = combine(h, hash_of_constant(w));
    for (const ErrorHandler& handler : u.handlers) {
      for (const std::uint32_t part : {handler.from, handler.to, handler.pc, handler.slot})
        h = combine(h, part);
    }
    return h;
  }

  std::uint64_t hash_of_constant(Word w) {
    if (substrate::is_object(w, ObjectKind::kFunction))
      return Function(pin_, w).info().content_hash;
    if (substrate::is_object(w, ObjectKind::kClosure)) {
      std::uint64_t h = 0;
      for (std::uint32_t i = 0; i < arity_count(pin_, w); ++i)
        h = combine(h, arity_of(pin_, w, i).info().content_hash);
      return h;
    }
    if (function_group(w)) {
      std::uint64_t h = 1;
      for (std::uint32_t i = 0; i < Vector{w}.count(pin_); ++i)
        h = combine(h, hash_of_constant(Vector{w}.nth(pin_, i)));
      return h;
    }
    const std::uint64_t h = substrate::hash(pin_, w);  // which looks through metadata
    return substrate::is_annotated(w) ? combine(h, hash_of_constant(substrate::meta_of(pin_, w)))
                                      : h;
  }

  // A vector of the functions of a closure that captures something; no literal holds functions.
  bool function_group(Word w) {
    return Vector::is(w) && w != substrate::kEmptyVector &&
           substrate::is_object(Vector{w}.nth(pin_, 0), ObjectKind::kFunction);
  }

  template <class T>
  static std::byte* append(std::byte* to, const std::vector<T>& table) {
    if (!table.empty()) std::memcpy(to, table.data(), table.size() * sizeof(T));
    return to + table.size() * sizeof(T);
  }

  Word seal_unit(const Group& group, Unit& u, std::uint32_t arity) {
    std::ranges::sort(u.nodes, {}, &FunctionNode::entity);
    const RegisterCode registers =
        translate({u.code, u.positions, u.constants, u.parameter_count, u.variadic}, u.safe_points,
                  u.handlers);
    const FunctionInfo info{
        .content_hash = content_hash(u),
        .body_entity = u.body,
        .lambda_entity = u.lambda,
        .code_count = static_cast<std::uint32_t>(u.code.size()),
        .safe_point_count = static_cast<std::uint32_t>(u.safe_points.size()),
        .position_count = static_cast<std::uint32_t>(u.positions.size()),
        .node_count = static_cast<std::uint32_t>(u.nodes.size()),
        .slot_max = u.slot_max,
        .parameter_count = static_cast<std::uint16_t>(u.parameter_count),
        .flags = u.variadic ? substrate::kFunctionVariadic : std::uint16_t{0},
        .capture_count = static_cast<std::uint16_t>(group.captures.size()),
        .arity_index = static_cast<std::uint16_t>(arity),
        .register_code_count = static_cast<std::uint32_t>(registers.code.size()),
        .register_position_count = static_cast<std::uint32_t>(registers.positions.size()),
        .handler_count = static_cast<std::uint32_t>(u.handlers.size())};
    std::vector<Word> words{group.name, tree_.program()};
    static_assert(FunctionField::kConstants == 2);
    words.insert(words.end(), u.constants.begin(), u.constants.end());
    const std::size_t raw_bytes =
        sizeof info + (u.code.size() + registers.code.size()) * sizeof(u.code[0]) +
        u.safe_points.size() * sizeof(SafePoint) + group.captures.size() * sizeof(Place) +
        (u.positions.size() + registers.positions.size()) * sizeof(CodePosition) +
        u.nodes.size() * sizeof(FunctionNode) + u.handlers.size() * sizeof(ErrorHandler);
    const Word function =
        substrate::make_record(edit_, ObjectKind::kFunction, words.data(),
                               static_cast<std::uint32_t>(words.size()), raw_bytes);
    std::byte* raw = substrate::record_raw(substrate::header_of(pin_, function));
    std::memcpy(raw, &info, sizeof info);
    raw = append(raw + sizeof info, u.code);
    raw = append(raw, registers.code);
    raw = append(raw, u.safe_points);
    raw = append(raw, group.captures);
    raw = append(raw, u.positions);
    raw = append(raw, registers.positions);
    raw = append(raw, u.nodes);
    append(raw, u.handlers);
    return function;
  }

  // Arities must differ, at most one may take any number, and it must take the most.
  Status check_arities(const Group& group) {
    for (std::size_t i = 0; i < group.units.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        const Unit& a = group.units[k];
        const Unit& b = group.units[i];
        if (a.variadic == b.variadic
                ? a.variadic || a.parameter_count == b.parameter_count
                : (a.variadic ? b : a).parameter_count >= (a.variadic ? a : b).parameter_count) {
          return fail(b.lambda, "two arities of one function take the same number of arguments");
        }
      }
    }
    return {};
  }

  Status end_group(const Task& t) {
    Group group = std::move(groups_.back());
    groups_.pop_back();
    if (Status status = check_arities(group); !status.ok()) return status;
    std::vector<Word> functions;
    for (std::uint32_t i = 0; i < group.units.size(); ++i)
      functions.push_back(seal_unit(group, group.units[i], i));
    const Word function =
        functions.size() == 1 ? functions[0] : Vector::from(edit_, functions).word;
    if (!group.captures.empty()) {
      const std::uint32_t index = constant(function);
      note(t.node, index);
      emit(Op::kClosure, index);
      end_value(t);
      return {};
    }
    // What captures nothing is one closure for good.
    const Word closure = substrate::make_record(edit_, ObjectKind::kClosure, &function, 1);
    static_assert(ClosureField::kFunction == 0);
    if (groups_.empty()) {
      result_ = closure;
      return {};
    }
    note(t.node, constant(closure));
    emit(Op::kConstant, constant(closure));
    end_value(t);
    return {};
  }

  Edit& edit_;
  const Pin& pin_;
  Vocabulary words_;
  Tree tree_;
  Definitions own_definitions_;  // when nobody knew them
  Names names_;
  std::vector<bool> seen_;
  std::vector<Group> groups_;
  std::vector<Task> tasks_;
  Word result_ = substrate::kNil;
};

}  // namespace

Definitions definitions_of(const Pin& pin, Word program) {
  const Vocabulary words(pin);
  const Tree tree(pin, words, program);
  Definitions found;
  const std::uint32_t end = ast::kFirstEntity + ast::entity_count(pin, program);
  for (std::uint32_t node = ast::kFirstEntity; node < end; ++node) {
    const NodeType type = tree.type(node);
    const auto name = type == NodeType::kApplication ? tree.defined_name(node)
                      : type == NodeType::kStorePut  ? tree.stored_name(node)
                                                     : std::nullopt;
    if (name) found.insert(name->bits);
  }
  return found;
}

StatusOr<Word> lower(Edit& edit, Word program, const LowerOptions& options) {
  substrate::publish(edit.pin(), {&program, 1});
  const std::uint32_t root =
      options.entity != 0 ? options.entity : ast::root_entity(edit.pin(), program);
  return Lowering(edit, program, options).run(root);
}

}  // namespace yin::vm
