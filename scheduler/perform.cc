#include "scheduler/perform.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "substrate/intern.h"
#include "substrate/lease.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/ready.h"
#include "substrate/worker.h"
#include "vm/error.h"
#include "vm/machine.h"
#include "scheduler/agent.h"
#include "scheduler/mailbox.h"
#include "scheduler/scheduler.h"
#include "scheduler/stream.h"
#include "scheduler/supervise.h"

namespace yin::scheduler {

using substrate::AgentStatus;
using substrate::Edit;
using substrate::int_word;
using substrate::is_absent;
using substrate::is_nil;
using substrate::is_root;
using substrate::kNil;
using substrate::Map;
using substrate::ObjectKind;
using substrate::Offset;
using substrate::Pin;
using substrate::read_root;
using substrate::root_ref;
using substrate::root_word;
using substrate::RootKind;
using substrate::RootRead;
using substrate::RootRef;
using substrate::small_int;
using substrate::Status;
using substrate::StatusOr;
using substrate::truthy;
using substrate::Vector;
using substrate::Word;
using vm::Effect;
using vm::EffectKind;

namespace {

class Performer {
 public:
  Performer(const Pin& pin, const HostTable& host, const Asker& asker, const Effect& effect)
      : pin_(pin),
        host_(host),
        asker_(asker),
        self_(asker.self),
        effect_(effect),
        waiting_(asker.waiting),
        edit_(Edit::in_slab(pin)) {}

  Performed run() {
    switch (effect_.kind) {
      case EffectKind::kNone:
      case EffectKind::kYield:
        break;
      case EffectKind::kAtomNew:
        atom_new();
        break;
      case EffectKind::kReset:
        reset();
        break;
      case EffectKind::kCompareAndSet:
        compare_and_set();
        break;
      case EffectKind::kStreamNew:
        stream_new();
        break;
      case EffectKind::kCursorNew:
        cursor_new();
        break;
      case EffectKind::kPut:
        put();
        break;
      case EffectKind::kNext:
        next();
        break;
      case EffectKind::kClose:
        close();
        break;
      case EffectKind::kSpawn:
        spawn_agent();
        break;
      case EffectKind::kPark:
        if (!is_over(argument(0))) out_.result = Performed::Result::kPark;
        break;
      case EffectKind::kResume:
        resume_agent();
        break;
      case EffectKind::kDefine:
        define();
        break;
      case EffectKind::kCall:
        call();
        break;
      case EffectKind::kPrint:
        print_text();
        break;
      case EffectKind::kSleep:
        sleep();
        break;
      case EffectKind::kNow:
        out_.value = int_word(static_cast<std::int64_t>(host_.now_ms()));
        break;
      case EffectKind::kSend:
        send();
        break;
      case EffectKind::kReceive:
        receive();
        break;
      case EffectKind::kSelect:
        select();
        break;
      case EffectKind::kLink:
        link(edit_, out_, asker_, argument(0));
        break;
      case EffectKind::kUnlink:
        unlink(edit_, out_, asker_, argument(0));
        break;
      case EffectKind::kMonitor:
        monitor(edit_, out_, asker_, argument(0));
        break;
      case EffectKind::kDemonitor:
        demonitor(edit_, out_, asker_, argument(0));
        break;
      case EffectKind::kTrap:
        trap();
        break;
      case EffectKind::kSignal:
        signal(edit_, out_, asker_, effect_);
        break;
    }
    return std::move(out_);
  }

  // What the effect waits on is left.
  Performed abandon() {
    std::vector<Awaited> streams;
    if (await_all(streams)) leave(streams);
    if (out_.result == Performed::Result::kRaise) return {};  // there is nothing to leave
    return std::move(out_);
  }

 private:
  // A stream as it was read.
  struct Awaited {
    Word ref;
    RootRead was;
    Stream stream;
  };

  [[nodiscard]] Word argument(int i) const { return effect_.argument[i]; }

