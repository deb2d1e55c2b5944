// `yin repl`, piped and on a pseudo-terminal, and the examples of its guide.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "ast/reader.h"
#include "vm/prelude.h"
#include "vm/primitive.h"
#include "bindings/cli/definition.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/history.h"
#include "bindings/cli/words.h"
#include "tests/cli/command.h"
#include "tests/cli/terminal.h"

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using namespace yin::cli;
using namespace yin::tests::cli;

std::string output_of(const Scratch& scratch, const std::string& input,
                      const Strings& arguments = {"repl"}) {
  const Ended ended = yin_with(scratch, input, arguments);
  INFO(ended.out << ended.err);
  CHECK(ended.err.empty());
  CHECK(ended.code == kExitOk);
  return ended.out;
}

const Strings kPython = {"repl", "--lang", "python"};

}  // namespace

TEST_CASE("piped, the repl prints the value of every form and no prompt") {
  const Scratch scratch;
  CHECK(output_of(scratch, "(+ 1 2) :a\n\n; nothing\n(println \"x\")\n[1\n 2]") ==
        "3\n:a\nx\nnil\n[1 2]\n");
  CHECK(output_of(scratch, "") == "");
  CHECK(output_of(scratch, "1\n(exit)\n2\n") == "1\n");
}

TEST_CASE("the repl keeps definitions, macros and names of namespaces from form to form") {
  const Scratch scratch;
  CHECK(
      output_of(scratch,
                "(def n 2) (defn f [x] (* n x))\n(f 4)\n(def n 5)\n(f 4)\n"
                "(defn twice [x] `(do ~x ~x))\n(defmacro both [x] (twice x))\n(both (println 1))\n"
                "(require '[clojure.string :as s])\n(s/join \"-\" [1 2])\n"
                "(defn map [& x] :mine)\n(map inc [1])\n") ==
      "2\n#yin/closure \"f\"\n8\n5\n20\n#yin/closure \"twice\"\nboth\n1\n1\nnil\nnil\n\"1-2\"\n"
      "#yin/closure \"map\"\n:mine\n");
}

TEST_CASE("*1 *2 *3 are the last values and *e the last error, which ends nothing") {
  const Scratch scratch;
  const Ended ended =
      yin_with(scratch, "1 2 3\n[*1 *2 *3]\n(nth [1] 9)\n(ex-kind *e)\n*1\n", {"repl"});
  CHECK(ended.out == "1\n2\n3\n[3 2 1]\n:index\n:index\n");
  CHECK_THAT(ended.err, ContainsSubstring("repl:3:1: "));
  CHECK_THAT(ended.err, ContainsSubstring("  (nth [1] 9)\n  ^\n"));
  CHECK(ended.code == kExitProgram);
}

TEST_CASE("an error in the repl names the line on which its function was typed") {
  const Scratch scratch;
  const Ended ended = yin_with(scratch, "\n(defn f [x]\n  (+ x :a))\n1\n(f 2)\n)\n(+ 1", {"repl"});
  CHECK_THAT(ended.err, ContainsSubstring("repl:3:3: + needs numbers"));
  CHECK_THAT(ended.err, ContainsSubstring("  (+ x :a))\n    ^\n"));
  CHECK_THAT(ended.err, ContainsSubstring("repl:6:1: `)` closes nothing"));
  CHECK_THAT(ended.err, ContainsSubstring("the text ends inside the list opened at 7:1"));
  CHECK(ended.out == "#yin/closure \"f\"\n1\n");
}

TEST_CASE("doc, source and explain answer for own and for the language's names") {
  const Scratch scratch;
  CHECK(output_of(scratch,
                  "(defn sq \"Squares x.\n  Twice.\" ([x] (* x x)) ([x y] [(sq x) (sq y)]))\n"
                  "(doc sq)\n(source sq)\n(doc ffirst)\n(source ffirst)\n(doc when)\n") ==
        "#yin/closure \"sq\"\nsq [x] [x y]\n  Squares x.\n  Twice.\n"
        "(defn sq \"Squares x.\n  Twice.\" ([x] (* x x)) ([x y] [(sq x) (sq y)]))\n"
        "ffirst [coll]\n  The first of the first.\n(defn ffirst [coll] (first (first coll)))\n"
        "when [test & body]\n  Evaluates the body if test holds, else nil. (a macro)\n");
  const std::string told = output_of(scratch, "(defn inc2 [x] (+ x 2))\n(explain inc2)\n");
  CHECK_THAT(told, ContainsSubstring("; function inc2, repl:1:1"));
  CHECK_THAT(told, ContainsSubstring("; repl:1  (defn inc2 [x] (+ x 2))"));
  const Ended unknown = yin_with(scratch, "(doc nobody)\n(source +)\n(explain +)\n", {"repl"});
  CHECK(unknown.err ==
        "nothing is known of nobody\nthe source of + is not known here\n"
        "+ is a primitive: written in C++, not in the language\n");
}

