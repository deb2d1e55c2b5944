// yin: the command line. Parses and dispatches; the commands stand in run.cc, show.cc and keep.cc.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bindings/c/yin.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/options.h"

namespace yin::cli {

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 the program failed or does not read, verify found damage; 2 wrong "
    "command line;\n"
    "3 no such file, no permission, no space; 4 not a domain, or a damaged one; 5 agents wait for "
    "ever; 130 interrupted.";

constexpr const char* kDomainHelp = "The domain's file, or shm:NAME for shared memory";

constexpr const char* kPodExample =
    "In bb, or Clojure with babashka.pods:\n"
    "  (require '[babashka.pods :as pods])\n"
    "  (pods/load-pod [\"yin\" \"pod\"])\n"
    "  (require '[pod.yin :as yin])\n"
    "  (def domain (yin/open \"my.yin\"))\n"
    "  (def counter (yin/atom domain \"counter\" 0))\n"
    "  (yin/swap! counter + 2)       ; a function, which runs in bb\n"
    "  (yin/swap! counter 'inc)      ; a named operation, one call\n"
    "  (yin/watch counter (fn [before after] (println before after)))\n"
    "More: docs/guides/pod.md";

constexpr const char* kReplHelp =
    "In it: (doc f), (source f), (explain f); *1 *2 *3 are the last values, *e is the last error.\n"
    "In Python: help(f), source(f), explain(f). Ctrl-C stops what runs, Ctrl-D ends.\n"
    "More: docs/guides/repl.md";

std::string durability_text(const std::string& text) {
  const bool known = text == "none" || text == "commit";
  const bool number = !text.empty() && text.size() <= 9 &&
                      text.find_first_not_of("0123456789") == std::string::npos && text != "0";
  return known || number ? "" : "none, commit, or a number of milliseconds";
}

void add_projection(CLI::App& command, std::string& projection) {
  command.add_option("--projection", projection, "How code is run")
      ->check(CLI::IsMember({"tiered", "native", "register", "stack", "walk"}));
}

void add_grants(CLI::App& command, std::vector<std::string>& grants) {
  command.add_option("--grant", grants, "Host operations the program may call: file (read files)")
      ->allow_extra_args(false)  // the program may stand behind it
      ->check(CLI::IsMember({"file"}));
}

void add_job_options(CLI::App& command, RunOptions& run) {
  command.add_option("--processes", run.processes, "Worker processes")->check(CLI::Range(1, 256));
  command.add_option("--threads", run.threads, "Threads that run agents, in each process")
      ->check(CLI::Range(1, 60));
  add_projection(command, run.projection);
  command
      .add_option("--grant", run.grants,
                  "Host operations the program may call: file (read files), console (read the "
                  "lines of the standard input)")
      ->allow_extra_args(false)  // the program may stand behind it
      ->check(CLI::IsMember({"file", "console"}));
  command
      .add_option("--durability", run.durability,
                  "What a power cut may take: none (all since the last checkpoint), milliseconds "
                  "between checkpoints, or commit (what the disk has not taken yet)")
      ->check(durability_text);
  command
      .add_option("--drill", run.drill_percent,
                  "Kill a worker process (SIGKILL) when the program's atom \"progress\", [done "
                  "total], reaches this "
                  "percentage, to see the job survive it")
      ->check(CLI::Range(0, 100));
}

void add_paths(CLI::App& command, std::vector<std::string>& paths) {
  command
      .add_option("--path", paths,
                  "A folder where files that it requires may be, besides its own; may be repeated")
      ->check(CLI::ExistingDirectory);
}

// A program to be read: FILE, or -e.
void add_program(CLI::App& command, EvalOptions& eval) {
  auto* file =
      command.add_option("FILE", eval.file, "The program (.clj, .py, .edn), - for standard input");
  auto* text = command.add_option("-e,--expression", eval.expression, "The program itself");
  command
      .add_option("--lang,--language", eval.language,
                  "Its language, where its name does not say it")
      ->check(CLI::IsMember({"clojure", "python", "datoms"}));
  add_paths(command, eval.paths);
  command.callback([file, text, &eval] {
    if (file->empty() && text->empty()) throw CLI::RequiredError("FILE or -e");
    if (text->empty() && eval.file.empty()) throw CLI::ValidationError("FILE", "an empty name");
    if (file->empty() || text->empty()) return;
    eval.arguments.insert(eval.arguments.begin(), eval.file);  // behind -e there are only arguments
    eval.file.clear();
  });
}

CLI::App* add_show(CLI::App& app, const std::string& name, const std::string& what,
                   ShowOptions& show) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("DOMAIN", show.domain, kDomainHelp)->required();
  command->add_flag("--json", show.json, "As JSON");
  command->add_flag("--read-only", show.read_only,
                    "Write not a byte to the file, which nobody may be writing meanwhile; so it is "
                    "also done to a file that cannot be written");
  return command;
}

