// The command line from outside: what it prints and which exit code it leaves, for good input, bad
// input, bad files, a full disk and an interrupt. Every case runs the built `yin` as a process, so
// what counts is what a shell sees.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "substrate/format.h"
#include "substrate/park.h"
#include "bindings/cli/exit_code.h"
#include "tests/cli/command.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Matches;
using nlohmann::json;
using yin::cli::kExitDamaged;
using yin::cli::kExitInterrupted;
using yin::cli::kExitOk;
using yin::cli::kExitProgram;
using yin::cli::kExitStuck;
using yin::cli::kExitUsage;
using yin::cli::kExitWorld;
using yin::substrate::DomainIdentity;
using namespace yin::tests::cli;

const std::string kWordCount = YIN_SOURCE_DIR "/examples/wordcount.clj";

// A small finished job in a domain of its own: the atom "a" holds {:n 1, "s" [1 2.5 nil]}.
std::string finished_domain(const Scratch& scratch, const std::string& name = "done.yin") {
  const std::string program = scratch.program("(def a (atom {:n 1 \"s\" [1 2.5 nil]} \"a\"))\n");
  const std::string domain = scratch.path(name);
  const Ended ended = yin_(scratch, {"run", program, "--domain", domain});
  INFO(ended.err);
  REQUIRE(ended.code == kExitOk);
  return domain;
}

// Files of words, and how often each word stands in them.
struct Texts {
  Strings paths;
  std::map<std::string, std::int64_t> counts;
  std::uint64_t bytes = 0;

  Texts(const Scratch& scratch, int files, int words) {
    yin::tests::Random random(7);
    for (int f = 0; f < files; ++f) {
      std::string text;
      for (int i = 0; i < words; ++i) {
        const std::uint64_t most = 1 + random.below(8000);
        const std::string word = "w" + std::to_string(random.below(most));
        ++counts[word];
        text += word + (i % 11 == 10 ? '\n' : ' ');
      }
      paths.push_back(scratch.path("text" + std::to_string(f)));
      spill(paths.back(), text);
      bytes += text.size();
    }
  }
  [[nodiscard]] Strings count_in(const std::string& domain) const {
    Strings all = {"run", kWordCount, "--domain", domain, "--processes",
                   "2",   "--grant",  "file",     "--"};
    all.insert(all.end(), paths.begin(), paths.end());
    return all;
  }
};

// Resumes the word count and compares what it counted.
void check_resumed(const Scratch& scratch, const std::string& domain, const Texts& texts) {
  const Ended resumed = yin_(scratch, {"resume", domain});
  INFO(resumed.err);
  REQUIRE(resumed.code == kExitOk);
  const Ended counts = yin_(scratch, {"get", domain, "counts", "--json"});
  REQUIRE(counts.code == kExitOk);
  CHECK(json::parse(counts.out).get<std::map<std::string, std::int64_t>>() == texts.counts);
  const Ended verified = yin_(scratch, {"verify", domain});
  INFO(verified.out);
  CHECK(verified.code == kExitOk);
}

std::int64_t bytes_done(const Scratch& scratch, const std::string& domain) {
  const Ended got = yin_(scratch, {"get", domain, "progress", "--json"});
  return got.code == kExitOk ? json::parse(got.out)[0].get<std::int64_t>() : 0;
}

}  // namespace

// -------------------------------------------------------------------------------------- command
// line

TEST_CASE("every command explains itself") {
  const Scratch scratch;
  for (const std::string command :
       {"", "run", "resume", "agents", "inspect", "trace", "cancel", "get", "verify", "stat",
        "checkpoint", "backup", "compact", "fsck", "remove"}) {
    const Ended ended =
        yin_(scratch, command.empty() ? Strings{"--help"} : Strings{command, "--help"});
    INFO("yin " << command << "\n" << ended.out);
    CHECK(ended.code == kExitOk);
    CHECK_THAT(ended.out, ContainsSubstring("Usage: yin"));
    CHECK_THAT(ended.out, ContainsSubstring("Exit codes"));
    CHECK(ended.err.empty());
  }
  const Ended version = yin_(scratch, {"--version"});
  CHECK(version.code == kExitOk);
  CHECK_THAT(version.out,
             ContainsSubstring("format " + std::to_string(yin::substrate::kFormatVersion)));
}

TEST_CASE("a wrong command line is said, points to --help and leaves 2") {
  const Scratch scratch;
  const std::string program = scratch.program("1");
  const std::vector<Strings> wrong = {
      {},
      {"frobnicate"},
      {"run"},
      {"resume"},
      {"agents"},
      {"get", "some.yin"},
      {"stat", "some.yin", "--frobnicate"},
      {"verify", "some.yin", "other.yin"},
      {"run", program, "--processes", "0"},
      {"run", program, "--processes", "many"},
      {"run", program, "--threads", "1000"},
      {"run", program, "--grant", "everything"},
      {"run", program, "--projection", "sideways"},
      {"run", program, "--drill", "101"},
  };
  for (const Strings& arguments : wrong) {
    const Ended ended = yin_(scratch, arguments);
    INFO("yin " << json(arguments).dump() << "\n" << ended.out << ended.err);
    CHECK(ended.code == kExitUsage);
    CHECK_THAT(ended.err, ContainsSubstring("--help"));
    CHECK(ended.out.empty());
  }
}

