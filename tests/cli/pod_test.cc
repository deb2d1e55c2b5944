// `yin pod` from outside, as a client of the protocol sees it: each case starts the built command
// and talks with it. What bb itself would run of it, pod_client.clj, is run by pod_client_test.clj
// where there is a Clojure.

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "bindings/cli/exit_code.h"
#include "tests/cli/pod_client.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::cli::Bencode;
using yin::cli::BencodeDictionary;
using yin::cli::BencodeList;
using yin::tests::PodAnswer;
using yin::tests::PodClient;
using yin::tests::Random;
using yin::tests::Scratch;

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "[1 3844" + " 5]"
std::string with(const std::string& atom, const std::string& rest = "") {
  return "[" + atom + (rest.empty() ? "" : " " + rest) + "]";
}

struct OneAtom {
  explicit OneAtom(const std::string& value)
      : domain(pod.open(scratch.file("a.yin"))), atom(pod.atom(domain, "a", value)) {}
  std::string deref() { return pod.ask("deref*", with(atom)); }
  PodAnswer swap(const std::string& operation, const std::string& arguments = "") {
    return pod.call("swap!*", with(atom, operation + " [" + arguments + "]"));
  }

  Scratch scratch;
  PodClient pod;
  std::string domain;
  std::string atom;
};

void check_refused(const PodAnswer& answer, const std::string& type, const std::string& sentence) {
  INFO("value: " << answer.value);
  CHECK(answer.error);
  CHECK(answer.done);
  CHECK_THAT(answer.message, ContainsSubstring(sentence));
  CHECK_THAT(answer.data, ContainsSubstring(":type :yin/" + type));
}

}  // namespace

TEST_CASE("a pod describes itself: EDN, its calls, code for the client") {
  PodClient pod;
  REQUIRE(pod.write("d2:op8:describee"));
  const Bencode reply(*pod.receive());
  CHECK(reply.string_at("format") == "edn");
  CHECK(reply.entries.at("ops").entries.contains("shutdown"));
  CHECK(reply.entries.at("readers").entries.contains("yin/bytes"));
  const BencodeList& spaces = reply.entries.at("namespaces").list;
  REQUIRE(spaces.size() == 1);
  CHECK(spaces[0].string_at("name") == "pod.yin");
  std::set<std::string> names;
  for (const Bencode& var : spaces[0].entries.at("vars").list) {
    const std::string name = var.string_at("name");
    const std::string code = var.string_at("code");
    INFO(name);
    CHECK(names.insert(name).second);
    CHECK(std::ranges::count(code, '(') == std::ranges::count(code, ')'));
    CHECK((code.empty() || code.starts_with("(def")));
  }
  for (const char* name : {"open", "close", "atom", "deref", "reset!", "swap!", "compare-and-set!",
                           "transact", "snapshot", "watch", "unwatch", "atoms", "open*", "watch*"})
    CHECK(names.contains(name));
  pod.send({{"op", "describe"}, {"id", "7"}});
  CHECK(Bencode(*pod.receive()).string_at("id") == "7");
  pod.send({{"op", "shutdown"}, {"id", "8"}});
  CHECK(pod.wait() == yin::cli::kExitOk);
}

TEST_CASE("atoms are made, found, set, compared, renamed and deleted") {
  OneAtom one("{:a 1}");
  PodClient& pod = one.pod;
  CHECK(one.deref() == "{:a 1}");
  CHECK(pod.ask("deref*", "(" + one.atom + ")") == "{:a 1}");  // bb sends a list
  CHECK(pod.atom(one.domain, "a", "2") == one.atom);
  CHECK(pod.ask("reset!*", with(one.atom, "[1 \"two\" \\c 4.5 #{6} nil]")) == "nil");
  CHECK(one.deref() == "[1 \"two\" \\c 4.5 #{6} nil]");
  CHECK(pod.ask("compare-and-set!*", with(one.atom, "1 2")) == "false");
  CHECK(pod.ask("compare-and-set!*", with(one.atom, "(1 \"two\" \\c 4.5 #{6} nil) 2")) == "true");
  CHECK(one.deref() == "2");
  pod.atom(one.domain, "b \\\"c\\\"", "1");
  CHECK(pod.ask("atoms*", with(one.domain)) == "[\"a\" \"b \\\"c\\\"\"]");
  CHECK(pod.ask("find-atom*", with(one.domain, "\"x\"")) == "nil");
  pod.ask("rename-atom*", with(one.domain, "\"a\" \"x\""));
  CHECK_THAT(pod.ask("find-atom*", with(one.domain, "\"x\"")), ContainsSubstring(":name \"x\""));
  CHECK(one.deref() == "2");
  pod.ask("delete-atom*", with(one.domain, "\"x\""));
  CHECK(pod.ask("atoms*", with(one.domain)) == "[\"b \\\"c\\\"\"]");
  check_refused(pod.call("deref*", with(one.atom)), "not-found", "deleted");
}

