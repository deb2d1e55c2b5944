// What a program asks of the world, and what only machines do. An effect's arguments are checked
// here, so that whoever performs it gets words of the right kinds; that a reference is not stale
// only the performer can tell.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/intern.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/number.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/vector.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/internal/call.h"
#include "vm/internal/continuation.h"
#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::ErrorField;
using substrate::kNil;
using substrate::Pin;
using substrate::RootKind;
using substrate::RootRead;
using substrate::Vector;
using substrate::Word;

namespace {

// False after telling the context that `w` is no reference of this kind.
bool root_argument(PrimitiveContext& c, std::string_view name, Word w, RootKind kind,
                   std::string_view wanted) {
  if (substrate::is_root(w, kind)) return true;
  c.wrong_type(name, w, wanted);
  return false;
}

// What stands under a key, kAbsent if nothing does.
Word option_of(const Pin& pin, Word options, std::string_view key) {
  return substrate::Map{options}.get(pin, substrate::keyword(pin, key), substrate::kAbsent);
}

enum class OptionKind : std::uint8_t { kAny, kMs, kCount, kString };
struct Option {
  std::string_view key;
  OptionKind kind;
};
constexpr Option kWaitOptions[] = {{option::kTimeout, OptionKind::kMs},
                                   {option::kElse, OptionKind::kAny}};
constexpr Option kSpawnOptions[] = {
    {option::kName, OptionKind::kString},  {option::kLink, OptionKind::kAny},
    {option::kMonitor, OptionKind::kAny},  {option::kTrap, OptionKind::kAny},
    {option::kFuel, OptionKind::kCount},   {option::kDeadline, OptionKind::kMs},
    {option::kMailbox, OptionKind::kCount}};

constexpr Option kSelectOptions[] = {{"end", OptionKind::kAny},
                                     {option::kTimeout, OptionKind::kMs},
                                     {option::kElse, OptionKind::kAny}};

constexpr std::int64_t kMsMax = std::int64_t{1} << 47;  // four thousand years

// False after telling the context that `w` is no such number of milliseconds.
bool ms_argument(PrimitiveContext& c, std::string_view name, Word w) {
  std::int64_t ms = 0;
  if (!integer_argument(c, name, w, ms)) return false;
  if (ms >= 0 && ms <= kMsMax) return true;
  c.fail("argument", std::string(name) + " is a number of milliseconds from 0 to 2^47");
  return false;
}

// Nil, or a map of known options with values of their kinds; else false, with the context told.
bool options_argument(PrimitiveContext& c, std::string_view name, Word w,
                      std::span<const Option> known) {
  if (substrate::is_nil(w)) return true;
  if (!substrate::Map::is(w)) return c.wrong_type(name, w, "options, a map"), false;
  for (substrate::MapIterator it(c.pin(), {w}); !it.done(); it.next()) {
    const Word key = it.entry().key;
    const Word value = it.entry().value;
    const auto found = std::find_if(known.begin(), known.end(), [&](const Option& o) {
      return key == substrate::keyword(c.pin(), o.key);
    });
    const std::string what = std::string(name) + " " + substrate::print(c.pin(), key);
    if (found == known.end()) {
      std::string keys;
      for (const Option& o : known) keys += (keys.empty() ? ":" : ", :") + std::string(o.key);
      c.fail("argument", std::string(name) + ": there is no option " +
                             substrate::print(c.pin(), key) + "; use " + keys);
      return false;
    }
    if (found->kind == OptionKind::kString && !substrate::is_string(value))
      return c.wrong_type(what, value, "a string"), false;
    if (found->kind == OptionKind::kMs && !ms_argument(c, what, value)) return false;
    std::int64_t count = 1;
    if (found->kind == OptionKind::kCount) {
      if (!integer_argument(c, what, value, count)) return false;
      if (count < 1) return c.fail("argument", what + " must be at least 1"), false;
    }
  }
  return true;
}

// ------------------------------------------------------------------------------------ atoms

Word atom(PrimitiveContext& c, Arguments a) {
  Word name = kNil;
  if (a.size() == 2 && !substrate::is_nil(a[1])) {
    if (!substrate::is_string(a[1]) && !substrate::is_keyword(a[1])) {
      return c.wrong_type("atom", a[1], "a string or keyword as its name");
    }
    std::string text;
    if (!append_text(c, text, a[1], TextStyle::kBare)) return kSignalled;
    name = text_word(c, std::string_view(text).substr(text.starts_with(':') ? 1 : 0));
    if (name == kSignalled) return kSignalled;
  }
  return c.ask(EffectKind::kAtomNew, a[0], name);
}

// Reads the root itself, under the pin: no effect, no safe point.
Word deref(PrimitiveContext& c, Arguments a) {
  if (internal::is_reduced(c.pin(), a[0])) return substrate::tagged_value(c.pin(), a[0]);
  if (!substrate::is_root(a[0], RootKind::kAtom) && !substrate::is_root(a[0], RootKind::kVar)) {
    return c.wrong_type("deref", a[0], "an atom");
  }
  const RootRead read = substrate::read_root(c.pin(), substrate::root_ref(a[0]));
  switch (read.outcome) {
    case RootRead::Outcome::kValue:  // of a var that nobody has set: none
      return substrate::is_absent(read.value) ? kNil : read.value;
    case RootRead::Outcome::kExpired:
      return c.expire();
    case RootRead::Outcome::kDeleted:
      break;
  }
  return c.fail("argument", "deref: the atom has been deleted", a[0]);
}

Word reset(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "reset!", a[0], RootKind::kAtom, "an atom")) return kSignalled;
  return c.ask(EffectKind::kReset, a[0], a[1]);
}

