#include "bindings/node/events.h"

#include <algorithm>
#include <utility>

namespace yin::node {
namespace {

void release(Event& event) {
  event.before.release();
  event.after.release();
}

}  // namespace

yin_status Kept::keep(yin_pin* pin, yin_word word, Kept* out, yin_error* error) {
  out->word = word;
  if (!yin_is_reference(word)) return YIN_OK;
  return yin_handle_make(pin, word, &out->handle, error);
}

Events::~Events() { std::ranges::for_each(waiting, release); }

void Events::push(Event event) {
  {
    const std::scoped_lock lock(mutex);
    waiting.push_back(std::move(event));
  }
  bell->ring();
}

void Events::push_latest(Event event) {
  {
    const std::scoped_lock lock(mutex);
    const auto older = std::ranges::find_if(waiting, [&](const Event& e) {
      return e.kind == event.kind && e.id == event.id && e.status == YIN_OK;
    });
    if (older != waiting.end() && event.status == YIN_OK) {
      std::swap(older->after, event.after);
      release(event);
      return;  // the bell was rung
    }
    waiting.push_back(std::move(event));
  }
  bell->ring();
}

std::optional<Event> Events::take() {
  const std::scoped_lock lock(mutex);
  if (waiting.empty()) return std::nullopt;
  std::optional<Event> event(std::move(waiting.front()));
  waiting.pop_front();
  return event;
}

void Events::drop(std::int32_t id) {
  const std::scoped_lock lock(mutex);
  std::erase_if(waiting, [&](Event& event) {
    const bool drop = event.kind != EventKind::kJob && event.id == id;
    if (drop) release(event);
    return drop;
  });
}

void Watch::tell(yin_pin* pin, yin_word before, yin_word after) {
  if (wish == WatchWish::kSignal) {
    events->push_latest({.kind = EventKind::kSignal, .id = id});
    return;
  }
  Event event{.kind = EventKind::kChange, .id = id};
  yin_error error{};
  event.status = Kept::keep(pin, before, &event.before, &error);
  if (event.status == YIN_OK) event.status = Kept::keep(pin, after, &event.after, &error);
  if (event.status != YIN_OK) event.message = error.message;
  if (wish == WatchWish::kLatest) {
    events->push_latest(std::move(event));
  } else {
    events->push(std::move(event));
  }
}

}  // namespace yin::node
