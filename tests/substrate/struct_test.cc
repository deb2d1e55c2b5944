#include "substrate/struct.h"

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/atom.h"
#include "substrate/bulk.h"
#include "substrate/collector.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr FieldAccess kAllAccess[] = {FieldAccess::kImmutable, FieldAccess::kMutable,
                                      FieldAccess::kAtomic};

Layout declare(Edit& edit, const std::vector<FieldSpec>& fields) {
  const auto layout = Layout::declare(edit, fields);
  check(layout.ok(), layout.status().message().c_str());
  return *layout;
}
Struct make(Edit& edit, Layout layout, Arrangement arrangement, std::uint64_t rows,
            const std::vector<Word>& values = {}) {
  const auto made = Struct::make(edit, layout, arrangement, rows, values);
  check(made.ok(), made.status().message().c_str());
  return *made;
}
std::vector<FieldSpec> points(const Pin& pin) {
  return {{keyword(pin, "tag"), ElementType::kU8},
          {keyword(pin, "x"), ElementType::kF64},
          {keyword(pin, "name"), ElementType::kWord, FieldAccess::kImmutable},
          {keyword(pin, "hits"), ElementType::kI32, FieldAccess::kAtomic},
          {keyword(pin, "id"), ElementType::kI64, FieldAccess::kImmutable}};
}

}  // namespace

TEST_CASE("a layout aligns every field and loses nothing between them") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  for (int round = 0; round < yin::test::effort(200); ++round) {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    std::vector<FieldSpec> fields(static_cast<std::size_t>(random.below(20)));
    std::uint64_t words = 0, bytes = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto type =
          static_cast<ElementType>(random.below(static_cast<std::uint64_t>(ElementType::kEnd)));
      fields[i] = {
          keyword(pin, "f" + std::to_string(i)), type,
          type == ElementType::kWord ? FieldAccess::kImmutable : kAllAccess[random.below(3)]};
      (type == ElementType::kWord ? words : bytes) +=
          type == ElementType::kWord ? 1 : element_bytes(type);
    }
    const Layout layout = declare(edit, fields);
    REQUIRE(layout.field_count(pin) == fields.size());
    REQUIRE(layout.word_count(pin) == words);
    REQUIRE(layout.row_bytes(pin) >= bytes);
    REQUIRE(layout.row_bytes(pin) < bytes + 8);
    std::vector<bool> taken(static_cast<std::size_t>(layout.row_bytes(pin)));
    for (const FieldSpec& spec : fields) {
      const auto f = layout.find(pin, spec.name);
      REQUIRE(f.has_value());
      REQUIRE(f->type == spec.type);
      REQUIRE(f->access == spec.access);
      if (f->type == ElementType::kWord) continue;
      const std::uint64_t size = element_bytes(f->type);
      REQUIRE(f->place % size == 0);
      REQUIRE(layout.row_bytes(pin) % size == 0);
      for (std::uint64_t i = 0; i < size; ++i) {
        REQUIRE(!taken[static_cast<std::size_t>(f->place + i)]);
        taken[static_cast<std::size_t>(f->place + i)] = true;
      }
    }
    REQUIRE(!layout.find(pin, keyword(pin, "nothing")).has_value());
  }
}

TEST_CASE("layouts that cannot be are refused with a reason") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Word x = keyword(pin, "x");
  const auto refused = [&](const std::vector<FieldSpec>& fields) {
    const auto made = Layout::declare(edit, fields);
    CHECK(made.status().code() == StatusCode::kInvalidArgument);
  };
  refused({{x, ElementType::kI8}, {x, ElementType::kF64}});
  refused({{from_string(edit, "x"), ElementType::kI8}});
  refused({{x, ElementType::kWord}});
  refused({{x, ElementType::kWord, FieldAccess::kAtomic}});
  refused({{x, ElementType::kEnd}});
  refused({{x, ElementType::kI8, FieldAccess::kEnd}});
  refused(std::vector<FieldSpec>(kLayoutFieldsMax + 1, {x, ElementType::kI8}));
}

TEST_CASE("layouts are equal by content, structs to themselves only") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Layout a = declare(edit, points(pin));
  const Layout b = declare(edit, points(pin));
  REQUIRE(a.word != b.word);
  CHECK(equal(pin, a.word, b.word));
  CHECK(hash(pin, a.word) == hash(pin, b.word));
  CHECK(compare(pin, a.word, b.word) == 0);
  auto other = points(pin);
  std::swap(other[0], other[1]);
  CHECK(!equal(pin, a.word, declare(edit, other).word));
  other = points(pin);
  other[0].access = FieldAccess::kAtomic;
  CHECK(!equal(pin, a.word, declare(edit, other).word));
  other.pop_back();
  CHECK(!equal(pin, a.word, declare(edit, other).word));
  CHECK(!equal(pin, a.word, int_word(1)));
  const Struct s = make(edit, a, Arrangement::kRows, 1);
  const Struct same = make(edit, a, Arrangement::kRows, 1);
  CHECK(equal(pin, s.word, s.word));
  CHECK(!equal(pin, s.word, same.word));
  CHECK(hash(pin, s.word) != hash(pin, same.word));
}

