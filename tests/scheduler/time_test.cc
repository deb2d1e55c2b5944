// What agents do with time and chance: sleep, now, waits with a deadline, random numbers.

#include <string>
#include <string_view>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/timer.h"
#include "substrate/verify.h"
#include "scheduler/inspect.h"
#include "scheduler/launch.h"
#include "scheduler/stream.h"
#include "tests/support/agents.h"
#include "tests/support/test_domain.h"

namespace {

using yin::scheduler::SliceLimits;
using yin::substrate::Pin;
using yin::substrate::Worker;
using yin::tests::agents_alive;
using yin::tests::atom_text;
using yin::tests::load_agents;
using yin::tests::ManualTime;
using yin::tests::run_ready;
using yin::tests::TestDomain;
using yin::vm::Projection;

}  // namespace

TEST_CASE("an agent that sleeps goes on when its time has come, in any worker") {
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    ManualTime time;
    load_agents(*t.worker, "(def got (atom [] \"got\")) (sleep 100) (swap! got conj :awake)");
    time.run_ready(*t.worker, projection);
    time.pass(99);
    time.run_ready(*t.worker, projection);
    CHECK(atom_text(*t.worker, "got") == "[]");
    auto other = Worker::join(*t.domain);
    REQUIRE(other.ok());
    time.pass(1);
    time.run_ready(**other, Projection::kWalk);
    CHECK(atom_text(*t.worker, "got") == "[:awake]");
    CHECK(agents_alive(*t.worker) == 0);
    CHECK(verify(*t.worker).clean());
  }
}

TEST_CASE("agents wake in the order of their times") {
  TestDomain t;
  ManualTime time;
  load_agents(*t.worker,
              "(def got (atom [] \"got\"))"
              "(doseq [ms [50 10 40 20 30]] (spawn (fn [] (sleep ms) (swap! got conj ms))))");
  for (int i = 0; i < 60; ++i) {
    time.run_ready(*t.worker);
    time.pass(1);
  }
  CHECK(atom_text(*t.worker, "got") == "[10 20 30 40 50]");
}

TEST_CASE("a sleeper whose timer was lost wakes when its slot is looked at") {
  TestDomain t;
  ManualTime time;
  load_agents(*t.worker, "(def got (atom nil \"got\")) (sleep 100) (reset! got 1)");
  time.run_ready(*t.worker);
  for (std::uint32_t i = 0; i < 100; ++i) clear_timer(*t.domain, yin::substrate::SlotIndex{i});
  yin::scheduler::rescan(Pin(*t.worker));
  time.run_ready(*t.worker);  // sets the timer again
  time.pass(100);
  time.run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "1");
}

TEST_CASE("now is the time of the step, and stands in what the agent goes on with") {
  TestDomain t;
  ManualTime time;
  load_agents(*t.worker,
              "(def got (atom nil \"got\"))"
              "(let [a (now)] (sleep 7) (let [b (now)] (reset! got [a (- b a)])))");
  time.run_ready(*t.worker);
  time.pass(7);
  time.run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[1800000000000 7]");
}

TEST_CASE("real time wakes workers that sleep, without anything else to do") {
  TestDomain t;
  load_agents(
      *t.worker,
      "(def got (atom 0 \"got\"))"
      "(dotimes [k 20] (spawn (fn [] (dotimes [i 5] (sleep (mod (* k 7) 11)) (swap! got inc)))))");
  std::thread server([&] {
    CHECK(serve(*t.domain, yin::tests::kNoHost,
                {.threads = 2, .projection = Projection::kStack, .limits = {}})
              .ok());
  });
  while (atom_text(*t.worker, "got") != "100") park_on(t.domain->state().stop, 0, 5);
  yin::scheduler::stop_all(*t.domain);
  server.join();
  run_ready(*t.worker);
  CHECK(agents_alive(*t.worker) == 0);
}

