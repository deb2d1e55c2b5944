#include "bindings/cli/words.h"

namespace yin::cli {

namespace {

std::string entry_of(std::string_view name) {
  const std::string_view text = words_text();
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string_view line = text.substr(at, end - at);
    if (line.starts_with(name) && (line[name.size()] == ' ' || line[name.size()] == '\n')) {
      std::size_t behind = end;
      while (behind < text.size() && text[behind] == ' ') behind = text.find('\n', behind) + 1;
      return std::string(text.substr(at, behind - at));
    }
    at = end;
  }
  return {};
}

}  // namespace

std::string describe_word(std::string_view name) {
  std::string entry = entry_of(name);
  const std::size_t slash = name.find('/');
  if (entry.empty() && slash != name.npos && name.size() > 1)
    entry = entry_of(name.substr(slash + 1));
  return entry;
}

}  // namespace yin::cli
