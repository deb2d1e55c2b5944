// Every collection over every backing a region can have: in an atom, changed by swaps while cycles
// run, beside its std model. What each collection does by itself is its own test's matter (map_test
// and so on, in private memory); here the bytes stand in files and shared memory, are reclaimed and
// used anew, and are read by other processes' swaps.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/struct.h"
#include "substrate/vector.h"
#include "tests/substrate/atoms.h"
#include "tests/support/child.h"
#include "tests/support/domain_place.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

// One change. What it means follows from it and the collection's size, so that a collection and its
// model take it alike, also one that others have changed meanwhile.
struct Op {
  std::uint64_t kind;  // below 100
  std::uint64_t place;
  int number;

  static Op draw(Random& random) {
    return {random.below(100), random.bits() >> 1, static_cast<int>(random.below(1'500))};
  }
};

// Numbers as words that refer or do not, and back.
Word word_of(Edit& edit, int n) {
  return n % 3 == 0 ? from_string(edit, "a word of many bytes: " + std::to_string(n)) : int_word(n);
}
int number_of(const Pin& pin, Word w) {
  if (is_small_int(w)) return static_cast<int>(small_int(w));
  const std::string text = to_string(pin, w);
  return std::stoi(text.substr(text.rfind(' ') + 1));
}

// ---- what has keys ------------------------------------------------------------------------------

template <class Collection>
struct Keyed {
  using Model = std::map<int, int>;

  static Word empty(Edit&) { return Collection{}.word; }
  static bool removes(const Op& op) { return op.kind < 45; }
  static int value(const Op& op) { return static_cast<int>(op.place % 1'000); }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const Collection map{w};
    if constexpr (std::is_same_v<Collection, IntMap>) {
      return removes(op) ? map.dissoc(edit, op.number).word
                         : map.assoc(edit, op.number, word_of(edit, value(op))).word;
    } else {
      const Word key = word_of(edit, op.number);
      return removes(op) ? map.dissoc(edit, key).word
                         : map.assoc(edit, key, word_of(edit, value(op))).word;
    }
  }
  static void apply(Model& model, const Op& op) {
    if (removes(op)) {
      model.erase(op.number);
    } else {
      model[op.number] = value(op);
    }
  }
  template <class Iterator>
  static bool equals_by(const Pin& pin, Word w, const Model& model) {
    Model found;
    Word before = kAbsent;
    for (Iterator it(pin, Collection{w}); !it.done(); it.next()) {
      const MapEntry& e = it.entry();
      found[number_of(pin, e.key)] = number_of(pin, e.value);
      if (!std::is_same_v<Collection, Map> && !is_absent(before) &&
          compare(pin, before, e.key) >= 0)
        return false;
      before = e.key;
    }
    return found == model && Collection{w}.count(pin) == model.size();
  }
};
struct OfMap : Keyed<Map> {
  static bool equals(const Pin& pin, Word w, const Model& m) {
    return equals_by<MapIterator>(pin, w, m);
  }
};
struct OfSortedMap : Keyed<SortedMap> {
  static bool equals(const Pin& pin, Word w, const Model& m) {
    return equals_by<SortedMapIterator>(pin, w, m);
  }
};
struct OfIntMap : Keyed<IntMap> {
  static bool equals(const Pin& pin, Word w, const Model& m) {
    return equals_by<IntMapIterator>(pin, w, m);
  }
};

template <class Collection, class Iterator>
struct Items {
  using Model = std::set<int>;

  static Word empty(Edit&) { return Collection{}.word; }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const Word item = word_of(edit, op.number);
    const Collection set{w};
    return op.kind < 45 ? set.disj(edit, item).word : set.conj(edit, item).word;
  }
  static void apply(Model& model, const Op& op) {
    if (op.kind < 45) {
      model.erase(op.number);
    } else {
      model.insert(op.number);
    }
  }
  static bool equals(const Pin& pin, Word w, const Model& model) {
    Model found;
    for (Iterator it(pin, Collection{w}); !it.done(); it.next())
      found.insert(number_of(pin, it.item()));
    return found == model && Collection{w}.count(pin) == model.size();
  }
};
using OfSet = Items<Set, SetIterator>;
using OfSortedSet = Items<SortedSet, SortedSetIterator>;

// ---- what has an order --------------------------------------------------------------------------

constexpr std::size_t kLong = 1'500;  // beyond it, more is taken away than added

struct OfVector {
  using Model = std::vector<int>;
  enum class Change { kConj, kAssoc, kPop, kInsert, kRemove, kConcat, kTake, kDrop };

  static Word empty(Edit&) { return Vector{}.word; }
  static Change change(const Op& op, std::size_t size) {
    if (size == 0) return Change::kConj;
    if (op.kind < (size < kLong ? 40 : 20)) return Change::kConj;
    if (op.kind < 60) return Change::kAssoc;
    if (op.kind < 80) return Change::kPop;
    if (op.kind < 86) return Change::kInsert;
    if (op.kind < 92) return Change::kRemove;
    if (op.kind < 96 && size < kLong) return Change::kConcat;
    return op.kind < 98 ? Change::kTake : Change::kDrop;
  }
  static std::size_t few(const Op& op, std::size_t size) { return op.place % std::min(size, kFew); }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const Vector v{w};
    const std::size_t size = v.count(edit.pin());
    const Word item = word_of(edit, op.number);
    switch (change(op, size)) {
      case Change::kConj:
        return v.conj(edit, item).word;
      case Change::kAssoc:
        return v.assoc(edit, op.place % size, item).word;
      case Change::kPop:
        return v.pop(edit).word;
      case Change::kInsert:
        return v.insert_at(edit, op.place % (size + 1), item).word;
      case Change::kRemove:
        return v.remove_at(edit, op.place % size).word;
      case Change::kConcat:
        return v.concat(edit, v.take(edit, few(op, size))).word;
      case Change::kTake:
        return v.take(edit, size - few(op, size)).word;
      case Change::kDrop:
        return v.drop(edit, few(op, size)).word;
    }
    return w;
  }
  static void apply(Model& m, const Op& op) {
    const std::size_t size = m.size();
    const auto at = [&](std::uint64_t i) { return m.begin() + static_cast<std::ptrdiff_t>(i); };
    switch (change(op, size)) {
      case Change::kConj:
        return m.push_back(op.number);
      case Change::kAssoc:
        m[op.place % size] = op.number;
        return;
      case Change::kPop:
        return m.pop_back();
      case Change::kInsert:
        m.insert(at(op.place % (size + 1)), op.number);
        return;
      case Change::kRemove:
        m.erase(at(op.place % size));
        return;
      case Change::kConcat: {
        const Model front(m.begin(), at(few(op, size)));
        m.insert(m.end(), front.begin(), front.end());
        return;
      }
      case Change::kTake:
        return m.resize(size - few(op, size));
      case Change::kDrop:
        m.erase(m.begin(), at(few(op, size)));
        return;
    }
  }
  static bool equals(const Pin& pin, Word w, const Model& model) {
    const Vector v{w};
    if (v.count(pin) != model.size()) return false;
    for (std::size_t i = 0; i < model.size(); ++i) {
      if (number_of(pin, v.nth(pin, i)) != model[i]) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kFew = 60;
};

struct OfList {
  using Model = std::deque<int>;

  static Word empty(Edit&) { return List{}.word; }
  static bool pushes(const Op& op, std::size_t size) {
    return size == 0 || op.kind < (size < kLong ? 55 : 45);
  }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const List list{w};
    return pushes(op, list.count(edit.pin())) ? list.push(edit, word_of(edit, op.number)).word
                                              : list.rest(edit).word;
  }
  static void apply(Model& model, const Op& op) {
    pushes(op, model.size()) ? model.push_front(op.number) : model.pop_front();
  }
  static bool equals(const Pin& pin, Word w, const Model& model) {
    auto expected = model.begin();
    for (ListIterator it(pin, List{w}); !it.done(); it.next()) {
      if (expected == model.end() || number_of(pin, it.item()) != *expected++) return false;
    }
    return expected == model.end() && List{w}.count(pin) == model.size();
  }
};

struct OfQueue {
  using Model = std::deque<int>;

  static Word empty(Edit&) { return Queue{}.word; }
  static std::uint64_t drops(const Op& op, std::size_t size) {  // 0: it puts one in
    if (size == 0 || op.kind < (size < kLong ? 55 : 45)) return 0;
    return op.kind == 99 ? op.place % std::min<std::size_t>(size, 50) + 1 : 1;
  }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const Queue queue{w};
    const std::uint64_t n = drops(op, queue.count(edit.pin()));
    return n == 0 ? queue.conj(edit, word_of(edit, op.number)).word : queue.drop(edit, n).word;
  }
  static void apply(Model& model, const Op& op) {
    const std::uint64_t n = drops(op, model.size());
    if (n == 0) model.push_back(op.number);
    model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(n));
  }
  static bool equals(const Pin& pin, Word w, const Model& model) {
    const Queue queue{w};
    if (queue.count(pin) != model.size()) return false;
    for (std::size_t i = 0; i < model.size(); ++i) {
      if (number_of(pin, queue.nth(pin, i)) != model[i]) return false;
    }
    return true;
  }
};

// ---- what changes in place: each change makes a new one, and stores into it before anyone sees it

struct OfArray {
  using Model = std::vector<std::int64_t>;

