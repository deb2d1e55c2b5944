#include "bindings/cli/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bindings/cli/children.h"

namespace yin::cli {

namespace {

constexpr int kPatienceMs = 1000;

// Those that ask to leave.
sigset_t leave_signals(bool keep_on_interrupt) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGHUP}) ::sigaddset(&signals, number);
  if (!keep_on_interrupt) ::sigaddset(&signals, SIGINT);
  return signals;
}

// A pipe is opened once more, so that no write waits: the mode belongs to what was opened, and the
// first opening is shared with whoever gave it to us.
int own_output() {
  struct stat status = {};
  if (::fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode)) {
    const int pipe = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (pipe >= 0) return pipe;
  }
  return ::dup(STDOUT_FILENO);
}

}  // namespace

Pipes::Pipes(bool keep_on_interrupt)
    : output_(own_output()), keep_on_interrupt_(keep_on_interrupt), unread_(output_ < 0) {
  note_signals();
  if (keep_on_interrupt) ::signal(SIGINT, SIG_IGN);
  const sigset_t leave = leave_signals(keep_on_interrupt);
  ::pthread_sigmask(SIG_BLOCK, &leave, nullptr);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
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

// A signal that came while this was at work has not reached it yet.
bool Pipes::is_leaving() const {
  if (leaving_.load(std::memory_order_relaxed) || cli::interrupted()) return true;
  const sigset_t leave = leave_signals(keep_on_interrupt_);
  sigset_t pending;
  sigset_t both;
  ::sigpending(&pending);
  ::sigandset(&both, &pending, &leave);
  return ::sigisemptyset(&both) == 0;
}

bool Pipes::write_output(std::string_view bytes) {
  while (!bytes.empty() && !unread_) {
    const ssize_t put = ::write(output_, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      pollfd output = {output_, POLLOUT, 0};
      if (::poll(&output, 1, kPatienceMs) == 0) unread_ = is_leaving();
    } else if (errno != EINTR) {
      unread_ = true;
    }
  }
  return !unread_;
}

bool Pipes::input_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }
int Pipes::next_byte(int wait_ms) {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, wait_ms) <= 0) return kNone;
  unsigned char byte = 0;
  const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
  return got == 1 ? byte : got < 0 && (errno == EINTR || errno == EAGAIN) ? kNone : kEnd;
}

bool Pipes::is_terminal() { return input_is_terminal() && ::isatty(STDOUT_FILENO) == 1; }

std::ptrdiff_t take_input(char* to, std::size_t room) {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, 0) <= 0) return 0;
  const ssize_t got = ::read(STDIN_FILENO, to, room);
  if (got > 0) return got;
  return got < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}

}  // namespace yin::cli
