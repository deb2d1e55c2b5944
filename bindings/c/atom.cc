// Atoms, commits over several of them, handles and snapshots.

#include "substrate/atom.h"

#include <optional>
#include <string>
#include <vector>

#include "substrate/commit.h"
#include "substrate/map.h"
#include "substrate/root.h"
#include "bindings/c/domain.h"

namespace {

namespace core = yin::substrate;
using core::Change;
using core::CommitOutcome;
using core::root_ref;
using core::RootKind;
using core::RootRead;
using yin::c::Edit;
using yin::c::edit_of;
using yin::c::fail;
using yin::c::is_value;
using yin::c::no_value;
using yin::c::Pin;
using yin::c::pin_of;
using yin::c::Place;
using yin::c::RootRef;
using yin::c::Status;
using yin::c::Word;
using yin::c::wrong_type;

yin_status no_atom(yin_error* error, Word w) { return wrong_type(error, "an atom is needed", w); }
bool is_atom(Word w) { return core::is_root(w, RootKind::kAtom); }

yin_status not_read(const Pin& pin, const RootRead& read, yin_error* error) {
  if (read.outcome == RootRead::Outcome::kDeleted)
    return fail(error, YIN_NOT_FOUND, "the atom was deleted");
  return fail(error, why_not(pin, CommitOutcome::kExpired));
}

// What a commit came to. An expired pin is told as a conflict: either way who reads again, under a
// new pin, may go on.
yin_status told(const Pin& pin, CommitOutcome outcome, yin_error* error) {
  switch (outcome) {
    case CommitOutcome::kCommitted:
      return YIN_OK;
    case CommitOutcome::kNoSpace:
      return fail(error, why_not(pin, outcome));
    default:
      return fail(error, YIN_CONFLICT, "another commit was first");
  }
}

// Keeps a handle that was let go of for the next one, if its place in the table may be used again at
// once: nobody stands on what it gave, and no cycle runs.
bool keep_as_spare(const Place& place, yin_handle* handle) {
  yin_domain& domain = *handle->domain;
  if (domain.any_pinned()) return false;
  {
    const Pin pin(place.worker());
    if (!handle->handle->clear(pin)) return false;
  }
  std::vector<yin_handle*>& spares = place.spares();
  spares.push_back(handle);
  if (spares.size() >= yin_domain::kSparesAPlace) domain.put_spares(spares);
  return true;
}

// The name that stands for a root, if any does. O(names).
std::optional<std::string> name_of_root(const Pin& pin, Word root) {
  for (const core::NamedRoot& named : list_named_roots(pin, root_ref(root).kind))
    if (named.ref == root) return named.name;
  return std::nullopt;
}

}  // namespace

