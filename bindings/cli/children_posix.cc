#include "bindings/cli/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace yin::cli {

namespace {

volatile sig_atomic_t interrupt_seen = 0;

void on_interrupt(int) { interrupt_seen = 1; }

void set_handler(int signal, void (*handler)(int),
                 int flags = static_cast<int>(SA_RESETHAND)) {  // a second Ctrl-C does not wait
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

substrate::StatusOr<ProcessId> start_child(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  std::string name = "yin";
  argv.push_back(name.data());
  std::vector<std::string> copies = arguments;
  for (std::string& a : copies) argv.push_back(a.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    return substrate::resource_exhausted(std::string("start a worker process: ") +
                                         ::strerror(errno));
  }
  if (pid > 0) return ProcessId{pid};
  // The child: only calls that are safe between fork and exec.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int input = ::open("/dev/null", O_RDONLY);
  if (input >= 0) ::dup2(input, STDIN_FILENO);
  ::execv("/proc/self/exe", argv.data());
  ::_exit(127);
}

std::vector<ChildExit> reap_children() {
  std::vector<ChildExit> exits;
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    exits.push_back({pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                     WIFSIGNALED(status) ? WTERMSIG(status) : 0});
  }
  return exits;
}

void kill_child(ProcessId pid) { ::kill(static_cast<pid_t>(pid), SIGKILL); }

std::string signal_name(int signal) {
  const char* abbreviation = ::sigabbrev_np(signal);
  return abbreviation == nullptr ? "signal " + std::to_string(signal)
                                 : std::string("SIG") + abbreviation;
}

void note_signals() {
  set_handler(SIGINT, on_interrupt);
  set_handler(SIGTERM, on_interrupt);
  set_handler(SIGHUP, on_interrupt);
  set_handler(SIGXFSZ, SIG_IGN);
  set_handler(SIGPIPE, SIG_IGN);
}

void note_interrupt() { set_handler(SIGINT, on_interrupt); }
void note_interrupts() { set_handler(SIGINT, on_interrupt, 0); }
void forget_interrupt() { interrupt_seen = 0; }

bool interrupted() { return interrupt_seen != 0; }

}  // namespace yin::cli
