#include "scheduler/host_pool.h"

#include <chrono>
#include <string>
#include <utility>

#include "substrate/collector.h"
#include "substrate/commit.h"
#include "substrate/nursery.h"
#include "substrate/park.h"
#include "substrate/print.h"
#include "substrate/ready.h"
#include "vm/error.h"
#include "scheduler/agent.h"

namespace yin::scheduler {

using substrate::AgentStatus;
using substrate::Change;
using substrate::CommitOutcome;
using substrate::Edit;
using substrate::kNil;
using substrate::Pin;
using substrate::read_root;
using substrate::RootRead;
using substrate::StatusOr;
using substrate::Worker;

HostPool::~HostPool() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HostPool::hand_over(HostRequest request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
  if (idle_ < requests_.size() && threads_.size() < threads_max_)
    threads_.emplace_back([this] { serve(); });
  work_.notify_one();
}

void HostPool::serve() {
  auto worker = Worker::join(domain_);
  std::unique_lock lock(mutex_);
  while (!worker.ok() && !ends_) {  // too many workers: until some leave
    work_.wait_for(lock, std::chrono::milliseconds(substrate::kSliceMs));
    worker = Worker::join(domain_);
  }
  for (;;) {
    ++idle_;
    work_.wait(lock, [this] { return ends_ || !requests_.empty(); });
    --idle_;
    if (ends_) return;
    const HostRequest request = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    const StatusOr<HostAnswer> done = request.job();
    answer(**worker, request, done);
    lock.lock();
  }
}

// Until it is committed, or nobody waits for it any more.
void HostPool::answer(Worker& worker, const HostRequest& request,
                      const StatusOr<HostAnswer>& done) {
  for (;;) {
    worker.nursery().reset();
    if (try_answer(worker, request, done)) return;
    {
      const std::lock_guard lock(mutex_);
      if (ends_) return;  // it is asked again
    }
    // There was no room. Somebody else may be making some.
    if (!collect(worker, {}).ok()) park_on(domain_.state().stop, 0, substrate::kSliceMs);
  }
}

// False: there is no room.
bool HostPool::try_answer(Worker& worker, const HostRequest& request,
                          const StatusOr<HostAnswer>& done) {
  for (;;) {
    const Pin pin(worker);
    const RootRead was = read_root(pin, request.agent);
    if (was.outcome == RootRead::Outcome::kExpired) continue;
    if (!was.ok() || !is_agent_record(was.value)) return true;
    Agent agent = read_agent_record(pin, was.value);
    if (agent.status != AgentStatus::kWaiting || agent.steps != request.steps) return true;
    Edit edit = Edit::in_slab(pin);
    const Wait wait = wait_from_word(pin, agent.effect);
    agent.status = done.ok() ? AgentStatus::kReady : AgentStatus::kRaise;
    agent.value = done.ok() ? (*done)(edit)
                            : vm::make_error(edit, "host",
                                             "call " + print(pin, wait.effect.argument[0]) + ": " +
                                                 done.status().message(),
                                             kNil);
    agent.effect = kNil;
    ++agent.steps;
    const Change change[] = {{request.agent, was.version, make_agent_record(edit, agent)}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kCommitted) {
      set_ready(domain_, request.agent.slot);
      return true;
    }
    if (outcome == CommitOutcome::kNoSpace) {
      (void)worker.take_space_status();
      return false;
    }
  }
}

}  // namespace yin::scheduler
