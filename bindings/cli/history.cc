#include "bindings/cli/history.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace yin::cli {

namespace {

namespace fs = std::filesystem;

// To a new file that takes the old one's place: a session beside this one sees one or the other.
void write_anew(const std::string& path, const std::vector<std::string>& lines) {
  const std::string made = path + ".new";
  std::error_code ignored;
  {
    std::ofstream out(made, std::ios::binary | std::ios::trunc);
    fs::permissions(made, fs::perms::owner_read | fs::perms::owner_write, ignored);
    for (const std::string& line : lines) out << line << '\n';
    if (!out.flush()) return;
  }
  fs::rename(made, path, ignored);
}

}  // namespace

std::string History::default_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::string(state) + "/yin/history";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return {};
  return std::string(home) + "/.local/state/yin/history";
}

History::History(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::create_directories(fs::path(path_).parent_path(), ignored);
  std::ifstream in(path_, std::ios::binary);
  for (std::string line; std::getline(in, line);) lines_.push_back(line);
  const bool long_enough = lines_.size() >= 2 * kKept;
  if (lines_.size() > kKept) lines_.erase(lines_.begin(), lines_.end() - kKept);
  if (long_enough) write_anew(path_, lines_);
}

bool History::add(const std::string& line) {
  if (line.find_first_not_of(" \t") == line.npos || line.find('\n') != line.npos) return false;
  if (!lines_.empty() && lines_.back() == line) return false;
  lines_.push_back(line);
  if (path_.empty()) return true;
  const bool fresh = !fs::exists(path_);
  std::ofstream out(path_, std::ios::binary | std::ios::app);
  std::error_code ignored;
  if (fresh) fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write, ignored);
  out << line + '\n';  // one write
  return true;
}

}  // namespace yin::cli
