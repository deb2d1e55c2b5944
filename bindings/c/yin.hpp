#pragma once

// yin.hpp: yin.h for C++17 and later: owners that give back what they have, errors as exceptions,
// swaps and watches with a lambda.
//
//   yin::Domain domain("my.yin");
//   yin::Pin pin(domain);
//   const yin::Atom counter = pin.atom("counter", pin.of(0));
//   counter.swap(pin, [](yin::Pin& p, yin::Word now) { return p.of(p.to_int(now) + 1); });
//   std::cout << pin.print(counter.deref(pin)) << '\n';
//
// What is said in yin.h holds here: words live as long as their pin, or what keeps them; a Pin is
// short and belongs to one thread at a time, as does a Watch, all else to any. What has no member
// here is called as in C, with domain.c(), pin.c(), through yin::call(), which makes an exception
// of a status. An exception that a swap function throws leaves the swap, and nothing has happened.
//
// Header only: no part of the library's binary interface.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "yin.h"

namespace yin {

using Word = yin_word;

class Error : public std::runtime_error {
 public:
  explicit Error(const yin_error& error)
      : std::runtime_error(error.message), status_(error.status) {}
  [[nodiscard]] yin_status status() const noexcept { return status_; }

 private:
  yin_status status_;
};

inline void check(yin_status status, yin_error& error) {
  if (status == YIN_OK) return;
  error.status = status;
  throw Error(error);
}

// A function of yin.h with all its arguments but the last, the error:
// yin::call(yin_verify, domain.c()).
template <class Function, class... Arguments>
void call(Function function, Arguments... arguments) {
  yin_error error;
  check(function(arguments..., &error), error);
}

// The same, of one that gives a T behind its arguments: yin::call_for<int>(yin_keep, domain.c()).
template <class T, class Function, class... Arguments>
[[nodiscard]] T call_for(Function function, Arguments... arguments) {
  T value = {};
  call(function, arguments..., &value);
  return value;
}

namespace internal {

// What C gave, and how it is given back.
template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* owned) const noexcept { release(owned); }
};
template <class T, void (*release)(T*)>
using Owned = std::unique_ptr<T, Release<T, release>>;

}  // namespace internal

class Agent;
class Pin;

class Domain {
 public:
  explicit Domain(const std::string& path) : Domain(path, YIN_OPEN_OPTIONS) {}
  Domain(const std::string& path, const yin_open_options& options)
      : domain_(call_for<yin_domain*>(yin_open, path.c_str(), &options)) {}

  [[nodiscard]] yin_domain* c() const noexcept { return domain_.get(); }
  void flush(std::uint32_t timeout_ms) const { call(yin_flush, c(), timeout_ms); }
  // Reads a program and makes the agent that runs it, where there is a Server. `file` names it in
  // errors. No pin of this thread may be open.
  Agent spawn(std::string_view program, const std::string& file = "program") const;

 private:
  internal::Owned<yin_domain, yin_domain_release> domain_;
};

// ---- roots: what a word tells the place of. They refer to nothing: copy them, keep them ---------

class Root {
 public:
  explicit Root(Word word) : word_(word) {}
  [[nodiscard]] Word word() const noexcept { return word_; }

 private:
  Word word_;
};

// With Clojure's verbs.
class Atom : public Root {
 public:
  using Root::Root;
  [[nodiscard]] Word deref(const Pin& pin) const;
  void reset(const Pin& pin, Word value) const;
  // Sets it to function(pin, value), a Word; gives that. The function may run several times.
  template <class F>
  Word swap(Pin& pin, F&& function) const;
  // Was it equal to `expected`?
  [[nodiscard]] bool compare_and_set(const Pin& pin, Word expected, Word value) const;
};

// A reader's position in a stream.
class Cursor : public Root {
 public:
  using Root::Root;
  // YIN_OK: `item` is the next, for nobody else who has this cursor. YIN_UNAVAILABLE: there is none
  // yet. YIN_END. All else is thrown.
  [[nodiscard]] yin_status next(const Pin& pin, Word& item) const;
};

