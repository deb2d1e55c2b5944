// read_python: text -> tokens -> syntax tree -> scopes -> nodes -> a sealed program, each step in
// files of its own.

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/python_emit.h"
#include "ast/readers/python_parse.h"
#include "ast/readers/python_scopes.h"
#include "ast/readers/python_tokens.h"

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
  if (source.ok()) nodes = python::emit(source, tree, mode);
  if (!source.ok()) return source.status();
  auto sealed = seal_nodes(edit, file, nodes);
  if (!sealed.ok()) return sealed.status();
  PythonProgram program{*sealed, {}};
  for (const python::Stmt* s : tree.module.body) {
    if (s->kind != python::StmtKind::kImport) continue;
    PythonModule module{python::clojure_name(s->text), {}, s->at};
    for (std::size_t i = 0; i + 1 < s->names.size(); i += 2)
      module.imported.push_back(python::clojure_name(s->names[i]));
    program.modules.push_back(std::move(module));
  }
  return program;
}

namespace {

constexpr std::string_view kGoingOn[] = {"elif", "else", "except", "finally"};
constexpr std::string_view kBlockWords[] = {"@",  "class", "def",   "for",
                                            "if", "try",   "while", "with"};

// Where the last statement of the module begins.
std::size_t last_statement(const std::vector<python::Token>& tokens) {
  std::size_t last = 0;
  int depth = 0;
  bool begins = true;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const python::TokenKind kind = tokens[i].kind;
    if (kind == python::TokenKind::kIndent) ++depth;
    if (kind == python::TokenKind::kDedent) --depth;
    const bool lays_out = kind == python::TokenKind::kIndent ||
                          kind == python::TokenKind::kDedent ||
                          kind == python::TokenKind::kNewline || kind == python::TokenKind::kEnd;
    const bool goes_on = std::ranges::find(kGoingOn, tokens[i].text) != std::end(kGoingOn);
    if (begins && depth == 0 && !lays_out && !goes_on) last = i;
    begins = lays_out;
  }
  return last;
}

bool ends_with_empty_line(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  const std::string_view behind = last == text.npos ? text : text.substr(last + 1);
  return std::ranges::count(behind, '\n') > 1;
}

}  // namespace

std::vector<std::string_view> python_words() {
  std::vector<std::string_view> words = python::keyword_names();
  for (const std::string_view name : python::builtin_names()) words.push_back(name);
  return words;
}

bool is_unfinished_python(substrate::Edit& edit, std::string_view text) {
  python::Source source(edit, text, {});
  const std::vector<python::Token> tokens = python::read_tokens(source, text, {1, 1}, true);
  if (source.unfinished()) return true;
  if (!source.ok() || tokens.empty()) return false;
  const python::Token& first = tokens[last_statement(tokens)];
  const bool block = std::ranges::find(kBlockWords, first.text) != std::end(kBlockWords) &&
                     first.kind != python::TokenKind::kString;
  return block && !ends_with_empty_line(text);
}

}  // namespace yin::ast
