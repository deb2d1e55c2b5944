// `yin eval` and `yin explain` from outside: values, errors with their place in both languages, exit
// codes, every way to give a program, and every projection.

#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "bindings/cli/exit_code.h"
#include "tests/cli/command.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using namespace yin::cli;
using namespace yin::tests::cli;

void check(const Ended& ended, int code, const std::string& out, const std::string& err = {}) {
  CHECK(ended.code == code);
  CHECK(ended.out == out);
  CHECK(ended.err == err);
}

}  // namespace

TEST_CASE("eval prints what the program prints, then its value") {
  const Scratch scratch;
  check(yin_(scratch, {"eval", "-e", "(println \"a\") (print 1) (println) [1 :b \"c\" nil]"}), 0,
        "a\n1\n[1 :b \"c\" nil]\n");
  check(yin_(scratch, {"eval", scratch.program("; a file\n(defn f [x] (* x 2))\n(f 21)\n")}), 0,
        "42\n");
  check(yin_with(scratch, "(map inc [1 2])", {"eval", "-"}), 0, "(2 3)\n");
  check(yin_(scratch, {"eval", "-e", ""}), 0, "nil\n");
  check(yin_(scratch, {"eval", "-e", "*args*", "--", "a", "-b"}), 0, "[\"a\" \"-b\"]\n");
  check(yin_(scratch, {"eval", scratch.program("*args*"), "a"}), 0, "[\"a\"]\n");
}

TEST_CASE("eval and explain read the files that a program requires") {
  const Scratch scratch;
  scratch.program("(ns a)\n(println \"a runs\")\n(defn f [x] (inc x))\n", "a.clj");
  std::filesystem::create_directories(scratch.path("lib"));
  scratch.program("(ns b (:require a)) (defn f [x] (* 2 (a/f x)))", "lib/b.clj");
  const std::string program = scratch.program("(ns app (:require [a] [b]))\n(b/f (a/f 4))\n");
  check(yin_(scratch, {"eval", program, "--path", scratch.path("lib")}), 0, "a runs\n12\n");
  CHECK(yin_(scratch, {"explain", program, "--path", scratch.path("lib"), "--only", "ast"}).code ==
        0);
  const std::string python = scratch.program("from a import f\nf(1)\n", "p.py");
  check(yin_(scratch, {"eval", python}), 0, "a runs\n2\n");
  CHECK_THAT(yin_(scratch, {"eval", program}).err, ContainsSubstring("no Clojure module `b`"));
  CHECK(yin_(scratch, {"eval", program, "--path", scratch.path("none")}).code == kExitUsage);
}

TEST_CASE("eval shows of Python what the interpreter would show") {
  const Scratch scratch;
  check(yin_(scratch, {"eval", "--lang", "python", "-e", "x = [1, 'a']\nx"}), 0, "[1, 'a']\n");
  check(yin_(scratch, {"eval", scratch.program("print('hi')\n", "a.py")}), 0, "hi\n");
  check(yin_with(scratch, "1 + 1", {"eval", "--lang", "python", "-"}), 0, "2\n");
  check(yin_(scratch, {"eval", "--lang", "python", "-e", "def f(n):\n    return n\nf(None)"}), 0,
        "");
  check(yin_(scratch, {"eval", "--lang", "python", "-e", "for i in range(2): print(i)\n7"}), 0,
        "0\n1\n7\n");
}

TEST_CASE("eval runs every effect of a program") {
  const Scratch scratch;
  check(yin_(scratch, {"eval", "-e",
                       "(def s (stream {:capacity 1})) (def c (cursor s))"
                       "(spawn (fn [] (doseq [i (range 50)] (put! s i)) (close! s)))"
                       "(loop [sum 0] (if-let [x (next! c nil)] (recur (+ sum x)) sum))"}),
        0, "1225\n");
  check(yin_(scratch, {"eval", "-e",
                       "(def a (atom 0)) (dotimes [_ 9] (spawn (fn [] (swap! a inc))))"
                       "(while (< @a 9) (yield)) @a"}),
        0, "9\n");
  // It waits for the agents that a program leaves behind.
  check(yin_(scratch, {"eval", "-e", "(spawn (fn [] (yield) (println \"late\"))) 1"}), 0,
        "late\n1\n");
  const std::string file = scratch.program("abc", "some.txt");
  check(yin_(scratch, {"eval", "--grant", "file", "-e", "(call :file/size \"" + file + "\")"}), 0,
        "3\n");
}

