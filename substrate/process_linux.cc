#include "substrate/process.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace yin::substrate {

namespace {

struct ProcessStat {
  bool exists = false;
  char state = '?';
  std::uint64_t start = 0;
};

// /proc/PID/stat: pid (name) state ... with the start time as field 22. The name may hold anything,
// also ')'.
ProcessStat read_stat(const std::string& path) {
  ProcessStat result;
  std::FILE* f = std::fopen(path.c_str(), "re");
  if (f == nullptr) return result;
  char text[2048] = {};
  const std::size_t n = std::fread(text, 1, sizeof text - 1, f);
  (void)std::fclose(f);
  const char* at = n == 0 ? nullptr : std::strrchr(text, ')');
  if (at == nullptr || at[1] != ' ') return result;
  at += 2;
  result.exists = true;
  result.state = *at;
  for (int field = 3; field < 22 && at != nullptr; ++field) {
    at = std::strchr(at, ' ');
    if (at != nullptr) ++at;
  }
  if (at != nullptr) result.start = std::strtoull(at, nullptr, 10);
  return result;
}

std::uint64_t own_namespace() {
  struct stat s = {};
  return ::stat("/proc/self/ns/pid", &s) == 0 ? s.st_ino : 0;
}

}  // namespace

ProcessIdentity this_process() {
  return {static_cast<std::uint64_t>(::getpid()), read_stat("/proc/self/stat").start,
          own_namespace()};
}

bool process_is_stopped(const ProcessIdentity& process) {
  if (process.pid_namespace == 0 || process.pid_namespace != own_namespace()) return false;
  const ProcessStat now = read_stat("/proc/" + std::to_string(process.pid) + "/stat");
  return now.exists && now.start == process.start && (now.state == 'T' || now.state == 't');
}

bool process_is_gone(const ProcessIdentity& process) {
  if (process.pid_namespace == 0 || process.pid_namespace != own_namespace()) return true;
  const ProcessStat now = read_stat("/proc/" + std::to_string(process.pid) + "/stat");
  return !now.exists || now.start != process.start || now.state == 'Z' || now.state == 'X';
}

}  // namespace yin::substrate
