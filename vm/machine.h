#pragma once

// Machine: one running projection of a program, in one worker.
//
// A machine takes a continuation (a chain of canonical frames in the slab, see frame.h), runs it
// until it ends, asks for an effect or has used up its fuel, and gives the continuation back,
// writing only the frames that changed. Between runs it holds nothing: a continuation saved by one
// projection is loaded by any other, in any worker of any process.
//
// A frame awaits a value at its safe point. load() delivers that value (or raises it as an error).
// A machine never recurses on the C stack for a guest call. Temporaries go to the edit's allocator,
// normally the worker's nursery.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "vm/effect.h"
#include "vm/primitive.h"

namespace yin::vm {

enum class OutcomeKind : std::uint8_t {
  kDone,     // value: the result of the outermost frame
  kFailed,   // value: the error (kError object) that nobody caught
  kFuel,     // fuel is used up; save() gives the continuation, value: what it awaits
  kEffect,   // effect: to be performed; save() gives the continuation that awaits its value
  kExpired,  // the pin was given up while this process slept: run the step again
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::kDone;
  substrate::Word value = substrate::kNil;
  Effect effect;
};

// How code is run. All mean the same, stop at the same points and count fuel alike.
enum class Projection : std::uint8_t {
  kWalk,      // the AST datoms themselves: the oracle
  kStack,     // compact code, an operand stack
  kRegister,  // the same activations by instructions of three operands
  kNative,    // machine code made from those, on processors we have an assembler for
  kTiered,    // register, and native from where a step is long: what runs if nobody asks
};
inline constexpr Projection kProjections[] = {Projection::kWalk, Projection::kStack,
                                              Projection::kRegister, Projection::kNative};
std::string_view projection_name(Projection projection);
std::optional<Projection> find_projection(std::string_view name);

class Machine {
 public:
  virtual ~Machine() = default;
  // Takes a continuation (frame, or nil: then the value is the result) and what it awaits.
  virtual void load(const substrate::Pin& pin, substrate::Word continuation, substrate::Word value,
                    bool raise) = 0;
  // Runs on until an outcome. Decrements `fuel` (at least 1) by one a guest call and back edge,
  // stops when it is 0. May be called again after kFuel, with an edit in the same memory, instead
  // of save() and load().
  virtual Outcome run(substrate::Edit& edit, std::uint64_t& fuel) = 0;
  // After kFuel or kEffect: the continuation. Frames that did not change since load() are shared,
  // not copied.
  virtual substrate::Word save(substrate::Edit& edit) = 0;

  // Whose continuation runs: its ref is what (self) gives, its random numbers' state goes on.
  void set_self(RunningAgent self) { self_ = self; }

 protected:
  RunningAgent self_;
};

std::unique_ptr<Machine> make_machine(Projection projection);

// The continuation that will call `function` (closure or primitive) with `arguments`; its awaited
// value is ignored. An error value (kError) instead when the call cannot be made (wrong arity, not
// a function): check with is_object.
substrate::Word make_call(substrate::Edit& edit, substrate::Word function,
                          std::span<const substrate::Word> arguments);

}  // namespace yin::vm
