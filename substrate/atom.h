#pragma once

// Atom: a root slot with Clojure's verbs, for host programs. (Agents' own verbs are effects, see
// vm/effect.h.)
//
// A swap reads the atom, builds a new value in the slab, and commits it against the version it
// read; if another commit was first it reads again. It is lock-free: somebody always gets on. The
// function may run many times, so it must have no side effects. What deref returns is valid as long
// as the pin it was read with.

#include <concepts>
#include <string_view>
#include <utility>

#include "substrate/commit.h"
#include "substrate/edit.h"
#include "substrate/root.h"
#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::substrate {

template <class F>
concept SwapFunction =
    std::invocable<F, Edit&, Word> && std::same_as<std::invoke_result_t<F, Edit&, Word>, Word>;

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
  return unavailable("the pin expired while this process was stopped; try again with a new one");
}

// Sets the atom to function(edit, value) and returns the new value, valid under `pin`. kNotFound,
// kResourceExhausted, kUnavailable (the pin expired: nothing happened).
template <SwapFunction F>
StatusOr<Word> swap(const Pin& pin, RootRef atom, F&& function) {
  for (;;) {
    const RootRead read = read_root(pin, atom);
    if (!read.ok()) return deref(pin, atom).status();
    Edit edit = Edit::in_slab(pin);
    const Word next = std::forward<F>(function)(edit, read.value);
    if (next == read.value) return next;  // a no-op is no commit
    const Change change[] = {{atom, read.version, next}};
    switch (commit(pin, change)) {
      case CommitOutcome::kCommitted:
        return next;
      case CommitOutcome::kConflict:
        break;
      case CommitOutcome::kExpired:
        return unavailable(
            "the pin expired while this process was stopped; try again with a new one");
      case CommitOutcome::kNoSpace: {
        Status why = pin.worker().space_status();
        pin.worker().clear_space_status();
        return why;
      }
    }
  }
}

}  // namespace yin::substrate
