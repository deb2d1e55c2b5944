#include "substrate/tensor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace yin::substrate {

namespace {

struct Dimension {
  std::uint64_t size;
  std::uint64_t stride;
};

// How a tensor sees its array, out of the shared words.
struct View {
  Array array;
  std::uint64_t start = 0;
  std::uint32_t rank = 0;
  std::array<Dimension, kTensorRankMax> dimensions = {};

  [[nodiscard]] std::span<const Dimension> all() const { return {dimensions.data(), rank}; }
  void add(Dimension d) { dimensions[rank++] = d; }
};

View view_of(const Pin& pin, Tensor t) {
  View view{t.array(pin), t.start(pin), 0, {}};
  for (std::uint32_t d = 0; d < t.rank(pin); ++d) view.add({t.size(pin, d), t.stride(pin, d)});
  return view;
}

Word integer(std::uint64_t v) { return int_word(static_cast<std::int64_t>(v)); }

Tensor make(Edit& edit, const View& view) {
  // Where nothing is seen, it starts nowhere.
  const bool empty =
      std::ranges::any_of(view.all(), [](const Dimension& d) { return d.size == 0; });
  std::vector<Word> words = {view.array.word, integer(empty ? 0 : view.start)};
  for (const Dimension& d : view.all())
    words.insert(words.end(), {integer(d.size), integer(d.stride)});
  return {make_record(edit, ObjectKind::kTensor, words.data(),
                      static_cast<std::uint32_t>(words.size()))};
}

// False: not `count` elements, or too many dimensions.
bool lay_out(View& view, std::span<const std::uint64_t> sizes, std::uint64_t count) {
  if (sizes.size() > kTensorRankMax) return false;
  view.rank = static_cast<std::uint32_t>(sizes.size());
  std::uint64_t below = 1;
  for (std::size_t d = sizes.size(); d-- > 0;) {
    view.dimensions[d] = {sizes[d], below};
    if (sizes[d] != 0 && below > kCapacityMax / sizes[d]) return false;
    below *= sizes[d];
  }
  return below == count;
}

Status no_dimension(std::uint32_t d, std::uint32_t rank) {
  return invalid_argument("there is no dimension " + std::to_string(d) + " among " +
                          std::to_string(rank));
}

bool same_sizes(const View& a, const View& b) {
  return std::ranges::equal(a.all(), b.all(), {}, &Dimension::size, &Dimension::size);
}
Status sizes_differ() { return invalid_argument("tensors of different sizes"); }

// The element number of `indices`, none if it is not there.
std::optional<std::uint64_t> place_of(const View& view, std::span<const std::uint64_t> indices) {
  if (indices.size() != view.rank) return std::nullopt;
  std::uint64_t place = view.start;
  for (std::size_t d = 0; d < indices.size(); ++d) {
    if (indices[d] >= view.dimensions[d].size) return std::nullopt;
    place += indices[d] * view.dimensions[d].stride;
  }
  return place;
}

}  // namespace

StatusOr<Tensor> Tensor::of(Edit& edit, Array array, std::span<const std::uint64_t> sizes) {
  View view{array, 0, 0, {}};
  if (!lay_out(view, sizes, array.count(edit.pin())))
    return invalid_argument("sizes that do not multiply to the array's " +
                            std::to_string(array.count(edit.pin())) + " elements");
  return make(edit, view);
}

std::uint64_t Tensor::count(const Pin& pin) const {
  std::uint64_t count = 1;
  for (std::uint32_t d = 0; d < rank(pin); ++d) count *= size(pin, d);
  return count;
}

bool Tensor::contiguous(const Pin& pin) const {
  std::uint64_t below = 1;
  for (std::uint32_t d = rank(pin); d-- > 0;) {
    if (size(pin, d) != 1 && stride(pin, d) != below) return false;
    below *= size(pin, d);
  }
  return true;
}

Word Tensor::get(Edit& edit, std::span<const std::uint64_t> indices) const {
  const auto place = place_of(view_of(edit.pin(), *this), indices);
  return place ? array(edit.pin()).get(edit, *place) : kAbsent;
}

Status Tensor::set(const Pin& pin, std::span<const std::uint64_t> indices, Word number) const {
  const auto place = place_of(view_of(pin, *this), indices);
  if (!place) return invalid_argument("the tensor has no such element");
  return array(pin).set(pin, *place, number);
}

