#include "bindings/cli/files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/print.h"
#include "substrate/vector.h"

namespace yin::cli {

using scheduler::HostAnswer;
using scheduler::HostJob;
using substrate::Edit;
using substrate::int_word;
using substrate::MapEntry;
using substrate::Pin;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kTextMaxBytes = 16 * 1024 * 1024;
constexpr std::size_t kLineMaxBytes = 1024 * 1024;

struct CloseFile {
  void operator()(std::FILE* f) const { (void)std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Status file_error(const std::string& what, const std::string& path) {
  return substrate::not_found(what + " " + path + ": " + std::strerror(errno));
}

StatusOr<std::string> path_argument(const Pin& pin, std::span<const Word> arguments) {
  if (arguments.empty() || !is_string(arguments[0]))
    return substrate::invalid_argument("a file's path is a string");
  return to_string(pin, arguments[0]);
}

StatusOr<File> open_file(const std::string& what, const std::string& path) {
  File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return file_error(what, path);
  char probe = 0;  // a directory opens, but does not read
  if (std::fread(&probe, 1, 1, file.get()) == 0 && std::ferror(file.get()) != 0)
    return file_error(what, path);
  return file;
}

StatusOr<HostAnswer> size_of(const std::string& path) {
  auto file = open_file("read", path);
  if (!file.ok()) return file.status();
  if (::fseeko(file->get(), 0, SEEK_END) != 0) return file_error("read", path);
  const std::int64_t size = ::ftello(file->get());
  return HostAnswer([size](Edit&) { return int_word(size); });
}

StatusOr<HostJob> size(const Pin& pin, std::span<const Word> arguments) {
  auto path = path_argument(pin, arguments);
  if (!path.ok()) return path.status();
  return HostJob([path = *path] { return size_of(path); });
}

// Length of the valid UTF-8 sequence at `at`, 0: none (RFC 3629).
std::size_t utf8_length(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < s.size() ? static_cast<unsigned char>(s[at + i]) : 0;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned b = byte(0);
  if (b < 0x80) return 1;
  if (b >= 0xc2 && b <= 0xdf) return follows(1) ? 2 : 0;
  if (b >= 0xe0 && b <= 0xef) {
    const bool second =
        follows(1) && !(b == 0xe0 && byte(1) < 0xa0) && !(b == 0xed && byte(1) > 0x9f);
    return second && follows(2) ? 3 : 0;
  }
  if (b >= 0xf0 && b <= 0xf4) {
    const bool second =
        follows(1) && !(b == 0xf0 && byte(1) < 0x90) && !(b == 0xf4 && byte(1) > 0x8f);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool separates_words(char c) {
  const auto b = static_cast<unsigned char>(c);
  return b < 0x80 && !(b >= '0' && b <= '9') && !(b >= 'a' && b <= 'z') && !(b >= 'A' && b <= 'Z');
}

// How much of `text` to hand out: up to its last line end, else a place that cuts no word. 0: read
// on.
std::size_t whole_part(std::string_view text, bool at_end) {
  if (at_end) return text.size();
  const std::size_t line_end = text.rfind('\n');
  if (line_end != std::string_view::npos) return line_end + 1;
  for (std::size_t i = text.size(); i > 0; --i) {
    if (separates_words(text[i - 1])) return i;
  }
  return text.size() < kLineMaxBytes ? 0 : text.size();
}

StatusOr<HostAnswer> text_of(const std::string& path) {
  auto file = open_file("read", path);
  if (!file.ok()) return file.status();
  std::rewind(file->get());
  std::string text;
  for (std::size_t got = 1; got != 0 && text.size() <= kTextMaxBytes;) {
    const std::size_t before = text.size();
    text.resize(before + kBlockBytes);
    got = std::fread(text.data() + before, 1, kBlockBytes, file->get());
    text.resize(before + got);
  }
  if (std::ferror(file->get()) != 0) return file_error("read", path);
  if (text.size() > kTextMaxBytes) {
    return substrate::invalid_argument("read " + path +
                                       ": more than 16 MiB; :file/read-lines reads it in parts");
  }
  return HostAnswer([text = std::move(text)](Edit& edit) { return valid_text(edit, text); });
}

StatusOr<HostJob> read_text(const Pin& pin, std::span<const Word> arguments) {
  auto path = path_argument(pin, arguments);
  if (!path.ok()) return path.status();
  return HostJob([path = *path] { return text_of(path); });
}

// Whole lines of `text`, read from `from` on.
Word lines_word(Edit& edit, std::string_view text, std::int64_t from) {
  std::vector<Word> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(valid_text(edit, rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const MapEntry answer[] = {
      {keyword(edit, "lines"), substrate::Vector::from(edit, lines).word},
      {keyword(edit, "next"), int_word(from + static_cast<std::int64_t>(text.size()))}};
  return substrate::Map::from(edit, answer).word;
}

StatusOr<HostAnswer> lines_of(const std::string& path, std::int64_t from) {
  auto file = open_file("read", path);
  if (!file.ok()) return file.status();
  if (::fseeko(file->get(), from, SEEK_SET) != 0) return file_error("read", path);

  std::string text;
  std::size_t whole = 0;
  for (bool at_end = false; whole == 0 && !at_end;) {
    const std::size_t before = text.size();
    text.resize(before + kBlockBytes);
    const std::size_t got = std::fread(text.data() + before, 1, kBlockBytes, file->get());
    if (got < kBlockBytes && std::ferror(file->get()) != 0) return file_error("read", path);
    text.resize(before + got);
    at_end = got < kBlockBytes;
    whole = whole_part(text, at_end);
  }
  if (whole == 0) return HostAnswer([](Edit&) { return substrate::kNil; });
  text.resize(whole);
  return HostAnswer(
      [text = std::move(text), from](Edit& edit) { return lines_word(edit, text, from); });
}

StatusOr<HostJob> read_lines(const Pin& pin, std::span<const Word> arguments) {
  auto path = path_argument(pin, arguments);
  if (!path.ok()) return path.status();
  if (arguments.size() != 2 || !substrate::is_small_int(arguments[1]) ||
      substrate::small_int(arguments[1]) < 0) {
    return substrate::invalid_argument("file/read-lines takes a path and a byte offset");
  }
  return HostJob(
      [path = *path, from = substrate::small_int(arguments[1])] { return lines_of(path, from); });
}

}  // namespace

Word valid_text(Edit& edit, std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      valid += "\xef\xbf\xbd";
      ++at;
    } else {
      valid.append(text, at, length);
      at += length;
    }
  }
  return from_string(edit, valid);
}

void grant_files(scheduler::HostTable& host) {
  host.grant_blocking("file/size", size);
  host.grant_blocking("file/read-text", read_text);
  host.grant_blocking("file/read-lines", read_lines);
}

}  // namespace yin::cli
