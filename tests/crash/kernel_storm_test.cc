// The kernel under fire: processes commit to shared roots, of one slot and of several, hold values and
// instants, watch, name and make roots, and are killed at any instruction: joining, allocating,
// sweeping, committing, helping, adopting or collecting. At the end every committed step counts once,
// none is lost, and the domain is clean.
//
// What was committed is known from the domain itself: every step of several roots also counts itself
// in its process's ledger, a root of the same commit. And from outside: a page of the test holds how
// many steps a process knew to be committed; whoever takes its place finds that many, or one more if
// it died between the commit and telling.

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "substrate/watch.h"
#include "tests/crash/fire.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr std::size_t kWriters = 4;
constexpr std::size_t kCounters = 3;
constexpr std::size_t kAccounts = 5;
constexpr std::int64_t kMoney = 1'000;
constexpr std::int64_t kAllMoney = kMoney * static_cast<std::int64_t>(kAccounts);

// Keys of a ledger.
enum Entry : std::int64_t { kTotal, kIncrements, kWords, kTransfers, kRoots, kTexts, kRoot };
constexpr Word key(Entry e) { return int_word(e); }

constexpr std::size_t kNames = 1'500;
constexpr std::uint64_t kMadeRoots = 900;  // by name; more than the slot table begins with
constexpr std::size_t kHandles = 40;  // a process; all together more than the table begins with

enum class Broken : std::uint32_t {
  kNo,
  kLostOrDoubled,
  kOwnLostOrDoubled,
  kSum,
  kTree,
  kText,
  kNoSpace,
  kStatus,
  kHandle,
  kSnapshot,
  kWatch,
  kName,
  kMadeRoot
};

struct Page {
  SharedHalf stop;
  SharedHalf broken;
  SharedWord cycles;
  SharedWord adopted;
  SharedWord helped;  // reads that met somebody's undecided commit
  SharedWord looks;   // at handles, snapshots and watches
  std::array<SharedHalf, kWriters + 1> doing;
  std::array<SharedHalf, kNames> names;  // id + 1 of each, as the first who knew it said
  struct {
    alignas(64) SharedWord confirmed;  // steps in the ledger that the process knows of
    SharedWord own;                    // the same for its own counter
  } of[kWriters];
};

struct Roots {
  std::array<RootRef, kCounters> counters;
  std::array<RootRef, kAccounts> accounts;
  std::array<RootRef, kWriters> ledgers, own, texts;
  RootRef words;
};

RootRef open_root(Worker& worker, const std::string& name, Word initial) {
  for (int tries = 0; tries < 100; ++tries) {
    {
      const Pin pin(worker);
      const auto ref = open_atom(pin, name, initial);
      if (ref.ok()) return *ref;
    }
    (void)collect(worker).ok();
  }
  die("a name found no room");
}

Roots open_roots(Worker& worker) {
  Roots r;
  const auto open_all = [&](auto& refs, const std::string& name, Word initial) {
    for (std::size_t i = 0; i < refs.size(); ++i)
      refs[i] = open_root(worker, name + std::to_string(i), initial);
  };
  open_all(r.counters, "counter number ", int_word(0));
  open_all(r.accounts, "account number ", int_word(kMoney));
  open_all(r.ledgers, "ledger number ", kEmptyMap);
  open_all(r.own, "own counter number ", int_word(0));
  open_all(r.texts, "text number ", kNil);
  r.words = open_root(worker, "words", kEmptyMap);
  return r;
}

std::int64_t count_in(const Pin& pin, Word ledger, Word entry) {
  return small_int(Map{ledger}.get(pin, entry, int_word(0)));
}

Word tree_of(Edit& edit, std::int64_t n) {
  std::vector<Word> items;
  for (std::int64_t i = 0; i < 10 + n % 50; ++i)
    items.push_back(from_string(edit, "leaf number " + std::to_string(n + i)));
  items.push_back(int_word(n));
  return Vector::from(edit, items).word;
}
bool is_tree(const Pin& pin, Word w) {
  if (!is_object(w, ObjectKind::kVector)) return false;
  const Vector items{w};
  const std::uint64_t count = items.count(pin);
  const std::int64_t n = small_int(items.nth(pin, count - 1));
  if (count != static_cast<std::uint64_t>(11 + n % 50)) return false;
  for (std::uint64_t i = 0; i + 1 < count; ++i) {
    if (StringView(pin, items.nth(pin, i)).view() !=
        "leaf number " + std::to_string(n + static_cast<std::int64_t>(i))) {
      return false;
    }
  }
  return true;
}

