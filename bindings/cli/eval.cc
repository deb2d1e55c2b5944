// `yin eval`: one program, in this process, and its value.

#include <cstdio>
#include <string>

#include "substrate/edit.h"
#include "substrate/print.h"
#include "bindings/cli/children.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/options.h"
#include "bindings/cli/program.h"
#include "bindings/cli/report.h"
#include "bindings/cli/session.h"

namespace yin::cli {

using substrate::Edit;
using substrate::Pin;
using substrate::Status;

namespace {

constexpr std::size_t kValueTextMax = std::size_t{256} << 20;

int fail_program(const std::string& what) {
  std::fprintf(stderr, "yin: %s\n", what.c_str());
  return kExitProgram;
}

// Reads, lowers and begins to run it. `texts` learns what errors may be in.
Status begin(Session& session, const Program& program, Texts& texts) {
  const Pin pin(session.worker());
  Edit edit = Edit::in_slab(pin);
  texts.add(program.name, program.text);
  auto lowered = lower_program(edit, program, {.python = ast::PythonMode::kShown});
  if (!lowered.ok()) return lowered.status();
  for (const Program& module : lowered->modules) texts.add(module.name, module.text);
  // What a Python program has to show, it shows.
  return program.language == Language::kPython ? session.start_for_effects(pin, lowered->programs)
                                               : session.start(pin, lowered->programs);
}

int print_result(Session& session) {
  std::string text;
  {
    const Pin pin(session.worker());
    if (!print_to(text, pin, session.result(pin), kValueTextMax))
      return fail(substrate::resource_exhausted("the value's text is longer than 256 MiB"));
  }
  const Status written = write_out(text + "\n");
  return written.ok() ? int{kExitOk} : fail(written);
}

}  // namespace

int eval_command(const EvalOptions& options) {
  auto program = program_of(options);
  if (!program.ok()) return fail(program.status());
  auto session = Session::open({.domain = options.domain,
                                .projection = options.projection,
                                .grants = options.grants,
                                .arguments = options.arguments,
                                .language = program->language});
  if (!session.ok()) return fail(session.status());
  note_interrupt();
  Texts texts;
  if (Status began = begin(**session, *program, texts); !began.ok()) {
    if (began.code() == substrate::StatusCode::kInvalidArgument)
      return fail_program(texts.of_message(began.message()));
    return fail(began);
  }
  const auto ended = (*session)->wait(Session::Until::kAll);
  bool failed = false;
  for (const std::string& failure : (*session)->take_failures()) {
    failed = true;
    (void)fail_program(failure);
  }
  switch (ended) {
    case Session::Ended::kFailed: {
      const Pin pin((*session)->worker());
      return fail_program(texts.of_error(pin, (*session)->result(pin)));
    }
    case Session::Ended::kInterrupted:
      std::fprintf(stderr, "yin: interrupted\n");
      return kExitInterrupted;
    case Session::Ended::kStuck:
      std::fprintf(stderr, "yin: stuck: %u agents wait for what nobody will give\n",
                   (*session)->stuck_agents());
      return kExitStuck;
    case Session::Ended::kNoSpace:
    case Session::Ended::kWorld:
      return fail((*session)->world());
    case Session::Ended::kValue:
      break;
  }
  if (failed) return kExitProgram;
  return program->language == Language::kPython ? int{kExitOk} : print_result(**session);
}

}  // namespace yin::cli
