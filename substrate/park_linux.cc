#include "substrate/park.h"

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

void wake_all(const SharedHalf& word) {
  ::syscall(SYS_futex, word.address(), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}
void wake_one(const SharedHalf& word) {
  ::syscall(SYS_futex, word.address(), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace yin::substrate
