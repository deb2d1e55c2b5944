// The programs of examples/, as a newcomer runs them: what they print, on every projection; and the
// adventure, played by somebody whose machine is switched off now and then.

#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "bindings/cli/exit_code.h"
#include "tests/cli/command.h"

namespace {

using Catch::Matchers::EndsWith;
using yin::cli::kExitOk;
using namespace yin::tests::cli;

const Strings kProjections = {"walk", "stack", "register", "native", "tiered"};

std::string example(const std::string& name) { return YIN_SOURCE_DIR "/examples/" + name; }

// `yin run` with options, the example, and its arguments.
Strings run_of(const std::string& name, const Strings& options, const Strings& arguments = {}) {
  Strings all = {"run", example(name)};
  all.insert(all.end(), options.begin(), options.end());
  all.push_back("--");
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

void check_prints(const Strings& command, const std::string& expected) {
  const Scratch scratch;
  const Ended ended = yin_(scratch, command);
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == expected);
}

}  // namespace

TEST_CASE("queens: agents of one process or two find all ways") {
  const std::string six =
      "4 ways to place 6 queens\nThe first of them:\n. Q . . . .\n. . . Q . .\n. . . . . Q\n"
      "Q . . . . .\n. . Q . . .\n. . . . Q .\n";
  for (const std::string& projection : kProjections) {
    check_prints(run_of("queens.clj", {"--projection", projection}, {"6"}), six);
  }
  check_prints(run_of("queens.clj", {"--processes", "2", "--threads", "2"}, {"6"}), six);
  check_prints(run_of("queens.clj", {}, {"3"}), "0 ways to place 3 queens\n");
  const Scratch scratch;
  const Ended eight = yin_(scratch, run_of("queens.clj", {"--threads", "2"}));
  CHECK(eight.out.starts_with("92 ways to place 8 queens\n"));
}

TEST_CASE("nbody: the energies that the benchmarks game prints") {
  check_prints(run_of("nbody.clj", {}), "-0.169075164\n-0.169087605\n");
  for (const std::string& projection : kProjections) {
    check_prints(run_of("nbody.clj", {"--projection", projection}, {"100"}),
                 "-0.169075164\n-0.169050762\n");
  }
}

TEST_CASE("interpreter: its own programs, and those of files with mistakes") {
  check_prints(run_of("interpreter.clj", {}),
               "41\nfib(15) = 610\ncounted to 20000\nproduct of 1 to 10: 3628800\n5\n"
               "line 2: expected a number, found \"ten\"\n");
  const Scratch scratch;
  const Strings programs = {
      scratch.program("let twice = fn(f, x) { f(f(x)) };\n"
                      "print(twice(fn(x) { x * x }, 3) == 81 and true, 7 / 2, -7 % 4, \"a\" + "
                      "\"b\", length(\"abc\"));",
                      "good"),
      scratch.program("let f = fn(x) { x };\n\nprint(f(1, 2));", "values"),
      scratch.program("print(1);\nprint((2);\n", "bracket"),
      scratch.program("print(1 / 0)", "zero"),
      scratch.program("# only\n\"open", "string"),
      scratch.program("if 1 < 2 { print(\"yes\") }; nowhere", "name"),
  };
  const std::string expected =
      "true 3 1 ab 3\nline 3: f takes 1 values, got 2\nline 2: expected ',', found ';'\n"
      "line 1: division by zero\nline 2: a string is not closed\nyes\n"
      "line 1: nothing is called nowhere\n";
  for (const std::string& projection : kProjections) {
    check_prints(
        run_of("interpreter.clj", {"--projection", projection, "--grant", "file"}, programs),
        expected);
  }
}

TEST_CASE("json: what it writes is read as the same, and written the same again") {
  const Scratch scratch;
  const std::string file = scratch.program(
      R"({"b": [0, -0, 1e3, 1E-2, 9223372036854775807, 12345678901234567890, 0.1], "c": [[], {}, ""],
  "a": "\" \\ \/ \b\f\n\r\t \u00e9 é \ud83d\ude00 😀 \u0000 \u007f", "d": [true, false, null],
	"e":{"x":{"y":[1,[2]]}}})",
      "a.json");
  const std::string written = R"({
  "a": "\" \\ / \u0008\u000c\n\r\t é é 😀 😀 \u0000 )"
                              "\x7f"
                              R"(",
  "b": [
    0,
    -0.0,
    1000.0,
    0.01,
    9223372036854775807,
    12345678901234567168.0,
    0.1
  ],
  "c": [
    [],
    {},
    ""
  ],
  "d": [
    true,
    false,
    null
  ],
  "e": {
    "x": {
      "y": [
        1,
        [
          2
        ]
      ]
    }
  }
}
)";
  for (const std::string& projection : kProjections) {
    check_prints(run_of("json.clj", {"--projection", projection, "--grant", "file"}, {file}),
                 written);
  }
  const std::string again = scratch.program(written, "b.json");
  check_prints(run_of("json.clj", {"--grant", "file"}, {again}), written);
}