TEST_CASE("a program gets what stands behind -- as *args*") {
  const Scratch scratch;
  const std::string program = scratch.program("(doseq [a *args*] (println a))");
  const Ended ended = yin_(scratch, {"run", program, "--", "one", "--two", "-3", "four five"});
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == "one\n--two\n-3\nfour five\n");
}

TEST_CASE("a domain's path may begin with a dash") {
  const Scratch scratch;
  const std::string program = scratch.program("(println :ran)");
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path("."));
  const Ended ran = yin_(scratch, {"run", program, "--domain=-x.yin"});
  const Ended stat = yin_(scratch, {"stat", "--", "-x.yin"});
  fs::current_path(before);
  INFO(ran.err);
  CHECK(ran.code == kExitOk);
  CHECK(ran.out == ":ran\n");
  CHECK(stat.code == kExitOk);
}

// ------------------------------------------------------------------------------------------
// programs

TEST_CASE("a program that cannot be read leaves 3 and its path") {
  const Scratch scratch;
  check_refused(yin_(scratch, {"run", scratch.path("none.clj")}), kExitWorld, "none.clj");
  check_refused(yin_(scratch, {"run", scratch.path("none/none.clj")}), kExitWorld, "none.clj");
  check_refused(yin_(scratch, {"run", scratch.path(".")}), kExitWorld, "cannot be read");
  if (::geteuid() == 0) return;  // who may read everything
  const std::string program = scratch.program("1", "secret.clj");
  ::chmod(program.c_str(), 0);
  check_refused(yin_(scratch, {"run", program}), kExitWorld, "secret.clj");
}

TEST_CASE("an empty program ends at once") {
  const Scratch scratch;
  const Ended ended = yin_(scratch, {"run", scratch.program("")});
  CHECK(ended.code == kExitOk);
  CHECK(ended.out.empty());
  CHECK(ended.err.empty());
}

TEST_CASE("a program that does not read leaves 1 and file:line:column") {
  const Scratch scratch;
  const struct {
    std::string text, position;
  } wrong[] = {
      {"(println \"a\"\n  (+ 1 2)", "program.clj:2:10: "},
      {"(println 1))", "program.clj:1:12: "},
      {"(let [x] 1)", "program.clj:1:6: "},
      {"\n\n  (if)", "program.clj:3:3: "},
      {"\"never closed", "program.clj:1:14: "},
      {"(fn [x] (recur) x)", "program.clj:1:9: "},
      {"[1 2", "program.clj:1:5: "},
      {"\xff\xfe", "program.clj:1:1: "},
  };
  for (const auto& w : wrong) {
    INFO(w.text);
    const std::string program = scratch.program(w.text);
    check_refused(yin_(scratch, {"run", program}), kExitProgram, w.position);
  }
}

TEST_CASE("however deep a program nests, it is run or refused") {
  const Scratch scratch;
  const auto nested = [](const std::string& open, const std::string& close) {
    // A set is hashed anew at each level it is put in, so its depth costs time by its square.
    const int depth = open == "#{" ? 2'000 : 100'000;
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  for (const std::string& text :
       {nested("[", "]"), nested("(", ")"), nested("#{", "}"), nested("{:a ", "}"), nested("'", ""),
        nested("(do ", ")"), nested("(fn [] ", ")"), nested("(let [a 1] ", ")"), nested("(", "")}) {
    INFO(text.substr(0, 20));
    const Ended ended = yin_(scratch, {"run", scratch.program(text)});
    INFO(ended.err.substr(0, 300));
    CHECK((ended.code == kExitOk || ended.code == kExitProgram));
  }
}

TEST_CASE("an agent that failed does not fail the next job in its domain") {
  const Scratch scratch;
  const std::string domain = scratch.path("d.yin");
  const std::string bad = scratch.program("(+ 1 :k)", "bad.clj");
  const std::string good = scratch.program("(println :fine)", "good.clj");
  CHECK(yin_(scratch, {"run", bad, "--domain", domain}).code == kExitProgram);
  const Ended ended = yin_(scratch, {"run", good, "--domain", domain});
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == ":fine\n");
}

TEST_CASE("a string beyond all bounds is the program's error") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "(def s (loop [s \"0123456789abcdef\" n 0] (if (< n 16) (recur (str s s) (inc n)) s)))\n"
      "(def all (repeat 1000 s))\n"
      "(apply str all)");
  check_refused(yin_(scratch, {"run", program}), kExitProgram,
                "3:1: a string of more than 256 MiB");
}

TEST_CASE("an error in an agent leaves 1 and its position") {
  const Scratch scratch;
  const std::string domain = scratch.path("failed.yin");

  const std::string main =
      scratch.program("(defn f [x]\n  (+ x \"a\"))\n(println :before)\n(f 1)\n");
  const Ended ended = yin_(scratch, {"run", main, "--domain", domain});
  check_refused(ended, kExitProgram, "program.clj:2:3: ");
  CHECK_THAT(ended.err, ContainsSubstring("agent main"));
  CHECK(ended.out == ":before\n");

  const Ended agents = yin_(scratch, {"agents", domain, "--json"});
  const json report = json::parse(agents.out);
  REQUIRE(report.size() == 1);
  CHECK(report[0]["state"] == "failed");
  CHECK(report[0]["name"] == "main");
  CHECK_THAT(report[0]["waits_on"].get<std::string>(), ContainsSubstring("program.clj:2:3: "));

  // An agent that main spawned.
  check_refused(yin_(scratch, {"run", scratch.program("(spawn (fn []\n (nth [1] 5)))")}),
                kExitProgram, "program.clj:2:2: ");
  check_refused(yin_(scratch, {"run", scratch.program("(no-such-name 1)")}), kExitProgram,
                "unbound name: no-such-name");
}

