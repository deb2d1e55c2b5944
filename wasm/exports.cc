// What JavaScript finds in the module: the port's operations (bindings/node/port.h) as functions of
// a port, and what there is to do around them: threads that enter, ports, the text of a call.
//
// The domains of a memory are found by name, in every thread of it: a name's first opener makes the
// domain, the last to close it ends it. What elsewhere takes a thread of its own is done by the
// caller (flush, verify) or asked for (watches: poll(); the keeper's work: keep_all()).
//
// Threads: a port belongs to one JavaScript thread; `Domains` to all.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/c/yin.h"
#include "bindings/node/events.h"
#include "bindings/node/port.h"
#include "wasm/thread.h"

#define YIN_EXPORT(name) extern "C" __attribute__((export_name(#name)))

// The loader copies so many bytes from there (save()).
extern "C" __attribute__((import_module("yin"), import_name("bytes"))) void yin_js_bytes(
    const void* from, std::size_t size);

// Fills them with random bytes.
extern "C" __attribute__((import_module("yin"), import_name("random"))) void yin_js_random(
    void* to, std::size_t size);

// What the C library asks for entropy; it has none of its own here.
extern "C" int getentropy(void* to, std::size_t size) {
  yin_js_random(to, size);
  return 0;
}

namespace yin::wasm {
namespace {

using node::Domain;
using node::Operation;
using node::Port;
using node::Tag;

// ---- domains by name ----------------------------------------------------------------------------

struct Named {
  std::shared_ptr<Domain> domain;
  std::uint32_t opened = 0;  // so many times, and not closed
};

struct Domains {
  std::mutex mutex;
  std::map<std::string, Named> by_name;
};

Domains& domains() {
  static Domains all;
  return all;
}

// ---- calls --------------------------------------------------------------------------------------

std::int32_t* integers(Port& port) { return reinterpret_cast<std::int32_t*>(port.mailbox); }

double number(const Port& port, std::size_t cell) {
  double value;
  std::memcpy(&value, port.mailbox + cell * 8, sizeof value);
  return value;
}

void give(Port& port, Tag tag, std::int32_t aux = 0) {
  integers(port)[node::kResultTag] = static_cast<std::int32_t>(tag);
  integers(port)[node::kResultAux] = aux;
  integers(port)[node::kResultText] = 0;
}

void fail(Port& port, yin_status status, std::string_view message) {
  give(port, Tag::kError, static_cast<std::int32_t>(status));
  port.text.assign(message);
  integers(port)[node::kResultText] = static_cast<std::int32_t>(port.text.size());
  integers(port)[node::kResultAscii] = 0;
}

// The domain that the port has under the number in integer 0, or null: told.
std::shared_ptr<Domain> domain_of(Port& port) {
  const auto number = static_cast<std::size_t>(integers(port)[0]);
  if (number < port.domains.size() && port.domains[number]) return port.domains[number];
  fail(port, YIN_CLOSED, "the domain is closed");
  return nullptr;
}

// ---- operations that differ from the port's own -------------------------------------------------

// Bytes that a domain is to be opened from; null: none.
struct Bytes {
  const void* from = nullptr;
  std::size_t size = 0;
};

yin_status open_new(Port& port, Bytes bytes, yin_domain** out, yin_error* error) {
  yin_open_options options = YIN_OPEN_OPTIONS;
  options.no_keeper = 1;  // no thread of ours
  const auto capacity = number(port, 4);
  options.capacity_bytes = capacity > 0 ? static_cast<std::uint64_t>(capacity) : 0;
  if (bytes.from != nullptr) return yin_open_bytes(bytes.from, bytes.size, &options, out, error);
  return yin_open("", &options, out, error);
}

void open_as(Port& port, Bytes bytes) {
  const auto mode = static_cast<yin_open_mode>(integers(port)[1]);
  const std::string& name = port.argument;
  auto& all = domains();
  const std::scoped_lock lock(all.mutex);
  auto found = all.by_name.find(name);
  const bool there = found != all.by_name.end();
  if (there && (mode == YIN_CREATE || bytes.from != nullptr))
    return fail(port, YIN_ALREADY_EXISTS, "open: this memory has a domain '" + name + "' already");
  if (!there && bytes.from == nullptr && (mode == YIN_JOIN || mode == YIN_READ_ONLY))
    return fail(port, YIN_NOT_FOUND, "open: this memory has no domain '" + name + "'");
  if (!there) {
    yin_error error{};
    yin_domain* made = nullptr;
    if (open_new(port, bytes, &made, &error) != YIN_OK)
      return fail(port, error.status, error.message);
    found = all.by_name.emplace(name, Named{std::make_shared<Domain>(made), 0}).first;
  }
  ++found->second.opened;
  port.domains.push_back(found->second.domain);
  give(port, Tag::kSmallInt, static_cast<std::int32_t>(port.domains.size() - 1));
}

void open_domain(Port& port) { open_as(port, {}); }

// integers 2 and 3: where the bytes are, and how many.
void load_domain(Port& port) {
  const auto at = static_cast<std::uintptr_t>(static_cast<std::uint32_t>(integers(port)[2]));
  open_as(port, {reinterpret_cast<const void*>(at),
                 static_cast<std::size_t>(static_cast<std::uint32_t>(integers(port)[3]))});
}

void leave(Port& port, std::shared_ptr<Domain>& place) {
  const std::shared_ptr<Domain> domain = std::move(place);
  place.reset();
  for (auto& watch : port.watches) {
    if (watch && watch->domain == domain) watch.reset();
  }
  auto& all = domains();
  const std::scoped_lock lock(all.mutex);
  const auto named = std::ranges::find_if(
      all.by_name, [&](const auto& entry) { return entry.second.domain == domain; });
  // (One that was removed by name ends with the last who has it.)
  if (named == all.by_name.end() || --named->second.opened > 0) return;
  yin_close(domain->domain);
  all.by_name.erase(named);
}

void close_domain(Port& port) {
  const auto number = static_cast<std::size_t>(integers(port)[0]);
  if (number < port.domains.size() && port.domains[number]) leave(port, port.domains[number]);
  give(port, Tag::kNil);
}

void remove_domain(Port& port) {
  auto& all = domains();
  const std::scoped_lock lock(all.mutex);
  if (all.by_name.erase(port.argument) == 0)
    return fail(port, YIN_NOT_FOUND, "remove: this memory has no domain '" + port.argument + "'");
  give(port, Tag::kNil);
}

// A job of the port's, done at once: its event waits when this returns.
template <void (*start)(Port&)>
void run_at_once(Port& port) {
  start(port);
  if (const auto job = std::move(port.job)) job->run();
}

void refuse_serve(Port& port) {
  fail(port, YIN_UNAVAILABLE, "serve: agents do not run in pages yet; serve the domain natively");
}

// integer 0: the domain. To the loader's bytes().
void save_domain(Port& port) {
  const auto domain = domain_of(port);
  if (!domain) return;
  const auto take = [](void* /*context*/, const void* bytes, std::size_t size) {
    yin_js_bytes(bytes, size);
    return 0;
  };
  yin_error error{};
  if (yin_save(domain->domain, take, nullptr, &error) != YIN_OK)
    return fail(port, error.status, error.message);
  give(port, Tag::kNil);
}

constexpr int kChangesAPin = 64;

// What a watch has to tell becomes events.
void take_changes(node::Watch& watch) {
  for (int told = kChangesAPin; told == kChangesAPin;) {
    told = 0;
    yin_pin* pin = nullptr;
    if (yin_pin_begin(watch.domain->domain, &pin, nullptr) != YIN_OK) return;
    yin_word before;
    yin_word after;
    while (told < kChangesAPin && yin_watch_take(watch.watch, pin, &before, &after) != 0) {
      watch.tell(pin, before, after);
      ++told;
    }
    yin_pin_end(pin);
  }
}

// integer 1: a watch. Small int: where the word is that changes when there is more; payload: what
// it was. Absent: it is no longer there.
void poll(Port& port) {
  const auto number = static_cast<std::size_t>(integers(port)[1]);
  if (number >= port.watches.size() || !port.watches[number] ||
      yin_is_closed(port.watches[number]->domain->domain) != 0) {
    return give(port, Tag::kAbsent);
  }
  take_changes(*port.watches[number]);
  std::uint32_t seen;
  const auto* word = yin_watch_word(port.watches[number]->watch, &seen);
  give(port, Tag::kSmallInt, static_cast<std::int32_t>(reinterpret_cast<std::uintptr_t>(word)));
  integers(port)[node::kResultPayload] = static_cast<std::int32_t>(seen);
}

using Run = void (*)(Port&);

Run own(std::string_view name) {
  for (const auto& operation : node::operations()) {
    if (operation.name == name) return operation.run;
  }
  return nullptr;
}

void flush(Port& port) {
  static const Run start = own("flush");
  start(port);
}
void verify(Port& port) {
  static const Run start = own("verify");
  start(port);
}

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    const std::array<Operation, 10> ours = {{{"open", open_domain},
                                             {"close", close_domain},
                                             {"remove", remove_domain},
                                             {"flush", run_at_once<flush>},
                                             {"verify", run_at_once<verify>},
                                             {"serve", refuse_serve},
                                             {"serveStop", refuse_serve},
                                             {"load_", load_domain},
                                             {"save", save_domain},
                                             {"poll", poll}}};
    std::vector<Operation> made;
    for (const auto& operation : node::operations()) {
      const bool differs = std::ranges::any_of(ours, [&](const Operation& mine) {
        return std::string_view(mine.name) == operation.name;
      });
      if (!differs) made.push_back(operation);
    }
    made.insert(made.end(), ours.begin(), ours.end());
    return made;
  }();
  return all;
}

