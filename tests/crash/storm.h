#pragma once

// Storms: `yin run` as a user runs it, while its worker processes are killed at random instants,
// now and then all of them with their supervisor, and the job is resumed.
//
//   const Storm scratch("name");
//   const int code = under_fire(scratch, arguments, random, losses);
//
// A seed chooses who is killed and about when; the operating system chooses what he is at. Each
// program says for itself what must come out; that nothing is lost or doubled is the test's claim.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "substrate/clock.h"
#include "substrate/park.h"

namespace yin::crash {

namespace fs = std::filesystem;

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A directory, and in it the domain of the job and what it printed.
struct Storm {
  explicit Storm(const std::string& name)
      : dir(fs::temp_directory_path() / ("yin-" + name + "-" + std::to_string(::getpid()))),
        domain(dir / "storm.yin"),
        out(dir / "out"),
        err(dir / "err") {
    fs::create_directories(dir);
  }
  ~Storm() { fs::remove_all(dir); }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  fs::path dir, domain, out, err;
};

inline pid_t start(const std::vector<std::string>& arguments, const fs::path& out,
                   const fs::path& err) {
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

inline int finish(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

inline std::vector<pid_t> children_of(pid_t pid) {
  std::istringstream in(
      slurp("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children"));
  return {std::istream_iterator<pid_t>(in), {}};
}

inline void pause_us(std::uint64_t us) {  // a random instant, not a wait for anything
  const std::uint64_t until = substrate::monotonic_ns() + us * 1000;
  substrate::SharedHalf never{};
  while (substrate::monotonic_ns() < until) park_on(never, 0, 1);
}

// The numbers in "... adopted 0.3 ms after its death".
inline std::vector<double> adoption_times(const std::string& log) {
  std::vector<double> times;
  constexpr std::string_view kBefore = "adopted ";
  for (std::size_t at = log.find(kBefore); at != std::string::npos;
       at = log.find(kBefore, at + 1)) {
    times.push_back(std::strtod(log.c_str() + at + kBefore.size(), nullptr));
  }
  return times;
}

struct Fire {
  int kills_max = 5;
  std::uint64_t pause_max_us = 60'000;  // between two
};

struct Losses {
  int kills = 0, resumes = 0;
  std::vector<double> adoption_ms;
};

inline bool has_ended(pid_t pid) {
  siginfo_t info = {};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

// Its worker processes, as soon as there are any; none if it ends before.
inline std::vector<pid_t> workers_of(pid_t parent) {
  for (;;) {
    std::vector<pid_t> workers = children_of(parent);
    if (!workers.empty() || has_ended(parent)) return workers;
    pause_us(500);
  }
}

// Has the job its program? Workers are there before that, and without it nothing can be resumed.
inline bool has_agents(const Storm& storm) {
  const fs::path out = storm.dir / "agents";
  const bool looked = finish(start({"agents", storm.domain.string()}, out, out)) == 0;
  const std::string table = slurp(out);
  return looked && std::count(table.begin(), table.end(), '\n') > 1;
}

// Runs `yin` with the arguments, kills some of its processes, and waits for its end. Its exit code.
inline int under_fire(const Storm& storm, const std::vector<std::string>& arguments,
                      std::mt19937_64& random, Losses& losses, const Fire& fire = {}) {
  fs::remove(storm.domain);
  fs::remove(storm.err);
  pid_t parent = start(arguments, storm.out, storm.err);
  for (int kills = static_cast<int>(random() % static_cast<unsigned>(1 + fire.kills_max));
       kills > 0; --kills) {
    (void)workers_of(parent);
    pause_us(random() % fire.pause_max_us);
    const std::vector<pid_t> workers = workers_of(parent);
    if (workers.empty()) break;
    if (random() % 8 == 0 && has_agents(storm)) {
      ::kill(parent, SIGKILL);  // its workers go with it
      finish(parent);
      parent = start({"resume", storm.domain.string()}, storm.out, storm.err);
      ++losses.resumes;
    } else {
      ::kill(workers[random() % workers.size()], SIGKILL);
      ++losses.kills;
    }
  }
  const int code = finish(parent);
  const std::vector<double> times = adoption_times(slurp(storm.err));
  losses.adoption_ms.insert(losses.adoption_ms.end(), times.begin(), times.end());
  return code;
}

inline std::string describe(const Losses& losses, int runs, std::uint64_t seed) {
  std::vector<double> ms = losses.adoption_ms;
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double p) {
    return ms.empty() ? 0 : ms[static_cast<std::size_t>(p * static_cast<double>(ms.size() - 1))];
  };
  std::ostringstream text;
  text << "seed " << seed << ", " << runs << " runs, " << losses.kills << " workers killed, "
       << losses.resumes << " resumes, adoption p50 " << at(0.5) << " ms, p99 " << at(0.99)
       << " ms";
  return text.str();
}

inline std::uint64_t seed_of_run() {
  const char* given = std::getenv("YIN_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : substrate::wall_clock_ns();
}

}  // namespace yin::crash
