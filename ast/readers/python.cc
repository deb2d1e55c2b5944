// read_python: text -> tokens -> syntax tree -> scopes -> nodes -> a sealed program, each step in
// files of its own.

#include <utility>
#include <vector>

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/python_emit.h"
#include "ast/readers/python_parse.h"
#include "ast/readers/python_scopes.h"

namespace yin::ast {

substrate::StatusOr<PythonProgram> read_python(substrate::Edit& edit, std::string_view text,
                                               std::string_view file, PythonMode mode) {
  if (text.size() > kPythonTextMax) {
    return substrate::invalid_argument(std::string(file) +
                                       ": the text is larger than 16 MiB; split it");
  }
  const bool interactive = mode == PythonMode::kInteractive;
  python::Source source(edit, text, file);
  python::Tree tree;
  python::parse(source, tree);
  if (source.ok()) python::find_scopes(source, tree, interactive);
  std::vector<Node> nodes;
  if (source.ok()) nodes = python::emit(source, tree, interactive);
  if (!source.ok()) return source.status();
  auto sealed = seal_nodes(edit, file, nodes);
  if (!sealed.ok()) return sealed.status();
  PythonProgram program{*sealed, {}};
  for (const python::Stmt* s : tree.module.body) {
    if (s->kind == python::StmtKind::kImport) program.modules.push_back({s->text, s->at});
  }
  return program;
}

}  // namespace yin::ast
