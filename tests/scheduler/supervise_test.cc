#include "scheduler/supervise.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/verify.h"
#include "scheduler/inspect.h"
#include "tests/support/agents.h"
#include "tests/support/test_domain.h"

namespace {

using yin::scheduler::AgentReport;
using yin::scheduler::SliceLimits;
using yin::substrate::Pin;
using yin::substrate::Worker;
using yin::tests::atom_text;
using yin::tests::load_agents;
using yin::tests::ManualTime;
using yin::tests::run_ready;
using yin::tests::TestDomain;
using yin::vm::Projection;

std::vector<AgentReport> agents(Worker& worker) {
  const Pin pin(worker);
  return yin::scheduler::list_agents(pin);
}

// What "got" is after the program, on the stack machine with short steps.
std::string got(TestDomain& t, const std::string& program) {
  load_agents(*t.worker,
              "(def got (atom [] \"got\")) (defn note [& xs] (swap! got into xs))" + program);
  run_ready(*t.worker, Projection::kStack, SliceLimits{.fuel = 30, .steps = 3});
  CHECK(verify(*t.worker).clean());
  return atom_text(*t.worker, "got");
}

}  // namespace

TEST_CASE("a monitor is told why an agent ended") {
  TestDomain t;
  CHECK(got(t,
            "(defn watch [f] (let [a (spawn {:monitor true} f) [kind who why] (receive)]"
            "  (note kind (= who a) (if (error? why) (ex-message why) why))))"
            "(watch (fn [] 5)) (watch (fn [] (error \"broken\"))) (watch (fn [] (exit :shutdown)))"
            "(watch (fn [] (exit {:code 7})))") ==
        "[:down true :normal :down true \"broken\" :down true :shutdown :down true {:code 7}]");
  CHECK(agents(*t.worker).empty());  // somebody was told of the errors
}

TEST_CASE("a monitor of one who has ended already is told so") {
  TestDomain t;
  CHECK(got(t,
            "(def gone (spawn (fn [] 1))) (def bad (spawn (fn [] (error \"bad\")))) (yield) (yield)"
            "(yield) (monitor gone) (monitor bad) (note (last (receive)) (ex-message (last "
            "(receive))))") == "[:noproc \"bad\"]");
}

TEST_CASE("a linked agent ends with the other, whatever it is doing, and fails in its place") {
  for (const char* doing : {"(receive)", "(park)", "(sleep 100000)", "(next! (cursor (stream)))",
                            "(loop [] (recur))"}) {
    INFO(doing);
    TestDomain t;
    CHECK(got(t, std::string("(spawn (fn [] (try (spawn {:link true} (fn [] (yield) (yield) (error "
                             "\"broken\"))) ") +
                     doing + " (note :not-here) (finally (note :nor-here)))))") == "[]");
    const auto all = agents(*t.worker);
    REQUIRE(all.size() == 1);
    CHECK(all[0].state == "failed");
    CHECK(all[0].waits_on.find("ended by #yin/agent") != std::string::npos);
    CHECK(all[0].waits_on.find("test.clj:1:") != std::string::npos);
    CHECK(all[0].waits_on.find("broken") != std::string::npos);
  }
}

TEST_CASE("a normal end ends no linked agent, one with a reason does") {
  TestDomain t;
  CHECK(got(t,
            "(defn pair [f] (spawn (fn [] (spawn {:link true} f) (receive {:timeout 30 :else 1}) "
            "(note :alive))))"
            "(pair (fn [] 1)) (pair (fn [] (exit :normal))) (pair (fn [] (exit :shutdown)))"
            "(sleep 60) (note :end)") == "[]");
  while (atom_text(*t.worker, "got").find(":end") == std::string::npos) run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[:alive :alive :end]");
  CHECK(agents(*t.worker).empty());  // :shutdown is no failure
}

TEST_CASE("who traps exits gets them as messages, and goes on") {
  TestDomain t;
  CHECK(got(t,
            "(trap-exits true)"
            "(let [a (spawn {:link true} (fn [] (error \"broken\"))) [kind who why] (receive)]"
            "  (note kind (= a who) (ex-message why)))"
            "(let [b (spawn (fn [] (receive) 1))] (link b) (send b 0) (note (last (receive))))"
            "(let [c (spawn (fn [] (receive)))] (link c) (unlink c) (exit c :off) (yield) (yield)"
            "  (note (receive {:timeout 0 :else :nothing})))") ==
        "[:exit true \"broken\" :normal :nothing]");
}