TEST_CASE("every name of the language has an entry for doc, and no entry is of no name") {
  std::set<std::string> entries;
  std::istringstream text{std::string(words_text())};
  for (std::string line; std::getline(text, line);) {
    CHECK(!line.empty());
    if (!line.starts_with(' ')) entries.insert(line.substr(0, line.find(' ')));
  }
  std::set<std::string> names;
  for (const std::string_view name : yin::ast::clojure_forms()) names.emplace(name);
  for (const auto& primitive : yin::vm::primitives()) names.emplace(primitive.name);
  for (const Definition& one : clojure_definitions(yin::vm::prelude_source()))
    names.insert(one.name);
  std::erase_if(names, [](const std::string& name) {
    return name.empty() || name.starts_with("yin/") || name.starts_with("python/");
  });
  for (const std::string& name : names) {
    INFO(name);
    CHECK(entries.contains(name));
    CHECK(!describe_word(name).empty());
  }
  for (const std::string& entry : entries) {
    INFO(entry);
    CHECK(names.contains(entry));
  }
}

TEST_CASE("in a domain, definitions are there when one comes back") {
  const Scratch scratch;
  const Strings repl = {"repl", "--domain", scratch.path("d.yin")};
  CHECK(output_of(scratch, "(defn f \"Doubles.\" [x] (* 2 x))\n(defmacro m [x] `(f ~x))\n", repl) ==
        "#yin/closure \"f\"\nm\n");
  CHECK(output_of(scratch, "(m 4)\n(doc f)\n(source m)\n", repl) ==
        "8\nf [x]\n  Doubles.\n(defmacro m [x] `(f ~x))\n");
  CHECK(yin_(scratch, {"verify", scratch.path("d.yin")}).code == kExitOk);
  CHECK(yin_(scratch, {"agents", scratch.path("d.yin"), "--json"}).out == "[]\n");
}

TEST_CASE("agents go on behind the forms that spawned them") {
  const Scratch scratch;
  const Ended ended = yin_with(scratch,
                               "(def a (atom 0))\n(do (spawn (fn [] (dotimes [_ 9] (swap! a inc))))"
                               " nil)\n(while (< @a 9) (yield))\n@a\n"
                               "(do (spawn (fn [] (error \"late\"))) nil)\n",
                               {"repl"});
  CHECK_THAT(ended.out, ContainsSubstring("nil\nnil\n9\nnil\n"));
  CHECK_THAT(ended.err, ContainsSubstring("late"));
}

TEST_CASE("the repl reads Python as its interpreter does") {
  const Scratch scratch;
  CHECK(
      output_of(
          scratch,
          "x = 3\nx\ndef f(n):\n    \"Adds x.\"\n    if n:\n        return n + x\n\n    return 0\n"
          "f(4)\nfor i in range(2):\n    print(i)\nif x == 4:\n    1\nelse:\n    "
          "print('end')\n'done'\n"
          "[1,\n 2]\nNone\nhelp(f)\nsource(f)\n",
          kPython) ==
      "3\n7\n0\n1\nend\n'done'\n[1, 2]\nf(n)\n  Adds x.\n"
      "def f(n):\n    \"Adds x.\"\n    if n:\n        return n + x\n\n    return 0\n");
  const Ended wrong = yin_with(scratch, "y\nx = 1 +\n2\n1/0\n", kPython);
  CHECK(wrong.out == "2\n");
  CHECK_THAT(wrong.err, ContainsSubstring("repl:1:1: NameError"));
  CHECK_THAT(wrong.err, ContainsSubstring("repl:2:"));
  CHECK_THAT(wrong.err, ContainsSubstring("repl:4:2: ZeroDivisionError"));
}