TEST_CASE("values come back as they were sent") {
  OneAtom one("nil");
  for (const char* text :
       {"nil", "true", "-9223372036854775808", "123456789012345678901234567890N", "22/7", "##Inf",
        "-0.0", "1e-300", "\"a\\n\\\"\\u0000\"", "\\newline", ":a/b", "a/b", "()", "(1 (2))",
        "[[] {} #{}]", "#inst \"2026-03-01T12:00:00.000-00:00\"",
        "#uuid \"3b8a31ed-fd89-4f1b-a00f-42e3d60cf5ce\"", "#yin/bytes \"AAEC\"", "#my/tag [1]"}) {
    INFO(text);
    one.pod.ask("reset!*", with(one.atom, text));
    CHECK(one.deref() == text);
  }
  one.pod.ask("reset!*", with(one.atom, "^{:by \"others\"} [1]"));
  CHECK(one.deref() == "[1]");  // metadata is not sent
  const std::string large = "\"" + std::string(20'000'000, 'x') + "\"";
  one.pod.ask("reset!*", with(one.atom, large));
  CHECK(one.deref() == large);
}

TEST_CASE("named operations do what Clojure's functions of those names do") {
  struct Case {
    const char *before, *operation, *arguments, *after;
  };
  const Case cases[] = {
      {"1", "inc", "", "2"},
      {"1.5", "dec", "", "0.5"},
      {"1", "+", "2 3", "6"},
      {"1", "+", "", "1"},
      {"1", "+", "0.5", "1.5"},
      {"9223372036854775806", "inc", "", "9223372036854775807"},
      {"5", "-", "", "-5"},
      {"5", "-", "1 2", "2"},
      {"5", "*", "2 3", "30"},
      {"5", "max", "3 9 2", "9"},
      {"5", "min", "3.5 9", "3.5"},
      {"5", "max", "5.0", "5.0"},
      {"5.0", "min", "5", "5"},
      {"9223372036854775807", "max", "1", "9223372036854775807"},
      {"##NaN", "max", "1", "##NaN"},
      {"1", "min", "##NaN 2", "##NaN"},
      {"0.0", "-", "", "-0.0"},
      {"nil", "not", "", "true"},
      {"0", "not", "", "false"},
      {"nil", "assoc", ":a 1", "{:a 1}"},
      {"{:a 1}", "assoc", ":a 2", "{:a 2}"},
      {"[1 2]", "assoc", "1 3 2 4", "[1 3 4]"},
      {"{:a {:b 1}}", "assoc-in", "[:a :b] 2", "{:a {:b 2}}"},
      {"nil", "assoc-in", "[:a :b] 2", "{:a {:b 2}}"},
      {"{:a 1}", "update", ":a inc", "{:a 2}"},
      {"{:a 1}", "update", ":a + 4 5", "{:a 10}"},
      {"{:a [1 {:b 2}]}", "update-in", "[:a 1 :b] inc", "{:a [1 {:b 3}]}"},
      {"nil", "update-in", "[:a] conj 1", "{:a (1)}"},
      {"nil", "update-in", "[:a] (fnil inc 41)", "{:a 42}"},
      {"{:a 1}", "update-in", "[:a] (fnil inc 41)", "{:a 2}"},
      {"{:a {:b {:c 1}}}", "update", ":a update :b assoc :c 2", "{:a {:b {:c 2}}}"},
      {"{:a 1}", "dissoc", ":a :b", "{}"},
      {"nil", "dissoc", ":a", "nil"},
      {"{:a 1}", "merge", "{:a 2} nil", "{:a 2}"},
      {"nil", "merge", "nil {:a 2}", "{:a 2}"},
      {"nil", "conj", "1 2", "(2 1)"},
      {"[1]", "conj", "2 3", "[1 2 3]"},
      {"#{1}", "conj", "1", "#{1}"},
      {"{}", "conj", "[:a 1] {:a 2}", "{:a 2}"},
      {"#{1}", "disj", "1 2", "#{}"},
      {"nil", "disj", "1", "nil"},
      {"[1 2]", "pop", "", "[1]"},
      {"(1 2)", "pop", "", "(2)"},
  };
  OneAtom one("nil");
  for (const Case& c : cases) {
    INFO(c.before << ' ' << c.operation << ' ' << c.arguments);
    one.pod.ask("reset!*", with(one.atom, c.before));
    const PodAnswer answer = one.swap(c.operation, c.arguments);
    INFO(answer.message);
    CHECK(answer.value == c.after);
    CHECK(one.deref() == c.after);
  }
}

