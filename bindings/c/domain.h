#pragma once

// What stands behind the opaque types of yin.h.
//
// A Worker of the core belongs to one thread, and hosts have threads that come and go. So a domain
// that was opened keeps places, each with a worker: who begins a pin takes one that is free, by
// preference the one this thread had last, so that threads do not share a worker's cache lines. A
// place costs a CAS to take and a store to give back; there are as many as were ever wanted at once.
//
// Closing marks the domain, ends our threads, waits for every place and every stay, and lets the
// core go. What the host still has (handles, watches, snapshots) refers to the yin_domain, which
// stays until the last of them is released.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "substrate/domain.h"
#include "substrate/edit.h"
#include "substrate/hold.h"
#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "substrate/watch.h"
#include "substrate/worker.h"
#include "bindings/c/yin.h"

// A place: a worker, and the pin of whoever has it.
struct alignas(64) yin_pin {
  enum class State : std::uint32_t { kFree, kTaken };

  std::atomic<State> state{State::kTaken};  // process-private
  std::atomic<const void*> taker{nullptr};  // process-private; tells threads apart, a hint
  yin_domain* domain = nullptr;
  std::unique_ptr<yin::substrate::Worker> worker;
  std::optional<yin::substrate::Pin> pin;
  std::vector<yin_handle*> spares;  // cleared
};

struct yin_handle {
  std::optional<yin::substrate::Handle> handle;  // none: nothing of a read-only domain goes away
  yin_domain* domain;
  yin_word word;
};

struct yin_snapshot {
  yin::substrate::Snapshot snapshot;
  yin_domain* domain;
};

struct yin_watch {
  yin::substrate::Watch watch;
  yin_domain* domain;
  std::uint32_t seen_wake;  // of the domain, when yin_watch_wait() returned last
  yin_watch_fn call = nullptr;
  void* context = nullptr;
  bool stopped = false;  // from within a callback: given back behind it
};

// Runs agents in threads of its own.
struct yin_server {
  explicit yin_server(yin_domain* served) : domain(served) {}

  yin_domain* domain;
  yin::substrate::SharedHalf stop{};  // of this process alone
  std::vector<std::thread> threads;
  std::mutex mutex;
  yin::substrate::Status ended;  // the first reason, under the mutex
};

struct yin_domain {
  static constexpr std::uint32_t kPlaces = 1024;  // fewer where a process has fewer workers
  static constexpr std::uint32_t kChunk = 64;
  static constexpr std::size_t kSparesAPlace = 64;

  explicit yin_domain(std::unique_ptr<yin::substrate::Domain> opened);
  ~yin_domain();

  // A place, made if all are taken. YIN_CLOSED, YIN_RESOURCE_EXHAUSTED.
  yin_status take(yin_pin*& out, yin_error* error);
  // One that is there, waiting for it: for who gives something back. Null: the domain is closed.
  yin_pin* take_any();
  static void give(yin_pin& place) {
    place.state.store(yin_pin::State::kFree, std::memory_order_release);
  }
  void close();
  yin_status save(yin_save_fn write, void* context, yin_error* error);
  void start_keepers();
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release();
  // Is a pin held at any place? Then somebody may stand on what a handle gave.
  bool any_pinned();
  // Cleared handles go from where they are released to where they are made.
  void put_spares(std::vector<yin_handle*>& from);
  void take_spares(std::vector<yin_handle*>& to);
  // Makes everybody look who waits for watches.
  void wake_waiters();

  std::unique_ptr<yin::substrate::Domain> core;  // null when closed
  const std::string path;
  const std::uint64_t id;                    // of this opening
  std::atomic<bool> closed{false};           // process-private
  std::atomic<bool> saving{false};           // process-private
  std::atomic<std::uint32_t> stays{0};       // process-private
  std::atomic<std::uint32_t> references{1};  // process-private
  std::mutex exclusive;                      // over closing and saving as a whole
  std::mutex mutex;                          // over growth, `closed`, and the list of servers
  bool kept = false;                         // by threads of ours
  std::vector<std::thread> keepers;
  yin::substrate::SharedHalf stop{};  // of the keepers
  yin::substrate::SharedHalf wake{};  // of who waits for watches
  std::vector<yin_server*> servers;

