#pragma once

// The programs that stand in the files of tests/conformance, as texts.
//
// What is written behind them, their values, is for the tests that these files belong to; others do
// something else with the programs: damage them, or write them in another form. Read anew at each
// call; nothing is kept.

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/run_program.h"

namespace yin::tests {

inline constexpr const char* kFactsFile = "reference_facts.txt";

// Each line of a file that is "PROGRAM => VALUE", the facts behind their numbers, but for
// those that are data.
inline std::vector<std::string> clojure_programs(const std::string& file) {
  std::ifstream in(YIN_SOURCE_DIR "/tests/conformance/" + file);
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);) {
    const std::size_t arrow = line.rfind(" => ");
    if (line.starts_with(';') || arrow == std::string::npos) continue;
    if (line.find(" data {") < arrow || line.find(" data [") < arrow) continue;
    const bool numbered = file == kFactsFile;
    const std::size_t begin = numbered ? line.find(' ') + 1 : 0;
    found.push_back(line.substr(begin, arrow - begin));
  }
  return found;
}

inline std::vector<std::string> python_programs() {
  std::ifstream in(YIN_SOURCE_DIR "/tests/conformance/python/programs.txt");
  std::vector<std::string> found;
  bool expected = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== "))
      found.emplace_back(), expected = false;
    else if (line == "---")
      expected = true;
    else if (!expected && !found.empty())
      found.back() += line + '\n';
  }
  return found;
}

// Of datoms.txt.
struct DataProgram {
  std::vector<std::string> before;  // run first, in the same domain
  std::string text;
  std::string expected;
};

// A line that begins with a blank or an arrow goes on with what the one before it began.
inline std::vector<DataProgram> data_programs() {
  constexpr std::string_view kArrow = "=> ";
  std::ifstream file(YIN_SOURCE_DIR "/tests/conformance/datoms.txt");
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with(';')) continue;
    if (line.starts_with(' ') || line.starts_with(kArrow)) {
      texts.back() += '\n' + line;
    } else {
      texts.push_back(line);
    }
  }
  std::vector<DataProgram> programs;
  DataProgram next;
  for (const std::string& text : texts) {
    if (text.starts_with("+ ")) {
      next.before.push_back(text.substr(2));
      continue;
    }
    const std::size_t arrow = text.rfind(kArrow);
    substrate::check(arrow != std::string::npos, "a program without a value");
    next.text = text.substr(0, arrow - 1);
    next.expected = text.substr(arrow + kArrow.size());
    programs.push_back(std::exchange(next, {}));
  }
  return programs;
}

inline std::vector<std::pair<std::string, Language>> all_programs() {
  std::vector<std::pair<std::string, Language>> all;
  for (const char* const file : {"clojure_core.txt", kFactsFile, "found.txt"})
    for (std::string& text : clojure_programs(file))
      all.emplace_back(std::move(text), Language::kClojure);
  for (std::string& text : python_programs()) all.emplace_back(std::move(text), Language::kPython);
  return all;
}

}  // namespace yin::tests
