// What a program asks of the world, and what only machines do. An effect's arguments are checked
// here, so that whoever performs it gets words of the right kinds; that a reference is not stale
// only the performer can tell.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/literal.h"
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
  if (is_reduced(c.pin(), a[0])) return substrate::tagged_value(c.pin(), a[0]);
  if (!substrate::is_root(a[0], RootKind::kAtom) && !substrate::is_root(a[0], RootKind::kVar)) {
    return c.wrong_type("deref", a[0], "an atom");
  }
  const RootRead read = substrate::read_root(c.pin(), substrate::root_ref(a[0]));
  switch (read.outcome) {
    case RootRead::Outcome::kValue:
      return read.value;
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
  return c.ask(EffectKind::kPut, a[0], a[1]);
}
Word next_item(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "next!", a[0], RootKind::kCursor, "a cursor")) return kSignalled;
  return c.ask(EffectKind::kNext, a[0], a.size() == 2 ? a[1] : kNil);
}
Word close(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "close!", a[0], RootKind::kStream, "a stream")) return kSignalled;
  return c.ask(EffectKind::kClose, a[0]);
}

// ------------------------------------------------------------------------------------ agents

Word spawn(PrimitiveContext& c, Arguments a) {
  if (!is_closure(a[0]) && !substrate::is_primitive(a[0]) && !is_continuation(a[0])) {
    return c.wrong_type("spawn", a[0], "a function");
  }
  return c.ask(EffectKind::kSpawn, a[0], Vector::from(c.edit, a.subspan(1)).word, kNil);
}
Word self(PrimitiveContext& c, Arguments) { return c.self(); }
Word park(PrimitiveContext& c, Arguments) { return c.ask(EffectKind::kPark); }
Word resume(PrimitiveContext& c, Arguments a) {
  if (!root_argument(c, "resume", a[0], RootKind::kAgent, "an agent")) return kSignalled;
  return c.ask(EffectKind::kResume, a[0], a.size() == 2 ? a[1] : kNil);
}
Word yield(PrimitiveContext& c, Arguments) { return c.ask(EffectKind::kYield); }

Word call(PrimitiveContext& c, Arguments a) {
  if (!substrate::is_keyword(a[0])) return c.wrong_type("call", a[0], "an operation's keyword");
  return c.ask(EffectKind::kCall, a[0], Vector::from(c.edit, a.subspan(1)).word);
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

Word not_recorded(PrimitiveContext& c, Arguments) {
  return c.fail("unsupported",
                "time and randomness are not supported yet: they must be recorded with the step to "
                "replay exactly");
}

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"apply", 2, kAnyCount, nullptr, PrimitiveKind::kMachine},
    {"atom", 1, 2, atom, PrimitiveKind::kAsks},
    {"deref", 1, 1, deref},
    {"reset!", 2, 2, reset, PrimitiveKind::kAsks},
    {"compare-and-set!", 3, 3, compare_and_set, PrimitiveKind::kAsks},
    {"stream", 0, 1, stream, PrimitiveKind::kAsks},
    {"cursor", 1, 1, cursor, PrimitiveKind::kAsks},
    {"put!", 2, 2, put, PrimitiveKind::kAsks},
    {"next!", 1, 2, next_item, PrimitiveKind::kAsks},
    {"close!", 1, 1, close, PrimitiveKind::kAsks},
    {"spawn", 1, kAnyCount, spawn, PrimitiveKind::kAsks},
    {"self", 0, 0, self},
    {"park", 0, 0, park, PrimitiveKind::kAsks},
    {"resume", 1, 2, resume, PrimitiveKind::kAsks},
    {"yield", 0, 0, yield, PrimitiveKind::kAsks},
    {"call", 1, kAnyCount, call, PrimitiveKind::kAsks},
    {"print", 0, kAnyCount, print, PrimitiveKind::kAsks},
    {"println", 0, kAnyCount, print_line, PrimitiveKind::kAsks},
    {"pr", 0, kAnyCount, write_value, PrimitiveKind::kAsks},
    {"prn", 0, kAnyCount, write_value_line, PrimitiveKind::kAsks},
    {"error", 1, 2, error},
    {"ex-info", 1, 3, new_error},
    {builtin::kThrow, 1, 1, raise},
    {"ex-message", 1, 1, error_part<ErrorField::kMessage>},
    {"ex-data", 1, 1, error_part<ErrorField::kData>},
    {"ex-kind", 1, 1, error_part<ErrorField::kKind>},
    {"rand", 0, 1, not_recorded},
    {"rand-int", 1, 1, not_recorded},
    {"now", 0, 0, not_recorded},
    {"ex-cause", 1, 1, error_part<ErrorField::kCause>},
    {"ex-place", 1, 1, error_place},
    {"ex-trace", 1, 1, error_trace},
    {"error?", 1, 1, error_question},
    {"call/cc", 1, 1, nullptr, PrimitiveKind::kMachine},
    {builtin::kPrompt, 1, 1, nullptr, PrimitiveKind::kMachine},
    {"call-with-shift", 1, 1, nullptr, PrimitiveKind::kMachine},
};

}  // namespace

std::span<const Primitive> effect_primitives() { return kTable; }

}  // namespace yin::vm::internal