Word compare_and_set(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "compare-and-set!", a[0], RootKind::kAtom, "an atom")) return kSignalled;
  return c.ask(EffectKind::kCompareAndSet, a[0], a[1], a[2]);
}

// What add-watch and set-validator! have said about an atom, or nil: the prelude keeps it in a map
// by atoms, in an atom of the domain with this name.
constexpr std::string_view kAtomParts = "yin/atom-parts";

Word atom_parts(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "an atom's function", a[0], RootKind::kAtom, "an atom")) return kSignalled;
  const Word table = substrate::find_named_root(c.pin(), kAtomParts);
  if (substrate::is_absent(table)) return kNil;
  const RootRead read = substrate::read_root(c.pin(), substrate::root_ref(table));
  if (read.outcome == RootRead::Outcome::kExpired) return c.expire();
  if (!read.ok() || !substrate::Map::is(read.value)) return kNil;
  return substrate::Map{read.value}.get(c.pin(), a[0], kNil);
}

// ------------------------------------------------------------------------------------ streams

// (stream), (stream nil), (stream {:capacity n})
Word stream(PrimitiveContext& c, Arguments a) {
  Word capacity = kNil;
  if (!a.empty() && !substrate::is_nil(a[0])) {
    if (!substrate::Map::is(a[0]))
      return c.wrong_type("stream", a[0], "a map such as {:capacity 10}");
    for (substrate::MapIterator it(c.pin(), {a[0]}); !it.done(); it.next()) {
      const std::string key = substrate::print(c.pin(), it.entry().key);
      if (key != ":capacity")
        return c.fail("argument", "stream: there is no option " + key + "; use :capacity");
      capacity = it.entry().value;
    }
    std::int64_t n = 1;
    if (!substrate::is_nil(capacity) && !integer_argument(c, "stream :capacity", capacity, n))
      return kSignalled;
    if (n < 1) return c.fail("argument", "stream: :capacity must be at least 1");
  }
  return c.ask(EffectKind::kStreamNew, capacity);
}

