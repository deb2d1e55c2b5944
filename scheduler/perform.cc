#include "scheduler/perform.h"

#include <string_view>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/ready.h"
#include "substrate/worker.h"
#include "vm/error.h"
#include "vm/machine.h"
#include "scheduler/agent.h"
#include "scheduler/scheduler.h"
#include "scheduler/stream.h"

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
  Performer(const Pin& pin, const HostTable& host, Word self, const Effect& effect, bool waiting)
      : pin_(pin),
        host_(host),
        self_(self),
        effect_(effect),
        waiting_(waiting),
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
        out_.result = Performed::Result::kPark;
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
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] Word argument(int i) const { return effect_.argument[i]; }

  void raise(std::string_view kind, std::string_view message, Word data = kNil) {
    out_.changes.clear();
    out_.result = Performed::Result::kRaise;
    out_.value = vm::make_error(edit_, kind, message, data);
  }
  void no_space(Status why) {
    out_.result = Performed::Result::kNoSpace;
    out_.why = std::move(why);
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
      no_space(fresh.status());
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

  void wait_on(Word ref, const RootRead& was, Stream stream) {
    out_.result = Performed::Result::kWait;
    if (stream.waiters.contains(pin_, self_)) return;
    stream.waiters = stream.waiters.conj(edit_, self_);
    change(ref, was, make_stream_record(edit_, stream));
  }

  void put() {
    RootRead was;
    if (!read(argument(0), RootKind::kStream, "put!", was)) return;
    Stream stream = read_stream_record(pin_, was.value);
    if (stream.closed) {
      raise("argument", "put!: the stream is closed", argument(0));
      return;
    }
    if (stream.capacity > 0 &&
        static_cast<std::int64_t>(stream.items.count(pin_)) >= stream.capacity) {
      stream = without_passed_items(edit_, stream);
      if (static_cast<std::int64_t>(stream.items.count(pin_)) >= stream.capacity) {
        wait_on(argument(0), was, stream);
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

  void next() {
    RootRead at, was;
    if (!read(argument(0), RootKind::kCursor, "next!", at)) return;
    Cursor cursor = read_cursor_record(pin_, at.value);
    if (!read(cursor.stream, RootKind::kStream, "next!", was)) return;
    Stream stream = read_stream_record(pin_, was.value);
    if (cursor.position < stream.first) {
      raise("gap",
            "next!: the items from " + std::to_string(cursor.position) + " to " +
                std::to_string(stream.first) + " are not kept any more",
            int_word(stream.first));
      return;
    }
    if (cursor.position >= stream.end(pin_) && !stream.closed) {
      wait_on(cursor.stream, was, stream);
      return;
    }
    const bool left = waiting_ && stream.waiters.contains(pin_, self_);
    if (left) {
      stream.waiters = stream.waiters.disj(edit_, self_);
      change(cursor.stream, was, make_stream_record(edit_, stream));
    }
    if (cursor.position >= stream.end(pin_)) {
      out_.value = argument(1);
      return;
    }
    out_.value = stream.items.nth(pin_, static_cast<std::uint64_t>(cursor.position - stream.first));
    ++cursor.position;
    change(argument(0), at, make_cursor_record(edit_, cursor));
    // Room for a writer, or, where agents share the cursor, more for the next of them.
    const bool was_full = stream.capacity > 0 &&
                          static_cast<std::int64_t>(stream.items.count(pin_)) >= stream.capacity;
    if (was_full || cursor.position < stream.end(pin_))
      out_.streams.push_back(left ? out_.changes[0].value : was.value);
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
      no_space(stream.status());
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
    Agent agent{.parent = self_, .name = argument(2)};
    agent.continuation = vm::make_call(edit_, argument(0), arguments);
    if (is_object(agent.continuation, ObjectKind::kError)) {
      out_.result = Performed::Result::kRaise;
      out_.value = agent.continuation;
      return;
    }
    out_.value = make_root(RootKind::kAgent, make_agent_record(edit_, agent));
    if (!is_nil(out_.value)) out_.ready.push_back(root_ref(out_.value).slot);
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
    agent.value = argument(1);
    change(argument(0), was, make_agent_record(edit_, agent));
    out_.ready.push_back(root_ref(argument(0)).slot);
  }

  void call() {
    const std::string_view operation =
        substrate::is_keyword(argument(0)) ? name_of(pin_, argument(0)) : "";
    const HostFunction* function = host_.find(operation);
    if (function == nullptr) {
      raise("host",
            "call: the host does not grant " + print(pin_, argument(0)) + "; run with --grant",
            argument(0));
      return;
    }
    const Vector items{argument(1)};
    std::vector<Word> arguments;
    for (std::uint64_t i = 0; i < items.count(pin_); ++i) arguments.push_back(items.nth(pin_, i));
    auto answer = (*function)(edit_, arguments);
    if (answer.ok()) {
      out_.value = *answer;
    } else {
      raise("host", "call " + print(pin_, argument(0)) + ": " + answer.status().message());
    }
  }

  const Pin& pin_;
  const HostTable& host_;
  Word self_;
  const Effect& effect_;
  bool waiting_;
  Edit edit_;
  Performed out_;
};

}  // namespace

Performed perform(const Pin& pin, const HostTable& host, Word self, const Effect& effect,
                  bool waiting) {
  return Performer(pin, host, self, effect, waiting).run();
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
    const Performed done = perform(pin, nothing_granted, kNil, effect, false);
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
