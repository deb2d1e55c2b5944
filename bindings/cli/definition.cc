#include "bindings/cli/definition.h"

#include <algorithm>
#include <cctype>

namespace yin::cli {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\f,";

// ------------------------------------------------------------------------------------ Clojure

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == ';' || text.substr(at).starts_with("#!")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (kBlanks.find(text[at]) != kBlanks.npos) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
  return std::min(at + 1, text.size());
}

std::size_t end_of_token(std::string_view text, std::size_t at) {
  if (text[at] == '\\') ++at;  // a character: the next one belongs to it, whatever it is
  for (++at; at < text.size(); ++at) {
    if (kBlanks.find(text[at]) != kBlanks.npos ||
        std::string_view("()[]{}\";").find(text[at]) != std::string_view::npos)
      break;
  }
  return std::min(at, text.size());
}

// Behind the form that begins at `at`, with its prefixes; not before `at` + 1.
std::size_t end_of_form(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    at = skip_blanks(text, at);
    if (at == text.size()) break;
    const char c = text[at];
    if (c == '(' || c == '[' || c == '{') {
      ++depth;
      ++at;
      continue;
    }
    if (c == ')' || c == ']' || c == '}') {
      --depth;
      ++at;
    } else if (c == '"') {
      at = end_of_string(text, at);
    } else if (std::string_view("'`~@^#").find(c) != std::string_view::npos) {
      // A prefix: the form behind it is meant, or, of ^ and #_, the one behind that.
      const bool discards = c == '^' || text.substr(at).starts_with("#_");
      at += text.substr(at).starts_with("#_") || text.substr(at).starts_with("~@") ? 2 : 1;
      if (discards) at = end_of_form(text, at);
      continue;
    } else {
      at = end_of_token(text, at);
    }
    if (depth <= 0) break;
  }
  return at;
}

// What an escape of a docstring means, roughly.
std::string string_text(std::string_view literal) {
  std::string out;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    if (literal[i] == '\\' && i + 2 < literal.size()) {
      ++i;
      out += literal[i] == 'n' ? '\n' : literal[i] == 't' ? '\t' : literal[i];
    } else {
      out += literal[i];
    }
  }
  return out;
}

std::vector<std::string_view> items_of(std::string_view form) {
  std::vector<std::string_view> items;
  for (std::size_t at = 1;;) {
    at = skip_blanks(form, at);
    if (at + 1 >= form.size()) return items;
    const std::size_t end = end_of_form(form, at);
    items.push_back(form.substr(at, end - at));
    at = end;
  }
}

Definition clojure_definition(std::string_view form) {
  Definition made{.name = {}, .text = form, .arguments = {}, .doc = {}, .macro = false};
  if (!form.starts_with("(def")) return made;
  auto items = items_of(form);
  if (items.size() < 2) return made;
  std::string_view name = items[1];
  while (name.starts_with('^')) {  // metadata stands before the name
    const std::size_t at = skip_blanks(name, end_of_form(name, 1));
    if (at >= name.size()) break;
    name.remove_prefix(at);
  }
  made.name = name;
  made.macro = items[0] == "defmacro";
  for (std::size_t i = 2; i < items.size(); ++i) {
    const std::string_view item = items[i];
    if (item.starts_with('"') && made.doc.empty() && made.arguments.empty()) {
      if (i + 1 < items.size()) made.doc = string_text(item);
    } else if (item.starts_with('[') && items[0] != "def") {
      made.arguments.emplace_back(item);
      break;
    } else if (item.starts_with("([")) {
      made.arguments.emplace_back(items_of(item)[0]);
    } else if (!item.starts_with('{')) {
      break;
    }
  }
  return made;
}

// ------------------------------------------------------------------------------------ Python

std::string_view line_at(std::string_view text, std::size_t at) {
  return text.substr(at, std::min(text.find('\n', at), text.size() - 1) - at + 1);
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r\n\f") == line.npos;
}

// Does the line begin a statement of the module?
bool begins_statement(std::string_view line) {
  if (is_blank_line(line) || kBlanks.find(line[0]) != kBlanks.npos || line[0] == '#') return false;
  if (std::string_view(")]}").find(line[0]) != std::string_view::npos) return false;
  for (const std::string_view word : {"else", "elif", "except", "finally"}) {
    if (line.starts_with(word) && (line.size() == word.size() ||
                                   !std::isalnum(static_cast<unsigned char>(line[word.size()]))))
      return false;
  }
  return true;
}

std::size_t end_of_python_string(std::string_view text, std::size_t at) {
  const std::string_view triple = text.substr(at, 3);
  const bool is_triple = triple == "\"\"\"" || triple == "'''";
  const std::string_view closer = is_triple ? triple : text.substr(at, 1);
  for (at += closer.size(); at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text.substr(at).starts_with(closer)) {
      return at + closer.size();
    }
  }
  return text.size();
}

