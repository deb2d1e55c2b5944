#include "substrate/root.h"

#include <iterator>
#include <string>

#include "substrate/commit.h"
#include "substrate/map.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

constexpr RootRef kRegistry{RootKind::kRegistry, SlotIndex{kRegistrySlot}, 1};

std::string_view root_kind_name(RootKind kind) {
  constexpr std::string_view kNames[] = {"registry", "atom", "agent", "stream", "cursor", "var"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kNames) ? kNames[index] : "root";
}

// A short wait would be the place for a turn hint (protocol.md 3.6); tries are few where names are
// made.
template <class Try>
Status until_committed(const Pin& pin, Try&& attempt) {
  for (;;) {
    switch (attempt()) {
      case CommitOutcome::kCommitted:
        return {};
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

}  // namespace

Word find_named_root(const Pin& pin, std::string_view name) {
  const RootRead registry = read_root(pin, kRegistry);
  if (!registry.ok()) return kAbsent;
  Edit edit = Edit::in_nursery(pin);
  return Map{registry.value}.find(pin, from_string(edit, name));
}

StatusOr<Word> named_root(const Pin& pin, RootKind kind, std::string_view name, Word initial) {
  Word result = kAbsent;
  Status wrong_kind;
  const Status committed = until_committed(pin, [&] {
    const RootRead registry = read_root(pin, kRegistry);
    if (!registry.ok()) return CommitOutcome::kExpired;
    Edit edit = Edit::in_slab(pin);
    const Word key = from_string(edit, name);
    result = Map{registry.value}.find(pin, key);
    if (!is_absent(result)) {
      if (root_ref(result).kind != kind) {
        wrong_kind = invalid_argument("\"" + std::string(name) + "\" is the name of a " +
                                      std::string(root_kind_name(root_ref(result).kind)) +
                                      ", not of a " + std::string(root_kind_name(kind)));
      }
      return CommitOutcome::kCommitted;
    }
    auto fresh = new_root(pin, kind);
    if (!fresh.ok()) {
      wrong_kind = fresh.status();
      return CommitOutcome::kCommitted;
    }
    result = root_word(fresh->ref);
    const Change changes[] = {
        {kRegistry, registry.version, Map{registry.value}.assoc(edit, key, result).word},
        {fresh->ref, fresh->expected, initial}};
    const CommitOutcome outcome = commit(pin, changes);
    if (outcome != CommitOutcome::kCommitted) give_up_root(pin, fresh->ref.slot);
    return outcome;
  });
  if (!committed.ok()) return committed;
  if (!wrong_kind.ok()) return wrong_kind;
  return result;
}

Status reset_root(const Pin& pin, RootRef ref, Word value) {
  bool deleted = false;
  Status committed = until_committed(pin, [&] {
    const RootRead now = read_root(pin, ref);
    if (now.outcome == RootRead::Outcome::kExpired) return CommitOutcome::kExpired;
    deleted = now.outcome == RootRead::Outcome::kDeleted;
    if (deleted) return CommitOutcome::kCommitted;
    const Change change[] = {{ref, now.version, value}};
    return commit(pin, change);
  });
  if (deleted) return not_found("the root was deleted");
  return committed;
}

}  // namespace yin::substrate
