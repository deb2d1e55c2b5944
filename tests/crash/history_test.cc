// Atoms are linearizable, whoever dies in the middle of what: several processes swap, reset, compare
// and set, commit several atoms at once, read and take snapshots, are killed at any instruction and
// replaced, and write down what they asked and were told in memory that outlives them. Every history
// must have one order that explains all of it; what somebody was killed in may stand in it or not.
//
// To search for an order takes exponential time in what is under way at once, so a history is a
// window: all stop when each process has done its share, somebody reads all atoms, and what the last
// window ended with is what the next begins with. An undecided commit of a dead process is decided
// by that read at the latest. Bounds: kLanes at once, kShare operations of each, at most kDeathsMax of
// them unfinished; the search gives up at kStatesMax states, which counts as a failure.

#include <algorithm>
#include <array>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/crash/fire.h"
#include "tests/support/effort.h"
#include "tests/support/linearizability.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

using Kind = AtomOperation::Kind;
using Outcome = AtomOperation::Outcome;

constexpr std::size_t kLanes = 4;
constexpr std::size_t kAtoms = 4;
constexpr std::uint32_t kShare = 48;     // operations of a lane in a window
constexpr std::uint32_t kDeathsMax = 4;  // in a window
constexpr std::uint64_t kStatesMax = 300'000;
constexpr std::int64_t kNoValue = -1;

// One operation, as its process writes it down: what is asked before `began`, what is told before
// `ended`. A swap does not know beforehand what it will replace; it says so before each try.
struct Written {
  SharedWord began, ended;  // ticks, 0: not yet
  SharedHalf kind, outcome;
  SharedHalf parts, unused;
  struct {
    SharedWord expected, value;
    SharedHalf slot, unused;
  } part[kAtoms];
};

struct Page {
  SharedHalf window;  // that is open
  SharedHalf stop;
  SharedHalf broken;
  SharedHalf deaths;  // planned in this window
  SharedWord tick;
  SharedWord cycles, adopted;
  std::array<SharedHalf, kLanes> doing;
  struct Lane {
    alignas(64) SharedHalf finished;  // windows
    SharedHalf written;               // operations of this window, begun ones too
    SharedWord fresh;                 // no number is written twice
    Written operations[kShare];
  } lanes[kLanes];
};

// A value that is made of a number, and shows whether it is whole: small, in one object, in several.
Word value_of(Edit& edit, std::int64_t n) {
  if (n % 3 == 0) return int_word(n);
  const Word text = from_string(edit, "number " + std::to_string(n) + " in an atom");
  if (n % 3 == 1) return text;
  const Word items[] = {int_word(n), text, Map().assoc(edit, text, int_word(n)).word};
  return Vector::from(edit, items).word;
}
// The number, kNoValue: it is not whole.
std::int64_t number_in(const Pin& pin, Word value) {
  if (is_small_int(value)) return small_int(value);
  if (is_string(value)) {
    const std::string text = to_string(pin, value);
    if (!text.starts_with("number ") || !text.ends_with(" in an atom")) return kNoValue;
    return std::stoll(text.substr(7));
  }
  if (!is_object(value, ObjectKind::kVector)) return kNoValue;
  const Vector items{value};
  if (items.count(pin) != 3 || !is_small_int(items.nth(pin, 0))) return kNoValue;
  const std::int64_t n = small_int(items.nth(pin, 0));
  const Word text = items.nth(pin, 1);
  if (!is_string(text) || number_in(pin, text) != n) return kNoValue;
  const Word found = Map{items.nth(pin, 2)}.find(pin, text);
  return found == int_word(n) ? n : kNoValue;
}

// What one process does and writes down in its lane, until the lane's share is done.
class Client {
 public:
  using Atoms = std::array<RootRef, kAtoms>;

