// The kernel under fire: processes commit to shared roots, of one slot and of several, and are killed at random instants,
// joining, allocating, committing, adopting or collecting. At the end every committed step counts once, none is lost, and
// the domain is clean.
//
// What was committed is known from the domain itself: every step of several roots also counts itself in its process's
// ledger, a root of the same commit. And from outside: a page of the test holds how many steps a process knew to be
// committed; whoever takes its place finds that many, or one more if it died between the commit and telling.

#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/support/child.h"
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

// Keys of a ledger.
enum Entry : std::int64_t { kTotal, kIncrements, kWords, kTransfers, kRoots, kTexts, kRoot };
constexpr Word key(Entry e) { return int_word(e); }

enum class Broken : std::uint32_t { kNo, kLostOrDoubled, kOwnLostOrDoubled, kSum, kTree, kText, kNoSpace, kStatus };

struct Page {
  SharedHalf stop;
  SharedHalf broken;
  SharedWord cycles;
  SharedWord adopted;
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
    for (std::size_t i = 0; i < refs.size(); ++i) refs[i] = open_root(worker, name + std::to_string(i), initial);
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
  for (std::int64_t i = 0; i < 10 + n % 50; ++i) items.push_back(from_string(edit, "leaf number " + std::to_string(n + i)));
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
    if (StringView(pin, items.nth(pin, i)).view() != "leaf number " + std::to_string(n + static_cast<std::int64_t>(i))) {
      return false;
    }
  }
  return true;
}

