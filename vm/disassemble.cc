#include "vm/disassemble.h"

#include <array>
#include <iterator>
#include <span>
#include <unordered_set>
#include <utility>

#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/vector.h"
#include "vm/primitive.h"

namespace yin::vm {

using substrate::ObjectKind;
using substrate::Pin;
using substrate::Vector;
using substrate::Word;

namespace {

constexpr std::size_t kOperandTextMax = 40;  // of a constant

// What an operand means, and where it stands: in the instruction, or in a word of its own.
enum class Operand : std::uint8_t {
  kNone,
  kSlot,       // the whole operand, unsigned, as all that are not said to be pairs
  kPairSlot,   // the lower half
  kPairOther,  // the upper half, a slot
  kPairInt,    // the upper half, signed
  kConstant,   // index
  kVar,        // index of a var ref
  kFunction,   // index of a function or of several
  kCapture,    // index
  kCount,
  kInt,   // signed
  kJump,  // signed distance from behind the instruction
  kPrimitive,
  kPoint,  // a safe point
};

struct Shape {
  Operand first = Operand::kNone;   // in the instruction
  Operand second = Operand::kNone;  // there too: the upper half of a pair
  std::array<Operand, 3> words = {};
};

template <class OpType>
struct Row {
  OpType op;
  std::string_view name;
  Shape shape = {};
};

using enum Operand;

constexpr auto kStackRows = std::to_array<Row<Op>>({
    {Op::kInvalid, ""},
    {Op::kConstant, "constant", {kConstant}},
    {Op::kSmallInt, "int", {kInt}},
    {Op::kLocal, "local", {kSlot}},
    {Op::kCapture, "capture", {kCapture}},
    {Op::kSelf, "self"},
    {Op::kGlobal, "global", {kVar}},
    {Op::kPop, "pop"},
    {Op::kSlide, "slide", {kCount}},
    {Op::kJump, "jump", {kJump}},
    {Op::kJumpIf, "jump-if", {kJump}},
    {Op::kJumpUnless, "jump-unless", {kJump}},
    {Op::kCall, "call", {kCount, kNone, {kPoint}}},
    {Op::kTailCall, "tail-call", {kCount}},
    {Op::kReturn, "return"},
    {Op::kReturnLocal, "return-local", {kSlot}},
    {Op::kPrimitive, "primitive", {kPrimitive, kNone, {kCount}}},
    {Op::kDefine, "define", {kVar, kNone, {kPoint}}},
    {Op::kTailDefine, "tail-define", {kVar}},
    {Op::kClosure, "closure", {kFunction}},
    {Op::kVector, "vector", {kCount}},
    {Op::kMap, "map", {kCount}},
    {Op::kSet, "set", {kCount}},
    {Op::kRecur, "recur", {kCount, kNone, {kSlot, kJump, kPoint}}},
    {Op::kAdd, "add"},
    {Op::kSubtract, "subtract"},
    {Op::kMultiply, "multiply"},
    {Op::kLess, "less"},
    {Op::kGreater, "greater"},
    {Op::kLessEqual, "less-equal"},
    {Op::kGreaterEqual, "greater-equal"},
    {Op::kEqual, "equal"},
    {Op::kAddInt, "add-int", {kInt}},
    {Op::kSubtractInt, "subtract-int", {kInt}},
    {Op::kAddLocalInt, "add-local-int", {kPairSlot, kPairInt}},
    {Op::kSubtractLocalInt, "subtract-local-int", {kPairSlot, kPairInt}},
    {Op::kIncrement, "increment"},
    {Op::kDecrement, "decrement"},
    {Op::kIncrementLocal, "increment-local", {kSlot}},
    {Op::kDecrementLocal, "decrement-local", {kSlot}},
    {Op::kUnlessLess, "unless-less", {kJump}},
    {Op::kUnlessGreater, "unless-greater", {kJump}},
    {Op::kUnlessLessEqual, "unless-less-equal", {kJump}},
    {Op::kUnlessGreaterEqual, "unless-greater-equal", {kJump}},
    {Op::kUnlessEqual, "unless-equal", {kJump}},
    {Op::kUnlessLessLocalInt, "unless-less-local-int", {kSlot, kNone, {kInt, kJump}}},
    {Op::kUnlessGreaterLocalInt, "unless-greater-local-int", {kSlot, kNone, {kInt, kJump}}},
    {Op::kUnlessLessEqualLocalInt, "unless-less-equal-local-int", {kSlot, kNone, {kInt, kJump}}},
    {Op::kUnlessGreaterEqualLocalInt,
     "unless-greater-equal-local-int",
     {kSlot, kNone, {kInt, kJump}}},
    {Op::kUnlessEqualLocalInt, "unless-equal-local-int", {kSlot, kNone, {kInt, kJump}}},
    {Op::kUnlessLessLocals, "unless-less-locals", {kPairSlot, kPairOther, {kJump}}},
    {Op::kUnlessGreaterLocals, "unless-greater-locals", {kPairSlot, kPairOther, {kJump}}},
    {Op::kUnlessLessEqualLocals, "unless-less-equal-locals", {kPairSlot, kPairOther, {kJump}}},
    {Op::kUnlessGreaterEqualLocals,
     "unless-greater-equal-locals",
     {kPairSlot, kPairOther, {kJump}}},
    {Op::kUnlessEqualLocals, "unless-equal-locals", {kPairSlot, kPairOther, {kJump}}},
    {Op::kNth, "nth"},
    {Op::kGet, "get"},
});

using R = RegisterOp;
constexpr auto kRegisterRows = std::to_array<Row<RegisterOp>>({
    {R::kInvalid, ""},
    {R::kMove, "move", {kSlot, kNone, {kSlot}}},
    {R::kConstant, "constant", {kSlot, kNone, {kConstant}}},
    {R::kInt, "int", {kSlot, kNone, {kInt}}},
    {R::kCapture, "capture", {kSlot, kNone, {kCapture}}},
    {R::kSelf, "self", {kSlot}},
    {R::kGlobal, "global", {kSlot, kNone, {kVar}}},
    {R::kJump, "jump", {kNone, kNone, {kJump}}},
    {R::kJumpIf, "jump-if", {kSlot, kNone, {kJump}}},
    {R::kJumpUnless, "jump-unless", {kSlot, kNone, {kJump}}},
    {R::kUnlessLess, "unless-less", {kSlot, kNone, {kSlot, kJump}}},
    {R::kUnlessGreater, "unless-greater", {kSlot, kNone, {kSlot, kJump}}},
    {R::kUnlessLessEqual, "unless-less-equal", {kSlot, kNone, {kSlot, kJump}}},
    {R::kUnlessGreaterEqual, "unless-greater-equal", {kSlot, kNone, {kSlot, kJump}}},
    {R::kUnlessEqual, "unless-equal", {kSlot, kNone, {kSlot, kJump}}},
    {R::kUnlessLessInt, "unless-less-int", {kSlot, kNone, {kInt, kJump}}},
    {R::kUnlessGreaterInt, "unless-greater-int", {kSlot, kNone, {kInt, kJump}}},
    {R::kUnlessLessEqualInt, "unless-less-equal-int", {kSlot, kNone, {kInt, kJump}}},
    {R::kUnlessGreaterEqualInt, "unless-greater-equal-int", {kSlot, kNone, {kInt, kJump}}},
    {R::kUnlessEqualInt, "unless-equal-int", {kSlot, kNone, {kInt, kJump}}},
    {R::kCall, "call", {kSlot, kNone, {kCount, kPoint}}},
    {R::kCallSelf, "call-self", {kSlot, kNone, {kCount, kPoint}}},
    {R::kTailCall, "tail-call", {kSlot, kNone, {kCount}}},
    {R::kTailSelf, "tail-self", {kSlot, kNone, {kCount}}},
    {R::kReturn, "return", {kSlot}},
    {R::kReturnConstant, "return-constant", {kConstant}},
    {R::kReturnInt, "return-int", {kNone, kNone, {kInt}}},
    {R::kPrimitive, "primitive", {kSlot, kNone, {kPrimitive, kCount}}},
    {R::kPrimitive1, "primitive-1", {kSlot, kNone, {kPrimitive, kSlot}}},
    {R::kPrimitive2, "primitive-2", {kSlot, kNone, {kPrimitive, kSlot, kSlot}}},
    {R::kDefine, "define", {kSlot, kNone, {kVar, kPoint}}},
    {R::kTailDefine, "tail-define", {kSlot, kNone, {kVar}}},
    {R::kClosure, "closure", {kSlot, kNone, {kFunction}}},
    {R::kVector, "vector", {kSlot, kNone, {kCount}}},
    {R::kMap, "map", {kSlot, kNone, {kCount}}},
    {R::kSet, "set", {kSlot, kNone, {kCount}}},
    {R::kLoop, "loop", {kNone, kNone, {kJump, kPoint}}},
    {R::kLoopMove, "loop-move", {kSlot, kNone, {kSlot, kJump, kPoint}}},
    {R::kAdd, "add", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kSubtract, "subtract", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kMultiply, "multiply", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kQuotient, "quotient", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kRemainder, "remainder", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kModulus, "modulus", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kLess, "less", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kGreater, "greater", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kLessEqual, "less-equal", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kGreaterEqual, "greater-equal", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kEqual, "equal", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kAddInt, "add-int", {kSlot, kNone, {kSlot, kInt}}},
    {R::kSubtractInt, "subtract-int", {kSlot, kNone, {kSlot, kInt}}},
    {R::kMultiplyInt, "multiply-int", {kSlot, kNone, {kSlot, kInt}}},
    {R::kQuotientInt, "quotient-int", {kSlot, kNone, {kSlot, kInt}}},
    {R::kRemainderInt, "remainder-int", {kSlot, kNone, {kSlot, kInt}}},
    {R::kModulusInt, "modulus-int", {kSlot, kNone, {kSlot, kInt}}},
    {R::kIncrement, "increment", {kSlot, kNone, {kSlot}}},
    {R::kDecrement, "decrement", {kSlot, kNone, {kSlot}}},
    {R::kNth, "nth", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kGet, "get", {kSlot, kNone, {kSlot, kSlot}}},
    {R::kReturnAdd, "return-add", {kSlot, kNone, {kSlot}}},
    {R::kReturnSubtract, "return-subtract", {kSlot, kNone, {kSlot}}},
    {R::kReturnMultiply, "return-multiply", {kSlot, kNone, {kSlot}}},
});

// Each operation has its row at its number, with as many words as it has.
template <class OpType, std::size_t n>
constexpr bool covers(const std::array<Row<OpType>, n>& rows) {
  if (n != static_cast<std::size_t>(OpType::kEnd)) return false;
  for (std::size_t i = 0; i < n; ++i) {
    const Row<OpType>& row = rows[i];
    if (row.op != static_cast<OpType>(i)) return false;
    std::uint32_t words = 0;
    for (const Operand operand : row.shape.words) words += operand == kNone ? 0 : 1;
    if (i > 0 && (row.name.empty() || words != extra_words(row.op))) return false;
  }
  return true;
}
static_assert(covers(kStackRows), "an operation of vm/code.h has no row here, or a wrong one");
static_assert(covers(kRegisterRows), "an operation of vm/register/code.h has none, or a wrong one");

std::string shortened(std::string text) {
  std::size_t end = kOperandTextMax;
  if (text.size() <= end) return text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string print_some(const Pin& pin, Word w) {
  std::string text;
  print_to(text, pin, w, kOperandTextMax);
  return shortened(std::move(text));
}

}  // namespace

// The operands of one instruction.
class OperandText {
 public:
  OperandText(Disassembler& names, const Function& function) : names_(names), f_(function) {}