TEST_CASE("fields are what they were given, in either arrangement, and change as declared") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "structs");
  for (const Arrangement arrangement : {Arrangement::kRows, Arrangement::kColumns}) {
    for (const std::uint64_t rows : {1, 2, 15, 16, 17, 63, 64, 65, 1'000}) {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      const Layout layout = declare(edit, points(pin));
      std::vector<Word> values;
      for (std::uint64_t i = 0; i < rows; ++i) {
        const auto n = static_cast<std::int64_t>(i);
        values.insert(values.end(),
                      {int_word(n % 200), from_double(edit, 0.5 * static_cast<double>(i)),
                       from_string(edit, "row number " + std::to_string(i)), kAbsent,
                       from_int(edit, kIntMax + n)});
      }
      const Struct s = make(edit, layout, arrangement, rows, values);
      REQUIRE(s.rows(pin) == rows);
      REQUIRE(s.arrangement(pin) == arrangement);
      REQUIRE(s.layout(pin).word == layout.word);
      const Word tag = keyword(pin, "tag"), x = keyword(pin, "x"), name = keyword(pin, "name"),
                 hits = keyword(pin, "hits"), id = keyword(pin, "id");
      for (std::uint64_t i = 0; i < rows; ++i) {
        const auto n = static_cast<std::int64_t>(i);
        REQUIRE(s.get(edit, i, tag) == int_word(n % 200));
        REQUIRE(to_double(pin, s.get(edit, i, x)) == 0.5 * static_cast<double>(i));
        REQUIRE(to_string(pin, s.get(edit, i, name)) == "row number " + std::to_string(i));
        REQUIRE(s.get(edit, i, hits) == int_word(0));
        REQUIRE(to_int(pin, s.get(edit, i, id)) == kIntMax + n);
        REQUIRE(s.set(pin, i, tag, int_word(255 - n % 200)).ok());
        REQUIRE(s.set(pin, i, hits, int_word(n)).ok());
        REQUIRE(*s.column(pin, hits)->add(i, 5) == Scalar(n));
        REQUIRE(!s.set(pin, i, id, int_word(1)).ok());
        REQUIRE(!s.set(pin, i, name, int_word(1)).ok());
        REQUIRE(!s.set(pin, i, tag, int_word(256)).ok());
        REQUIRE(!s.set(pin, i, tag, kNil).ok());
        REQUIRE(!s.column(pin, x)->add(i, 1).ok());  // mutable, not atomic
      }
      for (std::uint64_t i = 0; i < rows; ++i) {
        const auto n = static_cast<std::int64_t>(i);
        REQUIRE(s.get(edit, i, tag) == int_word(255 - n % 200));
        REQUIRE(s.get(edit, i, hits) == int_word(n + 5));
        REQUIRE(to_int(pin, s.get(edit, i, id)) == kIntMax + n);
      }
      REQUIRE(is_absent(s.get(edit, rows, tag)));
      REQUIRE(is_absent(s.get(edit, 0, keyword(pin, "other"))));
      REQUIRE(is_absent(s.get(edit, 0, int_word(0))));
      REQUIRE(!s.column(pin, name).ok());
      REQUIRE(!s.set(pin, rows, tag, int_word(0)).ok());
      REQUIRE(s.column(pin, x)->contiguous() == (arrangement == Arrangement::kColumns));
      REQUIRE(fill(*s.column(pin, x), 2.5).ok());
      REQUIRE(sum(*s.column(pin, x)) == Scalar(2.5 * static_cast<double>(rows)));
      REQUIRE(!fill(*s.column(pin, id), 0).ok());
      REQUIRE(sum(*s.column(pin, hits)) == Scalar(rows * (rows - 1) / 2 + 5 * rows));
      REQUIRE(reset_root(pin, ref, s.word).ok());
      expect_clean(*t.worker);
    }
  }
}

