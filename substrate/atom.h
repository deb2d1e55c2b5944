#pragma once

// Atom: a root slot with Clojure's verbs, for host programs. (Agents' own verbs are effects, see
// vm/effect.h.)
//
// A swap reads the atom, builds a new value in the slab, and commits it against the version it
// read; if another commit was first it waits some microseconds for its turn (turns.h) and reads
// again. It is lock-free: somebody always gets on. The function may run many times, so it must have
// no side effects. What deref returns is valid as long as the pin it was read with. Earlier values:
// retain() and Snapshot in hold.h; being told of changes: watch.h; several atoms at once: commit.h.

#include <concepts>
#include <string_view>
#include <utility>

#include "substrate/commit.h"
#include "substrate/edit.h"
#include "substrate/root.h"
#include "substrate/status.h"
#include "substrate/turns.h"
#include "substrate/worker.h"

namespace yin::substrate {

template <class F>
concept SwapFunction =
    std::invocable<F, Edit&, Word> && std::same_as<std::invoke_result_t<F, Edit&, Word>, Word>;

// May the atom take this value? Not ok: the Status is the swap's, and nothing happened. Part of the
// program, not of the domain: each process brings its own.
template <class F>
concept Validator = std::invocable<F, const Pin&, Word> &&
    std::same_as<std::invoke_result_t<F, const Pin&, Word>, Status>;

struct AnyValue {
  Status operator()(const Pin&, Word) const { return {}; }
};

struct Swapped {
  Word before;
  Word after;
};

// The atom called `name`, made with `initial` if it is not there.
inline StatusOr<RootRef> open_atom(const Pin& pin, std::string_view name, Word initial) {
  auto word = named_root(pin, RootKind::kAtom, name, initial);
  if (!word.ok()) return word.status();
  return root_ref(*word);
}

// kNotFound: the reference is stale.
inline StatusOr<Word> deref(const Pin& pin, RootRef atom) {
  const RootRead read = read_root(pin, atom);
  if (read.ok()) return read.value;
  if (read.outcome == RootRead::Outcome::kDeleted) return not_found("the atom was deleted");
  return why_not(pin, CommitOutcome::kExpired);
}

// Sets the atom to function(edit, value). Both words are valid under `pin`. kNotFound,
// kResourceExhausted, kUnavailable (the pin expired: nothing happened), or what the validator says.
template <SwapFunction F, Validator V = AnyValue>
StatusOr<Swapped> swap_vals(const Pin& pin, RootRef atom, F&& function, V&& validate = {}) {
  Turns& turns = pin.worker().turns();
  if (turns.owes(atom.slot)) [[unlikely]]
    turns.let_by(pin);
  for (std::uint32_t tries = 1;; ++tries) {
    const RootRead read = read_root(pin, atom);
    if (!read.ok()) return deref(pin, atom).status();
    Edit edit = Edit::in_slab(pin);
    const Word next = function(edit, read.value);
    if (next == read.value) return Swapped{read.value, next};  // a no-op is no commit
    if (Status valid = validate(pin, next); !valid.ok()) return valid;
    const Change change[] = {{atom, read.version, next}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kCommitted) return Swapped{read.value, next};
    if (outcome != CommitOutcome::kConflict) return why_not(pin, outcome);
    turns.lost(pin, atom.slot, tries);
  }
}

// The same for who wants the new value only.
template <SwapFunction F, Validator V = AnyValue>
StatusOr<Word> swap(const Pin& pin, RootRef atom, F&& function, V&& validate = {}) {
  auto swapped = swap_vals(pin, atom, std::forward<F>(function), std::forward<V>(validate));
  if (!swapped.ok()) return swapped.status();
  return swapped->after;
}

// Sets the atom whatever it was; `value` must be shared. Errors as swap's.
template <Validator V = AnyValue>
StatusOr<Swapped> reset_vals(const Pin& pin, RootRef atom, Word value, V&& validate = {}) {
  return swap_vals(
      pin, atom, [value](Edit&, Word) { return value; }, std::forward<V>(validate));
}

// Sets the atom to `value` if what it holds is equal to `expected`; was it? Equal by value, as `=`,
// since nothing in a domain has another identity. Errors as swap's.
template <Validator V = AnyValue>
StatusOr<bool> compare_and_set(const Pin& pin, RootRef atom, Word expected, Word value,
                               V&& validate = {}) {
  bool was = false;
  auto swapped = swap_vals(
      pin, atom,
      [&](Edit&, Word now) {
        was = equal(pin, now, expected);
        return was ? value : now;
      },
      std::forward<V>(validate));
  if (!swapped.ok()) return swapped.status();
  return was;
}

}  // namespace yin::substrate
