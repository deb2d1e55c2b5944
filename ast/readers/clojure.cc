// read_clojure: text -> forms -> nodes -> a sealed program, each step in files of its own.

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/clojure_expand.h"
#include "ast/readers/clojure_forms.h"

namespace yin::ast {

substrate::StatusOr<substrate::Word> read_clojure(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file,
                                                  const ReadOptions& options) {
  clojure::Forms forms(edit, file);
  const clojure::Items program = clojure::read_forms(forms, text);
  if (!forms.ok()) return forms.status();
  const clojure::Expansion expansion = clojure::expand(forms, program, options);
  if (!forms.ok()) return forms.status();
  return seal_nodes(edit, file, expansion.nodes, expansion.events);
}

}  // namespace yin::ast