  void raise(std::string_view kind, std::string_view message, Word data = kNil) {
    out_.changes.clear();
    out_.result = Performed::Result::kRaise;
    out_.value = vm::make_error(edit_, kind, message, data);
  }

  // Reads a root that the program named by a ref. False: the outcome is set.
  bool read(Word ref, RootKind kind, std::string_view what, RootRead& read_out) {
    if (!is_root(ref, kind)) {
      raise("type", std::string(what) + " needs " +
                        (kind == RootKind::kStream   ? "a stream"
                         : kind == RootKind::kCursor ? "a cursor"
                         : kind == RootKind::kAgent  ? "an agent"
                                                     : "an atom") +
                        ", got " + std::string(kind_name(ref)) + " " + print(pin_, ref));
      return false;
    }
    read_out = read_root(pin_, root_ref(ref));
    if (read_out.outcome == RootRead::Outcome::kExpired) out_.result = Performed::Result::kAgain;
    if (read_out.outcome == RootRead::Outcome::kDeleted) {
      raise("argument", std::string(what) + ": " + print(pin_, ref) + " was deleted", ref);
    }
    return read_out.ok();
  }

  void change(Word ref, const RootRead& was, Word value) {
    out_.changes.push_back({root_ref(ref), was.version, value});
  }

  // A slot for a new root with its first value. kNil: the outcome is set.
  Word make_root(RootKind kind, Word value) {
    auto fresh = new_root(pin_, kind);
    if (!fresh.ok()) {
      out_.no_space(fresh.status());
      return kNil;
    }
    out_.changes.push_back({fresh->ref, fresh->expected, value});
    out_.made.push_back(fresh->ref.slot);
    return root_word(fresh->ref);
  }

  // ---- atoms

  void atom_new() {
    const Word name = argument(1);
    if (is_nil(name)) {
      out_.value = make_root(RootKind::kAtom, argument(0));
      return;
    }
    // Create or join, in the step's own commit: the registry is one of its slots.
    const RootRef registry{RootKind::kRegistry, substrate::SlotIndex{substrate::kRegistrySlot}, 1};
    const RootRead names = read_root(pin_, registry);
    if (!names.ok()) {
      out_.result = Performed::Result::kAgain;
      return;
    }
    const Word found = Map{names.value}.find(pin_, name);
    if (is_root(found, RootKind::kAtom)) {
      out_.value = found;
    } else if (!is_absent(found)) {
      raise("argument", print(pin_, name) + " names something that is not an atom", found);
    } else if (const Word ref = make_root(RootKind::kAtom, argument(0)); !is_nil(ref)) {
      out_.changes.push_back(
          {registry, names.version, Map{names.value}.assoc(edit_, name, ref).word});
      out_.value = ref;
    }
  }

  void reset() {
    RootRead atom;
    if (!read(argument(0), RootKind::kAtom, "reset!", atom)) return;
    change(argument(0), atom, argument(1));
    out_.value = argument(1);
  }

  void compare_and_set() {
    RootRead atom;
    if (!read(argument(0), RootKind::kAtom, "compare-and-set!", atom)) return;
    const bool same = atom.value == argument(1);
    if (same) change(argument(0), atom, argument(2));
    out_.value = substrate::boolean_word(same);
  }

  void define() {
    RootRead var;
    if (!is_root(argument(0), RootKind::kVar)) {
      raise("type", "def needs a name");
      return;
    }
    var = read_root(pin_, root_ref(argument(0)));
    if (!var.ok()) {
      out_.result = Performed::Result::kAgain;
      return;
    }
    change(argument(0), var, argument(1));
    out_.value = argument(1);
  }

  // ---- streams

  void stream_new() {
    Stream stream;
    if (substrate::is_small_int(argument(0))) stream.capacity = small_int(argument(0));
    if (stream.capacity < 0) {
      raise("argument", "a stream's capacity is a positive number or nil", argument(0));
      return;
    }
    out_.value = make_root(RootKind::kStream, make_stream_record(edit_, stream));
  }

