#include "scheduler/inspect.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/agents.h"
#include "tests/support/test_domain.h"

using yin::substrate::Pin;
using yin::tests::load_agents;
using yin::tests::ManualTime;
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

namespace {

using yin::scheduler::Fact;

// The values of an attribute, in their order; of one entity if it is given.
std::vector<std::string> values(const std::vector<Fact>& facts, std::string_view attribute,
                                std::int64_t entity = 0) {
  std::vector<std::string> found;
  for (const Fact& f : facts) {
    if (f.attribute == attribute && (entity == 0 || f.entity == entity)) found.push_back(f.value);
  }
  return found;
}

}  // namespace

TEST_CASE("all of an agent can be looked at: frames, locals, mailbox, ties, limits") {
  TestDomain t;
  ManualTime time;
  const auto main = load_agents(
      *t.worker,
      "(defn inner [a [b c]]\n"
      "  (let [sum (+ a b c) f (fn [x] (+ x sum))]\n"
      "    (loop [i 0 acc [:start]]\n"
      "      (if (< i 2) (recur (inc i) (conj acc i))\n"
      "        (let [unused 7 got (receive {:timeout 50})]\n"
      "          (f (+ i (count acc) sum a got)))))))\n"
      "(defn outer [text] (try (inner 1 [2 3]) (catch :timeout e (str text (park) e))))\n"
      "(def a (spawn {:name \"looked at\" :fuel 5000 :trap-exits true} outer \"text\"))\n"
      "(link a) (monitor a) (park)");
  time.run_ready(*t.worker);
  const auto all = yin::scheduler::inspect(*t.worker, std::nullopt);
  REQUIRE(all.ok());
  CHECK(values(all->facts, "agent/name") == std::vector<std::string>{"\"main\"", "\"looked at\""});
  const auto refs = values(all->facts, "agent/ref");
  std::string id = refs[1].substr(refs[1].find('[') + 1);  // "#yin/agent [84 1]"
  id.resize(id.find(']'));
  id[id.find(' ')] = '.';
  const auto ref = yin::scheduler::find_agent(id);
  REQUIRE(ref.has_value());
  const auto one = yin::scheduler::inspect(*t.worker, ref);
  REQUIRE(one.ok());
  const auto& facts = one->facts;
  const auto is = [&](const char* attribute, const std::string& value) {
    INFO(attribute);
    CHECK(values(facts, attribute) == std::vector<std::string>{value});
  };
  is("agent/state", ":waiting");
  is("agent/waits-for", ":receive");
  is("agent/waits-until", "#inst \"2027-01-15T08:00:00.050-00:00\"");
  is("agent/fuel-limit", "5000");
  is("agent/traps-exits", "true");
  {
    const Pin pin(*t.worker);
    is("agent/spawned-by", print(pin, main));
    is("agent/links", "#{" + print(pin, main) + "}");
    is("agent/monitored-by", "#{" + print(pin, main) + "}");
  }
  CHECK(values(facts, "frame/function") == std::vector<std::string>{"\"inner\"", "\"outer\""});
  CHECK(values(facts, "frame/line") == std::vector<std::string>{"5", "7"});
  // Names with their values, the innermost frame's first; `got` is not bound yet.
  std::map<std::string, std::string> locals;
  for (const Fact& f : facts) {
    if (f.attribute == "local/name") locals[f.value] = values(facts, "local/value", f.entity)[0];
  }
  CHECK(locals["a"] == "1");
  CHECK(locals["sum"] == "6");
  CHECK(locals["i"] == "2");
  CHECK(locals["acc"] == "[:start 0 1]");
  CHECK(locals["text"] == "\"text\"");
  CHECK(locals["unused"] == "7");
  CHECK(locals.count("got") == 0);

  time.pass(50);  // now it waits in the handler of the frame below
  time.run_ready(*t.worker);
  load_agents(*t.worker, "(send a {:k 1}) (send a \"two\")");
  time.run_ready(*t.worker);
  const auto later = yin::scheduler::inspect(*t.worker, ref);
  REQUIRE(later.ok());
  CHECK(later->clock > one->clock);
  CHECK(values(later->facts, "agent/state") == std::vector<std::string>{":parked"});
  CHECK(values(later->facts, "agent/message-count") == std::vector<std::string>{"2"});
  CHECK(values(later->facts, "agent/messages") == std::vector<std::string>{"[{:k 1} \"two\"]"});
  const auto names = values(later->facts, "local/name");
  CHECK(std::find(names.begin(), names.end(), "e") != names.end());
}

TEST_CASE("locals have the right names at every step of every projection") {
  // Each name begins with what its value is.
  for (const auto projection : yin::vm::kProjections) {
    TestDomain t;
    load_agents(
        *t.worker,
        "(defn f [n1 [n2 k3]] (let [n3 (+ n1 n2) v4 [n3 k3] n5 ((fn [n6] (let [n7 n6] (yield)"
        "   (+ n6 n7))) n2)] (loop [n8 0 v9 v4] (if (< n8 3) (let [n10 (* 2 n8)] (yield)"
        "   (recur (inc n8) (conj v9 n10)))"
        "   (do (yield) (try (yield) (error \"x\" v9)"
        "     (catch Exception e11 (yield) [n1 n2 k3 n3 v4 n5 n8 v9 (ex-data e11)])))))))"
        "(f 1 [2 :k])");
    std::size_t named = 0;
    const yin::scheduler::HostTable host;
    yin::scheduler::Runner runner(*t.worker, projection, host, {.fuel = 1, .steps = 1});
    while (runner.run_one() == yin::scheduler::Runner::Turn::kRan) {
      const auto all = yin::scheduler::inspect(*t.worker, std::nullopt);
      REQUIRE(all.ok());
      for (const Fact& f : all->facts) {
        if (f.attribute != "local/name" || f.value.size() > 3 || f.value.size() < 2) continue;
        const std::string value = values(all->facts, "local/value", f.entity)[0];
        const bool fits = f.value[0] == 'n'   ? std::isdigit(value[0]) != 0
                          : f.value[0] == 'v' ? value[0] == '['
                          : f.value[0] == 'k' ? value == ":k"
                          : f.value[0] == 'e' ? value.find("error") != std::string::npos
                                              : true;
        INFO(f.value << " is " << value);
        REQUIRE(fits);
        ++named;
      }
    }
    CHECK(named > 50);
  }
}