Word cursor(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "cursor", a[0], RootKind::kStream, "a stream")) return kSignalled;
  return c.ask(EffectKind::kCursorNew, a[0]);
}
Word put(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "put!", a[0], RootKind::kStream, "a stream")) return kSignalled;
  const Word options = a.size() > 2 ? a[2] : kNil;
  if (!options_argument(c, "put!", options, kWaitOptions)) return kSignalled;
  return c.ask(EffectKind::kPut, a[0], a[1], options);
}
Word next_item(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "next!", a[0], RootKind::kCursor, "a cursor")) return kSignalled;
  const Word options = a.size() > 2 ? a[2] : kNil;
  if (!options_argument(c, "next!", options, kWaitOptions)) return kSignalled;
  return c.ask(EffectKind::kNext, a[0], a.size() > 1 ? a[1] : kNil, options);
}

// (select [cursor ...]), (select [cursor ...] {:end value :timeout ms :else value}). The agent's own
// reference among them stands for its mailbox.
Word select(PrimitiveContext& c, Arguments a) {
  if (!Vector::is(a[0]) || Vector{a[0]}.count(c.pin()) == 0)
    return c.wrong_type("select", a[0], "a vector of cursors");
  const Vector items{a[0]};
  constexpr std::uint64_t kMost = 16;  // each is a slot of the commit in which it waits
  if (items.count(c.pin()) > kMost) return c.fail("argument", "select takes 16 cursors at most");
  for (std::uint64_t i = 0; i < items.count(c.pin()); ++i) {
    const Word item = items.nth(c.pin(), i);
    if (item != c.self() && !root_argument(c, "select", item, RootKind::kCursor, "a cursor"))
      return kSignalled;
    for (std::uint64_t k = 0; k < i; ++k) {
      if (items.nth(c.pin(), k) == item)
        return c.fail("argument", "select: the same cursor stands there twice", item);
    }
  }
  const Word options = a.size() > 1 ? a[1] : kNil;
  if (!options_argument(c, "select", options, kSelectOptions)) return kSignalled;
  Word end = substrate::is_nil(options) ? substrate::kAbsent : option_of(c.pin(), options, "end");
  if (substrate::is_absent(end)) end = kNil;
  return c.ask(EffectKind::kSelect, a[0], end, options);
}
Word close(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "close!", a[0], RootKind::kStream, "a stream")) return kSignalled;
  return c.ask(EffectKind::kClose, a[0]);
}

// ------------------------------------------------------------------------------------ agents

// (spawn f argument...), (spawn options f argument...)
Word spawn(PrimitiveContext& c, Arguments a) {
  Word options = kNil;
  if (substrate::Map::is(a[0]) && a.size() > 1) {
    options = a[0];
    a = a.subspan(1);
    if (!options_argument(c, "spawn", options, kSpawnOptions)) return kSignalled;
  }
  if (!is_closure(a[0]) && !substrate::is_primitive(a[0]) && !is_continuation(a[0])) {
    return c.wrong_type("spawn", a[0], "a function");
  }
  return c.ask(EffectKind::kSpawn, a[0], Vector::from(c.edit, a.subspan(1)).word, options);
}
Word self(PrimitiveContext& c, Arguments) { return c.self(); }
Word park(PrimitiveContext& c, Arguments a) {
  const Word options = a.empty() ? kNil : a[0];
  if (!options_argument(c, "park", options, kWaitOptions)) return kSignalled;
  return c.ask(EffectKind::kPark, options);
}
bool continuation_argument(PrimitiveContext& c, std::string_view name, Word w) {
  if (is_continuation(w)) return true;
  c.wrong_type(name, w, "a continuation");
  return false;
}
Word frame_of(const Pin& pin, Word continuation) {
  return substrate::field(pin, continuation, substrate::ContinuationField::kFrame);
}

// (yin/end k): what is left to do when the program that `k` is of has come to its value. `k` is
// whole.
Word end(PrimitiveContext& c, Arguments a) {
  if (!continuation_argument(c, "yin/end", a[0])) return kSignalled;
  return make_continuation(c.edit, find_program(c.pin(), frame_of(c.pin(), a[0])), kNil);
}

