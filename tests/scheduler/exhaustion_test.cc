// Agents that run out of room anywhere: what they do is done once, whenever there is room again.

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/collector.h"
#include "substrate/verify.h"
#include "scheduler/scheduler.h"
#include "tests/support/agents.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

using yin::scheduler::Runner;
using yin::substrate::Domain;
using yin::substrate::Pin;
using yin::substrate::StatusCode;
using yin::substrate::Worker;
using yin::tests::atom_text;
using yin::tests::join;
using yin::tests::kNoHost;
using yin::tests::load_agents;
using yin::tests::TestDomain;
using yin::vm::Projection;

TEST_CASE("agents, their streams and what they spawn do each thing once, however often room ends") {
  for (const Projection projection : yin::vm::kProjections) {
    TestDomain t;
    load_agents(*t.worker,
                "(def s (stream {:capacity 3})) (def c (cursor s)) (def sum (atom 0 \"sum\"))"
                "(def seen (atom [] \"seen\"))"
                "(spawn (fn [] (dotimes [i 20] (put! s i)) (close! s)))"
                "(spawn (fn [] (loop [] (let [x (next! c)]"
                "  (if x (do (swap! sum + x) (swap! seen conj x) (recur)) nil)))))");
    int refusals = 0;
    bool done = false;
    for (std::uint64_t room = 0; !done; ++room) {
      INFO("try " << room);
      REQUIRE(room < 10'000);
      const auto worker = join(*t.domain);
      Runner runner(*worker, projection, kNoHost, {.fuel = 50, .steps = 4});
      // Room for so many slabs, then for none; then a few turns as they come.
      t.domain->ration_slabs(room % 5);
      auto turn = Runner::Turn::kRan;
      for (int i = 0; i < 3 && turn == Runner::Turn::kRan; ++i) turn = runner.run_one();
      t.domain->ration_slabs(Domain::kNoRation);
      if (turn == Runner::Turn::kNoSpace) {
        ++refusals;
        REQUIRE(runner.no_space().code() == StatusCode::kResourceExhausted);
        REQUIRE(runner.run_one() == Runner::Turn::kRan);  // the same worker, now that there is room
      }
      done = turn == Runner::Turn::kNone;
      if (room % 50 == 0) REQUIRE(collect(*t.worker).ok());
    }
    CHECK(refusals > 10);
    CHECK(atom_text(*t.worker, "sum") == "190");
    CHECK(atom_text(*t.worker, "seen") == "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19]");
    CHECK(verify(*t.worker).clean());
  }
}

TEST_CASE("an agent that cannot be spawned or resumed for lack of room can be once there is some") {
  TestDomain t;
  const auto parked = load_agents(*t.worker, "(defn twice [x] (* x 2)) (atom (park) \"got\")");
  yin::tests::run_ready(*t.worker);
  const auto attempt = [&](auto&& operation) {
    for (std::uint64_t room = 0;; ++room) {
      const auto worker = join(*t.domain);
      t.domain->ration_slabs(room);
      const yin::substrate::Status status = [&] {
        const Pin pin(*worker);
        return operation(pin);
      }();
      t.domain->ration_slabs(Domain::kNoRation);
      if (status.ok()) return room;
      REQUIRE(status.code() == StatusCode::kResourceExhausted);
      REQUIRE(worker->space_status().ok());
    }
  };
  CHECK(attempt([&](const Pin& pin) {
          return yin::scheduler::resume(pin, root_ref(parked), yin::substrate::int_word(9));
        }) > 0);
  yin::tests::run_ready(*t.worker);
  CHECK(atom_text(*t.worker, "got") == "9");
  const Pin pin(*t.worker);
  const auto function = read_root(pin, root_ref(find_named_root(pin, "var/twice")));
  REQUIRE(function.ok());
  const yin::substrate::Word one[] = {yin::substrate::int_word(1)};
  CHECK(attempt([&](const Pin& own) {
          return yin::scheduler::spawn(own, function.value, one, "an agent with a long name")
              .status();
        }) > 0);
  yin::tests::run_ready(*t.worker);
  CHECK(verify(*t.worker).clean());
}
