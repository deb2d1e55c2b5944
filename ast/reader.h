#pragma once

// Readers: program text -> AST datoms. One a language; each gives the same kind of program.
//
// Errors are Statuses (kInvalidArgument) with file, line and column and what to do: "count.clj:3:7:
// `if` takes two or three forms, got 5". A reader never gives a wrong answer for what it does not
// support: it refuses it by name. Readers keep nothing between calls and use any thread that has an
// edit. Clojure's does not recurse: the depth of a program is bounded by memory. Python's does, to
// a bounded depth, as Python itself (python_tree.h).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "ast/node.h"

namespace yin::ast {

// Runs the functions that a program's macros are, while the program is read: the layers above have
// machines. Errors are Statuses with the function's own message.
class MacroRunner {
 public:
  virtual ~MacroRunner() = default;
  // The value of a program that does nothing but compute.
  virtual substrate::StatusOr<substrate::Word> evaluate(substrate::Edit& edit,
                                                        substrate::Word program) = 0;
  virtual substrate::StatusOr<substrate::Word> call(substrate::Edit& edit, substrate::Word function,
                                                    std::span<const substrate::Word> arguments) = 0;
  // Has the language a function of this name?
  virtual bool in_language(const substrate::Pin& pin, std::string_view name) = 0;
};

// Where a program's other files are. Whoever runs it says what may be read.
struct ModuleText {
  std::string path;  // as errors name it
  std::string text;
};
class ModuleSource {
 public:
  virtual ~ModuleSource() = default;
  // The file of a namespace such as "my.lib". kNotFound: "no my/lib.clj in a, b".
  virtual substrate::StatusOr<ModuleText> find(std::string_view name) = 0;
};

struct ReadOptions {
  MacroRunner* macros = nullptr;    // none: a program that defines macros is refused
  ModuleSource* modules = nullptr;  // none: a program that requires other files is refused
  bool library = false;             // the language's own text: its definitions may have a namespace
  // What was read before, where a program comes piece by piece: its macros, its names of namespaces
  // and what macros may use of it hold in this piece too. Nothing of it becomes part of the program.
  std::string_view before = {};
};

// Clojure, as UTF-8. The program's root is a :do of the file's forms (a :literal nil for an empty
// file). Nodes have the positions of their forms, those that an expansion made the positions of
// what they were made from; functions that an expansion calls are named clojure.core/NAME.
substrate::StatusOr<substrate::Word> read_clojure(substrate::Edit& edit, std::string_view text,
                                                  std::string_view file,
                                                  const ReadOptions& options = {});

// The names that are neither functions nor constants: special forms and macros.
std::vector<std::string_view> clojure_forms();

// Python's keywords and built-in functions.
std::vector<std::string_view> python_words();

// For who reads a program while it is typed: is this the beginning of something longer? A bracket
// or a string is open at its end, or a block of Python's, which an empty line ends.
bool is_unfinished_clojure(substrate::Edit& edit, std::string_view text);
bool is_unfinished_python(substrate::Edit& edit, std::string_view text);

// A program that may require other files, each a module: its namespace, whose definitions are named
// NAMESPACE/NAME; the program's own have no namespace. Each file is read once, however often it is
// required. Gives the modules' programs, each behind those that it requires, and the program itself
// last: they are to be lowered and run in that order.
substrate::StatusOr<std::vector<substrate::Word>> read_clojure_files(substrate::Edit& edit,
                                                                     std::string_view text,
                                                                     std::string_view file,
                                                                     const ReadOptions& options);

// Python, as UTF-8. What of it is supported stands in docs/python.md. The module's names are vars
// __main__/NAME as far as functions use them; what the program calls of the language is named
// python/NAME.
enum class PythonMode : std::uint8_t {
  kProgram,
  kShown,        // the same, and the value of a last expression is shown as the interpreter does
  kInteractive,  // so too, and every name is a var, also one that is given no value here
};
// A module of Clojure that a program imports: its namespace, what of it, and where.
struct PythonModule {
  std::string name;
  std::vector<std::string> imported;
  Position at;
};
struct PythonProgram {
  substrate::Word program;
  std::vector<PythonModule> modules;
};
// The Clojure modules that a program in another language imports, as read_clojure_files() gives
// them. `file` is the program's, for errors.
substrate::StatusOr<std::vector<substrate::Word>> read_imported(
    substrate::Edit& edit, std::string_view file, std::span<const PythonModule> imports,
    const ReadOptions& options);

inline constexpr std::size_t kPythonTextMax = std::size_t{16} << 20;
substrate::StatusOr<PythonProgram> read_python(substrate::Edit& edit, std::string_view text,
                                               std::string_view file,
                                               PythonMode mode = PythonMode::kProgram);

// A program that is data already, as EDN: the original's AST, or its datoms.
//
//   {:type :if :test {:type :variable :name x} :consequent ... :alternate ...}
//   {:root -17 :datoms [[-17 :yin/type :if 0 1] ...]}, with the name of the :file its positions are of
//
// Node types and attributes are those of schema.h, a field :test of the one is the attribute
// :yin/test of the other (:val is :yin/val-node, but :yin/value of a :vm/store-put). Entities have
// any ids; what the root does not reach is left out, and a node that stands in several places is
// copied to each. Without :root, datoms are accepted only if one entity alone is referred to by
// none. Nodes without positions have those of their text. Without `macros` a program that calls
// macros is refused.
substrate::StatusOr<substrate::Word> read_datoms(substrate::Edit& edit, std::string_view text,
                                                 std::string_view file,
                                                 MacroRunner* macros = nullptr);

}  // namespace yin::ast
