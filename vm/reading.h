#pragma once

// Reading a program with a machine at hand: Clojure text, or a program that is data -> AST datoms,
// its macros run on the VM.
//
// The reader expands a program and knows no machine; here it gets one (ast::MacroRunner). A macro's
// function is lowered and run like any other, in the edit that the program is made in, but it may
// only compute: an effect is an error, and so is a run that does not end.
//
// The prelude must be installed. Any thread; the edit must be in the slab. Not for Python, nor for
// running what was read: lower it and load it into a machine.

#include <span>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "ast/reader.h"

namespace yin::vm {

// As ast::read_clojure; `before` as in its ReadOptions. A macro's function may only compute, and not for ever.
substrate::StatusOr<substrate::Word> read_program(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file,
                                                  std::string_view before = {});

// As ast::read_datoms.
substrate::StatusOr<substrate::Word> read_datoms(substrate::Edit& edit, std::string_view text,
                                                 std::string_view file);

// As ast::read_clojure_files and ast::read_imported.
substrate::StatusOr<std::vector<substrate::Word>> read_programs(substrate::Edit& edit,
                                                                std::string_view text,
                                                                std::string_view file,
                                                                ast::ModuleSource& modules);
substrate::StatusOr<std::vector<substrate::Word>> read_imported(
    substrate::Edit& edit, std::string_view file, std::span<const ast::PythonModule> imports,
    ast::ModuleSource& modules);

}  // namespace yin::vm
