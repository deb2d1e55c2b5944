#pragma once

// Effects: the closed list of what a program may ask of the world outside its own machine.
//
// An effect ends a slice: the machine stops at a safe point, the scheduler performs the effect and
// commits it together with the agent's next continuation, and the awaited value is delivered on
// resume. No data value is ever taken for an effect: only primitives ask, through the machine.
// Numbers are stored in waiting agents: append only.

#include <cstdint>

#include "substrate/value.h"

namespace yin::vm {

enum class EffectKind : std::uint8_t {
  kNone = 0,
  kAtomNew = 1,        // initial value, name (string) or nil -> atom ref
  kReset = 2,          // atom, value -> value
  kCompareAndSet = 3,  // atom, old, new -> boolean; identical words, as Clojure's compare-and-set!
  kStreamNew = 4,      // capacity (integer) or nil -> stream ref
  kCursorNew = 5,      // stream -> cursor ref at the oldest kept item
  kPut = 6,            // stream, value -> value; waits while the stream is full
  kNext =
      7,  // cursor, value at the end -> next item; waits while there is none and the stream is open
  kClose = 8,    // stream -> nil
  kSpawn = 9,    // function, vector of arguments, name (string) or nil -> agent ref
  kPark = 10,    // -> what resume gives
  kResume = 11,  // agent, value -> nil
  kDefine = 12,  // var ref, value -> symbol's value
  kCall = 13,    // operation (keyword), vector of arguments -> what the host answers
  kPrint = 14,   // string -> nil: appends to the program's output stream
  kYield = 15,   // -> nil: lets others run
};

struct Effect {
  EffectKind kind = EffectKind::kNone;
  substrate::Word argument[3] = {};
};

}  // namespace yin::vm
