#include "scheduler/inspect.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/agents.h"
#include "tests/support/test_domain.h"

using yin::substrate::Pin;
using yin::tests::load_agents;
using yin::tests::run_ready;
using yin::tests::TestDomain;

TEST_CASE("an agent's report says where it is and what it waits for") {
  TestDomain t;
  load_agents(*t.worker,
              "(def s (stream))\n(def c (cursor s))\n(defn wait []\n  (str (next! c)))\n(spawn "
              "wait)\n(str (park))");
  {
    const Pin pin(*t.worker);
    const auto before = yin::scheduler::list_agents(pin);
    REQUIRE(before.size() == 1);
    CHECK(before[0].name == "main");
    CHECK(before[0].state == "ready");
  }
  run_ready(*t.worker);
  const Pin pin(*t.worker);
  const auto agents = yin::scheduler::list_agents(pin);
  REQUIRE(agents.size() == 2);
  CHECK(agents[0].state == "parked");
  CHECK(agents[0].point.find("test.clj:6") != std::string::npos);
  CHECK(agents[1].state == "waiting");
  CHECK(agents[1].point == "wait test.clj:4");
  CHECK(agents[1].waits_on.find("next! #yin/cursor") == 0);
}
