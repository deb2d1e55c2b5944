// Running out of room at every place: each operation is tried with room for no slab, for one, for
// two, and so on until it succeeds. Every failure is a Status, leaves all values as they were, leaks
// nothing, and harms nothing that its worker does next.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/slab.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/struct.h"
#include "substrate/table.h"
#include "substrate/transient.h"
#include "substrate/vector.h"
#include "substrate/watch.h"
#include "tests/substrate/atoms.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr int kFew = 3'000;
constexpr int kMany = 20'000;  // in bulk: more than one slab

std::string text_of(int n) { return "a text of many bytes: " + std::to_string(n); }
Word item_of(Edit& edit, int n) { return n % 3 == 0 ? from_string(edit, text_of(n)) : int_word(n); }
std::vector<Word> items(Edit& edit, int count) {
  std::vector<Word> words;
  for (int i = 0; i < count; ++i) words.push_back(item_of(edit, i));
  return words;
}
std::vector<MapEntry> entries(Edit& edit, int count) {
  std::vector<MapEntry> all;
  for (int i = 0; i < count; ++i) all.push_back({item_of(edit, i), int_word(i)});
  return all;
}
IntMap int_map(Edit& edit, int count) {
  IntMap map;
  for (int i = 0; i < count; ++i) map = map.assoc(edit, i * 7, item_of(edit, i));
  return map;
}

template <class F>
Status change(Worker& worker, std::string_view name, F&& function) {
  const Pin pin(worker);
  return swap(pin, root_ref(find_named_root(pin, name)), function).status();
}

// As a commit's caller says it.
Status status_of(Worker& worker, CommitOutcome outcome) {
  if (outcome == CommitOutcome::kCommitted) return {};
  check(outcome == CommitOutcome::kNoSpace, "a commit without rivals");
  return worker.take_space_status();
}

struct Room {
  TestDomain t;
  Worker& worker = *t.worker;
  Domain& domain = *t.domain;

  Room() { (void)counter(worker, "probe"); }

  // What every named atom is, but for the probe.
  [[nodiscard]] std::map<std::string, std::uint64_t> values() const {
    std::map<std::string, std::uint64_t> all;
    const Pin pin(worker);
    for (const NamedRoot& root : list_named_roots(pin, RootKind::kAtom)) {
      if (root.name != "probe") all[root.name] = hash(pin, *deref(pin, root_ref(root.ref)));
    }
    return all;
  }
  // Behind cycles enough for every log to be cut, without the nodes of commits that came to nothing:
  // they stay on their slots until the next commit goes over them (protocol.md 3.4).
  [[nodiscard]] std::uint64_t live_bytes() const {
    std::uint64_t live = 0;
    for (int i = 0; i < 3; ++i) {
      const auto report = collect(worker);
      REQUIRE(report.ok());
      live = report->live_bytes;
    }
    return live - aborted() * sizeof(VersionNode);
  }
  [[nodiscard]] std::uint64_t aborted() const {
    const Pin pin(worker);
    std::uint64_t count = 0;
    for (std::uint32_t i = 0; i < domain.state().next_slot.load_seq(); ++i) {
      for (Offset at = settle_head(pin, SlotIndex{i}); at != Offset::kNone;) {
        const auto& node = *pin.at<VersionNode>(at);
        if (node.ts.load_seq() != kStampAborted) break;
        ++count;
        at = offset_of(node.prev.load_seq());
      }
    }
    return count;
  }
  [[nodiscard]] std::uint32_t slabs_of_others() const {
    const SlabMap map(domain);
    std::uint32_t count = 0;
    for (std::uint32_t slab = map.lead(); slab < domain.state().next_slab.load_seq(); ++slab) {
      const std::uint16_t owner =
          map.is_lead(slab) ? 0 : unpack_slab(map.descriptor(slab).state.load_seq()).owner;
      count += owner != 0 && owner != 0xffff && owner != worker.owner() ? 1 : 0;
    }
    return count;
  }

