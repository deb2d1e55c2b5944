#pragma once

// Names: what a name that is no local stands for, as lowering decides it (the order stands in
// lower.h).
//
// A global is one word: the reference of its var, which is read at run time, or a constant (a
// primitive, a function of the prelude). Vars are named roots "var/NAME"; a var that shadows
// something of the language starts with that as its value, so that uses ahead of the definition
// mean what they meant before. One Names serves one lowering, in one thread.

#include <string>
#include <string_view>
#include <unordered_map>

#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "vm/lower.h"

namespace yin::vm::internal {

class Names {
 public:
  // `home`: what the names defined here begin with, empty for a program. `defined`: what the
  // program defines anywhere.
  Names(const substrate::Pin& pin, std::string_view home, const Definitions& defined)
      : pin_(pin), home_(home), defined_(defined) {}

  // A var ref or a constant.
  substrate::StatusOr<substrate::Word> resolve(substrate::Word symbol);
  // The language's own function of that name, whatever the program defines.
  substrate::StatusOr<substrate::Word> function_of_the_language(std::string_view name);
  // The var that a definition of `symbol` sets.
  substrate::StatusOr<substrate::Word> var_to_define(substrate::Word symbol);

 private:
  substrate::StatusOr<substrate::Word> look_up(substrate::Word symbol);
  substrate::StatusOr<substrate::Word> of_the_language(std::string_view name);
  substrate::StatusOr<substrate::Word> value_of_var(std::string_view name);

  const substrate::Pin& pin_;
  std::string home_;
  const Definitions& defined_;
  std::unordered_map<std::uint64_t, substrate::Word> known_;
};

}  // namespace yin::vm::internal
