// Agents and streams, as a host has them that is no agent itself.

#include "scheduler/agent.h"

#include <algorithm>
#include <string>

#include "substrate/commit.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/root.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "scheduler/perform.h"
#include "scheduler/scheduler.h"
#include "scheduler/stream.h"
#include "bindings/c/domain.h"

namespace {

namespace core = yin::substrate;
namespace scheduler = yin::scheduler;
namespace vm = yin::vm;
using core::AgentStatus;
using core::root_ref;
using core::RootKind;
using yin::c::Edit;
using yin::c::edit_of;
using yin::c::fail;
using yin::c::is_value;
using yin::c::no_value;
using yin::c::Pin;
using yin::c::pin_of;
using yin::c::Place;
using yin::c::Status;
using yin::c::was_closed;
using yin::c::Word;
using yin::c::wrong_type;

yin_agent_state state_of(AgentStatus status) {
  switch (status) {
    case AgentStatus::kWaiting:
      return YIN_AGENT_WAITING;
    case AgentStatus::kParked:
      return YIN_AGENT_PARKED;
    case AgentStatus::kDone:
      return YIN_AGENT_DONE;
    case AgentStatus::kFailed:
      return YIN_AGENT_FAILED;
    default:
      return YIN_AGENT_READY;
  }
}

bool is_closed(const Pin& pin, Word stream) {
  const core::RootRead read = read_root(pin, root_ref(stream));
  return read.ok() && scheduler::read_stream_record(pin, read.value).closed;
}

yin_status performed(const Pin& pin, const vm::Effect& effect, Word* value, yin_error* error) {
  const auto done = scheduler::perform_now(pin, effect);
  if (!done.ok()) return fail(error, done.status());
  *value = *done;
  return YIN_OK;
}

void run_server(yin_server& server) {
  auto worker = core::Worker::join(*server.domain->core);
  Status ended = worker.status();
  if (worker.ok()) {
    static const scheduler::HostTable nothing_granted;
    ended =
        scheduler::Runner(**worker, vm::Projection::kTiered, nothing_granted).run_until(server.stop);
  }
  const std::lock_guard lock(server.mutex);
  if (server.ended.ok()) server.ended = std::move(ended);
}

void stop(yin_server& server) {
  server.stop.store_relaxed(1);  // a wish
  wake_all(server.stop);
  announce_work(*server.domain->core);
  for (std::thread& thread : server.threads) thread.join();
  server.threads.clear();
}

}  // namespace

namespace yin::c {

void stop_servers(yin_domain& domain) {
  const std::lock_guard lock(domain.mutex);
  for (yin_server* server : domain.servers) stop(*server);
  domain.servers.clear();
}

}  // namespace yin::c