TEST_CASE("json: what is no JSON is refused with its place") {
  const std::pair<const char*, const char*> bad[] = {
      {"", "1:1: expected a value, found the end of the text"},
      {"[1,]", "1:4: expected a value, found ']'"},
      {"{\"a\":1,}", "1:8: expected '\"', found '}'"},
      {"{\"a\" 1}", "1:6: expected ':', found '1'"},
      {"[\n  01]", "2:4: expected ']', found '1'"},
      {"[1e]", "1:4: expected a digit, found ']'"},
      {"-", "1:2: expected a digit, found the end of the text"},
      {".5", "1:1: expected a value, found '.'"},
      {"+1", "1:1: expected a value, found '+'"},
      {"NaN", "1:1: expected a value, found 'N'"},
      {"1e999", "1:1: 1e999 is too large for a double"},
      {"nul", "1:4: expected 'l', found the end of the text"},
      {"1 2", "1:3: expected the end of the text, found '2'"},
      {"\"abc", "1:5: the text ends within a string"},
      {"\"\t\"", "1:2: a control character within a string; write it as an escape"},
      {"\"\\x\"", "1:3: there is no escape \\ with 'x'"},
      {"\"\\u12g4\"", "1:6: expected a hexadecimal digit, found 'g'"},
      {"\"\\ud800\"", "1:8: expected '\\', found '\"'"},
      {"\"\\ud800\\u0041\"", "1:10: a high surrogate without a low one behind it"},
      {"\"\\udc00\"", "1:4: a low surrogate without a high one before it"},
  };
  const Scratch scratch;
  Strings files;
  std::string expected;
  for (const auto& [text, message] : bad) {
    files.push_back(scratch.program(text, std::to_string(files.size()) + ".json"));
    expected += files.back() + ":" + message + "\n";
  }
  check_prints(run_of("json.clj", {"--grant", "file"}, files), expected);
}

TEST_CASE("word_report: a Python program calls Clojure functions") {
  for (const std::string& projection : kProjections) {
    check_prints(run_of("word_report.py", {"--projection", projection}),
                 "16 words, 11 different\n    4  the\n    2  dog\n    2  fox\n");
  }
}

TEST_CASE("adventure: a game outlives its processes, and goes on from where it was saved") {
  const Scratch scratch;
  const std::string domain = scratch.path("game.yin");
  const auto command = [&](const std::string& verb, const std::string& projection) {
    Strings all = {"resume", domain};
    if (verb == "run") all = {"run", example("adventure.clj"), "--domain", domain};
    if (verb == "run") all.insert(all.end(), {"--grant", "console"});
    all.insert(all.end(), {"--projection", projection});
    return all;
  };
  {
    Command play(scratch, command("run", "walk"), RLIM_INFINITY, Input::kTyped);
    REQUIRE(play.shows("In the garden> "));
    play.type("north\neast\ntake lamp\ntake book\nwest\ndown\nsave cellar\n");
    REQUIRE(play.shows("Saved as \"cellar\"."));
    play.type("north\n");
    REQUIRE(play.shows("A troll bars the bridge."));
    play.type("noise\n");
    REQUIRE(play.shows("He holds up 2 fingers."));
    play.type("save riddle\n");
    REQUIRE(play.shows("Saved as \"riddle\"."));
    REQUIRE(play.shows("The troll listens> "));
    play.signal(SIGKILL);  // and its worker with it
    CHECK(play.end().code == 128 + SIGKILL);
  }
  {  // In the middle of the talk, by other processes: one try is gone, the second goes now.
    Command play(scratch, command("resume", "stack"), RLIM_INFINITY, Input::kTyped);
    play.type("wind\n");
    REQUIRE(play.shows("He holds up 1 finger."));
    play.signal(SIGKILL);
    CHECK(play.end().code == 128 + SIGKILL);
  }
  {  // From the saved game there are two tries again; then the older one, another way.
    Command play(scratch, command("resume", "native"), RLIM_INFINITY, Input::kTyped);
    play.type("load riddle\nwind\nload riddle\n");
    REQUIRE(play.shows("You are back where you saved \"riddle\"."));
    REQUIRE(play.shows("He holds up 1 finger."));
    REQUIRE(play.shows("You are back where you saved \"riddle\"."));
    play.type("silence\ntake crown\nsave vault\nload cellar\nbag\n");
    REQUIRE(play.shows("You take the crown."));
    REQUIRE(play.shows("You carry: book, lamp\n"));
    play.type("load vault\nsouth\nup\nsouth\n");
    REQUIRE(play.shows("You stand in the sun, and wear a crown. The end."));
    play.type("quit\n");
    const Ended ended = play.end();
    CHECK(ended.code == kExitOk);
    CHECK_THAT(ended.out, EndsWith("Farewell.\n"));
  }
  {  // The story has ended; a new one may load the games of the old.
    Command play(scratch, command("run", "register"), RLIM_INFINITY, Input::kTyped);
    play.type("bag\nload nowhere\nload riddle\nwind\nwater\nload vault\nbag\nquit\nquit\n");
    CHECK(play.shows("You carry: nothing"));
    CHECK(play.shows("There is no game \"nowhere\". There are: cellar, riddle, vault\n"));
    CHECK(play.shows("The troll throws you into the gorge.\nYou are no more.\n"));
    CHECK(play.shows("You carry: book, crown, lamp\n"));
    const Ended ended = play.end();
    INFO(ended.out << ended.err);
    CHECK(ended.code == kExitOk);
  }
  const Ended verified = yin_(scratch, {"verify", domain});
  INFO(verified.out);
  CHECK(verified.code == kExitOk);
}