// (yin/in-place k own): what is left of the program that `k` is of, in place of the one that `own`,
// a whole one, is of. A program parks in one agent and goes on in another.
Word in_place(PrimitiveContext& c, Arguments a) {
  for (const Word k : a) {
    if (!continuation_argument(c, "yin/in-place", k)) return kSignalled;
  }
  const Pin& pin = c.pin();
  const Word frame = frame_of(pin, a[0]);
  const Word prompt = substrate::field(pin, a[0], substrate::ContinuationField::kPrompt);
  const Word end = substrate::is_nil(prompt) ? find_program(pin, frame) : prompt;
  const Word own_end = find_program(pin, frame_of(pin, a[1]));
  if (end == own_end) return make_continuation(c.edit, frame, kNil);
  return make_continuation(c.edit, copy_frames(c.edit, frame, end, own_end), kNil);
}

Word resume(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "resume", a[0], RootKind::kAgent, "an agent")) return kSignalled;
  return c.ask(EffectKind::kResume, a[0], a.size() == 2 ? a[1] : kNil);
}
Word yield(PrimitiveContext& c, Arguments) { return c.ask(EffectKind::kYield); }

// (call :op argument...), (call options :op argument...)
Word call(PrimitiveContext& c, Arguments a) {
  Word options = kNil;
  if (substrate::Map::is(a[0]) && a.size() > 1) {
    options = a[0];
    a = a.subspan(1);
    if (!options_argument(c, "call", options, kWaitOptions)) return kSignalled;
  }
  if (!substrate::is_keyword(a[0])) return c.wrong_type("call", a[0], "an operation's keyword");
  return c.ask(EffectKind::kCall, a[0], Vector::from(c.edit, a.subspan(1)).word, options);
}

Word sleep(PrimitiveContext& c, Arguments a) {
  return ms_argument(c, "sleep", a[0]) ? c.ask(EffectKind::kSleep, a[0]) : kSignalled;
}
Word now(PrimitiveContext& c, Arguments) { return c.ask(EffectKind::kNow); }

Word send(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "send", a[0], RootKind::kAgent, "an agent")) return kSignalled;
  const Word options = a.size() > 2 ? a[2] : kNil;
  if (!options_argument(c, "send", options, kWaitOptions)) return kSignalled;
  return c.ask(EffectKind::kSend, a[0], a[1], options);
}
Word receive(PrimitiveContext& c, Arguments a) {
  const Word options = a.empty() ? kNil : a[0];
  if (!options_argument(c, "receive", options, kWaitOptions)) return kSignalled;
  return c.ask(EffectKind::kReceive, options);
}

// link, unlink, monitor, demonitor: what the agent has to do with another.
template <EffectKind Kind>
Word tie(PrimitiveContext& c, Arguments a) {
  constexpr std::string_view kName = Kind == EffectKind::kLink      ? "link"
                                     : Kind == EffectKind::kUnlink  ? "unlink"
                                     : Kind == EffectKind::kMonitor ? "monitor"
                                                                    : "demonitor";
  if (!root_argument(c, kName, a[0], RootKind::kAgent, "an agent")) return kSignalled;
  return c.ask(Kind, a[0]);
}
Word trap_exits(PrimitiveContext& c, Arguments a) {
  return c.ask(EffectKind::kTrap, substrate::boolean_word(truthy(a[0])));
}

// (exit reason) ends the agent as an error does: what stands in a `finally` still runs, and one may
// catch it. (exit agent reason) tells another to end.
Word exit(PrimitiveContext& c, Arguments a) {
  if (a.size() == 1)
    return c.fail(error_kind::kExit, "exit: " + describe_value(c.pin(), a[0]), a[0]);
  if (!root_argument(c, "exit", a[0], RootKind::kAgent, "an agent")) return kSignalled;
  return c.ask(EffectKind::kSignal, a[0], a[1], substrate::kFalse);
}
Word cancel(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "cancel", a[0], RootKind::kAgent, "an agent")) return kSignalled;
  return c.ask(EffectKind::kSignal, a[0], substrate::keyword(c.pin(), "cancelled"),
               substrate::kTrue);
}