  static Word empty(Edit& edit) { return Array::make(edit, ElementType::kI64, 1)->word; }
  static std::size_t next_size(const Op& op, std::size_t size) {
    return op.kind < 20 ? op.place % 200 + 1 : size;
  }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const auto now = Array{w}.elements(edit.pin()).span<const std::int64_t>();
    Model numbers(now->begin(), now->end());
    numbers.resize(next_size(op, numbers.size()));
    const Array next = *Array::from<std::int64_t>(edit, numbers);
    check(next.set(edit.pin(), op.place % numbers.size(), int_word(op.number)).ok(), "a store");
    return next.word;
  }
  static void apply(Model& model, const Op& op) {
    if (model.empty()) model.resize(1);
    model.resize(next_size(op, model.size()));
    model[op.place % model.size()] = op.number;
  }
  static bool equals(const Pin& pin, Word w, const Model& model) {
    const auto found = Array{w}.elements(pin).span<const std::int64_t>();
    return std::ranges::equal(*found, model) || (model.empty() && found->size() == 1);
  }
};

struct OfStruct {
  struct Row {
    int word, hits;
    friend bool operator==(const Row&, const Row&) = default;
  };
  using Model = std::vector<Row>;

  static Word empty(Edit& edit) {
    const FieldSpec fields[] = {
        {keyword(edit.pin(), "word"), ElementType::kWord, FieldAccess::kImmutable},
        {keyword(edit.pin(), "hits"), ElementType::kI32, FieldAccess::kAtomic}};
    return Struct::make(edit, *Layout::declare(edit, fields), Arrangement::kRows, 0)->word;
  }
  static std::size_t next_size(const Op& op, std::size_t size) {
    return size == 0 || op.kind < 20 ? op.place % 40 + 1 : size;
  }
  static Word apply(Edit& edit, Word w, const Op& op) {
    const Struct now{w};
    const Word word = keyword(edit.pin(), "word");
    const Word hits = keyword(edit.pin(), "hits");
    std::vector<Word> values;
    const std::size_t size = next_size(op, now.rows(edit.pin()));
    for (std::size_t row = 0; row < size; ++row) {
      const bool is_new = row >= now.rows(edit.pin());
      values.push_back(row == op.place % size ? word_of(edit, op.number)
                       : is_new               ? int_word(1)
                                              : now.get(edit, row, word));
      values.push_back(is_new ? int_word(0) : now.get(edit, row, hits));
    }
    const Struct next =
        *Struct::make(edit, now.layout(edit.pin()),
                      op.kind % 2 == 0 ? Arrangement::kRows : Arrangement::kColumns, size, values);
    check(next.column(edit.pin(), hits)->add(op.place % size, op.number).ok(), "an addition");
    return next.word;
  }
  static void apply(Model& model, const Op& op) {
    model.resize(next_size(op, model.size()), {1, 0});
    Row& row = model[op.place % model.size()];
    row = {op.number, row.hits + op.number};
  }
  static bool equals(const Pin& pin, Word w, const Model& model) {
    const Struct s{w};
    const Field word = *s.layout(pin).find(pin, keyword(pin, "word"));
    const Elements hits = *s.column(pin, keyword(pin, "hits"));
    Model found;
    for (std::uint64_t row = 0; row < s.rows(pin); ++row) {
      found.push_back(
          {number_of(pin, s.word_at(pin, row, word)), static_cast<int>(hits.get(row)->integer)});
    }
    return found == model;
  }
};

