#include "bindings/cli/line_editor.h"

#include <cstdio>

#include "bindings/cli/children.h"

namespace yin::cli {

LineEditor::Read LineEditor::read_plain(const std::string& prompt, std::string& line) const {
  if (terminal_) {
    (void)std::fputs(prompt.c_str(), stdout);
    (void)std::fflush(stdout);
  }
  line.clear();
  int c = 0;
  while ((c = std::getc(stdin)) != EOF && c != '\n') line += static_cast<char>(c);
  if (c == EOF) {
    std::clearerr(stdin);
    if (interrupted()) return Read::kInterrupted;
    if (line.empty()) return Read::kEnd;
  }
  if (line.ends_with('\r')) line.pop_back();
  return Read::kLine;
}

}  // namespace yin::cli
