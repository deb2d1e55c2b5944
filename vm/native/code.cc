#include "vm/native/code.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/edit.h"
#include "substrate/vector.h"
#include "substrate/worker.h"
#include "vm/native/assembly.h"
#include "vm/native/loop.h"
#include "vm/native/native.h"
#include "vm/primitive.h"

// What the assembler's archive calls stderr (cmake/yin.cmake).
extern "C" {
extern std::FILE* yin_assembler_stderr;
std::FILE* yin_assembler_stderr = stderr;
}

namespace yin::vm::native {

namespace {

using asmjit::CodeHolder;
using asmjit::Imm;
using substrate::ClosureField;
using substrate::FunctionField;
using substrate::ObjectKind;

asmjit::JitRuntime& runtime() {
  static asmjit::JitRuntime it;
  return it;
}

// Of an object word rolled left by 6: its kind in the lowest 6 bits, its tag above.
constexpr std::uint32_t rolled(ObjectKind kind) {
  return static_cast<std::uint32_t>(kind) | static_cast<std::uint32_t>(substrate::kTagObject) << 6;
}

// The number of a primitive, looked up once.
template <std::size_t kSize>
struct Name {
  char text[kSize];
  constexpr Name(const char (&from)[kSize]) {
    std::copy_n(from, kSize, text);
  }  // NOLINT: a literal
};
template <Name kName>
std::uint32_t number_of() {
  static const std::uint32_t number = builtin::number_of({kName.text, sizeof kName.text - 1});
  return number;
}

// What a closure of the function in that constant captures; none if there are several functions.
std::optional<std::span<const substrate::Place>> captures_of(const Function& f,
                                                             const std::byte* base,
                                                             std::uint32_t constant) {
  const substrate::Word w = f.constants()[constant];
  if (!substrate::is_object(w, ObjectKind::kFunction)) return std::nullopt;
  const std::byte* const at = base + substrate::raw(substrate::object_offset(w));
  return Function(reinterpret_cast<const substrate::ObjectHeader*>(at)).captures();
}

// ---- making objects in the nursery ---------------------------------------------------------------

std::int64_t header_bits(ObjectKind kind, std::uint64_t bytes, std::uint32_t count, bool leaf) {
  substrate::ObjectHeader header;
  substrate::set_header(header, kind, bytes, count, leaf);
  return std::bit_cast<std::int64_t>(header);
}

// Takes `size` bytes: their address to `made`. Changes a2.
void allocate(x86::Assembler& a, const x86::Gp& made, std::uint64_t size, const Label& otherwise) {
  const auto bytes = static_cast<std::int32_t>(size);
  a.mov(a2, state(YIN_STATE(next)));
  a.mov(made, x86::qword_ptr(a2));
  a.add(made, imm(bytes));
  a.cmp(made, state(YIN_STATE(low)));
  a.ja(otherwise);
  a.mov(x86::qword_ptr(a2), made);
  a.sub(made, imm(bytes));
}

// An object's address to its word. Changes a2.
void give_word(x86::Assembler& a, const x86::Gp& made, ObjectKind kind, std::uint64_t size,
               bool leaf) {
  const auto rest =
      substrate::object_word(kind, substrate::Offset{}, size / substrate::kGranule, leaf);
  a.sub(made, kDomain);
  a.mov(a2, imm(bits_of(rest)));
  a.or_(made, a2);
}

// Makes one function's code.
class Translator {
 public:
  // `log`: the holder's, if it has one.
  Translator(CodeHolder& holder, const Function& f, const std::byte* base,
             const asmjit::StringLogger* log = nullptr)
      : a_(&holder),
        f_(f),
        domain_(base),
        code_(f.register_code(), f.info().register_code_count),
        log_(log) {}

  // False: an instruction of no kind, or one that leads outside.
  bool run();
  [[nodiscard]] std::vector<std::uint32_t> offsets(CodeHolder& holder) const;
  // What stands in the log, from where on it is of which instruction.
  struct Mark {
    std::size_t from;
    std::uint32_t pc;
    bool out_of_line;
  };
  [[nodiscard]] const std::vector<Mark>& marks() const { return marks_; }
  [[nodiscard]] std::uint64_t with_room(CodeHolder& holder) const {
    return holder.labelOffset(with_room_);
  }

 private:
  using Cond = x86::CondCode;
  static constexpr std::uint32_t kInlineMoves = 8;
  static constexpr std::uint32_t kInlineCaptures = 6;
  static constexpr std::uint32_t kInlineItems = 6;
  // What stands behind the function, out of the way of what is common.
  struct Aside {
    Label label;
    std::uint32_t of;  // the instruction
    std::function<void()> write;
  };