// ------------------------------------------------------------------------------------ randomness

// The next 64 random bits of the running agent: its state is part of its record and is committed
// with the step, so a step that runs again gives the same, and no commit is needed for a number.
// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), with 62 bits of state, which fit a small integer.
bool random_bits(PrimitiveContext& c, std::string_view name, std::uint64_t& bits) {
  std::uint64_t* const state = c.random();
  if (state == nullptr) {
    c.fail("unsupported", std::string(name) + ": only an agent has random numbers");
    return false;
  }
  *state = (*state + 0x9e3779b97f4a7c15) & kRandomMask;
  bits = *state;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  bits ^= bits >> 31;
  return true;
}

// (rand), (rand n): a double from 0 on, below 1 or n.
Word rand(PrimitiveContext& c, Arguments a) {
  double below = 1;
  if (!a.empty()) {
    if (!substrate::is_number(a[0])) return c.wrong_type("rand", a[0], "a number");
    below = substrate::to_real(c.pin(), a[0]);
  }
  std::uint64_t bits = 0;
  if (!random_bits(c, "rand", bits)) return kSignalled;
  return substrate::from_double(c.edit, static_cast<double>(bits >> 11) * 0x1p-53 * below);
}

// (rand-int n): an integer from 0 on, below n. The high half of a product of 128 bits is even to
// one part in 2^64 / n (Lemire, TOMACS 2019).
Word rand_int(PrimitiveContext& c, Arguments a) {
  std::int64_t n = 0;
  if (!integer_argument(c, "rand-int", a[0], n)) return kSignalled;
  std::uint64_t bits = 0;
  if (!random_bits(c, "rand-int", bits)) return kSignalled;
  const auto below = n < 0 ? -static_cast<unsigned __int128>(n) : static_cast<unsigned __int128>(n);
  const auto value = static_cast<std::int64_t>(bits * below >> 64);
  return substrate::from_int(c.edit, n < 0 ? -value : value);
}

Word random_uuid(PrimitiveContext& c, Arguments) {
  std::uint64_t bits[2] = {};
  for (std::uint64_t& b : bits) {
    if (!random_bits(c, "random-uuid", b)) return kSignalled;
  }
  substrate::Uuid uuid;
  std::memcpy(uuid.data(), bits, sizeof bits);
  uuid[6] =
      static_cast<std::byte>((std::to_integer<unsigned>(uuid[6]) & 0x0f) | 0x40);  // RFC 9562, 5.4
  uuid[8] = static_cast<std::byte>((std::to_integer<unsigned>(uuid[8]) & 0x3f) | 0x80);
  return substrate::from_uuid(c.edit, uuid);
}

// ------------------------------------------------------------------------------------ output

template <TextStyle Style, bool Line>
Word write(PrimitiveContext& c, Arguments a) {
  std::string text;
  if (!append_spaced(c, text, a, Style)) return kSignalled;
  if (Line) text += '\n';
  const Word word = text_word(c, text);
  return word == kSignalled ? word : c.ask(EffectKind::kPrint, word);
}
constexpr auto print = write<TextStyle::kBare, false>;
constexpr auto print_line = write<TextStyle::kBare, true>;
constexpr auto write_value = write<TextStyle::kReadable, false>;
constexpr auto write_value_line = write<TextStyle::kReadable, true>;

// ------------------------------------------------------------------------------------ errors

bool is_error(Word w) { return substrate::is_object(w, substrate::ObjectKind::kError); }

// What a program raises is of the kind that its data says: a map with a keyword under :kind.
std::string_view kind_in(const Pin& pin, Word data) {
  data = substrate::bare(pin, data);
  if (!substrate::Map::is(data)) return "user";
  const Word kind = substrate::Map{data}.get(pin, substrate::keyword(pin, "kind"));
  return substrate::is_keyword(kind) ? substrate::name_of(pin, kind) : "user";
}