extern "C" {

// ---- names

yin_status yin_atom(yin_pin* pin, const char* name, size_t size, yin_word initial, yin_word* atom,
                    yin_error* error) {
  if (!is_value(Word{initial})) return no_value(error);
  const auto made = named_root(pin_of(pin), RootKind::kAtom, {name, size}, Word{initial});
  if (!made.ok()) return fail(error, made.status());
  *atom = made->bits;
  return YIN_OK;
}

yin_status yin_new_atom(yin_pin* pin, yin_word initial, yin_word* atom, yin_error* error) {
  if (!is_value(Word{initial})) return no_value(error);
  const Pin& p = pin_of(pin);
  for (;;) {
    const auto fresh = new_root(p, RootKind::kAtom);
    if (!fresh.ok()) return fail(error, fresh.status());
    const Change change[] = {{fresh->ref, fresh->expected, Word{initial}}};
    const CommitOutcome outcome = commit(p, change);
    if (outcome == CommitOutcome::kCommitted) {
      *atom = root_word(fresh->ref).bits;
      return YIN_OK;
    }
    give_up_root(p, fresh->ref.slot);
    if (outcome != CommitOutcome::kConflict) return fail(error, why_not(p, outcome));
  }
}

yin_status yin_delete(yin_pin* pin, yin_word root, yin_error* error) {
  const Pin& p = pin_of(pin);
  const Word w{root};
  if (!is_atom(w) && !core::is_root(w, RootKind::kStream) && !core::is_root(w, RootKind::kCursor))
    return wrong_type(error, "an atom, a stream or a cursor is needed", w);
  if (const auto name = name_of_root(p, w)) {
    return fail(error, YIN_INVALID_ARGUMENT,
                "it is called \"" + *name + "\": take the name away with it, yin_delete_name()");
  }
  for (;;) {
    const RootRead read = read_root(p, root_ref(w));
    if (!read.ok()) return not_read(p, read, error);
    const Change change[] = {{root_ref(w), read.version, core::kTombstone}};
    const CommitOutcome outcome = commit(p, change);
    if (outcome == CommitOutcome::kConflict) continue;
    if (outcome != CommitOutcome::kCommitted) return fail(error, why_not(p, outcome));
    give_up_root(p, root_ref(w).slot);
    return YIN_OK;
  }
}

yin_status yin_find_name(yin_pin* pin, const char* name, size_t size, yin_word* out,
                         yin_error* error) {
  const Word found = find_named_root(pin_of(pin), {name, size});
  if (core::is_absent(found))
    return fail(error, YIN_NOT_FOUND, "nothing is called \"" + std::string(name, size) + '"');
  *out = found.bits;
  return YIN_OK;
}

yin_status yin_delete_name(yin_pin* pin, const char* name, size_t size, yin_error* error) {
  yin_word root = 0;
  if (const yin_status found = yin_find_name(pin, name, size, &root, error); found != YIN_OK)
    return found;
  const Status gone = delete_named_root(pin_of(pin), root_ref(Word{root}).kind, {name, size});
  return gone.ok() ? YIN_OK : fail(error, gone);
}

yin_status yin_rename(yin_pin* pin, const char* from, size_t from_size, const char* to,
                      size_t to_size, yin_error* error) {
  yin_word root = 0;
  if (const yin_status found = yin_find_name(pin, from, from_size, &root, error); found != YIN_OK)
    return found;
  const Status renamed =
      rename_root(pin_of(pin), root_ref(Word{root}).kind, {from, from_size}, {to, to_size});
  return renamed.ok() ? YIN_OK : fail(error, renamed);
}

yin_status yin_each_atom(yin_pin* pin, yin_name_fn visit, void* context, yin_error* error) {
  (void)error;
  for (const core::NamedRoot& named : list_named_roots(pin_of(pin), RootKind::kAtom))
    if (visit(context, named.name.data(), named.name.size(), named.ref.bits) != 0) break;
  return YIN_OK;
}

// ---- one atom

yin_status yin_deref(yin_pin* pin, yin_word atom, yin_word* out, yin_error* error) {
  const Pin& p = pin_of(pin);
  if (!is_atom(Word{atom})) return no_atom(error, Word{atom});
  const RootRead read = read_root(p, root_ref(Word{atom}));
  if (!read.ok()) [[unlikely]]
    return not_read(p, read, error);
  *out = read.value.bits;
  return YIN_OK;
}

yin_status yin_swap(yin_pin* pin, yin_word atom, yin_swap_fn swap, void* context, yin_word* before,
                    yin_word* after, yin_error* error) {
  const Pin& p = pin_of(pin);
  if (!is_atom(Word{atom})) return no_atom(error, Word{atom});
  yin_status asked = YIN_OK;
  const auto swapped = swap_vals(p, root_ref(Word{atom}), [&](Edit&, Word now) {
    yin_word next = now.bits;
    asked = swap(context, pin, now.bits, &next, error);
    if (asked == YIN_OK && !is_value(Word{next})) asked = no_value(error);
    return asked == YIN_OK ? Word{next} : now;  // the same: nothing happens
  });
  if (asked != YIN_OK) return asked;
  if (!swapped.ok()) return fail(error, swapped.status());
  if (before != nullptr) *before = swapped->before.bits;
  if (after != nullptr) *after = swapped->after.bits;
  return YIN_OK;
}

yin_status yin_reset(yin_pin* pin, yin_word atom, yin_word value, yin_word* before,
                     yin_error* error) {
  if (!is_atom(Word{atom})) return no_atom(error, Word{atom});
  if (!is_value(Word{value})) return no_value(error);
  const auto set = reset_vals(pin_of(pin), root_ref(Word{atom}), Word{value});
  if (!set.ok()) return fail(error, set.status());
  if (before != nullptr) *before = set->before.bits;
  return YIN_OK;
}

yin_status yin_compare_and_set(yin_pin* pin, yin_word atom, yin_word expected, yin_word value,
                               int* was, yin_error* error) {
  if (!is_atom(Word{atom})) return no_atom(error, Word{atom});
  if (!is_value(Word{value})) return no_value(error);
  const auto set = compare_and_set(pin_of(pin), root_ref(Word{atom}), Word{expected}, Word{value});
  if (!set.ok()) return fail(error, set.status());
  *was = *set ? 1 : 0;
  return YIN_OK;
}

// ---- several

yin_status yin_commit(yin_pin* pin, const yin_change* changes, size_t count, yin_error* error) {
  const Pin& p = pin_of(pin);
  if (count > core::kCommitMaxEntries) {
    return fail(error, YIN_OUT_OF_RANGE,
                "a commit has at most " + std::to_string(core::kCommitMaxEntries) + " changes");
  }
  Change list[core::kCommitMaxEntries];
  bool changes_something = false;
  for (std::size_t i = 0; i < count; ++i) {
    const Word atom{changes[i].atom};
    if (!is_atom(atom)) return no_atom(error, atom);
    if (!is_value(Word{changes[i].value})) return no_value(error);
    for (std::size_t j = 0; j < i; ++j)
      if (changes[j].atom == changes[i].atom)
        return fail(error, YIN_INVALID_ARGUMENT, "a commit changes each atom once");
    if (core::Turns& turns = p.worker().turns(); count == 1 && turns.owes(root_ref(atom).slot))
      turns.let_by(p);
    const RootRead read = read_root(p, root_ref(atom));
    if (read.outcome == RootRead::Outcome::kDeleted) return not_read(p, read, error);
    // The very word that was read, which somebody keeps, so nothing else can stand there.
    if (!read.ok() || read.value.bits != changes[i].expected)
      return fail(error, YIN_CONFLICT, "another commit was first");
    list[i] = {root_ref(atom), read.version, Word{changes[i].value}};
    changes_something = changes_something || changes[i].value != changes[i].expected;
  }
  if (!changes_something && count <= 1) return YIN_OK;
  return told(p, commit(p, {list, count}), error);
}

void yin_back_off(yin_domain* domain, yin_word atom, uint32_t tries) {
  yin_pin* pin = nullptr;
  if (!is_atom(Word{atom}) || yin_pin_begin(domain, &pin, nullptr) != YIN_OK) return;
  pin->worker->turns().lost(pin_of(pin), root_ref(Word{atom}).slot, tries);
  yin_pin_end(pin);
}

// ---- handles

yin_status yin_handle_make(yin_pin* pin, yin_word w, yin_handle** out, yin_error* error) {
  if (pin->domain->core->read_only()) {
    // What was built found no room, and goes with the pin.
    if (!pin->worker->has_space()) return fail(error, pin->worker->take_space_status());
    pin->domain->retain();
    *out = new yin_handle{std::nullopt, pin->domain, w};
    return YIN_OK;
  }
  std::vector<yin_handle*>& spares = pin->spares;
  if (spares.empty()) pin->domain->take_spares(spares);
  if (!spares.empty()) {
    yin_handle* spare = spares.back();
    if (const Status set = spare->handle->set(pin_of(pin), Word{w}); !set.ok())
      return fail(error, set);
    spares.pop_back();
    spare->word = w;
    pin->domain->retain();
    *out = spare;
    return YIN_OK;
  }
  auto handle = core::Handle::make(pin_of(pin), Word{w});
  if (!handle.ok()) return fail(error, handle.status());
  pin->domain->retain();
  *out = new yin_handle{*std::move(handle), pin->domain, w};
  return YIN_OK;
}

yin_word yin_handle_word(const yin_handle* handle) { return handle->word; }
yin_domain* yin_handle_domain(const yin_handle* handle) { return handle->domain; }

void yin_handle_release(yin_handle* handle) {
  if (handle == nullptr) return;
  yin_domain* domain = handle->domain;
  if (!handle->handle) {
    delete handle;
  } else {
    const Place place(domain);
    if (!place.ok()) {
      yin::c::forget(handle);
    } else if (!keep_as_spare(place, handle)) {
      delete handle;
    }
  }
  domain->release();
}

// ---- snapshots

yin_status yin_snapshot_take(yin_domain* domain, yin_snapshot** out, yin_error* error) {
  yin_pin* pin = nullptr;
  if (const yin_status pinned = yin_pin_begin(domain, &pin, error); pinned != YIN_OK) return pinned;
  auto snapshot = core::Snapshot::take(pin_of(pin));
  const yin_status taken = snapshot.ok() ? YIN_OK : fail(error, snapshot.status());
  if (taken == YIN_OK) {
    domain->retain();
    *out = new yin_snapshot{*std::move(snapshot), domain};
  }
  yin_pin_end(pin);
  return taken;
}

yin_status yin_snapshot_deref(const yin_snapshot* snapshot, yin_pin* pin, yin_word atom,
                              yin_word* out, yin_error* error) {
  if (!is_atom(Word{atom})) return no_atom(error, Word{atom});
  const RootRead read = snapshot->snapshot.read(pin_of(pin), root_ref(Word{atom}));
  if (read.outcome == RootRead::Outcome::kDeleted)
    return fail(error, YIN_NOT_FOUND, "the atom was not there then");
  if (!read.ok()) return not_read(pin_of(pin), read, error);
  *out = read.value.bits;
  return YIN_OK;
}

void yin_snapshot_release(yin_snapshot* snapshot) {
  if (snapshot == nullptr) return;
  yin_domain* domain = snapshot->domain;
  {
    const Place place(domain);
    if (place.ok()) {
      snapshot->snapshot.drop();
    } else {
      snapshot->snapshot.leave();
    }
    delete snapshot;
  }
  domain->release();
}

}  // extern "C"