TEST_CASE("one value a field is the value of every row; another number of values is refused") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Layout layout = declare(edit, points(pin));
  const std::vector<Word> values = {int_word(1), int_word(2), int_word(3), int_word(4),
                                    int_word(5)};
  for (const Arrangement arrangement : {Arrangement::kRows, Arrangement::kColumns}) {
    const Struct s = make(edit, layout, arrangement, 9, values);
    for (std::uint64_t row = 0; row < 9; ++row) {
      CHECK(s.get(edit, row, keyword(pin, "name")) == int_word(3));
      CHECK(s.get(edit, row, keyword(pin, "x")) == from_double(edit, 2.0));
      CHECK(s.get(edit, row, keyword(pin, "id")) == int_word(5));
    }
    CHECK(Struct::make(edit, layout, arrangement, 9, std::span(values).first(4)).status().code() ==
          StatusCode::kInvalidArgument);
    const std::vector<Word> wrong = {kTrue, int_word(2), int_word(3), int_word(4), int_word(5)};
    CHECK(Struct::make(edit, layout, arrangement, 9, wrong).status().code() ==
          StatusCode::kInvalidArgument);
    CHECK(Struct::make(edit, layout, arrangement, std::uint64_t{1} << 50).status().code() ==
          StatusCode::kResourceExhausted);
    CHECK(Struct::make(edit, layout, arrangement, std::uint64_t{1} << 30).status().code() ==
          StatusCode::kResourceExhausted);
    CHECK(make(edit, layout, arrangement, 0).rows(pin) == 0);
  }
  const Layout nothing = declare(edit, {});
  CHECK(make(edit, nothing, Arrangement::kColumns, 3).rows(pin) == 3);
}

TEST_CASE("a struct that refers into a nursery moves with what it refers to, and keeps its hash") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "struct");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Layout layout = declare(edit, points(pin));
  const Word name = from_string(edit, "a name that takes more than a word");
  const Struct s = make(edit, layout, Arrangement::kColumns, 100,
                        {int_word(7), int_word(1), name, int_word(0), int_word(0)});
  REQUIRE(s.set(pin, 99, keyword(pin, "hits"), int_word(12)).ok());
  const std::uint64_t hash_before = hash(pin, s.word);
  const MapEntry entries[] = {{s.word, name}};
  Word words[] = {Map::from(edit, entries).word, s.word};
  publish(pin, words);
  t.worker->nursery().reset();
  REQUIRE(reset_root(pin, ref, words[0]).ok());
  const Struct moved{words[1]};
  CHECK(hash(pin, moved.word) == hash_before);
  CHECK(!is_absent(Map{*deref(pin, ref)}.find(pin, moved.word)));
  Edit slab = Edit::in_slab(pin);
  CHECK(moved.get(slab, 99, keyword(pin, "hits")) == int_word(12));
  CHECK(moved.get(slab, 5, keyword(pin, "tag")) == int_word(7));
  CHECK(to_string(pin, moved.get(slab, 50, keyword(pin, "name"))).starts_with("a name"));
  expect_clean(*t.worker);
}