int run_main(int argc, char** argv) {
  CLI::App app{"Yin: agents whose whole state lives in one shared file.", "yin"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("yin ") + yin_version() + " (domain format " +
                                        std::to_string(yin_format_version()) + ")");
  app.footer(kExitCodes);
  RunOptions run;
  ShowOptions show;
  KeepOptions keep;
  WorkerOptions worker;
  EvalOptions eval;
  ExplainOptions explain;
  ReplOptions repl;

  CLI::App* run_app = app.add_subcommand("run", "Run a program's agents until all have ended");
  run_app->add_option("FILE", run.file, "The program (.clj, .py, .edn)")->required();
  run_app
      ->add_option("--lang,--language", run.language,
                   "Its language, where its name does not say it")
      ->check(CLI::IsMember({"clojure", "python", "datoms"}));
  add_paths(*run_app, run.paths);
  run_app->add_option("--domain", run.domain,
                      "Keep the agents in this file (made if need be), or in shm:NAME");
  add_job_options(*run_app, run);
  run_app->add_option("ARGS", run.arguments, "The program's *args*, behind --");

  CLI::App* resume_app =
      app.add_subcommand("resume", "Go on with a job that was stopped or killed");
  resume_app->add_option("DOMAIN", run.domain, kDomainHelp)->required();
  add_job_options(*resume_app, run);

  CLI::App* eval_app = app.add_subcommand("eval", "Run a program here and print its value");
  add_program(*eval_app, eval);
  eval_app->add_option("--domain", eval.domain,
                       "In this domain (made if need be), or in shm:NAME; else in private memory");
  add_projection(*eval_app, eval.projection);
  add_grants(*eval_app, eval.grants);
  eval_app->add_option("ARGS", eval.arguments, "The program's *args*, behind --");

  CLI::App* explain_app = app.add_subcommand(
      "explain", "Show what becomes of a program: its AST datoms, functions, and code");
  add_program(*explain_app, explain.program);
  explain_app->add_option("FUNCTION", explain.function, "Only the function of this name");
  explain_app->add_option("--only", explain.only, "One part alone")
      ->check(CLI::IsMember({"ast", "stack", "register", "native"}));
  explain_app->add_flag("--json", explain.json, "As JSON");

  CLI::App* repl_app =
      app.add_subcommand("repl", "Evaluate what is typed, line by line, and show its value");
  repl_app->add_option("--lang,--language", repl.language, "clojure (if nothing is said) or python")
      ->check(CLI::IsMember({"clojure", "python"}));
  repl_app->add_option("--domain", repl.domain,
                       "Keep definitions in this domain (made if need be), or in shm:NAME");
  add_projection(*repl_app, repl.projection);
  add_grants(*repl_app, repl.grants);
  repl_app->footer(kReplHelp);

  CLI::App* agents = add_show(
      app, "agents", "The agents of a domain: state, program point, what they wait for", show);
  CLI::App* inspect = add_show(
      app, "inspect",
      "All that an agent is, or all agents: frames with their locals, what they wait for, mailbox, "
      "ties; as datoms [e a v t m] of one instant",
      show);
  inspect->add_option("AGENT", show.agent, "Its id, as `yin agents` says it; else all");
  CLI::App* trace = add_show(app, "trace", "What an agent does, step by step, as it does it", show);
  trace->add_option("AGENT", show.agent, "Its id, as `yin agents` says it")->required();
  trace->add_option("--steps", show.steps, "How many, at most")->check(CLI::Range(1, 1'000'000));
  CLI::App* cancel = app.add_subcommand("cancel", "End an agent, whatever it is doing");
  cancel->add_option("DOMAIN", show.domain, kDomainHelp)->required();
  cancel->add_option("AGENT", show.agent, "Its id, as `yin agents` says it")->required();
  CLI::App* get = add_show(app, "get", "The value of a named atom", show);
  get->add_option("ATOM", show.atom, "Its name")->required();
  CLI::App* verify =
      add_show(app, "verify", "Walk everything in a domain and say what is wrong with it", show);
  CLI::App* stat = add_show(app, "stat", "Sizes, counts and workers of a domain", show);

  CLI::App* checkpoint = app.add_subcommand(
      "checkpoint", "Bring a domain as it is now to the disk, where a power cut cannot reach it");
  checkpoint->add_option("DOMAIN", keep.domain, "The domain's file")->required();
  CLI::App* backup = app.add_subcommand(
      "backup", "Copy a domain, also one in use, as it is at one instant into a new file");
  backup->add_option("DOMAIN", keep.domain, kDomainHelp)->required();
  backup->add_option("FILE", keep.to, "The new file")->required();
  CLI::App* compact =
      app.add_subcommand("compact", "Write a domain anew without its garbage; nobody may use it");
  compact->add_option("DOMAIN", keep.domain, kDomainHelp)->required();
  CLI::App* fsck = app.add_subcommand(
      "fsck", "Say what a domain's checkpoints are, and verify it; without a write to it");
  fsck->add_option("DOMAIN", keep.domain, kDomainHelp)->required();
  fsck->add_flag("--from-checkpoint", keep.from_checkpoint,
                 "Rebuild it from its last checkpoint; what came later is given up");
  for (CLI::App* command : {checkpoint, backup, compact, fsck})
    command->add_flag("--json", keep.json, "As JSON");

  CLI::App* remove = app.add_subcommand(
      "remove", "Take a domain's name away; its space comes back when nobody has it open");
  remove->add_option("DOMAIN", show.domain, kDomainHelp)->required();

  CLI::App* pod =
      app.add_subcommand("pod", "Share atoms with babashka: a pod, on standard input and output");
  pod->footer(kPodExample);

  CLI::App* worker_app = app.add_subcommand("worker", "Serve a domain (started by run)")->group("");
  worker_app->add_option("DOMAIN", worker.domain)->required();
  worker_app->add_option("--threads", worker.threads);
  worker_app->add_option("--projection", worker.projection);
  worker_app->add_option("--grant", worker.grants);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitOk : kExitUsage;
  }
  if (run_app->parsed()) return run_command(run);
  if (resume_app->parsed()) return resume_command(run);
  if (eval_app->parsed()) return eval_command(eval);
  if (repl_app->parsed()) return repl_command(repl);
  if (explain_app->parsed()) {
    if (!explain.program.arguments.empty()) explain.function = explain.program.arguments[0];
    return explain_command(explain);
  }
  if (agents->parsed()) return agents_command(show);
  if (inspect->parsed()) return inspect_command(show);
  if (trace->parsed()) return trace_command(show);
  if (cancel->parsed()) return cancel_command(show);
  if (get->parsed()) return get_command(show);
  if (verify->parsed()) return verify_command(show);
  if (stat->parsed()) return stat_command(show);
  if (checkpoint->parsed()) return checkpoint_command(keep);
  if (backup->parsed()) return backup_command(keep);
  if (compact->parsed()) return compact_command(keep);
  if (fsck->parsed()) return fsck_command(keep);
  if (remove->parsed()) return remove_command(show);
  if (pod->parsed()) return pod_command();
  return worker_command(worker);
}

}  // namespace

}  // namespace yin::cli

int main(int argc, char** argv) { return yin::cli::run_main(argc, argv); }