TEST_CASE("an operation that cannot be done says why, and changes nothing") {
  struct Case {
    const char *before, *operation, *arguments, *type, *sentence;
  };
  std::string fnils;
  for (int i = 0; i < 300; ++i) fnils += "(fnil ";
  fnils += "inc";
  for (int i = 0; i < 300; ++i) fnils += " 0)";
  std::string path = "[";
  for (int i = 0; i < 300; ++i) path += "1 ";
  path += "]";
  const Case cases[] = {
      {"nil", "inc", "", "wrong-type", "not nil"},
      {"\"a\"", "+", "1", "wrong-type", "not string"},
      {":a", "+", "", "wrong-type", "not keyword"},
      {"1", "max", "nil", "wrong-type", "not nil"},
      {"9223372036854775807", "inc", "", "out-of-range", "overflow"},
      {"5N", "*", "9223372036854775807", "out-of-range", "overflow"},
      {"22/7", "inc", "", "wrong-type", "function of yours"},
      {"1", "frobnicate", "", "invalid-argument", "frobnicate is no operation"},
      {"1", "inc", "2", "invalid-argument", "wrong number of arguments (1) to inc"},
      {"1", ":inc", "", "invalid-argument", "no operation"},
      {"1", "(inc)", "", "invalid-argument", "no operation"},
      {"{}", "assoc", ":a", "invalid-argument", "wrong number of arguments"},
      {"{}", "assoc", ":a 1 :b", "invalid-argument", "a value is missing"},
      {"[1]", "assoc", "5 1", "out-of-range", ""},
      {"1", "assoc", ":a 1", "wrong-type", ""},
      {"1", "conj", "1", "wrong-type", ""},
      {"{}", "conj", "1", "wrong-type", "[key value]"},
      {"[1]", "merge", "{}", "wrong-type", "merge takes maps"},
      {"[]", "pop", "", "out-of-range", ""},
      {"{:a 1}", "assoc-in", "[:a :b] 2", "wrong-type", ""},
      {"{}", "update-in", "[] inc", "invalid-argument", "path"},
      {"{}", "update-in", ":a inc", "invalid-argument", "path"},
  };
  OneAtom one("nil");
  for (const Case& c : cases) {
    INFO(c.before << ' ' << c.operation << ' ' << c.arguments);
    one.pod.ask("reset!*", with(one.atom, c.before));
    const std::string before = one.deref();
    check_refused(one.swap(c.operation, c.arguments), c.type, c.sentence);
    CHECK(one.deref() == before);
  }
  check_refused(one.swap(fnils), "invalid-argument", "too deep");
  check_refused(one.swap("assoc-in", path + " 1"), "invalid-argument", "path");
}

