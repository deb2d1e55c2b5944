#pragma once

// Lowering: a program's AST datoms -> canonical functions, which every projection runs and every
// process uses in place.
//
// Each :lambda becomes a function object (FunctionInfo in substrate/format.h): instructions for the
// stack projection, the safe points that all projections share, and what lowering found out about
// single nodes, for the walk. Names are resolved here: a local to its slot or to a captured value
// (closures are flat, locals never change), anything else to
//
//   1. the var of that name, if the program defines it or somebody has defined it before (read when
//   it is used),
//   2. the prelude's function of that name, as it is now (prelude.h),
//   3. the primitive of that name,
//   4. a var that nobody has defined yet: an error only when it is read.
//
// So a program may define a name that the language has; functions lowered before go on with what
// they were lowered with. Works without recursion on the C stack, in time and memory linear in the
// program. Any thread; allocates in the edit.

#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "substrate/edit.h"
#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::vm {

// The symbols that a program defines, by their bits.
using Definitions = std::unordered_set<std::uint64_t>;
Definitions definitions_of(const substrate::Pin& pin, substrate::Word program);

struct LowerOptions {
  std::uint32_t entity = 0;    // the node to evaluate, 0: the program's root
  std::string_view home = {};  // what the names it defines begin with: kPreludeHome for the prelude
  // What definitions_of() gives, for who lowers a program form by form: else each form looks
  // through the whole program.
  const Definitions* definitions = nullptr;
};
inline constexpr std::string_view kPreludeHome = "yin.core/";

// A closure of no parameters, called "main", that evaluates the program. The edit must be in the
// slab, since functions are referred to by frames of any age; a program that is still in the
// nursery is published first. Errors: kInvalidArgument with file, line and column (a `recur` where
// it cannot be, a function too large to number, a node that stands in two places),
// kResourceExhausted when the domain is full.
substrate::StatusOr<substrate::Word> lower(substrate::Edit& edit, substrate::Word program,
                                           const LowerOptions& options = {});

}  // namespace yin::vm
