#include "bindings/cli/report.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "ast/module.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/prelude.h"

namespace yin::cli {

using substrate::ErrorField;
using substrate::Pin;
using substrate::Word;

namespace {

constexpr std::size_t kShownBefore = 60;  // characters of a long line around the place
constexpr std::size_t kShownLine = 100;
constexpr std::size_t kCallersShown = 10;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

// The byte at which a character begins, the text's size behind the last.
std::size_t byte_of(std::string_view text, std::size_t character) {
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (begins_character(text[i]) && character-- == 0) break;
  }
  return i;
}

std::string_view line_of(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_shown(unsigned char c) { return c >= 0x20 && c != 0x7f; }

std::uint32_t number_in(const Pin& pin, Word error, std::uint32_t field) {
  const Word w = substrate::field(pin, error, field);
  return substrate::is_small_int(w) ? static_cast<std::uint32_t>(substrate::small_int(w)) : 0;
}

std::string file_of(const Pin& pin, Word file) {
  return substrate::is_string(file) ? to_string(pin, file) : std::string();
}

// "called from f (a.clj:3:7)", of those in programs; one that comes several times in a row once.
std::string callers(const Pin& pin, Word frame) {
  struct Caller {
    std::string text;
    std::size_t times;
  };
  std::vector<Caller> all;
  std::size_t more = 0;
  for (; !substrate::is_nil(frame); frame = vm::view_frame(pin, frame).caller) {
    const vm::FrameView view = vm::view_frame(pin, frame);
    const vm::ErrorPlace place = vm::place_of_node(pin, view.function.program(), view.entity());
    const std::string file = file_of(pin, place.file);
    if (file == vm::kPreludeFile || file == vm::kPythonPreludeFile) continue;
    if (!substrate::is_small_int(place.line)) continue;
    std::string text(vm::closure_name(pin, view.closure));
    text += " (" + file + ":" + std::to_string(substrate::small_int(place.line));
    if (substrate::is_small_int(place.column))
      text += ":" + std::to_string(substrate::small_int(place.column));
    text += ")";
    if (!all.empty() && more == 0 && all.back().text == text) {
      ++all.back().times;
    } else if (all.size() < kCallersShown) {
      all.push_back({std::move(text), 1});
    } else {
      ++more;
    }
  }
  std::string out;
  for (const Caller& caller : all) {
    out += "\n  called from " + caller.text;
    if (caller.times > 1) out += ", " + std::to_string(caller.times) + " times";
  }
  if (more > 0) out += "\n  and from " + std::to_string(more) + " more";
  return out;
}

}  // namespace

std::string Texts::line(const std::string& file, std::uint32_t number) const {
  const auto known = texts_.find(file);
  return known == texts_.end() || number == 0 ? std::string()
                                              : std::string(line_of(known->second, number));
}

std::string Texts::caret(const std::string& file, std::uint32_t line, std::uint32_t column) const {
  const auto known = texts_.find(file);
  if (known == texts_.end() || line == 0 || column == 0) return {};
  std::string_view text = line_of(known->second, line);
  if (text.empty() || characters(text) + 1 < column) return {};
  std::size_t before = column - 1;
  if (characters(text) > kShownLine) {
    const std::size_t from = before > kShownBefore ? before - kShownBefore : 0;
    text.remove_prefix(byte_of(text, from));
    text = text.substr(0, byte_of(text, kShownLine));
    before -= from;
  }
  std::string out = "\n  ";
  std::string below = "\n  ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\t' && !is_shown(static_cast<unsigned char>(text[i]))) return {};
    out += text[i];
    if (!begins_character(text[i]) || before == 0) continue;
    below += text[i] == '\t' ? '\t' : ' ';
    --before;
  }
  return out + below + "^";
}

std::string Texts::of_message(std::string_view message) const {
  std::string out(message);
  if (message.find('\n') != message.npos) return out;  // the reader has shown the line
  for (const auto& [file, text] : texts_) {
    if (!message.starts_with(file + ":")) continue;
    const char* at = message.data() + file.size() + 1;
    const char* const end = message.data() + message.size();
    std::uint32_t line = 0, column = 0;
    const auto behind = std::from_chars(at, end, line);
    if (behind.ec != std::errc() || behind.ptr == end || *behind.ptr != ':') continue;
    if (std::from_chars(behind.ptr + 1, end, column).ec != std::errc()) continue;
    return out + caret(file, line, column);
  }
  return out;
}

std::string Texts::of_error(const Pin& pin, Word error) const {
  std::string out = vm::describe_error(pin, error);
  if (!substrate::is_object(error, substrate::ObjectKind::kError)) return out;
  out +=
      caret(file_of(pin, substrate::field(pin, error, ErrorField::kFile)),
            number_in(pin, error, ErrorField::kLine), number_in(pin, error, ErrorField::kColumn));
  return out + callers(pin, substrate::field(pin, error, ErrorField::kFrames));
}

}  // namespace yin::cli