// (ex-info message), (ex-info message data), (ex-info message data cause): an error as a value,
// which has a place once it is thrown.
Word new_error(PrimitiveContext& c, Arguments a) {
  std::string message;
  if (!append_text(c, message, a[0], TextStyle::kBare)) return kSignalled;
  const Word data = a.size() > 1 ? a[1] : kNil;
  const Word cause = a.size() > 2 ? a[2] : kNil;
  if (!substrate::is_nil(cause) && !is_error(cause))
    return c.wrong_type("ex-info", cause, "an error as the cause");
  return make_error(c.edit, kind_in(c.pin(), data), message, data, {}, kNil, cause);
}

// (error message), (error message data): throws (ex-info message data).
Word error(PrimitiveContext& c, Arguments a) {
  const Word made = new_error(c, a);
  return made == kSignalled ? made : c.raise(made);
}

// What is no error is thrown in one, as its data.
Word raise(PrimitiveContext& c, Arguments a) {
  if (is_error(a[0])) return c.raise(a[0]);
  return c.fail(kind_in(c.pin(), a[0]), "thrown: " + describe_value(c.pin(), a[0]), a[0]);
}

// What an error holds; nil of anything else, as in Clojure.
template <std::uint32_t Field>
Word error_part(PrimitiveContext& c, Arguments a) {
  return is_error(a[0]) ? substrate::field(c.pin(), a[0], Field) : kNil;
}

Word error_question(PrimitiveContext&, Arguments a) {
  return substrate::boolean_word(is_error(a[0]));
}

// {:file "a.clj" :line 3 :column 7 :entity 21}, as far as it is known.
Word place_map(PrimitiveContext& c, const ErrorPlace& place, Word function) {
  std::vector<substrate::MapEntry> entries;
  const auto add = [&](std::string_view key, Word value) {
    if (!substrate::is_nil(value)) entries.push_back({substrate::keyword(c.pin(), key), value});
  };
  add("function", function);
  add("file", place.file);
  add("line", place.line);
  add("column", place.column);
  add("entity", place.entity);
  return substrate::Map::from(c.edit, entries).word;
}

Word error_place(PrimitiveContext& c, Arguments a) {
  if (!is_error(a[0])) return kNil;
  const auto part = [&](std::uint32_t field) { return substrate::field(c.pin(), a[0], field); };
  return place_map(c,
                   {part(ErrorField::kFile), part(ErrorField::kLine), part(ErrorField::kColumn),
                    part(ErrorField::kProgram), part(ErrorField::kEntity)},
                   kNil);
}

