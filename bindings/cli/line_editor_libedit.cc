// Lines by libedit.

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <string>
#include <utility>

#include <histedit.h>

#include "bindings/cli/children.h"
#include "bindings/cli/line_editor.h"
#include "bindings/cli/pipes.h"

namespace yin::cli {

struct LineEditor::State {
  EditLine* editor = nullptr;
  ::History* lines = nullptr;  // libedit's
  std::string prompt;
};

namespace {

using Strings = std::vector<std::string>;

constexpr std::size_t kListedMax = 200;  // names shown at once
constexpr std::size_t kWidth = 80;
constexpr int kLookMs = 50;
constexpr const char* kIndent = "  ";

std::size_t common_beginning(const Strings& names) {
  std::size_t length = names.front().size();
  for (const std::string& name : names) {
    const auto differ = std::ranges::mismatch(names.front(), name);
    length = std::min(length, static_cast<std::size_t>(differ.in1 - names.front().begin()));
  }
  return length;
}

void list(const Strings& names) {
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size() + 2);
  const std::size_t columns = std::max<std::size_t>(kWidth / width, 1);
  std::string text = "\n";
  for (std::size_t i = 0; i < std::min(names.size(), kListedMax); ++i) {
    text += names[i];
    const bool last = (i + 1) % columns == 0;
    text += last ? "\n" : std::string(width - names[i].size(), ' ');
  }
  if (!text.ends_with('\n')) text += '\n';
  if (names.size() > kListedMax)
    text += "... and " + std::to_string(names.size() - kListedMax) + " more\n";
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
}

// The prompt and the names of the one editor that there is.
const std::string* the_prompt = nullptr;
const LineEditorOptions* the_options = nullptr;

char* prompt_of(EditLine*) { return const_cast<char*>(the_prompt->c_str()); }

// What is typed. A signal may come at any time, also in front of a wait, so that none is long.
int next_character(EditLine*, wchar_t* character) {
  std::mbstate_t state{};
  for (;;) {
    int byte = Pipes::kNone;
    while (byte == Pipes::kNone) {
      if (interrupted()) return -1;
      byte = Pipes::next_byte(kLookMs);
    }
    if (byte == Pipes::kEnd) return 0;
    const char c = static_cast<char>(byte);
    const std::size_t length = std::mbrtowc(character, &c, 1, &state);
    if (length <= 1) return 1;
    if (length == static_cast<std::size_t>(-1))
      state = {};  // no character of the locale's: left out
  }
}

// The tabulator: completes the name before the cursor as far as it is clear, shows what it may be if
// it is not, and indents where no name begins.
unsigned char complete(EditLine* editor, int) {
  const LineInfo* line = el_line(editor);
  const std::string_view before(line->buffer,
                                static_cast<std::size_t>(line->cursor - line->buffer));
  const std::size_t from = before.find_last_of(the_options->breaks);
  const std::string word(from == before.npos ? before : before.substr(from + 1));
  if (word.empty()) return el_insertstr(editor, kIndent) == 0 ? CC_REFRESH : CC_ERROR;
  const Strings names = the_options->complete(word);
  if (names.empty()) return CC_REFRESH_BEEP;
  const std::string more = names.front().substr(word.size(), common_beginning(names) - word.size());
  if (!more.empty()) {
    if (el_insertstr(editor, more.c_str()) != 0) return CC_ERROR;
    return CC_REFRESH;
  }
  if (names.size() == 1) return CC_REFRESH_BEEP;
  list(names);
  return CC_REDISPLAY;
}

}  // namespace

LineEditor::LineEditor(History& history, LineEditorOptions options)
    : history_(history), options_(std::move(options)), terminal_(Pipes::is_terminal()) {
  if (!terminal_) return;
  // Characters of more than one byte are one: as the user's locale has them, or in UTF-8 anyway.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  EditLine* editor = el_init("yin", stdin, stdout, stderr);
  if (editor == nullptr) return;
  state_ = std::make_unique<State>();
  state_->editor = editor;
  state_->lines = history_init();
  the_prompt = &state_->prompt;
  the_options = &options_;
  HistEvent event;
  ::history(state_->lines, &event, H_SETSIZE, static_cast<int>(History::kKept));
  for (const std::string& line : history_.lines())
    ::history(state_->lines, &event, H_ENTER, line.c_str());
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_PROMPT, prompt_of);
  el_set(editor, EL_HIST, ::history, state_->lines);
  el_set(editor, EL_SIGNAL, 0);
  el_set(editor, EL_GETCFN, next_character);
  // (With narrow text it copies the two and forgets the copies.)
  el_wset(editor, EL_ADDFN, L"yin-complete", L"Completes a name", complete);
  el_set(editor, EL_BIND, "^I", "yin-complete", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(editor, nullptr);  // the user's own ~/.editrc
}

LineEditor::~LineEditor() {
  if (state_ == nullptr) return;
  el_end(state_->editor);
  history_end(state_->lines);
}

LineEditor::Read LineEditor::read(const std::string& prompt, std::string& line) {
  if (state_ == nullptr) return read_plain(prompt, line);
  state_->prompt = prompt;
  int count = 0;
  // Before the prompt: what is typed when it is there is for the editor, ^D not for the terminal.
  el_set(state_->editor, EL_PREP_TERM, 1);
  const char* text = el_gets(state_->editor, &count);
  if (interrupted()) {
    (void)std::fputs("^C\n", stdout);
    return Read::kInterrupted;
  }
  if (text == nullptr || count <= 0) return Read::kEnd;
  line.assign(text, static_cast<std::size_t>(count));
  if (line.ends_with('\n')) line.pop_back();
  HistEvent event;
  if (history_.add(line)) ::history(state_->lines, &event, H_ENTER, line.c_str());
  return Read::kLine;
}

}  // namespace yin::cli
