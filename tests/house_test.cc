// The rules of the house that a program can check: it reads the source tree as text. A rule that is
// broken is reported as path:line and what to do.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

// Lowest first; a layer includes itself and what stands before it. Bindings and wasm are equals.
const Strings kLayers = {"substrate", "dao", "ast", "vm", "scheduler", "bindings", "wasm"};
constexpr std::size_t kCoreLayers = 5;  // the rest translate, and touch no shared word

const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+))");
const std::regex kPlatformFile(R"(_(posix|linux|darwin|emscripten|x86_64|arm64|wasm)\.(h|cc)$)");
const std::regex kPlatformMacro(
    R"(^\s*#\s*(if|elif).*\b_*(linux|unix|APPLE|WIN32|EMSCRIPTEN|wasm\w*|x86_64|aarch64|AVX\w*|SSE\w*|ARM_\w+)_*\b)");
const std::regex kPlatformHeader(
    R"(^(sys/|linux/|mach/|emscripten|boost/interprocess/|(unistd|fcntl|poll|pthread|dlfcn|sched|\w+intrin|arm_neon|wasm_simd128|windows)\.h$))");
const std::regex kPackage(
    R"(^(absl|boost|catch2|CLI|nlohmann|asmjit|emscripten)/|^(xxhash|lmdb|sqlite3|jni|node_api)\.h$)");
const std::regex kRawAtomic(R"(std::atomic\b|std::atomic_|__atomic_|__sync_)");
const std::regex kOrderedAccess(
    R"((\.|->)(load|store|exchange|cas|add|sub|or|and|xor)_(acquire|release|acq_rel|seq)\()");
const std::regex kEdge(R"(edge:\s*([\w-]+(\s*,\s*[\w-]+)*))");
const std::regex kWord(R"([\w-]+)");

struct File {
  std::string path;  // from the root of the tree
  Strings lines;

  [[nodiscard]] std::string at(std::size_t line) const {
    return path + ":" + std::to_string(line + 1) + ": ";
  }
  [[nodiscard]] bool matches(const std::regex& pattern) const {
    return std::regex_search(path, pattern);
  }
  [[nodiscard]] bool ends_with(std::string_view end) const { return path.ends_with(end); }
  // The layer whose folder it is in, or kLayers.size().
  [[nodiscard]] std::size_t layer() const;
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& line : lines) all += line + "\n";
    return all;
  }
};

struct Include {
  std::size_t line;
  bool quoted;
  std::string path;
};

std::string folder(const std::string& path) { return path.substr(0, path.find('/')); }

std::size_t layer_of(const std::string& path) {
  return static_cast<std::size_t>(std::ranges::find(kLayers, folder(path)) - kLayers.begin());
}

std::size_t File::layer() const { return layer_of(path); }

std::string without_comment(const std::string& line) { return line.substr(0, line.find("//")); }

const std::vector<File>& tree() {
  static const std::vector<File> files = [] {
    std::vector<File> found;
    const fs::path root = YIN_SOURCE_DIR;
    const std::set<std::string> skipped = {".git", "build", "node_modules"};
    for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
      if (it->is_directory() && skipped.contains(it->path().filename())) {
        it.disable_recursion_pending();
      } else if (it->is_regular_file()) {
        File file{fs::relative(it->path(), root).generic_string(), {}};
        std::ifstream in(it->path());
        for (std::string line; std::getline(in, line);) file.lines.push_back(line);
        found.push_back(std::move(file));
      }
    }
    return found;
  }();
  return files;
}

std::vector<File> sources(std::size_t below_layer) {
  std::vector<File> found;
  std::ranges::copy_if(tree(), std::back_inserter(found), [&](const File& file) {
    return file.layer() < below_layer && (file.ends_with(".h") || file.ends_with(".cc"));
  });
  return found;
}

std::vector<File> sources_and_tests() {
  auto found = sources(kLayers.size());
  std::ranges::copy_if(tree(), std::back_inserter(found), [](const File& file) {
    return (folder(file.path) == "tests" || folder(file.path) == "bench") &&
           (file.ends_with(".h") || file.ends_with(".cc"));
  });
  return found;
}

std::vector<Include> includes(const File& file) {
  std::vector<Include> found;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::smatch match;
    if (file.lines[i].find("include") != std::string::npos &&
        std::regex_search(file.lines[i], match, kInclude)) {
      found.push_back({i, match[1] == "\"", match[2]});
    }
  }
  return found;
}