class Stream : public Root {
 public:
  using Root::Root;
  // YIN_OK; YIN_UNAVAILABLE: it is full; YIN_END: it is closed. All else is thrown.
  [[nodiscard]] yin_status put(const Pin& pin, Word item) const;
  void close(const Pin& pin) const;
  // From the first item that is kept.
  [[nodiscard]] Cursor cursor(const Pin& pin) const;
};

class Agent : public Root {
 public:
  using Root::Root;
  struct Look {
    yin_agent_state state;
    Word value;  // what it waits for, its error
  };
  // None: it is done, and gone.
  [[nodiscard]] std::optional<Look> look(const Pin& pin) const;
  // It is parked, and goes on with the value.
  void resume(const Pin& pin, Word value) const;
};

// ---- pins ---------------------------------------------------------------------------------------

class Pin {
 public:
  explicit Pin(const Domain& domain) : pin_(call_for<yin_pin*>(yin_pin_begin, domain.c())) {
    owned_.reset(pin_);
  }
  // One that C's side has begun and will end, as in a callback.
  explicit Pin(yin_pin* pin) noexcept : pin_(pin) {}
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

  [[nodiscard]] yin_pin* c() const noexcept { return pin_; }

  // ---- values in
  [[nodiscard]] Word of(std::nullptr_t) const noexcept { return YIN_WORD_NIL; }
  [[nodiscard]] Word of(bool v) const noexcept { return yin_boolean(v ? 1 : 0); }
  [[nodiscard]] Word of(int v) const { return yin_int(pin_, v); }
  [[nodiscard]] Word of(std::int64_t v) const { return yin_int(pin_, v); }
  [[nodiscard]] Word of(double v) const { return yin_double(pin_, v); }
  [[nodiscard]] Word of(std::string_view v) const { return yin_string(pin_, v.data(), v.size()); }
  [[nodiscard]] Word of(const char* v) const { return of(std::string_view(v)); }
  [[nodiscard]] Word keyword(std::string_view name) const {
    return get_word(yin_keyword, name.data(), name.size());
  }
  [[nodiscard]] Word read(std::string_view edn) const {
    return get_word(yin_read, edn.data(), edn.size());
  }
  // Items, or keys and values in turn.
  [[nodiscard]] Word collection(yin_kind kind, std::initializer_list<Word> words) const {
    const bool pairs = kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP;
    return get_word(yin_collection, kind, words.begin(), words.size() / (pairs ? 2 : 1));
  }

  // ---- values out
  [[nodiscard]] yin_kind kind(Word w) const { return yin_kind_of(pin_, w); }
  [[nodiscard]] std::int64_t to_int(Word w) const {
    return call_for<std::int64_t>(yin_to_int, pin_, w);
  }
  [[nodiscard]] double to_double(Word w) const { return call_for<double>(yin_to_double, pin_, w); }
  // Of a string, name or bytes.
  [[nodiscard]] std::string to_string(Word w) const {
    char room[8];
    const char* bytes = nullptr;
    std::size_t size = 0;
    call(yin_to_bytes, pin_, w, room, &bytes, &size);
    return {bytes, size};
  }
  [[nodiscard]] std::string print(Word w) const {
    std::string text;
    const yin_write_fn append = [](void* to, const char* piece, std::size_t size) {
      static_cast<std::string*>(to)->append(piece, size);
    };
    call(yin_print, pin_, w, std::size_t{0}, append, &text);
    return text;
  }

  // ---- collections
  [[nodiscard]] std::uint64_t count(Word w) const {
    return call_for<std::uint64_t>(yin_count, pin_, w);
  }
  // YIN_WORD_ABSENT when it is not there.
  [[nodiscard]] Word get(Word collection, Word key) const { return yin_get(pin_, collection, key); }
  [[nodiscard]] Word assoc(Word collection, Word key, Word value) const {
    return get_word(yin_assoc, collection, key, value);
  }
  [[nodiscard]] Word dissoc(Word map, Word key) const { return get_word(yin_dissoc, map, key); }
  [[nodiscard]] Word conj(Word collection, Word item) const {
    return get_word(yin_conj, collection, item);
  }
  // visit(key, value) for each pair of a map, visit(item, YIN_WORD_ABSENT) for each item of all
  // else.
  template <class F>
  void each(Word collection, F&& visit) const {
    struct State {
      F& visit;
      std::exception_ptr thrown;
    } state{visit, nullptr};
    const int ended = yin_each(
        pin_, collection,
        [](void* context, Word key, Word value) -> int {
          auto& s = *static_cast<State*>(context);
          try {
            s.visit(key, value);
            return 0;
          } catch (...) {
            s.thrown = std::current_exception();
            return 1;
          }
        },
        &state);
    if (state.thrown) std::rethrow_exception(state.thrown);
    yin_error error = {YIN_WRONG_TYPE, "this is no collection"};
    if (ended == -1) throw Error(error);
  }

