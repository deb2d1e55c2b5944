#pragma once

// Loops whose variables stand in processor registers.
//
// Beside the code that works on slots, a loop in which no other stands gets a second body, which
// does what is common alone: small integers, comparisons, moves. There, the slots that it uses most
// stand in registers; what the loop's variables are known to be is checked once, before it begins.
// Whatever else comes up, it writes the registers back and goes to the same instruction of the code
// on slots, before anything of it is done, so that calls, helpers, safe points and errors are there
// alone. That code begins the next turn in the second body again.
//
// Registers: those that no instruction of a loop's second body needs for itself. It calls nothing.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "vm/native/assembly.h"
#include "vm/register/code.h"

namespace yin::vm::native {

// From its first instruction to behind the last that goes back there.
struct Loop {
  std::uint32_t head;
  std::uint32_t end;
};
// Those without another in them. The code's instructions are whole.
std::vector<Loop> innermost_loops(std::span<const std::uint32_t> code);

class LoopBody {
 public:
  LoopBody(std::span<const std::uint32_t> code, Loop loop);

  // Is there a turn that it can do? Nothing is to be written otherwise.
  [[nodiscard]] bool goes_round() const { return goes_round_; }

  // Writes it where the assembler stands. `on_slots` gives the label of an instruction in the code on
  // slots, `mark` is told of each instruction that is begun.
  void write(x86::Assembler& a, const std::function<Label(std::uint32_t)>& on_slots,
             const std::function<void(std::uint32_t)>& mark);

 private:
  using Slots = std::uint64_t;  // a set of those that are small enough
  static constexpr std::uint32_t kSlotsMax = 64;
  static constexpr std::array<x86::Gp, 6> kRegisters = {x86::r9,  x86::r10, x86::r11,
                                                        x86::rsi, x86::rdi, x86::r8};

  // What an instruction does, as far as it is done here.
  enum class Kind : std::uint8_t {
    kElsewhere,
    kMove,      // d, x
    kInt,       // d, n
    kConstant,  // d, n
    kCapture,   // d, n
    kSelf,      // d
    kJump,
    kBranch,         // x: if it is true, or false
    kCompareBranch,  // x, y or n
    kEqualBranch,    // x, y or n
    kCalculate,      // d, x, y or n
    kDivide,         // d, x, n
    kCompare,        // d, x, y
    kEqual,          // d, x, y
    kPredicate,      // d, x
    kBack,           // d, x if it moves
  };
  struct Step {
    Kind kind = Kind::kElsewhere;
    std::optional<std::uint32_t> d = {}, x = {}, y = {};
    std::int32_t n = 0;
    x86::CondCode cond = x86::CondCode::kE;  // of what jumps, or holds
    Arithmetic arithmetic = Arithmetic::kAdd;
    Division division = Division::kQuotient;
    Predicate predicate = Predicate::kIsNil;
    std::optional<std::uint32_t> target = {};
    bool goes_on = true;   // behind itself
    bool of_ints = false;  // x and y have to be
    bool gives_int = false;
  };
  // What is known where an instruction begins.
  struct Known {
    Slots ints = 0;
    Slots below = 0;  // integers that are not the greatest
    Slots above = 0;  // not the least
    Slots written = 0;
  };

  static Slots set_of(std::optional<std::uint32_t> s) {
    return s && *s < kSlotsMax ? Slots{1} << *s : 0;
  }
  [[nodiscard]] Step step_at(std::uint32_t pc) const;
  [[nodiscard]] static Known after(const Step& step, Known before);
  [[nodiscard]] static Known compared(const Step& step, Known after);
  [[nodiscard]] bool is_inside(std::uint32_t pc) const;
  void find_known(Slots ints);
  void plan();
  void choose_registers();

  [[nodiscard]] std::optional<x86::Gp> register_of(std::uint32_t s) const;
  [[nodiscard]] asmjit::Operand where(std::uint32_t s) const;
  void write_step(std::uint32_t pc);
  void require_int(std::uint32_t pc, std::optional<std::uint32_t> s, Slots& known);
  void unless_int(std::uint32_t s, const Label& to);
  void move(std::uint32_t d, std::uint32_t x);
  void take(std::uint32_t s);
  void give(std::uint32_t d, std::int32_t more = 0);
  void compare(const Step& step);
  void go_round();
  void calculate(std::uint32_t pc, const Step& step);
  Label leave_to(std::uint32_t pc, bool with_fuel = false);
  Label label_of(std::uint32_t from, std::uint32_t to);

  const std::span<const std::uint32_t> code_;
  const Loop loop_;
  std::vector<std::optional<Known>> known_;  // by pc from the head on; none where no turn comes
  Slots back_ints_ = 0, live_ = 0, written_ = 0;
  bool goes_round_ = false;
  std::vector<std::pair<std::uint32_t, x86::Gp>> registers_;  // of slots

  x86::Assembler* a_ = nullptr;
  std::vector<Label> labels_;  // as known_
  struct Leave {
    Label label;
    std::uint32_t pc;
    bool with_fuel;
  };
  std::vector<Leave> leaves_;
};

}  // namespace yin::vm::native