// The callers, innermost first, each with where it stands.
Word error_trace(PrimitiveContext& c, Arguments a) {
  if (!is_error(a[0])) return kNil;
  std::vector<Word> callers;
  Word frame = substrate::field(c.pin(), a[0], ErrorField::kFrames);
  while (!substrate::is_nil(frame) && callers.size() < kErrorFrames) {
    const FrameView view = view_frame(c.pin(), frame);
    callers.push_back(place_map(c, place_of_node(c.pin(), view.function.program(), view.entity()),
                                view.function.name()));
    frame = view.caller;
  }
  return Vector::from(c.edit, callers).word;
}

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"apply", 2, kAnyCount, nullptr, PrimitiveKind::kMachine},
    {"atom", 1, 2, atom, PrimitiveKind::kAsks, Metadata::kAll},
    {builtin::kDeref, 1, 1, deref},
    {"reset!", 2, 2, reset, PrimitiveKind::kAsks, Metadata::kAll},
    {"compare-and-set!", 3, 3, compare_and_set, PrimitiveKind::kAsks, Metadata::kAll},
    {"stream", 0, 1, stream, PrimitiveKind::kAsks},
    {"cursor", 1, 1, cursor, PrimitiveKind::kAsks},
    {"put!", 2, 3, put, PrimitiveKind::kAsks, Metadata::kAll},
    {"next!", 1, 3, next_item, PrimitiveKind::kAsks, Metadata::kAll},
    {"close!", 1, 1, close, PrimitiveKind::kAsks},
    {"spawn", 1, kAnyCount, spawn, PrimitiveKind::kAsks, Metadata::kAll},
    {"self", 0, 0, self, PrimitiveKind::kPlain, Metadata::kAll},
    {"park", 0, 1, park, PrimitiveKind::kAsks, Metadata::kAll},
    {"resume", 1, 2, resume, PrimitiveKind::kAsks, Metadata::kAll},
    {"yield", 0, 0, yield, PrimitiveKind::kAsks},
    {"call", 1, kAnyCount, call, PrimitiveKind::kAsks, Metadata::kAll},
    {"print", 0, kAnyCount, print, PrimitiveKind::kAsks},
    {"println", 0, kAnyCount, print_line, PrimitiveKind::kAsks},
    {"pr", 0, kAnyCount, write_value, PrimitiveKind::kAsks},
    {"prn", 0, kAnyCount, write_value_line, PrimitiveKind::kAsks},
    {"error", 1, 2, error, PrimitiveKind::kPlain, Metadata::kAll},
    {"ex-info", 1, 3, new_error, PrimitiveKind::kPlain, Metadata::kAll},
    {builtin::kThrow, 1, 1, raise, PrimitiveKind::kPlain, Metadata::kAll},
    {"ex-message", 1, 1, error_part<ErrorField::kMessage>},
    {"ex-data", 1, 1, error_part<ErrorField::kData>},
    {"ex-kind", 1, 1, error_part<ErrorField::kKind>},
    {"rand", 0, 1, rand},
    {"rand-int", 1, 1, rand_int},
    {"now", 0, 0, now, PrimitiveKind::kAsks},
    {"ex-cause", 1, 1, error_part<ErrorField::kCause>},
    {"ex-place", 1, 1, error_place},
    {"ex-trace", 1, 1, error_trace},
    {"error?", 1, 1, error_question},
    {"call/cc", 1, 1, nullptr, PrimitiveKind::kMachine},
    {builtin::kPrompt, 1, 1, nullptr, PrimitiveKind::kMachine},
    {"call-with-shift", 1, 1, nullptr, PrimitiveKind::kMachine},
    {"sleep", 1, 1, sleep, PrimitiveKind::kAsks},
    {"send", 2, 3, send, PrimitiveKind::kAsks, Metadata::kAll},
    {"receive", 0, 1, receive, PrimitiveKind::kAsks},
    {"select", 1, 2, select, PrimitiveKind::kAsks},
    {"link", 1, 1, tie<EffectKind::kLink>, PrimitiveKind::kAsks},
    {"unlink", 1, 1, tie<EffectKind::kUnlink>, PrimitiveKind::kAsks},
    {"monitor", 1, 1, tie<EffectKind::kMonitor>, PrimitiveKind::kAsks},
    {"demonitor", 1, 1, tie<EffectKind::kDemonitor>, PrimitiveKind::kAsks},
    {"trap-exits", 1, 1, trap_exits, PrimitiveKind::kAsks},
    {"exit", 1, 2, exit, PrimitiveKind::kAsks, Metadata::kAll},
    {"cancel", 1, 1, cancel, PrimitiveKind::kAsks},
    {"random-uuid", 0, 0, random_uuid},
    // As they are; the prelude's own look for validators and watches.
    {"yin/atom", 1, 2, atom, PrimitiveKind::kAsks, Metadata::kAll},
    {"yin/reset!", 2, 2, reset, PrimitiveKind::kAsks, Metadata::kAll},
    {"yin/compare-and-set!", 3, 3, compare_and_set, PrimitiveKind::kAsks, Metadata::kAll},
    {"yin/atom-parts", 1, 1, atom_parts},
    {"yin/end", 1, 1, end},
    {"yin/in-place", 2, 2, in_place},
};

}  // namespace

std::span<const Primitive> effect_primitives() { return with_bare_arguments<kTable>(); }

}  // namespace yin::vm::internal
