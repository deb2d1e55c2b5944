// Opening and closing, places and pins, and what is asked of a domain as a whole.

#include "bindings/c/domain.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "substrate/checkpoint.h"
#include "substrate/clock.h"
#include "substrate/keeper.h"
#include "substrate/park.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "vm/verify.h"

namespace {

using yin::c::fail;
using yin::c::Place;
using yin::c::was_closed;
using yin::substrate::Domain;
using yin::substrate::Status;
using yin::substrate::StatusCode;
using yin::substrate::Worker;
namespace core = yin::substrate;

// The place this thread had last. A hint: any other will do.
struct LastPlace {
  std::uint64_t domain = 0;
  std::uint32_t index = 0;
};
thread_local LastPlace last_place;

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};  // process-private
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

constexpr std::uint64_t kPatienceNs = 2'000'000'000;  // for a place
constexpr std::uint64_t kTakeAllNs = 2'000'000;       // for all of them, in one try
// Between looks at who has a place. Nobody is woken: whoever gives one back may be the last in the
// domain, and must not touch it behind that. These waits are rare: closing, saving, too many pins.
constexpr auto kPause = std::chrono::microseconds(50);

// So many threads have a place each before they share.
std::uint32_t own_places() {
  static const std::uint32_t count = std::max(8U, 2 * std::thread::hardware_concurrency());
  return count;
}

yin_status status_of(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return YIN_OK;
    case StatusCode::kInvalidArgument:
      return YIN_INVALID_ARGUMENT;
    case StatusCode::kNotFound:
      return YIN_NOT_FOUND;
    case StatusCode::kAlreadyExists:
      return YIN_ALREADY_EXISTS;
    case StatusCode::kPermissionDenied:
      return YIN_PERMISSION_DENIED;
    case StatusCode::kResourceExhausted:
      return YIN_RESOURCE_EXHAUSTED;
    case StatusCode::kDataLoss:
      return YIN_DATA_LOSS;
    case StatusCode::kUnavailable:
      return YIN_UNAVAILABLE;
    case StatusCode::kUnimplemented:
      return YIN_UNIMPLEMENTED;
    case StatusCode::kInternal:
      return YIN_INTERNAL;
  }
  return YIN_INTERNAL;
}

constexpr const char* kStatusNames[] = {"YIN_OK",
                                        "YIN_INVALID_ARGUMENT",
                                        "YIN_NOT_FOUND",
                                        "YIN_ALREADY_EXISTS",
                                        "YIN_PERMISSION_DENIED",
                                        "YIN_RESOURCE_EXHAUSTED",
                                        "YIN_DATA_LOSS",
                                        "YIN_UNAVAILABLE",
                                        "YIN_UNIMPLEMENTED",
                                        "YIN_INTERNAL",
                                        "YIN_CLOSED",
                                        "YIN_WRONG_TYPE",
                                        "YIN_CONFLICT",
                                        "YIN_ABORTED",
                                        "YIN_OUT_OF_RANGE",
                                        "YIN_TIMEOUT",
                                        "YIN_END"};

Status wish_durability(Worker& worker, std::int64_t wish) {
  if (wish == YIN_DURABILITY_KEEP) return {};
  if (wish < YIN_DURABILITY_COMMIT)
    return core::invalid_argument("durability is YIN_DURABILITY_... or so many milliseconds");
  const std::uint64_t durability =
      wish == YIN_DURABILITY_COMMIT ? core::kDurabilityCommit : static_cast<std::uint64_t>(wish);
  return durability == core::durability(worker.domain()) ? Status{}
                                                         : set_durability(worker, durability);
}

core::OpenMode mode_of(yin_open_mode mode) {
  switch (mode) {
    case YIN_CREATE:
      return core::OpenMode::kCreate;
    case YIN_JOIN:
      return core::OpenMode::kJoin;
    case YIN_READ_ONLY:
      return core::OpenMode::kReadOnly;
    default:
      return core::OpenMode::kCreateOrJoin;
  }
}

// Of the first version of the struct: who knows less has not filled `size` in.
constexpr std::size_t kFirstOptionsBytes = 32;
static_assert(sizeof(yin_open_options) >= kFirstOptionsBytes);

