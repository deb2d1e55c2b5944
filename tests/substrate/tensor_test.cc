#include "substrate/tensor.h"

#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/print.h"
#include "substrate/verify.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

using Sizes = std::vector<std::uint64_t>;

std::uint64_t product(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{1}, std::multiplies<>());
}

Tensor make(Edit& edit, ElementType type, const Sizes& sizes) {
  const auto array = Array::make(edit, type, product(sizes));
  check(array.ok(), array.status().message().c_str());
  const Elements e = array->elements(edit.pin());
  for (std::uint64_t i = 0; i < e.count(); ++i)
    check(e.set(i, static_cast<std::int64_t>(i % 100)).ok(), "set");
  const auto made = Tensor::of(edit, *array, sizes);
  check(made.ok(), made.status().message().c_str());
  return *made;
}

// What a tensor should be: which element of the array stands at each index, in the order of indices.
struct Model {
  Sizes sizes;
  std::vector<std::uint64_t> places;

  static Model of(const Sizes& sizes) {
    Model m{sizes, std::vector<std::uint64_t>(static_cast<std::size_t>(product(sizes)))};
    std::iota(m.places.begin(), m.places.end(), std::uint64_t{0});
    return m;
  }
  [[nodiscard]] Sizes index(std::uint64_t n) const {
    Sizes at(sizes.size());
    for (std::size_t d = sizes.size(); d-- > 0;) {
      at[d] = n % sizes[d];
      n /= sizes[d];
    }
    return at;
  }
  [[nodiscard]] std::uint64_t place(const Sizes& at) const {
    std::uint64_t n = 0;
    for (std::size_t d = 0; d < sizes.size(); ++d) n = n * sizes[d] + at[d];
    return places[static_cast<std::size_t>(n)];
  }
  // Of other sizes, where `from` says which index of this a new index is.
  template <class F>
  [[nodiscard]] Model view(const Sizes& to, F&& from) const {
    Model m{to, {}};
    for (std::uint64_t n = 0; n < product(to); ++n) m.places.push_back(place(from(m.index(n))));
    return m;
  }
};

void expect_same(Edit& edit, Tensor t, const Model& m) {
  const Pin& pin = edit.pin();
  REQUIRE(t.rank(pin) == m.sizes.size());
  for (std::uint32_t d = 0; d < m.sizes.size(); ++d) REQUIRE(t.size(pin, d) == m.sizes[d]);
  REQUIRE(t.count(pin) == m.places.size());
  for (std::uint64_t n = 0; n < m.places.size(); ++n) {
    REQUIRE(t.get(edit, m.index(n)) ==
            t.array(pin).get(edit, m.places[static_cast<std::size_t>(n)]));
  }
  std::uint64_t n = 0;
  for (std::uint64_t i = 0; !m.places.empty() && i < t.rows(pin); ++i) {
    const Elements row = t.row(pin, i);
    for (std::uint64_t j = 0; j < row.count(); ++j, ++n) {
      REQUIRE(row.at(j) == t.array(pin).elements(pin).at(m.places[static_cast<std::size_t>(n)]));
    }
  }
  REQUIRE(n == m.places.size());
}

}  // namespace

