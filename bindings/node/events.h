#pragma once

// What happens outside the JavaScript thread and is told to it: changes that watches saw, jobs that
// ended. Other threads push events and ring the bell; the port's thread takes them one by one.
//
// The values of a change are kept by handles from the moment it was seen until JavaScript has taken
// it. A watch of the latest value has at most one event waiting: a newer change goes into it. So a
// thread that is busy for long finds one change, not a million.
//
// Threads: Events by any; a Watch is made and dropped by the port's thread.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bindings/c/yin.h"
#include "bindings/node/port.h"

namespace yin::node {

struct Domain {
  explicit Domain(yin_domain* opened) : domain(opened) {}
  ~Domain() { yin_domain_release(domain); }
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  yin_domain* domain;
};

// A word and the handle that keeps it, null if it needs none.
struct Kept {
  yin_word word = YIN_WORD_ABSENT;
  yin_handle* handle = nullptr;

  // Null status: the handle could not be made.
  static yin_status keep(yin_pin* pin, yin_word word, Kept* out, yin_error* error);
  void release() {
    if (handle != nullptr) yin_handle_release(handle);
    handle = nullptr;
  }
};

enum class EventKind : std::int32_t { kChange = 0, kSignal = 1, kJob = 2 };

struct Event {
  EventKind kind;
  std::int32_t id;  // that JavaScript gave the watch or the job
  Kept before = {}, after = {};
  yin_status status = YIN_OK;
  std::string message = {};
};

struct Events {
  explicit Events(std::shared_ptr<Bell> with) : bell(std::move(with)) {}
  ~Events();

  void push(Event event);
  // A watch's signal, or change, into the one of it that waits already, if there is one.
  void push_signal(std::int32_t id);
  void push_latest(std::int32_t id, yin_pin* pin, yin_word before, yin_word after);
  std::optional<Event> take();
  // Drops those of a watch.
  void drop(std::int32_t id);

  // Under the mutex. Null: there is none.
  Event* find(EventKind kind, std::int32_t id);

  std::mutex mutex;
  std::deque<Event> waiting;
  std::shared_ptr<Bell> bell;
};

enum class WatchWish : std::int32_t { kLatest = 0, kEveryChange = 1, kSignal = 2 };

struct Watch {
  Watch(std::shared_ptr<Events> to, std::shared_ptr<Domain> of, std::int32_t number, WatchWish how)
      : events(std::move(to)), domain(std::move(of)), id(number), wish(how) {}
  ~Watch() {
    stop();
    events->drop(id);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // watch.cc: a thread of the domain's tells; wasm/watch.cc: the port's thread asks.
  yin_status start(yin_pin* pin, yin_word root, yin_error* error);
  void stop();
  // A change becomes an event.
  void tell(yin_pin* pin, yin_word before, yin_word after);

  std::shared_ptr<Events> events;
  std::shared_ptr<Domain> domain;
  std::int32_t id;
  WatchWish wish;
  yin_watch* watch = nullptr;
};

}  // namespace yin::node