// The caller may know fewer options than we do, or more that it leaves at zero.
yin_open_options known_options(const yin_open_options* given) {
  yin_open_options options = YIN_OPEN_OPTIONS;
  if (given != nullptr)
    std::memcpy(&options, given, std::min<std::size_t>(given->size, sizeof options));
  return options;
}

yin_status open_as(core::DomainOptions wishes, const yin_open_options* given, yin_domain** out,
                   yin_error* error) {
  if (given != nullptr && given->size < kFirstOptionsBytes)
    return fail(error, YIN_INVALID_ARGUMENT,
                "the options of yin_open() start from YIN_OPEN_OPTIONS");
  const yin_open_options options = known_options(given);
  if (wishes.bytes.empty()) wishes.mode = mode_of(options.mode);
  if (options.capacity_bytes != 0) wishes.capacity_bytes = options.capacity_bytes;
  auto opened = Domain::open(wishes);
  if (!opened.ok()) return fail(error, opened.status());
  {
    auto worker = Worker::join(**opened);
    if (!worker.ok()) return fail(error, worker.status());
    if (Status trusted = yin::vm::trust(**worker); !trusted.ok()) return fail(error, trusted);
    if (Status wished = wish_durability(**worker, options.durability); !wished.ok())
      return fail(error, wished);
  }
  auto* domain = new yin_domain(*std::move(opened));
  domain->kept = options.no_keeper == 0 && !domain->core->read_only();
  domain->start_keepers();
  *out = domain;
  return YIN_OK;
}

}  // namespace

namespace yin::c {

yin_status fail(yin_error* error, yin_status status, std::string_view message) {
  if (error != nullptr) {
    error->status = status;
    const std::size_t size = std::min(message.size(), sizeof error->message - 1);
    std::memcpy(error->message, message.data(), size);
    error->message[size] = '\0';
  }
  return status;
}

yin_status fail(yin_error* error, const Status& status) {
  return fail(error, status_of(status.code()), status.message());
}

yin_status was_closed(const yin_domain& domain, yin_error* error) {
  return fail(error, YIN_CLOSED, "domain " + domain.path + " was closed");
}

yin_status no_value(yin_error* error) {
  return fail(error, YIN_WRONG_TYPE, "\"absent\" is no value and is never stored");
}

yin_status wrong_type(yin_error* error, std::string_view needed, Word w) {
  return fail(error, YIN_WRONG_TYPE,
              std::string(needed) + ", this is " + std::string(kind_name(w)));
}

}  // namespace yin::c

yin_domain::yin_domain(std::unique_ptr<Domain> opened)
    : core(std::move(opened)), path(core->path()), id(next_id()) {}

yin_domain::~yin_domain() {
  for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

yin_pin* yin_domain::take_free(std::uint32_t from) {
  const std::uint32_t count = places_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t index = (from + i) % count;
    yin_pin* found = place(index);
    auto free = yin_pin::State::kFree;
    if (found->state.load(std::memory_order_relaxed) == free &&
        found->state.compare_exchange_strong(free, yin_pin::State::kTaken,
                                             std::memory_order_acq_rel)) {
      last_place = {id, index};
      found->taker.store(&last_place, std::memory_order_relaxed);
      return found;
    }
  }
  return nullptr;
}

// A new place; or, if any will do, one that was given back while we waited for the lock.
yin_status yin_domain::grow(Wish wish, yin_pin*& out, yin_error* error) {
  const std::lock_guard lock(mutex);
  if (closed.load(std::memory_order_relaxed)) return was_closed(*this, error);
  if (wish == Wish::kAny && (out = take_free(0)) != nullptr) return YIN_OK;
  const std::uint32_t index = places_.load(std::memory_order_relaxed);
  if (index == kPlaces)
    return fail(error, YIN_RESOURCE_EXHAUSTED,
                "domain " + path + ": " + std::to_string(kPlaces) + " pins are open at once");
  auto worker = Worker::join(*core);
  if (!worker.ok()) return fail(error, worker.status());
  std::atomic<yin_pin*>& chunk = chunks_[index / kChunk];  // process-private
  if (chunk.load(std::memory_order_relaxed) == nullptr)
    chunk.store(new yin_pin[kChunk], std::memory_order_release);
  yin_pin* made = place(index);
  made->domain = this;
  made->worker = *std::move(worker);
  made->taker.store(&last_place, std::memory_order_relaxed);
  places_.store(index + 1, std::memory_order_release);
  last_place = {id, index};
  out = made;
  return YIN_OK;
}