  // Tries `operation` with room for 0, 1, 2 ... slabs. How often it failed.
  int exhaust(const std::string& name, const std::function<Status(Worker&)>& operation) {
    INFO(name);
    const auto before = values();
    const std::uint64_t live = live_bytes();
    for (int room = 0;; ++room) {
      INFO("with room for " << room << " slabs");
      REQUIRE(room < 1'000);
      Status status;
      {
        const auto fresh = join(domain);  // owns no slab yet
        domain.ration_slabs(static_cast<std::uint64_t>(room));
        status = operation(*fresh);
        domain.ration_slabs(Domain::kNoRation);
        if (status.ok()) {
          expect_clean(worker);
          return room;
        }
        INFO(status.message());
        REQUIRE(status.code() == StatusCode::kResourceExhausted);
        REQUIRE(status.message().find("ration") != std::string::npos);
        REQUIRE(values() == before);
        REQUIRE(fresh->space_status().ok());
        REQUIRE(change(*fresh, "probe", inc).ok());
      }
      REQUIRE(slabs_of_others() == 0);
      REQUIRE(live_bytes() == live);
      expect_clean(worker);
    }
  }
};

}  // namespace

TEST_CASE("atoms, commits of many, and names that find no room change nothing") {
  Room room;
  for (int i = 0; i < 64; ++i) (void)counter(room.worker, "cell " + std::to_string(i));
  (void)atom(room.worker, "text");
  // The next slot needs a longer table.
  for (int i = 0; room.domain.state().next_slot.load_seq() < kSlotTable.first_entries; ++i)
    (void)atom(room.worker, "filler " + std::to_string(i));

  const auto together = [](Worker& worker, int count) {
    const Pin pin(worker);
    std::vector<Change> changes;
    for (int i = 0; i < count; ++i) {
      const RootRef ref = root_ref(find_named_root(pin, "cell " + std::to_string(i)));
      const RootRead now = read_root(pin, ref);
      changes.push_back({ref, now.version, int_word(small_int(now.value) + 1)});
    }
    return status_of(worker, commit(pin, changes));
  };
  const auto text = [](Edit& edit, Word) { return from_string(edit, text_of(1)); };
  const std::pair<const char*, std::function<Status(Worker&)>> operations[] = {
      {"create an atom, and a longer table of slots",
       [](Worker& w) {
         const Pin pin(w);
         return open_atom(pin, "a new atom, whose name takes memory", kNil).status();
       }},
      {"create another",
       [](Worker& w) {
         const Pin pin(w);
         Edit edit = Edit::in_slab(pin);
         return open_atom(pin, "newer", from_string(edit, text_of(2))).status();
       }},
      {"swap", [&](Worker& w) { return change(w, "text", text); }},
      {"swap to a number", [&](Worker& w) { return change(w, "cell 0", inc); }},
      {"swap_vals",
       [](Worker& w) {
         const Pin pin(w);
         const RootRef ref = root_ref(find_named_root(pin, "text"));
         return swap_vals(pin, ref, [](Edit& e, Word) { return from_string(e, text_of(3)); })
             .status();
       }},
      {"reset to a value made before",
       [](Worker& w) {
         const Pin pin(w);
         Edit edit = Edit::in_slab(pin);
         const Word value = from_string(edit, text_of(4));
         return reset_vals(pin, root_ref(find_named_root(pin, "text")), value).status();
       }},
      {"compare and set",
       [](Worker& w) {
         const Pin pin(w);
         Edit edit = Edit::in_slab(pin);
         Edit own = Edit::in_nursery(pin);
         const RootRef ref = root_ref(find_named_root(pin, "text"));
         const auto was =
             compare_and_set(pin, ref, from_string(own, text_of(4)), from_string(edit, text_of(5)));
         check(!was.ok() || *was, "it held what it was set to");
         return was.status();
       }},
      {"commit 2", [&](Worker& w) { return together(w, 2); }},
      {"commit 10", [&](Worker& w) { return together(w, 10); }},
      {"commit 64", [&](Worker& w) { return together(w, 64); }},
      {"rename",
       [](Worker& w) {
         const Pin pin(w);
         return rename_root(pin, RootKind::kAtom, "filler 0", "a name that takes memory");
       }},
      {"delete",
       [](Worker& w) {
         const Pin pin(w);
         return delete_named_root(pin, RootKind::kAtom, "filler 1");
       }},
  };
  for (const auto& [name, operation] : operations) CHECK(room.exhaust(name, operation) > 0);
}

