#include "bindings/node/events.h"

#include <algorithm>
#include <utility>

namespace yin::node {
namespace {

void release(Event& event) {
  event.before.release();
  event.after.release();
}

Event change(std::int32_t id, yin_pin* pin, yin_word before, yin_word after) {
  Event event{.kind = EventKind::kChange, .id = id};
  yin_error error{};
  event.status = Kept::keep(pin, before, &event.before, &error);
  if (event.status == YIN_OK) event.status = Kept::keep(pin, after, &event.after, &error);
  if (event.status != YIN_OK) {
    event.message = error.message;
    release(event);
  }
  return event;
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

void Events::push_signal(std::int32_t id) {
  {
    const std::scoped_lock lock(mutex);
    if (find(EventKind::kSignal, id) != nullptr) return;  // the bell was rung
    waiting.push_back({.kind = EventKind::kSignal, .id = id});
  }
  bell->ring();
}

void Events::push_latest(std::int32_t id, yin_pin* pin, yin_word before, yin_word after) {
  Kept passed;
  {
    const std::scoped_lock lock(mutex);
    Event* older = find(EventKind::kChange, id);
    Event event = change(id, pin, older == nullptr ? before : YIN_WORD_ABSENT, after);
    if (older != nullptr && event.status == YIN_OK) {
      passed = std::exchange(older->after, event.after);
    } else {
      waiting.push_back(std::move(event));
    }
  }
  passed.release();
  bell->ring();
}

Event* Events::find(EventKind kind, std::int32_t id) {
  const auto found = std::ranges::find_if(
      waiting, [&](const Event& e) { return e.kind == kind && e.id == id && e.status == YIN_OK; });
  return found == waiting.end() ? nullptr : &*found;
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
  switch (wish) {
    case WatchWish::kSignal:
      return events->push_signal(id);
    case WatchWish::kLatest:
      return events->push_latest(id, pin, before, after);
    case WatchWish::kEveryChange:
      return events->push(change(id, pin, before, after));
  }
}

}  // namespace yin::node
