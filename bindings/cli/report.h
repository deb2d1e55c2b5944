#pragma once

// Report: what went wrong with a program, for the person who wrote it.
//
//   fib.clj:3:16: + needs a number, got string "a"
//     (+ (fib (- n 1)) "a")
//     ^
//     called from fib (fib.clj:3:16)
//
// The first line is the error's own (vm::describe_error, or a reader's message). The line of text
// and the caret below it come from the texts that the command has read, so an error in a text it
// does not have (a function defined by an earlier process) shows its place alone. Stateless but
// for the texts; one thread.

#include <map>
#include <string>
#include <string_view>

#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::cli {

class Texts {
 public:
  // A file's text, for what follows.
  void add(const std::string& file, std::string text) { texts_[file] = std::move(text); }

  // One line of a file, from 1; empty when it is not known.
  [[nodiscard]] std::string line(const std::string& file, std::uint32_t number) const;
  // "\n  line\n     ^" of a place, from 1; empty when the text is not known, or the line is no text.
  [[nodiscard]] std::string caret(const std::string& file, std::uint32_t line,
                                  std::uint32_t column) const;
  // A message that begins with file:line:column, with its line and caret.
  [[nodiscard]] std::string of_message(std::string_view message) const;
  // An error of a running program, with line, caret and callers.
  [[nodiscard]] std::string of_error(const substrate::Pin& pin, substrate::Word error) const;

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace yin::cli
