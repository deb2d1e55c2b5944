#pragma once

// Tensor: an array seen in several dimensions: sizes and strides over its elements. Reshaping,
// transposing and slicing make another view of the same elements and copy none.
//
//   [[0 1 2]      array 0 1 2 3 4 5; sizes 2 3, strides 3 1      element [i j] = 3 i + j
//    [3 4 5]]     transposed: sizes 3 2, strides 1 3             column 1: start 1, sizes 2, strides 3
//
// A tensor is an immutable value; the elements are the array's, and change as elements.h says. Two
// tensors are equal if they see the same elements of the same array in the same way. Work is done
// row by row: row() gives the elements along the last dimension as a view that bulk.h takes; the
// functions below go through all rows. Printed as #yin/tensor [f64 [2 3]], not read back. Any
// number of threads may use one. Strides are never negative; reverse an array instead.

#include <cstdint>
#include <span>

#include "substrate/array.h"
#include "substrate/bulk.h"
#include "substrate/edit.h"
#include "substrate/elements.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

struct Tensor {
  Word word = kNil;

  [[nodiscard]] static bool is(Word w) { return is_object(w, ObjectKind::kTensor); }
  // All of an array in row-major order. kInvalidArgument: the sizes do not multiply to its count,
  // or are more than kTensorRankMax. No sizes at all: a single element.
  static StatusOr<Tensor> of(Edit& edit, Array array, std::span<const std::uint64_t> sizes);

  [[nodiscard]] Array array(const Pin& pin) const {
    return {field(pin, word, TensorField::kArray)};
  }
  [[nodiscard]] std::uint32_t rank(const Pin& pin) const {
    return (header_of(pin, word)->count - TensorField::kDimensions) / 2;
  }
  // In elements, of dimension d < rank.
  [[nodiscard]] std::uint64_t size(const Pin& pin, std::uint32_t d) const {
    return number(pin, TensorField::kDimensions + 2 * d);
  }
  [[nodiscard]] std::uint64_t stride(const Pin& pin, std::uint32_t d) const {
    return number(pin, TensorField::kDimensions + 2 * d + 1);
  }
  [[nodiscard]] std::uint64_t start(const Pin& pin) const {
    return number(pin, TensorField::kStart);
  }
  [[nodiscard]] std::uint64_t count(const Pin& pin) const;  // of all elements
  // Do the elements stand side by side in the order of the indices?
  [[nodiscard]] bool contiguous(const Pin& pin) const;

  // kAbsent; kInvalidArgument: not one index a dimension, or one beyond its size.
  [[nodiscard]] Word get(Edit& edit, std::span<const std::uint64_t> indices) const;
  Status set(const Pin& pin, std::span<const std::uint64_t> indices, Word number) const;
  // The same elements in other sizes, of a contiguous tensor; in another order of dimensions; the
  // elements first, first + step, ... of one dimension, `count` of them; one of them, the dimension
  // gone. kInvalidArgument: what the tensor does not have.
  StatusOr<Tensor> reshape(Edit& edit, std::span<const std::uint64_t> sizes) const;
  StatusOr<Tensor> transpose(Edit& edit, std::span<const std::uint32_t> order) const;
  struct Range {
    std::uint64_t first, count, step = 1;
  };
  StatusOr<Tensor> slice(Edit& edit, std::uint32_t d, Range range) const;
  StatusOr<Tensor> at(Edit& edit, std::uint32_t d, std::uint64_t index) const;

  // Row number i of rows(), counted in the order of the indices: elements along the last dimension;
  // none beyond.
  [[nodiscard]] std::uint64_t rows(const Pin& pin) const;
  [[nodiscard]] Elements row(const Pin& pin, std::uint64_t index) const;

 private:
  [[nodiscard]] std::uint64_t number(const Pin& pin, std::uint32_t index) const {
    return static_cast<std::uint64_t>(small_int(field(pin, word, index)));
  }
};

// Of tensors of the same sizes; a number stands for a tensor full of it. As bulk.h's, row by row,
// which also says what may overlap: a target's row and the same row of a source.
Status transform(const Pin& pin, Tensor to, Arithmetic op, Tensor a, Tensor b);
Status transform(const Pin& pin, Tensor to, Arithmetic op, Tensor a, Scalar b);
Status copy(const Pin& pin, Tensor to, Tensor from);
Scalar sum(const Pin& pin, Tensor tensor);  // of its rows' sums, in their order
// Matrix product of n x k and k x m into n x m elements that neither source shares; O(n k m). Each
// element is a dot product, rounded to the type.
Status multiply(const Pin& pin, Tensor to, Tensor a, Tensor b);

// For verify: are these a tensor's words, of an array that is one?
bool is_sound_tensor(const Pin& pin, std::span<const Word> words);

}  // namespace yin::substrate