TEST_CASE("at a terminal there is a prompt, and a form may go on over lines") {
  const Scratch scratch;
  Terminal repl(scratch, {"repl"});
  repl.expect("Ctrl-D ends.");
  repl.expect("yin=> ");
  repl.type("(+ 1\n");
  repl.expect("  ... ");
  repl.type("2)\n");
  repl.expect("\n3\r\n");
  repl.expect("yin=> ");
  repl.type("(foo)\n");
  repl.expect("unbound name: foo");
  repl.expect("^");
  repl.expect("yin=> ");
  repl.type("\x04");
  CHECK(repl.end() == kExitOk);
}

TEST_CASE("ctrl-C stops what runs or what is typed, and the session goes on") {
  const Scratch scratch;
  Terminal repl(scratch, {"repl"});
  repl.expect("yin=> ");
  repl.type("(do (println \"begun\") (loop [] (recur)))\n");
  repl.expect("\nbegun\r\n");
  repl.type("\x03");
  repl.expect("interrupted");
  repl.expect("yin=> ");
  repl.type("(+ 1\n");
  repl.expect("  ... ");
  repl.type("\x03");
  repl.expect("yin=> ");
  repl.type("(* 6 7)\n");
  repl.expect("\n42\r\n");
  repl.expect("yin=> ");
  repl.type("\x04");
  CHECK(repl.end() == kExitOk);
}

#ifdef YIN_LINE_EDITING
TEST_CASE("the tabulator completes names of the language and of the session") {
  const Scratch scratch;
  Terminal repl(scratch, {"repl"});
  repl.expect("yin=> ");
  repl.type("(def some-long-name 5)\n");
  repl.expect("\n5\r\n");
  repl.expect("yin=> ");
  repl.type("(inc some-lo\t)\n");
  repl.expect("\n6\r\n");
  repl.expect("yin=> ");
  repl.type("(partition\t");  // what it may be
  repl.expect("partition-all");
  repl.expect("partition-by");
  repl.type("-b\t odd? [1 3 2])\n");
  repl.expect("\n((1 3) (2))\r\n");
  repl.expect("yin=> ");  // the terminal would take a ^D before it
  repl.type("\x04");
  CHECK(repl.end() == kExitOk);
}

TEST_CASE("lines of earlier sessions come back, and can be changed") {
  const Scratch scratch;
  {
    Terminal repl(scratch, {"repl"});
    repl.expect("yin=> ");
    repl.type("(* 11 11)\n");
    repl.expect("\n121\r\n");
    repl.expect("yin=> ");  // the terminal would take a ^D before it
    repl.type("\x04");
    CHECK(repl.end() == kExitOk);
  }
  CHECK(slurp(scratch.path("state/yin/history")) == "(* 11 11)\n");
  CHECK((fs::status(scratch.path("state/yin/history")).permissions() & fs::perms::others_read) ==
        fs::perms::none);
  Terminal repl(scratch, {"repl"});
  repl.expect("yin=> ");
  repl.type(
      "\x10\x02\x08"
      "3\n");  // the line before, back over the bracket, another digit
  repl.expect("\n143\r\n");
  repl.expect("yin=> ");  // the terminal would take a ^D before it
  repl.type("\x04");
  CHECK(repl.end() == kExitOk);
}
#endif

TEST_CASE("history keeps the newest lines, and no line twice in a row") {
  const Scratch scratch;
  const std::string path = scratch.path("h/history");
  {
    History history(path);
    for (std::size_t i = 0; i < 2 * History::kKept + 5; ++i) {
      CHECK(history.add("line " + std::to_string(i)));
      CHECK(!history.add("line " + std::to_string(i)));
    }
    CHECK(!history.add("  "));
  }
  const History again(path);
  REQUIRE(again.lines().size() == History::kKept);
  CHECK(again.lines().back() == "line " + std::to_string(2 * History::kKept + 4));
  const std::string text = slurp(path);
  CHECK(std::ranges::count(text, '\n') == static_cast<std::ptrdiff_t>(History::kKept));
}

