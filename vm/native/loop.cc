#include "vm/native/loop.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "vm/code.h"

namespace yin::vm::native {

using Cond = x86::CondCode;
namespace {

constexpr std::uint32_t kWordsMax = 512;  // of a loop: it is written twice

bool goes_back(RegisterOp op) { return op == RegisterOp::kLoop || op == RegisterOp::kLoopMove; }

std::uint32_t behind(std::span<const std::uint32_t> code, std::uint32_t pc) {
  return pc + 1 + extra_words(register_op_of(code[pc]));
}

// Where a jump leads. Its distance is its last word, but for those that go back: these have a safe
// point behind it.
std::uint32_t target_of(std::span<const std::uint32_t> code, std::uint32_t pc) {
  const std::uint32_t next = behind(code, pc);
  return next + code[next - (goes_back(register_op_of(code[pc])) ? 2 : 1)];  // distances wrap
}

}  // namespace

std::vector<Loop> innermost_loops(std::span<const std::uint32_t> code) {
  std::map<std::uint32_t, std::uint32_t> ends;  // by head
  for (std::uint32_t pc = 0; pc < code.size(); pc = behind(code, pc)) {
    if (!goes_back(register_op_of(code[pc]))) continue;
    const std::uint32_t head = target_of(code, pc);
    if (head <= pc) ends[head] = behind(code, pc);
  }
  std::vector<Loop> innermost;
  for (auto it = ends.begin(); it != ends.end(); ++it) {
    const auto next = std::next(it);
    const auto [head, end] = *it;
    if ((next == ends.end() || next->first >= end) && end - head <= kWordsMax)
      innermost.push_back({head, end});
  }
  return innermost;
}

LoopBody::LoopBody(std::span<const std::uint32_t> code, Loop loop)
    : code_(code), loop_(loop), known_(loop.end - loop.head) {
  plan();
  if (goes_round_) choose_registers();
}

// ------------------------------------------------------------------------------------- what it does

LoopBody::Step LoopBody::step_at(std::uint32_t pc) const {
  const RegisterOp op = register_op_of(code_[pc]);
  const std::uint32_t d = code_[pc] >> 8;
  const std::uint32_t* const words = code_.data() + pc + 1;
  const auto integer = [&](std::size_t n) { return static_cast<std::int32_t>(words[n]); };
  // The second of two operands: words[n].
  const auto with = [&](Step step, std::size_t n) {
    holds_int(op) ? void(step.n = integer(n)) : void(step.y = words[n]);
    return step;
  };
  switch (op) {
    case RegisterOp::kMove:
      return {.kind = Kind::kMove, .d = d, .x = words[0]};
    case RegisterOp::kInt:
      return {.kind = Kind::kInt, .d = d, .n = integer(0), .gives_int = true};
    case RegisterOp::kConstant:
      return {.kind = Kind::kConstant, .d = d, .n = integer(0)};
    case RegisterOp::kCapture:
      return {.kind = Kind::kCapture, .d = d, .n = integer(0)};
    case RegisterOp::kSelf:
      return {.kind = Kind::kSelf, .d = d};
    case RegisterOp::kJump:
      return {.kind = Kind::kJump, .target = target_of(code_, pc), .goes_on = false};
    case RegisterOp::kJumpIf:
      return {.kind = Kind::kBranch, .x = d, .cond = Cond::kNE, .target = target_of(code_, pc)};
    case RegisterOp::kJumpUnless:
      return {.kind = Kind::kBranch, .x = d, .cond = Cond::kE, .target = target_of(code_, pc)};
    case RegisterOp::kUnlessLess:
    case RegisterOp::kUnlessGreater:
    case RegisterOp::kUnlessLessEqual:
    case RegisterOp::kUnlessGreaterEqual:
    case RegisterOp::kUnlessLessInt:
    case RegisterOp::kUnlessGreaterInt:
    case RegisterOp::kUnlessLessEqualInt:
    case RegisterOp::kUnlessGreaterEqualInt:
      return with({.kind = Kind::kCompareBranch,
                   .x = d,
                   .cond = x86::negateCond(condition_of(op)),
                   .target = target_of(code_, pc),
                   .of_ints = true},
                  0);
    case RegisterOp::kUnlessEqual:
    case RegisterOp::kUnlessEqualInt:
      return with({.kind = Kind::kEqualBranch, .x = d, .target = target_of(code_, pc)}, 0);
    case RegisterOp::kAdd:
    case RegisterOp::kSubtract:
    case RegisterOp::kMultiply:
    case RegisterOp::kAddInt:
    case RegisterOp::kSubtractInt:
    case RegisterOp::kMultiplyInt:
      return with({.kind = Kind::kCalculate,
                   .d = d,
                   .x = words[0],
                   .arithmetic = arithmetic_of(op),
                   .of_ints = true,
                   .gives_int = true},
                  1);
    case RegisterOp::kIncrement:
    case RegisterOp::kDecrement:
      return {.kind = Kind::kCalculate,
              .d = d,
              .x = words[0],
              .n = 1,
              .arithmetic = arithmetic_of(op),
              .of_ints = true,
              .gives_int = true};
    case RegisterOp::kQuotientInt:
    case RegisterOp::kRemainderInt:
    case RegisterOp::kModulusInt:
      return {.kind = Kind::kDivide,
              .d = d,
              .x = words[0],
              .n = integer(1),
              .division = division_of(op),
              .of_ints = true,
              .gives_int = true};
    case RegisterOp::kLess:
    case RegisterOp::kGreater:
    case RegisterOp::kLessEqual:
    case RegisterOp::kGreaterEqual:
      return {.kind = Kind::kCompare,
              .d = d,
              .x = words[0],
              .y = words[1],
              .cond = condition_of(op),
              .of_ints = true};
    case RegisterOp::kEqual:
      return {.kind = Kind::kEqual, .d = d, .x = words[0], .y = words[1]};
    case RegisterOp::kPrimitive1: {
      const auto predicate = predicate_of(words[0]);
      if (!predicate) break;
      return {.kind = Kind::kPredicate,
              .d = d,
              .x = words[1],
              .predicate = *predicate,
              .of_ints = wants_int(*predicate)};
    }
    case RegisterOp::kLoop:
    case RegisterOp::kLoopMove: {
      if (target_of(code_, pc) != loop_.head) break;
      Step step{.kind = Kind::kBack, .goes_on = false};
      if (op == RegisterOp::kLoopMove) step.d = d, step.x = words[0];
      return step;
    }
    default:
      break;
  }
  return {.goes_on = false};
}

LoopBody::Known LoopBody::after(const Step& step, Known before) {
  const Slots read = set_of(step.x) | set_of(step.y), written = set_of(step.d);
  const bool moves_int =
      (step.kind == Kind::kMove || step.kind == Kind::kBack) && (set_of(step.x) & before.ints) != 0;
  if (step.of_ints) before.ints |= read;
  before.ints = step.gives_int || moves_int ? before.ints | written : before.ints & ~written;
  before.below &= ~written;
  before.above &= ~written;
  before.written |= written;
  return before;
}

// Where the comparison of a branch holds: there is an integer beyond.
LoopBody::Known LoopBody::compared(const Step& step, Known after) {
  if (step.kind != Kind::kCompareBranch) return after;
  const bool less = step.cond == Cond::kNL || step.cond == Cond::kNLE;
  const bool strictly = step.cond == Cond::kNL || step.cond == Cond::kNG || !step.y;
  if (!strictly) return after;
  (less ? after.below : after.above) |= set_of(step.x);
  (less ? after.above : after.below) |= set_of(step.y);
  return after;
}

bool LoopBody::is_inside(std::uint32_t pc) const { return pc >= loop_.head && pc < loop_.end; }

// One turn, where these slots are integers when it begins. Jumps lead forward, but for the one back.
void LoopBody::find_known(Slots ints) {
  std::ranges::fill(known_, std::nullopt);
  known_[0] = Known{.ints = ints};
  back_ints_ = ~Slots{0};
  goes_round_ = false;
  const auto flow = [&](std::uint32_t to, Known state) {
    auto& there = known_[to - loop_.head];
    there = there ? Known{there->ints & state.ints, there->below & state.below,
                          there->above & state.above, there->written & state.written}
                  : state;
  };
  for (std::uint32_t pc = loop_.head; pc < loop_.end; pc = behind(code_, pc)) {
    const auto here = known_[pc - loop_.head];
    if (!here) continue;
    const Step step = step_at(pc);
    if (step.kind == Kind::kElsewhere) continue;
    live_ |= (set_of(step.x) | set_of(step.y)) & ~here->written;
    const Known next = after(step, *here);
    if (step.goes_on) flow(behind(code_, pc), compared(step, next));  // the last goes back
    if (step.target && *step.target > pc && is_inside(*step.target)) flow(*step.target, next);
    if (step.kind == Kind::kBack) {
      goes_round_ = true;
      back_ints_ &= next.ints;
    }
  }
}

// The variables that integers are wanted of, as far as each turn leaves them such.
void LoopBody::plan() {
  find_known(~Slots{0});
  Slots ints = 0;
  for (std::uint32_t pc = loop_.head; pc < loop_.end; pc = behind(code_, pc)) {
    if (!known_[pc - loop_.head]) continue;
    const Step step = step_at(pc);
    if (step.of_ints) ints |= set_of(step.x) | set_of(step.y);
    written_ |= set_of(step.d);
  }
  ints &= live_;
  for (;;) {
    find_known(ints);
    if (!goes_round_ || (ints & back_ints_) == ints) return;
    ints &= back_ints_;
  }
}

void LoopBody::choose_registers() {
  std::array<std::uint32_t, kSlotsMax> uses{};
  for (std::uint32_t pc = loop_.head; pc < loop_.end; pc = behind(code_, pc)) {
    if (!known_[pc - loop_.head]) continue;
    const Step step = step_at(pc);
    for (const auto& s : {step.d, step.x, step.y}) {
      if (s && *s < kSlotsMax) ++uses[*s];
    }
  }
  for (const x86::Gp& r : kRegisters) {
    const auto most = std::ranges::max_element(uses);
    if (*most == 0) break;
    registers_.emplace_back(static_cast<std::uint32_t>(most - uses.begin()), r);
    *most = 0;
  }
}

// ------------------------------------------------------------------------------------------ writing

std::optional<x86::Gp> LoopBody::register_of(std::uint32_t s) const {
  for (const auto& [of, r] : registers_) {
    if (of == s) return r;
  }
  return std::nullopt;
}

asmjit::Operand LoopBody::where(std::uint32_t s) const {
  const auto r = register_of(s);
  return r ? asmjit::Operand(*r) : asmjit::Operand(slot(s));
}

// The registers are written back, and the instruction is done on slots.
Label LoopBody::leave_to(std::uint32_t pc, bool with_fuel) {
  for (const Leave& leave : leaves_) {
    if (leave.pc == pc && leave.with_fuel == with_fuel) return leave.label;
  }
  leaves_.push_back({a_->newLabel(), pc, with_fuel});
  return leaves_.back().label;
}

// Of where a jump leads.
Label LoopBody::label_of(std::uint32_t from, std::uint32_t to) {
  const bool here = to > from && is_inside(to) && known_[to - loop_.head];
  return here ? labels_[to - loop_.head] : leave_to(to);
}

void LoopBody::write(x86::Assembler& a, const std::function<Label(std::uint32_t)>& on_slots,
                     const std::function<void(std::uint32_t)>& mark) {
  a_ = &a;
  labels_.assign(known_.size(), Label());
  for (std::size_t n = 0; n < known_.size(); ++n) {
    if (known_[n]) labels_[n] = a.newLabel();
  }
  // All of them, so that what is written back is what stood there or what was written here.
  for (const auto& [s, r] : registers_) a.mov(r, slot(s));
  const Slots ints = known_[0]->ints;
  for (std::uint32_t s = 0; s < kSlotsMax; ++s) {
    if ((ints >> s & 1) == 0) continue;
    unless_int(s, on_slots(loop_.head));
  }
  a.align(asmjit::AlignMode::kCode, 16);
  for (std::uint32_t pc = loop_.head; pc < loop_.end; pc = behind(code_, pc)) {
    if (!known_[pc - loop_.head]) continue;
    mark(pc);
    a.bind(labels_[pc - loop_.head]);
    write_step(pc);
  }
  for (const Leave& leave : leaves_) {
    mark(leave.pc);
    a.bind(leave.label);
    if (leave.with_fuel) a.inc(kFuel);
    for (const auto& [s, r] : registers_) {
      if ((written_ & set_of(s)) != 0) a.mov(slot(s), r);
    }
    a.jmp(on_slots(leave.pc));
  }
}

// To a0.
void LoopBody::take(std::uint32_t s) { a_->emit(x86::Inst::kIdMov, a0, where(s)); }

// a0, and so much more.
void LoopBody::give(std::uint32_t d, std::int32_t more) {
  const auto r = register_of(d);
  if (more != 0) {
    a_->lea(r ? *r : a0, x86::qword_ptr(a0, more));
    if (r) return;
  }
  r ? a_->mov(*r, a0) : a_->mov(slot(d), a0);
}

void LoopBody::require_int(std::uint32_t pc, std::optional<std::uint32_t> s, Slots& known) {
  if (!s || (set_of(s) & known) != 0) return;
  unless_int(*s, leave_to(pc));
  known |= set_of(s);
}

void LoopBody::unless_int(std::uint32_t s, const Label& to) {
  const auto r = register_of(s);
  r ? a_->test(r->r8(), 1) : a_->test(x86::byte_ptr(kBase, static_cast<std::int32_t>(s * 8)), 1);
  a_->jz(to);
}

void LoopBody::move(std::uint32_t d, std::uint32_t x) {
  if (const auto r = register_of(d)) {
    a_->emit(x86::Inst::kIdMov, *r, where(x));
  } else {
    take(x);
    give(d);
  }
}

// x with y, or with an integer.
void LoopBody::compare(const Step& step) {
  const auto r = register_of(*step.x);
  if (!r) take(*step.x);
  const x86::Gp x = r ? *r : a0;
  if (step.y) {
    a_->emit(x86::Inst::kIdCmp, x, where(*step.y));
    return;
  }
  const std::int64_t word = held(static_cast<std::uint32_t>(step.n));
  if (fits(word)) {
    a_->cmp(x, imm(word));
  } else {
    a_->mov(a1, imm(word));
    a_->cmp(x, a1);
  }
}

// No operand is written before the overflow is known.
void LoopBody::calculate(std::uint32_t pc, const Step& step) {
  const bool adds = step.arithmetic == Arithmetic::kAdd;
  const Known& known = *known_[pc - loop_.head];
  const auto from = register_of(*step.x), to = register_of(*step.d);
  if (from && to && !step.y && step.n == 1 && step.arithmetic != Arithmetic::kMultiply &&
      (set_of(step.x) & (adds ? known.below : known.above)) != 0) {
    a_->lea(*to, x86::qword_ptr(*from, adds ? 2 : -2));
    return;
  }
  const Label otherwise = leave_to(pc);
  if (step.arithmetic == Arithmetic::kMultiply) {
    take(*step.x);
    a_->dec(a0);
    if (step.y) {
      a_->emit(x86::Inst::kIdMov, a1, where(*step.y));
      a_->sar(a1, 1);
      a_->imul(a0, a1);
    } else {
      a_->imul(a0, a0, imm(step.n));
    }
    a_->jo(otherwise);
    return give(*step.d, 1);
  }
  const auto id = adds ? x86::Inst::kIdAdd : x86::Inst::kIdSub;
  if (step.y && adds) {
    if (const auto y = register_of(*step.y)) {
      a_->lea(a0, x86::qword_ptr(*y, -1));
    } else {
      take(*step.y);
      a_->dec(a0);
    }
    a_->emit(id, a0, where(*step.x));
    a_->jo(otherwise);
    return give(*step.d);
  }
  if (step.y) {
    take(*step.x);
    a_->emit(id, a0, where(*step.y));  // without a mark: to which it can be added
    a_->jo(otherwise);
    return give(*step.d, 1);
  }
  const std::int64_t twice = std::int64_t{step.n} * 2;
  const auto own = *step.d != *step.x ? to : std::nullopt;
  const x86::Gp sum = own ? *own : a0;
  a_->emit(x86::Inst::kIdMov, sum, where(*step.x));
  if (fits(twice)) {
    a_->emit(id, sum, imm(twice));
  } else {
    a_->mov(a1, imm(twice));
    a_->emit(id, sum, a1);
  }
  a_->jo(otherwise);
  if (!own) give(*step.d);
}

// To the head; if that is a comparison, it is made here, so that a turn has one jump.
void LoopBody::go_round() {
  const Step first = step_at(loop_.head);
  const std::uint32_t next = behind(code_, loop_.head);
  const Slots wanted = set_of(first.x) | set_of(first.y);
  if (first.kind != Kind::kCompareBranch || (known_[0]->ints & wanted) != wanted) {
    a_->jmp(labels_[0]);
    return;
  }
  compare(first);
  a_->j(x86::negateCond(first.cond), labels_[next - loop_.head]);
  a_->jmp(label_of(loop_.head, *first.target));
}

void LoopBody::write_step(std::uint32_t pc) {
  const Step step = step_at(pc);
  Slots known = known_[pc - loop_.head]->ints;
  if (step.of_ints) {
    require_int(pc, step.x, known);
    require_int(pc, step.y, known);
  }
  switch (step.kind) {
    case Kind::kElsewhere:
      a_->jmp(leave_to(pc));
      break;
    case Kind::kMove:
      move(*step.d, *step.x);
      break;
    case Kind::kInt:
      a_->mov(a0, imm(held(static_cast<std::uint32_t>(step.n))));
      give(*step.d);
      break;
    case Kind::kConstant:
      a_->mov(a0, word_at(kFunction, substrate::FunctionField::kConstants +
                                         static_cast<std::uint32_t>(step.n)));
      give(*step.d);
      break;
    case Kind::kCapture:
      write_capture(*a_, static_cast<std::uint32_t>(step.n));
      give(*step.d);
      break;
    case Kind::kSelf:
      a_->mov(a0, slot(-1));
      give(*step.d);
      break;
    case Kind::kJump:
      a_->jmp(label_of(pc, *step.target));
      break;
    case Kind::kBranch: {
      const Label next = a_->newLabel();
      const Label to = label_of(pc, *step.target);
      take(*step.x);
      static_assert(substrate::kNil.bits == 0);
      a_->test(a0, a0);
      a_->jz(step.cond == Cond::kE ? to : next);
      a_->cmp(a0, imm(substrate::kFalse.bits));
      a_->j(step.cond, to);
      a_->bind(next);
      break;
    }
    case Kind::kCompareBranch:
      compare(step);
      a_->j(step.cond, label_of(pc, *step.target));
      break;
    case Kind::kEqualBranch: {
      const Label equal = a_->newLabel();
      compare(step);
      a_->je(equal);
      require_int(pc, step.x, known);
      require_int(pc, step.y, known);
      a_->jmp(label_of(pc, *step.target));
      a_->bind(equal);
      break;
    }
    case Kind::kCalculate:
      calculate(pc, step);
      break;
    case Kind::kDivide:
      take(*step.x);
      write_division(*a_, step.division, step.n);
      give(*step.d);
      break;
    case Kind::kCompare:
      compare(step);
      write_boolean(*a_, step.cond);
      give(*step.d);
      break;
    case Kind::kEqual: {
      const Label same = a_->newLabel();
      compare(step);
      a_->je(same);
      require_int(pc, step.x, known);
      require_int(pc, step.y, known);
      compare(step);
      a_->bind(same);
      write_boolean(*a_, Cond::kE);
      give(*step.d);
      break;
    }
    case Kind::kPredicate:
      take(*step.x);
      write_boolean(*a_, write_predicate(*a_, step.predicate));
      give(*step.d);
      break;
    case Kind::kBack:
      a_->dec(kFuel);
      a_->jz(leave_to(pc, true));
      if (step.d) move(*step.d, *step.x);
      go_round();
      break;
  }
}

}  // namespace yin::vm::native
