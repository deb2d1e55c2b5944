#include "substrate/root.h"

#include <algorithm>
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

// Is it a reference of this kind? Else why not.
Status is_of_kind(Word ref, RootKind kind, std::string_view name) {
  if (is_absent(ref)) return not_found("there is no \"" + std::string(name) + "\"");
  if (root_ref(ref).kind == kind) return {};
  return invalid_argument("\"" + std::string(name) + "\" is the name of a " +
                          std::string(root_kind_name(root_ref(ref).kind)) + ", not of a " +
                          std::string(root_kind_name(kind)));
}

// A short wait would be the place for a turn hint (protocol.md 3.6); tries are few where names are
// made.
template <class Try>
Status until_committed(const Pin& pin, Try&& attempt) {
  for (;;) {
    const CommitOutcome outcome = attempt();
    if (outcome == CommitOutcome::kCommitted) return {};
    if (outcome != CommitOutcome::kConflict) return why_not(pin, outcome);
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
      wrong_kind = is_of_kind(result, kind, name);
      return CommitOutcome::kCommitted;
    }
    auto fresh = new_root(pin, kind);
    if (!fresh.ok()) {
      wrong_kind = fresh.status();
      pin.worker().clear_space_status();  // of the key, which nobody gets
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

Status delete_named_root(const Pin& pin, RootKind kind, std::string_view name) {
  Status found;
  SlotIndex slot{};
  const Status committed = until_committed(pin, [&] {
    const RootRead registry = read_root(pin, kRegistry);
    if (!registry.ok()) return CommitOutcome::kExpired;
    Edit edit = Edit::in_slab(pin);
    const Word key = from_string(edit, name);
    const Word ref = Map{registry.value}.find(pin, key);
    found = is_of_kind(ref, kind, name);
    if (!found.ok()) return CommitOutcome::kCommitted;
    slot = root_ref(ref).slot;
    const RootRead now = read_root(pin, root_ref(ref));
    const Change changes[] = {
        {kRegistry, registry.version, Map{registry.value}.dissoc(edit, key).word},
        {root_ref(ref), now.version, kTombstone}};
    return commit(pin, changes);
  });
  if (!committed.ok()) return committed;
  if (found.ok()) give_up_root(pin, slot);
  return found;
}

Status rename_root(const Pin& pin, RootKind kind, std::string_view from, std::string_view to) {
  Status found;
  const Status committed = until_committed(pin, [&] {
    const RootRead registry = read_root(pin, kRegistry);
    if (!registry.ok()) return CommitOutcome::kExpired;
    Edit edit = Edit::in_slab(pin);
    const Map names{registry.value};
    const Word old_key = from_string(edit, from);
    const Word new_key = from_string(edit, to);
    const Word ref = names.find(pin, old_key);
    found = is_of_kind(ref, kind, from);
    if (found.ok() && names.contains(pin, new_key))
      found = already_exists("the name \"" + std::string(to) + "\" is taken");
    if (!found.ok()) return CommitOutcome::kCommitted;
    const Change change[] = {
        {kRegistry, registry.version, names.dissoc(edit, old_key).assoc(edit, new_key, ref).word}};
    return commit(pin, change);
  });
  return committed.ok() ? found : committed;
}

std::vector<NamedRoot> list_named_roots(const Pin& pin, RootKind kind) {
  std::vector<NamedRoot> roots;
  const RootRead registry = read_root(pin, kRegistry);
  if (!registry.ok()) return roots;
  for (MapIterator it(pin, Map{registry.value}); !it.done(); it.next()) {
    const MapEntry& entry = it.entry();
    if (is_root(entry.value, kind)) roots.push_back({to_string(pin, entry.key), entry.value});
  }
  std::ranges::sort(roots, {}, &NamedRoot::name);
  return roots;
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
