#include "vm/reading.h"

#include <memory>
#include <string>

#include "substrate/nursery.h"
#include "substrate/root.h"
#include "ast/reader.h"
#include "vm/error.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/primitive.h"

namespace yin::vm {

using substrate::Edit;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

namespace {

constexpr std::uint64_t kFuel = 10'000'000;  // calls and loops of one macro's one run

class Runner : public ast::MacroRunner {
 public:
  StatusOr<Word> evaluate(Edit& edit, Word program) override {
    auto main = lower(edit, program);
    if (!main.ok()) return main.status();
    return call(edit, *main, {});
  }

  StatusOr<Word> call(Edit& edit, Word function, std::span<const Word> arguments) override {
    const substrate::Pin& pin = edit.pin();
    const Word start = make_call(edit, function, arguments);
    if (substrate::is_object(start, substrate::ObjectKind::kError)) return failed(pin, start);
    machine_->load(pin, start, substrate::kNil, false);
    std::uint64_t fuel = kFuel;
    const Outcome outcome = machine_->run(edit, fuel);
    switch (outcome.kind) {
      case OutcomeKind::kDone:
        return outcome.value;
      case OutcomeKind::kFailed:
        return failed(pin, outcome.value);
      case OutcomeKind::kFuel:
        return substrate::invalid_argument("it runs on and on");
      case OutcomeKind::kEffect:
        return substrate::invalid_argument(
            "it asks for an effect, and while a program is read it may only compute");
      case OutcomeKind::kExpired:
        break;
    }
    return substrate::unavailable("the pin expired while reading; try again");
  }

  bool in_language(const substrate::Pin& pin, std::string_view name) override {
    const Word var =
        substrate::find_named_root(pin, std::string("var/").append(kPreludeHome).append(name));
    return !substrate::is_absent(var) || find_primitive(name).has_value();
  }

 private:
  static Status failed(const substrate::Pin& pin, Word error) {
    return substrate::invalid_argument(describe_error(pin, error));
  }

  std::unique_ptr<Machine> machine_ = make_machine(Projection::kStack);
};

}  // namespace

StatusOr<Word> read_program(Edit& edit, std::string_view text, std::string_view file,
                            std::string_view before) {
  Runner runner;
  return ast::read_clojure(edit, text, file, {.macros = &runner, .before = before});
}

StatusOr<Word> read_datoms(Edit& edit, std::string_view text, std::string_view file) {
  Runner runner;
  return ast::read_datoms(edit, text, file, &runner);
}

StatusOr<std::vector<Word>> read_programs(Edit& edit, std::string_view text, std::string_view file,
                                          ast::ModuleSource& modules) {
  Runner runner;
  return ast::read_clojure_files(edit, text, file, {.macros = &runner, .modules = &modules});
}

StatusOr<std::vector<Word>> read_imported(Edit& edit, std::string_view file,
                                          std::span<const ast::PythonModule> imports,
                                          ast::ModuleSource& modules) {
  Runner runner;
  return ast::read_imported(edit, file, imports, {.macros = &runner, .modules = &modules});
}

}  // namespace yin::vm
