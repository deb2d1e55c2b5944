#pragma once

// A client of the pod protocol, as bb is one: starts `yin pod` and talks bencode with it.
//
//   PodClient pod;
//   pod.call("deref*", "[1 3844]").value
//
// Messages of calls that go on (watches) are kept until next_of() asks for them. A test's: what
// should not happen fails it. For one thread.

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "bindings/cli/bencode.h"

namespace yin::tests {

struct PodAnswer {
  std::string value;    // EDN
  std::string message;  // of an error
  std::string data;     // the same, EDN
  bool done = false;
  bool error = false;
};

class PodClient {
 public:
  explicit PodClient(const std::string& error_file = "/dev/null", bool is_client = true) {
    int input[2];
    int output[2];
    REQUIRE(::pipe2(input, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(output, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whatever becomes of the test
      ::dup2(input[0], STDIN_FILENO);
      ::dup2(output[1], STDOUT_FILENO);
      ::dup2(::open(error_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      is_client ? ::setenv("BABASHKA_POD", "true", 1) : ::unsetenv("BABASHKA_POD");
      ::execl(YIN_COMMAND, "yin", "pod", nullptr);
      ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    to_ = input[1];
    from_ = output[0];
    ::signal(SIGPIPE, SIG_IGN);
  }
  ~PodClient() {
    close_input();
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    close_output();
  }
  PodClient(const PodClient&) = delete;
  PodClient& operator=(const PodClient&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  void close_input() {
    if (to_ >= 0) ::close(std::exchange(to_, -1));
  }
  void close_output() {
    if (from_ >= 0) ::close(std::exchange(from_, -1));
  }
  // Its exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // False: it does not read any more.
  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::write(to_, bytes.data(), bytes.size());
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  bool send(cli::BencodeDictionary message) const { return write(cli::encode(std::move(message))); }
  // Starts a call of a var of pod.yin; its id.
  std::string start(const std::string& var, const std::string& arguments) {
    std::string id = "call " + std::to_string(++last_id_);
    send({{"op", "invoke"}, {"id", id}, {"var", "pod.yin/" + var}, {"args", arguments}});
    return id;
  }
  // The next message; none: it has closed its output.
  std::optional<cli::BencodeDictionary> receive() {
    auto message = cli::decode(source_);
    if (message.status().code() == substrate::StatusCode::kNotFound) return std::nullopt;
    INFO(message.status().message());
    REQUIRE(message.ok());
    return std::move(message->entries);
  }
  // The next message of a call.
  PodAnswer next_of(const std::string& id) {
    for (;;) {
      auto& kept = kept_[id];
      if (!kept.empty()) {
        PodAnswer answer = std::move(kept.front());
        kept.pop_front();
        return answer;
      }
      auto message = receive();
      REQUIRE(message.has_value());
      const cli::Bencode whole(*std::move(message));
      kept_[whole.string_at("id")].push_back(answer_of(whole));
    }
  }
  PodAnswer call(const std::string& var, const std::string& arguments) {
    return next_of(start(var, arguments));
  }
  // The same of a call that is to go well: its value.
  std::string ask(const std::string& var, const std::string& arguments) {
    const PodAnswer answer = call(var, arguments);
    INFO(var << ' ' << arguments << ": " << answer.message);
    REQUIRE(!answer.error);
    REQUIRE(answer.done);
    return answer.value;
  }

  // The number of a domain at `path`, and "1 3844" of an atom in it: how arguments begin.
  std::string open(const std::string& path, const std::string& options = "nil") {
    return part(ask("open*", "[\"" + path + "\" " + options + "]"), ":domain ");
  }
  std::string atom(const std::string& domain, const std::string& name, const std::string& value) {
    const std::string made = ask("atom*", "[" + domain + " \"" + name + "\" " + value + "]");
    return domain + " " + part(made, ":atom ");
  }
  // The word behind `key` in a map's text.
  static std::string part(const std::string& text, const std::string& key) {
    const std::size_t at = text.find(key);
    REQUIRE(at != std::string::npos);
    const std::size_t from = at + key.size();
    return text.substr(from, text.find_first_of(",} ", from) - from);
  }

 private:
  static PodAnswer answer_of(const cli::Bencode& message) {
    PodAnswer answer{message.string_at("value"), message.string_at("ex-message"),
                     message.string_at("ex-data")};
    const auto status = message.entries.find("status");
    REQUIRE(status != message.entries.end());
    for (const cli::Bencode& word : status->second.list) {
      answer.done |= word.bytes == "done";
      answer.error |= word.bytes == "error";
    }
    return answer;
  }

  pid_t pid_ = 0;
  int to_ = -1;
  int from_ = -1;
  int last_id_ = 0;
  std::map<std::string, std::deque<PodAnswer>> kept_;
  cli::Source source_{[this](char* to, std::size_t room) {
    const ssize_t got = ::read(from_, to, room);
    return got < 0 ? std::size_t{0} : static_cast<std::size_t>(got);
  }};
};

}  // namespace yin::tests
