#include "substrate/park.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace yin::substrate {

void park_on(const SharedHalf& word, std::uint32_t seen, std::uint32_t timeout_ms) {
  const timespec slice = {static_cast<time_t>(timeout_ms / 1000),
                          static_cast<long>(timeout_ms % 1000) * 1000000};
  ::syscall(SYS_futex, word.address(), FUTEX_WAIT, seen, &slice, nullptr, 0);
}

// futex_waitv, Linux 5.16.
void park_on_any(std::span<const SharedHalfSeen> words, std::uint32_t timeout_ms) {
  constexpr std::size_t kMost = 128;     // FUTEX_WAITV_MAX
  constexpr std::uint32_t kFutex32 = 2;  // 32 bits, and not private
  if (words.size() <= kMost) {
    struct {
      std::uint64_t val;
      std::uint64_t uaddr;
      std::uint32_t flags;
      std::uint32_t reserved;
    } waits[kMost];
    for (std::size_t i = 0; i < words.size(); ++i) {
      waits[i] = {words[i].seen, reinterpret_cast<std::uint64_t>(words[i].word->address()),
                  kFutex32, 0};
    }
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += static_cast<long>(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
      ++until.tv_sec;
      until.tv_nsec -= 1000000000;
    }
    constexpr long kFutexWaitv = 449;  // in no header of Debian 12's
    if (::syscall(kFutexWaitv, waits, words.size(), 0, &until, CLOCK_MONOTONIC) >= 0) return;
    if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) return;
    // Older, or forbidden by whoever runs us in a container.
  }
  const timespec moment = {0, 1000000};
  ::nanosleep(&moment, nullptr);
}

void wake_all(const SharedHalf& word) {
  ::syscall(SYS_futex, word.address(), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}
void wake_one(const SharedHalf& word) {
  ::syscall(SYS_futex, word.address(), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace yin::substrate