// The port's thread asks its watches itself.
class NoBell final : public node::Bell {
 public:
  void ring() override {}
};

}  // namespace

// ---- threads ------------------------------------------------------------------------------------

YIN_EXPORT(thread_make) Thread* thread_make() { return make_thread(); }
YIN_EXPORT(thread_drop) void thread_drop(Thread* thread) { drop_thread(thread); }

// ---- ports --------------------------------------------------------------------------------------

YIN_EXPORT(port_make) Port* port_make() { return new Port(std::make_shared<NoBell>()); }

YIN_EXPORT(port_end) void port_end(Port* port) {
  for (auto& domain : port->domains) {
    if (domain) leave(*port, domain);
  }
  std::free(port->mailbox);
  delete port;
}

// Null: the memory is full, and the mailbox stays as it was. The former is the caller's to drop.
YIN_EXPORT(port_mailbox) std::byte* port_mailbox(Port* port, std::size_t size) {
  auto* made = static_cast<std::byte*>(std::aligned_alloc(8, size));
  if (made == nullptr) return nullptr;
  std::memset(made, 0, size);
  port->mailbox = made;
  port->mailbox_size = size;
  return made;
}

// Room for an argument of so many bytes.
YIN_EXPORT(port_argument) char* port_argument(Port* port, std::size_t size) {
  port->argument.resize(size);
  return port->argument.data();
}
YIN_EXPORT(port_text) const char* port_text(const Port* port) { return port->text.data(); }
YIN_EXPORT(track) void track(Port* port, std::int32_t handle) { node::track_handle(*port, handle); }
YIN_EXPORT(untrack) void untrack(Port* port, std::int32_t handle) {
  node::untrack_handle(*port, handle);
}