TEST_CASE("definitions are found in texts of both languages, whatever the text is") {
  const auto clojure = clojure_definitions(
      "; c\n(ns a)\n(defn ^:x f \"d\\\"\" {:a 1} [a [b]] \\( \";)\")\n'(def x) (def y \"text\") "
      "#_(z) w");
  REQUIRE(clojure.size() == 5);  // (with what #_ hides)
  CHECK(clojure[1].name == "f");
  CHECK(clojure[1].doc == "d\"");
  CHECK(clojure[1].arguments == std::vector<std::string>{"[a [b]]"});
  CHECK(clojure[3].name == "y");
  CHECK(clojure[3].doc.empty());
  const auto python = python_definitions(
      "import a\n@d\ndef f(x=')',\n      y=1):\n    '''A\n\nB'''\n    return (1,\n2)\n\nx = "
      "\"\"\"\ndef g(): pass\n\"\"\"\n");
  REQUIRE(python.size() == 3);
  CHECK(python[1].name == "f");
  CHECK(python[1].doc == "A\n\nB");
  CHECK(python[2].name == "x");
  // Cut off anywhere, nothing is read outside the text.
  const std::string both =
      "(defn f \"d\" [x] \\a #\"r\" {:a '(b)})\n@q\ndef f(a, b='\\''):\n  \"\"\"d\"\"\"\n";
  for (std::size_t i = 0; i <= both.size(); ++i) {
    for (std::size_t j = 0; j < i; j += 3) {
      const std::string part = both.substr(j, i - j);
      for (const auto& all : {clojure_definitions(part), python_definitions(part)}) {
        for (const Definition& one : all) CHECK(!describe(one).empty());
      }
    }
  }
}

namespace {

// The blocks of a guide that begin with a command: what is typed, and what is to be seen.
struct Example {
  std::string command, shown;
};

std::vector<Example> examples_of(const std::string& guide) {
  std::vector<Example> all;
  std::istringstream text(guide);
  bool inside = false;
  std::string blank;  // lines, which belong to the block if it goes on
  for (std::string line; std::getline(text, line);) {
    if (line.empty()) {
      blank += '\n';
      continue;
    }
    const bool code = line.starts_with("    ");
    line.erase(0, code ? 4 : 0);
    if (code && line.starts_with("$ ")) {
      all.push_back({line.substr(2), {}});
    } else if (code && inside) {
      all.back().shown += blank + line + "\n";
    }
    inside = code && (inside || line.starts_with("$ "));
    blank.clear();
  }
  return all;
}

// What stands behind a prompt was typed, the rest is what came.
void take_apart(const std::string& session, std::string& typed, std::string& shown) {
  std::istringstream text(session);
  for (std::string line; std::getline(text, line);) {
    line += '\n';
    std::size_t prompt = 0;
    for (const std::string_view one : {"yin=> ", "  ... ", ">>> ", "... ", "...\n"}) {
      if (line.starts_with(one)) prompt = one.size() - (one.ends_with('\n') ? 1 : 0);
    }
    (prompt == 0 ? shown : typed) += line.substr(prompt);
  }
}

}  // namespace

TEST_CASE("the examples of the guides give what they show") {
  const std::string guide = GENERATE("repl", "datoms");
  const Scratch scratch;
  fs::create_directory(scratch.path("bin"));
  fs::create_symlink(YIN_COMMAND, scratch.path("bin/yin"));
  const auto examples = examples_of(slurp(YIN_SOURCE_DIR "/docs/guides/" + guide + ".md"));
  CHECK(examples.size() >= 6);
  for (const Example& example : examples) {
    INFO("$ " << example.command);
    if (example.command.starts_with("cat ")) {  // a file that the others use
      spill(scratch.path(example.command.substr(4)), example.shown);
      continue;
    }
    std::string typed, shown = example.shown;
    if (example.command.starts_with("yin repl")) {
      shown.clear();
      take_apart(example.shown, typed, shown);
    }
    spill(scratch.path("typed"), typed);
    const std::string line = "cd " + scratch.path("") + " && PATH=" + scratch.path("bin") +
                             ":$PATH && { " + example.command + "; } <typed >shown 2>&1";
    (void)std::system(line.c_str());
    CHECK(slurp(scratch.path("shown")) == shown);
  }
}