TEST_CASE("a reading is committed if nothing has changed, else it is read again") {
  OneAtom one("[1]");
  PodClient& pod = one.pod;
  const std::string number = one.atom.substr(one.atom.find(' ') + 1);
  const auto commit = [&](const std::string& reading, const std::string& value) {
    return pod.ask("commit*", with(one.domain, reading + " [" + number + "] [" + value + "]"));
  };
  const std::string begun = "[" + one.domain + " [" + number + "]]";
  CHECK(pod.ask("begin*", begun) == "[1 [[1]]]");
  CHECK(commit("1", "[2]") == "nil");
  CHECK(one.deref() == "[2]");
  CHECK(commit("1", "[3]") == "[2 [[2]]]");  // a reading is good for once
  CHECK(one.deref() == "[2]");
  one.pod.ask("reset!*", with(one.atom, "[1]"));
  one.pod.ask("reset!*", with(one.atom, "[2]"));
  CHECK(commit("2", "[3]") == "[3 [[2]]]");  // equal, but not the same
  CHECK(commit("3", "[3]") == "nil");
  CHECK(one.deref() == "[3]");
  CHECK(commit("77", "[9]") == "[4 [[3]]]");
  pod.ask("forget*", with(one.domain, "4"));
  CHECK(commit("4", "[9]") == "[5 [[3]]]");
  for (int i = 0; i < 300; ++i) pod.ask("begin*", begun);
  CHECK(commit("5", "[9]") == "[306 [[3]]]");  // long gone
  check_refused(pod.call("commit*", with(one.domain, "306 [" + number + "] []")),
                "invalid-argument", "as many values");
  check_refused(pod.call("begin*", with(one.domain, "[1234567]")), "invalid-argument", "no atom");
  CHECK(one.deref() == "[3]");
}

TEST_CASE("several atoms change at one instant, and are read at one") {
  OneAtom one("1");
  PodClient& pod = one.pod;
  PodClient other;
  const std::string theirs = other.open(one.scratch.file("a.yin"));
  const std::string b = pod.atom(one.domain, "b", "-1");
  const std::string atoms =
      "[" + one.atom.substr(one.domain.size() + 1) + " " + b.substr(one.domain.size() + 1) + "]";
  CHECK(pod.ask("begin*", with(one.domain, atoms)) == "[1 [1 -1]]");
  CHECK(pod.ask("commit*", with(one.domain, "1 " + atoms + " [2 -2]")) == "nil");
  CHECK(other.ask("snapshot*", with(theirs, "nil")) == "{\"a\" 2, \"b\" -2}");
  CHECK(pod.ask("snapshot*", with(one.domain, atoms)) == "[2 -2]");
  CHECK(pod.ask("begin*", with(one.domain, atoms)) == "[2 [2 -2]]");
  other.ask("swap!*", with(other.atom(theirs, "b", "0"), "dec []"));
  CHECK(pod.ask("commit*", with(one.domain, "2 " + atoms + " [3 -3]")) == "[3 [2 -3]]");
  CHECK(pod.ask("snapshot*", with(one.domain, "nil")) == "{\"a\" 2, \"b\" -3}");
}

TEST_CASE("a watch of every change tells all of them, in order, from another process too") {
  OneAtom one("0");
  PodClient& pod = one.pod;
  const std::string watch = pod.start("watch*", with(one.atom, ":every"));
  const PodAnswer started = pod.next_of(watch);
  CHECK(started.value == "{:watch 1}");
  CHECK(!started.done);
  const int changes = yin::test::effort(2000);
  PodClient other;
  const std::string theirs = other.atom(other.open(one.scratch.file("a.yin")), "a", "0");
  std::string last;
  for (int i = 0; i < changes; ++i) last = other.start("swap!*", with(theirs, "inc []"));
  other.next_of(last);
  for (int i = 0; i < changes; ++i) {
    const PodAnswer change = pod.next_of(watch);
    REQUIRE(change.value ==
            "{:before " + std::to_string(i) + ", :after " + std::to_string(i + 1) + "}");
    CHECK(!change.done);
  }
  CHECK(pod.ask("unwatch*", with(one.domain, "1")) == "true");
  CHECK(pod.next_of(watch).done);
  CHECK(pod.ask("unwatch*", with(one.domain, "1")) == "false");
}

TEST_CASE("a watch of the latest ends at the last value, and is told of the deletion") {
  OneAtom one("0");
  PodClient& pod = one.pod;
  const std::string watch = pod.start("watch*", with(one.atom, ":latest"));
  pod.next_of(watch);
  for (int i = 0; i < 100; ++i) pod.start("swap!*", with(one.atom, "inc []"));
  std::string after = "0";
  while (after != "100") {
    const PodAnswer change = pod.next_of(watch);
    CHECK(PodClient::part(change.value, ":before ") == after);
    after = PodClient::part(change.value, ":after ");
  }
  pod.ask("delete-atom*", with(one.domain, "\"a\""));
  CHECK(pod.next_of(watch).value == "{:before 100, :deleted true}");
  CHECK(pod.next_of(watch).done);
}

