#pragma once

// Bulk: operations on whole runs of elements (elements.h): filling, copying, arithmetic, reductions,
// comparison, sorting, searching; in vector instructions of the machine where the elements stand
// side by side, and for columns of structs a stride apart by way of small copies.
//
// One meaning on every machine, to the last bit. Integers wrap around modulo their width, in sums
// and dot products modulo 2^64; kU8Clamped stops at 0 and 255. x / 0 is 0, the least integer / -1
// is itself (as ARM's sdiv). Real numbers follow IEEE 754, rounded to nearest after each operation
// (no fused multiply-add); a NaN that goes into sum, dot, min or max comes out. The sum of real
// numbers is that of 16 partial sums in double, element i in partial sum i mod 16, added up in one
// order whatever the machine's vectors.
//
// While others write the same elements, every element read is one that somebody wrote, whole; which
// one is open, and a reduction is one of some mixture of them. Nothing worse happens.
//
// A target may be one of the sources, or share nothing with it; copy() may overlap in any way.
// Types of all operands are the same unless it says otherwise; scalars fit that type. Operands have
// at least as many elements as the target. Errors: kInvalidArgument, and then nothing was written
// (take and select: but for what they say).
// Cost: linear, at the speed of memory for what is not in a cache; nothing is allocated but by
// sort and argsort.

#include <cstdint>
#include <optional>
#include <variant>

#include "substrate/elements.h"
#include "substrate/status.h"

namespace yin::substrate {

enum class Arithmetic { kAdd, kSub, kMul, kDiv, kMin, kMax };
enum class Comparison { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual };

// Elements, or one number for all of them.
using Operand = std::variant<Elements, Scalar>;

// ---- writing

Status fill(const Elements& to, Scalar value);
// As many as both have.
Status copy(const Elements& to, const Elements& from);
// As copy, from any type to any: integers wrap around, real numbers are cut off towards zero and
// stop at the type's bounds, NaN becomes 0 (kU8Clamped rounds halves to even instead, as in
// ECMAScript); integers become the nearest real number.
Status convert(const Elements& to, const Elements& from);
Status reverse(const Elements& elements);

Status transform(const Elements& to, Arithmetic op, const Operand& a, const Operand& b);
// Below `low` becomes low, above `high` becomes high; a NaN stays. low <= high.
Status clamp(const Elements& to, const Elements& from, Scalar low, Scalar high);
// Element i is the sum of 0..i; of real numbers a running sum in double, rounded into each element.
Status cumulative_sum(const Elements& to, const Elements& from);
// 1 where a op b holds, else 0; the mask is of kU8. Nothing compares with NaN but kNotEqual.
Status compare(const Elements& mask, Comparison op, const Operand& a, const Operand& b);

// Ascending; -0.0 before 0.0, NaN last (and without sign). A radix sort of a copy in private
// memory, twice as large; kResourceExhausted if there is none.
Status sort(const Elements& elements);
// The indices that would sort the elements, equal ones in their order, into integers of 32 or 64
// bits. Memory as sort, with the indices.
Status argsort(const Elements& indices, const Elements& elements);
// Element i becomes from[indices[i]]; nothing overlaps. kInvalidArgument: an index of no element;
// what stood before it was written.
Status take(const Elements& to, const Elements& from, const Elements& indices);
// The elements whose mask is not 0, in their order; how many. The target may be `from`.
// kInvalidArgument: more than the target has room for; it was filled.
StatusOr<std::uint64_t> select(const Elements& to, const Elements& from, const Elements& mask);

// ---- reading

Scalar sum(const Elements& elements);
StatusOr<Scalar> dot(const Elements& a, const Elements& b);
// None of no elements. Of a zero the sign is open.
std::optional<Scalar> minimum(const Elements& elements);
std::optional<Scalar> maximum(const Elements& elements);
// Where the first minimum stands, or the first NaN.
std::optional<std::uint64_t> argmin(const Elements& elements);
std::optional<std::uint64_t> argmax(const Elements& elements);
// The first element that equals the number (0.0 is -0.0, NaN is nothing).
std::optional<std::uint64_t> find(const Elements& elements, Scalar value);
// Of sorted elements the first that is not below the number, or how many there are.
std::uint64_t lower_bound(const Elements& sorted, Scalar value);

}  // namespace yin::substrate
