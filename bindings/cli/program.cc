#include "bindings/cli/program.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>
#include <utility>

#include "ast/reader.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/reading.h"

namespace yin::cli {

using substrate::Edit;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

namespace {

bool read_all(std::istream& in, std::string& text) {
  char block[65536];
  while (in.read(block, sizeof block), in.gcount() > 0)
    text.append(block, static_cast<std::size_t>(in.gcount()));
  return in.eof();  // a directory opens, but does not read
}

StatusOr<ast::PythonProgram> read_python(Edit& edit, const Program& program,
                                         const LoweringOptions& options) {
  return ast::read_python(edit, program.text, program.name, options.python);
}

// my.lib is my/lib.clj, my.lib-x my/lib_x.clj, as in Clojure: beside the program first, then where
// --path says.
class Files : public ast::ModuleSource {
 public:
  Files(const Program& program, std::vector<Program>& found)
      : folders_(program.paths), found_(found) {
    folders_.insert(folders_.begin(), std::filesystem::path(program.name).parent_path().string());
  }

  StatusOr<ast::ModuleText> find(std::string_view name) override {
    std::string file(name);
    for (std::size_t at = 0; at <= file.size();) {
      const std::size_t end = std::min(file.find('.', at), file.size());
      if (end == at || file.find('/') != std::string::npos)
        return substrate::not_found("it is no name of a file");
      at = end + 1;
    }
    std::ranges::replace(file, '.', '/');
    std::ranges::replace(file, '-', '_');
    file += ".clj";
    std::string where;
    for (const std::string& folder : folders_) {
      const std::filesystem::path path = std::filesystem::path(folder) / file;
      std::error_code none;  // what cannot be looked at is not there
      if (!std::filesystem::exists(path, none)) {
        where += (where.empty() ? "" : ", ") + (folder.empty() ? std::string(".") : folder);
        continue;
      }
      auto read = read_file(path.string(), "clojure");
      if (!read.ok()) return read.status();
      found_.push_back(*read);
      return ast::ModuleText{path.string(), std::move(read->text)};
    }
    return substrate::not_found("no " + file + " in " + where);
  }

 private:
  std::vector<std::string> folders_;
  std::vector<Program>& found_;
};

// The program, behind the modules that it requires or imports.
StatusOr<std::vector<Word>> read_all_texts(Edit& edit, const Program& program,
                                           const LoweringOptions& options,
                                           std::vector<Program>& found) {
  Files files(program, found);
  if (program.language == Language::kClojure)
    return vm::read_programs(edit, program.text, program.name, files);
  if (program.language == Language::kDatoms) {
    auto read = vm::read_datoms(edit, program.text, program.name);
    if (!read.ok()) return read.status();
    return std::vector<Word>{*read};
  }
  auto read = read_python(edit, program, options);
  if (!read.ok()) return read.status();
  auto programs = vm::read_imported(edit, program.name, read->modules, files);
  if (programs.ok()) programs->push_back(read->program);
  return programs;
}

}  // namespace

Status install_run_time(substrate::Worker& worker, Language language) {
  // Data may be a program of either language.
  return language == Language::kClojure ? vm::install_prelude(worker)
                                        : vm::install_python_prelude(worker);
}

Language language_of(const std::string& file, const std::string& language) {
  const auto is = [&](std::string_view name, std::string_view ending) {
    return language.empty() ? file.ends_with(ending) : language == name;
  };
  if (is("python", ".py")) return Language::kPython;
  return is("datoms", ".edn") ? Language::kDatoms : Language::kClojure;
}

StatusOr<Program> read_file(const std::string& file, const std::string& language) {
  Program program{file, {}, language_of(file, language), {}};
  if (file == "-") {
    program.name = "<stdin>";
    if (!read_all(std::cin, program.text))
      return substrate::not_found("read a program from standard input: it cannot be read");
    return program;
  }
  std::ifstream in(file, std::ios::binary);
  if (!read_all(in, program.text))
    return substrate::not_found("read program " + file + ": no such file, or it cannot be read");
  return program;
}

StatusOr<Program> program_of(const EvalOptions& options) {
  if (options.file.empty())
    return Program{"-e", options.expression, language_of({}, options.language), options.paths};
  auto program = read_file(options.file, options.language);
  if (program.ok()) program->paths = options.paths;
  return program;
}

StatusOr<Word> read_text(Edit& edit, const Program& program, const LoweringOptions& options) {
  if (program.language == Language::kClojure)
    return vm::read_program(edit, program.text, program.name, options.before);
  if (program.language == Language::kDatoms)
    return vm::read_datoms(edit, program.text, program.name);
  auto read = read_python(edit, program, options);
  if (!read.ok()) return read.status();
  return read->program;
}

StatusOr<Lowered> lower_program(Edit& edit, const Program& program,
                                const LoweringOptions& options) {
  Lowered out;
  auto read = read_all_texts(edit, program, options, out.modules);
  if (!read.ok()) return read.status();
  for (const Word text : *read) {
    auto main = vm::lower(edit, text);
    if (!main.ok()) return main.status();
    out.programs.push_back(*main);
  }
  return out;
}

}  // namespace yin::cli
