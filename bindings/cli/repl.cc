// `yin repl`: reads what is typed, evaluates it, shows its value, and goes on.
//
// What is typed is one text of many lines, "repl" by name: an error in a function names the line on
// which it was typed. Forms are evaluated one by one, each as an agent of its own (session.h).
// Definitions live in the domain; what a reader must know of them (macros, names of namespaces) and
// their text is kept beside them under the name "yin/repl", so that a later session finds both.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "substrate/edit.h"
#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/python_words.h"
#include "ast/reader.h"
#include "ast/schema.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/primitive.h"
#include "bindings/c/yin.h"
#include "bindings/cli/children.h"
#include "bindings/cli/definition.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/explain.h"
#include "bindings/cli/history.h"
#include "bindings/cli/line_editor.h"
#include "bindings/cli/options.h"
#include "bindings/cli/program.h"
#include "bindings/cli/report.h"
#include "bindings/cli/session.h"
#include "bindings/cli/words.h"

namespace yin::cli {

using substrate::Edit;
using substrate::kNil;
using substrate::Pin;
using substrate::RootKind;
using substrate::Status;
using substrate::StatusOr;
using substrate::Vector;
using substrate::Word;

namespace {

constexpr const char* kName = "repl";  // of the text that is typed
constexpr const char* kKept = "yin/repl";
constexpr const char* kResults[] = {"var/*1", "var/*2", "var/*3"};
constexpr const char* kError = "var/*e";
constexpr std::size_t kShownMax = std::size_t{1} << 20;  // bytes of a value
constexpr std::string_view kVar = "var/";

std::string trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == text.npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1));
}

Word read_named(const Pin& pin, std::string_view name) {
  const Word ref = find_named_root(pin, name);
  if (substrate::is_absent(ref)) return kNil;
  const auto read = read_root(pin, root_ref(ref));
  return read.ok() ? read.value : kNil;
}

Status set_var(const Pin& pin, std::string_view name, Word value) {
  auto var = named_root(pin, RootKind::kVar, name, value);
  return var.ok() ? reset_root(pin, root_ref(*var), value) : var.status();
}

// (doc f), help(f) ...: something that the session itself answers.
struct Question {
  std::string about, name;
};

std::optional<Question> question_in(const std::string& text, Language language) {
  const std::string all = trimmed(text);
  if (!all.ends_with(')')) return std::nullopt;
  std::string about, name;
  if (language == Language::kClojure) {
    const std::size_t blank = all.find_first_of(" \t\n");
    if (!all.starts_with('(') || blank == all.npos) return std::nullopt;
    about = all.substr(1, blank - 1);
    name = trimmed(all.substr(blank, all.size() - 1 - blank));
    if (name.starts_with('\'')) name.erase(0, 1);
  } else {
    const std::size_t open = all.find('(');
    if (open == all.npos) return std::nullopt;
    about = trimmed(all.substr(0, open));
    name = trimmed(all.substr(open + 1, all.size() - open - 2));
    if (about == "help") about = "doc";
  }
  if (about != "doc" && about != "source" && about != "explain") return std::nullopt;
  if (name.empty() || name.find_first_of(" \t\n()[]{}\"") != name.npos) return std::nullopt;
  return Question{about, name};
}

bool asks_to_leave(const std::string& text) {
  const std::string all = trimmed(text);
  static constexpr std::string_view kLeave[] = {"exit",   "quit",   "(exit)",
                                                "(quit)", "exit()", "quit()"};
  return std::ranges::find(kLeave, all) != std::end(kLeave);
}

class Repl {
 public:
  Repl(Session& session, const ReplOptions& options)
      : session_(session),
        language_(language_of({}, options.language)),
        keeps_(!options.domain.empty()),
        history_(History::default_path()),
        editor_(history_,
                {.complete = [this](const std::string& word) { return names(word); },
                 .breaks = language_ == Language::kClojure ? " \t()[]{}\"'`~@^#,;"
                                                           : " \t()[]{}\"'`~@^,;:.=+-*/%<>&|!"}) {}