TEST_CASE("eval tells an error with its place, its line and who called") {
  const Scratch scratch;
  check(
      yin_(scratch, {"eval", "-e", "(defn f [x]\n\t(+ x \"a\"))\n(defn g [x] (inc (f x)))\n(g 1)"}),
      kExitProgram, "",
      "yin: -e:2:2: + needs numbers, got string \"a\"\n"
      "  \t(+ x \"a\"))\n"
      "  \t^\n"
      "  called from g (-e:3:18)\n");
  check(yin_(scratch, {"eval", "-e", "(+ 1\n  (foo))"}), kExitProgram, "",
        "yin: -e:2:4: unbound name: foo\n    (foo))\n     ^\n");
  check(yin_(scratch, {"eval", "-e", "(let [x 1]\n  (if))"}), kExitProgram, "",
        "yin: -e:2:3: `if` takes two or three forms, got 0\n    (if))\n    ^\n");
  check(yin_(scratch, {"eval", "-e", "(str \"\xc3\xa4\xc3\xb6\" (throw :x))"}), kExitProgram, "",
        "yin: -e:1:11: thrown: keyword :x :x\n  (str \"\xc3\xa4\xc3\xb6\" (throw :x))\n"
        "            ^\n");
  const std::string python = scratch.program("def f(x):\n    return x + 'a'\n\nf(1)\n", "e.py");
  check(yin_(scratch, {"eval", python}), kExitProgram, "",
        "yin: " + python +
            ":2:14: TypeError: unsupported operand type(s) for +: 'int' and 'str'\n"
            "      return x + 'a'\n"
            "               ^\n"
            "  called from main (" +
            python + ":4:1)\n");
  const Ended unread = yin_(scratch, {"eval", "--lang", "python", "-e", "x = (1,\ny = 2"});
  CHECK(unread.code == kExitProgram);
  CHECK_THAT(unread.err, ContainsSubstring("-e:"));
  CHECK_THAT(unread.err, ContainsSubstring("^"));
  check(yin_(scratch, {"eval", "-e",
                       "(defn f [n] (if (= n 0) (error \"end\") (inc (f (dec n)))))\n(inc (f 9))"}),
        kExitProgram, "",
        "yin: -e:1:25: end\n"
        "  (defn f [n] (if (= n 0) (error \"end\") (inc (f (dec n)))))\n"
        "                          ^\n"
        "  called from f (-e:1:44), 9 times\n"
        "  called from main (-e:2:6)\n");
  // What was printed before stays printed.
  check(yin_(scratch, {"eval", "-e", "(println 1) (error \"no\")"}), kExitProgram, "1\n",
        "yin: -e:1:13: no\n  (println 1) (error \"no\")\n              ^\n");
}

TEST_CASE("eval shows the part of a long line that matters, and no bytes that are no text") {
  const Scratch scratch;
  const Ended far =
      yin_(scratch, {"eval", "-e", std::string(3000, ' ') + "(foo)" + std::string(3000, ' ')});
  CHECK(far.code == kExitProgram);
  CHECK(far.err.size() < 400);
  CHECK_THAT(far.err, ContainsSubstring("(foo)"));
  const Ended binary = yin_(scratch, {"eval", scratch.program(std::string("(+ 1\x01\xff", 6))});
  CHECK(binary.code == kExitProgram);
  CHECK_THAT(binary.err, ContainsSubstring("is not UTF-8"));
  CHECK(binary.err.find('\x01') == binary.err.npos);
}