  // Watches that call back, looked after by one thread.
  std::mutex watch_mutex;
  std::condition_variable watch_left;  // looked_at
  std::vector<yin_watch*> calling;
  std::vector<yin_watch*> looked_at;  // by the thread, in the round under way
  std::thread watcher;
  std::thread::id watcher_id;  // of the thread, if there ever was one

 private:
  yin_pin* place(std::uint32_t index) {
    return &chunks_[index / kChunk].load(std::memory_order_acquire)[index % kChunk];
  }
  yin_pin* take_free(std::uint32_t from);
  enum class Wish { kNew, kAny };
  yin_status grow(Wish wish, yin_pin*& out, yin_error* error);
  bool wait_for_place(yin_pin*& out);
  bool take_all();
  void wait_while_saved() {
    if (saving.load(std::memory_order_relaxed)) [[unlikely]]
      wait_for_save();
  }
  void wait_for_save();
  yin_status save_at_rest(yin_save_fn write, void* context, yin_error* error);
  void stop_keepers();

  std::mutex spares_mutex_;
  std::vector<yin_handle*> spares_;
  std::atomic<yin_pin*> chunks_[kPlaces / kChunk] = {};  // process-private
  std::atomic<std::uint32_t> places_{0};                 // process-private
};

namespace yin::c {

using substrate::Edit;
using substrate::Pin;
using substrate::RootRef;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

yin_status fail(yin_error* error, yin_status status, std::string_view message);
yin_status fail(yin_error* error, const Status& status);
// "assoc needs a map or a vector", "this is keyword".
yin_status wrong_type(yin_error* error, std::string_view needed, Word w);
yin_status was_closed(const yin_domain& domain, yin_error* error);
yin_status no_value(yin_error* error);  // "absent"

inline const Pin& pin_of(const yin_pin* pin) { return *pin->pin; }
inline Edit edit_of(yin_pin* pin) { return Edit::in_slab(*pin->pin); }
// May a collection hold it, an atom be set to it?
inline bool is_value(Word w) { return w != substrate::kAbsent && w != substrate::kTombstone; }

// A place without a pin, for what works long.
class Place {
 public:
  Place(yin_domain* domain, yin_error* error) : status_(domain->take(place_, error)) {}
  explicit Place(yin_domain* domain) : place_(domain->take_any()) {
    if (place_ == nullptr) status_ = YIN_CLOSED;
  }
  ~Place() {
    if (place_ != nullptr) yin_domain::give(*place_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] bool ok() const { return place_ != nullptr; }
  [[nodiscard]] yin_status status() const { return status_; }
  [[nodiscard]] substrate::Worker& worker() const { return *place_->worker; }
  [[nodiscard]] std::vector<yin_handle*>& spares() const { return place_->spares; }

 private:
  yin_pin* place_ = nullptr;
  yin_status status_ = YIN_OK;
};

// Keeps the domain mapped for who waits: close() wakes him, and is done when he has left. He has no
// place, and touches nothing but what he waits for.
class Stay {
 public:
  explicit Stay(yin_domain* domain) : domain_(domain) { domain->stays.fetch_add(1); }
  ~Stay() { domain_->stays.fetch_sub(1); }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  // To be asked first: close() has looked before we came.
  [[nodiscard]] bool ok() const { return !domain_->closed.load(); }

 private:
  yin_domain* domain_;
};

// A handle that nobody has, whose place in the table goes with its worker.
inline void forget(yin_handle* spare) {
  if (spare->handle) spare->handle->leave();
  delete spare;
}

// In watch.cc and agent.cc, for close(): ends the thread that calls back; ends the servers.
void stop_watcher(yin_domain& domain);
void stop_servers(yin_domain& domain);

}  // namespace yin::c
