#include "scheduler/launch.h"

#include <mutex>
#include <thread>
#include <vector>

#include "substrate/checkpoint.h"
#include "substrate/clock.h"
#include "substrate/collector.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/slab.h"
#include "substrate/space.h"
#include "substrate/worker.h"

namespace yin::scheduler {

using substrate::Domain;
using substrate::Status;
using substrate::Worker;

namespace {

constexpr std::uint32_t kCollectorPauseMs = 5;
constexpr std::uint32_t kCheckpointPauseMs = 1;

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
    while (!collection_due(domain) && grow_ahead(domain)) {
    }
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

// As often as the domain wishes. One that fails ends the job: what it asked for cannot be had.
void run_checkpoints(Domain& domain, Verdict& verdict) {
  auto worker = Worker::join(domain);
  Status ended = worker.status();
  const substrate::SharedHalf& stop = domain.state().stop;
  std::uint64_t last = substrate::monotonic_ns();
  while (ended.ok() && stop.load_relaxed() == 0) {  // a wish, carries nothing
    if (checkpoint_due(domain, (substrate::monotonic_ns() - last) / 1'000'000)) {
      last = substrate::monotonic_ns();
      const auto made = make_durable(**worker);
      const bool again = made.status().code() == substrate::StatusCode::kUnavailable;
      if (!made.ok() && !again) ended = made.status();
    }
    park_on(stop, 0, kCheckpointPauseMs);
  }
  if (ended.ok()) return;
  verdict.put(std::move(ended));
  stop_all(domain);
}

}  // namespace

Status serve(Domain& domain, const HostTable& host, const ServeOptions& options) {
  Verdict verdict;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] { run_agents(domain, host, options, verdict); });
  }
  threads.emplace_back([&] { run_collector(domain, verdict); });
  if (durability(domain) != substrate::kDurabilityNone)
    threads.emplace_back([&] { run_checkpoints(domain, verdict); });
  for (std::thread& t : threads) t.join();
  return verdict.take();
}

void stop_all(Domain& domain) {
  domain.state().stop.store_relaxed(1);  // carries nothing; the wakes below hurry it
  wake_all(domain.state().stop);
  announce_work(domain);
}

}  // namespace yin::scheduler