// The header that a file implements or tests: substrate/region.h for substrate/region_posix.cc and
// for tests/substrate/region_test.cc.
std::string own_header(std::string path) {
  path = std::regex_replace(path, std::regex(R"(^(tests|bench)/)"), "");
  path = std::regex_replace(path, kPlatformFile, ".cc");
  return std::regex_replace(path, std::regex(R"((_test|_bench)?\.cc$)"), ".h");
}

// The header of its own that a file of tests/ may have.
std::string header_beside(const std::string& path) {
  return std::regex_replace(path, std::regex(R"(\.cc$)"), ".h");
}

// The names in `set(NAME ...)` of CMakeLists.txt.
std::set<std::string> listed(const std::string& name) {
  static const std::string text = [] {
    const auto file = std::ranges::find(tree(), "CMakeLists.txt", &File::path);
    return file == tree().end() ? "" : file->text();
  }();
  const auto start = text.find("set(" + name + "\n");
  if (start == std::string::npos) return {};
  std::istringstream body(
      text.substr(start + name.size() + 5, text.find(')', start) - start - name.size() - 5));
  std::set<std::string> names;
  for (std::string line; std::getline(body, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) names.insert(word);
  }
  return names;
}

void report(const std::vector<std::string>& complaints) {
  for (const auto& complaint : complaints) UNSCOPED_INFO(complaint);
  CHECK(complaints.empty());
}

}  // namespace

TEST_CASE("the tree is where this test looks") { REQUIRE(!listed("substrate_sources").empty()); }

TEST_CASE("includes point down and start at the root") {
  Strings wrong;
  for (const auto& file : sources(kLayers.size())) {
    for (const auto& include : includes(file)) {
      if (!include.quoted || include.path == "bindings/c/yin.h") continue;
      // The WebAssembly module is the Node binding's port for another engine.
      if (file.layer() == layer_of("wasm/") && include.path.starts_with("bindings/node/")) continue;
      const auto layer = layer_of(include.path);
      const bool equal = layer >= kCoreLayers && file.layer() >= kCoreLayers;
      if (layer == kLayers.size()) {
        wrong.push_back(file.at(include.line) + "write the path from the root: " + include.path);
      } else if (equal ? fs::path(include.path).parent_path() != fs::path(file.path).parent_path()
                       : layer > file.layer()) {
        wrong.push_back(file.at(include.line) + "points up: " + include.path);
      }
    }
  }
  report(wrong);
}

TEST_CASE("internal/ is included by its own layer only, its tests and benches too") {
  Strings wrong;
  for (const auto& file : sources_and_tests()) {
    const auto home = std::regex_replace(file.path, std::regex("^(tests|bench)/"), "");
    for (const auto& include : includes(file)) {
      if (include.path.find("/internal/") != std::string::npos &&
          folder(include.path) != folder(home)) {
        wrong.push_back(file.at(include.line) + "private to its layer: " + include.path);
      }
    }
  }
  report(wrong);
}

TEST_CASE("only a file with a platform suffix knows the platform") {
  Strings wrong;
  for (const auto& file : sources(kLayers.size())) {
    if (file.matches(kPlatformFile)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].find('#') != std::string::npos &&
          std::regex_search(file.lines[i], kPlatformMacro)) {
        wrong.push_back(file.at(i) + "move it to a file with a platform suffix");
      }
    }
    for (const auto& include : includes(file)) {
      if (std::regex_search(include.path, kPlatformHeader)) {
        wrong.push_back(file.at(include.line) + "a platform's header: " + include.path);
      }
    }
  }
  report(wrong);
}

TEST_CASE("a word that others may write is touched through SharedWord only") {
  Strings wrong;
  for (const auto& file : sources(kLayers.size())) {
    if (file.path.starts_with("substrate/shared_word")) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto& line = file.lines[i];
      if (line.find("atomic") == std::string::npos && line.find("__sync") == std::string::npos) {
        continue;
      }
      if (std::regex_search(without_comment(line), kRawAtomic) &&
          line.find("// process-private") == std::string::npos) {
        wrong.push_back(file.at(i) + "use SharedWord, or end the line with // process-private");
      }
    }
  }
  report(wrong);
}

