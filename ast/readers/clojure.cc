// read_clojure: text -> forms -> nodes -> a sealed program, each step in files of its own.

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/clojure_expand.h"
#include "ast/readers/clojure_forms.h"
#include "ast/readers/clojure_macros.h"

namespace yin::ast {

substrate::StatusOr<substrate::Word> read_clojure(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file,
                                                  const ReadOptions& options) {
  clojure::Forms forms(edit, file);
  const clojure::Items before = clojure::read_forms(forms, options.before);
  const clojure::Items program = clojure::read_forms(forms, text);
  if (!forms.ok()) return forms.status();
  const clojure::Expansion expansion = clojure::expand(forms, before, program, options);
  if (!forms.ok()) return forms.status();
  return seal_nodes(edit, file, expansion.nodes, expansion.events);
}

bool is_unfinished_clojure(substrate::Edit& edit, std::string_view text) {
  clojure::Forms forms(edit, {});
  clojure::read_forms(forms, text);
  return forms.unfinished();
}

std::vector<std::string_view> clojure_forms() {
  std::vector<std::string_view> names = clojure::special_names();
  for (const std::string_view name : clojure::macro_names()) names.push_back(name);
  return names;
}

}  // namespace yin::ast
