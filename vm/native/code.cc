#include "vm/native/code.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>

#include <asmjit/x86.h>

#include "substrate/check.h"

// What the assembler's archive calls stderr (cmake/yin.cmake).
extern "C" {
extern std::FILE* yin_assembler_stderr;
std::FILE* yin_assembler_stderr = stderr;
}

namespace yin::vm::native {

namespace {

namespace x86 = asmjit::x86;
using asmjit::CodeHolder;
using asmjit::Imm;
using asmjit::imm;
using asmjit::Label;
using substrate::ClosureField;
using substrate::FunctionField;
using substrate::ObjectKind;

// See code.h.
constexpr x86::Gp kBase = x86::rbx;
constexpr x86::Gp kFunction = x86::rbp;
constexpr x86::Gp kState = x86::r12;
constexpr x86::Gp kFuel = x86::r13;
constexpr x86::Gp kDomain = x86::r14;
constexpr x86::Gp kEnd = x86::r15;
constexpr x86::Gp a0 = x86::rax;
constexpr x86::Gp a1 = x86::rcx;
constexpr x86::Gp a2 = x86::rdx;

asmjit::JitRuntime& runtime() {
  static asmjit::JitRuntime it;
  return it;
}

x86::Mem slot(std::int64_t n) { return x86::qword_ptr(kBase, static_cast<std::int32_t>(n * 8)); }
#define YIN_STATE(field) static_cast<std::int32_t>(offsetof(State, field))
x86::Mem state(std::int32_t field) { return x86::qword_ptr(kState, field); }
constexpr std::int32_t kHeaderBytes = sizeof(substrate::ObjectHeader);
// Word `n` of the record at `record`.
x86::Mem word_at(const x86::Gp& record, std::uint32_t n) {
  return x86::qword_ptr(record, kHeaderBytes + static_cast<std::int32_t>(n * 8));
}
// The same of a record whose offset in the domain is in `offset`.
x86::Mem word_in(const x86::Gp& offset, std::uint32_t n) {
  return x86::qword_ptr(kDomain, offset, 0, kHeaderBytes + static_cast<std::int32_t>(n * 8));
}

bool fits(std::int64_t n) {
  return n >= std::numeric_limits<std::int32_t>::min() &&
         n <= std::numeric_limits<std::int32_t>::max();
}
std::int64_t bits_of(substrate::Word w) { return static_cast<std::int64_t>(w.bits); }

// Of an object word rolled left by 6: its kind in the lowest 6 bits, its tag above.
constexpr std::uint32_t rolled(ObjectKind kind) {
  return static_cast<std::uint32_t>(kind) | static_cast<std::uint32_t>(substrate::kTagObject) << 6;
}

// Makes one function's code.
class Translator {
 public:
  Translator(CodeHolder& holder, const Function& f)
      : a_(&holder), f_(f), code_(f.register_code(), f.info().register_code_count) {}

  // False: an instruction of no kind, or one that leads outside.
  bool run();
  [[nodiscard]] std::vector<std::uint32_t> offsets(CodeHolder& holder) const;
  [[nodiscard]] std::uint64_t with_room(CodeHolder& holder) const {
    return holder.labelOffset(with_room_);
  }

 private:
  using Cond = x86::CondCode;
  static constexpr std::uint32_t kInlineMoves = 8;
  struct Slow {
    Label label;
    std::uint32_t at;
    bool helper;  // comes back behind the instruction
  };

  bool instruction(std::uint32_t pc);
  // Out of line: the instruction at `at` is done by step().
  Label slow(std::uint32_t at) {
    slow_.push_back({a_.newLabel(), at, false});
    return slow_.back().label;
  }
  // The same for one that writes a value, by its helper.
  Label helped(std::uint32_t at) {
    slow_.push_back({a_.newLabel(), at, true});
    return slow_.back().label;
  }
  void help(std::uint32_t at) {
    const auto op = static_cast<std::int32_t>(register_op_of(code_[at]));
    a_.mov(a0.r32(), at);
    a_.mov(a1, state(YIN_STATE(helpers) + op * 8));
    a_.call(state(YIN_STATE(help)));
  }
  Label target(std::uint32_t from, std::uint32_t distance) {
    const std::int64_t to = std::int64_t{from} + static_cast<std::int32_t>(distance);
    if (to < 0 || to >= static_cast<std::int64_t>(labels_.size()) ||
        !labels_[static_cast<std::size_t>(to)].isValid()) {
      valid_ = false;
      return with_room_;
    }
    return labels_[static_cast<std::size_t>(to)];
  }