TEST_CASE("edits of collections that find no room leave the old value") {
  using Make = std::function<Word(Edit&, Word)>;
  struct Case {
    const char* name;
    Make first;  // what is there
    Make edit;
  };
  const Make map = [](Edit& e, Word) { return Map::from(e, entries(e, kFew)).word; };
  const Make set = [](Edit& e, Word) { return Set::from(e, items(e, kFew)).word; };
  const Make vector = [](Edit& e, Word) { return Vector::from(e, items(e, kFew)).word; };
  const Make list = [](Edit& e, Word) { return List::from(e, items(e, kFew)).word; };
  const Make sorted_map = [](Edit& e, Word) { return SortedMap::from(e, entries(e, kFew)).word; };
  const Make sorted_set = [](Edit& e, Word) { return SortedSet::from(e, items(e, kFew)).word; };
  const Make ints = [](Edit& e, Word) { return int_map(e, kFew).word; };
  const Make queue = [](Edit& e, Word) { return Queue::from(e, items(e, kFew)).word; };
  const Make nothing = [](Edit&, Word) { return kNil; };
  const auto conj_40 = [](auto collection, Edit& e) {
    for (int i = 0; i < 40; ++i) collection = collection.conj(e, item_of(e, i));
    return collection.word;
  };
  const Case cases[] = {
      {"map assoc", map,
       [](Edit& e, Word w) { return Map{w}.assoc(e, item_of(e, 9'999), kTrue).word; }},
      {"map dissoc", map, [](Edit& e, Word w) { return Map{w}.dissoc(e, int_word(7)).word; }},
      {"map merge", map,
       [](Edit& e, Word w) { return Map{w}.merge(e, Map::from(e, entries(e, 2 * kFew))).word; }},
      {"map in bulk", map, [](Edit& e, Word) { return Map::from(e, entries(e, kMany)).word; }},
      {"map transient", map,
       [](Edit& e, Word w) {
         TransientMap building(e, Map{w});
         for (int i = 0; i < kMany; ++i) building.assoc(item_of(e, i), int_word(-i));
         return building.persistent().word;
       }},
      {"set conj", set, [](Edit& e, Word w) { return Set{w}.conj(e, item_of(e, 9'999)).word; }},
      {"set disj", set, [](Edit& e, Word w) { return Set{w}.disj(e, int_word(7)).word; }},
      {"set unite", set,
       [](Edit& e, Word w) { return Set{w}.unite(e, Set::from(e, items(e, 2 * kFew))).word; }},
      {"set transient", set,
       [](Edit& e, Word w) {
         TransientSet building(e, Set{w});
         for (int i = 0; i < kMany; ++i) building.conj(item_of(e, i));
         return building.persistent().word;
       }},
      {"vector conj", vector, [&](Edit& e, Word w) { return conj_40(Vector{w}, e); }},
      {"vector assoc", vector,
       [](Edit& e, Word w) { return Vector{w}.assoc(e, 5, item_of(e, 9'999)).word; }},
      {"vector pop", vector, [](Edit& e, Word w) { return Vector{w}.pop(e).word; }},
      {"vector concat", vector,
       [](Edit& e, Word w) { return Vector{w}.concat(e, Vector{w}).word; }},
      {"vector insert_at", vector,
       [](Edit& e, Word w) { return Vector{w}.insert_at(e, 1'001, item_of(e, 3)).word; }},
      {"vector remove_at", vector, [](Edit& e, Word w) { return Vector{w}.remove_at(e, 77).word; }},
      {"vector slice", vector, [](Edit& e, Word w) { return Vector{w}.slice(e, 77, 2'001).word; }},
      {"vector transient", vector,
       [](Edit& e, Word w) {
         TransientVector building(e, Vector{w});
         for (int i = 0; i < kMany; ++i) building.conj(item_of(e, i));
         return building.persistent().word;
       }},
      {"list push", list, [](Edit& e, Word w) { return List{w}.push(e, item_of(e, 3)).word; }},
      {"sorted map assoc", sorted_map,
       [](Edit& e, Word w) { return SortedMap{w}.assoc(e, item_of(e, 9'999), kTrue).word; }},
      {"sorted map dissoc", sorted_map,
       [](Edit& e, Word w) { return SortedMap{w}.dissoc(e, int_word(7)).word; }},
      {"sorted map merge", sorted_map,
       [](Edit& e, Word w) {
         return SortedMap{w}.merge(e, SortedMap::from(e, entries(e, 2 * kFew))).word;
       }},
      {"sorted map transient", sorted_map,
       [](Edit& e, Word w) {
         TransientSortedMap building(e, SortedMap{w});
         for (int i = 0; i < kMany; ++i) building.assoc(item_of(e, i), int_word(-i));
         return building.persistent().word;
       }},
      {"sorted set conj", sorted_set,
       [](Edit& e, Word w) { return SortedSet{w}.conj(e, item_of(e, 9'999)).word; }},
      {"sorted set disj", sorted_set,
       [](Edit& e, Word w) { return SortedSet{w}.disj(e, int_word(7)).word; }},
      {"int map assoc", ints,
       [](Edit& e, Word w) { return IntMap{w}.assoc(e, 5, item_of(e, 3)).word; }},
      {"int map dissoc", ints, [](Edit& e, Word w) { return IntMap{w}.dissoc(e, 7).word; }},
      {"int map merge", ints,
       [](Edit& e, Word w) { return IntMap{w}.merge(e, int_map(e, 2 * kFew)).word; }},
      {"queue conj", queue, [&](Edit& e, Word w) { return conj_40(Queue{w}, e); }},
      {"queue drop", queue, [](Edit& e, Word w) { return Queue{w}.drop(e, 100).word; }},
      {"an array of 800 kB", nothing,
       [](Edit& e, Word) { return Array::make(e, ElementType::kI64, 100'000)->word; }},
      {"a struct of 10,000 rows", nothing,
       [](Edit& e, Word) {
         const FieldSpec fields[] = {{keyword(e.pin(), "x"), ElementType::kF64}};
         return Struct::make(e, *Layout::declare(e, fields), Arrangement::kColumns, 10'000)->word;
       }},
      {"a string of 1 MB", nothing,
       [](Edit& e, Word) { return from_string(e, std::string(1'000'000, 'x')); }},
      {"a string of 40 kB", nothing,
       [](Edit& e, Word) { return from_string(e, std::string(40'000, 'x')); }},
      {"a map made in the nursery and published", map,
       [](Edit& e, Word) {
         Edit own = Edit::in_nursery(e.pin());
         Word made = Map::from(own, entries(own, kMany)).word;
         publish(e.pin(), {&made, 1});
         return made;
       }},
  };
  for (const Case& c : cases) {
    Room room;
    (void)atom(room.worker, "it");
    REQUIRE(change(room.worker, "it", c.first).ok());
    (void)room.live_bytes();  // what the first value's making left is swept: the same slabs again
    CHECK(room.exhaust(c.name, [&](Worker& w) { return change(w, "it", c.edit); }) > 0);
  }
}

TEST_CASE("handles, snapshots, retention and watches that find no room hold nothing") {
  const std::pair<const char*, std::function<Status(Worker&)>> operations[] = {
      {"handle",
       [](Worker& w) {
         const Pin pin(w);
         return Handle::make(pin, int_word(1)).status();
       }},
      {"handle of a value just made",
       [](Worker& w) {
         const Pin pin(w);
         Edit edit = Edit::in_slab(pin);
         return Handle::make(pin, from_string(edit, text_of(1))).status();
       }},
      {"snapshot",
       [](Worker& w) {
         const Pin pin(w);
         return Snapshot::take(pin).status();
       }},
      {"retain",
       [](Worker& w) {
         const Pin pin(w);
         return retain(pin, root_ref(find_named_root(pin, "it")), 5);
       }},
      {"watch",
       [](Worker& w) {
         const Pin pin(w);
         return Watch::start(pin, root_ref(find_named_root(pin, "it")), WatchMode::kEveryChange)
             .status();
       }},
  };
  for (const auto& [name, operation] : operations) {
    Room room;
    const RootRef it = atom(room.worker, "it");
    std::vector<Handle> all;  // of the table's first chunk
    while (room.domain.state().next_hold.load_seq() < kHoldTable.first_entries) {
      const Pin pin(room.worker);
      all.push_back(*Handle::make(pin, kTrue));
    }
    CHECK(room.exhaust(name, operation) > 0);
    CHECK(root_slot(room.domain, it.slot).waiters.load_seq() == 0);
    const Pin pin(room.worker);
    REQUIRE(retain(pin, it, 1).ok());
  }
}

TEST_CASE("what found no room is not committed under its pin, nor what is built of it") {
  Room room;
  RootRef ref{};
  {
    const Pin pin(room.worker);
    ref = *open_atom(pin, "answer", int_word(42));
  }
  const auto build = [](Edit& edit, Word) {
    return Vector::from(edit, std::vector<Word>(100'000, int_word(7))).word;
  };
  {
    const Pin pin(room.worker);
    Edit edit = Edit::in_slab(pin);
    room.domain.ration_slabs(0);
    const Word large = build(edit, kNil);
    room.domain.ration_slabs(Domain::kNoRation);
    REQUIRE_FALSE(room.worker.take_space_status().ok());
    const Word outer =
        Vector::from(edit, std::vector<Word>{large}).word;  // finds room, but for what
    const RootRead was = read_root(pin, ref);
    const Change change[] = {{ref, was.version, outer}};
    CHECK(commit(pin, change) == CommitOutcome::kNoSpace);
    CHECK_FALSE(swap(pin, ref, build).ok());
    CHECK(*deref(pin, ref) == int_word(42));
  }
  CHECK(room.worker.has_space());
  const Pin pin(room.worker);
  CHECK(swap(pin, ref, build).ok());
}

TEST_CASE("names that find no room are not numbered, and found once there is some") {
  Room room;
  const auto name = [](int i) { return std::string(200, 'n') + std::to_string(i); };
  const std::uint32_t before = room.domain.state().next_name.load_seq();
  constexpr int kNames = 2'000;  // beyond a slab of bytes, the table's first chunk, an index level
  CHECK(room.exhaust("names", [&](Worker& w) {
    const Pin pin(w);
    for (int i = 0; i < kNames; ++i) {
      if (auto id = intern(pin, name(i)); !id.ok()) return id.status();
    }
    return Status();
  }) > 3);
  CHECK(room.domain.state().next_name.load_seq() == before + kNames);
  const Pin pin(room.worker);
  for (int i = 0; i < kNames; ++i)
    REQUIRE(name_of(pin, keyword_word(*intern(pin, name(i)))) == name(i));
}

TEST_CASE("a value with keywords that find no room is not committed") {
  Room room;
  const auto name = [](int i) { return std::string(200, 'k') + std::to_string(i); };
  constexpr int kNames = 1'000;
  {
    const Pin pin(room.worker);
    REQUIRE(open_atom(pin, "keywords", kEmptyMap).ok());
  }
  CHECK(room.exhaust("keywords", [&](Worker& w) {
    return change(w, "keywords", [&](Edit& edit, Word) {
      std::vector<MapEntry> all;
      for (int i = 0; i < kNames; ++i) all.push_back({keyword(edit, name(i)), int_word(i)});
      return Map::from(edit, all).word;
    });
  }) > 3);
  const Pin pin(room.worker);
  const Map map{*deref(pin, root_ref(find_named_root(pin, "keywords")))};
  CHECK(map.count(pin) == kNames);
  for (int i = 0; i < kNames; ++i) REQUIRE(map.find(pin, keyword(pin, name(i))) == int_word(i));
}

TEST_CASE("a worker that finds no room for its slot is told so, and joins later") {
  const Scratch scratch;
  const auto first = open_domain({.path = scratch.file("a.yin")});
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::uint64_t i = 0; i < kWorkerTable.first_entries; ++i) workers.push_back(join(*first));
  const auto second = open_domain({.path = scratch.file("a.yin")});
  second->ration_slabs(0);
  for (int i = 0; i < 3; ++i) {
    const auto refused = Worker::join(*second);
    REQUIRE(refused.status().code() == StatusCode::kResourceExhausted);
  }
  second->ration_slabs(Domain::kNoRation);
  const auto worker = join(*second);
  CHECK(raw(worker->index()) == kWorkerTable.first_entries);
  expect_clean(*worker);
}

TEST_CASE("a cycle needs no room") {
  Room room;
  (void)atom(room.worker, "it");
  REQUIRE(change(room.worker, "it", [](Edit& e, Word) {
            return Map::from(e, entries(e, kFew)).word;
          }).ok());
  room.domain.ration_slabs(0);
  for (int i = 0; i < 5; ++i) CHECK(collect(room.worker).ok());
  expect_clean(room.worker);
}

TEST_CASE("who is out of room for good goes on for ever, and leaks nothing") {
  Room room;
  (void)atom(room.worker, "it");
  REQUIRE(change(room.worker, "it", [](Edit& e, Word) { return from_string(e, text_of(1)); }).ok());
  const std::uint64_t live = room.live_bytes();
  const std::uint64_t slabs = room.domain.state().next_slab.load_seq();
  for (int i = 0; i < 300; ++i) {
    const auto fresh = join(room.domain);
    room.domain.ration_slabs(static_cast<std::uint64_t>(i % 3));
    REQUIRE(!change(*fresh, "it", [](Edit& e, Word) {
               return from_string(e, std::string(300'000, 'x'));
             }).ok());
    room.domain.ration_slabs(Domain::kNoRation);
    if (i % 10 == 0) REQUIRE(room.live_bytes() == live);
  }
  CHECK(room.domain.state().next_slab.load_seq() <= slabs + 2);
  expect_clean(room.worker);
}