  Client(Worker& worker, Page& page, std::size_t self, std::uint64_t seed, const Atoms& atoms)
      : worker_(worker),
        page_(page),
        lane_(page.lanes[self]),
        doing_(page.doing[self]),
        first_number_(static_cast<std::int64_t>(self + 1) * 1'000'000'000),
        random_(seed),
        atoms_(atoms) {
    known_.fill(kNoValue);
  }

  void do_share() {
    keeps_ = page_.window.load_seq() % 2 == 0;
    // What this lane's last process was killed in stays as it stands.
    if (lane_.written.load_seq() < kShare && operation().began.load_seq() != 0)
      lane_.written.add_seq(1);
    while (lane_.written.load_seq() < kShare && page_.broken.load_seq() == 0) {
      one();
      worker_.nursery().reset();
      if (random_.one_in(100)) look_after_others();
    }
  }

 private:
  Written& operation() { return lane_.operations[lane_.written.load_relaxed()]; }
  std::uint64_t tick() { return page_.tick.add_seq(1) + 1; }
  std::int64_t fresh_number() {
    return first_number_ + static_cast<std::int64_t>(lane_.fresh.add_seq(1));
  }
  std::size_t any_atom() { return random_.below(kAtoms); }

  // ---- writing down ------------------------------------------------------------------------

  struct Part {
    std::size_t atom;
    std::int64_t expected;
    std::int64_t value;
  };
  void write_parts(std::span<const Part> parts) {
    Written& w = operation();
    w.parts.store_seq(0);  // what was said of the try before is past
    for (std::size_t i = 0; i < parts.size(); ++i) {
      w.part[i].slot.store_relaxed(static_cast<std::uint32_t>(parts[i].atom));  // the count carries
      w.part[i].expected.store_relaxed(static_cast<std::uint64_t>(parts[i].expected));
      w.part[i].value.store_relaxed(static_cast<std::uint64_t>(parts[i].value));
    }
    w.parts.store_seq(static_cast<std::uint32_t>(parts.size()));
  }
  void begin(Kind kind, std::span<const Part> parts = {}) {
    Written& w = operation();
    w.kind.store_relaxed(static_cast<std::uint32_t>(kind));  // `began` carries it
    write_parts(parts);
    w.began.store_seq(tick());
  }
  void end(Outcome outcome) {
    Written& w = operation();
    w.outcome.store_relaxed(static_cast<std::uint32_t>(outcome));  // `ended` carries it
    w.ended.store_seq(tick());
    lane_.written.add_seq(1);
  }
  // It did not happen, and that says nothing.
  void end_as_nothing() {
    write_parts({});
    end(Outcome::kDone);
  }
  // After one that was not done for want of room, or because this process was passed by.
  void give_up() {
    worker_.clear_space_status();
    end_as_nothing();
  }

  // ---- operations --------------------------------------------------------------------------

  void one() {
    const Pin pin(worker_);
    const std::uint64_t which = random_.below(100);
    if (which < 30) return do_swap(pin);
    if (which < 40) return do_reset(pin);
    if (which < 52) return do_compare_and_set(pin);
    if (which < 78) return do_commit(pin);
    if (which < 90) return do_read(pin);
    if (keeps_ && which < 95) return look_by_commit(pin);
    look_by_snapshot(pin);
  }

  std::int64_t see(const Pin& pin, std::size_t atom, Word value) {
    known_[atom] = number_in(pin, value);
    if (known_[atom] == kNoValue) page_.broken.store_seq(1);
    return known_[atom];
  }

  void do_swap(const Pin& pin) {
    const At at(doing_, Doing::kCommit);
    const std::size_t atom = any_atom();
    begin(Kind::kCommit);
    const auto swapped = swap(pin, atoms_[atom], [&](Edit& edit, Word now) {
      const Part part{atom, see(pin, atom, now), fresh_number()};
      write_parts({&part, 1});
      return value_of(edit, part.value);
    });
    swapped.ok() ? end(Outcome::kDone) : give_up();
  }

  void do_reset(const Pin& pin) {
    const At at(doing_, Doing::kCommit);
    const Part part{any_atom(), 0, fresh_number()};
    Edit edit = Edit::in_slab(pin);
    const Word value = value_of(edit, part.value);
    begin(Kind::kReset, {&part, 1});
    reset_root(pin, atoms_[part.atom], value).ok() ? end(Outcome::kDone) : give_up();
  }

  // Against what was seen last, often long ago: equal by value, however the version may be.
  void do_compare_and_set(const Pin& pin) {
    const At at(doing_, Doing::kCommit);
    const Part part{any_atom(), 0, fresh_number()};
    if (known_[part.atom] == kNoValue) return;
    const Part known{part.atom, known_[part.atom], part.value};
    Edit scratch = Edit::in_nursery(pin);
    Edit edit = Edit::in_slab(pin);
    const Word expected = value_of(scratch, known.expected);
    const Word value = value_of(edit, known.value);
    begin(Kind::kCommit, {&known, 1});
    const auto was = compare_and_set(pin, atoms_[known.atom], expected, value);
    if (!was.ok()) return give_up();
    if (*was) known_[known.atom] = known.value;
    end(*was ? Outcome::kDone : Outcome::kConflict);
  }

  // Several atoms at once, some of them as they are.
  void do_commit(const Pin& pin) {
    const At at(doing_, Doing::kCommitMany);
    Edit edit = Edit::in_slab(pin);
    Part parts[kAtoms];
    Change changes[kAtoms];
    const std::size_t count = 1 + random_.below(kAtoms);
    const std::size_t first = any_atom();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t atom = (first + i) % kAtoms;
      const RootRead now = read_root(pin, atoms_[atom]);
      if (!now.ok()) return;  // nothing was asked yet
      parts[i] = {atom, see(pin, atom, now.value), 0};
      const bool keeps = keeps_ && count > 1 && random_.one_in(4);
      parts[i].value = keeps ? parts[i].expected : fresh_number();
      const Word value = keeps ? now.value : value_of(edit, parts[i].value);
      changes[i] = {atoms_[atom], now.version, value};
    }
    begin(Kind::kCommit, {parts, count});
    switch (commit(pin, {changes, count})) {
      case CommitOutcome::kCommitted:
        return end(Outcome::kDone);
      case CommitOutcome::kConflict:
        // Where atoms are kept, one may have a new version of the number it had: no reason is seen.
        return keeps_ ? end_as_nothing() : end(Outcome::kConflict);
      default:
        return give_up();
    }
  }

