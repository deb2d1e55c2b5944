// Lines as they come, without libedit.

#include "bindings/cli/line_editor.h"
#include "bindings/cli/pipes.h"

namespace yin::cli {

struct LineEditor::State {};

LineEditor::LineEditor(History& history, LineEditorOptions options)
    : history_(history), options_(std::move(options)), terminal_(Pipes::is_terminal()) {}
LineEditor::~LineEditor() = default;

LineEditor::Read LineEditor::read(const std::string& prompt, std::string& line) {
  const Read read = read_plain(prompt, line);
  if (terminal_ && read == Read::kLine) history_.add(line);
  return read;
}

}  // namespace yin::cli
