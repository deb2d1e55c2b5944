// Watches of the port, asked by its thread (exports.cc, poll()).

#include "bindings/c/yin.h"
#include "bindings/node/events.h"

namespace yin::node {

yin_status Watch::start(yin_pin* pin, yin_word root, yin_error* error) {
  const auto mode = wish == WatchWish::kEveryChange ? YIN_EVERY_CHANGE : YIN_LATEST;
  return yin_watch_start(pin, root, mode, &watch, error);
}

void Watch::stop() {
  if (watch != nullptr) yin_watch_release(watch);
  watch = nullptr;
}

}  // namespace yin::node
