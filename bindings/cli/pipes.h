#pragma once

// Pipes: the standard input and output of a command that talks with a program over them.
//
// Nothing but whole messages may reach the output: open() keeps it for write_output() alone, and
// what else is printed there goes to the standard error. Signals that ask the command to leave
// (SIGINT, SIGTERM, SIGHUP) only reach it while it waits for input, so that what it was asked for
// before is answered.
//
// open() first, before any thread is started. Reading belongs to one thread, writing to any, one at
// a time. Platform file: pipes_posix.cc.

#include <cstddef>
#include <string_view>

namespace yin::cli {

class Pipes {
 public:
  // `keep_on_interrupt`: SIGINT is for somebody else, who closes the input when it is over.
  static Pipes open(bool keep_on_interrupt);

  // At least one byte; 0: the input has ended, or a signal came.
  std::size_t read_input(char* to, std::size_t room);
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  // False: nobody reads any more.
  [[nodiscard]] bool write_output(std::string_view bytes) const;
  [[nodiscard]] static bool input_is_terminal();

 private:
  int output_ = -1;
  bool interrupted_ = false;
};

}  // namespace yin::cli