// ---- the bodies ---------------------------------------------------------------------------------

template <class Of>
RootRef make(Worker& worker, const std::string& name) {
  const RootRef ref = atom(worker, name);
  const Pin pin(worker);
  check(swap(pin, ref, [](Edit& edit, Word) { return Of::empty(edit); }).ok(), "a first value");
  return ref;
}

template <class Of>
Word change(Worker& worker, RootRef ref, const Op& op) {
  const Pin pin(worker);
  const auto swapped = swap(pin, ref, [&](Edit& edit, Word w) { return Of::apply(edit, w, op); });
  check(swapped.ok(), swapped.status().message().c_str());
  return *swapped;
}

template <class Of>
bool is(Worker& worker, RootRef ref, const typename Of::Model& model) {
  const Pin pin(worker);
  return Of::equals(pin, *deref(pin, ref), model);
}

void collect_if_due(Worker& worker) {
  if (collection_due(worker.domain())) (void)collect(worker).ok();  // or another is at it
}

}  // namespace

TEMPLATE_TEST_CASE("a collection is what its std model is, in every version held, while cycles run",
                   "", OfMap, OfSet, OfVector, OfList, OfSortedMap, OfSortedSet, OfIntMap, OfQueue,
                   OfArray, OfStruct) {
  using Model = typename TestType::Model;
  struct Held {
    Handle handle;
    Model model;
  };
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const int steps = yin::test::effort(100'000);
  const auto often = static_cast<std::uint64_t>(std::max(steps / 50, 1));
  for (const Backing backing : kBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    const TestDomain t({.path = place.path(), .mode = OpenMode::kCreate});
    const RootRef ref = make<TestType>(*t.worker, "it");
    Model model;
    std::vector<Held> held;
    for (int step = 0; step < steps; ++step) {
      const Op op = Op::draw(random);
      TestType::apply(model, op);
      (void)change<TestType>(*t.worker, ref, op);
      if (random.one_in(often)) {
        REQUIRE(is<TestType>(*t.worker, ref, model));
        const Pin pin(*t.worker);
        auto handle = Handle::make(pin, *deref(pin, ref));
        REQUIRE(handle.ok());
        held.push_back({*std::move(handle), model});
      }
      if (held.size() > 20)
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(random.below(20)));
      if (random.one_in(often)) REQUIRE(collect(*t.worker).ok());
      collect_if_due(*t.worker);
    }
    REQUIRE(is<TestType>(*t.worker, ref, model));
    const Pin pin(*t.worker);
    for (const Held& h : held) REQUIRE(TestType::equals(pin, h.handle.get(), h.model));
    expect_clean(*t.worker);
  }
}

