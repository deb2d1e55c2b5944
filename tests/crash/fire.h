#pragma once

// Fire: processes that are killed, stopped and held up at any instruction, and replaced at once.
//
//   Lanes lanes(page->doing, seed, [&](std::size_t lane, std::uint64_t own_seed) {
//     die_in_us(own_seed % 3'000);     // SIGKILL by the kernel's timer: nobody needs to be in time
//     ...                              // the process of this lane, until it is told to stop
//     return 0;
//   });
//   while (lanes.deaths().all < 1'000 && lanes.tend()) {}
//   page->stop.store_seq(1);
//   lanes.end();
//
// A lane is a place for a process. What it is at stands in a page that outlives it (Doing), so that
// deaths are counted by where they struck. One thread; what a lane's body returns is its exit code,
// and any but 0 ends the test.

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "substrate/check.h"
#include "substrate/clock.h"
#include "substrate/shared_word.h"
#include "tests/support/child.h"
#include "tests/support/random.h"

namespace yin::tests {

enum class Doing : std::uint32_t {
  kNothing,  // of the kernel's
  kJoin,
  kBuild,   // values: allocates, sweeps, copies
  kRead,    // roots, helping whom it meets
  kCommit,  // of one slot
  kCommitMany,
  kCollect,
  kAdopt,
  kHold,
  kWatch,
  kName,  // interns
  kRoot,  // makes roots, grows tables
  kEnd
};
constexpr std::array<const char*, static_cast<std::size_t>(Doing::kEnd)> kDoingNames = {
    "elsewhere",
    "joining",
    "building",
    "reading",
    "commits of one slot",
    "commits of several",
    "cycles",
    "adoptions",
    "holds",
    "watches",
    "names",
    "new roots"};

// Says what a lane's process is at, until it ends.
class [[nodiscard]] At {
 public:
  At(substrate::SharedHalf& word, Doing doing) : word_(word), was_(word.load_relaxed()) {
    word.store_seq(static_cast<std::uint32_t>(doing));
  }
  ~At() { word_.store_seq(was_); }
  At(const At&) = delete;
  At& operator=(const At&) = delete;

 private:
  substrate::SharedHalf& word_;
  std::uint32_t was_;
};

// A signal to the calling process, once. A process has a few of them, and a fork has none.
class SignalTimer {
 public:
  explicit SignalTimer(int signal) {
    struct sigevent event = {};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = signal;
    substrate::check(::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0, "no timer");
  }
  // 0: not any more.
  void set_us(std::uint64_t us) const {
    struct itimerspec when = {};
    when.it_value.tv_sec = static_cast<time_t>(us / 1'000'000);
    when.it_value.tv_nsec = static_cast<long>(us % 1'000'000 * 1'000);
    ::timer_settime(timer_, 0, &when, nullptr);
  }

 private:
  timer_t timer_{};
};

// Kills the calling process `us` from now, wherever it then is. 0: never.
inline void die_in_us(std::uint64_t us) {
  static const SignalTimer timer(SIGKILL);
  timer.set_us(us);
}

// From now on the calling process stands still now and then, at any instruction, long enough for
// others to go on: two cores run few orders by themselves.
class Stumbles {
 public:
  explicit Stumbles(std::uint64_t seed) {
    if (state_ != 0) return;
    state_ = seed | 1;
    struct sigaction action = {};
    action.sa_handler = [](int) { stumble(); };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, nullptr);
    static const SignalTimer timer(SIGALRM);
    timer_ = &timer;
    timer.set_us(kEveryUs);
  }

 private:
  static constexpr std::uint64_t kEveryUs = 40;
  static void stumble() {
    const int kept = errno;
    state_ = state_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    const struct timespec little = {0, static_cast<long>(1'000 * (10 + (state_ >> 33) % 150))};
    ::nanosleep(&little, nullptr);
    timer_->set_us(1 + (state_ >> 40) % (2 * kEveryUs));
    errno = kept;
  }
  static inline std::uint64_t state_ = 0;
  static inline const SignalTimer* timer_ = nullptr;
};

struct Deaths {
  std::uint64_t all = 0;
  std::uint64_t stops = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Doing::kEnd)> at = {};
};

class Lanes {
 public:
  using Body = std::function<int(std::size_t lane, std::uint64_t seed)>;

  // One lane for each word of `doing`.
  Lanes(std::span<substrate::SharedHalf> doing, std::uint64_t seed, Body body)
      : doing_(doing), random_(seed), body_(std::move(body)), lanes_(doing.size()) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) start(i);
  }

  // Replaces who was killed, and stops somebody for a while now and then. Takes about a millisecond
  // of nothing. False: a process gave up.
  bool tend() {
    drift_us(1);
    const std::uint64_t now = substrate::monotonic_ns();
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      Lane& lane = lanes_[i];
      if (const auto ended = lane.child.poll()) {
        if (*ended != -SIGKILL) return failed_ = *ended, false;
        ++deaths_.all;
        ++deaths_.at[doing_[i].load_seq()];
        start(i);
      } else if (lane.stopped_until != 0 && lane.stopped_until <= now) {
        lane.child.kill(SIGCONT);
        lane.stopped_until = 0;
      }
    }
    if (stops_one_in_ == 0 || !random_.one_in(stops_one_in_)) return true;
    Lane& lane = lanes_[random_.below(lanes_.size())];
    if (lane.stopped_until != 0) return true;
    lane.child.kill(SIGSTOP);
    lane.stopped_until = now + random_.below(25'000'000);
    ++deaths_.stops;
    return true;
  }
  // Somebody is stopped once in so many looks, 0: never.
  void stop_one_in(std::uint64_t looks) { stops_one_in_ = looks; }

  // Waits for all, who were told to end. What the first that failed returned, or minus its signal;
  // 0: nobody did.
  int end() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      lanes_[i].child.kill(SIGCONT);
      if (failed_ != 0) lanes_[i].child.kill(SIGKILL);
      const int ended = lanes_[i].child.wait();
      if (failed_ == 0 && ended != 0 && ended != -SIGKILL) failed_ = ended;
    }
    return failed_;
  }

  [[nodiscard]] const Deaths& deaths() const { return deaths_; }

 private:
  struct Lane {
    Child child;
    std::uint64_t stopped_until = 0;  // 0: it runs
  };

  void start(std::size_t i) {
    doing_[i].store_seq(static_cast<std::uint32_t>(Doing::kNothing));
    const std::uint64_t seed = random_.bits();
    lanes_[i].stopped_until = 0;
    lanes_[i].child = Child([&, i, seed] { return body_(i, seed); });
  }

  std::span<substrate::SharedHalf> doing_;
  Random random_;
  Body body_;
  std::vector<Lane> lanes_;
  Deaths deaths_;
  std::uint64_t stops_one_in_ = 30;
  int failed_ = 0;
};

}  // namespace yin::tests
