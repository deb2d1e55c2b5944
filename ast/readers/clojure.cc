// read_clojure and its kin: text -> forms -> nodes -> a sealed program, each step in files of its own.

#include "ast/node.h"
#include "ast/reader.h"
#include "ast/readers/clojure_expand.h"
#include "ast/readers/clojure_forms.h"
#include "ast/readers/clojure_macros.h"

namespace yin::ast {

substrate::StatusOr<substrate::Word> read_clojure(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file,
                                                  const ReadOptions& options) {
  ReadOptions alone = options;
  alone.modules = nullptr;
  auto programs = read_clojure_files(edit, text, file, alone);
  if (!programs.ok()) return programs.status();
  return programs->back();
}

substrate::StatusOr<std::vector<substrate::Word>> read_clojure_files(substrate::Edit& edit,
                                                                     std::string_view text,
                                                                     std::string_view file,
                                                                     const ReadOptions& options) {
  clojure::Modules modules(edit, options);
  if (substrate::Status read = modules.read_program(text, file); !read.ok()) return read;
  return modules.programs();
}

substrate::StatusOr<std::vector<substrate::Word>> read_imported(
    substrate::Edit& edit, std::string_view file, std::span<const PythonModule> imports,
    const ReadOptions& options) {
  clojure::Modules modules(edit, options);
  for (const PythonModule& import : imports) {
    auto module = modules.require(import.name, file, import.at);
    if (!module.ok()) return module.status();
    for (const std::string& name : import.imported) {
      const std::string why = clojure::Modules::why_not(**module, name);
      if (!why.empty()) return substrate::invalid_argument(clojure::at_place(file, import.at, why));
    }
  }
  return modules.programs();
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
