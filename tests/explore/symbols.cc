#include "tests/explore/symbols.h"

#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <unistd.h>

#include <link.h>

namespace yin::explore {

namespace {

std::uintptr_t load_address() {
  std::uintptr_t address = 0;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        *static_cast<std::uintptr_t*>(into) = info->dlpi_addr;
        return 1;  // the program itself comes first
      },
      &address);
  return address;
}

// "function at path/to/file.cc:12" -> "function file.cc:12", without arguments and templates.
std::string shortened(const std::string& line) {
  const std::size_t at = line.rfind(" at ");
  if (at == std::string::npos) return line;
  std::string function = line.substr(0, at);
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  for (std::size_t i; (i = function.find(kUnnamed)) != std::string::npos;)
    function.erase(i, kUnnamed.size());
  function = function.substr(0, function.find('('));
  function =
      function.substr(function.rfind(':') == std::string::npos ? 0 : function.rfind(':') + 1);
  std::string place = line.substr(at + 4);
  place = place.substr(place.rfind('/') == std::string::npos ? 0 : place.rfind('/') + 1);
  return function + " " + place.substr(0, place.find(' '));
}

}  // namespace

std::vector<std::string> source_lines(const std::vector<const void*>& addresses) {
  std::map<const void*, std::string> known;
  for (const void* address : addresses) known[address] = "";
  known.erase(nullptr);
  char self[4096] = {};
  if (::readlink("/proc/self/exe", self, sizeof self - 1) > 0 && !known.empty()) {
    // -i shows the functions it was inlined into: the outermost of a block is its last line.
    std::string command = "addr2line -a -i -f -C -p -e '" + std::string(self) + "'";
    const std::uintptr_t start = load_address();
    for (const auto& [address, line] : known) {
      char text[32];
      std::snprintf(
          text, sizeof text, " %lx",
          static_cast<unsigned long>(reinterpret_cast<std::uintptr_t>(address) - start - 1));
      command += text;
    }
    if (std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r")) {
      auto next = known.begin();
      auto current = known.end();
      for (char line[8192]; std::fgets(line, sizeof line, pipe) != nullptr;) {
        std::string text(line);
        while (!text.empty() && text.back() == '\n') text.pop_back();
        if (text.starts_with("0x") && next != known.end()) {
          current = next++;
          const std::size_t colon = text.find(": ");
          if (colon != std::string::npos) text = text.substr(colon + 2);
        }
        // The first that is not the word itself is who made the access.
        if (current == known.end() || text.find("shared_word.h") != std::string::npos) continue;
        if (current->second.empty()) current->second = shortened(text);
      }
      ::pclose(pipe);
    }
  }
  std::vector<std::string> lines;
  for (const void* address : addresses) lines.push_back(address == nullptr ? "" : known[address]);
  return lines;
}

}  // namespace yin::explore
