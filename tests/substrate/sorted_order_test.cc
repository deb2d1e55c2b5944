#include "substrate/sorted_order.h"

#include <array>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/tensor.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

int by_size(const Pin& pin, Word a, Word b) {
  const auto size = [&](Word w) { return is_string(w) ? to_string(pin, w).size() : 0; };
  return size(a) < size(b) ? -1 : size(a) > size(b);
}
int never(const Pin&, Word, Word) { return 0; }

}  // namespace

TEST_CASE("orders are found by name, and stored in a form that loads") {
  TestDomain t;
  const Pin pin(*t.worker);
  REQUIRE(register_comparator("test/size", by_size).ok());
  REQUIRE(register_comparator("test/size", by_size).ok());
  CHECK(register_comparator("test/size", never).code() == StatusCode::kAlreadyExists);
  CHECK(register_comparator("compare", never).code() == StatusCode::kAlreadyExists);
  for (const Word name :
       {kNil, keyword(pin, "compare"), symbol(pin, "reverse"), keyword(pin, "bytes"),
        keyword(pin, "test/size"), symbol(pin, "test/size")}) {
    const auto order = find_order(pin, name);
    REQUIRE(order.ok());
    const auto loaded = load_order(pin, order->stored);
    REQUIRE(loaded.ok());
    CHECK(*loaded == *order);
    CHECK(loaded->compare == order->compare);
    CHECK(loaded->integers == order->integers);
  }
  CHECK(find_order(pin, keyword(pin, "nobody")).status().code() == StatusCode::kNotFound);
  CHECK(find_order(pin, int_word(7)).status().code() == StatusCode::kInvalidArgument);
  CHECK(load_order(pin, int_word(7)).status().code() == StatusCode::kDataLoss);
}

TEST_CASE("the built-in orders are total and agree where they should") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Order up = natural_order();
  const Order down = reverse_order();
  const Order bytes = *find_order(pin, keyword(pin, "bytes"));
  const std::vector<Word> ascending = {kNil,
                                       kFalse,
                                       int_word(kIntMin),
                                       int_word(-1),
                                       int_word(0),
                                       int_word(5),
                                       int_word(kIntMax),
                                       from_string(edit, ""),
                                       from_string(edit, "a"),
                                       from_string(edit, "b and more than a word"),
                                       from_string(edit, "\xc3\xa4"),
                                       keyword(pin, "a")};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t k = 0; k < ascending.size(); ++k) {
      const int wanted = i < k ? -1 : i > k;
      const auto sign = [&](const Order& order) {
        const int c = order(pin, &ascending[i], &ascending[k]);
        return c < 0 ? -1 : c > 0;
      };
      CHECK(sign(up) == wanted);
      CHECK(sign(down) == -wanted);
      CHECK(sign(bytes) == wanted);
    }
  }
}

TEST_CASE("what has no lasting order is no key, wherever it stands") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_nursery(pin);
  const Word closure = make_record(edit, ObjectKind::kClosure, &kNil, 1);
  CHECK(is_orderable(pin, int_word(1)));
  CHECK(is_orderable(pin, from_string(edit, "a string of many bytes")));
  CHECK(is_orderable(pin, primitive_word(1)));
  CHECK(!is_orderable(pin, closure));
  const Word items[] = {kNil, closure};
  CHECK(!is_orderable(pin, Vector::from(edit, items).word));
  CHECK(is_orderable(pin, Vector::from(edit, {items, 1}).word));
  const MapEntry entry{int_word(1), Vector::from(edit, items).word};
  CHECK(!is_orderable(pin, Map::from(edit, {&entry, 1}).word));
  const Array array = *Array::make(edit, ElementType::kU8, 4);
  const std::uint64_t sizes[] = {2, 2};
  CHECK(!is_orderable(pin, array.word));
  CHECK(
      !is_orderable(pin, Tensor::of(edit, array, sizes)->word));  // compared by where its array is
}