StatusOr<Tensor> Tensor::reshape(Edit& edit, std::span<const std::uint64_t> sizes) const {
  const Pin& pin = edit.pin();
  if (!contiguous(pin))
    return invalid_argument("only a contiguous tensor has other sizes; copy it first");
  View view{array(pin), start(pin), 0, {}};
  if (!lay_out(view, sizes, count(pin)))
    return invalid_argument("sizes that do not multiply to the tensor's " +
                            std::to_string(count(pin)) + " elements");
  return make(edit, view);
}

StatusOr<Tensor> Tensor::transpose(Edit& edit, std::span<const std::uint32_t> order) const {
  const View from = view_of(edit.pin(), *this);
  View to{from.array, from.start, 0, {}};
  std::uint64_t seen = 0;
  for (const std::uint32_t d : order) {
    if (d >= from.rank) return no_dimension(d, from.rank);
    if ((seen >> d & 1) != 0 || to.rank == from.rank) break;
    seen |= std::uint64_t{1} << d;
    to.add(from.dimensions[d]);
  }
  if (to.rank != from.rank || order.size() != from.rank)
    return invalid_argument("an order that does not name each dimension once");
  return make(edit, to);
}

StatusOr<Tensor> Tensor::slice(Edit& edit, std::uint32_t d, Range range) const {
  View view = view_of(edit.pin(), *this);
  if (d >= view.rank) return no_dimension(d, view.rank);
  Dimension& dimension = view.dimensions[d];
  const bool fits =
      range.step > 0 && range.first <= dimension.size &&
      (range.count == 0 || (range.first < dimension.size &&
                            range.count - 1 <= (dimension.size - 1 - range.first) / range.step));
  if (!fits)
    return invalid_argument("a slice beyond the " + std::to_string(dimension.size) +
                            " elements of dimension " + std::to_string(d));
  if (range.count > 0) view.start += range.first * dimension.stride;
  // A stride that nobody takes stays small.
  dimension = {range.count, range.count > 1 ? dimension.stride * range.step : dimension.stride};
  return make(edit, view);
}

StatusOr<Tensor> Tensor::at(Edit& edit, std::uint32_t d, std::uint64_t index) const {
  const View from = view_of(edit.pin(), *this);
  if (d >= from.rank) return no_dimension(d, from.rank);
  if (index >= from.dimensions[d].size)
    return invalid_argument("there is no index " + std::to_string(index) + " in dimension " +
                            std::to_string(d));
  View to{from.array, from.start + index * from.dimensions[d].stride, 0, {}};
  for (std::uint32_t i = 0; i < from.rank; ++i) {
    if (i != d) to.add(from.dimensions[i]);
  }
  return make(edit, to);
}

std::uint64_t Tensor::rows(const Pin& pin) const {
  std::uint64_t count = 1;
  for (std::uint32_t d = 0; d + 1 < rank(pin); ++d) count *= size(pin, d);
  return count;
}

Elements Tensor::row(const Pin& pin, std::uint64_t index) const {
  const Elements all = array(pin).elements(pin);
  const std::uint32_t dimensions = rank(pin);
  if (index >= rows(pin)) return all.slice(0, 0);
  if (dimensions == 0) return all.slice(start(pin), 1);
  std::uint64_t place = start(pin);
  for (std::uint32_t d = dimensions - 1; d-- > 0;) {
    place += index % size(pin, d) * stride(pin, d);
    index /= size(pin, d);
  }
  const std::uint64_t bytes = element_bytes(all.type());
  return {all.at(place), size(pin, dimensions - 1), stride(pin, dimensions - 1) * bytes, all.type(),
          all.access()};
}

// ---- whole tensors ------------------------------------------------------------------------------

namespace {

template <class F>
Status for_rows(const Pin& pin, Tensor t, F&& f) {
  const std::uint64_t rows = t.count(pin) == 0 ? 0 : t.rows(pin);
  for (std::uint64_t i = 0; i < rows; ++i) {
    Status done = f(i);
    if (!done.ok()) return done;
  }
  return {};
}

}  // namespace

Status transform(const Pin& pin, Tensor to, Arithmetic op, Tensor a, Tensor b) {
  const View view = view_of(pin, to);
  if (!same_sizes(view, view_of(pin, a)) || !same_sizes(view, view_of(pin, b)))
    return sizes_differ();
  return for_rows(pin, to, [&](std::uint64_t i) {
    return transform(to.row(pin, i), op, a.row(pin, i), b.row(pin, i));
  });
}

Status transform(const Pin& pin, Tensor to, Arithmetic op, Tensor a, Scalar b) {
  if (!same_sizes(view_of(pin, to), view_of(pin, a))) return sizes_differ();
  return for_rows(pin, to,
                  [&](std::uint64_t i) { return transform(to.row(pin, i), op, a.row(pin, i), b); });
}

