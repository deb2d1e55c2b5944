#include "dao/datom.h"

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/vector.h"
#include "tests/support/test_domain.h"

using namespace yin;
using dao::Datom;
using dao::Index;
using substrate::Edit;
using substrate::int_word;
using substrate::Pin;
using substrate::Word;

namespace {

struct DatomTest : tests::TestDomain {
  Pin pin{*worker};
  Edit edit = Edit::in_nursery(pin);

  [[nodiscard]] Word keyword(std::string_view name) const { return substrate::keyword(pin, name); }
  [[nodiscard]] Datom datom(std::int64_t e, std::string_view a, Word v, std::int64_t t = 0,
                            std::int64_t m = 1) const {
    return {int_word(e), keyword(a), v, int_word(t), int_word(m)};
  }
  [[nodiscard]] bool before(Index index, const Datom& a, const Datom& b) const {
    const int there = dao::compare(pin, index, a, b);
    const int back = dao::compare(pin, index, b, a);
    CHECK((there < 0) == (back > 0));
    CHECK((there == 0) == (back == 0));
    return there < 0;
  }
};

}  // namespace

TEST_CASE_METHOD(DatomTest, "a datom has an entity, an attribute with a namespace, t and m") {
  const Datom good = datom(16, "yin/type", substrate::kNil);
  CHECK(dao::is_well_formed(pin, good));
  CHECK(dao::is_well_formed(pin, datom(0, "a/b", substrate::kTrue, 7, 16)));

  const auto with = [&](Word Datom::*field, Word w) {
    Datom d = good;
    d.*field = w;
    return dao::is_well_formed(pin, d);
  };
  CHECK_FALSE(with(&Datom::e, int_word(-1)));
  CHECK_FALSE(with(&Datom::e, substrate::kNil));
  CHECK_FALSE(with(&Datom::a, keyword("type")));
  CHECK_FALSE(with(&Datom::a, keyword("/")));
  CHECK_FALSE(with(&Datom::a, substrate::symbol(pin, "yin/type")));
  CHECK_FALSE(with(&Datom::v, substrate::kAbsent));
  CHECK_FALSE(with(&Datom::v, substrate::kTombstone));
  CHECK_FALSE(with(&Datom::t, int_word(-1)));
  CHECK_FALSE(with(&Datom::t, substrate::kNil));
  CHECK_FALSE(with(&Datom::m, int_word(-1)));
  CHECK_FALSE(with(&Datom::m, int_word(3)));
  CHECK_FALSE(with(&Datom::m, int_word(15)));
  CHECK_FALSE(with(&Datom::m, substrate::kNil));
}

TEST_CASE_METHOD(DatomTest, "marks tell retracted, asserted and derived apart") {
  CHECK(dao::is_retracted(datom(16, "a/b", substrate::kNil, 0, 0)));
  CHECK_FALSE(dao::is_retracted(datom(16, "a/b", substrate::kNil, 0, 1)));
  CHECK(dao::is_derived(datom(16, "a/b", substrate::kNil, 0, 2)));
  CHECK_FALSE(dao::is_derived(datom(16, "a/b", substrate::kNil, 0, 16)));
}

TEST_CASE_METHOD(DatomTest, "each index looks at its fields in its order") {
  // Differ in two fields, in opposite directions: the earlier field of the index decides.
  const Datom e1_b = datom(1, "x/b", int_word(5));
  const Datom e2_a = datom(2, "x/a", int_word(5));
  CHECK(before(Index::kEavt, e1_b, e2_a));
  CHECK(before(Index::kAevt, e2_a, e1_b));
  CHECK(before(Index::kAvet, e2_a, e1_b));
  CHECK(before(Index::kVaet, e2_a, e1_b));

  const Datom e1_v9 = datom(1, "x/a", int_word(9));
  const Datom e2_v8 = datom(2, "x/a", int_word(8));
  CHECK(before(Index::kEavt, e1_v9, e2_v8));
  CHECK(before(Index::kAevt, e1_v9, e2_v8));
  CHECK(before(Index::kAvet, e2_v8, e1_v9));
  CHECK(before(Index::kVaet, e2_v8, e1_v9));

  const Datom a_v9 = datom(1, "x/a", int_word(9));
  const Datom b_v8 = datom(1, "x/b", int_word(8));
  CHECK(before(Index::kAvet, a_v9, b_v8));
  CHECK(before(Index::kVaet, b_v8, a_v9));

  for (const Index index : {Index::kEavt, Index::kAevt, Index::kAvet, Index::kVaet}) {
    CHECK(before(index, datom(1, "x/a", int_word(1), 3, 2), datom(1, "x/a", int_word(1), 4, 1)));
    CHECK(before(index, datom(1, "x/a", int_word(1), 3, 1), datom(1, "x/a", int_word(1), 3, 2)));
    CHECK(dao::compare(pin, index, e1_b, e1_b) == 0);
  }
}

TEST_CASE_METHOD(DatomTest, "values that compare as equal but are not are two facts") {
  const Word one = int_word(1);
  const Word one_point = substrate::from_double(edit, 1.0);
  REQUIRE(substrate::compare(pin, one, one_point) == 0);
  const int there = dao::compare_values(pin, one, one_point);
  CHECK(there != 0);
  CHECK((dao::compare_values(pin, one_point, one) < 0) == (there > 0));

  const Word ints = substrate::Vector::from(edit, std::vector{one, one}).word;
  const Word same = substrate::Vector::from(edit, std::vector{one, one}).word;
  CHECK(dao::compare_values(pin, ints, same) == 0);
}

TEST_CASE_METHOD(DatomTest, "an index orders any datoms the same way whatever order they come in") {
  const auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::vector<Word> values = {substrate::kNil,
                                    substrate::kFalse,
                                    int_word(-3),
                                    int_word(3),
                                    substrate::from_double(edit, 3.0),
                                    substrate::from_string(edit, "three is a longer string"),
                                    keyword("three"),
                                    substrate::symbol(pin, "three"),
                                    substrate::Vector::from(edit, std::vector{int_word(3)}).word};
  std::vector<Datom> datoms;
  for (std::int64_t e = 0; e < 4; ++e) {
    for (const auto* a : {"x/a", "x/b", "y/a"}) {
      for (const Word v : values) datoms.push_back(datom(e, a, v, e % 2));
    }
  }
  for (const Index index : {Index::kEavt, Index::kAevt, Index::kAvet, Index::kVaet}) {
    auto sorted = datoms;
    std::ranges::sort(sorted, dao::Before{pin, index});
    auto again = datoms;
    std::ranges::shuffle(again, random);
    std::ranges::sort(again, dao::Before{pin, index});
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      CHECK(dao::compare(pin, index, sorted[i], again[i]) == 0);
      if (i > 0) CHECK(dao::compare(pin, index, sorted[i - 1], sorted[i]) < 0);
    }
  }
}