TEST_CASE("views of views see the elements that a model says, and copy none") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  RootRef ref{};
  {
    const Pin pin(*t.worker);
    ref = *open_atom(pin, "tensor", kNil);
  }
  for (int round = 0; round < yin::test::effort(200); ++round) {
    const Pin pin(*t.worker);
    Edit edit = Edit::in_slab(pin);
    Sizes sizes(static_cast<std::size_t>(random.below(5)));
    for (auto& size : sizes) size = random.one_in(12) ? 0 : 1 + random.below(5);
    Tensor tensor = make(edit, ElementType::kI32, sizes);
    const Word array = tensor.array(pin).word;
    Model model = Model::of(sizes);
    for (int step = 0; step < 6; ++step) {
      const auto rank = static_cast<std::uint32_t>(model.sizes.size());
      const auto d = static_cast<std::uint32_t>(random.below(rank + 1));
      StatusOr<Tensor> next = tensor;
      switch (random.below(4)) {
        case 0: {
          std::vector<std::uint32_t> order(rank);
          std::iota(order.begin(), order.end(), 0U);
          for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(i))]);
          next = tensor.transpose(edit, order);
          Sizes to(rank);
          for (std::uint32_t i = 0; i < rank; ++i) to[i] = model.sizes[order[i]];
          model = model.view(to, [&](const Sizes& at) {
            Sizes from(rank);
            for (std::uint32_t i = 0; i < rank; ++i) from[order[i]] = at[i];
            return from;
          });
          break;
        }
        case 1: {
          const std::uint64_t size = d < rank ? model.sizes[d] : 5;
          const std::uint64_t index = random.below(size + 1);
          next = tensor.at(edit, d, index);
          REQUIRE(next.ok() == (d < rank && index < size));
          if (!next.ok()) continue;
          Sizes to = model.sizes;
          to.erase(to.begin() + d);
          model = model.view(to, [&](Sizes at) {
            at.insert(at.begin() + d, index);
            return at;
          });
          break;
        }
        case 2: {
          const Tensor::Range range{random.below(5), random.below(5), random.below(4)};
          next = tensor.slice(edit, d, range);
          const bool fits =
              d < rank && range.step > 0 && range.first <= model.sizes[d] &&
              (range.count == 0 || range.first + (range.count - 1) * range.step < model.sizes[d]);
          REQUIRE(next.ok() == fits);
          if (!next.ok()) continue;
          Sizes to = model.sizes;
          to[d] = range.count;
          model = model.view(to, [&](Sizes at) {
            at[d] = range.first + at[d] * range.step;
            return at;
          });
          break;
        }
        default: {
          Sizes to = {product(model.sizes)};
          if (to[0] % 2 == 0) to = {2, to[0] / 2};
          next = tensor.reshape(edit, to);
          REQUIRE((next.ok() || !tensor.contiguous(pin)));
          if (!next.ok()) continue;
          model.sizes = to;
        }
      }
      REQUIRE(next.ok());
      tensor = *next;
      REQUIRE(tensor.array(pin).word == array);
      expect_same(edit, tensor, model);
    }
    REQUIRE(reset_root(pin, ref, tensor.word).ok());
    const VerifyReport report = verify(*t.worker);
    INFO((report.clean() ? "" : report.findings.front()));
    REQUIRE(report.clean());
  }
}

TEST_CASE("a tensor without elements is sound, wherever its zero stands") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const RootRef ref = *open_atom(pin, "tensor", kNil);
  for (const Sizes& sizes : {Sizes{0}, Sizes{5, 0}, Sizes{0, 5}, Sizes{2, 0, 3}}) {
    const Tensor a = make(edit, ElementType::kU8, sizes);
    REQUIRE(reset_root(pin, ref, a.word).ok());
    CHECK(verify(*t.worker).clean());
    CHECK(sum(pin, a) == Scalar(0));
    CHECK(copy(pin, a, a).ok());
  }
}

TEST_CASE("what a tensor does not have is an error or absent") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Tensor a = make(edit, ElementType::kF64, {2, 3});
  const auto refused = [](const auto& s) { CHECK(s.code() == StatusCode::kInvalidArgument); };
  refused(Tensor::of(edit, a.array(pin), Sizes{2, 4}).status());
  refused(Tensor::of(edit, a.array(pin), Sizes(kTensorRankMax + 1, 1)).status());
  refused(Tensor::of(edit, a.array(pin), Sizes{std::uint64_t{1} << 63, 2}).status());
  CHECK(is_absent(a.get(edit, Sizes{2, 0})));
  CHECK(is_absent(a.get(edit, Sizes{0, 3})));
  CHECK(is_absent(a.get(edit, Sizes{0})));
  CHECK(is_absent(a.get(edit, Sizes{0, 0, 0})));
  refused(a.set(pin, Sizes{2, 0}, int_word(1)));
  refused(a.set(pin, Sizes{0, 0}, kNil));
  CHECK(a.set(pin, Sizes{1, 2}, from_double(edit, 7.5)).ok());
  CHECK(a.array(pin).elements(pin).get(5) == Scalar(7.5));
  for (const std::vector<std::uint32_t>& order :
       std::vector<std::vector<std::uint32_t>>{{}, {0}, {0, 0}, {0, 2}, {0, 1, 0}, {1, 0, 1}}) {
    refused(a.transpose(edit, order).status());
  }
  const std::uint32_t turned[] = {1, 0};
  refused(a.transpose(edit, turned)->reshape(edit, Sizes{6}).status());
  refused(transform(pin, a, Arithmetic::kAdd, a, *a.transpose(edit, turned)));
  refused(copy(pin, a, *a.transpose(edit, turned)));
}

