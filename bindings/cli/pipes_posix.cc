#include "bindings/cli/pipes.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <poll.h>

#include "bindings/cli/children.h"

namespace yin::cli {

Pipes Pipes::open(bool keep_on_interrupt) {
  note_signals();
  if (keep_on_interrupt) ::signal(SIGINT, SIG_IGN);
  sigset_t leave;
  ::sigemptyset(&leave);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&leave, number);
  ::pthread_sigmask(SIG_BLOCK, &leave, nullptr);
  Pipes pipes;
  pipes.output_ = ::dup(STDOUT_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return pipes;
}

std::size_t Pipes::read_input(char* to, std::size_t room) {
  sigset_t none;
  ::sigemptyset(&none);
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (!interrupted_) {
    if (::ppoll(&input, 1, nullptr, &none) < 0) {
      interrupted_ = cli::interrupted();
      if (errno == EINTR) continue;
      return 0;
    }
    const ssize_t got = ::read(STDIN_FILENO, to, room);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) return 0;
  }
  return 0;
}

bool Pipes::write_output(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::write(output_, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      pollfd output = {output_, POLLOUT, 0};
      ::poll(&output, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Pipes::input_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

}  // namespace yin::cli
