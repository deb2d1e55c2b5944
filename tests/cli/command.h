#pragma once

// The built `yin` as a process, for tests that look at it as a shell does: what it prints, which
// exit code it leaves, what it does with what is typed, and with a signal.
//
//   const Scratch scratch;
//   const Ended ended = yin_(scratch, {"run", scratch.program("(println 1)")});
//   CHECK(ended.out == "1\n");
//
// A command's output goes to files of its scratch directory: two that run at once need one each.
// The test is built with -DYIN_COMMAND, the path of `yin`.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "substrate/park.h"

namespace yin::tests::cli {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A directory of its own for each case.
class Scratch {
 public:
  Scratch() : dir_(fs::temp_directory_path() / "yin-cli-XXXXXX") {
    std::string name = dir_.string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (dir_ / name).string(); }
  std::string program(const std::string& text, const std::string& name = "program.clj") const {
    spill(path(name), text);
    return path(name);
  }

 private:
  fs::path dir_;
};

struct Ended {
  int code;  // 128 + signal when a signal ended it
  std::string out, err;
};

enum class Input { kNone, kTyped };

// `yin` with arguments, under way.
class Command {
 public:
  Command(const Scratch& scratch, const Strings& arguments, rlim_t file_bytes_max = RLIM_INFINITY,
          Input input = Input::kNone)
      : out_(scratch.path("out")), err_(scratch.path("err")) {
    int typed[2] = {-1, -1};
    if (input == Input::kTyped) REQUIRE(::pipe2(typed, O_CLOEXEC) == 0);
    spill(out_, "");  // of an earlier command
    Strings all = {YIN_COMMAND};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& a : all) argv.push_back(a.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) {
      typed_ = typed[1];
      ::close(typed[0]);
      return;
    }
    ::dup2(typed[0] < 0 ? ::open("/dev/null", O_RDONLY) : typed[0], STDIN_FILENO);
    ::dup2(::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    const rlimit limit = {file_bytes_max, file_bytes_max};
    if (file_bytes_max != RLIM_INFINITY) ::setrlimit(RLIMIT_FSIZE, &limit);
    ::execv(YIN_COMMAND, argv.data());
    ::_exit(127);
  }
  ~Command() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    end_input();
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  void type(const std::string& text) const {
    REQUIRE(::write(typed_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void end_input() {
    if (typed_ >= 0) ::close(std::exchange(typed_, -1));
  }
  // Waits for `text` behind all that was waited for before; false: the command ended without it.
  [[nodiscard]] bool shows(const std::string& text) {
    substrate::SharedHalf never{};
    for (;;) {
      const bool ran = runs();
      const std::string out = slurp(out_);
      const std::size_t at = out.find(text, seen_);
      if (at != std::string::npos) return seen_ = at + text.size(), true;
      if (!ran) return false;
      park_on(never, 0, 1);
    }
  }
  [[nodiscard]] bool runs() const {
    siginfo_t ended = {};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0;
  }
  Ended end() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, slurp(out_), slurp(err_)};
  }

 private:
  std::string out_, err_;
  std::size_t seen_ = 0;  // of the output
  int typed_ = -1;        // where to write what is typed
  pid_t pid_ = 0;
};

inline Ended yin_(const Scratch& scratch, const Strings& arguments,
                  rlim_t file_bytes_max = RLIM_INFINITY) {
  return Command(scratch, arguments, file_bytes_max).end();
}

// The same with something on its standard input.
inline Ended yin_with(const Scratch& scratch, const std::string& input, const Strings& arguments) {
  Command command(scratch, arguments, RLIM_INFINITY, Input::kTyped);
  command.type(input);
  command.end_input();
  return command.end();
}

// One sentence for a person on stderr, nothing that looks like a crash.
inline void check_refused(const Ended& ended, int code, const std::string& sentence) {
  INFO("stdout: " << ended.out << "\nstderr: " << ended.err);
  CHECK(ended.code == code);
  CHECK_THAT(ended.err, Catch::Matchers::ContainsSubstring(sentence));
  CHECK_THAT(ended.err, Catch::Matchers::ContainsSubstring("yin: "));
  CHECK_THAT(ended.err, !Catch::Matchers::ContainsSubstring("internal error"));
}

}  // namespace yin::tests::cli