  // ---- roots
  // The atom of that name, made with `initial` if it is not there.
  [[nodiscard]] Atom atom(std::string_view name, Word initial = YIN_WORD_NIL) const {
    return Atom(get_word(yin_atom, name.data(), name.size(), initial));
  }
  // The stream of that name, made if it is not there: `capacity` items until readers have passed
  // them, 0: any number.
  [[nodiscard]] Stream stream(std::string_view name, std::uint64_t capacity = 0) const {
    return Stream(get_word(yin_stream, name.data(), name.size(), capacity));
  }

 private:
  template <class Function, class... Arguments>
  [[nodiscard]] Word get_word(Function function, Arguments... arguments) const {
    return call_for<Word>(function, pin_, arguments...);
  }

  yin_pin* pin_;
  internal::Owned<yin_pin, yin_pin_end> owned_;
};

// ---- what keeps, looks and waits ----------------------------------------------------------------

// Keeps a value for any time.
class Handle {
 public:
  Handle() = default;
  Handle(const Pin& pin, Word word)
      : handle_(call_for<yin_handle*>(yin_handle_make, pin.c(), word)) {}
  // To be looked into under any pin.
  [[nodiscard]] Word word() const {
    return handle_ ? yin_handle_word(handle_.get()) : YIN_WORD_ABSENT;
  }

 private:
  internal::Owned<yin_handle, yin_handle_release> handle_;
};

// Every atom as it was at one instant.
class Snapshot {
 public:
  explicit Snapshot(const Domain& domain)
      : snapshot_(call_for<yin_snapshot*>(yin_snapshot_take, domain.c())) {}
  [[nodiscard]] Word deref(const Pin& pin, Atom atom) const {
    return call_for<Word>(yin_snapshot_deref, snapshot_.get(), pin.c(), atom.word());
  }

 private:
  internal::Owned<yin_snapshot, yin_snapshot_release> snapshot_;
};

// The changes of an atom from now on; of a stream, cursor or agent, that there are some. To be
// asked.
class Watch {
 public:
  struct Change {
    Word before;
    Word after;  // YIN_WORD_ABSENT: it was deleted, and this is the last change
  };

  Watch(const Pin& pin, Root root, yin_watch_mode mode)
      : watch_(call_for<yin_watch*>(yin_watch_start, pin.c(), root.word(), mode)) {}
  [[nodiscard]] yin_watch* c() const noexcept { return watch_.get(); }

  // Until there may be a change, or somebody calls yin_watch_wake(). False: the time is over. No
  // pin of this thread may be open.
  bool wait(std::uint32_t timeout_ms) {
    yin_error error;
    yin_watch* const watch = c();
    const yin_status status = yin_watch_wait(&watch, 1, timeout_ms, &error);
    if (status != YIN_TIMEOUT) check(status, error);
    return status == YIN_OK;
  }
  // The next; none: all are told.
  [[nodiscard]] std::optional<Change> take(const Pin& pin) {
    Change change = {};
    if (yin_watch_take(c(), pin.c(), &change.before, &change.after) == 0) return std::nullopt;
    return change;
  }

 private:
  internal::Owned<yin_watch, yin_watch_release> watch_;
};

// Calls look(pin) now and whenever the root may have changed, until it returns true. No pin of this
// thread may be open.
template <class F>
void await(const Domain& domain, Root root, F&& look) {
  for (Watch watch(Pin(domain), root, YIN_LATEST);; watch.wait(UINT32_MAX)) {
    const Pin pin(domain);
    (void)watch.take(pin);  // first: what changes behind it ends the wait
    if (look(pin)) return;
  }
}