TEST_CASE("equal tensors see the same elements in the same way") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Tensor a = make(edit, ElementType::kF64, {2, 3});
  const Tensor b = *Tensor::of(edit, a.array(pin), Sizes{2, 3});
  REQUIRE(a.word != b.word);
  CHECK(equal(pin, a.word, b.word));
  CHECK(hash(pin, a.word) == hash(pin, b.word));
  CHECK(compare(pin, a.word, b.word) == 0);
  CHECK(!equal(pin, a.word, Tensor::of(edit, a.array(pin), Sizes{3, 2})->word));
  CHECK(!equal(pin, a.word, make(edit, ElementType::kF64, {2, 3}).word));
  CHECK(!equal(pin, a.word, a.array(pin).word));
  CHECK(print(pin, a.word) == "#yin/tensor [f64 [2 3]]");
}

TEST_CASE("whole tensors: arithmetic, sums, copies and matrix products") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const std::uint32_t turned[] = {1, 0};
  for (const ElementType type : {ElementType::kI16, ElementType::kI64, ElementType::kF32,
                                 ElementType::kF64, ElementType::kU8Clamped}) {
    for (int round = 0; round < yin::test::effort(20); ++round) {
      const std::uint64_t n = 1 + random.below(20), k = 1 + random.below(20),
                          m = 1 + random.below(20);
      const Tensor a = make(edit, type, {n, k});
      const Tensor b = *make(edit, type, {m, k}).transpose(edit, turned);
      const Tensor c = make(edit, type, {n, m});
      REQUIRE(multiply(pin, c, a, b).ok());
      const auto number = [&](Tensor x, std::uint64_t i, std::uint64_t j) {
        return static_cast<std::int64_t>(scalar_of(pin, x.get(edit, Sizes{i, j}))->as_double());
      };
      for (std::uint64_t i = 0; i < n; ++i) {
        for (std::uint64_t j = 0; j < m; ++j) {
          std::int64_t sum = 0;
          for (std::uint64_t l = 0; l < k; ++l) sum += number(a, i, l) * number(b, l, j);
          if (type == ElementType::kI16) sum = static_cast<std::int16_t>(sum);
          if (type == ElementType::kU8Clamped) sum = std::min<std::int64_t>(sum, 255);
          REQUIRE(number(c, i, j) == sum);
        }
      }
      const Tensor d = make(edit, type, {k, n});
      const Tensor a_turned = *a.transpose(edit, turned);
      REQUIRE(copy(pin, d, a_turned).ok());
      REQUIRE(sum(pin, d) == sum(pin, a));
      REQUIRE(transform(pin, d, Arithmetic::kMax, d, 50).ok());
      REQUIRE(transform(pin, a_turned, Arithmetic::kSub, d, a_turned).ok());
      REQUIRE(number(a, 0, 0) == 50);
    }
  }
  const Tensor a = make(edit, ElementType::kF64, {3, 3});
  CHECK(!multiply(pin, a, a, make(edit, ElementType::kF64, {3, 3})).ok());
  CHECK(!multiply(pin, make(edit, ElementType::kF64, {3, 2}), a, a).ok());
  CHECK(!multiply(pin, make(edit, ElementType::kF64, {3, 3}), a,
                  make(edit, ElementType::kF32, {3, 3}))
             .ok());
}

TEST_CASE("verify finds a tensor that sees more than its array") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const RootRef ref = *open_atom(pin, "tensor", kNil);
  const Tensor a = make(edit, ElementType::kF64, {4, 6});
  REQUIRE(reset_root(pin, ref, a.word).ok());
  REQUIRE(verify(*t.worker).clean());
  Word* words = record_words(header_of(pin, a.word));
  const auto damaged = [&](std::uint32_t index, Word w) {
    INFO(index << " " << w.bits);
    const Word before = std::exchange(words[index], w);
    const bool found = !verify(*t.worker).clean();
    words[index] = before;
    CHECK(found);
  };
  damaged(TensorField::kArray, kNil);
  for (std::uint32_t i = TensorField::kStart; i < header_of(pin, a.word)->count; ++i) {
    for (const Word w : {kNil, int_word(-1), int_word(25), int_word(kIntMax), int_word(kIntMin)})
      damaged(i, w);
  }
  damaged(TensorField::kStart, int_word(1));
  damaged(TensorField::kDimensions + 1, int_word(0));
  header_of(pin, a.word)->count -= 1;
  CHECK(!verify(*t.worker).clean());
}
