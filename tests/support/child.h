#pragma once

// Processes of a test: forked, killed at will, waited for. They talk with the test through pages
// that both see and whose words they wait on; nothing sleeps.
//
//   SharedPage<Progress> page;
//   Child child([&] { ...; page->done.store_seq(1); wake_all(page->done); return 0; });
//   await(page->done, 1);
//   child.kill(SIGKILL);
//
// A child opens its own domain: a mapping of its parent's is not there any more after the fork.

#include <cstdint>
#include <new>
#include <optional>
#include <utility>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "substrate/check.h"
#include "substrate/clock.h"
#include "substrate/park.h"
#include "substrate/shared_word.h"

namespace yin::tests {

template <class T>
class SharedPage {
 public:
  SharedPage() {
    void* at =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    substrate::check(at != MAP_FAILED, "no shared page");
    shared_ = static_cast<T*>(at);  // zeroes
  }
  ~SharedPage() { ::munmap(shared_, sizeof(T)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;

  T* operator->() const { return shared_; }
  T& operator*() const { return *shared_; }

 private:
  T* shared_;
};

// Until the word is at least `value`.
inline void await(const substrate::SharedHalf& word, std::uint32_t value) {
  for (;;) {
    const std::uint32_t seen = word.load_seq();
    if (seen >= value) return;
    substrate::park_on(word, seen);
  }
}
inline void announce(substrate::SharedHalf& word) {
  word.add_seq(1);
  substrate::wake_all(word);
}

// Lets time pass until a random instant; not a wait for anything.
inline void drift_us(std::uint64_t us) {
  const std::uint64_t until = substrate::monotonic_ns() + us * 1000;
  substrate::SharedHalf never{};
  while (substrate::monotonic_ns() < until) substrate::park_on(never, 0, 1);
}

class Child {
 public:
  Child() = default;
  template <class Body>
  explicit Child(Body&& body) : pid_(::fork()) {
    substrate::check(pid_ >= 0, "no fork");
    if (pid_ == 0) ::_exit(std::forward<Body>(body)());
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill(int signal) const {
    if (pid_ > 0) ::kill(pid_, signal);  // 0 would be all of us
  }
  // What its body returned, or minus the signal that ended it.
  int wait() {
    if (pid_ <= 0) return 0;  // it has ended before
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return outcome(status);
  }
  // The same if it has ended.
  std::optional<int> poll() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = 0;
    return outcome(status);
  }
  // Until it is dead, but leaves it a zombie; or until it is stopped.
  void await_zombie() const {
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  void await_stopped() const {
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED);
  }

 private:
  static int outcome(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  pid_t pid_ = 0;
};

}  // namespace yin::tests
