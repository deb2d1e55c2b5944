// `--grant console`: the lines of the standard input, from the outside.

#include <cstdint>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "bindings/cli/exit_code.h"
#include "tests/cli/command.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::cli::kExitInterrupted;
using yin::cli::kExitOk;
using yin::cli::kExitProgram;
using yin::cli::kExitStuck;
using namespace yin::tests::cli;

// Shows each line, then the end.
const std::string kEcho =
    "(def lines (call :console/lines))\n"
    "(loop [] (let [line (next! lines)]\n"
    "  (if (nil? line) (println :end) (do (prn line) (recur)))))\n";

Ended echoed(const Scratch& scratch, const std::string& typed) {
  Command echo(scratch, {"run", "--grant", "console", scratch.program(kEcho)}, RLIM_INFINITY,
               Input::kTyped);
  echo.type(typed);
  echo.end_input();
  return echo.end();
}

}  // namespace

TEST_CASE("a program reads its input line by line, and where it ends") {
  const Scratch scratch;
  const std::pair<const char*, const char*> cases[] = {
      {"", ":end\n"},
      {"\n", "\"\"\n:end\n"},
      {"one\ntwo\n", "\"one\"\n\"two\"\n:end\n"},
      {"no end", "\"no end\"\n:end\n"},
      {"dos\r\n\r\nr\rr\n", "\"dos\"\n\"\"\n\"r\\rr\"\n:end\n"},
      {"\xc3\xa9 \xff\n", "\"\xc3\xa9 \xef\xbf\xbd\"\n:end\n"},
  };
  for (const auto& [typed, expected] : cases) {
    const Ended ended = echoed(scratch, typed);
    INFO(ended.err);
    CHECK(ended.code == kExitOk);
    CHECK(ended.out == expected);
  }
}

TEST_CASE("a line of more than a mebibyte is cut, and nothing of it lost") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "(def lines (call :console/lines))\n"
      "(loop [sum 0] (let [line (next! lines)]\n"
      "  (if (nil? line) (println sum) (recur (+ sum (count line))))))\n");
  spill(scratch.path("long"), std::string(3'000'000, 'x') + "\ny\n");
  Command reads(scratch, {"run", program, "--grant", "console"}, RLIM_INFINITY, Input::kTyped);
  const std::string typed = slurp(scratch.path("long"));
  reads.type(typed);
  reads.end_input();
  CHECK(reads.end().out == "3000001\n");
}

TEST_CASE("agents that share the cursor share the lines, each line once") {
  const Scratch scratch;
  const std::string domain = scratch.path("sum.yin");
  const std::string program = scratch.program(
      "(def lines (call :console/lines))\n"
      "(def total (atom [0 0] \"total\"))\n"
      "(defn add []\n"
      "  (when-let [line (next! lines)]\n"
      "    (swap! total (fn [[n sum]] [(inc n) (+ sum (parse-long line))]))\n"
      "    (recur)))\n"
      "(dotimes [_ 3] (spawn add))\n");
  std::string typed;
  for (int i = 0; i < 2000; ++i) typed += std::to_string(i) + "\n";
  Command adds(scratch,
               {"run", program, "--domain", domain, "--grant", "console", "--processes", "2"},
               RLIM_INFINITY, Input::kTyped);
  adds.type(typed);
  adds.end_input();
  CHECK(adds.end().code == kExitStuck);  // one agent was told of the end, two wait for more
  CHECK(yin_(scratch, {"get", domain, "total"}).out == "[2000 1999000]\n");
}

TEST_CASE("where the input ends who waits for more goes on with the next one's") {
  const Scratch scratch;
  const std::string domain = scratch.path("lines.yin");
  const std::string program = scratch.program(
      "(def lines (call :console/lines))\n"
      "(loop [n 0] (let [line (next! lines)]\n"
      "  (if (= line \"stop\") (println n)\n"
      "    (do (println n line) (recur (inc n))))))\n");
  Command first(scratch, {"run", program, "--domain", domain, "--grant", "console"}, RLIM_INFINITY,
                Input::kTyped);
  first.type("a\n");
  first.end_input();
  const Ended ended = first.end();
  CHECK(ended.code == kExitStuck);
  CHECK(ended.out == "0 a\n1 nil\n");
  CHECK_THAT(ended.err, ContainsSubstring("the input has ended"));
  CHECK_THAT(ended.err, ContainsSubstring("yin resume " + domain));

  Command interrupted(scratch, {"resume", domain}, RLIM_INFINITY, Input::kTyped);
  interrupted.type("b\n");
  REQUIRE(interrupted.shows("2 b\n"));
  interrupted.signal(SIGINT);
  CHECK(interrupted.end().code == kExitInterrupted);

  Command last(scratch, {"resume", domain}, RLIM_INFINITY, Input::kTyped);
  last.type("c\nstop\n");
  const Ended stopped = last.end();
  INFO(stopped.err);
  CHECK(stopped.code == kExitOk);
  CHECK(stopped.out == "3 c\n4\n");
}

TEST_CASE("a Python program reads lines with input()") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "total = 0\n"
      "while True:\n"
      "    try:\n"
      "        line = input('number? ')\n"
      "    except EOFError as e:\n"
      "        print(e)\n"
      "        break\n"
      "    try:\n"
      "        total += int(line)\n"
      "    except ValueError as e:\n"
      "        print(e)\n"
      "print(total, 'in all')\n",
      "sum.py");
  Command sums(scratch, {"run", program, "--grant", "console"}, RLIM_INFINITY, Input::kTyped);
  sums.type("1\nx\n41\n");
  sums.end_input();
  const Ended ended = sums.end();
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK(ended.out ==
        "number? number? invalid literal for int() with base 10: 'x'\nnumber? number? "
        "EOF when reading a line\n42 in all\n");
}

TEST_CASE("the console is read only where it was granted, and only while somebody waits") {
  const Scratch scratch;
  check_refused(yin_(scratch, {"run", scratch.program(kEcho)}), kExitProgram,
                "the host does not grant :console/lines");
  check_refused(
      yin_(scratch, {"run", scratch.program("(call :console/lines 1)"), "--grant", "console"}),
      kExitProgram, "console/lines takes nothing");
  // Nobody reads: the program ends although the input does not.
  Command silent(scratch, {"run", scratch.program("(println 1)"), "--grant", "console"},
                 RLIM_INFINITY, Input::kTyped);
  CHECK(silent.end().out == "1\n");
  // Agents that wait for something else are stuck all the same.
  Command stuck(scratch,
                {"run", scratch.program("(next! (cursor (stream)))"), "--grant", "console"},
                RLIM_INFINITY, Input::kTyped);
  const Ended ended = stuck.end();
  CHECK(ended.code == kExitStuck);
  CHECK_THAT(ended.err, ContainsSubstring("stuck"));
}
