#include "scheduler/scheduler.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/collector.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/table.h"
#include "substrate/verify.h"
#include "scheduler/inspect.h"
#include "scheduler/launch.h"
#include "tests/support/agents.h"
#include "tests/support/effort.h"
#include "tests/support/test_domain.h"

using yin::scheduler::Runner;
using yin::scheduler::SliceLimits;
using yin::substrate::Pin;
using yin::substrate::Worker;
using yin::tests::atom_text;
using yin::tests::kNoHost;
using yin::tests::load_agents;
using yin::tests::run_ready;
using yin::tests::TestDomain;
using yin::vm::Projection;

namespace {

std::size_t agents_alive(Worker& worker) {
  const Pin pin(worker);
  return yin::scheduler::list_agents(pin).size();
}

}  // namespace

TEST_CASE("an agent that ends leaves its result and no agent") {
  TestDomain t;
  load_agents(*t.worker, "(def a (atom 1 \"a\")) (swap! a + 41)");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "a") == "42");
  CHECK(agents_alive(*t.worker) == 0);
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("an agent with one unit of fuel a step gives the same result on every projection") {
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    load_agents(
        *t.worker,
        "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (atom (fib 10) \"fib\")");
    run_ready(*t.worker, projection, SliceLimits{.fuel = 1, .steps = 3});
    CHECK(atom_text(*t.worker, "fib") == "55");
  }
}

TEST_CASE("an error nobody catches leaves a failed agent with its place") {
  TestDomain t;
  load_agents(*t.worker, "(def x 1)\n(+ x :k)");
  run_ready(*t.worker);
  const Pin pin(*t.worker);
  const auto agents = yin::scheduler::list_agents(pin);
  REQUIRE(agents.size() == 1);
  CHECK(agents[0].state == "failed");
  CHECK(agents[0].waits_on.find("test.clj:2") != std::string::npos);
}

TEST_CASE("a step in which worker after worker died ends its agent, any other goes on") {
  for (const std::uint32_t deaths : {7u, 8u}) {
    TestDomain t;
    const auto agent = load_agents(*t.worker, "(atom 1 \"a\")");
    auto& slot = yin::substrate::root_slot(*t.domain, root_ref(agent).slot);
    slot.running.store_seq(deaths * yin::substrate::kRunningDeath);
    run_ready(*t.worker);
    CHECK(slot.running.load_seq() == 0);
    CHECK(atom_text(*t.worker, "a") == (deaths == 7 ? "1" : "no atom"));
    const Pin pin(*t.worker);
    const auto agents = yin::scheduler::list_agents(pin);
    REQUIRE(agents.size() == (deaths == 7 ? 0 : 1));
    if (deaths == 8) CHECK(agents[0].waits_on.find("8 workers died") != std::string::npos);
  }
}

TEST_CASE("a parked agent goes on with what resume gives, once") {
  TestDomain t;
  const auto agent = load_agents(*t.worker, "(atom (+ 1 (park)) \"got\")");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "no atom");
  {
    const Pin pin(*t.worker);
    CHECK(yin::scheduler::resume(pin, root_ref(agent), yin::substrate::int_word(9)).ok());
    CHECK_FALSE(yin::scheduler::resume(pin, root_ref(agent), yin::substrate::int_word(9)).ok());
  }
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "10");
}

TEST_CASE("validators and watches are asked and called by whichever agent makes the change") {
  for (const Projection projection : yin::vm::kProjections) {
    for (const std::uint64_t fuel : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      TestDomain t;
      load_agents(*t.worker,
                  "(def told (atom [] \"told\")) (def refused (atom 0 \"refused\"))"
                  "(def total (atom 0 \"total\" :validator #(< % 30)))"
                  "(add-watch total :log (fn [_ _ before after]"
                  "  (swap! told conj (- after before))))"
                  "(dotimes [_ 4] (spawn (fn [] (dotimes [_ 10]"
                  "  (try (swap! total inc)"
                  "    (catch :validator e (swap! refused inc)))))))");
      run_ready(*t.worker, projection, SliceLimits{.fuel = fuel, .steps = 3});
      CHECK(atom_text(*t.worker, "total") == "29");
      CHECK(atom_text(*t.worker, "refused") == "11");
      std::string all = "[1";
      for (int i = 1; i < 29; ++i) all += " 1";
      CHECK(atom_text(*t.worker, "told") == all + "]");
      CHECK(verify(*t.worker).clean());
    }
  }
}

TEST_CASE("an agent resumes another") {
  TestDomain t;
  load_agents(
      *t.worker,
      "(def got (atom nil \"got\"))"
      "(let [other (spawn (fn [] (reset! got (park))))] (yield) (yield) (resume other :hello))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == ":hello");
}

TEST_CASE("what an effect fails with is caught, and ends no agent") {
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    load_agents(*t.worker,
                "(def got (atom [] \"got\"))"
                "(try (call :nothing) (catch :host e (swap! got conj (ex-kind e)))"
                "  (finally (swap! got conj :cleanup)))"
                "(let [s (stream)] (close! s)"
                "  (try (put! s 1) (catch Exception e (swap! got conj (:line (ex-place e))))))");
    run_ready(*t.worker, projection, SliceLimits{.fuel = 1, .steps = 3});
    CHECK(atom_text(*t.worker, "got") == "[:host :cleanup 1]");
    CHECK(agents_alive(*t.worker) == 0);
  }
}