// ---- operations, by number ----------------------------------------------------------------------

YIN_EXPORT(operation_count) std::uint32_t operation_count() {
  return static_cast<std::uint32_t>(operations().size());
}
YIN_EXPORT(operation_name) const char* operation_name(std::uint32_t number) {
  return operations()[number].name;
}
YIN_EXPORT(operation_run) Run operation_run(std::uint32_t number) {
  return operations()[number].run;
}

// ---- all else -----------------------------------------------------------------------------------

// The keeper's work, one round for all domains. How many had some.
YIN_EXPORT(keep_all) std::uint32_t keep_all() {
  std::vector<std::shared_ptr<Domain>> found;
  {
    auto& all = domains();
    const std::scoped_lock lock(all.mutex);
    for (const auto& [name, named] : all.by_name) found.push_back(named.domain);
  }
  std::uint32_t busy = 0;
  for (const auto& domain : found) {
    int was = 0;
    if (yin_keep(domain->domain, &was, nullptr) == YIN_OK && was != 0) ++busy;
  }
  return busy;
}

YIN_EXPORT(bytes_make) void* bytes_make(std::size_t size) { return std::malloc(size); }
YIN_EXPORT(bytes_drop) void bytes_drop(void* bytes) { std::free(bytes); }

}  // namespace yin::wasm