  Label behind(std::uint32_t pc) {
    return target(pc + 1 + extra_words(register_op_of(code_[pc])), 0);
  }

  void both_small(const Label& otherwise) {  // of a0 and a1
    a_.mov(a2.r32(), a0.r32());
    a_.and_(a2.r32(), a1.r32());
    small(a2, otherwise);
  }
  void small(const x86::Gp& r, const Label& otherwise) {
    a_.test(r.r8(), 1);
    a_.jz(otherwise);
  }
  void compare_with(std::int64_t word) {  // a0
    if (fits(word)) {
      a_.cmp(a0, imm(word));
    } else {
      a_.mov(a1, imm(word));
      a_.cmp(a0, a1);
    }
  }
  // Loads two operands, or one and an integer, to a0 and the flags.
  void compare(std::uint32_t pc, const std::uint32_t* words, bool with_int, std::uint32_t x) {
    a_.mov(a0, slot(x));
    if (with_int) {
      small(a0, slow(pc));
      compare_with(held(words[0]));
    } else {
      a_.mov(a1, slot(words[0]));
      both_small(slow(pc));
      a_.cmp(a0, a1);
    }
  }
  static std::int64_t held(std::uint32_t word) {
    return bits_of(substrate::int_word(static_cast<std::int32_t>(word)));
  }

  void unless(std::uint32_t pc, const std::uint32_t* words, bool with_int, Cond fails) {
    compare(pc, words, with_int, code_[pc] >> 8);
    a_.j(fails, target(pc + 3, words[1]));
  }
  void unless_equal(std::uint32_t pc, const std::uint32_t* words, bool with_int);
  void compared(std::uint32_t pc, const std::uint32_t* words, Cond holds);
  void boolean(Cond holds, std::uint32_t d);
  enum class Arithmetic { kAdd, kSubtract, kMultiply };
  // The result of x and y, or of x and an integer, to a0.
  void calculate(Arithmetic what, const Label& otherwise, std::uint32_t x, std::uint32_t y);
  void calculate_int(Arithmetic what, const Label& otherwise, std::uint32_t x, std::int32_t n);
  enum class Division { kQuotient, kRemainder, kModulus };
  void divide_int(Division what, std::uint32_t pc, const std::uint32_t* words);
  void callee(std::uint32_t pc, std::uint32_t d, std::uint32_t count);
  void call_done(std::uint32_t next);
  void give_back() {  // a0
    a_.mov(slot(-1), a0);
    a_.ret();
  }