  int run() {
    if (Status ready = prepare(); !ready.ok()) return fail(ready);
    if (editor_.is_terminal()) greet();
    std::string text;
    for (;;) {
      const LineEditor::Read read = read_text(text);
      forget_interrupt();
      if (read == LineEditor::Read::kInterrupted) {
        if (!editor_.is_terminal()) return kExitInterrupted;
        continue;
      }
      if (asks_to_leave(text)) break;
      if (!trimmed(text).empty()) evaluate(text);
      if (!world_.ok()) return fail(world_);
      if (interrupted_ && !editor_.is_terminal()) return kExitInterrupted;
      if (read == LineEditor::Read::kEnd) break;
    }
    return leave();
  }

 private:
  // Who typed at a terminal has seen what failed; a script's agents get to their end.
  int leave() {
    if (editor_.is_terminal()) {
      (void)write_out("\n").ok();
      return kExitOk;
    }
    if (session_.wait(Session::Until::kAll) == Session::Ended::kWorld)
      return fail(session_.world());
    for (const std::string& failure : session_.take_failures()) complain(failure);
    return failed_ ? kExitProgram : kExitOk;
  }

  // ------------------------------------------------------------------------------------- reading

  void greet() {
    const bool python = language_ == Language::kPython;
    say(std::string("yin ") + yin_version() + (python ? ", Python" : ", Clojure") + ". " +
        (python ? "help(f), source(f), explain(f)" : "(doc f), (source f), (explain f)") +
        "; Ctrl-D ends.");
  }

  // Lines up to the end of what they begin. kEnd: there is no more behind it.
  LineEditor::Read read_text(std::string& text) {
    text = std::exchange(ahead_, {});
    for (;;) {
      if (trimmed(text).empty()) {
        line_ += static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
        text.clear();
      } else if (!goes_on(text)) {
        return LineEditor::Read::kLine;
      }
      std::string line;
      const LineEditor::Read read = read_line(text.empty(), line);
      if (read != LineEditor::Read::kLine) return read;
      // Where nobody types an empty line, a Python block ends in front of what is no part of it.
      if (!text.empty() && begins_anew(text, line)) {
        ahead_ = line + "\n";
        return LineEditor::Read::kLine;
      }
      text += line + "\n";
    }
  }

  bool goes_on(const std::string& text) {
    const Pin pin(session_.worker());
    Edit edit = Edit::in_slab(pin);
    if (language_ == Language::kClojure) return ast::is_unfinished_clojure(edit, text);
    // Where nobody types an empty line to end a block, it is part of it.
    return ast::is_unfinished_python(edit, editor_.is_terminal() ? text : trimmed(text) + "\n");
  }

  LineEditor::Read read_line(bool first, std::string& line) {
    const bool clojure = language_ == Language::kClojure;
    const char* prompt = first ? (clojure ? "yin=> " : ">>> ") : (clojure ? "  ... " : "... ");
    if (session_.agents_alive() == 0) return editor_.read(prompt, line);
    const Session::Background agents_go_on(session_);
    return editor_.read(prompt, line);
  }

  bool begins_anew(const std::string& text, const std::string& line) {
    if (language_ == Language::kClojure || editor_.is_terminal()) return false;
    // Its brackets and strings are closed, and the line is a statement.
    const Pin pin(session_.worker());
    Edit edit = Edit::in_slab(pin);
    return !ast::is_unfinished_python(edit, text + "\n\n") &&
           python_definitions(text + line + "\n").size() > python_definitions(text).size();
  }

  // ---------------------------------------------------------------------------------- evaluation

