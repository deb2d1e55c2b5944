#include "substrate/list.h"

#include <deque>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

std::vector<Word> contents(const Pin& pin, List list) {
  std::vector<Word> items;
  for (ListIterator it(pin, list); !it.done(); it.next()) items.push_back(it.item());
  return items;
}

}  // namespace

TEST_CASE("the empty list has nothing") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  CHECK(List::is(kEmptyList));
  CHECK(!List::is(kEmptyVector));
  CHECK(List().count(pin) == 0);
  CHECK(ListIterator(pin, List()).done());
  CHECK(List::from(edit, {}).word == kEmptyList);
  CHECK(ListBuilder(edit).finish().word == kEmptyList);
  CHECK(List().push(edit, kNil).rest(edit).word == kEmptyList);
}

TEST_CASE("a list built at once, from its end or by push is the same, and rest goes through all") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  for (const int size : {1, 2, 12, 13, 14, 25, 26, 27, 31, 32, 33, 1023, 1024, 1025}) {
    std::vector<Word> items;
    for (int i = 0; i < size; ++i) items.push_back(int_word(i));
    List bulk = List::from(edit, items);
    List pushed;
    ListBuilder builder(edit);
    for (int i = size; i-- > 0;) {
      pushed = pushed.push(edit, int_word(i));
      builder.push_front(int_word(i));
    }
    const List built = builder.finish();
    REQUIRE(flaw_in(pin, built.word) == "");
    REQUIRE(contents(pin, built) == items);
    REQUIRE(built.rest(edit).count(pin) == static_cast<std::uint64_t>(size - 1));
    REQUIRE(header_of(pin, built.word)->count == header_of(pin, bulk.word)->count);
    REQUIRE(contents(pin, bulk) == items);
    REQUIRE(contents(pin, pushed) == items);
    REQUIRE(equal(pin, bulk.word, pushed.word));
    REQUIRE(hash(pin, bulk.word) == hash(pin, pushed.word));
    for (int i = 0; i < size; ++i) {
      REQUIRE(flaw_in(pin, bulk.word) == "");
      REQUIRE(bulk.count(pin) == static_cast<std::uint64_t>(size - i));
      REQUIRE(bulk.first(pin) == int_word(i));
      REQUIRE(pushed.first(pin) == int_word(i));
      bulk = bulk.rest(edit);
      pushed = pushed.rest(edit);
    }
    REQUIRE(bulk.word == kEmptyList);
    REQUIRE(pushed.word == kEmptyList);
  }
}

TEST_CASE("a list is what a std::deque is, in every version") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  List list;
  std::deque<Word> model;
  std::vector<std::pair<List, std::deque<Word>>> old;
  for (int i = 0; i < yin::test::effort(5000); ++i) {
    if (random.one_in(200)) {
      std::vector<Word> items(random.below(60));
      for (Word& item : items) item = int_word(static_cast<int>(random.below(100)));
      list = List::from(edit, items);
      model.assign(items.begin(), items.end());
    } else if (random.one_in(2) || model.empty()) {
      const Word item = random.one_in(9) ? from_string(edit, "an item of many bytes") : int_word(i);
      list = list.push(edit, item);
      model.push_front(item);
    } else {
      list = list.rest(edit);
      model.pop_front();
    }
    if (random.one_in(50)) old.emplace_back(list, model);
  }
  old.emplace_back(list, model);
  for (const auto& [version, expected] : old) {
    REQUIRE(version.count(pin) == expected.size());
    REQUIRE(contents(pin, version) == std::vector<Word>(expected.begin(), expected.end()));
    REQUIRE(flaw_in(pin, version.word) == "");
  }
}