extern "C" {

// ---- agents

yin_status yin_spawn(yin_domain* domain, const char* program, size_t size, const char* file,
                     const char* name, yin_word* agent, yin_error* error) {
  const Place place(domain, error);
  if (!place.ok()) return place.status();
  if (const Status prelude = vm::install_prelude(place.worker()); !prelude.ok())
    return fail(error, prelude);
  const Pin pin(place.worker());
  Edit edit = Edit::in_slab(pin);
  const auto read = yin::vm::read_program(edit, {program, size}, file);
  if (!read.ok()) return fail(error, read.status());
  const auto main = vm::lower(edit, *read);
  if (!main.ok()) return fail(error, main.status());
  const auto made = scheduler::spawn(pin, *main, {}, name == nullptr ? "" : name);
  if (!made.ok()) return fail(error, made.status());
  *agent = made->bits;
  return YIN_OK;
}

yin_status yin_agent_look(yin_pin* pin, yin_word agent, yin_agent_state* state, yin_word* value,
                          yin_error* error) {
  const Pin& p = pin_of(pin);
  if (!core::is_root(Word{agent}, RootKind::kAgent))
    return wrong_type(error, "an agent is needed", Word{agent});
  const core::RootRead read = read_root(p, root_ref(Word{agent}));
  if (read.outcome == core::RootRead::Outcome::kExpired)
    return fail(error, why_not(p, core::CommitOutcome::kExpired));
  if (!read.ok() || !scheduler::is_agent_record(read.value))
    return fail(error, YIN_NOT_FOUND, "the agent is done");
  const scheduler::Agent record = scheduler::read_agent_record(p, read.value);
  *state = state_of(record.status);
  *value = record.value.bits;
  return YIN_OK;
}

yin_status yin_agent_resume(yin_pin* pin, yin_word agent, yin_word value, yin_error* error) {
  if (!core::is_root(Word{agent}, RootKind::kAgent))
    return wrong_type(error, "an agent is needed", Word{agent});
  if (!is_value(Word{value})) return no_value(error);
  const Status resumed = scheduler::resume(pin_of(pin), root_ref(Word{agent}), Word{value});
  return resumed.ok() ? YIN_OK : fail(error, resumed);
}

yin_status yin_serve(yin_domain* domain, unsigned threads, yin_server** out, yin_error* error) {
  const Place place(domain, error);  // keeps the domain open meanwhile
  if (!place.ok()) return place.status();
  if (domain->core->read_only())
    return fail(error, YIN_PERMISSION_DENIED, "the domain was opened to be read only");
  adopt_dead_workers(place.worker());
  scheduler::rescan(Pin(place.worker()));  // hints may have been lost with who served before
  auto* server = new yin_server(domain);
  for (unsigned i = 0; i < std::max(threads, 1U); ++i)
    server->threads.emplace_back([server] { run_server(*server); });
  {
    const std::lock_guard lock(domain->mutex);
    if (yin_is_closed(domain) == 0) {  // else close() has stopped those it knew
      domain->retain();
      domain->servers.push_back(server);
      *out = server;
      return YIN_OK;
    }
  }
  stop(*server);
  delete server;
  return was_closed(*domain, error);
}

yin_status yin_serve_stop(yin_server* server, yin_error* error) {
  if (server == nullptr) return YIN_OK;
  yin_domain* domain = server->domain;
  {
    const std::lock_guard lock(domain->mutex);
    if (std::erase(domain->servers, server) != 0) stop(*server);  // else close() did
  }
  const yin_status ended = server->ended.ok() ? YIN_OK : fail(error, server->ended);
  delete server;
  domain->release();
  return ended;
}

// ---- streams

yin_status yin_stream(yin_pin* pin, const char* name, size_t size, uint64_t capacity,
                      yin_word* stream, yin_error* error) {
  if (capacity > static_cast<std::uint64_t>(core::kIntMax))
    return fail(error, YIN_OUT_OF_RANGE, "a stream has no such capacity");
  const Pin& p = pin_of(pin);
  const auto wanted = static_cast<std::int64_t>(capacity);
  if (name == nullptr) {
    Word made = core::kNil;
    const vm::Effect effect{vm::EffectKind::kStreamNew, {core::int_word(wanted)}};
    const yin_status done = performed(p, effect, &made, error);
    *stream = made.bits;
    return done;
  }
  Edit edit = edit_of(pin);
  scheduler::Stream fresh;
  fresh.capacity = wanted;
  const Word empty = scheduler::make_stream_record(edit, fresh);
  const auto made = named_root(p, RootKind::kStream, {name, size}, empty);
  if (!made.ok()) return fail(error, made.status());
  *stream = made->bits;
  return YIN_OK;
}

yin_status yin_stream_put(yin_pin* pin, yin_word stream, yin_word item, yin_error* error) {
  const Pin& p = pin_of(pin);
  if (!core::is_root(Word{stream}, RootKind::kStream))
    return wrong_type(error, "a stream is needed", Word{stream});
  if (!is_value(Word{item})) return no_value(error);
  Word put = core::kNil;
  const yin_status done =
      performed(p, {vm::EffectKind::kPut, {Word{stream}, Word{item}}}, &put, error);
  if (done == YIN_INVALID_ARGUMENT && is_closed(p, Word{stream}))
    return fail(error, YIN_END, "the stream is closed");
  return done;
}

yin_status yin_stream_close(yin_pin* pin, yin_word stream, yin_error* error) {
  if (!core::is_root(Word{stream}, RootKind::kStream))
    return wrong_type(error, "a stream is needed", Word{stream});
  Word closed = core::kNil;
  return performed(pin_of(pin), {vm::EffectKind::kClose, {Word{stream}}}, &closed, error);
}

yin_status yin_cursor(yin_pin* pin, yin_word stream, yin_word* cursor, yin_error* error) {
  if (!core::is_root(Word{stream}, RootKind::kStream))
    return wrong_type(error, "a stream is needed", Word{stream});
  Word made = core::kNil;
  const yin_status done =
      performed(pin_of(pin), {vm::EffectKind::kCursorNew, {Word{stream}}}, &made, error);
  *cursor = made.bits;
  return done;
}

yin_status yin_cursor_next(yin_pin* pin, yin_word cursor, yin_word* item, yin_error* error) {
  if (!core::is_root(Word{cursor}, RootKind::kCursor))
    return wrong_type(error, "a cursor is needed", Word{cursor});
  Word next = core::kNil;
  const vm::Effect effect{vm::EffectKind::kNext, {Word{cursor}, core::kAbsent}};
  const yin_status done = performed(pin_of(pin), effect, &next, error);
  if (done != YIN_OK) return done;
  if (core::is_absent(next))
    return fail(error, YIN_END, "the stream is closed and read to its end");
  *item = next.bits;
  return YIN_OK;
}

yin_status yin_cursor_stream(yin_pin* pin, yin_word cursor, yin_word* stream, yin_error* error) {
  const Pin& p = pin_of(pin);
  if (!core::is_root(Word{cursor}, RootKind::kCursor))
    return wrong_type(error, "a cursor is needed", Word{cursor});
  const core::RootRead read = read_root(p, root_ref(Word{cursor}));
  if (!read.ok()) return fail(error, YIN_NOT_FOUND, "the cursor was deleted");
  *stream = scheduler::read_cursor_record(p, read.value).stream.bits;
  return YIN_OK;
}

}  // extern "C"
