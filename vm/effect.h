#pragma once

// Effects: the closed list of what a program may ask of the world outside its own machine.
//
// An effect ends a slice: the machine stops at a safe point, the scheduler performs the effect and
// commits it together with the agent's next continuation, and the awaited value is delivered on
// resume. No data value is ever taken for an effect: only primitives ask, through the machine.
// Numbers are stored in waiting agents: append only.

#include <cstdint>
#include <string_view>

#include "substrate/value.h"

namespace yin::vm {

enum class EffectKind : std::uint8_t {
  kNone = 0,
  kAtomNew = 1,        // initial value, name (string) or nil -> atom ref
  kReset = 2,          // atom, value -> value
  kCompareAndSet = 3,  // atom, old, new -> boolean; identical words, as Clojure's compare-and-set!
  kStreamNew = 4,      // capacity (integer) or nil -> stream ref
  kCursorNew = 5,      // stream -> cursor ref at the oldest kept item
  kPut = 6,            // stream, value, options -> value; waits while the stream is full
  kNext = 7,   // cursor, value at the end, options -> next item; waits while there is none and the
               // stream is open
  kClose = 8,  // stream -> nil
  kSpawn = 9,  // function, vector of arguments, options (or a name, or nil) -> agent ref
  kPark = 10,  // options -> what resume gives
  kResume = 11,     // agent, value -> nil
  kDefine = 12,     // var ref, value -> symbol's value
  kCall = 13,       // operation (keyword), vector of arguments, options -> what the host answers
  kPrint = 14,      // string -> nil: appends to the program's output stream
  kYield = 15,      // -> nil: lets others run
  kSleep = 16,      // milliseconds -> nil
  kNow = 17,        // -> milliseconds since 1970
  kSend = 18,       // agent, value, options -> true, or false: it has ended; waits for room
  kReceive = 19,    // options -> oldest message; waits while there is none
  kSelect = 20,     // vector of cursors and of the agent's own ref, value at the end, options ->
                    // [cursor item]; waits while none has one
  kLink = 21,       // agent -> nil
  kUnlink = 22,     // agent -> nil
  kMonitor = 23,    // agent -> agent
  kDemonitor = 24,  // agent -> nil
  kTrap = 25,       // boolean -> nil: whether ends of linked agents are messages
  kSignal = 26,     // agent, reason, boolean: not to be trapped -> true, or false: it has ended
};

// Options of what may wait: a map, or nil.
namespace option {
inline constexpr std::string_view kTimeout = "timeout";  // milliseconds, then an error of this kind
inline constexpr std::string_view kElse = "else";        // ... or rather this value
// Of kSpawn:
inline constexpr std::string_view kName = "name";          // string
inline constexpr std::string_view kLink = "link";          // true: as link, at its birth
inline constexpr std::string_view kMonitor = "monitor";    // true: as monitor
inline constexpr std::string_view kTrap = "trap-exits";    // true: as trap-exits, of the new one
inline constexpr std::string_view kFuel = "fuel";          // how many calls and loops it may take
inline constexpr std::string_view kDeadline = "deadline";  // milliseconds that it may take
inline constexpr std::string_view kMailbox = "mailbox";    // messages that wait at most
}  // namespace option

struct Effect {
  EffectKind kind = EffectKind::kNone;
  substrate::Word argument[3] = {};
};

}  // namespace yin::vm