TEST_CASE("the values of a struct's fields live as long as it does") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "struct");
  {
    const Pin pin(*t.worker);
    const auto made = swap(pin, ref, [&](Edit& edit, Word) {
      std::vector<Word> values;
      for (int i = 0; i < 5'000; ++i) {
        values.insert(values.end(), {int_word(0), int_word(0),
                                     from_string(edit, "name number " + std::to_string(i)),
                                     int_word(i), int_word(0)});
      }
      return make(edit, declare(edit, points(pin)), Arrangement::kRows, 5'000, values).word;
    });
    REQUIRE(made.ok());
  }
  for (int i = 0; i < 3; ++i) {
    REQUIRE(collect(*t.worker).ok());
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    for (int n = 0; n < 1'000; ++n) (void)from_string(edit, "rubbish " + std::to_string(n));
  }
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Struct s{*deref(pin, ref)};
  for (std::uint64_t i = 0; i < 5'000; ++i)
    REQUIRE(to_string(pin, s.get(edit, i, keyword(pin, "name"))) ==
            "name number " + std::to_string(i));
  expect_clean(*t.worker);
}

TEST_CASE("no change of an atomic field is lost between threads, though rows share lines") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "struct");
  {
    const Pin pin(*t.worker);
    REQUIRE(swap(pin, ref, [&](Edit& edit, Word) {
              return make(edit, declare(edit, points(pin)), Arrangement::kRows, 4).word;
            }).ok());
  }
  const int each = yin::test::effort(50'000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto joined = Worker::join(*t.domain);
      check(joined.ok(), "no worker");
      const Pin pin(**joined);
      const Struct s{*deref(pin, ref)};
      const Elements hits = *s.column(pin, keyword(pin, "hits"));
      const Word x = keyword(pin, "x");
      for (int n = 0; n < each; ++n) {
        check(hits.add(static_cast<std::uint64_t>(n % 4), 1).ok(), "add");
        if (n % 4 == i)
          check(s.set(pin, static_cast<std::uint64_t>(i), x, int_word(n)).ok(), "set");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const Pin pin(*t.worker);
  CHECK(sum(*Struct{*deref(pin, ref)}.column(pin, keyword(pin, "hits"))) == Scalar(4 * each));
  expect_clean(*t.worker);
}

TEST_CASE("structs and layouts print what they are") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Layout layout =
      declare(edit, {{keyword(pin, "x"), ElementType::kF64},
                     {keyword(pin, "n"), ElementType::kI32, FieldAccess::kAtomic},
                     {keyword(pin, "w"), ElementType::kWord, FieldAccess::kImmutable}});
  CHECK(print(pin, layout.word) ==
        "#yin/layout [[:x f64 mutable] [:n i32 atomic] [:w word immutable]]");
  const Struct s = make(edit, layout, Arrangement::kRows, 2,
                        {int_word(1), int_word(-2), from_string(edit, "abc")});
  CHECK(print(pin, s.word) ==
        "#yin/struct [2 {:x 1.0, :n -2, :w \"abc\"} {:x 1.0, :n -2, :w \"abc\"}]");
  const Struct outer =
      make(edit, layout, Arrangement::kColumns, 1, {int_word(0), int_word(0), s.word});
  CHECK(print(pin, outer.word) == "#yin/struct [1 {:x 0.0, :n 0, :w #yin/struct nil}]");
  const std::string longer = print(pin, make(edit, layout, Arrangement::kColumns, 500).word);
  CHECK(longer.ends_with(" ...]"));
  CHECK(longer.size() < 1'500);
  CHECK(kind_name(s.word) == "struct");
  CHECK(kind_name(layout.word) == "layout");
}

TEST_CASE("verify finds layouts nobody declared and structs that are not as theirs says") {
  TestDomain t;
  const RootRef ref = atom(*t.worker, "struct");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Layout layout = declare(edit, points(pin));
  const Layout other = declare(edit, {{keyword(pin, "x"), ElementType::kF64},
                                      {keyword(pin, "y"), ElementType::kF64},
                                      {keyword(pin, "z"), ElementType::kF64},
                                      {keyword(pin, "u"), ElementType::kF64}});
  const Struct s = make(edit, layout, Arrangement::kColumns, 100,
                        {int_word(7), int_word(1), int_word(2), int_word(0), int_word(0)});
  const Word items[] = {s.word, layout.word, other.word};
  REQUIRE(reset_root(pin, ref, Vector::from(edit, items).word).ok());
  expect_clean(*t.worker);
  const auto damaged = [&](Word object, std::uint32_t index, Word w) {
    Word* words = record_words(header_of(pin, object));
    INFO(index << " " << w.bits);
    REQUIRE(words[index] != w);
    const Word before = std::exchange(words[index], w);
    const bool found = !verify(*t.worker).clean();
    words[index] = before;
    CHECK(found);
  };
  const std::uint32_t layout_count = header_of(pin, layout.word)->count;
  for (std::uint32_t i = 0; i < layout_count; ++i) {
    for (const Word w : {kNil, kTrue, int_word(-1), int_word(1'000'000), keyword(pin, "x")}) {
      if (field(pin, layout.word, i) != w) damaged(layout.word, i, w);
    }
  }
  // Each field at another byte, of another type, with another access.
  for (std::uint32_t i = LayoutField::kFields + 1; i < layout_count; i += 2) {
    const std::int64_t was = small_int(field(pin, layout.word, i));
    damaged(layout.word, i, int_word(was + (1 << kFieldPlaceShift)));
    damaged(layout.word, i, int_word(was ^ 0xff));
    damaged(layout.word, i, int_word(was | 3 << kFieldAccessShift));
  }
  damaged(s.word, StructField::kLayout, other.word);
  damaged(s.word, StructField::kLayout, int_word(1));
  for (const std::int64_t shape :
       {std::int64_t{-1}, std::int64_t{100 << 1}, std::int64_t{1'000 << 1},
        std::int64_t{10'000 << 1 | 1}, kIntMax, kIntMin}) {
    if (shape != (100 << 1)) damaged(s.word, StructField::kShape, int_word(shape));
  }
  damaged(s.word, StructField::kIdentity, kNil);
  ObjectHeader* h = header_of(pin, s.word);
  const std::uint32_t count = h->count;
  for (const std::uint32_t wrong : {0U, 3U, 50U, count + 2, ~0U}) {
    h->count = wrong;
    CHECK(!verify(*t.worker).clean());
  }
  h->count = count;
  expect_clean(*t.worker);
}
