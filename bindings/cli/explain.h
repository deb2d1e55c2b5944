#pragma once

// Explain: a program as Yin sees it: its AST datoms, the functions it was lowered to, and the code
// that each projection runs, beside the lines of text that it comes from.
//
// Nothing is run. What is printed is for people; every line but datoms and code begins with `;`,
// datoms are EDN, one a line. `--json` gives the same for programs. Reads under a pin.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "substrate/pin.h"
#include "substrate/value.h"
#include "bindings/cli/report.h"

namespace yin::cli {

struct ExplainParts {
  bool ast = true;
  bool stack = true;
  bool registers = true;
  bool native = true;
};

// What lower() gave, or any closure, with its functions; `name`: those of that name alone, empty:
// all. False: there is none of that name.
bool explain(std::string& out, const substrate::Pin& pin, substrate::Word closure,
             std::string_view name, const Texts& texts, const ExplainParts& parts);
bool explain_json(nlohmann::json& out, const substrate::Pin& pin, substrate::Word closure,
                  std::string_view name, const ExplainParts& parts);

}  // namespace yin::cli