TEST_CASE("agents that wait for ever leave 5, and can be looked at") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "(def s (stream))\n(def c (cursor s))\n(spawn (fn [] (println (next! c))))\n(println "
      ":waiting)\n"
      "(println (park))\n");
  const std::string domain = scratch.path("stuck.yin");
  const Ended ended = yin_(scratch, {"run", program, "--domain", domain});
  check_refused(ended, kExitStuck, "yin agents " + domain);
  CHECK(ended.out == ":waiting\n");

  const json agents = json::parse(yin_(scratch, {"agents", domain, "--json"}).out);
  REQUIRE(agents.size() == 2);
  Strings states;
  for (const json& a : agents) states.push_back(a["state"]);
  std::sort(states.begin(), states.end());
  CHECK(states == Strings{"parked", "waiting"});
  CHECK_THAT(agents.dump(), ContainsSubstring("program.clj:3") && ContainsSubstring("next!"));
  const Ended table = yin_(scratch, {"agents", domain});
  CHECK_THAT(table.out, ContainsSubstring("parked") && ContainsSubstring("program.clj:5"));
  CHECK(yin_(scratch, {"resume", domain}).code == kExitStuck);
}

TEST_CASE("an operation that is not granted, or its file is missing, is the program's error") {
  const Scratch scratch;
  const std::string gone = scratch.path("gone.txt");
  check_refused(yin_(scratch, {"run", kWordCount, "--", gone}), kExitProgram, "--grant");
  check_refused(yin_(scratch, {"run", kWordCount, "--grant", "file", "--", gone}), kExitProgram,
                "gone.txt: No such file");
  check_refused(yin_(scratch, {"run", kWordCount, "--grant", "file", "--", scratch.path(".")}),
                kExitProgram, "directory");
}

TEST_CASE("a granted program reads a file's text, whatever is in it") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "(doseq [path *args*]\n"
      "  (try (let [text (call :file/read-text path)]\n"
      "         (println (count text) (pr-str (subs text 0 (min 12 (count text))))))\n"
      "       (catch :host e (println (ex-message e)))))\n");
  const std::string file = scratch.program("a\r\n\xff\xc3\xa9\n\n", "mixed");
  const std::string empty = scratch.program("", "empty");
  const std::string large = scratch.program(std::string(3 << 20, 'x'), "large");
  const std::string too_large = scratch.program(std::string((16 << 20) + 1, 'x'), "too large");
  const Ended ended = yin_(scratch, {"run", program, "--grant", "file", "--", file, empty, large,
                                     too_large, scratch.path(""), scratch.path("missing")});
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK_THAT(ended.out, ContainsSubstring("7 \"a\\r\\n\xef\xbf\xbd\xc3\xa9\\n\\n\"\n0 \"\"\n"
                                          "3145728 \"xxxxxxxxxxxx\"\n"));
  CHECK_THAT(ended.out, ContainsSubstring("more than 16 MiB; :file/read-lines reads it in parts"));
  CHECK_THAT(ended.out, ContainsSubstring("Is a directory"));
  CHECK_THAT(ended.out, ContainsSubstring("No such file"));
}

TEST_CASE("a job without a domain says that there is no temporary directory") {
  const Scratch scratch;
  const std::string program = scratch.program("(println 1)");
  ::setenv("TMPDIR", scratch.path("none").c_str(), 1);
  const Ended ended = yin_(scratch, {"run", program});
  ::unsetenv("TMPDIR");
  check_refused(ended, kExitWorld, "there is no temporary directory for the job");
}

TEST_CASE("a domain that was left in the temporary directory is not taken for a new one") {
  const Scratch scratch;
  const std::string failing = scratch.program("(+ 1 nil)");
  ::setenv("TMPDIR", scratch.path(".").c_str(), 1);
  const Ended failed = yin_(scratch, {"run", failing});
  const Ended fine = yin_(scratch, {"run", scratch.program("(println :fine)")});
  ::unsetenv("TMPDIR");
  CHECK(failed.code == kExitProgram);
  CHECK_THAT(failed.err, ContainsSubstring("kept in " + scratch.path(".")));
  CHECK(fine.code == kExitOk);
  CHECK(fine.out == ":fine\n");
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(scratch.path(".")))
    kept += entry.path().extension() == ".yin";
  CHECK(kept == 1);
}

// -------------------------------------------------------------------------------------------
// looking

TEST_CASE("what is shown as JSON parses as JSON") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  CHECK(json::parse(yin_(scratch, {"agents", domain, "--json"}).out) == json::array());
  const json stat = json::parse(yin_(scratch, {"stat", domain, "--json"}).out);
  CHECK(stat["format"] == yin::substrate::kFormatVersion);
  CHECK(stat["file_bytes"].get<std::uint64_t>() == fs::file_size(domain));
  CHECK(stat["workers"] == json::array());
  const json verified = json::parse(yin_(scratch, {"verify", domain, "--json"}).out);
  CHECK(verified["clean"] == true);
  CHECK(verified["findings"] == json::array());
  CHECK(verified["objects"].get<std::uint64_t>() > 0);
}