TEST_CASE("eval's exit codes are those of the other commands") {
  const Scratch scratch;
  CHECK(yin_(scratch, {"eval", scratch.path("none.clj")}).code == kExitWorld);
  CHECK(yin_(scratch, {"eval", scratch.path("")}).code == kExitWorld);
  CHECK(yin_(scratch, {"eval"}).code == kExitUsage);
  CHECK(yin_(scratch, {"eval", ""}).code == kExitUsage);
  CHECK(yin_(scratch, {"eval", "--no-such-flag", "-e", "1"}).code == kExitUsage);
  CHECK(yin_(scratch, {"eval", "--projection", "fast", "-e", "1"}).code == kExitUsage);
  CHECK(yin_(scratch, {"eval", "--lang", "cobol", "-e", "1"}).code == kExitUsage);
  check(yin_(scratch, {"eval", "-e", "(next! (cursor (stream)))"}), kExitStuck, "",
        "yin: stuck: 1 agents wait for what nobody will give\n");
  const Ended failed = yin_(scratch, {"eval", "-e", "(spawn (fn [] (error \"in it\"))) 5"});
  CHECK(failed.code == kExitProgram);
  CHECK(failed.out.empty());
  CHECK_THAT(failed.err, ContainsSubstring("agent #yin/agent"));
  CHECK_THAT(failed.err, ContainsSubstring("-e:1:15: in it"));
  Command endless(scratch, {"eval", "-e", "(println 1) (loop [] (recur))"});
  CHECK(endless.shows("1\n"));
  endless.signal(SIGINT);
  check(endless.end(), kExitInterrupted, "1\n", "yin: interrupted\n");
}

TEST_CASE("eval gives the same on every projection") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))\n"
      "[(fib 15) (try (nth [] 3) (catch :index e (ex-message e)))\n"
      " (loop [i 0 sum 0.5] (if (= i 1000) sum (recur (inc i) (+ sum i))))]\n");
  const std::string value = yin_(scratch, {"eval", program}).out;
  CHECK_THAT(value, ContainsSubstring("[610 "));
  for (const char* projection : {"walk", "stack", "register", "native", "tiered"}) {
    INFO(projection);
    check(yin_(scratch, {"eval", program, "--projection", projection}), 0, value);
  }
}

TEST_CASE("eval in a domain finds there what was defined before, and leaves no agent behind") {
  const Scratch scratch;
  const std::string domain = scratch.path("d.yin");
  check(yin_(scratch, {"eval", "--domain", domain, "-e", "(def a (atom 1 \"a\")) (swap! a inc)"}),
        0, "2\n");
  check(yin_(scratch, {"eval", "--domain", domain, "-e", "(swap! a inc)"}), 0, "3\n");
  CHECK(yin_(scratch, {"eval", "--domain", domain, "-e", "(error \"x\")"}).code == kExitProgram);
  CHECK(yin_(scratch, {"get", domain, "a"}).out == "3\n");
  CHECK(json::parse(yin_(scratch, {"agents", domain, "--json"}).out).empty());
  CHECK(yin_(scratch, {"verify", domain}).code == kExitOk);
}

TEST_CASE("eval survives deep recursion and a value that is deep") {
  const Scratch scratch;
  check(yin_(scratch, {"eval", "-e", "(defn f [n] (if (= n 0) 0 (inc (f (dec n))))) (f 200000)"}),
        0, "200000\n");
  const Ended deep =
      yin_(scratch, {"eval", "-e", "(loop [i 0 v []] (if (= i 100000) v (recur (inc i) [v])))"});
  CHECK(deep.code == 0);
  CHECK(deep.out.size() == 200003);
}

TEST_CASE("eval tells that its output cannot be written, and ends with who reads it") {
  const Scratch scratch;
  const std::string full =
      std::string(YIN_COMMAND) + " eval -e '(println 1)' >/dev/full 2>/dev/null";
  CHECK(WEXITSTATUS(std::system(full.c_str())) == kExitWorld);
  const std::string head = std::string(YIN_COMMAND) +
                           " eval -e '(dotimes [i 1000000] (println i))' 2>" + scratch.path("err") +
                           " | head -1 >" + scratch.path("out");
  CHECK(std::system(head.c_str()) == 0);
  CHECK(slurp(scratch.path("out")) == "0\n");
  CHECK(slurp(scratch.path("err")).empty());
}

