// The AST's operations (vm/internal/operation.h) whose effects a scheduler performs, as programs that
// are data: streams, and calls of the host. On every projection, and parked at every safe point.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/number.h"
#include "ast/reader.h"
#include "scheduler/host.h"
#include "tests/support/agents.h"
#include "tests/support/test_domain.h"

using namespace yin;
using scheduler::HostTable;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;
using tests::TestDomain;
using Words = std::span<const Word>;

namespace {

std::string literal(std::string_view value) {
  return "{:type :literal :value " + std::string(value) + "}";
}
std::string name(std::string_view symbol) {
  return "{:type :variable :name " + std::string(symbol) + "}";
}
std::string call(std::string_view function, const std::string& operands) {
  return "{:type :application :operator " + name(function) + " :operands [" + operands + "]}";
}
std::string in_order(const std::string& forms) { return "{:type :do :forms [" + forms + "]}"; }
std::string all_of(const std::string& items) { return "{:type :vector :operands [" + items + "]}"; }
std::string let(std::string_view names, const std::string& inits, const std::string& body) {
  return "{:type :let :names [" + std::string(names) + "] :inits [" + inits + "] :body " + body +
         "}";
}
std::string node(std::string_view type, const std::string& fields) {
  return "{:type :" + std::string(type) + " " + fields + "}";
}
std::string put(const std::string& stream, const std::string& value) {
  return node("stream/put", ":target " + stream + " :val " + value);
}
std::string next(const std::string& cursor) { return node("stream/next", ":source " + cursor); }
std::string cursor(const std::string& stream) { return node("stream/cursor", ":source " + stream); }
std::string close(const std::string& stream) { return node("stream/close", ":source " + stream); }
std::string ask(std::string_view op, const std::string& operands) {
  return node("dao.stream.apply/call", ":op " + std::string(op) + " :operands [" + operands + "]");
}
const std::string kMake = "{:type :stream/make}";
const std::string kS = name("s"), kC = name("c");

HostTable host_of_tests() {
  HostTable host;
  host.grant("identity", [](Edit&, Words a) -> substrate::StatusOr<Word> { return a[0]; });
  host.grant("op/add", [](Edit& edit, Words a) -> substrate::StatusOr<Word> {
    return substrate::int_word(substrate::to_int(edit.pin(), a[0]) +
                               substrate::to_int(edit.pin(), a[1]));
  });
  host.grant("op/fail", [](Edit&, Words) -> substrate::StatusOr<Word> {
    return substrate::invalid_argument("it failed");
  });
  return host;
}

// What each gives as the atom "result"; "waits" when the agent does, "failed" when it failed.
std::string result_of(const std::string& program, vm::Projection projection) {
  TestDomain t;
  tests::load_data(*t.worker, call("atom", program + literal("\"result\"")));
  tests::run_ready(*t.worker, projection, {.fuel = 1, .steps = 3}, host_of_tests());
  const std::string result = tests::atom_text(*t.worker, "result");
  if (result != "no atom") return result;
  const Pin pin(*t.worker);
  const auto agents = scheduler::list_agents(pin);
  REQUIRE(agents.size() == 1);
  return agents[0].state;
}

struct Claim {
  std::string what;
  std::string program;
  std::string expected;
};

}  // namespace

TEST_CASE("operations of streams and of the host do what the original's tests pin") {
  const std::string kept = "{:type :try :name e :body ";
  const std::string message = " :handler " + call("ex-message", name("e")) + "}";
  std::string yields;  // until another agent waits
  for (int i = 0; i < 20; ++i) yields += call("yield", "");
  const std::vector<Claim> claims = {
      {"a stream has room for as many as it says (65)",
       let("s", node("stream/make", ":buffer 2"),
           in_order(put(kS, literal("1")) + put(kS, literal("2")) + literal(":room"))),
       ":room"},
      {"a put waits for room, in any position (65, 74, 82)",
       let("s", node("stream/make", ":buffer 2"),
           in_order(put(kS, literal("1")) + put(kS, literal("2")) + put(kS, literal("3")))),
       "waiting"},
      {"a put gives the value (66)", put(kMake, literal("[1]")), "[1]"},
      {"a cursor reads in order (67)",
       let("s c", kMake + cursor(kS),
           in_order(put(kS, literal("1")) + put(kS, literal("2")) +
                    call("+", next(kC) + next(kC)))),
       "3"},
      {"cursors are independent (68)",
       let("s c d", kMake + cursor(kS) + cursor(kS),
           in_order(put(kS, literal("1")) + put(kS, literal("2")) +
                    all_of(next(kC) + next(kC) + next(name("d"))))),
       "[1 2 1]"},
      {"nil goes through a stream (69)",
       let("s c", kMake + cursor(kS), in_order(put(kS, "{:type :literal}") + all_of(next(kC)))),
       "[nil]"},
      {"next waits at an open end (70)", next(cursor(kMake)), "waiting"},
      {"next at the end of a closed stream gives nil (71)",
       let("s", kMake, in_order(close(kS) + all_of(next(cursor(kS))))), "[nil]"},
      {"a put on a closed stream is an error (72)",
       let("s", kMake, in_order(close(kS) + kept + put(kS, literal("1")) + message)),
       "\"put!: the stream is closed\""},
      {"close gives nil (73, 83)", all_of(close(kMake)), "[nil]"},
      {"streams go through streams (77)",
       let("s c", kMake + cursor(kS),
           in_order(put(kS, kMake) +
                    let("t", next(kC),
                        let("d", cursor(name("t")),
                            in_order(put(name("t"), literal("5")) + next(name("d"))))))),
       "5"},
      {"what waits goes on with what is put later (79)",
       let("s c", kMake + cursor(kS),
           in_order(
               call("spawn", "{:type :lambda :params [] :body " + put(kS, literal("5")) + "}") +
               call("+", literal("100") + next(kC)))),
       "105"},
      {"an agent that waits is resumed, and who resumes it goes on",
       let("a",
           call("spawn", "{:type :lambda :params [] :body " +
                             call("atom", call("park", "") + literal("\"parked\"")) + "}"),
           in_order(yields + all_of("{:type :vm/resume :target " + name("a") + " :val " +
                                    literal("5") + "}"))),
       "[nil]"},
      {"the host answers (95)", ask(":identity", literal("42")), "42"},
      {"only the value of an answer is delivered (101)", ask(":identity", all_of(literal("42"))),
       "[42]"},
      {"without a grant a call is an error that says so (96, 97)",
       kept + ask(":no/op", "") + message,
       "\"call: the host does not grant :no/op; run with --grant\""},
      {"what a host operation fails with is raised (98)", kept + ask(":op/fail", "") + message,
       "\"call :op/fail: it failed\""},
      {"ten calls in a row (99)",
       "{:type :loop :names [i sum] :inits [" + literal("1") + literal("0") +
           "] :body {:type :if " + ":test " + call("<=", name("i") + literal("10")) +
           " :consequent {:type :recur :operands [" + call("inc", name("i")) +
           ask(":op/add", name("sum") + name("i")) + "]} :alternate " + name("sum") + "}}",
       "55"},
  };
  for (const Claim& claim : claims) {
    for (const vm::Projection projection : vm::kProjections) {
      INFO(claim.what << " by " << vm::projection_name(projection) << ": " << claim.program);
      CHECK(result_of(claim.program, projection) == claim.expected);
    }
  }
}