  void add(Operand kind, std::uint32_t bits, std::uint32_t behind) {
    if (kind == kNone) return;
    if (!out_.empty()) out_ += ' ';
    out_ += one(kind, bits, behind);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string one(Operand kind, std::uint32_t bits, std::uint32_t behind) {
    const auto value = static_cast<std::int32_t>(bits);
    switch (kind) {
      case kNone:
        break;
      case kSlot:
      case kPairSlot:
      case kPairOther:
        return "s" + std::to_string(bits);
      case kConstant:
      case kFunction:
        return names_.constant(f_.constants()[bits]);
      case kVar:
        return std::string(names_.var_name(f_.constants()[bits]));
      case kCapture:
        return "captured " + std::to_string(bits);
      case kCount:
        return "*" + std::to_string(bits);
      case kInt:
      case kPairInt:
        return "#" + std::to_string(value);
      case kJump:
        return "-> " + std::to_string(std::int64_t{behind} + value);
      case kPrimitive:
        return std::string(primitives()[bits].name);
      case kPoint:
        return "@" + std::to_string(bits);
    }
    return {};
  }

  Disassembler& names_;
  const Function& f_;
  std::string out_;
};

namespace {

template <class OpType, std::size_t n>
std::vector<Instruction> disassemble(Disassembler& names, const Function& f,
                                     const std::array<Row<OpType>, n>& rows,
                                     std::span<const std::uint32_t> code) {
  std::vector<Instruction> all;
  for (std::uint32_t pc = 0; pc < code.size();) {
    const std::uint32_t instruction = code[pc];
    const Row<OpType>& row = rows[instruction & 0xff];
    const std::uint32_t behind = pc + 1 + extra_words(row.op);
    OperandText text(names, f);
    const bool is_signed = row.shape.first == kInt || row.shape.first == kJump;
    const bool is_pair = row.shape.first == kPairSlot;
    text.add(row.shape.first,
             is_pair     ? pair_slot(instruction)
             : is_signed ? static_cast<std::uint32_t>(signed_operand(instruction))
                         : operand(instruction),
             behind);
    text.add(row.shape.second,
             row.shape.second == kPairInt ? static_cast<std::uint32_t>(pair_int(instruction))
                                          : pair_other(instruction),
             behind);
    for (std::uint32_t w = 0; pc + 1 + w < behind; ++w)
      text.add(row.shape.words[w], code[pc + 1 + w], behind);
    all.push_back({.pc = pc, .words = behind - pc, .name = row.name, .operands = text.take()});
    pc = behind;
  }
  return all;
}

template <class OpType, std::size_t n>
std::string_view name_in(const std::array<Row<OpType>, n>& rows, OpType op) {
  const auto at = static_cast<std::size_t>(op);
  return at < n ? rows[at].name : std::string_view();
}

}  // namespace

std::vector<Instruction> Disassembler::stack(const Function& f) {
  auto all = disassemble(*this, f, kStackRows, {f.code(), f.info().code_count});
  for (Instruction& i : all) i.entity = f.entity_at(i.pc);
  return all;
}

std::vector<Instruction> Disassembler::registers(const Function& f) {
  auto all =
      disassemble(*this, f, kRegisterRows, {f.register_code(), f.info().register_code_count});
  for (Instruction& i : all) i.entity = f.entity_at_register(i.pc);
  return all;
}

std::string_view Disassembler::var_name(Word ref) {
  if (vars_.empty()) {
    for (substrate::NamedRoot& root : list_named_roots(pin_, substrate::RootKind::kVar))
      vars_.emplace(root.ref.bits, root.name.substr(root.name.find('/') + 1));
  }
  const auto known = vars_.find(ref.bits);
  return known == vars_.end() ? "of no name" : std::string_view(known->second);
}

std::string Disassembler::constant(Word w) {
  if (substrate::is_primitive(w)) {
    const std::uint64_t number = substrate::payload(w);  // in a domain from elsewhere, any
    const std::string_view name =
        number < primitives().size() ? primitives()[static_cast<std::size_t>(number)].name : "";
    return "primitive " + std::string(name.empty() ? "of no name" : name);
  }
  if (is_root(w, substrate::RootKind::kVar)) return "var " + std::string(var_name(w));
  const bool arities = Vector::is(w) && Vector{w}.count(pin_) > 0 &&
                       is_object(Vector{w}.nth(pin_, 0), ObjectKind::kFunction);
  if (!arities && !is_object(w, ObjectKind::kFunction)) return print_some(pin_, w);
  const Word name = Function(pin_, arities ? Vector{w}.nth(pin_, 0) : w).name();
  return "fn " + (substrate::is_nil(name) ? "of no name" : print_some(pin_, name));
}

std::string_view op_name(Op op) { return name_in(kStackRows, op); }
std::string_view op_name(RegisterOp op) { return name_in(kRegisterRows, op); }

// What captures nothing is a closure among the constants, what does is a function there, or one an
// arity.
std::vector<Word> functions_of(const Pin& pin, Word closure) {
  std::vector<Word> all;
  std::unordered_set<std::uint64_t> known;
  std::vector<Word> pending = {closure};
  Word program = substrate::kAbsent;
  while (!pending.empty()) {
    Word w = pending.back();
    pending.pop_back();
    if (is_object(w, ObjectKind::kClosure))
      w = substrate::field(pin, w, substrate::ClosureField::kFunction);
    std::vector<Word> next;
    if (is_object(w, ObjectKind::kFunction)) {
      const Function f(pin, w);
      if (substrate::is_absent(program)) program = f.program();
      if (f.program() != program || !known.insert(w.bits).second) continue;
      all.push_back(w);
      const std::uint32_t count = f.header()->count - substrate::FunctionField::kConstants;
      next.assign(f.constants(), f.constants() + count);
    } else if (Vector::is(w) && Vector{w}.count(pin) > 0 &&
               is_object(Vector{w}.nth(pin, 0), ObjectKind::kFunction)) {
      for (std::uint64_t i = 0; i < Vector{w}.count(pin); ++i)
        next.push_back(Vector{w}.nth(pin, i));
    }
    pending.insert(pending.end(), next.rbegin(), next.rend());
  }
  return all;
}

}  // namespace yin::vm