TEST_CASE("every ordered access names its edge, and every edge has a row and two ends") {
  struct Ends {
    std::string where;
    bool release = false, acquire = false;
  };
  std::map<std::string, Ends> edges;
  Strings wrong;
  for (const auto& file : sources(kCoreLayers)) {
    if (file.path.starts_with("substrate/shared_word")) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto code = without_comment(file.lines[i]);
      std::smatch access;
      if (!std::regex_search(code, access, kOrderedAccess)) continue;
      std::smatch edge;
      auto row = i + 1;  // the nearest comment at or above the access
      const auto last = i < 3 ? 0 : i - 3;
      while (row-- > last && !std::regex_search(file.lines[row], edge, kEdge)) {
      }
      if (edge.empty()) {
        wrong.push_back(file.at(i) + "name the edge (// edge: NAME) here or just above");
        continue;
      }
      const std::string names = edge[1];
      for (std::sregex_iterator name(names.begin(), names.end(), kWord), end; name != end; ++name) {
        auto& ends = edges[name->str()];
        ends.where = file.at(i);
        ends.release |= access[2] != "load";
        ends.acquire |= access[2] != "store";
      }
    }
  }

  std::set<std::string> rows;
  for (const auto& file : tree()) {
    if (file.path != "ARCHITECTURE.md") continue;
    for (const auto& line : file.lines) {
      std::smatch match;
      if (std::regex_search(line, match, std::regex(R"(^\|\s*`?([\w-]+)`?\s*\|)"))) {
        rows.insert(match[1]);
      }
    }
  }
  for (const auto& [name, ends] : edges) {
    if (!rows.contains(name)) {
      wrong.push_back(ends.where + "ARCHITECTURE.md has no row for edge " + name);
    }
    if (!ends.release) wrong.push_back(ends.where + "nothing releases edge " + name);
    if (!ends.acquire) wrong.push_back(ends.where + "nothing acquires edge " + name);
  }
  report(wrong);
}

TEST_CASE("a header opens with #pragma once and five lines of prose") {
  Strings wrong;
  for (const auto& file : sources(kLayers.size())) {
    if (!file.ends_with(".h")) continue;
    std::size_t prose = 0;
    for (const auto& line : file.lines) {
      if (line.empty() || line == "#pragma once") continue;
      if (!std::regex_search(line, std::regex(R"(^(//|/\*| \*))"))) break;
      ++prose;
    }
    if (file.lines.empty() || file.lines[0] != "#pragma once") {
      wrong.push_back(file.at(0) + "start with #pragma once");
    } else if (prose < 5) {
      wrong.push_back(file.at(0) +
                      "say what it is for, the idea, thread-safety, what it is not for");
    }
  }
  report(wrong);
}

TEST_CASE("includes come as own header, standard library, packages, Yin from the lowest layer up") {
  Strings wrong;
  for (const auto& file : sources_and_tests()) {
    // Bindings translate: bindings/c/atom.cc begins with substrate/atom.h.
    const auto own = fs::path(own_header(file.path)).filename();
    std::size_t last = 0;
    for (const auto& include : includes(file)) {
      const bool package = std::regex_search(include.path, kPackage);
      const bool is_own = (last == 0 && fs::path(include.path).filename() == own) ||
                          include.path == header_beside(file.path);
      const auto rank = is_own ? 0 : package ? 2 : !include.quoted ? 1 : 3 + layer_of(include.path);
      if (rank < last) wrong.push_back(file.at(include.line) + "out of order: " + include.path);
      last = std::max<std::size_t>(last, rank);
    }
  }
  report(wrong);
}

TEST_CASE("every source, test and bench is built") {
  const std::regex beside(R"(^(tests|bench)/(\w+)/(.+)_(test|bench)\.cc$)");
  Strings wrong;
  for (const auto& file : sources_and_tests()) {
    std::smatch match;
    bool built = !file.ends_with(".cc") || file.layer() == kLayers.size();
    if (std::regex_search(file.path, match, beside)) {
      built =
          listed(match[2].str() + (match[1] == "tests" ? "_tests" : "_benches")).contains(match[3]);
    } else if (!built) {
      const auto group = file.path.starts_with("bindings/")
                             ? fs::path(file.path).parent_path().filename().string()
                             : folder(file.path);
      const auto names = listed(group + "_sources");
      built = names.contains(file.path);
      for (const std::string variable : {"OS", "KERNEL", "CPU"}) {
        built |= names.contains(
            std::regex_replace(file.path, kPlatformFile, "_$${YIN_" + variable + "}.cc"));
      }
    }
    if (!built) wrong.push_back(file.at(0) + "CMakeLists.txt does not name it");
  }
  report(wrong);
}

TEST_CASE("no file is over a megabyte or names a path of one machine") {
  const Strings homes = {
      "/wo"
      "rk/",
      "/ro"
      "ot/",
      "/fa"
      "rm/"};
  Strings wrong;
  for (const auto& file : tree()) {
    if (fs::file_size(fs::path(YIN_SOURCE_DIR) / file.path) > 1'000'000) {
      wrong.push_back(file.at(0) + "over 1 MB");
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const auto& home : homes) {
        if (file.lines[i].find(home) != std::string::npos) {
          wrong.push_back(file.at(i) + "a path of one machine");
        }
      }
    }
  }
  report(wrong);
}