Status copy(const Pin& pin, Tensor to, Tensor from) {
  if (!same_sizes(view_of(pin, to), view_of(pin, from))) return sizes_differ();
  return for_rows(pin, to, [&](std::uint64_t i) { return copy(to.row(pin, i), from.row(pin, i)); });
}

Scalar sum(const Pin& pin, Tensor tensor) {
  Scalar total = is_real(tensor.array(pin).type(pin)) ? Scalar(0.0) : Scalar(0);
  (void)for_rows(pin, tensor, [&](std::uint64_t i) {
    const Scalar row = sum(tensor.row(pin, i));
    total.number += row.number;
    total.integer = static_cast<std::int64_t>(static_cast<std::uint64_t>(total.integer) +
                                              static_cast<std::uint64_t>(row.integer));
    return Status();
  }).ok();
  return total;
}

Status multiply(const Pin& pin, Tensor to, Tensor a, Tensor b) {
  const View x = view_of(pin, a), y = view_of(pin, b), z = view_of(pin, to);
  const bool fits =
      x.rank == 2 && y.rank == 2 && z.rank == 2 && x.dimensions[1].size == y.dimensions[0].size &&
      z.dimensions[0].size == x.dimensions[0].size && z.dimensions[1].size == y.dimensions[1].size;
  if (!fits) return invalid_argument("a matrix product of sizes that do not fit");
  if (z.array.word == x.array.word || z.array.word == y.array.word)
    return invalid_argument("a matrix product into an array that it reads");
  const Elements from = b.array(pin).elements(pin);
  const ElementType type = from.type();
  const std::uint64_t bytes = element_bytes(type);
  const std::uint64_t inner = y.dimensions[0].size;
  // A column of b, side by side, and one product: both private, and converted as bulk.h says.
  std::vector<std::uint64_t> buffer(static_cast<std::size_t>(inner * bytes / sizeof(double) + 1));
  const Elements column(reinterpret_cast<std::byte*>(buffer.data()), inner, bytes, type,
                        FieldAccess::kMutable);
  const ElementType widest = is_real(type) ? ElementType::kF64 : ElementType::kI64;
  std::uint64_t cell = 0;
  const Elements product(reinterpret_cast<std::byte*>(&cell), 1, sizeof cell, widest,
                         FieldAccess::kMutable);
  for (std::uint64_t j = 0; j < y.dimensions[1].size; ++j) {
    Status done = copy(column, {from.at(y.start + j * y.dimensions[1].stride), inner,
                                y.dimensions[0].stride * bytes, type, from.access()});
    for (std::uint64_t i = 0; done.ok() && i < x.dimensions[0].size; ++i) {
      const auto found = dot(a.row(pin, i), column);
      if (!found.ok()) return found.status();
      done = product.set(0, *found);
      const std::uint64_t place = i * z.dimensions[0].stride + j * z.dimensions[1].stride;
      if (done.ok()) done = convert(z.array.elements(pin).slice(z.start + place, 1), product);
    }
    if (!done.ok()) return done;
  }
  return {};
}

bool is_sound_tensor(const Pin& pin, std::span<const Word> words) {
  if (words.size() < TensorField::kDimensions ||
      (words.size() - TensorField::kDimensions) % 2 != 0 ||
      (words.size() - TensorField::kDimensions) / 2 > kTensorRankMax ||
      !Array::is(words[TensorField::kArray])) {
    return false;
  }
  const std::uint64_t count = Array{words[TensorField::kArray]}.count(pin);
  for (std::size_t i = TensorField::kStart; i < words.size(); ++i) {
    if (!is_small_int(words[i]) || small_int(words[i]) < 0 ||
        static_cast<std::uint64_t>(small_int(words[i])) > kCapacityMax) {
      return false;
    }
  }
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint64_t>(small_int(words[i]));
  };
  const std::uint64_t start = number(TensorField::kStart);
  std::uint64_t last = start;
  std::uint64_t product = 1;
  for (std::size_t i = TensorField::kDimensions; i < words.size(); i += 2) {
    if (number(i) == 0) return start == 0;
  }
  for (std::size_t i = TensorField::kDimensions; i < words.size(); i += 2) {
    const std::uint64_t size = number(i);
    const std::uint64_t stride = number(i + 1);
    if (product > kCapacityMax / size) return false;
    product *= size;
    if (size == 1) continue;
    if (stride == 0 || size - 1 > kCapacityMax / stride) return false;
    last += (size - 1) * stride;
  }
  return last < count;
}

}  // namespace yin::substrate
