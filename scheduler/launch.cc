#include "scheduler/launch.h"

#include <mutex>
#include <thread>
#include <vector>

#include "substrate/keeper.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/timer.h"
#include "substrate/worker.h"
#include "scheduler/host_pool.h"

namespace yin::scheduler {

using substrate::Domain;
using substrate::Status;
using substrate::Worker;

namespace {

// The first reason to stop, of whatever thread.
class Verdict {
 public:
  void put(Status status) {
    const std::lock_guard lock(mutex_);
    if (first_.ok()) first_ = std::move(status);
  }
  Status take() {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  std::mutex mutex_;
  Status first_;
};

void run_agents(Domain& domain, const HostTable& host, const ServeOptions& options, HostPool& pool,
                Verdict& verdict) {
  auto worker = Worker::join(domain);
  Status ended = worker.status();
  if (worker.ok()) {
    ended = Runner(**worker, options.projection, host, options.limits, &pool)
                .run_until(domain.state().stop);
  }
  if (ended.ok()) return;
  verdict.put(std::move(ended));
  stop_all(domain);
}

// One of the loops of keeper.h. One that fails ends the job: what it asked for cannot be had.
void run_keeper(Status (*keep)(Domain&, const substrate::SharedHalf&), Domain& domain,
                Verdict& verdict) {
  Status ended = keep(domain, domain.state().stop);
  if (ended.ok()) return;
  verdict.put(std::move(ended));
  stop_all(domain);
}

}  // namespace

Status serve(Domain& domain, const HostTable& host, const ServeOptions& options) {
  Verdict verdict;
  HostPool pool(domain, options.host_threads);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] { run_agents(domain, host, options, pool, verdict); });
  }
  for (const auto keep : {substrate::keep_collected, substrate::keep_durable})
    threads.emplace_back([&, keep] { run_keeper(keep, domain, verdict); });
  for (std::thread& t : threads) t.join();
  forget_next_timer(domain);  // others look at who waits for an operation that we were asked for
  return verdict.take();
}

void stop_all(Domain& domain) {
  domain.state().stop.store_relaxed(1);  // carries nothing; the wakes below hurry it
  wake_all(domain.state().stop);
  announce_work(domain);
}

}  // namespace yin::scheduler