TEST_CASE("every wait may have a deadline: an error then, or the value it names") {
  struct Case {
    std::string_view wait, late, early;
  };
  // What they wait for is :x, and comes from an agent that is resumed.
  const Case cases[] = {
      {"(next! c nil {:timeout 100 :else :late})", "(put! s :x)", ":x"},
      {"(put! full :x {:timeout 100 :else :late})", "(next! drain)", ":x"},
      {"(park {:timeout 100 :else :late})", "(resume waiter :x)", ":x"},
      {"(receive {:timeout 100 :else :late})", "(send waiter :x)", ":x"},
      {"(let [r (select [c] {:timeout 100 :else :late})] (if (vector? r) (second r) r))",
       "(put! s :x)", ":x"},
      {"(if (= true (send busy :x {:timeout 100 :else :late})) :x :late)", "(resume busy 1)", ":x"},
  };
  for (const Case& c : cases) {
    for (const bool in_time : {true, false}) {
      INFO(c.wait << (in_time ? " in time" : " too late"));
      TestDomain t;
      ManualTime time;
      const std::string program =
          "(def got (atom nil \"got\")) (def s (stream)) (def c (cursor s))"
          "(def full (stream {:capacity 1})) (def drain (cursor full)) (put! full 0)"
          "(def busy (spawn {:mailbox 1} (fn [] (park) (receive) (park))))"
          "(send busy 0)"
          "(def waiter (spawn (fn [] (let [r " +
          std::string(c.wait) +
          "] (reset! got r)))))"
          "(def giver (spawn (fn [] (park) " +
          std::string(c.late) + ")))";
      load_agents(*t.worker, program);
      time.run_ready(*t.worker);
      CHECK(atom_text(*t.worker, "got") == "nil");
      time.pass(in_time ? 99 : 100);
      time.run_ready(*t.worker);
      CHECK(atom_text(*t.worker, "got") == (in_time ? "nil" : ":late"));
      load_agents(*t.worker, "(resume giver 1)");
      time.run_ready(*t.worker);
      CHECK(atom_text(*t.worker, "got") == (in_time ? c.early : std::string_view(":late")));
      CHECK(verify(*t.worker).clean());
    }
  }
}

TEST_CASE("a wait that takes too long without another value is an error of its kind") {
  TestDomain t;
  ManualTime time;
  load_agents(*t.worker,
              "(def got (atom [] \"got\")) (def s (stream)) (def c (cursor s))"
              "(try (next! c nil {:timeout 5}) (catch :timeout e (swap! got conj (ex-message e))))"
              "(try (receive {:timeout 0}) (catch :timeout e (swap! got conj (ex-kind e))))"
              "(swap! got conj (count [s]))");
  time.run_ready(*t.worker);
  time.pass(5);
  time.run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[\"nothing came in 5 ms\" :timeout 1]");
}

TEST_CASE("who waited in vain is among no stream's waiters") {
  TestDomain t;
  ManualTime time;
  load_agents(*t.worker,
              "(def a (stream)) (def b (stream)) (def ca (cursor a)) (def cb (cursor b))"
              "(select [ca cb] {:timeout 5 :else nil}) (next! cb nil {:timeout 5 :else nil})"
              "(def x (spawn (fn [] (select [ca cb])))) (yield) (cancel x) (yield) (park)");
  for (int i = 0; i < 20; ++i) {
    time.run_ready(*t.worker);
    time.pass(1);
  }
  const Pin pin(*t.worker);
  for (const char* name : {"var/a", "var/b"}) {
    const auto var = read_root(pin, root_ref(find_named_root(pin, name)));
    const auto stream = read_root(pin, root_ref(var.value));
    REQUIRE(stream.ok());
    CHECK(yin::scheduler::read_stream_record(pin, stream.value).waiters.count(pin) == 0);
  }
}

