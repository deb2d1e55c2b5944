#include "scheduler/host_pool.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <signal.h>

#include <catch2/catch_test_macros.hpp>

#include "substrate/print.h"
#include "substrate/verify.h"
#include "scheduler/inspect.h"
#include "scheduler/scheduler.h"
#include "tests/support/agents.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::tests;
using yin::scheduler::HostAnswer;
using yin::scheduler::HostJob;
using yin::scheduler::HostPool;
using yin::scheduler::HostTable;
using yin::scheduler::Runner;
using yin::substrate::Edit;
using yin::substrate::int_word;
using yin::substrate::Pin;
using yin::substrate::StatusOr;
using yin::substrate::Word;
using yin::substrate::Worker;
using yin::vm::Projection;
using Words = std::span<const Word>;

// Opens once so many have come to it.
class Gate {
 public:
  explicit Gate(int wanted) : wanted_(wanted) {}
  void pass() {
    std::unique_lock lock(mutex_);
    ++here_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return here_ >= wanted_; });
  }
  void await(int here) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return here_ >= here; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int wanted_;
  int here_ = 0;
};

StatusOr<HostAnswer> number(std::int64_t n) {
  return HostAnswer([n](Edit&) { return int_word(n); });
}

void run_until(Worker& worker, const HostTable& host, HostPool& pool, std::string_view name,
               std::string_view text) {
  Runner runner(worker, Projection::kStack, host, {}, &pool);
  while (atom_text(worker, name) != text) (void)runner.run_one();
}

}  // namespace

TEST_CASE("operations block beside each other and beside agents, on one worker") {
  TestDomain t;
  Gate gate(3);
  HostTable host;
  host.grant_blocking("gate", [&](const Pin& pin, Words a) -> StatusOr<HostJob> {
    const std::int64_t n = to_int(pin, a[0]);
    return HostJob([&gate, n] {
      gate.pass();
      return number(10 * n);
    });
  });
  load_agents(*t.worker,
              "(def got (atom 1 \"got\")) (def beside (atom 0 \"beside\"))"
              "(dotimes [i 3] (spawn (fn [] (swap! got + (call :gate i)))))"
              "(dotimes [_ 100] (swap! beside inc) (yield))");
  {
    HostPool pool(*t.domain, 3);
    run_until(*t.worker, host, pool, "got", "31");
    run_until(*t.worker, host, pool, "beside", "100");
  }
  run_ready(*t.worker);
  const Pin pin(*t.worker);
  CHECK(yin::scheduler::list_agents(pin).empty());
}

TEST_CASE("an answer that comes too late, or to one that was cancelled, is dropped") {
  TestDomain t;
  ManualTime time;
  Gate gate(3);  // two jobs, and us
  time.host().grant_blocking("wait", [&](const Pin&, Words) -> StatusOr<HostJob> {
    return HostJob([&gate] {
      gate.pass();
      return number(1);
    });
  });
  load_agents(
      *t.worker,
      "(def got (atom [] \"got\"))"
      "(def a (spawn {:monitor true} (fn [] (swap! got conj (call :wait)))))"
      "(swap! got conj (call {:timeout 10 :else :late} :wait))"
      "(cancel a) (swap! got conj (last (receive)) (receive {:timeout 10 :else :nothing}))");
  {
    HostPool pool(*t.domain, 2);
    Runner runner(*t.worker, Projection::kStack, time.host(), {}, &pool);
    while (runner.run_one() == Runner::Turn::kRan) {
    }
    gate.await(2);
    {
      const Pin pin(*t.worker);
      const auto agents = yin::scheduler::list_agents(pin);
      REQUIRE(agents.size() == 2);
      CHECK(agents[0].waits_on.find("call :wait") == 0);
    }
    time.pass(10);
    while (runner.run_one() == Runner::Turn::kRan) {
    }
    gate.pass();
  }
  time.pass(10);
  time.run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[:late :cancelled :nothing]");
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("what an operation fails with is an error of its caller, wherever it fails") {
  TestDomain t;
  HostTable host;
  host.grant_blocking("fail", [](const Pin& pin, Words a) -> StatusOr<HostJob> {
    if (a.empty()) return yin::substrate::invalid_argument("fail needs an argument");
    return HostJob([text = print(pin, a[0])]() -> StatusOr<HostAnswer> {
      return yin::substrate::not_found("nothing called " + text);
    });
  });
  load_agents(*t.worker,
              "(def got (atom [] \"got\"))"
              "(defn note [f] (try (f) (catch :host e (swap! got conj (ex-message e)))))"
              "(note (fn [] (call :fail))) (note (fn [] (call :fail :x))) (swap! got conj 1)");
  HostPool pool(*t.domain, 1);
  run_until(*t.worker, host, pool, "got",
            "[\"call :fail: fail needs an argument\" \"call :fail: nothing called :x\" 1]");
}

TEST_CASE("without a pool an operation that blocks is done within the step") {
  TestDomain t;
  HostTable host;
  host.grant_blocking("seven", [](const Pin&, Words) -> StatusOr<HostJob> {
    return HostJob([] { return number(7); });
  });
  load_agents(*t.worker, "(def got (atom nil \"got\")) (reset! got (call :seven))");
  run_ready(*t.worker, Projection::kStack, {}, host);
  CHECK(atom_text(*t.worker, "got") == "7");
}

TEST_CASE("when the process that was asked is killed, another is asked, and it is answered once") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  load_agents(*worker,
              "(def got (atom [] \"got\"))"
              "(dotimes [i 5] (spawn (fn [] (swap! got conj (call :ask i)))))");
  SharedPage<yin::substrate::SharedHalf> asked;
  Child first([&] {
    const auto own = open_domain({.path = path});
    const auto its_worker = join(*own);
    HostTable host;
    host.grant_blocking("ask", [&](const Pin&, Words) -> StatusOr<HostJob> {
      return HostJob([&] {
        announce(*asked);
        Gate(2).pass();  // for ever
        return number(0);
      });
    });
    HostPool pool(*own, 5);
    Runner runner(*its_worker, Projection::kStack, host, {}, &pool);
    return runner.run_until(own->state().stop).ok() ? 0 : 1;
  });
  await(*asked, 5);
  first.kill(SIGKILL);
  (void)first.wait();

  HostTable host;
  host.grant_blocking("ask", [](const Pin& pin, Words a) -> StatusOr<HostJob> {
    const std::int64_t n = to_int(pin, a[0]);
    return HostJob([n] { return number(1 + n); });
  });
  adopt_dead_workers(*worker);
  HostPool pool(*domain, 2);
  Runner runner(*worker, Projection::kStack, host, {}, &pool);
  const auto count = [&] {
    const std::string text = atom_text(*worker, "got");
    return std::count(text.begin(), text.end(), ' ');
  };
  while (count() < 4) (void)runner.run_one();
  std::string text = atom_text(*worker, "got");
  std::sort(text.begin(), text.end());
  CHECK(text == "    12345[]");
  CHECK(verify(*worker).clean());
}