  void do_read(const Pin& pin) {
    const At at(doing_, Doing::kRead);
    Part part{any_atom(), 0, 0};
    begin(Kind::kRead);
    const auto value = deref(pin, atoms_[part.atom]);
    if (!value.ok()) return give_up();
    part.expected = see(pin, part.atom, *value);
    write_parts({&part, 1});
    end(Outcome::kDone);
  }

  // All atoms at one instant: committed as they are.
  void look_by_commit(const Pin& pin) {
    const At at(doing_, Doing::kCommitMany);
    Part parts[kAtoms];
    Change changes[kAtoms];
    begin(Kind::kRead);
    for (std::size_t i = 0; i < kAtoms; ++i) {
      const RootRead now = read_root(pin, atoms_[i]);
      if (!now.ok()) return give_up();
      parts[i] = {i, see(pin, i, now.value), 0};
      changes[i] = {atoms_[i], now.version, now.value};
    }
    if (commit(pin, changes) != CommitOutcome::kCommitted) return give_up();
    write_parts(parts);
    end(Outcome::kDone);
  }

  void look_by_snapshot(const Pin& pin) {
    const At at(doing_, Doing::kHold);
    Part parts[kAtoms];
    begin(Kind::kRead);
    const auto snapshot = Snapshot::take(pin);
    if (!snapshot.ok()) return give_up();
    for (std::size_t i = 0; i < kAtoms; ++i) {
      const RootRead then = snapshot->read(pin, atoms_[i]);
      if (then.outcome == RootRead::Outcome::kExpired) return give_up();
      if (!then.ok()) return page_.broken.store_seq(2);  // it was there then
      parts[i] = {i, number_in(pin, then.value), 0};
      if (parts[i].expected == kNoValue) page_.broken.store_seq(1);
    }
    write_parts(parts);
    end(Outcome::kDone);
  }