TEST_CASE("an atom is shown as EDN or as JSON, a missing one leaves 3") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  const Ended edn = yin_(scratch, {"get", domain, "a"});
  CHECK(edn.code == kExitOk);
  CHECK_THAT(edn.out, ContainsSubstring(":n 1") && ContainsSubstring("\"s\" [1 2.5 nil]"));
  CHECK(json::parse(yin_(scratch, {"get", domain, "a", "--json"}).out) ==
        json({{":n", 1}, {"s", {1, 2.5, nullptr}}}));
  check_refused(yin_(scratch, {"get", domain, "b"}), kExitWorld, "no atom named \"b\"");
  check_refused(yin_(scratch, {"get", domain, "var/*args*"}), kExitWorld, "no atom named");
  check_refused(yin_(scratch, {"get", scratch.path("none.yin"), "a"}), kExitWorld, "none.yin");
  CHECK(yin_(scratch, {"resume", domain}).code == kExitOk);  // nothing to do
}

// ---------------------------------------------------------------------------------------- bad
// files

TEST_CASE("what is no domain is refused by every command that looks at one") {
  const Scratch scratch;
  const std::string text = scratch.program(std::string(100'000, 'x'), "text");
  const std::string empty = scratch.program("", "empty");
  const std::string binary = scratch.path("binary");
  fs::copy_file(YIN_COMMAND, binary);
  for (const std::string command : {"agents", "stat", "verify", "resume"}) {
    INFO(command);
    check_refused(yin_(scratch, {command, text}), kExitDamaged, "not a Yin domain");
    check_refused(yin_(scratch, {command, binary}), kExitDamaged, "not a Yin domain");
    check_refused(yin_(scratch, {command, empty}), kExitDamaged, "0 bytes");
    check_refused(yin_(scratch, {command, scratch.path("none.yin")}), kExitWorld, "none.yin");
    check_refused(yin_(scratch, {command, scratch.path(".")}), kExitUsage, "directory");
    check_refused(yin_(scratch, {command, "/dev/null"}), kExitUsage, "not a regular file");
  }
  const std::string program = scratch.program("1");
  check_refused(yin_(scratch, {"run", program, "--domain", text}), kExitDamaged,
                "not a Yin domain");
  check_refused(yin_(scratch, {"run", program, "--domain", scratch.path(".")}), kExitUsage,
                "directory");
  check_refused(yin_(scratch, {"run", program, "--domain", scratch.path("none/x.yin")}), kExitWorld,
                "none/x.yin");
}

TEST_CASE("a truncated domain is refused, wherever it was cut") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  const auto bytes = static_cast<std::int64_t>(fs::file_size(domain));
  // From the end on: each cut is made in what the last one left.
  for (const std::int64_t length :
       {bytes - 1, bytes - 65'536, bytes / 2, std::int64_t{65'536}, std::int64_t{65'535},
        std::int64_t{4'096}, std::int64_t{4'095}, std::int64_t{1}}) {
    INFO(length << " of " << bytes << " bytes");
    REQUIRE(::truncate(domain.c_str(), length) == 0);
    check_refused(yin_(scratch, {"stat", domain}), kExitDamaged, "truncated");
  }
}

TEST_CASE("a file that may not be written is looked at, not changed, and refused to a job") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  ::chmod(domain.c_str(), 0444);
  const std::string before = slurp(domain);
  for (const Strings& command :
       {Strings{"stat", domain}, {"agents", domain}, {"verify", domain}, {"get", domain, "a"}}) {
    INFO(command[0]);
    CHECK(yin_(scratch, command).code == kExitOk);
  }
  check_refused(yin_(scratch, {"resume", domain}), kExitWorld, "read-only");
  check_refused(yin_(scratch, {"run", scratch.program("1"), "--domain", domain}), kExitWorld,
                "read-only");
  CHECK(slurp(domain) == before);
}

TEST_CASE("--read-only changes no byte, and is refused while others write") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  const std::string before = slurp(domain);
  const Ended got = yin_(scratch, {"get", domain, "a", "--json", "--read-only"});
  CHECK(got.code == kExitOk);
  CHECK(json::parse(got.out)["s"] == json::parse("[1, 2.5, null]"));
  CHECK(yin_(scratch, {"verify", domain, "--read-only"}).code == kExitOk);
  CHECK(slurp(domain) == before);

  const std::string copy = scratch.path("copy.yin");
  fs::copy_file(domain, copy);
  CHECK(yin_(scratch, {"stat", copy, "--read-only"}).code == kExitOk);
  CHECK(slurp(copy) == before);

  // The commands that look must not write over the output of the one that runs.
  const Scratch running;
  Command waits(running, {"run", running.program("(loop [] (recur))"), "--domain", domain});
  Ended shown;
  do {  // until the job has it open
    shown = yin_(scratch, {"stat", domain, "--read-only"});
  } while (shown.code == kExitOk && waits.runs());
  check_refused(shown, kExitWorld, "open for writing by others");
  CHECK(yin_(scratch, {"stat", domain}).code == kExitOk);
  waits.signal(SIGINT);
  const Ended ended = waits.end();
  INFO(ended.err);
  CHECK(ended.code == kExitInterrupted);
}

