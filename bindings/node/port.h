#pragma once

// What JavaScript calls: the C interface as a table of functions without arguments. They exchange
// everything through one *mailbox* for each JavaScript thread, bytes that JavaScript sees as typed
// arrays: storing an integer there costs a nanosecond, handing it over as an argument ten or more.
// Node's addon (addon.cc) exposes the table as it is; a WebAssembly module can export the same.
//
//   cells 0..7     arguments    the words, numbers and flags of a call: each operation says which
//   cells 8..15    result       tag, payload, handles, sizes: Result below
//   cells 16..     data         values in a row, into the call or out of it; then their text
//
// A *cell* is 8 bytes. A value is one cell [tag, aux] and what the tag asks for (Tag below). Into a
// call values come in postfix order (items, then the collection that takes them from the stack), so
// that a nested value of any depth is built by one call, without recursion. Out of a call
// collections come as words: JavaScript makes a view of one, and the view's *handle* (a number of
// this port's table) keeps what it reaches. What is found in it is kept by the view of the whole,
// until JavaScript asks for a handle of its own (`hold`).
//
// A text that a call is about (a path, an atom's name, a string key) comes in `argument`, and text
// that a call gives leaves in `text`: Node has faster ways for those than the mailbox, but for a key
// of some letters, which comes in the data.
//
// Threads: a port belongs to one JavaScript thread. What watches and jobs find out in other threads
// comes to it as events (events.h). No pin is open when a call returns.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/c/yin.h"

namespace yin::node {

// lib/mailbox.js has the same numbers.
enum class Tag : std::int32_t {
  kError = -1,  // aux: the yin_status; the sentence is the text
  kAbsent = 0,
  kNil = 1,
  kFalse = 2,
  kTrue = 3,
  kSmallInt = 4,     // aux: the integer
  kInt = 5,          // a cell: it, as a double
  kInt64 = 6,        // a cell: it
  kDouble = 7,       // a cell: it
  kDigits = 8,       // aux: size; text: a large integer, or a ratio with its slash
  kCharacter = 9,    // aux: code point
  kString = 10,      // aux: size; text
  kKeyword = 11,     // aux: the number of its name
  kSymbol = 12,      // aux: the number of its name
  kInstant = 13,     // a cell: milliseconds, as a double
  kUuid = 14,        // two cells: its bytes
  kBytes = 15,       // aux: size; text: the bytes
  kTagged = 16,      // in: takes tag and value from the stack; out: they follow
  kCollection = 17,  // aux: kind; a cell: in: how many words it takes; out: the word
  kReference = 18,   // aux: kind; a cell: the word, of an atom, agent, stream, cursor
  kWord = 19,        // in: a cell: the word
  kLater = 20,       // out: a cell: the word of a text too long for here, to be loaded
  kOther = 21,       // out: aux: kind; a cell: the word of what JavaScript has no type for
  kWithMeta = 22,    // in: takes a value and its metadata from the stack
  kSame = 23         // out of `deref`: what the caller has
};

constexpr std::size_t kDataCell = 16;

// Where a result's parts stand, in 32-bit integers from the start of the mailbox.
enum Result : std::size_t {
  kResultTag = 16,
  kResultAux = 17,
  kResultPayload = 18,  // two cells
  kResultHandle = 22,   // of the value; -1: it needs none
  kResultSecond = 23,   // of a second value; or an iterator, -1: there are no more items
  kResultCount = 24,    // values in the data
  kResultEnd = 25,      // the cell behind them, where their text starts
  kResultText = 26,     // size of `text`, in bytes
  kResultAscii = 27,    // is `text` ASCII?
  kResultWord = 28      // a cell: the word that `deref` read
};

struct Domain;
struct Events;
struct Iterator;
struct Server;
struct Watch;

// Is told that there are events, by any thread.
class Bell {
 public:
  virtual ~Bell() = default;
  virtual void ring() = 0;
};

// What takes long: run() by any thread but the port's; it ends in an event.
class Job {
 public:
  virtual ~Job() = default;
  virtual void run() = 0;
};

struct Handle {
  yin_handle* handle = nullptr;
  bool tracked = false;  // the host's collector will tell: the place is not free before
};

struct Port {
  explicit Port(std::shared_ptr<Bell> bell);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  std::byte* mailbox = nullptr;  // 8-aligned; who makes the port, and `resize`, gives it
  std::size_t mailbox_size = 0;
  std::string argument;
  std::string text;
  std::unique_ptr<Job> job;  // that the last operation made, for the host to run

  std::vector<std::shared_ptr<Domain>> domains;  // by number; null when closed
  std::vector<Handle> handles;
  std::vector<std::int32_t> free_handles;
  std::vector<std::unique_ptr<Iterator>> iterators;
  std::vector<std::int32_t> free_iterators;
  std::vector<std::unique_ptr<Watch>> watches;
  std::vector<yin_snapshot*> snapshots;
  std::vector<std::shared_ptr<Server>> servers;
  std::shared_ptr<Events> events;
  std::vector<yin_word> stack;                          // of values that are being built
  std::size_t built_bytes = 0;                          // in the mailbox, of the last that were
  std::vector<yin_word> words;                          // that `page` gives
  std::vector<std::pair<std::string, yin_word>> names;  // that `names` gives
};

struct Operation {
  const char* name;
  void (*run)(Port& port);
};

// All of them; port.cc says of each what it takes and gives.
const std::vector<Operation>& operations();

// A view's handle: from track_handle() on it is the host's collector that says by untrack_handle()
// when the place in the table is free.
void track_handle(Port& port, std::int32_t number);
void untrack_handle(Port& port, std::int32_t number);
// Stops keeping the value at once.
void release_handle(Port& port, std::int32_t number);

}  // namespace yin::node