std::string text_of(std::uint64_t n) {
  return std::string(8 + n % (n % 16 == 0 ? 150'000 : 2'000), static_cast<char>('a' + n % 26));
}
bool is_text(const Pin& pin, Word w) {
  if (is_nil(w)) return true;
  const StringView view(pin, w);
  const std::string_view text = view.view();
  return text.find_first_not_of(text[0]) == std::string_view::npos;
}

void adopt(Worker& worker, Page& page, std::size_t self) {
  const At at(page.doing[self], Doing::kAdopt);
  page.adopted.add_seq(adopt_dead_workers(worker).workers);
}
// Without patience: whoever is passed by or taken over must not be damaged by it.
bool cycle(Worker& worker, Page& page, std::size_t self) {
  const At at(page.doing[self], Doing::kCollect);
  const bool done = collect(worker, {.stopped_ms = 1, .slow_ms = 10, .takeover_ms = 4}).ok();
  page.cycles.add_seq(done ? 1 : 0);
  return done;
}

// One process's steps until it is told to stop, or killed.
class Writer {
 public:
  Writer(Worker& worker, Page& page, std::size_t self, std::uint64_t seed)
      : worker_(worker),
        page_(page),
        self_(self),
        doing_(page.doing[self]),
        random_(seed),
        roots_(open_roots(worker)) {}

  Broken run() {
    if (const Broken broken = look_at_what_was_left(); broken != Broken::kNo) return broken;
    while (page_.stop.load_seq() == 0) {
      if (random_.one_in(40)) adopt(worker_, page_, self_);
      if (random_.one_in(100)) cycle(worker_, page_, self_);
      const Broken broken = step();
      worker_.nursery().reset();
      if (broken != Broken::kNo) return broken;
      if (!starved_) {
        starvations_ = 0;
        continue;
      }
      worker_.clear_space_status();
      starved_ = false;
      if (++starvations_ > 300)
        return Broken::kNoSpace;  // a domain this large has room for all that lives
      if (!cycle(worker_, page_, self_)) drift_us(500);
    }
    return Broken::kNo;
  }

 private:
  Broken look_at_what_was_left() {
    const Pin pin(worker_);
    const RootRead ledger = read(pin, roots_.ledgers[self_]);
    const RootRead counted = read(pin, roots_.own[self_]);
    if (!ledger.ok() || !counted.ok()) return Broken::kNo;  // passed by: the next one looks
    const auto total = static_cast<std::uint64_t>(count_in(pin, ledger.value, key(kTotal)));
    const auto own = static_cast<std::uint64_t>(small_int(counted.value));
    SharedWord& confirmed = page_.of[self_].confirmed;
    if (total - confirmed.load_seq() > 1) return Broken::kLostOrDoubled;
    if (own - page_.of[self_].own.load_seq() > 1) return Broken::kOwnLostOrDoubled;
    confirmed.store_seq(total);
    page_.of[self_].own.store_seq(own);
    return Broken::kNo;
  }

  Broken step() {
    if (random_.one_in(60)) return watch();
    if (random_.one_in(30)) return snapshot();
    const Pin pin(worker_);
    const At at(doing_, Doing::kBuild);
    switch (random_.below(16)) {
      case 0:
        return increment(pin);
      case 1:
        return count_word(pin);
      case 2:
        return transfer(pin);
      case 3:
        return replace_root(pin);
      case 4:
        return replace_text(pin);
      case 5:
        return look(pin);
      case 6:
        return hold(pin);
      case 7:
        return name(pin);
      case 8:
        return made_root(pin);
      case 9:
      case 10:
        return look(pin);
      case 11:
      case 12:
        return transfer(pin);
      default:
        return count_own(pin);
    }
  }