// Behind the bracket that closes the one at `at`.
std::size_t end_of_brackets(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = end_of_python_string(text, at);
      continue;
    }
    if (c == '#') at = std::min(text.find('\n', at), text.size() - 1);
    if (std::string_view("([{").find(c) != std::string_view::npos) ++depth;
    if (std::string_view(")]}").find(c) != std::string_view::npos && --depth == 0) return at + 1;
    ++at;
  }
  return text.size();
}

std::string_view identifier(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  return text.substr(0, end);
}

void describe_function(std::string_view statement, std::size_t at, Definition& made) {
  const std::string_view name = identifier(statement.substr(at));
  made.name = name;
  at += name.size();
  if (at >= statement.size() || statement[at] != '(') return;
  std::size_t end = end_of_brackets(statement, at);
  made.arguments.emplace_back(statement.substr(at, end - at));
  end = statement.find(':', end);
  if (end == statement.npos) return;
  at = statement.find_first_not_of(" \t\r\n\f", end + 1);
  if (at == statement.npos) return;
  if (statement[at] == 'r' || statement[at] == 'R') ++at;
  if (at >= statement.size() || (statement[at] != '"' && statement[at] != '\'')) return;
  const std::size_t quotes =
      statement.substr(at, 3) == "\"\"\"" || statement.substr(at, 3) == "'''" ? 3 : 1;
  const std::size_t behind = end_of_python_string(statement, at);
  if (behind < at + 2 * quotes) return;
  made.doc = statement.substr(at + quotes, behind - at - 2 * quotes);
}

Definition python_definition(std::string_view statement) {
  statement = statement.substr(0, statement.find_last_not_of(" \t\r\n\f") + 1);
  Definition made{.name = {}, .text = statement, .arguments = {}, .doc = {}, .macro = false};
  std::size_t at = 0;
  while (at < statement.size() && statement[at] == '@') at += line_at(statement, at).size();
  const std::string_view rest = statement.substr(at);
  if (rest.starts_with("def ")) {
    describe_function(statement, at + 4, made);
  } else if (const std::string_view name = identifier(rest); !name.empty()) {
    const std::size_t behind = rest.find_first_not_of(' ', name.size());
    const bool assigns =
        behind != rest.npos && rest[behind] == '=' && rest.substr(behind, 2) != "==";
    if (assigns) made.name = name;
  }
  return made;
}

}  // namespace

std::vector<Definition> clojure_definitions(std::string_view text) {
  std::vector<Definition> all;
  for (std::size_t at = skip_blanks(text, 0); at < text.size(); at = skip_blanks(text, at)) {
    const std::size_t end = std::max(end_of_form(text, at), at + 1);
    all.push_back(clojure_definition(text.substr(at, end - at)));
    at = end;
  }
  return all;
}

std::vector<Definition> python_definitions(std::string_view text) {
  std::vector<Definition> all;
  std::size_t from = text.npos;
  bool decorated = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = line_at(text, at);
    if (begins_statement(line) && !decorated) {
      if (from != text.npos) all.push_back(python_definition(text.substr(from, at - from)));
      from = at;
    }
    decorated = line.starts_with('@') || (decorated && is_blank_line(line));
    // What stands in brackets or strings begins no statement.
    std::size_t end = at + line.size();
    for (std::size_t i = at; i < end && i < text.size();) {
      if (text[i] == '#') break;
      if (text[i] == '"' || text[i] == '\'') {
        i = end_of_python_string(text, i);
      } else if (std::string_view("([{").find(text[i]) != std::string_view::npos) {
        i = end_of_brackets(text, i);
      } else {
        ++i;
      }
      if (i > end) end = std::min(i - 1 + line_at(text, i - 1).size(), text.size());
    }
    at = end;
  }
  if (from != text.npos) all.push_back(python_definition(text.substr(from)));
  return all;
}

std::string describe(const Definition& definition) {
  std::string out = definition.name;
  for (const std::string& arguments : definition.arguments)
    out += (arguments.starts_with('(') ? "" : " ") + arguments;
  if (definition.macro) out += "  (a macro)";
  out += '\n';
  std::string_view doc = definition.doc;
  while (!doc.empty()) {
    const std::string_view line = line_at(doc, 0);
    const std::size_t from = line.find_first_not_of(" \t");
    std::string_view shown = from == line.npos ? "" : line.substr(from);
    shown = shown.substr(0, shown.find_last_not_of(" \t\r\n\f") + 1);
    if (!shown.empty()) out.append("  ").append(shown).append("\n");
    doc.remove_prefix(line.size());
  }
  return out;
}

}  // namespace yin::cli