  void cursor_new() {
    RootRead was;
    if (!read(argument(0), RootKind::kStream, "cursor", was)) return;
    Stream stream = read_stream_record(pin_, was.value);
    const Word record =
        make_cursor_record(edit_, {.stream = argument(0), .position = stream.first});
    const Word ref = make_root(RootKind::kCursor, record);
    if (is_nil(ref)) return;
    stream.readers = stream.readers.conj(edit_, ref);
    change(argument(0), was, make_stream_record(edit_, stream));
    out_.value = ref;
  }

  // ---- waiting

  // Is the time over that the effect may wait? Then the outcome is set.
  bool is_over(Word options) {
    const auto option = [&](std::string_view name) {
      return Map::is(options) ? Map{options}.get(pin_, keyword(pin_, name), substrate::kAbsent)
                              : substrate::kAbsent;
    };
    const Word timeout = option(vm::option::kTimeout);
    out_.deadline_ms = asker_.deadline_ms;
    if (!waiting_ && substrate::is_small_int(timeout))
      out_.deadline_ms = host_.now_ms() + static_cast<std::uint64_t>(small_int(timeout));
    if (out_.deadline_ms == 0 || host_.now_ms() < out_.deadline_ms) return false;
    out_.value = option(vm::option::kElse);
    if (is_absent(out_.value)) {
      out_.result = Performed::Result::kRaise;
      out_.value = vm::make_error(
          edit_, vm::error_kind::kTimeout,
          "nothing came in " + (is_absent(timeout) ? "time" : print(pin_, timeout) + " ms"), kNil);
    }
    return true;
  }

  // Waits, or the time is over: then it leaves those who wait.
  void wait_on(Word options, std::span<const Awaited> streams) {
    if (is_over(options)) {
      leave(streams);
      return;
    }
    out_.result = Performed::Result::kWait;
    for (const Awaited& a : streams) {
      if (a.stream.waiters.contains(pin_, self_)) continue;
      Stream stream = a.stream;
      stream.waiters = stream.waiters.conj(edit_, self_);
      change(a.ref, a.was, make_stream_record(edit_, stream));
    }
  }
  void wait_on(Word options, Word ref, const RootRead& was, const Stream& stream) {
    const Awaited one = {ref, was, stream};
    wait_on(options, {&one, 1});
  }

  // Who has what it waited for, or waits no more, is no waiter.
  void leave(std::span<const Awaited> streams) {
    for (const Awaited& a : streams) {
      if (!waiting_ || !a.stream.waiters.contains(pin_, self_)) continue;
      Stream stream = a.stream;
      stream.waiters = stream.waiters.disj(edit_, self_);
      change(a.ref, a.was, make_stream_record(edit_, stream));
    }
  }

  // Adds the stream, once. False: the outcome is set.
  bool await(Word ref, std::string_view what, std::vector<Awaited>& streams) {
    for (const Awaited& a : streams) {
      if (a.ref == ref) return true;
    }
    RootRead was;
    if (!read(ref, RootKind::kStream, what, was)) return false;
    streams.push_back({ref, was, read_stream_record(pin_, was.value)});
    return true;
  }

  // The streams among whose waiters an agent may be that waits for the effect.
  bool await_all(std::vector<Awaited>& streams) {
    std::vector<Word> cursors;
    if (effect_.kind == EffectKind::kPut) return await(argument(0), "put!", streams);
    if (effect_.kind == EffectKind::kNext) cursors.push_back(argument(0));
    if (effect_.kind == EffectKind::kSelect) {
      const Vector items{argument(0)};
      for (std::uint64_t i = 0; i < items.count(pin_); ++i) {
        if (items.nth(pin_, i) != self_) cursors.push_back(items.nth(pin_, i));
      }
    }
    if (effect_.kind == EffectKind::kSend) {
      const RootRead to = read_root(pin_, root_ref(argument(0)));
      const Word mailbox =
          to.ok() && is_agent_record(to.value) ? read_agent_record(pin_, to.value).mailbox : kNil;
      return is_nil(mailbox) || !read_root(pin_, root_ref(mailbox)).ok() ||
             await(mailbox, "send", streams);
    }
    for (const Word cursor : cursors) {
      const RootRead at = read_root(pin_, root_ref(cursor));
      if (at.ok() && !await(read_cursor_record(pin_, at.value).stream, "next!", streams))
        return false;
    }
    return true;
  }

