// The word count under fire: three worker processes, SIGKILL at random instants, now and then at
// everything including the supervisor and then a resume. Every run must end with the right table
// and a clean domain.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "substrate/clock.h"
#include "substrate/park.h"

namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Scratch {
  fs::path dir = fs::temp_directory_path() / ("yin-storm-" + std::to_string(::getpid()));
  Scratch() { fs::create_directories(dir); }
  ~Scratch() { fs::remove_all(dir); }
};

// A text of some 20,000 different words, the frequent ones much more frequent; and its counts.
std::map<std::string, long> write_text(const fs::path& path, std::mt19937_64& random,
                                       std::size_t words) {
  std::ofstream out(path, std::ios::binary);
  std::map<std::string, long> counts;
  std::exponential_distribution<> rank(1.0 / 1500);
  for (std::size_t i = 0; i < words; ++i) {
    const std::string word = "w" + std::to_string(static_cast<unsigned>(rank(random)));
    ++counts[word];
    out << word << (i % 11 == 10 ? '\n' : ' ');
  }
  return counts;
}

pid_t start(const std::vector<std::string>& arguments, const fs::path& out, const fs::path& err) {
  std::vector<std::string> all = {YIN_COMMAND};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& a : all) argv.push_back(a.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
  ::execv(YIN_COMMAND, argv.data());
  ::_exit(127);
}

int finish(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<pid_t> children_of(pid_t pid) {
  std::istringstream in(
      slurp("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children"));
  return {std::istream_iterator<pid_t>(in), {}};
}

void pause_us(std::uint64_t us) {  // a random instant, not a wait for anything
  const std::uint64_t until = yin::substrate::monotonic_ns() + us * 1000;
  yin::substrate::SharedHalf never{};
  while (yin::substrate::monotonic_ns() < until) park_on(never, 0, 1);
}

// The numbers in "... adopted 0.3 ms after its death".
std::vector<double> adoption_times(const std::string& log) {
  std::vector<double> times;
  constexpr std::string_view kBefore = "adopted ";
  for (std::size_t at = log.find(kBefore); at != std::string::npos;
       at = log.find(kBefore, at + 1)) {
    times.push_back(std::strtod(log.c_str() + at + kBefore.size(), nullptr));
  }
  return times;
}

struct Storm {
  int kills = 0, resumes = 0;
  std::vector<double> adoption_ms;
};

Storm storm(int runs, std::uint64_t seed) {
  const Scratch scratch;
  std::mt19937_64 random(seed);
  std::vector<std::string> inputs;
  std::map<std::string, long> expected;
  for (int i = 0; i < 6; ++i) {
    inputs.push_back((scratch.dir / ("text" + std::to_string(i))).string());
    for (const auto& [word, n] : write_text(inputs.back(), random, 60'000)) expected[word] += n;
  }
  const fs::path domain = scratch.dir / "storm.yin", out = scratch.dir / "out",
                 err = scratch.dir / "err";
  Storm result;
  for (int run = 0; run < runs; ++run) {
    fs::remove(domain);
    fs::remove(err);
    std::vector<std::string> arguments = {"run",         YIN_SOURCE_DIR "/examples/wordcount.clj",
                                          "--domain",    domain.string(),
                                          "--processes", "3",
                                          "--grant",     "file",
                                          "--"};
    arguments.insert(arguments.end(), inputs.begin(), inputs.end());
    pid_t parent = start(arguments, out, err);
    int code = -1;
    for (int kills = static_cast<int>(random() % 6); kills > 0; --kills) {
      pause_us(random() % 60'000);
      const std::vector<pid_t> workers = children_of(parent);
      if (workers.empty()) continue;
      if (random() % 8 == 0 && fs::exists(domain)) {
        ::kill(parent, SIGKILL);  // its workers go with it
        finish(parent);
        parent = start({"resume", domain.string()}, out, err);
        ++result.resumes;
      } else {
        ::kill(workers[random() % workers.size()], SIGKILL);
        ++result.kills;
      }
    }
    code = finish(parent);
    INFO("seed " << seed << ", run " << run << ":\n" << slurp(err));
    REQUIRE(code == 0);

    REQUIRE(finish(start({"get", domain.string(), "counts"}, out, err)) == 0);
    std::map<std::string, long> counts;
    std::istringstream edn(slurp(out));  // {"word" 12, "other" 3}
    for (std::string word, n;
         std::getline(edn, word, '"') && std::getline(edn, word, '"') && (edn >> n);) {
      counts[word] = std::strtol(n.c_str(), nullptr, 10);
    }
    REQUIRE(counts == expected);
    const int verified = finish(start({"verify", domain.string()}, out, err));
    INFO(slurp(out));
    REQUIRE(verified == 0);
    const std::vector<double> times = adoption_times(slurp(err));
    result.adoption_ms.insert(result.adoption_ms.end(), times.begin(), times.end());
  }
  return result;
}

void report(const Storm& s, int runs, std::uint64_t seed) {
  std::vector<double> ms = s.adoption_ms;
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double p) {
    return ms.empty() ? 0 : ms[static_cast<std::size_t>(p * static_cast<double>(ms.size() - 1))];
  };
  std::cout << "word count storm: seed " << seed << ", " << runs << " runs, " << s.kills
            << " workers killed, " << s.resumes << " resumes, adoption p50 " << at(0.5)
            << " ms, p99 " << at(0.99) << " ms\n";
}

std::uint64_t seed_of_run() {
  const char* given = std::getenv("YIN_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : yin::substrate::wall_clock_ns();
}

}  // namespace

TEST_CASE("the word count is right whoever is killed when") {
  const std::uint64_t seed = seed_of_run();
  report(storm(15, seed), 15, seed);
}

TEST_CASE("the word count is right in 300 runs under kills", "[long]") {
  const std::uint64_t seed = seed_of_run();
  report(storm(300, seed), 300, seed);
}
