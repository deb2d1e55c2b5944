// Watches: asked by their owner, or called back from a thread that looks after all of a domain's.

#include <algorithm>
#include <utility>
#include <vector>

#include "substrate/clock.h"
#include "substrate/park.h"
#include "bindings/c/domain.h"

namespace {

namespace core = yin::substrate;
using yin::c::fail;
using yin::c::pin_of;
using yin::c::Place;
using yin::c::was_closed;
using yin::c::Word;
using yin::c::wrong_type;

constexpr int kChangesAPin = 64;  // that are told under one pin

// Waits until one of the watches has news, or somebody calls wake_waiters() after `seen_wake` was
// read. False: the time is over.
bool wait_for_news(yin_domain& domain, std::span<yin_watch* const> watches, std::uint32_t seen_wake,
                   std::uint32_t timeout_ms) {
  const std::uint64_t until = core::monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  std::vector<core::SharedHalfSeen> words;
  words.reserve(watches.size() + 1);
  words.push_back({&domain.wake, seen_wake});
  for (const yin_watch* watch : watches) words.push_back(watch->watch.head_word());
  const auto has_news = [](const yin_watch* watch) { return watch->watch.has_news(); };
  for (;;) {
    if (domain.wake.load_seq() != seen_wake) return true;
    if (std::any_of(watches.begin(), watches.end(), has_news)) return true;
    const std::uint64_t now = core::monotonic_ns();
    if (now >= until) return false;
    const std::uint64_t left_ms = (until - now + 999'999) / 1'000'000;
    // In slices: whoever should have woken us may have died before.
    core::park_on_any(words,
                      static_cast<std::uint32_t>(std::min<std::uint64_t>(left_ms, core::kSliceMs)));
  }
}

bool take(yin_watch& watch, const yin_pin* pin, yin_word* before, yin_word* after) {
  const auto change = watch.watch.take(pin_of(pin));
  if (!change) return false;
  *before = change->before.bits;
  *after = change->after.bits;
  return true;
}

void give_back(yin_watch* watch) {
  yin_domain* domain = watch->domain;
  {
    const Place place(domain);
    if (!place.ok()) watch->watch.leave();
    delete watch;
  }
  domain->release();
}

// Tells what one watch has to tell. The lock is not held: the callback may stop watches.
void call_back(yin_domain& domain, yin_watch& watch) {
  while (!watch.stopped && watch.watch.has_news()) {
    yin_pin* pin = nullptr;
    if (yin_pin_begin(&domain, &pin, nullptr) != YIN_OK) return;
    yin_word before = 0;
    yin_word after = 0;
    int told = 0;
    while (told < kChangesAPin && !watch.stopped && take(watch, pin, &before, &after)) {
      watch.call(watch.context, pin, before, after);
      ++told;
    }
    yin_pin_end(pin);
    if (told == 0) return;  // the pin was given up, or an aborted commit: look again later
  }
}

bool contains(const std::vector<yin_watch*>& watches, const yin_watch* watch) {
  return std::find(watches.begin(), watches.end(), watch) != watches.end();
}

// One round: waits for news of the watches there are, and tells them. A watch that is stopped
// meanwhile is still looked at until it leaves `looked_at`; then whoever stopped it gives it back.
void run_round(yin_domain& domain, std::unique_lock<std::mutex>& lock) {
  const std::uint32_t seen_wake = domain.wake.load_seq();
  const std::vector<yin_watch*> watches = domain.calling;
  std::vector<yin_watch*> stopped;
  domain.looked_at = watches;
  lock.unlock();
  (void)wait_for_news(domain, watches, seen_wake, core::kSliceMs);
  lock.lock();
  for (yin_watch* watch : watches) {
    if (contains(domain.calling, watch)) {
      lock.unlock();
      call_back(domain, *watch);
      lock.lock();
    }
    std::erase(domain.looked_at, watch);
    domain.watch_left.notify_all();
    if (watch->stopped) stopped.push_back(watch);
  }
  if (stopped.empty()) return;
  lock.unlock();  // whoever waits for it may have the place that give_back() needs
  std::for_each(stopped.begin(), stopped.end(), give_back);
  lock.lock();
}

void run_watcher(yin_domain& domain) {
  std::unique_lock lock(domain.watch_mutex);  // close() joins us before it unmaps anything
  while (yin_is_closed(&domain) == 0) run_round(domain, lock);
}

}  // namespace

namespace yin::c {

void stop_watcher(yin_domain& domain) {
  std::thread ending;
  {
    const std::lock_guard lock(domain.watch_mutex);
    ending = std::move(domain.watcher);  // none is started behind this: the domain is closed
  }
  if (ending.joinable()) ending.join();
}

}  // namespace yin::c

extern "C" {

yin_status yin_watch_start(yin_pin* pin, yin_word root, yin_watch_mode mode, yin_watch** out,
                           yin_error* error) {
  if (!core::is_root(Word{root})) return wrong_type(error, "a watch needs an atom", Word{root});
  auto watch = core::Watch::start(
      pin_of(pin), root_ref(Word{root}),
      mode == YIN_EVERY_CHANGE ? core::WatchMode::kEveryChange : core::WatchMode::kLatest);
  if (!watch.ok()) return fail(error, watch.status());
  pin->domain->retain();
  *out = new yin_watch{*std::move(watch), pin->domain, pin->domain->wake.load_seq()};
  return YIN_OK;
}

yin_status yin_watch_wait(yin_watch* const* watches, size_t count, uint32_t timeout_ms,
                          yin_error* error) {
  if (count == 0) return fail(error, YIN_INVALID_ARGUMENT, "there is no watch to wait for");
  yin_domain* domain = watches[0]->domain;
  const yin::c::Stay stay(domain);
  if (!stay.ok()) return was_closed(*domain, error);
  // A wake since this watch last returned counts too, or it would be lost between two waits.
  const bool news = wait_for_news(*domain, {watches, count}, watches[0]->seen_wake, timeout_ms);
  const std::uint32_t seen_wake = domain->wake.load_seq();
  for (std::size_t i = 0; i < count; ++i) watches[i]->seen_wake = seen_wake;
  if (yin_is_closed(domain) != 0) return was_closed(*domain, error);
  return news ? YIN_OK : fail(error, YIN_TIMEOUT, "nothing changed");
}

void yin_watch_wake(yin_domain* domain) { domain->wake_waiters(); }

int yin_watch_take(yin_watch* watch, yin_pin* pin, yin_word* before, yin_word* after) {
  return take(*watch, pin, before, after) ? 1 : 0;
}

void yin_watch_release(yin_watch* watch) {
  if (watch != nullptr) give_back(watch);
}

const uint32_t* yin_watch_word(const yin_watch* watch, uint32_t* seen) {
  const core::SharedHalfSeen head = watch->watch.head_word();
  *seen = head.seen;
  return head.word->address();
}

yin_status yin_watch_call(yin_pin* pin, yin_word root, yin_watch_mode mode, yin_watch_fn call,
                          void* context, yin_watch** out, yin_error* error) {
  const yin_status started = yin_watch_start(pin, root, mode, out, error);
  if (started != YIN_OK) return started;
  yin_watch* watch = *out;
  watch->call = call;
  watch->context = context;
  yin_domain& domain = *pin->domain;
  {
    const std::lock_guard lock(domain.watch_mutex);
    domain.calling.push_back(watch);
    if (domain.watcher_id == std::thread::id{} && yin_is_closed(&domain) == 0) {
      domain.watcher = std::thread([&] { run_watcher(domain); });
      domain.watcher_id = domain.watcher.get_id();
    }
  }
  domain.wake_waiters();
  return YIN_OK;
}

void yin_watch_stop(yin_watch* watch) {
  if (watch == nullptr) return;
  yin_domain& domain = *watch->domain;
  {
    std::unique_lock lock(domain.watch_mutex);
    std::erase(domain.calling, watch);
    domain.wake_waiters();
    if (domain.watcher_id == std::this_thread::get_id()) {  // within a callback
      watch->stopped = contains(domain.looked_at, watch);
      if (watch->stopped) return;  // the round gives it back
    }
    domain.watch_left.wait(lock, [&] { return !contains(domain.looked_at, watch); });
  }
  give_back(watch);
}

}  // extern "C"