  // ---- streams, waited on

  static bool is_full(const Pin& pin, const Stream& stream) {
    return stream.capacity > 0 &&
           static_cast<std::int64_t>(stream.items.count(pin)) >= stream.capacity;
  }

  void put() {
    RootRead was;
    if (!read(argument(0), RootKind::kStream, "put!", was)) return;
    Stream stream = read_stream_record(pin_, was.value);
    if (stream.closed) {
      raise("argument", "put!: the stream is closed", argument(0));
      return;
    }
    if (is_full(pin_, stream)) {
      stream = without_passed_items(edit_, stream);
      if (is_full(pin_, stream)) {
        wait_on(argument(2), argument(0), was, stream);
        return;
      }
    }
    stream.items = stream.items.conj(edit_, argument(1));
    if (waiting_) stream.waiters = stream.waiters.disj(edit_, self_);
    const Word record = make_stream_record(edit_, stream);
    change(argument(0), was, record);
    out_.streams.push_back(record);
    out_.value = argument(1);
  }

  // What a cursor has to give: an item, the end, or nothing yet.
  enum class Found : std::uint8_t { kItem, kEnd, kNothing, kFailed };

  // Takes the cursor's next item, into out_.value. `stream` is what is read of its stream, and
  // loses the agent as a waiter.
  Found take(Word cursor_ref, std::string_view what, std::vector<Awaited>& streams) {
    RootRead at;
    if (!read(cursor_ref, RootKind::kCursor, what, at)) return Found::kFailed;
    Cursor cursor = read_cursor_record(pin_, at.value);
    if (!await(cursor.stream, what, streams)) return Found::kFailed;
    const Awaited& awaited = *std::ranges::find(streams, cursor.stream, &Awaited::ref);
    const Stream& stream = awaited.stream;
    if (cursor.position < stream.first) {
      // Others who share the cursor may have moved it between our two looks.
      if (read_root(pin_, root_ref(cursor_ref)).version != at.version) {
        out_.result = Performed::Result::kAgain;
        return Found::kFailed;
      }
      raise("gap",
            std::string(what) + ": the items from " + std::to_string(cursor.position) + " to " +
                std::to_string(stream.first) + " are not kept any more",
            int_word(stream.first));
      return Found::kFailed;
    }
    if (cursor.position >= stream.end(pin_)) return stream.closed ? Found::kEnd : Found::kNothing;
    out_.value = stream.items.nth(pin_, static_cast<std::uint64_t>(cursor.position - stream.first));
    ++cursor.position;
    change(cursor_ref, at, make_cursor_record(edit_, cursor));
    // Room for a writer, or, where agents share the cursor, more for the next of them.
    if (is_full(pin_, stream) || cursor.position < stream.end(pin_))
      out_.streams.push_back(awaited.was.value);
    return Found::kItem;
  }

  void next() {
    std::vector<Awaited> streams;
    switch (take(argument(0), "next!", streams)) {
      case Found::kEnd:
        out_.value = argument(1);
        [[fallthrough]];
      case Found::kItem:
        leave(streams);
        break;
      case Found::kNothing:
        wait_on(argument(2), streams);
        break;
      case Found::kFailed:
        break;
    }
  }

