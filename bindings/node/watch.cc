// Watches of the port, told by a thread of the domain's.

#include <utility>

#include "bindings/c/yin.h"
#include "bindings/node/events.h"

namespace yin::node {

yin_status Watch::start(yin_pin* pin, yin_word root, yin_error* error) {
  const auto mode = wish == WatchWish::kEveryChange ? YIN_EVERY_CHANGE : YIN_LATEST;
  const auto changed = [](void* context, yin_pin* under, yin_word before, yin_word after) {
    static_cast<Watch*>(context)->tell(under, before, after);
  };
  return yin_watch_call(pin, root, mode, changed, this, &watch, error);
}

void Watch::stop() {
  if (watch != nullptr) yin_watch_stop(std::exchange(watch, nullptr));
}

}  // namespace yin::node
