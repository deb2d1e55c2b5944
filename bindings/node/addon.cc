// Node's side of the port: exposes its operations, and what only Node has. That is strings as
// arguments and results (the engine's own copying is faster than any in JavaScript), weak
// references to views, a bell that wakes the event loop, and jobs in libuv's threads.
//
// Views and the collector: a FinalizationRegistry calls back only when the running job has ended,
// so a loop of a million swaps would keep a million old values. Weak references of Node-API are
// cleared while a loop runs, by young collections too. So a view is tracked by one, and every so
// many new views the table is swept; lib/ sweeps as well after a collection that no new view
// follows. Views that were found in others come in groups, each with one weak reference, until
// they have outlived a collection (lib/view.js).

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <node_api.h>

#include "bindings/node/port.h"

namespace yin::node {
namespace {

constexpr std::size_t kSweepAfter = 512;  // new views, at least
constexpr std::size_t kLookAfter = 512;   // new groups of them, at least
constexpr std::uint32_t kOutlives = 3;    // collections, before an object is surely old
constexpr std::uint32_t kToldBytes = 1 << 14;
constexpr std::size_t kSweepAfterBytes = 8 << 20;

// Calls lib/'s function in the JavaScript thread, once for any number of rings before it.
class LoopBell final : public Bell {
 public:
  void ring() override {
    const std::scoped_lock lock(mutex_);
    if (function_ == nullptr || rung_.exchange(true)) return;
    napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  }
  void set(napi_threadsafe_function function) {
    const std::scoped_lock lock(mutex_);
    function_ = function;
  }
  void heard() { rung_ = false; }
  [[nodiscard]] napi_threadsafe_function function() const { return function_; }