// A watch with a function, called from a thread of the domain's. It must not take long, throw
// (std::terminate()), close the domain, nor destroy its CallingWatch. Behind the destructor it is
// not called.
class CallingWatch {
 public:
  using Function = std::function<void(const Pin& pin, Word before, Word after)>;

  CallingWatch(const Pin& pin, Root root, yin_watch_mode mode, Function function)
      : function_(std::make_unique<Function>(std::move(function))),
        watch_(call_for<yin_watch*>(yin_watch_call, pin.c(), root.word(), mode, &tell,
                                    function_.get())) {}
  CallingWatch(CallingWatch&&) = default;
  CallingWatch& operator=(CallingWatch&&) = delete;

 private:
  static void tell(void* function, yin_pin* pin, Word before, Word after) noexcept {
    (*static_cast<Function*>(function))(Pin(pin), before, after);
  }

  std::unique_ptr<Function> function_;
  internal::Owned<yin_watch, yin_watch_stop> watch_;  // ends before what it calls
};

// ---- agents -------------------------------------------------------------------------------------

// Runs the domain's agents in threads of this process, until it is destroyed or stopped.
class Server {
 public:
  explicit Server(const Domain& domain, unsigned threads = 1)
      : server_(call_for<yin_server*>(yin_serve, domain.c(), threads)) {}
  // Throws why it had to stop by itself, if it had.
  void stop() { call(yin_serve_stop, server_.release()); }

 private:
  static void end(yin_server* server) { (void)yin_serve_stop(server, nullptr); }

  internal::Owned<yin_server, end> server_;
};

// ---- what roots do ------------------------------------------------------------------------------

inline Word Atom::deref(const Pin& pin) const { return call_for<Word>(yin_deref, pin.c(), word()); }

inline void Atom::reset(const Pin& pin, Word value) const {
  call(yin_reset, pin.c(), word(), value, nullptr);
}

inline bool Atom::compare_and_set(const Pin& pin, Word expected, Word value) const {
  return call_for<int>(yin_compare_and_set, pin.c(), word(), expected, value) != 0;
}

template <class F>
Word Atom::swap(Pin& pin, F&& function) const {
  struct State {
    F& function;
    Pin& pin;
    std::exception_ptr thrown;
  } state{function, pin, nullptr};
  Word after = YIN_WORD_ABSENT;
  yin_error error;
  const yin_status status = yin_swap(
      pin.c(), word(),
      [](void* context, yin_pin*, Word now, Word* next, yin_error*) {
        auto& s = *static_cast<State*>(context);
        try {
          *next = s.function(s.pin, now);
          return YIN_OK;
        } catch (...) {
          s.thrown = std::current_exception();
          return YIN_ABORTED;
        }
      },
      &state, nullptr, &after, &error);
  if (state.thrown) std::rethrow_exception(state.thrown);
  check(status, error);
  return after;
}

inline yin_status Stream::put(const Pin& pin, Word item) const {
  yin_error error;
  const yin_status status = yin_stream_put(pin.c(), word(), item, &error);
  if (status != YIN_UNAVAILABLE && status != YIN_END) check(status, error);
  return status;
}

inline void Stream::close(const Pin& pin) const { call(yin_stream_close, pin.c(), word()); }

inline Cursor Stream::cursor(const Pin& pin) const {
  return Cursor(call_for<Word>(yin_cursor, pin.c(), word()));
}

inline yin_status Cursor::next(const Pin& pin, Word& item) const {
  yin_error error;
  const yin_status status = yin_cursor_next(pin.c(), word(), &item, &error);
  if (status != YIN_UNAVAILABLE && status != YIN_END) check(status, error);
  return status;
}

inline Agent Domain::spawn(std::string_view program, const std::string& file) const {
  return Agent(
      call_for<Word>(yin_spawn, c(), program.data(), program.size(), file.c_str(), nullptr));
}

inline std::optional<Agent::Look> Agent::look(const Pin& pin) const {
  Look seen = {};
  yin_error error;
  const yin_status status = yin_agent_look(pin.c(), word(), &seen.state, &seen.value, &error);
  if (status == YIN_NOT_FOUND) return std::nullopt;
  check(status, error);
  return seen;
}

inline void Agent::resume(const Pin& pin, Word value) const {
  call(yin_agent_resume, pin.c(), word(), value);
}

}  // namespace yin
