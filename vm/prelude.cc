#include "vm/prelude.h"

#include <cstdint>
#include <memory>
#include <string>

#include "substrate/edit.h"
#include "substrate/nursery.h"
#include "substrate/pin.h"
#include "substrate/root.h"
#include "substrate/value.h"
#include "ast/module.h"
#include "ast/reader.h"
#include "ast/schema.h"
#include "vm/error.h"
#include "vm/internal/prelude_text.h"
#include "vm/internal/tree.h"
#include "vm/lower.h"
#include "vm/machine.h"

namespace yin::vm {

using substrate::Edit;
using substrate::Pin;
using substrate::RootKind;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

namespace {

constexpr std::uint64_t kFuel = 1'000'000;  // definitions take next to none

Status failed(std::string_view why) {
  return substrate::internal_error(std::string("install the prelude: ").append(why));
}

// Runs one top-level form, which may do nothing but define.
Status run_form(const Pin& pin, Word program, std::uint32_t form, const LowerOptions& part) {
  Edit code = Edit::in_slab(pin);
  LowerOptions options = part;
  options.entity = form;
  auto main = lower(code, program, options);
  if (!main.ok()) return main.status();
  const auto machine = make_machine(Projection::kStack);
  Edit edit = Edit::in_nursery(pin);
  machine->load(pin, make_call(edit, *main, {}), substrate::kNil, false);
  for (;;) {
    std::uint64_t fuel = kFuel;
    const Outcome outcome = machine->run(edit, fuel);
    if (outcome.kind == OutcomeKind::kDone) return {};
    if (outcome.kind == OutcomeKind::kFailed) return failed(describe_error(pin, outcome.value));
    if (outcome.kind != OutcomeKind::kEffect || outcome.effect.kind != EffectKind::kDefine) {
      return failed("a form does more than define");
    }
    Word kept[] = {machine->save(edit), outcome.effect.argument[1]};
    substrate::publish(pin, kept);
    const substrate::RootRef var = substrate::root_ref(outcome.effect.argument[0]);
    if (Status status = substrate::reset_root(pin, var, kept[1]); !status.ok()) return status;
    machine->load(pin, kept[0], kept[1], false);
  }
}

// The forms one by one, so that each finds the definitions above it as constants.
Status run_forms(const Pin& pin, Word program, std::string_view home) {
  const internal::Vocabulary words(pin);
  const internal::Tree tree(pin, words, program);
  const std::uint32_t root = ast::root_entity(pin, program);
  const Definitions definitions = definitions_of(pin, program);
  const LowerOptions options{.home = home, .definitions = &definitions};
  for (std::uint32_t i = 0; i < tree.count(root, words.forms); ++i) {
    if (Status status = run_form(pin, program, tree.child_at(root, words.forms, i), options);
        !status.ok())
      return status;
  }
  return {};
}

// A text of definitions, and the namespace that it makes.
struct Part {
  std::string_view text;
  const char* file;
  std::string_view home;
};

Status install(substrate::Worker& worker, const Part& part) {
  const Pin pin(worker);
  const std::string name = std::string("var/").append(part.home).append("version");
  auto version = substrate::named_root(pin, RootKind::kVar, name, substrate::kAbsent);
  if (!version.ok()) return version.status();
  const std::uint64_t hash = substrate::hash_bytes(part.text, substrate::kFormatVersion);
  const Word wanted = substrate::int_word(static_cast<std::int64_t>(hash >> 2));
  const substrate::RootRead now = substrate::read_root(pin, substrate::root_ref(*version));
  if (now.ok() && now.value == wanted) return {};
  Edit edit = Edit::in_slab(pin);
  auto program = ast::read_clojure(edit, part.text, part.file, {.library = true});
  if (!program.ok()) return program.status();
  if (Status status = run_forms(pin, *program, part.home); !status.ok()) return status;
  worker.nursery().reset();
  return substrate::reset_root(pin, substrate::root_ref(*version), wanted);
}

}  // namespace

std::string_view prelude_source() { return internal::prelude_text(); }

Status install_prelude(substrate::Worker& worker) {
  return install(worker, {internal::prelude_text(), kPreludeFile, kPreludeHome});
}

Status install_python_prelude(substrate::Worker& worker) {
  if (Status status = install_prelude(worker); !status.ok()) return status;
  return install(worker, {internal::python_prelude_text(), kPythonPreludeFile, kPythonHome});
}

}  // namespace yin::vm
