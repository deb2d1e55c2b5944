#pragma once

// Pipes: the standard input and output of a command that talks with a program over them.
//
// Nothing but whole messages may reach the output: it is kept for write_output() alone, and what
// else is printed there goes to the standard error. Signals that ask the command to leave (SIGINT,
// SIGTERM, SIGHUP) only reach it while it waits for input, so that what it was asked for before is
// answered. But who has to leave gives up a reader that has read nothing for a second.
//
// Made first, before any thread is started. Reading belongs to one thread, writing to any, one at
// a time; leave() to any. Platform file: pipes_posix.cc.

#include <atomic>
#include <cstddef>
#include <string_view>

namespace yin::cli {

class Pipes {
 public:
  // `keep_on_interrupt`: SIGINT is for somebody else, who closes the input when it is over.
  explicit Pipes(bool keep_on_interrupt);

  // At least one byte; 0: the input has ended, or a signal came.
  std::size_t read_input(char* to, std::size_t room);
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  // False: nobody reads any more, and nothing is written any more.
  bool write_output(std::string_view bytes);
  // The command leaves, as by a signal.
  void leave() { leaving_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] static bool input_is_terminal();
  // Is a person at both of them?
  [[nodiscard]] static bool is_terminal();
  // The next byte of the input. kNone: none came in so many milliseconds, or a signal did.
  static constexpr int kEnd = -1, kNone = -2;
  [[nodiscard]] static int next_byte(int wait_ms);

 private:
  [[nodiscard]] bool is_leaving() const;

  int output_;
  bool keep_on_interrupt_;
  bool interrupted_ = false;
  bool unread_;
  std::atomic<bool> leaving_{false};  // process-private
};

// Beside a Pipes, without one: what has come on the standard input, waiting for nothing. Its bytes;
// 0: nothing yet; -1: the input has ended.
std::ptrdiff_t take_input(char* to, std::size_t room);

}  // namespace yin::cli
