#pragma once

// HostPool: the threads of one process on which host operations block.
//
// A step that asks for an operation that may block commits its agent as waiting, with who was asked
// (the worker and the generation of its lease), and then hands the job over here. The thread that
// has done it commits the answer into the agent's record, if that still waits for this very
// request: the steps it counts are the same. One that was cancelled, or waited too long, is not
// there any more, and the answer is dropped. If the process dies, its lease ends, and whoever looks
// at the agent asks again.
//
// Threads begin when there is work for them, and end with the pool; what is under way is waited
// for, what was not begun is not done. hand_over() may be called by any thread.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "substrate/domain.h"
#include "substrate/root.h"
#include "substrate/worker.h"
#include "scheduler/host.h"

namespace yin::scheduler {

struct HostRequest {
  substrate::RootRef agent;
  std::int64_t steps = 0;  // that the agent's record counts while it waits for the answer
  HostJob job;
};

class HostPool {
 public:
  HostPool(substrate::Domain& domain, unsigned threads) : domain_(domain), threads_max_(threads) {}
  ~HostPool();
  HostPool(const HostPool&) = delete;
  HostPool& operator=(const HostPool&) = delete;

  void hand_over(HostRequest request);

 private:
  void serve();
  void answer(substrate::Worker& worker, const HostRequest& request,
              const substrate::StatusOr<HostAnswer>& done);
  bool try_answer(substrate::Worker& worker, const HostRequest& request,
                  const substrate::StatusOr<HostAnswer>& done);

  substrate::Domain& domain_;
  unsigned threads_max_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<HostRequest> requests_;
  std::vector<std::thread> threads_;
  unsigned idle_ = 0;
  bool ends_ = false;
};

}  // namespace yin::scheduler