  x86::Assembler a_;
  const Function f_;
  const std::span<const std::uint32_t> code_;
  std::vector<Label> labels_;  // of instructions, by pc
  std::vector<Slow> slow_;
  Label entry_;
  Label with_room_;
  bool valid_ = true;
};

bool Translator::run() {
  labels_.resize(code_.size());
  for (std::uint32_t pc = 0; pc < code_.size();) {
    const RegisterOp op = register_op_of(code_[pc]);
    if (op == RegisterOp::kInvalid || op >= RegisterOp::kEnd) return false;
    const std::uint32_t words = extra_words(op);
    if (code_.size() - pc <= words) return false;
    labels_[pc] = a_.newLabel();
    pc += 1 + words;
  }
  entry_ = a_.newLabel();
  with_room_ = a_.newLabel();
  a_.bind(entry_);
  a_.lea(a0, slot(f_.info().slot_max));
  a_.cmp(a0, kEnd);
  a_.ja(slow(kNoRoom));
  a_.bind(with_room_);
  a_.dec(kFuel);
  a_.jz(slow(kNoFuel));
  for (std::uint32_t pc = 0; pc < code_.size(); pc += 1 + extra_words(register_op_of(code_[pc]))) {
    a_.bind(labels_[pc]);
    if (!instruction(pc)) return false;
  }
  a_.ud2();  // the last instruction leads somewhere else
  for (const Slow& s : slow_) {
    a_.bind(s.label);
    if (s.helper) {
      help(s.at);
      a_.jmp(behind(s.at));
    } else {
      a_.mov(a0.r32(), s.at);
      a_.jmp(state(YIN_STATE(slow)));
    }
  }
  return valid_;
}

std::vector<std::uint32_t> Translator::offsets(CodeHolder& holder) const {
  std::vector<std::uint32_t> all(labels_.size());
  for (std::size_t pc = 0; pc < labels_.size(); ++pc) {
    if (labels_[pc].isValid())
      all[pc] = static_cast<std::uint32_t>(holder.labelOffset(labels_[pc]));
  }
  return all;
}

void Translator::unless_equal(std::uint32_t pc, const std::uint32_t* words, bool with_int) {
  const Label equal = a_.newLabel();
  a_.mov(a0, slot(code_[pc] >> 8));
  if (with_int) {
    compare_with(held(words[0]));
    a_.je(equal);
    a_.test(a0.r8(), 1);
  } else {
    a_.mov(a1, slot(words[0]));
    a_.cmp(a0, a1);
    a_.je(equal);
    a_.and_(a0.r32(), a1.r32());
    a_.test(a0.r8(), 1);
  }
  a_.jz(slow(pc));
  a_.jmp(target(pc + 3, words[1]));
  a_.bind(equal);
}

void Translator::boolean(Cond holds, std::uint32_t d) {
  static_assert(substrate::kTrue.bits - substrate::kFalse.bits == 256);
  a_.set(holds, a0.r8());
  a_.movzx(a0.r32(), a0.r8());
  a_.shl(a0.r32(), 8);
  a_.add(a0.r32(), imm(substrate::kFalse.bits));
  a_.mov(slot(d), a0);
}

void Translator::compared(std::uint32_t pc, const std::uint32_t* words, Cond holds) {
  a_.mov(a0, slot(words[0]));
  a_.mov(a1, slot(words[1]));
  both_small(helped(pc));
  a_.cmp(a0, a1);
  boolean(holds, code_[pc] >> 8);
}

// Small integers are (value << 1 | 1), see internal/arithmetic.h; nothing is written before the
// overflow is known.
void Translator::calculate(Arithmetic what, const Label& otherwise, std::uint32_t x,
                           std::uint32_t y) {
  a_.mov(a0, slot(x));
  a_.mov(a1, slot(y));
  both_small(otherwise);
  switch (what) {
    case Arithmetic::kAdd:
      a_.dec(a1);
      a_.add(a0, a1);
      a_.jo(otherwise);
      break;
    case Arithmetic::kSubtract:
      a_.dec(a1);
      a_.sub(a0, a1);
      a_.jo(otherwise);
      break;
    case Arithmetic::kMultiply:
      a_.dec(a0);
      a_.sar(a1, 1);
      a_.imul(a0, a1);
      a_.jo(otherwise);
      a_.or_(a0, 1);
      break;
  }
}

void Translator::calculate_int(Arithmetic what, const Label& otherwise, std::uint32_t x,
                               std::int32_t n) {
  a_.mov(a0, slot(x));
  small(a0, otherwise);
  const std::int64_t twice = std::int64_t{n} * 2;
  Imm held_twice = imm(twice);
  switch (what) {
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract:
      if (!fits(twice)) {
        a_.mov(a1, held_twice);
        what == Arithmetic::kAdd ? a_.add(a0, a1) : a_.sub(a0, a1);
      } else {
        what == Arithmetic::kAdd ? a_.add(a0, held_twice) : a_.sub(a0, held_twice);
      }
      a_.jo(otherwise);
      break;
    case Arithmetic::kMultiply:
      a_.dec(a0);
      a_.imul(a0, a0, imm(n));
      a_.jo(otherwise);
      a_.or_(a0, 1);
      break;
  }
}

// The integer is neither 0 nor -1.
void Translator::divide_int(Division what, std::uint32_t pc, const std::uint32_t* words) {
  a_.mov(a0, slot(words[0]));
  small(a0, helped(pc));
  a_.sar(a0, 1);
  a_.mov(a1, imm(static_cast<std::int32_t>(words[1])));
  a_.cqo();
  a_.idiv(a1);
  const Label done = a_.newLabel();
  switch (what) {
    case Division::kQuotient:
      a_.mov(a2, a0);
      break;
    case Division::kRemainder:
      break;
    case Division::kModulus:  // of the divisor's sign
      a_.test(a2, a2);
      a_.jz(done);
      a_.mov(a0, a2);
      a_.xor_(a0, a1);
      a_.jns(done);
      a_.add(a2, a1);
      break;
  }
  a_.bind(done);
  a_.lea(a0, x86::qword_ptr(a2, a2, 0, 1));
  a_.mov(slot(code_[pc] >> 8), a0);
}

// The closure at d, if it has one function, of `count` arguments, whose code the table knows: the
// function to a0, its code to a1.
void Translator::callee(std::uint32_t pc, std::uint32_t d, std::uint32_t count) {
  const Label otherwise = slow(pc);
  const auto record_of = [&](ObjectKind kind) {  // the word in a0 to an offset
    a_.mov(a1, a0);
    a_.rol(a1, 6);
    a_.and_(a1.r32(), 0x3ff);
    a_.cmp(a1.r32(), rolled(kind));
    a_.jne(otherwise);
    a_.and_(a0, state(YIN_STATE(offset_mask)));
  };
  a_.mov(a0, slot(d));
  record_of(ObjectKind::kClosure);
  a_.mov(a0, word_in(a0, ClosureField::kFunction));
  record_of(ObjectKind::kFunction);
  a_.add(a0, kDomain);
  static_assert(sizeof(KnownFunction) == substrate::kGranule);
  a_.mov(a1.r32(), a0.r32());
  a_.and_(a1.r32(), imm((kKnownFunctions - 1) * sizeof(KnownFunction)));
  a_.cmp(a0, x86::qword_ptr(kState, a1, 0, YIN_STATE(known)));
  a_.jne(otherwise);
  a_.mov(a1, x86::qword_ptr(
                 kState, a1, 0,
                 YIN_STATE(known) + static_cast<std::int32_t>(offsetof(KnownFunction, code))));
  a_.cmp(x86::dword_ptr(a1, static_cast<std::int32_t>(offsetof(Code, count))), count);
  a_.jne(otherwise);
}

// What a call returns to: the pc behind it in an instruction without effect, then the activation.
void Translator::call_done(std::uint32_t next) {
  const std::uint8_t nop[kReturnSitePc] = {0x0f, 0x1f, 0x80};  // nop dword [rax + next]
  a_.embed(nop, sizeof nop);
  a_.embedUInt32(next);
  a_.pop(kBase);
  a_.pop(kFunction);
}

bool Translator::instruction(std::uint32_t pc) {
  const std::uint32_t i = code_[pc];
  const std::uint32_t d = i >> 8;
  const std::uint32_t* const words = code_.data() + pc + 1;
  switch (register_op_of(i)) {
    case RegisterOp::kMove:
      a_.mov(a0, slot(words[0]));
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kConstant:
      a_.mov(a0, word_at(kFunction, FunctionField::kConstants + words[0]));
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kInt:
      if (fits(held(words[0]))) {
        a_.mov(slot(d), imm(held(words[0])));
      } else {
        a_.mov(a0, imm(held(words[0])));
        a_.mov(slot(d), a0);
      }
      break;
    case RegisterOp::kCapture:
      a_.mov(a0, slot(-1));
      a_.and_(a0, state(YIN_STATE(offset_mask)));
      a_.mov(a0, word_in(a0, ClosureField::kCaptured + words[0]));
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kSelf:
      a_.mov(a0, slot(-1));
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kGlobal: {
      const Label otherwise = slow(pc);
      a_.mov(a0, word_at(kFunction, FunctionField::kConstants + words[0]));
      static_assert(sizeof(internal::ReadVar) == 24 && internal::kReadVars == 64);
      a_.mov(a1, a0);
      a_.shr(a1, 12);
      a_.and_(a1.r32(), 63);
      a_.lea(a1, x86::qword_ptr(a1, a1, 1));
      a_.shl(a1.r32(), 3);
      a_.add(a1, state(YIN_STATE(vars)));
      a_.cmp(a0, x86::qword_ptr(a1, offsetof(internal::ReadVar, var)));
      a_.jne(otherwise);
      a_.mov(a2, x86::qword_ptr(a1, offsetof(internal::ReadVar, run)));
      a_.cmp(a2, state(YIN_STATE(run)));
      a_.jne(otherwise);
      a_.mov(a0, x86::qword_ptr(a1, offsetof(internal::ReadVar, value)));
      a_.mov(slot(d), a0);
      break;
    }
    case RegisterOp::kJump:
      a_.jmp(target(pc + 2, words[0]));
      break;
    case RegisterOp::kJumpIf:
    case RegisterOp::kJumpUnless: {
      const Label to = target(pc + 2, words[0]);
      const Label next = a_.newLabel();
      const bool jumps_if_true = register_op_of(i) == RegisterOp::kJumpIf;
      const Label if_false = jumps_if_true ? next : to;
      a_.mov(a0, slot(d));
      static_assert(substrate::kNil.bits == 0);
      a_.test(a0, a0);
      a_.jz(if_false);
      a_.cmp(a0, imm(substrate::kFalse.bits));
      if (jumps_if_true) {
        a_.jne(to);
      } else {
        a_.je(to);
      }
      a_.bind(next);
      break;
    }
    case RegisterOp::kUnlessLess:
      unless(pc, words, false, Cond::kNL);
      break;
    case RegisterOp::kUnlessGreater:
      unless(pc, words, false, Cond::kNG);
      break;
    case RegisterOp::kUnlessLessEqual:
      unless(pc, words, false, Cond::kNLE);
      break;
    case RegisterOp::kUnlessGreaterEqual:
      unless(pc, words, false, Cond::kNGE);
      break;
    case RegisterOp::kUnlessEqual:
      unless_equal(pc, words, false);
      break;
    case RegisterOp::kUnlessLessInt:
      unless(pc, words, true, Cond::kNL);
      break;
    case RegisterOp::kUnlessGreaterInt:
      unless(pc, words, true, Cond::kNG);
      break;
    case RegisterOp::kUnlessLessEqualInt:
      unless(pc, words, true, Cond::kNLE);
      break;
    case RegisterOp::kUnlessGreaterEqualInt:
      unless(pc, words, true, Cond::kNGE);
      break;
    case RegisterOp::kUnlessEqualInt:
      unless_equal(pc, words, true);
      break;
    case RegisterOp::kCall:
      callee(pc, d, words[0]);
      a_.push(kFunction);
      a_.push(kBase);
      a_.lea(kBase, slot(std::int64_t{d} + 1));
      a_.mov(kFunction, a0);
      a_.call(x86::qword_ptr(a1, static_cast<std::int32_t>(offsetof(Code, entry))));
      call_done(pc + 3);
      break;
    case RegisterOp::kCallSelf: {
      a_.mov(a0, slot(-1));
      a_.mov(slot(d), a0);
      a_.push(kFunction);
      a_.push(kBase);
      a_.lea(kBase, slot(std::int64_t{d} + 1));
      a_.call(entry_);
      call_done(pc + 3);
      break;
    }
    case RegisterOp::kTailCall:
      if (words[0] > kInlineMoves) {
        a_.jmp(slow(pc));
        break;
      }
      callee(pc, d, words[0]);
      for (std::int64_t n = -1; n < std::int64_t{words[0]}; ++n) {
        a_.mov(a2, slot(std::int64_t{d} + 1 + n));
        a_.mov(slot(n), a2);
      }
      a_.mov(kFunction, a0);
      a_.jmp(x86::qword_ptr(a1, static_cast<std::int32_t>(offsetof(Code, entry))));
      break;
    case RegisterOp::kTailSelf:
      if (words[0] > kInlineMoves) {
        a_.jmp(slow(pc));
        break;
      }
      for (std::uint32_t n = 0; n < words[0]; ++n) {
        a_.mov(a0, slot(std::int64_t{d} + 1 + n));
        a_.mov(slot(n), a0);
      }
      a_.jmp(with_room_);
      break;
    case RegisterOp::kReturn:
      a_.mov(a0, slot(d));
      give_back();
      break;
    case RegisterOp::kReturnConstant:
      a_.mov(a0, word_at(kFunction, FunctionField::kConstants + d));
      give_back();
      break;
    case RegisterOp::kReturnInt:
      a_.mov(a0, imm(held(words[0])));
      give_back();
      break;
    case RegisterOp::kLoopMove:
      a_.mov(a0, slot(words[0]));
      a_.mov(slot(d), a0);
      a_.dec(kFuel);
      a_.jz(slow(pc));
      a_.jmp(target(pc + 4, words[1]));
      break;
    case RegisterOp::kLoop:
      a_.dec(kFuel);
      a_.jz(slow(pc));
      a_.jmp(target(pc + 3, words[0]));
      break;
    case RegisterOp::kAdd:
    case RegisterOp::kSubtract:
    case RegisterOp::kMultiply:
      calculate(register_op_of(i) == RegisterOp::kAdd        ? Arithmetic::kAdd
                : register_op_of(i) == RegisterOp::kSubtract ? Arithmetic::kSubtract
                                                             : Arithmetic::kMultiply,
                helped(pc), words[0], words[1]);
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kReturnAdd:
    case RegisterOp::kReturnSubtract:
    case RegisterOp::kReturnMultiply:
      calculate(register_op_of(i) == RegisterOp::kReturnAdd        ? Arithmetic::kAdd
                : register_op_of(i) == RegisterOp::kReturnSubtract ? Arithmetic::kSubtract
                                                                   : Arithmetic::kMultiply,
                slow(pc), d, words[0]);
      give_back();
      break;
    case RegisterOp::kAddInt:
    case RegisterOp::kSubtractInt:
    case RegisterOp::kMultiplyInt:
      calculate_int(register_op_of(i) == RegisterOp::kAddInt        ? Arithmetic::kAdd
                    : register_op_of(i) == RegisterOp::kSubtractInt ? Arithmetic::kSubtract
                                                                    : Arithmetic::kMultiply,
                    helped(pc), words[0], static_cast<std::int32_t>(words[1]));
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kIncrement:
    case RegisterOp::kDecrement:
      calculate_int(
          register_op_of(i) == RegisterOp::kIncrement ? Arithmetic::kAdd : Arithmetic::kSubtract,
          helped(pc), words[0], 1);
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kQuotientInt:
      divide_int(Division::kQuotient, pc, words);
      break;
    case RegisterOp::kRemainderInt:
      divide_int(Division::kRemainder, pc, words);
      break;
    case RegisterOp::kModulusInt:
      divide_int(Division::kModulus, pc, words);
      break;
    case RegisterOp::kLess:
      compared(pc, words, Cond::kL);
      break;
    case RegisterOp::kGreater:
      compared(pc, words, Cond::kG);
      break;
    case RegisterOp::kLessEqual:
      compared(pc, words, Cond::kLE);
      break;
    case RegisterOp::kGreaterEqual:
      compared(pc, words, Cond::kGE);
      break;
    case RegisterOp::kEqual: {
      const Label known = a_.newLabel();
      a_.mov(a0, slot(words[0]));
      a_.mov(a1, slot(words[1]));
      a_.cmp(a0, a1);
      a_.je(known);
      both_small(helped(pc));
      a_.cmp(a0, a1);
      a_.bind(known);
      boolean(Cond::kE, d);
      break;
    }
    case RegisterOp::kDefine:
    case RegisterOp::kTailDefine:
      a_.jmp(slow(pc));
      break;
    default:
      help(pc);
      break;
  }
  return true;
}

// ------------------------------------------------------------------------------------ stubs

Stubs make_stubs() {
  Stubs made{};
  CodeHolder holder;
  holder.init(runtime().environment());
  x86::Assembler a(&holder);
  const x86::Gp saved[] = {x86::rbx, x86::rbp, x86::r12, x86::r13, x86::r14, x86::r15};
  const auto load = [&] {
    a.mov(kBase, state(YIN_STATE(base)));
    a.mov(kFunction, state(YIN_STATE(function)));
    a.mov(kFuel, state(YIN_STATE(left)));
    a.mov(kEnd, state(YIN_STATE(end)));
    a.mov(x86::rsp, state(YIN_STATE(native_sp)));
  };
  const Label leave = a.newLabel();
  const Label slow = a.newLabel();
  const Label help = a.newLabel();
  const Label elsewhere = a.newLabel();
  const Label returned = a.newLabel();
  const Label give_back = a.newLabel();

  // enter(state, to): what the caller keeps, six registers and the return address, and 8 bytes make
  // the stack a multiple of 16, as step() needs it.
  for (const x86::Gp& r : saved) a.push(r);
  a.sub(x86::rsp, 8);
  a.mov(kState, x86::rdi);
  a.mov(state(YIN_STATE(thread_sp)), x86::rsp);
  a.mov(a0, x86::rsi);
  a.mov(kDomain, state(YIN_STATE(domain)));
  load();
  a.jmp(a0);

  a.bind(leave);
  a.mov(x86::rsp, state(YIN_STATE(thread_sp)));
  a.add(x86::rsp, 8);
  for (std::size_t n = std::size(saved); n-- > 0;) a.pop(saved[n]);
  a.ret();

  a.bind(returned);
  a.lea(a0, x86::ptr(returned));  // so that the next one finds it again
  a.push(a0);
  a.mov(a0.r32(), imm(std::uint32_t{kReturned}));

  const auto store = [&] {
    a.mov(x86::dword_ptr(kState, YIN_STATE(at)), a0.r32());
    a.mov(state(YIN_STATE(base)), kBase);
    a.mov(state(YIN_STATE(function)), kFunction);
    a.mov(state(YIN_STATE(left)), kFuel);
  };
  a.bind(slow);
  store();
  a.mov(state(YIN_STATE(native_sp)), x86::rsp);
  a.mov(x86::rsp, state(YIN_STATE(thread_sp)));
  a.mov(x86::rdi, kState);
  a.call(state(YIN_STATE(step)));
  load();
  a.jmp(a0);

  // Called, with the helper in a1. Fuel may be taken away by it, all else stays.
  a.bind(help);
  store();
  a.lea(a2, x86::qword_ptr(x86::rsp, 8));  // without the return address
  a.mov(state(YIN_STATE(native_sp)), a2);
  a.mov(x86::rsp, state(YIN_STATE(thread_sp)));
  a.mov(x86::rdi, kState);
  a.call(a1);
  a.test(a0, a0);
  a.jnz(elsewhere);
  a.mov(kFuel, state(YIN_STATE(left)));
  a.mov(a2, state(YIN_STATE(native_sp)));
  a.lea(x86::rsp, x86::qword_ptr(a2, -8));
  a.ret();
  a.bind(elsewhere);
  load();
  a.jmp(a0);

  a.bind(give_back);
  a.ret();

  void* at = nullptr;
  substrate::check(runtime().add(&at, &holder) == asmjit::kErrorOk, "no memory for machine code");
  const auto address = [&](const Label& label) {
    return static_cast<const std::byte*>(at) + holder.labelOffset(label);
  };
  made.enter = reinterpret_cast<void (*)(State*, const void*)>(at);
  made.leave = address(leave);
  made.slow = address(slow);
  made.help = address(help);
  made.returned = address(returned);
  made.give_back = address(give_back);
  return made;
}

}  // namespace

Code::~Code() {
  if (entry != nullptr) runtime().release(const_cast<void*>(entry));
}

namespace {

std::shared_ptr<const Code> compile(const Function& f) {
  CodeHolder holder;
  holder.init(runtime().environment());
  Translator translator(holder, f);
  substrate::check(translator.run(), "an instruction of no kind: the function's code is damaged");
  std::shared_ptr<Code> code(new Code);
  void* at = nullptr;
  substrate::check(runtime().add(&at, &holder) == asmjit::kErrorOk, "no memory for machine code");
  code->entry = at;
  code->entry_with_room = static_cast<std::byte*>(at) + translator.with_room(holder);
  if (!f.variadic()) code->count = f.info().parameter_count;
  code->offsets = translator.offsets(holder);
  return code;
}

// Beyond this much register code all is forgotten: machines that run keep what they run.
constexpr std::size_t kKeptWords = std::size_t{1} << 22;

struct Kept {
  std::vector<std::uint32_t> words;
  std::uint32_t slot_max;
  std::uint32_t parameter_count;
  bool variadic;
  std::shared_ptr<const Code> code;
};

struct Cache {
  std::mutex mutex;
  std::unordered_multimap<std::uint64_t, Kept> kept;  // by content hash
  std::size_t words = 0;
};

}  // namespace

std::shared_ptr<const Code> code_of(const Function& f) {
  static Cache cache;
  const std::span<const std::uint32_t> words(f.register_code(), f.info().register_code_count);
  const std::lock_guard lock(cache.mutex);
  const auto [from, to] = cache.kept.equal_range(f.info().content_hash);
  for (auto it = from; it != to; ++it) {
    const Kept& kept = it->second;
    if (kept.slot_max == f.info().slot_max && kept.parameter_count == f.info().parameter_count &&
        kept.variadic == f.variadic() && std::ranges::equal(kept.words, words))
      return kept.code;
  }
  auto code = compile(f);
  if (cache.words > kKeptWords) cache.kept.clear(), cache.words = 0;
  cache.words += words.size();
  cache.kept.emplace(f.info().content_hash, Kept{{words.begin(), words.end()},
                                                 f.info().slot_max,
                                                 f.info().parameter_count,
                                                 f.variadic(),
                                                 code});
  return code;
}

const Stubs& stubs() {
  static const Stubs made = make_stubs();
  return made;
}

}  // namespace yin::vm::native