  // The first of them that has something, in their order.
  void select() {
    const Vector items{argument(0)};
    std::vector<Awaited> streams;
    for (std::uint64_t i = 0; i < items.count(pin_); ++i) {
      const Word from = items.nth(pin_, i);
      const Found found = from == self_ ? take_message() : take(from, "select", streams);
      if (found == Found::kFailed) return;
      if (found == Found::kNothing) continue;
      const Word pair[] = {from, found == Found::kEnd ? argument(1) : out_.value};
      out_.value = Vector::from(edit_, pair).word;
      // Who waited is among the waiters of those behind it, too.
      if (!waiting_ || await_all(streams)) leave(streams);
      return;
    }
    wait_on(argument(2), streams);
  }

  void close() {
    RootRead was;
    if (!read(argument(0), RootKind::kStream, "close!", was)) return;
    Stream stream = read_stream_record(pin_, was.value);
    if (stream.closed) return;
    stream.closed = true;
    const Word record = make_stream_record(edit_, stream);
    change(argument(0), was, record);
    out_.streams.push_back(record);
  }

  void print_text() {
    auto stream = output_stream(pin_);
    if (!stream.ok()) {
      out_.no_space(stream.status());
      return;
    }
    RootRead was;
    if (!read(*stream, RootKind::kStream, "print", was)) return;
    Stream output = read_stream_record(pin_, was.value);
    output.items = output.items.conj(edit_, argument(0));
    const Word record = make_stream_record(edit_, output);
    change(*stream, was, record);
    out_.streams.push_back(record);
  }

  // ---- agents

  void spawn_agent() {
    const Vector items{argument(1)};
    std::vector<Word> arguments;
    for (std::uint64_t i = 0; i < items.count(pin_); ++i) arguments.push_back(items.nth(pin_, i));
    const auto option = [&](std::string_view name) {
      return Map::is(argument(2)) ? Map{argument(2)}.get(pin_, keyword(pin_, name), kNil) : kNil;
    };
    const auto number = [&](std::string_view name) {
      const Word w = option(name);
      return substrate::is_small_int(w) ? small_int(w) : 0;
    };
    Agent agent{.parent = self_,
                .name = is_string(argument(2)) ? argument(2) : option(vm::option::kName),
                .random = fresh_random()};
    agent.continuation = vm::make_call(edit_, argument(0), arguments);
    if (is_object(agent.continuation, ObjectKind::kError)) {
      out_.result = Performed::Result::kRaise;
      out_.value = agent.continuation;
      return;
    }
    auto fresh = new_root(pin_, RootKind::kAgent);
    if (!fresh.ok()) {
      out_.no_space(fresh.status());
      return;
    }
    out_.made.push_back(fresh->ref.slot);
    const Word ref = root_word(fresh->ref);
    Ties ties;
    ties.traps = truthy(option(vm::option::kTrap));
    ties.fuel_limit = number(vm::option::kFuel);
    if (const std::int64_t ms = number(vm::option::kDeadline); ms != 0)
      ties.deadline_ms = host_.now_ms() + static_cast<std::uint64_t>(ms);
    if (truthy(option(vm::option::kLink)) && asker_.agent != nullptr) {
      ties.links = ties.links.conj(edit_, self_);
      Ties mine = read_ties(pin_, asker_.agent->ties);
      mine.links = mine.links.conj(edit_, ref);
      asker_.agent->ties = make_ties(edit_, mine);
    }
    if (truthy(option(vm::option::kMonitor)) && asker_.agent != nullptr)
      ties.monitors = ties.monitors.conj(edit_, self_);
    agent.ties = make_ties(edit_, ties);
    if (const std::int64_t capacity = number(vm::option::kMailbox); capacity != 0) {
      agent.mailbox = make_mailbox(edit_, out_, ref, capacity);
      if (is_nil(agent.mailbox)) return;
    }
    out_.changes.push_back({fresh->ref, fresh->expected, make_agent_record(edit_, agent)});
    out_.value = ref;
    out_.ready.push_back(fresh->ref.slot);
  }