TEST_CASE("who does not read holds up nobody, and gets it all in the end") {
  OneAtom one("0");
  PodClient& pod = one.pod;
  const std::string text = "\"" + std::string(10'000, 'x') + "\"";
  const std::string watch = pod.start("watch*", with(one.atom, ":every"));
  pod.next_of(watch);
  PodClient other;
  const std::string theirs = other.atom(other.open(one.scratch.file("a.yin")), "a", "0");
  const int changes = 300;  // many times what a pipe holds
  for (int i = 0; i < changes; ++i)
    other.ask("reset!*", with(theirs, "[" + std::to_string(i) + " " + text + "]"));
  for (int i = 0; i < changes; ++i) {
    CHECK_THAT(pod.next_of(watch).value,
               ContainsSubstring(":after [" + std::to_string(i) + " \"x"));
  }
}

TEST_CASE("watches end with their domain, and the pod with its watches") {
  OneAtom one("0");
  PodClient& pod = one.pod;
  const std::string first = pod.start("watch*", with(one.atom, ":every"));
  pod.next_of(first);
  pod.ask("close*", with(one.domain));
  CHECK(pod.next_of(first).done);
  check_refused(pod.call("deref*", with(one.atom)), "closed", "is not open");
  const std::string domain = pod.open(one.scratch.file("a.yin"));
  pod.next_of(pod.start("watch*", with(pod.atom(domain, "a", "0"), ":latest")));
  pod.close_input();
  CHECK(pod.wait() == yin::cli::kExitOk);
}

TEST_CASE("a pod leaves though its client does not read") {
  const std::string text = "\"" + std::string(10'000, 'x') + "\"";
  SECTION("watches tell more than a pipe holds") {
    const bool by_signal = GENERATE(false, true);
    OneAtom one("0");
    PodClient& pod = one.pod;
    pod.next_of(pod.start("watch*", with(one.atom, ":every")));
    PodClient other;
    const std::string theirs = other.atom(other.open(one.scratch.file("a.yin")), "a", "0");
    for (int i = 0; i < 100; ++i) other.ask("reset!*", with(theirs, text));
    by_signal ? pod.signal(SIGTERM) : pod.close_input();
    CHECK(pod.wait() == (by_signal ? yin::cli::kExitInterrupted : yin::cli::kExitOk));
  }
  SECTION("answers do") {
    OneAtom one(text);
    PodClient& pod = one.pod;
    std::string calls;
    for (int i = 0; i < 50; ++i) {
      calls += yin::cli::encode(BencodeDictionary{{"op", "invoke"},
                                                  {"id", std::to_string(i)},
                                                  {"var", "pod.yin/deref*"},
                                                  {"args", with(one.atom)}});
    }
    pod.write(calls);
    CHECK(pod.next_of("0").value == text);
    pod.signal(SIGTERM);
    CHECK(pod.wait() == yin::cli::kExitInterrupted);
  }
  SECTION("its output is closed") {
    OneAtom one("0");
    PodClient& pod = one.pod;
    pod.next_of(pod.start("watch*", with(one.atom, ":every")));
    pod.close_output();
    for (int i = 0; i < 100; ++i) pod.start("swap!*", with(one.atom, "inc []"));
    pod.close_input();
    CHECK(pod.wait() == yin::cli::kExitOk);
    PodClient other;
    CHECK(other.ask("deref*", with(other.atom(other.open(one.scratch.file("a.yin")), "a", "0"))) ==
          "100");
  }
}

TEST_CASE("two pods count to 100,000 together, exactly") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const int half = yin::test::effort(50'000);
  const int own = half / 10;  // by a function of the client's
  const auto count = [&] {
    PodClient pod;
    const std::string domain = pod.open(path);
    const std::string atom = pod.atom(domain, "a", "0");
    const std::string atoms = "[" + atom.substr(domain.size() + 1) + "]";
    for (int i = 0; i < half - own;) {  // what fits a pipe, then wait
      std::string last;
      for (int row = 0; row < 200 && i < half - own; ++row, ++i)
        last = pod.start("swap!*", with(atom, "inc []"));
      pod.next_of(last);
    }
    for (int i = 0; i < own; ++i) {
      std::string read = pod.ask("begin*", with(domain, atoms));
      while (read != "nil") {  // [reading [value]]
        const std::string reading = read.substr(1, read.find(' ') - 1);
        const auto value = std::stoll(read.substr(read.find(' ') + 2));
        read = pod.ask("commit*", with(domain, reading + " " + atoms + " [" +
                                                   std::to_string(value + 1) + "]"));
      }
    }
  };
  yin::tests::Child other([&] {
    count();
    return 0;
  });
  count();
  CHECK(other.wait() == 0);
  PodClient pod;
  CHECK(pod.ask("deref*", with(pod.atom(pod.open(path), "a", "0"))) == std::to_string(2 * half));
}

TEST_CASE("a pod that is killed takes nothing of what it has answered with it") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int round = 0; round < yin::test::effort(5); ++round) {
    PodClient killed;
    const std::string atom = killed.atom(killed.open(path), std::to_string(round), "0");
    std::vector<std::string> calls;
    for (int i = 0; i < 300; ++i) calls.push_back(killed.start("swap!*", with(atom, "inc []")));
    const auto answered = random.below(300);
    for (std::uint64_t i = 0; i <= answered; ++i) killed.next_of(calls[i]);
    killed.signal(SIGKILL);
    CHECK(killed.wait() == -SIGKILL);
    PodClient other;
    const std::string theirs = other.atom(other.open(path), std::to_string(round), "0");
    const int count = std::stoi(other.ask("deref*", with(theirs)));
    CHECK(count >= static_cast<int>(answered) + 1);
    CHECK(count <= 300);
  }
}