  bool instruction(std::uint32_t pc);
  void begin_loop(const Loop& loop);
  void mark(std::uint32_t pc, bool out_of_line = false) {
    if (log_ != nullptr) marks_.push_back({log_->dataSize(), pc, out_of_line});
  }
  Label aside(std::function<void()> write) {
    asides_.push_back({a_.newLabel(), now_, std::move(write)});
    return asides_.back().label;
  }
  // The instruction at `at` is done by step().
  Label slow(std::uint32_t at) {
    return aside([this, at] {
      a_.mov(a0.r32(), at);
      a_.jmp(state(YIN_STATE(slow)));
    });
  }
  // The same for one that writes a value, by its helper.
  Label helped(std::uint32_t at) {
    return aside([this, at] {
      help(at);
      a_.jmp(behind(at));
    });
  }
  // The same, if its operands are no doubles.
  Label helped_or(Routine routine, std::uint32_t at) {
    return aside([this, routine, at] {
      take_operands(at);
      call(routine, helped(at));
      a_.mov(slot(code_[at] >> 8), a0);
      a_.jmp(behind(at));
    });
  }
  // A result of x and y: operands to a0 and a1.
  void take_operands(std::uint32_t at) {
    a_.mov(a0, slot(code_[at + 1]));
    a_.mov(a1, slot(code_[at + 2]));
  }
  void call(Routine routine, const Label& otherwise) {
    a_.call(state(YIN_STATE(routines) + static_cast<std::int32_t>(routine) * 8));
    a_.test(a2, a2);
    a_.jz(otherwise);
  }
  // Writes the result of operands that stand in a0 and a1.
  void by_routine(Routine routine, std::uint32_t at) {
    call(routine, helped(at));
    a_.mov(slot(code_[at] >> 8), a0);
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

  void unless(std::uint32_t pc, const std::uint32_t* words) {
    const std::uint32_t x = code_[pc] >> 8;
    const RegisterOp op = register_op_of(code_[pc]);
    const Cond fails = x86::negateCond(condition_of(op));
    a_.mov(a0, slot(x));
    if (holds_int(op)) {
      small(a0, slow(pc));
      compare_with(held(words[0]));
    } else {
      a_.mov(a1, slot(words[0]));
      both_small(aside([this, pc, x, words, fails] {
        a_.mov(a0, slot(x));
        a_.mov(a1, slot(words[0]));
        call(Routine::kOrderDoubles, slow(pc));
        a_.test(a0.r32(), a0.r32());
        a_.j(fails, target(pc + 3, words[1]));
        a_.jmp(behind(pc));
      }));
      a_.cmp(a0, a1);
    }
    a_.j(fails, target(pc + 3, words[1]));
  }
  void unless_equal(std::uint32_t pc, const std::uint32_t* words);
  void compared(std::uint32_t pc);
  void boolean(Cond holds, std::uint32_t d);
  // The result of x and y, or of x and an integer, to a0.
  void calculate(Arithmetic what, const Label& otherwise, std::uint32_t x, std::uint32_t y);
  void calculate_int(Arithmetic what, const Label& otherwise, std::uint32_t x, std::int32_t n);
  void divide_int(std::uint32_t pc, const std::uint32_t* words);
  bool primitive1(std::uint32_t pc, const std::uint32_t* words);
  bool closure(std::uint32_t pc, const std::uint32_t* words);
  bool vector(std::uint32_t pc, std::uint32_t count);
  void callee(std::uint32_t pc, std::uint32_t d, std::uint32_t count);
  void call_done(std::uint32_t next);
  void give_back() {  // a0
    a_.mov(slot(-1), a0);
    a_.ret();
  }

  x86::Assembler a_;
  const Function f_;
  const std::byte* const domain_;  // its base
  const std::span<const std::uint32_t> code_;
  std::vector<Label> labels_;  // of instructions, by pc
  std::vector<Aside> asides_;
  std::uint32_t now_ = Listed::kEntry;  // the instruction that is being translated
  Label entry_;
  Label with_room_;
  bool valid_ = true;
  const asmjit::StringLogger* log_;
  std::vector<Mark> marks_;
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
  mark(Listed::kEntry);
  a_.bind(entry_);
  a_.lea(a0, slot(f_.info().slot_max));
  a_.cmp(a0, kEnd);
  a_.ja(slow(kNoRoom));
  a_.bind(with_room_);
  a_.dec(kFuel);
  a_.jz(slow(kNoFuel));
  const std::vector<Loop> loops = innermost_loops(code_);
  auto loop = loops.begin();
  for (std::uint32_t pc = 0; pc < code_.size(); pc += 1 + extra_words(register_op_of(code_[pc]))) {
    now_ = pc;
    mark(pc);
    a_.bind(labels_[pc]);
    if (loop != loops.end() && loop->head == pc) begin_loop(*loop++);
    if (!instruction(pc)) return false;
  }
  a_.ud2();                                           // the last instruction leads somewhere else
  for (std::size_t n = 0; n < asides_.size(); ++n) {  // they may ask for more
    const Aside it = std::move(asides_[n]);
    now_ = it.of;
    mark(now_, true);
    a_.bind(it.label);
    it.write();
  }
  return valid_;
}

// Its turns begin in its second body, which comes back to here with what it does not do.
void Translator::begin_loop(const Loop& loop) {
  const auto body = std::make_shared<LoopBody>(code_, loop);
  if (!body->goes_round()) return;
  const Label on_slots = a_.newLabel();
  a_.jmp(aside([this, body, head = loop.head, on_slots] {
    body->write(
        a_, [&](std::uint32_t pc) { return pc == head ? on_slots : target(pc, 0); },
        [&](std::uint32_t pc) { mark(pc, true); });
  }));
  a_.bind(on_slots);
}

std::vector<std::uint32_t> Translator::offsets(CodeHolder& holder) const {
  std::vector<std::uint32_t> all(labels_.size());
  for (std::size_t pc = 0; pc < labels_.size(); ++pc) {
    if (labels_[pc].isValid())
      all[pc] = static_cast<std::uint32_t>(holder.labelOffset(labels_[pc]));
  }
  return all;
}

void Translator::unless_equal(std::uint32_t pc, const std::uint32_t* words) {
  const Label equal = a_.newLabel();
  a_.mov(a0, slot(code_[pc] >> 8));
  if (holds_int(register_op_of(code_[pc]))) {
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
  write_boolean(a_, holds);
  a_.mov(slot(d), a0);
}

void Translator::compared(std::uint32_t pc) {
  const Cond holds = condition_of(register_op_of(code_[pc]));
  take_operands(pc);
  both_small(aside([this, pc, holds] {
    take_operands(pc);
    call(Routine::kOrderDoubles, helped(pc));
    a_.test(a0.r32(), a0.r32());
    boolean(holds, code_[pc] >> 8);
    a_.jmp(behind(pc));
  }));
  a_.cmp(a0, a1);
  boolean(holds, code_[pc] >> 8);
}

// Nothing is written before the overflow is known.
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

void Translator::divide_int(std::uint32_t pc, const std::uint32_t* words) {
  a_.mov(a0, slot(words[0]));
  small(a0, helped(pc));
  write_division(a_, division_of(register_op_of(code_[pc])), static_cast<std::int32_t>(words[1]));
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

// A primitive of one operand that has a routine, or is a predicate. False: it is neither.
bool Translator::primitive1(std::uint32_t pc, const std::uint32_t* words) {
  const std::uint32_t number = words[0];
  const std::uint32_t d = code_[pc] >> 8;
  const auto routine = number == number_of<"first">()    ? Routine::kFirst
                       : number == number_of<"rest">()   ? Routine::kRest
                       : number == number_of<"empty?">() ? Routine::kIsEmpty
                                                         : Routine::kEnd;
  const auto predicate = predicate_of(number);
  const bool is_reduced = number == number_of<"reduced?">();
  if (routine == Routine::kEnd && !predicate && !is_reduced) return false;
  a_.mov(a0, slot(words[1]));
  if (predicate) {
    if (wants_int(*predicate)) small(a0, helped(pc));
    boolean(write_predicate(a_, *predicate), d);
  } else if (is_reduced) {  // no small integer is
    small(a0, helped(pc));
    a_.mov(a0, imm(bits_of(substrate::kFalse)));
    a_.mov(slot(d), a0);
  } else {
    by_routine(routine, pc);
  }
  return true;
}

// A closure of few captured values, made in the nursery. False: it has more.
bool Translator::closure(std::uint32_t pc, const std::uint32_t* words) {
  const auto found = captures_of(f_, domain_, words[0]);
  if (!found || found->size() > kInlineCaptures) return false;
  const std::span<const substrate::Place> captures = *found;
  const auto count = static_cast<std::uint32_t>(1 + captures.size());
  const std::uint64_t used = kHeaderBytes + count * 8;
  const std::uint64_t size = substrate::object_size(used);
  constexpr x86::Gp made = x86::rsi;
  constexpr x86::Gp word = x86::rdi;
  const x86::Mem rest = x86::qword_ptr(made, static_cast<std::int32_t>(used));
  allocate(a_, made, size, helped(pc));
  a_.mov(word, imm(header_bits(ObjectKind::kClosure, used, count, false)));
  a_.mov(x86::qword_ptr(made), word);
  a_.mov(word, word_at(kFunction, FunctionField::kConstants + words[0]));
  a_.mov(word_at(made, ClosureField::kFunction), word);
  for (std::uint32_t n = 0; n < captures.size(); ++n) {
    switch (place_kind(captures[n])) {
      case substrate::PlaceKind::kSlot:
        a_.mov(word, slot(place_index(captures[n])));
        break;
      case substrate::PlaceKind::kSelf:
        a_.mov(word, slot(-1));
        break;
      case substrate::PlaceKind::kCapture:
        a_.mov(word, slot(-1));
        a_.and_(word, state(YIN_STATE(offset_mask)));
        a_.mov(word, word_in(word, ClosureField::kCaptured + place_index(captures[n])));
        break;
      case substrate::PlaceKind::kConstant:
        substrate::die("a constant is captured");
    }
    a_.mov(word_at(made, ClosureField::kCaptured + n), word);
  }
  if (used != size) a_.mov(rest, imm(0));
  give_word(a_, made, ObjectKind::kClosure, size, false);
  a_.mov(slot(code_[pc] >> 8), made);
  return true;
}

// A vector of few items, made in the nursery. False: it has more, or none.
bool Translator::vector(std::uint32_t pc, std::uint32_t count) {
  using substrate::VectorField;
  if (count == 0 || count > kInlineItems) return false;
  const std::uint32_t d = code_[pc] >> 8;
  const std::uint32_t record_count = VectorField::kTail + count;
  const std::uint64_t used = kHeaderBytes + record_count * 8;
  const std::uint64_t size = substrate::object_size(used);
  constexpr x86::Gp made = x86::rsi;
  constexpr x86::Gp word = x86::rdi;
  constexpr x86::Gp referring = x86::r8;  // so many items refer to an object
  const Label refers = a_.newLabel();
  const Label done = a_.newLabel();
  allocate(a_, made, size, helped(pc));
  a_.mov(a1.r32(), imm(1 << substrate::kTagObject | 1 << substrate::kTagString));
  a_.xor_(referring.r32(), referring.r32());
  for (std::uint32_t n = 0; n < count; ++n) {
    a_.mov(word, slot(d + n));
    a_.mov(word_at(made, VectorField::kTail + n), word);
    a_.and_(word.r32(), imm(substrate::kTagMask));
    a_.bt(a1.r32(), word.r32());
    a_.adc(referring.r32(), 0);
  }
  a_.mov(word_at(made, VectorField::kMeta), imm(bits_of(substrate::vector_meta(count, 0))));
  a_.mov(word_at(made, VectorField::kRoot), imm(bits_of(substrate::kNil)));
  if (used != size) a_.mov(x86::qword_ptr(made, static_cast<std::int32_t>(used)), imm(0));
  const auto finish = [&](bool leaf) {
    a_.mov(word, imm(header_bits(ObjectKind::kVector, used, record_count, leaf)));
    a_.mov(x86::qword_ptr(made), word);
    give_word(a_, made, ObjectKind::kVector, size, leaf);
  };
  a_.test(referring.r32(), referring.r32());
  a_.jnz(refers);
  finish(true);
  a_.jmp(done);
  a_.bind(refers);
  finish(false);
  a_.bind(done);
  a_.mov(slot(d), made);
  return true;
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
  const RegisterOp op = register_op_of(i);
  switch (op) {
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
      write_capture(a_, words[0]);
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
      const bool jumps_if_true = op == RegisterOp::kJumpIf;
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
    case RegisterOp::kUnlessGreater:
    case RegisterOp::kUnlessLessEqual:
    case RegisterOp::kUnlessGreaterEqual:
    case RegisterOp::kUnlessLessInt:
    case RegisterOp::kUnlessGreaterInt:
    case RegisterOp::kUnlessLessEqualInt:
    case RegisterOp::kUnlessGreaterEqualInt:
      unless(pc, words);
      break;
    case RegisterOp::kUnlessEqual:
    case RegisterOp::kUnlessEqualInt:
      unless_equal(pc, words);
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
      calculate(arithmetic_of(op),
                helped_or(op == RegisterOp::kAdd        ? Routine::kAddDoubles
                          : op == RegisterOp::kSubtract ? Routine::kSubtractDoubles
                                                        : Routine::kMultiplyDoubles,
                          pc),
                words[0], words[1]);
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kReturnAdd:
    case RegisterOp::kReturnSubtract:
    case RegisterOp::kReturnMultiply:
      calculate(arithmetic_of(op), slow(pc), d, words[0]);
      give_back();
      break;
    case RegisterOp::kAddInt:
    case RegisterOp::kSubtractInt:
    case RegisterOp::kMultiplyInt:
      calculate_int(arithmetic_of(op), helped(pc), words[0], static_cast<std::int32_t>(words[1]));
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kIncrement:
    case RegisterOp::kDecrement:
      calculate_int(arithmetic_of(op), helped(pc), words[0], 1);
      a_.mov(slot(d), a0);
      break;
    case RegisterOp::kQuotientInt:
    case RegisterOp::kRemainderInt:
    case RegisterOp::kModulusInt:
      divide_int(pc, words);
      break;
    case RegisterOp::kLess:
    case RegisterOp::kGreater:
    case RegisterOp::kLessEqual:
    case RegisterOp::kGreaterEqual:
      compared(pc);
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
    case RegisterOp::kNth:
      take_operands(pc);
      by_routine(Routine::kNth, pc);
      break;
    case RegisterOp::kPrimitive1:
      if (!primitive1(pc, words)) help(pc);
      break;
    case RegisterOp::kPrimitive2:
      if (words[0] != number_of<"conj">()) {
        help(pc);
        break;
      }
      a_.mov(a0, slot(words[1]));
      a_.mov(a1, slot(words[2]));
      by_routine(Routine::kConj, pc);
      break;
    case RegisterOp::kClosure:
      if (!closure(pc, words)) help(pc);
      break;
    case RegisterOp::kVector:
      if (!vector(pc, words[0])) help(pc);
      break;
    default:
      help(pc);
      break;
  }
  return true;
}

// ------------------------------------------------------------------------------------ routines

constexpr x86::Gp r0 = x86::rsi;
constexpr x86::Gp r1 = x86::rdi;
constexpr x86::Gp r2 = x86::r8;

// The double in the word in `from`, to `to`; changes `from` and r0.
void unpack(x86::Assembler& a, const x86::Xmm& to, const x86::Gp& from, const Label& otherwise) {
  a.mov(r0.r32(), from.r32());
  a.and_(r0.r32(), 3);
  a.cmp(r0.r32(), 2);
  a.jne(otherwise);
  a.mov(r0, imm(bits_of(substrate::kZeroDouble)));
  const Label zero = a.newLabel();
  const Label done = a.newLabel();
  a.cmp(from, r0);
  a.je(zero);
  // See substrate/value.h, flonum(): the lowest bits are 10 or 01, by the highest.
  a.mov(r0, from);
  a.shr(r0, 63);
  a.xor_(from, 2);
  a.xor_(r0.r32(), 1);
  a.lea(from, x86::qword_ptr(from, r0, 0, 1));
  a.ror(from, 3);
  a.movq(to, from);
  a.jmp(done);
  a.bind(zero);
  a.xorps(to, to);
  a.bind(done);
}

// The double in xmm0 to its word in a0; changes r0.
void pack(x86::Assembler& a, const Label& otherwise) {
  a.movq(a0, x86::xmm0);
  a.mov(r0, a0);
  a.shr(r0, 60);
  a.and_(r0.r32(), 7);
  a.sub(r0.r32(), 3);
  a.cmp(r0.r32(), 1);
  a.ja(otherwise);
  a.rol(a0, 3);
  a.and_(a0, imm(~3));
  a.or_(a0, imm(2));
  a.mov(r0, imm(bits_of(substrate::kZeroDouble)));
  a.cmp(a0, r0);
  a.je(otherwise);
}

// The offset of the object in `word` to `to`, if it is of that kind.
void offset_of(x86::Assembler& a, const x86::Gp& to, const x86::Gp& word, ObjectKind kind,
               const Label& otherwise) {
  a.mov(to, word);
  a.rol(to, 6);
  a.and_(to.r32(), 0x3ff);
  a.cmp(to.r32(), rolled(kind));
  a.jne(otherwise);
  a.mov(to, state(YIN_STATE(offset_mask)));
  a.and_(to, word);
}

// Goes to `otherwise` unless the vector whose offset is in `vector` has all its items in its tail;
// their number to `count`. Changes a2.
void all_tail(x86::Assembler& a, const x86::Gp& vector, const x86::Gp& count,
              const Label& otherwise) {
  a.mov(count.r32(), x86::dword_ptr(kDomain, vector, 0, offsetof(substrate::ObjectHeader, count)));
  a.sub(count.r32(), imm(substrate::VectorField::kTail));
  a.mov(a2, word_in(vector, substrate::VectorField::kMeta));
  a.shr(a2, 9);  // an integer: the count above eight other bits
  a.cmp(a2, count);
  a.jne(otherwise);
}

void write_nth(x86::Assembler& a, const Label& otherwise);
void write_conj(x86::Assembler& a, const Label& otherwise);
void write_rest_of_chunk(x86::Assembler& a, const Label& otherwise);

// See Routine.
void write_routine(x86::Assembler& a, Routine routine) {
  const Label otherwise = a.newLabel();
  const Label done = a.newLabel();
  const auto if_word = [&](substrate::Word w, const Label& to) {
    if (fits(bits_of(w))) {
      a.cmp(a0, imm(bits_of(w)));
    } else {
      a.mov(r0, imm(bits_of(w)));
      a.cmp(a0, r0);
    }
    a.je(to);
  };
  const auto give = [&](substrate::Word w) { a.mov(a0, imm(bits_of(w))); };
  const Label other = a.newLabel();
  const Label nothing = a.newLabel();
  switch (routine) {
    case Routine::kAddDoubles:
    case Routine::kSubtractDoubles:
    case Routine::kMultiplyDoubles:
    case Routine::kOrderDoubles:
      unpack(a, x86::xmm0, a0, otherwise);
      unpack(a, x86::xmm1, a1, otherwise);
      if (routine == Routine::kOrderDoubles) {
        a.ucomisd(x86::xmm0, x86::xmm1);
        a.seta(a0.r8());
        a.setb(a1.r8());
        a.movzx(a0.r32(), a0.r8());
        a.movzx(a1.r32(), a1.r8());
        a.sub(a0.r32(), a1.r32());
        break;
      }
      if (routine == Routine::kAddDoubles) {
        a.addsd(x86::xmm0, x86::xmm1);
      } else if (routine == Routine::kSubtractDoubles) {
        a.subsd(x86::xmm0, x86::xmm1);
      } else {
        a.mulsd(x86::xmm0, x86::xmm1);
      }
      pack(a, otherwise);
      break;
    case Routine::kNth:
      write_nth(a, otherwise);
      break;
    case Routine::kFirst:
      offset_of(a, r1, a0, ObjectKind::kList, other);
      a.mov(a0, word_in(r1, substrate::ListField::kItems));
      a.jmp(done);
      a.bind(other);
      if_word(substrate::kEmptyList, nothing);
      if_word(substrate::kNil, nothing);
      offset_of(a, r1, a0, ObjectKind::kVector, otherwise);
      all_tail(a, r1, r2, otherwise);  // and not empty
      a.mov(a0, word_in(r1, substrate::VectorField::kTail));
      a.jmp(done);
      a.bind(nothing);
      give(substrate::kNil);
      break;
    case Routine::kRest: {
      const Label chunk = a.newLabel();
      offset_of(a, r1, a0, ObjectKind::kList, other);
      a.mov(r2.r32(), x86::dword_ptr(kDomain, r1, 0, offsetof(substrate::ObjectHeader, count)));
      a.cmp(r2.r32(), imm(substrate::ListField::kItems + 1));
      a.jne(chunk);
      a.mov(a0, word_in(r1, substrate::ListField::kNext));
      a.test(a0, a0);
      a.jz(nothing);
      a.jmp(done);
      a.bind(other);
      if_word(substrate::kEmptyList, nothing);
      a.jmp(otherwise);
      a.bind(nothing);
      give(substrate::kEmptyList);
      a.jmp(done);
      a.bind(chunk);
      write_rest_of_chunk(a, otherwise);
      break;
    }
    case Routine::kIsEmpty:
      if_word(substrate::kEmptyList, nothing);
      if_word(substrate::kEmptyVector, nothing);
      if_word(substrate::kNil, nothing);
      offset_of(a, r1, a0, ObjectKind::kList, other);
      give(substrate::kFalse);
      a.jmp(done);
      a.bind(other);
      offset_of(a, r1, a0, ObjectKind::kVector, otherwise);
      give(substrate::kFalse);
      a.jmp(done);
      a.bind(nothing);
      give(substrate::kTrue);
      break;
    case Routine::kConj:
      write_conj(a, otherwise);
      break;
    case Routine::kEnd:
      break;
  }
  a.bind(done);
  a.mov(a2.r32(), 1);
  a.ret();
  a.bind(otherwise);
  a.xor_(a2.r32(), a2.r32());
  a.ret();
}

// The item at the index in a1 of the vector in a0, as Vector::nth finds it.
void write_nth(x86::Assembler& a, const Label& otherwise) {
  using substrate::VectorField;
  const x86::Gp count = r0;
  const x86::Gp vector = r1;
  const x86::Gp meta = r2;
  const Label in_tail = a.newLabel();
  const Label down = a.newLabel();
  const Label done = a.newLabel();
  a.test(a1.r8(), 1);
  a.jz(otherwise);
  offset_of(a, vector, a0, ObjectKind::kVector, otherwise);
  a.add(vector, kDomain);
  a.sar(a1, 1);
  a.mov(meta, word_at(vector, VectorField::kMeta));
  a.mov(a0, meta);
  a.shr(a0, 9);  // meta_count()
  a.cmp(a1, a0);
  a.jae(otherwise);  // negative, too
  a.mov(
      count.r32(),
      x86::dword_ptr(vector, static_cast<std::int32_t>(offsetof(substrate::ObjectHeader, count))));
  a.sub(count, imm(VectorField::kTail));
  a.sub(a0, count);  // where the tail begins
  a.mov(a2, a1);
  a.sub(a2, a0);
  a.jae(in_tail);
  a.test(meta.r32(), imm(substrate::kRelaxedBit << 1));
  a.jnz(otherwise);
  a.mov(a2, a1);
  a.mov(a1.r32(), meta.r32());
  a.shr(a1.r32(), 1);
  a.and_(a1.r32(), imm(substrate::kRelaxedBit - 1));  // meta_shift(): in cl
  a.mov(a0, word_at(vector, VectorField::kRoot));
  a.bind(down);  // from node to child, and from the leaf to the item
  a.and_(a0, state(YIN_STATE(offset_mask)));
  a.mov(r0, a2);
  a.shr(r0, a1.r8());
  a.and_(r0.r32(), imm(substrate::kRadixWidth - 1));
  a.add(a0, kDomain);
  a.mov(a0, x86::qword_ptr(a0, r0, 3, kHeaderBytes));
  a.sub(a1.r32(), imm(substrate::kRadixBits));
  a.jns(down);
  a.jmp(done);
  a.bind(in_tail);
  a.mov(a0, x86::qword_ptr(vector, a2, 3, kHeaderBytes + VectorField::kTail * 8));
  a.bind(done);
}

// A list of the item in a1 and the list in a0.
void write_conj(x86::Assembler& a, const Label& otherwise) {
  using substrate::ListField;
  constexpr std::uint32_t kWords = ListField::kItems + 1;
  constexpr std::uint64_t kUsed = kHeaderBytes + kWords * 8;
  constexpr std::uint64_t kSize = substrate::object_size(kUsed);
  static_assert(kUsed == kSize);
  const Label empty = a.newLabel();
  const Label join = a.newLabel();
  const Label refers = a.newLabel();
  const Label done = a.newLabel();
  const auto finish = [&](bool leaf) {
    a.mov(r1, imm(header_bits(ObjectKind::kList, kUsed, kWords, leaf)));
    a.mov(x86::qword_ptr(r0), r1);
    give_word(a, r0, ObjectKind::kList, kSize, leaf);
    a.mov(a0, r0);
  };
  a.mov(r0, imm(bits_of(substrate::kEmptyList)));
  a.cmp(a0, r0);
  a.je(empty);
  offset_of(a, r1, a0, ObjectKind::kList, otherwise);
  a.mov(r2, word_in(r1, ListField::kCount));
  a.add(r2, imm(2));  // an integer: one more
  a.jmp(join);
  a.bind(empty);
  a.mov(a0, imm(bits_of(substrate::kNil)));
  a.mov(r2, imm(bits_of(substrate::int_word(1))));
  a.bind(join);
  allocate(a, r0, kSize, otherwise);
  a.mov(word_at(r0, ListField::kCount), r2);
  a.mov(word_at(r0, ListField::kNext), a0);
  a.mov(word_at(r0, ListField::kItems), a1);
  a.test(a0, a0);
  a.jnz(refers);  // to the rest
  a.mov(r2.r32(), a1.r32());
  a.and_(r2.r32(), imm(substrate::kTagMask));
  a.cmp(r2.r32(), imm(substrate::kTagObject));
  a.je(refers);
  a.cmp(r2.r32(), imm(substrate::kTagString));
  a.je(refers);
  finish(true);
  a.jmp(done);
  a.bind(refers);
  finish(false);
  a.bind(done);
}

// The rest of the list in a0, as List::rest makes it: the chunk at the offset in r1, of more than one
// item and r2 words, without its first item. Whether it refers on must be as it was before.
void write_rest_of_chunk(x86::Assembler& a, const Label& otherwise) {
  using substrate::ListField;
  const x86::Gp made = r0;
  const Label known = a.newLabel();
  const Label copy = a.newLabel();
  a.mov(a1, word_in(r1, ListField::kNext));
  a.test(a1, a1);
  a.jnz(known);
  a.bt(a0, imm(std::countr_zero(substrate::kLeafBit)));
  a.jnc(otherwise);
  a.bind(known);
  static_assert(kHeaderBytes == 8 && substrate::kGranule == 16);
  a.lea(a1.r32(), x86::ptr(r2, 1));  // one word less, and the header: so many words, and one
  a.shr(a1.r32(), 1);                // granules
  a.mov(made, a1);
  a.shl(made, 4);
  a.mov(a2, state(YIN_STATE(next)));
  a.add(made, x86::qword_ptr(a2));
  a.cmp(made, state(YIN_STATE(low)));
  a.ja(otherwise);
  a.mov(x86::qword_ptr(a2), made);
  a.mov(x86::qword_ptr(made, -8), imm(0));  // padding, or an item soon
  a.mov(a2, a1);
  a.shl(a2, 4);
  a.sub(made, a2);
  // Its header and word: other granules, and a word less.
  a.dec(r2.r32());
  a.movzx(a2.r32(), x86::word_ptr(kDomain, r1));
  a.shl(a1, 16);
  a.or_(a2.r32(), a1.r32());
  a.mov(x86::dword_ptr(made), a2.r32());
  a.mov(x86::dword_ptr(made, offsetof(substrate::ObjectHeader, count)), r2.r32());
  a.shl(a1, 32);
  a.mov(a2, imm(bits_of(substrate::object_word(static_cast<ObjectKind>(63), substrate::Offset{}, 0,
                                               true))));
  a.and_(a0, a2);
  a.or_(a0, a1);
  a.mov(a2, made);
  a.sub(a2, kDomain);
  a.or_(a0, a2);
  a.mov(a1, word_in(r1, ListField::kCount));
  a.sub(a1, imm(2));  // an integer: one less
  a.mov(word_at(made, ListField::kCount), a1);
  a.mov(a1, word_in(r1, ListField::kNext));
  a.mov(word_at(made, ListField::kNext), a1);
  a.add(r1, kDomain);
  a.bind(copy);  // word r2 of the chunk is the one before here
  a.mov(a1, x86::qword_ptr(r1, r2, 3, kHeaderBytes));
  a.mov(x86::qword_ptr(made, r2, 3, kHeaderBytes - 8), a1);
  a.dec(r2.r32());
  a.cmp(r2.r32(), imm(ListField::kItems));
  a.jne(copy);
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

  std::array<Label, std::size(made.routines)> routines;
  for (std::size_t n = 0; n < std::size(routines); ++n) {
    routines[n] = a.newLabel();
    a.bind(routines[n]);
    write_routine(a, static_cast<Routine>(n));
  }

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
  for (std::size_t n = 0; n < std::size(routines); ++n) made.routines[n] = address(routines[n]);
  return made;
}

}  // namespace

Code::~Code() {
  if (entry != nullptr) runtime().release(const_cast<void*>(entry));
}

namespace {

std::shared_ptr<const Code> compile(const Function& f, const std::byte* base) {
  CodeHolder holder;
  holder.init(runtime().environment());
  Translator translator(holder, f, base);
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
  std::vector<std::uint32_t> captures;  // of the closures it makes
  std::uint32_t slot_max;
  std::uint32_t parameter_count;
  bool variadic;
  std::shared_ptr<const Code> code;
};

// Where the captured values stand of every closure that the function makes.
std::vector<std::uint32_t> captures_of_all(const Function& f, const std::byte* base) {
  std::vector<std::uint32_t> all;
  const std::uint32_t* const code = f.register_code();
  for (std::uint32_t pc = 0; pc < f.info().register_code_count;
       pc += 1 + extra_words(register_op_of(code[pc]))) {
    if (register_op_of(code[pc]) != RegisterOp::kClosure) continue;
    const auto captures = captures_of(f, base, code[pc + 1]);
    all.push_back(captures ? static_cast<std::uint32_t>(captures->size()) : ~std::uint32_t{0});
    if (!captures) continue;
    for (const substrate::Place& p : *captures) all.push_back(p.bits);
  }
  return all;
}

struct Cache {
  std::mutex mutex;
  std::unordered_multimap<std::uint64_t, Kept> kept;  // by their words' hash
  std::size_t words = 0;
};

}  // namespace

std::shared_ptr<const Code> code_of(const Function& f, const std::byte* base) {
  static Cache cache;
  const std::vector<std::uint32_t> captures = captures_of_all(f, base);
  const std::span<const std::uint32_t> words(f.register_code(), f.info().register_code_count);
  // (Not by the content's hash, which a function from elsewhere may only claim.)
  const std::uint64_t hash =
      substrate::hash_bytes({reinterpret_cast<const char*>(words.data()), words.size_bytes()}, 0);
  const std::lock_guard lock(cache.mutex);
  const auto [from, to] = cache.kept.equal_range(hash);
  for (auto it = from; it != to; ++it) {
    const Kept& kept = it->second;
    if (kept.slot_max == f.info().slot_max && kept.parameter_count == f.info().parameter_count &&
        kept.variadic == f.variadic() && std::ranges::equal(kept.words, words) &&
        kept.captures == captures)
      return kept.code;
  }
  auto code = compile(f, base);
  if (cache.words > kKeptWords) cache.kept.clear(), cache.words = 0;
  cache.words += words.size();
  cache.kept.emplace(hash, Kept{{words.begin(), words.end()},
                                captures,
                                f.info().slot_max,
                                f.info().parameter_count,
                                f.variadic(),
                                code});
  return code;
}

std::vector<Listed> listing(const substrate::Pin& pin, const Function& f) {
  CodeHolder holder;
  holder.init(runtime().environment());
  asmjit::StringLogger log;
  log.addFlags(asmjit::FormatFlags::kMachineCode);
  holder.setLogger(&log);
  Translator translator(holder, f, pin.worker().domain().base(), &log);
  substrate::check(translator.run(), "an instruction of no kind: the function's code is damaged");
  std::vector<Listed> lines;
  const std::string_view text(log.data(), log.dataSize());
  const auto& marks = translator.marks();
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const std::size_t end = i + 1 < marks.size() ? marks[i + 1].from : text.size();
    for (std::size_t at = marks[i].from; at < end;) {
      const std::size_t stop = std::min(text.find('\n', at), end);
      lines.push_back({marks[i].pc, marks[i].out_of_line, std::string(text.substr(at, stop - at))});
      at = stop + 1;
    }
  }
  return lines;
}

const Stubs& stubs() {
  static const Stubs made = make_stubs();
  return made;
}

}  // namespace yin::vm::native