TEST_CASE("a job keeps its agents in shared memory until that is removed") {
  const Scratch scratch;
  const std::string domain = "shm:yin-cli-test-" + std::to_string(::getpid());
  const std::string program = scratch.program("(def a (atom 42 \"a\"))\n");
  CHECK(yin_(scratch, {"run", program, "--domain", domain, "--processes", "2"}).code == kExitOk);
  const Ended got = yin_(scratch, {"get", domain, "a"});
  CHECK(got.code == kExitOk);
  CHECK(got.out == "42\n");
  CHECK(yin_(scratch, {"remove", domain}).code == kExitOk);
  check_refused(yin_(scratch, {"get", domain, "a"}), kExitWorld, domain);
  check_refused(yin_(scratch, {"remove", domain}), kExitWorld, domain);
  check_refused(yin_(scratch, {"stat", "shm:a/b"}), kExitUsage, "without a slash");
  check_refused(yin_(scratch, {"remove", program}), kExitDamaged, "not a Yin domain");
  CHECK(fs::exists(program));
}

TEST_CASE("a job with a durability is there again in a copy of its file") {
  const Scratch scratch;
  const std::string program = scratch.program("(def a (atom 42 \"a\"))\n(println :done)");
  for (const std::string durability : {"commit", "20"}) {
    const std::string domain = scratch.path("d-" + durability + ".yin");
    INFO(durability);
    const Ended ended =
        yin_(scratch, {"run", program, "--domain", domain, "--durability", durability});
    CHECK(ended.code == kExitOk);
    CHECK(ended.out == ":done\n");
    const std::string copy = scratch.path("copy-" + durability + ".yin");
    fs::copy_file(domain, copy);
    CHECK(yin_(scratch, {"get", copy, "a"}).out == "42\n");
    CHECK(yin_(scratch, {"resume", copy}).code == kExitOk);
    const json facts = json::parse(yin_(scratch, {"fsck", copy, "--json"}).out);
    CHECK(facts["clean"] == true);
    CHECK_FALSE(facts["checkpoints"].empty());
  }
  const Ended wrong = yin_(scratch, {"run", program, "--durability", "often"});
  CHECK(wrong.code == kExitUsage);
  CHECK_THAT(wrong.err, ContainsSubstring("milliseconds"));
  check_refused(
      yin_(scratch, {"run", program, "--domain", "shm:yin-cli-durable", "--durability", "commit"}),
      kExitUsage, "needs a file");
  CHECK(yin_(scratch, {"remove", "shm:yin-cli-durable"}).code == kExitOk);
}

TEST_CASE("checkpoint, backup, compact and fsck keep what a domain holds") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  CHECK_THAT(yin_(scratch, {"fsck", domain}).out,
             ContainsSubstring("no checkpoint") && ContainsSubstring("clean"));
  CHECK_THAT(yin_(scratch, {"checkpoint", domain}).out, ContainsSubstring("checkpoint 1"));
  CHECK_THAT(yin_(scratch, {"fsck", domain}).out,
             ContainsSubstring("checkpoint 1") && ContainsSubstring("clean"));
  const std::string value = yin_(scratch, {"get", domain, "a"}).out;
  const std::string copy = scratch.path("backup.yin");
  CHECK(yin_(scratch, {"backup", domain, copy}).code == kExitOk);
  check_refused(yin_(scratch, {"backup", domain, copy}), kExitUsage, "already");
  CHECK(yin_(scratch, {"compact", domain}).code == kExitOk);
  for (const std::string& path : {domain, copy}) {
    CHECK(yin_(scratch, {"get", path, "a"}).out == value);
    CHECK(yin_(scratch, {"verify", path}).code == kExitOk);
    CHECK(yin_(scratch, {"fsck", path, "--from-checkpoint"}).code == kExitOk);
    CHECK(yin_(scratch, {"get", path, "a"}).out == value);
  }
  const std::string text = scratch.program("no domain", "text");
  for (const std::string command : {"checkpoint", "compact", "fsck"})
    check_refused(yin_(scratch, {command, text}), kExitDamaged, "domain");
  check_refused(yin_(scratch, {"backup", domain, scratch.path("none/x.yin")}), kExitWorld,
                "none/x.yin");
}

TEST_CASE("a domain of another version is refused by its number") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  std::fstream file(domain, std::ios::binary | std::ios::in | std::ios::out);
  DomainIdentity id{};
  file.read(reinterpret_cast<char*>(&id), sizeof id);
  id.format_version = 42;
  id.checksum = XXH3_64bits(&id, offsetof(DomainIdentity, checksum));
  file.seekp(0).write(reinterpret_cast<const char*>(&id), sizeof id);
  file.close();
  check_refused(yin_(scratch, {"stat", domain}), kExitDamaged, "format 42");
}

TEST_CASE("a flipped bit of the header page is seen") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  yin::tests::Random random(seed);
  std::fstream file(domain, std::ios::binary | std::ios::in | std::ios::out);
  const auto flip = [&](std::uint64_t bit) {
    char byte = 0;
    file.seekg(static_cast<std::streamoff>(bit / 8)).read(&byte, 1);
    byte = static_cast<char>(byte ^ 1 << bit % 8);
    file.seekp(static_cast<std::streamoff>(bit / 8)).write(&byte, 1).flush();
  };
  for (int i = yin::test::effort(200); i > 0; --i) {
    // Half of them in the fields, which take less than one part in fifty of the page.
    const std::uint64_t bit = random.below((i % 2 == 0 ? 64 : sizeof(DomainIdentity)) * 8);
    INFO("bit " << bit);
    flip(bit);
    const Ended ended = yin_(scratch, {"stat", domain});
    check_refused(ended, kExitDamaged, bit < 64 ? "not a Yin domain" : "damaged");
    flip(bit);
  }
  CHECK(yin_(scratch, {"stat", domain}).code == kExitOk);
}

