#include "scheduler/mailbox.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/verify.h"
#include "scheduler/inspect.h"
#include "tests/support/agents.h"
#include "tests/support/effort.h"
#include "tests/support/test_domain.h"

namespace {

using yin::scheduler::SliceLimits;
using yin::tests::agents_alive;
using yin::tests::atom_text;
using yin::tests::load_agents;
using yin::tests::run_ready;
using yin::tests::TestDomain;
using yin::vm::Projection;

}  // namespace

TEST_CASE("messages come in the order in which each sender sent them, each once") {
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    load_agents(
        *t.worker,
        "(def got (atom {} \"got\"))"
        "(def server (spawn (fn []"
        "  (dotimes [_ 60] (let [[who i] (receive)] (swap! got update who (fnil conj []) i))))))"
        "(doseq [who [:a :b :c]]"
        "  (spawn (fn [] (dotimes [i 20] (send server [who i])))))");
    run_ready(*t.worker, projection, SliceLimits{.fuel = 50, .steps = 3});
    const std::string all = "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19]";
    for (const char* who : {":a ", ":b ", ":c "})
      CHECK(atom_text(*t.worker, "got").find(who + all) != std::string::npos);
    CHECK(agents_alive(*t.worker) == 0);
    CHECK(verify(*t.worker).clean());
  }
}

TEST_CASE("what was sent before the agent first looked is there") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom nil \"got\"))"
              "(let [a (spawn (fn [] (park) (reset! got [(receive) (receive) (receive)])))]"
              "  (send a 1) (send a nil) (send a :last) (yield) (resume a 0))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[1 nil :last]");
}

TEST_CASE("an agent sends to itself, and asks and is answered") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom [] \"got\"))"
              "(def server (spawn (fn [] (loop [total 0]"
              "  (let [[from n] (receive)] (send from (+ total n)) (recur (+ total n)))))))"
              "(send (self) :own) (swap! got conj (receive))"
              "(defn ask [n] (send server [(self) n]) (receive))"
              "(swap! got conj (ask 5)) (swap! got conj (ask 6))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[:own 5 11]");
  CHECK(agents_alive(*t.worker) == 1);
}

TEST_CASE("who has ended gets nothing, and who sends is told") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom [] \"got\"))"
              "(def gone (spawn (fn [] :done))) (def failed (spawn (fn [] (error \"no\"))))"
              "(def busy (spawn (fn [] (receive) (receive))))"
              "(swap! got conj (send busy 1)) (yield) (yield)"
              "(swap! got conj (send gone 1) (send failed 1) (send busy 2)) (yield) (yield)"
              "(swap! got conj (send busy 3))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[true false false true false]");
  CHECK(agents_alive(*t.worker) == 1);  // the one that failed
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("a bounded mailbox holds its senders back and loses nothing") {
  TestDomain t;
  const std::string n = std::to_string(yin::test::effort(100));
  load_agents(*t.worker,
              "(def sum (atom 0 \"sum\")) (def most (atom 0 \"most\"))"
              "(def server (spawn {:mailbox 3} (fn []"
              "  (loop [left (* 4 " +
                  n +
                  ")] (when (< 0 left)"
                  "    (swap! sum + (receive)) (recur (dec left)))))))"
                  "(dotimes [_ 4] (spawn (fn [] (dotimes [i " +
                  n + "] (send server 1)))))");
  run_ready(*t.worker, Projection::kStack, SliceLimits{.fuel = 100, .steps = 2});
  CHECK(atom_text(*t.worker, "sum") == std::to_string(4 * std::stoi(n)));
  CHECK(agents_alive(*t.worker) == 0);
}

TEST_CASE("senders that wait for room go on when the receiver ends") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom [] \"got\"))"
              "(def server (spawn {:mailbox 1} (fn [] (park))))"
              "(dotimes [_ 3] (spawn (fn [] (send server 0)"
              "                             (swap! got conj (send server 1)))))"
              "(dotimes [_ 5] (yield)) (resume server nil)");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[false false false]");
  CHECK(agents_alive(*t.worker) == 0);
}

TEST_CASE("select takes from the first that has something: cursors, the own mailbox, an end") {
  TestDomain t;
  load_agents(*t.worker,
              "(def got (atom [] \"got\")) (def a (stream)) (def b (stream))"
              "(def ca (cursor a)) (def cb (cursor b))"
              "(def reader (spawn (fn [] (dotimes [_ 5]"
              "  (let [[from item] (select [ca cb (self)] {:end :end})]"
              "    (swap! got conj [(if (= from ca) :a (if (= from cb) :b :me)) item]))))))"
              "(yield) (yield) (put! b 1) (yield) (yield) (put! a 2) (yield) (yield)"
              "(send reader 3) (yield) (yield) (put! a 4) (put! b 5) (yield) (yield) (yield)"
              "(close! a)");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "[[:b 1] [:a 2] [:me 3] [:a 4] [:b 5]]");
  load_agents(*t.worker, "(reset! got (select [cb ca] {:end :over}))");
  run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got").ends_with(" :over]"));
  CHECK(agents_alive(*t.worker) == 0);
}

TEST_CASE("many readers that select share the work: each item once") {
  TestDomain t;
  const std::string n = std::to_string(yin::test::effort(60));
  load_agents(
      *t.worker,
      "(def sum (atom 0 \"sum\")) (def a (stream {:capacity 4})) (def b (stream {:capacity 4}))"
      "(def ca (cursor a)) (def cb (cursor b))"
      "(dotimes [_ 5] (spawn (fn [] (loop []"
      "  (let [[from item] (select [ca cb] {:timeout 1 :else nil})]"
      "    (when-not (= item -1) (when item (swap! sum + item)) (recur)))))))"
      "(doseq [s [a b]] (spawn (fn [] (dotimes [i " +
          n + "] (put! s i)))))");
  // Until all came; then enough ends for every reader.
  const int m = std::stoi(n);
  const std::string expected = std::to_string(m * (m - 1));
  while (atom_text(*t.worker, "sum") != expected)
    run_ready(*t.worker, Projection::kStack, SliceLimits{.fuel = 100, .steps = 2});
  load_agents(*t.worker, "(dotimes [_ 5] (put! b -1))");
  while (agents_alive(*t.worker) != 0) run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "sum") == expected);
}
