#pragma once

// Program: a text that a command was given to run, read and lowered.
//
// It comes from a file, from standard input ("-") or from the command line (-e). Its language is
// what the caller says, else what the file's name ends in. The Clojure modules that it requires or
// imports stand beside it, or where --path says, each read once.
//
// Errors are Statuses; what is wrong with the text is kInvalidArgument with file, line and column,
// as report.h shows it. Nothing here keeps state.

#include <string>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "substrate/worker.h"
#include "ast/reader.h"
#include "bindings/cli/options.h"

namespace yin::cli {

// kDatoms: a program as data, vm::read_datoms.
enum class Language { kClojure, kPython, kDatoms };

struct Program {
  std::string name;  // the file's, or what stands for it in messages
  std::string text;
  Language language = Language::kClojure;
  std::vector<std::string> paths;  // folders where its other files may be, after its own
};

// `language`: "clojure", "python", "datoms", or empty: by the name.
Language language_of(const std::string& file, const std::string& language);

// What programs of the language call is known in the worker's domain, which must hold no pin.
substrate::Status install_run_time(substrate::Worker& worker, Language language);

// kNotFound: it is not there, or cannot be read.
substrate::StatusOr<Program> read_file(const std::string& file, const std::string& language);

// What -e or FILE asks for.
substrate::StatusOr<Program> program_of(const EvalOptions& options);

// The program's functions of no parameters, in the order in which they run: its modules, then
// itself.
struct Lowered {
  std::vector<substrate::Word> programs;
  std::vector<Program> modules;  // what was read besides
};
struct LoweringOptions {
  ast::PythonMode python = ast::PythonMode::kProgram;  // of a Python program
  std::string_view before = {};                        // of a Clojure program: ast::ReadOptions
};
substrate::StatusOr<Lowered> lower_program(substrate::Edit& edit, const Program& program,
                                           const LoweringOptions& options = {});

// The program object of its text alone, without its modules.
substrate::StatusOr<substrate::Word> read_text(substrate::Edit& edit, const Program& program,
                                               const LoweringOptions& options = {});

}  // namespace yin::cli
