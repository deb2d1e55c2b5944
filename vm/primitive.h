#pragma once

// Primitives: the built-in functions, each a C++ function over words.
//
// A primitive is first-order: it never calls back into the guest (what takes functions is written
// in the language itself, see prelude.clj; `apply` is done by the machines). It returns a value, or
// kSignalled after telling the context why not: an error to raise, an effect to ask for, or that
// the pin expired. Effects are unforgeable: only this door leads out.
//
// A primitive's number is its group times kGroupSize plus its place in the group's table. It stands
// in words, in domains: tables are append only. Stateless and thread-safe; a context belongs to one
// run of one machine.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "substrate/edit.h"
#include "substrate/value.h"
#include "vm/effect.h"

namespace yin::vm {

// Returned by a primitive that has no value to give: see PrimitiveContext::signal. No guest value
// is this word.
inline constexpr substrate::Word kSignalled = substrate::kTombstone;

enum class Signal : std::uint8_t { kNone, kError, kEffect, kExpired };

// Who runs, as far as primitives see it.
struct RunningAgent {
  substrate::Word ref = substrate::kNil;
  std::uint64_t* random = nullptr;  // state of its random numbers; null: it has none
};
inline constexpr std::uint64_t kRandomMask = (std::uint64_t{1} << 62) - 1;  // of that state

class PrimitiveContext {
 public:
  PrimitiveContext(substrate::Edit& its_edit, RunningAgent self) : edit(its_edit), self_(self) {}
  PrimitiveContext(substrate::Edit& its_edit, substrate::Word self)
      : PrimitiveContext(its_edit, RunningAgent{self}) {}

  substrate::Edit& edit;
  [[nodiscard]] const substrate::Pin& pin() const { return edit.pin(); }
  [[nodiscard]] substrate::Word self() const { return self_.ref; }      // the agent's ref, or nil
  [[nodiscard]] std::uint64_t* random() const { return self_.random; }  // or null

  // Each gives kSignalled, to be returned at once. `kind` as in error.h.
  substrate::Word fail(std::string_view kind, std::string_view message,
                       substrate::Word data = substrate::kNil);
  // "NAME needs WANTED, got string \"a\""
  substrate::Word wrong_type(std::string_view name, substrate::Word got, std::string_view wanted);
  substrate::Word raise(substrate::Word error);  // a kError object
  substrate::Word ask(EffectKind kind, substrate::Word a = substrate::kNil,
                      substrate::Word b = substrate::kNil, substrate::Word c = substrate::kNil);
  substrate::Word expire();

  // What happened, for the machine.
  Signal signal = Signal::kNone;
  Effect effect;          // kEffect
  substrate::Word error;  // kError, without a place yet

 private:
  RunningAgent self_;
};

using PrimitiveFunction = substrate::Word (*)(PrimitiveContext&, std::span<const substrate::Word>);

enum class PrimitiveKind : std::uint8_t {
  kPlain,    // gives a value or an error: no safe point is needed after it
  kAsks,     // may ask for an effect
  kMachine,  // done by the machine (internal::Own), `function` is null
};

// What metadata an argument has is nothing to most functions: they get it bare. Those that store an
// argument, or give it back, get it as it is.
enum class Metadata : std::uint8_t {
  kNone,   // every argument bare
  kFirst,  // the first bare
  kLast,   // the last bare
  kKept,   // the first bare, and what comes of it has its metadata
  kAll,    // every argument as it is
};

inline constexpr std::uint16_t kAnyCount = 0xffff;

struct Primitive {
  std::string_view name;
  std::uint16_t least;  // arguments
  std::uint16_t most;   // or kAnyCount
  PrimitiveFunction function;
  PrimitiveKind kind = PrimitiveKind::kPlain;
  Metadata metadata = Metadata::kNone;

  [[nodiscard]] bool accepts(std::size_t count) const {
    return count >= least && (most == kAnyCount || count <= most);
  }
};

inline constexpr std::uint32_t kPrimitiveGroupSize = 256;

// The whole table, by number. Unused numbers have an empty name and a function that fails.
std::span<const Primitive> primitives();
// The number of the primitive of that name.
std::optional<std::uint32_t> find_primitive(std::string_view name);

// Those the machines know by themselves.
namespace builtin {
// Of a :throw: raises its argument, an error or any other value.
inline constexpr std::string_view kThrow = "throw";
// Calls its argument with nothing; its caller's frame is a prompt (internal/continuation.h).
inline constexpr std::string_view kPrompt = "yin/prompt";
// Of a :vm/store-get: the value of its var, nil when nothing was put there.
inline constexpr std::string_view kDeref = "deref";
std::uint32_t number_of(
    std::string_view name);  // of a name in the table; ends the process if there is none
}  // namespace builtin

// "a string", "an integer", with the value itself if it is short: for messages.
std::string describe_value(const substrate::Pin& pin, substrate::Word w);

}  // namespace yin::vm
