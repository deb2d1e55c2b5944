#pragma once

// LineEditor: a line of text from a person at a terminal, or from a file or another program.
//
// At a terminal the line can be edited, earlier lines come back with the arrow keys and ctrl-R, and
// the tabulator completes names (docs/decisions/0022). Elsewhere lines are read as they are: there is
// no prompt then, and nothing is remembered. line_editor_libedit.cc is over libedit, which
// line_editor_plain.cc does without where that is not installed.
//
// One at a time, for one thread. Ctrl-C must be noted (children.h), else it ends the process.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/cli/history.h"

namespace yin::cli {

struct LineEditorOptions {
  // The names that begin with a text, sorted.
  std::function<std::vector<std::string>(const std::string&)> complete;
  // Characters that no name holds.
  std::string breaks = " ";
};

class LineEditor {
 public:
  LineEditor(History& history, LineEditorOptions options);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  [[nodiscard]] bool is_terminal() const { return terminal_; }

  enum class Read { kLine, kEnd, kInterrupted };
  // Without the line's end.
  Read read(const std::string& prompt, std::string& line);

 private:
  struct State;  // of libedit
  Read read_plain(const std::string& prompt, std::string& line) const;

  History& history_;
  LineEditorOptions options_;
  bool terminal_;
  std::unique_ptr<State> state_;
};

}  // namespace yin::cli
