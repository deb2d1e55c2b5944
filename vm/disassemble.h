#pragma once

// Disassemble: a lowered function's instructions as text, for people and tools.
//
//   pc   words   name              operands             note
//    4  2 words  call              1 argument, point 2  (fib (- n 1))
//
// Made from two tables, one a machine, that say of every operation what it is called and what its
// operands are; a test goes through all operations of code.h and register/code.h, so a new one
// cannot be forgotten, and that the operands are as many words as extra_words() says is asserted
// here at compile time. Operands are shown by what they mean: slots by the parameter's or let's
// name where one is known, constants, vars and primitives by name, distances as the instruction
// they lead to.
//
// The function must be whole (its own worker lowered it, or verify.h passed it). A Disassembler
// reads under one pin and belongs to one thread. Machine code is listed by native/native.h.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "substrate/pin.h"
#include "vm/code.h"
#include "vm/register/code.h"

namespace yin::vm {

struct Instruction {
  std::uint32_t pc = 0;
  std::uint32_t words = 1;  // with its own
  std::string_view name;
  std::string operands;
  std::uint32_t entity = 0;  // the node it stands for, 0: none that can fail
};

class Disassembler {
 public:
  explicit Disassembler(const substrate::Pin& pin) : pin_(pin) {}

  std::vector<Instruction> stack(const Function& function);
  std::vector<Instruction> registers(const Function& function);
  // What stands among a function's constants, in few words: functions, vars and primitives by name.
  std::string constant(substrate::Word w);

 private:
  friend class OperandText;
  std::string_view var_name(substrate::Word ref);

  const substrate::Pin& pin_;
  std::unordered_map<std::uint64_t, std::string> vars_;  // names by their refs, when one was needed
};

// Empty for what is no operation.
std::string_view op_name(Op op);
std::string_view op_name(RegisterOp op);

// The functions of a closure (one, or one an arity), and those of the same program that it makes or
// knows, in the order in which they are met. Each once.
std::vector<substrate::Word> functions_of(const substrate::Pin& pin, substrate::Word closure);

}  // namespace yin::vm
