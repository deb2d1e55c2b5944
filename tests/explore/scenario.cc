#include "tests/explore/scenario.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/explore/monitor.h"

namespace yin::explore {

using namespace substrate;

void Run::open(int process, bool join_too) {
  const int caller = World::get().current();
  World::get().set_current(process);
  auto opened = Domain::open({.path = "explored", .capacity_bytes = World::kCapacity});
  if (!opened.ok()) fail(opened.status().message());
  domains_[process] = *std::move(opened);
  World::get().set_current(caller);
  if (join_too) join(process);
}

void Run::join(int process) {
  const int caller = World::get().current();
  World::get().set_current(process);
  auto joined = Worker::join(*domains_[process]);
  World::get().set_current(caller);
  if (!joined.ok()) fail(joined.status().message());
  workers_[process] = *std::move(joined);
}

namespace {

constexpr std::string_view kText = "a number that is whole: ";

}  // namespace

Word Run::number(Edit& edit, std::int64_t n, std::size_t bytes) {
  std::string text = std::string(kText) + std::to_string(n) + ' ';
  text.resize(std::max(text.size(), bytes), '.');
  const Word item = from_string(edit, text);
  return bytes == 0 ? Vector::from(edit, {&item, 1}).word : item;
}

std::int64_t Run::number_in(const Pin& pin, Word value) {
  if (is_object(value, ObjectKind::kVector)) {
    require(header_of(pin, value)->kind == static_cast<std::uint8_t>(ObjectKind::kVector),
            "a value is no vector any more: it was overwritten");
    value = Vector{value}.nth(pin, 0);
  }
  require(is_string(value), "a value is no string: it was overwritten");
  const StringView view(pin, value);
  const std::string text(view.view());
  const std::size_t end = text.find(' ', kText.size());
  if (!text.starts_with(kText) || end == std::string::npos ||
      text.find_first_not_of('.', end + 1) != std::string::npos)
    fail("a value is not whole any more: " + text.substr(0, 64));
  return std::stoll(text.substr(kText.size()));
}

void Run::use_first_slabs() {
  for (int i = 0; i < 2; ++i) require(collect(worker(0)).ok(), "no cycle to set up with");
  leave(0);
  join(0);
}

RootRef Run::make_root(std::int64_t n, std::size_t bytes) {
  const Pin pin(worker(0));
  Edit edit = Edit::in_slab(pin);
  const auto fresh = new_root(pin, RootKind::kAtom);
  require(fresh.ok(), "no root to set up with");
  const Change change[] = {{fresh->ref, fresh->expected, number(edit, n, bytes)}};
  require(substrate::commit(pin, change) == CommitOutcome::kCommitted, "no commit to set up with");
  model_.slots[raw(fresh->ref.slot)] = n;
  return fresh->ref;
}

void Run::set_up(std::initializer_list<RootRef*> roots, int processes) {
  use_first_slabs();
  std::int64_t n = 0;
  for (RootRef* ref : roots) *ref = make_root(++n);
  open_all(processes);
}

bool Run::read(const Pin& pin, int self, RootRef ref, Seen& now) {
  const std::size_t id = history_.begin(self, AtomOperation::read(raw(ref.slot)), tick());
  const RootRead found = read_root(pin, ref);
  if (!found.ok()) {
    (void)history_.end(id, tick());  // outcome unknown: it explains nothing
    return false;
  }
  now = {ref, number_in(pin, found.value), found.version, found.value};
  AtomOperation& op = history_.end(id, tick());
  op.parts[0].expected = now.number;
  op.outcome = AtomOperation::Outcome::kDone;
  return true;
}

void Run::replace(int self, RootRef ref, std::int64_t n) {
  const Pin pin(worker(self));
  Seen now;
  if (read(pin, self, ref, now)) (void)commit(pin, self, {{&now, n}});
}

void Run::replace_both(int self, To one, To other) {
  const Pin pin(worker(self));
  Seen a;
  Seen b;
  if (read(pin, self, one.ref, a) && read(pin, self, other.ref, b))
    (void)commit(pin, self, {{&a, one.number}, {&b, other.number}});
}

CommitOutcome Run::commit(const Pin& pin, int self, std::initializer_list<Next> changes) {
  Edit edit = Edit::in_slab(pin);
  std::vector<Change> all;
  std::vector<AtomOperation::Part> parts;
  bool keeps = false;
  for (const Next& next : changes) {
    const bool kept = next.number == next.seen->number;
    keeps = keeps || kept;
    const Word value = kept ? next.seen->value : number(edit, next.number, next.bytes);
    all.push_back({next.seen->ref, next.seen->version, value});
    parts.push_back({raw(next.seen->ref.slot), next.seen->number, next.number});
  }
  const std::size_t id = history_.begin(self, AtomOperation::commit(std::move(parts)), tick());
  const CommitOutcome outcome = substrate::commit(pin, all);
  // A slot that is kept has a new version of the same number: the model cannot tell such a conflict
  // from one without reason. What did not happen otherwise explains nothing either.
  if (outcome == CommitOutcome::kCommitted)
    history_.end(id, tick()).outcome = AtomOperation::Outcome::kDone;
  else if (outcome == CommitOutcome::kConflict && !keeps)
    history_.end(id, tick()).outcome = AtomOperation::Outcome::kConflict;
  else
    history_.end(id, tick()) = AtomOperation::commit({});
  return outcome;
}

void Run::check_history() const {
  const auto found = tests::check_linearizable(history_, model_);
  if (found.verdict == tests::Linearizability::Verdict::kNo)
    fail("no order of the operations explains their results:\n" + tests::show(history_));
}

bool Run::died() const {
  for (int i = 1; i < kProcesses; ++i) {
    if (domains_[i] != nullptr && !World::get().alive(i)) return true;
  }
  return false;
}

bool Run::lives(std::uint16_t owner) const {
  for (int i = 0; i < kProcesses; ++i) {
    if (workers_[i] != nullptr && World::get().alive(i) && workers_[i]->owner() == owner)
      return true;
  }
  return false;
}

void Run::settle() {
  Worker& mine = worker(0);
  (void)adopt_dead_workers(mine);
  // Whoever died before a wake, his adopter has made up for it.
  World::get().each_overslept([](std::uint64_t offset) {
    if (const std::string name = Monitor::name(offset); name.ends_with(".head"))
      fail("a sleeper was not woken: " + name);
  });
  for (int i = 0; i < 2; ++i) {
    const VerifyReport seen = verify(mine);
    if (!seen.clean()) fail("verify finds: " + seen.findings.front());
    const auto collected = collect(mine);
    if (!collected.ok()) fail("no cycle at the end: " + collected.status().message());
  }
  // No slab belongs to nobody who lives.
  Domain& own = domain(0);
  const SlabMap map(own);
  for (std::uint32_t slab = map.lead(); slab < own.state().next_slab.load_seq(); ++slab) {
    const SlabDescriptor& d = map.descriptor(slab);
    const std::uint16_t owner = unpack_slab(d.state.load_seq()).owner;
    if (owner == 0 || owner == 0xffff) continue;
    if (!lives(owner))
      fail("slab " + std::to_string(slab) + " belongs to worker " + std::to_string(owner - 1) +
           ", who is gone");
  }
  // Nor does anybody wait for, or hold anything for, somebody who is gone.
  each_worker_slot(own, [](std::uint32_t index, const WorkerSlot& slot) {
    const auto lease = static_cast<LeaseState>(slot.lease.load_seq() & 0xff);
    if (lease == LeaseState::kFree && (slot.pin.load_seq() & kPinOn) != 0)
      fail("worker " + std::to_string(index) + " is nobody, and pinned");
  });
  for (std::uint32_t i = 0; i < own.state().next_hold.load_seq(); ++i) {
    const HoldState hold =
        unpack_hold(table_at<RootHold>(own, own.state().holds, kHoldTable, i).state.load_seq());
    const bool held = hold.phase != HoldPhase::kFree && !hold.dropped && hold.owner != 0;
    if (held && !lives(hold.owner))
      fail("a hold of worker " + std::to_string(hold.owner - 1) + ", who is gone");
  }
  check_history();
}

}  // namespace yin::explore