TEST_CASE("explain shows datoms, functions and the code of each projection") {
  const Scratch scratch;
  const std::string program =
      scratch.program("(defn fib [n]\n  (if (< n 2) n\n    (+ (fib (- n 1)) (fib (- n 2)))))\n");
  const Ended all = yin_(scratch, {"explain", program});
  CHECK(all.code == 0);
  const Strings parts = {"[20 :yin/type :lambda 0 1]",
                         "; function fib, " + program + ":1:1",
                         "1 parameter, ",
                         "safe point @1",
                         "(+ (fib (- n 1)) (fib (- n 2)))))",
                         "unless-less-local-int s0 #2",
                         "call-self"};
  for (const std::string& part : parts) {
    INFO(part);
    CHECK_THAT(all.out, ContainsSubstring(part));
  }
  const Ended stack = yin_(scratch, {"explain", program, "fib", "--only", "stack"});
  CHECK_THAT(stack.out, ContainsSubstring("unless-less-local-int"));
  CHECK_THAT(stack.out, !ContainsSubstring("call-self"));
  CHECK_THAT(stack.out, !ContainsSubstring("function main"));
  CHECK_THAT(stack.out, !ContainsSubstring(":yin/type"));
  const Ended ast = yin_(scratch, {"explain", "-e", "(inc 1)", "--only", "ast"});
  CHECK(ast.out ==
        "; the program as datoms: [entity attribute value transaction mark]\n"
        "{:root 16\n :file \"-e\"\n :datoms [\n"
        "[16 :yin/column 1 0 2]\n[16 :yin/forms [17] 0 1]\n[16 :yin/line 1 0 2]\n"
        "[16 :yin/type :do 0 1]\n[17 :yin/column 1 0 2]\n[17 :yin/line 1 0 2]\n"
        "[17 :yin/operands [19] 0 1]\n[17 :yin/operator 18 0 1]\n[17 :yin/type :application 0 1]\n"
        "[18 :yin/column 2 0 2]\n[18 :yin/line 1 0 2]\n[18 :yin/name inc 0 1]\n"
        "[18 :yin/type :variable 0 1]\n[19 :yin/column 6 0 2]\n[19 :yin/line 1 0 2]\n"
        "[19 :yin/type :literal 0 1]\n[19 :yin/value 1 0 1]\n]}\n");
}

TEST_CASE("explain gives JSON, takes Python, and refuses what is not there") {
  const Scratch scratch;
  const Ended told = yin_(scratch, {"explain", "--json", "-e", "(defn f [a & b] (str a b))", "f"});
  REQUIRE(told.code == 0);
  const json all = json::parse(told.out);
  REQUIRE(all["functions"].size() == 1);
  const json& f = all["functions"][0];
  CHECK(f["name"] == "f");
  CHECK(f["parameters"] == 2);
  CHECK(f["variadic"] == true);
  CHECK(f["constants"] == json::array({"primitive str"}));
  CHECK(f["stack"].back()["op"] == "return");
  CHECK(all["datoms"].size() > 5);
  CHECK(f.contains("native") == all["native_available"]);

  const std::string python = scratch.program("def twice(x):\n    return x * 2\n", "p.py");
  const Ended read = yin_(scratch, {"explain", python, "twice", "--only", "register"});
  CHECK(read.code == 0);
  CHECK_THAT(read.out, ContainsSubstring(python + ":2      return x * 2"));

  const Ended unknown = yin_(scratch, {"explain", "-e", "1", "g"});
  CHECK(unknown.code == kExitProgram);
  CHECK(unknown.err == "yin: -e has no function g\n");
  CHECK(yin_(scratch, {"explain", "-e", "(if)"}).code == kExitProgram);
  CHECK(yin_(scratch, {"explain", scratch.path("none.clj")}).code == kExitWorld);
  CHECK(yin_(scratch, {"explain", "-e", "1", "--only", "wasm"}).code == kExitUsage);
}