TEST_CASE("a continuation goes on in another agent, by an atom, a stream, spawn and fork") {
  for (const Projection projection : yin::vm::kProjections) {
    for (const std::uint64_t fuel : {std::uint64_t{1}, std::uint64_t{100'000}}) {
      TestDomain t;
      load_agents(*t.worker,
                  "(def kept (atom nil)) (def by-atom (atom [] \"by-atom\"))"
                  "(def s (stream)) (def by-stream (atom [] \"by-stream\"))"
                  "(def forked (atom #{} \"forked\"))"
                  "(spawn (fn [] (swap! by-atom conj (call/cc (fn [k] (reset! kept k) 1)))))"
                  "(spawn (fn [] (while (nil? @kept) (yield)) (@kept 2)))"
                  "(spawn (fn [] (let [c (cursor s)] ((next! c) :other))))"
                  "(spawn (fn [] (swap! by-stream conj (call/cc (fn [k] (put! s k) :own)))))"
                  "(spawn (fn [] (let [child (fork)] (swap! forked conj (nil? child)))))"
                  "(spawn (fn [] (let [k (call/cc identity)]"
                  "  (if (fn? k) (spawn k 5) (swap! forked conj k)))))");
      run_ready(*t.worker, projection, SliceLimits{.fuel = fuel, .steps = 3});
      const auto one_of = [&](const char* name, const char* a, const char* b) {
        const auto text = atom_text(*t.worker, name);
        INFO(name << " is " << text);
        CHECK((text == a || text == b));
      };
      one_of("by-atom", "[1 2]", "[2 1]");
      one_of("by-stream", "[:own :other]", "[:other :own]");
      CHECK(atom_text(*t.worker, "forked").size() == std::string_view("#{true false 5}").size());
      CHECK(agents_alive(*t.worker) == 0);
      CHECK(verify(*t.worker).clean());
    }
  }
}

TEST_CASE("a bounded stream holds its writer back and loses nothing") {
  TestDomain t;
  load_agents(
      *t.worker,
      "(def s (stream {:capacity 3})) (def c (cursor s)) (def sum (atom 0 \"sum\"))"
      "(spawn (fn [] (dotimes [i 100] (put! s i)) (close! s)))"
      "(spawn (fn [] (loop [] (let [x (next! c)] (if x (do (swap! sum + x) (recur)) nil)))))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "sum") == "4950");
  CHECK(agents_alive(*t.worker) == 0);
}

TEST_CASE("each cursor sees every item, a shared cursor each item once") {
  TestDomain t;
  load_agents(
      *t.worker,
      "(def s (stream)) (def shared (cursor s)) (def own (cursor s))"
      "(def once (atom 0 \"once\")) (def all (atom 0 \"all\"))"
      "(defn drain [c a] (loop [] (let [x (next! c)] (if x (do (swap! a + x) (recur)) nil))))"
      "(dotimes [_ 3] (spawn drain shared once)) (spawn drain own all)"
      "(dotimes [i 50] (put! s i)) (close! s)");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "once") == "1225");
  CHECK(atom_text(*t.worker, "all") == "1225");
}

TEST_CASE("workers on several threads share the agents and count exactly") {
  TestDomain t;
  const int n = yin::test::effort(2'000);
  load_agents(*t.worker,
              "(def a (atom 0 \"a\"))"
              "(dotimes [_ 8] (spawn (fn [] (dotimes [_ " +
                  std::to_string(n) + "] (swap! a inc)))))");
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      auto worker = Worker::join(*t.domain);
      REQUIRE(worker.ok());
      Runner runner(**worker, i == 0 ? Projection::kWalk : Projection::kStack, kNoHost);
      while (atom_text(**worker, "a") != std::to_string(8 * n)) {
        if (runner.run_one() == Runner::Turn::kNone) std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "a") == std::to_string(8 * n));
  CHECK(agents_alive(*t.worker) == 0);
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("serving threads with a collector keep a busy domain small") {
  TestDomain t;
  const int n = yin::test::effort(40'000);
  load_agents(
      *t.worker,
      "(def a (atom {} \"a\")) (def done (atom 0 \"done\"))"
      "(dotimes [k 2] (spawn (fn [] (dotimes [i " +
          std::to_string(n) +
          "] (swap! a assoc (rem i 1000) (str \"a longer value \" i))) (swap! done inc))))");
  std::thread server([&] {
    CHECK(serve(*t.domain, kNoHost, {.threads = 2, .projection = Projection::kStack, .limits = {}})
              .ok());
  });
  while (atom_text(*t.worker, "done") != "2") park_on(t.domain->state().stop, 0, 5);
  yin::scheduler::stop_all(*t.domain);
  server.join();
  run_ready(*t.worker);
  CHECK(verify(*t.worker).clean());
  CHECK(t.domain->state().committed_bytes.load_relaxed() < std::uint64_t{400} << 20);
}

TEST_CASE("rescan finds agents whose hints were lost") {
  TestDomain t;
  load_agents(*t.worker, "(atom 7 \"a\")");
  yin::substrate::SlotIndex slot{};
  while (find_ready(*t.domain, yin::substrate::SlotIndex{0}, slot)) take_ready(*t.domain, slot);
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "a") == "no atom");
  yin::scheduler::rescan(Pin(*t.worker));
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "a") == "7");
}
