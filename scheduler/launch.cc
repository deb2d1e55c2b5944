#include "scheduler/launch.h"

#include <mutex>
#include <thread>
#include <vector>

#include "substrate/clock.h"
#include "substrate/collector.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/space.h"
#include "substrate/worker.h"

namespace yin::scheduler {

using substrate::Domain;
using substrate::Status;
using substrate::Worker;

namespace {

constexpr std::uint32_t kCollectorPauseMs = 5;

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

void run_agents(Domain& domain, const HostTable& host, const ServeOptions& options,
                Verdict& verdict) {
  auto worker = Worker::join(domain);
  Status ended = worker.status();
  if (worker.ok())
    ended = Runner(**worker, options.projection, host, options.limits).run_until_stopped();
  if (ended.ok()) return;
  verdict.put(std::move(ended));
  stop_all(domain);
}

void run_collector(Domain& domain, Verdict& verdict) {
  auto worker = Worker::join(domain);
  if (!worker.ok()) {
    verdict.put(worker.status());
    stop_all(domain);
    return;
  }
  const substrate::SharedHalf& stop = domain.state().stop;
  substrate::SpaceKeeper space(**worker);
  std::uint64_t looked_ns = substrate::monotonic_ns();
  while (stop.load_relaxed() == 0) {  // a wish, carries nothing
    if (collection_due(domain)) {
      // Somebody else collecting, or a wish to stop: look again later.
      (void)collect(**worker, {.stop = &stop}).ok();
    }
    if (substrate::monotonic_ns() - looked_ns > std::uint64_t{space.kLookMs} * 1'000'000) {
      (void)space.look();
      looked_ns = substrate::monotonic_ns();
    }
    park_on(stop, 0, kCollectorPauseMs);
  }
}

}  // namespace

Status serve(Domain& domain, const HostTable& host, const ServeOptions& options) {
  Verdict verdict;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] { run_agents(domain, host, options, verdict); });
  }
  threads.emplace_back([&] { run_collector(domain, verdict); });
  for (std::thread& t : threads) t.join();
  return verdict.take();
}

void stop_all(Domain& domain) {
  domain.state().stop.store_relaxed(1);  // carries nothing; the wakes below hurry it
  wake_all(domain.state().stop);
  announce_work(domain);
}

}  // namespace yin::scheduler
