#pragma once

// History: the lines a person typed at `yin repl`, from one session to the next.
//
// A plain text file, one line each, that each session appends to as lines come, so that a session
// that is killed, or a second one beside it, loses none. It is cut to the newest kKept lines when it
// is opened with twice as many. It stands where XDG's rules put what a program remembers:
// $XDG_STATE_HOME/yin/history, by default ~/.local/state/yin/history, and nobody else may read it.
// Where it cannot be written nothing is remembered, and nothing is said.

#include <cstddef>
#include <string>
#include <vector>

namespace yin::cli {

class History {
 public:
  static constexpr std::size_t kKept = 1000;

  // Reads the file. An empty path: of this session alone.
  explicit History(std::string path);

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // Not one of blanks, nor the one before again. Was it added?
  bool add(const std::string& line);

  // Where it stands for who asks the environment; empty when there is no home.
  static std::string default_path();

 private:
  std::string path_;
  std::vector<std::string> lines_;
};

}  // namespace yin::cli