  RootRead read(const Pin& pin, RootRef ref) {
    const At at(doing_, Doing::kRead);
    if (is_undecided(pin, ref.slot)) page_.helped.add_seq(1);
    return read_root(pin, ref);
  }
  // Does somebody's commit of several stand there undecided, of a dead process or of a slow one?
  static bool is_undecided(const Pin& pin, SlotIndex slot) {
    const std::uint64_t head = root_slot(pin.worker().domain(), slot).head.load_seq();
    if (head == 0 || pin.expired()) return false;
    const VersionNode& node = *pin.at<VersionNode>(offset_of(head));
    return node.ts.load_acquire() == kStampPending && node.record.load_acquire() != 0;
  }
  // True when it is known to be committed.
  bool commit_all(const Pin& pin, std::span<const Change> changes) {
    const At at(doing_, changes.size() == 1 ? Doing::kCommit : Doing::kCommitMany);
    last_ = commit(pin, changes);
    if (last_ == CommitOutcome::kNoSpace) starved_ = true;
    return last_ == CommitOutcome::kCommitted;
  }

  // Commits the changes and the ledger's in one. True when it is known to be committed.
  bool commit_step(const Pin& pin, Edit& edit, std::vector<Change> changes, Entry entry,
                   Word root = kAbsent) {
    const RootRead ledger = read(pin, roots_.ledgers[self_]);
    if (!ledger.ok()) return false;  // this guard was passed by
    Map next{ledger.value};
    for (const Entry e : {kTotal, entry}) {
      next = next.assoc(edit, key(e), int_word(count_in(pin, next.word, key(e)) + 1));
    }
    if (!is_absent(root)) next = next.assoc(edit, key(kRoot), root);
    changes.push_back({roots_.ledgers[self_], ledger.version, next.word});
    std::vector<Word> words;
    for (const Change& c : changes) words.push_back(c.value);
    publish(pin, words);
    for (std::size_t i = 0; i < words.size(); ++i) changes[i].value = words[i];
    if (!commit_all(pin, changes)) return false;
    page_.of[self_].confirmed.add_seq(1);
    return true;
  }
  Edit edit_somewhere(const Pin& pin) {
    return random_.one_in(2) ? Edit::in_slab(pin) : Edit::in_nursery(pin);
  }

  Broken increment(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const RootRef counter = roots_.counters[random_.below(kCounters)];
    const RootRead now = read(pin, counter);
    if (!now.ok()) return Broken::kNo;
    commit_step(pin, edit, {{counter, now.version, int_word(small_int(now.value) + 1)}},
                kIncrements);
    return Broken::kNo;
  }