  void look_after_others() {
    {
      const At at(doing_, Doing::kAdopt);
      page_.adopted.add_seq(adopt_dead_workers(worker_).workers);
    }
    const At at(doing_, Doing::kCollect);
    const auto done = collect(worker_, {.stopped_ms = 1, .slow_ms = 4, .takeover_ms = 2});
    page_.cycles.add_seq(done.ok() ? 1 : 0);
  }

  Worker& worker_;
  Page& page_;
  Page::Lane& lane_;
  SharedHalf& doing_;
  std::int64_t first_number_;
  Random random_;
  const Atoms& atoms_;
  std::array<std::int64_t, kAtoms> known_;  // what was seen last
  bool keeps_ = false;
};

int run_client(const std::string& path, Page& page, std::size_t self, std::uint64_t seed) {
  Random random(seed);
  if (random.one_in(20)) die_in_us(1 + random.below(1'000));  // at the door
  SharedHalf& doing = page.doing[self];
  doing.store_seq(static_cast<std::uint32_t>(Doing::kJoin));
  const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
  const auto worker = join(*domain);
  Client::Atoms atoms;
  for (std::size_t i = 0; i < kAtoms; ++i) {
    const Pin pin(*worker);
    atoms[i] = root_ref(find_named_root(pin, "atom" + std::to_string(i)));
  }
  doing.store_seq(static_cast<std::uint32_t>(Doing::kNothing));
  die_in_us(0);
  const Stumbles stumbles(seed);
  Client client(*worker, page, self, random.bits(), atoms);
  SharedHalf& finished = page.lanes[self].finished;
  while (page.stop.load_seq() == 0) {
    const std::uint32_t window = page.window.load_seq();
    if (window == finished.load_seq()) {
      park_on(page.window, window);
      continue;
    }
    if (page.deaths.add_seq(1) < kDeathsMax) die_in_us(1 + random.below(2'500));
    client.do_share();
    die_in_us(0);
    finished.store_seq(window);
  }
  return 0;
}

// What the lanes have written down, but for what had no effect and told nothing.
History<AtomOperation> history_of(const Page& page) {
  History<AtomOperation> history;
  for (std::size_t self = 0; self < kLanes; ++self) {
    for (const Written& w : page.lanes[self].operations) {
      const std::uint32_t parts = w.parts.load_seq();
      if (w.began.load_seq() == 0 || parts == 0) continue;
      AtomOperation op{static_cast<Kind>(w.kind.load_seq()), {}, Outcome::kUnknown};
      const std::uint64_t ended = w.ended.load_seq();
      if (ended != 0) op.outcome = static_cast<Outcome>(w.outcome.load_seq());
      if (ended == 0 && op.kind == Kind::kRead) continue;
      for (std::uint32_t i = 0; i < parts; ++i) {
        op.parts.push_back({w.part[i].slot.load_seq(),
                            static_cast<std::int64_t>(w.part[i].expected.load_seq()),
                            static_cast<std::int64_t>(w.part[i].value.load_seq())});
      }
      history.add({static_cast<int>(self), w.began.load_seq(),
                   ended == 0 ? History<AtomOperation>::kNever : ended, std::move(op)});
    }
  }
  return history;
}

class Histories {
 public:
  explicit Histories(std::uint64_t seed) : seed_(seed) {
    domain_ = open_domain(
        {.path = path_, .mode = OpenMode::kCreate, .capacity_bytes = std::uint64_t{64} << 20});
    worker_ = join(*domain_);
    for (std::size_t i = 0; i < kAtoms; ++i) {
      const Pin pin(*worker_);
      const auto initial = static_cast<std::int64_t>(i);
      Edit edit = Edit::in_slab(pin);
      const Word value = value_of(edit, initial);
      const auto atom = open_atom(pin, "atom" + std::to_string(i), value);
      REQUIRE(atom.ok());
      atoms_[i] = *atom;
      model_.slots[static_cast<std::uint32_t>(i)] = initial;
    }
  }

  void run(int windows) {
    Lanes lanes(page_->doing, seed_, [&](std::size_t self, std::uint64_t seed) {
      return run_client(path_, *page_, self, seed);
    });
    for (int window = 1; window <= windows; ++window) {
      open_window(static_cast<std::uint32_t>(window));
      while (!finished(static_cast<std::uint32_t>(window)) && page_->broken.load_seq() == 0)
        REQUIRE(lanes.tend());
      REQUIRE(page_->broken.load_seq() == 0);
      check_window();
      if (window % 200 == 0) REQUIRE(verify(*worker_).clean());
    }
    page_->stop.store_seq(1);
    wake_all(page_->window);
    REQUIRE(lanes.end() == 0);
    report(windows, lanes.deaths());
    (void)adopt_dead_workers(*worker_);
    REQUIRE(verify(*worker_).clean());
    for (int i = 0; i < 3; ++i) REQUIRE(collect(*worker_).ok());
    REQUIRE(verify(*worker_).clean());
  }

 private:
  void open_window(std::uint32_t window) {
    for (Page::Lane& lane : page_->lanes) {
      for (Written& w : lane.operations) {
        w.began.store_seq(0);
        w.ended.store_seq(0);
      }
      lane.written.store_seq(0);
    }
    page_->deaths.store_seq(0);
    page_->window.store_seq(window);
    wake_all(page_->window);
  }
  bool finished(std::uint32_t window) const {
    return std::ranges::all_of(
        page_->lanes, [&](const Page::Lane& lane) { return lane.finished.load_seq() == window; });
  }

  void check_window() {
    History<AtomOperation> history = history_of(*page_);
    // What is there at the end; all that was undecided is decided by these reads.
    AtomModel then;
    for (std::uint32_t i = 0; i < kAtoms; ++i) {
      const Pin pin(*worker_);
      const std::uint64_t began = page_->tick.add_seq(1) + 1;
      const auto value = deref(pin, atoms_[i]);
      REQUIRE(value.ok());
      then.slots[i] = number_in(pin, *value);
      REQUIRE(then.slots[i] != kNoValue);
      history.add({kReferee,
                   began,
                   page_->tick.add_seq(1) + 1,
                   {Kind::kRead, {{i, then.slots[i], 0}}, Outcome::kDone}});
    }
    const auto found = check_linearizable(history, model_, kStatesMax);
    if (!found.ok()) {
      FAIL((found.verdict == Linearizability::Verdict::kNo ? "no order explains this:\n"
                                                           : "the search was given up on this:\n")
           << show(history));
    }
    operations_ += history.events().size() - kAtoms;
    unfinished_ += static_cast<std::uint64_t>(std::ranges::count_if(
        history.events(), [](const auto& e) { return e.ended == History<AtomOperation>::kNever; }));
    states_max_ = std::max(states_max_, found.states);
    model_ = then;
  }

  void report(int windows, const Deaths& deaths) const {
    std::cout << "histories: seed " << seed_ << ", " << windows << " windows, " << operations_
              << " operations, " << unfinished_ << " of them unfinished, " << deaths.all
              << " kills, " << deaths.stops << " stops, " << page_->cycles.load_seq() << " cycles, "
              << page_->adopted.load_seq() << " adoptions, at most " << states_max_
              << " states a window\n";
  }

  static constexpr int kReferee = static_cast<int>(kLanes);

  std::uint64_t seed_;
  Scratch scratch_;
  std::string path_ = scratch_.file("histories.yin");
  SharedPage<Page> page_;
  std::unique_ptr<Domain> domain_;
  std::unique_ptr<Worker> worker_;
  Client::Atoms atoms_;
  AtomModel model_;
  std::uint64_t operations_ = 0;
  std::uint64_t unfinished_ = 0;
  std::uint64_t states_max_ = 0;
};

}  // namespace

TEST_CASE("whoever is killed in what, atoms have one history that explains all that was told") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Histories(seed).run(yin::test::effort(1'000));
}

TEST_CASE("the same through many histories", "[long]") {
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t seed = test_seed();
    INFO("YIN_SEED=" << seed);
    Histories(seed).run(yin::test::effort(2'000));
  }
}