TEST_CASE("wrong options and times are errors that name them") {
  struct Case {
    const char* form;
    const char* says;
  };
  const Case cases[] = {
      {"(sleep -1)", "sleep is a number of milliseconds"},
      {"(sleep :long)", "sleep needs an integer"},
      {"(receive {:wait 1})", "receive: there is no option :wait; use :timeout, :else"},
      {"(receive 5)", "receive needs options, a map"},
      {"(spawn {:fuel 0} (fn [] 1))", "spawn :fuel must be at least 1"},
      {"(spawn {:name 1} (fn [] 1))", "spawn :name needs a string"},
      {"(select [])", "select needs a vector of cursors"},
      {"(select [(stream)])", "select needs a cursor"},
      {"(let [c (cursor (stream))] (select [c c]))", "the same cursor stands there twice"},
  };
  for (const Case& c : cases) {
    INFO(c.form);
    TestDomain t;
    load_agents(*t.worker, std::string("(def got (atom nil \"got\")) (try ") + c.form +
                               " (catch Exception e (reset! got (ex-message e))))");
    run_ready(*t.worker);
    CHECK(atom_text(*t.worker, "got").find(c.says) != std::string::npos);
  }
}

TEST_CASE("random numbers are the agent's own, and the same when its step runs again") {
  const std::string_view program =
      "(reset! (atom nil \"got\") [(rand) (rand-int 1000000) (rand 5) (random-uuid)"
      "                            (shuffle (range 20)) (rand-nth [1 2 3])])";
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    const auto agent = load_agents(*t.worker, program);
    // The same record twice: what it gave is what it gives.
    std::string first;
    yin::substrate::Word record;
    {
      const Pin pin(*t.worker);
      record = read_root(pin, root_ref(agent)).value;
    }
    for (int i = 0; i < 2; ++i) {
      const Pin pin(*t.worker);
      const auto read = yin::scheduler::read_agent_record(pin, record);
      std::uint64_t state = read.random;
      REQUIRE(state != 0);
      const auto machine = yin::vm::make_machine(projection);
      yin::substrate::Edit edit = yin::substrate::Edit::in_slab(pin);
      machine->set_self({.ref = agent, .random = &state});
      machine->load(pin, read.continuation, read.value, false);
      std::uint64_t fuel = 1'000'000;
      auto outcome = machine->run(edit, fuel);
      REQUIRE(outcome.effect.kind == yin::vm::EffectKind::kAtomNew);
      const auto other = named_root(pin, yin::substrate::RootKind::kAtom, "other", agent);
      REQUIRE(other.ok());
      machine->load(pin, machine->save(edit), *other, false);
      outcome = machine->run(edit, fuel);
      REQUIRE(outcome.effect.kind == yin::vm::EffectKind::kReset);
      const std::string text = print(pin, outcome.effect.argument[1]);
      if (i == 0) first = text;
      CHECK(text == first);
      CHECK(state != read.random);
    }
    run_ready(*t.worker, projection);
    CHECK(atom_text(*t.worker, "got") == first);
  }
}

TEST_CASE("random numbers are where they should be, and spread") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom nil \"got\"))"
              "(let [n 2000 ints (repeatedly n (fn [] (rand-int 10)))"
              "      reals (repeatedly n rand)]"
              "  (reset! got [(every? (fn [i] (<= 0 i 9)) ints) (= 10 (count (set ints)))"
              "               (every? (fn [x] (and (<= 0 x) (< x 1))) reals)"
              "               (< 0.4 (/ (reduce + reals) n) 0.6) (rand-int 0)"
              "               (rand-int 9223372036854775807) (count (set reals))]))");
  run_ready(*t.worker);
  const std::string got = atom_text(*t.worker, "got");
  CHECK(got.starts_with("[true true true true 0 "));
  CHECK(got.ends_with(" 2000]"));
}

TEST_CASE("agents differ in their random numbers, and a fork from who it came from") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom [] \"got\")) (def n (atom 0 \"n\"))"
              "(dotimes [_ 4] (spawn (fn [] (swap! got conj (random-uuid)))))"
              "(fork) (swap! got conj (random-uuid))"
              "(when (= 6 (count @got)) (reset! n (count (set @got))))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "n") == "6");
}