yin_status yin_domain::take(yin_pin*& out, yin_error* error) {
  if (closed.load(std::memory_order_relaxed)) [[unlikely]]  // close() waits for what is taken now
    return was_closed(*this, error);
  wait_while_saved();
  std::uint32_t from = 0;
  if (last_place.domain == id) [[likely]] {
    from = last_place.index;
    yin_pin* mine = place(from);
    auto free = yin_pin::State::kFree;
    if (mine->state.compare_exchange_strong(free, yin_pin::State::kTaken,
                                            std::memory_order_acq_rel)) [[likely]] {
      mine->taker.store(&last_place, std::memory_order_relaxed);
      out = mine;
      return YIN_OK;
    }
  } else if (places_.load(std::memory_order_relaxed) < own_places() &&
             grow(Wish::kNew, out, nullptr) == YIN_OK) {  // else there may be a free one
    return YIN_OK;
  }
  out = take_free(from);
  if (out != nullptr) return YIN_OK;
  yin_error why{};
  const yin_status grown = grow(Wish::kAny, out, &why);
  if (grown == YIN_OK || (grown == YIN_RESOURCE_EXHAUSTED && wait_for_place(out))) return YIN_OK;
  return fail(error, grown, why.message);
}

// As many workers as this process may have are at work. Pins are short: one will end soon.
bool yin_domain::wait_for_place(yin_pin*& out) {
  const std::uint64_t until = core::monotonic_ns() + kPatienceNs;
  while (core::monotonic_ns() < until && !closed.load(std::memory_order_acquire)) {
    std::this_thread::sleep_for(kPause);
    out = take_free(0);
    if (out != nullptr) return true;
  }
  return false;
}

yin_pin* yin_domain::take_any() {
  while (!closed.load(std::memory_order_acquire)) {
    wait_while_saved();
    if (yin_pin* found = take_free(last_place.domain == id ? last_place.index : 0)) return found;
    // The others may all be taken by the very thread that asks.
    yin_pin* made = nullptr;
    if (grow(Wish::kAny, made, nullptr) == YIN_OK) return made;
    std::this_thread::yield();
  }
  return nullptr;
}

bool yin_domain::any_pinned() {
  const std::uint32_t count = places_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    // edge: pin (behind it, all that was read under the pin was read)
    const std::uint64_t pin = place(i)->worker->slot().pin.load_seq();
    if ((pin & core::kPinOn) != 0) return true;
  }
  return false;
}

void yin_domain::put_spares(std::vector<yin_handle*>& from) {
  const std::lock_guard lock(spares_mutex_);
  for (; from.size() > kSparesAPlace / 2; from.pop_back()) spares_.push_back(from.back());
}

void yin_domain::take_spares(std::vector<yin_handle*>& to) {
  const std::lock_guard lock(spares_mutex_);
  for (; !spares_.empty() && to.size() < kSparesAPlace / 2; spares_.pop_back())
    to.push_back(spares_.back());
}

void yin_domain::wake_waiters() {
  wake.add_seq(1);  // of this process alone
  wake_all(wake);
}

void yin_domain::close() {
  const std::lock_guard alone(exclusive);
  {
    const std::lock_guard lock(mutex);
    if (closed.exchange(true)) return;  // before it looks for stays
  }
  wake_waiters();
  yin::c::stop_watcher(*this);
  yin::c::stop_servers(*this);
  stop_keepers();
  // Nobody gets a place any more; who has one gives it back. All are ours before the first worker
  // goes: who still has a place may look at the others (any_pinned()).
  while (stays.load() != 0 || !take_all()) {
    wake_waiters();
    std::this_thread::sleep_for(kPause);
  }
  const std::uint32_t count = places_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (yin_handle* spare : place(i)->spares) yin::c::forget(spare);
    place(i)->spares.clear();
    place(i)->worker.reset();
  }
  for (yin_handle* spare : spares_) yin::c::forget(spare);
  spares_.clear();
  core.reset();
}