TEST_CASE("exit of another ends it unless it traps, cancel ends it all the same") {
  TestDomain t;
  CHECK(got(t,
            "(def a (spawn (fn [] (trap-exits true) (note (first (receive))) (receive))))"
            "(def b (spawn (fn [] (receive)))) (monitor a) (monitor b)"
            "(dotimes [_ 4] (yield))"
            "(note (exit a :please)) (note (exit b :normal)) (dotimes [_ 4] (yield))"
            "(note (exit b {:why 1})) (note (last (receive)))"
            "(note (cancel a)) (note (last (receive))) (note (cancel a))") ==
        "[true :exit true true {:why 1} true :cancelled false]");
  CHECK(agents(*t.worker).empty());
}

TEST_CASE("an exit of one's own runs what is to be cleaned up, and may be caught") {
  TestDomain t;
  CHECK(got(t,
            "(spawn (fn [] (try (exit :normal) (finally (note :cleaned)))))"
            "(try (exit 5) (catch :exit e (note (ex-data e))))") == "[5 :cleaned]");
  CHECK(agents(*t.worker).empty());
}

TEST_CASE("a chain and a ring of links end whole; an error is told once to each") {
  TestDomain t;
  CHECK(
      got(t,
          "(defn chain [n] (if (= n 0) (do (receive {:timeout 0 :else 0}) (yield) (error \"end\"))"
          "  (do (spawn {:link true} chain (dec n)) (receive))))"
          "(let [a (spawn {:monitor true} chain 40)]"
          "  (let [[_ who why] (receive)] (note (= who a) (ex-message why))))") ==
      "[true \"end\"]");
  CHECK(
      agents(*t.worker).empty());  // each failed in the place of the next; the last told a monitor
  TestDomain ring;
  CHECK(got(ring,
            "(def all (mapv (fn [_] (spawn (fn [] (link (receive)) (receive)))) (range 30)))"
            "(dotimes [i 30] (send (nth all i) (nth all (mod (inc i) 30))))"
            "(dotimes [_ 30] (yield)) (note (cancel (nth all 3)))") == "[true]");
  CHECK(agents(*ring.worker).empty());
}

TEST_CASE("one with very many links and monitors tells all of them, some in each commit") {
  TestDomain t;
  CHECK(
      got(t,
          "(def hub (spawn (fn [] (receive) (error \"hub\"))))"
          "(def n (atom 0)) (def up (atom 0))"
          "(dotimes [_ 300] (spawn (fn [] (trap-exits true) (link hub) (monitor hub) (swap! up inc)"
          "  (let [a (first (receive)) b (first (receive))]"
          "    (when (= #{:down :exit} (set [a b])) (swap! n inc))))))"
          "(while (< @up 300) (yield)) (send hub 1) (while (< @n 300) (yield)) (note @n)") ==
      "[300]");
  CHECK(agents(*t.worker).empty());
}

TEST_CASE("a supervisor starts what failed again") {
  TestDomain t;
  CHECK(got(t,
            "(def tries (atom 0))"
            "(defn job [] (if (< (swap! tries inc) 4) (error \"again\") (note @tries)))"
            "(loop [] (spawn {:monitor true} job)"
            "  (when-not (= :normal (last (receive))) (recur)))") == "[4]");
  CHECK(agents(*t.worker).empty());
}

TEST_CASE("fuel and time of an agent are limits that it cannot catch") {
  TestDomain t;
  CHECK(got(t,
            "(defn ended [options f] (spawn (assoc options :monitor true) f)"
            "  (note (ex-message (last (receive)))))"
            "(ended {:fuel 1000} (fn [] (while true (try (loop [] (recur)) (catch Exception e "
            "nil)))))"
            "(ended {:fuel 1000} (fn [] (while true (yield))))") ==
        "[\"the agent has used up its fuel of 1000\" \"the agent has used up its fuel of 1000\"]");
  TestDomain u;
  ManualTime time;
  load_agents(*u.worker,
              "(def got (atom [] \"got\"))"
              "(spawn {:deadline 50 :monitor true} (fn [] (receive)))"
              "(swap! got conj (ex-kind (last (receive))))"
              "(spawn {:deadline 50 :monitor true} (fn [] (while true (sleep 20))))"
              "(swap! got conj (ex-kind (last (receive))))");
  for (int i = 0; i < 99; ++i) {
    time.run_ready(*u.worker);
    time.pass(1);
  }
  CHECK(atom_text(*u.worker, "got") == "[:limit]");
  time.pass(1);
  time.run_ready(*u.worker);
  CHECK(atom_text(*u.worker, "got") == "[:limit :limit]");
}

TEST_CASE("a busy agent is ended between two steps, on every projection") {
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    load_agents(*t.worker,
                "(def got (atom nil \"got\"))"
                "(let [a (spawn {:monitor true} (fn [] (loop [i 0] (recur (inc i)))))]"
                "  (yield) (cancel a) (reset! got (last (receive))))");
    run_ready(*t.worker, projection, SliceLimits{.fuel = 200, .steps = 2});
    CHECK(atom_text(*t.worker, "got") == ":cancelled");
    CHECK(agents(*t.worker).empty());
  }
}