TEST_CASE("a snapshot of all collections is what it was, after many swaps of other processes") {
  using All = std::tuple<OfMap, OfSet, OfVector, OfList, OfSortedMap, OfSortedSet, OfIntMap,
                         OfQueue, OfArray, OfStruct>;
  constexpr std::size_t kKinds = std::tuple_size_v<All>;
  const auto each = [](auto&& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (visit.template operator()<std::tuple_element_t<I, All>, I>(), ...);
    }
    (std::make_index_sequence<kKinds>{});
  };
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  const int swaps = yin::test::effort(100'000);  // of both processes together
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    Random random(seed);
    const DomainPlace place(backing);
    const TestDomain t({.path = place.path(), .mode = OpenMode::kCreate});
    std::vector<RootRef> refs;
    auto models = []<class... Of>(std::tuple<Of...>*) {
      return std::tuple<typename Of::Model...>();
    }(static_cast<All*>(nullptr));
    each([&]<class Of, std::size_t I>() {
      refs.push_back(make<Of>(*t.worker, "collection " + std::to_string(I)));
      for (int i = 0; i < 3'000; ++i) {
        const Op op = Op::draw(random);
        Of::apply(std::get<I>(models), op);
        (void)change<Of>(*t.worker, refs[I], op);
      }
    });
    const auto snapshot = [&] {
      const Pin pin(*t.worker);
      return Snapshot::take(pin);
    }();
    REQUIRE(snapshot.ok());

    std::vector<Child> children;
    for (std::uint64_t child = 0; child < 2; ++child) {
      children.emplace_back([&, child] {
        const auto domain = open_domain({.path = place.path(), .mode = OpenMode::kJoin});
        const auto worker = join(*domain);
        Random own(seed + child + 1);
        for (int i = 0; i < swaps / 2; ++i) {
          const std::size_t kind = own.below(kKinds);
          const Op op = Op::draw(own);
          each([&]<class Of, std::size_t I>() {
            if (I == kind) (void)change<Of>(*worker, refs[I], op);
          });
          collect_if_due(*worker);
        }
        return 0;
      });
    }
    for (Child& child : children) REQUIRE(child.wait() == 0);
    REQUIRE(collect(*t.worker).ok());
    const Pin pin(*t.worker);
    each([&]<class Of, std::size_t I>() {
      INFO("collection " << I);
      const RootRead then = snapshot->read(pin, refs[I]);
      REQUIRE(then.ok());
      CHECK(Of::equals(pin, then.value, std::get<I>(models)));
    });
    expect_clean(*t.worker);
  }
}
