#include "substrate/nursery.h"

#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/set.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

// Does nothing below the word lie in private memory?
bool is_shared(const Pin& pin, Word root) {
  std::vector<Word> pending = {root};
  std::set<std::uint64_t> seen;
  while (!pending.empty()) {
    const Word w = pending.back();
    pending.pop_back();
    if (!is_reference(w) || !seen.insert(w.bits).second) continue;
    if (pin.worker().domain().is_private(object_offset(w))) return false;
    for (const Word child : traced_words(header_of(pin, w))) pending.push_back(child);
  }
  return true;
}

Word pair_of(Edit& edit, Word a, Word b) {
  const Word items[] = {a, b};
  return Vector::from(edit, items).word;
}

}  // namespace

TEST_CASE("publishing gives an equal value that is shared to its last object") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(500); ++i) {
    const Pin pin(*t.worker);
    t.worker->nursery().reset();
    Edit slab = Edit::in_slab(pin);
    Edit nursery = Edit::in_nursery(pin);
    Random again = random;
    const Word expected = random_value(slab, random, 4);
    Word words[] = {random_value(nursery, again, 4)};
    publish(pin, words);
    REQUIRE(is_shared(pin, words[0]));
    REQUIRE(flaw_in(pin, words[0]) == "");
    REQUIRE(congruent(pin, expected, words[0]));
  }
}

TEST_CASE("what was shared in the nursery is shared after publishing, within one call") {
  const TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Word inner = from_string(edit, "a string of some length");
  const Word twice = pair_of(edit, inner, inner);
  Word words[] = {twice, pair_of(edit, twice, inner), twice, inner, int_word(7), kNil};
  publish(pin, words);
  const Vector outer{words[0]};
  CHECK(outer.nth(pin, 0) == outer.nth(pin, 1));
  CHECK(words[2] == words[0]);
  CHECK(Vector{words[1]}.nth(pin, 0) == words[0]);
  CHECK(Vector{words[1]}.nth(pin, 1) == words[3]);
  CHECK(words[3] == outer.nth(pin, 0));
  CHECK(words[4] == int_word(7));
  CHECK(is_nil(words[5]));
}

TEST_CASE("publishing leaves shared objects alone") {
  const TestDomain t;
  const Pin pin(*t.worker);
  Edit slab = Edit::in_slab(pin);
  Edit nursery = Edit::in_nursery(pin);
  const Word shared = pair_of(slab, from_string(slab, "shared for a while"), int_word(1));
  Word words[] = {pair_of(nursery, shared, shared), shared};
  publish(pin, words);
  CHECK(words[1] == shared);
  CHECK(Vector{words[0]}.nth(pin, 0) == shared);
  CHECK(Vector{words[0]}.nth(pin, 1) == shared);
}

TEST_CASE("a value a million deep is published, kept and verified without recursion") {
  const TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const int depth = yin::test::effort(1'000'000);
  Word deep = kNil;
  for (int i = 0; i < depth; ++i) deep = pair_of(edit, int_word(i), deep);
  Word words[] = {deep};
  publish(pin, words);
  t.worker->nursery().reset();
  const auto ref = open_atom(pin, "deep", kNil);
  REQUIRE(ref.ok());
  REQUIRE(reset_root(pin, *ref, words[0]).ok());
  Word w = words[0];
  for (int i = depth; i-- > 0; w = Vector{w}.nth(pin, 1))
    REQUIRE(Vector{w}.nth(pin, 0) == int_word(i));
  CHECK(is_nil(w));
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("resetting gives the same memory again, used or not") {
  const TestDomain t;
  Nursery& nursery = t.worker->nursery();
  const Pin pin(*t.worker);
  for (const std::uint64_t bytes :
       {std::uint64_t{16}, std::uint64_t{1} << 20, std::uint64_t{100} << 20}) {
    std::byte* first = nursery.allocate(bytes);
    CHECK(t.domain->is_private(pin.offset_of(first)));
    CHECK(nursery.used_bytes() >= bytes);
    nursery.reset();
    CHECK(nursery.used_bytes() == 0);
    CHECK(nursery.allocate(16) == first);
    nursery.reset();
  }
}