  void evaluate(const std::string& text) {
    interrupted_ = false;
    const std::uint32_t line = line_;
    line_ += static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
    typed_.resize(typed_.size() + (line - 1 - lines_typed_), '\n');
    typed_ += text;
    lines_typed_ = line_ - 1;
    texts_.add(kName, typed_);
    if (const auto question = question_in(text, language_)) return answer(*question);
    // The program begins on its own line of the session.
    const Program program{kName, std::string(line - 1, '\n') + text, language_, {}};
    if (language_ == Language::kClojure) {
      evaluate_clojure(program, text);
    } else {
      evaluate_python(program, text);
    }
    for (const std::string& failure : session_.take_failures()) complain(failure);
  }

  void evaluate_clojure(const Program& program, const std::string& text) {
    const std::string before = text_before();
    std::uint64_t count = 0;
    {
      const Pin pin(session_.worker());
      Edit edit = Edit::in_slab(pin);
      auto read = cli::read_text(edit, program, {.before = before});
      if (!read.ok()) return refuse(read.status());
      if (Status kept = session_.keep(pin, *read); !kept.ok()) return stop(kept);
      count = forms_of(pin, *read).size();
    }
    const std::vector<Definition> forms = clojure_definitions(text);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!run_form(i)) return;
      if (count == forms.size()) note(forms[i]);
    }
  }

  std::vector<std::uint32_t> forms_of(const Pin& pin, Word program) const {
    std::vector<std::uint32_t> all;
    const Word forms = ast::attribute_of(pin, program, ast::root_entity(pin, program),
                                         substrate::keyword(pin, ast::attribute::kForms));
    if (!Vector::is(forms)) return all;  // of no form at all there is a literal nil
    for (std::uint64_t i = 0; i < Vector{forms}.count(pin); ++i)
      all.push_back(static_cast<std::uint32_t>(small_int(Vector{forms}.nth(pin, i))));
    return all;
  }

  // Evaluates one form of the kept program, and shows its value. False: go no further.
  bool run_form(std::uint64_t index) {
    {
      const Pin pin(session_.worker());
      Edit edit = Edit::in_slab(pin);
      const Word program = session_.kept(pin);
      const vm::Definitions definitions = vm::definitions_of(pin, program);
      auto main = vm::lower(edit, program,
                            {.entity = forms_of(pin, program)[index], .definitions = &definitions});
      if (!main.ok()) return refuse(main.status()), false;
      if (Status began = session_.start(pin, {&*main, 1}); !began.ok()) return stop(began), false;
    }
    if (!wait()) return false;
    const Pin pin(session_.worker());
    const Word value = session_.result(pin);
    for (std::size_t i = std::size(kResults); i-- > 1;)
      remember(kResults[i], read_named(pin, kResults[i - 1]));
    remember(kResults[0], value);
    std::string shown;
    if (!print_to(shown, pin, value, kShownMax)) shown += " ...";
    say(shown);
    return world_.ok();
  }

  void evaluate_python(const Program& program, const std::string& text) {
    {
      const Pin pin(session_.worker());
      Edit edit = Edit::in_slab(pin);
      auto lowered = lower_program(edit, program, {.python = ast::PythonMode::kInteractive});
      if (!lowered.ok()) return refuse(lowered.status());
      for (const Program& module : lowered->modules) texts_.add(module.name, module.text);
      if (Status began = session_.start_for_effects(pin, lowered->programs); !began.ok())
        return stop(began);
    }
    if (!wait()) return;
    for (const Definition& statement : python_definitions(text)) note(statement);
  }

  // False: it has no value, and why was said.
  bool wait() {
    switch (session_.wait(Session::Until::kValue)) {
      case Session::Ended::kValue:
        return true;
      case Session::Ended::kFailed: {
        const Pin pin(session_.worker());
        const Word error = session_.result(pin);
        remember(kError, error);
        complain(texts_.of_error(pin, error));
        break;
      }
      case Session::Ended::kInterrupted:
        forget_interrupt();
        interrupted_ = true;
        complain(editor_.is_terminal() ? "\ninterrupted" : "interrupted");  // behind the echoed ^C
        break;
      case Session::Ended::kStuck:
        complain("stuck: it waits for what nobody will give");
        break;
      case Session::Ended::kNoSpace:
        complain(session_.world().message());
        break;
      case Session::Ended::kWorld:
        stop(session_.world());
        break;
    }
    return false;
  }

  // ---------------------------------------------------------------------------------- what is kept

  struct Noted {
    std::string name, text;
  };

  // A definition takes the place of the one of its name before, since macros find what stands above.
  void note(const Definition& form) {
    const bool speaks_to_reader = form.text.starts_with("(ns") || form.text.starts_with("(require");
    if (form.name.empty() && !speaks_to_reader) return;
    const std::string name = form.name.empty() ? std::string(form.text) : form.name;
    const auto known = std::ranges::find(noted_, name, &Noted::name);
    if (known != noted_.end()) {
      known->text = form.text;
    } else {
      noted_.push_back({name, std::string(form.text)});
    }
    if (keeps_) keep_notes();
  }

  void keep_notes() {
    const Pin pin(session_.worker());
    Edit edit = Edit::in_slab(pin);
    std::vector<Word> words;
    for (const Noted& one : noted_) {
      const Word pair[] = {from_string(edit, one.name), from_string(edit, one.text)};
      words.push_back(Vector::from(edit, pair).word);
    }
    const Word all = Vector::from(edit, words).word;
    auto atom = named_root(pin, RootKind::kAtom, kKept, all);
    const Status kept = atom.ok() ? reset_root(pin, root_ref(*atom), all) : atom.status();
    if (!kept.ok()) stop(kept);
  }

  Status prepare() {
    const Pin pin(session_.worker());
    for (const char* name : {kResults[0], kResults[1], kResults[2], kError}) {
      if (Status set = set_var(pin, name, kNil); !set.ok()) return set;
    }
    const Word kept = read_named(pin, kKept);
    if (!Vector::is(kept)) return {};
    for (std::uint64_t i = 0; i < Vector{kept}.count(pin); ++i) {
      const Word pair = Vector{kept}.nth(pin, i);
      if (!Vector::is(pair) || Vector{pair}.count(pin) != 2) continue;
      const Word name = Vector{pair}.nth(pin, 0), text = Vector{pair}.nth(pin, 1);
      if (is_string(name) && is_string(text))
        noted_.push_back({to_string(pin, name), to_string(pin, text)});
    }
    return {};
  }

  [[nodiscard]] std::string text_before() const {
    std::string text;
    for (const Noted& one : noted_) {
      if (one.text.starts_with('(')) text += one.text + "\n";
    }
    return text;
  }

  void remember(const char* var, Word value) {
    const Pin pin(session_.worker());
    if (Status set = set_var(pin, var, value); !set.ok()) stop(set);
  }

  // ------------------------------------------------------------------------------------ questions

  void answer(const Question& question) {
    if (question.about == "explain") return answer_explain(question.name);
    const auto known = std::ranges::find(noted_, question.name, &Noted::name);
    const std::string prelude = known == noted_.end() && language_ == Language::kClojure
                                    ? prelude_source(question.name)
                                    : std::string();
    const std::string source = known != noted_.end() ? known->text : prelude;
    if (question.about == "source") {
      source.empty() ? complain("the source of " + question.name + " is not known here")
                     : say(source);
      return;
    }
    std::string text = known == noted_.end() && language_ == Language::kClojure
                           ? describe_word(question.name)
                           : std::string();
    if (text.empty() && !source.empty()) {
      const auto definitions = language_ == Language::kClojure ? clojure_definitions(source)
                                                               : python_definitions(source);
      if (!definitions.empty()) text = describe(definitions.front());
    }
    text.empty() ? complain("nothing is known of " + question.name) : say(trimmed(text));
  }

  static std::string prelude_source(const std::string& name) {
    for (const Definition& one : clojure_definitions(vm::prelude_source())) {
      if (one.name == name) return std::string(one.text);
    }
    return {};
  }

  void answer_explain(const std::string& name) {
    const Pin pin(session_.worker());
    const std::string home =
        language_ == Language::kPython ? std::string(ast::python::kPythonHome) : std::string();
    Word value = read_named(pin, std::string(kVar) + home + name);
    if (substrate::is_nil(value))
      value = read_named(pin, std::string(kVar) + std::string(vm::kPreludeHome) + name);
    if (!is_object(value, substrate::ObjectKind::kClosure)) {
      return complain(vm::find_primitive(name).has_value()
                          ? name + " is a primitive: written in C++, not in the language"
                          : name + " is no function");
    }
    std::string out;
    (void)explain(out, pin, value, {}, texts_, {});
    say(trimmed(out));
  }

  // Names that begin with a text: the language's, and what has been defined.
  std::vector<std::string> names(const std::string& word) {
    std::set<std::string> all;
    const auto add = [&](std::string_view name) {
      if (name.starts_with(word)) all.emplace(name);
    };
    const Pin pin(session_.worker());
    const auto vars = list_named_roots(pin, RootKind::kVar);
    if (language_ == Language::kPython) {
      for (const std::string_view name : ast::python_words()) add(name);
      for (const auto& var : vars) add_from(var.name, ast::python::kPythonHome, add);
      return {all.begin(), all.end()};
    }
    for (const std::string_view name : ast::clojure_forms()) add(name);
    for (const vm::Primitive& p : vm::primitives()) {
      if (!is_internal(p.name)) add(p.name);
    }
    for (const char* name : {"doc", "source", "explain"}) add(name);
    for (const auto& var : vars) {
      add_from(var.name, vm::kPreludeHome, add);
      add_from(var.name, {}, add);
    }
    return {all.begin(), all.end()};
  }

  static bool is_internal(std::string_view name) {
    return name.empty() || name.starts_with("yin/") || name.starts_with("python/") ||
           name.starts_with(vm::kPreludeHome) || name.starts_with(ast::python::kPythonHome);
  }
  template <class Add>
  static void add_from(std::string_view var, std::string_view home, const Add& add) {
    if (!var.starts_with(kVar)) return;
    var.remove_prefix(kVar.size());
    if (!var.starts_with(home)) return;
    var.remove_prefix(home.size());
    if (!is_internal(var)) add(var);
  }

  // -------------------------------------------------------------------------------------- saying

  void say(const std::string& text) {
    if (Status written = write_out(text + "\n"); !written.ok()) stop(written);
  }
  void complain(const std::string& what) {
    failed_ = true;
    std::fprintf(stderr, "%s\n", what.c_str());
  }
  // A program that cannot be read, or the world's refusal.
  void refuse(const Status& status) {
    if (status.code() != substrate::StatusCode::kInvalidArgument) return stop(status);
    complain(texts_.of_message(status.message()));
  }
  void stop(const Status& why) { world_ = why; }

  Session& session_;
  Language language_;
  bool keeps_;
  Texts texts_;
  std::string typed_;  // all of it, for errors in what was typed before
  std::uint32_t line_ = 1, lines_typed_ = 0;
  std::string ahead_;  // a line that was read and not looked at
  std::vector<Noted> noted_;
  bool failed_ = false;
  bool interrupted_ = false;
  Status world_;
  History history_;
  LineEditor editor_;
};

}  // namespace

int repl_command(const ReplOptions& options) {
  auto session = Session::open({.domain = options.domain,
                                .projection = options.projection,
                                .grants = options.grants,
                                .arguments = {},
                                .language = language_of({}, options.language)});
  if (!session.ok()) return fail(session.status());
  note_interrupts();
  return Repl(**session, options).run();
}

}  // namespace yin::cli