TEST_CASE("a call that makes no sense is told so, and the next one is answered") {
  OneAtom one("1");
  PodClient& pod = one.pod;
  const std::string number = one.atom.substr(one.domain.size() + 1);
  check_refused(pod.call("no-such", "[]"), "not-found", "no var pod.yin/no-such");
  check_refused(pod.call("deref*", "[99 1]"), "closed", "domain 99 is not open");
  check_refused(pod.call("deref*", "[]"), "closed", "the first argument");
  check_refused(pod.call("deref*", "nil"), "closed", "the first argument");
  check_refused(pod.call("deref*", "{1 2}"), "closed", "the first argument");
  check_refused(pod.call("deref*", "(" + one.domain + ")"), "invalid-argument", "not 1 arguments");
  check_refused(pod.call("deref*", ""), "closed", "the first argument");
  check_refused(pod.call("deref*", "[" + one.domain), "invalid-argument", "line 1");
  check_refused(pod.call("deref*", "[" + one.domain + "] 2"), "invalid-argument", "");
  check_refused(pod.call("deref*", with(one.domain)), "invalid-argument", "takes [domain atom]");
  check_refused(pod.call("deref*", with(one.atom, "1")), "invalid-argument", "not 3 arguments");
  check_refused(pod.call("deref*", with(one.domain, number + "0")), "invalid-argument", "no atom");
  check_refused(pod.call("deref*", with(one.domain, ":a")), "invalid-argument", "no atom");
  check_refused(pod.call("atom*", with(one.domain, ":a 1")), "invalid-argument", "is a string");
  check_refused(pod.call("reset!*", with(one.atom, "1M")), "invalid-argument", "line 1");
  check_refused(pod.call("rename-atom*", with(one.domain, "\"x\" \"y\"")), "not-found", "x");
  check_refused(pod.call("open*", "[\"/no/such/place.yin\" nil]"), "not-found", "/no/such/place");
  check_refused(pod.call("open*", "[:a nil]"), "invalid-argument", "a string");
  check_refused(pod.call("open*", "["), "invalid-argument", "line 1");
  const std::string path = one.scratch.file("a.yin");
  check_refused(pod.call("open*", "[\"" + path + "\" {:mode :create}]"), "already-exists", path);
  check_refused(pod.call("open*", "[\"" + path + "\" {:mode :x}]"), "invalid-argument", ":mode");
  check_refused(pod.call("open*", "[\"" + path + "\" {:size 1}]"), "invalid-argument", ":capacity");
  pod.send({{"op", "frobnicate"}, {"id", "a"}});
  check_refused(pod.next_of("a"), "invalid-argument", "no such op");
  pod.send({{"id", "b"}});
  check_refused(pod.next_of("b"), "invalid-argument", "no such op");
  pod.write("i1e");
  check_refused(pod.next_of(""), "invalid-argument", "no such op");
  CHECK(one.deref() == "1");
}