  void resume_agent() {
    RootRead was;
    if (!read(argument(0), RootKind::kAgent, "resume", was)) return;
    Agent agent = read_agent_record(pin_, was.value);
    if (agent.status != AgentStatus::kParked || argument(0) == self_) {
      raise("argument", "resume: " + print(pin_, argument(0)) + " is not parked", argument(0));
      return;
    }
    agent.status = AgentStatus::kReady;
    agent.effect = kNil;
    agent.value = argument(1);
    change(argument(0), was, make_agent_record(edit_, agent));
    out_.ready.push_back(root_ref(argument(0)).slot);
  }

  void call() {
    const std::string_view operation =
        substrate::is_keyword(argument(0)) ? name_of(pin_, argument(0)) : "";
    const HostOperation* known = host_.find(operation);
    if (known == nullptr) {
      raise("host",
            "call: the host does not grant " + print(pin_, argument(0)) + "; run with --grant",
            argument(0));
      return;
    }
    const Vector items{argument(1)};
    std::vector<Word> arguments;
    for (std::uint64_t i = 0; i < items.count(pin_); ++i) arguments.push_back(items.nth(pin_, i));
    if (known->quick) {
      answer(known->quick(edit_, arguments));
      return;
    }
    if (is_over(argument(2))) return;
    if (waiting_ && is_asked(asker_.request)) {
      out_.result = Performed::Result::kWait;
      out_.request = asker_.request;
      return;
    }
    auto job = known->prepare(pin_, arguments);
    if (!job.ok()) {
      answer(job.status());
    } else if (asker_.may_block) {
      ask(*std::move(job));
    } else if (const auto done = (*job)(); done.ok()) {
      answer((*done)(edit_));
    } else {
      answer(done.status());
    }
  }

  void answer(const StatusOr<Word>& value) {
    if (value.ok()) {
      out_.value = *value;
    } else {
      raise("host", "call " + print(pin_, argument(0)) + ": " + value.status().message());
    }
  }

  // The job is done behind the commit that says who does it: this worker, in this lease.
  void ask(HostJob job) {
    const substrate::LeaseName lease = lease_of(pin_.worker());
    const Word words[] = {int_word(raw(lease.worker)), int_word(lease.generation)};
    out_.result = Performed::Result::kWait;
    out_.request = Vector::from(edit_, words).word;
    out_.job = std::move(job);
  }

  // Is the worker still there that was asked?
  [[nodiscard]] bool is_asked(Word request) const {
    if (!Vector::is(request) || Vector{request}.count(pin_) != 2) return false;
    const auto number = [&](std::uint64_t i) {
      return static_cast<std::uint32_t>(small_int(Vector{request}.nth(pin_, i)));
    };
    return is_held(pin_.worker().domain(), {substrate::WorkerIndex{number(0)}, number(1)});
  }

  // ---- messages and time

  void sleep() {
    out_.deadline_ms = waiting_
                           ? asker_.deadline_ms
                           : host_.now_ms() + static_cast<std::uint64_t>(small_int(argument(0)));
    if (host_.now_ms() < out_.deadline_ms) out_.result = Performed::Result::kWait;
  }

  void send() {
    const Word to = argument(0);
    const bool own = to == self_ && asker_.agent != nullptr;
    const RootRead was = read_root(pin_, root_ref(to));
    if (was.outcome == RootRead::Outcome::kExpired) {
      out_.result = Performed::Result::kAgain;
      return;
    }
    out_.value = substrate::kFalse;
    if (!was.ok() || !is_agent_record(was.value)) return;
    Agent other = own ? *asker_.agent : read_agent_record(pin_, was.value);
    if (other.has_ended()) return;
    if (!is_nil(other.mailbox)) {
      const RootRead box = read_root(pin_, root_ref(other.mailbox));
      if (!box.ok()) {  // it ended just now
        out_.result = Performed::Result::kAgain;
        return;
      }
      Stream stream = read_stream_record(pin_, box.value);
      if (is_full(pin_, stream)) {
        wait_on(argument(2), other.mailbox, box, stream);
        return;
      }
      stream.items = stream.items.conj(edit_, argument(1));
      if (waiting_ && !own) stream.waiters = stream.waiters.disj(edit_, self_);
      change(other.mailbox, box, make_stream_record(edit_, stream));
      out_.ready.push_back(root_ref(to).slot);
    } else {
      const Word message[] = {argument(1)};
      if (!deliver(edit_, out_, to, other, message)) return;
      if (own) {
        *asker_.agent = other;
      } else {
        change(to, was, make_agent_record(edit_, other));
      }
    }
    out_.value = substrate::kTrue;
  }