// Every place, or none in 2 ms: who has one and asks for another must not wait for ever.
bool yin_domain::take_all() {
  const std::uint64_t until = core::monotonic_ns() + kTakeAllNs;
  const std::uint32_t count = places_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto free = yin_pin::State::kFree;
    while (!place(i)->state.compare_exchange_strong(free, yin_pin::State::kTaken,
                                                    std::memory_order_acq_rel)) {
      if (core::monotonic_ns() > until) {
        while (i > 0) give(*place(--i));
        return false;
      }
      std::this_thread::yield();
      free = yin_pin::State::kFree;
    }
  }
  return true;
}

// Who has no place waits until save() is done; who has one may need another to be done with it.
void yin_domain::wait_for_save() {
  const std::uint32_t count = places_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    const yin_pin& p = *place(i);
    if (p.state.load(std::memory_order_relaxed) == yin_pin::State::kTaken &&
        p.taker.load(std::memory_order_relaxed) == &last_place)
      return;
  }
  const std::lock_guard done(exclusive);
}

// With every place in our hands, no new one made, and no keeper, nobody is in the middle of anything.
yin_status yin_domain::save(yin_save_fn write, void* context, yin_error* error) {
  const std::lock_guard alone(exclusive);
  if (closed.load(std::memory_order_relaxed)) return was_closed(*this, error);
  if (core->region().is_file()) {
    return fail(error, YIN_INVALID_ARGUMENT,
                "save domain " + path +
                    ": it is a file already, and others may write it; yin backup copies one");
  }
  stop_keepers();
  saving.store(true);
  const yin_status saved = save_at_rest(write, context, error);
  saving.store(false);
  start_keepers();
  return saved;
}

yin_status yin_domain::save_at_rest(yin_save_fn write, void* context, yin_error* error) {
  const std::uint64_t until = core::monotonic_ns() + kPatienceNs;
  std::unique_lock lock(mutex);
  while (!take_all()) {
    if (core::monotonic_ns() > until)
      return fail(error, YIN_UNAVAILABLE, "save domain " + path + ": a pin stays open");
    lock.unlock();  // who waits for it has a place, and needs another
    std::this_thread::sleep_for(kPause);
    lock.lock();
  }
  yin_status saved = YIN_OK;
  if (!servers.empty()) {
    saved = fail(error, YIN_INVALID_ARGUMENT,
                 "save domain " + path + ": agents are running in it; stop serving first");
  } else {
    // edge: committed
    const std::uint64_t bytes = core->state().committed_bytes.load_acquire();
    if (write(context, core->base(), static_cast<std::size_t>(bytes)) != 0)
      saved = fail(error, YIN_ABORTED, "save domain " + path + ": the caller gave up");
  }
  const std::uint32_t count = places_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < count; ++i) give(*place(i));
  return saved;
}

void yin_domain::start_keepers() {
  if (!kept) return;
  stop.store_relaxed(0);
  for (const auto keep : {core::keep_collected, core::keep_durable}) {
    // What it cannot do is told to who asks for it: yin_flush().
    keepers.emplace_back([this, keep] { (void)keep(*core, stop).ok(); });
  }
}

void yin_domain::stop_keepers() {
  stop.store_relaxed(1);  // a wish
  wake_all(stop);
  for (std::thread& keeper : keepers) keeper.join();
  keepers.clear();
}

void yin_domain::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