std::string text_of(std::uint64_t n) { return std::string(8 + n % 150'000, static_cast<char>('a' + n % 26)); }
bool is_text(const Pin& pin, Word w) {
  if (is_nil(w)) return true;
  const StringView view(pin, w);
  const std::string_view text = view.view();
  return text.find_first_not_of(text[0]) == std::string_view::npos;
}

// One process's steps until it is told to stop, or killed.
class Writer {
 public:
  Writer(Worker& worker, Page& page, std::size_t self, std::uint64_t seed)
      : worker_(worker), page_(page), self_(self), random_(seed), roots_(open_roots(worker)) {}

  Broken run() {
    if (const Broken broken = look_at_what_was_left(); broken != Broken::kNo) return broken;
    while (page_.stop.load_seq() == 0) {
      if (random_.one_in(40)) page_.adopted.add_seq(adopt_dead_workers(worker_).workers);
      if (random_.one_in(200)) page_.cycles.add_seq(collect(worker_).ok() ? 1 : 0);
      const Broken broken = step();
      worker_.nursery().reset();
      if (broken != Broken::kNo) return broken;
      if (!starved_) {
        starvations_ = 0;
        continue;
      }
      worker_.clear_space_status();
      starved_ = false;
      if (++starvations_ > 300) return Broken::kNoSpace;  // a domain this large has room for all that lives
      if (!collect(worker_).ok()) drift_us(500);
    }
    return Broken::kNo;
  }

 private:
  Broken look_at_what_was_left() {
    const Pin pin(worker_);
    const auto total = static_cast<std::uint64_t>(count_in(pin, *deref(pin, roots_.ledgers[self_]), key(kTotal)));
    const auto own = static_cast<std::uint64_t>(small_int(*deref(pin, roots_.own[self_])));
    SharedWord& confirmed = page_.of[self_].confirmed;
    if (total - confirmed.load_seq() > 1) return Broken::kLostOrDoubled;
    if (own - page_.of[self_].own.load_seq() > 1) return Broken::kOwnLostOrDoubled;
    confirmed.store_seq(total);
    page_.of[self_].own.store_seq(own);
    return Broken::kNo;
  }

  Broken step() {
    const Pin pin(worker_);
    switch (random_.below(7)) {
      case 0: return increment(pin);
      case 1: return count_word(pin);
      case 2: return transfer(pin);
      case 3: return replace_root(pin);
      case 4: return replace_text(pin);
      case 5: return look(pin);
      default: return count_own(pin);
    }
  }

  // Commits the changes and the ledger's in one. True when it is known to be committed.
  bool commit_step(const Pin& pin, Edit& edit, std::vector<Change> changes, Entry entry, Word root = kAbsent) {
    const RootRead ledger = read_root(pin, roots_.ledgers[self_]);
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
    const CommitOutcome outcome = commit(pin, changes);
    if (outcome == CommitOutcome::kNoSpace) starved_ = true;
    if (outcome != CommitOutcome::kCommitted) return false;
    page_.of[self_].confirmed.add_seq(1);
    return true;
  }
  Edit edit_somewhere(const Pin& pin) { return random_.one_in(2) ? Edit::in_slab(pin) : Edit::in_nursery(pin); }

  Broken increment(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const RootRef counter = roots_.counters[random_.below(kCounters)];
    const RootRead now = read_root(pin, counter);
    commit_step(pin, edit, {{counter, now.version, int_word(small_int(now.value) + 1)}}, kIncrements);
    return Broken::kNo;
  }

  Broken count_word(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const RootRead now = read_root(pin, roots_.words);
    const Word word = from_string(edit, "a word with number " + std::to_string(random_.below(2'000)));
    const Map next = Map{now.value}.assoc(edit, word, int_word(count_in(pin, now.value, word) + 1));
    commit_step(pin, edit, {{roots_.words, now.version, next.word}}, kWords);
    return Broken::kNo;
  }

  Broken transfer(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const std::size_t from = random_.below(kAccounts);
    const std::size_t to = (from + 1 + random_.below(kAccounts - 1)) % kAccounts;
    const auto amount = static_cast<std::int64_t>(random_.below(100));
    const RootRead x = read_root(pin, roots_.accounts[from]);
    const RootRead y = read_root(pin, roots_.accounts[to]);
    commit_step(pin, edit, {{roots_.accounts[from], x.version, int_word(small_int(x.value) - amount)},
                            {roots_.accounts[to], y.version, int_word(small_int(y.value) + amount)}},
                kTransfers);
    return Broken::kNo;
  }

  Broken replace_root(const Pin& pin) {
    Edit edit = edit_somewhere(pin);
    const auto fresh = new_root(pin, RootKind::kAtom);
    if (!fresh.ok()) {
      starved_ = true;
      return Broken::kNo;
    }
    std::vector<Change> changes = {{fresh->ref, fresh->expected, tree_of(edit, static_cast<std::int64_t>(random_.below(1'000)))}};
    const Word old = Map{*deref(pin, roots_.ledgers[self_])}.find(pin, key(kRoot));
    if (is_root(old)) {
      const RootRead was = read_root(pin, root_ref(old));
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
    const RootRead now = read_root(pin, text);
    if (!is_text(pin, now.value)) return Broken::kText;
    commit_step(pin, edit, {{text, now.version, from_string(edit, text_of(random_.bits()))}}, kTexts);
    return Broken::kNo;
  }

  // All accounts at one instant: read, and committed as they are.
  Broken look(const Pin& pin) {
    std::vector<Change> all;
    std::int64_t sum = 0;
    for (const RootRef account : roots_.accounts) {
      const RootRead read = read_root(pin, account);
      all.push_back({account, read.version, read.value});
      sum += small_int(read.value);
    }
    const CommitOutcome outcome = commit(pin, all);
    if (outcome == CommitOutcome::kNoSpace) starved_ = true;
    return outcome == CommitOutcome::kCommitted && sum != kMoney * static_cast<std::int64_t>(kAccounts) ? Broken::kSum
                                                                                                        : Broken::kNo;
  }

  Broken count_own(const Pin& pin) {
    const RootRead now = read_root(pin, roots_.own[self_]);
    const Change change[] = {{roots_.own[self_], now.version, int_word(small_int(now.value) + 1)}};
    const CommitOutcome outcome = commit(pin, change);
    if (outcome == CommitOutcome::kNoSpace) starved_ = true;
    if (outcome == CommitOutcome::kCommitted) page_.of[self_].own.add_seq(1);
    return outcome == CommitOutcome::kConflict ? Broken::kOwnLostOrDoubled : Broken::kNo;  // nobody else writes it
  }

  Worker& worker_;
  Page& page_;
  std::size_t self_;
  Random random_;
  Roots roots_;
  bool starved_ = false;
  int starvations_ = 0;
};

int run_writer(const std::string& path, Page& page, std::size_t self, std::uint64_t seed) {
  const auto domain = Domain::open({.path = path, .mode = OpenMode::kJoin});
  Broken broken = Broken::kStatus;
  if (domain.ok()) {
    if (const auto worker = Worker::join(**domain); worker.ok()) broken = Writer(**worker, page, self, seed).run();
  }
  if (broken != Broken::kNo) page.broken.store_seq(static_cast<std::uint32_t>(broken));
  return static_cast<int>(broken);
}

int run_collector(const std::string& path, Page& page) {
  const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
  const auto worker = join(*domain);
  while (page.stop.load_seq() == 0) {
    page.adopted.add_seq(adopt_dead_workers(*worker).workers);
    page.cycles.add_seq(collect(*worker).ok() ? 1 : 0);
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
    REQUIRE(static_cast<std::uint64_t>(small_int(*deref(pin, roots.own[self]))) - page.of[self].own.load_seq() <= 1);
    if (const Word root = Map{ledger}.find(pin, key(kRoot)); is_root(root)) {
      REQUIRE(is_tree(pin, *deref(pin, root_ref(root))));
    }
    REQUIRE(is_text(pin, *deref(pin, roots.texts[self])));
  }
  std::int64_t increments = 0;
  for (const RootRef counter : roots.counters) increments += small_int(*deref(pin, counter));
  CHECK(increments == by_ledger[kIncrements]);
  std::int64_t words = 0;
  for (MapIterator it(pin, Map{*deref(pin, roots.words)}); !it.done(); it.next()) words += small_int(it.entry().value);
  CHECK(words == by_ledger[kWords]);
  std::int64_t money = 0;
  for (const RootRef account : roots.accounts) money += small_int(*deref(pin, account));
  CHECK(money == kMoney * static_cast<std::int64_t>(kAccounts));

  const SlabMap map(*domain);
  std::uint32_t lost = 0;  // slabs of nobody who lives; tables have an owner of their own
  for (std::uint32_t slab = map.lead(); slab < domain->state().next_slab.load_seq(); ++slab) {
    if (map.is_lead(slab) || shape_kind(map.descriptor(slab).shape.load_seq()) == SlabKind::kTable) continue;
    const std::uint16_t owner = unpack_slab(map.descriptor(slab).state.load_seq()).owner;
    lost += owner != 0 && owner != worker->owner() && owner != 0xffff ? 1 : 0;
  }
  CHECK(lost == 0);
}

void storm(int kills, std::uint64_t seed) {
  INFO("YIN_SEED=" << seed);
  const Scratch scratch;
  const std::string path = scratch.file("storm.yin");
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kCreate, .capacity_bytes = std::uint64_t{192} << 20});
    (void)open_roots(*join(*domain));
  }
  SharedPage<Page> page;
  Random random(seed);
  const auto start = [&](std::size_t self) {
    const std::uint64_t own_seed = random.bits();
    return Child([&, self, own_seed] {
      return self < kWriters ? run_writer(path, *page, self, own_seed) : run_collector(path, *page);
    });
  };
  std::vector<Child> children;
  for (std::size_t self = 0; self <= kWriters; ++self) children.push_back(start(self));
  for (int i = 0; i < kills && page->broken.load_seq() == 0; ++i) {
    drift_us(random.below(random.one_in(4) ? 3'000 : 30'000));
    const std::size_t self = random.below(children.size());
    if (random.one_in(5)) {  // stopped for a while first: what it has read changes under it
      children[self].kill(SIGSTOP);
      drift_us(random.below(20'000));
      if (random.one_in(2)) {
        children[self].kill(SIGCONT);
        continue;
      }
    }
    children[self].kill(SIGKILL);
    children[self].wait();
    children[self] = start(self);
  }
  page->stop.store_seq(1);
  for (Child& child : children) CHECK(child.wait() == 0);
  CHECK(page->broken.load_seq() == 0);
  std::uint64_t steps = 0;
  for (const auto& of : page->of) steps += of.confirmed.load_seq() + of.own.load_seq();
  std::cout << "kernel storm: seed " << seed << ", " << kills << " kills, " << steps << " steps, " << page->cycles.load_seq()
            << " cycles, " << page->adopted.load_seq() << " adoptions\n";
  check_end(path, *page);
}

}  // namespace

TEST_CASE("whoever is killed when, every committed step counts once and the domain is clean") {
  storm(yin::test::effort(500), test_seed());
}

TEST_CASE("the same through 20,000 kills", "[long]") {
  for (int i = 0; i < 10; ++i) storm(2'000, test_seed());
}