 private:
  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  std::atomic<bool> rung_ = false;  // process-private
};

struct Tracked {
  napi_ref view;
  std::int32_t handle;
  std::uint32_t bytes;  // that were built for it, as the engine knows; 0: too few to tell
};

// A group of views that were found in others (lib/view.js).
struct Remembered {
  napi_ref group;
  std::uint32_t since;  // Addon::collections then
};

struct Addon;

struct Entry {
  Addon* addon;
  void (*run)(Port& port);
};

struct Addon {
  std::shared_ptr<LoopBell> bell = std::make_shared<LoopBell>();
  std::unique_ptr<Port> port = std::make_unique<Port>(bell);
  std::vector<Entry> entries;
  std::vector<Tracked> tracked;
  std::size_t sweep_at = kSweepAfter;
  std::size_t new_bytes = 0;  // of views, that nobody was told of
  std::vector<Remembered> remembered;
  std::size_t look_at = kLookAfter;
  napi_ref young = nullptr;       // an object that nobody has: gone after any collection
  napi_ref old = nullptr;         // gone after a collection of old objects, once it is one
  std::uint32_t outlived = 0;     // by `old`: collections
  std::uint32_t collections = 0;  // of old objects
  std::uint32_t looked = 0;       // collections when the groups were looked at
  napi_ref mailbox = nullptr;
  napi_ref on_events = nullptr;
};

struct RunningJob {
  Addon* addon;
  std::unique_ptr<Job> job;
  napi_async_work work = nullptr;
};

// ---- operations ---------------------------------------------------------------------------------

void take_argument(napi_env env, napi_value value, std::string& to) {
  char room[256];
  std::size_t size = 0;
  if (napi_get_value_string_utf8(env, value, room, sizeof room, &size) != napi_ok) size = 0;
  if (size + 4 < sizeof room) {  // else it may be cut off
    to.assign(room, size);
    return;
  }
  napi_get_value_string_utf8(env, value, nullptr, 0, &size);
  to.resize(size + 1);
  napi_get_value_string_utf8(env, value, to.data(), to.size(), &size);
  to.resize(size);
}

// The text of a result; none for one that JavaScript reads from the mailbox (bytes, text in many
// scripts).
napi_value text_of(napi_env env, const Port& port) {
  const auto* result = reinterpret_cast<const std::int32_t*>(port.mailbox);
  if (result[kResultText] == 0) return nullptr;
  const auto tag = static_cast<Tag>(result[kResultTag]);
  if (tag == Tag::kBytes) return nullptr;
  napi_value text = nullptr;
  if (result[kResultAscii] != 0) {
    napi_create_string_latin1(env, port.text.data(), port.text.size(), &text);
  } else if (tag == Tag::kString || tag == Tag::kError || result[kResultCount] == 0) {
    napi_create_string_utf8(env, port.text.data(), port.text.size(), &text);
  }
  return text;
}

void heard_events(napi_env env, napi_value function, void* /*context*/, void* /*data*/) {
  if (env == nullptr) return;
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  if (data != nullptr) static_cast<Addon*>(data)->bell->heard();
  napi_value receiver;
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, function, 0, nullptr, nullptr);
}

void run_job(napi_env /*env*/, void* data) { static_cast<RunningJob*>(data)->job->run(); }

// The job's event waits; the loop may have been kept alive by the job alone, so it is taken now.
void end_job(napi_env env, napi_status /*status*/, void* data) {
  const std::unique_ptr<RunningJob> running(static_cast<RunningJob*>(data));
  napi_value function;
  if (napi_get_reference_value(env, running->addon->on_events, &function) == napi_ok) {
    heard_events(env, function, nullptr, nullptr);
  }
  napi_delete_async_work(env, running->work);
}

void start_job(napi_env env, Addon& addon) {
  auto running = std::make_unique<RunningJob>(RunningJob{&addon, std::move(addon.port->job)});
  napi_value name;
  napi_create_string_utf8(env, "yin", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, run_job, end_job, running.get(), &running->work);
  napi_queue_async_work(env, running->work);
  (void)running.release();  // end_job() takes it
}

napi_value call(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument;
  void* data;
  napi_get_cb_info(env, info, &count, &argument, nullptr, &data);
  const auto& entry = *static_cast<const Entry*>(data);
  Port& port = *entry.addon->port;
  if (count > 0) take_argument(env, argument, port.argument);
  entry.run(port);
  if (port.job) start_job(env, *entry.addon);
  return text_of(env, port);
}

// ---- what only Node has -------------------------------------------------------------------------

Addon& addon_of(napi_env env, napi_callback_info info, std::size_t count, napi_value* arguments) {
  void* data;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  return *static_cast<Addon*>(data);
}

// setMailbox(arrayBuffer): from now on this one.
napi_value set_mailbox(napi_env env, napi_callback_info info) {
  napi_value buffer;
  auto& addon = addon_of(env, info, 1, &buffer);
  void* data;
  std::size_t size;
  if (napi_get_arraybuffer_info(env, buffer, &data, &size) != napi_ok) return nullptr;
  if (addon.mailbox != nullptr) napi_delete_reference(env, addon.mailbox);
  napi_create_reference(env, buffer, 1, &addon.mailbox);
  addon.port->mailbox = static_cast<std::byte*>(data);
  addon.port->mailbox_size = size;
  return nullptr;
}

// copyText(uint8Array): the bytes that the last operation gave.
napi_value copy_text(napi_env env, napi_callback_info info) {
  napi_value array;
  const auto& addon = addon_of(env, info, 1, &array);
  void* data;
  std::size_t size;
  if (napi_get_typedarray_info(env, array, nullptr, &size, &data, nullptr, nullptr) == napi_ok) {
    std::memcpy(data, addon.port->text.data(), std::min(size, addon.port->text.size()));
  }
  return nullptr;
}

void sweep_views(napi_env env, Addon& addon) {
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  std::size_t kept = 0;
  std::int64_t gone = 0;
  for (auto& tracked : addon.tracked) {
    napi_value view = nullptr;
    napi_get_reference_value(env, tracked.view, &view);
    if (view != nullptr) {
      addon.tracked[kept++] = tracked;
    } else {
      gone += tracked.bytes;
      napi_delete_reference(env, tracked.view);
      untrack_handle(*addon.port, tracked.handle);
    }
  }
  napi_close_handle_scope(env, scope);
  if (gone > 0) napi_adjust_external_memory(env, -gone, &gone);
  addon.tracked.resize(kept);
  addon.sweep_at =
      kept * 2 + kSweepAfter;  // each view is looked at a few times only, however many there are
}

// track(view, handle). True: many bytes were built since it was true last.
napi_value track(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  auto& addon = addon_of(env, info, 2, arguments);
  Tracked tracked{};
  napi_get_value_int32(env, arguments[1], &tracked.handle);
  napi_create_reference(env, arguments[0], 0, &tracked.view);
  track_handle(*addon.port, tracked.handle);
  // To the engine a view is a hundred bytes; it should know what it would get back. So large values
  // make it collect.
  const auto built = std::exchange(addon.port->built_bytes, 0);
  if (built >= kToldBytes) {
    tracked.bytes = static_cast<std::uint32_t>(
        std::min<std::size_t>(built, std::numeric_limits<std::uint32_t>::max()));
    std::int64_t all;
    napi_adjust_external_memory(env, tracked.bytes, &all);
    addon.new_bytes += tracked.bytes;
  }
  addon.tracked.push_back(tracked);
  napi_value large = nullptr;
  if (addon.new_bytes >= kSweepAfterBytes) {
    addon.new_bytes = 0;
    napi_get_boolean(env, true, &large);
  }
  if (large != nullptr || addon.tracked.size() >= addon.sweep_at) sweep_views(env, addon);
  return large;
}

napi_value sweep(napi_env env, napi_callback_info info) {
  sweep_views(env, addon_of(env, info, 0, nullptr));
  return nullptr;
}

// A new object that nobody has; with `count` 1 it is there until napi_reference_unref().
napi_ref sentinel(napi_env env, std::uint32_t count) {
  napi_value object;
  napi_ref made;
  napi_create_object(env, &object);
  napi_create_reference(env, object, count, &made);
  return made;
}

bool is_gone(napi_env env, napi_ref reference) {
  napi_value value = nullptr;
  napi_get_reference_value(env, reference, &value);
  return value == nullptr;
}

// Counts collections of old objects. Those of young ones do not tell what is garbage among what
// was in hand when they came, which is old then. So an object grows old before it is let go of.
void count_collections(napi_env env, Addon& addon) {
  if (addon.young == nullptr) {
    addon.young = sentinel(env, 0);
    addon.old = sentinel(env, 1);
  }
  if (!is_gone(env, addon.young)) return;
  napi_delete_reference(env, addon.young);
  addon.young = sentinel(env, 0);
  if (addon.outlived < kOutlives) {
    if (++addon.outlived == kOutlives) napi_reference_unref(env, addon.old, nullptr);
  } else if (is_gone(env, addon.old)) {
    ++addon.collections;
    napi_delete_reference(env, addon.old);
    addon.old = sentinel(env, 1);
    addon.outlived = 0;
  }
}

// remember(group): weakly. True: survivors() has something to look at, or much to forget.
napi_value remember(napi_env env, napi_callback_info info) {
  napi_value group;
  auto& addon = addon_of(env, info, 1, &group);
  count_collections(env, addon);
  Remembered remembered{nullptr, addon.collections};
  napi_create_reference(env, group, 0, &remembered.group);
  addon.remembered.push_back(remembered);
  napi_value worth;
  napi_get_boolean(
      env, addon.looked < addon.collections || addon.remembered.size() >= addon.look_at, &worth);
  return worth;
}

// survivors(all): the groups that are there, all or those that a collection of old objects has
// looked at since they were remembered. They are forgotten.
napi_value survivors(napi_env env, napi_callback_info info) {
  napi_value argument;
  auto& addon = addon_of(env, info, 1, &argument);
  bool all = false;
  napi_get_value_bool(env, argument, &all);
  count_collections(env, addon);
  napi_value found;
  napi_create_array(env, &found);
  std::uint32_t count = 0;
  std::size_t kept = 0;
  for (const auto& one : addon.remembered) {
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    napi_value group = nullptr;
    napi_get_reference_value(env, one.group, &group);
    if (group != nullptr && !all && one.since == addon.collections) {
      addon.remembered[kept++] = one;
    } else {
      if (group != nullptr) napi_set_element(env, found, count++, group);
      napi_delete_reference(env, one.group);
    }
    napi_close_handle_scope(env, scope);
  }
  addon.remembered.resize(kept);
  addon.looked = addon.collections;
  addon.look_at = kept * 2 + kLookAfter;
  return found;
}

// onEvents(function): called when there are events.
napi_value on_events(napi_env env, napi_callback_info info) {
  napi_value function;
  auto& addon = addon_of(env, info, 1, &function);
  napi_create_reference(env, function, 1, &addon.on_events);
  napi_value name;
  napi_create_string_utf8(env, "yin", NAPI_AUTO_LENGTH, &name);
  napi_threadsafe_function made;
  const auto gone = [](napi_env, void* /*data*/, void* bell) {
    const std::unique_ptr<std::shared_ptr<LoopBell>> kept(
        static_cast<std::shared_ptr<LoopBell>*>(bell));
    (*kept)->set(nullptr);
  };
  auto* kept = new std::shared_ptr<LoopBell>(addon.bell);
  if (napi_create_threadsafe_function(env, function, nullptr, name, 0, 1, nullptr, gone, kept,
                                      heard_events, &made) != napi_ok) {
    delete kept;
    return nullptr;
  }
  napi_unref_threadsafe_function(env, made);
  addon.bell->set(made);
  return nullptr;
}

// keepAlive(yes): does what may happen keep the event loop going?
napi_value keep_alive(napi_env env, napi_callback_info info) {
  napi_value yes;
  const auto& addon = addon_of(env, info, 1, &yes);
  bool value = false;
  napi_get_value_bool(env, yes, &value);
  if (addon.bell->function() == nullptr) return nullptr;
  if (value) {
    napi_ref_threadsafe_function(env, addon.bell->function());
  } else {
    napi_unref_threadsafe_function(env, addon.bell->function());
  }
  return nullptr;
}

void tear_down(void* data) { static_cast<Addon*>(data)->port.reset(); }

void add(napi_env env, napi_value exports, const char* name, napi_callback callback, void* data) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function);
  napi_set_named_property(env, exports, name, function);
}

napi_value init(napi_env env, napi_value exports) {
  auto* addon = new Addon;
  napi_set_instance_data(
      env, addon, [](napi_env, void* data, void*) { delete static_cast<Addon*>(data); }, nullptr);
  napi_add_env_cleanup_hook(env, tear_down, addon);
  addon->entries.reserve(operations().size());
  for (const auto& operation : operations()) {
    addon->entries.push_back({addon, operation.run});
    add(env, exports, operation.name, call, &addon->entries.back());
  }
  add(env, exports, "setMailbox", set_mailbox, addon);
  add(env, exports, "copyText", copy_text, addon);
  add(env, exports, "track", track, addon);
  add(env, exports, "sweep", sweep, addon);
  add(env, exports, "remember", remember, addon);
  add(env, exports, "survivors", survivors, addon);
  add(env, exports, "onEvents", on_events, addon);
  add(env, exports, "keepAlive", keep_alive, addon);
  return exports;
}

}  // namespace
}  // namespace yin::node

NAPI_MODULE_INIT() { return yin::node::init(env, exports); }