extern "C" {

uint32_t yin_abi_version(void) { return YIN_ABI_VERSION; }
const char* yin_version(void) { return YIN_VERSION; }
uint32_t yin_format_version(void) { return core::kFormatVersion; }

const char* yin_status_name(yin_status status) {
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(kStatusNames) ? kStatusNames[index] : "YIN_?";
}

yin_status yin_open(const char* path, const yin_open_options* given, yin_domain** out,
                    yin_error* error) {
  return open_as({.path = path}, given, out, error);
}

yin_status yin_open_bytes(const void* bytes, size_t size, const yin_open_options* given,
                          yin_domain** out, yin_error* error) {
  if (size == 0) return fail(error, YIN_DATA_LOSS, "open domain (bytes): there are none");
  core::DomainOptions wishes;
  wishes.path = "(bytes)";
  wishes.bytes = {static_cast<const std::byte*>(bytes), size};
  return open_as(std::move(wishes), given, out, error);
}

yin_status yin_save(yin_domain* domain, yin_save_fn write, void* context, yin_error* error) {
  return domain->save(write, context, error);
}

void yin_close(yin_domain* domain) {
  if (domain != nullptr) domain->close();
}

void yin_domain_release(yin_domain* domain) {
  if (domain == nullptr) return;
  domain->close();
  domain->release();
}

int yin_is_closed(const yin_domain* domain) {
  return domain->closed.load(std::memory_order_acquire) ? 1 : 0;
}
const char* yin_domain_path(const yin_domain* domain) { return domain->path.c_str(); }

int yin_domain_is_read_only(yin_domain* domain) {
  const Place place(domain, nullptr);
  return place.ok() && domain->core->read_only() ? 1 : 0;
}

yin_status yin_remove(const char* path, yin_error* error) {
  const Status removed = Domain::unlink(path);
  return removed.ok() ? YIN_OK : fail(error, removed);
}

yin_status yin_domain_stat(yin_domain* domain, yin_stat* stat, yin_error* error) {
  const Place place(domain, error);
  if (!place.ok()) return place.status();
  const Domain& core = *domain->core;
  const core::DomainState& state = core.state();
  *stat = {};
  stat->capacity_bytes = core.capacity();
  // edge: committed
  stat->committed_bytes = state.committed_bytes.load_acquire();
  stat->live_bytes = state.live_bytes.load_relaxed();  // pacing only
  // edge: gc-finish
  stat->collections = core::gc_done(state.gc.load_seq());
  stat->holds = state.next_hold.load_relaxed();  // counts, for looking
  stat->slots = state.next_slot.load_relaxed();
  core::each_worker_slot(core, [&](std::uint32_t, const core::WorkerSlot& slot) {
    stat->workers += (slot.lease.load_relaxed() & 0xff) != 0 ? 1 : 0;  // for looking
  });
  return YIN_OK;
}

yin_status yin_flush(yin_domain* domain, uint32_t timeout_ms, yin_error* error) {
  const Place place(domain, error);
  if (!place.ok()) return place.status();
  const Status durable =
      wait_durable(place.worker(), core::visible_clock(*domain->core), timeout_ms);
  if (durable.ok()) return YIN_OK;
  if (durable.code() == StatusCode::kUnavailable)
    return fail(error, YIN_TIMEOUT, durable.message());
  return fail(error, durable);
}

yin_status yin_keep(yin_domain* domain, int* busy, yin_error* error) {
  const Place place(domain, error);
  if (!place.ok()) return place.status();
  const bool was = core::collect_if_due(place.worker());
  if (busy != nullptr) *busy = was ? 1 : 0;
  return YIN_OK;
}

yin_status yin_verify(yin_domain* domain, yin_error* error) {
  const Place place(domain, error);
  if (!place.ok()) return place.status();
  const core::VerifyReport report = yin::vm::verify(place.worker());
  if (report.clean()) return YIN_OK;
  return fail(error, YIN_DATA_LOSS, report.findings.front());
}

yin_status yin_pin_begin(yin_domain* domain, yin_pin** out, yin_error* error) {
  yin_pin* pin = nullptr;
  if (const yin_status taken = domain->take(pin, error); taken != YIN_OK) return taken;
  pin->pin.emplace(*pin->worker);
  *out = pin;
  return YIN_OK;
}

void yin_pin_end(yin_pin* pin) {
  if (pin == nullptr) return;
  pin->pin.reset();
  yin_domain::give(*pin);
}

yin_domain* yin_pin_domain(const yin_pin* pin) { return pin->domain; }

}  // extern "C"