// ------------------------------------------------------------------------------------ full,
// interrupted

TEST_CASE("a copied domain with flipped bits gives a finding or its values, never a crash") {
  const Scratch scratch;
  const std::string domain = finished_domain(scratch);
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  yin::tests::Random random(seed);
  const std::string copy = scratch.path("copy.yin");
  for (int i = yin::test::effort(60); i > 0; --i) {
    fs::remove(copy);
    fs::copy_file(domain, copy);
    std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
    std::string flipped;
    for (int flips = 1 + static_cast<int>(random.below(3)); flips > 0; --flips) {
      // The second page and what follows it in the first slab, or anywhere.
      const std::uint64_t bytes = random.below(2) == 0 ? 61'440 : fs::file_size(copy) - 4'096;
      const auto at = static_cast<std::streamoff>(4'096 + random.below(bytes));
      char byte = 0;
      file.seekg(at).read(&byte, 1);
      byte = static_cast<char>(byte ^ 1 << random.below(8));
      file.seekp(at).write(&byte, 1);
      flipped += std::to_string(at) + ' ';
    }
    file.close();
    INFO("flipped at " << flipped);
    const std::vector<std::string> commands[] = {
        {"agents", copy}, {"get", copy, "a"}, {"stat", copy}, {"verify", copy}};
    const Ended ended = yin_(scratch, commands[random.below(4)]);
    INFO(ended.err);
    CHECK((ended.code == kExitOk || ended.code == kExitDamaged || ended.code == kExitProgram ||
           ended.code == kExitWorld));
  }
}

TEST_CASE("a job that meets the file-size limit says so, and goes on when there is room") {
  const Scratch scratch;
  const Texts texts(scratch, 3, 60'000);
  const std::string domain = scratch.path("full.yin");
  const std::uint64_t empty_bytes = fs::file_size(finished_domain(scratch));
  const Ended full = yin_(scratch, texts.count_in(domain), empty_bytes + (1 << 20));
  check_refused(full, kExitWorld, "grow domain " + domain);
  CHECK_THAT(full.err, ContainsSubstring("yin resume " + domain));
  CHECK(yin_(scratch, {"verify", domain}).code == kExitOk);
  check_resumed(scratch, domain, texts);

  // Not even room for an empty one: then there is no file.
  const std::string none = scratch.path("none.yin");
  check_refused(yin_(scratch, {"run", scratch.program("1"), "--domain", none}, 1 << 20), kExitWorld,
                none);
  CHECK_FALSE(fs::exists(none));
}

TEST_CASE("a job on a full disk says so, and goes on when there is room") {
  const Scratch scratch;
  const std::string disk = scratch.path("disk");
  fs::create_directory(disk);
  struct stat small = {};
  REQUIRE(::stat(finished_domain(scratch).c_str(), &small) == 0);
  const std::string size = "size=" + std::to_string(small.st_blocks * 512 + (1 << 20));
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, size.c_str()) != 0)
    SKIP("mounting a small disk takes root");
  struct Unmount {
    const std::string& disk;
    ~Unmount() { ::umount2(disk.c_str(), MNT_DETACH); }
  } const unmount{disk};

  const Texts texts(scratch, 3, 60'000);
  const std::string domain = disk + "/full.yin";
  const Ended full = yin_(scratch, texts.count_in(domain));
  check_refused(full, kExitWorld, "No space left on device");
  CHECK_THAT(full.err, ContainsSubstring("yin resume " + domain));
  // To look at it takes no space.
  CHECK(yin_(scratch, {"verify", domain}).code == kExitOk);
  CHECK(json::parse(yin_(scratch, {"agents", domain, "--json"}).out).size() > 0);
  // Still full: it says so again.
  check_refused(yin_(scratch, {"resume", domain}), kExitWorld, "No space left on device");
  REQUIRE(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=400m") == 0);
  check_resumed(scratch, domain, texts);
}

// A zombie does not.
bool runs(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

TEST_CASE("agents that sleep are not stuck, and a killed job wakes them when it is resumed") {
  const Scratch scratch;
  const std::string program = scratch.program("(println :early) (sleep 600) (println :late)\n");
  const std::string domain = scratch.path("sleep.yin");
  const Scratch looking;
  Command run(scratch, {"run", program, "--domain", domain});
  yin::substrate::SharedHalf never{};
  const auto sleeps = [&] {
    const Ended agents = yin_(looking, {"agents", domain});
    return agents.out.find("sleep until 20") != std::string::npos;
  };
  while (!sleeps() && run.runs()) park_on(never, 0, 1);
  run.signal(SIGKILL);
  CHECK(run.end().code == 128 + SIGKILL);
  const Ended resumed = yin_(scratch, {"resume", domain});
  INFO(resumed.err);
  CHECK(resumed.code == kExitOk);
  CHECK_THAT(resumed.out, ContainsSubstring(":late\n"));
}

TEST_CASE("a running agent is looked at, traced and cancelled from outside") {
  const Scratch scratch;
  const std::string program = scratch.program(
      "(def a (spawn {:name \"busy\" :monitor true}\n"
      "  (fn count-up [] (loop [turn 0]\n"
      "    (sleep 1)\n"
      "    (recur (inc turn))))))\n"
      "(println (last (receive)))\n");
  const std::string domain = scratch.path("busy.yin");
  const Scratch looking;
  Command run(scratch, {"run", program, "--domain", domain});
  yin::substrate::SharedHalf never{};
  std::string id;
  while (id.empty() && run.runs()) {
    const Ended agents = yin_(looking, {"agents", domain});
    const std::size_t at = agents.out.find("  busy");
    if (at != std::string::npos) {
      const std::size_t line = agents.out.rfind('\n', at) + 1;
      id = agents.out.substr(line, agents.out.find(' ', line) - line);
    }
    park_on(never, 0, 1);
  }
  const Ended found = yin_(looking, {"inspect", domain, id});
  CHECK(found.code == kExitOk);
  CHECK_THAT(found.out, ContainsSubstring(":agent/name \"busy\""));
  CHECK_THAT(found.out, Matches("(\\[[0-9]+ :[a-z-]+/[a-z-]+ .* [0-9]+ 1\\]\n)+"));
  const Ended all = yin_(looking, {"inspect", domain, "--json"});
  CHECK(json::parse(all.out).size() > 10);
  const Ended traced = yin_(looking, {"trace", domain, id, "--steps", "6"});
  CHECK(traced.code == kExitOk);
  CHECK(std::count(traced.out.begin(), traced.out.end(), '\n') == 6);
  CHECK_THAT(traced.out, ContainsSubstring("sleep until"));
  CHECK_THAT(traced.out, ContainsSubstring("program.clj:3"));
  CHECK(yin_(looking, {"cancel", domain, id}).code == kExitOk);
  const Ended ended = run.end();
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == ":cancelled\n");
  check_refused(yin_(looking, {"cancel", domain, id}), kExitWorld, "has no agent");
  check_refused(yin_(looking, {"inspect", domain, id}), kExitWorld, "there is no agent");
  check_refused(yin_(looking, {"cancel", domain, "first"}), kExitUsage, "an agent's id");
}

TEST_CASE("an interrupted job leaves 130 and goes on where it was") {
  const Scratch scratch;
  const Texts texts(scratch, 6, 60'000);
  for (const int number : {SIGINT, SIGTERM}) {
    const std::string domain = scratch.path("interrupted" + std::to_string(number) + ".yin");
    // The command that looks must not write over the output of the one that runs.
    const Scratch looking;
    Command run(scratch, texts.count_in(domain));
    yin::substrate::SharedHalf never{};
    while (bytes_done(looking, domain) == 0 && run.runs()) park_on(never, 0, 1);
    run.signal(number);
    const Ended ended = run.end();
    INFO(ended.err);
    CHECK(ended.code == kExitInterrupted);
    CHECK_THAT(ended.err, ContainsSubstring("yin resume " + domain));
    CHECK(ended.out.empty());
    const std::int64_t done = bytes_done(looking, domain);
    CHECK(done < static_cast<std::int64_t>(texts.bytes));
    // They left in order or, too slow for the supervisor's patience, were killed.
    const json stat = json::parse(yin_(scratch, {"stat", domain, "--json"}).out);
    for (const json& worker : stat["workers"]) CHECK(!runs(worker["pid"].get<pid_t>()));
    check_resumed(scratch, domain, texts);
  }
}

TEST_CASE("the drill kills a worker and the result is right") {
  const Scratch scratch;
  const Texts texts(scratch, 3, 60'000);
  const std::string domain = scratch.path("drill.yin");
  Strings arguments = texts.count_in(domain);
  arguments.insert(arguments.begin() + 2, {"--drill", "30"});
  const Ended ended = yin_(scratch, arguments);
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK_THAT(ended.err, ContainsSubstring("was killed (SIGKILL)"));
  CHECK_THAT(ended.err, ContainsSubstring("adopted"));
  check_resumed(scratch, domain, texts);  // nothing left to do
}

TEST_CASE("watches are called once a change, also when a worker is killed between the two") {
  const Scratch scratch;
  const std::string domain = scratch.path("watched.yin");
  const std::string program = scratch.program(
      "(def total (atom 0 \"total\" :validator nat-int?))\n"
      "(def told (atom 0 \"told\"))\n"
      "(def progress (atom [0 400] \"progress\"))\n"
      "(add-watch total :log (fn [_ _ before after] (swap! told + (- after before))))\n"
      "(dotimes [_ 4]\n"
      "  (spawn (fn [] (dotimes [_ 100] (swap! total inc) (swap! progress update 0 inc)))))\n");
  const Ended ended =
      yin_(scratch, {"run", program, "--domain", domain, "--processes", "2", "--drill", "30"});
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK(yin_(scratch, {"get", domain, "total"}).out == "400\n");
  CHECK(yin_(scratch, {"get", domain, "told"}).out == "400\n");
}

TEST_CASE("a program of several files is found beside it and where --path says") {
  const Scratch scratch;
  std::filesystem::create_directories(scratch.path("my/deep_er"));
  std::filesystem::create_directories(scratch.path("lib"));
  scratch.program("(ns my.deep-er.a (:require b)) (defn f [x] (b/f (inc x)))", "my/deep_er/a.clj");
  scratch.program("(ns b)\n(defn f [x] (/ 10 x))\n(defn- hidden [] 1)\n", "lib/b.clj");
  const std::string program = scratch.program(
      "(ns app (:require [my.deep-er.a :as a] [b :refer [f]]))\n"
      "(println (a/f 4) (f 4))\n(f 0)\n");
  const Ended found = yin_(scratch, {"run", program, "--path", scratch.path("lib")});
  CHECK(found.out == "2 5/2\n");
  check_refused(found, kExitProgram, "b.clj:2:13: division by zero in /");
  check_refused(yin_(scratch, {"run", program}), kExitProgram,
                "a.clj:1:28: there is no Clojure module `b`: no b.clj in ");
  CHECK(yin_(scratch, {"run", program, "--path", scratch.path("none")}).code == kExitUsage);
  const std::string python = scratch.program("from b import f\nprint(f(5))\n", "p.py");
  CHECK(yin_(scratch, {"run", python, "--path", scratch.path("lib")}).out == "2\n");
  const std::string hidden = scratch.program("\nfrom b import hidden\n", "q.py");
  check_refused(yin_(scratch, {"run", hidden, "--path", scratch.path("lib")}), kExitProgram,
                "q.py:2:1: `b/hidden` is private to its module");
  const std::string escape = scratch.program("(require '[..b :as b])", "e.clj");
  check_refused(yin_(scratch, {"run", escape}), kExitProgram, "it is no name of a file");
  const std::string longer = scratch.program("(require '" + std::string(300, 'l') + ")", "l.clj");
  check_refused(yin_(scratch, {"run", longer}), kExitProgram, "there is no Clojure module");
}

TEST_CASE("a program's name or --language says what language it is in") {
  const Scratch scratch;
  const std::string program = scratch.program("print(7 / 2, [1, None])\n", "program");
  CHECK(yin_(scratch, {"run", program, "--language", "python"}).out == "3.5 [1, None]\n");
  check_refused(yin_(scratch, {"run", program}), kExitProgram, "program:1:");
}

TEST_CASE("errors go from Python to Clojure and back, and are caught in either") {
  const Scratch scratch;
  scratch.program(
      "(defn divide [a b] (quot a b))\n"
      "(defn third [xs] (nth xs 2))\n"
      "(defn lose [] (throw (ex-info \"lost\" {:kind :lost :where 7})))\n"
      "(defn kind-of-failure [f] (try (f) (catch Exception e [(ex-kind e) (ex-message e)])))\n"
      "(defn give-back [f] (try (f) (catch Exception e e)))\n",
      "parts.clj");
  const std::string program = scratch.program(
      "from parts import divide, third, lose, kind_of_failure, give_back\n"
      "def attempt(f):\n"
      "    try:\n"
      "        return f()\n"
      "    except ArithmeticError as e:\n"
      "        return 'arithmetic', str(e)\n"
      "    except IndexError as e:\n"
      "        return 'index', type(e).__name__\n"
      "    except TypeError as e:\n"
      "        return 'type', type(e).__name__\n"
      "    except Exception as e:\n"
      "        return type(e).__name__, str(e), e.args\n"
      "def fail():\n"
      "    raise KeyError('k')\n"
      "print(attempt(lambda: divide(7, 2)))\n"
      "print(attempt(lambda: divide(7, 0)))\n"
      "print(attempt(lambda: third([1])))\n"
      "print(attempt(lambda: divide('a', 1)))\n"
      "print(attempt(lambda: divide(1)))\n"
      "print(attempt(lose))\n"
      "print(kind_of_failure(lambda: 1 // 0), kind_of_failure(fail))\n"
      "print(repr(give_back(fail)))\n",
      "whole.py");
  const Ended ended = yin_(scratch, {"run", program});
  INFO(ended.err);
  CHECK(ended.code == kExitOk);
  CHECK(ended.out ==
        "3\n('arithmetic', 'division by zero in quot')\n('index', 'IndexError')\n"
        "('type', 'TypeError')\n('type', 'TypeError')\n('Exception', 'lost', ('lost',))\n"
        "['arithmetic', 'ZeroDivisionError: integer division or modulo by zero'] "
        "['index', \"KeyError: 'k'\"]\nKeyError('k')\n");
}

TEST_CASE("a Python program's mistakes are shown with their place") {
  const Scratch scratch;
  const Ended refused =
      yin_(scratch, {"run", scratch.program("x = 1\nclass A:\n    pass\n", "a.py")});
  check_refused(refused, kExitProgram, "a.py:2:1: classes are not supported yet");
  CHECK_THAT(refused.err, ContainsSubstring("\n  class A:\n  ^\n"));
  const Ended failed =
      yin_(scratch, {"run", scratch.program("def f(x):\n    return 1 / x\nf(0)\n", "b.py")});
  check_refused(failed, kExitProgram, "b.py:2:14: ZeroDivisionError: division by zero");
  const Ended lonely = yin_(scratch, {"run", scratch.program("\nfrom nowhere import f\n", "c.py")});
  check_refused(lonely, kExitProgram, "c.py:2:1: there is no Clojure module");
}