  Broken count_word(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const RootRead now = read(pin, roots_.words);
    if (!now.ok()) return Broken::kNo;
    const Word word =
        from_string(edit, "a word with number " + std::to_string(random_.below(2'000)));
    const Map next = Map{now.value}.assoc(edit, word, int_word(count_in(pin, now.value, word) + 1));
    commit_step(pin, edit, {{roots_.words, now.version, next.word}}, kWords);
    return Broken::kNo;
  }

  Broken transfer(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const std::size_t from = random_.below(kAccounts);
    const std::size_t to = (from + 1 + random_.below(kAccounts - 1)) % kAccounts;
    const auto amount = static_cast<std::int64_t>(random_.below(100));
    const RootRead x = read(pin, roots_.accounts[from]);
    const RootRead y = read(pin, roots_.accounts[to]);
    if (!x.ok() || !y.ok()) return Broken::kNo;
    commit_step(pin, edit,
                {{roots_.accounts[from], x.version, int_word(small_int(x.value) - amount)},
                 {roots_.accounts[to], y.version, int_word(small_int(y.value) + amount)}},
                kTransfers);
    return Broken::kNo;
  }

  Broken replace_root(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const auto fresh = [&] {
      const At at(doing_, Doing::kRoot);
      return new_root(pin, RootKind::kAtom);
    }();
    if (!fresh.ok()) {
      starved_ = true;
      return Broken::kNo;
    }
    std::vector<Change> changes = {
        {fresh->ref, fresh->expected,
         tree_of(edit, static_cast<std::int64_t>(random_.below(1'000)))}};
    const RootRead ledger = read(pin, roots_.ledgers[self_]);
    if (!ledger.ok()) return Broken::kNo;
    const Word old = Map{ledger.value}.find(pin, key(kRoot));
    if (is_root(old)) {
      const RootRead was = read(pin, root_ref(old));
      if (was.outcome == RootRead::Outcome::kExpired) return Broken::kNo;
      if (!was.ok() || !is_tree(pin, was.value)) return Broken::kTree;
      changes.push_back({root_ref(old), was.version, kTombstone});
    }
    const bool done = commit_step(pin, edit, std::move(changes), kRoots, root_word(fresh->ref));
    if (!done) give_up_root(pin, fresh->ref.slot);
    if (done && is_root(old)) give_up_root(pin, root_ref(old).slot);
    return Broken::kNo;
  }

  Broken replace_text(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const RootRef text = roots_.texts[random_.below(kWriters)];
    const RootRead now = read(pin, text);
    if (!now.ok()) return Broken::kNo;
    if (!is_text(pin, now.value)) return Broken::kText;
    commit_step(pin, edit, {{text, now.version, from_string(edit, text_of(random_.bits()))}},
                kTexts);
    return Broken::kNo;
  }

  // All accounts at one instant: read, and committed as they are.
  Broken look(const Pin& pin) {
    std::vector<Change> all;
    std::int64_t sum = 0;
    for (const RootRef account : roots_.accounts) {
      const RootRead now = read(pin, account);
      if (!now.ok()) return Broken::kNo;
      all.push_back({account, now.version, now.value});
      sum += small_int(now.value);
    }
    return commit_all(pin, all) && sum != kAllMoney ? Broken::kSum : Broken::kNo;
  }

  Broken count_own(const Pin& pin) {
    const RootRead now = read(pin, roots_.own[self_]);
    if (!now.ok()) return Broken::kNo;
    const Change change[] = {{roots_.own[self_], now.version, int_word(small_int(now.value) + 1)}};
    if (commit_all(pin, change)) page_.of[self_].own.add_seq(1);
    // Nobody else writes it.
    return last_ == CommitOutcome::kConflict ? Broken::kOwnLostOrDoubled : Broken::kNo;
  }

  // Values kept under handles stay whole, whatever becomes of their roots.
  Broken hold(const Pin& pin) {
    const At at(doing_, Doing::kHold);
    page_.looks.add_seq(1);
    if (!handles_.empty()) {
      const std::size_t which = random_.below(handles_.size());
      const Word value = handles_[which].get();
      if (handles_.size() == kHandles || random_.one_in(3)) {
        std::swap(handles_[which], handles_.back());
        handles_.pop_back();
      }
      if (!is_text(pin, value)) return Broken::kHandle;  // also what was dropped just now
    }
    const RootRead text = read(pin, roots_.texts[random_.below(kWriters)]);
    if (!text.ok()) return Broken::kNo;
    auto made = Handle::make(pin, text.value);
    if (made.ok()) handles_.push_back(*std::move(made));
    return Broken::kNo;
  }

  // An instant stays as it was, and all accounts are in it, for as long as it is held.
  Broken snapshot() {
    const At at(doing_, Doing::kHold);
    page_.looks.add_seq(1);
    if (!snapshot_ || random_.one_in(3)) {
      snapshot_.reset();
      const Pin pin(worker_);
      auto taken = Snapshot::take(pin);
      if (!taken.ok()) return Broken::kNo;
      snapshot_.emplace(*std::move(taken));
      seen_.reset();
    }
    const Pin pin(worker_);
    std::int64_t sum = 0;
    std::array<Word, kAccounts> now;
    for (std::size_t i = 0; i < kAccounts; ++i) {
      const RootRead then = snapshot_->read(pin, roots_.accounts[i]);
      if (then.outcome == RootRead::Outcome::kExpired) return Broken::kNo;
      if (!then.ok()) return Broken::kSnapshot;
      now[i] = then.value;
      sum += small_int(then.value);
    }
    if (sum != kAllMoney || (seen_ && *seen_ != now)) return Broken::kSnapshot;
    seen_ = now;
    return Broken::kNo;
  }

  // Every increment of a counter is told once, in order.
  Broken watch() {
    const At at(doing_, Doing::kWatch);
    page_.looks.add_seq(1);
    if (!watch_ || random_.one_in(20)) {
      watch_.reset();
      const Pin pin(worker_);
      auto started =
          Watch::start(pin, roots_.counters[random_.below(kCounters)], WatchMode::kEveryChange);
      if (!started.ok()) return Broken::kNo;
      watch_.emplace(*std::move(started));
      told_.reset();
    }
    if (random_.one_in(4)) (void)watch_->wait(1);
    const Pin pin(worker_);
    while (const auto change = watch_->take(pin)) {
      if (told_ && change->before != *told_) return Broken::kWatch;
      if (change->after != int_word(small_int(change->before) + 1)) return Broken::kWatch;
      told_ = change->after;
    }
    return Broken::kNo;
  }

  // One spelling has one id, whoever was killed while he gave it.
  Broken name(const Pin& pin) {
    const At at(doing_, Doing::kName);
    const std::size_t which = random_.below(kNames);
    const std::string spelling = "storm/name-" + std::to_string(which);
    const auto id = intern(pin, spelling);
    if (!id.ok()) return starved_ = true, Broken::kNo;
    std::uint32_t known = 0;
    const bool first = page_.names[which].cas_seq(known, raw(*id) + 1);
    const bool right = name_of(pin, keyword_word(*id)) == spelling;
    return right && (first || known == raw(*id) + 1) ? Broken::kNo : Broken::kName;
  }

  // Atoms that come and go by name: the registry and the slot table.
  Broken made_root(const Pin& pin) {
    const At at(doing_, Doing::kRoot);
    const std::string name = "made " + std::to_string(random_.below(kMadeRoots));
    if (random_.one_in(4)) {
      (void)delete_named_root(pin, RootKind::kAtom, name).ok();
      return Broken::kNo;
    }
    const auto made = open_atom(pin, name, int_word(0));
    if (!made.ok()) {
      starved_ = made.status().code() == StatusCode::kResourceExhausted;
      return Broken::kNo;
    }
    const auto value = deref(pin, *made);  // or it is deleted again
    return value.ok() && *value != int_word(0) ? Broken::kMadeRoot : Broken::kNo;
  }

  Worker& worker_;
  Page& page_;
  std::size_t self_;
  SharedHalf& doing_;
  Random random_;
  Roots roots_;
  CommitOutcome last_ = CommitOutcome::kCommitted;
  bool starved_ = false;
  int starvations_ = 0;
  std::vector<Handle> handles_;
  std::optional<Snapshot> snapshot_;
  std::optional<std::array<Word, kAccounts>> seen_;  // in it
  std::optional<Watch> watch_;
  std::optional<Word> told_;  // by it
};

// Most lives are some milliseconds; some end at the door, some go on for long.
void plan_death(Random& random) {
  const std::uint64_t kind = random.below(8);
  die_in_us(1 + random.below(kind == 0 ? 1'000 : kind < 7 ? 8'000 : 80'000));
}

int run_writer(const std::string& path, Page& page, std::size_t self, std::uint64_t seed) {
  Random random(seed);
  plan_death(random);
  Broken broken = Broken::kStatus;
  std::optional<At> joining(std::in_place, page.doing[self], Doing::kJoin);
  const auto domain = Domain::open({.path = path, .mode = OpenMode::kJoin});
  if (domain.ok()) {
    if (const auto worker = Worker::join(**domain); worker.ok()) {
      joining.reset();
      broken = Writer(**worker, page, self, random.bits()).run();
    }
  }
  if (broken != Broken::kNo) page.broken.store_seq(static_cast<std::uint32_t>(broken));
  return static_cast<int>(broken);
}

int run_collector(const std::string& path, Page& page, std::size_t self, std::uint64_t seed) {
  Random random(seed);
  die_in_us(1 + random.below(40'000));
  const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
  const auto worker = join(*domain);
  while (page.stop.load_seq() == 0) {
    adopt(*worker, page, self);
    (void)cycle(*worker, page, self);
  }
  return 0;
}

void check_end(const std::string& path, const Page& page) {
  const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
  const auto worker = join(*domain);
  (void)adopt_dead_workers(*worker);
  const VerifyReport before = verify(*worker);
  INFO((before.clean() ? "" : before.findings.front()));
  REQUIRE(before.clean());
  for (int i = 0; i < 3; ++i) REQUIRE(collect(*worker).ok());
  REQUIRE(verify(*worker).clean());

  const Roots roots = open_roots(*worker);
  const Pin pin(*worker);
  std::int64_t by_ledger[kRoot] = {};
  for (std::size_t self = 0; self < kWriters; ++self) {
    const Word ledger = *deref(pin, roots.ledgers[self]);
    std::int64_t kinds = 0;
    for (const Entry e : {kIncrements, kWords, kTransfers, kRoots, kTexts}) {
      by_ledger[e] += count_in(pin, ledger, key(e));
      kinds += count_in(pin, ledger, key(e));
    }
    REQUIRE(kinds == count_in(pin, ledger, key(kTotal)));
    REQUIRE(static_cast<std::uint64_t>(kinds) - page.of[self].confirmed.load_seq() <= 1);
    REQUIRE(static_cast<std::uint64_t>(small_int(*deref(pin, roots.own[self]))) -
                page.of[self].own.load_seq() <=
            1);
    if (const Word root = Map{ledger}.find(pin, key(kRoot)); is_root(root)) {
      REQUIRE(is_tree(pin, *deref(pin, root_ref(root))));
    }
    REQUIRE(is_text(pin, *deref(pin, roots.texts[self])));
  }
  std::int64_t increments = 0;
  for (const RootRef counter : roots.counters) increments += small_int(*deref(pin, counter));
  CHECK(increments == by_ledger[kIncrements]);
  std::int64_t words = 0;
  for (MapIterator it(pin, Map{*deref(pin, roots.words)}); !it.done(); it.next())
    words += small_int(it.entry().value);
  CHECK(words == by_ledger[kWords]);
  std::int64_t money = 0;
  for (const RootRef account : roots.accounts) money += small_int(*deref(pin, account));
  CHECK(money == kAllMoney);
  for (std::size_t i = 0; i < kNames; ++i) {
    const std::uint32_t id = page.names[i].load_seq();
    if (id == 0) continue;
    REQUIRE(name_of(pin, keyword_word(NameId{id - 1})) == "storm/name-" + std::to_string(i));
  }

  const SlabMap map(*domain);
  std::uint32_t lost = 0;  // slabs of nobody who lives; tables have an owner of their own
  for (std::uint32_t slab = map.lead(); slab < domain->state().next_slab.load_seq(); ++slab) {
    if (map.is_lead(slab) || shape_kind(map.descriptor(slab).shape.load_seq()) == SlabKind::kTable)
      continue;
    const std::uint16_t owner = unpack_slab(map.descriptor(slab).state.load_seq()).owner;
    lost += owner != 0 && owner != worker->owner() && owner != 0xffff ? 1 : 0;
  }
  CHECK(lost == 0);
}

void tell(std::uint64_t seed, const Deaths& deaths, const Page& page) {
  std::uint64_t steps = 0;
  for (const auto& of : page.of) steps += of.confirmed.load_seq() + of.own.load_seq();
  std::cout << "kernel storm: seed " << seed << ", " << deaths.all << " kills (";
  for (std::size_t i = 0; i < deaths.at.size(); ++i)
    std::cout << (i == 0 ? "" : ", ") << deaths.at[i] << " in " << kDoingNames[i];
  std::cout << "), " << deaths.stops << " stops, " << steps << " steps, " << page.helped.load_seq()
            << " undecided commits met, " << page.looks.load_seq() << " looks at holds, "
            << page.cycles.load_seq() << " cycles, " << page.adopted.load_seq() << " adoptions\n";
}

void storm(std::uint64_t kills, std::uint64_t capacity_mib, std::uint64_t seed) {
  INFO("YIN_SEED=" << seed);
  const Scratch scratch;
  const std::string path = scratch.file("storm.yin");
  {
    const auto domain = open_domain(
        {.path = path, .mode = OpenMode::kCreate, .capacity_bytes = capacity_mib << 20});
    (void)open_roots(*join(*domain));
  }
  SharedPage<Page> page;
  Lanes lanes(page->doing, seed, [&](std::size_t self, std::uint64_t own_seed) {
    return self < kWriters ? run_writer(path, *page, self, own_seed)
                           : run_collector(path, *page, self, own_seed);
  });
  while (lanes.deaths().all < kills && lanes.tend()) {
  }
  page->stop.store_seq(1);
  CHECK(lanes.end() == 0);
  CHECK(page->broken.load_seq() == 0);
  tell(seed, lanes.deaths(), *page);
  check_end(path, *page);
}

// Domains with room, and domains that are full most of the time.
void storms(int count, int kills) {
  constexpr std::uint64_t kCapacities[] = {192, 64};
  for (int i = 0; i < count; ++i)
    storm(static_cast<std::uint64_t>(kills), kCapacities[i % 2], test_seed());
}

}  // namespace

TEST_CASE("whoever is killed when, every committed step counts once and the domain is clean") {
  storms(4, std::min(yin::test::effort(1'500), 1'500));  // many more are the next case's
}

TEST_CASE("the same through 16,000 kills", "[long]") { storms(8, 2'000); }