  // The oldest message, into out_.value.
  Found take_message() {
    const Word mailbox = asker_.agent->mailbox;
    if (is_nil(mailbox)) return Found::kNothing;
    RootRead was;
    if (!read(mailbox, RootKind::kStream, "receive", was)) return Found::kFailed;
    Stream stream = read_stream_record(pin_, was.value);
    if (stream.items.count(pin_) == 0) return Found::kNothing;
    out_.value = stream.items.nth(pin_, 0);
    const bool was_full = is_full(pin_, stream);
    stream.items = stream.items.drop(edit_, 1);
    ++stream.first;
    const Word record = make_stream_record(edit_, stream);
    change(mailbox, was, record);
    if (was_full) out_.streams.push_back(record);
    return Found::kItem;
  }

  void receive() {
    if (asker_.agent == nullptr) {
      raise("argument", "receive: only an agent has a mailbox");
      return;
    }
    // Nothing is committed to the mailbox: its agent is always among its waiters.
    if (take_message() == Found::kNothing) wait_on(argument(0), {});
  }

  void trap() {
    Ties ties = read_ties(pin_, asker_.agent->ties);
    ties.traps = truthy(argument(0));
    asker_.agent->ties = make_ties(edit_, ties);
  }

  const Pin& pin_;
  const HostTable& host_;
  const Asker& asker_;
  Word self_;
  const Effect& effect_;
  bool waiting_;
  Edit edit_;
  Performed out_;
};

}  // namespace

Performed perform(const Pin& pin, const HostTable& host, const Asker& asker, const Effect& effect) {
  return Performer(pin, host, asker, effect).run();
}

Performed abandon(const Pin& pin, const Asker& asker, const Effect& effect) {
  static const HostTable no_host;
  return Performer(pin, no_host, asker, effect).abandon();
}

void after_commit(const Pin& pin, const Performed& done) {
  for (const substrate::SlotIndex ready : done.ready) set_ready(pin.worker().domain(), ready);
  for (const Word stream : done.streams) wake_waiters(pin, stream);
}

void after_failure(const Pin& pin, const Performed& done) {
  for (const substrate::SlotIndex made : done.made) give_up_root(pin, made);
}

StatusOr<Word> perform_now(const Pin& pin, const Effect& effect) {
  static const HostTable nothing_granted;
  for (;;) {
    const Performed done = perform(pin, nothing_granted, {}, effect);
    switch (done.result) {
      case Performed::Result::kRaise:
        return substrate::invalid_argument(vm::describe_error(pin, done.value));
      case Performed::Result::kWait:
      case Performed::Result::kPark:
        return substrate::unavailable("there is nothing yet");
      case Performed::Result::kNoSpace:
        return done.why;
      case Performed::Result::kAgain:
        if (pin.expired()) return why_not(pin, substrate::CommitOutcome::kExpired);
        continue;
      case Performed::Result::kValue:
        break;
    }
    if (done.changes.empty()) return done.value;  // as the end of a stream
    const auto outcome = commit(pin, done.changes);
    if (outcome == substrate::CommitOutcome::kCommitted) {
      after_commit(pin, done);
      return done.value;
    }
    after_failure(pin, done);
    if (outcome != substrate::CommitOutcome::kConflict) return why_not(pin, outcome);
  }
}

}  // namespace yin::scheduler
