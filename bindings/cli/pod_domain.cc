#include "bindings/cli/pod_domain.h"

#include <utility>

#include "bindings/cli/pod_operations.h"

namespace yin::cli {

namespace {

constexpr std::size_t kReadingsMax = 256;
constexpr std::uint32_t kFlushMs = 60'000;
constexpr std::uint64_t kScratchBytes = std::uint64_t{64} << 20;

// ---- arguments

yin_status wrong_argument(PodCall& call, const std::string& what) {
  return say(&call.error, YIN_INVALID_ARGUMENT, what);
}

yin_status to_atom(PodCall& call, yin_word argument, yin_word* atom) {
  std::int64_t number = 0;
  if (yin_to_int(call.pin.get(), argument, &number, nullptr) == YIN_OK) {
    *atom = static_cast<yin_word>(number);
    if (call.domain.atoms.contains(*atom)) return YIN_OK;
  }
  return wrong_argument(call, "that is no atom of this domain which was given to you");
}

yin_status to_name(PodCall& call, yin_word argument, std::string* name) {
  if (yin_kind_of(call.pin.get(), argument) != YIN_STRING)
    return wrong_argument(call, "the name of an atom is a string");
  *name = text_of(call.pin.get(), argument);
  return YIN_OK;
}

yin_status to_items(PodCall& call, yin_word argument, std::vector<yin_word>* items) {
  std::uint64_t count = 0;
  if (yin_kind_of(call.pin.get(), argument) != YIN_VECTOR ||
      yin_count(call.pin.get(), argument, &count, nullptr) != YIN_OK)
    return wrong_argument(call, "a vector is wanted");
  for (std::uint64_t i = 0; i < count; ++i) items->push_back(yin_nth(call.pin.get(), argument, i));
  return YIN_OK;
}

yin_status to_atoms(PodCall& call, yin_word argument, std::vector<yin_word>* atoms) {
  if (const yin_status status = to_items(call, argument, atoms)) return status;
  for (yin_word& atom : *atoms) {
    if (const yin_status status = to_atom(call, atom, &atom)) return status;
  }
  return YIN_OK;
}

yin_status take_pin(PodCall& call) {
  yin_pin* began = nullptr;
  const yin_status status = yin_pin_begin(call.domain.domain.get(), &began, &call.error);
  call.pin.reset(began);
  return status;
}

// ---- answers

yin_status give(PodCall& call, yin_word w) {
  return append_edn(call.pin.get(), w, call.value, &call.error);
}

yin_status give_atom(PodCall& call, yin_word atom, const std::string& name) {
  call.domain.atoms.insert(atom);
  call.value = "{:domain " + std::to_string(call.domain.number) + ", :atom " +
               std::to_string(static_cast<std::int64_t>(atom)) +
               (name.empty() ? "" : ", :name " + quoted(name)) + "}";
  return YIN_OK;
}

template <class Word, class Words>
yin_status give_vector(PodCall& call, const Words& items, const Word& word) {
  call.value += '[';
  for (const auto& item : items) {
    if (call.value.back() != '[') call.value += ' ';
    if (const yin_status status = give(call, word(item))) return status;
  }
  call.value += ']';
  return YIN_OK;
}

// ---- atoms

yin_status atom(PodCall& call) {
  std::string name;
  yin_word made = 0;
  if (const yin_status status = to_name(call, call.argument(1), &name)) return status;
  if (const yin_status status =
          yin_atom(call.pin.get(), name.data(), name.size(), call.argument(2), &made, &call.error))
    return status;
  return give_atom(call, made, name);
}

yin_status find_atom(PodCall& call) {
  std::string name;
  yin_word found = 0;
  if (const yin_status status = to_name(call, call.argument(1), &name)) return status;
  const yin_status status =
      yin_find_name(call.pin.get(), name.data(), name.size(), &found, &call.error);
  if (status == YIN_NOT_FOUND ||
      (status == YIN_OK && yin_kind_of(call.pin.get(), found) != YIN_ATOM)) {
    call.value = "nil";
    return YIN_OK;
  }
  return status == YIN_OK ? give_atom(call, found, name) : status;
}

struct Listing {
  PodCall& call;
  yin_snapshot* snapshot = nullptr;
  yin_status status = YIN_OK;
};

int list_name(void* context, const char* name, std::size_t size, yin_word) {
  std::string& out = static_cast<Listing*>(context)->call.value;
  out += (out.back() == '[' ? "" : " ") + quoted({name, size});
  return 0;
}

yin_status atoms(PodCall& call) {
  call.value = "[";
  Listing listing{call};
  const yin_status status = yin_each_atom(call.pin.get(), list_name, &listing, &call.error);
  call.value += ']';
  return status;
}

yin_status rename_atom(PodCall& call) {
  std::string from;
  std::string to;
  if (const yin_status status = to_name(call, call.argument(1), &from)) return status;
  if (const yin_status status = to_name(call, call.argument(2), &to)) return status;
  call.value = "nil";
  return yin_rename(call.pin.get(), from.data(), from.size(), to.data(), to.size(), &call.error);
}

yin_status delete_atom(PodCall& call) {
  std::string name;
  if (const yin_status status = to_name(call, call.argument(1), &name)) return status;
  call.value = "nil";
  return yin_delete_name(call.pin.get(), name.data(), name.size(), &call.error);
}

// ---- values

yin_status deref(PodCall& call) {
  yin_word from = 0;
  yin_word value = 0;
  if (const yin_status status = to_atom(call, call.argument(1), &from)) return status;
  if (const yin_status status = yin_deref(call.pin.get(), from, &value, &call.error)) return status;
  return give(call, value);
}

yin_status reset(PodCall& call) {
  yin_word to = 0;
  if (const yin_status status = to_atom(call, call.argument(1), &to)) return status;
  call.value = "nil";
  return yin_reset(call.pin.get(), to, call.argument(2), nullptr, &call.error);
}

yin_status compare_and_set(PodCall& call) {
  yin_word to = 0;
  int was = 0;
  if (const yin_status status = to_atom(call, call.argument(1), &to)) return status;
  const yin_status status = yin_compare_and_set(call.pin.get(), to, call.argument(2),
                                                call.argument(3), &was, &call.error);
  call.value = was != 0 ? "true" : "false";
  return status;
}

struct NamedSwap {
  yin_word operation;
  std::vector<yin_word> arguments;
};

yin_status run_named(void* context, yin_pin* pin, yin_word now, yin_word* next, yin_error* error) {
  const auto& swap = *static_cast<NamedSwap*>(context);
  return apply_operation(pin, now, swap.operation, swap.arguments, next, error);
}

yin_status swap_named(PodCall& call) {
  yin_word to = 0;
  yin_word after = 0;
  NamedSwap swap{call.argument(2), {}};
  if (const yin_status status = to_atom(call, call.argument(1), &to)) return status;
  if (const yin_status status = to_items(call, call.argument(3), &swap.arguments)) return status;
  if (const yin_status status =
          yin_swap(call.pin.get(), to, run_named, &swap, nullptr, &after, &call.error))
    return status;
  // What it is now was committed, so it is no error if it cannot be told.
  if (give(call, after) != YIN_OK) call.value = "nil";
  return YIN_OK;
}

// ---- readings

// Reads the atoms at one instant into `reading`, and gives [its number, [their values]].
yin_status give_reading(PodCall& call, PodReading reading) {
  SnapshotPtr snapshot;
  if (reading.atoms.size() > 1) {
    yin_snapshot* taken = nullptr;
    if (const yin_status status = yin_snapshot_take(call.domain.domain.get(), &taken, &call.error))
      return status;
    snapshot.reset(taken);
  }
  reading.values.clear();
  for (const yin_word from : reading.atoms) {
    yin_word value = 0;
    yin_handle* handle = nullptr;
    if (const yin_status status =
            snapshot ? yin_snapshot_deref(snapshot.get(), call.pin.get(), from, &value, &call.error)
                     : yin_deref(call.pin.get(), from, &value, &call.error))
      return status;
    if (const yin_status status = yin_handle_make(call.pin.get(), value, &handle, &call.error))
      return status;
    reading.values.emplace_back(handle);
  }
  const std::int64_t number = ++call.domain.last_reading;
  call.value = "[" + std::to_string(number) + " ";
  const auto word = [](const HandlePtr& value) { return yin_handle_word(value.get()); };
  if (const yin_status status = give_vector(call, reading.values, word)) return status;
  call.value += ']';
  auto& readings = call.domain.readings;
  readings.emplace(number, std::move(reading));
  if (readings.size() > kReadingsMax) readings.erase(readings.begin());
  return YIN_OK;
}

yin_status begin(PodCall& call) {
  PodReading reading;
  if (const yin_status status = to_atoms(call, call.argument(1), &reading.atoms)) return status;
  return give_reading(call, std::move(reading));
}

// [domain reading atoms values]: nil, or a new reading where somebody else was first.
yin_status commit(PodCall& call) {
  std::int64_t number = 0;
  (void)yin_to_int(call.pin.get(), call.argument(1), &number, nullptr);
  PodReading reading;
  std::vector<yin_word> asked;
  std::vector<yin_word> values;
  if (const yin_status status = to_atoms(call, call.argument(2), &asked)) return status;
  if (const yin_status status = to_items(call, call.argument(3), &values)) return status;
  if (auto kept = call.domain.readings.extract(number)) reading = std::move(kept.mapped());
  if (values.size() != asked.size())
    return wrong_argument(
        call, "as many values are wanted as there are atoms: " + std::to_string(asked.size()));
  yin_status status = YIN_CONFLICT;
  if (reading.atoms == asked) {
    std::vector<yin_change> changes;
    for (std::size_t i = 0; i < asked.size(); ++i)
      changes.push_back({asked[i], yin_handle_word(reading.values[i].get()), values[i]});
    status = yin_commit(call.pin.get(), changes.data(), changes.size(), &call.error);
  }
  call.value = "nil";
  if (status != YIN_CONFLICT) return status;
  call.pin.reset();
  PodReading again{asked, {}, reading.tries + 1};
  for (const yin_word atom : asked) {
    yin_back_off(call.domain.domain.get(), atom, again.tries);
    if (asked.size() > 1) break;  // one wait is enough
  }
  if (const yin_status pinned = take_pin(call)) return pinned;
  return give_reading(call, std::move(again));
}

yin_status forget(PodCall& call) {
  std::int64_t number = 0;
  (void)yin_to_int(call.pin.get(), call.argument(1), &number, nullptr);
  call.domain.readings.erase(number);
  call.value = "nil";
  return YIN_OK;
}

// ---- snapshots

int list_value(void* context, const char* name, std::size_t size, yin_word word) {
  auto& listing = *static_cast<Listing*>(context);
  PodCall& call = listing.call;
  yin_word value = 0;
  listing.status = yin_snapshot_deref(listing.snapshot, call.pin.get(), word, &value, &call.error);
  if (listing.status == YIN_NOT_FOUND) {  // made, or deleted, meanwhile
    listing.status = YIN_OK;
    return 0;
  }
  if (listing.status != YIN_OK) return 1;
  call.value += (call.value.back() == '{' ? "" : ", ") + quoted({name, size}) + " ";
  listing.status = give(call, value);
  return listing.status == YIN_OK ? 0 : 1;
}

// [domain]: {name value ...}; [domain atoms]: their values.
yin_status snapshot(PodCall& call) {
  yin_snapshot* taken = nullptr;
  if (const yin_status status = yin_snapshot_take(call.domain.domain.get(), &taken, &call.error))
    return status;
  const SnapshotPtr snapshot(taken);
  if (call.argument(1) == YIN_WORD_NIL) {
    Listing listing{call, taken};
    call.value = "{";
    const yin_status status = yin_each_atom(call.pin.get(), list_value, &listing, &call.error);
    call.value += '}';
    return status == YIN_OK ? listing.status : status;
  }
  std::vector<yin_word> wanted;
  if (const yin_status status = to_atoms(call, call.argument(1), &wanted)) return status;
  for (yin_word& word : wanted) {
    if (const yin_status status =
            yin_snapshot_deref(taken, call.pin.get(), word, &word, &call.error))
      return status;
  }
  return give_vector(call, wanted, [](yin_word w) { return w; });
}

// ---- watches

yin_status watch(PodCall& call) {
  yin_word of = 0;
  if (const yin_status status = to_atom(call, call.argument(1), &of)) return status;
  const bool latest = text_of(call.pin.get(), call.argument(2)) == "latest";
  yin_watch* started = nullptr;
  if (const yin_status status = yin_watch_start(
          call.pin.get(), of, latest ? YIN_LATEST : YIN_EVERY_CHANGE, &started, &call.error))
    return status;
  call.pin.reset();
  call.domain.watches.add(started, call.id);
  call.is_answered = true;
  return YIN_OK;
}

yin_status unwatch(PodCall& call) {
  std::int64_t number = 0;
  (void)yin_to_int(call.pin.get(), call.argument(1), &number, nullptr);
  call.pin.reset();
  call.value = call.domain.watches.stop(number) ? "true" : "false";
  return YIN_OK;
}

// ---- the domain

yin_status flush(PodCall& call) {
  call.pin.reset();
  call.value = "nil";
  return yin_flush(call.domain.domain.get(), kFlushMs, &call.error);
}

yin_status stat(PodCall& call) {
  yin_stat found;
  if (const yin_status status = yin_domain_stat(call.domain.domain.get(), &found, &call.error))
    return status;
  const std::pair<const char*, std::uint64_t> figures[] = {
      {"capacity-bytes", found.capacity_bytes},
      {"committed-bytes", found.committed_bytes},
      {"live-bytes", found.live_bytes},
      {"collections", found.collections},
      {"holds", found.holds},
      {"slots", found.slots},
      {"workers", found.workers}};
  call.value = "{";
  for (const auto& [name, figure] : figures) {
    if (call.value.back() != '{') call.value += ", ";
    call.value += ':' + std::string(name) + ' ' + std::to_string(figure);
  }
  call.value += '}';
  return YIN_OK;
}

std::uint64_t argument_count(const char* arguments) {
  std::uint64_t count = 1;
  for (const char* c = arguments; *c != '\0'; ++c) count += *c == ' ' ? 1 : 0;
  return count;
}

yin_status set_mode(const std::string& text, yin_open_mode* mode, yin_error* error) {
  const std::pair<const char*, yin_open_mode> modes[] = {{"create-or-join", YIN_CREATE_OR_JOIN},
                                                         {"create", YIN_CREATE},
                                                         {"join", YIN_JOIN},
                                                         {"read-only", YIN_READ_ONLY}};
  for (const auto& [name, known] : modes) {
    if (name != text) continue;
    *mode = known;
    return YIN_OK;
  }
  return say(error, YIN_INVALID_ARGUMENT, ":mode is :create-or-join, :create, :join or :read-only");
}

struct OpenArguments {
  std::string path;
  yin_open_options options = YIN_OPEN_OPTIONS;
  const yin_pin* pin;
  yin_error* error;
};

// An option of open*: yin_each() calls it.
int set_option(void* context, yin_word key, yin_word value) {
  auto& open = *static_cast<OpenArguments*>(context);
  const std::string name = text_of(open.pin, key);
  const std::string text = text_of(open.pin, value);
  std::int64_t number = -1;
  const bool is_number = yin_to_int(open.pin, value, &number, nullptr) == YIN_OK && number >= 0;
  if (name == "mode") return set_mode(text, &open.options.mode, open.error);
  if (name == "capacity" && is_number) {
    open.options.capacity_bytes = static_cast<std::uint64_t>(number);
  } else if (name == "durability" && (is_number || text == "none" || text == "commit")) {
    open.options.durability = is_number          ? number
                              : text == "commit" ? YIN_DURABILITY_COMMIT
                                                 : YIN_DURABILITY_NONE;
  } else {
    return say(open.error, YIN_INVALID_ARGUMENT,
               "open takes :mode, :capacity (bytes) and :durability (:none, :commit or "
               "milliseconds)");
  }
  return YIN_OK;
}

yin_status read_open_arguments(yin_pin* pin, const std::string& text, OpenArguments& open) {
  open.pin = pin;
  yin_word arguments = 0;
  if (const yin_status status = yin_read(pin, text.data(), text.size(), &arguments, open.error))
    return status;
  const yin_word path = yin_nth(pin, arguments, 0);
  const yin_word options = yin_nth(pin, arguments, 1);
  if (yin_kind_of(pin, path) != YIN_STRING)
    return say(open.error, YIN_INVALID_ARGUMENT, "open takes the path of a domain, a string");
  open.path = text_of(pin, path);
  if (open.path.find('\0') != std::string::npos)
    return say(open.error, YIN_INVALID_ARGUMENT, "a path has no zero bytes");
  if (options == YIN_WORD_NIL || options == YIN_WORD_ABSENT) return YIN_OK;
  if (yin_kind_of(pin, options) != YIN_MAP)
    return say(open.error, YIN_INVALID_ARGUMENT, "the options of open are a map");
  return static_cast<yin_status>(yin_each(pin, options, set_option, &open));
}

}  // namespace

const std::vector<PodCallEntry>& pod_calls() {
  static const std::vector<PodCallEntry> calls = {
      {"open*", "Opens a domain.", "path options", nullptr},
      {"close*", "Closes it; its watches end.", "domain", nullptr},
      {"flush*", "Waits until what was committed is on the disk.", "domain", flush},
      {"stat*", "Sizes and counts.", "domain", stat},
      {"atom*", "The atom of that name, made with the value if need be.", "domain name value",
       atom},
      {"find-atom*", "The atom of that name, or nil.", "domain name", find_atom},
      {"atoms*", "The names of all atoms, sorted.", "domain", atoms},
      {"rename-atom*", "The same atom by another name.", "domain from to", rename_atom},
      {"delete-atom*", "Takes an atom and its name away.", "domain name", delete_atom},
      {"deref*", "The value of an atom.", "domain atom", deref},
      {"reset!*", "Sets an atom.", "domain atom value", reset},
      {"compare-and-set!*", "Sets an atom if it holds a value equal to the first.",
       "domain atom old new", compare_and_set},
      {"swap!*", "Sets an atom to what a named operation makes of it; gives that.",
       "domain atom operation arguments", swap_named},
      {"begin*", "Reads atoms at one instant: [reading values].", "domain atoms", begin},
      {"commit*", "Sets the atoms that were read, if none has changed: nil; else [reading values].",
       "domain reading atoms values", commit},
      {"forget*", "Gives a reading back that is not committed.", "domain reading", forget},
      {"snapshot*", "The values of atoms (nil: of all, by name) at one instant.", "domain atoms",
       snapshot},
      {"watch*", "Tells the changes of an atom (:every or :latest): a call that goes on.",
       "domain atom mode", watch},
      {"unwatch*", "Ends a watch. Was there one?", "domain watch", unwatch},
  };
  return calls;
}

yin_status answer(const PodCallEntry& entry, PodCall& call) {
  if (call.count != argument_count(entry.arguments)) {
    return wrong_argument(call, std::string(entry.name) + " takes [" + entry.arguments + "], not " +
                                    std::to_string(call.count) + " arguments");
  }
  return entry.answer(call);
}

yin_status open_from_arguments(const std::string& arguments, yin_domain** domain,
                               yin_error* error) {
  OpenArguments open = {.path = {}, .pin = nullptr, .error = error};
  {
    // Read in a domain of its own: the one that is meant is not open yet.
    yin_open_options options = YIN_OPEN_OPTIONS;
    options.capacity_bytes = kScratchBytes;
    options.no_keeper = 1;
    yin_domain* opened = nullptr;
    if (const yin_status status = yin_open("", &options, &opened, error)) return status;
    const DomainPtr scratch(opened);
    yin_pin* began = nullptr;
    if (const yin_status status = yin_pin_begin(opened, &began, error)) return status;
    const PinPtr pin(began);
    if (const yin_status status = read_open_arguments(began, arguments, open)) return status;
  }
  return yin_open(open.path.c_str(), &open.options, domain, error);
}

}  // namespace yin::cli