TEST_CASE("a domain is read without a write, and has the size and durability that are asked for") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  PodClient pod;
  const std::string domain = pod.open(path, "{:capacity 100000000 :durability :commit}");
  pod.atom(domain, "a", "[1 2]");
  pod.ask("flush*", with(domain));
  const std::string stat = pod.ask("stat*", with(domain));
  CHECK(std::stoll(PodClient::part(stat, ":capacity-bytes ")) >= 100'000'000);
  CHECK(std::stoll(PodClient::part(stat, ":capacity-bytes ")) < 200'000'000);
  pod.ask("close*", with(domain));
  const auto before = yin::tests::bytes_of(path);
  const std::string opened = pod.ask("open*", "[\"" + path + "\" {:mode :read-only}]");
  CHECK_THAT(opened, ContainsSubstring(":read-only true"));
  const std::string look = PodClient::part(opened, ":domain ");
  const std::string found = pod.ask("find-atom*", with(look, "\"a\""));
  const std::string atom = look + " " + PodClient::part(found, ":atom ");
  CHECK(pod.ask("deref*", with(atom)) == "[1 2]");
  check_refused(pod.call("reset!*", with(atom, "3")), "permission-denied", "");
  check_refused(pod.call("swap!*", with(atom, "conj [3]")), "permission-denied", "");
  pod.ask("close*", with(look));
  CHECK(yin::tests::bytes_of(path) == before);
}

TEST_CASE("a full domain says so and keeps what it has") {
  Scratch scratch;
  PodClient pod;
  const std::string domain = pod.open(scratch.file("a.yin"), "{:capacity 1}");
  const std::string atom = pod.atom(domain, "a", "\"small\"");
  const std::string large = "\"" + std::string(100'000'000, 'x') + "\"";
  PodAnswer answer;
  for (int i = 0; i < 10 && !answer.error; ++i)
    answer = pod.call("atom*", with(domain, "\"" + std::to_string(i) + "\" " + large));
  check_refused(answer, "resource-exhausted", "");
  CHECK(pod.ask("deref*", with(atom)) == "\"small\"");
}

TEST_CASE("input that is no bencode ends the pod with a sentence") {
  Scratch scratch;
  const std::string errors = scratch.file("errors");
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(40); ++i) {
    PodClient pod(errors);
    std::string text =
        yin::cli::encode(BencodeDictionary{{"op", "invoke"},
                                           {"id", "1"},
                                           {"var", "pod.yin/open*"},
                                           {"args", "[\"" + scratch.file("a.yin") + "\" nil]"}});
    for (auto n = random.below(4); n > 0; --n)
      text[random.below(text.size())] = static_cast<char>(random.bits());
    INFO(text);
    (void)pod.write(text);
    pod.close_input();
    while (pod.receive()) {  // whatever it says is a whole message
    }
    const int code = pod.wait();
    CHECK((code == yin::cli::kExitOk || code == yin::cli::kExitUsage));
    CHECK((code == yin::cli::kExitOk) == slurp(errors).empty());
  }
  PodClient pod(errors);
  (void)pod.write("d2:op6:invoke4:args999999999:");
  CHECK(pod.wait() == yin::cli::kExitUsage);
  CHECK_THAT(slurp(errors), ContainsSubstring("larger than 256 MiB"));
}

TEST_CASE("a signal ends a pod between two calls; SIGINT is its client's affair") {
  PodClient terminated;
  terminated.write("d2:op8:describee");
  REQUIRE(terminated.receive());
  terminated.signal(SIGTERM);
  CHECK(terminated.wait() == yin::cli::kExitInterrupted);

  PodClient alone("/dev/null", false);
  alone.write("d2:op8:describee");
  REQUIRE(alone.receive());
  alone.signal(SIGINT);
  CHECK(alone.wait() == yin::cli::kExitInterrupted);

  PodClient pod;
  pod.write("d2:op8:describee");
  REQUIRE(pod.receive());
  pod.signal(SIGINT);
  pod.write("d2:op8:describee");
  REQUIRE(pod.receive());
  pod.close_input();
  CHECK(pod.wait() == yin::cli::kExitOk);
}
