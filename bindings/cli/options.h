#pragma once

// What the command line asks for, as plain data: main.cc fills it, the commands read it.
//
// How a job is run (processes, threads, grants) is remembered in the domain under the name
// "yin/run", so that `resume` needs nothing but the domain's path. Each command returns the exit
// code (exit_code.h) and has said on standard error why it is not zero.

#include <cstdint>
#include <string>
#include <vector>

namespace yin::cli {

struct RunOptions {
  std::string file;
  std::string language;  // "clojure", "python", "datoms"; empty: by the file's name
  std::string domain;    // path (substrate/region.h); empty: a new file in the temporary directory,
                         // removed when done
  unsigned processes = 0;  // 0: as remembered, else 1
  unsigned threads = 0;    // a process; 0: as remembered, else 1
  std::string projection = "tiered";
  std::vector<std::string> grants;     // groups of host operations: "file", "console"
  std::vector<std::string> paths;      // folders where its other files may be
  std::vector<std::string> arguments;  // the program's *args*
  std::string durability;              // "none", "commit", milliseconds; empty: as it is
  int drill_percent = -1;              // kill a worker process when the atom "progress" reaches it
};

struct EvalOptions {
  std::string file;  // "-": standard input; empty: `expression`
  std::string expression;
  std::string language;  // as RunOptions
  std::string domain;    // empty: private memory
  std::string projection = "tiered";
  std::vector<std::string> grants;
  std::vector<std::string> paths;  // as RunOptions
  std::vector<std::string> arguments;
};

struct ReplOptions {
  std::string language;  // as RunOptions
  std::string domain;    // empty: private memory
  std::string projection = "tiered";
  std::vector<std::string> grants;
};

struct ExplainOptions {
  EvalOptions program;
  std::string function;  // its name; empty: all
  std::string only;      // "ast", "stack", "register", "native"; empty: all
  bool json = false;
};

struct ShowOptions {
  std::string domain;
  std::string atom;
  std::string agent;        // "84.1", as `agents` lists it; empty: all
  std::int64_t steps = 20;  // that `trace` shows
  bool json = false;
  bool read_only = false;  // also when the file cannot be written
};

struct KeepOptions {  // of what makes a domain last
  std::string domain;
  std::string to;
  bool from_checkpoint = false;
  bool json = false;
};

struct WorkerOptions {
  std::string domain;
  unsigned threads = 1;
  std::string projection = "tiered";
  std::vector<std::string> grants;
};

int run_command(const RunOptions& options);
int resume_command(const RunOptions& options);
int worker_command(const WorkerOptions& options);
int eval_command(const EvalOptions& options);
int repl_command(const ReplOptions& options);
int explain_command(const ExplainOptions& options);
int agents_command(const ShowOptions& options);
int inspect_command(const ShowOptions& options);
int trace_command(const ShowOptions& options);
int cancel_command(const ShowOptions& options);
int get_command(const ShowOptions& options);
int verify_command(const ShowOptions& options);
int stat_command(const ShowOptions& options);
int remove_command(const ShowOptions& options);
int checkpoint_command(const KeepOptions& options);
int backup_command(const KeepOptions& options);
int compact_command(const KeepOptions& options);
int fsck_command(const KeepOptions& options);
int pod_command();

}  // namespace yin::cli
