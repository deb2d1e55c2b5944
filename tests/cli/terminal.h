#pragma once

// A person at a terminal: `yin` on a pseudo-terminal, what is typed there, and what is to be seen.
//
// expect() waits for a text and takes everything up to its end from what was seen; it fails the case
// when the text does not come in a time that is only there so that a test ends. History goes to the
// case's own directory.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/cli/command.h"

namespace yin::tests::cli {

class Terminal {
 public:
  Terminal(const Scratch& scratch, const Strings& arguments) {
    Strings all = {YIN_COMMAND};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& a : all) argv.push_back(a.data());
    argv.push_back(nullptr);
    const std::string state = scratch.path("state"), home = scratch.path("");
    winsize size = {.ws_row = 40, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    ::setenv("XDG_STATE_HOME", state.c_str(), 1);
    ::setenv("HOME", home.c_str(), 1);
    ::setenv("TERM", "dumb", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::execv(YIN_COMMAND, argv.data());
    ::_exit(127);
  }
  ~Terminal() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& text) const {
    REQUIRE(::write(master_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  // Everything up to the end of `text`.
  std::string expect(const std::string& text) {
    for (;;) {
      if (const std::size_t at = seen_.find(text); at != seen_.npos) {
        const std::string before = seen_.substr(0, at + text.size());
        seen_.erase(0, at + text.size());
        return before;
      }
      if (!look()) FAIL("\"" << text << "\" does not come; there is:\n" << seen_);
    }
  }
  // The exit code, when it has ended by itself.
  int end() {
    while (look()) continue;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static constexpr int kPatienceMs = 60'000;

  bool look() {
    pollfd input = {master_, POLLIN, 0};
    if (::poll(&input, 1, kPatienceMs) <= 0) return false;
    char block[4096];
    const ssize_t got = ::read(master_, block, sizeof block);
    if (got <= 0) return false;
    seen_.append(block, static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = 0;
  int master_ = -1;
  std::string seen_;
};

}  // namespace yin::tests::cli
